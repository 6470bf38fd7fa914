"""A job over the wire against a stand-in server: retries, losses, resumption; nothing lost, nothing twice."""

import fcntl
import json
import threading
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import grpc
import numpy as np
import pytest
from geniesim_stand_in import StandIn, hang, write_manifest

from blueprint.contracts.errors import InputError, ServiceError, StageError, StorageError, UnsafePathError
from blueprint.contracts.frames import Pose
from blueprint.contracts.geniesim.grasp_file import GraspSet, npz_bytes
from blueprint.contracts.geniesim.job import JobOutput
from blueprint.contracts.geniesim.package import (
    Interaction,
    InteractionActions,
    InteractionParts,
    ObjectParameters,
    PlaceElement,
)
from blueprint.contracts.geniesim.template import TaskTemplate
from blueprint.contracts.seeds import rng_for
from blueprint.episodes.geniesim.breaker import BREAKER, CircuitOpenError
from blueprint.episodes.geniesim.health import check_health
from blueprint.episodes.geniesim.instance import sample_instance
from blueprint.episodes.geniesim.job import EVENTS, FAILED, JOB, JobRequest, JobTimeoutError, run_job
from blueprint.sim.geniesim.client import CallSettings
from blueprint.sim.geniesim.endpoint import Endpoint

EPISODES = 3
CALLS = CallSettings(deadline_s=1.0, motion_deadline_s=1.0, start_deadline_s=1.0, first_pause_s=0.01, calls_per_s=5000)


def write_asset(root, name, size, mass, grasps=True):
    objects, interaction = root / "objects" / "test" / name, root / "interaction" / name
    down, half = (0.0, -1.0, 0.0), size[1] / 2
    ObjectParameters(
        object_id=name,
        semantic_name=name,
        english_semantic_name=name,
        upAxis=["y"],
        size=size,
        mass=mass,
        static_friction=0.8,
        dynamic_friction=0.7,
        model_path=f"objects/test/{name}/Aligned.usd",
        license="CC0-1.0",
        source="test",
    ).write(objects / "object_parameters.json")
    (objects / "Aligned.usd").write_text("#usda 1.0\n")
    Interaction(
        interaction=InteractionParts(
            active=InteractionActions(place={"default": [PlaceElement(xyz=(0, -half, 0), direction=down)]}),
            passive=InteractionActions(
                place={"interior": [PlaceElement(xyz=(0, half, 0), direction=down)]},
                grasp={"default": ["grasp_pose/grasp_pose.pkl"]} if grasps else {},
            ),
        )
    ).write(interaction / "interaction.json")
    if grasps:
        # From above: the approach (column 0) is -Y of the package, the fingers close (column 1) along X.
        pose = np.eye(4)
        pose[:3, 0], pose[:3, 1], pose[:3, 2] = (0, -1, 0), (1, 0, 0), (0, 0, 1)
        (interaction / "grasp_pose").mkdir()
        grasp_set = GraspSet(pose[None], np.array([size[0]]))
        (interaction / "grasp_pose" / "grasp_pose.npz").write_bytes(npz_bytes(grasp_set))


def template_document():
    stage = {
        "action": "pick",
        "action_description": {"action_text": "拿起", "english_action_text": "Pick up the cube."},
        "active": {"object_id": "gripper"},
        "passive": {"object_id": "cube"},
        "extra_params": {"arm": "auto", "grasp_offset": 0.0},
    }
    place = {
        **stage,
        "action": "place",
        "active": {"object_id": "cube"},
        "passive": {"object_id": "bin", "primitive": "interior"},
        "extra_params": {"arm": "auto"},
        "checker": [
            {
                "checker_name": "distance_to_target",
                "params": {"object_id": "cube", "target_id": "bin", "rule": "lessThan", "value": 0.2},
            }
        ],
    }
    table = {"position": [0.6, 0, 0.9], "quaternion": [1, 0, 0, 0], "size": [0.4, 0.8, 0.2]}
    return {
        "task": "put_cube",
        "origin": {"position": [0, 0, 0], "quaternion": [1, 0, 0, 0]},
        "objects": {
            "task_related_objects": [
                {"object_id": "cube", "data_info_dir": "objects/test/cube/", "workspace_id": "table"},
                {"object_id": "bin", "data_info_dir": "objects/test/bin/", "workspace_id": "table"},
            ]
        },
        "scene": {
            "scene_id": "background/room/",
            "scene_info_dir": "background/room/",
            "scene_usd": "background/room/scene.usda",
            "function_space_objects": {"table": table},
        },
        "robot": {
            "robot_id": "G2",
            "robot_cfg": "G2_omnipicker_fixed_dual.json",
            "robot_init_pose": {
                "position": [0, 0, 0],
                "quaternion": [1, 0, 0, 0],
                "random": {"delta_position": [0.02, 0.02, 0]},
            },
            "init_arm_pose": {"joint": 0.1},
        },
        "stages": [stage, place, {**stage, "action": "reset"}],
        "recording_setting": {"camera_list": ["/G2/head"], "num_of_episode": EPISODES},
        "task_description": {"task_name": "放", "english_task_name": "Put the cube in the bin.", "init_scene_text": ""},
        "task_metric": {"filter_rules": []},
    }


@pytest.fixture
def scene(tmp_path):
    """An exported scene folder by hand: one template, two assets, an empty background."""
    folder = tmp_path / "demo"
    assets = folder / "geniesim" / "sim_assets"
    write_asset(assets, "cube", (0.05, 0.05, 0.05), 0.1)
    write_asset(assets, "bin", (0.15, 0.06, 0.15), 0.4, grasps=False)
    (assets / "background" / "room").mkdir(parents=True)
    (assets / "background" / "room" / "scene.usda").write_text("#usda 1.0\n")
    template = folder / "geniesim" / "template.json"
    template.write_text(json.dumps(template_document()))
    (folder / "geniesim" / "task_config.json").write_text("{}")
    write_manifest(folder / "geniesim" / "export_manifest.json")
    return folder


@pytest.fixture
def server(tmp_path):
    started = StandIn(tmp_path / "recordings")
    yield started
    started.kill()


@pytest.fixture
def request_of(scene, server):
    return JobRequest(
        scene_dir=scene,
        templates=(scene / "geniesim" / "template.json",),
        assets=scene / "geniesim" / "sim_assets",
        recordings=server.recordings,
        reconnect_s=1.0,
        calls=CALLS,
    )


def endpoint(server):
    return Endpoint(host="127.0.0.1", port=server.port)


def recordings(server):
    return sorted(path.name for path in server.recordings.iterdir()) if server.recordings.exists() else []


def events(scene):
    return [json.loads(line)["type"].rsplit(".", 1)[1] for line in (scene / "geniesim" / EVENTS).open()]


def test_every_episode_is_collected_and_recorded_once(scene, server, request_of):
    told = []
    job = run_job(request_of, endpoint(server), on_progress=lambda *values: told.append(values))
    assert job.status == "completed"
    assert (job.progress.total, job.progress.succeeded) == (EPISODES, EPISODES)
    assert recordings(server) == ["[put_cube_0]", "[put_cube_1]", "[put_cube_2]"]
    assert [values[:2] for values in told] == [(1, 3), (2, 3), (3, 3)]
    assert server.calls.count("init_robot") == 1
    assert events(scene) == ["submitted", "episode", "episode", "episode", "completed"]


def test_an_episode_leaves_nothing_to_the_next(scene, server, request_of):
    document = template_document()
    document["objects"]["scene_objects"] = [
        {
            "sample": {"min_num": 0, "max_num": 1},
            "workspace_id": "table",
            "available_objects": [{"object_id": "clutter", "data_info_dir": "objects/test/clutter/"}],
        }
    ]
    write_asset(scene / "geniesim" / "sim_assets", "clutter", (0.05, 0.05, 0.05), 0.1)
    (scene / "geniesim" / "template.json").write_text(json.dumps(document))
    seen = []

    def look(request, context):
        if request.startRecording:
            seen.append({prim.rsplit("/", 1)[1] for prim in server.objects})

    server.faults["get_observation"] = look
    run_job(replace(request_of, episodes_per_task=8), endpoint(server))
    with_clutter = ["clutter" in names for names in seen]
    assert len(seen) == 8
    assert any(before and not after for before, after in pairwise(with_clutter)), "it came, and went again"


def test_a_number_in_all_is_shared_out_among_the_templates(scene, server, request_of):
    other = scene / "geniesim" / "other.json"
    other.write_text(json.dumps({**template_document(), "task": "put_again"}))
    both = replace(request_of, templates=(*request_of.templates, other), episodes=3)
    run_job(both, endpoint(server))
    assert recordings(server) == ["[put_again_0]", "[put_cube_0]", "[put_cube_1]"]


def test_the_same_export_again_calls_nobody(scene, server, request_of):
    first = run_job(request_of, endpoint(server))
    server.calls.clear()
    assert run_job(request_of, endpoint(server)) == first
    assert server.calls == []


def test_a_forced_submission_is_another_job(scene, server, request_of):
    first = run_job(request_of, endpoint(server))
    second = run_job(replace(request_of, force=True), endpoint(server))
    assert second.job_id != first.job_id
    assert len(recordings(server)) == 2 * EPISODES


def test_a_changed_export_is_another_job(scene, server, request_of):
    first = run_job(request_of, endpoint(server))
    (scene / "geniesim" / "task_config.json").write_text('{"changed": 1}')
    assert run_job(request_of, endpoint(server)).job_id != first.job_id


def test_a_grasp_that_slips_fails_after_four_tries_with_the_reason(scene, server, request_of):
    server.slippery = True
    job = run_job(request_of, endpoint(server))
    assert job.status == "failed"
    assert {item.error.split(":")[0] for item in job.episodes} == {"cube rose 0 mm of 120"}
    assert {item.attempts for item in job.episodes} == {4}
    assert server.calls.count("playback") == 3 * EPISODES
    assert recordings(server) == []


def test_a_job_of_which_nothing_succeeded_is_tried_again(scene, server, request_of):
    server.slippery = True
    run_job(request_of, endpoint(server))
    server.slippery = False
    assert run_job(request_of, endpoint(server)).progress.succeeded == EPISODES


def test_an_unreachable_goal_fails_with_the_reason(scene, server, request_of):
    server.faults["get_ik_status"] = lambda request, context: _no_solutions(request)
    job = run_job(request_of, endpoint(server))
    assert "no grasp of cube can be reached" in job.episodes[0].error


def _no_solutions(request):
    from blueprint.sim.geniesim.proto.methods import METHODS

    return METHODS["get_ik_status"].response(IKStatus=[{"isSuccess": False} for _ in request.target_pose])


def test_a_success_without_a_recording_is_not_believed(scene, server, request_of):
    server.faults["task_status"] = lambda request, context: _answer("task_status")
    job = run_job(request_of, endpoint(server))
    assert job.progress.succeeded == 0
    assert "has no recording that says so" in job.episodes[0].error


def _answer(name, **values):
    from blueprint.sim.geniesim.proto.methods import METHODS

    return METHODS[name].response(**values)


def test_one_failing_episode_of_three_leaves_the_others(scene, server, request_of):
    def second_is_slippery(request, context):
        server.slippery = request.task_name == "[put_cube_1]"

    server.faults["get_observation"] = second_is_slippery
    job = run_job(request_of, endpoint(server))
    assert [item.status for item in job.episodes] == ["succeeded", "failed", "succeeded"]
    assert recordings(server) == ["[put_cube_0]", "[put_cube_2]"]


def test_an_error_text_fails_its_episode_only(scene, server, request_of):
    times = iter([True, False, False])
    server.faults["reset"] = lambda request, context: _answer("reset", msg="ERROR: hm") if next(times) else None
    job = run_job(request_of, endpoint(server))
    assert [item.status for item in job.episodes] == ["failed", "succeeded", "succeeded"]
    assert "ERROR: hm" in job.episodes[0].error
    assert job.episodes[0].attempts == 0


def test_a_server_killed_in_an_episode_and_started_again_loses_and_doubles_nothing(scene, server, request_of):
    killed = threading.Event()

    def die(request, context):
        if server.recording == "[put_cube_1]" and not killed.is_set():
            killed.set()
            server.recording = None

            def again():
                server.kill()
                server.start()

            threading.Thread(target=again).start()
            context.abort(grpc.StatusCode.UNAVAILABLE, "gone")

    server.faults["set_gripper_state"] = die
    job = run_job(replace(request_of, reconnect_s=10.0), endpoint(server))
    assert killed.is_set()
    assert job.progress.succeeded == EPISODES
    assert recordings(server) == ["[put_cube_0]", "[put_cube_1]", "[put_cube_2]"]
    assert "server_lost" in events(scene)
    assert server.calls.count("init_robot") == 2


def test_a_hung_call_opens_the_breaker_and_a_later_submission_goes_on(scene, server, request_of):
    stuck = hang()
    server.faults["linear_move"] = stuck
    quick = replace(request_of, calls=replace(CALLS, motion_deadline_s=0.1), breaker_threshold=2)
    with pytest.raises(CircuitOpenError, match="2 failures in a row"):
        run_job(quick, endpoint(server))
    stuck.release()
    assert JobOutput.read(scene / "geniesim" / JOB).status == "failed"
    with pytest.raises(CircuitOpenError):
        run_job(quick, endpoint(server))
    del server.faults["linear_move"]
    assert (scene / "geniesim" / BREAKER).exists()
    job = run_job(replace(quick, breaker_recovery_s=0.0), endpoint(server))
    assert job.progress.succeeded == EPISODES


@pytest.mark.slow
def test_a_slow_network_only_takes_longer(scene, server, request_of):
    pause = threading.Event()
    for name in ("get_object_pose", "linear_move", "get_ik_status", "add_object"):
        server.faults[name] = lambda request, context: pause.wait(0.05) or None
    assert run_job(request_of, endpoint(server)).progress.succeeded == EPISODES


def test_a_full_disk_is_said_and_the_next_submission_goes_on(scene, server, request_of, monkeypatch):
    whole = JobOutput.write

    def full(self, path):
        if len(self.episodes) == 2:
            raise StorageError("cannot write job.json: No space left on device.")
        whole(self, path)

    monkeypatch.setattr(JobOutput, "write", full)
    with pytest.raises(StorageError):
        run_job(request_of, endpoint(server))
    monkeypatch.undo()
    job = run_job(request_of, endpoint(server))
    assert sorted(item.episode for item in job.episodes) == ["put_cube_0", "put_cube_1", "put_cube_2"]
    assert job.progress.succeeded == EPISODES
    assert recordings(server) == ["[put_cube_0]", "[put_cube_1]", "[put_cube_2]"]


def test_of_many_episodes_every_tenth_fails_and_each_is_accounted_for(scene, server, request_of):
    def every_tenth(request, context):
        if request.startRecording:
            server.slippery = request.task_name.endswith("9]")

    server.faults["get_observation"] = every_tenth
    job = run_job(replace(request_of, episodes_per_task=20), endpoint(server))
    assert (job.progress.succeeded, job.progress.failed) == (18, 2)
    assert len(recordings(server)) == len(set(recordings(server))) == 18
    assert [item.episode for item in job.episodes if item.status == "failed"] == ["put_cube_9", "put_cube_19"]


def test_a_server_that_never_comes_is_counted_and_said(scene, server, request_of):
    server.kill()
    with pytest.raises(ServiceError, match="nothing answers"):
        run_job(replace(request_of, reconnect_s=0.2), endpoint(server))
    assert JobOutput.read(scene / "geniesim" / JOB).status == "failed"
    server.start()


def test_a_job_over_its_time_keeps_what_it_has_and_goes_on_later(scene, server, request_of):
    times = iter([0.0, 1.0, 99.0])
    with pytest.raises(JobTimeoutError, match="with 1 of 3 episodes"):
        run_job(replace(request_of, timeout_s=10.0), endpoint(server), clock=lambda: next(times))
    assert JobOutput.read(scene / "geniesim" / JOB).status == "timed_out"
    assert "with 1 of 3 episodes" in json.loads((scene / "geniesim" / FAILED).read_text())["error"]
    server.starts.clear()
    job = run_job(request_of, endpoint(server))
    assert not (scene / "geniesim" / FAILED).exists()
    assert server.starts == ["[put_cube_1]", "[put_cube_2]"]
    assert job.progress.succeeded == EPISODES


def test_a_recording_that_went_missing_is_collected_again(scene, server, request_of):
    times = iter([0.0, 1.0, 2.0, 99.0])
    with pytest.raises(JobTimeoutError):
        run_job(replace(request_of, timeout_s=10.0), endpoint(server), clock=lambda: next(times))
    (server.recordings / "[put_cube_0]" / "task_result.json").unlink()
    (server.recordings / "[put_cube_0]").rmdir()
    server.starts.clear()
    run_job(request_of, endpoint(server))
    assert sorted(server.starts) == ["[put_cube_0]", "[put_cube_2]"]


def test_two_clients_of_one_scene_exclude_each_other(scene, server, request_of):
    with (scene / "geniesim" / ".submission.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(InputError, match="another client"):
            run_job(request_of, endpoint(server))


def test_the_documents_of_a_submission_carry_the_injected_time(scene, server, request_of):
    run_job(request_of, endpoint(server), now=lambda: datetime(2026, 1, 1, tzinfo=UTC))
    folder = scene / "geniesim"
    assert json.loads((folder / "job_idempotency.json").read_text())["submitted_at"] == "2026-01-01T00:00:00+00:00"
    assert json.loads((folder / ".geniesim_submitted").read_text())["status"] == "submitted"
    (marker,) = (folder / "idempotency").glob("*.json")
    assert json.loads(marker.read_text())["hash"] == marker.stem


def instance_of(scene, index=0, document=None, seed=0):
    template = TaskTemplate.parse(json.dumps(document or template_document()))
    assets = scene / "geniesim" / "sim_assets"
    return sample_instance(template, assets, index, lambda name: rng_for(seed, index, name))


def test_objects_stand_on_the_bottom_of_their_workspace_and_apart(scene):
    for index in range(20):
        placed = instance_of(scene, index).objects
        for item in placed.values():
            low = item.pose_world_object.position[2] - item.parameters.size[1] / 2
            assert low == pytest.approx(0.8 + 0.01)
            assert np.allclose(item.pose_world_object.apply((0, 1, 0)) - item.pose_world_object.position, (0, 0, 1))
        apart = np.subtract(*(item.pose_world_object.position for item in placed.values()))
        assert np.linalg.norm(apart[:2]) > 0.1


def test_the_same_seed_draws_the_same_instance_and_another_another(scene):
    def cube(index, seed=0):
        return instance_of(scene, index, seed=seed).objects["cube"].pose_world_object

    assert cube(1) == cube(1)
    assert len({cube(1).position, cube(2).position, cube(1, seed=1).position}) == 3


def test_a_workspace_that_is_too_small_is_said(scene):
    document = template_document()
    document["scene"]["function_space_objects"]["table"]["size"] = [0.1, 0.1, 0.1]
    with pytest.raises(StageError, match="do not fit"):
        instance_of(scene, document=document)


def test_an_asset_outside_of_the_root_is_refused(scene):
    link = scene / "geniesim" / "sim_assets" / "objects" / "test" / "cube"
    link.rename(scene / "cube")
    link.symlink_to(scene / "cube")
    with pytest.raises(UnsafePathError):
        instance_of(scene)


def test_health_says_what_answers_and_what_does_not(scene, server):
    good = check_health(endpoint(server), scene_dir=scene, assets=scene, recordings=scene, timeout_s=1.0)
    found = {check.name: check.status for check in good.checks}
    assert good.healthy
    assert found == {
        "connection": "ok",
        "health_service": "skipped",
        "call": "ok",
        "assets": "ok",
        "recordings": "ok",
        "breaker": "ok",
    }
    stuck = hang()
    server.faults["get_joint_position"] = stuck
    hung = check_health(endpoint(server), assets=scene, timeout_s=0.2)
    assert {check.name for check in hung.checks if check.status == "failed"} == {"call"}
    stuck.release()
    server.kill()
    down = check_health(endpoint(server), timeout_s=0.2)
    assert not down.healthy
    server.start()


def test_the_production_profile_wants_its_folders_named(server):
    report = check_health(replace(endpoint(server), profile="production"), timeout_s=1.0)
    assert {check.name for check in report.checks if check.status == "failed"} == {"assets", "recordings"}


def test_a_pose_in_the_robots_frame_reaches_the_server_relative_to_its_base(scene, server, request_of):
    """Planned moves are sent in the base frame: with a base that stands elsewhere the cube is still met."""
    document = template_document()
    document["robot"]["robot_init_pose"] = {"position": [-0.3, 0.2, 0], "quaternion": [0.7071068, 0, 0, 0.7071068]}
    (scene / "geniesim" / "template.json").write_text(json.dumps(document))
    assert run_job(request_of, endpoint(server)).progress.succeeded == EPISODES
    assert server.robot == Pose.of((-0.3, 0.2, 0), (0.7071068, 0, 0, 0.7071068))
