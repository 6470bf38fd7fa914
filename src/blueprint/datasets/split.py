"""Splitting a dataset by scene: what a policy is judged on comes from scenes that it never saw."""

from collections.abc import Sequence
from pathlib import Path

from blueprint.contracts.dataset_conversion import ConversionOutput
from blueprint.contracts.errors import InputError
from blueprint.contracts.seeds import derive_seed
from blueprint.datasets.account import account
from blueprint.datasets.assemble import Pick, assemble, unknown_files
from blueprint.datasets.description import DatasetSummary
from blueprint.datasets.folder import should_write
from blueprint.datasets.merge import chosen_metadata, refuse_overlap, summary_of
from blueprint.datasets.shard import Shard, read_shard

__all__ = ["split_dataset", "validation_scenes"]


def split_dataset(
    source: Path,
    out: Path,
    *,
    val_fraction: float = 0.2,
    val_scenes: Sequence[str] = (),
    seed: int = 0,
    overwrite: bool = False,
) -> dict[str, DatasetSummary]:
    """Write `out`/train and `out`/val; all episodes of a scene are on one side.

    The scenes of `val` are `val_scenes`, or drawn with `seed` until `val_fraction` of the episodes is reached. Both
    sides carry the account of the whole split. Raises InputError where one side would be empty.
    """
    refuse_overlap([source], out)
    shard = read_shard(source)
    chosen = validation_scenes(shard, val_fraction=val_fraction, val_scenes=val_scenes, seed=seed)
    sides: dict[str, list[Pick]] = {"train": [], "val": []}
    for episode in shard.metadata.episodes:
        sides["val" if episode.scene_id in chosen else "train"].append(Pick(shard, episode.episode_index))
    metadata = {name: chosen_metadata(picks, f"{shard.metadata.repo_id}_{name}") for name, picks in sides.items()}
    outputs = [
        ConversionOutput(name=name, episodes=len(item.episodes), frames=sum(one.frames for one in item.episodes))
        for name, item in metadata.items()
    ]
    conversion = account("split", [shard], outputs, dropped_files=unknown_files([shard]))
    # Both are asked first, so that a refusal leaves both as they were.
    write = {
        name: should_write(out / name, item, overwrite=overwrite, skip_existing=False)
        for name, item in metadata.items()
    }
    return {
        name: assemble(sides[name], metadata[name], conversion, out / name, split=name)
        if write[name]
        else summary_of(out / name)
        for name in sides
    }


def validation_scenes(
    shard: Shard, *, val_fraction: float = 0.2, val_scenes: Sequence[str] = (), seed: int = 0
) -> list[str]:
    """Return the scenes of the validation side, sorted; raises InputError where one side would be empty."""
    sizes: dict[str, int] = {}
    for episode in shard.metadata.episodes:
        sizes[episode.scene_id] = sizes.get(episode.scene_id, 0) + 1
    unknown = sorted(set(val_scenes) - set(sizes))
    if unknown:
        raise InputError(f"the dataset has no scene {unknown[0]!r}.", remedy=f"it has {', '.join(sorted(sizes))}.")
    if len(sizes) < 2 or len(set(val_scenes)) == len(sizes):
        raise InputError(
            f"{len(sizes)} scenes, {len(set(val_scenes))} of them for validation: one side would be empty.",
            remedy="merge datasets of several scenes first, and leave one of them for training.",
        )
    if val_scenes:
        return sorted(set(val_scenes))
    if not 0 < val_fraction < 1:
        raise InputError(f"the validation share is {val_fraction}.", remedy="choose one between 0 and 1.")
    chosen: list[str] = []
    wanted = val_fraction * len(shard)
    # A hash per scene, not a shuffle: another scene in the dataset does not reorder these.
    for scene in sorted(sizes, key=lambda name: derive_seed(seed, "split", name))[:-1]:
        if sum(sizes[name] for name in chosen) >= wanted:
            break
        chosen.append(scene)
    return sorted(chosen)
