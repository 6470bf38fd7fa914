"""Sorting: several things into containers, each kind or each colour into its own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from blueprint.contracts.asset import Region
from blueprint.contracts.frames import Pose
from blueprint.contracts.scene import Scene
from blueprint.contracts.seeds import rng_for
from blueprint.contracts.task import In, PlaceGoal, TaskSpec
from blueprint.robots.embodiment import Embodiment
from blueprint.tasks.chains import MAX_STEPS, chain_of
from blueprint.tasks.enclosed import hidden_things
from blueprint.tasks.phrases import noun, object_phrase, plural, region_phrase
from blueprint.tasks.places import region_pose
from blueprint.tasks.placing import Spot, distance, fits_in, movable, parent, placing_task

__all__ = ["proposals"]

MAX_DISTANCE_M = 0.75
GAP_M = 0.025  # between things in one container: a finger goes between them
ATTEMPTS = 300
MAX_GROUPS = 3


Disc = tuple[float, float, float]


@dataclass(frozen=True)
class _Container:
    """A region to put things in, with what is in it already: discs (x, y, radius) of the region, m."""

    object_id: str
    region: Region
    taken: tuple[Disc, ...]


def proposals(scene: Scene, embodiment: Embodiment, seed: int) -> list[TaskSpec]:
    """Return tasks of sorting what stands about: by colour and by kind, into two containers or more; into a single
    one, all things of one colour or kind while the others stay."""
    hidden = hidden_things(scene)
    containers = _containers(scene, hidden)
    vessels = {item.object_id for item in containers}
    things = [name for name in movable(scene, embodiment, hidden) if name not in vessels]
    tasks: list[TaskSpec] = []
    for by, groups in (("colour", _by_color(scene, things)), ("kind", _by_kind(scene, things))):
        tasks += _sorted_apart(scene, by, groups, containers, embodiment, seed)
        tasks += _gathered(scene, by, groups, containers, embodiment, seed)
    return tasks


def _containers(scene: Scene, hidden: frozenset[str]) -> list[_Container]:
    """Return the open containers of a scene with their widest region each, the widest first."""
    found = []
    for item in scene.objects:
        asset = scene.asset(item.id)
        if item.is_architecture or item.id in hidden or asset.is_articulated:
            continue
        regions = [region for region in asset.regions if region.is_container and region.kind == "interior"]
        if regions:
            widest = max(regions, key=_area)
            found.append(_Container(item.id, widest, _occupants(scene, item.id, widest)))
    return sorted(found, key=lambda one: -_area(one.region))


def _area(region: Region) -> float:
    return region.half_extents[0] * region.half_extents[1]


def _occupants(scene: Scene, owner: str, region: Region) -> tuple[Disc, ...]:
    to_region = region_pose(scene, owner, region).inverse()
    discs = []
    for item in scene.objects:
        if item.placement and (item.placement.parent_id, item.placement.region) == (owner, region.name):
            x, y, _ = (to_region @ scene.pose_world_object(item.id)).position
            discs.append((x, y, _radius(scene, item.id)))
    return tuple(discs)


def _radius(scene: Scene, object_id: str) -> float:
    return float(np.hypot(*scene.asset(object_id).size_m[:2])) / 2


def _by_color(scene: Scene, things: Sequence[str]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for name in things:
        color = scene.asset(name).params.get("color")
        if isinstance(color, str):
            groups.setdefault(color, []).append(name)
    return groups


def _by_kind(scene: Scene, things: Sequence[str]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for name in things:
        groups.setdefault(noun(scene, name), []).append(name)
    return groups


def _sorted_apart(
    scene: Scene,
    by: str,
    groups: dict[str, list[str]],
    containers: Sequence[_Container],
    embodiment: Embodiment,
    seed: int,
) -> Iterator[TaskSpec]:
    """Each of the largest groups into a container of its own."""
    by_size = sorted(groups.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    chosen = by_size[: min(len(containers), MAX_GROUPS)]
    if len(chosen) < 2 or sum(len(names) for _, names in chosen) > MAX_STEPS:
        return
    parts: list[TaskSpec] = []
    words: list[str] = []
    for number, (word, names) in enumerate(chosen):
        for container in [*containers[number:], *containers[:number]]:
            if container.object_id in {item.goal.support_id for item in parts if isinstance(item.goal, PlaceGoal)}:
                continue
            packed = _packed(scene, names, container, embodiment, seed)
            if len(packed) == len(names):
                parts += packed
                words.append(f"{_group_words(scene, by, word, packed)} {_where(scene, container)}")
                break
    if len(words) >= 2:
        instruction = f"sort things by {by}: {', '.join(words[:-1])} and {words[-1]}"
        yield from _as_sort(scene, parts, f"by_{by}", instruction)


def _gathered(
    scene: Scene,
    by: str,
    groups: dict[str, list[str]],
    containers: Sequence[_Container],
    embodiment: Embodiment,
    seed: int,
) -> Iterator[TaskSpec]:
    """All of one group, of two or more, into one container, where there are others that stay."""
    others = sum(len(names) for names in groups.values())
    for word, names in sorted(groups.items()):
        if not 2 <= len(names) <= MAX_STEPS or others == len(names):
            continue
        for container in containers:
            packed = _packed(scene, names, container, embodiment, seed)
            if len(packed) == len(names):
                words = f"put all {_group_words(scene, by, word, packed)} {_where(scene, container)}"
                yield from _as_sort(scene, packed, f"{word.replace(' ', '_')}_in_{container.object_id}", words)
                break


def _packed(
    scene: Scene, names: Sequence[str], container: _Container, embodiment: Embodiment, seed: int
) -> list[TaskSpec]:
    """Return a task for each thing that still finds room in a container beside those before it."""
    owner, region = container.object_id, container.region
    asset = scene.asset(owner)
    pose_world_region = region_pose(scene, owner, region)
    taken = list(container.taken)
    tasks: list[TaskSpec] = []
    for name in names:
        radius = _radius(scene, name)
        near = distance(scene, name, pose_world_region) <= MAX_DISTANCE_M
        inside = parent(scene, name) == owner
        if not near or inside or not fits_in(scene.asset(name), asset, region):
            continue
        spot = _free_place(region, radius, taken, rng_for(seed, "sort", scene.scene_id, owner, name))
        if spot is None:
            continue
        taken.append((*spot, radius))
        pose = Pose.of((*spot, 0.0)).rounded()
        tasks.append(
            placing_task(
                scene,
                name,
                Spot(
                    "pick_place",
                    PlaceGoal(support_id=owner, region=region.name, pose_region_object=pose),
                    [In(object_id=name, container_id=owner, region=region.name)],
                    f"pick up {object_phrase(scene, name)} and place it {_where(scene, container)}",
                    f"in_{owner}_{region.name}",
                    {},
                ),
                embodiment,
            )
        )
    return tasks


def _free_place(
    region: Region, radius: float, taken: Sequence[Disc], rng: np.random.Generator
) -> tuple[float, float] | None:
    """Return x and y of a region at which a disc is inside it and apart from those that are taken, or None."""
    x_max, y_max = (half - radius for half in region.half_extents)
    if region.outline == "disc":
        y_max = x_max
    x_max, y_max = max(x_max, 0.0), max(y_max, 0.0)
    for x, y in rng.uniform(-1.0, 1.0, (ATTEMPTS, 2)) * (x_max, y_max):
        if region.outline == "disc" and np.hypot(x, y) > x_max + 1e-9:
            continue
        if all(np.hypot(x - other_x, y - other_y) >= radius + other + GAP_M for other_x, other_y, other in taken):
            return round(float(x), 4), round(float(y), 4)
    return None


def _as_sort(scene: Scene, parts: Sequence[TaskSpec], suffix: str, instruction: str) -> Iterator[TaskSpec]:
    task = chain_of(scene, parts, suffix, "sort")
    if task is not None:
        yield task.model_copy(update={"instruction": instruction})


def _group_words(scene: Scene, by: str, word: str, tasks: Sequence[TaskSpec]) -> str:
    """Return "the red things", "the blocks"; what is but one is named."""
    if len(tasks) == 1:
        return object_phrase(scene, tasks[0].target_object)
    return f"the {word} things" if by == "colour" else f"the {plural(word)}"


def _where(scene: Scene, container: _Container) -> str:
    return region_phrase(scene, container.object_id, container.region)
