"""A work surface as a task of the Genie Sim benchmark: the quartet of files per instance, and its configuration.

Instance 0 is the certified scene, the others its certified variations. Furniture with doors or drawers near the robot
stands in the instances, not in the background, so that `PushPull` finds its joints.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pxr import Usd, UsdGeom

from blueprint.contracts.document import write_atomically
from blueprint.contracts.frames import Pose, quat_xyzw_from_wxyz
from blueprint.contracts.geniesim.benchmark import (
    BenchmarkInstructions,
    BenchmarkProblem,
    BenchmarkSceneInfo,
    Instruction,
    LayoutEntry,
    action_lists,
)
from blueprint.contracts.ids import slug
from blueprint.contracts.scene import Scene
from blueprint.contracts.task import In, JointAbove, JointBelow, On, TaskSpec
from blueprint.contracts.variation import Variation
from blueprint.export.geniesim.object_usd import WRAPPER
from blueprint.export.geniesim.package import AssetPackage
from blueprint.export.geniesim.work_surface import WorkSurface
from blueprint.export.geniesim.yaml_text import yaml_text
from blueprint.usd.attributes import OBJECTS, WORLD
from blueprint.usd.prims import new_stage, place, write_text

__all__ = ["BenchmarkTask", "benchmark_name", "plan_benchmark", "predicates_of", "write_benchmark"]

_STEP_OUT = 600
_LIFT_M = 0.1
_INSIDE_SCALE = 1.2
_CAMERAS = ("head_link3/head_front_Camera", "gripper_l_base_link/Left_Camera", "gripper_r_base_link/Right_Camera")


@dataclass(frozen=True)
class BenchmarkTask:
    """`objects` are those of the instances; `predicates` pairs instruction i with what problem i + 1 waits for."""

    name: str
    surface: WorkSurface
    objects: tuple[str, ...]
    background: str
    predicates: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...]


def benchmark_name(scene_id: str, surface: WorkSurface) -> str:
    return f"{slug(scene_id)}_{surface.name}"


def predicates_of(scene: Scene, task: TaskSpec) -> tuple[tuple[str, str], ...]:
    """Return the benchmark's predicates for a certified task; none where it has no predicate for one of its criteria.

    Drawers and doors are `PushPull` on the joint's position, by the joint's place among the object's.
    """
    found: list[tuple[str, str]] = []
    for item in task.success:
        if isinstance(item, In):
            found.append(("Inside", f"{item.object_id}|{item.container_id}|{_INSIDE_SCALE}"))
        elif isinstance(item, On):
            found.append(("Ontop", f"{item.object_id}|{item.support_id}"))
        elif isinstance(item, JointAbove | JointBelow):
            joints = [link.joint for link in scene.asset(item.object_id).links if link.joint]
            index = next(k for k, joint in enumerate(joints) if joint.name == item.joint)
            low, high = (item.value, joints[index].upper) if isinstance(item, JointAbove) else (0.0, item.value)
            slack = 0.01
            found.append(("PushPull", f"{item.object_id}|{low:.4f}|{high + slack:.4f}|{index}"))
    return tuple(found)


def plan_benchmark(
    scene: Scene, surface: WorkSurface, articulated: Sequence[str], tasks: Sequence[TaskSpec], background: str
) -> BenchmarkTask:
    """Return what the benchmark task of a surface consists of: its certified tasks, and lifting what is in reach."""
    objects = (*surface.objects, *articulated)
    asked: list[tuple[str, str, tuple[tuple[str, str], ...]]] = []
    for task in tasks:
        wanted = predicates_of(scene, task)
        named = {part for _, text in wanted for part in text.split("|")[:2] if any(o.id == part for o in scene.objects)}
        if wanted and named <= set(objects) and not task.initial_joints:
            asked.append((task.instruction, task.target_object, wanted))
    for name in surface.in_reach:
        words = f"pick up the {scene.object(name).name or name}"
        asked.append((words, name, (("LiftUp", f"{name}|{_LIFT_M}"),)))
    return BenchmarkTask(benchmark_name(scene.scene_id, surface), surface, objects, background, tuple(asked))


def write_benchmark(
    scene: Scene,
    task: BenchmarkTask,
    packages: Mapping[str, AssetPackage],
    variations: Sequence[Variation],
    folder: Path,
    asset_root: str,
    robot_cfg: str,
) -> list[Path]:
    """Write `llm_task/<task>/<i>/…`, `eval_tasks/<task>.json` and `config/<task>.yaml` below `folder`.

    `asset_root` is the asset root as seen from `folder`.
    """
    written: list[Path] = []
    instances = [{name: scene.pose_world_object(name) for name in task.objects}]
    for variation in variations:
        moved = {
            name: sample.pose_world_object
            for name, sample in variation.objects.items()
            if sample.pose_world_object is not None and name in task.objects
        }
        if moved:
            instances.append({**instances[0], **moved})
    for index, poses in enumerate(instances):
        target = folder / "llm_task" / task.name / str(index)
        _write_scene(scene, packages, poses, target / "scene.usda", f"../../../{asset_root}")
        _scene_info(scene, packages, poses, task.name, index).write(target / "scene_info.json")
        _instructions(task).write(target / "instructions.json")
        problems = {
            f"problem{k + 1}": BenchmarkProblem(
                Acts=action_lists(list(wanted), _STEP_OUT), Objects=[], Problem=task.name
            ).model_dump(mode="json")
            for k, (_, _, wanted) in enumerate(task.predicates)
        }
        write_atomically(target / "problems.json", (json.dumps(problems, indent=2) + "\n").encode())
        names = ("scene.usda", "scene_info.json", "instructions.json", "problems.json")
        written += [target / name for name in names]
    evaluation = folder / "eval_tasks" / f"{task.name}.json"
    write_atomically(evaluation, (json.dumps(_eval_task(task, robot_cfg), indent=2) + "\n").encode())
    config = folder / "config" / f"{task.name}.yaml"
    write_atomically(config, yaml_text(_config(task, len(instances))).encode())
    return [*written, evaluation, config]


def _write_scene(
    scene: Scene, packages: Mapping[str, AssetPackage], poses: Mapping[str, Pose], path: Path, root: str
) -> None:
    stage = new_stage(WORLD)
    stage.DefinePrim(f"/{WORLD}/{OBJECTS}")
    payloads = {}
    for name, pose in poses.items():
        package = packages[scene.object(name).asset.asset_id or ""]
        prim = UsdGeom.Xform.Define(stage, f"/{WORLD}/{OBJECTS}/{name}").GetPrim()
        middle = pose @ Pose.of(package.frame.pose_asset_package.position)
        place(prim, middle.rounded(), (1.0, 1.0, 1.0))
        payloads[str(prim.GetPath())] = f"{root}/{package.folder}{WRAPPER}"
    Usd.ModelAPI(stage.GetDefaultPrim()).SetKind("assembly")
    write_text(stage, path, payloads=payloads)


def _scene_info(
    scene: Scene, packages: Mapping[str, AssetPackage], poses: Mapping[str, Pose], name: str, index: int
) -> BenchmarkSceneInfo:
    layout = {}
    for object_id, pose in poses.items():
        package = packages[scene.object(object_id).asset.asset_id or ""]
        middle = (pose @ Pose.of(package.frame.pose_asset_package.position)).rounded()
        x, y, z, w = (float(value) for value in quat_xyzw_from_wxyz(middle.quat_wxyz))
        layout[object_id] = LayoutEntry(
            usd=package.asset_id,
            xyz=middle.position,
            xyzw=(x, y, z, w),
            tags=[name, object_id],
            keywords=sorted(package.model.affordances),
            description={"semantic_name": [package.model.name], "object_category": [package.model.category]},
        )
    return BenchmarkSceneInfo(scene_id=name, seed=index, layout=layout)


def _instructions(task: BenchmarkTask) -> BenchmarkInstructions:
    return BenchmarkInstructions(
        scene_id=task.name,
        instruction_category="certified",
        instructions=[
            Instruction(instruction=words, id=f"{task.name}_{k}", target=target)
            for k, (words, target, _) in enumerate(task.predicates)
        ],
    )


def _eval_task(task: BenchmarkTask, robot_cfg: str) -> dict[str, object]:
    base = task.surface.pose_world_base
    origin = task.surface.pose_world_origin
    workspace = {
        "position": [*origin.position[:2], round(task.surface.height_m, 6)],
        "quaternion": list(origin.quat_wxyz),
        "size": [0, 0, 0],
    }
    folder = task.background.rsplit("/", 1)[0]
    return {
        "task": task.name,
        "generalization": {},
        "problem_instance": 0,
        "objects": {"constraints": None, "extra_objects": [], "fix_objects": [], "task_related_objects": []},
        "recording_setting": {
            "camera_list": [f"/genie/{camera}" for camera in _CAMERAS],
            "fps": 30,
            "num_of_episode": 1,
        },
        "robot": {
            "arm": "dual",
            "robot_cfg": robot_cfg,
            "robot_id": "G2",
            "robot_init_pose": {"workspace_00": {"position": list(base.position), "quaternion": list(base.quat_wxyz)}},
        },
        "scene": {
            "function_space_objects": {"workspace_00": {"material_obj_prim": {}, **workspace}},
            "scene_id": f"{folder}/workspace_00",
            "scene_info_dir": folder,
            "scene_usd": task.background,
        },
        "stages": [],
    }


def _config(task: BenchmarkTask, instances: int) -> dict[str, object]:
    return {
        "app": {"enable_rate_limit": True, "enable_ros": False},
        "benchmark": {
            "task_name": task.name,
            "sub_task_name": task.name,
            "platform": "g2_op",
            "seed": 1,
            "model_arc": "corobot",
            "num_episode": 1,
            "num_instances": instances,
            "record": False,
        },
    }
