"""Things of shops, clinics, laboratories, gyms, warehouses and schools."""

from pathlib import Path

import pytest
from test_assets_small_physics import hand_collisions
from thing_checks import drift, faults, made

from blueprint.assets.registry import AssetRequest, categories, generate

ROOMS = ("retail", "clinic", "laboratory", "gym", "warehouse", "school")
KINDS = sorted(name for name, item in categories().items() if item.build.__module__.split(".")[-1] in ROOMS)
SIZED = [name for name in KINDS if "width" in categories()[name].options]
REGIONS = {
    "shop_shelf": "shelf",
    "checkout_counter": "top",
    "reception_desk": "top",
    "waiting_bench": "seat",
    "exam_table": "top",
    "hospital_bed": "top",
    "lab_bench": "top",
    "fume_hood": "interior",
    "filled_tube_rack": "shelf",
    "beaker": "interior",
    "weight_bench": "seat",
    "dumbbell_rack": "shelf",
    "pallet": "top",
    "pallet_rack": "shelf",
    "cafe_table": "top",
    "pastry_display": "shelf",
    "school_desk": "top",
    "lectern": "top",
    "blackboard": "shelf",
    "barrel": "top",
}
MASS_KG = {
    "barrel": (15, 25),
    "beaker": (0.1, 0.3),
    "dumbbell": (6, 10),
    "exercise_ball": (0.8, 1.6),
    "flask": (0.1, 0.3),
    "hospital_bed": (80, 160),
    "kettlebell": (9, 15),
    "pallet": (18, 28),
    "traffic_cone": (1, 3),
    "treadmill": (70, 120),
}


def test_the_rooms_beside_homes_have_their_kinds() -> None:
    wanted = """
    shop_shelf checkout_counter clothes_rack reception_desk waiting_bench exam_table hospital_bed privacy_screen
    iv_stand lab_bench fume_hood microscope centrifuge beaker flask filled_tube_rack treadmill exercise_bike
    weight_bench dumbbell kettlebell dumbbell_rack yoga_mat exercise_ball pallet pallet_rack traffic_cone barrel
    hand_truck cafe_table pastry_display school_desk lectern blackboard projector globe speaker guitar
    """
    assert set(wanted.split()) == set(KINDS)


@pytest.mark.slow
@pytest.mark.parametrize("category", KINDS)
def test_it_is_of_its_size_and_its_parts_are_in_place(category: str) -> None:
    for size in (None, "tiny", "huge"):
        assert faults(made(category, 1, size)) == []


@pytest.mark.parametrize("category", sorted(REGIONS))
def test_it_says_where_things_stand(category: str) -> None:
    kinds = {region.kind for region in made(category).model.regions}
    assert REGIONS[category] in kinds


@pytest.mark.parametrize("category", sorted(MASS_KG))
def test_it_weighs_what_the_real_thing_weighs(category: str) -> None:
    low, high = MASS_KG[category]
    assert low <= made(category).model.mass_kg <= high


@pytest.mark.slow
@pytest.mark.parametrize("category", SIZED)
def test_an_asked_size_is_taken_as_far_as_the_range_goes(category: str) -> None:
    usual = [value / 0.7 for value in categories()[category].size_range_m[0]]
    for shares in ((1.2, 0.85, 0.85), (0.85, 1.2, 1.2), (100.0, 100.0, 100.0)):
        asked = zip(("width", "depth", "height"), (u * s for u, s in zip(usual, shares, strict=True)), strict=True)
        asset = generate(AssetRequest(category, 3, options=tuple(asked)))
        assert faults(asset) == []


def test_what_is_carried_about_is_no_furniture() -> None:
    roles = {name: categories()[name].sim_role for name in ("kettlebell", "traffic_cone", "treadmill", "pallet_rack")}
    assert roles == {
        "kettlebell": "manipulable_object",
        "traffic_cone": "manipulable_object",
        "treadmill": "static",
        "pallet_rack": "static",
    }


def test_a_wider_shelf_holds_more() -> None:
    narrow, wide = (generate(AssetRequest("shop_shelf", 0, options=(("width", w),))).model for w in (1.0, 1.5))
    assert wide.size_m[0] == pytest.approx(1.5, abs=0.02)
    assert wide.region("shelf_1").half_extents[0] > narrow.region("shelf_1").half_extents[0] + 0.2


@pytest.mark.parametrize("category", KINDS)
def test_a_hand_fits_its_grasps(category: str) -> None:
    collisions = hand_collisions(made(category).model)
    assert {name: parts for name, parts in collisions.items() if parts} == {}


@pytest.mark.parametrize(
    "category", ["iv_stand", "privacy_screen", "hand_truck", "guitar", "exercise_ball", "yoga_mat"]
)
def test_what_might_topple_or_roll_stands_still(category: str, tmp_path: Path) -> None:
    moved_m, turned_deg = drift(made(category), tmp_path / "asset")
    assert moved_m < 1e-3
    assert turned_deg < 0.5


@pytest.mark.slow
@pytest.mark.parametrize("category", [name for name in KINDS if categories()[name].footing in ("floor", "surface")])
def test_it_stands_still_on_a_floor_for_two_seconds(category: str, tmp_path: Path) -> None:
    for size in (None, "tiny", "huge"):
        moved_m, turned_deg = drift(made(category, 1, size), tmp_path / f"asset_{size}")
        assert moved_m < 1e-3
        assert turned_deg < 0.5
