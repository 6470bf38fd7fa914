"""The canonical tree of a photo reconstruction, `regen3d/**`: one file of each kind per object, Y-up, in its own unit.

Quaternions are w,x,y,z. Others write these files too, so keys that we do not know are passed over.
"""

from typing import Annotated

from pydantic import ConfigDict, Field, model_validator

from blueprint.contracts.document import Document

__all__ = [
    "CameraExtrinsics",
    "CameraIntrinsics",
    "ReconstructedBounds",
    "ReconstructedLabel",
    "ReconstructedMaterial",
    "ReconstructedPose",
    "ReconstructionInfo",
]

Fraction = Annotated[float, Field(ge=0, le=1)]
Length = Annotated[float, Field(ge=-1e6, le=1e6)]
Point = tuple[Length, Length, Length]
Row3 = tuple[float, float, float]
Row4 = tuple[float, float, float, float]
_OPEN = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


class ReconstructionInfo(Document):
    """`regen3d/scene_info.json`. `meters_per_unit` is what the reconstruction claims; stage scale judges it."""

    model_config = _OPEN
    scene_id: str
    image_size: tuple[Annotated[int, Field(gt=0, le=100_000)], Annotated[int, Field(gt=0, le=100_000)]]
    coordinate_frame: str = "y_up"
    meters_per_unit: Annotated[float, Field(gt=0, le=1e6)]
    confidence: Fraction
    version: str
    environment_type: str
    reconstruction_method: str
    generated_at: str


class ReconstructedPose(Document):
    """`objects/{id}/pose.json`: `transform_matrix` (row-major) = translation · rotation · scale, mesh to world."""

    model_config = _OPEN
    transform_matrix: tuple[Row4, Row4, Row4, Row4]
    translation: Point
    rotation_quaternion: Row4
    scale: tuple[Annotated[float, Field(gt=0, le=1e6)], Annotated[float, Field(gt=0)], Annotated[float, Field(gt=0)]]
    confidence: Fraction
    is_floor_contact: bool


class ReconstructedBounds(Document):
    """`objects/{id}/bounds.json`: the axis-aligned box in the world."""

    model_config = _OPEN
    min: Point
    max: Point
    center: Point
    size: Point

    @model_validator(mode="after")
    def _ordered(self) -> "ReconstructedBounds":
        if any(low > high for low, high in zip(self.min, self.max, strict=True)):
            raise ValueError(f"min {self.min} is above max {self.max}")
        return self


class ReconstructedMaterial(Document):
    """`objects/{id}/material.json`."""

    model_config = _OPEN
    base_color: tuple[Fraction, Fraction, Fraction]
    metallic: Fraction
    roughness: Fraction
    material_type: str


class ReconstructedLabel(Document):
    """`objects/{id}/label.json`: what the detector called it."""

    model_config = _OPEN
    label: Annotated[str, Field(min_length=1, max_length=200)]


class CameraIntrinsics(Document):
    """`camera/intrinsics.json`: K, row-major, px."""

    model_config = _OPEN
    matrix: tuple[Row3, Row3, Row3]
    width: Annotated[int, Field(gt=0, le=100_000)]
    height: Annotated[int, Field(gt=0, le=100_000)]


class CameraExtrinsics(Document):
    """`camera/extrinsics.json`: world-from-camera, row-major; the camera looks along its -Z, +Y is up (OpenGL)."""

    model_config = _OPEN
    matrix: tuple[Row4, Row4, Row4, Row4]
