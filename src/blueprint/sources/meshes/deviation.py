"""How far colliders are from the surface that they stand for, measured both ways on points spread over each."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.asset import BoxShape, CapsuleShape, Collider, ConvexShape, CylinderShape, SphereShape
from blueprint.physics.shapes import solid_properties

if TYPE_CHECKING:
    import trimesh

__all__ = ["Deviation", "collider_mesh", "collider_planes", "depth_inside", "deviation", "volume_of"]

Array = NDArray[np.float64]
Faces = NDArray[np.int32]
_POINTS = 1200
_INSIDE_M = 1e-4
_TOUCHING_M = 5e-4  # neighbours of a decomposition share faces, which nothing reaches
_SIDES = 48


@dataclass(frozen=True)
class Deviation:
    """Percentiles and the maximum of distances, m: of the two directions the larger one."""

    p50: float
    p95: float
    maximum: float


def deviation(vertices: Array, faces: Faces, shapes: list[Collider], points: int = _POINTS) -> Deviation:
    """Return how far the surface lies outside of the colliders, and their free surface from it.

    A point of the surface inside a collider counts 0, for what is hidden in a thing needs no collider; a point of a
    collider in or on another one is left out. Points are spread by area with a fixed seed. Vertices (V, 3) m.
    """
    from trimesh import Trimesh

    planes = [collider_planes(shape) for shape in shapes]
    solid = _merged([collider_mesh(shape) for shape in shapes])
    seen = Trimesh(vertices, faces, process=False)
    outside = _sample(seen, points)
    outside_depth = depth_inside(outside, planes)
    forth = np.zeros(len(outside))
    far = outside_depth < -_INSIDE_M
    if far.any():
        forth[far] = _distances(solid, outside[far])
    own = _sample(solid, points)
    own = own[_containing(own, planes) < 2]
    back = _distances(seen, own) if len(own) else np.zeros(0)
    figures = np.max([np.percentile(values, (50, 95, 100)) for values in (forth, back) if len(values)], axis=0)
    p50, p95, maximum = (round(float(value), 7) for value in figures)
    return Deviation(p50, p95, maximum)


def volume_of(shapes: list[Collider]) -> float:
    """Return the sum of the colliders' volumes, m³; where they overlap it counts twice."""
    return sum(solid_properties(shape.shape).volume for shape in shapes)


def depth_inside(points: Array, planes: list[Array]) -> Array:
    """Return the largest depth (N,) of points (N, 3) in any convex solid (planes (P, 4), outward), negative outside.

    Outside, its size is at most the distance.
    """
    found = np.full(len(points), -np.inf)
    for rows in planes:
        found = np.maximum(found, -(points @ rows[:, :3].T + rows[:, 3]).max(axis=1))
    return found


def _containing(points: Array, planes: list[Array]) -> NDArray[np.int64]:
    """In or on how many convex solids each point (N, 3) is."""
    counts = np.zeros(len(points), np.int64)
    for rows in planes:
        counts += (points @ rows[:, :3].T + rows[:, 3]).max(axis=1) < _TOUCHING_M
    return counts


def collider_planes(collider: Collider) -> Array:
    """Return the outward planes (P, 4) of a collider; round ones are taken with 48 sides."""
    from scipy.spatial import ConvexHull

    vertices, _ = collider_mesh(collider)
    return np.unique(np.round(ConvexHull(vertices).equations, 12), axis=0)


def collider_mesh(collider: Collider) -> tuple[Array, Faces]:
    """Return the surface of a collider in the link frame, vertices (V, 3) and faces (F, 3)."""
    import trimesh
    from trimesh import creation

    shape, pose = collider.shape, collider.pose_link_shape
    if isinstance(shape, BoxShape):
        made = creation.box(extents=2 * np.array(shape.half_extents))
    elif isinstance(shape, SphereShape):
        made = creation.icosphere(subdivisions=3, radius=shape.radius)
    elif isinstance(shape, CylinderShape):
        made = creation.cylinder(radius=shape.radius, height=2 * shape.half_length, sections=_SIDES)
    elif isinstance(shape, CapsuleShape):
        made = creation.capsule(height=2 * shape.half_length, radius=shape.radius, count=[16, _SIDES])
        made.apply_translation((0, 0, -made.bounds.mean(axis=0)[2]))
    elif isinstance(shape, ConvexShape):
        made = trimesh.convex.convex_hull(np.array(shape.vertices))
    else:
        raise TypeError(f"unknown shape {shape!r}")
    return pose.apply(np.asarray(made.vertices, float)), np.asarray(made.faces, np.int32)


def _merged(parts: list[tuple[Array, Faces]]) -> "trimesh.Trimesh":
    from trimesh import Trimesh

    starts = np.cumsum([0, *(len(vertices) for vertices, _ in parts[:-1])])
    faces = np.concatenate([faces + start for (_, faces), start in zip(parts, starts, strict=True)])
    return Trimesh(np.concatenate([vertices for vertices, _ in parts]), faces, process=False)


def _sample(shape: "trimesh.Trimesh", count: int) -> Array:
    from trimesh.sample import sample_surface

    return np.asarray(sample_surface(shape, count, seed=0)[0], float)


def _distances(shape: "trimesh.Trimesh", points: Array) -> Array:
    from trimesh.proximity import closest_point

    return np.asarray(closest_point(shape, points)[1], float)
