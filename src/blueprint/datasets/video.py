"""Joining episode videos into one file by copying packets: no frame is encoded twice, no frame moves in time."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from blueprint.contracts.errors import ContractError
from blueprint.episodes.mp4 import Mp4File

__all__ = ["VideoFormat", "join_videos", "probe_video"]


@dataclass(frozen=True)
class VideoFormat:
    """What two videos must agree in to share a file. `extradata` holds the encoder's parameter sets (H.264 avcC)."""

    codec: str
    pixel_format: str
    width_px: int
    height_px: int
    extradata: bytes

    @property
    def picture(self) -> tuple[str, str, int, int]:
        return self.codec, self.pixel_format, self.width_px, self.height_px


def probe_video(path: Path) -> VideoFormat:
    """Read the format of an mp4's only video stream; raises ContractError if there is none."""
    import av

    try:
        with av.open(str(path), format="mp4") as container:
            if not container.streams.video:
                raise ContractError(f"{path.name} has no video stream.", remedy="render the episode again.")
            context = container.streams.video[0].codec_context
            return VideoFormat(
                context.name, context.pix_fmt or "", context.width, context.height, bytes(context.extradata or b"")
            )
    except av.FFmpegError as error:
        raise ContractError(
            f"{path.name} is not a readable mp4: {error}.", remedy="render the episode again."
        ) from error


def join_videos(paths: Sequence[Path], frames: Sequence[int], fps: int, out: Path) -> None:
    """Write `paths` one after the other; frame k of the result is shown at exactly k/fps.

    Timestamps are counted in frames, never added up in seconds, so they do not drift. All inputs must share a
    `VideoFormat`. Raises ContractError where an input has another number of frames than `frames` says, or times that
    are not on the grid of 1/fps.
    """
    import av

    ticks = 512  # per frame; the mp4 muxer would choose a multiple of its own for a coarser time base
    time_base = Fraction(1, fps * ticks)
    joined = Mp4File(out, {"video_track_timescale": str(fps * ticks)})
    target = joined.container
    try:
        stream = None
        start = 0
        for path, expected in zip(paths, frames, strict=True):
            with av.open(str(path), format="mp4") as source:
                origin = source.streams.video[0]
                if stream is None:
                    stream = target.add_stream_from_template(origin)
                    stream.time_base = time_base
                seen = set()
                for packet in source.demux(origin):
                    if packet.size == 0:  # the demuxer's flush packet
                        continue
                    if packet.pts is None or packet.dts is None or packet.time_base is None:
                        raise ContractError(f"{path.name}: a packet has no time.", remedy="render the episode again.")
                    shown = packet.pts * packet.time_base * fps
                    frame = round(shown)
                    if abs(shown - frame) > Fraction(1, 100):
                        raise ContractError(
                            f"{path.name}: a frame is shown at {float(shown / fps):.6f} s, off the grid of 1/{fps} s.",
                            remedy="render the episode again.",
                        )
                    seen.add(frame)
                    packet.dts = (start + round(packet.dts * packet.time_base * fps)) * ticks
                    packet.pts = (start + frame) * ticks
                    packet.duration = ticks
                    packet.time_base = time_base
                    packet.stream = stream
                    target.mux(packet)
                if seen != set(range(expected)):
                    raise ContractError(
                        f"{path.name} has {len(seen)} frames, the record says {expected}.",
                        remedy="render the episode again.",
                    )
            start += expected
    except BaseException:
        joined.abandon()
        raise
    joined.finish()
