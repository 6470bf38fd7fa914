"""How a thing may come to lie on the ground, and how likely each way is."""

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.asset import Collider
from blueprint.contracts.frames import quat_wxyz_from_matrix
from blueprint.contracts.mesh_report import StablePose
from blueprint.sources.meshes.deviation import collider_mesh

__all__ = ["stable_poses"]

_UPRIGHT = float(np.cos(np.radians(5)))
_MOST = 12
_LEAST = 0.005


def stable_poses(colliders: list[Collider], center_of_mass: NDArray[np.float64]) -> list[StablePose]:
    """Return up to 12 resting poses of the colliders' hull on a plane, most probable first.

    Quasi-static probabilities of a random throw (Goldberg et al. 1999), for the centre of mass given (link frame, m).
    `is_upright`: the link's Z axis stays within 5° of up.
    """
    from trimesh.convex import convex_hull
    from trimesh.poses import compute_stable_poses

    corners = np.concatenate([collider_mesh(item)[0] for item in colliders])
    hull = convex_hull(corners)
    turns, probabilities = compute_stable_poses(hull, center_mass=center_of_mass, n_samples=1, threshold=_LEAST, seed=0)
    found = []
    for turn, probability in zip(turns[:_MOST], probabilities[:_MOST], strict=True):
        rotation = np.asarray(turn, float)[:3, :3]
        w, x, y, z = (round(float(value), 6) + 0.0 for value in quat_wxyz_from_matrix(rotation))
        found.append(
            StablePose(
                quat_wxyz_up=(w, x, y, z),
                probability=round(min(1.0, float(probability)), 4),
                is_upright=bool(rotation[2, 2] > _UPRIGHT),
            )
        )
    return found
