"""The package of a scene service: the fields that we read. Lengths in metres, Y-up."""

from typing import Any

from pydantic import Field

from blueprint.contracts.frames import Pose, z_up_from_y_up
from blueprint.sources.imported.files import Foreign, Meters, Point

__all__ = ["Package", "PackageObject"]


class Xyz(Foreign):
    x: Meters = 0.0
    y: Meters = 0.0
    z: Meters = 0.0


class Scale(Foreign):
    x: float = Field(default=1.0, gt=1e-4, lt=1e4)
    y: float = Field(default=1.0, gt=1e-4, lt=1e4)
    z: float = Field(default=1.0, gt=1e-4, lt=1e4)


class Wxyz(Foreign):
    w: float = Field(default=1.0, ge=-2, le=2)
    x: float = Field(default=0.0, ge=-2, le=2)
    y: float = Field(default=0.0, ge=-2, le=2)
    z: float = Field(default=0.0, ge=-2, le=2)


class Dimensions(Foreign):
    """Y-up: width along x, height along y, depth along z."""

    width: float = Field(gt=0.001, lt=50)
    height: float = Field(gt=0.0005, lt=50)
    depth: float = Field(gt=0.001, lt=50)


class PackageTransform(Foreign):
    position: Xyz = Xyz()
    scale: Scale = Scale()
    rotation_quaternion: Wxyz = Wxyz()

    def pose_z_up(self) -> Pose:
        """Return the pose in our Z-up world, (x, y, z) → (x, -z, y); raises ValueError for a quaternion of norm 0."""
        p, q = self.position, self.rotation_quaternion
        if abs(q.w) + abs(q.x) + abs(q.y) + abs(q.z) < 1e-6:
            raise ValueError("rotation_quaternion is zero")
        return z_up_from_y_up(Pose.of((p.x, p.y, p.z), (q.w, q.x, q.y, q.z)))


class PackageObject(Foreign):
    id: str = Field(min_length=1, max_length=200)
    name: str | None = None
    category: str | None = None
    description: str | None = None
    sim_role: str | None = None
    transform: PackageTransform
    dimensions_est: Dimensions
    physics_hints: dict[str, Any] = {}
    placement_stage: str | None = None
    parent_support_id: str | None = None


class Relation(Foreign):
    type: str
    subject_id: str
    object_id: str


class PlacementGraph(Foreign):
    relations: list[Relation] = []


class RoomBox(Foreign):
    min: Point
    max: Point


class LayoutPlan(Foreign):
    room_box: RoomBox | None = None


class Package(Foreign):
    """Objects are kept raw: one that is invalid is left out and named, it does not spoil the others."""

    objects: list[Any] = Field(default=[], max_length=5000)
    room_type: str | None = None
    placement_graph: PlacementGraph = PlacementGraph()
    layout_plan: LayoutPlan = LayoutPlan()
    native_dir: str | None = None
    house_state: dict[str, Any] | None = None
