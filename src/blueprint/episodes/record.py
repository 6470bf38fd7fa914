"""Writing an episode's record: a folder that appears whole or not at all, with the same bytes for the same episode."""

import io
import shutil
import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.disk import disk_error
from blueprint.contracts.document import write_atomically
from blueprint.contracts.episode import ARRAYS, EpisodeRecord
from blueprint.contracts.errors import ContractError, InputError
from blueprint.episodes.job import EpisodeJob
from blueprint.storage.npz import MAX_NPZ_BYTES, load_npz

__all__ = ["commit_record", "finished_record", "npz_bytes", "read_arrays", "start_record"]

_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


def npz_bytes(arrays: dict[str, NDArray]) -> bytes:
    """Return a compressed npz whose bytes depend on names and values alone (sorted members, no time stamps)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name in sorted(arrays):
            member = io.BytesIO()
            np.lib.format.write_array(member, np.ascontiguousarray(arrays[name]), allow_pickle=False)
            info = zipfile.ZipInfo(f"{name}.npy", _ZIP_EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, member.getvalue())
    return buffer.getvalue()


def read_arrays(path: Path) -> dict[str, NDArray]:
    """Read `trajectory.npz`: names and types as in `contracts.episode.ARRAYS`, bounded in size, never unpickled.

    Raises ContractError that names what does not fit.
    """
    arrays = load_npz(path, MAX_NPZ_BYTES)
    for name, (_, dtype, _) in ARRAYS.items():
        if name not in arrays or arrays[name].dtype != np.dtype(dtype):
            raise ContractError(f"{path}: array {name} of type {dtype} is missing.", remedy="make the episode again.")
    return arrays


def finished_record(job: EpisodeJob) -> EpisodeRecord | None:
    """Return the record of a job that was finished before with the same inputs, else None."""
    path = job.folder / "record.json"
    if not path.is_file():
        return None
    try:
        record = EpisodeRecord.read(path)
    except InputError:
        return None
    if record.hashes.get("job") != job.input_hashes["job"]:
        return None
    files = ["trajectory.npz"]
    for video in record.videos:
        files += [name for name in (video.file, video.depth_file, video.segmentation_file) if name]
    return record if all((job.folder / name).is_file() for name in files) else None


def start_record(job: EpisodeJob) -> Path:
    """Return an empty working folder beside the record's place; what an earlier, killed attempt left is removed."""
    part = job.folder.with_name(f".{job.episode_id}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        part.mkdir(parents=True)
    except OSError as error:
        raise disk_error("write", part, error) from error
    return part


def commit_record(job: EpisodeJob, part: Path, record: EpisodeRecord) -> EpisodeRecord:
    """Write `record.json` last and move the working folder to its place, replacing an earlier record."""
    write_atomically(part / "record.json", record.to_json().encode())
    if job.folder.exists():
        stale = job.folder.with_name(f".{job.episode_id}.stale")
        shutil.rmtree(stale, ignore_errors=True)
        job.folder.rename(stale)
        part.rename(job.folder)
        shutil.rmtree(stale)
    else:
        part.rename(job.folder)
    return record
