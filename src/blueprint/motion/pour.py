"""Pouring what lies in a vessel into another: take it level, carry it upright, tilt it over the other, set it down."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.episode import FailureReason
from blueprint.contracts.frames import Pose, quat_wxyz_from_axis_angle, quat_wxyz_from_yaw
from blueprint.contracts.scene import Scene
from blueprint.contracts.task import PlaceGoal, PourGoal, TaskSpec
from blueprint.motion.cartesian import follow, shifted
from blueprint.motion.collision import Clearance
from blueprint.motion.context import MotionContext, PlanningError
from blueprint.motion.grasps import GraspCandidate, grasp_candidates
from blueprint.motion.insert import held_pose
from blueprint.motion.needs import Need
from blueprint.motion.pick import Pick
from blueprint.motion.place import Place
from blueprint.motion.route import Route
from blueprint.motion.skills import Skill
from blueprint.motion.tilting import Tilting, rim_of, vessel_region
from blueprint.robots.embodiment import Embodiment

__all__ = ["PickLevel", "Pour", "is_level", "need", "skills"]

Array = NDArray[np.float64]

LEVEL_COSINE = 0.35
SLOPES_RAD = (0.0, 0.2, 0.4)
HEADINGS = 12
TILTS_RAD = (2.1, 1.9)  # most first
TILT_STEP_RAD = 0.07
UPSTREAM_SHARE = 0.5  # of the container's radius: what rolls out flies on a little
RISES_M = (0.0, 0.05, 0.1, 0.15)
STEP_M, STEP_RAD = 0.012, 0.08
CARRY_PACE, TILT_PACE = 0.7, 0.4
POUR_TICKS = 18
NEEDED_GRASPS = 4
PAD_M = 0.001


def skills(task: TaskSpec) -> list[Skill]:
    """Return the skills of a pour task: take the vessel from the side, pour, and set it down where it stood."""
    return [PickLevel(task), Pour(task), SetDown(task)]


def need(scene: Scene, task: TaskSpec, embodiment: Embodiment) -> Need:
    """Return hand poses at level grasps of the vessel, each where it stands, over the container, and tilted there."""
    target, goal = task.target_object, _goal(task)
    asset, pose = scene.asset(target), scene.pose_world_object(target).matrix()
    home = np.diag([1.0, -1.0, -1.0, 1.0])
    poses = {link.name: pose @ asset.poses_asset_link()[link.name].matrix() for link in asset.links}
    chains = []
    for grasp in _level(grasp_candidates(asset, poses, home, embodiment.opening_max_m), poses):
        pose_object_grasp = np.asarray(np.linalg.inv(pose) @ poses[grasp.link] @ grasp.pose_link_grasp, np.float64)
        for tilting in _tiltings(scene, goal, target, _frame(scene, goal), pose, pose_object_grasp):
            upright, tilted = tilting.poses((0.0, TILTS_RAD[-1]))
            chains.append((pose @ pose_object_grasp, upright @ pose_object_grasp, tilted @ pose_object_grasp))
    spread = len(chains) // (NEEDED_GRASPS * HEADINGS) + 1
    touched = frozenset({target, *goal.object_ids})
    return Need(tuple(chains[::spread]), continuous=False, touched=touched)


class PickLevel(Pick):
    """Take the vessel with a hand that is about level, which can tilt it forward."""

    def plan(self, ctx: MotionContext) -> NDArray[np.float32]:
        """Return actions (n, k); raises PlanningError UNREACHABLE, NO_GRASP or NO_PATH."""
        overlook(ctx, _goal(self.task).object_ids)
        return super().plan(ctx)

    def _candidates(self, ctx: MotionContext) -> list[GraspCandidate]:
        asset = ctx.scene.asset(self.task.target_object)
        poses = {link.name: ctx.link_pose(self.task.target_object, link.name) for link in asset.links}
        return _level(super()._candidates(ctx), poses)

    def _goal_is_reachable(
        self, ctx: MotionContext, q: Array, pose_link_grasp: Array, candidate: GraspCandidate
    ) -> bool:
        pose = ctx.link_pose(self.task.target_object, candidate.link)  # a vessel is one link
        pose_grasp_object = np.asarray(np.linalg.inv(pose_link_grasp), np.float64)
        ctx.planning.hold(self.task.target_object, pose_grasp_object)
        found = next(_ways(ctx, self.task, pose, pose_grasp_object, q, candidate.width_m), None)
        ctx.planning.sync(ctx.data)
        return found is not None


class Pour:
    """Carry the vessel upright over the container, tilt it about its lip, wait, and turn it back."""

    name = "pour"

    def __init__(self, task: TaskSpec) -> None:
        self.task = task
        self.instruction = f"pour what is in the {task.target_object} into the {_goal(task).container_id}"

    def plan(self, ctx: MotionContext) -> NDArray[np.float32]:
        """Return actions (n, k); raises PlanningError DROPPED, UNREACHABLE or NO_PATH."""
        target, goal = self.task.target_object, _goal(self.task)
        if not any(ctx.finger_contacts(target)):
            raise PlanningError(FailureReason.DROPPED, f"{target} is no longer in the hand")
        overlook(ctx, goal.object_ids)
        pose_grasp_object = held_pose(ctx, target)
        ctx.planning.sync(ctx.data)
        ctx.planning.hold(target, pose_grasp_object)
        pose = ctx.pose_world_base @ ctx.kinematics.forward(ctx.commanded_q) @ pose_grasp_object
        opening = ctx.memory["grasp"].opening_m
        is_anything = False
        for way in _ways(ctx, self.task, pose, pose_grasp_object, ctx.commanded_q, opening):
            is_anything = True
            carry = _carry(ctx, pose, way.start, pose_grasp_object, ctx.commanded_q, opening)
            if carry is None:
                continue
            end = follow(ctx.kinematics, carry[-1], way.hand_poses)
            if end is None or not _is_free(ctx, end, opening):
                continue
            route = Route(ctx)
            route.move_along(carry, pace=CARRY_PACE)
            route.move_along(end, pace=TILT_PACE)
            route.wait(POUR_TICKS)
            route.move_along(end[::-1], pace=TILT_PACE)
            route.wait(4)
            return route.actions
        reason = FailureReason.NO_PATH if is_anything else FailureReason.UNREACHABLE
        raise PlanningError(reason, f"no way to tilt {target} over {goal.container_id}")

    def verify(self, ctx: MotionContext) -> None:
        """Raise DROPPED unless the vessel is still in the hand, GOAL_MISSED unless enough has left it."""
        target, goal = self.task.target_object, _goal(self.task)
        if not any(ctx.finger_contacts(target)):
            raise PlanningError(FailureReason.DROPPED, f"{target} fell while it was poured out")
        region = ctx.scene.region(goal.container_id, goal.region)
        rim = rim_of(ctx.scene.asset(goal.container_id), region)
        inverse = np.linalg.inv(ctx.link_pose(goal.container_id, region.link))
        places = [(inverse @ [*ctx.data.body(name).xpos, 1.0])[:3] - rim.center for name in goal.object_ids]
        inside = sum(np.hypot(*place[:2]) < rim.radius and place[2] < 0.0 for place in places)
        if inside < goal.min_fraction * len(places):
            text = f"{inside} of {len(places)} are in {goal.container_id}"
            raise PlanningError(FailureReason.GOAL_MISSED, text)


class SetDown:
    """Set the empty vessel down where it stood."""

    name = "place"

    def __init__(self, task: TaskSpec) -> None:
        self.task = task
        self.instruction = f"set the {task.target_object} down"
        self._place: Place | None = None

    def plan(self, ctx: MotionContext) -> NDArray[np.float32]:
        """Return actions (n, k); raises PlanningError as placing does, UNREACHABLE where it stood on nothing."""
        target = self.task.target_object
        placement = ctx.scene.object(target).placement
        if not (placement and placement.parent_id and placement.region and placement.pose_region_object):
            raise PlanningError(FailureReason.UNREACHABLE, f"{target} stood on nothing that is known")
        goal = PlaceGoal(
            support_id=placement.parent_id, region=placement.region, pose_region_object=placement.pose_region_object
        )
        self._place = Place(self.task.model_copy(update={"goal": goal}))
        return self._place.plan(ctx)

    def verify(self, ctx: MotionContext) -> None:
        """Raise GOAL_MISSED as placing does."""
        assert self._place is not None
        self._place.verify(ctx)


@dataclass(frozen=True)
class _Way:
    """The vessel's pose (4, 4) where it begins to tilt, and the hand's poses in the base frame from there on."""

    start: Array
    hand_poses: list[Array]


def is_level(pose_world_grasp: Array) -> bool:
    """Return whether a hand approaches level, so that it ends above what it tilts forward."""
    return bool(abs(pose_world_grasp[2, 2]) < LEVEL_COSINE)


def overlook(ctx: MotionContext, object_ids: Sequence[str]) -> None:
    """Let planning see none of some things: grains move with the vessel that they are in, and give way."""
    model = ctx.planning.model
    roots = [model.body(name).id for name in object_ids]
    geoms = np.isin(model.body_rootid[model.geom_bodyid], roots)
    model.geom_contype[geoms] = 0
    model.geom_conaffinity[geoms] = 0


def _level(candidates: Sequence[GraspCandidate], poses: dict[str, Array]) -> list[GraspCandidate]:
    """Return the level ones, and each of them sloping down a little: a wrist is thicker than a low handle is high."""
    level = [item for item in candidates if is_level(poses[item.link] @ item.pose_link_grasp)]
    return [_sloping(item, poses[item.link], slope) for slope in SLOPES_RAD for item in level]


def _sloping(candidate: GraspCandidate, pose_world_link: Array, slope: float) -> GraspCandidate:
    """Return the grasp turned about the line between the fingers, so that the hand comes from above by `slope`."""
    up = (pose_world_link @ candidate.pose_link_grasp)[2, 0]  # of the axis that the approach turns away from
    turn = Pose.of((0, 0, 0), quat_wxyz_from_axis_angle((0, 1, 0), -slope if up > 0 else slope)).matrix()
    name = f"{candidate.name}~{round(np.degrees(slope))}" if slope else candidate.name
    return replace(candidate, name=name, pose_link_grasp=candidate.pose_link_grasp @ turn)


def _ways(
    ctx: MotionContext, task: TaskSpec, pose: Array, pose_grasp_object: Array, q: Array, opening: float
) -> Iterator[_Way]:
    """Yield ways to tilt the held vessel that the arm can follow without touching anything, least turning first."""
    goal, target = _goal(task), task.target_object
    to_base = np.linalg.inv(ctx.pose_world_base)
    frame = ctx.region_pose(goal.container_id, goal.region)
    pose_object_grasp = np.asarray(np.linalg.inv(pose_grasp_object), np.float64)
    for tilting in _tiltings(ctx.scene, goal, target, frame, pose, pose_object_grasp):
        for most in TILTS_RAD:
            tilts = np.linspace(0.0, most, int(np.ceil(most / TILT_STEP_RAD)) + 1)
            vessel = tilting.poses([float(tilt) for tilt in tilts])
            hand = [to_base @ place @ pose_object_grasp for place in vessel]
            for start in ctx.kinematics.solutions(hand[0], q, ctx.rng, attempts=3)[:2]:
                path = follow(ctx.kinematics, start, hand[1:])
                if path is not None and _is_free(ctx, path, opening):
                    yield _Way(vessel[0], hand[1:])
                    break


def _tiltings(
    scene: Scene, goal: PourGoal, target: str, frame: Array, pose: Array, pose_object_grasp: Array
) -> list[Tilting]:
    """Return ways to tilt a vessel that is at `pose` (4, 4), over a region at `frame`, with the lip that is opposite
    the hand: the hand ends above the vessel, where nothing is in its way. Those with little turning come first."""
    asset, container = scene.asset(target), scene.asset(goal.container_id)
    own, region = vessel_region(asset), container.region(goal.region)
    assert own is not None
    rim, other = rim_of(asset, own), rim_of(container, region)
    approach = pose_object_grasp[:3, 2]
    of_hand = float(np.arctan2(approach[1], approach[0]))
    now = float(np.arctan2(pose[1, 0], pose[0, 0]))
    found = []
    for heading in 2 * np.pi * np.arange(HEADINGS) / HEADINGS:
        ahead = np.array([np.cos(heading), np.sin(heading), 0.0])
        spot = frame[:3, 3] + np.array([0.0, 0.0, region.clearance_m]) - UPSTREAM_SHARE * other.radius * ahead
        inside = (1.0 - UPSTREAM_SHARE) * other.radius
        found.append(Tilting(rim, spot, float(heading), _wrapped(float(heading) - of_hand), inside))
    return sorted(found, key=lambda item: abs(_wrapped(item.yaw - now)))


def _carry(
    ctx: MotionContext, pose: Array, end: Array, pose_grasp_object: Array, q: Array, opening: float
) -> Array | None:
    """Return configurations from `q` that carry the vessel upright from `pose` to `end`, over what is in between."""
    to_base = np.linalg.inv(ctx.pose_world_base)
    pose_object_grasp = np.linalg.inv(pose_grasp_object)
    for rise in RISES_M:
        top = max(pose[2, 3], end[2, 3]) + rise
        corners = [pose, _at_height(pose, top), _at_height(end, top), end]
        places = [place for first, last in itertools.pairwise(corners) for place in _between(first, last)]
        path = follow(ctx.kinematics, q, [to_base @ place @ pose_object_grasp for place in places])
        if path is not None and _is_free(ctx, path[1:], opening):
            return path
    return None


def _at_height(pose: Array, height: float) -> Array:
    return shifted(pose, np.array([0.0, 0.0, height - pose[2, 3]]))


def _between(first: Array, last: Array) -> list[Array]:
    """Return poses from `first` (excluded) to `last`: shifted evenly, and turned about the vertical only."""
    turn = _wrapped(float(np.arctan2(last[1, 0], last[0, 0]) - np.arctan2(first[1, 0], first[0, 0])))
    shift = last[:3, 3] - first[:3, 3]
    count = int(np.ceil(max(float(np.linalg.norm(shift)) / STEP_M, abs(turn) / STEP_RAD)))
    found = []
    for share in [1.0 - k / count for k in range(1, count + 1)]:
        back = Pose.of((0, 0, 0), quat_wxyz_from_yaw(-share * turn)).matrix()
        place: Array = back @ last
        place[:3, 3] = last[:3, 3] - share * shift
        found.append(place)
    return found


def _is_free(ctx: MotionContext, path: Array, opening: float) -> bool:
    clearance = Clearance(pad_m=PAD_M)
    return all(ctx.planning.is_free(q, opening, clearance) for q in path)


def _frame(scene: Scene, goal: PourGoal) -> Array:
    asset = scene.asset(goal.container_id)
    frame = scene.pose_world_object(goal.container_id) @ asset.pose_asset_region(asset.region(goal.region))
    return frame.matrix()


def _wrapped(angle: float) -> float:
    return float((angle + np.pi) % (2 * np.pi) - np.pi)


def _goal(task: TaskSpec) -> PourGoal:
    assert isinstance(task.goal, PourGoal)
    return task.goal
