"""A two-armed AgiBot robot as data: links, joints, grippers and cameras, read from `{name}.json` beside this module."""

import re
from functools import cached_property, lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from blueprint.contracts.document import Document, Part
from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import IDENTITY, Pose, Vec3

if TYPE_CHECKING:
    import mujoco

    from blueprint.robots.agibot.index import AgibotIndex

__all__ = [
    "AgibotRobot",
    "Coupling",
    "Inertial",
    "LinkGeom",
    "LinkJoint",
    "RobotArm",
    "RobotCamera",
    "RobotGripper",
    "RobotLink",
    "Side",
    "agibot_robots",
    "load_agibot",
]

Array = NDArray[np.float64]
Side = Literal["left", "right"]
Positive = Annotated[float, Field(gt=0)]
Natural = Annotated[float, Field(ge=0)]
Quat = tuple[float, float, float, float]

# robot_cfg names of Genie Sim: G2_omnipicker_fixed_dual.json, G1_omnipicker_fixed.json, …
_CFG_NAME = re.compile(r"^(G[12]_omnipicker)(_fixed)?(_dual|_left|_right)?(\.json)?$")


class LinkJoint(Part):
    """The joint that moves a link in its parent: about or along `axis`, which stands in the link's frame.

    Limits in rad or m, rad/s or m/s, N·m or N. `stiffness` is that of the position servo (N·m/rad or N/m), 0 for a
    joint without a motor. `armature` (kg·m² or kg) is the rotor's inertia, `damping` its viscous friction.
    """

    name: str
    kind: Literal["hinge", "slide"]
    axis: Vec3
    lower: float
    upper: float
    velocity: Positive
    effort: Positive
    stiffness: Natural = 0.0
    armature: Natural = 0.0
    damping: Natural = 0.0


class Inertial(Part):
    """Mass (kg), and inertia (ixx, iyy, izz, ixy, ixz, iyz; kg·m²) about the centre of mass, in the link's axes."""

    mass: Positive
    center: Vec3
    inertia: tuple[float, float, float, float, float, float]


class LinkGeom(Part):
    """A primitive in the link's frame. `size` as in MuJoCo: half extents of a box, radius and half length of a cylinder
    or capsule (along Z), radius of a sphere, semi-axes of an ellipsoid; m."""

    shape: Literal["box", "cylinder", "capsule", "sphere", "ellipsoid"]
    size: list[Positive]
    position: Vec3 = (0.0, 0.0, 0.0)
    quat_wxyz: Quat = (1.0, 0.0, 0.0, 0.0)
    color: Literal["shell", "dark", "metal", "glass", "accent", "rubber"] = "shell"
    visible: bool = True
    collides: bool = False
    is_pad: bool = False


class RobotLink(Part):
    """A rigid body. `pose_parent_link` is its pose at joint position 0; a link without `joint` is fixed."""

    name: str
    parent: str | None = None
    pose_parent_link: Pose = IDENTITY
    joint: LinkJoint | None = None
    inertial: Inertial | None = None
    geoms: list[LinkGeom] = []


class Coupling(Part):
    """A joint that follows a gripper's control joint: position = Σ polynomial[k] · control^k."""

    joint: str
    polynomial: Annotated[list[float], Field(min_length=5, max_length=5)]


class RobotGripper(Part):
    """An omnipicker: two fingers move along X of `center_link`, whose Z points from the palm to the tips.

    The control joint runs from `closed` to `open` (rad), `opening` (m) between the middles of the pads at `open`.
    """

    control_joint: str
    open: float
    closed: float
    opening: Positive
    couplings: list[Coupling]
    links: list[str]
    pad_links: Annotated[list[str], Field(min_length=2, max_length=2)]
    base_link: str
    center_link: str


class RobotArm(Part):
    """Seven joints from `base_link` to `end_link`, with its gripper; `elbow_link` is reported with IK solutions."""

    joints: Annotated[list[str], Field(min_length=7, max_length=7)]
    links: Annotated[list[str], Field(min_length=7, max_length=7)]
    base_link: str
    elbow_link: str
    end_link: str
    gripper: RobotGripper

    @property
    def center_link(self) -> str:
        return self.gripper.center_link


class RobotCamera(Part):
    """A pinhole camera without distortion. `pose_link_camera` has OpenCV's axes: +X right, +Y down, +Z forward."""

    name: str
    prim_path: str
    record_name: str
    link: str
    pose_link_camera: Pose
    width_px: Annotated[int, Field(gt=0, le=4096)]
    height_px: Annotated[int, Field(gt=0, le=4096)]
    fx_px: Positive
    fy_px: Positive
    cx_px: float
    cy_px: float


class AgibotRobot(Document):
    """A robot of Genie Sim with a fixed base. `dof_order` is the order in which its server reports and takes joints."""

    name: Literal["G2_omnipicker", "G1_omnipicker"]
    title: str
    robot_type: Literal["G2A", "A2D"]
    prim_path: str
    arm_base_link: str
    license: str
    source: str
    notes: list[str]
    dof_order: list[str]
    joint_state_order: list[str]
    waist_joints: list[str]
    head_joints: list[str]
    arms: dict[Side, RobotArm]
    cameras: list[RobotCamera]
    initial_positions: dict[str, float]
    links: list[RobotLink]
    collision_excludes: list[tuple[str, str]]

    @cached_property
    def joints(self) -> dict[str, LinkJoint]:
        """The joints by name, in `dof_order`."""
        found = {link.joint.name: link.joint for link in self.links if link.joint}
        return {name: found[name] for name in self.dof_order}

    @cached_property
    def lower(self) -> Array:
        """Lower limits (N,) in `dof_order`, rad or m."""
        return np.array([joint.lower for joint in self.joints.values()])

    @cached_property
    def upper(self) -> Array:
        """Upper limits (N,) in `dof_order`, rad or m."""
        return np.array([joint.upper for joint in self.joints.values()])

    @cached_property
    def motors(self) -> list[str]:
        """The joints that have a motor, in `dof_order`; the others follow a gripper's control joint."""
        return [name for name, joint in self.joints.items() if joint.stiffness > 0]

    @cached_property
    def couplings(self) -> dict[str, tuple[str, list[float]]]:
        """For every coupled joint its control joint and polynomial."""
        return {
            coupling.joint: (arm.gripper.control_joint, coupling.polynomial)
            for arm in self.arms.values()
            for coupling in arm.gripper.couplings
        }

    @cached_property
    def initial_qpos(self) -> Array:
        """Joint positions (N,) in `dof_order` after `init_robot`: 0 where the data give none, fingers consistent."""
        return self.complete(self.initial_positions)

    def complete(self, positions: dict[str, float]) -> Array:
        """Return joint positions (N,) in `dof_order`: those given, 0 elsewhere, coupled finger joints computed.

        Raises InputError for a joint that the robot does not have.
        """
        unknown = sorted(set(positions) - set(self.dof_order))
        if unknown:
            raise InputError(f"{self.name} has no joints {unknown}.", remedy=f"it has {self.dof_order}.")
        values = {name: float(positions.get(name, 0.0)) for name in self.dof_order}
        for joint, (control, polynomial) in self.couplings.items():
            values[joint] = float(np.polynomial.polynomial.polyval(values[control], polynomial))
        return np.array([values[name] for name in self.dof_order])

    def arm(self, side: Side) -> RobotArm:
        return self.arms[side]

    def camera(self, prim_path: str) -> RobotCamera:
        """Return the camera at a prim path; raises InputError that lists those that there are."""
        for camera in self.cameras:
            if camera.prim_path == prim_path:
                return camera
        there = [camera.prim_path for camera in self.cameras]
        raise InputError(f"{self.name} has no camera {prim_path!r}.", remedy=f"it has {there}.")

    def attach(self, spec: "mujoco.MjSpec", pose_world_base: Pose) -> None:
        """Add the robot to a scene at `pose_world_base` of its base link, everything under `robot/`.

        Bodies, joints and motors carry the names of the links and joints; cameras are `robot/{camera.name}`.
        """
        from blueprint.robots.agibot.model import attach_agibot

        attach_agibot(self, spec, pose_world_base)

    def index(self, model: "mujoco.MjModel") -> "AgibotIndex":
        """Return where the robot's parts are in a compiled model; raises InputError where there is no such robot."""
        from blueprint.robots.agibot.index import index_agibot

        return index_agibot(self, model)


def agibot_robots() -> list[str]:
    """Return the names of the robots that there are."""
    names = [item.name for item in resources.files("blueprint.robots.agibot").iterdir()]
    return sorted(name.removesuffix(".json") for name in names if name.endswith(".json"))


def load_agibot(name: str) -> AgibotRobot:
    """Return a robot by its name or by the name of its Genie Sim configuration file.

    Raises InputError that lists the names for an unknown one.
    """
    match = _CFG_NAME.match(name)
    if match is None:
        raise InputError(f"no AgiBot robot {name[:80]!r}; there are {agibot_robots()}.", remedy="choose one of these.")
    return _load(match.group(1))


@lru_cache
def _load(name: str) -> AgibotRobot:
    text = (resources.files("blueprint.robots.agibot") / f"{name}.json").read_bytes()
    return AgibotRobot.parse(text, where=f"robots/agibot/{name}.json")
