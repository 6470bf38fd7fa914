"""Quality gates: a certificate per gate, bound to the bytes that it judged, and the report over all of them."""

from typing import Literal

from blueprint.contracts.document import Document, Part
from blueprint.contracts.hashing import sha256_json

__all__ = ["GateCertificate", "GateCheck", "GateOverride", "GateSummary", "QualityGateReport", "Severity"]

Severity = Literal["INFO", "WARNING", "ERROR"]


class GateCheck(Part):
    name: str
    passed: bool
    severity: Severity
    message: str
    measured: float | str | None = None
    limit: float | str | None = None


class GateOverride(Part):
    """Permission to go on past a failed gate, for these bytes only (`subject_sha`), until `expires_at` (ISO 8601)."""

    requester: str
    approver: str
    reason: str
    granted_at: str
    expires_at: str
    subject_sha: str


class GateCertificate(Document):
    """`gates/{gate_id}.json`. `subject` maps a path relative to the scene folder to the SHA-256 that was judged."""

    schema_version: Literal["v1"] = "v1"
    gate_id: str
    checkpoint: str
    scene_id: str
    subject: dict[str, str]
    passed: bool
    checks: list[GateCheck]
    override: GateOverride | None = None

    @property
    def subject_sha(self) -> str:
        return sha256_json(self.subject)


class GateSummary(Part):
    total_gates: int
    passed: int
    failed: int
    blocking_failures: int
    overridden: int
    can_proceed: bool


class GateResult(Part):
    gate_id: str
    checkpoint: str
    passed: bool
    severity: Severity
    message: str
    details: list[GateCheck] = []
    recommendations: list[str] = []


class QualityGateReport(Document):
    report_version: Literal["v1"] = "v1"
    scene_id: str
    timestamp: str
    required_checkpoints: list[str]
    executed_checkpoints: list[str]
    skipped_checkpoints: list[str] = []
    skip_reasons: dict[str, str] = {}
    summary: GateSummary
    results: list[GateResult]
