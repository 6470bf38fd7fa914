"""A robot of yourdfpy → bodies of ours: one tree, fixed joints merged, axes of unit length, ranges that include 0."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import yourdfpy
from numpy.typing import NDArray

from blueprint.assets import mesh
from blueprint.assets.builder import hinge, slider
from blueprint.contracts.asset import Joint
from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import IDENTITY, Pose, Vec3
from blueprint.contracts.ids import slug
from blueprint.sources.imported.asset import ImportedLink
from blueprint.sources.imported.mesh_file import MeshPart

__all__ = ["MAX_LINKS", "Shapes", "links_of"]

Array = NDArray[np.float64]
# What a link of the URDF looks like and collides with, in its own frame; the pose is that frame in the root's.
Shapes = Callable[[yourdfpy.Link, Pose], tuple[list[MeshPart], list[Array]]]
MAX_LINKS = 64
_MAX_LENGTH = 1e3
_MAX_TURN_RAD = 4 * math.pi


def links_of(robot: yourdfpy.Robot, shapes: Shapes, where: str, *, is_ours: bool = False) -> list[ImportedLink]:
    """Return the bodies, the root first and every other after its parent; masses, efforts and velocities are left out.

    Damping and friction are those of our generators, unless the file `is_ours`: others write placeholders there.

    The closed pose is the one that is drawn, 0: a range that does not include it is moved so that it begins there, and
    an axis is reversed where the longer way is the negative one. Raises InputError for anything but one tree with at
    least one joint that moves, for NaN, for an axis without length and for a range that is none.
    """
    order = _breadth_first(robot, where)
    bodies: dict[str, _Body] = {}
    owners: dict[str, tuple[str, Pose]] = {}  # link → its body, and the link's frame in the body's
    poses: dict[str, Pose] = {}
    for link, joint in order:
        origin = _pose(joint.origin if joint else None, where)
        if joint is None:
            owners[link.name], poses[link.name] = (link.name, IDENTITY), IDENTITY
            bodies[link.name] = _Body(None, IDENTITY, None)
        else:
            parent, pose_parent = owners[joint.parent]
            poses[link.name] = poses[joint.parent] @ origin
            if joint.type == "fixed":
                owners[link.name] = parent, pose_parent @ origin
            else:
                owners[link.name] = link.name, IDENTITY
                bodies[link.name] = _Body(parent, pose_parent @ origin, _joint(joint, where, is_ours))
        body, pose = owners[link.name]
        parts, pieces = shapes(link, poses[link.name])
        bodies[body].parts += [replace(part, mesh=mesh.transformed(part.mesh, pose)) for part in parts]
        bodies[body].pieces += [pose.apply(points) for points in pieces]
    if not any(body.joint for body in bodies.values()):
        raise InputError(f"{where} has no joint that moves.", remedy="nothing was found to articulate.")
    return _named(bodies)


@dataclass
class _Body:
    parent: str | None
    pose_parent_link: Pose
    joint: Joint | None
    parts: list[MeshPart] = field(default_factory=list)
    pieces: list[Array] = field(default_factory=list)


def _breadth_first(robot: yourdfpy.Robot, where: str) -> list[tuple[yourdfpy.Link, yourdfpy.Joint | None]]:
    """Return every link after its parent, with the joint to it; raises InputError for anything but one tree."""
    links = {link.name: link for link in robot.links}
    if not 2 <= len(robot.links) <= MAX_LINKS or len(links) != len(robot.links):
        raise InputError(
            f"{where} has {len(robot.links)} links, {len(links)} by name.", remedy=f"2 to {MAX_LINKS} are read."
        )
    children: dict[str, list[yourdfpy.Joint]] = {}
    parents: dict[str, str] = {}
    for joint in robot.joints:
        unknown = [name for name in (joint.parent, joint.child) if name not in links]
        if unknown or joint.child in parents:
            problem = f"no link {unknown[0]!r}" if unknown else f"two parents of {joint.child!r}"
            raise InputError(f"{where}: joint {joint.name!r}: {problem}.", remedy="look into the service's log.")
        parents[joint.child] = joint.parent
        children.setdefault(joint.parent, []).append(joint)
    roots = [name for name in links if name not in parents]
    if len(roots) != 1:
        raise InputError(f"{where} has {len(roots)} roots, expected 1.", remedy="look into the service's log.")
    order: list[tuple[yourdfpy.Link, yourdfpy.Joint | None]] = [(links[roots[0]], None)]
    for link, _ in order:
        order += [(links[joint.child], joint) for joint in children.get(link.name, [])]
    if len(order) != len(links):
        raise InputError(f"{where} has a cycle of joints.", remedy="look into the service's log.")
    return order


def _joint(joint: yourdfpy.Joint, where: str, is_ours: bool) -> Joint:
    name = slug(joint.name)
    if joint.type not in ("revolute", "continuous", "prismatic"):
        raise InputError(f"{where}: joint {joint.name!r} is {joint.type!r}.", remedy="hinges and slides are read.")
    axis = np.asarray(joint.axis if joint.axis is not None else (1.0, 0.0, 0.0), float)
    length = float(np.linalg.norm(axis)) if axis.shape == (3,) else math.nan
    if not 1e-6 < length < 1e6:
        raise InputError(f"{where}: joint {joint.name!r} has no axis: {joint.axis}.", remedy="correct it.")
    lower, upper = _range(joint, where)
    if abs(lower) > abs(upper):
        axis, lower, upper = -axis, -upper, -lower
    x, y, z = (float(value) + 0.0 for value in axis / length)
    unit: Vec3 = (x, y, z)
    made = slider(name, unit, upper) if joint.type == "prismatic" else hinge(name, unit, upper)
    made = made.model_copy(update={"lower": lower})
    if is_ours and joint.dynamics is not None:
        made = made.model_copy(update=_dynamics(joint, where))
    return made


def _range(joint: yourdfpy.Joint, where: str) -> tuple[float, float]:
    """Return the limits, moved so that they include 0. A continuous joint turns half round either way."""
    if joint.type == "continuous":
        return -math.pi, math.pi
    lower, upper = (joint.limit.lower, joint.limit.upper) if joint.limit is not None else (None, None)
    most = _MAX_LENGTH if joint.type == "prismatic" else _MAX_TURN_RAD
    if lower is None or upper is None or not -most <= lower < upper <= most:
        raise InputError(f"{where}: joint {joint.name!r} has the range {lower} to {upper}.", remedy="correct it.")
    shift = max(lower, 0.0) + min(upper, 0.0)
    return float(lower - shift), float(upper - shift)


def _dynamics(joint: yourdfpy.Joint, where: str) -> dict[str, float]:
    found = {}
    for word in ("damping", "friction"):
        text = getattr(joint.dynamics, word)
        if text is None:
            continue
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not 0 <= value <= 1e4:
            raise InputError(f"{where}: joint {joint.name!r}: {word} {str(text)[:40]!r}.", remedy="correct it.")
        found[word] = value
    return found


def _pose(matrix: Array | None, where: str) -> Pose:
    if matrix is None:
        return IDENTITY
    if not np.isfinite(matrix).all() or np.abs(matrix).max() > _MAX_LENGTH:
        raise InputError(f"{where}: an origin is not finite.", remedy="look into the service's log.")
    return Pose.from_matrix(matrix)


def _named(bodies: dict[str, _Body]) -> list[ImportedLink]:
    """Names become identifiers, each once, also those of the joints."""
    names: dict[str, str] = {}
    joints: set[str] = set()
    found = []
    for name, body in bodies.items():
        names[name] = _unique(slug(name), set(names.values()))
        joint = body.joint
        if joint is not None:
            joint = joint.model_copy(update={"name": _unique(joint.name, joints)})
            joints.add(joint.name)
        found.append(
            ImportedLink(
                name=names[name],
                parts=body.parts,
                pieces=body.pieces,
                parent=names[body.parent] if body.parent is not None else None,
                pose_parent_link=body.pose_parent_link,
                joint=joint,
            )
        )
    return found


def _unique(name: str, taken: set[str]) -> str:
    found, number = name, 2
    while found in taken:
        found, number = f"{name}_{number}", number + 1
    return found
