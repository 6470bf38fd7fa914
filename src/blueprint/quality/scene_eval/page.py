"""The evaluation as one HTML page that stands alone: a table, what is to blame, and the pictures inside it."""

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from blueprint.contracts.document import write_atomically
from blueprint.contracts.scene_eval import Metric, SceneEval, SceneEvalSet

__all__ = ["write_page"]


def write_page(
    document: SceneEval | SceneEvalSet,
    path: Path,
    *,
    pictures: Sequence[Path] = (),
    pages: Mapping[str, str] | None = None,
) -> None:
    """Write the page of a scene or of a set; `pages` are links (relative to `path`) by scene id.

    Pictures are embedded, and the content security policy forbids the page to load anything.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("blueprint.quality.scene_eval", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    one = document if isinstance(document, SceneEval) else None
    many = document if isinstance(document, SceneEvalSet) else None
    images = [
        {
            "name": item.stem.replace("_", " "),
            "uri": f"data:image/png;base64,{base64.b64encode(item.read_bytes()).decode()}",
        }
        for item in pictures
    ]
    context: dict[str, Any] = {
        "title": one.scene_id if one else f"{len(many.scenes) if many else 0} scenes",
        "scene": one,
        "set": many,
        "rows": [_row(item) for item in document.metrics],
        "pictures": images,
        "pages": pages or {},
        "cells": {item.scene_id: [_row(metric) for metric in item.metrics] for item in (many.scenes if many else [])},
    }
    write_atomically(path, environment.get_template("scene_eval.html.j2").render(context).encode())


def _row(metric: Metric) -> dict[str, Any]:
    verdict = {None: "", True: "met", False: "missed"}[metric.meets_target]
    target = ""
    if metric.target is not None:
        target = f"{'≥' if metric.better == 'higher' else '≤'} {metric.target:g}{_unit(metric)}"
    value = "n/a" if metric.value is None else f"{metric.value:.4g}{_unit(metric)}"
    figures = ", ".join(f"{name} {number:.4g}" for name, number in metric.figures.items())
    return {"metric": metric, "value": value, "target": target, "verdict": verdict, "figures": figures}


def _unit(metric: Metric) -> str:
    return f" {metric.unit}" if metric.unit else ""
