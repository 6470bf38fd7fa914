"""Other things of the same kind: generated beside a scene's own, so that a variation can put one in another's place."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from blueprint.assets.geometry import Asset
from blueprint.assets.library import save_asset
from blueprint.assets.registry import AssetRequest, categories, generate
from blueprint.contracts.asset import AssetModel
from blueprint.contracts.errors import InputError
from blueprint.contracts.scene import Scene
from blueprint.contracts.scene_manifest import SceneObject
from blueprint.contracts.seeds import derive_seed
from blueprint.contracts.variation import Variation
from blueprint.physics.inertia import with_inertials
from blueprint.randomize.space import movable_objects
from blueprint.storage import layout
from blueprint.usd.asset import author_asset, interface_path

__all__ = [
    "MOST_INSTANCES",
    "instance_dir",
    "instance_model",
    "instance_of",
    "instance_path",
    "scene_with_instances",
    "write_instances",
]

MOST_INSTANCES = 16
_GENERATOR = "blueprint."
_KEPT_WORDS = ("color", "material", "size")  # what the instruction may say of a thing


def instance_of(scene: Scene, object_id: str, number: int) -> Asset | None:
    """Return the `number`-th (1, 2, ...) other thing of an object's kind, with its colour and material, or None.

    None where no generator of ours made the object, or where the other one lacks a link, a grasp or a region that the
    scene's own has: a task for one must make sense for the other.
    """
    own = scene.asset(object_id)
    category = own.generator.removeprefix(_GENERATOR)
    if not own.generator.startswith(_GENERATOR) or category not in categories():
        return None
    color, material, size = (_word(own, name) for name in _KEPT_WORDS)
    seed = derive_seed(0, "instance", scene.scene_id, object_id, number) % (1 << 31)
    made = generate(AssetRequest(category, seed, color, material, size))
    other = made.model
    same_links = [link.name for link in other.links] == [link.name for link in own.links]
    same_regions = {item.name for item in own.regions} <= {item.name for item in other.regions}
    if not same_links or not same_regions or bool(other.grasps) != bool(own.grasps):
        return None
    return replace(made, model=with_inertials(other))


def instance_model(scene: Scene, item: SceneObject, number: int) -> AssetModel | None:
    """Return the model of `instance_of` for a movable object on which nothing stands, or None."""
    carries = any(other.placement and other.placement.parent_id == item.id for other in scene.objects)
    if number == 0 or carries or item not in movable_objects(scene):
        return None
    made = instance_of(scene, item.id, number)
    return made.model if made else None


def instance_dir(scene_dir: Path, asset_id: str) -> Path:
    return scene_dir / layout.VARIATION_INSTANCES / asset_id


def instance_path(scene_dir: Path, asset_id: str) -> Path:
    """Return the USD interface layer of an instance."""
    return interface_path(instance_dir(scene_dir, asset_id), asset_id)


def write_instances(scene: Scene, scene_dir: Path, variation: Variation) -> None:
    """Author the assets that a variation names, unless they are there; raises InputError for one that none becomes."""
    for object_id, sample in variation.objects.items():
        if sample.asset_id is None or instance_path(scene_dir, sample.asset_id).exists():
            continue
        made = (instance_of(scene, object_id, number) for number in range(1, MOST_INSTANCES + 1))
        asset = next((item for item in made if item and item.model.asset_id == sample.asset_id), None)
        if asset is None:
            raise InputError(
                f"variation {variation.variation_id}: {sample.asset_id} is no instance of {object_id}'s kind.",
                remedy="sample the variation again.",
            )
        folder = instance_dir(scene_dir, sample.asset_id)
        save_asset(asset, folder)
        author_asset(asset, folder)


def scene_with_instances(scene: Scene, scene_dir: Path, variation: Variation | None) -> Scene:
    """Return the scene with the models of the instances that a variation puts into it; grasps and regions are theirs.

    Raises InputError where an instance is missing.
    """
    swapped = {name: item.asset_id for name, item in variation.objects.items() if item.asset_id} if variation else {}
    if not swapped:
        return scene
    models = _models(scene_dir, swapped.values())
    objects = [
        item.model_copy(update={"asset": item.asset.model_copy(update={"asset_id": swapped[item.id]})})
        if item.id in swapped
        else item
        for item in scene.objects
    ]
    return Scene(scene.manifest.model_copy(update={"objects": objects}), scene.assets | models)


def _word(model: AssetModel, name: str) -> str | None:
    value = model.params.get(name)
    return value if isinstance(value, str) else None


def _models(scene_dir: Path, names: Iterable[str]) -> dict[str, AssetModel]:
    return {name: AssetModel.read(instance_dir(scene_dir, name) / "metadata.json") for name in sorted(set(names))}
