"""The preview videos of a raw episode, encoded from its pictures: the same pictures give the same bytes."""

import io
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image

from blueprint.contracts.document import write_atomically
from blueprint.sim.h264 import reproducible_h264

__all__ = ["encode_pictures"]

_PNG = {"compression_level": "1"}


def encode_pictures(pictures: Iterable[Path], path: Path, fps: int, *, depth: bool = False) -> None:
    """Encode pictures in their order: colour as H.264 (crf 18, yuv420p), 16-bit depth as PNG of its upper eight bits.

    The file is made in memory, because FFmpeg's muxer ends the process where its disk is full. Raises StorageError
    where the disk refuses.
    """
    buffer = io.BytesIO()
    container = av.open(buffer, "w", format="mp4", options={"fflags": "+bitexact"})
    stream = container.add_stream("png" if depth else "libx264", rate=fps)
    for number, picture in enumerate(pictures):
        with Image.open(picture) as image:
            values = np.asarray(image) if not depth else _preview(np.asarray(image))
        if number == 0:
            stream.height, stream.width = values.shape[:2]
            stream.pix_fmt = "rgb24" if depth else "yuv420p"
            stream.time_base = Fraction(1, fps)
            stream.thread_count = 1
            stream.options = {**(_PNG if depth else reproducible_h264(30, 18, "veryfast"))}
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(values), format="rgb24")
        frame.pts = number
        container.mux(stream.encode(frame))
    container.mux(stream.encode())
    container.close()
    write_atomically(path, buffer.getvalue())


def _preview(levels: np.ndarray) -> np.ndarray:
    upper = (levels.astype(np.uint16) >> 8).astype(np.uint8)
    return np.repeat(upper[..., None], 3, axis=2)
