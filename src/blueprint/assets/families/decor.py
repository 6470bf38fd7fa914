"""Decor that stands or lies on the floor: rug, floor plant, floor mirror and fireplace."""

import numpy as np

from blueprint.assets import colliders, mesh, textures
from blueprint.assets.builder import AssetBuilder, LinkBuilder
from blueprint.assets.colors import color_of
from blueprint.assets.families import patterns
from blueprint.assets.families.furnishing import asked_size, blade, drawn, printed_disc, surface_region, weigh
from blueprint.assets.families.solids import panel
from blueprint.assets.finish import finish, physics_material_of, size_factor
from blueprint.assets.geometry import Asset, TriangleMesh
from blueprint.assets.registry import AssetRequest, generator
from blueprint.contracts.frames import Pose, Vec3, quat_wxyz_from_axis_angle

__all__ = ["fireplace", "floor_mirror", "floor_plant", "rug"]

_RUG_M = 0.004


@generator(
    "rug",
    nouns=("rug", "carpet", "area rug", "persian rug"),
    footing="floor",
    sim_role="background",
    size_range_m=((0.6, 0.4, 0.003), (4.5, 3.6, 0.006)),
    options=("width", "depth", "shape", "style"),
)
def rug(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A woven rug, 4 mm thick, without colliders: things stand on the floor through it.

    Option `shape` "round"; option `style` persian, stripes, diamonds or plain.
    """
    round_one = request.option("shape", "rect") == "round"
    w, d, _ = asked_size(request, (1.8, 1.8, _RUG_M) if round_one else (2.3, 1.6, _RUG_M))
    style = str(request.option("style", drawn(rng, "persian", "persian", "stripes", "diamonds")))
    make = AssetBuilder(request, "Rug", f"a {style} rug")
    weave = patterns.rug(rng, request.color, style, is_round=round_one)
    face = make.material("weave", color_of(request.color, "maroon"), roughness=0.95, texture=weave, tile_m=None)
    edge = make.material("edge", color_of("beige", "beige"), roughness=0.95)
    body = make.link("body", "fabric")
    if round_one:
        radius = min(w, d) / 2
        body.visual(mesh.cylinder(radius, _RUG_M, 56, 0.001, planar_caps=True), edge)
        body.visual(mesh.moved(printed_disc(radius, 56), (0, 0, _RUG_M + 0.0002)), face)
        body.mass(volume_m3=np.pi * radius**2 * _RUG_M)
    else:
        fringe = 0.05 if style == "persian" else 0.0
        body.visual(mesh.beveled_box((w - 2 * fringe, d, _RUG_M), 0.0015, center=(0, 0, _RUG_M / 2)), edge)
        body.visual(panel((0, 0, _RUG_M + 0.0002), (0, 0, 1), (w - 2 * fringe, d)), face)
        if fringe:
            body.visual(_fringe(w, d, fringe), edge)
        body.mass(volume_m3=w * d * _RUG_M)
    make.param(style=style)
    return make.build()


def _fringe(width: float, depth: float, length: float) -> TriangleMesh:
    """Return the knotted threads at both ends of a rug."""
    count = int(depth / 0.035)
    strands = []
    for sx in (-1, 1):
        for i in range(count):
            at = (sx * (width - length) / 2, (i + 0.5) * depth / count - depth / 2, 0.001)
            strands.append(mesh.beveled_box((length, 0.012, 0.002), 0.0, center=at))
    return mesh.merge(strands)


@generator(
    "floor_plant",
    nouns=("floor plant", "indoor tree", "indoor plant", "large plant", "rubber plant", "fiddle leaf fig", "palm"),
    footing="floor",
    sim_role="static",
    size_range_m=((0.4, 0.4, 0.6), (1.6, 1.6, 2.4)),
    options=("height", "kind"),
)
def floor_plant(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A leafy plant in a heavy pot; option `kind` fig (broad leaves on stems) or palm (arching fronds).

    The pot and the stems collide, the soft leaves do not.
    """
    kind = str(request.option("kind", drawn(rng, "fig", "palm")))
    _, _, h = asked_size(request, (0.8, 0.8, 1.35))
    make = AssetBuilder(request, "Floor plant", f"a {kind} in a pot")
    pot_word = request.material or drawn(rng, "ceramic", "terracotta", "ceramic")
    pot_color = request.color or (
        "terracotta" if pot_word == "terracotta" else drawn(rng, "white", "dark gray", "teal")
    )
    pot = finish(make, "pot", rng, pot_word, pot_color, default_material="ceramic", default_color="white")
    soil = make.material("soil", (0.035, 0.022, 0.014), roughness=1.0)
    bark = make.material("bark", (0.16, 0.10, 0.06), roughness=0.9, texture=textures.wood(rng, (0.17, 0.11, 0.07)))
    green = [(0.035, 0.15, 0.035), (0.06, 0.20, 0.045)]
    leaves = [
        make.material(f"leaf_{i}", tone, roughness=0.55, texture=patterns.leaf(rng, tone), tile_m=None)
        for i, tone in enumerate(green)
    ]
    body = make.link("body", physics_material_of(pot_word, "ceramic"))
    r, tall = 0.115 + 0.045 * h, 0.17 + 0.09 * h
    profile = [(0, 0), (0.76 * r, 0), (0.80 * r, 0.01), (r, tall), (r - 0.016, tall), (r - 0.022, tall - 0.035)]
    body.visual(mesh.lathe(profile, 32), pot)
    body.visual(mesh.lathe([(r - 0.018, tall - 0.034), (0, tall - 0.026)], 24), soil)
    body.collide(
        colliders.cylinder("pot_foot", 0.84 * r, 0.0, 0.45 * tall),
        colliders.cylinder("pot", 0.95 * r, 0.45 * tall, tall),
    )
    if kind == "palm":
        _palm(body, rng, h, tall - 0.03, bark, leaves)
    else:
        _fig(body, rng, h, tall - 0.03, bark, leaves)
    weigh(body, 16.0 * h / 1.35, "ceramic")
    make.param(kind=kind)
    return make.build()


def _fig(body: LinkBuilder, rng: np.random.Generator, h: float, z0: float, bark: str, leaves: list[str]) -> None:
    for stem in range(3):
        turn = stem * 2.1 + float(rng.uniform(0, 0.5))
        lean = 0.05 + 0.05 * float(rng.random())
        top = h - 0.10 - 0.12 * stem
        t = np.linspace(0, 1, 5)
        radius = 0.03 + (lean + 0.03) * t**1.5
        path = np.column_stack([radius * np.cos(turn), radius * np.sin(turn), z0 + (top - z0) * t])
        body.visual(mesh.sweep(path, np.linspace(0.014, 0.007, 5), sides=8), bark)
        body.collide(colliders.capsule_between(f"stem_{stem}", 0.010, path[0] + (0, 0, 0.06), path[-1]))
        count = 13
        for i in range(count):
            share = 0.30 + 0.70 * i / (count - 1)
            at = np.array([np.interp(share, t, path[:, axis]) for axis in range(3)])
            heading, rise = turn + i * 2.399, 0.15 + 0.85 * share**3 + float(rng.uniform(-0.15, 0.15))
            length = (0.26 - 0.09 * share) * (0.9 + 0.2 * float(rng.random()))
            shape = blade(length, 0.62 * length, 0.30 * length, fold=0.28)
            body.visual(_aimed(shape, at, heading, rise), leaves[i % 2])


def _palm(body: LinkBuilder, rng: np.random.Generator, h: float, z0: float, bark: str, leaves: list[str]) -> None:
    crown = z0 + 0.32 * (h - z0)
    body.visual(
        mesh.sweep([(0, 0, z0), (0.01, 0, (z0 + crown) / 2), (0, 0, crown)], [0.04, 0.032, 0.026], sides=10), bark
    )
    body.collide(colliders.capsule_between("stem", 0.03, (0, 0, z0 + 0.08), (0, 0, crown - 0.03)))
    for frond in range(9):
        heading = frond * 2.399
        lift = 1.38 - 0.085 * frond
        reach = (h - crown) * (1.04 - 0.045 * frond)
        t = np.linspace(0, 1, 9)
        x = 0.8 * reach * np.cos(lift) * t + 0.12 * reach * t**2
        z = reach * np.sin(lift) * t - (0.10 + 0.035 * frond) * reach * t**2.2
        rib = np.column_stack([x, np.zeros(9), z])
        quat = quat_wxyz_from_axis_angle((0, 0, 1), heading)
        place = Pose.of((0, 0, crown - 0.03), quat)
        body.visual(mesh.transformed(mesh.sweep(rib, np.linspace(0.006, 0.002, 9), sides=6), place), leaves[0])
        for j in range(2, 9):
            for side in (-1.0, 1.0):
                length = 0.24 * reach * float(np.sin(np.pi * (0.2 + 0.72 * j / 8)) + 0.25)
                slope = float(np.arctan2(rib[j, 2] - rib[j - 1, 2], rib[j, 0] - rib[j - 1, 0]))
                leaflet = blade(length, 0.20 * length + 0.006, 0.32 * length, fold=0.2, steps=3)
                local = _aimed(leaflet, rib[j], side * 0.85, 0.75 * slope)
                body.visual(mesh.transformed(local, place), leaves[j % 2])


def _aimed(shape: TriangleMesh, at: object, heading: float, rise: float) -> TriangleMesh:
    """Point a leaf that lies along +X at a heading about Z and a rise above the horizon (rad), its base at `at`."""
    tilted = mesh.transformed(shape, Pose.of((0, 0, 0), quat_wxyz_from_axis_angle((0, 1, 0), -rise)))
    return mesh.transformed(tilted, Pose.of(at, quat_wxyz_from_axis_angle((0, 0, 1), heading)))  # type: ignore[arg-type]


@generator(
    "floor_mirror",
    nouns=("floor mirror", "standing mirror", "full-length mirror", "full length mirror", "cheval mirror"),
    footing="floor",
    sim_role="static",
    size_range_m=((0.35, 0.3, 1.2), (1.0, 0.7, 2.1)),
    options=("width", "height"),
)
def floor_mirror(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A tall framed mirror on two cross feet."""
    w, d, h = asked_size(request, (0.58, 0.46, 1.66))
    make = AssetBuilder(request, "Floor mirror", "a tall standing mirror")
    own = drawn(rng, "oak", "walnut", "black")
    kind = "steel" if own == "black" else own
    wood = finish(make, "frame", rng, request.material, request.color, default_material=kind, default_color=own)
    glass = mirror_surface(make)
    body = make.link("body", physics_material_of(request.material, "wood"))
    bar, thick, foot = 0.045, 0.03, 0.04
    for sx in (-1, 1):
        x = sx * (w - bar) / 2
        body.panel((bar, d, foot), (x, 0, foot / 2), wood, grain="y", bevel=0.008)
        body.panel((bar, thick, h - foot), (x, 0, (h + foot) / 2), wood, grain="z", bevel=0.006)
        for sy in (-1, 1):
            brace = [(x, sy * 0.16, foot), (x, sy * thick / 2, 0.24)]
            body.visual(mesh.sweep(brace, 0.009, sides=8), wood)
    inner, low = w - 2 * bar, 0.12
    for z in (low + bar / 2, h - bar / 2):
        body.panel((inner, thick, bar), (0, 0, z), wood, bevel=0.006)
    tall = h - low - 2 * bar
    middle = low + bar + tall / 2
    body.panel((inner, 0.012, tall), (0, 0.003, middle), wood, bevel=0.0)
    body.visual(panel((0, -0.004, middle), (0, -1, 0), (inner, tall)), glass)
    weigh(body, 13.0 * size_factor(request.size) ** 2)
    return make.build()


def mirror_surface(make: AssetBuilder) -> str:
    """Add the bright bluish surface of a mirror and return its name."""
    return make.material(
        "mirror", (0.62, 0.70, 0.80), roughness=0.05, metallic=0.9, texture=patterns.mirror_sheen(), tile_m=None
    )


@generator(
    "fireplace",
    nouns=("fireplace", "mantelpiece", "hearth", "chimney"),
    footing="floor",
    sim_role="static",
    size_range_m=((0.9, 0.3, 0.8), (2.0, 0.7, 1.5)),
    options=("width", "depth", "height"),
)
def fireplace(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A brick fireplace with a mantel shelf, a hearth slab and burning logs."""
    w, d, h = asked_size(request, (1.42, 0.46, 1.14))
    make = AssetBuilder(request, "Fireplace", "a brick fireplace with a mantel and burning logs")
    clay = color_of(request.color, "terracotta") if request.color else (0.30, 0.085, 0.045)
    brick = make.material("brick", clay, roughness=0.9, texture=patterns.brick(rng, clay), tile_m=0.6)
    soot = make.material("soot", (0.02, 0.018, 0.016), roughness=1.0)
    own = drawn(rng, "white", "oak", "walnut")
    mantel = finish(make, "mantel", rng, "painted" if own == "white" else own, own, default_material="oak",
                    default_color="oak")  # fmt: skip
    slate = make.material(
        "hearth", (0.10, 0.10, 0.11), roughness=0.6, texture=textures.speckle(rng, (0.10, 0.10, 0.11))
    )
    bark = make.material("logs", (0.11, 0.06, 0.03), roughness=0.95, texture=textures.wood(rng, (0.12, 0.07, 0.04)))
    flame = make.material("flames", (1.0, 0.33, 0.02), roughness=0.9)
    glow = make.material("glow", (1.0, 0.68, 0.08), roughness=0.9)
    body = make.link("body", "concrete")
    hearth, shelf, wide, tall = 0.05, 0.06, 0.52 * w, 0.60 * h
    deep, y0 = d - 0.12, 0.06
    body.panel((w - 0.06, d, hearth), (0, 0, hearth / 2), slate, bevel=0.006)
    side = (w - 0.12 - wide) / 2
    for sx in (-1, 1):
        at = (sx * (wide + side) / 2, y0, hearth + tall / 2)
        body.panel((side, deep, tall), at, brick, bevel=0.003)
    lintel = h - shelf - hearth - tall
    body.panel((w - 0.12, deep, lintel), (0, y0, hearth + tall + lintel / 2), brick, bevel=0.003)
    body.panel((wide, 0.06, tall), (0, d / 2 - 0.03, hearth + tall / 2), soot, bevel=0.0)
    for sx in (-1, 1):
        wall = panel((sx * (wide / 2 - 0.002), y0 - 0.03, hearth + tall / 2), (-sx, 0, 0), (deep - 0.07, tall))
        body.visual(wall, soot)
    body.panel((w, d - 0.04, shelf), (0, 0.02, h - shelf / 2), mantel, bevel=0.012)
    _fire(body, wide, y0, hearth, bark, flame, glow)
    weigh(body, min(220.0 * size_factor(request.size) ** 2, 300.0), "concrete")
    surface_region(make, "mantel", "top", (0, 0.02, h), (w, d - 0.04), 0.6)
    return make.build()


def _fire(body: LinkBuilder, wide: float, y: float, z: float, bark: str, flame: str, glow: str) -> None:
    long = 0.62 * wide
    for dx, dy, dz, yaw in ((0, -0.05, 0.045, 0.06), (0.02, 0.05, 0.045, -0.08), (0, 0.0, 0.115, 0.25)):
        half = np.array([np.cos(yaw), np.sin(yaw), 0]) * long / 2
        middle = np.array([dx, y + dy, z + dz])
        body.visual(mesh.sweep([middle - half, middle + half], 0.042, sides=12), bark)
    body.collide(colliders.box("logs", (long, 0.17, 0.15), (0, y, z + 0.075)))
    for i, (dx, tall) in enumerate(((-0.30, 0.13), (-0.14, 0.22), (0.02, 0.27), (0.16, 0.20), (0.30, 0.12))):
        for material, share in ((flame, 1.0), (glow, 0.6)):
            size = tall * share
            profile = [
                (0, 0),
                (0.22 * size, 0.12 * size),
                (0.26 * size, 0.3 * size),
                (0.13 * size, 0.65 * size),
                (0, size),
            ]
            at: Vec3 = (dx * long, y - 0.035 * (1 - share) / 0.4 - 0.012 * (i % 2), z + 0.13)
            tongue = mesh.scaled(mesh.lathe(profile, 10, crease_rad=3), (1.0, 0.5, 1.0))
            body.visual(mesh.moved(tongue, at), material)
