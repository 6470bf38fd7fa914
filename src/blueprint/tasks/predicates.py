"""Success, judged from physics state alone."""

from collections.abc import Sequence

import mujoco
import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.episode import PredicateResult
from blueprint.contracts.errors import InputError
from blueprint.contracts.scene import Scene
from blueprint.contracts.task import (
    At,
    AtRest,
    Contains,
    Fallen,
    Hanging,
    HeldBy,
    In,
    Inserted,
    JointAbove,
    JointBelow,
    Near,
    On,
    Predicate,
    Pressed,
    Released,
    TaskSpec,
    Upright,
    Wiped,
)
from blueprint.physics.polygon import convex_hull, polygon_gap
from blueprint.robots.embodiment import PREFIX, Embodiment, load_embodiment
from blueprint.tasks.scene_state import SceneState, covers
from blueprint.tasks.wiped_area import wiped_fraction

__all__ = ["evaluate", "evaluate_predicates"]

Array = NDArray[np.float64]

CONTAINER_MARGIN_M = 0.01
SLOT_MARGIN_M = 0.002
CARRIED_FRACTION = 0.5  # of its weight: what hangs still sways a little


def evaluate(
    task: TaskSpec,
    model: mujoco.MjModel,
    data: mujoco.MjData,
    scene: Scene,
    states: Array | None = None,
) -> list[PredicateResult]:
    """Return every success predicate of a task with whether it holds and the measured quantity as text.

    `data` must be consistent (after mj_forward or mj_step); it is only read. `states` (T + 1, nq) are those of the
    attempt so far; predicates about what happened on the way (Pressed, Wiped) need them, and without them know of the
    present state only.
    """
    return evaluate_predicates(task.success, task.embodiment, model, data, scene, states)


def evaluate_predicates(
    predicates: Sequence[Predicate],
    embodiment: str,
    model: mujoco.MjModel,
    data: mujoco.MjData,
    scene: Scene,
    states: Array | None = None,
) -> list[PredicateResult]:
    """Return the same as `evaluate` of any predicates: of a step of a chain, or the conditions to start again."""
    judge = _Judge(SceneState(model, data, scene), embodiment, states)
    return [_result(predicate, *judge.measure(predicate)) for predicate in predicates]


def _result(predicate: Predicate, satisfied: bool, measured: str) -> PredicateResult:
    fields = predicate.model_dump(exclude={"kind"}, exclude_none=True)
    arguments = ", ".join(f"{value:g}" if isinstance(value, float) else str(value) for value in fields.values())
    return PredicateResult(predicate=f"{predicate.kind}({arguments})", satisfied=bool(satisfied), measured=measured)


class _Judge:
    def __init__(self, state: SceneState, embodiment: str, states: Array | None) -> None:
        self.state, self.scene, self.embodiment = state, state.scene, embodiment
        self.states = np.array([state.data.qpos]) if states is None else np.asarray(states, np.float64)

    def measure(self, predicate: Predicate) -> tuple[bool, str]:
        state = self.state
        match predicate:
            case On():
                return self._on(predicate)
            case At():
                return self._at(predicate)
            case In():
                return self._in(predicate)
            case JointAbove():
                value = state.joint(predicate.object_id, predicate.joint)
                return value >= predicate.value, f"{value:.4f}"
            case JointBelow():
                value = state.joint(predicate.object_id, predicate.joint)
                return value <= predicate.value, f"{value:.4f}"
            case AtRest():
                speed = state.speed(predicate.object_id)
                return speed <= predicate.max_speed_m_per_s, f"{speed:.4f} m/s"
            case Upright():
                tilt = _angle(state.data.body(predicate.object_id).xmat.reshape(3, 3)[:, 2], np.array([0.0, 0.0, 1.0]))
                return tilt <= predicate.max_tilt_rad, f"{tilt:.3f} rad"
            case Released():
                touching = [name for name in state.touching(predicate.object_id) if name.startswith(PREFIX)]
                return not touching, "no contact" if not touching else f"touches {', '.join(touching)}"
            case Near():
                return self._near(predicate)
            case Fallen():
                height = float(state.data.body(predicate.object_id).xpos[2])
                return height < predicate.height_m, f"{height:.3f} m high"
            case Pressed():
                return self._pressed(predicate)
            case Inserted():
                return self._inserted(predicate)
            case Hanging():
                return self._hanging(predicate)
            case Contains():
                return self._contains(predicate)
            case Wiped():
                return self._wiped(predicate)
            case HeldBy():
                return self._held_by(predicate)

    def _on(self, predicate: On) -> tuple[bool, str]:
        supported = self.state.supports(predicate.support_id, predicate.object_id)
        text = "supported" if supported else f"no supporting contact with {predicate.support_id}"
        if predicate.region is None:
            return supported, text
        region = self.scene.region(predicate.support_id, predicate.region)
        x, y, z = self.state.in_region(predicate.support_id, region, self.state.center(predicate.object_id))
        inside = covers(region, x, y, 0.0) and 0 < z < region.clearance_m  # not on the board above
        return supported and inside, f"{text}, centre at ({x:.3f}, {y:.3f}, {z:.3f}) m in {region.name}"

    def _at(self, predicate: At) -> tuple[bool, str]:
        region = self.scene.region(predicate.support_id, predicate.region)
        x, y, _ = self.state.in_region(predicate.support_id, region, self.state.data.body(predicate.object_id).xpos)
        distance = float(np.hypot(x - predicate.position[0], y - predicate.position[1]))
        return distance <= predicate.tolerance_m, f"{distance:.4f} m from the spot"

    def _in(self, predicate: In) -> tuple[bool, str]:
        inside, (x, y, z) = self._is_inside(predicate.object_id, predicate.container_id, predicate.region)
        return inside, f"centre at ({x:.3f}, {y:.3f}, {z:.3f}) m in {predicate.region}"

    def _is_inside(self, object_id: str, container_id: str, region_name: str) -> tuple[bool, Array]:
        region = self.scene.region(container_id, region_name)
        x, y, z = point = self.state.in_region(container_id, region, self.state.center(object_id))
        inside = covers(region, x, y, CONTAINER_MARGIN_M) and -CONTAINER_MARGIN_M <= z <= region.clearance_m
        return inside, point

    def _near(self, predicate: Near) -> tuple[bool, str]:
        boxes = [convex_hull(self.state.footprint(name)) for name in (predicate.object_id, predicate.other_id)]
        gap = max(0.0, polygon_gap(boxes[0], boxes[1]))
        return gap <= predicate.distance_m, f"{gap:.4f} m apart"

    def _pressed(self, predicate: Pressed) -> tuple[bool, str]:
        joint = self.state.model.joint(f"{predicate.object_id}/{predicate.joint}")
        values = self.states[:, int(joint.qposadr[0])]
        furthest = float(values.max() if predicate.value >= 0 else values.min())
        reached = furthest >= predicate.value if predicate.value >= 0 else furthest <= predicate.value
        return reached, f"was at {furthest:.4f}"

    def _inserted(self, predicate: Inserted) -> tuple[bool, str]:
        region = self.scene.region(predicate.support_id, predicate.region)
        out = self.state.region_pose(predicate.support_id, region)[:3, 2]
        lowest = self.state.furthest(predicate.object_id, -out)
        x, y, z = self.state.in_region(predicate.support_id, region, lowest)
        depth = region.clearance_m - z
        tilt = _angle(self.state.data.body(predicate.object_id).xmat.reshape(3, 3)[:, 2], out)
        within = covers(region, x, y, SLOT_MARGIN_M)
        held = within and depth >= predicate.depth_m and tilt <= predicate.max_tilt_rad
        where = "" if within else f", beside it at ({x:.3f}, {y:.3f}) m"
        return held, f"{depth:.4f} m below the rim, leans by {tilt:.3f} rad{where}"

    def _hanging(self, predicate: Hanging) -> tuple[bool, str]:
        others = [name for name in self.state.touching(predicate.object_id) if name != predicate.support_id]
        lift = self.state.lift_from(predicate.support_id, predicate.object_id)
        weight = self.state.weight(predicate.object_id)
        text = f"{predicate.support_id} carries {lift:.3f} of {weight:.3f} N"
        if others:
            text += f", touches {', '.join(others)}"
        return not others and lift >= CARRIED_FRACTION * weight, text

    def _contains(self, predicate: Contains) -> tuple[bool, str]:
        inside = [self._is_inside(name, predicate.container_id, predicate.region)[0] for name in predicate.object_ids]
        text = f"{sum(inside)} of {len(inside)} inside"
        return sum(inside) / len(inside) >= predicate.min_fraction, text

    def _wiped(self, predicate: Wiped) -> tuple[bool, str]:
        fraction = wiped_fraction(
            self.state.model,
            self.scene,
            self.states,
            predicate.object_id,
            (predicate.support_id, self.scene.region(predicate.support_id, predicate.region)),
            predicate.center,
            predicate.half_extents,
        )
        return fraction >= predicate.min_fraction, f"{100 * fraction:.1f} % wiped"

    def _held_by(self, predicate: HeldBy) -> tuple[bool, str]:
        fingers = _fingers(load_embodiment(self.embodiment), self.state.model)
        if predicate.arm not in fingers:
            raise InputError(
                f"robot {self.embodiment} has no arm {predicate.arm!r}; there are {sorted(fingers)}.",
                remedy="name one of these.",
            )
        touching = {
            arm: [self.state.touched_by(predicate.object_id, [body]) for body in bodies]
            for arm, bodies in fingers.items()
        }
        others = [arm for arm in sorted(touching) if arm != predicate.arm and any(touching[arm])]
        count = sum(touching[predicate.arm])
        text = f"{count} of {len(touching[predicate.arm])} fingers of {predicate.arm} touch it"
        if others:
            text += f", {', '.join(others)} touches it"
        return all(touching[predicate.arm]) and not others, text


def _fingers(embodiment: Embodiment, model: mujoco.MjModel) -> dict[str, tuple[int, ...]]:
    """Return the finger bodies of each arm of a robot."""
    return {arm.name: arm.finger_bodies for arm in embodiment.index(model).arms}


def _angle(first: Array, second: Array) -> float:
    """Return the angle between two unit vectors, rad."""
    return float(np.arccos(np.clip(first @ second, -1.0, 1.0)))
