"""The public functions behind `run`, `stage` and `report`: from what a user hands over to a finished scene."""

import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from blueprint.contracts.document import write_atomically
from blueprint.contracts.errors import GateError, InputError, StageError
from blueprint.contracts.ids import slug, validate_scene_id
from blueprint.contracts.scene_request import SceneRequest
from blueprint.episodes.engine import Engine
from blueprint.pipeline.announce import announce_import
from blueprint.pipeline.photo import fall_back_to_photo, hand_over_photo, is_photo, photo_request
from blueprint.pipeline.runner import OnDone, StageRun, is_needed, run_stage, run_stages, select, status_of
from blueprint.pipeline.settings import SETTINGS_FILE, RunSettings, read_settings
from blueprint.pipeline.shared_scene import SharedScene
from blueprint.pipeline.stage import Progress, Stage, silent
from blueprint.pipeline.stages import STAGES
from blueprint.pipeline.variants import plan_variants, run_variants
from blueprint.pipeline.workspace import Workspace, locked, open_workspace
from blueprint.quality.gates import require
from blueprint.quality.report import build_report
from blueprint.robots.embodiment import embodiments, load_embodiment
from blueprint.robots.fetch import fetch_model
from blueprint.sim.gl import choose_gl, require_gl
from blueprint.sources.choose import adopt_folder, is_native
from blueprint.sources.existing import check_scene, is_scene_dir
from blueprint.sources.fanout import Child
from blueprint.sources.regen3d.adopt import adopt_reconstruction
from blueprint.sources.regen3d.read import is_reconstruction
from blueprint.sources.request import request_from
from blueprint.storage import layout

__all__ = ["RunPlan", "RunResult", "plan_run", "run_one_stage", "run_pipeline", "write_report"]


@dataclass(frozen=True)
class RunPlan:
    """What a run would do: stage → `run`, `unchanged` or `blocked: …`."""

    scene_id: str
    scene_dir: str
    stages: dict[str, str]

    def as_dict(self) -> dict[str, object]:
        return asdict(self)

    def as_text(self) -> str:
        rows = [f"{name:<12} {status}" for name, status in self.stages.items()]
        return "\n".join([f"scene {self.scene_id} in {self.scene_dir}", *rows])


@dataclass(frozen=True)
class RunResult:
    """What a run left behind: paths are local, and None where a stage did not run."""

    scene_id: str
    scene_dir: str
    stages: dict[str, str]
    report: str | None
    dataset: str | None

    def as_dict(self) -> dict[str, object]:
        return asdict(self)

    def as_text(self) -> str:
        lines = [f"scene    {self.scene_dir}"]
        lines += [f"dataset  {self.dataset}"] if self.dataset else []
        lines += [f"report   {self.report}"] if self.report else []
        return "\n".join(lines)


def run_pipeline(
    source: str | SceneRequest,
    root: str,
    scene_id: str | None,
    settings: RunSettings,
    *,
    resume: bool = False,
    overwrite: bool = False,
    from_stage: str | None = None,
    to_stage: str | None = None,
    progress: Progress = silent,
    on_done: OnDone | None = None,
    engine: Engine | None = None,
    holder: str | None = None,
) -> RunResult:
    """Run the stages for a prompt, a request (or its file), a photo, a reconstruction or a scene folder; a request with
    several seeds is run per child. Where text fails, a request that has an image too may go on from that. Episodes are
    made by `engine`, or without one by the settings' workers; `holder` is on whose behalf the scene is locked.

    Raises InputError before anything is written if the input, the robot, a stage name or the scene id is unusable, or
    if the scene exists and neither `resume` nor `overwrite` is given; MissingDependencyError, as early, if a stage
    would find no OpenGL or no robot model; then what `run_stages` raises, and GateError if the last gate failed.
    """
    stages = select(STAGES, from_stage, to_stage, settings.simulator)
    _check_robot(settings.robot)
    given = _read_source(source, scene_id)
    if given.request is not None and given.request.seed_count > 1:

        def run_child(child: Child) -> RunResult:
            own = settings.model_copy(update={"seed": child.seed})
            options = {"resume": resume or from_stage is not None, "overwrite": overwrite}
            return run_pipeline(
                child.request, root, None, own, **options, from_stage=from_stage, to_stage=to_stage,
                progress=progress, on_done=on_done, engine=engine, holder=holder,
            )  # fmt: skip

        again = resume or overwrite or from_stage is not None
        children = run_variants(given.request, root, settings.seed, run_child, again=again)
        folder = str(open_workspace(root, given.scene_id).scene_dir)
        return RunResult(given.scene_id, folder, children, report=None, dataset=None)
    workspace = open_workspace(root, given.scene_id)
    _check_machine(stages, settings)
    with locked(workspace, holder):
        _open_scene(workspace, given, settings, resume=resume or from_stage is not None, overwrite=overwrite)

        def after(run: StageRun) -> None:
            workspace.publish()
            if run.stage == "import":
                announce_import(workspace.store, workspace.scene_dir)
            if on_done is not None:
                on_done(run)

        def run_all(force_first: bool) -> list[StageRun]:
            return run_stages(
                stages,
                workspace.scene_dir,
                settings,
                progress=progress,
                force_first=force_first,
                on_done=after,
                engine=engine and SharedScene(engine, root, workspace),
            )

        try:
            runs = run_all(from_stage is not None)
        except (InputError, StageError, GateError) as error:
            if not fall_back_to_photo(workspace.scene_dir, error):
                raise
            runs = run_all(False)
        _require_passed(stages, workspace.scene_dir)
    scene_dir = workspace.scene_dir
    return RunResult(
        scene_id=given.scene_id,
        scene_dir=str(scene_dir),
        stages={run.stage: run.status for run in runs},
        report=_existing(scene_dir / layout.REPORT),
        dataset=_existing(scene_dir / layout.LEROBOT_V3),
    )


def plan_run(
    source: str,
    root: str,
    scene_id: str | None,
    settings: RunSettings,
    *,
    resume: bool = False,
    from_stage: str | None = None,
    to_stage: str | None = None,
) -> RunPlan:
    """Say what a run would do, without changing anything (a bucket's scene is fetched to look at it)."""
    stages = select(STAGES, from_stage, to_stage, settings.simulator)
    _check_robot(settings.robot)
    given = _read_source(source, scene_id)
    workspace = open_workspace(root, given.scene_id)
    if given.request is not None and given.request.seed_count > 1:
        return RunPlan(given.scene_id, str(workspace.scene_dir), plan_variants(given.request, root, settings.seed))
    statuses: dict[str, str] = {}
    changed = not (resume or from_stage)
    for stage in stages:
        statuses[stage.name] = "run" if changed else status_of(stage, workspace.scene_dir, settings)
        changed = changed or statuses[stage.name] == "run"
    return RunPlan(given.scene_id, str(workspace.scene_dir), statuses)


def run_one_stage(
    name: str,
    root: str,
    scene_id: str,
    *,
    workers: int | None = None,
    force: bool = False,
    progress: Progress = silent,
    engine: Engine | None = None,
) -> StageRun:
    """Run one stage of an existing scene with the settings saved in it: the entry point that any engine calls.

    Raises what `run_stage` raises, and GateError if a gate that the stage judges failed (its artefacts are kept).
    """
    (stage,) = select(STAGES, name, name)
    workspace = open_workspace(root, validate_scene_id(scene_id))
    if not workspace.scene_dir.is_dir():
        message = f"there is no scene {scene_id!r} below {root}."
        raise InputError(message, remedy="run `blueprint run` first, or check --root and --scene-id.")
    settings = read_settings(workspace.scene_dir)
    if workers is not None:
        settings = settings.model_copy(update={"workers": workers})
    with locked(workspace):
        shared = engine and SharedScene(engine, root, workspace)
        run = run_stage(stage, workspace.scene_dir, settings, progress=progress, force=force, engine=shared)
        workspace.publish()
        _require_passed([stage], workspace.scene_dir)
    return run


def write_report(scene: str, root: str) -> Path:
    """Write the report of a scene folder, or of a scene id below `root`, from what is there."""
    folder = Path(scene) if Path(scene).is_dir() else open_workspace(root, validate_scene_id(scene)).scene_dir
    if not (folder / layout.SCENE_REQUEST).exists() and not (folder / layout.SCENE_MANIFEST).exists():
        message = f"{folder} holds no scene."
        raise InputError(message, remedy="name a scene folder, or a scene id and its --root.")
    return build_report(folder)


@dataclass(frozen=True)
class _Given:
    """What the user handed over: a request, a folder with a scene that exists, or one with a reconstruction."""

    scene_id: str
    request: SceneRequest | None
    folder: Path | None
    is_reconstruction: bool = False


def _read_source(source: str | SceneRequest, scene_id: str | None) -> _Given:
    if isinstance(source, SceneRequest):
        return _Given(source.scene_id, source, None)
    if scene_id is not None:
        validate_scene_id(scene_id)
    if _may_be_path(source) and is_native(Path(source)):
        return _Given(scene_id or validate_scene_id(slug(Path(source).resolve().stem)), None, Path(source))
    if _may_be_path(source) and not is_scene_dir(Path(source)) and is_reconstruction(Path(source)):
        chosen = scene_id or validate_scene_id(slug(Path(source).resolve().name))
        return _Given(chosen, None, Path(source), is_reconstruction=True)
    if _may_be_path(source) and is_photo(Path(source)):
        request = photo_request(Path(source), scene_id)
        return _Given(request.scene_id, request, None)
    if _may_be_path(source) and Path(source).is_dir():
        scene = check_scene(Path(source)) if is_scene_dir(Path(source)) else None
        return _Given(scene_id or (scene.scene_id if scene else Path(source).resolve().name), None, Path(source))
    if _may_be_path(source) and "/" in source and " " not in source.strip() and not source.endswith(".json"):
        raise InputError(f"there is no file or folder {source!r}.", remedy="check the path, or describe a scene.")
    request = request_from(source, scene_id)
    return _Given(request.scene_id, request, None)


def _may_be_path(source: str) -> bool:
    """Whether the system can be asked for a file of this name: it raises for parts of over 255 bytes (prompts)."""
    longest = max(len(part.encode("utf-8", "surrogatepass")) for part in source.split("/"))
    return len(source) < 1000 and longest <= 255 and "\n" not in source and "\0" not in source


def _open_scene(workspace: Workspace, given: _Given, settings: RunSettings, *, resume: bool, overwrite: bool) -> None:
    """Put request and settings into the scene folder; an existing scene is touched only if that was asked for."""
    scene_dir = workspace.scene_dir
    exists = any((scene_dir / name).exists() for name in (layout.SCENE_REQUEST, layout.SCENE_MANIFEST, "input"))
    is_own_folder = given.folder is not None and scene_dir.exists() and given.folder.samefile(scene_dir)
    if exists and not (resume or overwrite or is_own_folder):
        message = f"scene {given.scene_id!r} exists already in {scene_dir}."
        raise InputError(message, remedy="use --resume to go on, --overwrite to start again, or another --scene-id.")
    if exists and overwrite and not is_own_folder:
        _empty(scene_dir)
    if given.folder is not None and given.is_reconstruction:
        adopt_reconstruction(given.folder, scene_dir / layout.GIVEN_RECONSTRUCTION)
    elif given.folder is not None and not is_own_folder:
        adopt_folder(given.folder, scene_dir / "input")
    if given.request is not None:
        write_atomically(scene_dir / layout.SCENE_REQUEST, given.request.to_json().encode())
        if given.request.source_mode == "image":
            hand_over_photo(given.request, scene_dir)
    settings.write(scene_dir / SETTINGS_FILE)


def _empty(scene_dir: Path) -> None:
    for path in sorted(scene_dir.iterdir()):
        if path.name == "locks":
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _check_robot(name: str) -> None:
    if name not in embodiments():
        raise InputError(
            f"there is no robot {name!r}; there are {', '.join(embodiments())}.", remedy="use one of them."
        )


def _check_machine(stages: list[Stage], settings: RunSettings) -> None:
    """Find out in the first seconds, not after minutes, that this machine cannot draw or cannot get the robot."""
    names = {stage.name for stage in stages}
    if names & {"simready", "episodes", "geniesim-submit", "report"}:
        choose_gl() if settings.renderer == "auto" else require_gl(settings.renderer)
    if names & {"tasks", "episodes", "import"}:
        fetch_model(load_embodiment(settings.robot).model)


def _require_passed(stages: Sequence[Stage], scene_dir: Path) -> None:
    """Nobody after the last stage asks whether its gates passed, so the run itself does."""
    for stage in stages:
        if is_needed(stage, scene_dir):
            for gate_id in stage.judges:
                require(scene_dir, gate_id)


def _existing(path: Path) -> str | None:
    return str(path) if path.exists() else None
