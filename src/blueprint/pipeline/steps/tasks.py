"""Stage tasks: propose, plan, and emit what was solved in physics once."""

from blueprint.contracts.quality_gate import GateCheck
from blueprint.contracts.scene import load_scene
from blueprint.contracts.task import RefusedTask, TaskSet, TaskSpec
from blueprint.episodes.certify_tasks import certify_tasks
from blueprint.pipeline.stage import Outcome, StageContext
from blueprint.robots.embodiment import load_embodiment
from blueprint.storage import layout
from blueprint.tasks.propose import propose_tasks

__all__ = ["emit_tasks"]

_CANDIDATES_PER_TASK = 4


def emit_tasks(context: StageContext) -> Outcome:
    """Certify candidates until enough are emitted; none at all fails the gate."""
    scene = load_scene(context.scene_dir)
    settings = context.settings
    embodiment = load_embodiment(settings.robot)
    candidates = propose_tasks(scene, embodiment, settings.tasks * _CANDIDATES_PER_TASK, seed=settings.seed)
    emitted: list[TaskSpec] = []
    refused: list[RefusedTask] = []
    tried = 0
    while tried < len(candidates) and len(emitted) < settings.tasks:
        # as many as are still missing: which are tried does not depend on the number of workers
        batch = candidates[tried : tried + settings.tasks - len(emitted)]
        found = certify_tasks(scene, context.scene_dir, batch, embodiment, seed=settings.seed, workers=settings.workers)
        emitted += found.tasks
        refused += found.refused
        tried += len(batch)
        context.progress(len(emitted), settings.tasks, f"{len(emitted)} of {tried} candidates solved")
    path = context.scene_dir / layout.TASKS
    TaskSet(scene_id=scene.scene_id, embodiment=embodiment.name, tasks=emitted, refused=refused).write(path)
    reasons = ", ".join(sorted({item.reason for item in refused})) or "none"
    checks = [
        GateCheck(
            name="emitted",
            passed=bool(emitted),
            severity="ERROR",
            message=f"{len(emitted)} of {tried} candidates solved in physics; reasons of refusal: {reasons}",
            measured=len(emitted),
            limit=1,
        )
    ]
    context.judge("tasks_solved", "pre_episode_validation", [path], checks)
    return Outcome({"tasks": [item.task_id for item in emitted], "refused": len(refused)})
