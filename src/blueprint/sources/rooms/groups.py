"""Rigid plans of furniture: an anchor, and its parts where their role puts them, as close as their colliders allow."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.frames import Pose, quat_wxyz_from_yaw
from blueprint.sources.rooms.inventory import Inventory
from blueprint.sources.rooms.program import Member
from blueprint.sources.rooms.solids import boxes_overlap, posed_boxes

__all__ = ["Arrangement", "table_seats"]

Array = NDArray[np.float64]
NEIGHBOUR_M = 0.03
RUN_M = 0.01  # kitchen units stand side by side
_APART_M = 0.009
_SEAT_OFF_M = 0.05
_TUCK_M = 0.22
_SEAT_PITCH_M = 0.64
_LEG_ROOM_M = 0.42
_STEP_M = 0.02
_QUARTER = np.pi / 2


class Arrangement:
    """Members in the group's frame: front -Y, z = 0 the floor. Every `put…` keeps colliders and joint sweeps apart.

    They return False where no place was found and leave the plan as it was.
    """

    def __init__(self, inventory: Inventory) -> None:
        self.inventory = inventory
        self.poses: dict[str, Pose] = {}
        self._closed: dict[str, Array] = {}
        self._sweep: dict[str, Array] = {}

    @property
    def members(self) -> list[Member]:
        return [Member(name, pose.rounded()) for name, pose in self.poses.items()]

    def box(self, names: Iterable[str] | None = None) -> tuple[Array, Array]:
        """Return (lower, upper) corners (3,) of members, all of them by default; rugs count by their size."""
        corners = [self._bounds(name, self.poses[name]) for name in (names or self.poses)]
        return np.min([low for low, _ in corners], axis=0), np.max([high for _, high in corners], axis=0)

    def put(self, name: str, x: float, y: float, quarter: int = 0) -> None:
        """Put a member at a pose, turned by right angles, without asking."""
        self._keep(name, _pose(x, y, quarter * _QUARTER))

    def put_beside(self, name: str, target: str, side: int, gap: float = NEIGHBOUR_M, *, limit_m: float = 1.5) -> bool:
        """Put a member left (-1) or right (+1) of the target, backs aligned, and slide outward until it is clear."""
        low, high = self.box([target])
        own_low, own_high = self._turned_bounds(name, 0)
        x = high[0] + gap - own_low[0] if side > 0 else low[0] - gap - own_high[0]
        return self._slide(name, x, float(high[1] - own_high[1]), 0, (float(side), 0.0), limit_m)

    def put_near(self, name: str, target: str, limit_m: float = 0.4) -> bool:
        """Put a member close beside the target: where its side is free from back to front, else in front of it."""
        low, high = self.box([target])
        own_low, own_high = self._turned_bounds(name, 0)
        room = float((high - low)[1] - (own_high - own_low)[1])
        for share in (0.0, 0.5, 0.35, 0.65, 0.2, 0.8, 1.0):
            y = float(high[1] - own_high[1]) - share * max(room, 0.0)
            for side in (1, -1):
                x = high[0] + NEIGHBOUR_M - own_low[0] if side > 0 else low[0] - NEIGHBOUR_M - own_high[0]
                if self._slide(name, float(x), y, 0, (float(side), 0.0), limit_m):
                    return True
        return self.put_before(name, target, 0.1, limit_m=limit_m)

    def put_before(
        self, name: str, target: str, gap: float, quarter: int = 0, *, offset: float = 0.0, limit_m: float = 0.8
    ) -> bool:
        """Put a member in front (-Y) of the target, centred; a negative gap tries to tuck it under."""
        low, high = self.box([target])
        own_low, own_high = self._turned_bounds(name, quarter)
        x = float((low[0] + high[0] - own_low[0] - own_high[0]) / 2) + offset
        return self._slide(name, x, float(low[1] - gap - own_high[1]), quarter, (0.0, -1.0), limit_m)

    def put_behind(self, name: str, target: str, gap: float = NEIGHBOUR_M) -> bool:
        """Put a member behind (+Y) the target, centred."""
        low, high = self.box([target])
        own_low, own_high = self._turned_bounds(name, 0)
        x = float((low[0] + high[0] - own_low[0] - own_high[0]) / 2)
        return self._slide(name, x, float(high[1] + gap - own_low[1]), 0, (0.0, 1.0), 0.8)

    def put_user(self, name: str, target: str) -> bool:
        """Put a seat in front of a desk, looking at it: tucked under where the knee hole allows, else off its edge."""
        low, high = self.box([target])
        half = float(high[0] - low[0]) / 2
        offsets = [0.0, *(sign * share * half for share in (0.25, 0.4) for sign in (1, -1))]
        for gap in (-_TUCK_M, -_TUCK_M / 2, _SEAT_OFF_M):
            for offset in offsets:
                if self.put_before(name, target, gap, 2, offset=offset, limit_m=0.0):
                    return True
        return self.put_before(name, target, _SEAT_OFF_M, 2)

    def put_arm(self, name: str, front: str, side: int) -> bool:
        """Put an armchair at an end of a coffee table, looking at it."""
        low, high = self.box([front])
        quarter = 1 if side < 0 else 3  # a front of -Y turned by +90° looks to +X
        own_low, own_high = self._turned_bounds(name, quarter)
        x = high[0] + _LEG_ROOM_M - own_low[0] if side > 0 else low[0] - _LEG_ROOM_M - own_high[0]
        y = float((low[1] + high[1] - own_low[1] - own_high[1]) / 2)
        for lower in (0.0, 0.25, 0.5):
            if self._slide(name, float(x), y - lower, quarter, (float(side), 0.0), 0.3):
                return True
        return False

    def put_seat(self, name: str, table: str, side: int, along: float) -> bool:
        """Put a chair at a side of a table (0 front, 1 right, 2 back, 3 left), `along` metres from the side's middle,
        looking at the table."""
        low, high = self.box([table])
        middle, half = (low + high) / 2, (high - low) / 2
        quarter = (side + 2) % 4  # on the front (-Y) it looks to +Y: turned by two right angles
        own_low, own_high = self._turned_bounds(name, quarter)
        own = (own_low + own_high) / 2
        out = ((0.0, -1.0), (1.0, 0.0), (0.0, 1.0), (-1.0, 0.0))[side]
        across = (out[1], -out[0])
        reach = half[0] * abs(out[0]) + half[1] * abs(out[1])
        own_reach = float((own_high - own_low)[0] * abs(out[0]) + (own_high - own_low)[1] * abs(out[1])) / 2
        for gap in (-_TUCK_M, -_TUCK_M / 2, _SEAT_OFF_M):
            distance = reach + gap + own_reach
            x = float(middle[0] - own[0] + out[0] * distance + across[0] * along)
            y = float(middle[1] - own[1] + out[1] * distance + across[1] * along)
            if self._slide(name, x, y, quarter, out, 0.0 if gap < 0 else 0.3):
                return True
        return False

    def put_around(self, name: str, table: str, angle: float) -> bool:
        """Put a chair at a round table; `angle` is its bearing from the table's middle, radians."""
        low, high = self.box([table])
        own_low, _ = self._turned_bounds(name, 0)
        radius = float((high - low)[:2].max()) / 2 + _SEAT_OFF_M - float(own_low[1])
        middle = (low + high) / 2
        pose = _pose(
            float(middle[0]) + radius * np.cos(angle), float(middle[1]) + radius * np.sin(angle), angle - _QUARTER
        )
        if not self._clear(name, pose, ignore=(table,)):
            return False
        self._keep(name, pose)
        return True

    def put_under(self, name: str, target: str) -> bool:
        """Put a thing on the floor under the target, where its colliders leave room."""
        low, high = self.box([target])
        own_low, own_high = self._turned_bounds(name, 0)
        span = np.maximum(0.0, (high - low) - (own_high - own_low))[:2]
        middle = ((low + high) - (own_low + own_high))[:2] / 2
        for u in (0.0, -0.25, 0.25, -0.4, 0.4):
            for v in (0.0, -0.3, 0.3):
                pose = _pose(float(middle[0] + u * span[0]), float(middle[1] + v * span[1]), 0.0)
                if self._clear(name, pose):
                    self._keep(name, pose)
                    return True
        return False

    def put_rug(self, name: str) -> None:
        """Lay a rug under the middle of all members; it touches nothing."""
        low, high = self.box()
        own_low, own_high = self._turned_bounds(name, 0)
        middle = (low + high - own_low - own_high) / 2
        self._keep(name, _pose(float(middle[0]), float(middle[1]), 0.0))

    def merge(self, other: "Arrangement", x: float, y: float) -> None:
        """Take over all members of another plan, shifted."""
        shift = _pose(x, y, 0.0)
        for name, pose in other.poses.items():
            self._keep(name, shift @ pose)

    def turned(self) -> "Arrangement":
        """Return the plan turned round: what was its back is its front."""
        other = Arrangement(self.inventory)
        for name, pose in self.poses.items():
            other._keep(name, _pose(0.0, 0.0, np.pi) @ pose)
        return other

    # --- geometry -----------------------------------------------------------------------------------------------

    def _slide(self, name: str, x: float, y: float, quarter: int, way: tuple[float, float], limit_m: float) -> bool:
        for k in range(int(limit_m / _STEP_M) + 1):
            pose = _pose(x + way[0] * k * _STEP_M, y + way[1] * k * _STEP_M, quarter * _QUARTER)
            if self._clear(name, pose):
                self._keep(name, pose)
                return True
        return False

    def _clear(self, name: str, pose: Pose, ignore: tuple[str, ...] = ()) -> bool:
        solids = self.inventory.solids(name)
        closed, sweep = posed_boxes(solids.closed, pose), posed_boxes(solids.sweep, pose)
        for other in self.poses:
            if other in ignore:
                continue
            if boxes_overlap(closed, self._closed[other], _APART_M):
                return False
            if boxes_overlap(sweep, self._closed[other], 0.0) or boxes_overlap(closed, self._sweep[other], 0.0):
                return False
        return True

    def _keep(self, name: str, pose: Pose) -> None:
        solids = self.inventory.solids(name)
        self.poses[name] = pose
        self._closed[name] = posed_boxes(solids.closed, pose)
        self._sweep[name] = posed_boxes(solids.sweep, pose)

    def _bounds(self, name: str, pose: Pose) -> tuple[Array, Array]:
        solids = self.inventory.solids(name)
        box = posed_boxes(np.array([[solids.low, solids.high]]), pose)[0]
        return box[0], box[1]

    def _turned_bounds(self, name: str, quarter: int) -> tuple[Array, Array]:
        return self._bounds(name, _pose(0.0, 0.0, quarter * _QUARTER))


def table_seats(width: float, depth: float, count: int) -> list[tuple[int, float]]:
    """Return (side, metres along it) for chairs at a rectangular table: long sides in balance, then the ends.

    Sides are 0 front, 1 right, 2 back, 3 left. At most as many as there is room for, one per 0.64 m.
    """
    long_sides, ends = ((0, 2), (1, 3)) if width >= depth else ((1, 3), (0, 2))
    longer, shorter = max(width, depth), min(width, depth)
    per_long = max(1, int((longer + 0.1) / _SEAT_PITCH_M))
    per_end = max(1, int((shorter + 0.1) / _SEAT_PITCH_M)) if shorter >= 0.6 else 0
    square = longer < 1.25 * shorter
    share = dict.fromkeys((0, 1, 2, 3), 0)
    order = [*long_sides, *ends] if square else [*long_sides] * per_long + [*ends] * max(per_end, 1)
    order = order * max(per_long, 1) if square else order
    caps = {**dict.fromkeys(long_sides, per_long), **dict.fromkeys(ends, per_end)}
    for side in order:
        if sum(share.values()) < count and share[side] < caps[side]:
            share[side] += 1
    seats = []
    for side, number in share.items():
        length = width if side in (0, 2) else depth
        pitch = min(length / max(number, 1), 0.75)
        seats += [(side, round((k - (number - 1) / 2) * pitch, 4)) for k in range(number)]
    return seats


def _pose(x: float, y: float, yaw: float) -> Pose:
    return Pose.of((round(float(x), 4), round(float(y), 4), 0.0), quat_wxyz_from_yaw(yaw))
