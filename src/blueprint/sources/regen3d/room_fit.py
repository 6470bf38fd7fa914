"""The rectangle of a room: walls found in the background mesh, and guessed where the photo did not see them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from blueprint.sources.imported.shell import RoomRectangle
from blueprint.sources.regen3d.room_fit_planes import Faces, ceiling_height, faces_of, floor_extent, wall_line
from blueprint.sources.regen3d.scale_measure import Triangles

__all__ = ["FittedRoom", "fit_room"]

Array = NDArray[np.float64]
_SIDES = (("west", 0, -1), ("east", 0, 1), ("south", 1, -1), ("north", 1, 1))
_MARGIN_M = 0.4  # between the outermost thing and a wall that nobody saw
_GAP_M = 0.002
_BEHIND_M = 0.5  # of a thing's middle beyond a wall that was seen: it is in another room
_ALONE_M = 3.0  # of empty space, and half of the extent of everything else: a thing beyond it is a mistake
_HEIGHTS_M = {"warehouse": 4.0}
_HEIGHT_M = 2.5
_HEAD_M = 0.1
_LOWEST_CEILING_M = 2.1
_LEAST_M = 1.0
_HANG_M = 0.6


@dataclass(frozen=True)
class FittedRoom:
    """The room, metres. `seen` names the walls (west, east, south, north), "floor" and "ceiling" that were found in the
    background; `guessed` says where the others come from; `pushed_m` by how far things pushed a wall out; `outside`
    names the things that cannot be in this room, and why."""

    room: RoomRectangle
    seen: tuple[str, ...] = ()
    guessed: dict[str, str] = field(default_factory=dict)
    pushed_m: dict[str, float] = field(default_factory=dict)
    outside: dict[str, str] = field(default_factory=dict)


def fit_room(
    background: Triangles | None,
    factor: float,
    standing: Mapping[str, Array],
    environment: str,
    hanging: Mapping[str, Array] | None = None,
    overhead: Mapping[str, Array] | None = None,
) -> FittedRoom:
    """Return the room that holds everything.

    `background` is in the reconstruction's unit and becomes metres by `factor`; `standing` and `hanging` are the
    corners (N, 3) of things in the world, m; what hangs on walls tells of walls that were not seen and pushes none,
    what hangs `overhead` tells of the ceiling. Walls are along x and y (the yaw is aligned), the floor is z = 0.
    """
    faces = faces_of(background.vertices * factor, background.faces) if background is not None else Faces.none()
    things = {**standing, **(hanging or {}), **(overhead or {})}
    middle = _middle(things, faces)
    lines = {
        name: found
        for name, axis, sign in _SIDES
        if (found := wall_line(faces, axis, sign, float(middle[axis]))) is not None
    }
    lines = _consistent(lines)
    outside = _outside(things, lines)
    inside = {name: points for name, points in standing.items() if name not in outside}
    hung = {name: points for name, points in (hanging or {}).items() if name not in outside}
    floor = floor_extent(faces)
    guessed: dict[str, str] = {}
    pushed: dict[str, float] = {}
    walls: dict[str, float] = {}
    for name, axis, sign in _SIDES:
        reach = _reach(inside, axis, sign)
        if name in lines:
            line = lines[name]
            if reach is not None and sign * (reach - line) > -_GAP_M:
                walls[name] = reach + sign * _GAP_M
                pushed[name] = round(abs(walls[name] - line), 4)
            else:
                walls[name] = line
            continue
        walls[name], guessed[name] = _guess(axis, sign, reach, hung, floor, float(middle[axis]))
    tallest = max((float(points[:, 2].max()) for points in {**inside, **hung}.values()), default=0.0)
    ceiling = ceiling_height(faces, (walls["east"] - walls["west"]) * (walls["north"] - walls["south"]))
    tops = [float(points[:, 2].max()) for name, points in (overhead or {}).items() if name not in outside]
    height = _height(ceiling, tallest, tops, faces, environment, guessed)
    room = RoomRectangle(
        room_id="room",
        room_type=environment,
        x=round(walls["west"], 4),
        y=round(walls["south"], 4),
        width=round(max(_LEAST_M, walls["east"] - walls["west"]), 4),
        depth=round(max(_LEAST_M, walls["north"] - walls["south"]), 4),
        height=round(height, 4),
    )
    seen = [*lines, *(["floor"] if floor is not None else []), *(["ceiling"] if ceiling is not None else [])]
    return FittedRoom(room, tuple(seen), guessed, pushed, outside)


def _middle(things: Mapping[str, Array], faces: Faces) -> Array:
    """The median of where things are, else the middle of the background."""
    if things:
        return np.median([points.mean(axis=0) for points in things.values()], axis=0)
    if len(faces.centers):
        return (faces.centers.min(axis=0) + faces.centers.max(axis=0)) / 2
    return np.zeros(3)


def _consistent(lines: dict[str, float]) -> dict[str, float]:
    """Opposite walls are at least a metre apart, else neither is a wall."""
    dropped = {
        name
        for low, high in (("west", "east"), ("south", "north"))
        if low in lines and high in lines and lines[high] - lines[low] < _LEAST_M
        for name in (low, high)
    }
    return {name: line for name, line in lines.items() if name not in dropped}


def _outside(things: Mapping[str, Array], lines: Mapping[str, float]) -> dict[str, str]:
    """Things behind a wall that was seen, or far from everything else."""
    found = {}
    for name in sorted(things):
        center = (things[name].min(axis=0) + things[name].max(axis=0)) / 2
        for side, axis, sign in _SIDES:
            beyond = sign * (center[axis] - lines[side]) if side in lines else 0.0
            if beyond > _BEHIND_M:
                found[name] = f"it lies {beyond:.2f} m behind the {side} wall"
    for axis in (0, 1):
        found |= _alone({name: points for name, points in things.items() if name not in found}, axis)
    return found


def _alone(things: Mapping[str, Array], axis: int) -> dict[str, str]:
    """The few things that an empty stretch separates from the many."""
    spans = sorted(
        (float(points[:, axis].min()), float(points[:, axis].max()), name) for name, points in things.items()
    )
    if len(spans) < 4:
        return {}
    few = max(1, len(spans) // 20)
    reach = spans[0][1]
    for i in range(1, len(spans)):
        gap = spans[i][0] - reach
        small, rest = (spans[:i], spans[i:]) if i <= len(spans) - i else (spans[i:], spans[:i])
        extent = max(high for _, high, _ in rest) - min(low for low, _, _ in rest)
        if gap > max(_ALONE_M, extent / 2) and len(small) <= few:
            return {name: f"it lies {gap:.1f} m away from everything else" for _, _, name in small}
        reach = max(reach, spans[i][1])
    return {}


def _reach(things: Mapping[str, Array], axis: int, sign: int) -> float | None:
    """The outermost coordinate of the things on a side."""
    if not things:
        return None
    return sign * max(float((sign * points[:, axis]).max()) for points in things.values())


def _guess(
    axis: int,
    sign: int,
    reach: float | None,
    hung: Mapping[str, Array],
    floor: tuple[Array, Array] | None,
    middle: float,
) -> tuple[float, str]:
    """Where a wall is that was not seen: behind what hangs there, else beyond the things and the floor."""
    inner = reach if reach is not None else middle + sign * _LEAST_M
    backs = [
        sign * float((sign * points[:, axis]).max())
        for points in hung.values()
        if np.ptp(points[:, axis]) < np.ptp(points[:, 1 - axis])
    ]
    backs = [back for back in backs if sign * (back - inner) > -_HANG_M and sign * (back - middle) > 0]
    if backs:
        return sign * max(sign * float(np.median(backs)), sign * inner + _GAP_M), "what hangs there"
    far = sign * inner + _MARGIN_M
    if floor is not None and sign * (floor[sign > 0][axis]) > far:
        return float(floor[sign > 0][axis]), "the extent of the floor"
    return sign * far, f"the outermost thing and {_MARGIN_M} m"


def _height(
    ceiling: float | None, tallest: float, tops: list[float], faces: Faces, environment: str, guessed: dict[str, str]
) -> float:
    if ceiling is not None and ceiling >= tallest:
        return ceiling
    if tops and float(np.median(tops)) > max(tallest, _LOWEST_CEILING_M):
        guessed["ceiling"] = "what hangs there"
        return float(np.median(tops))
    usual = _HEIGHTS_M.get(environment, _HEIGHT_M)
    guessed["ceiling"] = f"usual for this kind of room: {usual} m, over what is seen of walls and things"
    top = float(np.quantile(faces.centers[:, 2], 0.98)) if len(faces.centers) else 0.0
    return max(usual, top, tallest + _HEAD_M)
