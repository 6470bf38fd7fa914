"""`usd/physics_certificate.json`: what was measured on the exported scene, object by object and joint by joint."""

from typing import Literal

from blueprint.contracts.document import Document, Part
from blueprint.contracts.ids import SceneId

__all__ = [
    "CertificateSummary",
    "JointCertificate",
    "ObjectCertificate",
    "PerturbationCertificate",
    "PhysicsCertificate",
    "Thresholds",
]


class Thresholds(Part):
    """Initial penetration over 1 mm fails; stable is ≤ 1 cm and ≤ 0.1 rad in 5 s (SceneSmith's), strict is ≤ 1 mm and
    ≤ 0.5°, loose is ≤ 20 cm and ≤ 8° (SAGE's)."""

    penetration_m: float = 0.001
    drift_m: float = 0.01
    rotation_rad: float = 0.1
    strict_drift_m: float = 0.001
    strict_rotation_rad: float = 0.008727
    loose_drift_m: float = 0.2
    loose_rotation_rad: float = 0.139626
    duration_s: float = 5.0
    timestep_s: float = 0.001


class ObjectCertificate(Part):
    """`mass_kg` is what the simulator moved; a fixed object has none, it is not moved."""

    object_id: str
    fixed: bool
    mass_kg: float | None = None
    initial_penetration_m: float
    deepest_partner: str | None = None
    drift_m: float
    rotation_rad: float
    joint_drift: float = 0.0
    stable: bool
    strictly_stable: bool


class JointCertificate(Part):
    """A joint swept over its range: the values that it reached (rad or m), and what it touched if it was blocked."""

    object_id: str
    joint: str
    lower: float
    upper: float
    reached_lower: float
    reached_upper: float
    blocking_partner: str | None = None
    passed: bool


class CertificateSummary(Part):
    """Fractions and drifts are of the free objects; drift percentiles are absent where nothing is free.

    `articulated_objects` have joints of their own, fixed ones (wall cabinets) included.
    """

    objects: int
    free_objects: int
    fixed_objects: int | None = None
    articulated_objects: int | None = None
    penetrations_over_limit: int
    max_penetration_m: float
    stable_fraction: float
    strictly_stable_fraction: float
    loosely_stable_fraction: float | None = None
    drift_p50_m: float | None = None
    drift_p95_m: float | None = None
    drift_max_m: float | None = None
    joints: int
    joints_passed: int


class PerturbationCertificate(Part):
    """The scene, disturbed in one way, and what of it still stands still by the thresholds of the certificate.

    `pose_noise` displaces every free object by up to `position_m` along each axis and `rotation_rad` about a random
    axis (less for furniture: no corner moves further than `corner_m`), lets it settle for `settle_s`, and watches it
    for `duration_s`; what is further than SAGE's limits from where it was meant to be when it has settled (`displaced`)
    has fallen. `time_step`
    simulates with another `timestep_s`. `push` presses `force_n` sideways at the centre of mass of some objects for
    `force_s`; `stable_fraction` is of all others, `disturbed_stable_fraction` of those that were pushed.
    """

    kind: Literal["pose_noise", "time_step", "push"]
    seed: int
    position_m: float | None = None
    rotation_rad: float | None = None
    corner_m: float | None = None
    force_n: float | None = None
    force_s: float | None = None
    settle_s: float | None = None
    duration_s: float
    timestep_s: float
    disturbed_objects: int
    free_objects: int
    stable_fraction: float
    strictly_stable_fraction: float
    disturbed_stable_fraction: float | None = None
    displaced_p95_m: float | None = None
    displaced_max_m: float | None = None
    drift_p50_m: float | None = None
    drift_p95_m: float | None = None
    drift_max_m: float | None = None
    unstable: list[str] = []
    diverged: str | None = None


class PhysicsCertificate(Document):
    """Bound to the bytes it judged by `subject`: path relative to the scene folder → SHA-256.

    `perturbations` are measured where they are asked for; they are reported and do not decide `passed`.
    """

    schema_version: Literal["v1"] = "v1"
    scene_id: SceneId
    simulator: str
    simulator_version: str
    thresholds: Thresholds
    subject: dict[str, str]
    summary: CertificateSummary
    objects: list[ObjectCertificate]
    joints: list[JointCertificate]
    perturbations: list[PerturbationCertificate] = []
    passed: bool
    problems: list[str]
