"""Whether an episode's recorded poses reach its task's goal: computed from the states, whatever the recorder said."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from blueprint.contracts.episode import PredicateResult
from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Pose
from blueprint.contracts.geniesim.import_bundle import RefusalReason
from blueprint.contracts.geniesim.template import Stage, TaskTemplate
from blueprint.quality.geniesim.reader import RawEpisode, iter_object_poses
from blueprint.quality.geniesim.refusal import EpisodeRefusedError
from blueprint.sim.geniesim.checkers import Checker, parse_checker

__all__ = ["read_templates", "template_of", "verify_goal"]

_KEPT = ("place", "insert", "rotate")  # what these stages reach must still hold when the episode ends


def template_of(task: str, templates: Mapping[str, TaskTemplate]) -> TaskTemplate | None:
    """Return the template of a recording's task name: its own name, or that with the instance's number behind it."""
    name = task.strip("[]")
    return templates.get(name) or templates.get(name.rpartition("_")[0])


def verify_goal(episode: RawEpisode, template: TaskTemplate) -> list[PredicateResult]:
    """Measure the template's checkers on the recorded poses. A stage's hold when it ends, those of placing at the end.

    Raises EpisodeRefusedError where one does not hold, or where what it speaks of was not recorded. A template without
    checkers proves nothing and gives an empty list.
    """
    results: list[PredicateResult] = []
    unmet: list[str] = []
    due = _due(episode, template)
    for frame, (objects, grippers) in enumerate(iter_object_poses(episode.folder)):
        for label, checker in due.get(frame, ()):
            measured = _measure(checker, objects, grippers)
            text = f"{checker.params.rule} {checker.params.value:g}"
            holds = checker.params.holds(measured)
            results.append(PredicateResult(predicate=f"{label}: {text}", satisfied=holds, measured=f"{measured:.4f}"))
            if not holds:
                unmet.append(f"{label} is {measured:.4f} at frame {frame}, not {text}")
    if unmet:
        raise EpisodeRefusedError(RefusalReason.GOAL_NOT_REACHED, "; ".join(unmet))
    return results


def read_templates(folder: Path) -> dict[str, TaskTemplate]:
    """Return the task templates below a folder of an exported package (`tasks/**/*.json`), by their task's name."""
    found: dict[str, TaskTemplate] = {}
    for path in sorted(folder.rglob("*.json")) if folder.is_dir() else []:
        if not path.is_symlink():
            template = TaskTemplate.read(path)
            found[template.task] = template
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
            checker = parse_checker(json.dumps({"checker_name": spec.checker_name, "params": spec.params}))
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


def _measure(checker: Checker, objects: Mapping[str, Pose], grippers: Mapping[str, Pose]) -> float:
    def pose_of(name: str) -> Pose:
        key = name.rsplit("/", 1)[-1]
        pose = grippers.get(key) or objects.get(key)
        if pose is None:
            raise EpisodeRefusedError(
                RefusalReason.GOAL_NOT_REACHED, f"the checker's {name!r} was not recorded, only {sorted(objects)[:8]}"
            )
        return pose

    try:
        return checker.params.measure(pose_of)
    except EpisodeRefusedError:
        raise
    except InputError as error:
        raise EpisodeRefusedError(RefusalReason.INVALID_DOCUMENT, str(error)) from error
