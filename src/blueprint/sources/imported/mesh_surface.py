"""How a foreign mesh looks: its colour or texture and its PBR factors, as far as we keep them."""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from blueprint.assets.geometry import TriangleMesh
from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Vec3
from blueprint.sources.imported.files import read_bounded
from blueprint.sources.imported.image_check import MAX_IMAGE_PX

if TYPE_CHECKING:
    import trimesh

__all__ = ["Surface", "load_image", "painted", "surface_of", "vertex_colors"]

_MAX_IMAGE_BYTES = 128 << 20
_TEXTURE_PX = 1024  # larger images are scaled down: an imported room has a hundred of them
_ONE_COLOR = 4.0  # of 255: vertex colours that differ by less are one colour


@dataclass(frozen=True)
class Surface:
    """Linear RGB or a texture (H, W, 3) uint8 sRGB, and the PBR factors 0..1."""

    color: Vec3 = (0.6, 0.6, 0.6)
    roughness: float = 0.7
    metallic: float = 0.0
    opacity: float = 1.0
    texture: NDArray[np.uint8] | None = None


def load_image(path: Path) -> NDArray[np.uint8]:
    """Return an image file as (H, W, 3) uint8, at most 1024 pixels a side; raises InputError where it is damaged."""
    try:
        with Image.open(io.BytesIO(read_bounded(path, _MAX_IMAGE_BYTES)), formats=("PNG", "JPEG")) as image:
            return _pixels(image)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise InputError(f"cannot read image {path.name}: {error}.", remedy="replace it.") from error


def surface_of(shape: "trimesh.Trimesh") -> Surface:
    """Return the look of a mesh as trimesh holds it: of a texture without coordinates, and of vertex colours, the mean.

    glTF's colour factor multiplies the texture; of an OBJ the texture replaces the colour, which many writers leave 0.
    """
    from trimesh.visual.texture import TextureVisuals

    visual = shape.visual
    if not isinstance(visual, TextureVisuals):
        if visual is None or not visual.defined:
            return Surface()
        rgba = np.asarray(visual.main_color, float) / 255
        return Surface(color=_linear(rgba[:3]))
    material = visual.material
    if hasattr(material, "to_pbr"):
        material = material.to_pbr()
    factor = getattr(material, "baseColorFactor", None)
    rgba = np.asarray(factor if factor is not None else (153, 153, 153, 255), float)
    rgba = rgba / 255 if rgba.max(initial=0) > 1 else rgba
    image = getattr(material, "baseColorTexture", None)
    texture = None if image is None else _pixels(image)
    if texture is not None and material is visual.material:  # a material of glTF, not one that was made from an OBJ's
        texture = _tinted(texture, rgba[:3] if factor is not None else np.ones(3))
    color = _clipped(rgba[:3])
    if texture is not None and not _has_uvs(shape):
        color, texture = _linear(texture.reshape(-1, 3).mean(axis=0) / 255), None
    roughness, metallic = getattr(material, "roughnessFactor", None), getattr(material, "metallicFactor", None)
    return Surface(
        color=color,
        roughness=float(np.clip(0.7 if roughness is None else roughness, 0, 1)),
        metallic=float(np.clip(0.0 if metallic is None or image is not None else metallic, 0, 1)),
        opacity=float(np.clip(rgba[3] if len(rgba) > 3 else 1.0, 0.05, 1)),
        texture=texture,
    )


def vertex_colors(shape: "trimesh.Trimesh") -> NDArray[np.float64] | None:
    """Return the colours (V, 3) sRGB 0..255 of a mesh's vertices where it has no texture and they are not all alike.

    Colours of glTF are linear by its text; what reconstructions write there is sRGB, as in a PLY.
    """
    from trimesh.visual.texture import TextureVisuals

    visual = shape.visual
    if isinstance(visual, TextureVisuals):
        colors = visual.vertex_attributes.get("color") if _without_texture(visual) else None
    else:
        colors = visual.vertex_colors if visual is not None and visual.kind in ("vertex", "face") else None
    if colors is None or len(colors) != len(shape.vertices):
        return None
    values = np.asarray(colors)
    unit = 1.0 if values.dtype.kind == "f" else float(np.iinfo(values.dtype).max)
    rgb = np.clip(np.nan_to_num(values[:, :3].astype(float) / unit), 0, 1) * 255
    return rgb if float(np.ptp(rgb, axis=0).max(initial=0.0)) > _ONE_COLOR else None


def painted(mesh: TriangleMesh, colors: NDArray[np.float64]) -> tuple[TriangleMesh, NDArray[np.uint8]]:
    """Return the mesh with a texture (H, W, 3) uint8 that gives every triangle the mean of its corners' `colors`.

    Triangles get vertices of their own. Those of like colour lie side by side in the texture, so that what filters it
    or simplifies the mesh mixes little.
    """
    mean = colors[mesh.faces].mean(axis=1)
    order = np.lexsort((mean[:, 2], mean[:, 1], mean[:, 0], np.round(mean @ (0.3, 0.6, 0.1) / 8)))
    side = int(np.ceil(np.sqrt(len(mesh.faces))))
    texel = 2 if 2 * side <= _TEXTURE_PX else 1
    cells = np.zeros((side * side, 3), np.uint8)
    cells[: len(order)] = np.round(mean[order])
    cells[len(order) :] = cells[len(order) - 1]
    texture = cells.reshape(side, side, 3).repeat(texel, axis=0).repeat(texel, axis=1)
    place = np.empty(len(order), int)
    place[order] = np.arange(len(order))
    uv = np.column_stack([(place % side + 0.5) / side, 1.0 - (place // side + 0.5) / side])
    corners = mesh.faces.reshape(-1)
    faces = np.arange(len(corners), dtype=np.int32).reshape(-1, 3)
    return TriangleMesh(mesh.vertices[corners], mesh.normals[corners], uv.repeat(3, axis=0), faces), texture


def _without_texture(visual: object) -> bool:
    material = getattr(visual, "material", None)
    return getattr(material, "baseColorTexture", None) is None and getattr(material, "image", None) is None


def _tinted(texture: NDArray[np.uint8], factor: NDArray[np.float64]) -> NDArray[np.uint8]:
    """sRGB texels times a linear factor (glTF 2.0 §3.9.2)."""
    if np.allclose(factor, 1.0, atol=1 / 255):
        return texture
    levels = np.arange(256) / 255
    linear = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
    scaled = np.clip(linear[:, None] * factor, 0, 1)
    srgb = np.where(scaled <= 0.0031308, scaled * 12.92, 1.055 * scaled ** (1 / 2.4) - 0.055)
    table = np.round(srgb * 255).astype(np.uint8)
    return np.stack([table[texture[..., channel], channel] for channel in range(3)], axis=-1)


def _has_uvs(shape: "trimesh.Trimesh") -> bool:
    uvs = getattr(shape.visual, "uv", None)
    return uvs is not None and len(uvs) == len(shape.vertices)


def _pixels(image: Image.Image) -> NDArray[np.uint8]:
    if max(image.size) > MAX_IMAGE_PX:
        raise InputError(f"an image is {image.size} pixels, more than {MAX_IMAGE_PX} a side.", remedy="scale it down.")
    rgb = image.convert("RGB")
    if max(rgb.size) > _TEXTURE_PX:
        factor = _TEXTURE_PX / max(rgb.size)
        size = (max(1, round(rgb.size[0] * factor)), max(1, round(rgb.size[1] * factor)))
        rgb = rgb.resize(size, Image.Resampling.BOX)
    return np.asarray(rgb, np.uint8).copy()


def _linear(srgb: NDArray[np.float64]) -> Vec3:
    """sRGB 0..1 → linear (IEC 61966-2-1)."""
    values = np.where(srgb <= 0.04045, srgb / 12.92, ((np.clip(srgb, 0, 1) + 0.055) / 1.055) ** 2.4)
    return _clipped(values)


def _clipped(values: NDArray[np.float64]) -> Vec3:
    r, g, b = (round(float(value), 4) for value in np.clip(np.nan_to_num(values, nan=0.6), 0, 1))
    return r, g, b
