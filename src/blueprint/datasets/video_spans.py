"""Joining parts of mp4 files into one by copying packets: an episode keeps every bit of its pictures."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from blueprint.contracts.errors import ContractError
from blueprint.episodes.mp4 import Mp4File

__all__ = ["VideoSpan", "frame_bytes", "join_spans"]

_TICKS = 512  # per frame; the mp4 muxer would choose a multiple of its own for a coarser time base


@dataclass(frozen=True)
class VideoSpan:
    """Frames `first` to `first + frames` of an mp4 whose frame k is shown at k/fps."""

    path: Path
    first: int
    frames: int


def frame_bytes(path: Path) -> float:
    """Return the mean size of a frame of an mp4 in its file."""
    import av

    with av.open(str(path), format="mp4") as container:
        return path.stat().st_size / max(container.streams.video[0].frames, 1)


def join_spans(spans: Sequence[VideoSpan], fps: int, out: Path) -> None:
    """Write the spans one after the other; frame k of the result is shown at exactly k/fps.

    Every span must begin with a key frame and refer to no frame outside of it, as an episode does that was encoded by
    itself. All files must share a `VideoFormat`. Raises ContractError where a frame is missing, is off the grid of
    1/fps, or where a span does not begin with a key frame.
    """
    with ExitStack() as undo:
        joined = Mp4File(out, {"video_track_timescale": str(fps * _TICKS)})
        undo.callback(joined.abandon)
        time_base = Fraction(1, fps * _TICKS)
        stream = None
        start = 0
        for members in _passes(spans):
            for packet, decoded, shown in _packets(members, fps):
                if stream is None:
                    stream = joined.container.add_stream_from_template(packet.stream)
                    stream.time_base = time_base
                packet.dts = (start + decoded) * _TICKS
                packet.pts = (start + shown) * _TICKS
                packet.duration = _TICKS
                packet.time_base = time_base
                packet.stream = stream
                joined.container.mux(packet)
            start += sum(span.frames for span in members)
        undo.pop_all()
    joined.finish()


def _passes(spans: Sequence[VideoSpan]) -> list[list[VideoSpan]]:
    """Return runs of spans of one file in rising order: each is read in one pass."""
    runs: list[list[VideoSpan]] = []
    for span in spans:
        last = runs[-1][-1] if runs else None
        if last is None or span.path != last.path or span.first < last.first + last.frames:
            runs.append([])
        runs[-1].append(span)
    return runs


def _packets(spans: Sequence[VideoSpan], fps: int) -> Iterator[tuple[Any, int, int]]:
    """Yield (packet, decoded at, shown at) of rising spans of one file; times are frames since the first span began.

    A packet belongs to the span that its picture is shown in; in decoding order spans do not overlap, as each begins
    with a key frame.
    """
    import av

    path = spans[0].path
    written, number, seen = 0, 0, set[int]()
    with av.open(str(path), format="mp4") as source:
        rate = (source.streams.video[0].time_base or Fraction(0)) * fps  # frames per tick
        for packet in source.demux(video=0):
            if number == len(spans):
                break
            if packet.size == 0:  # the demuxer's flush packet
                continue
            decoded, shown = _frames(path, packet, rate)
            span = spans[number]
            if not span.first <= shown < span.first + span.frames:
                continue
            if not seen and not (packet.is_keyframe and shown == span.first):
                raise ContractError(
                    f"{path.name}: frame {span.first} is no key frame, so the episode cannot be cut there.",
                    remedy="write the dataset with one encoding per episode.",
                )
            seen.add(shown)
            yield packet, decoded - span.first + written, shown - span.first + written
            if len(seen) == span.frames:
                written, number, seen = written + len(seen), number + 1, set()
    if number < len(spans):
        span = spans[number]
        raise ContractError(
            f"{path.name} has {len(seen)} of the frames {span.first} to {span.first + span.frames - 1} of an episode.",
            remedy="write the dataset again.",
        )


def _frames(path: Path, packet: Any, rate: Fraction) -> tuple[int, int]:
    """Return when a packet is decoded and shown, in frames; in integers, as fractions took half of the time."""
    if packet.pts is None or packet.dts is None:
        raise ContractError(f"{path.name}: a packet has no time.", remedy="write the dataset again.")
    above, below = rate.numerator, rate.denominator
    decoded, shown = ((2 * ticks * above + below) // (2 * below) for ticks in (packet.dts, packet.pts))
    if abs(packet.pts * above - shown * below) * 100 > below:
        raise ContractError(
            f"{path.name}: a picture is shown at frame {packet.pts * above / below:.3f}, off the grid.",
            remedy="write the dataset again.",
        )
    return decoded, shown
