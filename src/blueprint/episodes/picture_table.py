"""Pictures of 16 bits as PNG in a table, one row a frame: lossless, read row by row, the same bytes each time."""

import contextlib
import io
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import PIL.Image
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from blueprint.contracts.errors import InputError

__all__ = ["MAX_PICTURE_BYTES", "PictureTable", "read_pictures"]

MAX_PICTURE_BYTES = 16 << 20
_ROWS_AT_ONCE = 64
_COMPRESS_LEVEL = 3  # half a millisecond for 320×240; the best level takes ten times as long for a tenth less
_SCHEMA = pa.schema([("png", pa.binary())])


class PictureTable:
    """Writes one file; a context manager. What stands in an unfinished file is nobody's to read."""

    def __init__(self, path: Path) -> None:
        self._stack = contextlib.ExitStack()
        self._writer = self._stack.enter_context(pq.ParquetWriter(path, _SCHEMA, compression="none"))
        self._rows: list[bytes] = []

    def add(self, picture: NDArray[np.uint16]) -> None:
        """Append a picture (height, width) uint16; raises InputError for another type."""
        if picture.dtype != np.uint16 or picture.ndim != 2:
            raise InputError(
                f"a picture of {picture.shape} {picture.dtype} is not one of 16 bits.", remedy="convert it"
            )
        stream = io.BytesIO()
        PIL.Image.fromarray(picture).save(stream, "PNG", compress_level=_COMPRESS_LEVEL)
        self._rows.append(stream.getvalue())
        if len(self._rows) == _ROWS_AT_ONCE:
            self._flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._flush()
        self._stack.close()

    def _flush(self) -> None:
        if self._rows:
            self._writer.write_table(pa.table({"png": pa.array(self._rows, pa.binary())}, schema=_SCHEMA))
            self._rows.clear()


def read_pictures(path: Path) -> Iterator[bytes]:
    """Yield the PNG of every frame; raises InputError for a file that is none of ours and for too large a picture."""
    try:
        with pq.ParquetFile(path) as table:
            if table.schema_arrow != _SCHEMA:
                raise InputError(f"{path.name} is not a table of pictures.", remedy="render the episode again.")
            for batch in table.iter_batches(batch_size=_ROWS_AT_ONCE):
                for item in batch.column(0):
                    data = item.as_py()
                    if data is None or len(data) > MAX_PICTURE_BYTES or not data.startswith(b"\x89PNG"):
                        raise InputError(f"{path.name} holds something that is no picture.", remedy="render it again.")
                    yield data
    except pa.ArrowInvalid as error:
        raise InputError(f"{path.name} cannot be read: {error}.", remedy="render the episode again.") from error
