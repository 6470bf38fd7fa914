"""Every way in which an episode can be unusable is fed to the import, and refused for that reason."""

import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from PIL import Image

from blueprint.contracts.errors import StorageError
from blueprint.contracts.geniesim.import_bundle import REMEDIES, RefusalReason
from blueprint.contracts.geniesim.raw_episode import G2_JOINTS
from blueprint.quality.geniesim.importer import Importer, episode_sources

Break = Callable[[Path], None]
ALL = "aligned_joints_all.h5"


def edit(name: str, **changes: object) -> Break:
    def apply(folder: Path) -> None:
        document = json.loads((folder / name).read_text())
        (folder / name).write_text(json.dumps(document | changes))

    return apply


def joints(change: Callable[[h5py.File], None]) -> Break:
    def apply(folder: Path) -> None:
        with h5py.File(folder / ALL, "r+") as file:
            change(file)

    return apply


def arm(file: h5py.File) -> int:
    return list(file["state/joint"].attrs["name"]).index("idx21_arm_l_joint1")


def set_nan(file: h5py.File) -> None:
    file["state/joint/position"][7, arm(file)] = np.nan


def set_teleport(file: h5py.File) -> None:
    for side in ("state", "action"):
        file[f"{side}/joint/position"][20:, arm(file)] += 0.6


def set_frozen(file: h5py.File) -> None:
    for side in ("state", "action"):
        values = file[f"{side}/joint/position"]
        values[:] = np.repeat(values[:1], len(values), axis=0)


def set_stalled(file: h5py.File) -> None:
    values = file["state/joint/position"]
    values[5:42] = np.repeat(values[5:6], 37, axis=0)
    values[42:] = np.repeat(values[5:6], len(values) - 42, axis=0)


def drop_frames(file: h5py.File) -> None:
    file["timestamp"][20:] = file["timestamp"][20:] + 1.0


def late_states(folder: Path) -> None:
    joints(drop_frames)(folder)
    document = json.loads((folder / "state.json").read_text())
    for frame in document["frames"][20:]:
        frame["time_stamp"] += 1.0
    (folder / "state.json").write_text(json.dumps(document))


def bomb(file: h5py.File) -> None:
    """A terabyte of zeros in a few kilobytes."""
    del file["state/joint/position"]
    file.create_dataset("state/joint/position", (1 << 31, 64), "f8", chunks=(1 << 10, 64), compression="gzip")


def wide_chunk(file: h5py.File) -> None:
    del file["timestamp"]
    file.create_dataset("timestamp", (45,), "f4", maxshape=(None,), chunks=(1 << 28,))


def external_link(file: h5py.File) -> None:
    del file["state/joint/effort"]
    file["state/joint/effort"] = h5py.ExternalLink("/etc/passwd", "/x")


def external_storage(file: h5py.File) -> None:
    del file["timestamp"]
    file.create_dataset("timestamp", (45,), "f4", external=[("/etc/passwd", 0, 180)])


def short_columns(file: h5py.File) -> None:
    del file["state/end/position"]
    file["state/end/position"] = np.zeros((44, 2, 3), np.float32)


def other_joints(file: h5py.File) -> None:
    names = [f"panda_joint{k}" for k in range(46)]
    del file["state/joint"].attrs["name"]
    file["state/joint"].attrs["name"] = names


def cut_file(name: str) -> Break:
    def apply(folder: Path) -> None:
        data = (folder / name).read_bytes()
        (folder / name).write_bytes(data[: len(data) // 2])

    return apply


def remove(name: str) -> Break:
    return lambda folder: shutil.rmtree(folder / name) if (folder / name).is_dir() else (folder / name).unlink()


def each_picture(name: str, make: Callable[[np.ndarray], np.ndarray], frames: range) -> Break:
    def apply(folder: Path) -> None:
        for frame in frames:
            path = folder / "camera" / str(frame) / name
            Image.fromarray(make(np.asarray(Image.open(path)))).save(path)

    return apply


def same_picture(name: str, frames: range) -> Break:
    def apply(folder: Path) -> None:
        first = (folder / "camera" / str(frames.start) / name).read_bytes()
        for frame in frames:
            (folder / "camera" / str(frame) / name).write_bytes(first)

    return apply


def last_frames_gone(folder: Path) -> None:
    for frame in range(40, 45):
        shutil.rmtree(folder / "camera" / str(frame))


def leftover_chunk(folder: Path) -> None:
    last_frames_gone(folder)
    (folder / "camera_1").mkdir()


def fewer_states(folder: Path) -> None:
    document = json.loads((folder / "state.json").read_text())
    document["frames"] = document["frames"][:30]
    (folder / "state.json").write_text(json.dumps(document))


def more_states(folder: Path) -> None:
    document = json.loads((folder / "state.json").read_text())
    document["frames"] += document["frames"][-1:]
    (folder / "state.json").write_text(json.dumps(document))


def nan_in_json(folder: Path) -> None:
    path = folder / "meta_info.json"
    path.write_text(path.read_text().replace('"task_id": 0', '"task_id": NaN'))


def deep_json(folder: Path) -> None:
    (folder / "recording_info.json").write_text('{"a":' + "[" * 100_000 + "]" * 100_000 + "}")


def link_out(folder: Path) -> None:
    (folder / "camera" / "0" / "head_color.jpg").unlink()
    (folder / "camera" / "0" / "head_color.jpg").symlink_to("/etc/passwd")


def pickle_inside(folder: Path) -> None:
    (folder / "grasp_pose.pkl").write_bytes(b"cos\nsystem\n(S'touch /tmp/owned'\ntR.")


def fifo_inside(folder: Path) -> None:
    os.mkfifo(folder / "parameters" / "pipe")


def huge_picture(folder: Path) -> None:
    Image.new("L", (5000, 2)).convert("RGB").save(folder / "camera" / "3" / "head_color.jpg")


def other_size(folder: Path) -> None:
    Image.new("RGB", (16, 16), (200, 10, 10)).save(folder / "camera" / "3" / "head_color.jpg")


def png_as_jpg(folder: Path) -> None:
    Image.new("RGB", (64, 48), (200, 10, 10)).save(folder / "camera" / "3" / "head_color.jpg", format="PNG")


def extrinsic(**changes: object) -> Break:
    def apply(folder: Path) -> None:
        path = folder / "parameters" / "sensor" / "extrinsic_end_T_hand_left_rgbd_aligned.json"
        entries = json.loads(path.read_text())
        entries[7]["extrinsic"] |= changes
        path.write_text(json.dumps(entries))

    return apply


def camera_gone(folder: Path) -> None:
    for path in folder.glob("camera/*/hand_right_color.jpg"):
        path.unlink()


def action_beyond(folder: Path) -> None:
    document = json.loads((folder / "data_info.json").read_text())
    document["label_info"]["action_config"][1]["start_frame"] = 999
    (folder / "data_info.json").write_text(json.dumps(document))


CASES: dict[str, tuple[Break, RefusalReason]] = {
    "task_status false": (edit("task_result.json", task_status=False), RefusalReason.TASK_FAILED),
    "task_status as text": (edit("task_result.json", task_status="true"), RefusalReason.TASK_FAILED),
    "no task_result": (remove("task_result.json"), RefusalReason.TRUNCATED),
    "no meta_info": (remove("meta_info.json"), RefusalReason.TRUNCATED),
    "no joints": (remove(ALL), RefusalReason.TRUNCATED),
    "no frame groups": (remove("aligned_joints.h5"), RefusalReason.TRUNCATED),
    "no pictures": (remove("camera"), RefusalReason.TRUNCATED),
    "last pictures missing": (last_frames_gone, RefusalReason.TRUNCATED),
    "extraction stopped between chunks": (leftover_chunk, RefusalReason.TRUNCATED),
    "one picture missing": (remove("camera/9/hand_left_color.jpg"), RefusalReason.TRUNCATED),
    "one depth missing": (remove("camera/9/head_depth.png"), RefusalReason.TRUNCATED),
    "a camera's pictures missing": (camera_gone, RefusalReason.TRUNCATED),
    "fewer states": (fewer_states, RefusalReason.TRUNCATED),
    "more states": (more_states, RefusalReason.WRONG_COUNT),
    "an action beyond the end": (action_beyond, RefusalReason.TRUNCATED),
    "short columns": (joints(short_columns), RefusalReason.WRONG_COUNT),
    "no extrinsics": (remove("parameters"), RefusalReason.TRUNCATED),
    "an absurd position of a camera": (extrinsic(translation_vector=[1e308, 0, 0]), RefusalReason.NOT_FINITE),
    "a camera mirrored": (extrinsic(rotation_matrix=np.diag([-1.0, 1, 1]).tolist()), RefusalReason.INVALID_DATA),
    "frames dropped": (late_states, RefusalReason.DROPPED_FRAMES),
    "states and joints apart": (joints(drop_frames), RefusalReason.WRONG_COUNT),
    "half an h5": (cut_file(ALL), RefusalReason.UNREADABLE),
    "half a jpg": (cut_file("camera/9/head_color.jpg"), RefusalReason.UNREADABLE),
    "half a png": (cut_file("camera/9/head_depth.png"), RefusalReason.UNREADABLE),
    "half a video": (cut_file("observations/videos/head_color.mp4"), RefusalReason.UNREADABLE),
    "a png called jpg": (png_as_jpg, RefusalReason.UNREADABLE),
    "half a state.json": (cut_file("state.json"), RefusalReason.INVALID_DOCUMENT),
    "half a data_info": (cut_file("data_info.json"), RefusalReason.INVALID_DOCUMENT),
    "NaN in a document": (nan_in_json, RefusalReason.INVALID_DOCUMENT),
    "a deep document": (deep_json, RefusalReason.INVALID_DOCUMENT),
    "another schema": (edit("state.json", schema="v5"), RefusalReason.INVALID_DOCUMENT),
    "fps as text": (edit("task_result.json", fps="30"), RefusalReason.INVALID_DOCUMENT),
    "NaN in the joints": (joints(set_nan), RefusalReason.NOT_FINITE),
    "a teleport": (joints(set_teleport), RefusalReason.TELEPORTING),
    "joints do not move": (joints(set_frozen), RefusalReason.FROZEN_JOINTS),
    "joints stop under command": (joints(set_stalled), RefusalReason.FROZEN_JOINTS),
    "a hand's picture stands still": (same_picture("hand_left_color.jpg", range(5, 30)), RefusalReason.FROZEN_PICTURES),
    "the head's picture stands still": (same_picture("head_color.jpg", range(45)), RefusalReason.FROZEN_PICTURES),
    "a black picture": (
        each_picture("head_color.jpg", np.zeros_like, range(12, 13)),
        RefusalReason.BLACK_PICTURES,
    ),
    "depth hits nothing": (each_picture("head_depth.png", np.zeros_like, range(45)), RefusalReason.NO_DEPTH),
    "infinite depth": (
        each_picture("hand_left_depth.png", lambda d: np.full_like(d, 65535), range(45)),
        RefusalReason.NO_DEPTH,
    ),
    "an h5 bomb": (joints(bomb), RefusalReason.TOO_LARGE),
    "an h5 chunk of a gigabyte": (joints(wide_chunk), RefusalReason.TOO_LARGE),
    "a huge picture": (huge_picture, RefusalReason.TOO_LARGE),
    "a picture of another size": (other_size, RefusalReason.WRONG_COUNT),
    "an h5 link out": (joints(external_link), RefusalReason.UNSAFE_FILE),
    "h5 values in another file": (joints(external_storage), RefusalReason.UNSAFE_FILE),
    "a link out": (link_out, RefusalReason.UNSAFE_FILE),
    "a pickle": (pickle_inside, RefusalReason.UNSAFE_FILE),
    "a pipe": (fifo_inside, RefusalReason.UNSAFE_FILE),
    "another robot": (edit("meta_info.json", robot_type="PANDA"), RefusalReason.UNKNOWN_ROBOT),
    "another robot's joints": (joints(other_joints), RefusalReason.UNKNOWN_ROBOT),
}


@pytest.mark.parametrize("name", list(CASES))
def test_refused_with_its_reason(name: str, g2_episode: Path, copy_of: Callable[[Path], Path], tmp_path: Path) -> None:
    break_it, reason = CASES[name]
    folder = copy_of(g2_episode)
    break_it(folder)
    importer = Importer(tmp_path / "records", tmp_path / "certificates", "kitchen")
    started = time.process_time()
    [outcome] = importer.run(episode_sources(folder.parent))
    assert time.process_time() - started < 5
    assert outcome.refusal is reason, outcome.detail
    assert str(tmp_path) not in outcome.detail
    assert not outcome.certificate.accepted
    assert not (tmp_path / "records" / outcome.source.episode_id).exists()


def test_every_reason_has_a_remedy() -> None:
    assert set(REMEDIES) == set(RefusalReason)


def test_the_same_recording_twice_is_imported_once(
    g2_episode: Path, copy_of: Callable[[Path], Path], tmp_path: Path
) -> None:
    folder = copy_of(g2_episode)
    shutil.copytree(folder, folder.with_name("again"))
    importer = Importer(tmp_path / "records", tmp_path / "certificates", "kitchen")
    outcomes = {item.source.name: item.refusal for item in importer.run(episode_sources(folder.parent))}
    assert outcomes == {"[put_cube_0]": None, "again": RefusalReason.DUPLICATE}


def test_an_untouched_episode_is_accepted(g2_episode: Path, tmp_path: Path) -> None:
    importer = Importer(tmp_path / "records", tmp_path / "certificates", "kitchen")
    [outcome] = importer.run(episode_sources(g2_episode))
    assert outcome.accepted, outcome.detail
    assert len(G2_JOINTS.state_order) == 46


def test_a_full_disk_is_no_fault_of_the_episode(
    g2_episode: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    importer = Importer(tmp_path / "records", tmp_path / "certificates", "kitchen")

    def full(*_args: object, **_kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("numpy.savez", full)
        with pytest.raises(StorageError, match="No space left"):
            list(importer.run(episode_sources(g2_episode)))
    assert not list((tmp_path / "certificates").iterdir())
    assert not list((tmp_path / "records").iterdir())
    [outcome] = Importer(tmp_path / "records", tmp_path / "certificates", "kitchen").run(episode_sources(g2_episode))
    assert outcome.accepted
