"""Stages that others made: bodies on any prim, units, mass rules, joint frames, hostile files."""

from math import pi, radians
from pathlib import Path

import mujoco
import numpy as np
import pytest
from pxr import Gf, Sdf, Usd, UsdGeom, UsdPhysics, UsdShade

from blueprint.contracts.errors import InputError, UnsafePathError
from blueprint.mjcf.usd_loader import LoadedStage, load_stage


def new_stage(metres: float = 1.0, up: str = "Z") -> Usd.Stage:
    stage = Usd.Stage.CreateInMemory(".usda")
    UsdGeom.SetStageMetersPerUnit(stage, metres)
    UsdGeom.SetStageUpAxis(stage, up)
    stage.SetDefaultPrim(stage.DefinePrim("/Root", "Xform"))
    return stage


def load(stage: Usd.Stage, tmp_path: Path) -> tuple[LoadedStage, mujoco.MjModel]:
    path = tmp_path / "foreign.usda"
    stage.GetRootLayer().Export(str(path))
    loaded = load_stage(path)
    return loaded, loaded.spec.compile()


def cube(stage: Usd.Stage, path: str, size: float = 2.0, at: tuple[float, float, float] = (0, 0, 0)) -> Usd.Prim:
    prim = UsdGeom.Cube.Define(stage, path)
    prim.CreateSizeAttr(size)
    prim.AddTranslateOp().Set(Gf.Vec3d(*at))
    UsdPhysics.CollisionAPI.Apply(prim.GetPrim())
    return prim.GetPrim()


def body(stage: Usd.Stage, path: str, at: tuple[float, float, float] = (0, 0, 0), **mass: float) -> Usd.Prim:
    prim = UsdGeom.Xform.Define(stage, path)
    prim.AddTranslateOp().Set(Gf.Vec3d(*at))
    UsdPhysics.RigidBodyAPI.Apply(prim.GetPrim())
    if mass:
        api = UsdPhysics.MassAPI.Apply(prim.GetPrim())
        for name, value in mass.items():
            getattr(api, f"Create{name.capitalize()}Attr")(value)
    return prim.GetPrim()


def test_a_body_on_a_scaled_gprim_is_sized_in_metres(tmp_path: Path) -> None:
    stage = new_stage()
    prim = cube(stage, "/Root/box", 1.0)
    UsdGeom.Xformable(prim).AddScaleOp().Set(Gf.Vec3f(0.2, 0.4, 0.6))
    UsdPhysics.RigidBodyAPI.Apply(prim)
    UsdPhysics.MassAPI.Apply(prim).CreateMassAttr(3.0)
    _, model = load(stage, tmp_path)
    geom = next(model.geom(i) for i in range(model.ngeom) if model.geom(i).contype[0])
    assert geom.size == pytest.approx((0.1, 0.2, 0.3))
    assert model.body("box").mass[0] == pytest.approx(3)
    # mass only: inertia from the collider, m/12 (b² + c²)
    assert sorted(model.body("box").inertia) == pytest.approx(sorted((0.13, 0.10, 0.05)))


def test_mass_comes_from_density_of_body_then_collider_then_material(tmp_path: Path) -> None:
    stage = new_stage()
    body(stage, "/Root/a", density=500.0)
    cube(stage, "/Root/a/c", 0.2)
    body(stage, "/Root/b")
    UsdPhysics.MassAPI.Apply(cube(stage, "/Root/b/c", 0.2)).CreateDensityAttr(250.0)
    body(stage, "/Root/c")
    material = UsdShade.Material.Define(stage, "/Root/steel")
    UsdPhysics.MaterialAPI.Apply(material.GetPrim()).CreateDensityAttr(7800.0)
    prim = cube(stage, "/Root/c/c", 0.1)
    UsdShade.MaterialBindingAPI.Apply(prim).Bind(material, materialPurpose="physics")
    body(stage, "/Root/d")
    cube(stage, "/Root/d/c", 0.1)
    _, model = load(stage, tmp_path)
    masses = [model.body(name).mass[0] for name in "abcd"]
    assert masses == pytest.approx([4.0, 2.0, 7.8, 1.0])


def test_a_body_without_mass_and_colliders_is_noted(tmp_path: Path) -> None:
    stage = new_stage()
    body(stage, "/Root/a")
    loaded, model = load(stage, tmp_path)
    assert model.body("a").mass[0] == 1
    assert "1 kg" in loaded.notes[0]


def test_centimetres_and_y_up_become_metres_and_z_up(tmp_path: Path) -> None:
    stage = new_stage(0.01, "Y")
    body(stage, "/Root/a", (0, 50, 20), mass=2.0)
    cube(stage, "/Root/a/c", 10.0)
    UsdPhysics.Scene.Define(stage, "/Root/physics").CreateGravityMagnitudeAttr(981.0)
    _, model = load(stage, tmp_path)
    assert model.body("a").pos == pytest.approx((0, -0.2, 0.5))
    geom = next(model.geom(i) for i in range(model.ngeom) if model.geom(i).contype[0])
    assert geom.size == pytest.approx((0.05, 0.05, 0.05))
    assert model.opt.gravity == pytest.approx((0, 0, -9.81), abs=1e-5)
    assert model.body("a").inertia[0] == pytest.approx(2.0 / 6 * 0.1**2)


def test_joint_frames_give_the_anchor_and_axis(tmp_path: Path) -> None:
    """The joint frame is turned 90° about X in both bodies, so its Z axis is the bodies' −Y."""
    stage = new_stage()
    body(stage, "/Root/a", mass=1.0)
    cube(stage, "/Root/a/c", 0.1)
    body(stage, "/Root/b", (0, 0, 1), mass=1.0)
    cube(stage, "/Root/b/c", 0.1)
    joint = UsdPhysics.RevoluteJoint.Define(stage, "/Root/hinge")
    joint.CreateBody0Rel().SetTargets(["/Root/a"])
    joint.CreateBody1Rel().SetTargets(["/Root/b"])
    joint.CreateAxisAttr("Z")
    turn = Gf.Quatf(float(np.cos(pi / 4)), float(np.sin(pi / 4)), 0, 0)
    joint.CreateLocalPos0Attr(Gf.Vec3f(0, 0, 0.5))
    joint.CreateLocalRot0Attr(turn)
    joint.CreateLocalPos1Attr(Gf.Vec3f(0, 0, -0.5))
    joint.CreateLocalRot1Attr(turn)
    joint.CreateLowerLimitAttr(-45)
    joint.CreateUpperLimitAttr(30)
    UsdPhysics.ArticulationRootAPI.Apply(stage.GetPrimAtPath("/Root"))
    _, model = load(stage, tmp_path)
    made = model.joint("hinge")
    assert model.body("b").parentid[0] == model.body("a").id
    assert made.pos == pytest.approx((0, 0, -0.5))
    assert made.axis == pytest.approx((0, -1, 0), abs=1e-6)
    assert made.range == pytest.approx((radians(-45), radians(30)))


def test_a_joint_whose_parent_is_body_1_keeps_its_sign(tmp_path: Path) -> None:
    stage = new_stage()
    for name, mass in (("tip", 1.0), ("base", 5.0)):
        body(stage, f"/Root/{name}", mass=mass)
        cube(stage, f"/Root/{name}/c", 0.1)
    UsdPhysics.ArticulationRootAPI.Apply(stage.GetPrimAtPath("/Root/base"))
    joint = UsdPhysics.PrismaticJoint.Define(stage, "/Root/slide")
    joint.CreateBody0Rel().SetTargets(["/Root/tip"])
    joint.CreateBody1Rel().SetTargets(["/Root/base"])
    joint.CreateAxisAttr("X")
    _, model = load(stage, tmp_path)
    assert model.body("tip").parentid[0] == model.body("base").id
    assert model.joint("slide").axis == pytest.approx((-1, 0, 0))


def test_the_authored_configuration_is_the_models_start(tmp_path: Path) -> None:
    """Body b stands 0.3 m along the slide: the joint reads 0.3 there, not 0."""
    stage = new_stage()
    body(stage, "/Root/a", mass=1.0)
    cube(stage, "/Root/a/c", 0.1)
    body(stage, "/Root/b", (0.3, 0, 0), mass=1.0)
    cube(stage, "/Root/b/c", 0.1)
    joint = UsdPhysics.PrismaticJoint.Define(stage, "/Root/slide")
    joint.CreateBody0Rel().SetTargets(["/Root/a"])
    joint.CreateBody1Rel().SetTargets(["/Root/b"])
    joint.CreateAxisAttr("X")
    joint.CreateLowerLimitAttr(0.0)
    joint.CreateUpperLimitAttr(0.5)
    _, model = load(stage, tmp_path)
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    assert data.joint("slide").qpos[0] == pytest.approx(0.3)
    assert data.body("b").xpos == pytest.approx((0.3, 0, 0))


def test_fixed_joints_weld_to_the_world_and_to_bodies(tmp_path: Path) -> None:
    stage = new_stage()
    for name in "ab":
        body(stage, f"/Root/{name}", mass=1.0)
        cube(stage, f"/Root/{name}/c", 0.1)
    world = UsdPhysics.FixedJoint.Define(stage, "/Root/to_world")
    world.CreateBody1Rel().SetTargets(["/Root/a"])
    UsdPhysics.ArticulationRootAPI.Apply(world.GetPrim())
    weld = UsdPhysics.FixedJoint.Define(stage, "/Root/weld")
    weld.CreateBody0Rel().SetTargets(["/Root/a"])
    weld.CreateBody1Rel().SetTargets(["/Root/b"])
    _, model = load(stage, tmp_path)
    assert model.nv == 0
    assert model.body("b").parentid[0] == model.body("a").id


def test_a_drive_with_stiffness_becomes_a_position_servo_per_radian(tmp_path: Path) -> None:
    stage = new_stage()
    body(stage, "/Root/a", mass=1.0)
    cube(stage, "/Root/a/c", 0.1)
    joint = UsdPhysics.RevoluteJoint.Define(stage, "/Root/motor")
    joint.CreateBody1Rel().SetTargets(["/Root/a"])
    drive = UsdPhysics.DriveAPI.Apply(joint.GetPrim(), "angular")
    drive.CreateStiffnessAttr(10.0)
    drive.CreateDampingAttr(1.0)
    drive.CreateMaxForceAttr(7.0)
    _, model = load(stage, tmp_path)
    assert model.nu == 1
    assert model.actuator_gainprm[0, 0] == pytest.approx(10 * 180 / pi)
    assert model.actuator_biasprm[0, 1:3] == pytest.approx((-10 * 180 / pi, -180 / pi))
    assert model.actuator_forcerange[0] == pytest.approx((-7, 7))


def test_mesh_approximations(tmp_path: Path) -> None:
    stage = new_stage()
    points = [(x, y, z) for x in (0, 1) for y in (0, 1) for z in (0, 2)]
    faces = [(0, 2, 6, 4), (1, 5, 7, 3), (0, 4, 5, 1), (2, 3, 7, 6), (0, 1, 3, 2), (4, 6, 7, 5)]
    for name, approximation in (("hull", "convexHull"), ("cube", "boundingCube"), ("parts", "convexDecomposition")):
        body(stage, f"/Root/{name}", mass=1.0)
        mesh = UsdGeom.Mesh.Define(stage, f"/Root/{name}/mesh")
        mesh.CreatePointsAttr(points)
        mesh.CreateFaceVertexCountsAttr([4] * 6)
        mesh.CreateFaceVertexIndicesAttr([index for face in faces for index in face])
        UsdPhysics.CollisionAPI.Apply(mesh.GetPrim())
        UsdPhysics.MeshCollisionAPI.Apply(mesh.GetPrim()).CreateApproximationAttr(approximation)
    loaded, model = load(stage, tmp_path)
    assert model.geom("hull/c0").type == mujoco.mjtGeom.mjGEOM_MESH
    assert model.geom("cube/c0").type == mujoco.mjtGeom.mjGEOM_BOX
    assert model.geom("cube/c0").size == pytest.approx((0.5, 0.5, 1))
    assert model.geom("cube/c0").pos == pytest.approx((0.5, 0.5, 1))
    assert any("convexDecomposition" in note for note in loaded.notes)
    assert model.body("hull").ipos == pytest.approx((0.5, 0.5, 1))


def test_filtered_pairs_invisible_prims_and_disabled_bodies(tmp_path: Path) -> None:
    stage = new_stage()
    first = body(stage, "/Root/a", mass=1.0)
    UsdGeom.Imageable(cube(stage, "/Root/a/c", 0.1)).MakeInvisible()
    body(stage, "/Root/b", mass=1.0)
    cube(stage, "/Root/b/c", 0.1)
    UsdPhysics.FilteredPairsAPI.Apply(first).CreateFilteredPairsRel().SetTargets(["/Root/b"])
    off = body(stage, "/Root/off", mass=1.0)
    UsdPhysics.RigidBodyAPI(off).CreateRigidBodyEnabledAttr(False)
    cube(stage, "/Root/off/c", 0.1)
    _, model = load(stage, tmp_path)
    assert model.nexclude == 1
    names = {model.geom(index).name for index in range(model.ngeom)}
    assert "a/v0" not in names
    assert "b/v0" in names
    assert model.nbody == 3  # world, a, b
    assert "world/c0" in names


def test_a_texture_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    stage = new_stage()
    shader = stage.DefinePrim("/Root/shader", "Shader")
    shader.CreateAttribute("inputs:file", Sdf.ValueTypeNames.Asset).Set(Sdf.AssetPath("/etc/hostname"))
    with pytest.raises(UnsafePathError, match="only relative"):
        load(stage, tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("garbage", "not readable as OpenUSD"),
        (
            '#usda 1.0\ndef Mesh "m" (prepend apiSchemas = ["PhysicsCollisionAPI"]) {\n point3f[] points = [(0,0,0)]\n'
            " int[] faceVertexCounts = [3]\n int[] faceVertexIndices = [0, 1, 9]\n}\n",
            "do not fit",
        ),
        (
            '#usda 1.0\ndef Cube "m" (prepend apiSchemas = ["PhysicsCollisionAPI"]) {\n'
            " float3 xformOp:scale = (0, 1, 1)\n"
            ' uniform token[] xformOpOrder = ["xformOp:scale"]\n}\n',
            "singular",
        ),
        (
            '#usda 1.0\ndef Xform "m" (prepend apiSchemas = ["PhysicsRigidBodyAPI", "PhysicsMassAPI"]) {\n'
            " float physics:mass = -2\n}\n",
            "mass -2",
        ),
    ],
)
def test_hostile_files_give_one_clear_error(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "hostile.usda"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        load_stage(path)


def test_a_file_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nothing\.usda"):
        load_stage(tmp_path / "nothing.usda")
