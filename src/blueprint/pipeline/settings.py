"""What a user can set for a run. Saved beside the request, so that a single stage finds the same settings again."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from blueprint.contracts.document import Document
from blueprint.contracts.hashing import sha256_json

__all__ = ["SETTINGS_FILE", "EngineName", "RunSettings", "read_settings"]

EngineName = Literal["local", "dask", "ray"]
SETTINGS_FILE = "prompts/run_settings.json"


class RunSettings(Document):
    """`workers`, `engine` and `renderer` only change how fast or how pretty; every other field changes what comes out.

    `depth` and `segmentation` are stored beside the videos. `simulator` is where demonstrations are made: in this
    process ("mujoco"), or on a server of Genie Sim's protocol ("geniesim").
    """

    schema_version: Literal["v1"] = "v1"
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 0
    simulator: Literal["mujoco", "geniesim"] = "mujoco"
    robot: str = "panda"
    tasks: Annotated[int, Field(ge=0, le=200)] = 4
    episodes: Annotated[int, Field(ge=0, le=100_000)] = 8
    variations: Annotated[int, Field(ge=0, le=10_000)] = 4
    width_px: Annotated[int, Field(ge=64, le=1920, multiple_of=2)] = 320
    height_px: Annotated[int, Field(ge=48, le=1080, multiple_of=2)] = 240
    renderer: Literal["auto", "egl", "osmesa", "filament"] = "auto"
    lerobot_v21: bool = False
    depth: bool = False
    segmentation: bool = False
    workers: Annotated[int, Field(ge=1, le=256)] = 1
    engine: EngineName = "local"

    def digest(self, names: tuple[str, ...]) -> str:
        """Return the hash of the named fields: what a stage's output depends on."""
        return sha256_json({name: getattr(self, name) for name in sorted(names)})


def read_settings(scene_dir: Path) -> RunSettings:
    """Return the settings saved in the scene folder, or the defaults where none are."""
    path = scene_dir / SETTINGS_FILE
    return RunSettings.read(path) if path.exists() else RunSettings()
