"""A reconstruction in memory: meshes with poses, gravity down, in the reconstruction's own unit."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.frames import IDENTITY, Pose

__all__ = ["Camera", "PoseFit", "ReconstructedObject", "Reconstruction"]

PoseFit = Literal["vertices", "oriented_box", "given"]


@dataclass(frozen=True)
class ReconstructedObject:
    """One mesh file and where it is.

    A point p of the mesh (as `load_parts` returns it: Z-up) is at `pose_world_mesh.apply(scale * p)` in the
    reconstruction's world: +Z against gravity, floor at z = 0, unit unknown. `residual` is the RMS distance that the
    pose leaves, as a share of the object's diagonal. `base_color` is linear RGB where the source says it.
    """

    object_id: str
    label: str
    mesh: Path
    pose_world_mesh: Pose
    scale: float
    fit: PoseFit
    confidence: float = 1.0
    residual: float = 0.0
    is_floor_contact: bool = False
    material_type: str | None = None
    source_name: str = ""


@dataclass(frozen=True)
class Camera:
    """Pinhole: K in px, and the camera's pose in the reconstruction's world (looks along its -Z, +Y is up)."""

    matrix: NDArray[np.float64]
    width_px: int
    height_px: int
    pose_world_camera: Pose


@dataclass(frozen=True)
class Reconstruction:
    """Everything that was read. `root` holds every file; `skipped` maps names to the reason.

    `meters_per_unit` is None where the source does not claim to be metric. `gravity` says how down was found,
    `tilt_rad` by how much the source's frame was turned. `background` is a mesh in the world (after `pose_background`
    and `scale_background`, as for an object).
    """

    scene_id: str
    root: Path
    environment: str
    method: str
    objects: list[ReconstructedObject]
    gravity: str
    tilt_rad: float = 0.0
    meters_per_unit: float | None = None
    confidence: float = 1.0
    background: Path | None = None
    pose_world_background: Pose = IDENTITY
    scale_background: float = 1.0
    camera: Camera | None = None
    skipped: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
