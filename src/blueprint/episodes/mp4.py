"""An mp4 that is made in memory and written at once: FFmpeg's muxer crashes the process when its disk is full."""

import io
from pathlib import Path
from typing import Any

from blueprint.contracts.document import write_atomically

__all__ = ["Mp4File"]


class _Buffer(io.BytesIO):
    name = "memory.mp4"

    def close(self) -> None:
        """Keep the bytes: FFmpeg closes the file, and then they are written."""


class Mp4File:
    """`container` is PyAV's; `finish` writes the file atomically, `abandon` leaves nothing behind.

    The index stands before the pictures, so that a browser plays at once, and no writer's name or time is in the bytes.
    """

    def __init__(self, path: Path, options: dict[str, str] | None = None) -> None:
        import av

        self._path = path
        self._buffer = _Buffer()
        self.container: Any = av.open(
            self._buffer,
            "w",
            format="mp4",
            options={"fflags": "+bitexact", "movflags": "+faststart", **(options or {})},
            io_open=self._reopened,
        )

    def finish(self) -> None:
        """Close the container and write the file; raises StorageError where the disk refuses."""
        self.container.close()
        write_atomically(self._path, self._buffer.getvalue())

    def abandon(self) -> None:
        self.container.close()

    def _reopened(self, url: str, flags: int, options: dict[str, str]) -> io.BytesIO:
        """FFmpeg reads what it wrote, to move it behind the index."""
        return io.BytesIO(self._buffer.getvalue())
