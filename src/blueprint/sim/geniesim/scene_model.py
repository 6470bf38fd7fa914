"""The scene as one MuJoCo model that grows: background, robot, objects, cameras and lights, compiled when needed.

Parts are kept as they were asked for; a change marks the model, and the next use compiles it and carries the state over
joint by joint, so that five objects added in a row cost one compilation.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import mujoco
import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Pose
from blueprint.mjcf.usd_loader import load_stage, physics_options
from blueprint.robots.agibot import AgibotRobot
from blueprint.robots.agibot.robot import Side
from blueprint.services.logs import logger
from blueprint.sim.geniesim.background import Background, open_background
from blueprint.sim.geniesim.cameras import CameraRequest
from blueprint.sim.geniesim.compiled_scene import CompiledScene, body_pose, camera_pose, carry_over, is_near
from blueprint.sim.geniesim.lights import LightRequest, add_light
from blueprint.sim.geniesim.objects import ObjectRequest, add_requested_object
from blueprint.sim.geniesim.paths import body_name
from blueprint.sim.world import add_background, focus_shadows

__all__ = ["SceneModel", "Stand", "UnknownPrimError"]

Array = NDArray[np.float64]
ROBOT_PRIM = "robot"
_ARMS: dict[str, Side] = {"left": "left", "right": "right"}
_MAX_OBJECTS = 500
_MAX_CAMERAS = 64
_MAX_LIGHTS = 64


class UnknownPrimError(InputError):
    """The scene has no prim of that path."""


@dataclass(frozen=True)
class Stand:
    """What a raised robot stands on: drawn, never touched."""

    kind: str = "cylinder"
    size_x: float = 0.1
    size_y: float = 0.1


@dataclass
class _Entry:
    request: ObjectRequest
    pose: Pose
    fresh: bool = True  # its state does not come from the model before


@dataclass
class SceneModel:
    """Background, robot and everything clients add. `scene` and `data` compile what has changed first."""

    assets: Path
    timestep_s: float
    robot: AgibotRobot
    pose_world_base: Pose
    background_file: Path
    initial_joints: Mapping[str, float] = field(default_factory=dict)
    stand: Stand = field(default_factory=Stand)

    def __post_init__(self) -> None:
        self.robot.complete(dict(self.initial_joints))  # refuses unknown joints
        self._background: Background = open_background(self.background_file, self.assets)
        stage = load_stage(self.background_file, root=self.assets)
        self._background_spec = stage.spec
        for note in stage.notes:
            logger().info("background", file=self.background_file.name, note=note)
        self._objects: dict[str, _Entry] = {}
        self._cameras: dict[str, CameraRequest] = {}
        self._lights: dict[str, LightRequest] = {}
        self._scene: CompiledScene | None = None
        self._data: mujoco.MjData | None = None
        self._stale = True
        self.version = 0

    @property
    def scene(self) -> CompiledScene:
        self._compile_if_stale()
        assert self._scene is not None
        return self._scene

    @property
    def data(self) -> mujoco.MjData:
        """The simulation's state; whoever plans on it takes `planning_data`."""
        self._compile_if_stale()
        assert self._data is not None
        return self._data

    @property
    def model(self) -> mujoco.MjModel:
        return self.scene.model

    @property
    def object_files(self) -> dict[str, str]:
        """The asset file of every object, relative to the asset root, by prim path."""
        root = self.assets.resolve()
        return {path: str(entry.request.file.relative_to(root)) for path, entry in self._objects.items()}

    @property
    def lights(self) -> list[LightRequest]:
        return list(self._lights.values())

    def planning_data(self) -> mujoco.MjData:
        """Return a copy of the state with positions and contacts up to date."""
        copy = mujoco.MjData(self.model)
        copy.qpos[:], copy.qvel[:], copy.ctrl[:] = self.data.qpos, self.data.qvel, self.data.ctrl
        mujoco.mj_forward(self.model, copy)
        return copy

    def add_object(self, prim_path: str, request: ObjectRequest, pose: Pose) -> tuple[str, ...]:
        """Put an object at a pose (world from its prim): a new one, or one that is there already and only moves.

        Returns the loader's notes of a new one. Raises InputError for files without a usable shape.
        """
        entry = self._objects.get(prim_path)
        request = replace(request, name=self._free_name(prim_path))
        if entry is not None and entry.request == request:
            self.set_pose(prim_path, pose)
            return ()
        _make_room(self._objects, {prim_path}, _MAX_OBJECTS, "objects")
        notes = _tried(request, pose, self.assets)
        self._objects[prim_path] = _Entry(request, pose)
        self._stale = True
        return notes

    def set_pose(self, prim_path: str, pose: Pose) -> bool:
        """Put an object at a pose, at rest; returns False where there is no such object."""
        entry = self._objects.get(prim_path)
        if entry is None:
            return False
        entry.pose = pose
        if self._stale and entry.fresh:
            return True
        placed = self.scene.objects[prim_path]
        if placed.free_joint is None:
            self._stale = True  # a fixed body's place is part of the model
            return True
        joint = self.model.joint(placed.free_joint)
        body = pose @ placed.pose_body_prim.inverse()
        start, speed = int(joint.qposadr[0]), int(joint.dofadr[0])
        self.data.qpos[start : start + 7] = [*body.position, *body.quat_wxyz]
        self.data.qvel[speed : speed + 6] = 0.0
        return True

    def drop_far_objects(self) -> None:
        """Remove objects that are too far away to matter: clients park there what an episode does not need any more."""
        self.refresh()
        scene = self.scene
        gone = [path for path in self._objects if not is_near(scene.pose_object(self.data, path).position)]
        for path in gone:
            del self._objects[path]
        self._stale = self._stale or bool(gone)

    def set_joints(self, prim_path: str, positions: list[float]) -> None:
        """Set an articulated object's joints, in their order, at rest. Raises InputError for a wrong number."""
        placed = self.scene.objects.get(prim_path)
        if placed is None or len(placed.joints) != len(positions):
            count = 0 if placed is None else len(placed.joints)
            raise InputError(f"{prim_path} has {count} joints, {len(positions)} positions were given.")
        for name, value in zip(placed.joints.values(), positions, strict=True):
            joint = self.model.joint(name)
            low, high = self.model.jnt_range[joint.id] if self.model.jnt_limited[joint.id] else (-np.inf, np.inf)
            self.data.qpos[joint.qposadr[0]] = np.clip(value, low, high)
            self.data.qvel[joint.dofadr[0]] = 0.0

    def add_camera(self, request: CameraRequest) -> None:
        """Add or replace a camera. Raises UnknownPrimError where its parent is no prim that can hold one."""
        body_name(request.prim_path)
        _make_room(self._cameras, {request.prim_path}, _MAX_CAMERAS, "cameras")
        if request.local:
            self._camera_parent(request.prim_path)
        self._cameras[request.prim_path] = request
        self._stale = True

    def added_camera(self, prim_path: str) -> CameraRequest | None:
        return self._cameras.get(prim_path)

    def set_lights(self, lights: list[LightRequest]) -> None:
        _make_room(self._lights, {light.prim_path for light in lights}, _MAX_LIGHTS, "lights")
        self._lights |= {light.prim_path: light for light in lights}
        self._stale = True

    def pose_of(self, prim_path: str) -> Pose:
        """Return a prim in the world: "robot", an object or a link of one, a robot link or camera, or the background's.

        Raises UnknownPrimError.
        """
        if prim_path == ROBOT_PRIM or prim_path == self.robot.prim_path:
            return self.pose_world_base
        if prim_path in _ARMS:
            self.refresh()
            return self.scene.pose_center(self.data, _ARMS[prim_path])
        body_name(prim_path)
        self.refresh()
        scene, data = self.scene, self.data
        if prim_path in scene.objects:
            return scene.pose_object(data, prim_path)
        if prim_path in scene.cameras:
            return camera_pose(data, scene.model.camera(scene.cameras[prim_path]).id)
        for owner, placed in scene.objects.items():
            if prim_path.startswith(f"{owner}/"):
                return body_pose(data, self._link(f"{placed.body}/{prim_path[len(owner) + 1 :]}", prim_path))
        if prim_path.startswith(f"{self.robot.prim_path}/"):
            link = prim_path.rpartition("/")[2]
            if link in scene.robot.links:
                return scene.pose_link(data, link)
            raise UnknownPrimError(
                f"{self.robot.name} has no link {link!r}.", remedy=f"it has {list(scene.robot.links)}."
            )
        return self._background_pose(prim_path)

    def part_joint(self, prim_path: str, part: str) -> tuple[str, float, float]:
        """Return name, position and velocity of the joint that moves an articulated object's part; ("", 0, 0) if none.

        A part is the link whose path holds that name, nearest to the root.
        """
        placed = self.scene.objects.get(prim_path)
        if placed is None:
            raise UnknownPrimError(
                f"there is no object {prim_path[:80]!r}.", remedy=f"there are {sorted(self.scene.objects)}."
            )
        for name, joint_name in placed.joints.items():
            joint = self.model.joint(joint_name)
            link = self.model.body(int(self.model.jnt_bodyid[joint.id])).name.removeprefix(placed.body)
            if part and part in link:
                return name, float(self.data.qpos[joint.qposadr[0]]), float(self.data.qvel[joint.dofadr[0]])
        return "", 0.0, 0.0

    def refresh(self) -> None:
        """Bring the poses of the present state up to date; nothing that the next step depends on changes."""
        mujoco.mj_kinematics(self.model, self.data)
        mujoco.mj_camlight(self.model, self.data)

    def _background_pose(self, prim_path: str) -> Pose:
        found = self._background.pose(prim_path)
        if found is None:
            raise UnknownPrimError(f"there is no prim {prim_path[:80]!r}.", remedy=f"objects: {sorted(self._objects)}.")
        pose, body = found
        if body is None or mujoco.mj_name2id(self.model, mujoco.mjtObj.mjOBJ_BODY, body[0]) < 0:
            return pose
        return body_pose(self.data, self.model.body(body[0]).id) @ body[1].inverse() @ pose

    def _link(self, name: str, prim_path: str) -> int:
        found = mujoco.mj_name2id(self.model, mujoco.mjtObj.mjOBJ_BODY, name)
        if found < 0:
            raise UnknownPrimError(
                f"there is no prim {prim_path[:80]!r}.", remedy="name an object or one of its links."
            )
        return int(found)

    def _free_name(self, prim_path: str) -> str:
        name = body_name(prim_path)
        taken = self._background_spec.body(name) is not None or any(
            entry.request.name == name for path, entry in self._objects.items() if path != prim_path
        )
        return prim_path.strip("/").replace("/", ".") if taken else name

    def _camera_parent(self, prim_path: str) -> str:
        """Return the robot's body that a local camera hangs on; raises UnknownPrimError where it is no link."""
        parent = prim_path.rpartition("/")[0].rpartition("/")[2]
        if not prim_path.startswith(f"{self.robot.prim_path}/") or parent not in {
            link.name for link in self.robot.links
        }:
            raise UnknownPrimError(f"a local camera at {prim_path}.", remedy="hang it on one of the robot's links.")
        return f"robot/{parent}"

    def _compile_if_stale(self) -> None:
        if not self._stale:
            return
        spec = self._background_spec.copy()
        self.robot.attach(spec, self.pose_world_base)
        _add_stand(spec, self.pose_world_base, self.stand)
        placed = {
            path: add_requested_object(spec, entry.request, entry.pose, self.assets)
            for path, entry in self._objects.items()
        }
        cameras = {camera.prim_path: f"robot/{camera.name}" for camera in self.robot.cameras}
        for camera in self._cameras.values():
            camera.add_to(spec.body(self._camera_parent(camera.prim_path)) if camera.local else spec.worldbody)
            cameras[camera.prim_path] = camera.name
        for light in self._lights.values():
            add_light(spec, light)
        add_background(spec)
        physics_options(spec)
        spec.option.timestep = self.timestep_s
        try:
            model = spec.compile()
        except ValueError as error:
            raise InputError(f"the scene does not compile: {error}.", remedy="see what was added last.") from error
        focus_shadows(model, frozenset(body.name for body in self._background_spec.bodies))
        scene = CompiledScene(model, self.robot.index(model), placed, cameras)
        data = mujoco.MjData(model)
        if self._scene is None or self._data is None:
            scene.robot.teleport(data, self._initial_qpos())
        else:
            fresh = {placed[path].request.name for path, entry in self._objects.items() if entry.fresh}
            carry_over(self._scene.model, self._data, model, data, fresh)
        mujoco.mj_forward(model, data)
        for entry in self._objects.values():
            entry.fresh = False
        self._scene, self._data, self._stale = scene, data, False
        self.version += 1

    def _initial_qpos(self) -> Array:
        wanted = self.robot.complete({**self.robot.initial_positions, **self.initial_joints})
        return np.clip(wanted, self.robot.lower, self.robot.upper)


def _make_room(there: Mapping[str, object], new: set[str], limit: int, what: str) -> None:
    if len(new | set(there)) > limit:
        raise InputError(f"the scene would have more than {limit} {what}.", remedy="begin again with init_robot.")


def _tried(request: ObjectRequest, pose: Pose, assets: Path) -> tuple[str, ...]:
    """Load and compile an object alone, so that its errors belong to the call that names it."""
    spec = mujoco.MjSpec()
    physics_options(spec)
    placed = add_requested_object(spec, request, pose, assets)
    try:
        spec.compile()
    except ValueError as error:
        raise InputError(f"{request.name} does not compile: {error}.", remedy="re-export the asset.") from error
    return placed.notes


def _add_stand(spec: mujoco.MjSpec, pose_world_base: Pose, stand: Stand) -> None:
    x, y, height = pose_world_base.position
    if height <= 0:
        return
    kinds = mujoco.mjtGeom
    spec.worldbody.add_geom(
        name="stand",
        type=kinds.mjGEOM_CYLINDER if stand.kind == "cylinder" else kinds.mjGEOM_BOX,
        size=[max(stand.size_x, 1e-3) / 2, height / 2, 0]
        if stand.kind == "cylinder"
        else [max(stand.size_x, 1e-3) / 2, max(stand.size_y, 1e-3) / 2, height / 2],
        pos=[x, y, height / 2],
        rgba=[0.9, 0.9, 0.9, 1.0],
        contype=0,
        conaffinity=0,
        group=2,
    )
