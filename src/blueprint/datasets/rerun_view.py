"""Episodes as Rerun recordings: pictures, states, actions and sub-tasks on one time line, to look at off line.

Pictures are the episode's own H.264, cut out of the dataset's file without decoding; the native viewer needs an
`ffmpeg` on the path for them, the one in a browser does not.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from blueprint.contracts.dataset_conversion import (
    ConversionOutput,
    DatasetConversion,
    LeftOutEpisode,
    LeftOutReason,
)
from blueprint.contracts.errors import InputError, MissingDependencyError
from blueprint.datasets.account import account
from blueprint.datasets.columns import INDEX_COLUMNS, decoded_still, episode_columns, short_name, stills, subtask_spans
from blueprint.datasets.folder import replace_folder
from blueprint.datasets.merge import refuse_overlap
from blueprint.datasets.shard import Shard, read_shard
from blueprint.datasets.video_spans import join_spans

__all__ = ["write_rerun"]

_APPLICATION = "blueprint_dataset"


def write_rerun(source: Path, out: Path, *, episodes: Sequence[int] = (), overwrite: bool = False) -> list[Path]:
    """Write `out`/episode_NNNNNN.rrd of episodes (none given: all) and `out`/conversion.json; return the recordings.

    The same episodes give the same content, but not the same bytes: Rerun numbers its chunks by time. Raises
    MissingDependencyError without the extra `rerun`, InputError for an episode that is not there, or where `out` is not
    empty and `overwrite` not set.
    """
    rr = _rerun()
    refuse_overlap([source], out)
    shard = read_shard(source)
    wrong = [number for number in episodes if not 0 <= number < len(shard)]
    if wrong:
        raise InputError(f"there is no episode {wrong[0]}.", remedy=f"choose one of 0 to {len(shard) - 1}.")
    if out.exists() and not overwrite and (not out.is_dir() or any(out.iterdir())):
        raise InputError(f"{out} exists.", remedy="pass --overwrite or choose another folder.")
    if out.exists() and not (out / "conversion.json").is_file() and any(out.iterdir()):
        raise InputError(f"{out} exists and holds no recordings.", remedy="choose another folder.")
    chosen = sorted(set(episodes)) or list(range(len(shard)))
    with replace_folder(out) as part:
        for episode in chosen:
            _write_episode(rr, shard, episode, part / _name(episode))
        _account(shard, chosen).write(part / "conversion.json")
    return [out / _name(episode) for episode in chosen]


def _name(episode: int) -> str:
    return f"episode_{episode:06d}.rrd"


def _write_episode(rr: Any, shard: Shard, episode: int, path: Path) -> None:
    record, fps = shard.metadata.episodes[episode], shard.info.fps
    columns = episode_columns(shard, episode)
    seconds = np.arange(record.frames) / fps  # as exact as the videos' own times; float32 time stamps are not
    times = [
        rr.TimeColumn("frame", sequence=np.arange(record.frames)),
        rr.TimeColumn("time", duration=seconds),
    ]
    with rr.RecordingStream(
        _APPLICATION, recording_id=f"{record.scene_id}/{record.episode_id}", send_properties=False
    ) as stream:
        stream.save(str(path), default_blueprint=_layout(shard, columns))
        words = [f"# {record.scene_id} / {record.episode_id}", "", *shard.episodes["tasks"][episode].as_py()]
        words += ["", f"task `{record.task_id}`, variation `{record.variation_id}`, seed {record.seed}"]
        stream.log("task", rr.TextDocument("\n".join(words), media_type="text/markdown"), static=True)
        for name, values in columns.items():
            if name not in INDEX_COLUMNS:
                names = shard.info.features[name].names or [name]
                stream.log(name.replace(".", "/"), rr.SeriesLines(names=list(names)), static=True)
                rows = np.asarray(values, np.float64).reshape(record.frames, -1)
                stream.send_columns(name.replace(".", "/"), times, rr.Scalars.columns(scalars=rows))
        for first, instruction in subtask_spans(shard, columns):
            stream.set_time("frame", sequence=first)
            stream.set_time("time", duration=float(seconds[first]))
            stream.log("subtask", rr.TextLog(instruction))
        stream.reset_time()
        for feature in shard.info.videos:
            _log_video(rr, stream, shard, episode, feature, times)
        for feature in shard.info.stills:
            _log_stills(rr, stream, shard, episode, feature, times)


def _log_video(rr: Any, stream: Any, shard: Shard, episode: int, feature: str, times: list[Any]) -> None:
    entity = feature.replace(".", "/")
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder) / "clip.mp4"
        join_spans([shard.span(feature, episode)], shard.info.fps, clip)
        asset = rr.AssetVideo(contents=clip.read_bytes(), media_type="video/mp4")
    stream.log(entity, asset, static=True)
    shown = np.array(asset.read_frame_timestamps_nanos())
    stream.send_columns(entity, times, rr.VideoFrameReference.columns_nanos(shown))


def _log_stills(rr: Any, stream: Any, shard: Shard, episode: int, feature: str, times: list[Any]) -> None:
    entity, pictures = feature.replace(".", "/"), stills(shard, episode, feature)
    if feature.startswith("observation.depth."):
        count = len(pictures)
        depth = rr.EncodedDepthImage.columns(blob=pictures, media_type=["image/png"] * count, meter=[1000.0] * count)
        stream.send_columns(entity, times, depth)
        return
    if "segments" in shard.episodes.column_names:
        names = shard.episodes["segments"][episode].as_py() or []
        stream.log(entity, rr.AnnotationContext(list(enumerate(names))), static=True)
    shape = shard.info.features[feature].shape
    for frame, data in enumerate(pictures):
        stream.set_time("frame", sequence=frame)
        stream.set_time("time", duration=frame / shard.info.fps)
        stream.log(entity, rr.SegmentationImage(decoded_still(data, shape)[..., 0]))
    stream.reset_time()


def _layout(shard: Shard, columns: dict[str, Any]) -> Any:
    import rerun.blueprint as rrb

    cameras = [
        rrb.Spatial2DView(origin=f"/{name.replace('.', '/')}", name=short_name(name))
        for name in (*shard.info.videos, *shard.info.stills)
    ]
    lines = [
        rrb.TimeSeriesView(origin=f"/{name.replace('.', '/')}", name=short_name(name))
        for name in columns
        if name not in INDEX_COLUMNS and not name.startswith("next.")
    ]
    texts = [rrb.TextDocumentView(origin="/task", name="task"), rrb.TextLogView(origin="/subtask", name="subtask")]
    return rrb.Blueprint(
        rrb.Vertical(rrb.Horizontal(*cameras, rrb.Vertical(*texts)), rrb.Horizontal(*lines)), collapse_panels=True
    )


def _account(shard: Shard, chosen: Sequence[int]) -> DatasetConversion:
    episodes = shard.metadata.episodes
    left_out = [
        LeftOutEpisode(
            scene_id=item.scene_id,
            episode_id=item.episode_id,
            reason=LeftOutReason.NOT_CHOSEN,
            detail=f"episode {item.episode_index} was not asked for",
        )
        for item in episodes
        if item.episode_index not in set(chosen)
    ]
    outputs = [ConversionOutput(name=_name(n), episodes=1, frames=episodes[n].frames) for n in chosen]
    return account("rerun", [shard], outputs, left_out=left_out)


def _rerun() -> Any:
    try:
        import rerun
    except ImportError as error:
        raise MissingDependencyError(
            f"Rerun recordings need rerun-sdk: {error}.", remedy="pip install 'blueprint-pipeline[rerun]'."
        ) from error
    return rerun
