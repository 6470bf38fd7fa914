"""Calling a served world by RPC alone, the way AgiBot's client does."""

from pathlib import Path
from types import TracebackType
from typing import Any, Self

import grpc
import numpy as np
from geniesim_package import BACKGROUND, CUBE, TABLE_TOP_M
from numpy.typing import NDArray

from blueprint.contracts.frames import Pose
from blueprint.sim.geniesim.proto.methods import METHODS
from blueprint.sim.geniesim.server import GenieServer, ServerSettings
from blueprint.sim.geniesim.world import GenieWorld, WorldSettings

UPRIGHT = (np.sqrt(0.5), np.sqrt(0.5), 0.0, 0.0)  # of a package's Y-up frame
DOWN = np.column_stack([(0, 1, 0), (1, 0, 0), (0, 0, -1)])  # gripper: tips down, fingers along world Y
CUBE_PRIM = "/World/Objects/cube"
PLACE = (0.6, -0.2)


class Served:
    """A server on a free loopback port, and calls to it: `served("reset", reset=True)`."""

    def __init__(self, assets: Path, out: Path, **settings: Any) -> None:
        self.world = GenieWorld(WorldSettings(assets, out))
        self.server = GenieServer(self.world, ServerSettings(port=0, grace_s=5.0, **settings))
        self.assets = assets
        self.channel = grpc.insecure_channel(f"127.0.0.1:{self.server.start()}")

    def stub(self, name: str) -> Any:
        method = METHODS[name]
        return self.channel.unary_unary(method.path, method.request.SerializeToString, method.response.FromString)

    def __call__(self, name: str, timeout: float = 60.0, **fields: Any) -> Any:
        return self.stub(name)(METHODS[name].request(**fields), timeout=timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.channel.close()
        self.server.stop()

    def init(self, scene: str = BACKGROUND, **fields: Any) -> None:
        self("init_robot", robot_cfg_file="G2_omnipicker_fixed_dual.json", scene_usd_path=scene, **fields)

    def add_cube(self, mass: float = 0.1, at: tuple[float, float] = PLACE, file: str = CUBE, **fields: Any) -> None:
        for _ in range(2):  # AgiBot's client calls it twice
            self(
                "add_object",
                usd_path=str(self.assets / file),
                prim_path=CUBE_PRIM,
                label_name="cube",
                object_pose=wire(Pose.of((*at, TABLE_TOP_M + 0.03), UPRIGHT)),
                object_scale={"x": 1, "y": 1, "z": 1},
                object_mass=mass,
                static_friction=0.5,
                dynamic_friction=0.5,
                add_rigid_body=True,
                model_type="convexDecomposition",
                **fields,
            )

    def cube(self) -> NDArray[np.float64]:
        pose = self("get_object_pose", prim_path=CUBE_PRIM).object_pose
        return np.array([pose.position.x, pose.position.y, pose.position.z])

    def move(self, position: Any, *, world: bool = False, **fields: Any) -> bool:
        pose = Pose.from_matrix(gripper(position))
        answer = self("linear_move", robot_name="right", pose=wire(pose), is_block=world, **fields)
        assert answer.errmsg in ("True", "False")
        return answer.errmsg == "True"

    def grip(self, command: str) -> None:
        answer = self("set_gripper_state", gripper_command=command, is_right=True, opened_width=0.1)
        assert answer.msg == "right gripper moving"

    def pick(self, offset_m: float = 0.0) -> None:
        """Open, go above the cube, down along the gripper's Z, close, and lift by 12 cm: AgiBot's pick stage."""
        x, y, z = self.cube()
        line = [0.1, 0.1, 0.1, 0.1, 0.1, 0.0]
        self.grip("open")
        self.move((x + offset_m, y, z + 0.10))
        self.move((x + offset_m, y, z), path_constraint=line, offset_and_constraint_in_goal_frame=True)
        self.grip("close")
        self("attach_obj", obj_prims=[CUBE_PRIM], is_right=True)
        self.move(
            (x, y, z),
            goal_offset=[0, 0, 0.12, 1, 0, 0, 0],
            path_constraint=line,
            offset_and_constraint_in_goal_frame=False,
            from_current_pose=True,
        )


def gripper(position: Any) -> NDArray[np.float64]:
    """Return the pose (4, 4) of the gripper's center with its tips down."""
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = DOWN, position
    return pose


def wire(pose: Pose) -> dict[str, Any]:
    return {
        "position": dict(zip("xyz", pose.position, strict=True)),
        "rpy": dict(zip(("rw", "rx", "ry", "rz"), pose.quat_wxyz, strict=True)),
    }
