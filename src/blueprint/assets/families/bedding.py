"""Soft things: pillows, folded blankets and towels, teddy bears."""

import numpy as np

from blueprint.assets.families.thing import Thing, thing

__all__: list[str] = []


@thing(
    (0.62, 0.42, 0.145), kg=0.75, material="fabric", colors=("white", "sky", "cream", "gray"),
    nouns=("bed pillow", "throw pillow", "sofa cushion", "decorative pillow"),
)  # fmt: skip
def pillow(t: Thing) -> None:
    """A stuffed pillow with a piped seam."""
    t.cushion((0, 0, 0.0725), (0.62, 0.42, 0.145), power=0.42, power_z=1.15, detail=36)
    turns = np.linspace(0, 2 * np.pi, 41)
    x, y = (np.sign(v) * np.abs(v) ** 0.42 for v in (np.cos(turns), np.sin(turns)))
    rim = np.column_stack([0.308 * x, 0.208 * y, np.full(41, 0.0725)])
    t.rod(rim, 0.004, t.paint("seam", "cream" if t.color != "cream" else "tan"), solid=False, sides=6)


def _folded(t: Thing, size: tuple[float, float, float], folds: int, stripes: tuple[float, ...]) -> None:
    """Show a cloth folded into `folds` layers with its round edges to -Y; `stripes` cross the top at these shares."""
    w, d, h = size
    thick = h / folds
    band = t.paint("band", "cream" if t.color not in ("cream", "white") else "teal", finish="fabric")
    for i in range(folds):
        short, z = 0.006 * (i % 2) + 0.002 * i, (i + 0.5) * thick
        t.block((0, 0, z), (w - short, d - 0.004 * i, thick * 0.98), bevel=thick * 0.44, segments=2, solid=False)
        for share in stripes:
            t.block(
                (share * w, -0.002 * i, z),
                (0.05 * w, d - 0.0035 * i + 0.001, thick),
                band,
                bevel=thick * 0.42,
                solid=False,
            )
    t.box((0, 0, h / 2), (w - 0.008, d - 0.008, h))
    t.rect("top", (0, 0, h), (w - 0.05, d - 0.05), 0.4, "top")


@thing(
    (0.46, 0.36, 0.12), kg=1.4, material="fabric", colors=("navy", "crimson", "olive", "beige", "gray"),
    nouns=("blanket", "throw blanket", "quilt", "throw"), affordances=("stackable",),
)  # fmt: skip
def folded_blanket(t: Thing) -> None:
    """A thick blanket folded into four layers, with a striped border."""
    _folded(t, (0.46, 0.36, 0.12), 4, (-0.34, 0.34))


@thing(
    (0.32, 0.24, 0.075), kg=0.5, material="fabric", colors=("white", "teal", "pink", "sky", "beige"),
    nouns=("towel", "bath towel", "hand towel", "stack of towels", "cloth"), affordances=("stackable",),
)  # fmt: skip
def folded_towel(t: Thing) -> None:
    """A terry towel folded into three layers, with a woven band."""
    _folded(t, (0.32, 0.24, 0.075), 3, (0.32,))


@thing(
    (0.26, 0.23, 0.325), kg=0.35, material="foam", colors=("brown", "tan", "cream"), finish="fabric",
    nouns=("teddy", "stuffed animal", "plush bear", "stuffed bear", "plush toy", "soft toy"),
)  # fmt: skip
def teddy_bear(t: Thing) -> None:
    """A sitting teddy bear with a bow tie, looking to -Y."""
    light, dark = t.paint("light", "beige", finish="fabric"), t.paint("dark", "black")
    bow = t.paint("bow", "red", finish="fabric")
    t.cushion((0, 0.03, 0.085), (0.15, 0.14, 0.17), power=0.9, detail=16)
    t.orb((0, -0.012, 0.09), (0.05, 0.03, 0.055), light)
    t.cushion((0, 0.015, 0.235), (0.145, 0.13, 0.125), power=1.0, detail=16)
    t.orb((0, -0.045, 0.222), (0.036, 0.03, 0.028), light)
    t.orb((0, -0.073, 0.232), (0.012, 0.008, 0.009), dark, detail=8)
    for sx in (-1, 1):
        t.orb((sx * 0.032, -0.044, 0.256), (0.008, 0.006, 0.009), dark, detail=8)
        t.orb((sx * 0.055, 0.02, 0.298), (0.028, 0.014, 0.028), detail=10)
        t.orb((sx * 0.055, 0.01, 0.298), (0.018, 0.009, 0.018), light, detail=10)
        t.cushion((sx * 0.065, -0.055, 0.036), (0.07, 0.13, 0.072), power=0.9, detail=12)
        t.orb((sx * 0.065, -0.117, 0.038), (0.024, 0.008, 0.026), light, detail=10)
        t.rod([(sx * 0.06, 0.01, 0.155), (sx * 0.095, -0.03, 0.12), (sx * 0.10, -0.055, 0.095)], 0.026, sides=10)
        t.orb((sx * 0.10, -0.06, 0.09), (0.028, 0.028, 0.028), detail=10)
        t.orb((sx * 0.022, -0.042, 0.172), (0.022, 0.008, 0.013), bow, detail=8)
    t.orb((0, -0.046, 0.172), (0.008, 0.008, 0.009), bow, detail=8)
