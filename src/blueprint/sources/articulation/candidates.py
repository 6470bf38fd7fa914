"""Things of ours that a mesh might be: a generator's variants, made at about the mesh's size."""

from functools import lru_cache
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
# What changes how a thing opens: the options of each generator, and the values that it knows.
_COUNTS: dict[str, dict[str, tuple[int, ...]]] = {
    "base_cabinet": {"doors": (1, 2)},
    "casement_window": {"sashes": (1, 2)},
    "chest_of_drawers": {"drawers": (3, 4, 5, 6, 7, 8)},
    "desk_with_drawers": {"drawers": (1, 2, 3)},
    "drawer_unit": {"drawers": (2, 3, 4), "tabletop": (0, 1)},
    "filing_cabinet": {"drawers": (2, 3, 4)},
    "flap_box": {"flaps": (2, 4)},
    "fridge": {"doors": (1, 2)},
    "locker": {"doors": (1, 2, 3, 4)},
    "medicine_cabinet": {"doors": (1, 2)},
    "nightstand": {"drawers": (1, 2, 3)},
    "sideboard": {"drawers": (2, 3, 4)},
    "tool_chest": {"drawers": (3, 4, 5, 6)},
    "wall_cabinet": {"doors": (1, 2)},
    "wardrobe": {"doors": (1, 2, 3, 4, 5), "drawers": (0, 1)},
}
_LENGTHS = ("width", "depth", "height")
_LARGER, _SMALLER = ("large", "huge"), ("small", "tiny")
_PLAIN = {"color": "white", "material": "plastic"}  # it is painted as the mesh is; drawing textures takes longest
_ROUND_SIDES = 12


def variants(generator: str, size: Array) -> list[Asset]:
    """Return every asset that a generator makes to open in another way, for a box of `size` (x, y, z), m.

    Each is as near to that size as the generator makes it. The same arguments give the same assets.
    """
    width, depth, height = (round(float(value), 3) for value in size)
    return list(_variants(generator, (width, depth, height)))


@lru_cache(maxsize=8)
def _variants(generator: str, size: tuple[float, float, float]) -> tuple[Asset, ...]:
    counts = [[(name, value) for value in values] for name, values in sorted(_COUNTS.get(generator, {}).items())]
    return tuple(_at_size(generator, size, options) for options in product(*counts))


def _at_size(generator: str, size: tuple[float, float, float], counts: tuple[tuple[str, float], ...]) -> Asset:
    """Ask for the lengths, and again less by what handles and overhangs add; without such options, by size words."""
    known = [name for name in _LENGTHS if name in generator_for(generator).options]
    if not known:
        return _at_size_word(generator, size, counts)
    wanted = dict(zip(_LENGTHS, size, strict=True))
    asset = _made(generator, None, (*counts, *((name, wanted[name]) for name in known)))
    got = dict(zip(_LENGTHS, asset.model.size_m, strict=True))
    trimmed = tuple((name, round(max(2 * wanted[name] - got[name], 0.01), 4)) for name in known)
    again = _made(generator, None, (*counts, *trimmed))
    return min((asset, again), key=lambda item: _strain(item, size))


def _at_size_word(generator: str, size: tuple[float, float, float], counts: tuple[tuple[str, float], ...]) -> Asset:
    """Go from the usual size to larger or smaller words while that comes nearer."""
    best = _made(generator, None, counts)
    is_larger = float(np.prod(size)) > float(np.prod(best.model.size_m))
    for word in _LARGER if is_larger else _SMALLER:
        asset = _made(generator, word, counts)
        if _strain(asset, size) >= _strain(best, size):
            break
        best = asset
    return best


def _made(generator: str, word: str | None, options: tuple[tuple[str, float], ...]) -> Asset:
    return generate(AssetRequest(generator, seed=0, size=word, options=tuple(sorted(options)), **_PLAIN))


def _strain(asset: Asset, size: tuple[float, float, float]) -> float:
    """How far the proportions and the size are from those wanted: the sum of the logarithms' magnitudes."""
    return float(np.abs(np.log(np.asarray(asset.model.size_m) / np.maximum(size, 1e-6))).sum())


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
