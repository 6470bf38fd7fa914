"""Whether an asset of the library can stand for the procedural one, at which scale, and what then stands there."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from blueprint.assets import mesh
from blueprint.assets.colors import COLORS
from blueprint.assets.finish import physics_material_of
from blueprint.assets.geometry import Asset
from blueprint.assets.library import load_asset
from blueprint.contracts.asset import AssetModel, License, Link, MassModel, Region
from blueprint.contracts.frames import Vec3
from blueprint.contracts.hashing import sha256_json
from blueprint.contracts.ids import slug
from blueprint.physics.inertia import with_inertials
from blueprint.physics.materials import physics_material
from blueprint.sources.imported.asset import ImportedLink, ImportedThing, imported_asset
from blueprint.sources.imported.hulls import convex_pieces
from blueprint.sources.imported.mesh_file import MeshPart
from blueprint.sources.retrieval.files import LibraryFiles
from blueprint.sources.retrieval.library import LibraryItem, load_item_parts
from blueprint.sources.retrieval.query import Query, tokens
from blueprint.sources.retrieval.transfer import open_regions, with_function_of
from blueprint.sources.text.evaluate import has_color

__all__ = ["Fitter", "Scaling", "missing_function", "missing_look", "scaling_of"]

MAX_MISFIT = 1.6  # of any extent after scaling, beyond which it is another shape
_UNITS = (1.0, 0.01, 0.001, 0.0254)  # metres, and what exporters write by mistake: centimetres, millimetres, inches
_UNIT_TOLERANCE = 2.0
_NORMALISED = (1.0, 2.0)  # data sets of scanned and generated meshes scale every one to a box of this size
_PLAUSIBLE_M = (0.01, 1.5)
_MIN_SHARE = 0.4  # of the procedural asset's largest flat place that the found one's must have
_SMALL = ("manipulable_object", "clutter")


@dataclass(frozen=True)
class Scaling:
    """`scale` is the factor on `item.size_m`; `misfit` the largest ratio of an extent to the expected one after it."""

    scale: float
    misfit: float
    up_axis: str


def scaling_of(item: LibraryItem, expected_m: Vec3 | None) -> Scaling | str:
    """Return how an item is brought to the expected size (x, y, z), or why it cannot be.

    Where nobody knows how large such a thing is, its own size counts, if that is one of 1 cm to 1.5 m.

    One factor for all axes; an own asset keeps its size. The factor must be explained: within 2 of a unit (metres,
    centimetres, millimetres or inches; of metres where the size is stated), or by a mesh that is scaled to a unit box.
    A table called "mug" is no mug, whatever its proportions.
    """
    if expected_m is None:
        return _own_size(item)
    best: Scaling | None = None
    for up in (item.up_axis,) if item.up_axis else ("y", "z"):
        x, y, z = item.size_m
        logs = np.log(np.array(expected_m) / np.array((x, z, y) if up == "y" else (x, y, z)))
        if item.format == "asset":
            found = Scaling(1.0, round(float(np.exp(np.abs(logs).max())), 4), up)
        else:
            middle = (logs.max() + logs.min()) / 2
            found = Scaling(round(float(np.exp(middle)), 6), round(float(np.exp((logs.max() - logs.min()) / 2)), 4), up)
        if best is None or found.misfit < best.misfit:
            best = found
    assert best is not None
    if best.misfit > MAX_MISFIT:
        return f"its proportions differ by {best.misfit:.2f}"
    units = (1.0,) if item.size_is_stated else _UNITS
    explained = any(max(best.scale / unit, unit / best.scale) <= _UNIT_TOLERANCE for unit in units)
    if not explained and not _is_normalised(item):
        return f"it is {1 / best.scale:.3g} times as large as expected, which no unit explains"
    return best


def _own_size(item: LibraryItem) -> Scaling | str:
    low, high = _PLAUSIBLE_M
    if _is_normalised(item) or not low <= max(item.size_m) <= high:
        return f"nobody says how large it is, and {max(item.size_m):.3g} m is not to be trusted"
    return Scaling(1.0, 1.0, item.up_axis or "y")


def _is_normalised(item: LibraryItem) -> bool:
    return not item.size_is_stated and any(abs(max(item.size_m) - side) < 0.01 * side for side in _NORMALISED)


def missing_function(item: LibraryItem, prior: AssetModel) -> str | None:
    """Return what the procedural asset can do and this one cannot, as far as the index tells: doors and drawers move
    only in own assets."""
    wanted = sum(link.joint is not None for link in prior.links)
    if wanted and not item.joints:
        return f"it has no joints, {wanted} are needed"
    return None


def missing_look(query: Query, item: LibraryItem) -> str | None:
    """Return which attribute is asked for that the item's words do not say; a colour is measured once it is built."""
    if query.material and (physics_material_of(query.material, "") or query.material) not in _materials(item):
        return f"nothing says that it is {query.material}"
    if query.color and query.color not in COLORS and query.color not in _told(item):
        return f"nothing says that it is {query.color}"
    return None


class Fitter:
    """Makes assets of a library's items; meshes and their convex pieces are read and found once per item."""

    def __init__(self, files: LibraryFiles) -> None:
        self._files = files
        self._shapes: dict[tuple[str, str], _Shape] = {}

    def build(
        self, item: LibraryItem, scaling: Scaling, prior: AssetModel, query: Query, must_contain: bool
    ) -> Asset | str:
        """Return what stands for `prior`, with colliders, mass, regions and grasps like any other, or why nothing does.

        An own asset is taken as it is. A mesh is scaled and gets convex pieces, the stated mass or that of `prior` by
        volume, the material that its words name or that of `prior`, and the flat places that are found on it; where
        those are not enough, the wall, places and grasps of `prior` where they fit it. What a gripper takes, what
        carries other things and (`must_contain`, and furniture) what contains them must do so too. Raises InputError
        where its files are damaged.
        """
        if item.format == "asset":
            asset = _own(self._files, item, prior)
            return _missing(asset.model, prior, query, must_contain) or asset
        asset = _from_mesh(self._shape(item, scaling.up_axis), item, scaling, prior, query)
        if query.color in COLORS and not has_color(asset.model, str(query.color)):
            return f"it is not {query.color}"
        lacks = _missing(asset.model, prior, query, must_contain)
        if lacks or any(region.is_container for region in prior.regions):
            alike = with_function_of(asset, prior)
            if alike is not None:
                asset, lacks = alike, _missing(alike.model, prior, query, must_contain)
        return lacks or asset

    def _shape(self, item: LibraryItem, up_axis: str) -> "_Shape":
        if (item.key, up_axis) not in self._shapes:
            parts = [_turned(part, up_axis) for part in load_item_parts(self._files, item)]
            whole = mesh.merge([part.mesh for part in parts])
            # Pieces are found at one size for all scales, so that an asset does not depend on who asked first.
            unit = 1 / float(np.ptp(whole.vertices, axis=0).max())
            pieces = [points / unit for points in convex_pieces(whole.vertices * unit, whole.faces)]
            self._shapes[item.key, up_axis] = _Shape(parts, pieces)
        return self._shapes[item.key, up_axis]


@dataclass(frozen=True)
class _Shape:
    """An item's meshes and convex pieces, Z-up, in the lengths of its file."""

    parts: list[MeshPart]
    pieces: list[NDArray[np.float64]]


def _missing(model: AssetModel, prior: AssetModel, query: Query, must_contain: bool) -> str | None:
    """Return what the built asset lacks of what the procedural one does."""
    if query.color in COLORS and not has_color(model, str(query.color)):
        return f"it is not {query.color}"
    small = prior.sim_role in _SMALL
    if small and prior.grasps and not model.grasps and query.size_m is not None:
        return "no gripper can take it: it is too wide or too heavy"
    hollow, wanted = (any(region.is_container for region in one.regions) for one in (model, prior))
    if wanted and not hollow and (must_contain or not small):
        return "it is not hollow as it should be"
    flat = [region for region in prior.regions if region.kind in ("top", "shelf") and not region.is_container]
    if flat and not small:
        areas = sorted((_area(region) for region in model.regions), reverse=True)
        largest = max(_area(region) for region in flat)
        if len(areas) < max(1, len(flat) // 2) or areas[0] < _MIN_SHARE * largest:
            return f"{len(areas)} flat places are found on it, {len(flat)} are needed"
    return None


def _area(region: Region) -> float:
    return 4 * region.half_extents[0] * region.half_extents[1]


def _own(files: LibraryFiles, item: LibraryItem, prior: AssetModel) -> Asset:
    asset = load_asset(files.path(item.key).parent)
    if asset.model.category == prior.category:
        return asset
    renamed = f"{slug(prior.category)[:60]}_{sha256_json([item.sha256, prior.category])[:10]}"
    return replace(asset, model=asset.model.model_copy(update={"category": prior.category, "asset_id": renamed}))


def _from_mesh(shape: _Shape, item: LibraryItem, scaling: Scaling, prior: AssetModel, query: Query) -> Asset:
    scale = item.file_scale * scaling.scale
    parts = [replace(part, mesh=replace(part.mesh, vertices=part.mesh.vertices * scale)) for part in shape.parts]
    collides = any(link.colliders for link in prior.links)
    pieces = [points * scale for points in shape.pieces] if collides else []
    material = _material(item, prior, query)
    mass = item.mass_kg or _mass_of_prior(item, scaling, prior)
    thing = ImportedThing(
        category=prior.category,
        name=item.name,
        description=item.description or f"{item.name}, from the asset library",
        sim_role=prior.sim_role,
        source="library",
        license=item.license or License(spdx="NOASSERTION", source=item.key),
        links=[ImportedLink(name=prior.links[0].name, parts=parts, pieces=pieces, mass_kg=mass)],
        front=item.front,  # type: ignore[arg-type]
        mass_source="stated beside the asset" if item.mass_kg else f"procedural {prior.category}, by volume",
        collides=collides,
    )
    asset = imported_asset(thing).asset
    identity = [item.sha256, scaling.scale, scaling.up_axis, prior.category, prior.sim_role, material, mass]
    model = asset.model.model_copy(
        update={
            "asset_id": f"{slug(prior.category)[:60]}_{sha256_json(identity)[:10]}",
            "links": [_of_material(link, material, mass) for link in asset.model.links],
            "regions": open_regions(asset.model),
        }
    )
    return replace(asset, model=model)


def _turned(part: MeshPart, up_axis: str) -> MeshPart:
    """Turn Y-up to Z-up; a textured surface gets its mean colour, by which its colour is judged."""
    turn = np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]], float) if up_axis == "y" else np.eye(3)
    shape = part.mesh
    moved = replace(shape, vertices=shape.vertices @ turn.T, normals=shape.normals @ turn.T)
    surface = part.surface
    if surface.texture is not None:
        srgb = surface.texture.reshape(-1, 3).astype(float) / 255
        linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4).mean(axis=0)
        r, g, b = (round(float(value), 4) for value in linear)
        surface = replace(surface, color=(r, g, b))
    return MeshPart(moved, surface)


def _mass_of_prior(item: LibraryItem, scaling: Scaling, prior: AssetModel) -> float:
    volume = float(np.prod(item.size_m)) * scaling.scale**3 / float(np.prod(prior.size_m))
    return round(max(with_inertials(prior).mass_kg * volume, 0.002), 4)


def _told(item: LibraryItem) -> frozenset[str]:
    return tokens(" ".join([item.name, item.description, *item.tags]))


def _materials(item: LibraryItem) -> frozenset[str]:
    return frozenset(filter(None, (physics_material_of(word, "") for word in _told(item))))


def _material(item: LibraryItem, prior: AssetModel, query: Query) -> str:
    """The material that is asked for (the words say so), else that of the procedural asset, unless the words differ."""
    told = _materials(item)
    own = prior.links[0].physics_material
    if query.material:
        return physics_material_of(query.material, own)
    return own if not told or own in told else min(told)


def _of_material(link: Link, material: str, mass_kg: float) -> Link:
    """The same link made of `material`, weighing `mass_kg`."""
    volume = link.mass_model.volume_m3
    solid = physics_material(material).density * volume
    mass = MassModel(
        material=material,
        volume_m3=volume,
        solid_fraction=max(min(1.0, mass_kg / solid), 1e-9),
        contents_kg=max(0.0, mass_kg - solid),
    )
    return link.model_copy(update={"physics_material": material, "mass_model": mass})
