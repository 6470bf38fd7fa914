"""Collision checks for a two-armed robot on a planning copy of the model, with objects in its hands."""

import copy
from collections.abc import Collection
from dataclasses import dataclass

import mujoco
import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.errors import InputError
from blueprint.motion.dual_arm.chain import body_pose
from blueprint.robots.agibot import AgibotIndex
from blueprint.robots.agibot.robot import Side
from blueprint.robots.embodiment import PREFIX

__all__ = ["ArmScene"]

Array = NDArray[np.float64]

ARM_PAD_M = 0.005  # arms stay this far from obstacles
HAND_PAD_M = 0.0  # hands go close to what they grasp
GRAZE_PAD_M = -0.002  # fingers may brush a loose object: it gives way, and physics tells how far
HELD_PAD_M = -0.002  # what is held may press into what it is put down on, by the softness of a contact
_START_SLACK_M = 0.001
_TOUCH_M = 0.001
_MARGIN_M = 0.012
_OBSTACLE, _ROBOT = 1, 2


@dataclass(frozen=True)
class _Held:
    side: Side
    qpos: int
    pose_center_object: Array


class ArmScene:
    """A copy of the model in which only the robot and what it holds collide with the rest.

    Pairs that are already closer than allowed when the scene is taken over (a hand on the table, an object on its
    support) may stay so, but not come closer by more than a millimetre.
    """

    def __init__(self, model: mujoco.MjModel, index: AgibotIndex) -> None:
        self.model = copy.copy(model)
        self.model.opt.enableflags &= ~int(mujoco.mjtEnableBit.mjENBL_SLEEP)
        self.data = mujoco.MjData(self.model)
        self.index = index
        moving = [body for body in sorted(index.bodies) if model.body_weldid[body] != 0]
        self._moving = frozenset(moving)
        self._hands = frozenset().union(*(arm.hand_bodies for arm in index.arms.values()))
        self._collides = (model.geom_contype > 0) | (model.geom_conaffinity > 0)
        robot = np.isin(model.geom_bodyid, moving) & self._collides
        self.model.geom_contype[:] = np.where(robot, _ROBOT, np.where(self._collides, _OBSTACLE, 0))
        self.model.geom_conaffinity[:] = np.where(robot, _OBSTACLE | _ROBOT, 0)
        self.model.geom_margin[:] = np.where(robot, _MARGIN_M, 0.0)
        self.model.geom_gap[:] = 0.0
        first = model.body_jntadr
        self._loose = frozenset(
            int(body)
            for body in range(1, model.nbody)
            if first[body] >= 0 and model.jnt_type[first[body]] == mujoco.mjtJoint.mjJNT_FREE
        )
        self._held: dict[int, _Held] = {}
        self._ignored: frozenset[int] = frozenset()
        self._allowed: dict[tuple[int, int], float] = {}

    def sync(self, data: mujoco.MjData) -> None:
        """Take over the configuration of the true state, holding and ignoring nothing."""
        for root in list(self._held):
            self._mark(root, _OBSTACLE, 0, 0.0)
        self._held, self._ignored = {}, frozenset()
        self.data.qpos[:] = data.qpos
        self._measure_start()

    def touches(self, side: Side, name: str) -> bool:
        """Return whether a hand was within a millimetre of an object (by root body) when the scene was taken over.

        Raises InputError for a body that there is not.
        """
        root, hand = self._body(name), self.index.arms[side].hand_bodies
        return any(
            allowed + _START_SLACK_M <= _TOUCH_M
            and not hand.isdisjoint(pair)
            and root in self.model.body_rootid[list(pair)]
            for pair, allowed in self._allowed.items()
        )

    def hold(self, side: Side, name: str) -> None:
        """Let the free object whose root body is `name` move with a hand from now on, as it lies in it.

        Raises InputError for a body that there is not or that is not free to move.
        """
        root = self._body(name)
        joint = int(self.model.body_jntadr[root])
        if joint < 0 or self.model.jnt_type[joint] != mujoco.mjtJoint.mjJNT_FREE:
            raise InputError(f"{name!r} has no free joint.", remedy="hold a rigid object.")
        center = body_pose(self.data, self.index.arms[side].center_body)
        pose = np.linalg.inv(center) @ body_pose(self.data, root)
        self._held[root] = _Held(side, int(self.model.jnt_qposadr[joint]), pose)
        self._mark(root, _ROBOT, _OBSTACLE, _MARGIN_M)
        self._measure_start()

    def ignore(self, names: Collection[str]) -> None:
        """Do not check links of the robot (with or without prefix) and objects (by root body) of these names.

        Raises InputError for a name that is neither.
        """
        self._ignored = frozenset(self._body(name) for name in names)

    def move(self, side: Side, q: Array) -> None:
        """Put an arm of the copy at `q` (7,) rad, held objects with it."""
        self.data.qpos[self.index.arms[side].qpos] = q
        mujoco.mj_kinematics(self.model, self.data)
        held = [item for item in self._held.values() if item.side == side]
        for item in held:
            pose = body_pose(self.data, self.index.arms[side].center_body) @ item.pose_center_object
            self.data.qpos[item.qpos : item.qpos + 3] = pose[:3, 3]
            mujoco.mju_mat2Quat(self.data.qpos[item.qpos + 3 : item.qpos + 7], pose[:3, :3].ravel())
        if held:
            mujoco.mj_kinematics(self.model, self.data)

    def collision(self, side: Side, q: Array, extra_m: float = 0.0) -> str | None:
        """Return what is too close with an arm at `q` (7,) rad, as text, or None if nothing is.

        `extra_m`, a few millimetres, is kept beyond the usual distances.
        """
        self.move(side, q)
        for pair, distance in self._near():
            if distance < self._limit(pair, extra_m):
                names = " and ".join(self.model.body(body).name or "world" for body in pair)
                return f"{names} at {1000 * distance:.1f} mm"
        return None

    def is_free(self, side: Side, q: Array, extra_m: float = 0.0) -> bool:
        return self.collision(side, q, extra_m) is None

    def _near(self) -> list[tuple[tuple[int, int], float]]:
        """Return the pairs of bodies within the margin, with their distance."""
        mujoco.mj_comPos(self.model, self.data)
        mujoco.mj_collision(self.model, self.data)
        contacts = self.data.contact
        found: list[tuple[tuple[int, int], float]] = []
        for geoms, distance in zip(contacts.geom, contacts.dist, strict=True):
            first, second = (int(self.model.geom_bodyid[geom]) for geom in geoms)
            if not self._is_ignored(first) and not self._is_ignored(second):
                found.append(((min(first, second), max(first, second)), float(distance)))
        return found

    def _measure_start(self) -> None:
        mujoco.mj_kinematics(self.model, self.data)
        self._allowed = {}
        closest: dict[tuple[int, int], float] = {}
        for pair, distance in self._near():
            closest[pair] = min(distance, closest.get(pair, np.inf))
        self._allowed = {pair: distance - _START_SLACK_M for pair, distance in closest.items()}

    def _limit(self, pair: tuple[int, int], extra_m: float) -> float:
        """Return the distance below which a pair of bodies is too close."""
        return min(self._pad(pair) + extra_m, self._allowed.get(pair, np.inf))

    def _pad(self, pair: tuple[int, int]) -> float:
        held = [self._held.get(int(self.model.body_rootid[body])) for body in pair]
        if any(held):
            item, other = (held[0], pair[1]) if held[0] else (held[1], pair[0])
            if item and other in self.index.arms[item.side].hand_bodies:
                return -np.inf
            return HELD_PAD_M
        if all(body in self._moving for body in pair):
            return 0.0
        if not any(body in self._hands for body in pair):
            return ARM_PAD_M
        return GRAZE_PAD_M if any(int(self.model.body_rootid[body]) in self._loose for body in pair) else HAND_PAD_M

    def _is_ignored(self, body: int) -> bool:
        return body in self._ignored or int(self.model.body_rootid[body]) in self._ignored - self.index.bodies

    def _body(self, name: str) -> int:
        for candidate in (name, PREFIX + name):
            body = mujoco.mj_name2id(self.model, mujoco.mjtObj.mjOBJ_BODY, candidate)
            if body >= 0:
                return int(body)
        raise InputError(f"the model has no body {name!r}.", remedy="name a link of the robot or an object.")

    def _mark(self, root: int, contype: int, conaffinity: int, margin: float) -> None:
        geoms = (self.model.body_rootid[self.model.geom_bodyid] == root) & self._collides
        self.model.geom_contype[geoms] = contype
        self.model.geom_conaffinity[geoms] = conaffinity
        self.model.geom_margin[geoms] = margin
