"""Success is computed from the recorded poses, with the checkers of the task template."""

from pathlib import Path

import pytest

from blueprint.contracts.geniesim.template import (
    CheckerSpec,
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
from blueprint.quality.geniesim.goal import template_of, verify_goal
from blueprint.quality.geniesim.importer import Importer, episode_sources
from blueprint.quality.geniesim.reader import read_raw_episode
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


def test_a_template_is_found_by_the_recordings_task_name() -> None:
    templates = {"put_cube": template(0.05)}
    assert template_of("put_cube_7", templates) is template_of("[put_cube_0]", templates) is templates["put_cube"]
    assert template_of("other_1", templates) is None


def test_the_import_says_whether_success_was_computed(g2_episode: Path, tmp_path: Path) -> None:
    for name, templates in (("with", {"put_cube": template(0.05)}), ("without", {})):
        importer = Importer(tmp_path / name, tmp_path / f"{name}_c", "kitchen", templates=templates)
        [outcome] = importer.run(episode_sources(g2_episode))
        goals = [check for check in outcome.certificate.checks if check.name == "goal"]
        assert len(goals) == len(templates)
        assert any("recorder's word" in note for note in outcome.notes) == (not templates)
