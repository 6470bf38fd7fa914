"""A profile: which columns a dataset has of an episode record. The default is that of our own robots."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from blueprint.contracts.dataset import DatasetColumn
from blueprint.contracts.episode import EpisodeRecord
from blueprint.datasets.demonstration import ArrayReader, Catalogue, Demonstration, frame_columns
from blueprint.datasets.features import Feature, row_features
from blueprint.quality.record_files import read_trajectory

__all__ = ["RECORDS", "DatasetProfile"]


@dataclass(frozen=True)
class DatasetProfile:
    """How records become rows.

    read_arrays: reads and checks a trajectory · features: the numeric columns, in order · columns: their values, as
    `demonstration.frame_columns` · described: what they mean, None for the default · declared: feature → further keys
    of its entry in info.json · parts: vector's names → part of the robot → range, for GR00T's modality.json.
    """

    read_arrays: ArrayReader = read_trajectory
    features: Callable[[EpisodeRecord], list[Feature]] = row_features
    columns: Callable[[Demonstration, Catalogue, int, int], dict[str, NDArray]] = frame_columns
    described: Sequence[DatasetColumn] | None = None
    declared: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    parts: Callable[[Sequence[str]], dict[str, dict[str, int]]] | None = None


RECORDS = DatasetProfile()
