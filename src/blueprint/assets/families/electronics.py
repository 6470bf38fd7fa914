"""Desk and living-room electronics: keyboards, mice, screens, phones, remotes, lamps and clocks."""

from dataclasses import replace

import numpy as np

from blueprint.assets.families.prop import Prop, small_thing
from blueprint.assets.families.solids import panel, rounded_box, tube, turned
from blueprint.assets.geometry import Asset
from blueprint.assets.mesh import lathe, moved, smooth_normals, sphere
from blueprint.assets.registry import AssetRequest
from blueprint.contracts.frames import quat_wxyz_from_axis_angle, rotate

__all__: list[str] = []


@small_thing(
    "keyboard", nouns=("keyboard", "computer keyboard"), size_range_m=((0.218, 0.086, 0.022), (0.424, 0.166, 0.026))
)
def keyboard(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A compact keyboard, space bar towards -Y."""
    prop = Prop(request, rng, material="plastic", colors=("charcoal", "white", "black"))
    length, width, height = prop.vary(0.29, 0.32), prop.vary(0.115, 0.125), 0.02
    prop.add(rounded_box((0, 0, height / 2), (length, width, height), 0.004), prop.main())
    keys = prop.paint("keys", "white" if prop.color != "white" else "gray")
    rows, pitch = 4, (width - 0.016) / 5
    for row in range(rows):
        y = width / 2 - 0.008 - (row + 0.5) * pitch
        for column in range(13):
            x = (column - 6) * (length - 0.02) / 13
            prop.add(rounded_box((x, y, height + 0.002), ((length - 0.02) / 13 * 0.84, pitch * 0.82, 0.004), 0.0), keys)
    y = width / 2 - 0.008 - 4.5 * pitch
    prop.add(rounded_box((0, y, height + 0.002), (length * 0.4, pitch * 0.82, 0.004), 0.0), keys)
    for sign in (-1, 1):
        for step in range(3):
            prop.add(
                rounded_box(
                    (sign * (length * 0.26 + step * length * 0.08), y, height + 0.002),
                    (length * 0.065, pitch * 0.82, 0.004),
                    0.0,
                ),
                keys,
            )
    prop.box((0, 0, (height + 0.004) / 2), (length, width, height + 0.004))
    return prop.finish(
        volume=length * width * height, solid=0.7, affordances=("pressable",), text="a compact computer keyboard"
    )


@small_thing("mouse", nouns=("mouse", "computer mouse"), size_range_m=((0.042, 0.074, 0.026), (0.082, 0.148, 0.052)))
def mouse(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A computer mouse, its buttons towards -Y."""
    prop = Prop(request, rng, material="plastic", colors=("black", "white", "charcoal"))
    width, length, height = prop.vary(0.056, 0.062), prop.vary(0.1, 0.112), prop.vary(0.035, 0.039)
    dome = sphere(1.0, 28, 16)
    boxy = np.sign(dome.vertices) * np.abs(dome.vertices) ** np.array([0.72, 0.72, 0.9])
    boxy[:, 2] = np.maximum(boxy[:, 2], 0.0) * (1 + 0.14 * boxy[:, 1]) / 1.03
    prop.add(smooth_normals(replace(dome, vertices=boxy * (width / 2, length / 2, height)), 1.2), prop.main())
    dark = prop.paint("seam", "gray" if prop.color != "gray" else "black")
    prop.add(
        turned(
            lathe([(0, 0), (0.0105, 0), (0.0105, 0.008), (0, 0.008)], 18),
            (0, 1, 0),
            np.pi / 2,
            (-0.004, -length * 0.25, height * 0.62),
        ),
        dark,
    )
    prop.add(
        turned(
            rounded_box((0, 0, 0), (0.0012, length * 0.2, 0.004), 0.0),
            (1, 0, 0),
            0.5,
            (0, -length * 0.38, height * 0.5),
        ),
        dark,
    )
    outline = np.linspace(0, 2 * np.pi, 17)[:-1]
    levels = ((1.0, 0.0), (0.93, 0.45), (0.72, 0.78), (0.4, 0.97))
    prop.hull([(r * width / 2 * np.cos(t), r * length / 2 * np.sin(t), z * height) for r, z in levels for t in outline])
    prop.top("top", (0, 0, height * 0.36), width * 0.97, yaw=0.0)
    return prop.finish(
        volume=width * length * height * 0.62, solid=0.55, affordances=("pressable",), text="a computer mouse"
    )


@small_thing(
    "laptop",
    nouns=("laptop", "notebook computer", "laptop computer"),
    size_range_m=((0.232, 0.214, 0.16), (0.446, 0.41, 0.292)),
)
def laptop(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """An open laptop, its keys towards -Y, its lid fixed at 110 degrees."""
    prop = Prop(request, rng, material="aluminium", colors=("silver", "charcoal"))
    length, width, thick = prop.vary(0.31, 0.34), prop.vary(0.215, 0.235), 0.017
    prop.add(rounded_box((0, 0, thick / 2), (length, width, thick), 0.004), prop.main())
    dark = prop.paint("keys", "black")
    pitch = width * 0.42 / 5
    for row in range(5):
        for column in range(12):
            at = ((column - 5.5) * length * 0.9 / 12, width * 0.36 - row * pitch, thick + 0.0006)
            prop.add(rounded_box(at, (length * 0.9 / 12 * 0.86, pitch * 0.84, 0.0016), 0.0), dark)
    prop.add(
        panel((0, -width * 0.3, thick + 0.0005), (0, 0, 1), (length * 0.34, width * 0.28)), prop.paint("pad", "gray")
    )
    tilt, lid, high = np.radians(-20), 0.008, width * 0.94
    quat = quat_wxyz_from_axis_angle((1, 0, 0), tilt)
    hinge = np.array([0, width / 2 - 0.006, thick])
    center = hinge + rotate(quat, (0, 0.004, high / 2 + 0.002))
    prop.add(turned(rounded_box((0, 0, 0), (length, lid, high), 0.003), (1, 0, 0), tilt, center), prop.main())
    screen = turned(
        panel((0, -lid / 2 - 0.0005, 0.004), (0, -1, 0), (length * 0.93, high * 0.86)), (1, 0, 0), tilt, center
    )
    prop.add(screen, prop.image("screen", _desktop(), roughness=0.25))
    prop.box((0, 0, thick / 2), (length, width, thick))
    prop.box(center, (length, lid, high - 0.004), quat)
    prop.grasp(
        "lid",
        "top",
        hinge + rotate(quat, (0, 0.004, high - 0.012)),
        rotate(quat, (0, 0, -1)),
        rotate(quat, (0, 1, 0)),
        lid,
    )
    return prop.finish(volume=length * width * (thick + lid), solid=0.45, affordances=(), text="an open laptop")


def _desktop() -> np.ndarray:
    """Return a picture of a screen: a blue gradient with two windows."""
    rows, columns = np.mgrid[0:192, 0:256] / 192.0
    image = np.stack([30 + 50 * rows, 80 + 70 * columns / 1.34, 150 + 60 * (1 - rows)], axis=-1)
    for top, left, bottom, right, tone in ((24, 26, 120, 150, 238), (70, 120, 166, 236, 246)):
        image[top:bottom, left:right] = tone
        image[top : top + 9, left:right] = (70, 76, 92)
        for line in range(top + 18, bottom - 8, 11):
            image[line : line + 4, left + 8 : right - 12 - 7 * (line % 4)] = 160
    image[182:] = (28, 32, 44)
    return np.clip(image, 0, 255).astype(np.uint8)


@small_thing(
    "monitor",
    nouns=("monitor", "computer monitor", "screen", "display", "computer screen"),
    size_range_m=((0.386, 0.188, 0.322), (0.74, 0.214, 0.616)),
)
def monitor(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A desk monitor facing -Y on a wide foot."""
    prop = Prop(request, rng, material="plastic", colors=("black", "charcoal"))
    length, rise = prop.vary(0.5, 0.56), prop.vary(0.11, 0.13)
    high, thick = length * 0.58, 0.03
    prop.add(rounded_box((0, 0, 0.008), (length * 0.46, 0.2, 0.016), 0.004), prop.main())
    prop.add(
        rounded_box((0, 0.03, 0.016 + (rise + high * 0.4) / 2), (0.06, 0.022, rise + high * 0.4), 0.004), prop.main()
    )
    z = 0.016 + rise + high / 2
    prop.add(rounded_box((0, 0, z), (length, thick, high), 0.005), prop.main())
    prop.add(
        panel((0, -thick / 2 - 0.0006, z), (0, -1, 0), (length * 0.96, high * 0.93)),
        prop.image("screen", _desktop(), roughness=0.25),
    )
    prop.box((0, 0, 0.008), (length * 0.46, 0.2, 0.016))
    prop.box((0, 0.03, 0.016 + rise / 2), (0.06, 0.022, rise))
    prop.box((0, 0, z), (length, thick, high))
    prop.top("top", (0, 0, z + high / 2 - 0.02), thick)
    volume = length * thick * high + length * 0.46 * 0.2 * 0.016
    return prop.finish(volume=volume, solid=0.6, affordances=(), text="a computer monitor on a foot")


@small_thing(
    "phone",
    nouns=("phone", "smartphone", "mobile phone", "cell phone", "mobile"),
    size_range_m=((0.052, 0.106, 0.008), (0.078, 0.2, 0.012)),
)
def phone(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A smartphone lying screen up."""
    prop = Prop(request, rng, material="glass", colors=("black", "silver", "navy"), finish="plastic")
    width, length, height = min(prop.vary(0.068, 0.072), 0.0735), prop.vary(0.142, 0.15), 0.01
    prop.add(rounded_box((0, 0, height / 2), (width, length, height), 0.0035), prop.main())
    prop.add(
        panel((0, 0, height + 0.0003), (0, 0, 1), (width * 0.92, length * 0.94)),
        prop.image("screen", _desktop().transpose(1, 0, 2)[::-1].copy(), 0.2),
    )
    prop.box((0, 0, height / 2), (width, length, height))
    for name, part in (("middle", 0.0), ("near", -0.25), ("far", 0.25)):
        prop.top(name, (0, part * length, height / 2), width, yaw=0.0)
    prop.rect("top", (0, 0, height), (width - 0.004, length - 0.004), 0.5, kind="top")
    return prop.finish(
        volume=width * length * height, solid=0.72, affordances=("pressable",), text="a smartphone lying face up"
    )


@small_thing(
    "remote", nouns=("remote", "remote control", "tv remote"), size_range_m=((0.03, 0.12, 0.02), (0.066, 0.228, 0.024))
)
def remote(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A remote control lying with its buttons up."""
    prop = Prop(request, rng, material="plastic", colors=("black", "charcoal", "white"))
    width, length, height = prop.vary(0.042, 0.05), prop.vary(0.16, 0.18), 0.02
    prop.add(rounded_box((0, 0, height / 2), (width, length, height), 0.006), prop.main())
    light, red = prop.paint("buttons", "gray", finish="rubber"), prop.paint("power", "red", finish="rubber")
    prop.add(rounded_box((-width * 0.25, length * 0.43, height), (0.008, 0.006, 0.003), 0.001), red)
    prop.add(
        moved(
            lathe([(0, 0), (width * 0.3, 0), (width * 0.3, 0.0016), (0, 0.0018)], 20),
            (0, length * 0.24, height - 0.0002),
        ),
        light,
    )
    for row in range(5):
        for column in (-1, 0, 1):
            prop.add(
                rounded_box(
                    (column * width * 0.27, length * (0.05 - 0.09 * row), height), (width * 0.18, 0.008, 0.003), 0.0
                ),
                light,
            )
    prop.box((0, 0, height / 2), (width, length, height))
    for name, part in (("middle", 0.0), ("near", -0.28), ("far", 0.28)):
        prop.top(name, (0, part * length, height / 2), width, yaw=0.0)
    return prop.finish(volume=width * length * height, solid=0.75, affordances=("pressable",), text="a remote control")


@small_thing(
    "desk_lamp",
    nouns=("desk lamp", "lamp", "table lamp", "bedside lamp", "reading lamp"),
    size_range_m=((0.152, 0.152, 0.254), (0.306, 0.306, 0.528)),
)
def desk_lamp(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A table lamp: heavy foot, stem and a fabric shade."""
    prop = Prop(request, rng, material="steel", colors=("brass", "black", "white", "teal"), finish="plastic")
    foot, height, shade = prop.vary(0.075, 0.085), prop.vary(0.34, 0.4), prop.vary(0.1, 0.115)
    top = height * 0.4
    prop.add(
        lathe(
            [
                (0, 0),
                (foot, 0),
                (foot, 0.012),
                (foot * 0.9, 0.02),
                (0.02, 0.03),
                (0.009, 0.05),
                (0.009, height - top * 0.5),
                (0, height - top * 0.5),
            ],
            32,
        ),
        prop.main(),
    )
    cloth = prop.paint("shade", "cream", finish="fabric")
    low, narrow = height - top, shade * 0.66
    prop.add(lathe([(shade, low), (narrow, height)], 36), cloth)
    prop.add(lathe([(narrow - 0.002, height), (shade - 0.002, low)], 36), cloth)
    prop.add(lathe([(narrow, height), (narrow - 0.002, height)], 36), cloth)
    prop.add(moved(sphere(0.028, 16, 8), (0, 0, height - top * 0.52)), prop.paint("bulb", "ivory"))
    prop.cylinder((0, 0, 0.01), foot, 0.02)
    prop.cylinder((0, 0, (0.02 + low) / 2), 0.01, low - 0.02)
    prop.turned_hull([(shade, low), (narrow, height)], sides=14)
    prop.side("stem", (0, 0, 0.02 + (low - 0.02) * 0.55), 0.02, free_spin=True)
    volume = float(np.pi * foot**2 * 0.02)
    return prop.finish(volume=volume, solid=0.5, contents=0.25, affordances=(), text="a table lamp with a fabric shade")


@small_thing(
    "clock", nouns=("clock", "alarm clock", "desk clock"), size_range_m=((0.068, 0.036, 0.08), (0.132, 0.076, 0.148))
)
def clock(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """An alarm clock with a round face towards -Y and two bells."""
    prop = Prop(request, rng, material="plastic", colors=("red", "teal", "black", "yellow"))
    size, depth = prop.vary(0.085, 0.1), min(prop.vary(0.045, 0.055), 0.07)
    prop.add(rounded_box((0, 0, size / 2), (size, depth, size), 0.012), prop.main())
    face = lathe([(0, 0), (size * 0.42, 0), (size * 0.42, 0.001), (0, 0.001)], 32)
    prop.add(
        turned(face, (1, 0, 0), np.pi / 2, (0, -depth / 2 + 0.0004, size / 2)),
        prop.paint("face", "white", finish="paper"),
    )
    ink = prop.paint("ink", "black")
    for hour in range(12):
        turn = hour * np.pi / 6
        prop.add(
            rounded_box(
                (size * 0.36 * np.sin(turn), -depth / 2 - 0.001, size / 2 + size * 0.36 * np.cos(turn)),
                (0.0035, 0.001, 0.0035),
                0.0,
            ),
            ink,
        )
    for turn, reach in ((-0.9, 0.22), (1.0, 0.32)):
        tip = (size * reach * np.sin(turn), -depth / 2 - 0.0014, size / 2 + size * reach * np.cos(turn))
        prop.add(tube(np.array([(0, -depth / 2 - 0.0014, size / 2), tip]), 0.0014, sides=6), ink)
    bell = prop.paint("bell", "gold", finish="steel")
    for sign in (-1, 1):
        prop.add(
            moved(
                lathe([(0, 0), (0.019, 0), (0.017, 0.009), (0.009, 0.015), (0, 0.0165)], 20),
                (sign * size * 0.26, 0, size),
            ),
            bell,
        )
        prop.cylinder((sign * size * 0.26, 0, size + 0.0075), 0.016, 0.015)
    prop.box((0, 0, size / 2), (size, depth, size))
    prop.top("top", (0, 0, size - 0.01), depth)
    return prop.finish(volume=size * size * depth, solid=0.45, affordances=(), text="an alarm clock with two bells")
