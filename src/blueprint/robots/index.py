"""Where a robot's parts are in a compiled model."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.errors import InputError
from blueprint.robots.arm import Arm

if TYPE_CHECKING:
    import mujoco

    from blueprint.robots.embodiment import Embodiment

__all__ = ["PREFIX", "ArmIndex", "RobotIndex", "index_robot"]

PREFIX = "robot/"
Ids = NDArray[np.int64]


@dataclass(frozen=True)
class ArmIndex:
    """Where one arm is: `qpos`, `dof` and `ctrl` (n,) of its joints, `gripper_qpos` and `gripper_dof` (k,) of the
    gripper's joints in the order of `Gripper.joints`. `gripper_bodies` are the hand and all that hangs on it."""

    name: str
    qpos: Ids
    dof: Ids
    ctrl: Ids
    gripper_qpos: Ids
    gripper_dof: Ids
    gripper_ctrl: int
    grasp_site: int
    base_body: int
    hand_body: int
    finger_bodies: tuple[int, int]
    gripper_bodies: frozenset[int]


@dataclass(frozen=True)
class RobotIndex:
    """Where the robot is: `ctrl` (A,) are the actuators in the order of the action's entries.

    `root_body` stands still in the world, `base_body` is what a mobile base moves (the same body for other robots).
    What is named `arm_*` and so on is that of the first arm.
    """

    base_qpos: Ids
    base_dof: Ids
    base_ctrl: Ids
    arms: tuple[ArmIndex, ...]
    ctrl: Ids
    root_body: int
    base_body: int
    bodies: frozenset[int]

    def arm(self, name: str | None = None) -> ArmIndex:
        """Return an arm by name, the first for None; raises InputError that lists the names for an unknown one."""
        for arm in self.arms:
            if name is None or arm.name == name:
                return arm
        raise InputError(f"the robot has no arm {name!r}; it has {[arm.name for arm in self.arms]}.", remedy="name one")

    @property
    def gripper_bodies(self) -> frozenset[int]:
        """The hands of all arms with their fingers."""
        return frozenset().union(*(arm.gripper_bodies for arm in self.arms))

    @property
    def arm_qpos(self) -> Ids:
        return self.arms[0].qpos

    @property
    def arm_dof(self) -> Ids:
        return self.arms[0].dof

    @property
    def arm_ctrl(self) -> Ids:
        return self.arms[0].ctrl

    @property
    def finger_qpos(self) -> Ids:
        return self.arms[0].gripper_qpos[:2]

    @property
    def gripper_ctrl(self) -> int:
        return self.arms[0].gripper_ctrl

    @property
    def grasp_site(self) -> int:
        return self.arms[0].grasp_site

    @property
    def hand_body(self) -> int:
        return self.arms[0].hand_body

    @property
    def finger_bodies(self) -> tuple[int, int]:
        return self.arms[0].finger_bodies


class _Finder:
    """Ids of named elements of the robot in a model."""

    def __init__(self, model: "mujoco.MjModel") -> None:
        import mujoco

        self.model = model
        self._kinds = mujoco.mjtObj
        self._find = mujoco.mj_name2id

    def id(self, kind: str, name: str) -> int:
        found = self._find(self.model, getattr(self._kinds, f"mjOBJ_{kind.upper()}"), PREFIX + name)
        if found < 0:
            raise InputError(f"the model has no {kind} {PREFIX + name!r}.", remedy="attach the robot first.")
        return int(found)

    def qpos(self, joints: list[str]) -> Ids:
        return np.array([self.model.jnt_qposadr[self.id("joint", name)] for name in joints], np.int64)

    def dof(self, joints: list[str]) -> Ids:
        return np.array([self.model.jnt_dofadr[self.id("joint", name)] for name in joints], np.int64)

    def actuators(self, names: list[str]) -> Ids:
        return np.array([self.id("actuator", name) for name in names], np.int64)


def index_robot(embodiment: "Embodiment", model: "mujoco.MjModel") -> RobotIndex:
    """Return where the robot's parts are; raises InputError where the model has no such robot."""
    find = _Finder(model)
    arms = tuple(_index_arm(embodiment, arm, find) for arm in embodiment.arms)
    base_joints = [joint.name for joint in embodiment.base_joints]
    base_body = find.id("body", embodiment.base_body)
    base_ctrl = find.actuators(base_joints)
    ctrl = np.concatenate([base_ctrl, *(np.append(arm.ctrl, arm.gripper_ctrl) for arm in arms)])
    return RobotIndex(
        base_qpos=find.qpos(base_joints),
        base_dof=find.dof(base_joints),
        base_ctrl=base_ctrl,
        arms=arms,
        ctrl=ctrl,
        root_body=int(model.body_rootid[base_body]),
        base_body=base_body,
        bodies=frozenset(body for body in range(model.nbody) if model.body(body).name.startswith(PREFIX)),
    )


def _index_arm(embodiment: "Embodiment", arm: Arm, find: _Finder) -> ArmIndex:
    joints = [joint.name for joint in arm.joints]
    hand = find.id("body", arm.hand_body)
    left, right = (find.id("body", finger.body) for finger in arm.gripper.fingers)
    return ArmIndex(
        name=arm.name,
        qpos=find.qpos(joints),
        dof=find.dof(joints),
        ctrl=find.actuators(joints),
        gripper_qpos=find.qpos(arm.gripper.joints),
        gripper_dof=find.dof(arm.gripper.joints),
        gripper_ctrl=find.id("actuator", embodiment.part_name(arm, "gripper")),
        grasp_site=find.id("site", embodiment.part_name(arm, "grasp")),
        base_body=find.id("body", arm.base_body),
        hand_body=hand,
        finger_bodies=(left, right),
        gripper_bodies=_below(find.model, hand),
    )


def _below(model: "mujoco.MjModel", body: int) -> frozenset[int]:
    """Return a body and all that hang on it; a body's parent has a smaller number."""
    found = {body}
    for child in range(body + 1, model.nbody):
        if int(model.body_parentid[child]) in found:
            found.add(child)
    return frozenset(found)
