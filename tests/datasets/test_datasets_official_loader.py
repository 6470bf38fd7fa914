import os
from pathlib import Path

import lerobot_official
import pytest

from blueprint.datasets import write_lerobot_v3, write_lerobot_v21


@pytest.mark.slow
@pytest.mark.parametrize(
    ("variable", "write"),
    [("BLUEPRINT_LEROBOT_V3_PYTHON", write_lerobot_v3), ("BLUEPRINT_LEROBOT_V21_PYTHON", write_lerobot_v21)],
)
def test_the_official_loader_decodes_every_frame_in_its_place(variable, write, record_dirs: list[Path], tmp_path: Path):
    python = os.environ.get(variable)
    if not python:
        pytest.skip(f"{variable} is not set; benchmarks/lerobot_official.py builds the environment")
    write(record_dirs, tmp_path / "dataset", repo_id="blueprint/test")
    verdict = lerobot_official.run_check(Path(python), tmp_path / "dataset", strip=True)
    assert verdict["passed"], verdict
    assert verdict["frames_decoded"] == 2 * (24 + 31 + 38)
