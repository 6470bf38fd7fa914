"""Who articulates what, and what happens where nobody can: from the environment."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast, get_args

from blueprint.contracts.articulation import ArticulationBackend
from blueprint.contracts.errors import InputError
from blueprint.contracts.ids import slug
from blueprint.services.articulation import (
    ArticulationService,
    InfinigenClient,
    ParticulateClient,
    PhysxAnythingClient,
)
from blueprint.services.articulation.particulate import UpDirection
from blueprint.services.http_json import check_url

__all__ = ["ArticulationSettings", "FailurePolicy", "articulation_settings"]

FailurePolicy = Literal["strict", "hybrid_strict", "lenient"]
_TRUE, _FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off")


@dataclass(frozen=True)
class ArticulationSettings:
    """Everything that stage interactive may be told.

    backend: ARTICULATION_BACKEND (auto): particulate, physx_anything, infinigen, heuristic; auto asks Particulate and
    Infinigen where they are configured, then fits our own generators.
    particulate: PARTICULATE_ENDPOINT, for PARTICULATE_MODE=local PARTICULATE_LOCAL_ENDPOINT; PARTICULATE_UP_DIR (Y),
    PARTICULATE_TIMEOUT_S (120), PARTICULATE_MODE remote, local, skip (not asked) or mock.
    is_mock: PARTICULATE_MODE=mock: what should have joints stays rigid and is called a placeholder.
    infinigen: INFINIGEN_ENDPOINT, INFINIGEN_COLLISION, INFINIGEN_TIMEOUT_S (900); INFINIGEN_ENABLED=0 switches it off.
    physx_anything: PHYSX_ANYTHING_ENDPOINT, _REMOVE_BG, _VOXEL_DEFINE (32), _TIMEOUT_S (900);
    PHYSX_ANYTHING_ENABLED=0 switches it off; never without PHYSX_ANYTHING_LICENSE_ACCEPTED=1 (S-Lab: non-commercial),
    and never by auto.
    All services: ARTICULATION_ATTEMPTS (4), ARTICULATION_BACKOFF_S (2).
    is_production: PIPELINE_ENV=production or DISALLOW_PLACEHOLDER_URDF: a placeholder is an error, a mock is refused.
    failure_policy: INTERACTIVE_FAILURE_POLICY (hybrid_strict). strict: an object that should have joints and gets none
    fails the stage. hybrid_strict: only if it is required, others stay rigid. lenient: all stay rigid. All is recorded.
    required: INTERACTIVE_REQUIRED_OBJECTS, ids or categories separated by commas (none).
    """

    backend: ArticulationBackend = "auto"
    particulate: ParticulateClient | None = None
    infinigen: InfinigenClient | None = None
    physx_anything: PhysxAnythingClient | None = None
    is_mock: bool = False
    is_production: bool = False
    failure_policy: FailurePolicy = "hybrid_strict"
    required: frozenset[str] = frozenset()


def articulation_settings(environ: Mapping[str, str]) -> ArticulationSettings:
    """Return the settings of an environment (see ArticulationSettings); raises InputError for an unusable value."""
    read = _Environment(environ)
    mode = read.word("PARTICULATE_MODE", ("remote", "local", "mock", "skip"), "remote")
    is_production = read.text("PIPELINE_ENV").lower() == "production" or read.flag("DISALLOW_PLACEHOLDER_URDF", False)
    if mode == "mock" and is_production:
        raise InputError("PARTICULATE_MODE=mock makes placeholders.", remedy="use remote, local or skip in production.")
    settings = ArticulationSettings(
        backend=cast(ArticulationBackend, read.word("ARTICULATION_BACKEND", get_args(ArticulationBackend), "auto")),
        particulate=_particulate(read, mode),
        infinigen=_infinigen(read),
        physx_anything=_physx_anything(read),
        is_mock=mode == "mock",
        is_production=is_production,
        failure_policy=cast(
            FailurePolicy, read.word("INTERACTIVE_FAILURE_POLICY", get_args(FailurePolicy), "hybrid_strict")
        ),
        required=frozenset(slug(word) for word in read.text("INTERACTIVE_REQUIRED_OBJECTS").split(",") if word.strip()),
    )
    _check_backend(settings)
    return settings


class _Environment:
    """Reads variables and refuses what they cannot mean, by name."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def text(self, variable: str) -> str:
        return self._environ.get(variable, "").strip()

    def word(self, variable: str, known: tuple[str, ...], default: str) -> str:
        found = self.text(variable) or default
        if found not in known:
            raise InputError(f"{variable} is {found[:40]!r}; there are {known}.", remedy="use one of these.")
        return found

    def flag(self, variable: str, default: bool) -> bool:
        found = self.text(variable).lower()
        if found and found not in _TRUE + _FALSE:
            raise InputError(f"{variable} is {found[:40]!r}, expected true or false.", remedy=f"export {variable}=1.")
        return found in _TRUE if found else default

    def number(self, variable: str, default: float, low: float, high: float) -> float:
        found = self.text(variable)
        try:
            value = float(found) if found else default
        except ValueError:
            value = math.nan
        if not low <= value <= high:
            raise InputError(
                f"{variable} is {found[:40]!r}, expected {low:g} to {high:g}.", remedy=f"export {variable}={default:g}."
            )
        return value

    def service(self, name: str, variable: str, prefix: str, timeout_s: float) -> ArticulationService | None:
        """The service at the address of a variable, None where it is empty or `PREFIX_ENABLED` says no."""
        if not self.text(variable) or not self.flag(f"{prefix}_ENABLED", True):
            return None
        return ArticulationService(
            name,
            check_url(self.text(variable), variable),
            self.number(f"{prefix}_TIMEOUT_S", timeout_s, 0.01, 86_400),
            int(self.number("ARTICULATION_ATTEMPTS", 4, 1, 20)),
            self.number("ARTICULATION_BACKOFF_S", 2.0, 0.0, 600),
        )


def _particulate(read: _Environment, mode: str) -> ParticulateClient | None:
    if mode in ("skip", "mock"):
        return None
    variable = "PARTICULATE_LOCAL_ENDPOINT" if mode == "local" else "PARTICULATE_ENDPOINT"
    service = read.service("particulate", variable, "PARTICULATE", 120.0)
    if mode == "local" and service is None:
        raise InputError("PARTICULATE_MODE=local without an address.", remedy=f"export {variable}=http://host:port.")
    up = read.word("PARTICULATE_UP_DIR", get_args(UpDirection), "Y")
    return ParticulateClient(service, cast(UpDirection, up)) if service else None


def _infinigen(read: _Environment) -> InfinigenClient | None:
    service = read.service("infinigen", "INFINIGEN_ENDPOINT", "INFINIGEN", 900.0)
    return InfinigenClient(service, read.flag("INFINIGEN_COLLISION", False)) if service else None


def _physx_anything(read: _Environment) -> PhysxAnythingClient | None:
    service = read.service("physx_anything", "PHYSX_ANYTHING_ENDPOINT", "PHYSX_ANYTHING", 900.0)
    if service is None:
        return None
    return PhysxAnythingClient(
        service,
        license_accepted=read.flag("PHYSX_ANYTHING_LICENSE_ACCEPTED", False),
        remove_background=read.flag("PHYSX_ANYTHING_REMOVE_BG", False),
        voxel_resolution=int(read.number("PHYSX_ANYTHING_VOXEL_DEFINE", 32, 8, 256)),
    )


def _check_backend(settings: ArticulationSettings) -> None:
    """A backend that was asked for by name must be there: it is not silently another one."""
    clients = {
        "particulate": settings.particulate or settings.is_mock,
        "infinigen": settings.infinigen,
        "physx_anything": settings.physx_anything,
    }
    if settings.backend in clients and not clients[settings.backend]:
        variable = f"{settings.backend.upper()}_ENDPOINT"
        raise InputError(
            f"ARTICULATION_BACKEND is {settings.backend}, but it has no address.",
            remedy=f"export {variable}=http://host:port, or ARTICULATION_BACKEND=auto.",
        )
