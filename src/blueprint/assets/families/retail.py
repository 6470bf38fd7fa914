"""Shops, receptions and cafés: gondolas, counters, racks, benches, café tables and pastry displays."""

from blueprint.assets.families.prints import print_of
from blueprint.assets.families.solids import prism
from blueprint.assets.families.thing import Thing, thing

__all__: list[str] = []
_TAG = (250, 250, 244)


@thing(
    (1.2, 0.5, 1.65), kg=48, material="steel", colors=("white", "light gray"), finish="plastic", footing="floor",
    nouns=("gondola", "store shelf", "supermarket shelf", "grocery shelf", "display shelf", "retail shelf"),
)  # fmt: skip
def shop_shelf(t: Thing) -> None:
    """A shop gondola with four shelves, price rails and a header."""
    w, d, h = t.size()
    rail = t.image("rail", print_of((196, 40, 38), [
        ("rect", 0.02 + i / 6, 0.2, 0.13 + i / 6, 0.8, _TAG) for i in range(6)]))  # fmt: skip
    sign = t.image("sign", print_of((196, 40, 38), [("FRESH EVERY DAY", 0.05, 0.2, 0.95, 0.8, _TAG)], 512, 64))
    back = t.paint("back", "light gray")
    dark = t.paint("plinth", "charcoal")
    t.block((0, 0, 0.05), (w, d - 0.02, 0.10), dark)
    t.block((0, d / 2 - 0.015, h / 2 + 0.05), (w, 0.03, h - 0.10), back)
    for sx in (-1, 1):
        t.block((sx * (w / 2 - 0.015), d / 2 - 0.05, h / 2 + 0.05), (0.03, 0.04, h - 0.10), dark)
    gap = (h - 0.10 - 0.20) / 4
    for level in range(4):
        z = 0.10 + level * gap + 0.03
        deep = d - 0.04 if level == 0 else d - 0.10
        front = d / 2 - 0.03 - deep
        t.block((0, front + deep / 2, z - 0.015), (w - 0.064, deep, 0.03))
        t.block((0, front - 0.006, z - 0.012), (w - 0.064, 0.012, 0.044), solid=False, bevel=0.001)
        t.sheet((0, front - 0.0126, z - 0.012), (0, -1, 0), (w - 0.08, 0.036), rail)
        t.rect(
            f"shelf_{level}",
            (0, front + deep / 2 - 0.01, z),
            (w - 0.10, deep - 0.06),
            gap - 0.05 if level < 3 else 0.3,
            "shelf",
        )
    t.block((0, d / 2 - 0.05, h - 0.08), (w, 0.04, 0.16))
    t.sheet((0, d / 2 - 0.071, h - 0.08), (0, -1, 0), (w - 0.06, 0.12), sign)


@thing(
    (1.9, 0.8, 1.7), kg=95, material="wood", colors=("light gray", "white", "navy"), finish="plastic",
    footing="floor", nouns=("checkout", "checkout lane", "till counter", "cash desk"),
)  # fmt: skip
def checkout_counter(t: Thing) -> None:
    """A supermarket checkout with a conveyor belt, a scanner and a bagging shelf."""
    w, d, full = t.size()
    h = 0.9 * full / 1.7
    steel, black = t.paint("steel", "steel", finish="steel"), t.paint("belt", "black", finish="rubber")
    glass, kick = t.paint("glass", "dark gray", finish="glass"), t.paint("kick", "charcoal")
    belt, low = 0.56 * w, 0.20 * w
    t.block((-low / 2, 0, h / 2), (w - low, d, h - 0.06))
    t.block((w / 2 - low / 2, 0, h / 2 - 0.12), (low, d, h - 0.30))
    t.block((0, 0, 0.015), (w - 0.06, d - 0.06, 0.03), kick)
    t.block((-low / 2, 0, h - 0.015), (w - low, d, 0.03), steel, bevel=0.004)
    t.block((w / 2 - low / 2, 0, h - 0.255), (low, d, 0.03), steel, bevel=0.004)
    x = -w / 2 + 0.06 + belt / 2
    t.block((x, 0.03, h + 0.001), (belt, d - 0.24, 0.004), black, bevel=0.001, solid=False)
    for sy in (-1, 1):
        t.block((x, sy * (d / 2 - 0.09) + 0.03, h + 0.008), (belt, 0.02, 0.014), steel, solid=False)
    scan = x + belt / 2 + 0.14
    t.block((scan, 0.03, h + 0.001), (0.2, 0.3, 0.005), steel, bevel=0.002, solid=False)
    t.block((scan, 0.03, h + 0.004), (0.13, 0.15, 0.003), glass, bevel=0.001, solid=False)
    for z, tall in ((0.30 * h, 0.03), (0.72 * h, 0.05)):
        t.block(
            (-low / 2, -d / 2 - 0.006, z), (w - low - 0.02, 0.014, tall), t.paint("bumper", "charcoal"), solid=False
        )
    number = t.image("number", print_of((40, 150, 70), [("3", 0.2, 0.1, 0.8, 0.9, (255, 255, 255))]))
    px, py = -w / 2 + 0.04, d / 2 - 0.05
    t.rod([(px, py, h), (px, py, h + 0.62)], 0.014, steel)
    t.block((px, py, h + 0.7), (0.04, 0.16, 0.18), t.paint("sign", "white"), bevel=0.01)
    t.block((px + 0.09, py - 0.02, h + 0.7), (0.17, 0.05, 0.18), "sign", bevel=0.01, solid=False)
    t.sheet((px + 0.09, py - 0.0455, h + 0.7), (0, -1, 0), (0.15, 0.15), number)
    t.rect("top", (x, -0.02, h + 0.003), (belt - 0.06, d - 0.30), 0.6, "top")
    t.rect("bagging", (w / 2 - low / 2, 0, h - 0.24), (low - 0.06, d - 0.10), 0.8, "shelf")


@thing(
    (1.25, 0.51, 1.56), kg=14, material="steel", colors=("black", "steel"), footing="floor",
    nouns=("clothing rack", "garment rack", "clothes rail", "coat rail", "clothing rail"),
)  # fmt: skip
def clothes_rack(t: Thing) -> None:
    """A garment rack on castors with shirts on hangers."""
    w, d, h = t.size()
    wheel = t.paint("wheel", "charcoal", finish="rubber")
    for sx in (-1, 1):
        x = sx * (w / 2 - 0.02)
        t.rod([(x, -d / 2 + 0.03, 0.09), (x, d / 2 - 0.03, 0.09)], 0.015)
        t.rod([(x, 0, 0.1), (x, 0, h - 0.02)], 0.015)
        for sy in (-1, 1):
            t.drum((x, sy * (d / 2 - 0.05), 0.036), 0.036, 0.028, wheel, "x", solid=False)
            t.box((x, sy * (d / 2 - 0.05), 0.036), (0.028, 0.03, 0.072))
    t.rod([(-w / 2 + 0.02, 0, h - 0.02), (w / 2 - 0.02, 0, h - 0.02)], 0.015)
    t.rod([(-w / 2 + 0.02, 0, 0.18), (w / 2 - 0.02, 0, 0.18)], 0.012)
    shirt = [(-0.05, 0), (0.05, 0), (0.21, -0.07), (0.23, -0.34), (0.17, -0.35), (0.16, -0.66), (-0.16, -0.66),
             (-0.17, -0.35), (-0.23, -0.34), (-0.21, -0.07)]  # fmt: skip
    colors = ("navy", "white", "crimson", "olive", "sky", "tan", "gray", "teal")
    count = 8
    low = h - 0.12
    for i in range(count):
        x = (i - (count - 1) / 2) * (w - 0.34) / count
        cloth = t.paint(f"cloth_{i}", colors[(i + int(t.rng.integers(8))) % 8], finish="fabric")
        t.add(prism([(y, low + z) for y, z in shirt], 0.035, axis="x", center=x, smooth=False), cloth)
        t.rod([(x, 0, low - 0.02), (x, 0, h - 0.012), (x, 0.018, h + 0.006)], 0.003, solid=False, sides=6)
    t.box((0, 0, low - 0.33), ((w - 0.34) * 0.95, 0.36, 0.62))


@thing(
    (1.7, 0.75, 1.12), kg=85, material="wood", colors=("oak", "walnut", "birch"), footing="floor",
    nouns=("reception counter", "front desk", "reception", "welcome desk"),
)  # fmt: skip
def reception_desk(t: Thing) -> None:
    """A reception desk: a high front with a ledge for visitors and a lower desk behind it."""
    w, d, h = t.size()
    white, trim = t.paint("panel", "white"), t.paint("trim", "charcoal")
    t.block((0, -d / 2 + 0.06, h / 2 - 0.02), (w, 0.06, h - 0.04))
    for sx in (-1, 1):
        t.block((sx * (w / 2 - 0.025), 0.045, h / 2 - 0.02), (0.05, d - 0.09, h - 0.04))
    t.block((0, -d / 2 + 0.15, h - 0.02), (w, 0.30, 0.04), white, bevel=0.006)
    t.block((0, 0.045, 0.74), (w - 0.1, d - 0.09, 0.03), white)
    t.block((0, -d / 2 + 0.024, h * 0.52), (w * 0.62, 0.014, h * 0.5), white, solid=False)
    t.block((0, -d / 2 + 0.028, 0.05), (w, 0.012, 0.1), trim, solid=False)
    for z in (h * 0.27, h * 0.77):
        t.block(
            (0, -d / 2 + 0.018, z), (w * 0.62, 0.006, 0.012), t.paint("brass", "brass", finish="steel"), solid=False
        )
    text = t.image("text", print_of((242, 242, 238), [("RECEPTION", 0.06, 0.1, 0.94, 0.9, (60, 64, 70))], 512, 96))
    t.sheet((0, -d / 2 + 0.0165, h * 0.55), (0, -1, 0), (w * 0.45, 0.14), text)
    t.rect("top", (0, -d / 2 + 0.15, h), (w - 0.06, 0.26), 1.0, "top")
    t.rect("desk", (0, 0.17, 0.755), (w - 0.16, d - 0.40), 0.5, "shelf")


@thing(
    (1.65, 0.62, 0.82),
    kg=26,
    material="steel",
    colors=("navy", "charcoal", "teal"),
    finish="leather",
    footing="floor",
    nouns=("waiting room bench", "waiting room seats", "airport bench", "waiting room chairs", "beam seat"),
)
def waiting_bench(t: Thing) -> None:
    """A beam bench of three upholstered seats with armrests."""
    w, d, h = t.size()
    steel = t.paint("frame", "steel", finish="steel")
    seat = (w - 0.08) / 3
    t.block((0, 0.02, 0.33), (w - 0.06, 0.07, 0.05), steel)
    for sx in (-1, 1):
        x = sx * (w / 2 - 0.28)
        t.block((x, 0, 0.015), (0.06, d - 0.04, 0.03), steel)
        t.block((x, 0.02, 0.17), (0.05, 0.05, 0.29), steel)
    for i in (-1, 0, 1):
        x = i * seat
        t.block((x, -0.04, 0.41), (seat - 0.05, 0.46, 0.09), bevel=0.03, segments=2)
        t.block(
            (x, d / 2 - 0.08, h - 0.19), (seat - 0.05, 0.07, 0.36), bevel=0.03, segments=2, quat=(0.9962, -0.0872, 0, 0)
        )
        t.rect(f"seat_{i + 1}", (x, -0.05, 0.455), (seat - 0.10, 0.38), 0.6, "seat")
    for x in (-1.5, -0.5, 0.5, 1.5):
        t.rod(
            [(x * seat, 0.18, 0.36), (x * seat, 0.18, 0.6), (x * seat, -0.2, 0.6), (x * seat, -0.22, 0.56)],
            0.014,
            steel,
            solid=False,
        )
        t.block((x * seat, -0.02, 0.615), (0.045, 0.36, 0.02), t.paint("arm", "black"), bevel=0.006)


@thing(
    (0.7, 0.7, 0.75), kg=17, material="wood", colors=("walnut", "oak", "birch"), footing="floor",
    nouns=("bistro table", "café table", "coffee shop table"),
)  # fmt: skip
def cafe_table(t: Thing) -> None:
    """A round café table on a cast column."""
    w, _, h = t.size()
    r = w / 2
    iron = t.paint("iron", "charcoal", finish="rubber")
    t.drum((0, 0, h - 0.014), r, 0.028, bevel=0.008, segments=48)
    t.turn([(0.05, 0.01), (0.05, 0.02), (0.026, 0.06), (0.026, h - 0.05), (0.06, h - 0.028)], iron, at=(0, 0, 0.012),
           hulls=(), closed=False)  # fmt: skip
    t.drum((0, 0, h - 0.035), 0.09, 0.014, iron, solid=False)
    t.cylinder((0, 0, h / 2 - 0.007), 0.03, h - 0.042)
    t.turn([(0.24, 0), (0.245, 0.008), (0.22, 0.018), (0.08, 0.026), (0.05, 0.04)], iron, segments=36, sides=16)
    t.disc("top", (0, 0, h), r - 0.02, 1.0, "top")


@thing(
    (1.1, 0.65, 1.25), kg=80, material="wood", colors=("oak", "white", "walnut"), footing="floor",
    nouns=("pastry case", "bakery display", "bakery case", "cake display"),
)  # fmt: skip
def pastry_display(t: Thing) -> None:
    """A pastry display: a cabinet below, glass above, two lit shelves open to the front."""
    w, d, h = t.size()
    glass = t.paint("glass", "clear", finish="glass", opacity=0.25)
    steel, lamp = t.paint("steel", "steel", finish="steel"), t.paint("lamp", "cream")
    base = 0.52 * h
    t.block((0, 0, base / 2 + 0.03), (w, d, base - 0.06))
    t.block((0, 0, 0.03), (w - 0.06, d - 0.06, 0.06), t.paint("kick", "charcoal"))
    t.block((0, -d / 2 - 0.004, base / 2 + 0.03), (w - 0.12, 0.01, base - 0.2), t.paint("front", "cream"), solid=False)
    t.block((0, 0, base + 0.012), (w, d, 0.024), steel, bevel=0.004)
    for sx in (-1, 1):
        t.block((sx * (w / 2 - 0.006), 0.0, (base + h) / 2), (0.012, d - 0.02, h - base - 0.05), glass, bevel=0.001)
    t.block((0, d / 2 - 0.012, (base + h) / 2), (w - 0.03, 0.016, h - base - 0.05), t.paint("back", "light gray"))
    t.block((0, 0, h - 0.014), (w, d, 0.028), steel, bevel=0.004)
    t.block((0, -d / 2 + 0.04, h - 0.034), (w - 0.06, 0.03, 0.014), lamp, solid=False)
    rise = (h - base - 0.052) / 2
    t.block((0, 0.05, base + 0.024 + rise), (w - 0.03, d - 0.14, 0.014), glass, bevel=0.001)
    t.block((0, 0.05 - (d - 0.14) / 2, base + 0.024 + rise), (w - 0.03, 0.008, 0.02), steel, solid=False)
    t.block((0, -d / 2 + 0.008, base + 0.024 + 0.05), (w - 0.03, 0.008, 0.09), glass, bevel=0.001)
    t.rect("shelf_0", (0, 0.0, base + 0.024), (w - 0.08, d - 0.10), rise - 0.03, "shelf")
    t.rect("shelf_1", (0, 0.05, base + 0.031 + rise), (w - 0.08, d - 0.20), rise - 0.06, "shelf")
    t.rect("top", (0, 0, h), (w - 0.06, d - 0.06), 0.8, "top")
    card = t.image("card", print_of((52, 56, 60), [("PASTRIES", 0.08, 0.2, 0.92, 0.8, (250, 244, 226))], 256, 64))
    t.sheet((0, -d / 2 - 0.0095, base * 0.55), (0, -1, 0), (w * 0.5, w * 0.125), card)
