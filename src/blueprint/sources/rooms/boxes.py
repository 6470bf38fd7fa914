"""Axis-aligned boxes of placed things in three dimensions, at rest and over the sweep of their joints."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.asset import AssetModel
from blueprint.contracts.frames import Pose
from blueprint.physics.extent import swept_parts
from blueprint.sources.rooms.group_shape import closed_box

__all__ = ["clear_of", "stack_boxes", "swept_box", "world_box"]

Boxes = NDArray[np.float64]


def swept_box(model: AssetModel) -> Boxes:
    """Return (6,) x0, y0, z0, x1, y1, z1 of the thing with its joints anywhere, asset frame."""
    low, high = closed_box(model)
    if parts := swept_parts(model):
        points = np.concatenate(parts)
        low, high = np.minimum(low, points.min(axis=0)), np.maximum(high, points.max(axis=0))
    return np.concatenate([low, high])


def world_box(box: Boxes, pose_world_object: Pose) -> Boxes:
    """Return the box (6,) around a box that is moved by a pose."""
    corners = np.array([(x, y, z) for x in box[[0, 3]] for y in box[[1, 4]] for z in box[[2, 5]]])
    points = pose_world_object.apply(corners)
    return np.concatenate([points.min(axis=0), points.max(axis=0)])


def stack_boxes(boxes: Iterable[Boxes]) -> Boxes:
    """Return boxes as (M, 6), (0, 6) for none."""
    return np.array(list(boxes), float).reshape(-1, 6)


def clear_of(candidates: Boxes, obstacles: Boxes, gap: float = 0.0) -> NDArray[np.bool_]:
    """Return (N,) whether candidates (N, 6) are at least `gap` from every obstacle (M, 6) along some axis."""
    if not len(obstacles):
        return np.ones(len(candidates), bool)
    apart = np.zeros((len(candidates), len(obstacles)), bool)
    for axis in range(3):
        apart |= candidates[:, None, axis] >= obstacles[None, :, axis + 3] + gap - 1e-9
        apart |= candidates[:, None, axis + 3] + gap <= obstacles[None, :, axis] + 1e-9
    return np.asarray(apart.all(axis=1))
