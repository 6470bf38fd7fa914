"""The Genie Sim server against its floor: RPC latency, and physics steps per second against bare mj_step of its model.

Everything is measured in one run: `python benchmarks/geniesim_server.py [--calls 200] [--seconds 20]`. Steps are
counted per CPU second (the machine may be busy), latencies are what a client on the loopback interface waits.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
import mujoco
import numpy as np

from blueprint.sim.geniesim.proto.methods import METHODS
from blueprint.sim.geniesim.recording import Recording
from blueprint.sim.geniesim.server import GenieServer, ServerSettings
from blueprint.sim.geniesim.stepping import CONTROL_PERIOD_S
from blueprint.sim.geniesim.world import GenieWorld, WorldSettings

BACKGROUND = """#usda 1.0
(
    defaultPrim = "World"
    metersPerUnit = 1
    upAxis = "Z"
)
def Xform "World" {
    def Cube "Table" (
        prepend apiSchemas = ["PhysicsCollisionAPI"]
    )
    {
        double size = 1
        double3 xformOp:translate = (0.75, 0, 0.78)
        float3 xformOp:scale = (0.6, 1.2, 0.04)
        uniform token[] xformOpOrder = ["xformOp:translate", "xformOp:scale"]
    }
}
"""
CUBE = """#usda 1.0
(
    defaultPrim = "cube"
    metersPerUnit = 1
    upAxis = "Y"
)
def Xform "cube" (
    prepend apiSchemas = ["PhysicsRigidBodyAPI", "PhysicsMassAPI"]
)
 {
    float physics:mass = 0.1
    def Cube "box" (
        prepend apiSchemas = ["PhysicsCollisionAPI"]
    )
    {
        double size = 0.05
    }
}
"""
CUBES = 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=20.0, help="of physics, per measurement")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        (root / "scene.usda").write_text(BACKGROUND)
        (root / "Aligned.usda").write_text(CUBE)
        world = GenieWorld(WorldSettings(root, root / "out"))
        with GenieServer(world, ServerSettings(port=0)) as server:
            channel = grpc.insecure_channel(f"127.0.0.1:{server.port}")
            result = {"latency_ms": _latencies(channel, options.calls), "steps": _steps(world, options.seconds)}
            channel.close()
    print(json.dumps(result, indent=2))


def _latencies(channel: Any, calls: int) -> dict[str, dict[str, float]]:
    def call(name: str, **fields: Any) -> Any:
        method = METHODS[name]
        stub = channel.unary_unary(method.path, method.request.SerializeToString, method.response.FromString)
        return stub(method.request(**fields), wait_for_ready=True)

    call("init_robot", robot_cfg_file="G2_omnipicker_fixed_dual.json", scene_usd_path="scene.usda")
    for number in range(CUBES):
        place = {"x": 0.5 + 0.12 * (number % 4), "y": 0.2 - 0.4 * (number // 4), "z": 0.83}
        pose = {"position": place, "rpy": {"rw": 0.5**0.5, "rx": 0.5**0.5}}
        fields = {"usd_path": "Aligned.usda", "object_mass": 0.1, "add_rigid_body": True, "object_pose": pose}
        call("add_object", prim_path=f"/World/Objects/cube_{number}", **fields)
    call("get_object_pose", prim_path="robot")  # everything comes to rest
    poses = [{"elements": _above(0.5 + 0.02 * n, -0.35 + 0.02 * n).reshape(-1)} for n in range(24)]
    return {
        "get_joint_position": _timed(lambda: call("get_joint_position"), calls),
        "get_ee_pose": _timed(lambda: call("get_ee_pose", is_right=True), calls),
        "get_ik_status, 24 poses": _timed(lambda: call("get_ik_status", is_right=True, target_pose=poses), calls // 4),
        "get_ik_status, 24 poses, collision-free": _timed(
            lambda: call("get_ik_status", is_right=True, target_pose=poses, ObsAvoid=True, output_link_pose=True),
            calls // 4,
        ),
    }


def _above(x: float, y: float) -> np.ndarray:
    pose = np.eye(4)
    pose[:3, :3] = np.column_stack([(0, 1, 0), (1, 0, 0), (0, 0, -1)])
    pose[:3, 3] = (x, y, 0.95)
    return pose


def _timed(call: Callable[[], Any], count: int) -> dict[str, float]:
    call()
    waits = []
    for _ in range(max(count, 1)):
        start = time.perf_counter()
        call()
        waits.append(1000 * (time.perf_counter() - start))
    return {"p50": round(float(np.percentile(waits, 50)), 2), "p95": round(float(np.percentile(waits, 95)), 2)}


def _steps(world: GenieWorld, seconds: float) -> dict[str, float]:
    """Steps per CPU second while the arm holds still over the table: the server's loop, with a recording, and bare."""
    scene, stepper = world.scene, world.stepper
    model, data = scene.model, scene.data
    ticks = round(seconds / CONTROL_PERIOD_S)
    steps = ticks * stepper.steps_per_tick

    def served() -> None:
        for _ in range(ticks):
            stepper.tick()

    def bare() -> None:
        mujoco.mj_step(model, copy, steps)

    copy = mujoco.MjData(model)
    copy.qpos[:], copy.ctrl[:] = data.qpos, data.ctrl
    rates = {"bare": steps / _cpu(bare), "served": steps / _cpu(served)}
    recording = Recording(scene, Path("unwritten"), "bench", 30, [])
    stepper.start_frames(1 / 30, recording.capture)
    rates["recording"] = steps / _cpu(served)
    stepper.stop_frames()
    return {name: round(rate) for name, rate in rates.items()} | {
        "served / bare": round(rates["served"] / rates["bare"], 3),
        "recording / bare": round(rates["recording"] / rates["bare"], 3),
        "physics step s": model.opt.timestep,
    }


def _cpu(work: Callable[[], None]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


if __name__ == "__main__":
    main()
