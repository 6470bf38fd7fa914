"""Whether an episode's recorded poses reach its task's goal: computed from the states, whatever the recorder said."""

import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from blueprint.contracts.episode import PredicateResult
from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Pose
from blueprint.contracts.geniesim.import_bundle import RefusalReason
from blueprint.contracts.geniesim.template import Stage, TaskTemplate
from blueprint.quality.geniesim.reader import RawEpisode, iter_object_poses
from blueprint.quality.geniesim.refusal import EpisodeRefusedError
from blueprint.sim.geniesim.checkers import Checker, parse_checker

__all__ = ["Templates", "read_templates", "template_of", "verify_goal"]

_KEPT = ("place", "insert", "rotate")  # what these stages reach must still hold when the episode ends
_GRIPPER = "gripper"  # in a template: that of the arm which acts

Templates = Mapping[tuple[str, str], TaskTemplate]
_ROBOT_TYPES = {"G1": "A2D", "G2": "G2A"}


def template_of(task: str, robot_type: str, templates: Templates) -> TaskTemplate | None:
    """Return the template of a recording's task name: its own name, or that with the instance's number behind it."""
    return templates.get((task, robot_type)) or templates.get((task.rpartition("_")[0], robot_type))


def verify_goal(episode: RawEpisode, template: TaskTemplate) -> list[PredicateResult]:
    """Measure the template's checkers and filter rules on the recorded poses; return what held.

    A stage's checkers must hold where it ends, those of placing where the episode ends, unless the object is taken
    again. Raises EpisodeRefusedError where one does not hold, or where what it speaks of was not recorded. A template
    that says nothing about poses proves nothing and gives an empty list.
    """
    results: list[PredicateResult] = []
    due = _due(episode, template)
    first: Mapping[str, Pose] = {}
    objects: Mapping[str, Pose] = {}
    for frame, (objects, grippers) in enumerate(iter_object_poses(episode.folder)):
        first = first or objects
        for label, checker in due.get(frame, ()):
            measured = _measure(checker, objects, grippers)
            results.append(
                PredicateResult(
                    predicate=f"{label} {checker.params.rule} {checker.params.value:g} at frame {frame}",
                    satisfied=checker.params.holds(measured),
                    measured=f"{measured:.4f}",
                )
            )
    for rule in template.task_metric.filter_rules:
        results += _RULES.get(rule.rule_name, _no_poses)(rule.params, first, objects)
    unmet = [f"{item.predicate}: measured {item.measured}" for item in results if not item.satisfied]
    if unmet:
        raise EpisodeRefusedError(RefusalReason.GOAL_NOT_REACHED, "; ".join(unmet))
    return results


def read_templates(folder: Path) -> dict[tuple[str, str], TaskTemplate]:
    """Return the task templates below a folder of an exported package (`tasks/**/*.json`), by task and robot type."""
    found: dict[tuple[str, str], TaskTemplate] = {}
    for path in sorted(folder.rglob("*.json")) if folder.is_dir() else []:
        if not path.is_symlink():
            template = TaskTemplate.read(path)
            found[template.task, _ROBOT_TYPES[template.robot.robot_id]] = template
    return found


def _due(episode: RawEpisode, template: TaskTemplate) -> dict[int, list[tuple[str, Checker]]]:
    """Return frame → checkers to measure there."""
    stages = [stage for stage in template.stages if stage.action != "reset"]
    last = episode.frames - 1
    segments = [segment for segment in episode.segments if segment.skill != "reset"]
    matched = [segment.skill for segment in segments] == [stage.action for stage in stages]
    due: dict[int, list[tuple[str, Checker]]] = {}
    for number, stage in enumerate(stages):
        for spec in stage.checker:
            arm = str(stage.extra_params.get("arm", _GRIPPER)).replace("auto", _GRIPPER)
            params = {key: arm if value == _GRIPPER else value for key, value in spec.params.items()}
            checker = parse_checker(json.dumps({"checker_name": spec.checker_name, "params": params}))
            label = f"{stage.action} {spec.checker_name} {spec.params.get('object_id')}"
            if stage.action in _KEPT and not _moved_again(stages[number + 1 :], spec.params.get("object_id")):
                due.setdefault(last, []).append((label, checker))
            elif matched:
                due.setdefault(segments[number].end - 1, []).append((label, checker))
    return due


def _moved_again(later: Sequence[Stage], object_id: object) -> bool:
    return any(
        object_id in (stage.active.object_id, stage.passive.object_id) for stage in later if stage.action == "pick"
    )


def _end_higher(
    params: Mapping[str, Any], first: Mapping[str, Pose], last: Mapping[str, Pose]
) -> list[PredicateResult]:
    """Genie Sim's rule is_object_end_higher_than_start: in the world's Z, by `delta_z` less `tolerance`."""
    least = float(params.get("delta_z", 0.08)) - float(params.get("tolerance", 0.03))
    results = []
    for name in params["objects"]:
        risen = _recorded(name, last).position[2] - _recorded(name, first).position[2]
        results.append(
            PredicateResult(predicate=f"{name} rose by {least:g} m", satisfied=risen >= least, measured=f"{risen:.4f}")
        )
    return results


def _inside_range(
    params: Mapping[str, Any], _first: Mapping[str, Pose], last: Mapping[str, Pose]
) -> list[PredicateResult]:
    """Genie Sim's rule is_object_relative_position_in_target: the position in the target's frame, axis by axis."""
    target, ranges = params["target"], params["relative_position_range"]
    results = []
    for name in params["objects"]:
        place = (_recorded(target, last).inverse() @ _recorded(name, last)).position
        inside = all(low <= value <= high for value, (low, high) in zip(place, ranges, strict=True))
        text = ", ".join(f"{value:.4f}" for value in place)
        results.append(
            PredicateResult(predicate=f"{name} in {target} within {ranges}", satisfied=inside, measured=text)
        )
    return results


def _no_poses(
    _params: Mapping[str, Any], _first: Mapping[str, Pose], _last: Mapping[str, Pose]
) -> list[PredicateResult]:
    """A rule about pictures, or one that nobody here knows, says nothing about poses."""
    return []


_RULES = {
    "is_object_end_higher_than_start": _end_higher,
    "is_object_relative_position_in_target": _inside_range,
}


def _recorded(name: str, poses: Mapping[str, Pose]) -> Pose:
    pose = poses.get(name.rsplit("/", 1)[-1])
    if pose is None:
        raise EpisodeRefusedError(
            RefusalReason.GOAL_NOT_REACHED, f"{name!r} of the task was not recorded, only {sorted(poses)[:8]}"
        )
    return pose


def _measure(checker: Checker, objects: Mapping[str, Pose], grippers: Mapping[str, Pose]) -> float:
    """Measure a checker; where a recording does not say which arm acts, with the gripper that satisfies it, if any."""
    acting = grippers.get(_GRIPPER)
    sides = [acting] if acting else list(grippers.values())
    poses: list[Mapping[str, Pose]] = [{**objects, **grippers, _GRIPPER: pose} for pose in sides]
    try:
        values = [checker.params.measure(partial(_recorded, poses=known)) for known in poses or [objects]]
    except EpisodeRefusedError:
        raise
    except InputError as error:
        raise EpisodeRefusedError(RefusalReason.INVALID_DOCUMENT, str(error)) from error
    return next((value for value in values if checker.params.holds(value)), values[0])
