"""Reconstructions whose truth is known: how near the pipeline comes to it, and whether what comes out is certified.

    python benchmarks/reconstructions.py [--out DIR] [--kinds kitchen,office,warehouse] [--seeds 5]
        [--noises low,medium,high] [--episodes 4] [--at-once 1] [--json FILE] [--reuse]

A row is one folder: made as a 3D-RE-GEN run would write it, handed to `blueprint run`, compared with the truth. With
`--episodes N` the run goes on to tasks, N episodes and the dataset where the seed is 0; other rows end with the
certificate. CPU seconds are those of the whole command; decompositions that DIR/cache already holds are not made again.
`--reuse` keeps rows that DIR already holds.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from blueprint.contracts.certificate import PhysicsCertificate
from blueprint.contracts.import_manifest import ImportManifest
from blueprint.contracts.reconstruction_truth import ReconstructionTruth
from blueprint.contracts.scene_manifest import SceneManifest
from blueprint.contracts.task import TaskSet
from blueprint.quality.reconstruction_accuracy import compare_with_truth
from blueprint.sources.regen3d.synthesis import synthesise
from blueprint.storage import layout


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--kinds", default="kitchen,office,warehouse")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--noises", default="low,medium,high")
    parser.add_argument("--episodes", type=int, default=0)
    parser.add_argument("--at-once", type=int, default=1, help="scenes at once, each on one core")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--reuse", action="store_true", help="keep the rows that the folder already holds")
    options = parser.parse_args()
    jobs = [
        (kind, seed, noise)
        for seed in range(options.seeds)
        for noise in options.noises.split(",")
        for kind in options.kinds.split(",")
    ]
    with tempfile.TemporaryDirectory() as scratch, ThreadPoolExecutor(options.at_once) as pool:
        root = options.out or Path(scratch)
        root.mkdir(parents=True, exist_ok=True)
        rows = []
        for row in pool.map(lambda job: row_of(root, *job, options.episodes, options.reuse), jobs):
            print(json.dumps(row), file=sys.stderr, flush=True)
            rows.append(row)
    summaries = {noise: totals([row for row in rows if row["noise"] == noise]) for noise in options.noises.split(",")}
    print(table(summaries))
    if options.json:
        options.json.write_text(json.dumps({"rows": rows, "totals": summaries}, indent=2) + "\n")
    return 0


def row_of(root: Path, kind: str, seed: int, noise: str, episodes: int, reuse: bool) -> dict[str, Any]:
    """Measure one reconstruction, or read the row that an earlier call left beside it."""
    name = f"{kind}_{noise}_s{seed}"
    kept = root / f"{name}.row.json"
    if reuse and kept.exists():
        return dict(json.loads(kept.read_text()))
    folder = root / "given" / name
    if not (folder / "truth.json").exists():
        synthesise(kind, seed, noise, folder)  # type: ignore[arg-type]
    truth = ReconstructionTruth.read(folder / "truth.json")
    row: dict[str, Any] = {"kind": kind, "seed": seed, "noise": noise}
    row |= run(root, name, folder, episodes if seed == 0 else 0)
    scene_dir = root / "scenes" / name
    if row["exit"] == 0:
        row |= certified(scene_dir) | compare_with_truth(scene_dir, truth).model_dump(mode="json", exclude={"objects"})
        row |= demonstrated(scene_dir)
    kept.write_text(json.dumps(row))
    return row


def run(root: Path, name: str, folder: Path, episodes: int) -> dict[str, Any]:
    """Run the command on one core and return its exit code and CPU seconds."""
    words = ["run", str(folder), "--scene-id", name, "--root", str(root), "--overwrite"]
    words += ["--episodes", str(episodes), "--to-stage", "dataset"] if episodes else ["--to-stage", "usd"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "BLUEPRINT_CACHE": str(root / "cache")}
    log = root / f"{name}.log"
    begun = time.monotonic()
    with log.open("wb") as stream:
        command = [
            "taskset",
            "-c",
            str(hash_core(name)),
            sys.executable,
            "-c",
            "from blueprint.cli import main; main()",
        ]
        process = subprocess.Popen([*command, *words], env=environment, stdout=stream, stderr=stream)
        _, status, usage = os.wait4(process.pid, 0)
    code = process.returncode = os.waitstatus_to_exitcode(status)
    last = [line for line in log.read_text(errors="replace").splitlines() if line.strip()][-1:]
    return {
        "exit": code,
        "wall_s": round(time.monotonic() - begun, 1),
        "cpu_s": round(usage.ru_utime + usage.ru_stime, 1),
        "error": last if code else [],
    }


def hash_core(name: str) -> int:
    """Return a core for a scene, so that two at once do not share one for long."""
    return sum(name.encode()) % (os.cpu_count() or 1)


def certified(scene_dir: Path) -> dict[str, Any]:
    """What the certificate of the delivered file says, and what is not in it."""
    certificate = PhysicsCertificate.read(scene_dir / layout.PHYSICS_CERTIFICATE)
    manifest = SceneManifest.read(scene_dir / layout.SCENE_MANIFEST)
    summary = certificate.summary
    return {
        "certified_objects": len([item for item in manifest.objects if item.sim_role != "scene_shell"]),
        "free_objects": summary.free_objects,
        "penetrations": summary.penetrations_over_limit,
        "stable": round(summary.stable_fraction * summary.free_objects),
        "joints": summary.joints,
        "joints_passed": summary.joints_passed,
        "skipped": len(manifest.metadata.get("skipped", {})),
        "unsatisfied": len(manifest.metadata.get("unsatisfied", [])),
    }


def demonstrated(scene_dir: Path) -> dict[str, Any]:
    """How many tasks were emitted, and how many of their episodes the import accepted."""
    if not (scene_dir / layout.IMPORT_MANIFEST).is_file():
        return {}
    imported = ImportManifest.read(scene_dir / layout.IMPORT_MANIFEST)
    return {
        "tasks": len(TaskSet.read(scene_dir / layout.TASKS).tasks),
        "accepted": imported.episodes.accepted,
        "found": imported.episodes.found,
        "dataset": (scene_dir / layout.LEROBOT_V3 / "meta" / "info.json").is_file(),
    }


def totals(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Sum up the rows of one noise level."""
    good = [row for row in rows if row["exit"] == 0]

    def median(key: str, part: str = "median") -> float | None:
        found = [row[key][part] if isinstance(row[key], dict) else row[key] for row in good if row.get(key) is not None]
        return round(statistics.median(found), 4) if found else None

    def total(key: str) -> int:
        return sum(int(row.get(key) or 0) for row in good)

    def share(key: str) -> str:
        parts = [row[key] for row in good if row.get(key)]
        return f"{sum(part['count'] for part in parts)} of {sum(part['total'] for part in parts)}"

    return {
        "scenes finished": f"{len(good)} of {len(rows)}",
        "objects of the folder in the scene": share("recall"),
        "position, median of medians, m": median("position_m"),
        "position, median of 90th percentiles, m": median("position_m", "p90"),
        "position before settling, m": median("before_settling_m"),
        "height of the lowest point, m": median("height_m"),
        "yaw, rad": median("yaw_rad"),
        "tilt, rad": median("tilt_rad"),
        "size": median("size_error"),
        "scale, median of absolute errors": _median_abs(good, "scale_error"),
        "scale, largest": max(
            (abs(row["scale_error"]) for row in good if row.get("scale_error") is not None), default=None
        ),
        "right parent": share("parents"),
        "right relation": share("relations"),
        "penetrations over 1 mm": total("penetrations"),
        "stable": f"{total('stable')} of {total('free_objects')}",
        "joints that move over their range": f"{total('joints_passed')} of {total('joints')}",
        "tasks emitted": total("tasks"),
        "episodes accepted": f"{total('accepted')} of {total('found')}",
        "CPU seconds, median": median("cpu_s"),
    }


def _median_abs(rows: list[dict[str, Any]], key: str) -> float | None:
    found = [abs(row[key]) for row in rows if row.get(key) is not None]
    return round(statistics.median(found), 4) if found else None


def _largest_abs(rows: list[dict[str, Any]], key: str) -> float | None:
    return max((round(abs(row[key]), 4) for row in rows if row.get(key) is not None), default=None)


def table(summaries: dict[str, dict[str, Any]]) -> str:
    """Return the totals as markdown, a column for every noise level."""
    names = list(summaries)
    lines = [f"| | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
    for key in next(iter(summaries.values())):
        lines.append(f"| {key} | {' | '.join(str(summaries[name][key]) for name in names)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
