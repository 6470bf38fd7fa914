"""Measurements on an episode's video: number and time of frames, black, uniform, frozen, brightness, sharpness."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.episode import VideoInfo
from blueprint.contracts.errors import ContractError
from blueprint.contracts.quality_gate import GateCheck

if TYPE_CHECKING:
    import av

__all__ = ["VideoMeasurement", "measure_video", "video_checks"]

_BLACK_LEVEL = 12  # a frame whose brightest pixel is darker than this shows nothing
_UNIFORM_STD = 1.0
_FROZEN_FRAMES = 5
_FROZEN_MOTION_RAD = 0.1  # identical frames are right while nothing moves, and wrong while the arm does
_FROZEN_BLOCK_PX = 8
_FROZEN_LEVELS = 3.0  # mean difference in a block: the encoder changes a still picture by 1 to 2 levels, motion by tens
_BRIGHTNESS_TOLERANCE = 10.0
_MAX_PIXELS = 4096 * 4096
_FULL_RANGE = np.clip(np.rint((np.arange(256) - 16.0) * (255.0 / 219.0)), 0, 255).astype(np.uint8)


@dataclass(frozen=True)
class VideoMeasurement:
    """Luma is 0 to 255. `frozen_frames` counts repeated frames of runs during which the robot moved."""

    frames: int
    width_px: int
    height_px: int
    on_time: bool
    brightness: NDArray[np.float64]
    sharpness: float
    black_frames: int
    uniform_frames: int
    frozen_frames: int


def measure_video(path: Path, fps: int, joint_travel: NDArray[np.float64], max_frames: int) -> VideoMeasurement:
    """Decode a video. joint_travel: (frames + 1,) accumulated joint motion in rad; decoding stops after max_frames + 1.

    Raises ContractError if it cannot be decoded.
    """
    import av

    brightness: list[float] = []
    sharpness: list[float] = []
    black = uniform = frozen = 0
    on_time = True
    anchor: NDArray[np.uint8] | None = None  # first frame of the run of equal pictures
    run_start = 0
    width = height = 0
    try:
        with av.open(str(path), format="mp4") as container:
            if not container.streams.video:
                raise ContractError(f"{path.name} has no video stream.", remedy="render the episode again.")
            stream = container.streams.video[0]
            width, height = stream.codec_context.width, stream.codec_context.height
            if width * height > _MAX_PIXELS:
                raise ContractError(f"{path.name} is {width}×{height} pixels.", remedy="render it smaller.")
            for index, frame in enumerate(container.decode(stream)):
                if index > max_frames:
                    break
                luma = _luma(frame)
                on_time &= frame.time is not None and abs(frame.time - index / fps) < 1e-4
                brightness.append(float(luma.mean()))
                black += int(luma.max()) < _BLACK_LEVEL
                uniform += float(luma.std()) < _UNIFORM_STD
                if index % 5 == 0:
                    sharpness.append(_laplacian_variance(luma))
                if anchor is None or _differs(luma, anchor):
                    frozen += _frozen(run_start, index, joint_travel)
                    run_start, anchor = index, luma
    except (av.FFmpegError, EOFError) as error:
        raise ContractError(f"{path.name} cannot be decoded: {error}.", remedy="render the episode again.") from error
    frozen += _frozen(run_start, len(brightness), joint_travel)
    return VideoMeasurement(
        len(brightness),
        width,
        height,
        on_time,
        np.array(brightness),
        float(np.mean(sharpness)) if sharpness else 0.0,
        black,
        uniform,
        frozen,
    )


def video_checks(
    video: VideoInfo, frames: int, measured: VideoMeasurement, histogram: NDArray[np.int64]
) -> list[GateCheck]:
    """Judge a measurement against the record and against the statistics of the rendered frames."""
    name = f"video.{video.camera}"
    levels = histogram @ np.arange(256) / np.maximum(histogram.sum(1), 1)
    rendered = float(levels @ (0.299, 0.587, 0.114))  # BT.601 luma, as the encoder computes it
    shown = float(measured.brightness.mean()) if measured.frames else 0.0

    def check(what: str, passed: bool, message: str, value: float | str, limit: float | str) -> GateCheck:
        return GateCheck(
            name=f"{name}.{what}", passed=passed, severity="ERROR", message=message, measured=value, limit=limit
        )

    size = f"{measured.width_px}x{measured.height_px}"
    declared = f"{video.width_px}x{video.height_px}"
    counted = int(histogram[0].sum()), video.width_px * video.height_px * frames
    return [
        check("frames", measured.frames == frames == video.frames, "one frame per row", measured.frames, frames),
        check("size", size == declared, "the image size is the recorded one", size, declared),
        check("time", measured.on_time, "frame k is shown at k/fps", str(measured.on_time), "True"),
        check("black", measured.black_frames == 0, "no frame is black", measured.black_frames, 0),
        check(
            "uniform",
            measured.uniform_frames <= 0.2 * max(frames, 1),
            "at most 20 % of the frames show one flat colour",
            measured.uniform_frames,
            0.2 * frames,
        ),
        check(
            "frozen",
            measured.frozen_frames == 0,
            "no picture stands still while the robot moves",
            measured.frozen_frames,
            0,
        ),
        check("statistics", counted[0] == counted[1], "the statistics are over every pixel", *map(float, counted)),
        check(
            "brightness",
            abs(shown - rendered) <= _BRIGHTNESS_TOLERANCE,
            "the video is as bright as the frames that the statistics are of",
            round(shown, 2),
            round(rendered, 2),
        ),
    ]


def _frozen(start: int, end: int, joint_travel: NDArray[np.float64]) -> int:
    last = min(end - 1, len(joint_travel) - 1)
    if end - start <= _FROZEN_FRAMES or joint_travel[last] - joint_travel[min(start, last)] <= _FROZEN_MOTION_RAD:
        return 0
    return end - start - 1


def _differs(luma: NDArray[np.uint8], anchor: NDArray[np.uint8]) -> bool:
    """Say whether any block of the picture changed by more than the encoder's noise."""
    size = _FROZEN_BLOCK_PX
    rows, columns = luma.shape[0] // size * size, luma.shape[1] // size * size
    if not rows or not columns:
        return not np.array_equal(luma, anchor)
    change = np.abs(luma[:rows, :columns].astype(np.int16) - anchor[:rows, :columns])
    blocks = change.reshape(rows // size, size, columns // size, size).mean(axis=(1, 3))
    return bool(blocks.max() > _FROZEN_LEVELS)


def _luma(frame: "av.VideoFrame") -> NDArray[np.uint8]:
    """Return full-range luma (H, W) uint8. Video stores 16..235; the plane is read without converting colours."""
    plane = frame.planes[0]
    rows: NDArray[np.uint8] = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    return _FULL_RANGE[rows[: frame.height, : frame.width]]


def _laplacian_variance(luma: NDArray[np.uint8]) -> float:
    values = luma.astype(np.float32)
    centre = values[1:-1, 1:-1]
    return float((values[:-2, 1:-1] + values[2:, 1:-1] + values[1:-1, :-2] + values[1:-1, 2:] - 4 * centre).var())
