"""A detected thing as a reconstruction has it: a mesh of its own scale, and where it was put."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.frames import Pose, quat_angle
from blueprint.contracts.reconstruction_truth import Disturbance
from blueprint.sources.regen3d.synthesis.camera import Eye
from blueprint.sources.regen3d.synthesis.damage import decimated, waved, welded, without_piece
from blueprint.sources.regen3d.synthesis.detection import Detection
from blueprint.sources.regen3d.synthesis.noise import FloorPlane, Noise, moved_freely, moved_on_floor
from blueprint.sources.regen3d.synthesis.room import ThingPart

__all__ = ["Rebuilt", "rebuild"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Rebuilt:
    """`canonical` are the parts as they were generated, `posed` as they were put into the scene: the same vertices
    unless a damage says otherwise, both in the thing's frame, Z-up, m.

    A point p of either is at `pose_world_object.apply(size_factor * p)` in the world, as the run sees it. The canonical
    file holds `(p - centre) * unit`, turned to Y-up.
    """

    found: Detection
    canonical: list[ThingPart]
    posed: list[ThingPart]
    pose_world_object: Pose
    size_factor: float
    unit: float
    centre: Array
    disturbance: Disturbance

    def posed_world(self, points: Array) -> Array:
        """Return where points (N, 3) of its frame are in the world."""
        return self.pose_world_object.apply(self.size_factor * points)


def rebuild(found: Detection, eye: Eye, floor: FloorPlane, noise: Noise, rng: np.random.Generator) -> Rebuilt:
    """Move, turn, scale and damage a thing as this level of noise says. The draws of one do not depend on others'."""
    thing = found.thing
    size_factor = float(np.exp(noise.size * np.clip(rng.standard_normal(), -2.5, 2.5)))
    true = thing.pose_world_object
    towards = thing.centre_world() - eye.position
    if thing.parent_id is None and thing.item.mounting == "free":
        pose = moved_on_floor(true, floor, towards, noise, rng)
    else:
        pose = moved_freely(true, towards, noise, rng)
        pose = pose @ Pose.of((0, 0, (1 - size_factor) * thing.size_m[2] / 2))  # it is scaled about its middle
    diagonal = float(np.linalg.norm(thing.size_m))
    canonical = waved(thing.parts, noise.vertex * diagonal, rng)
    coarse, broken, other = rng.uniform(size=3) < (noise.decimated, noise.missing_piece, noise.reindexed)
    if coarse:
        canonical = decimated(canonical)
    posed, missing = without_piece(canonical, rng.uniform(0.08, 0.25), rng) if broken else (canonical, 0.0)
    if other:
        posed = welded(posed)
    points = np.concatenate([part.mesh.vertices for part in canonical])
    low, high = points.min(axis=0), points.max(axis=0)
    disturbance = Disturbance(
        moved_m=round(float(np.linalg.norm(np.subtract(pose.position, true.position))), 6),
        turned_rad=round(quat_angle(pose.quat_wxyz, true.quat_wxyz), 6),
        size_factor=round(size_factor, 6),
        missing_share=round(missing, 6),
        reindexed=bool(other),
        decimated=bool(coarse),
        relabelled=found.relabelled,
    )
    unit = float(rng.uniform(0.95, 1.05) / (high - low).max())  # Hunyuan3D fills about a unit cube
    return Rebuilt(found, canonical, posed, pose, size_factor, unit, (low + high) / 2, disturbance)
