"""Models that see, behind a loopback server that answers well, badly, slowly, with refusals and with echoes."""

import base64
import json
import time
from typing import Any

import pytest
from loopback_http import Asked, Loopback, Reply

from blueprint.contracts.errors import ContractError, InputError
from blueprint.services.http_json import ServiceError
from blueprint.services.secrets import find_secret
from blueprint.services.vision import (
    BlockedError,
    GeminiModel,
    OpenAiModel,
    VisionModel,
    VisionPrompt,
    gemini_model,
    openai_model,
)
from blueprint.services.vision.exchange import MAX_ANSWER_BYTES, Patience

KEY = "sesame-open-0123456789"
PNG = b"\x89PNG\r\n\x1a\n" + b"picture"
PROMPT = VisionPrompt("be brief", ("what is this?", PNG, "and this?", PNG))
QUICK = Patience(attempts=3, backoff_s=0.01, timeout_s=5.0)
VARIABLES = ["GEMINI_API_KEY", "GEMINI_BASE_URL", "GEMINI_MODEL", "OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL"]
SERVICES = ["gemini", "openai"]


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TEST_VISION_KEY", KEY)


def model(service: str, server: Loopback, patience: Patience = QUICK) -> VisionModel:
    key = find_secret("TEST_VISION_KEY")
    if service == "gemini":
        return GeminiModel("gemini-test", server.url, key, patience)
    return OpenAiModel("seer", server.url, key, patience)


def answer(service: str, text: Any) -> dict[str, Any]:
    if service == "gemini":
        candidate = {"content": {"role": "model", "parts": [{"text": text}]}, "finishReason": "STOP"}
        return {"candidates": [candidate], "modelVersion": "gemini-test-001"}
    return {
        "model": "seer-001",
        "choices": [{"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
    }


def test_gemini_is_asked_in_its_own_words() -> None:
    with Loopback([Reply(body=answer("gemini", '{"ok": 1}'))]) as server:
        found = model("gemini", server).ask(PROMPT)
    assert found.value == {"ok": 1}
    assert found.model_version == "gemini-test-001"
    sent = server.asked[0]
    assert (sent.method, sent.path) == ("POST", "/v1beta/models/gemini-test:generateContent")
    assert sent.headers["x-goog-api-key"] == KEY
    assert KEY not in json.dumps(sent.body)
    assert sent.body["systemInstruction"] == {"parts": [{"text": "be brief"}]}
    parts = sent.body["contents"][0]["parts"]
    assert [next(iter(part)) for part in parts] == ["text", "inline_data", "text", "inline_data"]
    assert parts[1]["inline_data"]["mime_type"] == "image/png"
    assert base64.b64decode(parts[1]["inline_data"]["data"]) == PNG
    assert sent.body["generationConfig"]["responseMimeType"] == "application/json"
    assert "temperature" not in sent.body["generationConfig"]


def test_an_openai_endpoint_gets_pictures_as_data_uris() -> None:
    with Loopback([Reply(body=answer("openai", 'Sure:\n```json\n{"ok": 1}\n```'))]) as server:
        found = model("openai", server).ask(PROMPT)
    assert found.value == {"ok": 1}
    sent = server.asked[0]
    assert sent.path == "/chat/completions"
    assert sent.headers["authorization"] == f"Bearer {KEY}"
    content = sent.body["messages"][1]["content"]
    assert [part["type"] for part in content] == ["text", "image_url", "text", "image_url"]
    prefix, data = content[1]["image_url"]["url"].split(",")
    assert (prefix, base64.b64decode(data)) == ("data:image/png;base64", PNG)


def test_thoughts_of_gemini_are_not_its_answer() -> None:
    body = answer("gemini", '{"ok": 2}')
    body["candidates"][0]["content"]["parts"].insert(0, {"text": '{"ok": 1}', "thought": True})
    with Loopback([Reply(body=body)]) as server:
        assert model("gemini", server).ask(PROMPT).value == {"ok": 2}


@pytest.mark.parametrize(
    "body",
    [
        {"promptFeedback": {"blockReason": "SAFETY"}},
        {"candidates": [{"finishReason": "PROHIBITED_CONTENT"}]},
        {"candidates": [{"finishReason": "SAFETY", "content": {"parts": [{"text": "{}"}]}}]},
    ],
)
def test_a_prompt_that_gemini_blocks_is_not_sent_again(body: dict[str, Any]) -> None:
    with Loopback([Reply(body=body)]) as server, pytest.raises(BlockedError, match="gemini"):
        model("gemini", server).ask(PROMPT)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "choice",
    [
        {"message": {"refusal": "I cannot help with that."}, "finish_reason": "stop"},
        {"message": {"content": None}, "finish_reason": "content_filter"},
    ],
)
def test_a_prompt_that_an_openai_model_declines_is_blocked(choice: dict[str, Any]) -> None:
    with Loopback([Reply(body={"choices": [choice]})]) as server, pytest.raises(BlockedError):
        model("openai", server).ask(PROMPT)


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("text", ["no json at all", "", "{broken", 7, "[" * 3000])
def test_a_text_that_is_no_json_is_unusable(service: str, text: Any) -> None:
    with Loopback([Reply(body=answer(service, text))]) as server, pytest.raises(ContractError):
        model(service, server).ask(PROMPT)


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("body", [{}, [], {"candidates": [], "choices": []}, {"candidates": [7], "choices": [None]}])
def test_an_answer_of_another_form_is_unusable(service: str, body: Any) -> None:
    with Loopback([Reply(body=body)]) as server, pytest.raises(ContractError):
        model(service, server).ask(PROMPT)


def test_an_answer_that_was_cut_off_is_unusable() -> None:
    cut = answer("gemini", '{"ok": 1}')
    cut["candidates"][0]["finishReason"] = "MAX_TOKENS"
    with Loopback([Reply(body=cut)]) as server, pytest.raises(ContractError, match="cut off"):
        model("gemini", server).ask(PROMPT)


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_service_is_asked_again(service: str, status: int) -> None:
    busy = Reply(status, {"error": {"message": "busy"}}, {"Retry-After": "0.01"})
    with Loopback([busy, busy, Reply(body=answer(service, '{"ok": 1}'))]) as server:
        assert model(service, server).ask(PROMPT).value == {"ok": 1}
    assert len(server.asked) == 3


def retry_info(delay: str) -> Reply:
    details = [
        {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": []},
        {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay},
    ]
    return Reply(429, {"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "quota", "details": details}})


def test_the_pause_is_the_one_of_googles_retry_info() -> None:
    with Loopback([retry_info("0.4s"), Reply(body=answer("gemini", '{"ok": 1}'))]) as server:
        started = time.monotonic()
        assert model("gemini", server).ask(PROMPT).value == {"ok": 1}
    assert time.monotonic() - started >= 0.4  # the backoff alone would be 0.01 s


def test_a_quota_of_the_day_is_not_waited_for() -> None:
    with Loopback([retry_info("36000s")]) as server, pytest.raises(ServiceError, match="429") as caught:
        model("gemini", server).ask(PROMPT)
    assert caught.value.is_transient
    assert len(server.asked) == 1


@pytest.mark.parametrize("service", SERVICES)
def test_tries_end(service: str) -> None:
    with Loopback([Reply(503, b"down")]) as server, pytest.raises(ServiceError, match="503"):
        model(service, server).ask(PROMPT)
    assert len(server.asked) == 3


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("status", [400, 401, 404, 302])
def test_a_refusal_for_good_and_a_redirect_are_not_followed(service: str, status: int) -> None:
    reply = Reply(status, {"error": {"message": "API key not valid."}}, {"Location": "http://127.0.0.1:9/"})
    with Loopback([reply]) as server, pytest.raises(ServiceError, match=f"{status}: API key not valid") as caught:
        model(service, server).ask(PROMPT)
    assert not caught.value.is_transient
    assert len(server.asked) == 1


@pytest.mark.parametrize("service", SERVICES)
def test_a_slow_service_runs_into_its_time(service: str) -> None:
    slow = Patience(attempts=2, backoff_s=0.01, timeout_s=0.4)
    with Loopback([Reply(body=answer(service, '{"ok": 1}'), drip_s=0.2)]) as server:
        started = time.monotonic()
        with pytest.raises(ServiceError):
            model(service, server, slow).ask(PROMPT)
    assert time.monotonic() - started < 8.0  # dripped to its end it would take 18 s


@pytest.mark.parametrize("service", SERVICES)
def test_a_huge_answer_is_not_read_to_its_end(service: str) -> None:
    with Loopback([Reply(body=b" " * (MAX_ANSWER_BYTES + 1))]) as server, pytest.raises(ServiceError, match="bytes"):
        model(service, server).ask(PROMPT)
    assert len(server.asked) == 1


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("status", [200, 400, 429])
@pytest.mark.parametrize("lead", [0, 195, 110])
def test_an_echoed_key_is_in_no_error(service: str, status: int, lead: int) -> None:
    def echo(asked: Asked) -> Reply:
        said = asked.headers.get("x-goog-api-key", asked.headers.get("authorization", ""))
        text = "x" * lead + said  # the excerpt may end inside the key
        if status == 200 and lead:
            return Reply(200, answer(service, text))
        return Reply(status, text.encode() if lead else {"error": {"message": text}}, {"Retry-After": "0.01"})

    with Loopback(echo) as server, pytest.raises((ServiceError, ContractError)) as caught:
        model(service, server).ask(PROMPT)
    assert KEY[:8] not in str(caught.value)
    assert KEY[:8] not in repr(model(service, server))


def test_nobody_is_configured_without_key_and_address() -> None:
    assert gemini_model() is None
    assert openai_model() is None


def test_the_environment_names_service_model_and_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1/")
    monkeypatch.setenv("OPENAI_MODEL", "local-seer")
    gemini, openai = gemini_model(), openai_model()
    assert gemini is not None
    assert openai is not None
    assert (gemini.base_url, gemini.name) == ("https://generativelanguage.googleapis.com", "gemini-3.6-flash")
    assert (openai.base_url, openai.name, openai.key) == ("http://127.0.0.1:9/v1", "local-seer", None)
    named = gemini_model("models/gemini-3.1-pro")
    assert named is not None
    assert named.name == "gemini-3.1-pro"


@pytest.mark.parametrize("name", ["../secrets", "a b", "gemini?key=1", "x" * 200])
def test_a_model_name_that_would_change_the_url_is_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    with pytest.raises(InputError, match="no name"):
        gemini_model(name)


@pytest.mark.parametrize("parts", [("x" * 300_000,), (PNG,) * 65, (b"GIF89a",), (PNG + b"0" * (1 << 20),)])
def test_a_prompt_is_bounded(parts: tuple[str | bytes, ...]) -> None:
    with pytest.raises(InputError):
        VisionPrompt("", parts)
