"""The files of an import bundle: checksums, README, and an archive whose bytes depend on its content alone."""

import gzip
import tarfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from blueprint.contracts.disk import disk_error
from blueprint.contracts.hashing import sha256_file

__all__ = ["checksums_of", "inventory_of", "readme_text", "write_bundle"]


def inventory_of(folder: Path, names: Iterable[str]) -> list[Path]:
    """Return the files below `folder/name` for each name, sorted; hidden ones, links and missing names are left out."""
    found: set[Path] = set()
    for name in names:
        start = folder / name
        found.update([start] if start.is_file() else start.rglob("*"))
    return sorted(
        path
        for path in found
        if path.is_file()
        and not path.is_symlink()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )


def checksums_of(folder: Path, files: Iterable[Path]) -> dict[str, dict[str, Any]]:
    """Return path relative to `folder` → SHA-256 and size."""
    return {
        path.relative_to(folder).as_posix(): {"sha256": sha256_file(path), "size_bytes": path.stat().st_size}
        for path in files
    }


def write_bundle(path: Path, folder: Path, files: Iterable[Path]) -> None:
    """Write a tar.gz of `files`, named relative to `folder`, without times and owners: the same bytes every time.

    Raises StorageError where the disk refuses; what was at `path` before is then still there.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        with (
            part.open("wb") as raw,
            gzip.GzipFile("", "wb", compresslevel=1, fileobj=raw, mtime=0) as packed,
            tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
        ):
            for file in files:
                entry = tarfile.TarInfo(f"{path.name.removesuffix('.tar.gz')}/{file.relative_to(folder).as_posix()}")
                entry.size = file.stat().st_size
                entry.mode = 0o644
                with file.open("rb") as data:
                    archive.addfile(entry, data)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise disk_error("write", path, error) from error


def readme_text(scene_id: str, job_id: str, counts: Mapping[str, int], datasets: Iterable[str]) -> str:
    """Return the README of a bundle: what is in which folder, and how to check and load it."""
    sets = [f"- `{name}/`: LeRobot {'v2.1' if 'v21' in name else 'v3.0'} dataset" for name in datasets]
    return "\n".join(
        [
            f"# Genie Sim episodes of {scene_id}, job {job_id}",
            "",
            f"{counts['accepted']} episodes accepted, {counts['rejected']} refused of {counts['found']}.",
            "",
            "- `recordings/`: one folder per accepted episode: record.json, trajectory.npz, a video per camera",
            "- `certificates/`: what was measured on each episode, accepted or not",
            *sets,
            "- `failed_episodes.json`: why the others were refused, and what to do",
            "- `checksums.json`: SHA-256 and size of every file",
            "- `import_manifest.json`: all of this for machines",
            "",
            "Depth pictures, object poses and parameters stay in the raw episode folders, which the import does not",
            "change. Row t of a dataset holds the state at t/fps and the action that leads from it to the next.",
            "",
            "```python",
            "from lerobot.datasets.lerobot_dataset import LeRobotDataset",
            "",
            f"dataset = LeRobotDataset('blueprint/{scene_id}', root='lerobot')  # lerobot_v21 with lerobot 0.3.x",
            "```",
            "",
        ]
    )
