"""What a room is to hold before anything has a place: rooms, furniture groups and single things."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from blueprint.assets.registry import AssetRequest
from blueprint.contracts.asset import AssetModel
from blueprint.contracts.frames import Pose
from blueprint.contracts.house import HousePlan
from blueprint.sources.text.spec import Place, RelationType, SceneSpec, Unsatisfied

__all__ = [
    "Affinity",
    "Group",
    "GroupRelation",
    "Item",
    "Member",
    "ModelOf",
    "Mount",
    "Program",
    "RoomNeed",
    "RoomsLayout",
]

Mount = Literal["floor", "surface", "inside", "wall", "ceiling"]
Affinity = Literal["wall", "corner", "middle", "free"]
ModelOf = Callable[[AssetRequest], AssetModel]


@dataclass
class Item:
    """One thing that is to stand in a room.

    `requirement` is its index in the spec, None for what completion added. `parent` is the object that it stands on or
    in (mounts surface and inside); `sides` are relations to other objects. `motif` names the arrangement that it is
    part of ("stack", "row", "setting"): members of one motif share `motif_id` and stand in their order in the program.
    `places` are parts of the room that the prompt names for it.
    """

    object_id: str
    request: AssetRequest
    room: str
    mount: Mount
    requirement: int | None = None
    required: bool = False
    parent: str | None = None
    region: str | None = None
    sides: list[tuple[RelationType, str]] = field(default_factory=list)
    category: str | None = None  # the lexicon's name for it where its generator makes more than one kind
    motif: Literal["stack", "row", "setting"] | None = None
    motif_id: str | None = None
    places: list[Place] = field(default_factory=list)


@dataclass(frozen=True)
class Member:
    """A piece of furniture and its pose in the group's frame: +Z up, the group's front is -Y, z = 0 the floor."""

    object_id: str
    pose_group_member: Pose


@dataclass(frozen=True)
class GroupRelation:
    """A wish about where a group stands to another; `required` ones come from the prompt."""

    type: RelationType
    target: str
    required: bool = False


@dataclass
class Group:
    """Furniture that is placed as one rigid plan: a bed with its nightstands, a table with its chairs, a lone wardrobe.

    The first member is its anchor. `affinity` says where it belongs; the back (+Y) of a wall or corner group goes to
    the wall. `front_m` is the free depth that its use needs in front (-Y) of it.
    """

    group_id: str
    room: str
    members: list[Member]
    affinity: Affinity
    front_m: float = 0.6
    required: bool = False
    faces: str | None = None  # a group that it should look at: the sofa at the television
    relations: list[GroupRelation] = field(default_factory=list)


@dataclass
class RoomNeed:
    """A room to build: its type, and what the prompt says of its size (inner width x, depth y, metres) and openings."""

    room_id: str
    room_type: str
    size_m: tuple[float, float] | None = None
    height_m: float = 2.7
    doors: int = 1
    windows: int = 1
    next_to: list[str] = field(default_factory=list)  # rooms that a door leads to


@dataclass
class Program:
    """Everything that is to be placed. Items that are members of groups are in `items` too, with mount floor.

    `numbers` says how many objects each room is to hold: completion offers more, and stops there.
    """

    spec: SceneSpec
    rooms: list[RoomNeed]
    items: dict[str, Item]
    groups: list[Group]
    unsatisfied: list[Unsatisfied] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)


@dataclass
class RoomsLayout:
    """Where everything on floors, walls and ceilings stands, the shell around it, and what found no place.

    `poses` are pose_world_object by object id. `left_out` maps object ids to the reason. `trials` says what was tried:
    growth of rooms, restarts, what was dropped, what a solver proved.
    """

    house: HousePlan
    poses: dict[str, Pose]
    left_out: dict[str, str] = field(default_factory=dict)
    trials: list[str] = field(default_factory=list)
