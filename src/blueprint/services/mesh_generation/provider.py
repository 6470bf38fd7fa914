"""What is asked of a mesh service, for how long, and how it can fail: the protocol that every dialect follows."""

import time
from dataclasses import dataclass
from typing import Literal, Protocol

from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Vec3
from blueprint.contracts.hashing import sha256_bytes, sha256_json
from blueprint.services.http_json import ServiceError
from blueprint.services.secrets import Secret

__all__ = [
    "Clock", "Deadline", "Failure", "Input", "MeshRequest", "MeshServiceError", "Provider", "Service", "SystemClock",
]  # fmt: skip

Failure = Literal["unreachable", "busy", "refused", "failed", "timed_out", "unusable"]
Input = Literal["text", "image"]
MAX_PROMPT_CHARACTERS = 600
_MAX_EXTENT_M = 20.0


class MeshServiceError(ServiceError):
    """A service gave no mesh: how it failed, and the HTTP status that said so where one did."""

    def __init__(
        self,
        message: str,
        failure: Failure,
        status: int | None = None,
        *,
        is_transient: bool = False,
        pause_s: float | None = None,
    ) -> None:
        super().__init__(message, is_transient=is_transient, pause_s=pause_s)
        self.failure = failure
        self.status = status


class Clock(Protocol):
    """Seconds of a clock that never goes back, and waiting on it."""

    def now(self) -> float: ...

    def sleep(self, seconds: float) -> None: ...


class SystemClock:
    """The machine's monotonic clock."""

    def now(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


@dataclass(frozen=True)
class Deadline:
    """A moment of a clock. `allowed_s` is what it was set to, for messages."""

    clock: Clock
    ends_at: float
    allowed_s: float

    def left(self) -> float:
        """Seconds until it, negative after it."""
        return self.ends_at - self.clock.now()

    def within(self, seconds: float) -> "Deadline":
        """Return the earlier of this deadline and one in `seconds`."""
        ends_at = self.clock.now() + seconds
        return Deadline(self.clock, ends_at, seconds) if ends_at < self.ends_at else self

    def wait(self, seconds: float, what: str) -> None:
        """Wait, or raise MeshServiceError(timed_out) at once where the deadline would pass meanwhile."""
        if self.left() <= seconds:
            raise MeshServiceError(f"{what} after {self.allowed_s:g} s.", "timed_out")
        self.clock.sleep(seconds)


@dataclass(frozen=True)
class MeshRequest:
    """One thing that is wanted: what it is in words, its kind, its extent x, y, z in metres, a picture if there is one.

    Raises InputError for empty or overlong words, control signs, and extents that are not between 0 and 20 m.
    """

    prompt: str
    category: str
    size_m: Vec3
    image: bytes | None = None

    def __post_init__(self) -> None:
        for word in (self.prompt, self.category):
            if not word.strip() or len(word) > MAX_PROMPT_CHARACTERS or not word.isprintable():
                raise InputError(f"{word[:80]!a} does not describe a thing.", remedy="use 1 to 600 printable signs.")
        if not all(0 < side <= _MAX_EXTENT_M for side in self.size_m):
            raise InputError(f"a thing of {self.size_m} m is not made.", remedy="use extents up to 20 m.")

    @property
    def identity(self) -> str:
        """A hash of all of it, sizes to the millimetre."""
        image = sha256_bytes(self.image) if self.image is not None else None
        return sha256_json([self.prompt, self.category, [round(side * 1000) for side in self.size_m], image])

    @property
    def seed(self) -> int:
        """The seed that services are given: of the request alone, so that the same request asks for the same thing."""
        return int(self.identity[:7], 16)


@dataclass(frozen=True)
class Service:
    """Where a provider is reached and how long it is waited for; lengths of pauses in seconds."""

    name: str
    base_url: str
    model: str
    key: Secret | None = None
    timeout_s: float = 1800.0
    poll_s: float = 10.0
    backoff_s: float = 1.0
    texture: bool = True


class Provider(Protocol):
    """One service that makes meshes. `dialect` names its interface, `takes` what it can start from."""

    @property
    def service(self) -> Service: ...

    @property
    def dialect(self) -> str: ...

    @property
    def takes(self) -> Input: ...

    def make(self, wanted: MeshRequest, image: bytes | None, deadline: Deadline) -> bytes:
        """Return the bytes of a GLB file, unchecked; raises MeshServiceError. `image` is a PNG where it takes one."""
        ...
