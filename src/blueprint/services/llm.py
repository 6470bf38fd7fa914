"""Language models behind OpenAI-compatible endpoints: an ordered chain, tried in rounds, every attempt recorded."""

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeVar

import stamina
from pydantic_core import from_json

from blueprint.contracts.errors import ContractError, InputError
from blueprint.services.http_json import ServiceError, check_url, request_json
from blueprint.services.secrets import Secret, find_secret, masked

__all__ = ["Attempt", "ChatModel", "LlmUnavailableError", "ask_json", "llm_limits", "model_chain"]

Policy = Literal["openai_primary", "openrouter_qwen_primary"]
T = TypeVar("T")

_ROUTER_URL = "https://openrouter.ai/api/v1"
_ROUTER_MODELS = ("qwen/qwen3.5-397b-a17b", "moonshotai/kimi-k2.5")
# The providers that served before the chain existed; both speak the OpenAI dialect.
_LEGACY = {
    "openai": ("https://api.openai.com/v1", "gpt-5.2"),
    "anthropic": ("https://api.anthropic.com/v1", "claude-sonnet-4-5"),
}
_MAX_ANSWER_BYTES = 4 << 20
_MAX_CONTENT_CHARACTERS = 400_000
_TIMEOUT_S = 120.0
_MAX_PAUSE_S = 60.0
_HOPELESS = (400, 401, 402, 403, 404, 405)


class LlmUnavailableError(ServiceError):
    """No model gave a usable answer; `attempts` says what each was asked and said."""

    def __init__(self, message: str, attempts: list["Attempt"]) -> None:
        super().__init__(message, remedy="see the attempts, or export TEXT_GEN_USE_LLM=false.")
        self.attempts = attempts


@dataclass(frozen=True)
class ChatModel:
    """One model of one provider. `key` is None for an endpoint that needs none."""

    provider: str
    name: str
    base_url: str
    key: Secret | None


@dataclass(frozen=True)
class Attempt:
    """One request and how it went: `detail` is short and holds no secret."""

    provider: str
    model: str
    round: int
    outcome: Literal["ok", "unreachable", "refused", "unusable"]
    detail: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class _RoundFailed(Exception):
    """Nobody answered in this round; `pause_s` is the longest pause that a service asked for."""

    def __init__(self, pause_s: float | None) -> None:
        super().__init__("no model answered")
        self.pause_s = pause_s


def model_chain(policy: Policy) -> list[ChatModel]:
    """Return the models to try, in order; empty where no endpoint is configured.

    `openrouter_qwen_primary`: TEXT_OPENROUTER_MODEL_CHAIN (a comma list or a JSON list) at TEXT_OPENROUTER_BASE_URL
    with TEXT_OPENROUTER_API_KEY, else OPENROUTER_API_KEY; then openai and anthropic, unless
    TEXT_OPENROUTER_INCLUDE_LEGACY_FALLBACK is false. `openai_primary`: openai, then anthropic. Legacy providers need
    their OPENAI_API_KEY or ANTHROPIC_API_KEY; *_BASE_URL and *_MODEL replace their defaults. A base URL that is set
    needs no key (a model on this machine). Raises InputError for an unusable URL or list.
    """
    chain: list[ChatModel] = []
    if policy == "openrouter_qwen_primary":
        given = os.environ.get("TEXT_OPENROUTER_BASE_URL", "").strip()
        key = find_secret("TEXT_OPENROUTER_API_KEY") or find_secret("OPENROUTER_API_KEY")
        if key is not None or given:
            url = check_url(given or _ROUTER_URL, "TEXT_OPENROUTER_BASE_URL")
            chain += [ChatModel("openrouter", name, url, key) for name in _model_names()]
        if not _flag("TEXT_OPENROUTER_INCLUDE_LEGACY_FALLBACK", True):
            return chain
    for provider, (default_url, default_model) in _LEGACY.items():
        word = provider.upper()
        given, key = os.environ.get(f"{word}_BASE_URL", "").strip(), find_secret(f"{word}_API_KEY")
        if key is not None or given:
            url = check_url(given or default_url, f"{word}_BASE_URL")
            chain.append(ChatModel(provider, os.environ.get(f"{word}_MODEL", "").strip() or default_model, url, key))
    return chain


def llm_limits() -> tuple[bool, int, float]:
    """Return TEXT_GEN_USE_LLM (true), TEXT_GEN_LLM_MAX_ATTEMPTS (3 rounds) and TEXT_GEN_LLM_RETRY_BACKOFF_SECONDS (2).

    Raises InputError for a value that is no boolean or out of range.
    """
    use = _flag("TEXT_GEN_USE_LLM", True)
    rounds = _number("TEXT_GEN_LLM_MAX_ATTEMPTS", 3.0, 1.0, 10.0)
    return use, int(rounds), _number("TEXT_GEN_LLM_RETRY_BACKOFF_SECONDS", 2.0, 0.0, 60.0)


def ask_json(
    chain: list[ChatModel],
    system: str,
    user: str,
    read: Callable[[Any], T],
    *,
    rounds: int,
    backoff_s: float,
    timeout_s: float = _TIMEOUT_S,
) -> tuple[T, list[Attempt]]:
    """Return `read(answer)` of the first model whose answer is JSON that `read` accepts, and every attempt.

    Each round asks the chain in order. Between rounds is a pause that doubles from `backoff_s`, or the one that
    Retry-After asks for, at most a minute. A model that refuses for good (bad key, unknown model, a longer pause) is
    not asked again. `read` raises ContractError or InputError for an answer that it does not accept. Raises
    LlmUnavailableError where nobody answered.
    """
    attempts: list[Attempt] = []
    left = list(chain)

    def pause(error: Exception) -> bool | float:
        if not isinstance(error, _RoundFailed) or not left:
            return False
        return error.pause_s if error.pause_s is not None else True

    try:
        for attempt in stamina.retry_context(
            on=pause,
            attempts=rounds,
            timeout=None,
            wait_initial=backoff_s,
            wait_max=_MAX_PAUSE_S,
            wait_jitter=0.0,
        ):
            with attempt:
                return _round(left, system, user, read, attempts, attempt.num, timeout_s), attempts
    except _RoundFailed:
        pass
    last = attempts[-1].detail if attempts else "no endpoint is configured"
    raise LlmUnavailableError(f"no model gave a usable plan in {len(attempts)} attempts; the last: {last}.", attempts)


def _round(
    left: list[ChatModel],
    system: str,
    user: str,
    read: Callable[[Any], T],
    attempts: list[Attempt],
    number: int,
    timeout_s: float,
) -> T:
    pause_s: float | None = None
    for model in list(left):
        try:
            value = read(_chat(model, system, user, timeout_s))
        except ServiceError as error:
            outcome: Literal["unreachable", "refused", "unusable"] = "unreachable" if error.is_transient else "refused"
            attempts.append(_attempt(model, number, outcome, error))
            if not error.is_transient or (error.pause_s or 0.0) > _MAX_PAUSE_S:
                left.remove(model)
            elif error.pause_s is not None:
                pause_s = max(pause_s or 0.0, error.pause_s)
        except (ContractError, InputError) as error:
            attempts.append(_attempt(model, number, "unusable", error))
        else:
            attempts.append(Attempt(model.provider, model.name, number, "ok"))
            return value
    raise _RoundFailed(pause_s)


def _chat(model: ChatModel, system: str, user: str, timeout_s: float) -> Any:
    """One chat completion; returns the JSON value of its text, raises ContractError where it is none."""
    headers = {"Authorization": f"Bearer {model.key.reveal()}"} if model.key else {}
    body = {
        "model": model.name,
        "messages": [{"role": "system", "content": system}, {"role": "user", "content": user}],
        "temperature": 0,
        "response_format": {"type": "json_object"},
    }
    answer = request_json(
        "POST",
        f"{model.base_url}/chat/completions",
        body=body,
        headers=headers,
        timeout_s=timeout_s,
        limit_bytes=_MAX_ANSWER_BYTES,
    )
    if answer.status != 200:
        kind = "for good" if answer.status in _HOPELESS else "with this status"
        raise ServiceError(f"{model.provider} refused {kind}: {answer.status}.")
    return _content(answer.value)


def _content(value: Any) -> Any:
    try:
        text = value["choices"][0]["message"]["content"]
    except (KeyError, IndexError, TypeError) as error:
        raise ContractError("the answer has no choices[0].message.content.") from error
    if not isinstance(text, str) or len(text) > _MAX_CONTENT_CHARACTERS:
        raise ContractError("the answer's content is no text, or too long.")
    start, end = text.find("{"), text.rfind("}")  # models wrap JSON in fences and words in spite of the format
    try:
        return from_json(text[start : end + 1] if start >= 0 else text, allow_inf_nan=False)
    except ValueError as error:
        raise ContractError(f"the answer's content is no JSON: {masked(text)[:120]!a}.") from error


def _attempt(
    model: ChatModel, number: int, outcome: Literal["unreachable", "refused", "unusable"], error: Exception
) -> Attempt:
    return Attempt(model.provider, model.name, number, outcome, masked(str(error))[:300])


def _model_names() -> list[str]:
    text = os.environ.get("TEXT_OPENROUTER_MODEL_CHAIN", "").strip()
    if not text:
        return list(_ROUTER_MODELS)
    if text.startswith("["):
        try:
            names = json.loads(text)
        except ValueError:
            names = None
    else:
        names = [word.strip() for word in text.split(",") if word.strip()]
    if not isinstance(names, list) or not names or not all(isinstance(name, str) and name for name in names):
        raise InputError(
            "TEXT_OPENROUTER_MODEL_CHAIN is neither a comma list nor a JSON list of names.",
            remedy="export TEXT_OPENROUTER_MODEL_CHAIN=qwen/qwen3.5-397b-a17b,moonshotai/kimi-k2.5.",
        )
    return names[:16]


def _flag(variable: str, default: bool) -> bool:
    text = os.environ.get(variable, "").strip().lower()
    if text in ("", "1", "true", "yes", "on", "0", "false", "no", "off"):
        return default if not text else text in ("1", "true", "yes", "on")
    raise InputError(f"{variable} is {text[:40]!r}, expected true or false.", remedy=f"export {variable}=true.")


def _number(variable: str, default: float, low: float, high: float) -> float:
    text = os.environ.get(variable, "").strip()
    try:
        value = float(text) if text else default
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        raise InputError(f"{variable} is {text[:40]!r}, expected {low:g} to {high:g}.", remedy="correct it.")
    return value
