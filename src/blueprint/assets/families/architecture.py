"""Architecture: the shells of a room and of a house, fixed to the world."""

import numpy as np

from blueprint.assets import colliders, mesh, textures
from blueprint.assets.builder import AssetBuilder, LinkBuilder
from blueprint.assets.colors import color_of
from blueprint.assets.geometry import Asset
from blueprint.assets.registry import AssetRequest, generator
from blueprint.assets.shell_plan import DEFAULT_PLAN, ShellRoom, Stretch, parse_plan, stretches
from blueprint.contracts.frames import Vec3
from blueprint.contracts.ids import slug
from blueprint.contracts.seeds import rng_for

__all__ = ["house_shell", "room"]

_SLAB_M = 0.1
_SKIRTING_M = (0.012, 0.08)


@generator(
    "room",
    nouns=("room",),
    footing="floor",
    sim_role="scene_shell",
    size_range_m=((2.0, 2.0, 2.2), (21.0, 21.0, 6.2)),
    options=("width", "depth", "height", "walls", "floor"),
)
def room(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A floor slab, its top at z = 0, and walls at +Y and -X (all four with option `walls` "all").

    Options: inner `width` (x), `depth` (y) and `height` in metres, `floor` one of planks, tiles, concrete.
    The asset frame is the middle of the floor's surface; `size_m` includes slab and walls.
    """
    make = AssetBuilder(request, "Room", "the floor and walls of a room")
    w = float(np.clip(float(request.option("width", 4.0)), 2.0, 20.0))
    d = float(np.clip(float(request.option("depth", 4.0)), 2.0, 20.0))
    h = float(np.clip(float(request.option("height", 2.6)), 2.2, 6.0))
    kind = str(request.option("floor", str(rng.choice(["planks", "tiles", "planks"]))))
    if kind == "tiles":
        tint = color_of(None, "stone")
        image, tile = textures.tiles(rng, tint), 0.8
    elif kind == "concrete":
        tint = color_of(None, "concrete")
        image, tile = textures.speckle(rng, tint, 0.25), 1.5
    else:
        tint = color_of(None, str(rng.choice(["oak", "birch", "tan"])))
        image, tile = textures.planks(rng, tint, 6), 1.0
    floor = make.material("floor", tint, roughness=0.55, texture=image, tile_m=tile)
    paint = color_of(request.color or str(rng.choice(["white", "cream", "light teal", "light gray"])), "white")
    wall = make.material("wall", paint, roughness=0.95, texture=textures.plaster(rng, paint), tile_m=1.2)
    trim = make.material("skirting", color_of(None, "white"), roughness=0.6)
    shell = make.link("shell", "concrete")
    outer_w, outer_d = w + 2 * _SLAB_M, d + 2 * _SLAB_M
    shell.panel((outer_w, outer_d, _SLAB_M), (0, 0, -_SLAB_M / 2), floor, bevel=0.0)
    sides = ("back", "left", "right", "front") if request.option("walls", "two") == "all" else ("back", "left")
    thin, tall = _SKIRTING_M
    for side in sides:
        sign = 1 if side in ("back", "right") else -1
        if side in ("back", "front"):
            shell.panel((outer_w, _SLAB_M, h), (0, sign * (d + _SLAB_M) / 2, h / 2), wall, bevel=0.0)
            shell.panel((w - 2 * thin, thin, tall), (0, sign * (d - thin) / 2, tall / 2), trim, bevel=0.003)
        else:
            shell.panel((_SLAB_M, d, h), (sign * (w + _SLAB_M) / 2, 0, h / 2), wall, bevel=0.0)
            shell.panel((thin, d, tall), (sign * (w - thin) / 2, 0, tall / 2), trim, bevel=0.003)
    shell.mass()
    make.region("floor", "floor", center=(0, 0, 0), half_extents=(w / 2 - 0.03, d / 2 - 0.03), clearance_m=h - 0.05)
    make.param(width=w, depth=d, height=h, floor=kind)
    return make.build(recenter=False)


_FOUNDATION_M = 0.004  # the screed below the finished floor, seen in doorways to the outside
_FLOORS = {
    "tiles": ("bathroom", "kitchen", "toilet", "laundry", "laundry_room", "clinic", "lab", "laboratory", "pantry",
              "hospital_room", "supermarket", "operating_room", "cafeteria"),
    "concrete": ("garage", "warehouse", "workshop", "factory", "storage", "server_room", "basement"),
    "carpet": ("bedroom", "kids_room", "nursery", "office", "classroom", "conference_room", "meeting_room", "library",
               "hotel_room", "cinema", "theater"),
    "rubber": ("gym", "fitness_room"),
}  # fmt: skip
_CARPETS = ("beige", "light gray", "tan", "light teal")
_PAINTS = ("white", "cream", "light gray", "light teal", "beige")


@generator(
    "house_shell",
    nouns=("house shell",),
    footing="floor",
    sim_role="scene_shell",
    size_range_m=((0.6, 0.6, 2.0), (220.0, 220.0, 12.5)),
    options=("plan",),
)
def house_shell(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """The floors and walls of a house, in the world's frame, floors at z = 0; no ceiling, so that cameras look in.

    The option `plan` is the JSON of `sources.rooms.shell.shell_request`; raises InputError for anything else. Every
    room has its own floor and paint by its type; every stretch of wall between two rooms (or a room and the outside) is
    a link of its own, so that a viewer can hide it, with holes for doors and windows and skirting boards. Regions:
    `floor_<room id>`.
    """
    rooms, wall = parse_plan(str(request.option("plan", DEFAULT_PLAN)))
    make = AssetBuilder(request, "House", "the floors and walls of a house")
    facade = make.material("facade", color_of("light gray", "gray"), roughness=0.95)
    trim = make.material("skirting", color_of(None, "white"), roughness=0.6)
    screed = make.material("screed", color_of(None, "concrete"), roughness=0.9)
    root = make.link("floors", "concrete")
    paints = []
    for entry in rooms:
        finish, paint = _room_finish(make, request, entry, rng)
        paints.append(paint)
        _floor(root, entry, rooms, wall, finish, screed)
        make.region(
            f"floor_{slug(entry.name)}",
            "floor",
            center=((entry.x0 + entry.x1) / 2, (entry.y0 + entry.y1) / 2, 0),
            half_extents=((entry.x1 - entry.x0) / 2 - 0.03, (entry.y1 - entry.y0) / 2 - 0.03),
            clearance_m=entry.height - 0.05,
        )
    root.mass()
    for number, stretch in enumerate(stretches(rooms, wall), 1):
        link = make.link(_wall_name(number, stretch, rooms), "concrete", parent="floors")
        _wall(link, stretch, rooms, wall, paints, facade, trim)
        link.mass()
    make.param(rooms=len(rooms), ceiling="none")
    return make.build(recenter=False)


def _room_finish(
    make: AssetBuilder, request: AssetRequest, entry: ShellRoom, rng: np.random.Generator
) -> tuple[str, str]:
    """Return the materials of a room's floor and walls, drawn for this room alone."""
    own = rng_for(request.seed, "shell", entry.name, entry.kind)
    kind = next((name for name, types in _FLOORS.items() if entry.kind in types), "planks")
    if kind == "carpet" and own.random() < 0.5:
        kind = "planks"
    if kind == "tiles":
        tint = color_of(str(own.choice(["stone", "light gray", "white", "beige"])), "stone")
        image, tile, rough = textures.tiles(own, tint), 0.8, 0.4
    elif kind == "concrete":
        tint = color_of(None, "concrete")
        image, tile, rough = textures.speckle(own, tint, 0.25), 1.5, 0.8
    elif kind == "carpet":
        tint = color_of(str(own.choice(_CARPETS)), "beige")
        image, tile, rough = textures.fabric(own, tint), 0.35, 1.0
    elif kind == "rubber":
        tint = color_of("dark gray", "gray")
        image, tile, rough = textures.speckle(own, tint, 0.6), 0.8, 0.9
    else:
        tint = color_of(None, str(own.choice(["oak", "birch", "tan", "walnut"])))
        image, tile, rough = textures.planks(own, tint, 6), 1.0, 0.55
    name = slug(entry.name)
    floor = make.material(f"floor_{name}", tint, roughness=rough, texture=image, tile_m=tile)
    paint = color_of(request.color or str(own.choice(_PAINTS)), "white")
    wall = make.material(f"wall_{name}", paint, roughness=0.95, texture=textures.plaster(own, paint), tile_m=1.2)
    return floor, wall


def _floor(link: LinkBuilder, entry: ShellRoom, rooms: list[ShellRoom], wall: float, finish: str, screed: str) -> None:
    """A slab to the middle of the walls, so that floors meet in doorways; screed to their outer face below it."""
    half = wall / 2
    center = np.array([(entry.x0 + entry.x1) / 2, (entry.y0 + entry.y1) / 2])
    size = np.array([entry.x1 - entry.x0, entry.y1 - entry.y0])
    slab = _SLAB_M - _FOUNDATION_M
    link.panel((*(size + 2 * half), _FOUNDATION_M), (*center, -_FOUNDATION_M / 2), finish, bevel=0.0)
    link.panel((*(size + 2 * wall), slab), (*center, -_FOUNDATION_M - slab / 2), screed, bevel=0.0)


def _wall_name(number: int, stretch: Stretch, rooms: list[ShellRoom]) -> str:
    """ "wall_3_kitchen_north": of the room on its low side, else of the one on its high side."""
    if stretch.below is not None:
        return f"wall_{number}_{slug(rooms[stretch.below].name)}_{'north' if stretch.axis == 0 else 'east'}"
    if stretch.above is not None:
        return f"wall_{number}_{slug(rooms[stretch.above].name)}_{'south' if stretch.axis == 0 else 'west'}"
    return f"wall_{number}"


def _wall(
    link: LinkBuilder,
    stretch: Stretch,
    rooms: list[ShellRoom],
    wall: float,
    paints: list[str],
    facade: str,
    trim: str,
) -> None:
    neighbours = [rooms[index] for index in (stretch.below, stretch.above) if index is not None]
    height = max((room.height for room in neighbours), default=2.7)
    holes = _holes(stretch, rooms)
    skins = [paints[index] if index is not None else facade for index in (stretch.below, stretch.above)]
    for low, high, bottom, top in _pieces(stretch.low, stretch.high, height, holes):
        size, center = _box(stretch, low, high, bottom, top, 0.0, wall)
        link.collide(colliders.box(f"panel_{len(link.shapes)}", size, center))
        link.panel_volume_m3 += float(np.prod(size))
        for side, skin in zip((-1, 1), skins, strict=True):
            shape, middle = _box(stretch, low, high, bottom, top, side * wall / 4, wall / 2)
            link.visual(mesh.beveled_box(shape, 0.0, center=middle), skin)
    thin, tall = _SKIRTING_M
    doors = [(low, high) for low, high, sill, _ in holes if sill < tall]
    for side, index in ((-1, stretch.below), (1, stretch.above)):
        if index is None:
            continue
        entry = rooms[index]
        start, end = (entry.x0, entry.x1) if stretch.axis == 0 else (entry.y0, entry.y1)
        for low, high in _between(max(start, stretch.low), min(end, stretch.high), doors):
            shape, middle = _box(stretch, low, high, 0.0, tall, side * (wall + thin) / 2, thin)
            link.visual(mesh.beveled_box(shape, 0.002, center=middle), trim)


def _holes(stretch: Stretch, rooms: list[ShellRoom]) -> list[tuple[float, float, float, float]]:
    """The holes of either neighbour in this stretch, each once: low, high, sill, top."""
    low_side, high_side = ("north", "south") if stretch.axis == 0 else ("east", "west")
    found = set()
    for index, side in ((stretch.below, low_side), (stretch.above, high_side)):
        if index is None:
            continue
        for hole in rooms[index].holes:
            if hole.side == side and stretch.low < (hole.low + hole.high) / 2 < stretch.high:
                found.add((round(hole.low, 4), round(hole.high, 4), round(hole.sill, 4), round(hole.top, 4)))
    merged: list[tuple[float, float, float, float]] = []
    for span in sorted(found):
        if merged and span[0] < merged[-1][1] - 1e-3:
            continue  # the same hole, seen from the other room
        merged.append(span)
    return merged


def _pieces(
    low: float, high: float, height: float, holes: list[tuple[float, float, float, float]]
) -> list[tuple[float, float, float, float]]:
    """Boxes (low, high, bottom, top) that leave the holes open: full height between holes, below and above them."""
    pieces = [(a, b, 0.0, height) for a, b in _between(low, high, [(hole[0], hole[1]) for hole in holes])]
    for a, b, sill, top in holes:
        pieces += [(a, b, bottom, upper) for bottom, upper in ((0.0, sill), (top, height)) if upper - bottom > 1e-3]
    return pieces


def _between(low: float, high: float, holes: list[tuple[float, float]]) -> list[tuple[float, float]]:
    spans, at = [], low
    for a, b in sorted(holes):
        if a - at > 1e-3:
            spans.append((at, min(a, high)))
        at = max(at, b)
    if high - at > 1e-3:
        spans.append((at, high))
    return spans


def _box(
    stretch: Stretch, low: float, high: float, bottom: float, top: float, off: float, thick: float
) -> tuple[Vec3, Vec3]:
    """Size and centre of a box in the wall: `off` is its middle's distance from the wall's line."""
    along, across = (low + high) / 2, stretch.line + off
    middle = (bottom + top) / 2
    if stretch.axis == 0:
        return (high - low, thick, top - bottom), (along, across, middle)
    return (thick, high - low, top - bottom), (across, along, middle)
