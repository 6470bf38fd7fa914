"""Foreign scenes overlap and float: things are parted by the least shifts, let down, relaxed, and measured again."""

from dataclasses import dataclass, replace
from pathlib import Path

import mujoco
import numpy as np

from blueprint.assets.library import load_asset
from blueprint.certify.penetration import deepest_contacts
from blueprint.contracts.frames import Pose
from blueprint.contracts.scene import Scene, asset_dir, asset_ids, load_scene
from blueprint.contracts.scene_manifest import Transform
from blueprint.physics.inertia import with_inertials
from blueprint.sources.imported.relax import relax
from blueprint.sources.imported.separate_model import Arrangement, Gap
from blueprint.sources.imported.separate_solve import CLEAR_M, MAX_SHIFT_M, overlaps, part
from blueprint.storage import layout
from blueprint.usd.asset import author_asset

__all__ = ["Separation", "separate"]

_RESTARTS = 12
_LOWERING_M = 0.005  # steps of letting something down: no shelf is thinner
_RESTING_M = 0.001
_HALVINGS = 6
_SUPPORTED = 0.3  # of a unit normal's z: a slope that still carries


@dataclass(frozen=True)
class Separation:
    """What was done to a scene folder. Shifts and depths in metres, the depths the deepest of any free object's.

    `kept` names what strongly damped physics would have moved too far and so left alone, `unsavable` what could not be
    parted from something by at most 10 cm; both with the reason. `rounds` is how many programmes were solved.
    """

    shifts_m: dict[str, float]
    depth_before_m: float
    depth_after_m: float
    kept: dict[str, str]
    unsavable: dict[str, str]
    rounds: int


def separate(folder: Path) -> Separation:
    """Part what overlaps in a scene folder, lower what floats, relax it, and write back the poses.

    Objects are moved by translations of at most 10 cm that clear overlaps of over 0.2 mm with the least mass-weighted
    effort; what stands on a moved thing moves along, walls and what is mounted stay. Then every floating thing is let
    down by at most 10 cm, and `relax` lets all of it give way. What cannot be freed keeps its place and is named.
    Raises what authoring and loading the scene raise.
    """
    _author_assets(folder)
    scene = load_scene(folder)
    start = {item.id: item.transform.pose() for item in scene.objects if not item.is_fixed}
    arrangement = Arrangement(scene, folder)
    before = _deepest(arrangement.model, set(start))
    given_up, rounds = _part_or_give_up(arrangement)
    _let_down(arrangement, set(given_up))
    _write(scene, arrangement, folder)
    kept = relax(folder, {name: _partner(name, gap) for name, gap in given_up.items()})
    unsavable = {name: _reason(arrangement, name, gap) for name, gap in sorted(given_up.items())}
    done = load_scene(folder)
    after = Arrangement(done, folder)
    now = {item.id: item.transform.pose() for item in done.objects}
    shifts = {name: _distance(pose, now[name]) for name, pose in start.items()}
    return Separation(shifts, before, _deepest(after.model, set(start)), kept, unsavable, rounds)


def _author_assets(folder: Path) -> None:
    for asset_id in asset_ids(folder):
        place = asset_dir(folder, asset_id)
        asset = load_asset(place)
        author_asset(replace(asset, model=with_inertials(asset.model)), place)


def _part_or_give_up(arrangement: Arrangement) -> tuple[dict[str, Gap], int]:
    """Part what can be parted. Of two that cannot, the lighter is given up and the others start again without it."""
    arrangement.place()
    start = {frozenset((gap.first, gap.second)): gap for gap in reversed(overlaps(arrangement))}  # the deepest stays
    given_up: dict[str, Gap] = {}
    rounds = 0
    for attempt in range(_RESTARTS):
        rounds += part(arrangement, given_up.keys())
        touched: set[str] = set()
        stuck = overlaps(arrangement, given_up.keys())
        for gap in stuck:
            if attempt == _RESTARTS - 1 or not {gap.first, gap.second} & touched:
                given_up.setdefault(_lighter(arrangement, gap), start.get(frozenset((gap.first, gap.second)), gap))
                touched |= {gap.first, gap.second}
        if not stuck:
            break
    return given_up, rounds


def _lighter(arrangement: Arrangement, gap: Gap) -> str:
    first, second = arrangement.number(gap.first), arrangement.number(gap.second)
    if first is None or second is None:
        return gap.first if second is None else gap.second
    return gap.first if arrangement.carried_kg[first] < arrangement.carried_kg[second] else gap.second


def _let_down(arrangement: Arrangement, given_up: set[str]) -> None:
    """Lower what has nothing under it, the lowest supports first, until it meets something; at most 10 cm."""
    for name in arrangement.names:
        if name in given_up or _is_supported(arrangement, name, given_up):
            continue
        row = arrangement.number(name)
        height = float(arrangement.shifts[row, 2])
        reached = 0.0
        while reached < MAX_SHIFT_M and _is_free(arrangement, name, height - reached - _LOWERING_M, given_up):
            reached += _LOWERING_M
        step = _LOWERING_M
        for _ in range(_HALVINGS):
            step /= 2
            if _is_free(arrangement, name, height - reached - step, given_up):
                reached += step
        arrangement.shifts[row, 2] = height if reached >= MAX_SHIFT_M else height - reached
        arrangement.place()


def _is_supported(arrangement: Arrangement, name: str, given_up: set[str]) -> bool:
    """Whether something that it does not carry itself is under it, within a millimetre."""
    for gap in arrangement.contacts():
        if name in (gap.first, gap.second) and gap.distance_m < _RESTING_M:
            other, up = (gap.first, gap.normal[2]) if gap.second == name else (gap.second, -gap.normal[2])
            if up > _SUPPORTED and name not in arrangement.carriers.get(other, ()):
                return True
    return False


def _is_free(arrangement: Arrangement, name: str, height_m: float, given_up: set[str]) -> bool:
    row = arrangement.number(name)
    arrangement.shifts[row, 2] = height_m
    arrangement.place()
    moved = {name} | {other for other, below in arrangement.carriers.items() if name in below}
    return not any(
        gap.distance_m < -CLEAR_M and (gap.first in moved) != (gap.second in moved)
        for gap in arrangement.contacts()
        if gap.first not in given_up and gap.second not in given_up
    )


def _write(scene: Scene, arrangement: Arrangement, folder: Path) -> None:
    moved = dict(zip(arrangement.names, arrangement.moved_m(), strict=True))
    objects = []
    for item in scene.objects:
        pose = item.transform.pose()
        shift = moved.get(item.id)
        if shift is not None and np.any(shift):
            pose = Pose.of(np.add(pose.position, shift), pose.quat_wxyz)
            item = item.model_copy(update={"transform": Transform.of(pose)})
        objects.append(item)
    scene.manifest.model_copy(update={"objects": objects}).write(folder / layout.SCENE_MANIFEST)


def _reason(arrangement: Arrangement, name: str, gap: Gap) -> str:
    other = _partner(name, gap)
    (low, high), (other_low, other_high) = arrangement.extent(name), arrangement.extent(other)
    if arrangement.number(other) is not None and (low >= other_low).all() and (high <= other_high).all():
        return f"is enclosed by {other}"
    return f"is {-gap.distance_m * 1000:.0f} mm inside {other}"


def _partner(name: str, gap: Gap) -> str:
    return gap.first if gap.second == name else gap.second


def _deepest(model: mujoco.MjModel, free: set[str]) -> float:
    found = deepest_contacts(model, mujoco.MjData(model))
    return round(max((found[name].depth_m for name in free if name in found), default=0.0), 6)


def _distance(first: Pose, second: Pose) -> float:
    return round(float(np.linalg.norm(np.subtract(second.position, first.position))), 6)
