"""How many metres a reconstruction's unit is: the weighted median of everything that says something about it."""

import math
from collections.abc import Sequence

import numpy as np

from blueprint.contracts.errors import InputError
from blueprint.contracts.scene_scale import MetricMetadata, ScaleSample, ScaleSource, SceneScale
from blueprint.sources.regen3d.reconstruction import Reconstruction
from blueprint.sources.regen3d.room_fit import fit_room
from blueprint.sources.regen3d.scale_measure import Measured, background_triangles, measure
from blueprint.sources.regen3d.scale_samples import camera_sample, class_samples, reference_samples, room_samples

__all__ = ["estimate_scale"]

_LEAST_TOLERANCE = 0.03  # relative: nobody's meshes are truer to size than that
_DOUBT = 0.5  # log factor between what was measured and what things usually are, beyond which it is noted
_SCENE_M = (0.3, 150.0)  # the extent of a scene that is believed
_FACTOR_DIGITS = 9


def estimate_scale(reconstruction: Reconstruction, metric: MetricMetadata | None) -> SceneScale:
    """Return metres per unit of a reconstruction, where it comes from, and how far the samples differ.

    What somebody measured (references, the room) counts before what is usual for the classes of the objects; among
    equals the weighted median counts, so that one wrong label or mesh does not move it. A factor that the
    reconstruction claims is kept exactly where it lies within the spread of the others. A camera height of 1.5 m is
    the last resort. The same input gives the same answer.
    """
    measured, refused = measure(reconstruction)
    notes = [f"{name} is not measured: {reason}" for name, reason in sorted(refused.items())]
    priors, used = _priors(reconstruction, measured, notes)
    explicit = _explicit(reconstruction, metric, measured, priors, notes)
    pool = explicit or priors
    claimed = _claim(reconstruction)
    if not pool:
        return _unknown(reconstruction, claimed, notes)
    factor, spread = _weighted_median(pool), _spread(pool)
    usual = _weighted_median(priors) if priors else factor
    if explicit and abs(math.log(usual / factor)) > _DOUBT:
        notes.append(f"what was measured gives {factor:.4g} m per unit, what such things usually are {usual:.4g}.")
    source = _source(explicit)
    if claimed is not None:
        tolerance = max(spread or 0.0, _deviation(pool), _LEAST_TOLERANCE)
        gap = abs(math.log(claimed.meters_per_unit / factor))
        if gap <= tolerance:
            factor, source = claimed.meters_per_unit, "blend"
            notes.append(f"the claimed factor is within {tolerance:.1%} of the samples and is kept.")
        else:
            notes.append(
                f"the claimed {claimed.meters_per_unit:.6g} m per unit differs by {math.expm1(gap):.0%}: not kept."
            )
    if source != "blend":
        factor = _believable(factor, measured, notes)
    samples = [*explicit, *priors, *([claimed] if claimed else [])]
    return SceneScale(
        scene_id=reconstruction.scene_id,
        factor=factor,
        source=source,
        n_samples=len(pool) + (source == "blend" and claimed is not None),
        spread=spread,
        priors_used=used,
        reference_samples=samples,
        notes=notes,
    )


def _priors(
    reconstruction: Reconstruction, measured: Sequence[Measured], notes: list[str]
) -> tuple[list[ScaleSample], dict[str, float]]:
    found = list(class_samples(measured))
    used = {category: meters for _, category, meters in found}
    if found:
        return [sample for sample, _, _ in found], dict(sorted(used.items()))
    camera = camera_sample(reconstruction)
    if camera is None:
        return [], {}
    notes.append("no object is of a known class: the camera is taken to be 1.5 m above the floor.")
    return [camera], {"camera height": 1.5}


def _explicit(
    reconstruction: Reconstruction,
    metric: MetricMetadata | None,
    measured: Sequence[Measured],
    priors: list[ScaleSample],
    notes: list[str],
) -> list[ScaleSample]:
    """Samples of what somebody measured."""
    if metric is None:
        return []
    samples, missing = reference_samples(metric, measured)
    notes += missing
    if metric.scene_metrics is None:
        return samples
    preliminary = _weighted_median(samples or priors) if samples or priors else reconstruction.meters_per_unit or 1.0
    try:
        background = background_triangles(reconstruction)
    except InputError as error:
        notes.append(f"the background is not measured: {error}")
        background = None
    boxes = {item.item.object_id: item.corners() * preliminary for item in measured}
    if background is None and not boxes:
        return samples
    room = fit_room(background, preliminary, boxes, reconstruction.environment)
    return samples + room_samples(metric.scene_metrics, room, preliminary)


def _claim(reconstruction: Reconstruction) -> ScaleSample | None:
    value = reconstruction.meters_per_unit
    if value is None:
        return None
    weight = round(max(0.0, reconstruction.confidence) / _LEAST_TOLERANCE, 6)
    return ScaleSample(kind="claimed", subject="meters_per_unit", meters_per_unit=value, weight=weight)


def _unknown(reconstruction: Reconstruction, claimed: ScaleSample | None, notes: list[str]) -> SceneScale:
    """Nothing but the claim speaks of the size, or not even that."""
    said = (
        "the claimed factor is kept, nothing else speaks of it." if claimed else "nothing says how large the scene is."
    )
    return SceneScale(
        scene_id=reconstruction.scene_id,
        factor=claimed.meters_per_unit if claimed else 1.0,
        source="blend" if claimed else "none",
        n_samples=1 if claimed else 0,
        reference_samples=[claimed] if claimed else [],
        notes=[*notes, said],
    )


def _source(explicit: list[ScaleSample]) -> ScaleSource:
    kinds = {item.kind for item in explicit}
    if not kinds:
        return "class_priors"
    if len(kinds) > 1:
        return "blend"
    return "reference" if kinds == {"reference"} else "scene_metric"


def _weighted_median(samples: Sequence[ScaleSample]) -> float:
    """The factor at which half of the weight lies below, between samples by linear interpolation of log factors."""
    logs = np.log([item.meters_per_unit for item in samples])
    weights = np.array([item.weight for item in samples])
    weights = weights if weights.sum() > 0 else np.ones(len(samples))
    order = np.lexsort((weights, logs))
    middles = np.cumsum(weights[order]) - weights[order] / 2
    return round(float(np.exp(np.interp(weights.sum() / 2, middles, logs[order]))), _FACTOR_DIGITS)


def _spread(samples: Sequence[ScaleSample]) -> float | None:
    if len(samples) < 2:
        return None
    logs = np.log([item.meters_per_unit for item in samples])
    return round(float(1.4826 * np.median(np.abs(logs - np.median(logs)))), 6)


def _deviation(samples: Sequence[ScaleSample]) -> float:
    """The deviation of a single sample, which has no spread."""
    return 1 / samples[0].weight if len(samples) == 1 and samples[0].weight > 0 else 0.0


def _believable(factor: float, measured: Sequence[Measured], notes: list[str]) -> float:
    """Return the factor, brought to where the things lie within 0.3 to 150 m."""
    if not measured:
        return factor
    corners = np.concatenate([item.corners() for item in measured])
    extent = float(np.ptp(corners, axis=0).max())
    if extent <= 0:
        return factor
    clipped = float(np.clip(factor, _SCENE_M[0] / extent, _SCENE_M[1] / extent))
    if clipped != factor:
        notes.append(f"{factor:.4g} m per unit makes the scene {factor * extent:.4g} m large: {clipped:.4g} is used.")
    return clipped
