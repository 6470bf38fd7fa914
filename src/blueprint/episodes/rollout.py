"""Rolling a task out in physics: plan a skill, execute it tick by tick, check it, go on to the next. No rendering."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import mujoco
import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.episode import FailureReason, PredicateResult, Subtask
from blueprint.contracts.task import TaskSpec
from blueprint.motion import MotionContext, PlanningError, Skill, skills_for
from blueprint.sim.mujoco_simulator import MujocoSimulator, data_at
from blueprint.sim.protocol import Observation, SimulationError
from blueprint.sim.world import World
from blueprint.tasks import evaluate

__all__ = ["SETTLE_TICKS", "Rollout", "Trace", "judge", "roll_out"]

SETTLE_TICKS = 8  # 0.4 s of holding still after the last skill; part of the episode, so that replays include it
MAX_LAG_RAD = 0.2  # an arm that moves freely lags by a tenth of this at most
BLOCKED_TICKS = 5


@dataclass
class Trace:
    """What was done and seen so far; `arrays` gives it as `contracts.episode.ARRAYS`."""

    observations: list[Observation]
    actions: list[NDArray[np.float32]] = field(default_factory=list)
    segments: list[int] = field(default_factory=list)
    subtasks: list[Subtask] = field(default_factory=list)

    @property
    def frames(self) -> int:
        return len(self.actions)

    def arrays(self, action_size: int) -> dict[str, NDArray]:
        """Return T actions and T+1 states as arrays, see `contracts.episode.ARRAYS`."""
        seen = self.observations
        return {
            "time": np.array([item.time for item in seen], np.float64),
            "qpos": np.array([item.qpos for item in seen], np.float64),
            "qvel": np.array([item.qvel for item in seen], np.float64),
            "state": np.array([item.state for item in seen], np.float32),
            "action": np.array(self.actions, np.float32).reshape(-1, action_size),
            "ee_pose": np.array([item.ee_pose for item in seen], np.float32),
            "contact_force": np.array([item.contact_force for item in seen], np.float32),
            "subtask": np.array(self.segments, np.int64),
        }


@dataclass(frozen=True)
class Rollout:
    """One attempt: what happened, and whether physics says that the task was done."""

    trace: Trace
    success: bool
    reason: FailureReason | None
    detail: str | None
    predicates: list[PredicateResult]
    grasps: list[str]


class _StepLimitError(Exception):
    pass


class _BlockedError(Exception):
    pass


def roll_out(world: World, task: TaskSpec, rng: np.random.Generator, max_ticks: int) -> Rollout:
    """Attempt a task from its start and judge it from the final physics state alone; never raises for a failed one.

    An arm that something holds back (a joint more than 0.2 rad behind its command for 5 ticks) ends it as a COLLISION.
    Anything else that goes wrong inside a planner is a defect and raises.
    """
    simulator = MujocoSimulator(world)
    try:
        trace = Trace([simulator.reset(task.initial_joints)])
    except SimulationError as error:
        return Rollout(Trace([simulator.state()]), False, error.reason, error.detail, [], [])
    context = MotionContext(world.model, simulator.planning_data(), world.scene, world.embodiment, task, rng)
    reason: FailureReason | None = None
    detail: str | None = None
    try:
        for skill in skills_for(task):
            _run_skill(skill, simulator, context, trace, max_ticks)
        _hold(simulator, trace, max_ticks)
    except (SimulationError, PlanningError) as error:
        reason, detail = error.reason, error.detail
    except _StepLimitError:
        reason, detail = FailureReason.STEP_LIMIT, f"not done after {max_ticks} ticks ({max_ticks / 20:g} s)"
    except _BlockedError as error:
        reason, detail = FailureReason.COLLISION, str(error)
    last = trace.observations[-1]
    states = np.array([item.qpos for item in trace.observations])
    predicates = judge(world, task, states, last.qvel) if reason != FailureReason.PHYSICS_DIVERGED else []
    if reason is None and not all(item.satisfied for item in predicates):
        unmet = [f"{item.predicate}: {item.measured}" for item in predicates if not item.satisfied]
        reason, detail = FailureReason.GOAL_MISSED, "; ".join(unmet)
    grasps = [grasp.name for grasp in context.memory.values()]
    return Rollout(trace, reason is None, reason, detail, predicates, grasps)


def judge(
    world: World, task: TaskSpec, states: NDArray[np.float64], qvel: NDArray[np.float64]
) -> list[PredicateResult]:
    """Evaluate a task's predicates after states (T + 1, nq), at the last of which the velocities are `qvel` (nv,).

    The same for a live and for a recorded attempt: a function of the recorded states alone.
    """
    return evaluate(task, world.model, data_at(world.model, states[-1], qvel), world.scene, states)


def execute(simulator: MujocoSimulator, actions: Sequence[NDArray[np.float32]]) -> list[Observation]:
    """Reset nothing, execute actions in order, and return the state after each."""
    return [simulator.step(action) for action in actions]


def _run_skill(skill: Skill, simulator: MujocoSimulator, context: MotionContext, trace: Trace, max_ticks: int) -> None:
    context.data = simulator.planning_data()
    actions = np.asarray(skill.plan(context), np.float32)
    start, segment = trace.frames, len(trace.subtasks)
    try:
        for action in actions:
            _tick(simulator, action, trace, segment, max_ticks)
    finally:
        if trace.frames > start:
            trace.subtasks.append(
                Subtask(name=skill.name, instruction=skill.instruction, start=start, end=trace.frames)
            )
    context.data = simulator.planning_data()
    skill.verify(context)


def _hold(simulator: MujocoSimulator, trace: Trace, max_ticks: int) -> None:
    """Hold the last action; the frames belong to the last sub-task."""
    if not trace.actions:
        return
    for _ in range(SETTLE_TICKS):
        _tick(simulator, trace.actions[-1], trace, trace.segments[-1], max_ticks)
    trace.subtasks[-1] = trace.subtasks[-1].model_copy(update={"end": trace.frames})


def _tick(simulator: MujocoSimulator, action: NDArray[np.float32], trace: Trace, segment: int, max_ticks: int) -> None:
    if trace.frames >= max_ticks:
        raise _StepLimitError
    seen = simulator.step(action)
    trace.observations.append(seen)
    trace.actions.append(np.array(action, np.float32))
    trace.segments.append(segment)
    _check_lag(trace)


def _check_lag(trace: Trace) -> None:
    """Raise _BlockedError where one joint has been too far behind its command for too long."""
    if trace.frames < BLOCKED_TICKS:
        return
    recent = zip(trace.actions[-BLOCKED_TICKS:], trace.observations[-BLOCKED_TICKS:], strict=True)
    lags = np.array([np.abs(action[:-1] - seen.state[:-1]) for action, seen in recent]).min(axis=0)
    if lags.max() > MAX_LAG_RAD:
        joint = int(lags.argmax())
        raise _BlockedError(f"arm joint {joint + 1} has been {lags[joint]:.2f} rad behind its command: it is blocked")


def versions() -> dict[str, str]:
    """Return the versions of the libraries that decide a trajectory's and a video's bytes."""
    from importlib.metadata import version

    return {"mujoco": mujoco.__version__, "numpy": np.__version__, "av": version("av"), "scipy": version("scipy")}
