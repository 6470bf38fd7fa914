"""Which files of a library belong together: a mesh, its sidecar, its materials and layers."""

from bisect import bisect_left
from pathlib import PurePosixPath

__all__ = ["MESH_SUFFIXES", "Listing", "folder_of"]

MESH_SUFFIXES = {".glb": "glb", ".obj": "obj", ".usd": "usd", ".usda": "usd", ".usdc": "usd"}
_USD = (".usd", ".usda", ".usdc")
_COMPANIONS = {"obj": (".mtl", ".png", ".jpg", ".jpeg"), "usd": (*_USD, ".png", ".jpg", ".jpeg")}
_MAX_COMPANIONS = 128
_PIECES = {"payloads", "layers", "textures", "materials"}


class Listing:
    """The keys of a library with their sizes in bytes, sorted."""

    def __init__(self, sizes: dict[str, int]) -> None:
        self.sizes = sizes
        self.keys = sorted(sizes)
        self._stems: dict[str, set[str]] = {}
        self._beside: dict[tuple[str, str], tuple[str, ...]] = {}
        for key in self.keys:
            path = PurePosixPath(key)
            if path.suffix.lower() in MESH_SUFFIXES:
                self._stems.setdefault(folder_of(key), set()).add(path.stem)

    def companions(self, key: str, kind: str) -> tuple[str, ...]:
        """Return up to 128 files that an asset may refer to: beside it or one folder down, for USD anywhere below."""
        folder = folder_of(key)
        if (folder, kind) not in self._beside:
            suffixes = _COMPANIONS.get(kind, ())
            depth = 99 if kind == "usd" else folder.count("/") + 1
            found = [
                other
                for other in (self._below(folder) if suffixes else ())
                if other.lower().endswith(suffixes) and other.count("/") <= depth
            ]
            self._beside[folder, kind] = tuple(found[: _MAX_COMPANIONS + 1])
        return tuple(other for other in self._beside[folder, kind] if other != key)[:_MAX_COMPANIONS]

    def sidecar(self, key: str) -> str | None:
        """Return `<name>.json` or `<name>.metadata.json`, else `metadata.json` where the folder holds one asset."""
        stem = key[: key.rfind(".")]
        for name in (f"{stem}.json", f"{stem}.metadata.json"):
            if name in self.sizes:
                return name
        shared = f"{folder_of(key)}metadata.json"
        return shared if shared in self.sizes and len(self._stems[folder_of(key)]) == 1 else None

    def is_part_of_usd(self, key: str) -> bool:
        """Whether a layer is a piece of the asset that its folder is named after, or lies in a folder of pieces."""
        path = PurePosixPath(key)
        named = [f"{folder_of(key)}{path.parent.name}{suffix}" for suffix in _USD]
        return path.parent.name in _PIECES or (any(other in self.sizes for other in named) and key not in named)

    def _below(self, folder: str) -> list[str]:
        first = bisect_left(self.keys, folder)
        last = bisect_left(self.keys, folder + "\U0010ffff") if folder else len(self.keys)
        return self.keys[first:last]


def folder_of(key: str) -> str:
    """Return the key's folder with its final slash, "" at the top."""
    return key[: key.rfind("/") + 1]
