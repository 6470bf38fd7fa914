"""What a skill sees: the world as it is, the task, a random generator, and what earlier skills remember."""

from dataclasses import dataclass, field, replace
from functools import cached_property

import mujoco
import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.asset import Link
from blueprint.contracts.episode import FailureReason
from blueprint.contracts.errors import BlueprintError
from blueprint.contracts.scene import Scene
from blueprint.contracts.task import TaskSpec
from blueprint.motion.collision import PlanningScene
from blueprint.motion.ik import ArmKinematics, kinematics_of
from blueprint.robots import Arm, ArmIndex, Embodiment, RobotIndex

__all__ = ["ChosenGrasp", "MotionContext", "PlanningError", "body_name"]

Array = NDArray[np.float64]


class PlanningError(BlueprintError):
    """A skill could not be planned, or was not achieved; `reason` is one of the enumerated ones."""

    def __init__(self, reason: FailureReason, detail: str) -> None:
        super().__init__(f"{reason.value}: {detail}")
        self.reason = reason
        self.detail = detail

    def __reduce__(self) -> tuple[object, ...]:
        return PlanningError, (self.reason, self.detail)


@dataclass(frozen=True)
class ChosenGrasp:
    """The grasp that the hand holds: `pose_link_grasp` maps grasp to link frame, both (4, 4); height in m."""

    name: str
    object_id: str
    link: str
    pose_link_grasp: Array
    opening_m: float
    height_before_m: float


@dataclass
class MotionContext:
    """`data` is the true state and is only read. `memory` carries the grasp from skill to skill.

    `arm` names the arm that acts (the task's, else the first); it may be changed between plans. The others hold their
    last commands.
    """

    model: mujoco.MjModel
    data: mujoco.MjData
    scene: Scene
    embodiment: Embodiment
    task: TaskSpec
    rng: np.random.Generator
    memory: dict[str, ChosenGrasp] = field(default_factory=dict)
    arm: str = ""

    def __post_init__(self) -> None:
        self.arm = self.embodiment.arm(self.arm or self.task.arm).name

    @cached_property
    def index(self) -> RobotIndex:
        return self.embodiment.index(self.model)

    @cached_property
    def _planning(self) -> PlanningScene:
        return PlanningScene(self.model, self.embodiment)

    @property
    def planning(self) -> PlanningScene:
        """The planning copy, in which the acting arm moves; call `sync` before planning."""
        self._planning.use(self.arm)
        return self._planning

    def as_arm(self, arm: str) -> "MotionContext":
        """Return the context of another arm of the robot, with the same state, memory and planning copy."""
        other = replace(self, arm=arm)
        vars(other)["_planning"] = self._planning  # where cached_property keeps it
        return other

    @property
    def arm_spec(self) -> Arm:
        """The acting arm as data."""
        return self.embodiment.arm(self.arm)

    @property
    def arm_index(self) -> ArmIndex:
        """Where the acting arm is in the model."""
        return self.index.arm(self.arm)

    @property
    def kinematics(self) -> ArmKinematics:
        return kinematics_of(self.embodiment.name, self.arm)

    @property
    def commanded_action(self) -> Array:
        """The last command as an action (A,): a plan starts where it ended."""
        return self.embodiment.ctrl_to_action(self.data.ctrl[self.index.ctrl])

    @property
    def commanded_base(self) -> Array:
        """Where a mobile base's joints were last commanded to (b,), m and rad, from where the robot was put."""
        return np.array(self.data.ctrl[self.index.base_ctrl])

    @property
    def commanded_q(self) -> Array:
        """The acting arm's commanded configuration (n,), rad."""
        return self.commanded_action[self.embodiment.slots(self.arm).joints]

    @property
    def commanded_opening_m(self) -> float:
        return float(self.commanded_action[self.embodiment.slots(self.arm).gripper])

    @property
    def pose_world_grasp(self) -> Array:
        """The measured pose (4, 4) of the acting arm's grasp frame."""
        pose = np.eye(4)
        pose[:3, :3] = self.data.site_xmat[self.arm_index.grasp_site].reshape(3, 3)
        pose[:3, 3] = self.data.site_xpos[self.arm_index.grasp_site]
        return pose

    @property
    def pose_world_base(self) -> Array:
        """The measured pose (4, 4) of the robot's base, in whose frame `kinematics` works."""
        return self.body_pose(self.index.base_body)

    def body_pose(self, body: int) -> Array:
        """Return the measured pose (4, 4) of a body in the world."""
        pose = np.eye(4)
        pose[:3, :3] = self.data.xmat[body].reshape(3, 3)
        pose[:3, 3] = self.data.xpos[body]
        return pose

    def link_body(self, object_id: str, link: str) -> int:
        """Return the body of a link of an object; the root link's body has the object's own name."""
        return int(self.model.body(body_name(object_id, self.scene.asset(object_id).link(link))).id)

    def link_pose(self, object_id: str, link: str) -> Array:
        return self.body_pose(self.link_body(object_id, link))

    def region_pose(self, object_id: str, region: str) -> Array:
        """Return the measured pose (4, 4) of a region of an object in the world."""
        item = self.scene.region(object_id, region)
        return self.link_pose(object_id, item.link) @ item.pose_link_region.matrix()

    def joint_value(self, object_id: str, joint: str) -> float:
        return float(self.data.joint(f"{object_id}/{joint}").qpos[0])

    def finger_contacts(self, object_id: str) -> tuple[bool, bool]:
        """Return whether the left and the right finger of the acting arm touch the object."""
        root = self.model.body(object_id).id
        touched = [False, False]
        for contact in self.data.contact[: self.data.ncon]:
            bodies = self.model.geom_bodyid[contact.geom]
            for side, finger in enumerate(self.arm_index.finger_bodies):
                if finger in bodies and any(self.model.body_rootid[body] == root for body in bodies):
                    touched[side] = True
        return touched[0], touched[1]

    def robot_touches(self, object_id: str) -> bool:
        root = self.model.body(object_id).id
        return any(
            any(body in self.index.bodies for body in self.model.geom_bodyid[contact.geom])
            and any(self.model.body_rootid[body] == root for body in self.model.geom_bodyid[contact.geom])
            for contact in self.data.contact[: self.data.ncon]
        )


def body_name(object_id: str, link: Link) -> str:
    """Return the MuJoCo body of a link: the object id for the root, `object_id/link` for the others."""
    return object_id if link.parent is None else f"{object_id}/{link.name}"
