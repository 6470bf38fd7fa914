"""Loopback servers for the remote stores: moto for S3, and a small JSON API server for Google Cloud Storage."""

import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from base64 import b64encode
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest


class GcsServer(ThreadingHTTPServer):
    """The part of the storage JSON API that google-cloud-storage uses, with generation preconditions enforced.

    `refusals` is a list of HTTP statuses that the next requests get instead of an answer.
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _GcsHandler)
        self.lock = threading.Lock()
        self.objects: dict[str, tuple[int, bytes]] = {}
        self.sessions: dict[str, tuple[str, str | None, bytes]] = {}
        self.generation = 1000
        self.refusals: list[int] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _GcsHandler(BaseHTTPRequestHandler):
    server: GcsServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body, query = self._begin()
        if body is None:
            return
        parts = urlsplit(self.path).path.split("/")
        if parts[-2] == "b":  # the client asks for the bucket's metadata on the side
            return self._send_json({"kind": "storage#bucket", "name": parts[-1], "location": "US"})
        if parts[-1] == "o" and parts[-2] == "bucket":
            return self._list(query.get("prefix", ""), query.get("pageToken"))
        name = unquote(parts[-1])
        if "/b/no-such-bucket/" in self.path:
            return self._send(404, b"{}")
        found = self.server.objects.get(name)
        if found is None:
            return self._send(404, b"{}")
        if self._mismatch(query.get("ifGenerationMatch"), name):
            return self._send(412, b"{}")
        if query.get("alt") == "media":
            headers = {"x-goog-generation": str(found[0]), "x-goog-hash": f"md5={_md5(found[1])}"}
            return self._send(200, found[1], headers)
        return self._send_json(_resource(name, *found))

    def do_POST(self) -> None:
        body, query = self._begin()
        if body is None:
            return
        condition = query.get("ifGenerationMatch")
        if "/b/no-such-bucket/" in self.path:
            return self._send(404, b"{}")
        if query.get("uploadType") == "multipart":
            boundary = re.search(r'boundary="?([^";]+)"?', self.headers["Content-Type"]).group(1).encode()
            meta, data = body.split(b"--" + boundary)[1:3]
            name = json.loads(meta.split(b"\r\n\r\n", 1)[1])["name"]
            return self._store(name, data.split(b"\r\n\r\n", 1)[1].removesuffix(b"\r\n"), condition)
        name = json.loads(body)["name"]
        session = str(len(self.server.sessions))
        self.server.sessions[session] = (name, condition, b"")
        location = f"{self.server.url}/resumable?upload_id={session}"
        return self._send(200, b"{}", {"Location": location})

    def do_PUT(self) -> None:
        body, query = self._begin()
        if body is None:
            return
        name, condition, so_far = self.server.sessions[query["upload_id"]]
        data = so_far + body
        total = self.headers["Content-Range"].rsplit("/", 1)[1]
        if total == "*" or len(data) < int(total):
            self.server.sessions[query["upload_id"]] = (name, condition, data)
            return self._send(308, b"", {"Range": f"bytes=0-{len(data) - 1}"})
        return self._store(name, data, condition)

    def do_DELETE(self) -> None:
        body, query = self._begin()
        if body is None:
            return
        name = unquote(urlsplit(self.path).path.split("/")[-1])
        with self.server.lock:
            if name not in self.server.objects:
                status = 404
            elif self._mismatch(query.get("ifGenerationMatch"), name):
                status = 412
            else:
                del self.server.objects[name]
                status = 204
        return self._send(status, b"")

    def _begin(self) -> tuple[bytes | None, dict[str, str]]:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        of_an_object = urlsplit(self.path).path.split("/")[-2] != "b"
        with self.server.lock:
            refusal = self.server.refusals.pop(0) if self.server.refusals and of_an_object else None
        if refusal:
            self._send(refusal, b"{}")
            return None, {}
        return body, {key: values[0] for key, values in parse_qs(urlsplit(self.path).query).items()}

    def _store(self, name: str, data: bytes, condition: str | None) -> None:
        with self.server.lock:
            if self._mismatch(condition, name):
                resource = None
            else:
                self.server.generation += 1
                self.server.objects[name] = (self.server.generation, data)
                resource = _resource(name, self.server.generation, data)
        return self._send(412, b"{}") if resource is None else self._send_json(resource)

    def _mismatch(self, condition: str | None, name: str) -> bool:
        return condition is not None and int(condition) != self.server.objects.get(name, (0, b""))[0]

    def _list(self, prefix: str, token: str | None) -> None:
        names = sorted(name for name in self.server.objects if name.startswith(prefix) and name > (token or ""))
        page = names[:3]
        answer = {"kind": "storage#objects", "items": [_resource(name, *self.server.objects[name]) for name in page]}
        if len(names) > len(page):
            answer["nextPageToken"] = page[-1]
        self._send_json(answer)

    def _send_json(self, value: object) -> None:
        self._send(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


def _md5(data: bytes) -> str:
    return b64encode(md5(data, usedforsecurity=False).digest()).decode()


def _resource(name: str, generation: int, data: bytes) -> dict[str, str]:
    return {"name": name, "generation": str(generation), "size": str(len(data)), "md5Hash": _md5(data)}


@pytest.fixture(scope="session")
def gcs_server():
    server = GcsServer()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="session")
def s3_url():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    command = [str(Path(sys.executable).with_name("moto_server")), "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(200):
            try:
                urllib.request.urlopen(urllib.request.Request(f"{url}/bucket", method="PUT"), timeout=5).close()
                break
            except OSError:
                assert process.poll() is None, "moto_server ended"
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(10)
