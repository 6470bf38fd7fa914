"""Episodes against their floor: physics, rendering and encoding, each beside the bare library in the same run.

    python benchmarks/episodes_bench.py [SCENE_DIR] [--episodes 4] [--workers 2] [--json FILE]

SCENE_DIR is a scene folder with certified tasks; without one, a scene is made first. The floor of an
episode is its physics steps stepped by bare MuJoCo with held controls, its pixels drawn by a bare MjrContext loop, and
its frames encoded by bare PyAV. Times are process CPU seconds, which a busy machine disturbs less than wall time, but
for the two-worker comparison.
"""

import argparse
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("LP_NUM_THREADS", "0")

import av
import mujoco
import numpy as np
from rich.console import Console
from rich.table import Table

from blueprint.contracts.seeds import rng_for
from blueprint.contracts.task import TaskSet
from blueprint.episodes.encode import CRF, GOP, VideoWriter
from blueprint.episodes.job import EpisodeJob, RenderSettings
from blueprint.episodes.pool import run_episodes
from blueprint.episodes.render import render_episode
from blueprint.episodes.rollout import roll_out
from blueprint.episodes.run import run_episode
from blueprint.episodes.worlds import WorldCache
from blueprint.robots.embodiment import PREFIX
from blueprint.sim.gl import choose_gl
from blueprint.sim.mujoco_simulator import CONTROL_RATE_HZ, MujocoSimulator
from blueprint.sim.renderer import ClassicRenderer, camera_of
from blueprint.sim.world import World

Numbers = dict[str, float]
PROMPT = "a kitchen counter with two mugs, a bowl and a drawer unit"


def cpu_seconds(work: Callable[[], object], repeats: int = 3) -> float:
    """Return the fastest of a few runs, in process CPU seconds."""
    best = float("inf")
    for _ in range(repeats):
        started = time.process_time()
        work()
        best = min(best, time.process_time() - started)
    return best


def bench_physics(world: World, actions: np.ndarray, joints: dict[str, float]) -> Numbers:
    """Step the same actions through the simulator and through bare mj_step with controls held for a tick."""
    simulator = MujocoSimulator(world)
    controls = [world.embodiment.action_to_ctrl(action) for action in actions]

    def reset() -> None:
        simulator.reset(joints)

    def ours() -> None:
        reset()
        for action in actions:
            simulator.step(action)

    def bare() -> None:
        reset()
        for control in controls:
            simulator.data.ctrl[:] = control
            mujoco.mj_step(world.model, simulator.data, simulator.steps_per_tick)

    steps = len(actions) * simulator.steps_per_tick
    settle, ours_s, bare_s = cpu_seconds(reset), cpu_seconds(ours), cpu_seconds(bare)
    return {
        "ours_s": ours_s,
        "floor_s": bare_s,
        "ratio": ours_s / bare_s,
        "steps_per_s": steps / max(ours_s - settle, 1e-9),
        "floor_steps_per_s": steps / max(bare_s - settle, 1e-9),
    }


def bench_rendering(world: World, renderer: ClassicRenderer, qpos: np.ndarray) -> Numbers:
    """Draw the same states through the renderer and through a bare update-draw-read loop of the same pixel count."""
    data = mujoco.MjData(world.model)
    cameras = [PREFIX + camera for camera in world.camera_names]
    frames = len(qpos) * len(cameras)

    def ours() -> None:
        for row in qpos:
            data.qpos[:] = row
            mujoco.mj_kinematics(world.model, data)
            mujoco.mj_camlight(world.model, data)
            for camera in cameras:
                renderer.render(data, camera)

    views = [camera_of(world.model, camera) for camera in cameras]
    scene, options, everything = renderer._scene, renderer._options, mujoco.mjtCatBit.mjCAT_ALL.value

    def bare() -> None:
        for row in qpos:
            data.qpos[:] = row
            mujoco.mj_kinematics(world.model, data)
            mujoco.mj_camlight(world.model, data)
            for view in views:
                mujoco.mjv_updateScene(world.model, data, options, None, view, everything, scene)
                mujoco.mjr_render(renderer._rect, scene, renderer._resources)
                mujoco.mjr_readPixels(renderer._pixels, None, renderer._rect, renderer._resources)

    ours()
    ours_s, bare_s = cpu_seconds(ours, 2), cpu_seconds(bare, 2)
    return {
        "ours_s": ours_s,
        "floor_s": bare_s,
        "ratio": ours_s / bare_s,
        "frames_per_s": frames / ours_s,
        "floor_frames_per_s": frames / bare_s,
    }


def bench_encoding(pictures: list[np.ndarray], folder: Path, preset: str) -> Numbers:
    """Encode the same pictures with statistics, and with bare PyAV at the same settings."""
    height, width = pictures[0].shape[:2]

    def ours() -> None:
        with VideoWriter(folder / "ours.mp4", width, height, CONTROL_RATE_HZ, preset) as writer:
            for picture in pictures:
                writer.add(picture)

    def bare() -> None:
        with av.open(str(folder / "bare.mp4"), "w") as container:
            stream = container.add_stream("libx264", rate=CONTROL_RATE_HZ)
            stream.width, stream.height, stream.pix_fmt, stream.thread_count = width, height, "yuv420p", 1
            stream.options = {"crf": str(CRF), "preset": preset, "g": str(GOP), "bf": "0"}
            for picture in pictures:
                container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
            container.mux(stream.encode())

    ours_s, bare_s = cpu_seconds(ours), cpu_seconds(bare)
    return {
        "ours_s": ours_s,
        "floor_s": bare_s,
        "ratio": ours_s / bare_s,
        "frames_per_s": len(pictures) / ours_s,
        "floor_frames_per_s": len(pictures) / bare_s,
    }


def bench_workers(jobs: list[EpisodeJob], workers: int, folder: Path) -> Numbers:
    """Make the same episodes with one and with several workers; wall seconds, start of the pool included."""
    walls = {}
    for count in (1, workers):
        fresh = [replace(job, records_dir=folder / f"workers_{count}") for job in jobs]
        started = time.perf_counter()
        records = run_episodes(fresh, count)
        walls[count] = time.perf_counter() - started
        assert len(records) == len(jobs)
    return {
        "episodes": len(jobs),
        "one_worker_s": walls[1],
        "workers": workers,
        "workers_s": walls[workers],
        "speed_up": walls[1] / walls[workers],
    }


def measure(scene_dir: Path, episodes: int, workers: int) -> dict[str, Numbers | dict[str, object]]:
    """Return every measurement as plain numbers."""
    tasks = TaskSet.read(scene_dir / "tasks" / "tasks.json").tasks
    folder = Path(tempfile.mkdtemp(prefix="episodes_bench_"))
    worlds = WorldCache()
    settings = RenderSettings(renderer=choose_gl())
    try:
        task = tasks[0]
        job = EpisodeJob(scene_dir, task, "bench", seed=0, render=settings, records_dir=folder)
        world = worlds.world(scene_dir, task, None)
        renderer = worlds.renderer(scene_dir, task, None, settings)
        assert isinstance(renderer, ClassicRenderer)
        rollout = roll_out(world, task, rng_for(0, "episode", "bench"), job.max_ticks)
        arrays = rollout.trace.arrays(len(world.embodiment.action_names))
        states = arrays["qpos"][:-1]
        physics = bench_physics(world, arrays["action"], task.initial_joints)
        rendering = bench_rendering(world, renderer, states)
        data = mujoco.MjData(world.model)
        pictures = []
        for row in states:
            data.qpos[:] = row
            mujoco.mj_forward(world.model, data)
            pictures.append(renderer.render(data, PREFIX + world.camera_names[0]).copy())
        encoding = bench_encoding(pictures, folder, settings.preset)
        cameras = len(world.camera_names)
        floor = physics["floor_s"] + rendering["floor_s"] + cameras * encoding["floor_s"]
        whole = cpu_seconds(lambda: run_episode(job, worlds), 2)
        drawn = cpu_seconds(lambda: render_episode(world, renderer, states, folder, settings, CONTROL_RATE_HZ), 1)
        memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        jobs = [
            EpisodeJob(scene_dir, tasks[number % len(tasks)], f"bench_{number}", seed=number, render=settings)
            for number in range(episodes)
        ]
        parallel = bench_workers(jobs, workers, folder) if workers > 1 else {}
    finally:
        worlds.close()
        shutil.rmtree(folder)
    return {
        "machine": {
            "cpu": platform.processor() or platform.machine(),
            "cores": os.cpu_count() or 1,
            "load": os.getloadavg()[0],
            "driver": renderer.driver,
            "mujoco": mujoco.__version__,
        },
        "scene": {"objects": len(world.scene.objects), "geoms": world.model.ngeom, "task": task.task_id},
        "physics": physics,
        "rendering": rendering,
        "encoding": encoding,
        "episode": {
            "frames": len(states),
            "cameras": cameras,
            "cpu_s": whole,
            "floor_s": floor,
            "ratio": whole / floor,
            "render_and_encode_s": drawn,
            "success": float(rollout.success),
            "peak_memory_mb": memory_mb,
        },
        "parallel": parallel,
    }


def make_scene(root: Path) -> Path:
    """Run the pipeline up to its certified tasks and return the scene folder."""
    arguments = ["run", PROMPT, "--root", str(root), "--scene-id", "bench", "--to-stage", "tasks"]
    subprocess.run([sys.executable, "-c", "from blueprint.cli import main; main()", *arguments], check=True)
    return root / "scenes" / "bench"


def as_table(results: dict[str, Numbers | dict[str, object]]) -> Table:
    table = Table(title="Episodes against their floor")
    for column in ("part", "quantity", "value"):
        table.add_column(column)
    for part, numbers in results.items():
        for name, value in numbers.items():
            table.add_row(part, name, f"{value:.3g}" if isinstance(value, float) else str(value))
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scene_dir", type=Path, nargs="?")
    parser.add_argument("--episodes", type=int, default=4)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="episodes_bench_scene_") as root:
        scene_dir = options.scene_dir or make_scene(Path(root))
        results = measure(scene_dir, options.episodes, options.workers)
    Console().print(as_table(results))
    if options.json:
        options.json.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
