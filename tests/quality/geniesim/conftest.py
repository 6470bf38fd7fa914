import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from synthetic_episode import G1, write_episode


@pytest.fixture(scope="session")
def g2_episode(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_episode(tmp_path_factory.mktemp("raw") / "[put_cube_0]", frames=45)


@pytest.fixture(scope="session")
def g1_episode(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_episode(tmp_path_factory.mktemp("raw") / "[put_cube_1]", robot=G1)


@pytest.fixture
def copy_of(tmp_path: Path) -> Callable[[Path], Path]:
    """Return a function that copies an episode to where a test may break it."""

    def copy(episode: Path) -> Path:
        return Path(shutil.copytree(episode, tmp_path / "episodes" / episode.name))

    return copy
