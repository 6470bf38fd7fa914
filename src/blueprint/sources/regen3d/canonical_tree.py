"""A canonical tree while it is read: its folder, its frame, and what is said about it on the way."""

from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from blueprint.contracts.document import Document
from blueprint.contracts.errors import InputError
from blueprint.sources.imported.files import MAX_JSON_BYTES, read_bounded
from blueprint.sources.regen3d.contain import optional_file

__all__ = ["INFO", "MESH_NAMES", "CanonicalTree", "canonical_root"]

INFO = "scene_info.json"
MESH_NAMES = ("mesh.glb", "model.glb", "asset.glb", "mesh.obj")
_Model = TypeVar("_Model", bound=Document)


def canonical_root(folder: Path) -> Path | None:
    """Return the canonical tree that `folder` is or holds (`regen3d/`), or None."""
    return next((root for root in (folder, folder / "regen3d") if (root / INFO).is_file()), None)


@dataclass
class CanonicalTree:
    """`y_up` is the frame of its poses; `skipped` and `notes` are those of the reconstruction."""

    root: Path
    y_up: bool
    skipped: dict[str, str]
    notes: list[str]

    def note(self, text: str) -> None:
        """Say it once, however often the tree is read and written again."""
        if text not in self.notes:
            self.notes.append(text)

    def has(self, name: str) -> bool:
        """Whether the tree holds a file; raises UnsafePathError for a link that leaves it."""
        return optional_file(self.root, name) is not None

    def document(self, model: type[_Model], name: str) -> _Model:
        """Return a document of the tree; raises InputError where it is missing or does not follow its model."""
        path = optional_file(self.root, name)
        if path is None:
            raise InputError(f"there is no {name}.", remedy="write it.")
        return model.parse(read_bounded(path, MAX_JSON_BYTES), where=name)
