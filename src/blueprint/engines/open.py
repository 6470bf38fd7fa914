"""Opening an engine by its name."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

from blueprint.contracts.errors import MissingDependencyError
from blueprint.engines.ray_loopback import prepare_ray
from blueprint.episodes.engine import Engine
from blueprint.episodes.processes import LocalEngine
from blueprint.pipeline.settings import EngineName

__all__ = ["open_engine"]


@contextmanager
def open_engine(name: EngineName, workers: int, address: str | None = None) -> Iterator[Engine]:
    """Open an engine for the block: `workers` processes here, or the cluster at `address` (scheduler's, or Ray's).

    Without an address Dask and Ray start a cluster of their own on this machine that listens on loopback alone, and
    stop it afterwards. Raises MissingDependencyError where the extra is not installed, ServiceError where there is no
    cluster at the address.
    """
    if name == "local":
        with LocalEngine(workers) as local:
            yield local
        return
    if name == "ray":
        prepare_ray(address)
    try:
        module = import_module(f"blueprint.engines.{name}_engine")
    except ImportError as error:
        message = f"engine {name} needs a package that is not installed ({error})."
        raise MissingDependencyError(message, remedy=f"pip install 'blueprint-pipeline[{name}]'.") from error
    with module.open_cluster(workers, address) as engine:
        yield engine
