"""MuJoCo as a simulator: 25 physics steps of 2 ms per control tick, arm targets interpolated within the tick.

One Python call per physics step costs 1 to 2 µs of the 50 to 200 µs that the step takes (measured in benchmarks/),
so the targets are interpolated exactly, per step, instead of being held over several steps.
"""

from collections.abc import Mapping

import mujoco
import numpy as np
from numpy.typing import ArrayLike, NDArray

from blueprint.contracts.episode import FailureReason
from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Pose, quat_multiply
from blueprint.sim.hand_wrench import HandWrench
from blueprint.sim.protocol import Observation, SimulationError
from blueprint.sim.world import World

__all__ = ["CONTROL_RATE_HZ", "MujocoSimulator"]

CONTROL_RATE_HZ = 20
SETTLE_STEP_S = 0.2
SETTLE_LIMIT_S = 3.0
REST_SPEED_M_PER_S = 0.01
REST_SPEED_RAD_PER_S = 0.1
HAND_DOWN = np.array([0.0, 1.0, 0.0, 0.0])  # w,x,y,z of the grasp frame in the base frame, about where homes are

_DIVERGED = (
    mujoco.mjtWarning.mjWARN_BADQPOS,
    mujoco.mjtWarning.mjWARN_BADQVEL,
    mujoco.mjtWarning.mjWARN_BADQACC,
    mujoco.mjtWarning.mjWARN_CONTACTFULL,
    mujoco.mjtWarning.mjWARN_CNSTRFULL,
)
_FULL_STATE = mujoco.mjtState.mjSTATE_INTEGRATION


class MujocoSimulator:
    """Steps one world. `data` is the simulation's own: planners get a copy (`planning_data`), because even a forward
    pass on it would change the solver's warm start and with it the bits of a replay."""

    rate_hz = CONTROL_RATE_HZ

    def __init__(self, world: World) -> None:
        self.world = world
        self.model = world.model
        self.data = mujoco.MjData(world.model)
        self.steps_per_tick = round(1 / (CONTROL_RATE_HZ * self.model.opt.timestep))
        self._ctrl_ids = world.robot.ctrl
        if not np.array_equal(self._ctrl_ids, np.arange(self.model.nu)):
            raise InputError(
                f"robot {world.embodiment.name} shares the model with other actuators.", remedy="remove them."
            )
        self._ctrl = self.data.ctrl  # a view that stays valid: fetching it anew would cost more than writing it
        base = world.pose_world_base
        self._rotation_base_world = base.matrix()[:3, :3].T
        self._position_world_base = np.array(base.position)
        self._quat_base_world = np.array(base.inverse().quat_wxyz)
        self._fractions = (np.arange(1, self.steps_per_tick + 1) / self.steps_per_tick)[:, None]
        self._is_gripper_geom = np.isin(self.model.geom_bodyid, list(world.gripper_bodies))
        self._wrench = HandWrench(self.model, world.robot)
        self._target = np.zeros(len(self._ctrl_ids))

    def reset(self, initial_joints: Mapping[str, float] | None = None) -> Observation:
        """See `Simulator.reset`. What stands in a drawer or on a door that starts open moves along with it.

        Raises InputError for an unknown joint or a value outside its limits, SimulationError (UNSTABLE_START) when
        something still moves after 3 s.
        """
        embodiment, model, data = self.world.embodiment, self.model, self.data
        mujoco.mj_resetData(model, data)
        _set_joints(self.world, data, initial_joints or {})
        home = embodiment.home_action
        embodiment.set_state(self.world.robot, data, home)
        self._target = embodiment.action_to_ctrl(home)
        self._fill_history()
        steps = round(SETTLE_STEP_S / model.opt.timestep)
        for _ in range(round(SETTLE_LIMIT_S / SETTLE_STEP_S)):
            mujoco.mj_step(model, data, steps)
            self._check()
            name, speed = _fastest(model, data)
            if speed < 1.0:
                data.time = 0.0
                self._fill_history()
                return self.state()
        raise SimulationError(
            FailureReason.UNSTABLE_START,
            f"{name} moves at {speed:.1f} × the speed that counts as rest after {SETTLE_LIMIT_S:g} s",
        )

    def step(self, action: ArrayLike) -> Observation:
        """See `Simulator.step`. Targets go linearly from the last action's to this one's, the gripper's too."""
        goal = self.world.embodiment.action_to_ctrl(np.asarray(action, np.float32))
        model, data, ctrl, advance = self.model, self.data, self._ctrl, mujoco.mj_step
        for row in self._target + self._fractions * (goal - self._target):
            ctrl[...] = row
            advance(model, data)
        self._target = goal
        self._check()
        return self.state()

    def state(self) -> Observation:
        """Return the present state: `ee_pose` has 7 values an arm, contact forces are of the last physics step."""
        model, data, robot = self.model, self.data, self.world.robot
        mujoco.mj_kinematics(model, data)
        return Observation(
            time=float(data.time),
            qpos=data.qpos.copy(),
            qvel=data.qvel.copy(),
            state=self.world.embodiment.read_state(robot, data),
            ee_pose=np.concatenate([self._hand_pose(arm.grasp_site) for arm in robot.arms]),
            contact_force=self.gripper_force(),
            velocity=self.world.embodiment.read_velocity(robot, data),
            effort=data.actuator_force.astype(np.float32),
            wrench=self._wrench.read(data),
        )

    def _fill_history(self) -> None:
        """Let late servos find that the present command has stood for as long as they remember."""
        for actuator in np.flatnonzero(self.model.actuator_history[:, 0]):
            samples = int(self.model.actuator_history[actuator, 0])
            times = self.data.time + self.model.opt.timestep * np.arange(1 - samples, 1.0)
            values = np.full((samples, 1), self.data.ctrl[actuator])
            mujoco.mj_initCtrlHistory(self.model, self.data, int(actuator), times.reshape(-1, 1), values)

    def _hand_pose(self, site: int) -> NDArray[np.float32]:
        """Return position and quaternion w,x,y,z (7,) of a grasp frame in the frame where the robot was put."""
        data, quat, pose = self.data, np.empty(4), np.empty(7, np.float32)
        mujoco.mju_mat2Quat(quat, data.site_xmat[site])
        pose[:3] = self._rotation_base_world @ (data.site_xpos[site] - self._position_world_base)
        pose[3:] = self._same_side(quat_multiply(self._quat_base_world, quat))
        return pose

    def gripper_force(self) -> float:
        """Return the sum of normal contact forces between hand or fingers and anything else, N."""
        data, total, wrench = self.data, 0.0, np.zeros(6)
        if not data.ncon:
            return 0.0
        is_gripper = self._is_gripper_geom[data.contact.geom]
        for contact in np.flatnonzero(is_gripper[:, 0] != is_gripper[:, 1]):
            mujoco.mj_contactForce(self.model, data, int(contact), wrench)
            total += float(wrench[0])
        return total

    def planning_data(self) -> mujoco.MjData:
        """Return a copy of the state for a planner or a judge, with positions, contacts and forces up to date."""
        return data_at(self.model, self.data.qpos, self.data.qvel, self.data.ctrl)

    def snapshot(self) -> NDArray[np.float64]:
        """Return everything that determines the next step (mjSTATE_INTEGRATION), but which objects sleep."""
        saved = np.empty(mujoco.mj_stateSize(self.model, _FULL_STATE))
        mujoco.mj_getState(self.model, self.data, saved, _FULL_STATE)
        return saved

    def restore(self, snapshot: NDArray[np.float64]) -> None:
        """Return to a snapshot of this simulator; everything is awake then."""
        mujoco.mj_resetData(self.model, self.data)
        mujoco.mj_setState(self.model, self.data, snapshot, _FULL_STATE)
        self._target = self.data.ctrl[self._ctrl_ids].copy()

    def _same_side(self, quat: NDArray[np.float64]) -> NDArray[np.float64]:
        """Of the two signs of a rotation, take the one nearer to a hand that points down: no jumps in between."""
        return -quat if quat @ HAND_DOWN < 0 else quat

    def _check(self) -> None:
        data = self.data
        for warning in _DIVERGED:
            if data.warning[warning].number:
                raise SimulationError(
                    FailureReason.PHYSICS_DIVERGED,
                    f"MuJoCo reports {warning.name} for element {data.warning[warning].lastinfo} at {data.time:.3f} s",
                )
        if not (np.isfinite(data.qpos).all() and np.isfinite(data.qvel).all()):
            raise SimulationError(FailureReason.PHYSICS_DIVERGED, f"a position is not finite at {data.time:.3f} s")


def data_at(model: mujoco.MjModel, qpos: ArrayLike, qvel: ArrayLike, ctrl: ArrayLike | None = None) -> mujoco.MjData:
    """Return fresh data at a state, with a full forward pass: a function of the state alone, so that judging a
    recorded state gives the same answer as judging it live."""
    data = mujoco.MjData(model)
    data.qpos[:] = qpos
    data.qvel[:] = qvel
    if ctrl is not None:
        data.ctrl[:] = ctrl
    mujoco.mj_forward(model, data)
    return data


def _set_joints(world: World, data: mujoco.MjData, initial_joints: Mapping[str, float]) -> None:
    model = world.model
    if not initial_joints:
        return
    mujoco.mj_kinematics(model, data)
    before = {body: _pose(data, body) for body in range(model.nbody)}
    for name, value in sorted(initial_joints.items()):
        joint = mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_JOINT, name)
        if joint < 0 or "/" not in name or name.startswith("robot/"):
            there = [
                model.joint(index).name
                for index in range(model.njnt)
                if model.jnt_type[index] != mujoco.mjtJoint.mjJNT_FREE
                and not model.joint(index).name.startswith("robot/")
            ]
            raise InputError(f"no joint {name!r} in the scene; there are {there}.", remedy="name object/joint.")
        lower, upper = model.jnt_range[joint]
        if model.jnt_limited[joint] and not lower - 1e-6 <= value <= upper + 1e-6:
            raise InputError(
                f"joint {name} cannot be at {value}: its limits are {lower} to {upper}.", remedy="clip it."
            )
        data.qpos[model.jnt_qposadr[joint]] = value
    mujoco.mj_kinematics(model, data)
    for item in world.scene.objects:
        carrier = _carrier_body(world, item.id)
        joint = mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_JOINT, f"{item.id}/free")
        if carrier is None or joint < 0:
            continue
        moved = _pose(data, carrier) @ before[carrier].inverse() @ before[int(model.jnt_bodyid[joint])]
        address = model.jnt_qposadr[joint]
        data.qpos[address : address + 7] = [*moved.position, *moved.quat_wxyz]


def _carrier_body(world: World, object_id: str) -> int | None:
    """Return the body of the moving link that an object stands on, directly or by way of other objects."""
    seen: set[str] = set()
    while object_id not in seen:
        seen.add(object_id)
        placement = world.scene.object(object_id).placement
        if placement is None or placement.parent_id is None or placement.region is None:
            return None
        object_id = placement.parent_id
        link = world.scene.region(object_id, placement.region).link
        if link != world.scene.asset(object_id).links[0].name:
            body = mujoco.mj_name2id(world.model, mujoco.mjtObj.mjOBJ_BODY, f"{object_id}/{link}")
            return body if body >= 0 else None
    return None


def _pose(data: mujoco.MjData, body: int) -> Pose:
    return Pose.of(data.xpos[body], data.xquat[body])


def _fastest(model: mujoco.MjModel, data: mujoco.MjData) -> tuple[str, float]:
    """Return the fastest joint and its speed as a multiple of what counts as rest."""
    if not model.nv:
        return "nothing", 0.0
    rotational = np.isin(model.jnt_type[model.dof_jntid], [mujoco.mjtJoint.mjJNT_HINGE, mujoco.mjtJoint.mjJNT_BALL])
    for joint in np.flatnonzero(model.jnt_type == mujoco.mjtJoint.mjJNT_FREE):
        address = int(model.jnt_dofadr[joint])
        rotational[address + 3 : address + 6] = True
    relative = np.abs(data.qvel) / np.where(rotational, REST_SPEED_RAD_PER_S, REST_SPEED_M_PER_S)
    worst = int(relative.argmax())
    return model.joint(int(model.dof_jntid[worst])).name, float(relative[worst])
