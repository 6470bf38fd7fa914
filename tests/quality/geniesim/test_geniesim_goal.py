"""Success is computed from the recorded poses, with the checkers of the task template."""

import json
from pathlib import Path

import numpy as np
import pytest

from blueprint.contracts.geniesim.template import (
    CheckerSpec,
    FilterRule,
    InitPose,
    Participant,
    PoseSpec,
    RecordingSetting,
    Stage,
    StageText,
    TaskDescription,
    TaskMetric,
    TaskTemplate,
    TemplateObject,
    TemplateObjects,
    TemplateRobot,
    TemplateScene,
    VolumeWorkspace,
)
from blueprint.quality.geniesim.goal import read_templates, template_of, verify_goal
from blueprint.quality.geniesim.importer import Importer, episode_sources
from blueprint.quality.geniesim.reader import iter_object_poses, read_raw_episode
from blueprint.quality.geniesim.refusal import EpisodeRefusedError

IDENTITY = {"position": (0.0, 0.0, 0.0), "quaternion": (1.0, 0.0, 0.0, 0.0)}


def template(value: float, target: str = "bin") -> TaskTemplate:
    """Pick the cube, put it within `value` metres of the bin (it ends 0.02 m above the bin's origin)."""

    def stage(action: str, active: str, passive: str, checkers: list[CheckerSpec]) -> Stage:
        return Stage(
            action=action,  # type: ignore[arg-type]
            action_description=StageText(action_text="", english_action_text=""),
            active=Participant(object_id=active),
            passive=Participant(object_id=passive),
            extra_params={},
            checker=checkers,
        )

    checker = CheckerSpec(
        checker_name="distance_to_target",
        params={"object_id": "cube", "target_id": target, "rule": "lessThan", "value": value},
    )
    return TaskTemplate(
        task="put_cube",
        origin=PoseSpec.model_validate(IDENTITY),
        objects=TemplateObjects(
            task_related_objects=[
                TemplateObject(object_id=name, data_info_dir=f"objects/x/{name}/", workspace_id="table")
                for name in ("cube", "bin")
            ]
        ),
        scene=TemplateScene(
            scene_id="background/k/",
            scene_info_dir="background/k/",
            scene_usd="background/k/scene.usda",
            function_space_objects={"table": VolumeWorkspace.model_validate({**IDENTITY, "size": (1.0, 1.0, 0.1)})},
        ),
        robot=TemplateRobot(
            robot_id="G2",
            robot_cfg="G2_omnipicker_fixed_dual.json",
            robot_init_pose=InitPose.model_validate(IDENTITY),
            init_arm_pose={},
        ),
        stages=[stage("pick", "gripper", "cube", []), stage("place", "cube", "bin", [checker])],
        recording_setting=RecordingSetting(camera_list=["/G2/head"], num_of_episode=1),
        task_description=TaskDescription(task_name="", english_task_name="", init_scene_text=""),
        task_metric=TaskMetric(filter_rules=[]),
    )


def test_the_goal_is_measured_on_the_last_frame(g2_episode: Path) -> None:
    [result] = verify_goal(read_raw_episode(g2_episode), template(0.05))
    assert result.satisfied
    assert result.measured == "0.0200"


@pytest.mark.parametrize(("value", "target"), [(0.01, "bin"), (0.05, "plate")])
def test_a_success_that_the_poses_do_not_show_is_refused(g2_episode: Path, value: float, target: str) -> None:
    with pytest.raises(EpisodeRefusedError, match="goal_not_reached"):
        verify_goal(read_raw_episode(g2_episode), template(value, target))


@pytest.mark.parametrize("arm", ["auto", "left", "right"])
def test_gripper_means_the_arm_of_the_template_or_else_the_one_that_acted(g2_episode: Path, arm: str) -> None:
    episode = read_raw_episode(g2_episode)
    *_, (objects, grippers) = iter_object_poses(g2_episode)
    apart = {side: np.linalg.norm(np.subtract(grippers[side].position, objects["cube"].position)) for side in grippers}
    wanted = apart.get(arm, apart["gripper"])
    assert apart["gripper"] == apart["right"] > apart["left"]
    held = template(float(wanted) + 0.001, "gripper")
    held.stages[1].extra_params["arm"] = arm
    [result] = verify_goal(episode, held)
    assert float(result.measured) == pytest.approx(wanted, abs=1e-4)
    held.stages[1].checker[0].params["value"] = float(wanted) - 0.001
    with pytest.raises(EpisodeRefusedError, match="goal_not_reached"):
        verify_goal(episode, held)


def test_checkers_of_a_pick_are_measured_where_it_ends_with_the_arm_that_did_it(g2_episode: Path) -> None:
    """The cube is 0.31 to 0.33 m from the right gripper while it is picked, and farther from the left."""
    near = CheckerSpec(
        checker_name="distance_to_target",
        params={"object_id": "cube", "target_id": "gripper", "rule": "lessThan", "value": 0.35},
    )
    task = template(0.05)
    pick = task.stages[0].model_copy(update={"checker": [near]})
    results = verify_goal(read_raw_episode(g2_episode), task.model_copy(update={"stages": [pick, task.stages[1]]}))
    assert ["pick" in item.predicate for item in results] == [True, False]
    assert "at frame 21" in results[0].predicate


@pytest.mark.parametrize(
    ("rule", "params", "holds"),
    [
        ("is_object_end_higher_than_start", {"objects": ["cube"], "delta_z": 0.08, "tolerance": 0.09}, True),
        ("is_object_end_higher_than_start", {"objects": ["cube"], "delta_z": 0.08, "tolerance": 0.03}, False),
        (
            "is_object_relative_position_in_target",
            {"objects": ["cube"], "target": "bin", "relative_position_range": [[-0.1, 0.1]] * 3},
            True,
        ),
        (
            "is_object_relative_position_in_target",
            {"objects": ["cube"], "target": "bin", "relative_position_range": [[-0.1, 0.1], [-0.1, 0.1], [0.1, 0.2]]},
            False,
        ),
        ("is_gripper_in_view", {"camera": "head"}, True),
    ],
)
def test_filter_rules_about_poses_are_computed(g2_episode: Path, rule: str, params: dict, holds: bool) -> None:
    filters = TaskMetric(filter_rules=[FilterRule(rule_name=rule, params=params, result_code=1)])
    task = template(0.05).model_copy(update={"task_metric": filters})
    if holds:
        assert all(item.satisfied for item in verify_goal(read_raw_episode(g2_episode), task))
    else:
        with pytest.raises(EpisodeRefusedError, match="goal_not_reached"):
            verify_goal(read_raw_episode(g2_episode), task)


def test_a_template_is_found_by_the_recordings_task_and_robot(tmp_path: Path) -> None:
    template(0.05).write(tmp_path / "ns" / "put_cube" / "g2" / "put_cube.json")
    templates = read_templates(tmp_path)
    assert template_of("put_cube_7", "G2A", templates) == template_of("put_cube", "G2A", templates) == template(0.05)
    assert template_of("put_cube_7", "A2D", templates) is None
    assert template_of("other_1", "G2A", templates) is None


def test_the_import_says_whether_success_was_computed(g2_episode: Path, tmp_path: Path) -> None:
    for name, templates in (("with", {("put_cube", "G2A"): template(0.05)}), ("without", {})):
        importer = Importer(tmp_path / name, tmp_path / f"{name}_c", "kitchen", templates=templates)
        [outcome] = importer.run(episode_sources(g2_episode))
        goals = [check for check in outcome.certificate.checks if check.name == "goal"]
        assert len(goals) == len(templates)
        assert any("recorder's word" in note for note in outcome.notes) == (not templates)


def test_what_the_server_interpreted_is_in_the_imports_notes(g2_episode, copy_of, tmp_path) -> None:
    folder = copy_of(g2_episode)
    meta = json.loads((folder / "meta_info.json").read_text())
    meta["blueprint"]["notes"] = ["mug: no authored colliders, the convex hulls of its meshes are used"]
    (folder / "meta_info.json").write_text(json.dumps(meta))
    importer = Importer(tmp_path / "records", tmp_path / "certificates", "demo")
    (episode,) = importer.run(episode_sources(folder))
    assert episode.accepted
    assert "recorder: mug: no authored colliders, the convex hulls of its meshes are used" in episode.notes
