"""The background of a work surface: everything of the scene that a task does not move, as one USD at `/World`.

The planner of Genie Sim avoids meshes outside of `/World/background`: furniture near the robot stands at `/World/<id>`,
architecture and what is far away below `/World/background`.
"""

import json
import shutil
from collections.abc import Collection
from pathlib import Path

import numpy as np
from pxr import Gf, Sdf, Usd, UsdGeom, UsdLux

from blueprint.assets.colors import color_of
from blueprint.assets.geometry import Asset
from blueprint.contracts.asset import SurfaceMaterial
from blueprint.contracts.document import write_atomically
from blueprint.contracts.frames import Pose, quat_wxyz_from_axis_angle
from blueprint.contracts.ids import slug
from blueprint.contracts.scene import Scene, asset_dir
from blueprint.contracts.scene_manifest import SceneObject
from blueprint.export.geniesim.work_surface import WorkSurface
from blueprint.usd.asset import is_static, link_path
from blueprint.usd.attributes import LOOKS, NOMINAL_DISTANT_INTENSITY, NOMINAL_DOME_INTENSITY, VISUALS, WORLD
from blueprint.usd.material import define_surface
from blueprint.usd.prims import define_scope, new_stage, place, write_text
from blueprint.usd.scene import fix_to_world

__all__ = ["DECOR", "background_file", "background_folder", "is_near", "write_background", "write_material_config"]

DECOR = "background"
NEAR_M = 2.0  # no arm comes further than this from the middle of its work
PALETTE = ("white", "beige", "oak", "walnut", "birch", "gray", "granite", "navy")
_KEY_TILT_RAD = 0.25


def background_folder(scene_id: str) -> str:
    """Return `background/<scene>/`, as templates name it."""
    return f"background/{slug(scene_id)}/"


def background_file(scene_id: str, surface: WorkSurface, suffix: str = "") -> str:
    return f"{background_folder(scene_id)}{surface.name}{suffix}.usda"


def write_background(
    scene: Scene, scene_dir: Path, surface: WorkSurface, root: Path, *, absent: Collection[str] = (), suffix: str = ""
) -> str:
    """Write the background of a surface below the asset root and return its path there; its assets are copied beside
    it. The surface's movable things and those `absent` are left out; `suffix` names a variant.

    Nothing in it falls or tips: bodies are disabled or mounted, doors and drawers keep their joints.
    """
    stage = new_stage(WORLD)
    world = stage.GetDefaultPrim()
    Usd.ModelAPI(world).SetKind("assembly")
    decor = UsdGeom.Xform.Define(stage, world.GetPath().AppendChild(DECOR)).GetPrim()
    Usd.ModelAPI(decor).SetKind("group")
    name = background_file(scene.scene_id, surface, suffix)
    path = root / name
    references = {}
    for item in scene.objects:
        if item.id in surface.objects or item.id in absent:
            continue
        prim = _define_object(stage, scene, item, surface)
        model = scene.asset(item.id)
        copy_asset_files(asset_dir(scene_dir, model.asset_id) / "sim", path.parent / "assets" / model.asset_id)
        references[str(prim.GetPath())] = f"./assets/{model.asset_id}/{model.asset_id}.usda"
    _define_lights(stage)
    define_scope(stage, f"/{WORLD}/{LOOKS}")
    for word in PALETTE:
        surface_material = SurfaceMaterial(name=word, base_color=_color(word), roughness=0.6)
        define_surface(stage, Sdf.Path(f"/{WORLD}/{LOOKS}/{word}"), surface_material, None)
    write_text(stage, path, references=references)
    return name


def _color(word: str) -> tuple[float, float, float]:
    red, green, blue = (round(float(value), 4) for value in color_of(word, word))
    return red, green, blue


def _define_object(stage: Usd.Stage, scene: Scene, item: SceneObject, surface: WorkSurface) -> Usd.Prim:
    model, pose = scene.asset(item.id), item.transform.pose()
    near = is_near(scene, item, surface)
    parent = Sdf.Path(f"/{WORLD}") if near else Sdf.Path(f"/{WORLD}/{DECOR}")
    prim = UsdGeom.Xform.Define(stage, parent.AppendChild(_prim_name(item.id))).GetPrim()
    place(prim, pose)
    if not is_static(model):
        fix_to_world(stage, prim, model, pose)
    if not near and not item.is_architecture and len(model.links) == 1:
        prim.SetInstanceable(True)  # the planner does not look into instances, nor need it here
    return prim


def _prim_name(object_id: str) -> str:
    """An object called like one of our scopes gets another name."""
    return f"{object_id}_object" if object_id in (DECOR, "Background", "Objects", LOOKS) else object_id


def is_near(scene: Scene, item: SceneObject, surface: WorkSurface) -> bool:
    """Whether an object other than architecture reaches within 2 m of the middle of the work."""
    local = np.abs(item.transform.pose().inverse().apply(surface.pose_world_origin.position)[:2])
    outside = np.maximum(local - np.array(scene.asset(item.id).size_m[:2]) / 2, 0.0)
    return not item.is_architecture and float(np.linalg.norm(outside)) < NEAR_M


def copy_asset_files(sim_dir: Path, target: Path) -> None:
    """Copy an asset's USD folder, thumbnails left out, unless it is there."""
    if target.exists():
        return
    for source in sorted(path for path in sim_dir.rglob("*") if path.is_file() and not path.is_symlink()):
        relative = source.relative_to(sim_dir)
        if not any(part.startswith(".") for part in relative.parts):
            (target / relative).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target / relative)


def _define_lights(stage: Usd.Stage) -> None:
    lights = f"/{WORLD}/{DECOR}/Lights"
    define_scope(stage, lights)
    key = UsdLux.DistantLight.Define(stage, f"{lights}/key")
    key.CreateIntensityAttr(NOMINAL_DISTANT_INTENSITY)
    key.CreateAngleAttr(1.0)
    place(key.GetPrim(), Pose.of((0, 0, 0), quat_wxyz_from_axis_angle((1, 1, 0), _KEY_TILT_RAD)))
    fill = UsdLux.DomeLight.Define(stage, f"{lights}/fill")
    fill.CreateIntensityAttr(NOMINAL_DOME_INTENSITY)
    fill.CreateColorAttr(Gf.Vec3f(0.95, 0.97, 1.0))


def write_material_config(
    scene: Scene, assets: dict[str, Asset], surfaces: list[WorkSurface], root: Path
) -> dict[str, list[dict[str, list[str]]]]:
    """Write `material_config.json`: at every reset the server draws another material for the support's top, the floor
    and the walls. Returns what was written, by background file."""
    config = {}
    for surface in surfaces:
        targets = [_visual_path(scene, assets, surface.support_id, surface, "top")]
        for item in scene.objects:
            if item.is_architecture:
                targets += [_visual_path(scene, assets, item.id, surface, side) for side in ("bottom", "walls")]
        paths = list(dict.fromkeys(path for path in targets if path))
        buffer = [f"/{WORLD}/{LOOKS}/{word}" for word in PALETTE]
        config[Path(background_file(scene.scene_id, surface)).name] = [
            {"prim_paths": [path], "material_buffer": buffer} for path in paths
        ]
    data = {name: {"random_materials": entries} for name, entries in config.items()}
    text = json.dumps(data, indent=2) + "\n"
    write_atomically(root / background_folder(scene.scene_id) / "material_config.json", text.encode())
    return config


def _visual_path(scene: Scene, assets: dict[str, Asset], object_id: str, surface: WorkSurface, side: str) -> str | None:
    """The mesh of an object's root link that is its top, its bottom or its walls: the widest there, or the tallest."""
    asset = assets[scene.object(object_id).asset.asset_id or ""]
    root = asset.model.links[0]
    boxes = {visual.mesh: asset.meshes[visual.mesh].vertices for visual in root.visuals}
    if not boxes:
        return None
    extent = {name: np.ptp(points, axis=0) for name, points in boxes.items()}
    height = max(float(points[:, 2].max()) for points in boxes.values())
    floor = min(float(points[:, 2].min()) for points in boxes.values())
    if side == "walls":
        chosen = max(boxes, key=lambda name: (float(extent[name][2]), name))
    else:
        level = height if side == "top" else floor
        index = 1 if side == "top" else 0
        ends = {name: (float(points[:, 2].min()), float(points[:, 2].max()))[index] for name, points in boxes.items()}
        there = [name for name in boxes if abs(ends[name] - level) < 0.01]
        chosen = max(there, key=lambda name: (float(extent[name][0] * extent[name][1]), name))
    item = scene.object(object_id)
    near = is_near(scene, item, surface)
    prim = f"/{WORLD}/{_prim_name(object_id)}" if near else f"/{WORLD}/{DECOR}/{_prim_name(object_id)}"
    inside = str(link_path(asset.model, root.name)).removeprefix(f"/{asset.model.asset_id}")
    return f"{prim}{inside}/{VISUALS}/{chosen}"
