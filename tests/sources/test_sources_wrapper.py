"""The wrapper service: our generator under the scene services' own contract, and our client against it."""

import json
import socket
import threading
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from blueprint.contracts.scene import load_scene
from blueprint.contracts.scene_request import SceneRequest
from blueprint.sources import wrapper
from blueprint.sources.choose import generate
from blueprint.sources.remote.client import SceneService, fetch_package
from blueprint.sources.settled import generate_settled_scene
from blueprint.sources.wrapper import MAX_BODY_BYTES, MAX_WAITING, SceneServer

PROMPT = "a desk with two mugs and a notebook"


@pytest.fixture
def server():
    with SceneServer(port=0) as running:
        yield running


def body(**more: Any) -> dict[str, Any]:
    return {"schema_version": "v1", "scene_id": "office", "prompt": PROMPT, "seed": 5, **more}


def test_the_package_is_the_scene_that_the_generator_makes(server: SceneServer, tmp_path: Path) -> None:
    (tmp_path / "office").mkdir()
    request = SceneRequest(schema_version="v1", scene_id="office", prompt=PROMPT)
    generate_settled_scene(request, 5, tmp_path / "office")
    ours = {item.id: item for item in load_scene(tmp_path / "office").objects if item.sim_role != "scene_shell"}
    value, call = fetch_package(SceneService("scenesmith", f"{server.url}/v1/generate", 120.0), request, 5)
    package = value["package"]
    assert {item["id"] for item in package["objects"]} == set(ours)
    for item in package["objects"]:
        x, y, z = ours[item["id"]].transform.pose().position
        assert [item["transform"]["position"][axis] for axis in "xyz"] == pytest.approx([x, z, -y], abs=1e-6)
    assert package["quality_gate_report"]["metrics"]["object_count"] == len(ours)
    assert package["faithfulness_report"]["checks"] > 0
    assert call.request_id == "office"


@pytest.mark.slow
def test_the_client_rebuilds_the_scene_of_the_wrapper(
    server: SceneServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCENESMITH_SERVER_URL", server.url)
    monkeypatch.delenv("TEXT_BACKEND_ALLOWLIST", raising=False)
    (tmp_path / "theirs").mkdir()
    (tmp_path / "ours").mkdir()
    made = SceneRequest(schema_version="v1", scene_id="theirs", prompt=PROMPT)
    asked = made.model_copy(update={"scene_id": "ours", "text_backend": "scenesmith"})
    settled = generate(asked, 5, tmp_path / "ours")
    theirs = generate_settled_scene(made.model_copy(update={"scene_id": "ours"}), 5, tmp_path / "theirs").manifest
    assert settled.unstable == {}
    assert sorted(item.category or "" for item in settled.manifest.objects) == sorted(
        item.category or "" for item in theirs.objects
    )
    here = np.array(sorted(item.transform.pose().position[:2] for item in settled.manifest.objects[1:]))
    there = np.array(sorted(item.transform.pose().position[:2] for item in theirs.objects[1:]))
    assert np.abs(here - there).max() < 0.01


def test_a_job_is_accepted_and_polled(server: SceneServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wrapper, "make_package", lambda path, request: {"objects": [], "seed": request.seed})
    accepted = httpx.post(f"{server.url}/v1/generate", json=body(), headers={"Prefer": "respond-async"})
    assert accepted.status_code == 202
    url = server.url + accepted.headers["location"]
    while (answer := httpx.get(url)).status_code == 202:
        pass
    assert answer.json()["package"] == {"objects": [], "seed": 5}
    assert httpx.get(f"{server.url}/v1/jobs/{'0' * 32}").status_code == 404


def test_refine_settles_the_base_scene(server: SceneServer) -> None:
    base = {
        "room_type": "office",
        "objects": [
            {
                "id": "obj_1",
                "name": "desk",
                "category": "desk",
                "transform": {"position": {"x": 0.4, "y": 0, "z": 0.2}},
                "dimensions_est": {"width": 1.4, "height": 0.74, "depth": 0.7},
            }
        ],
    }
    answer = httpx.post(f"{server.url}/v1/refine", json=body(base_scene=base), timeout=60)
    assert answer.status_code == 200
    (desk,) = answer.json()["package"]["objects"]
    assert desk["category"] == "desk"
    assert desk["transform"]["position"]["x"] == pytest.approx(0.4, abs=0.002)


@pytest.mark.parametrize(
    ("path", "content", "status"),
    [
        ("/v1/generate", b"{", 400),
        ("/v1/generate", b"[]", 400),
        ("/v1/generate", json.dumps({"schema_version": "v1", "scene_id": "a", "prompt": ""}).encode(), 400),
        ("/v1/generate", json.dumps({"scene_id": "../x", "prompt": "a desk"}).encode(), 422),
        ("/v1/refine", json.dumps({"scene_id": "a", "prompt": "a", "base_scene": {"objects": [1]}}).encode(), 422),
        ("/v1/other", b"{}", 404),
    ],
)
def test_unusable_requests_get_a_status_and_a_reason(
    server: SceneServer, path: str, content: bytes, status: int
) -> None:
    answer = httpx.post(server.url + path, content=content, timeout=30)
    assert answer.status_code == status
    assert answer.json()["error"]


def test_bodies_are_bounded_and_need_a_length(server: SceneServer) -> None:
    host, port = server.server_address[:2]
    for header, status in ((f"Content-Length: {MAX_BODY_BYTES + 1}", b"413"), ("X: y", b"411")):
        with socket.create_connection((str(host), port), timeout=5) as connection:
            connection.sendall(f"POST /v1/generate HTTP/1.1\r\nHost: x\r\n{header}\r\n\r\n".encode())
            assert connection.recv(64).split()[1] == status


def test_one_scene_is_made_at_a_time_and_a_full_queue_says_when_to_come_back(
    server: SceneServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    go, running, most = threading.Event(), [], []

    def slow(path: str, request: wrapper.GenerateRequest) -> dict[str, Any]:
        running.append(request.seed)
        most.append(len(running))
        go.wait(10)
        running.remove(request.seed)
        return {"objects": []}

    monkeypatch.setattr(wrapper, "make_package", slow)
    ahead = {"Prefer": "respond-async"}
    codes = [
        httpx.post(f"{server.url}/v1/generate", json=body(seed=seed), headers=ahead) for seed in range(MAX_WAITING + 3)
    ]
    assert [answer.status_code for answer in codes].count(202) in (MAX_WAITING, MAX_WAITING + 1)
    assert codes[-1].status_code == 503
    assert codes[-1].headers["retry-after"] == "15"
    assert httpx.get(f"{server.url}/healthz").json()["status"] == "ok"
    go.set()
    last = [answer for answer in codes if answer.status_code == 202][-1]
    while httpx.get(server.url + last.headers["location"]).status_code == 202:
        pass
    assert max(most) == 1


def test_a_defect_in_one_scene_does_not_end_the_service(server: SceneServer, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(path: str, request: wrapper.GenerateRequest) -> dict[str, Any]:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(wrapper, "make_package", broken)
    answer = httpx.post(f"{server.url}/v1/generate", json=body())
    assert (answer.status_code, answer.json()["error"]) == (500, "ZeroDivisionError")
    monkeypatch.setattr(wrapper, "make_package", lambda path, request: {"objects": []})
    assert httpx.post(f"{server.url}/v1/generate", json=body()).status_code == 200
