"""Encoding pictures to H.264 as they are drawn: the same pictures give the same bytes.

Every second frame is a key frame, so that a loader reads any frame by decoding at most two.
"""

import contextlib
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.errors import InputError
from blueprint.episodes.mp4 import Mp4File
from blueprint.sim.h264 import reproducible_h264

__all__ = ["CODEC", "VideoWriter"]

CODEC = "h264"
GOP = 2
CRF = 23
_WAITING = 4  # pictures; at 640×480 they take 4 MB
PRESETS = ("ultrafast", "superfast", "veryfast", "faster", "fast", "medium")


class VideoWriter:
    """Writes one mp4 (libx264, yuv420p, one thread) and counts the exact histogram of the pictures on the way.

    Encoding runs in a thread of its own, in the order of the pictures, at most `_WAITING` of them behind: whoever draws
    on a graphics card need not wait for it. What the thread raises is raised by a later `add` or by `close`.

    histogram: (3, 256) int64, how many pixels of channel R, G, B have each value · frames: pictures so far ·
    dark_frames: pictures whose brightest value is under 16.
    """

    def __init__(self, path: Path, width: int, height: int, fps: int, preset: str = "veryfast") -> None:
        """Open `path` for writing; raises InputError for an odd size (4:2:0 chroma) or an unknown preset."""
        if width % 2 or height % 2 or width < 2 or height < 2:
            raise InputError(f"a video of {width}×{height} px cannot be encoded.", remedy="use even sides.")
        if preset not in PRESETS:
            raise InputError(f"no encoder preset {preset!r}; there are {list(PRESETS)}.", remedy="choose veryfast.")
        self.width, self.height = width, height
        self.frames = 0
        self.dark_frames = 0
        self.histogram: NDArray[np.int64] = np.zeros((3, 256), np.int64)
        self._file = Mp4File(path)
        stream = self._file.container.add_stream("libx264", rate=fps)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.time_base = Fraction(1, fps)
        stream.thread_count = 1
        stream.codec_context.gop_size = GOP
        stream.options = reproducible_h264(GOP, CRF, preset)
        self._stream = stream
        self._pool = ThreadPoolExecutor(1)
        self._waiting: deque[Future[None]] = deque()

    def add(self, picture: NDArray[np.uint8]) -> None:
        """Append an RGB picture (height, width, 3) uint8, which must not change afterwards.

        Raises InputError for another shape or type.
        """
        if picture.shape != (self.height, self.width, 3) or picture.dtype != np.uint8:
            raise InputError(
                f"a picture of {picture.shape} {picture.dtype} does not fit a video of {self.height}×{self.width}.",
                remedy="draw uint8 RGB of the video's size.",
            )
        if len(self._waiting) == _WAITING:
            self._waiting.popleft().result()
        self._waiting.append(self._pool.submit(self._encode, picture, self.frames))
        self.frames += 1

    def _encode(self, picture: NDArray[np.uint8], number: int) -> None:
        for channel in range(3):
            self.histogram[channel] += np.bincount(picture[..., channel].reshape(-1), minlength=256)
        self.dark_frames += int(picture.max() < 16)
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
        frame.pts = number
        self._file.container.mux(self._stream.encode(frame))

    def close(self) -> None:
        """Wait for the last picture, flush the encoder, write the file; raises StorageError where the disk refuses."""
        while self._waiting:
            self._waiting.popleft().result()
        self._pool.shutdown()
        self._file.container.mux(self._stream.encode())
        self._file.finish()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.ExitStack() as stack:
            stack.callback(self._pool.shutdown, cancel_futures=True)
            if error is None:
                self.close()
            else:
                self._pool.shutdown(cancel_futures=True)  # nobody may write while the file is taken away
                self._file.abandon()
