"""Actions that a prompt asks of the robot: "…, put the mug in the bowl"."""

from blueprint.sources.text.mentions import Mentions
from blueprint.sources.text.phrase import NounPhrase
from blueprint.sources.text.relation_words import PREPOSITIONS
from blueprint.sources.text.spec import RelationType, TaskWish
from blueprint.sources.text.tokens import match_words
from blueprint.sources.text.words import CONTROLS, TASK_VERBS

__all__ = ["TaskClauses"]

# "…, open shelves" and "…, push buttons" are no tasks
_ADJECTIVE_VERBS = frozenset(("open", "close", "lift", "press", "push", "turn", "slide", "empty", "plug", "hang"))
_HALVES = {"left_half": "left_of", "right_half": "right_of"}


class TaskClauses(Mentions):
    """Reads actions."""

    def _task(self) -> bool:
        """ "… , put the mug in the bowl": an action, its object and where to."""
        verb, after = match_words(self.tokens, self.index, TASK_VERBS)
        if verb is None or after >= len(self.tokens) or self.tokens[after].word in ("of", "setting", "settings"):
            return False
        start, begin = self.index, self.tokens[self.index].start
        self.index = after
        if self._word() in ("it", "them"):
            self.index += 1
            target = self._meant_by_it(verb)
        else:
            if not self._starts_object(self.tokens[start].word):
                self.index = start
                return False
            phrase = self._phrase()
            if phrase is None or phrase.kind in ("room", "house", "scenery", "opening"):
                self.index = start
                return False
            target = self._owner_of_control(phrase)
            if target is None:
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

    def _meant_by_it(self, verb: str) -> int | None:
        """What "it" means: the thing of the last task or, to be closed, what that went into."""
        if not self.tasks:
            return self.last
        last = self.tasks[-1]
        return last.target if verb in ("open", "close") and last.target is not None else last.object

    def _owner_of_control(self, phrase: NounPhrase) -> int | None:
        """The latest thing that has a button or knob by that name: "press the button" is said of it."""
        owners = CONTROLS.get(phrase.noun, ()) if phrase.category == "proxy" else ()
        found = [index for index, draft in enumerate(self.drafts.items) if draft.category in owners]
        return found[-1] if found else None

    def _starts_object(self, verb: str) -> bool:
        word = self._word()
        if word in ("the", "a", "an", "all", "both") or self._is_number(word):
            return True
        return verb not in _ADJECTIVE_VERBS and self.nouns.longest(self.tokens, self.index) is not None

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
        relation = _HALVES.get(relation or "", relation)
        if relation is None or relation in ("both_sides", "from", "along"):
            return None, None
        self.index = after
        if self._word() in ("it", "them"):
            self.index += 1
            return relation, self.tasks[-1].object if self.tasks else self.last  # type: ignore[return-value]
        if self._word() == "each":
            self.index += 1
            if self._word() == "other":
                self.index += 1
            return relation, None  # type: ignore[return-value]
        phrase = self._phrase()
        if phrase is None or phrase.kind in ("room", "house", "scenery", "opening"):
            return None, None
        return relation, self._mention_in_task(phrase)  # type: ignore[return-value]
