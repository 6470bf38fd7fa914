"""Prompts of rooms and houses → exact specs: scope, rooms, counts, relations, places. The table is room_prompts.txt.

A block is a prompt after "# ", a line of scope, room type and rooms, and a line per requirement: op, n, category, words
about it, "| relations" (~ implied) and "@places", "each", "in room".
"""

import random
from pathlib import Path

import pytest

from blueprint.contracts.errors import InputError
from blueprint.sources.text.parser import parse_prompt
from blueprint.sources.text.relation_words import HOLDING, OPENINGS, PLACES, PREPOSITIONS, SURROUNDED
from blueprint.sources.text.rooms import ROOM_NOUNS
from blueprint.sources.text.spec import Requirement, RoomRequest, SceneSpec


def _blocks() -> dict[str, list[str]]:
    text = Path(__file__).with_name("room_prompts.txt").read_text(encoding="utf-8")
    blocks = [block.strip().splitlines() for block in text.split("\n\n") if block.strip()]
    return {lines[0].removeprefix("# "): lines[1:] for lines in blocks}


PROMPTS = _blocks()


def described(spec: SceneSpec) -> list[str]:
    rooms = "; ".join(_room(room) for room in spec.rooms)
    head = f"{spec.scope} {spec.room_type}: {rooms}".rstrip(": ")
    absent = [f"no {item.category}" for item in spec.negations]
    return [head, *(_requirement(item) for item in spec.requirements), *absent]


def _room(room: RoomRequest) -> str:
    size = f" {room.size_m[0]:g}x{room.size_m[1]:g}m" if room.size_m else ""
    doors = "" if room.doors is None else f" doors={room.doors}"
    windows = "" if room.windows is None else f" windows={room.windows}"
    beside = f" next_to={','.join(room.next_to)}" if room.next_to else ""
    return f"{room.room_id}{size}{doors}{windows}{beside}"


def _requirement(item: Requirement) -> str:
    a = item.attributes
    name = f"proxy:{item.noun}" if item.category == "proxy" else item.category
    words = [word for word in (a.color, a.material, a.size, a.arrangement, *a.other) if word]
    relations = [f"{'~' if relation.implied else ''}{relation.type} {relation.target}" for relation in item.relations]
    return " ".join(
        [
            item.op,
            str(item.n),
            name,
            *words,
            *(["|", *relations] if relations else []),
            *(f"@{place}" for place in item.places),
            *(["each"] if item.each else []),
            *([f"in {item.room}"] if item.room else []),
        ]
    )


def test_there_are_more_than_sixty_prompts() -> None:
    assert len(PROMPTS) >= 60


@pytest.mark.parametrize("prompt", list(PROMPTS))
def test_room_prompt_is_read_exactly(prompt: str) -> None:
    assert described(parse_prompt(prompt)) == PROMPTS[prompt]


@pytest.mark.parametrize("prompt", list(PROMPTS))
def test_every_requirement_has_its_words_in_the_prompt(prompt: str) -> None:
    spec = parse_prompt(prompt)
    for item in spec.requirements:
        start, end = item.evidence
        assert 0 <= start < end <= len(prompt)
        assert item.op == "eq" or item.n >= 1
    assert SceneSpec.parse(spec.to_json()) == spec


@pytest.mark.parametrize(
    ("words", "size"),
    [
        ("a 4 m x 5 m bedroom", (4.0, 5.0)),
        ("a bedroom, 4x5 meters", (4.0, 5.0)),
        ("a 4 by 3 meter bedroom", (4.0, 3.0)),
        ("a bedroom of 3.5m × 4,2m", (3.5, 4.2)),
        ("a 10 ft by 12 ft bedroom", (3.048, 3.658)),
        ("a 30 square metre bedroom", (6.0, 5.0)),
        ("a bedroom with 30 m²", (6.0, 5.0)),
        ("a bedroom (30 sqm)", (6.0, 5.0)),
        ("a 0.5 m x 0.5 m bedroom", None),
        ("a 400 m x 500 m bedroom", None),
    ],
)
def test_sizes_of_rooms_are_read_in_metres(words: str, size: tuple[float, float] | None) -> None:
    assert parse_prompt(words).rooms[0].size_m == (pytest.approx(size) if size else None)


@pytest.mark.parametrize(
    ("prompt", "scope"),
    [
        ("a desk with a laptop", "tabletop"),
        ("a bookshelf with six books", "tabletop"),
        ("a kitchen counter with two mugs", "tabletop"),
        ("three widgets in an office", "tabletop"),
        ("a bed with two pillows", "room"),
        ("a desk with a laptop and a picture on the wall", "room"),
        ("four desks, each with a laptop", "room"),
        ("a kitchen", "room"),
        ("a room with a table", "room"),
        ("a home gym in a basement", "room"),
        ("a small flat", "house"),
        ("a bedroom with an attached bathroom", "house"),
        ("a clinic with a waiting room and two exam rooms", "house"),
    ],
)
def test_scope_is_what_is_built(prompt: str, scope: str) -> None:
    spec = parse_prompt(prompt)
    assert spec.scope == scope
    assert bool(spec.rooms) == (scope != "tabletop")


_SMALL_WORDS = (
    "it them each every the a two four at least no without any and , . ; : of for set seats other its with x 3"
)
_THINGS = "bed sofa table chairs lamp plate fruit toys wall shelf desk picture rug mug drawer door flux capacitor"


@pytest.mark.slow
def test_no_order_of_words_breaks_the_reader() -> None:
    tables = (PREPOSITIONS, HOLDING, SURROUNDED, ROOM_NOUNS)
    words = [" ".join(key) for table in tables for key in table]
    words += [*OPENINGS, *PLACES, *(_SMALL_WORDS.split() * 4), *(_THINGS.split() * 4)]
    rng = random.Random(20)
    for _ in range(400):
        prompt = " ".join(rng.choice(words) for _ in range(rng.randint(1, 25)))
        try:
            spec = parse_prompt(prompt)
        except InputError:
            continue
        assert SceneSpec.parse(spec.to_json()) == spec
        assert all(relation.target != k for k, item in enumerate(spec.requirements) for relation in item.relations)
