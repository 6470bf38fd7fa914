"""Foreign scenes overlap by millimetres and float: strongly damped physics moves things apart before they settle."""

from dataclasses import dataclass, replace
from pathlib import Path

import mujoco
import numpy as np

from blueprint.assets.library import load_asset
from blueprint.certify.objects import ObjectIndex
from blueprint.certify.settle import simulate
from blueprint.contracts.errors import StageError
from blueprint.contracts.scene import asset_dir, asset_ids, load_scene
from blueprint.contracts.scene_manifest import Transform
from blueprint.mjcf.usd_loader import load_usd
from blueprint.physics.inertia import with_inertials
from blueprint.storage import layout
from blueprint.usd.asset import author_asset
from blueprint.usd.scene import author_scene

__all__ = ["Relaxation", "relax"]

_DURATION_S = 1.0
_ROUNDS = 3
_DAMPING_PER_S = 25.0  # of momentum: what overlaps is moved apart, not shot away
_MAX_SHIFT_M = 0.10
_MAX_TURN_RAD = 0.35
_AT_REST_M = 0.0002


@dataclass(frozen=True)
class Relaxation:
    """`shifts_m` is how far each free object was moved; `kept` names those that moved too far and were left alone."""

    shifts_m: dict[str, float]
    kept: dict[str, str]


def relax(folder: Path) -> Relaxation:
    """Simulate a scene folder with strong damping and write back the poses of what moved by at most 10 cm and 0.35 rad.

    Up to three rounds of 1 s. What moved further was not standing where it was put: it keeps its pose, and settling
    will say so. Raises what authoring and loading the scene raise.
    """
    for asset_id in asset_ids(folder):
        place = asset_dir(folder, asset_id)
        asset = load_asset(place)
        author_asset(replace(asset, model=with_inertials(asset.model)), place)
    start = {item.id: item.transform.pose() for item in load_scene(folder).objects if not item.is_fixed}
    kept: dict[str, str] = {}
    for _ in range(_ROUNDS):
        kept, moved_m = _round(folder)
        if moved_m < _AT_REST_M:
            break
    now = {item.id: item.transform.pose() for item in load_scene(folder).objects}
    shifts = {
        name: round(float(np.linalg.norm(np.subtract(now[name].position, pose.position))), 6)
        for name, pose in start.items()
    }
    return Relaxation(shifts, kept)


def _round(folder: Path) -> tuple[dict[str, str], float]:
    """One simulation; returns what moved too far, and the largest motion that was kept."""
    scene = load_scene(folder)
    model = load_usd(author_scene(scene, folder)).compile()
    _damp(model)
    try:
        rest = simulate(model, _DURATION_S)
    except StageError as error:
        return {"scene": str(error)}, 0.0
    kept: dict[str, str] = {}
    objects, largest = [], 0.0
    for item in scene.objects:
        motion = rest.motions.get(item.id)
        if item.is_fixed or motion is None:
            objects.append(item)
        elif motion.drift_m > _MAX_SHIFT_M or motion.rotation_rad > _MAX_TURN_RAD:
            kept[item.id] = f"moved {motion.drift_m * 1000:.0f} mm and {motion.rotation_rad:.2f} rad in one second"
            objects.append(item)
        else:
            largest = max(largest, motion.drift_m)
            objects.append(item.model_copy(update={"transform": Transform.of(rest.poses[item.id])}))
    scene.manifest.model_copy(update={"objects": objects}).write(folder / layout.SCENE_MANIFEST)
    return kept, largest


def _damp(model: mujoco.MjModel) -> None:
    for name, joint in ObjectIndex(model).free_joints.items():
        body = ObjectIndex(model).roots[name]
        first = int(model.jnt_dofadr[joint])
        model.dof_damping[first : first + 3] = _DAMPING_PER_S * model.body_subtreemass[body]
        model.dof_damping[first + 3 : first + 6] = _DAMPING_PER_S * model.body_inertia[body].max()
