"""Where to press what moves on a joint: points of its surface that face the hand and go straight away from it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.asset import AssetModel, Joint, Link
from blueprint.physics.extent import shape_points

__all__ = ["PressPoint", "is_button", "press_points"]

Array = NDArray[np.float64]

SHARES = (-0.6, -0.3, 0.0, 0.3, 0.6)  # of a face's half size: not at its edges
STRAIGHT_COSINE = 0.95  # between the way of a point and the inward normal of its face
FREE_M = (0.012, 0.03, 0.06)  # nothing of the asset is so near in front of a point
OFF_CENTRE_COST = 0.5  # of a point at a face's edge, against the share of the longest lever
BUTTON_TRAVEL_M, BUTTON_TRAVEL_RAD = 0.02, 0.5


@dataclass(frozen=True)
class PressPoint:
    """A point (3,), the unit vector (3,) straight into its face, and the way in which it goes at first as the joint
    opens (unit, about the same); in the link's frame at 0. It moves by `travel` m per unit of the joint."""

    point: Array
    inward: Array
    way: Array
    travel: float


def is_button(asset: AssetModel, link: Link) -> bool:
    """Return whether a link is to be pressed: it moves a little, has nothing to hold it by, and can be pressed."""
    if link.joint is None or any(grasp.link == link.name for grasp in asset.grasps):
        return False
    most = BUTTON_TRAVEL_M if link.joint.type == "prismatic" else BUTTON_TRAVEL_RAD
    return link.joint.upper <= most and bool(press_points(asset, link))


def press_points(asset: AssetModel, link: Link) -> list[PressPoint]:
    """Return where a link can be pressed so that its joint opens, best first: far from a hinge, amid a free face."""
    joint = link.joint
    if joint is None:
        return []
    boxes = _boxes(asset)
    pose = asset.poses_asset_link()[link.name]
    found: list[tuple[float, PressPoint]] = []
    for low, high in _link_boxes(link):
        middle, half = (low + high) / 2, (high - low) / 2
        for axis in range(3):
            for sign in (-1.0, 1.0):
                normal = sign * np.eye(3)[axis]
                across = [k for k in range(3) if k != axis]
                for first in SHARES:
                    for second in SHARES:
                        point = middle + half[axis] * normal
                        point[across] += half[across] * np.array([first, second])
                        way = _velocity(joint, point)
                        travel = float(np.linalg.norm(way))
                        if travel < 1e-4 or -float(way @ normal) < STRAIGHT_COSINE * travel:
                            continue
                        ahead = [pose.apply(point + distance * normal) for distance in FREE_M]
                        if not any(_is_inside(boxes, at) for at in ahead):
                            item = PressPoint(point, -normal, way / travel, travel)
                            found.append((float(np.hypot(first, second)), item))
    furthest = max((item.travel for _, item in found), default=1.0)
    found.sort(key=lambda pair: OFF_CENTRE_COST * pair[0] - pair[1].travel / furthest)
    return [item for _, item in found]


def _velocity(joint: Joint, point: Array) -> Array:
    """How a point of the link moves per unit of the joint, at 0."""
    axis = np.asarray(joint.axis, float)
    return axis if joint.type == "prismatic" else np.asarray(np.cross(axis, point), np.float64)


def _link_boxes(link: Link) -> list[tuple[Array, Array]]:
    """Lower and upper corner of a box around each collider, in the link's frame."""
    clouds = [np.asarray(item.pose_link_shape.apply(shape_points(item.shape))) for item in link.colliders]
    return [(cloud.min(axis=0), cloud.max(axis=0)) for cloud in clouds]


def _boxes(asset: AssetModel) -> list[tuple[Array, Array]]:
    """The same for every collider of an asset with its joints at 0, in the asset's frame."""
    poses = asset.poses_asset_link()
    found = []
    for link in asset.links:
        for item in link.colliders:
            cloud = np.asarray((poses[link.name] @ item.pose_link_shape).apply(shape_points(item.shape)))
            found.append((cloud.min(axis=0), cloud.max(axis=0)))
    return found


def _is_inside(boxes: list[tuple[Array, Array]], point: Array) -> bool:
    return any(bool(np.all(point > low) and np.all(point < high)) for low, high in boxes)
