"""The same export is the same job; any change of it is another."""

import pytest
from geniesim_stand_in import write_manifest

from blueprint.contracts.errors import InputError
from blueprint.episodes.geniesim.submission_key import job_id_of, marker_hash, submission_key


@pytest.fixture
def export(tmp_path):
    (tmp_path / "task_config.json").write_text("{}")
    write_manifest(tmp_path / "export_manifest.json")
    return tmp_path


def test_the_key_depends_on_scene_task_and_export_and_not_on_time(export):
    key = submission_key("demo", export, "2026-01-01T00:00:00+00:00")
    later = submission_key("demo", export, "2027-01-01T00:00:00+00:00")
    assert key.key == later.key
    assert job_id_of(key) == job_id_of(later)
    assert submission_key("other", export, "").key != key.key
    (export / "task_config.json").write_text('{"tasks": []}')
    assert submission_key("demo", export, "").key != key.key


def test_the_same_content_exported_later_is_the_same_submission(export):
    key = submission_key("demo", export, "").key
    write_manifest(export / "export_manifest.json", timestamp="2027-01-01T00:00:00+00:00")
    assert submission_key("demo", export, "").key == key
    write_manifest(export / "export_manifest.json", tasks=2)
    assert submission_key("demo", export, "").key != key


def test_a_forced_submission_has_an_id_of_its_own(export):
    key = submission_key("demo", export, "")
    assert job_id_of(key, 1) != job_id_of(key)


def test_a_missing_export_is_named(tmp_path):
    with pytest.raises(InputError, match=r"task_config\.json is missing.*geniesim export"):
        submission_key("demo", tmp_path, "")


def test_the_marker_hash_has_32_digits_and_follows_its_inputs():
    assert len(marker_hash("demo", {"robot_types": ["G2"]})) == 32
    assert marker_hash("demo", {"robot_types": ["G2"]}) != marker_hash("demo", {"robot_types": ["G1"]})
