"""Mesh assets of a spec, named by their content so that instances share them."""

import hashlib

import mujoco
import numpy as np
from numpy.typing import NDArray

from blueprint.mjcf.geom import MeshData

__all__ = ["add_mesh"]

Array = NDArray[np.float64]


def add_mesh(spec: mujoco.MjSpec, mesh: MeshData, *, collides: bool) -> str:
    """Return the name of the mesh asset with this content, adding it where it is new.

    A collider keeps its vertices only: MuJoCo builds the convex hull.
    """
    digest = hashlib.sha256(b"collider" if collides else b"visual")
    for part in (mesh.vertices.astype(np.float32), mesh.faces, mesh.normals, mesh.uvs):
        digest.update(b"-" if part is None else np.ascontiguousarray(part).tobytes())
    name = f"mesh_{digest.hexdigest()[:12]}"
    if spec.mesh(name) is not None:
        return name
    asset = spec.add_mesh(name=name)
    # Inertia is authored on the bodies; a shell never fails on open or flat surfaces.
    asset.inertia = (
        mujoco.mjtMeshInertia.mjMESH_INERTIA_CONVEX if collides else mujoco.mjtMeshInertia.mjMESH_INERTIA_SHELL
    )
    vertices, faces, normals, uvs = _welded(mesh)
    asset.uservert = vertices.reshape(-1)
    asset.userface = faces.reshape(-1)
    if normals is not None:
        asset.usernormal = normals.reshape(-1)
    if uvs is not None:
        asset.usertexcoord = uvs.reshape(-1)
    return name


def _welded(
    mesh: MeshData,
) -> tuple[NDArray[np.float32], NDArray[np.int32], NDArray[np.float32] | None, NDArray[np.float32] | None]:
    """Return vertices, faces, normals and texture coordinates with one index for all of them.

    A vertex occurs once per distinct normal and texture coordinate. Separate indices (userfacenormal) are not used:
    MuJoCo 4.0 sets them all to 0 where a mesh has texture coordinates too.
    """
    if mesh.normals is None and mesh.uvs is None:
        return mesh.vertices.astype(np.float32), mesh.faces, None, None
    columns = [mesh.vertices[mesh.faces.reshape(-1)]]
    if mesh.normals is not None:
        columns.append(mesh.normals)
    if mesh.uvs is not None:
        columns.append(mesh.uvs * (1, -1) + (0, 1))  # USD's origin is bottom left, MuJoCo's top left
    rows = np.hstack(columns).astype(np.float32) + np.float32(0)
    whole = np.ascontiguousarray(rows).view(np.dtype((np.void, rows.itemsize * rows.shape[1]))).reshape(-1)
    _, first, index = np.unique(whole, return_index=True, return_inverse=True)
    rows = rows[first]
    normals = rows[:, 3:6] if mesh.normals is not None else None
    uvs = rows[:, -2:] if mesh.uvs is not None else None
    return rows[:, :3], index.reshape(-1, 3).astype(np.int32), normals, uvs
