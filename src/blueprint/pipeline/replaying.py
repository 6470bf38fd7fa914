"""`blueprint replay`: execute an episode's actions again, and say what came out."""

from dataclasses import asdict, dataclass
from pathlib import Path

from blueprint.contracts.errors import InputError
from blueprint.episodes.replay import ReplayResult, replay

__all__ = ["ReplayReport", "replay_episode"]


@dataclass(frozen=True)
class ReplayReport:
    """A replay's outcome in words and numbers."""

    result: ReplayResult

    @property
    def success(self) -> bool:
        return self.result.success

    def as_dict(self) -> dict[str, object]:
        values = asdict(self.result)
        values["predicates"] = [item.model_dump() for item in self.result.predicates]
        return values

    def as_text(self) -> str:
        result = self.result
        lines = [f"{'success' if result.success else 'FAILED':<8} {result.episode_id}: {result.detail}"]
        lines += [
            f"  {'ok' if item.satisfied else 'NO':<3} {item.predicate}: {item.measured}" for item in result.predicates
        ]
        return "\n".join(lines)


def replay_episode(record_dir: Path) -> ReplayReport:
    """Replay a record in its scene folder; raises InputError if the folder holds no record."""
    if not (record_dir / "record.json").is_file():
        message = f"{record_dir} holds no episode record."
        raise InputError(message, remedy="name a folder below <scene>/episodes/records/.")
    return ReplayReport(replay(record_dir))
