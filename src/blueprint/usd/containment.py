"""Which files a stage is made of, and that all of them stay inside its folder. Nothing is composed to find out."""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from pxr import Sdf

from blueprint.contracts.errors import InputError, UnsafePathError

__all__ = ["StageFiles", "open_layer", "scene_root", "stage_files"]

_MAX_LAYERS = 4096
_MAX_LAYER_BYTES = 512 << 20
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
_PACKAGE = re.compile(r"\[")
_USD_SUFFIXES = {".usd", ".usda", ".usdc"}


@dataclass
class StageFiles:
    """`layers` and `assets` (textures and the like) are resolved files inside the root; `problems` says what is not."""

    layers: list[Path] = field(default_factory=list)
    assets: list[Path] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def scene_root(path: Path) -> Path:
    """Return the folder that a stage may refer to: the scene or asset folder around `usd/` or `sim/`, else its own."""
    parent = path.resolve().parent
    return parent.parent if parent.name in ("usd", "sim") else parent


def open_layer(path: Path) -> Sdf.Layer:
    """Return a layer read from a local .usd, .usda or .usdc file; raises InputError where that cannot be done."""
    if path.suffix.lower() not in _USD_SUFFIXES:
        raise InputError(f"{path.name} is not one of {sorted(_USD_SUFFIXES)}.", remedy="unpack or convert it first.")
    try:
        size = path.stat().st_size
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}.", remedy="check the path.") from error
    if size > _MAX_LAYER_BYTES:
        raise InputError(f"{path.name} has {size} bytes, more than {_MAX_LAYER_BYTES}.", remedy="split the stage.")
    from pxr import Tf

    try:
        layer = Sdf.Layer.FindOrOpen(str(path))
    except Tf.ErrorException as error:
        raise InputError(
            f"{path.name} is not readable as OpenUSD: {_first_line(error)}.", remedy="re-export it."
        ) from error
    if layer is None:
        raise InputError(f"{path.name} is not readable as OpenUSD.", remedy="re-export it.")
    layer.Reload()
    return layer


def stage_files(path: Path, root: Path | None = None) -> StageFiles:
    """Return every file that the stage at `path` refers to, and every reference that it may not make.

    Refused: absolute paths, URLs, packages, paths out of `root` (default `scene_root(path)`, symbolic links resolved),
    missing files, more than 4096 layers. Raises InputError where the root layer itself cannot be read.
    """
    base = (root or scene_root(path)).resolve()
    files = StageFiles()
    first = path.resolve()
    if not first.is_relative_to(base):
        raise UnsafePathError(f"{path} is outside of {base}.", remedy="give the folder that holds the whole scene.")
    queue, seen = [first], {first}
    while queue:
        current = queue.pop(0)
        try:
            layer = open_layer(current)
        except InputError as error:
            if current == first:
                raise
            files.problems.append(str(error))
            continue
        files.layers.append(current)
        for authored in sorted(_asset_paths(layer)):
            target = _resolve(authored, current, base, files.problems)
            if target is None or target in seen:
                continue
            seen.add(target)
            if len(seen) > _MAX_LAYERS:
                files.problems.append(f"more than {_MAX_LAYERS} files are referred to")
                return files
            if target.suffix.lower() in _USD_SUFFIXES:
                queue.append(target)
            else:
                files.assets.append(target)
    return files


def _resolve(authored: str, layer: Path, base: Path, problems: list[str]) -> Path | None:
    if _URL.match(authored) or os.path.isabs(authored) or "\\" in authored or _PACKAGE.search(authored):
        problems.append(f"{layer.name} refers to {authored!r}: only relative file paths are allowed")
        return None
    target = (layer.parent / authored).resolve()
    if not target.is_relative_to(base):
        problems.append(f"{layer.name} refers to {authored!r}, which is outside of the folder {base.name!r}")
        return None
    if not target.is_file():
        problems.append(f"{layer.name} refers to {authored!r}, which does not exist")
        return None
    return target


def _asset_paths(layer: Sdf.Layer) -> set[str]:
    """Every path that composition or an asset-valued attribute of the layer names."""
    found = set(layer.GetCompositionAssetDependencies()) | set(layer.GetExternalAssetDependencies())

    def visit(spec_path: Sdf.Path) -> None:
        spec = layer.GetObjectAtPath(spec_path)
        if isinstance(spec, Sdf.AttributeSpec):
            values = [
                spec.default,
                *(layer.QueryTimeSample(spec_path, t) for t in layer.ListTimeSamplesForPath(spec_path)),
            ]
            for value in values:
                if isinstance(value, Sdf.AssetPath):
                    found.add(value.path)
                elif isinstance(value, Sdf.AssetPathArray):
                    found.update(item.path for item in value)

    layer.Traverse(Sdf.Path.absoluteRootPath, visit)
    return {item for item in found if item}


def _first_line(error: BaseException) -> str:
    """What OpenUSD says of a file, without the place in its own source code that says so."""
    lines = str(error).strip().splitlines()
    return lines[-1].rsplit(" : ", 1)[-1].strip("'")[:200] if lines else "unknown error"
