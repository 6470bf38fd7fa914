"""An instance of the Genie Sim benchmark: `llm_task/<task>/<i>/{scene_info,instructions,problems}.json`."""

from typing import Any

from pydantic import Field

from blueprint.contracts.document import Document, Part
from blueprint.contracts.frames import Vec3

__all__ = [
    "BenchmarkInstructions",
    "BenchmarkProblem",
    "BenchmarkSceneInfo",
    "Instruction",
    "LayoutEntry",
    "action_lists",
]


class LayoutEntry(Part):
    """Where an object stands (world, Z-up, its middle); `xyzw` is its quaternion with w last. `usd` is its asset id."""

    usd: str
    xyz: Vec3
    xyzw: tuple[float, float, float, float]
    tags: list[str]
    keywords: list[str]
    description: dict[str, Any]


class BenchmarkSceneInfo(Document):
    scene_id: str
    seed: int
    layout: dict[str, LayoutEntry]
    relations: dict[str, Any] = {}


class Instruction(Part):
    instruction: str
    id: str
    target: str


class BenchmarkInstructions(Document):
    scene_id: str
    instruction_category: str
    instructions: list[Instruction]


class ActionList(Part):
    ActionSetWaitAny: list[dict[str, str | int]]


class Act(Part):
    ActionList: list[ActionList]


class BenchmarkProblem(Document):
    """The problem of instruction i, stored under the key `problem{i+1}`: predicates to be met one after the other."""

    Acts: list[Act]
    Init: list[str] = []
    Objects: list[str] = []
    Problem: str = Field(min_length=1)


def action_lists(predicates: list[tuple[str, str]], step_out: int) -> list[Act]:
    """Return the acts that wait for each predicate (name, arguments joined by `|`) for up to `step_out` steps."""
    waits = [ActionList(ActionSetWaitAny=[{name: arguments}, {"StepOut": step_out}]) for name, arguments in predicates]
    return [Act(ActionList=waits)]
