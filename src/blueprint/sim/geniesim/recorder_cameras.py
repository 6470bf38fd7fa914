"""The cameras of a raw episode: pictures of a frame, and what is known of the cameras themselves."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from blueprint.contracts.document import write_atomically
from blueprint.contracts.errors import InputError
from blueprint.contracts.geniesim.raw_episode import (
    CameraImage,
    FrameSample,
    RecordedCamera,
    depth_units_per_metre,
    sensor_name,
)

__all__ = ["camera_info", "write_pictures", "write_sensors"]

_JPEG_QUALITY = 95


def write_pictures(folder: Path, cameras: Sequence[RecordedCamera], sample: FrameSample) -> None:
    """Write a frame's pictures into a new folder; raises InputError, before anything is written, where one is missing
    or of another size."""
    images = {camera.name: _fitting(camera, sample.images.get(camera.name)) for camera in cameras}
    folder.mkdir()
    stamps = {}
    for name, (color, levels) in images.items():
        Image.fromarray(color).save(folder / f"{name}_color.jpg", quality=_JPEG_QUALITY)
        stamps[f"{name}_color"] = sample.time_s
        if levels is not None:
            Image.fromarray(levels).save(folder / f"{name}_depth.png", compress_level=1)
            stamps[f"{name}_depth"] = sample.time_s
    (folder / "time_stamp.json").write_text(json.dumps(stamps, indent=4))


def camera_info(cameras: Sequence[RecordedCamera]) -> dict[str, Any]:
    """Return the `cameras` of state.json. Intrinsics are text: AgiBot's recorder stores what USD attributes print."""
    return {
        camera.name: {
            "intrinsic": {
                "model": "opencvPinhole",
                "cx": str(camera.cx_px),
                "cy": str(camera.cy_px),
                "fx": str(camera.fx_px),
                "fy": str(camera.fy_px),
                "imageSize": f"({camera.width_px}, {camera.height_px})",
                **dict.fromkeys(("k1", "k2", "k3", "p1", "p2"), "0.0"),
            },
            "output": {
                "rgb": f"camera/{{frame_num}}/{camera.name}_color.jpg",
                "video": f"{camera.name}_color.mp4",
                **({"depth": f"camera/{{frame_num}}/{camera.name}_depth.png"} if camera.depth else {}),
            },
        }
        for camera in cameras
    }


def write_sensors(sensors: Path, cameras: Sequence[RecordedCamera], state: Path) -> None:
    """Write intrinsics, and per frame of `state` (state.json, a frame a line) the cameras in the robot's base frame."""
    sensors.mkdir(parents=True)
    for camera in cameras:
        name = sensor_name(camera.name)
        intrinsic = {"Fx": camera.fx_px, "Fy": camera.fy_px, "Cx": camera.cx_px, "Cy": camera.cy_px}
        intrinsic |= dict.fromkeys(("k1", "k2", "p1", "p2", "k3"), 0.0)
        files = [name.replace("rgbd", kind) for kind in ("rgb", "depth")] if "rgbd" in name else [name]
        for file in files:
            write_atomically(sensors / f"intrinsic_{file}.json", json.dumps(intrinsic, indent=4).encode())
    _write_extrinsics(sensors, cameras, state)


def _write_extrinsics(sensors: Path, cameras: Sequence[RecordedCamera], state: Path) -> None:
    files = {
        camera.name: (sensors / f"extrinsic_end_T_{sensor_name(camera.name)}_aligned.json").open("w")
        for camera in cameras
    }
    try:
        with state.open("rb") as lines:
            first = True
            for line in lines:
                if not line.startswith(b'{"time_stamp"'):
                    continue
                frame = json.loads(line.rstrip(b",\n"))
                base = np.linalg.inv(np.array(frame["robot"]["pose"]))
                for name, out in files.items():
                    pose = base @ np.array(frame["cameras"][name]["pose"])
                    out.write(("[" if first else ",") + json.dumps(_extrinsic(pose)))
                first = False
        for out in files.values():
            out.write("]\n")
    finally:
        for out in files.values():
            out.close()


def _extrinsic(pose: NDArray[np.float64]) -> dict[str, Any]:
    """What AgiBot's recorder writes, and beside it the keys that AgiBot's converter to LeRobot looks for."""
    rotation, translation = pose[:3, :3].tolist(), pose[:3, 3].tolist()
    return {
        "extrinsic": {"rotation_matrix": rotation, "translation_vector": translation},
        "rotation": rotation,
        "translation": translation,
    }


def _fitting(camera: RecordedCamera, image: CameraImage | None) -> tuple[NDArray[np.uint8], NDArray[np.uint16] | None]:
    """Return a camera's picture and its depth in the file's units; raises InputError where they do not fit it."""
    size = (camera.height_px, camera.width_px)
    if image is None or image.color.shape != (*size, 3) or image.color.dtype != np.uint8:
        shape = None if image is None else image.color.shape
        raise InputError(f"camera {camera.name}: a picture of {shape}, expected {(*size, 3)} uint8.")
    if not camera.depth:
        return image.color, None
    if image.depth_m is None or image.depth_m.shape != size:
        raise InputError(f"camera {camera.name}: its depth picture is missing or of another size.")
    return image.color, _depth_levels(image.depth_m, depth_units_per_metre(camera.name))


def _depth_levels(depth_m: NDArray[np.float32], units_per_metre: float) -> NDArray[np.uint16]:
    """Return depth in the file's units; what was not hit or does not fit in 16 bit is 0."""
    with np.errstate(invalid="ignore"):
        levels = np.rint(np.asarray(depth_m, np.float64) * units_per_metre)
    return np.where((levels > 0) & (levels <= 65535), levels, 0).astype(np.uint16)
