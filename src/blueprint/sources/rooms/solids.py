"""The boxes of an asset's colliders, closed and over the sweep of its joints, for rigid plans of furniture."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.asset import AssetModel
from blueprint.contracts.frames import Pose
from blueprint.physics.extent import asset_points, shape_points, swept_parts

__all__ = ["Solids", "boxes_overlap", "posed_boxes", "solids_of"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Solids:
    """Boxes (N, 2, 3) of the colliders in the asset frame: `closed` at rest, `sweep` of the moving parts all along
    their joints; `low` and `high` bound the closed ones. Things without colliders have none, but bounds."""

    closed: Array
    sweep: Array
    low: Array
    high: Array

    @property
    def size(self) -> Array:
        return self.high - self.low

    @property
    def front_sweep_m(self) -> float:
        """How far doors and drawers come out of the front."""
        return float(max(0.0, self.low[1] - self.sweep[:, 0, 1].min())) if len(self.sweep) else 0.0


def solids_of(model: AssetModel) -> Solids:
    """Return the boxes of an asset; costs milliseconds for an articulated one, so keep the answer."""
    poses = model.poses_asset_link()
    closed = _boxes(
        (poses[link.name] @ collider.pose_link_shape).apply(shape_points(collider.shape))
        for link in model.links
        for collider in link.colliders
    )
    points = asset_points(model)
    low, high = points.min(axis=0), points.max(axis=0)
    return Solids(closed, _boxes(swept_parts(model)), low, high)


def posed_boxes(boxes: Array, pose: Pose) -> Array:
    """Return the axis-aligned boxes (N, 2, 3) of boxes after a pose: exact for quarter turns about Z."""
    if not len(boxes):
        return boxes
    middle, half = boxes.mean(axis=1), (boxes[:, 1] - boxes[:, 0]) / 2
    turn = np.abs(pose.matrix()[:3, :3])
    middle, half = pose.apply(middle), half @ turn.T
    return np.stack([middle - half, middle + half], axis=1)


def boxes_overlap(a: Array, b: Array, gap: float) -> bool:
    """Whether any of the boxes `a` (N, 2, 3) comes closer than `gap` along all axes to one of `b` (M, 2, 3)."""
    if not len(a) or not len(b):
        return False
    apart = (a[:, None, 0] >= b[None, :, 1] + gap) | (b[None, :, 0] >= a[:, None, 1] + gap)
    return bool(np.any(~apart.any(axis=2)))


def _boxes(parts: Iterable[Array]) -> Array:
    boxes = [(points.min(axis=0), points.max(axis=0)) for points in parts]
    return np.array(boxes) if boxes else np.zeros((0, 2, 3))
