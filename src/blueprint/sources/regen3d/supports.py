"""What stands on or lies in what: the hypothesis that explains heights and footprints best, without cycles."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from blueprint.sources.regen3d.roles import carries_nothing, footing_of, is_hollow, is_storage
from blueprint.sources.regen3d.supports_contact import Level, levels_under, underside
from blueprint.sources.regen3d.supports_thing import Thing

__all__ = ["Support", "height_noise", "infer_supports", "is_adrift"]

Array = NDArray[np.float64]
_ADRIFT_M = 0.35
_NOISE_M = (0.012, 0.06)
_GAP_WEIGHT, _OVERLAP_WEIGHT, _CONFLICT_WEIGHT = 1.5, 1.5, 2.0
_LEAST_OVERLAP = 0.03
_LEAST_AREA_RATIO = 0.4  # of the footprint: small things never carry big things
_LEAST_SIZE_RATIO = 0.45
_PLATFORMS = frozenset({"conveyor_belt", "hand_truck", "pallet", "pallet_rack", "rug", "stage"})
_LARGE_M = 0.6
_RIM_SHARE, _RIM_M = 0.12, 0.012
_WITHIN, _WALL_SHARE = 2.0, 0.1


@dataclass(frozen=True)
class Support:
    """`parent` is an object's id or None for the floor; `level_m` is the height of the surface in the world as given,
    `gap_m` how far the thing floats above it (below 0: penetrates); `score` is a log likelihood without its constant,
    `margin` by how much it beats the next parent."""

    parent: str | None
    relation: Literal["on", "in"]
    level_m: float
    gap_m: float
    score: float
    margin: float = 0.0


def height_noise(things: Sequence[Thing]) -> float:
    """Return the standard deviation of heights, m: that of the bottoms of what surely stands on the floor, within 12 to
    60 mm."""
    bottoms = [abs(float(thing.low[2])) for thing in things if footing_of(thing.category) == "floor"]
    if len(bottoms) < 3:
        return 0.03
    return float(np.clip(1.4826 * np.median(bottoms), *_NOISE_M))


def infer_supports(things: Sequence[Thing], noise_m: float, fixed: Sequence[Thing] = ()) -> dict[str, Support]:
    """Return the support of every thing, by id; `fixed` things (a wall shelf) carry others and need no support.

    Each thing is tried on the floor and on every upward surface of every thing under or around it. A hypothesis is
    scored by how far the thing would have to move (heavy-tailed, in units of `noise_m`), by the share of its base over
    the surface, by whether another body then is where the thing is, and by where such things usually stand. Where the
    best ones make a cycle, the best arborescence counts (Edmonds). The same things give the same answer in any order.
    """
    ordered = sorted(things, key=lambda thing: thing.object_id)
    bases = _Bases(sorted([*things, *fixed], key=lambda thing: thing.object_id))
    options = {thing.object_id: _hypotheses(thing, bases.under(thing), noise_m) for thing in ordered}
    chosen = {name: found[0] for name, found in options.items()}
    if _has_cycle(chosen):
        chosen = _arborescence(options)
    return {name: replace(item, margin=_margin(item, options[name])) for name, item in chosen.items()}


def is_adrift(thing: Thing, support: Support) -> bool:
    """Whether a thing that belongs on other things is 35 cm above the floor and over none: what carried it is missing.

    Putting it on the floor would show a room that nobody saw.
    """
    return support.parent is None and support.gap_m > _ADRIFT_M and footing_of(thing.category) != "floor"


class _Bases:
    """Things that may carry others, and the corners of their boxes, so that a thousand are searched at once."""

    def __init__(self, things: list[Thing]) -> None:
        self.things = [
            thing for thing in things if thing.sim_role != "background" and not carries_nothing(thing.category)
        ]
        self.low = np.array([thing.low for thing in self.things]).reshape(-1, 3)
        self.high = np.array([thing.high for thing in self.things]).reshape(-1, 3)

    def under(self, thing: Thing) -> list[Thing]:
        """Those whose boxes overlap the thing's from above, that begin below its middle and are not much smaller."""
        size, own = self.high - self.low, np.maximum(thing.size, 1e-6)
        rows = (self.high[:, :2] >= thing.low[:2]).all(axis=1) & (self.low[:, :2] <= thing.high[:2]).all(axis=1)
        rows &= self.low[:, 2] <= thing.middle[2]
        rows &= size[:, :2].prod(axis=1) >= _LEAST_AREA_RATIO * own[:2].prod()
        rows &= np.linalg.norm(size, axis=1) >= _LEAST_SIZE_RATIO * np.linalg.norm(own)
        return [self.things[i] for i in np.flatnonzero(rows) if self.things[i].object_id != thing.object_id]


@dataclass(frozen=True)
class _Place:
    base: Thing | None
    level: Level


def _hypotheses(thing: Thing, bases: Sequence[Thing], noise_m: float) -> list[Support]:
    """Every support of a thing with its score, best first; the floor is always one of them."""
    under = underside(thing, solid=False)
    floor = _Place(None, Level(0.0, -under.lowest, 1.0, True, -1.0))
    places = [floor, *(_Place(base, level) for base in bases for level in levels_under(base, under, solid=False))]
    found = []
    for place in places:
        score = _fit(place.level, noise_m) + _habit(thing, place) - _conflict(thing, place, places)
        name = place.base.object_id if place.base else None
        found.append(Support(name, _relation(thing, place, places), place.level.z, -place.level.shift, score))
    return sorted(found, key=lambda item: (-item.score, item.parent or "", item.level_m))


def _fit(level: Level, noise_m: float) -> float:
    overlap = max(level.overlap, _LEAST_OVERLAP) * (1.0 if level.under_middle else 0.7)
    return -_GAP_WEIGHT * float(np.log1p((level.shift / noise_m) ** 2)) + _OVERLAP_WEIGHT * float(np.log(overlap))


def _habit(thing: Thing, place: _Place) -> float:
    """Where such things usually stand, as a log odds."""
    footing = footing_of(thing.category)
    if place.base is None:
        score = 1.5 if thing.says_floor else 0.0
        if footing == "floor" or (footing is None and float(thing.size.max()) > _LARGE_M):
            return score + 1.0
        return score - (1.5 if footing == "surface" else 0.0)
    if footing == "floor":
        return -0.5 if place.base.category in _PLATFORMS else -2.5
    return _WITHIN if is_hollow(place.base.category) and _is_within(thing, place.base) else 0.0


def _is_within(thing: Thing, base: Thing) -> bool:
    """Whether a thing's middle is over the base's inside and its lower half below the rim."""
    inset = _WALL_SHARE * base.size[:2]
    over = (thing.middle[:2] > base.low[:2] + inset).all() and (thing.middle[:2] < base.high[:2] - inset).all()
    return bool(over and thing.low[2] < base.high[2] and thing.high[2] > base.low[2])


def _conflict(thing: Thing, place: _Place, places: Sequence[_Place]) -> float:
    """How much of the place is taken: bodies above the surface, where the thing would be."""
    bottom, top = place.level.z, place.level.z + float(thing.size[2])
    taken = 0.0
    for other in places:
        level = other.level
        if other.base is None or level.z <= bottom + 0.005:
            continue
        depth = min(level.z, top) - max(level.body_bottom, bottom)
        taken += level.overlap * float(np.clip(depth / 0.03, 0, 1))
    return _CONFLICT_WEIGHT * min(1.0, taken)


def _relation(thing: Thing, place: _Place, places: Sequence[_Place]) -> Literal["on", "in"]:
    """In a hollow thing where the surface is below its rim and the middle is over it, in a cupboard below its top."""
    base = place.base
    if base is None:
        return "on"
    below_top = float(base.high[2]) - place.level.z
    if is_hollow(base.category):
        below_rim = below_top > max(_RIM_M, _RIM_SHARE * float(base.size[2]))
        return "in" if below_rim and _is_within(thing, base) else "on"
    covered = any(other.base is base and other.level.z > place.level.z + 0.05 for other in places)
    return "in" if is_storage(base.category) and covered else "on"


def _margin(chosen: Support, options: Sequence[Support]) -> float:
    others = [item.score for item in options if item.parent != chosen.parent]
    return round(chosen.score - max(others), 4) if others else float("inf")


def _has_cycle(chosen: Mapping[str, Support]) -> bool:
    for start in chosen:
        seen, current = {start}, chosen[start].parent
        while current is not None:
            if current in seen:
                return True
            seen.add(current)
            current = chosen[current].parent if current in chosen else None  # a fixed thing stands on nothing
    return False


def _arborescence(options: Mapping[str, list[Support]]) -> dict[str, Support]:
    """The supports with the largest sum of scores that reach everything from the floor."""
    import networkx as nx

    floor = "\0floor"  # no object's id
    graph = nx.DiGraph()
    graph.add_node(floor)
    for name, found in options.items():
        for item in found:  # best first: the first of a parent stays
            parent = item.parent if item.parent in options else floor  # fixed things need no support either
            if not graph.has_edge(parent, name):
                graph.add_edge(parent, name, weight=item.score, support=item)
    tree = nx.maximum_spanning_arborescence(graph, preserve_attrs=True)
    return {child: graph.edges[parent, child]["support"] for parent, child in tree.edges}
