"""Joints for the objects of a reconstruction that should have them, as URDF in `assets/interactive/`."""

import shutil
from pathlib import Path

from blueprint.contracts.articulation import ArticulationAttempt, ArticulationRecord, InteractiveSummary
from blueprint.contracts.asset import Grasp, License
from blueprint.contracts.document import write_atomically
from blueprint.contracts.errors import InputError, StageError
from blueprint.contracts.hashing import canonical_json
from blueprint.contracts.ids import slug, validate_identifier
from blueprint.contracts.scene_scale import SceneScale
from blueprint.sources.articulation import handles
from blueprint.sources.articulation.backends import attempts_at, subject_of
from blueprint.sources.articulation.kinds import articulated_generator
from blueprint.sources.articulation.settings import ArticulationSettings, articulation_settings
from blueprint.sources.articulation.urdf_file import object_folder, read_urdf, write_urdf
from blueprint.sources.imported.asset import ImportedLink
from blueprint.sources.imported.files import read_bounded
from blueprint.sources.imported.mesh_file import load_parts
from blueprint.sources.imported.nouns import category_of
from blueprint.sources.regen3d.reconstruction import ReconstructedObject, Reconstruction

__all__ = ["articulate", "articulation_settings", "read_articulated", "read_handles", "read_licenses"]

_SUMMARY = ".interactive_summary.json"
_WARNING = ".interactive_placeholder_warning"
_LICENSE = "license.json"
_MAX_LICENSE_BYTES = 1 << 16


def articulate(
    reconstruction: Reconstruction, scale: SceneScale, out: Path, settings: ArticulationSettings
) -> tuple[dict[str, list[ImportedLink]], InteractiveSummary]:
    """Give joints to what should have them; return the bodies by object id, and what became of every object.

    Bodies are in the object's own mesh frame in metres (a point p of the mesh is at `object.scale * scale.factor * p`).
    Writes, per object, `obj_<id>/<id>.urdf` with its meshes, `.interactive_summary.json` last. What `out` held before
    is removed. Raises StageError where the settings say that a failure is one, after the summary is written.
    """
    _clear(out)
    records = [_record(item, reconstruction.root, scale.factor, out, settings) for item in reconstruction.objects]
    count = {word: sum(record.status == word for record in records) for word in _STATUSES}
    summary = InteractiveSummary(
        scene_id=reconstruction.scene_id,
        requested_backend=settings.backend,
        failure_policy=settings.failure_policy,
        articulated=count["articulated"],
        static=count["static"],
        failed=count["failed"],
        placeholders=count["placeholder"],
        objects=records,
    )
    placeholders = [record for record in records if record.status == "placeholder"]
    if placeholders:
        lines = [f"{record.object_id}: {record.reason}" for record in placeholders]
        write_atomically(out / _WARNING, ("\n".join(lines) + "\n").encode())
    summary.write(out / _SUMMARY)
    _judge(records, settings)
    return read_articulated(out), summary


def read_articulated(folder: Path) -> dict[str, list[ImportedLink]]:
    """Return the bodies that `articulate` wrote, by object id; raises InputError where files are missing or damaged."""
    summary = InteractiveSummary.read(folder / _SUMMARY)
    return {
        record.object_id: read_urdf(folder, record.object_id)
        for record in summary.objects
        if record.status == "articulated"
    }


def read_handles(folder: Path) -> dict[str, list[Grasp]]:
    """Return where the moving parts of each articulated object are held, in the frames of its links: known where one of
    our own things was fitted, empty for others."""
    summary = InteractiveSummary.read(folder / _SUMMARY)
    names = [record.object_id for record in summary.objects if record.status == "articulated"]
    return {name: handles.read_handles(object_folder(folder, name)) for name in names}


def read_licenses(folder: Path) -> dict[str, License]:
    """Return the licences of the objects whose geometry a backend made anew; others keep that of their mesh."""
    summary = InteractiveSummary.read(folder / _SUMMARY)
    found = {}
    for record in summary.objects:
        path = object_folder(folder, record.object_id) / _LICENSE
        if path.is_file():
            found[record.object_id] = License.model_validate_json(read_bounded(path, _MAX_LICENSE_BYTES))
    return found


_STATUSES = ("articulated", "static", "failed", "placeholder")


def _clear(out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for path in (*out.glob("obj_*"), out / _SUMMARY, out / _WARNING):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _record(
    item: ReconstructedObject, root: Path, factor: float, out: Path, settings: ArticulationSettings
) -> ArticulationRecord:
    validate_identifier(item.object_id)
    generator = articulated_generator(item.label)
    if generator is None:
        return ArticulationRecord(object_id=item.object_id, label=item.label, status="static")
    try:
        subject = subject_of(item, load_parts(item.mesh, root), generator, item.scale * factor)
    except InputError as error:
        reason = f"its mesh cannot be read: {error.args[0]}"[:600]
        return ArticulationRecord(object_id=item.object_id, label=item.label, status="failed", reason=reason)
    found, attempts = attempts_at(subject, settings)
    if found is None:
        is_placeholder = any(attempt.outcome == "placeholder" for attempt in attempts)
        return ArticulationRecord(
            object_id=item.object_id,
            label=item.label,
            status="placeholder" if is_placeholder else "failed",
            attempts=attempts,
            reason=_reason(attempts),
        )
    urdf = write_urdf(out, item.object_id, found.links)
    if found.license is not None:
        data = canonical_json(found.license.model_dump(mode="json", exclude_none=True))
        write_atomically(urdf.parent / _LICENSE, data + b"\n")
    if found.handles:
        handles.write_handles(urdf.parent, found.handles)
    return ArticulationRecord(
        object_id=item.object_id,
        label=item.label,
        status="articulated",
        backend=found.backend,
        joint_count=sum(link.joint is not None for link in found.links),
        part_count=len(found.links),
        urdf=str(urdf.relative_to(out)),
        rescaled_by=round(found.rescaled_by, 6) if found.rescaled_by is not None else None,
        attempts=attempts,
    )


def _reason(attempts: list[ArticulationAttempt]) -> str:
    return "; ".join(f"{attempt.backend}: {attempt.detail}" for attempt in attempts)[:1200]


def _judge(records: list[ArticulationRecord], settings: ArticulationSettings) -> None:
    """Raise StageError where the policy says that a failure, or in production that a placeholder, is one."""
    answered = [
        record.object_id for record in records if any(item.outcome == "placeholder" for item in record.attempts)
    ]
    if answered and settings.is_production:
        raise StageError(
            f"placeholders for {answered[:8]} in production.",
            remedy="deploy the service with its model, or choose another ARTICULATION_BACKEND.",
        )
    failed = {record.object_id: record for record in records if record.status in ("failed", "placeholder")}
    if settings.failure_policy == "hybrid_strict":
        failed = {name: record for name, record in failed.items() if _is_required(record, settings.required)}
    if failed and settings.failure_policy != "lenient":
        first = next(iter(failed.values()))
        raise StageError(
            f"{len(failed)} objects got no joints ({list(failed)[:8]}); {first.object_id}: {first.reason}",
            remedy="configure an articulation service, or export INTERACTIVE_FAILURE_POLICY=lenient.",
        )


def _is_required(record: ArticulationRecord, required: frozenset[str]) -> bool:
    return bool({record.object_id, slug(record.object_id), category_of(record.label)} & required)
