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
    asset.uservert = mesh.vertices.astype(np.float32).reshape(-1)
    asset.userface = mesh.faces.reshape(-1)
    if mesh.normals is not None:
        values, index = _unique(mesh.normals)
        asset.usernormal, asset.userfacenormal = values, index
    if mesh.uvs is not None:
        values, index = _unique(mesh.uvs * (1, -1) + (0, 1))  # USD's origin is bottom left, MuJoCo's top left
        asset.usertexcoord, asset.userfacetexcoord = values, index
    return name


def _unique(rows: Array) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    values, index = np.unique(rows.astype(np.float32) + 0.0, axis=0, return_inverse=True)
    return values.reshape(-1), index.reshape(-1).astype(np.int32)
