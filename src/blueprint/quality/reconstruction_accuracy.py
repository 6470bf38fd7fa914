"""A scene beside the truth of the reconstruction that it was made of: poses, sizes, supports, and what is lost."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, islice, product
from pathlib import Path
from typing import cast

import numpy as np
import trimesh
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.spatial import KDTree

from blueprint.assets.library import load_asset
from blueprint.contracts.frames import Pose, matrix_from_quat_wxyz, quat_wxyz_from_yaw
from blueprint.contracts.ids import slug
from blueprint.contracts.layout import SceneLayout
from blueprint.contracts.reconstruction_truth import (
    ErrorSpread,
    ObjectAccuracy,
    ReconstructionAccuracy,
    ReconstructionTruth,
    Share,
    TrueObject,
)
from blueprint.contracts.scene import Scene, asset_dir, load_scene
from blueprint.contracts.scene_manifest import SceneObject
from blueprint.contracts.scene_scale import SceneScale
from blueprint.sources.regen3d.canonical_documents import OurPose
from blueprint.storage import layout

__all__ = ["compare_with_truth"]

Array = NDArray[np.float64]
_DIGITS = 6
_SURFACE_POINTS = 4000
_YAW_STEPS = 72
_ROUND = 0.012  # of the diagonal: surfaces that differ by less over all yaws show none
_AS_GOOD = (1.25, 0.004)  # a turn whose distance is within this factor and share of the diagonal of the best
_MAX_PAIRS = 2000
_CAP_M = 0.5  # an object further off than this says nothing about the frame
_INLIER_M = 0.002


@dataclass(frozen=True)
class _Body:
    """An object of the scene: a frame at the bottom centre of its extent, and points (N, 3) on its surface in it."""

    item: SceneObject
    pose_world_base: Pose
    size_m: Array
    points: Array


@dataclass(frozen=True)
class _Alignment:
    """Turn and shift of the plane that bring one set of points to another."""

    yaw_rad: float
    shift_xy: Array

    def pose(self) -> Pose:
        return Pose.of((*self.shift_xy, 0.0), quat_wxyz_from_yaw(self.yaw_rad))

    def apply_xy(self, points: Array) -> Array:
        return points @ _turn(self.yaw_rad).T + self.shift_xy


def compare_with_truth(scene_dir: Path, truth: ReconstructionTruth) -> ReconstructionAccuracy:
    """Measure the scene in `scene_dir` against the truth; objects are matched by `source.reconstruction_name`.

    Raises as `load_scene` and reading its assets, its scale and its layout do.
    """
    scene = load_scene(scene_dir)
    expected = {item.name: item for item in truth.objects}
    items: dict[str, SceneObject] = {}
    unexpected = []
    for item in scene.objects:
        name = _name_of(item)
        if name in expected and name not in items:
            items[name] = item
        elif not item.is_architecture:
            unexpected.append(item.id)
    bodies = {name: _body(scene, scene_dir, item) for name, item in items.items()}
    middles = {name: _middle(body.pose_world_base, float(body.size_m[2])) for name, body in bodies.items()}
    wanted = {name: _middle(item.pose_world_object, item.size_m[2]) for name, item in expected.items()}
    alignment = _align(middles, wanted)
    before = _before_settling(scene_dir, wanted)
    found = [
        _accuracy(scene, expected[name], body, alignment, middles[name], wanted[name], before.get(name))
        for name, body in bodies.items()
    ]
    ratios = [float(np.exp(np.mean(np.log(item.size_ratio)))) for item in found]
    parents = [item.parent_right for item in found if item.parent_right is not None]
    relations = [item.relation_right for item in found if item.relation_right is not None]
    return ReconstructionAccuracy(
        scene_id=scene.scene_id,
        truth_scene_id=truth.scene_id,
        noise=truth.noise,
        objects_expected=len(expected),
        objects_found=len(found),
        recall=Share(count=len(found), total=len(expected)) if expected else None,
        aligned_yaw_rad=None if alignment is None else round(alignment.yaw_rad, _DIGITS),
        position_m=_spread([item.position_m for item in found]),
        height_m=_spread([item.height_m for item in found]),
        yaw_rad=_spread([item.yaw_rad for item in found]),
        tilt_rad=_spread([item.tilt_rad for item in found]),
        size_error=_spread([float(np.mean(np.abs(np.subtract(item.size_ratio, 1)))) for item in found]),
        size_bias=round(float(np.median(ratios)) - 1, _DIGITS) if ratios else None,
        scale_error=_scale_error(scene_dir, truth),
        parents=_share(parents),
        relations=_share(relations),
        before_settling_m=_spread(list(before.values())),
        missing=_missing(scene, scene_dir, sorted(expected.keys() - items.keys())),
        unexpected=sorted(unexpected),
        objects=found,
    )


def _accuracy(
    scene: Scene,
    true: TrueObject,
    body: _Body,
    alignment: _Alignment | None,
    middle: Array,
    wanted: Array,
    before: float | None,
) -> ObjectAccuracy:
    pose = (alignment.pose() if alignment else Pose()) @ body.pose_world_base
    lowest = _lowest(pose, body.size_m) - _lowest(true.pose_world_object, np.asarray(true.size_m))
    up, true_up = (matrix_from_quat_wxyz(item.quat_wxyz)[:, 2] for item in (pose, true.pose_world_object))
    tilt = float(np.arctan2(np.linalg.norm(np.cross(up, true_up)), up @ true_up))
    parent, relation = _parent(scene, body.item)
    expected = true.parent or ("an object that was not seen" if true.support == "unseen_object" else true.support)
    right = None if true.support == "unseen_object" else parent == expected
    first, second, third = np.round(_sorted_size(body.size_m) / _sorted_size(np.asarray(true.size_m)), _DIGITS).tolist()
    apart = None if alignment is None else float(np.linalg.norm(alignment.pose().apply(middle) - wanted))
    yaw = None if alignment is None else _yaw_error(true, body, pose)
    return ObjectAccuracy(
        name=true.name,
        scene_object=body.item.id,
        position_m=None if apart is None else round(apart, _DIGITS),
        height_m=round(abs(lowest), _DIGITS),
        yaw_rad=None if yaw is None else round(abs(yaw), _DIGITS),
        tilt_rad=round(tilt, _DIGITS),
        size_ratio=(first, second, third),
        parent=parent,
        parent_expected=expected,
        parent_right=right,
        relation_right=relation == true.relation if right and true.parent else None,
        position_before_m=before,
    )


def _name_of(item: SceneObject) -> str:
    return str((item.source or {}).get("reconstruction_name", ""))


def _body(scene: Scene, scene_dir: Path, item: SceneObject) -> _Body:
    asset = load_asset(asset_dir(scene_dir, item.asset.asset_id or ""))
    poses = asset.model.poses_asset_link()
    meshes = [
        trimesh.Trimesh(
            poses[link.name].apply(asset.meshes[visual.mesh].vertices), asset.meshes[visual.mesh].faces, process=False
        )
        for link in asset.model.links
        for visual in link.visuals
    ]
    whole = cast(trimesh.Trimesh, trimesh.util.concatenate(meshes))
    low, high = whole.bounds
    base = np.array([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]])
    sampled = trimesh.sample.sample_surface(whole, _SURFACE_POINTS, seed=0)[0]
    points = np.concatenate([whole.vertices, sampled]) - base
    return _Body(item, scene.pose_world_object(item.id) @ Pose.of(base), high - low, points)


def _middle(pose: Pose, height: float) -> Array:
    return pose.apply((0.0, 0.0, height / 2))


def _lowest(pose: Pose, size: Array) -> float:
    """Height of the lowest corner of a box that stands at the pose."""
    corners = np.array(list(product((-0.5, 0.5), (-0.5, 0.5), (0.0, 1.0)))) * size
    return float(pose.apply(corners)[:, 2].min())


def _sorted_size(size: Array) -> Array:
    """The longer side of the footprint, the shorter, the height: a front may be found on another side."""
    return np.array([max(size[:2]), min(size[:2]), size[2]])


def _yaw_error(true: TrueObject, body: _Body, pose: Pose) -> float | None:
    """Return the smallest turn of the true surface about the vertical that brings it to the scene's, None if round.

    Sizes are made equal, so that only the turn counts. A turn is as good as the best if its mean distance is within
    25 % and 0.4 % of the diagonal of it.
    """
    diagonal = float(np.linalg.norm(true.size_m))
    scale = diagonal / float(np.linalg.norm(body.size_m))
    up = np.array([0, 0, body.size_m[2] / 2])
    around = (body.points - up) @ matrix_from_quat_wxyz(pose.quat_wxyz).T * scale
    surface = KDTree(around, balanced_tree=False, compact_nodes=False)
    outline = np.asarray(true.outline_m) - (0, 0, true.size_m[2] / 2)
    outline = outline @ matrix_from_quat_wxyz(true.pose_world_object.quat_wxyz).T

    def distances(turns: Array) -> Array:
        turned = np.einsum("aij,nj->ani", _turns_3d(turns), outline)
        return np.asarray(surface.query(turned)[0].mean(axis=1)) / diagonal

    step = 2 * np.pi / _YAW_STEPS
    angles = np.asarray((np.arange(_YAW_STEPS) - _YAW_STEPS // 2) * step, float)
    costs = distances(angles)
    if np.ptp(costs) < _ROUND:
        return None
    factor, share = _AS_GOOD
    low = (costs <= np.roll(costs, 1)) & (costs <= np.roll(costs, -1)) & (costs <= 2 * costs.min() + _ROUND)
    lows = []
    for angle, cost in zip(angles[low], costs[low], strict=True):
        finer = minimize_scalar(
            lambda turn: float(distances(np.array([turn]))[0]),
            bounds=(angle - step, angle + step),
            method="bounded",
            options={"xatol": 2e-4},
        )
        lows.append((float(finer.fun), float(finer.x)) if finer.fun < cost else (float(cost), float(angle)))
    limit = factor * min(cost for cost, _ in lows) + share
    return min((angle for cost, angle in lows if cost <= limit), key=abs)


def _parent(scene: Scene, item: SceneObject) -> tuple[str, str]:
    """What carries an object, as the truth names it, and whether it is on or in it."""
    parent = item.placement.parent_id if item.placement else None
    related = [(part.object_id, part.type) for part in item.relationships or [] if part.type in ("on", "in")]
    if parent is None and related:
        parent = related[0][0]
    relation = next((kind for owner, kind in related if owner == parent), "on")
    if parent is None or scene.object(parent).is_architecture:
        return ("floor" if item.mounting == "free" else item.mounting), relation
    return _name_of(scene.object(parent)) or parent, relation


def _missing(scene: Scene, scene_dir: Path, names: list[str]) -> dict[str, str]:
    """The reason that the scene records for what it lacks: skipped while reading, or dropped while settling."""
    skipped: dict[str, str] = scene.manifest.metadata.get("skipped", {})
    unmet = scene.manifest.metadata.get("unsatisfied", [])
    dropped = {str(item.get("noun")): str(item.get("detail")) for item in unmet}
    ids = {name: object_id for object_id, name in _names_by_id(scene_dir).items()}
    found = {}
    for name in names:
        object_id = ids.get(name, name)
        reasons = (skipped.get(name), skipped.get(object_id), dropped.get(slug(object_id)))
        found[name] = next((reason for reason in reasons if reason), "no reason recorded")
    return found


def _names_by_id(scene_dir: Path) -> dict[str, str]:
    """Name in the source by object id of the canonical tree."""
    folders = sorted((scene_dir / layout.RECONSTRUCTION / "objects").glob("*/pose.json"))
    return {path.parent.name: OurPose.read(path).source_name or path.parent.name for path in folders}


def _scale_error(scene_dir: Path, truth: ReconstructionTruth) -> float | None:
    path = scene_dir / layout.SCENE_SCALE
    return round(SceneScale.read(path).factor * truth.units_per_meter - 1, _DIGITS) if path.is_file() else None


def _before_settling(scene_dir: Path, wanted: dict[str, Array]) -> dict[str, float]:
    """Position error by name in the layout before anything was moved, in metres after the scene's scale."""
    paths = [scene_dir / layout.LAYOUT, scene_dir / layout.SCENE_SCALE]
    if not all(path.is_file() for path in paths):
        return {}
    factor, names = SceneScale.read(paths[1]).factor, _names_by_id(scene_dir)
    boxes = SceneLayout.read(paths[0]).objects
    middles = {names.get(item.id, item.id): np.asarray(item.obb.center) * factor for item in boxes}
    middles = {name: point for name, point in middles.items() if name in wanted}
    alignment = _align(middles, wanted)
    if alignment is None:
        return {}
    pose = alignment.pose()
    return {
        name: round(float(np.linalg.norm(pose.apply(point) - wanted[name])), _DIGITS) for name, point in middles.items()
    }


def _align(points: dict[str, Array], wanted: dict[str, Array]) -> _Alignment | None:
    """Return the turn and shift of the plane that most objects agree on; None for fewer than two.

    The pair of objects whose frame leaves the least sum of distances (at most 0.5 m each), then least squares over
    those that are about as near as the median.
    """
    names = sorted(points)
    if len(names) < 2:
        return None
    here, there = (np.array([source[name][:2] for name in names]) for source in (points, wanted))
    count = len(names) * (len(names) - 1) // 2
    pairs = islice(combinations(range(len(names)), 2), 0, None, max(1, count // _MAX_PAIRS))
    best: tuple[float, _Alignment] | None = None
    for pair in pairs:
        candidate = _fit(here[list(pair)], there[list(pair)])
        cost = float(np.minimum(_residuals(candidate, here, there), _CAP_M).sum())
        if best is None or cost < best[0]:
            best = (cost, candidate)
    assert best is not None
    alignment = best[1]
    for _ in range(10):
        residuals = _residuals(alignment, here, there)
        near = residuals <= max(2.5 * float(np.median(residuals)), _INLIER_M)
        alignment = _fit(here[near], there[near])
    return alignment


def _fit(here: Array, there: Array) -> _Alignment:
    """Least squares (Kabsch in the plane)."""
    centre_here, centre_there = here.mean(axis=0), there.mean(axis=0)
    a, b = here - centre_here, there - centre_there
    yaw = float(np.arctan2((a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum(), (a * b).sum()))
    return _Alignment(yaw, centre_there - _turn(yaw) @ centre_here)


def _residuals(alignment: _Alignment, here: Array, there: Array) -> Array:
    return np.asarray(np.linalg.norm(alignment.apply_xy(here) - there, axis=1))


def _turn(yaw: float | Array) -> Array:
    return np.array([[np.cos(yaw), -np.sin(yaw)], [np.sin(yaw), np.cos(yaw)]])


def _turns_3d(yaws: Array) -> Array:
    """Matrices (N, 3, 3) of turns about the vertical."""
    matrices = np.tile(np.eye(3), (len(yaws), 1, 1))
    matrices[:, :2, :2] = np.moveaxis(_turn(yaws), -1, 0)
    return matrices


def _spread(values: Sequence[float | None]) -> ErrorSpread | None:
    known = np.array([value for value in values if value is not None])
    if not len(known):
        return None
    median, p90, largest = np.round([np.median(known), np.quantile(known, 0.9), known.max()], _DIGITS).tolist()
    return ErrorSpread(median=median, p90=p90, largest=largest, count=len(known))


def _share(facts: list[bool]) -> Share | None:
    return Share(count=sum(facts), total=len(facts)) if facts else None
