"""What starts an import: the poller and the signed webhook, both of which may be asked twice."""

import hashlib
import http.client
import json
import shutil
import socket
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "quality" / "geniesim"))

from synthetic_episode import write_episode

from blueprint.cli.app import main
from blueprint.contracts.errors import InputError
from blueprint.contracts.geniesim.job import IdempotencyKey, JobOutput, JobProgress
from blueprint.pipeline.geniesim.poller import FAILED, Polled, import_if_due, poll, poll_forever
from blueprint.pipeline.geniesim.webhook import PATH, ImportWebhook, sign

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SECRET = "correct horse battery staple"
CLOCK_S = 1_767_323_045.0


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recordings")
    write_episode(folder / "[put_cube_0]", frames=14)
    return folder


def scene_with_job(root: Path, scene_id: str, recordings: Path, status: str = "completed") -> Path:
    scene = root / "scenes" / scene_id
    digest = hashlib.sha256(scene_id.encode()).hexdigest()
    job = JobOutput(
        job_id=f"job_{scene_id}",
        scene_id=scene_id,
        status=status,  # type: ignore[arg-type]
        submitted_at=NOW.isoformat(),
        updated_at=NOW.isoformat(),
        idempotency=IdempotencyKey(
            key=digest, task_config_hash=digest, export_manifest_hash=digest, first_submitted_at=NOW.isoformat()
        ),
        idempotency_key=digest,
        endpoint="localhost:50051",
        profile="sandbox",
        recordings_dir=str(recordings),
        progress=JobProgress(total=1, succeeded=1),
    )
    job.write(scene / "geniesim" / "job.json")
    return scene


def test_a_round_imports_what_is_due_and_a_second_one_nothing(tmp_path: Path, recordings: Path) -> None:
    scene_with_job(tmp_path, "a_done", recordings)
    scene_with_job(tmp_path, "b_running", recordings, status="running")
    scene_with_job(tmp_path, "c_lost", tmp_path / "nowhere")
    (tmp_path / "scenes" / "d_empty").mkdir()
    broken = scene_with_job(tmp_path, "e_broken", recordings)
    (broken / "geniesim" / "job.json").write_text("{")
    scene_with_job(tmp_path, "f_done", recordings, status="completed_with_errors")
    first = {item.scene_id: item.status for item in poll(tmp_path, now=lambda: NOW)}
    assert first == {
        "a_done": "imported",
        "b_running": "not_finished",
        "c_lost": "failed",
        "e_broken": "unreadable",
        "f_done": "imported",
    }
    second = {item.scene_id: item.status for item in poll(tmp_path, now=lambda: NOW)}
    assert (second["a_done"], second["f_done"], second["c_lost"]) == ("done_before", "done_before", "failed_before")
    marker = tmp_path / "scenes" / "a_done" / "geniesim" / "idempotency" / "import" / "job_a_done.json"
    assert json.loads(marker.read_text())["timestamp"] == NOW.isoformat()


def test_a_failed_import_is_tried_again_when_asked_or_when_the_job_changed(tmp_path: Path, recordings: Path) -> None:
    scene = scene_with_job(tmp_path, "kitchen", tmp_path / "later")
    assert import_if_due(scene).status == "failed"
    assert (scene / FAILED).is_file()
    shutil.copytree(recordings, tmp_path / "later")
    assert import_if_due(scene).status == "failed_before"
    assert import_if_due(scene, retry_failed=True).status == "imported"
    assert not (scene / FAILED).exists()


def test_the_poller_goes_on_until_it_is_stopped(tmp_path: Path, recordings: Path) -> None:
    scene_with_job(tmp_path, "kitchen", recordings)
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            raise KeyboardInterrupt

    found: list[Polled] = []
    with pytest.raises(KeyboardInterrupt):
        found.extend(poll_forever(tmp_path, 7.0, sleep))
    assert slept == [7.0, 7.0, 7.0]
    assert (tmp_path / "scenes" / "kitchen" / "geniesim" / ".geniesim_import_complete").is_file()


def test_two_at_once_import_once(tmp_path: Path, recordings: Path) -> None:
    scene = scene_with_job(tmp_path, "kitchen", recordings)
    results: list[str] = []
    threads = [threading.Thread(target=lambda: results.append(import_if_due(scene).status)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results.count("imported") == 1
    assert set(results) <= {"imported", "unchanged", "done_before"}


def test_the_poll_command_tells_line_by_line(
    tmp_path: Path, recordings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scene_with_job(tmp_path, "kitchen", recordings)
    with pytest.raises(SystemExit) as stopped:
        main(["geniesim", "poll", str(tmp_path), "--once", "--json"])
    assert stopped.value.code == 0
    assert json.loads(capsys.readouterr().out)["status"] == "imported"


class Sender:
    """Sends messages to a webhook that runs on loopback, and waits for the imports they start."""

    def __init__(self, root: Path) -> None:
        self.done: list[Polled] = []
        self._event = threading.Event()
        self.webhook = ImportWebhook(root, SECRET, lambda: CLOCK_S, on_done=self._note)
        self.webhook.start()

    def _note(self, result: Polled) -> None:
        self.done.append(result)
        self._event.set()

    def wait(self) -> Polled:
        assert self._event.wait(30)
        self._event.clear()
        return self.done[-1]

    def post(
        self, body: bytes, *, path: str = PATH, secret: str = SECRET, at: float = CLOCK_S, **headers: str
    ) -> tuple[int, dict[str, Any]]:
        stamp = str(int(at))
        own = {"X-Webhook-Timestamp": stamp, "X-Webhook-Signature": sign(secret.encode(), stamp, body)}
        connection = http.client.HTTPConnection("127.0.0.1", self.webhook.port, timeout=10)
        connection.request("POST", path, body, own | {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())


@pytest.fixture
def sender(tmp_path: Path) -> Iterator[Sender]:
    (tmp_path / "scenes").mkdir()
    sender = Sender(tmp_path)
    yield sender
    sender.webhook.stop()


def message(**changes: Any) -> bytes:
    return json.dumps({"job_id": "job_kitchen", "status": "completed", "scene_id": "kitchen"} | changes).encode()


def test_a_signed_message_starts_the_import_and_acts_once(tmp_path: Path, recordings: Path, sender: Sender) -> None:
    scene = scene_with_job(tmp_path, "kitchen", recordings)
    status, answer = sender.post(message())
    assert (status, answer["status"]) == (202, "accepted")
    assert sender.wait().status == "imported"
    assert (scene / "geniesim" / ".geniesim_import_complete").is_file()
    assert sender.post(message()) == (200, {"status": "duplicate"})  # replayed
    assert sender.post(message(), at=CLOCK_S - 5)[0] == 202  # sent anew
    assert sender.wait().status == "done_before"


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"secret": "another secret of length"}, 401),
        ({"at": CLOCK_S - 301}, 401),
        ({"at": CLOCK_S + 301}, 401),
        ({"X_Webhook_Signature": "sha256=" + "0" * 64}, 401),
        ({"X_Webhook_Signature": "\u00e9"}, 401),
        ({"X_Webhook_Signature": ""}, 401),
        ({"X_Webhook_Timestamp": ""}, 401),
        ({"X_Webhook_Timestamp": "-5"}, 401),
        ({"X_Webhook_Timestamp": "9" * 40}, 401),
        ({"path": "/webhooks/other"}, 404),
        ({"Content_Length": "-1"}, 411),
        ({"Content_Length": "99999999"}, 413),
        ({"Transfer_Encoding": "chunked"}, 411),
    ],
)
def test_a_message_that_is_not_a_senders_is_refused(
    tmp_path: Path, recordings: Path, sender: Sender, changes: dict[str, Any], status: int
) -> None:
    scene_with_job(tmp_path, "kitchen", recordings)
    assert sender.post(message(), **changes)[0] == status
    assert sender.done == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"[]", 400),
        (b"{", 400),
        (message(scene_id="../kitchen"), 400),
        (message(scene_id="a/b"), 400),
        (message(job_id="../x"), 400),
        (message(extra=1), 400),
        (message(scene_id="elsewhere"), 404),
        (message(status="running"), 200),
        (b"x" * (17 << 10), 413),
    ],
)
def test_a_signed_message_of_nonsense_starts_nothing(
    tmp_path: Path, recordings: Path, sender: Sender, body: bytes, status: int
) -> None:
    scene_with_job(tmp_path, "kitchen", recordings)
    assert sender.post(body)[0] == status
    assert sender.done == []


def test_another_job_than_the_scenes_is_not_imported(tmp_path: Path, recordings: Path, sender: Sender) -> None:
    scene = scene_with_job(tmp_path, "kitchen", recordings)
    assert sender.post(message(job_id="job_other"))[0] == 202
    assert sender.wait().status == "unreadable"
    assert not (scene / "geniesim" / ".geniesim_import_complete").exists()


def test_a_message_for_a_linked_scene_is_refused(tmp_path: Path, recordings: Path, sender: Sender) -> None:
    scene_with_job(tmp_path / "outside", "kitchen", recordings)
    (tmp_path / "scenes" / "kitchen").symlink_to(tmp_path / "outside" / "scenes" / "kitchen")
    assert sender.post(message())[0] == 404


def test_a_client_that_hangs_up_or_floods_does_not_stop_the_server(sender: Sender) -> None:
    idle = []
    for _ in range(40):
        connection = socket.create_connection(("127.0.0.1", sender.webhook.port), timeout=5)
        connection.sendall(b"POST " + PATH.encode() + b" HTTP/1.1\r\n")
        idle.append(connection)
    for connection in idle:
        connection.close()
    for _ in range(100):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", sender.webhook.port, timeout=5)
            connection.request("GET", "/healthz")
            assert connection.getresponse().status == 200
            return
        except (ConnectionError, http.client.HTTPException):
            continue
    pytest.fail("the server does not answer any more")


def test_a_secret_that_is_missing_or_short_is_refused(tmp_path: Path) -> None:
    for secret in ("", "short"):
        with pytest.raises(InputError, match="GENIESIM_WEBHOOK_SECRET"):
            ImportWebhook(tmp_path, secret, lambda: CLOCK_S)
