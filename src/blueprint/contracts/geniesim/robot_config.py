"""A robot as the export describes it: joints, spaces, sensors, control modes; `geniesim/multi_robot_config.json`."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from blueprint.contracts.document import Document, Part
from blueprint.contracts.frames import Vec3
from blueprint.contracts.geniesim.scene_graph import SCHEMA_VERSION
from blueprint.contracts.ids import SceneId

__all__ = ["CameraSensor", "ControlMode", "GripperSpace", "JointSpec", "MultiRobotConfig", "RobotConfig", "VectorSpace"]


class JointSpec(Part):
    """Limits in rad (m for a sliding joint), rad/s and N·m; a figure that the robot's data do not hold is absent."""

    name: str
    lower: float
    upper: float
    velocity: float | None = None
    effort: float | None = None


class GripperSpace(Part):
    """What a gripper is told: an opening in m (`parallel`), or the angle of its control joint in rad (`angular`)."""

    name: str
    kind: Literal["parallel", "angular"]
    control_joint: str | None = None
    closed: float
    open: float
    unit: Literal["m", "rad"]
    max_force: float | None = None


class CameraSensor(Part):
    name: str
    prim_path: str | None = None
    frame: str
    width_px: int | None = None
    height_px: int | None = None
    fovy_deg: float | None = None


class ControlMode(Part):
    """`supported` says whether our simulator drives the robot that way."""

    mode: Literal["joint_position", "joint_velocity", "joint_torque", "end_effector_pose"]
    supported: bool
    rate_hz: float | None = None


class VectorSpace(Part):
    """A named vector: one name, unit and bound per entry."""

    names: list[str]
    units: list[str]
    lower: list[float]
    upper: list[float]


class RobotConfig(Part):
    """`base_position` in the world; `workspace_bounds` are the lower and upper corners of the box that tasks lie in."""

    model_config = ConfigDict(extra="allow", frozen=True, allow_inf_nan=False)

    type: str
    urdf_path: str | None = None
    base_position: Vec3
    workspace_bounds: tuple[Vec3, Vec3]
    joints: Annotated[list[JointSpec], Field(min_length=1)]
    initial_joint_positions: dict[str, float] = {}
    grippers: list[GripperSpace]
    cameras: list[CameraSensor]
    force_torque_sensors: list[str] = []
    control_modes: list[ControlMode]
    action_space: VectorSpace
    observation_space: VectorSpace
    source: str


class MultiRobotConfig(Document):
    schema_version: Literal["3.0"] = SCHEMA_VERSION
    scene_id: SceneId
    primary: str
    robots: list[RobotConfig]
