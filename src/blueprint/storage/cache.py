"""Where downloads and copies of remote scenes are kept on this machine."""

import os
from pathlib import Path

__all__ = ["cache_root"]


def cache_root() -> Path:
    """Return the folder: $BLUEPRINT_CACHE, else blueprint-pipeline in $XDG_CACHE_HOME or ~/.cache."""
    if own := os.environ.get("BLUEPRINT_CACHE"):
        return Path(own)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "blueprint-pipeline"
