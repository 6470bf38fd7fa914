"""A gate that cannot say no is no gate: each refusal is provoked."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from blueprint.contracts.errors import GateError, InputError
from blueprint.contracts.quality_gate import GateCheck
from blueprint.quality.gates import AUDIT_LOG, gate_report, grant_override, issue, require

GOOD = GateCheck(name="a", passed=True, severity="ERROR", message="fine")
BAD = GateCheck(name="b", passed=False, severity="ERROR", message="mug_1 is 5 mm inside the table")
MINOR = GateCheck(name="c", passed=False, severity="WARNING", message="a little off")
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def scene_dir(tmp_path):
    folder = tmp_path / "kitchen"
    (folder / "usd").mkdir(parents=True)
    (folder / "usd" / "scene.usda").write_text("#usda 1.0\n")
    return folder


def judge(scene_dir, *checks):
    return issue(scene_dir, "physics", "usd_assembled", [scene_dir / "usd" / "scene.usda"], list(checks))


def override(scene_dir, **changes):
    words = {
        "requester": "ann",
        "approver": "bob",
        "reason": "demo for the board",
        "valid_for": timedelta(days=1),
        "now": NOW,
    }
    return grant_override(scene_dir, "physics", **(words | changes))


def test_a_passed_gate_lets_work_go_on_and_a_warning_does_not_block(scene_dir):
    judge(scene_dir, GOOD, MINOR)
    assert require(scene_dir, "physics").passed


def test_a_gate_that_was_never_judged_blocks(scene_dir):
    with pytest.raises(GateError, match="not been judged"):
        require(scene_dir, "physics")


def test_a_failed_gate_blocks_and_says_why(scene_dir):
    judge(scene_dir, GOOD, BAD)
    with pytest.raises(GateError, match="5 mm inside the table"):
        require(scene_dir, "physics")


def test_a_passed_gate_about_other_bytes_blocks(scene_dir):
    judge(scene_dir, GOOD)
    (scene_dir / "usd" / "scene.usda").write_text("#usda 1.0\n# edited\n")
    with pytest.raises(GateError, match="other bytes"):
        require(scene_dir, "physics")


def test_a_subject_that_was_deleted_or_leaves_the_scene_blocks(scene_dir):
    judge(scene_dir, GOOD)
    certificate = json.loads((scene_dir / "gates" / "physics.json").read_text())
    certificate["subject"] = {"../../etc/passwd": "0"}
    (scene_dir / "gates" / "physics.json").write_text(json.dumps(certificate))
    with pytest.raises(GateError, match="other bytes"):
        require(scene_dir, "physics")


def test_an_override_lets_work_go_on_is_audited_and_dies_with_the_artefact(scene_dir):
    judge(scene_dir, BAD)
    override(scene_dir)
    assert not require(scene_dir, "physics", now=NOW).passed
    (entry,) = [json.loads(line) for line in (scene_dir / AUDIT_LOG).read_text().splitlines()]
    assert (entry["requester"], entry["approver"], entry["gate_id"]) == ("ann", "bob", "physics")
    judge(scene_dir, BAD)  # judged again, same bytes: the override holds
    assert require(scene_dir, "physics", now=NOW).override
    (scene_dir / "usd" / "scene.usda").write_text("#usda 1.0\n# rebuilt\n")
    judge(scene_dir, BAD)
    with pytest.raises(GateError, match="failed"):
        require(scene_dir, "physics", now=NOW)


def test_an_override_expires(scene_dir):
    judge(scene_dir, BAD)
    override(scene_dir)
    with pytest.raises(GateError, match="expired"):
        require(scene_dir, "physics", now=NOW + timedelta(days=2))


@pytest.mark.parametrize(
    "changes",
    [
        {"requester": " "},
        {"approver": "Ann "},
        {"reason": "short"},
        {"valid_for": timedelta(days=400)},
        {"valid_for": timedelta(0)},
    ],
)
def test_an_override_without_two_people_a_reason_and_an_end_is_refused(scene_dir, changes):
    judge(scene_dir, BAD)
    with pytest.raises(InputError):
        override(scene_dir, **changes)
    assert not (scene_dir / AUDIT_LOG).exists()


def test_a_passed_gate_cannot_be_overridden_and_nothing_cannot_be_judged(scene_dir):
    judge(scene_dir, GOOD)
    with pytest.raises(InputError, match="nothing to override"):
        override(scene_dir)
    with pytest.raises(InputError, match="cannot judge nothing"):
        issue(scene_dir, "physics", "usd_assembled", [], [GOOD])


def test_the_report_counts_blocking_failures_and_names_gates_that_did_not_run(scene_dir):
    judge(scene_dir, BAD)
    report = gate_report(scene_dir, ["physics", "tasks"])
    assert not report.summary.can_proceed
    assert report.summary.blocking_failures == 1
    assert report.skipped_checkpoints == ["tasks"]
