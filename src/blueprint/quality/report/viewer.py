"""The data of the 3-D view: the scene's meshes, quantised and embedded; drawn by `viewer.js.j2`."""

import base64
import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blueprint.assets.geometry import Asset
from blueprint.assets.library import load_asset
from blueprint.contracts.asset import SurfaceMaterial
from blueprint.contracts.errors import InputError
from blueprint.contracts.scene import asset_dir
from blueprint.quality.report.facts import RunFacts
from blueprint.quality.report.media import data_uri

__all__ = ["ViewerData", "viewer_data"]

MAX_TRIANGLES = 600_000
_TEXTURE_PX = 256


@dataclass(frozen=True)
class ViewerData:
    """`scene` is JSON for the script (objects, assets, materials), `blob` the arrays in base64.

    Not deflated: browsers inflate asynchronously, and the page would be printed or captured before it is drawn."""

    scene: dict[str, Any]
    blob: str
    omitted: list[str]


def viewer_data(facts: RunFacts) -> ViewerData | None:
    """Return the view of the manifest's objects with their joints closed; None without a scene.

    An asset that cannot be read, or that would exceed MAX_TRIANGLES drawn in all, is listed in `omitted`.
    """
    if facts.scene is None:
        return None
    writer = _Blob()
    assets: dict[str, Any] = {}
    omitted: list[str] = []
    triangles = 0
    for asset_id in sorted(facts.scene.assets):
        try:
            asset = load_asset(asset_dir(facts.scene_dir, asset_id))
        except InputError as error:
            omitted.append(str(error).replace(f"{facts.scene_dir}/", ""))
            continue
        uses = sum(item.asset.asset_id == asset_id for item in facts.scene.objects)
        count = sum(len(mesh.faces) for mesh in asset.meshes.values()) * uses
        if triangles + count > MAX_TRIANGLES:
            omitted.append(f"{asset_id}: {count} triangles are too many for this page")
            continue
        triangles += count
        assets[asset_id] = _asset(asset, writer)
    objects = [
        {
            "id": item.id,
            "asset": item.asset.asset_id,
            "category": item.category or "",
            "shell": item.sim_role == "scene_shell",
            "matrix": [round(value, 7) for value in item.transform.pose().matrix().T.ravel().tolist()],
        }
        for item in facts.scene.objects
        if item.asset.asset_id in assets
    ]
    if not objects:
        return None
    blob = base64.b64encode(writer.data()).decode()
    return ViewerData({"objects": objects, "assets": assets, "triangles": triangles}, blob, omitted)


class _Blob:
    """Collects arrays at offsets that are multiples of four, as typed arrays need them."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def add(self, array: NDArray) -> int:
        data = np.ascontiguousarray(array).tobytes()
        offset = self._size
        padded = data + b"\0" * (-len(data) % 4)
        self._parts.append(padded)
        self._size += len(padded)
        return offset

    def data(self) -> bytes:
        return b"".join(self._parts)


def _asset(asset: Asset, blob: _Blob) -> dict[str, Any]:
    """Merge the visuals of each material, all links at joint value 0, in the asset frame (Z up)."""
    poses = asset.model.poses_asset_link()
    parts: dict[str, list[tuple[NDArray, NDArray, NDArray, NDArray]]] = {}
    for link in asset.model.links:
        pose = poses[link.name]
        rotation = pose.matrix()[:3, :3]
        for visual in link.visuals:
            mesh = asset.meshes[visual.mesh]
            entry = (pose.apply(mesh.vertices), mesh.normals @ rotation.T, mesh.uvs, mesh.faces)
            parts.setdefault(visual.material, []).append(entry)
    materials = {item.name: item for item in asset.model.materials}
    return {
        "name": asset.model.name,
        "parts": [_part(parts[name], materials[name], asset, blob) for name in sorted(parts)],
    }


def _part(
    meshes: list[tuple[NDArray, NDArray, NDArray, NDArray]], material: SurfaceMaterial, asset: Asset, blob: _Blob
) -> dict[str, Any]:
    counts = np.cumsum([0] + [len(vertices) for vertices, _, _, _ in meshes])
    vertices, normals, uvs = (np.concatenate([entry[i] for entry in meshes]) for i in range(3))
    faces = np.concatenate([entry[3] + start for entry, start in zip(meshes, counts, strict=False)])
    low, size = vertices.min(0), np.maximum(np.ptp(vertices, axis=0), 1e-6)
    uv_low, uv_size = uvs.min(0), np.maximum(np.ptp(uvs, axis=0), 1e-6)
    packed_normals = np.zeros((len(normals), 4), np.int8)
    packed_normals[:, :3] = np.rint(np.clip(normals, -1, 1) * 127)
    packed_vertices = np.zeros((len(vertices), 4), np.uint16)
    packed_vertices[:, :3] = np.rint((vertices - low) / size * 65535)
    return {
        "vertices": len(vertices),
        "indices": int(faces.size),
        "p": blob.add(packed_vertices),
        "n": blob.add(packed_normals),
        "t": blob.add(np.rint((uvs - uv_low) / uv_size * 65535).astype(np.uint16)),
        "i": blob.add(faces.astype(np.uint16 if len(vertices) < 1 << 16 else np.uint32)),
        "low": _numbers(low),
        "size": _numbers(size),
        "uvLow": _numbers(uv_low),
        "uvSize": _numbers(uv_size),
        "color": [*material.base_color, material.opacity],
        "roughness": material.roughness,
        "metallic": material.metallic,
        "texture": _texture(asset.textures[material.texture]) if material.texture else None,
    }


def _texture(pixels: NDArray[np.uint8]) -> str:
    from PIL import Image

    image = Image.fromarray(pixels)
    image.thumbnail((_TEXTURE_PX, _TEXTURE_PX))
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=85)
    return data_uri(stream.getvalue(), ".jpg")


def _numbers(values: NDArray) -> list[float]:
    return [round(float(value), 7) for value in values]
