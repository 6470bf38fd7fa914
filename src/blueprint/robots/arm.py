"""One arm of a robot as data: its joints with their limits, the hand at its end, and the gripper."""

from functools import cached_property
from typing import Annotated, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from blueprint.contracts.document import Part
from blueprint.contracts.frames import Pose
from blueprint.contracts.ids import Identifier
from blueprint.robots.gripper import Gripper

__all__ = ["Arm", "JointLimits"]

Array = NDArray[np.float64]
Positive = Annotated[float, Field(gt=0)]


class JointLimits(Part):
    """Limits in rad, rad/s, rad/s², rad/s³, N·m; `stiffness` of the position servo in N·m/rad. Of a slide: m and N."""

    name: str
    kind: Literal["hinge", "slide"] = "hinge"
    lower: float
    upper: float
    velocity: Positive
    acceleration: Positive
    jerk: Positive
    torque: Positive
    stiffness: Positive

    @property
    def unit(self) -> str:
        return "rad" if self.kind == "hinge" else "m"


class Arm(Part):
    """A chain of joints from `base_body` to `hand_body`, in whose frame the grasp frame stands.

    The grasp frame lies between the pads: +Z is where the hand points, the fingers close along Y. `reach_m` is from the
    first joints to the grasp frame, as published.
    """

    name: Identifier = "arm"
    joints: Annotated[list[JointLimits], Field(min_length=2)]
    home: list[float]
    base_body: str
    hand_body: str
    gripper: Gripper
    pose_hand_grasp: Pose
    payload_kg: Positive
    reach_m: Positive

    @model_validator(mode="after")
    def _check(self) -> Self:
        if len(self.home) != len(self.joints):
            raise ValueError(f"home has {len(self.home)} values for {len(self.joints)} joints")
        return self

    @property
    def dof(self) -> int:
        return len(self.joints)

    @property
    def opening_max_m(self) -> float:
        return self.gripper.opening_max_m

    @property
    def home_qpos(self) -> Array:
        """The home configuration (n,), rad."""
        return np.array(self.home)

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
