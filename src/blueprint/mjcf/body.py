"""Rigid bodies: where they are, and what MassAPI, densities and colliders say about their inertia."""

from dataclasses import dataclass, field
from math import pi

import numpy as np
from numpy.typing import NDArray
from pxr import Usd, UsdGeom, UsdPhysics, UsdShade

from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Pose, matrix_from_quat_wxyz
from blueprint.mjcf.geom import GeomShape
from blueprint.mjcf.source import SourceStage
from blueprint.mjcf.transform import rigid_and_stretch
from blueprint.physics.shapes import SolidProperties, solid_properties

__all__ = ["BodyInertia", "ColliderPrim", "RigidBody", "body_inertia", "read_bodies"]

Array = NDArray[np.float64]
_DEFAULT_DENSITY = 1000.0  # kg/m³, UsdPhysics: "If no density is specified ... 1000 kg/m3"


@dataclass
class ColliderPrim:
    prim: Usd.Prim
    shape: GeomShape


@dataclass
class RigidBody:
    """A body of the stage. `path` is the prim's path; `pose_world_body` has the prim's axes without its scale."""

    path: str
    prim: Usd.Prim
    pose_world_body: Pose
    stretch: Array
    kinematic: bool
    colliders: list[ColliderPrim] = field(default_factory=list)
    visuals: list[Usd.Prim] = field(default_factory=list)


@dataclass(frozen=True)
class BodyInertia:
    """Mass kg, centre of mass (3,) m, inertia tensor (3, 3) kg·m² about it; or the principal form where authored."""

    mass: float
    center: Array
    moments: Array
    quat_wxyz_principal: tuple[float, float, float, float]


def read_bodies(source: SourceStage, prims: list[Usd.Prim]) -> dict[str, RigidBody]:
    """Return every enabled rigid body of the stage by path, in stage order."""
    bodies = {}
    for prim in prims:
        if not prim.HasAPI(UsdPhysics.RigidBodyAPI) or not prim.IsA(UsdGeom.Xformable):
            continue
        api = UsdPhysics.RigidBodyAPI(prim)
        if api.GetRigidBodyEnabledAttr().Get() is False:
            continue
        path = str(prim.GetPath())
        pose, stretch = rigid_and_stretch(source.world_matrix(prim), path)
        kinematic = bool(api.GetKinematicEnabledAttr().Get())
        bodies[path] = RigidBody(path, prim, pose, stretch, kinematic)
    return bodies


def body_inertia(source: SourceStage, body: RigidBody) -> BodyInertia:
    """Return a body's inertia as UsdPhysics defines it.

    The body's mass wins over its density, its density over the colliders' masses and densities, those over the
    materials' density; authored inertia and centre of mass win over computed ones. A body without mass, density and
    colliders gets 1 kg in a ball of 0.1 m, which is noted. Raises InputError for a negative or non-finite mass.
    """
    api = UsdPhysics.MassAPI(body.prim)
    applied = body.prim.HasAPI(UsdPhysics.MassAPI)
    mass = _number(api.GetMassAttr().Get() if applied else 0.0, body.path, "mass") * source.kilograms
    density = _number(api.GetDensityAttr().Get() if applied else 0.0, body.path, "density") * _density_unit(source)
    authored = api.GetCenterOfMassAttr().Get() if applied else None
    diagonal = np.asarray(api.GetDiagonalInertiaAttr().Get() or (0, 0, 0), float) if applied else np.zeros(3)
    if (diagonal < 0).any() or not np.isfinite(diagonal).all():
        raise InputError(f"{body.path}: diagonal inertia {tuple(diagonal)} is not positive.", remedy="correct it.")
    center = None
    if authored is not None and np.isfinite(np.asarray(authored)).all():
        center = body.stretch @ np.asarray(authored, float)
    if mass > 0 and center is not None and (diagonal > 0).all():
        return BodyInertia(mass, center, diagonal * _inertia_unit(source), _principal_axes(api))
    computed = _from_colliders(source, body, density or None)
    if mass <= 0:
        if computed is None:
            source.note(f"{body.path}: no mass and no colliders; taken as 1 kg in a ball of 0.1 m radius")
            return BodyInertia(1.0, np.zeros(3), np.full(3, 0.004), (1.0, 0.0, 0.0, 0.0))
        mass = computed.volume
    computed_center, tensor = _shape_of(source, body, computed, mass)
    center = computed_center if center is None else center
    if (diagonal > 0).all():
        return BodyInertia(mass, center, diagonal * _inertia_unit(source), _principal_axes(api))
    moments, quat_principal = _principal(tensor)
    return BodyInertia(mass, center, moments, quat_principal)


def _principal_axes(api: UsdPhysics.MassAPI) -> tuple[float, float, float, float]:
    """Return the authored axes; UsdPhysics' default, the zero quaternion, means none."""
    axes = api.GetPrincipalAxesAttr().Get()
    quat = np.array([1.0, 0, 0, 0]) if axes is None else np.array([axes.GetReal(), *axes.GetImaginary()], float)
    norm = float(np.linalg.norm(quat))
    w, x, y, z = (quat / norm if norm > 0.5 else np.array([1.0, 0, 0, 0])).tolist()
    return w, x, y, z


def _inertia_unit(source: SourceStage) -> float:
    return source.kilograms * source.metres**2


def _shape_of(
    source: SourceStage, body: RigidBody, computed: SolidProperties | None, mass: float
) -> tuple[Array, Array]:
    if computed is None:
        if not body.colliders:
            source.note(f"{body.path}: no colliders; inertia of a ball of 0.1 m radius where none is authored")
        return np.zeros(3), np.eye(3) * 0.4 * mass * 0.01
    return computed.centroid, computed.inertia * (mass / computed.volume)


def _from_colliders(source: SourceStage, body: RigidBody, density: float | None) -> SolidProperties | None:
    """Return mass (in `volume`), centre and inertia of the colliders together, or None where they have no volume."""
    parts = []
    for collider in body.colliders:
        solid = _solid(collider.shape)
        if solid is None:
            continue
        mass = _collider_mass(source, collider.prim, solid.volume, density)
        pose = collider.shape.pose_body_geom
        rotation = matrix_from_quat_wxyz(pose.quat_wxyz)
        parts.append((mass, pose.apply(solid.centroid), rotation @ solid.inertia @ rotation.T * mass / solid.volume))
    total = sum(mass for mass, _, _ in parts)
    if total <= 0:
        return None
    center = sum(mass * point for mass, point, _ in parts) / total
    inertia = np.zeros((3, 3))
    for mass, point, tensor in parts:
        offset = point - center
        inertia += tensor + mass * (offset @ offset * np.eye(3) - np.outer(offset, offset))
    return SolidProperties(total, np.asarray(center), inertia)


def _collider_mass(source: SourceStage, prim: Usd.Prim, volume: float, body_density: float | None) -> float:
    if body_density is not None:
        return body_density * volume
    if prim.HasAPI(UsdPhysics.MassAPI):
        api = UsdPhysics.MassAPI(prim)
        mass = _number(api.GetMassAttr().Get(), str(prim.GetPath()), "mass") * source.kilograms
        if mass > 0:
            return mass
        density = _number(api.GetDensityAttr().Get(), str(prim.GetPath()), "density") * _density_unit(source)
        if density > 0:
            return density * volume
    material = UsdShade.MaterialBindingAPI(prim).ComputeBoundMaterial("physics")[0]
    if material and material.GetPrim().HasAPI(UsdPhysics.MaterialAPI):
        density = UsdPhysics.MaterialAPI(material.GetPrim()).GetDensityAttr().Get() or 0.0
        if density > 0:
            return float(density) * _density_unit(source) * volume
    return _DEFAULT_DENSITY * volume


def _solid(shape: GeomShape) -> SolidProperties | None:
    if shape.solid is not None:
        return solid_properties(shape.solid)
    if shape.ellipsoid is not None:
        a, b, c = shape.ellipsoid
        volume = 4 / 3 * pi * a * b * c
        moments = volume / 5 * np.array([b * b + c * c, a * a + c * c, a * a + b * b])
        return SolidProperties(volume, np.zeros(3), np.diag(moments))
    if shape.mesh is None:
        return None
    import trimesh

    hull = trimesh.convex.convex_hull(shape.mesh.vertices)
    return SolidProperties(float(hull.volume), np.asarray(hull.center_mass), np.asarray(hull.moment_inertia))


def _principal(tensor: Array) -> tuple[Array, tuple[float, float, float, float]]:
    from blueprint.contracts.frames import quat_wxyz_from_matrix

    moments, axes = np.linalg.eigh((tensor + tensor.T) / 2)
    if np.linalg.det(axes) < 0:
        axes[:, 0] *= -1
    w, x, y, z = quat_wxyz_from_matrix(axes).tolist()
    return moments, (w, x, y, z)


def _density_unit(source: SourceStage) -> float:
    return source.kilograms / source.metres**3


def _number(value: float | None, path: str, what: str) -> float:
    number = float(value or 0.0)
    if not np.isfinite(number) or number < 0:
        raise InputError(f"{path}: {what} {number} is not a positive number.", remedy="correct the stage.")
    return number
