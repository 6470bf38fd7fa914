"""Storage that is open above: bins, baskets and crates."""

import numpy as np

from blueprint.assets.families.prop import Prop, small_thing
from blueprint.assets.families.solids import panel, prism, rounded_box
from blueprint.assets.geometry import Asset
from blueprint.assets.registry import AssetRequest

__all__: list[str] = []
_FILLABLE = ("fillable",)


@small_thing(
    "bin",
    nouns=("bin", "storage bin", "plastic bin", "tote", "container", "storage box", "open box"),
    size_range_m=((0.222, 0.152, 0.078), (0.424, 0.308, 0.164)),
)
def storage_bin(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """An open-top plastic bin."""
    prop = Prop(request, rng, material="plastic", colors=("blue", "gray", "red", "green", "yellow"))
    return _open_top(
        prop,
        (prop.vary(0.27, 0.32), prop.vary(0.19, 0.23), prop.vary(0.1, 0.13)),
        wall=0.004,
        text="an open storage bin",
        rim=True,
    )


@small_thing(
    "basket",
    nouns=("basket", "wicker basket", "bread basket", "fruit basket"),
    size_range_m=((0.212, 0.156, 0.072), (0.426, 0.314, 0.16)),
)
def basket(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A woven basket."""
    prop = Prop(request, rng, material="wood", colors=("wicker",), finish="wicker")
    return _open_top(
        prop,
        (prop.vary(0.26, 0.32), prop.vary(0.19, 0.23), prop.vary(0.09, 0.12)),
        wall=0.008,
        text="a woven basket",
        rim=True,
    )


@small_thing(
    "crate",
    nouns=("crate", "wooden crate", "fruit crate", "apple box"),
    size_range_m=((0.228, 0.166, 0.106), (0.476, 0.344, 0.218)),
)
def crate(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A slatted wooden crate: three boards on every side and four corner posts."""
    prop = Prop(request, rng, material="wood", colors=("pine",))
    length, width, height = prop.vary(0.3, 0.36), prop.vary(0.22, 0.26), prop.vary(0.14, 0.17)
    wall, floor = 0.009, 0.01
    board = height / 3
    for level in range(3):
        z = board * (level + 0.58)
        for sign in (-1, 1):
            prop.add(rounded_box((0, sign * (width - wall) / 2, z), (length, wall, board * 0.84), 0.0015), prop.main())
            prop.add(
                rounded_box((sign * (length - wall) / 2, 0, z), (wall, width - 2 * wall, board * 0.84), 0.0015),
                prop.main(),
            )
    for sx in (-1, 1):
        for sy in (-1, 1):
            prop.add(
                rounded_box(
                    (sx * (length / 2 - 0.02), sy * (width / 2 - 0.02), height / 2 + 0.003),
                    (0.022, 0.022, height - 0.008),
                    0.0015,
                ),
                prop.paint("post", "oak"),
            )
    prop.add(rounded_box((0, 0, floor / 2), (length - 2 * wall, width - 2 * wall, floor), 0.001), prop.main())
    return _open_top(prop, (length, width, height), wall=wall, text="a slatted wooden crate", rim=False, floor=floor)


@small_thing(
    "parts_bin",
    nouns=("parts bin", "screw box", "screw bin", "part bin", "component bin", "parts box"),
    size_range_m=((0.074, 0.11, 0.048), (0.16, 0.226, 0.104)),
)
def parts_bin(request: AssetRequest, rng: np.random.Generator) -> Asset:
    """A small workshop bin with a low front lip (-Y)."""
    prop = Prop(request, rng, material="plastic", colors=("red", "blue", "yellow", "green"))
    size = (prop.vary(0.1, 0.12), prop.vary(0.14, 0.17), prop.vary(0.065, 0.08))
    length, width, height = size
    wall, floor = 0.003, 0.004
    low = height * 0.5
    prop.add(rounded_box((0, 0, floor / 2), (length, width, floor), 0.001), prop.main())
    prop.box((0, 0, floor / 2), (length, width, floor))
    profile = [(-width / 2, floor), (width / 2, floor), (width / 2, height), (-width * 0.12, height), (-width / 2, low)]
    for sign in (-1, 1):
        x = sign * (length - wall) / 2
        prop.add(prism(profile, wall, center=x, axis="x"), prop.main())
        prop.hull([(x + dx, y, z) for dx in (-wall / 2, wall / 2) for y, z in profile])
    for name, y, top in (("back", (width - wall) / 2, height), ("front", -(width - wall) / 2, low)):
        prop.add(rounded_box((0, y, (top + floor) / 2), (length - 2 * wall, wall, top - floor), 0.0008), prop.main())
        prop.box((0, y, (top + floor) / 2), (length - 2 * wall, wall, top - floor))
        prop.top(f"rim_{name}", (0, y, top - 0.014), wall, yaw=np.pi / 2, kind="rim")
    prop.add(
        panel((0, -width / 2 - 0.0004, (low + floor) / 2 + 0.001), (0, -1, 0), (length * 0.6, low * 0.5)),
        prop.label("label", "M4 x 20", wide=True),
    )
    prop.rect(
        "interior", (0, 0, floor), (length - 0.012, width - 0.012), height - floor, kind="interior", container=True
    )
    solid = prop.open_box_fraction((length, width, height), wall, floor) * 0.85
    return prop.finish(volume=length * width * height, solid=solid, affordances=_FILLABLE, text="a workshop parts bin")


def _open_top(
    prop: Prop, size: tuple[float, float, float], wall: float, text: str, rim: bool, floor: float | None = None
) -> Asset:
    length, width, height = size
    base = floor if floor is not None else wall
    if rim:
        prop.open_box(size, wall=wall, floor=base, surface=prop.main(), bevel=wall * 0.3)
        lip = (length + 0.008, width + 0.008)
        for sign in (-1, 1):
            prop.add(
                rounded_box((0, sign * (width / 2 + 0.001), height - 0.006), (lip[0], 0.006, 0.012), 0.002), prop.main()
            )
            prop.add(
                rounded_box((sign * (length / 2 + 0.001), 0, height - 0.006), (0.006, lip[1], 0.012), 0.002),
                prop.main(),
            )
    else:
        prop.open_box(size, wall=wall, floor=base, surface=None, bevel=0.0)
        prop.rim_grasps_of_box(size, wall)
    prop.rect(
        "interior",
        (0, 0, base),
        (length - 2 * wall - 0.01, width - 2 * wall - 0.01),
        height - base,
        kind="interior",
        container=True,
    )
    solid = prop.open_box_fraction(size, wall, base)
    return prop.finish(volume=length * width * height, solid=solid, affordances=_FILLABLE, text=text)
