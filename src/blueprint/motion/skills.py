"""Skills: what the robot does, one after the other, to achieve a task."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.task import TaskSpec
from blueprint.motion.context import MotionContext
from blueprint.motion.skill_table import skill_module
from blueprint.robots import load_embodiment

__all__ = ["Skill", "skills_for"]


class Skill(Protocol):
    """A part of a task with a name, an instruction, a plan and a check.

    `plan` reads the true state and returns actions (n, A) float32 that start from the last commanded configuration;
    it raises PlanningError. `verify`, after the actions have run, raises PlanningError where the skill failed.
    """

    name: str
    instruction: str

    def plan(self, ctx: MotionContext) -> NDArray[np.float32]: ...

    def verify(self, ctx: MotionContext) -> None: ...


def skills_for(task: TaskSpec) -> list[Skill]:
    """Return the skills that solve a task, step by step, in order; a robot on a mobile base drives before them.

    Raises InputError where a step is of a type that no skill does.
    """
    from blueprint.motion.navigate import mobile_skills

    drives = bool(load_embodiment(task.embodiment).base_joints)
    found: list[Skill] = []
    for step in task.step_list():
        step_task = task.step_task(step)
        skills: list[Skill] = skill_module(step.task_type).skills(step_task)
        found += mobile_skills(step_task, skills) if drives else skills
    return found
