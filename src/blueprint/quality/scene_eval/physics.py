"""Physics metrics: everything is simulated here and now, an existing certificate is not believed."""

from itertools import combinations

import mujoco
import numpy as np

from blueprint.certify.certificate import certify_model
from blueprint.certify.objects import ObjectIndex
from blueprint.certify.penetration import Penetration
from blueprint.contracts.certificate import PerturbationCertificate, PhysicsCertificate, Thresholds
from blueprint.contracts.errors import StageError
from blueprint.contracts.scene_eval import Metric
from blueprint.quality.scene_eval.figures import judged, not_applicable
from blueprint.quality.scene_eval.subject import Subject

__all__ = ["certificate_of", "fixed_overlaps", "physics_metrics"]

_NAMES = {
    "COL-1mm": "objects in a collision deeper than 1 mm",
    "PEN": "deepest residual penetration",
    "STB-S": "free objects stable for 5 s (1 cm, 0.1 rad)",
    "STB-strict": "free objects stable for 5 s (1 mm, 0.5°)",
    "STB-SAGE": "free objects stable for 5 s (20 cm, 8°)",
    "DRIFT": "95th percentile of the drift in 5 s",
    "STB-P": "free objects stable when disturbed",
    "JNT": "joints that sweep their range",
}


def certificate_of(
    subject: Subject, thresholds: Thresholds | None = None, perturbation_seed: int | None = None
) -> PhysicsCertificate | StageError:
    """Certify the subject's model now; a simulation that diverges is an answer too."""
    try:
        return certify_model(
            subject.model,
            subject.scene.scene_id,
            subject.subject,
            thresholds,
            perturbation_seed=perturbation_seed,
        )
    except StageError as error:
        return error


def fixed_overlaps(subject: Subject) -> dict[str, Penetration]:
    """Return the deepest overlap of every mounted object with another mounted one, by object id.

    The simulator makes no contacts between things that cannot move, so these pairs are measured by themselves
    (signed distance of the shapes); against the room's shell they are not: frames reach into their openings.
    """
    model = subject.model
    index = ObjectIndex(model)
    mounted = {item.id for item in subject.scene.objects if item.is_fixed and not item.is_architecture}
    data = mujoco.MjData(model)
    mujoco.mj_kinematics(model, data)
    geoms = [
        int(geom)
        for geom in np.flatnonzero(model.geom_contype)
        if index.object_of_geom(int(geom)) in mounted and model.body_weldid[model.geom_bodyid[geom]] == 0
    ]
    deepest: dict[str, Penetration] = {}
    for first, second in combinations(geoms, 2):
        owners = index.object_of_geom(first), index.object_of_geom(second)
        reach = float(model.geom_rbound[first] + model.geom_rbound[second])
        if owners[0] == owners[1] or np.linalg.norm(data.geom_xpos[first] - data.geom_xpos[second]) > reach:
            continue
        depth = -float(mujoco.mj_geomDistance(model, data, first, second, 0.01, None))
        for own, other in (owners, owners[::-1]):
            if depth > 0 and depth > deepest.get(own, Penetration(0.0, None)).depth_m:
                deepest[own] = Penetration(depth, other)
    return deepest


def physics_metrics(
    measured: PhysicsCertificate | StageError, overlaps: dict[str, Penetration], *, perturbed: bool
) -> list[Metric]:
    """Return COL-1mm, PEN, STB-S, STB-strict, STB-SAGE, DRIFT, STB-P (where it was asked for) and JNT.

    `overlaps` are those of mounted objects, which count for COL-1mm and PEN like contacts.
    """
    if isinstance(measured, StageError):
        return _diverged(measured)
    objects, limits = measured.objects, measured.thresholds
    free = [item for item in objects if not item.fixed]
    depths = {item.object_id: Penetration(item.initial_penetration_m, item.deepest_partner) for item in objects}
    depths |= {name: own for name, own in overlaps.items() if own.depth_m > depths[name].depth_m}
    deep = {name: own for name, own in depths.items() if own.depth_m > limits.penetration_m}
    depths_mm = [own.depth_m * 1000 for own in depths.values()]
    metrics = [
        judged(
            "COL-1mm",
            _NAMES["COL-1mm"],
            100 * len(deep) / max(1, len(objects)),
            "lower",
            0.0,
            unit="%",
            figures={"objects": len(objects)},
            offenders=[f"{name}: {own.depth_m * 1000:.2f} mm inside {own.partner}" for name, own in deep.items()],
        ),
        judged(
            "PEN",
            _NAMES["PEN"],
            max(depths_mm, default=0.0),
            "lower",
            0.5,
            unit="mm",
            figures={"mean_mm": float(np.mean(depths_mm)) if depths_mm else 0.0},
        ),
    ]
    if free:
        unstable = [_moved(item.object_id, item.drift_m, item.rotation_rad) for item in free if not item.stable]
        loose = [_moved(item.object_id, item.drift_m, item.rotation_rad) for item in free if not item.strictly_stable]
        fallen = [
            _moved(item.object_id, item.drift_m, item.rotation_rad)
            for item in free
            if item.drift_m > limits.loose_drift_m or item.rotation_rad > limits.loose_rotation_rad
        ]
        metrics += [_share("STB-S", len(free), unstable, 99.5), _share("STB-strict", len(free), loose, 98.0)]
        metrics += [_share("STB-SAGE", len(free), fallen, 100.0), _drift([item.drift_m for item in free])]
    else:
        why = "nothing in the scene is free to move"
        metrics += [not_applicable(name, _NAMES[name], why) for name in ("STB-S", "STB-strict", "STB-SAGE", "DRIFT")]
    metrics.append(_perturbed(measured.perturbations, perturbed=perturbed, free=len(free)))
    stuck = [
        f"{item.object_id}/{item.joint}: reached {item.reached_lower:.3f} to {item.reached_upper:.3f} of "
        f"{item.lower:.3f} to {item.upper:.3f}, blocked by {item.blocking_partner or 'no contact'}"
        for item in measured.joints
        if not item.passed
    ]
    if measured.joints:
        metrics.append(_share("JNT", len(measured.joints), stuck, 100.0))
    else:
        metrics.append(not_applicable("JNT", _NAMES["JNT"], "the scene has no joints"))
    return metrics


def _diverged(error: StageError) -> list[Metric]:
    metrics = []
    for name in ("STB-S", "STB-strict", "STB-SAGE"):
        metrics.append(judged(name, _NAMES[name], 0.0, "higher", 99.5, unit="%", offenders=[str(error)]))
    metrics += [not_applicable(name, _NAMES[name], str(error)) for name in ("COL-1mm", "PEN", "DRIFT", "STB-P", "JNT")]
    return metrics


def _share(name: str, count: int, bad: list[str], target: float) -> Metric:
    return judged(
        name,
        _NAMES[name],
        100 * (count - len(bad)) / count,
        "higher",
        target,
        unit="%",
        figures={"counted": count},
        offenders=bad,
    )


def _drift(drifts_m: list[float]) -> Metric:
    p50, p95, most = np.quantile(np.array(drifts_m) * 1000, (0.5, 0.95, 1.0))
    figures = {"p50_mm": float(p50), "max_mm": float(most)}
    return judged("DRIFT", _NAMES["DRIFT"], float(p95), "lower", 0.5, unit="mm", figures=figures)


def _perturbed(runs: list[PerturbationCertificate], *, perturbed: bool, free: int) -> Metric:
    """The worst of the three disturbances counts; pushed objects are not counted, what they knock over is."""
    if not perturbed:
        return not_applicable("STB-P", _NAMES["STB-P"], "not asked for (--perturb)")
    if not free or not runs:
        return not_applicable("STB-P", _NAMES["STB-P"], "nothing in the scene is free to move")
    offenders = [f"{run.kind}: {name}" for run in runs for name in run.unstable]
    offenders += [f"{run.kind}: {run.diverged}" for run in runs if run.diverged]
    return judged(
        "STB-P",
        _NAMES["STB-P"],
        100 * min(run.stable_fraction for run in runs),
        "higher",
        99.0,
        unit="%",
        figures={f"{run.kind}_percent": 100 * run.stable_fraction for run in runs},
        offenders=offenders,
    )


def _moved(name: str, drift_m: float, rotation_rad: float) -> str:
    return f"{name}: {drift_m * 1000:.1f} mm, {np.degrees(rotation_rad):.1f}°"
