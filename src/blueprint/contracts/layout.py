"""`layout/scene_layout_scaled.json`: oriented boxes of the objects in the room."""

from typing import Any

from blueprint.contracts.document import Document, Part
from blueprint.contracts.frames import Vec3
from blueprint.contracts.ids import SceneId

__all__ = ["LayoutObject", "OrientedBox", "RoomBox", "SceneLayout"]


class OrientedBox(Part):
    """`extents` are HALF extents in metres, `R` is row-major and maps box to world."""

    center: Vec3
    extents: Vec3
    R: tuple[Vec3, Vec3, Vec3]


class LayoutObject(Part):
    id: str
    class_name: str
    center3d: Vec3
    obb: OrientedBox
    bounds: dict[str, Any] | None = None
    approx_location: str | None = None
    is_floor_contact: bool


class RoomBox(Part):
    min: Vec3
    max: Vec3


class SceneLayout(Document):
    scene_id: SceneId
    objects: list[LayoutObject]
    room_box: RoomBox
    room_planes: list[dict[str, Any]] = []
    camera_trajectory: list[dict[str, Any]] = []
    scale_factor: float = 1.0
    meters_per_unit: float = 1.0
    coordinate_frame: str = "z_up"
    metadata: dict[str, Any] = {}
