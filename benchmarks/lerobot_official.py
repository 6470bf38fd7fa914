"""Open our datasets with the official `lerobot` package and report what it made of them, as one JSON document.

    python benchmarks/lerobot_official.py --envs DIR         # builds both environments, checks synthetic datasets
    python benchmarks/lerobot_official.py --envs DIR --v3 DATASET --v21 DATASET

Environments (about 90 s and 1.5 GB each, without CUDA): lerobot 0.4.4 for v3.0 and 0.3.3 for v2.1, on Python 3.11. With
`--check DATASET` the file is run by the Python of such an environment and does the checking itself, offline.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ENVIRONMENTS = {"v3.0": ("lerobot-0.4.4", "0.4.4"), "v2.1": ("lerobot-0.3.3", "0.3.3")}
_TORCH = "torch==2.13.0"
_TORCH_PARTS = ("torchvision==0.28.0", "torchcodec==0.13.0")
_NEEDS = (
    "av>=15,<16",
    "draccus==0.10.0",
    "jsonlines",
    "einops",
    "packaging",
    "deepdiff",
    "gymnasium<1.0",
    "imageio",
    "termcolor",
    "accelerate",
    "psutil",
    "numpy<2.3",
    "opencv-python-headless",
    "pandas",
)
_DATASETS = {"v3.0": "datasets>=4,<5", "v2.1": "datasets>=2.19,<=3.6.0"}
# torchvision's compiled part needs CUDA libraries that a CPU torch lacks; without it, the schemas that its Python part
# registers kernels for must be declared by someone. A .pth file does so before any import, also in DataLoader workers.
_SHIM = """\
import importlib.abc
import sys


class _Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name == "torchvision":
            sys.meta_path.remove(self)
            import torch

            library = torch.library.Library("torchvision", "DEF")
            library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
            library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
            torch._blueprint_torchvision = library
        return None


sys.meta_path.insert(0, _Finder())
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--envs", type=Path, help="folder for the two environments")
    parser.add_argument("--v3", type=Path, help="a v3.0 dataset; default: a synthetic one")
    parser.add_argument("--v21", type=Path, help="a v2.1 dataset; default: a synthetic one")
    parser.add_argument("--strip", action="store_true", help="frames carry the bit strip of synthetic_records")
    parser.add_argument("--check", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.check:
        print(json.dumps(check(arguments.check, arguments.strip)))
        return 0
    if not arguments.envs:
        parser.error("--envs is needed")
    strip = arguments.strip
    datasets = {"v3.0": arguments.v3, "v2.1": arguments.v21}
    if not any(datasets.values()):
        datasets, strip = synthesise(arguments.envs / "synthetic"), True
    verdicts = {}
    for version, dataset in datasets.items():
        if dataset:
            python = build_environment(arguments.envs, version)
            verdicts[version] = run_check(python, dataset, strip=strip)
    print(json.dumps(verdicts, indent=2))
    return 0 if all(verdict["passed"] for verdict in verdicts.values()) else 1


def synthesise(folder: Path) -> dict[str, Path]:
    """Write three synthetic records and a dataset of each version; needs this project's own environment."""
    import shutil

    from synthetic_records import write_record

    from blueprint.datasets import write_lerobot_v3, write_lerobot_v21

    shutil.rmtree(folder, ignore_errors=True)
    words = ("put the mug on the plate", "open the drawer", "put the mug on the plate")
    records = [write_record(folder / "records", n, frames=24 + 7 * n, instruction=words[n]) for n in range(3)]
    write_lerobot_v3(records, folder / "v30", repo_id="blueprint/synthetic")
    write_lerobot_v21(records, folder / "v21", repo_id="blueprint/synthetic")
    return {"v3.0": folder / "v30", "v2.1": folder / "v21"}


def build_environment(folder: Path, version: str) -> Path:
    """Return the Python of the environment for `version`, built if it is not there yet."""
    name, release = ENVIRONMENTS[version]
    root = folder.resolve() / name
    python = root / "bin" / "python"
    done = root / ".complete"
    if done.exists():
        return python

    def pip(*words: str) -> None:
        command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *words]
        subprocess.run(command, check=True, stdout=sys.stderr)

    subprocess.run([sys.executable, "-m", "venv", "--clear", str(root)], check=True)
    pip(_TORCH)
    pip("--no-deps", *_TORCH_PARTS)
    pip(_DATASETS[version], "huggingface-hub>=0.34.2,<0.36", *_NEEDS)
    pip("--no-deps", f"lerobot=={release}")
    prepare(python)
    done.touch()
    return python


def prepare(python: Path) -> None:
    """Install the torchvision shim, and give PyAV's FFmpeg libraries the names that torchcodec looks for."""
    packages = site_packages(python)
    (packages / "torchvision_schemas.py").write_text(_SHIM)
    (packages / "torchvision_schemas.pth").write_text("import torchvision_schemas\n")
    for library in sorted((packages / "av.libs").glob("lib*.so.*")):
        match = re.fullmatch(r"(lib\w+)-[0-9a-f]+\.so\.(\d+)[\d.]*", library.name)
        if match:
            link = library.with_name(f"{match[1]}.so.{match[2]}")
            if not link.exists():
                link.symlink_to(library.name)


def site_packages(python: Path) -> Path:
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    return Path(subprocess.run([python, "-c", code], check=True, capture_output=True, text=True).stdout.strip())


def run_check(python: Path, dataset: Path, *, strip: bool) -> dict:
    """Run the check of this file in another environment, offline; the loader's cache is thrown away afterwards."""
    command = [str(python), str(Path(__file__).resolve()), "--check", str(dataset), *(["--strip"] if strip else [])]
    with tempfile.TemporaryDirectory() as home:
        environment = {
            "PATH": os.environ.get("PATH", ""),
            "HOME": home,
            "HF_HOME": home,
            "HF_HUB_OFFLINE": "1",
            "HF_DATASETS_OFFLINE": "1",
            "OMP_NUM_THREADS": "1",
            "LD_LIBRARY_PATH": str(site_packages(python) / "av.libs"),
        }
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=1200)
    if done.returncode:
        return {"passed": False, "error": done.stderr[-4000:]}
    return json.loads(done.stdout.strip().splitlines()[-1])


def check(root: Path, strip: bool) -> dict:
    """Open, decode every frame, ask for past and future frames, iterate in a DataLoader; return the verdict."""
    import lerobot
    import numpy as np
    import torch
    from lerobot.datasets.lerobot_dataset import LeRobotDataset

    started = time.perf_counter()
    own = json.loads((root / "meta" / "blueprint.json").read_text())
    fps, repo_id = own["fps"], own["repo_id"]
    cameras = [f"observation.images.{name}" for name in own["camera_names"]]
    dataset = LeRobotDataset(repo_id, root=root)
    problems: list[str] = []

    def expect(condition: bool, what: str) -> None:
        if not condition and len(problems) < 20:
            problems.append(what)

    expect(dataset.num_episodes == len(own["episodes"]), "number of episodes")
    expect(len(dataset) == sum(item["frames"] for item in own["episodes"]), "number of frames")
    index = 0
    for episode in own["episodes"]:
        for frame in range(episode["frames"]):
            row = dataset[index]
            where = f"episode {episode['episode_index']} frame {frame}"
            expect(int(row["episode_index"]) == episode["episode_index"], f"{where}: episode_index")
            expect(abs(float(row["timestamp"]) - frame / fps) < 1e-4, f"{where}: timestamp")
            expect(isinstance(row["task"], str) and bool(row["task"]), f"{where}: task {row['task']!r}")
            if own["lerobot_version"] == "v3.0":
                expect(isinstance(row["subtask"], str) and bool(row["subtask"]), f"{where}: subtask")
            expect(tuple(row["observation.state"].shape) == (len(own["state_names"]),), f"{where}: state")
            expect(tuple(row["action"].shape) == (len(own["action_names"]),), f"{where}: action")
            for number, camera in enumerate(cameras):
                image = row[camera]
                expect(image.shape[0] == 3 and image.dtype == torch.float32, f"{where}: {camera} {image.shape}")
                if strip:
                    bits = read_strip(image.permute(1, 2, 0).numpy())
                    wanted = {"frame": frame, "episode": episode["episode_index"], "camera": number}
                    expect(bits == wanted, f"{where}: {camera} shows {bits}")
            index += 1
    if "next.done" in row:  # AgiBot's own layout has no such column
        expect(bool(row["next.done"]), "the last row is not done")

    expected_stats = {"min", "max", "mean", "std", "count"}
    for key in ("observation.state", "action", *cameras):
        values = dataset.meta.stats[key]
        expect(expected_stats <= set(values), f"stats of {key}")
        expect(np.all(np.isfinite(values["mean"])) and np.all(values["min"] <= values["max"]), f"stats of {key}: range")

    deltas = {"action": [0.0, 1 / fps, 2 / fps], **{camera: [-1 / fps, 0.0] for camera in cameras}}
    windows = LeRobotDataset(repo_id, root=root, delta_timestamps=deltas)
    clear_decoders()
    first_frames = 0
    for number, episode in enumerate(own["episodes"]):
        for frame in (0, 1, episode["frames"] - 1):
            row = windows[first_frames + frame]
            expect(tuple(row["action"].shape) == (3, len(own["action_names"])), "delta action shape")
            padded = row["action_is_pad"].tolist()
            expect(padded == [frame + k >= episode["frames"] for k in range(3)], f"padding at {number}/{frame}")
            for camera in cameras if strip else []:
                shown = [read_strip(image.permute(1, 2, 0).numpy())["frame"] for image in row[camera]]
                expect(shown == [max(frame - 1, 0), frame], f"delta frames at {number}/{frame}: {shown}")
        first_frames += episode["frames"]

    clear_decoders()  # worker processes must not share the parent's open files
    loader = torch.utils.data.DataLoader(windows, batch_size=8, shuffle=True, num_workers=2)
    seen = sum(batch["action"].shape[0] for batch in loader)
    expect(seen == len(dataset), f"the DataLoader yielded {seen} rows")
    return {
        "passed": not problems,
        "lerobot": getattr(lerobot, "__version__", "?"),
        "torch": torch.__version__,
        "codebase_version": str(dataset.meta.info["codebase_version"]),
        "episodes": dataset.num_episodes,
        "frames_decoded": index * len(cameras),
        "rows": index,
        "bit_strips_checked": strip,
        "dataloader_rows": seen,
        "problems": problems,
        "seconds": round(time.perf_counter() - started, 1),
    }


def read_strip(image) -> dict[str, int]:
    """Read frame (12 bits), episode (8) and camera (4) from the 8-pixel cells on the image's top edge."""
    bits = "".join("1" if image[2:6, i * 8 + 2 : i * 8 + 6].mean() > 0.5 else "0" for i in range(24))
    return {"frame": int(bits[:12], 2), "episode": int(bits[12:20], 2), "camera": int(bits[20:], 2)}


def clear_decoders() -> None:
    """Close cached torchcodec decoders, where this release caches them."""
    from lerobot.datasets import video_utils

    cache = getattr(video_utils, "_default_decoder_cache", None)
    if cache is not None:
        cache.clear()


if __name__ == "__main__":
    sys.exit(main())
