"""What the replicator hands on besides regions: assets to vary a scene with, and what can be done where."""

from typing import Literal

from blueprint.contracts.document import Document, Part
from blueprint.contracts.ids import SceneId
from blueprint.contracts.variation import PlacementRegion

__all__ = ["AffordanceGraph", "ArticulationTarget", "VariationAsset", "VariationAssets", "VariationPhysicsHints"]


class VariationPhysicsHints(Part):
    """`mass_range_kg` is the asset's mass times the bounds of the mass axis; friction as in `simready_physics.json`."""

    mass_range_kg: tuple[float, float] | None = None
    friction: float | None = None
    collision_shape: str | None = None


class VariationAsset(Part):
    """An asset that may be added to the scene; `source_hint` says where it is from."""

    name: str
    category: str
    description: str
    semantic_class: str
    priority: Literal["required", "recommended", "optional"] = "optional"
    source_hint: str
    example_variants: list[str] = []
    physics_hints: VariationPhysicsHints
    material_hint: str | None = None


class VariationAssets(Document):
    """`replicator/variation_assets/manifest.json`."""

    scene_id: SceneId
    scene_type: str
    environment_type: str
    total_assets: int
    policies: list[str]
    by_priority: dict[str, int]
    by_category: dict[str, int]
    assets: list[VariationAsset]


class ArticulationTarget(Part):
    """A joint that a robot can open and close; limits in rad or m."""

    object_id: str
    joint: str
    joint_type: Literal["revolute", "prismatic"]
    lower: float
    upper: float
    has_handle: bool


class AffordanceGraph(Document):
    """`replicator/affordance_graph.json`: regions, the assets that fit them, and which policy uses what.

    A policy is a kind of task (`pick_place`, `stack`, `open`, `close`); candidates fit by size, not by meaning.
    """

    scene_id: SceneId
    regions: list[PlacementRegion]
    variation_assets: list[str]
    policy_region_map: dict[str, list[str]]
    policy_asset_map: dict[str, list[str]]
    asset_to_region_candidates: dict[str, list[str]]
    category_to_region_candidates: dict[str, list[str]]
    region_to_asset_candidates: dict[str, list[str]]
    articulation_targets: list[ArticulationTarget]
