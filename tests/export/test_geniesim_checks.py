"""Every rule of the export's gates is fed something broken and says so."""

import json
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest
from pxr import Gf, Sdf, Usd, UsdGeom

from blueprint.contracts.asset import Inertial
from blueprint.contracts.geniesim.scene_graph import GraphEdge
from blueprint.contracts.scene import Scene
from blueprint.export.geniesim.checks import (
    export_ready_checks,
    failures,
    scene_graph_checks,
    task_config_checks,
    validate_export_consistency,
)
from blueprint.export.geniesim.package_checks import package_checks


def changed(scene: Scene, asset_id: str, **fields: object) -> Scene:
    return Scene(scene.manifest, {**scene.assets, asset_id: scene.assets[asset_id].model_copy(update=fields)})


def asset_of(exported, object_id: str) -> str:
    return exported.scene.object(object_id).asset.asset_id


def test_the_scene_is_ready_and_so_are_its_export_and_its_package(exported, scene_dir):
    assert not failures(export_ready_checks(exported.scene, scene_dir))
    assert not failures(scene_graph_checks(exported.graph, exported.index))
    assert not failures(task_config_checks(exported.tasks, exported.index))
    assert not failures(validate_export_consistency(exported.graph, exported.index, exported.tasks))
    assert not failures(package_checks(exported.folder))


class TestBeforeTheExport:
    def test_a_missing_mesh_file(self, exported, scene_dir, tmp_path):
        broken = Path(shutil.copytree(scene_dir / "assets", tmp_path / "assets")).parent
        (broken / "assets" / asset_of(exported, "can_1") / "source" / "meshes.npz").unlink()
        assert "asset_files" in failures(export_ready_checks(exported.scene, broken))

    def test_a_texture_that_is_no_picture(self, exported, scene_dir, tmp_path):
        broken = Path(shutil.copytree(scene_dir / "assets", tmp_path / "assets")).parent
        texture = next((broken / "assets").glob("*/source/textures/*.png"))
        texture.write_bytes(b"not a picture")
        assert "asset_files" in failures(export_ready_checks(exported.scene, broken))

    @pytest.mark.parametrize("keep", [0.0, 0.5, 0.001])
    def test_a_glb_that_is_cut_off(self, exported, scene_dir, tmp_path, keep):
        broken = Path(shutil.copytree(scene_dir / "assets", tmp_path / "assets")).parent
        path = broken / "assets" / asset_of(exported, "can_1") / "asset.glb"
        data = path.read_bytes()
        path.write_bytes(data[: int(keep * len(data))])
        assert "glb_files" in failures(export_ready_checks(exported.scene, broken))

    def test_a_usd_whose_reference_does_not_resolve(self, exported, scene_dir, tmp_path):
        broken = Path(shutil.copytree(scene_dir / "assets", tmp_path / "assets")).parent
        (broken / "assets" / asset_of(exported, "can_1") / "sim" / "payloads" / "geometry.usdc").unlink()
        assert "usd_references" in failures(export_ready_checks(exported.scene, broken))

    def test_a_thing_without_a_mass_and_one_of_a_ton(self, exported, scene_dir):
        name = asset_of(exported, "can_1")
        link = exported.scene.assets[name].links[0]
        bare = changed(exported.scene, name, links=[link.model_copy(update={"inertial": None})])
        assert "has no mass" in failures(export_ready_checks(bare, scene_dir))["physics"]
        heavy = Inertial(mass_kg=1000.0, center_of_mass=(0, 0, 0), principal_moments=(1.0, 1.0, 1.0))
        heavy_scene = changed(exported.scene, name, links=[link.model_copy(update={"inertial": heavy})])
        assert "1000" in failures(export_ready_checks(heavy_scene, scene_dir))["physics"]

    def test_a_can_that_its_document_makes_ten_times_as_large(self, exported, scene_dir):
        name = asset_of(exported, "can_1")
        size = tuple(10 * value for value in exported.scene.assets[name].size_m)
        assert "scale" in failures(export_ready_checks(changed(exported.scene, name, size_m=size), scene_dir))

    def test_an_object_that_does_not_say_what_it_stands_on(self, exported, scene_dir):
        objects = [item.model_copy(update={"placement": None}) for item in exported.scene.objects]
        scene = Scene(exported.scene.manifest.model_copy(update={"objects": objects}), exported.scene.assets)
        assert "manifest" in failures(export_ready_checks(scene, scene_dir))


class TestSceneGraph:
    def test_a_node_that_is_not_in_the_index(self, exported):
        index = exported.index.model_copy(update={"assets": exported.index.assets[1:]})
        assert "nodes_indexed" in failures(scene_graph_checks(exported.graph, index))
        assert "nodes_indexed" in failures(validate_export_consistency(exported.graph, index, exported.tasks))

    def test_an_id_twice_and_one_without_its_namespace(self, exported):
        nodes = exported.graph.nodes
        twice = exported.graph.model_copy(update={"nodes": [*nodes, nodes[0]]})
        assert "node_ids" in failures(scene_graph_checks(twice, exported.index))
        bare = exported.graph.model_copy(update={"nodes": [nodes[0].model_copy(update={"asset_id": "can_1"})]})
        assert "node_ids" in failures(scene_graph_checks(bare, exported.index))

    def test_an_edge_to_nowhere_and_a_circle(self, exported):
        first, second = (node.asset_id for node in exported.graph.nodes[:2])
        ghost = exported.graph.model_copy(update={"edges": [GraphEdge(source=first, target="ghost", relation="on")]})
        assert "edges" in failures(scene_graph_checks(ghost, exported.index))
        circle = [
            GraphEdge(source=first, target=second, relation="on"),
            GraphEdge(source=second, target=first, relation="stacked"),
        ]
        graph = exported.graph.model_copy(update={"edges": circle})
        assert "resting" in failures(scene_graph_checks(graph, exported.index))

    def test_a_thing_without_a_size_and_one_without_weight(self, exported):
        node = exported.graph.nodes[0]
        flat = exported.graph.model_copy(update={"nodes": [node.model_copy(update={"size": (0.1, 0.1, 0.0)})]})
        assert "node_sizes" in failures(scene_graph_checks(flat, exported.index))
        light = node.model_copy(update={"properties": {"mass": 0.0}})
        graph = exported.graph.model_copy(update={"nodes": [light]})
        assert "node_masses" in failures(scene_graph_checks(graph, exported.index))

    def test_an_empty_graph(self, exported):
        empty = exported.graph.model_copy(update={"nodes": [], "edges": []})
        assert "nodes" in failures(scene_graph_checks(empty, exported.index))


class TestTaskConfig:
    def broken(self, exported, **fields: object) -> dict:
        task = exported.tasks.suggested_tasks[0].model_copy(update=fields)
        config = exported.tasks.model_copy(update={"suggested_tasks": [task]})
        return dict(failures(task_config_checks(config, exported.index)))

    def test_a_task_about_a_thing_that_is_not_there(self, exported):
        assert "targets_indexed" in self.broken(exported, target_object="table_scene_obj_ghost")
        assert "targets_indexed" in self.broken(exported, goal_region="nowhere")
        assert "targets_indexed" not in self.broken(exported, target_object="can_1")  # a raw id is known, too

    def test_a_target_outside_of_the_workspace(self, exported):
        assert "workspace" in self.broken(exported, target_position=(9.0, 0.0, 0.5))
        assert "workspace" in self.broken(exported, goal_position=(0.0, 0.0, 5.0))

    def test_a_solved_task_without_criteria_or_a_time_limit(self, exported):
        assert "criteria" in self.broken(exported, success_criteria=[])
        assert "resets" in self.broken(exported, reset_conditions=[])

    def test_nothing_solved(self, exported):
        assert "tasks" in self.broken(exported, certification="not_attempted")

    def test_a_robot_without_limits_gripper_or_cameras(self, exported):
        robot = exported.tasks.robot_config
        joint = robot.joints[0].model_copy(update={"lower": 1.0, "upper": 1.0})
        short = robot.action_space.model_copy(update={"lower": robot.action_space.lower[1:]})
        for update, rule in (
            ({"joints": [joint]}, "joint_limits"),
            ({"grippers": []}, "grippers"),
            ({"cameras": []}, "cameras"),
            ({"action_space": short}, "spaces"),
            ({"workspace_bounds": ((1.0, 1.0, 1.0), (0.0, 2.0, 2.0))}, "bounds"),
        ):
            config = exported.tasks.model_copy(update={"robot_config": robot.model_copy(update=update)})
            assert rule in failures(task_config_checks(config, exported.index)), rule


class TestPackage:
    def folder(self, copied: Path, exported, name: str) -> Path:
        return copied / "sim_assets" / exported.overlay.packages[asset_of(exported, name)].folder

    def test_a_mesh_with_a_transform(self, copied, exported):
        path = self.folder(copied, exported, "can_1") / "Aligned.usd"
        stage = Usd.Stage.Open(str(path))
        mesh = next(prim for prim in stage.Traverse() if prim.IsA(UsdGeom.Mesh))
        UsdGeom.Xformable(mesh).AddTranslateOp().Set(Gf.Vec3d(0, 0.1, 0))
        stage.Save()
        assert "transform" in failures(package_checks(copied))["object_shapes"]

    def test_meshes_that_are_not_centred_or_not_as_large_as_stated(self, copied, exported):
        path = self.folder(copied, exported, "can_1") / "Aligned.usd"
        stage = Usd.Stage.Open(str(path))
        for prim in [prim for prim in stage.Traverse() if prim.IsA(UsdGeom.Mesh)]:
            points = np.asarray(UsdGeom.Mesh(prim).GetPointsAttr().Get())
            UsdGeom.Mesh(prim).GetPointsAttr().Set([Gf.Vec3f(*map(float, 2 * point + 0.3)) for point in points])
        stage.Save()
        assert "measure" in failures(package_checks(copied))["object_shapes"]

    def test_colliders_beside_the_meshes(self, copied, exported):
        path = self.folder(copied, exported, "can_1") / "collision.usda"
        layer = Sdf.Layer.FindOrOpen(str(path))
        name = layer.defaultPrim
        stage = Usd.Stage.Open(layer)
        scope = stage.GetPrimAtPath(f"/{name}/colliders")
        scope.SetTypeName("Xform")
        UsdGeom.Xformable(scope).AddTranslateOp().Set(Gf.Vec3d(0.1, 0, 0))
        stage.Save()
        assert "differ" in failures(package_checks(copied))["object_shapes"]

    def test_a_file_that_is_missing(self, copied, exported):
        (self.folder(copied, exported, "can_1") / "Aligned.usd").unlink()
        found = failures(package_checks(copied))
        assert {"object_usd", "templates"} <= found.keys()

    def test_a_stage_with_another_up_axis_and_one_in_centimetres(self, copied, exported):
        for up, metres in (("Z", 1.0), ("Y", 0.01)):
            path = self.folder(copied, exported, "apple_1") / "collision.usda"
            stage = Usd.Stage.Open(str(path))
            UsdGeom.SetStageUpAxis(stage, up)
            UsdGeom.SetStageMetersPerUnit(stage, metres)
            stage.Save()
            assert "object_usd" in failures(package_checks(copied))

    def test_an_object_without_interaction(self, copied, exported):
        (copied / "sim_assets" / "interaction" / asset_of(exported, "can_1") / "interaction.json").unlink()
        assert {"interaction", "templates"} <= failures(package_checks(copied)).keys()

    def test_a_pickle_that_names_a_class_is_refused_without_being_run(self, copied, exported, tmp_path):
        victim = tmp_path / "ran"

        class Evil:
            def __reduce__(self) -> tuple:
                return (Path.touch, (victim,))

        folder = copied / "sim_assets" / "interaction" / asset_of(exported, "can_1") / "grasp_pose"
        (folder / "grasp_pose.pkl").write_bytes(pickle.dumps({"grasp_pose": Evil(), "width": []}))
        assert "interaction" in failures(package_checks(copied))
        assert not victim.exists()

    def test_a_pickle_with_other_grasps_than_the_npz(self, copied, exported):
        folder = copied / "sim_assets" / "interaction" / asset_of(exported, "can_1") / "grasp_pose"
        data = pickle.loads((folder / "grasp_pose.pkl").read_bytes())
        data["grasp_pose"][0][0][3] += 0.05
        (folder / "grasp_pose.pkl").write_bytes(pickle.dumps(data))
        assert "interaction" in failures(package_checks(copied))

    def test_a_grasp_that_is_no_rotation(self, copied, exported):
        path = copied / "sim_assets" / "interaction" / asset_of(exported, "can_1") / "grasp_pose" / "grasp_pose.npz"
        with np.load(path) as arrays:
            poses, width = arrays["grasp_pose"], arrays["width"]
        poses[0, :3, :3] *= 2
        np.savez(path, grasp_pose=poses, width=width)
        assert "interaction" in failures(package_checks(copied))

    def test_a_background_from_which_something_falls(self, copied, exported):
        path = next((copied / "sim_assets").glob("background/*/table_1_top_g2.usda"))
        stage = Usd.Stage.Open(str(path))
        enabled = stage.GetPrimAtPath("/World/table_1").GetAttribute("physics:rigidBodyEnabled")
        enabled.Set(True)
        stage.Save()
        assert "fall" in failures(package_checks(copied))["background_usd"]

    @pytest.mark.parametrize(
        ("key", "value"),
        [
            (("recording_setting", "camera_list"), ["/G2/nose_Camera"]),
            (("scene", "scene_usd"), "background/nowhere/x.usda"),
            (("robot", "init_arm_pose"), {"idx01_body_joint1": 9.0}),
            (("robot", "robot_cfg"), "R2D2.json"),
        ],
    )
    def test_a_template_that_the_client_would_stumble_over(self, copied, key, value):
        path = next(path for path in (copied / "tasks").rglob("*.json") if "pick_can_1_arranged" in path.name)
        data = json.loads(path.read_text())
        data[key[0]][key[1]] = value
        path.write_text(json.dumps(data))
        assert "templates" in failures(package_checks(copied))

    def test_no_template_at_all_is_a_warning(self, copied):
        shutil.rmtree(copied / "tasks")
        checks = package_checks(copied)
        assert not failures(checks)
        assert any(item.name == "any_template" and not item.passed for item in checks)

    def test_a_benchmark_instruction_about_nothing(self, copied):
        path = next((copied / "benchmark" / "llm_task").glob("*/0/instructions.json"))
        data = json.loads(path.read_text())
        data["instructions"][0]["target"] = "ghost"
        path.write_text(json.dumps(data))
        assert "benchmark" in failures(package_checks(copied))
