"""Clinics: examination tables, hospital beds, privacy screens and infusion stands."""

import itertools

import numpy as np

from blueprint.assets.families.thing import Thing, thing

__all__: list[str] = []


@thing(
    (1.85, 0.72, 0.86), kg=90, material="wood", colors=("white", "cream", "light gray"), finish="plastic",
    footing="floor", nouns=("examination table", "examination couch", "treatment table", "massage table", "exam couch"),
)  # fmt: skip
def exam_table(t: Thing) -> None:
    """An examination couch: a cabinet with drawers, a padded top with a roll of paper, the head at +X."""
    w, d, h = t.size()
    pad, steel = t.paint("pad", "teal", finish="leather"), t.paint("steel", "steel", finish="steel")
    paper = t.paint("paper", "white", finish="paper")
    cab, low = h - 0.19, 0.07
    t.block((0, 0, low + (cab - low) / 2), (w - 0.24, d - 0.10, cab - low))
    t.block((0, 0.02, low / 2), (w - 0.32, d - 0.18, low), t.paint("kick", "charcoal"))
    front = -(d - 0.10) / 2
    for i in range(3):
        x, wide = (i - 1) * (w - 0.28) / 3, (w - 0.28) / 3 - 0.02
        rows = 2 if i != 1 else 1
        tall = (cab - low - 0.04) / rows
        for j in range(rows):
            z = low + 0.02 + (j + 0.5) * tall
            t.block((x, front - 0.006, z), (wide, 0.016, tall - 0.02), solid=False)
            t.rod(
                [(x - 0.07, front - 0.03, z + tall / 4), (x + 0.07, front - 0.03, z + tall / 4)],
                0.006,
                steel,
                solid=False,
            )
    t.block((0, 0, cab + 0.02), (w - 0.04, d - 0.04, 0.04), steel)
    rest = 0.30 * w
    t.block((-rest / 2, 0, h - 0.10), (w - rest, d, 0.10), pad, bevel=0.025, segments=2)
    t.block((w / 2 - rest / 2, 0, h - 0.07), (rest - 0.01, d, 0.13), pad, bevel=0.025, segments=2)
    t.block((-rest / 2, 0, h - 0.0485), (w - rest - 0.04, 0.5, 0.003), paper, bevel=0.001, solid=False)
    t.rect("top", (-rest / 2, 0, h - 0.047), (w - rest - 0.08, d - 0.10), 1.0, "top")


@thing(
    (1.02, 2.15, 1.02), kg=110, material="steel", colors=("white", "light gray"), finish="plastic", footing="floor",
    nouns=("medical bed", "patient bed", "clinic bed", "infirmary bed"),
)  # fmt: skip
def hospital_bed(t: Thing) -> None:
    """A hospital bed on castors, its head (+Y) raised, with head and foot boards and side rails."""
    w, d, h = t.size()
    steel, wheel = t.paint("steel", "steel", finish="steel"), t.paint("wheel", "charcoal", finish="rubber")
    sheet, blanket = t.paint("sheet", "white", finish="fabric"), t.paint("blanket", "sky", finish="fabric")
    blue = t.paint("trim", "teal")
    deck = 0.48 * h
    for sx in (-1, 1):
        for sy in (-1, 1):
            x, y = sx * (w / 2 - 0.12), sy * (d / 2 - 0.28)
            t.drum((x, y, 0.065), 0.065, 0.035, wheel, "x", solid=False)
            t.box((x, y, 0.065), (0.04, 0.06, 0.13))
            t.block((x, y, 0.155), (0.05, 0.07, 0.05), steel, solid=False)
        t.block((sx * (w / 2 - 0.12), 0, 0.2), (0.06, d - 0.36, 0.06), steel)
    t.block((0, 0, (0.23 + deck - 0.06) / 2), (0.24, 0.9, deck - 0.29), t.paint("lift", "gray"))
    t.block((0, 0, deck - 0.03), (w - 0.14, d - 0.14, 0.06))
    flat = 0.60 * (d - 0.14)
    y0 = -(d - 0.14) / 2
    t.block((0, y0 + flat / 2, deck + 0.07), (w - 0.14, flat - 0.01, 0.14), sheet, bevel=0.03, segments=2)
    run = d - 0.14 - flat - 0.07
    lean = float(np.arctan2(min(0.4 * run, h - deck - 0.2), run))
    rest = run / np.cos(lean)
    center = (0, y0 + flat + rest / 2 * np.cos(lean) - 0.02, deck + 0.06 + rest / 2 * np.sin(lean))
    turn = (float(np.cos(lean / 2)), float(np.sin(lean / 2)), 0.0, 0.0)
    t.block(center, (w - 0.14, rest, 0.13), sheet, bevel=0.03, segments=2, quat=turn)
    t.block((0, center[1] - 0.02, deck), (w - 0.2, rest * 0.8, 0.02), steel, solid=False)
    t.block(
        (0, y0 + 0.34 * d, deck + 0.071), (w - 0.10, 0.62 * flat, 0.142), blanket, bevel=0.03, segments=2, solid=False
    )
    for sy, tall in ((-1, 0.82 * h), (1, h)):
        t.block(
            (0, sy * (d / 2 - 0.03), 0.33 * h + (tall - 0.33 * h) / 2),
            (w, 0.05, tall - 0.33 * h),
            bevel=0.02,
            segments=2,
        )
        t.block((0, sy * (d / 2 - 0.03), tall - 0.10), (w - 0.2, 0.056, 0.06), blue, bevel=0.01, solid=False)
    for sx in (-1, 1):
        x = sx * (w / 2 - 0.03)
        for y in (-0.2 * d, 0.12 * d):
            span = 0.22 * d
            for z in (deck + 0.20, deck + 0.29):
                t.rod([(x, y - span / 2, z), (x, y + span / 2, z)], 0.012, steel, solid=False)
            for end in (-1, 0, 1):
                t.rod([(x, y + end * span / 2, deck - 0.04), (x, y + end * span / 2, deck + 0.29)], 0.012, steel,
                      solid=False, sides=8)  # fmt: skip
            t.box((x, y, deck + 0.13), (0.024, span, 0.34))
    t.rect("top", (0, y0 + flat / 2, deck + 0.14), (w - 0.30, flat - 0.25), 1.0, "top")


@thing(
    (1.75, 0.45, 1.75), kg=13, material="aluminium", colors=("sky", "white", "teal"), finish="fabric", footing="floor",
    nouns=("folding screen", "medical screen", "room divider", "hospital screen", "hospital curtain"),
)  # fmt: skip
def privacy_screen(t: Thing) -> None:
    """A folding screen of three fabric panels on castors."""
    w, d, h = t.size()
    frame, wheel = t.paint("frame", "white"), t.paint("wheel", "charcoal", finish="rubber")
    inner = d - 0.36
    corners = [(-w / 2 + 0.03, -inner / 2), (-w / 6, inner / 2), (w / 6, -inner / 2), (w / 2 - 0.03, inner / 2)]
    for (x0, y0), (x1, y1) in itertools.pairwise(corners):
        mid, run = ((x0 + x1) / 2, (y0 + y1) / 2), float(np.hypot(x1 - x0, y1 - y0)) - 0.06
        half = float(np.arctan2(y1 - y0, x1 - x0)) / 2
        turn = (float(np.cos(half)), 0.0, 0.0, float(np.sin(half)))
        t.block((*mid, 0.22 + (h - 0.26) / 2), (run, 0.012, h - 0.30), bevel=0.003, quat=turn)
        ends = np.array([(x0, y0), (x1, y1)]) + np.outer([1, -1], np.array([x1 - x0, y1 - y0]) / run * 0.03)
        for z in (0.20, h - 0.015):
            t.rod([(*ends[0], z), (*ends[1], z)], 0.013, frame, solid=False, sides=8)
        for x, y in ends:
            t.rod([(x, y, 0.2), (x, y, h - 0.015)], 0.013, frame, solid=False, sides=8)
    for x, y in corners:
        t.rod([(x, y - 0.15, 0.085), (x, y + 0.15, 0.085)], 0.013, frame, sides=8)
        t.rod([(x, y, 0.085), (x, y, 0.2)], 0.013, frame, solid=False, sides=8)
        for sy in (-1, 1):
            t.drum((x, y + sy * 0.15, 0.035), 0.035, 0.025, wheel, "x", solid=False, segments=14)
            t.box((x, y + sy * 0.15, 0.035), (0.03, 0.03, 0.07))


@thing(
    (0.62, 0.60, 1.85), kg=6.5, material="steel", colors=("steel",), footing="floor",
    nouns=("infusion stand", "drip stand", "iv pole", "iv drip"),
)  # fmt: skip
def iv_stand(t: Thing) -> None:
    """An infusion stand on five castors with a bag of saline."""
    wheel, clear = (
        t.paint("wheel", "charcoal", finish="rubber"),
        t.paint("fluid", "light cyan", finish="glass", opacity=0.7),
    )
    grip = t.paint("grip", "black", finish="rubber")
    for angle in np.pi / 2 + 2 * np.pi * np.arange(5) / 5:
        out = np.array([np.cos(angle), np.sin(angle)])
        t.rod([(*(0.02 * out), 0.11), (*(0.29 * out), 0.085)], 0.013)
        t.drum((*(0.29 * out), 0.035), 0.035, 0.026, wheel, "x", solid=False, segments=16)
        t.cylinder((*(0.29 * out), 0.035), 0.018, 0.07)
    t.drum((0, 0, 0.105), 0.045, 0.05, grip)
    t.rod([(0, 0, 0.13), (0, 0, 1.0)], 0.0135)
    t.rod([(0, 0, 1.0), (0, 0, 1.78)], 0.009)
    t.drum((0, 0, 1.0), 0.02, 0.06, grip, solid=False)
    for sx in (-1, 1):
        path = [(0, 0, 1.78), (sx * 0.12, 0, 1.80), (sx * 0.16, 0, 1.80), (sx * 0.17, 0, 1.84)]
        t.rod(path, 0.005, sides=8)
    t.block((0.14, 0, 1.60), (0.13, 0.045, 0.24), clear, bevel=0.02, segments=2)
    t.block((0.14, 0, 1.735), (0.05, 0.015, 0.05), clear, bevel=0.005, solid=False)
    label = t.paint("label", "white", finish="paper")
    t.block((0.14, -0.0215, 1.62), (0.08, 0.004, 0.12), label, bevel=0.001, solid=False)
    line = [
        (0.14, 0, 1.48),
        (0.14, 0, 1.40),
        (0.10, -0.02, 1.2),
        (0.05, -0.03, 1.0),
        (0.09, -0.04, 0.8),
        (0.02, -0.02, 0.95),
    ]
    t.drum((0.14, 0, 1.43), 0.012, 0.06, clear, solid=False)
    t.rod(line, 0.0025, clear, solid=False, sides=6)
