"""Articulated furniture and appliances: they stand, stay shut, open all the way, and what they hold has room."""

from functools import cache

import mujoco
import numpy as np
import pytest

from blueprint.assets.geometry import Asset
from blueprint.assets.registry import AssetRequest, categories, generate
from blueprint.certify.joint_sweep import sweep_joints
from blueprint.contracts.asset import AssetModel, Collider
from blueprint.contracts.frames import Pose, matrix_from_quat_wxyz
from blueprint.motion.press_points import is_button
from blueprint.physics.extent import shape_points
from blueprint.physics.inertia import with_inertials

MASS_KG = {
    "bread_box": (1, 6), "casement_window": (10, 70), "cash_register": (5, 18), "chest_freezer": (30, 80),
    "chest_of_drawers": (25, 80), "china_cabinet": (50, 120), "coffee_machine": (2, 9), "desk_with_drawers": (25, 90),
    "dishwasher": (30, 60), "display_case": (30, 110), "dryer": (30, 60), "filing_cabinet": (25, 90),
    "flap_box": (0.2, 1.5), "interior_door": (12, 45), "locker": (30, 130), "mailbox": (1.5, 8),
    "medicine_cabinet": (3, 15), "nightstand": (8, 25), "office_chair": (10, 25), "pedal_bin": (1, 6),
    "piano": (170, 260), "safe": (30, 120), "sideboard": (35, 90), "sink_cabinet": (30, 90), "stove": (30, 70),
    "toaster": (1, 3), "toilet": (25, 50), "tool_chest": (30, 90), "tv_cabinet": (18, 60), "wall_cabinet": (8, 30),
    "wardrobe": (60, 180), "washing_machine": (50, 85),
}  # fmt: skip
ARTICULATED = sorted(MASS_KG)
Options = tuple[tuple[str, float | str], ...]
EXTREMES: Options = (("width", 9.0), ("depth", 9.0), ("height", 9.0))
VARIANTS = [
    *((category, 0, (), None) for category in ARTICULATED),
    *(pytest.param(category, 1, (), "tiny", marks=pytest.mark.slow) for category in ARTICULATED),
    *((category, 2, EXTREMES, None) for category in ARTICULATED),
    ("chest_of_drawers", 3, (("drawers", 8),), None),
    ("nightstand", 3, (("drawers", 3),), None),
    ("wardrobe", 3, (("width", 1.5), ("drawers", 1)), None),
    ("desk_with_drawers", 3, (("drawers", 1),), None),
    ("casement_window", 3, (("width", 0.6),), None),
    ("locker", 3, (("doors", 1),), None),
    ("flap_box", 3, (("flaps", 4),), None),
]


@cache
def build(category: str, seed: int = 0, options: Options = (), size: str | None = None) -> Asset:
    return generate(AssetRequest(category, seed, size=size, options=options))


def spec_of(asset: AssetModel, *, free: bool = False) -> mujoco.MjSpec:
    """Return the colliders and joints of an asset as object `a`; a link collides with its parent, too."""
    spec = mujoco.MjSpec()
    spec.compiler.degree = False
    spec.option.disableflags |= mujoco.mjtDisableBit.mjDSBL_FILTERPARENT
    spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    spec.option.cone = mujoco.mjtCone.mjCONE_ELLIPTIC
    bodies: dict[str, mujoco.MjsBody] = {}
    for link in asset.links:
        parent = bodies[link.parent] if link.parent else spec.worldbody
        pose = link.pose_parent_link
        body = parent.add_body(name=f"a/{link.name}", pos=pose.position, quat=pose.quat_wxyz)
        bodies[link.name] = body
        if link.inertial:
            own = link.inertial
            body.mass, body.ipos, body.inertia = own.mass_kg, own.center_of_mass, own.principal_moments
            body.iquat, body.explicitinertial = own.quat_wxyz_principal, True
        if free and not link.parent:
            body.add_freejoint(name="a/free")
        if link.joint:
            kinds = {"revolute": mujoco.mjtJoint.mjJNT_HINGE, "prismatic": mujoco.mjtJoint.mjJNT_SLIDE}
            body.add_joint(
                name=f"a/{link.joint.name}",
                type=kinds[link.joint.type],
                axis=link.joint.axis,
                range=(link.joint.lower, link.joint.upper),
                limited=mujoco.mjtLimited.mjLIMITED_TRUE,
                damping=(link.joint.damping, 0, 0),
                frictionloss=link.joint.friction,
                armature=link.joint.armature,
            )
        for collider in link.colliders:
            add_geom(spec, body, collider)
    return spec


def add_geom(spec: mujoco.MjSpec, body: mujoco.MjsBody, collider: Collider) -> None:
    shape, pose = collider.shape, collider.pose_link_shape
    place = {"pos": pose.position, "quat": pose.quat_wxyz, "density": 300}
    kinds = mujoco.mjtGeom
    if shape.kind == "box":
        body.add_geom(type=kinds.mjGEOM_BOX, size=shape.half_extents, **place)
    elif shape.kind == "sphere":
        body.add_geom(type=kinds.mjGEOM_SPHERE, size=(shape.radius, 0, 0), **place)
    elif shape.kind == "convex":
        hull = spec.add_mesh(name=f"hull_{len(spec.meshes)}")
        hull.uservert = np.ravel(shape.vertices)
        body.add_geom(type=kinds.mjGEOM_MESH, meshname=hull.name, **place)
    else:
        kind = kinds.mjGEOM_CAPSULE if shape.kind == "capsule" else kinds.mjGEOM_CYLINDER
        body.add_geom(type=kind, size=(shape.radius, shape.half_length, 0), **place)


def worst_contact(data: mujoco.MjData) -> float:
    return min((float(contact.dist) for contact in data.contact), default=1.0)


def test_all_thirty_two_kinds_are_registered() -> None:
    assert len(ARTICULATED) == 32
    assert set(ARTICULATED) <= set(categories())
    mounted = {name: item.mount_height_m for name in ARTICULATED if (item := categories()[name]).footing == "wall"}
    assert mounted == {
        "casement_window": 0.9,
        "interior_door": 0.0,
        "mailbox": 1.1,
        "medicine_cabinet": 1.35,
        "wall_cabinet": 1.45,
    }


@pytest.mark.parametrize(("category", "seed", "options", "size"), VARIANTS)
def test_sizes_meshes_and_colliders_keep_their_bounds(
    category: str, seed: int, options: Options, size: str | None
) -> None:
    asset = build(category, seed, options, size)
    low, high = categories()[category].size_range_m
    assert np.all(np.array(low) <= asset.model.size_m), asset.model.size_m
    assert np.all(np.array(high) >= asset.model.size_m), asset.model.size_m
    assert sum(len(item.faces) for item in asset.meshes.values()) < 6000
    drawers = sum(link.joint is not None and link.joint.type == "prismatic" for link in asset.model.links)
    assert sum(len(link.colliders) for link in asset.model.links) <= 29 + 4 * drawers


@pytest.mark.parametrize(("category", "seed", "options", "size"), VARIANTS)
def test_every_joint_sweeps_its_range_without_contact(
    category: str, seed: int, options: Options, size: str | None
) -> None:
    model = spec_of(build(category, seed, options, size).model).compile()
    data = mujoco.MjData(model)
    assert model.njnt > 0
    for joint in range(model.njnt):
        lower, upper = (float(limit) for limit in model.jnt_range[joint])
        for value in np.linspace(lower, upper, 10):
            mujoco.mj_resetData(model, data)
            data.qpos[joint] = value
            mujoco.mj_forward(model, data)
            assert worst_contact(data) > 0, f"{model.joint(joint).name} at {value:.3f}"


@pytest.mark.parametrize(("category", "seed", "options", "size"), VARIANTS)
def test_regions_are_free_up_to_their_clearance_and_have_a_floor(
    category: str, seed: int, options: Options, size: str | None
) -> None:
    asset = build(category, seed, options, size).model
    assert asset.regions or category == "interior_door"
    assert set(blocked_regions(asset, 0.0005)) == set()
    assert set(blocked_regions(asset, -0.004)) == {region.name for region in asset.regions}


def blocked_regions(asset: AssetModel, lift: float) -> list[str]:
    """Return the regions whose free space, `lift` above where it begins, is not free."""
    spec, poses = spec_of(asset), asset.poses_asset_link()
    for region in asset.regions:
        share = 1.0 if region.outline == "rect" else 0.7
        half = (share * region.half_extents[0], share * region.half_extents[1], region.clearance_m / 2)
        at = poses[region.link] @ region.pose_link_region @ Pose.of((0, 0, lift + region.clearance_m / 2))
        probe = spec.worldbody.add_body(pos=at.position, quat=at.quat_wxyz)
        probe.add_freejoint()
        probe.add_geom(name=region.name, type=mujoco.mjtGeom.mjGEOM_BOX, size=half, contype=2, conaffinity=1)
    model = spec.compile()
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    touching = [model.geom(geom).name for hit in data.contact if hit.dist < -1e-4 for geom in hit.geom]
    return [name for name in touching if name]


@pytest.mark.slow
@pytest.mark.parametrize("category", ARTICULATED)
def test_it_stands_and_stays_shut_and_a_hand_opens_and_closes_it(category: str) -> None:
    asset = with_inertials(build(category).model)
    low, high = MASS_KG[category]
    assert low <= asset.mass_kg <= high
    stands = categories()[category].footing != "wall"
    spec = spec_of(asset, free=stands)
    spec.worldbody.add_geom(type=mujoco.mjtGeom.mjGEOM_BOX, size=(3, 3, 0.05), pos=(0, 0, -0.05))
    model = spec.compile()
    data = mujoco.MjData(model)
    for _ in range(1000):
        mujoco.mj_step(model, data)
    first = 7 if stands else 0
    if stands:
        assert np.linalg.norm(data.qpos[:3]) < 0.001
        assert abs(data.qpos[3]) > 0.99999
    assert np.abs(data.qpos[first:]).max() < 0.005
    assert [item.joint for item in sweep_joints(model) if not item.passed] == []


@pytest.mark.parametrize("category", ARTICULATED)
def test_every_moving_part_but_a_button_can_be_taken_hold_of(category: str) -> None:
    asset = build(category).model
    poses = asset.poses_asset_link()
    for link in (link for link in asset.links if link.joint and not is_button(asset, link)):
        grasps = [grasp for grasp in asset.grasps if grasp.link == link.name and grasp.kind == "handle"]
        assert grasps, link.name
        for grasp in grasps:
            assert grasp.width_m <= 0.07
            rotation = matrix_from_quat_wxyz(grasp.pose_link_grasp.quat_wxyz)
            approach, closing = rotation[:, 2], rotation[:, 1]
            for sign in (-1, 1):
                finger = np.array(grasp.pose_link_grasp.position) + sign * closing * (grasp.width_m / 2 + 0.012)
                assert is_free(asset, poses, poses[link.name].apply([finger - 0.008 * approach])[0]), grasp.name


def is_free(asset: AssetModel, poses: dict[str, Pose], point: np.ndarray, radius: float = 0.0095) -> bool:
    """Tell whether a ball of a finger's half width at `point` (asset frame) touches no collider of the closed asset."""
    spec = spec_of(asset)
    spec.worldbody.add_body(pos=point).add_geom(type=mujoco.mjtGeom.mjGEOM_SPHERE, size=(radius, 0, 0))
    model = spec.compile()
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    return worst_contact(data) > 0


@pytest.mark.parametrize("category", ["stove", "dishwasher", "mailbox"])
def test_a_flap_is_kept_shut_by_its_weight_and_falls_softly(category: str) -> None:
    asset = with_inertials(build(category).model)
    door = asset.link("door")
    assert door.joint is not None
    assert door.inertial is not None
    assert door.joint.axis == (1, 0, 0)
    y, z = door.inertial.center_of_mass[1:]
    assert y > 0  # behind the axis, which lies in the front face
    moment = door.inertial.mass_kg * 9.81 * float(np.hypot(y, z))
    assert moment < 7.5  # a hand of 8 N·m lifts it from lying open


def test_doors_and_windows_have_their_frame_in_the_middle_of_the_wall_at_the_foot_of_the_opening() -> None:
    asset = generate(AssetRequest("interior_door", 0, options=(("width", 0.8), ("height", 2.0), ("wall", 0.12)))).model
    jambs = [item.pose_link_shape.apply(shape_points(item.shape)) for item in asset.links[0].colliders]
    corners = np.concatenate(jambs)
    np.testing.assert_allclose(corners.min(axis=0), (-0.4, -0.06, 0.0), atol=1e-6)
    np.testing.assert_allclose(corners.max(axis=0), (0.4, 0.06, 2.0), atol=1e-6)
    leaf = asset.link("door")
    assert leaf.joint is not None
    assert (leaf.joint.axis, leaf.joint.upper) == ((0, 0, -1), 1.57)  # hinged on the left, towards -Y
    assert {grasp.name for grasp in asset.grasps} == {"door_handle", "door_handle_behind"}


def test_words_and_options_are_honoured() -> None:
    red = generate(AssetRequest("chest_of_drawers", 0, color="red"))
    image = red.textures["fronts"].reshape(-1, 3).mean(axis=0)
    assert image[0] > 2 * max(image[1], image[2])
    wide = generate(AssetRequest("sideboard", 0, options=(("width", 2.0), ("drawers", 4)))).model
    assert wide.size_m[0] == pytest.approx(2.0, abs=0.03)
    assert sum(region.kind == "drawer" for region in wide.regions) == 4
    doors = [
        link.name for link in build("wardrobe", 3, (("width", 1.5), ("drawers", 1))).model.links if "door" in link.name
    ]
    assert len(doors) == 3
    small, large = (generate(AssetRequest("nightstand", 0, size=word)).model.size_m[0] for word in ("small", "large"))
    assert small < large


@pytest.mark.parametrize("category", ARTICULATED)
def test_the_same_request_gives_the_same_bytes_and_another_seed_another_asset(category: str) -> None:
    first, second = build(category, 0), generate(AssetRequest(category, 0))
    assert first.model == second.model  # its id is the digest of meshes and textures, too
    assert generate(AssetRequest(category, 12)).model.asset_id != first.model.asset_id


def test_the_sweep_check_sees_two_doors_that_are_hinged_at_their_common_edge_in_their_backs() -> None:
    asset = build("locker", 3, (("doors", 2),)).model
    second = asset.links[2]
    x, y, z = second.pose_parent_link.position
    thick = 0.018
    moved = [
        item.model_copy(update={"pose_link_shape": Pose.of((0, -thick, 0)) @ item.pose_link_shape})
        for item in second.colliders
    ]
    broken = second.model_copy(update={"pose_parent_link": Pose.of((x, y + thick, z)), "colliders": moved})
    model = spec_of(asset.model_copy(update={"links": [*asset.links[:2], broken]})).compile()
    data = mujoco.MjData(model)
    data.qpos[1] = 1.57
    mujoco.mj_forward(model, data)
    assert worst_contact(data) < -0.005
