"""Specs, furnished programs and hand-made layouts for the tests of whole rooms; every asset is generated once."""

import numpy as np

from blueprint.assets.registry import AssetRequest, generate
from blueprint.contracts.asset import AssetModel
from blueprint.contracts.frames import Pose, quat_wxyz_from_yaw
from blueprint.contracts.house import HousePlan, RoomShape
from blueprint.sources.rooms.furnish import Tier, furnish
from blueprint.sources.rooms.program import Program, RoomsLayout
from blueprint.sources.text.spec import Negation, Requirement, SceneSpec

_MODELS: dict[AssetRequest, AssetModel] = {}
SPACING_M = 9.0


def model_of(request: AssetRequest) -> AssetModel:
    if request not in _MODELS:
        _MODELS[request] = generate(request).model
    return _MODELS[request]


def wanted(category: str, n: int = 1, **fields: object) -> Requirement:
    return Requirement(op="eq", n=n, category=category, noun=category.replace("_", " ")).model_copy(update=fields)


def spec_of(room_type: str, *requirements: Requirement, without: tuple[str, ...] = ()) -> SceneSpec:
    negations = [Negation(category=name, noun=name, evidence=(0, 0)) for name in without]
    return SceneSpec(
        prompt="p", room_type=room_type, scope="room", requirements=list(requirements), negations=negations
    )


def furnished(
    room_type: str, *requirements: Requirement, tier: Tier = "standard", seed: int = 0, without: tuple[str, ...] = ()
) -> Program:
    return furnish(spec_of(room_type, *requirements, without=without), tier, seed, model_of)


def apart(program: Program, turn: float = 0.0) -> RoomsLayout:
    """Groups 9 m apart in one huge room, things on walls as far from everything."""
    poses: dict[str, Pose] = {}
    for k, group in enumerate(program.groups):
        frame = Pose.of((k * SPACING_M, 0.0, 0.0003), quat_wxyz_from_yaw(turn))
        poses |= {member.object_id: frame @ member.pose_group_member for member in group.members}
    for k, item in enumerate(item for item in program.items.values() if item.mount in ("wall", "ceiling")):
        poses[item.object_id] = Pose.of((k * SPACING_M, 30.0, 1.4))
    room = program.rooms[0]
    shape = RoomShape(
        room_id=room.room_id, room_type=room.room_type, x=-20.0, y=-20.0, width=200.0, depth=80.0, height=2.7
    )
    return RoomsLayout(HousePlan(rooms=(shape,)), poses)


def kind_of(program: Program, object_id: str) -> str:
    item = program.items[object_id]
    return item.category or item.request.category


def heading(pose: Pose) -> np.ndarray:
    """The direction (2,) in which the front of a thing looks."""
    return (pose.apply(np.array([0.0, -1.0, 0.0])) - np.asarray(pose.position))[:2]
