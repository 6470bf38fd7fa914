"""A cup of beans: how many there are, where each lies, and that they come to rest there."""

from pathlib import Path

import numpy as np
import pytest

from blueprint.assets.lexicon import noun_index
from blueprint.assets.registry import AssetRequest, generate
from blueprint.contracts.asset import AssetModel
from blueprint.contracts.scene import load_scene
from blueprint.contracts.scene_request import SceneRequest
from blueprint.sources.settled import generate_settled_scene
from blueprint.sources.text.mentions import GRAINS
from blueprint.sources.text.parser import parse_prompt
from blueprint.sources.text.surface import Surface


def _vessel(category: str) -> tuple[AssetModel, Surface]:
    model = generate(AssetRequest(category, 1)).model
    region = next(region for region in model.regions if region.is_container)
    return generate(AssetRequest("bean", 2)).model, Surface(model, region)


def test_grains_lie_apart_from_one_another_within_the_wall_and_below_the_rim() -> None:
    bean, surface = _vessel("cup")
    while (spot := surface.grain(bean)) is not None:
        surface.spots[f"bean_{len(surface.spots)}"] = spot
    places = np.array([(spot.x, spot.y, spot.rise) for spot in surface.spots.values()])
    assert len(places) >= 2 * GRAINS
    size = max(bean.size_m)
    apart = np.linalg.norm(places[:, None] - places[None], axis=2) + np.eye(len(places))
    assert apart.min() >= size
    assert np.hypot(*places[:, :2].T).max() + size / 2 <= surface.region.half_extents[0] + 1e-4
    assert places[:, 2].max() + size <= surface.region.clearance_m
    assert np.all(np.diff(places[:, 2]) >= 0), "filled from below"


def test_what_is_shallower_than_a_grain_takes_none() -> None:
    bean, surface = _vessel("cup")
    flat = Surface(surface.owner, surface.region.model_copy(update={"clearance_m": 0.005}))
    assert flat.grain(bean) is None


@pytest.mark.parametrize(
    ("prompt", "wanted"),
    [("a cup of beans", GRAINS), ("a cup with 7 beans in it", 7), ("a bowl of chickpeas and a cup", GRAINS)],
)
def test_a_cup_of_beans_holds_many_unless_they_are_counted(prompt: str, wanted: int) -> None:
    spec = parse_prompt(prompt, noun_index())
    (beans,) = [item for item in spec.requirements if item.category == "bean"]
    assert beans.n == wanted


@pytest.mark.slow
@pytest.mark.parametrize("vessel", ["cup", "glass", "mug"])
def test_a_vessel_of_beans_comes_to_rest_with_all_of_them_in_it(vessel: str, tmp_path: Path) -> None:
    request = SceneRequest(schema_version="v1", scene_id="beans", prompt=f"a table with a {vessel} of beans and a bowl")
    settled = generate_settled_scene(request, 0, tmp_path / "beans")
    assert settled.unstable == {}
    scene = load_scene(tmp_path / "beans")
    beans = [item for item in scene.objects if item.category == "bean"]
    assert len(beans) == GRAINS
    assert {item.placement.parent_id for item in beans if item.placement} == {f"{vessel}_1"}


@pytest.mark.slow
def test_tubes_stand_in_the_holes_of_their_rack(tmp_path: Path) -> None:
    request = SceneRequest(
        schema_version="v1", scene_id="tubes", prompt="a table with a test tube rack with two test tubes in it"
    )
    assert generate_settled_scene(request, 0, tmp_path / "tubes").unstable == {}
    scene = load_scene(tmp_path / "tubes")
    regions = [item.placement.region for item in scene.objects if item.placement and item.category == "test_tube"]
    assert len(set(regions)) == 2
    assert all(region.startswith("slot_") for region in regions if region)
