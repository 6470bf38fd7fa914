"""What a user gets with pip: a wheel that holds everything and works without the repository."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]


def python(*arguments: str, path: Path | None = None, cwd: Path) -> str:
    environment = dict(os.environ, PYTHONDONTWRITEBYTECODE="1")
    if path:
        environment["PYTHONPATH"] = str(path)
    done = subprocess.run([sys.executable, *arguments], cwd=cwd, env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    return done.stdout.decode()


@pytest.mark.slow
def test_python_m_blueprint_is_the_command(tmp_path):
    assert "blueprint" in python("-m", "blueprint", "--help", cwd=tmp_path)
    assert python("-m", "blueprint", "--version", cwd=tmp_path).strip()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel, built from a copy: nothing that an earlier build left in the repository can get into it."""
    source = tmp_path_factory.mktemp("source") / "repository"
    source.mkdir()
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(REPOSITORY / "src", source / "src", ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(REPOSITORY / name, source / name)
    out = tmp_path_factory.mktemp("wheel")
    build = ["-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", "-w", str(out), "."]
    python(*build, cwd=source)
    (built,) = out.glob("blueprint_pipeline-*.whl")
    return built


@pytest.mark.slow
def test_the_wheel_holds_every_file_of_the_package_and_its_licence(wheel):
    folder = REPOSITORY / "src"
    here = {
        path.relative_to(folder).as_posix()
        for path in (folder / "blueprint").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    names = set(zipfile.ZipFile(wheel).namelist())
    assert here - names == set()
    assert {name for name in names if name.startswith("blueprint/")} == here
    assert any(name.endswith("licenses/LICENSE") for name in names)


@pytest.mark.slow
def test_the_installed_wheel_works_away_from_the_repository(wheel, tmp_path):
    target, elsewhere = tmp_path / "target", tmp_path / "elsewhere"
    elsewhere.mkdir()
    install = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(target), str(wheel)]
    python(*install, cwd=elsewhere)
    where = python("-c", "import blueprint; print(blueprint.__file__)", path=target, cwd=elsewhere).strip()
    assert Path(where).is_relative_to(target)
    stages = json.loads(python("-m", "blueprint", "stages", "--json", path=target, cwd=elsewhere))
    assert stages[-1]["name"] == "report"
    run = ["run", "a table with a block", "--robot", "primitive_arm", "--scene-id", "small", "--to-stage", "usd"]
    python("-m", "blueprint", *run, "--json", path=target, cwd=elsewhere)
    assert (elsewhere / "runs" / "scenes" / "small" / "mjcf" / "scene.xml").is_file()
    python("-m", "blueprint", "report", "small", path=target, cwd=elsewhere)
    assert (elsewhere / "runs" / "scenes" / "small" / "report" / "index.html").is_file()
    assert [path.name for path in elsewhere.iterdir()] == ["runs"]
    script = target / "bin" / "blueprint"
    assert json.loads(python(str(script), "stages", "--json", path=target, cwd=elsewhere)) == stages
