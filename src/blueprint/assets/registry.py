"""The register of generators: which nouns there are, and how a request becomes an asset."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from blueprint.assets.geometry import Asset
from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Vec3
from blueprint.contracts.seeds import rng_for

__all__ = [
    "PROXY",
    "AssetRequest",
    "Footing",
    "Generator",
    "categories",
    "generate",
    "generator",
    "generator_for",
    "lexicon",
]

Footing = Literal["floor", "surface", "wall", "ceiling"]
PROXY = "proxy"


@dataclass(frozen=True)
class AssetRequest:
    """What is wanted of one asset. The same request gives the same asset, byte for byte.

    `color` and `material` are words ("red", "wooden"), `size` is one of tiny, small, large, huge or None;
    `options` are the generator's own words (for example {"drawers": 3} or {"label": "sprocket"}).
    """

    category: str
    seed: int
    color: str | None = None
    material: str | None = None
    size: str | None = None
    options: tuple[tuple[str, float | str], ...] = ()

    def option(self, name: str, default: float | str) -> float | str:
        return dict(self.options).get(name, default)


@dataclass(frozen=True)
class Generator:
    """One kind of thing. `build` takes the request and a generator seeded from it."""

    category: str
    build: Callable[[AssetRequest, np.random.Generator], Asset]
    nouns: tuple[str, ...]  # singular synonyms, the category's own words first
    footing: Footing  # where it belongs: on the floor, on a surface, hung on a wall or from the ceiling
    sim_role: str
    size_range_m: tuple[Vec3, Vec3]  # smallest and largest extent x, y, z over all requests
    options: tuple[str, ...] = field(default=())  # names of options that it understands
    mount_height_m: float | None = None  # height of the bottom of a wall-mounted thing above the floor, None: by taste


_GENERATORS: dict[str, Generator] = {}
_Build = Callable[[AssetRequest, np.random.Generator], Asset]


def generator(
    category: str,
    *,
    nouns: tuple[str, ...],
    footing: Footing,
    sim_role: str,
    size_range_m: tuple[Vec3, Vec3],
    options: tuple[str, ...] = (),
    mount_height_m: float | None = None,
) -> Callable[
    [Callable[[AssetRequest, np.random.Generator], Asset]], Callable[[AssetRequest, np.random.Generator], Asset]
]:
    """Register the decorated function as the generator of `category`."""

    def register(build: _Build) -> _Build:
        if category in _GENERATORS:
            raise ValueError(f"generator {category!r} is registered twice")
        _GENERATORS[category] = Generator(
            category, build, nouns, footing, sim_role, size_range_m, options, mount_height_m
        )
        return build

    return register


def categories() -> dict[str, Generator]:
    """Return every generator by category."""
    _load_families()
    return dict(_GENERATORS)


def generator_for(category: str) -> Generator:
    """Return the generator of a category; raises InputError that lists the categories."""
    known = categories()
    if category not in known:
        raise InputError(f"no generator for {category!r}; there are {sorted(known)}.", remedy="use one of these.")
    return known[category]


def lexicon() -> dict[str, str]:
    """Return noun → category for every noun of every generator."""
    return {noun: item.category for item in categories().values() for noun in item.nouns}


def generate(request: AssetRequest) -> Asset:
    """Build the asset of a request; raises InputError for an unknown category."""
    item = generator_for(request.category)
    rng = rng_for(
        request.seed, "asset", request.category, request.color or "", request.material or "", request.size or ""
    )
    return item.build(request, rng)


def _load_families() -> None:
    import blueprint.assets.families  # noqa: F401  (registers the generators on import)
