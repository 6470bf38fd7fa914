"""The main job on real stages, small: deterministic for any number of workers, and killed inside every stage."""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from blueprint.contracts.errors import GateError
from blueprint.contracts.hashing import sha256_file
from blueprint.contracts.import_manifest import ImportManifest
from blueprint.contracts.scene import load_scene
from blueprint.pipeline.entry import run_one_stage, run_pipeline
from blueprint.pipeline.replaying import replay_episode
from blueprint.pipeline.runner import select
from blueprint.pipeline.settings import RunSettings
from blueprint.pipeline.stages import STAGES
from blueprint.pipeline.validation import validate_path
from blueprint.storage import layout

PROMPT = "a table with a wooden block and a bowl"
SMALL = RunSettings(robot="primitive_arm", episodes=2, tasks=2, variations=1, width_px=64, height_px=48)


def artefacts(scene_dir: Path) -> dict[str, str]:
    """Every file but those that tell the time: markers, checkpoints, locks, the report and an export's manifest."""
    skipped = {"report", ".checkpoints", "locks", "export_manifest.json", "_GENIESIM_EXPORT_COMPLETE"}
    return {
        str(path.relative_to(scene_dir)): sha256_file(path)
        for path in sorted(scene_dir.rglob("*"))
        if path.is_file()
        and not skipped & set(path.relative_to(scene_dir).parts)
        and not layout.is_marker(str(path.relative_to(scene_dir)))
        and path.name != "run_settings.json"
    }


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("one")
    return Path(run_pipeline(PROMPT, str(root), "small", SMALL).scene_dir)


def test_a_prompt_becomes_a_certified_scene(tmp_path):
    result = run_pipeline(PROMPT, str(tmp_path), "scene", SMALL, to_stage="usd")
    scene_dir = Path(result.scene_dir)
    assert {item.category for item in load_scene(scene_dir).objects} >= {"table", "block", "bowl"}
    failed = [check for check in validate_path(scene_dir) if not check.passed and check.severity == "ERROR"]
    assert not failed
    assert (scene_dir / "mjcf" / "scene.xml").exists()
    again = run_pipeline(PROMPT, str(tmp_path), "scene", SMALL, to_stage="usd", resume=True)
    assert set(again.stages.values()) == {"unchanged"}


def test_a_scene_that_was_tampered_with_stops_at_the_gate(tmp_path):
    scene_dir = Path(run_pipeline(PROMPT, str(tmp_path), "scene", SMALL, to_stage="usd").scene_dir)
    usd = scene_dir / layout.USD_SCENE
    usd.write_text(usd.read_text().replace("over", "over "))
    usd.write_bytes(usd.read_bytes() + b"\n# by hand\n")
    with pytest.raises(GateError, match="other bytes"):
        run_one_stage("tasks", str(tmp_path), "scene")


@pytest.mark.slow
def test_the_main_job_ends_in_a_dataset_of_episodes_that_replay_and_a_report(finished):
    manifest = ImportManifest.read(finished / layout.IMPORT_MANIFEST)
    assert manifest.episodes.accepted + manifest.episodes.rejected == manifest.episodes.found == SMALL.episodes
    assert manifest.accepted
    for episode in manifest.accepted:
        assert replay_episode(finished / layout.EPISODE_RECORDS / episode).result.identical
    assert (finished / layout.LEROBOT_V3 / "meta" / "info.json").exists()
    assert "<html" in (finished / layout.REPORT).read_text()


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes_with_one_worker_and_with_two(finished, tmp_path):
    other = run_pipeline(PROMPT, str(tmp_path), "small", SMALL.model_copy(update={"workers": 2}))
    assert artefacts(Path(other.scene_dir)) == artefacts(finished)


@pytest.mark.slow
def test_another_seed_gives_another_scene(finished, tmp_path):
    other = run_pipeline(PROMPT, str(tmp_path), "small", SMALL.model_copy(update={"seed": 5}), to_stage="source")
    name = layout.SCENE_MANIFEST
    assert sha256_file(Path(other.scene_dir) / name) != sha256_file(finished / name)


KILLED = textwrap.dedent(
    """
    import os, signal, sys
    from blueprint.pipeline.entry import run_pipeline
    from blueprint.pipeline.settings import RunSettings
    root, prompt, victim, settings = sys.argv[1:]
    def progress(stage, done, total, note=""):
        if stage == victim:
            os.kill(os.getpid(), signal.SIGKILL)
    run_pipeline(prompt, root, "small", RunSettings.parse(settings), resume=True, progress=progress)
    """
)


@pytest.mark.slow
def test_killed_inside_every_stage_in_turn_the_run_ends_in_the_same_bytes(finished, tmp_path):
    for stage in [item for item in select(STAGES, None, None, SMALL.simulator) if not item.asked_by]:
        command = [sys.executable, "-c", KILLED, str(tmp_path), PROMPT, stage.name, SMALL.to_json()]
        process = subprocess.run(command, env=dict(os.environ), capture_output=True, timeout=600, check=False)
        assert process.returncode == -9, process.stderr.decode()[-2000:]
        assert not (tmp_path / "scenes" / "small" / stage.marker).exists()
    resumed = run_pipeline(PROMPT, str(tmp_path), "small", SMALL, resume=True)
    assert list(resumed.stages.values())[-1] == "completed"
    assert artefacts(Path(resumed.scene_dir)) == artefacts(finished)


@pytest.mark.slow
def test_the_main_job_on_a_genie_sim_server_ends_in_the_same_dataset(tmp_path):
    """Text, package, episodes served over gRPC, import, LeRobot: each kept episode is verified from its states."""
    settings = SMALL.model_copy(update={"simulator": "geniesim", "episodes": 1, "lerobot_v21": True})
    result = run_pipeline(PROMPT, str(tmp_path), "served", settings)
    scene_dir = Path(result.scene_dir)
    assert result.dataset is not None
    for place, version in ((layout.LEROBOT_V3, "v3.0"), (layout.LEROBOT_V21, "v2.1")):
        info = json.loads((scene_dir / place / "meta" / "info.json").read_text())
        assert info["codebase_version"] == version
        assert info["features"]["observation.state"]["shape"] == [159]
        assert info["total_episodes"] == 1
    (certificate,) = (scene_dir / "episodes").glob("geniesim_*/certificates/*.json")
    assert json.loads(certificate.read_text())["accepted"] is True
