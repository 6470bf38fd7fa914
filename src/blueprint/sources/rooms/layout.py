"""Lays out rooms: the house, furniture on floors, things on walls and ceilings, leaves in doors and windows."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from blueprint.contracts.seeds import derive_seed
from blueprint.sources.rooms.floor_search import MIN_SHARE, FloorPlan, place_groups
from blueprint.sources.rooms.group_shape import GroupShape, group_pose, group_shapes
from blueprint.sources.rooms.house import plan_house
from blueprint.sources.rooms.program import HousePlan, ModelOf, Program, RoomShape, RoomsLayout
from blueprint.sources.rooms.room_frame import room_frame
from blueprint.contracts.frames import Pose

__all__ = ["lay_rooms"]

_MAX_GROWTH = 6
_GROWTH = 1.05  # of each side: 10 % of the area
_MIN_CLEARANCE = 0.6


def lay_rooms(program: Program, model_of: ModelOf, seed: int) -> RoomsLayout:
    shapes = group_shapes(program, model_of)
    grown: dict[str, float] = {}
    trials: list[str] = []
    plans = {}
    house = plan_house(program, model_of, seed, grown, shapes)
    layout = RoomsLayout(house, {}, {}, trials)
    for room in house.rooms:
        own = [shapes[g.group_id] for g in program.groups if g.room == room.room_id]
        plan = place_groups(room_frame(room), own, derive_seed(seed, "floor", room.room_id))
        trials.append(f"{room.room_id}: share {plan.share:.3f}, blocked {plan.blocked}, left out {plan.left_out}, cost {plan.cost:.2f}")
        for item in plan.standing:
            pose = group_pose(room.x + item.x, room.y + item.y, item.quarter)
            for member in item.shape.group.members:
                layout.poses[member.object_id] = pose @ member.pose_group_member
    return layout
