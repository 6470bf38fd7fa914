"""A real batch, killed on the way and given again, ends in the bytes of a plain run."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from blueprint.contracts.batch_report import BatchReport
from blueprint.engines.batch_plan import plan_batch
from blueprint.engines.scene_jobs import results_sha256
from blueprint.pipeline.entry import run_pipeline
from blueprint.pipeline.settings import RunSettings
from blueprint.pipeline.workspace import open_workspace

pytestmark = pytest.mark.slow

SMALL = RunSettings(robot="primitive_arm", episodes=3, tasks=1, variations=1, width_px=64, height_px=48)
OPTIONS = ["--robot", "primitive_arm", "--episodes", "3", "--tasks", "1", "--variations", "1"]
PROMPT = "a table with a wooden block and a bowl"


def start(manifest: Path, root: Path) -> subprocess.Popen:
    command = [sys.executable, "-m", "blueprint", "batch", str(manifest), "--root", str(root), "--workers", "2"]
    return subprocess.Popen([*command, *OPTIONS, "--width", "64", "--height", "48"], start_new_session=True)


def wait_until(is_true, process: subprocess.Popen) -> None:
    while not is_true():
        assert process.poll() is None, "the batch ended too early"
        time.sleep(0.1)


def test_killed_with_its_workers_and_given_again_a_batch_ends_in_the_bytes_of_a_run(tmp_path):
    manifest, root = tmp_path / "some.json", tmp_path / "batch"
    manifest.write_text(json.dumps([{"source": PROMPT, "scene_id": "small"}]))
    first = start(manifest, root)
    records = root / "scenes" / "small" / "episodes" / "records"
    wait_until(lambda: records.is_dir() and any(records.iterdir()), first)
    workers = psutil.Process(first.pid).children(recursive=True)
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    _, alive = psutil.wait_procs(workers, timeout=20)
    assert not alive, "a worker outlived the process that it works for"
    assert start(manifest, root).wait() == 0
    report = BatchReport.read(root / "batches" / "some" / "batch_report.json")
    (scene,) = report.scene_reports
    assert (scene.status, scene.episodes) == ("success", 3)
    assert report.datasets[0].episodes == scene.accepted

    (order,) = plan_batch(str(manifest), str(tmp_path / "plain"), SMALL).orders
    run_pipeline(PROMPT, str(tmp_path / "plain"), "small", order.settings)
    assert results_sha256(open_workspace(str(tmp_path / "plain"), "small")) == scene.results_sha256

    assert start(manifest, root).wait() == 0
    again = BatchReport.read(root / "batches" / "some" / "batch_report.json")
    assert (again.skipped, again.datasets) == (1, report.datasets)
