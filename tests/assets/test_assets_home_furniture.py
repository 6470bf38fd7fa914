"""Home furniture and decor: sound bodies, free regions, a firm stand, flat backs on walls, honoured options."""

from functools import cache

import mujoco
import numpy as np
import pytest
from scipy.spatial import ConvexHull

from blueprint.assets import mesh
from blueprint.assets.families import furnishing
from blueprint.assets.geometry import Asset
from blueprint.assets.registry import AssetRequest, categories, generate
from blueprint.contracts.asset import AssetModel, Collider
from blueprint.contracts.frames import Pose, quat_angle
from blueprint.physics.extent import shape_points
from blueprint.physics.inertia import with_inertials

FREE = [
    "armchair",
    "bar_stool",
    "bathtub",
    "bed",
    "bench",
    "bookcase",
    "bunk_bed",
    "coat_rack",
    "coffee_table",
    "console_table",
    "crib",
    "fireplace",
    "floor_lamp",
    "floor_mirror",
    "floor_plant",
    "kitchen_island",
    "ottoman",
    "pedestal_sink",
    "shoe_rack",
    "shower_cabin",
    "sofa",
    "tv_stand",
    "vanity_table",
]
ON_WALLS = [
    "air_conditioner",
    "coat_hooks",
    "curtain",
    "fire_extinguisher",
    "notice_board",
    "picture",
    "radiator",
    "towel_rail",
    "wall_clock",
    "wall_lamp",
    "wall_mirror",
    "wall_shelf",
    "wall_tv",
    "whiteboard",
]
ON_CEILINGS = ["ceiling_fan", "ceiling_light", "chandelier", "pendant_lamp"]
WITHOUT_COLLIDERS = ["curtain", "rug"]
ALL = sorted([*FREE, *ON_WALLS, *ON_CEILINGS, "rug"])
SOLID = [name for name in ALL if name not in WITHOUT_COLLIDERS]
SOFT = ["coat_hooks", "fireplace", "floor_lamp", "floor_plant", "wall_lamp"]  # small hooks, flames, bulbs, leaves
HARD = [name for name in SOLID if name not in SOFT]
Options = tuple[tuple[str, float | str], ...]
VARIANTS: list[tuple[str, Options]] = [
    ("bed", (("width", 0.9),)),
    ("bookcase", (("width", 1.4), ("height", 1.1))),
    ("ceiling_light", (("shape", "panel"),)),
    ("coffee_table", (("shape", "round"),)),
    ("curtain", (("closed", 1),)),
    ("floor_plant", (("kind", "palm"),)),
    ("floor_plant", (("kind", "fig"),)),
    ("rug", (("shape", "round"),)),
    ("sofa", (("seats", 2),)),
    ("wall_mirror", (("shape", "round"),)),
    ("wall_mirror", (("shape", "rect"),)),
    ("wall_shelf", (("levels", 1),)),
    ("wall_shelf", (("levels", 3),)),
]
MASS_KG = {
    "bar_stool": (4, 12), "bathtub": (30, 60), "bed": (40, 110), "bookcase": (20, 60), "coat_rack": (5, 15),
    "fireplace": (150, 300), "floor_lamp": (4, 10), "kitchen_island": (80, 200), "picture": (1, 5),
    "radiator": (15, 40), "shower_cabin": (50, 120), "sofa": (40, 90), "wall_clock": (0.4, 2), "wall_tv": (8, 25),
}  # fmt: skip


@cache
def build(category: str, seed: int = 0, options: Options = (), size: str | None = None) -> Asset:
    return generate(AssetRequest(category, seed, size=size, options=options))


def extremes(category: str) -> list[Options]:
    """The smallest and largest of the lengths that a generator lets one ask for."""
    item = categories()[category]
    axes = [(name, axis) for axis, name in enumerate(("width", "depth", "height")) if name in item.options]
    return [tuple((name, item.size_range_m[end][axis]) for name, axis in axes) for end in (0, 1)]


def check_sound(asset: Asset) -> None:
    model = asset.model
    low, high = categories()[model.category].size_range_m
    assert np.all(np.array(low) <= model.size_m), (model.size_m, low)
    assert np.all(np.array(high) + 1e-6 >= model.size_m), (model.size_m, high)
    points = np.concatenate([item.vertices for item in asset.meshes.values()])
    assert points[:, 2].min() == pytest.approx(0, abs=1e-5)
    np.testing.assert_allclose((points.min(axis=0) + points.max(axis=0))[:2], 0, atol=1e-5)
    assert sum(len(item.faces) for item in asset.meshes.values()) < 6000
    assert len(model.links[0].colliders) <= 25
    for name, shape in asset.meshes.items():
        np.testing.assert_allclose(np.linalg.norm(shape.normals, axis=1), 1, atol=1e-5)
        a, b, c = (shape.vertices[shape.faces[:, i]] for i in range(3))
        facing = np.einsum("ij,ij->i", np.cross(b - a, c - a), shape.normals[shape.faces].mean(axis=1))
        assert facing.min() > -1e-9, name
    for item in model.links[0].colliders:
        corners = item.pose_link_shape.apply(shape_points(item.shape))
        if item.shape.kind != "capsule":  # its own corner points overstate one that lies askew
            assert np.all(corners >= points.min(axis=0) - 0.004), item.name
            assert np.all(corners <= points.max(axis=0) + 0.004), item.name


@pytest.mark.slow
@pytest.mark.parametrize("category", ALL)
def test_every_seed_and_size_is_sound(category: str) -> None:
    for seed, size in ((0, None), (2, "small"), (3, "large")):
        check_sound(build(category, seed, size=size))


@pytest.mark.parametrize("category", ALL)
def test_the_smallest_and_largest_that_one_may_ask_for_are_sound(category: str) -> None:
    for options in extremes(category):
        check_sound(build(category, 4, options))


@pytest.mark.parametrize(("category", "options"), VARIANTS)
def test_every_variant_is_sound(category: str, options: Options) -> None:
    check_sound(build(category, 5, options))
    check_regions(build(category, 5, options).model)


def outside(item: Collider, points: np.ndarray) -> np.ndarray:
    """Return how far points lie outside a collider at most, m (N,)."""
    local, shape = item.pose_link_shape.inverse().apply(points), item.shape
    if shape.kind == "box":
        return np.linalg.norm(np.maximum(np.abs(local) - shape.half_extents, 0), axis=1)
    if shape.kind == "convex":
        planes = ConvexHull(np.array(shape.vertices)).equations
        return np.maximum((local @ planes[:, :3].T + planes[:, 3]).max(axis=1), 0)
    along = np.maximum(np.abs(local[:, 2]) - shape.half_length, 0)
    radial = np.hypot(local[:, 0], local[:, 1])
    if shape.kind == "cylinder":
        return np.hypot(np.maximum(radial - shape.radius, 0), along)
    return np.maximum(np.hypot(radial, along) - shape.radius, 0)


@pytest.mark.parametrize("category", HARD)
def test_what_is_seen_lies_near_a_collider(category: str) -> None:
    asset = build(category)
    points = np.concatenate([item.vertices for item in asset.meshes.values()])
    gap = np.min([outside(item, points) for item in asset.model.links[0].colliders], axis=0)
    assert np.quantile(gap, 0.9) < 0.045
    assert np.quantile(gap, 0.5) < 0.02


def add_collider(spec: mujoco.MjSpec, body: mujoco.MjsBody, item: Collider) -> None:
    place = {"pos": item.pose_link_shape.position, "quat": item.pose_link_shape.quat_wxyz, "condim": 4}
    shape = item.shape
    if shape.kind == "convex":
        data = spec.add_mesh(name=item.name, uservert=np.array(shape.vertices).ravel())
        body.add_geom(type=mujoco.mjtGeom.mjGEOM_MESH, meshname=data.name, **place)
    elif shape.kind == "box":
        body.add_geom(type=mujoco.mjtGeom.mjGEOM_BOX, size=shape.half_extents, **place)
    else:
        kinds = {"cylinder": mujoco.mjtGeom.mjGEOM_CYLINDER, "capsule": mujoco.mjtGeom.mjGEOM_CAPSULE}
        body.add_geom(type=kinds[shape.kind], size=[shape.radius, shape.half_length, 0], **place)


def check_regions(asset: AssetModel) -> None:
    for region in asset.regions:
        spec = mujoco.MjSpec()
        thing = spec.worldbody.add_body()
        for item in asset.links[0].colliders:
            add_collider(spec, thing, item)
        share = 1.0 if region.outline == "rect" else 0.7
        half = (share * region.half_extents[0], share * region.half_extents[1], region.clearance_m / 2)
        pose = region.pose_link_region @ Pose.of((0, 0, 0.0005 + region.clearance_m / 2))
        probe = spec.worldbody.add_body(pos=pose.position, quat=pose.quat_wxyz)
        probe.add_freejoint()
        probe.add_geom(type=mujoco.mjtGeom.mjGEOM_BOX, size=half)
        model = spec.compile()
        data = mujoco.MjData(model)
        mujoco.mj_forward(model, data)
        deepest = min((float(contact.dist) for contact in data.contact), default=1.0)
        assert deepest > -1e-4, f"{asset.category}: region {region.name} is not free ({deepest:.4f} m)"
        below = region.pose_link_region.apply([(0.0, 0.0, -0.002)])
        gap = min(float(outside(item, below)[0]) for item in asset.links[0].colliders)
        assert gap < 1e-3, f"{asset.category}: nothing carries region {region.name}"


@pytest.mark.parametrize("category", SOLID)
def test_regions_are_carried_and_free_up_to_their_clearance(category: str) -> None:
    check_regions(build(category).model)
    check_regions(build(category, 2, size="small").model)


def test_the_region_check_refuses_a_clearance_that_is_taken() -> None:
    model = build("bookcase").model
    taken = model.regions[0].model_copy(update={"clearance_m": 0.6})
    with pytest.raises(AssertionError, match="not free"):
        check_regions(model.model_copy(update={"regions": [taken]}))


@pytest.mark.parametrize("category", FREE)
def test_it_stands_still_on_the_floor(category: str) -> None:
    asset = with_inertials(build(category).model)
    inertial = asset.links[0].inertial
    assert inertial is not None
    spec = mujoco.MjSpec()
    spec.option.cone, spec.option.impratio = mujoco.mjtCone.mjCONE_ELLIPTIC, 10
    spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    spec.worldbody.add_geom(type=mujoco.mjtGeom.mjGEOM_BOX, size=[3, 3, 0.05], pos=[0, 0, -0.05], condim=4)
    body = spec.worldbody.add_body(name="thing")
    body.add_freejoint()
    body.explicitinertial, body.mass, body.ipos = True, inertial.mass_kg, inertial.center_of_mass
    body.iquat, body.inertia = inertial.quat_wxyz_principal, inertial.principal_moments
    for item in asset.links[0].colliders:
        add_collider(spec, body, item)
    model = spec.compile()
    data = mujoco.MjData(model)
    mujoco.mj_step(model, data, nstep=500)
    assert np.linalg.norm(data.qpos[:3]) < 0.002
    assert quat_angle([1, 0, 0, 0], data.qpos[3:7]) < 0.003


@pytest.mark.parametrize("category", FREE)
def test_a_push_of_a_tenth_of_its_weight_does_not_tip_it(category: str) -> None:
    for size in (None, "small"):
        asset = with_inertials(build(category, 2, size=size).model)
        inertial = asset.links[0].inertial
        assert inertial is not None
        corners = np.concatenate([i.pose_link_shape.apply(shape_points(i.shape)) for i in asset.links[0].colliders])
        feet = ConvexHull(corners[corners[:, 2] < 0.002][:, :2])
        x, y, z = inertial.center_of_mass
        inside = -(feet.equations[:, :2] @ np.array([x, y]) + feet.equations[:, 2]).max()
        assert inside > 0.10 * z  # m g s > F z at F = 0.1 m g: the moment about the nearest edge holds it


@pytest.mark.parametrize("category", ON_WALLS)
def test_what_hangs_on_a_wall_touches_it_with_its_back(category: str) -> None:
    item, asset = categories()[category], build(category)
    assert item.footing == "wall"
    assert item.mount_height_m is not None
    assert 0.05 < item.mount_height_m < 2.3
    if category in WITHOUT_COLLIDERS:
        return
    back = max(
        float(i.pose_link_shape.apply(shape_points(i.shape))[:, 1].max()) for i in asset.model.links[0].colliders
    )
    assert back == pytest.approx(asset.model.size_m[1] / 2, abs=2e-3)


@pytest.mark.parametrize("category", ON_CEILINGS)
def test_what_hangs_from_a_ceiling_reaches_it(category: str) -> None:
    asset = build(category)
    assert categories()[category].footing == "ceiling"
    top = max(float(i.pose_link_shape.apply(shape_points(i.shape))[:, 2].max()) for i in asset.model.links[0].colliders)
    assert top == pytest.approx(asset.model.size_m[2], abs=2e-3)


@pytest.mark.parametrize("category", WITHOUT_COLLIDERS)
def test_a_rug_and_a_curtain_stop_nothing_and_still_weigh_something(category: str) -> None:
    model = build(category).model
    assert model.sim_role == "background"
    assert not model.links[0].colliders
    ready = with_inertials(model).links[0].inertial
    assert ready is not None
    x, y, z = model.size_m
    expected = ready.mass_kg / 12 * np.array([y * y + z * z, x * x + z * z, x * x + y * y])
    np.testing.assert_allclose(sorted(ready.principal_moments), sorted(expected), rtol=1e-6)


@pytest.mark.parametrize("category", ALL)
def test_the_same_request_gives_the_same_bytes_and_another_seed_another_asset(category: str) -> None:
    first, second = (generate(AssetRequest(category, 11, color="red")) for _ in range(2))
    assert first.model == second.model
    for name, shape in first.meshes.items():
        assert shape.vertices.tobytes() == second.meshes[name].vertices.tobytes()
    assert all(image.tobytes() == second.textures[name].tobytes() for name, image in first.textures.items())


@pytest.mark.parametrize("category", sorted(MASS_KG))
def test_masses_are_those_of_the_real_things(category: str) -> None:
    low, high = MASS_KG[category]
    for seed in (0, 1):
        assert low <= with_inertials(build(category, seed).model).mass_kg <= high


@pytest.mark.parametrize("category", FREE)
def test_nothing_is_heavier_than_300_kg(category: str) -> None:
    for options in ((), extremes(category)[1]):
        assert with_inertials(build(category, 4, options).model).mass_kg <= 301


def test_a_bed_has_the_width_of_its_mattress_and_one_region_on_it() -> None:
    for width in (0.9, 1.4, 1.6, 1.8, 1.93):
        model = build("bed", 0, (("width", width),)).model
        assert model.params["mattress_width"] == pytest.approx(width)
        (region,) = model.regions
        assert (region.name, region.kind) == ("mattress", "seat")


def test_a_sofa_has_a_seat_region_for_each_of_its_seats() -> None:
    for seats in (2, 3):
        model = build("sofa", 0, (("seats", seats),)).model
        assert [region.kind for region in model.regions] == ["seat"] * seats
    assert len(build("sofa", 0, (("width", 1.45),)).model.regions) == 2
    assert build("sofa", 0, (("seats", 2),)).model.size_m[0] < build("sofa").model.size_m[0]


def test_shelving_declares_its_shelves() -> None:
    for category, options, count in (
        ("bookcase", (("shelves", 4),), 4),
        ("shoe_rack", (("shelves", 3),), 3),
        ("wall_shelf", (("levels", 2),), 2),
    ):
        shelves = [region for region in build(category, 0, options).model.regions if region.kind == "shelf"]
        assert len(shelves) == count
        heights = [region.pose_link_region.position[2] for region in shelves]
        assert heights == sorted(heights)


def test_a_tub_and_a_shower_are_containers_and_tables_have_a_top() -> None:
    for category, name in (("bathtub", "interior"), ("shower_cabin", "interior"), ("pedestal_sink", "basin")):
        region = build(category).model.region(name)
        assert region.kind == "interior"
        assert region.is_container
    for category in ("coffee_table", "console_table", "tv_stand", "vanity_table", "kitchen_island", "bookcase"):
        assert build(category).model.region("top").kind == "top"


def test_words_of_the_request_are_honoured() -> None:
    for category, name in (("sofa", "cover"), ("bed", "quilt"), ("curtain", "cloth"), ("bench", "wood")):
        r, g, b = generate(AssetRequest(category, 0, color="red")).textures[name].reshape(-1, 3).mean(axis=0)
        assert r > 2 * max(g, b), category
    assert generate(AssetRequest("coffee_table", 0, material="marble")).model.links[0].physics_material == "stone"
    small, large = (generate(AssetRequest("ottoman", 0, size=word)).model.size_m[0] for word in ("small", "large"))
    assert small < large
    tall = build("pendant_lamp", 0, (("height", 1.4),)).model
    assert tall.size_m[2] == pytest.approx(1.4, abs=1e-3)


def test_pictures_show_their_motif_once_and_differ_by_seed() -> None:
    first, second = (build("picture", seed, (("motif", "landscape"),)) for seed in (0, 1))
    assert first.model.params["motif"] == "landscape"
    assert np.any(first.textures["painting"] != second.textures["painting"])
    uvs = first.meshes["body_painting"].uvs
    np.testing.assert_allclose((uvs.min(axis=0), uvs.max(axis=0)), ((0, 0), (1, 1)))


def test_a_cushion_fills_its_box_and_encloses_a_volume() -> None:
    shape = furnishing.cushion((0.6, 0.5, 0.15), 0.04, 0.02)
    low, high = mesh.bounds(shape)
    np.testing.assert_allclose(high - low, (0.6, 0.5, 0.15), atol=1e-9)
    volume = mesh.signed_volume(shape)
    assert 0.55 * 0.6 * 0.5 * 0.15 < volume < 0.6 * 0.5 * 0.15
    corners = np.round(shape.vertices, 7)
    edges = np.concatenate([shape.faces[:, [0, 1]], shape.faces[:, [1, 2]], shape.faces[:, [2, 0]]])
    ends = {(tuple(corners[i]), tuple(corners[j])) for i, j in edges}
    assert all((j, i) in ends for i, j in ends), "the seams are open"


def test_a_loft_through_equal_ovals_is_a_cylinder() -> None:
    rings = [furnishing.oval(0.3, 0.2, z, count=64) for z in (0.0, 0.5)]
    polygon = 32 * np.sin(2 * np.pi / 64) / np.pi  # the share of an ellipse that its inscribed 64-gon covers
    assert mesh.signed_volume(furnishing.loft(rings)) == pytest.approx(np.pi * 0.3 * 0.2 * 0.5 * polygon, rel=1e-9)


def test_a_leaf_is_seen_from_both_sides() -> None:
    shape = furnishing.blade(0.2, 0.1, 0.05)
    assert mesh.signed_volume(shape) == pytest.approx(0, abs=1e-9)
    assert (shape.normals[:, 2] > 0).sum() == (shape.normals[:, 2] < 0).sum()


def test_denser_materials_weigh_more_but_are_used_thinner() -> None:
    wood, steel, glass = (
        with_inertials(generate(AssetRequest("bench", 0, material=word)).model).mass_kg
        for word in ("oak", "steel", "glass")
    )
    assert wood == pytest.approx(14.0, rel=0.01)
    assert steel / wood == pytest.approx(7800 * 0.10 / 600, rel=0.01)
    assert glass / wood == pytest.approx(2.5, rel=0.01)
