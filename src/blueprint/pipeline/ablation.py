"""Which axes of variation cost success, and how wide a space a task bears: attempts in physics, without pictures."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from blueprint.contracts.ablation import Ablation, AblationRow, Curriculum, CurriculumRound
from blueprint.contracts.errors import InputError
from blueprint.contracts.scene import Scene, load_scene
from blueprint.contracts.seeds import rng_for
from blueprint.contracts.task import TaskSet, TaskSpec
from blueprint.contracts.variation import VariationSpace
from blueprint.episodes.job import MAX_TICKS
from blueprint.episodes.rollout import roll_out
from blueprint.episodes.worlds import WorldCache
from blueprint.pipeline.steps.variation import refusal_of
from blueprint.randomize import (
    only_axes,
    sample_certified,
    scaled_space,
    wide_space,
)
from blueprint.storage import layout

__all__ = ["WIDEN_ABOVE", "ablate", "grow_curriculum"]

WIDEN_ABOVE = 0.8
NARROW_BELOW = 0.5
STEP = 0.2
Told = Callable[[str, int, int], None]
State = Literal["none", "all", "only", "without"]


def ablate(
    scene_dir: Path, *, axes: Sequence[str] = (), attempts: int = 4, seed: int = 0, on_done: Told | None = None
) -> Ablation:
    """Attempt the scene's tasks with nothing varied, everything varied, and each axis alone on and alone off.

    The space is `wide_space`; the same attempt has the same task and seed in every row. Writes
    `ablation/ablation.json`. Raises InputError for a scene without tasks and for axes that the space lacks.
    """
    trial = _Trial(scene_dir, seed)
    space = wide_space(trial.scene)
    unknown = sorted(set(axes) - set(space.axes))
    if unknown:
        raise InputError(f"the scene does not vary along {unknown}; its axes are {sorted(space.axes)}.")
    chosen = list(axes) or list(space.axes)
    wanted: list[tuple[str, State, VariationSpace]] = [("none", "none", only_axes(space, ())), ("all", "all", space)]
    for axis in chosen:
        wanted.append((axis, "only", only_axes(space, [axis])))
        wanted.append((axis, "without", only_axes(space, set(space.axes) - {axis})))
    rows = []
    for number, (axis, state, part) in enumerate(wanted):
        rows.append(trial.attempt(part, axis, state, attempts))
        if on_done:
            on_done(f"{state} {axis}: {rows[-1].succeeded}/{rows[-1].attempts}", number + 1, len(wanted))
    result = Ablation(
        scene_id=trial.scene.scene_id,
        embodiment=trial.tasks[0].embodiment,
        seed=seed,
        attempts_per_row=attempts,
        rows=rows,
    )
    result.write(scene_dir / layout.ABLATION)
    return result


def grow_curriculum(
    scene_dir: Path, *, rounds: int = 5, attempts: int = 4, seed: int = 0, on_done: Told | None = None
) -> Curriculum:
    """Widen the space while at least 80 % of a round's attempts succeed, narrow it while less than half do.

    Starts at a fifth of `wide_space` and moves by a fifth (automatic domain randomisation with one common scale:
    OpenAI et al., "Solving Rubik's Cube with a Robot Hand", 2019, section 5). Writes `ablation/curriculum.json`, and
    the space that it came to as the one that stage replicator takes from then on. Raises InputError for a scene
    without tasks.
    """
    trial = _Trial(scene_dir, seed)
    space, scale = wide_space(trial.scene), STEP
    done: list[CurriculumRound] = []
    for number in range(rounds):
        row = trial.attempt(scaled_space(space, scale), f"round_{number}", "all", attempts)
        rate = row.rate or 0.0
        after = scale + STEP if rate >= WIDEN_ABOVE else scale - STEP if rate < NARROW_BELOW else scale
        after = round(min(1.0, max(0.0, after)), 6)
        done.append(CurriculumRound(scale=scale, attempts=row.attempts, succeeded=row.succeeded, next_scale=after))
        if on_done:
            on_done(f"scale {scale:g}: {row.succeeded}/{row.attempts}", number + 1, rounds)
        scale = after
    result = Curriculum(
        scene_id=trial.scene.scene_id,
        embodiment=trial.tasks[0].embodiment,
        seed=seed,
        widen_above=WIDEN_ABOVE,
        narrow_below=NARROW_BELOW,
        rounds=done,
        scale=scale,
    )
    result.write(scene_dir / layout.CURRICULUM)
    scaled_space(space, scale).write(scene_dir / layout.GIVEN_VARIATION_SPACE)
    return result


class _Trial:
    """A scene and its tasks, to be attempted in variations."""

    def __init__(self, scene_dir: Path, seed: int) -> None:
        self.scene_dir, self.seed = scene_dir, seed
        self.scene: Scene = load_scene(scene_dir)
        self.tasks: list[TaskSpec] = TaskSet.read(scene_dir / layout.TASKS).tasks
        if not self.tasks:
            raise InputError(f"scene {self.scene.scene_id} has no tasks.", remedy="run stage tasks first.")
        self._refuse = refusal_of(self.scene, scene_dir)

    def attempt(self, space: VariationSpace, axis: str, state: State, attempts: int) -> AblationRow:
        """Attempt the tasks in turn, each in a variation of its own drawn from `space`."""
        failures: Counter[str] = Counter()
        succeeded = made = 0
        worlds = WorldCache(kept=1)
        for number in range(attempts):
            task = self.tasks[number % len(self.tasks)]
            variation = sample_certified(self.scene, space, self.seed, f"{state}_{axis}_{number}", certify=self._refuse)
            if variation is None:
                continue
            world = worlds.world(self.scene_dir, task, variation)
            rng = rng_for(self.seed, "ablation", task.task_id, number)  # the same in every row
            result = roll_out(world, task, rng, MAX_TICKS)
            made += 1
            succeeded += result.success
            if not result.success:
                failures[str(result.reason)] += 1
        worlds.close()
        return AblationRow(
            axis=axis,
            state=state,
            attempts=made,
            succeeded=succeeded,
            uncertified=attempts - made,
            failures=dict(sorted(failures.items())),
        )
