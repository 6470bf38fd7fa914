"""Thumbnails of assets: each alone on a light ground, seen from its front right."""

from collections.abc import Iterator, Sequence

import mujoco
import numpy as np

from blueprint.assets.geometry import Asset, TriangleMesh
from blueprint.contracts.asset import SurfaceMaterial
from blueprint.sim.framing import corners_of, frame_points
from blueprint.sim.renderer import COLLIDER_GROUP, open_renderer
from blueprint.sim.scene_views import png_bytes
from blueprint.sim.world import VISUAL_GROUP, add_background

__all__ = ["asset_thumbnails"]

_THUMBNAIL_PX = 256
_GROUND = "ground"


def asset_thumbnails(assets: Sequence[Asset], renderer: str = "auto", size_px: int = _THUMBNAIL_PX) -> Iterator[bytes]:
    """Yield a square PNG of every asset with its joints closed, in their order; none depends on the others.

    All of them are one model, each scaled to a size of one metre and shown alone: a renderer for each would take three
    times as long.
    """
    spec = _common_spec()
    for number, asset in enumerate(assets):
        _add_asset(spec, f"{number}/", asset)
    model = spec.compile()
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    names = [model.geom(geom).name for geom in range(model.ngeom)]
    with open_renderer(model, renderer, size_px, size_px) as drawing:
        for number, asset in enumerate(assets):
            shown = [geom for geom, name in enumerate(names) if name.startswith(f"{number}/")]
            visible = [*shown, names.index(_GROUND)] if asset.model.sim_role != "scene_shell" else shown
            model.geom_group[:] = COLLIDER_GROUP
            model.geom_group[visible] = VISUAL_GROUP
            camera = frame_points(corners_of(model, data, shown), 125.0, -25.0, float(model.vis.global_.fovy), 1.0)
            yield png_bytes(drawing.render(data, camera))


def _common_spec() -> mujoco.MjSpec:
    spec = mujoco.MjSpec()
    add_background(spec)
    spec.stat.center, spec.stat.extent = [0.0, 0.0, 0.5], 1.6  # less, and the ground shadows itself
    spec.worldbody.add_light(
        type=mujoco.mjtLightType.mjLIGHT_DIRECTIONAL,
        dir=[-0.5, 0.6, -1.0],
        pos=[1.0, -1.0, 2.0],
        diffuse=[0.6] * 3,
        ambient=[0.25] * 3,
        specular=[0.2] * 3,
        castshadow=True,
    )
    spec.worldbody.add_light(
        type=mujoco.mjtLightType.mjLIGHT_DIRECTIONAL, dir=[0.8, 0.3, -0.5], diffuse=[0.25] * 3, castshadow=False
    )
    spec.visual.headlight.diffuse = [0.15] * 3
    spec.visual.headlight.specular = [0.0] * 3
    spec.worldbody.add_geom(
        name=_GROUND, type=mujoco.mjtGeom.mjGEOM_PLANE, size=[40.0, 40.0, 0.01], rgba=[0.86, 0.86, 0.86, 1.0]
    )
    return spec


def _add_asset(spec: mujoco.MjSpec, prefix: str, asset: Asset) -> None:
    scale = 1.0 / max(asset.model.size_m)
    for name, texture in sorted(asset.textures.items()):
        image = spec.add_texture(name=f"{prefix}{name}_texture", type=mujoco.mjtTexture.mjTEXTURE_2D)
        image.height, image.width, image.nchannel = texture.shape
        image.data = np.ascontiguousarray(texture).tobytes()
    for material in asset.model.materials:
        _add_material(spec, prefix, material)
    for name, mesh in sorted(asset.meshes.items()):
        _add_mesh(spec, prefix + name, mesh, scale)
    poses = asset.model.poses_asset_link()
    visuals = [(poses[link.name], visual) for link in asset.model.links for visual in link.visuals]
    for number, (pose, visual) in enumerate(visuals):
        spec.worldbody.add_geom(
            name=f"{prefix}{number}",
            type=mujoco.mjtGeom.mjGEOM_MESH,
            meshname=prefix + visual.mesh,
            material=prefix + visual.material,
            pos=np.array(pose.position) * scale,
            quat=pose.quat_wxyz,
            group=VISUAL_GROUP,
            contype=0,
            conaffinity=0,
            mass=0.0,
        )


def _add_material(spec: mujoco.MjSpec, prefix: str, material: SurfaceMaterial) -> None:
    linear = np.array(material.base_color)
    # Base colours are linear, the classic renderer shows colours as they are: encode as sRGB (IEC 61966-2-1).
    srgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    shine = 1.0 - material.roughness
    added = spec.add_material(
        name=prefix + material.name,
        rgba=[*([1.0] * 3 if material.texture else srgb), material.opacity],
        specular=0.5 * shine,
        shininess=shine**2,
    )
    added.roughness, added.metallic = material.roughness, material.metallic
    if material.texture:
        added.textures[mujoco.mjtTextureRole.mjTEXROLE_RGB] = f"{prefix}{material.texture}_texture"


def _add_mesh(spec: mujoco.MjSpec, name: str, mesh: TriangleMesh, scale: float) -> None:
    added = spec.add_mesh(name=name)
    added.inertia = mujoco.mjtMeshInertia.mjMESH_INERTIA_SHELL
    added.uservert = (mesh.vertices * scale).astype(np.float32).reshape(-1)
    added.usernormal = mesh.normals.astype(np.float32).reshape(-1)
    added.usertexcoord = (mesh.uvs * (1, -1) + (0, 1)).astype(np.float32).reshape(-1)  # MuJoCo's origin is top left
    added.userface = mesh.faces.reshape(-1)
