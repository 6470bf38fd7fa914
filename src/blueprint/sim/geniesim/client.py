"""A client of the aimdk protocol: one call at a time, each with a deadline, answers checked before they are believed.

It uses the 26 methods that the real server implements and nothing else, so host and port are all that tells a real
Genie Sim from ours.
"""

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Self

import grpc
import numpy as np
import stamina
from pyrate_limiter import Duration, Limiter, Rate

from blueprint.contracts.errors import ServiceError
from blueprint.contracts.frames import Pose
from blueprint.sim.geniesim.endpoint import Endpoint
from blueprint.sim.geniesim.proto.methods import METHODS

__all__ = ["CallSettings", "GenieClient", "IkSolution", "RpcError"]

# Sending these twice does what sending them once does; any other may have been executed when its answer was lost.
_REPEATABLE = frozenset(
    {
        "get_joint_position",
        "get_ee_pose",
        "get_ik_status",
        "get_object_pose",
        "get_part_dof_joint",
        "get_checker_status",
        "set_frame_state",
        "set_task_metric",
        "set_target_point",
        "set_light",
        "remove_objs_from_obstacle",
    }
)
_TRANSIENT = frozenset({grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED})
_MAX_TEXT = 500


class RpcError(ServiceError):
    """A call failed, timed out, or its answer cannot be used. `code` is the gRPC status where there was one."""

    def __init__(
        self, method: str, detail: str, *, code: grpc.StatusCode | None = None, remedy: str | None = None
    ) -> None:
        super().__init__(f"Genie Sim call {method}: {detail}", remedy=remedy)
        self.method = method
        self.detail = detail
        self.code = code

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (self.method, self.detail, self.code, self.remedy)

    @property
    def is_lost(self) -> bool:
        """Whether the server is gone or hangs, as against having refused this one call."""
        return self.code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)


def _rebuild(method: str, detail: str, code: grpc.StatusCode | None, remedy: str | None) -> RpcError:
    return RpcError(method, detail, code=code, remedy=remedy)


@dataclass(frozen=True)
class CallSettings:
    """Deadlines in seconds (real time), tries of a repeatable call, and calls a second at most."""

    deadline_s: float = 30.0
    motion_deadline_s: float = 180.0
    start_deadline_s: float = 300.0
    finish_deadline_s: float = 3600.0
    attempts: int = 4
    first_pause_s: float = 0.2
    calls_per_s: int = 200
    deadlines: Mapping[str, float] = field(default_factory=dict)

    def deadline(self, method: str) -> float:
        if method in self.deadlines:
            return self.deadlines[method]
        if method == "task_status":  # the server renders and encodes the episode before it answers
            return self.finish_deadline_s
        if method in ("linear_move", "set_gripper_state", "set_joint_position", "get_ik_status"):
            return self.motion_deadline_s
        return self.start_deadline_s if method in ("init_robot", "reset", "add_object") else self.deadline_s


@dataclass(frozen=True)
class IkSolution:
    """`joints` maps names to rad; `links` has poses in the frame of the robot's base where they were asked for."""

    success: bool
    joints: dict[str, float]
    links: dict[str, Pose]


class GenieClient:
    """The calls, with poses in the world frame (m, w,x,y,z) unless stated. Usable as a context manager.

    Raises RpcError where a call fails; calls are serialised, since the real server has room for one only.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        settings: CallSettings | None = None,
        on_call: Callable[[str], None] = lambda method: None,
    ) -> None:
        self.endpoint = endpoint.checked()
        self._settings = settings or CallSettings()
        self._on_call = on_call
        self._lock = threading.Lock()
        self._limiter = Limiter(Rate(self._settings.calls_per_s, Duration.SECOND))
        self._channel = self.endpoint.channel()
        self._metadata = [("authorization", f"Bearer {endpoint.token.reveal()}")] if endpoint.token else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._channel.close()

    def wait_until_ready(self, timeout_s: float) -> None:
        """Return when the server accepts connections; raises RpcError after `timeout_s` seconds."""
        try:
            grpc.channel_ready_future(self._channel).result(timeout=timeout_s)
        except grpc.FutureTimeoutError as error:
            raise RpcError(
                "connect",
                f"nothing answers at {self.endpoint.target} within {timeout_s:g} s.",
                code=grpc.StatusCode.UNAVAILABLE,
                remedy="start one with `blueprint geniesim serve`, or set GENIESIM_HOST and GENIESIM_PORT.",
            ) from error

    def init_robot(self, robot_cfg: str, scene_usd: str, pose_world_robot: Pose, joints: Mapping[str, float]) -> None:
        self._acknowledged(
            "init_robot",
            robot_cfg_file=robot_cfg,
            scene_usd_path=scene_usd,
            robot_pose=_fields(pose_world_robot),
            stand_type="cylinder",
            stand_size_x=0.1,
            stand_size_y=0.1,
            joint_cmd=_commands(joints),
        )

    def reset(self) -> None:
        self._acknowledged("reset", reset=True)

    def add_object(
        self,
        prim_path: str,
        usd_path: str,
        pose_world_object: Pose,
        *,
        mass_kg: float,
        static_friction: float = 0.5,
        dynamic_friction: float = 0.5,
        scale: float = 1.0,
        model_type: str = "convexDecomposition",
        label: str = "",
    ) -> None:
        self._acknowledged(
            "add_object",
            usd_path=usd_path,
            prim_path=prim_path,
            label_name=label or prim_path.rsplit("/", 1)[-1],
            object_pose=_fields(pose_world_object),
            object_scale={"x": scale, "y": scale, "z": scale},
            object_material="general",
            object_mass=mass_kg,
            static_friction=static_friction,
            dynamic_friction=dynamic_friction,
            add_rigid_body=True,
            model_type=model_type,
        )

    def object_pose(self, prim_path: str) -> Pose:
        """Return a prim's pose in the world; "robot" is the robot's base."""
        return _pose_of("get_object_pose", self._call("get_object_pose", prim_path=prim_path).object_pose)

    def place_objects(self, poses_world: Mapping[str, Pose]) -> None:
        """Put objects (by prim path) at poses in the world, at rest."""
        self._acknowledged(
            "set_object_pose",
            object_pose=[{"prim_path": path, "pose": _fields(pose)} for path, pose in poses_world.items()],
        )

    def end_effector_pose(self, side: str) -> Pose:
        """Return the pose of `gripper_{l,r}_center_link` in the world."""
        return _pose_of("get_ee_pose", self._call("get_ee_pose", is_right=side == "right").ee_pose)

    def joint_positions(self) -> dict[str, float]:
        states = self._call("get_joint_position", serial_no="robot").states
        found = {state.name: state.position for state in states}
        if not found or len(found) != len(states) or not np.isfinite(list(found.values())).all():
            raise RpcError("get_joint_position", f"{len(states)} joints, with repeated names or without finite values.")
        return found

    def teleport_joints(self, joints: Mapping[str, float]) -> None:
        """Put the named joints where they are said to be, at once."""
        self._acknowledged("set_joint_position", commands=_commands(joints), is_trajectory=False)

    def solve_ik(
        self, side: str, poses_world: Sequence[Pose], *, avoid_obstacles: bool = False, links: bool = False
    ) -> list[IkSolution]:
        """Return one solution per pose of the gripper's centre in the world."""
        found = self._call(
            "get_ik_status",
            is_right=side == "right",
            target_pose=[{"elements": pose.matrix().ravel().tolist()} for pose in poses_world],
            ObsAvoid=avoid_obstacles,
            output_link_pose=links,
        ).IKStatus
        if len(found) != len(poses_world):
            raise RpcError("get_ik_status", f"{len(found)} solutions for {len(poses_world)} poses.")
        return [
            IkSolution(
                success=bool(status.isSuccess),
                joints=dict(zip(status.joint_names, status.joint_positions, strict=False)),
                links={item.link_name: _pose_of("get_ik_status", item.link_pose) for item in status.link_poses},
            )
            for status in found
        ]

    def move_around_obstacles(self, side: str, pose_robot_gripper: Pose) -> bool:
        """Plan around obstacles and move there; the pose is in the frame of the robot's base. Returns: reached?"""
        return self._move(side, pose_robot_gripper, is_block=False, ee_interpolation=False)

    def move_straight(self, side: str, pose_world_gripper: Pose) -> bool:
        """Move along a straight line to a pose in the world. Returns whether it was reached."""
        return self._move(side, pose_world_gripper, is_block=True, ee_interpolation=True)

    def set_gripper(self, side: str, command: str, width_m: float = 0.1) -> None:
        """`command` is "open" or "close"."""
        self._acknowledged("set_gripper_state", gripper_command=command, is_right=side == "right", opened_width=width_m)

    def attach(self, side: str, prim_paths: Sequence[str]) -> None:
        """Tell the planner what the hand holds."""
        self._acknowledged("attach_obj", obj_prims=list(prim_paths), is_right=side == "right")

    def detach(self) -> None:
        self._acknowledged("detach_obj", detach=True)

    def start_recording(self, name: str, cameras: Sequence[str], fps: int) -> None:
        self._acknowledged(
            "get_observation",
            startRecording=True,
            fps=fps,
            task_name=name,
            isCam=True,
            CameraReq={"camera_prim_list": list(cameras)},
            isJoint=True,
            isGripper=True,
        )

    def stop_recording(self) -> None:
        self._acknowledged("get_observation", stopRecording=True)

    def finish_task(self, success: bool, failed_steps: Sequence[int] = ()) -> None:
        """Finalise the recording of a success, or have the server delete that of a failure."""
        self._acknowledged("task_status", isSuccess=success, failStep=list(failed_steps))

    def set_frame_state(self, state: Mapping[str, Any]) -> None:
        """Say which step the frames to come belong to (JSON in the recording)."""
        self._acknowledged("set_frame_state", frame_state=json.dumps(state))

    def set_task_metric(self, metric: Mapping[str, Any]) -> None:
        self._acknowledged("set_task_metric", metric=json.dumps(metric))

    def store_state(self, playback_id: str) -> None:
        self._acknowledged("store_current_state", playback_id=playback_id)

    def rewind(self, playback_id: str) -> None:
        """Go back to a stored state; what was recorded since is cut."""
        self._acknowledged("playback", playback_id=playback_id)

    def check(self, checker: Mapping[str, Any]) -> bool:
        """Have the server judge a checker; its arguments name prim paths, or "left" and "right" for the grippers."""
        answer = self._call("get_checker_status", checker=json.dumps(checker)).msg
        if answer not in ("success", "fail"):
            raise RpcError("get_checker_status", f"the answer is {answer[:_MAX_TEXT]!r}, not success or fail.")
        return bool(answer == "success")

    def exit(self) -> None:
        """End the server's session. A server that goes away before it has answered has done as it was told."""
        try:
            self._call("exit", exit=True)
        except RpcError as error:
            if not error.is_lost:
                raise

    def _move(self, side: str, pose: Pose, *, is_block: bool, ee_interpolation: bool) -> bool:
        answer = self._call(
            "linear_move",
            robot_name=side,
            pose=_fields(pose),
            is_block=is_block,
            ee_interpolation=ee_interpolation,
            distance_frame=0.0008,
            goal_offset=[0, 0, 0, 1, 0, 0, 0],
            offset_and_constraint_in_goal_frame=True,
            motion_run_ratio=1.0,
            gripper_action_timing="{}",
        ).errmsg
        if answer not in ("True", "False"):
            raise RpcError("linear_move", f"the answer is {answer[:_MAX_TEXT]!r}, not True or False.")
        return bool(answer == "True")

    def _acknowledged(self, name: str, **fields: Any) -> None:
        """Call; the real server reports what went wrong inside of it as a text that starts with ERROR."""
        answer = self._call(name, **fields)
        texts = (str(getattr(answer, field, "")) for field in ("msg", "errmsg", "recordingState"))
        text = next((text for text in texts if text.startswith("ERROR")), None)
        if text is not None:
            raise RpcError(name, f"the server says {text[:_MAX_TEXT]!r}.")

    def _call(self, name: str, **fields: Any) -> Any:
        method = METHODS[name]
        request = method.request(**fields)
        send = self._channel.unary_unary(
            method.path,
            request_serializer=method.request.SerializeToString,
            response_deserializer=method.response.FromString,
        )
        deadline_s = self._settings.deadline(name)
        with self._lock:
            for attempt in stamina.retry_context(
                on=lambda error: isinstance(error, RpcError) and error.code in _TRANSIENT,
                attempts=self._settings.attempts if name in _REPEATABLE else 1,
                timeout=None,
                wait_initial=self._settings.first_pause_s,
                wait_max=5.0,
                wait_jitter=self._settings.first_pause_s,
            ):
                with attempt, _explained(name, deadline_s):
                    self._limiter.try_acquire("calls")
                    self._on_call(name)
                    return send(request, timeout=deadline_s, metadata=self._metadata)
        raise AssertionError("stamina ends by returning or raising")


@contextmanager
def _explained(method: str, deadline_s: float) -> Iterator[None]:
    try:
        yield
    except grpc.RpcError as error:
        code = error.code()
        detail = (error.details() or "").strip()[:_MAX_TEXT]
        if code is grpc.StatusCode.DEADLINE_EXCEEDED:
            detail = f"no answer within {deadline_s:g} s"
        raise RpcError(
            method,
            f"{code.name}: {detail or 'no detail'}.",
            code=code,
            remedy="see the server's log; `blueprint geniesim health` tells whether it answers.",
        ) from error


def _fields(pose: Pose) -> dict[str, dict[str, float]]:
    """Return the fields of SE3RpyPose, whose `rpy` is a quaternion."""
    return {
        "position": dict(zip("xyz", pose.position, strict=True)),
        "rpy": dict(zip(("rw", "rx", "ry", "rz"), pose.quat_wxyz, strict=True)),
    }


def _pose_of(method: str, message: Any) -> Pose:
    position = (message.position.x, message.position.y, message.position.z)
    quat = (message.rpy.rw, message.rpy.rx, message.rpy.ry, message.rpy.rz)
    if not np.isfinite([*position, *quat]).all() or abs(np.linalg.norm(quat) - 1.0) > 1e-3:
        raise RpcError(method, f"the answer is no pose: position {position}, quaternion {quat}.")
    return Pose.of(position, quat)


def _commands(joints: Mapping[str, float]) -> list[dict[str, str | float]]:
    return [{"name": name, "position": value} for name, value in joints.items()]
