"""The lexicon: enough kinds, a sound tree, nouns that lead to one kind, and a request for every kind."""

import pytest

from blueprint.assets import lexicon
from blueprint.assets.lexicon import (
    all_categories,
    all_kinds_of,
    ancestors,
    category,
    generator_of,
    is_a,
    noun_index,
    request_for,
    stands_on_floor,
)
from blueprint.assets.registry import PROXY, categories, generate
from blueprint.contracts.errors import InputError

LEXICON = all_categories()
_BRIEFED = """
apple ball banana base_cabinet basket bin block book bottle bowl box box_with_lid bread can candle carrot carton
cereal_box chair clock counter crate cutting_board desk desk_lamp dining_table drawer_unit egg eraser food_can fork
fridge glass hammer jar kettle keyboard knife laptop lemon low_shelf microwave monitor mouse mug notebook onion orange
pan parts_bin pear pen pencil_cup phone pill_bottle plate pliers pot potato potted_plant remote rubiks_cube
saucer screwdriver serving_spoon shelf side_table soap soap_dispenser spatula sponge spoon spray_bottle stapler stool
table tape_measure tape_roll tissue_box toolbox toy_brick toy_car tray vase wine_bottle wine_glass workbench wrench
tomato bed bunk_bed crib sofa armchair ottoman bench bar_stool coffee_table console_table tv_stand bookcase shoe_rack
coat_rack floor_lamp floor_plant rug floor_mirror fireplace bathtub shower_cabin pedestal_sink kitchen_island
vanity_table picture wall_mirror wall_clock wall_shelf curtain wall_tv whiteboard notice_board towel_rail coat_hooks
radiator air_conditioner wall_lamp fire_extinguisher pendant_lamp ceiling_light ceiling_fan chandelier
chest_of_drawers nightstand wardrobe wall_cabinet sink_cabinet stove dishwasher washing_machine dryer toaster
coffee_machine pedal_bin filing_cabinet desk_with_drawers safe mailbox interior_door casement_window toilet
office_chair display_case tv_cabinet sideboard china_cabinet locker medicine_cabinet chest_freezer tool_chest
bread_box cash_register flap_box piano shop_shelf checkout_counter clothes_rack reception_desk waiting_bench
exam_table hospital_bed privacy_screen iv_stand lab_bench fume_hood microscope centrifuge beaker flask test_tube_rack
treadmill exercise_bike weight_bench dumbbell kettlebell dumbbell_rack yoga_mat exercise_ball pallet pallet_rack
traffic_cone barrel hand_truck cafe_table pastry_display school_desk lectern blackboard projector globe speaker guitar
pillow folded_blanket folded_towel shoe hat backpack suitcase laundry_basket toilet_paper toothbrush_cup hair_dryer
teddy_bear cake pizza cheese sandwich pineapple watermelon bell_pepper cucumber broccoli corn teapot pitcher blender
rolling_pin whisk ladle colander dish_rack kitchen_scale calculator printer binder letter_tray scissors headphones
tablet camera router game_controller drill saw paint_can bucket broom vise flashlight umbrella picture_frame
jewelry_box perfume_bottle shampoo_bottle detergent_bottle milk_bottle soda_bottle cup dice playing_cards
"""
GENERATORS = _BRIEFED.split()


def test_there_are_more_than_450_kinds_and_every_generator_is_one() -> None:
    assert len(LEXICON) >= 450
    assert not set(GENERATORS) - set(LEXICON)
    things = {name for name, item in categories().items() if item.sim_role != "scene_shell"}
    assert things - set(LEXICON) == {PROXY}
    assert all(category(name).generator == name for name in GENERATORS)


@pytest.mark.parametrize("name", sorted(LEXICON))
def test_every_kind_descends_from_object_and_has_a_valid_request(name: str) -> None:
    assert list(ancestors(name))[-1] == "object"
    request = request_for(name, seed=1)
    assert request.category in categories()
    assert category(name).footing in ("floor", "surface", "wall", "ceiling")


def test_a_noun_leads_to_one_kind() -> None:
    listed = [noun for item in LEXICON.values() for noun in item.nouns]
    assert len(listed) == len(set(listed))
    assert all(noun == noun.lower() and "_" not in noun for noun in listed)
    index = noun_index()
    assert {noun: index[noun] for noun in ("couch", "tv", "dresser", "spanner", "washer", "exam table")} == {
        "couch": "sofa",
        "tv": "television",
        "dresser": "chest_of_drawers",
        "spanner": "wrench",
        "washer": "washing_machine",
        "exam table": "exam_table",
    }


def test_every_noun_of_a_generator_is_understood() -> None:
    index = noun_index()
    missing = {noun for name, item in categories().items() for noun in item.nouns if noun not in index}
    assert not {noun for noun in missing if "room" not in noun and "house" not in noun}


@pytest.mark.parametrize(
    ("kind", "above"),
    [
        ("apple", "fruit"), ("lime", "lemon"), ("armchair", "seating"), ("office_chair", "chair"), ("mug", "container"),
        ("coffee_table", "table"), ("nightstand", "furniture"), ("fridge", "appliance"), ("floor_lamp", "lamp"),
        ("hammer", "tool"), ("wall_tv", "television"), ("pedestal_sink", "sink"),
    ],
)  # fmt: skip
def test_kinds_are_kinds_of_what_is_above_them(kind: str, above: str) -> None:
    assert is_a(kind, above)
    assert kind == above or not is_a(above, kind)


def test_kinds_of_another_branch_are_not_mixed_up() -> None:
    assert not is_a("apple", "vegetable")
    assert not is_a("cup", "mug")
    assert "apple" in all_kinds_of("fruit")
    assert "mug" not in all_kinds_of("fruit")


def test_a_kind_whose_generator_is_missing_becomes_the_nearest_one_of_its_footing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fewer = {name: item for name, item in categories().items() if name in ("chair", "base_cabinet", PROXY)}
    monkeypatch.setattr(lexicon, "categories", lambda: fewer)
    assert generator_of("armchair") == "chair"
    assert generator_of("salon_chair") == "chair"
    assert generator_of("sofa") == PROXY
    assert generator_of("wall_cabinet") == PROXY  # a base cabinet does not hang on a wall
    request = request_for("sofa", seed=3, color="red")
    assert (request.category, request.color, request.option("label", ""), request.option("width", 0.0)) == (
        PROXY,
        "red",
        "sofa",
        2.0,
    )


def test_the_words_of_a_kind_are_in_its_request_unless_the_caller_has_others() -> None:
    assert (request_for("lime", 1).category, request_for("lime", 1).color) == ("lemon", "green")
    assert request_for("lime", 1, color="yellow").color == "yellow"
    assert request_for("mouse_pad", 1, options=(("label", "pad"),)).option("label", "") == "pad"


def test_an_unknown_kind_is_refused_with_a_remedy() -> None:
    with pytest.raises(InputError) as caught:
        category("sprocket")
    assert caught.value.remedy
    assert is_a("sprocket", "sprocket")
    assert not is_a("sprocket", "object")
    assert not stands_on_floor("sprocket")


@pytest.mark.parametrize("name", ["aquarium", "water_dispenser", "grater", "sack"])
def test_the_stand_in_has_the_size_of_its_kind(name: str) -> None:
    request = request_for(name, seed=2)
    if request.category == PROXY:
        wanted = category(name).size_m
        assert wanted is not None
        assert generate(request).model.size_m == pytest.approx(wanted, abs=2e-3)


def test_a_kind_stands_where_its_own_generator_says() -> None:
    registered = categories()
    own = [name for name in LEXICON if name in registered]
    assert {name: category(name).footing for name in own} == {name: registered[name].footing for name in own}
