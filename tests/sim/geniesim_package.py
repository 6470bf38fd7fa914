"""A tiny hand-made Genie Sim asset root: a table as background, a cube with our colliders, and one without."""

from pathlib import Path

from pxr import Gf, Usd, UsdGeom, UsdPhysics, Vt

TABLE_TOP_M = 0.80
TABLE_SIZE = (0.6, 1.2, 0.04)
TABLE_CENTRE = (0.75, 0.0)
CUBE_SIDE_M = 0.05
BACKGROUND = "background/table/scene.usda"
BARE = "background/bare/scene.usda"
CUBE = "objects/test/cube/cube_000/Aligned.usd"
PLAIN = "objects/test/cube/cube_001/Aligned.usd"
CABINET = "objects/test/cabinet/cabinet_000/Aligned.usd"


def write_package(root: Path) -> Path:
    _background(root / BACKGROUND, with_table=True)
    _background(root / BARE, with_table=False)
    _aligned_cube(root / CUBE)
    _collision_cube(root / CUBE)
    _aligned_cube(root / PLAIN)
    _cabinet(root / CABINET)
    return root


def _stage(path: Path, name: str, up: str) -> Usd.Stage:
    path.parent.mkdir(parents=True, exist_ok=True)
    stage = Usd.Stage.CreateNew(str(path))
    UsdGeom.SetStageMetersPerUnit(stage, 1.0)
    UsdGeom.SetStageUpAxis(stage, up)
    stage.SetDefaultPrim(UsdGeom.Xform.Define(stage, f"/{name}").GetPrim())
    return stage


def _background(path: Path, *, with_table: bool) -> None:
    stage = _stage(path, "World", UsdGeom.Tokens.z)
    floor = _box(stage, "/World/background/floor", (6, 6, 0.1), (0, 0, -0.05))
    UsdPhysics.CollisionAPI.Apply(floor)
    if with_table:
        x, y = TABLE_CENTRE
        top = _box(stage, "/World/Table/top", TABLE_SIZE, (x, y, TABLE_TOP_M - TABLE_SIZE[2] / 2))
        UsdPhysics.CollisionAPI.Apply(top)
    light = stage.DefinePrim("/World/background/sun", "DistantLight")
    light.GetAttribute("inputs:intensity").Set(3000.0)
    stage.DefinePrim("/World/background/sky", "DomeLight").GetAttribute("inputs:intensity").Set(1000.0)
    stage.Save()


def _aligned_cube(path: Path) -> None:
    stage = _stage(path, "cube", UsdGeom.Tokens.y)
    _mesh(stage, "/cube/body", CUBE_SIDE_M)
    stage.Save()


def _collision_cube(aligned: Path) -> None:
    stage = _stage(aligned.with_name("collision.usda"), "cube", UsdGeom.Tokens.y)
    root = stage.GetDefaultPrim()
    visuals = UsdGeom.Xform.Define(stage, "/cube/visuals").GetPrim()
    visuals.GetReferences().AddReference("./Aligned.usd")
    UsdPhysics.RigidBodyAPI.Apply(root)
    mass = UsdPhysics.MassAPI.Apply(root)
    mass.CreateMassAttr(0.2)
    moment = 0.2 * CUBE_SIDE_M**2 / 6
    mass.CreateDiagonalInertiaAttr(Gf.Vec3f(moment, moment, moment))
    mass.CreateCenterOfMassAttr(Gf.Vec3f(0, 0, 0))
    collider = _box(stage, "/cube/colliders/box", (CUBE_SIDE_M,) * 3, (0, 0, 0))
    UsdGeom.Imageable(collider).CreatePurposeAttr(UsdGeom.Tokens.guide)
    UsdPhysics.CollisionAPI.Apply(collider)
    stage.Save()


def _cabinet(path: Path) -> None:
    """A fixed box with one drawer that slides along its +Z (to the front) by 0.2 m."""
    stage = _stage(path, "cabinet", UsdGeom.Tokens.y)
    UsdPhysics.ArticulationRootAPI.Apply(stage.GetDefaultPrim())
    for name, size, place in (("frame", (0.3, 0.2, 0.3), (0, 0.1, 0)), ("drawer", (0.26, 0.1, 0.26), (0, 0.31, 0))):
        link = UsdGeom.Xform.Define(stage, f"/cabinet/{name}").GetPrim()
        UsdPhysics.RigidBodyAPI.Apply(link)
        UsdPhysics.MassAPI.Apply(link).CreateMassAttr(1.0)
        UsdPhysics.CollisionAPI.Apply(_box(stage, f"/cabinet/{name}/box", size, place))
    fixed = UsdPhysics.FixedJoint.Define(stage, "/cabinet/joints/root")
    fixed.CreateBody1Rel().SetTargets(["/cabinet/frame"])
    slide = UsdPhysics.PrismaticJoint.Define(stage, "/cabinet/joints/slide")
    slide.CreateBody0Rel().SetTargets(["/cabinet/frame"])
    slide.CreateBody1Rel().SetTargets(["/cabinet/drawer"])
    slide.CreateAxisAttr("Z")
    slide.CreateLowerLimitAttr(0.0)
    slide.CreateUpperLimitAttr(0.2)
    stage.Save()


def _box(stage: Usd.Stage, path: str, size: tuple[float, float, float], centre: tuple[float, float, float]) -> Usd.Prim:
    box = UsdGeom.Cube.Define(stage, path)
    box.CreateSizeAttr(1.0)
    box.AddTranslateOp().Set(Gf.Vec3d(*centre))
    box.AddScaleOp().Set(Gf.Vec3f(*size))
    return box.GetPrim()


def _mesh(stage: Usd.Stage, path: str, side: float) -> None:
    half = side / 2
    corners = [(x, y, z) for x in (-half, half) for y in (-half, half) for z in (-half, half)]
    faces = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    mesh = UsdGeom.Mesh.Define(stage, path)
    mesh.CreatePointsAttr(Vt.Vec3fArray([Gf.Vec3f(*corner) for corner in corners]))
    mesh.CreateFaceVertexCountsAttr([4] * 6)
    mesh.CreateFaceVertexIndicesAttr([index for face in faces for index in face])
    mesh.CreateSubdivisionSchemeAttr("none")
