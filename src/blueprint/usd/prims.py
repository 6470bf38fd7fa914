"""Small typed steps over pxr: stages in memory, transforms, and bytes written so that they repeat."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from pxr import Gf, Sdf, Usd, UsdGeom, Vt

from blueprint.contracts.document import write_atomically
from blueprint.contracts.errors import StageError
from blueprint.contracts.frames import Pose

__all__ = ["define_scope", "new_stage", "place", "quatf", "set_extent", "vec3f_array", "write_crate", "write_text"]


def new_stage(default_prim: str, prim_type: str = "Xform") -> Usd.Stage:
    """Return a stage in memory with metres, kilograms, Z-up and a default prim of that name."""
    from pxr import UsdPhysics

    stage = Usd.Stage.CreateInMemory(".usda")
    UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.z)
    UsdGeom.SetStageMetersPerUnit(stage, 1.0)
    UsdPhysics.SetStageKilogramsPerUnit(stage, 1.0)
    stage.SetDefaultPrim(stage.DefinePrim(f"/{default_prim}", prim_type))
    return stage


def define_scope(stage: Usd.Stage, path: Sdf.Path | str) -> Usd.Prim:
    return UsdGeom.Scope.Define(stage, path).GetPrim()


def place(prim: Usd.Prim, pose: Pose, scale: tuple[float, float, float] | None = None) -> None:
    """Author translate, orient (double precision) and an optional scale, in that order."""
    xform = UsdGeom.Xformable(prim)
    xform.ClearXformOpOrder()
    xform.AddTranslateOp(UsdGeom.XformOp.PrecisionDouble).Set(Gf.Vec3d(*pose.position))
    w, x, y, z = pose.quat_wxyz
    xform.AddOrientOp(UsdGeom.XformOp.PrecisionDouble).Set(Gf.Quatd(w, x, y, z))
    if scale is not None:
        xform.AddScaleOp(UsdGeom.XformOp.PrecisionDouble).Set(Gf.Vec3d(*scale))


def quatf(quat_wxyz: tuple[float, float, float, float]) -> Any:
    w, x, y, z = quat_wxyz
    return Gf.Quatf(w, x, y, z)


def vec3f_array(values: ArrayLike) -> Any:
    """Return (N, 3) values as a Vt.Vec3fArray."""
    return Vt.Vec3fArray.FromNumpy(np.ascontiguousarray(values, np.float32))


def set_extent(prim: Usd.Prim) -> None:
    """Author the extent that USD itself computes for a boundable prim (its own frame, without its transform)."""
    boundable = UsdGeom.Boundable(prim)
    extent = UsdGeom.Boundable.ComputeExtentFromPlugins(boundable, Usd.TimeCode.Default())
    boundable.CreateExtentAttr().Set(extent)


def write_text(
    stage: Usd.Stage,
    path: Path,
    *,
    references: Mapping[str, str] | None = None,
    payloads: Mapping[str, str] | None = None,
) -> None:
    """Write the root layer as .usda, atomically, with a reference or payload (prim path → relative file) on prims.

    Arcs are added to a copy of the layer: relative paths mean nothing to a stage that is still in memory.
    """
    layer = Sdf.Layer.CreateAnonymous(".usda")
    layer.TransferContent(stage.GetRootLayer())
    for prim, file in (references or {}).items():
        layer.GetPrimAtPath(prim).referenceList.Prepend(Sdf.Reference(file))
    for prim, file in (payloads or {}).items():
        layer.GetPrimAtPath(prim).payloadList.Prepend(Sdf.Payload(file))
    write_atomically(path, layer.ExportToString().encode())


def write_crate(stage: Usd.Stage, path: Path) -> None:
    """Write the root layer as a binary .usdc, atomically; the same content gives the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.stem}.part.usdc")
    if not stage.GetRootLayer().Export(str(temporary)):
        raise StageError(f"OpenUSD could not write {path.name}.", remedy="check free space and rights of the folder.")
    os.replace(temporary, path)
