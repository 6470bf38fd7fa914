"""From a free name ("Rustic wooden dining table") to a category of ours, where it names one."""

from functools import cache

from blueprint.assets.lexicon import noun_index
from blueprint.contracts.ids import slug
from blueprint.sources.text.words import singulars

__all__ = ["category_of"]

_MAX_WORDS = 4


def category_of(name: str) -> str:
    """Return the category of the longest noun that ends the name, else of the longest inside it, else its slug.

    "Office chairs" are of the category of one.
    """
    words = slug(name).split("_")
    nouns = _nouns()
    for end in range(len(words), 0, -1):
        for start in range(max(0, end - _MAX_WORDS), end):
            for last in (words[end - 1], *singulars(words[end - 1])):
                found = nouns.get(" ".join([*words[start : end - 1], last]))
                if found is not None:
                    return found
    return "_".join(words)[:60]


@cache
def _nouns() -> dict[str, str]:
    return noun_index()
