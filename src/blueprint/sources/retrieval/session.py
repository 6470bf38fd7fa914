"""Retrieval for one scene: opened before its assets are made, recorded once it stands."""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from blueprint.assets.lexicon import all_categories, generator_of
from blueprint.contracts.asset_retrieval import RetrievalMeasurement, RetrievalMode
from blueprint.contracts.errors import InputError
from blueprint.contracts.scene_request import SceneRequest
from blueprint.services.embeddings import Embedder, embedder_from
from blueprint.sources.retrieval.library import scan_library
from blueprint.sources.retrieval.retriever import AssetRetriever
from blueprint.sources.retrieval.rollout import mode_of, read_state
from blueprint.sources.retrieval.settings import RetrievalSettings, retrieval_settings
from blueprint.sources.text.spec import SceneSpec
from blueprint.storage.store import ObjectStore, open_store

__all__ = ["MEASUREMENT", "ModeSource", "RetrievalSession", "automation_store", "containers_of", "open_retrieval"]

MEASUREMENT = "assets/.asset_retrieval_report.json"
ModeSource = Literal["requested", "rollout"]


@dataclass(frozen=True)
class RetrievalSession:
    """`retriever.asset` is the provider of the scene's shelf; `mode_source` says who chose its mode,
    the first time that the scene was made."""

    settings: RetrievalSettings
    retriever: AssetRetriever
    mode_source: ModeSource
    automation: ObjectStore


def open_retrieval(
    request: SceneRequest,
    spec: SceneSpec,
    scene_dir: Path,
    environ: Mapping[str, str] | None = None,
    *,
    embedder: Callable[[], Embedder] | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> RetrievalSession | None:
    """Return the session of a request, or None where no library is configured.

    A scene that was made before with the same requested mode runs in the mode that it recorded; another one in the
    mode of the roll-out. Raises InputError for a library that is not there, StorageError where it cannot be listed.
    """
    variables = os.environ if environ is None else environ
    settings = retrieval_settings(variables, request.constraints)
    if settings is None:
        return None
    store = open_store(settings.library)
    if "://" not in settings.library and not Path(settings.library).is_dir():
        raise InputError("the asset library is no folder.", remedy="correct TEXT_ASSET_LIBRARY.")
    automation = automation_store(scene_dir, variables, settings.library)
    mode, source = _mode(settings, automation, scene_dir)
    library = scan_library(store, settings.prefixes, settings.max_files, without_scene=request.scene_id)
    retriever = AssetRetriever(
        library,
        settings,
        mode,
        embedder or (lambda: embedder_from(settings.embedding_provider)),
        clock,
        must_contain=containers_of(spec),
        automation=automation,
    )
    return RetrievalSession(settings, retriever, source, automation)


def automation_store(scene_dir: Path, environ: Mapping[str, str], library: str = "") -> ObjectStore:
    """Return the store that holds `automation/…`.

    TEXT_ASSET_STORE, else the root of a scene in a local root, else the library's bucket, else the folder above.
    """
    if own := environ.get("TEXT_ASSET_STORE", "").strip():
        return open_store(own)
    if scene_dir.parent.name == "scenes":
        return open_store(scene_dir.parent.parent)
    return open_store(library if "://" in library else scene_dir.parent)


def _mode(settings: RetrievalSettings, automation: ObjectStore, scene_dir: Path) -> tuple[RetrievalMode, ModeSource]:
    requested = settings.requested_mode
    path = scene_dir / MEASUREMENT
    if path.is_file():
        before = RetrievalMeasurement.read(path)
        if before.requested_mode == requested:
            return before.mode, before.mode_source
    mode = mode_of(read_state(automation, settings), requested)
    return mode, "requested" if mode == requested else "rollout"


def containers_of(spec: SceneSpec) -> frozenset[str]:
    """Generators of the things that the prompt puts something into."""
    targets = {
        spec.requirements[relation.target].category
        for item in spec.requirements
        for relation in item.relations
        if relation.type == "in"
    }
    known = all_categories()
    return frozenset(generator_of(name) if name in known else name for name in targets)
