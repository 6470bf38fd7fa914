"""Soft things, clothes, groceries, kitchen and bathroom things, gadgets, tools and keepsakes."""

from pathlib import Path

import numpy as np
import pytest
from test_assets_small_physics import hand_collisions
from thing_checks import drift, faults, made

from blueprint.assets.geometry import Asset
from blueprint.assets.registry import AssetRequest, categories, generate
from blueprint.contracts.asset import BoxShape, Collider
from blueprint.contracts.frames import Pose

MODULES = ("bedding", "clothing", "bath_things", "kitchen_tools", "groceries", "office_things", "gadgets",
           "workshop_things", "keepsakes")  # fmt: skip
KINDS = sorted(name for name, item in categories().items() if item.build.__module__.split(".")[-1] in MODULES)
MASS_KG = {
    "bell_pepper": (0.1, 0.3), "binder": (0.4, 1.2), "blender": (2.5, 5), "bucket": (0.4, 1.2), "cucumber": (0.2, 0.5),
    "cup": (0.12, 0.3), "drill": (1, 2.2), "milk_bottle": (0.8, 1.5), "paint_can": (2, 6), "pillow": (0.4, 1.2),
    "printer": (4, 12), "shoe": (0.2, 0.6), "suitcase": (2.5, 5), "tablet": (0.3, 0.7), "teapot": (0.4, 1.2),
    "toilet_paper": (0.06, 0.2), "watermelon": (3, 8),
}  # fmt: skip


def test_every_small_thing_that_rooms_ask_for_is_there() -> None:
    wanted = """pillow folded_blanket folded_towel shoe hat backpack suitcase laundry_basket toilet_paper toothbrush_cup
    hair_dryer teddy_bear cake pizza cheese sandwich pineapple watermelon bell_pepper cucumber broccoli corn teapot
    pitcher blender rolling_pin whisk ladle colander dish_rack kitchen_scale calculator printer binder letter_tray
    scissors headphones tablet camera router game_controller drill saw paint_can bucket broom vise flashlight umbrella
    picture_frame jewelry_box perfume_bottle shampoo_bottle detergent_bottle milk_bottle soda_bottle cup dice
    playing_cards"""
    assert set(wanted.split()) == set(KINDS)


@pytest.mark.slow
@pytest.mark.parametrize("category", KINDS)
def test_it_is_of_its_size_and_its_parts_are_in_place(category: str) -> None:
    for size in (None, "small", "huge"):
        assert faults(made(category, 1, size)) == []


@pytest.mark.parametrize("category", KINDS)
def test_a_hand_fits_its_grasps(category: str) -> None:
    for size in (None, "small"):
        collisions = hand_collisions(made(category, 1, size).model)
        assert {name: parts for name, parts in collisions.items() if parts} == {}


@pytest.mark.slow
def test_most_small_things_can_be_taken_by_a_gripper() -> None:
    graspable = [name for name in KINDS if made(name).model.grasps]
    assert len(graspable) > 0.65 * len(KINDS)


@pytest.mark.parametrize("category", sorted(MASS_KG))
def test_it_weighs_what_the_real_thing_weighs(category: str) -> None:
    low, high = MASS_KG[category]
    assert low <= made(category).model.mass_kg <= high


@pytest.mark.parametrize("category", ["bucket", "colander", "cup", "dish_rack", "laundry_basket", "pitcher"])
def test_what_is_hollow_is_a_container(category: str) -> None:
    assert any(region.is_container for region in made(category).model.regions)


def test_the_same_request_gives_the_same_asset_and_another_seed_another_one() -> None:
    one, same, other = (generate(AssetRequest("teapot", seed)).model.asset_id for seed in (5, 5, 6))
    assert one == same
    assert one != other


def test_words_for_colour_material_and_size_are_taken() -> None:
    red = next(item for item in generate(AssetRequest("bucket", 0, color="red")).model.materials if item.name == "main")
    assert red.base_color[0] > 3 * red.base_color[2]
    assert generate(AssetRequest("bucket", 0, material="steel")).model.links[0].physics_material == "steel"
    volumes = [np.prod(made("cup", 1, size).model.size_m) for size in ("tiny", "small", "large", "huge")]
    assert volumes == sorted(volumes)


def test_a_label_that_is_empty_or_too_long_does_no_harm() -> None:
    for label in ("", " ", "rect", "x" * 5000):
        for category in ("paint_can", "binder", "soda_bottle"):
            assert faults(generate(AssetRequest(category, 0, options=(("label", label),)))) == []


def test_the_shape_check_sees_a_collider_below_the_ground_and_one_that_sticks_out() -> None:
    asset = made("cup")
    body = asset.model.links[0]
    for at in ((0, 0, -0.02), (0.2, 0, 0.02)):
        extra = Collider(name="extra", shape=BoxShape(half_extents=(0.01, 0.01, 0.01)), pose_link_shape=Pose.of(at))
        link = body.model_copy(update={"colliders": [*body.colliders, extra]})
        broken = Asset(asset.model.model_copy(update={"links": [link]}), asset.meshes, asset.textures)
        assert len(faults(broken)) == 1


@pytest.mark.parametrize("category", ["watermelon", "umbrella", "whisk", "headphones", "picture_frame", "broom"])
def test_what_might_topple_or_roll_stands_still(category: str, tmp_path: Path) -> None:
    moved_m, turned_deg = drift(made(category), tmp_path / "asset")
    assert moved_m < 1e-3
    assert turned_deg < 0.5


@pytest.mark.slow
@pytest.mark.parametrize("category", KINDS)
def test_it_stands_still_on_a_floor_for_two_seconds(category: str, tmp_path: Path) -> None:
    for size in (None, "tiny", "huge"):
        moved_m, turned_deg = drift(made(category, 1, size), tmp_path / f"asset_{size}")
        assert moved_m < 1e-3
        assert turned_deg < 0.5
