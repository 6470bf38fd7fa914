"""Prompt → `SceneSpec`: a deterministic reader of English scene descriptions, without a language model."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from blueprint.contracts.errors import InputError
from blueprint.contracts.scene_request import MAX_PROMPT_CHARACTERS
from blueprint.sources.text.phrase import NounPhrase, Nouns, read_noun_phrase, starts_with_comparator
from blueprint.sources.text.rooms import room_type
from blueprint.sources.text.spec import (
    Attributes,
    Negation,
    Relation,
    RelationType,
    Requirement,
    SceneSpec,
    TaskWish,
)
from blueprint.sources.text.tokens import Token, match_words, tokenize
from blueprint.sources.text.words import (
    CONTAINERS,
    FLOOR_STANDING,
    FURNITURE_PARTS,
    GROUPS,
    HOLDING,
    NUMBERS,
    PARTS,
    PREPOSITIONS,
    SUPPORTS,
    TASK_VERBS,
)

__all__ = ["MAX_REQUIREMENTS", "parse_prompt"]

MAX_REQUIREMENTS = 64
_SENTENCE_END = frozenset(".;!?\n")
_JOINERS = frozenset(("and", "or", "nor", "plus", "&", ","))
_PRONOUNS = frozenset(("it", "them", "each", "there"))
_VERTICAL = frozenset(("on", "in", "under", "above"))
_ARRANGEMENTS = {"row": "row", "line": "row", "stack": "stack", "pile": "stack"}


def parse_prompt(prompt: str, lexicon: Mapping[str, str] | None = None) -> SceneSpec:
    """Return what `prompt` asks for; `lexicon` maps nouns to categories (default: the registered generators').

    Unknown nouns become requirements of category "proxy". Raises InputError for a prompt that is empty, longer than
    4000 characters, not encodable, names nothing, or asks for more than 64 kinds of things.
    """
    _check(prompt)
    if lexicon is None:
        from blueprint.assets.registry import lexicon as registered

        lexicon = registered()
    reader = _Reader(tokenize(prompt), Nouns(dict(lexicon)))
    reader.read()
    requirements = [draft.requirement() for draft in reader.drafts]
    if not requirements and reader.room is None and not reader.rooms_mentioned:
        raise InputError(
            f"the prompt {prompt[:60]!r} names nothing that could stand in a scene.",
            remedy='describe things, for example "a kitchen counter with two mugs and a bowl".',
        )
    return SceneSpec(
        prompt=prompt,
        room_type=room_type(reader.room, reader.rooms_mentioned, [item.category for item in requirements]),
        room_evidence=reader.room_evidence,
        requirements=requirements,
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


@dataclass
class _Draft:
    phrase: NounPhrase
    category: str
    noun: str
    n: int
    op: str
    relations: list[Relation] = field(default_factory=list)
    each: bool = False
    source: str = "prompt"
    extra: list[str] = field(default_factory=list)
    arrangement: str | None = None

    def relate(self, relation: Relation) -> None:
        if relation.type in _VERTICAL:
            self.relations = [item for item in self.relations if item.type not in _VERTICAL]
        elif relation.implied is False:
            self.relations = [item for item in self.relations if not (item.implied and item.type == "next_to")]
        self.relations.append(relation)

    def requirement(self) -> Requirement:
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
            each=self.each,
            source=self.source,  # type: ignore[arg-type]
            evidence=(self.phrase.start, self.phrase.end),
        )


@dataclass
class _Holder:
    """Things that follow stand on or in `owner`: `scope` says for how long."""

    owner: int
    each: bool
    scope: str  # list (to the end of the sentence), once (one noun phrase), comma (to the next comma)


class _Reader:
    def __init__(self, tokens: list[Token], nouns: Nouns) -> None:
        self.tokens = tokens
        self.nouns = nouns
        self.index = 0
        self.drafts: list[_Draft] = []
        self.tasks: list[TaskWish] = []
        self.negations: list[Negation] = []
        self.room: str | None = None
        self.room_evidence: tuple[int, int] | None = None
        self.rooms_mentioned: list[str] = []
        self._reset()

    def _reset(self) -> None:
        self.group: list[int] = []  # the coordinated list that is being read
        self.segment: list[int] = []  # its part since the last comma
        self.trail: int | None = None  # what the preposition just before was about: "in a bowl on a table"
        self.subjects: list[int] = []  # what a following preposition is about
        self.context: _Holder | None = None
        self.inner: _Holder | None = None
        self.fronted: tuple[RelationType, int, bool] | None = None
        self.clause_start = True
        self.negated = False
        if not hasattr(self, "last"):
            self.last: int | None = None

    def read(self) -> None:
        """Read the whole prompt, clause by clause."""
        while self.index < len(self.tokens):
            before = self.index
            self._step()
            if self.index == before:
                self.index += 1

    def _word(self, ahead: int = 0) -> str:
        position = self.index + ahead
        return self.tokens[position].word if position < len(self.tokens) else ""

    def _step(self) -> None:
        word = self._word()
        if word in _SENTENCE_END:
            self.index += 1
            self._reset()
            return
        if word in _JOINERS:
            self._joiner(word)
            return
        if self.clause_start and self._task():
            return
        if word == ":" and self.last is not None:
            self.index += 1
            self._hold("with", each=False)
            return
        if self._negation() or self._each() or self._set_for():
            return
        preposition, after = match_words(self.tokens, self.index, PREPOSITIONS)
        if preposition and not starts_with_comparator(self.tokens, self.index):
            self.index = after
            self._prepositional(preposition)
            return
        holding, after = match_words(self.tokens, self.index, HOLDING)
        if holding:
            self.index = after
            self._hold(holding, each=False)
            return
        phrase = self._phrase()
        if phrase is None:
            self.clause_start = word in ("then", "please", "to", "should", "must", "can", "will", "robot", "so", "also")
            self.index += 1
            return
        self.clause_start = False
        self.trail = None
        self._mention(phrase)

    def _joiner(self, word: str) -> None:
        self.index += 1
        self.clause_start = True
        if word == ",":
            self.segment = []
            if self.inner and self.inner.scope == "comma":
                self.inner = None
            self.negated = False
        elif word in ("and", "plus", "&") and self.negated and self._counts():
            self.negated = False

    def _counts(self) -> bool:
        word = self._word()
        return word in NUMBERS or word.isdigit() or word in ("a", "an", "some", "several", "the", "at", "exactly")

    def _phrase(self) -> NounPhrase | None:
        phrase, self.index = read_noun_phrase(self.tokens, self.index, self.nouns)
        return phrase

    # --- mentions -----------------------------------------------------------------------------------------------

    def _mention(self, phrase: NounPhrase) -> None:
        if phrase.kind == "room" or phrase.room:
            self._note_room(phrase)
        if phrase.kind in ("room", "scenery"):
            if phrase.kind == "room":
                self.last = None
            return
        if self.negated or phrase.n == 0:
            self._negate(phrase)
            return
        if self._is_owner_part(phrase):
            return
        for index in self._resolve_or_add(phrase, extends_list=True):
            self.last = index
        if self.inner and self.inner.scope == "once":
            self.inner = None
        self._contents_of(phrase)

    def _note_room(self, phrase: NounPhrase) -> None:
        if phrase.kind == "room" and self.room is None:
            self.room = phrase.room
            self.room_evidence = (phrase.start, phrase.end)
        elif phrase.room:
            self.rooms_mentioned.append(phrase.room)

    def _negate(self, phrase: NounPhrase) -> None:
        members = GROUPS[phrase.noun] if phrase.kind == "group" else (phrase.category,)
        for category in members:
            self.negations.append(Negation(category=category, noun=phrase.noun, evidence=(phrase.start, phrase.end)))

    def _is_owner_part(self, phrase: NounPhrase) -> bool:
        holder = self.inner or self.context
        noun = phrase.noun.removesuffix("s")
        if holder is None or noun not in FURNITURE_PARTS or phrase.category in SUPPORTS:
            return False
        owner = self.drafts[holder.owner]
        if noun in PARTS and owner.category not in PARTS[noun]:
            return False
        words = [str(phrase.n) if phrase.counted else "", *phrase.attributes.other, noun]
        owner.extra.append("with " + " ".join(word for word in words if word) + ("s" if phrase.n > 1 else ""))
        if self.inner and self.inner.scope == "once":
            self.inner = None
        return True

    def _resolve_or_add(
        self, phrase: NounPhrase, *, extends_list: bool = False, prefer_known: bool = False, source: str = "prompt"
    ) -> list[int]:
        known = self._known(phrase) if phrase.definite or prefer_known else None
        if known is not None:
            if extends_list:
                self.group, self.subjects = [known], [known]
            return [known]
        return [self._add(member, extends_list, source) for member in self._members(phrase)]

    def _members(self, phrase: NounPhrase) -> list[tuple[NounPhrase, str, str, str, int]]:
        if phrase.kind == "part":
            owners = [item for item in PARTS[phrase.noun] if item in self.nouns.lexicon.values()]
            return [(phrase, owners[0] if owners else "proxy", phrase.noun, "eq", 1)]
        if phrase.kind != "group":
            return [(phrase, phrase.category, phrase.noun, phrase.op, phrase.n)]
        members = [item for item in GROUPS[phrase.noun] if item in self.nouns.lexicon.values()]
        if not members:
            return [(phrase, "proxy", phrase.noun, phrase.op, phrase.n)]
        if phrase.noun == "place setting":
            return [(phrase, item, phrase.noun, "eq", phrase.n) for item in members]
        total = phrase.n if phrase.counted else len(members) if phrase.plural or phrase.noun != "fruit" else 2
        shares = [total // len(members) + (k < total % len(members)) for k in range(len(members))]
        op = phrase.op if phrase.counted else "ge"
        return [(phrase, item, phrase.noun, op, n) for item, n in zip(members, shares, strict=True) if n]

    def _known(self, phrase: NounPhrase) -> int | None:
        """The latest requirement that the phrase can refer to."""
        wanted = phrase.attributes
        for index in range(len(self.drafts) - 1, -1, -1):
            draft = self.drafts[index]
            had = draft.phrase.attributes
            same_kind = (
                draft.category in PARTS[phrase.noun]
                if phrase.kind == "part"
                else draft.category in GROUPS[phrase.noun]
                if phrase.kind == "group"
                else draft.category == phrase.category and (phrase.category != "proxy" or _same_noun(draft, phrase))
            )
            agrees = all(
                word is None or word == other
                for word, other in ((wanted.color, had.color), (wanted.material, had.material))
            )
            if same_kind and agrees:
                return index
        return None

    def _add(self, member: tuple[NounPhrase, str, str, str, int], extends_list: bool, source: str) -> int:
        phrase, category, noun, op, n = member
        if len(self.drafts) >= MAX_REQUIREMENTS:
            raise InputError(
                f"the prompt asks for more than {MAX_REQUIREMENTS} kinds of things.", remedy="split it into scenes."
            )
        draft = _Draft(phrase, category, noun, n, op, source=source)
        index = len(self.drafts)
        self.drafts.append(draft)
        holder = self.inner or self.context
        if holder is not None and holder.owner != index:
            self._stand_on(draft, holder)
        elif self.fronted is not None and self.fronted[1] != index:
            kind, target, each = self.fronted
            draft.relate(Relation(type=kind, target=target))
            self._share(draft, target, each)
        if extends_list:
            if self.inner is None:
                self.group.append(index)
                self.segment.append(index)
                self.subjects = list(self.group)
            else:
                self.subjects = [index]
        return index

    def _stand_on(self, draft: _Draft, holder: _Holder) -> None:
        owner = self.drafts[holder.owner]
        if draft.category in FLOOR_STANDING:
            draft.relate(Relation(type="next_to", target=holder.owner, implied=True))
        elif owner.category in CONTAINERS and owner.category not in SUPPORTS:
            draft.relate(Relation(type="in", target=holder.owner, implied=True))
        else:
            draft.relate(Relation(type="on", target=holder.owner, implied=True))
        self._share(draft, holder.owner, holder.each)

    def _share(self, draft: _Draft, owner: int, each: bool) -> None:
        if each:
            draft.each = True
            draft.n *= max(1, self.drafts[owner].n)

    def _contents_of(self, phrase: NounPhrase) -> None:
        """ "a bowl of apples" holds apples; "a bottle of water" is a bottle with a word about it."""
        if self._word() != "of" or self.last is None:
            return
        start = self.index
        self.index += 1
        contents, after = read_noun_phrase(self.tokens, self.index, self.nouns)
        if contents is None:
            self.index = start
            return
        draft = self.drafts[self.last]
        known = contents.kind == "group" or (contents.kind == "thing" and contents.category != "proxy")
        if known and draft.category in CONTAINERS:
            outer = self.inner
            self.inner = _Holder(self.last, draft.n > 1, "once")
            owner = self.last
            self.index = after
            group = list(self.group)
            self._resolve_or_add(contents, extends_list=True)
            self.inner, self.last = outer, owner
            self.group, self.subjects = group, list(group)
        else:
            draft.extra.append(f"of {contents.noun}" if contents.noun else "")
            self.index = after

    # --- connectives --------------------------------------------------------------------------------------------

    def _hold(self, kind: str, *, each: bool) -> None:
        """ "X with A and B": A and B stand on X, or in it."""
        self.clause_start = False
        owner = self.last
        if self._word() == "no" or self._word() == "nothing":
            return
        if owner is None:
            self.context = None
            return
        furniture = self.drafts[owner].category in FLOOR_STANDING
        alone = self.context is None and (furniture or (self.group in ([owner], []) and self._is_single(owner)))
        if alone:
            self.context, self.inner = _Holder(owner, each, "list"), None
            self.group, self.subjects = [], []
        else:
            self.inner = _Holder(owner, each, "comma" if kind == "hold" else "once")

    def _is_single(self, owner: int) -> bool:
        return self.drafts[owner].n == 1 and self.drafts[owner].category != "plate"

    def _each(self) -> bool:
        if self._word() not in ("each", "every"):
            return False
        holding, after = match_words(self.tokens, self.index + 1, HOLDING)
        if holding and self.last is not None:
            self.index = after
            self._hold(holding, each=True)
            return True
        start = self.index
        self.index += 1
        phrase = self._phrase()
        known = self._known(phrase) if phrase else None
        holding, after = match_words(self.tokens, self.index, HOLDING)
        if known is None or holding is None:
            self.index = start + 1
            return True
        self._reset()
        self.last = known
        self.index = after
        self._hold(holding, each=True)
        return True

    def _prepositional(self, kind: RelationType) -> None:
        self.clause_start = False
        subjects = list(self.subjects)
        each = self._word() in ("each", "every")
        target: int | None
        if each or self._word() in _PRONOUNS:
            pronoun = self._word()
            self.index += 1
            phrase = self._phrase() if each else None
            target = self._known(phrase) if phrase else self._antecedent(subjects, kind, pronoun)
            if target is None and phrase is not None and phrase.kind == "thing":
                target = self._add_target(phrase)
        else:
            phrase = self._phrase()
            if phrase is None:
                return
            target = self._target(phrase, kind, subjects)
        if target is None:
            return
        if not subjects:
            self.fronted = (kind, target, each)
            self.context, self.group = None, []
            self.last = target
            return
        trail, self.trail = self.trail, target
        if trail is not None and trail != target and kind in _VERTICAL and self._is_loose(trail):
            subjects = [trail]
        self._relate(subjects, kind, target, each)
        if phrase is not None:
            self.last = target

    def _is_loose(self, index: int) -> bool:
        """Whether nothing is known yet of what a surface object stands on."""
        draft = self.drafts[index]
        return draft.category not in FLOOR_STANDING and not any(item.type in _VERTICAL for item in draft.relations)

    def _target(self, phrase: NounPhrase, kind: RelationType, subjects: list[int]) -> int | None:
        words = phrase.noun.split()
        if phrase.category == "proxy" and words and words[-1] in _ARRANGEMENTS:
            for index in subjects:
                self.drafts[index].arrangement = _ARRANGEMENTS[words[-1]]
            return None
        if phrase.kind in ("room", "scenery"):
            if phrase.kind == "room":
                self._note_room(phrase)
            elif kind == "on" and self._word(-1) in ("floor", "ground"):
                for index in subjects:
                    self.drafts[index].extra.append("on the floor")
            return None
        if phrase.room:
            self._note_room(phrase)
        known = self._known(phrase) if phrase.definite else None
        return known if known is not None else self._add_target(phrase)

    def _add_target(self, phrase: NounPhrase) -> int:
        inner, fronted = self.inner, self.fronted
        if phrase.category in FLOOR_STANDING:
            context, self.context, self.inner, self.fronted = self.context, None, None, None
            index = self._resolve_or_add(phrase)[0]
            self.context = context
        else:
            index = self._resolve_or_add(phrase)[0]
        self.inner, self.fronted = inner, fronted
        return index

    def _relate(self, subjects: list[int], kind: RelationType, target: int, each: bool) -> None:
        last = subjects[-1]
        holder = self.inner or self.context
        if (
            kind in _VERTICAL
            and self.drafts[target].category in FLOOR_STANDING
            and self.drafts[last].relations
            and (owner := self.drafts[last].relations[0]).implied
            and self.drafts[owner.target].category not in FLOOR_STANDING
        ):
            # "a tray with a mug on a table": it is the tray that stands on the table.
            subjects = [owner.target, *(item for item in self.group if item != owner.target)]
            subjects = [index for index in subjects if not self.drafts[index].relations]
            self.context = None if holder is self.context else self.context
        for index in subjects:
            draft = self.drafts[index]
            earlier = index != last
            if index == target or (earlier and (draft.relations or draft.category in FLOOR_STANDING)):
                continue
            if earlier and kind not in _VERTICAL and index not in self.segment:
                continue
            if self._depends(target, index):
                continue
            draft.relate(Relation(type=kind, target=target))
            self._share(draft, target, each)

    def _depends(self, index: int, on: int) -> bool:
        """Whether `index` already stands, by any chain of relations, relative to `on` (a cycle if added)."""
        pending, seen = [index], set()
        while pending:
            current = pending.pop()
            if current == on:
                return True
            if current not in seen:
                seen.add(current)
                pending += [relation.target for relation in self.drafts[current].relations]
        return False

    def _antecedent(self, subjects: list[int], kind: RelationType, pronoun: str) -> int | None:
        candidates = [index for index in range(len(self.drafts) - 1, -1, -1) if index not in subjects[-1:]]
        if kind in ("on", "in", "under"):
            wanted = CONTAINERS if kind == "in" else (SUPPORTS | FLOOR_STANDING) - {"chair", "stool"}
            candidates = [index for index in candidates if self.drafts[index].category in wanted] or candidates
        if pronoun == "each":
            candidates = [index for index in candidates if self.drafts[index].n > 1] or candidates
        return candidates[0] if candidates else None

    def _negation(self) -> bool:
        word = self._word()
        if word == "without" or (word == "no" and self._word(1) not in ("more", "fewer", "less")):
            self.index += 2 if self._word(1) == "any" else 1
            self.negated = True
            return True
        if word == "any" and self.negated:
            self.index += 1
            return True
        return False

    def _set_for(self) -> bool:
        """ "a table set for four": a place setting for each."""
        words = [self._word(k) for k in range(3)]
        if words[:2] != ["set", "for"] or not (words[2] in NUMBERS or words[2].isdigit()):
            return False
        start, end = self.tokens[self.index], self.tokens[self.index + 2]
        n = NUMBERS.get(words[2], 0) or int(words[2][:3])
        self.index += 3
        holder = self.context or (_Holder(self.last, False, "list") if self.last is not None else None)
        phrase = NounPhrase(
            "group", "group", "place setting", "eq", n, Attributes(), False, True, True, start.start, end.end, None
        )
        saved, self.context = self.context, holder
        last = self.last
        self._resolve_or_add(phrase)
        self.context, self.last = saved, last
        return True

    # --- tasks --------------------------------------------------------------------------------------------------

    def _task(self) -> bool:
        """ "… , put the mug in the bowl": an action, its object and where to."""
        verb, after = match_words(self.tokens, self.index, TASK_VERBS)
        if verb is None or after >= len(self.tokens) or self.tokens[after].word in ("of", "setting", "settings"):
            return False
        start, begin = self.index, self.tokens[self.index].start
        self.index = after
        if self._word() in ("it", "them"):
            self.index += 1
            target = self.tasks[-1].object if self.tasks else self.last
        else:
            if not self._starts_object():
                self.index = start
                return False
            phrase = self._phrase()
            if phrase is None or phrase.kind in ("room", "scenery"):
                self.index = start
                return False
            target = self._mention_in_task(phrase)
        if target is None:
            self.index = start
            return False
        relation, where = self._task_goal()
        self.tasks.append(
            TaskWish(
                verb=verb,  # type: ignore[arg-type]
                object=target,
                relation=relation,
                target=where,
                evidence=(begin, self.tokens[self.index - 1].end),
            )
        )
        self.group, self.subjects, self.context, self.inner, self.fronted = [], [], None, None, None
        self.last = target
        self.clause_start = True
        return True

    def _starts_object(self) -> bool:
        word = self._word()
        counted = word in NUMBERS or word.isdigit()
        return (
            word in ("the", "a", "an", "all", "both")
            or counted
            or self.nouns.longest(self.tokens, self.index) is not None
        )

    def _mention_in_task(self, phrase: NounPhrase) -> int:
        context, self.context = self.context, None
        inner, self.inner, self.fronted = self.inner, None, None
        index = self._resolve_or_add(phrase, prefer_known=True, source="task")[0]
        self.context, self.inner = context, inner
        return index

    def _task_goal(self) -> tuple[RelationType | None, int | None]:
        if self._word() in ("up", "down", "back"):
            self.index += 1
        relation, after = match_words(self.tokens, self.index, PREPOSITIONS)
        if relation is None:
            return None, None
        self.index = after
        if self._word() in ("it", "them"):
            self.index += 1
            return relation, self.tasks[-1].object if self.tasks else self.last
        if self._word() == "each":
            self.index += 1
            if self._word() == "other":
                self.index += 1
            return relation, None
        phrase = self._phrase()
        if phrase is None or phrase.kind in ("room", "scenery"):
            return None, None
        return relation, self._mention_in_task(phrase)


def _same_noun(draft: _Draft, phrase: NounPhrase) -> bool:
    return draft.noun == phrase.noun or draft.noun.split()[-1:] == phrase.noun.split()[-1:]
