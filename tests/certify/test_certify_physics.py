"""A certificate must be able to say no: every check is fed a scene that is broken in just that way."""

import mujoco
import pytest

from blueprint.certify import joint_sweep
from blueprint.certify.certificate import certify_model
from blueprint.certify.joint_sweep import sweep_joints
from blueprint.certify.objects import ObjectIndex
from blueprint.certify.penetration import deepest_contacts
from blueprint.certify.settle import simulate
from blueprint.contracts.certificate import Thresholds
from blueprint.contracts.errors import StageError

SHORT = Thresholds(duration_s=1.0)

SCENE = """
<mujoco>
  <option timestep="0.002" integrator="implicitfast" cone="elliptic" impratio="10"><flag multiccd="enable"/></option>
  <worldbody>
    <body name="room_1"><geom name="room_1/c0" type="box" size="3 3 .05" pos="0 0 -.05"/></body>
    <body name="block_1" pos="{x} 0 {z}"><freejoint name="block_1/free"/>
      <geom name="block_1/c0" type="box" size=".03 .03 .03" density="600"/></body>
    <body name="block_2" pos=".3 0 .03"><freejoint name="block_2/free"/>
      <geom name="block_2/c0" type="box" size=".03 .03 .03" density="600"/></body>
    {extra}
  </worldbody>
</mujoco>
"""

DRAWER = """
<body name="unit_1" pos="0 1 .1"><freejoint name="unit_1/free"/>
  <geom type="box" size=".15 .15 .1" density="800"/>
  <body name="unit_1/drawer" pos="0 -.2 0"><joint name="unit_1/slide" type="slide" axis="0 -1 0" range="0 .2"
    limited="true" damping="5" frictionloss="1"/><geom type="box" size=".1 .02 .05" density="500"/></body>
</body>
"""

WALL = '<body name="wall_1" pos="0 .7 .2"><geom type="box" size=".5 .02 .2"/></body>'


def model_of(x: float = 0.0, z: float = 0.03, extra: str = "") -> mujoco.MjModel:
    return mujoco.MjModel.from_xml_string(SCENE.format(x=x, z=z, extra=extra))


def test_blocks_on_a_floor_are_certified():
    certificate = certify_model(model_of(), "s", {"usd/scene.usda": "0"}, SHORT)
    assert certificate.passed, certificate.problems
    assert certificate.summary.free_objects == 2
    assert certificate.summary.strictly_stable_fraction == 1.0
    assert certificate.objects[1].mass_kg == pytest.approx(600 * 0.06**3)


def test_a_block_five_millimetres_inside_another_is_refused_with_its_depth_and_partner():
    certificate = certify_model(model_of(x=0.245), "s", {}, SHORT)
    assert not certificate.passed
    block = next(item for item in certificate.objects if item.object_id == "block_1")
    assert block.initial_penetration_m == pytest.approx(0.005, abs=2e-4)
    assert block.deepest_partner == "block_2"
    assert certificate.summary.penetrations_over_limit == 2


def test_a_block_that_hangs_two_centimetres_in_the_air_is_unstable_though_it_comes_to_rest():
    certificate = certify_model(model_of(z=0.05), "s", {}, SHORT)
    assert not certificate.passed
    assert "block_1: moved 2" in certificate.problems[0]
    assert certificate.objects[1].drift_m > 0.02


def test_the_largest_excursion_counts_not_the_last():
    rest = simulate(model_of(z=0.05), 0.5)
    assert rest.motions["block_1"].drift_m == pytest.approx(0.02, abs=5e-3)
    assert rest.motions["block_2"].drift_m < 1e-3
    assert rest.poses["block_1"].position[2] == pytest.approx(0.03, abs=1e-3)


def test_a_drawer_that_is_free_to_move_passes_its_sweep():
    (joint,) = sweep_joints(model_of(extra=DRAWER))
    assert joint.passed
    assert joint.reached_upper == pytest.approx(0.2, abs=0.006)


def test_a_drawer_before_a_wall_is_refused_and_the_wall_is_named():
    (joint,) = sweep_joints(model_of(extra=DRAWER + WALL))
    assert not joint.passed
    assert joint.blocking_partner == "wall_1"
    assert joint.reached_upper < 0.12


def test_objects_that_only_touch_have_no_depth_to_speak_of():
    model = model_of()
    assert max(item.depth_m for item in deepest_contacts(model, mujoco.MjData(model)).values()) < 1e-6


def test_the_time_step_of_the_model_is_left_as_it_was():
    model = model_of()
    simulate(model, 0.1, 0.001)
    sweep_joints(model)
    assert model.opt.timestep == 0.002


def test_joints_that_are_far_apart_are_swept_at_once_and_close_ones_are_not():
    far = DRAWER.replace("unit_1", "unit_2").replace('pos="0 1 .1"', 'pos="2 1 .1"')
    near = DRAWER.replace("unit_1", "unit_3").replace('pos="0 1 .1"', 'pos=".4 1 .1"')
    model = model_of(extra=DRAWER + far + near + WALL)
    index = ObjectIndex(model)
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    one, two, three = index.articulated_joints
    assert joint_sweep._apart(index, data, [one, two, three]) == [[one, two], [three]]
    together = {item.object_id: item for item in sweep_joints(model)}
    alone = {}
    for extra in (DRAWER, far, near):
        alone |= {item.object_id: item for item in sweep_joints(model_of(extra=extra + WALL))}
    assert together == alone
    assert {name for name, item in together.items() if item.passed} == {"unit_2"}


def test_contacts_that_find_no_room_in_memory_are_an_error_not_a_fall():
    blocks = "".join(
        f'<body name="many_{k}" pos="{k % 10 * 0.1} {1 + k // 10 * 0.1} .03"><freejoint/>'
        '<geom type="box" size=".03 .03 .03"/></body>' for k in range(100)
    )  # fmt: skip
    text = SCENE.format(x=0, z=0.03, extra=blocks)
    simulate(mujoco.MjModel.from_xml_string(text), 0.04)
    for memory in ("300K", "420K"):  # too little for the stack, for contacts
        small = text.replace("<worldbody>", f'<size memory="{memory}"/><worldbody>', 1)
        with pytest.raises(StageError, match="no room for the contacts"):
            simulate(mujoco.MjModel.from_xml_string(small), 0.04)
