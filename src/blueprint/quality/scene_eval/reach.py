"""RCH: how much of a scene the robot of its task set gets at."""

from pathlib import Path

from blueprint.contracts.errors import BlueprintError
from blueprint.contracts.scene_eval import Metric
from blueprint.contracts.task import TaskSet
from blueprint.quality.scene_eval.figures import judged, not_applicable
from blueprint.storage import layout

__all__ = ["reach_metric"]

_NAME = "task objects with a collision-free base and grasp"
_TARGET = 95.0


def reach_metric(scene_dir: Path) -> Metric:
    """Return RCH, as stage tasks measured it for its robot; not applicable before that stage."""
    path = scene_dir / layout.TASKS
    if not path.is_file():
        return not_applicable("RCH", _NAME, "stage tasks was not run")
    try:
        tasks = TaskSet.read(path)
    except BlueprintError as error:
        return not_applicable("RCH", _NAME, f"{layout.TASKS} cannot be read: {error}"[:300])
    found = tasks.reachability
    if found is None or not found.objects:
        return not_applicable("RCH", _NAME, f"{layout.TASKS} counts no task objects")
    figures: dict[str, float] = {"objects": found.objects, "emitted": found.emitted}
    if found.emitted:
        figures["emitted_with_path_percent"] = 100 * found.with_path / found.emitted
    if tasks.wishes:
        figures["wishes_met_percent"] = 100 * sum(wish.met for wish in tasks.wishes) / len(tasks.wishes)
    share = 100 * found.reached / found.objects
    return judged("RCH", _NAME, share, "higher", _TARGET, unit="%", figures=figures, offenders=found.unreached)
