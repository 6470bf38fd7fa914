"""Which MuJoCo bodies and joints belong to which scene object, from the names that the USD loader gives."""

from dataclasses import dataclass
from functools import cached_property

import mujoco
import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.frames import Pose

__all__ = ["ObjectIndex"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class ObjectIndex:
    """Bodies `<object>` and `<object>/<link>`, joints `<object>/<joint>`, free joints `<object>/free`."""

    model: mujoco.MjModel

    @cached_property
    def object_of_body(self) -> list[str]:
        """Object id of every body; the world body's is `world`."""
        return [(self.model.body(i).name or "world").split("/")[0] for i in range(self.model.nbody)]

    def object_of_geom(self, geom: int) -> str:
        return self.object_of_body[int(self.model.geom_bodyid[geom])]

    @cached_property
    def roots(self) -> dict[str, int]:
        """Object id → its root body, in model order."""
        ids: dict[str, int] = {}
        for body in range(1, self.model.nbody):
            ids.setdefault(self.object_of_body[body], body)
        return ids

    @cached_property
    def free_joints(self) -> dict[str, int]:
        """Object id → its free joint; objects that are fixed to the world have none."""
        return {
            self.object_of_body[int(self.model.jnt_bodyid[joint])]: joint
            for joint in range(self.model.njnt)
            if self.model.jnt_type[joint] == mujoco.mjtJoint.mjJNT_FREE
        }

    @cached_property
    def articulated_joints(self) -> list[int]:
        """Every hinge and slide joint."""
        kinds = (int(mujoco.mjtJoint.mjJNT_HINGE), int(mujoco.mjtJoint.mjJNT_SLIDE))
        return [joint for joint in range(self.model.njnt) if int(self.model.jnt_type[joint]) in kinds]

    def joints_of(self, object_id: str) -> list[int]:
        return self._joints_of_object.get(object_id, [])

    @cached_property
    def _joints_of_object(self) -> dict[str, list[int]]:
        joints: dict[str, list[int]] = {}
        for joint in self.articulated_joints:
            joints.setdefault(self.object_of_body[int(self.model.jnt_bodyid[joint])], []).append(joint)
        return joints

    def mass(self, object_id: str) -> float:
        """Mass of all links, kg."""
        return float(self.model.body_subtreemass[self.roots[object_id]])

    def pose_world_object(self, data: mujoco.MjData, object_id: str) -> Pose:
        body = self.roots[object_id]
        return Pose.of(data.xpos[body], data.xquat[body])
