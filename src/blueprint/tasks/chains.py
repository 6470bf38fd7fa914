"""Chains: two to six tasks one after the other, made from tasks of one step whose starts and goals fit together."""

from collections.abc import Iterator, Sequence

import numpy as np

from blueprint.contracts.scene import Scene
from blueprint.contracts.seeds import rng_for
from blueprint.contracts.task import (
    Contains,
    HandoverGoal,
    HangGoal,
    InsertGoal,
    JointAbove,
    JointBelow,
    JointGoal,
    Near,
    PlaceGoal,
    PourGoal,
    Predicate,
    Pressed,
    PressGoal,
    PushGoal,
    TaskSpec,
    TaskStep,
    TaskType,
    Wiped,
    WipeGoal,
)
from blueprint.motion.stances import carrier_of
from blueprint.tasks.instructions import wordings
from blueprint.tasks.places import goal_position

__all__ = ["chain_of", "chained", "final_success", "with_openings"]

MAX_STEPS = 6
LENGTHS = (2, 3, 4, 5, 6)  # of chains of things that have nothing to do with each other
PER_JOINT = 3  # things that are put into one drawer, each on its own
PER_LENGTH = 1  # on one piece of furniture
DRAWS = 40
APART_M = 0.10  # between the rims of what two steps put down: room for the fingers


def chained(scene: Scene, atoms: Sequence[TaskSpec], seed: int) -> list[TaskSpec]:
    """Return chains of `atoms`, tasks of one step each and all without a base.

    Something is put into a drawer or behind a door that is opened first and closed after; a third thing is stacked on
    a second one; and several things are done one after the other on the same piece of furniture.
    """
    single = [task for task in atoms if not task.steps]
    found = [*_put_away(scene, single), *_towers(scene, single), *_series(scene, single, seed)]
    return list({task.task_id: task for task in found}.values())


def chain_of(scene: Scene, parts: Sequence[TaskSpec], suffix: str, task_type: TaskType = "chain") -> TaskSpec | None:
    """Return the task of doing `parts` one after the other, or None where one does not start as the others leave it.

    It starts with those joints where the first step that minds them wants them; it succeeds when what the steps
    achieved still holds in the end.
    """
    joints = _start(parts)
    steps = [step for part in parts for step in part.step_list()]
    if joints is None or not 2 <= len(steps) <= MAX_STEPS:
        return None
    last = steps[-1]
    task = parts[0].model_copy(
        update={
            "task_id": f"{scene.scene_id}::{task_type}::{last.target_object}::{suffix}",
            "task_type": task_type,
            "target_object": last.target_object,
            "goal": last.goal,
            "success": final_success(steps),
            "initial_joints": joints,
            "steps": steps,
            "reset": list({item.model_dump_json(): item for part in parts for item in part.reset}.values()),
            "paraphrases": [],
            "unseen_paraphrases": [],
        }
    )
    return task.model_copy(update={"instruction": wordings(scene, task)[0]})


def with_openings(parts: Sequence[TaskSpec], doors: Sequence[TaskSpec]) -> list[TaskSpec]:
    """Return `parts` with, before each one that starts with something open, the task of `doors` that opens it, unless
    an earlier part has done so."""
    found: list[TaskSpec] = []
    moved: set[str] = set()
    for part in parts:
        for name in sorted(set(part.initial_joints) - moved):
            if isinstance(part.goal, JointGoal) and name == _joint_name(part):
                continue  # to close what stands open is what it is about
            found += [task for task in doors if task.task_type == "open" and _joint_name(task) == name][:1]
        found.append(part)
        moved |= {_joint_name(task) for task in found if isinstance(task.goal, JointGoal)}
    return found


def final_success(steps: Sequence[TaskStep]) -> list[Predicate]:
    """Return what holds after the last step: of each step, what no later one undoes."""
    kept: dict[str, Predicate] = {}
    for number, step in enumerate(steps):
        for predicate in step.success:
            if not any(_undoes(later, predicate) for later in steps[number + 1 :]):
                kept.setdefault(predicate.model_dump_json(), predicate)
    return list(kept.values())


def _undoes(step: TaskStep, predicate: Predicate) -> bool:
    """Whether a later step may end what an earlier one achieved: it moves the same joint or the same thing."""
    if isinstance(predicate, JointAbove | JointBelow):
        goal = step.goal
        same = step.target_object == predicate.object_id
        return same and isinstance(goal, JointGoal | PressGoal) and goal.joint == predicate.joint
    if isinstance(step.goal, JointGoal | PressGoal) or isinstance(predicate, Pressed | Wiped):
        return False
    if isinstance(predicate, Contains):
        return step.target_object == predicate.container_id
    return step.target_object == predicate.object_id and predicate.kind not in ("at_rest", "released")


def _start(parts: Sequence[TaskSpec]) -> dict[str, float] | None:
    """Return the joints that a chain starts with, or None where a part wants one that an earlier part has moved."""
    start: dict[str, float] = {}
    now: dict[str, float] = {}
    for part in parts:
        for name, value in part.initial_joints.items():
            if abs(now.get(name, value) - value) > 1e-6:
                return None
            if name not in now:
                start[name] = now[name] = value
        for step in part.step_list():
            if isinstance(step.goal, JointGoal):
                name = f"{step.target_object}/{step.goal.joint}"
                if step.task_type == "open" and now.get(name, 0.0) > 0.0:
                    return None
                now[name] = step.goal.value
    return start


def _put_away(scene: Scene, atoms: Sequence[TaskSpec]) -> Iterator[TaskSpec]:
    """Open it, put something in, close it; and the last two of these where it stands open. The things come as the
    atoms do."""
    made: dict[str, int] = {}
    doors = {(task.task_type, _joint_name(task)): task for task in atoms if isinstance(task.goal, JointGoal)}
    for task in atoms:
        if not isinstance(task.goal, PlaceGoal) or len(task.initial_joints) != 1:
            continue
        (name,) = task.initial_joints
        opened, closed = doors.get(("open", name)), doors.get(("close", name))
        if opened is None or closed is None or made.get(name, 0) == PER_JOINT:
            continue
        made[name] = made.get(name, 0) + 1
        suffix = f"{task.target_object}_in_{name.replace('/', '_')}"
        for parts, kind in (([opened, task, closed], "put_away"), ([task, closed], "close_on")):
            chain = chain_of(scene, parts, f"{kind}_{suffix}")
            if chain is not None:
                yield chain


def _towers(scene: Scene, atoms: Sequence[TaskSpec]) -> Iterator[TaskSpec]:
    """Stack a second thing on a first, then a third on the second; each third is used once."""
    stacks = [task for task in atoms if task.task_type == "stack"]
    used: set[str] = set()
    for lower, upper in ((a, b) for a in stacks for b in stacks):
        third, second, first = upper.target_object, lower.target_object, _support(lower)
        if _support(upper) != second or third in (first, second) or third in used:
            continue
        chain = chain_of(scene, [lower, upper], f"tower_{first}_{second}_{third}")
        if chain is not None:
            used.add(third)
            yield chain


def _series(scene: Scene, atoms: Sequence[TaskSpec], seed: int) -> Iterator[TaskSpec]:
    """Things to do on one piece of furniture that have nothing to do with each other, of several kinds if there are."""
    by_carrier: dict[str, list[TaskSpec]] = {}
    for task in atoms:
        if not isinstance(task.goal, HandoverGoal):
            by_carrier.setdefault(carrier_of(scene, task.target_object), []).append(task)
    for carrier, tasks in sorted(by_carrier.items()):
        rng = rng_for(seed, "chain", scene.scene_id, carrier)
        seen: set[tuple[str, ...]] = set()
        for length in LENGTHS:
            made = 0
            for _ in range(DRAWS):
                if made == PER_LENGTH:
                    break
                drawn = _draw(scene, tasks, length, rng)
                if drawn is None or tuple(sorted(task.target_object for task in drawn)) in seen:
                    continue
                chain = chain_of(scene, drawn, f"series_{length}_{made}_{carrier}")
                if chain is not None:
                    seen.add(tuple(sorted(task.target_object for task in drawn)))
                    made += 1
                    yield chain


def _draw(scene: Scene, tasks: Sequence[TaskSpec], length: int, rng: np.random.Generator) -> list[TaskSpec] | None:
    """Draw tasks about different things, of different types first."""
    kinds = sorted({task.task_type for task in tasks})
    order = [kinds[int(k)] for k in rng.permutation(len(kinds))]
    chosen: list[TaskSpec] = []
    for turn in range(2 * length):
        kind = order[turn % len(order)]
        options = [
            task for task in tasks if task.task_type == kind and all(_are_apart(scene, task, other) for other in chosen)
        ]
        if options:
            chosen.append(options[int(rng.integers(len(options)))])
        if len(chosen) == length:
            return chosen
    return None


def _are_apart(scene: Scene, first: TaskSpec, second: TaskSpec) -> bool:
    """Whether two tasks are about different things and put them down in different places."""
    if _involved(scene, first) & _involved(scene, second):
        return False
    ends = [goal_position(scene, task) for task in (first, second)]
    starts = [np.array(scene.pose_world_object(task.target_object).position) for task in (first, second)]
    room = APART_M + sum(max(scene.asset(task.target_object).size_m[:2]) / 2 for task in (first, second))
    pairs = [(a, b) for a, b in ((ends[0], ends[1]), (ends[0], starts[1]), (starts[0], ends[1]))]
    return all(a is None or b is None or float(np.linalg.norm(a - b)) >= room for a, b in pairs)


def _involved(scene: Scene, task: TaskSpec) -> set[str]:
    """Return what a task moves, fills or is measured by; furniture that several things may stand on is not counted."""
    found = {task.target_object}
    for step in task.step_list():
        goal = step.goal
        match goal:
            case PlaceGoal() | InsertGoal() | HangGoal() | PushGoal() | WipeGoal():
                region = scene.region(goal.support_id, goal.region)
                shared = scene.object(goal.support_id).is_fixed or goal.support_id == carrier_of(scene, goal.support_id)
                if region.is_container or not shared or isinstance(goal, InsertGoal | HangGoal):
                    found.add(goal.support_id)
            case PourGoal():
                found |= {goal.container_id, *goal.object_ids}
    found |= {predicate.other_id for predicate in task.success if isinstance(predicate, Near)}
    return found | {name.split("/")[0] for name in task.initial_joints}


def _support(task: TaskSpec) -> str:
    assert isinstance(task.goal, PlaceGoal)
    return task.goal.support_id


def _joint_name(task: TaskSpec) -> str:
    assert isinstance(task.goal, JointGoal)
    return f"{task.target_object}/{task.goal.joint}"
