"""`import_manifest.json` out of what an import found: every figure counted or measured here."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from blueprint.contracts.geniesim.import_bundle import BundleManifest, EpisodeNote, RefusalReason
from blueprint.contracts.geniesim.job import JobOutput
from blueprint.contracts.hashing import sha256_json
from blueprint.datasets.description import DatasetSummary
from blueprint.quality.geniesim.importer import ImportedEpisode

__all__ = ["DEFAULT_MIN_QUALITY", "build_manifest"]

DEFAULT_MIN_QUALITY = 0.85
_RANGE = {"min_allowed": 0.5, "max_allowed": 0.95}
_PARSE = (RefusalReason.UNREADABLE, RefusalReason.INVALID_DOCUMENT, RefusalReason.TRUNCATED, RefusalReason.WRONG_COUNT)
_NOT_HERE = "not part of the import"


def build_manifest(
    *,
    scene_id: str,
    job_id: str,
    output_dir: str,
    generated_at: str,
    outcomes: Sequence[ImportedEpisode],
    datasets: Mapping[str, DatasetSummary],
    robot_types: Sequence[str],
    job: JobOutput | None,
    min_episodes: int,
    min_quality: float | None,
    fail_on_partial: bool,
    failed: bool,
    files: Mapping[str, Mapping[str, Any]],
    package: Mapping[str, Any],
    source: str,
    source_sha: str,
    code_sha: str,
) -> BundleManifest:
    """Return the manifest; `files` maps a path relative to the bundle to its SHA-256 and size."""
    accepted = [item for item in outcomes if item.accepted]
    refused = [item for item in outcomes if not item.accepted]
    reasons = Counter(item.refusal.value for item in refused if item.refusal)
    scores = [s for item in accepted if (s := item.certificate.overall_quality_score) is not None]
    parse_failed = [item for item in refused if item.refusal in _PARSE]
    filtered = [item for item in refused if item.detail.startswith("quality ")]
    counts = {
        "downloaded": len(outcomes),
        "passed_validation": len(accepted),
        "filtered": len(filtered),
        "excluded_failed_count": len(refused),
        "excluded_failed_ids": [item.source.episode_id for item in refused],
        "download_errors": 0,
        "parse_failed": len(parse_failed),
        "parse_failures": [{"id": item.source.episode_id, "error": item.detail} for item in parse_failed],
        "recording_format_counts": dict(sorted(Counter(item.source.kind for item in outcomes).items())),
        "min_required": min_episodes,
        "refused_by_reason": dict(sorted(reasons.items())),
    }
    frames = sum(item.certificate.frame_count or 0 for item in accepted)
    converted = sum(summary.episodes for name, summary in datasets.items() if "v21" not in name)
    return BundleManifest(
        schema_definition="contracts.geniesim.import_bundle.BundleManifest",
        generated_at=generated_at,
        scene_id=scene_id,
        run_id=sha256_json({"job_id": job_id, "source": source_sha, "code": code_sha})[:32],
        status="failed" if failed else "completed_with_errors" if refused else "completed",
        robot_types=list(robot_types),
        job_id=job_id,
        output_dir=output_dir,
        import_status="failed" if failed else "partial" if refused else "success",
        success=not failed,
        job_idempotency={
            "key": job.idempotency.key if job else None,
            "first_submitted_at": job.idempotency.first_submitted_at if job else None,
            "job_metadata_path": "geniesim/job.json" if job else None,
        },
        readme_path="README.md",
        checksums_path="checksums.json",
        episodes=counts,
        quality={
            "average_score": round(sum(scores) / len(scores), 6) if scores else None,
            "min_score": min(scores, default=None),
            "max_score": max(scores, default=None),
            "threshold": min_quality,
            "validation_enabled": True,
            "component_thresholds": {},
            "component_failed_episodes": [item.source.episode_id for item in filtered],
            "component_failure_counts": dict(sorted(reasons.items())),
        },
        quality_config={
            "min_quality_score": min_quality,
            "filter_low_quality": min_quality is not None,
            "dimension_thresholds": {},
            "range": _RANGE,
            "defaults": {"min_quality_score": DEFAULT_MIN_QUALITY, "filter_low_quality": False},
            "source_path": None,
        },
        lerobot={
            "conversion_success": bool(datasets),
            "converted_count": converted,
            "skipped_episodes": [],
            "skip_rate_percent": round(100.0 * (1 - converted / len(accepted)), 6) if accepted else 100.0,
            "conversion_failures": [],
            "output_dir": "lerobot" if datasets else None,
            "output_dirs": {
                name: {"version": summary.version, "episodes": summary.episodes, "frames": summary.frames}
                for name, summary in datasets.items()
            },
            "error": None,
            "required": True,
            "required_default": True,
            "required_source": "default",
            "required_raw_value": None,
            "skip_rate_max": 0.0,
        },
        cosmos_policy={"enabled": False, "export_success": False, "output_dir": None, "error": _NOT_HERE},
        validation={
            "episodes": {
                "validated": len(outcomes),
                "passed": len(accepted),
                "failed": len(refused),
                "failed_episode_ids": [item.source.episode_id for item in refused],
                "filtered_episode_ids": [item.source.episode_id for item in filtered],
                "filtered_episode_count": len(filtered),
                "fail_on_partial_error": fail_on_partial,
            }
        },
        verification={"checksums": {"input_bundle": {"sha256": source_sha, "of": "names and sizes of what came in"}}},
        metrics_summary={
            "episodes": len(accepted),
            "frames": frames,
            "acceptance_rate": round(len(accepted) / len(outcomes), 6) if outcomes else None,
            "goal_computed_from_states": sum(_verified(item) for item in accepted),
        },
        regression_metrics={},
        checksums={"bundle_files": {path: dict(entry) for path, entry in files.items()}},
        provenance={"source": source, "code_sha": code_sha, "generator": "blueprint geniesim import"},
        package=dict(package),
        file_inventory=[{"path": path, "size_bytes": entry["size_bytes"]} for path, entry in files.items()],
        upload_summary={
            "status": "not_requested",
            "started_at": None,
            "completed_at": None,
            "total_files": 0,
            "uploaded": 0,
            "skipped": 0,
            "failed": 0,
            "failures": [],
        },
        accepted=[
            EpisodeNote(episode_id=item.source.episode_id, name=item.source.name, notes=list(item.notes))
            for item in accepted
        ],
    )


def _verified(item: ImportedEpisode) -> bool:
    return any(check.name == "goal" for check in item.certificate.checks)
