"""Things of offices: calculators, printers, binders, letter trays, scissors and picture frames."""

import numpy as np

from blueprint.assets.extrusion import extrude
from blueprint.assets.families.prints import grid, print_of
from blueprint.assets.families.thing import Thing, thing
from blueprint.assets.mesh import moved

__all__: list[str] = []


@thing(
    (0.085, 0.15, 0.022), kg=0.11, material="plastic", colors=("charcoal", "light gray", "white", "navy"),
    nouns=("pocket calculator", "desk calculator"),
)  # fmt: skip
def calculator(t: Thing) -> None:
    """A desk calculator with a display and a block of keys."""
    w, d, h = 0.085, 0.15, 0.016
    t.block((0, 0, h / 2), (w, d, h), bevel=0.004)
    t.block((0, 0.055, h + 0.001), (w - 0.01, 0.03, 0.006), bevel=0.002, solid=False)
    show = t.image("show", print_of((176, 196, 168), [("12345.67", 0.2, 0.1, 0.96, 0.9, (24, 34, 28))], 256, 72))
    t.sheet((0, 0.055, h + 0.0045), (0, 0, 1), (w - 0.022, 0.02), show)
    gray, dark = t.paint("key", "white" if t.color != "white" else "light gray"), t.paint("key_dark", "gray")
    red = t.paint("key_red", "orange")
    words = ("C", "/", "x", "7", "8", "9", "-", "4", "5", "6", "+", "1", "2", "3", "=", "0", ".")
    keys: dict[str, str] = {}
    index = 0
    for row in range(5):
        for column in range(4):
            x, y = (column - 1.5) * 0.0185, 0.027 - 0.0205 * row
            paint = red if (row, column) == (0, 0) else dark if column == 3 or row == 0 else gray
            t.block((x, y, h + 0.0012), (0.0145, 0.015, 0.005), paint, bevel=0.0012, solid=False)
            word = words[index % len(words)]
            index += 1
            if paint == gray and word not in keys and word.isdigit():
                keys[word] = t.image(
                    f"digit_{word}", print_of((242, 242, 238), [(word, 0.25, 0.15, 0.75, 0.85, (30, 30, 34))], 48, 48)
                )
            if paint == gray and word in keys:
                t.sheet((x, y, h + 0.00385), (0, 0, 1), (0.010, 0.010), keys[word])
    t.box((0, 0.055, h + 0.002), (w - 0.01, 0.03, 0.004))
    for name, y in (("middle", 0.0), ("near", -0.04)):
        t.top(name, (0, y, 0.012), w, yaw=0.0)
    t.top("along", (0, 0, 0.012), d)


@thing(
    (0.42, 0.37, 0.21), kg=6.8, material="plastic", colors=("white", "charcoal", "light gray"),
    nouns=("laser printer", "inkjet printer", "copier", "photocopier", "scanner"),
)  # fmt: skip
def printer(t: Thing) -> None:
    """A multifunction printer: paper tray below, output slot at -Y, scanner lid and a panel."""
    dark, paper = (
        t.paint("dark", "charcoal" if t.color != "charcoal" else "black"),
        t.paint("paper", "white", finish="paper"),
    )
    t.block((0, 0.015, 0.045), (0.42, 0.34, 0.09), bevel=0.01)
    for sx in (-1, 1):
        t.block((sx * 0.185, 0.015, 0.115), (0.05, 0.34, 0.06), bevel=0.008)
    t.block((0, 0.115, 0.115), (0.33, 0.14, 0.06), dark)
    t.block((0, -0.04, 0.093), (0.32, 0.20, 0.008), dark, solid=False)
    t.block((0, -0.075, 0.099), (0.21, 0.18, 0.006), paper, bevel=0.001, solid=False)
    t.block((0, 0.015, 0.165), (0.42, 0.34, 0.045), bevel=0.01)
    t.block((0, 0.025, 0.196), (0.41, 0.315, 0.024), dark, bevel=0.008, segments=2)
    t.block((0, -0.157, 0.045), (0.32, 0.008, 0.06), dark, bevel=0.002, solid=False)
    t.block((0, -0.163, 0.045), (0.10, 0.012, 0.014), t.main(), bevel=0.004, solid=False)
    face = t.image(
        "panel",
        print_of(
            (44, 48, 54),
            [
                ("rect", 0.06, 0.15, 0.44, 0.85, (120, 180, 226)),
                ("READY", 0.1, 0.3, 0.4, 0.7, (16, 40, 70)),
                *grid(4, 2, (214, 218, 222), (0.5, 0.18, 0.8, 0.82), 0.3, "oval"),
                ("oval", 0.85, 0.25, 0.96, 0.75, (70, 180, 90)),
            ],
            256,
            64,
        ),
    )
    t.block((0.04, -0.168, 0.165), (0.27, 0.03, 0.04), t.main(), bevel=0.006, solid=False)
    t.sheet((0.04, -0.1835, 0.165), (0, -1, 0), (0.24, 0.032), face)


@thing(
    (0.075, 0.285, 0.32), kg=0.75, material="cardboard", colors=("navy", "red", "black", "green", "teal"),
    finish="plastic", options=("label",), nouns=("ring binder", "folder", "file folder", "lever arch file"),
)  # fmt: skip
def binder(t: Thing) -> None:
    """A lever-arch binder standing upright, its spine with label and finger ring towards -Y."""
    w, d, h = 0.072, 0.285, 0.318
    paper, steel = t.paint("paper", "white", finish="paper"), t.paint("steel", "steel", finish="steel")
    for sx in (-1, 1):
        t.block((sx * (w / 2 - 0.0015), 0, h / 2), (0.003, d, h), bevel=0.001, solid=False)
    t.block((0, -d / 2 + 0.0015, h / 2), (w, 0.003, h), bevel=0.001, solid=False)
    t.block((0, 0.006, h / 2 - 0.003), (w - 0.014, d - 0.03, h - 0.024), paper, bevel=0.001, solid=False)
    t.box((0, 0, h / 2), (w, d, h))
    label = t.image(
        "label",
        print_of(
            (246, 246, 240),
            [
                ("rect", 0.08, 0.04, 0.92, 0.055, (40, 60, 110)),
                (str(t.request.option("label", "2026")).upper()[:16], 0.12, 0.1, 0.88, 0.3, (30, 34, 44)),
                *[("line", 0.14, 0.4 + 0.12 * i, 0.86, 0.4 + 0.12 * i, (120, 124, 130)) for i in range(5)],
            ],
            96,
            256,
        ),
    )
    t.sheet((0, -d / 2 - 0.0004, 0.20), (0, -1, 0), (0.05, 0.17), label)
    ring = [(0.013 * np.cos(a), -d / 2 - 0.0008, 0.06 + 0.013 * np.sin(a)) for a in np.linspace(0, 2 * np.pi, 21)]
    t.rod(ring, 0.002, steel, solid=False, sides=6)
    t.drum((0, -d / 2 - 0.0002, 0.06), 0.011, 0.0012, t.paint("hole", "black"), "y", solid=False)
    t.top("top", (0, 0, h - 0.025), w, yaw=0.0)
    t.top("front", (0, -0.08, h - 0.025), w, yaw=0.0)


@thing(
    (0.26, 0.34, 0.25), kg=1.1, material="steel", colors=("black", "silver", "white", "navy"), finish="plastic",
    nouns=("paper tray", "document tray", "in tray", "inbox tray", "file tray", "desk organizer"),
)  # fmt: skip
def letter_tray(t: Thing) -> None:
    """Three letter trays on top of each other, open towards -Y."""
    w, d, h = 0.25, 0.33, 0.235
    for i in range(3):
        z = 0.006 + i * 0.083
        t.block((0, 0, z), (w, d, 0.005), bevel=0.001)
        t.block((0, d / 2 - 0.002, z + 0.022), (w, 0.004, 0.04), bevel=0.001, solid=False)
        for sx in (-1, 1):
            t.block((sx * (w / 2 - 0.002), 0, z + 0.022), (0.004, d, 0.04), bevel=0.001, solid=False)
        t.rect(f"tray_{i}", (0, 0, z + 0.0025), (w - 0.03, d - 0.03), 0.07, "shelf")
    for sx in (-1, 1):
        for y in (-d / 2 + 0.06, d / 2 - 0.03):
            t.block((sx * (w / 2 + 0.001), y, 0.118), (0.006, 0.014, h), bevel=0.001, solid=False)
        t.box((sx * (w / 2 - 0.001), 0.015, 0.118), (0.006, d - 0.09, h))
    t.box((0, d / 2 - 0.002, 0.108), (w - 0.02, 0.004, 0.2))
    for sx in (-1, 1):
        for sy in (-1, 1):
            t.drum(
                (sx * 0.11, sy * 0.15, 0.00175),
                0.008,
                0.0035,
                t.paint("foot", "charcoal", finish="rubber"),
                segments=10,
            )


@thing(
    (0.20, 0.086, 0.0115), kg=0.08, material="steel", colors=("red", "black", "blue", "orange"), finish="plastic",
    nouns=("pair of scissors", "shears"),
)  # fmt: skip
def scissors(t: Thing) -> None:
    """Scissors lying closed along X, their loops at +X."""
    steel, screw = t.paint("steel", "steel", finish="steel"), t.paint("screw", "gray", finish="steel")
    for sy, z in ((-1, 0.0025), (1, 0.0055)):
        blade = [
            (-0.098, 0.0),
            (-0.07, sy * 0.0055),
            (0.01, sy * 0.0085),
            (0.03, -sy * 0.008),
            (0.02, -sy * 0.010),
            (-0.02, -sy * 0.0045),
        ]
        t.add(moved(extrude(blade, 0.002), (0, 0, z)), steel)
        loop = [
            (0.064 + 0.030 * np.cos(a), -sy * 0.019 + (0.0175 + 0.0045 * np.cos(a)) * np.sin(a), 0.0058)
            for a in np.linspace(0, 2 * np.pi, 25)
        ]
        t.rod(loop, 0.0052, solid=False, sides=8)
        t.rod([(0.018, -sy * 0.005, 0.0055), (0.036, -sy * 0.014, 0.0058)], 0.005, solid=False, sides=8)
        for first, last in ((0, 6), (6, 12), (12, 18), (18, 24)):
            t.capsule(loop[first], loop[last], 0.0056)
    t.drum((0.008, 0, 0.006), 0.0045, 0.006, screw, solid=False, segments=12)
    t.box((-0.035, 0, 0.0042), (0.124, 0.013, 0.0084))
    t.top("blades", (-0.02, 0, 0.006), 0.013)


@thing(
    (0.19, 0.11, 0.24), kg=0.38, material="wood", colors=("oak", "black", "white", "walnut", "gold"),
    nouns=("photo frame", "photograph", "framed photo", "photo"),
)  # fmt: skip
def picture_frame(t: Thing) -> None:
    """A standing photo frame leaning on its strut, the picture towards -Y."""
    w, h, lean = 0.18, 0.235, np.deg2rad(14)
    turn = (float(np.cos(lean / 2)), float(-np.sin(lean / 2)), 0.0, 0.0)
    normal, up = np.array([0, -np.cos(lean), np.sin(lean)]), np.array([0, np.sin(lean), np.cos(lean)])
    foot = np.array([0, -0.045, 0.0017])

    def at(x: float, rise: float, out: float = 0.0) -> np.ndarray:
        return np.asarray(foot + np.array([x, 0, 0]) + rise * up + out * normal)

    for sx in (-1, 1):
        t.block(at(sx * (w / 2 - 0.01), h / 2), (0.02, 0.014, h), quat=turn, solid=False)
        t.block(at(0, h / 2 + sx * (h / 2 - 0.01)), (w - 0.03, 0.014, 0.02), quat=turn, solid=False)
    t.block(
        at(0, h / 2, -0.001),
        (w - 0.03, 0.008, h - 0.03),
        t.paint("mat", "ivory", finish="paper"),
        quat=turn,
        solid=False,
    )
    view = t.image(
        "view",
        print_of(
            (150, 196, 230),
            [
                ("oval", 0.66, 0.1, 0.84, 0.26, (252, 232, 150)),
                ("oval", -0.3, 0.4, 0.7, 1.4, (96, 140, 92)),
                ("oval", 0.3, 0.5, 1.4, 1.5, (70, 118, 74)),
                ("rect", 0.0, 0.86, 1.0, 1.0, (200, 180, 120)),
                ("rect", 0.36, 0.62, 0.5, 0.86, (222, 210, 196)),
                ("rect", 0.33, 0.56, 0.53, 0.63, (160, 60, 46)),
            ],
            160,
            208,
        ),
    )
    t.sheet(at(0, h / 2, 0.0036), normal.tolist(), (w - 0.06, h - 0.07), view)
    t.box(at(0, h / 2), (w, 0.014, h), turn)
    strut = [at(0, 0.15, -0.008), np.array([0, 0.05, 0.003])]
    t.block(
        (strut[0] + strut[1]) / 2,
        (0.05, 0.004, float(np.linalg.norm(strut[0] - strut[1]))),
        t.paint("strut", "charcoal"),
        quat=_leaning(strut[1] - strut[0]),
        bevel=0.001,
        solid=False,
    )
    t.hull(
        [
            (x, y, z)
            for x in (-0.025, 0.025)
            for y, z in ((0.046, 0.0), (0.053, 0.0), (strut[0][1], strut[0][2]), (strut[0][1] + 0.006, strut[0][2]))
        ]
    )
    t.top("top", at(0, h - 0.02).tolist(), 0.016)


def _leaning(direction: np.ndarray) -> tuple[float, float, float, float]:
    """Return the turn about X that brings Z to `direction` (in the YZ plane)."""
    angle = float(np.arctan2(-direction[1], direction[2]))
    return (float(np.cos(angle / 2)), float(np.sin(angle / 2)), 0.0, 0.0)
