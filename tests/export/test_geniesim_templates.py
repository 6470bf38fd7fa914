"""Templates, read by the rules that Genie Sim's client has for them."""

import json
from dataclasses import replace

import mujoco
import numpy as np
import pytest
from geniesim_scene import SCENE_ID

from blueprint.contracts.errors import ContractError
from blueprint.contracts.frames import Pose, quat_angle
from blueprint.contracts.geniesim.template import TaskTemplate
from blueprint.contracts.task import TaskSet
from blueprint.export.geniesim.export import Export
from blueprint.export.geniesim.footing import footing_of
from blueprint.export.geniesim.posture import REFERENCE_HEIGHT_M, posture_for
from blueprint.export.geniesim.start import StartReport
from blueprint.export.geniesim.templates import TemplateRobotFacts, surface_templates
from blueprint.export.geniesim.work_surface import in_reach, work_surfaces
from blueprint.mjcf.usd_loader import add_usd_object, load_usd
from blueprint.physics.extent import asset_points
from blueprint.robots.agibot import load_agibot
from blueprint.storage import layout

UPRIGHT = Pose.of((0, 0, 0), (np.sqrt(0.5), np.sqrt(0.5), 0, 0))  # the client's turn of a Y-up object


def read(exported: Export, part: str) -> dict:
    (path,) = [path for path in (exported.folder / "tasks").rglob("*.json") if part in path.name]
    return json.loads(path.read_text())


def pose(data: dict) -> Pose:
    return Pose.of(data["position"], data["quaternion"])


def test_every_key_that_the_client_reads_without_asking_is_there(exported):
    paths = sorted((exported.folder / "tasks").rglob("*.json"))
    assert paths
    for path in paths:
        data = json.loads(path.read_text())
        assert path.parent.name == data["robot"]["robot_id"].lower()
        for stage in data["stages"]:
            assert {"object_id", "primitive"} <= stage["active"].keys() & stage["passive"].keys()
            assert "arm" in stage["extra_params"]
        for item in data["objects"]["task_related_objects"]:
            folder = exported.folder / "sim_assets" / item["data_info_dir"]
            parameters = json.loads((folder / "object_parameters.json").read_text())
            assert parameters["upAxis"] == ["y"]
            assert parameters["scale"] == 1.0
            assert set(item) & set(parameters) >= {"mass"}, "a key that is missing there would be ignored"
            assert item["workspace_id"] in data["scene"]["function_space_objects"]
        assert {"arm", "robot_id", "robot_cfg", "robot_init_pose"} <= data["robot"].keys()
        assert {"camera_list", "fps", "num_of_episode"} <= data["recording_setting"].keys()
        assert data["task"].replace("_", "").replace("-", "").isalnum()
        assert (exported.folder / "sim_assets" / data["scene"]["scene_usd"]).is_file()


def test_an_arranged_template_puts_every_object_where_the_certified_scene_has_it(exported):
    data = read(exported, "put_apple_1_to_bowl_1_arranged_g2")
    origin = pose(data["origin"])
    for item in data["objects"]["task_related_objects"]:
        (place,) = data["scene"]["function_space_objects"][item["workspace_id"]]["poses"]
        world = origin @ pose(place) @ UPRIGHT
        package = exported.overlay.packages[exported.scene.object(item["object_id"]).asset.asset_id]
        wanted = package.frame.pose_world_package(exported.scene.pose_world_object(item["object_id"]))
        np.testing.assert_allclose(world.position, wanted.position, atol=1e-5)
        assert quat_angle(world.quat_wxyz, wanted.quat_wxyz) < 1e-5


def test_what_an_arranged_template_places_stands_still_in_physics(exported):
    root = exported.folder / "sim_assets"
    data = read(exported, "put_apple_1_to_bowl_1_arranged_g2")
    spec = load_usd(root / data["scene"]["scene_usd"], root=root, visuals=False)
    origin = pose(data["origin"])
    names = []
    for item in data["objects"]["task_related_objects"]:
        (place,) = data["scene"]["function_space_objects"][item["workspace_id"]]["poses"]
        collision = root / item["data_info_dir"] / "collision.usda"
        add_usd_object(spec, collision, item["object_id"], origin @ pose(place) @ UPRIGHT, root=root)
        names.append(item["object_id"])
    model = spec.compile()
    state = mujoco.MjData(model)
    mujoco.mj_forward(model, state)
    start = {name: state.body(name).xpos.copy() for name in names}
    for _ in range(500):
        mujoco.mj_step(model, state)
    for name in names:
        assert np.linalg.norm(state.body(name).xpos - start[name]) < 0.002, name


def test_the_bottom_of_a_sampled_volume_is_the_supports_height_and_free_of_what_stays(exported):
    data = read(exported, "pick_can_1_sampled_g2")
    volume = data["scene"]["function_space_objects"]["work_area"]
    (surface,) = [item for item in exported.overlay.surfaces if item.robot == "G2"]
    assert volume["position"][2] - volume["size"][2] / 2 == pytest.approx(surface.height_m, abs=1e-5)
    half = np.array(volume["size"][:2]) / 2
    origin = pose(data["origin"])
    stays = exported.scene.pose_world_object("drawer_unit_1").apply(asset_points(exported.scene.asset("drawer_unit_1")))
    local = origin.inverse().apply(stays)[:, :2] - np.array(volume["position"][:2])
    assert not (np.abs(local) < half).all(axis=1).any()


def test_the_robot_stands_before_the_table_with_the_target_within_reach(exported):
    data = read(exported, "pick_can_1_arranged_g2")
    base = pose(data["origin"]) @ pose(data["robot"]["robot_init_pose"])
    assert base.position[2] == pytest.approx(0.0, abs=1e-6)
    assert in_reach(base, np.array(exported.scene.pose_world_object("can_1").position))
    robot = load_agibot(data["robot"]["robot_cfg"])
    corners = exported.scene.pose_world_object("table_1").apply(asset_points(exported.scene.asset("table_1")))
    nearest = base.inverse().apply(corners)[:, 0].min()
    noise = data["robot"]["robot_init_pose"]["random"]["delta_position"][0]
    assert nearest > footing_of(robot).front_m(0.7) + noise


def test_a_pick_says_how_far_the_hand_may_be_and_where_the_tips_of_this_robot_are(exported):
    data = read(exported, "pick_can_1_arranged_g2")
    (stage,) = data["stages"]
    (checker,) = stage["checker"]
    package = exported.overlay.packages[exported.scene.object("can_1").asset.asset_id]
    furthest = np.linalg.norm(package.grasps.poses[:, :3, 3], axis=1).max()
    assert furthest < checker["params"]["value"] < furthest + 0.05
    assert stage["extra_params"]["grasp_offset"] == pytest.approx(0.0, abs=0.002)  # the files are for G2's tips


def test_putting_away_ends_with_a_reset_and_its_goal_holds_for_the_object_in_the_bowl_only(exported):
    data = read(exported, "put_apple_1_to_bowl_1_arranged_g2")
    assert [stage["action"] for stage in data["stages"]] == ["pick", "place", "reset"]
    (rule,) = [item for item in data["task_metric"]["filter_rules"] if "relative_position" in item["rule_name"]]
    ranges = np.array(rule["params"]["relative_position_range"])
    packages = exported.overlay.packages
    apple = packages[exported.scene.object("apple_1").asset.asset_id].frame
    bowl = packages[exported.scene.object("bowl_1").asset.asset_id].frame
    world = bowl.pose_world_package(exported.scene.pose_world_object("bowl_1"))
    inside = world.apply((0.0, (apple.size[1] - bowl.size[1]) / 2 + 0.004, 0.0))  # its bottom on the bowl's
    there = world.inverse().apply(inside)
    assert ((ranges[:, 0] <= there) & (there <= ranges[:, 1])).all()
    now = world.inverse().apply(apple.pose_world_package(exported.scene.pose_world_object("apple_1")).position)
    assert not ((ranges[:, 0] <= now) & (now <= ranges[:, 1])).all()
    above = there + np.array([0.0, 0.2, 0.0])
    assert not ((ranges[:, 0] <= above) & (above <= ranges[:, 1])).all()


@pytest.mark.parametrize(
    ("bowl_y", "left", "right", "arm"),
    [(0.2, 3, 8, "left"), (-0.2, 8, 3, "right"), (0.2, 2, 8, "right"), (0.0, 3, 8, "right"), (0.0, 8, 8, "auto")],
)
def test_what_goes_to_one_side_is_taken_by_that_sides_arm_if_it_gets_there(
    exported, scene_dir, bowl_y, left, right, arm
):
    surface = next(item for item in exported.overlay.surfaces if item.robot == "G2")
    origin = surface.pose_world_origin
    now = origin.inverse().apply(exported.scene.pose_world_object("bowl_1").position)[1]
    moved = replace(surface, pose_world_origin=origin @ Pose.of((0.0, now - bowl_y, 0.0)))
    start = StartReport((), {"apple_1": {"left": left, "right": right}}, {"apple_1": 16})
    robot = load_agibot("G2_omnipicker")
    facts = TemplateRobotFacts(robot, posture_for(robot, surface.height_m), 0.0)
    tasks = TaskSet.read(scene_dir / layout.TASKS).tasks
    made = surface_templates(exported.scene, moved, facts, exported.overlay.packages, start, tasks, "blueprint", 1)
    (put,) = [item for item in made if "put_apple_1_to_bowl_1_arranged" in item.path]
    assert {stage.extra_params["arm"] for stage in put.template.stages} == {arm}


def test_a_certified_task_is_the_source_of_its_template(exported):
    sources = {item.path.split("/")[1]: item.source_task for item in exported.overlay.templates}
    assert sources[f"{SCENE_ID}_put_apple_1_to_bowl_1"] == f"{SCENE_ID}::pick_place::apple_1"
    assert sources[f"{SCENE_ID}_pick_can_1"] is None
    assert all(0 < item.grasps_reached <= item.grasps_tried for item in exported.overlay.templates)


@pytest.mark.parametrize("name", ["G1_omnipicker", "G2_omnipicker"])
def test_the_torso_rises_with_the_table_and_gives_up_where_it_ends(name):
    robot = load_agibot(name)
    same = posture_for(robot, REFERENCE_HEIGHT_M)
    assert same is not None
    for joint, value in robot.initial_positions.items():
        assert same[joint] == pytest.approx(value, abs=2e-3)
    assert posture_for(robot, 0.9) != same
    assert posture_for(robot, 1.6) is None


def test_a_surface_out_of_reach_is_named_with_the_reason(exported):
    scene = exported.scene
    robot = load_agibot("G2_omnipicker")
    lifted = scene.manifest.model_copy(
        update={
            "objects": [
                item.model_copy(update={"transform": item.transform.of(Pose.of((0, 0, 0.6)) @ item.transform.pose())})
                for item in scene.objects
            ]
        }
    )
    surfaces, skipped = work_surfaces(type(scene)(lifted, scene.assets), "G2", footing_of(robot))
    assert not surfaces
    assert "height" in skipped["table_1_top"]


def test_a_stage_about_an_object_that_is_not_in_the_template_is_refused(exported):
    data = read(exported, "pick_can_1_arranged_g2")
    data["stages"][0]["passive"]["object_id"] = "ghost"
    with pytest.raises(ContractError, match="ghost"):
        TaskTemplate.parse(json.dumps(data))
