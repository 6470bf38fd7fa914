"""Published mass ranges and bulk densities by size."""

import numpy as np
import pytest

from blueprint.assets.geometry import Asset
from blueprint.assets.lexicon import all_categories
from blueprint.assets.registry import PROXY, AssetRequest, categories, generate
from blueprint.physics.inertia import link_mass
from blueprint.physics.mass_ranges import DOCUMENTED, SOURCES, documented_range, size_class
from blueprint.sources.imported.hulls import hull_volume

# Measured masses of the YCB object set, kg (Calli et al. 2015, table 1), by the kind that holds them.
YCB_KG = {
    "mug": 0.118, "bowl": 0.147, "plate": 0.279, "wine_glass": 0.133, "fork": 0.034, "spoon": 0.030, "knife": 0.031,
    "spatula": 0.0515, "pan": 0.950, "pitcher": 0.178, "food_can": 0.349, "cereal_box": 0.411, "sponge": 0.0062,
    "hammer": 0.665, "drill": 0.895, "screwdriver": 0.097, "wrench": 0.252, "scissors": 0.082, "rubiks_cube": 0.094,
    "banana": 0.066, "apple": 0.068, "lemon": 0.029, "orange": 0.047, "pear": 0.049, "ball": 0.058,
}  # fmt: skip


def test_ranges_are_of_kinds_that_there_are_and_in_order() -> None:
    known = all_categories()
    for name, item in DOCUMENTED.items():
        assert name in known
        assert 0 < item.low_kg < item.high_kg
        assert item.source in SOURCES.values()


def test_what_was_weighed_lies_in_its_range() -> None:
    for name, mass in YCB_KG.items():
        assert DOCUMENTED[name].low_kg <= mass <= DOCUMENTED[name].high_kg, name


def test_a_kind_without_figures_has_none() -> None:
    assert documented_range("zorkmid") is None


def test_our_own_mug_book_chair_and_fridge_lie_in_the_published_ranges() -> None:
    for name in ("mug", "book", "chair", "fridge"):
        assert DOCUMENTED[name].low_kg <= mass_kg(generate(AssetRequest(name, 0))) <= DOCUMENTED[name].high_kg, name


@pytest.mark.parametrize(("longest_m", "up_to_m"), [(0.05, 0.15), (0.15, 0.15), (0.2, 0.4), (0.9, 1.0), (3, np.inf)])
def test_the_size_class_is_by_the_longest_side(longest_m: float, up_to_m: float) -> None:
    found = size_class(longest_m)
    assert found.up_to_m == up_to_m
    assert 0 < found.low < found.typical < found.high


@pytest.mark.slow
def test_every_generator_lies_in_its_published_range_and_the_size_classes_are_their_quantiles() -> None:
    bulks: dict[float, list[float]] = {}
    outside = []
    for name, item in sorted(categories().items()):
        if item.sim_role == "scene_shell" or name == PROXY:
            continue
        asset = generate(AssetRequest(name, 0))
        mass = mass_kg(asset)
        bulks.setdefault(size_class(max(asset.model.size_m)).up_to_m, []).append(mass / hull_m3(asset))
        found = documented_range(name)
        if found and not found.low_kg <= mass <= found.high_kg:
            outside.append((name, mass))
    assert outside == []
    for up_to, values in bulks.items():
        item = size_class(min(up_to, 100.0))
        measured = np.quantile(values, [0.05, 0.5, 0.95])
        assert measured == pytest.approx([item.low, item.typical, item.high], rel=0.15), up_to


def mass_kg(asset: Asset) -> float:
    return sum(link_mass(link.mass_model) for link in asset.model.links)


def hull_m3(asset: Asset) -> float:
    poses = asset.model.poses_asset_link()
    seen = [(poses[link.name], asset.meshes[item.mesh]) for link in asset.model.links for item in link.visuals]
    return hull_volume(np.concatenate([pose.apply(mesh.vertices) for pose, mesh in seen]))
