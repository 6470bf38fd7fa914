"""What a prompt asks for: counted things with attributes and relations, each with the words that say so."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from blueprint.contracts.document import Document, Part

__all__ = [
    "Attributes",
    "Negation",
    "Relation",
    "RelationType",
    "Requirement",
    "RoomType",
    "SceneSpec",
    "TaskWish",
    "Unsatisfied",
]

RelationType = Literal[
    "on", "in", "next_to", "left_of", "right_of", "in_front_of", "behind", "under", "near", "above", "against"
]
RoomType = Literal["kitchen", "dining", "office", "workshop", "shelf"]
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


class Requirement(Part):
    """Between them, the instances of this requirement are `op` `n` things of one category.

    `noun` is as written, `evidence` its span of characters in the prompt. A noun that no generator knows has the
    category "proxy" and its words as `noun`. `each` says that `n` counts one share per instance of the target.
    """

    op: Literal["eq", "ge", "le"]
    n: Annotated[int, Field(ge=0)]
    category: str
    noun: str
    attributes: Attributes = Attributes()
    relations: list[Relation] = []
    each: bool = False
    source: Literal["prompt", "task", "completion"] = "prompt"
    evidence: Span = (0, 0)


class TaskWish(Part):
    """An action that the prompt asks of the robot; indices of requirements."""

    verb: Literal["move", "stack", "open", "close", "pick"]
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
    ]
    requirement: int
    noun: str
    detail: str
    requested: int | None = None
    placed: int | None = None


class SceneSpec(Document):
    """`textgen/package.json` carries it: everything that was read in the prompt."""

    schema_version: Literal["v1"] = "v1"
    prompt: str
    room_type: RoomType
    room_evidence: Span | None = None
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
