"""The learning curve as a piece of the report: a table, a plot, and what went wrong where attempts failed."""

import html
import io
from collections import Counter
from collections.abc import Sequence
from typing import Any

from blueprint.contracts.training import CurvePoint, SuccessRate, TrainingSummary

__all__ = ["training_section"]

_STYLE: dict[Any, Any] = {
    "svg.hashsalt": "blueprint",
    "svg.fonttype": "none",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e3e7ea",
}


def training_section(summary: TrainingSummary) -> str:
    """Return HTML of one section, with everything that is not ours escaped; the same summary gives the same bytes."""
    rows = "\n".join(_row(point) for point in summary.curve)
    notes = "".join(f"<li>{html.escape(note)}</li>" for note in summary.notes)
    planner = f"<p>The planner itself, in the same unseen variations: {_text(summary.demonstrator)}.</p>"
    return "\n".join(
        [
            '<section id="training">',
            "  <h2>Training</h2>",
            f"  <p>{html.escape(summary.instruction)}: policy <b>{html.escape(summary.policy)}</b> on "
            f"{html.escape(summary.embodiment)}, from {summary.available} accepted demonstrations.</p>",
            f'  <figure class="plot"><img alt="success against demonstrations" src="{_plot(summary)}"></figure>',
            '  <div class="scroll"><table>',
            '    <tr><th class="n">demonstrations</th><th class="n">variations</th><th class="n">frames</th>'
            '<th>seen variations</th><th>unseen variations</th><th class="n">validation loss</th>'
            "<th>why unseen attempts failed</th></tr>",
            rows,
            "  </table></div>",
            f"  {planner}" if summary.demonstrator else "",
            f'  <ul class="plain">{notes}</ul>' if notes else "",
            "</section>",
        ]
    )


def _row(point: CurvePoint) -> str:
    reasons = Counter(item.reason for item in point.unseen_episodes if not item.success)
    failed = ", ".join(f"{count} {reason}" for reason, count in sorted(reasons.items()))
    return (
        f'    <tr><td class="n">{point.demonstrations}</td><td class="n">{point.variations}</td>'
        f'<td class="n">{point.frames}</td><td>{_text(point.seen)}</td><td>{_text(point.unseen)}</td>'
        f'<td class="n">{point.validation_loss:.3g}</td><td>{html.escape(failed)}</td></tr>'
    )


def _text(rate: SuccessRate | None) -> str:
    if rate is None:
        return "not measured"
    return f"{rate.succeeded} of {rate.attempts} ({rate.low:.0%} to {rate.high:.0%})"


def _plot(summary: TrainingSummary) -> str:
    """Return success over demonstrations with its 95 % intervals, as the URI of an SVG."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    from blueprint.quality.report.media import data_uri  # the report's page imports this module

    sizes = [point.demonstrations for point in summary.curve]
    with rc_context(_STYLE):
        figure = Figure(figsize=(6.4, 2.8), layout="constrained")
        axes = figure.add_subplot(1, 1, 1)
        _line(axes, sizes, [point.seen for point in summary.curve], "seen variations", "#d9822b")
        _line(axes, sizes, [point.unseen for point in summary.curve], "unseen variations", "#2a6fb0")
        axes.set_xscale("log")
        axes.set_xticks(sizes, [str(size) for size in sizes], minor=False)
        axes.minorticks_off()
        axes.set_ylim(-0.03, 1.03)
        axes.set_xlabel("demonstrations")
        axes.set_ylabel("success")
        axes.legend(frameon=False, loc="lower right")
        stream = io.BytesIO()
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    return data_uri(stream.getvalue(), ".svg")


def _line(axes: Any, sizes: Sequence[int], rates: Sequence[SuccessRate], label: str, color: str) -> None:
    middle = [rate.rate for rate in rates]
    bars = [[rate.rate - rate.low for rate in rates], [rate.high - rate.rate for rate in rates]]
    axes.errorbar(sizes, middle, yerr=bars, label=label, color=color, marker="o", markersize=4, linewidth=1.3)
