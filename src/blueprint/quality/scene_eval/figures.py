"""Metrics as they are written down: judged against a target, or not applicable with the reason."""

from collections.abc import Mapping, Sequence
from typing import Literal

from blueprint.contracts.scene_eval import Metric

__all__ = ["MAX_OFFENDERS", "judged", "not_applicable", "reported"]

MAX_OFFENDERS = 50
_SLACK = 1e-9


def judged(
    metric_id: str,
    name: str,
    value: float,
    better: Literal["higher", "lower"],
    target: float,
    *,
    unit: str = "",
    figures: Mapping[str, float] | None = None,
    offenders: Sequence[str] = (),
) -> Metric:
    """Return a metric with its verdict; equal to the target is good enough."""
    good = value >= target - _SLACK if better == "higher" else value <= target + _SLACK
    return Metric(
        id=metric_id,
        name=name,
        value=_rounded(value),
        unit=unit,
        better=better,
        target=target,
        meets_target=good,
        figures={key: _rounded(number) for key, number in (figures or {}).items()},
        offenders=_bounded(offenders),
    )


def reported(
    metric_id: str,
    name: str,
    value: float,
    *,
    unit: str = "",
    figures: Mapping[str, float] | None = None,
    offenders: Sequence[str] = (),
) -> Metric:
    """Return a metric that has no target."""
    return Metric(
        id=metric_id,
        name=name,
        value=_rounded(value),
        unit=unit,
        figures={key: _rounded(number) for key, number in (figures or {}).items()},
        offenders=_bounded(offenders),
    )


def not_applicable(metric_id: str, name: str, why: str) -> Metric:
    """Return a metric that this scene has no answer to."""
    return Metric(id=metric_id, name=name, not_applicable=why)


def _bounded(offenders: Sequence[str]) -> list[str]:
    listed = list(offenders[:MAX_OFFENDERS])
    return [*listed, f"and {len(offenders) - MAX_OFFENDERS} more"] if len(offenders) > MAX_OFFENDERS else listed


def _rounded(value: float) -> float:
    return round(float(value), 6) + 0.0
