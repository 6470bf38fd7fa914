"""The protocol of a model that sees, what it is asked and what it answers."""

from dataclasses import dataclass
from typing import Any, Literal, Protocol

from pydantic_core import from_json

from blueprint.contracts.errors import ContractError, InputError
from blueprint.services.http_json import ServiceError
from blueprint.services.vision.exchange import masked

__all__ = ["BlockedError", "VisionAnswer", "VisionModel", "VisionPrompt", "VisionService", "json_of_text"]

VisionService = Literal["gemini", "openai"]

MAX_PICTURES = 64
MAX_PICTURE_BYTES = 1 << 20
MAX_TEXT_CHARACTERS = 200_000
_MAX_ANSWER_CHARACTERS = 400_000
_PNG = b"\x89PNG\r\n\x1a\n"


class BlockedError(ServiceError):
    """The model served, but declined to answer this prompt (a safety filter, a refusal): another prompt may pass."""


@dataclass(frozen=True)
class VisionPrompt:
    """`parts` in reading order: a str is text, bytes are a PNG. Raises InputError above 64 pictures of 1 MiB each, or
    200,000 characters."""

    system: str
    parts: tuple[str | bytes, ...]

    def __post_init__(self) -> None:
        pictures = [part for part in self.parts if isinstance(part, bytes)]
        characters = len(self.system) + sum(len(part) for part in self.parts if isinstance(part, str))
        if len(pictures) > MAX_PICTURES or characters > MAX_TEXT_CHARACTERS:
            raise InputError(
                f"a prompt of {len(pictures)} pictures and {characters} characters is too large.",
                remedy="ask about fewer things at once.",
            )
        if any(len(data) > MAX_PICTURE_BYTES or not data.startswith(_PNG) for data in pictures):
            raise InputError("a picture is no PNG or larger than 1 MiB.", remedy="draw it smaller.")


@dataclass(frozen=True)
class VisionAnswer:
    """The JSON value of the answer (it may hold NaN, which its reader refuses), and the model's version as served."""

    value: Any
    model_version: str | None = None


class VisionModel(Protocol):
    """One model of one service; `service` and `name` say which, and no secret is shown in its text form."""

    @property
    def service(self) -> VisionService: ...

    @property
    def name(self) -> str: ...

    def ask(self, prompt: VisionPrompt) -> VisionAnswer:
        """Ask once, its transient refusals retried. Raises ServiceError (transient or for good), BlockedError for a
        prompt that the model declines, ContractError for an answer that is unusable."""
        ...


def json_of_text(text: Any) -> Any:
    """Return the JSON value inside a model's text, which may stand in fences or between words; raises ContractError."""
    if not isinstance(text, str) or len(text) > _MAX_ANSWER_CHARACTERS:
        raise ContractError("the answer's content is no text, or too long.")
    start, end = text.find("{"), text.rfind("}")
    try:
        return from_json(text[start : end + 1] if start >= 0 else text)
    except ValueError as error:
        raise ContractError(f"the answer's content is no JSON: {masked(text, 120)}.") from error
