"""The empty room as a reconstruction meshes it: the floor and the walls that are in view, bumpy, with colours."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from blueprint.sources.regen3d.synthesis.camera import Eye, Photo
from blueprint.sources.regen3d.synthesis.noise import FloorPlane, Noise
from blueprint.sources.regen3d.synthesis.room import TrueRoom

__all__ = ["Background", "background"]

Array = NDArray[np.float64]
_PITCH_M = 0.12
_WALL_SEEN_M = 3.5  # upwards: what is higher is outside of the picture anyhow
_MARGIN_PX = 40.0


@dataclass(frozen=True)
class Background:
    """Points (N, 3) in the world, triangles and sRGB colours (N, 3)."""

    points: Array
    faces: NDArray[np.int32]
    colors: NDArray[np.uint8]


def background(room: TrueRoom, photo: Photo, floor: FloorPlane, noise: Noise, rng: np.random.Generator) -> Background:
    """Return the surfaces of the room box that the camera looks at, as wavy as its depth is wrong."""
    low, high = room.low, np.minimum(room.high, (np.inf, np.inf, _WALL_SEEN_M))
    colors = _colors(photo)
    points, faces, tints = [], [], []
    count = 0
    for corner, first, second, normal in _rectangles(low, high):
        if (photo.eye.position - corner) @ normal <= 0:
            continue
        grid, cells = _grid(corner, first, second)
        grid = grid + _waves(grid, rng)[:, None] * normal * noise.depth * _distance(grid, photo.eye)[:, None]
        cells = cells[_in_view(grid, photo.eye)[cells].all(axis=1)]
        if not len(cells):
            continue
        points.append(grid)
        faces.append(cells + count)
        tints.append(np.tile(colors["floor" if normal[2] > 0.5 else "wall"], (len(grid), 1)))
        count += len(grid)
    cloud, cells = np.concatenate(points), np.concatenate(faces)
    used = np.unique(cells)
    place = np.zeros(len(cloud), np.int32)
    place[used] = np.arange(len(used))
    shift = (0.0, 0.0, floor.offset_m)  # 3D-RE-GEN slides it onto the fitted floor, and does not turn it
    return Background(cloud[used] + shift, place[cells].astype(np.int32), np.concatenate(tints)[used])


def _rectangles(low: Array, high: Array) -> list[tuple[Array, Array, Array, Array]]:
    """Corner, the two edges and the inner normal of the floor and the four walls."""
    x, y, z = np.diag(high - low)
    top = np.array([high[0], high[1], low[2]])
    sides = [(low, x, y, z), (low, x, z, y), (low, y, z, x), (top, -x, z, -y), (top, -y, z, -x)]
    return [(corner, first, second, normal / np.linalg.norm(normal)) for corner, first, second, normal in sides]


def _grid(corner: Array, first: Array, second: Array) -> tuple[Array, NDArray[np.int32]]:
    counts = [max(2, int(np.ceil(np.linalg.norm(edge) / _PITCH_M)) + 1) for edge in (first, second)]
    u, v = np.meshgrid(*(np.linspace(0, 1, count) for count in counts), indexing="ij")
    points = corner + u.reshape(-1, 1) * first + v.reshape(-1, 1) * second
    index = np.arange(len(points)).reshape(counts)
    a, b, c, d = (part.ravel() for part in (index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]))
    return points, np.concatenate([np.column_stack([a, b, c]), np.column_stack([a, c, d])]).astype(np.int32)


def _waves(points: Array, rng: np.random.Generator) -> Array:
    """A smooth random field (N,) of unit deviation, with waves of 0.4 to 2 m."""
    waves = 2 * np.pi * rng.standard_normal((8, 3)) / rng.uniform(0.7, 3.5, 8)[:, None]
    return np.asarray(np.sin(points @ waves.T + rng.uniform(0, 2 * np.pi, 8)).sum(axis=1) / 2.0)


def _distance(points: Array, eye: Eye) -> Array:
    return np.asarray(np.linalg.norm(points - eye.position, axis=1))


def _in_view(points: Array, eye: Eye) -> NDArray[np.bool_]:
    pixels = eye.project(points)
    with np.errstate(invalid="ignore"):
        return np.asarray(
            np.all((pixels > -_MARGIN_PX) & (pixels < np.add((eye.width_px, eye.height_px), _MARGIN_PX)), axis=1)
        )


def _colors(photo: Photo) -> dict[str, NDArray[np.uint8]]:
    """The mean colour of the floor and of the walls in the picture, grey where they are not seen."""
    picture, bare = photo.picture(), photo.owner < 0
    level = photo.normal[..., 2] > 0.7
    found = {}
    for name, chosen in (("floor", bare & level), ("wall", bare & ~level)):
        mean = picture[chosen].mean(axis=0) if chosen.any() else np.full(3, 160.0)
        found[name] = np.round(mean).astype(np.uint8)
    return found
