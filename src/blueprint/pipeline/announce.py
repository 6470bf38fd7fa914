"""Telling others what was imported: an event in the object store, once per import."""

from pathlib import Path

from blueprint.contracts.errors import InputError
from blueprint.contracts.events import ImportedEpisodes, episodes_imported
from blueprint.contracts.hashing import sha256_file
from blueprint.contracts.import_manifest import ImportManifest
from blueprint.storage import layout
from blueprint.storage.event_queue import publish
from blueprint.storage.store import ObjectStore

__all__ = ["announce_import"]


def announce_import(store: ObjectStore, scene_dir: Path) -> bool:
    """Queue the event that a scene's episodes were imported; returns False where this import was announced before.

    Raises InputError where nothing was imported.
    """
    path = scene_dir / layout.IMPORT_MANIFEST
    if not path.is_file():
        raise InputError(f"{scene_dir} has no imported episodes.", remedy="run stage import first.")
    manifest = ImportManifest.read(path)
    data = ImportedEpisodes(
        scene_id=manifest.scene_id,
        accepted=manifest.episodes.accepted,
        rejected=manifest.episodes.rejected,
        import_manifest_sha256=sha256_file(path),
    )
    return publish(store, episodes_imported(data))
