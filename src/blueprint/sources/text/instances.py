"""Which objects of a scene are the instances of which requirement."""

from collections.abc import Callable, Sequence

from blueprint.assets.lexicon import category, generator_of, is_a
from blueprint.assets.registry import PROXY
from blueprint.contracts.errors import InputError
from blueprint.contracts.ids import slug
from blueprint.contracts.scene_manifest import SceneObject
from blueprint.sources.text.spec import Requirement

__all__ = ["assign_instances", "hangs", "matches"]


def matches(item: SceneObject, kind: str, noun: str) -> bool:
    """Whether an object is a `kind`: of the category or one below it (an apple is a fruit); a stand-in by its noun."""
    if kind == PROXY:
        named = str((item.source or {}).get("noun", ""))
        return item.category == PROXY and (item.id.startswith(slug(noun)[:40]) or named == noun)
    return item.category is not None and is_a(item.category, kind)


def assign_instances(
    requirements: Sequence[Requirement], objects: Sequence[SceneObject], room_of: Callable[[SceneObject], str | None]
) -> list[list[str]]:
    """Return object ids per requirement. What the source made for a requirement comes first (also what its nearest
    generator made), then others where they are lacking; surplus counts only where it is of the very category, so that a
    coffee table does not spoil "one table". A requirement of a room takes things of that room only."""
    instances: list[list[str]] = [[] for _ in requirements]
    free = [item for item in objects if item.sim_role != "scene_shell"]

    def here(item: SceneObject, wanted: Requirement) -> bool:
        return wanted.room is None or room_of(item) in (None, wanted.room)

    for item in list(free):
        index = (item.source or {}).get("requirement")
        if isinstance(index, int) and 0 <= index < len(requirements):
            wanted = requirements[index]
            if here(item, wanted) and (matches(item, wanted.category, wanted.noun) or _stands_in(item, wanted)):
                instances[index].append(item.id)
                free.remove(item)
    for item in free:
        fitting = [
            k
            for k, wanted in enumerate(requirements)
            if matches(item, wanted.category, wanted.noun) and here(item, wanted)
        ]
        fitting.sort(key=lambda k: item.category != requirements[k].category)
        lacking = [k for k in fitting if len(instances[k]) < requirements[k].n]
        exact = [k for k in fitting if item.category == requirements[k].category]
        if lacking or exact:
            instances[(lacking or exact)[0]].append(item.id)
    return instances


def hangs(kind: str) -> bool:
    """Whether things of the kind are fixed to walls or ceilings."""
    try:
        return category(kind).footing in ("wall", "ceiling")
    except InputError:  # a stand-in
        return False


def _stands_in(item: SceneObject, wanted: Requirement) -> bool:
    """Whether the nearest generator made the object for a kind that has none of its own."""
    try:
        return item.category == generator_of(wanted.category)
    except InputError:
        return False
