"""Furnishing: groups as people place them, the prompt's counts and negations kept, the same program twice."""

from collections import Counter
from dataclasses import asdict
from itertools import pairwise

import numpy as np
import pytest
from rooms_world import furnished, heading, kind_of, model_of, wanted

from blueprint.assets.lexicon import all_categories
from blueprint.contracts.frames import Pose
from blueprint.physics.extent import extent
from blueprint.sources.rooms.grammar.homes import HOMES
from blueprint.sources.rooms.grammar.lookup import GENERIC, grammar_of
from blueprint.sources.rooms.grammar.public import PUBLIC
from blueprint.sources.rooms.grammar.receptacles import INSIDE, MOTIFS, ON, THEMES
from blueprint.sources.rooms.grammar.rules import uses
from blueprint.sources.rooms.grammar.sets import SETS
from blueprint.sources.rooms.groups import table_seats
from blueprint.sources.rooms.kinds import is_kind
from blueprint.sources.rooms.program import Group, Program
from blueprint.sources.rooms.solids import boxes_overlap, posed_boxes, solids_of
from blueprint.sources.text.spec import Relation


def group_with(program: Program, kind: str) -> Group:
    return next(group for group in program.groups if any(kind_of(program, m.object_id) == kind for m in group.members))


def poses(group: Group) -> dict[str, Pose]:
    return {member.object_id: member.pose_group_member for member in group.members}


def of_kind(program: Program, group: Group, kind: str) -> list[str]:
    return [m.object_id for m in group.members if is_kind(kind_of(program, m.object_id), kind)]


def box(program: Program, group: Group, name: str) -> np.ndarray:
    solids = solids_of(model_of(program.items[name].request))
    return posed_boxes(np.array([[solids.low, solids.high]]), poses(group)[name])[0]


def count(program: Program, kind: str) -> int:
    return sum(is_kind(kind_of(program, name), kind) for name in program.items)


# --- tables -------------------------------------------------------------------------------------------------------


def test_every_name_in_the_tables_is_a_kind_a_set_or_a_motif() -> None:
    grammars = [*HOMES.values(), *PUBLIC.values(), GENERIC]
    named = {name for g in grammars for use in (*g.floor, *g.dense, *g.wall, *g.ceiling) for name in use.names}
    named |= {name for table in (ON, INSIDE, THEMES) for row in table.values() for use in row for name in use.names}
    named |= {name for s in SETS.values() for name in (*s.anchor, *(n for p in s.parts for n in p.use.names))}
    named |= set(ON) | set(INSIDE)
    assert named - set(all_categories()) - set(SETS) - MOTIFS == set()
    assert {theme for g in grammars for theme in g.stock} <= set(THEMES)


def test_an_unknown_room_type_gets_the_generic_grammar_and_a_misspelt_use_is_refused() -> None:
    assert grammar_of("orbital_station") is GENERIC
    assert grammar_of("study") is grammar_of("office")
    assert uses("chair*2-4:.5")[0].high == 4
    with pytest.raises(ValueError, match="chair@3"):
        uses("chair@3")


@pytest.mark.parametrize(
    ("size", "number", "sides"),
    [
        ((1.6, 0.9), 4, {0: 2, 2: 2}),
        ((1.6, 0.9), 6, {0: 2, 2: 2, 1: 1, 3: 1}),
        ((0.9, 0.9), 4, {0: 1, 1: 1, 2: 1, 3: 1}),
    ],
)
def test_chairs_sit_in_balance_on_the_sides_of_a_table(
    size: tuple[float, float], number: int, sides: dict[int, int]
) -> None:
    assert Counter(side for side, _ in table_seats(*size, number)) == sides


# --- groups -------------------------------------------------------------------------------------------------------


def test_nightstands_flank_the_bed_with_backs_aligned() -> None:
    program = furnished("bedroom", wanted("bed"), wanted("nightstand", 2))
    group = group_with(program, "bed")
    bed = box(program, group, of_kind(program, group, "bed")[0])
    left, right = (box(program, group, name) for name in of_kind(program, group, "nightstand"))
    assert {name for name in of_kind(program, group, "nightstand")} == {"nightstand_1", "nightstand_2"}
    assert left[1, 0] < bed[0, 0] < bed[1, 0] < right[0, 0]
    for stand in (left, right):
        assert stand[1, 1] == pytest.approx(bed[1, 1], abs=1e-4)
        gap = max(bed[0, 0] - stand[1, 0], stand[0, 0] - bed[1, 0])
        assert 0.02 <= gap <= 0.05
    assert group.required
    assert group.affinity == "wall"


def test_chairs_around_a_table_look_at_it() -> None:
    program = furnished("dining_room", wanted("dining_table"), wanted("chair", 6))
    group = group_with(program, "dining_table")
    chairs = of_kind(program, group, "chair")
    assert len(chairs) == 6
    middle = box(program, group, "dining_table_1").mean(axis=0)[:2]
    for name in chairs:
        away = middle - np.asarray(poses(group)[name].position[:2])
        assert heading(poses(group)[name]) @ away / np.linalg.norm(away) > 0.7


def test_the_chairs_of_the_prompt_are_shared_by_its_tables() -> None:
    program = furnished("cafe", wanted("cafe_table", 3), wanted("chair", 6))
    group = group_with(program, "cafe_table")
    tables = [np.asarray(poses(group)[name].position[:2]) for name in of_kind(program, group, "cafe_table")]
    seats = [np.asarray(poses(group)[name].position[:2]) for name in of_kind(program, group, "chair")]
    nearest = [int(np.argmin([np.linalg.norm(seat - table) for table in tables])) for seat in seats]
    assert sorted(nearest) == [0, 0, 1, 1, 2, 2]


def test_the_fitted_units_of_a_kitchen_have_one_colour() -> None:
    program = furnished("kitchen")
    fitted = ("base_cabinet", "sink_cabinet", "wall_cabinet")
    colours = {item.request.color for name, item in program.items.items() if kind_of(program, name) in fitted}
    assert len(colours) == 1
    assert None not in colours


def test_a_chair_looks_at_the_desk_it_belongs_to() -> None:
    program = furnished("office", wanted("desk"), wanted("office_chair"))
    group = group_with(program, "desk")
    assert of_kind(program, group, "office_chair") == ["office_chair_1"]
    assert heading(poses(group)["office_chair_1"]) == pytest.approx([0, 1], abs=1e-6)


def test_kitchen_units_stand_in_one_level_row_and_the_stove_is_not_beside_the_sink() -> None:
    program = furnished("kitchen")
    group = group_with(program, "stove")
    boxes = {m.object_id: box(program, group, m.object_id) for m in group.members}
    order = sorted(boxes, key=lambda name: boxes[name][0, 0])
    kinds = [kind_of(program, name) for name in order]
    assert {"fridge", "stove", "sink_cabinet", "base_cabinet"} <= set(kinds)
    assert abs(kinds.index("stove") - kinds.index("sink_cabinet")) > 1
    for a, b in pairwise(order):
        assert 0.008 <= boxes[b][0, 0] - boxes[a][1, 0] <= 0.05
        assert boxes[a][1, 1] == pytest.approx(boxes[b][1, 1], abs=1e-3)  # backs to the wall
    level = [name for name in order if kind_of(program, name) in ("base_cabinet", "sink_cabinet", "stove")]
    tops = [model_of(program.items[name].request).region("top").pose_link_region.position[2] for name in level]
    assert np.ptp(tops) < 0.01


def test_the_sofa_faces_the_television() -> None:
    program = furnished("living_room", wanted("sofa"), wanted("tv_stand"))
    assert group_with(program, "sofa").faces == group_with(program, "tv_stand").group_id


def test_school_desks_stand_in_a_grid_each_with_its_chair() -> None:
    program = furnished("classroom", wanted("school_desk", 6), wanted("chair", 6))
    group = group_with(program, "school_desk")
    desks = of_kind(program, group, "school_desk")
    assert len(desks) == len(of_kind(program, group, "chair")) == 6
    places = {tuple(np.round(poses(group)[name].position[:2], 3)) for name in desks}
    assert len({x for x, _ in places}) * len({y for _, y in places}) == 6
    for name in of_kind(program, group, "chair"):
        assert heading(poses(group)[name]) == pytest.approx([0, -1], abs=1e-6)  # pupils look where the group looks


@pytest.mark.parametrize(
    "room_type",
    ["kitchen", *(pytest.param(name, marks=pytest.mark.slow) for name in ("bedroom", "living_room", "office", "lab"))],
)
def test_members_of_a_group_touch_nothing_and_their_doors_open_freely(room_type: str) -> None:
    program = furnished(room_type, tier="premium", seed=3)
    for group in program.groups:
        names = [m.object_id for m in group.members if not is_kind(kind_of(program, m.object_id), "rug")]
        solids = {name: solids_of(model_of(program.items[name].request)) for name in names}
        closed = {name: posed_boxes(solids[name].closed, poses(group)[name]) for name in names}
        swept = {name: posed_boxes(solids[name].sweep, poses(group)[name]) for name in names}
        for a in names:
            for b in names:
                if a != b:
                    assert not boxes_overlap(closed[a], closed[b], 0.008), (a, b)
                    assert not boxes_overlap(swept[a], closed[b], -1e-6), (a, b)


def test_relations_of_the_prompt_hold_furniture_together() -> None:
    beside = [Relation(type="left_of", target=0)]
    under = [Relation(type="under", target=2)]
    program = furnished(
        "bedroom",
        wanted("wardrobe"),
        wanted("laundry_basket", relations=beside),
        wanted("desk"),
        wanted("backpack", relations=under, places=["floor"]),
    )
    group = group_with(program, "wardrobe")
    wardrobe, basket = box(program, group, "wardrobe_1"), box(program, group, "laundry_basket_1")
    assert basket[1, 0] <= wardrobe[0, 0]
    desk = group_with(program, "desk")
    low, high = extent(model_of(program.items["desk_1"].request))
    x, y, _ = (poses(desk)["desk_1"].inverse() @ poses(desk)["backpack_1"]).position
    assert low[0] < x < high[0]
    assert low[1] < y < high[1]


# --- what the prompt says -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("tier", ["standard", "premium"])
def test_completion_never_exceeds_a_count_nor_violates_a_negation(tier: str) -> None:
    program = furnished(
        "living_room", wanted("chair", 2), wanted("book", 3, op="le"), tier=tier, without=("potted_plant", "rug")
    )  # type: ignore[arg-type]
    assert count(program, "chair") == 2
    assert count(program, "book") == 3
    assert count(program, "potted_plant") == 0
    assert count(program, "rug") == 0
    assert count(program, "sofa") == 1


def test_at_least_may_be_exceeded_but_is_reached() -> None:
    program = furnished("bedroom", wanted("book", 6, op="ge"), tier="premium")
    assert count(program, "book") >= 6
    assert sum(item.requirement == 0 and item.required for item in program.items.values()) == 6


def test_a_thing_that_is_asked_for_and_ruled_out_is_listed_as_a_contradiction() -> None:
    program = furnished("bedroom", wanted("rug"), without=("rug",))
    assert [(item.reason, item.requirement) for item in program.unsatisfied] == [("contradiction", 0)]
    assert count(program, "rug") == 1


def test_what_is_not_a_container_is_listed_and_its_content_stands_elsewhere() -> None:
    inside = [Relation(type="in", target=0)]
    program = furnished("bedroom", wanted("floor_lamp"), wanted("mug", relations=inside))
    assert [(item.reason, item.requirement) for item in program.unsatisfied] == [("not_a_container", 1)]
    assert program.items["mug_1"].parent not in (None, "floor_lamp_1")


def test_things_stand_where_the_prompt_says_else_where_they_are_usual() -> None:
    program = furnished(
        "kitchen",
        wanted("milk_bottle", relations=[Relation(type="in", target=1)]),
        wanted("fridge"),
        wanted("dining_table"),
        wanted("plate", 2),
    )
    assert program.items["milk_bottle_1"].parent == "fridge_1"
    assert program.items["milk_bottle_1"].mount == "inside"
    assert all(program.items[f"plate_{k}"].parent == "dining_table_1" for k in (1, 2))


def test_a_lamp_next_to_the_bed_stands_on_the_nightstand() -> None:
    program = furnished("bedroom", wanted("bed"), wanted("desk_lamp", relations=[Relation(type="next_to", target=0)]))
    assert kind_of(program, program.items["desk_lamp_1"].parent or "") == "nightstand"


@pytest.mark.parametrize(("tier", "low", "high"), [("standard", 25, 46), ("premium", 75, 110)])
def test_the_tier_sets_the_number_of_objects_and_more_are_offered(tier: str, low: int, high: int) -> None:
    program = furnished("bedroom", tier=tier)  # type: ignore[arg-type]
    (number,) = program.numbers.values()
    assert low <= number <= high
    assert len(program.items) >= number


def test_more_than_a_room_holds_is_listed() -> None:
    program = furnished("storage", wanted("box", 400))
    (missing,) = program.unsatisfied
    assert (missing.reason, missing.requested, missing.placed) == ("too_many_objects", 400, 300)


# --- the same bytes -----------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_same_seed_gives_the_same_program_and_another_seed_another() -> None:
    def text(seed: int) -> str:
        program = furnished("bedroom", wanted("bed"), seed=seed)
        return repr([asdict(item) for item in program.items.values()]) + repr(program.groups)

    assert text(4) == text(4)
    assert text(4) != text(5)


@pytest.mark.slow
@pytest.mark.parametrize("room_type", [*HOMES, *PUBLIC, "orbital_station"])
def test_every_room_type_is_furnished(room_type: str) -> None:
    program = furnished(room_type, seed=1)
    assert len(program.groups) >= 2
    assert program.unsatisfied == []
    assert len(program.items) >= 12
    anchors = {group.members[0].object_id for group in program.groups}
    assert len(anchors) == len(program.groups)
    for item in program.items.values():
        assert item.parent is None or item.parent in program.items
        assert (item.parent is not None) == (item.mount in ("surface", "inside"))
