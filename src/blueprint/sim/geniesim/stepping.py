"""Time in the served world: physics steps under control, frames of a recording in between, motion that can be stopped.

The world stands still between calls. A call that disturbs it (an object put down, joints teleported) does not move time
either; the next call that looks at the world or moves the robot first lets it come to rest.
"""

from collections.abc import Callable

import mujoco
import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.errors import BlueprintError
from blueprint.sim.geniesim.scene_model import SceneModel

__all__ = ["CONTROL_PERIOD_S", "CallStoppedError", "DivergedError", "Stepper"]

Array = NDArray[np.float64]
CONTROL_PERIOD_S = 0.01
REST_SPEED_M_PER_S = 0.01
REST_SPEED_RAD_PER_S = 0.1
REST_TICKS = 10
REST_LIMIT_S = 3.0
_DIVERGED = (
    mujoco.mjtWarning.mjWARN_BADQPOS,
    mujoco.mjtWarning.mjWARN_BADQVEL,
    mujoco.mjtWarning.mjWARN_BADQACC,
)


class CallStoppedError(BlueprintError):
    """The client went away, its deadline passed or the server stops: the motion ends where it is."""


class DivergedError(BlueprintError):
    """The simulation produced values that are not numbers."""


class Stepper:
    """Advances a scene one control tick at a time. `on_frame` is called at every multiple of `frame_period_s`."""

    def __init__(self, scene: SceneModel) -> None:
        self.scene = scene
        self.steps_per_tick = max(1, round(CONTROL_PERIOD_S / scene.timestep_s))
        self.should_stop: Callable[[], bool] = lambda: False
        self.on_frame: Callable[[], None] | None = None
        self.frame_period_s = 0.0
        self.next_frame_s = 0.0
        self.disturbed = True

    def start_frames(self, period_s: float, on_frame: Callable[[], None]) -> None:
        """Call `on_frame` now and then every `period_s` of physics time."""
        self.frame_period_s, self.on_frame = period_s, on_frame
        self.next_frame_s = float(self.scene.data.time)

    def stop_frames(self) -> None:
        self.on_frame = None

    def tick(self, targets: Array | None = None) -> None:
        """Advance one control period; `targets` (N,) in `dof_order` (NaN: unchanged) are what the servos are told.

        Raises CallStoppedError where the call should stop, DivergedError where the physics broke.
        """
        if self.should_stop():
            self.hold()
            raise CallStoppedError("the call was given up while the world moved; the motion was stopped.")
        scene = self.scene
        model, data = scene.model, scene.data
        if targets is not None:
            scene.scene.robot.write_targets(data, targets)
        left = self.steps_per_tick
        while left:
            count = left
            if self.on_frame is not None:
                until = int(np.ceil((self.next_frame_s - data.time) / model.opt.timestep - 1e-6))
                if until <= 0:
                    self.on_frame()
                    self.next_frame_s += self.frame_period_s
                    continue
                count = min(left, until)
            mujoco.mj_step(model, data, count)
            left -= count
        for warning in _DIVERGED:
            if data.warning[warning].number:
                raise DivergedError(
                    f"physics diverged at {data.time:.3f} s ({warning.name}).", remedy="reset the world."
                )

    def settle(self, limit_s: float = REST_LIMIT_S) -> bool:
        """Hold the targets until every free body that is near is at rest; returns whether it came to that."""
        quiet = 0
        for _ in range(round(limit_s / CONTROL_PERIOD_S)):
            self.tick()
            quiet = quiet + 1 if self._at_rest() else 0
            if quiet >= REST_TICKS:
                break
        self.disturbed = False
        return quiet >= REST_TICKS

    def settle_if_disturbed(self) -> None:
        if self.disturbed:
            self.settle()

    def hold(self) -> None:
        """Tell the servos to stay where the joints are."""
        robot, data = self.scene.scene.robot, self.scene.data
        robot.write_targets(data, robot.positions(data))

    def _at_rest(self) -> bool:
        data = self.scene.data
        dofs = self.scene.scene.free_dofs(data)
        if not len(dofs):
            return True
        speeds = data.qvel[dofs[:, None] + np.arange(6)]
        linear, angular = np.linalg.norm(speeds[:, :3], axis=1), np.linalg.norm(speeds[:, 3:], axis=1)
        return bool((linear < REST_SPEED_M_PER_S).all() and (angular < REST_SPEED_RAD_PER_S).all())
