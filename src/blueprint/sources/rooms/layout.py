"""Lays out rooms: the house, furniture on floors, things on walls and ceilings, leaves in doors and windows.

Where furniture does not fit, in this order: optional groups are dropped, clearances shrink, the room grows by a tenth
of its area at a time. A room whose size the prompt states does not grow: what cannot stand there is left out, with a
solver's proof where there is one. Every step is in `trials`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from blueprint.contracts.house import HousePlan, RoomShape
from blueprint.contracts.seeds import derive_seed
from blueprint.sources.rooms.ceiling import hang_from_ceilings
from blueprint.sources.rooms.floor_search import RESTARTS, FloorPlan, improve, place_groups
from blueprint.sources.rooms.group_shape import GroupShape, group_pose, group_shapes
from blueprint.sources.rooms.house import plan_house
from blueprint.sources.rooms.leaves import hang_leaves
from blueprint.sources.rooms.program import ModelOf, Program, RoomsLayout
from blueprint.sources.rooms.room_frame import RoomFrame, room_frame
from blueprint.sources.rooms.walls import hang_on_walls

__all__ = ["MIN_CLEARANCE", "lay_rooms"]

MIN_CLEARANCE = 0.6
_MAX_GROWTH = 8
_PROBES = 2  # restarts that tell whether a room must grow
_GROWTH_SIDE = 1.05  # of each side: a tenth of the area
_OPTIONAL_SHARE = 0.15  # a room with more of its optional groups left out than this may grow


@dataclass(frozen=True)
class _Laid:
    plan: FloorPlan
    reasons: dict[str, str]  # by group id
    log: tuple[str, ...]

    def settled(self, shapes: Sequence[GroupShape]) -> bool:
        """Whether nothing required is missing and a robot gets everywhere."""
        required = {shape.group.group_id for shape in shapes if shape.group.required}
        return self.plan.walkable and not required & set(self.plan.left_out)


def lay_rooms(program: Program, model_of: ModelOf, seed: int) -> RoomsLayout:
    """Return where everything on floors, walls and ceilings stands, in the world; the same inputs give the same layout.

    Nothing overlaps: members by their boxes with joints closed, and nobody stands in the way of another's doors,
    drawers and front. Adds a hall to large houses without one, and doors and windows, to `program`.
    """
    shapes = group_shapes(program, model_of)
    grown: dict[str, float] = {}
    trials: list[str] = []
    for attempt in range(_MAX_GROWTH + 1):
        house = plan_house(program, model_of, seed, grown, shapes)
        laid = {room.room_id: _laid_room(room, program, shapes, seed, _PROBES) for room in house.rooms}
        again = _to_grow(program, laid, shapes, attempt)
        if not again or attempt == _MAX_GROWTH:
            break
        for room_id, why in again.items():
            grown[room_id] = round(grown.get(room_id, 1.0) * _GROWTH_SIDE, 4)
            trials.append(f"{room_id}: grown to {grown[room_id] ** 2:.2f} of its area: {why}")
    for room in house.rooms:
        better = _laid_room(room, program, shapes, seed, RESTARTS)
        if better.plan.cost < laid[room.room_id].plan.cost:
            laid[room.room_id] = better
    return _assembled(program, house, laid, shapes, trials, model_of, seed)


def _to_grow(
    program: Program,
    laid: dict[str, _Laid],
    shapes: dict[str, GroupShape],
    attempt: int,
) -> dict[str, str]:
    again: dict[str, str] = {}
    for need in program.rooms:
        if need.size_m is not None:
            continue
        own = _own(program, shapes, need.room_id)
        plan = laid[need.room_id].plan
        optional = [shape for shape in own if not shape.group.required and not shape.flat]
        lost = sum(shape.group.group_id in plan.left_out for shape in optional)
        if not laid[need.room_id].settled(own):
            again[need.room_id] = (
                f"{len(plan.left_out)} groups without a place, {plan.share:.3f} of the floor connected, "
                f"{plan.blocked} fronts blocked"
            )
        elif attempt < 3 and lost > _OPTIONAL_SHARE * max(len(own), 1):
            again[need.room_id] = f"{lost} optional groups without a place"
    return again


def _own(program: Program, shapes: dict[str, GroupShape], room_id: str) -> list[GroupShape]:
    return [shapes[group.group_id] for group in program.groups if group.room == room_id]


def _laid_room(room: RoomShape, program: Program, shapes: dict[str, GroupShape], seed: int, restarts: int) -> _Laid:
    need = next(need for need in program.rooms if need.room_id == room.room_id)
    own = _own(program, shapes, room.room_id)
    frame = room_frame(room)
    laid = _furnished(frame, own, derive_seed(seed, "floor", room.room_id), restarts)
    if need.size_m is not None and restarts == RESTARTS and not laid.settled(own):
        return _fitted(frame, own, laid, derive_seed(seed, "solver", room.room_id))
    return laid


def _furnished(frame: RoomFrame, shapes: Sequence[GroupShape], seed: int, restarts: int) -> _Laid:
    """Search at full clearance, then without the optional groups that are in the way, then at least clearance."""
    log: list[str] = []
    best: _Laid | None = None
    for clearance in (1.0, MIN_CLEARANCE):
        plan = place_groups(frame, shapes, seed, clearance, restarts)
        log.append(_said(plan, clearance))
        laid = _Laid(plan, _no_place(plan), ())
        if not laid.settled(shapes):
            plan, dropped = _without_optional(frame, shapes, plan, seed, clearance, restarts)
            log.append(f"{_said(plan, clearance)} after dropping {', '.join(dropped) or 'nothing'}")
            laid = _Laid(plan, _no_place(plan) | dict.fromkeys(dropped, "dropped: it was in the way"), ())
        if best is None or laid.plan.cost < best.plan.cost - 1e-9 or laid.settled(shapes):
            best = laid
        if laid.settled(shapes):
            break
    assert best is not None
    return replace(best, log=tuple(log))


def _without_optional(
    frame: RoomFrame, shapes: Sequence[GroupShape], plan: FloorPlan, seed: int, clearance: float, restarts: int
) -> tuple[FloorPlan, list[str]]:
    """Required groups alone, then as many optional ones as leave every way open."""
    required = [shape for shape in shapes if shape.group.required or shape.flat]
    if not any(name in plan.left_out for name in (shape.group.group_id for shape in required)):
        return _opened(frame, shapes, plan, clearance)
    bare = place_groups(frame, required, seed, clearance, restarts)
    full = improve(frame, shapes, bare.standing, clearance)
    if _better(full, bare, required):
        opened, dropped = _opened(frame, shapes, full, clearance)
        return opened, dropped
    return bare, [shape.group.group_id for shape in shapes if shape not in required]


def _opened(
    frame: RoomFrame, shapes: Sequence[GroupShape], plan: FloorPlan, clearance: float
) -> tuple[FloorPlan, list[str]]:
    """Take out, one by one, the optional group whose absence opens the most floor."""
    dropped: list[str] = []
    kept = list(shapes)
    while not plan.walkable:
        options = [item for item in plan.standing if not item.shape.group.required and not item.shape.flat]
        if not options:
            break
        trials = []
        for item in options:
            rest = [shape for shape in kept if shape is not item.shape]
            standing = tuple(other for other in plan.standing if other is not item)
            trials.append((improve(frame, rest, standing, clearance, passes=0), item, rest))
        plan, item, kept = min(trials, key=lambda trial: (-trial[0].share, trial[0].blocked, trial[0].cost))
        dropped.append(item.shape.group.group_id)
    return plan, dropped


def _better(full: FloorPlan, bare: FloorPlan, required: Sequence[GroupShape]) -> bool:
    names = {shape.group.group_id for shape in required}
    return len(names & set(full.left_out)) <= len(names & set(bare.left_out))


def _fitted(frame: RoomFrame, shapes: Sequence[GroupShape], laid: _Laid, seed: int) -> _Laid:
    """A room of stated size in which required groups found no place: let a solver prove it or place them."""
    from blueprint.sources.rooms.solver import pack_groups, prove_no_fit  # with OR-Tools, which few rooms need

    log = list(laid.log)
    reasons = dict(laid.reasons)
    required = [shape for shape in shapes if shape.group.required and not shape.flat]
    gone: list[GroupShape] = []
    wanted: list[GroupShape] = []
    if prove_no_fit(frame, required, MIN_CLEARANCE, seed).status == "infeasible":
        for shape in required:  # the prompt's first wish comes first
            name = shape.group.group_id
            if prove_no_fit(frame, [*wanted, shape], MIN_CLEARANCE, seed).status != "infeasible":
                wanted.append(shape)
                continue
            gone.append(shape)
            beside = f" beside {', '.join(other.group.group_id for other in wanted)}" if wanted else ""
            reasons[name] = (
                f"infeasible: proved by CP-SAT: it does not fit {frame.width:.2f} × {frame.depth:.2f} m{beside}"
            )
            log.append(f"CP-SAT proves that {name} does not fit{beside}")
    else:
        wanted = required
    missing = {shape.group.group_id for shape in wanted} & set(laid.plan.left_out)
    plan = laid.plan
    if gone or missing:
        rest = [shape for shape in shapes if shape not in gone and (shape.group.required or shape.flat)]
        packed = pack_groups(frame, rest, MIN_CLEARANCE, seed)
        log.append(f"CP-SAT packs {len(rest)} groups: {packed.status}")
        start = packed.standing if packed.status == "feasible" else ()
        trials = [place_groups(frame, rest, seed, MIN_CLEARANCE)]
        if start:
            trials.append(improve(frame, rest, start, MIN_CLEARANCE))
        plan = min(trials, key=lambda trial: trial.cost)
        everything = improve(frame, [shape for shape in shapes if shape not in gone], plan.standing, MIN_CLEARANCE)
        if everything.walkable >= plan.walkable and _better(everything, plan, rest):
            plan = everything
        log.append(_said(plan, MIN_CLEARANCE))
    for name in plan.left_out:
        reasons.setdefault(name, _no_place(plan)[name])
    standing = {item.shape.group.group_id for item in plan.standing}
    return _Laid(plan, {name: why for name, why in reasons.items() if name not in standing}, tuple(log))


def _no_place(plan: FloorPlan) -> dict[str, str]:
    return dict.fromkeys(plan.left_out, "no place on the floor")


def _said(plan: FloorPlan, clearance: float) -> str:
    return (
        f"clearance {clearance:g}: {len(plan.standing)} groups stand, {len(plan.left_out)} do not, "
        f"{plan.share:.3f} of the floor connected, {plan.blocked} fronts blocked, cost {plan.cost:.2f}"
    )


def _assembled(
    program: Program,
    house: HousePlan,
    laid: dict[str, _Laid],
    shapes: dict[str, GroupShape],
    trials: list[str],
    model_of: ModelOf,
    seed: int,
) -> RoomsLayout:
    layout = RoomsLayout(house, {}, {}, trials)
    for room in house.rooms:
        record = laid[room.room_id]
        trials += [f"{room.room_id}: {line}" for line in record.log]
        for item in record.plan.standing:
            pose = group_pose(room.x + item.x, room.y + item.y, item.quarter)
            for member in item.shape.group.members:
                layout.poses[member.object_id] = (pose @ member.pose_group_member).rounded()
        standing = {item.shape.group.group_id for item in record.plan.standing}
        for shape in _own(program, shapes, room.room_id):
            if shape.group.group_id not in standing:
                why = record.reasons.get(shape.group.group_id, "no place on the floor")
                layout.left_out |= {member.object_id: why for member in shape.group.members}
    for poses, left_out in (hang_on_walls(program, house, layout.poses, model_of), hang_leaves(program, house, seed)):
        layout.poses |= poses
        layout.left_out |= left_out
    poses, left_out = hang_from_ceilings(program, house, layout.poses, model_of)
    layout.poses |= poses
    layout.left_out |= left_out
    return layout
