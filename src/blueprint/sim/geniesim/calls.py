"""From protobuf to the world and back: one small function per RPC, answers as dicts of the response's fields."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from blueprint.contracts.errors import BlueprintError, InputError
from blueprint.contracts.frames import Pose
from blueprint.robots.agibot.robot import Side
from blueprint.sim.geniesim.arms import MAX_POSES, MoveRequest
from blueprint.sim.geniesim.cameras import CameraRequest
from blueprint.sim.geniesim.lights import LightRequest
from blueprint.sim.geniesim.objects import ObjectRequest
from blueprint.sim.geniesim.scene_model import Stand
from blueprint.sim.geniesim.world import GenieWorld

__all__ = ["CALLS", "UNIMPLEMENTED", "UnsupportedCallError"]

Call = Callable[[GenieWorld, Any], Mapping[str, Any]]
UNIMPLEMENTED = frozenset(
    {"set_trajectory_list", "set_material", "get_camera_info", "get_camera_data", "get_semantic_data"}
)
_MAX_ITEMS = 1000


class UnsupportedCallError(BlueprintError):
    """The protocol knows the request, no server implements it."""


def _linear_move(world: GenieWorld, request: Any) -> Mapping[str, Any]:
    planned = not request.is_block
    constrained = any(weight > 0 for weight in request.path_constraint)
    if len(request.path_constraint) not in (0, 6):
        raise InputError(f"path_constraint has {len(request.path_constraint)} weights.", remedy="give 0 or 6.")
    reached = world.linear_move(
        MoveRequest(
            side=_arm(request.robot_name),
            pose=_pose(request, "pose") if request.HasField("pose") or not request.from_current_pose else Pose(),
            planned=planned,
            straight=constrained if planned else request.ee_interpolation,
            goal_offset=_offset(request.goal_offset),
            offset_in_goal_frame=request.offset_and_constraint_in_goal_frame,
            from_current_pose=request.from_current_pose,
            disable_links=tuple(request.disable_collision_links),
            run_ratio=request.motion_run_ratio,
            gripper=_timed_gripper(request.gripper_action_timing),
        )
    )
    return {"errmsg": str(reached)}


def _get_joint_position(world: GenieWorld, _: Any) -> Mapping[str, Any]:
    joints = world.get_joint_position()
    return {"states": [{"name": name, "position": position} for name, position in joints.items()]}


def _set_joint_position(world: GenieWorld, request: Any) -> Mapping[str, Any]:
    commands = [(command.name, command.sequence, command.position) for command in _few(request.commands)]
    return {"errmsg": world.set_joint_position(commands, is_trajectory=request.is_trajectory)}


def _get_ik_status(world: GenieWorld, request: Any) -> Mapping[str, Any]:
    if len(request.target_pose) > MAX_POSES or any(len(pose.elements) != 16 for pose in request.target_pose):
        raise InputError(f"target poses must be at most {MAX_POSES} matrices of 16 elements.")
    poses = np.array([pose.elements for pose in request.target_pose], float).reshape(-1, 4, 4)
    side: Side = "right" if request.is_right else "left"
    with_links = request.ObsAvoid and request.output_link_pose
    answers = world.get_ik_status(side, poses, avoid=request.ObsAvoid, with_links=with_links)
    return {
        "IKStatus": [
            {
                "isSuccess": answer.success,
                "joint_names": list(answer.joints),
                "joint_positions": list(answer.joints.values()),
                "link_poses": [{"link_name": name, "link_pose": _wire(pose)} for name, pose in answer.links.items()],
            }
            for answer in answers
        ]
    }


def _get_ee_pose(world: GenieWorld, request: Any) -> Mapping[str, Any]:
    return {"ee_pose": _wire(world.get_ee_pose("right" if request.is_right else "left"))}


def _add_object(world: GenieWorld, request: Any) -> Mapping[str, Any]:
    scale = request.object_scale
    asked = ObjectRequest(
        name=request.label_name,
        file=Path(),
        scale=(scale.x, scale.y, scale.z) if request.HasField("object_scale") else (1.0, 1.0, 1.0),
        mass_kg=request.object_mass,
        static_friction=request.static_friction,
        dynamic_friction=request.dynamic_friction,
        movable=request.add_rigid_body,
    )
    prim_path = world.add_object(request.usd_path, request.prim_path, _pose(request, "object_pose"), asked)
    return {"prim_path": prim_path, "label_name": request.label_name}


def _get_object_pose(world: GenieWorld, request: Any) -> Mapping[str, Any]:
    return {"prim_path": request.prim_path, "object_pose": _wire(world.get_object_pose(request.prim_path))}


def _get_part_dof_joint(world: GenieWorld, request: Any) -> Mapping[str, Any]:
    name, position, velocity = world.get_part_dof_joint(request.prim_path, request.part_name)
    return {"joint_name": name, "joint_position": position, "joint_velocity": velocity}


def _set_target_point(world: GenieWorld, request: Any) -> Mapping[str, Any]:
    point = request.point_position
    return {"msg": world.set_target_point((point.x, point.y, point.z))}


def _set_gripper_state(world: GenieWorld, request: Any) -> Mapping[str, Any]:
    return {"msg": world.set_gripper_state(request.gripper_command, "right" if request.is_right else "left")}


def _get_observation(world: GenieWorld, request: Any) -> Mapping[str, Any]:
    if request.startRecording:
        cameras = list(request.CameraReq.camera_prim_list) if request.isCam else []
        return {"recordingState": world.start_recording(request.task_name, request.fps, cameras)}
    if request.stopRecording:
        return {"recordingState": world.stop_recording()}
    raise UnsupportedCallError("observations are not sent over the wire.", remedy="start or stop a recording.")


def _init_robot(world: GenieWorld, request: Any) -> Mapping[str, Any]:
    joints = {command.name: command.position for command in _few(request.joint_cmd) if np.isfinite(command.position)}
    stand = Stand(request.stand_type, request.stand_size_x, request.stand_size_y)
    pose = _pose(request, "robot_pose")
    return {"msg": world.init_robot(request.robot_cfg_file, request.scene_usd_path, pose, joints, stand)}


def _add_camera(world: GenieWorld, request: Any) -> Mapping[str, Any]:
    camera = CameraRequest(
        prim_path=request.camera_prim,
        pose=_pose(request, "camera_pose"),
        focal_length=request.focus_length,
        horizontal_aperture=request.horizontal_aperture,
        vertical_aperture=request.vertical_aperture,
        width_px=request.width,
        height_px=request.height,
        local=request.is_local,
    )
    return {"msg": world.add_camera(camera)}


def _set_object_pose(world: GenieWorld, request: Any) -> Mapping[str, Any]:
    poses = [(item.prim_path, _pose(item, "pose")) for item in _few(request.object_pose)]
    joints = [command.position for command in _few(request.joint_cmd)]
    of_objects = [
        (item.prim_path, [command.position for command in item.joint_cmd]) for item in _few(request.object_joint)
    ]
    return {"msg": world.set_object_pose(poses, joints, of_objects)}


def _set_light(world: GenieWorld, request: Any) -> Mapping[str, Any]:
    lights = [
        LightRequest(
            kind=light.light_type,
            prim_path=light.light_prim,
            temperature_k=light.light_temperature,
            intensity=light.light_intensity,
            rotation=Pose.of((0, 0, 0), _quaternion(light.light_rotation, "light_rotation")),
            texture=light.light_texture,
        )
        for light in _few(request.lights)
    ]
    return {"msg": world.set_light(lights)}


CALLS: dict[str, Call] = {
    "linear_move": _linear_move,
    "get_joint_position": _get_joint_position,
    "set_joint_position": _set_joint_position,
    "get_ik_status": _get_ik_status,
    "get_ee_pose": _get_ee_pose,
    "add_object": _add_object,
    "get_object_pose": _get_object_pose,
    "get_part_dof_joint": _get_part_dof_joint,
    "set_target_point": _set_target_point,
    "set_gripper_state": _set_gripper_state,
    "get_observation": _get_observation,
    "init_robot": _init_robot,
    "add_camera": _add_camera,
    "set_object_pose": _set_object_pose,
    "set_light": _set_light,
    "reset": lambda world, _: {"msg": world.reset()},
    "attach_obj": lambda world, request: {
        "msg": world.attach_obj(_few(request.obj_prims), "right" if request.is_right else "left")
    },
    "detach_obj": lambda world, _: {"msg": world.detach_obj()},
    "remove_objs_from_obstacle": lambda world, request: {
        "msg": world.remove_objs_from_obstacle(_few(request.obj_prims))
    },
    "task_status": lambda world, request: {"msg": world.task_status(request.isSuccess, _few(request.failStep))},
    "exit": lambda world, request: {"msg": world.exit() if request.exit else "exit"},
    "set_frame_state": lambda world, request: {"msg": world.set_frame_state(request.frame_state)},
    "set_task_metric": lambda world, request: {"msg": world.set_task_metric(request.metric)},
    "store_current_state": lambda world, request: {"msg": world.store_current_state(request.playback_id)},
    "playback": lambda world, request: {"msg": world.playback(request.playback_id)},
    "get_checker_status": lambda world, request: {"msg": world.get_checker_status(request.checker)},
}


def _pose(message: Any, field: str) -> Pose:
    """Return a pose field; one that is not set is the identity. Raises InputError for what is no pose."""
    if not message.HasField(field):
        return Pose()
    pose = getattr(message, field)
    position = (pose.position.x, pose.position.y, pose.position.z)
    if not np.isfinite(position).all() or np.abs(position).max() > 1e6:
        raise InputError(f"{field}: position {position} is no place.", remedy="send metres.")
    return Pose.of(position, _quaternion(pose.rpy, field))


def _quaternion(rpy: Any, field: str) -> tuple[float, float, float, float]:
    quat = (rpy.rw, rpy.rx, rpy.ry, rpy.rz)
    length = float(np.linalg.norm(quat))
    if not 0.5 < length < 2.0:
        raise InputError(f"{field}: rotation {quat} is no unit quaternion.", remedy="send w, x, y, z in rpy.")
    return quat


def _wire(pose: Pose) -> dict[str, dict[str, float]]:
    return {
        "position": dict(zip("xyz", pose.position, strict=True)),
        "rpy": dict(zip(("rw", "rx", "ry", "rz"), pose.quat_wxyz, strict=True)),
    }


def _offset(values: Any) -> Pose | None:
    if not len(values):
        return None
    if len(values) != 7 or not np.isfinite(list(values)).all() or not np.linalg.norm(values[3:]) > 0.5:
        raise InputError(f"goal_offset {list(values)[:8]} is no pose.", remedy="give x, y, z, then w, x, y, z.")
    return Pose.of(values[:3], values[3:])


def _timed_gripper(text: str) -> tuple[str, float, Side] | None:
    """Return (command, share of the motion, arm); None for what does not say both, as on the real server."""
    try:
        timing = json.loads(text or "{}")
    except (ValueError, RecursionError) as error:
        raise InputError(f"gripper_action_timing: not JSON: {error}.") from error
    if not isinstance(timing, dict) or "state" not in timing or "timing" not in timing:
        return None
    share = timing["timing"]
    if not isinstance(share, int | float):
        raise InputError(f"gripper_action_timing: timing {share!r} is no number.")
    return str(timing["state"]), float(share), "right" if timing.get("is_right", True) else "left"


def _arm(name: str) -> Side:
    if name == "left":
        return "left"
    if name == "right":
        return "right"
    raise InputError(f"robot_name {name[:20]!r} is no arm.", remedy="name left or right.")


def _few(items: Any) -> list[Any]:
    if len(items) > _MAX_ITEMS:
        raise InputError(f"{len(items)} items in one call.", remedy=f"send at most {_MAX_ITEMS}.")
    return list(items)
