"""Episode records with a known content: each video frame carries its frame, episode and camera number."""

from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.episode import EpisodeRecord, FailureReason, PredicateResult, Subtask, VideoInfo
from blueprint.contracts.hashing import sha256_file

FPS = 20
WIDTH_PX, HEIGHT_PX = 192, 128
CELL_PX = 8
CAMERAS = ("left", "wrist")
JOINTS = [f"joint{index}" for index in range(1, 8)]
_BITS = {"frame": 12, "episode": 8, "camera": 4}


def strip_bits(frame: int, episode: int, camera: int) -> list[int]:
    """The 24 bits of a frame: number (12), episode (8), camera (4), most significant bit first."""
    values = {"frame": frame, "episode": episode, "camera": camera}
    return [(values[name] >> bit) & 1 for name, width in _BITS.items() for bit in reversed(range(width))]


def read_strip(image: NDArray) -> dict[str, int]:
    """Read the bit strip of an (H, W, 3) image, uint8 or 0..1 float."""
    scale = 255.0 if image.dtype == np.uint8 else 1.0
    cells = [image[2 : CELL_PX - 2, i * CELL_PX + 2 : (i + 1) * CELL_PX - 2].mean() / scale > 0.5 for i in range(24)]
    result, start = {}, 0
    for name, width in _BITS.items():
        result[name] = int("".join("1" if bit else "0" for bit in cells[start : start + width]), 2)
        start += width
    return result


def picture(frame: int, episode: int, camera: int) -> NDArray[np.uint8]:
    """A gradient that moves with the frame number, with the bit strip on top."""
    x = np.arange(WIDTH_PX)[None, :]
    y = np.arange(HEIGHT_PX)[:, None]
    image = np.stack(
        [
            (x + 3 * frame) % 200 + 20 + 0 * y,
            (y * 2 + 20 * camera) % 200 + 20 + 0 * x,
            (x + y + 7 * episode) % 200 + 20,
        ],
        axis=2,
    ).astype(np.uint8)
    for index, bit in enumerate(strip_bits(frame, episode, camera)):
        image[:CELL_PX, index * CELL_PX : (index + 1) * CELL_PX] = 255 * bit
    return image


def trajectory(frames: int, phase: float = 0.0) -> dict[str, NDArray]:
    """A smooth arm motion and one resting object: arrays as `contracts.episode.ARRAYS` describes them."""
    time = np.arange(frames + 1) / FPS
    swing = np.sin(2 * np.pi * 0.25 * time[:, None] + phase + np.arange(7)[None, :] * 0.3)
    joints, speed = 0.4 * swing, np.gradient(0.4 * swing, 1 / FPS, axis=0)
    opening = 0.04 + 0.03 * np.cos(2 * np.pi * 0.2 * time)
    fingers = np.stack([opening / 2, opening / 2], 1)
    free = np.tile([0.5, 0.1, 0.8, 1.0, 0.0, 0.0, 0.0], (frames + 1, 1))
    qpos = np.concatenate([free, joints, fingers], 1)
    qvel = np.concatenate([np.zeros((frames + 1, 6)), speed, np.gradient(fingers, 1 / FPS, axis=0)], 1)
    state = np.concatenate([joints, opening[:, None]], 1).astype(np.float32)
    position = np.stack([0.4 + 0.1 * np.sin(time), 0.1 * np.cos(time), 0.3 + 0.05 * np.sin(2 * time)], 1)
    return {
        "time": time,
        "qpos": qpos,
        "qvel": qvel,
        "state": state,
        "action": state[1:].copy(),
        "ee_pose": np.concatenate([position, np.tile([0.0, 1.0, 0.0, 0.0], (frames + 1, 1))], 1).astype(np.float32),
        "contact_force": np.abs(5 * np.sin(time)).astype(np.float32),
        "subtask": (np.arange(frames) >= frames // 2).astype(np.int64),
    }


def encode(path: Path, images: list[NDArray[np.uint8]], fps: int = FPS, gop: int = 2, b_frames: int = 0) -> None:
    """Write H.264 as the episode recorder does: yuv420p, one frame every 1/fps."""
    import av

    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=fps)
        stream.width, stream.height = images[0].shape[1], images[0].shape[0]
        stream.pix_fmt = "yuv420p"
        stream.options = {"preset": "veryfast", "crf": "20", "g": str(gop), "bf": str(b_frames), "threads": "1"}
        for index, image in enumerate(images):
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts, frame.time_base = index, Fraction(1, fps)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def write_record(
    root: Path,
    number: int,
    *,
    frames: int = 24,
    success: bool = True,
    instruction: str = "put the mug on the plate",
    cameras: tuple[str, ...] = CAMERAS,
    arrays: dict[str, NDArray] | None = None,
    images: dict[str, list[NDArray[np.uint8]]] | None = None,
    gop: int = 2,
    b_frames: int = 0,
) -> Path:
    """Write `root/episode_NNNN/` and return it; the defaults make a record that passes every check."""
    folder = root / f"episode_{number:04d}"
    folder.mkdir(parents=True)
    arrays = arrays or trajectory(frames, phase=0.1 * number)
    np.savez(folder / "trajectory.npz", **arrays)
    videos = []
    if success:
        for index, camera in enumerate(cameras):
            pictures = (images or {}).get(camera) or [picture(t, number, index) for t in range(frames)]
            encode(folder / f"{camera}.mp4", pictures, gop=gop, b_frames=b_frames)
            histogram = np.stack([np.bincount(np.stack(pictures)[..., c].ravel(), minlength=256) for c in range(3)])
            np.savez(folder / f"{camera}.stats.npz", histogram=histogram.astype(np.int64))
            height, width = pictures[0].shape[:2]
            videos.append(
                VideoInfo(
                    camera=camera,
                    file=f"{camera}.mp4",
                    width_px=width,
                    height_px=height,
                    frames=frames,
                    codec="h264",
                    renderer="synthetic",
                )
            )
    write_record_json(folder, number, frames, success, instruction, videos)
    return folder


def write_record_json(
    folder: Path, number: int, frames: int, success: bool, instruction: str, videos: list[VideoInfo]
) -> None:
    """Write `record.json` with the hashes of the files that are there."""
    names = sorted(path.name for path in folder.iterdir() if path.name != "record.json")
    EpisodeRecord(
        episode_id=folder.name,
        scene_id="kitchen_001",
        task_id="kitchen_001::pick_place::mug_1",
        task_type="pick_place",
        instruction=instruction,
        embodiment="panda",
        variation_id=f"variation_{number}",
        seed=number,
        fps=FPS,
        timestep_s=0.002,
        frames=frames,
        success=success,
        failure_reason=None if success else FailureReason.GRASP_MISSED,
        failure_detail=None if success else "the gripper closed on nothing",
        predicates=[PredicateResult(predicate="on(mug_1, plate_1)", satisfied=success, measured="2 contacts")],
        subtasks=[
            Subtask(name="pick", instruction="pick up the mug", start=0, end=frames // 2),
            Subtask(name="place", instruction="place it on the plate", start=frames // 2, end=frames),
        ],
        videos=videos,
        state_names=[*JOINTS, "gripper_opening"],
        action_names=[*JOINTS, "gripper_opening"],
        hashes={name: sha256_file(folder / name) for name in names},
        versions={"mujoco": "4.0.0"},
    ).write(folder / "record.json")
