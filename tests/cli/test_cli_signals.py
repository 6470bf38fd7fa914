"""Ctrl-C and SIGTERM at a real run: one clear line, nothing orphaned, nothing lost, and `--resume` finishes it."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from blueprint.contracts.episode import EpisodeRecord
from blueprint.pipeline.entry import run_pipeline
from blueprint.pipeline.settings import RunSettings
from blueprint.storage import layout

pytestmark = pytest.mark.slow

PROMPT = "a table with a wooden block and a bowl"
SMALL = RunSettings(robot="primitive_arm", episodes=3, tasks=1, variations=0, width_px=64, height_px=48)
PATIENCE_S = 120


@pytest.fixture(scope="module")
def up_to_tasks(tmp_path_factory) -> Path:
    """A root with a scene whose stages up to `tasks` are done."""
    root = tmp_path_factory.mktemp("up_to_tasks")
    run_pipeline(PROMPT, str(root), "small", SMALL, to_stage="tasks")
    return root


def command(root: Path, workers: int, *more: str) -> list[str]:
    options = {"--episodes": 3, "--tasks": 1, "--variations": 0, "--width": 64, "--height": 48, "--workers": workers}
    words = [str(word) for option in options.items() for word in option]
    program = [str(Path(sys.executable).with_name("blueprint")), "run", PROMPT, "--root", str(root)]
    return [*program, "--scene-id", "small", "--robot", "primitive_arm", "--resume", "--json", *words, *more]


def hear_ctrl_c() -> None:
    """A shell without job control starts background jobs deaf to SIGINT, and their children inherit it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def descendants(process: subprocess.Popen[str]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def stop_after_first_episode(
    process: subprocess.Popen[str], number: signal.Signals, *, whole_group: bool
) -> list[psutil.Process]:
    """Send the signal when one episode is finished and the next is being made; return the processes it had."""
    assert process.stdout is not None
    for line in process.stdout:
        event = json.loads(line)
        if event.get("stage") == "episodes" and event.get("done", 0) >= 1:
            break
    else:
        raise AssertionError("the run ended by itself")
    time.sleep(0.3)
    family = descendants(process)
    if whole_group:
        os.killpg(process.pid, number)  # what a terminal does on Ctrl-C: workers get it as well
    else:
        process.send_signal(number)
    return family


@pytest.mark.parametrize(
    ("number", "workers", "whole_group"),
    [
        (signal.SIGTERM, 1, False),
        (signal.SIGTERM, 2, False),
        (signal.SIGINT, 2, True),
    ],
)
def test_a_stopped_run_says_so_in_one_line_and_goes_on_where_it_was(
    up_to_tasks, tmp_path, number, workers, whole_group
):
    root = tmp_path / "root"
    shutil.copytree(up_to_tasks, root)
    scene_dir = root / "scenes" / "small"
    process = subprocess.Popen(
        command(root, workers),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=hear_ctrl_c,
    )
    family = stop_after_first_episode(process, number, whole_group=whole_group)
    _, errors = process.communicate(timeout=PATIENCE_S)

    assert process.returncode == 130, errors
    assert len(errors.strip().splitlines()) == 1, errors
    line = errors.strip()
    assert "stopped in stage episodes" in line
    assert "--resume" in line
    gone, alive = psutil.wait_procs(family, timeout=10)
    assert not alive, f"orphans: {[item.cmdline() for item in alive]}"
    assert len(gone) >= (2 if workers == 2 else 0)
    assert not list(scene_dir.rglob(".failed*"))
    assert not list((scene_dir / "locks").glob("*.lock"))

    kept = {path.parent: path.stat().st_mtime_ns for path in (scene_dir / layout.EPISODE_RECORDS).glob("*/record.json")}
    assert kept, "the finished episode is lost"
    for folder in kept:
        EpisodeRecord.read(folder / "record.json")
    done = subprocess.run(
        command(root, workers, "--to-stage", "episodes"), capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert len(list((scene_dir / layout.EPISODE_RECORDS).glob("*/record.json"))) == SMALL.episodes
    assert {folder: (folder / "record.json").stat().st_mtime_ns for folder in kept} == kept, "made a second time"
