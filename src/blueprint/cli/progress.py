"""Progress as people see it (a bar per stage, a live success rate) and as machines read it (JSON lines)."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from blueprint.pipeline.runner import StageRun

__all__ = ["HumanProgress", "JsonProgress", "shown"]


class HumanProgress:
    """One bar per stage on stderr (in a log: one line per finished stage), so that stdout stays free for results."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, stage: str, done: int, total: int, note: str = "") -> None:
        if stage not in self._tasks:
            self._tasks[stage] = self._bars.add_task(stage, total=total, note="")
        self._bars.update(self._tasks[stage], completed=done, total=total, note=note)

    def finished(self, run: StageRun) -> None:
        word = "unchanged" if run.status == "unchanged" else f"{run.duration_s:.1f} s"
        if run.stage not in self._tasks:
            self._tasks[run.stage] = self._bars.add_task(run.stage, total=1, note="")
        task = self._bars.tasks[self._tasks[run.stage]]
        note = str(task.fields.get("note", ""))
        self._bars.update(task.id, completed=task.total, note=f"{note}  {word}".strip())
        self._bars.stop_task(task.id)
        if self._bars.disable:
            self._bars.console.print(f"{run.stage:<11} {note}  {word}", markup=False, highlight=False, soft_wrap=True)
        for fallback in run.marker.fallbacks:
            self._bars.console.print(f"  fallback in {run.stage}: {fallback}", markup=False)


class JsonProgress:
    """One JSON object per line on stdout: {"event": "progress" | "stage", …}."""

    def __call__(self, stage: str, done: int, total: int, note: str = "") -> None:
        _emit({"event": "progress", "stage": stage, "done": done, "total": total, "note": note})

    def finished(self, run: StageRun) -> None:
        _emit(
            {
                "event": "stage",
                "stage": run.stage,
                "status": run.status,
                "duration_s": round(run.duration_s, 3),
                "fallbacks": run.marker.fallbacks,
            }
        )


@contextmanager
def shown(as_json: bool) -> Iterator[HumanProgress | JsonProgress]:
    """Show progress until the end of the block."""
    if as_json:
        yield JsonProgress()
        return
    columns = (
        SpinnerColumn(finished_text="✓"),
        TextColumn("{task.description:<11}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[note]}", markup=False),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        yield HumanProgress(bars)


def _emit(event: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(event, ensure_ascii=False) + "\n")
    sys.stdout.flush()
