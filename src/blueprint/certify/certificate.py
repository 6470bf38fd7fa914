"""The physics certificate of an exported scene: reload the file that users get, measure, and say yes or no."""

from collections.abc import Iterable
from pathlib import Path

import mujoco
import numpy as np

from blueprint.certify.joint_sweep import sweep_joints
from blueprint.certify.objects import ObjectIndex
from blueprint.certify.penetration import deepest_contacts
from blueprint.certify.perturbation import fraction, perturb
from blueprint.certify.settle import simulate
from blueprint.contracts.certificate import (
    CertificateSummary,
    JointCertificate,
    ObjectCertificate,
    PhysicsCertificate,
    Thresholds,
)
from blueprint.contracts.hashing import sha256_file

__all__ = ["certify_model", "delivered_files", "subject_of"]


def delivered_files(scene_dir: Path) -> list[Path]:
    """Return the files that make up the delivered scene: `usd/scene.usda` and everything that it may refer to."""
    parts = [
        path
        for pattern in ("assets/*/sim/**/*", "assets/*/metadata.json")
        for path in scene_dir.glob(pattern)
        if path.is_file() and ".thumbs" not in path.parts
    ]
    return [scene_dir / "usd" / "scene.usda", *sorted(parts)]


def subject_of(scene_dir: Path, files: Iterable[Path]) -> dict[str, str]:
    """Return path relative to the scene folder → SHA-256."""
    return {path.relative_to(scene_dir).as_posix(): sha256_file(path) for path in files}


def certify_model(
    model: mujoco.MjModel,
    scene_id: str,
    subject: dict[str, str],
    thresholds: Thresholds | None = None,
    *,
    perturbation_seed: int | None = None,
) -> PhysicsCertificate:
    """Certify a model as it was loaded from the exported file. `subject` says which bytes that was.

    With a `perturbation_seed` the scene is disturbed in three ways as well (see `perturb`); that takes about as long
    as the certificate itself.
    """
    limits = thresholds or Thresholds()
    objects = _certify_objects(model, limits)
    joints = sweep_joints(model)
    problems = [problem for item in objects if (problem := _problem_of(item, limits))]
    problems += [
        f"{item.object_id}/{item.joint}: swept {item.reached_lower:.3f} to {item.reached_upper:.3f} of "
        f"{item.lower:.3f} to {item.upper:.3f}, blocked by {item.blocking_partner or 'no contact'}"
        for item in joints
        if not item.passed
    ]
    return PhysicsCertificate(
        scene_id=scene_id,
        simulator="mujoco",
        simulator_version=mujoco.__version__,
        thresholds=limits,
        subject=subject,
        summary=_summary(ObjectIndex(model), objects, joints, limits),
        objects=objects,
        joints=joints,
        perturbations=[] if perturbation_seed is None else perturb(model, perturbation_seed, limits),
        passed=not problems,
        problems=problems,
    )


def _certify_objects(model: mujoco.MjModel, limits: Thresholds) -> list[ObjectCertificate]:
    index = ObjectIndex(model)
    data = mujoco.MjData(model)
    overlaps = deepest_contacts(model, data)
    rest = simulate(model, limits.duration_s, limits.timestep_s)
    certificates = []
    for name in index.roots:
        motion, overlap = rest.motions[name], overlaps[name]
        stable = motion.drift_m <= limits.drift_m and motion.rotation_rad <= limits.rotation_rad
        stable = stable and motion.joint_drift <= limits.drift_m
        strict = (
            stable and motion.drift_m <= limits.strict_drift_m and motion.rotation_rad <= limits.strict_rotation_rad
        )
        certificates.append(
            ObjectCertificate(
                object_id=name,
                fixed=name not in index.free_joints,
                mass_kg=round(index.mass(name), 6) if name in index.free_joints else None,
                initial_penetration_m=round(overlap.depth_m, 7),
                deepest_partner=overlap.partner,
                drift_m=round(motion.drift_m, 7),
                rotation_rad=round(motion.rotation_rad, 7),
                joint_drift=round(motion.joint_drift, 7),
                stable=stable,
                strictly_stable=strict,
            )
        )
    return certificates


def _problem_of(item: ObjectCertificate, limits: Thresholds) -> str | None:
    if item.initial_penetration_m > limits.penetration_m:
        depth = item.initial_penetration_m * 1000
        return (
            f"{item.object_id}: {depth:.2f} mm inside {item.deepest_partner} (limit {limits.penetration_m * 1000:g} mm)"
        )
    if not item.stable:
        return (
            f"{item.object_id}: moved {item.drift_m * 1000:.1f} mm and {item.rotation_rad:.3f} rad, joints "
            f"{item.joint_drift:.3f}, in {limits.duration_s:g} s (limits {limits.drift_m * 1000:g} mm, "
            f"{limits.rotation_rad:g} rad)"
        )
    return None


def _summary(
    index: ObjectIndex, objects: list[ObjectCertificate], joints: list[JointCertificate], limits: Thresholds
) -> CertificateSummary:
    free = [item for item in objects if not item.fixed]
    depths = [item.initial_penetration_m for item in objects]
    loose = [item.drift_m <= limits.loose_drift_m and item.rotation_rad <= limits.loose_rotation_rad for item in free]
    drifts = [item.drift_m for item in free]
    p50, p95, most = (
        (round(float(value), 7) for value in np.quantile(drifts, (0.5, 0.95, 1.0))) if free else (None,) * 3
    )
    return CertificateSummary(
        objects=len(objects),
        free_objects=len(free),
        fixed_objects=len(objects) - len(free),
        articulated_objects=sum(bool(index.joints_of(item.object_id)) for item in objects),
        penetrations_over_limit=sum(depth > limits.penetration_m for depth in depths),
        max_penetration_m=max(depths, default=0.0),
        stable_fraction=fraction([item.stable for item in free]),
        strictly_stable_fraction=fraction([item.strictly_stable for item in free]),
        loosely_stable_fraction=fraction(loose),
        drift_p50_m=p50,
        drift_p95_m=p95,
        drift_max_m=most,
        joints=len(joints),
        joints_passed=sum(item.passed for item in joints),
    )
