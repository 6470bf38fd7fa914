"""Masses, materials and friction of many meshes, each by the table or by a checked model, and the record of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from blueprint.contracts.errors import ContractError, InputError
from blueprint.contracts.physics_estimation import (
    EstimationAttempt,
    EstimationMode,
    ObjectPhysics,
    PhysicsEstimation,
)
from blueprint.services.http_json import ServiceError
from blueprint.services.vision import BlockedError, VisionModel
from blueprint.services.vision.exchange import masked
from blueprint.sources.meshes.mesh_input import MassGuess, MeshInput
from blueprint.sources.meshes.properties.judge import judged, tabled
from blueprint.sources.meshes.properties.measure import MeasuredItem, measured
from blueprint.sources.meshes.properties.mode import Choice, choose_model
from blueprint.sources.meshes.properties.question import Estimate, Question, estimates, prompt_of
from blueprint.sources.meshes.properties.table import table_guess
from blueprint.sources.meshes.properties.views import Views, draw_views

__all__ = ["estimate", "guess_masses"]

_BATCH = 6  # things of one request
_TRIES = 2  # an unusable answer is asked for once more
_MAX_FAILURES = 2  # requests in a row without an answer, then nobody is asked any more

Outcome = Literal["ok", "unreachable", "refused", "blocked", "unusable", "not_asked"]
Draw = Callable[[MeasuredItem], Views]


def guess_masses(items: list[MeshInput], mode: EstimationMode) -> tuple[dict[str, MassGuess], PhysicsEstimation]:
    """Return by name what every item weighs and is made of, and the record for `assets/physics_estimation.json`.

    deterministic: the table, without network; the same items give the same record. gemini, openai: that service,
    in batches with six pictures per thing (words alone where no renderer works, recorded); its answers are validated,
    moved into the table's range of the kind and into what the material can weigh. What it answers absurdly falls to
    the table, with the reason. auto: see `mode.choose_model`. Things of the same file, scale, category and label are
    asked about once.

    Raises InputError where a required service is not configured or two items share a name, ServiceError where it does
    not serve, unless PHYSICS_ESTIMATION_FALLBACK=table.
    """
    return estimate(items, mode, choose_model(mode), draw_views)


def estimate(
    items: list[MeshInput], mode: EstimationMode, choice: Choice, draw: Draw
) -> tuple[dict[str, MassGuess], PhysicsEstimation]:
    """As `guess_masses` with a chosen model and a way to draw pictures."""
    names = [item.name for item in items]
    if len(set(names)) < len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise InputError(f"items share the names {twice[:5]}.", remedy="give every item a name of its own.")
    groups: dict[tuple[object, ...], list[MeshInput]] = {}
    for item in items:
        groups.setdefault(_likeness(item), []).append(item)
    things = [measured(group[0]) for group in groups.values()]
    session = _Session(choice, draw)
    answers = session.ask_all(things) if choice.model else {}
    records: dict[str, ObjectPhysics] = {}
    for thing, group in zip(things, groups.values(), strict=True):
        record = _record(thing, answers.get(thing.item.name), choice.model)
        records |= {item.name: record.model_copy(update={"name": item.name}) for item in group}
    found = [records[name] for name in names]
    return {record.name: _guess_of(record) for record in found}, _document(found, mode, choice, session)


@dataclass(frozen=True)
class _Answer:
    """A model's estimate of a thing, or in words why there is none, and how many pictures it saw."""

    estimate: Estimate | str
    pictures: int


@dataclass
class _Session:
    """All requests of one run to one model."""

    choice: Choice
    draw: Draw
    attempts: list[EstimationAttempt] = field(default_factory=list)
    renderers: list[str] = field(default_factory=list)
    failures: int = 0

    def ask_all(self, things: list[MeasuredItem]) -> dict[str, _Answer]:
        """Ask about all things in batches; after two requests in a row without an answer nobody is asked any more.

        Raises ServiceError where the service is required and a request got no usable answer, or none at all."""
        found: dict[str, _Answer] = {}
        for start in range(0, len(things), _BATCH):
            batch = things[start : start + _BATCH]
            if self.failures >= _MAX_FAILURES:
                self._note(batch, 0, "not_asked", f"the {_MAX_FAILURES} requests before got no answer")
                found |= {thing.item.name: _Answer(f"not asked: {self.attempts[-1].detail}", 0) for thing in batch}
                continue
            found |= self._ask_batch(batch)
        if self.choice.is_required and things and not any(isinstance(one.estimate, Estimate) for one in found.values()):
            raise self._error("gave no usable estimate")
        return found

    def _ask_batch(self, things: list[MeasuredItem]) -> dict[str, _Answer]:
        questions = []
        for number, thing in enumerate(things):
            views = self.draw(thing)
            self.renderers.append(views.renderer)
            questions.append(Question(f"o{number}", thing, views.pictures))
        return self._ask(questions)

    def _ask(self, questions: list[Question]) -> dict[str, _Answer]:
        """One request, once more where its answer is unusable; a blocked one is taken apart, for one of its things may
        be the cause."""
        for last in (False,) * (_TRIES - 1) + (True,):
            rows, outcome, detail = self._once(questions)
            if rows is not None:
                self.failures = 0
                return {one.thing.item.name: _Answer(rows[one.id], len(one.pictures)) for one in questions}
            if outcome != "unusable" or last:
                break
        if outcome == "blocked" and len(questions) > 1:
            return {name: answer for one in questions for name, answer in self._ask([one]).items()}
        if outcome != "blocked":
            self.failures += 1
            if self.choice.is_required:
                raise self._error("does not serve")
        reason = f"{outcome}: {detail}"
        return {one.thing.item.name: _Answer(reason, len(one.pictures)) for one in questions}

    def _once(self, questions: list[Question]) -> tuple[dict[str, Estimate | str] | None, Outcome, str]:
        assert self.choice.model is not None  # ask_all is called with a model
        rows, version, detail = None, None, ""
        outcome: Outcome = "ok"
        try:
            answer = self.choice.model.ask(prompt_of(questions))
            version = answer.model_version
            rows = estimates(answer.value, questions)
        except BlockedError as error:
            outcome, detail = "blocked", masked(str(error))
        except ServiceError as error:
            outcome, detail = ("unreachable" if error.is_transient else "refused"), masked(str(error))
        except ContractError as error:
            outcome, detail = "unusable", masked(str(error))
        things = [one.thing for one in questions]
        self._note(things, sum(len(one.pictures) for one in questions), outcome, detail, version)
        return rows, outcome, detail

    def _note(
        self, things: list[MeasuredItem], pictures: int, outcome: Outcome, detail: str, version: str | None = None
    ) -> None:
        assert self.choice.model is not None
        self.attempts.append(
            EstimationAttempt(
                service=self.choice.model.service,
                model=self.choice.model.name,
                request=len(self.attempts),
                objects=[thing.item.name for thing in things],
                pictures=pictures,
                outcome=outcome,
                detail=detail,
                model_version=version,
            )
        )

    def _error(self, what: str) -> ServiceError:
        assert self.choice.model is not None
        return ServiceError(
            f"{self.choice.model.service} ({self.choice.model.name}) {what}: {self.attempts[-1].detail}",
            remedy="mend the service, or export PHYSICS_ESTIMATION_FALLBACK=table.",
        )


def _likeness(item: MeshInput) -> tuple[object, ...]:
    """Equal for items that any estimate is equal for; things with joints are asked about one by one."""
    file = (item.path, item.root) if not item.links else (item.name,)
    return (*file, item.scale, item.category, item.label, item.sim_role)


def _record(thing: MeasuredItem, answer: _Answer | None, model: VisionModel | None) -> ObjectPhysics:
    guess = table_guess(thing)
    if answer is None or model is None:
        return tabled(thing, guess)
    if isinstance(answer.estimate, str):
        return tabled(thing, guess, answer.estimate, answer.pictures)
    return judged(thing, guess, answer.estimate, model.service, model.name, answer.pictures)


def _guess_of(record: ObjectPhysics) -> MassGuess:
    return MassGuess(
        material=record.material,
        source=record.source,
        mass_kg=record.mass_kg,
        solid_fraction=record.solid_fraction,
        mass_range_kg=record.mass_range_kg,
        static_friction=record.static_friction,
        confidence=record.confidence,
    )


def _document(
    records: list[ObjectPhysics], mode: EstimationMode, choice: Choice, session: _Session
) -> PhysicsEstimation:
    count = max(1, len(records))
    by_model = sum(record.estimated_by != "table" for record in records)
    return PhysicsEstimation(
        requested_mode=mode,
        used_mode=choice.model.service if choice.model and by_model else "deterministic",
        model=choice.model.name if choice.model else None,
        renderer="; ".join(sorted(set(session.renderers))) or None,
        coverage=round(sum(record.mass_kg is not None for record in records) / count, 6),
        model_coverage=round(by_model / count, 6),
        objects=records,
        attempts=session.attempts,
        notes=[choice.note],
    )
