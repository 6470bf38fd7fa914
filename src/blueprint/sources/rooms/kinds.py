"""Kinds of things as completion sees them: which can be made, where they belong, how to request one."""

from functools import cache

from blueprint.assets.lexicon import all_categories, category, is_a, request_for
from blueprint.assets.registry import PROXY, AssetRequest, Footing, categories
from blueprint.sources.text.spec import Requirement

__all__ = [
    "can_be_made",
    "footing_of",
    "is_kind",
    "request_of",
    "request_of_requirement",
    "understands",
    "with_options",
]


@cache
def can_be_made(kind: str) -> bool:
    """Whether the kind has a generator, so that completion may use it; stand-ins are for what the prompt names."""
    known = all_categories()
    return kind in known and known[kind].generator in categories() and known[kind].generator != PROXY


def is_kind(kind: str, ancestor: str) -> bool:
    """Whether the kind is the other one or a kind of it."""
    return kind == ancestor or is_a(kind, ancestor)


def footing_of(kind: str) -> Footing:
    """Where a thing of this kind belongs: on the floor, on a surface, on a wall or under the ceiling."""
    return "surface" if kind == PROXY else category(kind).footing


@cache
def understands(generator: str, option: str) -> bool:
    """Whether a generator knows an option."""
    return option in categories()[generator].options


def request_of(kind: str, seed: int, **options: float | str) -> AssetRequest:
    """Return a request of the kind; options that its generator does not know are left out."""
    return with_options(request_for(kind, seed), **options)


def request_of_requirement(item: Requirement, seed: int) -> AssetRequest:
    """Return the request of what the prompt asks for, with its colour, material, size and numbers ("two-drawer")."""
    attributes = item.attributes
    if item.category == PROXY:
        label = (("label", item.noun),)
        return AssetRequest(PROXY, seed, attributes.color, attributes.material, attributes.size, label)
    request = request_for(item.category, seed, attributes.color, attributes.material, attributes.size)
    if "round" in attributes.other:
        request = with_options(request, shape="round")
    for words in attributes.other:
        parts = words.replace("-", " ").split()
        numbers = [int(part) for part in parts if part.isdigit()]
        if numbers:
            request = with_options(request, **{name: float(numbers[0]) for name in (parts[-1], parts[-1] + "s")})
    return request


def with_options(request: AssetRequest, **options: float | str) -> AssetRequest:
    """Return the request with options added, those that its generator knows."""
    kept = {name: value for name, value in options.items() if understands(request.category, name)}
    merged = tuple(sorted({**dict(request.options), **kept}.items()))
    return AssetRequest(request.category, request.seed, request.color, request.material, request.size, merged)
