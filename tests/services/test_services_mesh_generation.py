"""Mesh services behind loopback servers that speak each dialect: well, slowly, badly, too much, for ever."""

import json
import os
import struct
import time
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh
from loopback_http import Asked, Loopback, Reply
from PIL import Image

from blueprint.contracts.errors import InputError
from blueprint.contracts.hashing import sha256_bytes
from blueprint.services.http_json import RawAnswer, request_bytes
from blueprint.services.mesh_generation import (
    MeshCache,
    MeshChain,
    MeshFacts,
    MeshRequest,
    Provider,
    check_glb,
    exchange,
    generate_mesh,
    mesh_cache,
    mesh_chain,
)
from blueprint.services.mesh_generation.hunyuan_async import HunyuanAsyncProvider
from blueprint.services.mesh_generation.hunyuan_sync import HunyuanSyncProvider
from blueprint.services.mesh_generation.meshy import MeshyProvider
from blueprint.services.mesh_generation.picture import PictureModel
from blueprint.services.mesh_generation.provider import Service, SystemClock
from blueprint.services.mesh_generation.scenesmith_ndjson import SceneSmithProvider
from blueprint.services.mesh_generation.trellis_job import TrellisJobProvider
from blueprint.services.secrets import Secret
from blueprint.storage.store import open_store

GLB = bytes(trimesh.creation.box((1.0, 0.5, 0.8)).export(file_type="glb"))
OTHER = bytes(trimesh.creation.icosphere(2).export(file_type="glb"))
WANTED = MeshRequest("red mug", "mug", (0.09, 0.08, 0.1))
KEY = "sesame-open-9931"


class SkippingClock:
    """Time passes only while it is waited for."""

    def __init__(self) -> None:
        self.time, self.slept = 0.0, []

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds
        self.slept.append(seconds)


def png(size: tuple[int, int] = (64, 64)) -> bytes:
    buffer = BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(buffer, "PNG")
    return buffer.getvalue()


PICTURED = replace(WANTED, image=png())


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """No settings but a key that is known to be secret; returns a function that sets variables."""
    for name in list(os.environ):
        if name.startswith(("TEXT_", "OPENAI_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("MAKER_API_KEY", KEY)

    def put(**values: str) -> None:
        for name, value in values.items():
            monkeypatch.setenv(name, value)

    return put


def service(server: Loopback, name: str = "maker", **changes: Any) -> Service:
    return replace(
        Service(name, server.url, "m1", Secret("KEY", KEY), timeout_s=60.0, poll_s=1.0, backoff_s=0.01), **changes
    )


def ask(provider: Provider, wanted: MeshRequest = PICTURED, **changes: Any):
    return generate_mesh(wanted, MeshChain([provider], clock=SkippingClock(), **changes))


def failure(provider: Provider, wanted: MeshRequest = PICTURED):
    """The one attempt that a chain of this provider makes in vain."""
    made, attempts = ask(provider, wanted)
    assert made is None
    assert len(attempts) == 1
    assert KEY not in attempts[0].model_dump_json()
    return attempts[0]


# What each dialect's server does when all is well: one that works for some polls first.

Answer = Callable[[Asked], Reply]
Make = Callable[[Service], Provider]


def meshy_well(polls: int = 2) -> Answer:
    left = [Reply(body={"status": "IN_PROGRESS"})] * polls

    def answer(asked: Asked) -> Reply:
        if asked.method == "POST":
            return Reply(404) if asked.path.startswith("/openapi") else Reply(202, {"result": "task-7"})
        if asked.path == "/v1/text-to-3d/task-7":
            return left.pop() if left else Reply(body={"status": "SUCCEEDED", "model_urls": {"glb": "/files/7.glb"}})
        return Reply(body=GLB) if asked.path == "/files/7.glb" else Reply(404)

    return answer


def hunyuan_well(polls: int = 2) -> Answer:
    left = [Reply(body={"status": "processing"})] * polls

    def answer(asked: Asked) -> Reply:
        if asked.method == "POST":
            assert b64decode(asked.body["image"])[:4] == b"\x89PNG"
            return Reply(body=GLB) if asked.path == "/generate" else Reply(body={"uid": "u-1"})
        done = {"status": "completed", "model_base64": b64encode(GLB).decode()}
        return left.pop() if left else Reply(body=done)

    return answer


def trellis_well(polls: int = 2) -> Answer:
    left = [Reply(202, {"status": "processing"})] * polls

    def answer(asked: Asked) -> Reply:
        if asked.method == "POST":
            assert asked.body == {"input_text": "red mug"}
            return Reply(202, {"status": "accepted", "job_id": "j1"})
        return left.pop() if left else Reply(200, GLB)

    return answer


def scenesmith_well() -> Answer:
    def answer(asked: Asked) -> Reply:
        (item,) = asked.body
        assert Path(item["image_path"]).read_bytes()[:4] == b"\x89PNG"
        path = Path(item["output_dir"]) / item["output_filename"]
        path.write_bytes(GLB)
        line = {"index": 0, "status": "success", "data": {"geometry_path": str(path)}}
        return Reply(body=json.dumps(line).encode() + b"\n")

    return answer


DIALECTS: dict[str, tuple[Make, Callable[[], Answer]]] = {
    "meshy": (MeshyProvider, meshy_well),
    "hunyuan-sync": (HunyuanSyncProvider, hunyuan_well),
    "hunyuan-async": (HunyuanAsyncProvider, hunyuan_well),
    "trellis-job": (TrellisJobProvider, trellis_well),
    "scenesmith-ndjson": (SceneSmithProvider, scenesmith_well),
}


@pytest.fixture(params=sorted(DIALECTS))
def dialect(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Make, Answer]:
    make, well = DIALECTS[request.param]
    if make is SceneSmithProvider:
        return request.param, lambda its: SceneSmithProvider(its, tmp_path), well()
    return request.param, make, well()


def test_every_dialect_gives_the_bytes_that_its_service_made(dialect) -> None:
    name, make, well = dialect
    with Loopback(well) as server:
        made, attempts = ask(make(service(server)))
        assert {item.headers.get("authorization") for item in server.asked} == {f"Bearer {KEY}"}
    assert made is not None
    assert made.data == GLB
    assert [(item.dialect, item.outcome) for item in attempts] == [(name, "ok")]
    assert (made.origin.service, made.origin.dialect, made.origin.model) == ("maker", name, "m1")
    assert made.origin.mesh_sha256 == sha256_bytes(GLB)
    assert made.license.spdx == "unknown"


@pytest.mark.slow
def test_every_dialect_waits_as_long_as_retry_after_says(dialect) -> None:
    _, make, well = dialect
    refusals = [Reply(429, {"error": "slow down"}, {"Retry-After": "0.2"}), Reply(503, headers={"Retry-After": "0"})]
    start = time.monotonic()
    with Loopback(lambda asked: refusals.pop(0) if refusals else well(asked)) as server:
        made, attempts = ask(make(service(server, backoff_s=20.0)))
    assert made is not None
    assert attempts[-1].outcome == "ok"
    assert 0.2 <= time.monotonic() - start < 15.0  # and not the backoff


@pytest.mark.parametrize("retry_after", ["100", None])
def test_every_dialect_gives_up_on_a_service_that_stays_busy(dialect, retry_after: str | None) -> None:
    _, make, _ = dialect
    headers = {"Retry-After": retry_after} if retry_after else {}
    with Loopback([Reply(429, {"error": f"key {KEY}"}, headers)]) as server:
        attempt = failure(make(service(server)))
        assert len(server.asked) == (1 if retry_after else 4)  # 100 s are more than are left
    assert (attempt.outcome, attempt.status) == ("busy", 429)


@pytest.mark.parametrize("status", [400, 401, 500])
def test_every_dialect_takes_a_refusal_as_one_and_starts_no_second_job(dialect, status: int) -> None:
    _, make, _ = dialect
    with Loopback([Reply(status, {"error": f"bad key {KEY}"})]) as server:
        attempt = failure(make(service(server)))
        assert len(server.asked) == 1
    assert (attempt.outcome, attempt.status) == ("refused", status)


@pytest.mark.parametrize("body", [b"\x00\xffnothing", b"[]", b'{"a": NaN}', b"", b"{}"])
def test_every_dialect_refuses_garbage(dialect, body: bytes) -> None:
    name, make, _ = dialect
    with Loopback([Reply(202 if name == "trellis-job" else 200, body)]) as server:
        attempt = failure(make(service(server)))
    assert attempt.outcome == "unusable"


def test_every_dialect_stops_reading_what_is_larger_than_allowed(dialect, monkeypatch: pytest.MonkeyPatch) -> None:
    name, make, _ = dialect
    monkeypatch.setattr(
        exchange, "request_bytes", lambda *args, **more: request_bytes(*args, **{**more, "limit_bytes": 5000})
    )
    with Loopback([Reply(202 if name == "trellis-job" else 200, b" " * 5001)]) as server:
        attempt = failure(make(service(server)))
    assert attempt.outcome == "unusable"
    assert "more than 5000 bytes" in attempt.detail


def test_every_request_is_bounded(dialect, monkeypatch: pytest.MonkeyPatch) -> None:
    _, make, well = dialect
    limits: list[int] = []

    def noted(*args: Any, **more: Any) -> RawAnswer:
        limits.append(more["limit_bytes"])
        return request_bytes(*args, **more)

    monkeypatch.setattr(exchange, "request_bytes", noted)
    with Loopback(well) as server:
        ask(make(service(server)))
    assert max(limits) <= exchange.MAX_JSON_BYTES == 88 << 20


@pytest.mark.slow
def test_every_dialect_ends_at_its_deadline_however_slow_the_answer(dialect) -> None:
    _, make, _ = dialect
    with Loopback([Reply(200, b"x" * 64, drip_s=0.05)]) as server:
        made, attempts = generate_mesh(PICTURED, MeshChain([make(service(server, timeout_s=0.3))], clock=SystemClock()))
        assert len(server.asked) == 1
    assert made is None
    assert [item.outcome for item in attempts] == ["timed_out"]


def test_a_service_that_is_not_there_is_unreachable(dialect) -> None:
    _, make, _ = dialect
    with Loopback([Reply()]) as server:
        gone = service(server)
    assert failure(make(gone)).outcome == "unreachable"


@pytest.mark.parametrize(
    ("make", "first", "forever"),
    [
        (MeshyProvider, Reply(202, {"task_id": "t"}), Reply(body={"status": "IN_PROGRESS", "progress": 99})),
        (HunyuanAsyncProvider, Reply(body={"uid": "u"}), Reply(body={"status": "processing"})),
        (TrellisJobProvider, Reply(202, {"job_id": "j"}), Reply(202, {"status": "processing"})),
    ],
)
def test_a_job_that_processes_for_ever_times_out_and_half_an_hour_of_it_takes_no_time(
    make: Make, first: Reply, forever: Reply
) -> None:
    clock = SkippingClock()
    with Loopback(lambda asked: first if asked.method == "POST" else forever) as server:
        chain = MeshChain([make(service(server, timeout_s=1800.0, poll_s=150.0))], clock=clock)
        made, attempts = generate_mesh(PICTURED, chain)
    assert made is None
    assert [item.outcome for item in attempts] == ["timed_out"]
    assert attempts[0].detail == "maker was still working after 1800 s."
    assert clock.slept == [150.0] * 11  # the twelfth would end on the deadline itself


@pytest.mark.parametrize(
    ("make", "first", "then", "said"),
    [
        (MeshyProvider, Reply(202, {"result": {"id": "t"}}), Reply(body={"state": "failed", "error": "bad"}), "bad"),
        (MeshyProvider, Reply(202, {"id": "t"}), Reply(body={"status": "FAILED", "task_error": {"message": "x"}}), "x"),
        (MeshyProvider, Reply(202, {"id": "t"}), Reply(body={"status": "EXPIRED"}), "no reason"),
        (TrellisJobProvider, Reply(202, {"job_id": "j"}), Reply(500, {"status": "failed", "error": "OOM"}), "OOM"),
        (HunyuanSyncProvider, Reply(404, {"text": "NETWORK ERROR", "error_code": 1}), None, "NETWORK ERROR"),
    ],
)  # fmt: skip
def test_a_job_that_fails_is_told_with_its_reason(make: Make, first: Reply, then: Reply | None, said: str) -> None:
    with Loopback(lambda asked: first if asked.method == "POST" else then) as server:
        attempt = failure(make(service(server)))
        assert len(server.asked) == (2 if then else 1)
    assert attempt.outcome == "failed"
    assert said in attempt.detail


def test_a_poll_that_is_lost_does_not_end_a_job() -> None:
    replies = [
        Reply(202, {"job_id": "j"}), Reply(502, b"bad gateway"), Reply(429, b""), Reply(202, {}), Reply(200, GLB),
    ]  # fmt: skip
    with Loopback(replies) as server:
        made, _ = ask(TrellisJobProvider(service(server)))
    assert made is not None


# The gateway's shapes.


@pytest.mark.parametrize(
    "answer",
    [
        {"model_urls": {"glb": "/f.glb", "usdz": "/f.usdz"}},
        {"id": "x", "status": "SUCCEEDED", "output": {"model_url": "/f.glb"}},
        {"result": {"download_url": "/f.glb"}},
    ],
)
def test_a_gateway_may_answer_with_the_file_at_once(answer: dict[str, Any]) -> None:
    with Loopback(lambda asked: Reply(body=answer) if asked.method == "POST" else Reply(body=GLB)) as server:
        made, _ = ask(MeshyProvider(service(server)), WANTED)
        assert [item.path for item in server.asked] == ["/openapi/v1/text-to-3d", "/f.glb"]
        assert server.asked[0].body == {
            "prompt": "red mug", "model": "m1", "ai_model": "m1", "topology": "triangle",
            "should_texture": True, "enable_pbr": True,
        }  # fmt: skip
    assert made is not None


@pytest.mark.parametrize(
    ("url", "outcome"),
    [
        ("http://169.254.169.254/latest", "refused"),
        ("https://127.0.0.2/f.glb", "refused"),
        ("https://[::1]/f.glb", "refused"),
        ("file:///etc/passwd", "refused"),
        ("https://user@10.0.0.1/f.glb", "refused"),
        ("http://[bad", "unusable"),
    ],
)
def test_a_service_does_not_point_us_into_our_own_network(url: str, outcome: str) -> None:
    with Loopback([Reply(body={"model_urls": {"glb": url}})]) as server:
        assert failure(MeshyProvider(service(server))).outcome == outcome
        assert len(server.asked) == 1


def test_a_status_url_elsewhere_is_not_asked_and_a_key_goes_to_no_other_origin() -> None:
    with Loopback([Reply(body=GLB)]) as files:
        with Loopback([Reply(202, {"id": "t", "status_url": f"{files.url}/status"})]) as server:
            assert failure(MeshyProvider(service(server))).outcome == "refused"
        assert files.asked == []
        with Loopback([Reply(200, {"model_url": f"{files.url}/f.glb?signature=abc"})]) as server:
            made, _ = ask(MeshyProvider(service(server)))  # another port of the same host
        assert "authorization" not in files.asked[0].headers
    assert made is not None


@pytest.mark.parametrize("task", ["../../admin", "", 7, None, "a b", "x" * 300])
def test_a_task_id_that_is_none_is_not_asked_for(task: object) -> None:
    with Loopback([Reply(202, {"task_id": task})]) as server:
        assert failure(MeshyProvider(service(server))).outcome == "unusable"
        assert len(server.asked) == 1


def test_a_gateway_that_finished_without_a_glb_is_unusable() -> None:
    with Loopback(
        [Reply(202, {"id": "t"}), Reply(body={"status": "SUCCEEDED", "model_urls": {"fbx": "/f"}})]
    ) as server:
        assert failure(MeshyProvider(service(server))).outcome == "unusable"


# SceneSmith's lines and its folder.


@pytest.mark.parametrize(
    ("lines", "outcome"),
    [
        ([{"index": 0, "status": "error", "error": "CUDA out of memory"}], "failed"),
        ([{"index": 1, "status": "success", "data": {"geometry_path": "x.glb"}}], "unusable"),
        ([{"index": 0, "status": "success", "data": {"geometry_path": "/etc/hostname"}}], "unusable"),
        ([{"index": 0, "status": "success", "data": {"geometry_path": "../outside.glb"}}], "unusable"),
        ([{"index": 0, "status": "success", "data": {"geometry_path": "link.glb"}}], "unusable"),
        ([{"index": 0, "status": "success", "data": {"geometry_path": "a\u0000b"}}], "unusable"),
    ],
)
def test_a_geometry_server_gives_files_of_the_shared_folder_only(lines: list, outcome: str, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    (tmp_path / "outside.glb").write_bytes(GLB)
    (shared / "link.glb").symlink_to(tmp_path / "outside.glb")
    body = b"\n".join(json.dumps(line).encode() for line in lines)
    with Loopback([Reply(body=body)]) as server:
        assert failure(SceneSmithProvider(service(server), shared)).outcome == outcome


# The chain.


def test_a_chain_falls_through_to_the_first_service_that_gives_a_usable_mesh(
    capsys: pytest.CaptureFixture[str],
) -> None:
    broken = GLB[:-4]
    with (
        Loopback([Reply(body={"model_urls": {"glb": "/f"}}), Reply(body=broken)]) as cut,
        Loopback([Reply(403, {"error": KEY})]) as forbidden,
        Loopback(trellis_well()) as good,
    ):
        providers = [
            MeshyProvider(service(cut, "cut")),
            HunyuanSyncProvider(service(forbidden, "forbidden")),
            TrellisJobProvider(service(good, "good")),
        ]
        made, attempts = generate_mesh(PICTURED, MeshChain(providers, clock=SkippingClock(), license_id="CC0-1.0"))
    assert made is not None
    assert made.license.spdx == "CC0-1.0"
    assert made.license.source == "output of good (m1)"
    assert [(item.service, item.outcome, item.status) for item in attempts] == [
        ("cut", "unusable", 200), ("forbidden", "refused", 403), ("good", "ok", None),
    ]  # fmt: skip
    output = capsys.readouterr()
    assert KEY not in output.out + output.err + "".join(item.model_dump_json() for item in attempts)


def test_what_the_caller_does_not_accept_counts_as_a_failure() -> None:
    def accept(data: bytes) -> MeshFacts:
        if data == GLB:
            raise InputError("a mug is no box.")
        return MeshFacts(7, (0.1, 0.2, 0.3))

    with (
        Loopback([Reply(body={"model_url": "/f"}), Reply(body=GLB)]) as boxes,
        Loopback([Reply(body={"model_url": "/f"}), Reply(body=OTHER)]) as spheres,
    ):
        chain = MeshChain([MeshyProvider(service(boxes, "boxes")), MeshyProvider(service(spheres, "spheres"))])
        made, attempts = generate_mesh(WANTED, chain, accept=accept)
    assert made is not None
    assert (made.data, made.origin.triangles) == (OTHER, 7)
    assert [item.outcome for item in attempts] == ["unusable", "ok"]
    assert attempts[0].detail == "a mug is no box."


def test_a_service_that_is_down_is_not_waited_for_once_per_thing() -> None:
    with Loopback([Reply(503)]) as server:
        chain = MeshChain([TrellisJobProvider(service(server))], clock=SkippingClock())
        outcomes = [generate_mesh(WANTED, chain)[1][0].outcome for _ in range(4)]
        assert len(server.asked) == 8
    assert outcomes == ["busy", "busy", "skipped", "skipped"]


def test_all_meshes_of_a_scene_share_its_time() -> None:
    clock = SkippingClock()
    with Loopback(lambda asked: Reply(202, {"job_id": "j"}) if asked.method == "POST" else Reply(202)) as server:
        provider = TrellisJobProvider(service(server, timeout_s=50.0, poll_s=10.0))
        chain = MeshChain([provider, replace(provider, service=replace(provider.service, name="second"))], clock=clock)
        chain.overall_s = 70.0
        attempts = generate_mesh(WANTED, chain)[1] + generate_mesh(WANTED, chain)[1]
    assert [item.outcome for item in attempts] == ["timed_out"] * 4
    assert clock.now() <= 70.0
    assert attempts[1].detail == "second was still working after 70 s."


# Pictures.


def test_a_service_that_takes_pictures_gets_one_that_is_drawn_once() -> None:
    def draw(asked: Asked) -> Reply:
        assert asked.path == "/images/generations"
        assert "single red mug" in asked.body["prompt"]
        return Reply(body={"data": [{"b64_json": b64encode(png()).decode()}]})

    with Loopback(draw) as artist, Loopback([Reply(500)]) as broken, Loopback(hunyuan_well()) as good:
        chain = MeshChain(
            [HunyuanSyncProvider(service(broken, "broken")), HunyuanAsyncProvider(service(good, "good"))],
            PictureModel(service(artist, "picture", model="dall-e-3")),
            clock=SkippingClock(),
        )
        made, attempts = generate_mesh(WANTED, chain)
        assert len(artist.asked) == 1
        assert artist.asked[0].body["response_format"] == "b64_json"
    assert made is not None
    assert made.origin.picture_model == "dall-e-3"
    assert [(item.service, item.outcome) for item in attempts] == [
        ("picture", "ok"), ("broken", "refused"), ("good", "ok"),
    ]  # fmt: skip


def test_without_a_picture_model_a_service_that_takes_pictures_is_skipped_and_says_why() -> None:
    with Loopback([Reply()]) as server:
        attempt = failure(HunyuanSyncProvider(service(server)), WANTED)
        assert server.asked == []
    assert attempt.outcome == "skipped"
    assert "TEXT_ASSET_IMAGE" in attempt.detail


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (Reply(400, {"error": "content policy"}), "refused"),
        (Reply(body={"data": [{"b64_json": "%%%"}]}), "unusable"),
        (Reply(body={"data": [{"b64_json": b64encode(b"GIF89a").decode()}]}), "unusable"),
        (Reply(body={"data": [{"b64_json": b64encode(png((5000, 16))).decode()}]}), "unusable"),
        (Reply(body={"data": []}), "unusable"),
    ],
)
def test_a_picture_that_is_none_is_told_and_its_services_skipped(reply: Reply, outcome: str) -> None:
    with Loopback([reply]) as artist, Loopback([Reply()]) as server:
        chain = MeshChain([HunyuanSyncProvider(service(server))], PictureModel(service(artist, "picture")))
        made, attempts = generate_mesh(WANTED, chain)
    assert made is None
    assert [(item.service, item.outcome) for item in attempts] == [("picture", outcome), ("maker", "skipped")]


# The cache.


def test_the_same_request_has_the_same_bytes_without_a_network(tmp_path: Path) -> None:
    cache = MeshCache(open_store(tmp_path), "asset-library/generated-text")
    with Loopback([Reply(body={"model_url": "/f"}), Reply(body=GLB)]) as server:
        down = TrellisJobProvider(service(server, "first", base_url="http://127.0.0.1:9"))
        chain = MeshChain([down, MeshyProvider(service(server))], clock=SkippingClock())
        made, _ = generate_mesh(WANTED, chain, cache)
    again, attempts = generate_mesh(WANTED, MeshChain(chain.providers), cache)
    assert made is not None
    assert again is not None
    assert (again.data, again.origin, again.license) == (made.data, made.origin, made.license)
    assert (made.from_cache, again.from_cache) == (False, True)
    assert [(item.service, item.outcome) for item in attempts] == [("maker", "cached")]
    files = sorted(path.name for path in tmp_path.rglob("*") if path.is_file() and not path.name.startswith("."))
    assert files == [f"{made.origin.mesh_sha256[:20]}.glb", "metadata.json"]


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"prompt": "blue mug"}, False),
        ({"category": "cup"}, False),
        ({"size_m": (0.09, 0.08, 0.12)}, False),
        ({"size_m": (0.0900001, 0.08, 0.1)}, True),
        ({"image": png()}, False),
    ],
)
def test_the_key_is_of_the_words_the_kind_the_size_and_the_service(change: dict, same: bool, tmp_path: Path) -> None:
    cache = MeshCache(open_store(tmp_path), "c")
    provider = MeshyProvider(Service("a", "http://one", "m1"))
    key = cache.key(WANTED, provider, None)
    assert (cache.key(replace(WANTED, **change), provider, None) == key) is same
    moved = MeshyProvider(Service("a", "http://two", "m1", Secret("KEY", KEY)))
    assert cache.key(WANTED, moved, None) == key  # where it runs says nothing of what it makes
    assert cache.key(WANTED, MeshyProvider(Service("a", "http://one", "m2")), None) != key
    assert cache.key(WANTED, provider, "dall-e-3") != key


@pytest.mark.parametrize("damage", ["flip", "truncate", "no json", "other name"])
def test_a_damaged_mesh_in_the_cache_is_made_again(damage: str, tmp_path: Path) -> None:
    cache = MeshCache(open_store(tmp_path), "c")
    with Loopback(
        lambda asked: Reply(body={"model_url": "/f"}) if asked.method == "POST" else Reply(body=GLB)
    ) as server:
        chain = MeshChain([MeshyProvider(service(server))])
        generate_mesh(WANTED, chain, cache)
        (mesh,), (entry,) = list(tmp_path.rglob("*.glb")), list(tmp_path.rglob("metadata.json"))
        if damage == "flip":
            mesh.write_bytes(GLB[:-1] + b"\x7f")
        elif damage == "truncate":
            mesh.write_bytes(GLB[:100])
        else:
            entry.write_text("{" if damage == "no json" else entry.read_text().replace(mesh.name, "../x.glb"))
        made, attempts = generate_mesh(WANTED, chain, cache)
        assert [item.outcome for item in attempts] == ["ok"]
        again, attempts = generate_mesh(WANTED, chain, cache)
    assert made is not None
    assert again is not None
    assert again.data == made.data == GLB
    assert attempts[0].outcome == "cached"


def test_the_first_answer_stays_when_two_are_made_at_once(tmp_path: Path) -> None:
    cache = MeshCache(open_store(tmp_path), "c")

    def answered(data: bytes, meanwhile: bool) -> bytes:
        def accept(_: bytes) -> MeshFacts:
            if meanwhile:
                answered(OTHER, False)
            return MeshFacts(12)

        with Loopback([Reply(body={"model_url": "/f"}), Reply(body=data)]) as server:
            made, _ = generate_mesh(WANTED, MeshChain([MeshyProvider(service(server))]), cache, accept=accept)
        assert made is not None
        return made.data

    assert answered(GLB, True) == OTHER
    assert len(list(tmp_path.rglob("*.glb"))) == 1


# Files.


def _glb(header: object, body: bytes = b"") -> bytes:
    data = json.dumps(header).encode() if not isinstance(header, bytes) else header
    data += b" " * (-len(data) % 4)
    chunks = struct.pack("<I4s", len(data), b"JSON") + data
    if body:
        chunks += struct.pack("<I4s", len(body), b"BIN\0") + body
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def _mesh(count: int = 36, low: Any = (0, 0, 0), high: Any = (1, 1, 1), **more: Any) -> dict[str, Any]:
    return {
        "accessors": [{"count": count, "min": list(low), "max": list(high)}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
        **more,
    }


def test_a_glb_says_how_many_triangles_it_has() -> None:
    assert check_glb(GLB).triangles == 12
    assert check_glb(_glb(_mesh(300))).triangles == 100


@pytest.mark.parametrize(
    "data",
    [
        b"", b"glTF", b"<html>504</html>", GLB[:-1], GLB + b"x", b"glTF\x01" + GLB[5:],
        _glb(b"[]"), _glb(b"{not json"), _glb({}), _glb({"meshes": 3}), _glb({"meshes": [{"primitives": [{}]}]}),
        _glb(_mesh(360_003)), _glb(_mesh(0)), _glb(_mesh(-3)), _glb(_mesh(low=(1, 1, 1))),
        _glb(_mesh(high=(1e9, 1, 1))),
        _glb(_mesh(low=(2, 0, 0))), _glb(_mesh(high=("a", 1, 1))),
        _glb(_mesh(extensionsRequired=["KHR_draco_mesh_compression"])),
        _glb(_mesh(buffers=[{"uri": "../secret.bin"}])), _glb(_mesh(images=[{"uri": "http://elsewhere/a.png"}])),
        _glb(_mesh(nodes=[{}] * 2001)), _glb(_mesh(buffers={"uri": "x"})),
    ],
)  # fmt: skip
def test_what_is_no_plain_glb_of_a_sensible_size_is_refused(data: bytes) -> None:
    with pytest.raises(InputError):
        check_glb(data)


@pytest.mark.parametrize(
    "change",
    [
        {"prompt": ""}, {"prompt": "a\nb"}, {"prompt": "x" * 601}, {"category": " "}, {"size_m": (0, 1, 1)},
        {"size_m": (np.nan, 1, 1)}, {"size_m": (1, 1, 21)},
    ],
)  # fmt: skip
def test_a_request_that_describes_no_thing_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        replace(WANTED, **change)


# Settings.


def test_without_an_address_nothing_is_generated(environment) -> None:
    assert mesh_chain() is None
    environment(TEXT_SAM3D_API_HOST="http://gpu:1", TEXT_ASSET_GENERATION_ENABLED="false")
    assert mesh_chain() is None


def test_the_chain_has_the_seeds_names_order_and_defaults(environment) -> None:
    environment(TEXT_SAM3D_API_HOST="http://gpu:1/", TEXT_HUNYUAN_API_HOST="https://h", TEXT_HUNYUAN_API_KEY=KEY)
    chain = mesh_chain()
    assert chain is not None
    first, second = chain.providers
    assert [item.service.name for item in chain.providers] == ["sam3d", "hunyuan3d"]
    assert (first.service.base_url, first.service.key, first.dialect) == ("http://gpu:1", None, "meshy")
    assert (first.service.timeout_s, first.service.poll_s) == (1800.0, 10.0)
    assert second.service.key is not None
    assert KEY not in repr(chain)
    environment(TEXT_ASSET_GENERATION_PROVIDER="hunyuan3d")
    again = mesh_chain()
    assert again is not None
    assert [item.service.name for item in again.providers] == ["hunyuan3d", "sam3d"]


def test_every_dialect_can_be_configured(environment, tmp_path: Path) -> None:
    environment(
        TEXT_ASSET_GENERATION_PROVIDER_CHAIN="sam3d,hunyuan3d,trellis,own", TEXT_ASSET_IMAGE_BASE_URL="http://pics/v1",
        OPENAI_API_KEY=KEY, TEXT_SAM3D_API_HOST="http://a", TEXT_SAM3D_DIALECT="scenesmith-ndjson",
        TEXT_SAM3D_SHARED_DIR=str(tmp_path), TEXT_HUNYUAN_API_HOST="http://b", TEXT_HUNYUAN_DIALECT="hunyuan-async",
        TEXT_HUNYUAN_TIMEOUT_SECONDS="5", TEXT_HUNYUAN_TEXTURE="false", TEXT_TRELLIS_API_HOST="http://c",
        TEXT_TRELLIS_DIALECT="trellis-job", TEXT_OWN_API_HOST="http://d", TEXT_OWN_TEXT_ENDPOINTS="/api/make",
        TEXT_ASSET_GENERATION_LICENSE="CC0-1.0",
    )  # fmt: skip
    chain = mesh_chain()
    assert chain is not None
    assert [item.dialect for item in chain.providers] == ["scenesmith-ndjson", "hunyuan-async", "trellis-job", "meshy"]
    assert chain.license_id == "CC0-1.0"
    assert chain.picture is not None
    assert (chain.picture.service.base_url, chain.picture.service.key) == ("http://pics/v1", None)
    assert (chain.providers[1].service.timeout_s, chain.providers[1].service.texture) == (5.0, False)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TEXT_SAM3D_API_HOST", "file:///etc"), ("TEXT_SAM3D_API_HOST", f"http://user:{KEY}@host"),
        ("TEXT_SAM3D_DIALECT", "soap"), ("TEXT_SAM3D_TIMEOUT_SECONDS", "nan"), ("TEXT_SAM3D_POLL_SECONDS", "-1"),
        ("TEXT_SAM3D_TEXT_ENDPOINTS", "http://x"), ("TEXT_SAM3D_TEXT_ENDPOINTS", "/a/../b"),
        ("TEXT_SAM3D_TEXTURE", "2"),
        ("TEXT_ASSET_GENERATION_PROVIDER_CHAIN", "sam3d,rm -rf"), ("TEXT_ASSET_GENERATION_ENABLED", "maybe"),
        ("TEXT_ASSET_GENERATION_LICENSE", "a\nb"), ("TEXT_ASSET_GENERATION_TIMEOUT_SECONDS", "0"),
    ],
)  # fmt: skip
def test_a_setting_that_is_unusable_is_refused_by_name(environment, name: str, value: str) -> None:
    environment(TEXT_SAM3D_API_HOST="http://gpu:1")
    environment(**{name: value})
    with pytest.raises(InputError) as raised:
        mesh_chain()
    assert name in str(raised.value)
    assert KEY not in str(raised.value)


def test_a_shared_folder_is_needed_where_paths_are_exchanged(environment) -> None:
    environment(TEXT_SAM3D_API_HOST="http://gpu:1", TEXT_SAM3D_DIALECT="scenesmith-ndjson")
    with pytest.raises(InputError, match="TEXT_SAM3D_SHARED_DIR"):
        mesh_chain()


def test_the_cache_can_be_switched_off_and_moved(environment, tmp_path: Path) -> None:
    store = open_store(tmp_path)
    assert mesh_cache(store) is not None
    environment(TEXT_ASSET_GENERATED_CACHE_ENABLED="false")
    assert mesh_cache(store) is None
    environment(TEXT_ASSET_GENERATED_CACHE_ENABLED="true", TEXT_ASSET_GENERATED_CACHE_PREFIX="../up")
    with pytest.raises(InputError):
        mesh_cache(store)
