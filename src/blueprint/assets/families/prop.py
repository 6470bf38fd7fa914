"""A prop: one rigid thing being put together from surfaces, meshes, colliders, grasps and regions."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from math import cos, pi, sin
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from blueprint.assets import colliders, textures
from blueprint.assets.builder import AssetBuilder
from blueprint.assets.families.finish import (
    FINISHES,
    MATERIAL_WORDS,
    Finish,
    is_color,
    luma,
    pattern_image,
    rgb_of,
    wall_share,
)
from blueprint.assets.families.solids import rounded_box
from blueprint.assets.geometry import Asset, TriangleMesh
from blueprint.assets.grasps import grasp_pose
from blueprint.assets.mesh import bounds, moved, unit_uvs
from blueprint.assets.registry import AssetRequest, generator
from blueprint.contracts.asset import Collider, Grasp, RegionKind
from blueprint.contracts.frames import Pose, QuatWxyz, Vec3, quat_wxyz_from_matrix

__all__ = ["FINGER_BELOW_M", "GRIPPER_MAX_M", "PAD_HALF_M", "PALM_M", "TIP_CLEARANCE_M", "Prop", "small_thing"]

GRIPPER_MAX_M = 0.075
FINGER_BELOW_M = 0.009  # how far a finger reaches past the middle of its pad
PAD_HALF_M = 0.0105  # half the width of a finger
PALM_M = 0.036  # from the middle of the pad to the palm, less a margin
TIP_CLEARANCE_M = 0.012  # a Panda's finger reaches 9 mm past the middle of its pad
SIZE_FACTORS = {"tiny": 0.8, "small": 0.9, "large": 1.12, "big": 1.12, "huge": 1.25}
LINK = "body"

small_thing = partial(generator, footing="surface", sim_role="manipulable_object")


@dataclass(frozen=True)
class Surface:
    """A finish in a linear RGB colour, perhaps with an image."""

    color: Vec3
    finish: Finish
    opacity: float = 1.0
    texture: NDArray[np.uint8] | None = None


@dataclass(frozen=True)
class Place:
    """A region in the working frame."""

    name: str
    kind: RegionKind
    center: tuple[float, ...]
    half_extents: tuple[float, float]
    clearance: float
    outline: Literal["rect", "disc"]
    is_container: bool
    quat_wxyz: QuatWxyz = (1.0, 0.0, 0.0, 0.0)


_MAIN = "main"


class Prop:
    """Collects the parts of one rigid asset; `finish` centres it on its footprint and returns it.

    Everything is given in a working frame that stands on z = 0; lengths drawn with `vary` follow the asked size.
    """

    def __init__(
        self,
        request: AssetRequest,
        rng: np.random.Generator,
        *,
        material: str,
        colors: Sequence[str],
        finish: str | None = None,
        opacity: float | None = None,
        label: str | None = None,
    ) -> None:
        self.request, self.rng = request, rng
        self.scale = SIZE_FACTORS.get(request.size or "", 1.0)
        self._surfaces: dict[str, Surface] = {}
        self._meshes: dict[str, list[TriangleMesh]] = {}
        self._colliders: list[Collider] = []
        self._grasps: list[Grasp] = []
        self._regions: list[Place] = []
        self._params: dict[str, float | str] = {}
        drawn = colors[int(rng.integers(len(colors)))]
        word = (request.material or "").lower()
        self.material, asked_finish, asked_color = MATERIAL_WORDS.get(word, (material, finish or material, drawn))
        self._solid_share = 1.0 if self.material == material else wall_share(material, self.material)
        self.color = request.color if request.color and is_color(request.color) else asked_color or drawn
        see_through = (
            opacity if opacity is not None else (0.38 if asked_finish == "glass" and self.color == "clear" else 1.0)
        )
        if label is None:
            self.paint(_MAIN, self.color, finish=asked_finish, opacity=see_through)
        else:
            self._paint_label(_MAIN, label, self.color, repeats=3)

    def vary(self, low: float, high: float) -> float:
        """Draw a length between `low` and `high` m, scaled by the asked size, to a tenth of a millimetre."""
        value = round(float(self.rng.uniform(low, high)) * self.scale, 4)
        self._params[f"length_{len(self._params)}"] = value
        return value

    def grow(self, length: float) -> float:
        """Return a standard `length`, m, scaled by the asked size."""
        return round(length * self.scale, 4)

    def main(self) -> str:
        """Return the surface that takes the request's colour and material."""
        return _MAIN

    def paint(self, name: str, color: str, finish: str = "plastic", opacity: float = 1.0) -> str:
        """Add a surface and return its name; adding it again changes nothing."""
        if name in self._surfaces:
            return name
        style, rgb = FINISHES[finish], rgb_of(color)
        texture = pattern_image(style.pattern, self.rng, rgb) if style.pattern else None
        self._surfaces[name] = Surface(rgb, style, opacity, texture)
        return name

    def label(self, name: str, text: str, wide: bool = False, tall: bool = False) -> str:
        """Add a printed paper label and return its name; a `wide` one repeats its text on the back of a round body."""
        ground = "cream" if wide else self.color
        return self._paint_label(name, text, ground, repeats=3 if wide else 1, low=0.42 if tall else 0.30)

    def _paint_label(self, name: str, text: str, color: str, repeats: int, low: float = 0.30) -> str:
        band = rgb_of("white") if luma(color) < 0.55 else rgb_of("navy")
        ink = rgb_of("navy") if luma(color) < 0.55 else rgb_of("white")
        pixels = textures.label(
            self.rng, rgb_of(color), text, band=band, ink=ink, repeats=repeats, band_v=(low, low + 0.36)
        )
        return self.image(name, pixels, roughness=0.5)

    def image(self, name: str, pixels: NDArray[np.uint8], roughness: float = 0.6) -> str:
        """Add a surface that shows an image (H, W, 3) once per mesh."""
        self._surfaces[name] = Surface((0.5, 0.5, 0.5), Finish(roughness, tile_m=0.0), texture=pixels)
        return name

    def add(self, mesh: TriangleMesh, surface: str) -> None:
        """Add a mesh in a surface that was painted before."""
        style = self._surfaces[surface].finish
        self._meshes.setdefault(surface, []).append(mesh if style.tile_m else unit_uvs(mesh))

    def box(self, center: ArrayLike, size: ArrayLike, quat_wxyz: ArrayLike = (1, 0, 0, 0)) -> None:
        """Add a box collider."""
        self._colliders.append(colliders.box(self._next(), size, center, quat_wxyz))

    def cylinder(self, center: Sequence[float], radius: float, height: float) -> None:
        """Add an upright cylinder collider."""
        low = center[2] - height / 2
        self._colliders.append(colliders.cylinder(self._next(), radius, low, low + height, center[:2]))

    def sphere(self, center: ArrayLike, radius: float) -> None:
        """Add a sphere collider."""
        self._colliders.append(colliders.sphere(self._next(), radius, center))

    def capsule(self, start: ArrayLike, end: ArrayLike, radius: float) -> None:
        """Add a capsule collider between two cap centres."""
        self._colliders.append(colliders.capsule_between(self._next(), radius, start, end))

    def hull(self, points: ArrayLike) -> None:
        """Add the convex hull of points (N, 3) as a collider."""
        self._colliders.append(colliders.convex(self._next(), points))

    def turned_hull(self, profile: Sequence[tuple[float, float]], sides: int) -> None:
        """Add the convex hull of a profile of (radius, z) turned about Z."""
        grow = 1 / cos(pi / (2 * sides))
        turns = 2 * pi * np.arange(sides) / sides
        self.hull([(r * grow * cos(t), r * grow * sin(t), z) for r, z in profile for t in turns])

    def _next(self) -> str:
        return f"part_{len(self._colliders)}"

    def open_box(
        self, size: tuple[float, float, float], wall: float, floor: float, surface: str | None, bevel: float
    ) -> None:
        """Add a floor and four walls (shown if `surface` is given) with a rim grasp on every wall."""
        length, width, height = size
        z, rise = (height + floor) / 2, height - floor
        self._panel((0, 0, floor / 2), (length, width, floor), surface, bevel)
        for sign in (-1, 1):
            self._panel((0, sign * (width - wall) / 2, z), (length, wall, rise), surface, bevel)
            self._panel((sign * (length - wall) / 2, 0, z), (wall, width - 2 * wall, rise), surface, bevel)
        if surface is not None:
            self.rim_grasps_of_box(size, wall)

    def _panel(self, center: Vec3, size: Vec3, surface: str | None, bevel: float) -> None:
        self.box(center, size)
        if surface is not None:
            self.add(rounded_box(center, size, bevel), surface)

    def rim_grasps_of_box(self, size: tuple[float, float, float], wall: float) -> None:
        """Declare a grasp from above that straddles the middle of every wall of an open box."""
        length, width, height = size
        z = height - 0.014
        for name, x, y, yaw in (
            ("rim_left", -(length - wall) / 2, 0.0, 0.0),
            ("rim_right", (length - wall) / 2, 0.0, 0.0),
            ("rim_front", 0.0, -(width - wall) / 2, pi / 2),
            ("rim_back", 0.0, (width - wall) / 2, pi / 2),
        ):
            self.top(name, (x, y, z), wall, yaw=yaw, kind="rim")

    def open_box_fraction(self, size: tuple[float, float, float], wall: float, floor: float) -> float:
        """Return the part of an open box's outer volume that is floor and walls."""
        length, width, height = size
        return 1 - (length - 2 * wall) * (width - 2 * wall) * (height - floor) / (length * width * height)

    def grasp(
        self,
        name: str,
        kind: Literal["top", "side", "rim", "handle"],
        point: ArrayLike,
        approach: ArrayLike,
        closing: ArrayLike,
        width: float,
        free_spin: bool = False,
    ) -> None:
        """Declare a grasp, unless it is wider than a gripper opens; a free one turns about the working frame's Z."""
        if width > GRIPPER_MAX_M:
            return
        self._grasps.append(
            Grasp(
                name=name,
                link=LINK,
                kind=kind,
                pose_link_grasp=grasp_pose(point, approach, closing),
                width_m=round(width, 5),
                free_spin=free_spin,
            )
        )

    def top(
        self,
        name: str,
        point: Sequence[float],
        width: float,
        yaw: float = pi / 2,
        kind: Literal["top", "rim", "handle"] = "top",
        free_spin: bool = False,
    ) -> None:
        """Declare a grasp from above, fingers closing along the heading `yaw` (rad)."""
        at = (point[0], point[1], max(point[2], TIP_CLEARANCE_M))
        self.grasp(name, kind, at, (0, 0, -1), (cos(yaw), sin(yaw), 0), width, free_spin)

    def side(
        self,
        name: str,
        point: Sequence[float],
        width: float,
        approach: float = pi / 2,
        kind: Literal["side", "handle"] = "side",
        free_spin: bool = False,
    ) -> None:
        """Declare a level grasp that moves along the heading `approach` (rad), fingers closing level."""
        ahead = (cos(approach), sin(approach), 0)
        self.grasp(name, kind, point, ahead, (-ahead[1], ahead[0], 0), width, free_spin)

    def disc(
        self,
        name: str,
        center: Sequence[float],
        radius: float,
        clearance: float,
        kind: RegionKind,
        container: bool = False,
    ) -> None:
        """Declare a round region facing up."""
        self._region(name, center, (radius, radius), clearance, kind, "disc", container)

    def rect(
        self,
        name: str,
        center: Sequence[float],
        size: tuple[float, float],
        clearance: float,
        kind: RegionKind,
        container: bool = False,
    ) -> None:
        """Declare a rectangular region facing up."""
        self._region(name, center, (size[0] / 2, size[1] / 2), clearance, kind, "rect", container)

    def hook(self, name: str, root: Sequence[float], tip: Sequence[float], radius: float) -> None:
        """Declare a hook: a straight round bar from `root` to `tip`, its region's +Z along it and Y upwards."""
        along = np.subtract(tip, root)
        length = float(np.linalg.norm(along))
        z = along / length
        x = np.cross((0, 0, 1), z) / np.linalg.norm(np.cross((0, 0, 1), z))
        turned = Pose.of(root, quat_wxyz_from_matrix(np.column_stack([x, np.cross(z, x), z])))
        self._region(name, root, (radius, radius), length, "hook", "disc", False, turned.quat_wxyz)

    def _region(
        self,
        name: str,
        center: Sequence[float],
        half: tuple[float, float],
        clearance: float,
        kind: RegionKind,
        outline: Literal["rect", "disc"],
        container: bool,
        quat_wxyz: QuatWxyz = (1.0, 0.0, 0.0, 0.0),
    ) -> None:
        self._regions.append(Place(name, kind, tuple(center), half, clearance, outline, container, quat_wxyz))

    def finish(
        self, *, volume: float, text: str, affordances: Sequence[str], solid: float = 1.0, contents: float = 0.0
    ) -> Asset:
        """Centre the prop on its footprint and return it; mass = density × `volume` × `solid` + `contents` kg.

        The prop is centred here and not by the builder, which stands a thing on its lowest vertex: here colliders
        stand on z = 0, and a coarse tube's lowest vertex may hang a fraction of a millimetre above them.
        """
        corners = [corner for group in self._meshes.values() for shape in group for corner in bounds(shape)]
        low, high = np.min(corners, axis=0), np.max(corners, axis=0)
        shift = np.round([-(low[0] + high[0]) / 2, -(low[1] + high[1]) / 2, 0.0], 6)
        by_shift = Pose.of(shift)
        words = [word for word in (self.request.size, self.request.color, self.request.material) if word]
        make = AssetBuilder(self.request, " ".join([*words, self.request.category.replace("_", " ")]), text)
        for name, surface in self._surfaces.items():
            if name in self._meshes:
                make.material(
                    name,
                    surface.color,
                    roughness=surface.finish.roughness,
                    metallic=surface.finish.metallic,
                    opacity=surface.opacity,
                    texture=surface.texture,
                    tile_m=surface.finish.tile_m or None,
                )
        body = make.link(LINK, self.material)
        for name in self._meshes:
            for part in self._meshes[name]:
                body.visual(moved(part, shift), name)
        body.collide(*(_at(item, by_shift) for item in self._colliders))
        share = min(1.0, solid * self._solid_share)
        body.mass(volume_m3=volume, solid_fraction=share, contents_kg=contents)
        for region in self._regions:
            x, y, z = (float(value) for value in np.asarray(region.center) + shift)
            make.region(
                region.name,
                region.kind,
                center=(x, y, z),
                half_extents=region.half_extents,
                clearance_m=region.clearance,
                outline=region.outline,
                is_container=region.is_container,
                quat_wxyz=region.quat_wxyz,
            )
        make.grasp(*(self._shifted(item, by_shift) for item in self._grasps))
        make.afford(*affordances)
        make.param(**self._params)
        return make.build(recenter=False)

    def _shifted(self, grasp: Grasp, shift: Pose) -> Grasp:
        x, y, _ = shift.position
        axis = (round(x, 6), round(y, 6)) if grasp.free_spin else (0.0, 0.0)
        return grasp.model_copy(update={"pose_link_grasp": shift @ grasp.pose_link_grasp, "spin_axis_xy": axis})


def _at(item: Collider, shift: Pose) -> Collider:
    return item.model_copy(update={"pose_link_shape": (shift @ item.pose_link_shape).rounded(7)})
