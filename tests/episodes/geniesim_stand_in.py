"""A server that speaks the aimdk protocol and moves things without physics: it tests what clients do, not grasps.

A closing gripper takes the object that is within `REACH_M` of its centre; `faults` maps a method to a function that is
called before it answers (to hang, abort, kill the server, garble the answer).
"""

import json
import threading
from concurrent import futures
from pathlib import Path

import grpc
import numpy as np

from blueprint.contracts.frames import Pose
from blueprint.contracts.geniesim import export_manifest as doc
from blueprint.sim.geniesim.proto.methods import METHODS

REACH_M = 0.02
HOME = {"left": Pose.of((0.3, 0.3, 1.0), (0, 1, 0, 0)), "right": Pose.of((0.3, -0.3, 1.0), (0, 1, 0, 0))}


def fields(pose):
    return {
        "position": dict(zip("xyz", pose.position, strict=True)),
        "rpy": dict(zip(("rw", "rx", "ry", "rz"), pose.quat_wxyz, strict=True)),
    }


def pose_of(message):
    return Pose.of(
        (message.position.x, message.position.y, message.position.z),
        (message.rpy.rw, message.rpy.rx, message.rpy.ry, message.rpy.rz),
    )


class StandIn(grpc.GenericRpcHandler):
    def __init__(self, recordings: Path, port: int = 0):
        self.recordings = recordings
        self.faults = {}
        self.calls = []
        self.robot = Pose()
        self.clear()
        self.states = {}
        self.recording = None
        self.starts = []
        self.slippery = False
        self.port = port
        self.start()

    def start(self):
        self.server = grpc.server(futures.ThreadPoolExecutor(4))
        self.server.add_generic_rpc_handlers((self,))
        self.port = self.server.add_insecure_port(f"127.0.0.1:{self.port}")
        self.server.start()

    def kill(self):
        self.server.stop(0).wait()

    def clear(self):
        self.hands = dict(HOME)
        self.held = {}
        self.objects = {}

    def service(self, details):
        name = details.method.rsplit("/", 1)[1]
        method = METHODS.get(name)
        if method is None:
            return None

        def handle(request, context):
            self.calls.append(name)
            answer = self.faults[name](request, context) if name in self.faults else None
            if answer is None:
                found = getattr(self, name)(request)
                answer = method.response(**found) if isinstance(found, dict) else method.response(msg=found or "ok")
            return answer

        serialize = lambda value: value if isinstance(value, bytes) else value.SerializeToString()  # noqa: E731
        return grpc.unary_unary_rpc_method_handler(handle, method.request.FromString, serialize)

    def init_robot(self, request):
        self.robot = pose_of(request.robot_pose)

    def reset(self, request):
        self.hands, self.held = dict(HOME), {}
        self.objects = {prim: pose for prim, pose in self.objects.items() if np.linalg.norm(pose.position) < 50}

    def set_object_pose(self, request):
        for item in request.object_pose:
            self.objects[item.prim_path] = pose_of(item.pose)

    def set_joint_position(self, request):
        return {"errmsg": ""}

    def get_joint_position(self, request):
        return {"states": [{"name": "joint", "position": 0.0}]}

    def add_object(self, request):
        self.objects[request.prim_path] = pose_of(request.object_pose)
        return {"prim_path": request.prim_path}

    def get_object_pose(self, request):
        return {"object_pose": fields(self.robot if request.prim_path == "robot" else self.objects[request.prim_path])}

    def get_ee_pose(self, request):
        return {"ee_pose": fields(self.hands["right" if request.is_right else "left"])}

    def get_ik_status(self, request):
        reach = [np.array(item.elements).reshape(4, 4)[2, 3] > -0.5 for item in request.target_pose]
        return {"IKStatus": [{"isSuccess": bool(value)} for value in reach]}

    def linear_move(self, request):
        side, pose = request.robot_name, pose_of(request.pose)
        self.hands[side], before = (pose if request.is_block else self.robot @ pose), self.hands[side]
        if side in self.held:
            prim = self.held[side]
            self.objects[prim] = self.hands[side] @ before.inverse() @ self.objects[prim]
        return {"errmsg": "True"}

    def set_gripper_state(self, request):
        side = "right" if request.is_right else "left"
        self.held.pop(side, None)
        if request.gripper_command == "close" and not self.slippery:
            for prim, pose in self.objects.items():
                if np.linalg.norm(np.subtract(pose.position, self.hands[side].position)) < REACH_M:
                    self.held[side] = prim

    def attach_obj(self, request):
        return "ok"

    detach_obj = set_frame_state = set_task_metric = exit = attach_obj

    def store_current_state(self, request):
        self.states[request.playback_id] = (dict(self.hands), dict(self.held), dict(self.objects))

    def playback(self, request):
        self.hands, self.held, self.objects = (dict(part) for part in self.states[request.playback_id])

    def get_checker_status(self, request):
        params = json.loads(request.checker)["params"]
        apart = np.subtract(self.objects[params["object_id"]].position, self.objects[params["target_id"]].position)
        return "success" if np.linalg.norm(apart) < params["value"] else "fail"

    def get_observation(self, request):
        if request.startRecording:
            self.recording = request.task_name
            self.starts.append(request.task_name)
        return {"recordingState": "ok"}

    def task_status(self, request):
        if self.recording and request.isSuccess:
            folder = self.recordings / self.recording
            number = 0
            while folder.exists():
                number += 1
                folder = self.recordings / f"{self.recording}{number}"
            folder.mkdir(parents=True)
            (folder / "task_result.json").write_text(json.dumps({"task_status": True}))
        self.recording = None


def hang(seconds=30):
    released = threading.Event()

    def fault(request, context):
        released.wait(seconds)

    fault.release = released.set
    return fault


def write_manifest(path, timestamp="2026-01-01T00:00:00+00:00", tasks=1):
    """Write an export manifest as an export of `tasks` tasks would."""
    doc.ExportManifest(
        schema_definition=doc.SchemaDefinition(description="test", fields={}),
        export_info=doc.ExportInfo(timestamp=timestamp, exporter_version="0", source_pipeline="test"),
        asset_provenance_path=None,
        config=doc.ExportSettingsUsed(
            robot_type="G2",
            generate_embeddings=False,
            embedding_model=None,
            require_embeddings=False,
            filter_commercial_only=False,
            max_tasks=50,
            lerobot_export_format="lerobot_v3",
        ),
        result=doc.ExportResult(
            success=True,
            scene_id="demo",
            output_dir="geniesim",
            outputs=doc.ExportOutputs(scene_graph=None, asset_index=None, task_config=None, scene_config=None),
            statistics=doc.ExportStatistics(nodes=0, edges=0, assets=0, tasks=tasks),
            errors=[],
            warnings=[],
        ),
        geniesim_compatibility=doc.Compatibility(version="3.2.0", isaac_sim_version="5.1.0", formats={}),
        estimate=doc.CostEstimate(
            episodes=1,
            cpu_seconds_per_episode=1.0,
            megabytes_per_episode=1.0,
            figures_source="test",
            cpu_hours=0.0,
            wall_seconds=1.0,
            gigabytes=0.0,
        ),
        quality_gates={},
        file_inventory=[],
        checksums=doc.Checksums(files={}),
    ).write(path)
