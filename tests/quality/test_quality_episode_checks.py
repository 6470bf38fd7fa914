import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from synthetic_records import CAMERAS, picture, trajectory, write_record

from blueprint.contracts.episode import FailureReason
from blueprint.quality.certificate import WEIGHTS, certify_episode, data_hash
from blueprint.quality.episode_checks import EpisodeLimits, check_episode, limits_of
from blueprint.robots.embodiment import load_embodiment

LIMITS = EpisodeLimits(
    position={f"joint{i}": (-2.9, 2.9) for i in range(1, 8)} | {"gripper_opening": (-0.005, 0.085)},
    velocity={f"joint{i}": 2.6 for i in range(1, 8)},
    acceleration={f"joint{i}": 15.0 for i in range(1, 8)},
    cameras=CAMERAS,
)


def failed_names(folder: Path, limits: EpisodeLimits = LIMITS) -> list[str]:
    return [check.name for check in check_episode(folder, limits=limits).failed]


def rewrite(folder: Path, **changes: object) -> None:
    fields = json.loads((folder / "record.json").read_text()) | changes
    (folder / "record.json").write_text(json.dumps(fields))


def with_arrays(tmp_path: Path, **changes: object) -> Path:
    arrays = trajectory(24)
    for name, change in changes.items():
        arrays[name] = change(arrays[name].copy())  # type: ignore[operator]
    return write_record(tmp_path, 1, frames=24, arrays=arrays)


def put(index: tuple, value: float):
    def change(array: np.ndarray) -> np.ndarray:
        array[index] = value
        return array

    return change


def test_a_sound_record_passes_every_check(tmp_path: Path):
    quality = check_episode(write_record(tmp_path, 1), limits=LIMITS)
    assert quality.failed == []
    assert quality.failure is None
    assert len(quality.checks) > 20


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"state": put((5, 2), np.nan)}, "finite"),
        ({"qvel": put((5, 2), np.inf)}, "finite"),
        ({"time": put((7,), 0.2)}, "time"),
        ({"state": put((slice(None), 0), 3.2), "action": put((slice(None), 0), 3.2)}, "joint_limits"),
        ({"qpos": put((slice(10, None), 0), 1.5)}, "jumps"),
        ({"state": put((slice(10, None), 3), 2.5)}, "joint_speed"),
        ({"qpos": put((5, 0), 1.7e308)}, "jumps"),
        ({"time": put((24,), 1.7e308)}, "time"),
        ({"subtask": put((3,), 1)}, "subtasks.column"),
    ],
)
def test_broken_arrays_are_named(tmp_path: Path, changes: dict, name: str):
    assert name in failed_names(with_arrays(tmp_path, **changes))


def test_a_tumbling_object_is_no_teleport(tmp_path: Path):
    angle = np.arange(25) * 1.5  # half turns of 30 rad/s, as a rolling can has them
    arrays = trajectory(24)
    arrays["qpos"][:, 3] = np.cos(angle / 2)
    arrays["qpos"][:, 4] = np.sin(angle / 2)
    assert failed_names(write_record(tmp_path, 1, arrays=arrays)) == []


def test_a_wrong_dtype_and_a_wrong_length_are_both_listed(tmp_path: Path):
    folder = with_arrays(tmp_path, state=lambda a: a.astype(np.float64), action=lambda a: a[:-1])
    failure = check_episode(folder, limits=LIMITS).failure
    assert failure is not None
    assert "state is float64, expected float32" in failure[1]
    assert "action has shape (23, 8)" in failure[1]


def test_a_changed_file_does_not_match_its_hash(tmp_path: Path):
    folder = write_record(tmp_path, 1)
    with (folder / "left.mp4").open("ab") as stream:
        stream.write(b"x")
    assert failed_names(folder) == ["hashes"]


def test_a_record_without_a_trajectory_hash_is_refused(tmp_path: Path):
    folder = write_record(tmp_path, 1)
    rewrite(folder, hashes={})
    assert failed_names(folder) == ["hashes.trajectory"]


def test_a_pickle_in_the_trajectory_is_refused_and_not_executed(tmp_path: Path):
    class Bomb:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "exploded",))

    folder = write_record(tmp_path, 1)
    np.savez(folder / "trajectory.npz", state=np.array([Bomb()], dtype=object))
    assert "arrays" in failed_names(folder)
    assert not (tmp_path / "exploded").exists()


def test_a_zip_bomb_is_refused_before_it_is_expanded(tmp_path: Path):
    folder = write_record(tmp_path, 1)
    content = io.BytesIO()
    np.save(content, np.zeros(8_000_000))
    with zipfile.ZipFile(folder / "trajectory.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("state.npy", content.getvalue())
    failure = check_episode(folder, limits=LIMITS).failure
    assert failure is not None
    assert "expands to 64000128 bytes" in failure[1]


def test_a_truncated_trajectory_is_refused(tmp_path: Path):
    folder = write_record(tmp_path, 1)
    data = (folder / "trajectory.npz").read_bytes()
    (folder / "trajectory.npz").write_bytes(data[: len(data) // 2])
    assert "arrays" in failed_names(folder)


@pytest.mark.parametrize("name", ["../secret.mp4", "/etc/hostname", "a\\b.mp4"])
def test_a_video_outside_the_record_is_not_opened(tmp_path: Path, name: str):
    folder = write_record(tmp_path, 1)
    videos = json.loads((folder / "record.json").read_text())["videos"]
    videos[0]["file"] = name
    rewrite(folder, videos=videos)
    quality = check_episode(folder, limits=LIMITS)
    assert any("not a plain file name" in check.message for check in quality.failed)


def test_a_link_out_of_the_record_is_not_followed(tmp_path: Path):
    folder = write_record(tmp_path / "records", 1)
    (tmp_path / "outside.mp4").write_bytes((folder / "left.mp4").read_bytes())
    (folder / "left.mp4").unlink()
    (folder / "left.mp4").symlink_to(tmp_path / "outside.mp4")
    assert "video.left" in failed_names(folder)


def test_a_missing_video_and_a_missing_camera_are_render_failures(tmp_path: Path):
    folder = write_record(tmp_path, 1)
    (folder / "wrist.mp4").unlink()
    rewrite(
        folder, hashes={"trajectory.npz": json.loads((folder / "record.json").read_text())["hashes"]["trajectory.npz"]}
    )
    quality = check_episode(folder, limits=LIMITS)
    assert quality.failure is not None
    assert quality.failure[0] is FailureReason.RENDER_FAILED
    assert failed_names(write_record(tmp_path, 2, cameras=("left",))) == ["video"]


def test_black_frames_are_found(tmp_path: Path):
    images = [picture(t, 1, 0) for t in range(24)]
    images[10] = np.zeros_like(images[0])
    assert "video.left.black" in failed_names(write_record(tmp_path, 1, images={"left": images}))


def test_a_camera_that_froze_while_the_arm_moved_is_found(tmp_path: Path):
    images = [picture(min(t, 8), 1, 0) for t in range(24)]
    assert failed_names(write_record(tmp_path, 1, images={"left": images})) == ["video.left.frozen"]


def test_a_still_picture_of_a_still_arm_is_right(tmp_path: Path):
    arrays = trajectory(24)
    for name in ("state", "qpos", "ee_pose"):
        arrays[name][:] = arrays[name][0]
    arrays["action"][:] = arrays["state"][0]
    images = {camera: [picture(3, 1, i)] * 24 for i, camera in enumerate(CAMERAS)}
    assert failed_names(write_record(tmp_path, 1, arrays=arrays, images=images)) == []


def test_a_wrist_whose_own_arm_rests_may_show_a_still_picture(tmp_path: Path):
    arrays = trajectory(24)
    for name in ("state", "action"):
        arrays[name][:, 0] = 0.0  # the wrist's arm is joint1 alone here, the others are another arm's
    arrays["qpos"][:, 7] = 0.0
    images = {"wrist": [picture(3, 1, 0)] * 24}
    folder = write_record(tmp_path, 1, arrays=arrays, images=images)
    assert failed_names(folder) == ["video.wrist.frozen"]
    assert failed_names(folder, replace(LIMITS, moved_by={"wrist": frozenset({"joint1"})})) == []
    assert failed_names(folder, replace(LIMITS, moved_by={"wrist": frozenset({"joint2"})})) == ["video.wrist.frozen"]


def test_a_wrist_camera_is_moved_by_its_own_arm():
    moved_by = limits_of(load_embodiment("primitive_bimanual")).moved_by
    assert set(moved_by) == {"wrist_left", "wrist_right"}
    assert all(name.startswith("left/") for name in moved_by["wrist_left"])
    assert limits_of(load_embodiment("primitive_mobile")).moved_by["wrist"] > {"base_x.pos", "joint1.pos"}


def test_a_video_of_another_length_or_another_scene_is_found(tmp_path: Path):
    short = write_record(tmp_path, 1, images={"left": [picture(t, 1, 0) for t in range(20)]})
    assert "video.left.frames" in failed_names(short)
    other = write_record(tmp_path, 2)
    np.savez(other / "left.stats.npz", histogram=np.eye(3, 256, 250, dtype=np.int64) * 192 * 128 * 24)
    assert "video.left.brightness" in failed_names(other)


def test_subtasks_must_cover_every_frame(tmp_path: Path):
    folder = write_record(tmp_path, 1)
    subtasks = json.loads((folder / "record.json").read_text())["subtasks"]
    subtasks[1]["end"] = 20
    rewrite(folder, subtasks=subtasks)
    assert "subtasks.cover" in failed_names(folder)


def test_a_success_needs_satisfied_predicates_and_a_failure_a_reason(tmp_path: Path):
    folder = write_record(tmp_path, 1)
    rewrite(folder, predicates=[])
    assert failed_names(folder) == ["predicates.recorded"]
    rewrite(folder, predicates=[{"predicate": "on(a, b)", "satisfied": False, "measured": "0"}])
    assert failed_names(folder) == ["predicates.satisfied"]
    lost = write_record(tmp_path, 2, success=False)
    assert failed_names(lost) == []
    fields = json.loads((lost / "record.json").read_text())
    del fields["failure_reason"]
    (lost / "record.json").write_text(json.dumps(fields))
    assert failed_names(lost) == ["failure"]


def test_a_record_in_a_folder_of_another_name_is_refused(tmp_path: Path):
    folder = write_record(tmp_path, 1)
    folder.rename(tmp_path / "episode_0002")
    assert failed_names(tmp_path / "episode_0002") == ["record"]


def test_limits_come_from_the_embodiment_by_its_state_names():
    panda = load_embodiment("panda")
    limits = limits_of(panda)
    assert set(limits.position) == set(panda.state_names)
    assert limits.position["joint4.pos"] == pytest.approx((-3.0918, -0.0498))
    assert limits.position["gripper.opening"] == pytest.approx((-0.005, 0.085))


def test_the_certificate_holds_measured_figures_only(tmp_path: Path):
    frames = 40
    arrays = trajectory(frames)
    arrays["ee_pose"][:, 0] = np.linspace(0.3, 0.7, frames + 1)
    arrays["ee_pose"][:, 1:3] = 0.2
    arrays["contact_force"][:] = 5.0
    folder = write_record(tmp_path, 1, frames=frames, arrays=arrays)
    quality = check_episode(folder, limits=LIMITS)
    made = certify_episode(quality, data_hash(folder), failure=None, replayed=True, limits=LIMITS)
    assert made.trajectory_metrics is not None
    assert made.trajectory_metrics.trajectory_length_meters == pytest.approx(0.4, abs=1e-5)
    assert made.trajectory_metrics.path_efficiency == pytest.approx(1.0, abs=1e-5)
    assert made.trajectory_metrics.tracking_error_rms == 0.0
    assert made.trajectory_metrics.velocity_violations == 0
    assert made.sim2real_metrics is not None
    assert made.sim2real_metrics.max_contact_force_newtons == 5.0
    assert made.sim2real_metrics.episode_duration_seconds == frames / 20
    assert made.overall_quality_score == 1.0

    unreplayed = certify_episode(quality, "x", failure=None, replayed=None)
    assert unreplayed.task_metrics is None
    assert "diversity" not in WEIGHTS


def test_jerk_of_a_cubic_motion_is_its_third_derivative(tmp_path: Path):
    arrays = trajectory(24)
    arrays["state"][:] = (0.5 * arrays["time"][:, None] ** 3).astype(np.float32) * np.ones(8, np.float32)
    record = write_record(tmp_path, 1, arrays=arrays)
    quality = check_episode(record)
    made = certify_episode(quality, "x", failure=None, replayed=None)
    assert made.trajectory_metrics is not None
    assert made.trajectory_metrics.mean_jerk == pytest.approx(3.0, rel=0.01)


def test_an_unreadable_record_has_a_certificate_without_figures(tmp_path: Path):
    folder = tmp_path / "episode_0001"
    folder.mkdir()
    (folder / "record.json").write_text("{")
    quality = check_episode(folder)
    made = certify_episode(quality, data_hash(folder), failure=quality.failure, replayed=None)
    assert not made.accepted
    assert made.overall_quality_score is None
    assert "record.json is not valid JSON" in (made.failure_detail or "")
    assert str(tmp_path) not in made.to_json()
