"""The MuJoCo model of one run: a scene loaded from its USD, varied, with a robot in it, compiled once."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import mujoco
import numpy as np

from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Pose
from blueprint.contracts.hashing import sha256_file
from blueprint.contracts.scene import Scene
from blueprint.contracts.variation import Variation
from blueprint.randomize import apply_camera_offsets, apply_robot, apply_variation, scene_with_instances, sunk
from blueprint.robots import Embodiment, RobotIndex
from blueprint.sim.framing import corners_of

__all__ = [
    "PHYSICS_TIMESTEP_S",
    "STAGE",
    "World",
    "add_background",
    "build_world",
    "compile_world",
    "focus_shadows",
    "stage_spec",
]

PHYSICS_TIMESTEP_S = 0.002
STAGE = Path("usd", "scene.usda")
VISUAL_GROUP = 2
_SHADOW_MARGIN_M = 0.2


@dataclass(frozen=True)
class World:
    """A compiled model with the scene and the robot that it was made of."""

    model: mujoco.MjModel
    scene: Scene
    embodiment: Embodiment
    pose_world_base: Pose

    @cached_property
    def robot(self) -> RobotIndex:
        return self.embodiment.index(self.model)

    @cached_property
    def camera_names(self) -> tuple[str, ...]:
        """The robot's cameras, without prefix."""
        return tuple(self.embodiment.camera_names)

    @cached_property
    def gripper_bodies(self) -> frozenset[int]:
        """The hands of all arms with their fingers."""
        return self.robot.gripper_bodies


def build_world(
    scene: Scene,
    scene_dir: Path,
    embodiment: Embodiment,
    pose_world_base: Pose,
    variation: Variation | None = None,
) -> World:
    """Load `usd/scene.usda`, apply the variation, attach the robot and compile.

    Raises InputError where the stage is missing, does not compile, or the variation is of another scene.
    """
    if variation is not None and variation.scene_id != scene.scene_id:
        raise InputError(
            f"variation {variation.variation_id} is of scene {variation.scene_id}, not of {scene.scene_id}.",
            remedy="sample it again from this scene.",
        )
    spec = stage_spec(scene_dir)
    if variation is not None:
        apply_variation(spec, scene_dir, variation)
        scene = scene_with_instances(scene, scene_dir, variation)
    return compile_world(spec, scene, embodiment, pose_world_base, variation)


def compile_world(
    spec: mujoco.MjSpec,
    scene: Scene,
    embodiment: Embodiment,
    pose_world_base: Pose,
    variation: Variation | None = None,
) -> World:
    """Attach the robot to a scene's spec (changed in place) and compile; raises InputError if MuJoCo refuses it.

    Of the variation, which was applied to the scene before, what concerns the robot is left to do: the height of its
    mount, its servos and its cameras.
    """
    spec.option.timestep = PHYSICS_TIMESTEP_S
    if variation is not None and embodiment.base_height_m is None:  # others stand on the floor, not on a mount
        pose_world_base = sunk(pose_world_base, variation.robot)
    embodiment.attach(spec, pose_world_base)
    if variation is not None:
        apply_robot(spec, variation.robot)
        apply_camera_offsets(spec, variation)
    add_background(spec)
    try:
        model = spec.compile()
    except ValueError as error:
        raise InputError(
            f"scene {scene.scene_id} with robot {embodiment.name} does not compile: {error}.",
            remedy="run `blueprint validate` on the scene.",
        ) from error
    # Objects that lie still are not integrated until something touches them: measured up to 6 × faster, and replays
    # stay bit-identical because a reset wakes everything.
    model.opt.enableflags |= int(mujoco.mjtEnableBit.mjENBL_SLEEP)
    focus_shadows(model, frozenset(item.id for item in scene.objects if item.is_fixed))
    return World(model, scene, embodiment, pose_world_base)


def focus_shadows(model: mujoco.MjModel, fixed_objects: frozenset[str]) -> None:
    """Spend the shadow map on what stands in the room, not on the room: about five times finer shadows for free.

    A directional light's map covers a square of half side `shadowclip` × extent around the light's position, which
    has no other meaning for it (MuJoCo XML reference, visual/map).
    """
    data = mujoco.MjData(model)
    mujoco.mj_kinematics(model, data)
    owners = [model.body(int(body)).name.split("/")[0] for body in model.geom_bodyid]
    shown = [
        geom
        for geom, owner in enumerate(owners)
        if model.geom_group[geom] == VISUAL_GROUP and model.geom_bodyid[geom] and owner not in fixed_objects
    ]
    points = corners_of(model, data, shown)
    if not len(points):
        return
    centre = (points.min(axis=0) + points.max(axis=0)) / 2
    radius = float(np.linalg.norm(points - centre, axis=1).max()) + _SHADOW_MARGIN_M
    model.vis.map.shadowclip = min(1.0, radius / float(model.stat.extent))
    for light in np.flatnonzero(model.light_type == mujoco.mjtLightType.mjLIGHT_DIRECTIONAL):
        if model.light_bodyid[light] == 0:
            model.light_pos[light] = centre - model.light_dir[light] * 2 * radius
            model.light_pos0[light] = model.light_pos[light]


def add_background(spec: mujoco.MjSpec) -> None:
    """Add a light sky where the scene has none: what no geom covers is not black, as under the stage's dome light."""
    if any(texture.type == mujoco.mjtTexture.mjTEXTURE_SKYBOX for texture in spec.textures):
        return
    spec.add_texture(
        name="background",
        type=mujoco.mjtTexture.mjTEXTURE_SKYBOX,
        builtin=mujoco.mjtBuiltin.mjBUILTIN_GRADIENT,
        rgb1=[0.90, 0.92, 0.95],
        rgb2=[0.66, 0.69, 0.74],
        width=64,
        height=64,
    )


def stage_spec(scene_dir: Path) -> mujoco.MjSpec:
    """Return a spec of `usd/scene.usda` that the caller may change; raises InputError if there is no stage."""
    path = scene_dir / STAGE
    if not path.is_file():
        raise InputError(f"there is no stage {path}.", remedy="run stage usd first.")
    return _loaded(path.resolve(), sha256_file(path)).copy()


@functools.lru_cache(maxsize=4)
def _loaded(path: Path, digest: str) -> mujoco.MjSpec:
    """Parse a stage once per process; `digest` makes a rewritten stage another one."""
    from blueprint.mjcf.usd_loader import load_usd

    load: Callable[[Path], mujoco.MjSpec] = load_usd
    return load(path)
