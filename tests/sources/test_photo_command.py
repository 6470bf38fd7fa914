"""A photo reconstructed by the user's own program: one works, others fail, hang, cheat or talk too much."""

import json
import os
import shlex
import sys
import time
from pathlib import Path

import pytest
from photo_world import TREE, photo_request, picture

from blueprint.contracts.errors import InputError, StageError
from blueprint.sources.photo import command
from blueprint.sources.photo.reconstruct import LOG, SOURCE_RECORD, reconstruct_photo
from blueprint.sources.photo.settings import reconstruction_settings
from blueprint.sources.photo.source_record import ReconstructionSource

GOOD = """
import pathlib, shutil, sys
image, out, prepared = sys.argv[1:4]
assert pathlib.Path(image).read_bytes()[:4] == b"\\x89PNG"
print("reconstructed", pathlib.Path(image).name)
shutil.copytree(prepared, out, dirs_exist_ok=True)
"""


@pytest.fixture
def world(tmp_path: Path) -> Path:
    """A photo, and what a program is going to make of it."""
    (tmp_path / "room.png").write_bytes(picture())
    for name, data in TREE.items():
        path = tmp_path / "prepared" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return tmp_path


def run(world: Path, program: str, environ: dict[str, str] | None = None) -> Path:
    script = world / "program.py"
    script.write_text(program)
    words = [sys.executable, str(script), "{image}", "{out}", str(world / "prepared"), "{scene_id}"]
    given = {"PATH": os.environ["PATH"], "REGEN3D_COMMAND": json.dumps(words), **(environ or {})}
    return reconstruct_photo(photo_request(world / "room.png"), world / "kitchen", given)


def left_behind(world: Path) -> list[str]:
    folder = world / "kitchen" / "photo"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_what_the_command_made_lies_in_the_scene_with_its_origin(world: Path) -> None:
    found = run(world, GOOD)
    assert found == world / "kitchen" / "photo" / "reconstruction"
    assert {str(path.relative_to(found)): path.read_bytes() for path in found.rglob("*") if path.is_file()} == TREE
    record = ReconstructionSource.read(world / "kitchen" / SOURCE_RECORD)
    assert (record.made_by, record.program, record.image_size) == ("command", Path(sys.executable).name, (8, 6))
    assert (world / "kitchen" / LOG).read_text() == "reconstructed room.png\n"
    assert left_behind(world) == ["reconstruction", "reconstruction.log", "reconstruction_source.json"]


def test_the_same_bytes_are_reconstructed_once_and_others_anew(world: Path) -> None:
    run(world, GOOD)
    assert run(world, "raise SystemExit(1)").is_dir()
    (world / "room.png").write_bytes(picture(color="blue"))
    with pytest.raises(StageError, match="ended with code 1"):
        run(world, "raise SystemExit(1)")
    (world / "prepared" / "new.txt").write_text("of the blue room")
    assert (run(world, GOOD) / "new.txt").is_file()


def test_a_folder_that_is_no_reconstruction_any_more_is_made_again(world: Path) -> None:
    (run(world, GOOD) / "scene_info.json").unlink()
    assert (run(world, GOOD) / "scene_info.json").is_file()


def test_a_reconstruction_that_somebody_put_there_is_not_overwritten(world: Path) -> None:
    own = world / "kitchen" / "photo" / "reconstruction"
    own.mkdir(parents=True)
    with pytest.raises(InputError, match="not made from this request's photo"):
        run(world, GOOD)


def test_a_failing_command_is_an_error_with_what_it_said_last(world: Path) -> None:
    with pytest.raises(StageError, match=r"ended with code 3\. It said: .*CUDA out of memory"):
        run(world, "print('line\\n' * 100, 'CUDA out of memory'); raise SystemExit(3)")
    assert left_behind(world) == ["reconstruction.log"]


@pytest.mark.slow
def test_a_command_that_hangs_is_killed_with_its_children(world: Path) -> None:
    program = f"""
import os, pathlib, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
pathlib.Path({str(world / "child")!r}).write_text(str(child.pid))
print("loading the model", flush=True)
time.sleep(600)
"""
    command._GRACE_S, grace_s = 0.2, command._GRACE_S
    try:
        with pytest.raises(StageError, match=r"did not finish in 2 s\. It said: loading the model"):
            run(world, program, {"REGEN3D_TIMEOUT_SECONDS": "2"})
    finally:
        command._GRACE_S = grace_s
    child = Path("/proc") / (world / "child").read_text()
    for _ in range(100):
        if not child.exists() or "\nState:\tZ" in (child / "status").read_text():
            break
        time.sleep(0.05)
    else:
        pytest.fail("the child lives on")


def test_a_command_that_never_stops_talking_is_stopped(world: Path) -> None:
    with pytest.raises(StageError, match=r"did not finish in 1 s\. It said: .*still here"):
        run(world, "while True: print('still here ' * 1000)", {"REGEN3D_TIMEOUT_SECONDS": "1"})


def test_children_that_a_finished_command_leaves_behind_do_not_hold_it_up(world: Path) -> None:
    child = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])"
    started = time.monotonic()
    run(world, GOOD + child)
    assert time.monotonic() - started < 60


def test_output_that_is_no_reconstruction_is_refused_by_name(world: Path) -> None:
    with pytest.raises(StageError, match=r"no reconstruction: the output folder holds 'garbage\.bin'"):
        run(world, "import sys, pathlib; pathlib.Path(sys.argv[2], 'garbage.bin').write_bytes(b'x')")
    with pytest.raises(StageError, match="the output folder holds nothing"):
        run(world, "pass")


@pytest.mark.parametrize(
    "cheat",
    [
        "os.symlink('/etc/passwd', os.path.join(out, 'camera.npz'))",
        "os.symlink('/etc', os.path.join(out, 'objects', 'etc'))",
        "shutil.rmtree(out); os.symlink('/etc', out)",
        "os.mkfifo(os.path.join(out, 'pipe'))",
    ],
)
def test_links_and_devices_in_the_output_are_refused(world: Path, cheat: str) -> None:
    with pytest.raises(StageError, match=r"a link or a device|replaced its output folder"):
        run(world, GOOD + "import os\n" + cheat)
    assert left_behind(world) == ["reconstruction.log"]


def test_what_a_command_writes_to_its_working_folder_is_thrown_away(world: Path) -> None:
    run(world, GOOD + "open('stray.bin', 'w').write('x')")
    assert not list(world.rglob("stray.bin"))


def test_a_reconstruction_one_folder_down_is_found(world: Path) -> None:
    found = run(world, GOOD.replace("copytree(prepared, out,", "copytree(prepared, out + '/output',"))
    assert (found / "scene_info.json").is_file()


def test_the_log_is_bounded_and_secrets_are_neither_handed_over_nor_shown(
    world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "MAX_LOG_BYTES", 5000)
    talk = "import os\nprint(sorted(k for k in os.environ if 'KEY' in k), os.environ['GEMINI_API_KEY'])\n"
    talk += "for n in range(3000): print('x' * 100)\nprint('y' * 200_000, end='')"
    secrets = {"OPENAI_API_KEY": "sk-never-shown", "GEMINI_API_KEY": "gm-only-for-it"}
    run(world, GOOD + talk, {**secrets, "REGEN3D_COMMAND_SECRETS": "GEMINI_API_KEY"})
    log = (world / "kitchen" / LOG).read_text()
    assert log.startswith("reconstructed room.png\n['GEMINI_API_KEY'] ***\n")
    assert len(log) == 5000


def test_a_line_is_split_as_a_shell_splits_it_but_no_shell_sees_it() -> None:
    environ = {"REGEN3D_COMMAND": "run.sh --in '{image}' --out {out} '; rm -rf /'"}
    assert reconstruction_settings(environ).template == ("run.sh", "--in", "{image}", "--out", "{out}", "; rm -rf /")


@pytest.mark.parametrize(
    ("environ", "problem"),
    [
        ({}, "neither REGEN3D_COMMAND nor REGEN3D_SERVER_URL is set"),
        ({"REGEN3D_COMMAND": "a {image} {out}", "REGEN3D_SERVER_URL": "http://host"}, "are both set"),
        ({"REGEN3D_COMMAND": "run {image}"}, "lacks {out}"),
        ({"REGEN3D_COMMAND": "run {image} {out} {seed}"}, "has {seed}"),
        ({"REGEN3D_COMMAND": "run '{image} {out}"}, "cannot be split"),
        ({"REGEN3D_COMMAND": '["run", 3]'}, "no list of words"),
        ({"REGEN3D_COMMAND": '["run", '}, "cannot be split"),
        ({"REGEN3D_COMMAND": "run {image} {out}", "REGEN3D_TIMEOUT_SECONDS": "nan"}, "expected seconds"),
        ({"REGEN3D_SERVER_URL": "host:80"}, "no plain http"),
    ],
)
def test_settings_that_cannot_work_are_refused(environ: dict[str, str], problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        reconstruction_settings(environ)


def test_a_program_that_is_not_there_is_an_input_error(world: Path) -> None:
    request, environ = (
        photo_request(world / "room.png"),
        {"REGEN3D_COMMAND": shlex.join(["/no/such", "{image}", "{out}"])},
    )
    with pytest.raises(InputError, match="cannot be started: '/no/such': No such file"):
        reconstruct_photo(request, world / "kitchen", environ)
