"""The rules of the asset-root overlay, read back from disk as Genie Sim's client and server read it."""

import io
import pickle
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pxr import Usd, UsdGeom, UsdPhysics

from blueprint.contracts.errors import BlueprintError
from blueprint.contracts.geniesim.benchmark import BenchmarkInstructions, BenchmarkSceneInfo
from blueprint.contracts.geniesim.grasp_file import read_npz
from blueprint.contracts.geniesim.package import Interaction, ObjectParameters
from blueprint.contracts.geniesim.template import TaskTemplate, TemplateObject
from blueprint.contracts.quality_gate import GateCheck
from blueprint.export.geniesim.checks import check
from blueprint.export.geniesim.object_usd import ALIGNED, COLLISION, WRAPPER
from blueprint.export.geniesim.package import GRASP_FILE
from blueprint.export.geniesim.paths import ASSET_ROOT, BENCHMARK, TASKS
from blueprint.robots.agibot import load_agibot
from blueprint.usd.containment import stage_files

__all__ = ["package_checks"]

Array = NDArray[np.float64]
_SIZE_TOLERANCE_M = 0.001
_COLLIDER_GAP_M = 0.02  # colliders may stay this far inside of what is seen, or stick out of it
_LARGEST_PICKLE = 16 << 20


def package_checks(folder: Path) -> list[GateCheck]:
    """Return the checks of the overlay in `folder` (the scene's `geniesim/`): stages compose and stay in the asset
    root, meshes are baked and as large as stated, colliders are where the meshes are, grasps are rigid poses and the
    same in both files, templates name things that are there."""
    root = folder / ASSET_ROOT
    objects = sorted(path.parent for path in root.glob("objects/*/*/*/object_parameters.json"))
    backgrounds = sorted(root.glob("background/*/*.usda"))
    templates = sorted((folder / TASKS).rglob("*.json"))
    shapes = [problem for path in objects for problem in _object_problems(path)]
    return [
        check("objects", [] if objects else ["there is no object package"], f"{len(objects)} packages"),
        check("object_usd", [p for path in objects for p in _object_stages(path, root)], "object stages compose"),
        check("object_shapes", shapes, "meshes are baked, as large as stated, and colliders where they are"),
        check("interaction", [p for path in objects for p in _interaction_problems(path, root)], "grasps are whole"),
        check("background_usd", [p for path in backgrounds for p in _background(path, root)], "backgrounds compose"),
        check("templates", [p for path in templates for p in _template(path, root)], f"{len(templates)} templates"),
        check(
            "any_template",
            [] if templates else ["no surface of the scene is within a robot's reach"],
            f"{len(templates)} templates",
            severity="WARNING",
        ),
        check("benchmark", _benchmark(folder), "every predicate is about objects of its instance"),
    ]


def _open(path: Path, root: Path, up: str) -> tuple[Usd.Stage | None, list[str]]:
    """Open a stage if everything it refers to is there and inside the root, in metres, with a default prim."""
    name = path.relative_to(root.parent).as_posix()
    try:
        problems = [f"{name}: {problem}" for problem in stage_files(path, root.parent).problems]
    except BlueprintError as error:
        return None, [f"{name}: {error}"]
    if problems:
        return None, problems
    stage = Usd.Stage.Open(str(path.resolve()))
    problems += [f"{name}: {str(error)[:200]}" for error in stage.GetCompositionErrors()]
    if not stage.GetDefaultPrim():
        problems.append(f"{name} has no default prim")
    if UsdGeom.GetStageMetersPerUnit(stage) != 1.0 or not UsdGeom.StageHasAuthoredMetersPerUnit(stage):
        problems.append(f"{name} is not in metres")
    if UsdGeom.GetStageUpAxis(stage) != up:
        problems.append(f"{name} has {UsdGeom.GetStageUpAxis(stage)} up, not {up}")
    return stage, problems


def _object_stages(path: Path, root: Path) -> list[str]:
    found = []
    for name, up in ((ALIGNED, "Y"), (COLLISION, "Y"), (WRAPPER, "Z")):
        if not (path / name).is_file():
            found.append(f"{path.name}: {name} is missing")
        else:
            found += _open(path / name, root, up)[1]
    return found


def _object_problems(path: Path) -> list[str]:
    """Compare meshes, colliders and the stated size of a rigid package."""
    try:
        parameters = ObjectParameters.read(path / "object_parameters.json")
    except BlueprintError as error:
        return [str(error)]
    if parameters.is_articulated or not (path / ALIGNED).is_file() or not (path / COLLISION).is_file():
        return []
    stage = Usd.Stage.Open(str((path / ALIGNED).resolve()))
    meshes = [prim for prim in stage.Traverse() if prim.IsA(UsdGeom.Mesh)]
    moved = [prim.GetName() for prim in meshes if _is_moved(prim)]
    if moved:
        return [f"{path.name}: mesh {moved[0]} has a transform; the client reads raw points"]
    points = [np.asarray(UsdGeom.Mesh(prim).GetPointsAttr().Get() or [], float).reshape(-1, 3) for prim in meshes]
    if not meshes or not all(map(len, points)):
        return [f"{path.name}: {ALIGNED} has no mesh, or an empty one"]
    low, high = _box(np.concatenate(points))
    problems = []
    if np.abs(high - low - parameters.size).max() > _SIZE_TOLERANCE_M:
        problems.append(f"{path.name}: the meshes measure {(high - low).round(4)} m, its document {parameters.size}")
    if np.abs(low + high).max() / 2 > _SIZE_TOLERANCE_M:
        problems.append(f"{path.name}: the origin is {np.abs(low + high).max() / 2:.4f} m off the meshes' middle")
    hull_low, hull_high = _collider_box(path / COLLISION)
    off = float(np.maximum(np.abs(hull_low - low), np.abs(hull_high - high)).max())
    if off > _COLLIDER_GAP_M:
        problems.append(f"{path.name}: colliders and meshes differ by {off:.3f} m")
    return problems


def _is_moved(prim: Usd.Prim) -> bool:
    current = prim
    while current and not current.IsPseudoRoot():
        if UsdGeom.Xformable(current) and UsdGeom.Xformable(current).GetOrderedXformOps():
            return True
        current = current.GetParent()
    return False


def _box(points: Array) -> tuple[Array, Array]:
    return points.min(axis=0), points.max(axis=0)


def _collider_box(path: Path) -> tuple[Array, Array]:
    stage = Usd.Stage.Open(str(path.resolve()))
    purposes = [UsdGeom.Tokens.default_, UsdGeom.Tokens.guide]
    cache = UsdGeom.BBoxCache(Usd.TimeCode.Default(), purposes, useExtentsHint=False)
    corners = []
    for prim in stage.Traverse():
        if prim.HasAPI(UsdPhysics.CollisionAPI):
            box = cache.ComputeWorldBound(prim).ComputeAlignedRange()
            corners += [np.array(box.GetMin()), np.array(box.GetMax())]
    return _box(np.array(corners)) if corners else (np.full(3, np.inf), np.full(3, -np.inf))


def _interaction_problems(path: Path, root: Path) -> list[str]:
    """Every object needs `interaction.json`; the grasp files that it names hold the same rigid poses."""
    folder = root / "interaction" / path.name
    try:
        interaction = Interaction.read(folder / "interaction.json").interaction
    except BlueprintError as error:
        return [str(error)]
    problems = []
    for elements in (interaction.active.place, interaction.passive.place):
        for key, places in elements.items():
            lengths = [float(np.linalg.norm(place.direction)) for place in places]
            if any(abs(length - 1) > 1e-3 for length in lengths):
                problems.append(f"{path.name}: the direction of {key} is no unit vector")
    for name in [name for names in interaction.passive.grasp.values() for name in names]:
        file = folder / name
        if name != GRASP_FILE or not file.is_file() or not file.with_suffix(".npz").is_file():
            problems.append(f"{path.name}: grasp file {name[:80]!r} or its .npz is missing")
            continue
        try:
            grasps = read_npz(file.with_suffix(".npz").read_bytes())
        except BlueprintError as error:
            problems.append(f"{path.name}: {error}")
            continue
        if not len(grasps) or not _same(file, grasps.poses, grasps.width):
            problems.append(f"{path.name}: the pickle does not hold the grasps of the .npz")
    return problems


class _NoClasses(pickle.Unpickler):
    """Reads lists, dictionaries and numbers only: a pickle that names anything else is not ours."""

    def find_class(self, module: str, name: str) -> type:
        raise pickle.UnpicklingError(f"{module}.{name}")


def _same(file: Path, poses: Array, width: Array) -> bool:
    if file.stat().st_size > _LARGEST_PICKLE:
        return False
    try:
        data = _NoClasses(io.BytesIO(file.read_bytes())).load()
        return np.array_equal(np.array(data["grasp_pose"]), poses) and np.array_equal(np.array(data["width"]), width)
    except (pickle.UnpicklingError, EOFError, ValueError, KeyError, TypeError, AttributeError, IndexError):
        return False


def _background(path: Path, root: Path) -> list[str]:
    stage, problems = _open(path, root, "Z")
    if stage is None:
        return problems
    if stage.GetDefaultPrim().GetName() != "World":
        problems.append(f"{path.name}: the default prim is not World")
    loose = [
        str(prim.GetPath())
        for prim in Usd.PrimRange(stage.GetPseudoRoot(), Usd.TraverseInstanceProxies())
        if prim.HasAPI(UsdPhysics.RigidBodyAPI)
        and UsdPhysics.RigidBodyAPI(prim).GetRigidBodyEnabledAttr().Get() is not False
        and not _is_articulated(prim)
    ]
    return problems + [f"{path.name}: {name} would fall" for name in loose[:3]]


def _is_articulated(prim: Usd.Prim) -> bool:
    current = prim
    while current and not current.IsPseudoRoot():
        if current.HasAPI(UsdPhysics.ArticulationRootAPI) or current.GetChild("WorldMount"):
            return True
        current = current.GetParent()
    return False


def _template(path: Path, root: Path) -> list[str]:
    """Return what the client would stumble over: files that are missing, cameras or joints that the robot lacks."""
    try:
        template = TaskTemplate.read(path)
        robot = load_agibot(template.robot.robot_cfg)
    except BlueprintError as error:
        return [str(error)]
    name = path.stem
    folders = [folder for item in template.objects.task_related_objects for folder in _folders(item)]
    folders += [item.data_info_dir for group in template.objects.scene_objects for item in group.available_objects]
    problems = []
    for folder in dict.fromkeys(folders):
        if not (root / folder / ALIGNED).is_file() or not (root / folder / "object_parameters.json").is_file():
            problems.append(f"{name}: {folder} is no package")
        if not (root / "interaction" / Path(folder).name / "interaction.json").is_file():
            problems.append(f"{name}: {folder} has no interaction.json")
    usds = template.scene.scene_usd
    missing = [usd for usd in ([usds] if isinstance(usds, str) else usds) if not (root / usd).is_file()]
    problems += [f"{name}: background {usd} is missing" for usd in missing]
    cameras = {camera.prim_path for camera in robot.cameras}
    problems += [f"{name}: no camera {path}" for path in template.recording_setting.camera_list if path not in cameras]
    lower, upper = (dict(zip(robot.dof_order, values, strict=True)) for values in (robot.lower, robot.upper))
    for joint, value in template.robot.init_arm_pose.items():
        if joint not in lower or not lower[joint] - 1e-6 <= value <= upper[joint] + 1e-6:
            problems.append(f"{name}: {joint} cannot be at {value}")
    picked = {stage.passive.object_id for stage in template.stages if stage.action == "pick"}
    for item in template.objects.task_related_objects:
        if item.object_id in picked:
            grasps = [root / "interaction" / Path(folder).name / GRASP_FILE for folder in _folders(item)]
            problems += [f"{name}: {file.parent.parent.name} has no grasps" for file in grasps if not file.is_file()]
    return problems


def _folders(item: TemplateObject) -> list[str]:
    return [candidate.data_info_dir for candidate in item.candidate_objects or []] or [item.data_info_dir or ""]


def _benchmark(folder: Path) -> list[str]:
    problems = []
    for path in sorted((folder / BENCHMARK).glob("llm_task/*/*/scene_info.json")):
        try:
            info = BenchmarkSceneInfo.read(path)
            asked = BenchmarkInstructions.read(path.with_name("instructions.json"))
        except BlueprintError as error:
            problems.append(str(error))
            continue
        unknown = [item.target for item in asked.instructions if item.target not in info.layout]
        problems += [f"{path.parent.parent.name}/{path.parent.name}: no object {name}" for name in unknown]
        problems += _open(path.with_name("scene.usda"), folder / BENCHMARK, "Z")[1]
    return problems
