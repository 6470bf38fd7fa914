"""Records of our own simulator are handed to whoever can execute them again, and refused without one."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks"))

from synthetic_records import write_record

from blueprint.contracts.episode import EpisodeRecord
from blueprint.contracts.geniesim.import_bundle import RefusalReason
from blueprint.contracts.quality_certificate import QualityCertificate
from blueprint.quality.geniesim.importer import Importer, episode_sources
from blueprint.quality.importer import judge_record


@pytest.fixture
def record(tmp_path: Path) -> Path:
    return write_record(tmp_path / "in", 0, frames=24, instruction="put the mug on the plate")


def importer(tmp_path: Path, success: bool) -> Importer:
    def judge(folder: Path) -> QualityCertificate:
        scene_id = EpisodeRecord.read(folder / "record.json").scene_id
        return judge_record(folder, scene_id, lambda _folder: (success, "executed again"))

    return Importer(tmp_path / "records", tmp_path / "certificates", "kitchen", judge_record=judge)


def test_a_record_that_replays_is_taken_as_it_is(tmp_path: Path, record: Path) -> None:
    [outcome] = importer(tmp_path, success=True).run(episode_sources(record.parent))
    assert outcome.accepted, outcome.detail
    assert not (record / "quality_certificate.json").exists()  # what was handed in stays as it was
    assert outcome.record_dir == tmp_path / "records" / record.name
    assert (outcome.record_dir / "trajectory.npz").read_bytes() == (record / "trajectory.npz").read_bytes()


def test_a_record_that_does_not_replay_is_refused(tmp_path: Path, record: Path) -> None:
    [outcome] = importer(tmp_path, success=False).run(episode_sources(record.parent))
    assert outcome.refusal is RefusalReason.REPLAY_FAILED


def test_a_record_without_a_scene_is_refused(tmp_path: Path, record: Path) -> None:
    alone = Importer(tmp_path / "records", tmp_path / "certificates", "kitchen")
    [outcome] = alone.run(episode_sources(record.parent))
    assert outcome.refusal is RefusalReason.REPLAY_FAILED
