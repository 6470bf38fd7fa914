"""How a small thing looks: its colours by name, and the finish of the material that it is made of."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from blueprint.assets import textures
from blueprint.assets.colors import COLORS, color_of, linear_from_srgb
from blueprint.contracts.frames import Vec3
from blueprint.physics.materials import physics_material

__all__ = ["FINISHES", "MATERIAL_WORDS", "Finish", "is_color", "luma", "pattern_image", "rgb_of", "wall_share"]

_PROP_SRGB: dict[str, tuple[int, int, int]] = {
    "ivory": (244, 238, 222),
    "charcoal": (58, 60, 64),
    "beech": (214, 172, 126),
    "wicker": (188, 140, 84),
    "sky": (120, 176, 214),
    "amber": (168, 96, 26),
    "burgundy": (98, 22, 36),
    "bottle_green": (34, 70, 40),
    "apple_red": (176, 32, 34),
    "apple_green": (134, 172, 52),
    "apple_yellow": (222, 190, 84),
    "orange_peel": (238, 136, 24),
    "tomato_red": (204, 44, 28),
    "pear_green": (176, 188, 74),
    "lemon": (244, 212, 50),
    "banana": (244, 210, 62),
    "potato": (186, 148, 96),
    "carrot": (232, 116, 34),
    "onion": (206, 146, 76),
    "onion_red": (122, 40, 74),
    "eggshell": (240, 222, 196),
    "egg_brown": (206, 156, 112),
    "crust": (176, 112, 54),
    "leaf": (64, 118, 48),
}
_PROP_COLORS: dict[str, Vec3] = {
    word: tuple(round(float(c), 4) for c in linear_from_srgb(np.array(rgb) / 255))  # type: ignore[misc]
    for word, rgb in _PROP_SRGB.items()
}


@dataclass(frozen=True)
class Finish:
    """How a surface takes light, and which pattern it carries: `tile_m` 0 stretches the image over each mesh once."""

    roughness: float
    metallic: float = 0.0
    pattern: str = ""
    tile_m: float = 0.25


FINISHES = {
    "ceramic": Finish(0.22, pattern="glaze"),
    "plastic": Finish(0.42),
    "glass": Finish(0.08),
    "steel": Finish(0.3, 0.85, "brushed", 0.15),
    "aluminium": Finish(0.4, 0.6, "brushed", 0.15),
    "wood": Finish(0.6, pattern="wood", tile_m=0.22),
    "cardboard": Finish(0.85, pattern="cardboard", tile_m=0.2),
    "paper": Finish(0.7),
    "fabric": Finish(0.9, pattern="fabric", tile_m=0.12),
    "leather": Finish(0.6, pattern="speckle", tile_m=0.3),
    "rubber": Finish(0.8),
    "silicone": Finish(0.6),
    "foam": Finish(0.95, pattern="speckle", tile_m=0.15),
    "stone": Finish(0.7, pattern="speckle"),
    "clay": Finish(0.85, pattern="glaze"),
    "cork": Finish(0.9, pattern="speckle", tile_m=0.2),
    "fruit": Finish(0.38, pattern="skin", tile_m=0.0),
    "peel": Finish(0.5, pattern="peel", tile_m=0.1),
    "streaks": Finish(0.6, pattern="streaks", tile_m=0.0),
    "crust": Finish(0.8, pattern="streaks", tile_m=0.0),
    "wicker": Finish(0.85, pattern="fabric", tile_m=0.3),
}

# word in a request → physics material, finish, colour where the request names none
MATERIAL_WORDS = {
    "wood": ("wood", "wood", "oak"),
    "wooden": ("wood", "wood", "oak"),
    "bamboo": ("wood", "wood", "birch"),
    "metal": ("steel", "steel", "steel"),
    "metallic": ("steel", "steel", "steel"),
    "steel": ("steel", "steel", "steel"),
    "stainless steel": ("steel", "steel", "steel"),
    "iron": ("steel", "steel", "charcoal"),
    "aluminium": ("aluminium", "aluminium", "aluminium"),
    "aluminum": ("aluminium", "aluminium", "aluminium"),
    "plastic": ("plastic", "plastic", None),
    "glass": ("glass", "glass", "clear"),
    "ceramic": ("ceramic", "ceramic", None),
    "porcelain": ("ceramic", "ceramic", "porcelain"),
    "clay": ("clay", "clay", "terracotta"),
    "terracotta": ("clay", "clay", "terracotta"),
    "stone": ("stone", "stone", "stone"),
    "cardboard": ("cardboard", "cardboard", "cardboard"),
    "paper": ("paper", "paper", None),
    "rubber": ("rubber", "rubber", None),
    "silicone": ("silicone", "silicone", None),
    "leather": ("leather", "leather", "brown"),
    "fabric": ("fabric", "fabric", None),
    "wicker": ("wood", "wicker", "wicker"),
}


def is_color(word: str) -> bool:
    """Whether a word, or the last of several, names a colour."""
    return word.lower().replace("-", " ").split()[-1] in COLORS or word in _PROP_COLORS


def rgb_of(word: str) -> Vec3:
    """Return the linear RGB of a colour's name; gray for an unknown one."""
    return _PROP_COLORS[word] if word in _PROP_COLORS else color_of(word, "gray")


def luma(word: str) -> float:
    """Return how bright a colour looks, 0 to 1."""
    r, g, b = rgb_of(word)
    return float((0.2126 * r + 0.7152 * g + 0.0722 * b) ** (1 / 2.2))


def wall_share(usual: str, asked: str) -> float:
    """Denser walls are made thinner: half way (in logarithm) to keeping the mass of the usual material."""
    return float((physics_material(usual).density / physics_material(asked).density) ** 0.5)


def pattern_image(pattern: str, rng: np.random.Generator, rgb: Vec3) -> NDArray[np.uint8]:
    """Return the image (H, W, 3) of a finish's pattern in a colour."""
    if pattern == "glaze":
        return textures.glaze(rng, rgb)
    if pattern == "brushed":
        return textures.brushed_metal(rng, rgb)
    if pattern == "wood":
        return textures.wood(rng, rgb)
    if pattern == "cardboard":
        return textures.cardboard(rng, rgb)
    if pattern == "fabric":
        return textures.fabric(rng, rgb, threads=12)
    if pattern == "speckle":
        return textures.speckle(rng, rgb, 0.35)
    if pattern == "peel":
        return textures.speckle(rng, rgb, 0.22)
    if pattern == "streaks":
        return textures.fruit_skin(rng, rgb, _scaled(rgb, 0.72), dots=0.0)
    return textures.fruit_skin(rng, rgb, _scaled(rgb, 0.82), 0.15)


def _scaled(rgb: Vec3, factor: float) -> Vec3:
    return (rgb[0] * factor, rgb[1] * factor, rgb[2] * factor)
