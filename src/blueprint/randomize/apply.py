"""Applying a variation to a scene's MjSpec, before it is compiled."""

from pathlib import Path

import mujoco
import numpy as np

from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Vec3, quat_wxyz_from_yaw, rotate
from blueprint.contracts.scene import asset_dir
from blueprint.contracts.variation import LightSample, ObjectSample, Variation
from blueprint.mjcf.usd_loader import add_usd_object
from blueprint.usd.asset import interface_path

__all__ = ["apply_camera_offsets", "apply_variation"]

_KEY_LIGHT = "key"
_ROBOT_PREFIX = "robot/"


def apply_variation(spec: mujoco.MjSpec, scene_dir: Path, variation: Variation) -> None:
    """Edit a spec that was loaded from the scene's USD, with the names that the loader gives.

    Moves root bodies, scales friction, mass and inertia, tints surfaces, turns and dims the light `key`, shifts the
    scene's own cameras and adds the clutter. The robot's cameras are attached later: see `apply_camera_offsets`.
    Raises InputError where the spec has no such object, or one that should move is fixed.
    """
    for object_id, sample in variation.objects.items():
        _apply_object(spec, object_id, sample)
    for item in variation.clutter:
        folder = asset_dir(scene_dir, item.asset_id)
        add_usd_object(spec, interface_path(folder, item.asset_id), item.object_id, item.pose_world_object)
    _apply_light(spec, variation.light)
    apply_camera_offsets(spec, variation, prefix="")


def apply_camera_offsets(spec: mujoco.MjSpec, variation: Variation, *, prefix: str = _ROBOT_PREFIX) -> None:
    """Shift the cameras `{prefix}{name}` that the variation names and the spec has, in their body's frame.

    By default those that came with the robot: call it once, after the robot was attached.
    """
    for name, sample in variation.cameras.items():
        camera = spec.camera(prefix + name)
        if camera is not None:
            camera.pos = np.asarray(camera.pos) + sample.offset_m


def _apply_object(spec: mujoco.MjSpec, object_id: str, sample: ObjectSample) -> None:
    root = spec.body(object_id)
    if root is None:
        raise InputError(
            f"the variation changes {object_id!r}, which the scene does not have.", remedy="sample the variation again."
        )
    if sample.pose_world_object is not None:
        if not any(joint.type == mujoco.mjtJoint.mjJNT_FREE for joint in root.joints):
            raise InputError(
                f"the variation moves {object_id!r}, which is fixed.", remedy="sample the variation again."
            )
        root.pos, root.quat = sample.pose_world_object.position, sample.pose_world_object.quat_wxyz
    bodies = [root, *root.find_all("body")]
    geoms = list(root.find_all("geom"))
    for geom in geoms:
        if geom.contype or geom.conaffinity:
            geom.friction[0] *= sample.friction_factor
    if sample.mass_factor != 1.0:
        for body in bodies:
            _scale_inertia(body, sample.mass_factor)
    if sample.tint != (1.0, 1.0, 1.0):
        for geom in geoms:
            _tint(spec, geom, object_id, sample.tint)


def _scale_inertia(body: mujoco.MjsBody, factor: float) -> None:
    """Scale mass and inertia together, as if the thing were denser; an inferred inertia follows its geoms."""
    if body.explicitinertial:
        body.mass *= factor
        body.inertia = np.asarray(body.inertia) * factor
        body.fullinertia = np.asarray(body.fullinertia) * factor
        return
    for geom in body.geoms:
        if np.isfinite(geom.mass):
            geom.mass *= factor
        else:
            geom.density *= factor


def _tint(spec: mujoco.MjSpec, geom: mujoco.MjsGeom, object_id: str, tint: Vec3) -> None:
    """Colour a visual geom; its material is shared with other objects, so that it gets a copy of its own."""
    if geom.contype or geom.conaffinity:
        return
    if not geom.material:
        geom.rgba = _tinted(geom.rgba, tint)
        return
    name = f"{geom.material}__{object_id}"
    if spec.material(name) is None:
        original = spec.material(geom.material)
        copy = spec.add_material(name=name, rgba=_tinted(original.rgba, tint))
        for field in ("emission", "metallic", "reflectance", "roughness", "shininess", "specular"):
            setattr(copy, field, getattr(original, field))
        copy.texrepeat, copy.texuniform = original.texrepeat, original.texuniform
        for role, texture in enumerate(original.textures):
            copy.textures[role] = texture
    geom.material = name


def _tinted(rgba: np.ndarray, tint: Vec3) -> np.ndarray:
    return np.append(np.clip(np.asarray(rgba)[:3] * tint, 0.0, 1.0), rgba[3])


def _apply_light(spec: mujoco.MjSpec, sample: LightSample) -> None:
    """Dim the key light and turn it about the vertical through the world's origin."""
    light = spec.light(_KEY_LIGHT)
    if light is None or sample == LightSample():
        return
    light.diffuse = np.asarray(light.diffuse) * sample.intensity_factor
    light.specular = np.asarray(light.specular) * sample.intensity_factor
    turn = quat_wxyz_from_yaw(sample.azimuth_rad)
    light.dir, light.pos = rotate(turn, light.dir), rotate(turn, light.pos)
