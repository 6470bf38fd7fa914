"""Meshes that services made, kept by what was asked for, so that the same request gets the same bytes again."""

from blueprint.contracts.asset import License
from blueprint.contracts.asset_generation import GeneratedMeshEntry, MeshDimensions, MeshOrigin
from blueprint.contracts.errors import ContractError, ObjectExistsError, ObjectNotFoundError
from blueprint.contracts.hashing import sha256_bytes, sha256_json
from blueprint.services.mesh_generation.exchange import MAX_GLB_BYTES
from blueprint.services.mesh_generation.glb import MeshFacts
from blueprint.services.mesh_generation.provider import MeshRequest, Provider
from blueprint.storage.keys import validate_prefix
from blueprint.storage.store import ObjectStore

__all__ = ["MeshCache", "cache_entry"]

_VERSION = 1


class MeshCache:
    """`{prefix}/{key}/metadata.json` and the GLB that it names; the key is a hash of the request and of who answers.

    The first answer to a request stays. Raises StorageError where the store cannot be used.
    """

    def __init__(self, store: ObjectStore, prefix: str) -> None:
        self._store, self._prefix = store, validate_prefix(prefix)

    def key(self, wanted: MeshRequest, provider: Provider, picture_model: str | None) -> str:
        """Return the key's last part: the same for the same words, kind, size, service, dialect and models."""
        service = provider.service
        asked = [wanted.identity, service.name, provider.dialect, service.model, service.texture, picture_model]
        return sha256_json([_VERSION, *asked])[:40]

    def find(self, key: str) -> tuple[bytes, GeneratedMeshEntry] | None:
        """Return a mesh with the bytes that were kept; None where there is none, or where it is damaged."""
        folder = f"{self._prefix}{key}/"
        try:
            entry = GeneratedMeshEntry.parse(self._store.read(f"{folder}metadata.json"), where=f"{folder}metadata.json")
            if entry.file != _file_name(entry.origin.mesh_sha256):
                return None
            if self._store.stat(folder + entry.file).size > MAX_GLB_BYTES:
                return None
            data = self._store.read(folder + entry.file)
        except (ObjectNotFoundError, ContractError):
            return None
        return (data, entry) if sha256_bytes(data) == entry.origin.mesh_sha256 else None

    def keep(self, key: str, data: bytes, entry: GeneratedMeshEntry) -> tuple[bytes, GeneratedMeshEntry]:
        """Keep a mesh and return it, or the one that another process kept meanwhile. A damaged one is replaced."""
        folder = f"{self._prefix}{key}/"
        self._store.write(folder + entry.file, data)
        try:
            self._store.create(f"{folder}metadata.json", entry.to_json().encode())
        except ObjectExistsError:
            found = self.find(key)
            if found is not None:
                if found[1].file != entry.file:
                    self._store.delete(folder + entry.file)
                return found
            self._store.write(f"{folder}metadata.json", entry.to_json().encode())
        return data, entry


def cache_entry(
    wanted: MeshRequest, provider: Provider, picture_model: str | None, data: bytes, facts: MeshFacts, license_id: str
) -> GeneratedMeshEntry:
    """Return what is kept about a mesh that was just made."""
    digest, service = sha256_bytes(data), provider.service
    size = facts.size_m
    return GeneratedMeshEntry(
        name=wanted.prompt[:120],
        category=wanted.category,
        description=wanted.prompt,
        dimensions=MeshDimensions(width=size[0], depth=size[1], height=size[2]) if size else None,
        license=License(
            spdx=license_id,
            source=f"output of {service.name} ({service.model})",
            attribution=None,
        ),
        file=_file_name(digest),
        origin=MeshOrigin(
            service=service.name,
            dialect=provider.dialect,
            model=service.model,
            picture_model=picture_model,
            request_sha256=wanted.identity,
            wanted_size_m=wanted.size_m,
            mesh_sha256=digest,
            mesh_bytes=len(data),
            triangles=facts.triangles,
        ),
    )


def _file_name(digest: str) -> str:
    return f"{digest[:20]}.glb"
