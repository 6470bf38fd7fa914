"""The recorder writes the layout of Genie Sim's own recordings, and leaves nothing half done."""

import hashlib
import json
import resource
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import av
import h5py
import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "quality" / "geniesim"))

from synthetic_episode import DESCRIPTION, FPS, G1, G2, cameras, sample, write_episode

from blueprint.contracts.errors import InputError, StorageError
from blueprint.contracts.geniesim.raw_episode import G2_JOINTS
from blueprint.robots.agibot import load_agibot
from blueprint.sim.geniesim.recorder import EpisodeWriter
from blueprint.sim.geniesim.recorder_documents import dropped_share, meta_info


def hashes(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def episode(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_episode(tmp_path_factory.mktemp("r") / "[put_cube_0]")


def test_the_folder_holds_what_the_real_recorder_writes(episode: Path) -> None:
    top = {path.name for path in episode.iterdir()}
    assert top == {
        "aligned_joints.h5", "aligned_joints_all.h5", "camera", "data_info.json", "frame_state.json", "logs",
        "meta_info.json", "metadata.yaml", "metric_config.json", "observations", "parameters", "post_proc", "record",
        "recording_info.json", "state.json", "task_result.json",
    }  # fmt: skip
    pictures = {f"{camera}_{kind}" for camera in ("head", "hand_left", "hand_right") for kind in ("color", "depth")}
    assert {path.stem for path in (episode / "camera" / "0").iterdir()} == {*pictures, "time_stamp"}
    assert {path.stem for path in (episode / "observations" / "videos").iterdir()} == pictures
    sensors = {path.name for path in (episode / "parameters" / "sensor").iterdir()}
    assert "intrinsic_head_front_rgb.json" in sensors
    assert "extrinsic_end_T_hand_left_rgbd_aligned.json" in sensors
    result = json.loads((episode / "task_result.json").read_text())
    assert (result["task_status"], result["fps"], result["playback_times"]) == (True, 30, 0)


def test_columns_are_in_the_recordings_own_order_with_true_commands(episode: Path) -> None:
    with h5py.File(episode / "aligned_joints_all.h5") as file:
        assert tuple(file["state/joint"].attrs["name"]) == G2_JOINTS.state_order
        frame = sample(G2, 3, 24)
        order = [G2.dof_order.index(name) for name in G2_JOINTS.state_order]
        np.testing.assert_allclose(file["state/joint/position"][3], frame.joint_position[order], atol=1e-6)
        arms = [G2_JOINTS.state_order.index(name) for name in G2_JOINTS.arms]
        wanted = frame.joint_command[order][arms]
        np.testing.assert_allclose(file["action/joint/position"][3][arms], wanted, atol=1e-6)
        commanded = set(file["action/joint"].attrs["commanded"])
        assert set(G2_JOINTS.arms) <= commanded
        assert not any("chassis" in name for name in commanded)
        assert np.isfinite(file["action/joint/position"][:]).all()
        np.testing.assert_allclose(file["state/end/position"][0, 0], [0.4, 0.2, 0.9], atol=1e-6)
        np.testing.assert_allclose(file["state/end/arm_position"][0, 0], [0.3, 0.2, 0.3], atol=1e-6)
    with h5py.File(episode / "aligned_joints.h5") as file:
        assert set(file) == {str(k) for k in range(24)}
        assert file["0/action/left_effector/position"][0] == 0.0
        assert file["23/action/left_effector/position"][0] == 1.0
        assert file["23/state/left_effector/position"][0] == pytest.approx(1.28 * 120 * 0.48, rel=1e-4)


def test_state_json_is_schema_v6_frame_by_frame(episode: Path) -> None:
    state = json.loads((episode / "state.json").read_text())
    assert (state["schema"], state["fps"], len(state["frames"])) == ("v6", 30, 24)
    frame = state["frames"][5]
    assert set(frame) == {
        "time_stamp", "frame_state", "objects", "articulated_object", "cameras", "ee", "ee_center", "robot",
    }  # fmt: skip
    np.testing.assert_allclose(np.array(frame["objects"]["bin"]["pose"])[:3, 3], [0.5, 0.1, 0.78])
    assert frame["frame_state"]["action"] == "pick"


def test_actions_are_labelled_from_frame_states(episode: Path) -> None:
    info = json.loads((episode / "data_info.json").read_text())
    assert info["english_task_name"] == "Put the cube in the bin"
    spans = [(a["start_frame"], a["end_frame"], a["skill"]) for a in info["label_info"]["action_config"]]
    assert spans == [(0, 11, "pick"), (12, 23, "place")]


def test_videos_show_every_frame(episode: Path) -> None:
    for path in (episode / "observations" / "videos").iterdir():
        with av.open(str(path)) as container:
            assert sum(1 for _ in container.decode(video=0)) == 24


def test_the_same_frames_give_the_same_bytes(episode: Path, tmp_path: Path) -> None:
    assert hashes(write_episode(tmp_path / "[put_cube_0]")) == hashes(episode)


def test_missing_frames_are_counted_and_the_recording_says_so() -> None:
    whole = [k / 30 for k in range(10)]
    assert dropped_share(whole, 30) == 0
    broken = whole[:4] + whole[6:]
    assert dropped_share(broken, 30) == pytest.approx(0.2)
    assert meta_info("G2A", 0, 1.0, 1, dropped_share(whole, 30), ())["fps_validate"] is True
    meta = meta_info("G2A", 0, 1.0, 1, dropped_share(broken, 30), ("mug: hulls",))
    assert meta["fps_validate"] is meta["integrity"]["integrity"] is False
    assert meta["blueprint"]["notes"] == ["mug: hulls"]


def test_a_taken_name_gets_a_number(tmp_path: Path) -> None:
    names = [write_episode(tmp_path / "[x_0]", frames=3).name for _ in range(3)]
    assert names == ["[x_0]", "[x_0]1", "[x_0]2"]


def test_a_failed_episode_is_deleted_unless_it_is_kept(tmp_path: Path) -> None:
    writer = EpisodeWriter(tmp_path / "[x_0]", G2, "x_0", FPS, cameras())
    writer.add(sample(G2, 0, 9))
    writer.finish(task_status=False)
    assert not list(tmp_path.iterdir())
    kept = write_episode(tmp_path / "[x_0]", frames=3, task_status=False)
    assert json.loads((kept / "task_result.json").read_text())["task_status"] is False


def test_nothing_is_visible_before_the_end_and_a_killed_writers_part_is_removed(tmp_path: Path) -> None:
    writer = EpisodeWriter(tmp_path / "[x_0]", G2, "x_0", FPS, cameras())
    writer.add(sample(G2, 0, 9))
    assert [path.name for path in tmp_path.iterdir()] == [".[x_0].part"]
    write_episode(tmp_path / "[x_0]", frames=3)  # a killed writer never came back
    assert [path.name for path in tmp_path.iterdir()] == ["[x_0]"]


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = EpisodeWriter(tmp_path / "[x_0]", G2, "x_0", FPS, cameras())

    def full(*_args: object, **_kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("PIL.Image.Image.save", full)
    with pytest.raises(StorageError, match="No space left"):
        writer.add(sample(G2, 0, 9))
    assert not list(tmp_path.iterdir())


def test_a_disk_that_fills_up_under_the_joints_leaves_nothing(tmp_path: Path) -> None:
    """A real limit on file size, in a process of its own: HDF5 keeps what it could not write."""
    script = (
        "import resource, signal, sys; from pathlib import Path\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "from synthetic_episode import FPS, G2, cameras, sample\n"
        "from blueprint.contracts.errors import StorageError\n"
        "from blueprint.sim.geniesim.recorder import EpisodeWriter\n"
        "writer = EpisodeWriter(Path(sys.argv[2]) / '[x_0]', G2, 'x_0', FPS, cameras())\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))\n"
        "try:\n"
        "    for k in range(200): writer.add(sample(G2, k, 200))\n"
        "    writer.finish(task_status=True)\n"
        "except StorageError as error: print('told')\n"
    )
    helpers = str(Path(__file__).parents[1] / "quality" / "geniesim")
    done = subprocess.run([sys.executable, "-c", script, helpers, str(tmp_path)], capture_output=True, text=True)
    assert done.stdout == "told\n", done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda s: replace(s, time_s=0.5), "follows one at"),
        (lambda s: replace(s, time_s=float("nan")), "follows one at"),
        (lambda s: replace(s, joint_position=s.joint_position[:5]), "do not fit the 46"),
        (lambda s: replace(s, images={}), "a picture of None"),
        (lambda s: replace(s, frame_state="{"), "is not JSON"),
    ],
)
def test_a_frame_that_does_not_fit_is_refused(tmp_path: Path, change: Callable[[object], object], said: str) -> None:
    writer = EpisodeWriter(tmp_path / "[x_0]", G2, "x_0", FPS, cameras())
    writer.add(sample(G2, 0, 9))
    with pytest.raises(InputError, match=said):
        writer.add(change(sample(G2, 1, 9)))


def test_the_robots_of_this_project_can_be_recorded(tmp_path: Path) -> None:
    for name, stand_in in (("G2_omnipicker", G2), ("G1_omnipicker", G1)):
        robot = load_agibot(name)
        frame = sample(stand_in, 0, 9)
        back = [stand_in.dof_order.index(joint) for joint in robot.dof_order]
        arrays = ("joint_position", "joint_velocity", "joint_effort", "joint_command")
        frame = replace(frame, **{field: getattr(frame, field)[back] for field in arrays})
        writer = EpisodeWriter(tmp_path / name, robot, name, FPS, cameras())
        writer.set_frame_state(0.0, DESCRIPTION)
        writer.add(frame)
        assert writer.finish(task_status=True).is_dir()


@pytest.mark.slow
def test_memory_does_not_grow_with_the_episode(tmp_path: Path) -> None:
    writer = EpisodeWriter(tmp_path / "[x_0]", G2, "x_0", FPS, cameras())
    for k in range(300):
        writer.add(sample(G2, k, 3000))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for k in range(300, 3000):
        writer.add(sample(G2, k, 3000))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 8 << 10  # KiB
    writer.abandon()
