"""Datasets with depth and segmentation in their rows, of a known content, made of datasets without."""

import io
import json
from pathlib import Path

import numpy as np
import PIL.Image
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

HEIGHT_PX, WIDTH_PX = 12, 16
KINDS = ("depth", "segmentation")


def still(episode: int, frame: int, kind: str) -> NDArray[np.uint16]:
    """A ramp in 16 bits that differs with episode, frame and kind."""
    ramp = np.arange(HEIGHT_PX * WIDTH_PX, dtype=np.uint16).reshape(HEIGHT_PX, WIDTH_PX)
    return ramp % 3 if kind == "segmentation" else ramp * 7 + 1000 * episode + frame


def png(picture: NDArray[np.uint16]) -> bytes:
    stream = io.BytesIO()
    PIL.Image.fromarray(picture).save(stream, "PNG")
    return stream.getvalue()


def add_stills(dataset: Path, first_episode: int = 0) -> Path:
    """Add `observation.depth.wrist` and `observation.segmentation.wrist` to every row, and return the dataset."""
    for path in sorted((dataset / "data").rglob("*.parquet")):
        file = pq.ParquetFile(path)
        groups = []
        for number in range(file.num_row_groups):
            table = file.read_row_group(number)
            for kind in KINDS:
                rows = zip(table["episode_index"].to_pylist(), table["frame_index"].to_pylist(), strict=True)
                data = pa.array([png(still(first_episode + e, t, kind)) for e, t in rows], pa.binary())
                column = pa.StructArray.from_arrays([data, pa.nulls(len(data), pa.string())], names=["bytes", "path"])
                table = table.append_column(f"observation.{kind}.wrist", column)
            groups.append(table)
        with pq.ParquetWriter(path, groups[0].schema) as writer:
            for table in groups:
                writer.write_table(table)
    info = json.loads((dataset / "meta" / "info.json").read_text())
    for kind in KINDS:
        shape, names = [HEIGHT_PX, WIDTH_PX, 1], ["height", "width", "channels"]
        info["features"][f"observation.{kind}.wrist"] = {"dtype": "image", "shape": shape, "names": names}
    (dataset / "meta" / "info.json").write_text(json.dumps(info))
    return dataset
