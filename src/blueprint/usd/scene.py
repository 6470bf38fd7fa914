"""The scene stage `usd/scene.usda`: references to the assets, physics scene, lights and a camera."""

from pathlib import Path

import numpy as np
from pxr import Gf, Sdf, Usd, UsdGeom, UsdLux, UsdPhysics

from blueprint.contracts.asset import AssetModel
from blueprint.contracts.errors import ContractError, InputError
from blueprint.contracts.frames import Pose, quat_wxyz_from_matrix
from blueprint.contracts.scene import Scene, asset_dir
from blueprint.contracts.scene_manifest import SceneObject
from blueprint.usd.asset import interface_path, is_static
from blueprint.usd.attributes import (
    ARCHITECTURE,
    CAMERAS,
    LIGHTS,
    NOMINAL_DISTANT_INTENSITY,
    NOMINAL_DOME_INTENSITY,
    OBJECTS,
    WORLD,
    WORLD_MOUNT,
)
from blueprint.usd.prims import define_scope, new_stage, place, quatf, write_text

__all__ = ["author_scene", "fix_to_world", "scene_stage_path"]

_KEY_DIRECTION = (-0.35, 0.5, -0.8)  # from the front right, above
_ROOM_KEY_DIRECTION = (-0.12, 0.18, -1.0)  # steep enough that walls all around leave the floor in the light
_HORIZONTAL_FOV_DEG = 60.0


def scene_stage_path(scene_dir: Path) -> Path:
    """Return where `author_scene` puts the stage."""
    return scene_dir / "usd" / "scene.usda"


def author_scene(scene: Scene, scene_dir: Path) -> Path:
    """Write `usd/scene.usda` and return its path; the scene folder alone is enough to open it.

    Objects refer to their assets by relative path; one-body objects are instanceable. Fixed objects stand under
    Architecture; their joints still move. Raises InputError where an asset's interface layer is missing, ContractError
    where a free object's asset is architecture or has no colliders.
    """
    stage = new_stage(WORLD)
    world = stage.GetDefaultPrim()
    Usd.ModelAPI(world).SetKind("assembly")
    _author_physics_scene(stage, scene)
    for group in (ARCHITECTURE, OBJECTS):
        Usd.ModelAPI(UsdGeom.Xform.Define(stage, world.GetPath().AppendChild(group)).GetPrim()).SetKind("group")
    references = dict(_author_object(stage, scene, scene_dir, item) for item in scene.objects)
    _author_lights(stage, scene)
    _author_camera(stage, scene)
    path = scene_stage_path(scene_dir)
    write_text(stage, path, references=references)
    return path


def _author_physics_scene(stage: Usd.Stage, scene: Scene) -> None:
    gravity = scene.manifest.scene.physics_defaults.gravity
    vector = np.array([gravity.x, gravity.y, gravity.z])
    magnitude = float(np.linalg.norm(vector))
    physics = UsdPhysics.Scene.Define(stage, f"/{WORLD}/PhysicsScene")
    direction = vector / magnitude if magnitude > 0 else np.array([0.0, 0.0, -1.0])
    physics.CreateGravityDirectionAttr(Gf.Vec3f(*direction.tolist()))
    physics.CreateGravityMagnitudeAttr(magnitude)


def _author_object(stage: Usd.Stage, scene: Scene, scene_dir: Path, item: SceneObject) -> tuple[str, str]:
    """Define the object's prim and return it with the asset file that it refers to."""
    model = scene.asset(item.id)
    layer = interface_path(asset_dir(scene_dir, model.asset_id), model.asset_id)
    if not layer.is_file():
        raise InputError(
            f"object {item.id}: {layer.name} has not been authored.", remedy="run stage usd from its start."
        )
    if is_static(model) and not item.is_fixed:
        raise ContractError(
            f"object {item.id} is free to move but its asset {model.asset_id} has sim_role {model.sim_role!r}"
            f"{'' if any(link.colliders for link in model.links) else ' and no colliders'}.",
            remedy="give the object a fixed sim_role or mounting, or the asset colliders and a movable role.",
        )
    group = ARCHITECTURE if item.is_fixed else OBJECTS
    prim = UsdGeom.Xform.Define(stage, f"/{WORLD}/{group}/{item.id}").GetPrim()
    place(prim, item.transform.pose())
    if item.is_fixed and not is_static(model):
        fix_to_world(stage, prim, model, item.transform.pose())
    if len(model.links) == 1:
        prim.SetInstanceable(True)
    return str(prim.GetPath()), f"../assets/{model.asset_id}/sim/{model.asset_id}.usda"


def fix_to_world(stage: Usd.Stage, prim: Usd.Prim, model: AssetModel, pose_world_object: Pose) -> None:
    """Override an asset that is made of rigid bodies: a single body is disabled, of several the root is mounted.

    UsdPhysics asks that the articulation root of a fixed base stands on its joint to the world or above it, not on the
    root body; so it moves up to the object.
    """
    if len(model.links) == 1:
        prim.CreateAttribute("physics:rigidBodyEnabled", Sdf.ValueTypeNames.Bool, False).Set(False)
        return
    root = model.links[0]
    body = stage.OverridePrim(prim.GetPath().AppendChild(root.name))
    if model.is_articulated:
        body.RemoveAPI(UsdPhysics.ArticulationRootAPI)
        UsdPhysics.ArticulationRootAPI.Apply(prim)
    pose = pose_world_object @ root.pose_parent_link
    joint = UsdPhysics.FixedJoint.Define(stage, prim.GetPath().AppendChild(WORLD_MOUNT))
    joint.CreateBody1Rel().SetTargets([body.GetPath()])
    joint.CreateLocalPos0Attr(Gf.Vec3f(*pose.position))
    joint.CreateLocalRot0Attr(quatf(pose.quat_wxyz))
    joint.CreateLocalPos1Attr(Gf.Vec3f(0, 0, 0))
    joint.CreateLocalRot1Attr(Gf.Quatf(1, 0, 0, 0))
    joint.CreateCollisionEnabledAttr(False)


def _author_lights(stage: Usd.Stage, scene: Scene) -> None:
    define_scope(stage, f"/{WORLD}/{LIGHTS}")
    walled = scene.manifest.metadata.get("house") is not None
    direction = _ROOM_KEY_DIRECTION if walled else _KEY_DIRECTION
    key = UsdLux.DistantLight.Define(stage, f"/{WORLD}/{LIGHTS}/key")
    key.CreateIntensityAttr(NOMINAL_DISTANT_INTENSITY)
    key.CreateAngleAttr(1.0)
    key.CreateColorAttr(Gf.Vec3f(1.0, 0.97, 0.92))
    place(key.GetPrim(), Pose.of((0, 0, 0), _quat_looking(np.array(direction))))
    fill = UsdLux.DomeLight.Define(stage, f"/{WORLD}/{LIGHTS}/fill")
    fill.CreateIntensityAttr(NOMINAL_DOME_INTENSITY)
    fill.CreateColorAttr(Gf.Vec3f(0.95, 0.97, 1.0))


def _author_camera(stage: Usd.Stage, scene: Scene) -> None:
    """A view from the front right of what is movable, far enough to see all of it."""
    placed = [item for item in scene.objects if not item.is_fixed] or list(scene.objects)
    centers = np.array([item.transform.pose().position for item in placed]) if placed else np.zeros((1, 3))
    sizes = np.array([scene.asset(item.id).size_m for item in placed]) if placed else np.ones((1, 3))
    low = (centers - sizes / 2 * (1, 1, 0)).min(axis=0)
    high = (centers + sizes * (0.5, 0.5, 1)).max(axis=0)
    target = (low + high) / 2
    reach = max(float(np.linalg.norm(high - low)) * 1.1, 0.5)
    direction = np.array([0.5, -0.75, 0.45])
    position = target + reach * direction / np.linalg.norm(direction)
    define_scope(stage, f"/{WORLD}/{CAMERAS}")
    camera = UsdGeom.Camera.Define(stage, f"/{WORLD}/{CAMERAS}/overview")
    aperture = 20.955
    camera.CreateHorizontalApertureAttr(aperture)
    camera.CreateVerticalApertureAttr(aperture * 3 / 4)
    camera.CreateFocalLengthAttr(aperture / 2 / float(np.tan(np.radians(_HORIZONTAL_FOV_DEG / 2))))
    camera.CreateClippingRangeAttr(Gf.Vec2f(0.01, 100.0))
    place(camera.GetPrim(), Pose.of(np.round(position, 4), np.round(_quat_looking(target - position), 6)))


def _quat_looking(direction: np.ndarray) -> np.ndarray:
    """Return the rotation w,x,y,z of a frame whose -Z looks along `direction` and whose Y is as high as it can be."""
    back = -direction / np.linalg.norm(direction)
    right = np.cross([0.0, 0.0, 1.0], back)
    right /= np.linalg.norm(right)
    return quat_wxyz_from_matrix(np.column_stack([right, np.cross(back, right), back]))
