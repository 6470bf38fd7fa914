"""The contact wrench on each hand: the sum over all contacts of hand and fingers with anything else."""

import mujoco
import numpy as np
from numpy.typing import NDArray

from blueprint.robots.index import RobotIndex

__all__ = ["HandWrench"]


class HandWrench:
    """Reads wrenches as a force-torque sensor at the grasp frame would, of contacts alone (no weight, no inertia)."""

    def __init__(self, model: mujoco.MjModel, robot: RobotIndex) -> None:
        self._model = model
        self._sites = [arm.grasp_site for arm in robot.arms]
        owner = np.full(model.nbody, -1)
        for number, arm in enumerate(robot.arms):
            owner[list(arm.gripper_bodies)] = number
        self._arm_of_geom = owner[model.geom_bodyid]

    def read(self, data: mujoco.MjData) -> NDArray[np.float32]:
        """Return force (N) and torque about the grasp frame's origin (N·m) on each hand, in its grasp frame, (6 n,).

        `data` must be after a physics step. MuJoCo gives the force of a contact's first geom on its second, in the
        contact's frame, whose rows are its axes.
        """
        wrenches = np.zeros((len(self._sites), 6))
        if data.ncon:
            arms = self._arm_of_geom[data.contact.geom]
            local = np.zeros(6)
            for contact in np.flatnonzero(arms[:, 0] != arms[:, 1]):
                mujoco.mj_contactForce(self._model, data, int(contact), local)
                axes = data.contact.frame[contact].reshape(3, 3)
                force, torque = axes.T @ local[:3], axes.T @ local[3:]
                point = data.contact.pos[contact]
                for side, sign in ((0, -1.0), (1, 1.0)):
                    arm = arms[contact, side]
                    if arm >= 0:
                        lever = point - data.site_xpos[self._sites[arm]]
                        wrenches[arm, :3] += sign * force
                        wrenches[arm, 3:] += sign * (torque + np.cross(lever, force))
        for arm, site in enumerate(self._sites):
            rotation = data.site_xmat[site].reshape(3, 3)
            wrenches[arm] = np.concatenate([wrenches[arm, :3] @ rotation, wrenches[arm, 3:] @ rotation])
        return wrenches.reshape(-1).astype(np.float32)
