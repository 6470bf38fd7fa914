"""`SceneSpec` → the instances to place: which asset each is, on which support it stands, and beside what."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from blueprint.assets.lexicon import is_a, request_for
from blueprint.assets.registry import PROXY, AssetRequest, Generator
from blueprint.contracts.ids import slug
from blueprint.contracts.seeds import derive_seed
from blueprint.sources.text.spec import Relation, RelationType, Requirement, SceneSpec, Unsatisfied
from blueprint.sources.text.words import FLOOR_STANDING, ROOM_ANCHORS, SUPPORTS

__all__ = ["MAX_OBJECTS", "Plan", "Wanted", "complete", "plan_scene"]

MAX_OBJECTS = 100
_SIDES = frozenset(("next_to", "near", "left_of", "right_of", "in_front_of", "behind"))
_STARTERS = {
    "kitchen": ("mug", "bowl"),
    "dining": ("plate", "mug"),
    "office": ("book", "mug"),
    "workshop": ("hammer", "block"),
    "shelf": ("book", "box_with_lid"),
}
_SHELVES = ("shelf", "low_shelf")
_TABLETOP_UNITS = frozenset(("drawer_unit", "microwave"))


@dataclass
class Wanted:
    """One instance. `parent` None stands on the floor; `within` says in a container; `sides` are (kind, object id)."""

    object_id: str
    requirement: int
    request: AssetRequest
    parent: str | None
    within: bool = False
    under: str | None = None
    sides: list[tuple[RelationType, str]] = field(default_factory=list)
    stacked: bool = False
    in_row: bool = False


@dataclass
class Plan:
    """`anchor` is the object that carries what names no other support."""

    anchor: str
    wanted: list[Wanted]
    unsatisfied: list[Unsatisfied]

    def item(self, object_id: str) -> Wanted:
        return next(item for item in self.wanted if item.object_id == object_id)


def complete(spec: SceneSpec, known: Mapping[str, Generator]) -> SceneSpec:
    """Return the spec with the room's default furniture where it names none, and things to stand on it where it names
    nothing at all; what is added has source "completion"."""
    requirements = list(spec.requirements)
    if not any(_can_anchor(item.category) for item in requirements):
        category = ROOM_ANCHORS[spec.room_type]
        requirements.append(Requirement(op="eq", n=1, category=category, noun=category, source="completion"))
    if not spec.requirements:
        anchor = len(requirements) - 1
        negated = {item.category for item in spec.negations}
        for category in _STARTERS[spec.room_type]:
            if category in known and category not in negated:
                relation = Relation(type="on", target=anchor, implied=True)
                requirements.append(
                    Requirement(
                        op="eq", n=1, category=category, noun=category, relations=[relation], source="completion"
                    )
                )
    return spec.model_copy(update={"requirements": requirements})


def plan_scene(
    spec: SceneSpec,
    known: Mapping[str, Generator],
    seed: int,
    anchor_options: dict[str, float],
    container_size: str | None = None,
) -> Plan:
    """Expand a completed spec into instances; equal requirements share one asset.

    `anchor_options` are the generator options of the anchor furniture (its size, when it had to grow);
    `container_size` is the size of containers that the prompt gives none.
    """
    anchor_requirement = _anchor_requirement(spec)
    counters: dict[str, int] = {}
    ids: list[list[str]] = []
    unsatisfied: list[Unsatisfied] = _contradictions(spec)
    total = 0
    for index, item in enumerate(spec.requirements):
        allowed = max(0, min(item.n, MAX_OBJECTS - total)) if index != anchor_requirement else item.n
        allowed = min(allowed, MAX_OBJECTS)
        if allowed < item.n:
            unsatisfied.append(
                Unsatisfied(
                    reason="too_many_objects",
                    requirement=index,
                    noun=item.noun,
                    requested=item.n,
                    placed=allowed,
                    detail=f"a scene holds at most {MAX_OBJECTS} objects",
                )
            )
        total += allowed
        name = slug(item.noun)[:40] if item.category == PROXY else item.category
        names = []
        for _ in range(allowed):
            counters[name] = counters.get(name, 0) + 1
            names.append(f"{name}_{counters[name]}")
        ids.append(names)
    anchor = ids[anchor_requirement][0]
    wanted: list[Wanted] = []
    for index in range(len(spec.requirements)):
        for k, object_id in enumerate(ids[index]):
            wanted.append(_wanted(spec, ids, index, k, object_id, anchor, known, seed, anchor_options))
    _follow_neighbours(spec, wanted, anchor)
    _stack_up(spec, ids, wanted)
    _size_containers(wanted, container_size)
    return Plan(anchor, wanted, unsatisfied)


def _can_anchor(category: str) -> bool:
    return category in FLOOR_STANDING and category in SUPPORTS and category not in ("chair", "stool", "bench")


def _anchor_requirement(spec: SceneSpec) -> int:
    candidates = [index for index, item in enumerate(spec.requirements) if _can_anchor(item.category) and item.n > 0]

    def carried(index: int) -> int:
        return sum(
            relation.target == index and relation.type in ("on", "in")
            for item in spec.requirements
            for relation in item.relations
        )

    return max(candidates, key=lambda index: (carried(index), -index))


def _contradictions(spec: SceneSpec) -> list[Unsatisfied]:
    negated = [item for item in spec.negations if item.category != PROXY]
    return [
        Unsatisfied(
            reason="contradiction",
            requirement=index,
            noun=item.noun,
            requested=item.n,
            detail=f"the prompt asks for it and also says no {absent.noun}",
        )
        for index, item in enumerate(spec.requirements)
        for absent in negated
        if is_a(item.category, absent.category)
    ]


def _wanted(
    spec: SceneSpec,
    ids: list[list[str]],
    index: int,
    k: int,
    object_id: str,
    anchor: str,
    known: Mapping[str, Generator],
    seed: int,
    anchor_options: dict[str, float],
) -> Wanted:
    item = spec.requirements[index]
    footing = known[item.category].footing if item.category in known else "surface"
    furniture = footing == "floor" or item.category in FLOOR_STANDING
    standing = (furniture and item.category not in _TABLETOP_UNITS) or "on the floor" in item.attributes.other
    parent: str | None = None if standing else anchor
    within, under = False, None
    sides: list[tuple[RelationType, str]] = []
    for relation in item.relations:
        targets = ids[relation.target]
        if not targets:
            continue
        target = targets[k * len(targets) // max(1, len(ids[index]))] if item.each else targets[k % len(targets)]
        floor_target = spec.requirements[relation.target].category in FLOOR_STANDING
        if relation.type in ("on", "in"):
            if not standing:
                parent, within = target, relation.type == "in"
        elif relation.type == "under":
            under, parent = (target, None) if floor_target else (None, parent)
        elif relation.type in _SIDES:
            sides.append((relation.type, target))
            if floor_target and (target == anchor or _target_stands(spec, relation.target)):
                # "a drawer unit next to the counter" stands on the floor; a mug beside a fridge cannot.
                parent = None if item.category in _TABLETOP_UNITS or standing else parent
    sides += _setting(spec, ids, index, k)
    on_surface = parent is not None
    options = _options(item, known, on_surface)
    if parent is not None and "standing" in _understood(item, known) and _category_of(spec, ids, parent) in _SHELVES:
        options["standing"] = 1.0  # books on a shelf show their spines
    if object_id == anchor:
        options |= anchor_options
    request = _request(item, known, derive_seed(seed, "asset", index) % (1 << 31), options)
    return Wanted(
        object_id, index, request, parent, within, under, sides,
        stacked=item.attributes.arrangement == "stack" and k > 0, in_row=item.attributes.arrangement == "row",
    )  # fmt: skip


def _request(
    item: Requirement, known: Mapping[str, Generator], seed: int, options: dict[str, float | str]
) -> AssetRequest:
    wanted = item.attributes
    chosen = tuple(sorted(options.items()))
    if item.category in known:
        return AssetRequest(item.category, seed, wanted.color, wanted.material, wanted.size, chosen)
    return request_for(item.category, seed, wanted.color, wanted.material, wanted.size, chosen)


def _setting(spec: SceneSpec, ids: list[list[str]], index: int, k: int) -> list[tuple[RelationType, str]]:
    """Of a place setting, the fork lies left of its plate and the knife right of it."""
    item = spec.requirements[index]
    side: RelationType | None = {"fork": "left_of", "knife": "right_of"}.get(item.category)  # type: ignore[assignment]
    if item.noun != "place setting" or side is None:
        return []
    plates = [
        ids[other]
        for other, candidate in enumerate(spec.requirements[:index])
        if candidate.noun == "place setting" and candidate.category == "plate" and candidate.evidence == item.evidence
    ]
    return [(side, plates[0][k])] if plates and k < len(plates[0]) else []


def _target_stands(spec: SceneSpec, target: int) -> bool:
    return not any(relation.type in ("on", "in") for relation in spec.requirements[target].relations)


def _options(item: Requirement, known: Mapping[str, Generator], on_surface: bool) -> dict[str, float | str]:
    if item.category == PROXY:
        return {"label": item.noun}
    understood = _understood(item, known)
    options: dict[str, float | str] = {}
    if "tabletop" in understood:
        options["tabletop"] = 1.0 if on_surface else 0.0
    if "shape" in understood and "round" in item.attributes.other:
        options["shape"] = "round"
    for words in item.attributes.other:
        parts = words.replace("-", " ").split()
        numbers = [int(part) for part in parts if part.isdigit()]
        for name in understood:
            if numbers and name in (parts[-1], parts[-1] + "s"):
                options[name] = float(numbers[0])
    return options


def _understood(item: Requirement, known: Mapping[str, Generator]) -> tuple[str, ...]:
    return known[item.category].options if item.category in known else ()


def _category_of(spec: SceneSpec, ids: list[list[str]], object_id: str) -> str | None:
    owners = (spec.requirements[index].category for index, members in enumerate(ids) if object_id in members)
    return next(owners, None)


def _follow_neighbours(spec: SceneSpec, wanted: list[Wanted], anchor: str) -> None:
    """What names only a neighbour stands where the neighbour stands (or beside it on the anchor, if that is nested)."""
    by_id = {item.object_id: item for item in wanted}
    for _ in range(2):
        for item in wanted:
            relations = spec.requirements[item.requirement].relations
            if item.parent is None or any(relation.type in ("on", "in") for relation in relations):
                continue
            for _, target in item.sides:
                beside = by_id[target]
                if beside.parent is not None and beside.parent != item.object_id:
                    item.parent = beside.parent if not beside.within else anchor


def _size_containers(wanted: list[Wanted], size: str | None) -> None:
    holding = {item.parent for item in wanted if item.within}
    holding_requirements = {item.requirement for item in wanted if item.object_id in holding}
    for item in wanted:
        if item.requirement in holding_requirements and item.request.size is None and item.parent is not None:
            item.request = replace(item.request, size=size)


def _stack_up(spec: SceneSpec, ids: list[list[str]], wanted: list[Wanted]) -> None:
    """Instances after the first of "a stack of" stand on the one before; a wish to stack is about the end of a task."""
    for index, item in enumerate(spec.requirements):
        if item.attributes.arrangement != "stack":
            continue
        for below, above in zip(ids[index], ids[index][1:], strict=False):
            entry = next(candidate for candidate in wanted if candidate.object_id == above)
            entry.parent, entry.within, entry.sides = below, False, []
