"""How much of a rectangle of a surface a tool has passed over while it touched it."""

import copy

import mujoco
import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.asset import Region
from blueprint.contracts.frames import Vec2
from blueprint.contracts.scene import Scene
from blueprint.tasks.scene_state import SceneState

__all__ = ["wiped_fraction"]

Array = NDArray[np.float64]

CELL_M = 0.005
MAX_CELLS = 120  # along one side: larger rectangles have larger cells
REACH_M = 0.004  # a tool that lies flat but for this much wipes: a soft one would give that way


def wiped_fraction(
    model: mujoco.MjModel,
    scene: Scene,
    states: Array,
    tool: str,
    surface: tuple[str, Region],
    center: Vec2,
    half_extents: Vec2,
) -> float:
    """Return the share, 0 to 1, of a rectangle's cells that lay under the tool in a state in which it touched.

    `states` (N, nq) are positions; `surface` is an object and its region, in which the rectangle has its middle at
    `center` and `half_extents`, m. A cell is wiped where it is within 4 mm of one of the tool's collision shapes
    (their boxes) while the tool and the surface are in contact. Costs a collision pass per state.
    """
    awake = copy.copy(model)
    awake.opt.enableflags &= ~int(mujoco.mjtEnableBit.mjENBL_SLEEP)  # what sleeps has no contacts
    data = mujoco.MjData(awake)
    state = SceneState(awake, data, scene)
    owner, region = surface
    cells = _cells(center, half_extents)
    wiped = np.zeros(len(cells), bool)
    geoms = state.geoms(tool)
    for qpos in states:
        data.qpos[:] = qpos
        mujoco.mj_kinematics(awake, data)
        mujoco.mj_comPos(awake, data)
        mujoco.mj_collision(awake, data)
        if owner not in state.touching(tool):
            continue
        pose = state.region_pose(owner, region)
        points = cells @ pose[:3, :3].T + pose[:3, 3]
        for geom in geoms:
            rotation = data.geom_xmat[geom].reshape(3, 3)
            local = (points - data.geom_xpos[geom]) @ rotation
            middle, half = awake.geom_aabb[geom][:3], awake.geom_aabb[geom][3:]
            facing = np.abs(rotation.T @ pose[:3, 2])  # a tool does not wipe what lies beside it
            grown = half + REACH_M * (np.arange(3) == np.argmax(facing))
            wiped |= (np.abs(local - middle) <= grown).all(axis=1)
    return float(wiped.mean())


def _cells(center: Vec2, half_extents: Vec2) -> Array:
    """Return the middles (N, 3) of square-like cells that tile the rectangle, z = 0."""
    axes = []
    for middle, half in zip(center, half_extents, strict=True):
        count = int(np.clip(np.ceil(2 * half / CELL_M), 1, MAX_CELLS))
        axes.append(middle + half * (2 * (np.arange(count) + 0.5) / count - 1))
    x, y = np.meshgrid(*axes)
    return np.column_stack([x.ravel(), y.ravel(), np.zeros(x.size)])
