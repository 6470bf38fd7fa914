"""Demonstrations by robosuite: its own PickPlaceCan task, a scripted policy, two cameras, in robosuite's environment.

    python robosuite_pick_place.py EPISODES WIDTH HEIGHT

Runs where robosuite is installed, not in this project's environment; prints one line of JSON. Per control step the
task's own observations with both camera pictures are taken, which is what its collection scripts store. Physics and
pictures are timed apart by a second pass without cameras. No picture is encoded or written: that flatters the peer.
"""

import json
import os
import sys
import time

os.environ.setdefault("MUJOCO_GL", "egl")
os.environ.setdefault("LP_NUM_THREADS", "0")

import numpy as np
import robosuite
from robosuite import load_composite_controller_config

CAMERAS = ["agentview", "robot0_eye_in_hand"]
REACHED_M = 0.015
MOST_STEPS = 400
STEP_M = 0.05  # what an action of 1 asks for
OPEN, CLOSED = -1.0, 1.0


def main() -> None:
    episodes, width, height = (int(word) for word in sys.argv[1:4])
    with_pictures = collect(episodes, width, height, cameras=True)
    without = collect(episodes, width, height, cameras=False)
    frames = with_pictures["steps"] * len(CAMERAS)
    print(
        json.dumps(
            {
                "peer": f"robosuite {robosuite.__version__} PickPlaceCan, scripted",
                "episodes": episodes,
                "succeeded": with_pictures["succeeded"],
                "steps": with_pictures["steps"],
                "camera_frames": frames,
                "cpu_s": with_pictures["cpu_s"],
                "cpu_s_without_pictures": without["cpu_s"],
            }
        )
    )


def collect(episodes: int, width: int, height: int, cameras: bool) -> dict[str, float]:
    """Run episodes with seeds 0, 1, ... and return successes, control steps and process CPU seconds."""
    found = {"succeeded": 0, "steps": 0, "cpu_s": 0.0}
    for seed in range(episodes):
        env = robosuite.make(
            "PickPlaceCan",
            robots="Panda",
            controller_configs=load_composite_controller_config(controller="BASIC", robot="Panda"),
            has_renderer=False,
            has_offscreen_renderer=cameras,
            use_camera_obs=cameras,
            camera_names=CAMERAS,
            camera_heights=height,
            camera_widths=width,
            control_freq=20,
            horizon=MOST_STEPS + 10,
            ignore_done=True,
            seed=seed,
        )
        observation = env.reset()
        started = time.process_time()  # neither loading the model nor the first reset is counted
        steps, success = run_script(env, observation)
        found["cpu_s"] += time.process_time() - started
        found["steps"] += steps
        found["succeeded"] += success
        env.close()
    return found


def run_script(env, observation) -> tuple[int, bool]:
    """Over the can, down, close, up, over the bin, down, open, up: position by a clipped proportional controller."""
    can = observation["Can_pos"].copy()
    bin_at = env.target_bin_placements[env.object_to_id["can"]].copy()
    carry_z = can[2] + 0.25
    phases = [
        ((can[0], can[1], can[2] + 0.12), OPEN, 0),
        ((can[0], can[1], can[2] + 0.005), OPEN, 0),
        (None, CLOSED, 10),
        ((can[0], can[1], carry_z), CLOSED, 0),
        ((bin_at[0], bin_at[1], carry_z), CLOSED, 0),
        ((bin_at[0], bin_at[1], bin_at[2] + 0.11), CLOSED, 0),
        (None, OPEN, 8),
        ((bin_at[0], bin_at[1], carry_z), OPEN, 0),
    ]
    steps = 0
    for target, grip, wait in phases:
        for _ in range(wait):
            observation, *_ = env.step(np.array([0, 0, 0, 0, 0, 0, grip]))
            steps += 1
        while target is not None and steps < MOST_STEPS:
            error = np.asarray(target) - observation["robot0_eef_pos"]
            if np.linalg.norm(error) < REACHED_M:
                break
            move = np.clip(error / STEP_M * 2.0, -1.0, 1.0)
            observation, *_ = env.step(np.array([*move, 0, 0, 0, grip]))
            steps += 1
    return steps, bool(env._check_success())


if __name__ == "__main__":
    main()
