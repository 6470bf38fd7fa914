"""What a batch decides: order, limits, retries, dead letters, abort; and what its report counts."""

import json

import pytest
from scripted_engine import ScriptedEngine, plan_of

from blueprint.contracts.batch_report import BatchReport
from blueprint.contracts.dead_letter import DeadLetterQueue
from blueprint.contracts.errors import GateError, InterruptedRunError, ServiceError, StageError, StorageError
from blueprint.engines.batch import BatchLimits, run_batch
from blueprint.engines.batch_record import BatchRecord
from blueprint.episodes.engine import WorkerLostError
from blueprint.pipeline.workspace import locked_key
from blueprint.storage.lock import LockHeldError
from blueprint.storage.store import open_store

NOW = BatchLimits(retry_delay_s=0.0, episodes_per_job=3)


def run(tmp_path, engine, *names, limits=NOW):
    record = BatchRecord(str(tmp_path), "some", engine.name)
    scenes = run_batch(plan_of(str(tmp_path), *names), engine, limits, record)
    return {scene.order.scene_id: scene.status for scene in scenes}


def report_of(tmp_path) -> BatchReport:
    return BatchReport.read(tmp_path / "batches" / "some" / "batch_report.json")


def letters_of(tmp_path):
    return DeadLetterQueue.read(tmp_path / "batches" / "some" / "dead_letter_queue.json").messages


def test_a_scene_is_prepared_its_episodes_are_shared_out_and_it_is_finished(tmp_path):
    engine = ScriptedEngine(episodes=7)
    assert run(tmp_path, engine, "a") == {"a": "success"}
    assert engine.log == [
        ("a", "prepare", ()),
        ("a", "make", (0, 1, 2)),
        ("a", "make", (3, 4, 5)),
        ("a", "make", (6,)),
        ("a", "finish", ()),
    ]
    report = report_of(tmp_path)
    assert (report.total, report.success, report.failed) == (1, 1, 0)
    assert report.scene_reports[0].quality_gate_report == "scenes/a/report/quality_gate_report.json"


def test_no_more_scenes_are_begun_than_max_concurrent(tmp_path):
    engine = ScriptedEngine(slots=8)
    limits = BatchLimits(max_concurrent=2, retry_delay_s=0.0)
    assert set(run(tmp_path, engine, *"abcdef", limits=limits).values()) == {"success"}
    assert engine.most_begun == 2


def test_scenes_begin_no_faster_than_the_rate_limit(tmp_path, monkeypatch):
    now = [100.0]
    starts = []
    monkeypatch.setattr("blueprint.engines.batch.time.monotonic", lambda: now[0])
    monkeypatch.setattr("blueprint.engines.batch.time.sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))
    engine = ScriptedEngine(slots=8)
    submit = engine.submit

    def timed(work, job):
        if work.__name__ == "prepare_scene":
            starts.append(now[0])
        return submit(work, job)

    engine.submit = timed
    run(tmp_path, engine, *"abc", limits=BatchLimits(max_concurrent=3, rate_limit=6.0))
    assert starts == pytest.approx([100.0, 110.0, 120.0])


@pytest.mark.parametrize("error", [StorageError("gone"), ServiceError("busy"), StageError("shaky")])
def test_what_may_pass_is_tried_again(tmp_path, error):
    engine = ScriptedEngine()
    engine.script["a", "prepare"] = [error]
    assert run(tmp_path, engine, "a") == {"a": "success"}
    assert engine.kinds_of("a")[:2] == ["prepare", "prepare"]


def test_a_failed_gate_is_not_tried_again_and_does_not_stop_the_others(tmp_path):
    engine = ScriptedEngine(slots=1)
    engine.script["a", "prepare"] = [GateError("the scene moves.", remedy="ask for less.")]
    assert run(tmp_path, engine, "a", "b") == {"a": "failed", "b": "success"}
    assert engine.kinds_of("a") == ["prepare"]
    (letter,) = letters_of(tmp_path)
    assert (letter.scene_id, letter.error_type, letter.attempt_count) == ("a", "GateError", 1)
    assert letter.error_details == {"remedy": "ask for less."}
    assert letter.original_payload["source"] == "a mug on a table"
    report = report_of(tmp_path)
    assert (report.success, report.failed) == (1, 1)
    assert report.failures[0].error_message == "the scene moves."


def test_a_defect_of_the_code_is_a_dead_letter_too(tmp_path):
    engine = ScriptedEngine()
    engine.script["a", "finish"] = [KeyError("push")]
    assert run(tmp_path, engine, "a", "b") == {"a": "failed", "b": "success"}
    assert letters_of(tmp_path)[0].error_type == "KeyError"


def test_after_its_retries_a_job_is_a_dead_letter_with_every_attempt_counted(tmp_path):
    engine = ScriptedEngine()
    engine.script["a", "make"] = [StorageError("gone")] * 9
    assert run(tmp_path, engine, "a", limits=BatchLimits(retries=2, retry_delay_s=0.0)) == {"a": "failed"}
    (letter,) = letters_of(tmp_path)
    assert (letter.job_type, letter.attempt_count, letter.max_attempts) == ("episodes", 3, 3)
    assert letter.metadata["episodes"] == [0, 1, 2, 3]


def test_abort_cancels_what_is_not_done(tmp_path):
    engine = ScriptedEngine(slots=1)
    engine.script["b", "prepare"] = [GateError("no.")]
    limits = BatchLimits(on_failure="abort", max_concurrent=1)
    assert run(tmp_path, engine, "a", "b", "c", limits=limits) == {"a": "success", "b": "failed", "c": "cancelled"}
    assert "c" not in {name for name, _, _ in engine.log}
    assert report_of(tmp_path).cancelled == 1


def test_a_lost_worker_costs_no_attempt_and_loses_no_episode(tmp_path):
    engine = ScriptedEngine(episodes=6)
    engine.script["a", "make"] = [WorkerLostError("gone")] * 2
    assert run(tmp_path, engine, "a", limits=BatchLimits(retries=0, episodes_per_job=3)) == {"a": "success"}
    made = [numbers for _, kind, numbers in engine.log if kind == "make"]
    assert sorted(made) == [(0, 1, 2), (0, 1, 2), (3, 4, 5), (3, 4, 5)]
    assert report_of(tmp_path).lost_workers == 2


def test_a_job_that_kills_its_workers_runs_alone_and_is_then_given_up(tmp_path):
    engine = ScriptedEngine(slots=4)
    engine.script["a", "prepare"] = [WorkerLostError("killed")] * 99
    assert run(tmp_path, engine, "a", "b", "c") == {"a": "failed", "b": "success", "c": "success"}
    assert engine.kinds_of("a") == ["prepare"] * 5
    assert [name for name, _, _ in engine.log][-2:] == ["a", "a"]


def test_a_later_run_that_succeeds_resolves_the_dead_letter(tmp_path):
    engine = ScriptedEngine()
    engine.script["a", "prepare"] = [GateError("no.")]
    run(tmp_path, engine, "a")
    run(tmp_path, ScriptedEngine(), "a")
    assert [letter.status for letter in letters_of(tmp_path)] == ["resolved"]


def test_datasets_that_do_not_fit_together_are_told_and_the_report_is_kept(tmp_path):
    engine = ScriptedEngine(has_dataset=True)
    record = BatchRecord(str(tmp_path), "some", engine.name)
    scenes = run_batch(plan_of(str(tmp_path), "a", "b"), engine, NOW, record)
    report = record.merge(scenes)
    assert report.dataset_problem.startswith("primitive_arm: ")
    assert (report.success, report.datasets) == (2, [])
    assert report_of(tmp_path) == report


def test_two_processes_do_not_run_one_batch(tmp_path):
    store = open_store(str(tmp_path))
    key = "batches/some/locks/run.lock"
    with locked_key(store, key, "elsewhere:1"), pytest.raises(LockHeldError, match="elsewhere"):
        run(tmp_path, ScriptedEngine(), "a")
    assert run(tmp_path, ScriptedEngine(), "a") == {"a": "success"}


def test_ctrl_c_leaves_a_report_that_says_what_was_cancelled(tmp_path):
    engine = ScriptedEngine(slots=1)
    submit = engine.submit

    def stopped(work, job):
        if work.__name__ == "prepare_scene" and job.scene_id == "b":
            raise KeyboardInterrupt
        return submit(work, job)

    engine.submit = stopped
    with pytest.raises(InterruptedRunError):
        run(tmp_path, engine, "a", "b", "c", limits=BatchLimits(max_concurrent=1))
    report = report_of(tmp_path)
    assert [item.status for item in report.scene_reports] == ["success", "cancelled", "cancelled"]


def test_progress_counts_scenes_and_episodes(tmp_path):
    told = []
    engine = ScriptedEngine()
    record = BatchRecord(str(tmp_path), "some", engine.name)
    run_batch(plan_of(str(tmp_path), "a", "b"), engine, NOW, record, lambda *words: told.append(words[:3]))
    assert told[-2:] == [("scenes", 2, 2), ("episodes", 8, 8)]
    assert json.loads((tmp_path / "batches/some/batch_report.json").read_text())["running"] == 0
