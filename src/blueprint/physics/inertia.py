"""Inertials of an asset's links: mass from the mass model, its distribution from the colliders."""

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.asset import AssetModel, Inertial, Link, MassModel
from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Vec3, matrix_from_quat_wxyz, quat_wxyz_from_matrix
from blueprint.physics.materials import physics_material
from blueprint.physics.shapes import solid_properties

__all__ = ["check_inertia", "link_inertial", "link_mass", "with_inertials"]

Array = NDArray[np.float64]
_SMALLEST_MOMENT = 1e-9  # kg·m²; a 1 g cube of 2 mm has 7e-10, below that the solver's scaling suffers


def with_inertials(model: AssetModel) -> AssetModel:
    """Return the model with `inertial` filled in on every link; raises InputError for a link without colliders.

    An asset that has none at all (a rug, a curtain) is only seen, never moved: its mass is that of its mass model,
    spread over a box of the asset's size.
    """
    seen_only = not any(link.colliders for link in model.links)
    links = [
        link.model_copy(update={"inertial": _box_inertial(link, model.size_m) if seen_only else link_inertial(link)})
        for link in model.links
    ]
    return model.model_copy(update={"links": links})


def link_mass(model: MassModel) -> float:
    """Return density(material) × volume × solid fraction + contents, kg."""
    return physics_material(model.material).density * model.volume_m3 * model.solid_fraction + model.contents_kg


def link_inertial(link: Link) -> Inertial:
    """Spread the link's mass evenly over the volume of its colliders (they do not overlap) and diagonalise.

    Parallel-axis theorem: I = Σ R Iᵢ Rᵀ + mᵢ (|d|² 1 - d dᵀ), about the common centre of mass.
    """
    if not link.colliders:
        raise InputError(f"link {link.name!r} has no colliders, so its inertia is unknown.", remedy="add one.")
    mass = link_mass(link.mass_model)
    solids = [(solid_properties(item.shape), item.pose_link_shape) for item in link.colliders]
    volume = sum(solid.volume for solid, _ in solids)
    density = mass / volume
    centroids = np.array([pose.apply(solid.centroid) for solid, pose in solids])
    center = sum(solid.volume * point for (solid, _), point in zip(solids, centroids, strict=True)) / volume
    inertia = np.zeros((3, 3))
    for (solid, pose), point in zip(solids, centroids, strict=True):
        rotation = matrix_from_quat_wxyz(pose.quat_wxyz)
        offset = point - center
        steiner = solid.volume * (offset @ offset * np.eye(3) - np.outer(offset, offset))
        inertia += density * (rotation @ solid.inertia @ rotation.T + steiner)
    return _diagonalise(link.name, mass, np.asarray(center), inertia)


def _box_inertial(link: Link, size: Vec3) -> Inertial:
    mass = link_mass(link.mass_model)
    squares = np.square(size)
    moments = mass / 12 * (squares.sum() - squares)
    return _diagonalise(link.name, mass, np.array([0.0, 0.0, size[2] / 2]), np.diag(moments))


def check_inertia(moments: Array, where: str) -> None:
    """Raise InputError unless the principal moments are positive and each is at most the sum of the other two."""
    a, b, c = sorted(float(value) for value in moments)
    if a <= 0:
        raise InputError(f"{where}: principal moments {moments} are not all positive.", remedy="check its colliders.")
    if a + b < c * (1 - 1e-6):
        message = f"{where}: principal moments {moments} break the triangle inequality."
        raise InputError(message, remedy="check its colliders.")


def _diagonalise(name: str, mass: float, center: Array, inertia: Array) -> Inertial:
    moments, axes = np.linalg.eigh((inertia + inertia.T) / 2)
    check_inertia(moments, f"link {name!r}")
    moments = np.maximum(moments, _SMALLEST_MOMENT)
    order = _order_nearest_identity(axes)
    axes, moments = axes[:, order], moments[order]
    axes *= np.where(np.diag(axes) < 0, -1.0, 1.0)
    if np.linalg.det(axes) < 0:
        axes[:, int(np.argmin(np.abs(np.diag(axes))))] *= -1
    quat = np.round(quat_wxyz_from_matrix(axes), 9) + 0.0
    quat /= np.linalg.norm(quat)
    (x, y, z), (qw, qx, qy, qz) = (np.round(center, 9) + 0.0).tolist(), quat.tolist()
    i, j, k = (float(f"{value:.9g}") for value in moments)
    return Inertial(
        mass_kg=float(f"{mass:.9g}"),
        center_of_mass=(x, y, z),
        principal_moments=(i, j, k),
        quat_wxyz_principal=(qw, qx, qy, qz),
    )


def _order_nearest_identity(axes: Array) -> list[int]:
    """Eigenvectors come sorted by eigenvalue; keep each beside the link axis that it is nearest to."""
    order, free = [], [0, 1, 2]
    for row in range(3):
        best = max(free, key=lambda column: abs(axes[row, column]))
        order.append(best)
        free.remove(best)
    return order
