"""Approximate convex decomposition by CoACD (Wei et al. 2022), in a process of its own with one thread.

Foreign meshes can bring native code down; then one mesh fails, not the batch. One thread gives one order of sums.
"""

import os
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.errors import InputError

__all__ = ["CoacdSettings", "decompose"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class CoacdSettings:
    """`threshold` is the concavity that may remain, relative to a unit box; `search_*` are of the cut search.

    `is_solid`: the surface is closed and does not cross itself, so it needs no remeshing (on a grid of
    `remesh_resolution`) before.
    """

    threshold: float = 0.05
    max_hulls: int = 24
    is_solid: bool = True
    remesh_resolution: int = 30
    resolution: int = 500
    search_nodes: int = 20
    search_iterations: int = 60
    search_depth: int = 2
    max_hull_vertices: int = 64
    seed: int = 1

    def parameters(self) -> dict[str, float | int | str | bool]:
        """Everything that the result depends on besides the mesh."""
        return asdict(self) | {"coacd": version("coacd"), "format": 1}


def decompose(vertices: Array, faces: NDArray[np.int32], settings: CoacdSettings) -> list[Array]:
    """Return convex pieces as point sets (each (N, 3), m); the same input gives the same bytes.

    Raises InputError where CoACD gives up on the mesh.
    """
    with tempfile.TemporaryDirectory(prefix="blueprint-coacd-") as name:
        given, made = Path(name) / "mesh.npz", Path(name) / "pieces.npz"
        scalars = {key: np.array(value) for key, value in asdict(settings).items()}
        np.savez(given, vertices=vertices, faces=faces, **scalars)  # type: ignore[arg-type]
        done = subprocess.run(
            [sys.executable, "-m", __name__, str(given), str(made)],
            env=os.environ | {"OMP_NUM_THREADS": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        if done.returncode != 0 or not made.is_file():
            said = done.stderr.decode("utf-8", "replace").strip()[-200:]
            raise InputError(f"CoACD gave up (exit {done.returncode}): {said!a}.", remedy="repair the mesh.")
        with np.load(made, allow_pickle=False) as data:
            return np.split(data["points"], np.cumsum(data["counts"])[:-1])


def _run(given: Path, made: Path) -> None:
    import coacd

    coacd.set_log_level("error")
    with np.load(given, allow_pickle=False) as data:
        values = {name: data[name] for name in data.files}
    names = CoacdSettings.__dataclass_fields__
    settings = CoacdSettings(**{name: values[name].item() for name in names})
    pieces = coacd.run_coacd(
        coacd.Mesh(values["vertices"], values["faces"]),
        threshold=settings.threshold,
        max_convex_hull=settings.max_hulls,
        preprocess_mode="off" if settings.is_solid else "on",
        preprocess_resolution=settings.remesh_resolution,
        resolution=settings.resolution,
        mcts_nodes=settings.search_nodes,
        mcts_iterations=settings.search_iterations,
        mcts_max_depth=settings.search_depth,
        max_ch_vertex=settings.max_hull_vertices,
        decimate=True,
        seed=settings.seed,
    )
    points = [np.asarray(vertices, float) for vertices, _ in pieces]
    np.savez(made, counts=np.array([len(rows) for rows in points]), points=np.concatenate(points))


if __name__ == "__main__":
    _run(Path(sys.argv[1]), Path(sys.argv[2]))
