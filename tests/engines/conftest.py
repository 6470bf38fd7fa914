"""Clusters of several nodes on this machine, each with a cache of its own, and a way to kill one of them."""

import importlib.util
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from blueprint.engines.ray_loopback import prepare_ray

NODES = 2


@dataclass
class LocalNodes:
    """`address` of a cluster of `NODES` nodes with one slot each; `kill` takes the first one away without a word."""

    engine: str
    address: str
    kill: Callable[[], None]


@pytest.fixture(params=["dask", "ray"])
def nodes(request, tmp_path: Path) -> Iterator[LocalNodes]:
    package = {"dask": "distributed", "ray": "ray"}[request.param]
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"the extra {request.param} is not installed")
    yield from (_dask_nodes if request.param == "dask" else _ray_nodes)(tmp_path)


def _dask_nodes(folder: Path) -> Iterator[LocalNodes]:
    from distributed import LocalCluster

    with LocalCluster(n_workers=0, host="127.0.0.1", dashboard_address=None, silence_logs="ERROR") as cluster:
        address = cluster.scheduler_address
        command = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--host", "127.0.0.1"]
        command += ["--nworkers", "1", "--nthreads", "1", "--no-dashboard", "--memory-limit", "0"]
        started = [
            subprocess.Popen(
                [*command, "--local-directory", str(folder / f"node{number}")],
                env=_environment(folder, number),
                start_new_session=True,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            for number in range(NODES)
        ]
        try:
            _wait_for(lambda: len(cluster.scheduler_info["workers"]) == NODES)
            yield LocalNodes("dask", address, lambda: os.killpg(started[0].pid, signal.SIGKILL))
        finally:
            for process in started:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _ray_nodes(folder: Path) -> Iterator[LocalNodes]:
    prepare_ray(None)  # before Ray is imported
    from ray.cluster_utils import Cluster

    own = {"node_ip_address": "127.0.0.1", "object_store_memory": 80_000_000}
    saved = os.environ.get("BLUEPRINT_CACHE")
    cluster = Cluster(initialize_head=True, head_node_args={**own, "num_cpus": 0, "include_dashboard": False})
    added = []
    try:
        for number in range(NODES):
            os.environ["BLUEPRINT_CACHE"] = _environment(folder, number)["BLUEPRINT_CACHE"]
            added.append(cluster.add_node(**own, num_cpus=1))
        _restore("BLUEPRINT_CACHE", saved)
        raylet = added[0].all_processes["raylet"][0].process
        yield LocalNodes("ray", cluster.address, lambda: os.kill(raylet.pid, signal.SIGKILL))
    finally:
        _restore("BLUEPRINT_CACHE", saved)
        cluster.shutdown()


def _environment(folder: Path, number: int) -> dict[str, str]:
    paths = os.pathsep.join(path for path in sys.path if path)
    return {**os.environ, "PYTHONPATH": paths, "BLUEPRINT_CACHE": str(folder / f"cache{number}")}


def _restore(name: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value


def _wait_for(is_true: Callable[[], bool]) -> None:
    for _ in range(600):
        if is_true():
            return
        time.sleep(0.1)
    raise TimeoutError("the nodes did not come up")
