"""What opens plainly and what is in doubt; and joints that are swept at once do not help one another."""

import mujoco
import numpy as np
import pytest

from blueprint.certify import joint_sweep
from blueprint.certify.clearance import doubtful_joints
from blueprint.certify.joint_sweep import sweep_joints
from blueprint.certify.moving_part import MovingPart, moving_parts, place
from blueprint.certify.objects import ObjectIndex

SCENE = """
<mujoco>
  <compiler angle="radian"/>
  <option timestep="0.002" integrator="implicitfast" cone="elliptic" impratio="10"/>
  <worldbody>
    <body name="room_1"><geom type="box" size="3 3 .05" pos="0 0 -.05"/></body>
    {bodies}
  </worldbody>
</mujoco>
"""

CASE = """
<geom type="box" size=".2 .2 .01" pos="0 0 .01"/><geom type="box" size=".2 .2 .01" pos="0 0 {top}"/>
<geom type="box" size=".01 .2 {half}" pos="-.19 0 {middle}"/>
<geom type="box" size=".01 .2 {half}" pos=".19 0 {middle}"/>
"""


def drawer(name: str, z: float) -> str:
    """An open tray of 30 cm that slides out to the front (-Y)."""
    return f"""<body name="chest_1/{name}" pos="0 0 {z}">
      <joint name="chest_1/{name}_slide" type="slide" axis="0 -1 0" range="0 .25" limited="true" damping="5"
        frictionloss="1"/>
      <geom type="box" size=".17 .18 .005" density="500" friction=".1"/>
      <geom type="box" size=".17 .005 .04" pos="0 -.185 .045" density="500" friction=".1"/>
      <geom type="box" size=".17 .005 .04" pos="0 .185 .045" density="500" friction=".1"/></body>"""


def chest(height: float = 0.3) -> str:
    case = CASE.format(top=height - 0.01, half=height / 2 - 0.021, middle=height / 2)
    return f'<body name="chest_1" pos="0 0 0">{case}{drawer("low", 0.04)}{drawer("high", 0.16)}</body>'


def thing(name: str, pos: str, size: str, mass: float) -> str:
    return f"""<body name="{name}" pos="{pos}"><freejoint name="{name}/free"/>
      <geom type="box" size="{size}" mass="{mass}" friction=".1"/></body>"""


def trunk(lid_density: float = 300) -> str:
    """A low trunk whose lid turns up about its rear edge (+Y)."""
    return f"""<body name="trunk_1" pos="0 1 0"><geom type="box" size=".3 .2 .2" pos="0 0 .2"/>
      <body name="trunk_1/lid" pos="0 .2 .42">
        <joint name="trunk_1/lid_hinge" type="hinge" axis="-1 0 0" range="0 1.9" limited="true" damping=".5"
          frictionloss="1"/>
        <geom type="box" size=".3 .2 .015" pos="0 -.2 0" density="{lid_density}"/></body></body>"""


DOOR = """<body name="door_1" pos="-2 0 0">
  <body name="door_1/leaf" pos="0 0 1.02"><joint name="door_1/leaf_hinge" type="hinge" axis="0 0 1" range="0 1.5"
    limited="true" damping="1" frictionloss="1"/><geom type="box" size=".4 .02 1" pos=".4 0 0" density="100"/></body>
</body>"""


def model_of(*bodies: str) -> mujoco.MjModel:
    return mujoco.MjModel.from_xml_string(SCENE.format(bodies="".join(bodies)))


def in_doubt(model: mujoco.MjModel) -> set[str]:
    return {model.joint(joint).name for joint in doubtful_joints(model)}


def refused(model: mujoco.MjModel, only: list[int] | None = None) -> set[str]:
    return {f"{item.object_id}/{item.joint}" for item in sweep_joints(model, only) if not item.passed}


def part_of(model: mujoco.MjModel, joint: str) -> tuple[ObjectIndex, mujoco.MjData, MovingPart]:
    index, rest = ObjectIndex(model), mujoco.MjData(model)
    mujoco.mj_fwdPosition(model, rest)
    return index, rest, moving_parts(index, rest, [model.joint(joint).id])[0]


def test_what_has_the_space_that_it_needs_is_not_in_doubt() -> None:
    model = model_of(chest(), trunk(), DOOR)
    assert in_doubt(model) == set()
    assert refused(model) == set()


@pytest.mark.parametrize("mass", [0.2, 60.0])
def test_a_drawer_with_a_crate_before_it_is_in_doubt_and_physics_tells_whether_a_hand_pushes_it(mass: float) -> None:
    model = model_of(chest(), thing("crate_1", "0 -.4 .05", ".1 .1 .05", mass))
    assert in_doubt(model) == {"chest_1/low_slide"}
    assert refused(model, doubtful_joints(model)) == ({"chest_1/low_slide"} if mass > 1 else set())


def test_a_lid_and_a_door_that_meet_a_wall_are_in_doubt() -> None:
    behind = '<body name="wall_1" pos="0 1.25 .5"><geom type="box" size="2 .02 .5"/></body>'
    beside = '<body name="wall_2" pos="-1.6 .5 .5"><geom type="box" size=".02 .3 .5"/></body>'
    model = model_of(trunk(), DOOR, behind, beside)
    assert in_doubt(model) == {"trunk_1/lid_hinge", "door_1/leaf_hinge"}
    assert refused(model) == {"trunk_1/lid_hinge", "door_1/leaf_hinge"}


def test_a_lid_that_is_too_heavy_for_a_hand_is_in_doubt() -> None:
    model = model_of(trunk(lid_density=1200))
    assert in_doubt(model) == {"trunk_1/lid_hinge"}
    assert refused(model) == {"trunk_1/lid_hinge"}


def test_a_drawer_takes_its_contents_along() -> None:
    model = model_of(
        chest(), thing("box_1", "0 0 .0649", ".05 .05 .02", 0.3), thing("pen_1", "0 0 .0898", ".04 .01 .005", 0.01)
    )
    index, rest, part = part_of(model, "chest_1/low_slide")
    assert part.carried == ("box_1", "pen_1")
    assert in_doubt(model) == set()
    assert refused(model) == set()
    data = mujoco.MjData(model)
    place(index, data, rest, [part], 1.0)
    assert data.xpos[model.body("pen_1").id] == pytest.approx([0, -0.25, 0.0898])
    assert part.swept == pytest.approx(np.array([[-0.17, -0.44, 0.035], [0.17, 0.19, 0.125]]), abs=1e-6)


def test_a_drawer_that_is_filled_higher_than_its_opening_is_in_doubt() -> None:
    shelf = '<body name="shelf_1" pos="0 -.3 .33"><geom type="box" size=".15 .05 .01"/></body>'
    tall = thing("bottle_1", "0 -.1 .2349", ".03 .03 .07", 0.3)
    assert in_doubt(model_of(chest(0.4), tall)) == set()
    assert in_doubt(model_of(chest(0.4), tall, shelf.replace(".33", ".3"))) == {"chest_1/high_slide"}


def test_what_stands_on_a_lid_or_on_the_floor_too_is_not_carried() -> None:
    on_lid = thing("vase_1", "0 1 .4849", ".04 .04 .05", 0.5)
    assert part_of(model_of(trunk(), on_lid), "trunk_1/lid_hinge")[2].carried == ()
    assert in_doubt(model_of(trunk(), on_lid)) == {"trunk_1/lid_hinge"}
    plank = thing("plank_1", "0 -.3 .1347", ".05 .2 .01", 0.5)
    support = '<body name="block_1" pos="0 -.45 .0624"><geom type="box" size=".05 .04 .0624"/></body>'
    _, _, part = part_of(model_of(chest(), plank, support), "chest_1/low_slide")
    assert part.carried == ()


def test_drawers_that_are_swept_at_once_reach_what_they_reach_alone() -> None:
    model = model_of(chest(), thing("box_1", "0 0 .0649", ".05 .05 .02", 0.3), trunk(), DOOR)
    index, rest = ObjectIndex(model), mujoco.MjData(model)
    mujoco.mj_step(model, rest, 100)
    assert [len(batch) for batch in joint_sweep._together(index, rest, index.articulated_joints)] == [4]
    alone = [item for joint in index.articulated_joints for item in sweep_joints(model, [joint])]
    for together, one in zip(sweep_joints(model), alone, strict=True):
        assert together.reached_upper == pytest.approx(one.reached_upper, abs=1e-4)
        assert together.reached_lower == pytest.approx(one.reached_lower, abs=1e-4)


def test_two_drawers_do_not_push_together_what_neither_pushes_alone() -> None:
    model = model_of(chest(), thing("crate_1", "0 -.35 .151", ".15 .1 .15", 4.0))
    index, rest = ObjectIndex(model), mujoco.MjData(model)
    mujoco.mj_step(model, rest, 250)
    (batch,) = joint_sweep._together(index, rest, index.articulated_joints)
    certificates, touched = joint_sweep._sweep(index, batch, rest)
    assert all(item.passed for item in certificates.values()), "together they push it away"
    assert touched == set(certificates)
    assert refused(model) == {"chest_1/low_slide", "chest_1/high_slide"}
