"""What hangs on walls to be looked at: picture, mirror, clock, curtain, television, whiteboard and notice board."""

import numpy as np

from blueprint.assets import colliders, mesh
from blueprint.assets.builder import AssetBuilder, LinkBuilder
from blueprint.assets.colors import color_of
from blueprint.assets.families import patterns
from blueprint.assets.families.decor import mirror_surface
from blueprint.assets.families.furnishing import asked_size, drawn, printed_disc, surface_region, weigh
from blueprint.assets.families.solids import panel
from blueprint.assets.finish import finish, physics_material_of, size_factor
from blueprint.assets.geometry import Asset, TriangleMesh
from blueprint.assets.registry import AssetRequest, generator
from blueprint.contracts.frames import Pose, Vec3

__all__ = ["curtain", "notice_board", "picture", "wall_clock", "wall_mirror", "wall_tv", "whiteboard"]

_HALF = 0.5**0.5
_TO_FRONT = (_HALF, _HALF, 0.0, 0.0)  # lays +Z onto -Y
_SKIN_M = 0.0008  # how far a printed face lies before what carries it


def _framed(link: LinkBuilder, size: Vec3, bar: float, recess: float, frame: str, back: str) -> float:
    """Add a mitred frame and a back board; return the y of the recessed face. The whole collides as one box."""
    w, d, h = size
    for sx in (-1, 1):
        link.visual(mesh.beveled_box((bar, d, h), 0.3 * bar, center=(sx * (w - bar) / 2, 0, h / 2)), frame)
        link.visual(mesh.beveled_box((w - bar, d, bar), 0.3 * bar, center=(0, 0, h / 2 + sx * (h - bar) / 2)), frame)
    deep = d - recess
    link.visual(mesh.beveled_box((w - 2 * bar, deep, h - 2 * bar), 0.0, center=(0, recess / 2, h / 2)), back)
    link.collide(colliders.box("frame", (w, d, h), (0, 0, h / 2)))
    return -d / 2 + recess


@generator(
    "picture",
    nouns=("picture", "painting", "wall art", "artwork", "framed picture", "poster", "framed print"),
    footing="wall",
    sim_role="static",
    size_range_m=((0.18, 0.015, 0.18), (1.8, 0.06, 1.3)),
    options=("width", "height", "motif"),
    mount_height_m=1.4,
)
def picture(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A framed painting with a mat; option `motif` landscape, seascape, abstract or flowers."""
    motif = str(request.option("motif", drawn(rng, "landscape", "seascape", "abstract", "flowers")))
    usual = (0.80, 0.03, 0.60) if motif in ("landscape", "seascape") else (0.60, 0.03, 0.75)
    w, d, h = asked_size(request, usual)
    make = AssetBuilder(request, "Picture", f"a framed painting ({motif})")
    own = drawn(rng, "oak", "walnut", "black", "gold")
    kind = {"black": "painted", "gold": "brass"}.get(own, own)
    frame = finish(make, "frame", rng, request.material, request.color, default_material=kind, default_color=own)
    mat = make.material("mat", (0.88, 0.87, 0.83), roughness=0.9)
    paint = make.material(
        "painting", (0.5, 0.5, 0.5), roughness=0.7, texture=patterns.painting(rng, motif), tile_m=None
    )
    body = make.link("body", physics_material_of(request.material, "wood"))
    bar = min(0.035, 0.12 * min(w, h))
    face = _framed(body, (w, d, h), bar, 0.010, frame, mat)
    border = min(0.055, 0.10 * min(w, h))
    size = (w - 2 * bar - 2 * border, h - 2 * bar - 2 * border)
    body.visual(panel((0, face - _SKIN_M, h / 2), (0, -1, 0), size), paint)
    weigh(body, 2.2 * w * h / 0.48)
    make.param(motif=motif)
    return make.build()


@generator(
    "wall_mirror",
    nouns=("wall mirror", "mirror", "bathroom mirror", "round mirror"),
    footing="wall",
    sim_role="static",
    size_range_m=((0.25, 0.015, 0.25), (1.6, 0.06, 1.5)),
    options=("width", "height", "shape"),
    mount_height_m=1.15,
)
def wall_mirror(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A framed mirror; option `shape` "round" or "rect"."""
    shape = str(request.option("shape", drawn(rng, "rect", "round")))
    make = AssetBuilder(request, "Wall mirror", f"a {shape} wall mirror")
    own = drawn(rng, "oak", "black", "brass")
    kind = {"black": "steel"}.get(own, own)
    frame = finish(make, "frame", rng, request.material, request.color, default_material=kind, default_color=own)
    glass = mirror_surface(make)
    body = make.link("body", "glass")
    if shape == "round":
        w, d, h = asked_size(request, (0.62, 0.028, 0.62))
        radius = min(w, h) / 2
        ring = [(radius - 0.022, 0), (radius, 0), (radius, d - 0.006), (radius - 0.006, d), (radius - 0.016, d),
                (radius - 0.022, d - 0.006), (radius - 0.022, 0)]  # fmt: skip
        body.visual(_upright(mesh.lathe(ring, 48), (0, d / 2, radius)), frame)
        body.visual(_upright(mesh.cylinder(radius - 0.020, d - 0.011, 48), (0, d / 2, radius)), frame)
        body.visual(_upright(printed_disc(radius - 0.020), (0, -d / 2 + 0.010, radius)), glass)
        half = d / 2
        body.collide(colliders.cylinder("disc", radius, radius - half, radius + half, (0, 0), _TO_FRONT))
        weigh(body, 4.0 * size_factor(request.size) ** 2, "glass")
    else:
        w, d, h = asked_size(request, (0.62, 0.028, 0.85))
        bar = 0.03
        face = _framed(body, (w, d, h), bar, 0.008, frame, frame)
        body.visual(panel((0, face - _SKIN_M, h / 2), (0, -1, 0), (w - 2 * bar, h - 2 * bar)), glass)
        weigh(body, 6.0 * w * h / 0.53, "glass")
    make.param(shape=shape)
    return make.build()


def _upright(shape: TriangleMesh, at: Vec3) -> TriangleMesh:
    """Turn a thing that stands on z = 0 to hang with its back at `at`, its top facing -Y, its texture upright."""
    return mesh.transformed(shape, Pose.of(at, _TO_FRONT))


@generator(
    "wall_clock",
    nouns=("wall clock", "kitchen clock", "school clock"),
    footing="wall",
    sim_role="static",
    size_range_m=((0.18, 0.025, 0.18), (0.7, 0.08, 0.7)),
    options=("width",),
    mount_height_m=1.8,
)
def wall_clock(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A round clock with numerals and three hands."""
    w, d, _ = asked_size(request, (0.32, 0.042, 0.32))
    make = AssetBuilder(request, "Wall clock", "a round wall clock")
    own = drawn(rng, "black", "oak", "red", "teal", "white")
    kind = "oak" if own == "oak" else "plastic"
    rim = finish(make, "rim", rng, request.material, request.color or own, default_material=kind, default_color=own)
    dial = patterns.clock_face(color_of("white", "white"), color_of("black", "black"))
    face = make.material("dial", (0.9, 0.9, 0.88), roughness=0.4, texture=dial, tile_m=None)
    ink = make.material("hands", (0.02, 0.02, 0.02), roughness=0.4)
    red = make.material("second_hand", (0.55, 0.03, 0.03), roughness=0.4)
    body = make.link("body", "plastic")
    radius, bar = w / 2, 0.018 * w / 0.32
    ring = [(0, 0), (radius, 0), (radius, d - 0.008), (radius - 0.006, d), (radius - bar, d),
            (radius - bar - 0.003, d - 0.012), (0, d - 0.012)]  # fmt: skip
    body.visual(_upright(mesh.lathe(ring, 48), (0, d / 2, radius)), rim)
    y = d / 2 - (d - 0.012)
    body.visual(_upright(printed_disc(radius - bar - 0.002), (0, y - _SKIN_M, radius)), face)
    minutes = int(rng.integers(0, 720))
    hands = ((2 * np.pi * minutes / 720, 0.46, 0.016, ink), (2 * np.pi * (minutes % 60) / 60, 0.70, 0.011, ink),
             (float(rng.uniform(0, 6.28)), 0.76, 0.004, red))  # fmt: skip
    for layer, (angle, reach, width, material) in enumerate(hands):
        long = reach * radius
        hand = mesh.beveled_box((width * w / 0.32, long * 1.18, 0.0015), 0.0, center=(0, 0.41 * long, 0))
        turn = Pose.of((0, 0, 0.0025 + 0.0022 * layer), (float(np.cos(-angle / 2)), 0, 0, float(np.sin(-angle / 2))))
        body.visual(_upright(mesh.transformed(hand, turn), (0, y, radius)), material)
    body.visual(_upright(mesh.cylinder(0.008, 0.009, 16, 0.002), (0, y, radius)), ink)
    body.collide(colliders.cylinder("case", radius, radius - d / 2, radius + d / 2, (0, 0), _TO_FRONT))
    weigh(body, 0.8 * size_factor(request.size) ** 2, "plastic")
    return make.build()


@generator(
    "curtain",
    nouns=("curtain", "curtains", "drapes", "window curtain"),
    footing="wall",
    sim_role="background",
    size_range_m=((0.7, 0.08, 0.9), (4.0, 0.3, 3.0)),
    options=("width", "height", "closed"),
    mount_height_m=0.3,
)
def curtain(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """Two curtains on a rod, drawn aside to the left and right, or closed with option `closed` 1; no colliders."""
    w, d, h = asked_size(request, (1.9, 0.14, 2.1))
    make = AssetBuilder(request, "Curtain", "a pair of curtains on a rod")
    color = request.color or drawn(rng, "beige", "light blue", "olive", "light gray", "terracotta", "teal")
    cloth = finish(make, "cloth", rng, "fabric", color, default_material="fabric", default_color="beige")
    metal = finish(make, "rod", rng, "steel", drawn(rng, "brass", "black", "steel"), default_material="steel",
                   default_color="steel")  # fmt: skip
    body = make.link("body", "fabric")
    rod_z, rod_y = h - 0.035, 0.0
    body.visual(mesh.sweep([(-w / 2 + 0.03, rod_y, rod_z), (w / 2 - 0.03, rod_y, rod_z)], 0.012, sides=12), metal)
    share = 0.5 if float(request.option("closed", 0)) else 0.27
    for sx in (-1, 1):
        body.visual(mesh.moved(mesh.sphere(0.027, 16, 10), (sx * (w / 2 - 0.027), rod_y, rod_z)), metal)
        bracket = [(sx * (w / 2 - 0.09), d / 2, rod_z), (sx * (w / 2 - 0.09), rod_y, rod_z)]
        body.visual(mesh.sweep(bracket, 0.008, sides=8), metal)
        body.visual(
            mesh.beveled_box((0.04, 0.006, 0.06), 0.001, center=(sx * (w / 2 - 0.09), d / 2 - 0.003, rod_z)), metal
        )
        wide = share * (w - 0.10) - 0.005
        outer = w / 2 - 0.05
        middle = sx * (outer - wide / 2)
        folds = max(round(wide / 0.11), 3)
        body.visual(mesh.moved(_folded(rng, wide, rod_z - 0.03, folds, 0.045), (middle, rod_y, 0.0)), cloth)
        for i in range(folds):
            x = middle - wide / 2 + (i + 0.5) * wide / folds
            ring = np.linspace(0, 2 * np.pi, 15)[:-1]
            loop = np.column_stack([np.full(14, x), rod_y + 0.02 * np.cos(ring), rod_z - 0.008 + 0.02 * np.sin(ring)])
            body.visual(mesh.sweep(loop, 0.003, sides=5, closed=True), metal)
    body.mass(volume_m3=w * 1.5 * h * 0.0012, contents_kg=0.8)
    return make.build()


def _folded(rng: np.random.Generator, width: float, height: float, folds: int, depth: float) -> TriangleMesh:
    """Return a hanging cloth about x = 0 from z = 0 up, gathered in `folds` waves of ± `depth` that flare downwards."""
    n, rows = 8 * folds + 1, 5
    u, v = np.linspace(0, 1, n), np.linspace(0, 1, rows)
    phase = float(rng.uniform(0, 0.6))
    sway = np.array([0.35, 0.25]) * rng.uniform(0.5, 1.0, 2)
    waves = np.sin(2 * np.pi * (folds * u[:, None] + 0.05 * np.sin(3 * v[None, :] + 5 * u[:, None]))) + sway[
        0
    ] * np.sin(2 * np.pi * (2.3 * u[:, None] + phase))
    amount = depth * (1.0 - 0.45 * v[None, :]) / (1 + sway[0])
    x = np.broadcast_to((u[:, None] - 0.5) * width, (n, rows)) * (1 + 0.03 * sway[1] * (1 - v[None, :]))
    z = np.broadcast_to(v[None, :] * height, (n, rows))
    points = np.stack([x, amount * waves, z], axis=-1).reshape(-1, 3)
    girth = width * 1.6
    uvs = np.stack([np.broadcast_to(u[:, None] * girth, (n, rows)), z], axis=-1).reshape(-1, 2)
    i, j = np.meshgrid(np.arange(n - 1), np.arange(rows - 1), indexing="ij")
    a = (i * rows + j).reshape(-1)
    faces = np.concatenate([np.stack([a, a + rows, a + rows + 1], 1), np.stack([a, a + rows + 1, a + 1], 1)])
    front = mesh.smooth_normals(TriangleMesh(points, np.zeros_like(points), uvs, faces.astype(np.int32)), np.pi)
    behind = TriangleMesh(front.vertices, -front.normals, front.uvs, front.faces[:, ::-1].copy())
    return mesh.merge([front, behind])


@generator(
    "wall_tv",
    nouns=("wall tv", "wall-mounted tv", "wall television", "wall mounted television"),
    footing="wall",
    sim_role="static",
    size_range_m=((0.6, 0.04, 0.36), (2.0, 0.15, 1.2)),
    options=("width",),
    mount_height_m=1.0,
)
def wall_tv(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A flat television on a wall bracket, a picture on its 16:9 screen."""
    w, d, _ = asked_size(request, (1.23, 0.075, 0.71))
    h = round((w - 0.02) * 9 / 16 + 0.028, 4)
    make = AssetBuilder(request, "Wall TV", "a flat television on a wall bracket")
    case = make.material("case", color_of(request.color, "black"), roughness=0.35)
    shown = make.material("screen", (0.1, 0.1, 0.1), roughness=0.15, texture=patterns.screen(rng), tile_m=None)
    steel = finish(make, "bracket", rng, "steel", "gray", default_material="steel", default_color="gray")
    body = make.link("body", "plastic")
    thick = 0.03
    y = -d / 2 + thick / 2
    body.panel((w, thick, h), (0, y, h / 2), case, bevel=0.004)
    body.panel((0.55 * w, d - thick - 0.012, 0.55 * h), (0, y + thick / 2 + (d - thick - 0.012) / 2, 0.42 * h), case,
               bevel=0.01)  # fmt: skip
    body.panel((0.35 * w, 0.012, 0.3 * h), (0, d / 2 - 0.006, 0.45 * h), steel, bevel=0.002)
    body.visual(panel((0, -d / 2 - _SKIN_M, 0.018 + (h - 0.028) / 2), (0, -1, 0), (w - 0.02, h - 0.028)), shown)
    weigh(body, 14.0 * w / 1.23, "plastic")
    return make.build()


@generator(
    "whiteboard",
    nouns=("whiteboard", "white board", "dry-erase board", "marker board"),
    footing="wall",
    sim_role="static",
    size_range_m=((0.5, 0.04, 0.4), (2.8, 0.15, 1.6)),
    options=("width", "height"),
    mount_height_m=0.9,
)
def whiteboard(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A whiteboard with writing, an aluminium frame and a tray with pens."""
    w, d, h = asked_size(request, (1.5, 0.085, 1.0))
    make = AssetBuilder(request, "Whiteboard", "a whiteboard with a pen tray")
    metal = finish(make, "frame", rng, "aluminium", request.color, default_material="aluminium",
                   default_color="aluminium")  # fmt: skip
    face = make.material("face", (0.9, 0.9, 0.9), roughness=0.15, texture=patterns.scribbles(rng), tile_m=None)
    body = make.link("body", "aluminium")
    bar, thick, deep = 0.022, 0.02, d
    y = d / 2 - thick / 2
    for sx in (-1, 1):
        body.visual(
            mesh.beveled_box((bar, thick, h - 0.01), 0.003, center=(sx * (w - bar) / 2, y, (h + 0.01) / 2)), metal
        )
    for z in (0.01 + bar / 2, h - bar / 2):
        body.visual(mesh.beveled_box((w - 2 * bar, thick, bar), 0.003, center=(0, y, z)), metal)
    body.visual(mesh.beveled_box((w - 2 * bar, 0.010, h - 0.05), 0.0, center=(0, y + 0.003, h / 2)), metal)
    body.visual(panel((0, y - 0.0028, (h + 0.01) / 2), (0, -1, 0), (w - 2 * bar, h - 0.01 - 2 * bar)), face)
    body.collide(colliders.box("board", (w, thick, h - 0.01), (0, y, (h + 0.01) / 2)))
    tray, long = deep - thick, 0.6 * w
    body.panel((long, tray, 0.006), (0, -d / 2 + tray / 2, 0.003), metal, bevel=0.001)
    body.panel((long, 0.004, 0.012), (0, -d / 2 + 0.002, 0.012), metal, bevel=0.001)
    for i, word in enumerate(("red", "blue", "green", "black")):
        ink = make.material(f"pen_{word}", color_of(word, "black"), roughness=0.4)
        x = -0.25 * long + i * 0.16 * long
        pen = mesh.sweep([(x, -d / 2 + 0.030, 0.015), (x + 0.11, -d / 2 + 0.030, 0.015)], 0.009, sides=10)
        body.visual(pen, ink)
    weigh(body, 9.0 * w / 1.5, "aluminium")
    surface_region(make, "tray", "shelf", (0.33 * long, -d / 2 + tray / 2 + 0.002, 0.006), (0.3 * long, tray - 0.006),
                   0.3, margin=0.004)  # fmt: skip
    return make.build()


@generator(
    "notice_board",
    nouns=("notice board", "bulletin board", "cork board", "corkboard", "pin board"),
    footing="wall",
    sim_role="static",
    size_range_m=((0.4, 0.015, 0.3), (2.0, 0.06, 1.4)),
    options=("width", "height"),
    mount_height_m=1.1,
)
def notice_board(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A framed cork board with pinned notes."""
    w, d, h = asked_size(request, (0.9, 0.026, 0.62))
    make = AssetBuilder(request, "Notice board", "a cork board with pinned notes")
    own = drawn(rng, "oak", "pine", "walnut")
    frame = finish(make, "frame", rng, request.material, request.color, default_material=own, default_color=own)
    tan = (0.42, 0.24, 0.11)
    cork = make.material("cork", tan, roughness=0.95, texture=patterns.cork(rng, tan), tile_m=0.4)
    body = make.link("body", "wood")
    bar = 0.03
    face = _framed(body, (w, d, h), bar, 0.010, frame, cork)
    papers = [make.material(f"paper_{word.split()[-1]}", color_of(word, "white"), roughness=0.9)
              for word in ("white", "light yellow", "light pink", "light cyan")]  # fmt: skip
    pin = make.material("pins", color_of("red", "red"), roughness=0.3)
    columns = max(int(w / 0.20), 2)
    for i in range(columns):
        for j in range(2):
            wide, tall = float(rng.uniform(0.09, 0.13)), float(rng.uniform(0.11, 0.18))
            x = (i + 0.5 - columns / 2) * (w - 0.12) / columns + float(rng.uniform(-0.015, 0.015))
            z = h / 2 + (j - 0.5) * (h - 0.1) / 2 + float(rng.uniform(-0.02, 0.02))
            tilt = float(rng.uniform(-0.08, 0.08))
            sheet = panel((0, 0, 0), (0, -1, 0), (wide, min(tall, (h - 0.12) / 2)))
            at = Pose.of((x, face - _SKIN_M, z), (float(np.cos(tilt)), 0, float(np.sin(tilt)), 0))
            body.visual(mesh.transformed(sheet, at), papers[int(rng.integers(4))])
            top = z + min(tall, (h - 0.12) / 2) / 2 - 0.012
            body.visual(mesh.moved(mesh.sphere(0.005, 8, 6), (x, face - 0.003, top)), pin)
    weigh(body, 3.2 * w * h / 0.56)
    return make.build()
