"""What real recorders do to their data, and what is made of it."""

import json
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from synthetic_episode import FPS, G2, cameras, sample, write_episode

from blueprint.contracts.errors import ContractError
from blueprint.contracts.geniesim.raw_episode import (
    G1_JOINTS,
    G2_JOINTS,
    depth_units_per_metre,
    gripper_action,
    gripper_state,
)
from blueprint.contracts.geniesim.vectors import STATE_FIELDS, field_descriptions, select_fields
from blueprint.quality.geniesim.convert import action_vectors, state_vectors
from blueprint.quality.geniesim.motion import judge_motion, velocity_limits
from blueprint.quality.geniesim.reader import read_raw_episode
from blueprint.quality.geniesim.refusal import EpisodeRefusedError
from blueprint.sim.geniesim.recorder import EpisodeWriter

ALL = "aligned_joints_all.h5"


def test_our_commands_are_kept_and_the_copied_end_pose_is_rebuilt(g2_episode: Path) -> None:
    episode = read_raw_episode(g2_episode)
    motion = judge_motion(episode)
    arms = episode.columns.joint(G2_JOINTS.arms)
    assert episode.ours
    np.testing.assert_array_equal(motion.command[:, arms], episode.columns.command[:, arms])
    np.testing.assert_array_equal(motion.end_position[:-1], episode.columns.end_position[1:])
    assert motion.notes == ("action/end is a copy of state/end: rebuilt from the next state",)


def test_actions_that_repeat_the_state_are_rebuilt_from_the_next_state(
    g2_episode: Path, copy_of: Callable[[Path], Path]
) -> None:
    folder = copy_of(g2_episode)
    with h5py.File(folder / ALL, "r+") as file:
        del file["action/joint"].attrs["commanded"]
        file["action/joint/position"][:] = file["state/joint/position"][:]
    episode = read_raw_episode(folder)
    motion = judge_motion(episode)
    arms = episode.columns.joint(G2_JOINTS.arms)
    np.testing.assert_array_equal(motion.command[:-1, arms], episode.columns.position[1:, arms])
    assert any("action rebuilt from the next state" in note and "idx21_arm_l_joint1" in note for note in motion.notes)


def test_a_gripper_whose_command_stands_still_while_it_moves_is_rebuilt(
    g2_episode: Path, copy_of: Callable[[Path], Path]
) -> None:
    folder = copy_of(g2_episode)
    with h5py.File(folder / ALL, "r+") as file:
        del file["action/joint"].attrs["commanded"]
        column = list(file["state/joint"].attrs["name"]).index(G2_JOINTS.left_effector)
        file["action/joint/position"][:, column] = np.nan
    episode = read_raw_episode(folder)
    action = action_vectors(episode, judge_motion(episode))
    assert action[0, 0] == 0.0
    assert action[-1, 0] == 1.0


@pytest.mark.parametrize(("jump", "first"), [(0.0, 0), (1.0, 20)])
def test_a_cut_by_playback_is_kept_where_joints_go_on_and_splits_where_they_jump(
    g2_episode: Path, copy_of: Callable[[Path], Path], jump: float, first: int
) -> None:
    folder = copy_of(g2_episode)
    with h5py.File(folder / ALL, "r+") as file:
        file["timestamp"][20:] = file["timestamp"][20:] + 2.0
        low, high = float(file["timestamp"][19]), float(file["timestamp"][20])
        for side in ("state", "action"):
            file[f"{side}/joint/position"][20:] += jump
    state = json.loads((folder / "state.json").read_text())
    for frame in state["frames"][20:]:
        frame["time_stamp"] += 2.0
    (folder / "state.json").write_text(json.dumps(state))
    recording = json.loads((folder / "recording_info.json").read_text())
    recording["playback_timerange"] = [[low + 0.01, high - 0.01]]
    (folder / "recording_info.json").write_text(json.dumps(recording))
    motion = judge_motion(read_raw_episode(folder))
    assert (motion.first, motion.last) == (first, 45)
    assert "2.033 s cut by playback" in motion.notes[0]


def test_the_recorder_cuts_what_playback_took_back(tmp_path: Path) -> None:
    writer = EpisodeWriter(tmp_path / "[cut_0]", G2, "cut_0", FPS, cameras())
    for k in range(30):
        writer.add(sample(G2, k, 60))
    writer.cut_from(1.0 + 20 / FPS)
    for k in range(20, 40):
        again = sample(G2, k, 60)
        writer.add(type(again)(**{**again.__dict__, "time_s": again.time_s + 1.0}))
    episode = read_raw_episode(writer.finish(task_status=True))
    assert episode.frames == 40
    assert episode.cuts == ((1.0 + 20 / FPS, 1.0 + 29 / FPS),)
    motion = judge_motion(episode)
    assert motion.first == 0
    assert "the joints go on" in motion.notes[0]


@pytest.mark.parametrize("robot", ["g2", "g1"])
def test_both_robots_give_159_and_40_dimensions_by_joint_name(robot: str, g2_episode: Path, g1_episode: Path) -> None:
    joints = G2_JOINTS if robot == "g2" else G1_JOINTS
    episode = read_raw_episode(g2_episode if robot == "g2" else g1_episode)
    state, action = state_vectors(episode), action_vectors(episode, judge_motion(episode))
    assert state.shape == (episode.frames, 159)
    assert action.shape == (episode.frames, 40)
    columns = episode.columns
    np.testing.assert_allclose(state[:, 30:44], columns.position[:, columns.joint(joints.arms)], atol=1e-6)
    np.testing.assert_allclose(state[:, 75 : 75 + len(joints.waist)], columns.position[:, columns.joint(joints.waist)])
    assert not state[:, 75 + len(joints.waist) : 80].any()
    assert state[0, 0] == pytest.approx(0.0, abs=1e-4)
    assert state[-1, 0] == pytest.approx(1.28 * 120 * 0.48, rel=1e-4)
    np.testing.assert_allclose(state[0, 87:96].reshape(3, 3), np.diag([1, -1, -1]), atol=1e-6)
    np.testing.assert_allclose(state[0, 153:156], [0.1, 0.0, 1.4], atol=1e-6)


def test_the_g1_recorder_without_values_for_its_last_joints_is_read(
    g1_episode: Path, copy_of: Callable[[Path], Path]
) -> None:
    folder = copy_of(g1_episode)
    with h5py.File(folder / ALL, "r+") as file:
        for side in ("state", "action"):
            for name in ("position", "velocity", "effort"):
                values = file[f"{side}/joint/{name}"][:, :30]
                del file[f"{side}/joint/{name}"]
                file[f"{side}/joint/{name}"] = values
    assert read_raw_episode(folder).columns.position.shape == (24, 30)


def test_gripper_scales() -> None:
    np.testing.assert_allclose(gripper_state(np.array([0.78, 0.9, 0.0])), [0, 0, 1.28 * 120 * 0.78])
    np.testing.assert_allclose(gripper_action(np.array([0.95, 0.75, 0.675, 0.6, 0.0])), [0, 0, 0.5, 1, 1])


def test_depth_is_in_millimetres_for_the_head_and_tenths_for_the_hands(g2_episode: Path) -> None:
    from PIL import Image

    for camera, units in (("head", 1000), ("hand_left", 10000)):
        levels = np.asarray(Image.open(g2_episode / "camera" / "0" / f"{camera}_depth.png"))
        assert depth_units_per_metre(camera) == units
        assert levels[-1, -1] == 0.5 * units
        assert levels[0, 0] == 0


def test_state_vectors_of_159_and_183_are_told_apart_by_their_descriptions() -> None:
    rng = np.random.default_rng(0)
    narrow = rng.random((3, 159), np.float32)
    wide = np.concatenate([rng.random((3, 24), np.float32), narrow], axis=1)
    own = field_descriptions(STATE_FIELDS)
    shifted = {k: {**v, "indices": [i + 24 for i in v["indices"]]} for k, v in own.items()}
    np.testing.assert_array_equal(select_fields(narrow, own, STATE_FIELDS), narrow)
    np.testing.assert_array_equal(select_fields(wide, shifted, STATE_FIELDS), narrow)
    with pytest.raises(ContractError, match="not columns of a vector of 159"):
        select_fields(narrow, shifted, STATE_FIELDS)


def test_velocity_limits_are_the_robots() -> None:
    limits = velocity_limits(G2_JOINTS)
    assert set(limits) == {*G2_JOINTS.arms, *G2_JOINTS.head, *G2_JOINTS.waist}
    assert all(0 < limit < 20 for limit in limits.values())


def test_time_that_runs_backwards_is_refused(g2_episode: Path, copy_of: Callable[[Path], Path]) -> None:
    folder = copy_of(g2_episode)
    with h5py.File(folder / ALL, "r+") as file:
        file["timestamp"][20] = file["timestamp"][18]
    with pytest.raises(EpisodeRefusedError):
        judge_motion(read_raw_episode(folder))


def test_an_episode_shorter_than_ten_frames_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EpisodeRefusedError, match="too_short"):
        read_raw_episode(write_episode(tmp_path / "[short_0]", frames=6))
