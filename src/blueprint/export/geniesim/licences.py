"""Which objects of a scene may be used commercially, and the scene without the others."""

from blueprint.contracts.asset import License
from blueprint.contracts.scene import Scene

__all__ = ["COMMERCIAL_LICENCES", "commercial_scene", "is_commercial"]

# SPDX names that allow commercial use of the work itself, attribution or share-alike duties aside.
COMMERCIAL_LICENCES = frozenset(
    {
        "0BSD",
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "BSL-1.0",
        "CC-BY-3.0",
        "CC-BY-4.0",
        "CC-BY-SA-3.0",
        "CC-BY-SA-4.0",
        "CC0-1.0",
        "ISC",
        "MIT",
        "MIT-0",
        "MPL-2.0",
        "Unlicense",
    }
)


def is_commercial(license: License) -> bool:
    """Whether a licence allows commercial use; one that we do not know does not."""
    return license.spdx in COMMERCIAL_LICENCES


def commercial_scene(scene: Scene) -> tuple[Scene, dict[str, str]]:
    """Return the scene without the objects whose licence forbids commercial use or is unknown, and without what stands
    on them; and object id → why it is missing."""
    excluded: dict[str, str] = {}
    for item in scene.objects:
        license = scene.asset(item.id).license
        if not is_commercial(license):
            excluded[item.id] = f"licence {license.spdx}"
    while True:
        carried = {
            item.id: item.placement.parent_id
            for item in scene.objects
            if item.id not in excluded and item.placement and item.placement.parent_id in excluded
        }
        if not carried:
            break
        excluded |= {name: f"stands on {parent}" for name, parent in carried.items()}
    kept = [item for item in scene.objects if item.id not in excluded]
    used = {item.asset.asset_id for item in kept}
    manifest = scene.manifest.model_copy(update={"objects": kept})
    return Scene(manifest, {name: model for name, model in scene.assets.items() if name in used}), excluded
