"""Quality gates as artefacts: a certificate bound to the bytes that it judged, and overrides that die with them."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from blueprint.contracts.errors import GateError, InputError
from blueprint.contracts.hashing import sha256_file
from blueprint.contracts.quality_gate import (
    GateCertificate,
    GateCheck,
    GateOverride,
    GateResult,
    GateSummary,
    QualityGateReport,
)

__all__ = ["AUDIT_LOG", "gate_path", "gate_report", "grant_override", "issue", "require"]

AUDIT_LOG = "gates/override_audit.jsonl"
_LONGEST_OVERRIDE = timedelta(days=30)


def gate_path(scene_dir: Path, gate_id: str) -> Path:
    return scene_dir / "gates" / f"{gate_id}.json"


def issue(
    scene_dir: Path, gate_id: str, checkpoint: str, subject: Iterable[Path], checks: list[GateCheck]
) -> GateCertificate:
    """Judge and write `gates/{gate_id}.json`: passed if no check of severity ERROR failed; binds the subject's bytes.

    An earlier override is kept only if it was granted for these very bytes. Raises InputError if there is nothing to
    judge or nothing to judge by.
    """
    files = {path.relative_to(scene_dir).as_posix(): sha256_file(path) for path in sorted(subject)}
    if not checks or not files:
        message = f"gate {gate_id} has {len(checks)} checks on {len(files)} files; it cannot judge nothing."
        raise InputError(message, remedy="run the stage that makes its subject first.")
    passed = not any(check.severity == "ERROR" and not check.passed for check in checks)
    certificate = GateCertificate(
        gate_id=gate_id,
        checkpoint=checkpoint,
        scene_id=scene_dir.name,
        subject=files,
        passed=passed,
        checks=checks,
    )
    path = gate_path(scene_dir, gate_id)
    if path.exists() and not passed:
        earlier = GateCertificate.read(path).override
        if earlier is not None and earlier.subject_sha == certificate.subject_sha:
            certificate = certificate.model_copy(update={"override": earlier})
    certificate.write(path)
    return certificate


def require(scene_dir: Path, gate_id: str, *, now: datetime | None = None) -> GateCertificate:
    """Return the gate's certificate if it lets work go on; raises GateError if it is missing, about other bytes, failed
    without an override, or its override has expired."""
    path = gate_path(scene_dir, gate_id)
    if not path.exists():
        message = f"gate {gate_id} of scene {scene_dir.name} has not been judged."
        raise GateError(message, remedy="run the stages before this one.")
    certificate = GateCertificate.read(path)
    for name, digest in certificate.subject.items():
        file = scene_dir / name
        if not file.resolve().is_relative_to(scene_dir.resolve()) or not file.is_file() or sha256_file(file) != digest:
            message = f"gate {gate_id} of scene {scene_dir.name} judged other bytes of {name} than are there now."
            raise GateError(message, remedy="re-run the stage that made it (blueprint run … --resume).")
    if certificate.passed:
        return certificate
    reasons = "; ".join(check.message for check in certificate.checks if check.severity == "ERROR" and not check.passed)
    override = certificate.override
    if override is None or override.subject_sha != certificate.subject_sha:
        message = f"gate {gate_id} of scene {scene_dir.name} failed: {reasons}."
        raise GateError(message, remedy=f"fix the scene, or `blueprint gate override {scene_dir.name} {gate_id} …`.")
    if (now or datetime.now(UTC)) >= datetime.fromisoformat(override.expires_at):
        message = f"the override of gate {gate_id} of scene {scene_dir.name} expired at {override.expires_at}."
        raise GateError(message, remedy="fix the scene or ask for a new override.")
    return certificate


def grant_override(
    scene_dir: Path,
    gate_id: str,
    *,
    requester: str,
    approver: str,
    reason: str,
    valid_for: timedelta,
    now: datetime | None = None,
) -> GateCertificate:
    """Let work go on past a failed gate, for the bytes that it judged; the grant is appended to the audit log first.

    Raises InputError for a gate that passed, a missing name or reason, one person in both roles, or over 30 days.
    """
    path = gate_path(scene_dir, gate_id)
    certificate = GateCertificate.read(path)
    if certificate.passed:
        raise InputError(f"gate {gate_id} of scene {scene_dir.name} passed; there is nothing to override.")
    if not (requester.strip() and approver.strip() and len(reason.strip()) >= 10):
        message = "an override needs a requester, an approver and a reason of at least 10 characters."
        raise InputError(message, remedy="say who asks, who allows it and why.")
    if requester.strip().casefold() == approver.strip().casefold():
        raise InputError(f"{requester!r} cannot approve an own request.", remedy="have somebody else approve it.")
    if not timedelta(0) < valid_for <= _LONGEST_OVERRIDE:
        raise InputError(f"an override holds for up to {_LONGEST_OVERRIDE.days} days, not {valid_for}.")
    granted = now or datetime.now(UTC)
    override = GateOverride(
        requester=requester.strip(),
        approver=approver.strip(),
        reason=reason.strip(),
        granted_at=granted.isoformat(timespec="seconds"),
        expires_at=(granted + valid_for).isoformat(timespec="seconds"),
        subject_sha=certificate.subject_sha,
    )
    log = scene_dir / AUDIT_LOG
    log.parent.mkdir(parents=True, exist_ok=True)
    entry = {"scene_id": scene_dir.name, "gate_id": gate_id, **override.model_dump()}
    with log.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(entry, ensure_ascii=False) + "\n")
    updated = certificate.model_copy(update={"override": override})
    updated.write(path)
    return updated


def gate_report(scene_dir: Path, required: list[str]) -> QualityGateReport:
    """Sum up every gate of a scene; `required` are the gate ids that the stages ask for."""
    certificates = [GateCertificate.read(path) for path in sorted((scene_dir / "gates").glob("*.json"))]
    executed = [item.gate_id for item in certificates]
    failed = [item for item in certificates if not item.passed]
    blocking = [item for item in failed if item.override is None]
    return QualityGateReport(
        scene_id=scene_dir.name,
        timestamp=datetime.now(UTC).isoformat(timespec="seconds"),
        required_checkpoints=required,
        executed_checkpoints=executed,
        skipped_checkpoints=[gate_id for gate_id in required if gate_id not in executed],
        skip_reasons={gate_id: "its stage has not run" for gate_id in required if gate_id not in executed},
        summary=GateSummary(
            total_gates=len(certificates),
            passed=len(certificates) - len(failed),
            failed=len(failed),
            blocking_failures=len(blocking),
            overridden=len(failed) - len(blocking),
            can_proceed=not blocking,
        ),
        results=[_result(item) for item in certificates],
    )


def _result(certificate: GateCertificate) -> GateResult:
    failed = [check for check in certificate.checks if not check.passed]
    return GateResult(
        gate_id=certificate.gate_id,
        checkpoint=certificate.checkpoint,
        passed=certificate.passed,
        severity="INFO" if certificate.passed else "ERROR",
        message="; ".join(check.message for check in failed) or f"{len(certificate.checks)} checks passed",
        details=certificate.checks,
        recommendations=[f"fix {check.name}" for check in failed if check.severity == "ERROR"],
    )
