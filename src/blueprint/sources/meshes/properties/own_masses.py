"""What our own generators' things of a kind weigh: the nearest thing to a scale that a table can ask."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from blueprint.assets.geometry import Asset
from blueprint.assets.lexicon import all_categories, ancestors, category, generator_of, is_a, request_for
from blueprint.assets.registry import PROXY, generate
from blueprint.contracts.seeds import derive_seed
from blueprint.physics.inertia import with_inertials
from blueprint.sources.imported.hulls import hull_volume

__all__ = ["OwnMasses", "kind_with_masses", "own_masses"]

_SIZES = (None, "small", "large")


@dataclass(frozen=True)
class OwnMasses:
    """Lowest, middle and highest mass of some generated things, kg; what most of that mass is made of, and the middle
    of mass over hull volume, kg/m³."""

    category: str
    low_kg: float
    typical_kg: float
    high_kg: float
    material: str
    bulk_density: float


def kind_with_masses(category_id: str) -> str | None:
    """Return the category if a generator of ours makes it, else the nearest kind above it, None where there is none.

    A kind that only groups others does not count (furniture is made as a side table, but a bed is no side table).
    """
    known = all_categories()
    return next((name for name in ancestors(category_id) if name in known and _is_made(name)), None)


@lru_cache(maxsize=1024)
def own_masses(category_id: str, material: str | None = None) -> OwnMasses:
    """Generate a usual, a small and a large thing of a kind and weigh them. Deterministic.

    `material` is a word that is asked for; a generator may not have it, then the result's `material` differs. Raises
    InputError for a kind that nobody makes.
    """
    seed = derive_seed(0, "own_masses", category_id)
    weighed = [_weigh(generate(request_for(category_id, seed, None, material, size))) for size in _SIZES]
    masses = [sum(by_material.values()) for by_material, _ in weighed]
    bulks = [mass / volume for mass, (_, volume) in zip(masses, weighed, strict=True)]
    total = {word: sum(item.get(word, 0.0) for item, _ in weighed) for item, _ in weighed for word in item}
    return OwnMasses(
        category=category_id,
        low_kg=min(masses),
        typical_kg=float(np.median(masses)),
        high_kg=max(masses),
        material=max(sorted(total), key=lambda word: total[word]),
        bulk_density=float(f"{np.median(bulks):.6g}"),
    )


def _weigh(asset: Asset) -> tuple[dict[str, float], float]:
    """Return the mass by material, kg, and the volume of the convex hull with joints closed, m³."""
    model = with_inertials(asset.model)
    poses = model.poses_asset_link()
    by_material: dict[str, float] = {}
    points = []
    for link in model.links:
        assert link.inertial is not None  # with_inertials fills every link
        word = link.mass_model.material
        by_material[word] = by_material.get(word, 0.0) + link.inertial.mass_kg
        points += [poses[link.name].apply(asset.meshes[item.mesh].vertices) for item in link.visuals]
    return by_material, hull_volume(np.concatenate(points))


def _is_made(category_id: str) -> bool:
    maker = generator_of(category_id)
    if maker == PROXY:
        return False
    return maker == category_id or not is_a(category(category_id).generator, category_id)
