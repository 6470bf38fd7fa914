"""`assets/scene_manifest.json`: the scene, object by object. Quaternions are w,x,y,z objects, lengths metres."""

from collections import Counter
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, model_validator

from blueprint.contracts.document import Document, Part
from blueprint.contracts.frames import Pose, quat_wxyz_from_euler_xyz
from blueprint.contracts.ids import Identifier, SceneId

__all__ = [
    "AssetReference",
    "Bounds",
    "Dimensions",
    "Placement",
    "Relationship",
    "Room",
    "SceneFrame",
    "SceneManifest",
    "SceneObject",
    "Semantics",
    "SimRole",
    "Transform",
]

MANIFEST_MAJOR_VERSION = 1

SimRole = Literal[
    "static",
    "interactive",
    "manipulable_object",
    "deformable_object",
    "articulated_furniture",
    "articulated_appliance",
    "clutter",
    "background",
    "scene_shell",
    "unknown",
]


class Xyz(Part):
    x: float
    y: float
    z: float


class Wxyz(Part):
    w: float
    x: float
    y: float
    z: float

    @model_validator(mode="after")
    def _is_a_rotation(self) -> "Wxyz":
        norm = (self.w**2 + self.x**2 + self.y**2 + self.z**2) ** 0.5
        if abs(norm - 1) > 1e-3:
            raise ValueError(f"quaternion ({self.w}, {self.x}, {self.y}, {self.z}) has norm {norm:.6g}, expected 1")
        return self


class Euler(Part):
    """Radians about the fixed axes x, y, z, in that order."""

    roll: float = 0.0
    pitch: float = 0.0
    yaw: float = 0.0


class Transform(Part):
    """Object frame to world frame; the object frame is the asset frame (bottom centre).

    Where both rotations are given, the quaternion counts.
    """

    position: Xyz
    rotation_euler: Euler | None = None
    rotation_quaternion: Wxyz | None = None
    scale: Xyz = Xyz(x=1.0, y=1.0, z=1.0)

    @classmethod
    def of(cls, pose_world_object: Pose) -> "Transform":
        pose = pose_world_object.rounded()
        (x, y, z), (qw, qx, qy, qz) = pose.position, pose.quat_wxyz
        return cls(position=Xyz(x=x, y=y, z=z), rotation_quaternion=Wxyz(w=qw, x=qx, y=qy, z=qz))

    def pose(self) -> Pose:
        p, q, e = self.position, self.rotation_quaternion, self.rotation_euler
        if q is None and e is not None:
            return Pose.of((p.x, p.y, p.z), quat_wxyz_from_euler_xyz(e.roll, e.pitch, e.yaw))
        return Pose.of((p.x, p.y, p.z), (q.w, q.x, q.y, q.z) if q else (1, 0, 0, 0))


class Dimensions(Part):
    width: float
    depth: float
    height: float


class Bounds(Part):
    width: float
    depth: float
    height: float


class Room(Part):
    """The room box stands on z = 0 and is centred on `origin` in x and y."""

    bounds: Bounds
    origin: list[float] = [0.0, 0.0, 0.0]


class PhysicsDefaults(Part):
    gravity: Xyz = Xyz(x=0.0, y=0.0, z=-9.81)
    solver: str = "mujoco"
    time_steps_per_second: float = 500.0


class SceneFrame(Part):
    coordinate_frame: Literal["y_up", "z_up"] = "z_up"
    meters_per_unit: Annotated[float, Field(gt=0)] = 1.0
    environment_type: str | None = None
    room: Room | None = None
    physics_defaults: PhysicsDefaults = PhysicsDefaults()


class AssetReference(Part):
    """Which asset an object is an instance of; `path` is relative to the scene folder."""

    asset_id: str | None = None
    source: str | None = None
    pack_name: str | None = None
    relative_path: str | None = None
    path: Annotated[str, Field(min_length=1)]
    format: str | None = None
    variants: dict[str, str] | None = None
    candidates: list[dict[str, Any]] | None = None
    simready_metadata: dict[str, Any] | None = None


class Semantics(Part):
    model_config = ConfigDict(extra="allow", frozen=True, populate_by_name=True, serialize_by_alias=True)

    semantic_class: Annotated[str | None, Field(alias="class", serialization_alias="class")] = None
    instance_id: str | None = None
    affordances: list[str] = []
    tags: list[str] = []


class Placement(Part):
    """What an object stands on (or in): the owner's region, and the pose of the object in that region's frame."""

    parent_id: Identifier | None = None
    region: Identifier | None = None
    pose_region_object: Pose | None = None
    required: bool = True


class Relationship(Part):
    type: str
    subject_id: str
    object_id: str


class SceneObject(Part):
    """One object. `physics` is filled by the simready stage, `placement` by the source."""

    id: Identifier
    name: str | None = None
    category: str | None = None
    description: str | None = None
    sim_role: SimRole
    mounting: Literal["free", "wall", "ceiling"] = "free"
    must_be_separate_asset: bool | None = None
    placement_region: str | None = None
    transform: Transform
    dimensions_est: Dimensions | None = None
    dimensions_source: str | None = None
    asset: AssetReference
    semantics: Semantics | None = None
    physics: dict[str, Any] | None = None
    physics_hints: dict[str, Any] | None = None
    placement: Placement | None = None
    asset_generation: dict[str, Any] | None = None
    articulation: dict[str, Any] | None = None
    relationships: list[Relationship] | None = None
    variation_candidate: bool | None = None
    source: dict[str, Any] | None = None

    @property
    def is_architecture(self) -> bool:
        """The room itself and its background: nothing to walk around, to open or to put things into."""
        return self.sim_role in ("scene_shell", "background")

    @property
    def is_fixed(self) -> bool:
        """Architecture and what hangs on walls and ceilings is fixed to the world; everything else is free to move.

        Of a fixed object with joints only the root is fixed: the doors of a wall cabinet move.
        """
        return self.is_architecture or self.mounting != "free"


class SceneManifest(Document):
    """The whole scene. `metadata.unsatisfied` lists what of the prompt could not be met, and why."""

    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]
    scene_id: SceneId
    scene: SceneFrame
    assets: dict[str, Any] | None = None
    objects: list[SceneObject]
    background: dict[str, Any] | None = None
    metadata: dict[str, Any] = {}

    @model_validator(mode="after")
    def _consistent(self) -> "SceneManifest":
        major = int(self.version.split(".")[0])
        if major != MANIFEST_MAJOR_VERSION:
            raise ValueError(
                f"manifest version {self.version} is not supported; this build reads {MANIFEST_MAJOR_VERSION}.x.y"
            )
        counts = Counter(item.id for item in self.objects)
        duplicates = sorted(item for item, count in counts.items() if count > 1)
        if duplicates:
            raise ValueError(f"object ids occur twice: {duplicates}")
        for item in self.objects:
            parent = item.placement.parent_id if item.placement else None
            if parent is not None and parent not in counts:
                raise ValueError(f"object {item.id}: its parent {parent!r} is not in the scene")
        return self

    def object(self, object_id: str) -> SceneObject:
        return next(item for item in self.objects if item.id == object_id)
