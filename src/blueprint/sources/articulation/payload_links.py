"""What a service handed over → bodies of ours, in the frame and unit of its answer."""

import io
import re
from dataclasses import replace
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

import numpy as np
import trimesh
import yourdfpy
from numpy.typing import NDArray

from blueprint.assets import mesh
from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Pose
from blueprint.services.articulation import ArticulationPayload
from blueprint.sources.articulation.urdf import parse_urdf
from blueprint.sources.articulation.urdf_shapes import file_shapes, raw, seen_shapes
from blueprint.sources.articulation.urdf_tree import Shapes, links_of
from blueprint.sources.imported.asset import ImportedLink
from blueprint.sources.imported.mesh_file import MeshPart, load_parts

__all__ = ["payload_links"]

_NUMBER = re.compile(r"(\d+)$")
_WHOLE = "whole.glb"


def payload_links(payload: ArticulationPayload, where: str, *, is_y_up: bool = False) -> list[ImportedLink]:
    """Return the bodies of a payload; raises InputError for what cannot be read or is no articulated thing.

    One GLB of all parts is taken as Z-up, as Particulate writes it against the glTF standard, or else `is_y_up`.
    """
    robot = parse_urdf(payload.urdf, where)
    with TemporaryDirectory(prefix="articulation-") as name:
        folder = Path(name)
        if payload.whole is not None:
            (folder / _WHOLE).write_bytes(payload.whole)
            return links_of(robot, _whole_shapes(folder, robot, is_y_up, where), where)
        for path, data in payload.files.items():
            target = folder.joinpath(*PurePosixPath(path).parts)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        return links_of(robot, file_shapes(folder), where)


def _whole_shapes(folder: Path, robot: yourdfpy.Robot, is_y_up: bool, where: str) -> Shapes:
    """Return the reader that finds a link's meshes in one GLB, where all parts lie as they are when closed."""
    parts = _named_parts(folder, where)
    if not is_y_up:
        parts = {name: raw(part) for name, part in parts.items()}
    wanted = [item.geometry.mesh.filename or "" for link in robot.links for item in seen_shapes(link) if _is_mesh(item)]
    chosen = _by_name(wanted, parts) or _by_number(wanted, parts, where)

    def read(link: yourdfpy.Link, pose_root_link: Pose) -> tuple[list[MeshPart], list[NDArray[np.float64]]]:
        back = pose_root_link.inverse()
        names = [item.geometry.mesh.filename or "" for item in seen_shapes(link) if _is_mesh(item)]
        return [
            replace(part, mesh=mesh.transformed(part.mesh, back)) for name in names for part in [parts[chosen[name]]]
        ], []

    return read


def _is_mesh(item: yourdfpy.Visual | yourdfpy.Collision) -> bool:
    return item.geometry is not None and item.geometry.mesh is not None


def _named_parts(folder: Path, where: str) -> dict[str, MeshPart]:
    """Return node → mesh. `load_parts` checks the file first, in the same order; the names are read after it."""
    path = folder / _WHOLE
    parts = load_parts(path, folder)
    scene = trimesh.load_scene(io.BytesIO(path.read_bytes()), file_type="glb", process=False, allow_remote=False)
    names = [
        str(node)
        for node in sorted(scene.graph.nodes_geometry)
        if isinstance(shape := scene.geometry[scene.graph[node][1]], trimesh.Trimesh) and len(shape.faces)
    ]
    if len(names) != len(parts):
        raise InputError(f"{where}: {len(names)} parts, {len(parts)} with an area.", remedy="ask again.")
    return dict(zip(names, parts, strict=True))


def _by_name(wanted: list[str], parts: dict[str, MeshPart]) -> dict[str, str]:
    """Return file → node where every file has a node of its name, with or without folder and ending; else nothing."""
    found = {}
    for name in wanted:
        path = PurePosixPath(name)
        node = next((word for word in (name, path.name, path.stem) if word in parts), None)
        if node is None:
            return {}
        found[name] = node
    return found


def _by_number(wanted: list[str], parts: dict[str, MeshPart], where: str) -> dict[str, str]:
    """Return file → node by order: nodes are numbered as the links are, the axes that are drawn come after them."""
    drawn = [name for name in parts if not name.startswith("axis")]
    numbered = sorted((int(found.group(1)), name) for name in drawn if (found := _NUMBER.search(name)))
    files = list(dict.fromkeys(wanted))
    if len(numbered) < len(files) or not files:
        raise InputError(f"{where}: {len(files)} meshes are named, the GLB has {len(numbered)}.", remedy="ask again.")
    return {name: node for name, (_, node) in zip(files, numbered, strict=False)}
