"""GenieWorld: what a Genie Sim server does, one method per RPC, in plain Python types and true physics.

The real server's answers are kept to the letter ("success", "gripper moving", …); what cannot be done is an exception,
which the transport turns into a gRPC status. One world serves one episode at a time; its calls come one by one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import mujoco
import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Pose
from blueprint.robots.agibot import load_agibot
from blueprint.robots.agibot.robot import Side
from blueprint.services.logs import logger
from blueprint.sim.geniesim.arms import Arms, IkAnswer, MoveRequest
from blueprint.sim.geniesim.cameras import CameraRequest
from blueprint.sim.geniesim.checkers import parse_checker
from blueprint.sim.geniesim.episode import Episode, EpisodeMark, NotReadyError
from blueprint.sim.geniesim.joint_drive import drive_gripper, drive_joints
from blueprint.sim.geniesim.lights import LightRequest
from blueprint.sim.geniesim.objects import ObjectRequest
from blueprint.sim.geniesim.paths import asset_file
from blueprint.sim.geniesim.scene_model import SceneModel, Stand, UnknownPrimError
from blueprint.sim.geniesim.stepping import Stepper

__all__ = ["GenieWorld", "NotReadyError", "WorldSettings"]

Array = NDArray[np.float64]
_FULL_STATE = mujoco.mjtState.mjSTATE_INTEGRATION
_MAX_STORED = 64
_MAX_NAME = 200


@dataclass(frozen=True)
class WorldSettings:
    """assets: the root that client and server share · out: where episodes are written · camera_scale: of their sides.

    now_ns: the clock that dates recordings, ns since 1970 (0: undated, so that the same calls write the same bytes).
    """

    assets: Path
    out: Path
    physics_step_s: float = 0.002
    camera_scale: float = 1.0
    now_ns: Callable[[], int] = lambda: 0

    def __post_init__(self) -> None:
        if not 1e-4 <= self.physics_step_s <= 0.005:
            raise InputError(f"a physics step of {self.physics_step_s} s.", remedy="use 0.001 to 0.005 s.")
        if not 0.05 <= self.camera_scale <= 1.0:
            raise InputError(f"camera scale {self.camera_scale}.", remedy="use 0.05 to 1.")
        if not self.assets.is_dir():
            raise InputError(f"{self.assets} is no folder of assets.", remedy="name it with --assets or SIM_ASSETS.")


@dataclass(frozen=True)
class _Stored:
    version: int
    state: Array
    held: dict[str, Side]
    passable: frozenset[str]
    disturbed: bool
    mark: EpisodeMark


@dataclass(frozen=True)
class _Parts:
    scene: SceneModel
    stepper: Stepper
    arms: Arms
    episode: Episode


@dataclass
class GenieWorld:
    """A served world. While it moves it asks `should_stop`, and ends the motion where it is when that says so; while an
    episode is written it asks `given_up`."""

    settings: WorldSettings
    should_stop: Callable[[], bool] = lambda: False
    given_up: Callable[[], bool] = lambda: False
    exiting: bool = False
    _parts: "_Parts | None" = None
    _stored: dict[str, _Stored] = field(default_factory=dict)

    def init_robot(
        self,
        robot_cfg_file: str,
        scene_usd_path: str,
        pose: Pose,
        joints: Mapping[str, float] | None = None,
        stand: Stand | None = None,
    ) -> str:
        """Begin a world: background, robot at `pose` of its base in it, joints (rad) over its ready pose."""
        robot = load_agibot(robot_cfg_file)
        background = asset_file(self.settings.assets, scene_usd_path)
        scene = SceneModel(
            self.settings.assets,
            self.settings.physics_step_s,
            robot,
            pose,
            background,
            {name: _finite(value, name) for name, value in (joints or {}).items()},
            stand or Stand(),
        )
        stepper = Stepper(scene)
        stepper.should_stop = lambda: self.should_stop()
        settings = self.settings
        recordings = Episode(
            scene,
            stepper,
            settings.out,
            str(background.relative_to(settings.assets.resolve())),
            settings.camera_scale,
            settings.now_ns,
        )
        scene.model  # noqa: B018  (compiles: errors belong to this call)
        self.close()
        self._parts, self._stored = _Parts(scene, stepper, Arms(scene, stepper), recordings), {}
        return "success"

    def reset(self) -> str:
        """Forget stored states, attachments, an unfinished recording and objects that were parked far away.

        Nothing else moves: clients set the joints and put the objects in place themselves.
        """
        self.close()
        self._stored = {}
        if self._parts is not None:
            self.arms.held, self.arms.passable = {}, set()
            self.scene.drop_far_objects()
        return "reset"

    def exit(self) -> str:
        self.exiting = True
        return "exit"

    def set_light(self, lights: Sequence[LightRequest]) -> str:
        for light in lights:
            if light.texture:
                logger().info("light textures are not drawn", prim=light.prim_path, texture=light.texture[:200])
        self.scene.set_lights(list(lights))
        return "success"

    def add_camera(self, camera: CameraRequest) -> str:
        self.scene.add_camera(camera)
        return "success"

    def add_object(self, usd_path: str, prim_path: str, pose: Pose, request: ObjectRequest) -> str:
        """Put an object into the scene, or move one that is there to a new place; returns its prim path.

        `request.file` and `request.name` are set here, from the paths.
        """
        file = asset_file(self.settings.assets, usd_path)
        asked = replace(request, file=file)
        for note in self.scene.add_object(prim_path, asked, pose):
            logger().warning("add_object", prim=prim_path, note=note)
        self.stepper.disturbed = True
        return prim_path

    def get_object_pose(self, prim_path: str) -> Pose:
        self.stepper.settle_if_disturbed()
        return self.scene.pose_of(prim_path)

    def set_object_pose(
        self,
        poses: Sequence[tuple[str, Pose]],
        joints: Sequence[float] = (),
        object_joints: Sequence[tuple[str, Sequence[float]]] = (),
    ) -> str:
        """Put objects at poses and joints at positions, at rest. Unknown prims are passed over, as by the real one."""
        for prim_path, pose in poses:
            if not self.scene.set_pose(prim_path, pose):
                logger().info("set_object_pose of an unknown prim", prim=prim_path[:200])
        if joints:
            self._teleport(self._ordered(joints))
        for prim_path, positions in object_joints:
            self.scene.set_joints(prim_path, [_finite(value, prim_path) for value in positions])
        self.stepper.disturbed = True
        return "success"

    def get_part_dof_joint(self, prim_path: str, part: str) -> tuple[str, float, float]:
        """Return (joint name, position, velocity) of the joint that moves a part; ("", 0, 0) where there is none."""
        self.stepper.settle_if_disturbed()
        return self.scene.part_joint(prim_path, part)

    def set_target_point(self, point: Sequence[float]) -> str:
        """Take note of where the task looks; nothing depends on it, on the real server neither."""
        for value in point:
            _finite(value, "target point")
        return "success"

    def get_joint_position(self) -> dict[str, float]:
        """Return every joint's position by name, rad, in `dof_order`."""
        positions = self.scene.scene.robot.positions(self.scene.data)
        return dict(zip(self.scene.robot.dof_order, map(float, positions), strict=True))

    def set_joint_position(self, commands: Sequence[tuple[str, int, float]], *, is_trajectory: bool) -> str:
        """Set the named joints at once, or drive all of them, given in order, to where they are told.

        Commands are (name, sequence, rad). Without names the sequence is the place in `dof_order`. Not-a-number leaves
        a joint as it is. Raises InputError for unknown joints, and where a trajectory does not hold them all.
        """
        order = self.scene.robot.dof_order
        if is_trajectory:
            if len(commands) != len(order):
                raise InputError(
                    f"a trajectory needs all {len(order)} joints, {len(commands)} were given.",
                    remedy="give them in dof_order, or set is_trajectory to false.",
                )
            self.stepper.settle_if_disturbed()
            drive_joints(self.stepper, np.array([position for _, _, position in commands], float))
            return "Move Joint"
        target = np.full(len(order), np.nan)
        for name, sequence, position in commands:
            if not name and sequence >= len(order):
                raise InputError(f"there is no joint number {sequence}.", remedy=f"there are {len(order)}.")
            if name and name not in order:
                raise InputError(f"there is no joint {name[:80]!r}.", remedy=f"there are {order}.")
            target[order.index(name) if name else sequence] = position
        self._teleport(target)
        return "Move Joint"

    def set_gripper_state(self, command: str, side: Side) -> str:
        """Open or close a gripper until nothing moves any more; what holds, holds by friction."""
        self.stepper.settle_if_disturbed()
        drive_gripper(self.stepper, side, command)
        return f"{side} gripper moving"

    def get_ee_pose(self, side: Side) -> Pose:
        """Return gripper_{l,r}_center_link in the world."""
        self.scene.refresh()
        return self.scene.scene.pose_center(self.scene.data, side)

    def get_ik_status(self, side: Side, poses: Array, *, avoid: bool, with_links: bool) -> list[IkAnswer]:
        """Return a solution for each pose (n, 4, 4) of the gripper's center in the world; links in the base frame."""
        self.stepper.settle_if_disturbed()
        return self.arms.solve(side, poses, avoid=avoid, with_links=with_links)

    def linear_move(self, request: MoveRequest) -> bool:
        """Move a gripper and return whether it is measured to have arrived."""
        self.stepper.settle_if_disturbed()
        return self.arms.move(request)

    def attach_obj(self, prim_paths: Sequence[str], side: Side) -> str:
        """The planner takes these objects as parts of the hand. Physics does not hear of it."""
        self.arms.held |= dict.fromkeys(self._objects(prim_paths), side)
        return "attaching"

    def detach_obj(self) -> str:
        self.arms.held = {}
        return "detaching"

    def remove_objs_from_obstacle(self, prim_paths: Sequence[str]) -> str:
        self.arms.passable |= set(self._objects(prim_paths))
        return f"{list(prim_paths)} removed from obstacle"

    def store_current_state(self, name: str) -> str:
        """Keep everything that the next step depends on under a name, until reset."""
        if len(name) > _MAX_NAME:
            raise InputError(f"a name of {len(name)} characters.", remedy=f"at most {_MAX_NAME}.")
        if len(self._stored) >= _MAX_STORED and name not in self._stored:
            raise InputError(f"{_MAX_STORED} states are stored already.", remedy="reset, or use their names again.")
        scene = self.scene
        self._stored[name] = _Stored(
            self._version(),
            _integration_state(scene),
            dict(self.arms.held),
            frozenset(self.arms.passable),
            self.stepper.disturbed,
            self.episode.mark(),
        )
        return "success"

    def playback(self, name: str) -> str:
        """Put the world back to a stored state, to the bit; a running recording forgets what came after it."""
        stored = self._stored.get(name)
        if stored is None or stored.version != self._version():
            return "playback failed"
        scene = self.scene
        mujoco.mj_setState(scene.model, scene.data, stored.state, _FULL_STATE)
        self.arms.held, self.arms.passable = dict(stored.held), set(stored.passable)
        self.stepper.disturbed = stored.disturbed
        self.episode.rewind(stored.mark)
        return "success"

    def set_frame_state(self, text: str) -> str:
        self.episode.set_frame_state(text)
        return "success"

    def set_task_metric(self, text: str) -> str:
        self.episode.set_task_metric(text)
        return "success"

    def get_checker_status(self, text: str) -> str:
        """Return "success" or "fail" of a checker, measured on the world at rest."""
        checker = parse_checker(text)
        self.stepper.settle_if_disturbed()
        measured = checker.params.measure(self.scene.pose_of)
        logger().info("checker", name=checker.checker_name, measured=measured, rule=checker.params.rule)
        return "success" if checker.params.holds(measured) else "fail"

    def start_recording(self, task_name: str, fps: int, cameras: Sequence[str]) -> str:
        """Record from now on; see `Episode.start`."""
        self.episode.start(task_name, fps, cameras)
        return "Start"

    def stop_recording(self) -> str:
        self.episode.stop()
        return "Stopped"

    def task_status(self, is_success: bool, fail_steps: Sequence[int]) -> str:
        """Finish the recording: write the episode's folder where the task succeeded, forget it otherwise."""
        self.episode.finish(is_success, fail_steps, self.given_up)
        return str(is_success)

    def close(self) -> None:
        """Forget an unfinished recording; finished episodes stay."""
        if self._parts is not None:
            self._parts.episode.discard()

    @property
    def parts(self) -> "_Parts":
        if self._parts is None:
            raise NotReadyError("there is no robot yet.", remedy="call init_robot first.")
        return self._parts

    @property
    def scene(self) -> SceneModel:
        return self.parts.scene

    @property
    def stepper(self) -> Stepper:
        return self.parts.stepper

    @property
    def arms(self) -> Arms:
        return self.parts.arms

    @property
    def episode(self) -> Episode:
        return self.parts.episode

    def _teleport(self, target: Array) -> None:
        """Put joints (N,) in place, those of the fingers that follow a motor too; NaN leaves one as it is."""
        robot = self.scene.scene.robot
        limited = np.clip(target, robot.robot.lower, robot.robot.upper)
        given = {
            name: float(value) for name, value in zip(robot.robot.dof_order, limited, strict=True) if np.isfinite(value)
        }
        whole = robot.robot.complete({**self.get_joint_position(), **given})
        for joint, (control, _) in robot.robot.couplings.items():
            if control in given:
                index = robot.robot.dof_order.index(joint)
                limited[index] = whole[index]
        robot.teleport(self.scene.data, limited)
        self.stepper.disturbed = True

    def _ordered(self, joints: Sequence[float]) -> Array:
        count = len(self.scene.robot.dof_order)
        if len(joints) > count:
            raise InputError(f"{len(joints)} joint positions for {count} joints.")
        return np.array([*joints, *[np.nan] * (count - len(joints))], float)

    def _objects(self, prim_paths: Sequence[str]) -> list[str]:
        """Return those prims, or the objects that they are parts of; raises UnknownPrimError for one there is not."""
        known = self.scene.object_files
        found = []
        for prim_path in prim_paths:
            owner = next((path for path in known if prim_path == path or prim_path.startswith(f"{path}/")), None)
            if owner is None:
                raise UnknownPrimError(f"there is no object {prim_path[:80]!r}.", remedy=f"there are {sorted(known)}.")
            found.append(owner)
        return found

    def _version(self) -> int:
        self.scene.model  # noqa: B018  (compiles what is stale, which makes another version)
        return self.scene.version


def _integration_state(scene: SceneModel) -> Array:
    state = np.empty(mujoco.mj_stateSize(scene.model, _FULL_STATE))
    mujoco.mj_getState(scene.model, scene.data, state, _FULL_STATE)
    return state


def _finite(value: float, what: str) -> float:
    if not np.isfinite(value):
        raise InputError(f"{what[:80]}: {value} is no number.", remedy="send finite numbers.")
    return float(value)
