"""Still pictures for reports: a scene from three sides, and a single asset."""

import io
from pathlib import Path

import mujoco
import numpy as np
from numpy.typing import NDArray

from blueprint.assets.geometry import Asset, TriangleMesh
from blueprint.contracts.asset import SurfaceMaterial
from blueprint.contracts.document import write_atomically
from blueprint.contracts.scene import load_scene
from blueprint.sim.framing import corners_of, frame_points, hide_blocking
from blueprint.sim.renderer import open_renderer
from blueprint.sim.world import VISUAL_GROUP, add_background, focus_shadows, stage_spec

__all__ = ["VIEWS", "asset_thumbnail", "render_scene_views"]

# name -> azimuth, elevation in degrees. Rooms have walls at the back (+Y) and on the left (-X): look from front right.
VIEWS = {"overview": (125.0, -28.0), "front": (90.0, -12.0), "top": (90.0, -89.0)}
_SCENE_SIZE_PX = (960, 640)
_THUMBNAIL_PX = 256
_STILL_SHADOW_PX = 4096  # a still may take 50 ms more for crisp shadows


def render_scene_views(scene_dir: Path, out: Path, *, renderer: str = "auto") -> list[Path]:
    """Write `overview.png`, `front.png` and `top.png` of `usd/scene.usda` to `out` and return their paths.

    The camera stands where everything but the architecture fills the picture; walls in its way are not drawn.
    Raises InputError where the scene has no stage, MissingDependencyError without a renderer.
    """
    scene = load_scene(scene_dir)
    spec = stage_spec(scene_dir)
    add_background(spec)
    model = spec.compile()
    fixed = frozenset(item.id for item in scene.objects if item.is_fixed)
    focus_shadows(model, fixed)
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    owners = [model.body(int(body)).name.split("/")[0] for body in model.geom_bodyid]
    walls = frozenset(geom for geom, owner in enumerate(owners) if owner in fixed)
    shown = [geom for geom in range(model.ngeom) if model.geom_group[geom] == VISUAL_GROUP and geom not in walls]
    points = corners_of(model, data, shown or sorted(walls))
    width, height = _SCENE_SIZE_PX
    written = []
    with open_renderer(model, renderer, width, height, shadow_px=_STILL_SHADOW_PX) as drawing:
        for name, (azimuth, elevation) in VIEWS.items():
            camera = frame_points(points, azimuth, elevation, float(model.vis.global_.fovy), width / height)
            hidden = hide_blocking(model, data, camera, walls)
            picture = drawing.render(data, camera)
            for geom, group in hidden:
                model.geom_group[geom] = group
            path = out / f"{name}.png"
            write_atomically(path, png_bytes(picture))
            written.append(path)
    return written


def asset_thumbnail(asset: Asset, renderer: str = "auto", size_px: int = _THUMBNAIL_PX) -> bytes:
    """Return a square PNG of an asset with its joints closed, on a light ground, seen from its front right."""
    spec = _asset_spec(asset)
    model = spec.compile()
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    shown = [geom for geom in range(model.ngeom) if model.geom_group[geom] == VISUAL_GROUP]
    camera = frame_points(corners_of(model, data, shown), 125.0, -25.0, float(model.vis.global_.fovy), 1.0)
    with open_renderer(model, renderer, size_px, size_px) as drawing:
        return png_bytes(drawing.render(data, camera))


def png_bytes(picture: NDArray[np.uint8]) -> bytes:
    """Return a picture (height, width, 3) as PNG without time stamps."""
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "PNG", optimize=False)
    return stream.getvalue()


def _asset_spec(asset: Asset) -> mujoco.MjSpec:
    spec = mujoco.MjSpec()
    add_background(spec)
    size = max(asset.model.size_m)
    spec.worldbody.add_light(
        type=mujoco.mjtLightType.mjLIGHT_DIRECTIONAL,
        dir=[-0.5, 0.6, -1.0],
        pos=[size, -size, 2 * size],
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
    if asset.model.sim_role != "scene_shell":  # a room brings its own floor
        ground = [40 * size, 40 * size, 0.01]
        spec.worldbody.add_geom(type=mujoco.mjtGeom.mjGEOM_PLANE, size=ground, rgba=[0.86, 0.86, 0.86, 1.0], group=1)
    for name, texture in sorted(asset.textures.items()):
        image = spec.add_texture(name=f"{name}_texture", type=mujoco.mjtTexture.mjTEXTURE_2D)
        image.height, image.width, image.nchannel = texture.shape
        image.data = np.ascontiguousarray(texture).tobytes()
    for material in asset.model.materials:
        _add_material(spec, material)
    for name, mesh in sorted(asset.meshes.items()):
        _add_mesh(spec, name, mesh)
    poses = asset.model.poses_asset_link()
    for link in asset.model.links:
        pose = poses[link.name]
        for visual in link.visuals:
            spec.worldbody.add_geom(
                type=mujoco.mjtGeom.mjGEOM_MESH,
                meshname=visual.mesh,
                material=visual.material,
                pos=pose.position,
                quat=pose.quat_wxyz,
                group=VISUAL_GROUP,
                contype=0,
                conaffinity=0,
                mass=0.0,
            )
    return spec


def _add_material(spec: mujoco.MjSpec, material: SurfaceMaterial) -> None:
    linear = np.array(material.base_color)
    # Base colours are linear, the classic renderer shows colours as they are: encode as sRGB (IEC 61966-2-1).
    srgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    shine = 1.0 - material.roughness
    added = spec.add_material(
        name=material.name,
        rgba=[*([1.0] * 3 if material.texture else srgb), material.opacity],
        specular=0.5 * shine,
        shininess=shine**2,
    )
    added.roughness, added.metallic = material.roughness, material.metallic
    if material.texture:
        added.textures[mujoco.mjtTextureRole.mjTEXROLE_RGB] = f"{material.texture}_texture"


def _add_mesh(spec: mujoco.MjSpec, name: str, mesh: TriangleMesh) -> None:
    added = spec.add_mesh(name=name)
    added.inertia = mujoco.mjtMeshInertia.mjMESH_INERTIA_SHELL
    added.uservert = mesh.vertices.astype(np.float32).reshape(-1)
    added.usernormal = mesh.normals.astype(np.float32).reshape(-1)
    added.usertexcoord = (mesh.uvs * (1, -1) + (0, 1)).astype(np.float32).reshape(-1)  # MuJoCo's origin is top left
    added.userface = mesh.faces.reshape(-1)
