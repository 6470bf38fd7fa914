"""What preparing many meshes costs: on one worker and two, against CoACD alone, and in memory up to 2,000 objects.

    python benchmarks/prepare_meshes.py [--count 100] [--memory 100 500 1000 2000] [--json FILE]

Speed: meshes of our own generators as GLB files, every third thinned out, prepared with a cold cache on one worker and
on two, one after the other in one run. "CoACD alone" is the decomposition library with the same parameters in the same
worker processes, one worker: on whole meshes (as a user of the library would call it on the file), and on exactly the
surfaces that the preparation handed to it (so that the difference is all that we do besides). Beside the wall time
stands the processor time of all processes, which other work on the machine hardly changes.
Memory: small distinct meshes, described by a scene manifest that is read object by object; the peak of the resident
memory of this program's measuring process and all its children together, sampled, a process per point.
"""

import argparse
import functools
import json
import platform
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import trimesh

from blueprint.assets.glb import glb_bytes
from blueprint.assets.registry import AssetRequest, categories, generate
from blueprint.contracts.asset import License
from blueprint.contracts.manifest_stream import iter_objects
from blueprint.contracts.mesh_report import MeshBatchReport
from blueprint.sources.meshes import decomposition, decomposition_coacd
from blueprint.sources.meshes.batch import prepare_meshes
from blueprint.sources.meshes.batch_pool import run_isolated
from blueprint.sources.meshes.decomposition_coacd import CoacdSettings
from blueprint.sources.meshes.mesh_input import MeshInput, PreparedMesh
from blueprint.sources.meshes.prepare import prepare_mesh

LICENSE = License(spdx="CC0-1.0", source="generated for a benchmark")
SAMPLE_S = 0.1
MEMORY_WORKERS = 2


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100, help="meshes for the speed part; 0 leaves it out")
    parser.add_argument("--memory", type=int, nargs="*", default=[100, 500, 1000, 2000])
    parser.add_argument("--memory-point", type=int, help=argparse.SUPPRESS)  # one point, in a process of its own
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if options.memory_point:
        print(json.dumps(memory_point(options.memory_point)))
        return 0
    result: dict[str, Any] = {"machine": f"{platform.machine()}, {psutil.cpu_count()} cores, {memory_gib():.0f} GiB"}
    if options.count:
        result["speed"] = speed(options.count)
        print(json.dumps(result["speed"]), file=sys.stderr)
    result["memory"] = [fresh_point(number) for number in options.memory]
    text = json.dumps(result, indent=2)
    print(text)
    print(markdown(result))
    if options.json:
        options.json.write_text(text + "\n")
    return 0


def speed(count: int) -> dict[str, Any]:
    """Wall seconds of every way to prepare the same meshes, and their ratios."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        items = list(generated(count, root))
        surfaces = root / "surfaces"
        surfaces.mkdir()
        recording = functools.partial(prepare_recording, surfaces)
        two_s, _, _ = timed(items, root / "cache_2", 2, recording)
        one_s, one_cpu_s, report = timed(items, root / "cache_1", 1, recording)
        print(json.dumps({"one_worker_s": one_s, "two_workers_s": two_s}), file=sys.stderr)
        warm_s, _, _ = timed(items, root / "cache_2", 1, recording)
        given = sorted(surfaces.glob("*.npz"))
        same_s, same_cpu_s = library_alone(coacd_on_surface, given)
        whole_s, whole_cpu_s = library_alone(coacd_on_file, [item.path for item in items])
    methods = [mesh.colliders.method for mesh in report.meshes]
    return {
        "meshes": count,
        "prepared": report.succeeded,
        "methods": {method: methods.count(method) for method in sorted(set(methods))},
        "surfaces_decomposed": len(given),
        "one_worker_s": round(one_s, 1),
        "one_worker_cpu_s": round(one_cpu_s, 1),
        "two_workers_s": round(two_s, 1),
        "warm_cache_s": round(warm_s, 1),
        "coacd_on_the_whole_meshes_s": round(whole_s, 1),
        "coacd_on_the_whole_meshes_cpu_s": round(whole_cpu_s, 1),
        "coacd_on_the_same_surfaces_s": round(same_s, 1),
        "coacd_on_the_same_surfaces_cpu_s": round(same_cpu_s, 1),
        "two_against_one": round(one_s / two_s, 2),
        "against_coacd_on_whole_meshes": round(one_cpu_s / whole_cpu_s, 2),
        "against_coacd_on_same_surfaces": round(one_cpu_s / same_cpu_s, 2) if given else None,
        "failures": [failure.model_dump() for failure in report.failures],
    }


def generated(count: int, root: Path) -> Iterator[MeshInput]:
    """Yield `count` generated things as GLB files: category after category, every third with half its triangles."""
    kinds = sorted(categories())
    for number in range(count):
        kind = kinds[number * 7 % len(kinds)]  # a stride through the alphabet mixes small things and furniture
        asset = generate(AssetRequest(category=kind, seed=number))
        path = root / f"mesh_{number:04d}.glb"
        path.write_bytes(glb_bytes(asset))
        if number % 3 == 2:
            thinned(path)
        role = asset.model.sim_role
        yield MeshInput(path.stem, path, root, kind, kind.replace("_", " "), role, LICENSE)


def thinned(path: Path) -> None:
    """Replace a GLB by one mesh of half the triangles, as reconstructions have them."""
    whole = trimesh.load_scene(path).to_mesh()
    whole.merge_vertices(merge_tex=True, merge_norm=True)
    half = whole.simplify_quadric_decimation(percent=0.5)
    half.visual = trimesh.visual.ColorVisuals(half)
    path.write_bytes(half.export(file_type="glb"))


def timed(items: list[MeshInput], cache: Path, workers: int, prepare: Any) -> tuple[float, float, MeshBatchReport]:
    """Wall and processor seconds of preparing, and the report."""
    started, cpu_before = time.perf_counter(), cpu_s()
    report = prepare_meshes(
        items, workers=workers, min_success_rate=0.0, save=lambda _: None, cache_dir=cache, prepare=prepare
    )
    return time.perf_counter() - started, cpu_s() - cpu_before, report


def cpu_s() -> float:
    """Processor seconds of this process and of its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(item.ru_utime + item.ru_stime for item in used)


def prepare_recording(folder: Path, item: MeshInput, cache_dir: Path | None) -> PreparedMesh:
    """Prepare a mesh as always, and keep what is handed to the decomposition library."""
    count = 0

    def recording(vertices: Any, faces: Any, settings: CoacdSettings) -> Any:
        nonlocal count
        values = {key: np.array(value) for key, value in vars(settings).items()}
        np.savez(folder / f"{item.name}_{count}.npz", vertices=vertices, faces=faces, **values)
        count += 1
        return decomposition_coacd.decompose(vertices, faces, settings)

    decomposition.decompose = recording
    return prepare_mesh(item, cache_dir)


def library_alone(work: Any, paths: list[Path]) -> tuple[float, float]:
    """Wall and processor seconds of CoACD on every file, in one worker process."""
    started, cpu_before = time.perf_counter(), cpu_s()
    for _ in run_isolated(work, paths, 1):
        pass
    return time.perf_counter() - started, cpu_s() - cpu_before


def coacd_on_surface(path: Path) -> int:
    """Decompose what `prepare_recording` kept."""
    with np.load(path) as data:
        values = {name: data[name] for name in data.files}
    names = CoacdSettings.__dataclass_fields__
    settings = CoacdSettings(**{name: values[name].item() for name in names})
    return run_coacd(values["vertices"], values["faces"], settings, "off" if settings.is_solid else "on")


def coacd_on_file(path: Path) -> int:
    """Read a mesh file and decompose it as one; the library decides whether it must be remeshed."""
    whole = trimesh.load_scene(path).to_mesh()
    whole.merge_vertices(merge_tex=True, merge_norm=True)
    return run_coacd(whole.vertices, whole.faces, CoacdSettings(), "auto")


def run_coacd(vertices: Any, faces: Any, settings: CoacdSettings, preprocess: str) -> int:
    import coacd

    coacd.set_log_level("error")
    pieces = coacd.run_coacd(
        coacd.Mesh(vertices, faces),
        threshold=settings.threshold,
        max_convex_hull=settings.max_hulls,
        preprocess_mode=preprocess,
        preprocess_resolution=settings.remesh_resolution,
        resolution=settings.resolution,
        mcts_nodes=settings.search_nodes,
        mcts_iterations=settings.search_iterations,
        mcts_max_depth=settings.search_depth,
        max_ch_vertex=settings.max_hull_vertices,
        decimate=True,
        seed=settings.seed,
    )
    return len(pieces)


def fresh_point(number: int) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, __file__, "--memory-point", str(number)], stdout=subprocess.PIPE, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def memory_point(number: int) -> dict[str, Any]:
    """Prepare `number` boxes and prisms that a manifest lists, and return the peak of everybody's memory."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        manifest = write_manifest(number, root)
        with Sampler() as sampler:
            before = sampler.now()
            started = time.perf_counter()
            report = prepare_meshes(
                listed(manifest, root),
                workers=MEMORY_WORKERS,
                min_success_rate=1.0,
                save=lambda prepared: (root / f"{prepared.report.name}.json").write_text(prepared.report.asset_id),
                cache_dir=root / "cache",
            )
            wall_s = time.perf_counter() - started
    return {
        "objects": number,
        "prepared": report.succeeded,
        "distinct_assets": len({mesh.asset_id for mesh in report.meshes}),
        "before_mib": round(before / 2**20, 1),
        "peak_mib": round(sampler.peak / 2**20, 1),
        "peak_of_the_parent_mib": round(sampler.peak_of_the_parent / 2**20, 1),
        "wall_s": round(wall_s, 1),
    }


def write_manifest(number: int, root: Path) -> Path:
    """Write mesh files and a scene manifest that lists them, one object after the other."""
    path = root / "scene_manifest.json"
    head = {"version": "1.0.0", "scene_id": "many", "scene": {"coordinate_frame": "z_up", "meters_per_unit": 1.0}}
    identity = {
        "position": {"x": 0, "y": 0, "z": 0},
        "scale": {"x": 1, "y": 1, "z": 1},
        "rotation_quaternion": {"w": 1, "x": 0, "y": 0, "z": 0},
    }
    with path.open("w") as out:
        out.write(json.dumps(head)[:-1] + ', "objects": [')
        for n in range(number):
            size = 0.05 + 0.0001 * n
            solid = trimesh.creation.box((size, 0.8 * size, 0.6)) if n % 2 else trimesh.creation.cylinder(size, 0.6)
            file = root / f"thing_{n:05d}.glb"
            file.write_bytes(solid.export(file_type="glb"))
            item = {
                "id": file.stem,
                "category": "box",
                "sim_role": "static",  # no grasps are looked for: the point is memory, and 2,000 of them
                "transform": identity,
                "asset": {"path": file.name},
            }
            out.write(("," if n else "") + json.dumps(item))
        out.write("]}")
    return path


def listed(manifest: Path, root: Path) -> Iterator[MeshInput]:
    for item in iter_objects(manifest):
        yield MeshInput(item.id, root / item.asset.path, root, "box", "a box", item.sim_role, LICENSE)


class Sampler:
    """The resident memory of this process and its children, sampled in a thread; bytes."""

    def __init__(self) -> None:
        self.peak = self.peak_of_the_parent = 0
        self._process = psutil.Process()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def now(self) -> int:
        total = 0
        for process in (self._process, *self._process.children(recursive=True)):
            try:
                total += process.memory_info().rss
            except psutil.NoSuchProcess:
                continue
        return total

    def __enter__(self) -> "Sampler":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(SAMPLE_S):
            self.peak_of_the_parent = max(self.peak_of_the_parent, self._process.memory_info().rss)
            self.peak = max(self.peak, self.now())


def memory_gib() -> float:
    return psutil.virtual_memory().total / 2**30


def markdown(result: dict[str, Any]) -> str:
    """The tables of docs/benchmarks.md."""
    lines = []
    if "speed" in result:
        found = result["speed"]
        lines += [
            f"{found['meshes']} meshes, {found['prepared']} prepared ({found['methods']}); {result['machine']}",
            "",
            "| what | wall, s | processor, s | ratio |",
            "|---|---|---|---|",
            f"| one worker, cold cache | {found['one_worker_s']} | {found['one_worker_cpu_s']} | |",
            f"| two workers, cold cache | {found['two_workers_s']} | | {found['two_against_one']} × as fast |",
            f"| one worker, warm cache | {found['warm_cache_s']} | | |",
            f"| CoACD alone on the whole meshes, one worker | {found['coacd_on_the_whole_meshes_s']} "
            f"| {found['coacd_on_the_whole_meshes_cpu_s']} "
            f"| we take {found['against_coacd_on_whole_meshes']} × of processor time |",
            f"| CoACD alone on the {found['surfaces_decomposed']} surfaces that we give it, one worker "
            f"| {found['coacd_on_the_same_surfaces_s']} | {found['coacd_on_the_same_surfaces_cpu_s']} "
            f"| we take {found['against_coacd_on_same_surfaces']} × |",
            "",
        ]
    if result["memory"]:
        lines += [
            "| objects | distinct assets | peak of parent and workers, MiB | of the parent, MiB | wall, s |",
            "|---|---|---|---|---|",
        ]
        lines += [
            f"| {row['objects']} | {row['distinct_assets']} | {row['peak_mib']} | {row['peak_of_the_parent_mib']} "
            f"| {row['wall_s']} |"
            for row in result["memory"]
        ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
