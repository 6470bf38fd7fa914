"""How far the collision shapes of a physics model reach along a direction: the support functions of convex shapes."""

import mujoco
import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.errors import StageError

__all__ = ["geom_corners", "geom_reach"]

Array = NDArray[np.float64]
_AXES = np.eye(3)


def geom_reach(model: mujoco.MjModel, data: mujoco.MjData, geom: int, direction: Array) -> float:
    """Return the largest p · direction (unit, (3,), world) of a shape's points, m; kinematics must be up to date.

    Raises StageError for a shape without a known support function.
    """
    rotation = data.geom_xmat[geom].reshape(3, 3)
    local = rotation.T @ direction
    return float(data.geom_xpos[geom] @ direction) + _support(model, geom, local)


def geom_corners(model: mujoco.MjModel, data: mujoco.MjData, geom: int) -> tuple[Array, Array]:
    """Return the corners (3,), (3,) of the box along the world's axes around a shape, m."""
    low = [-geom_reach(model, data, geom, -axis) for axis in _AXES]
    high = [geom_reach(model, data, geom, axis) for axis in _AXES]
    return np.array(low), np.array(high)


def _support(model: mujoco.MjModel, geom: int, way: Array) -> float:
    kind, size = mujoco.mjtGeom(int(model.geom_type[geom])), model.geom_size[geom]
    across = float(np.hypot(way[0], way[1]))
    if kind == mujoco.mjtGeom.mjGEOM_MESH:
        mesh = int(model.geom_dataid[geom])
        first = int(model.mesh_vertadr[mesh])
        return float((model.mesh_vert[first : first + int(model.mesh_vertnum[mesh])] @ way).max())
    if kind == mujoco.mjtGeom.mjGEOM_BOX:
        return float(np.abs(way) @ size)
    if kind == mujoco.mjtGeom.mjGEOM_SPHERE:
        return float(size[0])
    if kind == mujoco.mjtGeom.mjGEOM_CYLINDER:
        return float(size[0] * across + size[1] * abs(way[2]))
    if kind == mujoco.mjtGeom.mjGEOM_CAPSULE:
        return float(size[0] + size[1] * abs(way[2]))
    if kind == mujoco.mjtGeom.mjGEOM_ELLIPSOID:
        return float(np.linalg.norm(size * way))
    raise StageError(f"shape {geom} is a {kind.name}, which has no end.", remedy="give the object closed colliders.")
