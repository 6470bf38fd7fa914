"""Bad input gives one clear line with a remedy, its exit code, and nothing is lost or left behind."""

import json
import os

import pytest

from blueprint.cli import main
from blueprint.sim import gl


def run(capsys, *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stop:
        main(list(arguments))
    captured = capsys.readouterr()
    return int(stop.value.code or 0), captured.out, captured.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "  "], "prompt is empty"),
        (["run", "a desk", "--robot", "hal9000"], "panda"),
        (["run", "a desk", "--scene-id", "../evil"], "scene id"),
        (["run", "a desk", "--from-stage", "nonsense"], "the stages are regen3d"),
        (["run", "no/such/folder"], "no file or folder"),
        (["run", "missing_request.json"], "missing_request.json"),
        (["run", "a desk", "--episodes", "-3"], "episodes"),
        (["run", "a desk", "--root", "ftp://host/x"], "ftp"),
        (["run", "x" * 5000], "4000"),
        (["stage", "usd", "--scene-id", "nothing_here"], "no scene"),
        (["validate", "nowhere"], "is not a scene folder"),
        (["replay", "nowhere"], "no episode record"),
        (["run"], "Missing argument"),
    ],
)
def test_unusable_input_is_one_line_with_a_remedy_and_code_2(capsys, tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    code, out, err = run(capsys, *arguments)
    assert code == 2
    assert out == ""
    (line,) = err.strip().splitlines()
    assert words in line
    assert "Remedy" in line
    assert not list(tmp_path.rglob("*")), "nothing may be left behind"


def test_a_manifest_of_a_wrong_version_is_refused_and_kept(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "mine"
    (folder / "assets").mkdir(parents=True)
    manifest = {"version": "7.0.0", "scene_id": "mine", "scene": {}, "objects": []}
    (folder / "assets" / "scene_manifest.json").write_text(json.dumps(manifest))
    code, _, err = run(capsys, "run", str(folder))
    assert code == 2
    assert "7.0.0" in err
    assert json.loads((folder / "assets" / "scene_manifest.json").read_text()) == manifest
    assert not (tmp_path / "runs").exists()


def test_an_existing_scene_is_not_touched_without_being_asked(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    scene = tmp_path / "runs" / "scenes" / "mine" / "prompts"
    scene.mkdir(parents=True)
    (scene / "scene_request.json").write_text("precious")
    code, _, err = run(capsys, "run", "a desk with a mug", "--scene-id", "mine", "--robot", "primitive_arm")
    assert code == 2
    assert "--resume" in err
    assert (scene / "scene_request.json").read_text() == "precious"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("lost", "robot", "words"),
    [("libGL", "primitive_arm", "libegl1 libopengl0 libgl1-mesa-dri"), ("network", "panda", "--robot primitive_arm")],
)
def test_what_this_machine_lacks_is_told_before_anything_is_written(capsys, tmp_path, monkeypatch, lost, robot, words):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BLUEPRINT_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("MENAGERIE_ROOT", raising=False)
    if lost == "libGL":
        monkeypatch.delenv("MUJOCO_GL", raising=False)
        gl.choose_gl.cache_clear()
        monkeypatch.setattr(gl, "probe_gl", lambda kind: gl.GlProbe(kind, False, "no library", ()))
    else:
        monkeypatch.setenv("PIP_NO_INDEX", "1")
        monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
        monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    code, _, err = run(capsys, "run", "a desk with a mug", "--robot", robot)
    assert code == 3
    (line,) = err.strip().splitlines()
    assert words in line
    assert not (tmp_path / "runs" / "scenes").exists()


def test_a_dry_run_says_what_would_run_and_writes_nothing(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, _ = run(capsys, "run", "a desk with a mug", "--dry-run", "--json", "--robot", "primitive_arm")
    assert code == 0
    assert set(json.loads(out)["stages"].values()) == {"run"}
    assert not list(tmp_path.rglob("*"))


def test_stages_and_version_are_listed(capsys):
    code, out, _ = run(capsys, "stages", "--json")
    assert code == 0
    names = [stage["name"] for stage in json.loads(out)]
    assert names[:6] == ["regen3d", "scale", "interactive", "source", "simready", "usd"]
    assert names[-1] == "report"
    assert run(capsys, "--version")[0] == 0


def test_in_a_log_every_finished_stage_is_a_line_on_stderr(capsys, tmp_path):
    arguments = ["a table with a block", "--root", str(tmp_path), "--robot", "primitive_arm", "--to-stage", "source"]
    code, out, err = run(capsys, "run", *arguments)
    assert code == 0
    assert out.startswith("scene ")
    (line,) = err.strip().splitlines()
    assert line.split()[0] == "source"
    assert line.endswith(" s")
