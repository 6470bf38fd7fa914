"""Rooms and houses from text: sixty-four prompts, from the sentence to the certified scene, one process and core each.

    python benchmarks/rooms.py [--out DIR] [--only WORD] [--seeds 1] [--json FILE] [--at-once 1] [--perturb] [--reuse]

A row holds what the scene's certificate and evaluation measured; the last rows sum up. Wall and CPU seconds are of the
whole command: start of Python, USD authoring, validators and the 5 s certificate included; the evaluation of the floor,
and the disturbances of `--perturb`, come after it and are not in them. `--reuse` keeps rows that DIR already holds.
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

from blueprint.certify.perturbation import perturb
from blueprint.contracts.certificate import Thresholds
from blueprint.quality.scene_eval.space import space_metrics
from blueprint.quality.scene_eval.subject import read_subject
from blueprint.quality.scene_eval.supports import support_metric
from blueprint.storage import layout

METRICS = ("NAV-0.2", "ACC", "OPEN", "OOB", "SUP")

# The tier is premium where the name starts with "dense", else standard.
PROMPTS = {
    # short
    "bedroom": "a bedroom",
    "kitchen": "a kitchen",
    "living_room": "a living room",
    "bathroom": "a bathroom",
    "office": "a home office",
    "dining_room": "a dining room",
    "nursery": "a nursery with a crib",
    "laundry": "a laundry room",
    "hallway": "a hallway with a coat rack",
    "garage": "a garage with a workbench",
    "library": "a small library",
    "gym": "a gym",
    # with requirements
    "bed_two_stands": "A bedroom with a queen bed flanked by two nightstands, a wardrobe and a desk.",
    "bed_lamp": "A bedroom with a double bed, a nightstand with a lamp on it, and a rug under the bed.",
    "living_tv": "A living room with a sofa facing a TV stand, a coffee table and two armchairs.",
    "living_books": "A cosy living room with a bookcase, a floor lamp next to the sofa and three pictures.",
    "kitchen_island": "A kitchen with an island, four bar stools, a fridge, a stove and a microwave.",
    "kitchen_fruit": "A kitchen with a microwave on the counter, three apples, a plate and a cereal box.",
    "dining_six": "A dining room with a dining table set for six and a sideboard against the wall.",
    "dining_four": "A dining room with a table, four chairs around the table and a vase on the table.",
    "office_two": "An office with two desks, two office chairs, a filing cabinet and a whiteboard.",
    "office_laptop": "An office with a desk against the wall, a laptop and a mug on the desk, and no plants.",
    "bath_tub": "A bathroom with a bathtub, a toilet, a sink cabinet and a mirror on the wall.",
    "kids": "A kids room with a bunk bed, a toy car, five toy bricks and a teddy bear on the bed.",
    "study": "A study with a desk, an office chair, a bookcase with at least six books and a globe.",
    "laundry_two": "A laundry room with a washing machine next to a dryer and a laundry basket.",
    "entry": "An entryway with a shoe rack, a coat rack, a bench and an umbrella.",
    "music": "A music room with a piano, a guitar and two speakers.",
    "hotel": "A hotel room with a king bed, two nightstands, a desk, a chair and a TV on the wall.",
    "meeting": "A meeting room with a table, eight chairs and a whiteboard on the wall.",
    # odd rooms
    "clinic": "A clinic exam room with an exam table, a stool, a sink cabinet and a privacy screen.",
    "waiting": "A waiting room with three waiting benches, a side table and a potted plant in the corner.",
    "hospital": "A hospital room with a hospital bed, an IV stand and a chair next to the bed.",
    "lab": "A laboratory with two lab benches, a microscope, a centrifuge and three beakers.",
    "classroom": "A classroom with six school desks, six chairs and a blackboard on the wall.",
    "shop": "A small shop with three shop shelves, a checkout counter and a cash register.",
    "supermarket": "A supermarket with four shop shelves, a chest freezer and ten cans.",
    "cafe": "A café with three cafe tables, six chairs and a pastry display.",
    "restaurant": "A restaurant with two tables set for four.",
    "bar": "A bar with a counter, three bar stools and four wine bottles.",
    "gym_weights": "A gym with two treadmills, a weight bench, a dumbbell rack and a mirror.",
    "warehouse": "A warehouse with two pallet racks, three pallets and four traffic cones.",
    "workshop_room": "A workshop with a workbench, a tool chest, a drill and a vise on the workbench.",
    "storage": "A storage room with three shelves and eight boxes.",
    "server": "A server room with four lockers and a desk.",
    "reception": "A reception with a reception desk, a sofa and a water bottle on the desk.",
    # sizes, openings, negations
    "size_bed": "A 4 m x 5 m bedroom with two windows, a bed and a chest of drawers. There is no television.",
    "size_kitchen": "A kitchen of 12 square metres with a fridge, a stove and a dishwasher.",
    "no_chairs": "A dining room with a round table but no chairs.",
    "at_least": "A living room with at least two armchairs and no more than three pictures.",
    # attributes
    "colours_bed": "A bedroom with a blue bed, a white wardrobe and a wooden desk.",
    "colours_living": "A living room with a red sofa, a large bookcase and a black TV stand.",
    "colours_kitchen": "A kitchen with a green fridge, two red mugs on the counter and a wooden dining table.",
    "colours_office": "An office with a white desk, a black office chair and a small red bin next to the desk.",
    # dense
    "dense_bed": "A bedroom.",
    "dense_kitchen": "A kitchen with a dining table set for four.",
    "dense_living": "A living room with a sofa, a TV stand, two bookcases and a coffee table.",
    "dense_office": "An office for two people with bookcases and a filing cabinet.",
    "dense_shop": "A shop with five shop shelves and a checkout counter.",
    "dense_kids": "A kids room full of toys with a bed and a desk.",
    # houses
    "flat": "An apartment with a living room, a kitchen, a bedroom and a bathroom.",
    "two_rooms": "A flat with a bedroom and a kitchen. The bedroom has a bed and a wardrobe.",
    "house_three": "A house with two bedrooms, a living room, a kitchen, a bathroom and a hallway.",
    "clinic_house": "A clinic with a waiting room, a reception and an exam room with an exam table.",
}  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--at-once", type=int, default=1, help="scenes at once, each on one core")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--perturb", action="store_true", help="measure stability after pose noise and pushes as well")
    parser.add_argument("--reuse", action="store_true", help="keep the rows that the folder already holds")
    options = parser.parse_args()
    jobs = [(name, seed) for name in PROMPTS if options.only in name for seed in range(options.seeds)]
    with tempfile.TemporaryDirectory() as scratch, ThreadPoolExecutor(options.at_once) as pool:
        root = options.out or Path(scratch)
        rows = []
        for row in pool.map(lambda job: row_of(root, *job, options.perturb, options.reuse), jobs):
            print(json.dumps(row), file=sys.stderr, flush=True)
            rows.append(row)
    summary = totals(rows)
    print(table(rows))
    print(json.dumps(summary, indent=2))
    if options.json:
        options.json.write_text(json.dumps({"rows": rows, "total": summary}, indent=2) + "\n")
    return 0


def row_of(root: Path, name: str, seed: int, perturbed: bool, reuse: bool) -> dict[str, Any]:
    """Measure one scene, or read the row that an earlier call left beside it."""
    kept = root / f"{name}_s{seed}.row.json"
    if reuse and kept.exists():
        return _read(kept)
    row = measure(root, name, seed)
    if row["exit"] == 0:
        row |= evaluate(root / "scenes" / row["scene"], seed, perturbed)
    kept.write_text(json.dumps(row))
    return row


def measure(root: Path, name: str, seed: int) -> dict[str, Any]:
    tier, prompt = "premium" if name.startswith("dense") else "standard", PROMPTS[name]
    scene_id = f"{name}_s{seed}"
    request = {"schema_version": "v1", "scene_id": scene_id, "prompt": prompt, "quality_tier": tier}
    path = root / f"{scene_id}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(request))
    command = [sys.executable, "-m", "blueprint", "run", str(path), "--root", str(root), "--seed", str(seed)]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "LP_NUM_THREADS": "0"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program is compiled once, not at every start
    started = time.monotonic()
    process = subprocess.Popen(
        [*command, "--to-stage", "usd", "--json"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=environment,
        text=True,
    )
    assert process.stderr is not None
    problem = process.stderr.read().strip()[-300:]
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - started
    code = os.waitstatus_to_exitcode(status)
    return {
        "scene": scene_id,
        "tier": tier,
        **collect(root / "scenes" / scene_id),
        "wall_s": round(wall, 1),
        "cpu_s": round(usage.ru_utime + usage.ru_stime, 1),
        "peak_mib": round(usage.ru_maxrss / 1024),
        "exit": code,
        "problem": problem if code else "",
    }


def collect(scene_dir: Path) -> dict[str, Any]:
    """Read what the run left behind; a figure that was not reached is None or zero."""
    certificate = _read(scene_dir / layout.PHYSICS_CERTIFICATE)
    summary = certificate.get("summary", {})
    objects = certificate.get("objects", [])
    free = [item for item in objects if not item["fixed"]]
    metadata = _read(scene_dir / layout.SCENE_MANIFEST).get("metadata", {})
    spec = _read(scene_dir / "textgen" / "spec_report.json").get("checks", [])
    row: dict[str, Any] = {
        "house": metadata.get("scope") == "house",
        "objects": max(0, len(objects) - 1),
        "free": len(free),
        "penetrations": summary.get("penetrations_over_limit"),
        "stable": sum(item["stable"] for item in free),
        "strict": sum(item["strictly_stable"] for item in free),
        "joints": summary.get("joints", 0),
        "joints_passed": summary.get("joints_passed", 0),
        "unsatisfied": len([item for item in metadata.get("unsatisfied", []) if item.get("requirement") is not None]),
    }
    for kind in ("count", "attribute", "relation", "negation"):
        checks = [check for check in spec if check["kind"] == kind]
        row[f"{kind}s"], row[f"{kind}s_met"] = len(checks), sum(check["passed"] for check in checks)
    return row


def evaluate(scene_dir: Path, seed: int, perturbed: bool) -> dict[str, Any]:
    """Return what the floor, the openings and the supports measure; with `perturbed`, the worst of the disturbances."""
    subject = read_subject(scene_dir)
    found = {item.id: item for item in (*space_metrics(subject), support_metric(subject))}
    row: dict[str, Any] = {name: found[name].value for name in METRICS}
    row["offenders"] = [line for name in METRICS if found[name].meets_target is False for line in found[name].offenders]
    if perturbed:
        runs = perturb(subject.model, seed, Thresholds())
        row["perturbed"] = {run.kind: run.stable_fraction for run in runs}
    return row


def totals(rows: list[dict[str, Any]]) -> dict[str, Any]:
    kinds = {"rooms": [row for row in rows if not row["house"]], "houses": [row for row in rows if row["house"]]}
    result: dict[str, Any] = {
        "scenes": len(rows),
        "finished": sum(row["exit"] == 0 for row in rows),
        "penetrations": sum(row["penetrations"] or 0 for row in rows),
        **{
            f"{name}_p{part}": _percentile([row[name] for row in rows], part)
            for name in ("wall_s", "cpu_s")
            for part in (50, 95)
        },
        "peak_mib": max(row["peak_mib"] for row in rows),
    }
    for name, some in kinds.items():
        free = sum(row["free"] for row in some)
        result[f"stable_{name}"] = _share(sum(row["stable"] for row in some), free)
        result[f"strict_{name}"] = _share(sum(row["strict"] for row in some), free)
    result["joints"] = _share(sum(row["joints_passed"] for row in rows), sum(row["joints"] for row in rows))
    for kind in ("counts", "attributes", "relations", "negations"):
        result[kind] = _share(sum(row[f"{kind}_met"] for row in rows), sum(row[kind] for row in rows))
    for name in METRICS:
        values = [row[name] for row in rows if row.get(name) is not None]
        worst = max if name in ("OPEN", "OOB") else min
        result[name] = {"mean": round(statistics.mean(values), 4), "worst": worst(values)} if values else None
    for kind in sorted({kind for row in rows for kind in row.get("perturbed", {})}):
        pairs = [(row["perturbed"][kind], row["free"]) for row in rows if "perturbed" in row]
        result[f"stable_after_{kind}"] = round(sum(a * n for a, n in pairs) / sum(n for _, n in pairs), 4)
    premium = [row["objects"] for row in rows if row["tier"] == "premium"]
    result["premium_objects_min"] = min(premium, default=None)
    return result


def table(rows: list[dict[str, Any]]) -> str:
    lines = [
        "| scene | objects | > 1 mm | stable | strict | joints | counts | attributes | relations | walkable | blocked "
        "| wall s | CPU s | MiB |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row['scene']} | {row['objects']} | {row['penetrations']} | {row['stable']}/{row['free']} "
        f"| {row['strict']}/{row['free']} | {row['joints_passed']}/{row['joints']} "
        f"| {row['counts_met']}/{row['counts']} "
        f"| {row['attributes_met']}/{row['attributes']} | {row['relations_met']}/{row['relations']} "
        f"| {_text(row.get('NAV-0.2'))} | {_text(row.get('OPEN'))} "
        f"| {row['wall_s']} | {row['cpu_s']} | {row['peak_mib']} |"
        for row in rows
    ]
    return "\n".join(lines)


def _percentile(values: list[float], part: int) -> float:
    return round(statistics.quantiles(values, n=100, method="inclusive")[part - 1], 1) if len(values) > 1 else values[0]


def _share(part: int, whole: int) -> str:
    return f"{part}/{whole} = {part / whole:.4f}" if whole else "0/0"


def _text(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}"


def _read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text()) if path.exists() else {}


if __name__ == "__main__":
    sys.exit(main())
