"""Articulated things on disk: `obj_<id>/<id>.urdf`, `meshes/*.glb` (what is seen) and `collision/*.obj` (hulls)."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import trimesh
import yourdfpy
from lxml import etree
from numpy.typing import NDArray

from blueprint.assets import colliders, mesh
from blueprint.contracts.asset import Collider
from blueprint.contracts.document import write_atomically
from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import IDENTITY, Pose, quat_wxyz_from_euler_xyz
from blueprint.sources.articulation.links import placed
from blueprint.sources.articulation.part_file import part_glb
from blueprint.sources.articulation.urdf import MAX_URDF_BYTES, parse_urdf
from blueprint.sources.articulation.urdf_shapes import file_shapes
from blueprint.sources.articulation.urdf_tree import links_of
from blueprint.sources.imported.asset import ImportedLink
from blueprint.sources.imported.files import read_bounded
from blueprint.sources.imported.hulls import hull_vertices

__all__ = ["object_folder", "read_urdf", "write_urdf"]

Array = NDArray[np.float64]
_UPRIGHT = Pose.of((0, 0, 0), quat_wxyz_from_euler_xyz(np.pi / 2, 0.0, 0.0)).matrix()  # GLB is Y-up, URDF Z-up
_VELOCITY = 10.0  # URDF demands limits of the actuator; nothing drives these joints, and nothing slows them here
_BOX_TOLERANCE_M = 1e-6


def object_folder(out: Path, object_id: str) -> Path:
    """Return where the files of one object lie."""
    return out / f"obj_{object_id}"


def write_urdf(out: Path, object_id: str, links: list[ImportedLink]) -> Path:
    """Write a thing below `out` and return its URDF; the same thing gives the same bytes, without masses."""
    folder = object_folder(out, object_id)
    links = _rooted(links)
    robot = yourdfpy.Robot(name=object_id)
    for link in links:
        robot.links.append(_link(folder, link))
        if link.joint is not None:
            robot.joints.append(_joint(link))
    model = yourdfpy.URDF(
        robot, build_scene_graph=False, load_meshes=False, filename_handler=yourdfpy.filename_handler_null
    )
    path = folder / f"{object_id}.urdf"
    text = etree.tostring(model.write_xml(), xml_declaration=True, encoding="utf-8", pretty_print=True)
    write_atomically(path, text)
    return path


def read_urdf(out: Path, object_id: str) -> list[ImportedLink]:
    """Read a thing that `write_urdf` wrote, in its own frame; raises InputError where files are missing or damaged."""
    folder = object_folder(out, object_id)
    path = folder / f"{object_id}.urdf"
    robot = parse_urdf(read_bounded(path, MAX_URDF_BYTES), path.name)
    links = links_of(robot, file_shapes(folder, has_collisions=True), path.name, is_ours=True)
    return [replace(link, pieces=[], colliders=_colliders(link)) for link in links]


def _rooted(links: list[ImportedLink]) -> list[ImportedLink]:
    """The root's frame becomes the thing's frame: a URDF has no place for another."""
    root = links[0]
    pose = root.pose_parent_link
    if pose == IDENTITY:
        return links
    moved = [part.__class__(mesh.transformed(part.mesh, pose), part.surface) for part in root.parts]
    rooted = ImportedLink(root.name, moved, [pose.apply(points) for points in root.pieces], mass_kg=root.mass_kg)
    others = [placed([link], pose)[0] if link.parent == root.name else link for link in links[1:]]
    return [rooted, *others]


def _link(folder: Path, link: ImportedLink) -> yourdfpy.Link:
    found = yourdfpy.Link(name=link.name)
    if link.parts:
        name = f"meshes/{link.name}.glb"
        write_atomically(folder / name, part_glb(link.parts))
        found.visuals.append(
            yourdfpy.Visual(origin=_UPRIGHT, geometry=yourdfpy.Geometry(mesh=yourdfpy.Mesh(filename=name)))
        )
    for number, points in enumerate(link.pieces):
        name = f"{link.name}_{number:03d}"
        found.collisions.append(_collision(folder, name, points))
    return found


def _collision(folder: Path, name: str, points: Array) -> yourdfpy.Collision:
    origin = np.eye(4)
    box = _box(points)
    if box is not None:
        origin[:3, 3], size = box
        geometry = yourdfpy.Geometry(box=yourdfpy.Box(size=size))
    else:
        hull = trimesh.Trimesh(points, process=False).convex_hull
        rows = [f"v {x:.9g} {y:.9g} {z:.9g}" for x, y, z in hull.vertices]
        rows += [f"f {a + 1} {b + 1} {c + 1}" for a, b, c in hull.faces]
        path = f"collision/{name}.obj"
        write_atomically(folder / path, ("\n".join(rows) + "\n").encode())
        geometry = yourdfpy.Geometry(mesh=yourdfpy.Mesh(filename=path))
    return yourdfpy.Collision(name=name, origin=origin, geometry=geometry)


def _colliders(link: ImportedLink) -> list[Collider]:
    """Boxes stay boxes: what touches them is found sooner and better than with hulls."""
    found = []
    for number, points in enumerate(link.pieces):
        name, box = f"given_{number}", _box(points)
        found.append(
            colliders.box(name, box[1], box[0]) if box is not None else colliders.convex(name, hull_vertices(points))
        )
    return found


def _box(points: Array) -> tuple[Array, Array] | None:
    """Return centre and size where the points are the corners of a box along the axes, else None."""
    low, high = points.min(axis=0), points.max(axis=0)
    off = np.minimum(np.abs(points - low), np.abs(points - high)).max()
    corners = np.unique(points > (low + high) / 2, axis=0)
    if len(points) != 8 or len(corners) != 8 or off > _BOX_TOLERANCE_M:
        return None
    return np.round((low + high) / 2, 9) + 0.0, np.round(high - low, 9)


def _joint(link: ImportedLink) -> yourdfpy.Joint:
    joint = link.joint
    if joint is None:
        raise InputError(f"link {link.name} has no joint.", remedy="merge it into its parent.")
    return yourdfpy.Joint(
        name=joint.name,
        type=joint.type,
        parent=link.parent,
        child=link.name,
        origin=link.pose_parent_link.matrix(),
        axis=np.asarray(joint.axis),
        dynamics=yourdfpy.Dynamics(damping=joint.damping, friction=joint.friction),
        limit=yourdfpy.Limit(effort=0.0, velocity=_VELOCITY, lower=joint.lower, upper=joint.upper),
    )
