"""The environment of a task for Gymnasium and LeRobot: `make_env` for one, `make_vector_envs` as EnvHub asks for them.

Observations are what LeRobot's evaluation expects of an environment: `agent_pos` becomes observation.state,
`environment_state` observation.environment_state, and `pixels` observation.images.{camera}. Actions are the dataset's.
"""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.errors import InputError, MissingDependencyError
from blueprint.contracts.task import TaskSet, TaskSpec
from blueprint.contracts.variation import Variation
from blueprint.episodes.job import VARIATIONS
from blueprint.storage import layout
from blueprint.training.environment import HEIGHT_PX, WIDTH_PX, EnvironmentState, TaskEnvironment

try:
    import gymnasium
except ModuleNotFoundError as error:
    raise MissingDependencyError(
        "environments for Gymnasium need the package gymnasium.", remedy="pip install gymnasium"
    ) from error

if TYPE_CHECKING:
    from gymnasium.vector import VectorEnv

__all__ = ["TaskEnv", "make_env", "make_vector_envs", "task_named"]

Observation = dict[str, Any]


class TaskEnv(gymnasium.Env[Observation, NDArray[np.float32]]):
    """One task of one scene. The reward is 1 at the tick at which the task is done, else 0.

    `reset(seed=k)` starts in variation k modulo their number; without a seed in the next one.
    `options={"variation_id": …}` names one. An episode ends (terminated) with success or where physics gives up, and is
    truncated at the time limit; `info["is_success"]` says which.
    """

    metadata = {"render_modes": ["rgb_array"], "render_fps": TaskEnvironment.RATE_HZ}

    def __init__(
        self, environment: TaskEnvironment, variations: Sequence[Variation | None], render_mode: str | None = None
    ) -> None:
        if not variations:
            raise InputError("an environment needs a variation to start in.", remedy="run stage variation.")
        self.render_mode = render_mode
        self.environment, self.variations = environment, list(variations)
        self.task_description = environment.task.instruction
        self.task = environment.task.task_id
        self._max_episode_steps = environment.max_ticks
        self._next = 0
        channels = environment.embodiment.channels
        low, high = (np.array([getattr(item, side) for item in channels], np.float32) for side in ("lower", "upper"))
        self.action_space = gymnasium.spaces.Box(low, high, dtype=np.float32)
        self.observation_space = gymnasium.spaces.Dict(self._spaces(len(channels)))

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """See the class; raises InputError for a variation that is not there."""
        super().reset(seed=seed)
        index = self._index(seed, (options or {}).get("variation_id"))
        self._next = (index + 1) % len(self.variations)
        seen = self.environment.reset(self.variations[index])
        return _observation(seen), {"variation_id": _name(self.variations[index]), "is_success": False}

    def step(self, action: NDArray[np.float32]) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Execute an action for 1/20 s."""
        result = self.environment.step(np.asarray(action, np.float32))
        truncated = result.reason == "step_limit"
        info = {"is_success": result.success, "reason": result.reason}
        return _observation(result.seen), float(result.success), result.ended and not truncated, truncated, info

    def render(self) -> NDArray[np.uint8] | None:
        """Return the picture of the last of the robot's cameras, which stands beside it."""
        if self.render_mode != "rgb_array":
            return None
        return self.environment.render(self.environment.embodiment.camera_names[-1])

    def _index(self, seed: int | None, variation_id: str | None) -> int:
        if variation_id is None:
            return self._next if seed is None else seed % len(self.variations)
        names = [_name(item) for item in self.variations]
        if variation_id not in names:
            raise InputError(f"there is no variation {variation_id!r}; there are {names}.", remedy="name one of them.")
        return names.index(variation_id)

    def _spaces(self, size: int) -> dict[str, Any]:
        box = gymnasium.spaces.Box
        spaces: dict[str, Any] = {
            "agent_pos": box(-np.inf, np.inf, (size,), np.float32),
            "environment_state": box(-np.inf, np.inf, (len(self.environment.observer.names),), np.float32),
        }
        if self.environment.cameras:
            shape = (self.environment.height_px, self.environment.width_px, 3)
            pictures: dict[str, Any] = {camera: box(0, 255, shape, np.uint8) for camera in self.environment.cameras}
            spaces["pixels"] = gymnasium.spaces.Dict(pictures)
        return spaces


def make_env(
    scene_dir: str | Path,
    task_id: str | None = None,
    *,
    cameras: Sequence[str] | None = None,
    variation_ids: Sequence[str] | None = None,
    width_px: int = WIDTH_PX,
    height_px: int = HEIGHT_PX,
    renderer: str = "auto",
    render_mode: str | None = "rgb_array",
) -> TaskEnv:
    """Return the environment of a task of a scene folder: the first task, all cameras and all variations by default.

    `cameras=[]` draws nothing, which is a hundred times faster. Raises InputError for an unknown task, camera or
    variation, and where the folder is not a scene.
    """
    folder = Path(scene_dir)
    task = task_named(folder, task_id)
    environment = TaskEnvironment(folder, task, cameras=(), width_px=width_px, height_px=height_px, renderer=renderer)
    environment.choose_cameras(environment.embodiment.camera_names if cameras is None else cameras)
    return TaskEnv(environment, _variations(folder, variation_ids), render_mode)


gymnasium.register(id="blueprint/Task-v0", entry_point="blueprint.training.gym_env:make_env")


def make_vector_envs(
    scene_dir: str | Path, n_envs: int = 1, use_async_envs: bool = False, **options: Any
) -> dict[str, dict[int, "VectorEnv"]]:
    """Return {scene id: {number: vector environment}}, one for each task of the scene, as LeRobot's EnvHub has it.

    `options` are those of `make_env`. The n environments of a task start in different variations.
    """
    folder = Path(scene_dir)
    tasks = TaskSet.read(folder / layout.TASKS)
    return {
        tasks.scene_id: {
            number: _vector(partial(make_env, folder, task.task_id, **options), n_envs, use_async_envs)
            for number, task in enumerate(tasks.tasks)
        }
    }


def task_named(scene_dir: Path, task_id: str | None) -> TaskSpec:
    """Return a task of a scene, the first for None; raises InputError that lists what there is."""
    tasks = TaskSet.read(scene_dir / layout.TASKS).tasks
    found = [task for task in tasks if task_id in (None, task.task_id)]
    if not found:
        raise InputError(
            f"there is no task {task_id!r} in {scene_dir}; there are {[task.task_id for task in tasks]}.",
            remedy="name one of them, or run stage tasks.",
        )
    return found[0]


def _vector(make: Callable[[], TaskEnv], n_envs: int, use_async_envs: bool) -> "VectorEnv":
    # a task that ended starts again in the same step: that is where LeRobot's evaluation looks for its success
    mode = gymnasium.vector.AutoresetMode.SAME_STEP
    if use_async_envs:
        return gymnasium.vector.AsyncVectorEnv([make] * n_envs, context="spawn", autoreset_mode=mode)
    return gymnasium.vector.SyncVectorEnv([make] * n_envs, autoreset_mode=mode)


def _variations(scene_dir: Path, wanted: Sequence[str] | None) -> list[Variation | None]:
    found = {path.stem: path for path in sorted((scene_dir / VARIATIONS).glob("*.json"))}
    unknown = sorted(set(wanted or ()) - set(found))
    if unknown:
        raise InputError(f"there are no variations {unknown}; there are {list(found)}.", remedy="name some of them.")
    chosen = list(found) if wanted is None else list(wanted)
    return [Variation.read(found[name]) for name in chosen] or [None]


def _name(variation: Variation | None) -> str:
    return variation.variation_id if variation else "nominal"


def _observation(seen: EnvironmentState) -> Observation:
    observation: Observation = {"agent_pos": seen.state, "environment_state": seen.environment}
    return observation | ({"pixels": seen.images} if seen.images else {})
