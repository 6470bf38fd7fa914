"""What the workers of the batch tests run in place of the real preparation: the file's text says what happens."""

import os
import signal
from pathlib import Path

import numpy as np

from blueprint.assets.geometry import TriangleMesh
from blueprint.contracts.errors import InputError, StorageError
from blueprint.contracts.mesh_report import ColliderReport, MeshReport
from blueprint.sources.imported.asset import ImportedLink, ImportedThing, imported_asset
from blueprint.sources.imported.mesh_file import MeshPart, Surface
from blueprint.sources.meshes.mesh_input import MeshInput, PreparedMesh

FACES = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]], np.int32)


def prepare(item: MeshInput, cache_dir: Path | None) -> PreparedMesh:
    """A tetrahedron as high as the number in the file, m; a word in its place is done instead."""
    word, *rest = item.path.read_text().split()
    if word == "refuse":
        raise InputError("the mesh has no triangles.", remedy="export it again.")
    if word == "defect":
        raise ZeroDivisionError("nobody expected this")
    if word == "disk":
        raise StorageError("cannot write the cache: no space left.")
    if word == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if word == "die-once":
        mark = item.path.with_suffix(".seen")
        if not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        word = rest[0]
    if word == "threads":
        word = os.environ["OMP_NUM_THREADS"]
    if cache_dir is not None:
        with (cache_dir / "prepared.txt").open("a") as log:
            log.write(f"{item.name}\n")
    return _tetrahedron(item, float(word))


def _tetrahedron(item: MeshInput, height_m: float) -> PreparedMesh:
    corners = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, height_m]], float)
    shape = TriangleMesh(corners, np.tile([0.0, 0.0, 1.0], (4, 1)), np.zeros((4, 2)), FACES)
    link = ImportedLink("body", [MeshPart(shape, Surface())], pieces=[corners])
    thing = ImportedThing(item.category, item.label, "", item.sim_role, item.source, item.license, [link])
    imported = imported_asset(thing)
    report = MeshReport(
        name=item.name,
        category=item.category,
        source_sha256="0" * 64,
        asset_id=imported.asset.model.asset_id,
        triangles_in=4,
        triangles=4,
        is_watertight_in=True,
        is_watertight=True,
        size_m=imported.asset.model.size_m,
        colliders=ColliderReport(method="given", colliders=1),
    )
    return PreparedMesh(imported, report)
