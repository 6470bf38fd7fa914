"""One region of a piece of furniture and what stands on it: many candidate spots checked at once with numpy."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.asset import AssetModel, Region
from blueprint.contracts.frames import Pose
from blueprint.physics.footprint import Footprint

__all__ = ["Board", "Piece", "Taken", "Zone", "origin"]

Array = NDArray[np.float64]
GAPS_M = (0.03, 0.018, 0.011)
EDGE_M = 0.012
WALL_M = 0.006
REACH_M = 0.45
_CANDIDATES = 192
Zone = str  # "back", "front", "middle" or "any": which part of the depth a thing prefers


@dataclass(frozen=True)
class Piece:
    """A thing to place, seen from above: `still` its footprint in its own frame, `height` above what it stands on,
    `sweep` the footprint of its opening parts, `turns` the yaw angles to draw from (centre, half width)."""

    model: AssetModel
    still: Footprint
    height: float
    sweep: Footprint | None = None
    turns: tuple[tuple[float, float], ...] = ((0.0, 0.1),)


@dataclass
class Taken:
    """Oriented rectangles (x, y, half x, half y, yaw), heights of their bottoms; `solid` ones may not be swept over."""

    rects: list[tuple[float, float, float, float, float]] = field(default_factory=list)
    bottoms: list[float] = field(default_factory=list)

    def add(self, footprint: Footprint, bottom: float = 0.0) -> None:
        self.rects.append((footprint.x, footprint.y, footprint.half_x, footprint.half_y, footprint.yaw))
        self.bottoms.append(bottom)

    def below(self, height: float) -> Array:
        """Return the rectangles (N, 5) that a thing of this height can meet."""
        kept = [rect for rect, bottom in zip(self.rects, self.bottoms, strict=True) if bottom < height]
        return np.array(kept).reshape(-1, 5)


@dataclass
class Board:
    """`things` stand on it, `keep_out` is swept by their doors; `blockers` (above or beside it) are other objects of
    the room with the height of their bottoms over the region. `edges` are the accessible sides: "front" or "all"."""

    owner: str
    model: AssetModel
    region: Region
    pose_world_region: Pose
    edges: str = "front"
    walls: tuple[float, float] | None = None
    things: Taken = field(default_factory=Taken)
    keep_out: Taken = field(default_factory=Taken)
    blockers: Taken = field(default_factory=Taken)

    @property
    def half(self) -> tuple[float, float]:
        hx, hy = self.region.half_extents
        return (hx, hx) if self.region.outline == "disc" else (hx, hy)

    @property
    def filled(self) -> float:
        """Share of the area that is taken."""
        hx, hy = self.half
        return sum(4 * rect[2] * rect[3] for rect in self.things.rects) / (4 * hx * hy)

    def fits(self, piece: Piece, height: float | None = None) -> bool:
        """Whether the thing (or a stack `height` high) is low enough, and so are its opening parts."""
        return (piece.height if height is None else height) + 0.01 <= self.region.clearance_m

    def place(
        self,
        piece: Piece,
        rng: np.random.Generator,
        *,
        height: float | None = None,
        zone: Zone = "any",
        focus: tuple[float, float] | None = None,
        accept: Callable[[Footprint], bool] | None = None,
        reach: bool = True,
        gaps: tuple[float, ...] = GAPS_M,
    ) -> Footprint | None:
        """Return the footprint of the best free spot of a bounded random search, or None. The widest gap is tried
        first. The result's `x`, `y` are the footprint's middle; see `origin` for the thing's own frame."""
        if not self.fits(piece, height):
            return None
        draws = rng.uniform(size=(_CANDIDATES, 4))
        rects = self._candidates(piece, draws)
        inside = self._inside(rects) & (self._reachable(rects) if reach else True)
        if piece.sweep is not None:
            inside &= self._sweep_inside(piece, rects)
        rects, jitter = rects[inside], draws[inside, 3]
        if not len(rects):
            return None
        score = self._score(rects, zone, focus) + 0.08 * jitter
        order = np.argsort(score, kind="stable")
        for gap in gaps:
            free = self._free(piece, rects, gap, height or piece.height)
            for k in order[free[order]][:60]:
                x, y, half_x, half_y, yaw = (float(value) for value in rects[k])
                footprint = Footprint(x, y, half_x, half_y, yaw, piece.still.radius)
                if accept is None or accept(footprint):
                    return footprint
        return None

    def admits(self, piece: Piece, footprint: Footprint, gap: float, height: float | None = None) -> bool:
        """Whether one given spot is inside the region and free."""
        rect = np.array([[footprint.x, footprint.y, footprint.half_x, footprint.half_y, footprint.yaw]])
        fits = self.fits(piece, height) and bool(self._inside(rect)[0])
        return fits and bool(self._free(piece, rect, gap, height or piece.height)[0])

    def is_free(self, piece: Piece, rect: Array, gap: float) -> bool:
        """Whether a rectangle (1, 5) is apart from all that stands here; it may touch the region's edges."""
        return bool(self._free(piece, rect, gap, piece.height)[0])

    def take(self, piece: Piece, footprint: Footprint) -> None:
        """Let a thing stand at a spot."""
        self.things.add(footprint)
        if piece.sweep is not None:
            x, y = origin(piece.still, footprint)
            self.keep_out.add(piece.sweep.moved(x, y, footprint.yaw))

    # --- checks of many spots at once: rects (N, 5) of x, y, half x, half y, yaw --------------------------------------

    def _candidates(self, piece: Piece, draws: Array) -> Array:
        hx, hy = self.half
        turns = np.array(piece.turns)
        pick = (draws[:, 2] * len(turns)).astype(int)
        share = draws[:, 2] * len(turns) - pick
        yaw = np.round(turns[pick, 0] + (2 * share - 1) * turns[pick, 1], 4)
        bx, by = _box_half(piece.still.half_x, piece.still.half_y, yaw)
        margin = self._margin()
        x = (2 * draws[:, 0] - 1) * np.maximum(0.0, hx - bx - margin)
        y = (2 * draws[:, 1] - 1) * np.maximum(0.0, hy - by - margin)
        half = np.broadcast_to([piece.still.half_x, piece.still.half_y], (len(draws), 2))
        return np.column_stack([np.round(x, 4), np.round(y, 4), half, yaw])

    def _margin(self) -> float:
        return min(WALL_M if self.region.is_container else EDGE_M, 0.1 * min(self.half))

    def _inside(self, rects: Array) -> NDArray[np.bool_]:
        hx, hy = self.half
        margin = self._margin() - 1e-4
        bx, by = _box_half(rects[:, 2], rects[:, 3], rects[:, 4])
        if self.region.outline == "disc":
            reach = np.hypot(rects[:, 0], rects[:, 1]) + np.hypot(rects[:, 2], rects[:, 3])
            round_reach = np.hypot(rects[:, 0], rects[:, 1]) + np.maximum(rects[:, 2], rects[:, 3])
            square = np.abs(rects[:, 2] - rects[:, 3]) < 0.004
            return np.where(square, round_reach, reach) <= hx - margin
        return (np.abs(rects[:, 0]) + bx <= hx - margin) & (np.abs(rects[:, 1]) + by <= hy - margin)

    def _reachable(self, rects: Array) -> NDArray[np.bool_]:
        if self.region.is_container:
            return np.ones(len(rects), bool)
        hx, hy = self.half
        front = rects[:, 1] + hy <= REACH_M
        if self.edges == "front":
            return front
        nearest = np.minimum(hx - np.abs(rects[:, 0]), hy - np.abs(rects[:, 1]))
        return front | (nearest <= REACH_M)

    def _sweep_inside(self, piece: Piece, rects: Array) -> NDArray[np.bool_]:
        """What opens may come out of the front, not into what is behind or beside."""
        assert piece.sweep is not None
        hx, hy = self.half
        inside = np.zeros(len(rects), bool)
        for k, rect in enumerate(rects):
            x, y = _origin(piece.still, rect)
            low, high = piece.sweep.moved(x, y, float(rect[4])).box()
            inside[k] = low[0] >= -hx and high[0] <= hx and high[1] <= hy + 0.005
        return inside

    def _free(self, piece: Piece, rects: Array, gap: float, height: float) -> NDArray[np.bool_]:
        taken = self.things.below(np.inf)
        free = ~_overlaps(rects, taken, gap) & ~_overlaps(rects, self.keep_out.below(height), 0.0)
        free &= ~_overlaps(rects, self.blockers.below(height + 0.01), gap)
        if piece.sweep is not None:
            for k in np.flatnonzero(free):
                x, y = _origin(piece.still, rects[k])
                swept = piece.sweep.moved(x, y, float(rects[k, 4]))
                rect = np.array([[swept.x, swept.y, swept.half_x, swept.half_y, swept.yaw]])
                free[k] = not _overlaps(rect, taken, 0.0)[0]
                free[k] &= not _overlaps(rect, self.keep_out.below(np.inf), 0.0)[0]
                free[k] &= not _overlaps(rect, self.blockers.below(height + 0.01), 0.0)[0]
        return free

    def _score(self, rects: Array, zone: Zone, focus: tuple[float, float] | None) -> Array:
        _, hy = self.half
        if focus is not None:
            return np.hypot(rects[:, 0] - focus[0], rects[:, 1] - focus[1])
        wanted = {"back": hy, "front": -hy, "middle": 0.0}.get(zone)
        if zone == "middle":
            return np.hypot(rects[:, 0], rects[:, 1])
        return np.zeros(len(rects)) if wanted is None else np.abs(rects[:, 1] - wanted)


def origin(still: Footprint, footprint: Footprint) -> tuple[float, float]:
    """Return where the thing's own frame stands when its footprint is at `footprint`."""
    return _origin(still, np.array([footprint.x, footprint.y, 0.0, 0.0, footprint.yaw]))


def _origin(still: Footprint, rect: Array) -> tuple[float, float]:
    c, s = np.cos(rect[4]), np.sin(rect[4])
    return float(rect[0] - c * still.x + s * still.y), float(rect[1] - s * still.x - c * still.y)


def _box_half(half_x: Array | float, half_y: Array | float, yaw: Array) -> tuple[Array, Array]:
    c, s = np.abs(np.cos(yaw)), np.abs(np.sin(yaw))
    return half_x * c + half_y * s, half_x * s + half_y * c


def _overlaps(a: Array, b: Array, gap: float) -> NDArray[np.bool_]:
    """Return for each rectangle of `a` (N, 5) whether it comes closer than `gap` to one of `b` (M, 5), by separating
    axes."""
    if not len(a) or not len(b):
        return np.zeros(len(a), bool)
    dx, dy = b[None, :, 0] - a[:, None, 0], b[None, :, 1] - a[:, None, 1]
    turn = b[None, :, 4] - a[:, None, 4]
    c, s = np.abs(np.cos(turn)), np.abs(np.sin(turn))
    ca, sa = np.cos(a[:, None, 4]), np.sin(a[:, None, 4])
    cb, sb = np.cos(b[None, :, 4]), np.sin(b[None, :, 4])
    ax, ay, bx, by = a[:, None, 2], a[:, None, 3], b[None, :, 2], b[None, :, 3]
    apart = (
        (np.abs(ca * dx + sa * dy) >= ax + c * bx + s * by + gap)
        | (np.abs(-sa * dx + ca * dy) >= ay + s * bx + c * by + gap)
        | (np.abs(cb * dx + sb * dy) >= bx + c * ax + s * ay + gap)
        | (np.abs(-sb * dx + cb * dy) >= by + s * ax + c * ay + gap)
    )
    return np.asarray(np.any(~apart, axis=1))
