"""One episode's start, drawn from a task template: which objects, where they stand, where the robot stands.

The rules are those of Genie Sim's own client: poses are relative to the template's origin; an object stands on the
bottom face of its workspace, its origin half its height (and a little) above it, or at one of the workspace's poses.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from blueprint.contracts.errors import InputError, StageError, UnsafePathError
from blueprint.contracts.frames import Pose, quat_wxyz_from_axis_angle, quat_wxyz_from_yaw
from blueprint.contracts.geniesim.grasp_file import GraspSet, read_npz
from blueprint.contracts.geniesim.package import Interaction, ObjectParameters
from blueprint.contracts.geniesim.template import (
    CandidateObject,
    PoseSpec,
    PoseWorkspace,
    TaskTemplate,
    TemplateObject,
    VolumeWorkspace,
)
from blueprint.physics.footprint import Footprint, footprints_overlap

__all__ = ["EpisodeInstance", "PlacedObject", "sample_instance"]

GRASPS = "grasp_pose/grasp_pose.npz"
_DROP_M = 0.01  # above the support, so that nothing starts inside of it
_GAP_M = 0.03
_TRIES = 200
_UPRIGHT = {
    "x": quat_wxyz_from_axis_angle((0, 1, 0), -np.pi / 2),
    "-x": quat_wxyz_from_axis_angle((0, 1, 0), np.pi / 2),
    "y": quat_wxyz_from_axis_angle((1, 0, 0), np.pi / 2),
    "-y": quat_wxyz_from_axis_angle((1, 0, 0), -np.pi / 2),
    "z": quat_wxyz_from_axis_angle((1, 0, 0), 0.0),
    "-z": quat_wxyz_from_axis_angle((1, 0, 0), np.pi),
}
_FLAT = {"x": (2, 1), "y": (0, 2), "z": (0, 1)}


@dataclass(frozen=True)
class PlacedObject:
    """An object of the episode; `pose_world_object` is of its package frame (m, w,x,y,z)."""

    object_id: str
    usd_path: Path
    pose_world_object: Pose
    mass_kg: float
    parameters: ObjectParameters
    interaction: Interaction
    grasps: GraspSet

    @property
    def prim_path(self) -> str:
        return f"/World/Objects/{self.object_id}"


@dataclass(frozen=True)
class EpisodeInstance:
    """What a server is told before the first stage. `joints` in rad by name."""

    name: str
    template: TaskTemplate
    background: Path
    pose_world_robot: Pose
    joints: dict[str, float]
    objects: dict[str, PlacedObject]


def sample_instance(
    template: TaskTemplate, assets: Path, index: int, rng: Callable[[str], np.random.Generator]
) -> EpisodeInstance:
    """Draw episode `index` of a template whose assets lie below `assets`; `rng` gives the generator of a named draw.

    Raises InputError (UnsafePathError) for files that are missing, broken or outside of the asset root, and StageError
    where the objects do not fit into their workspaces.
    """
    root = assets.resolve()
    origin = _pose(template.origin)
    placed: dict[str, PlacedObject] = {}
    for workspace_id, workspace in sorted(template.scene.function_space_objects.items()):
        chosen: list[tuple[str, TemplateObject | None, _Package]] = [
            (item.object_id, item, _package(root, _folder(item, rng("candidate:" + item.object_id))))
            for item in template.objects.task_related_objects
            if item.workspace_id == workspace_id
        ]
        chosen += [
            (name, None, _package(root, item.data_info_dir))
            for name, item in _clutter(template, workspace_id, rng("clutter:" + workspace_id))
        ]
        poses = _poses(workspace, [package for *_, package in chosen], rng("layout:" + workspace_id))
        if poses is None:
            raise StageError(
                f"the {len(chosen)} objects of workspace {workspace_id!r} of task {template.task!r} do not fit.",
                remedy="make the workspace larger or take fewer objects.",
            )
        for (object_id, item, package), pose in zip(chosen, poses, strict=True):
            parameters, interaction, grasps, usd = package
            mass = item.mass if item is not None and item.mass is not None else parameters.mass
            placed[object_id] = PlacedObject(object_id, usd, origin @ pose, mass, parameters, interaction, grasps)
    backgrounds = template.scene.scene_usd
    names = [backgrounds] if isinstance(backgrounds, str) else backgrounds
    robot = template.robot.robot_init_pose
    shift = np.zeros(3)
    if robot.random is not None:
        shift = rng("robot").uniform(-1, 1, 3) * robot.random.delta_position
    start = Pose.of(np.asarray(robot.position) + shift, robot.quaternion)
    return EpisodeInstance(
        name=f"{template.task}_{index}",
        template=template,
        background=_contained(root, names[int(rng("background").integers(len(names)))]),
        pose_world_robot=origin @ start,
        joints=dict(template.robot.init_arm_pose),
        objects=placed,
    )


_Package = tuple[ObjectParameters, Interaction, GraspSet, Path]


def _package(root: Path, folder: str) -> _Package:
    objects = _contained(root, folder)
    interaction = _contained(root, f"interaction/{objects.name}")
    usd = objects / "Aligned.usd"
    if not usd.is_file():
        raise InputError(f"{usd} is missing.", remedy="export the package again.")
    grasp_file = interaction / GRASPS
    grasps = GraspSet(np.zeros((0, 4, 4)), np.zeros(0))
    if grasp_file.is_file():
        grasps = read_npz(grasp_file.read_bytes())
    return (
        ObjectParameters.read(objects / "object_parameters.json"),
        Interaction.read(interaction / "interaction.json"),
        grasps,
        usd,
    )


def _contained(root: Path, name: str) -> Path:
    path = (root / name).resolve()
    if not path.is_relative_to(root):
        raise UnsafePathError(f"{name!r} is outside of the asset root {root}.", remedy="name a file below it.")
    return path


def _folder(item: TemplateObject, rng: np.random.Generator) -> str:
    if item.data_info_dir is not None:
        return item.data_info_dir
    candidates = item.candidate_objects or []
    return candidates[int(rng.integers(len(candidates)))].data_info_dir


def _clutter(template: TaskTemplate, workspace_id: str, rng: np.random.Generator) -> list[tuple[str, CandidateObject]]:
    """Draw what stands around: never an asset that the task is about, ids numbered where one comes twice."""
    about = {item.data_info_dir for item in template.objects.task_related_objects}
    drawn: list[CandidateObject] = []
    for group in template.objects.scene_objects:
        if group.workspace_id == workspace_id:
            available = [item for item in group.available_objects if item.data_info_dir not in about]
            available = available * group.sample.max_repeat
            most = min(group.sample.max_num, len(available))
            count = int(rng.integers(min(group.sample.min_num, most), most + 1))
            drawn += [available[k] for k in rng.permutation(len(available))[:count]]
    seen: dict[str, int] = {}
    named = []
    for item in drawn:
        times = seen.get(item.object_id, 0)
        seen[item.object_id] = times + 1
        named.append((f"{item.object_id}_{times}" if times else item.object_id, item))
    return named


def _poses(
    workspace: VolumeWorkspace | PoseWorkspace, packages: list[_Package], rng: np.random.Generator
) -> list[Pose] | None:
    """Return a pose per package, relative to the origin, or None where they do not fit."""
    if isinstance(workspace, PoseWorkspace):
        if len(packages) > len(workspace.poses):
            return None
        order = rng.permutation(len(workspace.poses))[: len(packages)]
        found = []
        for slot, (parameters, *_) in zip(order, packages, strict=True):
            spec = workspace.poses[int(slot)]
            spread = spec.random
            shift = rng.uniform(-1, 1, 3) * (spread.delta_position if spread else 0.0)
            turn = float(rng.uniform(-1, 1)) * (spread.delta_angle or 0.0 if spread else 0.0)
            pose = Pose.of(np.asarray(spec.position) + shift, spec.quaternion)
            found.append(pose @ Pose.of((0, 0, 0), quat_wxyz_from_yaw(turn)) @ _upright(parameters))
        return found
    for _ in range(_TRIES):
        scattered = _scattered(workspace, packages, rng)
        if scattered is not None:
            return scattered
    return None


def _scattered(workspace: VolumeWorkspace, packages: list[_Package], rng: np.random.Generator) -> list[Pose] | None:
    """Put everything somewhere, turned anyhow, wholly inside of the workspace's floor, clear of one another."""
    half = np.asarray(workspace.size[:2]) / 2
    taken: list[Footprint] = []
    poses = []
    for parameters, *_ in packages:
        letter = parameters.upAxis[0][-1]
        size = np.asarray(parameters.size) * parameters.scale
        flat = size[list(_FLAT[letter])] / 2
        yaw = float(rng.uniform(-np.pi, np.pi))
        at_origin = Footprint(0, 0, float(flat[0]), float(flat[1]), yaw, float(np.linalg.norm(flat)))
        reach = np.abs(at_origin.corners()).max(axis=0)
        if (reach > half).any():
            yaw, reach = 0.0, flat
            if (reach > half).any():
                return None
        x, y = rng.uniform(-(half - reach), half - reach)
        here = Footprint(float(x), float(y), float(flat[0]), float(flat[1]), yaw, float(np.linalg.norm(flat)))
        zone = workspace.blocked_zone
        is_blocked = zone is not None and zone[0][0] < x < zone[0][1] and zone[1][0] < y < zone[1][1]
        if is_blocked or any(footprints_overlap(here, other, _GAP_M) for other in taken):
            return None
        taken.append(here)
        up = float(size["xyz".index(letter)])
        z = -workspace.size[2] / 2 + up / 2 + _DROP_M
        poses.append(_pose(workspace) @ Pose.of((x, y, z), quat_wxyz_from_yaw(yaw)) @ _upright(parameters))
    return poses


def _upright(parameters: ObjectParameters) -> Pose:
    return Pose.of((0, 0, 0), _UPRIGHT[parameters.upAxis[0]])


def _pose(spec: PoseSpec) -> Pose:
    return Pose.of(spec.position, spec.quaternion)
