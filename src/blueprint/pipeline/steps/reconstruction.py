"""Stages regen3d, scale and interactive: from a photo or a reconstruction to metric meshes, some with joints."""

import os
from pathlib import Path

from blueprint.contracts.errors import InputError
from blueprint.contracts.quality_gate import GateCheck
from blueprint.contracts.scene_request import SceneRequest
from blueprint.contracts.scene_scale import MetricMetadata, SceneScale
from blueprint.pipeline.photo import photo_fallback
from blueprint.pipeline.stage import Outcome, StageContext, expand
from blueprint.quality.gates import require
from blueprint.sources.articulation.articulate import articulate
from blueprint.sources.articulation.settings import articulation_settings
from blueprint.sources.photo.reconstruct import reconstruct_photo
from blueprint.sources.regen3d.canonical import write_canonical
from blueprint.sources.regen3d.layout_document import unscaled_layout
from blueprint.sources.regen3d.read import read_reconstruction
from blueprint.sources.regen3d.reconstruction import Reconstruction
from blueprint.sources.regen3d.scale import estimate_scale
from blueprint.storage import layout

__all__ = ["articulate_objects", "canonical_reconstruction", "scale_scene"]

_SPREAD_LIMIT = 0.25  # of the scale, beyond which sizes are hardly known
_FEW_SAMPLES = 3


def canonical_reconstruction(context: StageContext) -> Outcome:
    """A reconstruction folder, or a photo that is reconstructed first → the canonical tree `regen3d/`."""
    given = context.scene_dir / layout.GIVEN_RECONSTRUCTION
    if (context.scene_dir / layout.GIVEN_PHOTO).is_file():
        context.progress(0, 2, "reconstructing the photo")
        request = SceneRequest.read(context.scene_dir / layout.SCENE_REQUEST)
        given = reconstruct_photo(request, context.scene_dir, dict(os.environ))
    reconstruction = read_reconstruction(given, context.scene_id)
    context.progress(1, 2, f"{len(reconstruction.objects)} objects")
    target = context.scene_dir / layout.RECONSTRUCTION
    write_canonical(reconstruction, target)
    _keep_measurements(given, context.scene_dir)
    files = expand(context.scene_dir, [f"{layout.RECONSTRUCTION}/**/*"])
    context.judge("reconstruction_complete", "reconstruction_complete", files, _reading_checks(reconstruction))
    context.progress(2, 2, f"{len(reconstruction.objects)} objects, {len(reconstruction.skipped)} skipped")
    return Outcome(
        {
            "status": "completed",
            "objects_count": len(reconstruction.objects),
            "has_background": reconstruction.background is not None,
            "environment_type": reconstruction.environment,
            "reconstruction_method": reconstruction.method,
            "gravity": reconstruction.gravity,
            "skipped": dict(sorted(reconstruction.skipped.items())),
        },
        (*photo_fallback(context.scene_dir), *_gravity_fallback(reconstruction)),
    )


def scale_scene(context: StageContext) -> Outcome:
    """How many metres the reconstruction's unit is, from what is known of the room and of its things."""
    require(context.scene_dir, "reconstruction_complete")
    reconstruction = _reconstruction(context)
    scale = estimate_scale(reconstruction, _metric_metadata(context.scene_dir))
    scale.write(context.scene_dir / layout.SCENE_SCALE)
    unscaled_layout(reconstruction).write(context.scene_dir / layout.LAYOUT)
    subject = [context.scene_dir / layout.SCENE_SCALE, context.scene_dir / layout.LAYOUT]
    context.judge("scale_complete", "scale_complete", subject, _scale_checks(scale))
    context.progress(1, 1, f"{scale.factor:.3g} m per unit, from {scale.source}")
    fields = {"scale_factor": scale.factor, "scale_source": scale.source, "samples": scale.n_samples}
    return Outcome(fields, ("nothing said how large the scene is",) if scale.source == "none" else ())


def articulate_objects(context: StageContext) -> Outcome:
    """Joints for what has doors and drawers, by the configured service or by fitting our own furniture."""
    require(context.scene_dir, "scale_complete")
    reconstruction = _reconstruction(context)
    scale = SceneScale.read(context.scene_dir / layout.SCENE_SCALE)
    settings = articulation_settings(dict(os.environ))
    _, summary = articulate(reconstruction, scale, context.scene_dir / layout.INTERACTIVE, settings)
    path = context.scene_dir / layout.INTERACTIVE_SUMMARY
    summary.write(path)
    checks = [
        GateCheck(
            name=f"articulation {record.object_id}",
            passed=False,
            severity="WARNING",
            message=f"{record.label} stays rigid: {record.reason}",
        )
        for record in summary.objects
        if record.status in ("failed", "placeholder")
    ]
    checks.append(
        GateCheck(
            name="articulated",
            passed=True,
            severity="INFO",
            message=f"{summary.articulated} articulated, {summary.static} without joints, {summary.failed} failed",
            measured=summary.articulated,
        )
    )
    context.judge("interactive_complete", "interactive_complete", [path], checks)
    context.progress(1, 1, checks[-1].message)
    rigid = tuple(f"{check.name}: {check.message}" for check in checks[:-1])
    fields = {"articulated": summary.articulated, "failed": summary.failed, "placeholders": summary.placeholders}
    return Outcome(fields, rigid)


def _reconstruction(context: StageContext) -> Reconstruction:
    return read_reconstruction(context.scene_dir / layout.RECONSTRUCTION, context.scene_id)


def _keep_measurements(given: Path, scene_dir: Path) -> None:
    """Carry `metric_metadata.json`, what somebody measured in the real room, along with the reconstruction."""
    kept = scene_dir / layout.METRIC_METADATA
    path = given / kept.name
    if path.is_file():
        MetricMetadata.read(path).write(kept)


def _metric_metadata(scene_dir: Path) -> MetricMetadata | None:
    """What somebody measured in the room; SCALE_FACTOR replaces it."""
    given = os.environ.get("SCALE_FACTOR", "").strip()
    if given:
        try:
            return MetricMetadata.model_validate({"scale_factors": [float(given)]})
        except ValueError as error:
            message = f"SCALE_FACTOR is {given[:40]!r}, expected metres per unit, above 0 and at most 1e6."
            raise InputError(message, remedy="correct or unset it.") from error
    path = scene_dir / layout.METRIC_METADATA
    return MetricMetadata.read(path) if path.is_file() else None


def _gravity_fallback(reconstruction: Reconstruction) -> tuple[str, ...]:
    known = reconstruction.gravity in ("plane", "given")
    return () if known else (f"there is no plane of the floor; down comes from: {reconstruction.gravity}",)


def _reading_checks(reconstruction: Reconstruction) -> list[GateCheck]:
    found = len(reconstruction.objects)
    loose = [item.object_id for item in reconstruction.objects if item.fit == "oriented_box"]
    return [
        GateCheck(
            name="objects", passed=found > 0, severity="ERROR", message=f"{found} objects with meshes", measured=found
        ),
        GateCheck(
            name="gravity",
            passed=not _gravity_fallback(reconstruction),
            severity="WARNING",
            message=f"down comes from: {reconstruction.gravity}",
            measured=reconstruction.gravity,
        ),
        GateCheck(
            name="poses",
            passed=not loose,
            severity="WARNING",
            message=f"fitted by their boxes only: {', '.join(loose)}" if loose else "all by corresponding vertices",
            measured=len(loose),
        ),
        GateCheck(
            name="read",
            passed=not reconstruction.skipped,
            severity="WARNING",
            message="; ".join(f"{name}: {why}" for name, why in sorted(reconstruction.skipped.items())) or "everything",
            measured=len(reconstruction.skipped),
        ),
    ]


def _scale_checks(scale: SceneScale) -> list[GateCheck]:
    sure = scale.source in ("reference", "scene_metric") or scale.n_samples >= _FEW_SAMPLES
    spread = scale.spread or 0.0
    return [
        GateCheck(
            name="scale samples",
            passed=scale.source != "none" and sure,
            severity="WARNING",
            message=f"{scale.n_samples} samples, from {scale.source}",
            measured=scale.n_samples,
            limit=_FEW_SAMPLES,
        ),
        GateCheck(
            name="scale spread",
            passed=spread <= _SPREAD_LIMIT,
            severity="WARNING",
            message=f"the samples differ by {spread:.0%}",
            measured=spread,
            limit=_SPREAD_LIMIT,
        ),
    ]
