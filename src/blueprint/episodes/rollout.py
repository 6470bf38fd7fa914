"""Rolling a task out in physics: plan a skill, execute it tick by tick, check it, go on to the next. No rendering."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import mujoco
import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.episode import FailureReason, PredicateResult, Recovery, Subtask
from blueprint.contracts.task import TaskSpec
from blueprint.motion import RECOVERABLE, MotionContext, PlanningError, Recover, Skill, skills_for
from blueprint.sim.mujoco_simulator import MujocoSimulator, data_at
from blueprint.sim.protocol import Observation, SimulationError
from blueprint.sim.world import World
from blueprint.tasks import evaluate
from blueprint.tasks.instructions import subtask_words

__all__ = ["SETTLE_TICKS", "Rollout", "Trace", "judge", "roll_out"]

SETTLE_TICKS = 8  # 0.4 s of holding still after each step; part of the episode, so that replays include it
MAX_RECOVERIES = 2  # of one step
MAX_LAG_RAD = 0.2  # an arm that moves freely lags by a tenth of this at most
BLOCKED_TICKS = 5


@dataclass
class Trace:
    """What was done and seen so far; `arrays` gives it as `contracts.episode.ARRAYS`."""

    observations: list[Observation]
    actions: list[NDArray[np.float32]] = field(default_factory=list)
    segments: list[int] = field(default_factory=list)
    subtasks: list[Subtask] = field(default_factory=list)
    recoveries: list[Recovery] = field(default_factory=list)

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
            "velocity": np.array([item.velocity for item in seen], np.float32),
            "effort": np.array([item.effort for item in seen], np.float32),
            "wrench": np.array([item.wrench for item in seen], np.float32),
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


def roll_out(
    world: World,
    task: TaskSpec,
    rng: np.random.Generator,
    max_ticks: int,
    skills_of: Callable[[TaskSpec], list[Skill]] | None = None,
) -> Rollout:
    """Attempt a task from its start and judge it from the final physics state alone; never raises for a failed one.

    It ends as a STEP_LIMIT after `max_ticks` for each of its steps. The steps of a chain follow one
    another; each is judged when it is done. A step whose grasp missed, that dropped something or missed its goal is
    planned again up to twice, after the hand has got clear, unless a condition of `task.reset` says that it is
    hopeless. An arm that something holds back (a joint more than 0.2 rad behind its command for 5 ticks) ends the
    attempt as a COLLISION. Anything else that goes wrong inside a planner is a defect and raises. `skills_of` gives the
    skills of a step, by default those that plan it.
    """
    simulator = MujocoSimulator(world)
    try:
        trace = Trace([simulator.reset(task.initial_joints)])
    except SimulationError as error:
        return Rollout(Trace([simulator.state()]), False, error.reason, error.detail, [], [])
    context = MotionContext(world.model, simulator.planning_data(), world.scene, world.embodiment, task, rng)
    budget = max_ticks * len(task.step_list())
    attempt = _Attempt(world, task, simulator, context, trace, budget, skills_of or skills_for)
    reason: FailureReason | None = None
    detail: str | None = None
    try:
        for number, step in enumerate(task.step_list()):
            attempt.run_step(task.step_task(step), number)
    except (SimulationError, PlanningError) as error:
        reason, detail = error.reason, error.detail
    except _StepLimitError:
        reason = FailureReason.STEP_LIMIT
        detail = f"not done after {attempt.max_ticks} ticks ({attempt.max_ticks / 20:g} s)"
    except _BlockedError as error:
        reason, detail = FailureReason.COLLISION, str(error)
    predicates = attempt.judge(task) if reason != FailureReason.PHYSICS_DIVERGED else []
    unmet = _unmet(predicates)
    if reason is None and unmet:
        reason, detail = FailureReason.GOAL_MISSED, unmet
    grasps = [grasp.name for grasp in context.memory.values()]
    return Rollout(trace, reason is None, reason, detail, predicates, grasps)


@dataclass
class _Attempt:
    """The parts of one attempt that its steps share."""

    world: World
    task: TaskSpec
    simulator: MujocoSimulator
    context: MotionContext
    trace: Trace
    max_ticks: int
    skills_of: Callable[[TaskSpec], list[Skill]]

    def run_step(self, step: TaskSpec, number: int) -> None:
        """Run a step's skills, hold still, judge it; get clear and plan it again where that may help."""
        skills = self.skills_of(step)
        recoveries = 0
        while True:
            current = ""
            try:
                for skill in skills:
                    current = skill.name
                    self._run_skill(skill, step, number)
                current = "check"
                self._hold()
                unmet = _unmet(self.judge(step))
                if unmet:
                    raise PlanningError(FailureReason.GOAL_MISSED, unmet)
                return
            except PlanningError as error:
                if error.reason not in RECOVERABLE or recoveries == MAX_RECOVERIES or self._is_hopeless():
                    raise
                recoveries += 1
                found = Recovery(
                    step=number,
                    failed=current,
                    reason=error.reason,
                    detail=error.detail,
                    subtask=len(self.trace.subtasks),
                )
                self._run_skill(Recover(), step, number)
                self.trace.recoveries.append(found)

    def judge(self, task: TaskSpec) -> list[PredicateResult]:
        """Evaluate a task's, or one of its steps', predicates now."""
        seen = self.trace.observations
        return judge(self.world, task, np.array([item.qpos for item in seen]), seen[-1].qvel)

    def _is_hopeless(self) -> bool:
        if not self.task.reset:
            return False
        return any(item.satisfied for item in self.judge(self.task.model_copy(update={"success": self.task.reset})))

    def _run_skill(self, skill: Skill, step: TaskSpec, number: int) -> None:
        trace, context = self.trace, self.context
        context.data = self.simulator.planning_data()
        actions = np.asarray(skill.plan(context), np.float32)
        start, segment = trace.frames, len(trace.subtasks)
        words = subtask_words(self.world.scene, step, skill.name, skill.instruction)
        try:
            for action in actions:
                self._tick(action, segment)
        finally:
            if trace.frames > start:
                trace.subtasks.append(
                    Subtask(
                        name=skill.name,
                        instruction=words,
                        start=start,
                        end=trace.frames,
                        step=number,
                    )
                )
        context.data = self.simulator.planning_data()
        skill.verify(context)

    def _hold(self) -> None:
        """Hold the last action; the frames belong to the last sub-task."""
        trace = self.trace
        if not trace.actions:
            return
        try:
            for _ in range(SETTLE_TICKS):
                self._tick(trace.actions[-1], trace.segments[-1])
        finally:
            trace.subtasks[-1] = trace.subtasks[-1].model_copy(update={"end": trace.frames})

    def _tick(self, action: NDArray[np.float32], segment: int) -> None:
        trace = self.trace
        if trace.frames >= self.max_ticks:
            raise _StepLimitError
        seen = self.simulator.step(action)
        trace.observations.append(seen)
        trace.actions.append(np.array(action, np.float32))
        trace.segments.append(segment)
        _check_lag(trace, self.world.embodiment.units)


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


def _unmet(results: list[PredicateResult]) -> str:
    return "; ".join(f"{item.predicate}: {item.measured}" for item in results if not item.satisfied)


def _check_lag(trace: Trace, units: Sequence[str]) -> None:
    """Raise _BlockedError where one joint has been too far behind its command for too long."""
    if trace.frames < BLOCKED_TICKS:
        return
    turning = np.array([unit == "rad" for unit in units])
    recent = zip(trace.actions[-BLOCKED_TICKS:], trace.observations[-BLOCKED_TICKS:], strict=True)
    lags = np.array([np.abs(action - seen.state) for action, seen in recent]).min(axis=0) * turning
    if lags.max() > MAX_LAG_RAD:
        joint = int(lags.argmax())
        raise _BlockedError(f"arm joint {joint + 1} has been {lags[joint]:.2f} rad behind its command: it is blocked")


def versions() -> dict[str, str]:
    """Return the versions of the libraries that decide a trajectory's and a video's bytes."""
    from importlib.metadata import version

    return {"mujoco": mujoco.__version__, "numpy": np.__version__, "av": version("av"), "scipy": version("scipy")}
