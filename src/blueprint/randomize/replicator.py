"""The replicator's files: regions, variation space, assets to vary with, and the affordance graph."""

from collections import Counter
from pathlib import Path

from blueprint.contracts.errors import InputError
from blueprint.contracts.replicator import (
    AffordanceGraph,
    ArticulationTarget,
    VariationAsset,
    VariationAssets,
    VariationPhysicsHints,
)
from blueprint.contracts.scene import Scene
from blueprint.contracts.scene_manifest import SceneObject
from blueprint.contracts.task import TaskType
from blueprint.contracts.variation import PlacementRegions, VariationSpace
from blueprint.randomize.distributions import bounds
from blueprint.randomize.regions import fits, placement_regions, write_placement_regions
from blueprint.randomize.space import clutter_sources, default_space, movable_objects
from blueprint.storage import layout

__all__ = ["affordance_graph", "variation_assets", "write_replicator"]


def write_replicator(scene: Scene, scene_dir: Path) -> list[str]:
    """Write `replicator/…` (regions, space, asset manifest, affordance graph) and return the policies.

    The space is the user's own where there is one (`prompts/variation_space.json`), else the default one. Raises
    InputError for one of another scene, ContractError for one that is not valid.
    """
    regions, space = placement_regions(scene), _space(scene, scene_dir)
    write_placement_regions(regions, scene_dir / layout.PLACEMENT_REGIONS)
    regions.write(scene_dir / "replicator" / "placement_regions" / "regions.json")
    space.write(scene_dir / layout.VARIATION_SPACE)
    variation_assets(scene, space).write(scene_dir / layout.VARIATION_ASSETS_MANIFEST)
    affordance_graph(scene, regions).write(scene_dir / layout.AFFORDANCE_GRAPH)
    return list(_policies(scene))


def _space(scene: Scene, scene_dir: Path) -> VariationSpace:
    given = scene_dir / layout.GIVEN_VARIATION_SPACE
    if not given.is_file():
        return default_space(scene)
    space = VariationSpace.read(given)
    if space.scene_id != scene.scene_id:
        raise InputError(
            f"{layout.GIVEN_VARIATION_SPACE} is for scene {space.scene_id}, not {scene.scene_id}.",
            remedy="write one for this scene, or remove the file.",
        )
    return space


def variation_assets(scene: Scene, space: VariationSpace) -> VariationAssets:
    """Return the scene's own small assets, of which clutter is made, with mass and friction where they are known."""
    sources = clutter_sources(scene)
    low, high = bounds(space.axes["mass"]) if "mass" in space.axes else (1.0, 1.0)
    assets = []
    for item in sources:
        model, physics = scene.asset(item.id), item.physics or {}
        ready = all(link.inertial for link in model.links)
        assets.append(
            VariationAsset(
                name=model.asset_id,
                category=model.category,
                description=model.description,
                semantic_class=model.category,
                source_hint=f"scene asset, generator {model.generator}",
                physics_hints=VariationPhysicsHints(
                    mass_range_kg=(model.mass_kg * low, model.mass_kg * high) if ready else None,
                    friction=physics.get("dynamic_friction"),
                    collision_shape=physics.get("collision_shape"),
                ),
                material_hint=model.links[0].physics_material,
            )
        )
    environment = scene.manifest.scene.environment_type or "unknown"
    return VariationAssets(
        scene_id=scene.scene_id,
        scene_type=environment,
        environment_type=environment,
        total_assets=len(assets),
        policies=list(_policies(scene)),
        by_priority=dict(sorted(Counter(asset.priority for asset in assets).items())),
        by_category=dict(sorted(Counter(asset.category for asset in assets).items())),
        assets=assets,
    )


def affordance_graph(scene: Scene, regions: PlacementRegions) -> AffordanceGraph:
    """Return which asset fits which region, and what each policy can work on."""
    sources = clutter_sources(scene)
    fitting = {
        region.name: [
            scene.asset(item.id).asset_id
            for item in sources
            if fits(scene.asset(item.id), scene.region(region.parent_object_id, region.region))
        ]
        for region in regions.regions
    }
    of_asset = {
        scene.asset(item.id).asset_id: [name for name, ids in fitting.items() if scene.asset(item.id).asset_id in ids]
        for item in sources
    }
    of_category: dict[str, list[str]] = {}
    for item in sources:
        model = scene.asset(item.id)
        known = of_category.setdefault(model.category, [])
        known += [name for name in of_asset[model.asset_id] if name not in known]
    policies = _policies(scene)
    return AffordanceGraph(
        scene_id=scene.scene_id,
        regions=regions.regions,
        variation_assets=list(of_asset),
        policy_region_map={name: _regions_for(name, regions, fitting) for name in policies},
        policy_asset_map={name: [scene.asset(item.id).asset_id for item in items] for name, items in policies.items()},
        asset_to_region_candidates=of_asset,
        category_to_region_candidates=of_category,
        region_to_asset_candidates=fitting,
        articulation_targets=_articulation_targets(scene),
    )


def _policies(scene: Scene) -> dict[TaskType, list[SceneObject]]:
    """Return the kinds of task that the scene has something for, with one object per asset."""
    movable = movable_objects(scene)
    articulated = [item for item in scene.objects if scene.asset(item.id).is_articulated]
    found: dict[TaskType, list[SceneObject]] = {
        "pick_place": movable,
        "stack": movable if len(movable) > 1 else [],
        "open": articulated,
        "close": articulated,
    }
    return {
        name: list({scene.asset(item.id).asset_id: item for item in items}.values())
        for name, items in found.items()
        if items
    }


def _regions_for(policy: TaskType, regions: PlacementRegions, fitting: dict[str, list[str]]) -> list[str]:
    if policy in ("open", "close"):
        return [item.name for item in regions.regions if "container" in item.semantic_tags]
    return [item.name for item in regions.regions if fitting[item.name]]


def _articulation_targets(scene: Scene) -> list[ArticulationTarget]:
    targets = []
    for item in scene.objects:
        model = scene.asset(item.id)
        handles = {grasp.link for grasp in model.grasps if grasp.kind == "handle"}
        for link in model.links:
            if link.joint:
                targets.append(
                    ArticulationTarget(
                        object_id=item.id,
                        joint=link.joint.name,
                        joint_type=link.joint.type,
                        lower=link.joint.lower,
                        upper=link.joint.upper,
                        has_handle=link.name in handles,
                    )
                )
    return targets
