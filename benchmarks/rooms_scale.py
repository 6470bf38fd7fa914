"""What a scene costs against the number of its objects, from 10 to 1,000: CPU seconds by phase, and peak memory.

    python benchmarks/rooms_scale.py [--only NAME] [--json FILE] [--plot FILE] [--merge FILE]

Each point is a process of its own. generate: from the sentence to poses and assets on disk (all layouts that were
tried); settle: authoring the draft's USD and letting it come to rest; author: the delivered USD; certify: loading that,
5 s of simulation and every joint swept. The OpenUSD validators, which take a fixed time an asset, are not in it.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np

from blueprint.assets.library import load_asset
from blueprint.certify.certificate import certify_model
from blueprint.contracts.manifest_stream import validate_manifest
from blueprint.contracts.scene import asset_dir, asset_ids, load_scene
from blueprint.contracts.scene_request import SceneRequest
from blueprint.mjcf.usd_loader import load_usd
from blueprint.physics.inertia import with_inertials
from blueprint.sources import settled
from blueprint.storage import layout
from blueprint.usd.asset import author_asset
from blueprint.usd.scene import author_scene

POINTS = {
    "10": ("A desk with a laptop, a mug, two books, a pen, a stapler and a desk lamp.", "standard"),
    "30": ("A bedroom.", "standard"),
    "100": ("A bedroom.", "premium"),
    "300": ("A house with a bedroom, a kitchen, a living room and a hallway.", "premium"),
    "1000": ("A house with seven bedrooms, a kitchen, a living room, two bathrooms and a hallway.", "premium"),
}
PHASES = ("generate", "settle", "author", "certify")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=POINTS)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--merge", type=Path, nargs="*", default=[], help="points of earlier runs, not measured again")
    parser.add_argument("--point", choices=POINTS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.point:
        print(json.dumps(measure(options.point)))
        return 0
    rows = [row for path in options.merge for row in json.loads(path.read_text())["points"]]
    have = {row["point"] for row in rows}
    for name in [options.only] if options.only else POINTS:
        if name in have:
            continue
        command = [sys.executable, __file__, "--point", name]
        rows.append(json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout))
        print(json.dumps(rows[-1]), file=sys.stderr, flush=True)
    rows.sort(key=lambda row: row["objects"])
    result = {"points": rows} | ({"exponents": exponents(rows)} if len(rows) > 2 else {})
    print(json.dumps(result, indent=2))
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n")
    if options.plot:
        plot(rows, options.plot)
    return 0


def measure(name: str) -> dict[str, Any]:
    prompt, tier = POINTS[name]
    request = SceneRequest.model_validate(
        {"schema_version": "v1", "scene_id": f"scale_{name}", "prompt": prompt, "quality_tier": tier}
    )
    seconds = dict.fromkeys(PHASES, 0.0)
    generate = settled.generate_scene

    def timed(*arguments: Any) -> Any:
        started = time.process_time()
        try:
            return generate(*arguments)
        finally:
            seconds["generate"] += time.process_time() - started

    settled.generate_scene = timed
    with tempfile.TemporaryDirectory() as root:
        scene_dir = Path(root) / "scene"
        started = time.process_time()
        done = settled.generate_settled_scene(request, 0, scene_dir)
        seconds["settle"] = time.process_time() - started - seconds["generate"]
        started = time.process_time()
        for asset_id in asset_ids(scene_dir):
            asset = load_asset(asset_dir(scene_dir, asset_id))
            author_asset(replace(asset, model=with_inertials(asset.model)), asset_dir(scene_dir, asset_id))
        stage = author_scene(load_scene(scene_dir), scene_dir)
        seconds["author"] = time.process_time() - started
        started = time.process_time()
        model = load_usd(stage).compile()
        certificate = certify_model(model, request.scene_id, {})
        seconds["certify"] = time.process_time() - started
        manifest = scene_dir / layout.SCENE_MANIFEST
        return {
            "point": name,
            "objects": validate_manifest(manifest),
            "assets": len(asset_ids(scene_dir)),
            "manifest_kib": round(manifest.stat().st_size / 1024),
            "bodies": int(model.nbody),
            "geoms": int(model.ngeom),
            "joints": certificate.summary.joints,
            "joints_passed": certificate.summary.joints_passed,
            "stable": certificate.summary.stable_fraction,
            "penetrations": certificate.summary.penetrations_over_limit,
            "layouts": done.attempts,
            "dropped": len(done.dropped),
            "cpu_s": {phase: round(value, 1) for phase, value in seconds.items()},
            "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        }


def exponents(rows: list[dict[str, Any]]) -> dict[str, float]:
    """Slopes in the log-log plot: 1 is linear, 2 quadratic."""
    objects = np.log([row["objects"] for row in rows])
    series = {phase: [max(0.05, row["cpu_s"][phase]) for row in rows] for phase in PHASES}
    series["total"] = [sum(row["cpu_s"].values()) for row in rows]
    series["peak_mib"] = [row["peak_mib"] for row in rows]
    return {name: round(float(np.polyfit(objects, np.log(values), 1)[0]), 2) for name, values in series.items()}


def plot(rows: list[dict[str, Any]], path: Path) -> None:
    matplotlib.use("Agg")
    from matplotlib import pyplot

    objects = [row["objects"] for row in rows]
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(10, 4), layout="constrained")
    for phase in PHASES:
        left.loglog(objects, [max(0.05, row["cpu_s"][phase]) for row in rows], "o-", label=phase)
    totals = [sum(row["cpu_s"].values()) for row in rows]
    left.loglog(objects, totals, "ks-", label="total")
    left.loglog(objects, [totals[-1] * n / objects[-1] for n in objects], "k:", label="in proportion")
    left.set(xlabel="objects", ylabel="CPU s", title="Time")
    left.legend()
    right.semilogx(objects, [row["peak_mib"] for row in rows], "o-")
    right.set(xlabel="objects", ylabel="MiB", title="Peak memory", ylim=(0, None))
    for axis in (left, right):
        axis.grid(alpha=0.3, which="both")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    sys.exit(main())
