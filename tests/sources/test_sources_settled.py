"""What does not hold in a layout: a drawer that is blocked, and things that gather speed."""

import mujoco
import pytest

from blueprint.certify.settle import simulate
from blueprint.contracts.certificate import Thresholds
from blueprint.sources import settled
from blueprint.sources.settled import unsettled_objects

DRAWER = """<body name="unit_1" pos="0 1 .1"><geom type="box" size=".15 .15 .1"/>
  <body name="unit_1/drawer" pos="0 -.2 0"><joint name="unit_1/slide" type="slide" axis="0 -1 0" range="0 .2"
    limited="true" damping="5" frictionloss="1"/><geom type="box" size=".1 .02 .05" density="500"/></body></body>"""


def crate(mass: float) -> str:
    return f"""<body name="crate_1" pos="0 .65 .1"><freejoint name="crate_1/free"/>
      <geom type="box" size=".1 .1 .1" mass="{mass}"/></body>"""


def model_of(bodies: str, gravity: str = "0 0 -9.81") -> mujoco.MjModel:
    return mujoco.MjModel.from_xml_string(f"""
<mujoco>
  <option integrator="implicitfast" cone="elliptic" impratio="10" gravity="{gravity}"/>
  <worldbody><body name="room_1"><geom type="box" size="3 3 .05" pos="0 0 -.05" condim="1"/></body>{bodies}</worldbody>
</mujoco>""")


@pytest.mark.parametrize(("optional", "blamed"), [(set(), "unit_1"), ({"crate_1"}, "crate_1")])
def test_what_blocks_a_drawer_is_blamed_if_nobody_asked_for_it(optional: set[str], blamed: str) -> None:
    problems = settled._blocked_joints(model_of(DRAWER + crate(60)), optional, None)
    assert problems == {blamed: "unit_1/slide is blocked by crate_1"}


def test_a_drawer_is_not_blocked_by_what_a_hand_pushes_away() -> None:
    assert settled._blocked_joints(model_of(DRAWER + crate(0.2)), set(), None) == {}
    assert settled._blocked_joints(model_of(DRAWER), set(), None) == {}


@pytest.mark.parametrize(("pull", "moves"), [(0.016, False), (0.024, True)])
def test_what_would_be_a_centimetre_away_after_a_second_is_refused_after_half(pull: float, moves: bool) -> None:
    model = model_of(
        '<body name="puck_1" pos="0 0 .0299"><freejoint name="puck_1/free"/>'
        '<geom type="box" size=".03 .03 .03" condim="1"/></body>',
        gravity=f"{pull} 0 -9.81",
    )
    assert bool(unsettled_objects(model, simulate(model, settled._CHECK_S))) == moves
    assert (simulate(model, 1.0).motions["puck_1"].drift_m > Thresholds().drift_m) == moves
