"""What pieces of home furniture are made of: asked sizes, cushions, turned legs, lofted shells, weights."""

import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from blueprint.assets import colliders, mesh
from blueprint.assets.builder import AssetBuilder, LinkBuilder
from blueprint.assets.finish import build_fraction, size_factor
from blueprint.assets.geometry import TriangleMesh
from blueprint.assets.registry import AssetRequest, generator_for
from blueprint.contracts.asset import Collider
from blueprint.contracts.frames import Vec3
from blueprint.physics.materials import physics_material
from blueprint.physics.shapes import solid_properties

__all__ = [
    "OPEN_AIR_M",
    "asked_size",
    "blade",
    "cushion",
    "drawn",
    "loft",
    "oval",
    "padded",
    "printed_disc",
    "shell_walls",
    "surface_region",
    "tube_along",
    "turned_leg",
    "weigh",
]

Array = NDArray[np.float64]
OPEN_AIR_M = 1.0
_AXES = ("width", "depth", "height")


def drawn(rng: np.random.Generator, *words: str) -> str:
    """Return one of the words."""
    return words[int(rng.integers(len(words)))]


def asked_size(request: AssetRequest, usual: Vec3) -> Vec3:
    """Return the `usual` width, depth and height (m) at the asked size word, with the options of those names instead.

    What comes out lies in the category's `size_range_m`, less 3 % at both ends for what rounds or juts out a little.
    """
    low, high = generator_for(request.category).size_range_m
    factor = size_factor(request.size)
    w, d, h = (
        round(float(np.clip(float(request.option(name, value * factor)), 1.03 * small, 0.97 * large)), 4)
        for name, value, small, large in zip(_AXES, usual, low, high, strict=True)
    )
    return w, d, h


def cushion(size: ArrayLike, bevel: float, crown: float, center: ArrayLike = (0, 0, 0)) -> TriangleMesh:
    """Return a stuffed cushion inside a box of extent `size`, m: edges rounded by `bevel`, faces bulged by `crown`.

    The highest points of the bulges touch the box, the seams lie `crown` inside it. 432 triangles.
    """
    half = np.asarray(size, float) / 2
    core = np.maximum(half - crown, 0.3 * half)
    bevel = float(min(bevel, 0.95 * core.min()))
    rise = np.linspace(0, np.pi / 4, 3)
    angles = np.concatenate([-rise[::-1], [0.0], rise])
    along = np.concatenate([-np.ones(3), [0.0], np.ones(3)])
    parts = []
    for axis in range(3):
        u, v = [(1, 2), (2, 0), (0, 1)][axis]
        for side in (-1.0, 1.0):
            direction = np.zeros((7, 7, 3))
            direction[..., axis] = side
            direction[..., u], direction[..., v] = np.tan(angles)[:, None], np.tan(angles)[None, :]
            direction /= np.linalg.norm(direction, axis=-1, keepdims=True)
            points = bevel * direction
            points[..., axis] += side * (core[axis] - bevel)
            points[..., u] += (along * (core[u] - bevel))[:, None]
            points[..., v] += (along * (core[v] - bevel))[None, :]
            seam = core - bevel * (1 - np.sqrt(0.5))  # where two faces meet, neither may bulge
            share = (1 - (points[..., u] / seam[u]) ** 2) * (1 - (points[..., v] / seam[v]) ** 2)
            share[[0, -1], :] = share[:, [0, -1]] = 0.0
            points[..., axis] += side * (half[axis] - core[axis]) * share
            uvs = np.stack([points[..., u] + half[u], points[..., v] + half[v]], axis=-1)
            faces = _grid(7, 7) if side > 0 else _grid(7, 7)[:, ::-1]
            parts.append(
                TriangleMesh(points.reshape(-1, 3), direction.reshape(-1, 3), uvs.reshape(-1, 2), faces.copy())
            )
    return mesh.moved(mesh.smooth_normals(mesh.merge(parts), np.deg2rad(50)), center)


def padded(
    link: LinkBuilder, size: Vec3, center: Vec3, material: str, *, bevel: float = 0.04, crown: float = 0.01
) -> None:
    """Add a cushion that is seen and, as a box of its extent, collided with."""
    link.visual(cushion(size, bevel, crown, center), material)
    link.collide(colliders.box(f"pad_{len(link.shapes)}", size, center))


def turned_leg(
    link: LinkBuilder, at: tuple[float, float], height: float, radius: float, material: str, *, z: float = 0.0
) -> None:
    """Add a round leg at `at` (x, y) from `z` up by `height`, tapering to two thirds at the foot."""
    profile = [(0, 0), (0.62 * radius, 0), (0.66 * radius, 0.004), (radius, height), (0, height)]
    link.visual(mesh.moved(mesh.lathe(profile, 16), (*at, z)), material)
    link.collide(colliders.cylinder(f"leg_{len(link.shapes)}", 0.9 * radius, z, z + height, at))


def tube_along(
    link: LinkBuilder, path: ArrayLike, radius: float, material: str, *, sides: int = 10, solid: bool = True
) -> None:
    """Add a tube along `path` (N, 3); if `solid`, with one capsule per straight piece."""
    points = np.asarray(path, float)
    link.visual(mesh.sweep(points, radius, sides=sides), material)
    if solid:
        for start, end in itertools.pairwise(points):
            link.collide(colliders.capsule_between(f"tube_{len(link.shapes)}", radius, start, end))


def printed_disc(radius: float, segments: int = 48) -> TriangleMesh:
    """Return a flat disc about the origin that faces +Z; an image lies on it once, upright in Y."""
    angle = 2 * np.pi * np.arange(segments) / segments
    flat = np.vstack([np.zeros(2), np.column_stack([np.cos(angle), np.sin(angle)])])
    index = np.arange(segments)
    faces = np.column_stack([np.zeros(segments, int), 1 + index, 1 + (index + 1) % segments]).astype(np.int32)
    points = np.column_stack([radius * flat, np.zeros(segments + 1)])
    return TriangleMesh(points, np.tile([0.0, 0.0, 1.0], (segments + 1, 1)), 0.5 + 0.5 * flat, faces)


def oval(half_x: float, half_y: float, z: float, power: float = 2.0, count: int = 36) -> Array:

    turn = 2 * np.pi * np.arange(count) / count
    x, y = np.cos(turn), np.sin(turn)
    scale = (np.abs(x) ** power + np.abs(y) ** power) ** (-1 / power)
    return np.column_stack([half_x * scale * x, half_y * scale * y, np.full(count, z)])


def loft(rings: Sequence[Array], *, crease_deg: float = 40.0) -> TriangleMesh:
    """Return the surface through `rings` (each (N, 3), counter-clockwise seen from above), the outside on their right.

    As in `mesh.lathe`, the first and the last ring are closed by a fan about their middle.
    """
    closed = [np.vstack([ring, ring[:1]]) for ring in rings]
    first, last = (np.broadcast_to(ring.mean(axis=0), (len(ring) + 1, 3)) for ring in (rings[0], rings[-1]))
    grid = np.stack([first, *closed, last], axis=1)  # around, along
    steps = np.linalg.norm(np.diff(grid, axis=1), axis=2).mean(axis=0)
    v = np.broadcast_to(np.concatenate([[0.0], np.cumsum(steps)]), grid.shape[:2])
    girth = max(float(np.linalg.norm(np.diff(ring, axis=0), axis=1).sum()) for ring in closed)
    u = np.broadcast_to(np.linspace(0, girth, grid.shape[0])[:, None], grid.shape[:2])
    points = grid.reshape(-1, 3)
    flat = TriangleMesh(points, np.zeros_like(points), np.stack([u, v], axis=-1).reshape(-1, 2), _grid(*grid.shape[:2]))
    return mesh.smooth_normals(flat, np.deg2rad(crease_deg))


def shell_walls(
    name: str, outer: tuple[Array, Array], inner: tuple[Array, Array], pieces: int, center: ArrayLike = (0, 0, 0)
) -> list[Collider]:
    """Return convex pieces of the wall between `outer` (low ring, high ring) and `inner`, all rings of one count."""
    count, shift = len(outer[0]), np.asarray(center, float)
    edges = [round(i * count / pieces) for i in range(pieces + 1)]
    found = []
    for i, (start, end) in enumerate(itertools.pairwise(edges)):
        index = np.arange(start, end + 1) % count
        corners = np.concatenate([*(ring[index] for ring in outer), *(ring[index[[0, -1]]] for ring in inner)])
        found.append(colliders.convex(f"{name}_{i}", corners + shift))
    return found


def blade(length: float, width: float, droop: float, *, fold: float = 0.25, steps: int = 6) -> TriangleMesh:
    """Return a leaf from the origin along +X, seen from both sides: pointed, folded at its midrib, its tip `droop` low.

    Lengths in m; `fold` is the rise of the edges as a share of the half width. u runs along the leaf, v across.
    """
    t = np.linspace(0, 1, steps + 1)
    half = 0.5 * width * np.sin(np.pi * t**0.75) ** 0.8
    half[0], half[-1] = 0.02 * width, 0.004 * width
    across = np.array([-1.0, 0.0, 1.0])
    x = np.broadcast_to((length * t)[:, None], (steps + 1, 3))
    y = half[:, None] * across
    z = fold * np.abs(y) - droop * (t**2)[:, None]
    points = np.stack([x, y, z], axis=-1).reshape(-1, 3)
    uvs = np.stack([np.broadcast_to(t[:, None], y.shape), 0.5 + y / width], axis=-1).reshape(-1, 2)
    sheet = mesh.smooth_normals(TriangleMesh(points, np.zeros_like(points), uvs, _grid(steps + 1, 3)), np.pi)
    under = TriangleMesh(sheet.vertices, -sheet.normals, sheet.uvs, sheet.faces[:, ::-1].copy())
    return mesh.merge([sheet, under])


def surface_region(
    make: AssetBuilder,
    name: str,
    kind: str,
    center: Vec3,
    size: tuple[float, float],
    clearance_m: float = OPEN_AIR_M,
    *,
    margin: float = 0.02,
    container: bool = False,
    disc: bool = False,
) -> None:
    """Declare a region of extent `size` about `center`, less a `margin` at its edges."""
    make.region(
        name,
        kind,  # type: ignore[arg-type]
        center=center,
        half_extents=(size[0] / 2 - margin, size[1] / 2 - margin),
        clearance_m=clearance_m,
        outline="disc" if disc else "rect",
        is_container=container,
    )


def weigh(link: LinkBuilder, kg: float, usual: str = "wood") -> None:
    """Give the link a mass of `kg` if it is made of the `usual` material, and of another in proportion.

    Denser materials are used thinner: the mass follows density × `build_fraction`, at most 2.5 fold. The volume is
    that of the colliders (of the visuals' bounding box where there are none).
    """
    own, other = physics_material(link.physics_material), physics_material(usual)
    ratio = own.density * build_fraction(own.name) / (other.density * build_fraction(other.name))
    mass = kg * float(np.clip(ratio, 0.5, 2.5))
    volume = sum(solid_properties(item.shape).volume for item in link.shapes)
    if not link.shapes:
        ends = np.array([mesh.bounds(part) for parts in link.parts.values() for part in parts])
        volume = float(np.prod(ends[:, 1].max(axis=0) - ends[:, 0].min(axis=0)))
    share = min(1.0, mass / (own.density * volume))
    link.mass(volume_m3=volume, solid_fraction=max(share, 1e-4), contents_kg=max(0.0, mass - own.density * volume))


def _grid(n: int, m: int) -> NDArray[np.int32]:
    i, j = np.meshgrid(np.arange(n - 1), np.arange(m - 1), indexing="ij")
    a = (i * m + j).reshape(-1)
    return np.concatenate([np.stack([a, a + m, a + m + 1], axis=1), np.stack([a, a + m + 1, a + 1], axis=1)]).astype(
        np.int32
    )
