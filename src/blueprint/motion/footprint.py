"""Rectangles on the floor or on a table, seen from above."""

from blueprint.contracts.frames import Pose

__all__ = ["footprints_overlap"]


def footprints_overlap(
    first: Pose, half_first: tuple[float, float], second: Pose, half_second: tuple[float, float]
) -> bool:
    """Return whether two upright boxes overlap seen from above (separating axes); half extents along X and Y."""
    corners = []
    axes = []
    for pose, (hx, hy) in ((first, half_first), (second, half_second)):
        corners.append(pose.apply([(sx * hx, sy * hy, 0.0) for sx in (-1, 1) for sy in (-1, 1)])[:, :2])
        axes += [pose.matrix()[:2, 0], pose.matrix()[:2, 1]]
    for axis in axes:
        a, b = corners[0] @ axis, corners[1] @ axis
        if a.max() <= b.min() or b.max() <= a.min():
            return False
    return True
