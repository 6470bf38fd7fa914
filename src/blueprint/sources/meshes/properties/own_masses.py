"""What our own generators' things of a kind weigh: the nearest thing to a scale that a table can ask."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from blueprint.assets.geometry import Asset
from blueprint.assets.lexicon import (
    all_categories,
    all_kinds_of,
    ancestors,
    category,
    generator_of,
    is_a,
    request_for,
)
from blueprint.assets.registry import PROXY, categories, generate
from blueprint.contracts.frames import Vec3
from blueprint.contracts.seeds import derive_seed
from blueprint.physics.inertia import with_inertials
from blueprint.sources.imported.hulls import hull_volume

__all__ = ["OwnMasses", "kind_with_masses", "own_masses"]

_SIZES = (None, "small", "large")
_NEAR = 3 * np.log(2)  # sum over the three sides of the logarithms of their ratios


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


def kind_with_masses(category_id: str, size_m: Vec3 | None = None) -> str | None:
    """Return the category if a generator of ours makes it, else the nearest kind above that one makes.

    A kind that groups others (lamp, plant, furniture) stands for the one among them that is nearest in size, if one is
    near: a lamp of 1.6 m is a floor lamp. None for a kind that there is not, and for mere objects.
    """
    known = all_categories()
    for name in ancestors(category_id):
        if name not in known or generator_of(name) == PROXY:
            continue
        if _is_made(name):
            return name
        found = _nearest_in_size(name, size_m) if size_m else generator_of(name)
        if found:
            return found
    return None


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
    """Whether its generator makes this very kind, not merely a member of it (furniture is made as a side table)."""
    maker = generator_of(category_id)
    if maker == PROXY:
        return False
    return maker == category_id or not is_a(category(category_id).generator, category_id)


def _nearest_in_size(category_id: str, size_m: Vec3) -> str | None:
    """The kind below whose generator's usual sides are nearest to these by the ratios of sorted sides; None where
    those differ by more than a factor of two a side (in the mean)."""
    sides = np.log(np.maximum(np.sort(size_m), 1e-3))
    makers = categories()
    found: list[tuple[float, str]] = []
    for name in sorted(all_kinds_of(category_id)):
        if generator_of(name) == name:
            smallest, largest = makers[name].size_range_m
            usual = np.log(np.sort(np.sqrt(np.multiply(smallest, largest))))
            found.append((float(np.abs(usual - sides).sum()), name))
    distance, nearest = min(found, default=(np.inf, ""))
    return nearest if distance <= _NEAR else None
