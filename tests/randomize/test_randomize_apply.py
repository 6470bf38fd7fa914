import mujoco
import numpy as np
import pytest

from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Pose, quat_wxyz_from_yaw
from blueprint.contracts.variation import CameraSample, LightSample, ObjectSample, Variation
from blueprint.randomize import (
    apply_camera_offsets,
    apply_variation,
    default_space,
    nominal_variation,
    sample_variation,
)


def variation(scene, **fields) -> Variation:
    return Variation(variation_id="v1", scene_id=scene.scene_id, seed=1, **fields)


def body(model, name):
    return model.body(name)


def test_nominal_leaves_the_model_as_it_is(scene, spec, tmp_path):
    before = spec.to_xml()
    apply_variation(spec, tmp_path, nominal_variation(scene))
    assert spec.to_xml() == before


def test_a_moved_object_starts_at_its_new_pose(scene, spec, tmp_path):
    pose = Pose.of((1.1, 0.3, 0.7), quat_wxyz_from_yaw(1.0))
    apply_variation(spec, tmp_path, variation(scene, objects={"mug_1": ObjectSample(pose_world_object=pose)}))
    model = spec.compile()
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    np.testing.assert_allclose(data.body("mug_1").xpos, pose.position, atol=1e-12)
    np.testing.assert_allclose(data.body("mug_1").xquat, pose.quat_wxyz, atol=1e-9)
    np.testing.assert_allclose(data.body("mug_2").xpos, scene.pose_world_object("mug_2").position, atol=1e-9)


def test_mass_and_inertia_scale_together_for_every_link(scene, spec, tmp_path):
    base = spec.copy().compile()
    apply_variation(spec, tmp_path, variation(scene, objects={"box_1": ObjectSample(mass_factor=1.5)}))
    model = spec.compile()
    for name in ("box_1", "box_1/lid"):
        assert model.body(name).mass[0] == pytest.approx(1.5 * base.body(name).mass[0])
        np.testing.assert_allclose(model.body(name).inertia, 1.5 * base.body(name).inertia)
    assert model.body("mug_1").mass[0] == base.body("mug_1").mass[0] == 0.5
    np.testing.assert_array_equal(model.body("box_1").ipos, base.body("box_1").ipos)


def test_friction_scales_the_sliding_coefficient_of_colliders_only(scene, spec, tmp_path):
    apply_variation(spec, tmp_path, variation(scene, objects={"mug_1": ObjectSample(friction_factor=1.2)}))
    model = spec.compile()
    np.testing.assert_allclose(model.geom("mug_1/c0").friction, (0.72, 0.005, 0.0001))
    np.testing.assert_allclose(model.geom("mug_2/c0").friction, (0.6, 0.005, 0.0001))
    assert model.geom("mug_1/v0").friction[0] == 1.0


def test_a_tint_colours_one_object_and_not_those_that_share_its_material(scene, spec, tmp_path):
    objects = {"mug_1": ObjectSample(tint=(0.5, 1.0, 2.0)), "mug_2": ObjectSample(tint=(10.0, 1.0, 1.0))}
    apply_variation(spec, tmp_path, variation(scene, objects=objects))
    model = spec.compile()

    def look(name):
        return model.material(model.geom(f"{name}/v0").matid[0])

    np.testing.assert_allclose(look("mug_1").rgba, (0.4, 0.4, 0.4, 1), atol=1e-6)
    np.testing.assert_allclose(look("mug_2").rgba, (1.0, 0.4, 0.2, 1), atol=1e-6)
    np.testing.assert_allclose(look("can_1").rgba, (0.8, 0.4, 0.2, 1), atol=1e-6)
    assert look("mug_1").shininess[0] == look("can_1").shininess[0]
    assert spec.material("red__mug_1").metallic == spec.material("red").metallic == pytest.approx(0.1)
    assert model.geom("mug_1/c0").matid[0] == -1


def test_the_key_light_turns_about_the_vertical_and_dims(scene, spec, tmp_path):
    light = LightSample(intensity_factor=0.5, azimuth_rad=np.pi / 2)
    apply_variation(spec, tmp_path, variation(scene, light=light))
    model = spec.compile()
    np.testing.assert_allclose(model.light("key").pos, (0, 2, 4), atol=1e-9)
    np.testing.assert_allclose(model.light("key").dir, np.array([0, -1, -2]) / 5**0.5, atol=1e-6)
    np.testing.assert_allclose(model.light("key").diffuse, 0.3, atol=1e-6)
    np.testing.assert_allclose(model.light("fill").diffuse, 0.2, atol=1e-6)


def test_scene_cameras_shift_at_once_and_robot_cameras_when_they_are_there(scene, spec, tmp_path):
    cameras = {"overview": CameraSample(offset_m=(0.1, 0, 0)), "left": CameraSample(offset_m=(0, 0.2, 0))}
    sample = variation(scene, cameras=cameras)
    apply_variation(spec, tmp_path, sample)
    spec.worldbody.add_camera(name="robot/left", pos=[0, 0, 1])
    apply_camera_offsets(spec, sample)
    model = spec.compile()
    np.testing.assert_allclose(model.camera("overview").pos, (1.1, 2, 3))
    np.testing.assert_allclose(model.camera("robot/left").pos, (0, 0.2, 1))


def test_unknown_and_fixed_objects_are_refused(scene, spec, tmp_path):
    with pytest.raises(InputError, match="'ghost'"):
        apply_variation(spec, tmp_path, variation(scene, objects={"ghost": ObjectSample(mass_factor=2)}))
    moved = {"room": ObjectSample(pose_world_object=Pose(position=(0, 0, 1)))}
    with pytest.raises(InputError, match=r"'room'.*fixed"):
        apply_variation(spec, tmp_path, variation(scene, objects=moved))


def test_a_sampled_variation_compiles_and_starts_without_contact_between_neighbours(scene, spec, tmp_path):
    space = default_space(scene)
    for seed in range(4):
        drawn = sample_variation(scene, space, seed, "v1").model_copy(update={"clutter": []})
        changed = spec.copy()
        apply_variation(changed, tmp_path, drawn)
        model = changed.compile()
        data = mujoco.MjData(model)
        mujoco.mj_forward(model, data)
        standing = {"mug_1", "mug_2", "can_1", "plate_1"}
        for contact in data.contact[: data.ncon]:
            names = {model.body(int(model.geom_bodyid[geom])).name.split("/")[0] for geom in contact.geom}
            assert len(names & standing) < 2, names


def test_clutter_and_a_variation_of_a_stage_that_was_authored_in_usd_rest_where_they_were_put(tmp_path):
    """The whole way: generated assets, SimReady files, a stage, the loader, a sample, one second of physics."""
    from blueprint.assets.library import save_asset
    from blueprint.assets.registry import AssetRequest, generate
    from blueprint.contracts.scene import Scene, asset_dir
    from blueprint.contracts.scene_manifest import (
        AssetReference,
        Placement,
        SceneFrame,
        SceneManifest,
        SceneObject,
        Transform,
    )
    from blueprint.contracts.variation import Constant, Uniform, VariationSpace
    from blueprint.mjcf.usd_loader import load_usd
    from blueprint.physics.inertia import with_inertials
    from blueprint.usd.asset import author_asset
    from blueprint.usd.scene import author_scene

    made = {}
    for category in ("counter", "mug", "bowl"):
        asset = generate(AssetRequest(category, seed=1))
        asset = type(asset)(with_inertials(asset.model), asset.meshes, asset.textures)
        made[category] = asset.model
        folder = asset_dir(tmp_path, asset.model.asset_id)
        save_asset(asset, folder)
        author_asset(asset, folder)
    top = made["counter"].region("top")
    height = top.pose_link_region.position[2]

    def item(object_id, category, role, position, parent=None):
        return SceneObject(
            id=object_id, category=category, sim_role=role, transform=Transform.of(Pose(position=position)),
            asset=AssetReference(asset_id=made[category].asset_id, path=f"assets/{made[category].asset_id}/asset.glb"),
            placement=Placement(parent_id=parent, region="top" if parent else None),
        )  # fmt: skip

    objects = [
        item("counter_1", "counter", "static", (0, 0, 0)),
        item("mug_1", "mug", "manipulable_object", (-0.2, 0, height + 0.001), "counter_1"),
        item("bowl_1", "bowl", "manipulable_object", (0.2, 0, height + 0.001), "counter_1"),
    ]
    manifest = SceneManifest(version="1.0.0", scene_id="real", scene=SceneFrame(), objects=objects)
    scene = Scene(manifest, {model.asset_id: model for model in made.values()})
    stage = author_scene(scene, tmp_path)
    moves = {"object_pose_m": Uniform(low=-0.1, high=0.1), "object_yaw_rad": Uniform(low=-3, high=3)}
    space = VariationSpace(scene_id="real", axes={**moves, "clutter_count": Constant(value=3)})
    drawn = sample_variation(scene, space, 4, "v1")
    assert len(drawn.clutter) == 3
    spec = load_usd(stage)
    spec.worldbody.add_geom(type=mujoco.mjtGeom.mjGEOM_PLANE, size=[3, 3, 0.1])
    apply_variation(spec, tmp_path, drawn)
    model = spec.compile()
    data = mujoco.MjData(model)
    for _ in range(500):
        mujoco.mj_step(model, data)
    expected = {item.object_id: item.pose_world_object for item in drawn.clutter}
    expected |= {name: sample.pose_world_object for name, sample in drawn.objects.items()}
    assert len(expected) == 5
    for name, pose in expected.items():
        np.testing.assert_allclose(data.body(name).xpos, pose.position, atol=0.003, err_msg=name)
