"""The requirements that are being read: added, found again by a later mention, and related to one another."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from blueprint.assets.lexicon import is_a
from blueprint.contracts.errors import InputError
from blueprint.sources.text.phrase import NounPhrase, Nouns
from blueprint.sources.text.spec import Attributes, Place, Relation, RelationType, Requirement
from blueprint.sources.text.words import FLOOR_STANDING, GROUPS, PARTS

__all__ = ["MAX_REQUIREMENTS", "VERTICAL", "Draft", "Drafts", "Member"]

MAX_REQUIREMENTS = 64
VERTICAL = frozenset(("on", "in", "under", "above"))


@dataclass(frozen=True)
class Member:
    """What one mention asks for of one category."""

    phrase: NounPhrase
    category: str
    noun: str
    op: str
    n: int


@dataclass
class Draft:
    """A requirement that later words may still change; `hangs` says that it is on a wall, not merely against it."""

    phrase: NounPhrase
    category: str
    noun: str
    n: int
    op: str
    relations: list[Relation] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    each: bool = False
    hangs: bool = False
    close: bool = False  # named right behind the furniture that it belongs to: "a table with four chairs"
    room: int | None = None
    source: str = "prompt"
    extra: list[str] = field(default_factory=list)
    arrangement: str | None = None

    @property
    def stands(self) -> bool:
        """Whether it stands on the floor."""
        return self.category in FLOOR_STANDING

    def relate(self, relation: Relation) -> None:
        """Add a relation; one that the prompt states replaces one that a list implied."""
        same = [item for item in self.relations if (item.type, item.target) == (relation.type, relation.target)]
        if same and (relation.implied or not same[0].implied):
            return
        self.relations = [item for item in self.relations if item not in same]
        if relation.type in VERTICAL:
            self.relations = [item for item in self.relations if item.type not in VERTICAL or self.hangs]
        elif not relation.implied:
            self.relations = [item for item in self.relations if not (item.implied and item.type == "next_to")]
        self.relations.append(relation)

    def put(self, place: Place) -> None:
        """Note a part of the room; what is there does not stand on what the list before implied."""
        if place not in self.places:
            self.places.append(place)
        if self.each and any(item.implied for item in self.relations):
            self.each, self.n = False, self.phrase.n
        self.relations = [item for item in self.relations if not item.implied]

    def requirement(self, rooms: dict[int, str]) -> Requirement:
        attributes = self.phrase.attributes
        return Requirement(
            op=self.op,  # type: ignore[arg-type]
            n=self.n,
            category=self.category,
            noun=self.noun,
            attributes=Attributes(
                color=attributes.color,
                material=attributes.material,
                size=attributes.size,
                arrangement=self.arrangement or attributes.arrangement,  # type: ignore[arg-type]
                other=[*attributes.other, *self.extra],
            ),
            relations=self.relations,
            places=self.places,
            each=self.each,
            room=rooms.get(self.room) if self.room is not None else None,
            source=self.source,  # type: ignore[arg-type]
            evidence=(self.phrase.start, self.phrase.end),
        )


class Drafts:
    """Every draft, in the order of the prompt."""

    def __init__(self, nouns: Nouns) -> None:
        self.items: list[Draft] = []
        self._categories = set(nouns.lexicon.values())

    def __getitem__(self, index: int) -> Draft:
        return self.items[index]

    def __len__(self) -> int:
        return len(self.items)

    def append(self, member: Member, room: int | None, source: str) -> int:
        """Add a draft and return its index; raises InputError for more kinds of things than a scene may have."""
        if len(self.items) >= MAX_REQUIREMENTS:
            raise InputError(
                f"the prompt asks for more than {MAX_REQUIREMENTS} kinds of things.", remedy="split it into scenes."
            )
        self.items.append(
            Draft(member.phrase, member.category, member.noun, member.n, member.op, room=room, source=source)
        )
        return len(self.items) - 1

    def members(self, phrase: NounPhrase) -> list[Member]:
        """What a phrase asks for: one category, or for a word like "fruit" a share of each of several."""
        if phrase.kind == "part":
            owners = [item for item in PARTS[phrase.noun] if item in self._categories]
            return [Member(phrase, owners[0] if owners else "proxy", phrase.noun, "eq", 1)]
        if phrase.kind != "group":
            return [Member(phrase, phrase.category, phrase.noun, phrase.op, phrase.n)]
        members = [item for item in GROUPS[phrase.noun] if item in self._categories]
        if not members:
            return [Member(phrase, "proxy", phrase.noun, phrase.op, phrase.n)]
        if phrase.noun == "place setting":
            return [Member(phrase, item, phrase.noun, "eq", phrase.n) for item in members]
        total = phrase.n if phrase.counted else len(members) if phrase.plural or phrase.noun != "fruit" else 2
        shares = [total // len(members) + (k < total % len(members)) for k in range(len(members))]
        op = phrase.op if phrase.counted else "ge"
        return [Member(phrase, item, phrase.noun, op, n) for item, n in zip(members, shares, strict=True) if n]

    def known(self, phrase: NounPhrase, room: int | None = None, but: Sequence[int] = ()) -> int | None:
        """Return the latest draft that the phrase can refer to, save those in `but`: of its own category before a kind
        of it, and of the room that is being described before others."""
        rest = [index for index in reversed(range(len(self.items))) if index not in but]
        matches = [index for index in rest if self._agrees(index, phrase)]
        exact = [index for index in matches if self.items[index].category == phrase.category]
        for candidates in (exact, matches):
            here = [index for index in candidates if room is not None and self.items[index].room == room]
            if here or candidates:
                return (here or candidates)[0]
        return None

    def _agrees(self, index: int, phrase: NounPhrase) -> bool:
        draft = self.items[index]
        if phrase.kind == "part":
            same_kind = draft.category in PARTS[phrase.noun]
        elif phrase.kind == "group":
            same_kind = draft.category in GROUPS[phrase.noun]
        elif phrase.category == "proxy":
            same_kind = draft.category == "proxy" and _same_noun(draft, phrase)
        else:
            same_kind = is_a(draft.category, phrase.category) or draft.noun.split()[-1] == phrase.noun
        wanted, had = phrase.attributes, draft.phrase.attributes
        pairs = ((wanted.color, had.color), (wanted.material, had.material))
        return same_kind and all(word is None or word == other for word, other in pairs)

    def relate(self, subject: int, kind: RelationType, target: int, *, implied: bool = False) -> bool:
        """Add a relation unless it would make a circle; returns whether it was added."""
        if subject == target or self.depends(target, subject):
            return False
        self.items[subject].relate(Relation(type=kind, target=target, implied=implied))
        return True

    def share(self, subject: int, owner: int) -> None:
        """The count of the subject is meant for each of the owner."""
        draft = self.items[subject]
        draft.each = True
        draft.n *= max(1, self.items[owner].n)

    def depends(self, index: int, on: int) -> bool:
        """Whether `index` stands, by any chain of relations, relative to `on`."""
        pending, seen = [index], set()
        while pending:
            current = pending.pop()
            if current == on:
                return True
            if current not in seen:
                seen.add(current)
                pending += [relation.target for relation in self.items[current].relations]
        return False


def _same_noun(draft: Draft, phrase: NounPhrase) -> bool:
    return draft.noun == phrase.noun or draft.noun.split()[-1:] == phrase.noun.split()[-1:]
