"""Bodies of an articulated thing: moved, turned and scaled as a whole, and how large they are."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from blueprint.assets import mesh
from blueprint.assets.geometry import TriangleMesh
from blueprint.contracts.asset import Joint
from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import IDENTITY, Pose, Vec3, rotate
from blueprint.sources.imported.asset import ImportedLink
from blueprint.sources.imported.mesh_file import MeshPart

__all__ = ["bounds", "link_bounds", "mirrored", "parallel", "placed", "poses_root_first", "scaled", "whole"]

Array = NDArray[np.float64]
_AXIS_TOLERANCE = 1e-3
_SIZE_TOLERANCE = 1e-4


def poses_root_first(links: list[ImportedLink]) -> dict[str, Pose]:
    """Return the frame of every link in the thing's frame, joints closed."""
    poses: dict[str, Pose] = {}
    for link in links:
        poses[link.name] = (poses[link.parent] if link.parent else IDENTITY) @ link.pose_parent_link
    return poses


def whole(links: list[ImportedLink]) -> list[MeshPart]:
    """Return everything that is seen, joints closed, in the thing's frame."""
    poses = poses_root_first(links)
    return [replace(part, mesh=mesh.transformed(part.mesh, poses[link.name])) for link in links for part in link.parts]


def bounds(links: list[ImportedLink]) -> tuple[Array, Array]:
    """Return the lowest and highest corner of what is seen, in the thing's frame."""
    return _extent(part.mesh.vertices for part in whole(links))


def link_bounds(links: list[ImportedLink]) -> dict[str, tuple[Array, Array]]:
    """Return the box of every link that is seen, in the thing's frame."""
    poses = poses_root_first(links)
    return {
        link.name: _extent(poses[link.name].apply(part.mesh.vertices) for part in link.parts)
        for link in links
        if link.parts
    }


def placed(links: list[ImportedLink], pose: Pose) -> list[ImportedLink]:
    """Return the thing moved by `pose`: only the root's frame changes."""
    root = links[0]
    return [replace(root, pose_parent_link=pose @ root.pose_parent_link), *links[1:]]


def parallel(links: list[ImportedLink]) -> list[ImportedLink]:
    """Return the same thing with every link's frame parallel to the thing's frame, its origin where it was."""
    poses = poses_root_first(links)
    found = []
    for link in links:
        turn = Pose.of((0, 0, 0), poses[link.name].quat_wxyz)
        parent = poses[link.parent].position if link.parent else (0.0, 0.0, 0.0)
        found.append(
            replace(
                link,
                parts=[replace(part, mesh=mesh.transformed(part.mesh, turn)) for part in link.parts],
                pieces=[turn.apply(points) for points in link.pieces],
                pose_parent_link=Pose.of(np.subtract(poses[link.name].position, parent)),
                joint=_with_axis(link.joint, rotate(turn.quat_wxyz, link.joint.axis)) if link.joint else None,
            )
        )
    return found


def scaled(links: list[ImportedLink], factors: ArrayLike) -> list[ImportedLink]:
    """Return a thing whose frames are parallel, scaled by positive `factors` (x, y, z) about the thing's origin.

    Slides become longer by the factor along them. Raises InputError where the factors differ across a hinge's axis in a
    way that would bend it: an axis that is parallel to none of x, y and z.
    """
    factor = np.broadcast_to(np.asarray(factors, float), (3,))
    found = []
    for link in links:
        found.append(
            replace(
                link,
                parts=[replace(part, mesh=mesh.scaled(part.mesh, factor)) for part in link.parts],
                pieces=[points * factor for points in link.pieces],
                pose_parent_link=Pose.of(np.asarray(link.pose_parent_link.position) * factor),
                joint=_scaled_joint(link.joint, factor) if link.joint else None,
            )
        )
    return found


def mirrored(links: list[ImportedLink]) -> list[ImportedLink]:
    """Return the mirror image, x to -x, of a thing whose frames are parallel.

    A slide's axis is reflected; a hinge's is a pseudovector, so that it is reflected and reversed.
    """
    flip = np.array([-1.0, 1.0, 1.0])
    found = []
    for link in links:
        joint = link.joint
        if joint is not None:
            sign = 1.0 if joint.type == "prismatic" else -1.0
            joint = _with_axis(joint, sign * flip * np.asarray(joint.axis))
        parts = [
            replace(
                part,
                mesh=TriangleMesh(
                    part.mesh.vertices * flip, part.mesh.normals * flip, part.mesh.uvs, part.mesh.faces[:, ::-1].copy()
                ),
            )
            for part in link.parts
        ]
        found.append(
            replace(
                link,
                parts=parts,
                pieces=[points * flip for points in link.pieces],
                pose_parent_link=Pose.of(np.asarray(link.pose_parent_link.position) * flip),
                joint=joint,
            )
        )
    return found


def _scaled_joint(joint: Joint, factor: Array) -> Joint:
    axis = np.asarray(joint.axis)
    if joint.type == "prismatic":
        stretched = axis * factor
        length = float(np.linalg.norm(stretched))
        joint = joint.model_copy(update={"lower": joint.lower * length, "upper": joint.upper * length})
        return _with_axis(joint, stretched)
    is_uniform = np.ptp(factor) <= _SIZE_TOLERANCE * factor.max()
    if not is_uniform and np.sort(np.abs(axis))[-2] > _AXIS_TOLERANCE:
        raise InputError(
            f"hinge {joint.name} is oblique, about {np.round(axis, 3).tolist()}, and the thing would be stretched by "
            f"{np.round(factor, 3).tolist()}.",
            remedy="ask for a thing of the right proportions.",
        )
    return joint


def _with_axis(joint: Joint, axis: Array) -> Joint:
    x, y, z = (float(value) + 0.0 for value in axis / np.linalg.norm(axis))
    unit: Vec3 = (x, y, z)
    return joint.model_copy(update={"axis": unit})


def _extent(points: Iterable[Array]) -> tuple[Array, Array]:
    corners = [corner for some in points for corner in (some.min(axis=0), some.max(axis=0))]
    return np.min(corners, axis=0), np.max(corners, axis=0)
