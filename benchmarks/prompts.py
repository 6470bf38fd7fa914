"""Ten prompts over the five scene kinds, two seeds each: what the project answers for, measured.

    python benchmarks/prompts.py [--out FOLDER] [--episodes N] [--to-stage STAGE] [--robot NAME] [--json FILE]

Per scene: penetrations over 1 mm, stable and strictly stable objects, failed validator checks, requirements of the
prompt met or listed, tasks emitted and refused, episodes that succeed, and written episodes that replay to success.
"""

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from blueprint.contracts.errors import BlueprintError
from blueprint.contracts.quality_gate import GateCertificate
from blueprint.pipeline.entry import run_pipeline
from blueprint.pipeline.settings import RunSettings
from blueprint.storage import layout

PROMPTS = {
    "kitchen_1": "a kitchen counter with two mugs, a bowl and a drawer unit",
    "kitchen_2": "a kitchen with a microwave on the counter, three apples, a plate and a cereal box",
    "dining_1": "a dining table with four plates, four forks, four glasses and a bowl of fruit",
    "dining_2": "a round wooden dining table with two blue mugs, a bottle and two bananas",
    "office_1": "an office desk with a laptop, three books, a mug and a pen",
    "office_2": "a desk with a notebook, a stapler, a red mug next to a pencil cup and a small drawer unit",
    "workshop_1": "a workbench with a hammer, two screwdrivers, a toolbox and a parts bin",
    "workshop_2": "a workshop bench with four wooden blocks, a tape measure and a storage bin",
    "shelf_1": "a bookshelf with six books, two jars and a can",
    "shelf_2": "a low shelf with three cans, two cartons and a box",
}
SEEDS = (0, 1)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--episodes", type=int, default=8)
    parser.add_argument("--to-stage", default="dataset")
    parser.add_argument("--robot", default="panda")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", default="")
    parser.add_argument(
        "--width", type=int, default=96, help="of the videos; small, because no figure here depends on it"
    )
    parser.add_argument("--height", type=int, default=72)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        root = str(options.out or scratch)
        for name, prompt in PROMPTS.items():
            for seed in SEEDS:
                if options.only in name:
                    rows.append(measure(f"{name}_s{seed}", prompt, seed, root, options))
                    print(json.dumps(rows[-1]), file=sys.stderr, flush=True)
    print(table(rows))
    if options.json:
        options.json.write_text(json.dumps({"rows": rows, "total": totals(rows)}, indent=2) + "\n")
    return 0


def measure(scene_id: str, prompt: str, seed: int, root: str, options: argparse.Namespace) -> dict[str, Any]:
    settings = RunSettings(
        seed=seed,
        episodes=options.episodes,
        workers=options.workers,
        robot=options.robot,
        variations=3,
        width_px=options.width,
        height_px=options.height,
    )
    started = time.monotonic()
    problem = ""
    try:
        run_pipeline(prompt, root, scene_id, settings, resume=True, to_stage=options.to_stage)
    except BlueprintError as error:
        problem = str(error)
    row = collect(Path(root) / "scenes" / scene_id)
    return {"scene": scene_id, **row, "wall_s": round(time.monotonic() - started, 1), "problem": problem}


def collect(scene_dir: Path) -> dict[str, Any]:
    """Read what the run left behind; a figure that was not reached is None."""
    row: dict[str, Any] = {}
    certificate = _read(scene_dir / layout.PHYSICS_CERTIFICATE)
    summary = certificate.get("summary", {})
    free = [item for item in certificate.get("objects", []) if not item["fixed"]]
    row["objects"] = len(free)
    row["penetrations"] = summary.get("penetrations_over_limit")
    row["stable"] = sum(item["stable"] for item in free)
    row["strict"] = sum(item["strictly_stable"] for item in free)
    row["joints"] = f"{summary.get('joints_passed')}/{summary.get('joints')}"
    spec = _read(scene_dir / "textgen" / "spec_report.json")
    row["requirements"] = len(spec.get("checks", []))
    row["requirements_met"] = sum(check["passed"] for check in spec.get("checks", []))
    counts = [check for check in spec.get("checks", []) if check["kind"] == "count"]
    row["counts"], row["counts_met"] = len(counts), sum(check["passed"] for check in counts)
    manifest = _read(scene_dir / layout.SCENE_MANIFEST)
    row["unsatisfied"] = len(manifest.get("metadata", {}).get("unsatisfied", []))
    row["validator_failures"] = _validator_failures(scene_dir)
    tasks = _read(scene_dir / layout.TASKS)
    row["tasks"], row["refused"] = len(tasks.get("tasks", [])), len(tasks.get("refused", []))
    records = [_read(path) for path in sorted((scene_dir / layout.EPISODE_RECORDS).glob("*/record.json"))]
    row["episodes"], row["succeed"] = len(records), sum(record["success"] for record in records)
    row["failures"] = dict(Counter(str(item["failure_reason"]) for item in records if not item["success"]))
    imported = _read(scene_dir / layout.IMPORT_MANIFEST).get("episodes", {})
    row["written"] = imported.get("accepted")
    row["replay_failed"] = imported.get("rejected_by_reason", {}).get("replay_failed", 0)
    return row


def totals(rows: list[dict[str, Any]]) -> dict[str, Any]:
    names = ("objects", "penetrations", "stable", "strict", "counts", "counts_met", "requirements", "requirements_met")
    more = ("validator_failures", "tasks", "refused", "episodes", "succeed", "written", "replay_failed")
    return {name: sum(row[name] or 0 for row in rows) for name in (*names, *more)}


def table(rows: list[dict[str, Any]]) -> str:
    total = totals(rows)
    lines = [
        "| scene | objects | > 1 mm | stable | strict | joints | prompt | validators | tasks | episodes | written |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in [*rows, {"scene": "all", "joints": "", **total}]:
        lines.append(
            f"| {row['scene']} | {row['objects']} | {row['penetrations']} | {row['stable']} | {row['strict']} "
            f"| {row['joints']} | {row['requirements_met']}/{row['requirements']} | {row['validator_failures']} "
            f"| {row['tasks']} (+{row['refused']} refused) | {row['succeed']}/{row['episodes']} "
            f"| {row['written']} ({row['replay_failed']} replays failed) |"
        )
    return "\n".join(lines)


def _validator_failures(scene_dir: Path) -> int:
    failures = 0
    for gate in ("simready", "usd_certified"):
        path = scene_dir / layout.gate_certificate(gate)
        if path.exists():
            failures += sum(not check.passed for check in GateCertificate.read(path).checks)
    return failures


def _read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text()) if path.exists() else {}


if __name__ == "__main__":
    sys.exit(main())
