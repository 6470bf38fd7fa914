"""The runner on a toy graph: skipping, gates on every path, and being killed inside any stage."""

import io
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace

import pytest
import structlog

from blueprint.contracts.errors import GateError, InputError, InterruptedRunError, StageError
from blueprint.contracts.markers import CompletionMarker, FailureMarker
from blueprint.contracts.quality_gate import GateCheck
from blueprint.pipeline.runner import run_stage, run_stages, select, status_of
from blueprint.pipeline.settings import RunSettings
from blueprint.pipeline.stage import Outcome, Stage, StageContext, expand
from blueprint.services.logs import configure_logs


def first(context: StageContext) -> Outcome:
    (context.scene_dir / "a").mkdir(exist_ok=True)
    (context.scene_dir / "a" / "out.txt").write_text(f"seed {context.settings.seed}\n")
    good = "bad" not in (context.scene_dir / "in.txt").read_text()
    check = GateCheck(name="good", passed=good, severity="ERROR", message="input is bad")
    context.judge("a_good", "a_done", [context.scene_dir / "a" / "out.txt"], [check])
    return Outcome({"objects_count": 3}, ("a fallback",))


def second(context: StageContext) -> Outcome:
    text = (context.scene_dir / "a" / "out.txt").read_text()
    if "seed 13" in text:
        raise ValueError("thirteen is not liked here")
    if "seed 7" in text:
        raise KeyboardInterrupt
    (context.scene_dir / "b").mkdir(exist_ok=True)
    (context.scene_dir / "b" / "out.txt").write_text(text * 2)
    return Outcome()


STAGES = [
    Stage("first", "a", first, ("in.txt",), ("a/*.txt",), "a/.done", ("a/.stage1",), (), ("a_good",), ("seed",)),
    Stage("second", "b", second, ("a/*.txt",), ("b/*.txt",), "b/.done", requires=("a_good",)),
]


@pytest.fixture
def scene_dir(tmp_path):
    (tmp_path / "in.txt").write_text("input\n")
    return tmp_path


def statuses(scene_dir, **settings):
    return [run.status for run in run_stages(STAGES, scene_dir, RunSettings(**settings))]


def test_an_unchanged_stage_is_skipped_and_a_changed_one_re_runs_with_all_after_it(scene_dir):
    assert statuses(scene_dir) == ["completed", "completed"]
    assert statuses(scene_dir) == ["unchanged", "unchanged"]
    assert statuses(scene_dir, episodes=99) == ["unchanged", "unchanged"]  # no stage here depends on it
    assert statuses(scene_dir, seed=1) == ["completed", "completed"]
    assert (scene_dir / "b" / "out.txt").read_text() == "seed 1\n" * 2


def test_an_optional_stage_is_passed_over_where_the_scene_has_none_of_its_inputs(scene_dir):
    asked = {"asked_by": ("photo.txt",), "reads": ("photo.txt",), "requires": ()}
    stages = [replace(STAGES[0], **asked), STAGES[0]]
    assert status_of(stages[0], scene_dir, RunSettings()) == "not needed"
    assert [run.stage for run in run_stages(stages, scene_dir, RunSettings())] == ["first"]
    (scene_dir / "photo.txt").write_text("a photo\n")
    assert status_of(stages[0], scene_dir, RunSettings()) == "run"
    assert len(run_stages(stages, scene_dir, RunSettings())) == 2


def test_a_marker_among_the_outputs_does_not_make_its_own_stage_stale(scene_dir):
    stages = [replace(stage, writes=(f"{stage.marker[0]}/**/*",)) for stage in STAGES]
    for expected in ("completed", "unchanged"):
        assert [run.status for run in run_stages(stages, scene_dir, RunSettings())] == [expected] * 2


def test_a_stage_whose_output_was_touched_re_runs(scene_dir):
    statuses(scene_dir)
    (scene_dir / "b" / "out.txt").write_text("tampered")
    assert statuses(scene_dir) == ["unchanged", "completed"]
    (scene_dir / "b" / "out.txt").unlink()
    assert statuses(scene_dir) == ["unchanged", "completed"]


def test_the_marker_is_written_last_under_both_names_with_the_stages_own_fields(scene_dir):
    statuses(scene_dir)
    marker = CompletionMarker.read(scene_dir / "a" / ".done")
    assert marker.inputs.keys() == {"in.txt"}
    assert marker.outputs.keys() == {"a/out.txt"}
    assert marker.fallbacks == ["a fallback"]
    assert marker.model_dump()["objects_count"] == 3
    assert (scene_dir / "a" / ".stage1").read_bytes() == (scene_dir / "a" / ".done").read_bytes()


def test_a_failed_gate_blocks_the_run_and_every_way_round_it(scene_dir):
    (scene_dir / "in.txt").write_text("bad\n")
    with pytest.raises(GateError, match="input is bad"):
        statuses(scene_dir)
    with pytest.raises(GateError):  # resume
        statuses(scene_dir)
    with pytest.raises(GateError):  # from-stage
        run_stages(select(STAGES, "second", None), scene_dir, RunSettings())
    with pytest.raises(GateError):  # a cloud trigger calls one stage
        run_stage(STAGES[1], scene_dir, RunSettings(), force=True)
    assert not (scene_dir / "b").exists()


def test_a_gate_of_yesterdays_bytes_blocks(scene_dir):
    statuses(scene_dir)
    (scene_dir / "a" / "out.txt").write_text("edited by hand\n")
    with pytest.raises(GateError, match="other bytes"):
        run_stages(select(STAGES, "second", None), scene_dir, RunSettings())


def test_a_failing_stage_leaves_a_failure_marker_and_what_was_there_before(scene_dir):
    with pytest.raises(StageError, match="thirteen is not liked"):
        statuses(scene_dir, seed=13)
    marker = FailureMarker.read(scene_dir / "b" / ".failed")
    assert marker.error.type == "ValueError"
    assert "Traceback" in (marker.error.stack_trace or "")
    assert (scene_dir / "a" / ".done").exists()
    assert not (scene_dir / "b" / ".done").exists()
    statuses(scene_dir)
    assert not (scene_dir / "b" / ".failed").exists()


def test_ctrl_c_is_no_failure_and_the_finished_stage_stays(scene_dir):
    with pytest.raises(InterruptedRunError, match="second"):
        statuses(scene_dir, seed=7)
    assert (scene_dir / "a" / ".done").exists()
    assert not (scene_dir / "b" / ".failed").exists()


def test_a_stage_without_inputs_an_unknown_stage_and_a_wrong_order_are_refused(scene_dir):
    with pytest.raises(InputError, match="none of its inputs"):
        run_stage(STAGES[0], scene_dir / "nowhere", RunSettings())
    with pytest.raises(InputError, match="first, second"):
        select(STAGES, "third", None)
    with pytest.raises(InputError, match="comes after"):
        select(STAGES, "second", "first")
    with pytest.raises(InputError, match="leaves the scene"):
        expand(scene_dir, ["../*"])


def test_stages_log_their_start_and_end_with_scene_and_stage(scene_dir):
    stream = io.StringIO()
    configure_logs(json=True, stream=stream)
    try:
        with pytest.raises(StageError):
            statuses(scene_dir, seed=13)
        configure_logs(json=True, level="warning", stream=stream)
        statuses(scene_dir)
    finally:
        structlog.reset_defaults()
    events = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [(event["event"], event["stage"]) for event in events] == [
        ("stage started", "first"),
        ("stage finished", "first"),
        ("stage started", "second"),
        ("stage failed", "second"),
    ]
    assert {event["scene"] for event in events} == {scene_dir.name}


KILLED = textwrap.dedent(
    """
    import os, pathlib, sys, time
    sys.path.insert(0, os.environ["TESTS"])
    import test_pipeline_runner as toy
    from dataclasses import replace
    from blueprint.pipeline.runner import run_stages
    from blueprint.pipeline.settings import RunSettings
    def hang(run):
        def body(context):
            outcome = run(context)
            print("inside", flush=True)
            time.sleep(60)
            return outcome
        return body
    stages = [replace(s, run=hang(s.run)) if s.name == sys.argv[2] else s for s in toy.STAGES]
    run_stages(stages, pathlib.Path(sys.argv[1]), RunSettings())
    """
)


@pytest.mark.slow
@pytest.mark.parametrize("victim", ["first", "second"])
def test_killed_inside_a_stage_the_run_goes_on_to_the_same_bytes(scene_dir, tmp_path_factory, victim):
    whole = tmp_path_factory.mktemp("whole")
    (whole / "in.txt").write_text("input\n")
    statuses(whole)
    environment = os.environ | {"TESTS": os.path.dirname(__file__)}
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(scene_dir), victim], stdout=subprocess.PIPE, env=environment
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"inside\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    time.sleep(0.05)
    assert not (scene_dir / ("a" if victim == "first" else "b") / ".done").exists()
    assert statuses(scene_dir) == (["completed"] * 2 if victim == "first" else ["unchanged", "completed"])
    for name in ("a/out.txt", "b/out.txt"):
        assert (scene_dir / name).read_bytes() == (whole / name).read_bytes()
