import io
import json
import pickle

import pytest
import structlog

from blueprint.contracts.errors import InputError
from blueprint.services.logs import configure_logs
from blueprint.services.secrets import Secret, find_secret, is_secret_name, secret


@pytest.fixture
def lines():
    stream = io.StringIO()
    yield stream
    structlog.reset_defaults()


@pytest.mark.parametrize(
    "name",
    [
        "api_key",
        "key",
        "OPENAI_API_KEY",
        "hfToken",
        "HF_TOKEN",
        "password",
        "client-secret",
        "hftoken",
        "Authorization",
    ],
)
def test_names_of_secrets_are_recognised(name):
    assert is_secret_name(name)


@pytest.mark.parametrize("name", ["prompt_tokens", "keyboard", "monkey", "event", "scene_id", "keys_read"])
def test_names_of_other_things_are_not(name):
    assert not is_secret_name(name)


@pytest.mark.parametrize("as_json", [False, True])
def test_no_secret_reaches_the_log(lines, monkeypatch, as_json):
    monkeypatch.setenv("BLUEPRINT_TEST_TOKEN", "s3cr3t-in-environment")
    monkeypatch.setenv("BLUEPRINT_TEST_PLAIN", "read-by-secret")
    value = secret("BLUEPRINT_TEST_PLAIN")
    configure_logs(json=as_json, stream=lines)
    log = structlog.get_logger()
    log.info("calling https://x?t=s3cr3t-in-environment", api_key="abc-field-value", count=3)
    log.info("nested", request={"headers": [{"password": "deep-value"}, "s3cr3t-in-environment"]}, handle=value)
    try:
        raise ValueError("token is s3cr3t-in-environment or read-by-secret")
    except ValueError:
        log.exception("failed")
    text = lines.getvalue()
    for hidden in ("s3cr3t-in-environment", "read-by-secret", "abc-field-value", "deep-value"):
        assert hidden not in text
    assert "***" in text
    assert "ValueError" in text
    assert "nested" in text


def test_json_lines_are_one_object_each_with_level_and_time(lines):
    configure_logs(json=True, level="warning", stream=lines)
    structlog.get_logger().info("hidden")
    structlog.get_logger().warning("two\nlines", scene_id="s", prompt_tokens=12)
    (line,) = lines.getvalue().splitlines()
    record = json.loads(line)
    assert (record["event"], record["level"], record["scene_id"], record["prompt_tokens"]) == (
        "two\nlines", "warning", "s", 12,
    )  # fmt: skip
    assert record["timestamp"].endswith("Z")


def test_logs_go_to_stderr_by_default(capsys):
    configure_logs()
    structlog.get_logger().info("hello")
    structlog.reset_defaults()
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "hello" in captured.err


def test_a_secret_shows_itself_only_when_asked(monkeypatch):
    monkeypatch.setenv("BLUEPRINT_TEST_KEY", " value-of-key ")
    found = secret("BLUEPRINT_TEST_KEY")
    assert found.reveal() == "value-of-key"
    for text in (repr(found), str(found), f"{found}", f"{found:>9}", f"{[found]}"):
        assert "value-of-key" not in text
    with pytest.raises(TypeError, match="does not pickle"):
        pickle.dumps(found)
    assert not hasattr(Secret("a", "b"), "__dict__")


def test_a_missing_secret_names_the_variable(monkeypatch):
    monkeypatch.setenv("BLUEPRINT_TEST_KEY", "  ")
    assert find_secret("BLUEPRINT_TEST_KEY") is None
    with pytest.raises(InputError, match=r"BLUEPRINT_TEST_KEY is not set.*export BLUEPRINT_TEST_KEY"):
        secret("BLUEPRINT_TEST_KEY")
