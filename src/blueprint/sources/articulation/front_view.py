"""How far a thing lies behind the front of its box, seen from -Y without perspective."""

from dataclasses import dataclass

import numpy as np
import trimesh
from numpy.typing import NDArray

from blueprint.assets import mesh
from blueprint.sources.imported.mesh_file import MeshPart

__all__ = ["FrontView", "difference", "front_view", "triangles_of"]

Array = NDArray[np.float64]
_COLUMNS, _ROWS = 72, 96
_DEEPEST_M = 0.06  # what lies deeper differs no more: the inside of an open front, whatever is in it
_PROUD_M = 0.012  # handles stand out of a front by more
_HANDLE_WEIGHT = 0.6


@dataclass(frozen=True)
class FrontView:
    """depth: (96, 72) m behind the front of the box, row 0 at the bottom, NaN where nothing is."""

    depth: Array

    @property
    def proud(self) -> NDArray[np.bool_]:
        """Where something stands out of the plane that most of the front lies in."""
        seen = np.isfinite(self.depth)
        if not seen.any():
            return seen
        plane = _most_common(self.depth[seen])
        return seen & (self.depth < plane - _PROUD_M)


def triangles_of(parts: list[MeshPart]) -> trimesh.Trimesh:
    """Return all triangles as one mesh."""
    merged = mesh.merge(part.mesh for part in parts)
    return trimesh.Trimesh(merged.vertices, merged.faces, process=False)


def front_view(shape: trimesh.Trimesh, low: Array, high: Array) -> FrontView:
    """Return what rays along +Y meet first, on a grid over the box of the thing."""
    x = low[0] + (np.arange(_COLUMNS) + 0.5) / _COLUMNS * (high[0] - low[0])
    z = low[2] + (np.arange(_ROWS) + 0.5) / _ROWS * (high[2] - low[2])
    zs, xs = np.meshgrid(z, x, indexing="ij")
    start_y = low[1] - 0.1 * max(high[1] - low[1], 0.01)
    origins = np.column_stack([xs.ravel(), np.full(xs.size, start_y), zs.ravel()])
    places, rays, _ = shape.ray.intersects_location(origins, np.tile([0.0, 1, 0], (len(origins), 1)), False)
    depth = np.full(len(origins), np.nan)
    depth[rays] = places[:, 1] - low[1]
    return FrontView(depth.reshape(_ROWS, _COLUMNS))


def difference(seen: FrontView, made: FrontView) -> float:
    """Return how unlike two fronts are: 0 for the same, about 1 for nothing in common.

    The mean difference of depth, up to 6 cm, as a share of 6 cm, and the share of the handles that do not overlap:
    those cover little of a front and say most about how it opens.
    """
    either = np.isfinite(seen.depth) | np.isfinite(made.depth)
    if not either.any():
        return 2.0
    gap = np.abs(np.nan_to_num(seen.depth, nan=1e3) - np.nan_to_num(made.depth, nan=1e3))
    unlike = float(np.minimum(gap[either], _DEEPEST_M).mean() / _DEEPEST_M)
    handles, others = _grown(seen.proud), _grown(made.proud)
    total = (handles | others).sum()
    overlap = (handles & others).sum() / total if total else 1.0
    return unlike + _HANDLE_WEIGHT * (1.0 - float(overlap))


def _most_common(depths: Array) -> float:
    """The depth of the plane that covers most: the fullest bin of 4 mm."""
    bins = np.round(depths / 0.004).astype(int)
    values, counts = np.unique(bins, return_counts=True)
    return float(values[np.argmax(counts)]) * 0.004


def _grown(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """A cell more on every side: a bar is narrower than a cell, and may lie between two."""
    from scipy.ndimage import binary_dilation

    return np.asarray(binary_dilation(mask, np.ones((3, 3), bool)), bool)
