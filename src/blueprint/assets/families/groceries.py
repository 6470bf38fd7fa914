"""Groceries: cakes, pizza, cheese, sandwiches, more fruit and vegetables, milk and soda."""

import numpy as np

from blueprint.assets import textures
from blueprint.assets.extrusion import extrude
from blueprint.assets.families.solids import tube, turned
from blueprint.assets.families.thing import Thing, thing
from blueprint.assets.geometry import TriangleMesh
from blueprint.assets.mesh import lathe, moved, scaled, smooth_normals

__all__: list[str] = []


def _drops(t: Thing, count: int, ring: float, z: float, radii: tuple[float, float, float], surface: str) -> None:
    for a in 2 * np.pi * np.arange(count) / count:
        t.orb((ring * np.cos(a), ring * np.sin(a), z), radii, surface, detail=6)


@thing(
    (0.28, 0.28, 0.13), kg=1.3, material="foam", colors=("cream", "pink", "brown"), finish="plastic",
    nouns=("birthday cake", "layer cake", "cream cake", "chocolate cake"),
)  # fmt: skip
def cake(t: Thing) -> None:
    """A round frosted layer cake with piped cream and cherries on a plate."""
    dark, red, white = t.paint("band", "brown", finish="foam"), t.paint("cherry", "red"), t.paint("cream", "ivory")
    t.turn(
        [(0.09, 0.0), (0.10, 0.002), (0.135, 0.010), (0.137, 0.014), (0.10, 0.012)],
        t.paint("plate", "porcelain", finish="ceramic"),
        segments=36,
        sides=16,
        hulls=((0, 3),),
    )
    t.turn([(0.104, 0.012), (0.108, 0.018), (0.108, 0.092), (0.103, 0.098)], segments=40, sides=16)
    t.turn([(0.1085, 0.048), (0.1085, 0.060)], dark, hulls=(), closed=False, segments=40)
    _drops(t, 16, 0.106, 0.018, (0.014, 0.014, 0.008), white)
    for a in 2 * np.pi * np.arange(10) / 10:
        x, y = 0.088 * np.cos(a), 0.088 * np.sin(a)
        t.add(moved(lathe([(0.016, 0), (0.014, 0.006), (0.006, 0.014), (0, 0.017)], 10, 1.0), (x, y, 0.097)), white)
        t.orb((x, y, 0.117), (0.009, 0.009, 0.009), red, detail=7)


@thing(
    (0.31, 0.31, 0.026), kg=0.7, material="foam", colors=("crust",), finish="crust",
    nouns=("pepperoni pizza", "whole pizza", "margherita"),
)  # fmt: skip
def pizza(t: Thing) -> None:
    """A whole pizza with salami, olives and basil."""
    share = np.clip(0.5 + 0.6 * textures.noise(t.rng, 0.05, 0.05), 0, 1)[..., None]
    cheese = np.round(share * (248, 206, 104) + (1 - share) * (206, 84, 36)).astype(np.uint8)
    top = t.image("cheese", cheese, roughness=0.5)
    crust = [(0.145, 0.0), (0.152, 0.006), (0.152, 0.016), (0.146, 0.0245), (0.136, 0.025), (0.128, 0.017)]
    t.turn(crust, segments=40, hulls=(), closed=True, crease=1.0)
    disc = [(0.131 * np.cos(a), 0.131 * np.sin(a)) for a in 2 * np.pi * np.arange(40) / 40]
    t.add(moved(extrude(disc, 0.0015), (0, 0, 0.0172)), top)
    salami, olive, leaf = (
        t.paint("salami", "crimson", finish="foam"),
        t.paint("olive", "black"),
        t.paint("basil", "leaf", finish="fruit"),
    )
    for i in range(13):
        a, r = i * 2.399, 0.112 * ((i + 0.6) / 13) ** 0.5
        t.drum((r * np.cos(a), r * np.sin(a), 0.0195), 0.0195, 0.0026, salami, solid=False, segments=14)
        a, r = i * 2.399 + 1.1, 0.118 * ((i + 0.3) / 13) ** 0.5
        t.drum((r * np.cos(a), r * np.sin(a), 0.021), 0.0062, 0.005, olive, solid=False, segments=8)
        if i % 3 == 0:
            t.orb((r * np.cos(a + 1), r * np.sin(a + 1), 0.0205), (0.017, 0.009, 0.0022), leaf, detail=10)
    t.cylinder((0, 0, 0.0115), 0.151, 0.023)


@thing(
    (0.15, 0.118, 0.062), kg=0.35, material="foam", colors=("yellow", "gold"), finish="plastic",
    nouns=("piece of cheese", "cheese wedge", "wedge of cheese", "swiss cheese"),
)  # fmt: skip
def cheese(t: Thing) -> None:
    """A wedge of holed cheese, its tip towards -X."""
    arc = [(0.075 - 0.012 * (1 - np.cos(a * 2.2)), 0.058 * np.sin(a) / np.sin(0.5)) for a in np.linspace(-0.5, 0.5, 9)]
    outline = [(-0.074, 0.0), *arc]
    t.add(extrude(outline, 0.062), t.main())
    t.hull([(x, y, z) for x, y in outline for z in (0, 0.062)])
    hole = t.paint("hole", "orange")
    for x, y, r in (
        (0.03, 0.02, 0.010),
        (0.045, -0.025, 0.012),
        (0.0, -0.006, 0.007),
        (0.012, 0.014, 0.006),
        (-0.03, 0.004, 0.006),
    ):
        t.drum((x, y, 0.0622), r, 0.001, hole, solid=False, segments=14)
    for share, z, r in ((0.3, 0.035, 0.009), (0.5, 0.018, 0.012), (0.72, 0.042, 0.013), (0.85, 0.018, 0.008)):
        for sy in (-1, 1):
            start, stop = np.array([-0.074, 0.0]), np.array([arc[0][0], sy * abs(arc[0][1])])
            at, run = start + share * (stop - start), stop - start
            normal = np.array([-run[1], run[0], 0]) * sy / np.hypot(*run)
            disc = moved(lathe([(r, 0), (0, 0.0004)], 14), (0, 0, 0))
            turn = np.arctan2(normal[1], normal[0])
            t.add(
                turned(
                    turned(disc, (0, 1, 0), np.pi / 2),
                    (0, 0, 1),
                    float(turn),
                    (at[0] + normal[0] * 3e-4, at[1] + normal[1] * 3e-4, z),
                ),
                hole,
            )
    t.top("tip", (-0.02, 0, 0.04), 0.046)


@thing(
    (0.155, 0.085, 0.062), kg=0.22, material="foam", colors=("crust",), finish="crust",
    nouns=("ham sandwich", "cheese sandwich", "toast sandwich", "club sandwich"),
)  # fmt: skip
def sandwich(t: Thing) -> None:
    """A triangular sandwich with lettuce, tomato, ham and cheese; its long cut side faces -Y."""
    corner = [(-0.072, -0.036), (0.072, -0.036), (0.006, 0.038), (-0.006, 0.038)]
    layers = (
        ("bread_low", "cream", 0.0, 0.016, 1.0),
        ("lettuce", "lime", 0.016, 0.006, 1.10),
        ("tomato", "tomato_red", 0.022, 0.006, 0.97),
        ("cheese", "yellow", 0.028, 0.004, 1.05),
        ("ham", "pink", 0.032, 0.006, 1.03),
        ("leaf", "leaf", 0.038, 0.005, 1.10),
        ("bread_high", "cream", 0.043, 0.016, 1.0),
    )
    for name, color, z, thick, grow in layers:
        paint = t.paint(name, color, finish="foam" if "bread" in name else "plastic")
        outline = [(x * grow, y * grow) for x, y in corner]
        if grow > 1.08:
            outline = _wavy(outline)
        t.add(moved(extrude(outline, thick), (0, 0, z)), paint)
        if "bread" in name:
            for first, last in ((1, 2), (2, 3), (3, 0)):
                a, b = np.array(corner[first]), np.array(corner[last])
                strip = [(*a, z + 0.0005), (*b, z + 0.0005)]
                t.rod([(p[0], p[1], z + thick / 2) for p in strip], thick / 2, t.main(), solid=False, sides=8)
    t.hull([(x, y, z) for x, y in corner for z in (0, 0.059)])
    for name, x in (("left", -0.03), ("right", 0.03)):
        t.top(name, (x, -0.0066, 0.034), 0.06)
    t.top("across", (0.0, 0.024, 0.034), 0.056, yaw=0.0)


def _wavy(outline: list[tuple[float, float]]) -> list[tuple[float, float]]:
    points = []
    for (x0, y0), (x1, y1) in zip(outline, [*outline[1:], outline[0]], strict=True):
        count = max(int(np.hypot(x1 - x0, y1 - y0) / 0.008), 1)
        for i in range(count):
            share, ripple = i / count, 1.0 + (0.035 if i % 2 else -0.02)
            points.append(((x0 + share * (x1 - x0)) * ripple, (y0 + share * (y1 - y0)) * ripple))
    return points


@thing((0.165, 0.16, 0.30), kg=1.3, material="fruit", colors=("gold",), finish="streaks", nouns=("ananas",))
def pineapple(t: Thing) -> None:
    """A pineapple standing upright with a crown of leaves."""
    z = np.linspace(0.0, 0.165, 16)
    radius = 0.060 * np.clip(np.sin(np.pi * (0.22 + 0.70 * z / 0.165)), 0.3, 1) ** 0.75
    profile = list(zip(radius.tolist(), z.tolist(), strict=True))
    skin = _lozenges((214, 160, 60), (120, 92, 40), 12)
    t.add(lathe([(0, 0), *profile, (0, 0.165)], 32, 1.2), t.image("skin", skin, roughness=0.7))
    t.turned_hull(profile[::3], sides=14)
    green = t.paint("leaf", "leaf", finish="fruit")
    blade = [(0, -1), (0.5, -0.85), (0.75, -0.3), (0.4, 0.4), (0, 1)]
    for i in range(22):
        tier, turn = i / 22, i * 2.399
        length = 0.042 + 0.022 * tier
        leaf = moved(scaled(lathe(blade, 6, 3.0), (0.0022, 0.009, length)), (0, 0, length))
        leaf = moved(turned(leaf, (0, 1, 0), 0.95 - 0.85 * tier), (0.018 * (1 - tier), 0, 0))
        t.add(turned(leaf, (0, 0, 1), turn, (0, 0, 0.160 + 0.012 * tier)), green)
    t.turned_hull([(0.022, 0.166), (0.045, 0.20), (0.02, 0.285)], sides=8)
    t.top("crown", (0, 0, 0.262), 0.052, free_spin=True)


def _lozenges(light: tuple[int, int, int], dark: tuple[int, int, int], count: int) -> np.ndarray:
    u, v = np.meshgrid(np.arange(256) / 256, np.arange(256) / 256)
    a, b = (u + v * 0.75) * count, (u - v * 0.75) * count
    edge = np.maximum(np.abs(a % 1 - 0.5), np.abs(b % 1 - 0.5)) * 2
    share = np.clip((edge - 0.45) / 0.5, 0, 1)[..., None]
    image = (1 - share) * np.array(light) + share * np.array(dark)
    eye = (np.hypot(a % 1 - 0.5, b % 1 - 0.5) < 0.1)[..., None]
    return np.where(eye, np.array((92, 70, 34)), image).astype(np.uint8)


@thing(
    (0.30, 0.215, 0.20), kg=5.5, material="fruit", colors=("dark green",), finish="fruit",
    nouns=("water melon", "melon", "whole watermelon"),
)  # fmt: skip
def watermelon(t: Thing) -> None:
    """A striped watermelon lying on a slightly flattened side."""
    waves = textures.noise(t.rng, 0.012, 0.05)
    u = np.arange(256)[None, :] / 256
    stripe = np.clip(0.5 + 1.6 * np.sin(2 * np.pi * 11 * u + 0.7 * waves), 0, 1)[..., None]
    rind = np.round(stripe * (34, 74, 38) + (1 - stripe) * (142, 176, 96)).astype(np.uint8)
    x = 0.148 * np.sin(np.linspace(-np.pi / 2 + 0.06, np.pi / 2 - 0.06, 19))
    r = 0.107 * np.sqrt(1 - (x / 0.149) ** 2)
    t.lying(
        list(zip(x.tolist(), r.tolist(), strict=True)), t.image("rind", rind, roughness=0.35), flat=0.88, grasps=False
    )
    t.rod([(0.146, 0, 0.094), (0.156, 0.002, 0.098)], 0.004, t.paint("stem", "olive"), solid=False, sides=6)


def _lobed(mesh: TriangleMesh, lobes: int, depth: float) -> TriangleMesh:
    """Return the turned mesh with `lobes` grooves, `depth` of the radius."""
    angle = np.arctan2(mesh.vertices[:, 1], mesh.vertices[:, 0])
    grow = 1 - depth * np.abs(np.cos(lobes * angle / 2)) ** 4
    points = mesh.vertices * np.column_stack([grow, grow, np.ones(len(grow))])
    return smooth_normals(TriangleMesh(points, mesh.normals, mesh.uvs, mesh.faces), 1.0)


@thing(
    (0.066, 0.066, 0.106), kg=0.17, material="fruit", colors=("red", "yellow", "green", "orange"), finish="fruit",
    nouns=("pepper", "red pepper", "green pepper", "paprika", "capsicum", "sweet pepper"),
)  # fmt: skip
def bell_pepper(t: Thing) -> None:
    """A four-lobed bell pepper with a green stem, standing upright."""
    profile = [
        (0.014, 0.0),
        (0.022, 0.001),
        (0.030, 0.012),
        (0.034, 0.035),
        (0.0362, 0.060),
        (0.034, 0.076),
        (0.025, 0.084),
        (0.010, 0.079),
        (0.0, 0.077),
    ]
    t.add(_lobed(lathe([(0, 0.003), *profile], 40, 1.4), 4, 0.13), t.main())
    t.turned_hull(
        [(0.018, 0.0), (0.029, 0.012), (0.0335, 0.035), (0.0352, 0.060), (0.033, 0.076), (0.024, 0.083)], sides=12
    )
    green = t.paint("stem", "leaf", finish="fruit")
    t.add(lathe([(0, 0.076), (0.013, 0.079), (0.010, 0.083), (0.004, 0.085), (0, 0.086)], 12, 1.0), green)
    t.add(
        tube(np.array([(0, 0, 0.08), (0.001, 0, 0.093), (0.006, 0, 0.104)]), [0.0045, 0.0036, 0.0048], sides=8), green
    )
    t.spin_grasps(0.0355, 0.05, 0.084, 0.03)


@thing(
    (0.245, 0.044, 0.041), kg=0.3, material="fruit", colors=("dark green",), finish="streaks",
    nouns=("zucchini", "courgette", "gherkin"),
)  # fmt: skip
def cucumber(t: Thing) -> None:
    """A cucumber lying on its side."""
    share = [
        (-1, 0.2),
        (-0.98, 0.45),
        (-0.93, 0.72),
        (-0.82, 0.92),
        (-0.5, 1.0),
        (0.0, 0.99),
        (0.5, 1.0),
        (0.8, 0.9),
        (0.92, 0.66),
        (0.98, 0.36),
        (1, 0.2),
    ]
    t.lying([(0.12 * x, 0.0215 * r) for x, r in share], flat=0.86)
    t.rod([(0.118, 0, 0.0185), (0.126, 0.001, 0.020)], 0.003, t.paint("stem", "olive"), solid=False, sides=6)


@thing(
    (0.134, 0.134, 0.15),
    kg=0.4,
    material="fruit",
    colors=("leaf",),
    finish="peel",
    nouns=("broccoli head", "cauliflower"),
)
def broccoli(t: Thing) -> None:
    """A head of broccoli standing on its stalk."""
    stalk = t.paint("stalk", "pear_green", finish="fruit")
    t.turn([(0.026, 0.0), (0.024, 0.004), (0.022, 0.04), (0.026, 0.06)], stalk, segments=18)
    for i in range(5):
        a = 2 * np.pi * i / 5
        t.rod(
            [(0.01 * np.cos(a), 0.01 * np.sin(a), 0.045), (0.036 * np.cos(a), 0.036 * np.sin(a), 0.085)],
            0.012,
            stalk,
            solid=False,
            sides=8,
        )
    for i in range(26):
        tier = (i + 0.5) / 26
        a, polar = i * 2.399, np.arccos(1 - 1.02 * tier)
        at = np.array(
            [0.045 * np.sin(polar) * np.cos(a), 0.045 * np.sin(polar) * np.sin(a), 0.093 + 0.036 * np.cos(polar)]
        )
        t.orb(at, (0.0215, 0.0215, 0.0195), detail=8)
    t.turned_hull([(0.035, 0.078), (0.062, 0.095), (0.058, 0.118), (0.03, 0.142)], sides=12)
    t.side("stalk", (0, 0, 0.036), 0.046, free_spin=True)


@thing(
    (0.235, 0.068, 0.056), kg=0.3, material="fruit", colors=("yellow",), finish="peel",
    nouns=("corn cob", "corncob", "sweetcorn", "ear of corn", "maize"),
)  # fmt: skip
def corn(t: Thing) -> None:
    """A cob of corn lying on its side, green husks at +X."""
    u, v = np.meshgrid(np.arange(256) / 256, np.arange(256) / 256)
    bump = np.minimum(np.abs(np.sin(np.pi * 16 * u)), np.abs(np.sin(np.pi * (26 * v + 0.5 * (np.floor(16 * u) % 2)))))[
        ..., None
    ]
    kernels = np.round(np.clip(0.55 + 0.6 * bump, 0, 1) * np.array((250, 208, 70))).astype(np.uint8)
    share = [(-1, 0.25), (-0.95, 0.5), (-0.7, 0.82), (-0.3, 0.98), (0.2, 1.0), (0.7, 0.97), (0.95, 0.85), (1, 0.7)]
    t.lying([(-0.02 + 0.095 * x, 0.025 * r) for x, r in share], t.image("kernels", kernels, roughness=0.4), flat=0.85)
    husk, z = t.paint("husk", "lime", finish="streaks"), 0.0215
    for i in range(5):
        a = np.pi * (0.02 + 0.24 * i)
        side = np.array([0, np.cos(a), np.sin(a)])
        path = [
            np.array([0.112, 0, z]),
            np.array([0.08, 0, z]) + 0.024 * side,
            np.array([0.04, 0, z]) + 0.0268 * side,
            np.array([-0.005 - 0.02 * (i % 2), 0, z]) + 0.0285 * side,
        ]
        t.add(tube(np.array(path), [0.005, 0.009, 0.008, 0.001], sides=6), husk)
    t.rod([(0.10, 0, z), (0.122, 0, z)], 0.008, husk, solid=False, sides=8)


def _bottle(t: Thing, profile: list[tuple[float, float]], label: str, low: float, high: float, cap: str) -> None:
    """Show a bottle of `profile` with its cap above and a label from z `low` to `high`, and hold it at the label."""
    top = profile[-1][1]
    t.turn(profile, crease=0.8, hulls=(), segments=28)
    radius, middle = (float(np.interp(z, [p[1] for p in profile], [p[0] for p in profile])) for z in (low, high))
    t.turned_hull([*(point for point in profile if point[1] < high), (middle, high)], sides=12)
    t.turned_hull([(middle, high), *(point for point in profile if point[1] > high)], sides=12)
    t.drum((0, 0, top + 0.007), 0.0155, 0.018, cap, segments=18)
    t.add(lathe([(radius + 0.0005, low), (radius + 0.0005, high)], 28), t.label("label", label, wide=True))
    t.side("body", (0, 0, (low + high) / 2), 2 * radius, free_spin=True)
    t.side("low", (0, 0, max(low, 0.04)), 2 * radius, free_spin=True)
    t.top("cap", (0, 0, top + 0.011), 0.031, free_spin=True)


@thing(
    (0.075, 0.075, 0.228), kg=1.2, material="glass", colors=("white",), finish="glass", options=("label",),
    nouns=("bottle of milk", "glass milk bottle", "milk jar"), affordances=("pourable",),
)  # fmt: skip
def milk_bottle(t: Thing) -> None:
    """A glass bottle full of milk with a coloured cap."""
    profile = [
        (0.032, 0.0),
        (0.0365, 0.004),
        (0.0365, 0.12),
        (0.034, 0.14),
        (0.022, 0.175),
        (0.019, 0.185),
        (0.019, 0.205),
        (0.0205, 0.212),
    ]
    _bottle(
        t,
        profile,
        str(t.request.option("label", "MILK")),
        0.045,
        0.095,
        t.paint("cap", ("blue", "red", "green")[int(t.rng.integers(3))]),
    )


@thing(
    (0.07, 0.07, 0.245),
    kg=0.56,
    material="plastic",
    colors=("maroon", "orange", "lime"),
    finish="glass",
    options=("label",),
    nouns=("bottle of soda", "cola bottle", "lemonade bottle", "soft drink bottle"),
    affordances=("pourable",),
)
def soda_bottle(t: Thing) -> None:
    """A bottle of soda with a petaloid foot, a wrapped label and a screw cap."""
    profile = [
        (0.024, 0.0),
        (0.031, 0.008),
        (0.0345, 0.022),
        (0.0345, 0.055),
        (0.032, 0.062),
        (0.032, 0.115),
        (0.0345, 0.122),
        (0.0335, 0.15),
        (0.026, 0.185),
        (0.016, 0.21),
        (0.013, 0.218),
        (0.013, 0.228),
    ]
    _bottle(
        t,
        profile,
        str(t.request.option("label", "SODA")),
        0.063,
        0.114,
        t.paint("cap", "red" if t.color != "lime" else "white"),
    )
