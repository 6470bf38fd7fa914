"""Pictures and videos as data URIs, so that the page needs no other file."""

import base64
from dataclasses import dataclass
from pathlib import Path

from blueprint.contracts.episode import EpisodeRecord

__all__ = ["Media", "data_uri", "embed_images", "embed_videos"]

_KINDS = {".png": "image/png", ".jpg": "image/jpeg", ".svg": "image/svg+xml", ".mp4": "video/mp4"}
MAX_IMAGE_BYTES = 6 << 20
MAX_VIDEO_BYTES = 24 << 20  # of all videos together: browsers open pages of tens of megabytes, not of hundreds


@dataclass(frozen=True)
class Media:
    """One picture or video; `uri` is None where it was too large, then `note` says so and where the file is."""

    caption: str
    uri: str | None
    note: str = ""
    detail: str = ""


def data_uri(data: bytes, suffix: str) -> str:
    """Return `data` as a data URI; `suffix` is a file's, for example `.png`."""
    return f"data:{_KINDS[suffix]};base64,{base64.b64encode(data).decode()}"


def embed_images(folder: Path) -> list[Media]:
    """Return the PNG files of a folder in the order of their names."""
    images = []
    for path in sorted(folder.glob("*.png")):
        caption = path.stem.replace("_", " ")
        size = path.stat().st_size
        if path.is_symlink() or size > MAX_IMAGE_BYTES:
            images.append(Media(caption, None, f"not embedded: {size / 1e6:.1f} MB, see {path.name}"))
        else:
            images.append(Media(caption, data_uri(path.read_bytes(), ".png")))
    return images


def embed_videos(records_dir: Path, episodes: list[EpisodeRecord], max_episodes: int = 3) -> list[list[Media]]:
    """Return the videos of the first episodes, per episode one per camera, until `MAX_VIDEO_BYTES` are embedded."""
    rows, spent = [], 0
    for record in episodes[:max_episodes]:
        row = []
        for video in record.videos:
            path = records_dir / record.episode_id / video.file
            caption = f"{record.episode_id} · {video.camera}"
            detail = f"{video.width_px}×{video.height_px}, {video.frames} frames, {video.renderer}"
            if Path(video.file).name != video.file or path.is_symlink() or not path.is_file():
                row.append(Media(caption, None, "the file is missing", detail))
                continue
            size = path.stat().st_size
            if spent + size > MAX_VIDEO_BYTES:
                where = f"episodes/records/{record.episode_id}/{video.file}"
                row.append(Media(caption, None, f"not embedded to keep this page small: see {where}", detail))
                continue
            spent += size
            row.append(Media(caption, data_uri(path.read_bytes(), ".mp4"), "", detail))
        if row:
            rows.append(row)
    return rows
