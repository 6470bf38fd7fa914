"""One foreign mesh → one asset: read, cleaned, thinned out, with colliders, mass, places to stand on and grasps."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from blueprint.assets import colliders, mesh
from blueprint.contracts.errors import InputError
from blueprint.contracts.hashing import sha256_bytes, sha256_file
from blueprint.contracts.mesh_report import ColliderReport, MeshReport
from blueprint.physics.inertia import with_inertials
from blueprint.sources.imported.asset import ImportedAsset, ImportedLink, ImportedThing, imported_asset, with_function
from blueprint.sources.imported.hulls import hull_vertices
from blueprint.sources.imported.mesh_file import MeshPart, load_parts
from blueprint.sources.meshes.cleaning import CleanMesh, clean
from blueprint.sources.meshes.decomposition import FoundColliders, find_colliders
from blueprint.sources.meshes.decomposition_clearance import ClearedLinks, cleared
from blueprint.sources.meshes.decomposition_solids import coarse, outer_surface
from blueprint.sources.meshes.detail import SHOWN_TRIANGLES, Detail, thinned
from blueprint.sources.meshes.holding import with_steady_joints
from blueprint.sources.meshes.mesh_input import MeshInput, PreparedMesh
from blueprint.sources.meshes.prepare_function import Function, find_function
from blueprint.sources.meshes.prepare_mass import StatedMass, masses_of

__all__ = ["prepare_mesh", "read_parts"]

MIN_TRIANGLES, MAX_TRIANGLES = 10, 500_000
_LARGEST_M, _SMALLEST_M = 50.0, 0.001
_USD = (".usd", ".usda", ".usdc")
_ONLY_SEEN = ("background",)  # a rug, a curtain


def prepare_mesh(item: MeshInput, cache_dir: Path | None = None) -> PreparedMesh:
    """Return the asset of a mesh file, or of an articulated thing's links, and a report of what was done.

    The same input gives the same bytes, with a cache of decompositions (`cache_dir`) or without. Raises InputError for
    a file that cannot be read, fewer than 10 or more than 500,000 triangles, and a size over 50 m or under 1 mm.
    """
    links = item.links or [ImportedLink("body", _scaled(read_parts(item), item.scale))]
    triangles = sum(len(part.mesh.faces) for link in links for part in link.parts)
    _check(item, links, triangles)
    collides = item.sim_role not in _ONLY_SEEN
    made = [_prepared_link(link, cache_dir, _share(link, triangles), collides) for link in links]
    apart = cleared([one.link for one in made])
    made = [replace(one, link=link) for one, link in zip(made, apart.links, strict=True)]
    mass = masses_of(item, [(one.link, one.clean) for one in made])
    thing = ImportedThing(
        category=item.category,
        name=item.label,
        description=item.label,
        sim_role=item.sim_role,
        source=item.source,
        license=item.license,
        links=[replace(one.link, mass_kg=kg) for one, kg in zip(made, mass.link_kg, strict=True)],
        front=item.front,
        mass_source=mass.source,
        material=mass.material,
        collides=collides,
    )
    imported = imported_asset(thing)
    surfaces = {one.link.name: one.surface for one in made if one.surface is not None}
    use = find_function(imported, surfaces)
    imported = with_function(imported, use.regions, use.grasps, {"colliders": _collider_report(made).method})
    held = with_steady_joints(imported.asset.model)
    imported = replace(imported, asset=replace(imported.asset, model=held))
    return PreparedMesh(imported, _report(item, triangles, made, mass, imported, use, apart))


@dataclass(frozen=True)
class _PreparedLink:
    """A link with what was found for it; all is None where it shows nothing, `colliders` also where it brought its own.

    `surface` is that for physics in the link's own frame, with what lies inside of it left out.
    """

    link: ImportedLink
    clean: CleanMesh | None = None
    colliders: FoundColliders | None = None
    detail: Detail | None = None
    surface: tuple[NDArray[np.float64], NDArray[np.int32]] | None = None


def read_parts(item: MeshInput) -> list[MeshPart]:
    """Return the meshes of an input's file, m before scaling, Z-up; raises InputError for one that cannot be read."""
    if item.path.suffix.lower() in _USD:
        from blueprint.sources.retrieval.usd_mesh import load_usd_parts

        return load_usd_parts(item.path, item.root)
    return load_parts(item.path, item.root)


def _scaled(parts: list[MeshPart], scale: float) -> list[MeshPart]:
    if not (np.isfinite(scale) and scale > 0):
        raise InputError(f"a scale of {scale} is none.", remedy="give a positive number.")
    return [replace(part, mesh=mesh.scaled(part.mesh, (scale,) * 3)) for part in parts]


def _check(item: MeshInput, links: list[ImportedLink], triangles: int) -> None:
    if not MIN_TRIANGLES <= triangles <= MAX_TRIANGLES:
        remedy = "decimate it." if triangles > MAX_TRIANGLES else "export the whole mesh."
        raise InputError(
            f"{item.name}: {triangles} triangles, expected {MIN_TRIANGLES} to {MAX_TRIANGLES}.", remedy=remedy
        )
    for link in links:
        if not (link.parts or link.colliders or link.pieces):
            raise InputError(f"{item.name}: link {link.name} has no mesh.", remedy="merge it with its parent.")
        sizes = [np.ptp(part.mesh.vertices, axis=0).max() for part in link.parts]
        if sizes and not _SMALLEST_M <= max(sizes) <= _LARGEST_M:
            raise InputError(
                f"{item.name}: an extent of {max(sizes):.4g} m, expected {_SMALLEST_M} to {_LARGEST_M:g} m.",
                remedy="check its unit: a scale of 0.01 reads centimetres, 0.001 millimetres.",
            )


def _share(link: ImportedLink, triangles: int) -> int:
    """How many triangles a link may show, of those for the whole thing."""
    return max(1, SHOWN_TRIANGLES * sum(len(part.mesh.faces) for part in link.parts) // max(triangles, 1))


def _prepared_link(link: ImportedLink, cache_dir: Path | None, limit: int, collides: bool) -> _PreparedLink:
    given = [colliders.convex(f"hull_{i}", hull_vertices(points)) for i, points in enumerate(link.pieces)]
    link = replace(link, colliders=link.colliders or given, pieces=[])
    if not link.parts:
        return _PreparedLink(link)
    cleaned = clean(link.parts)
    vertices, faces = coarse(cleaned.vertices, cleaned.faces)
    detail = thinned(cleaned.parts, limit)
    surface = outer_surface(vertices, faces)
    shown = replace(link, parts=detail.parts)
    if link.colliders or not collides:
        return _PreparedLink(shown, cleaned, None, detail, surface)
    found = find_colliders(vertices, faces, cache_dir)
    return _PreparedLink(replace(shown, colliders=found.colliders), cleaned, found, detail, surface)


def _report(
    item: MeshInput,
    triangles: int,
    made: list[_PreparedLink],
    mass: StatedMass,
    imported: ImportedAsset,
    use: Function,
    apart: ClearedLinks,
) -> MeshReport:
    model = imported.asset.model
    cleans = [one.clean for one in made if one.clean is not None]
    details = [one.detail for one in made if one.detail is not None]
    found = [one.colliders for one in made if one.colliders is not None]
    mended = [*(one.repairs for one in cleans), *(one.notes for one in details), apart.repairs]
    warned = [one.warnings for one in cleans] + [one.warnings for one in details]
    warned += [*(one.warnings for one in found), apart.warnings, use.warnings]
    shown = sum(len(shape.faces) for shape in imported.asset.meshes.values())
    full = sum(len(part.mesh.faces) for one in cleans for part in one.parts)
    return MeshReport(
        name=item.name,
        category=item.category,
        source_sha256=_source_sha256(item),
        asset_id=model.asset_id,
        triangles_in=triangles,
        triangles=shown,
        detail_triangles=[full, shown] if any(one.notes for one in details) else [],
        is_watertight_in=all(one.is_watertight_in for one in cleans),
        is_watertight=all(one.is_watertight for one in cleans),
        textures=len(imported.asset.textures),
        size_m=model.size_m,
        mass_kg=round(with_inertials(model).mass_kg, 6),
        mass_source=mass.source,
        repairs=[text for texts in mended for text in texts],
        warnings=[text for texts in warned for text in texts],
        colliders=_collider_report(made),
        grasps=use.report,
        support_surfaces=len(model.regions),
        stable_poses=use.stable_poses,
    )


def _collider_report(made: list[_PreparedLink]) -> ColliderReport:
    """Of several links the worst deviations; `colliders` counts those of all links."""
    count = sum(len(one.link.colliders) for one in made)
    reports = [one.colliders.report for one in made if one.colliders is not None]
    if not reports:
        return ColliderReport(method="given" if count else "none", colliders=count)
    methods = {one.method for one in reports}
    return max(reports, key=lambda one: one.deviation_p95_m or 0.0).model_copy(
        update={
            "method": methods.pop() if len(methods) == 1 and len(reports) == len(made) else "mixed",
            "colliders": count,
            "primitives": sum(one.primitives for one in reports),
        }
    )


def _source_sha256(item: MeshInput) -> str:
    if not item.links:
        return sha256_file(item.path)
    parts = [part.mesh for link in item.links for part in link.parts]
    return sha256_bytes(b"\0".join(shape.vertices.tobytes() + shape.faces.tobytes() for shape in parts))
