"""One episode to make: everything that determines its bytes, and where they go."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Literal

from blueprint.contracts.hashing import sha256_file, sha256_json
from blueprint.contracts.ids import validate_identifier
from blueprint.contracts.task import TaskSpec
from blueprint.contracts.variation import Variation
from blueprint.sim.world import STAGE

__all__ = ["EpisodeJob", "Given", "RenderSettings"]

RECORDS = Path("episodes", "records")
VARIATIONS = Path("variation_assets", "variations")
MAX_TICKS = 1200  # one minute of robot time; the longest certified task takes a third of it


@dataclass(frozen=True)
class RenderSettings:
    """How successful episodes are drawn and encoded. `cameras` are names without the robot's prefix; empty for all.

    `depth` and `segmentation` are stored beside every camera's video.
    """

    enabled: bool = True
    renderer: str = "auto"
    cameras: tuple[str, ...] = ()
    width_px: int = 320
    height_px: int = 240
    supersample: int = 2
    preset: str = "veryfast"
    depth: bool = False
    segmentation: bool = False


@dataclass(frozen=True)
class Given:
    """Where an episode's motion comes from: `transformed` from a record, `teleoperated` in a recording of a person.

    `path` is a record's folder, or a recording's file or dataset, of which `episode` is the number; `scene_dir` and
    `task` are those of the record. `sha256` is of what was read.
    """

    source: Literal["transformed", "teleoperated"]
    path: Path
    sha256: str
    episode: int = 0
    scene_dir: Path | None = None
    task: TaskSpec | None = None


@dataclass(frozen=True)
class EpisodeJob:
    """A picklable order for one episode. `variation_id` None is the certified scene as it is.

    `seed` feeds the planner; `max_ticks` is the watchdog, in control ticks of 1/20 s, so that the same job stops at the
    same place on a slow machine. `code_sha` identifies the code that makes the episode. `given` is a demonstration to
    carry over or to execute, in the place of a plan.
    """

    scene_dir: Path
    task: TaskSpec
    episode_id: str
    seed: int
    variation_id: str | None = None
    render: RenderSettings = field(default_factory=RenderSettings)
    max_ticks: int = MAX_TICKS
    records_dir: Path | None = None
    code_sha: str = ""
    given: Given | None = None

    def __post_init__(self) -> None:
        validate_identifier(self.episode_id)
        if self.variation_id is not None:
            validate_identifier(self.variation_id)

    @property
    def folder(self) -> Path:
        """Where the record goes."""
        return (self.records_dir or self.scene_dir / RECORDS) / self.episode_id

    def read_variation(self) -> Variation | None:
        """Read the variation's document; raises InputError if it is missing."""
        if self.variation_id is None:
            return None
        return Variation.read(self.scene_dir / VARIATIONS / f"{self.variation_id}.json")

    def resolved(self, renderer: str) -> "EpisodeJob":
        """Return the job with `auto` replaced, so that every worker draws with the same driver."""
        return replace(self, render=replace(self.render, renderer=renderer))

    @cached_property
    def input_hashes(self) -> dict[str, str]:
        """SHA-256 of what the episode depends on; `job` covers all of them and the settings, but no path."""
        hashes = {"scene_usd": sha256_file(self.scene_dir / STAGE), "task": sha256_json(self.task.model_dump())}
        variation = self.read_variation()
        hashes["variation"] = sha256_json(variation.model_dump() if variation else None)
        if self.given is not None:
            hashes["given"] = self.given.sha256
        if self.code_sha:
            hashes["code"] = self.code_sha
        settings = {
            **hashes,
            "episode_id": self.episode_id,
            "seed": self.seed,
            "max_ticks": self.max_ticks,
            "render": {name: str(value) for name, value in sorted(vars(self.render).items()) if name != "renderer"},
        }
        return {**hashes, "job": sha256_json(settings)}
