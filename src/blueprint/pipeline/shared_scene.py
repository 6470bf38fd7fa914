"""A scene whose jobs are done on other nodes: they fetch it from the root, and what they make comes back through it."""

from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar, cast

from blueprint.contracts.errors import InputError, StageError
from blueprint.contracts.hashing import sha256_bytes, sha256_json
from blueprint.episodes.engine import Engine
from blueprint.episodes.job import EpisodeJob
from blueprint.pipeline.code_identity import code_sha
from blueprint.pipeline.workspace import Workspace, open_workspace
from blueprint.storage import layout, mirror
from blueprint.storage.local import LocalStore
from blueprint.storage.store import ObjectStore

__all__ = ["SceneVersion", "SharedScene", "fetch_below", "publish_episode", "scene_on_node", "scene_version"]

Job = TypeVar("Job")
Result = TypeVar("Result")

_FETCHING = 4  # episodes on their way from a bucket at once
_fetched: dict[tuple[str, str], str] = {}  # (root, scene) → the version that this process has fetched


@dataclass(frozen=True)
class SceneVersion:
    """Which scene a node works on: `sha` changes with its stages, `code` is the code that made them."""

    root: str
    scene_id: str
    sha: str
    code: str


@dataclass(frozen=True)
class _Order:
    version: SceneVersion
    work: Callable[[Any], Any]
    job: Any


class SharedScene:
    """An engine for the jobs of one scene. On other nodes a job's `scene_dir` is that node's own copy of the scene."""

    def __init__(self, engine: Engine, root: str, workspace: Workspace) -> None:
        self.name = engine.name
        self._engine = engine
        self._root = root
        self._workspace = workspace
        self._version: SceneVersion | None = None
        self._threads = ThreadPoolExecutor(_FETCHING, "fetch-episode")

    @property
    def slots(self) -> int:
        return self._engine.slots

    def submit(self, work: Callable[[Job], Result], job: Job) -> "Future[Result]":
        """Start a job that has a `scene_dir`; the record of an episode is here when the future is done."""
        if self._engine.name == "local":
            return self._engine.submit(work, job)
        self._version = self._version or scene_version(self._root, self._workspace)
        order = _Order(self._version, work, job)
        inner = self._engine.submit(_do, order)
        return _after(cast("Future[Result]", inner), lambda: self._fetch(job), self._threads)

    def _fetch(self, job: object) -> None:
        if self._workspace.is_mirror and isinstance(job, EpisodeJob):
            own = self._workspace
            fetch_below(own.store, _episode_prefix(own, job), own.scene_dir, layout.scene_prefix(own.scene_id))


def scene_version(root: str, workspace: Workspace) -> SceneVersion:
    """Return the version of a scene as its completion markers tell it; they must be published already."""
    names = [names[0] for names in layout.STAGE_MARKERS.values()]
    present = {
        name: sha256_bytes((workspace.scene_dir / name).read_bytes())
        for name in names
        if (workspace.scene_dir / name).is_file()
    }
    return SceneVersion(root, workspace.scene_id, sha256_json(present), code_sha())


def scene_on_node(version: SceneVersion) -> Workspace:
    """Return the scene on this node, fetched from a bucket once per process and version.

    Raises StageError where the node runs other code than the one that sent the job, InputError where it does not see
    the folder that is the root.
    """
    if version.code != code_sha():
        message = f"this node runs code {code_sha()[:12]}, the job is of {version.code[:12]}."
        raise StageError(message, remedy="install the same version, with the same libraries, on every node.")
    place = (version.root, version.scene_id)
    workspace = open_workspace(version.root, version.scene_id, fetch=_fetched.get(place) != version.sha)
    if not workspace.scene_dir.is_dir():
        message = f"this node does not see {workspace.scene_dir}."
        raise InputError(message, remedy="use a folder that all nodes share, or gs://… or s3://… as --root.")
    if workspace.is_mirror:
        _fetched[place] = version.sha
    return workspace


def fetch_below(store: ObjectStore, prefix: str, folder: Path, base: str = "") -> None:
    """Copy the objects below `prefix` into `folder`, at their keys without `base`.

    Unlike `mirror.download` it makes `folder` the local store and not the place of the objects, in which a dataset or a
    record would then have a file that is not its own. Raises InputError for an object beyond the limits.
    """
    target = LocalStore(folder)
    for entry in store.list(prefix):
        if entry.size > mirror.Limits().object_bytes:
            raise InputError(f"{entry.key} has {entry.size} bytes.", remedy="remove it from the root.")
        target.write(entry.key.removeprefix(base), store.read(entry.key))


def publish_episode(workspace: Workspace, job: EpisodeJob) -> None:
    """Upload one episode's folder, the record last; nothing to do for a folder that all nodes share."""
    if workspace.is_mirror:
        mirror.upload(workspace.store, job.folder, _episode_prefix(workspace, job), last=("record.json",))


def _do(order: _Order) -> object:
    workspace = scene_on_node(order.version)
    job = replace(order.job, scene_dir=workspace.scene_dir)
    result = order.work(job)
    if isinstance(job, EpisodeJob):
        publish_episode(workspace, job)
    return result


def _episode_prefix(workspace: Workspace, job: EpisodeJob) -> str:
    return layout.scene_key(workspace.scene_id, f"{layout.EPISODE_RECORDS}/{job.episode_id}") + "/"


def _after(inner: "Future[Result]", then: Callable[[], None], threads: ThreadPoolExecutor) -> "Future[Result]":
    """Return a future that is done when `inner` has a result and `then` has run in one of the threads."""
    outer: Future[Result] = Future()

    def finish(fetched: "Future[None]") -> None:
        error = fetched.exception()
        if error is not None:
            outer.set_exception(error)
        else:
            outer.set_result(inner.result())

    def tell(done: "Future[Result]") -> None:
        if not outer.set_running_or_notify_cancel():
            return
        error = CancelledError() if done.cancelled() else done.exception()
        if error is not None:
            outer.set_exception(error)
        else:
            threads.submit(then).add_done_callback(finish)

    inner.add_done_callback(tell)
    return outer
