import hashlib
import json
import os
from pathlib import Path

import lerobot_official
import numpy as np
import pyarrow.parquet as pq
import pytest
from depth_columns import add_stills, png, still
from synthetic_records import FPS, encode, picture, read_strip, write_record

from blueprint.contracts.dataset_conversion import DatasetConversion
from blueprint.contracts.errors import ContractError, InputError
from blueprint.datasets import Provenance, write_lerobot_v3
from blueprint.datasets.check import check_dataset
from blueprint.datasets.histograms import HISTOGRAMS
from blueprint.datasets.merge import merge_datasets
from blueprint.datasets.video_spans import VideoSpan, join_spans

REPO = "blueprint/all"


def dataset(records: list[Path], out: Path) -> Path:
    write_lerobot_v3(records, out, repo_id=REPO, provenance=Provenance(prompt="a kitchen"))
    return out


def tree(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "conversion.json"
    }


@pytest.fixture(scope="module")
def shards(record_dirs: list[Path], tmp_path_factory) -> list[Path]:
    root = tmp_path_factory.mktemp("shards")
    return [dataset(record_dirs[:1], root / "a"), dataset(record_dirs[1:], root / "b")]


@pytest.fixture(scope="module")
def merged(shards: list[Path], tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("merged") / "all"
    merge_datasets(shards, out, repo_id=REPO)
    return out


def test_a_merge_has_the_bytes_of_a_dataset_written_at_once(merged: Path, record_dirs: list[Path], tmp_path: Path):
    assert tree(merged) == tree(dataset(record_dirs, tmp_path / "once"))


def test_every_episode_is_accounted_for(merged: Path):
    conversion = DatasetConversion.read(merged / "meta" / "conversion.json")
    assert [source.episodes for source in conversion.sources] == [1, 2]
    assert [(output.episodes, output.frames) for output in conversion.outputs] == [(3, 93)]
    assert conversion.approximations == []
    with pytest.raises(ContractError, match="3 episodes came in, 2 went out and 0 were left out"):
        DatasetConversion.parse(
            conversion.to_json().replace('"episodes": 3', '"episodes": 2'), where="a conversion that lost one"
        )


def test_every_frame_of_a_merge_is_in_its_place(merged: Path):
    import av

    rows = pq.read_table(merged / "data").to_pydict()
    path = merged / "videos" / "observation.images.wrist" / "chunk-000" / "file-000.mp4"
    with av.open(str(path)) as container:
        shown = [read_strip(frame.to_ndarray(format="rgb24")) for frame in container.decode(video=0)]
    wanted = zip(rows["frame_index"], rows["episode_index"], strict=True)
    assert shown == [{"frame": frame, "episode": episode, "camera": 1} for frame, episode in wanted]
    assert rows["index"] == list(range(93))
    assert all(check.passed for check in check_dataset(merged))


def test_without_histograms_the_merge_says_which_figures_are_approximate(record_dirs: list[Path], tmp_path: Path):
    write_lerobot_v3(record_dirs, tmp_path / "once", repo_id=REPO)
    for name, records in (("a", record_dirs[:1]), ("b", record_dirs[1:])):
        write_lerobot_v3(records, tmp_path / name, repo_id=REPO)
        (tmp_path / name / HISTOGRAMS).unlink()
    merge_datasets([tmp_path / "a", tmp_path / "b"], tmp_path / "all", repo_id=REPO)
    conversion = DatasetConversion.read(tmp_path / "all" / "meta" / "conversion.json")
    assert [line.split(":")[0] for line in conversion.approximations] == [
        "observation.images.left",
        "observation.images.wrist",
    ]
    once, merged = (json.loads((tmp_path / name / "meta" / "stats.json").read_text()) for name in ("once", "all"))
    for feature in ("observation.images.left", "action"):
        for statistic in ("min", "max", "mean", "std", "count"):
            np.testing.assert_allclose(merged[feature][statistic], once[feature][statistic], rtol=1e-12)
    assert merged["action"] == once["action"]


def test_many_small_files_become_few(record_dirs: list[Path], merged: Path, tmp_path: Path):
    write_lerobot_v3(record_dirs, tmp_path / "small", repo_id=REPO, data_file_mb=1e-6, video_file_mb=1e-6)
    assert len(list((tmp_path / "small" / "videos").rglob("*.mp4"))) == 6
    merge_datasets([tmp_path / "small"], tmp_path / "joined", repo_id=REPO)
    for name in ("data/chunk-000/file-000.parquet", "videos/observation.images.left/chunk-000/file-000.mp4"):
        assert (tmp_path / "joined" / name).read_bytes() == (merged / name).read_bytes()


def test_an_existing_merge_is_kept_and_others_are_not_replaced_unasked(shards: list[Path], tmp_path: Path):
    out = tmp_path / "all"
    assert merge_datasets(shards, out, repo_id=REPO).written
    assert not merge_datasets(shards, out, repo_id=REPO).written
    with pytest.raises(InputError, match="other episodes"):
        merge_datasets(shards[:1], out, repo_id=REPO)
    assert merge_datasets(shards[:1], out, repo_id=REPO, overwrite=True).episodes == 1


def test_an_episode_that_is_there_twice_is_refused(shards: list[Path], tmp_path: Path):
    with pytest.raises(InputError, match=r"episode_0000 of scene kitchen_001 is in .* and again in"):
        merge_datasets([*shards, shards[0]], tmp_path / "all", repo_id=REPO)
    assert not (tmp_path / "all").exists()


def test_a_result_inside_of_a_shard_is_refused(shards: list[Path]):
    for out in (shards[0], shards[0] / "all", shards[0].parent):
        with pytest.raises(InputError, match="overlap"):
            merge_datasets(shards, out, repo_id=REPO, overwrite=True)


def test_datasets_of_other_cameras_or_rates_do_not_merge(shards: list[Path], tmp_path: Path):
    other = write_record(tmp_path, 9, cameras=("left",))
    write_lerobot_v3([other], tmp_path / "other", repo_id=REPO)
    with pytest.raises(InputError, match=r"differ in .*wrist|differ in meta/episodes"):
        merge_datasets([shards[0], tmp_path / "other"], tmp_path / "all", repo_id=REPO)


@pytest.mark.parametrize(
    ("path", "change", "message"),
    [
        (
            "data/chunk-000/file-000.parquet",
            lambda path: _drop_rows(path, 1),
            "does not hold the 24 frames of episode 0",
        ),
        ("meta/tasks.parquet", lambda path: _drop_rows(path, 1), "task_index that is not in its table"),
        ("meta/episodes/chunk-000/file-000.parquet", lambda path: _drop_rows(path, 1), "meta/episodes has 0 rows"),
        ("meta/info.json", lambda path: _replace(path, '"data/chunk', '"../../chunk'), "data_path"),
        ("videos/observation.images.left/chunk-000/file-000.mp4", lambda path: path.unlink(), "holds no file"),
    ],
)
def test_a_shard_that_does_not_hold_what_it_says_is_refused(path, change, message, shards, record_dirs, tmp_path: Path):
    bad = dataset(record_dirs[:1], tmp_path / "bad")
    change(bad / path)
    with pytest.raises(InputError, match=message):
        merge_datasets([bad, shards[1]], tmp_path / "all", repo_id=REPO)
    assert not (tmp_path / "all").exists()
    assert not (tmp_path / ".all.part").exists()


def _drop_rows(path: Path, count: int) -> None:
    table = pq.read_table(path)
    pq.write_table(table.slice(0, len(table) - count), path)


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_an_episode_with_b_frames_is_cut_out_bit_by_bit(tmp_path: Path):
    import av

    parts = []
    for episode in range(3):
        encode(tmp_path / f"{episode}.mp4", [picture(t, episode, 0) for t in range(15)], gop=12, b_frames=2)
        parts.append(VideoSpan(tmp_path / f"{episode}.mp4", 0, 15))
    join_spans(parts, FPS, tmp_path / "joined.mp4")
    spans = [VideoSpan(tmp_path / "joined.mp4", first, 15) for first in (30, 0, 15)]
    join_spans(spans, FPS, tmp_path / "cut.mp4")
    with av.open(str(tmp_path / "cut.mp4")) as container:
        frames = sorted(container.decode(video=0), key=lambda frame: frame.pts)
        assert [float(frame.pts * frame.time_base) for frame in frames] == pytest.approx([k / FPS for k in range(45)])
        shown = [read_strip(frame.to_ndarray(format="rgb24")) for frame in frames]
    assert [(bits["episode"], bits["frame"]) for bits in shown] == [(e, t) for e in (2, 0, 1) for t in range(15)]


def test_a_cut_between_key_frames_or_past_the_end_is_refused(tmp_path: Path):
    encode(tmp_path / "a.mp4", [picture(t, 0, 0) for t in range(12)], gop=12)
    with pytest.raises(ContractError, match="frame 5 is no key frame"):
        join_spans([VideoSpan(tmp_path / "a.mp4", 5, 3)], FPS, tmp_path / "out.mp4")
    with pytest.raises(ContractError, match="has 12 of the frames 0 to 14"):
        join_spans([VideoSpan(tmp_path / "a.mp4", 0, 15)], FPS, tmp_path / "out.mp4")
    assert not (tmp_path / "out.mp4").exists()


def test_a_picture_between_two_frames_is_refused(tmp_path: Path):
    encode(tmp_path / "a.mp4", [picture(t, 0, 0) for t in range(6)], fps=24)
    with pytest.raises(ContractError, match=r"shown at frame 0\.833, off the grid"):
        join_spans([VideoSpan(tmp_path / "a.mp4", 0, 6)], 20, tmp_path / "out.mp4")


def test_depth_and_segmentation_go_along_byte_by_byte(record_dirs: list[Path], tmp_path: Path):
    for name, records, first in (("a", record_dirs[:1], 0), ("b", record_dirs[1:], 1)):
        write_lerobot_v3(records, tmp_path / name, repo_id=REPO)
        add_stills(tmp_path / name, first)
    merge_datasets([tmp_path / "a", tmp_path / "b"], tmp_path / "all", repo_id=REPO)
    rows = pq.read_table(tmp_path / "all" / "data").to_pydict()
    for kind in ("depth", "segmentation"):
        shown = [row["bytes"] for row in rows[f"observation.{kind}.wrist"]]
        where = zip(rows["episode_index"], rows["frame_index"], strict=True)
        assert shown == [png(still(episode, frame, kind)) for episode, frame in where]


@pytest.mark.slow
def test_the_official_loader_decodes_every_frame_of_a_merge_in_its_place(merged: Path):
    python = os.environ.get("BLUEPRINT_LEROBOT_V3_PYTHON")
    if not python:
        pytest.skip("BLUEPRINT_LEROBOT_V3_PYTHON is not set; benchmarks/lerobot_official.py builds the environment")
    verdict = lerobot_official.run_check(Path(python), merged, strip=True)
    assert verdict["passed"], verdict
    assert verdict["frames_decoded"] == 2 * 93
