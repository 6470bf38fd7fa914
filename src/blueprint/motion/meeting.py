"""Where two hands meet in the air so that one can take what the other holds."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from blueprint.motion.air_grasps import air_grasps
from blueprint.motion.cartesian import follow, line
from blueprint.motion.collision import Clearance
from blueprint.motion.context import MotionContext
from blueprint.motion.grasps import GraspCandidate
from blueprint.motion.route import straight_path

__all__ = ["Meeting", "Reach", "meetings", "taker_reach", "ways_to_take"]

Array = NDArray[np.float64]

COMFORTABLE = 0.62  # of an arm's reach, from its base
FORWARD_M = (0.0, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65)  # before the middle of the two shoulders
UP_M = (-0.1, 0.05, 0.2)  # above the shoulders
POINTS = 6
TAKERS_PER_POSE = 8
IK_ATTEMPTS = 4
APPROACHES_M = (0.10, 0.06)
DRAW_BACK_M = 0.06
OPEN_BY_M = 0.02  # when the giver lets go
WIDER_M = 0.03  # than the thing, when the fingers come to take it
SAME_SIDE = 0.7  # cosine: two hands that come from nearly the same side meet each other
AGAINST = -0.3  # cosine: a hand that points back at its own shoulder is folded
FINGER_ROOM_M = 0.06
TOUCH_DEPTH_M = 0.003  # the giver's fingers press into what they hold


@dataclass(frozen=True)
class Meeting:
    """The giver's configuration, and the grasp (in the link's frame) and configuration with which the other takes."""

    q_giver: Array
    candidate: GraspCandidate
    q_taker: Array


@dataclass(frozen=True)
class Reach:
    """A taker's way to a grasp: configurations (n, dof) from before it to the grasp itself, and the opening, m."""

    approach: Array
    opening_m: float


def meetings(
    giver: MotionContext,
    taker: MotionContext,
    object_id: str,
    pose_grasp_object: Array,
    opening_m: float,
    q_near: Array,
    agreed: Meeting | None = None,
) -> Iterator[Meeting]:
    """Yield where the hands can meet: what was `agreed` before, if it still holds, then likely places first.

    The giver holds the thing at `pose_grasp_object` (4, 4), its fingers `opening_m` apart. Points in front of both arms
    are tried, comfortable ones first, with the giver's hand as it is, half turned to the taker, and turned to it; then
    grasps of the thing from the side of the taker. Both arms are checked against the scene and each other. The planning
    copy is at some configuration afterwards: `sync` it.
    """
    to_base = np.linalg.inv(giver.pose_world_base)
    for pose, q in _giver_configurations(giver, taker, q_near, agreed):
        if follow(giver.kinematics, q, line(to_base @ pose, to_base @ pose @ _back(DRAW_BACK_M))) is None:
            continue  # a folded or stretched arm could not draw back when it has let go
        giver.planning.sync(giver.data)
        giver.planning.hold(object_id, pose_grasp_object)
        if not giver.planning.is_free(q, opening_m, Clearance(pad_m=0.005)):
            continue
        pose_world_object = pose @ pose_grasp_object
        ways: list[tuple[GraspCandidate, Array | None]] = []
        if agreed is not None and q is agreed.q_giver:
            ways.append((agreed.candidate, agreed.q_taker))
        ways += [(item, None) for item in ways_to_take(taker, object_id, pose, pose_world_object)]
        for candidate, q_taker in ways:
            giver.planning.hold(object_id, pose_grasp_object)
            giver.planning.set_arm(giver.arm, q, opening_m)
            reach = taker_reach(taker, candidate, object_id, pose_world_object, q_taker)
            if reach is not None and _can_let_go(giver, taker, q, pose, opening_m, reach, candidate, object_id):
                yield Meeting(q, candidate, reach.approach[-1])
                break


def _can_let_go(
    giver: MotionContext,
    taker: MotionContext,
    q_giver: Array,
    pose_world_giver: Array,
    opening_m: float,
    reach: Reach,
    candidate: GraspCandidate,
    object_id: str,
) -> bool:
    """Whether the giver can open and draw back while the taker holds: fingers of two hands are close to each other."""
    planning = giver.planning
    planning.set_arm(taker.arm, reach.approach[-1], candidate.width_m)
    planning.is_free(q_giver, opening_m, Clearance())  # brings the thing to where it will be
    planning.release()
    touched = frozenset({int(giver.model.body(object_id).id)})
    clearance = Clearance(pad_m=0.003, near=touched, near_depth_m=TOUCH_DEPTH_M)
    wide = min(opening_m + OPEN_BY_M, giver.arm_spec.opening_max_m)
    if not planning.is_free(q_giver, wide, clearance):
        return False
    return straight_path(giver, q_giver, pose_world_giver @ _back(DRAW_BACK_M), wide, clearance) is not None


def _giver_configurations(
    giver: MotionContext, taker: MotionContext, q_near: Array, agreed: Meeting | None
) -> Iterator[tuple[Array, Array]]:
    """Yield world poses (4, 4) of the giver's grasp frame with configurations (dof,), agreed and likely ones first."""
    if agreed is not None:
        yield giver.pose_world_base @ giver.kinematics.forward(agreed.q_giver), agreed.q_giver
    to_base = np.linalg.inv(giver.pose_world_base)
    for pose in _giver_poses(giver, taker):
        for q in giver.kinematics.solutions(to_base @ pose, q_near, giver.rng, attempts=IK_ATTEMPTS)[:2]:
            yield pose, q


def taker_reach(
    taker: MotionContext,
    candidate: GraspCandidate,
    object_id: str,
    pose_world_object: Array,
    q_near: Array | None = None,
) -> Reach | None:
    """Return the straight way to a grasp of a thing that is held up, or None where there is none.

    Configurations near `q_near` are tried first, those near home if it is None.

    The planning copy must show the thing and the arm that holds it where they will be.
    """
    pose = pose_world_object @ candidate.pose_link_grasp
    to_base = np.linalg.inv(taker.pose_world_base)
    opening = min(candidate.width_m + WIDER_M, taker.arm_spec.opening_max_m)
    touched = frozenset({int(taker.model.body(object_id).id)})
    clearance = Clearance(pad_m=0.003, near=touched, near_depth_m=TOUCH_DEPTH_M)
    near = taker.kinematics.home if q_near is None else q_near
    for q in taker.kinematics.solutions(to_base @ pose, near, taker.rng, attempts=IK_ATTEMPTS)[:2]:
        if not taker.planning.is_free(q, opening, clearance):
            continue
        for distance in APPROACHES_M:
            backwards = straight_path(taker, q, pose @ _back(distance), opening, clearance)
            if backwards is not None:
                return Reach(backwards[::-1], opening)
    return None


def ways_to_take(
    taker: MotionContext, object_id: str, pose_world_giver: Array, pose_world_object: Array
) -> list[GraspCandidate]:
    """Return the few best grasps of what another hand holds up: away from the taker's own base, not from below, and far
    from the giver's hand, whose grasp frame is at `pose_world_giver` (4, 4)."""
    asset = taker.scene.asset(object_id)
    candidates = [item for item in air_grasps(asset, taker.arm_spec.opening_max_m) if item.link == asset.links[0].name]
    outward = pose_world_object[:3, 3] - _shoulder(taker)
    outward[2] = 0.0
    outward /= np.linalg.norm(outward)
    preferred = outward + np.array([0.0, 0.0, -0.4])
    preferred /= np.linalg.norm(preferred)
    costs: list[tuple[float, int]] = []
    for number, candidate in enumerate(candidates):
        pose = pose_world_object @ candidate.pose_link_grasp
        approach = pose[:3, 2]
        same_side = float(approach @ pose_world_giver[:3, 2])
        if same_side > SAME_SIDE or approach @ preferred < AGAINST:
            continue
        apart = float(np.linalg.norm(pose[:3, 3] - pose_world_giver[:3, 3]))
        crossed = abs(float(pose[:3, 1] @ pose_world_giver[:3, 1]))  # fingers that close the same way meet each other
        cost = float(np.arccos(np.clip(approach @ preferred, -1, 1))) + max(0.0, same_side) + candidate.cost
        cost += crossed * max(0.0, FINGER_ROOM_M - apart) * 20 - 4 * min(apart, 0.15)
        costs.append((cost, number))
    return [candidates[number] for _, number in sorted(costs)[:TAKERS_PER_POSE]]


def _giver_poses(giver: MotionContext, taker: MotionContext) -> Iterator[Array]:
    """Yield world poses (4, 4) of the giver's grasp frame, likely ones first: all turns at one point, then the next."""
    orientations = list(_orientations(giver, taker))
    for point in _points(giver, taker):
        for rotation in orientations:
            pose = np.eye(4)
            pose[:3, :3], pose[:3, 3] = rotation, point
            yield pose


def _points(giver: MotionContext, taker: MotionContext) -> list[Array]:
    """Points (3,) as near to the one arm's base as to the other's, at comfortable distances, the best first."""
    bases = [_shoulder(giver), _shoulder(taker)]
    reaches = [giver.arm_spec.reach_m, taker.arm_spec.reach_m]
    forward = giver.pose_world_base[:3, 0]
    middle = (bases[0] + bases[1]) / 2
    points = [middle + forward * ahead + np.array([0.0, 0.0, up]) for ahead in FORWARD_M for up in UP_M]

    def strain(point: Array) -> float:
        return max(
            abs(float(np.linalg.norm(point - base)) / reach - COMFORTABLE)
            for base, reach in zip(bases, reaches, strict=True)
        )

    return sorted(points, key=strain)[:POINTS]


def _orientations(giver: MotionContext, taker: MotionContext) -> Iterator[Array]:
    """Yield rotations (3, 3) of the giver's hand: as it is, turned about the vertical, and towards the taker."""
    now = giver.pose_world_grasp[:3, :3]
    for yaw in (0.0, np.pi / 2, -np.pi / 2):
        cosine, sine = np.cos(yaw), np.sin(yaw)
        yield np.array([[cosine, -sine, 0.0], [sine, cosine, 0.0], [0.0, 0.0, 1.0]]) @ now
    across = _shoulder(taker) - _shoulder(giver)
    across[2] = 0.0
    across /= np.linalg.norm(across)
    down = np.array([0.0, 0.0, -1.0])
    for approach in (across + down, across):
        approach = approach / np.linalg.norm(approach)
        level = np.cross(approach, down)
        level /= np.linalg.norm(level)
        for closing in (level, np.cross(approach, level), -level, np.cross(level, approach)):
            yield np.column_stack([np.cross(closing, approach), closing, approach])


def _shoulder(ctx: MotionContext) -> Array:
    point: Array = (ctx.pose_world_base @ np.append(ctx.kinematics.shoulder, 1.0))[:3]
    return point


def _back(distance: float) -> Array:
    pose = np.eye(4)
    pose[2, 3] = -distance
    return pose
