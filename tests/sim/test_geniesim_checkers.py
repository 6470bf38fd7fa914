"""The runtime checkers on poses with known distances and angles."""

import json
from typing import Any

import numpy as np
import pytest

from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Pose
from blueprint.sim.geniesim.checkers import parse_checker
from blueprint.sim.geniesim.lights import temperature_rgb
from blueprint.sim.geniesim.paths import asset_file, recording_folder

TURNED = (np.sqrt(0.5), 0.0, 0.0, np.sqrt(0.5))  # a quarter turn about Z
POSES = {"/a": Pose.of((1, 2, 3)), "/b": Pose.of((1, 2, 2), TURNED), "right": Pose.of((0, 0, 0))}


def _measured(name: str, **params: Any) -> float:
    return parse_checker(json.dumps({"checker_name": name, "params": params})).params.measure(POSES.__getitem__)


def _distance(**params: Any) -> float:
    return _measured("distance_to_target", **{"object_id": "/a", "target_id": "/b", "value": 0, **params})


def test_distances_are_metres_between_origins() -> None:
    assert _distance() == pytest.approx(1.0)
    assert _distance(target_id="right") == pytest.approx(np.sqrt(14))
    assert _distance(target_id="right", ignore_axises=["z", "x"]) == pytest.approx(2.0)


def test_offsets_are_in_the_world_or_in_the_objects_own_frame() -> None:
    assert _distance(object_offset={"position": [0, 0, -1]}) == pytest.approx(0.0)
    own = {"frame": "local", "position": [1, 0, 0]}  # +X of /b is +Y of the world
    assert _distance(target_offset=own, ignore_axises=["z"]) == pytest.approx(1.0)
    assert _distance(target_offset=own, ignore_axises=["z", "y"]) == pytest.approx(0.0)


def test_local_distances_leave_out_axes_of_the_target() -> None:
    own = {"object_offset": {"position": [0, 0.4, 0]}, "ignore_axises": ["z", "x"]}
    assert _distance(**own, is_local=False) == pytest.approx(0.4)
    assert _distance(**own, is_local=True) == pytest.approx(0.0)  # world Y is the target's X


def test_angles_are_radians_between_an_axis_and_a_direction() -> None:
    params = {"object_id": "/b", "value": 0, "target_vector": [0, 2, 0]}
    assert _measured("local_axis_angle", **params, axis="x") == pytest.approx(0.0, abs=1e-6)
    assert _measured("local_axis_angle", **params, axis="y") == pytest.approx(np.pi / 2)
    with pytest.raises(InputError, match="no direction"):
        _measured("local_axis_angle", **{**params, "target_vector": [0, 0, 0]}, axis="x")


@pytest.mark.parametrize(("rule", "holds"), [("lessThan", False), ("greaterThan", False), ("equalTo", True)])
def test_rules_compare_strictly(rule: str, holds: bool) -> None:
    params = {"object_id": "/a", "target_id": "/b", "rule": rule, "value": 1.0}
    checker = parse_checker(json.dumps({"checker_name": "distance_to_target", "params": params}))
    assert checker.params.holds(1.0) is holds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"checker_name": "is_nice", "params": {}}',
        '{"checker_name": "distance_to_target", "params": {"object_id": "/a", "value": 1}}',
        '{"checker_name": "distance_to_target", "params": {"object_id": "/a", "target_id": "/b", "value": "NaN"}}',
        '{"checker_name": "local_axis_angle", "params": {"object_id": "/a", "axis": "w", "value": 1}}',
        "[" * 5000,
        " " * 200_000,
    ],
)
def test_what_is_no_checker_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        parse_checker(text)


def test_warm_light_is_red_and_cold_light_is_blue() -> None:
    red, _, blue = temperature_rgb(2700)
    assert red == 1.0
    assert blue < 0.4
    assert temperature_rgb(6500) == pytest.approx([1, 1, 1], abs=0.06)
    assert temperature_rgb(10000)[0] < temperature_rgb(10000)[2]


def test_links_out_of_the_asset_root_are_refused(tmp_path: Any) -> None:
    root = tmp_path / "assets"
    root.mkdir()
    (tmp_path / "secret.usd").touch()
    (root / "link.usd").symlink_to(tmp_path / "secret.usd")
    (root / "own.usd").touch()
    assert asset_file(root, str(root / "own.usd")) == (root / "own.usd").resolve()
    for path in ("link.usd", "../secret.usd", "", "a\0b", "x" * 2000, "none.usd"):
        with pytest.raises(InputError):
            asset_file(root, path)


@pytest.mark.parametrize("name", ["..", ".", "a/b", "a b", "", "$(x)", "x" * 300])
def test_recordings_have_plain_folder_names(tmp_path: Any, name: str) -> None:
    with pytest.raises(InputError):
        recording_folder(tmp_path, name)
