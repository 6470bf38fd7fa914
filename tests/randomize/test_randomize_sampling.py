import numpy as np
import pytest

from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Pose, quat_angle, rotate, yaw_from_quat_wxyz
from blueprint.contracts.scene_manifest import SceneManifest
from blueprint.contracts.variation import Choice, Constant, Normal, Uniform, Variation, VariationSpace
from blueprint.randomize import (
    default_space,
    movable_objects,
    nominal_variation,
    sample,
    sample_certified,
    sample_variation,
)
from blueprint.randomize.distributions import bounds
from blueprint.randomize.footprint import are_apart, footprints

SEEDS = range(12)


def space_of(scene, **axes) -> VariationSpace:
    return VariationSpace(scene_id=scene.scene_id, axes=axes)


MOVES = {"object_pose_m": Uniform(low=-0.15, high=0.15), "object_yaw_rad": Uniform(low=-3.1, high=3.1)}


def final_poses(scene, variation) -> dict[str, Pose]:
    return {
        item.id: (variation.objects[item.id].pose_world_object if item.id in variation.objects else None)
        or scene.pose_world_object(item.id)
        for item in scene.objects
    }


# --- distributions


@pytest.mark.parametrize(
    "distribution",
    [
        Constant(value=0.3),
        Uniform(low=-1, high=2),
        Normal(mean=1, std=0.5),
        Choice(values=[3, 1, 2]),
        Normal(mean=0, std=0),
    ],
)
def test_draws_stay_within_their_bounds_and_repeat_with_the_seed(distribution):
    low, high = bounds(distribution)
    draws = [sample(distribution, np.random.default_rng(seed)) for seed in range(300)]
    assert all(low <= value <= high for value in draws)
    assert draws == [sample(distribution, np.random.default_rng(seed)) for seed in range(300)]


def test_draws_have_the_mean_and_spread_of_their_distribution():
    rng = np.random.default_rng(0)
    uniform = [sample(Uniform(low=0, high=6), rng) for _ in range(4000)]
    assert np.mean(uniform) == pytest.approx(3, abs=0.1)
    assert np.std(uniform) == pytest.approx(6 / 12**0.5, abs=0.1)
    normal = [sample(Normal(mean=5, std=2), rng) for _ in range(4000)]
    assert np.mean(normal) == pytest.approx(5, abs=0.1)
    assert np.std(normal) == pytest.approx(2 * 0.8796, abs=0.1)  # a normal cut at ± 2 σ has 0.8796 σ
    choice = [sample(Choice(values=[1, 1, 2]), rng) for _ in range(3000)]
    assert np.mean(choice) == pytest.approx(4 / 3, abs=0.05)


# --- footprints


def test_what_stands_below_a_table_top_is_apart_from_it(scene):
    table = footprints(scene.asset("table_1"), Pose())
    assert are_apart(footprints(scene.asset("mug_1"), Pose(position=(0, 0, 0))), table, 0.01)
    assert are_apart(footprints(scene.asset("mug_1"), Pose(position=(0, 0, 0.7))), table, 0.01)
    assert not are_apart(footprints(scene.asset("mug_1"), Pose(position=(0, 0, 0.65))), table, 0.01)
    assert not are_apart(footprints(scene.asset("mug_1"), Pose(position=(0.44, 0.29, 0))), table, 0.01)


def test_a_lid_needs_the_room_that_it_swings_through(scene):
    box = footprints(scene.asset("box_1"), Pose())
    behind = footprints(scene.asset("mug_1"), Pose(position=(0, 0.12, 0.08)))
    assert are_apart(behind, footprints(scene.asset("box_1"), Pose(), swept=False), 0.01)
    assert not are_apart(behind, box, 0.01)


# --- moving


def test_only_single_bodies_with_a_region_move_parents_first(scene):
    names = [item.id for item in movable_objects(scene)]
    assert set(names) == {"mug_1", "mug_2", "can_1", "plate_1", "apple_1"}
    assert names.index("plate_1") < names.index("apple_1")


@pytest.mark.parametrize("seed", SEEDS)
def test_moved_objects_stay_whole_inside_their_region_and_a_centimetre_apart(scene, seed):
    variation = sample_variation(scene, space_of(scene, **MOVES), seed, "v1")
    poses = final_poses(scene, variation)
    assert len(variation.objects) >= 3
    top = scene.pose_world_object("table_1").inverse()
    for name in ("mug_1", "mug_2", "can_1", "plate_1"):
        for part in footprints(scene.asset(name), poses[name]):
            points = np.column_stack([part.polygon, np.zeros(len(part.polygon))])
            assert (np.abs(top.apply(points)[:, :2]) <= (0.48 + 2e-6, 0.33 + 2e-6)).all()
        assert poses[name].position[2] == pytest.approx(0.7, abs=1e-6)
        np.testing.assert_allclose(rotate(poses[name].quat_wxyz, (0, 0, 1)), (0, 0, 1), atol=1e-9)
    standing = ["mug_1", "mug_2", "can_1", "plate_1", "box_1"]
    for i, a in enumerate(standing):
        for b in standing[i + 1 :]:
            first, second = (footprints(scene.asset(name), poses[name]) for name in (a, b))
            assert are_apart(first, second, 0.01 - 5e-6), (a, b)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_stands_on_a_moved_object_comes_along_and_stays_on_it(scene, seed):
    variation = sample_variation(scene, space_of(scene, **MOVES), seed, "v1")
    poses = final_poses(scene, variation)
    on_plate = poses["plate_1"].inverse() @ poses["apple_1"]
    assert on_plate.position[2] == pytest.approx(0.02, abs=2e-6)
    assert np.hypot(*on_plate.position[:2]) <= 0.06 + 1e-5  # the dish's radius less the apple's


def test_displacement_is_along_the_regions_axes(scene):
    fixed = space_of(scene, object_pose_m=Constant(value=0.02))
    variation = sample_variation(scene, fixed, 0, "v1")
    for name in ("mug_2", "can_1"):
        local = scene.pose_world_object("table_1").inverse()
        before, after = local @ scene.pose_world_object(name), local @ variation.objects[name].pose_world_object
        np.testing.assert_allclose(np.subtract(after.position, before.position), (0.02, 0.02, 0), atol=2e-6)
        assert quat_angle(after.quat_wxyz, before.quat_wxyz) < 1e-8


def test_yaw_turns_about_the_vertical_in_place(scene):
    variation = sample_variation(scene, space_of(scene, object_yaw_rad=Constant(value=0.4)), 0, "v1")
    before, after = scene.pose_world_object("mug_1"), variation.objects["mug_1"].pose_world_object
    np.testing.assert_allclose(after.position, before.position, atol=1e-6)
    assert yaw_from_quat_wxyz(after.quat_wxyz) - yaw_from_quat_wxyz(before.quat_wxyz) == pytest.approx(0.4, abs=1e-8)


def test_an_object_without_a_free_place_stays_and_is_named(scene):
    far = space_of(scene, object_pose_m=Constant(value=5.0))
    variation = sample_variation(scene, far, 0, "v1")
    assert variation.objects == {}
    assert variation.certificate == {"unmoved": [item.id for item in movable_objects(scene)]}


def test_a_tilted_region_is_left_alone(scene):
    data = scene.manifest.model_dump()
    for item in data["objects"]:
        if item["id"] == "table_1":
            item["transform"]["rotation_quaternion"] = {"w": 0.9962, "x": 0.0872, "y": 0, "z": 0}
    tilted = type(scene)(SceneManifest.model_validate(data), scene.assets)
    variation = sample_variation(tilted, space_of(scene, **MOVES), 0, "v1")
    assert variation.certificate["unmoved"] == ["mug_1", "mug_2", "can_1", "plate_1"]
    assert set(variation.objects) == {"apple_1"}  # its plate is level


# --- clutter


@pytest.mark.parametrize("seed", SEEDS)
def test_clutter_is_free_small_and_on_a_surface_in_use(scene, seed):
    variation = sample_variation(scene, space_of(scene, clutter_count=Constant(value=4), **MOVES), seed, "v1")
    poses = final_poses(scene, variation)
    assert [item.object_id for item in variation.clutter][:2] == ["clutter_0", "clutter_1"]
    parts = {
        name: footprints(scene.asset(name), pose) for name, pose in poses.items() if name not in ("room", "table_1")
    }
    parts.pop("apple_1")  # stands on the plate
    for item in variation.clutter:
        assert item.asset_id in {"mug_a", "can_a", "plate_a", "apple_a"}
        own = footprints(scene.assets[item.asset_id], item.pose_world_object)
        assert item.pose_world_object.position[2] == pytest.approx(0.7, abs=2e-6)
        for other in parts.values():
            assert are_apart(own, other, 0.01 - 5e-6)
        parts[item.object_id] = own


def test_a_full_surface_takes_less_clutter_and_says_so(scene):
    small = scene.asset("table_1").region("top").model_copy(update={"half_extents": (0.2, 0.2)})
    table = scene.asset("table_1").model_copy(update={"regions": [small]})
    crowded = type(scene)(scene.manifest, {**scene.assets, "table_a": table})
    variation = sample_variation(crowded, space_of(scene, clutter_count=Constant(value=20)), 3, "v1")
    assert 0 < len(variation.clutter) < 20
    assert variation.certificate == {"clutter_without_place": 20 - len(variation.clutter)}


# --- factors, nominal, seeds


def test_every_axis_is_sampled_within_its_bounds(scene):
    space = default_space(scene)
    assert set(space.axes) == {
        "object_pose_m", "object_yaw_rad", "clutter_count", "light_intensity", "light_azimuth_rad", "light_color",
        "light_ambient", "camera_position_m", "camera_rotation_rad", "camera_fovy", "texture_tint", "friction", "mass",
        "joint_friction", "instruction",
    }  # fmt: skip
    variation = sample_variation(scene, space, 1, "v1")
    assert 0.8 <= variation.light.intensity_factor <= 1.3
    assert abs(variation.light.azimuth_rad) <= 0.5
    assert set(variation.cameras) == {"left", "right"}
    assert max(abs(value) for camera in variation.cameras.values() for value in camera.offset_m) <= 0.016
    for name, item in variation.objects.items():
        assert 0.9 <= item.friction_factor <= 1.1
        assert 0.9 <= item.mass_factor <= 1.1
        assert all(0.85 <= value <= 1.1 for value in item.tint)
        if name == "room":
            assert (item.friction_factor, item.mass_factor, item.pose_world_object) == (1, 1, None)
    assert set(variation.objects) == {item.id for item in scene.objects}


def test_nominal_changes_nothing(scene):
    nominal = sample_variation(scene, default_space(scene), 1, "nominal")
    assert nominal == nominal_variation(scene)
    assert (nominal.objects, nominal.clutter, nominal.cameras) == ({}, [], {})


def test_an_empty_space_changes_nothing_but_the_name(scene):
    variation = sample_variation(scene, space_of(scene), 1, "v7")
    assert variation.model_copy(update={"variation_id": "nominal", "seed": 0}) == nominal_variation(scene)


def test_same_seed_same_bytes_and_other_ids_other_samples(scene):
    space = default_space(scene)
    texts = {sample_variation(scene, space, seed, name).to_json() for seed in (1, 2) for name in ("a", "b")}
    assert len(texts) == 4
    assert sample_variation(scene, space, 1, "a").to_json() in texts
    text = sample_variation(scene, space, 1, "a").to_json()
    assert Variation.parse(text).to_json() == text


def test_one_axis_does_not_change_the_draws_of_another(scene):
    alone = sample_variation(scene, space_of(scene, mass=Uniform(low=0.5, high=2)), 1, "a")
    both = sample_variation(scene, space_of(scene, mass=Uniform(low=0.5, high=2), **MOVES), 1, "a")
    assert {name: item.mass_factor for name, item in alone.objects.items()} == {
        name: item.mass_factor for name, item in both.objects.items()
    }


def test_a_factor_that_is_not_positive_or_a_foreign_space_is_refused(scene):
    with pytest.raises(InputError, match=r"friction drew the factor -0\.5"):
        sample_variation(scene, space_of(scene, friction=Constant(value=-0.5)), 0, "a")
    with pytest.raises(InputError, match="texture_tint"):
        sample_variation(scene, space_of(scene, texture_tint=Constant(value=-0.5)), 0, "a")
    with pytest.raises(InputError, match="of scene other"):
        sample_variation(scene, VariationSpace(scene_id="other", axes={}), 0, "a")


# --- certification


def test_a_refused_sample_is_drawn_again_with_another_seed_and_the_refusals_are_kept(scene):
    seen = []

    def certify(variation):
        seen.append(variation.seed)
        return f"mug fell, try {len(seen)}" if len(seen) < 3 else None

    found = sample_certified(scene, default_space(scene), 5, "v1", certify=certify)
    assert len(set(seen)) == 3
    assert found.seed == seen[-1]
    assert found.certificate["passed"] is True
    assert found.certificate["attempts"] == 3
    assert found.certificate["refusals"] == ["mug fell, try 1", "mug fell, try 2"]


def test_a_space_in_which_nothing_holds_gives_none_after_the_tries(scene):
    calls = []

    def refuse(variation):
        calls.append(variation)
        return "no"

    assert sample_certified(scene, default_space(scene), 5, "v1", certify=refuse, tries=3) is None
    assert len(calls) == 3
