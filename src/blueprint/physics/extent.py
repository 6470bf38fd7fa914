"""Where colliders reach: points on shapes, and the extent of an asset with its joints open or closed."""

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.asset import AssetModel, BoxShape, ConvexShape, CylinderShape, Shape, SphereShape

__all__ = ["asset_points", "extent", "shape_points", "swept_parts"]

Array = NDArray[np.float64]
_RING = 16
_TURN_RAD = 0.25  # between two looks at what swings: in between its corners reach 0.8 % further
_SLIDES = 4


def shape_points(shape: Shape, *, around: bool = False) -> Array:
    """Return points (N, 3) in the shape frame: corners, or rings of 16 for what is round.

    The points lie on the shape, and their box is the shape's box. Those `around` it have a hull that holds the rings
    (2 % wider than what is round): nothing of the shape's outline reaches beyond them.
    """
    if isinstance(shape, BoxShape):
        signs = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float)
        return signs * np.asarray(shape.half_extents)
    if isinstance(shape, ConvexShape):
        return np.asarray(shape.vertices, float)
    angles = np.arange(_RING) * 2 * np.pi / _RING
    radius = shape.radius / np.cos(np.pi / _RING) if around else shape.radius
    ring = np.column_stack([np.cos(angles), np.sin(angles), np.zeros(_RING)]) * radius
    if isinstance(shape, CylinderShape):
        up = np.array([0.0, 0.0, shape.half_length])
        return np.concatenate([ring + up, ring - up])
    ball = np.concatenate([ring, ring[:, [2, 0, 1]], ring[:, [0, 2, 1]]])
    if isinstance(shape, SphereShape):
        return ball
    up = np.array([0.0, 0.0, shape.half_length])
    return np.concatenate([ball + up, ball - up])


def asset_points(model: AssetModel, fraction: float = 0.0) -> Array:
    """Return points (N, 3) in the asset frame whose box is the colliders' box (rings of 16 for round shapes), joints
    at `fraction` of their range."""
    poses = model.poses_asset_link(fraction)
    parts = [
        (poses[link.name] @ collider.pose_link_shape).apply(shape_points(collider.shape))
        for link in model.links
        for collider in link.colliders
    ]
    if not parts:
        x, y, z = model.size_m
        return np.array([[-x / 2, -y / 2, 0.0], [x / 2, y / 2, z]])
    return np.concatenate(parts)


def swept_parts(model: AssetModel) -> list[Array]:
    """Return the points (N, 3), asset frame, of every collider that moves, each joint alone all along its range.

    The other joints rest, and what hangs on a moving link moves with it: a toilet's lid rises with its seat.
    """
    rest = model.poses_asset_link()
    still = {
        link.name: [
            (rest[link.name] @ collider.pose_link_shape).apply(shape_points(collider.shape))
            for collider in link.colliders
        ]
        for link in model.links
    }
    parts = []
    for moved in model.links:
        joint = moved.joint
        if joint is None:
            continue
        carried = {moved.name}
        for link in model.links:  # parents stand before their children
            if link.parent in carried:
                carried.add(link.name)
        span = joint.upper - joint.lower
        steps = _SLIDES if joint.type == "prismatic" else max(2, int(np.ceil(span / _TURN_RAD)))
        for value in np.linspace(joint.lower, joint.upper, steps + 1):
            motion = rest[moved.name] @ joint.motion(float(value)) @ rest[moved.name].inverse()
            parts += [motion.apply(points) for name in still if name in carried for points in still[name]]
    return parts


def extent(model: AssetModel, fraction: float = 0.0) -> tuple[Array, Array]:
    """Return (lower, upper) corners (3,) of the colliders' box in the asset frame."""
    points = asset_points(model, fraction)
    return points.min(axis=0), points.max(axis=0)
