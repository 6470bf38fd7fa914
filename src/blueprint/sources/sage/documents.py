"""`<layout_id>.json` of SAGE (`FloorPlan`): the fields that we read."""

from pydantic import Field

from blueprint.sources.imported.files import Degrees, Foreign, Meters

__all__ = ["FloorPlan", "SageObject", "SageRoom", "SageWall", "SageWallPart"]


class SagePoint(Foreign):
    x: Meters = 0.0
    y: Meters = 0.0
    z: Meters = 0.0


class SageEuler(Foreign):
    """Degrees; the rotation is Rz(z)·Ry(y)·Rx(x)."""

    x: Degrees = 0.0
    y: Degrees = 0.0
    z: Degrees = 0.0


class SageDimensions(Foreign):
    """Width along x, length along y, height along z, metres."""

    width: Meters
    length: Meters
    height: Meters


class SageWall(Foreign):
    id: str
    start_point: SagePoint
    end_point: SagePoint
    height: Meters = 2.7
    thickness: Meters = 0.1


class SageWallPart(Foreign):
    """A door or window; `position_on_wall` is the centre's share 0..1 from the wall's start."""

    id: str = ""
    wall_id: str
    position_on_wall: float = Field(ge=0, le=1)
    width: Meters
    height: Meters
    sill_height: Meters = 0.0
    opening: bool = False


class SageObject(Foreign):
    """`position` is global, its z the object's bottom; the mesh is centred in x and y, stands on z = 0, looks to +X."""

    id: str
    room_id: str | None = None
    type: str = "object"
    description: str | None = None
    position: SagePoint
    rotation: SageEuler = SageEuler()
    dimensions: SageDimensions | None = None
    source: str | None = None
    source_id: str
    place_id: str | None = None
    mass: float | None = None


class SageRoom(Foreign):
    """`position` is the minimum corner; `dimensions` width along x, length along y."""

    id: str
    room_type: str = "room"
    position: SagePoint
    dimensions: SageDimensions
    walls: list[SageWall] = []
    doors: list[SageWallPart] = []
    windows: list[SageWallPart] = []
    objects: list[SageObject] = []
    ceiling_height: Meters | None = None


class FloorPlan(Foreign):
    id: str = ""
    rooms: list[SageRoom]
    description: str | None = None
    created_from_text: str | None = None
