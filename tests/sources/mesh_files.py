"""Small mesh files, whole and broken, byte by byte where a library would not write them."""

import base64
import io
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import trimesh
from PIL import Image

__all__ = ["box", "glb", "gltf_of", "png", "textured_box"]

CORNERS = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32)
FACES = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [0, 3, 2]], np.uint32)


def png(size: tuple[int, int] = (4, 4), color: tuple[int, int, int] = (200, 40, 40)) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", size, color).save(stream, "PNG")
    return stream.getvalue()


def box(size: tuple[float, float, float] = (0.2, 0.3, 0.4)) -> trimesh.Trimesh:
    return trimesh.creation.box(size)


def textured_box(
    size: tuple[float, float, float] = (0.2, 0.3, 0.4), color: tuple[int, int, int] = (200, 40, 40), pixels: int = 8
) -> trimesh.Trimesh:
    """A box, Y-up as glTF has it, with texture coordinates and an image."""
    shape = box(size)
    shape.unmerge_vertices()
    uv = np.tile([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]], (len(shape.faces), 1))
    image = Image.new("RGB", (pixels, pixels), color)
    material = trimesh.visual.material.PBRMaterial(baseColorTexture=image, roughnessFactor=0.4, metallicFactor=0.0)
    shape.visual = trimesh.visual.TextureVisuals(uv=uv, material=material)
    return shape


def gltf_of(change: dict[str, Any] | None = None, vertices: Any = CORNERS, faces: Any = FACES) -> dict[str, Any]:
    """A tetrahedron as a glTF document with its buffer in it; `change` replaces members of the document."""
    points, corners = np.asarray(vertices, "<f4").tobytes(), np.asarray(faces, "<u4").tobytes()
    document = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "type": "VEC3", "count": len(vertices)},
            {"bufferView": 1, "componentType": 5125, "type": "SCALAR", "count": np.size(faces)},
        ],
        "bufferViews": [
            {"buffer": 0, "byteOffset": 0, "byteLength": len(points)},
            {"buffer": 0, "byteOffset": len(points), "byteLength": len(corners)},
        ],
        "buffers": [{"byteLength": len(points + corners), "uri": data_uri(points + corners)}],
    }
    return document | (change or {})


def data_uri(data: bytes) -> str:
    return "data:application/octet-stream;base64," + base64.b64encode(data).decode()


def with_texture(uri: str, **image: Any) -> dict[str, Any]:
    """The members of a glTF that give its mesh a texture; the texture coordinates are the first two of positions."""
    document = gltf_of()
    document["meshes"][0]["primitives"][0]["material"] = 0
    document["meshes"][0]["primitives"][0]["attributes"]["TEXCOORD_0"] = 2
    document["accessors"].append({"bufferView": 2, "componentType": 5126, "type": "VEC2", "count": 4})
    document["bufferViews"].append({"buffer": 1, "byteLength": 32})
    document["buffers"].append({"byteLength": 32, "uri": data_uri(np.zeros((4, 2), "<f4").tobytes())})
    return document | {
        "materials": [{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}],
        "textures": [{"source": 0}],
        "images": [{"uri": uri, **image}],
    }


def glb(document: dict[str, Any], chunk: bytes = b"") -> bytes:
    """A GLB of a document whose buffers are in its URIs."""
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    body = struct.pack("<I4s", len(text), b"JSON") + text
    if chunk:
        chunk += b"\0" * (-len(chunk) % 4)
        body += struct.pack("<I4s", len(chunk), b"BIN\0") + chunk
    return struct.pack("<4sII", b"glTF", 2, 12 + len(body)) + body


def write(path: Path, data: bytes | str | dict[str, Any]) -> Path:
    if isinstance(data, dict):
        data = json.dumps(data)
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path
