"""`scene_eval.json`: what code, without any model's opinion, measures on a scene, metric by metric.

The definitions are those of `docs` and of `quality.scene_eval`; each metric says what it found wrong, by name.
"""

from typing import Literal

from blueprint.contracts.document import Document, Part

__all__ = ["Metric", "SceneEval", "SceneEvalSet"]


class Metric(Part):
    """One figure. `value` is absent where the metric does not apply, and `not_applicable` then says why.

    `better` says which way is better, None for figures that are only reported; `figures` holds figures beside the main
    one, `offenders` what is to blame, with the numbers (at most 50).
    """

    id: str
    name: str
    value: float | None = None
    unit: str = ""
    better: Literal["higher", "lower"] | None = None
    target: float | None = None
    meets_target: bool | None = None
    figures: dict[str, float] = {}
    offenders: list[str] = []
    not_applicable: str | None = None


class SceneEval(Document):
    """One scene. `source` names the reader of the folder, `package_sha256` is of all files that make up the scene."""

    schema_version: Literal["v1"] = "v1"
    scene_id: str
    source: str
    prompt: str | None = None
    seed: int | None = None
    package_sha256: str
    metrics: list[Metric]

    def metric(self, metric_id: str) -> Metric:
        return next(item for item in self.metrics if item.id == metric_id)


class SceneEvalSet(Document):
    """Several scenes: their own evaluations, the mean of every metric over those that it applies to, and `DIV`, `DET`
    and `UNREADABLE`, which only a set has. `unreadable` maps folders to why they could not be evaluated."""

    schema_version: Literal["v1"] = "v1"
    scenes: list[SceneEval]
    metrics: list[Metric]
    unreadable: dict[str, str] = {}

    def metric(self, metric_id: str) -> Metric:
        return next(item for item in self.metrics if item.id == metric_id)
