"""A task: what the robot is asked to do, and how success is judged from physics state alone."""

from typing import Annotated, Literal

from pydantic import Field

from blueprint.contracts.document import Document, Part
from blueprint.contracts.frames import Pose, Vec2
from blueprint.contracts.ids import Identifier, SceneId

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


class On(Part):
    """`object_id` touches `support_id` from above, its centre over the region (if one is named)."""

    kind: Literal["on"] = "on"
    object_id: Identifier
    support_id: Identifier
    region: Identifier | None = None


class At(Part):
    """The origin of `object_id` is within `tolerance_m` of a spot of a region, given and measured in its X and Y."""

    kind: Literal["at"] = "at"
    object_id: Identifier
    support_id: Identifier
    region: Identifier
    position: Vec2
    tolerance_m: float = 0.05


class In(Part):
    """The centre of mass of `object_id` lies inside the volume above the container region of `container_id`."""

    kind: Literal["in"] = "in"
    object_id: Identifier
    container_id: Identifier
    region: Identifier


class JointAbove(Part):
    """A joint of an object is at `value` (rad or m) or further open."""

    kind: Literal["joint_above"] = "joint_above"
    object_id: Identifier
    joint: Identifier
    value: float


class JointBelow(Part):
    kind: Literal["joint_below"] = "joint_below"
    object_id: Identifier
    joint: Identifier
    value: float


class AtRest(Part):
    kind: Literal["at_rest"] = "at_rest"
    object_id: Identifier
    max_speed_m_per_s: float = 0.05


class Upright(Part):
    """The object's Z axis is within `max_tilt_rad` of the world's."""

    kind: Literal["upright"] = "upright"
    object_id: Identifier
    max_tilt_rad: float = 0.35


class Released(Part):
    """No contact between the robot and the object."""

    kind: Literal["released"] = "released"
    object_id: Identifier


class Near(Part):
    """`object_id` and `other_id` are within `distance_m` of each other, measured level between their boxes."""

    kind: Literal["near"] = "near"
    object_id: Identifier
    other_id: Identifier
    distance_m: float = 0.1


class Fallen(Part):
    """The origin of `object_id` is below `height_m` in the world: off the table. A condition to start again."""

    kind: Literal["fallen"] = "fallen"
    object_id: Identifier
    height_m: float


class Pressed(Part):
    """A joint was at `value` (rad or m) or beyond in one of the recorded states: buttons come back."""

    kind: Literal["pressed"] = "pressed"
    object_id: Identifier
    joint: Identifier
    value: float


class Inserted(Part):
    """The lowest point of `object_id` is `depth_m` below the rim of a slot, and it leans by at most `max_tilt_rad`."""

    kind: Literal["inserted"] = "inserted"
    object_id: Identifier
    support_id: Identifier
    region: Identifier
    depth_m: float
    max_tilt_rad: float = 0.35


class Hanging(Part):
    """`object_id` is carried by `support_id` alone and touches nothing else but it."""

    kind: Literal["hanging"] = "hanging"
    object_id: Identifier
    support_id: Identifier


class Contains(Part):
    """At least `min_fraction` of `object_ids` have their centres in the volume above a container region."""

    kind: Literal["contains"] = "contains"
    container_id: Identifier
    region: Identifier
    object_ids: Annotated[list[Identifier], Field(min_length=1)]
    min_fraction: Annotated[float, Field(gt=0, le=1)] = 0.8


class Wiped(Part):
    """Over the recorded states, the tool while touching the surface passed over `min_fraction` of a rectangle of it.

    The rectangle is centred at `center` of the region, with `half_extents`, m.
    """

    kind: Literal["wiped"] = "wiped"
    object_id: Identifier
    support_id: Identifier
    region: Identifier
    center: Vec2 = (0.0, 0.0)
    half_extents: Vec2
    min_fraction: Annotated[float, Field(gt=0, le=1)] = 0.8


class HeldBy(Part):
    """Both fingers of the hand of arm `arm` touch `object_id`, and no other hand does."""

    kind: Literal["held_by"] = "held_by"
    object_id: Identifier
    arm: Identifier


Predicate = Annotated[
    On
    | At
    | In
    | JointAbove
    | JointBelow
    | AtRest
    | Upright
    | Released
    | Near
    | Fallen
    | Pressed
    | Inserted
    | Hanging
    | Contains
    | Wiped
    | HeldBy,
    Field(discriminator="kind"),
]


class PlaceGoal(Part):
    """Put the target so that its frame is at `pose_region_object` in a region of `support_id`."""

    kind: Literal["place"] = "place"
    support_id: Identifier
    region: Identifier
    pose_region_object: Pose


class JointGoal(Part):
    """Move a joint of the target to `value` (rad or m)."""

    kind: Literal["joint"] = "joint"
    joint: Identifier
    value: float


class PushGoal(Part):
    """Slide the target to `position` (x, y of its origin) in a region of `support_id`, without lifting it."""

    kind: Literal["push"] = "push"
    support_id: Identifier
    region: Identifier
    position: Vec2
    tolerance_m: float = 0.04


class PressGoal(Part):
    """Push a joint of the target to `value` (rad or m) with closed fingers; it may come back."""

    kind: Literal["press"] = "press"
    joint: Identifier
    value: float


class InsertGoal(Part):
    """Lower the target into a slot: its frame comes to rest at `pose_region_object` in that region."""

    kind: Literal["insert"] = "insert"
    support_id: Identifier
    region: Identifier
    pose_region_object: Pose


class HangGoal(Part):
    """Hang the target on a hook, whose region's +Z points out of its tip: its frame goes to `pose_region_object`."""

    kind: Literal["hang"] = "hang"
    support_id: Identifier
    region: Identifier
    pose_region_object: Pose


class PourGoal(Part):
    """Tilt the target over a region of `container_id` until `object_ids`, which are in it, have fallen in there."""

    kind: Literal["pour"] = "pour"
    container_id: Identifier
    region: Identifier
    object_ids: Annotated[list[Identifier], Field(min_length=1)]
    min_fraction: Annotated[float, Field(gt=0, le=1)] = 0.8


class WipeGoal(Part):
    """Move the target (a sponge, a cloth) in contact over a rectangle of a region, m."""

    kind: Literal["wipe"] = "wipe"
    support_id: Identifier
    region: Identifier
    center: Vec2 = (0.0, 0.0)
    half_extents: Vec2


class HandoverGoal(Part):
    """Take the target with one arm and give it to the other."""

    kind: Literal["handover"] = "handover"
    from_arm: Identifier
    to_arm: Identifier


Goal = Annotated[
    PlaceGoal | JointGoal | PushGoal | PressGoal | InsertGoal | HangGoal | PourGoal | WipeGoal | HandoverGoal,
    Field(discriminator="kind"),
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
