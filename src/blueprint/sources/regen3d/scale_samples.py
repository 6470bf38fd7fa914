"""Single estimates of metres per unit: from what somebody measured, from the room, and from how large things are."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TypeGuard

import numpy as np

from blueprint.contracts.scene_scale import MetricMetadata, ReferenceObject, RoomMetrics, ScaleSample
from blueprint.sources.regen3d.priors import size_prior
from blueprint.sources.regen3d.reconstruction import Reconstruction
from blueprint.sources.regen3d.roles import category_of_label
from blueprint.sources.regen3d.room_fit import FittedRoom
from blueprint.sources.regen3d.scale_measure import Measured

__all__ = ["camera_sample", "class_samples", "reference_samples", "room_samples"]

_GIVEN_STD = 0.01  # relative, of a factor that somebody states
_MEASURED_STD = 0.03  # of a measured height against the height of a mesh
_WALL_STD = 0.05  # of a room's extent between two walls that were seen
_GUESS_STD = 0.25  # of one that is known from the things in it only
_CAMERA_M, _CAMERA_STD = 1.5, 0.2  # a photo of a room is taken standing or sitting
_LEAST_UNITS = 1e-9


def reference_samples(metric: MetricMetadata, measured: Sequence[Measured]) -> tuple[list[ScaleSample], list[str]]:
    """Return the samples of stated factors and of measured heights, and notes on references that name nothing."""
    samples = [
        _sample("reference", f"scale_factors[{i}]", value, _GIVEN_STD) for i, value in enumerate(metric.scale_factors)
    ]
    notes = []
    wanted = [ReferenceObject(object_id=item.object_id, height_m=item.height_m) for item in metric.known_heights]
    for reference in [*wanted, *metric.reference_objects]:
        found = [item for item in measured if _is_meant(reference, item)]
        if not found:
            notes.append(f"no object is the reference {reference.object_id or reference.class_name!r}.")
        for item in found:
            if item.height > _LEAST_UNITS:
                std = _MEASURED_STD * math.sqrt(len(found))
                samples.append(_sample("reference", item.item.object_id, reference.height_m / item.height, std))
    return samples, notes


def room_samples(metrics: RoomMetrics, room: FittedRoom, factor: float) -> list[ScaleSample]:
    """Return the samples of a room's extents against the room as fitted with the preliminary `factor`.

    Nobody says which extent lies along which of our axes: the reading whose samples agree best counts.
    """
    known = _room_extents(metrics)
    return min((_room_reading(extents, room, factor) for extents in known), key=_spread_of, default=[])


def class_samples(measured: Sequence[Measured]) -> Iterator[tuple[ScaleSample, str, float]]:
    """Yield a sample per object of a known category, with the category and its usual size, m.

    The weight is the object's confidence over the prior's deviation and over the square root of how many there are of
    the category: twenty chairs of one wrong size do not outvote everything else.
    """
    counts = Counter(item.category for item in measured)
    for item in measured:
        prior = size_prior(item.category)
        if prior is None or not item.is_upright:
            continue  # of what lies nobody knows which extent is which
        units = item.height if prior.measure == "height" else item.length
        if units <= _LEAST_UNITS:
            continue
        sample = _sample("class_prior", item.item.object_id, prior.meters / units, prior.log_std)
        trust = max(0.05, item.item.confidence) / math.sqrt(counts[item.category])
        weighed = sample.model_copy(update={"weight": round(sample.weight * trust, 6)})
        yield weighed, item.category, prior.meters


def camera_sample(reconstruction: Reconstruction) -> ScaleSample | None:
    """Return the sample of a camera 1.5 m above the floor, None where no camera is known or it is not above it."""
    if reconstruction.camera is None or reconstruction.camera.pose_world_camera.position[2] <= _LEAST_UNITS:
        return None
    height = reconstruction.camera.pose_world_camera.position[2]
    return _sample("class_prior", "camera height", _CAMERA_M / height, _CAMERA_STD)


def _sample(kind: str, subject: str, value: float, std: float) -> ScaleSample:
    return ScaleSample(kind=kind, subject=subject, meters_per_unit=float(value), weight=round(1 / std, 6))  # type: ignore[arg-type]


def _is_meant(reference: ReferenceObject, measured: Measured) -> bool:
    item = measured.item
    if reference.object_id is not None:
        return reference.object_id in (item.object_id, item.source_name)
    if reference.class_name is None:
        return False
    return item.label == reference.class_name or measured.category == category_of_label(reference.class_name)


def _room_extents(metrics: RoomMetrics) -> list[tuple[float | None, float | None, float | None]]:
    """Readings (one horizontal, the other, height), m."""
    horizontal = (metrics.room_width_m, metrics.room_depth_m)
    readings = []
    if any(horizontal) or metrics.room_height_m:
        readings = [(*horizontal, metrics.room_height_m), (*horizontal[::-1], metrics.room_height_m)]
    box = metrics.room_box_m or {}
    low, high = box.get("min"), box.get("max")
    if _is_corner(low) and _is_corner(high):
        x, y, z = (abs(float(b) - float(a)) or None for a, b in zip(low, high, strict=True))
        readings += [(x, y, z), (y, x, z), (x, z, y), (z, x, y)]  # Z-up, then Y-up
    return readings


def _is_corner(value: object) -> TypeGuard[Sequence[float]]:
    return (
        isinstance(value, list | tuple)
        and len(value) == 3
        and all(isinstance(x, int | float) and math.isfinite(x) for x in value)
    )


def _room_reading(
    extents: tuple[float | None, float | None, float | None], room: FittedRoom, factor: float
) -> list[ScaleSample]:
    seen = room.seen
    known = (
        ("room x", room.room.width, "west" in seen and "east" in seen),
        ("room y", room.room.depth, "south" in seen and "north" in seen),
        ("room height", room.room.height, "ceiling" in seen),
    )
    return [
        _sample("scene_metric", name, meters / (fitted / factor), _WALL_STD if sure else _GUESS_STD)
        for meters, (name, fitted, sure) in zip(extents, known, strict=True)
        if meters is not None and (sure or name != "room height")
    ]


def _spread_of(samples: list[ScaleSample]) -> tuple[bool, float]:
    logs = np.log([item.meters_per_unit for item in samples])
    return (not samples, float(np.ptp(logs)) if len(samples) > 1 else 0.0)
