"""Where a robot's joints, motors, links and sites are in a compiled model."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.errors import InputError
from blueprint.robots.embodiment import PREFIX

if TYPE_CHECKING:
    import mujoco

    from blueprint.robots.agibot.robot import AgibotRobot, Side

__all__ = ["AgibotIndex", "ArmIndex", "index_agibot"]

Ints = NDArray[np.int64]
Array = NDArray[np.float64]


@dataclass(frozen=True)
class ArmIndex:
    """One arm: addresses (7,) of its joints, its positions in `dof_order` (7,), gripper and link bodies."""

    qpos: Ints
    dof: Ints
    ctrl: Ints
    order: Ints
    gripper_qpos: int
    gripper_dof: int
    gripper_ctrl: int
    gripper_order: int
    center_body: int
    end_body: int
    elbow_body: int
    hand_bodies: frozenset[int]
    pad_bodies: tuple[int, int]


@dataclass(frozen=True)
class AgibotIndex:
    """Addresses (N,) in `dof_order`; `ctrl` is -1 for a joint without a motor (a coupled finger joint)."""

    robot: "AgibotRobot"
    qpos: Ints
    dof: Ints
    ctrl: Ints
    arms: "dict[Side, ArmIndex]"
    links: dict[str, int]
    base_body: int
    bodies: frozenset[int]

    def positions(self, data: "mujoco.MjData") -> Array:
        """Return joint positions (N,), rad or m."""
        return np.array(data.qpos[self.qpos])

    def velocities(self, data: "mujoco.MjData") -> Array:
        """Return joint velocities (N,), rad/s or m/s."""
        return np.array(data.qvel[self.dof])

    def efforts(self, data: "mujoco.MjData") -> Array:
        """Return the motors' torques (N,), N·m or N; 0 for joints without a motor."""
        return np.array(data.qfrc_actuator[self.dof])

    def targets(self, data: "mujoco.MjData") -> Array:
        """Return what the servos were told (N,), rad or m; NaN for joints without a motor."""
        return np.where(self.ctrl >= 0, data.ctrl[np.maximum(self.ctrl, 0)], np.nan)

    def write_targets(self, data: "mujoco.MjData", positions: Array) -> None:
        """Tell the servos to reach positions (N,); NaN leaves a joint's target as it is."""
        given = (self.ctrl >= 0) & np.isfinite(positions)
        data.ctrl[self.ctrl[given]] = positions[given]

    def teleport(self, data: "mujoco.MjData", positions: Array) -> None:
        """Put the joints at positions (N,), at rest, with targets that hold them; NaN leaves a joint as it is."""
        given = np.isfinite(positions)
        data.qpos[self.qpos[given]] = positions[given]
        data.qvel[self.dof[given]] = 0.0
        self.write_targets(data, positions)


def index_agibot(robot: "AgibotRobot", model: "mujoco.MjModel") -> AgibotIndex:
    """See `AgibotRobot.index`."""
    import mujoco

    def find(kind: "mujoco.mjtObj", name: str) -> int:
        found = mujoco.mj_name2id(model, kind, PREFIX + name)
        if found < 0:
            raise InputError(f"the model has no {kind.name} {PREFIX + name!r}.", remedy="attach the robot first.")
        return int(found)

    joints = np.array([find(mujoco.mjtObj.mjOBJ_JOINT, name) for name in robot.dof_order], np.int64)
    motors = set(robot.motors)
    ctrl = [find(mujoco.mjtObj.mjOBJ_ACTUATOR, name) if name in motors else -1 for name in robot.dof_order]
    qpos, dof, ctrls = (np.array(v, np.int64) for v in (model.jnt_qposadr[joints], model.jnt_dofadr[joints], ctrl))
    links = {link.name: find(mujoco.mjtObj.mjOBJ_BODY, link.name) for link in robot.links}
    arms = {}
    for side, arm in robot.arms.items():
        order = np.array([robot.dof_order.index(name) for name in arm.joints], np.int64)
        control = robot.dof_order.index(arm.gripper.control_joint)
        first, second = arm.gripper.pad_links
        arms[side] = ArmIndex(
            qpos=qpos[order],
            dof=dof[order],
            ctrl=ctrls[order],
            order=order,
            gripper_qpos=int(qpos[control]),
            gripper_dof=int(dof[control]),
            gripper_ctrl=int(ctrls[control]),
            gripper_order=control,
            center_body=links[arm.center_link],
            end_body=links[arm.end_link],
            elbow_body=links[arm.elbow_link],
            hand_bodies=frozenset(links[name] for name in arm.gripper.links),
            pad_bodies=(links[first], links[second]),
        )
    return AgibotIndex(
        robot=robot,
        qpos=qpos,
        dof=dof,
        ctrl=ctrls,
        arms=arms,
        links=links,
        base_body=links[robot.links[0].name],
        bodies=frozenset(links.values()),
    )
