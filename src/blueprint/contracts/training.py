"""Training: what was asked for, the policy that came out, and how often it succeeds."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from blueprint.contracts.document import Document, Part
from blueprint.contracts.ids import Identifier, SceneId

__all__ = [
    "POLICIES",
    "UNSEEN_VARIATIONS",
    "CurvePoint",
    "EvaluationEpisode",
    "PolicyDescription",
    "PolicyKind",
    "SuccessRate",
    "TrainingRequest",
    "TrainingSummary",
]

POLICIES = "training/policies"
UNSEEN_VARIATIONS = "training/variations"

PolicyKind = Literal["state", "state_torch", "image"]


class TrainingRequest(Document):
    """`prompts/training.json`: what to train, on how many demonstrations, and how to evaluate it.

    policy: `state` is behaviour cloning on robot and object states without further libraries, `state_torch` the same
    network fitted by PyTorch, `image` sees the cameras and the robot alone. `task_id` None takes the task with the most
    demonstrations. `demonstrations` are the sizes of the learning curve; a size that the scene cannot fill is left out,
    and all that there are come last. `passes` None suits each size.
    """

    schema_version: Literal["v1"] = "v1"
    policy: PolicyKind = "state"
    task_id: str | None = None
    demonstrations: Annotated[list[Annotated[int, Field(ge=1)]], Field(min_length=1)] = [50, 200, 500]
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 0
    evaluation_episodes: Annotated[int, Field(ge=1, le=10_000)] = 20
    passes: Annotated[int, Field(ge=1, le=100_000)] | None = None


class PolicyDescription(Document):
    """`policy.json` beside `weights.npz`: what a policy sees, what it gives, and how it was made.

    A chunk is `chunk` actions predicted at once, of which `horizon` are executed before the policy looks again.
    `state_names`, `environment_names` and `action_names` say what each entry of its inputs and outputs is.
    """

    schema_version: Literal["v1"] = "v1"
    kind: PolicyKind
    scene_id: SceneId
    task_id: str
    instruction: str
    embodiment: str
    rate_hz: int
    chunk: Annotated[int, Field(ge=1, le=256)]
    horizon: Annotated[int, Field(ge=1, le=256)]
    state_names: list[str]
    environment_names: list[str]
    action_names: list[str]
    cameras: list[str] = []
    width_px: int | None = None
    height_px: int | None = None
    demonstrations: int
    seed: int
    weights_sha256: str

    @model_validator(mode="after")
    def _executes_what_it_predicts(self) -> "PolicyDescription":
        if self.horizon > self.chunk:
            raise ValueError(f"horizon {self.horizon} is longer than a chunk of {self.chunk}")
        return self


class EvaluationEpisode(Part):
    """One attempt of a policy. `reason` is why it ended: success, step_limit, or what physics said."""

    variation_id: Identifier
    success: bool
    ticks: Annotated[int, Field(ge=0)]
    reason: str


class SuccessRate(Part):
    """`succeeded` of `attempts`, with the 95 % Wilson interval of the rate."""

    succeeded: Annotated[int, Field(ge=0)]
    attempts: Annotated[int, Field(ge=1)]
    low: float
    high: float

    @property
    def rate(self) -> float:
        return self.succeeded / self.attempts


class CurvePoint(Part):
    """A policy trained on the first `demonstrations`, which were made in `variations` different variations.

    `seen` is measured in variations that it was trained on, `unseen` in variations drawn for evaluation alone. Losses
    are of normalised actions.
    """

    demonstrations: int
    variations: int
    frames: int
    policy: str
    train_loss: float
    validation_loss: float
    seen: SuccessRate
    unseen: SuccessRate
    seen_episodes: list[EvaluationEpisode]
    unseen_episodes: list[EvaluationEpisode]


class TrainingSummary(Document):
    """`training/summary.json`: the learning curve. `demonstrator` is the planner in the same unseen variations.

    `notes` say what was not as asked for: fewer demonstrations, another back end.
    """

    schema_version: Literal["v1"] = "v1"
    scene_id: SceneId
    task_id: str
    instruction: str
    embodiment: str
    policy: PolicyKind
    seed: int
    available: int
    curve: list[CurvePoint]
    demonstrator: SuccessRate | None = None
    notes: list[str] = []
