"""The constraint solver: its proofs hold, its placements keep the rules, and it answers the same twice."""

import numpy as np
import pytest
from layout_world import Builder, bedroom, model_of

from blueprint.contracts.house import Opening, RoomShape
from blueprint.sources.rooms.floor_search import improve, place_groups
from blueprint.sources.rooms.floor_state import Candidates, FloorState, fits
from blueprint.sources.rooms.group_shape import GroupShape, group_shapes
from blueprint.sources.rooms.room_frame import RoomFrame, room_frame
from blueprint.sources.rooms.solver import pack_groups, prove_no_fit


def frame_of(width: float, depth: float, door: float = 0.6) -> RoomFrame:
    opening = Opening(
        opening_id="door_1", kind="door", side="south", offset_m=door, width_m=0.9, height_m=2.05, swings_into="room"
    )
    return room_frame(
        RoomShape(
            room_id="room", room_type="bedroom", x=0, y=0, width=width, depth=depth, height=2.7, openings=(opening,)
        )
    )


def tables(count: int, front: float = 0.0) -> list[GroupShape]:
    make = Builder().room("room", "office")
    for _ in range(count):
        make.group("free", "dining_table", front=front)
    return list(group_shapes(make.program(), model_of).values())


def test_more_area_than_the_room_has_is_infeasible() -> None:
    assert prove_no_fit(frame_of(2.0, 2.0), tables(3), 1.0, 1).status == "infeasible"


@pytest.mark.parametrize(("width", "status"), [(1.55, "infeasible"), (1.7, "feasible")])
def test_a_table_of_160_cm_fits_a_narrow_room_from_that_width_on(width: float, status: str) -> None:
    door = Opening(opening_id="door_1", kind="passage", side="south", offset_m=0.7, width_m=0.8, height_m=2.05)
    frame = room_frame(
        RoomShape(room_id="room", room_type="bedroom", x=0, y=0, width=width, depth=1.58, height=2.7, openings=(door,))
    )
    lone = RoomFrame(width, 1.58, 2.7, np.zeros((0, 4)), np.zeros((0, 2)), frame.windows, frame.sills, (), ())
    assert prove_no_fit(lone, tables(1), 1.0, 1).status == status


@pytest.mark.parametrize(("depth", "status"), [(1.7, "infeasible"), (1.9, "feasible")])
def test_two_tables_of_90_cm_stand_one_behind_the_other_from_180_cm_on(depth: float, status: str) -> None:
    lone = RoomFrame(1.65, depth, 2.7, np.zeros((0, 4)), np.zeros((0, 2)), np.zeros((0, 4)), np.zeros(0), (), ())
    assert prove_no_fit(lone, tables(2), 1.0, 1).status == status


def test_clearance_counts_in_a_proof() -> None:
    frame = RoomFrame(1.7, 1.5, 2.7, np.zeros((0, 4)), np.zeros((0, 2)), np.zeros((0, 4)), np.zeros(0), (), ())
    assert prove_no_fit(frame, tables(1, front=0.9), 1.0, 1).status == "infeasible"
    assert prove_no_fit(frame, tables(1, front=0.9), 0.5, 1).status == "feasible"


def test_what_the_search_places_is_never_proved_impossible() -> None:
    shapes = list(group_shapes(bedroom(Builder()).program(), model_of).values())
    for size in ((4.2, 4.0), (3.6, 3.6), (3.4, 3.6)):
        frame = frame_of(*size)
        plan = place_groups(frame, shapes, 1, 0.6, restarts=2)
        placed = [item.shape for item in plan.standing]
        assert prove_no_fit(frame, placed, 0.6, 1).status != "infeasible"


def test_a_packing_keeps_the_rules_and_starts_a_search() -> None:
    shapes = list(group_shapes(bedroom(Builder()).program(), model_of).values())
    frame = frame_of(4.0, 4.0)
    verdict = pack_groups(frame, shapes, 0.6, 1)
    assert verdict.status == "feasible"
    state = FloorState(frame, 0.6)
    for item in verdict.standing:
        at = Candidates(
            np.array([item.x]), np.array([item.y]), np.array([item.quarter]), item.bounds[None], np.array([True]),
            np.zeros(1),
        )  # fmt: skip
        assert fits(item.shape, at, state)[0]
        state = state.plus(item)
    better = improve(frame, shapes, verdict.standing, 0.6)
    assert len(better.standing) == len(shapes)
    assert better.walkable


def test_the_solver_answers_the_same_twice() -> None:
    shapes = list(group_shapes(bedroom(Builder()).program(), model_of).values())
    first, again = (pack_groups(frame_of(4.0, 3.8), shapes, 0.6, 3) for _ in range(2))
    assert [(item.x, item.y, item.quarter) for item in first.standing] == [
        (item.x, item.y, item.quarter) for item in again.standing
    ]
    assert first.deterministic_time == again.deterministic_time
