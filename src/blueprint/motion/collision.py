"""Collision checks on a planning copy of the model: the robot and what it holds against everything else."""

import copy
from dataclasses import dataclass

import mujoco
import numpy as np
from numpy.typing import NDArray

from blueprint.robots.embodiment import Embodiment

__all__ = ["Clearance", "PlanningScene"]

Array = NDArray[np.float64]

MARGIN_M = 0.012
_OBSTACLE, _ROBOT = 1, 2


@dataclass(frozen=True)
class Clearance:
    """How close is too close. Robot and held object keep `pad_m` from obstacles; from those in `near` (root bodies)
    they may even penetrate by `near_depth_m`, the softness of a wanted contact. What one arm holds is an obstacle to
    the hand of another. Links may be `self_depth_m` in each other: fingers of two hands that hold the same thing."""

    pad_m: float = 0.008
    near: frozenset[int] = frozenset()
    near_depth_m: float = 0.001
    self_depth_m: float = 0.0

    def limit(self, root: int) -> float:
        return -self.near_depth_m if root in self.near else self.pad_m


class PlanningScene:
    """A copy of the model in which only pairs that planning cares about collide.

    Obstacles do not collide with each other (masked by contype: about twice the speed), the pedestal and the fixed base
    are obstacles, sleeping is off (it would hide pairs), and a held object moves with the hand. One arm moves at a
    time: `use` says which, the first at the beginning.
    """

    def __init__(self, model: mujoco.MjModel, embodiment: Embodiment) -> None:
        self.model = copy.copy(model)
        self.model.opt.enableflags &= ~int(mujoco.mjtEnableBit.mjENBL_SLEEP)
        self.data = mujoco.MjData(self.model)
        self.embodiment = embodiment
        self.index = embodiment.index(self.model)
        body_of = self.model.geom_bodyid
        collides = (self.model.geom_contype > 0) | (self.model.geom_conaffinity > 0)
        self._moving = frozenset(body for body in self.index.bodies if self.model.body_weldid[body] != 0)
        self.use(embodiment.arms[0].name)
        self._holder = self._arm
        is_robot = np.isin(body_of, sorted(self._moving)) & collides
        self.model.geom_contype[:] = np.where(is_robot, _ROBOT, np.where(collides, _OBSTACLE, 0))
        self.model.geom_conaffinity[:] = np.where(is_robot, _OBSTACLE | _ROBOT, 0)
        self.model.geom_margin[:] = np.where(is_robot, MARGIN_M, 0.0)
        self.model.geom_gap[:] = 0.0
        self._held_root: int | None = None
        self._held_joint = 0
        self._pose_grasp_object = np.eye(4)

    def use(self, arm: str) -> None:
        """Let `collision` move this arm; the others stay where they are."""
        self._arm, self._gripper = self.index.arm(arm), self.embodiment.arm(arm).gripper

    def set_arm(self, arm: str, q: Array, opening_m: float) -> None:
        """Put an arm at a configuration (n,) with its gripper open by so much, whether it is the one that moves."""
        at, gripper = self.index.arm(arm), self.embodiment.arm(arm).gripper
        self.data.qpos[at.qpos] = q
        self.data.qpos[at.gripper_qpos] = gripper.joint_at_opening(opening_m)

    def sync(self, data: mujoco.MjData) -> None:
        """Take over the configuration of the true state, holding nothing."""
        self.release()
        self.data.qpos[:] = data.qpos
        mujoco.mj_kinematics(self.model, self.data)

    def hold(self, object_id: str, pose_grasp_object: Array) -> None:
        """Let the free object `object_id` move with the grasp frame of the arm in use, at `pose_grasp_object` (4, 4)
        in it, also while another arm is in use."""
        self.release()
        self._holder = self._arm
        root = self.model.body(object_id).id
        self._held_root = int(root)
        self._held_joint = int(self.model.jnt_qposadr[self.model.body_jntadr[root]])
        self._pose_grasp_object = pose_grasp_object
        self._mark(root, _ROBOT, _OBSTACLE, MARGIN_M)

    def release(self) -> None:
        """Hold nothing; the object stays where it was last."""
        if self._held_root is not None:
            self._mark(self._held_root, _OBSTACLE, 0, 0.0)
            self._held_root = None

    def set_joint(self, object_id: str, joint: str, value: float) -> None:
        """Move a joint of an object in the copy, rad or m."""
        self.data.joint(f"{object_id}/{joint}").qpos[0] = value
        mujoco.mj_kinematics(self.model, self.data)

    def put(self, object_id: str, pose_world_object: Array) -> None:
        """Put a free object at a pose (4, 4) in the copy."""
        address = int(self.model.jnt_qposadr[self.model.body_jntadr[self.model.body(object_id).id]])
        self.data.qpos[address : address + 3] = pose_world_object[:3, 3]
        mujoco.mju_mat2Quat(self.data.qpos[address + 3 : address + 7], pose_world_object[:3, :3].ravel())
        mujoco.mj_kinematics(self.model, self.data)

    def link_pose(self, body: int) -> Array:
        """Return the pose (4, 4) of a body in the copy."""
        pose = np.eye(4)
        pose[:3, :3] = self.data.xmat[body].reshape(3, 3)
        pose[:3, 3] = self.data.xpos[body]
        return pose

    def collision(self, q: Array, opening_m: float, clearance: Clearance) -> str | None:
        """Return what is too close at arm configuration `q` (n,) and gripper opening, as text, or None if nothing."""
        self.data.qpos[self._arm.qpos] = q
        self.data.qpos[self._arm.gripper_qpos] = self._gripper.joint_at_opening(opening_m)
        mujoco.mj_kinematics(self.model, self.data)
        if self._held_root is not None:
            self._move_held()
        mujoco.mj_comPos(self.model, self.data)
        mujoco.mj_collision(self.model, self.data)
        if self.data.ncon == 0:
            return None
        contacts = self.data.contact
        for geoms, distance in zip(contacts.geom, contacts.dist, strict=True):
            first, second = (int(self.model.geom_bodyid[geom]) for geom in geoms)
            if self._is_too_close(first, second, float(distance), clearance):
                names = " and ".join(self.model.body(body).name for body in (first, second))
                return f"{names} at {1000 * float(distance):.1f} mm"
        return None

    def is_free(self, q: Array, opening_m: float, clearance: Clearance) -> bool:
        return self.collision(q, opening_m, clearance) is None

    def near_held(self) -> frozenset[int]:
        """Return the root bodies within the margin of the held object: what it stands on and leans against."""
        touching: set[int] = set()
        mujoco.mj_kinematics(self.model, self.data)
        mujoco.mj_comPos(self.model, self.data)
        mujoco.mj_collision(self.model, self.data)
        for geoms in self.data.contact.geom:
            roots = {int(self.model.body_rootid[self.model.geom_bodyid[geom]]) for geom in geoms}
            if self._held_root in roots:
                touching |= roots
        return frozenset(touching - {self._held_root})

    def _is_too_close(self, first: int, second: int, distance: float, clearance: Clearance) -> bool:
        roots = [int(self.model.body_rootid[body]) for body in (first, second)]
        robots = [body in self._moving for body in (first, second)]
        if all(robots):
            return distance < -clearance.self_depth_m
        if self._held_root is not None and self._held_root in roots:
            if any(robots):
                link = first if robots[0] else second
                if link in self._holder.gripper_bodies:
                    return False
                return distance < (-clearance.near_depth_m if self._held_root in clearance.near else 0)
            other = roots[0] if roots[1] == self._held_root else roots[1]
            return distance < (-0.003 if other in clearance.near else clearance.pad_m / 2)
        obstacle = roots[1] if robots[0] else roots[0]
        return distance < clearance.limit(obstacle)

    def _move_held(self) -> None:
        pose_world_grasp = np.eye(4)
        pose_world_grasp[:3, :3] = self.data.site_xmat[self._holder.grasp_site].reshape(3, 3)
        pose_world_grasp[:3, 3] = self.data.site_xpos[self._holder.grasp_site]
        pose = pose_world_grasp @ self._pose_grasp_object
        address = self._held_joint
        self.data.qpos[address : address + 3] = pose[:3, 3]
        mujoco.mju_mat2Quat(self.data.qpos[address + 3 : address + 7], pose[:3, :3].ravel())
        mujoco.mj_kinematics(self.model, self.data)

    def _mark(self, root: int, contype: int, conaffinity: int, margin: float) -> None:
        geoms = self.model.body_rootid[self.model.geom_bodyid] == root
        collides = geoms & ((self.model.geom_contype > 0) | (self.model.geom_conaffinity > 0))
        self.model.geom_contype[collides] = contype
        self.model.geom_conaffinity[collides] = conaffinity
        self.model.geom_margin[collides] = margin
