"""An asset with its mesh and image data, as the generators make it and the USD author reads it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.asset import AssetModel

__all__ = ["Asset", "TriangleMesh"]


@dataclass(frozen=True)
class TriangleMesh:
    """Triangles with per-vertex attributes, as in glTF: a vertex on a crease or a UV seam occurs once per side.

    vertices: (V, 3) float64, m, link frame · normals: (V, 3) float64, unit · uvs: (V, 2) float64, origin bottom left ·
    faces: (F, 3) int32, counter-clockwise seen from outside.
    """

    vertices: NDArray[np.float64]
    normals: NDArray[np.float64]
    uvs: NDArray[np.float64]
    faces: NDArray[np.int32]


@dataclass(frozen=True)
class Asset:
    """`meshes` and `textures` are keyed by the names in `model`; textures are (H, W, 3) uint8 sRGB, row 0 on top."""

    model: AssetModel
    meshes: dict[str, TriangleMesh]
    textures: dict[str, NDArray[np.uint8]]
