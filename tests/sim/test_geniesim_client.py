"""The client against a loopback server that answers well, late, garbled, or not at all."""

import threading
from concurrent import futures

import grpc
import pytest
import stamina

from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Pose
from blueprint.services.secrets import Secret
from blueprint.sim.geniesim.client import CallSettings, GenieClient, RpcError
from blueprint.sim.geniesim.endpoint import Endpoint, endpoint_from_environment
from blueprint.sim.geniesim.proto.methods import METHODS

FAST = CallSettings(deadline_s=2.0, motion_deadline_s=2.0, start_deadline_s=2.0, first_pause_s=0.01)


class ScriptedServer(grpc.GenericRpcHandler):
    """Answers each method by a function of (request, context) that a test puts into `answers`."""

    def __init__(self):
        self.answers = {}
        self.seen = []
        self.running = 0
        self.most_at_once = 0
        self.lock = threading.Lock()
        self._server = grpc.server(futures.ThreadPoolExecutor(8))
        self._server.add_generic_rpc_handlers((self,))
        self.port = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()

    def stop(self):
        self._server.stop(None).wait()

    def service(self, details):
        method = METHODS[details.method.rsplit("/", 1)[1]]

        def handle(request, context):
            with self.lock:
                self.running += 1
                self.most_at_once = max(self.most_at_once, self.running)
                self.seen.append((method.name, request, dict(context.invocation_metadata())))
            try:
                return self.answers[method.name](request, context)
            finally:
                with self.lock:
                    self.running -= 1

        serialize = lambda value: value if isinstance(value, bytes) else value.SerializeToString()  # noqa: E731
        return grpc.unary_unary_rpc_method_handler(handle, method.request.FromString, serialize)

    def answer(self, name, **fields):
        self.answers[name] = lambda request, context: METHODS[name].response(**fields)


@pytest.fixture
def server():
    started = ScriptedServer()
    yield started
    started.stop()


@pytest.fixture
def client(server):
    with GenieClient(Endpoint(host="127.0.0.1", port=server.port), FAST) as opened:
        yield opened


def refusing(code, times, then):
    left = [times]

    def answer(request, context):
        left[0] -= 1
        if left[0] >= 0:
            context.abort(code, "not now")
        return then

    return answer


def test_a_pose_goes_out_and_comes_back_as_wxyz(server, client):
    half = 0.5**0.5
    server.answers["get_ee_pose"] = lambda request, context: METHODS["get_ee_pose"].response(
        ee_pose={"position": {"x": 1, "y": 2, "z": 3}, "rpy": {"rw": half, "rz": half}}
    )
    assert client.end_effector_pose("right") == Pose.of((1, 2, 3), (half, 0, 0, half))
    assert server.seen[0][1].is_right


def test_planned_moves_and_straight_moves_set_the_flags_that_the_server_reads(server, client):
    server.answer("linear_move", errmsg="True")
    assert client.move_around_obstacles("left", Pose())
    assert client.move_straight("right", Pose.of((0, 0, 1)))
    planned, straight = (request for _, request, _ in server.seen)
    assert (planned.robot_name, planned.is_block, planned.ee_interpolation) == ("left", False, False)
    assert (straight.robot_name, straight.is_block, straight.ee_interpolation) == ("right", True, True)


def test_a_move_that_was_not_reached_is_false_and_anything_else_an_error(server, client):
    server.answer("linear_move", errmsg="False")
    assert client.move_straight("left", Pose()) is False
    server.answer("linear_move", errmsg="ERROR: planner died")
    with pytest.raises(RpcError, match="planner died"):
        client.move_straight("left", Pose())


def test_a_read_is_repeated_while_the_server_is_busy(server, client):
    pose = METHODS["get_ee_pose"].response(ee_pose={"rpy": {"rw": 1}})
    server.answers["get_ee_pose"] = refusing(grpc.StatusCode.RESOURCE_EXHAUSTED, 2, pose)
    assert client.end_effector_pose("left") == Pose()
    assert len(server.seen) == 3


def test_a_motion_is_sent_once_even_if_its_answer_was_lost(server, client):
    server.answers["linear_move"] = refusing(grpc.StatusCode.UNAVAILABLE, 9, None)
    with pytest.raises(RpcError, match="UNAVAILABLE") as caught:
        client.move_straight("left", Pose())
    assert len(server.seen) == 1
    assert caught.value.is_lost


def test_a_read_gives_up_after_its_tries(server, client):
    server.answers["get_ee_pose"] = refusing(grpc.StatusCode.UNAVAILABLE, 99, None)
    with stamina.set_testing(True, attempts=3), pytest.raises(RpcError):
        client.end_effector_pose("left")
    assert len(server.seen) == 3


def test_a_hung_call_ends_at_its_deadline(server):
    release = threading.Event()
    server.answers["reset"] = lambda request, context: release.wait(20)
    with GenieClient(Endpoint(host="127.0.0.1", port=server.port), CallSettings(start_deadline_s=0.2)) as client:
        with pytest.raises(RpcError, match=r"no answer within 0\.2 s") as caught:
            client.reset()
        assert caught.value.is_lost
        release.set()


def test_garbage_bytes_are_an_error_of_that_call(server, client):
    server.answers["get_ee_pose"] = lambda request, context: b"\xff\xff\xff\xff"
    with pytest.raises(RpcError, match="get_ee_pose"):
        client.end_effector_pose("left")


@pytest.mark.parametrize("rpy", [{}, {"rw": 2}, {"rw": float("nan")}])
def test_an_answer_that_is_no_pose_is_refused(server, client, rpy):
    server.answer("get_object_pose", object_pose={"rpy": rpy})
    with pytest.raises(RpcError, match="no pose"):
        client.object_pose("/World/Objects/mug")


def test_fewer_solutions_than_poses_are_refused(server, client):
    server.answer("get_ik_status", IKStatus=[{"isSuccess": True}])
    with pytest.raises(RpcError, match="1 solutions for 2 poses"):
        client.solve_ik("left", [Pose(), Pose()])


def test_an_error_text_in_a_normal_answer_is_an_error(server, client):
    server.answer("reset", msg="ERROR: stage is gone")
    with pytest.raises(RpcError, match="stage is gone"):
        client.reset()


def test_a_checker_that_answers_something_else_has_not_passed(server, client):
    server.answer("get_checker_status", msg="success")
    assert client.check({})
    server.answer("get_checker_status", msg="fail")
    assert not client.check({})
    server.answer("get_checker_status", msg="")
    with pytest.raises(RpcError):
        client.check({})


def test_methods_that_the_server_does_not_have_say_so(server, client):
    server.answers["add_object"] = refusing(grpc.StatusCode.UNIMPLEMENTED, 9, None)
    with pytest.raises(RpcError, match="UNIMPLEMENTED"):
        client.add_object("/World/Objects/a", "/assets/a/Aligned.usd", Pose(), mass_kg=0.1)


def test_calls_of_many_threads_reach_the_server_one_at_a_time(server, client):
    pose = METHODS["get_ee_pose"].response(ee_pose={"rpy": {"rw": 1}})
    pause = threading.Event()
    server.answers["get_ee_pose"] = lambda request, context: (pause.wait(0.01), pose)[1]
    with futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: client.end_effector_pose("left"), range(24)))
    assert server.most_at_once == 1


def test_the_rate_is_limited(server):
    import time

    server.answer("reset", msg="ok")
    settings = CallSettings(calls_per_s=5)
    with GenieClient(Endpoint(host="127.0.0.1", port=server.port), settings) as client:
        started = time.monotonic()
        for _ in range(7):
            client.reset()
    assert time.monotonic() - started > 0.9  # the limiter's own pause, not the machine's speed


def test_nothing_answering_is_said_with_the_remedy():
    with GenieClient(Endpoint(host="127.0.0.1", port=1)) as client, pytest.raises(RpcError, match="geniesim serve"):
        client.wait_until_ready(0.2)


def test_exit_of_a_server_that_goes_away_is_no_error(server, client):
    server.answers["exit"] = refusing(grpc.StatusCode.UNAVAILABLE, 9, None)
    client.exit()


def test_a_token_goes_with_every_call_and_never_over_the_open_network(server):
    token = Secret("GENIESIM_TOKEN", "abcdefgh")
    server.answer("reset", msg="ok")
    with GenieClient(Endpoint(host="127.0.0.1", port=server.port, token=token)) as client:
        client.reset()
    assert server.seen[0][2]["authorization"] == "Bearer abcdefgh"
    with pytest.raises(InputError, match="clear text"):
        Endpoint(host="10.0.0.7", token=token).checked()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"GENIESIM_PORT": "fifty"}, "GENIESIM_PORT"),
        ({"GENIESIM_PORT": "70000"}, "GENIESIM_PORT"),
        ({"GENIESIM_HOST": "a b"}, "GENIESIM_HOST"),
        ({"GENIESIM_HOST": "http://x"}, "GENIESIM_HOST"),
        ({"GENIESIM_PROFILE": "staging"}, "GENIESIM_PROFILE"),
        ({"GENIESIM_TLS_ROOTS": "/no/such.pem"}, "GENIESIM_TLS_ROOTS"),
        ({"GENIESIM_HOST": "10.0.0.7", "GENIESIM_PROFILE": "production"}, "plain text"),
    ],
)
def test_a_bad_environment_is_refused_by_the_variables_name(values, message):
    with pytest.raises(InputError, match=message):
        endpoint_from_environment(values)


def test_the_environment_is_read_and_arguments_win():
    found = endpoint_from_environment({"GENIESIM_HOST": "sim.lab", "GENIESIM_PORT": "6000"}, port=7000)
    assert (found.target, found.profile, found.is_loopback) == ("sim.lab:7000", "sandbox", False)
