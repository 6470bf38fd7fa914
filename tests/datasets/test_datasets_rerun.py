"""What a recording holds is read by Rerun itself, so most of this needs the extra `rerun`."""

import importlib.util
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from depth_columns import add_stills, png, still
from synthetic_records import FPS, read_strip

from blueprint.contracts.dataset_conversion import DatasetConversion
from blueprint.contracts.errors import InputError, MissingDependencyError
from blueprint.datasets import write_lerobot_v3
from blueprint.datasets.rerun_view import write_rerun

needs_rerun = pytest.mark.skipif(importlib.util.find_spec("rerun") is None, reason="the extra rerun is not installed")


@pytest.fixture(scope="module")
def source(record_dirs: list[Path], tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("rerun") / "d"
    write_lerobot_v3(record_dirs, out, repo_id="blueprint/x")
    return out


def columns(path: Path) -> dict[str, dict[str, list]]:
    """Entity → column → values of a recording, static ones included."""
    from rerun.chunk import RrdReader

    found: dict[str, dict[str, list]] = {}
    for chunk in RrdReader(str(path)).stream().to_chunks():
        found.setdefault(str(chunk.entity_path), {}).update(chunk.to_record_batch().to_pydict())
    return found


@needs_rerun
def test_a_recording_holds_rows_times_subtasks_and_the_very_pictures(source: Path, tmp_path: Path):
    import av

    (path,) = write_rerun(source, tmp_path / "r", episodes=[1])
    found = columns(path)
    rows = pq.read_table(source / "data").to_pydict()
    np.testing.assert_array_equal(found["/action"]["Scalars:scalars"], np.array(rows["action"][24:55], float))
    assert found["/action"]["frame"] == list(range(31))
    np.testing.assert_allclose([t.total_seconds() for t in found["/action"]["time"]], np.arange(31) / FPS, atol=1e-6)
    assert found["/subtask"]["TextLog:text"] == [["pick up the mug"], ["place it on the plate"]]
    assert found["/subtask"]["frame"] == [0, 15]
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(bytes(found["/observation/images/wrist"]["AssetVideo:blob"][0][0]))
    with av.open(str(clip)) as container:
        shown = [read_strip(frame.to_ndarray(format="rgb24")) for frame in container.decode(video=0)]
    assert shown == [{"frame": t, "episode": 1, "camera": 1} for t in range(31)]


@needs_rerun
def test_episodes_that_nobody_asked_for_are_accounted_for(source: Path, tmp_path: Path):
    assert len(write_rerun(source, tmp_path / "r", episodes=[2, 0])) == 2
    conversion = DatasetConversion.read(tmp_path / "r" / "conversion.json")
    assert [output.name for output in conversion.outputs] == ["episode_000000.rrd", "episode_000002.rrd"]
    assert [item.episode_id for item in conversion.left_out] == ["episode_0001"]


@needs_rerun
def test_a_folder_of_something_else_is_not_replaced(source: Path, tmp_path: Path):
    with pytest.raises(InputError, match="no episode 3"):
        write_rerun(source, tmp_path / "r", episodes=[3])
    write_rerun(source, tmp_path / "r", episodes=[0])
    with pytest.raises(InputError, match="exists"):
        write_rerun(source, tmp_path / "r", episodes=[1])
    assert len(write_rerun(source, tmp_path / "r", episodes=[1], overwrite=True)) == 1
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match="holds no recordings"):
        write_rerun(source, tmp_path / "thesis", overwrite=True)


@pytest.mark.skipif(importlib.util.find_spec("rerun") is not None, reason="the extra rerun is installed")
def test_without_the_extra_the_error_says_how_to_install_it(source: Path, tmp_path: Path):
    with pytest.raises(MissingDependencyError, match=r"blueprint-pipeline\[rerun\]"):
        write_rerun(source, tmp_path / "r")


@needs_rerun
def test_depth_and_segmentation_are_shown_with_their_names(record_dirs: list[Path], tmp_path: Path):
    write_lerobot_v3(record_dirs[:1], tmp_path / "d", repo_id="blueprint/x")
    (path,) = write_rerun(add_stills(tmp_path / "d"), tmp_path / "r")
    found = columns(path)
    depth = found["/observation/depth/wrist"]
    assert [bytes(row[0]) for row in depth["EncodedDepthImage:blob"]] == [png(still(0, t, "depth")) for t in range(24)]
    assert depth["EncodedDepthImage:meter"] == [[1000.0]] * 24
    shown = found["/observation/segmentation/wrist"]["SegmentationImage:buffer"]
    assert bytes(shown[0][0]) == still(0, 0, "segmentation").tobytes()
