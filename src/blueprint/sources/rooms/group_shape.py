"""A furniture group as rectangles: what it stands on, what its use needs in front, what its doors and drawers sweep."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.asset import AssetModel
from blueprint.contracts.frames import Pose, quat_wxyz_from_yaw, yaw_from_quat_wxyz
from blueprint.physics.extent import asset_points, swept_parts
from blueprint.physics.footprint import Footprint
from blueprint.sources.rooms.program import Group, ModelOf, Program

__all__ = [
    "FLOOR_CONTACT_M",
    "WALL_GAP_M",
    "GroupShape",
    "closed_box",
    "group_pose",
    "group_shapes",
    "kind_of_group",
    "member_footprint",
    "stands_in_rows",
    "turned",
]

Rects = NDArray[np.float64]
FLOOR_CONTACT_M = 0.0003
WALL_GAP_M = 0.02
_SWEEP_GAP_M = 0.01
_ROUNDING_M = 0.0002  # poses are rounded; what swings behind must not reach into the wall for that
_SWEPT_M = 0.01  # what moves out of the closed box by less is no sweep
_OVERHEAD_M = 1.9  # what swings above a head or a robot's mast is no obstacle on the floor
_NO_RECTS = np.zeros((0, 4))
# x0, y0, x1, y1 after so many right angles: which side each was, and its sign
_TURNED_SIDES = np.array([(0, 1, 2, 3), (3, 0, 1, 2), (2, 3, 0, 1), (1, 2, 3, 0)])
_TURNED_SIGNS = np.array([(1.0, 1, 1, 1), (-1, 1, -1, 1), (-1, -1, -1, -1), (1, -1, 1, -1)])


@dataclass(frozen=True)
class GroupShape:
    """Rectangles (N, 4) are x0, y0, x1, y1 in the group's frame, metres; the front is -Y.

    `solids` are the members that a robot cannot drive over, `tops` their heights (N,); `sweeps` what doors, drawers and
    lids take around them when they open; `bounds` (4,) holds all members. A `flat` group has no solids: a rug.
    """

    group: Group
    category: str
    solids: Rects
    tops: NDArray[np.float64]
    sweeps: Rects
    bounds: NDArray[np.float64]

    @property
    def flat(self) -> bool:
        return not len(self.solids)

    @property
    def size(self) -> tuple[float, float]:
        x0, y0, x1, y1 = self.bounds
        return float(x1 - x0), float(y1 - y0)

    @property
    def reach(self) -> float:
        """The longer side with doors and drawers open."""
        boxes = np.concatenate([self.bounds[None], self.sweeps])
        return float((boxes[:, 2:].max(axis=0) - boxes[:, :2].min(axis=0)).max())

    @cached_property
    def wall_gap_m(self) -> float:
        """How far its back stands from a wall: a lid that is hinged at the back swings out behind."""
        behind = float(self.sweeps[:, 3].max() - self.bounds[3]) if len(self.sweeps) else 0.0
        return max(WALL_GAP_M, round(behind + _ROUNDING_M, 4))

    @cached_property
    def beside_m(self) -> float:
        """How far doors swing out beside it, level with its sides."""
        level = self.sweeps[self.sweeps[:, 3] > self.bounds[1] + 1e-6]
        if not len(level):
            return 0.0
        return max(0.0, float(self.bounds[0] - level[:, 0].min()), float(level[:, 2].max() - self.bounds[2]))

    @property
    def height(self) -> float:
        return float(self.tops.max()) if len(self.tops) else 0.0

    @cached_property
    def area(self) -> float:
        return float(((self.solids[:, 2] - self.solids[:, 0]) * (self.solids[:, 3] - self.solids[:, 1])).sum())

    def use(self, clearance: float) -> Rects:
        """Rectangles that must stay free of others: the sweeps, and the front zone with `clearance` (0..1] of its
        depth."""
        if self.flat or self.group.front_m <= 0:
            return self.sweeps
        x0, y0, x1, _ = self.bounds
        front = np.array([[x0, y0 - self.group.front_m * clearance, x1, y0]])
        return np.concatenate([front, self.sweeps])


def turned(rects: Rects, quarter: int) -> Rects:
    """Return rectangles (N, 4) turned about the origin by `quarter` counter-clockwise right angles."""
    return np.asarray(rects, float).reshape(-1, 4)[:, _TURNED_SIDES[quarter % 4]] * _TURNED_SIGNS[quarter % 4]


def group_pose(x: float, y: float, quarter: int) -> Pose:
    """Return the pose of a group's frame that stands at (x, y), turned by right angles."""
    return Pose.of((round(x, 4), round(y, 4), FLOOR_CONTACT_M), quat_wxyz_from_yaw(quarter % 4 * np.pi / 2))


def group_shapes(program: Program, model_of: ModelOf) -> dict[str, GroupShape]:
    """Return the shape of every group of the program by group id."""
    known: dict[str, tuple[Rects, Rects, float, bool]] = {}
    return {group.group_id: _shape(group, program, model_of, known) for group in program.groups}


def kind_of_group(shape: GroupShape) -> tuple[object, ...]:
    """Return what makes groups alike: category, size, number of members, where they belong."""
    return shape.category, len(shape.group.members), *(round(v, 1) for v in shape.size), shape.group.affinity


def stands_in_rows(shape: GroupShape, alike: int) -> bool:
    """Whether so many groups of one kind make rows: three that stand free, six low ones that usually stand at walls."""
    if shape.flat or shape.group.affinity == "corner":
        return False
    low = shape.height < 1.25
    return alike >= 3 if shape.group.affinity in ("middle", "free") else alike >= 6 and low


def member_footprint(model: AssetModel, pose_world_member: Pose) -> Footprint:
    """Return the footprint of a piece of furniture with its joints closed."""
    low, high = closed_box(model)
    corners = np.array([[low[0], low[1]], [high[0], low[1]], [high[0], high[1]], [low[0], high[1]]])
    x, y, _ = pose_world_member.position
    return Footprint.of(corners, x, y, yaw_from_quat_wxyz(pose_world_member.quat_wxyz))


def _shape(
    group: Group, program: Program, model_of: ModelOf, known: dict[str, tuple[Rects, Rects, float, bool]]
) -> GroupShape:
    solids, tops, sweeps, every = [], [], [], []
    for member in group.members:
        model = model_of(program.items[member.object_id].request)
        if model.asset_id not in known:
            known[model.asset_id] = _member_rects(model)
        closed, swept, top, solid = known[model.asset_id]
        rect = _placed(closed, member.pose_group_member)
        every.append(rect)
        if solid:
            solids.append(rect)
            tops.append(np.full(len(rect), top + member.pose_group_member.position[2]))
            sweeps.append(_placed(swept, member.pose_group_member))
    boxes = np.concatenate(every)
    return GroupShape(
        group=group,
        category=program.items[group.members[0].object_id].request.category,
        solids=np.concatenate(solids) if solids else _NO_RECTS,
        tops=np.concatenate(tops) if tops else np.zeros(0),
        sweeps=np.concatenate(sweeps) if sweeps else _NO_RECTS,
        bounds=np.concatenate([boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)]),
    )


def closed_box(model: AssetModel) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (lower, upper) corners (3,) of colliders and visuals, joints closed, asset frame."""
    # size_m is the visuals' extent; builders centre it on the asset frame.
    points = asset_points(model)
    half = np.array([model.size_m[0] / 2, model.size_m[1] / 2, 0.0])
    low = np.minimum(points.min(axis=0), -half)
    return low, np.maximum(points.max(axis=0), [half[0], half[1], model.size_m[2]])


def _member_rects(model: AssetModel) -> tuple[Rects, Rects, float, bool]:
    low, high = closed_box(model)
    closed = np.array([[low[0], low[1], high[0], high[1]]])
    swept = _beyond(low, high, np.concatenate(parts)) if (parts := swept_parts(model)) else _NO_RECTS
    solid = any(link.colliders for link in model.links)
    return closed, swept, float(high[2]), solid


def _beyond(low: NDArray[np.float64], high: NDArray[np.float64], points: NDArray[np.float64]) -> Rects:
    """Rectangles that points take before, behind and beside a box, below `_OVERHEAD_M`, and a gap further out."""
    x, y = points[points[:, 2] < _OVERHEAD_M, :2].T
    level = (y >= low[1] - _SWEPT_M) & (y <= high[1] + _SWEPT_M)
    rects = []
    for out, inner, edge, outer in (  # the rectangle's inner side moves to the box, its outer side a gap away
        (y < low[1] - _SWEPT_M, 3, low[1], 1),
        (y > high[1] + _SWEPT_M, 1, high[1], 3),
        (level & (x < low[0] - _SWEPT_M), 2, low[0], 0),
        (level & (x > high[0] + _SWEPT_M), 0, high[0], 2),
    ):
        if out.any():
            rect = [x[out].min(), y[out].min(), x[out].max(), y[out].max()]
            rect[inner] = edge
            rect[outer] += _SWEEP_GAP_M if outer > 1 else -_SWEEP_GAP_M
            rects.append(rect)
    return np.array(rects).reshape(-1, 4)


def _placed(rects: Rects, pose: Pose) -> Rects:
    """Axis-aligned boxes of rectangles moved by a pose (members of a group may stand at any yaw)."""
    if not len(rects):
        return _NO_RECTS
    yaw = yaw_from_quat_wxyz(pose.quat_wxyz)
    c, s = np.cos(yaw), np.sin(yaw)
    x0, y0, x1, y1 = rects.T
    corners = np.stack([np.stack([x0, x1, x1, x0], 1), np.stack([y0, y0, y1, y1], 1)], axis=2)
    moved = corners @ np.array([[c, s], [-s, c]]) + np.asarray(pose.position[:2])
    return np.round(np.concatenate([moved.min(axis=1), moved.max(axis=1)], axis=1), 6)
