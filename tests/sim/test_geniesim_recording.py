"""What the served world records: states at the frame rate, pictures of kept episodes, nothing of failed ones."""

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from geniesim_calls import CUBE_PRIM, UPRIGHT
from geniesim_package import BACKGROUND, CUBE, TABLE_TOP_M, write_package
from PIL import Image

from blueprint.contracts.frames import Pose
from blueprint.sim.geniesim.arms import MoveRequest
from blueprint.sim.geniesim.objects import ObjectRequest
from blueprint.sim.geniesim.world import GenieWorld, NotReadyError, WorldSettings
from blueprint.sim.renderer import open_renderer

HEAD = "/G2/head_link3/head_front_Camera"
HAND = "/G2/gripper_r_base_link/Right_Camera"


@pytest.fixture
def world(tmp_path: Path) -> GenieWorld:
    world = GenieWorld(WorldSettings(write_package(tmp_path / "assets"), tmp_path / "out", camera_scale=0.1))
    world.init_robot("G2_omnipicker_fixed_dual.json", BACKGROUND, Pose())
    request = ObjectRequest("cube", Path(), mass_kg=0.1)
    world.add_object(CUBE, CUBE_PRIM, Pose.of((0.6, -0.2, TABLE_TOP_M + 0.03), UPRIGHT), request)
    return world


def _read(folder: Path, name: str) -> Any:
    return json.loads((folder / name).read_text())


def test_a_kept_episode_has_a_frame_every_period_of_physics_time(world: GenieWorld, tmp_path: Path) -> None:
    world.set_frame_state('{"task_description": {"english_task_name": "lift"}}')
    assert world.start_recording("[lift_0]", 30, []) == "Start"
    world.set_frame_state('{"action": "pick"}')
    world.linear_move(MoveRequest("right", Pose.of((0.6, -0.2, 1.0), (0, 0.5**0.5, 0.5**0.5, 0)), planned=True))
    assert world.stop_recording() == "Stopped"
    assert world.task_status(True, [-1, -1]) == "True"
    folder = tmp_path / "out" / "[lift_0]"
    with h5py.File(folder / "aligned_joints_all.h5") as file:
        times = np.array(file["timestamp"])
        positions = np.array(file["state/joint/position"])
        commands = np.array(file["action/joint/position"])
    assert np.abs(np.diff(times[:-1]) - 1 / 30).max() < 0.003  # the last is where it was stopped
    assert times[-1] == pytest.approx(world.scene.data.time)
    assert positions.shape == (len(times), 46)
    assert np.abs(commands - positions).max() > 1e-3  # what was told, not a copy of what was
    state = _read(folder, "state.json")
    pose = np.array(state["frames"][-1]["objects"]["cube"]["pose"])
    assert pose[:3, 3] == pytest.approx(world.get_object_pose(CUBE_PRIM).position, abs=1e-6)
    assert _read(folder, "task_result.json")["task_status"] is True
    assert _read(folder, "recording_info.json")["scene_usd"] == BACKGROUND


@pytest.mark.slow
def test_pictures_are_of_their_own_camera_and_moment(world: GenieWorld, tmp_path: Path) -> None:
    world.start_recording("[look_0]", 10, [HEAD, HAND])
    world.set_gripper_state("open", "right")
    world.set_gripper_state("close", "right")
    world.stop_recording()
    scene = world.scene
    with open_renderer(scene.model, "auto", 64, 40) as renderer:
        expected = renderer.render(scene.data, scene.scene.cameras[HEAD])
    world.task_status(True, [])
    folder = tmp_path / "out" / "[look_0]"
    last = max(int(path.name) for path in (folder / "camera").iterdir())
    head = np.asarray(Image.open(folder / "camera" / str(last) / "head_color.jpg"), float)
    assert head.shape == (40, 64, 3)
    assert np.abs(head - expected).mean() < 6  # JPEG
    depth = np.asarray(Image.open(folder / "camera" / str(last) / "head_depth.png"), float) / 1000
    assert 0.3 < np.median(depth[depth > 0]) < 4.0
    hands = [np.asarray(Image.open(folder / "camera" / str(k) / "hand_right_color.jpg"), float) for k in (1, last)]
    assert np.abs(hands[0] - hands[1]).mean() > 1  # the fingers closed
    info = _read(folder, "parameters/sensor/intrinsic_head_front_rgb.json")
    assert info["Cx"] == 32.0


def test_a_failed_task_leaves_no_folder(world: GenieWorld, tmp_path: Path) -> None:
    world.start_recording("[lift_0]", 30, [])
    world.set_gripper_state("open", "right")
    world.stop_recording()
    assert world.task_status(False, [0, -1]) == "False"
    assert list((tmp_path / "out").iterdir()) == []


def test_a_second_episode_of_a_name_gets_a_number(world: GenieWorld, tmp_path: Path) -> None:
    for _ in range(2):
        world.start_recording("[lift_0]", 30, [])
        world.set_gripper_state("open", "right")
        world.stop_recording()
        world.task_status(True, [])
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["[lift_0]", "[lift_0]1"]


def test_a_rewound_span_is_cut_out_and_time_goes_on_from_the_stored_state(world: GenieWorld, tmp_path: Path) -> None:
    world.start_recording("[retry_0]", 30, [])
    world.set_gripper_state("open", "right")
    world.store_current_state("stage_0")
    stored = float(world.scene.data.time)
    world.set_frame_state('{"action": "wrong"}')
    world.set_gripper_state("close", "right")
    assert world.playback("stage_0") == "success"
    world.set_frame_state('{"action": "right"}')
    world.set_gripper_state("close", "left")
    world.stop_recording()
    world.task_status(True, [])
    folder = tmp_path / "out" / "[retry_0]"
    with h5py.File(folder / "aligned_joints_all.h5") as file:
        times = np.array(file["timestamp"])
    gaps = np.diff(times)
    assert (gaps > 0).all()
    assert gaps[:-1].max() < 0.04
    assert times[0] < stored < times[-1]
    assert [item["frame_state"] for item in _read(folder, "frame_state.json")] == [{"action": "right"}]
    assert _read(folder, "task_result.json")["playback_times"] == 1
    with h5py.File(folder / "aligned_joints_all.h5") as file:
        names = [name.decode() if isinstance(name, bytes) else name for name in file["state/joint"].attrs["name"]]
        right = np.array(file["state/joint/position"])[:, names.index("idx81_gripper_r_outer_joint1")]
    assert right[-1] > 0.9  # it was never closed in what is kept


def test_one_recording_at_a_time_and_a_reset_forgets_it(world: GenieWorld, tmp_path: Path) -> None:
    world.start_recording("[lift_0]", 30, [])
    with pytest.raises(NotReadyError):
        world.start_recording("[lift_1]", 30, [])
    world.reset()
    assert world.start_recording("[lift_1]", 30, []) == "Start"
    world.close()
    assert list((tmp_path / "out").iterdir()) == []


def test_objects_added_while_recording_are_in_the_frames_that_have_them(world: GenieWorld, tmp_path: Path) -> None:
    world.start_recording("[add_0]", 30, [])
    world.set_gripper_state("open", "right")
    place = Pose.of((0.7, 0.3, TABLE_TOP_M + 0.03), UPRIGHT)
    world.add_object(CUBE, "/World/Objects/late", place, ObjectRequest("late", Path(), mass_kg=0.1))
    world.set_gripper_state("close", "right")
    world.task_status(True, [])
    frames = _read(tmp_path / "out" / "[add_0]", "state.json")["frames"]
    assert set(frames[0]["objects"]) == {"cube"}
    assert set(frames[-1]["objects"]) == {"cube", "late"}


@pytest.mark.slow
def test_the_same_calls_write_the_same_bytes(tmp_path: Path) -> None:
    digests = []
    for number in range(2):
        root = tmp_path / str(number)
        world = GenieWorld(WorldSettings(write_package(root / "assets"), root / "out"))
        world.init_robot("G2_omnipicker", BACKGROUND, Pose())
        world.start_recording("[same_0]", 30, [])
        world.linear_move(MoveRequest("right", Pose.of((0.6, -0.2, 1.0), (0, 0.5**0.5, 0.5**0.5, 0)), planned=True))
        world.task_status(True, [])
        digests.append((root / "out" / "[same_0]" / "state.json").read_bytes())
    assert digests[0] == digests[1]
