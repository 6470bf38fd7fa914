"""A small real scene, made once per session."""

from pathlib import Path

import pytest

from bench_scene import author_bench
from blueprint.contracts.scene import Scene, load_scene
from blueprint.contracts.task import TaskSpec


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, TaskSpec]:
    """Return the scene folder and its task."""
    scene_dir = tmp_path_factory.mktemp("scenes") / "bench"
    return scene_dir, author_bench(scene_dir)


@pytest.fixture(scope="session")
def scene(bench: tuple[Path, TaskSpec]) -> Scene:
    return load_scene(bench[0])
