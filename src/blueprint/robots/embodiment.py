"""An embodiment: a robot with its arms, grippers, cameras and control, read from `data/{name}.json`.

Action (A,): where the joints of a mobile base shall be at the end of a tick (m and rad; none for other robots), then
for each arm its joints (rad) and the opening of its gripper (m). State (S = A,): the same quantities as measured.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field, model_validator

from blueprint.contracts.document import Document, Part
from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Pose, Vec3
from blueprint.robots.arm import Arm, JointLimits
from blueprint.robots.gripper import Finger, Gripper, Pad
from blueprint.robots.index import PREFIX, ArmIndex, RobotIndex, index_robot
from blueprint.robots.model_source import BundledModel, Model, WheelModel

if TYPE_CHECKING:
    import mujoco

__all__ = [
    "PREFIX",
    "Arm",
    "ArmIndex",
    "BundledModel",
    "CameraMount",
    "Channel",
    "Embodiment",
    "Finger",
    "Gripper",
    "JointLimits",
    "Pad",
    "RobotIndex",
    "Slots",
    "WheelModel",
    "embodiments",
    "load_embodiment",
]

Array = NDArray[np.float64]
Positive = Annotated[float, Field(gt=0)]

_GRIPPER_KEYS = (
    "fingers",
    "linkage",
    "pad",
    "opening_max_m",
    "opening_speed_m_per_s",
    "finger_force_n",
    "finger_stiffness_n_per_m",
)
_ARM_KEYS = ("joints", "home", "hand_body", "pose_hand_grasp", "payload_kg", "reach_m")


class CameraMount(Part):
    """A camera that stands at `position` and looks at `target`, both in the frame of a hand or of the base, m.

    `arm` says whose hand, where there are several; the first one's otherwise.
    """

    name: str
    frame: Literal["hand", "base"]
    arm: str | None = None
    position: Vec3
    target: Vec3
    up: Vec3
    fovy_deg: Positive


@dataclass(frozen=True)
class Channel:
    """One entry of state and action: its name without ending, unit and range; speeds are None for a gripper."""

    name: str
    unit: str
    lower: float
    upper: float
    velocity: float | None = None
    acceleration: float | None = None


@dataclass(frozen=True)
class Slots:
    """Where an arm stands in an action or state: its joints, then its gripper's opening."""

    joints: slice
    gripper: int

    @property
    def all(self) -> slice:
        return slice(self.joints.start, self.gripper + 1)


class Embodiment(Document):
    """A robot as data. Poses of `cameras` in frame "base" are relative to the base, whose +X looks at the workspace.

    A robot with one arm is written flat: the keys of `Arm` and of `Gripper` stand beside the others, and the arm is
    called "arm". `base_joints` move `base_body` on the floor (x, y, yaw); at 0 it is where the robot was put.
    A pedestal lifts the base to the height that a task needs, unless `base_height_m` says how high it always is.
    """

    name: str
    title: str
    model: Model
    license: str
    source: str
    arms: Annotated[list[Arm], Field(min_length=1)]
    base_joints: list[JointLimits] = []
    base_body: str
    base_height_m: float | None = None
    pedestal_half_width_m: Positive
    cameras: list[CameraMount]
    collision_excludes: list[tuple[str, str]]

    @model_validator(mode="before")
    @classmethod
    def _lift_single_arm(cls, data: Any) -> Any:
        if not isinstance(data, dict) or "arms" in data:
            return data
        if isinstance(data.get("model"), dict) and data["model"].get("kind") == "composed":
            from blueprint.robots.composition import with_mounted_arms

            return with_mounted_arms(data)
        rest = {key: value for key, value in data.items() if key not in (*_ARM_KEYS, *_GRIPPER_KEYS)}
        arm = {key: data[key] for key in (*_ARM_KEYS, "base_body") if key in data}
        arm["gripper"] = {key: data[key] for key in _GRIPPER_KEYS if key in data}
        return {**rest, "arms": [arm]}

    @model_validator(mode="after")
    def _check(self) -> Self:
        names = self.arm_names
        unknown = [camera.name for camera in self.cameras if camera.arm is not None and camera.arm not in names]
        if len(set(names)) != len(names) or unknown:
            raise ValueError(f"arms have names of their own, and cameras {unknown} name one of {names}")
        return self

    @property
    def arm_names(self) -> list[str]:
        return [arm.name for arm in self.arms]

    def arm(self, name: str | None = None) -> Arm:
        """Return an arm by name, the first for None; raises InputError that lists the names for an unknown one."""
        for arm in self.arms:
            if name is None or arm.name == name:
                return arm
        raise InputError(
            f"robot {self.name} has no arm {name!r}; it has {self.arm_names}.", remedy="name one of these."
        )

    def part_name(self, arm: Arm, name: str) -> str:
        """Return `name` for the only arm, `{arm}/{name}` where there are several (and it is not called so already)."""
        if len(self.arms) == 1 or name.startswith(f"{arm.name}/"):
            return name
        return f"{arm.name}/{name}"

    @cached_property
    def channels(self) -> list[Channel]:
        """The entries of state and action, in order."""
        found = [_joint_channel(joint.name, joint) for joint in self.base_joints]
        for arm in self.arms:
            found += [_joint_channel(self.part_name(arm, joint.name), joint) for joint in arm.joints]
            found.append(Channel(self.part_name(arm, "gripper"), "m", 0.0, arm.opening_max_m))
        return found

    @cached_property
    def _slots(self) -> dict[str, Slots]:
        start, slots = len(self.base_joints), {}
        for arm in self.arms:
            slots[arm.name] = Slots(slice(start, start + arm.dof), start + arm.dof)
            start += arm.dof + 1
        return slots

    def slots(self, arm: str | None = None) -> Slots:
        """Return where an arm (the first for None) stands in an action or state."""
        return self._slots[self.arm(arm).name]

    @property
    def action_size(self) -> int:
        return len(self.channels)

    @property
    def state_names(self) -> list[str]:
        return [f"{item.name}.{'opening' if _is_gripper(item) else 'pos'}" for item in self.channels]

    @property
    def action_names(self) -> list[str]:
        return [f"{item.name}.{'opening_target' if _is_gripper(item) else 'target'}" for item in self.channels]

    @property
    def units(self) -> list[str]:
        """Units of the state's and of the action's entries."""
        return [item.unit for item in self.channels]

    @property
    def camera_names(self) -> list[str]:
        """Names without prefix; the model's cameras are `robot/{name}`."""
        return [camera.name for camera in self.cameras]

    # What follows is that of the first arm: all that there is to know about robots with one.

    @property
    def dof(self) -> int:
        return self.arms[0].dof

    @property
    def joints(self) -> list[JointLimits]:
        return self.arms[0].joints

    @property
    def home(self) -> list[float]:
        return self.arms[0].home

    @property
    def home_qpos(self) -> Array:
        return self.arms[0].home_qpos

    @property
    def lower(self) -> Array:
        return self.arms[0].lower

    @property
    def upper(self) -> Array:
        return self.arms[0].upper

    @property
    def velocity_limits(self) -> Array:
        return self.arms[0].velocity_limits

    @property
    def acceleration_limits(self) -> Array:
        return self.arms[0].acceleration_limits

    @property
    def jerk_limits(self) -> Array:
        return self.arms[0].jerk_limits

    @property
    def hand_body(self) -> str:
        return self.arms[0].hand_body

    @property
    def fingers(self) -> list[Finger]:
        return self.arms[0].gripper.fingers

    @property
    def pose_hand_grasp(self) -> Pose:
        return self.arms[0].pose_hand_grasp

    @property
    def opening_max_m(self) -> float:
        return self.arms[0].opening_max_m

    @property
    def finger_force_n(self) -> float:
        return self.arms[0].gripper.finger_force_n

    @property
    def payload_kg(self) -> float:
        return self.arms[0].payload_kg

    @property
    def reach_m(self) -> float:
        return self.arms[0].reach_m

    # Control.

    @property
    def home_action(self) -> NDArray[np.float32]:
        """The action (A,) that holds the home configuration with the grippers open and the base where it was put."""
        parts = [[0.0] * len(self.base_joints), *([*arm.home, arm.opening_max_m] for arm in self.arms)]
        return np.array([value for part in parts for value in part], np.float32)

    def attach(self, spec: "mujoco.MjSpec", pose_world_base: Pose) -> None:
        """Add the robot, its pedestal, cameras, grasp sites and servos to a scene, everything under `robot/`.

        The base stands at `pose_world_base` (upright); a pedestal fills the space down to the floor at z = 0.
        Sites, tendons and motors are `grasp`, `fingers` and `gripper`, of several arms `{arm}/grasp` and so on.
        Raises MissingDependencyError where the model's files cannot be had.
        """
        from blueprint.robots.attach import attach_robot

        attach_robot(self, spec, pose_world_base)

    def index(self, model: "mujoco.MjModel") -> RobotIndex:
        """Return where the robot's parts are in a compiled model; raises InputError where there is no robot."""
        return index_robot(self, model)

    def state(self, model: "mujoco.MjModel", data: "mujoco.MjData") -> NDArray[np.float32]:
        """Return the state (A,) as measured."""
        return self.read_state(self.index(model), data)

    def read_state(self, index: RobotIndex, data: "mujoco.MjData") -> NDArray[np.float32]:
        """Return the state (A,) as measured, by an index that one has already."""
        values = np.empty(self.action_size)
        values[: len(self.base_joints)] = data.qpos[index.base_qpos]
        for arm, at in zip(self.arms, index.arms, strict=True):
            slots = self._slots[arm.name]
            values[slots.joints] = data.qpos[at.qpos]
            values[slots.gripper] = arm.gripper.opening_of(data.qpos[at.gripper_qpos])
        return values.astype(np.float32)

    def read_velocity(self, index: RobotIndex, data: "mujoco.MjData") -> NDArray[np.float32]:
        """Return the rate of change of the state (A,) as measured, in its units per second.

        A gripper's is its opening's rate: by a central difference over 0.1 ms of its joints' motion.
        """
        values = np.empty(self.action_size)
        values[: len(self.base_joints)] = data.qvel[index.base_dof]
        for arm, at in zip(self.arms, index.arms, strict=True):
            slots = self._slots[arm.name]
            values[slots.joints] = data.qvel[at.dof]
            qpos, step = data.qpos[at.gripper_qpos], data.qvel[at.gripper_dof] * _HALF_STEP_S
            ahead, behind = arm.gripper.opening_of(qpos + step), arm.gripper.opening_of(qpos - step)
            values[slots.gripper] = (ahead - behind) / (2 * _HALF_STEP_S)
        return values.astype(np.float32)

    def action_to_ctrl(self, action: ArrayLike) -> Array:
        """Return the controls (A,) of the actuators `index.ctrl` for an action (A,): grippers are driven by joints."""
        ctrl = np.array(action, np.float64)
        for arm in self.arms:
            gripper = self._slots[arm.name].gripper
            ctrl[gripper] = arm.gripper.driver_at(ctrl[gripper])
        return ctrl

    def ctrl_to_action(self, ctrl: ArrayLike) -> Array:
        """Return the action (A,) that has these controls (A,)."""
        action = np.array(ctrl, np.float64)
        for arm in self.arms:
            gripper = self._slots[arm.name].gripper
            action[gripper] = arm.gripper.opening_at(action[gripper])
        return action

    def write_ctrl(self, index: RobotIndex, data: "mujoco.MjData", action: ArrayLike) -> None:
        """Set the robot's controls to those of an action (A,)."""
        data.ctrl[index.ctrl] = self.action_to_ctrl(action)

    def set_state(self, index: RobotIndex, data: "mujoco.MjData", state: ArrayLike) -> None:
        """Put base, arms and fingers at a state (A,), at rest, with controls that hold it."""
        values = np.asarray(state, np.float64)
        data.qpos[index.base_qpos] = values[: len(self.base_joints)]
        data.qvel[index.base_dof] = 0
        for arm, at in zip(self.arms, index.arms, strict=True):
            slots = self._slots[arm.name]
            data.qpos[at.qpos] = values[slots.joints]
            data.qpos[at.gripper_qpos] = arm.gripper.joint_at_opening(values[slots.gripper])
            data.qvel[at.dof] = 0
        self.write_ctrl(index, data, values)


_HALF_STEP_S = 5e-5


def _is_gripper(channel: Channel) -> bool:
    return channel.velocity is None


def _joint_channel(name: str, joint: JointLimits) -> Channel:
    return Channel(name, joint.unit, joint.lower, joint.upper, joint.velocity, joint.acceleration)


def embodiments() -> list[str]:
    """Return the names of the embodiments that there are."""
    names = [item.name for item in (resources.files("blueprint.robots") / "data").iterdir()]
    return sorted(name.removesuffix(".json") for name in names if name.endswith(".json"))


@lru_cache
def load_embodiment(name: str) -> Embodiment:
    """Return an embodiment by name; raises InputError that lists the names for an unknown one."""
    if name not in embodiments():
        raise InputError(f"no robot {name!r}; there are {embodiments()}.", remedy="choose one of these with --robot.")
    text = (resources.files("blueprint.robots") / "data" / f"{name}.json").read_bytes()
    return Embodiment.parse(text, where=f"robots/data/{name}.json")
