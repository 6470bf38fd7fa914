"""The world of tests/sim, compiled once."""

import pytest
from hand_made_scene import make_world

from blueprint.sim.world import World


@pytest.fixture(scope="session")
def world() -> World:
    return make_world()
