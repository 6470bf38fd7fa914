"""What a command loads: the libraries of a stage come with the stage, not with the command line."""

import subprocess
import sys

import pytest

from blueprint.pipeline.stage import StageContext
from blueprint.pipeline.stages import STAGES

_LATE = ("av", "httpx", "networkx", "ompl", "ortools", "pandas", "pyarrow", "sqlalchemy", "trimesh")


@pytest.mark.parametrize("module", ["blueprint.pipeline.entry", "blueprint.pipeline.steps.scene"])
def test_a_run_of_the_scene_stages_does_not_load_what_they_may_never_use(module: str) -> None:
    asked = f"import sys, {module}; print(*sorted(set(sys.modules) & set({_LATE!r})))"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_every_stage_names_a_function_that_exists(monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib import import_module

    for stage in STAGES:
        module, _, function = stage.run.__qualname__.partition(".")
        implementation = import_module(f"blueprint.pipeline.steps.{module}")
        assert callable(getattr(implementation, function)), stage.name
        seen: list[StageContext] = []
        monkeypatch.setattr(implementation, function, seen.append)
        stage.run("the context")  # type: ignore[arg-type]
        assert seen == ["the context"], stage.name
