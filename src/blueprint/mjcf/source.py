"""A UsdPhysics stage, opened for loading: its folder is checked, its units and up axis are resolved."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pxr import Usd, UsdGeom, UsdPhysics

from blueprint.contracts.errors import InputError, UnsafePathError
from blueprint.contracts.frames import Pose
from blueprint.usd.containment import scene_root, stage_files

__all__ = ["SourceStage", "open_source"]

Array = NDArray[np.float64]
_MAX_PRIMS = 500_000


@dataclass
class SourceStage:
    """An open stage with `world_from_stage` (4×4, metres, Z-up) and `kilograms`, the mass of its unit.

    `notes` collects what the loader had to interpret or could not express in MuJoCo.
    """

    stage: Usd.Stage
    root: Path
    world_from_stage: Array
    metres: float
    kilograms: float
    notes: list[str] = field(default_factory=list)
    _cache: UsdGeom.XformCache = field(default_factory=UsdGeom.XformCache)

    def world_matrix(self, prim: Usd.Prim) -> Array:
        """Return the 4×4 matrix (column vectors, metres) from the prim's frame, scale included, to the world."""
        return self.world_from_stage @ np.array(self._cache.GetLocalToWorldTransform(prim)).T

    def prims(self) -> list[Usd.Prim]:
        """Return every active, defined, loaded prim in order, those inside instances included."""
        found = []
        for prim in Usd.PrimRange(self.stage.GetPseudoRoot(), Usd.TraverseInstanceProxies()):
            found.append(prim)
            if len(found) > _MAX_PRIMS:
                raise InputError(f"the stage has more than {_MAX_PRIMS} prims.", remedy="split the scene.")
        return found[1:]

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)


def open_source(path: Path, root: Path | None = None) -> SourceStage:
    """Open a stage after checking that everything it refers to lies inside `root`.

    Raises InputError where the file is unreadable or too large, UnsafePathError where a reference leaves the folder.
    """
    base = (root or scene_root(path)).resolve()
    files = stage_files(path, base)
    if files.problems:
        raise UnsafePathError(
            f"{path.name} is not self-sufficient: {'; '.join(files.problems[:5])}.",
            remedy="collect its files into one folder with relative paths.",
        )
    stage = Usd.Stage.Open(str(path.resolve()))
    errors = stage.GetCompositionErrors()
    if errors:
        raise InputError(f"{path.name} does not compose: {str(errors[0])[:300]}.", remedy="repair the stage.")
    metres = float(UsdGeom.GetStageMetersPerUnit(stage))
    kilograms = float(UsdPhysics.GetStageKilogramsPerUnit(stage))
    if not (np.isfinite([metres, kilograms]).all() and metres > 0 and kilograms > 0):
        raise InputError(f"{path.name}: metersPerUnit {metres} and kilogramsPerUnit {kilograms} must be positive.")
    matrix = np.diag([metres, metres, metres, 1.0])
    if UsdGeom.GetStageUpAxis(stage) == UsdGeom.Tokens.y:
        matrix = Pose.of((0, 0, 0), (np.sqrt(0.5), np.sqrt(0.5), 0, 0)).matrix() @ matrix
    return SourceStage(stage, base, matrix, metres, kilograms)
