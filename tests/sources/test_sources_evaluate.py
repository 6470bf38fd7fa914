"""Each check of the evaluator passes on a room that is right and fails on one that is broken in that one way."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pytest

from blueprint.assets.registry import AssetRequest, generate
from blueprint.contracts.asset import AssetModel
from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Pose, Vec3, quat_wxyz_from_yaw
from blueprint.contracts.house import HousePlan, Opening, RoomShape, Side
from blueprint.contracts.scene import Scene
from blueprint.contracts.scene_manifest import (
    AssetReference,
    Placement,
    SceneFrame,
    SceneManifest,
    SceneObject,
    Transform,
)
from blueprint.sources.text.evaluate import SpecCheck, evaluate_spec
from blueprint.sources.text.parser import parse_prompt
from blueprint.sources.text.sides import is_between, is_facing, side_holds, side_of
from blueprint.sources.text.spec import Requirement, RoomRequest, SceneSpec

# A bedroom of 4 x 5 m with its corner in the origin; a door in the south, two windows in the north wall.
_OPENINGS = (
    Opening(opening_id="door_1", kind="door", side="south", offset_m=1.0, width_m=0.9, height_m=2.1, leads_to=None),
    Opening(opening_id="window_1", kind="window", side="north", offset_m=1.0, width_m=1.2, height_m=1.2, sill_m=0.9),
    Opening(opening_id="window_2", kind="window", side="north", offset_m=3.0, width_m=1.2, height_m=1.2, sill_m=0.9),
)
BEDROOM = RoomShape(
    room_id="bedroom", room_type="bedroom", x=0.0, y=0.0, width=4.0, depth=5.0, height=2.7, openings=_OPENINGS
)
HOUSE = HousePlan(rooms=(BEDROOM,))


def _way(side: Side, leads_to: str) -> Opening:
    return Opening(opening_id="way", kind="door", side=side, offset_m=2.0, width_m=0.9, height_m=2.1, leads_to=leads_to)


_BATHROOM = RoomShape(
    room_id="bathroom",
    room_type="bathroom",
    x=4.1,
    y=0.0,
    width=2.0,
    depth=5.0,
    height=2.7,
    openings=(_way("west", "bedroom"),),
)
_FLAT = HousePlan(rooms=(BEDROOM.model_copy(update={"openings": (_way("east", "bathroom"),)}), _BATHROOM))


@cache
def body(category: str, size: Vec3) -> AssetModel:
    """A box of a size that carries a category's name."""
    options = tuple(zip(("width", "depth", "height"), size, strict=True))
    model = generate(AssetRequest("proxy", 0, color="red", options=(("label", category), *options))).model
    identifier = f"{category}_{'_'.join(str(round(1000 * value)) for value in size)}"
    return model.model_copy(update={"category": category, "asset_id": identifier})


class Room:
    """A scene that is put together thing by thing."""

    def __init__(self, house: HousePlan | None = HOUSE) -> None:
        self.house = house
        self.objects: dict[str, SceneObject] = {}
        self.models: dict[str, AssetModel] = {}

    def put(
        self,
        object_id: str,
        size: Vec3,
        at: tuple[float, float, float],
        *,
        yaw: float = 0.0,
        category: str | None = None,
        parent: str | None = None,
        **source: Any,
    ) -> "Room":
        kind = category or object_id.rsplit("_", 1)[0]
        model = body(kind, size)
        self.models[model.asset_id] = model
        self.objects[object_id] = SceneObject(
            id=object_id,
            category=kind,
            sim_role="background" if kind == "rug" else "interactive",
            transform=Transform.of(Pose.of(at, quat_wxyz_from_yaw(yaw))),
            asset=AssetReference(asset_id=model.asset_id, path=f"assets/{model.asset_id}/a.usda"),
            placement=Placement(parent_id=parent),
            source=source or None,
        )
        return self

    def scene(self) -> Scene:
        metadata: Mapping[str, Any] = {"house": self.house.model_dump()} if self.house else {}
        manifest = SceneManifest(
            version="1.0.0",
            scene_id="test",
            scene=SceneFrame(),
            objects=list(self.objects.values()),
            metadata=dict(metadata),
        )
        return Scene(manifest, self.models)


def check(prompt: str, room: Room, expected: str) -> SpecCheck:
    """The one check of the prompt that expects this."""
    report = evaluate_spec(parse_prompt(prompt), room.scene())
    found = [item for item in report.checks if item.expected == expected]
    assert len(found) == 1, [item.expected for item in report.checks]
    return found[0]


BED = (1.6, 2.1, 0.6)
STAND = (0.45, 0.4, 0.55)


def bedroom(stand_x: float = 3.1, stand_y: float = 4.7) -> Room:
    return Room().put("bed_1", BED, (2.0, 3.9, 0.0)).put("nightstand_1", STAND, (stand_x, stand_y, 0.0))


def two_beds() -> Room:
    return Room().put("bed_1", BED, (0.9, 3.9, 0.0)).put("bed_2", BED, (3.1, 3.9, 0.0))


# --- counts ----------------------------------------------------------------------------------------------------------


def test_kinds_below_the_one_that_is_asked_for_count() -> None:
    spec = SceneSpec(
        prompt="",
        room_type="kitchen",
        scope="room",
        requirements=[Requirement(op="ge", n=3, category="fruit", noun="fruit")],
    )
    room = Room()
    for index, kind in enumerate(("apple", "lime", "banana")):
        room.put(f"{kind}_1", (0.07, 0.07, 0.07), (1.0 + 0.2 * index, 1.0, 0.0))
    assert evaluate_spec(spec, room.scene()).passed
    room.put("banana_1", (0.07, 0.07, 0.07), (1.0, 1.0, 0.0), category="carrot")
    assert [item.measured for item in evaluate_spec(spec, room.scene()).checks] == ["2"]


def test_a_coffee_table_does_not_spoil_one_table_but_a_second_table_does() -> None:
    room = Room().put("table_1", (1.2, 0.8, 0.75), (1.0, 1.0, 0.0)).put("coffee_table_1", (1.0, 0.5, 0.4), (3, 3, 0))
    prompt = "a room with a table and a sofa"
    counts = {item.subject: item for item in evaluate_spec(parse_prompt(prompt), room.scene()).checks}
    assert counts["table"].passed
    assert not counts["sofa"].passed
    room.put("table_2", (1.2, 0.8, 0.75), (3.0, 1.0, 0.0))
    report = evaluate_spec(parse_prompt(prompt), room.scene())
    assert not next(item for item in report.checks if item.subject == "table").passed


def test_what_the_nearest_generator_made_for_a_requirement_counts_for_it_only() -> None:
    prompt = "a bedroom with a treehouse and a mango"  # a mango is a pear that is coloured
    room = Room().put("pear_1", (0.07, 0.07, 0.09), (1.0, 1.0, 0.0), requirement=1)
    assert [item.passed for item in evaluate_spec(parse_prompt(prompt), room.scene()).checks[:2]] == [False, True]
    stranger = Room().put("pear_1", (0.07, 0.07, 0.09), (1.0, 1.0, 0.0))
    assert [item.passed for item in evaluate_spec(parse_prompt(prompt), stranger.scene()).checks[:2]] == [False, False]


def test_a_negated_kind_is_missed_in_all_its_forms() -> None:
    prompt = "a bedroom with a bed and no chairs"
    assert check(prompt, bedroom(), "0").passed
    assert not check(prompt, bedroom().put("armchair_1", (0.8, 0.8, 0.9), (1.0, 1.0, 0.0)), "0").passed


def test_things_count_in_the_room_that_they_were_asked_for() -> None:
    prompt = "a flat with a bedroom and a bathroom. The bathroom has a stool."
    here = Room(_FLAT).put("stool_1", (0.3, 0.3, 0.45), (5.0, 2.0, 0.0))
    there = Room(_FLAT).put("stool_1", (0.3, 0.3, 0.45), (2.0, 2.0, 0.0))
    assert check(prompt, here, "eq 1 in bathroom").passed
    assert not check(prompt, there, "eq 1 in bathroom").passed


# --- relations -------------------------------------------------------------------------------------------------------

CHAIR = (0.45, 0.45, 0.9)
RELATIONS: dict[str, tuple[str, str, Room, Room]] = {
    "next_to": (
        "a bedroom with a bed and a nightstand next to the bed", "next_to bed", bedroom(), bedroom(0.3, 0.3)
    ),
    "near": (
        "a bedroom with a bed and a nightstand near the bed", "near bed", bedroom(stand_y=2.0), bedroom(3.5, 0.3)
    ),
    "far_from": (
        "a bedroom with a bed and a nightstand far from the bed", "far_from bed", bedroom(3.5, 0.3), bedroom()
    ),
    "across_from": (
        "a bedroom with a bed and a nightstand opposite the bed", "across_from bed", bedroom(2.0, 0.6), bedroom()
    ),
    "facing": (
        "a bedroom with a bed and a chair facing the bed",
        "facing bed",
        bedroom().put("chair_1", CHAIR, (2.0, 1.0, 0.0), yaw=np.pi),
        bedroom().put("chair_1", CHAIR, (2.0, 1.0, 0.0)),
    ),
    "between": (
        "a bedroom with two beds and a nightstand between the beds",
        "between bed",
        two_beds().put("nightstand_1", STAND, (2.0, 4.7, 0.0)),
        two_beds().put("nightstand_1", STAND, (2.0, 1.0, 0.0)),
    ),
    "above": (
        "a bedroom with a bed and a picture above the bed",
        "above bed",
        bedroom().put("picture_1", (0.6, 0.03, 0.4), (2.0, 4.985, 1.4)),
        bedroom().put("picture_1", (0.6, 0.03, 0.4), (2.0, 0.015, 1.4)),
    ),
    "under": (
        "a bedroom with a bed and a rug under the bed",
        "under bed",
        bedroom().put("rug_1", (1.5, 1.4, 0.012), (2.0, 3.0, 0.0)),
        bedroom().put("rug_1", (1.5, 1.4, 0.012), (2.0, 1.0, 0.0)),
    ),
    "on": (
        "a bedroom with a nightstand and a lamp on the nightstand",
        "on nightstand",
        bedroom().put("lamp_1", (0.15, 0.15, 0.4), (3.1, 4.7, 0.55), parent="nightstand_1"),
        bedroom().put("lamp_1", (0.15, 0.15, 0.4), (3.1, 4.7, 0.75), parent="nightstand_1"),
    ),
    "in_front_of": (  # the bed looks to the east: before it is +x
        "a bedroom with a bed and a nightstand in front of the bed",
        "in_front_of bed",
        Room().put("bed_1", BED, (1.1, 3.0, 0), yaw=np.pi / 2).put("nightstand_1", STAND, (2.9, 3.0, 0)),
        Room().put("bed_1", BED, (1.1, 3.0, 0), yaw=np.pi / 2).put("nightstand_1", STAND, (1.1, 1.5, 0)),
    ),
    "behind": (
        "a bedroom with a bed and a nightstand behind the bed",
        "behind bed",
        Room().put("bed_1", BED, (2.0, 2.0, 0)).put("nightstand_1", STAND, (2.0, 3.6, 0)),
        Room().put("bed_1", BED, (2.0, 2.0, 0), yaw=np.pi).put("nightstand_1", STAND, (2.0, 3.6, 0)),
    ),
    "left_of": (
        "a bedroom with a bed and a nightstand to the left of the bed",
        "left_of bed",
        bedroom(stand_x=0.8),
        bedroom(),
    ),
    "right_of": (
        "a bedroom with a bed and a nightstand to the right of the bed", "right_of bed", bedroom(), bedroom(stand_x=0.8)
    ),
    "against": (
        "a bedroom with a bed and a nightstand against the bed", "against bed", bedroom(), bedroom(3.5, 1.0)
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", list(RELATIONS))
def test_relation_is_seen_and_missed(kind: str) -> None:
    prompt, expected, right, wrong = RELATIONS[kind]
    assert check(prompt, right, expected).passed
    assert not check(prompt, wrong, expected).passed


def dining(*spots: tuple[float, float]) -> Room:
    room = Room().put("dining_table_1", (1.4, 0.9, 0.75), (2.0, 2.5, 0.0))
    for index, (x, y) in enumerate(spots, start=1):
        room.put(f"chair_{index}", CHAIR, (x, y, 0.0))
    return room


def test_around_is_on_two_sides_within_a_metre() -> None:
    prompt = "a dining room with a dining table and four chairs around the table"
    both = dining((1.7, 1.7), (2.3, 1.7), (1.7, 3.3), (2.3, 3.3))
    one = dining((1.4, 1.7), (1.9, 1.7), (2.4, 1.7), (2.9, 1.7))
    away = dining((0.3, 0.3), (3.7, 0.3), (0.3, 4.7), (3.7, 4.7))
    assert check(prompt, both, "around dining table").passed
    assert not check(prompt, one, "around dining table").passed
    assert not check(prompt, away, "around dining table").passed


# --- places and rooms ------------------------------------------------------------------------------------------------

PLACES: dict[str, tuple[str, Room, Room]] = {
    "wall": (
        "a bedroom with a desk against the wall",
        Room().put("desk_1", (1.2, 0.6, 0.75), (2.0, 4.65, 0.0)),
        Room().put("desk_1", (1.2, 0.6, 0.75), (2.0, 3.0, 0.0)),
    ),
    "hung": (
        "a bedroom with a picture on the wall",
        Room().put("picture_1", (0.6, 0.03, 0.4), (2.0, 4.983, 1.4)),
        Room().put("picture_1", (0.6, 0.03, 0.4), (2.0, 4.95, 1.4)),
    ),
    "corner": (
        "a bedroom with an armchair in the corner",
        Room().put("armchair_1", (0.8, 0.8, 0.9), (0.8, 4.2, 0.0)),
        Room().put("armchair_1", (0.8, 0.8, 0.9), (2.0, 4.5, 0.0)),
    ),
    "middle": (
        "a bedroom with a rug in the middle",
        Room().put("rug_1", (1.4, 1.4, 0.012), (2.2, 2.4, 0.0)),
        Room().put("rug_1", (1.4, 1.4, 0.012), (0.9, 4.0, 0.0)),
    ),
    "ceiling": (
        "a bedroom with a chandelier hanging from the ceiling",
        Room().put("chandelier_1", (0.5, 0.5, 0.6), (2.0, 2.5, 2.1)),
        Room().put("chandelier_1", (0.5, 0.5, 0.6), (2.0, 2.5, 1.9)),
    ),
    "floor": (
        "a bedroom with three books on the floor",
        Room().put("book_1", (0.2, 0.15, 0.03), (2.0, 2.5, 0.0)),
        Room().put("book_1", (0.2, 0.15, 0.03), (2.0, 2.5, 0.5)),
    ),
    "window": (
        "a bedroom with a desk under the window",
        Room().put("desk_1", (1.2, 0.6, 0.75), (1.0, 4.6, 0.0)),
        Room().put("desk_1", (1.2, 0.6, 0.75), (3.0, 0.4, 0.0)),
    ),
    "door": (
        "a bedroom with a stool by the door",
        Room().put("stool_1", (0.3, 0.3, 0.45), (1.9, 0.3, 0.0)),
        Room().put("stool_1", (0.3, 0.3, 0.45), (3.7, 4.0, 0.0)),
    ),
}


@pytest.mark.parametrize("place", list(PLACES))
def test_place_is_seen_and_missed(place: str) -> None:
    prompt, right, wrong = PLACES[place]
    expected = "wall" if place == "hung" else place
    assert check(prompt, right, expected).passed
    assert not check(prompt, wrong, expected).passed


def test_a_place_cannot_be_met_without_a_plan_of_the_room() -> None:
    room = Room(house=None).put("stool_1", (0.3, 0.3, 0.45), (1.0, 0.3, 0.0))
    assert not check("a bedroom with a stool by the door", room, "door").passed


def test_size_windows_doors_and_neighbours_of_rooms_are_measured() -> None:
    room = bedroom()
    assert check("a 5 m x 4 m bedroom with a bed", room, "5 x 4 m").passed  # either way round
    assert not check("a 3 m x 4 m bedroom with a bed", room, "3 x 4 m").passed
    assert check("a bedroom with a bed and two windows", room, "2 windows").passed
    assert not check("a bedroom with a bed and three windows", room, "3 windows").passed
    assert check("a bedroom with a bed and a door", room, "1 doors").passed
    assert not check("a bedroom with a bed and two doors", room, "2 doors").passed
    assert not check("a kitchen with a bed", room, "is a kitchen").passed
    flat = "a bedroom next to a bathroom; the bedroom has a bed"
    assert check(flat, Room(_FLAT).put("bed_1", BED, (2, 2, 0)), "door to bathroom").passed
    apart = HousePlan(rooms=tuple(room.model_copy(update={"openings": ()}) for room in _FLAT.rooms))
    assert not check(flat, Room(apart).put("bed_1", BED, (2, 2, 0)), "door to bathroom").passed


def test_a_room_that_was_not_built_is_missed() -> None:
    report = evaluate_spec(parse_prompt("a flat with a bedroom, a bathroom and a kitchen"), Room(_FLAT).scene())
    assert [item.subject for item in report.checks if item.kind == "room" and not item.passed] == ["kitchen"]


def test_a_hostile_house_plan_is_refused() -> None:
    scene = bedroom().scene()
    broken = scene.manifest.model_copy(update={"metadata": {"house": {"rooms": [{"room_id": "x"}]}}})
    with pytest.raises(InputError, match="no house plan"):
        evaluate_spec(parse_prompt("a bedroom with a bed"), Scene(broken, scene.assets))


# --- geometry against closed form ------------------------------------------------------------------------------------


def box(x0: float, y0: float, x1: float, y1: float) -> tuple[np.ndarray, np.ndarray]:
    return np.array([x0, y0, 0.0]), np.array([x1, y1, 1.0])


@pytest.mark.parametrize(("angle_deg", "holds"), [(0, True), (29, True), (31, False), (180, False)])
def test_facing_is_within_thirty_degrees(angle_deg: float, holds: bool) -> None:
    angle = np.radians(angle_deg)
    target = box(-1e-3, 2.0, 1e-3, 2.002)
    assert is_facing(np.zeros(2), np.array([np.sin(angle), np.cos(angle)]), target) is holds


def test_a_chair_pushed_under_its_desk_faces_it_by_the_centre_of_the_desk() -> None:
    desk = box(-0.7, 0.0, 0.7, 0.7)
    assert is_facing(np.array([0.0, 0.0]), np.array([0.0, 1.0]), desk)
    assert not is_facing(np.array([0.0, 0.0]), np.array([0.0, -1.0]), desk)


@pytest.mark.parametrize(("gap", "kinds"), [(0.4, {"next_to", "near"}), (1.4, {"near", "across_from"})])
def test_distances_follow_their_bounds(gap: float, kinds: set[str]) -> None:
    subject, target = box(0, 0, 1, 1), box(1 + gap, 0, 2 + gap, 1)
    found = {kind for kind in ("next_to", "near", "far_from", "across_from") if side_holds(kind, subject, target)}  # type: ignore[arg-type]
    assert found == kinds


def test_between_and_sides_are_seen_from_above() -> None:
    left, right = box(0, 0, 1, 1), box(4, 0, 5, 1)
    assert is_between(box(2, 0, 3, 1), left, right)
    assert not is_between(box(2, 2, 3, 3), left, right)
    assert not is_between(box(6, 0, 7, 1), left, right)
    assert [side_of(box(*spot), box(0, 0, 2, 1)) for spot in ((3, 0, 4, 1), (0.5, 2, 1.5, 3))] == ["east", "north"]


def test_rooms_of_a_spec_are_named_by_their_type() -> None:
    spec = parse_prompt("a flat with two bedrooms and a bathroom")
    assert [room.room_id for room in spec.rooms] == ["bedroom_1", "bedroom_2", "bathroom"]
    assert all(isinstance(room, RoomRequest) for room in spec.rooms)
