"""The stages of a task template as calls of the server: pick, place (and insert), reset.

Whatever holds, holds by friction: a stage looks where the object is after the motion, and fails where it is not there.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.errors import StageError
from blueprint.contracts.frames import Pose, quat_multiply, quat_wxyz_from_axis_angle, rotate
from blueprint.contracts.geniesim.package import PlaceElement
from blueprint.contracts.geniesim.template import Stage
from blueprint.episodes.geniesim.instance import EpisodeInstance, PlacedObject
from blueprint.sim.geniesim.client import GenieClient

__all__ = ["Hands", "StageFailedError", "run_stage"]

Array = NDArray[np.float64]
# gripper_*_center_link: +Z from the palm to the tips, fingers along X. GraspNet: column 0 approaches, column 1 closes.
_GRASPNET_FROM_CENTER = np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
_ARMS_ZH = {"left": "左", "right": "右"}
_GRASP_OFFSET_M = 0.03  # the defaults of Genie Sim's client, where a template is silent
_PRE_GRASP_M = 0.05
_PICK_UP_M = 0.12
_PRE_PLACE_M = 0.12
_ABOVE_PLACE_M = 0.01
_RETREAT_M = 0.1
_FOLLOWED = 0.5  # share of the lift that the object must have made
_LOOKED_AHEAD = 16  # grasps whose next place is asked for
_TURNS_AHEAD = 4


class StageFailedError(StageError):
    """This attempt at a stage did not do what it should; another one may."""


@dataclass
class Hands:
    """The client, and what is in its hands. `home` has each gripper's pose in the world at the episode's start."""

    client: GenieClient
    instance: EpisodeInstance
    home: dict[str, Pose]
    held: dict[str, str] = field(default_factory=dict)
    step: int = 0
    tries: int = 0

    def object(self, object_id: str) -> PlacedObject:
        return self.instance.objects[object_id]

    def pose_world(self, object_id: str) -> Pose:
        return self.client.object_pose(self.object(object_id).prim_path)

    def sides_of(self, stage: Stage) -> list[str]:
        """Return the arm that the template names; for "auto" the one that holds the object, or both, nearer first."""
        named = stage.extra_params.get("arm", "auto")
        if named in ("left", "right"):
            return [str(named)]
        if stage.passive.object_id == "gripper":
            return sorted(self.home)
        about = (stage.active.object_id, stage.passive.object_id)
        holding = [side for side, object_id in self.held.items() if object_id in about]
        if holding:
            return holding
        target = np.asarray(self.pose_world(stage.passive.object_id).position)
        return sorted(self.home, key=lambda side: float(np.linalg.norm(target - self.home[side].position)))

    def approach(self, side: str, pose_world: Pose) -> None:
        """Move around obstacles; raises StageFailedError where the pose is not reached."""
        in_robot = self.instance.pose_world_robot.inverse() @ pose_world
        if not self.client.move_around_obstacles(side, in_robot):
            raise StageFailedError(f"the {side} arm found no way to {_text(pose_world)}")

    def slide(self, side: str, pose_world: Pose) -> None:
        if not self.client.move_straight(side, pose_world):
            raise StageFailedError(f"the {side} arm did not reach {_text(pose_world)} on a straight line")

    def tell(self, stage: Stage, side: str, target: Pose | None = None, gripper: str = "") -> None:
        """Write what is being done into the recording, as Genie Sim's client does."""
        self.client.set_frame_state(
            {
                "action": stage.action,
                "substage_id": self.step,
                "if_attached": side in self.held,
                "set_gripper_open": gripper == "open",
                "set_gripper_close": gripper == "close",
                "active_id": stage.active.object_id,
                "passive_id": stage.passive.object_id,
                "arm": side,
                "target_pose": None if target is None else target.matrix().tolist(),
                "action_description": {
                    key: self._spoken(text, side) for key, text in stage.action_description.model_dump().items()
                },
                "error_description": {},
            }
        )
        self.step += 1

    def _spoken(self, text: str, side: str) -> str:
        """Fill in the arm and the objects' names, as Genie Sim's client does."""
        for mark, word in (("{Left/Right}", side.capitalize()), ("{left/right}", side), ("{左/右}", _ARMS_ZH[side])):
            text = text.replace(mark, word)
        for name, item in self.instance.objects.items():
            text = text.replace(f"{{object:{name}}}", item.parameters.english_semantic_name)
        return text


def run_stage(hands: Hands, stages: Sequence[Stage], number: int, attempt: int) -> None:
    """Do stage `number` once; `attempt` counts from 0 and chooses the next best grasp or pose.

    Raises StageFailedError where it did not work, RpcError where the server did not answer as it should.
    """
    stage = stages[number]
    if stage.action == "pick":
        _pick(hands, stage, _place_after(stages, number), attempt)
    elif stage.action in ("place", "insert"):
        _place(hands, stage, attempt)
    elif stage.action == "reset":
        _go_home(hands, stage)
    else:
        raise StageError(
            f"stage {stage.action!r} is not one that this client drives.", remedy="use pick, place, reset."
        )
    for checker in stage.checker:
        request = {"checker_name": checker.checker_name, "params": _with_prims(hands, stage, checker.params)}
        if not hands.client.check(request):
            raise StageFailedError(f"checker {checker.checker_name} of stage {stage.action} says fail")


def _pick(hands: Hands, stage: Stage, place: Stage | None, attempt: int) -> None:
    client, object_id = hands.client, stage.passive.object_id
    before = hands.pose_world(object_id)
    sides = hands.sides_of(stage)
    wanted = float(stage.extra_params.get("pick_up_distance", _PICK_UP_M))
    for side, lift in product(sides, (wanted, wanted / 2)):
        grasps = _reachable_grasps(hands, stage, side, before, lift, place)
        if grasps:
            break
    else:
        raise StageFailedError(f"no grasp of {object_id} can be reached by the {' or '.join(sides)} arm")
    grasp = grasps[attempt % len(grasps)]
    hands.tell(stage, side, grasp, "open")
    client.set_gripper(side, "open")
    hands.approach(side, grasp @ Pose.of((0, 0, -_pre_grasp(stage))))
    hands.tell(stage, side, grasp)
    hands.slide(side, grasp)
    hands.tell(stage, side, grasp, "close")
    client.set_gripper(side, "close")
    client.attach(side, [hands.object(object_id).prim_path])
    hands.held[side] = object_id
    above = _shifted(grasp, (0, 0, lift))
    hands.tell(stage, side, above)
    hands.slide(side, above)
    risen = hands.pose_world(object_id).position[2] - before.position[2]
    if risen < _FOLLOWED * lift:
        raise StageFailedError(f"{object_id} rose {risen * 1000:.0f} mm of {lift * 1000:.0f}: it is not in the hand")


def _place(hands: Hands, stage: Stage, attempt: int) -> None:
    side, client = hands.sides_of(stage)[0], hands.client
    held, gripper = hands.pose_world(stage.active.object_id), client.end_effector_pose(side)
    targets = [
        (target @ held.inverse() @ gripper, direction)
        for target, direction in _targets(hands, stage, held, hands.pose_world(stage.passive.object_id))
    ]
    before = [_shifted(pose, -_PRE_PLACE_M * direction) for pose, direction in targets]
    reached = _all_reached(client, side, [pose for pose, _ in targets], before)
    if not reached:
        raise StageFailedError(f"no pose of {stage.active.object_id} at its goal can be reached by the {side} arm")
    chosen = reached[attempt % len(reached)]
    pose, direction = targets[chosen]
    hands.tell(stage, side, pose)
    hands.approach(side, before[chosen])
    hands.tell(stage, side, pose)
    hands.slide(side, pose)
    hands.tell(stage, side, pose, "open")
    client.set_gripper(side, "open")
    client.detach()
    hands.held.pop(side, None)
    back = _shifted(client.end_effector_pose(side), -_RETREAT_M * direction)
    hands.tell(stage, side, back)
    hands.slide(side, back)


def _go_home(hands: Hands, stage: Stage) -> None:
    side = hands.sides_of(stage)[0]
    hands.tell(stage, side, hands.home[side])
    hands.approach(side, hands.home[side])


def _reachable_grasps(
    hands: Hands, stage: Stage, side: str, pose: Pose, lift: float, place: Stage | None
) -> list[Pose]:
    """Return the gripper poses that inverse kinematics reaches, from before the grasp to the lift; those first from
    which the next goal is reached too."""
    options = stage.extra_params
    offset = float(options.get("grasp_offset", _GRASP_OFFSET_M))
    poses = []
    for matrix in hands.object(stage.passive.object_id).grasps.poses:
        grasp = matrix.copy()
        grasp[:3, :3] = matrix[:3, :3] @ _GRASPNET_FROM_CENTER
        candidate = pose @ Pose.from_matrix(grasp) @ Pose.of((0, 0, offset))
        up = float(rotate(candidate.quat_wxyz, (0, 1, 0))[2])
        if options.get("disable_upside_down", False) and (up >= 0) == (side == "left"):
            continue
        poses.append(candidate)
    before = [item @ Pose.of((0, 0, -_pre_grasp(stage))) for item in poses]
    above = [_shifted(item, (0, 0, lift)) for item in poses]
    found = [poses[k] for k in _all_reached(hands.client, side, poses, before, above)]
    if place is None or not found:
        return found
    ahead = found[:_LOOKED_AHEAD]
    targets = _targets(hands, place, pose, hands.pose_world(place.passive.object_id))
    targets = targets[:: max(1, len(targets) // _TURNS_AHEAD)][:_TURNS_AHEAD]
    asked = [target @ pose.inverse() @ grasp for grasp in ahead for target, _ in targets]
    solved = [item.success for item in hands.client.solve_ik(side, asked)] if asked else []
    good = [sum(solved[k * len(targets) : (k + 1) * len(targets)]) for k in range(len(ahead))]
    order = sorted(range(len(ahead)), key=lambda k: (good[k] == 0, k))
    return [ahead[k] for k in order] + found[_LOOKED_AHEAD:]


def _all_reached(client: GenieClient, side: str, *sequences: Sequence[Pose]) -> list[int]:
    """Return the numbers at which inverse kinematics reaches the pose of every sequence, clear of obstacles."""
    count = len(sequences[0])
    if not count:
        return []
    solved = client.solve_ik(side, [pose for poses in sequences for pose in poses], avoid_obstacles=True)
    return [k for k in range(count) if all(solved[k + n * count].success for n in range(len(sequences)))]


def _targets(hands: Hands, stage: Stage, active: Pose, passive: Pose) -> list[tuple[Pose, Array]]:
    """Return where the active object may end, each with the world direction it gets there along; least turned first."""
    own = _elements(hands.object(stage.active.object_id).interaction.interaction.active.place, stage.active.primitive)[
        0
    ]
    found = []
    for element in _elements(
        hands.object(stage.passive.object_id).interaction.interaction.passive.place, stage.passive.primitive
    ):
        direction = rotate(passive.quat_wxyz, element.direction)
        point = passive.apply(element.xyz) - _ABOVE_PLACE_M * direction
        upright = _aligning(rotate(active.quat_wxyz, own.direction), direction)
        count = element.angle_sample_num
        for _, turn in sorted((min(k, count - k), k) for k in range(count)):
            about = quat_wxyz_from_axis_angle(direction, 2 * np.pi * turn / count)
            quat = quat_multiply(quat_multiply(about, upright), active.quat_wxyz)
            found.append((Pose.of(point - rotate(quat, own.xyz), quat), direction))
    return found


def _elements(places: dict[str, list[PlaceElement]], primitive: str | None) -> list[PlaceElement]:
    """Return the elements of a primitive; without one, those of "default", or else all."""
    if primitive is not None:
        if primitive not in places:
            raise StageError(f"there is no place {primitive!r}, only {sorted(places)}.", remedy="export it again.")
        return places[primitive]
    found = places.get("default") or [element for name in sorted(places) for element in places[name]]
    if not found:
        raise StageError("an object of a place stage has no place in its interaction.json.", remedy="export it again.")
    return found


def _aligning(source: Array, target: Array) -> Array:
    """Return the smallest rotation that turns one direction (3,) into another."""
    a, b = source / np.linalg.norm(source), target / np.linalg.norm(target)
    axis, cosine = np.cross(a, b), float(np.clip(a @ b, -1.0, 1.0))
    if np.linalg.norm(axis) < 1e-9:
        if cosine > 0:
            return np.array([1.0, 0.0, 0.0, 0.0])
        axis = np.cross(a, (1.0, 0.0, 0.0) if abs(a[0]) < 0.9 else (0.0, 1.0, 0.0))
    return quat_wxyz_from_axis_angle(axis, float(np.arccos(cosine)))


def _place_after(stages: Sequence[Stage], number: int) -> Stage | None:
    """Return the stage that puts down what this one picks up."""
    picked = stages[number].passive.object_id
    later = (stage for stage in stages[number + 1 :] if stage.action != "reset")
    following = next(later, None)
    is_place = following is not None and following.action in ("place", "insert")
    return following if is_place and following is not None and following.active.object_id == picked else None


def _with_prims(hands: Hands, stage: Stage, params: dict[str, Any]) -> dict[str, Any]:
    """Object ids become prim paths, "gripper" the arm of the stage, as the server expects them."""

    def resolved(value: Any) -> Any:
        if value == "gripper":
            return hands.sides_of(stage)[0]
        is_object = isinstance(value, str) and value in hands.instance.objects
        return hands.object(value).prim_path if is_object else value

    return {key: resolved(value) for key, value in params.items()}


def _pre_grasp(stage: Stage) -> float:
    return float(stage.extra_params.get("pre_grasp_distance", _PRE_GRASP_M))


def _shifted(pose: Pose, by: Any) -> Pose:
    return Pose.of(np.asarray(pose.position) + np.asarray(by), pose.quat_wxyz)


def _text(pose: Pose) -> str:
    return "(" + ", ".join(f"{value:.3f}" for value in pose.position) + ")"
