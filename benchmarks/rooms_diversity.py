"""How different the scenes of one sentence are from seed to seed, and that one seed always gives the same bytes.

    python benchmarks/rooms_diversity.py [--prompt TEXT] [--tier standard] [--seeds 20] [--json FILE]

Scenes are generated without USD. Layouts: mean over all pairs of 1 - IoU of what stands where (`DIV` of `blueprint
scene eval`). Kinds: mean Jaccard index of the sets of categories. Poses: for every kind that most scenes have, the
entropy of where its first instance stands and looks (a raster of 8 × 8 cells of the room and 8 directions), in bits and
as a share of the most that so many seeds can show. The first seed is then generated twice more, in processes with
different hash seeds, and every byte that is written is compared.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import Any

import mujoco
import numpy as np

from blueprint.contracts.hashing import sha256_json
from blueprint.contracts.house import HousePlan, house_of
from blueprint.contracts.scene import Scene
from blueprint.contracts.scene_request import SceneRequest
from blueprint.quality.scene_eval.diversity import Outline, div_metric, outline_of
from blueprint.quality.scene_eval.subject import OWN, Subject
from blueprint.sources.generated import AssetShelf
from blueprint.sources.text.backend import compose_scene, generate_scene

PROMPT = "A bedroom with a double bed, a wardrobe and a desk."
CELLS, DIRECTIONS = 8, 8


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prompt", default=PROMPT)
    parser.add_argument("--tier", choices=("standard", "premium"), default="standard")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.write:
        generate_scene(asked(options.prompt, options.tier, 0), 0, options.write)
        print(digest(options.write))
        return 0
    result = diversity(options.prompt, options.tier, options.seeds)
    result["same_bytes"] = len({written(options.prompt, options.tier, hash_seed) for hash_seed in ("0", "4711")}) == 1
    print(json.dumps(result, indent=2))
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n")
    return 0 if result["same_bytes"] and not result["duplicates"] else 1


def asked(prompt: str, tier: str, seed: int) -> SceneRequest:
    return SceneRequest.model_validate(
        {"schema_version": "v1", "scene_id": f"seed_{seed}", "prompt": prompt, "quality_tier": tier}
    )


def diversity(prompt: str, tier: str, seeds: int) -> dict[str, Any]:
    outlines: list[Outline] = []
    hashes: list[str] = []
    numbers: list[int] = []
    stands: dict[str, list[tuple[int, int, int]]] = {}
    empty = mujoco.MjSpec().compile()
    for seed in range(seeds):
        generated = compose_scene(asked(prompt, tier, seed), seed, shelf=AssetShelf())
        objects = [item.model_dump(mode="json", exclude_none=True) for item in generated.manifest.objects]
        hashes.append(sha256_json(objects))  # without the scene's id and seed, which always differ
        subject = Subject(Path("."), OWN, generated.scene, empty, None, None, {"objects": hashes[-1]})
        outlines.append(outline_of(subject))
        numbers.append(len(objects))
        house = house_of(generated.manifest)
        if house is not None:
            for kind, stand in first_of_each_kind(generated.scene, house).items():
                stands.setdefault(kind, []).append(stand)
        print(f"seed {seed}: {numbers[-1]} objects", file=sys.stderr, flush=True)
    metric = div_metric(outlines)
    usual = {kind: found for kind, found in stands.items() if len(found) > seeds / 2}
    bits = {kind: entropy(found) for kind, found in sorted(usual.items())}
    most = {kind: np.log2(min(len(found), CELLS * CELLS * DIRECTIONS)) for kind, found in usual.items()}
    return {
        "prompt": prompt,
        "tier": tier,
        "seeds": seeds,
        "objects": [min(numbers), max(numbers)],
        "unique_hashes": len(set(hashes)),
        "duplicates": len(hashes) - len(set(hashes)),
        "layout_difference": metric.value,
        "kinds_jaccard": round(float(np.mean([jaccard(a.kinds, b.kinds) for a, b in combinations(outlines, 2)])), 4),
        "assets": metric.figures["assets"],
        "assets_in_one_scene_share": metric.figures["assets_in_one_scene_share"],
        "pose_entropy_bits": round(float(np.mean(list(bits.values()))), 3) if bits else None,
        "pose_entropy_share": round(float(np.mean([bits[kind] / most[kind] for kind in bits])), 4) if bits else None,
        "pose_entropy_kinds": {kind: round(value, 2) for kind, value in bits.items()},
    }


def first_of_each_kind(scene: Scene, house: HousePlan) -> dict[str, tuple[int, int, int]]:
    """Return the cell of its room and the direction of the first instance of every kind."""
    found: dict[str, tuple[int, int, int]] = {}
    for item in scene.objects:
        pose = item.transform.pose()
        x, y = pose.position[:2]
        inside = (
            r for r in house.rooms if r.x - 0.2 <= x <= r.x + r.width + 0.2 and r.y - 0.2 <= y <= r.y + r.depth + 0.2
        )
        room = next(inside, None)
        kind = item.category or scene.asset(item.id).category
        if room is None or item.is_architecture or kind in found:
            continue
        rows = pose.matrix()
        yaw = float(np.arctan2(rows[1, 0], rows[0, 0]))
        found[kind] = (
            int(np.clip((x - room.x) / room.width * CELLS, 0, CELLS - 1)),
            int(np.clip((y - room.y) / room.depth * CELLS, 0, CELLS - 1)),
            round(yaw / (2 * np.pi) * DIRECTIONS) % DIRECTIONS,
        )
    return found


def entropy(values: list[tuple[int, int, int]]) -> float:
    """Shannon entropy of the values' frequencies, bits."""
    shares = np.array(list(Counter(values).values())) / len(values)
    return max(0.0, float(-(shares * np.log2(shares)).sum()))


def jaccard(a: set[str], b: set[str]) -> float:
    return len(a & b) / max(1, len(a | b))


def written(prompt: str, tier: str, hash_seed: str) -> str:
    """Generate the first seed in a process of its own; returns the hash of everything that it wrote."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, __file__, "--prompt", prompt, "--tier", tier, "--write", f"{folder}/scene"]
        environment = os.environ | {"PYTHONHASHSEED": hash_seed}
        return subprocess.run(command, check=True, env=environment, stdout=subprocess.PIPE, text=True).stdout.strip()


def digest(folder: Path) -> str:
    total = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        total.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


if __name__ == "__main__":
    sys.exit(main())
