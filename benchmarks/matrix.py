"""Kinds of task × robots: which tasks are emitted, how many of their episodes succeed, and how many replay.

    python benchmarks/matrix.py --out DIR [--kinds stack,pour] [--robots panda,vx300s] [--tasks 2] [--episodes 4]
        [--at-once 1] [--json FILE]

A cell is one kind of task for one robot, in the scene of PROMPTS that affords it. Candidates of that kind are proposed
for the robot and tried in physics until `--tasks` are emitted; each is attempted in varied scenes, without pictures;
every attempt that succeeded is executed again from its record. A scene is made once for all robots; DIR keeps finished
cells, so that a run that was stopped goes on. A cell without a task says why: reasons of refusal, counted.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

PROMPTS = {
    "pick_place": "a table with a can and a bowl",
    "stack": "a table with a red block and a blue block",
    "sort": "a table with two red blocks, two blue blocks and two trays",
    "open": "a table with a small drawer unit",
    "close": "a table with a small drawer unit",
    "turn": "a table with a control panel with a knob",
    "press": "a table with a push button",
    "push": "a table with a box",
    "insert": "a table with a test tube rack and a test tube",
    "hang": "a table with a mug tree and a mug",
    "pour": "a table with a cup of beans and a bowl",
    "wipe": "a table with a sponge",
    "handover": "a table with a red block",
    "chain": "a table with a small drawer unit and a red block",
}
ROBOTS = ("panda", "ur5e_2f85", "vx300s", "primitive_six", "aloha", "agibot_g2")
CANDIDATES = 8


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--kinds", default=",".join(PROMPTS))
    parser.add_argument("--robots", default=",".join(ROBOTS))
    parser.add_argument("--tasks", type=int, default=2)
    parser.add_argument("--episodes", type=int, default=4)
    parser.add_argument("--at-once", type=int, default=1)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--cell", help=argparse.SUPPRESS)  # one cell, in a process of its own
    options = parser.parse_args()
    if options.cell:
        kind, robot = options.cell.split(",")
        print(json.dumps(cell(options.out, kind, robot, options.tasks, options.episodes)))
        return 0
    options.out.mkdir(parents=True, exist_ok=True)
    kinds, robots = options.kinds.split(","), options.robots.split(",")
    scenes = {PROMPTS[kind]: kind for kind in reversed(kinds)}
    with ThreadPoolExecutor(options.at_once) as pool:
        list(pool.map(lambda kind: made_scene(options.out, kind), scenes.values()))
        cells = [(kind, robot) for kind in kinds for robot in robots]
        rows = list(pool.map(lambda pair: kept_cell(options, *pair), cells))
    print(table(rows, kinds, robots))
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2) + "\n")
    return 0


def scene_name(kind: str) -> str:
    """Return the name of the scene of a kind: kinds with one prompt share one."""
    return "matrix_" + next(other for other, prompt in PROMPTS.items() if prompt == PROMPTS[kind])


def made_scene(root: Path, kind: str) -> None:
    """Make a certified scene and its variations, unless they are there."""
    command = ["run", PROMPTS[kind], "--scene-id", scene_name(kind), "--root", str(root), "--resume"]
    command += ["--variations", "4", "--to-stage", "variation"]
    with (root / f"{scene_name(kind)}.log").open("wb") as log:
        subprocess.run([*blueprint(), *command], stdout=log, stderr=log, env=one_thread(), check=False)


def kept_cell(options: argparse.Namespace, kind: str, robot: str) -> dict[str, Any]:
    """Measure a cell in a process of its own, or read what an earlier run found."""
    path = options.out / f"{kind}_{robot}.cell.json"
    if not path.exists():
        command = [sys.executable, __file__, "--out", str(options.out), "--cell", f"{kind},{robot}"]
        command += ["--tasks", str(options.tasks), "--episodes", str(options.episodes)]
        done = subprocess.run(command, capture_output=True, text=True, env=one_thread())
        lines = done.stdout.strip().splitlines()
        if done.returncode or not lines:
            return {"kind": kind, "robot": robot, "error": done.stderr.strip().splitlines()[-1:]}
        path.write_text(lines[-1] + "\n")
        print(lines[-1], file=sys.stderr, flush=True)
    return dict(json.loads(path.read_text()))


def cell(root: Path, kind: str, robot: str, wanted: int, episodes: int) -> dict[str, Any]:
    """Emit up to `wanted` tasks of a kind, attempt `episodes` of them, execute the successes again."""
    from blueprint.contracts.scene import load_scene
    from blueprint.contracts.seeds import derive_seed
    from blueprint.episodes.certify_tasks import certify_tasks
    from blueprint.episodes.job import EpisodeJob, RenderSettings
    from blueprint.episodes.replay import replay
    from blueprint.episodes.run import watched_episode
    from blueprint.robots.embodiment import load_embodiment
    from blueprint.storage import layout
    from blueprint.tasks.propose import propose_tasks

    started = time.process_time()
    scene_dir = root / "scenes" / scene_name(kind)
    scene, embodiment = load_scene(scene_dir), load_embodiment(robot)
    proposed = propose_tasks(scene, embodiment, 64, seed=0, kinds=(kind,))[:CANDIDATES]
    emitted, refused = [], []
    for candidate in proposed:
        if len(emitted) == wanted:
            break
        found = certify_tasks(scene, scene_dir, [candidate], embodiment)
        emitted += found.tasks
        refused += found.refused
    variations = sorted(path.stem for path in (scene_dir / layout.VARIATIONS).glob("v*.json"))
    records_dir = root / "records" / f"{kind}_{robot}"
    records = []
    for number in range(episodes if emitted else 0):
        task = emitted[number % len(emitted)]
        job = EpisodeJob(
            scene_dir=scene_dir,
            task=task,
            episode_id=f"episode_{number:06d}",
            seed=derive_seed(0, "matrix", kind, robot, number),
            variation_id=variations[number % len(variations)] if variations else None,
            render=RenderSettings(enabled=False),
            records_dir=records_dir,
        )
        records.append((job, watched_episode(job)))
    good = [(job, record) for job, record in records if record.success]
    replays = [replay(job.folder, scene_dir, task=job.task) for job, _ in good]
    return {
        "kind": kind,
        "robot": robot,
        "candidates": len(proposed),
        "emitted": len(emitted),
        "refused": dict(Counter(item.reason for item in refused)),
        "details": [item.detail[:200] for item in refused],
        "episodes": len(records),
        "succeeded": len(good),
        "failures": dict(Counter(str(record.failure_reason) for _, record in records if not record.success)),
        "replayed": sum(item.success and item.identical for item in replays),
        "cpu_s": round(time.process_time() - started, 1),
    }


def table(rows: list[dict[str, Any]], kinds: list[str], robots: list[str]) -> str:
    """Return a Markdown table: succeeded/episodes (tasks emitted), or why there is none."""
    by_cell = {(row["kind"], row["robot"]): row for row in rows}
    lines = ["| kind | " + " | ".join(robots) + " |", "|---" * (len(robots) + 1) + "|"]
    for kind in kinds:
        words = [words_of(by_cell[kind, robot]) for robot in robots]
        lines.append(f"| {kind} | " + " | ".join(words) + " |")
    emitted = [row for row in rows if row.get("emitted")]
    lines.append("")
    lines.append(
        f"{len(emitted)} of {len(rows)} cells with tasks; {sum(row['succeeded'] for row in emitted)} of "
        f"{sum(row['episodes'] for row in emitted)} episodes succeed, {sum(row['replayed'] for row in emitted)} replay "
        "bit by bit."
    )
    return "\n".join(lines)


def words_of(row: dict[str, Any]) -> str:
    if "error" in row:
        return f"failed: {' '.join(row['error'])[:80]}"
    if not row["emitted"]:
        reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(row["refused"].items()))
        return f"none: {reasons or 'not afforded'}"
    failures = ", ".join(f"{count} {reason}" for reason, count in sorted(row["failures"].items()))
    return f"{row['succeeded']}/{row['episodes']} ({row['emitted']})" + (f"; {failures}" if failures else "")


def blueprint() -> list[str]:
    return [sys.executable, "-c", "from blueprint.cli import main; main()"]


def one_thread() -> dict[str, str]:
    return {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "LP_NUM_THREADS": "0"}


if __name__ == "__main__":
    sys.exit(main())
