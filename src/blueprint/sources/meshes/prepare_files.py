"""Loose mesh files → what preparation is given, and prepared assets in folders of their own with their USD checked."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from blueprint.assets.library import save_asset
from blueprint.contracts.asset import License
from blueprint.contracts.errors import InputError
from blueprint.contracts.ids import slug
from blueprint.contracts.quality_gate import GateCheck
from blueprint.physics.inertia import with_inertials
from blueprint.sources.imported.mesh_file import MeshPart
from blueprint.sources.meshes.mesh_input import MeshInput, PreparedMesh
from blueprint.sources.meshes.prepare import read_parts
from blueprint.sources.regen3d.roles import category_of_label, sim_role
from blueprint.usd.asset import author_asset
from blueprint.usd.simready import validate_simready
from blueprint.usd.validate import validate_stage

__all__ = ["inputs_of_files", "save_checked"]


def inputs_of_files(
    files: list[Path],
    *,
    category: str | None = None,
    scale: float | None = None,
    height_m: float | None = None,
    license: License | None = None,
) -> list[MeshInput]:
    """Return one input per file, named by its stem (numbered where two are alike), with the role of its kind and size.

    What a thing is comes from `category` or from its file's name, its size from `scale` or from the height that it
    shall have. Raises InputError where both are given, or neither a file nor a positive number is.
    """
    if scale is not None and height_m is not None:
        raise InputError("a scale and a height were given.", remedy="give one of them.")
    for value in (scale, height_m):
        if value is not None and not (np.isfinite(value) and value > 0):
            raise InputError(f"{value} is no size.", remedy="give a positive number.")
    counts: dict[str, int] = {}
    found = []
    for path in files:
        stem = slug(path.stem)
        counts[stem] = counts.get(stem, 0) + 1
        name = stem if counts[stem] == 1 else f"{stem}_{counts[stem]}"
        label = stem.replace("_", " ")
        item = MeshInput(
            name=name,
            path=path,
            root=path.resolve().parent,
            category=category or category_of_label(label),
            label=label,
            sim_role="static",
            license=license or License(spdx="unknown", source=path.name),
            scale=scale or 1.0,
        )
        found.append(_sized(item, height_m))
    return found


def save_checked(prepared: PreparedMesh, out: Path) -> list[GateCheck]:
    """Write an asset below `out`, in a folder of its id, with its USD files, and return what validators say of those:
    OpenUSD's, NVIDIA's, and the SimReady profile where its program is installed."""
    asset = prepared.imported.asset
    ready = replace(asset, model=with_inertials(asset.model))
    folder = out / ready.model.asset_id
    save_asset(ready, folder)
    path = author_asset(ready, folder)
    return [*validate_stage(path), validate_simready(path)]


def _sized(item: MeshInput, height_m: float | None) -> MeshInput:
    """With the scale for a height, and the role; a file that cannot be read is left for preparation to refuse."""
    try:
        parts = read_parts(item)
    except InputError:
        return item
    extent = _extent(parts)
    scale = item.scale if height_m is None else height_m / max(float(extent[2]), 1e-9)
    return replace(item, scale=scale, sim_role=sim_role(item.category, (extent * scale).tolist()))


def _extent(parts: list[MeshPart]) -> "np.ndarray":
    low = np.min([part.mesh.vertices.min(axis=0) for part in parts], axis=0)
    high = np.max([part.mesh.vertices.max(axis=0) for part in parts], axis=0)
    return np.asarray(high - low, float)
