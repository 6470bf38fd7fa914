"""A hand-written table with objects, as a Scene and as the MuJoCo model that the loader would make of it."""

from collections.abc import Mapping

import mujoco
import numpy as np

from blueprint.contracts.asset import (
    AssetModel,
    BoxShape,
    Collider,
    CylinderShape,
    Grasp,
    Joint,
    License,
    Link,
    MassModel,
    Region,
    SphereShape,
)
from blueprint.contracts.frames import Pose, quat_wxyz_from_matrix, quat_wxyz_from_yaw
from blueprint.contracts.scene import Scene
from blueprint.contracts.scene_manifest import (
    AssetReference,
    Placement,
    SceneFrame,
    SceneManifest,
    SceneObject,
    Transform,
)

TABLE_TOP = 0.75
DOWN = quat_wxyz_from_matrix(np.diag([1.0, -1.0, -1.0]))
LICENSE = License(spdx="Apache-2.0", source="test")


def _asset(asset_id: str, size: tuple[float, float, float], links: list[Link], **more: object) -> AssetModel:
    return AssetModel(
        asset_id=asset_id,
        category=asset_id,
        name=asset_id,
        description=asset_id,
        generator="test",
        params={},
        seed=0,
        size_m=size,
        links=links,
        materials=[],
        sim_role=more.pop("sim_role", "manipulable_object"),  # type: ignore[arg-type]
        license=LICENSE,
        **more,  # type: ignore[arg-type]
    )


def _link(name: str, colliders: list[Collider], mass_kg: float, **more: object) -> Link:
    model = MassModel(material="wood", volume_m3=mass_kg / 1000)
    return Link(name=name, colliders=colliders, mass_model=model, physics_material="wood", **more)  # type: ignore[arg-type]


def box(name: str, half: tuple[float, float, float], at: tuple[float, float, float]) -> Collider:
    return Collider(name=name, shape=BoxShape(half_extents=half), pose_link_shape=Pose.of(at))


def table() -> AssetModel:
    size = (1.2, 0.8, TABLE_TOP)
    colliders = [box("top", (0.6, 0.4, 0.02), (0, 0, TABLE_TOP - 0.02))]
    colliders += [
        box(f"leg{k}", (0.03, 0.03, 0.355), (sx * 0.55, sy * 0.35, 0.355))
        for k, (sx, sy) in enumerate([(1, 1), (1, -1), (-1, 1), (-1, -1)])
    ]
    region = Region(
        name="top",
        link="base",
        kind="top",
        pose_link_region=Pose.of((0, 0, TABLE_TOP)),
        half_extents=(0.57, 0.37),
        clearance_m=1.0,
    )
    return _asset("table", size, [_link("base", colliders, 30)], regions=[region], sim_role="static")


def block(half: float = 0.025) -> AssetModel:
    top = Region(
        name="top",
        link="base",
        kind="top",
        pose_link_region=Pose.of((0, 0, 2 * half)),
        half_extents=(half, half),
        clearance_m=0.5,
    )
    links = [_link("base", [box("c", (half, half, half), (0, 0, half))], 0.15)]
    return _asset("block", (2 * half, 2 * half, 2 * half), links, regions=[top], affordances=["pickable", "stackable"])


def can() -> AssetModel:
    shape = CylinderShape(radius=0.033, half_length=0.06)
    collider = Collider(name="c", shape=shape, pose_link_shape=Pose.of((0, 0, 0.06)))
    return _asset("can", (0.066, 0.066, 0.12), [_link("base", [collider], 0.35)], affordances=["pickable"])


def bottle() -> AssetModel:
    body = Collider(
        name="body", shape=CylinderShape(radius=0.034, half_length=0.07), pose_link_shape=Pose.of((0, 0, 0.07))
    )
    neck = Collider(
        name="neck", shape=CylinderShape(radius=0.014, half_length=0.035), pose_link_shape=Pose.of((0, 0, 0.175))
    )
    top = Grasp(
        name="neck",
        link="base",
        kind="top",
        pose_link_grasp=Pose.of((0, 0, 0.19), DOWN),
        width_m=0.028,
        free_spin=True,
    )
    return _asset("bottle", (0.068, 0.068, 0.21), [_link("base", [body, neck], 0.5)], grasps=[top])


def apple() -> AssetModel:
    collider = Collider(name="c", shape=SphereShape(radius=0.036), pose_link_shape=Pose.of((0, 0, 0.036)))
    return _asset("apple", (0.072, 0.072, 0.072), [_link("base", [collider], 0.18)], affordances=["pickable"])


def carton() -> AssetModel:
    half = (0.035, 0.03, 0.09)
    return _asset("carton", (0.07, 0.06, 0.18), [_link("base", [box("c", half, (0, 0, half[2]))], 0.6)])


def _ring(radius: float, thickness: float, height: float, base: float, count: int = 16) -> list[Collider]:
    """Boxes around a circle, standing on `base`."""
    width = 2 * np.pi * radius / count * 0.55
    walls = []
    for k in range(count):
        angle = 2 * np.pi * k / count
        pose = Pose.of(
            (radius * np.cos(angle), radius * np.sin(angle), base + (height - base) / 2), quat_wxyz_from_yaw(angle)
        )
        shape = BoxShape(half_extents=(thickness / 2, width, (height - base) / 2))
        walls.append(Collider(name=f"wall{k}", shape=shape, pose_link_shape=pose))
    return walls


def _vessel(name: str, radius: float, height: float, mass: float, **more: object) -> AssetModel:
    floor = Collider(
        name="floor",
        shape=CylinderShape(radius=radius, half_length=0.004),
        pose_link_shape=Pose.of((0, 0, 0.004)),
    )
    colliders = [floor, *_ring(radius - 0.002, 0.004, height, 0.008)]
    # The rim at +X: fingers close along X, one inside and one outside.
    rim_rotation = np.column_stack([[0.0, -1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, -1.0]])
    rim = Grasp(
        name="rim",
        link="base",
        kind="rim",
        pose_link_grasp=Pose.of((radius - 0.002, 0, height - 0.012), quat_wxyz_from_matrix(rim_rotation)),
        width_m=0.004,
        free_spin=True,
    )
    inside = Region(
        name="interior",
        link="base",
        kind="interior",
        pose_link_region=Pose.of((0, 0, 0.008)),
        half_extents=(radius - 0.006, radius - 0.006),
        outline="disc",
        clearance_m=height,
        is_container=True,
    )
    links = [_link("base", colliders, mass)]
    return _asset(name, (2 * radius, 2 * radius, height), links, grasps=[rim], regions=[inside], **more)


def mug() -> AssetModel:
    return _vessel("mug", 0.041, 0.095, 0.3, affordances=["pickable"])


def bowl() -> AssetModel:
    return _vessel("bowl", 0.08, 0.06, 0.35, affordances=["container"])


def tray() -> AssetModel:
    floor = box("floor", (0.15, 0.1, 0.004), (0, 0, 0.004))
    walls = [box(f"x{k}", (0.004, 0.1, 0.018), (sign * 0.154, 0, 0.018)) for k, sign in enumerate((-1, 1))]
    walls += [box(f"y{k}", (0.158, 0.004, 0.018), (0, sign * 0.104, 0.018)) for k, sign in enumerate((-1, 1))]
    region = Region(
        name="floor",
        link="base",
        kind="interior",
        pose_link_region=Pose.of((0, 0, 0.008)),
        half_extents=(0.15, 0.1),
        clearance_m=0.03,
        is_container=True,
    )
    return _asset("tray", (0.316, 0.216, 0.036), [_link("base", [floor, *walls], 0.8)], regions=[region])


def drawer_unit() -> AssetModel:
    """A small open-fronted box with one drawer: 36 × 34 × 22 cm, handle bar along X in front."""
    w, d, h, t = 0.18, 0.17, 0.22, 0.01
    shell = [
        box("bottom", (w, d, t), (0, 0, t)),
        box("lid", (w, d, t), (0, 0, h - t)),
        box("left", (t, d, h / 2 - 2 * t), (-w + t, 0, h / 2)),
        box("right", (t, d, h / 2 - 2 * t), (w - t, 0, h / 2)),
        box("back", (w - 2 * t, t, h / 2 - 2 * t), (0, d - t, h / 2)),
    ]
    dw, dd, dh = w - 2 * t - 0.004, d - t - 0.004, 0.07
    drawer = [
        box("bottom", (dw, dd, 0.005), (0, 0, 0.005)),
        box("front", (dw, 0.006, dh), (0, -dd + 0.006, dh)),
        box("back", (dw, 0.006, dh * 0.7), (0, dd - 0.006, dh * 0.7)),
        box("left", (0.006, dd - 0.012, dh * 0.7), (-dw + 0.006, 0, dh * 0.7)),
        box("right", (0.006, dd - 0.012, dh * 0.7), (dw - 0.006, 0, dh * 0.7)),
        box("bar", (0.06, 0.006, 0.006), (0, -dd - 0.04, dh)),
        box("post0", (0.006, 0.02, 0.006), (-0.055, -dd - 0.02, dh)),
        box("post1", (0.006, 0.02, 0.006), (0.055, -dd - 0.02, dh)),
    ]
    slide = Joint(name="slide", type="prismatic", axis=(0, -1, 0), upper=0.2, damping=5.0, friction=1.0)
    # Approach along +Y of the asset, fingers close along Z.
    rotation = np.column_stack([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
    handle = Grasp(
        name="handle",
        link="drawer",
        kind="handle",
        pose_link_grasp=Pose.of((0, -dd - 0.04, dh), quat_wxyz_from_matrix(rotation)),
        width_m=0.012,
    )
    inside = Region(
        name="inside",
        link="drawer",
        kind="drawer",
        pose_link_region=Pose.of((0, 0, 0.01)),
        half_extents=(dw - 0.02, dd - 0.02),
        clearance_m=0.1,
        is_container=True,
    )
    links = [
        _link("base", shell, 8),
        _link("drawer", drawer, 1, parent="base", pose_parent_link=Pose.of((0, -t / 2, 2 * t + 0.005)), joint=slide),
    ]
    top = Region(
        name="top",
        link="base",
        kind="top",
        pose_link_region=Pose.of((0, 0, h)),
        half_extents=(w, d),
        clearance_m=0.5,
    )
    return _asset(
        "drawer_unit",
        (2 * w, 2 * d, h),
        links,
        grasps=[handle],
        regions=[inside, top],
        sim_role="articulated_furniture",
    )


def make_scene(objects: Mapping[str, tuple[AssetModel, float, float, float]]) -> Scene:
    """Return a scene with the table at the origin and objects (asset, x, y, yaw) standing on it."""
    models = {"table": table()} | {asset.asset_id: asset for asset, *_ in objects.values()}
    items = [_item("table_1", "table", Pose(), "static", None)]
    for object_id, (asset, x, y, yaw) in objects.items():
        pose = Pose.of((x, y, TABLE_TOP), quat_wxyz_from_yaw(yaw))
        local = Pose.of((x, y, 0), quat_wxyz_from_yaw(yaw))
        placement = Placement(parent_id="table_1", region="top", pose_region_object=local)
        items.append(_item(object_id, asset.asset_id, pose, asset.sim_role, placement))
    manifest = SceneManifest(version="1.0.0", scene_id="tabletop", scene=SceneFrame(), objects=items)
    return Scene(manifest, models)


def _item(object_id: str, asset_id: str, pose: Pose, role: str, placement: Placement | None) -> SceneObject:
    return SceneObject(
        id=object_id,
        name=object_id.rsplit("_", 1)[0].replace("_", " "),
        category=asset_id,
        sim_role=role,  # type: ignore[arg-type]
        transform=Transform.of(pose),
        asset=AssetReference(asset_id=asset_id, path=f"assets/{asset_id}"),
        placement=placement,
    )


def make_spec(scene: Scene) -> mujoco.MjSpec:
    """Return the MuJoCo model of a scene by the project's naming conventions, with a floor and lights."""
    spec = mujoco.MjSpec()
    option = spec.option
    option.timestep, option.impratio = 0.002, 10
    option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    option.cone = mujoco.mjtCone.mjCONE_ELLIPTIC
    spec.worldbody.add_geom(type=mujoco.mjtGeom.mjGEOM_PLANE, size=[4, 4, 0.1], rgba=[0.7, 0.7, 0.7, 1])
    spec.worldbody.add_light(pos=[0.5, -1, 3], dir=[-0.1, 0.3, -1], castshadow=True)
    for number, item in enumerate(scene.objects):
        asset, pose = scene.asset(item.id), item.transform.pose()
        bodies: dict[str, mujoco.MjsBody] = {}
        for link in asset.links:
            if link.parent is None:
                body = spec.worldbody.add_body(name=item.id, pos=pose.position, quat=pose.quat_wxyz)
                body.add_freejoint(name=f"{item.id}/free")
            else:
                local = link.pose_parent_link
                body = bodies[link.parent].add_body(
                    name=f"{item.id}/{link.name}", pos=local.position, quat=local.quat_wxyz
                )
            bodies[link.name] = body
            if link.joint:
                _add_joint(body, item.id, link.joint)
            _add_geoms(body, link, number)
    return spec


def _add_joint(body: mujoco.MjsBody, object_id: str, joint: Joint) -> None:
    kind = mujoco.mjtJoint.mjJNT_SLIDE if joint.type == "prismatic" else mujoco.mjtJoint.mjJNT_HINGE
    body.add_joint(
        name=f"{object_id}/{joint.name}",
        type=kind,
        axis=joint.axis,
        range=[joint.lower, joint.upper],
        limited=True,
        damping=[joint.damping, 0, 0],
        frictionloss=joint.friction,
        armature=0.01,
    )


_COLORS = [(0.75, 0.6, 0.45), (0.8, 0.2, 0.2), (0.2, 0.45, 0.8), (0.25, 0.65, 0.3), (0.85, 0.65, 0.15), (0.5, 0.3, 0.6)]


def _add_geoms(body: mujoco.MjsBody, link: Link, number: int) -> None:
    mass = link.mass_model.volume_m3 * 1000
    volumes = []
    for index, collider in enumerate(link.colliders):
        shape, pose = collider.shape, collider.pose_link_shape
        if isinstance(shape, BoxShape):
            kind, size = mujoco.mjtGeom.mjGEOM_BOX, list(shape.half_extents)
            volumes.append(8 * float(np.prod(size)))
        elif isinstance(shape, CylinderShape):
            kind, size = mujoco.mjtGeom.mjGEOM_CYLINDER, [shape.radius, shape.half_length, 0]
            volumes.append(2 * np.pi * shape.radius**2 * shape.half_length)
        else:
            assert isinstance(shape, SphereShape)
            kind, size = mujoco.mjtGeom.mjGEOM_SPHERE, [shape.radius, 0, 0]
            volumes.append(4 / 3 * np.pi * shape.radius**3)
        rolls = not isinstance(shape, BoxShape)
        body.add_geom(
            name=f"{body.name}/c{index}",
            type=kind,
            size=size,
            pos=pose.position,
            quat=pose.quat_wxyz,
            rgba=[*_COLORS[number % len(_COLORS)], 1],
            friction=[0.6, 0.005, 0.001 if rolls else 0.0001],
            condim=6 if rolls else 4,
        )
    for geom, volume in zip(body.geoms, volumes, strict=True):
        geom.mass = mass * volume / sum(volumes)
