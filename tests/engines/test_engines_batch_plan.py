"""From a manifest to orders: ids, seeds, settings; hostile manifests are one clear line."""

import json

import pytest

from blueprint.contracts.errors import ContractError, InputError
from blueprint.engines.batch_plan import plan_batch
from blueprint.pipeline.settings import RunSettings

SETTINGS = RunSettings(robot="primitive_arm", episodes=5)


def plan(tmp_path, scenes, **options):
    path = tmp_path / "many scenes.json"
    path.write_text(scenes if isinstance(scenes, str) else json.dumps(scenes))
    return plan_batch(str(path), str(tmp_path / "root"), SETTINGS, **options)


def test_a_list_of_prompts_and_an_object_with_scenes_are_the_same(tmp_path):
    first = plan(tmp_path, ["a mug", "a desk"])
    assert first == plan(tmp_path, {"scenes": ["a mug", "a desk"]})
    assert first.batch_id == "many_scenes"
    assert [order.source for order in first.orders] == ["a mug", "a desk"]


def test_scenes_of_one_prompt_have_ids_and_seeds_of_their_own(tmp_path):
    orders = plan(tmp_path, ["a mug"] * 3).orders
    assert [order.scene_id[-2:] for order in orders[1:]] == ["-2", "-3"]
    assert len({order.settings.seed for order in orders}) == 3
    assert [order.settings.seed for order in orders] == [
        order.settings.seed for order in plan(tmp_path, ["a mug"] * 3).orders
    ]


def test_a_scene_has_the_settings_that_it_names_and_the_batch_s_others(tmp_path):
    (order,) = plan(tmp_path, [{"source": "a mug", "scene_id": "one", "seed": 7, "episodes": 2}]).orders
    assert (order.scene_id, order.settings.seed, order.settings.episodes) == ("one", 7, 2)
    assert order.settings.robot == "primitive_arm"


def test_the_name_of_a_scene_that_is_there_is_not_a_prompt(tmp_path):
    request = tmp_path / "root" / "scenes" / "scene_001" / "prompts" / "scene_request.json"
    request.parent.mkdir(parents=True)
    request.write_text("{}")
    orders = plan(tmp_path, ["scene_001", "scene_002"]).orders
    assert [(order.scene_id, order.source) for order in orders[:1]] == [("scene_001", None)]
    assert orders[1].source == "scene_002"


def test_a_request_for_several_seeds_is_several_scenes(tmp_path):
    request = {"schema_version": "v1", "scene_id": "desk", "prompt": "a desk", "seed_count": 3}
    (tmp_path / "desk.json").write_text(json.dumps(request))
    orders = plan(tmp_path, ["desk.json"]).orders
    assert [order.scene_id for order in orders] == ["desk-s001", "desk-s002", "desk-s003"]


def test_two_scenes_of_one_id_are_refused(tmp_path):
    twice = [{"source": "a mug", "scene_id": "one"}, {"source": "a desk", "scene_id": "one"}]
    with pytest.raises(InputError, match="several scenes of id one"):
        plan(tmp_path, twice)


@pytest.mark.parametrize(
    "scenes", ["", "[]", "[1]", "[NaN]", '{"scenes": [{}]}', '["a", {"scene_id": "../x"}]', '[{"source": ""}]', "{"]
)
def test_a_bad_manifest_is_one_clear_line(tmp_path, scenes):
    with pytest.raises(ContractError) as caught:
        plan(tmp_path, scenes)
    assert "\n" not in str(caught.value)


def test_a_missing_manifest_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match="cannot read"):
        plan_batch(str(tmp_path / "none.json"), str(tmp_path), SETTINGS)
