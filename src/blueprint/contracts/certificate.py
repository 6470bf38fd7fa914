"""`usd/physics_certificate.json`: what was measured on the exported scene, object by object and joint by joint."""

from typing import Literal

from blueprint.contracts.document import Document, Part
from blueprint.contracts.ids import SceneId

__all__ = ["CertificateSummary", "JointCertificate", "ObjectCertificate", "PhysicsCertificate", "Thresholds"]


class Thresholds(Part):
    """Initial penetration over 1 mm fails; stable is ≤ 1 cm and ≤ 0.1 rad in 5 s, strict is ≤ 1 mm and ≤ 0.5°."""

    penetration_m: float = 0.001
    drift_m: float = 0.01
    rotation_rad: float = 0.1
    strict_drift_m: float = 0.001
    strict_rotation_rad: float = 0.008727
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
    objects: int
    free_objects: int
    penetrations_over_limit: int
    max_penetration_m: float
    stable_fraction: float
    strictly_stable_fraction: float
    joints: int
    joints_passed: int


class PhysicsCertificate(Document):
    """Bound to the bytes it judged by `subject`: path relative to the scene folder → SHA-256."""

    schema_version: Literal["v1"] = "v1"
    scene_id: SceneId
    simulator: str
    simulator_version: str
    thresholds: Thresholds
    subject: dict[str, str]
    summary: CertificateSummary
    objects: list[ObjectCertificate]
    joints: list[JointCertificate]
    passed: bool
    problems: list[str]
