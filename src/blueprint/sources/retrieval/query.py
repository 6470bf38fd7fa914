"""What a request for an asset asks for, in words: its kind, its attributes, and the size that is expected."""

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from blueprint.assets.lexicon import all_categories, category, generator_of, noun_index
from blueprint.assets.registry import PROXY, AssetRequest
from blueprint.contracts.asset import AssetModel
from blueprint.contracts.frames import Vec3
from blueprint.sources.retrieval.sidecar import plain

__all__ = ["Query", "descriptor_text", "query_of", "tokens"]

_REQUEST_WORDS = ("color", "material", "size")
_STOP = {"a", "an", "and", "for", "from", "in", "of", "on", "the", "to", "with", "3d", "low", "poly", "free", "pbr"}


@dataclass(frozen=True)
class Query:
    """`kind` is a category of the lexicon, or None for a thing that only has a name. `size_m` is what the procedural
    asset of the same request measures, the prior of its kind; None for a thing whose stand-in has no size of its own.
    """

    kind: str | None
    noun: str
    synonyms: tuple[str, ...]
    attributes: tuple[str, ...]
    size_m: Vec3 | None
    color: str | None = None
    material: str | None = None

    @property
    def text(self) -> str:
        """The words to embed, in the form of `descriptor_text`."""
        return descriptor_text(self.noun, self.kind, " ".join(self.attributes), ())


def query_of(request: AssetRequest, prior: AssetModel) -> Query:
    """Return the query of a request; `prior` is the procedural asset that it makes."""
    label = str(request.option("label", "")) if request.category == PROXY else ""
    kind = noun_index().get(label.lower()) if label else _kind_of(request)
    noun = plain(label, 80) or (category(kind).nouns[0] if kind else request.category.replace("_", " "))
    nouns = category(kind).nouns if kind else (noun,)
    attributes = tuple(word for word in (request.color, request.material) if word)
    is_sized = request.category != PROXY or kind is not None or "width" in dict(request.options)
    size = prior.size_m if is_sized else None
    return Query(kind, noun, nouns, attributes, size, request.color, request.material)


def descriptor_text(name: str, kind: str | None, description: str, tags: tuple[str, ...] | list[str]) -> str:
    """Return what an asset's or a query's vector is made from: its name, its kind, and what is said of it."""
    words = [name, (kind or "").replace("_", " "), description, ", ".join(tags)]
    told = dict.fromkeys(part.strip() for part in words if part.strip())
    return plain(". ".join(told), 1000) or "thing"


@lru_cache(maxsize=1 << 15)
def tokens(text: str) -> frozenset[str]:
    """Return the words of a text in lower case, singular, without those that say nothing."""
    found = re.findall(r"[a-z0-9]+", text.lower())
    return frozenset(_singular(word) for word in found if word not in _STOP and not word.isdigit())


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("ches", "shes", "xes", "sses")):
        return word[:-2]
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def _kind_of(request: AssetRequest) -> str | None:
    """The kind that a request was made for: of those that its generator makes, the one that explains most of it."""
    said: set[tuple[str, object]] = set(request.options)
    said |= {(name, getattr(request, name)) for name in _REQUEST_WORDS if getattr(request, name)}
    best: tuple[int, int, str] | None = None
    for name, own in _kinds_made_by(request.category):
        if set(own) <= said:
            rank = (len(own), int(name == request.category), name)
            best = rank if best is None or (-rank[0], -rank[1], name) < (-best[0], -best[1], best[2]) else best
    return best[2] if best else None


@cache
def _kinds_made_by(generator: str) -> tuple[tuple[str, tuple[tuple[str, float | str], ...]], ...]:
    """Kinds whose generator it is; one that has no options of its own and another name is not told apart from it."""
    return tuple(
        (name, item.options)
        for name, item in sorted(all_categories().items())
        if generator_of(name) == generator and (item.options or name == generator)
    )
