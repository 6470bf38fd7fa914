"""Publishing a dataset folder: built beside its place, swapped in whole, kept when nothing changed."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from blueprint.contracts.dataset import DatasetMetadata
from blueprint.contracts.errors import InputError

__all__ = ["METADATA", "existing_metadata", "replace_folder", "should_write"]

METADATA = Path("meta") / "blueprint.json"


def existing_metadata(out: Path) -> DatasetMetadata | None:
    """Return the metadata of a complete dataset at `out`, or None. It is the last file written before the swap."""
    _recover(out)
    return DatasetMetadata.read(out / METADATA) if (out / METADATA).is_file() else None


def should_write(out: Path, wanted: DatasetMetadata, *, overwrite: bool, skip_existing: bool) -> bool:
    """Say whether `wanted` is to be written at `out`.

    An existing complete dataset of the same episodes is kept; of other episodes it is kept with `skip_existing`,
    replaced with `overwrite`, and otherwise refused with InputError. A folder that is no dataset is never replaced.
    """
    if overwrite and skip_existing:
        raise InputError("overwrite and skip-existing exclude each other.", remedy="choose one.")
    present = existing_metadata(out)
    if present is None:
        if out.exists() and any(out.iterdir()) and not (out / "meta").is_dir():
            raise InputError(f"{out} exists and is not a dataset.", remedy="choose another folder.")
        return True
    if overwrite:
        return True
    if skip_existing or present == wanted:
        return False
    raise InputError(
        f"{out} holds a dataset of other episodes ({len(present.episodes)}, now {len(wanted.episodes)}).",
        remedy="pass --overwrite to replace it or --skip-existing to keep it.",
    )


@contextmanager
def replace_folder(out: Path) -> Iterator[Path]:
    """Yield an empty folder beside `out`; on success it takes the place of `out`, on an error it is removed.

    A kill leaves either the old folder (possibly under its `.old` name, which the next call puts back) or the new one.
    """
    part, old = _beside(out, "part"), _beside(out, "old")
    _recover(out)
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        yield part
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    if out.exists():
        out.rename(old)
    part.rename(out)
    shutil.rmtree(old, ignore_errors=True)


def _recover(out: Path) -> None:
    old = _beside(out, "old")
    if old.exists():
        if out.exists():
            shutil.rmtree(old)
        else:
            old.rename(out)


def _beside(out: Path, suffix: str) -> Path:
    return out.with_name(f".{out.name}.{suffix}")
