"""The 159-dimensional state and 40-dimensional action of AgiBot's LeRobot datasets, and how to find them in wider ones.

Published datasets come with states of 159 and of 183 dimensions: which columns mean what is said by the
`field_descriptions` of their info.json, never by the width.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.errors import ContractError
from blueprint.contracts.geniesim.raw_episode import RobotJoints

__all__ = [
    "ACTION_FIELDS",
    "ACTION_SIZE",
    "STATE_FIELDS",
    "STATE_SIZE",
    "VectorField",
    "action_names",
    "field_descriptions",
    "select_fields",
    "state_names",
]


@dataclass(frozen=True)
class VectorField:
    """A named run of dimensions. `camera` is whose extrinsics it holds; a G1 fills the first 2 of head and waist."""

    key: str
    size: int
    meaning: str
    camera: str | None = None


_EXTRINSIC_CAMERAS = (
    ("hand_left_rgbd", "hand_left"),
    ("hand_right_rgbd", "hand_right"),
    ("head_left_fisheye", None),
    ("head_right_fisheye", None),
    ("head_front_rgbd", "head"),
    ("head_back_fisheye", None),
)
_NOT_RECORDED = "not recorded in simulation: zeros"


def _extrinsics(kind: str, size: int, meaning: str) -> tuple[VectorField, ...]:
    return tuple(
        VectorField(f"extrinsic_end_T_{name}_aligned/{kind}", size, meaning if camera else _NOT_RECORDED, camera)
        for name, camera in _EXTRINSIC_CAMERAS
    )


STATE_FIELDS = (
    VectorField("state/left_effector/position", 1, "gripper, 0 open to 120 closed"),
    VectorField("state/right_effector/position", 1, "gripper, 0 open to 120 closed"),
    VectorField("state/end/position", 6, "arm end links, left then right, in the robot's base frame, m"),
    VectorField("state/end/orientation", 8, "arm end links in the robot's base frame, quaternions x,y,z,w"),
    VectorField("state/end/arm_orientation", 8, "arm end links in the arms' base frame, quaternions x,y,z,w"),
    VectorField("state/end/arm_position", 6, "arm end links in the arms' base frame, m"),
    VectorField("state/joint/position", 14, "arm joints, left then right, rad"),
    VectorField("state/joint/effort", 14, "arm joints, N·m"),
    VectorField("state/joint/velocity", 14, "arm joints, rad/s"),
    VectorField("state/head/position", 3, "head joints, rad"),
    VectorField("state/waist/position", 5, "waist joints, rad or m"),
    VectorField("state/robot/position", 3, "robot base in the world, m"),
    VectorField("state/robot/orientation", 4, "robot base in the world, quaternion x,y,z,w"),
    *_extrinsics("rotation_matrix", 9, "camera (OpenCV axes) in the robot's base frame, row by row"),
    *_extrinsics("translation_vector", 3, "camera in the robot's base frame, m"),
)
ACTION_FIELDS = (
    VectorField("action/left_effector/position", 1, "gripper, 0 open to 1 closed"),
    VectorField("action/right_effector/position", 1, "gripper, 0 open to 1 closed"),
    VectorField("action/end/position", 6, "arm end links, left then right, in the robot's base frame, m"),
    VectorField("action/end/orientation", 8, "arm end links in the robot's base frame, quaternions x,y,z,w"),
    VectorField("action/joint/position", 14, "arm joints, left then right, rad"),
    VectorField("action/head/position", 3, "head joints, rad"),
    VectorField("action/waist/position", 5, "waist joints, rad or m"),
    VectorField("action/robot/velocity", 2, "base velocity, linear m/s and angular rad/s"),
)
STATE_SIZE = sum(item.size for item in STATE_FIELDS)
ACTION_SIZE = sum(item.size for item in ACTION_FIELDS)


def field_descriptions(fields: Sequence[VectorField]) -> dict[str, Any]:
    """Return what info.json says of a vector: field → {description, dimensions, indices}."""
    described, first = {}, 0
    for item in fields:
        described[item.key] = {
            "description": item.meaning,
            "dimensions": item.size,
            "indices": list(range(first, first + item.size)),
        }
        first += item.size
    return described


def state_names(joints: RobotJoints) -> list[str]:
    """Return a name for every dimension of the state; joints by their own names, unused dimensions as `unused`."""
    return _names(STATE_FIELDS, joints)


def action_names(joints: RobotJoints) -> list[str]:
    """Return a name for every dimension of the action."""
    return _names(ACTION_FIELDS, joints)


def select_fields(
    values: NDArray[np.float32], descriptions: Mapping[str, Any], fields: Sequence[VectorField]
) -> NDArray[np.float32]:
    """Return the columns of `fields`, (T, size), out of vectors of any width (T, W), by their `field_descriptions`.

    A field that the descriptions lack is zeros. Raises ContractError where an index is outside or a size differs.
    """
    width = values.shape[1]
    parts = []
    for item in fields:
        entry = descriptions.get(item.key)
        indices = entry.get("indices") if isinstance(entry, Mapping) else []
        if not isinstance(indices, list) or any(type(i) is not int or not 0 <= i < width for i in indices):
            raise ContractError(
                f"field {item.key}: indices {str(indices)[:80]} are not columns of a vector of {width}.",
                remedy="take field_descriptions from the dataset's own info.json.",
            )
        if len(indices) not in (0, item.size):
            raise ContractError(f"field {item.key} has {len(indices)} dimensions, expected {item.size}.")
        parts.append(values[:, indices] if indices else np.zeros((len(values), item.size), np.float32))
    return np.concatenate(parts, axis=1)


def _names(fields: Sequence[VectorField], joints: RobotJoints) -> list[str]:
    of_part = {"joint": joints.arms, "head": joints.head, "waist": joints.waist}
    names = []
    for item in fields:
        own = of_part.get(item.key.split("/")[1], ())
        labels = [str(k) for k in range(item.size)]
        if own:
            labels = [*own, *(f"unused_{k}" for k in range(len(own), item.size))]
        names += [item.key] if item.size == 1 else [f"{item.key}/{label}" for label in labels]
    return names
