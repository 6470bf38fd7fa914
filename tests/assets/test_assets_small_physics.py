"""Small things in MuJoCo: they stand still, and a Panda-like hand reaches their declared grasps."""

import mujoco
import numpy as np
import pytest

from blueprint.assets.registry import AssetRequest, categories, generate
from blueprint.contracts.asset import AssetModel, Collider
from blueprint.contracts.frames import quat_angle
from blueprint.physics.inertia import with_inertials

FAMILIES = ("containers", "containers_open", "cookware", "cutlery", "drinkware", "electronics", "food", "hand_tools",
            "household", "stationery", "tableware", "toys")  # fmt: skip
SMALL = sorted(name for name, item in categories().items() if item.build.__module__.split(".")[-1] in FAMILIES)
GEOM = mujoco.mjtGeom
GAP_M = 0.0002


def add_collider(spec: mujoco.MjSpec, body: mujoco.MjsBody, item: Collider, condim: int) -> None:
    kinds = {
        "box": lambda s: {"type": GEOM.mjGEOM_BOX, "size": s.half_extents},
        "sphere": lambda s: {"type": GEOM.mjGEOM_SPHERE, "size": [s.radius, 0, 0]},
        "cylinder": lambda s: {"type": GEOM.mjGEOM_CYLINDER, "size": [s.radius, s.half_length, 0]},
        "capsule": lambda s: {"type": GEOM.mjGEOM_CAPSULE, "size": [s.radius, s.half_length, 0]},
    }
    place = {"pos": item.pose_link_shape.position, "quat": item.pose_link_shape.quat_wxyz, "condim": condim}
    if item.shape.kind == "convex":
        mesh = spec.add_mesh(name=item.name, uservert=np.array(item.shape.vertices).ravel())
        body.add_geom(type=GEOM.mjGEOM_MESH, meshname=mesh.name, **place)
    else:
        body.add_geom(**kinds[item.shape.kind](item.shape), **place)


def standing(model: AssetModel) -> mujoco.MjModel:
    """The asset GAP_M above a table top, with the project's physics options."""
    spec = mujoco.MjSpec()
    spec.option.timestep, spec.option.impratio = 0.002, 10
    spec.option.cone = mujoco.mjtCone.mjCONE_ELLIPTIC
    spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    spec.worldbody.add_geom(type=GEOM.mjGEOM_BOX, size=[1, 1, 0.05], pos=[0, 0, -0.05], condim=4)
    body = spec.worldbody.add_body(name="thing", pos=[0, 0, GAP_M])
    body.add_freejoint()
    inertial = model.links[0].inertial
    assert inertial is not None
    body.explicitinertial, body.mass, body.ipos = True, inertial.mass_kg, inertial.center_of_mass
    body.iquat, body.inertia = inertial.quat_wxyz_principal, inertial.principal_moments
    for item in model.links[0].colliders:
        add_collider(spec, body, item, 4)
    return spec.compile()


@pytest.mark.parametrize("category", SMALL)
def test_it_stands_still_for_two_seconds(category: str) -> None:
    model = standing(with_inertials(generate(AssetRequest(category, 1)).model))
    data = mujoco.MjData(model)
    mujoco.mj_step(model, data, nstep=1000)
    assert np.linalg.norm(data.qpos[:3] - [0, 0, GAP_M]) < 1e-3
    assert np.degrees(quat_angle([1, 0, 0, 0], data.qpos[3:7])) < 0.5


def hand_collisions(asset_model: AssetModel) -> dict[str, list[str]]:
    """Return for each declared grasp which parts of an open hand are inside the asset or under its ground.

    The hand: a palm of 64 × 200 mm, 45 mm behind the pads; fingers 21 mm wide, 14 mm thick, that reach 9 mm past the
    middle of their pads; opened 4 mm more than the declared width on each side.
    """
    spec = mujoco.MjSpec()
    thing = spec.worldbody.add_body(name="thing")
    for item in asset_model.links[0].colliders:
        add_collider(spec, thing, item, 3)
    spec.worldbody.add_geom(name="ground", type=GEOM.mjGEOM_BOX, size=[2, 2, 0.05], pos=[0, 0, -0.0501])
    hand = spec.worldbody.add_body(name="hand", mocap=True)
    hand.add_geom(name="palm", type=GEOM.mjGEOM_BOX, size=[0.032, 0.1, 0.03], pos=[0, 0, -0.075])
    for name in ("left", "right"):
        hand.add_geom(name=name, type=GEOM.mjGEOM_BOX, size=[0.0105, 0.007, 0.027], pos=[0, 0, -0.018])
    hand.add_geom(name="between", type=GEOM.mjGEOM_BOX, size=[0.009, 0.001, 0.009])
    model = spec.compile()
    data = mujoco.MjData(model)
    solids = [i for i in range(model.ngeom) if model.geom_bodyid[i] == model.body("thing").id]
    obstacles = [*solids, model.geom("ground").id]
    found: dict[str, list[str]] = {}
    for grasp in asset_model.grasps:
        data.mocap_pos[0], data.mocap_quat[0] = grasp.pose_link_grasp.position, grasp.pose_link_grasp.quat_wxyz
        gap = min(grasp.width_m / 2 + 0.004, 0.04) + 0.007
        model.geom("left").pos[1], model.geom("right").pos[1] = -gap, gap
        model.geom("between").size[1] = max(grasp.width_m / 2 - 0.0005, 0.0005)
        mujoco.mj_kinematics(model, data)

        def depth(part: str, others: list[int]) -> float:
            return -min(mujoco.mj_geomDistance(model, data, model.geom(part).id, i, 0.05, None) for i in others)

        found[grasp.name] = [part for part in ("palm", "left", "right") if depth(part, obstacles) > 3e-4]
        if depth("between", solids) < 0:
            found[grasp.name].append("holds nothing")
    return found


@pytest.mark.parametrize("category", SMALL)
def test_an_open_hand_fits_every_declared_grasp(category: str) -> None:
    for size in (None, "small"):
        collisions = hand_collisions(generate(AssetRequest(category, 0, size=size)).model)
        assert {name: parts for name, parts in collisions.items() if parts} == {}


def test_the_hand_check_refuses_a_grasp_that_is_too_deep() -> None:
    model = generate(AssetRequest("block", 0)).model
    sunk = model.grasps[0].model_copy(
        update={"pose_link_grasp": model.grasps[0].pose_link_grasp.model_copy(update={"position": (0.0, 0.0, -0.02)})}
    )
    assert hand_collisions(model.model_copy(update={"grasps": [sunk]}))[sunk.name]
