"""From a manifest to the orders of its scenes: ids, seeds, settings, sources; nothing is run."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from blueprint.contracts.batch_manifest import BatchManifest, BatchScene
from blueprint.contracts.errors import ContractError, InputError
from blueprint.contracts.ids import slug, validate_scene_id
from blueprint.contracts.scene_request import SceneRequest
from blueprint.contracts.seeds import derive_seed
from blueprint.engines.scene_jobs import SceneOrder
from blueprint.pipeline.settings import RunSettings
from blueprint.pipeline.workspace import this_process
from blueprint.sources.fanout import children_of
from blueprint.sources.request import request_from, scene_id_for
from blueprint.storage import layout
from blueprint.storage.store import ObjectStore, open_store

__all__ = ["BatchPlan", "batch_key", "plan_batch"]

_MAX_MANIFEST_BYTES = 64 << 20


@dataclass(frozen=True)
class BatchPlan:
    """The orders of a batch, in the manifest's order."""

    batch_id: str
    root: str
    orders: tuple[SceneOrder, ...]


def batch_key(batch_id: str, name: str) -> str:
    """Return the key of a batch's own file below the root, `batches/{batch_id}/{name}`."""
    return f"batches/{validate_scene_id(batch_id)}/{name}"


def plan_batch(
    manifest: str, root: str, settings: RunSettings, *, batch_id: str | None = None, overwrite: bool = False
) -> BatchPlan:
    """Read a manifest (a path, or an object of a bucket) and return what it asks for.

    A path in it is relative to the manifest. A request for several seeds becomes that many scenes. Raises InputError,
    before anything is run, for a manifest or a source that is unusable and for two scenes of one id.
    """
    document = _read_manifest(manifest)
    folder = None if "://" in manifest else Path(manifest).parent
    store = open_store(root)
    orders: list[SceneOrder] = []
    ids: Counter[str] = Counter()
    for item in document.scenes:
        scene = _as_scene(item, store)
        for source, scene_id in _sources(scene, folder, settings.seed):
            chosen = scene_id or _fresh_id(source, ids)
            ids[chosen] += 1
            own = _settings(scene, chosen, settings)
            orders.append(SceneOrder(root, chosen, source, own, this_process(), overwrite and source is not None))
    twice = sorted(name for name, count in ids.items() if count > 1)
    if twice:
        raise InputError(f"{manifest} has several scenes of id {', '.join(twice[:5])}.", remedy="give each its own.")
    return BatchPlan(batch_id or validate_scene_id(slug(PurePosixPath(manifest).stem)), root, tuple(orders))


def _read_manifest(manifest: str) -> BatchManifest:
    if "://" not in manifest:
        path = Path(manifest)
        if path.is_file() and path.stat().st_size > _MAX_MANIFEST_BYTES:
            raise InputError(f"{path} is larger than {_MAX_MANIFEST_BYTES} bytes.", remedy="split the manifest.")
        return BatchManifest.read(path)
    folder, _, name = manifest.rpartition("/")
    return BatchManifest.parse(open_store(folder).read(name), where=manifest)


def _as_scene(item: BatchScene | str, store: ObjectStore) -> BatchScene:
    """A plain text is the id of a scene that is there, else a source."""
    if isinstance(item, BatchScene):
        return item
    try:
        key = layout.scene_key(item, layout.SCENE_REQUEST)
        known = store.exists(key) or store.exists(layout.scene_key(item, layout.SCENE_MANIFEST))
    except InputError:
        known = False
    return BatchScene(scene_id=item) if known else BatchScene(source=item)


def _sources(
    scene: BatchScene, folder: Path | None, run_seed: int
) -> list[tuple[str | SceneRequest | None, str | None]]:
    """Return (source, scene id) of a scene, of several for a request of several seeds."""
    if scene.source is None:
        return [(None, scene.scene_id)]
    source = scene.source
    if folder is not None and len(source) < 1000 and "\0" not in source and (folder / source).exists():
        source = str(folder / source)
    if not source.endswith(".json") or not Path(source).is_file():
        return [(source, scene.scene_id)]
    try:
        request = request_from(Path(source), scene.scene_id)
    except ContractError as error:
        raise InputError(f"{source} of the manifest is no scene request: {error}", remedy="correct it.") from error
    if request.seed_count > 1:
        return [(child.request, child.scene_id) for child in children_of(request, run_seed)]
    return [(request, request.scene_id)]


def _fresh_id(source: str | SceneRequest | None, ids: Counter[str]) -> str:
    """The id that `blueprint run` would choose, with a number behind it if the batch has that prompt already."""
    assert isinstance(source, str)
    base = slug(Path(source).resolve().stem) if Path(source[:1000]).exists() else scene_id_for(source)
    number = 1
    while (name := base if number == 1 else f"{base}-{number}") in ids:
        number += 1
    return validate_scene_id(name)


def _settings(scene: BatchScene, scene_id: str, settings: RunSettings) -> RunSettings:
    """The batch's settings with the scene's own; scenes of one prompt differ by their seeds."""
    seed = scene.seed if scene.seed is not None else derive_seed(settings.seed, "batch", scene_id) % (1 << 31)
    own = {name: getattr(scene, name) for name in ("robot", "tasks", "episodes", "variations")}
    changes = {name: value for name, value in own.items() if value is not None}
    return settings.model_copy(update={**changes, "seed": seed, "workers": 1, "engine": "local"})
