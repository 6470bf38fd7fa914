"""The files that an OBJ or PLY needs for its looks: there, inside its folder, and pictures. A parser would go grey."""

from collections.abc import Callable

from blueprint.contracts.errors import InputError
from blueprint.sources.imported.image_check import check_image

__all__ = ["check_obj", "check_ply"]


def check_obj(name: str, data: bytes, get: Callable[[str], bytes]) -> bool:
    """Return whether an OBJ has normals, after reading its material library and the colour maps that it uses.

    `get` reads a file that is referred to. Raises InputError for one that is missing or is no picture, and what
    `get` raises for one outside the folder.
    """
    libraries: list[str] = []
    used: set[str] = set()
    for line in data.decode("latin-1").splitlines():
        if line.startswith("mtllib"):
            libraries.append(line[6:].strip())
        elif line.startswith("usemtl"):
            used.add(line[6:].strip())
    if len(libraries) > 1:
        raise InputError(f"{name} names {len(libraries)} material libraries.", remedy="put its materials into one.")
    for library in libraries if used else []:
        for material, texture in _color_maps(get(library)).items():
            if material in used:
                check_image(f"{texture[:200]!r}, a texture of {name},", get(texture))
    return b"\nvn " in data


def check_ply(name: str, data: bytes, get: Callable[[str], bytes]) -> tuple[bool, int]:
    """Return whether a PLY has normals, and how many elements its header announces; its texture is read as an OBJ's."""
    end = data.find(b"end_header")
    if not data.startswith(b"ply") or end < 0:
        raise InputError(f"{name} has no PLY header.", remedy="export it again.")
    lines = data[:end].decode("latin-1").splitlines()
    counts = [int(line.split()[2]) for line in lines if line.startswith("element")]
    if any(count < 0 for count in counts):
        raise InputError(f"{name} announces {min(counts)} elements.", remedy="export it again.")
    for line in lines:
        if line.startswith("comment TextureFile"):
            texture = line.removeprefix("comment TextureFile").strip()
            check_image(f"{texture[:200]!r}, a texture of {name},", get(texture))
    return any(line.startswith("property") and line.split()[-1] == "nx" for line in lines), sum(counts)


def _color_maps(data: bytes) -> dict[str, str]:
    """Material → the file of its map_Kd; options before the name are left out as the parser does."""
    found: dict[str, str] = {}
    material = ""
    for line in data.decode("latin-1").splitlines():
        words = line.strip().split(None, 1)
        if len(words) == 2 and words[0] == "newmtl":
            material = words[1].strip()
        elif len(words) == 2 and words[0].lower() == "map_kd":
            found[material] = words[1].strip()
    return found
