"""AgiBot's data-collection client, as it is published, against our server on a package of ours; judged by the states.

    python benchmarks/geniesim_peer.py --client CHECKOUT --python ENV_PYTHON --scene SCENE_DIR [--task put_box]

CHECKOUT is a work tree of Genie Sim, ENV_PYTHON a Python that has what its client imports (source/data_collection/
requirements.txt). The scene's package is exported anew; then the client collects every chosen template, and the last
one again on three packages that must not work: grasps 5 cm off, a target of 20 kg, no table. Its exit code says
nothing (it is 0 whatever happens); what counts is what the server recorded. Ours is 1 if a row is not as it should be.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pxr import Usd

from blueprint.contracts.geniesim.export_settings import GeniesimExportSettings
from blueprint.contracts.geniesim.grasp_file import GraspSet, npz_bytes, pickle_bytes, read_npz
from blueprint.contracts.geniesim.template import TaskTemplate
from blueprint.contracts.scene import Scene, load_scene
from blueprint.contracts.task import TaskSet
from blueprint.export.geniesim.overlay import write_overlay
from blueprint.export.geniesim.paths import ASSET_ROOT, TASKS
from blueprint.quality.geniesim.goal import verify_goal
from blueprint.quality.geniesim.reader import read_raw_episode
from blueprint.quality.geniesim.refusal import EpisodeRefusedError
from blueprint.storage.layout import TASKS as CERTIFIED_TASKS

Array = NDArray[np.float64]
WRONG_BY_M = 0.05
HEAVY_KG = 20.0
START_TIMEOUT_S, CLIENT_TIMEOUT_S = 120.0, 900.0
TELEPORT_M_S = 3.0  # no arm is as fast
STILL_M = 0.002
_PLACING = ("place", "insert")
_LAST_FRAMES = 4
_WARNING = re.compile(r"WARNING +\[[^]]*\] (\w+: [^\n]*)")  # of a stage


@dataclass(frozen=True)
class Measured:
    """What the recorded states of an episode say about its target; empty `faults` if it did what it should.

    off_goal_m: distance of its middle from the middle of where it is put, in the plane of that thing's floor; for a
    pick, from the hand · fastest_m_s: between two frames.
    """

    lifted_m: float
    carried_m: float
    off_goal_m: float
    fastest_m_s: float
    faults: list[str]


@dataclass(frozen=True)
class Row:
    """What came of a template: episodes that the client ran, those recorded as successful, those true by their states.

    `reasons`, where nothing was recorded: what checkers measured, motions that were impossible, what the client missed.
    """

    name: str
    expected: str
    template: str
    episodes: int
    recorded: int
    true: int
    ran_to_its_end: bool
    seconds: float
    measured: list[Measured]
    reasons: list[str]

    @property
    def as_expected(self) -> bool:
        if self.expected == "success":
            return self.ran_to_its_end and 0 < self.recorded == self.true
        return self.ran_to_its_end and self.recorded == 0


@dataclass(frozen=True)
class Bench:
    """The two programs, and where they meet."""

    client: Path
    python: Path
    out: Path
    camera_scale: float

    def row(self, name: str, expected: str, assets: Path, template: dict[str, Any]) -> Row:
        """Let the client collect a template from an asset root, and judge what was recorded."""
        folder = self.out / "runs" / name.replace(" ", "_")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        path, began = folder / "template.json", time.monotonic()
        path.write_text(json.dumps(template))
        with self._server(assets, folder) as port:
            ended = self._collect(assets, path, port, folder)
        model = TaskTemplate.read(path)
        found = sorted(item for item in (folder / "episodes").glob("[[]*") if (item / "task_result.json").is_file())
        recorded = [item for item in found if json.loads((item / "task_result.json").read_text())["task_status"]]
        measured = [measure(item, model) for item in recorded]
        return Row(
            name=name,
            expected=expected,
            template=model.task,
            episodes=model.recording_setting.num_of_episode,
            recorded=len(recorded),
            true=sum(not item.faults for item in measured),
            ran_to_its_end=ended,
            seconds=round(time.monotonic() - began, 1),
            measured=measured,
            reasons=[] if recorded else _reasons(folder),
        )

    @contextmanager
    def _server(self, assets: Path, folder: Path) -> Iterator[int]:
        command = [sys.executable, "-m", "blueprint", "--log-json", "--log-level", "info", "geniesim", "serve"]
        command += ["--assets", str(assets), "--out", str(folder / "episodes"), "--port", "0"]
        command += ["--camera-scale", str(self.camera_scale)]
        says = folder / "server.txt"
        with says.open("w") as out, (folder / "server.log").open("w") as log:
            process = subprocess.Popen(command, stdout=out, stderr=log)
            try:
                yield _port(process, says)
            finally:
                process.terminate()
                process.wait(30)

    def _collect(self, assets: Path, template: Path, port: int, folder: Path) -> bool:
        """Run the client, with its output in the folder; return whether it came to its own end with every episode."""
        script = self.client / "source/data_collection/scripts/run_data_collection.py"
        command = [str(self.python), str(script), "--task_template", str(template), "--use_recording"]
        command += ["--client_host", f"localhost:{port}"]
        environment = {**os.environ, "SIM_ASSETS": str(assets), "PYTHONDONTWRITEBYTECODE": "1"}
        log = folder / "client.log"
        with log.open("w") as out:
            try:
                subprocess.run(
                    command,
                    cwd=folder,  # where it keeps saved_task/: the checkout stays as it is
                    env=environment,
                    stdout=out,
                    stderr=subprocess.STDOUT,
                    timeout=CLIENT_TIMEOUT_S,
                    check=True,
                )
            except (subprocess.TimeoutExpired, subprocess.CalledProcessError):
                return False
        return "job done" in log.read_text(errors="replace")


def _port(process: subprocess.Popen[bytes], says: Path) -> int:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        line = says.read_text()
        if line.endswith("\n"):
            return int(line.split(", episodes go to ")[0].rpartition(":")[2])
        time.sleep(0.2)
    raise SystemExit(f"the server did not start; see {says.with_suffix('.log')}")


def _reasons(folder: Path) -> list[str]:
    """What the server measured and refused; where it was not asked for anything, the client's own warnings."""
    found = []
    for line in (folder / "server.log").read_text().splitlines():
        entry = json.loads(line) if line.startswith("{") else {}
        if entry.get("event") == "checker":
            found.append(f"{entry['name']} measured {entry['measured']:.3f} m")
        elif entry.get("event") == "no motion":
            found.append(entry["reason"])
    warnings = _WARNING.findall((folder / "client.log").read_text(errors="replace"))
    return list(dict.fromkeys(found or [f"the client: {text}" for text in warnings]))


def measure(folder: Path, template: TaskTemplate) -> Measured:
    """Judge an episode by its states: the target was lifted, moved as things move, and is where the task wants it."""
    document = json.loads((folder / "state.json").read_text())
    frames = document["frames"]
    stage = next((item for item in template.stages if item.action in _PLACING), None)
    target = template.stages[0].passive.object_id
    path, times = _positions(frames, str(target)), np.array([float(frame["time_stamp"]) for frame in frames])
    lifted = float(path[:, 2].max() - path[0, 2])
    speed = np.linalg.norm(np.diff(path, axis=0), axis=1) / np.maximum(np.diff(times), 1e-6)
    hands = [np.array(frames[-1]["ee_center"][side]["pose"])[:3, 3] for side in ("left", "right")]
    from_hand = min(float(np.linalg.norm(path[-1] - hand)) for hand in hands)
    wanted = float(template.stages[0].extra_params.get("pick_up_distance", 0.1)) / 2 if stage is None else 0.02
    faults = [] if lifted > wanted else [f"lifted by {1000 * lifted:.0f} mm only"]
    off = from_hand
    if stage is not None:
        off, held = _put(frames[-1], str(target), str(stage.passive.object_id), template)
        faults += [] if held else [f"is not where it belongs, {1000 * off:.0f} mm off"]
        rest = float(np.ptp(path[-_LAST_FRAMES:], axis=0).max())
        faults += [] if rest < STILL_M else [f"still moves, {1000 * rest:.0f} mm"]
        faults += [] if from_hand > 0.1 else ["is still in the hand"]
    faults += [] if speed.max() < TELEPORT_M_S else [f"moved at {speed.max():.1f} m/s"]
    try:
        verify_goal(read_raw_episode(folder), template)
    except EpisodeRefusedError as error:
        faults.append(f"the import refuses it: {error}")
    carried = float(np.linalg.norm(path[-1, :2] - path[0, :2]))
    return Measured(round(lifted, 4), round(carried, 4), round(off, 4), round(float(speed.max()), 3), faults)


def _positions(frames: list[dict[str, Any]], name: str) -> Array:
    return np.array([np.array(frame["objects"][name]["pose"])[:3, 3] for frame in frames])


def _put(frame: dict[str, Any], target: str, passive: str, template: TaskTemplate) -> tuple[float, bool]:
    """Where the target is in the frame of what it was put into (Y up), against the range that the template's filter
    rule states: the distance from its middle in the plane, and whether it is inside."""
    rule = next(
        rule for rule in template.task_metric.filter_rules if rule.rule_name == "is_object_relative_position_in_target"
    )
    low, high = np.array(rule.params["relative_position_range"], float).T
    poses = [np.array(frame["objects"][name]["pose"]) for name in (passive, target)]
    here = (np.linalg.inv(poses[0]) @ poses[1])[:3, 3]
    off = (here - (low + high) / 2)[[0, 2]]
    return float(np.linalg.norm(off)), bool((low <= here).all() and (here <= high).all())


def wrong_grasps(assets: Path, template: dict[str, Any], target: str, scene: Scene) -> None:
    """Move every grasp of the target back by 5 cm, against its approach."""
    asset_id = scene.object(target).asset.asset_id or ""
    folder = assets / "interaction" / asset_id / "grasp_pose"
    grasps = read_npz((folder / "grasp_pose.npz").read_bytes())
    poses = grasps.poses.copy()
    poses[:, :3, 3] -= WRONG_BY_M * poses[:, :3, 0]
    moved = GraspSet(poses, grasps.width)
    (folder / "grasp_pose.npz").write_bytes(npz_bytes(moved))
    (folder / "grasp_pose.pkl").write_bytes(pickle_bytes(moved))


def heavy_target(assets: Path, template: dict[str, Any], target: str, scene: Scene) -> None:
    """Give the target 20 kg, in its package and in the template."""
    for item in template["objects"]["task_related_objects"]:
        if item["object_id"] == target:
            item["mass"] = HEAVY_KG
            path = assets / item["data_info_dir"] / "object_parameters.json"
            path.write_text(json.dumps({**json.loads(path.read_text()), "mass": HEAVY_KG}))


def no_table(assets: Path, template: dict[str, Any], target: str, scene: Scene) -> None:
    """Take what the target stands on out of the background."""
    placement = scene.object(target).placement
    stage = Usd.Stage.Open(str(assets / template["scene"]["scene_usd"]))
    if placement is None or not stage.RemovePrim(f"/World/{placement.parent_id}"):
        raise SystemExit(f"{target} stands on nothing that the background has")
    stage.GetRootLayer().Save()


Control = Callable[[Path, dict[str, Any], str, Scene], None]
CONTROLS: dict[str, Control] = {"grasps 5 cm off": wrong_grasps, "20 kg": heavy_target, "no table": no_table}


def run(bench: Bench, scene_dir: Path, wanted: list[str], episodes: int, fps: int) -> list[Row]:
    """Export the scene's package, collect the chosen templates, and the last of them on the three broken packages."""
    scene, package = load_scene(scene_dir), bench.out / "package"
    certified = scene_dir / CERTIFIED_TASKS
    tasks = TaskSet.read(certified).tasks if certified.is_file() else []
    write_overlay(scene, scene_dir, tasks, [], GeniesimExportSettings(), package, lambda text: None)
    names = {path.stem: path for path in sorted((package / TASKS).rglob("*.json"))}
    words = wanted or [name for name in names if "_put_" in name and name.endswith("_arranged_g2")]
    chosen = [name for name in names if any(word in name for word in words)]
    if not chosen:
        raise SystemExit(f"no such template; there are {', '.join(names)}")
    rows = []
    for name in chosen:
        rows.append(bench.row(name, "success", package / ASSET_ROOT, _quick(names[name], episodes, fps)))
        print(text_of(rows[-1]), flush=True)
    for name, damage in CONTROLS.items():
        assets, template = bench.out / name.replace(" ", "_"), _quick(names[chosen[-1]], episodes, fps)
        shutil.rmtree(assets, ignore_errors=True)
        shutil.copytree(package / ASSET_ROOT, assets)
        damage(assets, template, template["stages"][0]["passive"]["object_id"], scene)
        rows.append(bench.row(name, "failure", assets, template))
        print(text_of(rows[-1]), flush=True)
    return rows


def _quick(path: Path, episodes: int, fps: int) -> dict[str, Any]:
    """The template with few episodes, recorded by the head's camera only."""
    template: dict[str, Any] = json.loads(path.read_text())
    recording = template["recording_setting"]
    recording |= {"num_of_episode": episodes, "fps": fps, "camera_list": recording["camera_list"][:1]}
    return template


def text_of(row: Row) -> str:
    """Return a row of the table, as Markdown."""
    facts = [
        f"lifted {1000 * item.lifted_m:.0f} mm, carried {1000 * item.carried_m:.0f} mm, "
        f"{1000 * item.off_goal_m:.1f} mm from {'the middle' if '_put_' in row.template else 'the hand'}"
        + (f" ({'; '.join(item.faults)})" if item.faults else "")
        for item in row.measured
    ]
    said = "; ".join(facts or row.reasons[:3]) or "it never moved"
    verdict = "as expected" if row.as_expected else "NOT as expected"
    return f"| {row.name} | {row.expected} | {row.true} of {row.episodes} | {verdict} | {said} | {row.seconds:.0f} s |"


def upstream_of(client: Path) -> str:
    """Return the version of the checkout, and what git says of it, if it is a git work tree."""
    version = client / "VERSION"
    git = subprocess.run(["git", "-C", str(client), "log", "-1", "--format=%h %cs"], capture_output=True, text=True)
    return f"{version.read_text().strip() if version.is_file() else '?'} {git.stdout.strip()}".strip()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--client", type=Path, required=True, help="a work tree of Genie Sim")
    parser.add_argument("--python", type=Path, required=True, help="a Python that has what its client imports")
    parser.add_argument("--scene", type=Path, required=True, help="a certified scene's folder")
    parser.add_argument(
        "--task", action="append", default=[], help="templates with this in their name; else all puts of G2 as arranged"
    )
    parser.add_argument("--episodes", type=int, default=2, help="episodes of each template")
    parser.add_argument("--fps", type=int, default=10, help="recorded frames a second")
    parser.add_argument("--camera-scale", type=float, default=0.25)
    parser.add_argument("--out", type=Path, default=Path("geniesim_peer"), help="packages, recordings, logs, rows.json")
    asked = parser.parse_args()
    bench = Bench(asked.client.resolve(), asked.python.absolute(), asked.out.resolve(), asked.camera_scale)
    print(f"upstream {upstream_of(bench.client)}")
    rows = run(bench, asked.scene.resolve(), asked.task, asked.episodes, asked.fps)
    (bench.out / "rows.json").write_text(json.dumps([asdict(row) for row in rows], indent=1))
    return 0 if all(row.as_expected for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
