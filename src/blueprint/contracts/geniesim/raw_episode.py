"""One recorded frame of a Genie Sim episode, as a server hands it to the writer of the raw episode folder."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.frames import Pose

__all__ = ["CameraImage", "FrameSample", "RecordedCamera"]


@dataclass(frozen=True)
class RecordedCamera:
    """One recorded camera: where its pictures go and the pinhole that made them.

    `name` is the picture's stem in `camera/<k>/` (`head`, `hand_left`, `hand_right`, `head_stereo_left`, …), `prim_path`
    the prim that the task template asked for. Intrinsics are pixels. `pose_parent_camera` is the camera's pose (OpenCV
    axes: +X right, +Y down, +Z forward) in the frame of `parent_link`; it goes to `parameters/sensor/extrinsic_*`.
    """

    name: str
    prim_path: str
    width_px: int
    height_px: int
    fx_px: float
    fy_px: float
    cx_px: float
    cy_px: float
    parent_link: str
    pose_parent_camera: Pose
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

    `joint_command` is what the controllers were told at this frame (position targets; NaN where a joint has none).
    `ee_pose` holds gripper_{l,r}_center_link ("left", "right") in the arm base frame, `ee_pose_world` in the world.
    `robot_pose` is the robot base in the world, `arm_base_pose` the arms' base in the world.
    `objects` maps the prim path or id that the client knows to the object's pose in the world; `articulated` maps an
    articulated object to its joints' positions. `images` is keyed by the camera's `RecordedCamera.name`, with
    `camera_pose_world` (OpenCV axes) beside it. `frame_state` is the text of the last set_frame_state.
    """

    time_s: float
    joint_position: NDArray[np.float64]
    joint_velocity: NDArray[np.float64]
    joint_effort: NDArray[np.float64]
    joint_command: NDArray[np.float64]
    ee_pose: Mapping[str, Pose]
    ee_pose_world: Mapping[str, Pose]
    robot_pose: Pose
    arm_base_pose: Pose
    objects: Mapping[str, Pose] = field(default_factory=dict)
    articulated: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    images: Mapping[str, CameraImage] = field(default_factory=dict)
    camera_pose_world: Mapping[str, Pose] = field(default_factory=dict)
    frame_state: str = ""
