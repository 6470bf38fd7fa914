"""What a joint moves: its link, whatever hangs on that, and the things that stand on or in it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import mujoco
import numpy as np
from numpy.typing import NDArray

from blueprint.certify.objects import ObjectIndex
from blueprint.contracts.frames import Pose

__all__ = ["MovingPart", "boxes_meet", "moving_parts", "place", "space_apart"]

Array = NDArray[np.float64]
_UPWARDS = 0.5  # cosine between up and the normal of a contact that bears weight
_LEVEL = 0.999  # cosine between up and the axis of a hinge that spills nothing
_BOX_SAMPLES = 13


@dataclass(frozen=True)
class MovingPart:
    """One hinge or slide, the bodies that move with it, and the free objects among them that it only carries.

    An object is carried if all that bears its weight moves with the joint, and the joint keeps it level. `swept` is the
    box (lower and upper corner, (2, 3), m) that the colliders of all of them stay in over the joint's range.
    """

    joint: int
    bodies: NDArray[np.int64]
    carried: tuple[str, ...]
    swept: Array


def moving_parts(index: ObjectIndex, rest: mujoco.MjData, joints: Sequence[int]) -> list[MovingPart]:
    """Return the part that each joint moves; kinematics and contacts of `rest` must be up to date."""
    bearers = _bearers(index, rest)
    parts = [_part(index, rest, joint, bearers) for joint in joints]
    return [replace(part, swept=_swept(index, rest, part)) for part in parts]


def place(
    index: ObjectIndex, data: mujoco.MjData, rest: mujoco.MjData, parts: Sequence[MovingPart], fraction: float
) -> None:
    """Put parts of which none moves another at a fraction of their ranges, what they carry rigidly with them.

    Everything else in `data` is left where it is; its kinematics are up to date afterwards.
    """
    model = index.model
    for part in parts:
        lower, upper = model.jnt_range[part.joint]
        data.qpos[model.jnt_qposadr[part.joint]] = lower + fraction * (upper - lower)
    mujoco.mj_kinematics(model, data)
    for part in parts:
        link = int(model.jnt_bodyid[part.joint])
        before, after = (Pose.of(state.xpos[link], state.xquat[link]) for state in (rest, data))
        for name in part.carried:
            pose = after @ before.inverse() @ index.pose_world_object(rest, name)
            start = int(model.jnt_qposadr[index.free_joints[name]])
            data.qpos[start : start + 7] = [*pose.position, *pose.quat_wxyz]
    if any(part.carried for part in parts):
        mujoco.mj_kinematics(model, data)


def space_apart(boxes: Sequence[Array]) -> list[list[int]]:
    """Return the numbers of the boxes (2, 3) in batches in which no two meet, first come, first served."""
    batches: list[list[int]] = []
    for number, box in enumerate(boxes):
        free = (batch for batch in batches if not any(boxes_meet(box, boxes[other]) for other in batch))
        batch = next(free, None)
        if batch is None:
            batches.append(batch := [])
        batch.append(number)
    return batches


def boxes_meet(first: Array, second: Array) -> bool:
    """Whether two boxes, given by their lower and upper corner (2, 3), have a point in common."""
    return bool((first[0] <= second[1]).all() and (second[0] <= first[1]).all())


def _part(index: ObjectIndex, rest: mujoco.MjData, joint: int, bearers: dict[str, set[int]]) -> MovingPart:
    model = index.model
    moving = {int(model.jnt_bodyid[joint])}
    for body in range(min(moving) + 1, model.nbody):  # parents come before their children
        if int(model.body_parentid[body]) in moving:
            moving.add(body)
    carried: list[str] = []
    slides = model.jnt_type[joint] == mujoco.mjtJoint.mjJNT_SLIDE
    while slides or abs(rest.xaxis[joint, 2]) >= _LEVEL:
        found = [name for name, below in bearers.items() if name not in carried and below <= moving]
        if not found:
            break
        carried += found
        moving |= {body for body, name in enumerate(index.object_of_body) if name in found}
    return MovingPart(joint, np.array(sorted(moving)), tuple(carried), np.zeros((2, 3)))


def _swept(index: ObjectIndex, rest: mujoco.MjData, part: MovingPart) -> Array:
    model = index.model
    data = mujoco.MjData(model)
    data.qpos[:] = rest.qpos
    geoms = np.flatnonzero(
        np.isin(model.geom_bodyid, part.bodies) & ((model.geom_contype | model.geom_conaffinity) > 0)
    )
    if not len(geoms):
        return np.tile(rest.xpos[model.jnt_bodyid[part.joint]], (2, 1))
    corners = []
    for fraction in np.linspace(0.0, 1.0, _BOX_SAMPLES):
        place(index, data, rest, [part], float(fraction))
        turns = data.geom_xmat[geoms].reshape(-1, 3, 3)
        centres = data.geom_xpos[geoms] + np.einsum("nij,nj->ni", turns, model.geom_aabb[geoms, :3])
        halves = np.einsum("nij,nj->ni", np.abs(turns), model.geom_aabb[geoms, 3:])
        corners.append([(centres - halves).min(axis=0), (centres + halves).max(axis=0)])
    found = np.array(corners)
    return np.array([found[:, 0].min(axis=0), found[:, 1].max(axis=0)])


def _bearers(index: ObjectIndex, rest: mujoco.MjData) -> dict[str, set[int]]:
    """Return free object id → the bodies of other objects that it stands on."""
    found: dict[str, set[int]] = {}
    for geoms, frame in zip(rest.contact.geom, rest.contact.frame, strict=True):
        below, above = (int(index.model.geom_bodyid[geom]) for geom in geoms)  # the normal points from the first
        if abs(frame[2]) < _UPWARDS:
            continue
        if frame[2] < 0:
            below, above = above, below
        name = index.object_of_body[above]
        if name in index.free_joints and index.object_of_body[below] != name:
            found.setdefault(name, set()).add(below)
    return found
