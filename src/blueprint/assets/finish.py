"""Finishes: a material word and a colour word become a surface and the physics material under it."""

import numpy as np

from blueprint.assets import textures
from blueprint.assets.builder import AssetBuilder
from blueprint.assets.colors import COLORS, color_of
from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Vec3

__all__ = ["build_fraction", "finish", "physics_material_of", "size_factor"]

_WOODS = ("oak", "pine", "walnut", "birch", "mahogany")
_PHYSICS = {
    "wood": "wood",
    "wooden": "wood",
    **dict.fromkeys(_WOODS, "wood"),
    "bamboo": "wood",
    "laminate": "wood",
    "painted": "wood",
    "metal": "steel",
    "metallic": "steel",
    "steel": "steel",
    "iron": "steel",
    "tin": "steel",
    "brass": "steel",
    "copper": "steel",
    "aluminium": "aluminium",
    "aluminum": "aluminium",
    "marble": "stone",
    "granite": "stone",
    "stone": "stone",
    "concrete": "concrete",
    "plastic": "plastic",
    "acrylic": "plastic",
    "rubber": "rubber",
    "glass": "glass",
    "crystal": "glass",
    "ceramic": "ceramic",
    "porcelain": "ceramic",
    "clay": "clay",
    "terracotta": "clay",
    "fabric": "fabric",
    "cloth": "fabric",
    "cotton": "fabric",
    "leather": "leather",
    "cardboard": "cardboard",
    "paper": "paper",
    "cork": "cork",
}
_BUILD_FRACTIONS = {"steel": 0.10, "aluminium": 0.15, "plastic": 0.5, "stone": 0.5, "concrete": 0.5, "ceramic": 0.3}
_SIZE_FACTORS = {"tiny": 0.75, "small": 0.87, "large": 1.15, "huge": 1.3}


def physics_material_of(word: str | None, default: str) -> str:
    """Return the physics material of a material word ("wooden", "oak" → wood), `default` where it is none."""
    return _PHYSICS.get((word or default).lower(), default)


def build_fraction(physics_material: str) -> float:
    """Return how much of a furniture panel or leg is material: metal ones are sheet and tube, plastic ones hollow."""
    return _BUILD_FRACTIONS.get(physics_material, 1.0)


def size_factor(word: str | None) -> float:
    """Return the factor on lengths of a size word; 1 for none or another word."""
    return _SIZE_FACTORS.get(word or "", 1.0)


def finish(
    make: AssetBuilder,
    name: str,
    rng: np.random.Generator,
    material: str | None,
    color: str | None,
    *,
    default_material: str,
    default_color: str,
) -> str:
    """Add the surface material `name` for the words and return its name.

    A colour word paints or stains the material; without one the material has its own colour. Unknown words fall back
    to the defaults. Raises InputError if `default_material` is itself unknown.
    """
    word = (material or default_material).lower()
    if word not in _PHYSICS:
        word = default_material
    if word not in _PHYSICS:
        raise InputError(f"unknown material {word!r}; there are {sorted(_PHYSICS)}.", remedy="use one of these.")
    physics = _PHYSICS[word]
    own = default_color if material is None or word == default_material else _own_color(word, default_color)
    tint = color_of(color, own)
    if physics == "wood":
        painted = word == "painted" or (color is not None and color.split()[-1] not in (*_WOODS, "brown", "tan"))
        image = textures.plaster(rng, tint) if painted or word == "laminate" else textures.wood(rng, tint)
        return make.material(name, tint, roughness=0.5, texture=image, tile_m=0.6)
    if physics in ("steel", "aluminium"):
        return make.material(
            name, tint, roughness=0.35, metallic=0.8, texture=textures.brushed_metal(rng, tint), tile_m=0.5
        )
    if physics in ("stone", "concrete"):
        return make.material(name, tint, roughness=0.3, texture=_stone(rng, word, tint), tile_m=0.7)
    return _soft_or_plain(make, name, rng, physics, tint)


def _soft_or_plain(make: AssetBuilder, name: str, rng: np.random.Generator, physics: str, tint: Vec3) -> str:
    if physics == "glass":
        return make.material(name, tint, roughness=0.05, opacity=0.4)
    if physics in ("fabric", "leather"):
        return make.material(name, tint, roughness=0.9, texture=textures.fabric(rng, tint), tile_m=0.15)
    if physics in ("cardboard", "paper"):
        return make.material(name, tint, roughness=0.95, texture=textures.cardboard(rng, tint), tile_m=0.3)
    if physics in ("ceramic", "clay"):
        return make.material(name, tint, roughness=0.2, texture=textures.glaze(rng, tint), tile_m=0.3)
    return make.material(name, tint, roughness=0.9 if physics == "rubber" else 0.45)


def _stone(rng: np.random.Generator, word: str, tint: Vec3) -> textures.Image:
    if word == "marble":
        return textures.marble(rng, tint)
    return textures.speckle(rng, tint, 0.35 if word == "concrete" else 1.0)


def _own_color(word: str, default: str) -> str:
    own = {"wood": "oak", "wooden": "oak", "metal": "steel", "metallic": "steel", "iron": "gray", "tin": "silver"}
    name = own.get(word, word)
    return name if name in COLORS else default
