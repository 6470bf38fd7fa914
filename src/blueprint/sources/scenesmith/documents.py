"""`house_state.json`, `house_layout.json` and `scene_state.json` of SceneSmith: the fields that we read."""

from typing import Literal

from pydantic import Field

from blueprint.contracts.frames import Pose
from blueprint.sources.imported.files import Foreign, Meters, Point, Quat

__all__ = ["HouseLayout", "HouseState", "Member", "RoomState", "SmithObject", "SmithTransform"]

ObjectType = Literal["furniture", "manipuland", "thin_covering", "wall_mounted", "ceiling_mounted", "wall", "floor"]


class SmithTransform(Foreign):
    """Metres and w,x,y,z in the room-centred frame, Z-up."""

    translation: Point = (0.0, 0.0, 0.0)
    rotation_wxyz: Quat = (1.0, 0.0, 0.0, 0.0)

    def pose(self) -> Pose:
        return Pose.of(self.translation, self.rotation_wxyz)


class SupportSurface(Foreign):
    surface_id: str


class PlacementInfo(Foreign):
    parent_surface_id: str | None = None


class Member(Foreign):
    """One asset of a composite; its transform is in the room's frame, not in the composite's."""

    name: str = "member"
    asset_id: str | None = None
    sdf_path: str | None = None
    transform: SmithTransform = SmithTransform()


class ObjectMetadata(Foreign):
    composite_type: Literal["stack", "pile", "filled_container"] | None = None
    member_assets: list[Member] = []
    container_asset: Member | None = None
    fill_assets: list[Member] = []
    is_articulated: bool = False
    asset_source: str | None = None
    is_wall_covering: bool = False


class SmithObject(Foreign):
    object_id: str
    object_type: ObjectType
    name: str = ""
    description: str | None = None
    transform: SmithTransform = SmithTransform()
    geometry_path: str | None = None
    sdf_path: str | None = None
    support_surfaces: list[SupportSurface] = []
    placement_info: PlacementInfo | None = None
    metadata: ObjectMetadata = ObjectMetadata()
    bbox_min: Point | None = None
    bbox_max: Point | None = None


class Opening(Foreign):
    opening_type: Literal["door", "window", "open"]
    wall_direction: str = ""
    center_world: list[Meters] = Field(default=[], max_length=3)
    width: Meters
    height: Meters
    sill_height: Meters = 0.0


class RoomGeometry(Foreign):
    openings: list[Opening] = []
    wall_height: Meters | None = None


class RoomState(Foreign):
    room_geometry: RoomGeometry | None = None
    objects: dict[str, SmithObject]
    text_description: str | None = None


class PlacedRoom(Foreign):
    """`position` is the minimum corner in the house, metres."""

    room_id: str
    position: tuple[Meters, Meters]
    width: Meters
    depth: Meters


class LayoutRoom(Foreign):
    room_id: str | None = None
    id: str | None = None
    room_type: str | None = None
    type: str | None = None


class HouseLayout(Foreign):
    wall_height: Meters = 2.7
    house_prompt: str | None = None
    rooms: list[LayoutRoom] = []
    placed_rooms: list[PlacedRoom] = []


class HouseState(Foreign):
    layout: HouseLayout = HouseLayout()
    rooms: dict[str, RoomState]
