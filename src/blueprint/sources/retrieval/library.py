"""The index of a library: which GLB, OBJ, USD and own assets it holds, what each is, and why others are left out."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import numpy as np

from blueprint.assets.lexicon import all_categories
from blueprint.assets.library import load_asset
from blueprint.contracts.asset import AssetModel, License
from blueprint.contracts.document import Document
from blueprint.contracts.errors import ContractError, InputError, StorageError
from blueprint.contracts.frames import Vec3
from blueprint.contracts.hashing import canonical_json, sha256_bytes, sha256_json
from blueprint.sources.imported.mesh_file import MeshPart, load_parts
from blueprint.sources.imported.nouns import category_of
from blueprint.sources.retrieval.files import LibraryFiles
from blueprint.sources.retrieval.listing import MESH_SUFFIXES, Listing, folder_of
from blueprint.sources.retrieval.sidecar import Sidecar, plain, read_sidecar
from blueprint.sources.retrieval.usd_mesh import load_usd_parts
from blueprint.storage.cache import cache_root
from blueprint.storage.keys import validate_key
from blueprint.storage.store import ObjectStore

__all__ = ["AssetLibrary", "LibraryItem", "load_item_parts", "scan_library"]

MAX_TRIANGLES = 120_000
_INDEX_VERSION = 1
_UNREAD = {".usdz", ".fbx", ".gltf", ".blend", ".stl", ".dae"}
_MANIFEST = "assets/scene_manifest.json"
_MIN_EXTENT_M = 1e-4
_OTHER_SHAPE = 1.25  # ratio of extents beyond which a stated size is not that of the mesh
_SAYS_NOTHING = re.compile(
    r"(sim|usd|glb|obj|source|scene|model|mesh|asset|object|textured|untitled|geometry|main|mesh_?\d+|[0-9_-]+|[0-9a-f]{16,}|.*_[0-9a-f]{10})"
)


class LibraryItem(Document):
    """One asset. `size_m` is its extent (x, y, z) in the file's frame, as stated or measured.

    `file_scale` is the factor from the file's lengths to `size_m`. `up_axis` None: nobody says which way is up (OBJ).
    """

    key: str
    format: str
    sha256: str
    name: str
    category: str | None
    description: str
    tags: list[str]
    size_m: Vec3
    file_scale: float = 1.0
    size_is_stated: bool = False
    up_axis: str | None = "z"
    front: str = "-y"
    triangles: int
    license: License | None
    mass_kg: float | None = None
    joints: int = 0
    region_kinds: list[str] = []
    companions: list[str] = []


@dataclass(frozen=True)
class AssetLibrary:
    """What was found, by key, and why what else lies there is left out. `sha256` is over every item's key and bytes."""

    files: LibraryFiles
    items: tuple[LibraryItem, ...]
    skipped: dict[str, str] = field(default_factory=dict)
    beyond_limit: int = 0

    @property
    def sha256(self) -> str:
        return sha256_json([[item.key, item.sha256] for item in self.items])


@dataclass(frozen=True)
class _Found:
    key: str
    format: str
    sidecar: str | None
    companions: tuple[str, ...]


def scan_library(
    store: ObjectStore, prefixes: tuple[str, ...], max_files: int, *, without_scene: str | None = None
) -> AssetLibrary:
    """Return the index of everything below the prefixes; damaged, unsafe or too large files are skipped with a reason.

    Of a scene folder only its assets count, each once; those of `without_scene` never do (a scene is no source of
    itself). What was read of a file is cached by the version of its bytes. Raises StorageError where the library
    cannot be listed.
    """
    listing = Listing({entry.key: entry.size for prefix in prefixes for entry in store.list(prefix)})
    skipped: dict[str, str] = {}
    files = LibraryFiles(store, listing.sizes)
    found = list(_candidates(listing, without_scene, skipped))
    items: dict[str, LibraryItem] = {}
    for one in found[:max_files]:
        try:
            item = _indexed(files, one, store.url)
        except (InputError, StorageError) as error:
            skipped[one.key] = plain(str(error), 300)
            continue
        same = items.get(item.sha256)
        if same is not None:
            skipped[one.key] = f"the same asset as {same.key}"
        elif item.triangles > MAX_TRIANGLES:
            skipped[one.key] = f"{item.triangles} triangles are more than {MAX_TRIANGLES}"
        else:
            items[item.sha256] = item
    ordered = tuple(sorted(items.values(), key=lambda item: item.key))
    return AssetLibrary(files, ordered, dict(sorted(skipped.items())), max(0, len(found) - max_files))


def load_item_parts(files: LibraryFiles, item: LibraryItem) -> list[MeshPart]:
    """Return the meshes of an item that is a mesh file, in its frame; its companions are fetched first."""
    for companion in item.companions:
        files.path(companion)
    return _parts(files, item.key, item.format)


def _candidates(listing: Listing, without_scene: str | None, skipped: dict[str, str]) -> Iterator[_Found]:
    """Own assets first claim their folder, then meshes; what belongs to a scene is none of them."""
    sizes = listing.sizes
    own = {folder_of(key) for key in sizes if key.endswith("/metadata.json") and _meshes_of(key) in sizes}
    scenes = {key.removesuffix(_MANIFEST) for key in sizes if key.endswith(_MANIFEST)}
    mine = f"scenes/{without_scene}/"
    for key in listing.keys:
        suffix = PurePosixPath(key).suffix.lower()
        folder = folder_of(key)
        if without_scene is not None and (key.startswith(mine) or f"/{mine}" in key):
            continue
        if folder in own and key == f"{folder}metadata.json":
            yield _Found(key, "asset", None, (_meshes_of(key),))
        elif any(home in own or home in scenes for home in _ancestors(folder)):
            continue
        elif suffix in MESH_SUFFIXES:
            try:
                validate_key(key)
            except InputError as error:
                skipped[plain(key, 200)] = plain(str(error), 300)
                continue
            kind = MESH_SUFFIXES[suffix]
            if kind != "usd" or not listing.is_part_of_usd(key):
                yield _Found(key, kind, listing.sidecar(key), listing.companions(key, kind))
        elif suffix in _UNREAD:
            skipped[key] = f"{suffix} is not read; convert it to GLB, OBJ or USD"


def _meshes_of(metadata_key: str) -> str:
    return f"{folder_of(metadata_key)}source/meshes.npz"


def _ancestors(folder: str) -> list[str]:
    """The folder and those above it, each with its final slash; the root is ""."""
    parts = folder.split("/")[:-1]
    return ["/".join([*parts[:count], ""]) for count in range(len(parts) + 1)]


def _indexed(files: LibraryFiles, found: _Found, url: str) -> LibraryItem:
    """Return the item from the cache where its bytes are those that were read before, else read it."""
    read = [found.key, *([found.sidecar] if found.sidecar else []), *found.companions]
    identity = [_INDEX_VERSION, url, [[key, files.version(key)] for key in read]]
    path = cache_root() / "asset-library" / "items" / f"{sha256_bytes(canonical_json(identity))}.json"
    if path.is_file():
        try:
            return LibraryItem.read(path)
        except ContractError:
            path.unlink(missing_ok=True)  # of an older build, or cut short by a full disk
    item = _read_item(files, found, _content_hash(files, read))
    item.write(path)
    return item


def _content_hash(files: LibraryFiles, keys: list[str]) -> str:
    """A hash of names (relative to the first one's folder) and bytes, the same wherever the library lies."""
    base = folder_of(keys[0])
    return sha256_json([[key.removeprefix(base), sha256_bytes(files.read(key))] for key in sorted(keys)])


def _read_item(files: LibraryFiles, found: _Found, digest: str) -> LibraryItem:
    if found.format == "asset":
        return _own_item(files, found, digest)
    sidecar = read_sidecar(files.read(found.sidecar), found.sidecar) if found.sidecar else Sidecar()
    parts = _parts(files, found.key, found.format)
    corners = [(part.mesh.vertices.min(axis=0), part.mesh.vertices.max(axis=0)) for part in parts]
    extent = np.max([high for _, high in corners], axis=0) - np.min([low for low, _ in corners], axis=0)
    if float(extent.max()) < _MIN_EXTENT_M or not np.isfinite(extent).all():
        raise InputError(f"{found.key} has the extent {extent.round(6).tolist()} m.", remedy="export it in metres.")
    stated_up = sidecar.up_axis.lower() if sidecar.up_axis else None
    up_axis = stated_up if found.format == "obj" else "z"  # glTF and USD say it themselves and are turned already
    size, scale, up_axis = _stated_size(found.key, extent, sidecar, up_axis)
    name = plain(sidecar.name, 120) or _name(found.key)
    return LibraryItem(
        key=found.key,
        format=found.format,
        sha256=digest,
        name=name,
        category=_category(sidecar.kind, name),
        description=plain(sidecar.description, 1000),
        tags=sidecar.words,
        size_m=size,
        file_scale=scale,
        size_is_stated=sidecar.size_m is not None,
        up_axis=up_axis,
        front=sidecar.front,
        triangles=sum(len(part.mesh.faces) for part in parts),
        license=sidecar.licence(found.key),
        mass_kg=sidecar.mass_kg,
        companions=list(found.companions),
    )


def _own_item(files: LibraryFiles, found: _Found, digest: str) -> LibraryItem:
    model = AssetModel.read(files.path(found.key))
    for texture in sorted({item.texture for item in model.materials if item.texture}):
        files.path(f"{folder_of(found.key)}source/textures/{texture}.png")
    for key in found.companions:
        files.path(key)
    asset = load_asset(files.path(found.key).parent)
    if model.sim_role in ("scene_shell", "background"):
        raise InputError(f"{found.key} is architecture.", remedy="leave it where it is.")
    return LibraryItem(
        key=found.key,
        format="asset",
        sha256=digest,
        name=plain(model.name, 120),
        category=_category(model.category, model.name),
        description=plain(model.description, 1000),
        tags=[],
        size_m=model.size_m,
        size_is_stated=True,
        triangles=sum(len(shape.faces) for shape in asset.meshes.values()),
        license=model.license,
        joints=sum(link.joint is not None for link in model.links),
        region_kinds=sorted(region.kind for region in model.regions),
    )


def _parts(files: LibraryFiles, key: str, kind: str) -> list[MeshPart]:
    path: Path = files.path(key)
    if kind == "usd":
        return load_usd_parts(path, path.parent)
    return load_parts(path, path.parent)


def _stated_size(key: str, extent: np.ndarray, sidecar: Sidecar, up_axis: str | None) -> tuple[Vec3, float, str | None]:
    """Return the extent in the file's frame in metres, the factor to it, and which way is up.

    A stated size (width, depth, height) must have the mesh's proportions, and settles what is up where nobody says.
    """
    size = np.maximum(np.round(extent, 6), _MIN_EXTENT_M)
    if sidecar.size_m is None:
        return _vec3(size), 1.0, up_axis
    width, depth, height = sidecar.size_m
    orders = {"z": (width, depth, height), "y": (width, height, depth)}
    ratios = {up: np.log(np.array(order) / size) for up, order in orders.items() if up_axis in (None, up)}
    up = min(ratios, key=lambda name: (round(float(np.ptp(ratios[name])), 6), name != "y"))
    if float(np.exp(np.ptp(ratios[up]) / 2)) > _OTHER_SHAPE:
        message = f"{key}: its metadata says {sidecar.size_m} m, its mesh has other proportions {_vec3(size)}."
        raise InputError(message, remedy="correct one of them.")
    scale = float(np.exp(np.median(ratios[up])))
    return _vec3(np.round(size * scale, 6)), scale, up


def _vec3(values: np.ndarray) -> Vec3:
    x, y, z = (float(value) for value in values)
    return x, y, z


def _name(key: str) -> str:
    """The file's name as words, or that of the nearest folder above it that says something."""
    path = PurePosixPath(key)
    told = (part for part in (path.stem, *reversed(path.parent.parts)) if not _SAYS_NOTHING.fullmatch(part.lower()))
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", next(told, path.stem))
    return plain(re.sub(r"[_\-.+]+", " ", spaced), 120) or "asset"


def _category(stated: str, name: str) -> str | None:
    """The kind that the metadata or else the name says, where we know it."""
    known = all_categories()
    for text in (stated, name):
        if text and (kind := category_of(text)) in known:
            return kind
    return None
