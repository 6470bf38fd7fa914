"""Lays rooms together: slicing trees of the house's rectangle, chosen by how one walks, how rooms are shaped and lit.

A tree cuts a rectangle into strips along X or Y, each strip again, down to the rooms. Cuts follow the rooms' areas; in
the best plans a linear program then moves them so that rooms of stated size and the longest furniture of the others
fit, at the least deviation.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from blueprint.sources.rooms.program import RoomNeed
from blueprint.sources.rooms.room_sizes import HALLS, RoomSize

__all__ = ["tile_rooms"]

Rect = tuple[float, float, float, float]  # x, y, width, depth
Tree = str | tuple[str, tuple["Tree", ...]]
_TREES = 240
_REFINED = 10
_ASPECTS, _ASPECTS_OF_TWO = (1.0, 1.5), (1.2, 2.4)  # long side over short side of the house
_DOOR_WALL_M = 1.15
_GRID_M = 0.05
_HALL_WIDTH_M = 1.3
_HALL_SIDE_M = (1.15, 2.2)
# What it costs to walk through a room to get to another.
_THROUGH = {"living_room": 0.15, "dining_room": 0.4, "dining": 0.4, "kitchen": 0.7, "reception": 0.1, "lobby": 0.0,
            "waiting_room": 0.2, "shop": 0.2, "classroom": 1.5, "office": 1.5, "studio": 0.5}  # fmt: skip
_THROUGH_PRIVATE = 4.0
_ENTRANCES = (*HALLS, "living_room", "reception", "waiting_room", "shop", "store", "cafe", "restaurant", "gym",
              "warehouse", "showroom", "office", "kitchen")  # fmt: skip


@dataclass(frozen=True)
class _Plan:
    rects: dict[str, Rect]
    ways: list[tuple[str, str]]
    cost: float


def tile_rooms(
    needs: Sequence[RoomNeed], sizes: Mapping[str, RoomSize], rng: np.random.Generator, wall_m: float
) -> tuple[dict[str, Rect], list[tuple[str, str]], str]:
    """Return the inner rectangles by room id (centred on the origin, shared walls `wall_m` thick), the ways (parent,
    child) that need doors, from the entrance on, and the entrance room.

    The ways reach every room. Where no slicing plan lets every room be reached, rooms stand in two rows along a hall.
    """
    entrance = _entrance(needs)
    plans: list[tuple[_Plan, Tree]] = []
    names = [need.room_id for need in needs]
    trees = {repr(tree): tree for tree in _trees(names, needs, entrance, sizes, rng)}
    aspects = _ASPECTS_OF_TWO if len(needs) == 2 else _ASPECTS
    stated = any(size.stated for size in sizes.values())
    for tree in trees.values():
        rects = _by_area(tree, sizes, needs, rng.uniform(*aspects), wall_m)
        plan = _judged(rects, needs, sizes, entrance, wall_m)
        plans.append((plan, tree))
    plans.sort(key=lambda item: item[0].cost)
    refined = []
    for plan, tree in plans[: _REFINED * (2 if stated else 1)]:
        moved = _by_program(tree, plan.rects, needs, sizes, entrance, wall_m)
        if moved is not None:
            refined.append((_judged(moved, needs, sizes, entrance, wall_m), tree))
    plans = sorted(refined if stated else [*plans, *refined], key=lambda item: item[0].cost)
    if plans and len(plans[0][0].ways) >= len(needs) - 1:
        best = plans[0][0]
    else:
        best = _judged(_two_rows(needs, sizes, entrance, wall_m), needs, sizes, entrance, wall_m)
    return _centered(best.rects), best.ways, entrance


def _entrance(needs: Sequence[RoomNeed]) -> str:
    for kind in _ENTRANCES:
        for need in needs:
            if need.room_type == kind:
                return need.room_id
    return needs[0].room_id


def _trees(
    names: list[str], needs: Sequence[RoomNeed], hub: str, sizes: Mapping[str, RoomSize], rng: np.random.Generator
) -> list[Tree]:
    """Random slicing trees; half of them, in a house of four rooms or more, have the hub as a band between two rows."""
    found: list[Tree] = []
    others = [name for name in names if name != hub]
    is_hall = next(need.room_type for need in needs if need.room_id == hub) in HALLS
    for k in range(_TREES):
        if len(others) >= 3 and (k % 2 or (is_hall and k % 8)):
            found.append(_spine(others, hub, sizes, rng))
        else:
            order = [names[i] for i in rng.permutation(len(names))]
            found.append(_random_tree(order, rng))
    return found


def _random_tree(names: list[str], rng: np.random.Generator) -> Tree:
    if len(names) == 1:
        return names[0]
    cut = int(rng.integers(1, len(names)))
    axis = "xy"[int(rng.integers(2))]
    return axis, (_random_tree(names[:cut], rng), _random_tree(names[cut:], rng))


def _spine(others: list[str], hub: str, sizes: Mapping[str, RoomSize], rng: np.random.Generator) -> Tree:
    order = [others[i] for i in rng.permutation(len(others))]
    rows: list[list[str]] = [[], []]
    loads = [0.0, 0.0]
    for name in order:
        row = int(loads[1] < loads[0])
        rows[row].append(name)
        loads[row] += sizes[name].area
    along, across = ("x", "y") if rng.random() < 0.6 else ("y", "x")

    def line(row: list[str]) -> Tree:
        return row[0] if len(row) == 1 else (along, tuple(row))

    parts = [line(row) for row in rows if row]
    middle: tuple[Tree, ...] = (parts[0], hub, *parts[1:]) if len(parts) == 2 else (parts[0], hub)
    return across, middle


def _area(name: str, sizes: Mapping[str, RoomSize], wall_m: float) -> float:
    size = sizes[name]
    return (size.width + wall_m) * (size.depth + wall_m)


def _by_area(
    tree: Tree, sizes: Mapping[str, RoomSize], needs: Sequence[RoomNeed], aspect: float, wall_m: float
) -> dict[str, Rect]:
    """Cuts in proportion to areas, on a 5 cm grid; a hall's area follows from its width and the house's length."""
    areas = {need.room_id: _area(need.room_id, sizes, wall_m) for need in needs}
    total = sum(areas.values())
    for need in needs:
        if need.room_type in HALLS and not sizes[need.room_id].stated:
            rest = total - areas[need.room_id]
            areas[need.room_id] = max(
                areas[need.room_id], (_HALL_WIDTH_M + wall_m) * float(np.sqrt(rest * max(aspect, 1.2)))
            )
    total = sum(areas.values())
    # Rooms side by side make a wide house, halls and rows run along its long side.
    spine = not isinstance(tree, str) and any(child in areas and _is_hall(child, needs) for child in tree[1])
    wide = not isinstance(tree, str) and (tree[0] == "y") == spine
    width = float(np.sqrt(total * aspect)) if wide else float(np.sqrt(total / aspect))
    cells: dict[str, Rect] = {}

    def weigh(node: Tree) -> float:
        return areas[node] if isinstance(node, str) else sum(weigh(child) for child in node[1])

    def cut(node: Tree, x0: float, y0: float, x1: float, y1: float) -> None:
        if isinstance(node, str):
            cells[node] = (x0, y0, x1, y1)
            return
        axis, children = node
        low, high = (x0, x1) if axis == "x" else (y0, y1)
        shares = np.cumsum([weigh(child) for child in children])
        ends = [low, *(_snap(low + (high - low) * float(share / shares[-1])) for share in shares[:-1]), high]
        for child, a, b in zip(children, ends[:-1], ends[1:], strict=True):
            if axis == "x":
                cut(child, a, y0, b, y1)
            else:
                cut(child, x0, a, x1, b)

    cut(tree, 0.0, 0.0, _snap(width), _snap(total / width))
    return {name: _inner(cells[name], wall_m) for name in sorted(cells)}


def _is_hall(name: Tree, needs: Sequence[RoomNeed]) -> bool:
    return any(need.room_id == name and need.room_type in HALLS for need in needs)


def _snap(value: float) -> float:
    return round(round(value / _GRID_M) * _GRID_M, 4)


def _inner(cell: Rect, wall_m: float) -> Rect:
    x0, y0, x1, y1 = cell
    half = wall_m / 2
    return round(x0 + half, 4), round(y0 + half, 4), round(x1 - x0 - wall_m, 4), round(y1 - y0 - wall_m, 4)


def _by_program(
    tree: Tree,
    start: Mapping[str, Rect],
    needs: Sequence[RoomNeed],
    sizes: Mapping[str, RoomSize],
    hub: str,
    wall_m: float,
) -> dict[str, Rect] | None:
    """Move the cuts of a tree so that stated rooms fit, then give these their exact size, pushed towards the hub."""
    names = [need.room_id for need in needs]
    spans: dict[str, list[list[int]]] = {}
    count = 4  # variables: outer x0, y0, x1, y1, then one per cut
    order: list[tuple[int, int]] = []

    def number(node: Tree, x0: int, y0: int, x1: int, y1: int) -> None:
        nonlocal count
        if isinstance(node, str):
            spans[node] = [[x0, x1], [y0, y1]]
            return
        axis, children = node
        ends = [x0 if axis == "x" else y0]
        for _ in children[:-1]:
            ends.append(count)
            count += 1
        ends.append(x1 if axis == "x" else y1)
        for child, a, b in zip(children, ends[:-1], ends[1:], strict=True):
            order.append((a, b))
            if axis == "x":
                number(child, a, y0, b, y1)
            else:
                number(child, x0, a, x1, b)

    number(tree, 0, 1, 2, 3)
    total = count + 2 * len(names)  # one deviation per room and axis
    price = np.zeros(total)
    rows, bounds = [], []
    for index, name in enumerate(names):
        size = sizes[name]
        hall = next(need.room_type for need in needs if need.room_id == name) in HALLS
        for axis in range(2):
            low, high = spans[name][axis]
            wished = (size.width, size.depth)[axis] if size.stated else start[name][2 + axis]
            least = wished if size.stated else _HALL_SIDE_M[0] if hall else size.min_side_m
            if not size.stated and not hall and wished >= start[name][3 - axis]:
                least = max(least, size.min_long_m)
            deviation = count + 2 * index + axis
            price[deviation] = 4.0 if size.stated else 1.0
            span = np.zeros(total)
            span[high], span[low] = 1.0, -1.0
            rows.append(-span)
            bounds.append(-(least + wall_m))
            for sign in (1.0, -1.0):
                row = sign * span
                row[deviation] = -1.0
                rows.append(row)
                bounds.append(sign * (wished + wall_m))
    from scipy.optimize import linprog

    fixed = [(0.0, 0.0), (0.0, 0.0)] + [(0.0, None)] * (total - 2)
    result = linprog(price, A_ub=np.array(rows), b_ub=np.array(bounds), bounds=fixed, method="highs-ds")
    if result.status != 0:
        return None
    lines = np.round(result.x[:count], 2)
    cells = {name: (lines[x[0]], lines[y[0]], lines[x[1]], lines[y[1]]) for name, (x, y) in spans.items()}
    hx, hy = ((cells[hub][axis] + cells[hub][axis + 2]) / 2 for axis in range(2))
    rects: dict[str, Rect] = {}
    for name in names:
        x, y, width, depth = _inner(tuple(float(v) for v in cells[name]), wall_m)  # type: ignore[arg-type]
        if sizes[name].stated:
            size = sizes[name]
            x = x if x + width / 2 > hx else round(x + width - size.width, 4)
            y = y if y + depth / 2 > hy else round(y + depth - size.depth, 4)
            width, depth = size.width, size.depth
        rects[name] = (x, y, width, depth)
    return rects


def _two_rows(needs: Sequence[RoomNeed], sizes: Mapping[str, RoomSize], hub: str, wall_m: float) -> dict[str, Rect]:
    """Every room at its wished size, in two rows along the hub, which is stretched to their length."""
    others = sorted((need.room_id for need in needs if need.room_id != hub), key=lambda n: (-sizes[n].width, n))
    ends = [0.0, 0.0]
    depth = sizes[hub].depth
    rects: dict[str, Rect] = {}
    for name in others:
        row = int(ends[1] < ends[0])
        size = sizes[name]
        y = depth + wall_m if row == 0 else -wall_m - size.depth
        rects[name] = (round(ends[row], 4), round(y, 4), size.width, size.depth)
        ends[row] += size.width + wall_m
    width = sizes[hub].width if sizes[hub].stated else max(sizes[hub].width, max(ends) - wall_m)
    rects[hub] = (0.0, 0.0, round(width, 4), depth)
    return rects


def _judged(
    rects: dict[str, Rect], needs: Sequence[RoomNeed], sizes: Mapping[str, RoomSize], entrance: str, wall_m: float
) -> _Plan:
    kinds = {need.room_id: need.room_type for need in needs}
    shared = {(a, b): _shared(rects[a], rects[b], wall_m) for a in rects for b in rects if a != b}
    ways, walked = _ways(rects, shared, kinds, entrance)
    cost = 30.0 * (len(rects) - 1 - len(ways)) + walked
    for need in needs:
        _, _, width, depth = rects[need.room_id]
        short, long = min(width, depth), max(width, depth)
        if need.room_type in HALLS and not sizes[need.room_id].stated:
            cost += 8.0 * max(0.0, _HALL_SIDE_M[0] - short) + 3.0 * max(0.0, short - _HALL_SIDE_M[1])
        elif short <= 0.1:
            cost += 100.0
        else:
            cost += 2.0 * max(0.0, long / short - 1.5) + 8.0 * max(0.0, sizes[need.room_id].min_side_m - short)
            cost += 8.0 * max(0.0, sizes[need.room_id].min_long_m - long)
        if need.windows and _outer(need.room_id, rects, wall_m) < 1.0:
            cost += 3.0
        for other in need.next_to:
            if other in rects and shared[need.room_id, other] < _DOOR_WALL_M:
                cost += 12.0
    if _outer(entrance, rects, wall_m) < 1.1:
        cost += 20.0
    extra = [
        (need.room_id, other)
        for need in needs
        for other in need.next_to
        if other in rects and shared[need.room_id, other] >= _DOOR_WALL_M
    ]
    for a, b in extra:
        if (a, b) not in ways and (b, a) not in ways:
            ways.append((a, b))
    return _Plan(rects, ways, cost)


def _ways(
    rects: Mapping[str, Rect], shared: Mapping[tuple[str, str], float], kinds: Mapping[str, str], entrance: str
) -> tuple[list[tuple[str, str]], float]:
    """Dijkstra from the entrance; walking through a bedroom costs more than through a hall."""
    best: dict[str, tuple[float, str | None]] = {entrance: (0.0, None)}
    done: list[str] = []
    while len(done) < len(best):
        name = min((key for key in best if key not in done), key=lambda key: (best[key][0], key))
        done.append(name)
        kind = kinds[name]
        through = 0.0 if kind in HALLS else _THROUGH.get(kind, _THROUGH_PRIVATE)
        for other in rects:
            if other in done or shared.get((name, other), 0.0) < _DOOR_WALL_M:
                continue
            price = best[name][0] + through + 0.1
            if other not in best or price < best[other][0] - 1e-9:
                best[other] = (price, name)
    ways = [(parent, name) for name in done if (parent := best[name][1]) is not None]
    return ways, sum(price for price, _ in best.values())


def _shared(a: Rect, b: Rect, wall_m: float) -> float:
    for axis in range(2):
        gap = max(a[axis] - (b[axis] + b[axis + 2]), b[axis] - (a[axis] + a[axis + 2]))
        if abs(gap - wall_m) < 1e-6:
            other = 1 - axis
            return min(a[other] + a[other + 2], b[other] + b[other + 2]) - max(a[other], b[other])
    return 0.0


def _outer(name: str, rects: Mapping[str, Rect], wall_m: float) -> float:
    """Length of the longest side of a room, less what other rooms share of it."""
    x, y, width, depth = rects[name]
    lengths = {"n": width, "s": width, "w": depth, "e": depth}
    for other, rect in rects.items():
        if other == name:
            continue
        for side, gap, axis in (
            ("n", rect[1] - y - depth, 0), ("s", y - rect[1] - rect[3], 0),
            ("e", rect[0] - x - width, 1), ("w", x - rect[0] - rect[2], 1),
        ):  # fmt: skip
            if -1e-6 <= gap < 0.8:
                start, size = (x, width) if axis == 0 else (y, depth)
                overlap = min(start + size, rect[axis] + rect[axis + 2]) - max(start, rect[axis])
                lengths[side] -= max(0.0, overlap)
    return max(lengths.values())


def _centered(rects: Mapping[str, Rect]) -> dict[str, Rect]:
    low = [min(rect[axis] for rect in rects.values()) for axis in range(2)]
    high = [max(rect[axis] + rect[axis + 2] for rect in rects.values()) for axis in range(2)]
    dx, dy = ((a + b) / 2 for a, b in zip(low, high, strict=True))
    return {name: (round(x - dx, 4), round(y - dy, 4), w, d) for name, (x, y, w, d) in rects.items()}
