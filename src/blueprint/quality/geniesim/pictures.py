"""The pictures of a raw episode, one frame at a time: decoded, judged, and encoded as the dataset's videos."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from blueprint.contracts.geniesim.import_bundle import RefusalReason
from blueprint.episodes.encode import VideoWriter
from blueprint.quality.geniesim.reader import RawEpisode
from blueprint.quality.geniesim.refusal import EpisodeRefusedError

__all__ = ["DATASET_CAMERAS", "CameraReport", "check_preview_videos", "convert_pictures"]

DATASET_CAMERAS = {"head": "top_head", "hand_left": "hand_left", "hand_right": "hand_right"}
_BLACK_LEVEL = 12
_MAX_SIDE = 4096
_MAX_FILE_BYTES = 64 << 20
_BLOCK_PX = 8
_LEVELS = 3.0
# A hand's camera moves with its arm, so its picture must change. The head's may rightly see nothing for a while, when
# the arms are out of its view: it is refused where it shows one picture for half of the episode.
_STILL = {"head": (30, 1.0), "hand_left": (5, 0.1), "hand_right": (5, 0.1)}  # frames, and travel in rad meanwhile
_STILL_SHARE = {"head": 0.5}
_VOID_SHARE = 0.1
_NO_HIT = 65535  # as 0; which of the two an infinite distance becomes depends on the recorder's processor


@dataclass
class CameraReport:
    """What was measured on one camera's pictures: brightness (T,) is mean luma 0 to 255."""

    width_px: int = 0
    height_px: int = 0
    brightness: list[float] = field(default_factory=list)
    sharpness: list[float] = field(default_factory=list)
    uniform: int = 0
    void_depth: int = 0
    has_depth: bool = False


def convert_pictures(episode: RawEpisode, first: int, last: int, out: Path) -> dict[str, CameraReport]:
    """Encode frames `first` to `last` of every camera into `out/{dataset camera}.mp4` and `.stats.npz`.

    Refuses the episode where a picture is missing, damaged, black, of another size, still while the robot moves, or
    where a camera's depth hits nothing in more than a tenth of its frames. One frame is in memory at a time.
    """
    reports = {}
    for camera in episode.cameras:
        reports[camera] = _convert_camera(episode, camera, first, last, out)
    return reports


def check_preview_videos(episode: RawEpisode) -> None:
    """Refuse an episode whose own videos are damaged or have another number of frames than there are pictures."""
    import av

    for path in sorted((episode.folder / "observations" / "videos").glob("*.mp4")):
        try:
            with av.open(str(path), format="mp4") as container:
                shown = sum(packet.size > 0 for packet in container.demux(video=0))
        except (av.FFmpegError, IndexError, ValueError) as error:
            raise EpisodeRefusedError(RefusalReason.UNREADABLE, f"{path.name}: {type(error).__name__}") from error
        if shown != episode.frames:
            reason = RefusalReason.TRUNCATED if shown < episode.frames else RefusalReason.WRONG_COUNT
            raise EpisodeRefusedError(reason, f"{path.name} shows {shown} frames, the episode has {episode.frames}")


def _convert_camera(episode: RawEpisode, camera: str, first: int, last: int, out: Path) -> CameraReport:
    report = CameraReport()
    still = _Stillness(camera, _travel(episode, camera), last - first)
    writer: VideoWriter | None = None
    name = DATASET_CAMERAS[camera]
    for frame in range(first, last):
        folder = episode.folder / "camera" / str(frame)
        color = _color(folder / f"{camera}_color.jpg")
        if writer is None:
            report.height_px, report.width_px = color.shape[:2]
            if report.height_px % 2 or report.width_px % 2:
                raise EpisodeRefusedError(RefusalReason.INVALID_DATA, f"{camera}: pictures with an odd side")
            writer = VideoWriter(out / f"{name}.mp4", report.width_px, report.height_px, episode.fps)
        if color.shape != (report.height_px, report.width_px, 3):
            raise EpisodeRefusedError(RefusalReason.WRONG_COUNT, f"{camera}: picture {frame} is of another size")
        if int(color.max()) < _BLACK_LEVEL:
            raise EpisodeRefusedError(RefusalReason.BLACK_PICTURES, f"{camera}: picture {frame} is black")
        luma = np.asarray(color @ np.array((0.299, 0.587, 0.114), np.float32), np.float32)
        still.see(color, frame)
        report.brightness.append(float(luma.mean()))
        report.uniform += float(luma.std()) < 1.0
        if (frame - first) % 5 == 0:
            report.sharpness.append(_laplacian_variance(luma))
        _judge_depth(folder / f"{camera}_depth.png", report)
        writer.add(color)
    still.end(last)
    if report.has_depth and report.void_depth > _VOID_SHARE * (last - first):
        raise EpisodeRefusedError(
            RefusalReason.NO_DEPTH, f"{camera}: {report.void_depth} of {last - first} depth pictures hit nothing"
        )
    if writer is not None:
        writer.close()
        np.savez(out / f"{name}.stats.npz", histogram=writer.histogram)
    return report


class _Stillness:
    """Follows runs of equal pictures; a run that is too long while the joints travel refuses the episode."""

    def __init__(self, camera: str, travel: NDArray[np.float64], frames: int) -> None:
        self._camera, self._travel = camera, travel
        least, self._limit = _STILL[camera]
        self._frames = max(least, _STILL_SHARE.get(camera, 0.0) * frames)
        self._anchor: NDArray[np.uint8] | None = None
        self._start = 0

    def see(self, color: NDArray[np.uint8], frame: int) -> None:
        if self._anchor is None or _differs(color, self._anchor):
            self.end(frame)
            self._anchor, self._start = color, frame

    def end(self, frame: int) -> None:
        if self._anchor is None or frame - self._start <= self._frames:
            return
        travel = float(self._travel[frame - 1] - self._travel[self._start])
        if travel > self._limit:
            raise EpisodeRefusedError(
                RefusalReason.FROZEN_PICTURES,
                f"{self._camera}: pictures {self._start} to {frame - 1} are one, a joint travels {travel:.2f} rad",
            )


def _travel(episode: RawEpisode, camera: str) -> NDArray[np.float64]:
    """Return the accumulated travel (T,) rad of the joints that move the camera, or of both arms for the head's."""
    joints: Mapping[str, tuple[str, ...]] = {
        "hand_left": episode.joints.arms[:7],
        "hand_right": episode.joints.arms[7:],
    }
    used = episode.columns.joint(tuple(joints.get(camera, episode.joints.arms)))
    step = np.abs(np.diff(episode.columns.position[:, used], axis=0)).max(1)
    return np.concatenate([[0.0], np.cumsum(step)])


def _color(path: Path) -> NDArray[np.uint8]:
    return np.asarray(_decoded(path, ("JPEG",), ("RGB", "L")).convert("RGB"))


def _judge_depth(path: Path, report: CameraReport) -> None:
    if not path.is_file():
        if report.has_depth:
            raise EpisodeRefusedError(RefusalReason.TRUNCATED, f"{path.name} is missing in frame {path.parent.name}")
        return
    levels = np.asarray(_decoded(path, ("PNG",), ("I;16", "I;16B", "I", "L")))
    if levels.shape != (report.height_px, report.width_px):
        raise EpisodeRefusedError(
            RefusalReason.WRONG_COUNT, f"{path.name} of frame {path.parent.name} is {levels.shape}"
        )
    report.has_depth = True
    report.void_depth += not ((levels > 0) & (levels < _NO_HIT)).any()


def _decoded(path: Path, formats: tuple[str, ...], modes: tuple[str, ...]) -> Image.Image:
    name = f"{path.name} of frame {path.parent.name}"
    try:
        if path.stat().st_size > _MAX_FILE_BYTES:
            raise EpisodeRefusedError(RefusalReason.TOO_LARGE, name)
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=formats) as image:
                if max(image.size) > _MAX_SIDE:
                    raise EpisodeRefusedError(RefusalReason.TOO_LARGE, f"{name}: {image.size} pixels")
                if image.mode not in modes:
                    raise EpisodeRefusedError(RefusalReason.UNREADABLE, f"{name}: mode {image.mode}")
                image.load()
                return image.copy()
    except FileNotFoundError as error:
        raise EpisodeRefusedError(RefusalReason.TRUNCATED, f"{name} is missing") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise EpisodeRefusedError(RefusalReason.TOO_LARGE, name) from error
    except (OSError, ValueError, SyntaxError, UnidentifiedImageError) as error:
        raise EpisodeRefusedError(RefusalReason.UNREADABLE, f"{name}: {type(error).__name__}") from error


def _differs(color: NDArray[np.uint8], anchor: NDArray[np.uint8]) -> bool:
    """Say whether any block of any channel changed by more than an encoder's noise."""
    rows, columns = (size // _BLOCK_PX * _BLOCK_PX for size in color.shape[:2])
    if not rows or not columns:
        return not np.array_equal(color, anchor)
    now, then = color[:rows, :columns], anchor[:rows, :columns]
    change = np.maximum(now, then) - np.minimum(now, then)
    bands = change.reshape(rows // _BLOCK_PX, _BLOCK_PX, columns * 3).sum(axis=1, dtype=np.uint16)
    blocks = bands.reshape(rows // _BLOCK_PX, columns // _BLOCK_PX, _BLOCK_PX, 3).sum(axis=2, dtype=np.uint16)
    return bool(blocks.max() > _LEVELS * _BLOCK_PX**2)


def _laplacian_variance(luma: NDArray[np.float32]) -> float:
    centre = luma[1:-1, 1:-1]
    return float((luma[:-2, 1:-1] + luma[2:, 1:-1] + luma[1:-1, :-2] + luma[1:-1, 2:] - 4 * centre).var())
