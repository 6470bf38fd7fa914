"""Pick and place through the protocol alone: physics decides, and says no where it should."""

import json
from pathlib import Path

import numpy as np
import pytest
from geniesim_calls import CUBE_PRIM, PLACE, Served
from geniesim_package import BARE, CUBE_SIDE_M, PLAIN, TABLE_TOP_M, write_package

LIFTED_M = 0.05


@pytest.fixture(scope="module")
def assets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_package(tmp_path_factory.mktemp("assets"))


def _picked(served: Served, **pick: float) -> float:
    """Return how far the cube rose."""
    before = served.cube()[2]
    served.pick(**pick)
    return float(served.cube()[2] - before)


def test_a_cube_is_picked_lifted_and_placed_by_friction(assets: Path, tmp_path: Path) -> None:
    with Served(assets, tmp_path) as served:
        served.init()
        served.add_cube()
        start = served.cube()
        assert start[2] == pytest.approx(TABLE_TOP_M + CUBE_SIDE_M / 2, abs=1e-3)
        assert _picked(served) > 0.11
        goal = start + np.array([0.0, 0.15, 0.01])
        assert served.move(goal)
        served.grip("open")
        served("detach_obj", detach=True)
        assert served.move(goal + np.array([0, 0, 0.2]))
        assert served.cube() == pytest.approx(start + np.array([0.0, 0.15, 0.0]), abs=0.01)
        checker = {
            "checker_name": "distance_to_target",
            "params": {"object_id": CUBE_PRIM, "target_id": "right", "rule": "lessThan", "value": 0.1},
        }
        assert served("get_checker_status", checker=json.dumps(checker)).msg == "fail"
        checker["params"]["value"] = 0.3
        assert served("get_checker_status", checker=json.dumps(checker)).msg == "success"


def test_hulls_of_the_meshes_serve_where_a_package_has_no_colliders(assets: Path, tmp_path: Path) -> None:
    with Served(assets, tmp_path) as served:
        served.init()
        served.add_cube(file=PLAIN)
        assert _picked(served) > LIFTED_M


def test_a_cube_of_20_kg_stays_on_the_table(assets: Path, tmp_path: Path) -> None:
    with Served(assets, tmp_path) as served:
        served.init()
        served.add_cube(mass=20.0)
        assert _picked(served) < 0.01


@pytest.mark.parametrize("offset_m", [0.05, -0.05])
def test_a_grasp_beside_the_cube_lifts_nothing(assets: Path, tmp_path: Path, offset_m: float) -> None:
    with Served(assets, tmp_path) as served:
        served.init()
        served.add_cube()
        assert _picked(served, offset_m=offset_m) < 0.01


def test_without_a_table_the_cube_lies_on_the_floor_out_of_reach(assets: Path, tmp_path: Path) -> None:
    with Served(assets, tmp_path) as served:
        served.init(scene=BARE)
        served.add_cube()
        assert served.cube()[2] == pytest.approx(CUBE_SIDE_M / 2, abs=2e-3)
        assert _picked(served) < 0.01


def test_a_move_into_the_table_is_refused_and_an_interpolated_one_stops_at_it(assets: Path, tmp_path: Path) -> None:
    with Served(assets, tmp_path) as served:
        served.init()
        below = (*PLACE, TABLE_TOP_M - 0.1)
        before = [state.position for state in served("get_joint_position").states]
        assert not served.move(below)
        after = [state.position for state in served("get_joint_position").states]
        assert after == pytest.approx(before, abs=1e-6)
        assert served.move((*PLACE, TABLE_TOP_M + 0.2))
        assert not served.move(below, world=True, ee_interpolation=True)
        hand = served("get_ee_pose", is_right=True).ee_pose.position
        assert hand.z > TABLE_TOP_M - 0.05


def test_planned_poses_are_in_the_base_frame_and_interpolated_ones_in_the_world(assets: Path, tmp_path: Path) -> None:
    with Served(assets, tmp_path) as served:
        half = np.sqrt(0.5)
        served.init(robot_pose={"position": {"x": 0.75, "y": -0.75}, "rpy": {"rw": half, "rz": half}})  # +X to world +Y
        assert served.move((0.6, -0.2, 1.0))
        hand = served("get_ee_pose", is_right=True).ee_pose.position
        assert (hand.x, hand.y, hand.z) == pytest.approx((0.75 + 0.2, -0.75 + 0.6, 1.0), abs=0.01)
        assert served.move((0.9, -0.1, 1.05), world=True)
        hand = served("get_ee_pose", is_right=True).ee_pose.position
        assert (hand.x, hand.y, hand.z) == pytest.approx((0.9, -0.1, 1.05), abs=0.01)
