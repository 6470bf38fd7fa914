"""What a state policy is told of the world: poses of a task's things and of its goals in the robot base's frame."""

from dataclasses import dataclass
from functools import cached_property

import mujoco
import numpy as np
from numpy.typing import ArrayLike, NDArray

from blueprint.contracts.asset import Region
from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Pose
from blueprint.contracts.task import JointGoal, PressGoal, TaskSpec
from blueprint.sim.world import World

__all__ = ["POSE_NAMES", "TaskObserver"]

POSE_NAMES = ("x", "y", "z", "qw", "qx", "qy", "qz")
Array = NDArray[np.float64]


@dataclass(frozen=True)
class _Place:
    """A frame that moves with a body of the model."""

    name: str
    body: int
    pose_body: Array


class TaskObserver:
    """Reads the vector of a task out of generalised positions.

    For each thing that the task names: the pose of its root; for each moving part that it names: the pose of that link;
    for each goal with a place: the pose that the target should have. Poses are x, y, z in m and a quaternion w, x, y, z
    with w ≥ 0, in the frame of the robot's base. Joint values (rad or m) follow, each with what is still missing.

    It belongs to one world: a variation may move the robot's base, exchange things or add some.
    """

    def __init__(self, world: World, task: TaskSpec) -> None:
        self._model, self._data = world.model, mujoco.MjData(world.model)
        self._scene, self.task = world.scene, task
        self._to_base: Array = world.pose_world_base.inverse().matrix()
        self._places = self._find_places()
        self._joints = self._find_joints()

    @cached_property
    def names(self) -> list[str]:
        """One name per entry: `{thing}.x`, `goal_1.x`, `{thing}/{joint}`, `{thing}/{joint}.missing`."""
        poses = [f"{place.name}.{axis}" for place in self._places for axis in POSE_NAMES]
        joints = [f"{name}{part}" for name, _, _ in self._joints for part in ("", ".missing")]
        return poses + joints

    @property
    def poses(self) -> int:
        """How many poses the vector starts with."""
        return len(self._places)

    def read(self, qpos: ArrayLike) -> NDArray[np.float32]:
        """Return the vector (E,) of positions (nq,); raises InputError where they are of another world."""
        values, data = np.asarray(qpos, np.float64), self._data
        if values.shape != (self._model.nq,):
            raise InputError(
                f"positions {values.shape}; the world has {self._model.nq}.", remedy="use its own records."
            )
        data.qpos[:] = values
        mujoco.mj_kinematics(self._model, data)
        rows = [_pose_row(self._to_base, data, place) for place in self._places]
        joints = [[data.qpos[address], goal - data.qpos[address]] for _, address, goal in self._joints]
        return np.array([value for row in [*rows, *joints] for value in row], np.float32)

    def _find_places(self) -> list[_Place]:
        things: dict[str, _Place] = {}
        goals: list[_Place] = []
        for step in self.task.step_list():
            goal = step.goal
            owners = (getattr(goal, "support_id", None), getattr(goal, "container_id", None))
            for name in (step.target_object, *owners):
                if name is not None:
                    things.setdefault(name, _Place(name, self._body(name), np.eye(4)))
            for link in self._moving_links(step.target_object):
                name = f"{step.target_object}/{link}"
                things.setdefault(name, _Place(name, self._body(name), np.eye(4)))
            region = getattr(goal, "region", None)
            owner = owners[0] or owners[1]
            if region is not None and owner is not None:
                pose = self._scene.region(owner, region)
                goals.append(self._goal_place(f"goal_{len(goals) + 1}", owner, pose, _wanted(goal)))
        return [*things.values(), *goals]

    def _goal_place(self, name: str, owner: str, region: Region, wanted: Array) -> _Place:
        link = self._scene.asset(owner).link(region.link)
        body = self._body(owner if link.parent is None else f"{owner}/{link.name}")
        return _Place(name, body, region.pose_link_region.matrix() @ wanted)

    def _moving_links(self, object_id: str) -> list[str]:
        wanted = {step.goal.joint for step in self._joint_steps() if step.target_object == object_id}
        return [link.name for link in self._scene.asset(object_id).links if link.joint and link.joint.name in wanted]

    def _find_joints(self) -> list[tuple[str, int, float]]:
        found = {}
        for step in self._joint_steps():
            name = f"{step.target_object}/{step.goal.joint}"
            found[name] = (name, int(self._model.joint(name).qposadr[0]), step.goal.value)
        return list(found.values())

    def _joint_steps(self) -> list:
        return [step for step in self.task.step_list() if isinstance(step.goal, JointGoal | PressGoal)]

    def _body(self, name: str) -> int:
        body = mujoco.mj_name2id(self._model, mujoco.mjtObj.mjOBJ_BODY, name)
        if body < 0:
            raise InputError(f"task {self.task.task_id}: the scene has no body {name!r}.", remedy="use its own tasks.")
        return int(body)


def _wanted(goal: object) -> Array:
    """Return the pose (4, 4) in its region that a goal asks for, as far as it does."""
    pose: Pose | None = getattr(goal, "pose_region_object", None)
    if pose is not None:
        return pose.matrix()
    x, y = getattr(goal, "position", None) or getattr(goal, "center", None) or (0.0, 0.0)
    return Pose.of((x, y, 0.0)).matrix()


def _pose_row(to_base: Array, data: mujoco.MjData, place: _Place) -> list[float]:
    """Return a place's position and quaternion in the base's frame; of the two signs the one with w ≥ 0."""
    body = np.eye(4)
    body[:3, :3] = data.xmat[place.body].reshape(3, 3)
    body[:3, 3] = data.xpos[place.body]
    pose = to_base @ body @ place.pose_body
    quat = np.empty(4)
    mujoco.mju_mat2Quat(quat, pose[:3, :3].ravel())
    return [*pose[:3, 3], *(quat if quat[0] >= 0 else -quat)]
