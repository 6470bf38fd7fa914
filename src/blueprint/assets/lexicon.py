"""The kinds of things that have names: their nouns, what each is a kind of, and which generator makes it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from blueprint.assets.registry import PROXY, AssetRequest, Footing, categories
from blueprint.contracts.errors import InputError

__all__ = [
    "Category",
    "all_categories",
    "all_kinds_of",
    "ancestors",
    "category",
    "generator_of",
    "is_a",
    "noun_index",
    "request_for",
    "stands_on_floor",
]

_REQUEST_WORDS = ("color", "material", "size")  # options of a kind that are fields of a request
_PROXY_SIZES_M = {
    "floor": (0.6, 0.6, 0.9),
    "wall": (0.5, 0.06, 0.5),
    "ceiling": (0.4, 0.4, 0.3),
}


@dataclass(frozen=True)
class Category:
    """A kind of thing. `nouns` are its singular names, its own id's words first; `hypernym` is what it is a kind of.

    `generator` makes it, with `options` (a lime is a small green lemon); `footing` says where it stands or hangs;
    `rooms` are the room types where it is usual; `size_m` (x, y, z) is the size of its stand-in.
    """

    id: str
    nouns: tuple[str, ...]
    hypernym: str | None
    generator: str
    options: tuple[tuple[str, float | str], ...]
    footing: Footing
    rooms: tuple[str, ...]
    size_m: tuple[float, float, float] | None = None


def all_categories() -> dict[str, Category]:
    """Return every kind by id: those of the lexicon, then registered generators that it does not list."""
    known = dict(_table())
    for name, item in sorted(categories().items()):
        if name not in known and name != PROXY and item.sim_role != "scene_shell":
            known[name] = Category(name, (_words(name), *item.nouns), "object", name, (), item.footing, ())
    return known


def category(category_id: str) -> Category:
    """Return one kind; raises InputError for an id that neither the lexicon nor the registry has."""
    found = _table().get(category_id) or all_categories().get(category_id)
    if found is None:
        raise InputError(f"no kind of thing is called {category_id!r}.", remedy="see lexicon.all_categories().")
    return found


def noun_index() -> dict[str, str]:
    """Return noun → category id; a noun of the lexicon wins over the same noun of a generator."""
    known = all_categories()
    index = {noun: item.id for item in known.values() for noun in item.nouns}
    for name, item in sorted(categories().items()):
        for noun in item.nouns:
            if name in known:
                index.setdefault(noun, name)
    return index


def ancestors(category_id: str) -> Iterator[str]:
    """Yield the id and what it is a kind of, nearest first: apple, fruit, food, object."""
    current: str | None = category_id
    while current is not None:
        yield current
        entry = _table().get(current)
        current = entry.hypernym if entry else None


def is_a(category_id: str, ancestor: str) -> bool:
    """Whether the one is the other or a kind of it; ids that are not in the lexicon are only themselves."""
    return ancestor in ancestors(category_id)


def all_kinds_of(ancestor: str, footing: Footing | None = None) -> frozenset[str]:
    """Return the ids of the lexicon that are `ancestor` or a kind of it, of one footing if one is given."""
    return frozenset(
        name for name, item in _table().items() if is_a(name, ancestor) and footing in (None, item.footing)
    )


def generator_of(category_id: str) -> str:
    """Return the registered generator that makes the kind.

    That is its own, or while that one is not registered the generator of the nearest kind above it that is a thing of
    the same footing with a generator of its own (an armchair is a chair), and else the labelled stand-in.
    """
    registered = categories()
    item = category(category_id)
    if item.generator in registered:
        return item.generator
    for name in (*ancestors(item.generator), *ancestors(category_id)):
        entry = _table().get(name)
        if entry and name in registered and entry.generator == name and registered[name].footing == item.footing:
            return name
    return PROXY


def request_for(
    category_id: str,
    seed: int,
    color: str | None = None,
    material: str | None = None,
    size: str | None = None,
    options: tuple[tuple[str, float | str], ...] = (),
) -> AssetRequest:
    """Return the request that makes one of a kind; the caller's words win over those of the kind.

    Where no generator fits, it asks for a stand-in of the kind's size that carries its name (or options["label"]).
    Raises InputError for an unknown kind.
    """
    item = category(category_id)
    generator = generator_of(category_id)
    own = dict(item.options)
    words = {name: str(own.pop(name)) for name in _REQUEST_WORDS if name in own}
    if generator == PROXY:
        own = {"label": item.nouns[0], **_proxy_size(item), **own}
    return AssetRequest(
        category=generator,
        seed=seed,
        color=color or words.get("color"),
        material=material or words.get("material"),
        size=size or words.get("size"),
        options=tuple(sorted({**own, **dict(options)}.items())),
    )


def stands_on_floor(category_id: str) -> bool:
    """Whether things of this kind stand on the floor; unknown ones (stand-ins) do not."""
    entry = _table().get(category_id)
    return entry is not None and entry.footing == "floor"


def _proxy_size(item: Category) -> dict[str, float | str]:
    size = item.size_m or _PROXY_SIZES_M.get(item.footing)
    return dict(zip(("width", "depth", "height"), size, strict=True)) if size else {}


@cache
def _table() -> Mapping[str, Category]:
    """Read `lexicon.json`: id → {of, generator, options, footing, size_m, rooms, nouns}; footing is inherited."""
    raw = json.loads(files("blueprint.assets").joinpath("lexicon.json").read_text(encoding="utf-8"))
    table: dict[str, Category] = {}
    for name, entry in raw.items():
        table[name] = Category(
            id=name,
            nouns=(_words(name), *entry.get("nouns", ())),
            hypernym=entry.get("of"),
            generator=entry.get("generator", name),
            options=tuple(sorted(entry.get("options", {}).items())),
            footing=_footing(raw, name),
            rooms=tuple(entry.get("rooms", ())),
            size_m=tuple(entry["size_m"]) if "size_m" in entry else None,
        )
    return table


def _footing(raw: Mapping[str, Mapping[str, str]], name: str) -> Footing:
    current = name
    while "footing" not in raw[current]:
        current = raw[current]["of"]
    return raw[current]["footing"]  # type: ignore[return-value]


def _words(name: str) -> str:
    return name.replace("_", " ")
