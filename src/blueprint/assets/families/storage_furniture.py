"""Furniture that things are kept in: chests of drawers, night stands, wardrobes, sideboards, cabinets of all rooms."""

from dataclasses import replace

import numpy as np

from blueprint.assets.builder import AssetBuilder
from blueprint.assets.families.casework import Case, case_finishes, case_link, count_of, glass, wanted_size
from blueprint.assets.geometry import Asset
from blueprint.assets.joinery import legs
from blueprint.assets.registry import AssetRequest, generator

__all__ = ["chest_of_drawers", "china_cabinet", "display_case", "nightstand", "sideboard", "tv_cabinet", "wardrobe"]

_SIZES = ("width", "depth", "height")
_TOP_M = 0.022


@generator(
    "chest_of_drawers",
    nouns=("bedroom chest of drawers", "tallboy", "bedroom dresser", "commode", "lowboy"),
    footing="floor",
    sim_role="articulated_furniture",
    size_range_m=((0.45, 0.35, 0.55), (1.8, 0.72, 1.45)),
    options=(*_SIZES, "drawers"),
)
def chest_of_drawers(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A chest of 3 to 8 drawers under an overhanging top; six and more lie in two columns."""
    make = AssetBuilder(request, "Chest of drawers", "a chest of drawers")
    count = count_of(request, "drawers", int(rng.choice([3, 4, 4, 5, 6])), 3, 8)
    two = count >= 6
    w, d, h = wanted_size(request, (1.25 if two else 0.85, 0.45, 0.82 if count in (3, 6) else 0.98))
    looks = case_finishes(make, request, rng, fronts=("white", "oak", "walnut", "cream"))
    body = case_link(make, request)
    foot = 0.09
    legs(body, w - 0.03, d - 0.03, foot, 0.045, looks.case)
    case = Case(make, body, (w, d, h - foot - _TOP_M), looks, base_z=foot)
    body.panel((w + 0.02, d + 0.035, _TOP_M), (0, -0.0125, h - _TOP_M / 2), looks.case, bevel=0.005)
    if two:
        left, right = case.columns(case.whole, (1.0, 1.0))
        case.drawers(left, count - count // 2, suffix="_left")
        case.drawers(right, count // 2, suffix="_right")
    else:
        case.drawers(case.whole, count)
    case.mass()
    case.top(height=h, y=-0.01)
    make.param(drawers=count)
    return make.build()


@generator(
    "nightstand",
    nouns=("night stand", "bedside cabinet", "night table"),
    footing="floor",
    sim_role="articulated_furniture",
    size_range_m=((0.33, 0.30, 0.40), (0.75, 0.60, 0.80)),
    options=(*_SIZES, "drawers"),
)
def nightstand(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A bedside table on legs: one drawer above an open shelf, or two or three drawers."""
    make = AssetBuilder(request, "Nightstand", "a bedside table with a drawer")
    count = count_of(request, "drawers", int(rng.choice([1, 1, 2])), 1, 3)
    w, d, h = wanted_size(request, (0.46, 0.38, 0.55))
    looks = case_finishes(make, request, rng, fronts=("white", "oak", "walnut"))
    body = case_link(make, request)
    foot = 0.14
    legs(body, w - 0.03, d - 0.03, foot, 0.036, looks.case, bevel=0.006)
    case = Case(make, body, (w, d, h - foot - _TOP_M), looks, base_z=foot)
    body.panel((w + 0.02, d + 0.035, _TOP_M), (0, -0.0125, h - _TOP_M / 2), looks.case, bevel=0.005)
    if count == 1:
        shelf, drawer = case.rows(case.whole, (1.1, 0.9))
        case.shelves(shelf, 0, enclosed=False)
        case.drawers(drawer, 1, travel=0.26)
    else:
        case.drawers(case.whole, count, travel=0.26)
    case.mass()
    case.top(height=h, y=-0.01)
    make.param(drawers=count)
    return make.build()


@generator(
    "wardrobe",
    nouns=("wardrobe", "closet", "armoire", "clothes cabinet"),
    footing="floor",
    sim_role="articulated_furniture",
    size_range_m=((0.5, 0.45, 1.5), (2.6, 0.80, 2.6)),
    options=(*_SIZES, "doors", "drawers"),
)
def wardrobe(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A wardrobe: doors of about half a metre, clothes rods under a shelf, shelves behind a third door, and with the
    option `drawers` a row of them below the doors."""
    make = AssetBuilder(request, "Wardrobe", "a wardrobe with hinged doors, a clothes rod and shelves")
    drawn = count_of(request, "doors", int(rng.choice([2, 2, 3])), 1, 5)
    w, d, h = wanted_size(request, (0.5 * drawn, 0.56, 2.0))
    doors = count_of(request, "doors", round(w / 0.5), 1, 5)
    drawers = count_of(request, "drawers", int(rng.choice([0, 1])), 0, 1)
    looks = case_finishes(make, request, rng, fronts=("white", "oak", "cream", "gray"), metal="steel")
    body = case_link(make, request)
    plinth = 0.07
    body.panel((w - 0.02, d - 0.04, plinth), (0, 0.01, plinth / 2), looks.case, bevel=0.0)
    case = Case(make, body, (w, d, h - plinth), looks, base_z=plinth)
    groups = [2] * (doors // 2) + [1] * (doors % 2)
    columns = case.columns(case.whole, tuple(float(n) for n in groups)) if len(groups) > 1 else [case.whole]
    for i, (cell, leaves) in enumerate(zip(columns, groups, strict=True)):
        suffix = f"_{i + 1}" if len(groups) > 1 else ""
        room = cell
        if drawers and leaves == 2:
            low, room = case.rows(cell, (0.16, 1.0))
            case.drawers(low, 1, suffix=suffix, travel=0.38)
        if leaves == 1 and doors > 1:
            case.shelves(room, 4, suffix=suffix, enclosed=True)
        else:
            share = 0.30 / (room.z[1] - room.z[0])
            hanging, hats = case.rows(room, (1 - share, share))
            case.shelves(hats, 0, suffix=f"{suffix}_upper", enclosed=True)
            case.rod(hanging, hanging.z[1] - 0.06)
            make.region(
                f"inside{suffix}",
                "interior",
                center=((hanging.x[0] + hanging.x[1]) / 2, 0.0, hanging.z[0]),
                half_extents=((hanging.x[1] - hanging.x[0]) / 2 - 0.02, d / 2 - 0.04),
                clearance_m=hanging.z[1] - hanging.z[0] - 0.08,
                is_container=True,
            )
        case.doors(room, leaves, suffix=suffix, handle_share=0.48, handle_length=0.30, first_side="right")
    case.mass()
    case.top(height=h, clearance_m=0.3)
    make.param(doors=doors, drawers=drawers)
    return make.build()


@generator(
    "tv_cabinet",
    nouns=("tv cabinet", "tv unit", "tv bench", "media cabinet", "entertainment center"),
    footing="floor",
    sim_role="articulated_furniture",
    size_range_m=((0.9, 0.33, 0.32), (2.5, 0.65, 0.80)),
    options=_SIZES,
)
def tv_cabinet(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A low television cabinet: a door at each end and an open bay between for devices."""
    make = AssetBuilder(request, "TV cabinet", "a low television cabinet with doors and an open bay")
    w, d, h = wanted_size(request, (1.5, 0.40, 0.48))
    looks = case_finishes(make, request, rng, fronts=("white", "gray", "oak"))
    body = case_link(make, request)
    foot = 0.10
    legs(body, w - 0.10, d - 0.05, foot, 0.04, looks.case, bevel=0.006)
    case = Case(make, body, (w, d, h - foot), looks, base_z=foot)
    left, middle, right = case.columns(case.whole, (1.0, 1.3, 1.0))
    case.shelves(middle, 1, enclosed=False)
    for cell, suffix, side in ((left, "_left", "left"), (right, "_right", "right")):
        case.shelves(cell, 0, suffix=suffix, enclosed=True)
        case.doors(cell, 1, suffix=suffix, first_side=side)
    case.mass()
    case.top(height=h, clearance_m=1.0)
    return make.build()


@generator(
    "sideboard",
    nouns=("buffet", "credenza", "buffet cabinet", "dining sideboard"),
    footing="floor",
    sim_role="articulated_furniture",
    size_range_m=((0.9, 0.36, 0.60), (2.4, 0.70, 1.15)),
    options=(*_SIZES, "drawers"),
)
def sideboard(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A sideboard: cupboards left and right of a column of 2 to 4 drawers."""
    make = AssetBuilder(request, "Sideboard", "a sideboard with two cupboards and a column of drawers")
    count = count_of(request, "drawers", 3, 2, 4)
    w, d, h = wanted_size(request, (1.55, 0.43, 0.80))
    looks = case_finishes(make, request, rng, fronts=("oak", "walnut", "white", "teal"))
    body = case_link(make, request)
    foot = 0.13
    legs(body, w - 0.08, d - 0.05, foot, 0.042, looks.case, bevel=0.008)
    case = Case(make, body, (w, d, h - foot - _TOP_M), looks, base_z=foot)
    body.panel((w + 0.02, d + 0.035, _TOP_M), (0, -0.0125, h - _TOP_M / 2), looks.case, bevel=0.005)
    left, middle, right = case.columns(case.whole, (1.0, 1.0, 1.0))
    case.drawers(middle, count, travel=0.30)
    for cell, suffix, side in ((left, "_left", "left"), (right, "_right", "right")):
        case.shelves(cell, 1, suffix=suffix, enclosed=True)
        case.doors(cell, 1, suffix=suffix, first_side=side)
    case.mass()
    case.top(height=h, y=-0.01, clearance_m=0.8)
    make.param(drawers=count)
    return make.build()


@generator(
    "china_cabinet",
    nouns=("china cabinet", "china hutch", "hutch", "crockery cabinet", "dresser with glass doors"),
    footing="floor",
    sim_role="articulated_furniture",
    size_range_m=((0.7, 0.35, 1.5), (1.6, 0.70, 2.3)),
    options=_SIZES,
)
def china_cabinet(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A china cabinet: a cupboard with two doors below, glazed shelves above."""
    make = AssetBuilder(request, "China cabinet", "a china cabinet with glazed doors above a cupboard")
    w, d, h = wanted_size(request, (1.0, 0.42, 1.95))
    looks = case_finishes(make, request, rng)
    pane = glass(make)
    body = case_link(make, request)
    foot, cornice = 0.09, 0.05
    legs(body, w - 0.03, d - 0.03, foot, 0.06, looks.case, bevel=0.008)
    case = Case(make, body, (w, d, h - foot - cornice), looks, base_z=foot)
    body.panel((w + 0.02, d + 0.04, cornice), (0, -0.015, h - cornice / 2), looks.case, bevel=0.012)
    lower, upper = case.rows(case.whole, (0.42, 0.58))
    case.shelves(lower, 1, suffix="_lower", enclosed=True)
    case.doors(lower, 2, suffix="_lower", handle_share=0.75)
    case.shelves(upper, 2, suffix="_upper", enclosed=True)
    case.doors(upper, 2, suffix="_upper", handle_share=0.3, pane=pane)
    case.mass()
    case.top(height=h, clearance_m=0.3)
    return make.build()


@generator(
    "display_case",
    nouns=("display case", "display cabinet", "showcase", "vitrine", "glass cabinet", "trophy case"),
    footing="floor",
    sim_role="articulated_furniture",
    size_range_m=((0.5, 0.33, 0.8), (1.6, 0.70, 2.3)),
    options=_SIZES,
)
def display_case(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A glass showcase: posts, glass on three sides, glass shelves and two glass doors, on a closed base."""
    make = AssetBuilder(request, "Display case", "a glass display case with glass shelves and doors")
    w, d, h = wanted_size(request, (0.85, 0.40, 1.75))
    looks = case_finishes(make, request, rng, metal="steel")
    pane = glass(make)
    body = case_link(make, request)
    base, cap, post = 0.22, 0.05, 0.03
    tall = h - base - cap
    middle = base + tall / 2
    body.panel((w, d, base), (0, 0, base / 2), looks.case, bevel=0.004)
    body.panel((w, d, cap), (0, 0, h - cap / 2), looks.case, bevel=0.004)
    for sx in (-1, 1):
        for sy in (-1, 1):
            body.panel((post, post, tall), (sx * (w - post) / 2, sy * (d - post) / 2, middle), looks.case, grain="z")
        body.panel((0.006, d - 2 * post, tall), (sx * (w - post) / 2, 0, middle), pane, bevel=0.0)
    body.panel((w - 2 * post, 0.006, tall), (0, (d - post) / 2, middle), pane, bevel=0.0)
    case = Case(make, body, (w, d, tall), looks, base_z=base, thickness=post, paneled=False)
    room = replace(case.whole, z=(base, h - cap))
    case.shelves(room, 3, enclosed=True, material=pane, back=post)
    case.doors(room, 2, pane=pane, rail=0.032)
    case.mass()
    case.top(height=h, clearance_m=0.3)
    return make.build()
