"""Fitting the room to a noisy background mesh: walls that were seen, and those that must be guessed."""

import numpy as np
import pytest
import trimesh

from blueprint.contracts.seeds import rng_for
from blueprint.sources.regen3d.room_fit import fit_room
from blueprint.sources.regen3d.room_fit_planes import faces_of, turn_of_walls
from blueprint.sources.regen3d.scale_measure import Triangles

WEST, EAST, SOUTH, NORTH, HEIGHT = -2.0, 2.5, -1.5, 1.8, 2.7
THINGS = {
    "table": np.array([(-0.5, -0.5, 0.0), (0.5, 0.5, 0.75)]),
    "shelf": np.array([(1.0, 1.3, 0.0), (1.8, 1.75, 1.9)]),
    "chair": np.array([(-1.5, -0.9, 0.0), (-1.0, -0.4, 0.9)]),
}


@pytest.mark.parametrize("seed", range(4))
def test_walls_of_a_scan_with_two_centimetres_of_noise_are_found_within_three(seed: int) -> None:
    scan = _noisy(_room("west", "east", "south", "north", "floor", "ceiling"), 0.02, seed)
    fitted = fit_room(scan, 1.0, THINGS, "kitchen")
    room = fitted.room
    found = (room.x, room.x + room.width, room.y, room.y + room.depth, room.height)
    assert found == pytest.approx((WEST, EAST, SOUTH, NORTH, HEIGHT), abs=0.03)
    assert set(fitted.seen) == {"west", "east", "south", "north", "floor", "ceiling"}
    assert fitted.guessed == {}
    assert fitted.outside == {}


def test_walls_that_were_not_seen_are_named_and_hold_everything() -> None:
    fitted = fit_room(_noisy(_room("west", "north", "floor"), 0.01, 1), 1.0, THINGS, "kitchen")
    room = fitted.room
    assert set(fitted.seen) == {"west", "north", "floor"}
    assert set(fitted.guessed) == {"east", "south", "ceiling"}
    assert fitted.guessed["east"] == "the extent of the floor"
    assert room.x + room.width == pytest.approx(EAST, abs=0.1)
    assert room.height == pytest.approx(HEIGHT, abs=0.1)  # as high as the walls were seen


def test_without_a_background_the_room_is_guessed_from_the_things() -> None:
    fitted = fit_room(None, 1.0, THINGS, "warehouse")
    room = fitted.room
    assert fitted.seen == ()
    assert set(fitted.guessed) == {"west", "east", "south", "north", "ceiling"}
    assert (room.x, room.y, room.height) == pytest.approx((-1.9, -1.3, 4.0))


def test_a_wall_that_was_not_seen_is_behind_the_picture_that_hangs_on_it() -> None:
    picture = {"picture": np.array([(-0.3, -1.53, 1.2), (0.3, -1.5, 1.7)])}
    fitted = fit_room(None, 1.0, THINGS, "kitchen", picture)
    assert fitted.room.y == pytest.approx(-1.53)
    assert fitted.guessed["south"] == "what hangs there"


def test_a_ceiling_that_was_not_seen_is_where_a_lamp_hangs() -> None:
    lamp = {"lamp": np.array([(-0.3, -0.3, 1.9), (0.3, 0.3, 2.62)])}
    fitted = fit_room(None, 1.0, THINGS, "kitchen", None, lamp)
    assert fitted.room.height == pytest.approx(2.62)


def test_a_cupboard_in_the_wall_pushes_the_wall_out_and_stays_inside() -> None:
    things = THINGS | {"cupboard": np.array([(-2.06, 0.0, 0.0), (-1.5, 0.9, 2.0)])}
    fitted = fit_room(_room("west", "east", "south", "north", "floor"), 1.0, things, "kitchen")
    assert fitted.room.x < -2.06
    assert fitted.pushed_m == {"west": pytest.approx(0.062, abs=1e-3)}


def test_what_is_behind_a_wall_or_far_away_is_not_in_the_room() -> None:
    things = THINGS | {
        "car": np.array([(-4.6, 0.0, 0.0), (-2.7, 0.9, 1.4)]),
        "tree": np.array([(0.0, -25.0, 0.0), (1.0, -24.0, 3.0)]),
    }
    fitted = fit_room(_room("west", "east", "north", "floor"), 1.0, things, "kitchen")
    assert fitted.outside == {
        "car": "it lies 1.65 m behind the west wall",
        "tree": "it lies 23.1 m away from everything else",
    }
    assert fitted.room.x == pytest.approx(WEST, abs=1e-3)
    assert fitted.room.depth < 4


def test_the_inner_side_of_a_wall_with_two_sides_is_the_wall() -> None:
    outer = _room("west", "east", "south", "north", grow=0.15, inward=False)
    both = Triangles(
        np.concatenate([(inner := _room("west", "east", "south", "north", "floor")).vertices, outer.vertices]),
        np.concatenate([inner.faces, outer.faces + len(inner.vertices)]),
    )
    room = fit_room(both, 1.0, THINGS, "kitchen").room
    assert (room.x, room.x + room.width) == pytest.approx((WEST, EAST), abs=1e-3)


def test_the_background_becomes_metres_by_the_factor() -> None:
    scan = _room("west", "east", "south", "north", "floor")
    fitted = fit_room(Triangles(scan.vertices / 0.4, scan.faces), 0.4, THINGS, "kitchen")
    assert fitted.room.width == pytest.approx(EAST - WEST, abs=1e-3)


@pytest.mark.parametrize(("noise_m", "error_deg"), [(0.0, 0.01), (0.02, 1.0), (0.06, 2.0)])
def test_the_yaw_of_the_walls_is_found_even_where_normals_say_nothing(noise_m: float, error_deg: float) -> None:
    scan = _noisy(_room("west", "north", "floor"), noise_m, 3)
    yaw = np.radians(11)
    turn = np.array([[np.cos(yaw), -np.sin(yaw), 0], [np.sin(yaw), np.cos(yaw), 0], [0, 0, 1]])
    faces = faces_of(scan.vertices @ turn.T, scan.faces)
    assert np.degrees(turn_of_walls(faces)) == pytest.approx(11, abs=error_deg)


def test_a_heap_without_walls_has_no_yaw() -> None:
    ball = trimesh.creation.icosphere(4, 1.0)
    assert turn_of_walls(faces_of(np.asarray(ball.vertices), np.asarray(ball.faces))) == 0.0


def _noisy(scan: Triangles, sigma_m: float, seed: int) -> Triangles:
    noise = rng_for(seed, "scan").normal(0, sigma_m, scan.vertices.shape)
    return Triangles(scan.vertices + noise, scan.faces)


def _room(*sides: str, grow: float = 0.0, inward: bool = True) -> Triangles:
    """The named sides of the room as grids of 12 cm, wound so that they look inward or outward."""
    low, high = np.array([WEST - grow, SOUTH - grow, 0.0]), np.array([EAST + grow, NORTH + grow, HEIGHT])
    planes = {
        "west": (0, low), "east": (0, high), "south": (1, low), "north": (1, high),
        "floor": (2, low), "ceiling": (2, high),
    }  # fmt: skip
    vertices, faces, count = [], [], 0
    for side in sides:
        axis, at = planes[side]
        a, b = (i for i in range(3) if i != axis)
        us, vs = (np.linspace(low[i], high[i], round((high[i] - low[i]) / 0.12)) for i in (a, b))
        u, v = np.meshgrid(us, vs, indexing="ij")
        points = np.zeros((u.size, 3))
        points[:, a], points[:, b], points[:, axis] = u.ravel(), v.ravel(), at[axis]
        index = np.arange(u.size).reshape(u.shape)
        p, q, r, s = index[:-1, :-1].ravel(), index[1:, :-1].ravel(), index[1:, 1:].ravel(), index[:-1, 1:].ravel()
        grid = np.concatenate([np.column_stack([p, q, r]), np.column_stack([p, r, s])])
        normal = np.cross(points[q[0]] - points[p[0]], points[r[0]] - points[p[0]])[axis]
        if (normal * ((low + high) / 2 - at)[axis] < 0) == inward:
            grid = grid[:, ::-1]
        vertices.append(points)
        faces.append(grid + count)
        count += len(points)
    return Triangles(np.concatenate(vertices), np.concatenate(faces).astype(np.int64))
