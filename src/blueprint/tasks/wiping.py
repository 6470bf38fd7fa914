"""Proposals to wipe a part of a surface with a sponge that lies on it."""

import itertools

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.asset import AssetModel
from blueprint.contracts.frames import IDENTITY, Pose, Vec2
from blueprint.contracts.scene import Scene
from blueprint.contracts.seeds import rng_for
from blueprint.contracts.task import AtRest, On, Released, TaskSpec, Wiped, WipeGoal
from blueprint.motion.wipe import strokes
from blueprint.robots.embodiment import Embodiment
from blueprint.tasks.enclosed import hidden_things
from blueprint.tasks.phrases import object_phrase
from blueprint.tasks.placing import FreeSpots, movable, region_pose

__all__ = ["proposals"]

Array = NDArray[np.float64]

WIPERS = ("sponge", "eraser")  # and whatever affords "wiping"
HALF_LONG_M, HALF_WIDE_M = (0.08, 0.14), (0.03, 0.06)
FARTHEST_M = 0.35  # of the rectangle's middle from the tool
ATTEMPTS = 60
STEP_M = 0.04  # between looks at whether the way is free
HEADROOM_M = 0.35
MIN_FRACTION = 0.8
WIDTH_MARGIN_M = 0.006  # open fingers have to go down beside it


def proposals(scene: Scene, embodiment: Embodiment, seed: int) -> list[TaskSpec]:
    """Return one wipe task of every tool that lies on an open surface: over a free rectangle near it."""
    hidden = hidden_things(scene)
    tools = [name for name in movable(scene, embodiment, hidden) if _is_wiper(scene.asset(name), embodiment)]
    found = (_wipe(scene, name, embodiment, seed) for name in tools)
    return [task for task in found if task is not None]


def _wipe(scene: Scene, tool: str, embodiment: Embodiment, seed: int) -> TaskSpec | None:
    placement = scene.object(tool).placement
    if placement is None or placement.parent_id is None or placement.region is None:
        return None
    owner, region = placement.parent_id, scene.region(placement.parent_id, placement.region)
    if region.is_container or region.clearance_m < HEADROOM_M or scene.object(owner).is_architecture:
        return None
    start = (region_pose(scene, owner, region).inverse() @ scene.pose_world_object(tool)).position
    free = FreeSpots(scene, tool, owner, region)
    rng = rng_for(seed, "wipe", scene.scene_id, tool)
    size = scene.asset(tool).size_m
    for _ in range(ATTEMPTS):
        half = (float(rng.uniform(*HALF_LONG_M)), float(rng.uniform(*HALF_WIDE_M)))
        shift = rng.uniform(-FARTHEST_M, FARTHEST_M, 2)
        center = (round(start[0] + float(shift[0]), 4), round(start[1] + float(shift[1]), 4))
        half = (round(half[0], 4), round(half[1], 4))
        if np.linalg.norm(shift) < FARTHEST_M and _is_free(free, center, half, size):
            return _task(scene, tool, owner, region.name, center, half, embodiment)
    return None


def _task(
    scene: Scene, tool: str, owner: str, region: str, center: Vec2, half: Vec2, embodiment: Embodiment
) -> TaskSpec:
    return TaskSpec(
        task_id=f"{scene.scene_id}::wipe::{tool}::{owner}",
        task_type="wipe",
        instruction=f"wipe {object_phrase(scene, owner)} with {object_phrase(scene, tool)}",
        target_object=tool,
        goal=WipeGoal(support_id=owner, region=region, center=center, half_extents=half),
        success=[
            Wiped(
                object_id=tool,
                support_id=owner,
                region=region,
                center=center,
                half_extents=half,
                min_fraction=MIN_FRACTION,
            ),
            On(object_id=tool, support_id=owner, region=region),
            AtRest(object_id=tool),
            Released(object_id=tool),
        ],
        embodiment=embodiment.name,
        pose_world_base=IDENTITY,
    )


def _is_wiper(asset: AssetModel, embodiment: Embodiment) -> bool:
    fits = any(grasp.width_m < embodiment.opening_max_m - WIDTH_MARGIN_M for grasp in asset.grasps)
    return fits and (asset.category in WIPERS or "wiping" in asset.affordances)


def _is_free(free: FreeSpots, center: Vec2, half: Vec2, size: tuple[float, float, float]) -> bool:
    """Return whether the tool, with room for the fingers around it, fits everywhere on its way."""
    corners = strokes(center, half, size)
    for here, there in itertools.pairwise(corners):
        count = 1 + int(np.hypot(there[0] - here[0], there[1] - here[1]) / STEP_M)
        for share in np.linspace(0.0, 1.0, count + 1):
            x, y = (1 - share) * np.asarray(here) + share * np.asarray(there)
            if not free.holds(Pose.of((float(x), float(y), 0.0))):
                return False
    return True
