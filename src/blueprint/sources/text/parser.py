"""Prompt → `SceneSpec`: a deterministic reader of English scene descriptions, without a language model."""

from collections.abc import Mapping

from blueprint.assets.lexicon import noun_index
from blueprint.contracts.errors import InputError
from blueprint.contracts.scene_request import MAX_PROMPT_CHARACTERS
from blueprint.sources.text.dimensions import read_sizes
from blueprint.sources.text.drafts import MAX_REQUIREMENTS
from blueprint.sources.text.phrase import Nouns
from blueprint.sources.text.reader import Reader
from blueprint.sources.text.refine import refine
from blueprint.sources.text.rooms import room_type, tabletop_room_type
from blueprint.sources.text.scope import scope_of
from blueprint.sources.text.spec import SceneSpec
from blueprint.sources.text.tokens import tokenize

__all__ = ["MAX_REQUIREMENTS", "parse_prompt"]


def parse_prompt(prompt: str, lexicon: Mapping[str, str] | None = None) -> SceneSpec:
    """Return what `prompt` asks for; `lexicon` maps nouns to categories (default: `lexicon.noun_index()`).

    Unknown nouns become requirements of category "proxy". Raises InputError for a prompt that is empty, longer than
    4000 characters, not encodable, names nothing, or asks for more than 64 kinds of things.
    """
    _check(prompt)
    sizes, text = read_sizes(prompt)
    nouns = Nouns(dict(lexicon) if lexicon is not None else noun_index())
    reader = Reader(tokenize(text), nouns)
    reader.read()
    rooms, drafts = reader.rooms, reader.drafts.items
    if not drafts and not rooms.items and not rooms.mentioned and rooms.house is None:
        raise InputError(
            f"the prompt {prompt[:60]!r} names nothing that could stand in a scene.",
            remedy='describe things, for example "a kitchen counter with two mugs and a bowl".',
        )
    rooms.take_sizes(sizes)
    if rooms.drop_building():
        for draft in drafts:
            draft.room = None if draft.room is None else draft.room - 1
    scope = scope_of(rooms, drafts)
    refine(drafts, scope, set(nouns.lexicon.values()))
    categories = [draft.category for draft in drafts]
    if scope == "house":
        rooms.complete_house()
    for room in rooms.items:
        room.room_type = room.room_type or room_type(rooms.mentioned, categories)
    evidence = (rooms.items[0].start, rooms.items[0].end) if rooms.items else None
    requests, ids = rooms.requests()
    if scope == "tabletop":
        stated = rooms.items[0].room_type if rooms.items else None
        kind = tabletop_room_type(stated, rooms.mentioned, categories)
        requests, ids = [], {}
    elif scope == "room":
        ids = {}
        kind = requests[0].room_type if requests else room_type(rooms.mentioned, categories)
    else:
        kind = requests[0].room_type
    return SceneSpec(
        prompt=prompt,
        room_type=kind,
        room_evidence=evidence or rooms.house,
        scope=scope,
        rooms=requests,
        requirements=[draft.requirement(ids) for draft in drafts],
        tasks=reader.tasks,
        negations=reader.negations,
    )


def _check(prompt: str) -> None:
    if not prompt.strip():
        raise InputError("the prompt is empty.", remedy='describe a scene, for example "a desk with two books".')
    if len(prompt) > MAX_PROMPT_CHARACTERS:
        raise InputError(
            f"the prompt has {len(prompt)} characters, at most {MAX_PROMPT_CHARACTERS} are read.",
            remedy="shorten the prompt.",
        )
    try:
        prompt.encode()
    except UnicodeEncodeError as error:
        raise InputError(
            f"the prompt holds an unpaired surrogate at character {error.start}.", remedy="send valid Unicode text."
        ) from error
