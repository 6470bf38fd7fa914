"""Hostile and broken input: requests, manifests, USD files, prompts, folders, and two runs on one scene."""

import json
import os
import socket
import subprocess
import sys

import pytest

from blueprint.cli import main
from blueprint.pipeline.entry import run_pipeline
from blueprint.pipeline.settings import RunSettings
from blueprint.pipeline.workspace import locked, open_workspace
from blueprint.storage import layout, lock
from blueprint.storage.store import open_store

SETTINGS = RunSettings(robot="primitive_arm")
REQUEST = {"schema_version": "v1", "scene_id": "mine", "prompt": "a table with a bowl"}


def run(capsys, *arguments: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as stop:
        main(list(arguments))
    return int(stop.value.code or 0), capsys.readouterr().err


def refused(capsys, *arguments: str, code: int = 2) -> str:
    found, errors = run(capsys, *arguments)
    assert found == code, errors
    (line,) = errors.strip().splitlines()
    assert "Remedy" in line
    assert line.isprintable()
    assert len(line) < 2000
    return line


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (json.dumps(REQUEST | {"run": "rm -rf /"}), "run"),
        (json.dumps(REQUEST | {"schema_version": "v9"}), "schema_version"),
        (json.dumps(REQUEST | {"scene_id": "../../etc"}), "scene_id"),
        (json.dumps(REQUEST)[:-1] + ', "constraints": {"x": NaN}}', "not valid JSON"),
        ("[" * 100_000 + "]" * 100_000, "not valid JSON"),
        ('{"a":' * 5000 + "1" + "}" * 5000, "not valid JSON"),
        ('{"prompt": "' + "x" * (2 << 20) + '"}', "larger than"),
        ("\x00\x01\x02", "not valid JSON"),
        ("", "not valid JSON"),
        (json.dumps(REQUEST | {"\u202e\x1b[31mevil": 1}), "Extra inputs"),
    ],
)
def test_a_broken_request_is_one_line_with_a_remedy(capsys, tmp_path, monkeypatch, content, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scene_request.json").write_text(content)
    assert words in refused(capsys, "run", "scene_request.json", "--robot", "primitive_arm")
    assert [path.name for path in tmp_path.iterdir()] == ["scene_request.json"]


HOSTILE_USD = {
    "not_usd": b"PXR-USDC" + bytes(64),
    "text": b"#usda 1.0\n(\n" + b"{" * 10_000,
    "empty": b"",
    "binary": bytes(range(256)) * 10,
    "outside": b'#usda 1.0\n(defaultPrim = "W")\ndef Xform "W" (references = @../../../../../etc/passwd@) {}\n',
    "recursive": b'#usda 1.0\n(defaultPrim = "W")\ndef Xform "W" (references = @./recursive.usda@</W>) {}\n',
}


@pytest.mark.parametrize("name", sorted(HOSTILE_USD))
def test_a_hostile_usd_file_is_judged_bad_and_nothing_else_happens(capsys, tmp_path, name):
    path = tmp_path / f"{name}.usda"
    path.write_bytes(HOSTILE_USD[name])
    code, errors = run(capsys, "validate", str(path))
    assert code in (2, 4), errors
    assert "Remedy" in errors
    assert "Traceback" not in errors
    assert list(tmp_path.iterdir()) == [path]


def test_a_mesh_file_is_nothing_to_validate(capsys, tmp_path):
    (tmp_path / "model.glb").write_bytes(b"glTF" + bytes(100))
    assert "not a scene folder" in refused(capsys, "validate", str(tmp_path / "model.glb"))


PROMPTS = {
    "control": "a desk\x00 with\x1b[31m two\x07 books\r\n and a mug\x7f",
    "long": "a desk with a book " + "and a mug " * 396,
    "markup": "<script>alert(1)</script> a desk with <b>two books</b> {{7*7}} ${HOME} $(reboot)",
    "right_to_left": "\u202ea desk\u202c with a mug \u0645\u0643\u062a\u0628",
    "emoji": "a desk \U0001f5a5\ufe0f with a \u2615 mug and two \U0001f4da books",
    "numbers": "a desk with 1e9 mugs and -5 books and 99999999999999999999 pens",
    "only_signs": "!!! ??? ...",
    "other_language": "\u4e00\u5f20\u684c\u5b50",
}


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(PROMPTS))
def test_any_text_is_a_harmless_scene_or_one_clear_line(capsys, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    arguments = ["run", PROMPTS[name], "--robot", "primitive_arm", "--to-stage", "source", "--json"]
    code, errors = run(capsys, *arguments)
    assert "Traceback" not in errors
    if code == 0:
        (scene_dir,) = (tmp_path / "runs" / "scenes").iterdir()
        assert scene_dir.name.isascii()
        assert (scene_dir / layout.SCENE_MANIFEST).exists()
    else:
        assert code in (2, 4, 5)
        (line,) = errors.strip().splitlines()
        assert "Remedy" in line
        assert line.isprintable()


@pytest.mark.skipif(not os.path.isdir("/proc/sys"), reason="needs a folder that nobody may write")
def test_a_root_that_cannot_be_written_is_a_storage_error(capsys):
    line = refused(capsys, "run", "a desk", "--robot", "primitive_arm", "--root", "/proc/sys/blueprint", code=6)
    assert "/proc/sys" in line


@pytest.mark.skipif(os.getuid() == 0, reason="root reads everything")
def test_a_folder_that_cannot_be_read_is_one_line(capsys, tmp_path):
    (tmp_path / "secret").mkdir(mode=0)
    refused(capsys, "run", str(tmp_path / "secret"), "--robot", "primitive_arm")


def test_a_second_run_on_a_scene_is_refused_and_names_the_first(capsys, tmp_path):
    workspace = open_workspace(str(tmp_path), "mine")
    with locked(workspace):
        arguments = ["run", "a desk", "--robot", "primitive_arm", "--root", str(tmp_path), "--scene-id", "mine"]
        line = refused(capsys, *arguments, code=6)
    assert f"{socket.gethostname()}:{os.getpid()}" in line
    assert not (tmp_path / "scenes" / "mine" / "prompts").exists()
    assert not list((tmp_path / "scenes" / "mine" / "locks").glob("*.lock"))


def test_the_lock_of_a_killed_process_is_taken_over(tmp_path):
    killed = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    store, key = open_store(tmp_path), layout.scene_key("mine", layout.scene_lock("run"))
    holder = f"{socket.gethostname()}:{int(killed.stdout)}"
    lock.acquire(store, key, holder=holder, acquired_at="2026-01-01T00:00:00+00:00")
    with locked(open_workspace(str(tmp_path), "mine")):
        held = lock.inspect(store, key)
        assert held is not None
        assert held[0].holder.endswith(f":{os.getpid()}")
    assert lock.inspect(store, key) is None


def test_the_lock_of_another_machine_is_respected(tmp_path):
    store, key = open_store(tmp_path), layout.scene_key("mine", layout.scene_lock("run"))
    lock.acquire(store, key, holder="elsewhere:1", acquired_at="2026-01-01T00:00:00+00:00")
    with pytest.raises(lock.LockHeldError, match="elsewhere:1"), locked(open_workspace(str(tmp_path), "mine")):
        pass


@pytest.mark.slow
def test_a_scene_of_somebody_else_is_settled_certified_and_left_as_it_was(tmp_path):
    made = run_pipeline("a table with a wooden block", str(tmp_path / "a"), "one", SETTINGS, to_stage="source")
    given = tmp_path / "given"
    (tmp_path / "a" / "scenes" / "one" / "assets").rename(tmp_path / "assets")
    given.mkdir()
    (tmp_path / "assets").rename(given / "assets")
    before = {path: path.read_bytes() for path in given.rglob("*") if path.is_file()}
    result = run_pipeline(str(given), str(tmp_path / "b"), "other", SETTINGS, to_stage="usd")
    assert made.scene_id != result.scene_id
    certificate = json.loads((tmp_path / "b" / "scenes" / "other" / layout.PHYSICS_CERTIFICATE).read_text())
    assert certificate["passed"]
    assert certificate["scene_id"] == "other"
    assert {path: path.read_bytes() for path in given.rglob("*") if path.is_file()} == before
