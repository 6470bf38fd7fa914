"""Materials: preview surfaces and their textures for visuals, friction for colliders."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mujoco
import numpy as np
from pxr import Usd, UsdGeom, UsdPhysics, UsdShade

from blueprint.contracts.errors import InputError, UnsafePathError
from blueprint.mjcf.source import SourceStage

__all__ = ["DEFAULT_FRICTION", "add_surface", "friction_of"]

DEFAULT_FRICTION = 0.6  # where a stage binds no physics material; recorded in the notes
_MAX_TEXTURE_BYTES = 64 << 20
_MAX_TEXTURE_SIDE = 8192


@dataclass(frozen=True)
class _Surface:
    rgba: tuple[float, float, float, float]
    roughness: float
    metallic: float
    texture: Path | None


def friction_of(source: SourceStage, prim: Usd.Prim) -> float:
    """Return the sliding friction coefficient of a collider.

    MuJoCo has one coefficient; the dynamic one is taken (never more grip than while sliding, and as Newton does). The
    material bound for purpose `physics` wins over the general one.
    """
    material = UsdShade.MaterialBindingAPI(prim).ComputeBoundMaterial("physics")[0]
    if not material or not material.GetPrim().HasAPI(UsdPhysics.MaterialAPI):
        source.note(f"colliders without a physics material slide with friction {DEFAULT_FRICTION}")
        return DEFAULT_FRICTION
    api = UsdPhysics.MaterialAPI(material.GetPrim())
    value = float(api.GetDynamicFrictionAttr().Get() or 0.0)
    if not api.GetDynamicFrictionAttr().HasAuthoredValue() and api.GetStaticFrictionAttr().HasAuthoredValue():
        value = float(api.GetStaticFrictionAttr().Get())
    if not np.isfinite(value) or value < 0:
        raise InputError(f"{material.GetPath()}: friction {value} is not usable.", remedy="correct the material.")
    return value


def add_surface(spec: mujoco.MjSpec, source: SourceStage, prim: Usd.Prim) -> str:
    """Return the name of the MuJoCo material that looks like what is bound to a visual, adding it where it is new."""
    surface = _bound_surface(source, prim)
    texture = _add_texture(spec, surface.texture) if surface.texture else ""
    key = f"{surface.rgba}|{surface.roughness:.6g}|{surface.metallic:.6g}|{texture}"
    name = f"material_{hashlib.sha256(key.encode()).hexdigest()[:12]}"
    if spec.material(name) is None:
        shine = 1.0 - surface.roughness
        material = spec.add_material(name=name, rgba=surface.rgba, specular=0.5 * shine, shininess=shine**2)
        material.roughness, material.metallic = surface.roughness, surface.metallic
        material.reflectance = 0.0
        if texture:
            material.textures[mujoco.mjtTextureRole.mjTEXROLE_RGB] = texture
    return name


def _bound_surface(source: SourceStage, prim: Usd.Prim) -> _Surface:
    material = UsdShade.MaterialBindingAPI(prim).ComputeBoundMaterial("full")[0]
    if not material:
        subsets = UsdGeom.Subset.GetAllGeomSubsets(UsdGeom.Imageable(prim))
        for subset in subsets:
            material = UsdShade.MaterialBindingAPI(subset.GetPrim()).ComputeBoundMaterial("full")[0]
            if material:
                source.note(f"{prim.GetPath()}: has several materials; drawn with the first")
                break
    if material:
        shader, _, _ = material.ComputeSurfaceSource()
        if shader and shader.GetShaderId() == "UsdPreviewSurface":
            return _preview(source, shader)
        source.note(f"{material.GetPath()}: is no UsdPreviewSurface; drawn in its display colour")
    color = UsdGeom.Gprim(prim).GetDisplayColorAttr().Get() if prim.IsA(UsdGeom.Gprim) else None
    rgb = tuple(float(value) for value in color[0]) if color else (0.7, 0.7, 0.7)
    return _Surface((*rgb, 1.0), 0.5, 0.0, None)  # type: ignore[arg-type]


def _preview(source: SourceStage, shader: UsdShade.Shader) -> _Surface:
    def value(name: str, default: Any) -> Any:
        attribute = shader.GetInput(name)
        found = attribute.Get() if attribute else None
        return default if found is None else found

    color = tuple(float(item) for item in value("diffuseColor", (0.18, 0.18, 0.18)))
    texture, diffuse = None, shader.GetInput("diffuseColor")
    if diffuse and diffuse.HasConnectedSource():
        upstream = UsdShade.Shader(diffuse.GetConnectedSources()[0][0].source.GetPrim())
        image = upstream.GetInput("file").Get() if upstream and upstream.GetInput("file") else None
        if image is not None and image.resolvedPath:
            texture = _contained(source, image.resolvedPath)
            color = (1.0, 1.0, 1.0)
    opacity = float(np.clip(value("opacity", 1.0), 0, 1))
    rgb = tuple(float(item) for item in np.clip(_srgb(np.array(color)), 0, 1))
    return _Surface((*rgb, opacity), float(value("roughness", 0.5)), float(value("metallic", 0.0)), texture)  # type: ignore[arg-type]


def _srgb(linear: np.ndarray) -> np.ndarray:
    """USD colours are linear, MuJoCo's classic renderer writes its colours to the picture as they are."""
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * np.maximum(linear, 0) ** (1 / 2.4) - 0.055)


def _contained(source: SourceStage, resolved: str) -> Path:
    path = Path(resolved).resolve()
    if not path.is_relative_to(source.root):
        raise UnsafePathError(f"texture {path.name} lies outside of the scene folder.", remedy="copy it inside.")
    return path


def _add_texture(spec: mujoco.MjSpec, path: Path) -> str:
    """Add an image as a 2-D texture named by its content, once; raises InputError for what is no usable image."""
    from PIL import Image, UnidentifiedImageError

    if path.stat().st_size > _MAX_TEXTURE_BYTES:
        raise InputError(f"texture {path.name} is larger than {_MAX_TEXTURE_BYTES} bytes.", remedy="shrink it.")
    data = path.read_bytes()
    name = f"texture_{hashlib.sha256(data).hexdigest()[:12]}"
    if spec.texture(name) is not None:
        return name
    try:
        with Image.open(path) as image:
            if max(image.size) > _MAX_TEXTURE_SIDE:
                raise InputError(
                    f"texture {path.name} is {image.size}; at most {_MAX_TEXTURE_SIDE} a side.", remedy="shrink it."
                )
            pixels = np.asarray(image.convert("RGB"))
    except (UnidentifiedImageError, OSError, SyntaxError) as error:
        raise InputError(f"texture {path.name} is not a readable image: {error}.", remedy="re-export it.") from error
    texture = spec.add_texture(name=name, type=mujoco.mjtTexture.mjTEXTURE_2D)
    texture.width, texture.height, texture.nchannel = pixels.shape[1], pixels.shape[0], 3
    texture.data = pixels.tobytes()
    return name
