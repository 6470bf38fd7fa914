"""Things with a place for others: racks and boards with holes, trees with hooks, what goes there, and dry beans."""

import itertools
from collections.abc import Sequence
from math import cos, pi, radians, sin

import numpy as np

from blueprint.assets.families.prop import Prop, small_thing
from blueprint.assets.families.thing import Thing, thing
from blueprint.assets.geometry import Asset
from blueprint.assets.mesh import ellipsoid, lathe, moved
from blueprint.assets.registry import AssetRequest
from blueprint.contracts.frames import Vec2, Vec3
from blueprint.physics.materials import physics_material

__all__: list[str] = []

_TUBE_R, _TUBE_H = 0.010, 0.105
_PEG_R, _PEG_H = 0.0125, 0.085
_TOAST = (0.1, 0.016, 0.1)
_LIGHTEST_KG = 0.00105


def _grating(t: Thing, xs: Sequence[float], ys: Sequence[float], hole: Vec2, size: Vec3, top: float) -> None:
    """Add a plate of extent `size`, its upper face at `top`, with oblong holes of extent `hole` at every (x, y)."""
    (hx, hy), (w, d, thick), z = hole, size, top - size[2] / 2
    edges = [-d / 2, *itertools.chain.from_iterable((y - hy / 2, y + hy / 2) for y in ys), d / 2]
    for front, back in zip(edges[::2], edges[1::2], strict=True):
        t.block((0, (front + back) / 2, z), (w, back - front, thick), bevel=0.001)
    walls = [-w / 2, *itertools.chain.from_iterable((x - hx / 2, x + hx / 2) for x in xs), w / 2]
    for y in ys:
        for left, right in zip(walls[::2], walls[1::2], strict=True):
            t.block(((left + right) / 2, y, z), (right - left, hy, thick), bevel=0.0)


def _slots(t: Thing, xs: Sequence[float], ys: Sequence[float], hole: Vec2, floor: float, rim: float) -> None:
    """Declare the holes, left to right and front to back."""
    for number, (y, x) in enumerate(itertools.product(ys, xs)):
        t.rect(f"slot_{number}", (x, y, floor), hole, rim - floor, "slot", container=True)


@thing(
    (0.02, 0.02, _TUBE_H), kg=0.028, material="glass", colors=("clear",), finish="glass",
    nouns=("sample tube", "vial", "culture tube"),
)  # fmt: skip
def test_tube(t: Thing) -> None:
    """A flat-bottomed test tube with a coloured liquid and a screw cap."""
    r, h = _TUBE_R, _TUBE_H
    t.add(lathe([(0, 0), (r - 0.001, 0), (r, 0.001), (r, h - 0.02)], 20, crease_rad=0.8), t.main())
    fluid = ("crimson", "yellow", "blue", "green", "orange", "purple")[int(t.rng.integers(6))]
    liquid = t.paint("fluid", fluid, finish="glass", opacity=0.8)
    level = float(t.rng.uniform(0.4, 0.65)) * h
    t.turn([(r - 0.0015, 0.002), (r - 0.0015, level)], liquid, hulls=(), segments=16)
    cap = t.paint("cap", ("navy", "white", "red", "charcoal")[int(t.rng.integers(4))])
    t.turn([(r, h - 0.022), (r, h - 0.001), (r - 0.001, h)], cap, hulls=(), segments=20)
    t.cylinder((0, 0, h / 2), r, h)
    t.top("cap", (0, 0, h - 0.016), 2 * r, free_spin=True)
    t.side("body", (0, 0, 0.068), 2 * r, free_spin=True)


@thing(
    (0.176, 0.066, 0.068), kg=0.22, material="wood", colors=("birch", "oak", "white", "light blue"),
    nouns=("tube rack", "test tube holder", "tube stand", "vial rack", "vial holder"),
)  # fmt: skip
def test_tube_rack(t: Thing) -> None:
    """A rack with four square holes for test tubes."""
    w, d, h, floor, hole = 0.176, 0.066, 0.068, 0.008, 0.0248
    xs = (-0.06, -0.02, 0.02, 0.06)
    t.block((0, 0, floor / 2), (w, d, floor))
    for side in (-1, 1):
        t.block((side * (w / 2 - 0.004), 0, (floor + h - 0.008) / 2), (0.008, d, h - 0.008 - floor), bevel=0.001)
    _grating(t, xs, (0.0,), (hole, hole), (w, d, 0.008), h)
    _slots(t, xs, (0.0,), (hole, hole), floor, h)
    t.top("end", (w / 2 - 0.004, 0, h - 0.012), 0.066)


@thing(
    (2 * _PEG_R, 2 * _PEG_R, _PEG_H), kg=0.03, material="wood", colors=("red", "blue", "green", "yellow", "orange"),
    nouns=("wooden peg", "round peg", "dowel"),
)  # fmt: skip
def peg(t: Thing) -> None:
    """A round wooden peg with a flat foot."""
    t.turn([(_PEG_R - 0.001, 0), (_PEG_R, 0.001), (_PEG_R, _PEG_H - 0.002), (_PEG_R - 0.002, _PEG_H)], hulls=())
    t.cylinder((0, 0, _PEG_H / 2), _PEG_R, _PEG_H)
    t.spin_grasps(_PEG_R, 0.055, _PEG_H, depth=0.018)


@thing(
    (0.15, 0.15, 0.045), kg=0.45, material="wood", colors=("birch", "oak", "pine"),
    nouns=("board with holes", "peg block", "shape sorter", "peg puzzle"),
)  # fmt: skip
def peg_board(t: Thing) -> None:
    """A thick wooden board with four square holes for pegs."""
    w, h, floor, hole = 0.15, 0.045, 0.006, 0.0305
    at = (-0.034, 0.034)
    t.block((0, 0, floor / 2), (w, w, floor), bevel=0.001)
    _grating(t, at, at, (hole, hole), (w, w, h - floor), h)
    _slots(t, at, at, (hole, hole), floor, h)


@thing(
    (0.205, 0.205, 0.342), kg=1.3, material="wood", colors=("oak", "birch", "walnut", "black"),
    nouns=("mug stand", "cup tree", "mug holder", "mug rack", "cup stand", "mug hanger"),
)  # fmt: skip
def mug_tree(t: Thing) -> None:
    """A post on a heavy foot with four sloping arms to hang mugs on."""
    foot, post, bar, length, slope = 0.09, 0.011, 0.0045, 0.092, radians(12)
    steel = t.paint("arm", "steel", finish="steel")
    t.turn([(foot, 0), (foot, 0.014), (foot - 0.006, 0.018)], segments=36)
    t.drum((0, 0, 0.018 + 0.161), post, 0.322, bevel=0.003)
    for number, (heading, z) in enumerate(((-90, 0.215), (90, 0.215), (0, 0.29), (180, 0.29))):
        x, y = cos(radians(heading)), sin(radians(heading))
        ends = [((post + s * cos(slope)) * x, (post + s * cos(slope)) * y, z + s * sin(slope)) for s in (0, length)]
        t.rod(ends, bar, steel)
        t.hook(f"hook_{number}", ends[0], ends[1], bar)


@thing(
    _TOAST, kg=0.035, material="wood", colors=("tan", "wheat"), finish="paper",
    nouns=("toast", "slice of toast", "slice of bread", "piece of toast"),
)  # fmt: skip
def toast_slice(t: Thing) -> None:
    """A dry slice of toast standing on its edge."""
    w, thick, h = _TOAST
    t.block((0, 0, h / 2), (w, thick, h), bevel=0.003)
    t.top("edge", (0, 0, h - 0.016), thick)


@thing(
    (0.126, 0.142, 0.05), kg=0.3, material="wood", colors=("oak", "birch", "white"), nouns=("toast stand",),
)  # fmt: skip
def toast_rack(t: Thing) -> None:
    """A low rack that keeps four slices of toast on their edges."""
    w, d, h, floor, hole = 0.126, 0.142, 0.05, 0.008, (0.11, 0.0225)
    ys = (-0.051, -0.017, 0.017, 0.051)
    t.block((0, 0, floor / 2), (w, d, floor))
    for side in (-1, 1):
        t.block((side * (w / 2 - 0.003), 0, (floor + h - 0.014) / 2), (0.006, d, h - 0.014 - floor), bevel=0.001)
    _grating(t, (0.0,), ys, hole, (w, d, 0.014), h)
    _slots(t, (0.0,), ys, hole, floor, h)


@small_thing(
    "bean",
    nouns=("bean", "dry bean", "coffee bean", "chickpea", "pea", "lentil", "pebble", "bead"),
    size_range_m=((0.006, 0.006, 0.006), (0.012, 0.012, 0.012)),
)
def bean(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A hard dry bean, round enough to roll, of a gram at least: a scene holds nothing lighter."""
    prop = Prop(request, rng, material="wood", colors=("brown", "maroon", "tan", "ivory"), finish="ceramic")
    r = prop.vary(0.0041, 0.0043)
    prop.add(moved(ellipsoid((r, r, r), 10, 6), (0, 0, r)), prop.main())
    prop.sphere((0, 0, r), r)
    volume = 4 / 3 * pi * r**3
    extra = max(0.0, _LIGHTEST_KG - physics_material(prop.material).density * volume)
    return prop.finish(volume=volume, contents=extra, affordances=("granular",), text="a dry bean")
