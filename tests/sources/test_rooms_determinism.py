"""The same request and seed give the same bytes, whatever the process's hash seed; another seed gives others."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import sys
from pathlib import Path
from blueprint.contracts.scene_request import SceneRequest
from blueprint.sources.text.backend import generate_scene
request = SceneRequest.model_validate(
    {"schema_version": "v1", "scene_id": "twin", "prompt": sys.argv[2], "quality_tier": "standard"})
generate_scene(request, int(sys.argv[3]), Path(sys.argv[1]))
"""


def written(folder: Path, prompt: str, seed: int, hash_seed: str) -> dict[str, bytes]:
    environment = os.environ | {"PYTHONHASHSEED": hash_seed}
    subprocess.run([sys.executable, "-c", PROGRAM, str(folder), prompt, str(seed)], check=True, env=environment)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.slow
def test_a_table_top_is_the_same_bytes_in_two_processes(tmp_path: Path) -> None:
    first, second = (written(tmp_path / name, "a desk with a mug", 3, name) for name in ("0", "4711"))
    assert first == second


@pytest.mark.slow
def test_a_room_is_the_same_bytes_in_two_processes_and_another_seed_gives_others(tmp_path: Path) -> None:
    prompt = "A balcony with a bench."
    first, second = (written(tmp_path / name, prompt, 3, name) for name in ("0", "4711"))
    assert first == second
    other = written(tmp_path / "other", prompt, 4, "0")
    assert other["assets/scene_manifest.json"] != first["assets/scene_manifest.json"]


@pytest.mark.slow
def test_a_house_is_the_same_bytes_in_two_processes(tmp_path: Path) -> None:
    prompt = "A flat with a bedroom and a kitchen. The bedroom has a desk with a laptop and two mugs on it."
    first, second = (written(tmp_path / name, prompt, 0, name) for name in ("0", "4711"))
    assert first == second
