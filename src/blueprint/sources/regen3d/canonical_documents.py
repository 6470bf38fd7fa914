"""The documents of the canonical tree with what we add to them: how poses and gravity were found, and what was left."""

from typing import Annotated, Literal

from pydantic import Field

from blueprint.contracts.frames import QuatWxyz
from blueprint.contracts.reconstruction import CameraExtrinsics, ReconstructedPose, ReconstructionInfo
from blueprint.sources.regen3d.reconstruction import PoseFit

__all__ = ["UNRECORDED", "OurExtrinsics", "OurInfo", "OurPose"]

UNRECORDED = "unrecorded"  # in place of a date that nobody told: a clock would change the bytes


class OurInfo(ReconstructionInfo):
    """`scene_info.json`. `scale` "unknown" means that `meters_per_unit` is 1 for want of a better value, `picture`
    "unknown" that `image_size` is."""

    picture: Literal["known", "unknown"] = "known"
    scale: Literal["claimed", "unknown"] = "claimed"
    gravity: Annotated[str, Field(max_length=100)] | None = None
    tilt_rad: Annotated[float, Field(ge=0, le=3.2)] = 0.0
    skipped: dict[str, str] = {}
    notes: list[str] = []


class OurPose(ReconstructedPose):
    """`objects/{id}/pose.json`. `fit` says how the pose was found, `residual` what it leaves of the diagonal."""

    fit: PoseFit = "given"
    residual: Annotated[float, Field(ge=0)] = 0.0
    source_name: Annotated[str, Field(max_length=500)] = ""


class OurExtrinsics(CameraExtrinsics):
    """`camera/extrinsics.json`. `rotation_quaternion` (w, x, y, z) is the rotation of `matrix`, to all its digits."""

    rotation_quaternion: QuatWxyz | None = None
