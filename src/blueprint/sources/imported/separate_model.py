"""A scene's physics model whose free objects are put here and there, and the gaps between them."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import mujoco
import numpy as np
from numpy.typing import NDArray

from blueprint.certify.objects import ObjectIndex
from blueprint.contracts.scene import Scene
from blueprint.mjcf.usd_loader import load_usd
from blueprint.sources.imported.separate_reach import geom_corners, geom_reach
from blueprint.usd.scene import author_scene

__all__ = ["Arrangement", "Gap"]

Array = NDArray[np.float64]
_NEAR_M = 0.01  # what is this near may not be walked into while something else is freed
_PREFERRED = 3.0  # a shift of this many times the shortest is taken if it leaves things on their supports
_UPRIGHT = 0.7  # of a unit normal's z: nearer to the vertical than to the horizontal
_SUNK_M = 0.06  # deeper than that in its support, an object is rather below it than on it
_THIN = 0.34  # thickness by the next larger extent: a panel has one side that things stand on


@dataclass(frozen=True)
class Gap:
    """`normal` (unit, world) points from `first` to `second`; a negative distance is how deep they overlap, m."""

    first: str
    second: str
    normal: tuple[float, float, float]
    distance_m: float


class Arrangement:
    """The free objects of a scene folder in support order, what carries them, and where they are shifted to.

    A shift is an object's own; what stands on it moves along.
    """

    def __init__(self, scene: Scene, folder: Path) -> None:
        self.model = load_usd(author_scene(scene, folder), visuals=False).compile()
        self.data = mujoco.MjData(self.model)
        self.index = ObjectIndex(self.model)
        self.model.geom_margin[:] = _NEAR_M
        free = self.index.free_joints
        parents = {item.id: item.placement.parent_id for item in scene.objects if item.placement}
        self.carriers = _carriers(parents, sorted(free))
        self.names = sorted(free, key=lambda name: (len(self.carriers[name]), name))
        self._number = {name: i for i, name in enumerate(self.names)}
        self._geoms: dict[str, list[int]] = {}
        for geom in range(self.model.ngeom):
            if self.model.geom_contype[geom] or self.model.geom_conaffinity[geom]:
                self._geoms.setdefault(self.index.object_of_geom(geom), []).append(geom)
        self._extents: dict[str, tuple[Array, Array]] = {}
        self.shifts: Array = np.zeros((len(self.names), 3))

    @cached_property
    def carried_kg(self) -> Array:
        """Mass (n,) of every free object with all that stands on it: what is moved when it is."""
        masses = np.zeros(len(self.names))
        for name in self.names:
            for moved in (name, *self.carriers[name]):
                masses[self._number[moved]] += self.index.mass(name)
        return masses

    def number(self, name: str) -> int | None:
        """Return the row of a free object in `shifts`, None for what is fixed."""
        return self._number.get(name)

    def movers(self, name: str) -> list[int]:
        """Return the rows of `shifts` that add up to how far an object is moved; none for what is fixed."""
        return [self._number[word] for word in (name, *self.carriers[name])] if name in self._number else []

    def moved_m(self) -> Array:
        """Return how far every free object is from where it was, (n, 3), along with what carries it."""
        return np.array([self.shifts[self.movers(name)].sum(axis=0) for name in self.names]).reshape(-1, 3)

    def place(self) -> None:
        """Put the objects where the shifts say and find their contacts."""
        self.data.qpos[:] = self.model.qpos0
        for name, shift in zip(self.names, self.moved_m(), strict=True):
            start = int(self.model.jnt_qposadr[self.index.free_joints[name]])
            self.data.qpos[start : start + 3] += shift
        self._extents.clear()
        mujoco.mj_fwdPosition(self.model, self.data)

    def contacts(self) -> list[Gap]:
        """Return every contact of free objects with others as placed last, as MuJoCo has it."""
        return [gap for gap, _ in self._contacts()]

    def gaps(self) -> list[Gap]:
        """Return overlaps, and gaps of under a centimetre, as placed last; one per pair of objects and direction."""
        contacts = self._contacts()
        carried = {(gap.second, gap.first) for gap, _ in contacts if gap.normal[2] > _UPRIGHT}
        carried |= {(gap.first, gap.second) for gap, _ in contacts if gap.normal[2] < -_UPRIGHT}
        found: dict[tuple[str, str, tuple[float, ...]], Gap] = {}
        for gap, geoms in contacts:
            if gap.distance_m < 0:
                gap = self._sensible(gap, geoms, carried)
            key = (gap.first, gap.second, tuple(round(x, 2) for x in gap.normal))
            if key not in found or gap.distance_m < found[key].distance_m:
                found[key] = gap
        return _one_way(list(found.values()))

    def extent(self, name: str) -> tuple[Array, Array]:
        """Return the corners (3,), (3,) of the box around an object's colliders, as placed last."""
        if name not in self._extents:
            corners = [geom_corners(self.model, self.data, geom) for geom in self._geoms[name]]
            low, high = np.min([low for low, _ in corners], axis=0), np.max([high for _, high in corners], axis=0)
            self._extents[name] = low, high
        return self._extents[name]

    def _contacts(self) -> list[tuple[Gap, tuple[int, int]]]:
        contacts, found = self.data.contact, []
        for (one, two), distance, frame in zip(
            contacts.geom.tolist(), contacts.dist.tolist(), contacts.frame.tolist(), strict=True
        ):
            first, second = self.index.object_of_geom(one), self.index.object_of_geom(two)
            if first != second and (first in self._number or second in self._number):
                found.append((Gap(first, second, (frame[0], frame[1], frame[2]), distance), (one, two)))
        return found

    def _sensible(self, gap: Gap, geoms: tuple[int, int], carried: set[tuple[str, str]]) -> Gap:
        """The way out of an overlap that somebody would choose; the shortest may lead through a wall, or up a pile."""
        if gap.first not in self._number or gap.second not in self._number:
            return self._off_panel(gap, *geoms)
        upper = self._upper(gap)
        if upper is None:
            if abs(gap.normal[2]) <= _UPRIGHT:
                return gap
            return self._preferred(gap, [self._along(gap, way, *geoms) for way in self._sides(gap)])
        up = 1.0 if upper == gap.second else -1.0
        if gap.normal[2] * up > _UPRIGHT:
            return gap
        lifted = self._along(gap, (0.0, 0.0, up), *geoms)
        sunk = gap.normal[2] * up < -_UPRIGHT  # right through: the shortest way out is below
        lower = gap.first if upper == gap.second else gap.second
        if sunk and (upper, lower) not in carried and lifted.distance_m > -_SUNK_M:
            return lifted
        return self._preferred(gap, [lifted])

    def _upper(self, gap: Gap) -> str | None:
        """Which of the two stands on the other, if one does."""
        if gap.first in self.carriers[gap.second]:
            return gap.second
        return gap.first if gap.second in self.carriers[gap.first] else None

    def _off_panel(self, gap: Gap, first: int, second: int) -> Gap:
        """Floors and walls are thin: off them is to the side where most of the object is, never along or through."""
        fixed, free = (second, gap.first) if gap.first in self._number else (first, gap.second)
        half = self.model.geom_aabb[fixed][3:]
        order = np.argsort(half)
        if half[order[0]] > _THIN * half[order[1]]:
            return gap
        axis = self.data.geom_xmat[fixed].reshape(3, 3)[:, order[0]]
        low, high = self.extent(free)
        toward = (low + high) / 2 - self.data.geom_xpos[fixed]
        way = axis if float(axis @ toward) > 0 else -axis
        return self._along(gap, _triple(way if free == gap.second else -way), first, second)

    def _sides(self, gap: Gap) -> list[tuple[float, float, float]]:
        """Horizontal ways that lead the two apart: the world's axes and the line between their middles."""
        (low, high), (other_low, other_high) = self.extent(gap.first), self.extent(gap.second)
        between = (other_low + other_high - low - high)[:2]
        length = float(np.linalg.norm(between))
        ways = [(1.0, 0.0, 0.0), (-1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, -1.0, 0.0)]
        return ways if length < 1e-6 else [*ways, (float(between[0] / length), float(between[1] / length), 0.0)]

    def _along(self, gap: Gap, way: tuple[float, float, float], first: int, second: int) -> Gap:
        """How far the second shape must go along `way` until a plane across it parts the two."""
        direction = np.asarray(way)
        far = geom_reach(self.model, self.data, first, direction)
        near = -geom_reach(self.model, self.data, second, -direction)
        return Gap(gap.first, gap.second, way, near - far)

    @staticmethod
    def _preferred(shortest: Gap, others: list[Gap]) -> Gap:
        best = max(others, key=lambda gap: gap.distance_m)
        return best if best.distance_m >= _PREFERRED * shortest.distance_m else shortest


def _one_way(gaps: list[Gap]) -> list[Gap]:
    """Leave out what would hold two objects back on the way out of their deepest overlap.

    A pot that sank through a thin shelf has the shelf inside it: its bottom, now below, must pass it again.
    """
    deepest: dict[frozenset[str], Gap] = {}
    for gap in gaps:
        pair = frozenset((gap.first, gap.second))
        if gap.distance_m < 0 and (pair not in deepest or gap.distance_m < deepest[pair].distance_m):
            deepest[pair] = gap
    kept = []
    for gap in gaps:
        out = deepest.get(frozenset((gap.first, gap.second)))
        sign = 1.0 if out is None or out.first == gap.first else -1.0
        if out is None or sign * float(np.dot(gap.normal, out.normal)) > -_UPRIGHT:
            kept.append(gap)
    return kept


def _carriers(parents: dict[str, str | None], free: list[str]) -> dict[str, list[str]]:
    """The free objects below each one, nearest first; of a circle of parents the last link in order of ids is cut."""
    below: dict[str, str] = {}

    def chain(name: str) -> list[str]:
        found: list[str] = []
        while name in below:
            found.append(name := below[name])
        return found

    for name in free:
        parent = parents.get(name)
        if parent is not None and parent in free and name not in (parent, *chain(parent)):
            below[name] = parent
    return {name: chain(name) for name in free}


def _triple(values: Array) -> tuple[float, float, float]:
    x, y, z = (float(value) for value in values)
    return x, y, z
