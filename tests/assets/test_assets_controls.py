"""Controls move as the real ones do: they fit their case, rest where they are left, and come back or stay."""

import mujoco
import numpy as np
import pytest
from test_assets_articulated_home import spec_of, worst_contact

from blueprint.assets.registry import AssetRequest, categories, generate
from blueprint.certify.joint_sweep import sweep_joints
from blueprint.contracts.asset import AssetModel
from blueprint.physics.inertia import with_inertials

CONTROLS = ("control_panel", "emergency_stop", "light_switch", "push_button", "thermostat")
MASS_KG = {
    "control_panel": (1.5, 5.0),
    "emergency_stop": (0.1, 0.6),
    "light_switch": (0.05, 0.3),
    "push_button": (0.5, 2.0),
    "thermostat": (0.1, 0.5),
}


def _model(category: str, size: str | None = None) -> AssetModel:
    return with_inertials(generate(AssetRequest(category, 1, size=size)).model)


def _on_the_ground(model: AssetModel) -> mujoco.MjModel:
    """Loose on a floor; what hangs on a wall is fixed."""
    spec = spec_of(model, free=categories()[model.category].footing != "wall")
    spec.worldbody.add_geom(type=mujoco.mjtGeom.mjGEOM_BOX, size=(3, 3, 0.05), pos=(0, 0, -0.05))
    return spec.compile()


def _joints(model: mujoco.MjModel) -> list[int]:
    return [k for k in range(model.njnt) if model.jnt_type[k] != mujoco.mjtJoint.mjJNT_FREE]


@pytest.mark.parametrize("size", ["tiny", None, "huge"])
@pytest.mark.parametrize("category", CONTROLS)
def test_its_parts_fit_into_one_another_all_along_their_ways(category: str, size: str | None) -> None:
    asset = _model(category, size)
    low, high = categories()[category].size_range_m
    assert np.all(np.array(low) <= asset.size_m)
    assert np.all(np.array(high) >= asset.size_m)
    model = spec_of(asset).compile()
    data = mujoco.MjData(model)
    for joint in range(model.njnt):
        for value in np.linspace(*model.jnt_range[joint], 10):
            mujoco.mj_resetData(model, data)
            data.qpos[joint] = value
            mujoco.mj_forward(model, data)
            assert worst_contact(data) > 0, f"{model.joint(joint).name} at {value:.3f}"


@pytest.mark.parametrize("category", CONTROLS)
def test_it_weighs_what_the_real_thing_weighs_and_is_made_the_same_again(category: str) -> None:
    low, high = MASS_KG[category]
    assert low <= _model(category).mass_kg <= high
    assert generate(AssetRequest(category, 3)).model == generate(AssetRequest(category, 3)).model


@pytest.mark.parametrize("category", CONTROLS)
def test_it_stands_still_and_a_hand_moves_every_part(category: str) -> None:
    model = _on_the_ground(_model(category))
    data = mujoco.MjData(model)
    mujoco.mj_step(model, data, 1000)
    for joint in _joints(model):
        assert abs(float(data.qpos[model.jnt_qposadr[joint]])) < 0.01 * float(np.ptp(model.jnt_range[joint]))
    assert [item.joint for item in sweep_joints(model) if not item.passed] == []


@pytest.mark.parametrize(("category", "comes_back"), [("push_button", True), ("emergency_stop", False),
                                                       ("light_switch", False), ("control_panel", False)])  # fmt: skip
def test_a_push_button_comes_back_and_switches_stay_where_they_are_put(category: str, comes_back: bool) -> None:
    model = _on_the_ground(_model(category))
    data = mujoco.MjData(model)
    joints = _joints(model)
    for joint in joints:
        data.qpos[model.jnt_qposadr[joint]] = model.jnt_range[joint][1]
    mujoco.mj_step(model, data, 1000)
    for joint in joints:
        share = float(data.qpos[model.jnt_qposadr[joint]] / model.jnt_range[joint][1])
        assert (share < 0.02) if comes_back else (share > 0.98), model.joint(joint).name


def test_a_push_button_without_its_counterweight_would_fall_in() -> None:
    asset = _model("push_button")
    lever = asset.link("button")
    light = lever.model_copy(update={"colliders": lever.colliders[:1], "inertial": None})
    broken = with_inertials(asset.model_copy(update={"links": [asset.links[0], light]}))
    model = _on_the_ground(broken)
    data = mujoco.MjData(model)
    mujoco.mj_step(model, data, 1000)
    assert float(data.qpos[-1]) > 0.9 * float(model.jnt_range[-1][1])
