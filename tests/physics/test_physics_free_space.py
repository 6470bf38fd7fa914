"""The floor that a round robot can drive on, in rooms whose free area is known."""

import numpy as np
import pytest

from blueprint.contracts.house import HousePlan, Opening, RoomShape
from blueprint.physics.footprint import Footprint
from blueprint.physics.free_space import free_space


def empty_room(width: float = 4.0, depth: float = 3.0) -> HousePlan:
    door = Opening(
        opening_id="door_1", kind="door", side="south", offset_m=0.6, width_m=0.9, height_m=2.05, swings_into="room"
    )
    return HousePlan(
        rooms=(
            RoomShape(
                room_id="room", room_type="office", x=0.0, y=0.0, width=width, depth=depth, height=2.7, openings=(door,)
            ),
        )
    )


def test_the_free_area_of_an_empty_room_is_the_room_without_a_band_of_the_radius() -> None:
    space = free_space(empty_room(), [], 0.2)
    inside = space.free & (space.room == 0)
    assert inside.sum() * space.cell_m**2 == pytest.approx(3.6 * 2.6, rel=0.02)
    assert space.connected_share == 1.0


def test_a_shelf_across_the_room_cuts_off_what_is_behind_it() -> None:
    house = empty_room()
    wall = Footprint(2.5, 1.5, 0.1, 1.5, 0.0, 1.51)
    space = free_space(house, [wall], 0.2)
    assert space.connected_share < 0.75
    assert space.reaches(0.6, 1.5)
    assert not space.reaches(3.5, 1.5, 0.3)


@pytest.mark.parametrize(("gap", "passes"), [(0.36, False), (0.46, True)])
def test_a_gap_lets_a_robot_of_20_cm_radius_through_from_40_cm_on(gap: float, passes: bool) -> None:
    depth = 3.0 - gap
    shelf = Footprint(2.5, depth / 2, 0.1, depth / 2, 0.0, 1.6)
    assert free_space(empty_room(), [shelf], 0.2).reaches(3.5, 1.5) is passes


def test_a_turned_box_blocks_what_it_covers() -> None:
    box = Footprint.of(np.array([[-0.5, -0.1, 0], [0.5, 0.1, 0]]), 2.0, 1.5, np.pi / 4)
    space = free_space(empty_room(), [box], 0.1)
    along, across = np.array([1, 1]) / np.sqrt(2), np.array([1, -1]) / np.sqrt(2)
    assert not space.reaches(*(np.array([2.0, 1.5]) + 0.45 * along))
    assert space.reaches(*(np.array([2.0, 1.5]) + 0.3 * across))


def test_rooms_are_connected_through_their_door_only() -> None:
    west, east = (
        Opening(opening_id="door_1", kind="door", side=side, offset_m=1.5, width_m=0.9, height_m=2.05, leads_to=other)
        for side, other in (("east", "b"), ("west", "a"))
    )
    front = Opening(opening_id="door_2", kind="door", side="south", offset_m=1.0, width_m=0.9, height_m=2.05)
    rooms = [
        RoomShape(room_id="a", room_type="hall", x=0, y=0, width=3, depth=3, height=2.7, openings=(front, west)),
        RoomShape(room_id="b", room_type="office", x=3.1, y=0, width=3, depth=3, height=2.7, openings=(east,)),
    ]
    assert free_space(HousePlan(rooms=tuple(rooms)), [], 0.2).connected_share == 1.0
    shut = [
        RoomShape(room_id="a", room_type="hall", x=0, y=0, width=3, depth=3, height=2.7, openings=(front,)),
        RoomShape(room_id="b", room_type="office", x=3.1, y=0, width=3, depth=3, height=2.7),
    ]
    closed = free_space(HousePlan(rooms=tuple(shut)), [], 0.2)
    assert closed.connected_share == pytest.approx(0.5, abs=0.03)
    assert closed.room_share(0) == 1.0
    assert closed.room_share(1) == 0.0
