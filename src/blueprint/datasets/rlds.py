"""Writing RLDS: episodes of steps as TensorFlow Datasets store them, with the features that Open X-Embodiment reads."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.dataset_conversion import ConversionOutput, DatasetConversion
from blueprint.contracts.errors import InputError, MissingDependencyError
from blueprint.contracts.ids import slug
from blueprint.datasets.account import account
from blueprint.datasets.columns import INDEX_COLUMNS, decoded_still, episode_columns, pictures, short_name, stills
from blueprint.datasets.description import repository_license
from blueprint.datasets.folder import replace_folder
from blueprint.datasets.merge import refuse_overlap
from blueprint.datasets.shard import Shard, read_shard

__all__ = ["write_rlds"]

_VERSION = "1.0.0"
_EPISODES_PER_FILE = 32


def write_rlds(source: Path, out: Path, *, val_scenes: tuple[str, ...] = (), overwrite: bool = False) -> Path:
    """Write a LeRobot v3.0 dataset as `out`/NAME/1.0.0 and return that folder; `out`/conversion.json accounts for it.

    A step has `observation` (all numbers, a JPEG per camera, 16-bit PNGs of depth and segmentation), `action`,
    `reward`, `discount` 1, `is_first`, `is_last`, `is_terminal` (the last step of a success), `language_instruction`
    and `subtask`. Its action is the one that follows the observation, on the last step too: the state after it has no
    row. Episodes of `val_scenes` are in the split `val`. `tfds.builder_from_directory` opens the folder. Raises
    MissingDependencyError without the extra `rlds`, InputError where `out` is not empty and `overwrite` not set.
    """
    tfds = _tensorflow_datasets()
    refuse_overlap([source], out)
    shard = read_shard(source)
    _refuse_existing(out, overwrite)
    scenes = {episode.scene_id for episode in shard.metadata.episodes}
    if set(val_scenes) - scenes or scenes <= set(val_scenes):
        raise InputError(
            f"the scenes for val are {', '.join(sorted(val_scenes))}.",
            remedy=f"name some, but not all, of {', '.join(sorted(scenes))}.",
        )
    name = slug(shard.metadata.repo_id.rsplit("/", 1)[-1])
    splits = ["train", "val"] if val_scenes else ["train"]
    with replace_folder(out) as part:
        writer = tfds.core.SequentialWriter(_info(tfds, shard, name, part / name / _VERSION), _EPISODES_PER_FILE)
        writer.initialize_splits(splits)
        for episode, record in enumerate(shard.metadata.episodes):
            side = "val" if record.scene_id in val_scenes else "train"
            writer.add_examples({side: [{"steps": list(_steps(shard, episode)), **_about(shard, episode)}]})
        writer.close_all()
        _account(shard, val_scenes, splits).write(part / "conversion.json")
    return out / name / _VERSION


def _info(tfds: Any, shard: Shard, name: str, folder: Path) -> Any:
    folder.mkdir(parents=True)
    identity = tfds.core.DatasetIdentity(
        name=name, version=tfds.core.Version(_VERSION), data_dir=str(folder), module_name="blueprint"
    )
    return tfds.core.DatasetInfo(
        builder=identity,
        description=f"{len(shard)} demonstrations by {shard.metadata.robot_type} at {shard.info.fps} Hz, simulated. "
        f"{shard.metadata.control_mode}. {shard.metadata.time_alignment}",
        features=_features(tfds.features, shard),
        license=repository_license(shard.metadata.licenses),
    )


def _features(features: Any, shard: Shard) -> Any:
    numbers = {
        short_name(name): features.Tensor(shape=tuple(item.shape), dtype=np.dtype(item.dtype))
        for name, item in shard.info.features.items()
        if _is_observation(name) and item.dtype not in ("video", "image")
    }
    cameras = {
        short_name(name): features.Image(shape=tuple(shard.info.features[name].shape), encoding_format="jpeg")
        for name in shard.info.videos
    }
    cameras |= {
        short_name(name): features.Image(
            shape=tuple(shard.info.features[name].shape), dtype=np.dtype("uint16"), encoding_format="png"
        )
        for name in shard.info.stills
    }
    words = {name: features.Text() for name in ("episode_id", "scene_id", "task_id", "variation_id")}
    step = {
        "observation": features.FeaturesDict({**numbers, **cameras}),
        "action": features.Tensor(shape=tuple(shard.info.features["action"].shape), dtype=np.dtype("float32")),
        "reward": features.Scalar(dtype=np.dtype("float32")),
        "discount": features.Scalar(dtype=np.dtype("float32")),
        **{name: features.Scalar(dtype=np.dtype("bool")) for name in ("is_first", "is_last", "is_terminal")},
        "language_instruction": features.Text(),
        "subtask": features.Text(),
    }
    metadata = features.FeaturesDict({**words, "seed": features.Scalar(dtype=np.dtype("int64"))})
    return features.FeaturesDict({"steps": features.Dataset(step), "episode_metadata": metadata})


def _steps(shard: Shard, episode: int) -> Iterator[dict[str, Any]]:
    columns, frames = episode_columns(shard, episode), shard.metadata.episodes[episode].frames
    cameras: dict[str, Iterator[NDArray]] = {
        short_name(name): pictures(shard.span(name, episode), shard.info.fps) for name in shard.info.videos
    }
    for name in shard.info.stills:
        decoded = partial(decoded_still, shape=shard.info.features[name].shape)
        cameras[short_name(name)] = map(decoded, stills(shard, episode, name))
    instruction = shard.episodes["tasks"][episode][0].as_py()
    subtasks: NDArray[np.int64] | None = columns.get("subtask_index")
    for step in range(frames):
        numbers = {
            short_name(name): values[step].reshape(shard.info.features[name].shape)
            for name, values in columns.items()
            if _is_observation(name)
        }
        yield {
            "observation": {**numbers, **{name: next(shown) for name, shown in cameras.items()}},
            "action": columns["action"][step].astype(np.float32),
            "reward": columns["next.reward"][step],
            "discount": np.float32(1),
            "is_first": step == 0,
            "is_last": step == frames - 1,
            "is_terminal": bool(columns["next.success"][step]),
            "language_instruction": instruction,
            "subtask": "" if subtasks is None else shard.subtasks[int(subtasks[step])][0],
        }


def _about(shard: Shard, episode: int) -> dict[str, Any]:
    record = shard.metadata.episodes[episode]
    names = ("episode_id", "scene_id", "task_id", "variation_id", "seed")
    return {"episode_metadata": {name: getattr(record, name) for name in names}}


def _is_observation(name: str) -> bool:
    return name.startswith("observation.") and name not in INDEX_COLUMNS


def _refuse_existing(out: Path, overwrite: bool) -> None:
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    if not overwrite or not (out / "conversion.json").is_file():
        raise InputError(
            f"{out} exists.", remedy="choose another folder, or pass --overwrite to replace an earlier conversion."
        )


def _account(shard: Shard, val_scenes: tuple[str, ...], splits: list[str]) -> DatasetConversion:
    sides = {
        split: [e for e in shard.metadata.episodes if (e.scene_id in val_scenes) == (split == "val")]
        for split in splits
    }
    outputs = [
        ConversionOutput(name=split, episodes=len(listed), frames=sum(item.frames for item in listed))
        for split, listed in sides.items()
    ]
    remarks = [f"{name}: pictures are encoded again, as JPEG" for name in shard.info.videos]
    return account("rlds", [shard], outputs, approximations=remarks)


def _tensorflow_datasets() -> Any:
    try:
        import tensorflow_datasets
    except ImportError as error:
        raise MissingDependencyError(
            f"RLDS needs tensorflow-datasets: {error}.", remedy="pip install 'blueprint-pipeline[rlds]'."
        ) from error
    return tensorflow_datasets
