"""`geniesim/task_config.json`: the tasks of a scene with their criteria, rewards and resets, and its robots."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, model_validator

from blueprint.contracts.document import Document, Part
from blueprint.contracts.frames import Vec3
from blueprint.contracts.geniesim.robot_config import RobotConfig
from blueprint.contracts.geniesim.scene_graph import SCHEMA_VERSION
from blueprint.contracts.ids import SceneId

__all__ = [
    "REQUIRED_CAMERAS",
    "Curriculum",
    "Difficulty",
    "ResetCondition",
    "RewardTerm",
    "SuccessCriterion",
    "SuggestedTask",
    "TaskConfig",
]

REQUIRED_CAMERAS = ("left", "right", "wrist")
Difficulty = Literal["easy", "medium", "hard"]


class SuccessCriterion(Part):
    """A predicate on physics state; all criteria of a task must hold at its end."""

    kind: str
    parameters: dict[str, Any]


class RewardTerm(Part):
    """A shaping term `weight × value`; `value` is in [0, 1]: `1 - tanh(distance / scale_m)` for a distance."""

    name: str
    weight: float
    expression: str
    scale_m: float | None = None


class ResetCondition(Part):
    """When an episode ends without success."""

    kind: Literal["time_limit", "object_fell", "object_left_workspace", "contact_force"]
    object_id: str | None = None
    limit: float
    unit: str


class Curriculum(Part):
    """Where a task stands among the scene's: level 0 first; `split` says train on it, or keep it to test transfer."""

    level: Annotated[int, Field(ge=0)]
    split: Literal["pretrain", "target"]
    prerequisites: list[str] = []


class SuggestedTask(Part):
    """`certification` says whether a planner solved the task in physics (`plan_solved`) or nobody tried."""

    model_config = ConfigDict(extra="allow", frozen=True, allow_inf_nan=False)

    task_id: Annotated[str, Field(min_length=1)]
    task_name: Annotated[str, Field(min_length=1)]
    task_type: str
    target_object: str
    task_complexity: Literal["atomic", "composite"]
    curriculum_split: Literal["pretrain", "target"]
    required_camera_ids: list[str]
    goal_region: str | None = None
    difficulty: Difficulty
    priority: Annotated[int, Field(ge=1, le=5)]
    requires_object_motion: bool = True
    description_hint: str = ""
    target_position: Vec3
    goal_position: Vec3 | None = None
    certification: Literal["plan_solved", "not_attempted"]
    success_criteria: list[SuccessCriterion] = []
    reward_hints: list[RewardTerm] = []
    reset_conditions: list[ResetCondition] = []
    curriculum: Curriculum
    constraints: dict[str, Any] = {}

    @model_validator(mode="after")
    def _cameras(self) -> "SuggestedTask":
        missing = set(REQUIRED_CAMERAS) - set(self.required_camera_ids)
        if missing:
            raise ValueError(f"task {self.task_id}: required_camera_ids lack {sorted(missing)}")
        return self


class TaskConfig(Document):
    """`robot_config` is the robot that the tasks were certified with; `robots` are all that the package is for."""

    model_config = ConfigDict(extra="allow", frozen=True, allow_inf_nan=False)

    schema_version: Literal["3.0"] = SCHEMA_VERSION
    scene_id: SceneId
    environment_type: str
    suggested_tasks: list[SuggestedTask]
    robot_config: RobotConfig
    metadata: dict[str, Any] = {}
