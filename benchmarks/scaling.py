"""What one more object and one more episode cost: CPU seconds and peak memory against their number, in one run.

    python benchmarks/scaling.py [--robot NAME] [--json FILE]

Objects: a workbench with 4, 8, 16 and 32 blocks, from the prompt to the certified scene. Episodes: one task, 2 and 6
episodes, from task to rendered record. Each point is a process of its own; the slope is a least-squares fit.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

OBJECTS = (4, 8, 16, 32)
EPISODES = (2, 6)
SCENE = "a workbench with {} wooden blocks"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--robot", default="panda")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    result: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as root:
        points = [run(root, f"objects_{n}", SCENE.format(n), "--to-stage", "usd") for n in OBJECTS]
        result["objects"] = fit(OBJECTS, points)
        prepared = ("--scene-id", "episodes", "--robot", options.robot, "--tasks", "1", "--variations", "0")
        run(root, "episodes", SCENE.format(2), *prepared[2:], "--to-stage", "tasks")
        points = [
            run(root, "episodes", SCENE.format(2), *prepared[2:], "--resume", "--from-stage", "episodes",
                "--to-stage", "episodes", "--episodes", str(n), fresh=True)
            for n in EPISODES
        ]  # fmt: skip
        result["episodes"] = fit(EPISODES, points)
    print(json.dumps(result, indent=2))
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n")
    return 0


def run(root: str, scene_id: str, prompt: str, *arguments: str, fresh: bool = False) -> tuple[float, float]:
    """Run the command line in a process; returns its CPU seconds and its peak memory in MiB."""
    if fresh:
        for record in (Path(root) / "scenes" / scene_id / "episodes" / "records").glob("*/record.json"):
            record.unlink()
    command = [sys.executable, "-m", "blueprint", "run", prompt, "--root", root, "--scene-id", scene_id, *arguments]
    process = subprocess.Popen([*command, "--json"], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise SystemExit(f"{' '.join(command)} ended with {os.waitstatus_to_exitcode(status)}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def fit(numbers: tuple[int, ...], points: list[tuple[float, float]]) -> dict[str, object]:
    cpu, memory = (np.array(column) for column in zip(*points, strict=True))
    slope, base = np.polyfit(numbers, cpu, 1)
    growth, _ = np.polyfit(numbers, memory, 1)
    return {
        "number": list(numbers),
        "cpu_s": [round(float(value), 2) for value in cpu],
        "peak_mib": [round(float(value), 1) for value in memory],
        "cpu_s_per_added": round(float(slope), 3),
        "cpu_s_fixed": round(float(base), 2),
        "mib_per_added": round(float(growth), 2),
    }


if __name__ == "__main__":
    sys.exit(main())
