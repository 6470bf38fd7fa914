"""A task: what the robot is asked to do, and how success is judged from physics state alone."""

from typing import Annotated, Literal

from pydantic import Field

from blueprint.contracts.document import Document, Part
from blueprint.contracts.frames import Pose, Vec2
from blueprint.contracts.ids import Identifier, SceneId

__all__ = [
    "At",
    "AtRest",
    "In",
    "JointAbove",
    "JointBelow",
    "JointGoal",
    "On",
    "PlaceGoal",
    "PlanCertificate",
    "Predicate",
    "Reachability",
    "Released",
    "TaskSet",
    "TaskSpec",
    "TaskType",
    "Upright",
    "WishOutcome",
]

TaskType = Literal["pick_place", "stack", "open", "close"]


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


Predicate = Annotated[On | At | In | JointAbove | JointBelow | AtRest | Upright | Released, Field(discriminator="kind")]


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


class PlanCertificate(Part):
    """What the planner found on this scene; a task without one is not emitted."""

    grasp: str
    waypoints: int
    duration_s: float
    subtasks: list[str]


class TaskSpec(Part):
    """One task. `task_id` is `{scene_id}::{task_type}::{object_id}` with a suffix where one object has several."""

    task_id: str
    task_type: TaskType
    instruction: str
    target_object: Identifier
    goal: Annotated[PlaceGoal | JointGoal, Field(discriminator="kind")]
    success: Annotated[list[Predicate], Field(min_length=1)]
    embodiment: str
    pose_world_base: Pose
    initial_joints: dict[str, float] = {}
    plan: PlanCertificate | None = None


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

    verb: Literal["move", "stack", "open", "close", "pick"]
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
