"""Assets on disk: `metadata.json`, `source/meshes.npz`, `source/textures/*.png` and, for viewers, `asset.glb`."""

import io
import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from blueprint.assets.geometry import Asset, TriangleMesh
from blueprint.assets.glb import glb_bytes
from blueprint.assets.png import png_bytes
from blueprint.contracts.asset import AssetModel
from blueprint.contracts.document import write_atomically
from blueprint.contracts.errors import ContractError, InputError, UnsafePathError

__all__ = ["MAX_MESH_BYTES", "MAX_TEXTURE_PX", "glb_bytes", "load_asset", "save_asset"]

MAX_MESH_BYTES = 256 << 20  # of the unpacked arrays of one asset
MAX_TEXTURE_PX = 4096
_ARRAYS = {"vertices": ("<f4", 3), "normals": ("<f4", 3), "uvs": ("<f4", 2), "faces": ("<i4", 3)}


def save_asset(asset: Asset, folder: Path) -> None:
    """Write an asset into `folder` (its own); the same asset gives the same bytes. `metadata.json` is written last."""
    write_atomically(folder / "source" / "meshes.npz", _npz_bytes(asset.meshes))
    for name in sorted(asset.textures):
        write_atomically(folder / "source" / "textures" / f"{name}.png", png_bytes(asset.textures[name]))
    write_atomically(folder / "asset.glb", glb_bytes(asset))
    asset.model.write(folder / "metadata.json")


def load_asset(folder: Path) -> Asset:
    """Read an asset written by `save_asset`.

    Raises InputError where a file is missing, too large or damaged, ContractError where it does not fit the model,
    UnsafePathError where a file lies outside `folder` (a link).
    """
    model = AssetModel.read(_inside(folder, folder / "metadata.json"))
    mesh_names = sorted({visual.mesh for link in model.links for visual in link.visuals})
    meshes = _read_meshes(_inside(folder, folder / "source" / "meshes.npz"), mesh_names)
    texture_names = sorted({item.texture for item in model.materials if item.texture})
    textures = {
        name: _read_texture(_inside(folder, folder / "source" / "textures" / f"{name}.png")) for name in texture_names
    }
    return Asset(model, meshes, textures)


def _npz_bytes(meshes: dict[str, TriangleMesh]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(meshes):
            for kind, (dtype, _) in _ARRAYS.items():
                buffer = io.BytesIO()
                np.lib.format.write_array(buffer, np.ascontiguousarray(getattr(meshes[name], kind), dtype), (1, 0))
                entry = zipfile.ZipInfo(f"{name}.{kind}.npy", date_time=(1980, 1, 1, 0, 0, 0))
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, buffer.getvalue())
    return stream.getvalue()


def _read_meshes(path: Path, names: list[str]) -> dict[str, TriangleMesh]:
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > MAX_MESH_BYTES:
            raise InputError(
                f"{path} unpacks to {unpacked} bytes, more than {MAX_MESH_BYTES}.", remedy="decimate the meshes."
            )
        with np.load(path, allow_pickle=False) as data:
            return {name: _mesh(path, name, {kind: data[f"{name}.{kind}"] for kind in _ARRAYS}) for name in names}
    except KeyError as error:
        raise ContractError(f"{path} has no array {error.args[0]!r}.", remedy="regenerate the asset.") from error
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise InputError(f"cannot read {path}: {error}.", remedy="regenerate the asset.") from error


def _mesh(path: Path, name: str, arrays: dict[str, NDArray[np.generic]]) -> TriangleMesh:
    count = len(arrays["vertices"])
    for kind, (dtype, width) in _ARRAYS.items():
        shape = arrays[kind].shape
        rows = shape[0] if kind == "faces" and shape else count
        if shape != (rows, width) or arrays[kind].dtype != np.dtype(dtype):
            raise ContractError(
                f"{path}: {name}.{kind} is {arrays[kind].dtype} {shape}, expected {dtype} {(rows, width)}.",
                remedy="regenerate the asset.",
            )
        if not np.isfinite(arrays[kind]).all():
            raise ContractError(f"{path}: {name}.{kind} holds NaN or Inf.", remedy="regenerate the asset.")
    faces = arrays["faces"].astype(np.int32)
    if not len(faces) or faces.min() < 0 or faces.max() >= count:
        raise ContractError(f"{path}: {name}.faces point outside its {count} vertices.", remedy="regenerate the asset.")
    vertices, normals, uvs = (arrays[kind].astype(np.float64) for kind in ("vertices", "normals", "uvs"))
    return TriangleMesh(vertices, normals, uvs, faces)


def _read_texture(path: Path) -> NDArray[np.uint8]:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path, formats=("PNG",)) as image:
            if max(image.size) > MAX_TEXTURE_PX:
                raise InputError(
                    f"{path} is {image.size[0]} x {image.size[1]} pixels, more than {MAX_TEXTURE_PX} a side.",
                    remedy="scale the texture down.",
                )
            return np.asarray(image.convert("RGB"), np.uint8).copy()
    except (OSError, UnidentifiedImageError, SyntaxError, ValueError) as error:
        raise InputError(f"cannot read {path}: {error}.", remedy="regenerate the asset.") from error


def _inside(folder: Path, path: Path) -> Path:
    if not path.resolve().is_relative_to(folder.resolve()):
        raise UnsafePathError(f"{path} leads outside {folder}.", remedy="replace the link by the file.")
    return path
