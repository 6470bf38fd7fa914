"""Pick-and-place demonstrations against peers: processor seconds of an episode and of a camera frame, in one run.

    python benchmarks/peers/compare.py [--robosuite PYTHON] [--maniskill PYTHON] [--episodes 4] [--width 320]
        [--height 240] [--scene SCENE_DIR] [--json FILE]

Each peer does a pick-and-place task of its own with its own Panda, two cameras and the same picture size, in the
environment of the interpreter that is named; see the scripts beside this one. Ours is whole: planning, physics, two
cameras, encoding, record; once with as many pixels as the peers draw, once as a run draws by default, twice as large
and averaged down. The peers' times hold no encoding and no files.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

os.environ.setdefault("LP_NUM_THREADS", "0")

from blueprint.contracts.task import TaskSet
from blueprint.episodes.job import EpisodeJob, RenderSettings
from blueprint.episodes.run import run_episode
from blueprint.episodes.worlds import WorldCache
from blueprint.pipeline.entry import run_pipeline
from blueprint.pipeline.settings import RunSettings
from blueprint.storage import layout

PROMPT = "a table with a can and a bowl"
CAMERAS = ("left", "wrist")
HERE = Path(__file__).parent


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--robosuite", help="interpreter of an environment with robosuite")
    parser.add_argument("--maniskill", help="interpreter of an environment with mani_skill")
    parser.add_argument("--episodes", type=int, default=4)
    parser.add_argument("--width", type=int, default=320)
    parser.add_argument("--height", type=int, default=240)
    parser.add_argument("--scene", type=Path, help="a scene folder with a certified pick_place task")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    size = (str(options.width), str(options.height))
    peers = (("robosuite_pick_place.py", options.robosuite), ("maniskill_pick_place.py", options.maniskill))
    with tempfile.TemporaryDirectory() as scratch:
        scene_dir = options.scene or made_scene(Path(scratch))
        rows = [ours(scene_dir, options.episodes, options.width, options.height, supersample=n) for n in (1, 2)]
        for script, python in peers:
            if python:
                command = [python, str(HERE / script), str(options.episodes), *size]
                done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
                rows.append(json.loads(done.stdout.strip().splitlines()[-1]))
    print(table(rows))
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2) + "\n")
    return 0


def made_scene(root: Path) -> Path:
    """Make the scene with one certified pick_place task of the Panda."""
    settings = RunSettings(robot="panda", tasks=1, episodes=1, variations=4)
    run_pipeline(PROMPT, str(root), "peer_scene", settings, to_stage="tasks")
    return root / "scenes" / "peer_scene"


def ours(scene_dir: Path, episodes: int, width: int, height: int, supersample: int) -> dict[str, Any]:
    """Make episodes of the first pick_place task in as many variations; the world's model is loaded before the clock
    starts, as the peers' are."""
    task = next(task for task in TaskSet.read(scene_dir / layout.TASKS).tasks if task.task_type == "pick_place")
    variations = [path.stem for path in sorted((scene_dir / layout.VARIATIONS).glob("v*.json"))]
    render = RenderSettings(cameras=CAMERAS, width_px=width, height_px=height, supersample=supersample)
    with tempfile.TemporaryDirectory() as scratch:
        job = EpisodeJob(scene_dir, task, "episode_000000", 0, render=render, records_dir=Path(scratch))
        found = {"succeeded": 0, "steps": 0, "cpu_s": 0.0, "cpu_s_without_pictures": 0.0}
        for number in range(episodes):
            worlds = WorldCache()
            one = replace(job, episode_id=f"episode_{number:06d}", seed=number, variation_id=variations[number % 4])
            worlds.renderer(scene_dir, task, one.read_variation(), render)
            started = time.process_time()
            record = run_episode(one, worlds)
            found["cpu_s"] += time.process_time() - started
            found["steps"] += record.frames
            found["succeeded"] += record.success
            blind = replace(one, episode_id=f"blind_{number:06d}", render=replace(render, enabled=False))
            started = time.process_time()
            run_episode(blind, worlds)
            found["cpu_s_without_pictures"] += time.process_time() - started
            worlds.close()
    frames = found["steps"] * len(CAMERAS)
    peer = "BlueprintPipeline, planned" + (", drawn twice as large" if supersample == 2 else "")
    return {"peer": peer, "episodes": episodes, "camera_frames": frames, **found}


def table(rows: list[dict[str, Any]]) -> str:
    """Return a Markdown table; ratios are against the first row."""
    lines = [
        "| | succeeded | control steps | CPU s an episode | ms a camera frame | without pictures, CPU s "
        "| episodes a core-hour | ours is faster by: episode, frame |",
        "|---|---|---|---|---|---|---|---|",
    ]
    base = figures(rows[0])
    for row in rows:
        mine = figures(row)
        ratio = "" if row is rows[0] else f"{mine[0] / base[0]:.1f} ×, {mine[1] / base[1]:.1f} ×"
        lines.append(
            f"| {row['peer']} | {row['succeeded']}/{row['episodes']} | {row['steps'] / row['episodes']:.0f} "
            f"| {mine[0]:.2f} | {1000 * mine[1]:.1f} | {row['cpu_s_without_pictures'] / row['episodes']:.2f} "
            f"| {3600 / mine[0]:.0f} | {ratio} |"
        )
    return "\n".join(lines)


def figures(row: dict[str, Any]) -> tuple[float, float]:
    """CPU seconds of a successful episode, and of one camera frame, everything included."""
    return row["cpu_s"] / max(row["succeeded"], 1), row["cpu_s"] / max(row["camera_frames"], 1)


if __name__ == "__main__":
    sys.exit(main())
