"""What a stage is: a typed function with everything that others need to know about it declared beside it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from blueprint.contracts.errors import InputError
from blueprint.contracts.quality_gate import GateCheck
from blueprint.episodes.engine import Engine
from blueprint.pipeline.settings import RunSettings
from blueprint.quality.gates import issue

__all__ = ["Outcome", "Progress", "Stage", "StageContext", "expand", "silent"]


class Progress(Protocol):
    """Told how far a stage is: `done` of `total` steps, and a word on how it goes."""

    def __call__(self, stage: str, done: int, total: int, note: str = "") -> None: ...


def silent(stage: str, done: int, total: int, note: str = "") -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True)
class Outcome:
    """What a stage says of itself: the fields of its marker, and the fallbacks that it took."""

    marker_fields: dict[str, Any] = field(default_factory=dict)
    fallbacks: tuple[str, ...] = ()


@dataclass(frozen=True)
class StageContext:
    """What a stage may touch: the scene folder, its settings, and a way to tell progress.

    `engine` runs its jobs; None is as many processes as the settings' `workers`.
    """

    stage: str
    scene_dir: Path
    settings: RunSettings
    report_progress: Progress = silent
    engine: Engine | None = None

    @property
    def scene_id(self) -> str:
        return self.scene_dir.name

    def progress(self, done: int, total: int, note: str = "") -> None:
        self.report_progress(self.stage, done, total, note)

    def judge(self, gate_id: str, checkpoint: str, subject: Iterable[Path], checks: list[GateCheck]) -> bool:
        """Write a gate certificate and return whether it passed; whoever requires it refuses to start if it did not."""
        return issue(self.scene_dir, gate_id, checkpoint, subject, checks).passed


@dataclass(frozen=True)
class Stage:
    """`reads` and `writes` are glob patterns in the scene folder; nobody else writes what a stage writes.

    `settings` names the run settings that shape the output. An `incremental` stage keeps what it wrote before and
    decides itself what is still good (finished episodes); any other stage starts from an empty slate. `simulator` is
    the one that a stage belongs to; None is any. A stage with `asked_by` is needed only by a scene that has a file that
    matches one of these patterns.
    """

    name: str
    summary: str
    run: Callable[[StageContext], Outcome]
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    marker: str
    also_marks: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    judges: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    incremental: bool = False
    asked_by: tuple[str, ...] = ()
    simulator: str | None = None
    timeout_s: int = 3600
    cpus: float = 1.0
    memory_gib: float = 2.0


def expand(scene_dir: Path, patterns: Iterable[str]) -> list[Path]:
    """Return the files that match any of the patterns, sorted, without duplicates and links.

    Hidden files are no artefacts: markers, failure markers and what a killed writer left.
    """
    found: set[Path] = set()
    for pattern in patterns:
        if pattern.startswith("/") or ".." in Path(pattern).parts:
            raise InputError(f"pattern {pattern!r} leaves the scene folder.")
        found.update(path for path in scene_dir.glob(pattern) if path.is_file() and not path.is_symlink())
    return sorted(path for path in found if not path.name.startswith("."))
