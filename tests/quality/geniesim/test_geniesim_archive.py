"""Archives of strangers: bounded, without links, nothing outside the folder."""

import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from blueprint.contracts.errors import InputError, UnsafePathError
from blueprint.quality.geniesim.archive import ArchiveLimits, is_archive, unpack


def tar_with(path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for info, data in members:
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def tar_entry(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info, b"x" if kind == tarfile.REGTYPE else b""


def zip_with(path: Path, *members: tuple[str, bytes, int]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data, mode in members:
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = mode << 16
            archive.writestr(info, data)
    return path


@pytest.mark.parametrize("name", ["/etc/x", "../x", "a/../../x", "a\\..\\x", "C:/x", "a/" * 20 + "x", "a\nb"])
@pytest.mark.parametrize("kind", ["tar.gz", "zip"])
def test_a_name_that_leaves_the_folder_is_refused(tmp_path: Path, name: str, kind: str) -> None:
    path = tmp_path / f"a.{kind}"
    if kind == "zip":
        zip_with(path, (name, b"x", 0o100644))
    else:
        tar_with(path, tar_entry(name))
    with pytest.raises(UnsafePathError):
        unpack(path, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_in_a_tar_are_refused(tmp_path: Path, kind: bytes) -> None:
    path = tar_with(tmp_path / "a.tar.gz", tar_entry("ok"), tar_entry("evil", kind, "/etc/passwd"))
    with pytest.raises(UnsafePathError, match="link or a device"):
        unpack(path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    path = zip_with(tmp_path / "a.zip", ("evil", b"/etc/passwd", 0o120777))
    with pytest.raises(UnsafePathError, match="link or a device"):
        unpack(path, tmp_path / "out")


def test_a_bomb_is_refused_by_its_ratio(tmp_path: Path) -> None:
    path = zip_with(tmp_path / "a.zip", *[(f"{k}.bin", bytes(20 << 20), 0o100644) for k in range(3)])
    with pytest.raises(InputError, match=r"says it is|beyond its limit"):
        unpack(path, tmp_path / "out")


@pytest.mark.parametrize(
    "limits", [ArchiveLimits(files=2), ArchiveLimits(bytes=5), ArchiveLimits(file_bytes=2)], ids=str
)
def test_number_and_size_are_bounded(tmp_path: Path, limits: ArchiveLimits) -> None:
    path = zip_with(tmp_path / "a.zip", *[(f"{k}.bin", b"abc", 0o100644) for k in range(3)])
    with pytest.raises(InputError):
        unpack(path, tmp_path / "out", limits)


@pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda _b: b"no archive", lambda _b: b""])
@pytest.mark.parametrize("kind", ["tar.gz", "zip"])
def test_a_damaged_archive_is_refused(tmp_path: Path, kind: str, damage: Callable[[bytes], bytes]) -> None:
    path = tmp_path / f"a.{kind}"
    if kind == "zip":
        zip_with(path, *[(f"{k}", bytes(range(256)) * 40, 0o100644) for k in range(5)])
    else:
        tar_with(path, *[(tarfile.TarInfo(f"{k}"), bytes(range(256)) * 40) for k in range(5)])
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(InputError):
        unpack(path, tmp_path / "out")


def test_a_header_of_a_hundred_megabytes_is_not_read(tmp_path: Path) -> None:
    header = tarfile.TarInfo("pax")
    header.type = tarfile.XHDTYPE
    path = tar_with(tmp_path / "a.tar.gz", (header, bytes(100 << 20)), tar_entry("x"))
    assert path.stat().st_size < 1 << 20
    with pytest.raises(InputError, match="a header of"):
        unpack(path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_compressions_that_need_much_memory_are_not_taken_for_archives(tmp_path: Path) -> None:
    for name in ("a.tar.xz", "a.tar.bz2", "a.7z"):
        (tmp_path / name).write_bytes(b"x")
        assert not is_archive(tmp_path / name)


def test_a_pickle_and_a_repeated_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="pickle"):
        unpack(zip_with(tmp_path / "a.zip", ("e/grasp.pkl", b"x", 0o100644)), tmp_path / "out")
    with pytest.raises(UnsafePathError, match="twice"):
        unpack(tar_with(tmp_path / "a.tar.gz", tar_entry("x"), tar_entry("x")), tmp_path / "out")


def test_plain_archives_come_out_whole(tmp_path: Path) -> None:
    tar = tar_with(tmp_path / "a.tar.gz", (tarfile.TarInfo("e/a.txt"), b"abc"))
    zipped = zip_with(tmp_path / "a.zip", ("e/a.txt", b"abc", 0o100644))
    for number, path in enumerate((tar, zipped)):
        assert is_archive(path)
        assert unpack(path, tmp_path / str(number)) == 1
        assert (tmp_path / str(number) / "e" / "a.txt").read_bytes() == b"abc"
