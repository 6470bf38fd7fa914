"""A step that failed is planned again after the hand has got clear; that is recorded, and it replays."""

import numpy as np
import pytest

from blueprint.contracts.episode import FailureReason
from blueprint.contracts.task import AtRest, Fallen, TaskStep
from blueprint.episodes.job import EpisodeJob, RenderSettings
from blueprint.episodes.replay import replay
from blueprint.episodes.rollout import MAX_RECOVERIES, roll_out
from blueprint.episodes.run import run_episode
from blueprint.episodes.worlds import WorldCache
from blueprint.motion.pick import Pick
from blueprint.motion.place import Place

NO_VIDEO = RenderSettings(enabled=False)


@pytest.fixture(scope="module")
def worlds():
    cache = WorldCache()
    yield cache
    cache.close()


def never_closing(monkeypatch, times):
    """Let the gripper stay open in the first `times` plans of a pick; return the names of the grasps tried."""
    plan, tried = Pick.plan, []

    def spoiled(self, ctx):
        actions = plan(self, ctx)
        tried.append(ctx.memory["grasp"].name)
        if len(tried) <= times:
            actions[:, -1] = ctx.arm_spec.opening_max_m
        return actions

    monkeypatch.setattr(Pick, "plan", spoiled)
    return tried


def test_a_missed_grasp_is_tried_again_with_another_grasp_and_replays(bench, monkeypatch, worlds, tmp_path):
    scene_dir, task = bench
    tried = never_closing(monkeypatch, times=1)
    job = EpisodeJob(scene_dir, task, "recovered", seed=3, render=NO_VIDEO, records_dir=tmp_path)
    record = run_episode(job, worlds)
    assert record.success, record.failure_detail
    assert [part.name for part in record.subtasks] == ["pick", "recover", "pick", "place"]
    (recovery,) = record.recoveries
    assert (recovery.step, recovery.failed, recovery.reason) == (0, "pick", FailureReason.GRASP_MISSED)
    assert record.subtasks[recovery.subtask].name == "recover"
    assert tried[0] != tried[1]
    result = replay(job.folder, scene_dir, worlds)
    assert result.identical
    assert result.success


def test_after_two_recoveries_the_failure_stands(bench, monkeypatch, worlds):
    scene_dir, task = bench
    tried = never_closing(monkeypatch, times=99)
    result = roll_out(worlds.world(scene_dir, task, None), task, np.random.default_rng(3), 1200)
    assert not result.success
    assert result.reason is FailureReason.GRASP_MISSED
    assert len(result.trace.recoveries) == MAX_RECOVERIES
    assert len(tried) == MAX_RECOVERIES + 1
    assert [part.end for part in result.trace.subtasks[:-1]] == [part.start for part in result.trace.subtasks[1:]]


def test_a_thing_that_is_lost_is_not_tried_for_again(bench, monkeypatch, worlds):
    scene_dir, task = bench
    tried = never_closing(monkeypatch, times=99)
    lost = task.model_copy(update={"reset": [Fallen(object_id="block_1", height_m=5.0)]})
    result = roll_out(worlds.world(scene_dir, lost, None), lost, np.random.default_rng(3), 1200)
    assert result.reason is FailureReason.GRASP_MISSED
    assert result.trace.recoveries == []
    assert len(tried) == 1


def test_what_slips_out_of_the_hand_on_its_way_is_picked_up_again(bench, monkeypatch, worlds):
    scene_dir, task = bench
    plan, tried = Place.plan, []

    def letting_go(self, ctx):
        actions = plan(self, ctx)
        tried.append(len(actions))
        if len(tried) == 1:
            actions[4:, -1] = ctx.arm_spec.opening_max_m
        return actions

    monkeypatch.setattr(Place, "plan", letting_go)
    result = roll_out(worlds.world(scene_dir, task, None), task, np.random.default_rng(3), 1200)
    names = [part.name for part in result.trace.subtasks]
    assert names[:3] == ["pick", "place", "recover"]
    assert result.trace.recoveries[0].failed == "place"
    assert result.success, result.detail


def test_each_step_is_judged_when_it_is_done_and_its_frames_name_it(bench, worlds):
    scene_dir, task = bench
    there, back = task.step_list()[0], task.step_list()[0]
    goal = back.goal.model_copy(
        update={"pose_region_object": back.goal.pose_region_object.model_copy(update={"position": (0.08, -0.05, 0.0)})}
    )
    both = task.model_copy(update={"task_type": "chain", "steps": [there, back.model_copy(update={"goal": goal})]})
    result = roll_out(worlds.world(scene_dir, both, None), both, np.random.default_rng(3), 1200)
    assert result.success, result.detail
    assert [(part.name, part.step) for part in result.trace.subtasks] == [
        ("pick", 0),
        ("place", 0),
        ("pick", 1),
        ("place", 1),
    ]
    never = TaskStep(**{**there.model_dump(), "success": [AtRest(object_id="block_1", max_speed_m_per_s=-1.0)]})
    failing = both.model_copy(update={"steps": [never, both.steps[1]]})
    result = roll_out(worlds.world(scene_dir, failing, None), failing, np.random.default_rng(3), 1200)
    assert result.reason is FailureReason.GOAL_MISSED
    assert {item.failed for item in result.trace.recoveries} == {"check"}
    assert {part.step for part in result.trace.subtasks} == {0}  # the second step was not begun
