"""A photo reconstructed by a service: answers at once, by job, late, with garbage, and with archives meant to harm."""

import base64
import stat
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
from photo_world import TREE, answer_of, photo_request, picture, tarred, zipped

from blueprint.contracts.errors import InputError, UnsafePathError
from blueprint.services.http_json import ServiceError
from blueprint.sources.photo import archive, service
from blueprint.sources.photo.reconstruct import SOURCE_RECORD, reconstruct_photo
from blueprint.sources.photo.source_record import ReconstructionSource

sys.path.insert(0, str(Path(__file__).parents[1] / "services"))

from loopback_http import Asked, Loopback, Reply

WELL = Reply(200, {"status": "ok"})


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_POLL_S", "_MAX_POLL_S", "_BACKOFF_S"):
        monkeypatch.setattr(service, name, 0.02)


def ask(folder: Path, script: list[Reply] | Any, timeout_s: str = "5", **more: Any) -> tuple[Path, list[Asked]]:
    (folder / "room.png").write_bytes(picture())
    with Loopback(script) as server:
        environ = {"REGEN3D_SERVER_URL": f"{server.url}/v1/reconstruct", "REGEN3D_TIMEOUT_SECONDS": timeout_s}
        return reconstruct_photo(photo_request(folder / "room.png", **more), folder / "kitchen", environ), server.asked


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("data", [zipped(TREE), tarred(TREE), zipped({f"out/{k}": v for k, v in TREE.items()})])
def test_the_archive_of_an_answer_becomes_the_folder(tmp_path: Path, data: bytes) -> None:
    found, asked = ask(tmp_path, [WELL, Reply(200, answer_of(data))], constraints={"environment_type": "office"})
    assert files(found) == TREE
    assert [(item.method, item.path) for item in asked] == [("GET", "/healthz"), ("POST", "/v1/reconstruct")]
    assert base64.b64decode(asked[1].body.pop("image_base64")) == picture()
    assert asked[1].body == {"scene_id": "kitchen", "image_name": "room.png", "environment_type": "office"}
    assert ReconstructionSource.read(tmp_path / "kitchen" / SOURCE_RECORD).made_by == "service"


def test_a_job_is_polled_until_it_is_done(tmp_path: Path) -> None:
    accepted = Reply(202, {"job_id": "j-1", "status_url": "/jobs/j-1"})
    running, done = Reply(202, {"status": "running"}), Reply(200, answer_of(zipped(TREE)))
    found, asked = ask(tmp_path, [WELL, accepted, running, Reply(503, {}), Reply(200, {"status": "running"}), done])
    assert files(found) == TREE
    assert [item.path for item in asked[2:]] == ["/jobs/j-1"] * 4


def test_a_service_that_warms_up_is_asked_again(tmp_path: Path) -> None:
    good = Reply(200, answer_of(zipped(TREE)))
    found, _ = ask(tmp_path, [Reply(503, {}), WELL, Reply(503, {"error": "warming"}), good])
    assert files(found) == TREE


def test_a_service_without_a_health_page_is_asked_for_work(tmp_path: Path) -> None:
    found, _ = ask(tmp_path, [Reply(404, b"no page"), Reply(200, answer_of(zipped(TREE)))])
    assert files(found) == TREE


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ([Reply(500, b"boom")], "answered 500: the reconstruction service is not well"),
        ([Reply(401, b"who?")], "answered 401: the reconstruction service is not well"),
        ([WELL, Reply(500, b"boom")], "answered 500: 'boom'"),
        ([WELL, Reply(400, {"error": "no"})], "answered 400 with dict"),
        ([WELL, Reply(200, b"<html>")], "answered no JSON"),
        ([WELL, Reply(200, [1])], "answered 200 with list"),
        ([WELL, Reply(200, {"mesh": 1})], "without archive_base64, but 'mesh'"),
        ([WELL, Reply(200, {"archive_base64": "%%%"})], "no base64"),
        ([WELL, Reply(202, {"job_id": "../x"})], "without a usable job_id"),
        ([WELL, Reply(202, {"job_id": "a", "status_url": "http://elsewhere/x"})], "another origin"),
        ([WELL, Reply(202, {"job_id": "a"}), Reply(200, {"status": "failed", "error": "no GPU"})], "failed job a: 'no"),
        ([WELL, Reply(202, {"job_id": "a"}), Reply(404, {})], "answered 404 with dict"),
    ],
)
def test_a_service_that_fails_is_an_error_that_says_how(tmp_path: Path, script: list[Reply], problem: str) -> None:
    with pytest.raises(ServiceError, match=problem):
        ask(tmp_path, script)
    assert not (tmp_path / "kitchen" / "photo" / "reconstruction").exists()


def test_a_job_that_never_ends_runs_out_of_time(tmp_path: Path) -> None:
    with pytest.raises(ServiceError, match=r"did not finish job a in 0\.2 s"):
        ask(tmp_path, [WELL, Reply(202, {"job_id": "a"}), Reply(202, {"status": "running"})], timeout_s="0.2")


def test_nobody_there_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "room.png").write_bytes(picture())
    environ = {"REGEN3D_SERVER_URL": "http://127.0.0.1:9"}
    with pytest.raises(ServiceError, match="check that the service runs"):
        reconstruct_photo(photo_request(tmp_path / "room.png"), tmp_path / "kitchen", environ)


def _zip_link() -> bytes:
    link = zipfile.ZipInfo("camera.npz")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    return zipped({**TREE, link: b"/etc/passwd"})  # type: ignore[dict-item]


def _tar_entry(kind: bytes, name: str = "x", target: str = "/etc/passwd") -> bytes:
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = kind, target
    return tarred(TREE, entry)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (zipped({"../out.bin": b"x"}), "leaves its folder"),
        (zipped({"a/../../out.bin": b"x"}), "leaves its folder"),
        (zipped({"/etc/out.bin": b"x"}), "leaves its folder"),
        (zipped({"a\\..\\b": b"x"}), "leaves its folder"),
        (zipped({"C:/x": b"x"}), "leaves its folder"),
        (zipped({"a\nb": b"x"}), "leaves its folder"),
        (zipped({"a/" * 20 + "b": b"x"}), "too long or too deep"),
        (zipped({"a": b"x", "a/b": b"y"}), "occurs twice"),
        (tarred({"../out.bin": b"x"}), "leaves its folder"),
        (_zip_link(), "a link or a device"),
        (_tar_entry(tarfile.SYMTYPE), "a link or a device"),
        (_tar_entry(tarfile.LNKTYPE), "a link or a device"),
        (_tar_entry(tarfile.FIFOTYPE), "a link or a device"),
        (_tar_entry(tarfile.CHRTYPE), "a link or a device"),
    ],
)
def test_archives_that_reach_outside_are_refused(tmp_path: Path, data: bytes, problem: str) -> None:
    with pytest.raises(UnsafePathError, match=problem):
        archive.unpack_reconstruction(data, tmp_path)
    assert not (tmp_path.parent / "out.bin").exists()


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_bombs_are_stopped_while_they_expand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pack: Any) -> None:
    monkeypatch.setattr(archive, "_FREE_BYTES", 1 << 16)
    bomb = pack({"mesh.glb": bytes(40 << 20)})
    assert len(bomb) * archive.MAX_RATIO < 40 << 20
    with pytest.raises(InputError, match="expands beyond its limit"):
        archive.unpack_reconstruction(bomb, tmp_path)
    written = sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file())
    assert written <= archive.MAX_RATIO * len(bomb)


def test_a_header_that_is_a_bomb_is_not_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has a header of"):
        archive.unpack_reconstruction(tarred({"x" * (3 << 20): b""}), tmp_path)


def test_the_number_of_files_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_FILES", 3)
    with pytest.raises(InputError, match="more than 3 files"):
        archive.unpack_reconstruction(zipped({str(n): b"" for n in range(4)}), tmp_path)


@pytest.mark.parametrize(
    "data",
    [b"", b"garbage", zipped(TREE)[:-30], tarred(TREE)[:60], b"\x1f\x8b garbage", b"PK garbage"],
    ids=["empty", "garbage", "a cut zip", "a cut tar", "gzip garbage", "zip garbage"],
)
def test_damaged_archives_are_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(InputError, match=r"damaged|neither a zip nor a tar"):
        archive.unpack_reconstruction(data, tmp_path)
