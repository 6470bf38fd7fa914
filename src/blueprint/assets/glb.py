"""An asset as one binary glTF 2.0 file for viewers."""

import json
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blueprint.assets.geometry import Asset, TriangleMesh
from blueprint.assets.png import png_bytes
from blueprint.contracts.asset import SurfaceMaterial

__all__ = ["glb_bytes"]

_FLOAT, _UINT = 5126, 5125
_VERTICES, _INDICES = 34962, 34963  # targets of buffer views
_UP = np.array([[1, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 0], [0, 0, 0, 1]], float)  # Z-up → glTF's Y-up


def glb_bytes(asset: Asset) -> bytes:
    """Return the asset, joints closed, as binary glTF (Y-up, metres, textures embedded); same asset, same bytes.

    A node per visual, named like its mesh; see the glTF 2.0 specification, sections 3 and 4.4 (GLB).
    """
    buffer = _Buffer()
    textures = sorted({item.texture for item in asset.model.materials if item.texture})
    images = [{"bufferView": buffer.add(png_bytes(asset.textures[name])), "mimeType": "image/png"} for name in textures]
    numbers = {item.name: number for number, item in enumerate(asset.model.materials)}
    poses = asset.model.poses_asset_link()
    nodes: list[dict[str, Any]] = []
    meshes: list[dict[str, Any]] = []
    for link in asset.model.links:
        matrix = (_UP @ poses[link.name].matrix()).T.ravel().tolist()
        for visual in link.visuals:
            primitive = _primitive(buffer, asset.meshes[visual.mesh]) | {"material": numbers[visual.material]}
            nodes.append({"name": visual.mesh, "mesh": len(meshes), "matrix": matrix})
            meshes.append({"name": visual.mesh, "primitives": [primitive]})
    document: dict[str, Any] = {
        "asset": {"version": "2.0", "generator": "blueprint"},
        "scene": 0,
        "scenes": [{"nodes": list(range(len(nodes)))}],
        "nodes": nodes,
        "meshes": meshes,
        "materials": [_material(item, textures) for item in asset.model.materials],
        "textures": [{"source": number} for number in range(len(textures))],
        "images": images,
        "accessors": buffer.accessors,
        "bufferViews": buffer.views,
        "buffers": [{"byteLength": len(buffer.data)}],
    }
    return _packed({name: value for name, value in document.items() if value != []}, bytes(buffer.data))


class _Buffer:
    """The one buffer of a file as it grows, with the views and accessors that describe it."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.views: list[dict[str, Any]] = []
        self.accessors: list[dict[str, Any]] = []

    def add(self, data: bytes, **facts: int) -> int:
        """Append bytes and return the number of their view."""
        self.views.append({"buffer": 0, "byteOffset": len(self.data), "byteLength": len(data)} | facts)
        self.data += data + bytes(-len(data) % 4)
        return len(self.views) - 1

    def add_array(self, values: NDArray[Any], target: int) -> int:
        """Append (N,) uint32 or (N, 2 or 3) float32 and return the number of its accessor."""
        rows = values.reshape(len(values), -1)
        self.accessors.append(
            {
                "bufferView": self.add(values.tobytes(), target=target),
                "componentType": _UINT if values.dtype == np.uint32 else _FLOAT,
                "count": len(values),
                "type": {1: "SCALAR", 2: "VEC2", 3: "VEC3"}[rows.shape[1]],
                "min": rows.min(axis=0).tolist(),
                "max": rows.max(axis=0).tolist(),
            }
        )
        return len(self.accessors) - 1


def _primitive(buffer: _Buffer, mesh: TriangleMesh) -> dict[str, Any]:
    uvs = np.column_stack([mesh.uvs[:, 0], 1.0 - mesh.uvs[:, 1]])  # glTF's origin is the upper left corner
    attributes = {"POSITION": mesh.vertices, "NORMAL": mesh.normals, "TEXCOORD_0": uvs}
    return {
        "attributes": {name: buffer.add_array(array.astype("<f4"), _VERTICES) for name, array in attributes.items()},
        "indices": buffer.add_array(mesh.faces.astype("<u4").ravel(), _INDICES),
    }


def _material(item: SurfaceMaterial, textures: list[str]) -> dict[str, Any]:
    color = (1.0, 1.0, 1.0) if item.texture else item.base_color
    surface: dict[str, Any] = {
        "baseColorFactor": [*color, item.opacity],
        "metallicFactor": item.metallic,
        "roughnessFactor": item.roughness,
    }
    if item.texture:
        surface["baseColorTexture"] = {"index": textures.index(item.texture)}
    blended = {"alphaMode": "BLEND"} if item.opacity < 1 else {}
    return {"name": item.name, "pbrMetallicRoughness": surface} | blended


def _packed(document: dict[str, Any], binary: bytes) -> bytes:
    text = json.dumps(document, separators=(",", ":"), allow_nan=False).encode()
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(binary), b"BIN\0") + binary
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks
