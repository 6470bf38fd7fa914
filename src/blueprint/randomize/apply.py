"""Applying a variation to a scene's MjSpec, before it is compiled: things first, then the robot once it is there."""

from pathlib import Path

import mujoco
import numpy as np
from scipy.spatial.transform import Rotation

from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Pose, quat_multiply, quat_wxyz_from_matrix
from blueprint.contracts.scene import asset_dir
from blueprint.contracts.variation import CameraSample, ObjectSample, RobotSample, Variation
from blueprint.mjcf.usd_loader import add_usd_object
from blueprint.randomize.appearance import apply_environment, apply_light, pattern, tint
from blueprint.randomize.instances import instance_path
from blueprint.usd.asset import interface_path

__all__ = ["apply_camera_offsets", "apply_robot", "apply_variation", "sunk"]

_ROBOT_PREFIX = "robot/"


def apply_variation(spec: mujoco.MjSpec, scene_dir: Path, variation: Variation) -> None:
    """Edit a spec that was loaded from the scene's USD, with the names that the loader gives.

    Swaps instances, moves root bodies, scales friction, mass, inertia and joint friction, tints and patterns surfaces,
    changes lights and sky, shifts the scene's own cameras and adds the clutter. What concerns the robot comes later:
    see `apply_robot`, `sunk` and `apply_camera_offsets`. Raises InputError where the spec has no such object, or one
    that should move is fixed.
    """
    for object_id, sample in variation.objects.items():
        if sample.asset_id is not None:
            _swap(spec, scene_dir, object_id, sample.asset_id)
        _apply_object(spec, object_id, sample)
    for item in variation.clutter:
        folder = asset_dir(scene_dir, item.asset_id)
        add_usd_object(spec, interface_path(folder, item.asset_id), item.object_id, item.pose_world_object)
    apply_light(spec, variation.light)
    apply_environment(spec, variation.environment)
    apply_camera_offsets(spec, variation, prefix="")


def apply_camera_offsets(spec: mujoco.MjSpec, variation: Variation, *, prefix: str = _ROBOT_PREFIX) -> None:
    """Shift, turn and zoom the cameras `{prefix}{name}` that the variation names and the spec has.

    By default those that came with the robot: call it once, after the robot was attached.
    """
    for name, sample in variation.cameras.items():
        camera = spec.camera(prefix + name)
        if camera is not None:
            _apply_camera(camera, sample)


def apply_robot(spec: mujoco.MjSpec, sample: RobotSample) -> None:
    """Scale the gains of the attached robot's servos and delay their commands; call it once.

    A servo's gain and its two biases scale together, so that it still aims at its target. The delay is MuJoCo's own:
    commands wait in a buffer of one entry per physics step.
    """
    for actuator in spec.actuators:
        if not actuator.name.startswith(_ROBOT_PREFIX):
            continue
        if sample.gain_factor != 1.0:
            actuator.gainprm = np.asarray(actuator.gainprm) * sample.gain_factor
            actuator.biasprm = np.asarray(actuator.biasprm) * sample.gain_factor
        if sample.latency_s > 0:
            actuator.delay = sample.latency_s
            actuator.nsample = int(np.ceil(sample.latency_s / spec.option.timestep)) + 2


def sunk(pose_world_base: Pose, sample: RobotSample) -> Pose:
    """Return where the robot's base stands when its mount is lower by `sink_m`; never below the floor."""
    x, y, z = pose_world_base.position
    return Pose.of((x, y, max(0.0, z - sample.sink_m)), pose_world_base.quat_wxyz)


def _swap(spec: mujoco.MjSpec, scene_dir: Path, object_id: str, asset_id: str) -> None:
    """Put an instance in an object's place: its bottom centre where the other's was."""
    root = _root(spec, object_id)
    pose = Pose.of(root.pos, root.quat)
    spec.delete(root)
    add_usd_object(spec, instance_path(scene_dir, asset_id), object_id, pose)


def _root(spec: mujoco.MjSpec, object_id: str) -> mujoco.MjsBody:
    root = spec.body(object_id)
    if root is None:
        raise InputError(
            f"the variation changes {object_id!r}, which the scene does not have.", remedy="sample the variation again."
        )
    return root


def _apply_object(spec: mujoco.MjSpec, object_id: str, sample: ObjectSample) -> None:
    root = _root(spec, object_id)
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
    if sample.joint_friction_factor != 1.0:
        for joint in root.find_all("joint"):
            if joint.type != mujoco.mjtJoint.mjJNT_FREE:
                joint.frictionloss *= sample.joint_friction_factor
                joint.damping = np.asarray(joint.damping) * sample.joint_friction_factor
    for geom in geoms:
        if sample.tint != (1.0, 1.0, 1.0):
            tint(spec, geom, object_id, sample.tint)
        pattern(spec, geom, object_id, sample.pattern)


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


def _apply_camera(camera: mujoco.MjsCamera, sample: CameraSample) -> None:
    camera.pos = np.asarray(camera.pos) + sample.offset_m
    camera.fovy *= sample.fovy_factor
    if any(sample.rotation_rad):
        turn = quat_wxyz_from_matrix(Rotation.from_rotvec(sample.rotation_rad).as_matrix())
        camera.quat = quat_multiply(tuple(camera.quat), turn)
