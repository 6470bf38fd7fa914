"""Things moved onto their supports by the smallest shift: upright, over the surface, touching it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray

from blueprint.contracts.frames import matrix_from_quat_wxyz, quat_wxyz_from_axis_angle
from blueprint.sources.regen3d.roles import may_lean
from blueprint.sources.regen3d.supports import Support
from blueprint.sources.regen3d.supports_contact import Level, levels_under, underside
from blueprint.sources.regen3d.supports_thing import Thing

__all__ = ["Shift", "on_supports", "upright"]

Array = NDArray[np.float64]
_TILT_RAD = np.radians(15.0)
_LEAN_RAD = np.radians(3.0)
_FLAT_SHARE, _BASE_SHARE, _BASE_M = 0.2, 0.04, 0.008
_LEVEL_M = 0.02
_SAME_M = 0.08  # between the surface that is seen and the one that is solid: colliders may fill a shelf
_INSET_M = (0.5, 0.25, 0.1, 0.0)  # of the thing's smaller half extent that should be over the surface around its middle
_FAR_M = 0.25  # beyond which a thing is not moved sideways to its support


@dataclass
class Shift:
    """What was done to one thing: the shift (3,) m, the tilt that was removed, and why."""

    moved_m: Array = field(default_factory=lambda: np.zeros(3))
    tilt_rad: float = 0.0
    reasons: list[str] = field(default_factory=list)


def upright(thing: Thing) -> tuple[Thing, float]:
    """Return the thing turned by its tilt, and that, rad; unchanged where it has no flat base or tilts by 15° or more.

    The side of its box that looks nearly down is its base, so that what lies is levelled too. What leans on purpose
    (a broom, a ladder) is only turned by up to 3°.
    """
    rotation = matrix_from_quat_wxyz(thing.pose.quat_wxyz)
    row = rotation[2]
    axis = int(np.argmax(np.abs(row)))
    down = np.zeros(3)
    down[axis] = -np.sign(row[axis])
    tilt = float(np.arccos(np.clip(abs(row[axis]), -1, 1)))
    limit = _LEAN_RAD if may_lean(thing.category) else _TILT_RAD
    if tilt < 1e-6 or tilt >= limit or not _has_flat_base(thing, axis, down):
        return thing, 0.0
    now = rotation @ down
    turn_axis = np.cross(now, (0.0, 0.0, -1.0))
    return thing.turned(quat_wxyz_from_axis_angle(turn_axis, tilt)), tilt


def on_supports(
    things: Mapping[str, Thing], supports: Mapping[str, Support], shifts: dict[str, Shift]
) -> dict[str, Thing]:
    """Return the things on their supports; `shifts` is added to. Those without a support stay.

    Parents are moved first and take what they carry along sideways. A thing whose middle is beyond the edge of its
    surface is brought over it, by 25 cm at most. Then it rises or sinks until it touches.
    """
    placed = dict(things)
    for name in _parents_first(supports):
        support, thing = supports[name], placed[name]
        shift = shifts.setdefault(name, Shift())
        if support.parent is None:
            placed[name] = _moved(thing, np.array([0, 0, -float(thing.low[2])]), "to the floor", shift)
            continue
        base, before = placed[support.parent], things[support.parent]
        carried = np.append((base.middle - before.middle)[:2], 0.0)
        thing = _moved(thing, carried, f"with {support.parent}", shift)
        expected = support.level_m + float(base.low[2] - before.low[2])
        thing = _moved(thing, _sideways(thing, base, expected), f"over {support.parent}", shift)
        placed[name] = _moved(thing, _down(thing, base, expected), f"onto {support.parent}", shift)
    return placed


def _parents_first(supports: Mapping[str, Support]) -> Iterator[str]:
    done: set[str] = set()
    waiting = sorted(supports)
    while waiting:
        ready = [name for name in waiting if (p := supports[name].parent) is None or p in done or p not in supports]
        yield from ready
        done |= set(ready)
        waiting = [name for name in waiting if name not in done]


def _moved(thing: Thing, by: Array, why: str, shift: Shift) -> Thing:
    if not by.any():
        return thing
    shift.moved_m = shift.moved_m + by
    if np.linalg.norm(by) > 0.001:
        shift.reasons.append(f"{np.linalg.norm(by) * 1000:.0f} mm {why}")
    return thing.moved(by)


def _has_flat_base(thing: Thing, axis: int, down: Array) -> bool:
    """Whether the points near its lowest, in its own frame, span a fifth of the area of its box."""
    points = thing.seen.reshape(-1, 3)
    depth = points @ down
    height = float(np.ptp(depth))
    base = points[depth >= depth.max() - max(_BASE_M, _BASE_SHARE * height)]
    across = [i for i in range(3) if i != axis]
    box = float(np.prod(np.ptp(points[:, across], axis=0)))
    if box < 1e-8 or len(base) < 3:
        return False
    return float(shapely.MultiPoint(base[:, across]).convex_hull.area) >= _FLAT_SHARE * box


def _down(thing: Thing, base: Thing, expected: float) -> Array:
    """The vertical shift to the surface nearest to the expected height: of what is solid, else of what is seen."""
    for solid in (True, False):
        levels = levels_under(base, underside(thing, solid=solid), solid=solid)
        near = min(levels, key=lambda level: _strangeness(level, expected), default=None)
        if near is not None and abs(near.z - expected) < _SAME_M:
            return np.array([0.0, 0.0, near.shift])
    return np.array([0.0, 0.0, expected - float(thing.low[2])])


def _strangeness(level: Level, expected: float) -> float:
    return abs(level.z - expected) - 0.02 * level.overlap


def _sideways(thing: Thing, base: Thing, expected: float) -> Array:
    """The shift (3,) that brings the thing's middle over the surface, with as much of its base as there is room for."""
    triangles = base.solid_world
    cross = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    up = cross[:, 2] > 0.9 * np.linalg.norm(cross, axis=1)
    level = up & (np.abs(triangles[:, :, 2].mean(axis=1) - expected) < _LEVEL_M)
    if not level.any():
        return np.zeros(3)
    surface = shapely.union_all(shapely.polygons(triangles[level][:, :, :2]))
    middle = shapely.Point(thing.middle[:2])
    half = float(thing.size[:2].min()) / 2
    for share in _INSET_M:
        inner = surface.buffer(-share * half - 0.002)
        if not inner.is_empty:
            break
    else:
        return np.zeros(3)
    if inner.contains(middle) or inner.distance(middle) > _FAR_M:
        return np.zeros(3)
    near = shapely.get_coordinates(shapely.shortest_line(inner, middle))[0]
    return np.append(near - thing.middle[:2], 0.0)
