"""A batch that is killed at random until it is done: time, memory, bytes per frame, and whether anything was lost.

    python benchmarks/batch_bench.py --scenes 20 --episodes 50 --workers 2 --kill-every 60 --out runs/batch_bench

Every `--kill-every` seconds one process of the batch is killed: a worker, or every fourth time the batch itself, which
is then started again. Prints one JSON object. Exit code 1 if an episode is missing, doubled or not in the dataset.
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

from blueprint.contracts.batch_report import BatchReport
from blueprint.contracts.dataset import DatasetMetadata

PROMPTS = (
    "a table with a wooden block and a bowl",
    "a desk with a mug and two books",
    "a side table with a bottle and a plate",
    "a kitchen counter with a cup and a bowl",
)


def main() -> int:
    options = _options()
    out = options.out.resolve()
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    scenes = [{"source": PROMPTS[n % len(PROMPTS)], "scene_id": f"scene_{n:03d}"} for n in range(options.scenes)]
    (out / "bench.json").write_text(json.dumps(scenes))
    begun = time.monotonic()
    kills, peak = _run_to_the_end(out, options)
    report = BatchReport.read(out / "batches" / "bench" / "batch_report.json")
    figures = {
        "scenes": report.total,
        "done": report.success + report.skipped,
        "failed": [failure.error_message[:200] for failure in report.failures],
        "episodes": sum(scene.episodes for scene in report.scene_reports),
        "accepted": sum(scene.accepted for scene in report.scene_reports),
        "kills": kills,
        "wall_s": round(time.monotonic() - begun, 1),
        "peak_memory_mib": round(peak / (1 << 20)),
        "datasets": [_dataset_figures(out / dataset.path) for dataset in report.datasets],
    }
    print(json.dumps(figures, indent=2))
    merged = sum(item["episodes"] for item in figures["datasets"])
    wanted = options.episodes * figures["done"]
    is_whole = figures["episodes"] == wanted and merged == figures["accepted"]
    return 0 if is_whole and not any(item["doubled"] for item in figures["datasets"]) else 1


def _run_to_the_end(out: Path, options: argparse.Namespace) -> tuple[dict[str, int], int]:
    """Start the batch until it ends by itself; return the kills by kind and the peak memory of all processes."""
    kills = {"workers": 0, "batch": 0}
    rng = random.Random(options.seed)
    peak = 0
    while True:
        batch = subprocess.Popen(_command(out, options), stdout=subprocess.DEVNULL)
        next_kill = time.monotonic() + options.kill_every
        while batch.poll() is None:
            time.sleep(0.5)
            family = _family(batch.pid)
            peak = max(peak, sum(_memory(process) for process in family))
            if options.kill_every and time.monotonic() >= next_kill and len(family) > 1:
                next_kill = time.monotonic() + options.kill_every
                kind = "batch" if sum(kills.values()) % 4 == 3 else "workers"
                victim = family[0] if kind == "batch" else rng.choice(family[1:])
                os.kill(victim.pid, signal.SIGKILL)
                kills[kind] += 1
        if batch.returncode != -signal.SIGKILL:
            return kills, peak


def _command(out: Path, options: argparse.Namespace) -> list[str]:
    command = [sys.executable, "-m", "blueprint", "batch", str(out / "bench.json"), "--root", str(out)]
    command += ["--engine", options.engine, "--workers", str(options.workers), "--robot", options.robot]
    command += ["--episodes", str(options.episodes), "--tasks", str(options.tasks)]
    command += ["--variations", str(options.variations)]
    return [*command, "--width", str(options.width), "--height", str(options.height)]


def _family(pid: int) -> list[psutil.Process]:
    """The batch and its workers (the processes that have the Python of the batch and hold memory of their own)."""
    try:
        batch = psutil.Process(pid)
        return [batch, *(child for child in batch.children(recursive=True) if _memory(child) > 50 << 20)]
    except psutil.NoSuchProcess:
        return []


def _memory(process: psutil.Process) -> int:
    try:
        return process.memory_full_info().uss
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return 0


def _dataset_figures(folder: Path) -> dict[str, object]:
    metadata = DatasetMetadata.read(folder / "meta" / "blueprint.json")
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    frames = sum(episode.frames for episode in metadata.episodes)
    names = [(episode.scene_id, episode.episode_id) for episode in metadata.episodes]
    return {
        "episodes": len(names),
        "doubled": len(names) - len(set(names)),
        "frames": frames,
        "cameras": len(metadata.camera_names),
        "bytes": size,
        "bytes_per_camera_frame": round(size / max(1, frames * len(metadata.camera_names))),
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenes", type=int, default=20)
    parser.add_argument("--episodes", type=int, default=50, help="of each scene")
    parser.add_argument("--tasks", type=int, default=4, help="of each scene")
    parser.add_argument("--variations", type=int, default=8, help="of each scene")
    parser.add_argument("--engine", choices=["local", "dask", "ray"], default="local")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--robot", default="primitive_arm")
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--height", type=int, default=96)
    parser.add_argument("--kill-every", type=float, default=60.0, help="seconds; 0 for never")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("runs/batch_bench"))
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
