"""The server as a process: queue, deadlines, clients that go away, shutdown, health, and what is left on disk."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import grpc
import pytest
from geniesim_calls import Served
from geniesim_package import BACKGROUND, write_package
from grpc_health.v1 import health_pb2, health_pb2_grpc

from blueprint.contracts.errors import InputError
from blueprint.sim.geniesim.proto.methods import MAX_MESSAGE_BYTES, METHODS
from blueprint.sim.geniesim.server import GenieServer, ServerSettings
from blueprint.sim.geniesim.world import GenieWorld, WorldSettings

CODE = grpc.StatusCode


@pytest.fixture(scope="module")
def assets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_package(tmp_path_factory.mktemp("assets"))


def _hold(served: Served) -> threading.Event:
    """Occupy the world's thread until the event is set."""
    free, busy = threading.Event(), threading.Event()

    def wait(_: GenieWorld) -> None:
        busy.set()
        free.wait(30)

    threading.Thread(target=served.server._calls.run, args=(wait, lambda: False), daemon=True).start()
    assert busy.wait(5)
    return free


def test_calls_of_several_clients_run_one_by_one_in_order(assets: Path, tmp_path: Path) -> None:
    with Served(assets, tmp_path) as served:
        served.init()
        free = _hold(served)
        order: list[str] = []
        served.world.set_task_metric = lambda text: order.append(text) or "success"  # type: ignore[method-assign]
        method = METHODS["set_task_metric"]
        futures = []
        for number in range(8):
            futures.append(served.stub("set_task_metric").future(method.request(metric=str(number)), timeout=30))
            time.sleep(0.05)
        assert not any(future.done() for future in futures)
        free.set()
        assert [future.result().msg for future in futures] == ["success"] * 8
        assert order == [str(number) for number in range(8)]


def test_a_full_queue_answers_resource_exhausted_and_health_still_answers(assets: Path, tmp_path: Path) -> None:
    with Served(assets, tmp_path, waiting_calls=3) as served:
        free = _hold(served)
        request = METHODS["reset"].request(reset=True)
        waiting = [served.stub("reset").future(request, timeout=30) for _ in range(2)]
        time.sleep(0.3)
        with pytest.raises(grpc.RpcError) as refusal:
            served("reset", reset=True)
        assert refusal.value.code() == CODE.RESOURCE_EXHAUSTED
        health = health_pb2_grpc.HealthStub(served.channel)
        status = health.Check(health_pb2.HealthCheckRequest(service="aimdk.protocol.SimObjectService"), timeout=5)
        assert status.status == health_pb2.HealthCheckResponse.SERVING
        free.set()
        assert [call.result().msg for call in waiting] == ["reset", "reset"]
        assert served("reset", reset=True).msg == "reset"


def test_a_call_whose_deadline_passes_in_the_queue_is_not_run(assets: Path, tmp_path: Path) -> None:
    with Served(assets, tmp_path) as served:
        served.init()
        free = _hold(served)
        with pytest.raises(grpc.RpcError) as late:
            served("store_current_state", playback_id="late", timeout=0.3)
        assert late.value.code() == CODE.DEADLINE_EXCEEDED
        time.sleep(0.2)  # the server's clock starts when the call arrives, after the client's
        free.set()
        assert served("playback", playback_id="late").msg == "playback failed"


def test_a_motion_stops_where_it_is_when_its_client_goes_away(assets: Path, tmp_path: Path) -> None:
    with Served(assets, tmp_path) as served:
        served.init()
        world = served.world
        slow, ticks = world.stepper.tick, [0]

        def tick(targets: object = None) -> None:
            time.sleep(0.02)
            ticks[0] += 1
            slow(targets)  # type: ignore[arg-type]

        world.stepper.tick = tick  # type: ignore[method-assign]
        with pytest.raises(grpc.RpcError) as late:
            served.move((0.6, -0.2, 1.0), timeout=1.0)
        assert late.value.code() == CODE.DEADLINE_EXCEEDED
        world.stepper.tick = slow  # type: ignore[method-assign]
        served("get_ee_pose", is_right=True)  # comes after the motion has ended
        assert 5 < ticks[0] < 120
        joints = world.scene.scene.robot
        assert joints.targets(world.scene.data)[joints.arms["right"].order] == pytest.approx(
            world.scene.data.qpos[joints.arms["right"].qpos], abs=0.1
        )


def test_a_call_that_breaks_is_logged_and_the_next_is_served(
    assets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Served(assets, tmp_path) as served:
        served.init()
        served.world.set_task_metric = lambda text: 1 / 0  # type: ignore[method-assign]
        with pytest.raises(grpc.RpcError) as broken:
            served("set_task_metric", metric="{}")
        assert broken.value.code() == CODE.UNKNOWN
        assert served("reset", reset=True).msg == "reset"
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_too_large_a_message_is_refused(assets: Path, tmp_path: Path) -> None:
    with Served(assets, tmp_path) as served, pytest.raises(grpc.RpcError) as refusal:
        served("set_frame_state", frame_state=" " * (MAX_MESSAGE_BYTES + 1))
    assert refusal.value.code() == CODE.RESOURCE_EXHAUSTED


def test_a_second_server_on_the_port_is_an_error(assets: Path, tmp_path: Path) -> None:
    with Served(assets, tmp_path) as served:
        other = GenieServer(GenieWorld(WorldSettings(assets, tmp_path)), ServerSettings(port=served.server.port))
        with pytest.raises(InputError, match="cannot listen"):
            other.start()
        other.stop()


def test_exit_ends_the_server_unless_it_is_to_stay(assets: Path, tmp_path: Path) -> None:
    with Served(assets, tmp_path) as served:
        assert served("exit", exit=True).msg == "exit"
        assert served.server._over.wait(5)
    with Served(assets, tmp_path, stay=True) as served:
        assert served("exit", exit=True).msg == "exit"
        assert not served.server._over.wait(0.2)
        assert served("reset", reset=True).msg == "reset"


def test_stopping_forgets_an_unfinished_recording_and_refuses_new_calls(assets: Path, tmp_path: Path) -> None:
    with Served(assets, tmp_path) as served:
        served.init()
        served("get_observation", startRecording=True, task_name="[t_0]", fps=30)
        served.move((0.6, -0.2, 1.0))
        served.server.stop()
        with pytest.raises(grpc.RpcError) as refusal:
            served("reset", reset=True, timeout=2)
        assert refusal.value.code() in (CODE.UNAVAILABLE, CODE.CANCELLED)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_in_the_middle_of_a_recording_leaves_nothing_half_written(
    assets: Path, tmp_path: Path, number: signal.Signals
) -> None:
    command = [sys.executable, "-m", "blueprint", "geniesim", "serve", "--port", "0"]
    process = subprocess.Popen(
        [*command, "--assets", str(assets), "--out", str(tmp_path / "out")],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        # tests that run in the background of a shell are started with Ctrl-C ignored, and so would this be
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert process.stdout is not None
    port = int(process.stdout.readline().split(":")[1].split(",")[0])
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:

        def call(name: str, **fields: object) -> None:
            method = METHODS[name]
            stub = channel.unary_unary(method.path, method.request.SerializeToString, method.response.FromString)
            stub(method.request(**fields), timeout=60, wait_for_ready=True)

        call("init_robot", robot_cfg_file="G2_omnipicker_fixed_dual.json", scene_usd_path=BACKGROUND)
        call("get_observation", startRecording=True, task_name="[t_0]", fps=30)
        call("set_gripper_state", gripper_command="open", is_right=True)
        process.send_signal(number)
        assert process.wait(30) == 0
    assert [path for path in (tmp_path / "out").rglob("*") if path.is_file()] == []
