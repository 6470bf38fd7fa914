"""The H.264 settings under which the same pictures give the same bytes, whatever the memory held before."""

__all__ = ["reproducible_h264"]


def reproducible_h264(gop: int, crf: int, preset: str) -> dict[str, str]:
    """Return libx264 options for a key frame every `gop` frames and no reordering; use one thread with them.

    x264's look-ahead (core 165, with its assembly) reads memory that it did not write: about one video in a thousand
    came out with other bytes. It only serves the macroblock tree and weighted prediction, so those are off.
    """
    return {
        "crf": str(crf),
        "preset": preset,
        "g": str(gop),
        "bf": "0",
        "flags": "+bitexact",
        "x264-params": f"keyint={gop}:min-keyint={gop}:scenecut=0:rc-lookahead=0:mbtree=0:weightp=0",
    }
