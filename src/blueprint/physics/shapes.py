"""Volume, centroid and inertia of collision shapes of unit density, in closed form where there is one."""

from dataclasses import dataclass
from math import pi

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.asset import BoxShape, CapsuleShape, ConvexShape, CylinderShape, Shape, SphereShape
from blueprint.contracts.errors import InputError

__all__ = ["SolidProperties", "solid_properties"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class SolidProperties:
    """Of a solid of density 1 kg/m³, shape frame: volume m³, centroid m, inertia about the centroid m⁵."""

    volume: float
    centroid: Array
    inertia: Array


def solid_properties(shape: Shape) -> SolidProperties:
    """Return volume, centroid (3,) and inertia tensor (3, 3); raises InputError for a flat convex shape."""
    match shape:
        case BoxShape(half_extents=(a, b, c)):
            volume = 8 * a * b * c
            return _centred(volume, volume / 3 * np.array([b * b + c * c, a * a + c * c, a * a + b * b]))
        case SphereShape(radius=r):
            volume = 4 / 3 * pi * r**3
            return _centred(volume, np.full(3, 0.4 * volume * r * r))
        case CylinderShape(radius=r, half_length=h):
            volume = 2 * pi * r * r * h
            side = volume * (r * r / 4 + h * h / 3)
            return _centred(volume, np.array([side, side, volume * r * r / 2]))
        case CapsuleShape(radius=r, half_length=h):
            return _capsule(r, h)
        case ConvexShape(vertices=vertices):
            return _convex_hull(np.asarray(vertices, float))
    raise TypeError(f"unknown shape {shape!r}")


def _centred(volume: float, moments: Array) -> SolidProperties:
    return SolidProperties(volume, np.zeros(3), np.diag(moments))


def _capsule(radius: float, half_length: float) -> SolidProperties:
    cylinder = 2 * pi * radius**2 * half_length
    caps = 4 / 3 * pi * radius**3
    # A half ball has its centroid 3r/8 from its flat face and, about that centroid, 83/320 m r² across the axis.
    offset = half_length + 3 * radius / 8
    across = cylinder * (radius**2 / 4 + half_length**2 / 3) + caps * (83 / 320 * radius**2 + offset**2)
    along = cylinder * radius**2 / 2 + caps * 0.4 * radius**2
    return _centred(cylinder + caps, np.array([across, across, along]))


def _convex_hull(vertices: Array) -> SolidProperties:
    """Sum over the tetrahedra from an inner point to the hull's triangles (covariance method, Blow and Binstock)."""
    from scipy.spatial import ConvexHull, QhullError

    try:
        hull = ConvexHull(vertices)
    except QhullError as error:
        message = f"convex collider with {len(vertices)} vertices is flat or degenerate."
        raise InputError(message, remedy="give it at least four vertices that are not in one plane.") from error
    inner = vertices.mean(axis=0)
    triangles = vertices[hull.simplices] - inner
    outward = np.einsum(
        "ij,ij->i",
        np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]),
        hull.equations[:, :3],
    )
    triangles[outward < 0] = triangles[outward < 0][:, ::-1]
    determinants = np.linalg.det(triangles)
    volume = determinants.sum() / 6
    centroid = (determinants[:, None] * triangles.sum(axis=1)).sum(axis=0) / 24 / volume
    canonical = (np.ones((3, 3)) + np.eye(3)) / 120
    covariance = np.einsum("t,tji,jk,tkl->il", determinants, triangles, canonical, triangles)
    covariance -= volume * np.outer(centroid, centroid)
    return SolidProperties(volume, centroid + inner, np.trace(covariance) * np.eye(3) - covariance)
