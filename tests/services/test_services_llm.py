"""Language models behind a loopback endpoint that answers well, badly, slowly, with 429 and with garbage."""

import json
import time
from typing import Any

import pytest
from loopback_http import Asked, Loopback, Reply

from blueprint.contracts.errors import ContractError, InputError
from blueprint.services.http_json import ServiceError, check_url, request_json
from blueprint.services.llm import ChatModel, LlmUnavailableError, ask_json, llm_limits, model_chain
from blueprint.services.secrets import Secret

VARIABLES = [
    "TEXT_GEN_USE_LLM", "TEXT_GEN_LLM_MAX_ATTEMPTS", "TEXT_GEN_LLM_RETRY_BACKOFF_SECONDS", "TEXT_OPENROUTER_API_KEY",
    "OPENROUTER_API_KEY", "TEXT_OPENROUTER_BASE_URL", "TEXT_OPENROUTER_MODEL_CHAIN",
    "TEXT_OPENROUTER_INCLUDE_LEGACY_FALLBACK", "OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL",
    "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "ANTHROPIC_MODEL",
]  # fmt: skip


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


def chat(content: str) -> Reply:
    return Reply(body={"choices": [{"message": {"role": "assistant", "content": content}}]})


def model(server: Loopback, name: str = "m", key: str | None = None) -> ChatModel:
    return ChatModel("local", name, server.url, Secret("KEY", key) if key else None)


def anything(value: Any) -> Any:
    if not isinstance(value, dict) or "ok" not in value:
        raise ContractError("no ok in it")
    return value


def ask(chain: list[ChatModel], rounds: int = 1, backoff_s: float = 0.01, timeout_s: float = 5.0):
    return ask_json(chain, "system", "user", anything, rounds=rounds, backoff_s=backoff_s, timeout_s=timeout_s)


def test_a_good_answer_is_read_also_from_inside_fences() -> None:
    with Loopback([chat('Here you are:\n```json\n{"ok": 1}\n```')]) as server:
        value, attempts = ask([model(server, key="sesame-open")])
    assert value == {"ok": 1}
    assert [item.outcome for item in attempts] == ["ok"]
    sent = server.asked[0]
    assert sent.path == "/chat/completions"
    assert sent.headers["authorization"] == "Bearer sesame-open"
    assert [message["role"] for message in sent.body["messages"]] == ["system", "user"]


def test_the_chain_is_tried_in_order_until_one_answer_is_accepted() -> None:
    replies = {
        "a": chat("no json at all"),
        "b": chat('{"wrong": 1}'),
        "c": Reply(500, {"error": "x"}),
        "d": chat('{"ok": 2}'),
    }
    with Loopback(lambda asked: replies[asked.body["model"]]) as server:
        value, attempts = ask([model(server, name) for name in "abcd"])
    assert value == {"ok": 2}
    assert [(item.model, item.outcome) for item in attempts] == [
        ("a", "unusable"), ("b", "unusable"), ("c", "unreachable"), ("d", "ok"),
    ]  # fmt: skip


def test_rounds_repeat_the_chain_and_a_retry_after_is_waited_for() -> None:
    replies = [Reply(429, {"error": "slow down"}, {"Retry-After": "0.4"}), chat('{"ok": 3}')]
    with Loopback(replies) as server:
        began = time.monotonic()
        value, attempts = ask([model(server)], rounds=3)
        waited = time.monotonic() - began
    assert value == {"ok": 3}
    assert [(item.round, item.outcome) for item in attempts] == [(1, "unreachable"), (2, "ok")]
    assert 0.4 <= waited < 3


def test_a_retry_after_of_an_hour_is_not_waited_for() -> None:
    with Loopback([Reply(429, {}, {"Retry-After": "3600"})]) as server:
        began = time.monotonic()
        with pytest.raises(LlmUnavailableError) as caught:
            ask([model(server)], rounds=3)
    assert time.monotonic() - began < 2
    assert len(caught.value.attempts) == 1


@pytest.mark.parametrize("words_before", [0, 175])  # where an excerpt is cut, in the middle of the key
def test_a_bad_key_is_not_tried_again_and_stands_nowhere(monkeypatch: pytest.MonkeyPatch, words_before: int) -> None:
    monkeypatch.setenv("TEXT_OPENROUTER_API_KEY", "sk-very-secret-value")
    echo = Reply(503, {"error": "x" * words_before + "bad key sk-very-secret-value"})
    with Loopback(lambda asked: Reply(401, {}) if asked.body["model"] == "a" else echo) as server:
        monkeypatch.setenv("TEXT_OPENROUTER_BASE_URL", server.url)
        monkeypatch.setenv("TEXT_OPENROUTER_MODEL_CHAIN", '["a", "b"]')
        with pytest.raises(LlmUnavailableError) as caught:
            ask(model_chain("openrouter_qwen_primary"), rounds=2)
        asked = [item.body["model"] for item in server.asked]
    assert asked == ["a", "b", "b"]
    told = json.dumps([item.as_dict() for item in caught.value.attempts]) + str(caught.value)
    assert "sk-very" not in told
    assert "***" in told


def test_a_slow_endpoint_ends_at_its_timeout_however_it_drips() -> None:
    for reply in (Reply(body={}, delay_s=3), Reply(body={"x": "y" * 200}, drip_s=0.05)):
        with Loopback([reply]) as server:
            began = time.monotonic()
            with pytest.raises(LlmUnavailableError) as caught:
                ask([model(server)], timeout_s=0.4)
            assert time.monotonic() - began < 2
        assert caught.value.attempts[0].outcome == "unreachable"


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xfe", b"[1, 2", {"choices": []}, {"choices": [{"message": {"content": 5}}]}, [], "text"]
)
def test_garbage_is_an_attempt_not_a_crash(body: Any) -> None:
    with Loopback([Reply(body=body)]) as server, pytest.raises(LlmUnavailableError) as caught:
        ask([model(server)])
    assert caught.value.attempts[0].outcome in ("unusable", "refused")


def test_an_endless_answer_is_cut_off() -> None:
    with Loopback([Reply(body=b'"' + b"x" * 5000)]) as server, pytest.raises(ServiceError, match="more than 1000"):
        request_json("GET", server.url, timeout_s=5, limit_bytes=1000)


def test_redirects_are_not_followed() -> None:
    def answer(asked: Asked) -> Reply:
        return Reply(307, None, {"Location": "/elsewhere"}) if asked.path == "/" else Reply(body={"ok": 1})

    with Loopback(answer) as server:
        assert request_json("POST", f"{server.url}/", body={}, timeout_s=5, limit_bytes=1000).status == 307
        assert [item.path for item in server.asked] == ["/"]


def test_nothing_is_configured_without_keys_and_policies_order_the_chain(monkeypatch: pytest.MonkeyPatch) -> None:
    assert model_chain("openrouter_qwen_primary") == []
    assert model_chain("openai_primary") == []
    monkeypatch.setenv("OPENAI_API_KEY", "openai-key")
    monkeypatch.setenv("OPENROUTER_API_KEY", "router-key")
    providers = [item.provider for item in model_chain("openrouter_qwen_primary")]
    assert providers == ["openrouter", "openrouter", "openai"]
    assert [item.name for item in model_chain("openrouter_qwen_primary")][:2] == [
        "qwen/qwen3.5-397b-a17b", "moonshotai/kimi-k2.5",
    ]  # fmt: skip
    assert [item.provider for item in model_chain("openai_primary")] == ["openai"]
    monkeypatch.setenv("TEXT_OPENROUTER_INCLUDE_LEGACY_FALLBACK", "false")
    assert [item.provider for item in model_chain("openrouter_qwen_primary")] == ["openrouter"] * 2


def test_the_stage_key_wins_over_the_general_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", "general")
    monkeypatch.setenv("TEXT_OPENROUTER_API_KEY", "stage-own")
    key = model_chain("openrouter_qwen_primary")[0].key
    assert key is not None
    assert key.reveal() == "stage-own"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TEXT_GEN_USE_LLM", "maybe"),
        ("TEXT_GEN_LLM_MAX_ATTEMPTS", "0"),
        ("TEXT_GEN_LLM_RETRY_BACKOFF_SECONDS", "nan"),
        ("TEXT_OPENROUTER_MODEL_CHAIN", "[1]"),
        ("TEXT_OPENROUTER_BASE_URL", "ftp://x"),
        ("TEXT_OPENROUTER_INCLUDE_LEGACY_FALLBACK", "2"),
    ],
)
def test_unusable_variables_are_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", "general")
    monkeypatch.setenv(name, value)
    with pytest.raises(InputError, match=name):
        (llm_limits(), model_chain("openrouter_qwen_primary"))


def test_urls_with_users_or_queries_are_refused() -> None:
    for url in ("http://user:pw@host", "http://host?x=1", "file:///etc", "http://", "http://h:99999"):
        with pytest.raises(InputError, match="THE_URL"):
            check_url(url, "THE_URL")
    assert check_url("http://host:80/v1/", "THE_URL") == "http://host:80/v1"
