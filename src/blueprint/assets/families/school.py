"""Schools and halls: desks, lecterns, blackboards, projectors, globes, speakers and guitars."""

import numpy as np
from numpy.typing import ArrayLike

from blueprint.assets import textures
from blueprint.assets.extrusion import extrude
from blueprint.assets.families.prints import print_of
from blueprint.assets.families.solids import prism
from blueprint.assets.families.thing import Thing, thing
from blueprint.assets.mesh import sphere, transformed, unit_uvs
from blueprint.contracts.frames import Pose, quat_wxyz_from_axis_angle

__all__: list[str] = []


@thing(
    (0.68, 0.5, 0.74), kg=13, material="wood", colors=("birch", "oak", "light gray"), footing="floor",
    nouns=("student desk", "classroom desk", "pupil desk"),
)  # fmt: skip
def school_desk(t: Thing) -> None:
    """A pupil's desk on steel legs with an open book box under the top."""
    w, d, h = t.size()
    steel = t.paint("steel", "gray")
    box = t.paint("box", "light gray")
    t.block((0, 0, h - 0.0125), (w, d, 0.025), bevel=0.008, segments=2)
    t.block((0, d / 2 - 0.035, h - 0.026), (w * 0.6, 0.012, 0.004), steel, solid=False)
    z0, deep = h - 0.155, d - 0.12
    t.block((0, 0.02, z0), (w - 0.16, deep, 0.008), box, bevel=0.001)
    for sx in (-1, 1):
        t.block((sx * (w / 2 - 0.084), 0.02, (z0 + h - 0.025) / 2), (0.008, deep, h - 0.025 - z0), box, bevel=0.001)
        x = sx * (w / 2 - 0.05)
        for sy in (-1, 1):
            y = sy * (d / 2 - 0.06)
            t.rod([(x, y, 0.02), (x, y, h - 0.03)], 0.0145, steel)
            t.drum((x, y, 0.011), 0.018, 0.022, t.paint("foot", "charcoal", finish="rubber"))
        t.rod([(x, -d / 2 + 0.06, h - 0.045), (x, d / 2 - 0.06, h - 0.045)], 0.0125, steel, solid=False)
        t.rod([(x, -d / 2 + 0.06, 0.13), (x, d / 2 - 0.06, 0.13)], 0.0125, steel, solid=False)
    t.block((0, 0.02 + deep / 2, (z0 + h - 0.025) / 2), (w - 0.16, 0.008, h - 0.025 - z0), box, bevel=0.001)
    t.rect("top", (0, 0, h), (w - 0.04, d - 0.04), 1.0, "top")
    t.rect("book_box", (0, 0.01, z0 + 0.004), (w - 0.20, deep - 0.04), h - 0.03 - z0, "interior", container=True)


@thing(
    (0.62, 0.52, 1.37), kg=28, material="wood", colors=("walnut", "oak", "mahogany"), footing="floor",
    nouns=("podium", "pulpit", "speaker's desk", "rostrum"),
)  # fmt: skip
def lectern(t: Thing) -> None:
    """A lectern: the audience sees its panel (-Y); the reading board slopes to the speaker, a flat ledge is on top."""
    w, d, full = t.size()
    h = full * 1.2 / 1.37
    dark = t.paint("dark", "charcoal")
    t.block((0, 0, 0.03), (w, d, 0.06), bevel=0.008)
    t.block((0, -d / 2 + 0.05, (h - 0.02) / 2 + 0.03), (w - 0.08, 0.03, h - 0.10))
    for sx in (-1, 1):
        outline = [
            (-d / 2 + 0.066, 0.06),
            (d / 2 - 0.06, 0.06),
            (d / 2 - 0.06, h - 0.22),
            (-0.04, h - 0.05),
            (-d / 2 + 0.066, h - 0.05),
        ]
        t.add(prism(outline, 0.025, axis="x", center=sx * (w / 2 - 0.053)), t.main())
        t.hull([(sx * (w / 2 - 0.053) + e, y, z) for e in (-0.0125, 0.0125) for y, z in outline])
    ledge = d / 2 - 0.05
    t.block((0, -d / 2 + ledge / 2, h - 0.02), (w, ledge, 0.04), bevel=0.006)
    slope = np.arctan2(0.17, d / 2 - 0.02)
    run = (d / 2 + 0.05) / np.cos(slope)
    turn = (float(np.cos(slope / 2)), float(-np.sin(slope / 2)), 0.0, 0.0)
    middle = (0, -0.05 + (d / 2 + 0.05) / 2, h - 0.055 - np.sin(slope) * run / 2)
    t.block(middle, (w, run - 0.01, 0.022), quat=turn, bevel=0.004)
    t.block((0, d / 2 - 0.01, h - 0.055 - np.sin(slope) * run + 0.02), (w, 0.016, 0.05), dark, solid=False)
    t.block((0, 0.03, 0.55 * h), (w - 0.14, d - 0.2, 0.02))
    t.block(
        (0, -d / 2 + 0.033, h * 0.62), (w * 0.4, 0.006, w * 0.4), t.paint("crest", "brass", finish="steel"), solid=False
    )
    t.block((0, -d / 2 + 0.03, h * 0.62), (w * 0.3, 0.006, w * 0.3), solid=False)
    t.rod(
        [(0.2, -d / 2 + 0.1, h - 0.01), (0.2, -d / 2 + 0.12, h + 0.10), (0.19, -d / 2 + 0.2, h + 0.16)],
        0.006,
        dark,
        solid=False,
    )
    t.orb((0.19, -d / 2 + 0.205, h + 0.163), (0.014, 0.02, 0.014), dark, detail=12)
    t.rect("top", (-0.06, -d / 2 + ledge / 2, h), (w - 0.20, ledge - 0.03), 0.8, "top")
    t.rect("inner_shelf", (0, 0.04, 0.55 * h + 0.01), (w - 0.20, d - 0.26), 0.25 * h, "shelf")


@thing(
    (2.4, 0.11, 1.2), kg=32, material="wood", colors=("dark green", "charcoal"), finish="plastic", footing="wall",
    mount_height_m=0.85, nouns=("chalkboard", "school board", "greenboard"),
)  # fmt: skip
def blackboard(t: Thing) -> None:
    """A classroom blackboard with chalk writing, a wooden frame and a chalk ledge."""
    w, d, h = t.size()
    rgb, dust = (
        ((44, 46, 48), (53, 55, 57)) if t.color in ("charcoal", "black", "gray") else ((38, 66, 52), (47, 75, 61))
    )
    chalk = (226, 230, 222)
    board = t.image("board", print_of(rgb, [
        ("oval", 0.5, 0.2, 0.95, 0.9, dust), ("y = a + b x", 0.06, 0.12, 0.42, 0.26, chalk),
        ("F = m a", 0.06, 0.34, 0.3, 0.47, chalk), ("line", 0.58, 0.2, 0.58, 0.8, chalk),
        ("line", 0.54, 0.74, 0.9, 0.74, chalk), ("line", 0.58, 0.74, 0.86, 0.3, (240, 214, 120)),
        ("Homework: p. 42", 0.06, 0.66, 0.4, 0.76, chalk)], 768, 384), roughness=0.9)  # fmt: skip
    wood, ledge = t.paint("frame", "oak", finish="wood"), 0.045
    y = d / 2 - 0.015
    t.block((0, y, h / 2), (w - 0.04, 0.03, h - 0.04))
    t.sheet((0, y - 0.0158, h / 2), (0, -1, 0), (w - 0.08, h - 0.08), board)
    for sx in (-1, 1):
        t.block((sx * (w / 2 - 0.02), y - 0.003, h / 2), (0.04, 0.036, h), wood, solid=False)
        t.block((0, y - 0.003, h / 2 + sx * (h / 2 - 0.02)), (w - 0.08, 0.036, 0.04), wood, solid=False)
    deep = d - 0.03
    t.block((0, -d / 2 + deep / 2, ledge), (w - 0.2, deep, 0.015), wood, bevel=0.002)
    t.block((0, -d / 2 + 0.005, ledge + 0.012), (w - 0.2, 0.01, 0.02), wood, bevel=0.002, solid=False)
    for i, word in enumerate(("white", "white", "yellow", "pink")):
        t.drum(
            (-0.14 * w + 0.11 * i, -d / 2 + 0.04, ledge + 0.0125),
            0.005,
            0.07,
            t.paint(f"chalk_{i}", word),
            "x",
            solid=False,
            segments=8,
        )
    t.block(
        (0.25 * w, -d / 2 + 0.045, ledge + 0.02),
        (0.13, 0.05, 0.025),
        t.paint("felt", "gray", finish="fabric"),
        solid=False,
    )
    t.block((0.25 * w, -d / 2 + 0.045, ledge + 0.037), (0.12, 0.04, 0.012), wood, solid=False)
    t.rect("ledge", (-0.3 * w, -d / 2 + deep / 2, ledge + 0.0075), (0.25 * w, deep - 0.03), 0.2, "shelf")


@thing(
    (0.36, 0.34, 0.48), kg=5.5, material="plastic", colors=("white", "light gray", "charcoal"), footing="ceiling",
    nouns=("beamer", "video projector", "ceiling projector"),
)  # fmt: skip
def projector(t: Thing) -> None:
    """A video projector hanging from a ceiling bracket, its lens towards -Y."""
    dark, steel = t.paint("dark", "charcoal"), t.paint("steel", "light gray")
    t.block((0, 0, 0.075), (0.36, 0.29, 0.11), bevel=0.02, segments=2)
    for sx in (-1, 1):
        for sy in (-1, 1):
            t.drum((sx * 0.13, sy * 0.1, 0.0125), 0.012, 0.025, dark, solid=False, segments=12)
    t.drum((0.09, -0.15, 0.075), 0.042, 0.04, dark, "y", bevel=0.004)
    t.drum((0.09, -0.171, 0.075), 0.03, 0.004, t.paint("lens", "navy", finish="glass"), "y", solid=False)
    for i in range(7):
        t.block((-0.15 + 0.018 * i, -0.1455, 0.07), (0.008, 0.003, 0.06), dark, bevel=0.0, solid=False)
    t.block((0, 0, 0.14), (0.2, 0.16, 0.02), steel)
    t.drum((0, 0, 0.3), 0.02, 0.32, steel)
    t.drum((0, 0, 0.47), 0.07, 0.02, steel)


def _map(t: Thing) -> str:
    """Paint a map of made-up continents and return its surface."""
    height = 0.7 * textures.noise(t.rng, 0.06, 0.09) + 0.4 * textures.noise(t.rng, 0.03, 0.04)
    rows = np.abs(np.linspace(-1, 1, textures.SIZE_PX))[:, None]
    image = np.empty((textures.SIZE_PX, textures.SIZE_PX, 3), np.uint8)
    image[:] = (70, 130, 190)
    for low, rgb in ((0.1, (110, 160, 90)), (0.55, (196, 180, 110)), (1.0, (160, 120, 80))):
        image[height > low] = rgb
    image[np.broadcast_to(rows > 0.88, height.shape)] = (236, 240, 244)
    return t.image("map", image, roughness=0.35)


@thing(
    (0.27, 0.25, 0.395), kg=1.1, material="plastic", colors=("walnut", "charcoal", "brass"), finish="wood",
    nouns=("world globe", "earth globe", "terrestrial globe"),
)  # fmt: skip
def globe(t: Thing) -> None:
    """A globe on a turned foot, its axis tilted by 23.5 degrees in a brass meridian."""
    brass = t.paint("brass", "brass", finish="steel")
    r, z = 0.125, 0.255
    tilt = Pose.of((0, 0, z), quat_wxyz_from_axis_angle((0, 1, 0), np.deg2rad(23.5)))
    t.add(transformed(unit_uvs(sphere(r, 32, 18)), tilt), _map(t))
    t.sphere((0, 0, z), r)
    turns = np.linspace(-np.pi / 2, np.pi / 2, 19) + np.deg2rad(-23.5)
    arc = [(float((r + 0.012) * np.cos(a)), 0.0, z + float((r + 0.012) * np.sin(a))) for a in turns]
    t.rod(arc, 0.0055, brass, solid=False, sides=8)
    axis = tilt.apply([(0, 0, -r - 0.014), (0, 0, r + 0.02)])
    t.rod(axis, 0.004, brass, solid=False, sides=8)
    t.turn(
        [
            (0.09, 0),
            (0.095, 0.006),
            (0.09, 0.016),
            (0.03, 0.03),
            (0.018, 0.045),
            (0.022, 0.07),
            (0.012, 0.09),
            (0.012, 0.122),
        ],
        hulls=((0, 3), (3, 7)),
    )


@thing(
    (0.24, 0.31, 0.95), kg=16, material="wood", colors=("charcoal", "walnut", "white"), footing="floor",
    nouns=("loudspeaker", "floor speaker", "stereo speaker", "speaker tower"),
)  # fmt: skip
def speaker(t: Thing) -> None:
    """A floor-standing loudspeaker with a tweeter and three woofers."""
    black, cone = t.paint("cone", "charcoal", finish="rubber"), t.paint("dust", "gray")
    rim = t.paint("rim", "silver", finish="steel")
    t.block((0, 0, 0.015), (0.24, 0.31, 0.03), t.paint("plinth", "black"), bevel=0.006)
    t.block((0, 0, 0.49), (0.21, 0.28, 0.92), bevel=0.008)
    front = -0.14
    for z, r in ((0.86, 0.035), (0.72, 0.08), (0.52, 0.08), (0.32, 0.08)):
        t.drum((0, front - 0.002, z), r + 0.006, 0.006, rim, "y", solid=False, segments=28)
        t.drum((0, front - 0.004, z), r, 0.006, black, "y", solid=False, segments=28)
        t.orb((0, front - 0.006, z), (r * 0.38, 0.012, r * 0.38), cone, detail=14)
    t.drum((0, front - 0.001, 0.14), 0.04, 0.004, black, "y", solid=False)
    t.rect("top", (0, 0, 0.95), (0.18, 0.24), 0.5, "top")


@thing(
    (0.42, 0.42, 1.08), kg=3.2, material="wood", colors=("orange", "brown", "crimson", "charcoal"), finish="wood",
    footing="floor", nouns=("acoustic guitar", "electric guitar", "guitar on a stand"),
)  # fmt: skip
def guitar(t: Thing) -> None:
    """An acoustic guitar standing upright on a three-legged stand, its strings towards -Y."""
    dark, black = t.paint("neck", "walnut", finish="wood"), t.paint("stand", "black", finish="rubber")
    pale, steel = t.paint("front", "pine", finish="wood"), t.paint("string", "silver", finish="steel")
    turns = np.linspace(0, np.pi, 25)
    levels = 0.24 + 0.24 * (1 - np.cos(turns))
    waist = (
        0.19 * np.sin(turns) ** 0.55 * (1 + 0.10 * np.cos(2 * turns) - 0.30 * np.exp(-(((levels - 0.515) / 0.07) ** 2)))
    )
    waist *= np.interp(levels, (0.24, 0.72), (1.03, 0.80))
    half = [(float(a), float(b)) for a, b in zip(waist, levels, strict=True)]
    outline = [*half[1:-1], *[(-x, z) for x, z in half[-2:0:-1]]]
    tilt = quat_wxyz_from_axis_angle((1, 0, 0), np.deg2rad(-7))
    pivot = Pose.of((0, 0, 0), tilt)

    def lean(points: ArrayLike) -> np.ndarray:
        return np.asarray(pivot.apply(points))

    def slab(inset: float, thick: float, y: float, surface: str) -> None:
        flat = [(x * inset, 0.48 + (z - 0.48) * inset) for x, z in outline]
        t.add(transformed(prism(flat, thick, axis="y", center=y), pivot), surface)

    slab(1.0, 0.10, 0.0, t.main())
    slab(0.975, 0.104, -0.0005, pale)
    for side in (outline[4:20], outline[26:42]):
        t.hull(lean([(x, y, z) for y in (-0.05, 0.05) for x, z in side]))
    t.box(lean([(0, 0, 0.48)])[0], (0.30, 0.10, 0.44), tilt)

    def plank(
        center: tuple[float, float, float], size: tuple[float, float, float], surface: str, solid: bool = False
    ) -> None:
        t.block(lean([center])[0], size, surface, bevel=0.002, solid=solid, quat=tilt)

    at = Pose.of(lean([(0, -0.0535, 0.57)])[0], quat_wxyz_from_axis_angle((1, 0, 0), np.deg2rad(83)))
    for radius, rise, surface in ((0.056, 0.001, dark), (0.048, 0.0016, black)):
        ring = [(radius * np.cos(a), radius * np.sin(a)) for a in 2 * np.pi * np.arange(28) / 28]
        t.add(transformed(extrude(ring, rise), at), surface)
    plank((0, -0.058, 0.36), (0.14, 0.012, 0.022), dark)
    plank((0, -0.05, 0.82), (0.052, 0.024, 0.36), dark, True)
    plank((0, -0.058, 0.76), (0.05, 0.010, 0.36), black)
    plank((0, -0.045, 1.045), (0.07, 0.018, 0.13), dark, True)
    for i in range(6):
        x = -0.0175 + 0.007 * i
        t.rod(lean([(x * 1.2, -0.066, 0.36), (x, -0.0655, 0.99)]), 0.0008, steel, solid=False, sides=4)
        plank((-0.045 if i < 3 else 0.045, -0.045, 1.01 + 0.035 * (i % 3)), (0.022, 0.01, 0.014), steel)
    for sx in (-1, 1):
        t.rod([(0, 0.06, 0.30), (sx * 0.19, -0.14, 0.012)], 0.012, black)
        t.rod([(sx * 0.08, 0.09, 0.215), (sx * 0.08, -0.06, 0.2), (sx * 0.08, -0.07, 0.24)], 0.010, black)
        t.rod([(0, 0.07, 0.26), (sx * 0.08, 0.09, 0.215)], 0.010, black, solid=False)
    t.rod([(0, 0.05, 0.28), (0, 0.25, 0.012)], 0.012, black)
    for x, y in ((-0.19, -0.14), (0.19, -0.14), (0, 0.25)):
        t.orb((x, y, 0.0135), (0.0135, 0.0135, 0.0135), black, detail=10)
    t.rod([(0, 0.06, 0.28), (0, 0.15, 0.76)], 0.011, black, solid=False)
    t.paint("fret", "light gray")
    for i in range(9):
        plank((0, -0.0632, 0.70 + 0.028 * i), (0.05, 0.0012, 0.002), "fret")
