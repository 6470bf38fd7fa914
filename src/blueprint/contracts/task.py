"""A task: what the robot is asked to do, and how success is judged from physics state alone.

Its goals and predicates, which this module hands on, are defined in `goal` and `predicate`.
"""

from typing import Annotated, Literal

from pydantic import Field

from blueprint.contracts.document import Document, Part
from blueprint.contracts.frames import Pose
from blueprint.contracts.goal import (
    Goal,
    HandoverGoal,
    HangGoal,
    InsertGoal,
    JointGoal,
    PlaceGoal,
    PourGoal,
    PressGoal,
    PushGoal,
    WipeGoal,
)
from blueprint.contracts.ids import Identifier, SceneId
from blueprint.contracts.predicate import (
    At,
    AtRest,
    Contains,
    Fallen,
    Hanging,
    HeldBy,
    In,
    Inserted,
    JointAbove,
    JointBelow,
    Near,
    On,
    Predicate,
    Pressed,
    Released,
    Upright,
    Wiped,
)

__all__ = [
    "At",
    "AtRest",
    "Contains",
    "Fallen",
    "Goal",
    "HandoverGoal",
    "HangGoal",
    "Hanging",
    "HeldBy",
    "In",
    "InsertGoal",
    "Inserted",
    "JointAbove",
    "JointBelow",
    "JointGoal",
    "Near",
    "On",
    "PlaceGoal",
    "PlanCertificate",
    "PourGoal",
    "Predicate",
    "PressGoal",
    "Pressed",
    "PushGoal",
    "Reachability",
    "Released",
    "RewardTerm",
    "TaskSet",
    "TaskSpec",
    "TaskStep",
    "TaskType",
    "Upright",
    "WipeGoal",
    "Wiped",
    "WishOutcome",
    "WishVerb",
]

TaskType = Literal[
    "pick_place",  # to another place: on, in, beside
    "stack",
    "sort",  # several things, each to the place of its kind
    "open",
    "close",
    "turn",  # a knob or a dial
    "press",  # a button or a switch
    "push",  # a thing, along the surface that it stands on
    "insert",  # into a hole or a rack that holds it
    "hang",  # on a hook
    "pour",  # what is in a vessel into another
    "wipe",  # a surface, with something held
    "handover",  # from one hand to the other
    "chain",  # two to six of these, one after the other
]


WishVerb = Literal[
    "move",
    "stack",
    "sort",
    "open",
    "close",
    "pick",
    "turn",
    "press",
    "push",
    "insert",
    "hang",
    "pour",
    "wipe",
    "handover",
]


class RewardTerm(Part):
    """A hint for a shaped reward: `weight` times how far a quantity has come, 0 to 1; `stage` orders them."""

    name: str
    weight: float
    stage: Annotated[int, Field(ge=0)] = 0


class TaskStep(Part):
    """One step of a chain: what is done to what, and what holds when it is done."""

    task_type: TaskType
    instruction: str
    target_object: Identifier
    goal: Goal
    success: Annotated[list[Predicate], Field(min_length=1)]


class PlanCertificate(Part):
    """What the planner found on this scene; a task without one is not emitted."""

    grasp: str
    waypoints: int
    duration_s: float
    subtasks: list[str]


class TaskSpec(Part):
    """One task. `task_id` is `{scene_id}::{task_type}::{object_id}` with a suffix where one object has several.

    A chain or a sort has two to six `steps`; its `goal` and `target_object` are those of the last, its `success` what
    holds in the end. Every other task is its own only step. `paraphrases` say the same in other words, of which those
    in `unseen_paraphrases` are kept for evaluation. `reset` are conditions under which an attempt is hopeless. `arm`
    names the arm that does it, of robots that have several.
    """

    task_id: str
    task_type: TaskType
    instruction: str
    target_object: Identifier
    goal: Goal
    success: Annotated[list[Predicate], Field(min_length=1)]
    embodiment: str
    pose_world_base: Pose
    initial_joints: dict[str, float] = {}
    steps: Annotated[list[TaskStep], Field(max_length=6)] = []
    arm: Identifier | None = None
    paraphrases: list[str] = []
    unseen_paraphrases: list[str] = []
    reset: list[Predicate] = []
    reward: list[RewardTerm] = []
    difficulty: Literal["easy", "medium", "hard"] = "medium"
    curriculum_split: Literal["pretrain", "target"] = "pretrain"
    plan: PlanCertificate | None = None

    def step_list(self) -> list[TaskStep]:
        """Return the steps in order: those of a chain, or the task itself as its only one."""
        if self.steps:
            return self.steps
        return [
            TaskStep(
                task_type=self.task_type,
                instruction=self.instruction,
                target_object=self.target_object,
                goal=self.goal,
                success=self.success,
            )
        ]

    def step_task(self, step: TaskStep) -> "TaskSpec":
        """Return a task that consists of one step of this one, for skills that know nothing of chains."""
        fields = {name: getattr(step, name) for name in TaskStep.model_fields}
        return self.model_copy(update={**fields, "steps": []})


class RefusedTask(Part):
    """A candidate that was not emitted, and why."""

    task_id: str
    reason: str
    detail: str


class WishOutcome(Part):
    """A task that the prompt asks for: `words` of the prompt, the emitted task that meets it, or why none does.

    `reason` is a reason of refusal, `absent` where the scene lacks the thing, or `not_afforded` where nothing in the
    scene can be done that way.
    """

    verb: WishVerb
    words: str
    met: bool
    task_id: str | None = None
    reason: str | None = None
    detail: str = ""


class Reachability(Part):
    """How much of a scene the robot gets at: of `objects` things that it could take or open, `reached` have a base on
    free floor and a grasp without collision; `unreached` are the others. Of `emitted` tasks, `with_path` were executed
    from start to end."""

    objects: Annotated[int, Field(ge=0)]
    reached: Annotated[int, Field(ge=0)]
    unreached: list[Identifier] = []
    emitted: Annotated[int, Field(ge=0)]
    with_path: Annotated[int, Field(ge=0)]


class TaskSet(Document):
    """`tasks/tasks.json`: the tasks that the planner solved, and the candidates that it did not.

    `initial_joints` of a task maps `object_id/joint` to the value it starts at (a close task starts open). `wishes`
    are the tasks that the prompt asks for, in its order.
    """

    schema_version: Literal["v1"] = "v1"
    scene_id: SceneId
    embodiment: str
    tasks: list[TaskSpec]
    refused: list[RefusedTask] = []
    wishes: list[WishOutcome] = []
    reachability: Reachability | None = None
