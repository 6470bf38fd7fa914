"""Toys: blocks, balls, puzzle cubes and cars."""

import numpy as np

from blueprint.assets.colors import color_of, srgb_from_linear
from blueprint.assets.families.prop import Prop, small_thing
from blueprint.assets.families.solids import panel, prism, rounded_box, turned
from blueprint.assets.geometry import Asset
from blueprint.assets.mesh import lathe, moved, sphere
from blueprint.assets.registry import AssetRequest

__all__: list[str] = []
_BRIGHT = ("red", "blue", "green", "yellow", "orange", "purple")


def _cube_grasps(prop: Prop, size: tuple[float, float, float]) -> None:
    length, width, height = size
    depth = height - min(0.025, height / 2)
    prop.top("top_x", (0, 0, depth), length, yaw=0.0)
    prop.top("top_y", (0, 0, depth), width, yaw=np.pi / 2)
    prop.rect("top", (0, 0, height), (length - 0.002, width - 0.002), 0.3, kind="top")


@small_thing(
    "block",
    nouns=("block", "wooden block", "cube", "toy block", "building block", "brick", "wooden cube"),
    size_range_m=((0.032, 0.032, 0.032), (0.066, 0.066, 0.066)),
)
def block(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A painted wooden cube with bare chamfers."""
    prop = Prop(request, rng, material="wood", colors=_BRIGHT)
    side = prop.vary(0.044, 0.05)
    prop.add(rounded_box((0, 0, side / 2), (side, side, side), 0.0025), prop.main())
    prop.box((0, 0, side / 2), (side, side, side))
    _cube_grasps(prop, (side, side, side))
    return prop.finish(volume=side**3, affordances=("stackable",), text="a painted wooden block")


@small_thing(
    "toy_brick",
    nouns=("toy brick", "plastic brick", "lego", "lego brick", "duplo"),
    size_range_m=((0.048, 0.024, 0.02), (0.086, 0.044, 0.036)),
)
def toy_brick(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A studded plastic brick, two by four."""
    prop = Prop(request, rng, material="plastic", colors=_BRIGHT)
    pitch = prop.grow(0.016)
    length, width, height = 4 * pitch, 2 * pitch, prop.grow(0.0192) * 1.2
    prop.add(rounded_box((0, 0, height / 2), (length, width, height), 0.0008), prop.main())
    stud = lathe([(pitch * 0.3, 0), (pitch * 0.3, 0.0036), (pitch * 0.27, 0.004), (0, 0.004)], 14)
    for i in range(4):
        for j in range(2):
            prop.add(moved(stud, ((i - 1.5) * pitch, (j - 0.5) * pitch, height)), prop.main())
    prop.box((0, 0, (height + 0.004) / 2), (length, width, height + 0.004))
    prop.top("top_x", (0, 0, height / 2), length, yaw=0.0)
    for name, part in (("top_y", 0.0), ("top_left", -0.25), ("top_right", 0.25)):
        prop.top(name, (part * length, 0, height / 2), width, yaw=np.pi / 2)
    prop.rect("top", (0, 0, height + 0.004), (length - 0.002, width - 0.002), 0.3, kind="top")
    return prop.finish(
        volume=length * width * height, solid=0.5, affordances=("stackable",), text="a studded toy brick"
    )


@small_thing(
    "rubiks_cube",
    nouns=("rubik's cube", "rubiks cube", "rubik cube", "puzzle cube", "magic cube"),
    size_range_m=((0.042, 0.042, 0.042), (0.078, 0.078, 0.076)),
)
def rubiks_cube(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A scrambled puzzle cube, three by three."""
    prop = Prop(request, rng, material="plastic", colors=("black",))
    side = prop.grow(0.057)
    prop.add(rounded_box((0, 0, side / 2), (side, side, side), 0.003), prop.main())
    stickers = rng.permutation(np.repeat(np.arange(6), 9)).reshape(6, 3, 3)
    palette = [
        np.round(255 * srgb_from_linear(color_of(word, "white")))
        for word in ("white", "yellow", "red", "orange", "blue", "green")
    ]
    for index, normal in enumerate(((0, -1, 0), (0, 1, 0), (1, 0, 0), (-1, 0, 0), (0, 0, 1))):
        image = np.full((96, 96, 3), 22, np.uint8)
        for row in range(3):
            for column in range(3):
                image[row * 32 + 3 : row * 32 + 29, column * 32 + 3 : column * 32 + 29] = palette[
                    stickers[index, row, column]
                ]
        at = np.array([0, 0, side / 2]) + np.array(normal) * (side / 2 + 0.0003)
        prop.add(panel(at, normal, (side * 0.95, side * 0.95)), prop.image(f"face_{index}", image, 0.35))
    prop.box((0, 0, side / 2), (side, side, side))
    _cube_grasps(prop, (side, side, side))
    return prop.finish(volume=side**3, solid=0.55, affordances=("stackable",), text="a puzzle cube with coloured faces")


@small_thing(
    "ball",
    nouns=("ball", "toy ball", "tennis ball", "rubber ball", "baseball"),
    size_range_m=((0.046, 0.046, 0.046), (0.08, 0.08, 0.08)),
)
def ball(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A rubber ball with a stripe; a true sphere, so it rolls when it is pushed."""
    prop = Prop(request, rng, material="rubber", colors=_BRIGHT)
    radius = min(prop.vary(0.03, 0.0345), 0.037)
    prop.add(moved(sphere(radius, 28, 16), (0, 0, radius)), prop.main())
    turns = np.linspace(-0.22, 0.22, 5)
    stripe = lathe([(radius * 1.014 * np.cos(t), radius * 1.014 * np.sin(t)) for t in turns], 32, crease_rad=3)
    prop.add(
        turned(stripe, (1, 0.3, 0), -0.25, (0, 0, radius)),
        prop.paint("stripe", "white" if prop.color != "white" else "red"),
    )
    prop.sphere((0, 0, radius), radius)
    prop.top("top", (0, 0, radius), 2 * radius, free_spin=True)
    return prop.finish(
        volume=float(4 / 3 * np.pi * radius**3), solid=0.4, affordances=(), text="a rubber ball with a stripe"
    )


@small_thing(
    "toy_car", nouns=("toy car", "toy truck", "model car"), size_range_m=((0.084, 0.046, 0.034), (0.168, 0.084, 0.066))
)
def toy_car(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A toy car along X, its bonnet at +X; the wheels do not turn."""
    prop = Prop(request, rng, material="wood", colors=_BRIGHT, finish="plastic")
    length, width, height = prop.vary(0.11, 0.13), prop.vary(0.048, 0.054), prop.vary(0.045, 0.05)
    wheel, low = height * 0.26, height * 0.18
    body = [
        (-length / 2, low),
        (length / 2, low),
        (length / 2, height * 0.46),
        (length * 0.3, height * 0.56),
        (length * 0.14, height * 0.6),
    ]
    roof = [
        (length * 0.02, height),
        (-length * 0.26, height),
        (-length * 0.38, height * 0.62),
        (-length / 2, height * 0.58),
    ]
    prop.add(prism([*body, *roof], width, axis="y"), prop.main())
    glass = prop.paint("window", "sky")
    cabin = [
        (length * 0.11, height * 0.63),
        (length * 0.01, height * 0.94),
        (-length * 0.245, height * 0.94),
        (-length * 0.35, height * 0.63),
    ]
    prop.add(prism(cabin, width + 0.001, axis="y"), glass)
    tyre, hub = prop.paint("tyre", "charcoal", finish="rubber"), prop.paint("hub", "silver", finish="steel")
    for x in (-length * 0.29, length * 0.29):
        for sign in (-1, 1):
            ring = lathe([(0, 0), (wheel * 0.9, 0), (wheel, 0.002), (wheel, 0.008), (wheel * 0.9, 0.01), (0, 0.01)], 18)
            prop.add(turned(ring, (1, 0, 0), np.pi / 2, (x, sign * width / 2 + 0.005, wheel)), tyre)
            cap = lathe([(0, 0), (wheel * 0.5, 0), (wheel * 0.5, 0.0112), (0, 0.0112)], 12)
            prop.add(turned(cap, (1, 0, 0), np.pi / 2, (x, sign * width / 2 + 0.0056, wheel)), hub)
        prop.box((x, 0, low / 2), (wheel * 0.9, width + 0.01, low))
    for sign in (-1, 1):
        prop.add(
            rounded_box((length / 2, sign * width * 0.32, height * 0.36), (0.003, 0.009, 0.006), 0.001),
            prop.paint("light", "ivory"),
        )
    prop.hull([(x, y, z) for y in (-width / 2, width / 2) for x, z in [*body, *roof]])
    prop.top("top", (-length * 0.1, 0, height * 0.5), width)
    return prop.finish(volume=length * width * height * 0.6, affordances=(), text="a toy car")
