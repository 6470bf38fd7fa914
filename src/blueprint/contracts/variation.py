"""Replicator documents: placement regions, the distribution of every variation axis, and one sampled variation."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from blueprint.contracts.document import Document, Part
from blueprint.contracts.frames import Pose, Vec3
from blueprint.contracts.ids import Identifier, SceneId

__all__ = [
    "AXES",
    "CameraSample",
    "Choice",
    "Constant",
    "Distribution",
    "LightSample",
    "Normal",
    "ObjectSample",
    "PlacementRegion",
    "PlacementRegions",
    "RobotSample",
    "Uniform",
    "Variation",
    "VariationSpace",
]


class Constant(Part):
    kind: Literal["constant"] = "constant"
    value: float


class Uniform(Part):
    kind: Literal["uniform"] = "uniform"
    low: float
    high: float

    @model_validator(mode="after")
    def _ordered(self) -> "Uniform":
        if self.low > self.high:
            raise ValueError(f"uniform distribution: low {self.low} is above high {self.high}")
        return self


class Normal(Part):
    """Truncated at ± 2 standard deviations."""

    kind: Literal["normal"] = "normal"
    mean: float
    std: Annotated[float, Field(ge=0)]


class Choice(Part):
    kind: Literal["choice"] = "choice"
    values: Annotated[list[float], Field(min_length=1)]


Distribution = Annotated[Constant | Uniform | Normal | Choice, Field(discriminator="kind")]

AXES = (
    "object_pose_m",  # displacement of a movable object along its region, metres
    "object_yaw_rad",  # rotation of a movable object about the vertical, radians
    "object_instance",  # which thing of its kind stands there: 0 the scene's own, 1, 2, ... generated ones
    "clutter_count",  # how many clutter objects are added
    "light_intensity",  # factor on the key light
    "light_azimuth_rad",  # rotation of the key light about the vertical, radians
    "light_elevation_rad",  # tilt of the key light towards the horizon, radians
    "light_color",  # factor on each channel of the key light
    "light_ambient",  # factor on every other light, and on the light from all around
    "environment",  # what lies beyond the scene: 0 the scene's own sky, 1 to 4 skies of other colours
    "camera_position_m",  # extrinsics: displacement of each scene camera, per axis, metres
    "camera_rotation_rad",  # extrinsics: rotation of each scene camera about its own axes, radians
    "camera_fovy",  # intrinsics: factor on the vertical field of view of each scene camera
    "texture_tint",  # factor on each channel of a surface's base colour
    "texture_pattern",  # pattern on furniture and walls: 0 their own, 1 checker, 2 gradient, 3 speckles
    "table_height_m",  # how much higher the furniture is to the robot: its own mount sinks by as much, metres
    "friction",  # factor on an object's sliding friction
    "mass",  # factor on an object's mass and inertia
    "joint_friction",  # factor on damping and dry friction of an object's joints
    "actuator_gain",  # factor on the stiffness and damping of the robot's servos
    "actuator_latency_s",  # time from a command to the servo's answer, seconds
    "joint_noise_rad",  # standard deviation of what the robot reads of its own joints, radians (metres: fingers / 10)
    "instruction",  # which paraphrase of the task is given: 0 the plain one, up to 1 the last
)


class PlacementRegion(Part):
    """A region of an object in world coordinates (`position` is its centre), and what may be put there."""

    name: str
    description: str
    surface_type: str
    parent_object_id: str
    region: str
    position: Vec3
    size: Vec3
    rotation: Vec3 = (0.0, 0.0, 0.0)
    semantic_tags: list[str] = []
    suitable_for: list[str] = []


class PlacementRegions(Document):
    scene_id: SceneId
    regions: list[PlacementRegion]


class VariationSpace(Document):
    """The distribution of each axis; an axis that is absent stays at its nominal value."""

    schema_version: Literal["v1"] = "v1"
    scene_id: SceneId
    axes: dict[str, Distribution]

    @model_validator(mode="after")
    def _known_axes(self) -> "VariationSpace":
        unknown = sorted(set(self.axes) - set(AXES))
        if unknown:
            raise ValueError(f"unknown variation axes {unknown}; there are {list(AXES)}")
        return self


class ObjectSample(Part):
    """The constants of one object. `pose_world_object` None leaves it where the certified scene has it.

    `asset_id` names another asset of its kind below `variation_assets/assets/` that stands in its place.
    """

    pose_world_object: Pose | None = None
    asset_id: Identifier | None = None
    friction_factor: Annotated[float, Field(gt=0)] = 1.0
    mass_factor: Annotated[float, Field(gt=0)] = 1.0
    joint_friction_factor: Annotated[float, Field(gt=0)] = 1.0
    tint: Vec3 = (1.0, 1.0, 1.0)
    pattern: Annotated[int, Field(ge=0, le=3)] = 0


class ClutterSample(Part):
    """An extra object of the scene's own assets."""

    object_id: Identifier
    asset_id: Identifier
    pose_world_object: Pose


class LightSample(Part):
    intensity_factor: Annotated[float, Field(gt=0)] = 1.0
    azimuth_rad: float = 0.0
    elevation_rad: float = 0.0
    color: Vec3 = (1.0, 1.0, 1.0)
    ambient_factor: Annotated[float, Field(ge=0)] = 1.0


class CameraSample(Part):
    """Offset in the frame of the camera's body, m; rotation vector in the camera's own frame, rad."""

    offset_m: Vec3 = (0.0, 0.0, 0.0)
    rotation_rad: Vec3 = (0.0, 0.0, 0.0)
    fovy_factor: Annotated[float, Field(gt=0)] = 1.0


class RobotSample(Part):
    """How the robot differs from its data sheet: its mount is `sink_m` lower, its servos stiffer or later."""

    sink_m: float = 0.0
    gain_factor: Annotated[float, Field(gt=0)] = 1.0
    latency_s: Annotated[float, Field(ge=0, le=0.2)] = 0.0
    joint_noise_rad: Annotated[float, Field(ge=0)] = 0.0


class Variation(Document):
    """One sampled variation: constants only, so that it can be replayed anywhere. `nominal` changes nothing."""

    schema_version: Literal["v1"] = "v1"
    variation_id: Identifier
    scene_id: SceneId
    seed: int
    objects: dict[str, ObjectSample] = {}
    clutter: list[ClutterSample] = []
    light: LightSample = LightSample()
    environment: Annotated[int, Field(ge=0, le=4)] = 0
    cameras: dict[str, CameraSample] = {}
    robot: RobotSample = RobotSample()
    instruction: Annotated[float, Field(ge=0, le=1)] = 0.0
    certificate: dict[str, Any] | None = None
