"""What a thing is for, carried over from the procedural one of its kind where the found mesh proves to be alike.

A mug out of a scan is a closed hull to a convex decomposition: nothing fits in, no finger fits over its rim. The
procedural mug knows its wall, its inside and its grasps. Stretched to the mesh's extent they are the mesh's too, if
they lie on its surface and its inside is empty; both are measured here.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from blueprint.assets import colliders, mesh
from blueprint.assets.geometry import Asset
from blueprint.contracts.asset import (
    AssetModel,
    BoxShape,
    CapsuleShape,
    Collider,
    ConvexShape,
    CylinderShape,
    Grasp,
    Region,
)
from blueprint.contracts.frames import Pose, quat_wxyz_from_yaw
from blueprint.contracts.hashing import sha256_json
from blueprint.contracts.ids import slug

__all__ = ["open_regions", "with_function_of"]

Array = NDArray[np.float64]
_TOLERANCE = 0.06  # of the largest extent, for the wall; nothing of the mesh may be further from it
_LEAST_TOLERANCE_M = 0.004
_NEAR_SHARE = 0.97  # of the mesh's surface points, and of the wall's corners
_STRETCH = 1.3  # between axes, beyond which the wall is another shape
_SPACING = 1 / 40
_MAX_POINTS = 2500
_SIDES = 24
_BLOCKED_M = 0.002


def with_function_of(asset: Asset, prior: AssetModel) -> Asset | None:
    """Return `asset` (a mesh, one link) with the colliders, regions and grasps of `prior`, stretched to it and turned
    about Z by the quarter that fits best, or None where its surface is another one or its inside is not empty."""
    if len(prior.links) != 1 or len(asset.model.links) != 1 or not prior.links[0].colliders:
        return None
    shapes = [asset.meshes[visual.mesh] for visual in asset.model.links[0].visuals]
    surface = _surface_points(mesh.merge(shapes).vertices, mesh.merge(shapes).faces)
    points = [_corners(collider) for collider in prior.links[0].colliders]
    best: tuple[float, int, _Stretch] | None = None
    for quarter in range(4):
        turned = surface @ _turn(quarter).T
        stretch = _stretch(np.concatenate(points), turned)
        if stretch is not None:
            share = _agreement(turned, [stretch.apply(corners) for corners in points], prior, stretch)
            if share >= _NEAR_SHARE and (best is None or share > best[0] + 1e-9):
                best = (share, quarter, stretch)
    if best is None:
        return None
    _, quarter, stretch = best
    return _dressed(asset, prior, quarter, [stretch.apply(corners) for corners in points], stretch)


def open_regions(model: AssetModel) -> list[Region]:
    """Return the regions of a one-link asset that none of its own colliders fills: a shelf that is seen inside the hull
    of a closed bookcase is no place to stand."""
    from scipy.spatial import ConvexHull

    hulls = [ConvexHull(_corners(collider)).equations for collider in model.links[0].colliders]
    return [region for region in model.regions if not any(_reaches_into(region, planes) for planes in hulls)]


def _reaches_into(region: Region, planes: Array) -> bool:
    steps = np.linspace(-0.9, 0.9, 7)
    x, y = (axis.ravel() for axis in np.meshgrid(steps * region.half_extents[0], steps * region.half_extents[1]))
    points = region.pose_link_region.apply(np.column_stack([x, y, np.full(len(x), min(0.03, region.clearance_m / 2))]))
    depth = -(points @ planes[:, :3].T + planes[:, 3]).max(axis=1)
    return bool((depth > _BLOCKED_M).any())


@dataclass(frozen=True)
class _Stretch:
    """x → factor · x + shift, per axis."""

    factor: Array
    shift: Array

    def apply(self, points: Array) -> Array:
        return points * self.factor + self.shift

    def pose(self, pose: Pose) -> Pose:
        return Pose.of(self.apply(np.array(pose.position)), pose.quat_wxyz).rounded(7)


def _stretch(points: Array, surface: Array) -> _Stretch | None:
    """Map the box around the colliders to that around the mesh."""
    (low_a, high_a), (low_b, high_b) = ((rows.min(axis=0), rows.max(axis=0)) for rows in (points, surface))
    if (high_a - low_a).min() < 1e-6:
        return None
    factor = (high_b - low_b) / (high_a - low_a)
    if factor.min() <= 0 or factor.max() / factor.min() > _STRETCH:
        return None
    return _Stretch(factor, low_b - factor * low_a)


def _agreement(surface: Array, walls: list[Array], prior: AssetModel, stretch: _Stretch) -> float:
    """Return the smaller share of: surface points near the wall, wall corners near the surface; 0 where the space above
    a region is not empty."""
    from scipy.spatial import ConvexHull, KDTree, QhullError

    tolerance = max(_LEAST_TOLERANCE_M, _TOLERANCE * float(np.ptp(surface, axis=0).max()))
    for region in prior.regions:
        if _is_filled(surface, region, stretch, tolerance):
            return 0.0
    distance = np.full(len(surface), np.inf)
    try:
        for wall in walls:
            planes = ConvexHull(wall).equations
            distance = np.minimum(distance, (surface @ planes[:, :3].T + planes[:, 3]).max(axis=1))
    except QhullError:
        return 0.0
    gaps = KDTree(surface).query(np.concatenate(walls))[0]
    return float(min((distance <= tolerance).mean(), (gaps <= tolerance).mean()))


def _is_filled(surface: Array, region: Region, stretch: _Stretch, tolerance: float) -> bool:
    """Whether surface lies in the middle of a region's space, clear of its floor, its wall and what is above it."""
    center = stretch.apply(np.array(region.pose_link_region.position))
    half = np.array(region.half_extents) * stretch.factor[:2] - tolerance
    top = center[2] + region.clearance_m * stretch.factor[2]
    if half.min() <= 0:
        return False
    offset = np.abs(surface[:, :2] - center[:2]) / half
    within = np.hypot(*offset.T) < 1 if region.outline == "disc" else offset.max(axis=1) < 1
    # A lid or a solid filling shows as surface above the floor.
    return bool((within & (surface[:, 2] > center[2] + tolerance) & (surface[:, 2] < top - tolerance)).mean() > 0.002)


def _dressed(asset: Asset, prior: AssetModel, quarter: int, walls: list[Array], stretch: _Stretch) -> Asset:
    turn = Pose.of((0, 0, 0), quat_wxyz_from_yaw(quarter * np.pi / 2))
    link = asset.model.links[0]
    meshes = {name: mesh.transformed(shape, turn) for name, shape in asset.meshes.items()}
    x, y, z = asset.model.size_m
    width = float(stretch.factor[:2].mean())
    identity = sha256_json([asset.model.asset_id, prior.asset_id, quarter])
    model = asset.model.model_copy(
        update={
            "asset_id": f"{slug(prior.category)[:60]}_{identity[:10]}",
            "size_m": (y, x, z) if quarter % 2 else (x, y, z),
            "links": [
                link.model_copy(update={"colliders": [colliders.convex(f"wall_{i}", c) for i, c in enumerate(walls)]})
            ],
            "regions": [_region(region, link.name, stretch) for region in prior.regions],
            "grasps": [_grasp(grasp, link.name, stretch, width) for grasp in prior.grasps],
            "params": {**asset.model.params, "function_of": prior.generator},
        }
    )
    return replace(asset, model=model, meshes=meshes)


def _region(region: Region, link: str, stretch: _Stretch) -> Region:
    (a, b), (fx, fy, fz) = region.half_extents, stretch.factor
    half = (min(fx, fy) * a, min(fx, fy) * b) if region.outline == "disc" else (fx * a, fy * b)
    return region.model_copy(
        update={
            "link": link,
            "pose_link_region": stretch.pose(region.pose_link_region),
            "half_extents": (round(float(half[0]), 6), round(float(half[1]), 6)),
            "clearance_m": round(float(fz * region.clearance_m), 6),
        }
    )


def _grasp(grasp: Grasp, link: str, stretch: _Stretch, width: float) -> Grasp:
    x, y = stretch.apply(np.array([*grasp.spin_axis_xy, 0.0]))[:2]
    return grasp.model_copy(
        update={
            "link": link,
            "pose_link_grasp": stretch.pose(grasp.pose_link_grasp),
            "width_m": round(grasp.width_m * width, 6),
            "spin_axis_xy": (round(float(x), 7), round(float(y), 7)),
        }
    )


def _corners(collider: Collider) -> Array:
    """Points whose convex hull is the collider, to a 24th of a turn, in the link frame."""
    shape, pose = collider.shape, collider.pose_link_shape
    if isinstance(shape, ConvexShape):
        return np.asarray(pose.apply(np.array(shape.vertices)))
    if isinstance(shape, BoxShape):
        signs = np.array(np.meshgrid([-1, 1], [-1, 1], [-1, 1])).reshape(3, 8).T
        return np.asarray(pose.apply(signs * shape.half_extents))
    angle = 2 * np.pi * np.arange(_SIDES) / _SIDES
    circle = np.column_stack([np.cos(angle), np.sin(angle), np.zeros(_SIDES)])
    if isinstance(shape, CylinderShape):
        discs = [circle * shape.radius + (0, 0, side * shape.half_length) for side in (-1, 1)]
        return np.asarray(pose.apply(np.concatenate(discs)))
    half = shape.half_length if isinstance(shape, CapsuleShape) else 0.0
    rings = [
        circle * shape.radius * np.cos(tilt) + (0, 0, side * (half + shape.radius * np.sin(tilt)))
        for side in (-1, 1)
        for tilt in (0.0, np.pi / 4, 0.45 * np.pi)
    ]
    return np.asarray(pose.apply(np.concatenate(rings)))


def _surface_points(vertices: Array, faces: NDArray[np.int32]) -> Array:
    """Points all over the surface, at most 2,500."""
    from trimesh.remesh import subdivide_to_size

    used = vertices[np.unique(faces)]
    spacing = float(np.ptp(used, axis=0).max()) * _SPACING
    if len(faces) < 20_000:
        used = np.asarray(subdivide_to_size(vertices, faces, max_edge=spacing, max_iter=14)[0], float)
    points = np.unique(np.round(used, 6), axis=0)
    return points[:: len(points) // _MAX_POINTS + 1]


def _turn(quarter: int) -> Array:
    c, s = round(np.cos(quarter * np.pi / 2)), round(np.sin(quarter * np.pi / 2))
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]], float)
