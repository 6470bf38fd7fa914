"""One valid document of every kind of the Genie Sim export, as plain data."""

SHA = "0" * 64
VEC = [0.1, 0.2, 0.3]
QUAT = [1.0, 0.0, 0.0, 0.0]
BOUNDS = [[-1, -1, 0], [1, 1, 2]]
SPACE = {"names": ["j1.target"], "units": ["rad"], "lower": [-1], "upper": [1]}
ROBOT = {
    "type": "arm",
    "base_position": VEC,
    "workspace_bounds": BOUNDS,
    "joints": [{"name": "j1", "lower": -1, "upper": 1, "velocity": 2, "effort": 10}],
    "initial_joint_positions": {"j1": 0.5},
    "grippers": [{"name": "gripper", "kind": "parallel", "closed": 0, "open": 0.08, "unit": "m", "max_force": 30}],
    "cameras": [{"name": "wrist", "frame": "hand", "fovy_deg": 60}],
    "control_modes": [{"mode": "joint_position", "supported": True, "rate_hz": 20}],
    "action_space": SPACE,
    "observation_space": SPACE,
    "source": "https://example.org",
}
TASK = {
    "task_id": "s::pick_place::mug_1",
    "task_name": "put the mug on the plate",
    "task_type": "pick_place",
    "target_object": "s_obj_mug_1",
    "task_complexity": "atomic",
    "curriculum_split": "pretrain",
    "required_camera_ids": ["left", "right", "wrist"],
    "goal_region": "s_obj_plate_1",
    "difficulty": "easy",
    "priority": 5,
    "target_position": VEC,
    "goal_position": VEC,
    "certification": "plan_solved",
    "success_criteria": [{"kind": "on", "parameters": {"object_id": "mug_1", "support_id": "plate_1"}}],
    "reward_hints": [{"name": "reach", "weight": 0.2, "expression": "1 - tanh(d / scale_m)", "scale_m": 0.1}],
    "reset_conditions": [{"kind": "time_limit", "limit": 24, "unit": "s"}],
    "curriculum": {"level": 0, "split": "pretrain", "prerequisites": ["s::open::box_1"]},
    "constraints": {"embodiment": "arm"},
}
STAGE = {
    "action": "pick",
    "action_description": {"action_text": "pick", "english_action_text": "pick"},
    "active": {"object_id": "gripper", "primitive": None},
    "passive": {"object_id": "mug_1", "primitive": None},
    "extra_params": {"arm": "auto"},
    "checker": [{"checker_name": "distance_to_target", "params": {"object_id": "mug_1", "value": 0.1}}],
}
FOLDER = "objects/blueprint/mug/mug_0/"
EXAMPLES = {
    "scene_graph": {
        "scene_id": "s",
        "nodes": [
            {
                "asset_id": "s_obj_mug_1",
                "semantic": "mug: a mug",
                "size": VEC,
                "pose": {"position": VEC, "orientation": QUAT},
                "task_tag": ["pick_place"],
                "usd_path": "assets/mug_0/sim/mug_0.usda",
                "properties": {"mass": 0.3},
                "bp_metadata": {"sim_role": "manipulable_object"},
            }
        ],
        "edges": [{"source": "s_obj_mug_1", "target": "s_obj_table_1", "relation": "on", "gap_m": 0.0001}],
        "metadata": {"adjacent_m": 0.05},
    },
    "asset_index": {
        "scene_id": "s",
        "assets": [
            {
                "asset_id": "s_obj_mug_1",
                "usd_path": "assets/mug_0/sim/mug_0.usda",
                "semantic_description": "a mug",
                "categories": ["mug"],
                "mass": 0.3,
                "material": {"friction": 0.5, "restitution": 0.2, "density": 900},
                "collision_hull_path": "geniesim/sim_assets/objects/x/collision.usda",
                "commercial_ok": True,
                "license": "CC0-1.0",
                "source": "https://example.org",
            }
        ],
    },
    "asset_provenance": {
        "scene_id": "s",
        "commercial_only": True,
        "assets": [
            {
                "asset_id": "mug_0",
                "objects": ["mug_1"],
                "license": "CC0-1.0",
                "license_source": "https://example.org",
                "commercial_ok": True,
                "generator": "blueprint.mug",
                "sha256": SHA,
            }
        ],
        "excluded": {"vase_1": "licence CC-BY-NC-4.0"},
    },
    "task_config": {
        "scene_id": "s",
        "environment_type": "kitchen",
        "suggested_tasks": [TASK],
        "robot_config": ROBOT,
        "metadata": {"episodes_per_task": 10},
    },
    "multi_robot_config": {"scene_id": "s", "primary": "arm", "robots": [ROBOT]},
    "export_manifest": {
        "schema_definition": {"description": "d", "fields": {"estimate": "e"}},
        "export_info": {"timestamp": "2026-01-01T00:00:00+00:00", "exporter_version": "1", "source_pipeline": "p"},
        "asset_provenance_path": None,
        "config": {
            "robot_type": "arm",
            "generate_embeddings": False,
            "embedding_model": None,
            "require_embeddings": False,
            "filter_commercial_only": False,
            "max_tasks": 5,
            "lerobot_export_format": "lerobot_v3",
        },
        "result": {
            "success": True,
            "scene_id": "s",
            "output_dir": "geniesim",
            "outputs": {"scene_graph": "a", "asset_index": "b", "task_config": "c", "scene_config": None},
            "statistics": {"nodes": 1, "edges": 1, "assets": 1, "tasks": 1},
            "errors": [],
            "warnings": ["w"],
        },
        "geniesim_compatibility": {"version": "3.2.0", "isaac_sim_version": "5.1.0", "formats": {"task_config": "3.0"}},
        "estimate": {
            "episodes": 10,
            "cpu_seconds_per_episode": 20,
            "megabytes_per_episode": 4,
            "figures_source": "measured",
            "cpu_hours": 0.06,
            "wall_seconds": 200,
            "gigabytes": 0.04,
        },
        "quality_gates": {"geniesim_export_ready": True},
        "file_inventory": [{"path": "task_config.json", "size_bytes": 10}],
        "checksums": {"files": {"task_config.json": {"sha256": SHA, "size_bytes": 10}}},
    },
    "export_completion": {
        "export_schema_version": "3.0",
        "geniesim_schema_version": "3.0",
        "blueprintpipeline_version": "1",
        "export_timestamp": "2026-01-01T00:00:00+00:00",
        "schema_compatibility": {"min_geniesim_version": "3.0.3", "max_geniesim_version": "3.2.0"},
    },
    "exported_scene": {
        "scene_id": "s",
        "environment_type": "kitchen",
        "usd_path": "../usd/scene.usda",
        "gravity": [0, 0, -9.81],
        "physics_dt_s": 0.002,
        "bounds": {"lower": BOUNDS[0], "upper": BOUNDS[1]},
        "backgrounds": {"table_1_top_g2": "sim_assets/background/s/table_1_top_g2.usda"},
        "templates": ["tasks/blueprint/s_pick_mug_1/g2/x.json"],
    },
    "merged_scene_manifest": {
        "scene_id": "s",
        "manifest": {"version": "1.0.0"},
        "manifest_sha256": SHA,
        "physics": {"mug_1": {"mass_kg": 0.3}},
        "variations": ["nominal"],
        "certificate_passed": True,
    },
    "geniesim_export_settings": {
        "robots": ["G2_omnipicker"],
        "namespace": "blueprint",
        "max_tasks": 5,
        "episodes_per_task": 3,
        "filter_commercial": True,
        "figures": {"cpu_seconds": 10, "wall_seconds": 12, "megabytes": 3, "source": "measured here"},
        "usd_per_cpu_hour": 0.05,
    },
    "object_parameters": {
        "object_id": "mug_0",
        "semantic_name": "mug",
        "english_semantic_name": "mug",
        "upAxis": ["y"],
        "size": [0.1, 0.1, 0.08],
        "mass": 0.3,
        "static_friction": 0.5,
        "dynamic_friction": 0.4,
        "model_path": f"{FOLDER}Aligned.usd",
        "part_joint_limits": {"lid": {"lower": 0, "upper": 1}},
        "license": "CC0-1.0",
        "source": "https://example.org",
    },
    "interaction": {
        "interaction": {
            "active": {"place": {"default": [{"xyz": VEC, "direction": [0, -1, 0]}]}},
            "passive": {"grasp": {"default": ["grasp_pose/grasp_pose.pkl"]}},
        }
    },
    "task_template": {
        "task": "s_pick_mug_1_arranged_g2",
        "origin": {"position": VEC, "quaternion": QUAT},
        "objects": {
            "task_related_objects": [
                {"object_id": "mug_1", "data_info_dir": FOLDER, "workspace_id": "mug_1_pose", "mass": 0.3}
            ],
            "scene_objects": [
                {
                    "sample": {"min_num": 0, "max_num": 1},
                    "workspace_id": "work_area",
                    "available_objects": [{"object_id": "fork_1", "data_info_dir": "objects/b/fork/fork_0/"}],
                }
            ],
        },
        "scene": {
            "scene_id": "background/s/",
            "scene_info_dir": "background/s/",
            "scene_usd": "background/s/table_1_top_g2.usda",
            "function_space_objects": {
                "mug_1_pose": {
                    "poses": [{"position": VEC, "quaternion": QUAT, "random": {"delta_position": [0.01, 0.01, 0]}}]
                },
                "work_area": {"position": VEC, "quaternion": QUAT, "size": [0.5, 0.8, 0.2]},
            },
        },
        "robot": {
            "robot_id": "G2",
            "robot_cfg": "G2_omnipicker_fixed_dual.json",
            "robot_init_pose": {"position": [-0.7, 0, 0], "quaternion": QUAT},
            "init_arm_pose": {"idx01_body_joint1": -0.8},
            "init_arm_pose_noise": {".*_arm_.*": {"low": -0.05, "high": 0.05}},
        },
        "stages": [STAGE],
        "recording_setting": {"camera_list": ["/G2/head_link3/head_front_Camera"], "num_of_episode": 3},
        "task_description": {"task_name": "t", "english_task_name": "t", "init_scene_text": "on the table: mug"},
        "task_metric": {"filter_rules": [{"rule_name": "is_gripper_in_view", "params": {}, "result_code": 4}]},
    },
    "benchmark_scene_info": {
        "scene_id": "s_table_1_top",
        "seed": 0,
        "layout": {
            "mug_1": {
                "usd": "mug_0",
                "xyz": VEC,
                "xyzw": [0, 0, 0, 1],
                "tags": ["s"],
                "keywords": ["graspable"],
                "description": {"semantic_name": ["mug"]},
            }
        },
    },
    "benchmark_instructions": {
        "scene_id": "s_table_1_top",
        "instruction_category": "certified",
        "instructions": [{"instruction": "pick up the mug", "id": "s_0", "target": "mug_1"}],
    },
    "benchmark_problem": {
        "Acts": [{"ActionList": [{"ActionSetWaitAny": [{"LiftUp": "mug_1|0.1"}, {"StepOut": 600}]}]}],
        "Problem": "s_table_1_top",
    },
}
