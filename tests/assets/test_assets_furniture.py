"""Furniture, appliances, chests, architecture and the proxy: sizes, colliders, joints that sweep free of contact."""

from functools import cache

import mujoco
import numpy as np
import pytest

from blueprint.assets import mesh
from blueprint.assets.geometry import Asset
from blueprint.assets.registry import AssetRequest, categories, generate
from blueprint.contracts.asset import AssetModel, Collider
from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Pose, matrix_from_quat_wxyz

FURNITURE = [
    "base_cabinet",
    "box_with_lid",
    "chair",
    "counter",
    "desk",
    "dining_table",
    "drawer_unit",
    "fridge",
    "low_shelf",
    "microwave",
    "proxy",
    "room",
    "shelf",
    "side_table",
    "stool",
    "table",
    "toolbox",
    "workbench",
]
Options = tuple[tuple[str, float | str], ...]
VARIANTS: list[tuple[str, int, Options, str | None]] = [
    *((category, seed, (), None) for category in FURNITURE for seed in (0, 1)),
    *((category, 2, (), size) for category in FURNITURE for size in ("small", "large")),
    ("drawer_unit", 3, (("tabletop", 1),), None),
    ("drawer_unit", 4, (("tabletop", 1), ("drawers", 3)), None),
    ("drawer_unit", 4, (("tabletop", 1), ("drawers", 4)), None),
    ("drawer_unit", 5, (("drawers", 2),), None),
    ("base_cabinet", 6, (("doors", 1),), None),
    ("base_cabinet", 6, (("doors", 2),), None),
    ("fridge", 7, (("doors", 1),), None),
    ("table", 8, (("shape", "round"),), None),
    ("room", 9, (("walls", "all"), ("width", 6.0), ("floor", "concrete")), None),
    ("proxy", 9, (("shape", "cylinder"), ("label", "widget")), None),
    ("proxy", 9, (("shape", "flat"), ("width", 0.2)), None),
]
ARTICULATED = ["base_cabinet", "box_with_lid", "drawer_unit", "fridge", "microwave", "toolbox"]


@cache
def build(category: str, seed: int, options: Options = (), size: str | None = None) -> Asset:
    return generate(AssetRequest(category, seed, size=size, options=options))


def closed_poses(model: AssetModel) -> dict[str, Pose]:
    poses: dict[str, Pose] = {}
    for link in model.links:
        poses[link.name] = poses[link.parent] @ link.pose_parent_link if link.parent else link.pose_parent_link
    return poses


@pytest.mark.parametrize(("category", "seed", "options", "size"), VARIANTS)
def test_size_lies_in_the_declared_range_and_the_asset_stands_on_its_origin(
    category: str, seed: int, options: Options, size: str | None
) -> None:
    asset = build(category, seed, options, size)
    low, high = categories()[category].size_range_m
    assert np.all(np.array(low) <= asset.model.size_m), asset.model.size_m
    assert np.all(np.array(high) >= asset.model.size_m), asset.model.size_m
    poses = closed_poses(asset.model)
    points = np.concatenate(
        [poses[link.name].apply(asset.meshes[v.mesh].vertices) for link in asset.model.links for v in link.visuals]
    )
    bottom = -0.1 if category == "room" else 0.0
    assert points[:, 2].min() == pytest.approx(bottom, abs=1e-5)
    if category != "room":
        np.testing.assert_allclose((points.min(axis=0) + points.max(axis=0))[:2], 0, atol=1e-5)


@pytest.mark.parametrize(("category", "seed", "options", "size"), VARIANTS)
def test_meshes_are_light_and_sound_and_match_their_colliders(
    category: str, seed: int, options: Options, size: str | None
) -> None:
    asset = build(category, seed, options, size)
    assert sum(len(item.faces) for item in asset.meshes.values()) < 6000
    for shape in asset.meshes.values():
        np.testing.assert_allclose(np.linalg.norm(shape.normals, axis=1), 1, atol=1e-5)
        assert np.isfinite(shape.uvs).all()
        a, b, c = (shape.vertices[shape.faces[:, i]] for i in range(3))
        assert np.einsum("ij,ij->i", np.cross(b - a, c - a), shape.normals[shape.faces].mean(axis=1)).min() > 0
    for link in asset.model.links:
        points = np.concatenate([asset.meshes[v.mesh].vertices for v in link.visuals])
        gap = np.min([outside(item, points) for item in link.colliders], axis=0)
        assert gap.max() < 0.003, f"{link.name}: a visual lies {gap.max():.4f} m outside the colliders"


def outside(collider: Collider, points: np.ndarray) -> np.ndarray:
    """Return how far points lie outside a box or cylinder collider, m (N,)."""
    local = collider.pose_link_shape.inverse().apply(points)
    shape = collider.shape
    if shape.kind == "box":
        return np.linalg.norm(np.maximum(np.abs(local) - shape.half_extents, 0), axis=1)
    assert shape.kind == "cylinder"
    radial = np.maximum(np.hypot(local[:, 0], local[:, 1]) - shape.radius, 0)
    return np.hypot(radial, np.maximum(np.abs(local[:, 2]) - shape.half_length, 0))


@pytest.mark.parametrize("category", FURNITURE)
def test_the_same_request_gives_the_same_bytes_and_another_seed_another_asset(category: str) -> None:
    first, second = (generate(AssetRequest(category, 11, color="red")) for _ in range(2))
    assert first.model == second.model
    for name in first.meshes:
        assert first.meshes[name].vertices.tobytes() == second.meshes[name].vertices.tobytes()
    for name in first.textures:
        assert first.textures[name].tobytes() == second.textures[name].tobytes()
    assert generate(AssetRequest(category, 12, color="red")).model.asset_id != first.model.asset_id


@pytest.mark.parametrize(("category", "seed", "options", "size"), VARIANTS)
def test_colliders_of_one_asset_do_not_overlap(category: str, seed: int, options: Options, size: str | None) -> None:
    model, data = simulated(build(category, seed, options, size).model)
    mujoco.mj_forward(model, data)
    assert worst_contact(data) > -1e-4


@pytest.mark.parametrize(("category", "seed", "options", "size"), VARIANTS)
def test_regions_are_free_up_to_their_clearance(category: str, seed: int, options: Options, size: str | None) -> None:
    asset = build(category, seed, options, size).model
    assert asset.regions or category == "proxy"
    for region in asset.regions:
        share = 1.0 if region.outline == "rect" else 0.7
        half = (share * region.half_extents[0], share * region.half_extents[1], region.clearance_m / 2)
        above = Pose.of((0, 0, 0.0005 + region.clearance_m / 2))
        pose = closed_poses(asset)[region.link] @ region.pose_link_region @ above
        spec = articulated_spec(asset)
        probe = spec.worldbody.add_body(pos=pose.position, quat=pose.quat_wxyz)
        probe.add_freejoint()
        probe.add_geom(type=mujoco.mjtGeom.mjGEOM_BOX, size=half)
        model = spec.compile()
        data = mujoco.MjData(model)
        mujoco.mj_forward(model, data)
        assert worst_contact(data) > -1e-4, f"{asset.category}: region {region.name} is not free"


@pytest.mark.parametrize("category", ARTICULATED)
def test_every_joint_sweeps_its_range_without_contact(category: str) -> None:
    for asset in [build(c, s, o, z) for c, s, o, z in VARIANTS if c == category]:
        model, data = simulated(asset.model)
        assert model.njnt == sum(link.joint is not None for link in asset.model.links) > 0
        for joint in range(model.njnt):
            for value in np.linspace(*model.jnt_range[joint], 12):
                mujoco.mj_resetData(model, data)
                data.qpos[joint] = value
                mujoco.mj_forward(model, data)
                assert worst_contact(data) > 0, f"{asset.model.asset_id}: {model.joint(joint).name} at {value:.3f}"


@pytest.mark.parametrize("category", ARTICULATED)
def test_every_joint_has_a_handle_that_a_finger_fits_behind(category: str) -> None:
    asset = build(category, 0).model
    for link in (link for link in asset.links if link.joint):
        grasps = [grasp for grasp in asset.grasps if grasp.link == link.name and grasp.kind == "handle"]
        assert grasps
        for grasp in grasps:
            assert grasp.width_m <= 0.014
            rotation = matrix_from_quat_wxyz(grasp.pose_link_grasp.quat_wxyz)
            approach, closing = rotation[:, 2], rotation[:, 1]
            finger = np.array([0.010, 0.010, 0.010])  # half of a pad of 2 cm, less deep
            for sign in (-1, 1):
                at = np.array(grasp.pose_link_grasp.position) + sign * closing * (grasp.width_m / 2 + 0.012)
                at = at - 0.008 * approach
                gap = min(float(outside(item, at[None])[0]) for item in link.colliders)
                assert gap > finger[0], f"{grasp.name}: a finger does not fit ({gap:.4f} m)"


def test_a_tabletop_drawer_unit_fits_a_counter_and_is_heavier_than_its_drawers_drag() -> None:
    asset = build("drawer_unit", 3, (("tabletop", 1),)).model
    assert asset.size_m[0] < 0.35
    assert asset.size_m[2] < 0.32
    body = asset.links[0].mass_model
    mass = 600 * body.volume_m3 * body.solid_fraction + body.contents_kg
    assert mass >= 5.0
    drag = sum(link.joint.friction for link in asset.links if link.joint)
    assert max(link.joint.friction for link in asset.links if link.joint) <= 2.0
    assert drag < 0.3 * mass * 9.81


def test_words_of_the_request_are_honoured() -> None:
    red = generate(AssetRequest("table", 0, color="red"))
    image = red.textures["top"].reshape(-1, 3).mean(axis=0)
    assert image[0] > 2 * max(image[1], image[2])
    marble = generate(AssetRequest("table", 0, material="marble")).model
    assert marble.links[0].physics_material == "stone"
    small, large = (generate(AssetRequest("table", 0, size=word)).model.size_m[0] for word in ("small", "large"))
    assert small < large


def test_a_drawer_opens_towards_the_front_and_its_inside_moves_with_it() -> None:
    asset = build("drawer_unit", 0).model
    for link in (link for link in asset.links if link.joint):
        assert link.joint.axis == (0, -1, 0)
        assert 0.15 <= link.joint.upper <= 0.35
    inside = asset.region("top_drawer_inside")
    assert (inside.link, inside.kind, inside.is_container) == ("top_drawer", "drawer", True)


def test_a_proxy_carries_its_label_and_refuses_unknown_shapes() -> None:
    asset = build("proxy", 9, (("shape", "cylinder"), ("label", "widget")))
    assert "widget" in asset.model.name
    assert asset.model.grasps
    with pytest.raises(InputError, match="no proxy shape"):
        generate(AssetRequest("proxy", 0, options=(("shape", "star"),)))


def test_a_bevelled_solid_keeps_its_outward_volume() -> None:
    counter = build("counter", 0)
    assert mesh.signed_volume(counter.meshes["body_worktop"]) > 0


@pytest.mark.parametrize("category", [c for c in FURNITURE if c not in ("room", "proxy")])
def test_furniture_stands_still_on_the_floor(category: str) -> None:
    spec = articulated_spec(build(category, 0).model, free=True)
    spec.worldbody.add_geom(type=mujoco.mjtGeom.mjGEOM_BOX, size=(3, 3, 0.05), pos=(0, 0, -0.05))
    model = spec.compile()
    data = mujoco.MjData(model)
    for _ in range(500):
        mujoco.mj_step(model, data)
    assert np.linalg.norm(data.qpos[:3]) < 0.002
    assert abs(data.qpos[3]) > 0.99999
    assert np.abs(data.qpos[7:]).max(initial=0) < 0.005


def articulated_spec(asset: AssetModel, *, free: bool = False) -> mujoco.MjSpec:
    """Build the colliders and joints of an asset; links collide with each other, a link not with itself."""
    spec = mujoco.MjSpec()
    spec.compiler.degree = False
    spec.option.disableflags |= mujoco.mjtDisableBit.mjDSBL_FILTERPARENT  # a door collides with its case
    spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    spec.option.cone = mujoco.mjtCone.mjCONE_ELLIPTIC
    bodies: dict[str, mujoco.MjsBody] = {}
    for link in asset.links:
        parent = bodies[link.parent] if link.parent else spec.worldbody
        pose = link.pose_parent_link
        body = parent.add_body(name=link.name, pos=pose.position, quat=pose.quat_wxyz)
        bodies[link.name] = body
        if free and not link.parent:
            body.add_freejoint()
        if link.joint:
            kinds = {"revolute": mujoco.mjtJoint.mjJNT_HINGE, "prismatic": mujoco.mjtJoint.mjJNT_SLIDE}
            body.add_joint(
                name=link.joint.name,
                type=kinds[link.joint.type],
                axis=link.joint.axis,
                range=(link.joint.lower, link.joint.upper),
                limited=mujoco.mjtLimited.mjLIMITED_TRUE,
                damping=(link.joint.damping, 0, 0),
                frictionloss=link.joint.friction,
                armature=link.joint.armature,
            )
        for collider in link.colliders:
            add_geom(body, collider)
    return spec


def add_geom(body: mujoco.MjsBody, collider: Collider) -> None:
    shape, pose = collider.shape, collider.pose_link_shape
    if shape.kind == "box":
        kind, size = mujoco.mjtGeom.mjGEOM_BOX, shape.half_extents
    else:
        assert shape.kind == "cylinder"
        kind, size = mujoco.mjtGeom.mjGEOM_CYLINDER, (shape.radius, shape.half_length, 0)
    body.add_geom(type=kind, size=size, pos=pose.position, quat=pose.quat_wxyz, density=300)


def simulated(asset: AssetModel) -> tuple[mujoco.MjModel, mujoco.MjData]:
    model = articulated_spec(asset).compile()
    return model, mujoco.MjData(model)


def worst_contact(data: mujoco.MjData) -> float:
    return min((float(contact.dist) for contact in data.contact), default=1.0)


def test_the_sweep_check_sees_a_door_that_is_set_too_far_back() -> None:
    asset = build("base_cabinet", 0).model
    door = asset.links[1]
    x, y, z = door.pose_parent_link.position
    pushed = door.model_copy(update={"pose_parent_link": Pose.of((x, y + 0.006, z))})
    broken = asset.model_copy(update={"links": [asset.links[0], pushed, *asset.links[2:]]})
    model, data = simulated(broken)
    mujoco.mj_forward(model, data)
    assert worst_contact(data) == pytest.approx(-0.002, abs=2e-4)


@pytest.mark.parametrize("category", ["box_with_lid", "toolbox"])
def test_a_lid_that_is_left_open_stays_open(category: str) -> None:
    from blueprint.physics.inertia import with_inertials

    asset = with_inertials(build(category, 0).model)
    lid = asset.links[1]
    assert lid.inertial is not None
    x, y, _ = lid.inertial.center_of_mass
    moment = lid.inertial.mass_kg * 9.81 * np.hypot(x, y)
    assert moment * np.cos(1.2) < lid.joint.friction < moment  # holds at 69°, falls shut from nearly closed
