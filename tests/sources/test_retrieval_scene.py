"""Retrieval inside the source stage, from the request to the settled scene and its records."""

import json
import os

import pytest
from retrieval_library import DeadEmbedder, StepClock, WordEmbedder, mesh_of, put

from blueprint.assets.library import load_asset
from blueprint.contracts.asset_embedding import AssetEmbeddingLedger, AssetEmbeddingRequest
from blueprint.contracts.asset_retrieval import RetrievalMeasurement, RetrievalReport
from blueprint.contracts.scene import asset_dir, load_scene
from blueprint.contracts.scene_request import SceneRequest
from blueprint.services.catalogue import SqlCatalogue
from blueprint.sources.generated import AssetShelf
from blueprint.sources.retrieval.embedding_job import embed_queue, embed_queued
from blueprint.sources.retrieval.publish import enqueue_embedding, publish_if_configured, publish_scene
from blueprint.sources.retrieval.record import RETRIEVAL_REPORT, record_retrieval
from blueprint.sources.retrieval.rollout import read_state
from blueprint.sources.retrieval.semantic import SemanticIndex, ledger_key, vectors_key
from blueprint.sources.retrieval.session import MEASUREMENT, open_retrieval
from blueprint.sources.settled import generate_settled_scene
from blueprint.sources.text.parser import parse_prompt
from blueprint.storage.store import open_store

PROMPT = "an apple and a banana on a table"


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BLUEPRINT_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    folder = tmp_path_factory.mktemp("library")
    by = {"license": {"spdx": "CC-BY-4.0", "source": "https://example.org/apple", "attribution": "A. Painter"}}
    put(folder, "fruit/red apple.glb", mesh_of("apple", 4), by)
    put(folder, "furniture/table.glb", mesh_of("table", 2))
    put(folder, "furniture/banana stand.glb", mesh_of("desk_lamp"))
    return folder


def make(library, root, name, *, embedder=WordEmbedder, step=0.005, **variables):
    """Make a scene as the source stage does; returns its folder and the manifest."""
    scene_dir = root / "scenes" / name
    scene_dir.mkdir(parents=True, exist_ok=True)
    request = SceneRequest(schema_version="v1", scene_id=name, prompt=PROMPT)
    spec = parse_prompt(PROMPT)
    environ = {"TEXT_ASSET_LIBRARY": str(library), **variables}
    session = open_retrieval(request, spec, scene_dir, environ, embedder=embedder, clock=StepClock(step))
    settled = generate_settled_scene(request, 3, scene_dir, spec, AssetShelf(session.retriever.asset))
    return scene_dir, record_retrieval(session, settled.manifest, scene_dir, lambda: "2026-01-01T00:00:00+00:00")


@pytest.fixture(scope="module")
def made(library, tmp_path_factory):
    root = tmp_path_factory.mktemp("root")
    cache = tmp_path_factory.mktemp("cache")
    before = os.environ.get("BLUEPRINT_CACHE")
    os.environ["BLUEPRINT_CACHE"] = str(cache)
    try:
        yield root, *make(library, root, "first")
    finally:
        os.environ.pop("BLUEPRINT_CACHE")
        if before is not None:
            os.environ["BLUEPRINT_CACHE"] = before


def test_found_assets_stand_in_the_settled_scene_with_their_provenance(made):
    _, scene_dir, manifest = made
    scene = load_scene(scene_dir)
    assert manifest == scene.manifest
    apple, banana, table = (scene.object(name) for name in ("apple_1", "banana_1", "table_1"))
    assert apple.asset.source == table.asset.source == "library"
    assert banana.asset.source == "parametric"
    assert apple.asset.relative_path == "fruit/red apple.glb"
    assert apple.asset_generation["retrieved"]["license"]["attribution"] == "A. Painter"
    assert apple.dimensions_est.height == pytest.approx(scene.asset("apple_1").size_m[2])
    assert scene.asset("apple_1").license.spdx == "CC-BY-4.0"
    assert scene.manifest.metadata["licenses"] == ["Apache-2.0", "CC-BY-4.0", "CC0-1.0"]
    assert scene.manifest.metadata["asset_retrieval"]["attributions"] == ["A. Painter"]
    assert scene.manifest.metadata["unsatisfied"] == []
    assert load_asset(asset_dir(scene_dir, table.asset.asset_id)).model.mass_kg > 3


def test_the_report_tells_every_object_and_holds_no_times(made):
    _, scene_dir, manifest = made
    report = RetrievalReport.read(scene_dir / RETRIEVAL_REPORT)
    told = {name: one for one in report.decisions for name in one.object_ids}
    assert told.keys() == {item.id for item in manifest.objects if item.sim_role != "scene_shell"}
    assert (told["apple_1"].way, told["banana_1"].way) == ("lexical", "procedural")
    assert told["banana_1"].reason
    assert told["apple_1"].shadow_agrees
    assert (report.retrieved_objects, report.procedural_objects) == (2, 1)
    assert (report.mode, report.requested_mode, report.embedding_model) == ("ann_shadow", "ann_shadow", "words-test")
    assert "latency" not in (scene_dir / RETRIEVAL_REPORT).read_text()
    window = RetrievalMeasurement.read(scene_dir / MEASUREMENT).window
    assert window.ann_latencies_ms == [5.0, 5.0, 5.0]
    assert (window.decision_count, window.ann_attempted_count, window.ann_hit_count) == (3, 2, 2)


@pytest.mark.slow
def test_the_same_scene_again_has_the_same_bytes_whatever_the_clock_says(library, tmp_path):
    first, _ = make(library, tmp_path / "a", "twin")
    second, _ = make(library, tmp_path / "b", "twin", step=3.0)
    names = sorted(p.relative_to(first) for p in first.rglob("*") if p.is_file() and not p.name.startswith("."))
    assert names == sorted(p.relative_to(second) for p in second.rglob("*") if p.is_file() and p.name[0] != ".")
    assert all((first / name).read_bytes() == (second / name).read_bytes() for name in names)


@pytest.mark.slow
def test_scenes_promote_the_mode_and_a_rerun_keeps_its_own(library, tmp_path):
    limit = {"TEXT_ASSET_ROLLOUT_MIN_DECISIONS": "2"}
    modes = [make(library, tmp_path, f"s{k}", **limit)[1].metadata["asset_retrieval"]["mode"] for k in range(4)]
    assert modes == ["ann_shadow"] * 3 + ["ann_primary"]
    store = open_store(tmp_path)
    state = json.loads(store.read("automation/asset_retrieval_rollout/state.json"))
    assert state["promoted_to_ann_primary"]
    before = (tmp_path / "scenes" / "s0" / RETRIEVAL_REPORT).read_bytes()
    _, again = make(library, tmp_path, "s0", **limit)
    assert again.metadata["asset_retrieval"]["mode"] == "ann_shadow"
    assert (tmp_path / "scenes" / "s0" / RETRIEVAL_REPORT).read_bytes() == before
    assert json.loads(store.read("automation/asset_retrieval_rollout/state.json")) == state
    make(library, tmp_path, "s9", embedder=DeadEmbedder, **limit)
    make(library, tmp_path, "s10", embedder=DeadEmbedder, **limit)
    _, after = make(library, tmp_path, "s11", embedder=DeadEmbedder, **limit)
    assert after.metadata["asset_retrieval"]["mode"] == "ann_shadow"


def test_a_failed_model_in_ann_primary_is_a_recorded_fallback(library, tmp_path):
    scene_dir, manifest = make(
        library, tmp_path, "dead", embedder=DeadEmbedder, TEXT_ASSET_RETRIEVAL_MODE="ann_primary"
    )
    assert manifest.object("apple_1").asset.source == "library"
    assert any("meaning failed, words served" in text for text in manifest.metadata["fallbacks"])
    assert RetrievalReport.read(scene_dir / RETRIEVAL_REPORT).ann_unavailable == "nobody answers."
    window = RetrievalMeasurement.read(scene_dir / MEASUREMENT).window
    assert (window.ann_attempted_count, window.ann_error_count) == (1, 1)


def test_catalogue_entries_and_the_queue_are_written_once(made, tmp_path):
    _, scene_dir, _ = made
    scene = load_scene(scene_dir)
    catalogue = SqlCatalogue(f"sqlite:///{tmp_path / 'c.sqlite'}")
    for _ in range(2):
        assert publish_scene(scene, catalogue) == 3
    entries = {entry.class_name: entry for entry in catalogue.assets()}
    assert entries.keys() == {"apple", "banana", "table"}
    assert entries["apple"].source == "library"
    assert entries["apple"].physics_profile["mass_kg"] > 0
    assert catalogue.scene("first").asset_ids == sorted(entry.asset_id for entry in entries.values())
    catalogue.close()
    store = open_store(tmp_path / "root")
    key = enqueue_embedding(
        scene, scene_dir, store, "words-test", "automation/asset_embedding/queue", "20260101T000000Z"
    )
    assert key.startswith("automation/asset_embedding/queue/20260101T000000Z-first-")
    assert len(AssetEmbeddingRequest.parse(store.read(key)).assets) == 3
    assert enqueue_embedding(scene, scene_dir, store, "words-test", "q", "20260102T000000Z") is None
    (scene_dir / "assets" / ".asset_embedding_enqueued").unlink()


def test_nothing_is_published_unless_a_catalogue_is_configured(made):
    root, scene_dir, _ = made
    assert publish_if_configured(scene_dir, {}) is None
    assert (
        publish_if_configured(scene_dir, {"TEXT_ASSET_CATALOG_ENABLED": "false", "TEXT_ASSET_CATALOG": "sqlite"})
        is None
    )
    said = publish_if_configured(scene_dir, {"TEXT_ASSET_CATALOG_ENABLED": "true"}, lambda: "20260101T000000Z")
    assert said.startswith("3 assets in the catalogue")
    assert (root / "automation" / "catalogue" / "catalogue.sqlite").is_file()
    assert len(open_store(root).list("automation/asset_embedding/queue")) == 1
    (scene_dir / "assets" / ".asset_embedding_enqueued").unlink()


@pytest.fixture
def queued(made, tmp_path):
    _, scene_dir, _ = made
    store = open_store(tmp_path / "store")
    enqueue = (load_scene(scene_dir), scene_dir, store, "words-test", "automation/asset_embedding/queue")
    key = enqueue_embedding(*enqueue, "20260101T000000Z")
    (scene_dir / "assets" / ".asset_embedding_enqueued").unlink()
    return store, key


def test_the_job_embeds_once_and_moves_the_queue_object(queued):
    store, key = queued
    data, model = store.read(key), WordEmbedder()
    dry = embed_queued(store, key, model, "assets-v1", lambda: "t", dry_run=True)
    assert (dry.dry_run, dry.result.upserted, store.exists(key), model.calls) == (True, 3, True, 0)
    (done,) = embed_queue(store, model, "assets-v1", lambda: "t")
    assert (done.status, done.result.processed, done.result.upserted, done.result.skipped) == ("succeeded", 3, 3, 0)
    assert not store.exists(key)
    assert store.exists(key.replace("/queue/", "/processed/"))
    vectors = store.read(vectors_key("assets-v1"))
    store.write(key, data)
    (again,) = embed_queue(store, model, "assets-v1", lambda: "t")
    assert (again.result.upserted, again.result.skipped, model.calls) == (0, 3, 1)
    assert store.read(vectors_key("assets-v1")) == vectors
    ledger = AssetEmbeddingLedger.parse(store.read(ledger_key("assets-v1")))
    assert all(name.startswith("text::first::") and name.endswith(":text") for name in ledger.idempotency_keys)


def test_a_damaged_request_another_model_and_a_dead_service_end_in_failed(queued):
    store, key = queued
    data = store.read(key)
    for embedder, text, reason in [
        (DeadEmbedder(), data.replace(b"words-test", b"dead-test"), "hashes"),
        (WordEmbedder(), b"{", "JSON"),
        (WordEmbedder(), data.replace(b'"words-test"', b'"other"'), "wants vectors"),
    ]:
        store.write(key, text)
        result = embed_queued(store, key, embedder, "assets-v1", lambda: "t")
        assert result.status == "failed"
        assert reason in result.result.errors[0]
        assert store.exists(key.replace("/queue/", "/failed/"))
        assert not store.exists(key)
        assert not store.exists(vectors_key("assets-v1"))


def test_retrieval_uses_the_vectors_of_the_job(made, queued):
    _, scene_dir, _ = made
    store, _ = queued
    embed_queue(store, WordEmbedder(), "assets-v1", lambda: "t")
    from blueprint.sources.retrieval.library import scan_library

    items = scan_library(open_store(scene_dir.parent.parent), ("scenes",), 100).items
    assert len(items) == 3
    model = WordEmbedder()
    index = SemanticIndex(items, model, "assets-v1", store)
    assert model.calls == 0
    assert index.search("apple", 1)[0][0].startswith("scenes/first/assets/apple_")


@pytest.mark.slow
def test_the_real_model_finds_by_meaning(library, tmp_path):
    from blueprint.services.embeddings import MiniLmEmbedder
    from blueprint.sources.retrieval.library import scan_library

    put(tmp_path / "lib", "pomaceous fruit.glb", mesh_of("apple"))
    put(tmp_path / "lib", "settee.glb", mesh_of("sofa"))
    put(tmp_path / "lib", "timepiece.glb", mesh_of("clock"))
    items = scan_library(open_store(tmp_path / "lib"), ("",), 10).items
    index = SemanticIndex(items, MiniLmEmbedder(), "assets-v1")
    for query, key in {"apple": "pomaceous fruit.glb", "couch": "settee.glb", "clock": "timepiece.glb"}.items():
        assert index.search(query, 1)[0][0] == key


def test_the_state_is_read_from_the_roots_automation_folder(made):
    root, _, _ = made
    from blueprint.sources.retrieval.settings import RetrievalSettings

    state = read_state(open_store(root), RetrievalSettings(library="x"))
    assert state.total_decisions == 3
    assert state.counted[0].startswith("first:")
