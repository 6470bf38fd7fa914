"""How well an asset's words answer a query: its kind by the lexicon, and the words that both have."""

from blueprint.assets.lexicon import is_a
from blueprint.sources.retrieval.library import LibraryItem
from blueprint.sources.retrieval.query import Query, tokens

__all__ = ["kind_fit", "lexical_score"]

_KIND_WEIGHT = 0.75
_STRANGER_WEIGHT = 0.2  # "table lamp" shares a word with "table": less than the least score that is accepted (0.25)


def lexical_score(query: Query, item: LibraryItem) -> float:
    """Return 0..1: 0.75 × how the kinds agree + 0.25 × how the words do, where both kinds are known.

    Where one kind is not in the lexicon only words count; where the kinds differ, next to nothing does.
    """
    overlap = _overlap(query, item)
    fit = kind_fit(query, item)
    if fit is None:
        return overlap
    return _KIND_WEIGHT * fit + (1 - _KIND_WEIGHT) * overlap if fit else _STRANGER_WEIGHT * overlap


def kind_fit(query: Query, item: LibraryItem) -> float | None:
    """Return 1 for the same kind, 0.85 for a kind of it (asked for a chair: an armchair), 0.6 for what it is a kind of,
    0 for another kind, None where one of them is unknown."""
    if query.kind is None or item.category is None:
        return None
    if query.kind == item.category:
        return 1.0
    if is_a(item.category, query.kind):
        return 0.85
    return 0.6 if is_a(query.kind, item.category) else 0.0


def _overlap(query: Query, item: LibraryItem) -> float:
    """Harmonic mean of the share of the query's words that the item has and the share of its name's that are asked for.

    Of the query's synonyms the one that fits best counts.
    """
    name = tokens(item.name)
    told = name | tokens(" ".join([item.category or "", item.description, *item.tags]))
    wanted = [tokens(noun) | tokens(" ".join(query.attributes)) for noun in query.synonyms]
    return max((_harmonic(words, name, told) for words in wanted if words), default=0.0)


def _harmonic(words: frozenset[str], name: frozenset[str], told: frozenset[str]) -> float:
    recall = len(words & told) / len(words)
    precision = len(words & name) / len(name) if name else recall
    return 2 * recall * precision / (recall + precision) if recall + precision else 0.0
