"""DIV and DET: how different the scenes of a set are, and whether the same request gave the same bytes."""

from collections import defaultdict
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.scene_eval import Metric
from blueprint.physics.openings import upright_boxes
from blueprint.quality.scene_eval.figures import judged, not_applicable, reported
from blueprint.quality.scene_eval.subject import Subject

__all__ = ["Outline", "det_metric", "div_metric", "outline_of"]

_CELL_M = 0.1
_CELLS = 240  # 24 m × 24 m about the middle of the scene
_DIV = "difference of layouts: mean of 1 - IoU of what stands where, seen from above"
_DET = "requests that gave the same bytes each time"


class Outline:
    """What is kept of a scene for comparing it: its raster, kinds, assets, request and hash."""

    def __init__(self, subject: Subject) -> None:
        metadata = subject.scene.manifest.metadata
        self.scene_id = subject.scene.scene_id
        self.package = subject.package_sha256
        self.request = (str(metadata.get("prompt", "")), str(metadata.get("quality_tier", "")), metadata.get("seed"))
        items = [item for item in subject.scene.objects if not item.is_architecture]
        self.kinds = {item.category or subject.scene.asset(item.id).category for item in items}
        self.assets = [item.asset.asset_id for item in items]
        self.raster = _raster(subject)


def outline_of(subject: Subject) -> Outline:
    """Return what the set's metrics need of a scene."""
    return Outline(subject)


def div_metric(outlines: list[Outline]) -> Metric:
    """Return DIV: the mean over all pairs of 1 - IoU of the occupied area (10 cm raster about the middle of what is
    occupied), with the Jaccard distance of the sets of kinds, the share of assets that occur in one scene only, and how
    many scenes are the same bytes as another of the set with another request."""
    pairs = list(combinations(outlines, 2))
    if not pairs:
        return not_applicable("DIV", _DIV, "fewer than two scenes")
    ious = [_iou(a.raster, b.raster) for a, b in pairs]
    jaccards = [len(a.kinds & b.kinds) / max(1, len(a.kinds | b.kinds)) for a, b in pairs]
    used: dict[str | None, set[str]] = defaultdict(set)
    for outline in outlines:
        for asset_id in outline.assets:
            used[asset_id].add(outline.scene_id)
    twins = [f"{a.scene_id} and {b.scene_id}" for a, b in pairs if a.package == b.package and a.request != b.request]
    figures = {
        "scenes": len(outlines),
        "kinds_jaccard_distance": 1 - float(np.mean(jaccards)),
        "assets": len(used),
        "assets_in_one_scene_share": sum(len(scenes) == 1 for scenes in used.values()) / max(1, len(used)),
        "duplicates": len(twins),
    }
    value = 1 - float(np.mean(ious))
    return reported("DIV", _DIV, value, figures=figures, offenders=[f"the same bytes: {pair}" for pair in twins])


def det_metric(outlines: list[Outline]) -> Metric:
    """Return DET over requests (prompt, tier, seed) that occur more than once in the set."""
    groups: dict[tuple[object, ...], list[Outline]] = defaultdict(list)
    for outline in outlines:
        groups[outline.request].append(outline)
    repeated = [group for group in groups.values() if len(group) > 1]
    if not repeated:
        return not_applicable("DET", _DET, "no request occurs twice; every scene's package_sha256 is recorded")
    bad = [group for group in repeated if len({outline.package for outline in group}) > 1]
    value = 100 * (len(repeated) - len(bad)) / len(repeated)
    offenders = [", ".join(f"{one.scene_id} {one.package[:12]}" for one in group) for group in bad]
    return judged(
        "DET", _DET, value, "higher", 100.0, unit="%", figures={"requests": len(repeated)}, offenders=offenders
    )


def _raster(subject: Subject) -> NDArray[np.bool_]:
    boxes = upright_boxes(subject.scene)
    raster = np.zeros((_CELLS, _CELLS), bool)
    if not boxes:
        return raster
    corners = np.concatenate([box.footprint.corners() for box in boxes])
    middle = (corners.min(axis=0) + corners.max(axis=0)) / 2
    ticks = (np.arange(_CELLS) + 0.5 - _CELLS / 2) * _CELL_M
    x, y = ticks[None, :] + middle[0], ticks[:, None] + middle[1]
    for box in boxes:
        f = box.footprint
        c, s = np.cos(f.yaw), np.sin(f.yaw)
        u, v = c * (x - f.x) + s * (y - f.y), c * (y - f.y) - s * (x - f.x)
        raster |= (np.abs(u) <= f.half_x) & (np.abs(v) <= f.half_y)
    return raster


def _iou(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
    union = int((a | b).sum())
    return float((a & b).sum() / union) if union else 1.0
