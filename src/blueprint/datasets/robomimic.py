"""Writing robomimic's HDF5: one group per demonstration, as robomimic 0.3's `SequenceDataset` reads it.

robomimic's policies answer within -1 and 1, so `actions` are scaled to the dataset's own range, dimension by dimension;
`actions_raw` has what was commanded, and the attributes `action_offset` and `action_scale` lead from one to the other.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.dataset_conversion import ConversionOutput, DatasetConversion
from blueprint.contracts.errors import InputError
from blueprint.datasets.account import account
from blueprint.datasets.columns import (
    INDEX_COLUMNS,
    decoded_still,
    episode_columns,
    numbers_of,
    pictures,
    short_name,
    stills,
)
from blueprint.datasets.merge import refuse_overlap
from blueprint.datasets.shard import Shard, read_shard

__all__ = ["write_robomimic"]

_GYM_TYPE = 2  # robomimic.envs.env_base.EnvType.GYM_TYPE: a gymnasium environment


def write_robomimic(source: Path, out: Path, *, val_scenes: tuple[str, ...] = (), overwrite: bool = False) -> Path:
    """Write the episodes of a LeRobot v3.0 dataset as `out` (an .hdf5 file) and `out`.conversion.json beside it.

    demo_N: `actions` (T, A) float32 in -1 to 1, `actions_raw`, `rewards`, `dones`, `obs/state`, `obs/ee_pose` and all
    other numbers of observations, `obs/CAMERA_image` (T, H, W, 3) uint8, and, where the dataset has them,
    `obs/CAMERA_depth` (T, H, W, 1) uint16 in mm and `obs/CAMERA_segmentation`; attributes say what the episode is.
    `mask/train` and `mask/valid` separate `val_scenes` (without them, all are in train). There is no `next_obs`, as the
    state after the last action has no row: train with `hdf5_load_next_obs=False`, robomimic's default for behaviour
    cloning. The same dataset gives the same bytes. Raises InputError where `out` exists and `overwrite` is not set.
    """
    refuse_overlap([source], out)
    shard = read_shard(source)
    if out.is_dir() or (out.exists() and not overwrite):
        raise InputError(f"{out} exists.", remedy="pass --overwrite or choose another file.")
    offset, scale = _action_range(shard)
    out.parent.mkdir(parents=True, exist_ok=True)
    part = out.with_name(f".{out.name}.part")
    try:
        with h5py.File(part, "w") as file:
            data = file.create_group("data")
            data.attrs["env_args"] = json.dumps(_environment(shard), sort_keys=True)
            data.attrs["action_offset"], data.attrs["action_scale"] = offset, scale
            data.attrs["total"] = sum(episode.frames for episode in shard.metadata.episodes)
            for episode in range(len(shard)):
                _write_demo(data.create_group(f"demo_{episode}"), shard, episode, offset, scale)
            _write_masks(file, shard, val_scenes)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    _account(shard, out).write(out.with_name(f"{out.name}.conversion.json"))
    return out


def _action_range(shard: Shard) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return (offset, scale), (A,) each: action = offset + scale · scaled. A dimension that never moves has scale 1."""
    ranges = []
    for episode in range(len(shard)):
        actions = numbers_of(shard.rows(episode).select(["action"]))["action"]
        ranges.append((actions.min(0), actions.max(0)))
    low, high = np.min([pair[0] for pair in ranges], axis=0), np.max([pair[1] for pair in ranges], axis=0)
    half = (high - low) / 2
    return ((high + low) / 2).astype(np.float32), np.where(half > 0, half, 1).astype(np.float32)


def _write_demo(group: Any, shard: Shard, episode: int, offset: NDArray, scale: NDArray) -> None:
    record, columns = shard.metadata.episodes[episode], episode_columns(shard, episode)
    group.attrs["num_samples"] = record.frames
    for name in ("episode_id", "scene_id", "task_id", "variation_id", "seed"):
        group.attrs[name] = getattr(record, name)
    group.attrs["language_instruction"] = shard.episodes["tasks"][episode][0].as_py()
    actions = columns["action"].astype(np.float32)
    group["actions"] = np.clip((actions - offset) / scale, -1, 1)  # rounding leaves the range by an ulp
    group["actions_raw"] = actions
    group["rewards"] = columns["next.reward"].astype(np.float32)
    group["dones"] = columns["next.done"].astype(np.int64)
    observations = group.create_group("obs")
    for name, values in columns.items():
        if name.startswith("observation.") and name not in INDEX_COLUMNS:
            observations[short_name(name)] = values.reshape(record.frames, -1)
    for feature in shard.info.videos:
        shown = pictures(shard.span(feature, episode), shard.info.fps)
        _write_pictures(observations, f"{short_name(feature)}_image", shown, "u1", shard, episode, feature)
    for feature in shard.info.stills:
        shape = shard.info.features[feature].shape
        decoded = (decoded_still(data, shape) for data in stills(shard, episode, feature))
        _write_pictures(observations, short_name(feature), decoded, "u2", shard, episode, feature)


def _write_pictures(
    group: Any, name: str, shown: Iterable[NDArray], dtype: str, shard: Shard, episode: int, feature: str
) -> None:
    frames, shape = shard.metadata.episodes[episode].frames, tuple(shard.info.features[feature].shape)
    # Not LZF: it reads memory that nobody wrote, and the same pictures give other bytes.
    data = group.create_dataset(
        name, (frames, *shape), dtype, chunks=(1, *shape), compression="gzip", compression_opts=1
    )
    for frame, picture in enumerate(shown):
        data[frame] = picture


def _write_masks(file: Any, shard: Shard, val_scenes: tuple[str, ...]) -> None:
    scenes = [episode.scene_id for episode in shard.metadata.episodes]
    unknown = sorted(set(val_scenes) - set(scenes))
    if unknown:
        raise InputError(
            f"the dataset has no scene {unknown[0]!r}.", remedy=f"it has {', '.join(sorted(set(scenes)))}."
        )
    sides = {"train": [scene not in val_scenes for scene in scenes], "valid": [scene in val_scenes for scene in scenes]}
    for side, inside in sides.items():
        names = [f"demo_{number}".encode() for number, here in enumerate(inside) if here]
        if names:
            file[f"mask/{side}"] = np.array(names, "S")


def _environment(shard: Shard) -> dict[str, Any]:
    return {
        "env_name": shard.metadata.repo_id,
        "type": _GYM_TYPE,
        "env_kwargs": {
            "robot_type": shard.metadata.robot_type,
            "fps": shard.info.fps,
            "action_names": shard.metadata.action_names,
            "state_names": shard.metadata.state_names,
            "control_mode": shard.metadata.control_mode,
        },
    }


def _account(shard: Shard, out: Path) -> DatasetConversion:
    frames = sum(episode.frames for episode in shard.metadata.episodes)
    outputs = [ConversionOutput(name=out.name, episodes=len(shard), frames=frames)]
    remark = "actions: scaled to -1 to 1 in float32; actions_raw has the exact ones"
    return account("robomimic", [shard], outputs, approximations=[remark])
