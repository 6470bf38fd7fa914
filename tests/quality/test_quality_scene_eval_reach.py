"""RCH comes from the task set, and does not apply before there is one."""

from pathlib import Path

import pytest

from blueprint.contracts.task import Reachability, TaskSet, WishOutcome
from blueprint.quality.scene_eval.reach import reach_metric
from blueprint.storage import layout


def write(folder: Path, reached: int, objects: int) -> None:
    unreached = [f"cup_{k}" for k in range(objects - reached)]
    figures = Reachability(objects=objects, reached=reached, unreached=unreached, emitted=0, with_path=0)
    wishes = [WishOutcome(verb="pick", words="pick up the cup", met=False, reason="no_path")]
    TaskSet(scene_id="s", embodiment="panda", tasks=[], wishes=wishes, reachability=figures).write(
        folder / layout.TASKS
    )


@pytest.mark.parametrize(("reached", "meets"), [(20, True), (19, True), (18, False)])
def test_rch_is_the_share_of_task_objects_and_names_the_others(tmp_path: Path, reached: int, meets: bool) -> None:
    write(tmp_path, reached, 20)
    metric = reach_metric(tmp_path)
    assert metric.value == pytest.approx(5 * reached)
    assert metric.meets_target is meets
    assert len(metric.offenders) == 20 - reached
    assert metric.figures["wishes_met_percent"] == 0


def test_rch_does_not_apply_without_tasks_or_task_objects(tmp_path: Path) -> None:
    assert reach_metric(tmp_path).not_applicable
    write(tmp_path, 0, 0)
    assert reach_metric(tmp_path).not_applicable
    (tmp_path / layout.TASKS).write_text("[]")
    assert "cannot be read" in (reach_metric(tmp_path).not_applicable or "")
