"""Turning accepted episode records into datasets that other people's loaders open."""

from blueprint.datasets.description import DatasetSummary, Provenance
from blueprint.datasets.lerobot_v3 import write_lerobot_v3
from blueprint.datasets.lerobot_v21 import write_lerobot_v21

__all__ = ["DatasetSummary", "Provenance", "write_lerobot_v3", "write_lerobot_v21"]
