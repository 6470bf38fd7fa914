"""What is in the scene, whether that is what was asked for, and whether what is missing is admitted."""

from collections import Counter
from pathlib import Path

from blueprint.contracts.errors import BlueprintError
from blueprint.contracts.markers import CompletionMarker
from blueprint.contracts.scene_eval import Metric
from blueprint.quality.scene_eval.figures import judged, not_applicable, reported
from blueprint.quality.scene_eval.subject import Subject
from blueprint.sources.text.evaluate import SpecCheck, evaluate_spec, is_listed
from blueprint.storage import layout

__all__ = ["content_metrics", "request_metrics", "time_metric"]

_REQUEST = {
    "CNT": ("count and negation requirements met", 98.0),
    "ATR": ("attribute requirements met", 90.0),
    "OOR": ("relations between objects met", 90.0),
    "OAR": ("relations to walls, corners, doors and windows met", 90.0),
    "ROOM": ("what is asked of the rooms themselves is met", 90.0),
    "UNSAT": ("what is not met is listed as unsatisfied", 100.0),
}
_KINDS = {"count": "CNT", "negation": "CNT", "attribute": "ATR", "relation": "OOR", "place": "OAR", "room": "ROOM"}
_STAGES = ("source", "simready", "usd")
_SECONDS_PER_SCENE = 15.0
_HAND_KG = 5.0


def content_metrics(subject: Subject) -> list[Metric]:
    """Return OBJ: objects without the shell, and how many of them can be handled, are articulated, are of a kind.

    A manipuland is free to move, is no articulated furniture, and weighs at most 5 kg.
    """
    items = [item for item in subject.scene.objects if item.sim_role != "scene_shell"]
    models = {item.id: subject.scene.asset(item.id) for item in items}
    kinds = Counter(item.category or models[item.id].category for item in items)
    handled = [
        item
        for item in items
        if not item.is_fixed
        and not models[item.id].is_articulated
        and all(link.inertial for link in models[item.id].links)
        and models[item.id].mass_kg <= _HAND_KG
    ]
    figures = {
        "manipulands": len(handled),
        "articulated": sum(models[item.id].is_articulated for item in items),
        "fixed": sum(item.is_fixed for item in items),
        "categories": len(kinds),
        "assets": len({model.asset_id for model in models.values()}),
    }
    return [reported("OBJ", "objects without the room's shell", len(items), figures=figures)]


def request_metrics(subject: Subject) -> list[Metric]:
    """Return CNT, ATR, OOR, OAR and ROOM (percent of their checks passed, by geometry), and UNSAT (percent of what is
    not met that the manifest admits)."""
    if subject.spec is None:
        why = "the manifest does not say what was asked for"
        return [not_applicable(name, words, why) for name, (words, _) in _REQUEST.items()]
    report = evaluate_spec(subject.spec, subject.scene)
    metrics = []
    for name in ("CNT", "ATR", "OOR", "OAR", "ROOM"):
        words, target = _REQUEST[name]
        checks = [check for check in report.checks if _KINDS.get(check.kind) == name]
        if not checks:
            metrics.append(not_applicable(name, words, "the prompt asks for nothing of the kind"))
            continue
        bad = [_unmet(check) for check in checks if not check.passed]
        metrics.append(_percent(name, words, target, len(checks), bad))
    given = subject.scene.manifest.metadata.get("unsatisfied")
    listed = [item for item in given if isinstance(item, dict)] if isinstance(given, list) else []
    unmet = [check for check in report.checks if not check.passed]
    words, target = _REQUEST["UNSAT"]
    if unmet:
        hidden = [_unmet(check) for check in unmet if not is_listed(check, listed)]
        metrics.append(_percent("UNSAT", words, target, len(unmet), hidden))
    else:
        metrics.append(not_applicable("UNSAT", words, "everything that was asked for is met"))
    return metrics


def time_metric(scene_dir: Path) -> Metric:
    """Return TIME: seconds from the prompt to the certified stage, as the run's own markers recorded them."""
    name = "time to make the scene, certificate included"
    seconds: dict[str, float] = {}
    for stage in _STAGES:
        for marker in layout.marker_names(stage):
            path = scene_dir / marker
            if stage not in seconds and path.is_file():
                try:
                    seconds[stage] = CompletionMarker.read(path).duration_s
                except BlueprintError:
                    continue  # an older generation's marker without a duration
    if len(seconds) < len(_STAGES):
        return not_applicable(
            "TIME", name, f"stages without a recorded duration: {sorted(set(_STAGES) - set(seconds))}"
        )
    figures = {f"{stage}_s": duration for stage, duration in seconds.items()}
    return judged("TIME", name, sum(seconds.values()), "lower", _SECONDS_PER_SCENE, unit="s", figures=figures)


def _percent(name: str, words: str, target: float, count: int, bad: list[str]) -> Metric:
    value = 100 * (count - len(bad)) / count
    return judged(name, words, value, "higher", target, unit="%", figures={"checks": count}, offenders=bad)


def _unmet(check: SpecCheck) -> str:
    return f"{check.subject}: {check.kind} {check.expected}, measured {check.measured}"
