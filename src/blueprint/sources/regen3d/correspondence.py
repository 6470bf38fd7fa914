"""Where a canonical mesh lies: the similarity that takes it onto its posed copy, by vertices or by oriented boxes."""

from dataclasses import dataclass
from itertools import permutations, product
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Pose
from blueprint.contracts.seeds import derive_seed
from blueprint.sources.regen3d.point_cloud import MeshPoints, thinned
from blueprint.sources.regen3d.reconstruction import PoseFit

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

__all__ = ["Placement", "Similarity", "place", "similarity"]

Array = NDArray[np.float64]
_EXACT = 0.02  # RMS distance of corresponding vertices, as a share of the diagonal, up to which they do correspond
_SAMPLES = 8_000
_REFINEMENTS = 25
_KEPT = 4  # of the rotations, the nearest ones, which are refined
_ALIKE = 0.01  # shares of the diagonal by which fits of a symmetric thing differ without meaning it


@dataclass(frozen=True)
class Similarity:
    """q = scale · R p + t, R proper. `residual` is the RMS distance that it leaves, in the unit of q."""

    rotation: Array
    translation: Array
    scale: float
    residual: float

    def apply(self, points: Array) -> Array:
        """Map points (N, 3)."""
        return self.scale * points @ self.rotation.T + self.translation


@dataclass(frozen=True)
class Placement:
    """The pose and scale of a mesh, how they were found, and the RMS distance left as a share of the diagonal."""

    pose: Pose
    scale: float
    fit: PoseFit
    residual: float


def place(canonical: MeshPoints, posed: MeshPoints, up: Array) -> Placement:
    """Return where `canonical` lies so that it covers `posed`; its pose is in the frame of `posed`.

    Equal numbers of vertices mean equal order: 3D-RE-GEN moves vertices and never re-indexes them. Where that leaves
    more than 2 % of the diagonal, or numbers differ, oriented boxes decide: of their 24 rotations the one whose
    surface is nearest, and of those that are alike the one that keeps the mesh's +Z nearest `up` (3,).
    Raises InputError for a mesh without extent.
    """
    diagonal = posed.diagonal
    if diagonal < 1e-9 or canonical.diagonal < 1e-9:
        raise InputError("the mesh is a single point.", remedy="reconstruct it again.")
    if len(canonical.vertices) == len(posed.vertices):
        found = similarity(canonical.vertices, posed.vertices)
        if found is not None and found.residual <= _EXACT * diagonal:
            return _placement(found, "vertices", diagonal)
    return _placement(_by_boxes(canonical, posed, up / np.linalg.norm(up)), "oriented_box", diagonal)


def similarity(source: Array, target: Array) -> Similarity | None:
    """Return the similarity of least squares that takes `source` (N, 3) to `target` (N, 3), row by row.

    None where the points do not determine one: fewer than three, or on a line. Umeyama, "Least-squares estimation of
    transformation parameters between two point patterns", IEEE TPAMI 13(4), 1991.
    """
    center_source, center_target = source.mean(axis=0), target.mean(axis=0)
    a, b = source - center_source, target - center_target
    variance = float((a**2).sum() / len(a))
    if len(a) < 3 or variance < 1e-18:
        return None
    u, spectrum, vt = np.linalg.svd(b.T @ a / len(a))
    if spectrum[1] < 1e-9 * spectrum[0] or spectrum[0] <= 0:
        return None
    signs = np.array([1.0, 1.0, np.sign(np.linalg.det(u) * np.linalg.det(vt))])
    rotation = u @ np.diag(signs) @ vt
    scale = float((spectrum * signs).sum() / variance)
    if not scale > 0:
        return None
    translation = center_target - scale * rotation @ center_source
    left = target - (scale * source @ rotation.T + translation)
    return Similarity(rotation, translation, scale, float(np.sqrt((left**2).sum(axis=1).mean())))


def _placement(found: Similarity, fit: PoseFit, diagonal: float) -> Placement:
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = found.rotation, found.translation
    return Placement(Pose.from_matrix(matrix), found.scale, fit, found.residual / diagonal)


def _by_boxes(canonical: MeshPoints, posed: MeshPoints, up: Array) -> Similarity:
    source, target = _Surface.of(canonical, "canonical"), _Surface.of(posed, "posed")
    starts = sorted(
        (_measured(fit, source, target) for fit in _box_fits(canonical, posed)), key=lambda fit: fit.residual
    )
    fits = [_refined(start, source, target) for start in starts[:_KEPT]]
    nearest = min(fit.residual for fit in fits)
    alike = [fit for fit in fits if fit.residual <= nearest + _ALIKE * posed.diagonal]
    return max(alike, key=lambda fit: (round(float(fit.rotation[:, 2] @ up), 2), -fit.residual))


def _box_fits(canonical: MeshPoints, posed: MeshPoints) -> list[Similarity]:
    """The proper rotations that take the axes of one oriented box to those of the other, with the scale between."""
    axes_a, center_a, size_a = _oriented_box(canonical)
    axes_b, center_b, size_b = _oriented_box(posed)
    found = []
    for order, signs in product(permutations(range(3)), product((1.0, -1.0), repeat=3)):
        rotation = axes_b @ np.diag(signs) @ axes_a[:, list(order)].T
        if np.linalg.det(rotation) > 0:
            size = size_a[list(order)]
            scale = float(size @ size_b / (size @ size))
            found.append(Similarity(rotation, center_b - scale * rotation @ center_a, scale, np.inf))
    return found


def _oriented_box(mesh: MeshPoints) -> tuple[Array, Array, Array]:
    """Axes as columns (3, 3), centre (3,) and size (3,) of the smallest box."""
    import trimesh

    to_box, size = trimesh.bounds.oriented_bounds(thinned(mesh.vertices, 50_000))
    box = np.linalg.inv(to_box)
    return box[:3, :3], box[:3, 3], np.asarray(size, float)


@dataclass(frozen=True)
class _Surface:
    """A tree of points spread over the triangles by area, and every sixteenth of them (N, 3), the same at every run."""

    tree: "cKDTree"
    points: Array

    @classmethod
    def of(cls, mesh: MeshPoints, name: str) -> "_Surface":
        import trimesh
        from scipy.spatial import cKDTree

        points = mesh.vertices
        shape = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
        if shape.area > 0:
            seed = derive_seed(0, "regen3d", "surface", name)
            points = np.asarray(trimesh.sample.sample_surface(shape, _SAMPLES, seed=seed)[0], float)
        return cls(cKDTree(points), thinned(points, _SAMPLES // 16))


def _refined(start: Similarity, source: _Surface, target: _Surface) -> Similarity:
    """Move a fit to the nearest points (ICP); the scale stays, since partners shared by many points shrink it."""
    current = start
    for _ in range(_REFINEMENTS):
        partners = target.tree.data[target.tree.query(current.apply(source.points))[1]]
        step = similarity(source.points, partners)
        if step is None:
            break
        translation = partners.mean(axis=0) - current.scale * step.rotation @ source.points.mean(axis=0)
        following = Similarity(step.rotation, translation, current.scale, np.inf)
        moved = float(np.abs(following.apply(source.points) - current.apply(source.points)).max())
        current = following
        if moved < 1e-5 * start.scale:
            break
    refined = _measured(current, source, target)
    return refined if refined.residual < start.residual else start


def _measured(fit: Similarity, source: _Surface, target: _Surface) -> Similarity:
    """The fit with its residual: the RMS distance to the nearest of the other's points, in both directions."""
    there, _ = target.tree.query(fit.apply(source.points))
    back, _ = source.tree.query((target.points - fit.translation) @ fit.rotation / fit.scale)
    residual = float(np.sqrt(((there**2).mean() + ((fit.scale * back) ** 2).mean()) / 2))
    return Similarity(fit.rotation, fit.translation, fit.scale, residual)
