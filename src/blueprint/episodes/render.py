"""Drawing an episode from its recorded states: positions only, no physics, every picture straight to the encoder."""

import contextlib
from pathlib import Path

import mujoco
import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.document import write_atomically
from blueprint.contracts.episode import CameraCalibration, FailureReason, VideoInfo
from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Pose
from blueprint.episodes.encode import CODEC, VideoWriter
from blueprint.episodes.job import RenderSettings
from blueprint.episodes.picture_table import PictureTable
from blueprint.episodes.record import npz_bytes
from blueprint.episodes.segments import segment_table
from blueprint.robots.embodiment import PREFIX
from blueprint.sim.protocol import SimulationError
from blueprint.sim.renderer import Renderer
from blueprint.sim.world import World

__all__ = ["MAX_DEPTH_M", "calibration", "render_episode"]

MAX_DEPTH_M = 32.767  # in mm, so that readers who take 16 bits as signed read the same
_VISION = Pose.of((0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0))  # half a turn about X


def render_episode(
    world: World, renderer: Renderer, qpos: NDArray[np.float64], folder: Path, settings: RenderSettings, fps: int
) -> list[VideoInfo]:
    """Write `{camera}.mp4` and `{camera}.stats.npz` for every camera, one picture per state of `qpos` (T, nq).

    Depth and segmentation, where asked for, go to `{camera}.depth.parquet` and `{camera}.segmentation.parquet`.
    Pictures are encoded in a thread of their own while the next one is drawn. Raises InputError for an unknown camera
    and for depth of a renderer that has none, SimulationError (RENDER_FAILED) when a camera saw nothing but black.
    """
    cameras = settings.cameras or world.camera_names
    for camera in cameras:
        if camera not in world.camera_names:
            raise InputError(f"no camera {camera!r}; there are {list(world.camera_names)}.", remedy="choose of these.")
    model, data = world.model, mujoco.MjData(world.model)
    table = segment_table(model) if settings.segmentation else None
    with contextlib.ExitStack() as stack:
        writers = {
            camera: stack.enter_context(
                VideoWriter(folder / f"{camera}.mp4", renderer.width, renderer.height, fps, settings.preset)
            )
            for camera in cameras
        }
        depths = {
            camera: stack.enter_context(PictureTable(folder / f"{camera}.depth.parquet"))
            for camera in cameras
            if settings.depth
        }
        segments = {
            camera: stack.enter_context(PictureTable(folder / f"{camera}.segmentation.parquet"))
            for camera in cameras
            if settings.segmentation
        }
        for row in qpos:
            data.qpos[:] = row
            mujoco.mj_kinematics(model, data)
            mujoco.mj_camlight(model, data)
            for camera, writer in writers.items():
                writer.add(renderer.render(data, PREFIX + camera))
                if camera in depths:
                    depths[camera].add(_millimetres(renderer.depth(data, PREFIX + camera)))
                if camera in segments and table is not None:
                    segments[camera].add(table[renderer.segmentation(data, PREFIX + camera) + 1])
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
            depth_file=f"{camera}.depth.parquet" if settings.depth else None,
            segmentation_file=f"{camera}.segmentation.parquet" if settings.segmentation else None,
            calibration=calibration(model, PREFIX + camera, writer.width, writer.height),
        )
        for camera, writer in writers.items()
    ]


def calibration(model: mujoco.MjModel, camera: str, width: int, height: int) -> CameraCalibration:
    """Return intrinsics and mounting of a camera of the model.

    f = (height / 2) / tan(fovy / 2), square pixels, the axis through the picture's middle; MuJoCo's cameras look along
    their -Z with +Y up, those of computer vision along +Z with +Y down.
    """
    index = model.camera(camera).id
    focal = height / 2 / np.tan(np.deg2rad(float(model.cam_fovy[index])) / 2)
    mounted = Pose.of(model.cam_pos[index], model.cam_quat[index])
    return CameraCalibration(
        fx=round(focal, 6),
        fy=round(focal, 6),
        cx=width / 2,
        cy=height / 2,
        frame=model.body(int(model.cam_bodyid[index])).name.removeprefix(PREFIX),
        pose_frame_camera=(mounted @ _VISION).rounded(),
    )


def _millimetres(depth: NDArray[np.float32]) -> NDArray[np.uint16]:
    """Depth in m as whole millimetres; 0 where there is nothing or it is beyond what 15 bits hold."""
    known = np.isfinite(depth) & (depth < MAX_DEPTH_M)
    return np.where(known, np.rint(np.where(known, depth, 0.0) * 1000), 0).astype(np.uint16)
