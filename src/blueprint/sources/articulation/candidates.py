"""Things of ours that a mesh might be: a generator's variants, made at about the mesh's size."""

from itertools import product

import numpy as np
from numpy.typing import NDArray

from blueprint.assets.geometry import Asset
from blueprint.assets.registry import AssetRequest, generate, generator_for
from blueprint.contracts.asset import BoxShape, CapsuleShape, Collider, ConvexShape, CylinderShape, SphereShape
from blueprint.sources.imported.asset import ImportedLink
from blueprint.sources.imported.mesh_file import MeshPart, Surface

__all__ = ["links_of_asset", "variants"]

Array = NDArray[np.float64]
# Options that change how a thing opens, and what they may be; the generators limit them to what they can make.
_COUNTS: dict[str, tuple[int, ...]] = {
    "doors": (1, 2, 3, 4),
    "drawers": (0, 1, 2, 3, 4, 5, 6),
    "flaps": (1, 2, 4),
    "sashes": (1, 2),
    "tabletop": (0, 1),
}
_LENGTHS = ("width", "depth", "height")
_ROUND_SIDES = 12


def variants(generator: str, size: Array) -> list[Asset]:
    """Return every different asset that a generator makes for a box of `size` (x, y, z), m, in a fixed order."""
    known = generator_for(generator).options
    lengths = tuple((name, round(float(value), 4)) for name, value in zip(_LENGTHS, size, strict=True) if name in known)
    counts = [[(name, value) for value in _COUNTS[name]] for name in known if name in _COUNTS]
    found: dict[str, Asset] = {}
    for chosen in product(*counts):
        options = tuple(sorted((*lengths, *chosen)))
        asset = generate(AssetRequest(generator, seed=0, options=options))
        found.setdefault(_shape_of(asset), asset)
    return list(found.values())


def links_of_asset(asset: Asset) -> list[ImportedLink]:
    """Return the bodies of an asset of ours, with its colliders and without its masses."""
    materials = {item.name: item for item in asset.model.materials}
    links = []
    for link in asset.model.links:
        parts = []
        for visual in link.visuals:
            look = materials[visual.material]
            texture = asset.textures[look.texture] if look.texture else None
            surface = Surface(look.base_color, look.roughness, look.metallic, look.opacity, texture)
            parts.append(MeshPart(asset.meshes[visual.mesh], surface))
        links.append(
            ImportedLink(
                name=link.name,
                parts=parts,
                pieces=[_corners(item) for item in link.colliders],
                parent=link.parent,
                pose_parent_link=link.pose_parent_link,
                joint=link.joint,
            )
        )
    return links


def _shape_of(asset: Asset) -> str:
    """What an asset looks like and how it opens, without the names and the parameters of its maker."""
    joints = [(link.joint.type, link.pose_parent_link.position) for link in asset.model.links if link.joint]
    return repr((joints, asset.model.size_m))


def _corners(item: Collider) -> Array:
    """Points whose hull is the collider; round ones as prisms and spheres of few sides."""
    return item.pose_link_shape.apply(_points(item.shape))


def _points(shape: BoxShape | SphereShape | CylinderShape | CapsuleShape | ConvexShape) -> Array:
    if isinstance(shape, BoxShape):
        return np.array(list(product((-1, 1), repeat=3)), float) * np.asarray(shape.half_extents)
    if isinstance(shape, ConvexShape):
        return np.asarray(shape.vertices, float)
    turn = 2 * np.pi * np.arange(_ROUND_SIDES) / _ROUND_SIDES
    circle = np.column_stack([np.cos(turn), np.sin(turn)]) * shape.radius
    if isinstance(shape, CylinderShape):
        return np.concatenate([np.column_stack([circle, np.full(len(circle), z)]) for z in _ends(shape.half_length)])
    rings = []
    half = shape.half_length if isinstance(shape, CapsuleShape) else 0.0
    for angle in np.linspace(-np.pi / 2, np.pi / 2, 5):
        z = np.sin(angle) * shape.radius + np.sign(angle) * half
        rings.append(np.column_stack([circle * np.cos(angle), np.full(len(circle), z)]))
    return np.concatenate(rings)


def _ends(half_length: float) -> tuple[float, float]:
    return -half_length, half_length
