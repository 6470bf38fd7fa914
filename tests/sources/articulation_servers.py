"""What articulation services answer: well, as Particulate, PhysX-Anything and Infinigen do, and badly in many ways."""

import io
import zipfile
from base64 import b64encode
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import trimesh
from loopback_http import Reply

from blueprint.assets.registry import AssetRequest, generate
from blueprint.contracts.frames import IDENTITY
from blueprint.sources.articulation.candidates import links_of_asset
from blueprint.sources.articulation.links import bounds, parallel, poses_root_first
from blueprint.sources.imported.asset import ImportedLink
from blueprint.sources.imported.mesh_file import MeshPart

Array = np.ndarray[Any, np.dtype[np.float64]]


@cache
def cabinet(generator: str = "base_cabinet", seed: int = 1, **options: float) -> list[ImportedLink]:
    """One of our things as bodies, frames parallel; plain, since textures take time and play no part."""
    request = AssetRequest(generator, seed, "white", "plastic", options=tuple(sorted(options.items())))
    return [
        replace(link, parts=[MeshPart(part.mesh, replace(part.surface, texture=None)) for part in link.parts])
        for link in parallel(links_of_asset(generate(request)))
    ]


def base64(data: bytes | str) -> str:
    return b64encode(data if isinstance(data, bytes) else data.encode()).decode()


def normalised(links: list[ImportedLink]) -> tuple[list[ImportedLink], list[Array], list[Array]]:
    """The bodies, their origins (3,) and their vertices (N, 3): centred, of unit largest extent, Z-up, as one thing."""
    low, high = bounds(links)
    center, size = (low + high) / 2, float((high - low).max())
    poses = poses_root_first(links)
    points = [
        (np.concatenate([poses[link.name].apply(part.mesh.vertices) for part in link.parts]) - center) / size
        for link in links
    ]
    origins: list[Array] = []
    for link, some in zip(links, points, strict=True):
        if link.joint is None:
            origins.append(np.zeros(3))
        elif link.joint.type == "revolute":
            origins.append((np.asarray(poses[link.name].position) - center) / size)
        else:
            origins.append(some.mean(axis=0))  # a slide's frame is at the centroid of what moves
    return links, origins, points


def faces_of(link: ImportedLink) -> np.ndarray[Any, Any]:
    starts = np.cumsum([0, *(len(part.mesh.vertices) for part in link.parts[:-1])])
    return np.concatenate([part.mesh.faces + start for part, start in zip(link.parts, starts, strict=True)])


def particulate_urdf(links: list[ImportedLink]) -> str:
    """As the model's exporter writes it: six digits, unit mass, recentred parts, no limits of ours."""
    _, origins, _ = normalised(links)
    size = float(np.ptp(np.stack(bounds(links)), axis=0).max())
    rows = ['<?xml version="1.0"?>', '<robot name="model">']
    for i, _ in enumerate(links):
        shape = f'<geometry><mesh filename="./meshes/part_{i}.obj"/></geometry>'
        rows.append(
            f'<link name="link_{i}"><visual><origin xyz="0 0 0" rpy="0 0 0"/>{shape}</visual>'
            f'<collision>{shape}</collision><inertial><mass value="1.0"/>'
            '<inertia ixx="0.1" ixy="0" ixz="0" iyy="0.1" iyz="0" izz="0.1"/></inertial></link>'
        )
    numbers = {link.name: i for i, link in enumerate(links)}
    for i, link in enumerate(links):
        if link.joint is None or link.parent is None:
            continue
        offset = origins[i] - origins[numbers[link.parent]]
        unit = 1.0 if link.joint.type == "revolute" else size
        rows.append(
            f'<joint name="joint_{numbers[link.parent]}_{i}" type="{link.joint.type}">'
            f'<parent link="link_{numbers[link.parent]}"/><child link="link_{i}"/>'
            f'<origin xyz="{" ".join(f"{value:.6f}" for value in offset)}" rpy="0 0 0"/>'
            f'<axis xyz="{" ".join(f"{value:.6f}" for value in link.joint.axis)}"/>'
            f'<limit lower="{link.joint.lower / unit:.6f}" upper="{link.joint.upper / unit:.6f}" '
            'effort="1000" velocity="100"/></joint>'
        )
    return "\n".join([*rows, "</robot>"])


def particulate_glb(links: list[ImportedLink], *, y_up: bool = False, prefix: str = "part_node_") -> bytes:
    """All parts where they are when closed; Z-up against the standard, unless the wrapper follows it."""
    scene = trimesh.Scene()
    _, _, points = normalised(links)
    for i, (link, some) in enumerate(zip(links, points, strict=True)):
        vertices = np.column_stack([some[:, 0], some[:, 2], -some[:, 1]]) if y_up else some
        shape = trimesh.Trimesh(vertices, faces_of(link), process=False)
        scene.add_geometry(shape, node_name=f"{prefix}{i}", geom_name=f"{prefix}{i}")
    axis = trimesh.creation.box((0.01, 0.01, 0.4))
    scene.add_geometry(axis, node_name="axis_node_0", geom_name="axis_node_0")
    return bytes(scene.export(file_type="glb"))


def particulate_answer(links: list[ImportedLink], **changes: Any) -> dict[str, Any]:
    joints = sum(link.joint is not None for link in links)
    return {
        "mesh_base64": base64(particulate_glb(links)),
        "urdf_base64": base64(particulate_urdf(links)),
        "placeholder": False,
        "generator": "particulate",
        "articulation": {"joint_count": joints, "part_count": len(links), "is_articulated": joints > 0},
    } | changes


def zipped(files: dict[str, bytes | str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def urdf_with_files(links: list[ImportedLink], size: float = 1.0) -> dict[str, bytes | str]:
    """As a procedural generator answers: a folder with a URDF and OBJ files, of `size` times the thing's own."""
    files: dict[str, bytes | str] = {}
    rows = ['<robot name="made">']
    for link in links:
        lines = [
            f"v {x:.6f} {y:.6f} {z:.6f}" for part in link.parts for x, y, z in (part.mesh.vertices * size).tolist()
        ]
        lines += [f"f {a + 1} {b + 1} {c + 1}" for a, b, c in faces_of(link)]
        files[f"made/meshes/{link.name}.obj"] = "\n".join(lines) + "\n"
        mesh = f'<mesh filename="package://made/meshes/{link.name}.obj"/>'
        rows.append(f'<link name="{link.name}"><visual><geometry>{mesh}</geometry></visual></link>')
        if link.joint is not None and link.pose_parent_link != IDENTITY:
            place = " ".join(f"{value * size:.6f}" for value in link.pose_parent_link.position)
            unit = 1.0 if link.joint.type == "revolute" else size
            rows.append(
                f'<joint name="{link.joint.name}" type="{link.joint.type}"><parent link="{link.parent}"/>'
                f'<child link="{link.name}"/><origin xyz="{place}"/>'
                f'<axis xyz="{" ".join(map(str, link.joint.axis))}"/>'
                f'<limit lower="0" upper="{link.joint.upper * unit}" effort="1" velocity="1"/></joint>'
            )
    files["made/made.urdf"] = "\n".join([*rows, "</robot>"])
    return files


def zip_answer(links: list[ImportedLink], generator: str, size: float = 1.0) -> dict[str, Any]:
    return {
        "payload_zip_base64": base64(zipped(urdf_with_files(links, size))),
        "placeholder": False,
        "generator": generator,
    }


BUSY = Reply(503, {"error": "busy"}, {"Retry-After": "0.01"})
WARMING = Reply(503, {"error": "Service warming up"})
