"""The shell of a house: each wall once, holes where the plan has them, floors at z = 0, hostile plans refused."""

import json

import mujoco
import numpy as np
import pytest
from layout_world import Builder, bathroom, bedroom, kitchen, living_room, model_of

from blueprint.assets.geometry import Asset
from blueprint.assets.registry import AssetRequest, generate
from blueprint.assets.shell_plan import parse_plan, stretches
from blueprint.contracts.asset import BoxShape
from blueprint.contracts.errors import InputError
from blueprint.contracts.house import HousePlan
from blueprint.physics.free_space import opening_span
from blueprint.sources.rooms.house import plan_house
from blueprint.sources.rooms.shell import shell_request


@pytest.fixture(scope="module")
def house() -> HousePlan:
    make = Builder()
    for build in (living_room, kitchen, bedroom, bathroom):
        build(make)
    return plan_house(make.program(), model_of, 2)


@pytest.fixture(scope="module")
def shell(house: HousePlan) -> Asset:
    return generate(shell_request(house, 2))


def boxes(asset: Asset) -> list[tuple[str, np.ndarray, np.ndarray]]:
    found = []
    for link in asset.model.links:
        for collider in link.colliders:
            assert isinstance(collider.shape, BoxShape)
            middle, half = np.array(collider.pose_link_shape.position), np.array(collider.shape.half_extents)
            found.append((link.name, middle - half, middle + half))
    return found


def hits(asset: Asset, point: tuple[float, float, float]) -> list[str]:
    return [name for name, low, high in boxes(asset) if np.all(low < point) and np.all(high > point)]


def test_doors_and_windows_are_holes_and_the_wall_around_them_is_solid(house: HousePlan, shell: Asset) -> None:
    for room in house.rooms:
        for opening in room.openings:
            (x, y), normal = opening_span(room, opening)
            inside = np.array([x, y]) - np.multiply(normal, house.wall_m / 2)
            along = np.array([-normal[1], normal[0]])
            middle = opening.sill_m + opening.height_m / 2
            assert hits(shell, (*inside, middle)) == []
            assert hits(shell, (*inside, opening.sill_m + opening.height_m + 0.05))
            beside = inside + along * (opening.width_m / 2 + 0.03)
            assert hits(shell, (*beside, middle))


def test_no_two_pieces_of_wall_share_space(shell: Asset) -> None:
    walls = [(name, low, high) for name, low, high in boxes(shell) if name != "floors"]
    for k, (a, low, high) in enumerate(walls):
        for b, other_low, other_high in walls[:k]:
            overlap = np.minimum(high, other_high) - np.maximum(low, other_low)
            assert np.min(overlap) < 1e-5, (a, b)


def test_the_rooms_are_closed_all_around(house: HousePlan, shell: Asset) -> None:
    for room in house.rooms:
        for share in np.linspace(0.02, 0.98, 25):
            for x, y in (
                (room.x + share * room.width, room.y - 0.05), (room.x + share * room.width, room.y + room.depth + 0.05),
                (room.x - 0.05, room.y + share * room.depth), (room.x + room.width + 0.05, room.y + share * room.depth),
            ):  # fmt: skip
                assert hits(shell, (x, y, room.height - 0.05))


def test_every_room_has_a_floor_at_zero_with_a_region_of_its_own(house: HousePlan, shell: Asset) -> None:
    regions = {region.name: region for region in shell.model.regions}
    for room in house.rooms:
        x, y, z = regions[f"floor_{room.room_id}"].pose_link_region.position
        assert (x, y, z) == pytest.approx((room.x + room.width / 2, room.y + room.depth / 2, 0.0))
        assert hits(shell, (x, y, -0.001))
        assert not hits(shell, (x, y, 0.001))


def test_each_stretch_of_wall_is_a_link_without_a_joint_that_a_viewer_can_hide(shell: Asset) -> None:
    links = shell.model.links
    assert [link.name for link in links[:1]] == ["floors"]
    assert len(links) > 8
    assert all(link.parent == "floors" and link.joint is None for link in links[1:])
    assert all(link.name.startswith("wall_") for link in links[1:])


def test_a_wall_between_two_rooms_shows_each_its_own_paint(house: HousePlan, shell: Asset) -> None:
    rooms, wall = parse_plan(str(shell_request(house, 2).option("plan", "")))
    shared = [s for s in stretches(rooms, wall) if s.below is not None and s.above is not None]
    assert shared
    painted = [
        {visual.material for visual in link.visuals if visual.material.startswith("wall_")}
        for link in shell.model.links
    ]
    assert any(len(materials) == 2 for materials in painted)


def test_the_same_plan_gives_the_same_asset_and_floors_suit_their_rooms(house: HousePlan, shell: Asset) -> None:
    assert generate(shell_request(house, 2)).model == shell.model
    assert {"floor_kitchen", "floor_bathroom", "floor_living_room"} <= set(shell.textures)


def test_a_ball_rolls_on_the_floor_and_stays_in_the_room() -> None:
    asset = generate(AssetRequest("house_shell", 1))
    spec = mujoco.MjSpec()
    for name, low, high in boxes(asset):
        spec.worldbody.add_geom(
            name=f"{name}_{len(spec.geoms)}",
            type=mujoco.mjtGeom.mjGEOM_BOX,
            pos=(low + high) / 2,
            size=(high - low) / 2,
        )
    ball = spec.worldbody.add_body(name="ball", pos=(0, 0, 0.1))
    ball.add_freejoint()
    ball.add_geom(type=mujoco.mjtGeom.mjGEOM_SPHERE, size=(0.1, 0, 0), mass=0.5)
    model = spec.compile()
    data = mujoco.MjData(model)
    data.qvel[0] = 4.0  # towards the east wall, which has no hole
    mujoco.mj_step(model, data, 1500)
    assert data.qpos[0] < 1.95
    assert data.qpos[2] == pytest.approx(0.1, abs=0.01)


def test_the_plain_room_generator_still_makes_the_bytes_that_it_made() -> None:
    assert generate(AssetRequest("room", 7)).model.asset_id == "room_276641bdcb"


@pytest.mark.parametrize(
    "plan",
    [
        "", "[]", "{}", "null", "{" * 70_000, '{"rooms":[],"wall_m":0.1}', '{"rooms":[1],"wall_m":0.1}',
        '{"rooms":"x","wall_m":NaN}',
    ],
)  # fmt: skip
def test_a_plan_that_is_none_is_refused(plan: str) -> None:
    with pytest.raises(InputError, match="plan"):
        generate(AssetRequest("house_shell", 1, options=(("plan", plan),)))


@pytest.mark.parametrize(
    ("key", "value"),
    [("rect", [0, 0, 1e9, 3]), ("rect", [0, 0, "4", 3]), ("height", -1), ("height", True), ("id", "../etc"),
     ("type", 3),
     ("holes", [{"side": "up"}]), ("holes", [{"side": "south", "offset": 9, "width": 1, "height": 2, "sill": 0}])],
)  # fmt: skip
def test_a_plan_with_a_bad_field_is_refused(key: str, value: object) -> None:
    room = {"id": "a", "type": "office", "rect": [0, 0, 4, 3], "height": 2.7, "holes": []} | {key: value}
    with pytest.raises(InputError, match="plan"):
        parse_plan(json.dumps({"rooms": [room], "wall_m": 0.1}))


def test_rooms_that_overlap_are_refused() -> None:
    rooms = [
        {"id": name, "type": "office", "rect": [x, 0, 4, 3], "height": 2.7, "holes": []}
        for name, x in (("a", 0), ("b", 3.9))
    ]
    with pytest.raises(InputError, match="apart"):
        parse_plan(json.dumps({"rooms": rooms, "wall_m": 0.1}))
