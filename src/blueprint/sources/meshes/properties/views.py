"""Six small pictures of a mesh for a model that sees: around it, from above and from below."""

from dataclasses import dataclass

import numpy as np

from blueprint.assets.geometry import Asset, TriangleMesh
from blueprint.assets.mesh import smooth_normals, transformed
from blueprint.contracts.asset import AssetModel, Link, MassModel, SurfaceMaterial, Visual
from blueprint.contracts.errors import InputError, MissingDependencyError
from blueprint.contracts.frames import Pose, quat_wxyz_from_yaw
from blueprint.sources.imported.mesh_file import MeshPart, Surface
from blueprint.sources.meshes.properties.measure import MeasuredItem, posed_parts

__all__ = ["Views", "draw_views"]

_MAX_FACES = 40_000  # more are no use at 256 pixels, and a model holds each mesh six times
_HALF = 0.5**0.5
# The camera looks from the front right and above; the thing is turned under it: around, then tilted both ways.
_TURNS = (
    *(Pose.of((0.0, 0.0, 0.0), quat_wxyz_from_yaw(quarter * np.pi / 2)) for quarter in range(4)),
    Pose.of((0.0, 0.0, 0.0), (_HALF, _HALF, 0.0, 0.0)),
    Pose.of((0.0, 0.0, 0.0), (_HALF, -_HALF, 0.0, 0.0)),
)


@dataclass(frozen=True)
class Views:
    """PNGs of 256 pixels a side, none where nothing could be drawn; `renderer` says with what, or why not."""

    pictures: tuple[bytes, ...]
    renderer: str


def draw_views(thing: MeasuredItem) -> Views:
    """Draw a thing from six sides; a machine without OpenGL, or a mesh that cannot be shown, gives no pictures."""
    from blueprint.sim.gl import choose_gl
    from blueprint.sim.thumbnails import asset_thumbnails

    if thing.size_m is None:
        return Views((), "none: a mesh could not be read")
    try:
        kind = choose_gl()
        posed = posed_parts(thing.item)
        parts = _lighter([MeshPart(transformed(part.mesh, pose), part.surface) for pose, part in posed])
        pictures = tuple(asset_thumbnails([_turned(thing, parts, turn) for turn in _TURNS], kind))
    except (InputError, MissingDependencyError, ValueError) as error:  # MuJoCo refuses a mesh by ValueError
        return Views((), f"none: {str(error)[:200]}")
    return Views(pictures, kind)


def _turned(thing: MeasuredItem, parts: list[MeshPart], turn: Pose) -> Asset:
    """The thing, turned and on the ground, as an asset that is only seen."""
    corners = np.concatenate([turn.apply(part.mesh.vertices) for part in parts])
    low, high = corners.min(axis=0), corners.max(axis=0)
    to_ground = Pose.of((-(low[0] + high[0]) / 2, -(low[1] + high[1]) / 2, -low[2]))
    x, y, z = (float(side) for side in np.maximum(high - low, 1e-6))
    names = [f"part_{number}" for number in range(len(parts))]
    model = AssetModel(
        asset_id="view",
        category="view",
        name=thing.item.name,
        description="",
        generator="view",
        params={},
        seed=0,
        size_m=(x, y, z),
        links=[
            Link(
                name="body",
                pose_parent_link=to_ground @ turn,
                visuals=[Visual(mesh=name, material=name) for name in names],
                colliders=[],
                mass_model=MassModel(material="plastic", volume_m3=1.0),  # nobody weighs a picture
                physics_material="plastic",
            )
        ],
        materials=[_material(name, part.surface) for name, part in zip(names, parts, strict=True)],
        sim_role="static",
        license=thing.item.license,
    )
    textures = {name: part.surface.texture for name, part in zip(names, parts, strict=True)}
    return Asset(
        model,
        {name: part.mesh for name, part in zip(names, parts, strict=True)},
        {name: image for name, image in textures.items() if image is not None},
    )


def _material(name: str, look: Surface) -> SurfaceMaterial:
    return SurfaceMaterial(
        name=name,
        base_color=look.color,
        roughness=look.roughness,
        metallic=look.metallic,
        opacity=look.opacity,
        texture=name if look.texture is not None else None,
    )


def _lighter(parts: list[MeshPart]) -> list[MeshPart]:
    """Reduce a large mesh by quadric edge collapse (fast-simplification); it keeps its mean colours, no textures."""
    total = sum(len(part.mesh.faces) for part in parts)
    if total <= _MAX_FACES:
        return parts
    return [_reduced(part, max(12, len(part.mesh.faces) * _MAX_FACES // total)) for part in parts]


def _reduced(part: MeshPart, faces_wanted: int) -> MeshPart:
    import fast_simplification

    # Corners of one place are one vertex, else the surface would tear along its seams.
    points, place = np.unique(np.round(part.mesh.vertices, 6), axis=0, return_inverse=True)
    faces = place.reshape(-1)[part.mesh.faces].astype(np.int32)
    if faces_wanted < len(faces):
        simplified, faces = fast_simplification.simplify(points.astype(np.float32), faces, target_count=faces_wanted)
        points = np.asarray(simplified, float)
    shape = TriangleMesh(points, np.zeros((len(points), 3)), np.zeros((len(points), 2)), np.asarray(faces, np.int32))
    return MeshPart(smooth_normals(shape), Surface(_mean_color(part.surface), part.surface.roughness))


def _mean_color(surface: Surface) -> tuple[float, float, float]:
    """Linear RGB; the mean of a texture by the sRGB curve's usual power."""
    if surface.texture is None:
        return surface.color
    r, g, b = (float(value) for value in (surface.texture.reshape(-1, 3).mean(axis=0) / 255) ** 2.2)
    return r, g, b
