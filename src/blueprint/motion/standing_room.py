"""Where a robot's pedestal can stand: the free floor of a scene that one gets to from a door."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from blueprint.contracts.frames import Pose
from blueprint.contracts.house import HousePlan, Opening, RoomShape, house_of
from blueprint.contracts.scene import Scene
from blueprint.physics.polygon import polygon_gap
from blueprint.randomize.footprint import Footprint, footprints

__all__ = ["ARM_RADIUS_M", "StandingRoom"]

Array = NDArray[np.float64]
Cells = NDArray[np.bool_]

CELL_M = 0.025
HEADROOM_M = 1.8  # what hangs higher than this leaves room for a pedestal with its arm
ARM_RADIUS_M = 0.07
LEAVES = ("interior_door",)  # one may walk through
DOORWAY_M = 0.6  # free floor this near to a doorway is where one comes in


class StandingRoom:
    """The floor of a scene for a square pedestal of `half_m` (half its width and a margin, m).

    Of a house's floor only the rooms count, and doorways between them. Of its parts that do not hang together the
    largest counts that a doorway leads to; where no doorway is known or none leads anywhere, the largest of all.
    """

    def __init__(self, scene: Scene, half_m: float) -> None:
        self._half_m = half_m
        self._house = house_of(scene.manifest)
        solid = [item for item in scene.objects if item.category not in LEAVES]
        prints = {
            item.id: footprints(scene.asset(item.id), scene.pose_world_object(item.id), swept=False) for item in solid
        }
        self._obstacles = [
            shape for name in prints for shape in prints[name] if shape.low < HEADROOM_M and shape.high > 0.005
        ]
        self._lows = np.array([shape.polygon.min(axis=0) for shape in self._obstacles]).reshape(-1, 2)
        self._highs = np.array([shape.polygon.max(axis=0) for shape in self._obstacles]).reshape(-1, 2)
        things = [item.id for item in solid if not item.is_architecture]
        sizes = np.array([scene.asset(name).size_m for name in things]).reshape(-1, 3)
        self._inverses = np.array([scene.pose_world_object(name).inverse().matrix() for name in things])
        self._centers = sizes * [0.0, 0.0, 0.5]
        self._halves = sizes / 2 + ARM_RADIUS_M
        self._low, self._high = _bounds(scene, self._obstacles)
        self._connected = self._connected_floor()

    def is_free(self, base: Pose) -> bool:
        """Whether the pedestal stands clear of everything, on the floor that one gets to."""
        x, y = base.position[:2]
        row, column = int((y - self._low[1]) / CELL_M), int((x - self._low[0]) / CELL_M)
        rows, columns = self._connected.shape
        if not (0 <= row < rows and 0 <= column < columns and self._connected[row, column]):
            return False
        half = self._half_m
        corners = np.array([[-half, -half, 0], [half, -half, 0], [half, half, 0], [-half, half, 0]])
        square = base.apply(corners)[:, :2]
        low, high = square.min(axis=0), square.max(axis=0)
        near = np.flatnonzero(np.all((self._lows <= high) & (self._highs >= low), axis=1))
        return all(polygon_gap(square, self._obstacles[k].polygon) > 0.0 for k in near)

    def is_clear(self, points_world: Array) -> bool:
        """Whether points (n, 3) are outside of all objects' boxes, grown by an arm's thickness."""
        if not len(self._inverses):
            return True
        points = np.asarray(points_world, float)
        local = np.einsum("bij,nj->bni", self._inverses[:, :3, :3], points) + self._inverses[:, None, :3, 3]
        return not bool(np.any(np.all(np.abs(local - self._centers[:, None]) < self._halves[:, None], axis=2)))

    def _connected_floor(self) -> Cells:
        columns, rows = (int(np.ceil(value)) for value in (self._high - self._low) / CELL_M)
        xs = self._low[0] + (np.arange(columns) + 0.5) * CELL_M
        ys = self._low[1] + (np.arange(rows) + 0.5) * CELL_M
        floor = np.zeros((rows + 2, columns + 2), bool)  # a rim of cells outside of the room
        floor[1:-1, 1:-1] = _rooms(self._house, xs, ys)
        for shape in self._obstacles:
            _block(floor[1:-1, 1:-1], xs, ys, shape.polygon)
        free = ndimage.distance_transform_edt(floor)[1:-1, 1:-1] * CELL_M >= self._half_m
        labels, count = ndimage.label(free)
        if count == 0:
            return free
        sizes = np.bincount(labels.ravel(), minlength=count + 1)
        sizes[0] = 0
        entered = [part for part in _entered(self._house, labels, xs, ys) if part]
        return np.asarray(labels == max(entered or range(1, count + 1), key=lambda part: (sizes[part], -part)))


def _rooms(house: HousePlan | None, xs: Array, ys: Array) -> Cells:
    """Cells (rows, columns) inside of a room or in the half of a wall beside it, where its doorways are."""
    inside = np.ones((len(ys), len(xs)), bool)
    if house is not None:
        inside[:] = False
        grown = house.wall_m / 2 + CELL_M
        for room in house.rooms:
            in_x = (xs >= room.x - grown) & (xs <= room.x + room.width + grown)
            in_y = (ys >= room.y - grown) & (ys <= room.y + room.depth + grown)
            inside |= in_y[:, None] & in_x[None, :]
    return inside


def _entered(house: HousePlan | None, labels: NDArray[np.int32], xs: Array, ys: Array) -> list[int]:
    """The parts of the floor (0: none) that doorways lead to, each once."""
    found: set[int] = set()
    for room in house.rooms if house else ():
        for hole in room.openings:
            if hole.kind != "window":
                x, y = _inner_side(room, hole)
                columns, rows = np.abs(xs - x) <= DOORWAY_M, np.abs(ys - y) <= DOORWAY_M
                found.update(int(part) for part in np.unique(labels[np.ix_(rows, columns)]))
    return sorted(found)


def _inner_side(room: RoomShape, hole: Opening) -> tuple[float, float]:
    """The middle of a doorway on the wall's inner face."""
    match hole.side:
        case "south":
            return room.x + hole.offset_m, room.y
        case "north":
            return room.x + hole.offset_m, room.y + room.depth
        case "west":
            return room.x, room.y + hole.offset_m
        case "east":
            return room.x + room.width, room.y + hole.offset_m


def _bounds(scene: Scene, obstacles: list[Footprint]) -> tuple[Array, Array]:
    """The room's inner faces, or everything and two metres around it where the scene has no room."""
    room = scene.manifest.scene.room
    if room is not None:
        center = np.array(room.origin[:2])
        half = np.array([room.bounds.width, room.bounds.depth]) / 2
        return center - half, center + half
    corners = np.concatenate([shape.polygon for shape in obstacles]) if obstacles else np.zeros((1, 2))
    return corners.min(axis=0) - 2.0, corners.max(axis=0) + 2.0


def _block(floor: Cells, xs: Array, ys: Array, polygon: Array) -> None:
    """Mark the cells whose centre is in a convex polygon (counter-clockwise)."""
    (x0, y0), (x1, y1) = polygon.min(axis=0), polygon.max(axis=0)
    columns = slice(int(np.searchsorted(xs, x0)), int(np.searchsorted(xs, x1, side="right")))
    rows = slice(int(np.searchsorted(ys, y0)), int(np.searchsorted(ys, y1, side="right")))
    if columns.start >= columns.stop or rows.start >= rows.stop or len(polygon) < 3:
        return
    x, y = xs[columns][None, :], ys[rows][:, None]
    inside = np.ones((rows.stop - rows.start, columns.stop - columns.start), bool)
    for (ax, ay), (bx, by) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        inside &= (bx - ax) * (y - ay) - (by - ay) * (x - ax) >= 0.0
    floor[rows, columns] &= ~inside
