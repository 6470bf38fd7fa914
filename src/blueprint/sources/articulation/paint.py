"""The colour of a mesh, put onto the case and the fronts of the thing that takes its place."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from blueprint.sources.imported.asset import ImportedLink
from blueprint.sources.imported.mesh_file import MeshPart, Surface

__all__ = ["mean_color", "painted"]

Array = NDArray[np.float64]
_CASE_SHARE = 0.12  # of the area: smaller surfaces are handles, windows, feet, and stay as they are
_METAL = 0.5


def mean_color(parts: list[MeshPart]) -> tuple[float, float, float]:
    """Return the mean of the surfaces by area, linear RGB; a textured one counts with the mean of its image."""
    areas = np.array([_area(part) for part in parts])
    colors = np.array([_color(part.surface) for part in parts])
    if not areas.sum() > 0:
        areas = np.ones(len(parts))
    r, g, b = (round(float(value), 4) for value in areas @ colors / areas.sum())
    return r, g, b


def painted(links: list[ImportedLink], color: tuple[float, float, float]) -> list[ImportedLink]:
    """Return the thing with its large opaque surfaces that are no metal in one colour, without their textures."""
    shares: dict[int, float] = {}
    for link in links:
        for part in link.parts:
            shares[_key(part.surface)] = shares.get(_key(part.surface), 0.0) + _area(part)
    total = sum(shares.values())

    def look(surface: Surface) -> Surface:
        is_case = shares[_key(surface)] > _CASE_SHARE * total and surface.metallic < _METAL and surface.opacity == 1
        return replace(surface, color=color, texture=None) if is_case else surface

    return [replace(link, parts=[replace(part, surface=look(part.surface)) for part in link.parts]) for link in links]


def _key(surface: Surface) -> int:
    texture = b"" if surface.texture is None else surface.texture.tobytes()
    return hash((surface.color, surface.roughness, surface.metallic, surface.opacity, texture))


def _area(part: MeshPart) -> float:
    corners = part.mesh.vertices[part.mesh.faces]
    return (
        float(np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1).sum()) / 2
    )


def _color(surface: Surface) -> Array:
    if surface.texture is None:
        return np.asarray(surface.color, float)
    srgb = surface.texture.reshape(-1, 3).astype(float) / 255
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4).mean(axis=0)
