"""Where the moving parts of a fitted thing are held: the grasps of our generator, mirrored and stretched with it."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from blueprint.assets.geometry import Asset
from blueprint.contracts.asset import Grasp
from blueprint.contracts.document import Document
from blueprint.contracts.frames import Pose, matrix_from_quat_wxyz, quat_wxyz_from_matrix

__all__ = ["Handles", "handles_of", "read_handles", "write_handles"]

Array = NDArray[np.float64]
_FILE = "handles.json"
_FLIP = np.array([-1.0, 1.0, 1.0])


class Handles(Document):
    """`obj_<id>/handles.json`: grasps in the frames of the URDF's links."""

    grasps: list[Grasp]


def handles_of(asset: Asset, factors: Array, *, is_mirrored: bool) -> list[Grasp]:
    """Return the grasps on links with joints, of an asset that was mirrored (x to -x) or not and then stretched.

    The frames of our moving links are parallel to the asset's, so that a stretch moves a handle and makes its bar
    thicker or thinner, but does not turn it.
    """
    moving = {link.name for link in asset.model.links if link.joint}
    return [_changed(grasp, factors, is_mirrored) for grasp in asset.model.grasps if grasp.link in moving]


def write_handles(folder: Path, grasps: list[Grasp]) -> None:
    """Write the handles of one object into its folder."""
    Handles(grasps=grasps).write(folder / _FILE)


def read_handles(folder: Path) -> list[Grasp]:
    """Return the handles of one object, none where its backend knows of none; raises InputError for a damaged file."""
    path = folder / _FILE
    return Handles.read(path).grasps if path.is_file() else []


def _changed(grasp: Grasp, factors: Array, is_mirrored: bool) -> Grasp:
    """A mirrored hand is none: its approach and its closing are reflected, and the third axis follows from them."""
    rotation = matrix_from_quat_wxyz(grasp.pose_link_grasp.quat_wxyz)
    position = np.asarray(grasp.pose_link_grasp.position)
    if is_mirrored:
        position = position * _FLIP
        closing, approach = rotation[:, 1] * _FLIP, rotation[:, 2] * _FLIP
        rotation = np.column_stack([np.cross(closing, approach), closing, approach])
    width = grasp.width_m * float(np.abs(rotation[:, 1]) @ factors)
    pose = Pose.of(position * factors, quat_wxyz_from_matrix(rotation)).rounded(7)
    return grasp.model_copy(update={"pose_link_grasp": pose, "width_m": round(width, 7)})
