import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from synthetic_records import CAMERAS, picture, trajectory, write_record

from blueprint.contracts.episode import FailureReason
from blueprint.contracts.errors import InputError
from blueprint.contracts.import_manifest import EpisodeCounts, FailedEpisodes, ImportManifest
from blueprint.contracts.quality_certificate import QualityCertificate
from blueprint.quality.episode_checks import EpisodeLimits
from blueprint.quality.importer import REMEDIES, accepted_records, import_checks, import_episodes


@pytest.fixture(scope="module")
def bad_records(tmp_path_factory) -> Path:
    """One sound record and eight broken ones."""
    root = tmp_path_factory.mktemp("scene") / "records"
    write_record(root, 0)
    truncated = write_record(root, 1) / "trajectory.npz"
    truncated.write_bytes(truncated.read_bytes()[:500])
    arrays = trajectory(24)
    arrays["qpos"][3, 8] = np.nan
    write_record(root, 2, arrays=arrays)
    write_record(root, 3, images={"left": [picture(min(t, 5), 3, 0) for t in range(24)]})
    write_record(root, 4, images={"left": [np.zeros_like(picture(0, 0, 0))] * 24})
    arrays = trajectory(24)
    arrays["qpos"][12:, 1] += 1.0
    write_record(root, 5, arrays=arrays)
    (write_record(root, 6) / "trajectory.npz").write_bytes((root / "episode_0000" / "trajectory.npz").read_bytes())
    (write_record(root, 7) / "wrist.mp4").unlink()
    np.savez(write_record(root, 8) / "trajectory.npz", state=np.array([{"a": 1}], dtype=object))
    write_record(root, 9, success=False)
    write_record(root, 10)
    return root


@pytest.fixture
def scene(bad_records: Path, tmp_path: Path) -> Path:
    scene = tmp_path / "kitchen_001"
    shutil.copytree(bad_records, scene / "episodes" / "records")
    return scene


def replay(folder: Path) -> tuple[bool, str]:
    return (False, "the mug ended 12 cm away") if folder.name == "episode_0010" else (True, "success again")


def test_every_bad_record_is_refused_with_its_reason_and_nothing_is_lost(scene: Path):
    seen: list[tuple[str, bool]] = []
    manifest = import_episodes(
        scene, replay, limits=EpisodeLimits(cameras=CAMERAS), on_done=lambda *done: seen.append(done)
    )
    assert manifest.accepted == ["episode_0000"]
    details = {item.name: (item.reason, item.detail) for item in manifest.rejected}
    expected = {
        "episode_0001": (FailureReason.INVALID_DATA, "not a readable npz"),
        "episode_0002": (FailureReason.INVALID_DATA, "no NaN or Inf (measured qpos)"),
        "episode_0003": (FailureReason.RENDER_FAILED, "video.left.frozen"),
        "episode_0004": (FailureReason.RENDER_FAILED, "video.left.black"),
        "episode_0005": (FailureReason.INVALID_DATA, "jumps"),
        "episode_0006": (FailureReason.INVALID_DATA, "SHA-256 (measured trajectory.npz)"),
        "episode_0007": (FailureReason.INVALID_DATA, "file wrist.mp4 is missing"),
        "episode_0008": (FailureReason.INVALID_DATA, "allow_pickle=False"),
        "episode_0009": (FailureReason.GRASP_MISSED, "closed on nothing"),
        "episode_0010": (FailureReason.REPLAY_FAILED, "12 cm away"),
    }
    assert set(details) == set(expected)
    for name, (reason, words) in expected.items():
        assert details[name][0] is reason, details[name]
        assert words in details[name][1]
    assert manifest.episodes.found == 11
    assert manifest.episodes.rejected_by_reason == {
        "grasp_missed": 1,
        "invalid_data": 6,
        "render_failed": 2,
        "replay_failed": 1,
    }
    assert all(item.remediation for item in manifest.rejected)
    assert [name for name, accepted in seen if accepted] == ["episode_0000"]
    assert FailedEpisodes.read(scene / "episodes" / "failed_episodes.json").episodes == manifest.rejected
    assert ImportManifest.read(scene / "episodes" / "import_manifest.json") == manifest
    assert accepted_records(scene) == [scene / "episodes" / "records" / "episode_0000"]
    certificate = QualityCertificate.read(scene / "episodes" / "records" / "episode_0010" / "quality_certificate.json")
    assert certificate.failure_reason is FailureReason.REPLAY_FAILED
    assert certificate.task_metrics is not None
    assert not certificate.task_metrics.replayed
    assert all(check.passed for check in import_checks(scene, manifest))


def test_importing_twice_gives_the_same_bytes(scene: Path):
    import_episodes(scene, replay)
    first = (scene / "episodes" / "import_manifest.json").read_bytes()
    import_episodes(scene, replay)
    assert (scene / "episodes" / "import_manifest.json").read_bytes() == first


def test_a_forged_certificate_does_not_help_a_record(scene: Path):
    import_episodes(scene, lambda _: (True, ""))
    manifest = import_episodes(scene, replay)
    assert "episode_0010" in {item.name for item in manifest.rejected}


def test_a_record_of_another_scene_is_rejected(scene: Path):
    path = scene / "episodes" / "records" / "episode_0000" / "record.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"scene_id": "bathroom"}))
    manifest = import_episodes(scene, replay)
    assert "of scene bathroom" in next(item.detail for item in manifest.rejected if item.name == "episode_0000")


def test_a_linked_folder_and_a_loose_file_are_rejected_and_unfinished_ones_left_out(scene: Path, tmp_path: Path):
    records = scene / "episodes" / "records"
    (records / "linked").symlink_to(tmp_path)
    (records / "notes.txt").write_text("hello")
    (records / ".episode_0011.part").mkdir()
    manifest = import_episodes(scene, replay)
    assert {"linked", "notes.txt"} <= {item.name for item in manifest.rejected}
    assert manifest.episodes.found == 13


def test_the_gate_refuses_a_lost_a_changed_and_an_empty_import(scene: Path):
    manifest = import_episodes(scene, replay)
    write_record(scene / "episodes" / "records", 99)
    (scene / "episodes" / "records" / "episode_0000" / "left.mp4").write_bytes(b"")
    failed = [check.name for check in import_checks(scene, manifest, min_accepted=3) if not check.passed]
    assert failed == ["accounting", "accepted", "unchanged"]


def test_counts_that_do_not_add_up_cannot_be_written():
    with pytest.raises(ValueError, match="5 episodes found"):
        EpisodeCounts(found=5, accepted=2, rejected=2, rejected_by_reason={"crashed": 2})


def test_every_failure_reason_has_a_remedy():
    assert set(REMEDIES) == set(FailureReason)


def test_a_scene_without_records_says_which_stage_to_run(tmp_path: Path):
    with pytest.raises(InputError, match="run stage episodes"):
        import_episodes(tmp_path, replay)


def test_an_attempt_that_ended_before_its_first_action_keeps_its_own_reason(tmp_path: Path):
    arrays = {name: value[: 1 if len(value) == 25 else 0] for name, value in trajectory(24).items()}
    folder = write_record(tmp_path / "kitchen_001" / "episodes" / "records", 0, success=False, frames=0, arrays=arrays)
    record = json.loads((folder / "record.json").read_text())
    record |= {"failure_reason": "unreachable", "failure_detail": "no base", "subtasks": []}
    (folder / "record.json").write_text(json.dumps(record))
    (rejected,) = import_episodes(tmp_path / "kitchen_001", replay).rejected
    assert rejected.reason is FailureReason.UNREACHABLE
