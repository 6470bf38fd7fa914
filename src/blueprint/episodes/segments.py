"""Which thing each pixel shows: geoms of a model become the scene's objects, the robot, or nothing."""

import mujoco
import numpy as np
from numpy.typing import NDArray

from blueprint.robots.embodiment import PREFIX

__all__ = ["NOTHING", "ROBOT", "segment_names", "segment_table"]

NOTHING, ROBOT = "nothing", "robot"


def segment_names(model: mujoco.MjModel) -> list[str]:
    """Return what the values of a segmentation picture mean: nothing, the robot, then the objects, sorted by id."""
    owners = {_owner(model, geom) for geom in range(model.ngeom)}
    return [NOTHING, ROBOT, *sorted(owners - {NOTHING, ROBOT})]


def segment_table(model: mujoco.MjModel) -> NDArray[np.uint16]:
    """Return geom id + 1 → index into `segment_names`, (ngeom + 1,); the first is that of the sky."""
    names = {name: number for number, name in enumerate(segment_names(model))}
    return np.array([0, *(names[_owner(model, geom)] for geom in range(model.ngeom))], np.uint16)


def _owner(model: mujoco.MjModel, geom: int) -> str:
    body = model.body(int(model.geom_bodyid[geom])).name
    if body.startswith(PREFIX):
        return ROBOT
    return body.split("/")[0] if body and body != "world" else NOTHING
