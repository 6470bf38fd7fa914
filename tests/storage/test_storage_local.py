import errno
import multiprocessing
import os
import signal
import time

import pytest

from blueprint.contracts.errors import ObjectNotFoundError, StorageError, UnsafePathError
from blueprint.storage.keys import contained_path
from blueprint.storage.store import open_store


def test_links_that_lead_outside_are_refused_and_links_inside_work(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "x").write_text("secret")
    store = open_store(tmp_path / "root")
    store.write("real", b"1")
    (tmp_path / "root" / "link").symlink_to(tmp_path / "root" / "real")
    assert store.read("link") == b"1"
    (tmp_path / "root" / "evil").symlink_to(tmp_path / "out")
    for call in (store.read, store.stat, store.delete, lambda key: store.write(key, b"2")):
        with pytest.raises(UnsafePathError, match="outside"):
            call("evil/x")
    with pytest.raises(UnsafePathError, match="evil"):
        store.list()
    assert (tmp_path / "out" / "x").read_text() == "secret"


def test_a_root_that_is_itself_a_link_works(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "root").symlink_to(tmp_path / "real")
    store = open_store(tmp_path / "root")
    store.write("a/b", b"1")
    assert [entry.key for entry in store.list()] == ["a/b"]


def test_contained_path_allows_what_does_not_exist_yet(tmp_path):
    assert contained_path(tmp_path, "a/b/c") == tmp_path / "a" / "b" / "c"


def test_a_full_disk_is_a_storage_error_that_leaves_the_old_object(tmp_path, monkeypatch):
    store = open_store(tmp_path)
    store.write("key", b"old")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match=r"No space left.*free space on the disk"):
        store.write("key", b"new")
    assert store.read("key") == b"old"
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith("part")] == []


def test_a_file_where_a_folder_is_needed_is_one_clear_line(tmp_path):
    store = open_store(tmp_path)
    store.write("a", b"1")
    with pytest.raises(StorageError, match="a file has the name of a folder") as caught:
        store.write("a/b", b"2")
    assert "\n" not in str(caught.value)
    with pytest.raises(ObjectNotFoundError):
        store.read("a/b")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_missing_rights_are_a_storage_error_with_a_remedy(tmp_path):
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    with pytest.raises(StorageError, match="give this user the right"):
        open_store(folder).write("a", b"1")


def test_the_stores_own_files_are_neither_listed_nor_addressable(tmp_path):
    store = open_store(tmp_path)
    store.write("a", b"1")
    (tmp_path / ".123.blueprint-part").write_bytes(b"half")
    assert [entry.key for entry in store.list()] == ["a"]
    for key in (".blueprint-store.lock", "x/.1.blueprint-part"):
        with pytest.raises(UnsafePathError, match="reserved"):
            store.write(key, b"1")


def _write_for_ever(root: str) -> None:
    store = open_store(root)
    while True:
        store.write("key", b"a" * 1_000_000)
        store.write("key", b"b" * 1_000_000)


def test_a_writer_killed_at_any_time_leaves_a_whole_object_and_no_lock(tmp_path):
    store = open_store(tmp_path)
    store.write("key", b"a" * 1_000_000)
    context = multiprocessing.get_context("spawn")
    for delay in (0.02, 0.05):
        process = context.Process(target=_write_for_ever, args=(str(tmp_path),))
        before = store.read_versioned("key")[1]
        process.start()
        deadline = time.monotonic() + 20
        while store.read_versioned("key")[1] == before and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(delay)
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        assert store.read("key") in (b"a" * 1_000_000, b"b" * 1_000_000)
        store.write("key", b"c")
        assert store.read("key") == b"c"
