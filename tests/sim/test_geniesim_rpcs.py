"""What each RPC of the served world does, and what it refuses."""

import json
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
from geniesim_calls import CUBE_PRIM, UPRIGHT, Served, gripper, wire
from geniesim_package import CABINET, TABLE_TOP_M, write_package

from blueprint.contracts.frames import Pose
from blueprint.sim.geniesim.calls import CALLS, UNIMPLEMENTED
from blueprint.sim.geniesim.proto.methods import METHODS

CODE = grpc.StatusCode
ELBOW = "idx64_arm_r_joint4"


@pytest.fixture(scope="module")
def assets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_package(tmp_path_factory.mktemp("assets"))


@pytest.fixture
def served(assets: Path, tmp_path: Path) -> Any:
    with Served(assets, tmp_path) as served:
        served.init()
        yield served


def _refused(served: Served, name: str, **fields: Any) -> grpc.StatusCode:
    with pytest.raises(grpc.RpcError) as refusal:
        served(name, **fields)
    return refusal.value.code()


def _joints(served: Served) -> dict[str, float]:
    return {state.name: state.position for state in served("get_joint_position").states}


def test_26_rpcs_are_served_and_5_are_unimplemented(served: Served) -> None:
    assert set(CALLS) | UNIMPLEMENTED == set(METHODS)
    assert len(CALLS) == 26
    for name in UNIMPLEMENTED:
        assert _refused(served, name) == CODE.UNIMPLEMENTED
    assert _refused(served, "get_observation", isJoint=True) == CODE.UNIMPLEMENTED


def test_before_init_robot_nothing_else_works(assets: Path, tmp_path: Path) -> None:
    with Served(assets, tmp_path) as served:
        assert _refused(served, "get_joint_position") == CODE.FAILED_PRECONDITION


def test_joints_come_by_name_in_dof_order(served: Served) -> None:
    names = list(_joints(served))
    assert len(names) == 46
    assert names[:2] == ["idx01_body_joint1", "idx02_body_joint2"]


def test_named_joints_are_set_at_once_and_held(served: Served) -> None:
    before, time = _joints(served), float(served.world.scene.data.time)
    assert served("set_joint_position", commands=[{"name": ELBOW, "position": -1.0}]).errmsg == "Move Joint"
    after = _joints(served)
    assert after[ELBOW] == -1.0
    assert served.world.scene.data.time == time
    assert {k: v for k, v in after.items() if k != ELBOW} == {k: v for k, v in before.items() if k != ELBOW}
    served("get_object_pose", prim_path="robot")  # looks at the world: it comes to rest first
    assert served.world.scene.data.time > time
    assert _joints(served)[ELBOW] == pytest.approx(-1.0, abs=0.01)


def test_a_trajectory_drives_all_joints_through_time(served: Served) -> None:
    target = list(_joints(served).values())
    index = list(_joints(served)).index(ELBOW)
    target[index] -= 0.3
    time = float(served.world.scene.data.time)
    served("set_joint_position", commands=[{"position": value} for value in target], is_trajectory=True)
    assert served.world.scene.data.time > time + 0.1
    assert list(_joints(served).values())[index] == pytest.approx(target[index], abs=0.01)
    short = [{"position": 0.0}] * 3
    assert _refused(served, "set_joint_position", commands=short, is_trajectory=True) == CODE.INVALID_ARGUMENT
    unknown = [{"name": "elbow", "position": 0.0}]
    assert _refused(served, "set_joint_position", commands=unknown) == CODE.INVALID_ARGUMENT


def test_not_a_number_leaves_a_joint_as_it_is(served: Served) -> None:
    before = _joints(served)
    served("set_joint_position", commands=[{"name": ELBOW, "position": float("nan")}])
    assert _joints(served) == before


def test_closing_a_gripper_by_teleport_moves_its_whole_linkage(served: Served) -> None:
    served("set_joint_position", commands=[{"name": "idx81_gripper_r_outer_joint1", "position": 0.5}])
    robot = served.world.scene.robot
    assert list(_joints(served).values()) == pytest.approx(
        robot.complete({**_joints(served), "idx81_gripper_r_outer_joint1": 0.5}), abs=0.01
    )


def test_playback_restores_the_state_to_the_bit_and_the_future_repeats(served: Served) -> None:
    served.add_cube()
    served.cube()
    served("store_current_state", playback_id="here")
    data = served.world.scene.data
    before = (data.time, data.qpos.copy(), data.qvel.copy(), data.ctrl.copy())
    served.move((0.6, -0.2, 1.0))
    first = served.world.scene.data.qpos.copy()
    assert served("playback", playback_id="here").msg == "success"
    assert (data.time, *(a.tobytes() for a in (data.qpos, data.qvel, data.ctrl))) == (
        before[0],
        *(a.tobytes() for a in before[1:]),
    )
    served.world.arms._calls -= 2  # the same random numbers too: one draw for the solution, one for the path
    served.move((0.6, -0.2, 1.0))
    assert served.world.scene.data.qpos.tobytes() == first.tobytes()
    assert served("playback", playback_id="nowhere").msg == "playback failed"
    served("reset", reset=True)
    assert served("playback", playback_id="here").msg == "playback failed"


def test_ik_says_which_poses_can_be_reached_and_where_the_links_are_in_the_base_frame(served: Served) -> None:
    poses = np.array([gripper((0.6, -0.2, 1.0)), gripper((3.0, 0.0, 1.0)), gripper((0.6, -0.2, TABLE_TOP_M - 0.1))])
    fields = {"is_right": True, "target_pose": [{"elements": pose.reshape(-1)} for pose in poses]}
    simple = served("get_ik_status", **fields).IKStatus
    assert [item.isSuccess for item in simple] == [True, False, True]
    assert not simple[0].link_poses
    avoiding = served("get_ik_status", **fields, ObsAvoid=True, output_link_pose=True).IKStatus
    assert [item.isSuccess for item in avoiding] == [True, False, False]
    links = {item.link_name: item.link_pose.position for item in avoiding[0].link_poses}
    assert {"arm_r_link4", "gripper_r_center_link"} <= set(links)
    hand = links["gripper_r_center_link"]
    assert (hand.x, hand.y, hand.z) == pytest.approx((0.6, -0.2, 1.0), abs=1e-3)
    assert len({tuple(item.joint_names) for item in avoiding}) == 1
    assert list(avoiding[0].joint_names) == served.world.scene.robot.arms["right"].joints


def test_the_solution_of_ik_is_where_the_hand_is(served: Served) -> None:
    fields = {"is_right": True, "target_pose": [{"elements": gripper((0.6, -0.25, 1.0)).reshape(-1)}]}
    answer = served("get_ik_status", **fields).IKStatus[0]
    commands = [{"name": n, "position": p} for n, p in zip(answer.joint_names, answer.joint_positions, strict=True)]
    served("set_joint_position", commands=commands)
    hand = served("get_ee_pose", is_right=True).ee_pose.position
    assert (hand.x, hand.y, hand.z) == pytest.approx((0.6, -0.25, 1.0), abs=2e-3)


def test_an_object_added_again_only_moves_and_others_keep_their_state(served: Served) -> None:
    served.add_cube()
    served.cube()
    served("set_joint_position", commands=[{"name": ELBOW, "position": -1.0}])
    version = served.world.scene.version
    served.add_cube(at=(0.65, -0.1))
    assert served.world.scene.version == version
    assert served.cube()[:2] == pytest.approx((0.65, -0.1), abs=1e-3)
    fields = {"usd_path": "objects/test/cube/cube_001/Aligned.usd", "object_mass": 0.2, "add_rigid_body": True}
    served("add_object", prim_path="/World/Objects/other", object_pose=wire(Pose.of((0.7, 0.2, 1))), **fields)
    assert served.cube()[:2] == pytest.approx((0.65, -0.1), abs=1e-3)
    assert served.world.scene.version == version + 1
    assert _joints(served)[ELBOW] == pytest.approx(-1.0, abs=0.01)


def test_mass_friction_and_fixing_are_as_asked(served: Served) -> None:
    served.add_cube(mass=0.37)
    fields = {"usd_path": "objects/test/cube/cube_001/Aligned.usd", "object_mass": 0.2, "add_rigid_body": False}
    served("add_object", prim_path="/World/Objects/fixed", object_pose=wire(Pose.of((0.7, 0.2, 1.3))), **fields)
    model = served.world.scene.model
    assert model.body("cube").mass == pytest.approx(0.37)
    assert model.geom("cube/c0").friction[0] == 0.5
    fixed = served("get_object_pose", prim_path="/World/Objects/fixed").object_pose.position
    assert fixed.z == pytest.approx(1.3)  # in the air
    light = {**fields, "object_mass": 0.0, "add_rigid_body": True}
    assert _refused(served, "add_object", prim_path="/World/Objects/void", **light) == CODE.INVALID_ARGUMENT


def test_a_scaled_object_is_scaled(served: Served) -> None:
    fields = {"usd_path": "objects/test/cube/cube_001/Aligned.usd", "object_mass": 0.2, "add_rigid_body": True}
    pose = wire(Pose.of((0.7, 0.2, 1.0)))
    served(
        "add_object", prim_path="/World/Objects/big", object_pose=pose, object_scale={"x": 2, "y": 2, "z": 2}, **fields
    )
    z = served("get_object_pose", prim_path="/World/Objects/big").object_pose.position.z
    assert z == pytest.approx(TABLE_TOP_M + 0.05, abs=2e-3)


def test_an_articulated_object_keeps_its_joint_and_tells_it(served: Served) -> None:
    pose = wire(Pose.of((0.8, 0.5, TABLE_TOP_M), UPRIGHT))
    served("add_object", prim_path="/World/Objects/cabinet", usd_path=CABINET, object_pose=pose, object_mass=1.0)
    answer = served("get_part_dof_joint", prim_path="/World/Objects/cabinet", part_name="drawer")
    assert answer.joint_name == "slide"
    opened = {"prim_path": "/World/Objects/cabinet", "joint_cmd": [{"position": 0.15}]}
    served("set_object_pose", object_joint=[opened])
    assert served.world.scene.part_joint("/World/Objects/cabinet", "drawer")[1] == pytest.approx(0.15)
    closed = served("get_object_pose", prim_path="/World/Objects/cabinet").object_pose.position
    drawer = served("get_object_pose", prim_path="/World/Objects/cabinet/drawer").object_pose.position
    assert drawer.y == pytest.approx(closed.y - 0.15, abs=0.01)  # its front, +Z, points to -Y here
    none = served("get_part_dof_joint", prim_path="/World/Objects/cabinet", part_name="door")
    assert (none.joint_name, none.joint_position, none.joint_velocity) == ("", 0.0, 0.0)


def test_poses_of_the_robot_its_camera_and_the_background_can_be_asked(served: Served) -> None:
    def position(prim_path: str) -> tuple[float, float, float]:
        pose = served("get_object_pose", prim_path=prim_path).object_pose.position
        return pose.x, pose.y, pose.z

    assert position("robot") == (0.0, 0.0, 0.0)
    assert position("/World/Table/top") == pytest.approx((0.75, 0.0, TABLE_TOP_M - 0.02))
    assert position("/G2/head_link3/head_front_Camera")[2] > 1.2
    assert _refused(served, "get_object_pose", prim_path="/World/Objects/cup") == CODE.NOT_FOUND
    assert _refused(served, "get_object_pose", prim_path="no path") == CODE.INVALID_ARGUMENT


def test_parked_objects_hold_nothing_up(served: Served) -> None:
    served.add_cube()
    served("set_object_pose", object_pose=[{"prim_path": CUBE_PRIM, "pose": wire(Pose.of((99, 99, 0), (0, 0, 0, 1)))}])
    time = float(served.world.scene.data.time)
    served("get_object_pose", prim_path=CUBE_PRIM)
    assert served.world.scene.data.time - time < 0.5
    missing = {"prim_path": "/World/Objects/fix_pose_1", "pose": wire(Pose())}
    assert served("set_object_pose", object_pose=[missing]).msg == "success"


def test_attaching_is_bookkeeping_and_moves_no_object(served: Served) -> None:
    served.add_cube()
    before = served.cube()
    assert served("attach_obj", obj_prims=[CUBE_PRIM], is_right=True).msg == "attaching"
    assert served.move((0.6, -0.3, 1.1))
    assert served.cube() == pytest.approx(before, abs=1e-3)
    assert served("detach_obj", detach=True).msg == "detaching"
    assert _refused(served, "attach_obj", obj_prims=["/World/Objects/cup"]) == CODE.NOT_FOUND
    assert served("remove_objs_from_obstacle", obj_prims=[CUBE_PRIM]).msg == f"['{CUBE_PRIM}'] removed from obstacle"


def test_a_share_of_a_motion_ends_part_of_the_way_and_may_open_the_gripper(served: Served) -> None:
    served.grip("close")
    hand = served("get_ee_pose", is_right=True).ee_pose.position
    start = np.array([hand.x, hand.y, hand.z])
    timing = json.dumps({"state": "open", "timing": 0.2, "is_right": True})
    assert served.move((0.6, -0.2, 1.15), motion_run_ratio=0.4, gripper_action_timing=timing)
    hand = served("get_ee_pose", is_right=True).ee_pose.position
    here = np.array([hand.x, hand.y, hand.z])
    assert np.linalg.norm(here - start) > 0.05
    assert np.linalg.norm(here - (0.6, -0.2, 1.15)) > 0.05
    assert _joints(served)["idx81_gripper_r_outer_joint1"] > 0.3


def test_moving_to_where_the_hand_is_succeeds(served: Served) -> None:
    assert served.move((0.6, -0.2, 1.0))
    assert served.move((0.6, -0.2, 1.0))


def test_cameras_and_lights_can_be_added(served: Served) -> None:
    camera = {
        "camera_prim": "/World/side",
        "camera_pose": wire(Pose.of((1.5, 0, 1.5))),
        "focus_length": 18.0,
        "horizontal_aperture": 20.955,
        "vertical_aperture": 15.3,
        "width": 64,
        "height": 48,
    }
    assert served("add_camera", **camera).msg == "success"
    local = {**camera, "camera_prim": "/G2/head_link3/extra", "is_local": True}
    assert served("add_camera", **local).msg == "success"
    assert _refused(served, "add_camera", **{**camera, "width": 0}) == CODE.INVALID_ARGUMENT
    light = {"light_type": "Dome", "light_prim": "/World/dome", "light_temperature": 5000, "light_intensity": 800}
    assert served("set_light", lights=[{**light, "light_rotation": {"rw": 1}}]).msg == "success"
    assert _refused(served, "set_light", lights=[{**light, "light_type": "Neon"}]) == CODE.INVALID_ARGUMENT
    model = served.world.scene.model
    assert model.camera("World.side").fovy == pytest.approx(np.degrees(2 * np.arctan(48 / 2 / (64 * 18 / 20.955))))
    assert model.light("dome").ambient[0] > model.light("dome").ambient[2] > 0  # 5000 K is warmer than white


def test_paths_outside_of_the_assets_are_refused(served: Served) -> None:
    for path in ("/etc/passwd", "../secret.usd"):
        fields = {"prim_path": "/World/Objects/x", "usd_path": path, "object_mass": 1.0, "add_rigid_body": True}
        assert _refused(served, "add_object", **fields) == CODE.PERMISSION_DENIED
    assert _refused(served, "add_object", prim_path="../x", usd_path=CABINET) == CODE.INVALID_ARGUMENT
    assert _refused(served, "init_robot", robot_cfg_file="../G2.json", scene_usd_path=CABINET) == CODE.INVALID_ARGUMENT


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("linear_move", {"robot_name": "up", "pose": wire(Pose())}),
        ("linear_move", {"robot_name": "right", "pose": {"position": {"x": float("nan")}, "rpy": {"rw": 1}}}),
        ("linear_move", {"robot_name": "right", "pose": wire(Pose()), "goal_offset": [1, 2]}),
        ("linear_move", {"robot_name": "right", "pose": wire(Pose()), "disable_collision_links": ["("]}),
        ("get_ik_status", {"target_pose": [{"elements": [1.0]}]}),
        ("get_ik_status", {"target_pose": [{"elements": [2.0] * 16}]}),
        ("set_gripper_state", {"gripper_command": "crush"}),
        ("set_frame_state", {"frame_state": "{"}),
        ("set_task_metric", {"metric": "nope"}),
        ("get_checker_status", {"checker": '{"checker_name": "telepathy", "params": {}}'}),
        ("get_observation", {"startRecording": True, "task_name": "../../x", "fps": 30}),
        ("get_observation", {"startRecording": True, "task_name": "x", "fps": 0}),
    ],
)
def test_nonsense_is_an_invalid_argument(served: Served, name: str, fields: dict[str, Any]) -> None:
    assert _refused(served, name, **fields) == CODE.INVALID_ARGUMENT


def test_reset_forgets_what_was_parked_far_away_and_keeps_the_rest(served: Served) -> None:
    served.add_cube()
    fields = {"usd_path": "objects/test/cube/cube_001/Aligned.usd", "object_mass": 0.2, "add_rigid_body": True}
    served("add_object", prim_path="/World/Objects/other", object_pose=wire(Pose.of((0.7, 0.2, 1))), **fields)
    place = served.cube()
    parked = {"prim_path": "/World/Objects/other", "pose": wire(Pose.of((99, 99, 0), (0, 0, 0, 1)))}
    served("set_object_pose", object_pose=[parked])
    served("reset", reset=True)
    assert served.cube() == pytest.approx(place, abs=1e-4)
    assert _refused(served, "get_object_pose", prim_path="/World/Objects/other") == CODE.NOT_FOUND


def test_g1_is_served_too(assets: Path, tmp_path: Path) -> None:
    with Served(assets, tmp_path) as served:
        served("init_robot", robot_cfg_file="G1_omnipicker_fixed.json", scene_usd_path="background/table/scene.usda")
        assert len(_joints(served)) == 34
        pose = served("get_ee_pose", is_right=True).ee_pose
        pose.position.z += 0.05
        fields = {"robot_name": "right", "pose": pose, "is_block": True, "ee_interpolation": True}
        assert served("linear_move", **fields).errmsg == "True"
        hand = served("get_ee_pose", is_right=True).ee_pose.position
        assert (hand.x, hand.y, hand.z) == pytest.approx((pose.position.x, pose.position.y, pose.position.z), abs=0.01)
