"""The triple against the contract's JSON schemas (Appendix A of the contracts), written down here field by field."""

import json

import jsonschema
import pytest

from blueprint.contracts.errors import ContractError
from blueprint.contracts.geniesim.asset_index import AssetIndex
from blueprint.contracts.geniesim.scene_graph import SceneGraph
from blueprint.contracts.geniesim.task_config import TaskConfig
from blueprint.export.geniesim.checks import scene_graph_checks
from blueprint.export.geniesim.export import finish_export

NUMBERS = {"type": "array", "items": {"type": "number"}}
VECTOR = {**NUMBERS, "minItems": 3, "maxItems": 3}
STRING, OBJECT, INTEGER = {"type": "string"}, {"type": "object"}, {"type": "integer"}
OPTIONAL_STRING = {"type": ["string", "null"]}


def fields(required: dict, optional: dict | None = None) -> dict:
    return {"type": "object", "required": sorted(required), "properties": {**required, **(optional or {})}}


def listed(item: dict) -> dict:
    return {"type": "array", "items": item}


SCENE_GRAPH = fields(
    {
        "scene_id": STRING,
        "coordinate_system": STRING,
        "meters_per_unit": {"type": "number"},
        "nodes": listed(
            fields(
                {
                    "asset_id": STRING,
                    "semantic": STRING,
                    "size": VECTOR,
                    "pose": fields({"position": VECTOR, "orientation": {**NUMBERS, "minItems": 4, "maxItems": 4}}),
                    "task_tag": listed(STRING),
                    "usd_path": STRING,
                },
                {"properties": OBJECT, "bp_metadata": OBJECT},
            )
        ),
        "edges": listed(
            fields(
                {
                    "source": STRING,
                    "target": STRING,
                    "relation": {"enum": ["on", "in", "adjacent", "aligned", "stacked"]},
                },
                {"confidence": {"type": "number"}},
            )
        ),
    },
    {"metadata": OBJECT},
)
ASSET_INDEX = fields(
    {
        "assets": listed(
            fields(
                {
                    "asset_id": STRING,
                    "usd_path": STRING,
                    "semantic_description": STRING,
                    "categories": listed(STRING),
                },
                {
                    "mass": {"type": ["number", "null"]},
                    "material": fields(
                        {},
                        {
                            "friction": {"type": "number"},
                            "restitution": {"type": "number"},
                            "density": {"type": "number"},
                        },
                    ),
                    "collision_hull_path": OPTIONAL_STRING,
                    "texture_variants": OBJECT,
                    "embedding": NUMBERS,
                    "commercial_ok": {"type": "boolean"},
                    "license": STRING,
                    "source": STRING,
                    "bp_metadata": OBJECT,
                },
            )
        )
    },
    {"metadata": OBJECT},
)
TASK_CONFIG = fields(
    {
        "scene_id": STRING,
        "environment_type": STRING,
        "suggested_tasks": listed(
            fields(
                {
                    "task_id": {"type": "string", "minLength": 1},
                    "task_name": {"type": "string", "minLength": 1},
                    "task_type": STRING,
                    "target_object": STRING,
                    "task_complexity": {"enum": ["atomic", "composite"]},
                    "curriculum_split": {"enum": ["pretrain", "target"]},
                    "required_camera_ids": {
                        "type": "array",
                        "items": STRING,
                        "minItems": 3,
                        "allOf": [{"contains": {"const": name}} for name in ("left", "right", "wrist")],
                    },
                    "difficulty": {"enum": ["easy", "medium", "hard"]},
                    "priority": {"type": "integer", "minimum": 1, "maximum": 5},
                },
                {
                    "goal_region": STRING,
                    "requires_object_motion": {"type": "boolean"},
                    "description_hint": STRING,
                    "constraints": OBJECT,
                },
            )
        ),
        "robot_config": fields(
            {
                "type": STRING,
                "base_position": VECTOR,
                "workspace_bounds": {"type": "array", "items": VECTOR, "minItems": 2, "maxItems": 2},
            },
            {"urdf_path": STRING},
        ),
    },
    {"metadata": OBJECT},
)
EXPORT_MANIFEST = fields(
    {
        "schema_version": {"enum": ["3.0"]},
        "schema_definition": fields(
            {
                "version": {"enum": ["3.0"]},
                "description": STRING,
                "fields": {"type": "object", "additionalProperties": STRING},
            },
            {"notes": listed(STRING)},
        ),
        "export_info": fields({"timestamp": STRING, "exporter_version": STRING, "source_pipeline": STRING}),
        "asset_provenance_path": OPTIONAL_STRING,
        "config": fields(
            {
                "robot_type": STRING,
                "generate_embeddings": {"type": "boolean"},
                "embedding_model": OPTIONAL_STRING,
                "require_embeddings": {"type": "boolean"},
                "filter_commercial_only": {"type": "boolean"},
                "max_tasks": INTEGER,
                "lerobot_export_format": STRING,
            }
        ),
        "result": fields(
            {
                "success": {"type": "boolean"},
                "scene_id": STRING,
                "output_dir": STRING,
                "outputs": fields(
                    {name: OPTIONAL_STRING for name in ("scene_graph", "asset_index", "task_config", "scene_config")}
                ),
                "statistics": fields({name: INTEGER for name in ("nodes", "edges", "assets", "tasks")}),
                "errors": listed(STRING),
                "warnings": listed(STRING),
            }
        ),
        "geniesim_compatibility": fields(
            {
                "version": STRING,
                "isaac_sim_version": STRING,
                "formats": fields(
                    {name: STRING for name in ("scene_graph", "asset_index", "task_config", "scene_config")}
                ),
            }
        ),
        "file_inventory": listed(fields({"path": STRING, "size_bytes": INTEGER})),
        "checksums": fields(
            {
                "files": {
                    "type": "object",
                    "additionalProperties": fields({"sha256": STRING}, {"size_bytes": INTEGER}),
                }
            }
        ),
    }
)
SCHEMAS = {"scene_graph": SCENE_GRAPH, "asset_index": ASSET_INDEX, "task_config": TASK_CONFIG}


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_the_triple_meets_the_contracts_schemas(exported, name):
    data = json.loads((exported.folder / f"{name}.json").read_text())
    jsonschema.Draft7Validator(SCHEMAS[name]).validate(data)
    assert data["schema_version"] == "3.0"


def test_the_manifest_meets_its_schema_nulls_included(exported, copied):
    from dataclasses import replace
    from datetime import UTC, datetime

    gates = {"geniesim_scene_graph_valid": scene_graph_checks(exported.graph, exported.index)}
    finish_export(replace(exported, folder=copied), gates, datetime(2026, 1, 2, tzinfo=UTC))
    data = json.loads((copied / "export_manifest.json").read_text())
    jsonschema.Draft7Validator(EXPORT_MANIFEST).validate(data)
    assert data["config"]["embedding_model"] is None
    assert {entry["path"] for entry in data["file_inventory"]} == set(data["checksums"]["files"])
    assert "task_config.json" in data["checksums"]["files"]
    completion = json.loads((copied / "_GENIESIM_EXPORT_COMPLETE").read_text())
    assert completion["export_timestamp"] == "2026-01-02T00:00:00+00:00"
    assert {"min_geniesim_version", "max_geniesim_version"} == completion["schema_compatibility"].keys()


def test_the_documents_can_be_read_back_as_they_are(exported):
    for kind, name in ((SceneGraph, "scene_graph"), (AssetIndex, "asset_index"), (TaskConfig, "task_config")):
        path = exported.folder / f"{name}.json"
        assert kind.read(path).to_json() == path.read_text()


def test_a_task_without_a_wrist_camera_is_refused(exported):
    data = json.loads((exported.folder / "task_config.json").read_text())
    data["suggested_tasks"][0]["required_camera_ids"] = ["left", "right", "front"]
    with pytest.raises(ContractError, match="wrist"):
        TaskConfig.parse(json.dumps(data))


def test_certified_tasks_carry_criteria_rewards_resets_and_a_place_in_the_curriculum(exported):
    solved = [task for task in exported.tasks.suggested_tasks if task.certification == "plan_solved"]
    assert {task.task_id.split("::")[1] for task in solved} == {"pick_place", "open"}
    for task in solved:
        assert task.priority == 5
        assert sum(term.weight for term in task.reward_hints) == pytest.approx(2.0)
        limit = next(item for item in task.reset_conditions if item.kind == "time_limit")
        assert limit.limit == pytest.approx(24.0)  # three times the planner's 8 s
    others = [task for task in exported.tasks.suggested_tasks if task.certification == "not_attempted"]
    assert others
    assert all(task.priority < 5 and not task.success_criteria for task in others)


def test_robots_come_with_limits_spaces_cameras_and_control_modes_from_their_data(exported):
    robots = json.loads((exported.folder / "multi_robot_config.json").read_text())["robots"]
    assert [robot["type"] for robot in robots] == ["primitive_arm", "G2_omnipicker", "G1_omnipicker"]
    assert [len(robot["observation_space"]["names"]) for robot in robots] == [8, 46, 34]
    for robot in robots:
        space = robot["action_space"]
        assert all(low < high for low, high in zip(space["lower"], space["upper"], strict=True))
        assert {mode["mode"] for mode in robot["control_modes"] if mode["supported"]} >= {"joint_position"}
        assert robot["cameras"]
    g2 = robots[1]
    assert {gripper["control_joint"] for gripper in g2["grippers"]} == {
        "idx41_gripper_l_outer_joint1",
        "idx81_gripper_r_outer_joint1",
    }


def test_the_scene_config_is_yaml_that_says_where_things_are(exported):
    yaml = pytest.importorskip("yaml")
    config = yaml.safe_load((exported.folder / "scene_config.yaml").read_text())
    assert config["gravity"] == [0.0, 0.0, -9.81]
    assert all((exported.folder / path).is_file() for path in config["templates"])
    assert all((exported.folder / path).is_file() for path in config["backgrounds"].values())
