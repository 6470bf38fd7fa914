"""From what a part of a set is, or what the prompt says of it, to its place in the rigid plan."""

import numpy as np

from blueprint.sources.rooms.grammar.rules import Role
from blueprint.sources.rooms.groups import NEIGHBOUR_M, Arrangement, table_seats

__all__ = ["put_by_relation", "put_by_role"]

_LEG_ROOM_M = 0.42
_BEFORE_M = 0.1
_RUG_SHARE = 0.7
_SEAT_PITCH_M = 0.62
_MOST_SEATS = 16


def put_by_role(plan: Arrangement, anchor: str, name: str, role: Role, k: int, count: int) -> bool:
    """Put part number `k` of `count` where its role says; False where there is no place (rows of units extend
    themselves)."""
    if role == "flank":
        side = 1 if k % 2 else -1
        return plan.put_beside(name, anchor, side) or plan.put_beside(name, anchor, -side)
    if role == "user":
        return plan.put_user(name, anchor)
    if role == "front":
        return plan.put_before(name, anchor, _LEG_ROOM_M)
    if role == "foot":
        return plan.put_before(name, anchor, NEIGHBOUR_M)
    if role == "arm":
        front = next((other for other in plan.poses if plan.inventory.is_kind(other, "coffee_table")), None)
        return front is not None and plan.put_arm(name, front, 1 if k % 2 else -1)
    if role == "rug":
        return _put_rug(plan, name)
    return _put_seat(plan, anchor, name, k, count)


def put_by_relation(plan: Arrangement, name: str, kind: str, target: str) -> bool:
    """Put a thing where the prompt says that it stands to a member of the plan; False where there is no place."""
    if kind in ("left_of", "right_of"):
        return plan.put_beside(name, target, -1 if kind == "left_of" else 1)
    if kind == "in_front_of":
        seat = plan.inventory.is_kind(name, "chair") or plan.inventory.is_kind(name, "stool")
        return plan.put_user(name, target) if seat else plan.put_before(name, target, _BEFORE_M)
    if kind == "behind":
        return plan.put_behind(name, target)
    if kind == "under":
        return plan.put_under(name, target)
    if kind in ("around", "facing"):
        return _sit_at(plan, name, target)
    if kind == "on":
        return False
    side = -1 if len(plan.poses) % 2 else 1
    return plan.put_beside(name, target, side, limit_m=0.0) or plan.put_near(name, target)


def _put_rug(plan: Arrangement, name: str) -> bool:
    low, high = plan.box()
    size = (high - low)[:2]
    plan.inventory.reshape(name, width=round(0.96 * float(size[0]), 2), depth=round(0.96 * float(size[1]), 2))
    own = plan.inventory.solids(name).size[:2]
    if np.any(own > size + 0.3) or np.any(own < _RUG_SHARE * size):
        return False  # a rug that ends under the chairs
    plan.put_rug(name)
    return True


def _put_seat(plan: Arrangement, table: str, name: str, k: int, count: int) -> bool:
    inventory = plan.inventory
    if inventory.model(table).params.get("shape") == "round":
        return plan.put_around(name, table, 2 * np.pi * k / count + np.pi / 2)
    width, depth = (float(value) for value in inventory.solids(table).size[:2])
    seats = table_seats(width, depth, count)
    if inventory.is_kind(table, "kitchen_island") or inventory.is_kind(table, "counter"):
        pitch = min(_SEAT_PITCH_M, (width - 0.1) / count)
        seats = [(2, (i - (count - 1) / 2) * pitch) for i in range(count)]  # cooks work at the front
    return k < len(seats) and plan.put_seat(name, table, *seats[k])


def _sit_at(plan: Arrangement, name: str, target: str) -> bool:
    """At a desk before it, at a table on any side that is free."""
    if plan.inventory.is_kind(target, "desk"):
        return plan.put_user(name, target)
    width, depth = (float(value) for value in plan.inventory.solids(target).size[:2])
    seats = (seat for count in range(1, _MOST_SEATS + 1) for seat in table_seats(width, depth, count))
    return any(plan.put_seat(name, target, side, along) for side, along in seats)
