"""Articulation services behind loopback servers: well, busy, warming, refusing, and answering what is hostile."""

import io
import zipfile
from base64 import b64decode, b64encode
from typing import Any

import pytest
from loopback_http import Loopback, Reply

from blueprint.contracts.errors import InputError
from blueprint.services.articulation import (
    ArticulationPayload,
    ArticulationService,
    ArticulationServiceError,
    InfinigenClient,
    ParticulateClient,
    PhysxAnythingClient,
)
from blueprint.services.articulation import payload as payload_module
from blueprint.services.articulation import service as service_module
from blueprint.services.articulation.service import is_ready

GLB = b"glTF and the rest"
WELL = {"mesh_base64": b64encode(b"mesh").decode(), "urdf_base64": b64encode(b"<robot/>").decode(), "generator": "p"}


def client(url: str, attempts: int = 3) -> ParticulateClient:
    return ParticulateClient(ArticulationService("particulate", url, 5.0, attempts, 0.01))


def zipped(files: dict[str, bytes]) -> str:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return b64encode(buffer.getvalue()).decode()


def answered(value: Any, status: int = 200) -> ArticulationPayload:
    with Loopback([Reply(status, value)]) as server:
        return client(server.url).articulate(GLB)


def refused(value: Any, status: int = 200) -> ArticulationServiceError:
    with pytest.raises(ArticulationServiceError) as caught:
        answered(value, status)
    return caught.value


def test_a_mesh_goes_out_with_its_up_direction_and_a_urdf_comes_back() -> None:
    with Loopback([Reply(200, WELL)]) as server:
        found = client(server.url).articulate(GLB)
        asked = server.asked[0].body
    assert b64decode(asked["glb_base64"]) == GLB
    assert asked["up_dir"] == "Y"
    assert found == ArticulationPayload("p", b"<robot/>", {}, b"mesh", False)


def test_a_busy_service_is_asked_again_as_it_says() -> None:
    busy = Reply(503, {"error": "busy"}, {"Retry-After": "0.01"})
    with Loopback([busy, Reply(500, {"error": "CUDA"}), Reply(200, WELL)]) as server:
        assert client(server.url).articulate(GLB).urdf == b"<robot/>"
        assert len(server.asked) == 3


def test_a_service_that_stays_warming_is_given_up_after_the_attempts() -> None:
    with Loopback([Reply(503, {"error": "Service warming up"})]) as server:
        with pytest.raises(ArticulationServiceError, match="warming up") as caught:
            client(server.url, attempts=2).articulate(GLB)
        assert len(server.asked) == 2
        assert not is_ready(client(server.url).service)
    assert caught.value.outcome == "unreachable"


def test_a_service_that_is_ready_says_so() -> None:
    with Loopback([Reply(200, {"status": "ok"})]) as server:
        assert is_ready(client(server.url).service)


@pytest.mark.parametrize("status", [400, 404, 413])
def test_a_refusal_is_not_repeated(status: int) -> None:
    with Loopback([Reply(status, {"error": "too large"})]) as server:
        with pytest.raises(ArticulationServiceError, match="too large") as caught:
            client(server.url).articulate(GLB)
        assert len(server.asked) == 1
    assert caught.value.outcome == "refused"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (b"<html>502</html>", "no JSON"),
        ([1, 2], "no JSON object"),
        (WELL | {"urdf_base64": WELL["urdf_base64"][:-3]}, "no base64"),
        ({"urdf_base64": WELL["urdf_base64"]}, "without mesh_base64"),
        (WELL | {"urdf_base64": 7}, "without urdf_base64"),
        (WELL | {"urdf_base64": "A" * (6 << 20)}, "more than"),
        ({"payload_zip_base64": b64encode(b"no zip").decode()}, "damaged"),
        ({"payload_zip_base64": zipped({"a.obj": b"v"})}, "no URDF"),
        ({"payload_zip_base64": zipped({"../a.urdf": b"x"})}, "outside"),
        ({"payload_zip_base64": zipped({"/etc/a.urdf": b"x"})}, "outside"),
        ({"payload_zip_base64": zipped({"C:\\a.urdf": b"x"})}, "outside"),
        ({"payload_zip_base64": zipped({f"{i}.obj": b"" for i in range(2001)})}, "more than 2000 files"),
    ],
)
def test_what_cannot_be_used_is_called_unusable(value: Any, words: str) -> None:
    error = refused(value)
    assert words in str(error)
    assert error.outcome == "unusable"


def test_a_zip_that_unpacks_to_too_much_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(payload_module, "MAX_UNPACKED_BYTES", 1 << 20)
    assert "more than" in str(refused({"payload_zip_base64": zipped({"a.urdf": bytes(1 << 21)})}))


def test_an_answer_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service_module, "_MAX_ANSWER_BYTES", 1 << 16)
    error = refused(WELL | {"padding": "x" * (1 << 17)})
    assert "more than 65536 bytes" in str(error)
    assert error.outcome == "unusable"


def test_a_link_in_a_zip_is_refused() -> None:
    buffer = io.BytesIO()
    entry = zipfile.ZipInfo("a.urdf")
    entry.external_attr = 0o120777 << 16
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(entry, "/etc/passwd")
    assert "no plain file" in str(refused({"payload_zip_base64": b64encode(buffer.getvalue()).decode()}))


def test_a_file_that_is_in_a_zip_twice_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.urdf", "x")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a.urdf", "y")
    assert "twice" in str(refused({"payload_zip_base64": b64encode(buffer.getvalue()).decode()}))


def test_files_of_a_zip_are_named_from_the_folder_of_its_urdf() -> None:
    value = {"payload_zip_base64": zipped({"x/made.urdf": b"<robot/>", "x/meshes/a.obj": b"v", "other.txt": b"."})}
    found = answered(value)
    assert found.urdf == b"<robot/>"
    assert found.files == {"meshes/a.obj": b"v"}


def test_a_placeholder_is_marked_and_nothing_of_it_is_kept() -> None:
    assert answered(WELL | {"placeholder": True}) == ArticulationPayload("p", b"", placeholder=True)


def test_nobody_listening_is_unreachable() -> None:
    with pytest.raises(ArticulationServiceError) as caught:
        client("http://127.0.0.1:9", attempts=1).articulate(GLB)
    assert caught.value.outcome == "unreachable"


def test_physx_anything_is_refused_until_its_licence_is_accepted() -> None:
    service = ArticulationService("physx_anything", "http://127.0.0.1:9", 1.0)
    with pytest.raises(InputError, match="no commercial use"):
        PhysxAnythingClient(service, license_accepted=False)


def test_physx_anything_gets_the_picture_and_the_seed() -> None:
    with Loopback([Reply(200, WELL)]) as server:
        service = ArticulationService("physx_anything", server.url, 5.0)
        PhysxAnythingClient(service, license_accepted=True).articulate(b"png", seed=(1 << 40) + 5)
        body = server.asked[0].body
    assert b64decode(body["image_base64"]) == b"png"
    assert body["seed"] == 5
    assert body["deformable"] == 0


def test_infinigen_is_asked_by_its_own_names_and_for_nothing_else() -> None:
    with Loopback([Reply(200, WELL)]) as server:
        made = InfinigenClient(ArticulationService("infinigen", server.url, 5.0))
        made.articulate("fridge", seed=3)
        with pytest.raises(ArticulationServiceError, match="makes no 'sofa'"):
            made.articulate("sofa", seed=3)
        assert [asked.body["asset_name"] for asked in server.asked] == ["refrigerators"]
