"""Lamps: floor lamp, wall lamp, pendant lamp, ceiling light, ceiling fan and chandelier."""

import numpy as np

from blueprint.assets import colliders, mesh
from blueprint.assets.builder import AssetBuilder, LinkBuilder
from blueprint.assets.extrusion import extrude
from blueprint.assets.families.furnishing import asked_size, drawn, weigh
from blueprint.assets.finish import finish, physics_material_of, size_factor
from blueprint.assets.geometry import Asset
from blueprint.assets.registry import AssetRequest, generator
from blueprint.contracts.frames import Pose, Vec3, quat_wxyz_from_axis_angle

__all__ = ["ceiling_fan", "ceiling_light", "chandelier", "floor_lamp", "pendant_lamp", "wall_lamp"]

_SHADE_M = 0.003


@generator(
    "floor_lamp",
    nouns=("floor lamp", "standing lamp", "torchiere"),
    footing="floor",
    sim_role="static",
    size_range_m=((0.28, 0.28, 1.1), (0.6, 0.6, 2.0)),
    options=("width", "height"),
)
def floor_lamp(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A fabric shade on a slim pole with a heavy cast foot."""
    w, _, h = asked_size(request, (0.42, 0.42, 1.58))
    make = AssetBuilder(request, "Floor lamp", "a floor lamp with a fabric shade")
    metal, cloth, bulb = _finishes(make, request, rng)
    body = make.link("body", "steel")
    foot, radius, tall = 0.36 * w, w / 2, 0.30
    profile = [(0, 0), (foot, 0), (foot, 0.022), (foot - 0.02, 0.032), (0.03, 0.040), (0.013, 0.06), (0.011, 0.1),
               (0.011, h - 0.5 * tall), (0, h - 0.5 * tall)]  # fmt: skip
    body.visual(mesh.lathe(profile, 32), metal)
    body.visual(mesh.moved(mesh.sphere(0.034, 16, 8), (0, 0, h - 0.5 * tall)), bulb)
    body.collide(colliders.cylinder("foot", foot, 0.0, 0.034), colliders.cylinder("pole", 0.012, 0.034, h - 0.5 * tall))
    _shade(body, (radius, h - tall), (0.74 * radius, h - 0.002), cloth, metal, spokes_z=h - 0.05)
    weigh(body, 6.5 * size_factor(request.size) ** 2, "steel")
    return make.build()


def _finishes(make: AssetBuilder, request: AssetRequest, rng: np.random.Generator) -> tuple[str, str, str]:
    """Return the names of the metal, the shade's cloth and the bulb; a colour word is the shade's."""
    own = drawn(rng, "brass", "black", "steel")
    word = request.material if physics_material_of(request.material, "fabric") == "steel" else "steel"
    metal = finish(make, "metal", rng, word, own, default_material="steel", default_color="steel")
    color = request.color or drawn(rng, "cream", "white", "beige")
    cloth = finish(make, "shade", rng, "fabric", color, default_material="fabric", default_color="cream")
    return metal, cloth, make.material("bulb", (1.0, 0.93, 0.72), roughness=0.3)


def _shade(
    body: LinkBuilder,
    low: tuple[float, float],
    high: tuple[float, float],
    cloth: str,
    metal: str,
    *,
    spokes_z: float | None = None,
    at: tuple[float, float] = (0, 0),
) -> None:
    """Add a thin conical shade between `low` and `high` (radius, z), seen from inside too, with wall colliders."""
    (r0, z0), (r1, z1) = low, high
    t = _SHADE_M
    wall = [(r0 - t, z0), (r0, z0), (r1, z1), (r1 - t, z1), (r0 - t, z0)]
    body.visual(mesh.moved(mesh.lathe(wall, 36), (*at, 0)), cloth)
    body.collide(*colliders.ring(f"shade_{len(body.shapes)}", [(r0, r0 - t, z0), (r1, r1 - t, z1)], 10, at))
    if spokes_z is not None:
        reach = float(np.interp(spokes_z, sorted((z0, z1)), (r0, r1) if z0 < z1 else (r1, r0))) - t
        for i in range(3):
            angle = 2 * np.pi * i / 3
            tip = (at[0] + reach * float(np.cos(angle)), at[1] + reach * float(np.sin(angle)), spokes_z)
            body.visual(mesh.sweep([(*at, spokes_z), tip], 0.003, sides=6), metal)
        body.visual(mesh.moved(mesh.cylinder(0.008, 0.02, 12), (*at, spokes_z - 0.01)), metal)


@generator(
    "wall_lamp",
    nouns=("wall lamp", "wall light", "sconce", "wall sconce"),
    footing="wall",
    sim_role="static",
    size_range_m=((0.1, 0.14, 0.16), (0.35, 0.4, 0.5)),
    options=("width", "height"),
    mount_height_m=1.6,
)
def wall_lamp(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A fabric shade on an arm from a round wall plate."""
    w, d, h = asked_size(request, (0.18, 0.25, 0.26))
    make = AssetBuilder(request, "Wall lamp", "a wall lamp with a fabric shade")
    metal, cloth, bulb = _finishes(make, request, rng)
    body = make.link("body", "steel")
    radius, y = w / 2, -d / 2 + w / 2
    z = 0.052
    plate = mesh.transformed(mesh.cylinder(0.05, 0.018, 28, 0.005), Pose.of((0, d / 2, z), _towards_front()))
    body.visual(plate, metal)
    arm = [(0, d / 2 - 0.01, z), (0, y + 0.03, z), (0, y + 0.009, z + 0.009), (0, y, z + 0.03), (0, y, 0.62 * h)]
    body.visual(mesh.sweep(arm, 0.008, sides=10), metal)
    body.visual(mesh.moved(mesh.sphere(0.026, 14, 8), (0, y, 0.68 * h)), bulb)
    body.collide(
        colliders.cylinder("plate", 0.05, z - 0.009, z + 0.009, (0, d / 2 - 0.009), (0.5**0.5, 0.5**0.5, 0, 0)),
        colliders.capsule_between("arm", 0.009, (0, d / 2 - 0.03, z), (0, y + 0.01, z)),
    )
    _shade(body, (radius, 0.42 * h), (0.68 * radius, h), cloth, metal, spokes_z=0.6 * h, at=(0, y))
    weigh(body, 1.1 * size_factor(request.size) ** 2, "steel")
    return make.build()


def _towards_front() -> tuple[float, float, float, float]:
    """Return the turn that lays +Z onto -Y."""
    w, x, y, z = quat_wxyz_from_axis_angle((1, 0, 0), np.pi / 2)
    return w, x, y, z


@generator(
    "pendant_lamp",
    nouns=("pendant lamp", "pendant light", "hanging lamp", "pendant"),
    footing="ceiling",
    sim_role="static",
    size_range_m=((0.2, 0.2, 0.3), (0.8, 0.8, 2.0)),
    options=("width", "height"),
)
def pendant_lamp(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A dome on a cable from a ceiling rose; option `height` is from the ceiling to the dome's rim."""
    w, _, h = asked_size(request, (0.38, 0.38, 0.85))
    make = AssetBuilder(request, "Pendant lamp", "a pendant lamp on a cable")
    color = request.color or drawn(rng, "black", "white", "copper", "teal")
    word = request.material or ("copper" if color == "copper" else "plastic")
    dome = finish(make, "dome", rng, word, color, default_material="plastic", default_color="white")
    inside = make.material("inside", (0.93, 0.9, 0.82), roughness=0.6)
    bulb = make.material("bulb", (1.0, 0.93, 0.72), roughness=0.3)
    dark = make.material("cable", (0.02, 0.02, 0.02), roughness=0.7)
    body = make.link("body", "steel")
    r = w / 2
    tall = min(0.62 * w, 0.6 * h)
    turn = np.linspace(0, 1, 9)
    out, up = np.cos(0.5 * np.pi * turn) ** 0.72, np.sin(0.5 * np.pi * turn) ** 1.3
    outer = [(r * float(a) + 0.028 * float(t), tall * float(b)) for a, b, t in zip(out, up, turn, strict=True)]
    body.visual(mesh.lathe([*outer, (0.02, tall + 0.05), (0.006, tall + 0.06), (0, tall + 0.06)], 36), dome)
    inner = [(max(x - 0.004, 0.0), z - 0.002 if i else 0.0) for i, (x, z) in enumerate(outer)]
    body.visual(mesh.lathe([(0, inner[-1][1]), *inner[::-1], outer[0]], 36), inside)
    body.visual(mesh.moved(mesh.sphere(0.036, 16, 10), (0, 0, 0.34 * tall)), bulb)
    body.visual(mesh.moved(mesh.cylinder(0.004, h - tall - 0.06, 8), (0, 0, tall + 0.055)), dark)
    body.visual(mesh.moved(mesh.cylinder(0.05, 0.025, 28, 0.006), (0, 0, h - 0.025)), dome)
    body.collide(
        *colliders.ring("dome", [(0.99 * r, 0.99 * r - 0.004, 0.0), (0.78 * r, 0.76 * r, 0.5 * tall)], 10),
        colliders.cylinder("cap", 0.8 * r, 0.5 * tall, tall + 0.06),
        colliders.cylinder("cable", 0.006, tall + 0.06, h - 0.025),
        colliders.cylinder("rose", 0.05, h - 0.025, h),
    )
    weigh(body, 1.8 * size_factor(request.size) ** 2, "steel")
    return make.build()


@generator(
    "ceiling_light",
    nouns=("ceiling light", "ceiling lamp", "flush mount light", "overhead light"),
    footing="ceiling",
    sim_role="static",
    size_range_m=((0.2, 0.2, 0.06), (1.3, 1.3, 0.2)),
    options=("width", "depth", "shape"),
)
def ceiling_light(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A shallow opal disc on a metal ring; option `shape` "panel" is an office light panel."""
    make = AssetBuilder(request, "Ceiling light", "a flat ceiling light")
    opal = make.material("diffuser", (0.97, 0.95, 0.88), roughness=0.35)
    own = request.color or drawn(rng, "white", "silver", "brass")
    ring = finish(make, "ring", rng, request.material, own, default_material="steel", default_color="white")
    body = make.link("body", "steel")
    if request.option("shape", "round") == "panel":
        w, d, h = asked_size(request, (1.2, 0.30, 0.07))
        body.panel((w, d, h - 0.012), (0, 0, 0.012 + (h - 0.012) / 2), ring, bevel=0.006)
        body.visual(mesh.beveled_box((w - 0.04, d - 0.04, 0.02), 0.006, center=(0, 0, 0.01)), opal)
        weigh(body, 3.0 * size_factor(request.size) ** 2, "steel")
        return make.build()
    w, _, h = asked_size(request, (0.40, 0.40, 0.10))
    r, lip = w / 2, 0.45 * h
    t = np.linspace(0, np.pi / 2, 8)
    bowl = [((r - 0.014) * float(np.sin(a)), (h - lip) * (1 - float(np.cos(a)))) for a in t]
    body.visual(mesh.lathe([*bowl, (r - 0.014, h - lip + 0.004), (0, h - lip + 0.004)], 40), opal)
    body.visual(mesh.moved(mesh.cylinder(r, lip, 40, 0.008), (0, 0, h - lip)), ring)
    body.collide(colliders.cylinder("ring", r, h - lip, h), colliders.cylinder("bowl", 0.8 * r, 0.15 * h, h - lip))
    weigh(body, 1.6 * size_factor(request.size) ** 2, "steel")
    return make.build()


@generator(
    "ceiling_fan",
    nouns=("ceiling fan",),
    footing="ceiling",
    sim_role="static",
    size_range_m=((0.65, 0.6, 0.25), (1.7, 1.7, 0.9)),
    options=("width", "height"),
)
def ceiling_fan(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """Five wooden blades round a motor with a light below, on a short rod."""
    w, _, h = asked_size(request, (1.25, 1.25, 0.42))
    make = AssetBuilder(request, "Ceiling fan", "a ceiling fan with five blades and a light")
    own = drawn(rng, "walnut", "oak", "white")
    kind = "painted" if own == "white" else own
    wood = finish(make, "blades", rng, request.material, request.color, default_material=kind, default_color=own)
    metal = finish(make, "motor", rng, "steel", drawn(rng, "steel", "brass", "black"), default_material="steel",
                   default_color="steel")  # fmt: skip
    opal = make.material("light", (0.97, 0.94, 0.86), roughness=0.35)
    body = make.link("body", "steel")
    z = 0.40 * h
    profile = [
        (0, z - 0.05),
        (0.09, z - 0.05),
        (0.115, z - 0.02),
        (0.115, z + 0.05),
        (0.07, z + 0.08),
        (0.012, z + 0.09),
        (0.012, h - 0.05),
        (0.06, h - 0.02),
        (0.06, h),
        (0, h),
    ]
    body.visual(mesh.lathe(profile, 32), metal)
    t = np.linspace(0, np.pi / 2, 7)
    bowl = [(0.09 * float(np.sin(a)), (z - 0.05) * (1 - float(np.cos(a)))) for a in t]
    body.visual(mesh.lathe([*bowl, (0, z - 0.049)], 28), opal)
    reach = 0.517 * w  # of five blades, none points along X
    for i in range(5):
        turn = quat_wxyz_from_axis_angle((0, 0, 1), 2 * np.pi * i / 5 + np.pi / 2)
        outline = [
            (0.17, -0.045),
            (reach - 0.06, -0.075),
            (reach - 0.012, -0.055),
            (reach, 0.0),
            (reach - 0.012, 0.055),
            (reach - 0.06, 0.075),
            (0.17, 0.045),
        ]
        flat = mesh.transformed(mesh.moved(extrude(outline, 0.008), (0, 0, -0.004)),
                                Pose.of((0, 0, 0), quat_wxyz_from_axis_angle((1, 0, 0), 0.2)))  # fmt: skip
        body.visual(mesh.transformed(flat, Pose.of((0, 0, z + 0.02), turn)), wood)
        iron = mesh.beveled_box((0.12, 0.03, 0.006), 0.001, center=(0.15, 0, 0.0))
        body.visual(mesh.transformed(iron, Pose.of((0, 0, z + 0.02), turn)), metal)
        away = 0.5 * (reach + 0.12)
        center = (
            away * float(np.cos(2 * np.pi * i / 5 + np.pi / 2)),
            away * float(np.sin(2 * np.pi * i / 5 + np.pi / 2)),
        )
        body.collide(colliders.box(f"blade_{i}", (reach - 0.15, 0.12, 0.026), (*center, z + 0.02), turn))
    body.collide(
        colliders.cylinder("motor", 0.115, z - 0.05, z + 0.07),
        colliders.cylinder("light", 0.075, 0.1 * z, z - 0.05),
        colliders.cylinder("rod", 0.02, z + 0.07, h - 0.03),
        colliders.cylinder("rose", 0.06, h - 0.03, h),
    )
    weigh(body, 6.5 * size_factor(request.size) ** 2, "steel")
    return make.build()


@generator(
    "chandelier",
    nouns=("chandelier",),
    footing="ceiling",
    sim_role="static",
    size_range_m=((0.4, 0.34, 0.4), (1.2, 1.2, 1.5)),
    options=("width", "height"),
)
def chandelier(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """Six curved arms with candle lights round a turned stem, on a chain."""
    w, _, h = asked_size(request, (0.72, 0.72, 0.85))
    make = AssetBuilder(request, "Chandelier", "a chandelier with six candle lights")
    own = request.color or drawn(rng, "brass", "gold", "black")
    metal = finish(make, "metal", rng, request.material, own, default_material="steel", default_color="brass")
    candle = make.material("candle", (0.93, 0.90, 0.80), roughness=0.6)
    flame = make.material("bulb", (1.0, 0.86, 0.5), roughness=0.3)
    crystal = make.material("crystal", (0.80, 0.88, 0.92), roughness=0.05, opacity=0.75)
    body = make.link("body", "steel")
    stem_top = 0.62 * h
    profile = [
        (0, 0.05),
        (0.02, 0.055),
        (0.05, 0.10),
        (0.03, 0.14),
        (0.055, 0.19),
        (0.02, 0.25),
        (0.016, stem_top - 0.06),
        (0.035, stem_top - 0.03),
        (0.012, stem_top),
        (0, stem_top),
    ]
    body.visual(mesh.lathe(profile, 24), metal)
    body.visual(mesh.moved(mesh.sphere(0.025, 14, 8), (0, 0, 0.025)), crystal)
    body.visual(mesh.moved(mesh.cylinder(0.006, h - stem_top - 0.02, 8), (0, 0, stem_top - 0.005)), metal)
    body.visual(mesh.moved(mesh.cylinder(0.06, 0.025, 24, 0.006), (0, 0, h - 0.025)), metal)
    reach = w / 2 - 0.04
    for i in range(6):
        c, s = float(np.cos(np.pi * i / 3)), float(np.sin(np.pi * i / 3))
        t = np.linspace(0, 1, 9)
        r = 0.03 + (reach - 0.03) * t
        z = 0.17 - 0.16 * np.sin(np.pi * np.minimum(1.25 * t, 1.0)) * 0.75 + 0.07 * t**3
        path = np.column_stack([r * c, r * s, z])
        body.visual(mesh.sweep(path, 0.008, sides=8), metal)
        at: Vec3 = (reach * c, reach * s, float(z[-1]))
        cup = [(0, 0), (0.03, 0.008), (0.034, 0.016), (0.012, 0.014), (0, 0.014)]
        body.visual(mesh.moved(mesh.lathe(cup, 16), at), metal)
        body.visual(mesh.moved(mesh.cylinder(0.011, 0.08, 12), (at[0], at[1], at[2] + 0.013)), candle)
        drop = mesh.lathe([(0, 0), (0.011, 0.012), (0.009, 0.028), (0, 0.045)], 10, crease_rad=3)
        body.visual(mesh.moved(drop, (at[0], at[1], at[2] + 0.092)), flame)
        gem = mesh.lathe([(0, -0.035), (0.009, -0.018), (0, 0)], 6)
        body.visual(mesh.moved(gem, (at[0], at[1], at[2] - 0.003)), crystal)
        body.collide(
            colliders.capsule_between(f"arm_{i}", 0.012, path[1], path[-1]),
            colliders.cylinder(f"candle_{i}", 0.014, at[2] + 0.016, at[2] + 0.13, at[:2]),
        )
    body.collide(
        colliders.cylinder("stem", 0.04, 0.0, stem_top),
        colliders.cylinder("chain", 0.008, stem_top, h - 0.025),
        colliders.cylinder("rose", 0.06, h - 0.025, h),
    )
    weigh(body, 7.5 * size_factor(request.size) ** 2, "steel")
    return make.build()
