"""The runtime checkers of Genie Sim: numbers measured on poses of the simulated world, compared with a threshold."""

import json
from collections.abc import Callable
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, TypeAdapter, ValidationError

from blueprint.contracts.document import Part
from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Pose, Vec3, matrix_from_quat_wxyz

__all__ = ["Checker", "parse_checker"]

PoseOf = Callable[[str], Pose]
Axis = Literal["x", "y", "z"]
_MAX_CHARACTERS = 100_000


class Offset(Part, extra="ignore"):
    """A displacement in the object's own frame ("local") or in the world's."""

    frame: Literal["world", "local"] = "world"
    position: Vec3 | None = None
    orientation: tuple[float, float, float, float] | None = None

    def moved(self, pose: Pose) -> Pose:
        step = np.asarray(self.position or (0.0, 0.0, 0.0))
        turn = Pose.of((0, 0, 0), self.orientation or (1, 0, 0, 0))
        own = Pose.of((0, 0, 0), pose.quat_wxyz)
        if self.frame == "local":
            return Pose.of(pose.apply(step), (own @ turn).quat_wxyz)
        return Pose.of(np.asarray(pose.position) + step, (turn @ own).quat_wxyz)


class _Rule(Part, extra="ignore"):
    object_id: str
    object_offset: Offset | None = None
    rule: Literal["lessThan", "greaterThan", "equalTo"] = "lessThan"
    value: float

    def holds(self, measured: float) -> bool:
        if self.rule == "lessThan":
            return measured < self.value
        return measured > self.value if self.rule == "greaterThan" else measured == self.value

    def pose(self, pose_of: PoseOf) -> Pose:
        pose = pose_of(self.object_id)
        return self.object_offset.moved(pose) if self.object_offset else pose


class DistanceRule(_Rule):
    """The distance of an object from a target in m, in the world's or the target's axes, some of them left out."""

    target_id: str
    target_offset: Offset | None = None
    ignore_axises: list[Axis] | None = None
    is_local: bool = False

    def measure(self, pose_of: PoseOf) -> float:
        target = pose_of(self.target_id)
        if self.target_offset:
            target = self.target_offset.moved(target)
        apart = np.asarray(self.pose(pose_of).position) - np.asarray(target.position)
        if self.is_local:
            apart = matrix_from_quat_wxyz(target.quat_wxyz).T @ apart
        counted = [index for index, axis in enumerate("xyz") if axis not in (self.ignore_axises or [])]
        return float(np.linalg.norm(apart[counted]))


class AngleRule(_Rule):
    """The angle in rad, 0 to π, between an axis of an object and a direction of the world."""

    axis: Axis
    target_vector: Vec3

    def measure(self, pose_of: PoseOf) -> float:
        target = np.asarray(self.target_vector)
        length = float(np.linalg.norm(target))
        if not length > 0:
            raise InputError(f"target_vector {self.target_vector} has no direction.", remedy="give one.")
        axis = matrix_from_quat_wxyz(self.pose(pose_of).quat_wxyz)[:, "xyz".index(self.axis)]
        return float(np.arccos(np.clip(axis @ target / length, -1.0, 1.0)))


class Distance(Part, extra="ignore"):
    checker_name: Literal["distance_to_target"]
    params: DistanceRule


class Angle(Part, extra="ignore"):
    checker_name: Literal["local_axis_angle"]
    params: AngleRule


Checker = Distance | Angle
_ANY: TypeAdapter[Checker] = TypeAdapter(Annotated[Distance | Angle, Field(discriminator="checker_name")])


def parse_checker(text: str) -> Checker:
    """Return the checker that a JSON text describes. Ids are prim paths, "left" or "right" (the grippers).

    Raises InputError that says what is wrong: unknown checkers and missing values too.
    """
    if len(text) > _MAX_CHARACTERS:
        raise InputError(f"a checker of {len(text)} characters.", remedy=f"at most {_MAX_CHARACTERS}.")
    try:
        return _ANY.validate_python(json.loads(text))
    except (ValidationError, json.JSONDecodeError, RecursionError) as error:
        raise InputError(f"not a checker: {str(error)[:500]}.", remedy="see the task template's `checker`.") from error
