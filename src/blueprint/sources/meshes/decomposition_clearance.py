"""Colliders of moving links are kept clear of their neighbours: hulls reach into the gaps that joints need."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from blueprint.assets import colliders
from blueprint.contracts.asset import Collider
from blueprint.contracts.frames import IDENTITY, Pose
from blueprint.sources.imported.asset import ImportedLink
from blueprint.sources.imported.hulls import hull_vertices, hull_volume
from blueprint.sources.meshes.deviation import collider_mesh, collider_planes

__all__ = ["CLEARANCE_M", "ClearedLinks", "cleared"]

Array = NDArray[np.float64]
CLEARANCE_M = 0.003
_MOST_LOST = 0.6  # of a collider, or it no longer stands for its part
_EXACT_M = 1e-6


@dataclass(frozen=True)
class ClearedLinks:
    """The links with their colliders cut back, and in words what was cut and what could not be."""

    links: list[ImportedLink]
    repairs: list[str]
    warnings: list[str]


def cleared(links: list[ImportedLink]) -> ClearedLinks:
    """Return links of which, joints at rest, no collider of a moving one comes within 3 mm of another link's.

    Of two that are too near, the one is cut along a face of the other, 3 mm off it, whichever loses the least volume; a
    collider that would lose more than 60 % is left, and a warning says so.
    """
    poses = _poses(links)
    solids = {link.name: [_Solid.of(item, poses[link.name]) for item in link.colliders] for link in links}
    cut: dict[str, int] = {}
    warnings = []
    for moving in (link for link in links if link.joint is not None):
        for other in (link for link in links if link.name != moving.name):
            for i in range(len(solids[moving.name])):
                for k in range(len(solids[other.name])):
                    pair = solids[moving.name][i], solids[other.name][k]
                    made = _apart(*pair)
                    if made is None:
                        warnings.append(f"{moving.name} overlaps {other.name} at rest: no cut parts their colliders")
                        continue
                    for name, number, before, after in zip((moving.name, other.name), (i, k), pair, made, strict=True):
                        cut[name] = cut.get(name, 0) + (after is not before)
                        solids[name][number] = after
    found = [replace(link, colliders=[one.collider(poses[link.name]) for one in solids[link.name]]) for link in links]
    repairs = [f"{count} cuts keep {name} clear of its neighbours" for name, count in cut.items() if count]
    return ClearedLinks(found, repairs, sorted(set(warnings)))


@dataclass(frozen=True)
class _Solid:
    """A convex solid in the root's frame: corners (V, 3), outward planes (P, 4); `own` as long as it is not cut."""

    name: str
    corners: Array
    planes: Array
    own: Collider | None

    @classmethod
    def of(cls, item: Collider, pose_root_link: Pose) -> "_Solid":
        corners = pose_root_link.apply(collider_mesh(item)[0])
        planes = collider_planes(item)
        normals = pose_root_link.apply(planes[:, :3]) - np.array(pose_root_link.position)
        offsets = planes[:, 3] - normals @ np.array(pose_root_link.position)
        return cls(item.name, corners, np.column_stack([normals, offsets]), item)

    def collider(self, pose_root_link: Pose) -> Collider:
        if self.own is not None:
            return self.own
        return colliders.convex(self.name, hull_vertices(pose_root_link.inverse().apply(self.corners)))


def _apart(first: _Solid, second: _Solid) -> tuple[_Solid, _Solid] | None:
    """Both, 3 mm apart: as they are, or with one of them cut; None where every cut costs too much."""
    options = []
    for cutter, subject, swapped in ((second, first, False), (first, second, True)):
        heights = subject.corners @ cutter.planes[:, :3].T + cutter.planes[:, 3]
        if (heights.min(axis=0) >= CLEARANCE_M - _EXACT_M).any():
            return first, second
        for p in np.argsort(-heights.min(axis=0), kind="stable")[:6]:
            kept = _beyond(subject.corners, cutter.planes[p], CLEARANCE_M)
            whole, left = hull_volume(subject.corners), hull_volume(kept) if len(kept) >= 4 else 0.0
            if left >= (1 - _MOST_LOST) * whole and left > 0:
                options.append((round(whole - left, 12), swapped, kept))
    if not options:
        return None
    _, swapped, kept = min(options, key=lambda item: item[:2])
    subject = second if swapped else first
    cut = _recut(subject, kept)
    return (first, cut) if swapped else (cut, second)


def _recut(subject: _Solid, corners: Array) -> _Solid:
    whole = colliders.convex(subject.name, hull_vertices(corners))
    return replace(_Solid.of(whole, IDENTITY), own=None)


def _beyond(corners: Array, plane: Array, distance: float) -> Array:
    """The corners of the part of a convex solid that lies further than `distance` before a plane."""
    from scipy.spatial import ConvexHull

    hull = ConvexHull(corners)
    heights = corners @ plane[:3] + plane[3] - distance
    edges = np.unique(np.sort(hull.simplices[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1), axis=0)
    a, b = edges[heights[edges[:, 0]] * heights[edges[:, 1]] < 0].T
    share = (heights[a] / (heights[a] - heights[b]))[:, None]
    return np.concatenate([corners[heights >= 0], corners[a] + share * (corners[b] - corners[a])])


def _poses(links: list[ImportedLink]) -> dict[str, Pose]:
    poses: dict[str, Pose] = {}
    for link in links:
        poses[link.name] = (poses[link.parent] if link.parent else IDENTITY) @ link.pose_parent_link
    return poses
