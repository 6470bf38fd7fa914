"""A disk that is full: one clear line, the failure named, nothing lost, and a finish once there is space again."""

import errno
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from blueprint.cli import main
from blueprint.contracts.errors import StorageError
from blueprint.episodes.encode import VideoWriter
from blueprint.pipeline.entry import run_pipeline
from blueprint.pipeline.runner import run_stage
from blueprint.pipeline.settings import RunSettings
from blueprint.pipeline.stage import Outcome, Stage, StageContext, expand
from blueprint.pipeline.stages import STAGES

SMALL = RunSettings(robot="primitive_arm", episodes=1, tasks=1, variations=0, width_px=64, height_px=48)
LAYOUT = ("source", "simready", "usd", "replicator", "variation")


@pytest.fixture
def small_disk(tmp_path) -> Iterator[Path]:
    """A file system of 24 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    command = [mount or "mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)]
    if os.getuid() != 0 or mount is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small file system needs root and the right to mount")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def fill(disk: Path, left_bytes: int) -> Path:
    ballast = disk / "ballast"
    free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
    ballast.write_bytes(bytes(max(0, free - left_bytes)))
    return ballast


def run(capsys, *arguments: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as stop:
        main(list(arguments))
    return int(stop.value.code or 0), capsys.readouterr().err


@pytest.fixture(scope="module")
def up_to_variation(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("up_to_variation")
    run_pipeline("a table with a wooden block and a bowl", str(root), "small", SMALL, to_stage="variation")
    return root


@pytest.mark.slow
@pytest.mark.parametrize("stage", LAYOUT)
def test_a_stage_on_a_full_disk_fails_in_one_line_and_finishes_later(capsys, up_to_variation, small_disk, stage):
    shutil.copytree(up_to_variation / "scenes", small_disk / "scenes")
    scene_dir = small_disk / "scenes" / "small"
    request = (scene_dir / "prompts" / "scene_request.json").read_bytes()
    (declared,) = [item for item in STAGES if item.name == stage]
    for path in expand(scene_dir, declared.writes):
        path.unlink()
    (scene_dir / declared.marker).unlink(missing_ok=True)
    ballast = fill(small_disk, 4096)
    arguments = ["stage", stage, "--root", str(small_disk), "--scene-id", "small", "--json"]
    code, errors = run(capsys, *arguments)
    assert code == 6, errors
    (line,) = errors.strip().splitlines()
    assert "No space left on device" in line
    assert "free space" in line
    assert not (scene_dir / declared.marker).exists()
    assert (scene_dir / "prompts" / "scene_request.json").read_bytes() == request
    assert not list((scene_dir / "locks").glob("*.lock"))
    ballast.unlink()
    code, errors = run(capsys, *arguments)
    assert code == 0, errors
    for path in expand(scene_dir, declared.writes):
        twin = up_to_variation / path.relative_to(small_disk)
        assert path.name == "spec_report.json" or path.read_bytes() == twin.read_bytes(), path


def test_a_video_on_a_full_disk_is_an_error_and_leaves_nothing(small_disk):
    fill(small_disk, 4096)
    rng = np.random.default_rng(0)
    writer = VideoWriter(small_disk / "wrist.mp4", 64, 48, 20)
    for _ in range(20):
        writer.add(rng.integers(0, 255, (48, 64, 3), dtype=np.uint8))
    with pytest.raises(StorageError, match="No space left"):
        writer.close()
    assert sorted(path.name for path in small_disk.iterdir()) == ["ballast"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EDQUOT])
def test_what_the_disk_refuses_inside_a_stage_is_a_storage_error_with_its_own_remedy(tmp_path, number):
    def refused(_: StageContext) -> Outcome:
        raise OSError(number, os.strerror(number), "somewhere/file")

    (tmp_path / "in.txt").write_text("x")
    stage = Stage("toy", "toy", refused, ("in.txt",), ("out/*",), "out/.done")
    with pytest.raises(StorageError, match="somewhere/file") as caught:
        run_stage(stage, tmp_path, RunSettings())
    assert caught.value.remedy
    assert (tmp_path / "out" / ".failed").exists()
