"""Open shelving: bookcase, wall shelf, shoe rack and coat rack."""

import numpy as np

from blueprint.assets import colliders, mesh
from blueprint.assets.builder import AssetBuilder
from blueprint.assets.families.furnishing import asked_size, drawn, surface_region, weigh
from blueprint.assets.finish import finish, physics_material_of, size_factor
from blueprint.assets.geometry import Asset
from blueprint.assets.registry import AssetRequest, generator

__all__ = ["bookcase", "coat_rack", "shoe_rack", "wall_shelf"]


@generator(
    "bookcase",
    nouns=("book shelf", "book case", "library shelf"),
    footing="floor",
    sim_role="static",
    size_range_m=((0.5, 0.22, 0.7), (1.8, 0.5, 2.4)),
    options=("width", "depth", "height", "shelves"),
)
def bookcase(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A tall case with a back and a cornice, open at the front; option `shelves` counts the boards that carry."""
    w, d, h = asked_size(request, (0.90, 0.32, 1.90))
    count = int(np.clip(float(request.option("shelves", round(h / 0.38))), 2, 7))
    make = AssetBuilder(request, "Bookcase", f"a bookcase with {count} shelves")
    own = drawn(rng, "oak", "walnut", "birch", "white")
    kind = "painted" if own == "white" else own
    wood = finish(make, "wood", rng, request.material, request.color, default_material=kind, default_color=own)
    body = make.link("body", physics_material_of(request.material, "wood"))
    t, plinth, crown, back = 0.022, 0.08, 0.05, 0.008
    body.panel((w - 0.01, d - 0.02, plinth), (0, 0.005, plinth / 2), wood, bevel=0.003)
    body.panel((w, d, crown), (0, 0, h - crown / 2), wood, bevel=0.012)
    tall = h - crown - plinth
    for sx in (-1, 1):
        at = (sx * (w - 0.02 - t) / 2, 0.005, plinth + tall / 2)
        body.panel((t, d - 0.02, tall), at, wood, grain="z")
    inner, deep = w - 0.02 - 2 * t, d - 0.025 - back
    y_back = d / 2 - 0.005 - back / 2
    body.panel((inner, back, tall), (0, y_back, plinth + tall / 2), wood, bevel=0.0, grain="z")
    y = y_back - back / 2 - deep / 2
    pitch = tall / count
    for i in range(count):
        top = plinth + t + i * pitch
        body.panel((inner, deep, t), (0, y, top - t / 2), wood)
        free = pitch - t - 0.012 if i < count - 1 else h - crown - top - 0.012
        surface_region(make, f"shelf_{i + 1}", "shelf", (0, y, top), (inner, deep), free, margin=0.012)
    weigh(body, 30.0 * w * h / 1.71)
    surface_region(make, "top", "top", (0, 0, h), (w, d), 0.5)
    make.param(shelves=count)
    return make.build()


@generator(
    "wall_shelf",
    nouns=("wall shelf", "floating shelf", "hanging shelf"),
    footing="wall",
    sim_role="static",
    size_range_m=((0.3, 0.12, 0.12), (1.8, 0.4, 1.2)),
    options=("width", "depth", "height", "levels"),
    mount_height_m=1.3,
)
def wall_shelf(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """Boards between two uprights on a wall; option `levels` 1 to 3, 1 is a lone board on brackets."""
    levels = int(np.clip(float(request.option("levels", 2)), 1, 3))
    w, d, h = asked_size(request, (0.80, 0.22, 0.06 + 0.31 * (levels - 1) if levels > 1 else 0.16))
    make = AssetBuilder(request, "Wall shelf", f"a wall shelf with {levels} boards")
    own = drawn(rng, "oak", "walnut", "pine", "white")
    kind = "painted" if own == "white" else own
    wood = finish(make, "wood", rng, request.material, request.color, default_material=kind, default_color=own)
    dark = finish(make, "brackets", rng, "steel", "black", default_material="steel", default_color="black")
    body = make.link("body", physics_material_of(request.material, "wood"))
    t = 0.026
    if levels == 1:
        body.panel((w, d, t), (0, 0, h - t / 2), wood, bevel=0.004)
        for sx in (-1, 1):
            x = sx * (w / 2 - 0.12)
            body.panel((0.03, 0.008, h - t), (x, d / 2 - 0.004, (h - t) / 2), dark, bevel=0.001)
            body.panel((0.03, d * 0.75, 0.008), (x, d / 2 - 0.008 - d * 0.375, h - t - 0.004), dark, bevel=0.001)
            brace = [(x, d / 2 - 0.008, 0.02), (x, d / 2 - 0.008 - 0.65 * d, h - t - 0.010)]
            body.visual(mesh.sweep(brace, 0.006, sides=8), dark)
        surface_region(make, "top", "shelf", (0, 0, h), (w, d), 0.5, margin=0.012)
    else:
        for sx in (-1, 1):
            body.panel((t, d, h), (sx * (w - t) / 2, 0, h / 2), wood, grain="z", bevel=0.004)
        inner, pitch = w - 2 * t, (h - 0.08) / (levels - 1) if levels > 1 else 0.0
        body.panel((inner, 0.016, 0.05), (0, d / 2 - 0.008, h - 0.03), wood)
        for i in range(levels):
            top = t + i * pitch
            body.panel((inner, d - 0.018, t), (0, -0.009, top - t / 2), wood, bevel=0.004)
            free = pitch - t - 0.01 if i < levels - 1 else 0.4
            surface_region(make, f"shelf_{i + 1}", "shelf", (0, -0.009, top), (inner, d - 0.018), free, margin=0.012)
    weigh(body, 2.6 * levels * w / 0.8)
    make.param(levels=levels)
    return make.build()


@generator(
    "shoe_rack",
    nouns=("shoe rack", "shoe shelf", "shoe stand"),
    footing="floor",
    sim_role="static",
    size_range_m=((0.4, 0.22, 0.3), (1.4, 0.45, 1.3)),
    options=("width", "depth", "height", "shelves"),
)
def shoe_rack(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """Slatted boards between two ladders of wood, open on all sides."""
    w, d, h = asked_size(request, (0.75, 0.30, 0.56))
    count = int(np.clip(float(request.option("shelves", round(h / 0.19))), 2, 6))
    make = AssetBuilder(request, "Shoe rack", f"a shoe rack with {count} slatted shelves")
    own = drawn(rng, "birch", "walnut", "pine")
    wood = finish(make, "wood", rng, request.material, request.color, default_material=own, default_color=own)
    body = make.link("body", physics_material_of(request.material, "wood"))
    post, t = 0.03, 0.016
    for sx in (-1, 1):
        for sy in (-1, 1):
            at = (sx * (w - post) / 2, sy * (d - post) / 2, h / 2)
            body.panel((post, post, h), at, wood, grain="z", bevel=0.004)
        body.panel((post, d - 2 * post, post), (sx * (w - post) / 2, 0, h - post / 2), wood, grain="y")
    inner, slats = w - 2 * post, 5
    pitch = (h - 0.10 - t) / (count - 1) if count > 1 else 0.0
    width = (d - 0.01 - 4 * 0.012) / slats
    for i in range(count):
        top = 0.10 + t + i * pitch - (0.04 if i == count - 1 else 0.0)
        for j in range(slats):
            at = (0, (j - 2) * (width + 0.012), top - t / 2)
            body.visual(mesh.beveled_box((inner, width, t), 0.003, center=at), wood)
        body.collide(colliders.box(f"shelf_{i + 1}", (inner, d - 0.01, t), (0, 0, top - t / 2)))
        above = 0.5 if i == count - 1 else pitch - t - 0.01 - (0.04 if i == count - 2 else 0.0)
        surface_region(make, f"shelf_{i + 1}", "shelf", (0, 0, top), (inner, d - 0.01), above, margin=0.012)
    weigh(body, 6.0 * w * count / 2.25)
    make.param(shelves=count)
    return make.build()


@generator(
    "coat_rack",
    nouns=("coat rack", "coat stand", "coat tree", "hat stand", "hall tree"),
    footing="floor",
    sim_role="static",
    size_range_m=((0.35, 0.35, 1.2), (0.7, 0.7, 2.1)),
    options=("width", "height"),
)
def coat_rack(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A pole on a heavy foot with two rings of curved hooks."""
    w, _, h = asked_size(request, (0.46, 0.46, 1.74))
    make = AssetBuilder(request, "Coat rack", "a coat stand with curved hooks")
    own = drawn(rng, "walnut", "oak", "black")
    kind = "steel" if own == "black" else own
    wood = finish(make, "wood", rng, request.material, request.color, default_material=kind, default_color=own)
    body = make.link("body", physics_material_of(request.material, "wood"))
    foot, base = w / 2 - 0.01, 0.05
    profile = [(0, 0), (foot, 0), (foot, 0.03), (foot - 0.012, 0.042), (0.05, base), (0.026, 0.10), (0.022, 0.14),
               (0.022, h - 0.06), (0.034, h - 0.05), (0.036, h - 0.025), (0.02, h), (0, h)]  # fmt: skip
    body.visual(mesh.lathe(profile, 32), wood)
    body.collide(colliders.cylinder("foot", foot, 0.0, 0.045), colliders.cylinder("pole", 0.024, 0.045, h))
    reach = w / 2
    for ring, (z, turn) in enumerate(((h - 0.16, 0.0), (h - 0.42, np.pi / 4))):
        long = reach - 0.012 if ring == 0 else 0.8 * reach
        for i in range(4):
            angle = turn + i * np.pi / 2
            path = [(0.018, 0.0), (0.45 * long, -0.02), (0.82 * long, 0.01), (long - 0.004, 0.075)]
            points = [(r * float(np.cos(angle)), r * float(np.sin(angle)), z + up) for r, up in path]
            body.visual(mesh.sweep(points, 0.010, sides=10), wood)
            body.visual(mesh.moved(mesh.sphere(0.014, 10, 6), points[-1]), wood)
            body.collide(colliders.capsule_between(f"hook_{ring}_{i}", 0.010, points[1], points[3]))
    weigh(body, 8.5 * size_factor(request.size) ** 2)
    return make.build()
