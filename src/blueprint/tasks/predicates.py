"""Success, judged from physics state alone."""

from collections.abc import Iterator

import mujoco
import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.asset import Region
from blueprint.contracts.episode import PredicateResult
from blueprint.contracts.errors import InputError
from blueprint.contracts.scene import Scene
from blueprint.contracts.task import At, AtRest, In, JointAbove, JointBelow, On, Predicate, Released, TaskSpec, Upright
from blueprint.robots.embodiment import PREFIX

__all__ = ["evaluate"]

Array = NDArray[np.float64]

MIN_SUPPORT_COSINE = 0.5  # a contact supports from below when its normal is within 60° of the vertical
MIN_FORCE_N = 1e-6
CONTAINER_MARGIN_M = 0.01


def evaluate(
    task: TaskSpec,
    model: mujoco.MjModel,
    data: mujoco.MjData,
    scene: Scene,
    states: NDArray[np.float64] | None = None,
) -> list[PredicateResult]:
    """Return every success predicate of a task with whether it holds and the measured quantity as text.

    `data` must be consistent (after mj_forward or mj_step); it is only read. `states` (T + 1, nq) are those of the
    attempt so far; predicates about what happened on the way (Pressed, Wiped) need them.
    """
    judge = _Judge(model, data, scene)
    return [_result(predicate, *judge.measure(predicate)) for predicate in task.success]


def _result(predicate: Predicate, satisfied: bool, measured: str) -> PredicateResult:
    fields = predicate.model_dump(exclude={"kind"}, exclude_none=True)
    arguments = ", ".join(f"{value:g}" if isinstance(value, float) else str(value) for value in fields.values())
    return PredicateResult(predicate=f"{predicate.kind}({arguments})", satisfied=bool(satisfied), measured=measured)


class _Judge:
    def __init__(self, model: mujoco.MjModel, data: mujoco.MjData, scene: Scene) -> None:
        self.model, self.data, self.scene = model, data, scene

    def measure(self, predicate: Predicate) -> tuple[bool, str]:
        match predicate:
            case On():
                return self._on(predicate)
            case At():
                return self._at(predicate)
            case In():
                return self._in(predicate)
            case JointAbove():
                value = self._joint(predicate.object_id, predicate.joint)
                return value >= predicate.value, f"{value:.4f}"
            case JointBelow():
                value = self._joint(predicate.object_id, predicate.joint)
                return value <= predicate.value, f"{value:.4f}"
            case AtRest():
                speed = self._speed(predicate.object_id)
                return speed <= predicate.max_speed_m_per_s, f"{speed:.4f} m/s"
            case Upright():
                cosine = float(self.data.body(predicate.object_id).xmat[8])
                tilt = float(np.arccos(np.clip(cosine, -1, 1)))
                return tilt <= predicate.max_tilt_rad, f"{tilt:.3f} rad"
            case Released():
                touching = self._touched_by_robot(predicate.object_id)
                return not touching, "no contact" if not touching else f"touches {', '.join(touching)}"
            case _:
                raise InputError(f"predicate {predicate.kind} cannot be judged.", remedy="use another one.")

    def _on(self, predicate: On) -> tuple[bool, str]:
        supported = self._supports(predicate.support_id, predicate.object_id)
        text = "supported" if supported else f"no supporting contact with {predicate.support_id}"
        if predicate.region is None:
            return supported, text
        region = self.scene.region(predicate.support_id, predicate.region)
        x, y, z = self._in_region(predicate.support_id, region, self._center(predicate.object_id))
        inside = _covers(region, x, y, 0.0) and 0 < z < region.clearance_m  # not on the board above
        return supported and inside, f"{text}, centre at ({x:.3f}, {y:.3f}, {z:.3f}) m in {region.name}"

    def _at(self, predicate: At) -> tuple[bool, str]:
        region = self.scene.region(predicate.support_id, predicate.region)
        x, y, _ = self._in_region(predicate.support_id, region, self.data.body(predicate.object_id).xpos)
        distance = float(np.hypot(x - predicate.position[0], y - predicate.position[1]))
        return distance <= predicate.tolerance_m, f"{distance:.4f} m from the spot"

    def _in(self, predicate: In) -> tuple[bool, str]:
        region = self.scene.region(predicate.container_id, predicate.region)
        x, y, z = self._in_region(predicate.container_id, region, self._center(predicate.object_id))
        inside = _covers(region, x, y, CONTAINER_MARGIN_M) and -CONTAINER_MARGIN_M <= z <= region.clearance_m
        return inside, f"centre at ({x:.3f}, {y:.3f}, {z:.3f}) m in {region.name}"

    def _joint(self, object_id: str, joint: str) -> float:
        return float(self.data.joint(f"{object_id}/{joint}").qpos[0])

    def _speed(self, object_id: str) -> float:
        velocity = np.zeros(6)
        body = self.model.body(object_id).id
        mujoco.mj_objectVelocity(self.model, self.data, mujoco.mjtObj.mjOBJ_BODY, body, velocity, 0)
        return float(np.linalg.norm(velocity[3:]))

    def _center(self, object_id: str) -> Array:
        """Return the centre of mass of the object's root link, world, m."""
        return np.array(self.data.body(object_id).xipos)

    def _in_region(self, owner: str, region: Region, point: Array) -> Array:
        """Return a world point (3,) in the frame of a region."""
        link = self.scene.asset(owner).link(region.link)
        body = self.data.body(owner if link.parent is None else f"{owner}/{link.name}")
        in_link = body.xmat.reshape(3, 3).T @ (np.asarray(point) - body.xpos)
        return region.pose_link_region.inverse().apply(in_link)

    def _supports(self, support_id: str, object_id: str) -> bool:
        """Return whether a contact of the support pushes the object upwards."""
        support, wanted = self.model.body(support_id).id, self.model.body(object_id).id
        for index, roots, normal in self._contacts():
            if set(roots) == {support, wanted}:
                up = normal[2] if roots[1] == wanted else -normal[2]  # the normal points from the first to the second
                if up > MIN_SUPPORT_COSINE and self._force(index) > MIN_FORCE_N:
                    return True
        return False

    def _touched_by_robot(self, object_id: str) -> list[str]:
        wanted = self.model.body(object_id).id
        touching = set()
        for contact in self.data.contact[: self.data.ncon]:
            bodies = [int(self.model.geom_bodyid[geom]) for geom in contact.geom]
            for robot, other in (bodies, bodies[::-1]):
                name = self.model.body(robot).name
                if name.startswith(PREFIX) and self.model.body_rootid[other] == wanted:
                    touching.add(name)
        return sorted(touching)

    def _contacts(self) -> Iterator[tuple[int, tuple[int, int], Array]]:
        for index, contact in enumerate(self.data.contact[: self.data.ncon]):
            first, second = (int(self.model.body_rootid[self.model.geom_bodyid[geom]]) for geom in contact.geom)
            yield index, (first, second), contact.frame[:3]

    def _force(self, index: int) -> float:
        force = np.zeros(6)
        mujoco.mj_contactForce(self.model, self.data, index, force)
        return float(force[0])


def _covers(region: Region, x: float, y: float, margin_m: float) -> bool:
    if region.outline == "disc":
        return float(np.hypot(x, y)) <= region.half_extents[0] + margin_m
    return abs(x) <= region.half_extents[0] + margin_m and abs(y) <= region.half_extents[1] + margin_m
