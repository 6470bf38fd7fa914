"""A thing: a rigid prop made of parts that are seen and collided with at once, of known size and weight.

```python
@thing((0.085, 0.085, 0.09), kg=0.25, material="ceramic", colors=("white", "teal"))
def cup(t: Thing) -> None:
    "a ceramic cup"
    t.turn([(0.03, 0), (0.04, 0.09)])
    t.side("body", (0, 0, 0.05), 0.08, free_spin=True)
```
"""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from math import pi
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from blueprint.assets import colliders
from blueprint.assets.families.prop import TIP_CLEARANCE_M, Place, Prop
from blueprint.assets.families.solids import floored, panel, rounded_box, tube, turned
from blueprint.assets.geometry import Asset, TriangleMesh
from blueprint.assets.mesh import beveled_box, cylinder, ellipsoid, lathe, moved, smooth_normals, transformed
from blueprint.assets.registry import AssetRequest, Footing, generator
from blueprint.contracts.asset import RegionKind
from blueprint.contracts.frames import IDENTITY, Pose, QuatWxyz, Vec3, quat_wxyz_from_axis_angle
from blueprint.physics.materials import physics_material
from blueprint.physics.shapes import solid_properties

__all__ = ["Shape", "Thing", "loft", "pillow_mesh", "thing"]

_SHRINK, _GROW = 0.70, 1.42  # declared smallest and largest size as shares of the usual one
_ASKED = (0.74, 1.34)  # the shares to which an asked size is clipped
_AXES: dict[str, tuple[Vec3, float]] = {"x": ((0, 1, 0), pi / 2), "y": ((1, 0, 0), -pi / 2), "z": ((0, 0, 1), 0.0)}
_SIZES = ("width", "depth", "height")


class Thing(Prop):
    """A prop whose shape function gives every length at its usual size; `unit` scales what it adds.

    A function that calls `size` draws at the asked size itself, and is not scaled.
    """

    def __init__(
        self, request: AssetRequest, rng: np.random.Generator, usual: Vec3, material: str, colors: Sequence[str],
        finish: str | None, opacity: float | None
    ) -> None:  # fmt: skip
        super().__init__(request, rng, material=material, colors=colors, finish=finish, opacity=opacity)
        self.usual, self.usual_material = usual, material
        factor = self.scale * (1 + 0.03 * float(rng.uniform(-1, 1)))
        options = [request.option(name, 0.0) for name in _SIZES]
        asked = [value if isinstance(value, float | int) and value > 0 else 0.0 for value in options]
        shares = [
            min(max((value or factor * length) / length, _ASKED[0]), _ASKED[1])
            for value, length in zip(asked, usual, strict=True)
        ]
        given = [share for value, share in zip(asked, shares, strict=True) if value]
        self._shares = shares
        self.unit = round(float(np.mean(given or shares)), 4)
        self._bulk = self.unit**3
        self._params["scale"] = self.unit

    def size(self) -> Vec3:
        """Return the asked extent x, y, z in m, and take every length as it is from here on."""
        self.unit, self._bulk = 1.0, float(np.prod(self._shares))
        w, d, h = (round(share * length, 4) for share, length in zip(self._shares, self.usual, strict=True))
        self._params.update(width=w, depth=d, height=h)
        return w, d, h

    def add(self, mesh: TriangleMesh, surface: str) -> None:
        super().add(replace(mesh, vertices=mesh.vertices * self.unit), surface)

    def box(self, center: ArrayLike, size: ArrayLike, quat_wxyz: ArrayLike = (1, 0, 0, 0)) -> None:
        super().box(self._long(center), self._long(size), quat_wxyz)

    def cylinder(self, center: Sequence[float], radius: float, height: float) -> None:
        super().cylinder(self._long(center).tolist(), radius * self.unit, height * self.unit)

    def sphere(self, center: ArrayLike, radius: float) -> None:
        super().sphere(self._long(center), radius * self.unit)

    def capsule(self, start: ArrayLike, end: ArrayLike, radius: float) -> None:
        super().capsule(self._long(start), self._long(end), radius * self.unit)

    def hull(self, points: ArrayLike) -> None:
        super().hull(self._long(points))

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
        at = self._long(point)
        if np.asarray(approach, float)[2] < -0.9:
            at[2] = max(at[2], TIP_CLEARANCE_M)
        super().grasp(name, kind, at, approach, closing, width * self.unit, free_spin)

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
        u = self.unit
        at = tuple(self._long(center).tolist())
        self._regions.append(
            Place(name, kind, at, (half[0] * u, half[1] * u), clearance * u, outline, container, quat_wxyz)
        )

    def _long(self, values: ArrayLike) -> NDArray[np.float64]:
        return np.asarray(values, float) * self.unit

    def block(
        self,
        center: ArrayLike,
        size: ArrayLike,
        surface: str = "main",
        bevel: float = 0.003,
        *,
        solid: bool = True,
        quat: ArrayLike = (1, 0, 0, 0),
        segments: int = 1,
    ) -> None:
        """Add a box with rounded edges, also as a collider if `solid`."""
        if tuple(np.asarray(quat, float)) == (1, 0, 0, 0) and segments == 1:
            self.add(rounded_box(center, size, bevel), surface)
        else:
            self.add(transformed(beveled_box(size, bevel, segments), Pose.of(center, quat)), surface)
        if solid:
            self.box(center, size, quat)

    def rod(
        self, path: ArrayLike, radius: float, surface: str = "main", *, solid: bool = True, sides: int = 10
    ) -> None:
        """Add a round bar along `path` (N, 3), also as a chain of capsules if `solid`."""
        points = np.asarray(path, float)
        self.add(tube(points, radius, sides=sides), surface)
        for start, stop in itertools.pairwise(points) if solid else ():
            self.capsule(start, stop, radius)

    def drum(
        self,
        center: ArrayLike,
        radius: float,
        length: float,
        surface: str = "main",
        axis: Literal["x", "y", "z"] = "z",
        *,
        solid: bool = True,
        bevel: float = 0.0,
        segments: int = 20,
    ) -> None:
        """Add a cylinder about an axis through its middle at `center`."""
        quat = quat_wxyz_from_axis_angle(*_AXES[axis])
        shape = moved(cylinder(radius, length, segments, bevel, planar_caps=True), (0, 0, -length / 2))
        self.add(transformed(shape, Pose.of(center, quat)), surface)
        if solid:
            u, half = self.unit, length / 2
            item = colliders.cylinder(self._next(), radius * u, -half * u, half * u)
            pose = Pose.of(self._long(center), quat).rounded(7)
            self._colliders.append(
                item.model_copy(update={"pose_link_shape": pose if axis != "z" else IDENTITY @ pose})
            )

    def turn(
        self,
        profile: Sequence[tuple[float, float]],
        surface: str = "main",
        *,
        at: Sequence[float] = (0, 0, 0),
        hulls: Sequence[tuple[int, int]] = ((0, -1),),
        segments: int = 28,
        sides: int = 12,
        crease: float = 0.6,
        closed: bool = True,
    ) -> None:
        """Add a profile of (radius, z), bottom to top, turned about the vertical through `at`.

        `hulls` are the ranges of points (first, last) whose convex hulls are its colliders; none for a part that is
        only seen. Ends are `closed` by discs.
        """
        points = [(0.0, profile[0][1]), *profile, (0.0, profile[-1][1])] if closed else list(profile)
        self.add(moved(lathe(points, segments, crease_rad=crease), at), surface)
        grow = 1 / np.cos(pi / (2 * sides))
        turns = 2 * pi * np.arange(sides) / sides
        x, y, rise = at
        for first, last in hulls:
            part = profile[first : len(profile) if last == -1 else last + 1]
            self.hull([(x + r * grow * np.cos(a), y + r * grow * np.sin(a), rise + z) for r, z in part for a in turns])

    def cushion(
        self,
        center: Sequence[float],
        size: Sequence[float],
        surface: str = "main",
        power: float = 0.35,
        *,
        power_z: float | None = None,
        solid: bool = True,
        detail: int = 20,
    ) -> None:
        """Add a stuffed box of extent `size`: a superellipsoid (`power` 1 is an ellipsoid, 0 a box), flat below.

        Its collider is the hull of a coarse one.
        """
        vertical = power if power_z is None else power_z
        self.add(moved(pillow_mesh(size, power, vertical, detail), center), surface)
        if solid:
            coarse = pillow_mesh(size, power, vertical, 12, 8).vertices
            self.hull(np.unique(np.round(coarse, 6), axis=0) + np.asarray(center))

    def orb(self, center: ArrayLike, radii: ArrayLike, surface: str = "main", *, detail: int = 12) -> None:
        """Add an ellipsoid that is only seen."""
        self.add(moved(ellipsoid(radii, detail, max(detail // 2, 6)), center), surface)

    def sheet(self, center: ArrayLike, normal: Sequence[float], size: tuple[float, float], surface: str) -> None:
        """Add a flat picture (width, height) that is only seen, facing `normal`."""
        self.add(panel(center, normal, size), surface)

    def lying(
        self,
        outline: Sequence[tuple[float, float]],
        surface: str = "main",
        *,
        flat: float = 0.8,
        ends: tuple[float, float] | None = None,
        grasps: bool = True,
    ) -> None:
        """Add an outline of (x, radius) turned about an axis along X, its underside cut flat on the ground.

        The axis is level at `flat` times the largest radius, or slopes between the heights `ends` at its two ends.
        """
        level = flat * max(r for _, r in outline)
        first, last = ends or (level, level)
        left, right = outline[0][0], outline[-1][0]
        profile = [(0.0, left), *((r, x) for x, r in outline), (0.0, right)]
        raw = turned(lathe(profile, 24, crease_rad=1.2), (0, 1, 0), pi / 2)
        rise = np.interp(raw.vertices[:, 0], (left, right), (first, last))
        points = raw.vertices + np.column_stack([np.zeros((len(rise), 2)), rise])
        self.add(floored(replace(raw, vertices=points), 0.0), surface)
        turns = 2 * pi * np.arange(12) / 12
        skin = []
        for x, r in outline:
            z = float(np.interp(x, (left, right), (first, last)))
            skin += [(x, r * np.cos(a), max(z + r * np.sin(a), 0.0)) for a in turns]
            skin += [(x, side * (r * r - z * z) ** 0.5, 0.0) for side in (-1, 1) if r > z]
        self.hull(skin)
        for name, share in (("middle", 0.5), ("left", 0.3), ("right", 0.7)) if grasps else ():
            x = left + share * (right - left)
            width = 2 * float(np.interp(x, [p[0] for p in outline], [p[1] for p in outline]))
            self.top(name, (x, 0, float(np.interp(x, (left, right), (first, last)))), width)

    def spin_grasps(self, radius: float, z: float, height: float, depth: float = 0.025) -> None:
        """Declare a side grasp at `z` from any direction and a top grasp `depth` below `height`, around `radius`."""
        if z > 0.034:  # a level hand is 64 mm thick
            self.side("body", (0, 0, z), 2 * radius, free_spin=True)
        self.top("top", (0, 0, height - min(depth, height / 2)), 2 * radius, free_spin=True)

    def box_grasps(self, size: Sequence[float], z: float | None = None) -> None:
        """Declare grasps from above along and across a box of extent `size` standing on the ground."""
        length, width, height = size
        depth = height - min(0.025, height / 2) if z is None else z
        self.top("top_x", (0, 0, depth), length, yaw=0.0)
        for name, share in (("top_y", 0.0), ("top_left", -0.25), ("top_right", 0.25)):
            self.top(name, (share * length, 0, depth), width)

    def weighed(self, kg: float, text: str, affordances: Sequence[str]) -> Asset:
        """Finish the thing: `kg` is what it weighs at its usual size in its usual material."""
        volume = sum(solid_properties(item.shape).volume for item in self._colliders)
        mass = kg * self._bulk
        full = physics_material(self.usual_material).density * volume
        return self.finish(
            volume=volume,
            solid=max(min(1.0, mass / full), 1e-3),
            contents=max(0.0, mass - full),
            affordances=affordances,
            text=text,
        )


Shape = Callable[[Thing], None]


def thing(
    usual: Vec3,
    *,
    kg: float,
    material: str,
    colors: Sequence[str],
    nouns: Sequence[str] = (),
    finish: str | None = None,
    opacity: float | None = None,
    footing: Footing = "surface",
    options: tuple[str, ...] = (),
    affordances: tuple[str, ...] = (),
    mount_height_m: float | None = None,
    carried: bool = False,
) -> Callable[[Shape], Shape]:
    """Register the decorated shape function as the generator of the category that it is named after.

    `usual` is the extent and `kg` the mass at the usual size in the usual material; the function's docstring is the
    asset's description; the category's own words are its first noun, `nouns` are more. Things on the floor, on walls
    and on ceilings understand the options `width`, `depth` and `height`. What stands on the floor is furniture,
    unless it is `carried` about (a bucket).
    """

    def register(shape: Shape) -> Shape:
        category = shape.__name__
        text = (shape.__doc__ or category).strip().rstrip(".")

        def build(request: AssetRequest, rng: np.random.Generator) -> Asset:
            made = Thing(request, rng, usual, material, colors, finish, opacity)
            shape(made)
            return made.weighed(kg, text[0].lower() + text[1:], affordances)

        build.__module__, build.__doc__ = shape.__module__, shape.__doc__
        wide, deep, high = usual
        generator(
            category,
            nouns=(category.replace("_", " "), *nouns),
            footing=footing,
            sim_role="manipulable_object" if carried or footing == "surface" else "static",
            size_range_m=(
                (wide * _SHRINK, deep * _SHRINK, high * _SHRINK),
                (wide * _GROW, deep * _GROW, high * _GROW),
            ),
            options=options if footing == "surface" else (*options, *_SIZES),
            mount_height_m=mount_height_m,
        )(build)
        return shape

    return register


def pillow_mesh(
    size: Sequence[float], power: float, power_z: float, segments: int = 20, rings: int = 12
) -> TriangleMesh:
    """Return a superellipsoid of extent `size` (x, y, z), m, about the origin, its lowest tenth pressed flat.

    |x|^(2/power) + |y|^(2/power) = 1 across, and the same with `power_z` upwards.
    """
    ball = ellipsoid((1, 1, 1), segments, rings)
    x, y, z = ball.vertices.T
    level = np.hypot(x, y)
    around = np.column_stack([x, y]) / np.maximum(level, 1e-9)[:, None]
    across = _raised(around, power) * _raised(level, power_z)[:, None]
    points = np.column_stack([across, _raised(z, power_z)])
    points[:, 2] = np.maximum(points[:, 2], -0.9)
    points[:, 2] = np.where(points[:, 2] < 0, points[:, 2] / 0.9, points[:, 2])
    points *= np.asarray(size, float) / 2
    return smooth_normals(TriangleMesh(points, ball.normals, ball.uvs * max(size) / 2, ball.faces), crease_rad=1.0)


def _raised(values: NDArray[np.float64], power: float) -> NDArray[np.float64]:
    return np.sign(values) * np.abs(values) ** power


def loft(rings: ArrayLike, crease_rad: float = 0.9) -> TriangleMesh:
    """Return the closed skin over `rings` (K, N, 3), m: each a loop of N points, counter-clockwise seen from the last.

    The ends are closed by fans; edges sharper than `crease_rad` stay sharp. Texture coordinates run around and along.
    """
    loops = np.asarray(rings, float)
    count, around = loops.shape[:2]
    points = np.concatenate([loops.reshape(-1, 3), loops[0].mean(axis=0)[None], loops[-1].mean(axis=0)[None]])
    i, j = (index.reshape(-1) for index in np.meshgrid(np.arange(count - 1), np.arange(around), indexing="ij"))
    a, b = i * around + j, i * around + (j + 1) % around
    first, last = len(points) - 2, (count - 1) * around
    ring = np.arange(around)
    following = (ring + 1) % around
    faces = np.concatenate(
        [
            np.column_stack([a, b, b + around]),
            np.column_stack([a, b + around, a + around]),
            np.column_stack([following, ring, np.full(around, first)]),
            np.column_stack([last + ring, last + following, np.full(around, first + 1)]),
        ]
    ).astype(np.int32)
    extent = np.ptp(points, axis=0)
    along, across = np.argsort(extent)[::-1][:2]
    uvs = points[:, [along, across]] - points[:, [along, across]].min(axis=0)
    return smooth_normals(TriangleMesh(points, np.zeros_like(points), uvs, faces), crease_rad)
