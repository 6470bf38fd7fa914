"""`scene.xml` recompiles to the model it was saved from, with nothing outside of its folder."""

import hashlib
from pathlib import Path

import mujoco
import numpy as np
import pytest
from sample_assets import ball, block, cabinet, room, scene_of, wedge

from blueprint.contracts.frames import Pose
from blueprint.mjcf.export import save_mjcf
from blueprint.mjcf.usd_loader import load_usd
from blueprint.usd.asset import author_asset
from blueprint.usd.scene import author_scene

SAME = [
    "body_mass",
    "body_inertia",
    "body_ipos",
    "body_iquat",
    "body_pos",
    "body_quat",
    "geom_size",
    "geom_friction",
    "geom_condim",
    "geom_group",
    "geom_contype",
    "jnt_range",
    "jnt_axis",
    "jnt_pos",
    "dof_damping",
    "dof_frictionloss",
    "dof_armature",
    "mesh_vert",
    "mesh_normal",
    "mesh_texcoord",
    "mesh_face",
    "tex_data",
    "mat_rgba",
    "qpos0",
    "light_diffuse",
]


@pytest.fixture
def spec(tmp_path: Path) -> mujoco.MjSpec:
    placed = {
        "room": (room(), Pose()),
        "b": (block(), Pose.of((0.512345678901, -0.5, 0), (0.96, 0, 0, 0.28))),
        "s": (ball(), Pose.of((0.8, -0.5, 0))),
        "w": (wedge(), Pose.of((0.8, -0.8, 0))),
        "cab": (cabinet(), Pose()),
    }
    for asset, _ in placed.values():
        author_asset(asset, tmp_path / "scene/assets" / asset.model.asset_id)
    return load_usd(author_scene(scene_of(placed), tmp_path / "scene"))


def test_the_recompiled_model_is_the_same(spec: mujoco.MjSpec, tmp_path: Path) -> None:
    original = spec.compile()
    path = save_mjcf(spec, tmp_path / "mjcf")
    again = mujoco.MjModel.from_xml_path(str(path))
    assert (again.nq, again.nv, again.nbody, again.ngeom, again.nexclude) == (
        original.nq,
        original.nv,
        original.nbody,
        original.ngeom,
        original.nexclude,
    )
    for name in SAME:
        assert np.allclose(getattr(original, name), getattr(again, name), rtol=0, atol=1e-12), name
    assert again.opt.impratio == original.opt.impratio


def test_it_moves_as_the_original_does(spec: mujoco.MjSpec, tmp_path: Path) -> None:
    finals = []
    for model in (spec.compile(), mujoco.MjModel.from_xml_path(str(save_mjcf(spec, tmp_path / "mjcf")))):
        data = mujoco.MjData(model)
        for _ in range(200):
            mujoco.mj_step(model, data)
        finals.append(data.qpos.copy())
    assert np.allclose(finals[0], finals[1], atol=1e-6)


def test_meshes_and_textures_are_files_and_the_folder_can_be_moved(spec: mujoco.MjSpec, tmp_path: Path) -> None:
    path = save_mjcf(spec, tmp_path / "mjcf")
    assert str(tmp_path) not in path.read_text()
    assert 'vertex="' not in path.read_text()
    moved = tmp_path / "elsewhere"
    path.parent.rename(moved)
    assert mujoco.MjModel.from_xml_path(str(moved / "scene.xml")).nmesh == spec.compile().nmesh


def test_the_same_spec_gives_the_same_bytes_and_is_not_changed(spec: mujoco.MjSpec, tmp_path: Path) -> None:
    before = spec.compile().nmeshvert
    digests = []
    for name in "xy":
        folder = save_mjcf(spec, tmp_path / name).parent
        files = sorted(item for item in folder.rglob("*") if item.is_file())
        digests.append(
            [(str(item.relative_to(folder)), hashlib.sha256(item.read_bytes()).hexdigest()) for item in files]
        )
    assert digests[0] == digests[1]
    assert spec.compile().nmeshvert == before
