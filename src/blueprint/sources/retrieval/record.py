"""What was retrieved for a scene, on record: its report, its manifest's provenance, its share of the roll-out."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from blueprint.contracts.asset_retrieval import (
    OpenWindow,
    RetrievalDecision,
    RetrievalMeasurement,
    RetrievalReport,
)
from blueprint.contracts.errors import ContractError, StorageError
from blueprint.contracts.hashing import sha256_bytes
from blueprint.contracts.scene_manifest import SceneManifest, SceneObject
from blueprint.sources.retrieval.retriever import Decision
from blueprint.sources.retrieval.rollout import add_scene
from blueprint.sources.retrieval.session import MEASUREMENT, RetrievalSession
from blueprint.storage import layout

__all__ = ["RETRIEVAL_REPORT", "record_retrieval"]

RETRIEVAL_REPORT = "textgen/retrieval_report.json"


def record_retrieval(
    session: RetrievalSession, manifest: SceneManifest, scene_dir: Path, now: Callable[[], str] | None = None
) -> SceneManifest:
    """Write the retrieval report, the measurement and the manifest with its provenance; returns that manifest.

    Only decisions whose asset stands in the scene are told and counted: layout tries more than it uses. Where ANN was
    asked, the roll-out state gets the scene's decisions; if it cannot be written, that stands in
    `metadata.fallbacks`.
    """
    decisions = _used(session, manifest)
    report = _report(session, manifest, decisions)
    text = report.to_json().encode()
    report.write(scene_dir / RETRIEVAL_REPORT)
    window = _window([decision for decision, _ in decisions])
    mode, requested = session.retriever.mode, session.settings.requested_mode
    RetrievalMeasurement(
        scene_id=manifest.scene_id,
        requested_mode=requested,
        mode=mode,
        mode_source=session.mode_source,
        report_sha256=sha256_bytes(text),
        window=window,
    ).write(scene_dir / MEASUREMENT)
    fallbacks = [*manifest.metadata.get("fallbacks", []), *_fallbacks(session)]
    if mode != "lexical_primary":
        scene_key = f"{manifest.scene_id}:{sha256_bytes(text)[:16]}"
        try:
            add_scene(session.automation, session.settings, scene_key, window, now or _utc_now)
        except (StorageError, ContractError) as error:
            fallbacks.append(f"the roll-out of retrieval did not count this scene: {str(error)[:300]}")
    updated = _with_provenance(session, manifest, report, fallbacks)
    updated.write(scene_dir / layout.SCENE_MANIFEST)
    return updated


def _utc_now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _used(session: RetrievalSession, manifest: SceneManifest) -> list[tuple[Decision, list[str]]]:
    """Decisions with the objects that they stand for, in the order of the objects."""
    by_asset: dict[str, Decision] = {}
    for decision in session.retriever.decisions.values():
        by_asset.setdefault(decision.asset_id, decision)
    objects: dict[str, list[str]] = {}
    for item in manifest.objects:
        if item.asset.asset_id in by_asset:
            objects.setdefault(item.asset.asset_id, []).append(item.id)
    return [(by_asset[asset_id], names) for asset_id, names in objects.items()]


def _report(
    session: RetrievalSession, manifest: SceneManifest, decisions: list[tuple[Decision, list[str]]]
) -> RetrievalReport:
    retriever, settings = session.retriever, session.settings
    library = retriever.library
    found = sum(len(names) for decision, names in decisions if decision.asset is not None)
    return RetrievalReport(
        scene_id=manifest.scene_id,
        library_sha256=library.sha256,
        library_assets=len(library.items),
        prefixes=list(settings.prefixes),
        skipped=library.skipped,
        beyond_limit=library.beyond_limit,
        requested_mode=settings.requested_mode,
        mode=retriever.mode,
        mode_source=session.mode_source,
        embedding_model=retriever.embedding_model,
        ann_unavailable=retriever.ann_unavailable,
        licenses=settings.license_rule,
        retrieved_objects=found,
        procedural_objects=sum(len(names) for _, names in decisions) - found,
        decisions=[_told(decision, names, retriever.mode) for decision, names in decisions],
    )


def _told(decision: Decision, names: list[str], mode: str) -> RetrievalDecision:
    shadow = decision.shadow.key if decision.shadow else None
    selected = decision.selected.key if decision.selected else None
    return RetrievalDecision(
        object_ids=names,
        category=decision.query.kind or decision.query.noun,
        query=decision.query.text,
        way=decision.way,
        reason=decision.reason,
        selected=decision.selected,
        candidates=list(decision.candidates),
        shadow_key=shadow,
        shadow_agrees=shadow == selected if mode == "ann_shadow" and decision.ann and not decision.ann.error else None,
    )


def _window(decisions: list[Decision]) -> OpenWindow:
    """Add up; a decision says something about ANN where it failed, or where the library has what was asked for."""
    told = [decision for decision in decisions if decision.ann]
    asked = [one.ann for one in told if one.ann and (one.ann.error or one.library_has_one)]
    times = [one.ann.latency_ms for one in told if one.ann]
    return OpenWindow(
        decision_count=len(decisions),
        ann_attempted_count=len(asked),
        ann_hit_count=sum(outcome.hit for outcome in asked),
        ann_error_count=sum(outcome.error is not None for outcome in asked),
        ann_latencies_ms=[round(value, 3) for value in times if value is not None],
    )


def _fallbacks(session: RetrievalSession) -> list[str]:
    retriever = session.retriever
    if retriever.mode != "ann_primary" or retriever.ann_unavailable is None:
        return []
    used = "words" if session.settings.lexical_fallback else "procedural assets"
    return [f"retrieval by meaning failed, {used} served instead: {retriever.ann_unavailable}"]


def _with_provenance(
    session: RetrievalSession, manifest: SceneManifest, report: RetrievalReport, fallbacks: list[str]
) -> SceneManifest:
    selected = {
        name: decision.selected for decision in report.decisions if decision.selected for name in decision.object_ids
    }
    objects = [
        _retrieved(item, selected[item.id].model_dump(mode="json", exclude_none=True)) if item.id in selected else item
        for item in manifest.objects
    ]
    attributions = sorted(
        {item.license.attribution for item in selected.values() if item.license and item.license.attribution}
    )
    facts: dict[str, Any] = {
        "asset_retrieval": {
            "mode": report.mode,
            "requested_mode": report.requested_mode,
            "mode_source": report.mode_source,
            "library_sha256": report.library_sha256,
            "licenses": report.licenses,
            "retrieved_objects": report.retrieved_objects,
            "attributions": attributions,
        }
    }
    if fallbacks:
        facts["fallbacks"] = fallbacks
    return manifest.model_copy(update={"objects": objects, "metadata": manifest.metadata | facts})


def _retrieved(item: SceneObject, selected: dict[str, Any]) -> SceneObject:
    asset = item.asset.model_copy(update={"source": "library", "relative_path": selected["key"]})
    return item.model_copy(
        update={
            "asset": asset,
            "dimensions_source": "library",
            "asset_generation": {**(item.asset_generation or {}), "retrieved": selected},
        }
    )
