"""Plots of the report as SVG, the same bytes for the same data."""

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from blueprint.contracts.certificate import PhysicsCertificate
from blueprint.contracts.episode import EpisodeRecord
from blueprint.contracts.errors import InputError
from blueprint.quality.record_files import read_trajectory
from blueprint.quality.report.media import Media, data_uri

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["certificate_plot", "episode_plots"]

_COLORS = ["#2a6fb0", "#d9822b", "#3d8b57", "#b5493f", "#7a5fa8", "#8a6d4b", "#c46a9b", "#5f6b75"]
_STYLE: dict[Any, Any] = {
    "svg.hashsalt": "blueprint",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#9aa3ab",
    "axes.grid": True,
    "grid.color": "#e3e7ea",
}


def certificate_plot(certificate: PhysicsCertificate) -> Media | None:
    """Return drift and initial penetration of every free object on a logarithmic scale beside their limits."""
    from matplotlib import rc_context

    with rc_context(_STYLE):
        return _certificate_plot(certificate)


def episode_plots(records_dir: Path, record: EpisodeRecord) -> list[Media]:
    """Return joint positions with targets, and gripper opening with contact force, of one episode over time."""
    from matplotlib import rc_context

    with rc_context(_STYLE):
        return _episode_plots(records_dir, record)


def _certificate_plot(certificate: PhysicsCertificate) -> Media | None:
    from matplotlib.ticker import MaxNLocator

    free = [item for item in certificate.objects if not item.fixed]
    if not free:
        return None
    limits = certificate.thresholds
    figure = _figure(8.2, 2.6)
    panels = (
        ("drift in the stability test, mm", [item.drift_m * 1e3 for item in free], limits.drift_m * 1e3),
        ("initial penetration, mm", [item.initial_penetration_m * 1e3 for item in free], limits.penetration_m * 1e3),
    )
    for index, (label, values, limit) in enumerate(panels):
        axes = figure.add_subplot(1, 2, index + 1)
        clipped = np.clip(values, 1e-4, None)
        top = max(float(clipped.max()), limit) * 3
        bins = np.geomspace(1e-4, top, 40)
        axes.hist(clipped, bins=list(bins), color=_COLORS[0])
        axes.axvline(limit, color=_COLORS[3], linewidth=1.5)
        axes.text(limit, axes.get_ylim()[1], " limit", color=_COLORS[3], va="top")
        axes.set_xscale("log")
        axes.set_xlabel(f"{label} (≤ 0.0001 at the left)")
        axes.set_ylabel("objects")
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    return Media("Distribution over free objects", _svg(figure))


def _episode_plots(records_dir: Path, record: EpisodeRecord) -> list[Media]:
    try:
        arrays = read_trajectory(records_dir / record.episode_id, record)
    except InputError as error:
        return [Media(record.episode_id, None, f"no plot: {error}")]
    time = arrays["time"] - arrays["time"][0]
    arm = [i for i, name in enumerate(record.state_names) if "gripper" not in name]
    rest = [i for i in range(len(record.state_names)) if i not in arm]
    figure = _figure(8.2, 3.2)
    axes = figure.add_subplot(1, 1, 1)
    for order, i in enumerate(arm):
        color = _COLORS[order % len(_COLORS)]
        axes.plot(time, arrays["state"][:, i], color=color, linewidth=1.3, label=record.state_names[i])
        if i < arrays["action"].shape[1]:
            axes.plot(time[1:], arrays["action"][:, i], color=color, linewidth=0.7, linestyle=":")
    _subtask_lines(axes, record)
    axes.set_xlabel("time, s")
    axes.set_ylabel("joint position, rad")
    axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False, fontsize=8)
    plots = [Media("Joint positions (solid) and targets (dotted)", _svg(figure))]
    figure = _figure(8.2, 2.2)
    axes = figure.add_subplot(1, 1, 1)
    for i in rest:
        axes.plot(time, arrays["state"][:, i] * 1e3, color=_COLORS[0], linewidth=1.3)
    axes.set_ylabel("opening, mm", color=_COLORS[0])
    axes.set_xlabel("time, s")
    _subtask_lines(axes, record)
    force = axes.twinx()
    force.grid(False)
    force.plot(time, arrays["contact_force"], color=_COLORS[1], linewidth=1.1)
    force.set_ylabel("contact force, N", color=_COLORS[1])
    return [*plots, Media("Gripper opening and contact force", _svg(figure))]


def _subtask_lines(axes: object, record: EpisodeRecord) -> None:
    for part in record.subtasks:
        axes.axvline(part.start / record.fps, color="#9aa3ab", linewidth=0.8)  # type: ignore[attr-defined]
        axes.text(  # type: ignore[attr-defined]
            part.start / record.fps,
            1.01,
            f" {part.name[:16]}",
            transform=axes.get_xaxis_transform(),  # type: ignore[attr-defined]
            fontsize=7,
            color="#5f6b75",
            parse_math=False,
        )


def _figure(width: float, height: float) -> "Figure":
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def _svg(figure: "Figure") -> str:
    stream = io.BytesIO()
    figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    return data_uri(stream.getvalue(), ".svg")
