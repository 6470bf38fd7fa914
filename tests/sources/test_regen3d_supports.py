"""Support inference on bodies made here: every kind of support under noise, and what can never carry what."""

import numpy as np
import pytest
import trimesh

from blueprint.contracts.frames import Pose, quat_wxyz_from_axis_angle, quat_wxyz_from_yaw
from blueprint.contracts.seeds import rng_for
from blueprint.sources.imported.shell import RoomRectangle
from blueprint.sources.regen3d.supports import height_noise, infer_supports, is_adrift
from blueprint.sources.regen3d.supports_hanging import hang_on_wall, hang_under_ceiling, hangs_anyway, mounting_of
from blueprint.sources.regen3d.supports_snap import Shift, on_supports, upright
from blueprint.sources.regen3d.supports_thing import Thing

Vec3 = tuple[float, float, float]
ROOM = RoomRectangle("room", "office", -3.0, -3.0, 6.0, 6.0, 2.6)


@pytest.mark.parametrize("seed", range(8))
def test_every_kind_of_support_is_found_under_three_centimetres_of_noise(seed: int) -> None:
    rng = rng_for(seed, "supports")
    things = [thing.moved(rng.normal(0, 0.015, 3).clip(-0.03, 0.03)) for thing in _office()]
    found = {name: (item.parent, item.relation) for name, item in infer_supports(things, height_noise(things)).items()}
    assert found == {
        "table": (None, "on"),
        "chair": (None, "on"),
        "bookcase": (None, "on"),
        "bowl": ("table", "on"),
        "apple": ("bowl", "in"),
        "book_low": ("bookcase", "on"),
        "book_high": ("bookcase", "on"),
        "cup": ("table", "on"),
        "bin": (None, "on"),
    }


def test_the_order_of_the_things_does_not_matter() -> None:
    things = _office()
    assert infer_supports(things, 0.03) == infer_supports(things[::-1], 0.03)


def test_a_thing_between_two_shelves_is_on_the_nearer_one_and_rests_on_it() -> None:
    things = {thing.object_id: thing for thing in _office()}
    things["book_low"] = things["book_low"].moved(np.array([0, 0, 0.05]))
    supports = infer_supports(list(things.values()), 0.03)
    shifts: dict[str, Shift] = {}
    placed = on_supports(things, supports, shifts)
    assert placed["book_low"].low[2] == pytest.approx(0.43, abs=1e-6)
    assert placed["book_high"].low[2] == pytest.approx(0.83, abs=1e-6)
    assert shifts["book_low"].moved_m[2] == pytest.approx(-0.05, abs=1e-6)
    assert shifts["book_low"].reasons == ["50 mm onto bookcase"]


def test_a_stack_of_plates_stands_on_itself_though_each_is_thinner_than_the_noise() -> None:
    plates = [_thing(f"plate_{k}", "plate", _cylinder(0.11, 0.02), (0, 0, 0.75 + 0.02 * k)) for k in range(4)]
    things = [_table(), *plates]
    found = infer_supports(things, 0.03)
    assert [found[f"plate_{k}"].parent for k in range(4)] == ["table", "plate_0", "plate_1", "plate_2"]


def test_small_things_never_carry_big_ones() -> None:
    stool = _thing("desk", "desk", _box(1.4, 0.7, 0.74), (0, 0, 0.05))
    cup = _thing("cup", "mug", _cylinder(0.04, 0.05), (0, 0, 0))
    assert infer_supports([stool, cup], 0.03)["desk"].parent is None


def test_two_things_that_seem_to_carry_each_other_do_not_make_a_cycle() -> None:
    blocks = [_thing(f"block_{k}", "block", _box(0.1, 0.1, 0.02), (0.01 * k, 0, 1.0 + 0.004 * k)) for k in range(3)]
    found = infer_supports(blocks, 0.06)
    for name in found:
        seen, current = {name}, found[name].parent
        while current is not None:
            assert current not in seen
            seen.add(current)
            current = found[current].parent


def test_a_plant_carries_nothing_and_a_rug_is_the_floor() -> None:
    plant = _thing("plant", "floor_plant", _box(0.5, 0.5, 1.0), (0, 0, 0))
    rug = _thing("rug", "rug", _box(2.0, 2.0, 0.004), (2.5, 0, 0), role="background")
    cup = _thing("cup", "mug", _cylinder(0.04, 0.1), (0, 0, 1.0))
    chair = _thing("chair", "chair", _box(0.45, 0.45, 0.9), (2.5, 0, 0.01))
    found = infer_supports([plant, rug, cup, chair], 0.02)
    assert found["cup"].parent is None
    assert is_adrift(cup, found["cup"])
    assert found["chair"].parent is None
    assert not is_adrift(chair, found["chair"])


def test_a_tilted_box_is_stood_up_and_a_broom_keeps_leaning() -> None:
    tilt = quat_wxyz_from_axis_angle((1, 0.3, 0), np.radians(9))
    box, broom = (_thing("a", category, _box(0.3, 0.2, 0.4), (0, 0, 0), quat=tilt) for category in ("box", "broom"))
    straight, angle = upright(box)
    assert np.degrees(angle) == pytest.approx(9)
    assert straight.size == pytest.approx((0.3, 0.2, 0.4), abs=2e-3)
    assert upright(broom) == (broom, 0.0)


def test_a_box_that_lies_is_levelled_where_it_lies_and_a_ball_is_not_turned() -> None:
    lying = quat_wxyz_from_axis_angle((1, 0, 0), np.radians(84))
    box = _thing("book", "book", _box(0.15, 0.03, 0.22), (0, 0, 0), quat=lying)
    ball = _thing("ball", "ball", trimesh.creation.icosphere(2, 0.1), (0, 0, 0), quat=lying)
    flat, angle = upright(box)
    assert np.degrees(angle) == pytest.approx(6)
    assert flat.size[2] == pytest.approx(0.03, abs=1e-6)
    assert upright(ball)[1] == 0.0


def test_a_cup_beyond_the_edge_is_brought_over_the_table_with_its_base() -> None:
    things = {"table": _table(), "cup": _thing("cup", "mug", _cylinder(0.04, 0.1), (0.73, 0.1, 0.76))}
    placed = on_supports(things, infer_supports(list(things.values()), 0.03), {})
    assert placed["cup"].middle[0] == pytest.approx(0.7 - 0.022, abs=2e-3)
    assert placed["cup"].low[2] == pytest.approx(0.75, abs=1e-6)


def test_what_a_moved_table_carries_is_put_on_it_where_it_then_is() -> None:
    table = _table().moved(np.array([0, 0, -0.06]))
    cup = _thing("cup", "mug", _cylinder(0.04, 0.1), (0.3, 0.1, 0.70))
    placed = on_supports({"table": table, "cup": cup}, infer_supports([table, cup], 0.03), {})
    assert placed["table"].low[2] == pytest.approx(0, abs=1e-9)
    assert placed["cup"].low[2] == pytest.approx(0.75, abs=1e-6)


def test_a_picture_is_squared_and_pushed_to_the_wall_that_it_faces() -> None:
    skewed = quat_wxyz_from_yaw(np.radians(7))
    picture = _thing("picture", "picture", _box(0.6, 0.03, 0.4), (0.4, 2.8, 1.5), quat=skewed)
    hung, shift = hang_on_wall(picture, ROOM)
    assert hung.high[1] == pytest.approx(3.0 - 0.0005, abs=1e-6)
    assert hung.size == pytest.approx((0.6, 0.03, 0.4), abs=1e-6)
    assert shift[0] == pytest.approx(0, abs=1e-6)


def test_a_lamp_is_hung_with_its_top_at_the_ceiling() -> None:
    hung, shift = hang_under_ceiling(_thing("lamp", "pendant_lamp", _box(0.3, 0.3, 0.8), (0, 0, 1.6)), ROOM)
    assert hung.high[2] == pytest.approx(2.6, abs=1e-3)
    assert shift[2] == pytest.approx(0.2, abs=1e-3)


def test_an_unknown_box_high_on_a_wall_hangs_there_and_one_in_the_middle_of_the_room_does_not() -> None:
    for y, expected in ((2.82, True), (0.0, False)):
        box = _thing("thing", "boiler", _box(0.5, 0.3, 0.7), (0, y, 1.4), role="static")
        assert hangs_anyway(box, infer_supports([box], 0.03)["thing"], ROOM) is expected


def test_a_picture_that_leans_on_a_desk_is_not_carried_to_the_wall() -> None:
    picture = _thing("picture", "picture", _box(0.3, 0.03, 0.4), (0.3, 0.1, 0.76))
    assert mounting_of(picture, ROOM) == "free"
    found = infer_supports([_table(), picture], 0.03)["picture"]
    assert found.parent == "table"
    assert not hangs_anyway(picture, found, ROOM)
    in_the_air = picture.moved(np.array([0, 0, 0.8]))
    assert hangs_anyway(in_the_air, infer_supports([in_the_air], 0.03)["picture"], ROOM)


def _office() -> list[Thing]:
    """A table with a bowl, an apple in it and a cup; a chair pushed under it; a bookcase with books; a bin beside."""
    return [
        _table(),
        _thing("chair", "chair", _chair(), (0.2, -0.55, 0)),
        _thing("bookcase", "bookcase", _bookcase(), (2.0, 0, 0)),
        _thing("bowl", "bowl", _bowl(), (-0.3, 0.1, 0.75)),
        _thing("apple", "apple", trimesh.creation.icosphere(2, 0.035), (-0.31, 0.1, 0.797)),
        _thing("book_low", "book", _box(0.05, 0.16, 0.22), (1.9, 0, 0.43)),
        _thing("book_high", "book", _box(0.05, 0.16, 0.22), (2.1, 0, 0.83)),
        _thing("cup", "mug", _cylinder(0.04, 0.1), (0.4, 0.2, 0.75)),
        _thing("bin", "bin", _box(0.3, 0.3, 0.35), (-1.5, 0, 0)),
    ]


def _table() -> Thing:
    legs = [_box(0.06, 0.06, 0.71).apply_translation((x, y, 0)) for x in (-0.62, 0.62) for y in (-0.32, 0.32)]
    top = _box(1.4, 0.8, 0.04).apply_translation((0, 0, 0.71))
    return _thing("table", "dining_table", trimesh.util.concatenate([top, *legs]), (0, 0, 0))


def _chair() -> trimesh.Trimesh:
    seat, back = _box(0.45, 0.45, 0.45), _box(0.45, 0.04, 0.45).apply_translation((0, -0.2, 0.45))
    return trimesh.util.concatenate([seat, back])


def _bookcase() -> trimesh.Trimesh:
    boards = [_box(0.8, 0.3, 0.03).apply_translation((0, 0, z)) for z in (0.0, 0.4, 0.8, 1.2)]
    sides = [_box(0.03, 0.3, 1.23).apply_translation((x, 0, 0)) for x in (-0.4, 0.4)]
    return trimesh.util.concatenate([*boards, *sides])


def _bowl() -> trimesh.Trimesh:
    wall = trimesh.creation.annulus(0.11, 0.12, 0.07).apply_translation((0, 0, 0.035))
    return trimesh.util.concatenate([wall, _cylinder(0.115, 0.012)])


def _box(x: float, y: float, z: float) -> trimesh.Trimesh:
    return trimesh.creation.box((x, y, z)).apply_translation((0, 0, z / 2))


def _cylinder(radius: float, height: float) -> trimesh.Trimesh:
    return trimesh.creation.cylinder(radius, height).apply_translation((0, 0, height / 2))


def _thing(
    name: str,
    category: str,
    mesh: trimesh.Trimesh,
    at: Vec3,
    *,
    role: str = "static",
    quat: np.ndarray | Vec3 | tuple[float, float, float, float] = (1.0, 0.0, 0.0, 0.0),
) -> Thing:
    triangles = np.asarray(mesh.triangles, float)
    return Thing(name, category, role, Pose.of(at, quat), triangles, triangles)


def test_what_stands_on_a_wall_shelf_stands_on_something_that_needs_no_support() -> None:
    shelf = _thing("shelf", "mounted_shelf", trimesh.creation.box((0.8, 0.25, 0.03)), (0, 0, 1.4))
    vase = _thing("vase", "vase", _cylinder(0.05, 0.2), (0, 0, 1.435))
    found = infer_supports([vase], 0.03, [shelf])
    assert found["vase"].parent == "shelf"
    assert set(found) == {"vase"}
