"""Architecture: the shell of a room, fixed to the world."""

import numpy as np

from blueprint.assets import textures
from blueprint.assets.builder import AssetBuilder
from blueprint.assets.colors import color_of
from blueprint.assets.geometry import Asset
from blueprint.assets.registry import AssetRequest, generator

__all__ = ["room"]

_SLAB_M = 0.1
_SKIRTING_M = (0.012, 0.08)


@generator(
    "room",
    nouns=("room",),
    footing="floor",
    sim_role="scene_shell",
    size_range_m=((2.0, 2.0, 2.2), (21.0, 21.0, 6.2)),
    options=("width", "depth", "height", "walls", "floor"),
)
def room(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A floor slab, its top at z = 0, and walls at +Y and -X (all four with option `walls` "all").

    Options: inner `width` (x), `depth` (y) and `height` in metres, `floor` one of planks, tiles, concrete.
    The asset frame is the middle of the floor's surface; `size_m` includes slab and walls.
    """
    make = AssetBuilder(request, "Room", "the floor and walls of a room")
    w = float(np.clip(float(request.option("width", 4.0)), 2.0, 20.0))
    d = float(np.clip(float(request.option("depth", 4.0)), 2.0, 20.0))
    h = float(np.clip(float(request.option("height", 2.6)), 2.2, 6.0))
    kind = str(request.option("floor", str(rng.choice(["planks", "tiles", "planks"]))))
    if kind == "tiles":
        tint = color_of(None, "stone")
        image, tile = textures.tiles(rng, tint), 0.8
    elif kind == "concrete":
        tint = color_of(None, "concrete")
        image, tile = textures.speckle(rng, tint, 0.25), 1.5
    else:
        tint = color_of(None, str(rng.choice(["oak", "birch", "tan"])))
        image, tile = textures.planks(rng, tint, 6), 1.0
    floor = make.material("floor", tint, roughness=0.55, texture=image, tile_m=tile)
    paint = color_of(request.color or str(rng.choice(["white", "cream", "light teal", "light gray"])), "white")
    wall = make.material("wall", paint, roughness=0.95, texture=textures.plaster(rng, paint), tile_m=1.2)
    trim = make.material("skirting", color_of(None, "white"), roughness=0.6)
    shell = make.link("shell", "concrete")
    outer_w, outer_d = w + 2 * _SLAB_M, d + 2 * _SLAB_M
    shell.panel((outer_w, outer_d, _SLAB_M), (0, 0, -_SLAB_M / 2), floor, bevel=0.0)
    sides = ("back", "left", "right", "front") if request.option("walls", "two") == "all" else ("back", "left")
    thin, tall = _SKIRTING_M
    for side in sides:
        sign = 1 if side in ("back", "right") else -1
        if side in ("back", "front"):
            shell.panel((outer_w, _SLAB_M, h), (0, sign * (d + _SLAB_M) / 2, h / 2), wall, bevel=0.0)
            shell.panel((w - 2 * thin, thin, tall), (0, sign * (d - thin) / 2, tall / 2), trim, bevel=0.003)
        else:
            shell.panel((_SLAB_M, d, h), (sign * (w + _SLAB_M) / 2, 0, h / 2), wall, bevel=0.0)
            shell.panel((thin, d, tall), (sign * (w - thin) / 2, 0, tall / 2), trim, bevel=0.003)
    shell.mass()
    make.region("floor", "floor", center=(0, 0, 0), half_extents=(w / 2 - 0.03, d / 2 - 0.03), clearance_m=h - 0.05)
    make.param(width=w, depth=d, height=h, floor=kind)
    return make.build(recenter=False)
