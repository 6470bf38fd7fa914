"""Placing things on one support region: inside it, apart, reachable from the front, clear of drawers and doors."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.asset import AssetModel, Region
from blueprint.physics.extent import asset_points, extent
from blueprint.physics.footprint import Footprint, footprints_overlap

__all__ = ["CONTACT_M", "CONTAINER_GAPS_M", "GAPS_M", "REACH_M", "Spot", "Surface"]

Array = NDArray[np.float64]
CONTACT_M = 0.0003  # objects start this far above what they stand on; analytic contact never penetrates
REACH_M = 0.45
GAPS_M = (0.04, 0.025, 0.015)  # finger clearance first, bare gap last
CONTAINER_GAPS_M = (0.015, 0.006)
_STICKS_OUT = 1.8  # height of a thing over the depth of an open container: its centre stays below the rim
_WIDENING = 0.95  # how much of the widening from a bowl's floor to its rim may be used
_RIM_M = 0.006
_EDGE_M = 0.02
_WALL_M = 0.004
_HAND_M = 0.05
_SPREAD_M = 0.45  # to either side of the middle, where a robot in front of it reaches
_CANDIDATES = 160
_GRAIN_GAP_M = 0.0003


@dataclass(frozen=True)
class Spot:
    """Where something stands in the region frame: origin of the asset frame, yaw in radians, its footprint.

    `rise` is how far above the region it starts: grains lie in layers.
    """

    x: float
    y: float
    yaw: float
    footprint: Footprint
    keep_out: Footprint | None
    rise: float = 0.0


@dataclass
class Surface:
    """One region and what stands on it already."""

    owner: AssetModel
    region: Region
    spots: dict[str, Spot] = field(default_factory=dict)

    def fits(self, model: AssetModel) -> bool:
        """Whether the thing is lower than the free height above the region."""
        low, high = extent(model)
        height = float(high[2] - low[2])
        if self.is_open_container:
            return height <= _STICKS_OUT * self.region.clearance_m
        return height + 0.01 <= self.region.clearance_m

    @property
    def is_open_container(self) -> bool:
        """Bowls, baskets, trays: no lid, door or drawer above, so that things may stick out."""
        open_kinds = ("interior", "slot")
        return self.region.is_container and self.region.kind in open_kinds and not self.owner.is_articulated

    @property
    def gaps(self) -> tuple[float, ...]:
        return CONTAINER_GAPS_M if self.region.is_container else GAPS_M

    def lift(self, footprint: Footprint) -> float:
        """Return how far above a bowl's floor a thing clears its wall, taken as straight from floor to rim, metres.

        A bowl's wall bulges outward of that line, so nothing touches; the settle stage lets it come to rest.
        """
        floor, rim = self._radii
        if rim <= floor:
            return 0.0
        reach = float(np.hypot(footprint.x, footprint.y)) + footprint.radius
        return max(0.0, (reach - floor) / (rim - floor) * self.region.clearance_m)

    @cached_property
    def _radii(self) -> tuple[float, float]:
        """Radius of a disc region, and of the opening above it (the same where it does not widen)."""
        floor = self.region.half_extents[0]
        if self.region.outline != "disc" or not self.is_open_container:
            return floor, floor
        low, high = extent(self.owner)
        rim = float((high - low)[:2].min()) / 2 - _RIM_M
        return floor, rim if rim > 1.25 * floor else floor

    def place(
        self,
        model: AssetModel,
        rng: np.random.Generator,
        gap: float,
        accept: Callable[[Footprint], bool] = lambda footprint: True,
        focus: tuple[float, float] | None = None,
        shares: int = 1,
        reach_m: float = REACH_M,
    ) -> Spot | None:
        """Return the best free spot of a bounded random search, or None; `shares` things are to share a bowl.

        Spots lie within `reach_m` of the front edge, except in containers.
        """
        points = asset_points(model)
        if model.is_articulated and self.region.kind in ("top", "shelf") and not self.region.is_container:
            candidates = self._backed(model, points, rng)
        else:
            candidates = self._scattered(points, rng, focus, *_yaw_range(points, model), reach_m)
            if shares > 1 and self.is_open_container and self.region.outline == "disc":
                ring = self._ring(points, CONTAINER_GAPS_M[-1], shares)
                candidates = ring if self._inside(ring[0].footprint) else candidates
                gap = min(gap, CONTAINER_GAPS_M[-1] - 0.001)  # spots are rounded to 0.1 mm
        for spot in candidates:
            if self._inside(spot.footprint) and accept(spot.footprint) and self._free(spot, gap):
                return spot
        return None

    def grain(self, model: AssetModel) -> Spot | None:
        """Return where the next grain lies: layer upon layer, each a hexagonal lattice in the hollows of the one below.

        None where the layers would reach the rim.
        """
        low, high = extent(model)
        size = float(max(high - low))
        cells = _lattice(self.region.clearance_m, size, min(self.region.half_extents) - size / 2)
        if len(self.spots) >= len(cells):
            return None
        x, y, rise = (round(float(value), 4) for value in cells[len(self.spots)])
        return Spot(x, y, 0.0, Footprint.of(asset_points(model), x, y, 0.0), None, rise)

    def _scattered(
        self,
        points: Array,
        rng: np.random.Generator,
        focus: tuple[float, float] | None,
        yaw_mid: float,
        yaw_range: float,
        reach_m: float,
    ) -> list[Spot]:
        hx, hy = self.region.half_extents
        if self.region.outline == "disc":
            hy = hx
        front = -hy
        if self.region.outline == "disc":
            hx = hy = self._radii[1]
            front = -hy
        low, high = (-hx, front), (hx, min(hy, front + reach_m) if not self.region.is_container else hy)
        draws = rng.uniform(size=(_CANDIDATES, 4))
        if self.region.is_container:
            fx, fy = focus or (0.0, 0.0)
        else:
            spread = min(_SPREAD_M, 0.8 * hx)
            anywhere = (float(rng.uniform(-spread, spread)), min(0.0, front + float(rng.uniform(0.12, 0.36))))
            fx, fy = focus or anywhere
        still = Footprint.of(points, 0.0, 0.0, 0.0)
        scored: list[tuple[float, int, Spot]] = []
        for k, (u, v, w, jitter) in enumerate(draws):
            yaw = float(yaw_mid + (2 * w - 1) * yaw_range)
            at_origin = still.moved(0.0, 0.0, yaw)
            box_low, box_high = at_origin.box()
            x = _between(low[0] - box_low[0], high[0] - box_high[0], u)
            y = _between(low[1] - box_low[1], high[1] - box_high[1], v)
            if k == 0 and self.region.is_container:
                x, y = -at_origin.x, -at_origin.y
            x, y, yaw = round(float(x), 4), round(float(y), 4), round(yaw, 4)
            footprint = still.moved(x, y, yaw)
            distance = float(np.hypot(footprint.x - fx, 0.6 * (footprint.y - fy)))
            scored.append((distance + 0.05 * float(jitter), k, Spot(x, y, yaw, footprint, None)))
        return [spot for _, _, spot in sorted(scored, key=lambda entry: entry[:2])]

    def _ring(self, points: Array, gap: float, shares: int) -> list[Spot]:
        """Equal shares of a ring around the middle of a bowl."""
        still = Footprint.of(points, 0.0, 0.0, 0.0)
        radius = (still.radius + gap / 2) / np.sin(np.pi / shares)
        spots = []
        for k in range(shares):
            angle = 2 * np.pi * k / shares + np.pi / 2
            x = round(float(radius * np.cos(angle)) - still.x, 4)
            y = round(float(radius * np.sin(angle)) - still.y, 4)
            spots.append(Spot(x, y, 0.0, still.moved(x, y, 0.0), None))
        return spots

    def _backed(self, model: AssetModel, points: Array, rng: np.random.Generator) -> list[Spot]:
        """Units with drawers and doors stand at the back, face -Y and keep their sweep in front of them free."""
        hx, hy = self.region.half_extents
        low, high = points.min(axis=0), points.max(axis=0)
        y = hy - _EDGE_M - high[1]
        room = 2 * hx - (high[0] - low[0]) - 2 * _EDGE_M
        if room < 0:
            return []
        first = float(rng.choice([-1.0, 1.0])) * min(room / 2, 0.5) * float(rng.uniform(0.5, 1.0))
        middle = -(low[0] + high[0]) / 2
        grid = np.linspace(-room / 2, room / 2, 25)
        xs = [first, *sorted((float(value) for value in grid), key=lambda value: (abs(value - first), value))]
        # The sweep of a hinged door is widest part-way: the hull of closed, half open and open.
        sweep = np.concatenate([asset_points(model, fraction) for fraction in (0.0, 0.25, 0.5, 0.75, 1.0)])
        front = sweep[:, 1].min() - _HAND_M
        sweep = np.concatenate([sweep, [[low[0], front, 0.0], [high[0], front, 0.0]]])
        spots = []
        for value in xs:
            x, y_rounded = round(value + float(middle), 4), round(float(y), 4)
            spots.append(
                Spot(x, y_rounded, 0.0, Footprint.of(points, x, y_rounded, 0.0), Footprint.of(sweep, x, y_rounded, 0.0))
            )
        return spots

    def _inside(self, footprint: Footprint) -> bool:
        hx, hy = self.region.half_extents
        margin = _WALL_M if self.region.is_container or self.region.outline == "disc" else _EDGE_M
        if self.region.outline == "disc":
            corner_reach = float(np.linalg.norm(footprint.corners(), axis=1).max())
            reach = min(corner_reach, float(np.hypot(footprint.x, footprint.y)) + footprint.radius)
            floor, rim = self._radii
            return reach <= floor + _WIDENING * (rim - floor) - min(margin, 0.05 * hx)
        low, high = footprint.box()
        margin = min(margin, 0.1 * min(hx, hy))
        return bool(
            low[0] >= -hx + margin - 1e-9
            and high[0] <= hx - margin + 1e-9
            and low[1] >= -hy + margin - 1e-9
            and high[1] <= hy - margin + 1e-9
        )

    def _free(self, spot: Spot, gap: float) -> bool:
        for other in self.spots.values():
            if footprints_overlap(spot.footprint, other.footprint, gap):
                return False
            if other.keep_out and footprints_overlap(spot.footprint, other.keep_out, 0.0):
                return False
            if spot.keep_out and footprints_overlap(spot.keep_out, other.footprint, 0.0):
                return False
            if spot.keep_out and other.keep_out and footprints_overlap(spot.keep_out, other.keep_out, 0.0):
                return False
        return True


def _lattice(depth: float, size: float, reach: float) -> Array:
    """Return places (N, 3) of balls of diameter `size`, m, in a round container, in the order of filling it.

    Their middles stay within `reach` of its axis, their tops below `depth`. A ball in the hollow of three others that
    touch is √(2/3) of their diameter above them.
    """
    pitch = size + _GRAIN_GAP_M
    rise = pitch * (2 / 3) ** 0.5
    steps = np.arange(-2 * int(reach / pitch) - 2, 2 * int(reach / pitch) + 3)
    i, j = (index.ravel() for index in np.meshgrid(steps, steps))
    hexagons = pitch * np.column_stack([i + j / 2, j * 3**0.5 / 2])
    layers = [np.zeros((0, 3))]
    for layer in range(int(np.floor((depth - size) / rise)) + 1):
        cells = hexagons + (layer % 2) * pitch * np.array([0.5, 0.5 / 3**0.5])
        away = np.linalg.norm(cells, axis=1)
        inside = np.flatnonzero(away <= reach)
        order = inside[np.lexsort((cells[inside, 1].round(6), cells[inside, 0].round(6), away[inside].round(6)))]
        layers.append(np.column_stack([cells[order], np.full(len(order), layer * rise)]))
    return np.concatenate(layers)


def _between(low: float, high: float, fraction: float) -> float:
    return (low + high) / 2 if high < low else low + (high - low) * fraction


def _yaw_range(points: Array, model: AssetModel) -> tuple[float, float]:
    """Middle and half width of the yaw: long things point away from the front edge, compact ones anywhere."""
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    x, y = (float(value) for value in high - low)
    if model.is_articulated:
        return 0.0, 0.0
    if max(x, y) < 1.5 * min(x, y):
        return 0.0, np.pi
    return (np.pi / 2 if x > 3 * y else 0.0), 0.3
