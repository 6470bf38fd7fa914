"""An LLM may add to what the parser read (things, attributes, relations); it drops and changes nothing asked for."""

from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import Field, ValidationError

from blueprint.assets.lexicon import all_categories, is_a, noun_index
from blueprint.assets.registry import PROXY
from blueprint.contracts.document import Part
from blueprint.contracts.errors import ContractError
from blueprint.contracts.hashing import canonical_json
from blueprint.contracts.scene_request import SceneRequest
from blueprint.services.llm import LlmUnavailableError, ask_json, llm_limits, model_chain
from blueprint.sources.text.spec import Attributes, Relation, RelationType, Requirement, SceneSpec

__all__ = ["PlanRecord", "add_plan", "plan_spec"]

_MAX_ADDED = 40
_MAX_PER_ADDITION = 12


class PlannedThing(Part):
    """`target` counts the given requirements first, then these additions, from 0."""

    noun: str = Field(min_length=1, max_length=60)
    n: int = Field(default=1, ge=1, le=_MAX_PER_ADDITION)
    color: str | None = Field(default=None, max_length=30)
    material: str | None = Field(default=None, max_length=30)
    size: Literal["tiny", "small", "large", "huge"] | None = None
    relation: RelationType | None = None
    target: int | None = Field(default=None, ge=0)
    room: str | None = Field(default=None, max_length=60)


class PlannedAttribute(Part):
    requirement: int = Field(ge=0)
    color: str | None = Field(default=None, max_length=30)
    material: str | None = Field(default=None, max_length=30)


class PlannedRelation(Part):
    requirement: int = Field(ge=0)
    relation: RelationType
    target: int = Field(ge=0)


class PlanAnswer(Part):
    """What a model answers: every list may be empty."""

    things: list[PlannedThing] = Field(default=[], max_length=_MAX_ADDED)
    attributes: list[PlannedAttribute] = Field(default=[], max_length=_MAX_ADDED)
    relations: list[PlannedRelation] = Field(default=[], max_length=_MAX_ADDED)


@dataclass
class PlanRecord:
    """What the planner did, for the package: who was asked, what was added, what was turned down, and why."""

    generation_mode: Literal["llm", "deterministic", "deterministic_fallback"]
    used_llm: bool = False
    provider_used: str = "internal"
    model: str | None = None
    llm_attempts: list[dict[str, Any]] = field(default_factory=list)
    llm_failure_reason: str | None = None
    fallback_strategy: str | None = None
    added: list[str] = field(default_factory=list)
    rejected: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return {key: value for key, value in vars(self).items() if value is not None}


def plan_spec(spec: SceneSpec, request: SceneRequest, timeout_s: float = 120.0) -> tuple[SceneSpec, PlanRecord]:
    """Return the spec with what a language model added, and the record of how.

    Without a configured endpoint, or with TEXT_GEN_USE_LLM=false, it is the parser's alone ("deterministic"); where
    every model failed it is that too, as a recorded fallback ("deterministic_fallback", reason and attempts). Raises
    InputError for a variable that is set to something unusable.
    """
    use, rounds, backoff_s = llm_limits()
    chain = model_chain(request.provider_policy) if use else []
    if not chain:
        return spec, PlanRecord("deterministic")

    def read(value: Any) -> PlanAnswer:
        try:
            return PlanAnswer.model_validate_json(canonical_json(value))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"])) or "answer"
            raise ContractError(f"the plan is invalid at {where[:100]}: {first['msg'][:200]}") from error

    try:
        answer, attempts = ask_json(
            chain, _system(), _user(spec), read, rounds=rounds, backoff_s=backoff_s, timeout_s=timeout_s
        )
    except LlmUnavailableError as error:
        return spec, PlanRecord(
            "deterministic_fallback",
            llm_attempts=[item.as_dict() for item in error.attempts],
            llm_failure_reason=error.args[0],
            fallback_strategy="deterministic",
        )
    record = PlanRecord(
        "llm",
        used_llm=True,
        provider_used=attempts[-1].provider,
        model=attempts[-1].model,
        llm_attempts=[item.as_dict() for item in attempts],
    )
    return add_plan(spec, answer, record), record


def add_plan(spec: SceneSpec, answer: PlanAnswer, record: PlanRecord) -> SceneSpec:
    """Return the spec with those parts of an answer that only add; the others are turned down in `record.rejected`.

    Turned down: a kind of thing that the prompt forbids or counts exactly, another colour or material where the prompt
    names one, and relations that point nowhere. Every requirement, task, room and negation of `spec` stands unchanged
    but for attributes that it left open and relations that are appended.
    """
    numbers = _added_things(spec, answer, record)
    count = len(spec.requirements)
    requirements = [*spec.requirements]
    for index, thing in enumerate(answer.things):
        if count + index in numbers:
            requirements.append(_requirement(spec, thing, count + index, numbers, record))
    for item in answer.attributes:
        _fill_attributes(requirements, item, count, record)
    for wish in answer.relations:
        subject, target = numbers.get(wish.requirement), numbers.get(wish.target)
        if subject is None or target is None or subject == target:
            record.rejected.append(f"relation {wish.relation} of {wish.requirement} to {wish.target}: no such things")
            continue
        _relate(requirements, subject, wish.relation, target, record)
    return SceneSpec.model_validate({**spec.model_dump(), "requirements": [item.model_dump() for item in requirements]})


def _added_things(spec: SceneSpec, answer: PlanAnswer, record: PlanRecord) -> dict[int, int]:
    """Return the model's number → the index in the new spec, for what stands in it."""
    numbers = {index: index for index in range(len(spec.requirements))}
    for index, thing in enumerate(answer.things):
        category = _category(thing.noun)
        why = _objection(spec, category, thing)
        if why:
            record.rejected.append(f"{thing.n} {thing.noun}: {why}")
            continue
        numbers[len(spec.requirements) + index] = len(numbers)
        record.added.append(f"{thing.n} {thing.noun}")
    return numbers


def _objection(spec: SceneSpec, category: str, thing: PlannedThing) -> str | None:
    """Say why a thing would change what the prompt says, or None where it only adds."""
    for negation in spec.negations:
        if category == negation.category or is_a(category, negation.category):
            return f"the prompt says no {negation.noun}"
    for item in spec.requirements:
        same = item.category != PROXY and (is_a(category, item.category) or is_a(item.category, category))
        if item.op in ("eq", "le") and (same or item.noun == thing.noun):
            return f"the prompt counts {item.noun}"
    if thing.room is not None and thing.room not in {room.room_id for room in spec.rooms}:
        return f"there is no room {thing.room!r}"
    return None


def _requirement(
    spec: SceneSpec, thing: PlannedThing, number: int, numbers: dict[int, int], record: PlanRecord
) -> Requirement:
    relations = []
    target = numbers.get(thing.target) if thing.target is not None else None
    if thing.relation and target is not None and target != numbers[number]:
        relations.append(Relation(type=thing.relation, target=target))
    elif thing.relation:
        record.rejected.append(f"relation {thing.relation} of {thing.noun} to {thing.target}: no such thing")
    return Requirement(
        op="ge",
        n=thing.n,
        category=_category(thing.noun),
        noun=thing.noun,
        attributes=Attributes(color=thing.color, material=thing.material, size=thing.size),
        relations=relations,
        room=thing.room,
        source="llm",
    )


def _fill_attributes(requirements: list[Requirement], item: PlannedAttribute, count: int, record: PlanRecord) -> None:
    if item.requirement >= count:
        record.rejected.append(f"attributes of {item.requirement}: no such requirement")
        return
    now = requirements[item.requirement].attributes
    words: dict[str, str | None] = {"color": item.color, "material": item.material}
    taken = [name for name, word in words.items() if word and getattr(now, name) not in (None, word)]
    if taken:
        record.rejected.append(f"{taken[0]} of {requirements[item.requirement].noun}: the prompt names another")
    fresh = {name: word for name, word in words.items() if word and getattr(now, name) is None}
    if fresh:
        attributes = now.model_copy(update=fresh)
        requirements[item.requirement] = requirements[item.requirement].model_copy(update={"attributes": attributes})
        record.added.append(f"{' '.join(fresh.values())} for {requirements[item.requirement].noun}")


def _relate(requirements: list[Requirement], subject: int, kind: RelationType, target: int, record: PlanRecord) -> None:
    item = requirements[subject]
    if any(relation.target == target or relation.type == kind for relation in item.relations):
        record.rejected.append(f"{item.noun} {kind} {requirements[target].noun}: the prompt places it")
        return
    relations = [*item.relations, Relation(type=kind, target=target)]
    requirements[subject] = item.model_copy(update={"relations": relations})
    record.added.append(f"{item.noun} {kind} {requirements[target].noun}")


def _category(noun: str) -> str:
    words = noun.lower().replace("_", " ").strip()
    if words.replace(" ", "_") in all_categories():
        return words.replace(" ", "_")
    return noun_index().get(words, PROXY)


def _system() -> str:
    kinds = " ".join(sorted(all_categories()))
    return (
        "You furnish scenes for robots. You get what a person asked for and the requirements that were read in it, "
        "numbered from 0. Answer one JSON object and nothing else: "
        '{"things": [{"noun": str, "n": int, "color": str|null, "material": str|null, '
        '"size": "tiny"|"small"|"large"|"huge"|null, "relation": str|null, "target": int|null, "room": str|null}], '
        '"attributes": [{"requirement": int, "color": str|null, "material": str|null}], '
        '"relations": [{"requirement": int, "relation": str, "target": int}]}. '
        "Add what such a scene would plausibly hold besides; never repeat, replace or contradict a requirement. "
        "`target` counts the requirements first, then your things. Relations: on, in, next_to, left_of, right_of, "
        "in_front_of, behind, under, near, above, against, facing, across_from, around, between, far_from. "
        f"Colours are plain words. Take nouns from these kinds: {kinds}"
    )


def _user(spec: SceneSpec) -> str:
    requirements = [
        {"number": index, "op": item.op, "n": item.n, "noun": item.noun, "category": item.category,
         "attributes": item.attributes.model_dump(exclude_none=True, exclude_defaults=True),
         "relations": [{"relation": relation.type, "target": relation.target} for relation in item.relations]}
        for index, item in enumerate(spec.requirements)
    ]  # fmt: skip
    request = {
        "asked_for": spec.prompt,
        "room_type": spec.room_type,
        "rooms": [room.room_id for room in spec.rooms],
        "requirements": requirements,
        "forbidden": [item.noun for item in spec.negations],
    }
    return canonical_json(request).decode()
