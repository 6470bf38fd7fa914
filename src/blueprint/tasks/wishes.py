"""Tasks that the prompt asks for: which things, where to, and every way in which the scene affords it."""

import importlib
from collections.abc import Sequence
from dataclasses import dataclass

from blueprint.contracts.asset import Region
from blueprint.contracts.frames import Pose
from blueprint.contracts.scene import Scene
from blueprint.contracts.seeds import rng_for
from blueprint.contracts.task import On, PlaceGoal, TaskSpec, Upright, WishVerb
from blueprint.motion.base import BaseFinder
from blueprint.robots.embodiment import Embodiment
from blueprint.tasks.articulated import joint_tasks
from blueprint.tasks.beside import SIDES, beside_spots
from blueprint.tasks.chains import chain_of, with_openings
from blueprint.tasks.curriculum import with_curriculum
from blueprint.tasks.enclosed import hidden_things, is_enclosed
from blueprint.tasks.instructions import with_words
from blueprint.tasks.phrases import object_phrase, region_phrase
from blueprint.tasks.places import region_pose
from blueprint.tasks.placing import FreeSpots, Spot, distance, movable, placing_spots, placing_task

__all__ = ["Wish", "propose_wished", "propose_wished_chain", "wished_tasks"]

FARTHEST_M = 1.2  # twice what an arm reaches comfortably: from a base between start and goal
ATTEMPTS = 200
SPOTS_PER_REGION = 2
PROPOSERS_OF = {
    "sort": "blueprint.tasks.sorting",
    "turn": "blueprint.tasks.turning",
    "press": "blueprint.tasks.pressing",
    "push": "blueprint.tasks.pushing",
    "insert": "blueprint.tasks.inserting",
    "hang": "blueprint.tasks.hanging",
    "pour": "blueprint.tasks.pouring",
    "wipe": "blueprint.tasks.wiping",
    "handover": "blueprint.tasks.handover",
}
MAX_PLACED = 12
MAX_BASES = 3


@dataclass(frozen=True)
class Wish:
    """What the prompt asks of the robot, in `words`: do `verb` to one of `objects`, at one of `targets` where given."""

    verb: WishVerb
    words: str
    objects: tuple[str, ...]
    relation: str | None = None
    targets: tuple[str, ...] = ()


def propose_wished(scene: Scene, wish: Wish, embodiment: Embodiment, finder: BaseFinder, seed: int) -> list[TaskSpec]:
    """Return candidates for a wish with bases from which they are reached, likeliest first.

    First each way of doing it from its best base, then the same from other bases: the first that is solved will do.
    """
    rounds: list[list[TaskSpec]] = [[] for _ in range(MAX_BASES)]
    for task in wished_tasks(scene, wish, embodiment, seed)[:MAX_PLACED]:
        for turn, base in zip(rounds, finder.bases_for(task, MAX_BASES), strict=False):
            placed = with_words(scene, task.model_copy(update={"pose_world_base": base}))
            turn.append(with_curriculum(scene, placed, embodiment))
    return [task for turn in rounds for task in turn]


def propose_wished_chain(
    scene: Scene, tasks: Sequence[TaskSpec], embodiment: Embodiment, finder: BaseFinder
) -> list[TaskSpec]:
    """Return the prompt's `tasks`, as they were solved one by one, as one chain in the prompt's order, from up to three
    bases; none where they do not follow one another, or nothing stands where all of them are within reach.

    What one of them found open is opened first.
    """
    doors = [
        task
        for name in dict.fromkeys(joint.split("/")[0] for part in tasks for joint in part.initial_joints)
        for task in joint_tasks(scene, name, embodiment)
    ]
    chain = chain_of(scene, with_openings(_closing_the_same(tasks, doors), doors), "prompt")
    if chain is None:
        return []
    chain = chain.model_copy(update={"plan": None, "reset": [], "reward": []})
    return [
        with_curriculum(scene, with_words(scene, chain.model_copy(update={"pose_world_base": base})), embodiment)
        for base in finder.bases_for(chain, MAX_BASES)
    ]


def _closing_the_same(tasks: Sequence[TaskSpec], doors: Sequence[TaskSpec]) -> list[TaskSpec]:
    """Let "close it" close the drawer that something was put into before, not another one of the same furniture."""
    found: list[TaskSpec] = []
    used: dict[str, str] = {}
    for task in tasks:
        name = used.get(task.target_object) if task.task_type == "close" else None
        same = [door for door in doors if door.task_type == "close" and name in door.initial_joints]
        found.append(same[0] if same else task)
        if task.goal.kind != "joint":
            used |= {joint.split("/")[0]: joint for joint in task.initial_joints}
    return found


def wished_tasks(scene: Scene, wish: Wish, embodiment: Embodiment, seed: int) -> list[TaskSpec]:
    """Return every task, still without a base, that would meet a wish; the nearest pairs of start and goal first."""
    if wish.verb in ("open", "close"):
        doors = [task for name in wish.objects for task in joint_tasks(scene, name, embodiment)]
        return [task for task in doors if task.task_type == wish.verb]
    if wish.verb in PROPOSERS_OF:
        return _skilled(scene, wish, embodiment, seed, wish.verb)
    hidden = hidden_things(scene)
    objects = [name for name in movable(scene, embodiment, hidden) if name in wish.objects]
    offers = [(name, spot) for name in objects for spot in _spots(scene, wish, name, hidden, seed)]
    offers.sort(key=lambda offer: round(_way_m(scene, *offer), 1))
    tasks = [placing_task(scene, name, spot, embodiment) for name, spot in offers]
    if wish.verb == "move" and wish.targets:  # onto a hook, into a hole: there is no other way
        tasks += [task for verb in ("hang", "insert") for task in _skilled(scene, wish, embodiment, seed, verb)]
    return tasks


def _skilled(scene: Scene, wish: Wish, embodiment: Embodiment, seed: int, verb: str) -> list[TaskSpec]:
    """Return the tasks of a type that are about the wish's things and, if it has targets, go there.

    A surface to be wiped is the object of the wish, though it is something else that is moved.
    """
    found: list[TaskSpec] = importlib.import_module(PROPOSERS_OF[verb]).proposals(scene, embodiment, seed)
    return [task for task in found if task.task_type == verb and _is_meant(task, wish)]


def _is_meant(task: TaskSpec, wish: Wish) -> bool:
    for step in task.step_list():
        place = getattr(step.goal, "support_id", getattr(step.goal, "container_id", None))
        thing, where = (place, step.target_object) if step.goal.kind == "wipe" else (step.target_object, place)
        if thing not in wish.objects or (wish.targets and where not in wish.targets):
            return False
    return True


def _spots(scene: Scene, wish: Wish, name: str, hidden: frozenset[str], seed: int) -> list[Spot]:
    afforded = placing_spots(scene, name, hidden, seed)
    targets = [target for target in wish.targets if target != name]
    if wish.verb == "stack" and not targets:
        targets = [other for other in wish.objects if other != name]
    elif not targets:
        return afforded
    if wish.relation in SIDES:
        sides = [beside_spots(scene, name, target, wish.relation, seed, FARTHEST_M) for target in targets]
        return [spot for spots in sides for spot in spots]
    there = [spot for spot in afforded if _support(spot) in targets]
    if wish.verb == "stack" or wish.relation == "in":
        return there
    return [*there, *(spot for target in targets for spot in _onto(scene, name, target, seed))]


def _onto(scene: Scene, name: str, target: str, seed: int) -> list[Spot]:
    """To free spots of a piece of furniture, within reach of where the thing stands now."""
    asset = scene.asset(name)
    found = []
    for region in scene.asset(target).regions:
        if region.is_container or asset.size_m[2] + 0.1 > region.clearance_m:
            continue
        pose_world_region = region_pose(scene, target, region)
        rng = rng_for(seed, "onto", scene.scene_id, name, target, region.name)
        free, count = FreeSpots(scene, name, target, region), 0
        for x, y in rng.uniform(-1.0, 1.0, size=(ATTEMPTS, 2)) * region.half_extents:
            pose = Pose.of((float(x), float(y), 0.0)).rounded()
            spot = pose_world_region @ pose
            if distance(scene, name, spot) > FARTHEST_M or not free.holds(pose):
                continue
            if is_enclosed(scene, target, spot.apply((0.0, 0.0, asset.size_m[2] / 2))):
                break  # behind a door
            words = f"pick up {object_phrase(scene, name)} and place it {region_phrase(scene, target, region)}"
            found.append(_place(name, target, region, pose, words, f"onto_{target}_{region.name}_{count}"))
            count += 1
            if count == SPOTS_PER_REGION:
                break
    return found


def _place(name: str, owner: str, region: Region, pose: Pose, words: str, suffix: str) -> Spot:
    return Spot(
        "pick_place",
        PlaceGoal(support_id=owner, region=region.name, pose_region_object=pose),
        [On(object_id=name, support_id=owner, region=region.name), Upright(object_id=name)],
        words,
        suffix,
        {},
    )


def _support(spot: Spot) -> str:
    return spot.goal.support_id


def _way_m(scene: Scene, name: str, spot: Spot) -> float:
    region = scene.region(spot.goal.support_id, spot.goal.region)
    return distance(scene, name, region_pose(scene, spot.goal.support_id, region) @ spot.goal.pose_region_object)
