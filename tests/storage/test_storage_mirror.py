import pytest

from blueprint.contracts.errors import InputError, UnsafePathError
from blueprint.storage.layout import is_marker
from blueprint.storage.mirror import Limits, download, upload
from blueprint.storage.store import open_store


def fill(folder, names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"content of {name}")


NAMES = ["usd/scene.usda", "assets/.regen3d_complete", "assets/scene_manifest.json", "usd/.failed", "zebra.bin"]


def test_a_folder_goes_up_and_comes_down_the_same(store, tmp_path):
    fill(tmp_path / "a", NAMES)
    upload(store, tmp_path / "a", "scenes/s1", last=is_marker)
    download(store, "scenes/s1", tmp_path / "b")
    for name in NAMES:
        assert (tmp_path / "b" / name).read_bytes() == (tmp_path / "a" / name).read_bytes()
    assert [entry.key for entry in store.list("scenes/s1")] == sorted(f"scenes/s1/{name}" for name in NAMES)


def test_markers_are_written_last(store, tmp_path):
    fill(tmp_path / "a", NAMES)
    transfer = upload(store, tmp_path / "a", "p", last=is_marker)
    assert transfer.copied == (
        "assets/scene_manifest.json", "usd/scene.usda", "zebra.bin", "assets/.regen3d_complete", "usd/.failed",
    )  # fmt: skip
    assert upload(store, tmp_path / "a", "q", last=["usd/scene.usda"]).copied[-1] == "usd/scene.usda"


@pytest.mark.slow
def test_only_changed_files_are_moved_again(store, tmp_path):
    fill(tmp_path / "a", NAMES)
    upload(store, tmp_path / "a", "p")
    (tmp_path / "a" / "zebra.bin").write_text("CONTENT of zebra.bin")  # same size, other bytes
    assert upload(store, tmp_path / "a", "p").copied == ("zebra.bin",)
    download(store, "p", tmp_path / "b")
    assert download(store, "p", tmp_path / "b").copied == ()
    (tmp_path / "b" / "zebra.bin").write_text("content OF zebra.bin")
    assert download(store, "p", tmp_path / "b").copied == ("zebra.bin",)
    assert (tmp_path / "b" / "zebra.bin").read_text() == "CONTENT of zebra.bin"


def test_hostile_object_names_do_not_leave_the_download_folder(gcs_server, monkeypatch, tmp_path):
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", gcs_server.url)
    gcs_server.objects["hostile/../../evil"] = (5, b"x")
    with pytest.raises(UnsafePathError, match="evil"):
        download(open_store("gs://bucket"), "hostile", tmp_path / "b")
    assert not list(tmp_path.rglob("evil"))


def test_a_link_that_leads_outside_is_not_uploaded(tmp_path):
    fill(tmp_path / "a", ["x"])
    (tmp_path / "secret").write_text("s")
    (tmp_path / "a" / "link").symlink_to(tmp_path / "secret")
    with pytest.raises(UnsafePathError, match="link"):
        upload(open_store(tmp_path / "store"), tmp_path / "a", "p")
    assert open_store(tmp_path / "store").list() == []


def test_a_download_does_not_write_through_a_link(tmp_path):
    store = open_store(tmp_path / "store")
    store.write("p/sub/x", b"1")
    (tmp_path / "out").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "sub").symlink_to(tmp_path / "out")
    with pytest.raises(UnsafePathError):
        download(store, "p", tmp_path / "b")
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize("limits", [Limits(object_bytes=3), Limits(total_bytes=7), Limits(objects=1)])
def test_what_is_too_large_is_refused_before_the_first_byte(tmp_path, limits):
    store = open_store(tmp_path / "store")
    store.write("p/a", b"1234")
    store.write("p/b", b"5678")
    with pytest.raises(InputError, match="too large"):
        download(store, "p", tmp_path / "b", limits=limits)
    assert not (tmp_path / "b").exists()


def test_uploading_a_missing_folder_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match="not a folder"):
        upload(open_store(tmp_path), tmp_path / "none", "p")


def test_locks_are_neither_fetched_nor_put_back(store, tmp_path):
    store.write("p/locks/run.lock", b"stale")
    store.write("p/data", b"1")
    assert download(store, "p", tmp_path / "b").copied == ("data",)
    fill(tmp_path / "b", ["locks/run.lock", "locks.txt"])
    store.write("p/locks/run.lock", b"held")
    assert upload(store, tmp_path / "b", "p").copied == ("locks.txt",)
    assert store.read("p/locks/run.lock") == b"held"
