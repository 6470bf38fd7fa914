"""The examples run as they stand and print what they promise."""

import subprocess
import sys
from pathlib import Path

import pytest

from blueprint.pipeline.entry import run_pipeline
from blueprint.pipeline.settings import RunSettings

pytestmark = pytest.mark.slow

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture(scope="module")
def scene_dir(tmp_path_factory) -> Path:
    settings = RunSettings(robot="primitive_arm", episodes=1, tasks=1, variations=0, width_px=64, height_px=48)
    root = tmp_path_factory.mktemp("examples")
    return Path(run_pipeline("a table with a wooden block and a bowl", str(root), "small", settings).scene_dir)


def example(name: str, *arguments: Path) -> str:
    command = [sys.executable, str(EXAMPLES / name), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_example_is_short_and_listed():
    for path in EXAMPLES.glob("*.py"):
        assert len(path.read_text().splitlines()) <= 40
        assert path.name in (EXAMPLES / "README.md").read_text()


def test_make_scene_prints_the_certificate(tmp_path):
    printed = example("make_scene.py", tmp_path)
    assert "passed" in printed
    assert "block" in printed


def test_step_in_mujoco_prints_where_things_are(scene_dir):
    assert "block" in example("step_in_mujoco.py", scene_dir)


def test_roll_out_and_replay_is_identical(scene_dir, tmp_path):
    assert "identical states True" in example("roll_out_and_replay.py", scene_dir, tmp_path)


def test_read_dataset_counts_pictures_as_frames(scene_dir):
    printed = example("read_dataset.py", scene_dir)
    assert "1 episodes" in printed
    assert "pictures of (48, 64, 3)" in printed
