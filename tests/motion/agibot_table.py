"""A two-armed robot at a table with one cube, and the motions of a grasp."""

from dataclasses import dataclass

import mujoco
import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.frames import Pose
from blueprint.motion.dual_arm import ArmMotion, ArmScene, plan_free, plan_linear, solve_arm_ik, time_path
from blueprint.robots.agibot import AgibotIndex, AgibotRobot, load_agibot
from blueprint.robots.agibot.robot import Side

TABLE_TOP_M = 0.8
RATE_HZ = 100
# Straight-down grasps: G1's elbow folds less, it reaches down farther out; its pads end at the center link.
CUBE_X_M = {"G2_omnipicker": 0.0, "G1_omnipicker": 0.1}
DEPTH_M = {"G2_omnipicker": 0.0, "G1_omnipicker": 0.008}


@dataclass
class Bench:
    """The robot's base is 0.71 m behind the origin, the table's top spans x -0.15 to 0.45 m."""

    robot: AgibotRobot
    model: mujoco.MjModel
    data: mujoco.MjData
    index: AgibotIndex
    rng: np.random.Generator

    def step(self, ticks: int = 1) -> None:
        for _ in range(ticks * int(1 / RATE_HZ / self.model.opt.timestep)):
            mujoco.mj_step(self.model, self.data)

    def run(self, motion: ArmMotion) -> bool:
        while motion.step(self.data):
            self.step()
        return motion.reached(self.data)

    def commanded(self, side: Side) -> NDArray[np.float64]:
        return np.array(self.data.ctrl[self.index.arms[side].ctrl])

    def cube_in_hand(self, side: Side) -> NDArray[np.float64]:
        """The cube's centre (3,) in the frame of the center link, m."""
        center = self.index.arms[side].center_body
        offset = self.data.body("cube").xpos - self.data.xpos[center]
        return self.data.xmat[center].reshape(3, 3).T @ offset


def open_bench(name: str, mass_kg: float = 0.1, cube_y_m: float = -0.15, wall_y_m: float | None = None) -> Bench:
    robot = load_agibot(name)
    spec = mujoco.MjSpec()
    spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    spec.option.cone = mujoco.mjtCone.mjCONE_ELLIPTIC
    spec.option.impratio = 10
    box = mujoco.mjtGeom.mjGEOM_BOX
    spec.worldbody.add_geom(type=mujoco.mjtGeom.mjGEOM_PLANE, size=[4, 4, 0.1])
    table = spec.worldbody.add_body(name="table")
    table.add_geom(type=box, size=[0.3, 0.6, 0.02], pos=[0.15, 0, TABLE_TOP_M - 0.02])
    if wall_y_m is not None:
        spec.worldbody.add_body(name="wall").add_geom(
            type=box, size=[0.12, 0.01, 0.15], pos=[0, wall_y_m, TABLE_TOP_M + 0.15]
        )
    cube = spec.worldbody.add_body(name="cube", pos=[CUBE_X_M[name], cube_y_m, TABLE_TOP_M + 0.025])
    cube.add_freejoint()
    cube.add_geom(type=box, size=[0.025] * 3, mass=mass_kg)
    robot.attach(spec, Pose.of((-0.71, 0, 0)))
    model = spec.compile()
    data = mujoco.MjData(model)
    index = robot.index(model)
    index.teleport(data, robot.initial_qpos)
    bench = Bench(robot, model, data, index, np.random.default_rng(0))
    bench.step(30)
    return bench


def above(name: str, side: Side, height_m: float, y_m: float) -> Pose:
    """The pose of the center link that points straight down, `height_m` over where it grasps the cube."""
    sign = 1.0 if side == "right" else -1.0
    rotation = np.column_stack([[0, sign, 0], [sign, 0, 0], [0, 0, -1]])
    pose = np.eye(4)
    pose[:3, :3] = rotation
    pose[:3, 3] = [CUBE_X_M[name], y_m, TABLE_TOP_M + 0.025 + height_m - DEPTH_M[name]]
    return Pose.from_matrix(pose)


def grasp_and_lift(name: str, side: Side, mass_kg: float) -> tuple[Bench, float, float]:
    """Pick the cube up by 10 cm and hold it for a second; returns the bench, its rise and its slip in the hand, m."""
    y = -0.15 if side == "right" else 0.15
    bench = open_bench(name, mass_kg, y)
    arm = bench.index.arms[side]
    scene = ArmScene(bench.model, bench.index)
    scene.sync(bench.data)
    before = solve_arm_ik(
        bench.model,
        bench.data,
        bench.index,
        side,
        above(name, side, 0.12, y),
        bench.commanded(side),
        bench.rng,
        is_accepted=lambda q: scene.is_free(side, q),
    )
    assert before.success
    path = plan_free(scene, side, bench.commanded(side), before.q, bench.rng)
    assert bench.run(ArmMotion(bench.index, time_path(bench.robot, side, path, RATE_HZ)))
    scene.ignore(["cube"])
    path = plan_linear(scene, side, bench.commanded(side), above(name, side, 0.0, y))
    assert bench.run(ArmMotion(bench.index, time_path(bench.robot, side, path, RATE_HZ)))
    bench.data.ctrl[arm.gripper_ctrl] = bench.robot.arms[side].gripper.closed
    bench.step(60)
    height, grasped = bench.data.body("cube").xpos[2], bench.cube_in_hand(side)
    scene.sync(bench.data)
    scene.hold(side, "cube")
    path = plan_linear(scene, side, bench.commanded(side), above(name, side, 0.10, y))
    bench.run(ArmMotion(bench.index, time_path(bench.robot, side, path, RATE_HZ)))
    bench.step(RATE_HZ)
    slip = float(np.linalg.norm(bench.cube_in_hand(side) - grasped))
    return bench, float(bench.data.body("cube").xpos[2] - height), slip
