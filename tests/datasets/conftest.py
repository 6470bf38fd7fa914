import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from synthetic_records import write_record


@pytest.fixture(scope="session")
def record_dirs(tmp_path_factory) -> list[Path]:
    """Three successful records of 24, 31 and 38 frames, two tasks, two cameras."""
    root = tmp_path_factory.mktemp("records")
    words = ("put the mug on the plate", "open the drawer", "put the mug on the plate")
    return [write_record(root, n, frames=24 + 7 * n, instruction=words[n]) for n in range(3)]
