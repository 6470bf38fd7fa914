"""What makes a submission the same submission: hashes of the scene's id, its task configuration and its export."""

import hashlib
from pathlib import Path
from typing import Any

from blueprint.contracts.errors import InputError
from blueprint.contracts.geniesim.export_manifest import ExportManifest
from blueprint.contracts.geniesim.job import IdempotencyKey
from blueprint.contracts.hashing import canonical_json, sha256_file, sha256_json

__all__ = ["job_id_of", "marker_hash", "submission_key"]

_JOB_ID_CHARACTERS = 16


def submission_key(scene_id: str, geniesim_dir: Path, submitted_at: str) -> IdempotencyKey:
    """Return the key of the export that lies in `geniesim_dir`; when it was exported does not matter.

    Raises InputError where a file of it is missing.
    """
    tasks, manifest = geniesim_dir / "task_config.json", geniesim_dir / "export_manifest.json"
    for path in (tasks, manifest):
        if not path.is_file():
            raise InputError(f"{path} is missing.", remedy="run `blueprint geniesim export` first.")
    hashes = {
        "task_config_hash": sha256_file(tasks),
        "export_manifest_hash": ExportManifest.read(manifest).content_hash,
    }
    key = sha256_json({"scene_id": scene_id, **hashes})
    return IdempotencyKey(key=key, first_submitted_at=submitted_at, **hashes)


def job_id_of(key: IdempotencyKey, attempt: int = 0) -> str:
    """Return the job's id, the same for the same export; `attempt` counts forced submissions of it."""
    return f"job_{key.key[:_JOB_ID_CHARACTERS]}" + (f"_r{attempt}" if attempt else "")


def marker_hash(scene_id: str, inputs: dict[str, Any]) -> str:
    """Return the name of `geniesim/idempotency/{hash}.json`: 32 hexadecimal digits by contract, no security in it."""
    return hashlib.md5(canonical_json({"scene_id": scene_id, **inputs}), usedforsecurity=False).hexdigest()
