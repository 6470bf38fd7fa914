"""Merging datasets: shards of many scenes become one, nothing is encoded again, and no episode is lost or doubled."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from blueprint.contracts.asset import License
from blueprint.contracts.dataset import DatasetMetadata
from blueprint.contracts.dataset_conversion import ConversionOutput
from blueprint.contracts.errors import InputError
from blueprint.datasets.account import account
from blueprint.datasets.alike import check_alike
from blueprint.datasets.assemble import Pick, assemble, unknown_files
from blueprint.datasets.description import DatasetSummary
from blueprint.datasets.folder import should_write
from blueprint.datasets.shard import read_shard

__all__ = ["chosen_metadata", "merge_datasets", "refuse_overlap", "summary_of"]


def merge_datasets(shards: Sequence[Path], out: Path, *, repo_id: str, overwrite: bool = False) -> DatasetSummary:
    """Write the episodes of LeRobot v3.0 datasets, in the order given, as one dataset at `out`.

    The result has the bytes of a dataset written of all records at once, as far as files fit under the size limits:
    tasks and sub-tasks are united, statistics taken of all rows and all pixels. `meta/conversion.json` accounts for
    every episode. An existing merge of the same episodes is kept. Raises InputError where shards do not fit together,
    an episode is there twice, or `out` holds something else and `overwrite` is not set.
    """
    if not shards:
        raise InputError("a merge needs at least one dataset, none was given.", remedy="name dataset folders.")
    refuse_overlap(shards, out)
    read = [read_shard(path) for path in shards]
    check_alike(read)
    picks = [Pick(shard, episode) for shard in read for episode in range(len(shard))]
    metadata = chosen_metadata(picks, repo_id)
    if not should_write(out, metadata, overwrite=overwrite, skip_existing=False):
        return summary_of(out)
    outputs = [ConversionOutput(name=repo_id, episodes=len(picks), frames=_frames(metadata))]
    conversion = account("merge", read, outputs, dropped_files=unknown_files(read))
    return assemble(picks, metadata, conversion, out)


def refuse_overlap(sources: Sequence[Path], out: Path) -> None:
    """Raise InputError where the result would lie in a source, or a source in it."""
    own = out.resolve()
    for path in sources:
        other = path.resolve()
        if own == other or own in other.parents or other in own.parents:
            raise InputError(f"{out} and the dataset {path} overlap.", remedy="choose another folder for the result.")


def chosen_metadata(picks: Sequence[Pick], repo_id: str) -> DatasetMetadata:
    """Return meta/blueprint.json of a dataset of the picked episodes.

    Prompts that differ stand in `provenance` by scene; facts that differ are listed, separated by commas.
    """
    shards = list({pick.shard.path: pick.shard for pick in picks}.values())
    documents = [shard.metadata for shard in shards]
    licenses = {item.model_dump_json(): item for document in documents for item in document.licenses}
    prompts = list(dict.fromkeys(document.prompt for document in documents))
    facts = _facts(documents)
    if len(prompts) > 1:
        told = {pick.shard.metadata.episodes[pick.episode].scene_id: pick.shard.metadata.prompt for pick in picks}
        facts |= {f"prompt.{scene}": prompt for scene, prompt in told.items() if prompt is not None}
    episodes = [
        pick.shard.metadata.episodes[pick.episode].model_copy(update={"episode_index": index})
        for index, pick in enumerate(picks)
    ]
    return documents[0].model_copy(
        update={
            "repo_id": repo_id,
            "prompt": prompts[0] if len(prompts) == 1 else None,
            "licenses": _sorted(licenses.values()),
            "provenance": dict(sorted(facts.items())),
            "episodes": episodes,
        }
    )


def summary_of(out: Path) -> DatasetSummary:
    """Return the summary of a dataset that is there already."""
    shard = read_shard(out)
    cameras = tuple(shard.metadata.camera_names)
    return DatasetSummary(out, "v3.0", len(shard), _frames(shard.metadata), len(shard.tasks), cameras, False)


def _facts(documents: Sequence[DatasetMetadata]) -> dict[str, str]:
    values: dict[str, dict[str, None]] = {}
    for document in documents:
        for name, value in document.provenance.items():
            values.setdefault(name, {})[value] = None
    return {name: ", ".join(sorted(found)) for name, found in values.items()}


def _sorted(licenses: Iterable[License]) -> list[License]:
    return sorted(licenses, key=lambda item: (item.spdx, item.source, item.attribution or ""))


def _frames(metadata: DatasetMetadata) -> int:
    return sum(episode.frames for episode in metadata.episodes)
