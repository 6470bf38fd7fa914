"""`metadata.house` of a scene manifest: the rectangular rooms of a scene and the holes in their walls, in metres."""

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field, ValidationError, model_validator

from blueprint.contracts.document import Part
from blueprint.contracts.errors import ContractError
from blueprint.contracts.scene_manifest import SceneManifest

__all__ = ["HousePlan", "Opening", "RoomShape", "Side", "house_of"]

Side = Literal["south", "east", "north", "west"]  # the walls of a room: -Y, +X, +Y, -X
_MAX_ROOMS = 64
_MAX_OPENINGS = 64
_MAX_M = 200.0
_SLACK_M = 0.01
Name = Annotated[str, Field(min_length=1, max_length=200)]
Length = Annotated[float, Field(gt=0, le=_MAX_M)]
Coordinate = Annotated[float, Field(ge=-_MAX_M, le=_MAX_M)]


class Opening(Part):
    """A hole in a wall. `offset_m` is its centre from the west or south end of the wall's inner side, `sill_m` 0 for
    doors; `leads_to` is the room behind it, None for the outside; `swings_into` the room that a hinged leaf sweeps."""

    opening_id: Name
    kind: Literal["door", "window", "passage"]
    side: Side
    offset_m: Length
    width_m: Length
    height_m: Length
    sill_m: Annotated[float, Field(ge=0, le=_MAX_M)] = 0.0
    leads_to: Name | None = None
    swings_into: Name | None = None


class RoomShape(Part):
    """A rectangular room: inner faces from (x, y) to (x + width, y + depth) in the world, floor at z = 0.

    Its openings have ids of their own and lie within their walls.
    """

    room_id: Name
    room_type: Annotated[str, Field(max_length=200)]
    x: Coordinate
    y: Coordinate
    width: Length
    depth: Length
    height: Length
    openings: Annotated[tuple[Opening, ...], Field(max_length=_MAX_OPENINGS)] = ()

    @model_validator(mode="after")
    def _openings_fit(self) -> "RoomShape":
        _refuse_twins("opening", (hole.opening_id for hole in self.openings))
        for hole in self.openings:
            if hole.offset_m - hole.width_m / 2 < -_SLACK_M or (
                hole.offset_m + hole.width_m / 2 > self.wall_length(hole.side) + _SLACK_M
            ):
                raise ValueError(f"opening {hole.opening_id} of {self.room_id} is wider than its wall or beside it")
            if hole.sill_m + hole.height_m > self.height + _SLACK_M:
                raise ValueError(f"opening {hole.opening_id} of {self.room_id} is higher than its wall")
        return self

    def wall_length(self, side: Side) -> float:
        """Return the length of one of its walls, m."""
        return self.width if side in ("south", "north") else self.depth

    def with_opening(self, hole: Opening) -> "RoomShape":
        """Return the room with one opening more; raises ValueError where it does not fit."""
        return RoomShape.model_validate({**dict(self), "openings": (*self.openings, hole)})


class HousePlan(Part):
    """The rooms, apart by `wall_m` where they share a wall; an opening between two rooms stands in both."""

    rooms: Annotated[tuple[RoomShape, ...], Field(min_length=1, max_length=_MAX_ROOMS)]
    wall_m: Annotated[float, Field(gt=0, le=1)] = 0.1

    @model_validator(mode="after")
    def _rooms_differ(self) -> "HousePlan":
        _refuse_twins("room", (room.room_id for room in self.rooms))
        return self

    def room(self, room_id: str) -> RoomShape:
        return next(room for room in self.rooms if room.room_id == room_id)


def house_of(manifest: SceneManifest) -> HousePlan | None:
    """Return the plan in a manifest's `metadata.house`, None where there is none; raises ContractError for a plan that
    is not valid."""
    given = manifest.metadata.get("house")
    if given is None:
        return None
    try:
        return HousePlan.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))[:200]
        raise ContractError(
            f"the manifest's metadata.house is no house plan: {place + ': ' if place else ''}{first['msg']}.",
            remedy="write rooms with room_id, room_type, x, y, width, depth, height and openings.",
        ) from error


def _refuse_twins(what: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"two {what}s have the id {name[:80]!r}")
        seen.add(name)
