"""Cameras that a client adds to a scene."""

from dataclasses import dataclass

import mujoco
import numpy as np

from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Pose

__all__ = ["CameraRequest"]


@dataclass(frozen=True)
class CameraRequest:
    """A camera that a client adds: USD axes (looks along -Z, +Y up), in its parent's frame if local, sizes in px."""

    prim_path: str
    pose: Pose
    focal_length: float
    horizontal_aperture: float
    vertical_aperture: float
    width_px: int
    height_px: int
    local: bool = False

    def __post_init__(self) -> None:
        lengths = (self.focal_length, self.horizontal_aperture, self.vertical_aperture)
        if not (np.isfinite(lengths).all() and min(lengths) > 0):
            raise InputError(f"camera {self.prim_path}: focal length and apertures {lengths} must be positive.")
        if not (16 <= self.width_px <= 4096 and 16 <= self.height_px <= 4096):
            raise InputError(f"camera {self.prim_path}: {self.width_px}×{self.height_px} px.", remedy="16 to 4096.")

    @property
    def fx_px(self) -> float:
        """Isaac Sim takes pixels as square and the horizontal aperture as given; the vertical one follows."""
        return self.width_px * self.focal_length / self.horizontal_aperture

    @property
    def name(self) -> str:
        """Its name in the model."""
        return self.prim_path.strip("/").replace("/", ".")

    def add_to(self, parent: mujoco.MjsBody) -> None:
        """Add the camera to a body of a spec; USD and MuJoCo cameras have the same axes."""
        fovy = float(np.degrees(2 * np.arctan(self.height_px / 2 / self.fx_px)))
        parent.add_camera(name=self.name, pos=self.pose.position, quat=self.pose.quat_wxyz, fovy=fovy)
