"""What keeps a closed door, lid or lever where it is: friction against its weight, and a carriage for a light one."""

import numpy as np

from blueprint.contracts.asset import AssetModel, Joint, Link
from blueprint.contracts.frames import Pose, rotate
from blueprint.physics.inertia import with_inertials

__all__ = ["with_steady_joints"]

_GRAVITY = np.array([0.0, 0.0, -9.81])
_MARGIN = 1.3
# What a slide or hinge moves at least, kg and kg·m²: a lever of some grams creeps through its soft friction.
_LEAST = {"prismatic": 0.4, "revolute": 0.01}


def with_steady_joints(model: AssetModel) -> AssetModel:
    """Return the model with every joint's friction at least 1.3 times what weight does at it while closed and upright.

    A spring or a counterweight does that in the real thing. N for a slide, N·m for a hinge, from the masses of the
    link and of all that hangs on it. A slide moves at least 0.4 kg and a hinge 0.01 kg·m², the difference as armature
    (a carriage, a gear). The rest of the joint stays as it is.
    """
    if not model.is_articulated:
        return model
    poses = model.poses_asset_link()
    weighed = with_inertials(model)
    links = []
    for link in model.links:
        if link.joint is not None:
            carried = _carried(weighed, link.name)
            held = round(_MARGIN * _load(link.joint, poses[link.name], carried, poses), 4)
            moved = sum(item.inertial.mass_kg for item in carried if item.inertial)
            lacking = _LEAST[link.joint.type] - (moved if link.joint.type == "prismatic" else 0.0)
            steady = {
                "friction": max(link.joint.friction, held),
                "armature": max(link.joint.armature, round(lacking, 4), 0.0),
            }
            link = link.model_copy(update={"joint": link.joint.model_copy(update=steady)})
        links.append(link)
    return model.model_copy(update={"links": links})


def _carried(model: AssetModel, name: str) -> list[Link]:
    """The link and its descendants; parents stand before their children."""
    names = {name}
    for link in model.links:
        if link.parent in names:
            names.add(link.name)
    return [link for link in model.links if link.name in names]


def _load(joint: Joint, pose_asset_link: Pose, carried: list[Link], poses: dict[str, Pose]) -> float:
    axis = rotate(pose_asset_link.quat_wxyz, joint.axis)
    load = np.zeros(3)
    for link in carried:
        assert link.inertial is not None
        weight = link.inertial.mass_kg * _GRAVITY
        arm = poses[link.name].apply(link.inertial.center_of_mass) - np.asarray(pose_asset_link.position)
        load += weight if joint.type == "prismatic" else np.cross(arm, weight)
    return abs(float(load @ axis))
