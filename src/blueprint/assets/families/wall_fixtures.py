"""What is fitted to walls to be used: coat hooks, radiator, air conditioner and fire extinguisher."""

import numpy as np

from blueprint.assets import colliders, mesh
from blueprint.assets.builder import AssetBuilder
from blueprint.assets.colors import color_of
from blueprint.assets.families.furnishing import asked_size, drawn, weigh
from blueprint.assets.families.solids import prism
from blueprint.assets.finish import finish, physics_material_of, size_factor
from blueprint.assets.geometry import Asset
from blueprint.assets.registry import AssetRequest, generator
from blueprint.contracts.frames import Pose

__all__ = ["air_conditioner", "coat_hooks", "fire_extinguisher", "radiator"]


@generator(
    "coat_hooks",
    nouns=("coat hooks", "coat hook", "wall hooks", "hook rail", "key hooks"),
    footing="wall",
    sim_role="static",
    size_range_m=((0.25, 0.04, 0.08), (1.4, 0.15, 0.25)),
    options=("width",),
    mount_height_m=1.55,
)
def coat_hooks(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A board with a row of double hooks."""
    w, d, h = asked_size(request, (0.62, 0.085, 0.15))
    make = AssetBuilder(request, "Coat hooks", "a board with coat hooks")
    own = drawn(rng, "oak", "walnut", "white")
    kind = "painted" if own == "white" else own
    wood = finish(make, "board", rng, request.material, request.color, default_material=kind, default_color=own)
    metal = finish(make, "hooks", rng, "steel", drawn(rng, "black", "brass", "steel"), default_material="steel",
                   default_color="steel")  # fmt: skip
    body = make.link("body", physics_material_of(request.material, "wood"))
    thick = 0.02
    y = d / 2 - thick
    low, tall = 0.025, h - 0.03
    body.panel((w, thick, tall), (0, d / 2 - thick / 2, low + tall / 2), wood, bevel=0.005)
    count = max(round(w / 0.15), 2)
    for i in range(count):
        x = (i - (count - 1) / 2) * (w - 0.10) / max(count - 1, 1)
        body.visual(mesh.beveled_box((0.026, 0.005, 0.075), 0.002, center=(x, y - 0.0025, low + tall / 2)), metal)
        reach = -d / 2 + 0.009
        upper = [
            (x, y, 0.55 * h),
            (x, 0.5 * (y + reach), 0.52 * h),
            (x, reach + 0.008, 0.66 * h),
            (x, reach, h - 0.009),
        ]
        lower = [(x, y, 0.38 * h), (x, y - 0.022, 0.15 * h), (x, y - 0.036, 0.12 * h), (x, y - 0.046, 0.26 * h)]
        for path in (upper, lower):
            body.visual(mesh.sweep(path, 0.006, sides=8), metal)
            body.visual(mesh.moved(mesh.sphere(0.009, 10, 6), path[-1]), metal)
        body.collide(
            colliders.capsule_between(f"upper_{i}", 0.007, (x, y - 0.008, 0.54 * h), (x, reach + 0.006, 0.62 * h)),
            colliders.capsule_between(f"tip_{i}", 0.007, (x, reach + 0.004, 0.68 * h), (x, reach, h - 0.009)),
        )
    weigh(body, 1.3 * w / 0.62)
    return make.build()


@generator(
    "radiator",
    nouns=("radiator", "heater", "wall radiator"),
    footing="wall",
    sim_role="static",
    size_range_m=((0.4, 0.07, 0.3), (2.0, 0.2, 1.0)),
    options=("width", "height"),
    mount_height_m=0.12,
)
def radiator(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A ribbed steel radiator with a valve on its right, hung on two brackets."""
    w, d, h = asked_size(request, (1.0, 0.12, 0.58))
    make = AssetBuilder(request, "Radiator", "a ribbed radiator with a valve")
    paint = make.material("enamel", color_of(request.color, drawn(rng, "white", "cream")), roughness=0.3)
    steel = finish(make, "valve", rng, "steel", None, default_material="steel", default_color="silver")
    body = make.link("body", "steel")
    side, deep = 0.06, d - 0.035
    y = -d / 2 + deep / 2
    long = w - side
    x0 = -side / 2
    count = max(int(long / 0.062), 4)
    pitch = long / count
    for i in range(count):
        x = x0 + (i + 0.5 - count / 2) * pitch
        body.visual(mesh.beveled_box((0.78 * pitch, deep, h), 0.018, center=(x, y, h / 2)), paint)
    for z in (0.07, h - 0.07):
        tube = mesh.sweep([(x0 - long / 2 + 0.02, y, z), (x0 + long / 2 - 0.02, y, z)], 0.020, sides=12)
        body.visual(tube, paint)
    for sx in (-1, 1):
        body.panel((0.03, 0.035, h - 0.2), (x0 + sx * 0.32 * long, d / 2 - 0.0175, h / 2), paint, bevel=0.002)
    body.collide(colliders.box("ribs", (long - 0.2 * pitch, deep, h), (x0, y, h / 2)))
    x = x0 + long / 2
    pipe = [(x - 0.01, y, 0.07), (x + 0.035, y, 0.07), (x + 0.035, d / 2, 0.07)]
    body.visual(mesh.sweep(pipe, 0.010, sides=10), steel)
    body.visual(mesh.moved(mesh.lathe([(0, 0), (0.018, 0), (0.022, 0.03), (0.019, 0.07), (0, 0.07)], 16),
                           (x + 0.037, y, 0.075)), paint)  # fmt: skip
    body.collide(colliders.cylinder("valve", 0.022, 0.055, 0.145, (x + 0.037, y)))
    weigh(body, 24.0 * w * h / 0.58, "steel")
    return make.build()


@generator(
    "air_conditioner",
    nouns=("air conditioner", "air conditioning unit", "ac unit", "split air conditioner"),
    footing="wall",
    sim_role="static",
    size_range_m=((0.6, 0.15, 0.22), (1.3, 0.35, 0.4)),
    options=("width",),
    mount_height_m=2.1,
)
def air_conditioner(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """The indoor unit of a split air conditioner: a rounded case with a slatted outlet and a small display."""
    w, d, h = asked_size(request, (0.84, 0.21, 0.29))
    make = AssetBuilder(request, "Air conditioner", "a wall-mounted air conditioner")
    shell = make.material("shell", color_of(request.color, "white"), roughness=0.3)
    dark = make.material("outlet", (0.06, 0.06, 0.065), roughness=0.6)
    lamp = make.material("display", (0.15, 0.75, 0.85), roughness=0.3)
    seam = make.material("seam", (0.55, 0.56, 0.57), roughness=0.5)
    body = make.link("body", "plastic")
    y0, y1 = -d / 2, d / 2
    turn = np.linspace(0, np.pi / 2, 6)
    r = 0.045
    nose = [(y0 + r - r * float(np.cos(a)), h - r + r * float(np.sin(a))) for a in turn]
    chin = [(y0, 0.085), (y0 + 0.02, 0.05), (y0 + 0.09, 0.004), (y0 + 0.11, 0.0)]
    outline = [(y1, 0.0), (y1, h), *nose[::-1], *chin]
    body.visual(prism(outline, w, "x", smooth=True), shell)
    for i in range(3):
        share = 0.22 + 0.28 * i
        y, z = y0 + 0.02 + share * 0.07, 0.05 - share * 0.046
        slat = mesh.beveled_box((w - 0.12, 0.016, 0.004), 0.001, center=(0, y, z - 0.003))
        body.visual(slat, dark)
    body.visual(mesh.beveled_box((w - 0.02, 0.003, 0.003), 0.0, center=(0, y0, 0.10)), seam)
    body.visual(mesh.beveled_box((0.05, 0.002, 0.018), 0.0, center=(w / 2 - 0.09, y0, 0.135)), lamp)
    for i in range(14):
        x = (i - 6.5) * (w - 0.10) / 14
        body.visual(mesh.beveled_box(((w - 0.10) / 14 - 0.012, d * 0.5, 0.002), 0.0, center=(x, 0.02, h)), dark)
    hull = [(x, y, z) for x in (-w / 2, w / 2) for y, z in outline]
    body.collide(colliders.convex("case", hull))
    weigh(body, 10.5 * size_factor(request.size) ** 2, "plastic")
    return make.build()


@generator(
    "fire_extinguisher",
    nouns=("fire extinguisher", "extinguisher"),
    footing="wall",
    sim_role="static",
    size_range_m=((0.12, 0.12, 0.35), (0.35, 0.3, 0.75)),
    mount_height_m=0.8,
)
def fire_extinguisher(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A red cylinder with valve, gauge and hose on a wall bracket."""
    _, d, h = asked_size(request, (0.2, 0.19, 0.52))
    make = AssetBuilder(request, "Fire extinguisher", "a fire extinguisher on a wall bracket")
    red = make.material("cylinder", color_of(request.color, "red"), roughness=0.25)
    black = make.material("valve", (0.025, 0.025, 0.027), roughness=0.5)
    steel = finish(make, "bracket", rng, "steel", "gray", default_material="steel", default_color="gray")
    paper = make.material("label", (0.86, 0.86, 0.82), roughness=0.6)
    body = make.link("body", "steel")
    r, top = 0.075 * h / 0.52, h - 0.10
    y = d / 2 - 0.016 - r
    t = np.linspace(0, np.pi / 2, 6)
    dome = [(0.022 + (r - 0.022) * float(np.cos(a)), top - 0.05 + 0.05 * float(np.sin(a))) for a in t]
    profile = [(0, 0), (r - 0.01, 0), (r, 0.012), *dome, (0.022, top + 0.015), (0, top + 0.015)]
    body.visual(mesh.moved(mesh.lathe(profile, 32), (0, y, 0)), red)
    body.visual(mesh.moved(mesh.cylinder(r + 0.0012, 0.15, 32), (0, y, 0.34 * h)), paper)
    body.visual(mesh.moved(mesh.cylinder(r + 0.0018, 0.03, 32), (0, y, 0.34 * h + 0.10)), red)
    body.visual(mesh.beveled_box((0.036, 0.05, 0.082), 0.006, center=(0, y, top + 0.053)), black)
    for z, rise in ((top + 0.062, 0.0), (h - 0.012, 0.012)):
        lever = [(0, y + 0.02, z - rise), (0, y - 0.05, z), (0, y - 0.10, z - 0.015 + rise)]
        body.visual(mesh.sweep(lever, 0.008, sides=8), black)
    gauge = mesh.transformed(mesh.cylinder(0.015, 0.012, 16), _sideways(y, top + 0.04))
    body.visual(gauge, paper)
    hose = [(-0.018, y, top + 0.035), (-0.06, y - 0.005, top + 0.03), (-r - 0.022, y - 0.02, top - 0.04),
            (-r - 0.018, y - 0.025, 0.5 * h), (-r - 0.014, y - 0.025, 0.26 * h)]  # fmt: skip
    body.visual(mesh.sweep(hose, [0.008, 0.009, 0.009, 0.009, 0.014], sides=10), black)
    for z in (0.24 * h, 0.68 * h):
        body.visual(mesh.moved(mesh.cylinder(r + 0.003, 0.018, 32), (0, y, z)), steel)
    body.panel((0.05, 0.016, 0.6 * h), (0, d / 2 - 0.008, 0.46 * h), steel, bevel=0.002)
    body.collide(
        colliders.cylinder("cylinder", r, 0.0, top, (0, y)),
        colliders.box("valve", (0.04, 0.12, 0.09), (0, y - 0.035, top + 0.05)),
    )
    weigh(body, 9.2 * size_factor(request.size) ** 2, "steel")
    return make.build()


def _sideways(y: float, z: float) -> Pose:
    return Pose.of((0.016, y, z), (0.5**0.5, 0.0, 0.5**0.5, 0.0))
