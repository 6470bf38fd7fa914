"""Transient refusals are repeated, final ones are not: against loopback servers that refuse on purpose."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import structlog

from blueprint.contracts.errors import MissingDependencyError, StorageError
from blueprint.storage.store import open_store


@pytest.fixture
def gs(gcs_server, monkeypatch):
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", gcs_server.url)
    yield open_store("gs://bucket/retries")
    gcs_server.refusals.clear()


@pytest.mark.slow
@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_transient_refusals_of_gcs_are_repeated(gcs_server, gs, status):
    gcs_server.refusals[:] = [status]
    gs.write("a", b"1")
    gcs_server.refusals[:] = [status]
    assert gs.read("a") == b"1"
    assert gcs_server.refusals == []


def test_a_final_refusal_of_gcs_is_not_repeated(gcs_server, gs):
    gcs_server.refusals[:] = [400, 200]
    with pytest.raises(StorageError, match="cannot read 'a' in gs://bucket/retries"):
        gs.read("a")
    assert gcs_server.refusals == [200]


class _S3Refusals(BaseHTTPRequestHandler):
    statuses: list[int] = []
    seen = 0

    def do_GET(self) -> None:
        type(self).seen += 1
        status = self.statuses.pop(0) if self.statuses else 200
        self.send_response(status)
        self.send_header("ETag", '"d41d8cd98f00b204e9800998ecf8427e"')
        self.send_header("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def s3(monkeypatch):
    server = ThreadingHTTPServer(("127.0.0.1", 0), _S3Refusals)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
    for name, value in [("ACCESS_KEY_ID", "test"), ("SECRET_ACCESS_KEY", "test"), ("REGION", "us-east-1")]:
        monkeypatch.setenv(f"AWS_{name}", value)
    _S3Refusals.seen = 0
    yield open_store("s3://bucket")
    server.shutdown()
    server.server_close()
    thread.join()


def test_transient_refusals_of_s3_are_repeated_and_final_ones_are_not(s3):
    _S3Refusals.statuses = [503, 429]
    assert s3.read("a") == b""
    assert _S3Refusals.seen == 3
    _S3Refusals.statuses = [400, 400]
    with pytest.raises(StorageError, match="cannot read 'a' in s3://bucket/"):
        s3.read("a")
    assert _S3Refusals.seen == 4


def test_a_retry_is_logged_in_one_short_line(s3, capsys):
    structlog.reset_defaults()  # a test of the command line may have set it up
    _S3Refusals.statuses = [503]
    s3.read("a")
    (line,) = capsys.readouterr().out.splitlines()
    assert "503 Service Unavailable" in line
    assert len(line) < 500


def test_a_store_that_stays_down_is_a_storage_error_after_the_last_attempt(s3, monkeypatch):
    monkeypatch.setattr("blueprint.storage.retry._ATTEMPTS", 2)
    _S3Refusals.statuses = [503] * 5
    with pytest.raises(StorageError, match="503") as caught:
        s3.read("a")
    assert "\n" not in str(caught.value)
    assert _S3Refusals.seen == 2


def test_gs_without_its_library_names_the_extra(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "google.cloud.storage", None)
    monkeypatch.delattr("google.cloud.storage", raising=False)
    with pytest.raises(MissingDependencyError, match=r"blueprint-pipeline\[gcs\]"):
        open_store("gs://bucket")
