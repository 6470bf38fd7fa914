"""Stage tasks: propose, plan, and emit what was solved in physics once; what the prompt asks for comes first."""

from blueprint.contracts.quality_gate import GateCheck
from blueprint.contracts.scene import Scene, load_scene
from blueprint.contracts.seeds import rng_for
from blueprint.contracts.task import RefusedTask, TaskSet, TaskSpec, WishOutcome
from blueprint.episodes.certify_tasks import certify_tasks
from blueprint.motion.base import BaseFinder
from blueprint.pipeline.stage import Outcome, StageContext
from blueprint.robots.embodiment import Embodiment, load_embodiment
from blueprint.sources.text.spec import SceneSpec
from blueprint.storage import layout
from blueprint.tasks.propose import propose_tasks
from blueprint.tasks.reachable import reachability
from blueprint.tasks.wishes import Wish, propose_wished, propose_wished_chain

__all__ = ["emit_tasks", "wishes_of"]

_CANDIDATES_PER_TASK = 4
_TRIES_PER_WISH = 8


def emit_tasks(context: StageContext) -> Outcome:
    """Certify the prompt's tasks, one by one and as a chain, then other candidates until enough are emitted; none at
    all fails the gate."""
    scene = load_scene(context.scene_dir)
    settings = context.settings
    embodiment = load_embodiment(settings.robot)
    finder = BaseFinder(scene, embodiment, rng_for(settings.seed, "wishes", scene.scene_id, embodiment.name))
    emitted: list[TaskSpec] = []
    refused: list[RefusedTask] = []
    wishes: list[WishOutcome] = []
    for wish in wishes_of(scene) if settings.tasks else []:
        outcome = _grant(wish, scene, context, embodiment, finder, emitted, refused)
        wishes.append(outcome)
        context.progress(len(emitted), settings.tasks, f'the prompt\'s "{wish.words}": {_verdict(outcome)}')
    _grant_together(wishes, scene, context, embodiment, finder, emitted, refused)
    known = {task.task_id for task in emitted}
    proposed = propose_tasks(scene, embodiment, settings.tasks * _CANDIDATES_PER_TASK, seed=settings.seed)
    candidates = [task for task in proposed if task.task_id not in known]
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
    TaskSet(
        scene_id=scene.scene_id,
        embodiment=embodiment.name,
        tasks=emitted,
        refused=refused,
        wishes=wishes,
        reachability=reachability(scene, embodiment, finder, proposed, emitted),
    ).write(path)
    context.judge("tasks_solved", "pre_episode_validation", [path], _checks(emitted, refused, wishes))
    return Outcome({"tasks": [item.task_id for item in emitted], "refused": len(refused)})


def wishes_of(scene: Scene) -> list[Wish]:
    """Return the tasks that the prompt asks for, with the objects of the scene that they are about.

    None for a scene without a spec. Raises ContractError where `metadata.spec` is not valid.
    """
    metadata = scene.manifest.metadata
    if not isinstance(metadata.get("spec"), dict):
        return []
    prompt = str(metadata.get("prompt", ""))
    spec = SceneSpec.model_validate({"prompt": prompt, **metadata["spec"]})
    by_requirement: dict[int, list[str]] = {}
    for item in scene.objects:
        index = (item.source or {}).get("requirement")
        if isinstance(index, int):
            by_requirement.setdefault(index, []).append(item.id)
    return [
        Wish(
            verb=wish.verb,
            words=prompt[slice(*wish.evidence)],
            objects=tuple(by_requirement.get(wish.object, [])),
            relation=wish.relation,
            targets=tuple(by_requirement.get(wish.target, [])) if wish.target is not None else (),
        )
        for wish in spec.tasks
    ]


def _grant(
    wish: Wish,
    scene: Scene,
    context: StageContext,
    embodiment: Embodiment,
    finder: BaseFinder,
    emitted: list[TaskSpec],
    refused: list[RefusedTask],
) -> WishOutcome:
    """Certify candidates of a wish, one after the other, until one is solved; add it to `emitted`."""
    if not wish.objects:
        return WishOutcome(verb=wish.verb, words=wish.words, met=False, reason="absent", detail="no such thing")
    seed = context.settings.seed
    last = RefusedTask(task_id="", reason="not_afforded", detail=f"the robot cannot {wish.verb} it there")
    for task in propose_wished(scene, wish, embodiment, finder, seed)[:_TRIES_PER_WISH]:
        known = next((item for item in emitted if item.task_id == task.task_id), None)
        if known is not None:
            return WishOutcome(verb=wish.verb, words=wish.words, met=True, task_id=known.task_id)
        found = certify_tasks(scene, context.scene_dir, [task], embodiment, seed=seed)
        if found.tasks:
            emitted += found.tasks
            return WishOutcome(verb=wish.verb, words=wish.words, met=True, task_id=task.task_id)
        refused += found.refused
        last = found.refused[-1]
    return WishOutcome(verb=wish.verb, words=wish.words, met=False, reason=last.reason, detail=last.detail)


def _grant_together(
    wishes: list[WishOutcome],
    scene: Scene,
    context: StageContext,
    embodiment: Embodiment,
    finder: BaseFinder,
    emitted: list[TaskSpec],
    refused: list[RefusedTask],
) -> None:
    """Certify the prompt's tasks as one chain, where each was solved alone; it is emitted with them."""
    by_id = {task.task_id: task for task in emitted}
    parts = [by_id[wish.task_id] for wish in wishes if wish.task_id is not None]
    if len(parts) < 2 or len(parts) < len(wishes):
        return
    for task in propose_wished_chain(scene, parts, embodiment, finder):
        found = certify_tasks(scene, context.scene_dir, [task], embodiment, seed=context.settings.seed)
        emitted += found.tasks
        if found.tasks:
            return
        refused += found.refused


def _verdict(outcome: WishOutcome) -> str:
    return "solved" if outcome.met else f"not solved ({outcome.reason})"


def _checks(emitted: list[TaskSpec], refused: list[RefusedTask], wishes: list[WishOutcome]) -> list[GateCheck]:
    tried = len(emitted) + len(refused)
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
    if wishes:
        met = sum(item.met for item in wishes)
        missed = "; ".join(f'"{item.words}": {item.reason}, {item.detail}' for item in wishes if not item.met)
        checks.append(
            GateCheck(
                name="wishes",
                passed=met == len(wishes),
                severity="WARNING",
                message=f"{met} of the prompt's {len(wishes)} tasks solved" + (f"; not {missed}" if missed else ""),
                measured=met,
                limit=len(wishes),
            )
        )
    return checks
