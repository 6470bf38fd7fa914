"""Filtering a dataset by what was measured on its episodes: a part of it becomes a dataset, the rest is listed."""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from blueprint.contracts.dataset import DatasetEpisode
from blueprint.contracts.dataset_conversion import ConversionOutput, LeftOutEpisode, LeftOutReason
from blueprint.contracts.document import Part
from blueprint.contracts.errors import InputError
from blueprint.contracts.hashing import sha256_file
from blueprint.contracts.ids import validate_identifier, validate_scene_id
from blueprint.contracts.quality_certificate import QualityCertificate
from blueprint.datasets.account import account
from blueprint.datasets.assemble import Pick, assemble, unknown_files
from blueprint.datasets.description import DatasetSummary
from blueprint.datasets.folder import should_write
from blueprint.datasets.merge import chosen_metadata, refuse_overlap, summary_of
from blueprint.datasets.shard import Shard, read_shard
from blueprint.quality.certificate import CERTIFICATE, data_hash
from blueprint.quality.record_files import contained_file
from blueprint.storage import layout

__all__ = ["Bound", "figures", "filter_dataset", "parse_bound"]

_BOUND = re.compile(r"\s*([a-z0-9_.]+)\s*(>=|<=)\s*([-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)\s*")


@dataclass(frozen=True)
class Bound:
    """A figure of the quality certificate (dotted, as `visual_metrics.black_frames`) and what it has to be."""

    figure: str
    at_least: float | None = None
    at_most: float | None = None

    def __str__(self) -> str:
        sign, value = (">=", self.at_least) if self.at_least is not None else ("<=", self.at_most)
        return f"{self.figure}{sign}{value:g}"

    def holds(self, value: float) -> bool:
        return (self.at_least is None or value >= self.at_least) and (self.at_most is None or value <= self.at_most)


def parse_bound(text: str) -> Bound:
    """Read `overall_quality_score>=0.8` or `visual_metrics.black_frames<=0`; raises InputError that lists the figures.

    True counts as 1: `task_metrics.replayed>=1`.
    """
    match = _BOUND.fullmatch(text)
    if not match or match[1] not in figures():
        raise InputError(
            f"{text[:200]!r} is no bound on a figure of a quality certificate.",
            remedy=f"write FIGURE>=VALUE or FIGURE<=VALUE with one of {', '.join(figures())}.",
        )
    value = float(match[3])
    return Bound(match[1], at_least=value) if match[2] == ">=" else Bound(match[1], at_most=value)


def figures(model: type[BaseModel] = QualityCertificate, prefix: str = "") -> list[str]:
    """Return the names of all numbers in a quality certificate, dotted."""
    names: list[str] = []
    for name, field in model.model_fields.items():
        optional = get_origin(field.annotation) is UnionType
        for kind in get_args(field.annotation) if optional else (field.annotation,):
            if kind in (int, float, bool):
                names.append(f"{prefix}{name}")
            elif isinstance(kind, type) and issubclass(kind, Part):
                names += figures(kind, f"{prefix}{name}.")
    return names


def filter_dataset(
    source: Path,
    out: Path,
    *,
    bounds: Sequence[Bound] = (),
    scenes: Collection[str] = (),
    task_types: Collection[str] = (),
    scenes_folder: Path | None = None,
    repo_id: str | None = None,
    overwrite: bool = False,
) -> DatasetSummary:
    """Write the episodes that keep every bound, of the given scenes and task types (none given: all), as a dataset.

    Certificates are read at `scenes_folder`/SCENE/episodes/records/EPISODE; by default `scenes_folder` is the one that
    `source` lies in. A certificate counts only for the very data that the dataset was made of. Who is left out stands
    in `meta/conversion.json`, with the reason. Raises InputError where nothing is left, or as `merge_datasets` does.
    """
    refuse_overlap([source], out)
    shard = read_shard(source)
    folder = scenes_folder or source.resolve().joinpath("../../..").resolve()
    picks: list[Pick] = []
    left_out: list[LeftOutEpisode] = []
    for episode, kind in zip(shard.metadata.episodes, shard.episodes["task_type"].to_pylist(), strict=True):
        leave = partial(LeftOutEpisode, scene_id=episode.scene_id, episode_id=episode.episode_id)
        if (scenes and episode.scene_id not in scenes) or (task_types and kind not in task_types):
            detail = f"scene {episode.scene_id}, task type {kind}"
            left_out.append(leave(reason=LeftOutReason.NOT_CHOSEN, detail=detail))
        elif refusal := _refusal(folder, episode, bounds):
            left_out.append(leave(reason=refusal[0], detail=refusal[1]))
        else:
            picks.append(Pick(shard, episode.episode_index))
    if not picks:
        counts = Counter(item.reason.value for item in left_out)
        raise InputError(
            f"none of the {len(shard)} episodes is left ({', '.join(f'{n} {name}' for name, n in counts.items())}); "
            f"the first: {left_out[0].detail}.",
            remedy="relax the bounds, or name the folder of scenes that holds the records (--scenes).",
        )
    return _write(shard, picks, left_out, out, repo_id or shard.metadata.repo_id, overwrite)


def _write(
    shard: Shard, picks: Sequence[Pick], left_out: list[LeftOutEpisode], out: Path, repo_id: str, overwrite: bool
) -> DatasetSummary:
    metadata = chosen_metadata(picks, repo_id)
    if not should_write(out, metadata, overwrite=overwrite, skip_existing=False):
        return summary_of(out)
    frames = sum(episode.frames for episode in metadata.episodes)
    outputs = [ConversionOutput(name=repo_id, episodes=len(picks), frames=frames)]
    conversion = account("filter", [shard], outputs, left_out=left_out, dropped_files=unknown_files([shard]))
    return assemble(picks, metadata, conversion, out)


def _refusal(folder: Path, episode: DatasetEpisode, bounds: Sequence[Bound]) -> tuple[LeftOutReason, str] | None:
    """Return why an episode does not keep the bounds, or None."""
    if not bounds:
        return None
    records = folder / validate_scene_id(episode.scene_id) / layout.EPISODE_RECORDS
    record_dir = records / validate_identifier(episode.episode_id)
    try:
        certificate = QualityCertificate.read(contained_file(record_dir, CERTIFICATE))
        trajectory = sha256_file(contained_file(record_dir, "trajectory.npz"))
    except InputError as error:
        return LeftOutReason.NO_CERTIFICATE, str(error.args[0]).replace(str(folder), "scenes")
    if trajectory != episode.trajectory_sha256 or certificate.data_hash != data_hash(record_dir):
        return LeftOutReason.OTHER_DATA, "the certificate is of other data than the dataset"
    if not certificate.accepted:
        return LeftOutReason.NOT_ACCEPTED, certificate.failure_detail or str(certificate.failure_reason)
    for bound in bounds:
        value = _figure(certificate, bound.figure)
        if value is None:
            return LeftOutReason.NOT_MEASURED, f"{bound.figure} was not measured, {bound} was asked for"
        if not bound.holds(value):
            return LeftOutReason.OUT_OF_BOUNDS, f"{bound.figure} is {value:.6g}, {bound} was asked for"
    return None


def _figure(certificate: QualityCertificate, name: str) -> float | None:
    value: Any = certificate
    for part in name.split("."):
        value = getattr(value, part, None)
    return None if value is None else float(value)
