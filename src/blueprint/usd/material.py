"""Materials: how a surface looks (UsdPreviewSurface) and how it rubs (PhysicsMaterialAPI)."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pxr import Gf, Sdf, Usd, UsdPhysics, UsdShade

from blueprint.assets.png import png_bytes
from blueprint.contracts.asset import SurfaceMaterial
from blueprint.contracts.document import write_atomically
from blueprint.physics.materials import physics_material
from blueprint.usd.semantics import label

__all__ = ["bind_physics", "bind_surface", "define_physics_material", "define_surface", "write_texture"]

_GREY = (0.5, 0.5, 0.5)


def define_surface(
    stage: Usd.Stage, path: Sdf.Path, surface: SurfaceMaterial, texture: str | None
) -> UsdShade.Material:
    """Define a preview surface; `texture` is the asset path of an sRGB image that replaces the base colour."""
    material, shader = _preview_surface(stage, path, surface.base_color, surface.roughness, surface.metallic)
    label(material.GetPrim(), "material", surface.name)
    if surface.opacity < 1:
        shader.CreateInput("opacity", Sdf.ValueTypeNames.Float).Set(surface.opacity)
    if texture is not None:
        reader = UsdShade.Shader.Define(stage, path.AppendChild("st_reader"))
        reader.CreateIdAttr("UsdPrimvarReader_float2")
        reader.CreateInput("varname", Sdf.ValueTypeNames.String).Set("st")
        image = UsdShade.Shader.Define(stage, path.AppendChild("base_color_texture"))
        image.CreateIdAttr("UsdUVTexture")
        image.CreateInput("file", Sdf.ValueTypeNames.Asset).Set(Sdf.AssetPath(texture))
        image.CreateInput("sourceColorSpace", Sdf.ValueTypeNames.Token).Set("sRGB")
        image.CreateInput("wrapS", Sdf.ValueTypeNames.Token).Set("repeat")
        image.CreateInput("wrapT", Sdf.ValueTypeNames.Token).Set("repeat")
        image.CreateInput("fallback", Sdf.ValueTypeNames.Float4).Set(Gf.Vec4f(*surface.base_color, 1.0))
        image.CreateInput("st", Sdf.ValueTypeNames.Float2).ConnectToSource(
            reader.CreateOutput("result", Sdf.ValueTypeNames.Float2)
        )
        shader.GetInput("diffuseColor").ConnectToSource(image.CreateOutput("rgb", Sdf.ValueTypeNames.Float3))
    return material


def define_physics_material(stage: Usd.Stage, path: Sdf.Path, name: str) -> UsdShade.Material:
    """Define the physics material `name` of `physics.materials.MATERIALS`; raises InputError for an unknown name.

    It also carries a grey preview surface (SimReady asks for a shader behind every bound material), and no density:
    masses are authored on the bodies.
    """
    entry = physics_material(name)
    material, _ = _preview_surface(stage, path, _GREY, 0.5, 0.0)
    api = UsdPhysics.MaterialAPI.Apply(material.GetPrim())
    api.CreateStaticFrictionAttr(entry.static_friction)
    api.CreateDynamicFrictionAttr(entry.dynamic_friction)
    api.CreateRestitutionAttr(entry.restitution)
    label(material.GetPrim(), "material", name)
    return material


def bind_surface(prim: Usd.Prim, material: UsdShade.Material) -> None:
    UsdShade.MaterialBindingAPI.Apply(prim).Bind(material)


def bind_physics(prim: Usd.Prim, material: UsdShade.Material) -> None:
    """Bind for every purpose and for `physics`: some importers read only the one or the other."""
    api = UsdShade.MaterialBindingAPI.Apply(prim)
    api.Bind(material)
    api.Bind(material, UsdShade.Tokens.weakerThanDescendants, "physics")


def write_texture(path: Path, image: NDArray[np.uint8]) -> None:
    """Write (H, W, 3) uint8 sRGB, row 0 on top, as PNG without any metadata."""
    write_atomically(path, png_bytes(image))


def _preview_surface(
    stage: Usd.Stage, path: Sdf.Path, color: tuple[float, float, float], roughness: float, metallic: float
) -> tuple[UsdShade.Material, UsdShade.Shader]:
    material = UsdShade.Material.Define(stage, path)
    shader = UsdShade.Shader.Define(stage, path.AppendChild("surface"))
    shader.CreateIdAttr("UsdPreviewSurface")
    shader.CreateInput("diffuseColor", Sdf.ValueTypeNames.Color3f).Set(Gf.Vec3f(*color))
    shader.CreateInput("roughness", Sdf.ValueTypeNames.Float).Set(roughness)
    shader.CreateInput("metallic", Sdf.ValueTypeNames.Float).Set(metallic)
    material.CreateSurfaceOutput().ConnectToSource(shader.ConnectableAPI(), "surface")
    return material, shader
