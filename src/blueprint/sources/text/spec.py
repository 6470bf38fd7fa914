"""What a prompt asks for: counted things with attributes and relations, each with the words that say so."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from blueprint.contracts.document import Document, Part
from blueprint.contracts.task import WishVerb

__all__ = [
    "Attributes",
    "Negation",
    "Place",
    "Relation",
    "RelationType",
    "Requirement",
    "RoomRequest",
    "RoomType",
    "SceneSpec",
    "Scope",
    "TaskWish",
    "Unsatisfied",
]

RelationType = Literal[
    "on", "in", "next_to", "left_of", "right_of", "in_front_of", "behind", "under", "near", "above", "against",
    "facing", "across_from", "around", "between", "far_from",
]  # fmt: skip
Place = Literal["wall", "corner", "middle", "ceiling", "floor", "window", "door"]
RoomType = str
Scope = Literal["tabletop", "room", "house"]
Span = tuple[int, int]


class Attributes(Part):
    """Words about a thing: `other` holds adjectives that no generator reads, in the order of the prompt."""

    color: str | None = None
    material: str | None = None
    size: str | None = None
    arrangement: Literal["stack", "row"] | None = None
    other: list[str] = []


class Relation(Part):
    """`target` is the index of another requirement; `implied` says that a list or "with" implied it."""

    type: RelationType
    target: Annotated[int, Field(ge=0)]
    implied: bool = False


class RoomRequest(Part):
    """A room that the prompt names; `size_m` is its inner width and depth in metres, where stated."""

    room_id: str
    room_type: RoomType
    size_m: tuple[float, float] | None = None
    doors: int | None = None
    windows: int | None = None
    next_to: list[str] = []
    evidence: Span = (0, 0)


class Requirement(Part):
    """Between them, the instances of this requirement are `op` `n` things of one category.

    `noun` is as written, `evidence` its span of characters in the prompt. A noun that no generator knows has the
    category "proxy" and its words as `noun`. `each` says that `n` counts one share per instance of the target; `room`
    is the room that it belongs to, None where the prompt does not say; `places` are parts of the room that it stands
    or hangs at ("against the wall", "in the corner", "hanging from the ceiling").
    """

    op: Literal["eq", "ge", "le"]
    n: Annotated[int, Field(ge=0)]
    category: str
    noun: str
    attributes: Attributes = Attributes()
    relations: list[Relation] = []
    places: list[Place] = []
    each: bool = False
    room: str | None = None
    source: Literal["prompt", "task", "completion", "llm"] = "prompt"
    evidence: Span = (0, 0)


class TaskWish(Part):
    """An action that the prompt asks of the robot; indices of requirements."""

    verb: WishVerb
    object: Annotated[int, Field(ge=0)]
    relation: RelationType | None = None
    target: Annotated[int, Field(ge=0)] | None = None
    evidence: Span = (0, 0)


class Negation(Part):
    """A kind of thing that the scene must not contain."""

    category: str
    noun: str
    evidence: Span


class Unsatisfied(Part):
    """A part of the prompt that the scene does not meet, and why."""

    reason: Literal[
        "no_space",
        "does_not_fit",
        "no_support_region",
        "not_a_container",
        "relation_not_met",
        "relation_not_supported",
        "too_many_objects",
        "contradiction",
        "attribute_not_supported",
        "unreachable",
        "infeasible",
    ]
    requirement: int
    noun: str
    detail: str
    requested: int | None = None
    placed: int | None = None


class SceneSpec(Document):
    """`textgen/package.json` carries it: everything that was read in the prompt.

    `scope` says what is built: one piece of furniture and what it carries, a whole room, or a house of `rooms`.
    """

    schema_version: Literal["v1"] = "v1"
    prompt: str
    room_type: RoomType
    room_evidence: Span | None = None
    scope: Scope = "tabletop"
    rooms: list[RoomRequest] = []
    requirements: list[Requirement]
    tasks: list[TaskWish] = []
    negations: list[Negation] = []

    @model_validator(mode="after")
    def _indices_resolve(self) -> "SceneSpec":
        count = len(self.requirements)
        targets = [relation.target for item in self.requirements for relation in item.relations]
        targets += [task.object for task in self.tasks] + [t.target for t in self.tasks if t.target is not None]
        if any(target >= count for target in targets):
            raise ValueError(f"a relation or task points past the {count} requirements: {targets}")
        return self
