"""`blueprint scene eval`: every metric of one scene folder, or of a folder of them, as a document and a page."""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from blueprint.contracts.certificate import Thresholds
from blueprint.contracts.errors import BlueprintError, InputError
from blueprint.contracts.scene_eval import Metric, SceneEval, SceneEvalSet
from blueprint.contracts.seeds import derive_seed
from blueprint.quality.scene_eval.contents import content_metrics, request_metrics, time_metric
from blueprint.quality.scene_eval.diversity import Outline, det_metric, div_metric, outline_of
from blueprint.quality.scene_eval.figures import judged, not_applicable
from blueprint.quality.scene_eval.page import write_page
from blueprint.quality.scene_eval.peers import PEER_READERS
from blueprint.quality.scene_eval.physics import certificate_of, fixed_overlaps, physics_metrics
from blueprint.quality.scene_eval.reach import reach_metric
from blueprint.quality.scene_eval.space import space_metrics
from blueprint.quality.scene_eval.subject import OWN, Reader, Subject, read_subject
from blueprint.quality.scene_eval.supports import support_metric
from blueprint.quality.scene_eval.views import render_views
from blueprint.storage import layout

__all__ = ["EvalOptions", "evaluate_path", "evaluate_subject", "find_scenes"]

DOCUMENT = "scene_eval.json"
PAGE = "index.html"
_MAX_SCENES = 10_000


class EvalOptions:
    """What to do: disturb the scenes too (`perturb`), draw them (`renderer`, None: no pictures), by which limits."""

    def __init__(
        self,
        *,
        perturb: bool = False,
        renderer: str | None = "auto",
        thresholds: Thresholds | None = None,
        readers: Sequence[Reader] = PEER_READERS,
    ) -> None:
        self.perturb, self.renderer, self.thresholds, self.readers = perturb, renderer, thresholds, tuple(readers)


def evaluate_path(
    path: Path,
    out: Path,
    options: EvalOptions | None = None,
    on_scene: Callable[[int, int, str], None] | None = None,
) -> SceneEval | SceneEvalSet:
    """Evaluate a scene folder, or every scene folder below a folder, and write `scene_eval.json`, `index.html` and
    the pictures to `out`.

    One scene gives a SceneEval; a folder of scenes a SceneEvalSet, with a sub-folder per scene. Of a set, a scene that
    cannot be read is listed in `unreadable` and the others go on; a single scene raises what reading it raises. Raises
    InputError where there is no scene at all.
    """
    chosen = options or EvalOptions()
    if _reader_of(path, chosen) is not None:
        evaluation, _ = _evaluate_one(path, out, chosen)
        return evaluation
    folders = find_scenes(path, chosen)
    evaluations: list[SceneEval] = []
    outlines: list[Outline] = []
    unreadable: dict[str, str] = {}
    pages: dict[str, str] = {}
    for number, folder in enumerate(folders):
        name = folder.relative_to(path).as_posix()
        if on_scene is not None:
            on_scene(number, len(folders), name)
        try:
            evaluation, outline = _evaluate_one(folder, out / name, chosen)
        except BlueprintError as error:
            unreadable[name] = str(error)
            continue
        evaluations.append(evaluation)
        outlines.append(outline)
        pages[evaluation.scene_id] = f"{name}/{PAGE}"
    document = SceneEvalSet(
        scenes=evaluations, metrics=_of_all(evaluations, outlines, unreadable), unreadable=unreadable
    )
    document.write(out / DOCUMENT)
    write_page(document, out / PAGE, pages=pages)
    return document


def find_scenes(path: Path, options: EvalOptions | None = None) -> list[Path]:
    """Return the scene folders below a folder, sorted; a scene inside of a scene is not looked for."""
    if not path.is_dir():
        raise InputError(f"{path} is not a folder.", remedy="name a scene folder, or a folder of scene folders.")
    chosen = options or EvalOptions()
    found: list[Path] = []
    queue = [path]
    while queue:
        current = queue.pop()
        if _reader_of(current, chosen) is not None:
            found.append(current)
        else:
            queue += _subfolders(current)
        if len(found) > _MAX_SCENES:
            raise InputError(f"{path} holds more than {_MAX_SCENES} scenes.", remedy="evaluate them in parts.")
    if not found:
        raise InputError(f"no scene below {path}.", remedy=f"a scene folder holds {layout.SCENE_MANIFEST}.")
    return sorted(found)


def _subfolders(folder: Path) -> list[Path]:
    try:
        return [child for child in folder.iterdir() if child.is_dir() and not child.is_symlink()]
    except OSError as error:
        raise InputError(f"cannot list {folder}: {error.strerror or error}.", remedy="check its rights.") from error


def evaluate_subject(subject: Subject, options: EvalOptions | None = None) -> SceneEval:
    """Return every metric of a scene that was read."""
    chosen = options or EvalOptions()
    metadata = subject.scene.manifest.metadata
    seed = metadata.get("seed") if isinstance(metadata.get("seed"), int) else None
    disturbance = derive_seed(0, "scene_eval", subject.scene.scene_id) if chosen.perturb else None
    measured = certificate_of(subject, chosen.thresholds, disturbance)
    metrics = [
        *physics_metrics(measured, fixed_overlaps(subject), perturbed=chosen.perturb),
        support_metric(subject),
        *space_metrics(subject),
        *content_metrics(subject),
        *request_metrics(subject),
        reach_metric(subject.scene_dir),
        time_metric(subject.scene_dir),
    ]
    return SceneEval(
        scene_id=subject.scene.scene_id,
        source=subject.source,
        prompt=str(metadata["prompt"]) if "prompt" in metadata else None,
        seed=seed,
        package_sha256=subject.package_sha256,
        metrics=metrics,
    )


def _reader_of(folder: Path, options: EvalOptions) -> Reader | str | None:
    if (folder / layout.SCENE_MANIFEST).is_file():
        return OWN
    return next((reader for reader in options.readers if reader.recognises(folder)), None)


def _evaluate_one(folder: Path, out: Path, options: EvalOptions) -> tuple[SceneEval, Outline]:
    reader = _reader_of(folder, options)
    with tempfile.TemporaryDirectory() as work:
        if isinstance(reader, Reader):
            subject = read_subject(reader.convert(folder, Path(work)), reader.name)
        else:
            subject = read_subject(folder)
        evaluation = evaluate_subject(subject, options)
        evaluation.write(out / DOCUMENT)
        pictures = render_views(subject, out, renderer=options.renderer) if options.renderer else []
        write_page(evaluation, out / PAGE, pictures=pictures)
        return evaluation, outline_of(subject)


def _of_all(evaluations: list[SceneEval], outlines: list[Outline], unreadable: dict[str, str]) -> list[Metric]:
    """The mean of every metric, judged by the same target, with the scenes that miss it; then DIV, DET, UNREADABLE."""
    metrics = []
    first = evaluations[0].metrics if evaluations else []
    for kind in first:
        each = [(one.scene_id, one.metric(kind.id)) for one in evaluations]
        values = [(name, item) for name, item in each if item.value is not None]
        if not values:
            metrics.append(not_applicable(kind.id, kind.name, f"of none of {len(each)} scenes"))
            continue
        numbers = np.array([item.value for _, item in values], float)
        mean = float(numbers.mean())
        judge = values[0][1]
        good = None
        if judge.target is not None:
            good = mean >= judge.target - 1e-9 if judge.better == "higher" else mean <= judge.target + 1e-9
        metrics.append(
            Metric(
                id=kind.id,
                name=kind.name,
                value=round(mean, 6),
                unit=judge.unit,
                better=judge.better,
                target=judge.target,
                meets_target=good,
                figures={
                    "scenes": len(values),
                    "min": round(float(numbers.min()), 6),
                    "p50": round(float(np.quantile(numbers, 0.5)), 6),
                    "max": round(float(numbers.max()), 6),
                },
                offenders=[f"{name}: {item.value:g}" for name, item in values if item.meets_target is False][:50],
            )
        )
    metrics += [div_metric(outlines), det_metric(outlines)]
    count = len(evaluations) + len(unreadable)
    share = 100 * len(unreadable) / max(1, count)
    metrics.append(
        judged("UNREADABLE", "scenes that could not be read", share, "lower", 0.0, unit="%", offenders=list(unreadable))
    )
    return metrics
