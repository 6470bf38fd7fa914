"""Meshes of robots whose model is written here: what is taken from a wheel, what is refused, and that it is once."""

import hashlib
import zipfile
from pathlib import Path

import numpy as np
import pytest
import trimesh

from blueprint.contracts.errors import InputError, MissingDependencyError
from blueprint.robots import meshes
from blueprint.robots.decimation import decimate_meshes
from blueprint.robots.meshes import CAREFUL, extract_meshes, meshed_file
from blueprint.robots.model_source import MeshedModel

BOX = trimesh.creation.box((0.1, 0.2, 0.3))
LICENCE = "robot-1.dist-info/licenses/LICENSE"


def _wheel(folder: Path, members: dict[str, bytes], **more: object) -> tuple[Path, MeshedModel]:
    path = folder / "robot-1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(LICENCE, "licence text")
        for name, data in members.items():
            wheel.writestr(name, data)
    values = {
        "file": "vx300s.xml",
        "distribution": "robot",
        "version": "1",
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "licence_files": [LICENCE],
        "meshes": {f"{Path(name).stem}.obj": name for name in members},
    }
    return path, MeshedModel.model_validate(values | more)


def test_stl_and_obj_become_obj_and_the_licence_comes_along(tmp_path: Path) -> None:
    members = {"pkg/a.stl": BOX.export(file_type="stl"), "pkg/b.OBJ": BOX.export(file_type="obj").encode()}
    wheel, model = _wheel(tmp_path, members)
    extract_meshes(wheel, model, tmp_path / "out")
    files = sorted(str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert files == ["LICENSE", "assets/a.obj", "assets/b.obj"]
    for name in ("a.obj", "b.obj"):
        assert trimesh.load_mesh(tmp_path / "out" / "assets" / name).volume == pytest.approx(0.006)


@pytest.mark.parametrize("name", ["../a.obj", "a/b.obj", "a.stl", ".obj", "a b.obj"])
def test_a_name_that_is_not_a_plain_obj_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="pattern"):
        _wheel(tmp_path, {"pkg/a.stl": BOX.export(file_type="stl")}, meshes={name: "pkg/a.stl"})


def test_another_hash_a_missing_member_and_a_file_that_is_no_mesh_are_refused(tmp_path: Path) -> None:
    members = {"pkg/a.stl": BOX.export(file_type="stl"), "pkg/c.xml": b"<mujoco/>", "pkg/empty.obj": b"v 0 0 0\n"}
    wheel, model = _wheel(tmp_path, members)
    with pytest.raises(InputError, match=r"c\.xml is no mesh"):
        extract_meshes(wheel, model.model_copy(update={"meshes": {"c.obj": "pkg/c.xml"}}), tmp_path / "1")
    with pytest.raises(InputError, match=r"nothing\.stl"):
        extract_meshes(wheel, model.model_copy(update={"meshes": {"n.obj": "pkg/nothing.stl"}}), tmp_path / "2")
    with pytest.raises(InputError, match="no triangles"):
        extract_meshes(wheel, model.model_copy(update={"meshes": {"e.obj": "pkg/empty.obj"}}), tmp_path / "3")
    wheel.write_bytes(wheel.read_bytes() + b"x")
    with pytest.raises(InputError, match="SHA-256"):
        extract_meshes(wheel, model, tmp_path / "4")


def test_more_than_the_allowed_bytes_in_all_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = BOX.export(file_type="stl")
    wheel, model = _wheel(tmp_path, {"pkg/a.stl": data, "pkg/b.stl": data})
    monkeypatch.setattr(meshes, "MAX_TOTAL_BYTES", len(data) + 1)
    with pytest.raises(InputError, match="bytes"):
        extract_meshes(wheel, model, tmp_path / "out")


def test_a_model_is_prepared_once_and_again_when_its_text_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel, model = _wheel(tmp_path, {"pkg/base.stl": BOX.export(file_type="stl")})
    calls = []
    monkeypatch.setenv("BLUEPRINT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(meshes, "download_wheel", lambda *_: calls.append(1) or wheel)
    first = meshed_file(model)
    assert meshed_file(model) == first
    assert calls == [1]
    assert (first.parent / "assets" / "base.obj").is_file()
    assert (first.parent / "LICENSE").read_text() == "licence text"
    assert meshed_file(model.model_copy(update={"file": "primitive_six.xml"})) != first
    assert not list((tmp_path / "cache" / "robots").glob(".part-*"))


def test_an_index_that_has_nothing_names_an_arm_that_needs_no_download(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BLUEPRINT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "nothing"))
    _, model = _wheel(tmp_path, {"pkg/base.stl": BOX.export(file_type="stl")})
    with pytest.raises(MissingDependencyError, match="primitive_six"):
        meshed_file(model)


def test_a_reduced_mesh_has_fewer_triangles_and_keeps_its_shape_within_a_millimetre(tmp_path: Path) -> None:
    knob = trimesh.creation.icosphere(subdivisions=4, radius=0.05)
    knob.vertices[:, 2] *= 2
    knob.export(tmp_path / "knob.obj")
    left = decimate_meshes(tmp_path, ["knob.obj"], len(knob.faces) // 6, CAREFUL)
    reduced = trimesh.load_mesh(tmp_path / "knob.obj")
    assert len(reduced.faces) == left < len(knob.faces) // 2
    assert np.abs(trimesh.proximity.closest_point(knob, reduced.vertices)[1]).max() < 1e-3
