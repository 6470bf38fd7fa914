"""`meta/blueprint.json` of a dataset: what the columns mean, where they come from, and which episodes are inside.

LeRobot's own `info.json` has no place for units, frames and time alignment, and drops unknown keys on a rewrite.
"""

from typing import Literal

from blueprint.contracts.asset import License
from blueprint.contracts.document import Document, Part

__all__ = ["DatasetColumn", "DatasetEpisode", "DatasetMetadata"]


class DatasetColumn(Part):
    """One column: `units` has one entry per dimension (or one for all), `frame` the coordinate frame, if any."""

    name: str
    meaning: str
    units: list[str]
    frame: str | None = None


class DatasetEpisode(Part):
    """Which record an episode of the dataset was made from. `trajectory_sha256` is of its trajectory.npz."""

    episode_index: int
    episode_id: str
    scene_id: str
    task_id: str
    variation_id: str
    seed: int
    frames: int
    trajectory_sha256: str


class DatasetMetadata(Document):
    schema_version: Literal["v1"] = "v1"
    repo_id: str
    lerobot_version: Literal["v2.1", "v3.0"]
    robot_type: str
    fps: int
    prompt: str | None = None
    control_mode: str
    time_alignment: str
    columns: list[DatasetColumn]
    camera_names: list[str]
    state_names: list[str]
    action_names: list[str]
    licenses: list[License]
    provenance: dict[str, str]
    episodes: list[DatasetEpisode]
