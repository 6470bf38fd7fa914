"""A minimal physics loop: 25 steps of 2 ms per 20 Hz tick, arm targets interpolated within the tick."""

from collections.abc import Callable

import mujoco
import numpy as np
from numpy.typing import NDArray
from tabletop import make_spec

from blueprint.contracts.scene import Scene
from blueprint.contracts.task import TaskSpec
from blueprint.motion import MotionContext, skills_for
from blueprint.robots import load_embodiment

STEPS_PER_TICK = 25


def open_world(scene: Scene, task: TaskSpec, spec: mujoco.MjSpec | None = None, seed: int = 0) -> MotionContext:
    """Return a context at rest: scene with the robot at home, joints at the task's initial values, settled 0.2 s."""
    embodiment = load_embodiment(task.embodiment)
    spec = spec or make_spec(scene)
    embodiment.attach(spec, task.pose_world_base)
    model = spec.compile()
    data = mujoco.MjData(model)
    embodiment.set_state(embodiment.index(model), data, embodiment.home_action)
    for name, value in task.initial_joints.items():
        data.joint(name).qpos[0] = value
    for _ in range(100):
        mujoco.mj_step(model, data)
    return MotionContext(model, data, scene, embodiment, task, np.random.default_rng(seed))


def execute(ctx: MotionContext, actions: NDArray[np.float32], on_tick: Callable[[], None] | None = None) -> None:
    embodiment, index = ctx.embodiment, ctx.index
    previous = ctx.commanded_action
    for action in actions.astype(np.float64):
        for step in range(1, STEPS_PER_TICK + 1):
            embodiment.write_ctrl(index, ctx.data, previous + (action - previous) * step / STEPS_PER_TICK)
            mujoco.mj_step(ctx.model, ctx.data)
        previous = action
        if on_tick:
            on_tick()


def solve(ctx: MotionContext, on_tick: Callable[[], None] | None = None) -> int:
    """Plan, execute and verify every skill; return the number of ticks. Raises PlanningError."""
    ticks = 0
    for skill in skills_for(ctx.task):
        actions = skill.plan(ctx)
        execute(ctx, actions, on_tick)
        skill.verify(ctx)
        ticks += len(actions)
    for _ in range(10 * STEPS_PER_TICK):
        mujoco.mj_step(ctx.model, ctx.data)
    return ticks
