"""A foreign thing, link by link, → an asset of ours: its frame, its colliders, its mass and where each came from."""

from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from blueprint.assets import colliders, mesh
from blueprint.assets.finish import physics_material_of
from blueprint.assets.geometry import Asset, TriangleMesh
from blueprint.assets.grasps import box_grasps
from blueprint.contracts.asset import (
    AssetModel,
    Collider,
    ConvexShape,
    Grasp,
    Joint,
    License,
    Link,
    MassModel,
    Region,
    SurfaceMaterial,
    Visual,
)  # fmt: skip
from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import IDENTITY, Pose, quat_wxyz_from_yaw
from blueprint.contracts.hashing import canonical_json, sha256_bytes
from blueprint.contracts.ids import slug
from blueprint.physics.materials import physics_material
from blueprint.physics.shapes import solid_properties
from blueprint.sources.imported.hulls import convex_pieces, hull_vertices
from blueprint.sources.imported.mesh_file import MeshPart
from blueprint.sources.imported.regions import top_regions

__all__ = [
    "Front",
    "ImportedAsset",
    "ImportedLink",
    "ImportedThing",
    "imported_asset",
    "material_word",
    "with_function",
]

Array = NDArray[np.float64]
Front = Literal["-y", "+y", "+x", "-x"]
MAX_COLLIDERS = 160
# Our front is -Y; the yaw that our frame has in theirs.
_YAW: dict[Front, float] = {"-y": 0.0, "+y": np.pi, "+x": np.pi / 2, "-x": -np.pi / 2}
_SOLID_FRACTION = 0.3  # of a hull's volume, where nobody says what a thing weighs: furniture and vessels are hollow
_GRASPABLE_KG = 2.0


@dataclass(frozen=True)
class ImportedLink:
    """One body in its own frame: what is seen, and point sets whose hulls collide (empty: found from the meshes).

    `colliders`, where there are some, are used as they are, in place of `pieces`. `mass_kg` None means that nobody said
    it.
    """

    name: str
    parts: list[MeshPart]
    pieces: list[Array] = field(default_factory=list)
    parent: str | None = None
    pose_parent_link: Pose = IDENTITY
    joint: Joint | None = None
    mass_kg: float | None = None
    colliders: list[Collider] = field(default_factory=list)


@dataclass(frozen=True)
class ImportedThing:
    """A thing as its maker describes it; where `material` is None, name and description may name its material.

    `front` is where it looks in its own frame. A thing of which `collides` is False is only seen (a rug).
    """

    category: str
    name: str
    description: str
    sim_role: str
    source: str
    license: License
    links: list[ImportedLink]
    front: Front = "-y"
    mass_source: str = "stated by the source"
    collides: bool = True
    material: str | None = None


@dataclass(frozen=True)
class ImportedAsset:
    """`pose_source_asset` maps our asset frame (bottom centre, front -Y) to the thing's own frame."""

    asset: Asset
    pose_source_asset: Pose


def imported_asset(thing: ImportedThing) -> ImportedAsset:
    """Return the asset of a thing; its geometry is where the source had it, seen through `pose_source_asset`.

    Raises InputError where nothing is to be seen, or where there are more than 160 colliders.
    """
    if not thing.links or not any(link.parts for link in thing.links):
        raise InputError(f"{thing.name!r} has nothing to see.", remedy="export it with its meshes.")
    pose_source_asset = _asset_frame(thing)
    pose_asset_source = pose_source_asset.inverse()
    material = thing.material or material_word(f"{thing.name} {thing.description}", thing.sim_role)
    surfaces = _Surfaces()
    pose_asset_root = pose_asset_source @ thing.links[0].pose_parent_link
    links = [_link(item, thing, pose_asset_root, material, surfaces) for item in thing.links]
    if sum(len(link.colliders) for link in links) > MAX_COLLIDERS:
        raise InputError(f"{thing.name!r} has more than {MAX_COLLIDERS} colliders.", remedy="decompose it coarser.")
    low, high = _extent(links, surfaces.meshes)
    size = np.maximum(np.round(high - low, 6), 1e-4)
    stated = any(item.mass_kg is not None for item in thing.links)
    model = AssetModel(
        asset_id="unnamed",
        category=thing.category,
        name=thing.name,
        description=thing.description,
        generator=f"imported.{thing.source}",
        params={"mass_source": thing.mass_source if stated else f"density of {material}", "front": thing.front},
        seed=0,
        size_m=(float(size[0]), float(size[1]), float(size[2])),
        links=links,
        materials=surfaces.materials,
        regions=_regions(links, surfaces.meshes),
        grasps=_grasps(thing, links, size),
        affordances=sorted({"openable", "closable"} if any(link.joint for link in links) else set()),
        sim_role=thing.sim_role,
        license=thing.license,
    )
    return ImportedAsset(_identified(Asset(model, surfaces.meshes, surfaces.textures)), pose_source_asset)


def with_function(
    imported: ImportedAsset, regions: list[Region], grasps: list[Grasp], params: dict[str, float | str]
) -> ImportedAsset:
    """Return the asset with other regions and grasps (its link frames), `params` added, and the id that follows."""
    model = imported.asset.model
    changes = {"asset_id": "unnamed", "regions": regions, "grasps": grasps, "params": model.params | params}
    asset = _identified(replace(imported.asset, model=model.model_copy(update=changes)))
    return replace(imported, asset=asset)


def _identified(asset: Asset) -> Asset:
    """Name an asset by its category and its content."""
    content = _content(asset.meshes, asset.textures)
    digest = sha256_bytes(canonical_json(asset.model.model_dump(mode="json")) + content)
    asset_id = f"{slug(asset.model.category)[:60]}_{digest[:10]}"
    return replace(asset, model=asset.model.model_copy(update={"asset_id": asset_id}))


def _asset_frame(thing: ImportedThing) -> Pose:
    """Return pose_source_asset: bottom centre of the closed extent, turned so that the front looks to -Y."""
    poses: dict[str, Pose] = {}
    corners = []
    for link in thing.links:
        parent = poses[link.parent] if link.parent else IDENTITY
        poses[link.name] = parent @ link.pose_parent_link
        for part in link.parts:
            points = poses[link.name].apply(part.mesh.vertices)
            corners += [points.min(axis=0), points.max(axis=0)]
    low, high = np.min(corners, axis=0), np.max(corners, axis=0)
    origin = np.round([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]], 6)
    return Pose.of(origin, quat_wxyz_from_yaw(_YAW[thing.front]))


class _Surfaces:
    """Materials, textures and meshes under construction; equal surfaces are shared."""

    def __init__(self) -> None:
        self.materials: list[SurfaceMaterial] = []
        self.meshes: dict[str, TriangleMesh] = {}
        self.textures: dict[str, NDArray[np.uint8]] = {}
        self._names: dict[bytes, str] = {}

    def add(self, part: MeshPart) -> str:
        """Return the name of the part's surface material."""
        look = part.surface
        image = b"" if look.texture is None else look.texture.tobytes()
        key = canonical_json([look.color, look.roughness, look.metallic, look.opacity]) + image
        if key not in self._names:
            name = f"surface_{len(self._names)}"
            self._names[key] = name
            if look.texture is not None:
                self.textures[name] = look.texture
            self.materials.append(
                SurfaceMaterial(
                    name=name,
                    base_color=look.color,
                    roughness=look.roughness,
                    metallic=look.metallic,
                    opacity=look.opacity,
                    texture=name if look.texture is not None else None,
                )
            )
        return self._names[key]

    def points(self, visuals: list[Visual]) -> Array:
        """Return the vertices of some visuals."""
        return np.concatenate([self.meshes[visual.mesh].vertices for visual in visuals])


def _content(meshes: dict[str, TriangleMesh], textures: dict[str, NDArray[np.uint8]]) -> bytes:
    parts = []
    for name in sorted(meshes):
        shape = meshes[name]
        parts += [name.encode(), shape.vertices.astype("<f4").tobytes(), shape.faces.astype("<i4").tobytes()]
    parts += [name.encode() + textures[name].tobytes() for name in sorted(textures)]
    return b"\x00".join(parts)


def _link(item: ImportedLink, thing: ImportedThing, pose_asset_root: Pose, material: str, surfaces: _Surfaces) -> Link:
    """The root's frame becomes the asset frame, so its geometry and its children's frames move; others stay."""
    root = thing.links[0].name
    move = pose_asset_root if item.name == root else IDENTITY
    by_material: dict[str, list[TriangleMesh]] = {}
    for part in item.parts:
        by_material.setdefault(surfaces.add(part), []).append(mesh.transformed(part.mesh, move))
    visuals = []
    for word, shapes in by_material.items():
        name = f"{item.name}_{word}"
        surfaces.meshes[name] = _rounded(mesh.merge(shapes))
        visuals.append(Visual(mesh=name, material=word))
    hulls = [_moved(collider, move) for collider in item.colliders]
    if not hulls:
        pieces = [move.apply(points) for points in item.pieces]
        if not pieces and thing.collides:
            pieces = _pieces_of(surfaces.meshes, visuals)
        hulls = [colliders.convex(f"hull_{i}", hull_vertices(points)) for i, points in enumerate(pieces)]
    solids = hulls or [colliders.convex("seen", hull_vertices(surfaces.points(visuals)))]
    volume = sum(solid_properties(shape.shape).volume for shape in solids)
    return Link(
        name=item.name,
        parent=item.parent,
        pose_parent_link=_pose_parent(item, root, pose_asset_root),
        joint=item.joint,
        visuals=visuals,
        colliders=hulls,
        mass_model=_mass_model(item, material, volume),
        physics_material=material,
    )


def _moved(collider: Collider, move: Pose) -> Collider:
    """Return a collider in a frame from which it is seen at `move`; a hull's vertices are moved themselves."""
    pose = move @ collider.pose_link_shape
    if isinstance(collider.shape, ConvexShape):
        return colliders.convex(collider.name, pose.apply(np.array(collider.shape.vertices)))
    return collider.model_copy(update={"pose_link_shape": pose.rounded(7)})


def _pose_parent(item: ImportedLink, root: str, pose_asset_root: Pose) -> Pose:
    if item.name == root:
        return IDENTITY
    return (pose_asset_root @ item.pose_parent_link if item.parent == root else item.pose_parent_link).rounded(7)


def _pieces_of(meshes: dict[str, TriangleMesh], visuals: list[Visual]) -> list[Array]:
    if not visuals:
        return []
    whole = mesh.merge([meshes[visual.mesh] for visual in visuals])
    return convex_pieces(whole.vertices, whole.faces)


def _mass_model(item: ImportedLink, material: str, volume: float) -> MassModel:
    """The stated mass as density × volume × fraction + contents, or the density table with a hollow body."""
    volume = max(float(volume), 1e-9)
    if item.mass_kg is None:
        return MassModel(material=material, volume_m3=volume, solid_fraction=_SOLID_FRACTION)
    solid = physics_material(material).density * volume
    fraction = min(1.0, item.mass_kg / solid)
    return MassModel(
        material=material,
        volume_m3=volume,
        solid_fraction=max(fraction, 1e-9),
        contents_kg=max(0.0, item.mass_kg - solid),
    )


def material_word(text: str, sim_role: str) -> str:
    """Return the first material that the words name; else wood for furniture and plastic for small things."""
    for word in text.lower().replace(",", " ").replace(".", " ").replace("-", " ").split():
        found = physics_material_of(word, "")
        if found:
            return found
    return "plastic" if sim_role in ("manipulable_object", "clutter") else "wood"


def _regions(links: list[Link], meshes: dict[str, TriangleMesh]) -> list[Region]:
    """Flat tops of the root link, found on its meshes."""
    root = links[0]
    if not root.visuals:
        return []
    return top_regions(mesh.merge([meshes[visual.mesh] for visual in root.visuals]), root.name)


def _grasps(thing: ImportedThing, links: list[Link], size: Array) -> list[Grasp]:
    """Grasps of the box around a small rigid thing: candidates that the planner tries in physics."""
    if thing.sim_role not in ("manipulable_object", "clutter") or len(links) > 1:
        return []
    model = links[0].mass_model
    mass = physics_material(model.material).density * model.volume_m3 * model.solid_fraction + model.contents_kg
    if mass > _GRASPABLE_KG:
        return []
    return box_grasps((float(size[0]), float(size[1]), float(size[2])), link=links[0].name)


def _extent(links: list[Link], meshes: dict[str, TriangleMesh]) -> tuple[Array, Array]:
    poses: dict[str, Pose] = {}
    corners = []
    for link in links:
        poses[link.name] = (poses[link.parent] if link.parent else IDENTITY) @ link.pose_parent_link
        for visual in link.visuals:
            points = poses[link.name].apply(meshes[visual.mesh].vertices)
            corners += [points.min(axis=0), points.max(axis=0)]
    return np.min(corners, axis=0), np.max(corners, axis=0)


def _rounded(shape: TriangleMesh) -> TriangleMesh:
    """Single precision, as it is saved; triangles without area are dropped."""
    corners = shape.vertices[shape.faces]
    areas = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    faces = shape.faces[areas > 1e-12]
    if not len(faces):
        raise InputError("a mesh has no triangle with an area.", remedy="export it again.")
    used = np.unique(faces)
    place = np.zeros(len(shape.vertices), np.int32)
    place[used] = np.arange(len(used))
    vertices, normals, uvs = (
        (np.round(values[used], digits) + 0.0).astype(np.float32).astype(np.float64)
        for values, digits in ((shape.vertices, 7), (shape.normals, 6), (shape.uvs, 6))
    )
    return TriangleMesh(vertices, normals, uvs, place[faces].astype(np.int32))
