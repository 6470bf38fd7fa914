"""The scene services' HTTP contract, served by the internal generator: `python -m blueprint.sources.wrapper`.

POST /v1/generate and /v1/refine answer 200 with `{"package": …}`, or, where the caller sends `Prefer: respond-async`,
202 with `{"job_id", "status_url"}`; GET /v1/jobs/{job_id} then answers 202 until the package is there. GET /healthz.
One scene is made at a time; a full queue answers 503 with Retry-After.
"""

import argparse
import json
import queue
import re
import tempfile
import threading
import uuid
from collections import OrderedDict
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from blueprint.contracts.errors import BlueprintError, InputError
from blueprint.contracts.scene import load_scene
from blueprint.contracts.scene_request import MAX_PROMPT_CHARACTERS, SceneRequest
from blueprint.services.logs import logger
from blueprint.sources.imported.adopt import adopt_imported
from blueprint.sources.imported.files import Foreign, parse_foreign
from blueprint.sources.remote.contract import contract_package
from blueprint.sources.remote.package import scene_of_package
from blueprint.sources.settled import generate_settled_scene

__all__ = ["MAX_BODY_BYTES", "SceneServer", "main", "make_package"]

MAX_BODY_BYTES = 8 << 20  # a base scene of some thousand objects
MAX_WAITING = 8
_KEPT_JOBS = 64
_READ_TIMEOUT_S = 30.0
_JOB_PATH = re.compile(r"/v1/jobs/([0-9a-f]{32})")
_PATHS = ("/v1/generate", "/v1/refine")


class BaseScene(Foreign):
    room_type: str | None = None
    objects: list[Any] = Field(default=[], max_length=5000)


class GenerateRequest(Foreign):
    """What the contract's requests have in common; keys that we do not know are ignored."""

    schema_version: Literal["v1"] = "v1"
    scene_id: str
    prompt: str = Field(min_length=1, max_length=MAX_PROMPT_CHARACTERS)
    quality_tier: Literal["standard", "premium"] = "standard"
    seed: int = Field(default=0, ge=0, lt=2**63)
    constraints: dict[str, Any] = {}
    base_scene: BaseScene = BaseScene()


@dataclass
class _Job:
    """`done` is set when `status` and `answer` are final."""

    job_id: str
    path: str
    request: GenerateRequest
    status: int = 202
    answer: dict[str, Any] = field(default_factory=dict)
    done: threading.Event = field(default_factory=threading.Event)


def make_package(path: str, request: GenerateRequest) -> dict[str, Any]:
    """Make the scene of a request and return its package; the same request gives the same package.

    /v1/generate reads the prompt. /v1/refine with a base scene seats, relaxes and settles that scene's objects; without
    one it is /v1/generate. Raises InputError for an unusable request, StageError where the scene cannot be made.
    """
    document = {"schema_version": "v1", "scene_id": request.scene_id, "prompt": request.prompt}
    wanted = SceneRequest.parse(
        json.dumps({**document, "quality_tier": request.quality_tier, "constraints": request.constraints}),
        where="the request",
    )
    with tempfile.TemporaryDirectory() as temporary:
        scene_dir = Path(temporary) / wanted.scene_id
        scene_dir.mkdir()
        if path == "/v1/refine" and request.base_scene.objects:
            base = {"room_type": request.base_scene.room_type, "objects": request.base_scene.objects}
            settled = adopt_imported(scene_of_package(base, "base_scene", request.seed), scene_dir)
        else:
            settled = generate_settled_scene(wanted, request.seed, scene_dir)
        return contract_package(settled, load_scene(scene_dir), request.seed)


class SceneServer(ThreadingHTTPServer):
    """Serves until `shutdown`; as a context manager it runs in threads of its own. Port 0 takes a free one."""

    daemon_threads = True

    def __init__(self, host: str = "127.0.0.1", port: int = 8081) -> None:
        super().__init__((host, port), _Handler)
        self._waiting: queue.Queue[_Job | None] = queue.Queue(MAX_WAITING)
        self._jobs: OrderedDict[str, _Job] = OrderedDict()
        self._lock = threading.Lock()
        self._worker = threading.Thread(target=self._work, daemon=True)
        self._worker.start()

    @property
    def url(self) -> str:
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}"

    def submit(self, path: str, request: GenerateRequest) -> _Job | None:
        """Queue a job; None where the queue is full."""
        job = _Job(uuid.uuid4().hex, path, request)
        with self._lock:
            self._jobs[job.job_id] = job
            while len(self._jobs) > _KEPT_JOBS:
                self._jobs.popitem(last=False)
        try:
            self._waiting.put_nowait(job)
        except queue.Full:
            with self._lock:
                self._jobs.pop(job.job_id, None)
            return None
        return job

    def job(self, job_id: str) -> _Job | None:
        with self._lock:
            return self._jobs.get(job_id)

    def health(self) -> dict[str, Any]:
        return {"status": "ok", "generator": "blueprint internal", "waiting": self._waiting.qsize()}

    def _work(self) -> None:
        while (job := self._waiting.get()) is not None:
            try:
                job.answer = {"package": make_package(job.path, job.request), "request_id": job.request.scene_id}
                job.status = 200
            except InputError as error:
                job.status, job.answer = 422, {"status": "failed", "error": str(error)}
            except BlueprintError as error:
                job.status, job.answer = 500, {"status": "failed", "error": str(error)}
            except (ArithmeticError, LookupError, OSError, RuntimeError, TypeError, ValueError) as error:
                # A defect in one scene must not end the service; it is logged with its traceback and told.
                logger().exception("scene failed", job=job.job_id)
                job.status, job.answer = 500, {"status": "failed", "error": type(error).__name__}
            job.done.set()

    def __enter__(self) -> "SceneServer":
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()
        self._waiting.put(None)
        self._worker.join()


class _Handler(BaseHTTPRequestHandler):
    server: SceneServer
    protocol_version = "HTTP/1.1"
    timeout = _READ_TIMEOUT_S

    def do_GET(self) -> None:
        if self.path == "/healthz":
            return self._send(200, self.server.health())
        match = _JOB_PATH.fullmatch(self.path)
        job = self.server.job(match[1]) if match else None
        if job is None:
            return self._send(404, {"error": "there is /healthz, and /v1/jobs/{job_id} for jobs that are kept"})
        if not job.done.is_set():
            return self._send(202, {"status": "processing", "job_id": job.job_id})
        return self._send(job.status, job.answer)

    def do_POST(self) -> None:
        if self.path not in _PATHS:
            return self._refuse(404, f"there are {', '.join(_PATHS)}")
        length = self.headers.get("Content-Length", "")
        if not length.isdigit():
            return self._refuse(411, "send Content-Length")
        if int(length) > MAX_BODY_BYTES:
            return self._refuse(413, f"at most {MAX_BODY_BYTES} bytes")
        try:
            request = parse_foreign(GenerateRequest, self.rfile.read(int(length)), "the request")
        except InputError as error:
            return self._send(400, {"error": str(error)})
        job = self.server.submit(self.path, request)
        if job is None:
            return self._send(503, {"error": "the queue is full"}, {"Retry-After": "15"})
        if "respond-async" in self.headers.get("Prefer", ""):
            where = f"/v1/jobs/{job.job_id}"
            body = {"status": "accepted", "job_id": job.job_id, "status_url": where}
            return self._send(202, body, {"Location": where})
        job.done.wait()
        return self._send(job.status, job.answer)

    def _refuse(self, status: int, why: str) -> None:
        """Answer without having read the body: the connection cannot be used again."""
        self.close_connection = True
        self._send(status, {"error": why}, {"Connection": "close"})

    def _send(self, status: int, value: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        data = json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
        try:
            self.send_response(status)
            for name, text in {"Content-Type": "application/json", **(headers or {})}.items():
                self.send_header(name, text)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # the caller went away; its job is kept and can be asked for

    def log_message(self, format: str, *args: object) -> None:
        logger().info("request", client=self.client_address[0], line=format % args)


def main(arguments: list[str] | None = None) -> None:
    """Serve on the loopback interface (or --host) until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m blueprint.sources.wrapper", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="interface; there is no authentication: keep it private")
    parser.add_argument("--port", type=int, default=8081)
    chosen = parser.parse_args(arguments)
    server = SceneServer(chosen.host, chosen.port)
    print(f"serving {server.url}{_PATHS[0]}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()


if __name__ == "__main__":
    main()
