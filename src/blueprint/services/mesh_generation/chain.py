"""Asks services for a mesh, in order, until one gives a usable one; every attempt is recorded."""

from collections.abc import Callable
from dataclasses import dataclass, field

from blueprint.contracts.asset import License
from blueprint.contracts.asset_generation import MeshAttempt, MeshOrigin, MeshOutcome
from blueprint.contracts.errors import InputError
from blueprint.services.mesh_generation.cache import MeshCache, cache_entry
from blueprint.services.mesh_generation.exchange import excerpt
from blueprint.services.mesh_generation.glb import MeshFacts, check_glb
from blueprint.services.mesh_generation.picture import PictureModel, as_png
from blueprint.services.mesh_generation.provider import (
    Clock,
    Deadline,
    Failure,
    MeshRequest,
    MeshServiceError,
    Provider,
    SystemClock,
)  # fmt: skip

__all__ = ["GeneratedMesh", "MeshChain", "generate_mesh"]

_GIVE_UP_AFTER = 2  # failures of these kinds in a row: a service that is down is not waited for once per object
_DOWN: tuple[Failure, ...] = ("unreachable", "busy", "timed_out")
_NO_ACCESS = (401, 402, 403)


@dataclass(frozen=True)
class GeneratedMesh:
    """The bytes of a GLB (Y-up, of no particular scale), where they came from, and under which licence."""

    data: bytes
    origin: MeshOrigin
    license: License
    from_cache: bool


@dataclass
class MeshChain:
    """Services of one scene, in the order in which they are asked, and what was learnt of them.

    `overall_s` is for all meshes together, from the first request that is sent. `picture` draws for services that only
    take pictures. `license_id` is what the operator says about the services' output.
    """

    providers: list[Provider]
    picture: PictureModel | None = None
    license_id: str = "unknown"
    overall_s: float = 7200.0
    clock: Clock = field(default_factory=SystemClock)
    _deadline: Deadline | None = None
    _failures: dict[str, int] = field(default_factory=dict)

    def deadline(self, seconds: float) -> Deadline:
        """Return the deadline of an attempt that may take so long."""
        if self._deadline is None:
            self._deadline = Deadline(self.clock, self.clock.now() + self.overall_s, self.overall_s)
        return self._deadline.within(seconds)

    def given_up(self, service: str) -> bool:
        """Whether a service failed too often in a row to be asked again for this scene."""
        return self._failures.get(service, 0) >= _GIVE_UP_AFTER

    def note(self, service: str, error: MeshServiceError | None) -> None:
        """Learn from an attempt: None or a failure of the one mesh clears it, a refused key ends it."""
        if error is not None and error.status in _NO_ACCESS:
            self._failures[service] = _GIVE_UP_AFTER
        elif error is not None and error.failure in _DOWN:
            self._failures[service] = self._failures.get(service, 0) + 1
        else:
            self._failures[service] = 0

    def picture_model(self, provider: Provider, wanted: MeshRequest) -> str | None:
        """The model that draws what this provider starts from; None for words, or for a picture that is given."""
        drawn = provider.takes == "image" and wanted.image is None and self.picture is not None
        return self.picture.service.model if drawn and self.picture else None


def generate_mesh(
    wanted: MeshRequest,
    chain: MeshChain,
    cache: MeshCache | None = None,
    *,
    accept: Callable[[bytes], MeshFacts] = check_glb,
) -> tuple[GeneratedMesh | None, list[MeshAttempt]]:
    """Return a mesh that `accept` accepts, or None, and every attempt.

    A mesh in the cache of any service of the chain comes first, in the chain's order, so that a request that was once
    answered has the same answer without a network. Else each service is asked within its own and the chain's deadline;
    a file that is no plain GLB, or that `accept` refuses with an InputError, counts as a failure of its service.
    Raises StorageError where the cache cannot be used, InputError where the given picture is none.
    """
    attempts: list[MeshAttempt] = []
    if cache is not None:
        found = _cached(wanted, chain, cache, accept, attempts)
        if found is not None:
            return found, attempts
    pictures = _Pictures(wanted, chain, attempts)
    for provider in chain.providers:
        name = provider.service.name
        if chain.given_up(name):
            attempts.append(_attempt(provider, "skipped", "it failed too often in this scene"))
            continue
        picture: bytes | None = None
        if provider.takes == "image":
            picture = pictures.get()
            if picture is None:
                attempts.append(_attempt(provider, "skipped", pictures.why))
                continue
        try:
            data = provider.make(wanted, picture, chain.deadline(provider.service.timeout_s))
            check_glb(data)
            facts = accept(data)
        except MeshServiceError as error:
            chain.note(name, error)
            attempts.append(_attempt(provider, error.failure, str(error), error.status))
        except InputError as error:
            chain.note(name, None)
            attempts.append(_attempt(provider, "unusable", str(error), 200))
        else:
            chain.note(name, None)
            attempts.append(_attempt(provider, "ok"))
            return _kept(wanted, chain, cache, provider, data, facts), attempts
    return None, attempts


class _Pictures:
    """The picture of what is wanted, given or drawn once; `why` there is none."""

    def __init__(self, wanted: MeshRequest, chain: MeshChain, attempts: list[MeshAttempt]) -> None:
        self._wanted, self._chain, self._attempts = wanted, chain, attempts
        self._drawn: bytes | None = None
        self.why = ""

    def get(self) -> bytes | None:
        if self._drawn is None and not self.why:
            self._drawn = self._draw()
        return self._drawn

    def _draw(self) -> bytes | None:
        if self._wanted.image is not None:
            return as_png(self._wanted.image)
        model = self._chain.picture
        if model is None:
            self.why = "it takes pictures only, and no TEXT_ASSET_IMAGE_* model is configured"
            return None
        service = model.service
        if self._chain.given_up(service.name):
            self.why = "the picture model failed too often in this scene"
            return None
        try:
            drawn = model.draw(self._wanted.prompt, self._chain.deadline(service.timeout_s))
        except MeshServiceError as error:
            self._chain.note(service.name, error)
            self.why = "there is no picture of it"
            detail = excerpt(str(error), 300)[1:-1]
            self._attempts.append(_picture_attempt(model, error.failure, error.status, detail))
            return None
        self._chain.note(service.name, None)
        self._attempts.append(_picture_attempt(model, "ok"))
        return drawn


def _cached(
    wanted: MeshRequest,
    chain: MeshChain,
    cache: MeshCache,
    accept: Callable[[bytes], MeshFacts],
    attempts: list[MeshAttempt],
) -> GeneratedMesh | None:
    for provider in chain.providers:
        found = cache.find(cache.key(wanted, provider, chain.picture_model(provider, wanted)))
        if found is None:
            continue
        data, entry = found
        try:
            check_glb(data)
            accept(data)
        except InputError as error:
            attempts.append(_attempt(provider, "unusable", f"in the cache: {error}"))
            continue
        attempts.append(_attempt(provider, "cached"))
        return GeneratedMesh(data, entry.origin, entry.license, from_cache=True)
    return None


def _kept(
    wanted: MeshRequest, chain: MeshChain, cache: MeshCache | None, provider: Provider, data: bytes, facts: MeshFacts
) -> GeneratedMesh:
    picture_model = chain.picture_model(provider, wanted)
    entry = cache_entry(wanted, provider, picture_model, data, facts, chain.license_id)
    if cache is not None:
        data, entry = cache.keep(cache.key(wanted, provider, picture_model), data, entry)
    return GeneratedMesh(data, entry.origin, entry.license, from_cache=False)


def _attempt(provider: Provider, outcome: MeshOutcome, detail: str = "", status: int | None = None) -> MeshAttempt:
    service = provider.service
    return MeshAttempt(
        service=service.name,
        dialect=provider.dialect,
        model=service.model,
        outcome=outcome,
        status=status,
        detail=excerpt(detail, 300)[1:-1],
    )


def _picture_attempt(
    model: PictureModel, outcome: MeshOutcome, status: int | None = None, detail: str = ""
) -> MeshAttempt:
    service = model.service
    return MeshAttempt(
        service=service.name,
        dialect="openai-images",
        model=service.model,
        outcome=outcome,
        status=status,
        detail=detail,
    )
