"""Variation of a scene: where things may go, how each axis is distributed, sampling, and applying a sample."""

from blueprint.randomize.apply import apply_camera_offsets, apply_robot, apply_variation, sunk
from blueprint.randomize.distributions import sample
from blueprint.randomize.instances import scene_with_instances, write_instances
from blueprint.randomize.regions import placement_regions, write_placement_regions
from blueprint.randomize.replicator import write_replicator
from blueprint.randomize.sampling import nominal_variation, sample_certified, sample_variation
from blueprint.randomize.space import default_space, movable_objects, only_axes, scaled_space, wide_space

__all__ = [
    "apply_camera_offsets",
    "apply_robot",
    "apply_variation",
    "default_space",
    "movable_objects",
    "nominal_variation",
    "only_axes",
    "placement_regions",
    "sample",
    "sample_certified",
    "sample_variation",
    "scaled_space",
    "scene_with_instances",
    "sunk",
    "wide_space",
    "write_instances",
    "write_placement_regions",
    "write_replicator",
]
