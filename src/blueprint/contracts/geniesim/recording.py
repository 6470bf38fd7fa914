"""The recording JSON of the former pipeline: `recordings/episode_*.json`, one episode with everything in one file."""

from typing import Any

from pydantic import ConfigDict, Field

from blueprint.contracts.document import Part

__all__ = ["LocalEpisodeHead", "LocalFrame", "LocalObservation"]


class _Open(Part):
    """Keys that nobody here reads are let through, as its schema says."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


class LocalObservation(_Open):
    """joint_positions and joint_velocities in rad and rad/s; rgb_image is (H, W, 3) levels 0 to 255."""

    joint_positions: list[float] | None = None
    joint_velocities: list[float] | None = None
    robot_state: list[float] | None = None
    rgb_image: Any = None


class LocalFrame(_Open):
    step: int
    observation: LocalObservation
    action: list[float]
    timestamp: float
    rgb_image: Any = None
    robot_state: list[float] | None = None


class LocalEpisodeHead(_Open):
    """Everything but the frames. `quality_score` and `validation_passed` are claims: they are measured anew."""

    episode_id: str = Field(max_length=200)
    task_name: str = Field(max_length=500)
    frame_count: int
    quality_score: float
    quality_components: dict[str, float] = {}
    validation_passed: bool
