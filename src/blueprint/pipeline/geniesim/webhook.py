"""`POST /webhooks/geniesim/job-complete`: a signed message that a job is done starts the import of its episodes.

The sender signs `{timestamp}.{body}` with HMAC-SHA256: `X-Webhook-Timestamp: 1732212000` (seconds since 1970) and
`X-Webhook-Signature: sha256=<hex>`. A message is good for five minutes, and acts once.
"""

import hashlib
import hmac
import json
import queue
import threading
from collections import OrderedDict
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from pydantic import Field

from blueprint.contracts.document import Document
from blueprint.contracts.errors import ContractError, InputError
from blueprint.contracts.ids import SceneId
from blueprint.pipeline.geniesim.poller import FINISHED, Polled, import_if_due
from blueprint.services.logs import logger

__all__ = ["PATH", "SECRET", "ImportWebhook", "JobComplete", "RefusedMessageError", "sign", "verify"]

PATH = "/webhooks/geniesim/job-complete"
SECRET = "GENIESIM_WEBHOOK_SECRET"
_MAX_BODY_BYTES = 16 << 10
_WINDOW_S = 300
_MIN_SECRET = 16
_MAX_REMEMBERED = 100_000
_MAX_WAITING = 1000
_MAX_CONNECTIONS = 16
_TIMEOUT_S = 10.0


class JobComplete(Document):
    """The body of the message."""

    job_id: str = Field(pattern=r"^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,127}$")
    status: str = Field(max_length=64)
    scene_id: SceneId


class RefusedMessageError(Exception):
    """A message that is not acted upon: the HTTP status, and a word that helps an honest sender only."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


def sign(secret: bytes, timestamp: str, body: bytes) -> str:
    """Return the value of `X-Webhook-Signature`."""
    return "sha256=" + hmac.new(secret, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def verify(secret: bytes, timestamp: str | None, signature: str | None, body: bytes, now_s: float) -> None:
    """Raise RefusedMessageError (401) unless the message was signed with the secret within the last five minutes."""
    if not timestamp or not signature or not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 15:
        raise RefusedMessageError(401, "unsigned")
    expected = sign(secret, timestamp, body).encode()
    if not hmac.compare_digest(expected, signature.encode("utf-8", "replace")):
        raise RefusedMessageError(401, "bad signature")
    if abs(now_s - int(timestamp)) > _WINDOW_S:
        raise RefusedMessageError(401, "too old or of the future")


class ImportWebhook:
    """A server on `host`:`port` (0: any) for the scenes below `root`; one import runs at a time, others wait.

    `now_s` is the clock of the machine. Raises InputError for a secret that is missing or shorter than 16 characters.
    """

    def __init__(
        self,
        root: Path,
        secret: str,
        now_s: Callable[[], float],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        on_done: Callable[[Polled], None] = lambda _result: None,
    ) -> None:
        if len(secret) < _MIN_SECRET:
            raise InputError(
                f"the webhook's secret has {len(secret)} characters.", remedy=f"set {SECRET} to 16 or more."
            )
        self._root = root / "scenes" if (root / "scenes").is_dir() else root
        self._secret = secret.encode()
        self._now_s = now_s
        self._on_done = on_done
        self._jobs: queue.Queue[tuple[Path, str] | None] = queue.Queue(_MAX_WAITING)
        self._seen: OrderedDict[str, float] = OrderedDict()
        self._lock = threading.Lock()
        self._server = _Server((host, port), self)
        self._threads = [threading.Thread(target=run, daemon=True) for run in (self._server.serve_forever, self._work)]

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Take no more messages, finish the import that runs, and return."""
        self._server.shutdown()
        self._server.server_close()
        self._jobs.put(None)
        for thread in self._threads:
            thread.join()

    def wait(self) -> None:
        """Block until somebody stops the server."""
        self._threads[0].join()

    def receive(self, timestamp: str | None, signature: str | None, body: bytes) -> tuple[int, dict[str, Any]]:
        """Judge a message and queue what it asks for; returns HTTP status and answer, raises RefusedMessageError."""
        verify(self._secret, timestamp, signature, body, self._now_s())
        try:
            message = JobComplete.parse(body)
        except ContractError as error:
            raise RefusedMessageError(400, "not a job-complete message") from error
        if message.status not in FINISHED:
            return 200, {"status": "ignored", "reason": f"job status {message.status!r}"}
        scene_dir = self._root / message.scene_id
        if scene_dir.is_symlink() or not (scene_dir / "geniesim" / "job.json").is_file():
            raise RefusedMessageError(404, "no such job")
        if not self._first_time(signature or ""):
            return 200, {"status": "duplicate"}
        try:
            self._jobs.put_nowait((scene_dir, message.job_id))
        except queue.Full as error:
            self._forget(signature or "")
            raise RefusedMessageError(503, "too many imports wait") from error
        return 202, {"status": "accepted", "job_id": message.job_id, "scene_id": message.scene_id}

    def _first_time(self, signature: str) -> bool:
        """Remember a signature for as long as it could be good; what is older needs no remembering."""
        now = self._now_s()
        with self._lock:
            while self._seen and (now - next(iter(self._seen.values())) > 2 * _WINDOW_S):
                self._seen.popitem(last=False)
            if signature in self._seen or len(self._seen) >= _MAX_REMEMBERED:
                return False
            self._seen[signature] = now
            return True

    def _forget(self, signature: str) -> None:
        with self._lock:
            self._seen.pop(signature, None)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            scene_dir, job_id = job
            result = import_if_due(scene_dir, job_id=job_id)
            logger().info("webhook_import", scene_id=result.scene_id, job_id=job_id, status=result.status)
            self._on_done(result)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 32

    def __init__(self, address: tuple[str, int], webhook: ImportWebhook) -> None:
        self.webhook = webhook
        self.slots = threading.BoundedSemaphore(_MAX_CONNECTIONS)
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """A connection beyond the limit is closed at once: each costs a thread."""
        if not self.slots.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.slots.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up or times out is no event."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    server_version = "blueprint"
    sys_version = ""
    timeout = _TIMEOUT_S

    def do_GET(self) -> None:
        self._answer(*((200, {"status": "ok"}) if self.path == "/healthz" else (404, {"error": "not found"})))

    def do_POST(self) -> None:
        try:
            if self.path != PATH:
                raise RefusedMessageError(404, "not found")
            headers = self.headers
            status, answer = self.server.webhook.receive(
                headers.get("X-Webhook-Timestamp"), headers.get("X-Webhook-Signature"), self._body()
            )
        except RefusedMessageError as refused:
            status, answer = refused.status, {"error": refused.reason}
        self._answer(status, answer)

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "")
        if self.headers.get("Transfer-Encoding") or not length.isascii() or not length.isdigit():
            raise RefusedMessageError(411, "a Content-Length is needed")
        if len(length) > 9 or int(length) > _MAX_BODY_BYTES:
            raise RefusedMessageError(413, "too large")
        body = self.rfile.read(int(length))
        if len(body) != int(length):
            raise RefusedMessageError(400, "incomplete")
        return body

    def _answer(self, status: int, answer: dict[str, Any]) -> None:
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        logger().debug("webhook_request", line=format % args)
