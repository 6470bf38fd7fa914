"""`assets/simready_physics.json`: the physical properties of every object, with where they come from."""

from typing import Annotated, Literal

from pydantic import Field

from blueprint.contracts.document import Document, Part
from blueprint.contracts.frames import Vec3
from blueprint.contracts.ids import SceneId

__all__ = ["ObjectPhysics", "ScenePhysics"]


class ObjectPhysics(Part):
    dynamic: bool
    collision_shape: Literal["box", "sphere", "capsule", "convex_hull", "convex_decomposition"]
    mass_kg: Annotated[float, Field(ge=0.001, le=500)]
    bulk_density_kg_per_m3: float
    static_friction: Annotated[float, Field(ge=0, le=2)]
    dynamic_friction: Annotated[float, Field(ge=0, le=2)]
    restitution: Annotated[float, Field(ge=0, le=1)]
    material_name: str
    semantic_class: str
    center_of_mass_offset: Vec3
    graspable: bool
    estimation_source: str
    mass_kg_range: tuple[float, float] | None = None
    confidence: float | None = None


class ScenePhysics(Document):
    scene_id: SceneId
    objects: dict[str, ObjectPhysics]
