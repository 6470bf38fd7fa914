"""A surface → few convex colliders: primitives where they fit, a hull where it wastes little, else a decomposition."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from blueprint.assets import colliders
from blueprint.contracts.asset import Collider, ConvexShape
from blueprint.contracts.errors import InputError
from blueprint.contracts.mesh_report import ColliderReport
from blueprint.sources.imported.hulls import convex_pieces, hull_vertices, hull_volume
from blueprint.sources.meshes.cleaning import face_areas
from blueprint.sources.meshes.collider_cache import cached_pieces, pieces_key
from blueprint.sources.meshes.decomposition_coacd import CoacdSettings, decompose
from blueprint.sources.meshes.decomposition_solids import Solid, coarse, solids_of, union_of
from blueprint.sources.meshes.deviation import collider_planes, depth_inside, deviation, volume_of
from blueprint.sources.meshes.primitive_fit import fit_primitive

__all__ = ["FoundColliders", "find_colliders"]

Array = NDArray[np.float64]
Faces = NDArray[np.int32]
_SMALL_M = 0.5
_TOLERANCE = 0.02  # of the diagonal
_SMALL_TOLERANCE_M = 0.005
_HULL_RATIO = 0.97
_LEAST_RATIO = 0.9  # down to which a hull near the surface everywhere is one too (the rims of a can)
_INNER = 0.15  # of an open surface, deep inside its hull: then it has a cavity
_MAX_SOLIDS = 24  # a thing of more pieces is decomposed as one
_COARSE_M = 2.5
_CUT_TRIANGLES = 4000  # CoACD takes ten times as long for as many more
_HIDDEN_M = 1e-5
Method = Literal["primitive", "hull", "coacd", "cuts", "mixed"]


@dataclass(frozen=True)
class FoundColliders:
    """Convex colliders in the surface's frame, how they were found, and what went wrong on the way."""

    colliders: list[Collider]
    report: ColliderReport
    warnings: list[str]


def find_colliders(vertices: Array, faces: Faces, cache_dir: Path | None = None) -> FoundColliders:
    """Return colliders of a surface (V, 3) m, (F, 3) that stay inside its extent; the same input gives the same ones.

    In this order: one primitive, one hull (closed surface, at least 97 % of the hull's volume, or 90 % and near it
    everywhere), one of the two per closed piece, a decomposition (CoACD), which `cache_dir` keeps. Where CoACD gives
    up, the mesh is cut along the axes, and a warning says so.
    """
    diagonal = float(np.linalg.norm(np.ptp(vertices, axis=0)))
    tolerance = min(_TOLERANCE * diagonal, _SMALL_TOLERANCE_M if diagonal < _SMALL_M else np.inf)
    solids = solids_of(vertices, faces)
    volume = None
    search = _Search(tolerance, cache_dir, diagonal)
    if solids is None:
        search.open_surface(vertices, faces)
    else:
        whole = union_of(solids)
        volume = whole.volume if whole is not None else sum(item.volume for item in solids)
        pieces = [whole] if whole is not None else solids
        if not search.simple(pieces[0] if len(pieces) == 1 else None):
            if 1 < len(solids) <= _MAX_SOLIDS:
                search.each(solids)
            elif whole is not None:
                search.cut(whole.vertices, whole.faces, is_solid=True)
            else:
                search.cut(vertices, faces, is_solid=False)
    found = _inside(search.found, vertices)
    gap = deviation(vertices, faces, found)
    report = ColliderReport(
        method=search.method,
        colliders=len(found),
        primitives=sum(not isinstance(item.shape, ConvexShape) for item in found),
        deviation_p50_m=gap.p50,
        deviation_p95_m=gap.p95,
        deviation_max_m=gap.maximum,
        volume_ratio=round(volume_of(found) / volume, 4) if volume else None,
    )
    return FoundColliders(found, report, search.warnings)


class _Search:
    """Colliders found so far, and by which methods."""

    def __init__(self, tolerance: float, cache_dir: Path | None, diagonal: float) -> None:
        self.tolerance, self.cache_dir, self.diagonal = tolerance, cache_dir, diagonal
        self.found: list[Collider] = []
        self.warnings: list[str] = []
        self._methods: set[Method] = set()

    @property
    def method(self) -> Method:
        return next(iter(self._methods)) if len(self._methods) == 1 else "mixed"

    def simple(self, solid: Solid | None) -> bool:
        """Add one primitive or one hull where either stands for the closed surface."""
        if solid is None:
            return False
        fit = fit_primitive(solid.vertices, solid.faces, solid.volume, self.tolerance)
        if fit is not None:
            self._add([fit.collider], "primitive")
        elif self._hull_is_near(solid):
            self._add([_hull(solid.vertices)], "hull")
        return bool(self.found)

    def _hull_is_near(self, solid: Solid) -> bool:
        share = solid.volume / max(hull_volume(solid.vertices), 1e-15)
        if share >= _HULL_RATIO or share < _LEAST_RATIO:
            return share >= _HULL_RATIO
        return deviation(solid.vertices, solid.faces, [_hull(solid.vertices)]).p95 <= self.tolerance

    def each(self, solids: list[Solid]) -> None:
        """Add colliders piece by piece, largest first; what lies inside one of those before needs none."""
        for solid in sorted(solids, key=lambda item: -item.volume):
            planes = [collider_planes(item) for item in self.found]
            if any((depth_inside(solid.vertices, [rows]) > -_HIDDEN_M).all() for rows in planes):
                continue
            one = _Search(self.tolerance, self.cache_dir, self.diagonal)
            if not one.simple(solid):
                one.cut(solid.vertices, solid.faces, is_solid=True)
            self._adopt(one)

    def open_surface(self, vertices: Array, faces: Faces) -> None:
        """One hull where the surface is near it everywhere and hardly any of it deep inside; else a decomposition of
        the remeshed surface."""
        hull = _hull(vertices)
        inner = depth_inside(vertices[faces].mean(axis=1), [collider_planes(hull)]) > self.tolerance
        areas = face_areas(vertices, faces)
        is_hollow = areas[inner].sum() > _INNER * areas.sum()
        if not is_hollow and deviation(vertices, faces, [hull]).p95 <= self.tolerance:
            self._add([hull], "hull")
        else:
            self.cut(vertices, faces, is_solid=False)

    def cut(self, vertices: Array, faces: Faces, *, is_solid: bool) -> None:
        """Decompose with CoACD, or along the axes where that gives up."""
        vertices, faces = coarse(vertices, faces, _CUT_TRIANGLES)
        large = self.diagonal > _COARSE_M
        settings = CoacdSettings(threshold=0.08 if large else 0.05, max_hulls=16 if large else 24, is_solid=is_solid)
        key = pieces_key(vertices, faces, settings.parameters())
        try:
            pieces, _ = cached_pieces(key, self.cache_dir, lambda: decompose(vertices, faces, settings))
        except InputError as error:
            self.warnings.append(f"cut along the axes instead: {error}")
            self._add([_hull(points) for points in convex_pieces(vertices, faces)], "cuts")
            return
        self._add([_hull(points) for points in pieces if len(points) >= 4], "coacd")

    def _add(self, found: list[Collider], method: Method) -> None:
        self.found += found
        self._methods.add(method)

    def _adopt(self, other: "_Search") -> None:
        self.found += other.found
        self.warnings += other.warnings
        self._methods |= other._methods


def _hull(points: Array) -> Collider:
    return colliders.convex("hull", hull_vertices(points))


def _inside(found: list[Collider], vertices: Array) -> list[Collider]:
    """Number the colliders; hulls do not reach beyond the surface's extent, or the thing would float on them."""
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    named = []
    for i, item in enumerate(found):
        name = f"{item.name}_{i}"
        if isinstance(item.shape, ConvexShape):
            points = np.array(item.shape.vertices)
            clipped = np.clip(points, low, high)
            named.append(colliders.convex(name, clipped if np.array_equal(points, clipped) else hull_vertices(clipped)))
        else:
            named.append(item.model_copy(update={"name": name}))
    return named
