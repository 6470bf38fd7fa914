"""What becomes of real scanned and modelled meshes: one row per asset, from the file to the validated SimReady asset.

    python benchmarks/real_meshes.py FOLDER... [--limit N] [--only WORD...] [--workers 2] [--json FILE]

Every GLB, glTF, OBJ, STL and PLY below the folders is prepared, but for those whose names say that they are colliders.
The category comes from the file's name (of a file called `model` or `textured…` from its folder's). The meshes are not
part of this project. Sets that were used, each fetched by hand into a folder outside of the tree:

- vikashplus/object_sim (Apache-2.0): everyday objects as STL, one folder each, beside colliders called `contact*`.
- RobotLocomotion/models: `ycb/meshes` (scans of the YCB set, CC-BY-4.0), `tutorials/models/assets` (Poly Haven
  furniture with textures, CC0-1.0), `dishes`, `manipulation_station`, `veggies`.
- eleramp/pybullet-object-models, `ycb_objects`: more YCB scans (the set is CC-BY-4.0, the repository LGPL-2.1).
- kevinzakka/mujoco_scanned_objects: all 1,030 Google Scanned Objects (CC-BY-4.0), 1 GB.

The SimReady column needs NVIDIA's validator in an environment of its own: BLUEPRINT_SIMREADY_VALIDATE names it
(src/blueprint/usd/simready.py says how to make one). Without it only the OpenUSD and NVIDIA asset validators judge.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from blueprint.contracts.asset import License
from blueprint.contracts.mesh_report import MeshFailure, MeshReport
from blueprint.contracts.quality_gate import GateCheck
from blueprint.physics.inertia import with_inertials
from blueprint.sim.thumbnails import asset_thumbnails
from blueprint.sources.imported.nouns import category_of
from blueprint.sources.meshes.batch import prepare_meshes
from blueprint.sources.meshes.mesh_input import MeshInput, PreparedMesh
from blueprint.usd.asset import author_asset, interface_path
from blueprint.usd.simready import validate_simready
from blueprint.usd.validate import validate_stage

SUFFIXES = (".glb", ".gltf", ".obj", ".stl", ".ply")
COLLIDERS = ("collision", "vhacd", "contact", "convex", "_col.", "_coll.")
NAMELESS = ("model", "textured", "mesh", "visual")
LICENSE = License(spdx="LicenseRef-source", source="not committed, see the set's own licence")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--limit", type=int, help="at most so many meshes, spread over what was found")
    parser.add_argument("--only", nargs="+", help="names that have one of these words")
    parser.add_argument("--scale", type=float, default=1.0, help="metres per unit of the files")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    items = [item for folder in options.folders for item in found_in(folder.resolve(), options.scale)]
    if options.only:
        items = [item for item in items if any(word in item.name for word in options.only)]
    if options.limit and len(items) > options.limit:
        items = [items[number * len(items) // options.limit] for number in range(options.limit)]
    made: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as folder:

        def save(prepared: PreparedMesh) -> None:
            found = row(prepared.report, validated(prepared, Path(folder)))
            made[prepared.report.name] = found
            print(line(found), file=sys.stderr, flush=True)  # what is done is seen, however long the rest takes

        report = prepare_meshes(items, workers=options.workers, min_success_rate=0.0, save=save)
    rows = [made[mesh.name] for mesh in report.meshes]
    refused = [failure.model_dump(exclude_none=True) for failure in report.failures]
    print(markdown(rows, report.failures))
    if options.json:
        options.json.write_text(json.dumps({"assets": rows, "refused": refused}, indent=2) + "\n")
    return 0


def found_in(folder: Path, scale: float) -> Iterator[MeshInput]:
    """Yield the meshes below a folder, in the order of their paths."""
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() not in SUFFIXES or any(word in path.name.lower() for word in COLLIDERS):
            continue
        is_nameless = path.stem.lower().startswith(NAMELESS)
        title = path.parent.name if is_nameless else path.stem
        name = str(path.relative_to(folder.parent))
        category = category_of(title.removeprefix("Ycb"))
        yield MeshInput(name, path, folder, category, title, "manipulable_object", LICENSE, scale=scale)


def validated(prepared: PreparedMesh, root: Path) -> str:
    """Author the asset as the pipeline does and let every validator judge it: "passes", or what it fails."""
    bare = prepared.imported.asset
    asset = replace(bare, model=with_inertials(bare.model))
    folder = root / asset.model.asset_id
    author_asset(asset, folder, thumbnail_png=next(asset_thumbnails([asset])))
    layer = interface_path(folder, asset.model.asset_id)
    profile = validate_simready(layer)
    checks: list[GateCheck] = [*validate_stage(layer), profile]
    failed = [f"{check.name}: {check.message[:80]}" for check in checks if not check.passed]
    if failed:
        return "; ".join(failed)
    return "passes" if profile.measured != "not run" else "validators pass, profile not run"


def row(mesh: MeshReport, verdict: str) -> dict[str, Any]:
    found, grasps = mesh.colliders, mesh.grasps
    return {
        "asset": mesh.name,
        "category": mesh.category,
        "watertight_in": mesh.is_watertight_in,
        "watertight_out": mesh.is_watertight,
        "triangles_in": mesh.triangles_in,
        "triangles": mesh.triangles,
        "textures": mesh.textures,
        "size_m": [round(value, 3) for value in mesh.size_m],
        "mass_kg": mesh.mass_kg,
        "method": found.method,
        "colliders": found.colliders,
        "deviation_p95_mm": None if found.deviation_p95_m is None else round(1000 * found.deviation_p95_m, 2),
        "grasps_held": grasps.held,
        "grasps_tried": grasps.tried,
        "simready": verdict,
        "warnings": mesh.warnings,
    }


def markdown(rows: list[dict[str, Any]], failures: list[MeshFailure]) -> str:
    """One line per asset, those that were refused with their reason, and the totals."""
    lines = [
        "| asset | loads | watertight in / out | triangles in / out | colliders | deviation p95, mm "
        "| grasps held / tried | SimReady |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [line(item) for item in rows]
    lines += [f"| {failure.name} | no: {failure.message[:120]} | | | | | | |" for failure in failures]
    good = sum(item["simready"] == "passes" for item in rows)
    lines += ["", f"{len(rows)} of {len(rows) + len(failures)} load, {good} of {len(rows)} pass the SimReady profile."]
    return "\n".join(lines)


def line(item: dict[str, Any]) -> str:
    word = {True: "yes", False: "no"}
    return (
        f"| {item['asset']} | yes | {word[item['watertight_in']]} / {word[item['watertight_out']]} "
        f"| {item['triangles_in']} / {item['triangles']} | {item['colliders']} {item['method']} "
        f"| {item['deviation_p95_mm']} | {item['grasps_held']} / {item['grasps_tried']} | {item['simready']} |"
    )


if __name__ == "__main__":
    sys.exit(main())
