"""Small things: what every generator on a surface must hold, over seeds and sizes."""

import numpy as np
import pytest

from blueprint.assets.geometry import Asset
from blueprint.assets.registry import PROXY, AssetRequest, categories, generate
from blueprint.contracts.asset import AssetModel, Collider
from blueprint.physics.extent import shape_points
from blueprint.physics.inertia import with_inertials

SMALL = sorted(
    name for name, item in categories().items() if item.build.__module__.split(".")[-1] in {
        "containers", "containers_open", "cookware", "cutlery", "drinkware", "electronics", "food", "hand_tools",
        "household", "stationery", "tableware", "toys",
    } and name != PROXY
)  # fmt: skip

MASS_KG = {
    "apple": (0.10, 0.25), "banana": (0.08, 0.25), "bin": (0.3, 1.2), "book": (0.3, 1.6), "bottle": (0.35, 0.6),
    "bowl": (0.25, 0.7), "can": (0.25, 0.5), "carton": (0.6, 1.1), "cereal_box": (0.35, 0.6), "egg": (0.035, 0.09),
    "food_can": (0.25, 0.55), "fork": (0.03, 0.1), "glass": (0.1, 0.3), "hammer": (0.3, 0.9), "jar": (0.3, 0.75),
    "knife": (0.04, 0.12), "lemon": (0.06, 0.18), "mug": (0.2, 0.45), "orange": (0.1, 0.25), "pan": (0.7, 1.6),
    "phone": (0.12, 0.25), "plate": (0.35, 0.9), "pliers": (0.15, 0.45), "pot": (0.8, 2.0), "screwdriver": (0.05, 0.2),
    "spoon": (0.03, 0.1), "tape_measure": (0.18, 0.4), "tray": (0.4, 1.1), "wine_bottle": (1.0, 1.65),
    "wrench": (0.15, 0.4),
}  # fmt: skip


def made(category: str, seed: int = 0, **words: str) -> Asset:
    return generate(AssetRequest(category, seed, **words))


def outline(item: Collider) -> np.ndarray:
    if item.shape.kind == "capsule":  # its own corner points overstate one that lies askew
        ends = item.pose_link_shape.apply([[0, 0, -item.shape.half_length], [0, 0, item.shape.half_length]])
        return np.concatenate([ends - item.shape.radius, ends + item.shape.radius])
    return item.pose_link_shape.apply(shape_points(item.shape))


def occupied(model: AssetModel) -> tuple[np.ndarray, np.ndarray]:
    corners = np.concatenate([outline(item) for item in model.links[0].colliders])
    return corners.min(axis=0), corners.max(axis=0)


def test_the_library_has_the_kinds_that_scenes_ask_for() -> None:
    wanted = "mug bowl plate bottle can carton jar apple banana orange fork knife spoon book hammer block bin tray"
    assert set(wanted.split()) <= set(SMALL)
    assert len(SMALL) >= 60


def test_no_noun_names_two_small_things() -> None:
    nouns = [noun for name in SMALL for noun in categories()[name].nouns]
    assert len(nouns) == len(set(nouns))


@pytest.mark.slow
@pytest.mark.parametrize("category", SMALL)
def test_every_seed_and_size_is_sound(category: str) -> None:
    low, high = np.array(categories()[category].size_range_m)
    for size, seeds in ((None, range(3)), ("small", (0,)), ("large", (0,)), ("tiny", (1,)), ("huge", (2,))):
        for seed in seeds:
            asset = generate(AssetRequest(category, seed, size=size))
            model = asset.model
            assert np.all((low <= model.size_m) & (high >= model.size_m)), (model.size_m, low, high)
            assert sum(len(mesh.faces) for mesh in asset.meshes.values()) < 2500
            bottom, top = occupied(model)
            assert bottom[2] == pytest.approx(0, abs=2e-4)
            assert top[2] <= model.size_m[2] + 2e-3
            points = np.concatenate([mesh.vertices for mesh in asset.meshes.values()])
            assert -1.2e-3 < points[:, 2].min() < 1.5e-3
            assert np.all(np.abs(points[:, :2]) <= np.array(model.size_m[:2]) / 2 + 2e-3)
            for grasp in model.grasps:
                assert 0 < grasp.width_m <= 0.0751
                origin = np.array(grasp.pose_link_grasp.position)
                assert np.all((origin > bottom - 1e-3) & (origin < top + 2.5e-3)), grasp.name


@pytest.mark.parametrize("category", SMALL)
def test_the_same_request_gives_the_same_bytes(category: str) -> None:
    one, two = made(category, 5, color="red"), made(category, 5, color="red")
    assert one.model.model_dump_json() == two.model.model_dump_json()
    for name, mesh in one.meshes.items():
        other = two.meshes[name]
        assert all(
            getattr(mesh, part).tobytes() == getattr(other, part).tobytes()
            for part in ("vertices", "normals", "uvs", "faces")
        )
    assert all(image.tobytes() == two.textures[name].tobytes() for name, image in one.textures.items())


@pytest.mark.parametrize("category", sorted(MASS_KG))
def test_masses_are_those_of_the_real_things(category: str) -> None:
    low, high = MASS_KG[category]
    masses = [with_inertials(made(category, seed).model).mass_kg for seed in range(3)]
    assert all(low <= mass <= high for mass in masses), masses


@pytest.mark.parametrize("category", ["mug", "plate", "book", "bin", "banana", "block"])
def test_size_words_order_the_volume(category: str) -> None:
    volumes = [np.prod(made(category, 1, size=size).model.size_m) for size in ("tiny", "small", "large", "huge")]
    assert volumes == sorted(volumes)
    assert volumes[0] < 0.7 * volumes[-1]


def test_a_colour_word_paints_the_main_surface() -> None:
    red, blue = (made("mug", 0, color=word) for word in ("red", "blue"))
    r, g, b = next(item.base_color for item in red.model.materials if item.name == "main")
    assert r > 3 * g
    assert r > 3 * b
    r, g, b = next(item.base_color for item in blue.model.materials if item.name == "main")
    assert b > 3 * r


def test_a_material_word_changes_density_and_contact() -> None:
    steel = made("bowl", 0, material="steel").model.links[0]
    assert steel.physics_material == "steel"
    assert steel.mass_model.material == "steel"
    assert made("bowl", 0).model.links[0].physics_material == "ceramic"


@pytest.mark.parametrize("category", ["mug", "bowl", "bin", "tray", "basket", "crate", "pot", "parts_bin", "glass"])
def test_what_is_hollow_declares_a_container(category: str) -> None:
    model = made(category).model
    region = next(item for item in model.regions if item.is_container)
    assert region.pose_link_region.position[2] < 0.5 * model.size_m[2]
    assert "container" in model.affordances


def test_a_standing_book_is_upright_and_graspable() -> None:
    flat, upright = (generate(AssetRequest("book", 2, options=(("standing", value),))) for value in (0.0, 1.0))
    assert upright.model.size_m[2] > 4 * flat.model.size_m[2]
    assert upright.model.grasps
    assert not flat.model.grasps
