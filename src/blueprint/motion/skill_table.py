"""Which module does a task of which type: the one place where a new skill is entered."""

import importlib
from types import ModuleType

from blueprint.contracts.errors import InputError
from blueprint.contracts.task import TaskType

__all__ = ["SKILL_MODULES", "skill_module"]

# Each module has `skills(task: TaskSpec) -> list[Skill]`: what the robot does one after the other for a task of one
# step. It may have `need(scene, task, embodiment) -> Need`: which hand poses a base must reach; without one, that of
# the task's goal in `motion.needs` counts. They are imported when they are asked for, so that they may use everything
# else in this room.
SKILL_MODULES: dict[TaskType, str] = {
    "pick_place": "blueprint.motion.pick",
    "stack": "blueprint.motion.pick",
    "open": "blueprint.motion.articulate",
    "close": "blueprint.motion.articulate",
    "turn": "blueprint.motion.turn",
    "press": "blueprint.motion.press",
    "push": "blueprint.motion.push",
    "insert": "blueprint.motion.insert",
    "hang": "blueprint.motion.hang",
    "pour": "blueprint.motion.pour",
    "wipe": "blueprint.motion.wipe",
    "handover": "blueprint.motion.handover",
}


def skill_module(task_type: TaskType) -> ModuleType:
    """Return the module that does tasks of a type; raises InputError where there is none.

    A chain or a sort has no skill of its own: its steps have.
    """
    if task_type not in SKILL_MODULES:
        raise InputError(
            f"no skill does a {task_type} in one step; there are {sorted(SKILL_MODULES)}.",
            remedy="give the task steps.",
        )
    return importlib.import_module(SKILL_MODULES[task_type])
