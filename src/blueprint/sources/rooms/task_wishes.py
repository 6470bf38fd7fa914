"""Things that the prompt's tasks are about stand within one arm's reach of each other."""

from blueprint.sources.rooms.program import Item, Program
from blueprint.sources.rooms.supports import Supports

__all__ = ["TASK_GAP_M", "bring_together", "placed_by_prompt"]

TASK_GAP_M = 0.06  # room for fingers around what a task takes or fills


def bring_together(program: Program, at: Supports) -> dict[str, str]:
    """Let what a task moves and what it is moved to share a support; return each one's partner by object id.

    A thing whose place the prompt states stays there, and the other one comes to it.
    """
    partners: dict[str, str] = {}
    for wish in program.spec.tasks:
        if wish.target is None or wish.verb not in ("move", "stack"):
            continue
        things = [item for item in program.items.values() if item.requirement == wish.object]
        goals = [item for item in program.items.values() if item.requirement == wish.target]
        for thing in things:
            goal = next((item for item in goals if item.room == thing.room and item is not thing), None)
            if goal is None or thing.mount != "surface" or thing.motif is not None:
                continue
            if not placed_by_prompt(program, thing):
                support = goal.object_id if goal.mount == "floor" else goal.parent
                if goal.mount not in ("floor", "surface") or support not in at.poses or not at.regions(thing, support):
                    continue
                thing.parent, thing.region = support, None
            elif goal.mount == "surface" and goal.motif is None and not placed_by_prompt(program, goal):
                goal.parent, goal.region = thing.parent, None
            partners.setdefault(thing.object_id, goal.object_id)
            partners.setdefault(goal.object_id, thing.object_id)
    return partners


def placed_by_prompt(program: Program, item: Item) -> bool:
    """Return whether the prompt says what a thing stands on or in."""
    requirement = program.spec.requirements[item.requirement or 0]
    return any(relation.type in ("on", "in", "under") and not relation.implied for relation in requirement.relations)
