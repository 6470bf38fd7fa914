"""Our own stages in MuJoCo: the physical facts survive, and the names are what everybody relies on."""

from math import atan, cos, pi, radians, sin, tan
from pathlib import Path

import mujoco
import numpy as np
import pytest
from sample_assets import ball, block, cabinet, room, scene_of, wedge

from blueprint.assets.geometry import Asset
from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Pose, quat_wxyz_from_axis_angle
from blueprint.mjcf.usd_loader import add_usd_object, load_stage, load_usd
from blueprint.physics.materials import MATERIALS
from blueprint.usd.asset import author_asset
from blueprint.usd.scene import author_scene

Placed = dict[str, tuple[Asset, Pose]]


def model_of(placed: Placed, tmp_path: Path) -> mujoco.MjModel:
    return spec_of(placed, tmp_path).compile()


def spec_of(placed: Placed, tmp_path: Path) -> mujoco.MjSpec:
    for asset, _ in placed.values():
        author_asset(asset, tmp_path / "assets" / asset.model.asset_id)
    return load_usd(author_scene(scene_of(placed), tmp_path))


def simulate(model: mujoco.MjModel, seconds: float) -> mujoco.MjData:
    data = mujoco.MjData(model)
    for _ in range(round(seconds / model.opt.timestep)):
        mujoco.mj_step(model, data)
    return data


def test_names_follow_object_and_link(tmp_path: Path) -> None:
    model = model_of({"room_1": (room(), Pose()), "cab": (cabinet(), Pose()), "b": (block(), Pose())}, tmp_path)
    names = [model.body(index).name for index in range(model.nbody)]
    assert set(names) == {"world", "room_1", "cab", "cab/drawer_0", "cab/drawer_1", "cab/door", "b"}
    joints = [model.joint(index).name for index in range(model.njnt)]
    assert set(joints) == {"cab/free", "cab/slide_0", "cab/slide_1", "cab/hinge", "b/free"}
    assert model.geom("b/c0").group == 3
    assert model.geom("b/v0").group == 2
    assert model.geom("b/v0").contype == 0
    assert model.geom("cab/c4").contype == 1
    assert {model.light(index).name for index in range(model.nlight)} == {"key", "fill"}
    assert model.body("room_1").jntnum == 0


def test_mass_and_inertia_in_mujoco_equal_the_authored_ones(tmp_path: Path) -> None:
    model = model_of({"w": (wedge(), Pose()), "cab": (cabinet(), Pose())}, tmp_path)
    body = model.body("w")
    assert body.mass[0] == pytest.approx(0.5)
    assert body.ipos == pytest.approx((0.01, 0, 0.03))
    assert body.inertia == pytest.approx((1e-3, 2e-3, 2.5e-3))
    assert model.body("cab").mass[0] == pytest.approx(20)
    assert model.body("cab/door").mass[0] == pytest.approx(3)


def test_the_inertia_tensor_is_turned_by_its_principal_axes(tmp_path: Path) -> None:
    """R diag(I) Rᵀ with R = 30° about Z: Ixy = (Iy − Ix)·sin·cos·(−1)."""
    model = model_of({"w": (wedge(), Pose())}, tmp_path)
    rotation = np.zeros(9)
    mujoco.mju_quat2Mat(rotation, model.body("w").iquat)
    rotation = rotation.reshape(3, 3)
    tensor = rotation @ np.diag(model.body("w").inertia) @ rotation.T
    c, s = cos(pi / 6), sin(pi / 6)
    assert tensor[0, 0] == pytest.approx(1e-3 * c * c + 2e-3 * s * s)
    assert tensor[0, 1] == pytest.approx((1e-3 - 2e-3) * s * c)
    assert tensor[2, 2] == pytest.approx(2.5e-3)


def test_hinge_limits_are_degrees_in_usd_and_radians_in_mjcf(tmp_path: Path) -> None:
    model = model_of({"cab": (cabinet(), Pose())}, tmp_path)
    hinge = model.joint("cab/hinge")
    assert hinge.type == mujoco.mjtJoint.mjJNT_HINGE
    assert hinge.range == pytest.approx((0, pi / 2), abs=1e-6)
    assert hinge.axis == pytest.approx((0, 0, -1), abs=1e-6)
    assert hinge.damping[0] == pytest.approx(0.5, rel=1e-6)
    assert hinge.frictionloss[0] == pytest.approx(0.1)
    assert hinge.armature[0] == pytest.approx(0.001)


def test_slide_limits_are_metres_and_open_towards_the_front(tmp_path: Path) -> None:
    model = model_of({"cab": (cabinet(), Pose.of((0, 0, 0), quat_wxyz_from_axis_angle((0, 0, 1), 0.7)))}, tmp_path)
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    before = data.body("cab/drawer_0").xpos.copy()
    data.joint("cab/slide_0").qpos = 0.2
    mujoco.mj_forward(model, data)
    assert model.joint("cab/slide_0").range == pytest.approx((0, 0.3))
    assert data.body("cab/drawer_0").xpos - before == pytest.approx((0.2 * sin(0.7), -0.2 * cos(0.7), 0), abs=1e-6)


def test_a_door_turns_about_its_hinge(tmp_path: Path) -> None:
    model = model_of({"cab": (cabinet(), Pose())}, tmp_path)
    data = mujoco.MjData(model)
    data.joint("cab/hinge").qpos = pi / 2
    mujoco.mj_forward(model, data)
    center = data.body("cab/door").xipos
    assert center == pytest.approx((-0.29, -0.215 - 0.29, 0.2), abs=1e-6)


def test_friction_is_the_dynamic_one_of_the_material(tmp_path: Path) -> None:
    model = model_of({"b": (block(), Pose()), "w": (wedge(), Pose()), "s": (ball(), Pose())}, tmp_path)
    assert model.geom("b/c0").friction[0] == pytest.approx(MATERIALS["wood"].dynamic_friction)
    assert model.geom("w/c0").friction[0] == pytest.approx(MATERIALS["rubber"].dynamic_friction)
    assert model.geom("b/c0").condim == 4
    assert model.geom("s/c0").condim == 6


@pytest.mark.parametrize(("excess_rad", "slides"), [(-0.03, False), (0.03, True)])
def test_a_box_on_a_slope_slides_beyond_arctan_mu(tmp_path: Path, excess_rad: float, slides: bool) -> None:
    mu = MATERIALS["concrete"].dynamic_friction  # the larger of the two surfaces counts in MuJoCo
    angle = atan(mu) + excess_rad
    turn = quat_wxyz_from_axis_angle((0, 1, 0), angle)
    slope = Pose.of((0, 0, 0), turn)
    placed = {"slope": (room(), slope), "b": (block(), slope)}  # 6 cm long, 10 cm high: it would topple at tan 0.6
    model = model_of(placed, tmp_path)
    start = mujoco.MjData(model)
    mujoco.mj_forward(model, start)
    data = simulate(model, 1.0)
    moved = float(np.linalg.norm(data.body("b").xpos - start.body("b").xpos))
    assert (moved > 0.02) is slides, f"moved {moved:.4f} m at tan {tan(angle):.3f}"


def test_options_are_those_of_the_project(tmp_path: Path) -> None:
    option = model_of({"b": (block(), Pose())}, tmp_path).opt
    assert option.timestep == 0.002
    assert option.integrator == mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    assert option.solver == mujoco.mjtSolver.mjSOL_NEWTON
    assert option.cone == mujoco.mjtCone.mjCONE_ELLIPTIC
    assert option.impratio == 10
    assert not option.disableflags & mujoco.mjtDisableBit.mjDSBL_MULTICCD
    assert option.gravity == pytest.approx((0, 0, -9.81), abs=1e-6)


def test_joined_links_do_not_collide(tmp_path: Path) -> None:
    model = model_of({"cab": (cabinet(), Pose())}, tmp_path)
    assert model.nexclude == 3


def test_instances_share_meshes_and_textures(tmp_path: Path) -> None:
    placed: Placed = {f"b{i}": (block(), Pose.of((0.2 * i, 0, 0))) for i in range(4)}
    model = model_of(placed, tmp_path)
    assert model.nmesh == 1
    assert model.ntex == 2  # the block's and the sky


def test_objects_rest_where_the_scene_puts_them(tmp_path: Path) -> None:
    placed = {
        "room": (room(), Pose()),
        "b": (block(), Pose.of((0.5, -0.5, 0))),
        "s": (ball(), Pose.of((0.8, -0.5, 0))),
        "cab": (cabinet(), Pose()),
    }
    model = model_of(placed, tmp_path)
    data = simulate(model, 1.0)
    assert data.body("b").xpos == pytest.approx((0.5, -0.5, 0), abs=1e-3)
    assert data.body("s").xpos == pytest.approx((0.8, -0.5, 0), abs=1e-3)
    assert abs(data.joint("cab/hinge").qpos[0]) < 1e-3


def test_without_visuals_the_physics_is_the_same_bit_for_bit(tmp_path: Path) -> None:
    whole = spec_of({"room": (room(), Pose()), "b": (block(), Pose.of((0.5, -0.5, 0.01)))}, tmp_path).compile()
    bare = load_usd(tmp_path / "usd" / "scene.usda", visuals=False).compile()
    assert bare.ngeom == np.count_nonzero(whole.geom_contype) < whole.ngeom
    assert np.array_equal(simulate(whole, 0.3).qpos, simulate(bare, 0.3).qpos)


def test_an_instance_added_to_a_loaded_scene_follows_the_same_conventions(tmp_path: Path) -> None:
    spec = spec_of({"room": (room(), Pose()), "b": (block(), Pose())}, tmp_path)
    pose = Pose.of((1, 0.5, 0.2), quat_wxyz_from_axis_angle((0, 0, 1), 1.0))
    add_usd_object(spec, tmp_path / "assets/block/sim/block.usda", "extra", pose)
    author_asset(cabinet(), tmp_path / "assets" / "cabinet")
    add_usd_object(spec, tmp_path / "assets/cabinet/sim/cabinet.usda", "cab_2", Pose.of((0, 2, 0)))
    model = spec.compile()
    assert model.body("extra").pos == pytest.approx(pose.position)
    assert model.joint("extra/free").type == mujoco.mjtJoint.mjJNT_FREE
    assert model.body("extra").mass[0] == pytest.approx(0.3)
    assert model.geom("extra/v0").dataid[0] == model.geom("b/v0").dataid[0]
    assert model.joint("cab_2/hinge").range[1] == pytest.approx(radians(90))
    assert model.body("cab_2/drawer_1").rootid == model.body("cab_2").id
    with pytest.raises(InputError, match="extra"):
        add_usd_object(spec, tmp_path / "assets/block/sim/block.usda", "extra", pose)


def test_an_asset_file_alone_loads_under_its_own_name(tmp_path: Path) -> None:
    loaded = load_stage(author_asset(cabinet(), tmp_path / "cabinet"))
    model = loaded.spec.compile()
    assert model.body("cabinet/door").mass[0] == pytest.approx(3)
    assert loaded.notes == ()


def test_the_texture_stands_upright_and_faces_look_outward(tmp_path: Path) -> None:
    """The block's texture is red above and blue below; a face turned inwards would be culled or dark."""
    model = model_of({"b": (block(), Pose())}, tmp_path)
    faces = model.mesh_face
    vertices, normals = model.mesh_vert, model.mesh_normal
    center = vertices.mean(axis=0)
    for face in faces:
        a, b, c = vertices[face]
        geometric = np.cross(b - a, c - a)
        assert np.dot(geometric, (a + b + c) / 3 - center) > 0
        assert np.dot(geometric, normals[face[0]]) > 0
    # MuJoCo samples row 0 of the image (red) at v = 0
    up = np.zeros(9)
    geom = model.geom("b/v0")
    mujoco.mju_quat2Mat(up, geom.quat)
    height = (vertices @ up.reshape(3, 3).T)[:, 2] + geom.pos[2]
    side = np.abs((normals @ up.reshape(3, 3).T)[:, 2]) < 0.5
    assert np.allclose(model.mesh_texcoord[side & (height > 0.09), 1], 0)
    assert np.allclose(model.mesh_texcoord[side & (height < 0.01), 1], 1)
    data = np.asarray(model.tex_data[: 64 * 64 * 3]).reshape(64, 64, 3)
    assert tuple(data[0, 0]) == (200, 40, 40)
