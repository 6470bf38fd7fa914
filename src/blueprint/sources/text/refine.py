"""Which kind of a thing is meant, by where it is: a lamp in the corner stands on the floor, a clock on a wall hangs."""

from collections.abc import Sequence
from dataclasses import replace

from blueprint.sources.text.drafts import Draft
from blueprint.sources.text.spec import Scope

__all__ = ["hangs_over", "refine"]

_HANGING = {
    "shelf": "wall_shelf", "low_shelf": "wall_shelf", "clock": "wall_clock", "mirror": "wall_mirror",
    "television": "wall_tv", "monitor": "wall_tv", "lamp": "wall_lamp", "base_cabinet": "wall_cabinet",
    "picture_frame": "picture", "coat_rack": "coat_hooks", "fan": "air_conditioner", "tv_cabinet": "wall_cabinet",
}  # fmt: skip
_FROM_CEILING = {
    "lamp": "pendant_lamp",
    "desk_lamp": "pendant_lamp",
    "fan": "ceiling_fan",
    "floor_lamp": "pendant_lamp",
}
_ON_FLOOR = {"lamp": "floor_lamp", "plant": "floor_plant", "mirror": "floor_mirror"}
_HUNG_OVER = {
    "lamp": "pendant_lamp",
    "mirror": "wall_mirror",
    "shelf": "wall_shelf",
    "clock": "wall_clock",
    "base_cabinet": "wall_cabinet",
}
_SIDES = frozenset(("next_to", "near", "behind", "in_front_of", "left_of", "right_of", "between", "far_from"))


def refine(drafts: Sequence[Draft], scope: Scope, known: set[str]) -> None:
    """Give drafts of a general category the particular one that their place means, of those in `known`; on table tops
    "around" is beside, as it was before there were rooms."""
    for draft in drafts:
        if scope == "tabletop":
            draft.relations = [
                item.model_copy(update={"type": "next_to"}) if item.type == "around" else item
                for item in draft.relations
            ]
        meant = _meant(draft, drafts) if scope != "tabletop" else None
        if meant in known:
            draft.category = meant
            draft.phrase = replace(draft.phrase, category=meant)


def hangs_over(draft: Draft, drafts: Sequence[Draft]) -> bool:
    """Whether something that may hang is above furniture: a shelf above the desk."""
    above = any(item.type == "above" and drafts[item.target].stands for item in draft.relations)
    return above and draft.category in _HUNG_OVER


def _meant(draft: Draft, drafts: Sequence[Draft]) -> str:
    name = draft.category
    if draft.hangs:
        return _HANGING.get(name, name)
    if "ceiling" in draft.places:
        return _FROM_CEILING.get(name, name)
    above = [item for item in draft.relations if item.type == "above" and drafts[item.target].stands]
    if above:
        return _HUNG_OVER.get(name, name)
    resting = any(item.type in ("on", "in") for item in draft.relations)
    beside = any(item.type in _SIDES and drafts[item.target].stands for item in draft.relations)
    if not resting and (beside or set(draft.places) & {"corner", "floor", "window", "door", "wall"}):
        return _ON_FLOOR.get(name, name)
    return name
