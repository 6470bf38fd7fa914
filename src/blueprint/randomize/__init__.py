"""Variation of a scene: where things may go, how each axis is distributed, sampling, and applying a sample."""

from blueprint.randomize.apply import apply_camera_offsets, apply_variation
from blueprint.randomize.distributions import sample
from blueprint.randomize.regions import placement_regions, write_placement_regions
from blueprint.randomize.replicator import write_replicator
from blueprint.randomize.sampling import nominal_variation, sample_certified, sample_variation
from blueprint.randomize.space import default_space, movable_objects

__all__ = [
    "apply_camera_offsets",
    "apply_variation",
    "default_space",
    "movable_objects",
    "nominal_variation",
    "placement_regions",
    "sample",
    "sample_certified",
    "sample_variation",
    "write_placement_regions",
    "write_replicator",
]
