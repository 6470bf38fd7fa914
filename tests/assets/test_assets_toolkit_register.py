"""Facts that hold for every generator in the register."""

from collections import Counter

import numpy as np
import pytest

from blueprint.assets.geometry import Asset
from blueprint.assets.registry import AssetRequest, categories, generate, lexicon
from blueprint.contracts.asset import AssetModel
from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Pose

ALL = sorted(categories())


def test_there_are_at_least_forty_generators_and_no_noun_names_two() -> None:
    assert len(ALL) >= 40
    nouns = Counter(noun for item in categories().values() for noun in item.nouns)
    assert [noun for noun, count in nouns.items() if count > 1] == []
    assert lexicon()["mug"] == "mug"
    assert lexicon()["chest of drawers"] == "drawer_unit"


def test_an_unknown_category_is_refused_with_the_list() -> None:
    with pytest.raises(InputError, match="drawer_unit"):
        generate(AssetRequest("sprocket", 0))


@pytest.mark.parametrize("category", ALL)
def test_every_generator_makes_a_sound_asset(category: str) -> None:
    asset = generate(AssetRequest(category, 21))
    model = asset.model
    assert AssetModel.parse(model.to_json()) == model
    assert model.asset_id.startswith(f"{category}_")
    assert model.license.spdx == "Apache-2.0"
    assert {v.mesh for link in model.links for v in link.visuals} == set(asset.meshes)
    assert {item.texture for item in model.materials if item.texture} == set(asset.textures)
    for shape in asset.meshes.values():
        np.testing.assert_allclose(np.linalg.norm(shape.normals, axis=1), 1, atol=1e-5)
        assert np.isfinite(shape.uvs).all()
    low, high = extent(asset)
    np.testing.assert_allclose(high - low, model.size_m, atol=2e-6)
    small, large = categories()[category].size_range_m
    assert np.all(np.array(small) <= model.size_m)
    assert np.all(np.array(large) >= model.size_m)


def extent(asset: Asset) -> tuple[np.ndarray, np.ndarray]:
    poses: dict[str, Pose] = {}
    points = []
    for link in asset.model.links:
        poses[link.name] = poses[link.parent] @ link.pose_parent_link if link.parent else link.pose_parent_link
        points += [poses[link.name].apply(asset.meshes[v.mesh].vertices) for v in link.visuals]
    stacked = np.concatenate(points)
    return stacked.min(axis=0), stacked.max(axis=0)
