import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from synthetic_records import read_strip, write_record

from blueprint.contracts.dataset_conversion import DatasetConversion, LeftOutReason
from blueprint.contracts.errors import InputError
from blueprint.contracts.quality_certificate import QualityCertificate
from blueprint.datasets import write_lerobot_v3
from blueprint.datasets.check import check_dataset
from blueprint.datasets.merge import merge_datasets
from blueprint.datasets.select import filter_dataset, parse_bound
from blueprint.quality.certificate import CERTIFICATE, data_hash


def certify(record: Path, score: float, **changes) -> None:
    certificate = QualityCertificate(
        episode_id=record.name,
        data_hash=data_hash(record),
        accepted=True,
        quality_weights={"task": 1.0},
        overall_quality_score=score,
        checks=[],
    )
    certificate.model_copy(update=changes).write(record / CERTIFICATE)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Four episodes of 12 to 15 frames in the place of the pipeline, with scores of 0.9, 0.5, 0.8, 0.95."""
    episodes = tmp_path / "scenes" / "kitchen_001" / "episodes"
    records = [write_record(episodes / "records", n, frames=12 + n, cameras=("left",)) for n in range(4)]
    for record, score in zip(records, (0.9, 0.5, 0.8, 0.95), strict=True):
        certify(record, score)
    write_lerobot_v3(records, episodes / "lerobot", repo_id="blueprint/kitchen_001")
    return episodes / "lerobot"


def left_out(out: Path) -> dict[str, tuple[LeftOutReason, str]]:
    conversion = DatasetConversion.read(out / "meta" / "conversion.json")
    return {item.episode_id: (item.reason, item.detail) for item in conversion.left_out}


def test_episodes_below_a_score_are_left_out_and_listed(source: Path, tmp_path: Path):
    out = tmp_path / "best"
    summary = filter_dataset(source, out, bounds=[parse_bound("overall_quality_score >= 0.8")])
    assert (summary.episodes, summary.frames) == (3, 12 + 14 + 15)
    assert left_out(out) == {
        "episode_0001": (
            LeftOutReason.OUT_OF_BOUNDS,
            "overall_quality_score is 0.5, overall_quality_score>=0.8 was asked for",
        )
    }
    assert all(check.passed for check in check_dataset(out))


def test_pictures_and_rows_of_what_is_kept_stay_together(source: Path, tmp_path: Path):
    import av

    filter_dataset(source, tmp_path / "best", bounds=[parse_bound("overall_quality_score>=0.85")])
    with av.open(str(tmp_path / "best/videos/observation.images.left/chunk-000/file-000.mp4")) as container:
        shown = [read_strip(frame.to_ndarray(format="rgb24")) for frame in container.decode(video=0)]
    assert [(bits["episode"], bits["frame"]) for bits in shown] == [(e, t) for e in (0, 3) for t in range(12 + e)]
    rows = pq.read_table(tmp_path / "best" / "data").to_pydict()
    arrays = np.load(source.parent / "records" / "episode_0003" / "trajectory.npz")
    np.testing.assert_array_equal(rows["action"][12:], arrays["action"])
    assert rows["episode_index"] == [0] * 12 + [1] * 15
    stats = json.loads((tmp_path / "best" / "meta" / "stats.json").read_text())
    np.testing.assert_allclose(stats["action"]["max"], np.max(rows["action"], axis=0))


def test_a_certificate_of_other_data_a_missing_one_and_a_missing_figure_are_told_apart(source: Path, tmp_path: Path):
    records = source.parent / "records"
    (records / "episode_0000" / "left.mp4").write_bytes(b"other pictures")
    (records / "episode_0001" / CERTIFICATE).unlink()
    certify(records / "episode_0002", 0.9, overall_quality_score=None)
    filter_dataset(source, tmp_path / "best", bounds=[parse_bound("overall_quality_score>=0.8")])
    assert {name: reason for name, (reason, _) in left_out(tmp_path / "best").items()} == {
        "episode_0000": LeftOutReason.OTHER_DATA,
        "episode_0001": LeftOutReason.NO_CERTIFICATE,
        "episode_0002": LeftOutReason.NOT_MEASURED,
    }


def test_a_filter_that_leaves_nothing_is_refused_and_writes_nothing(source: Path, tmp_path: Path):
    with pytest.raises(InputError, match=r"none of the 4 episodes is left \(4 out_of_bounds\)"):
        filter_dataset(source, tmp_path / "best", bounds=[parse_bound("overall_quality_score>=0.99")])
    assert not (tmp_path / "best").exists()


def test_task_types_and_scenes_choose_too(source: Path, tmp_path: Path):
    assert filter_dataset(source, tmp_path / "a", scenes=["kitchen_001"], task_types=["pick_place"]).episodes == 4
    with pytest.raises(InputError, match="4 not_chosen"):
        filter_dataset(source, tmp_path / "b", task_types=["pour"])


@pytest.mark.parametrize("text", ["score>=1", "overall_quality_score=1", "overall_quality_score>=nan", "checks<=1", ""])
def test_a_bound_on_no_figure_is_refused_with_the_figures_there_are(text: str):
    with pytest.raises(InputError, match=r"visual_metrics\.black_frames"):
        parse_bound(text)


def test_a_chain_of_conversions_keeps_every_account(source: Path, tmp_path: Path):
    filter_dataset(source, tmp_path / "best", bounds=[parse_bound("overall_quality_score>=0.8")])
    merge_datasets([tmp_path / "best"], tmp_path / "all", repo_id="blueprint/all")
    conversion = DatasetConversion.read(tmp_path / "all" / "meta" / "conversion.json")
    assert (conversion.kind, [item.kind for item in conversion.earlier]) == ("merge", ["filter"])
    assert conversion.earlier[0].left_out[0].episode_id == "episode_0001"
    assert conversion.dropped_files == []


def test_a_file_that_is_not_carried_over_is_named(source: Path, tmp_path: Path):
    (source / "meta" / "notes.json").write_text("{}")
    filter_dataset(source, tmp_path / "best", scenes=["kitchen_001"])
    assert DatasetConversion.read(tmp_path / "best" / "meta" / "conversion.json").dropped_files == ["notes.json"]
