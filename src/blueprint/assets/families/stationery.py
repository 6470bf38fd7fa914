"""Books and things for writing."""

import numpy as np

from blueprint.assets import textures
from blueprint.assets.colors import color_of
from blueprint.assets.families.prop import Prop, small_thing
from blueprint.assets.families.solids import panel, prism, rounded_box
from blueprint.assets.families.vessel import Vessel
from blueprint.assets.geometry import Asset
from blueprint.assets.mesh import lathe
from blueprint.assets.registry import AssetRequest

__all__: list[str] = []
_TITLES = ("ATLAS", "POEMS", "PHYSICS", "THE SEA", "GARDENS", "HISTORY", "ROBOTS", "COOKING")
_COVERS = ("navy", "maroon", "green", "teal", "brown", "purple", "orange")


@small_thing(
    "book",
    nouns=("book", "novel", "textbook", "hardcover", "cookbook", "paperback"),
    size_range_m=((0.018, 0.098, 0.018), (0.212, 0.304, 0.304)),
    options=("title", "standing"),
)
def book(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A hardcover, lying front up with its spine at -X; with the option `standing` upright, spine to the front."""
    prop = Prop(request, rng, material="paper", colors=_COVERS)
    title = str(request.option("title", _TITLES[int(rng.integers(len(_TITLES)))]))
    width, length, thick = prop.vary(0.13, 0.16), prop.vary(0.19, 0.23), prop.vary(0.024, 0.04)
    board = 0.003
    cover = prop.image("cover", textures.book_cover(rng, color_of(prop.color, "navy"), title))
    paper = prop.image("pages", textures.pages(rng), roughness=0.9)
    standing = bool(request.option("standing", 0.0))

    def place(center: tuple[float, float, float], size: tuple[float, float, float], surface: str, bevel: float) -> None:
        # standing: the book's x runs to +Y (spine at -Y), its y up, its thickness along X
        if standing:
            center, size = (center[2] - thick / 2, center[0], center[1] + length / 2), (size[2], size[0], size[1])
        prop.add(rounded_box(center, size, bevel), surface)

    place((0.002, 0, thick / 2), (width - 0.008, length - 0.008, thick - 2 * board), paper, 0.0005)
    for z in (board / 2, thick - board / 2):
        place((0, 0, z), (width, length, board), prop.main(), 0.001)
    place((-width / 2 + board / 2, 0, thick / 2), (board, length, thick - 0.001), prop.main(), 0.0012)
    if standing:
        prop.add(panel((thick / 2 + 0.0004, 0, length / 2), (1, 0, 0), (width * 0.98, length * 0.98)), cover)
        prop.box((0, 0, length / 2), (thick, width, length))
        prop.top("top", (0, 0, length - 0.03), thick, yaw=0.0)
        prop.side("spine", (0, 0.025 - width / 2, length * 0.55), thick, approach=np.pi / 2)
    else:
        prop.add(panel((0, 0, thick + 0.0004), (0, 0, 1), (width * 0.98, length * 0.98)), cover)
        prop.box((0, 0, thick / 2), (width, length, thick))
        prop.rect("top", (0, 0, thick), (width - 0.006, length - 0.006), 0.5, kind="top")
    volume = width * length * thick
    return prop.finish(
        volume=volume, solid=0.85, affordances=("stackable",), text=f"a hardcover book titled {title.title()}"
    )


@small_thing(
    "notebook",
    nouns=("notebook", "notepad", "journal", "diary"),
    size_range_m=((0.048, 0.084, 0.016), (0.078, 0.168, 0.02)),
)
def notebook(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A pocket notebook with a spiral at -X and an elastic band."""
    prop = Prop(request, rng, material="paper", colors=("black", "red", "teal", "navy"), finish="leather")
    width, length, thick = min(prop.vary(0.066, 0.07), 0.0735), prop.vary(0.11, 0.13), 0.016
    paper = prop.image("pages", textures.pages(rng), roughness=0.9)
    prop.add(rounded_box((0.001, 0, thick / 2), (width - 0.004, length - 0.005, thick - 0.003), 0.0004), paper)
    for z in (0.001, thick - 0.001):
        prop.add(rounded_box((0, 0, z), (width, length, 0.002), 0.0008), prop.main())
    prop.add(rounded_box((-width / 2 + 0.001, 0, thick / 2), (0.002, length, thick), 0.0008), prop.main())
    prop.add(
        rounded_box((width * 0.36, 0, thick / 2), (0.004, length + 0.0012, thick + 0.0012), 0.0004),
        prop.paint("band", "charcoal"),
    )
    prop.box((0, 0, thick / 2), (width, length, thick))
    for name, part in (("middle", 0.0), ("near", -0.28), ("far", 0.28)):
        prop.top(name, (0, part * length, thick / 2), width, yaw=0.0)
    prop.rect("top", (0, 0, thick), (width - 0.006, length - 0.006), 0.5, kind="top")
    return prop.finish(
        volume=width * length * thick,
        solid=0.85,
        affordances=("stackable",),
        text="a pocket notebook with an elastic band",
    )


@small_thing(
    "pen",
    nouns=("pen", "ballpoint pen", "marker", "pencil", "crayon", "felt pen"),
    size_range_m=((0.098, 0.012, 0.012), (0.194, 0.016, 0.016)),
)
def pen(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A thick marker lying along X; its barrel is six-sided underneath, so it does not roll."""
    prop = Prop(request, rng, material="plastic", colors=("blue", "red", "black", "green"))
    length, radius = prop.vary(0.13, 0.145), 0.0068
    hexagon = [(radius * np.cos(t), radius * 0.866 + radius * np.sin(t)) for t in np.linspace(0, 2 * np.pi, 7)[:-1]]
    barrel = [(float(y), float(z)) for y, z in hexagon]
    shell = prop.paint("barrel", "white")
    prop.add(prism(barrel, length * 0.66, axis="x", center=-length * 0.12), shell)
    wide = [(y * 1.06, radius * 0.866 + (z - radius * 0.866) * 1.0) for y, z in barrel]
    prop.add(prism(wide, length * 0.3, axis="x", center=length * 0.36), prop.main())
    prop.add(
        prism([(y * 0.9, 0.0008 + z * 0.88) for y, z in barrel], length * 0.05, axis="x", center=-length * 0.475),
        prop.main(),
    )
    prop.add(
        rounded_box((length * 0.36, 0, 2 * radius * 0.866 + 0.0012), (length * 0.24, 0.003, 0.003), 0.001), prop.main()
    )
    prop.hull([(x, y, z) for x in (-length / 2, length / 2 + 0.001) for y, z in barrel])
    for name, part in (("middle", -0.05), ("left", -0.25), ("right", 0.2)):
        prop.top(name, (part * length, 0, radius), 2 * radius)
    return prop.finish(volume=float(2.6 * radius**2 * length), solid=0.9, affordances=(), text="a marker pen")


@small_thing("stapler", nouns=("stapler",), size_range_m=((0.096, 0.032, 0.038), (0.192, 0.04, 0.074)))
def stapler(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A desk stapler along X: base, magazine and arm."""
    prop = Prop(request, rng, material="plastic", colors=("red", "black", "blue", "gray"))
    length, width, height = prop.vary(0.13, 0.145), 0.036, prop.vary(0.05, 0.056)
    prop.add(rounded_box((0, 0, 0.006), (length, width, 0.012), 0.004), prop.paint("base", "charcoal"))
    steel = prop.paint("magazine", "silver", finish="steel")
    magazine = [(-length * 0.46, 0.012), (length * 0.47, 0.02), (length * 0.47, 0.03), (-length * 0.46, 0.03)]
    prop.add(prism(magazine, 0.018, axis="y"), steel)
    arm = [
        (-length / 2, 0.02),
        (length * 0.48, 0.028),
        (length * 0.5, 0.038),
        (length * 0.44, height - 0.004),
        (length * 0.2, height),
        (-length * 0.3, height - 0.006),
        (-length / 2, height - 0.02),
    ]
    prop.add(prism(arm, width * 0.8, axis="y", smooth=True), prop.main())
    prop.box((0, 0, 0.006), (length, width, 0.012))
    prop.hull([(x, y, max(z, 0.0125)) for y in (-0.4 * width, 0.4 * width) for x, z in arm])
    for name, x in (("middle", 0.0), ("left", -0.2), ("right", 0.2)):
        prop.top(name, (x * length, 0, height - 0.024), 0.8 * width)
    return prop.finish(volume=length * width * height * 0.8, solid=0.75, affordances=(), text="a desk stapler")


@small_thing(
    "pencil_cup",
    nouns=("pencil cup", "pen holder", "pencil holder", "pen cup"),
    size_range_m=((0.052, 0.052, 0.066), (0.078, 0.078, 0.132)),
)
def pencil_cup(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A straight cup for pens, with a few pencils fixed in it."""
    prop = Prop(request, rng, material="wood", colors=("walnut", "oak", "black"))
    radius, height = min(prop.vary(0.034, 0.0365), 0.0365), prop.vary(0.09, 0.1)
    wall, floor = 0.004, 0.006
    vessel = Vessel(
        outer=((radius - 0.001, 0.0), (radius, 0.001), (radius, height)),
        inner=((radius - wall - 0.001, floor), (radius - wall, floor + 0.001), (radius - wall, height)),
    )
    vessel.show(prop, prop.main(), prop.paint("inside", "charcoal"))
    vessel.collide(prop, sides=12, levels=(floor, height))
    vessel.rim_grasps(prop)
    prop.side("body", (0, 0, height * 0.55), 2 * radius, free_spin=True)
    vessel.region(prop)
    return prop.finish(
        volume=vessel.outer_volume, solid=vessel.solid_fraction, affordances=(), text="an empty pencil cup"
    )


@small_thing(
    "tape_roll",
    nouns=("tape roll", "roll of tape", "sticky tape", "duct tape", "tape"),
    size_range_m=((0.05, 0.05, 0.018), (0.08, 0.08, 0.04)),
)
def tape_roll(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A roll of tape lying flat."""
    prop = Prop(request, rng, material="plastic", colors=("gray", "tan", "blue", "yellow"))
    radius, height = min(prop.vary(0.034, 0.0365), 0.037), prop.vary(0.024, 0.03)
    bore = radius * 0.6
    vessel = Vessel(outer=((radius, 0.0), (radius, height)), inner=((bore, 0.0), (bore, height)))
    prop.add(lathe([(bore, 0.0), (radius, 0.0), (radius, height), (bore, height)], 36), prop.main())
    prop.add(
        lathe([(bore, height), (bore - 0.002, height), (bore - 0.002, 0.0), (bore, 0.0)], 28),
        prop.paint("core", "cardboard", finish="cardboard"),
    )
    vessel.walls(prop, sides=12, levels=(0.0, height))
    prop.top("top", (0, 0, height / 2), 2 * radius, free_spin=True)
    prop.top("rim", ((radius + bore) / 2, 0, height - 0.014), radius - bore, yaw=0.0, kind="rim", free_spin=True)
    return prop.finish(
        volume=float(np.pi * (radius**2 - bore**2) * height), affordances=("stackable",), text="a roll of tape"
    )


@small_thing("eraser", nouns=("eraser", "rubber eraser"), size_range_m=((0.04, 0.018, 0.014), (0.086, 0.04, 0.018)))
def eraser(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A white eraser in a printed sleeve."""
    prop = Prop(request, rng, material="rubber", colors=("blue", "green", "red"), finish="paper")
    length, width, height = prop.vary(0.055, 0.065), prop.vary(0.024, 0.028), 0.016
    prop.add(
        rounded_box((0, 0, height / 2), (length, width, height), 0.003), prop.paint("rubber", "white", finish="rubber")
    )
    prop.add(
        rounded_box((length * 0.12, 0, height / 2), (length * 0.66, width + 0.0012, height + 0.0008), 0.0006),
        prop.main(),
    )
    prop.box((0, 0, height / 2), (length, width, height))
    prop.top("top", (0, 0, height / 2), width)
    return prop.finish(volume=length * width * height, affordances=("stackable",), text="an eraser in a sleeve")
