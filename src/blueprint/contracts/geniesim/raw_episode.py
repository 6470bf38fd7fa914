"""The raw episode folder of Genie Sim 3.x: its files, joint order and scales, and one frame as a server hands it on.

```
[<task>_<i>]/
  aligned_joints_all.h5  timestamp (T,); {state,action}/{joint,end,effector,robot}/…, attrs `name` say the columns
  aligned_joints.h5      one group per frame: "0", "1", …
  state.json             schema "v6": scene, lights, objects, cameras, robot, fps, frames[]
  camera/<k>/            {camera}_color.jpg, {camera}_depth.png (uint16), time_stamp.json
  observations/videos/   {camera}_color.mp4, {camera}_depth.mp4
  parameters/sensor/     intrinsic_*.json, extrinsic_end_T_*_aligned.json
  data_info.json  meta_info.json  task_result.json  recording_info.json  frame_state.json  metric_config.json
```
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Pose

__all__ = [
    "ALIGNED_ALL",
    "ALIGNED_FRAMES",
    "DATA_INFO",
    "FRAME_STATE",
    "G1_JOINTS",
    "G1_PIN_NAMES",
    "G2_JOINTS",
    "META_INFO",
    "METRIC_CONFIG",
    "OURS",
    "RECORDING_INFO",
    "ROBOT_JOINTS",
    "STATE",
    "TASK_RESULT",
    "CameraImage",
    "FrameSample",
    "RecordedCamera",
    "RobotJoints",
    "column_index",
    "depth_units_per_metre",
    "gripper_action",
    "gripper_state",
    "robot_joints",
    "sensor_name",
]

ALIGNED_ALL = "aligned_joints_all.h5"
ALIGNED_FRAMES = "aligned_joints.h5"
STATE = "state.json"
DATA_INFO = "data_info.json"
META_INFO = "meta_info.json"
TASK_RESULT = "task_result.json"
RECORDING_INFO = "recording_info.json"
FRAME_STATE = "frame_state.json"
METRIC_CONFIG = "metric_config.json"
OURS = "blueprint"  # `meta_info.json` key that tells our recordings from AgiBot's


def _arm(letter: str, tens: int) -> list[str]:
    return [f"idx{tens}{number}_arm_{letter}_joint{number}" for number in range(1, 8)]


_ARM_LEFT, _ARM_RIGHT = _arm("l", 2), _arm("r", 6)
_BODY = [f"idx0{number}_body_joint{number}" for number in range(1, 6)]
_HEAD = [f"idx1{number}_head_joint{number}" for number in range(1, 4)]
_CHASSIS = [
    f"idx1{wheel}{number}_chassis_{name}_joint{number}"
    for number in (1, 2)
    for wheel, name in ((1, "lwheel_front"), (2, "lwheel_rear"), (3, "rwheel_front"), (4, "rwheel_rear"))
]
_OUTER_LEFT, _OUTER_RIGHT = "idx41_gripper_l_outer_joint1", "idx81_gripper_r_outer_joint1"


def _fingers(joint: int, digit: int) -> list[str]:
    """The four joints of one kind: inner and outer, left hand then right hand."""
    return [
        f"idx{tens}{digit}_gripper_{letter}_{finger}_joint{joint}"
        for letter, inner, outer in (("l", 3, 4), ("r", 7, 8))
        for finger, tens in (("inner", inner), ("outer", outer))
    ]


_LINKAGE = [*_fingers(3, 2), *_fingers(4, 3)]
_PINS = [
    f"idx{number}_gripper_{letter}_{finger}_joint0"
    for letter, finger, number in (("l", "inner", 39), ("l", "outer", 49), ("r", "inner", 79), ("r", "outer", 89))
]
# The G1's own numbers for the same four joints: its recordings name them as above, its simulator as here.
G1_PIN_NAMES = {
    _PINS[0]: "idx54_gripper_l_inner_joint0",
    _PINS[1]: "idx53_gripper_l_outer_joint0",
    _PINS[2]: "idx94_gripper_r_inner_joint0",
    _PINS[3]: "idx93_gripper_r_outer_joint0",
}


@dataclass(frozen=True)
class RobotJoints:
    """Joint names of a robot as its recordings use them.

    `state_order` are the columns of aligned_joints_all.h5 (not the simulator's `dof_order`); `arms` is left then right.
    """

    robot_type: str
    state_order: tuple[str, ...]
    arms: tuple[str, ...]
    head: tuple[str, ...]
    waist: tuple[str, ...]
    left_effector: str = _OUTER_LEFT
    right_effector: str = _OUTER_RIGHT


G2_JOINTS = RobotJoints(
    "G2A",
    (
        *_ARM_LEFT,
        *_ARM_RIGHT,
        _OUTER_LEFT,
        _OUTER_RIGHT,
        *_HEAD,
        *_BODY,
        *_CHASSIS,
        "idx31_gripper_l_inner_joint1",
        "idx71_gripper_r_inner_joint1",
        *_LINKAGE,
        *_PINS,
    ),
    (*_ARM_LEFT, *_ARM_RIGHT),
    tuple(_HEAD),
    tuple(_BODY),
)
G1_JOINTS = RobotJoints(
    "A2D",
    (
        *_BODY[:2],
        *_HEAD[:2],
        *(name for pair in zip(_ARM_LEFT, _ARM_RIGHT, strict=True) for name in pair),
        *_fingers(1, 1),
        *_LINKAGE,
        *_PINS,
    ),
    (*_ARM_LEFT, *_ARM_RIGHT),
    tuple(_HEAD[:2]),
    (_BODY[1], _BODY[0]),  # their converter's order
)
ROBOT_JOINTS = {joints.robot_type: joints for joints in (G2_JOINTS, G1_JOINTS)}


def robot_joints(robot_type: str) -> RobotJoints:
    """Return the joints of "G2A" or "A2D" (the G1), as meta_info.json names them; raises InputError."""
    if robot_type not in ROBOT_JOINTS:
        raise InputError(
            f"robot type {robot_type[:80]!r} is not known; there are {sorted(ROBOT_JOINTS)}.",
            remedy="only recordings of the G2 and the G1 with omnipicker grippers can be read.",
        )
    return ROBOT_JOINTS[robot_type]


def gripper_state(outer_joint_rad: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """Return the gripper's state, 0 (open, 0.78 rad) to 120 (closed, 0 rad), of its outer joint's angle."""
    return np.clip(1.28 * 120 * (0.78 - np.asarray(outer_joint_rad, np.float64)), 0.0, 120.0)


def gripper_action(outer_joint_rad: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """Return the gripper's action, 0 (open, 0.75 rad and more) to 1 (closed, 0.6 rad and less).

    Between them it falls linearly; AgiBot's converter rises there, so that its action jumps twice on the way.
    """
    return np.clip((0.75 - np.asarray(outer_joint_rad, np.float64)) / 0.15, 0.0, 1.0)


def depth_units_per_metre(camera: str) -> float:
    """Return the scale of `{camera}_depth.png`: millimetres for the head's cameras, tenths of them for the hands'."""
    return 1000.0 if "head" in camera.lower() else 10000.0


def sensor_name(camera: str) -> str:
    """Return the name that the files of `parameters/sensor` give to a camera."""
    if camera.startswith("head_stereo_"):
        return f"head_{camera.removeprefix('head_stereo_')}_stereo"
    return {"head": "head_front_rgbd", "hand_left": "hand_left_rgbd", "hand_right": "hand_right_rgbd"}.get(
        camera, camera
    )


@dataclass(frozen=True)
class RecordedCamera:
    """One recorded camera: `name` is the stem of its files (`head`, `hand_left`, `hand_right`, `head_stereo_left`, …).

    `prim_path` is what the task template asked for; intrinsics are those of a pinhole without distortion, in pixels.
    """

    name: str
    prim_path: str
    width_px: int
    height_px: int
    fx_px: float
    fy_px: float
    cx_px: float
    cy_px: float
    depth: bool = True


@dataclass(frozen=True)
class CameraImage:
    """One picture: `color` (H, W, 3) uint8 RGB and, where the camera has it, `depth_m` (H, W) float32 metres.

    Depth is the distance along the camera's axis; 0, NaN and infinity all mean "nothing was hit".
    """

    color: NDArray[np.uint8]
    depth_m: NDArray[np.float32] | None = None


@dataclass(frozen=True)
class FrameSample:
    """One recorded frame. World frame, Z-up, m, rad, s; joint arrays (N,) float64 in the robot's `dof_order`.

    joint_command: what the controllers were told at this frame (position targets; NaN where a joint has none)
    ee_pose: gripper_{l,r}_center_link ("left", "right") in the arms' base frame; ee_pose_world: the same in the world
    arm_end_pose_world: arm_{l,r}_end_link in the world (the `end` of the h5 files)
    robot_pose, arm_base_pose: in the world
    objects: prim name → pose; articulated: object → joint → position
    images, camera_pose_world (OpenCV axes: +X right, +Y down, +Z forward): by `RecordedCamera.name`
    frame_state: the last set_frame_state, as JSON text
    """

    time_s: float
    joint_position: NDArray[np.float64]
    joint_velocity: NDArray[np.float64]
    joint_effort: NDArray[np.float64]
    joint_command: NDArray[np.float64]
    ee_pose: Mapping[str, Pose]
    ee_pose_world: Mapping[str, Pose]
    arm_end_pose_world: Mapping[str, Pose]
    robot_pose: Pose
    arm_base_pose: Pose
    objects: Mapping[str, Pose] = field(default_factory=dict)
    articulated: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    images: Mapping[str, CameraImage] = field(default_factory=dict)
    camera_pose_world: Mapping[str, Pose] = field(default_factory=dict)
    frame_state: str = ""


def column_index(order: Sequence[str], wanted: Sequence[str], where: str) -> list[int]:
    """Return the positions of `wanted` in `order`; raises InputError that names what is missing."""
    places = {name: position for position, name in enumerate(order)}
    missing = [name for name in wanted if name not in places]
    if missing:
        raise InputError(
            f"{where} lacks {len(missing)} joints: {', '.join(missing[:5])}.",
            remedy="record with the G2 or the G1 and their omnipicker grippers.",
        )
    return [places[name] for name in wanted]
