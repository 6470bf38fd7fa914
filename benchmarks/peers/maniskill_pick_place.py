"""Demonstrations by ManiSkill 3 on CPU: its own PickCube task, its own motion-planning solution, two cameras.

    python maniskill_pick_place.py EPISODES WIDTH HEIGHT

Runs where mani_skill is installed, not in this project's environment; prints one line of JSON. The task's base camera
and hand camera are drawn after every control step, as its recording wrapper does. No picture is encoded or written:
that flatters the peer.
"""

import json
import sys
import time

import gymnasium
import mani_skill
import mani_skill.envs
from mani_skill.examples.motionplanning.panda.solutions import solvePickCube

MOST_STEPS = 400


class Counting(gymnasium.Wrapper):
    """Counts control steps and, where cameras are on, the pictures that come with each observation."""

    def __init__(self, env: gymnasium.Env) -> None:
        super().__init__(env)
        self.steps = 0
        self.pictures = 0

    def step(self, action):
        result = self.env.step(action)
        self.steps += 1
        sensors = result[0].get("sensor_data", {}) if isinstance(result[0], dict) else {}
        self.pictures += len(sensors)
        return result


def main() -> None:
    episodes, width, height = (int(word) for word in sys.argv[1:4])
    with_pictures = collect(episodes, width, height, "rgb")
    without = collect(episodes, width, height, "state")
    print(
        json.dumps(
            {
                "peer": f"ManiSkill {mani_skill.__version__} PickCube, motion planning, CPU",
                "episodes": episodes,
                "succeeded": with_pictures["succeeded"],
                "steps": with_pictures["steps"],
                "camera_frames": with_pictures["pictures"],
                "cpu_s": with_pictures["cpu_s"],
                "cpu_s_without_pictures": without["cpu_s"],
            }
        )
    )


def collect(episodes: int, width: int, height: int, observations: str) -> dict[str, float]:
    """Run episodes with seeds 0, 1, ... and return successes, control steps and process CPU seconds."""
    env = Counting(
        gymnasium.make(
            "PickCube-v1",
            robot_uids="panda_wristcam",
            obs_mode=observations,
            control_mode="pd_joint_pos",
            sim_backend="physx_cpu",
            render_backend="cpu",
            sensor_configs={"width": width, "height": height},
            max_episode_steps=MOST_STEPS,
        )
    )
    succeeded, started = 0, time.process_time()
    for seed in range(episodes):
        result = solvePickCube(env, seed=seed, debug=False, vis=False)
        succeeded += bool(result != -1 and result[-1]["success"].item())
    found = {
        "succeeded": succeeded,
        "steps": env.steps,
        "pictures": env.pictures,
        "cpu_s": time.process_time() - started,
    }
    env.close()
    return found


if __name__ == "__main__":
    main()
