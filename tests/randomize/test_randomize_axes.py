"""Every axis of variation changes what it names in the model, and nothing where it is absent."""

import mujoco
import numpy as np
import pytest

from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Pose
from blueprint.contracts.variation import (
    AXES,
    CameraSample,
    Choice,
    Constant,
    LightSample,
    Normal,
    ObjectSample,
    RobotSample,
    Uniform,
    Variation,
    VariationSpace,
)
from blueprint.randomize import (
    apply_robot,
    apply_variation,
    default_space,
    nominal_variation,
    only_axes,
    sample_variation,
    scaled_space,
    sunk,
    wide_space,
)
from blueprint.randomize.space import FACTOR_AXES


def varied(scene, **fields) -> Variation:
    return Variation(variation_id="v1", scene_id=scene.scene_id, seed=1, **fields)


def compiled(spec, scene, tmp_path, **fields) -> mujoco.MjModel:
    apply_variation(spec, tmp_path, varied(scene, **fields))
    return spec.compile()


def test_the_wide_space_has_every_axis_that_there_is(scene):
    assert set(wide_space(scene).axes) == set(AXES)


def test_each_axis_alone_changes_a_sample_and_without_it_nothing_is_drawn(scene):
    still = nominal_variation(scene)
    for axis in AXES:
        alone = only_axes(wide_space(scene), [axis])
        drawn = [sample_variation(scene, alone, seed, "v1") for seed in range(4)]
        if axis == "object_instance":
            continue  # the things of this scene come from no generator of ours: see tests/episodes
        changed = [item.model_copy(update={"variation_id": "nominal", "seed": 0}) != still for item in drawn]
        assert any(changed), axis


def test_a_scale_of_zero_changes_nothing_and_of_one_everything(scene):
    space = wide_space(scene)
    assert scaled_space(space, 1.0) == space
    others = only_axes(space, set(space.axes) - {"object_pose_m", "object_yaw_rad"})
    none = sample_variation(scene, scaled_space(others, 0.0), 3, "v1")
    assert none.model_copy(update={"variation_id": "nominal", "seed": 0}) == nominal_variation(scene)
    poses = sample_variation(scene, scaled_space(space, 0.0), 3, "v1").objects
    for name, item in poses.items():
        if item.pose_world_object is not None:
            own = scene.pose_world_object(name).position
            np.testing.assert_allclose(item.pose_world_object.position, own, atol=2e-6)
    half = scaled_space(VariationSpace(scene_id="s", axes={"mass": Uniform(low=0.8, high=1.4)}), 0.5)
    assert half.axes["mass"].low == pytest.approx(0.9)
    assert half.axes["mass"].high == pytest.approx(1.2)


def test_factors_stay_and_offsets_vanish_as_a_space_shrinks():
    axes = {name: Normal(mean=1.2, std=0.1) if name in FACTOR_AXES else Normal(mean=0.2, std=0.1) for name in AXES}
    shrunk = scaled_space(VariationSpace(scene_id="s", axes=axes), 0.0)
    for name, item in shrunk.axes.items():
        assert (item.mean, item.std) == (1.0 if name in FACTOR_AXES else 0.0, 0.0)


def test_joint_friction_scales_damping_and_dry_friction_of_that_object_alone(scene, spec, tmp_path):
    joint = spec.joint("box_1/hinge")
    joint.damping[0], joint.frictionloss = 0.2, 0.05
    model = compiled(spec, scene, tmp_path, objects={"box_1": ObjectSample(joint_friction_factor=2.0)})
    dof = model.joint("box_1/hinge").dofadr[0]
    assert model.dof_damping[dof] == pytest.approx(0.4)
    assert model.dof_frictionloss[dof] == pytest.approx(0.1)
    assert not np.any(model.dof_damping[model.joint("mug_1/free").dofadr[0] :][:6])


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_pattern_covers_the_visuals_of_one_object_in_its_own_colour(scene, spec, tmp_path, number):
    model = compiled(spec, scene, tmp_path, objects={"table_1": ObjectSample(pattern=number)})
    material = int(model.geom("table_1/v0").matid[0])
    assert model.mat_texid[material].max() >= 0
    assert model.geom("mug_1/v0").matid[0] != material
    assert model.geom("table_1/c0").matid[0] == -1
    texture = int(model.mat_texid[material].max())
    start = model.tex_adr[texture]
    pixels = model.tex_data[start : start + 3 * 128 * 128].reshape(-1, 3)
    assert len(np.unique(pixels, axis=0)) >= 2
    assert np.abs(pixels.max(axis=0) / 255 - (0.8, 0.4, 0.2)).max() < 0.05


def test_an_unknown_pattern_is_refused(scene):
    with pytest.raises(ValueError, match="pattern"):
        ObjectSample(pattern=4)
    space = VariationSpace(scene_id=scene.scene_id, axes={"texture_pattern": Choice(values=[7])})
    with pytest.raises(InputError, match=r"texture_pattern drew 7; there are 0 to 3"):
        sample_variation(scene, space, 1, "v1")


def test_light_takes_colour_elevation_and_ambience(scene, spec, tmp_path):
    light = LightSample(color=(1.0, 0.5, 0.25), elevation_rad=0.3, ambient_factor=0.5)
    before = spec.copy().compile()
    model = compiled(spec, scene, tmp_path, light=light)
    np.testing.assert_allclose(model.light("key").diffuse, (0.6, 0.3, 0.15), atol=1e-6)
    np.testing.assert_allclose(model.light("fill").diffuse, (0.1, 0.1, 0.1), atol=1e-6)
    turned = float(np.dot(model.light("key").dir, before.light("key").dir))
    assert np.arccos(np.clip(turned, -1, 1)) == pytest.approx(0.3, abs=1e-6)
    assert model.light("key").dir[2] > before.light("key").dir[2]  # nearer to the horizon


def test_an_environment_puts_another_sky_behind_the_scene(scene, spec, tmp_path):
    def sky(model):
        index = int(np.flatnonzero(model.tex_type == mujoco.mjtTexture.mjTEXTURE_SKYBOX)[0])
        return model.tex_data[model.tex_adr[index] :][:300].mean()

    seen = {round(sky(compiled(spec.copy(), scene, tmp_path, environment=number)), 3) for number in (1, 2, 3, 4)}
    assert len(seen) == 4


def test_cameras_turn_and_zoom(scene, spec, tmp_path):
    before = spec.copy().compile()
    cameras = {"overview": CameraSample(rotation_rad=(0.0, 0.1, 0.0), fovy_factor=1.1)}
    model = compiled(spec, scene, tmp_path, cameras=cameras)
    assert model.camera("overview").fovy[0] == pytest.approx(1.1 * before.camera("overview").fovy[0])
    w = abs(float(np.dot(model.camera("overview").quat, before.camera("overview").quat)))
    assert 2 * np.arccos(w) == pytest.approx(0.1, abs=1e-6)


def robot_spec() -> mujoco.MjSpec:
    spec = mujoco.MjSpec()
    spec.option.timestep = 0.002
    for name in ("robot/a", "lamp"):
        body = spec.worldbody.add_body(name=f"{name}_body")
        body.add_joint(name=name, type=mujoco.mjtJoint.mjJNT_HINGE).armature = 1.0
        body.add_geom(size=[0.05, 0, 0])
        actuator = spec.add_actuator(name=name, target=name, trntype=mujoco.mjtTrn.mjTRN_JOINT)
        actuator.gainprm[0] = 100.0
        actuator.biastype = mujoco.mjtBias.mjBIAS_AFFINE
        actuator.biasprm[1:3] = [-100.0, -4.0]
    return spec


def test_gain_scales_the_robots_servos_and_nobody_elses():
    spec = robot_spec()
    apply_robot(spec, RobotSample(gain_factor=0.5))
    model = spec.compile()
    assert model.actuator("robot/a").gainprm[0] == 50.0
    np.testing.assert_allclose(model.actuator("robot/a").biasprm[1:3], (-50.0, -2.0))
    assert model.actuator("lamp").gainprm[0] == 100.0


def test_latency_delays_the_servos_answer_by_that_much():
    spec = robot_spec()
    apply_robot(spec, RobotSample(latency_s=0.03))
    model = spec.compile()
    data = mujoco.MjData(model)
    data.ctrl[:] = 0.1
    forces = []
    for _ in range(25):
        mujoco.mj_step(model, data)
        forces.append(data.actuator_force[0])
    first = next(step for step, force in enumerate(forces) if abs(force) > 1e-6)
    assert first == 15  # 30 ms of 2 ms steps
    assert abs(data.actuator_force[1]) > 0


def test_a_mount_sinks_and_never_below_the_floor():
    base = Pose.of((0.1, 0.2, 0.5))
    assert sunk(base, RobotSample(sink_m=0.03)).position == pytest.approx((0.1, 0.2, 0.47))
    assert sunk(base, RobotSample(sink_m=0.9)).position[2] == 0.0


def test_a_constant_axis_gives_its_value(scene):
    space = only_axes(wide_space(scene), ["actuator_gain"])
    space = space.model_copy(update={"axes": {"actuator_gain": Constant(value=0.9)}})
    assert sample_variation(scene, space, 1, "v1").robot == RobotSample(gain_factor=0.9)


def test_the_default_space_leaves_the_robot_as_it_is(scene):
    assert sample_variation(scene, default_space(scene), 1, "v1").robot == RobotSample()
