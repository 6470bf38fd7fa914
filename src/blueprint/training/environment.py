"""A task of a scene as an environment: put at the start of a variation, moved one action at a time, judged in physics.

The world, the controller, the rate and the judge are those that the demonstrations were made with.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from blueprint.contracts.episode import PredicateResult
from blueprint.contracts.errors import InputError
from blueprint.contracts.task import TaskSpec
from blueprint.contracts.variation import Variation
from blueprint.episodes.job import MAX_TICKS, RenderSettings
from blueprint.episodes.rollout import judge
from blueprint.episodes.worlds import WorldCache, process_worlds
from blueprint.robots.embodiment import PREFIX
from blueprint.sim.mujoco_simulator import MujocoSimulator
from blueprint.sim.protocol import Observation as PhysicsState
from blueprint.sim.protocol import SimulationError
from blueprint.sim.world import World
from blueprint.training.observer import TaskObserver

__all__ = ["HEIGHT_PX", "WIDTH_PX", "EnvironmentState", "StepResult", "TaskEnvironment", "tick_limit"]

WIDTH_PX, HEIGHT_PX = 320, 240
JUDGE_TICKS = 4  # success is looked for every 0.2 s: a judgement costs about as much as a physics step
LASTING = 3  # and counts when it was there this many times running: what just passes through the goal has not arrived
SLACK = 1.5
SLACK_TICKS = 60


@dataclass(frozen=True)
class EnvironmentState:
    """What is seen after a tick.

    state (S,) float32, as the embodiment names it · ee_pose (7,) float32, grasp frame in the base frame ·
    environment (E,) float32, see TaskObserver · images: camera → (height, width, 3) uint8.
    """

    state: NDArray[np.float32]
    ee_pose: NDArray[np.float32]
    environment: NDArray[np.float32]
    images: dict[str, NDArray[np.uint8]]


@dataclass(frozen=True)
class StepResult:
    """What one action led to. `ended` without `success` has a `reason`: step_limit, or what physics said."""

    seen: EnvironmentState
    success: bool
    ended: bool
    reason: str
    predicates: list[PredicateResult] = field(default_factory=list)


class TaskEnvironment:
    """One task of one scene; what it asks for must hold for 0.4 s to count as success.

    `cameras` names those that are drawn, without the robot's prefix; none by default.

    The same variation and the same actions give the same states, bit for bit, on the same build.
    """

    RATE_HZ = MujocoSimulator.rate_hz

    def __init__(
        self,
        scene_dir: Path,
        task: TaskSpec,
        *,
        cameras: Sequence[str] = (),
        width_px: int = WIDTH_PX,
        height_px: int = HEIGHT_PX,
        renderer: str = "auto",
        max_ticks: int | None = None,
        worlds: WorldCache | None = None,
    ) -> None:
        self.scene_dir, self.task = scene_dir, task
        self.max_ticks = max_ticks or tick_limit(task)
        self.width_px, self.height_px, self._renderer = width_px, height_px, renderer
        self._worlds = worlds or process_worlds()
        nominal = self._worlds.world(scene_dir, task, None)
        self.embodiment = nominal.embodiment
        self.observer = TaskObserver(nominal, task)  # of the world that the environment is in
        self.choose_cameras(cameras)
        self._variation: Variation | None = None
        self._simulator: MujocoSimulator | None = None
        self._states: NDArray[np.float64] = np.empty((0, 0))
        self._ticks, self._lasted = 0, 0

    @property
    def world(self) -> World:
        """The world of the variation that the environment is in."""
        return self._running().world

    def choose_cameras(self, cameras: Sequence[str]) -> None:
        """Draw these from now on; raises InputError for one that the robot does not have."""
        unknown = sorted(set(cameras) - set(self.embodiment.camera_names))
        if unknown:
            raise InputError(
                f"there are no cameras {unknown}; there are {self.embodiment.camera_names}.", remedy="choose of these."
            )
        self.cameras = tuple(cameras)

    def reset(self, variation: Variation | None = None) -> EnvironmentState:
        """Start anew in a variation (None: the certified scene as it is) and return what is seen.

        Raises SimulationError where the scene does not come to rest, InputError for a variation of another scene.
        """
        world = self._worlds.world(self.scene_dir, self.task, variation)
        self._variation, self._simulator = variation, MujocoSimulator(world)
        self._ticks, self._lasted = 0, 0
        self.observer = TaskObserver(world, self.task)
        start = self._simulator.reset(self.task.initial_joints)
        self._states = np.empty((self.max_ticks + 1, world.model.nq))
        self._states[0] = start.qpos
        return self._seen(start)

    def step(self, action: ArrayLike) -> StepResult:
        """Execute one action (A,) and return what came of it; after an end, `reset` first."""
        simulator = self._running()
        self._ticks += 1
        try:
            after = simulator.step(action)
        except SimulationError as error:
            return StepResult(self._seen(simulator.state()), False, True, str(error.reason))
        self._states[self._ticks] = after.qpos
        out_of_time = self._ticks >= self.max_ticks
        predicates: list[PredicateResult] = []
        if self._ticks % JUDGE_TICKS == 0:
            predicates = judge(simulator.world, self.task, self._states[: self._ticks + 1], after.qvel)
            self._lasted = self._lasted + 1 if all(item.satisfied for item in predicates) else 0
        success = self._lasted >= LASTING
        reason = "success" if success else "step_limit" if out_of_time else ""
        return StepResult(self._seen(after), success, success or out_of_time, reason, predicates)

    def render(self, camera: str) -> NDArray[np.uint8]:
        """Return the present picture of a camera (height, width, 3); raises InputError for one that is not there."""
        settings = RenderSettings(renderer=self._renderer, width_px=self.width_px, height_px=self.height_px)
        renderer = self._worlds.renderer(self.scene_dir, self.task, self._variation, settings)
        return renderer.render(self._running().data, PREFIX + camera)

    def _seen(self, after: PhysicsState) -> EnvironmentState:
        images = {camera: self.render(camera) for camera in self.cameras}
        return EnvironmentState(after.state, after.ee_pose, self.observer.read(after.qpos), images)

    def _running(self) -> MujocoSimulator:
        if self._simulator is None:
            self.reset(None)
        assert self._simulator is not None
        return self._simulator


def tick_limit(task: TaskSpec) -> int:
    """Return how many ticks an attempt may take: half as long again as the plan took, and three seconds."""
    if task.plan is None:
        return MAX_TICKS
    return min(round(SLACK * task.plan.duration_s * MujocoSimulator.rate_hz) + SLACK_TICKS, MAX_TICKS)
