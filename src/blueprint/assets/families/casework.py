"""Cases with compartments: a carcass is divided into cells, and cells are filled with drawers, doors and shelves."""

from dataclasses import dataclass

import numpy as np

from blueprint.assets import colliders, mesh
from blueprint.assets.builder import AssetBuilder, LinkBuilder
from blueprint.assets.finish import build_fraction, finish, physics_material_of, size_factor
from blueprint.assets.joinery import GAP_M, add_door, add_drawer, carcass
from blueprint.assets.registry import AssetRequest, generator_for
from blueprint.contracts.frames import Vec3

__all__ = ["Case", "Cell", "Finishes", "case_finishes", "case_link", "count_of", "glass", "wanted_size"]

Span = tuple[float, float]
_BACK_M = 0.008
_REVEAL_M = 0.002  # half of the joint between two fronts
_BOARD_M = 0.018
_DRAWER_WORDS = {
    1: ("drawer",),
    2: ("bottom_drawer", "top_drawer"),
    3: ("bottom_drawer", "middle_drawer", "top_drawer"),
    4: ("bottom_drawer", "lower_drawer", "upper_drawer", "top_drawer"),
    5: ("bottom_drawer", "lower_drawer", "middle_drawer", "upper_drawer", "top_drawer"),
}
_DOOR_WORDS = {1: ("door",), 2: ("left_door", "right_door"), 3: ("left_door", "middle_door", "right_door")}


@dataclass(frozen=True)
class Finishes:
    """Surface materials of a piece of case furniture, by name."""

    case: str
    front: str
    metal: str
    box: str


@dataclass(frozen=True)
class Cell:
    """A compartment: its clear opening between panels, and the part of the front (`face`) that a cover of it takes."""

    x: Span
    z: Span
    face_x: Span
    face_z: Span


def wanted_size(request: AssetRequest, drawn: Vec3, margin: Vec3 = (0.03, 0.09, 0.0)) -> Vec3:
    """Return width, depth, height in m: `drawn` times the size word's factor, or the options of these names.

    Each is clipped to the generator's size range, less `margin` at the upper end for fronts, handles and overhangs.
    """
    low, high = generator_for(request.category).size_range_m
    factor = size_factor(request.size)
    values = [
        float(np.clip(float(request.option(name, round(drawn[i] * factor, 4))), low[i], high[i] - margin[i]))
        for i, name in enumerate(("width", "depth", "height"))
    ]
    return values[0], values[1], values[2]


def count_of(request: AssetRequest, name: str, default: int, low: int, high: int) -> int:
    """Return the whole number that the option `name` asks for, between `low` and `high`."""
    return int(np.clip(round(float(request.option(name, default))), low, high))


def case_finishes(
    make: AssetBuilder,
    request: AssetRequest,
    rng: np.random.Generator,
    *,
    fronts: tuple[str, ...] = (),
    metal: str = "",
) -> Finishes:
    """Add the surface materials of a wooden piece; without a colour word the fronts have one of `fronts`, if any."""
    own = str(rng.choice(["oak", "walnut", "birch"]))
    case = finish(make, "case", rng, request.material, request.color, default_material=own, default_color=own)
    chosen = str(rng.choice(fronts)) if fronts else None
    color = request.color or (None if request.material else chosen)
    front = finish(make, "fronts", rng, request.material, color, default_material=own, default_color=own)
    metal = metal or str(rng.choice(["steel", "brass"]))
    handles = finish(make, "handles", rng, metal, None, default_material="steel", default_color=metal)
    return Finishes(case, front, handles, make.material("drawer_box", (0.62, 0.50, 0.34), roughness=0.7))


def glass(make: AssetBuilder) -> str:
    """Add the surface material of clear panes."""
    return make.material("pane", (0.70, 0.82, 0.84), roughness=0.05, opacity=0.28)


class Case:
    """A carcass on the root link, `size` (width, depth, height) standing at (`x`, 0, `base_z`), its front at
    y = -depth/2.

    One that is not `paneled` has its shell built by the caller.
    """

    def __init__(
        self,
        make: AssetBuilder,
        link: LinkBuilder,
        size: Vec3,
        finishes: Finishes,
        *,
        base_z: float = 0.0,
        x: float = 0.0,
        thickness: float = _BOARD_M,
        paneled: bool = True,
    ) -> None:
        self.make, self.link, self.size, self.finishes, self.t = make, link, size, finishes, thickness
        w, d, h = size
        if paneled:
            carcass(link, size, thickness, finishes.case, base=(x, 0, base_z), back=_BACK_M)
        self.front_y = -d / 2
        self.whole = Cell(
            (x - w / 2 + thickness, x + w / 2 - thickness),
            (base_z + thickness, base_z + h - thickness),
            (x - w / 2, x + w / 2),
            (base_z, base_z + h),
        )

    def columns(self, cell: Cell, shares: tuple[float, ...]) -> list[Cell]:
        """Divide a cell by upright panels into columns whose clear widths are as `shares`."""
        depth, height = self.size[1] - _BACK_M, cell.z[1] - cell.z[0]
        cells, x0, face0 = [], cell.x[0], cell.face_x[0]
        free = cell.x[1] - cell.x[0] - self.t * (len(shares) - 1)
        for i, share in enumerate(shares):
            x1 = x0 + free * share / sum(shares)
            last = i == len(shares) - 1
            face1 = cell.face_x[1] if last else x1 + self.t / 2
            cells.append(Cell((x0, x1), cell.z, (face0, face1), cell.face_z))
            if not last:
                center = (face1, -_BACK_M / 2, (cell.z[0] + cell.z[1]) / 2)
                self.link.panel((self.t, depth, height), center, self.finishes.case, bevel=0.001, grain="z")
            x0, face0 = x1 + self.t, face1
        return cells

    def rows(self, cell: Cell, shares: tuple[float, ...]) -> list[Cell]:
        """Divide a cell by level panels into rows, from the bottom, whose clear heights are as `shares`."""
        depth, width = self.size[1] - _BACK_M, cell.x[1] - cell.x[0]
        cells, z0, face0 = [], cell.z[0], cell.face_z[0]
        free = cell.z[1] - cell.z[0] - self.t * (len(shares) - 1)
        for i, share in enumerate(shares):
            z1 = z0 + free * share / sum(shares)
            last = i == len(shares) - 1
            face1 = cell.face_z[1] if last else z1 + self.t / 2
            cells.append(Cell(cell.x, (z0, z1), cell.face_x, (face0, face1)))
            if not last:
                center = ((cell.x[0] + cell.x[1]) / 2, -_BACK_M / 2, face1)
                self.link.panel((width, depth, self.t), center, self.finishes.case, bevel=0.001)
            z0, face0 = z1 + self.t, face1
        return cells

    def drawers(
        self, cell: Cell, count: int, *, suffix: str = "", travel: float = 0.35, thickness: float = 0.018
    ) -> list[LinkBuilder]:
        """Fill a cell with `count` drawers of one height, named from bottom to top, and return their links."""
        words = _DRAWER_WORDS.get(count) or tuple(f"drawer_{i + 1}" for i in range(count))
        pitch = (cell.face_z[1] - cell.face_z[0]) / count
        depth = self.size[1] - _BACK_M - 0.03
        found = []
        for i, word in enumerate(words):
            low = cell.face_z[0] + i * pitch
            middle = low + pitch / 2
            reach = min(middle - max(low, cell.z[0]), min(low + pitch, cell.z[1]) - middle)
            slot_x = (cell.x[0] + cell.x[1]) / 2
            half_face = min(cell.face_x[1] - slot_x, slot_x - cell.face_x[0])
            drawer = add_drawer(
                self.make,
                f"{word}{suffix}",
                case=self.link,
                slot=(slot_x, self.front_y, cell.x[1] - cell.x[0]),
                slot_z=(middle - reach, middle + reach),
                front_size=(2 * half_face - 2 * _REVEAL_M, pitch - 2 * _REVEAL_M),
                depth=depth,
                front_material=self.finishes.front,
                box_material=self.finishes.box,
                handle_material=self.finishes.metal,
                travel=min(travel, 0.75 * depth),
                handle_along="x",
                front_thickness=thickness,
                friction=2.0,
                plain=True,
            )
            found.append(drawer)
        return found

    def doors(
        self,
        cell: Cell,
        count: int,
        *,
        suffix: str = "",
        pane: str | None = None,
        rail: float = 0.05,
        handle_share: float = 0.6,
        handle_length: float = 0.14,
        thickness: float = 0.018,
        first_side: str = "left",
    ) -> list[LinkBuilder]:
        """Cover a cell with `count` hinged doors side by side, hinged left and right in turn; one is hinged
        `first_side`. `handle_share` is the handle's height as a share of the door's."""
        words = _DOOR_WORDS.get(count) or tuple(f"door_{i + 1}" for i in range(count))
        leaf = (cell.face_x[1] - cell.face_x[0]) / count
        tall = cell.face_z[1] - cell.face_z[0] - 2 * _REVEAL_M
        found = []
        for i, word in enumerate(words):
            side = first_side if count == 1 else ("left", "right")[i % 2]
            edge = cell.face_x[0] + leaf * (i + (side == "right"))
            door = add_door(
                self.make,
                f"{word}{suffix}",
                case=self.link,
                hinge_at=(
                    edge + _REVEAL_M * (1 if side == "left" else -1),
                    self.front_y - GAP_M,
                    cell.face_z[0] + _REVEAL_M,
                ),
                size=(leaf - 2 * _REVEAL_M, thickness, tall),
                side=side,
                material=self.finishes.front,
                handle_material=self.finishes.metal,
                handle_length=min(handle_length, 0.6 * tall),
                handle_z=tall * handle_share,
                friction=0.25,
                axis_depth=thickness,
                pane=pane,
                rail=rail,
                plain=True,
            )
            door.mass(solid_fraction=build_fraction(self.link.physics_material))
            found.append(door)
        return found

    def shelves(
        self, cell: Cell, boards: int, *, suffix: str = "", enclosed: bool, material: str = "", back: float = _BACK_M
    ) -> None:
        """Put `boards` shelves into a cell and declare a region on its floor and on each of them.

        Shelves of another `material` than the case's are thin; they end `back` before the back of the case.
        """
        d = self.size[1]
        levels = np.linspace(cell.z[0], cell.z[1], boards + 2)
        middle, width = (cell.x[0] + cell.x[1]) / 2, cell.x[1] - cell.x[0]
        thick = 0.008 if material else _BOARD_M
        for i in range(boards + 1):
            z = float(levels[i])
            if i:
                size = (width, d - back - 0.02, thick)
                center = (middle, (0.02 - back) / 2, z - thick / 2)
                self.link.panel(size, center, material or self.finishes.case, bevel=0.001)
            top = float(levels[i + 1]) - (thick if i < boards else 0.0)
            self.make.region(
                f"{'inside' if i == 0 else f'shelf_{i}'}{suffix}",
                "shelf",
                center=(middle, (0.02 - back) / 2, z),
                half_extents=(width / 2 - 0.012, (d - back - 0.02) / 2 - 0.01),
                clearance_m=top - z - 0.01,
                is_container=enclosed,
            )

    def rod(self, cell: Cell, z: float) -> None:
        """Hang a clothes rod of steel across a cell."""
        middle, width = (cell.x[0] + cell.x[1]) / 2, cell.x[1] - cell.x[0]
        path = [(middle - width / 2, 0, z), (middle + width / 2, 0, z)]
        self.link.visual(mesh.sweep(path, 0.0125, sides=16), self.finishes.metal)
        self.link.collide(colliders.box(f"rod_{len(self.link.shapes)}", (width, 0.022, 0.022), (middle, 0, z)))

    def top(self, *, height: float, margin: float = 0.015, clearance_m: float = 0.6, y: float = 0.0) -> None:
        """Declare the top of the piece, at `height`, as a place where things stand."""
        w, d, _ = self.size
        self.make.region(
            "top",
            "top",
            center=(0, y, height),
            half_extents=(w / 2 - margin, d / 2 - margin),
            clearance_m=clearance_m,
        )

    def mass(self) -> None:
        """Give the root link the mass of its panels."""
        self.link.mass(solid_fraction=build_fraction(self.link.physics_material))


def case_link(make: AssetBuilder, request: AssetRequest, default: str = "wood") -> LinkBuilder:
    """Add the root link of a piece of furniture, of the request's material."""
    return make.link("body", physics_material_of(request.material, default))
