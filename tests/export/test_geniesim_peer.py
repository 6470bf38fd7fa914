"""AgiBot's own client collects our package on our server; on packages that are wrong it must not succeed."""

import importlib.util
import json
import os
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from blueprint.contracts.geniesim.template import TaskTemplate
from blueprint.export.geniesim.export import Export

SOURCE, PYTHON = "BLUEPRINT_GENIESIM_SOURCE", "BLUEPRINT_GENIESIM_PYTHON"


@pytest.fixture(scope="module")
def peer() -> ModuleType:
    path = Path(__file__).parents[2] / "benchmarks" / "geniesim_peer.py"
    spec = importlib.util.spec_from_file_location("geniesim_peer", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["geniesim_peer"] = module
    spec.loader.exec_module(module)
    return module


def _episode(folder: Path, path: list[tuple[float, float, float]], hand: tuple[float, float, float]) -> Path:
    """The states of an apple that takes a path in a second, 0.3 m from where the bowl stands."""

    def at(*position: float) -> dict[str, list[list[float]]]:
        pose = np.eye(4)
        pose[:3, :3] = [[1, 0, 0], [0, 0, -1], [0, 1, 0]]  # packages are Y up
        pose[:3, 3] = position
        return {"pose": pose.tolist()}

    frames = [
        {
            "time_stamp": k / (len(path) - 1),
            "objects": {"apple_1": at(*position), "bowl_1": at(0.3, 0, 0.025)},
            "ee_center": {"left": at(*hand), "right": at(2, 0, 0)},
        }
        for k, position in enumerate(path)
    ]
    (folder / "state.json").write_text(json.dumps({"frames": frames}))
    return folder


def _carried(end: tuple[float, float, float]) -> list[tuple[float, float, float]]:
    return [(0.0, 0.0, 0.03), (0.1, 0.0, 0.1), (0.2, 0.0, 0.1), *[end] * 5]


@pytest.mark.parametrize(
    ("path", "hand", "fault"),
    [
        (_carried((0.3, 0.0, 0.04)), (0.3, 0.0, 0.1), "still in the hand"),
        (_carried((0.2, 0.0, 0.03)), (0.0, 0.0, 0.6), "not where it belongs"),
        ([(0.0, 0.0, 0.03), *[(0.3, 0.0, 0.04)] * 8], (0.0, 0.0, 0.6), "lifted by 10 mm only"),
        ([(0.0, 0.0, 0.03), (0.0, 0.0, 0.1), *[(0.3, 0.0, 0.04)] * 20], (0.0, 0.0, 0.6), "moved at"),
        ([*_carried((0.3, 0.0, 0.04)), (0.3, 0.0, 0.03)], (0.0, 0.0, 0.6), "still moves"),
        (_carried((0.3, 0.0, 0.04)), (0.0, 0.0, 0.6), None),
    ],
)
def test_an_episode_is_judged_by_its_states(
    peer: ModuleType, exported: Export, tmp_path: Path, path: list, hand: tuple, fault: str | None
) -> None:
    template = TaskTemplate.read(next((exported.folder / "tasks").rglob("*put_apple*arranged_g2.json")))
    *faults, refused = peer.measure(_episode(tmp_path, path, hand), template).faults
    assert "the import refuses it" in refused  # there is nothing but states
    assert len(faults) == (fault is not None)
    assert all(fault in text for text in faults)


@pytest.mark.slow
@pytest.mark.skipif(
    not (os.environ.get(SOURCE) and os.environ.get(PYTHON)),
    reason=f"{SOURCE} and {PYTHON} do not name a work tree of Genie Sim and a Python that has what its client imports",
)
def test_the_unmodified_client_picks_places_and_resets_and_fails_where_it_must(
    peer: ModuleType, scene_dir: Path, tmp_path: Path
) -> None:
    bench = peer.Bench(Path(os.environ[SOURCE]), Path(os.environ[PYTHON]), tmp_path, 0.1)
    rows = peer.run(bench, scene_dir, ["put_apple_1_to_bowl_1_arranged_g2"], 3, 10)
    assert [row.name for row in rows if not row.as_expected] == []
    assert [row.expected for row in rows] == ["success", "failure", "failure", "failure"]
