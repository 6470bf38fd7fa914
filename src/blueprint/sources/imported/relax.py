"""Strongly damped physics: what leans, or is caught in something else, gives way before the scene settles."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import mujoco

from blueprint.certify.objects import ObjectIndex
from blueprint.certify.settle import simulate
from blueprint.contracts.errors import StageError
from blueprint.contracts.frames import Pose
from blueprint.contracts.scene import load_scene
from blueprint.contracts.scene_manifest import Transform
from blueprint.mjcf.usd_loader import load_usd
from blueprint.storage import layout
from blueprint.usd.scene import author_scene

__all__ = ["relax"]

_DURATION_S = 1.0
_ROUNDS = 3
_DAMPING_PER_S = 25.0  # of momentum: what overlaps is moved apart, not shot away
_HELD_PER_S = 1e5
_MAX_SHIFT_M = 0.10
_MAX_TURN_RAD = 0.35
_AT_REST_M = 0.0002


def relax(folder: Path, caught: Mapping[str, str] = MappingProxyType({})) -> dict[str, str]:
    """Simulate a scene folder with strong damping and write back the poses of what moved by at most 10 cm and 0.35 rad.

    Up to three rounds of 1 s; the assets are authored already. A `caught` object is held where it is and does not push
    the one that it is caught in. Returns what moved further, with the reason: it was not standing where it was put and
    keeps its pose, and settling will say so. Raises what authoring and loading the scene raise.
    """
    scene = load_scene(folder)
    spec = load_usd(author_scene(scene, folder), visuals=False)
    _hold(spec, caught)
    model = spec.compile()
    _damp(model, caught)
    poses = {item.id: item.transform.pose() for item in scene.objects if not item.is_fixed and item.id not in caught}
    kept: dict[str, str] = {}
    for _ in range(_ROUNDS):
        kept, moved_m = _round(model, poses)
        if moved_m < _AT_REST_M:
            break
    objects = [
        item.model_copy(update={"transform": Transform.of(poses[item.id])}) if item.id in poses else item
        for item in scene.objects
    ]
    scene.manifest.model_copy(update={"objects": objects}).write(folder / layout.SCENE_MANIFEST)
    return kept


def _round(model: mujoco.MjModel, poses: dict[str, Pose]) -> tuple[dict[str, str], float]:
    """One simulation, which renews `poses` and starts the next one there; returns what moved too far, and the largest
    motion that was kept."""
    try:
        rest = simulate(model, _DURATION_S)
    except StageError as error:
        return {"scene": str(error)}, 0.0
    kept: dict[str, str] = {}
    largest = 0.0
    for name in poses:
        motion = rest.motions[name]
        if motion.drift_m > _MAX_SHIFT_M or motion.rotation_rad > _MAX_TURN_RAD:
            kept[name] = f"moved {motion.drift_m * 1000:.0f} mm and {motion.rotation_rad:.2f} rad in one second"
            continue
        largest = max(largest, motion.drift_m)
        poses[name] = Transform.of(rest.poses[name]).pose()  # rounded as the manifest rounds it
        start = int(model.jnt_qposadr[model.joint(f"{name}/free").id])
        model.qpos0[start : start + 7] = [*poses[name].position, *poses[name].quat_wxyz]
    return kept, largest


def _hold(spec: mujoco.MjSpec, caught: Mapping[str, str]) -> None:
    """Caught objects weigh nothing, so that they stay where they are, and what stands on them too."""
    bodies: dict[str, list[mujoco.MjsBody]] = {}
    for body in spec.bodies:
        bodies.setdefault(body.name.split("/")[0], []).append(body)
    for name, other in sorted(caught.items()):
        for own in bodies[name]:
            own.gravcomp = 1.0
            for body in bodies[other]:
                spec.add_exclude(bodyname1=own.name, bodyname2=body.name)


def _damp(model: mujoco.MjModel, caught: Mapping[str, str]) -> None:
    index = ObjectIndex(model)
    for name, joint in index.free_joints.items():
        body = index.roots[name]
        first = int(model.jnt_dofadr[joint])
        damping = _HELD_PER_S if name in caught else _DAMPING_PER_S
        model.dof_damping[first : first + 3] = damping * model.body_subtreemass[body]
        model.dof_damping[first + 3 : first + 6] = damping * model.body_inertia[body].max()
