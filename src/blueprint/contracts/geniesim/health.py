"""What `blueprint geniesim health` found: one line per thing that was tried."""

from typing import Literal

from blueprint.contracts.document import Document, Part

__all__ = ["HealthCheck", "HealthReport"]


class HealthCheck(Part):
    """`status` "skipped" means that it was not tried, and `detail` says why; `remedy` belongs to what is not ok."""

    name: str
    status: Literal["ok", "warning", "failed", "skipped"]
    detail: str
    remedy: str = ""


class HealthReport(Document):
    """`healthy` is whether no check failed. Also written as `geniesim/preflight_report.json` before a submission."""

    schema_version: Literal["v1"] = "v1"
    endpoint: str
    profile: Literal["sandbox", "production"]
    healthy: bool
    checks: list[HealthCheck]
