"""A mesh that a service made, fitted to what it stands for: its size, colour, mass, colliders, regions and grasps."""

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from blueprint.assets import mesh
from blueprint.assets.colors import COLORS, color_of
from blueprint.assets.geometry import Asset
from blueprint.assets.grasps import MAX_WIDTH_M
from blueprint.assets.registry import PROXY, AssetRequest
from blueprint.contracts.asset import AssetModel, License, Link, MassModel, Region
from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Pose, Vec3, quat_wxyz_from_yaw
from blueprint.contracts.ids import slug
from blueprint.physics.inertia import with_inertials
from blueprint.physics.materials import physics_material
from blueprint.services.mesh_generation import MeshRequest
from blueprint.sources.imported.asset import ImportedLink, ImportedThing, imported_asset
from blueprint.sources.imported.mesh_file import MeshPart, Surface, load_parts
from blueprint.sources.retrieval.query import query_of
from blueprint.sources.retrieval.transfer import with_function_of
from blueprint.sources.text.evaluate import has_color

__all__ = ["fitted_asset", "mesh_request"]

Array = NDArray[np.float64]
_MAX_MISFIT = 1.6  # of any extent after uniform scaling, beyond which it is another shape
_STRETCH = 1.15  # of one axis against another that nobody sees
_TURN_GAIN = 0.9  # a mesh is turned by 90° only where that fits clearly better
_THINNEST_M = 0.001
_MIN_SHARE = 0.4  # of the procedural asset's largest flat place that the mesh's must have
_LEAST_GUESS = 0.5  # of a stand-in's largest extent, to which a small thing may shrink so that a gripper takes it
_MAX_AREA = 60.0  # of the largest extent squared
_SMALL = ("manipulable_object", "clutter")
_PENDING = License(spdx="unknown", source="not yet signed")


def mesh_request(request: AssetRequest, prior: AssetModel) -> MeshRequest:
    """Return what services are asked for: the request's words, its kind, and the size of its procedural asset."""
    query = query_of(request, prior)
    words = [request.size or "", *query.attributes, query.noun]
    prompt = "".join(sign for sign in " ".join(word for word in words if word) if sign.isprintable())
    return MeshRequest(prompt[:300], query.kind or slug(query.noun)[:60], prior.size_m)


def fitted_asset(
    data: bytes, request: AssetRequest, prior: AssetModel, *, must_contain: bool = False
) -> tuple[Asset, Vec3]:
    """Return the asset of a GLB that stands for `prior`, and the mesh's extent (x, y, z) before it is turned, m.

    glTF is Y-up and its front +Z, which becomes our Z-up and -Y. One factor brings it to the size of `prior`, axes
    are stretched by at most 1.15 more; it is turned by 90° where that fits clearly better. A stand-in's size is a
    guess, so of it only the largest extent counts, and a small one may shrink to half until a gripper takes it. Its
    mass is that of `prior` by volume, its physics material too. What has no colour of its own gets that of the
    request. A hollow one gets the wall, inside and grasps of `prior` where they are measured to fit. Raises
    InputError for a damaged mesh, one of other proportions (over 1.6 in an extent), of another colour, and one that
    cannot be gripped, stood on or (`must_contain`, and furniture) filled where `prior` can.
    """
    parts = [_painted(part, request, prior) for part in _parts(data)]
    fit = _fit(parts, prior)
    moved = [replace(part, mesh=mesh.scaled(mesh.transformed(part.mesh, fit.turn), fit.factors)) for part in parts]
    extent = _extent(moved)
    mass = with_inertials(prior).mass_kg * float(np.prod(extent) / np.prod(prior.size_m))
    material = prior.links[0].physics_material
    wanted = mesh_request(request, prior)
    thing = ImportedThing(
        category=prior.category,
        name=wanted.prompt.capitalize(),
        description=f"{wanted.prompt}, a mesh that a service generated",
        sim_role=prior.sim_role,
        source="generated",
        license=_PENDING,
        links=[ImportedLink(name=prior.links[0].name, parts=moved, mass_kg=round(max(mass, 0.002), 4))],
        mass_source=f"procedural {prior.category}, by volume",
        collides=any(link.colliders for link in prior.links),
    )
    asset = imported_asset(thing).asset
    links = [_of_material(link, material, float(thing.links[0].mass_kg or 0.0)) for link in asset.model.links]
    asset = replace(asset, model=asset.model.model_copy(update={"links": links}))
    x, y, z = (round(float(side), 6) for side in fit.source_size)
    return _of_use(asset, request, prior, must_contain), (x, y, z)


@dataclass(frozen=True)
class _Fit:
    """Turn first, then stretch by `factors` (x, y, z). `source_size`: the extent scaled by one factor, not turned."""

    turn: Pose
    factors: Array
    source_size: Array


def _fit(parts: list[MeshPart], prior: AssetModel) -> _Fit:
    wanted = np.array(prior.size_m)
    extent = np.maximum(_extent(parts), 1e-9 * _extent(parts).max())
    fits = []
    for yaw, seen in ((0.0, extent), (np.pi / 2, extent[[1, 0, 2]])):
        logs = np.log(wanted / seen)
        scale = float(np.exp((logs.max() + logs.min()) / 2))
        fits.append((float(np.exp(np.ptp(logs) / 2)), yaw, seen, scale))
    upright, turned = fits
    misfit, yaw, seen, scale = turned if turned[0] < _TURN_GAIN * upright[0] else upright
    stretch = np.ones(3)
    if prior.category == PROXY:
        scale = float(wanted.max() / seen.max())
        if prior.sim_role in _SMALL and prior.grasps:
            scale *= max(_LEAST_GUESS, min(1.0, 0.98 * MAX_WIDTH_M / float(scale * seen[:2].min())))
    elif misfit > _MAX_MISFIT:
        size = np.round(seen * scale, 3).tolist()
        raise InputError(
            f"a mesh of {size} m has other proportions than {wanted.round(3).tolist()} m.", remedy="ask again."
        )
    else:
        stretch = np.clip(wanted / (seen * scale), 1 / _STRETCH, _STRETCH)
    if float((seen * scale).min()) < _THINNEST_M:
        raise InputError("the mesh is flat.", remedy="ask for a solid thing.")
    return _Fit(Pose.of((0, 0, 0), quat_wxyz_from_yaw(yaw)), scale * stretch, extent * scale)


def _extent(parts: list[MeshPart]) -> Array:
    low = np.min([part.mesh.vertices.min(axis=0) for part in parts], axis=0)
    high = np.max([part.mesh.vertices.max(axis=0) for part in parts], axis=0)
    return np.asarray(high - low, float)


def _parts(data: bytes) -> list[MeshPart]:
    """The meshes of a GLB, Z-up, read where it finds no other file to refer to."""
    with tempfile.TemporaryDirectory(prefix="blueprint-mesh-") as folder:
        path = Path(folder) / "mesh.glb"
        path.write_bytes(data)
        return load_parts(path, Path(folder))


def _painted(part: MeshPart, request: AssetRequest, prior: AssetModel) -> MeshPart:
    """A surface without any look gets the request's colour; a texture's mean becomes its colour, to be judged by."""
    look = part.surface
    if look.texture is None and look == Surface():
        color = color_of(request.color, "grey") if request.color else prior.materials[0].base_color
        return replace(part, surface=replace(look, color=color))
    if look.texture is None:
        return part
    srgb = look.texture.reshape(-1, 3).astype(float) / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4).mean(axis=0)
    r, g, b = (round(float(value), 4) for value in linear)
    return replace(part, surface=replace(look, color=(r, g, b)))


def _of_material(link: Link, material: str, mass_kg: float) -> Link:
    volume = link.mass_model.volume_m3
    solid = physics_material(material).density * volume
    mass = MassModel(
        material=material,
        volume_m3=volume,
        solid_fraction=max(min(1.0, mass_kg / solid), 1e-9),
        contents_kg=max(0.0, mass_kg - solid),
    )
    return link.model_copy(update={"physics_material": material, "mass_model": mass})


def _of_use(asset: Asset, request: AssetRequest, prior: AssetModel, must_contain: bool) -> Asset:
    """Return the asset as it is, or with the function of `prior`: what is hollow prefers that, others need it only
    where they lack something."""
    is_hollow = any(region.is_container for region in prior.regions)
    missing = _missing(asset.model, request, prior, must_contain)
    if (is_hollow or missing) and not _is_tangled(asset):
        dressed = with_function_of(asset, prior)
        if dressed is not None:
            dressed = _graspable(dressed)
            asset, missing = dressed, _missing(dressed.model, request, prior, must_contain)
    if missing:
        raise InputError(f"{missing}.", remedy="ask again, or use the procedural one.")
    return asset


def _is_tangled(asset: Asset) -> bool:
    """Whether a mesh has far more surface than a vessel: to sample that of a thousand crossing sheets takes minutes."""
    corners = np.concatenate([shape.vertices[shape.faces] for shape in asset.meshes.values()])
    edges = corners[:, 1:] - corners[:, :1]
    area = float(np.linalg.norm(np.cross(edges[:, 0], edges[:, 1]), axis=1).sum()) / 2
    return area > _MAX_AREA * max(asset.model.size_m) ** 2


def _graspable(asset: Asset) -> Asset:
    """Without the grasps that have become wider than a gripper."""
    grasps = [grasp for grasp in asset.model.grasps if grasp.width_m <= MAX_WIDTH_M]
    return replace(asset, model=asset.model.model_copy(update={"grasps": grasps}))


def _missing(made: AssetModel, request: AssetRequest, prior: AssetModel, must_contain: bool) -> str | None:
    """What a mesh lacks of what the procedural asset does."""
    if request.color in COLORS and not has_color(made, str(request.color)):
        return f"the mesh is not {request.color}"
    is_small = prior.sim_role in _SMALL
    if is_small and prior.grasps and not made.grasps:
        return "no gripper can take the mesh: it is too wide or too heavy"
    made_hollow, prior_hollow = (any(region.is_container for region in one.regions) for one in (made, prior))
    if prior_hollow and not made_hollow and (must_contain or not is_small):
        return "the mesh is not hollow as it should be"
    flat = [region for region in prior.regions if region.kind in ("top", "shelf") and not region.is_container]
    if flat and not is_small:
        largest = max((_area(region) for region in made.regions), default=0.0)
        if len(made.regions) < max(1, len(flat) // 2) or largest < _MIN_SHARE * max(map(_area, flat)):
            return f"{len(made.regions)} flat places are found on the mesh, {len(flat)} are needed"
    return None


def _area(region: Region) -> float:
    return 4 * region.half_extents[0] * region.half_extents[1]
