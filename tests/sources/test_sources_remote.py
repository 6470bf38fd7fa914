"""The HTTP contract against loopback services that answer well, late, by job, with garbage, too much, or not at all."""

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from foreign_scenes import farthest, scenesmith_flat, world_vertices

from blueprint.contracts.errors import InputError, UnsafePathError
from blueprint.contracts.frames import Pose, quat_wxyz_from_axis_angle, z_up_from_y_up
from blueprint.contracts.scene import load_scene
from blueprint.contracts.scene_manifest import SceneManifest
from blueprint.contracts.scene_request import SceneRequest
from blueprint.services.http_json import ServiceError
from blueprint.sources.choose import allowed_backends, generate
from blueprint.sources.imported.scene import write_imported
from blueprint.sources.imported.sized import sized_asset
from blueprint.sources.remote import client
from blueprint.sources.remote.client import SceneService, configured_service, fetch_package
from blueprint.sources.remote.contract import y_up
from blueprint.sources.remote.package import scene_of_package

sys.path.insert(0, str(Path(__file__).parents[1] / "services"))

from loopback_http import Asked, Loopback, Reply

PROMPT = "a desk with a mug"


@pytest.fixture(autouse=True)
def no_services(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SCENESMITH", "SAGE"):
        for word in ("SERVER_URL", "TIMEOUT_SECONDS", "NATIVE_ROOT"):
            monkeypatch.delenv(f"{name}_{word}", raising=False)
    for name in (
        "TEXT_BACKEND_ALLOWLIST",
        "TEXT_OPENROUTER_BASE_URL",
        "TEXT_OPENROUTER_API_KEY",
        "OPENROUTER_API_KEY",
        "OPENAI_API_KEY",
        "ANTHROPIC_API_KEY",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(client, "_POLL_S", 0.02)
    monkeypatch.setattr(client, "_BACKOFF_S", 0.02)


def thing(key: str, category: str, x: float, y: float, z: float, size: tuple[float, float, float], **more: Any) -> dict:
    """An object of the contract: Y-up position, width, height, depth."""
    return {
        "id": key,
        "name": category,
        "category": category,
        "sim_role": "manipulable_object",
        "transform": {
            "position": {"x": x, "y": y, "z": z},
            "scale": {"x": 1, "y": 1, "z": 1},
            "rotation_quaternion": {"w": 1, "x": 0, "y": 0, "z": 0},
        },
        "dimensions_est": dict(zip(("width", "height", "depth"), size, strict=True)),
        **more,
    }


DESK = thing("obj_001", "desk", 1.0, 0.0, -0.5, (1.4, 0.74, 0.7))
MUG = thing("obj_002", "mug", 1.2, 0.74, -0.4, (0.116, 0.09, 0.084), parent_support_id="obj_001")
PACKAGE = {"package": {"objects": [DESK, MUG], "room_type": "office", "placement_graph": {"relations": []}}}


def request(**more: Any) -> SceneRequest:
    values = {"text_backend": "scenesmith", **more}
    return SceneRequest(schema_version="v1", scene_id="office", prompt=PROMPT, constraints={"a": 1}, **values)


def service(server: Loopback, timeout_s: float = 5.0) -> SceneService:
    return SceneService("scenesmith", f"{server.url}/v1/generate", timeout_s, poll_s=0.02)


def positions(folder: Path) -> dict[str, tuple[float, float, float]]:
    return {item.id: item.transform.pose().position for item in load_scene(folder).objects}


def test_the_request_has_the_contracts_fields_and_the_answer_comes_back() -> None:
    with Loopback([Reply(body=PACKAGE)]) as server:
        value, call = fetch_package(service(server), request(), 7)
        sent = server.asked[0]
    assert value == PACKAGE
    assert call.as_dict() == {"service": "scenesmith", "fields": ["package"]}
    assert (sent.method, sent.path) == ("POST", "/v1/generate")
    assert sent.body["seed"] == 7
    assert sent.body["constraints"] == {"a": 1}
    assert " ".join(sorted(sent.body)) == (
        "constraints pipeline_stages prompt provider_policy quality_tier scene_id schema_version seed"
    )


def test_y_up_becomes_z_up_and_things_stand_where_the_service_put_them(tmp_path: Path) -> None:
    write_imported(scene_of_package(PACKAGE, "scenesmith", 0), "office", tmp_path)
    found = positions(tmp_path)
    np.testing.assert_allclose(found["desk_1"][:2], (1.0, 0.5), atol=1e-6)
    np.testing.assert_allclose(found["mug_1"][:2], (1.2, 0.4), atol=1e-6)
    desk = load_scene(tmp_path).asset("desk_1")
    top = max(region.pose_link_region.position[2] for region in desk.regions)
    assert found["mug_1"][2] == pytest.approx(found["desk_1"][2] + top + 0.0004, abs=1e-5)
    assert load_scene(tmp_path).object("mug_1").placement.parent_id == "desk_1"  # type: ignore[union-attr]


def test_our_y_up_is_the_inverse_of_the_readers() -> None:
    pose = Pose.of((0.3, -0.2, 0.7), quat_wxyz_from_axis_angle((0.6, 0, 0.8), 0.9))
    there = y_up(pose)
    assert there.position == pytest.approx((0.3, 0.7, 0.2))
    np.testing.assert_allclose(z_up_from_y_up(there).matrix(), pose.matrix(), atol=1e-12)


def test_positions_of_centres_are_recognised_by_what_stands_on_the_floor() -> None:
    desk = thing("a", "desk", 0, 0.37, 0, (1.4, 0.74, 0.7))
    chair = thing("b", "chair", 0, 0.44, 1, (0.43, 0.88, 0.44))
    scene = scene_of_package({"objects": [desk, chair]}, "sage", 0)
    assert scene.extra["position_reference"] == "center"
    assert [item.pose_world_object.position[2] for item in scene.objects] == pytest.approx([0.0004, 0.0004])


def test_invalid_objects_are_left_out_by_name_and_none_left_is_a_failure() -> None:
    bad = [
        {"id": "no_transform"},
        thing("negative", "mug", 0, 0, 0, (-1, 1, 1)),
        {**thing("zero", "mug", 0, 0, 0, (0.1, 0.1, 0.1)), "transform": {"rotation_quaternion": {"w": 0}}},
        DESK,
        "text",
    ]
    scene = scene_of_package({"objects": [*bad, DESK, MUG]}, "scenesmith", 0)
    assert len(scene.objects) == 2
    assert set(scene.skipped) == {"no_transform", "negative", "zero", "obj_001", "objects[4]"}
    for value in ({"objects": []}, {"package": {"objects": bad[:3]}}, {"package": {}}):
        with pytest.raises(InputError, match="no valid object"):
            scene_of_package(value, "scenesmith", 0)
    with pytest.raises(InputError):
        scene_of_package({"package": [1]}, "scenesmith", 0)


def test_a_job_is_polled_until_its_package_is_there() -> None:
    replies = {
        "POST": [Reply(202, {"status": "accepted", "job_id": "job-7"})],
        "GET": [
            Reply(202, {"status": "processing"}),
            Reply(200, {"status": "running"}),
            Reply(503, {}),
            Reply(body=PACKAGE),
        ],
    }

    def answer(asked: Asked) -> Reply:
        left = replies[asked.method]
        return left.pop(0) if len(left) > 1 else left[0]

    with Loopback(answer) as server:
        value, call = fetch_package(service(server), request(), 0)
        assert {item.path for item in server.asked if item.method == "GET"} == {"/v1/jobs/job-7"}
    assert value == PACKAGE
    assert call.job_id == "job-7"
    assert call.was_polled


@pytest.mark.parametrize(
    ("accepted", "why"),
    [
        ({"job_id": "../../admin"}, "usable job_id"),
        ({}, "usable job_id"),
        ({"job_id": "a", "status_url": "http://127.0.0.1:1/elsewhere"}, "another origin"),
    ],
)
def test_a_job_that_points_elsewhere_is_refused(accepted: dict, why: str) -> None:
    with Loopback([Reply(202, accepted)]) as server, pytest.raises(ServiceError, match=why):
        fetch_package(service(server), request(), 0)


def test_a_job_that_fails_or_never_ends_is_an_error_in_time() -> None:
    def failed(asked: Asked) -> Reply:
        return (
            Reply(202, {"job_id": "j"})
            if asked.method == "POST"
            else Reply(body={"status": "FAILED", "error": "no GPU"})
        )

    with Loopback(failed) as server, pytest.raises(ServiceError, match="no GPU"):
        fetch_package(service(server), request(), 0)
    with Loopback([Reply(202, {"job_id": "j", "status": "processing"})]) as server:
        began = time.monotonic()
        with pytest.raises(ServiceError, match="SCENESMITH_TIMEOUT_SECONDS"):
            fetch_package(service(server, 0.5), request(), 0)
        assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    "reply",
    [
        Reply(body=b"<html>not json</html>"),
        Reply(body=[1, 2]),
        Reply(body=b""),
        Reply(404, {"error": "no such path"}),
        Reply(body=b'{"objects": [NaN]}'),
        Reply(302, None, {"Location": "http://127.0.0.1:1/"}),
    ],
)
def test_answers_that_are_no_package_are_errors(reply: Reply) -> None:
    with Loopback([reply]) as server, pytest.raises(ServiceError, match=r"scenesmith|POST"):
        fetch_package(service(server), request(), 0)


def test_a_500_is_tried_again_and_an_oversized_or_late_answer_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    with Loopback([Reply(500, {}), Reply(503, {}, {"Retry-After": "0"}), Reply(body=PACKAGE)]) as server:
        assert fetch_package(service(server), request(), 0)[0] == PACKAGE
    with Loopback([Reply(500, {"error": "out of memory"})]) as server:
        with pytest.raises(ServiceError, match="out of memory"):
            fetch_package(service(server), request(), 0)
        assert len(server.asked) == 4
    monkeypatch.setattr(client, "MAX_PACKAGE_BYTES", 300)
    with Loopback([Reply(body=PACKAGE)]) as server, pytest.raises(ServiceError, match="more than 300 bytes"):
        fetch_package(service(server), request(), 0)
    with Loopback([Reply(body=PACKAGE, delay_s=5)]) as server:
        began = time.monotonic()
        with pytest.raises(ServiceError):
            fetch_package(service(server, 0.4), request(), 0)
        assert time.monotonic() - began < 2


def test_a_service_that_is_not_there_or_not_named_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="SAGE_SERVER_URL"):
        configured_service("sage")
    with pytest.raises(ServiceError):
        fetch_package(SceneService("sage", "http://127.0.0.1:9/v1/refine", 1.0), request(), 0)
    monkeypatch.setenv("SAGE_SERVER_URL", "http://127.0.0.1:8082")
    assert configured_service("sage") == SceneService("sage", "http://127.0.0.1:8082/v1/refine", 900.0)
    monkeypatch.setenv("SAGE_TIMEOUT_SECONDS", "soon")
    with pytest.raises(InputError, match="SAGE_TIMEOUT_SECONDS"):
        configured_service("sage")


def test_a_native_folder_is_read_only_below_the_root_that_the_user_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = scenesmith_flat(tmp_path / "shared/scene_000")
    made.write()
    with pytest.raises(InputError, match="SCENESMITH_NATIVE_ROOT"):
        scene_of_package({"native_dir": "scene_000"}, "scenesmith", 0)
    monkeypatch.setenv("SCENESMITH_NATIVE_ROOT", str(tmp_path / "shared"))
    write_imported(scene_of_package({"native_dir": "scene_000"}, "scenesmith", 0), "s", tmp_path / "ours")
    assert farthest(world_vertices(tmp_path / "ours")["chair_1"], made.truth.vertices["Chair"]) < 1e-6
    with pytest.raises(UnsafePathError):
        scene_of_package({"native_dir": "../../etc"}, "scenesmith", 0)


def test_a_house_state_without_files_keeps_its_true_boxes(tmp_path: Path) -> None:
    made = scenesmith_flat(tmp_path / "scene_000")
    folder = made.write()
    state = json.loads((folder / "combined_house/house_state.json").read_text())
    scene = scene_of_package({"house_state": state}, "scenesmith", 0)
    write_imported(scene, "s", tmp_path / "ours")
    x, y, _ = positions(tmp_path / "ours")["wooden_dining_table_1"]
    box = made.truth.vertices["Wooden dining table"]
    assert (x, y) == pytest.approx(
        (box[:, 0].min() / 2 + box[:, 0].max() / 2, box[:, 1].min() / 2 + box[:, 1].max() / 2)
    )
    assert load_scene(tmp_path / "ours").asset("wooden_dining_table_1").size_m == pytest.approx(
        (1.2, 0.7, 0.75), abs=0.02
    )


def test_a_size_that_no_generator_makes_gets_a_stand_in_of_that_size() -> None:
    asset, how = sized_asset("flux capacitor", (0.2, 0.15, 0.3), 0)
    assert how == "stand-in"
    assert asset.model.size_m == pytest.approx((0.2, 0.15, 0.3), abs=0.002)
    asset, how = sized_asset("sofa", (2.0, 0.9, 0.8), 0)
    assert how == "generated"
    assert asset.model.size_m == pytest.approx((2.0, 0.9, 0.8), abs=0.05)


def test_a_foreign_scene_is_settled_and_measured_against_the_prompt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    extra = thing("obj_003", "notebook", 0.8, 0.75, -0.5, (0.15, 0.02, 0.2), parent_support_id="obj_001")
    package = {"package": {"objects": [DESK, MUG, extra], "room_type": "office"}}
    with Loopback([Reply(body=package)]) as server:
        monkeypatch.setenv("SCENESMITH_SERVER_URL", server.url)
        folder = tmp_path / "office"
        folder.mkdir()
        settled = generate(request(), 0, folder)
    assert settled.unstable == {}
    assert settled.manifest.metadata["backend"] == "scenesmith"
    assert settled.manifest.metadata["spec"]["requirements"][0]["category"] == "desk"
    document = json.loads((folder / "textgen/package.json").read_text())
    assert document["backend"] == {"selected": "scenesmith", "backends": ["scenesmith"]}
    assert document["service_calls"] == [{"service": "scenesmith", "fields": ["package"]}]
    assert (folder / "textgen/request.normalized.json").is_file()


def test_hybrid_serial_hands_scenesmiths_objects_to_sage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moved = {**MUG, "transform": {**MUG["transform"], "position": {"x": 0.7, "y": 0.74, "z": -0.6}}}
    refined = {"package": {"objects": [DESK, moved], "room_type": "office"}}
    with Loopback([Reply(body=PACKAGE)]) as smith, Loopback([Reply(body=refined)]) as sage:
        monkeypatch.setenv("SCENESMITH_SERVER_URL", smith.url)
        monkeypatch.setenv("SAGE_SERVER_URL", sage.url)
        (tmp_path / "office").mkdir()
        settled = generate(request(text_backend="hybrid_serial"), 0, tmp_path / "office")
        sent = sage.asked[0].body
    assert sent["base_scene"] == {"room_type": "office", "objects": [DESK, MUG]}
    assert sent["source_backend"] == "scenesmith"
    np.testing.assert_allclose(settled.manifest.object("mug_1").transform.pose().position[:2], (0.7, 0.6), atol=0.003)


def test_text_mode_fails_and_auto_mode_falls_back_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Loopback([Reply(400, {"error": "no"})]) as server:
        monkeypatch.setenv("SCENESMITH_SERVER_URL", server.url)
        for name in ("a", "b"):
            (tmp_path / name / "office").mkdir(parents=True)
        with pytest.raises(ServiceError):
            generate(request(), 0, tmp_path / "a/office")
        settled = generate(request(source_mode="auto"), 0, tmp_path / "b/office")
    (told,) = settled.manifest.metadata["fallbacks"]
    assert told.startswith("text backend scenesmith failed, internal served instead: scenesmith answered 400")
    assert settled.manifest.metadata["backend"] == "internal"
    assert SceneManifest.read(tmp_path / "b/office/assets/scene_manifest.json").metadata["fallbacks"] == [told]
    assert json.loads((tmp_path / "b/office/textgen/package.json").read_text())["fallbacks"] == [told]


def test_the_allowlist_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert allowed_backends() == ("internal", "scenesmith", "sage", "hybrid_serial")
    monkeypatch.setenv("TEXT_BACKEND_ALLOWLIST", "internal, sage")
    with pytest.raises(InputError, match="not allowed"):
        generate(request(), 0, tmp_path)
    monkeypatch.setenv("TEXT_BACKEND_ALLOWLIST", "internal,magic")
    with pytest.raises(InputError, match="magic"):
        allowed_backends()


def test_of_hybrid_serial_scenesmiths_scene_serves_where_only_sage_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Loopback([Reply(body=PACKAGE)]) as smith, Loopback([Reply(body={"objects": []})]) as sage:
        monkeypatch.setenv("SCENESMITH_SERVER_URL", smith.url)
        monkeypatch.setenv("SAGE_SERVER_URL", sage.url)
        (tmp_path / "office").mkdir()
        settled = generate(request(text_backend="hybrid_serial", source_mode="auto"), 0, tmp_path / "office")
        (tmp_path / "strict").mkdir()
        with pytest.raises(InputError, match="no valid object"):
            generate(request(text_backend="hybrid_serial"), 0, tmp_path / "strict")
    assert settled.manifest.metadata["backend"] == "scenesmith"
    (told,) = settled.manifest.metadata["fallbacks"]
    assert told.startswith("text backend sage failed, scenesmith served instead: sage answered no valid object")


def test_what_a_language_model_added_stands_in_the_scene_and_in_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = {"things": [{"noun": "notebook", "relation": "on", "target": 0}]}
    chat = Reply(body={"choices": [{"message": {"content": json.dumps(answer)}}]})
    monkeypatch.setenv("TEXT_OPENROUTER_MODEL_CHAIN", "local/model")
    (tmp_path / "office").mkdir()
    with Loopback([chat]) as server:
        monkeypatch.setenv("TEXT_OPENROUTER_BASE_URL", server.url)
        settled = generate(request(text_backend="internal"), 0, tmp_path / "office")
    assert "notebook" in {item.category for item in settled.manifest.objects}
    assert settled.manifest.metadata["planner"]["added"] == ["1 notebook"]
    package = json.loads((tmp_path / "office/textgen/package.json").read_text())
    assert (package["used_llm"], package["provider_used"], package["generation_mode"]) == (True, "openrouter", "llm")
    assert package["llm_attempts"] == [
        {"detail": "", "model": "local/model", "outcome": "ok", "provider": "openrouter", "round": 1}
    ]


def test_a_planner_that_fails_is_a_fallback_that_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEXT_OPENROUTER_MODEL_CHAIN", "local/model")
    monkeypatch.setenv("TEXT_GEN_LLM_MAX_ATTEMPTS", "1")
    (tmp_path / "office").mkdir()
    with Loopback([Reply(500, {})]) as server:
        monkeypatch.setenv("TEXT_OPENROUTER_BASE_URL", server.url)
        settled = generate(request(text_backend="internal"), 0, tmp_path / "office")
    (told,) = settled.manifest.metadata["fallbacks"]
    assert told.startswith("LLM planner failed, the parser alone served")
    assert settled.manifest.metadata["planner"]["generation_mode"] == "deterministic_fallback"


def test_doors_and_windows_of_a_package_are_holes_in_the_walls() -> None:
    turned = {"w": 0.5**0.5, "x": 0, "y": 0.5**0.5, "z": 0}
    door = thing("door", "interior door", 2.0, 0.0, 0.5, (0.9, 2.0, 0.1))
    door["transform"]["rotation_quaternion"] = turned
    scene = scene_of_package({"objects": [DESK, MUG, door]}, "scenesmith", 0)
    assert [item.object_id for item in scene.objects] == ["desk_1", "mug_1"]
    (opening,) = scene.openings
    assert (opening.kind, opening.along, opening.x, opening.y) == ("door", "y", 2.0, -0.5)
    with pytest.raises(InputError, match="but doors and windows"):
        scene_of_package({"objects": [door]}, "scenesmith", 0)
