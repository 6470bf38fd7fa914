"""Synthetic raw episodes: a robot of two arms that follow sine curves, a moving square in every picture."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from blueprint.contracts.frames import Pose
from blueprint.contracts.geniesim.raw_episode import (
    G1_JOINTS,
    G1_PIN_NAMES,
    G2_JOINTS,
    CameraImage,
    FrameSample,
    RecordedCamera,
)
from blueprint.sim.geniesim.recorder import EpisodeWriter, RecordingContext

FPS = 30
STATES = (
    '{"arm": "right", "active_id": "gripper", "action": "pick", "passive_id": "cube", "action_description": '
    '{"action_text": "抓取方块", "english_action_text": "Pick up the cube"}}',
    '{"arm": "right", "active_id": "cube", "action": "place", "passive_id": "bin", "action_description": '
    '{"action_text": "放入盒子", "english_action_text": "Place the cube in the bin"}}',
)
DESCRIPTION = (
    '{"task_description": {"task_name": "把方块放进盒子", "english_task_name": "Put the cube in the bin", '
    '"init_scene_text": "A cube and a bin."}}'
)


@dataclass(frozen=True)
class StandIn:
    """What the recorder asks of a robot."""

    name: str
    prim_path: str
    robot_type: str
    dof_order: tuple[str, ...]


G2 = StandIn("G2_omnipicker", "/G2", "G2A", tuple(sorted(G2_JOINTS.state_order)))
G1 = StandIn("G1_omnipicker", "/G1", "A2D", tuple(sorted(G1_PIN_NAMES.get(n, n) for n in G1_JOINTS.state_order)))


# Not smaller: of pictures of two macroblocks a side x264 makes other bytes in one run of forty.
def cameras(width: int = 64, height: int = 48) -> list[RecordedCamera]:
    return [
        RecordedCamera(name, f"/robot/{name}", width, height, 30.0, 30.0, width / 2, height / 2)
        for name in ("head", "hand_left", "hand_right")
    ]


def sample(robot: StandIn, k: int, frames: int, *, seed: int = 0, width: int = 64, height: int = 48) -> FrameSample:
    """Frame k: the cube goes from x=0.3 to the bin at x=0.5; depth 0.5 m behind, 0.4 m on the square."""
    now, later = (_joints(robot, t, frames, seed) for t in (k, k + 1))
    velocity = (later - now) * FPS
    command = later.copy()
    for column, name in enumerate(robot.dof_order):
        if "chassis" in name or ("gripper" in name and "outer_joint1" not in name):
            command[column] = np.nan
    share = min(1.0, k / max(frames - 5, 1))
    end = {
        side: Pose.of((0.4 + 0.1 * share, y, 0.9), (0.5, 0.5, 0.5, 0.5)) for side, y in (("left", 0.2), ("right", -0.2))
    }
    base, arm_base = Pose.of((0.0, 0.0, 0.0)), Pose.of((0.1, 0.0, 0.6))
    images = {}
    for number, camera in enumerate(("head", "hand_left", "hand_right")):
        color = np.full((height, width, 3), 90 + 20 * number, np.uint8)
        x = (3 * k + 5 * number + seed) % (width - 8)
        color[6:14, x : x + 8] = (220, 40, 40)
        depth = np.full((height, width), 0.5, np.float32)
        depth[6:14, x : x + 8] = 0.4
        depth[0, 0] = np.inf
        images[camera] = CameraImage(color, depth)
    return FrameSample(
        time_s=1.0 + k / FPS,
        joint_position=now,
        joint_velocity=velocity,
        joint_effort=np.full(len(now), 0.5),
        joint_command=command,
        ee_pose={side: arm_base.inverse() @ pose for side, pose in end.items()},
        ee_pose_world=end,
        arm_end_pose_world=end,
        robot_pose=base,
        arm_base_pose=arm_base,
        objects={"cube": Pose.of((0.3 + 0.2 * share, 0.1, 0.8)), "bin": Pose.of((0.5, 0.1, 0.78))},
        images=images,
        camera_pose_world={c: Pose.of((0.1, 0.0, 1.4), (0.0, 1.0, 0.0, 0.0)) for c in images},
        frame_state=STATES[0] if k < frames // 2 else STATES[1],
    )


def write_episode(
    folder: Path,
    *,
    frames: int = 24,
    robot: StandIn = G2,
    seed: int = 0,
    task_status: bool = True,
    task: str = "put_cube",
    width: int = 64,
    height: int = 48,
) -> Path:
    """Write one episode through the recorder and return its folder."""
    context = RecordingContext("kitchen", "background/kitchen/scene.usda", object_assets={"/World/cube": {}})
    writer = EpisodeWriter(folder, robot, f"{task}_{seed}", FPS, cameras(width, height), context)
    writer.set_frame_state(0.5, DESCRIPTION)
    for k in range(frames):
        writer.add(sample(robot, k, frames, seed=seed, width=width, height=height))
    return writer.finish(task_status=task_status, metric_status="ok", keep_failed=True)


def _joints(robot: StandIn, k: int, frames: int, seed: int) -> np.ndarray:
    angles = np.zeros(len(robot.dof_order))
    for column, name in enumerate(robot.dof_order):
        if "_arm_" in name:
            angles[column] = 0.5 + 0.4 * np.sin(2 * np.pi * k / 60 + column + 0.1 * seed)
        elif name.endswith("outer_joint1"):
            angles[column] = 0.78 if k < frames // 2 else 0.3
    return angles
