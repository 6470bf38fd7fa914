"""`meta/conversion.json`, or a file beside what is no dataset folder: where every episode of a conversion went."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, model_validator

from blueprint.contracts.document import Document, Part

__all__ = [
    "ConversionKind",
    "ConversionOutput",
    "ConversionSource",
    "DatasetConversion",
    "LeftOutEpisode",
    "LeftOutReason",
]

ConversionKind = Literal["merge", "split", "filter", "push_ready", "robomimic", "rlds", "rerun"]
Count = Annotated[int, Field(ge=0)]


class LeftOutReason(StrEnum):
    """Why an episode is in no output."""

    NO_CERTIFICATE = "no_certificate"
    OTHER_DATA = "other_data"
    NOT_ACCEPTED = "not_accepted"
    NOT_MEASURED = "not_measured"
    OUT_OF_BOUNDS = "out_of_bounds"
    NOT_CHOSEN = "not_chosen"


class ConversionSource(Part):
    """A dataset that was read. `metadata_sha256` is of its meta/blueprint.json, which names every record's hash."""

    repo_id: str
    metadata_sha256: str
    episodes: Count


class ConversionOutput(Part):
    """What was written: its name (a split, or a file), and what is inside."""

    name: str
    episodes: Count
    frames: Count


class LeftOutEpisode(Part):
    scene_id: str
    episode_id: str
    reason: LeftOutReason
    detail: str


class DatasetConversion(Document):
    """Every episode of the sources is in exactly one output, or left out with a reason.

    `earlier` are the accounts of sources that were converted themselves: a chain can be followed to its records.
    `approximations` names what could not be carried over exactly, `dropped_files` files of the sources' `meta` that the
    output does not have.
    """

    schema_version: Literal["v1"] = "v1"
    kind: ConversionKind
    sources: list[ConversionSource]
    outputs: list[ConversionOutput]
    left_out: list[LeftOutEpisode] = []
    approximations: list[str] = []
    dropped_files: list[str] = []
    earlier: list["DatasetConversion"] = []

    @model_validator(mode="after")
    def _nothing_is_lost(self) -> "DatasetConversion":
        found = sum(source.episodes for source in self.sources)
        written = sum(output.episodes for output in self.outputs)
        if found != written + len(self.left_out):
            raise ValueError(f"{found} episodes came in, {written} went out and {len(self.left_out)} were left out")
        return self
