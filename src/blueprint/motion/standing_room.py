"""Where a robot's pedestal can stand: the connected free floor of a scene, walls included."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from blueprint.contracts.frames import Pose
from blueprint.contracts.scene import Scene
from blueprint.physics.polygon import polygon_gap
from blueprint.randomize.footprint import Footprint, footprints

__all__ = ["ARM_RADIUS_M", "StandingRoom"]

Array = NDArray[np.float64]

CELL_M = 0.025
HEADROOM_M = 1.8  # what hangs higher than this leaves room for a pedestal with its arm
ARM_RADIUS_M = 0.07
LEAVES = ("interior_door",)  # one may walk through


@dataclass(frozen=True)
class _Box:
    inverse: Array
    center: Array
    half: Array


class StandingRoom:
    """The floor of a scene for a square pedestal of `half_m` (half its width and a margin, m)."""

    def __init__(self, scene: Scene, half_m: float) -> None:
        self._half_m = half_m
        solid = [item for item in scene.objects if item.category not in LEAVES]
        prints = {
            item.id: footprints(scene.asset(item.id), scene.pose_world_object(item.id), swept=False) for item in solid
        }
        self._obstacles = [
            shape for name in prints for shape in prints[name] if shape.low < HEADROOM_M and shape.high > 0.005
        ]
        self._boxes = [_box(scene, item.id) for item in solid if not item.is_architecture]
        self._low, self._high = _bounds(scene, self._obstacles)
        self._connected = self._connected_floor()

    def is_free(self, base: Pose) -> bool:
        """Whether the pedestal stands clear of everything, on the largest connected part of the free floor."""
        x, y = base.position[:2]
        row, column = int((y - self._low[1]) / CELL_M), int((x - self._low[0]) / CELL_M)
        rows, columns = self._connected.shape
        if not (0 <= row < rows and 0 <= column < columns and self._connected[row, column]):
            return False
        half = self._half_m
        corners = np.array([[-half, -half, 0], [half, -half, 0], [half, half, 0], [-half, half, 0]])
        square = base.apply(corners)[:, :2]
        near = [shape for shape in self._obstacles if _is_near(shape, x, y, 2 * half)]
        return all(polygon_gap(square, shape.polygon) > 0.0 for shape in near)

    def is_clear(self, points_world: Array) -> bool:
        """Whether points (n, 3) are outside of all objects' boxes, grown by an arm's thickness."""
        for box in self._boxes:
            local = points_world @ box.inverse[:3, :3].T + box.inverse[:3, 3]
            if np.any(np.all(np.abs(local - box.center) < box.half, axis=1)):
                return False
        return True

    def _connected_floor(self) -> NDArray[np.bool_]:
        columns, rows = (int(np.ceil(value)) for value in (self._high - self._low) / CELL_M)
        xs = self._low[0] + (np.arange(columns) + 0.5) * CELL_M
        ys = self._low[1] + (np.arange(rows) + 0.5) * CELL_M
        floor = np.ones((rows + 2, columns + 2), bool)
        floor[[0, -1]] = floor[:, [0, -1]] = False  # outside of the room
        inner = floor[1:-1, 1:-1]
        for shape in self._obstacles:
            _block(inner, xs, ys, shape.polygon)
        free = ndimage.distance_transform_edt(floor)[1:-1, 1:-1] * CELL_M >= self._half_m
        labels, count = ndimage.label(free)
        if count == 0:
            return free
        return np.asarray(labels == int(np.bincount(labels[free]).argmax()))


def _bounds(scene: Scene, obstacles: list[Footprint]) -> tuple[Array, Array]:
    """The room's inner faces, or everything and two metres around it where the scene has no room."""
    room = scene.manifest.scene.room
    if room is not None:
        center = np.array(room.origin[:2])
        half = np.array([room.bounds.width, room.bounds.depth]) / 2
        return center - half, center + half
    corners = np.concatenate([shape.polygon for shape in obstacles]) if obstacles else np.zeros((1, 2))
    return corners.min(axis=0) - 2.0, corners.max(axis=0) + 2.0


def _block(floor: NDArray[np.bool_], xs: Array, ys: Array, polygon: Array) -> None:
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


def _is_near(shape: Footprint, x: float, y: float, distance: float) -> bool:
    low, high = shape.polygon.min(axis=0) - distance, shape.polygon.max(axis=0) + distance
    return bool(low[0] <= x <= high[0] and low[1] <= y <= high[1])


def _box(scene: Scene, object_id: str) -> _Box:
    width, depth, height = scene.asset(object_id).size_m
    inverse = scene.pose_world_object(object_id).inverse().matrix()
    half = np.array([width, depth, height]) / 2 + ARM_RADIUS_M
    return _Box(inverse, np.array([0.0, 0.0, height / 2]), half)
