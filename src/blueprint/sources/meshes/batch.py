"""Many meshes → many assets, in parallel; one that cannot be prepared is a line in the report, not the end."""

import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from blueprint.contracts.errors import BlueprintError, InputError, MissingDependencyError, StorageError
from blueprint.contracts.hashing import sha256_bytes, sha256_json
from blueprint.contracts.mesh_report import MeshBatchReport, MeshFailure, MeshReport
from blueprint.sources.imported.files import GARBAGE, read_bounded
from blueprint.sources.imported.mesh_file import MAX_FILE_BYTES
from blueprint.sources.meshes.batch_pool import run_isolated
from blueprint.sources.meshes.mesh_input import MeshInput, PreparedMesh

__all__ = ["Prepare", "prepare_meshes"]

Prepare = Callable[[MeshInput, Path | None], PreparedMesh]

_MAX_MESSAGE = 1000
_FRAMES = 3  # of a traceback: enough to find the line, short enough for a report


def prepare_meshes(
    items: Iterable[MeshInput],
    *,
    workers: int,
    min_success_rate: float,
    save: Callable[[PreparedMesh], None],
    cache_dir: Path | None = None,
    progress: Callable[[int, int, str], None] = lambda done, total, note: None,
    prepare: Prepare | None = None,
) -> MeshBatchReport:
    """Prepare every mesh in worker processes, hand each to `save` as it is done, and report them in the order given.

    At most two results per worker are alive, so memory follows the workers and not the number of meshes (of each input
    its description is kept). What `save` is given does not depend on the workers, only the order of its calls does.
    Inputs that differ in nothing but their name are prepared once, and saved under each name. A mesh that is refused,
    that fails, or that kills its worker twice (crash, out of memory) becomes a failure; what was saved stays.
    `progress` hears (done, total, note). `prepare` is `prepare_mesh` unless given; it must pickle.

    Raises InputError for less than one worker, a rate outside 0..1 or a name that occurs twice, what `save` raises, and
    MissingDependencyError or StorageError where the machine cannot prepare any mesh.
    """
    if not 0 <= min_success_rate <= 1:
        raise InputError(f"min_success_rate is {min_success_rate}, expected 0 to 1.", remedy="use 0.9, for example.")
    batch = _Batch.of(items)
    reports: dict[int, MeshReport] = {}
    failures: dict[int, MeshFailure] = {}
    total = len(batch.names)
    work = partial(_attempt, prepare, cache_dir)
    for number, outcome in run_isolated(work, batch.distinct, workers):
        for position in batch.members[number]:
            name = batch.names[position]
            if isinstance(outcome, PreparedMesh):
                named = replace(outcome, report=outcome.report.model_copy(update={"name": name}))
                save(named)
                reports[position] = named.report
            else:
                failures[position] = (outcome or _DIED).model_copy(update={"name": name})
        progress(len(reports) + len(failures), total, f"{len(failures)} failed" if failures else "")
    return MeshBatchReport(
        total=total,
        succeeded=len(reports),
        failed=len(failures),
        min_success_rate=min_success_rate,
        passed=len(reports) >= min_success_rate * total,
        meshes=[reports[position] for position in sorted(reports)],
        failures=[failures[position] for position in sorted(failures)],
    )


@dataclass(frozen=True)
class _Batch:
    """The distinct inputs, the largest file first (nobody waits for a large one at the end), and who shares each.

    `members[i]` are the positions in `names` that `distinct[i]` serves; the first of them is the one prepared.
    """

    names: list[str]
    distinct: list[MeshInput]
    members: list[list[int]]

    @classmethod
    def of(cls, items: Iterable[MeshInput]) -> "_Batch":
        names: list[str] = []
        by_key: dict[str, tuple[MeshInput, int, list[int]]] = {}
        for position, item in enumerate(items):
            names.append(item.name)
            key, size = _identity(item)
            by_key.setdefault(key or f"alone {position}", (item, size, []))[2].append(position)
        if len(set(names)) != len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise InputError(f"two meshes have the name {twice!r}.", remedy="give each a name of its own.")
        largest_first = sorted(by_key.values(), key=lambda entry: (-entry[1], entry[2][0]))
        return cls(names, [entry[0] for entry in largest_first], [entry[2] for entry in largest_first])


def _identity(item: MeshInput) -> tuple[str | None, int]:
    """Return a hash of everything but the name that shapes the asset, and the file's size in bytes.

    None where the input is shared with nobody: one with joints, or a file that preparation is going to refuse.
    """
    if item.links or not item.path.is_file():
        return None, 0
    try:
        data = read_bounded(item.path, MAX_FILE_BYTES)
    except InputError:
        return None, 0
    facts = {
        "bytes": sha256_bytes(data),
        # other files (materials, images) may hang on this one, and their names lead elsewhere from another folder
        "place": None if _is_whole(item.path, data) else str(item.path.resolve().parent),
        "category": item.category,
        "label": item.label,
        "sim_role": item.sim_role,
        "license": item.license.model_dump(mode="json"),
        "scale": repr(item.scale),  # as text: what is not finite is for preparation to refuse
        "front": item.front,
        "mass": repr(item.mass),
        "source": item.source,
    }
    return sha256_json(facts), len(data)


def _is_whole(path: Path, data: bytes) -> bool:
    """Whether a file refers to no other: STL never does, a GLB says `uri` where it does."""
    suffix = path.suffix.lower()
    return suffix == ".stl" or (suffix == ".glb" and b'"uri"' not in data)


def _attempt(prepare: Prepare | None, cache_dir: Path | None, item: MeshInput) -> PreparedMesh | MeshFailure:
    """In a worker: the prepared mesh, or why there is none."""
    try:
        return (prepare or _prepare_mesh)(item, cache_dir)
    except (MissingDependencyError, StorageError):
        raise  # the machine's, not this mesh's: every other one would fail as well
    except BlueprintError as error:
        message = str(error.args[0]) if error.args else type(error).__name__
        return MeshFailure(name=item.name, error=type(error).__name__, message=_short(message), remedy=error.remedy)
    except GARBAGE as error:  # one mesh must not end the thousand beside it
        return MeshFailure(name=item.name, error=type(error).__name__, message=_short(_where(error)))


def _prepare_mesh(item: MeshInput, cache_dir: Path | None) -> PreparedMesh:
    from blueprint.sources.meshes.prepare import prepare_mesh  # the decomposition is loaded in workers only

    return prepare_mesh(item, cache_dir)


def _where(error: Exception) -> str:
    """The error with the last lines of code that it went through, innermost last."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    path = " > ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames)
    return f"{error} ({path})"


def _short(message: str) -> str:
    text = message.encode("utf-8", "backslashreplace").decode()  # names of files need not be text
    return text if len(text) <= _MAX_MESSAGE else f"{text[:_MAX_MESSAGE]}…"


_DIED = MeshFailure(
    name="",
    error="WorkerDied",
    message="its worker process died twice, the second time with no other mesh in work: a crash or out of memory.",
    remedy="look for the out-of-memory killer in the system log; decimate or repair the mesh.",
)
