"""The physics entry of one object in the manifest: what simready documents and other tools read."""

from typing import Literal

from blueprint.contracts.asset import AssetModel, BoxShape, CapsuleShape, SphereShape
from blueprint.contracts.physics import ObjectPhysics
from blueprint.physics.materials import physics_material
from blueprint.physics.shapes import solid_properties

__all__ = ["object_physics"]


def object_physics(model: AssetModel) -> ObjectPhysics:
    """Summarise a movable asset with inertials: friction is that of the root link, mass that of all links.

    `estimation_source` is what the asset says of its mass (a foreign mesh's is guessed or stated), else our own model.
    """
    root = model.links[0]
    material = physics_material(root.physics_material)
    volume = sum(solid_properties(item.shape).volume for link in model.links for item in link.colliders)
    mass = model.mass_kg
    inertial = root.inertial
    assert inertial is not None
    return ObjectPhysics(
        dynamic=True,
        collision_shape=_collision_shape(model),
        mass_kg=round(mass, 6),
        bulk_density_kg_per_m3=round(mass / volume, 3),
        static_friction=material.static_friction,
        dynamic_friction=material.dynamic_friction,
        restitution=material.restitution,
        material_name=material.name,
        semantic_class=model.category,
        center_of_mass_offset=inertial.center_of_mass,
        graspable=bool(model.grasps),
        estimation_source=str(model.params.get("mass_source", "material table and parametric mass model")),
    )


def _collision_shape(
    model: AssetModel,
) -> Literal["box", "sphere", "capsule", "convex_hull", "convex_decomposition"]:
    shapes = [item.shape for link in model.links for item in link.colliders]
    if len(shapes) > 1:
        return "convex_decomposition"
    match shapes[0]:
        case BoxShape():
            return "box"
        case SphereShape():
            return "sphere"
        case CapsuleShape():
            return "capsule"
    return "convex_hull"
