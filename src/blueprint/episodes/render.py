"""Drawing an episode from its recorded states: positions only, no physics, every picture straight to the encoder."""

import contextlib
from pathlib import Path

import mujoco
import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.document import write_atomically
from blueprint.contracts.episode import FailureReason, VideoInfo
from blueprint.contracts.errors import InputError
from blueprint.episodes.encode import CODEC, VideoWriter
from blueprint.episodes.job import RenderSettings
from blueprint.episodes.record import npz_bytes
from blueprint.robots.embodiment import PREFIX
from blueprint.sim.protocol import SimulationError
from blueprint.sim.renderer import Renderer
from blueprint.sim.world import World

__all__ = ["render_episode"]


def render_episode(
    world: World, renderer: Renderer, qpos: NDArray[np.float64], folder: Path, settings: RenderSettings, fps: int
) -> list[VideoInfo]:
    """Write `{camera}.mp4` and `{camera}.stats.npz` for every camera, one picture per state of `qpos` (T, nq).

    Raises InputError for an unknown camera, SimulationError (RENDER_FAILED) when a camera saw nothing but black.
    """
    cameras = settings.cameras or world.camera_names
    for camera in cameras:
        if camera not in world.camera_names:
            raise InputError(f"no camera {camera!r}; there are {list(world.camera_names)}.", remedy="choose of these.")
    data = mujoco.MjData(world.model)
    with contextlib.ExitStack() as stack:
        writers = {
            camera: stack.enter_context(
                VideoWriter(folder / f"{camera}.mp4", renderer.width, renderer.height, fps, settings.preset)
            )
            for camera in cameras
        }
        for row in qpos:
            data.qpos[:] = row
            mujoco.mj_kinematics(world.model, data)
            mujoco.mj_camlight(world.model, data)
            for camera, writer in writers.items():
                writer.add(renderer.render(data, PREFIX + camera))
    for camera, writer in writers.items():
        if writer.dark_frames:
            raise SimulationError(
                FailureReason.RENDER_FAILED, f"{writer.dark_frames} of {writer.frames} frames of {camera} are black"
            )
        write_atomically(folder / f"{camera}.stats.npz", npz_bytes({"histogram": writer.histogram}))
    return [
        VideoInfo(
            camera=camera,
            file=f"{camera}.mp4",
            width_px=writer.width,
            height_px=writer.height,
            frames=writer.frames,
            codec=CODEC,
            renderer=renderer.kind,
        )
        for camera, writer in writers.items()
    ]
