"""The surface of a mesh file: one colour and its factors for `material.json`, and the files that an OBJ needs."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import numpy as np

from blueprint.contracts.errors import InputError, UnsafePathError
from blueprint.contracts.reconstruction import ReconstructedMaterial
from blueprint.sources.imported.files import read_bounded
from blueprint.sources.imported.mesh_file import MAX_FILE_BYTES, MeshPart, Surface, load_parts
from blueprint.sources.regen3d.contain import optional_file

__all__ = ["companions", "material_of"]

_COMPANIONS = (".mtl", ".png", ".jpg", ".jpeg")


def material_of(mesh: Path, root: Path, material_type: str | None) -> tuple[ReconstructedMaterial, str | None]:
    """Return the mean surface of a mesh, weighted by area: linear RGB and the PBR factors.

    Where the surface cannot be read it is a plain grey one, and the second value says why.
    """
    problem = None
    try:
        parts = load_parts(mesh, root)
    except UnsafePathError:
        raise
    except InputError as error:
        parts, problem = [], str(error)
    areas = np.array([_area(part) for part in parts])
    looks = [(*_color(part.surface), part.surface.metallic, part.surface.roughness) for part in parts]
    if not areas.sum() > 0:
        look = np.array([*Surface().color, Surface().metallic, Surface().roughness])
    else:
        look = np.average(np.array(looks), axis=0, weights=areas)
    r, g, b, metallic, roughness = (round(float(value), 4) for value in np.clip(look, 0, 1))
    return ReconstructedMaterial(
        base_color=(r, g, b), metallic=metallic, roughness=roughness, material_type=material_type or "unknown"
    ), problem


def companions(mesh: Path, root: Path) -> list[Path]:
    """Return the material library and the images that an OBJ refers to, those that lie beside or below it."""
    if mesh.suffix.lower() != ".obj":
        return []
    found: list[Path] = []
    for library in _beside(mesh, root, "mtllib"):
        found += [library, *_beside(library, root, "map_", "bump", "disp", "decal", "norm")]
    return sorted({path for path in found if path.suffix.lower() in _COMPANIONS})


def _beside(path: Path, root: Path, *keys: str) -> Iterator[Path]:
    for line in read_bounded(path, MAX_FILE_BYTES).decode("latin-1").splitlines():
        words = line.split()
        if len(words) < 2 or not words[0].lower().startswith(keys):
            continue
        name = PurePosixPath(words[-1].removeprefix("./"))
        if name.is_absolute() or ".." in name.parts or "\\" in words[-1]:
            continue  # the reader of the mesh refuses it, by name
        target = optional_file(root, (path.parent / name).relative_to(root).as_posix())
        if target is not None:
            yield target


def _area(part: MeshPart) -> float:
    corners = part.mesh.vertices[part.mesh.faces]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return float(np.linalg.norm(cross, axis=1).sum() / 2)


def _color(surface: Surface) -> tuple[float, float, float]:
    """The mean linear colour; a texture is sRGB (IEC 61966-2-1) and multiplied by the factor, as glTF has it."""
    if surface.texture is None:
        return surface.color
    srgb = surface.texture.reshape(-1, 3).astype(float) / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4).mean(axis=0)
    r, g, b = (float(value) for value in linear * surface.color)
    return r, g, b
