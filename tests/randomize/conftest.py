"""A small scene: a table with a mug, a can, and a plate with an apple on it, beside a box with a lid; a fixed room."""

import mujoco
import pytest

from blueprint.contracts.asset import (
    AssetModel,
    BoxShape,
    Collider,
    CylinderShape,
    Grasp,
    Inertial,
    Joint,
    License,
    Link,
    MassModel,
    Region,
    SphereShape,
)
from blueprint.contracts.frames import Pose, quat_wxyz_from_yaw
from blueprint.contracts.scene import Scene
from blueprint.contracts.scene_manifest import (
    AssetReference,
    Placement,
    SceneFrame,
    SceneManifest,
    SceneObject,
    Transform,
)

TABLE_HEIGHT = 0.7


def model(asset_id: str, size, colliders, *, role="manipulable_object", regions=(), links=(), grasps=()) -> AssetModel:
    root = Link(
        name="body",
        colliders=list(colliders),
        mass_model=MassModel(material="wood", volume_m3=0.001),
        physics_material="wood",
        inertial=Inertial(mass_kg=0.5, center_of_mass=(0, 0, 0.05), principal_moments=(0.001, 0.001, 0.001)),
    )
    return AssetModel(
        asset_id=asset_id, category=asset_id.removesuffix("_a"), name=asset_id, description=f"a {asset_id}",
        generator="test", params={}, seed=0, size_m=size, links=[root, *links], materials=[], regions=list(regions),
        grasps=list(grasps), sim_role=role, license=License(spdx="CC0-1.0", source="here"),
    )  # fmt: skip


def box(name, half, at) -> Collider:
    return Collider(name=name, shape=BoxShape(half_extents=half), pose_link_shape=Pose(position=at))


def cylinder(radius, height) -> Collider:
    shape = CylinderShape(radius=radius, half_length=height / 2)
    return Collider(name="c", shape=shape, pose_link_shape=Pose(position=(0, 0, height / 2)))


def region(name, z, half, *, outline="rect", kind="top", link="body", container=False) -> Region:
    return Region(
        name=name, link=link, kind=kind, pose_link_region=Pose(position=(0, 0, z)), half_extents=half,
        outline=outline, clearance_m=0.5, is_container=container,
    )  # fmt: skip


def assets() -> dict[str, AssetModel]:
    legs = [box(f"leg{x}{y}", (0.02, 0.02, 0.34), (0.45 * sx, 0.3 * sy, 0.34))
            for x, sx in enumerate((-1, 1)) for y, sy in enumerate((-1, 1))]  # fmt: skip
    board = box("board", (0.5, 0.35, 0.01), (0, 0, TABLE_HEIGHT - 0.01))
    lid = Link(
        name="lid", parent="body", pose_parent_link=Pose(position=(0, 0.06, 0.1)),
        joint=Joint(name="hinge", type="revolute", axis=(-1, 0, 0), upper=1.9, damping=0.1, friction=0.1),
        colliders=[box("lid", (0.06, 0.06, 0.004), (0, -0.06, 0.004))],
        mass_model=MassModel(material="wood", volume_m3=0.0001), physics_material="wood",
    )  # fmt: skip
    handle = Grasp(name="h", link="lid", kind="handle", pose_link_grasp=Pose(), width_m=0.01)
    ball = Collider(name="c", shape=SphereShape(radius=0.03), pose_link_shape=Pose(position=(0, 0, 0.03)))
    made = [
        model("room_a", (4, 4, 3), [box("floor", (2, 2, 0.05), (0, 0, -0.05))], role="scene_shell",
              regions=[region("floor", 0, (2, 2), kind="floor")]),
        model("table_a", (1.0, 0.7, TABLE_HEIGHT), [board, *legs], role="static",
              regions=[region("top", TABLE_HEIGHT, (0.48, 0.33))]),
        model("mug_a", (0.08, 0.08, 0.1), [cylinder(0.04, 0.1)]),
        model("can_a", (0.06, 0.06, 0.12), [cylinder(0.03, 0.12)]),
        model("plate_a", (0.2, 0.2, 0.02), [cylinder(0.1, 0.02)],
              regions=[region("dish", 0.02, (0.09, 0.09), outline="disc")]),
        model("apple_a", (0.06, 0.06, 0.06), [ball]),
        model("box_a", (0.12, 0.12, 0.11), [box("base", (0.06, 0.06, 0.05), (0, 0, 0.05))],
              role="articulated_appliance", links=[lid], grasps=[handle],
              regions=[region("inside", 0.01, (0.05, 0.05), kind="interior", container=True)]),
    ]  # fmt: skip
    return {item.asset_id: item for item in made}


def placed(object_id, asset_id, pose, role="manipulable_object", parent=None, on=None) -> SceneObject:
    return SceneObject(
        id=object_id, category=asset_id.removesuffix("_a"), sim_role=role, transform=Transform.of(pose),
        asset=AssetReference(asset_id=asset_id, path=f"assets/{asset_id}/asset.glb"),
        placement=Placement(parent_id=parent, region=on),
    )  # fmt: skip


@pytest.fixture
def scene() -> Scene:
    turned = quat_wxyz_from_yaw(0.5)
    table = Pose.of((1.0, 0.4, 0.0), turned)

    def on_table(x, y):
        return table @ Pose(position=(x, y, TABLE_HEIGHT))

    objects = [
        placed("room", "room_a", Pose(), "scene_shell"),
        placed("apple_1", "apple_a", on_table(-0.25, 0.02) @ Pose(position=(0, 0, 0.02)), parent="plate_1", on="dish"),
        placed("table_1", "table_a", table, "static", "room", "floor"),
        placed("mug_1", "mug_a", on_table(0.0, 0.0), parent="table_1", on="top"),
        placed("mug_2", "mug_a", on_table(0.12, 0.0), parent="table_1", on="top"),
        placed("can_1", "can_a", on_table(0.06, -0.15), "clutter", "table_1", "top"),
        placed("plate_1", "plate_a", on_table(-0.25, 0.02), parent="table_1", on="top"),
        placed("box_1", "box_a", on_table(0.35, 0.15), "articulated_appliance", "table_1", "top"),
    ]
    manifest = SceneManifest(version="1.0.0", scene_id="scene_1", scene=SceneFrame(), objects=objects)
    return Scene(manifest, assets())


@pytest.fixture
def spec(scene) -> mujoco.MjSpec:
    """The scene as the USD loader would build it: names, groups and free joints by its conventions."""
    made = mujoco.MjSpec()
    red = made.add_material(name="red", rgba=[0.8, 0.4, 0.2, 1.0], specular=0.3, shininess=0.2)
    red.metallic = 0.1
    for item in scene.objects:
        pose = scene.pose_world_object(item.id)
        body = made.worldbody.add_body(name=item.id, pos=pose.position, quat=pose.quat_wxyz)
        if not item.is_fixed:
            body.add_freejoint(name=f"{item.id}/free")
            body.explicitinertial = True
            body.mass, body.inertia, body.ipos = 0.5, [0.001] * 3, [0, 0, 0.05]
        size = [value / 2 for value in scene.asset(item.id).size_m]
        collider = body.add_geom(name=f"{item.id}/c0", size=size, pos=[0, 0, size[2]], type=mujoco.mjtGeom.mjGEOM_BOX)
        collider.group, collider.friction, collider.contype, collider.conaffinity = 3, [0.6, 0.005, 0.0001], 1, 1
        visual = body.add_geom(name=f"{item.id}/v0", size=size, pos=[0, 0, size[2]], type=mujoco.mjtGeom.mjGEOM_BOX)
        visual.group, visual.contype, visual.conaffinity, visual.mass, visual.material = 2, 0, 0, 0.0, "red"
    lid = made.body("box_1").add_body(name="box_1/lid", pos=[0, 0.06, 0.1])
    lid.add_joint(name="box_1/hinge", axis=[-1, 0, 0], type=mujoco.mjtJoint.mjJNT_HINGE)
    lid.add_geom(name="box_1/lid/c0", size=[0.06, 0.06, 0.004], type=mujoco.mjtGeom.mjGEOM_BOX, mass=0.1)
    made.worldbody.add_light(name="key", pos=[2, 0, 4], dir=[-1, 0, -2], diffuse=[0.6, 0.6, 0.6])
    made.worldbody.add_light(name="fill", pos=[0, 0, 4], diffuse=[0.2, 0.2, 0.2])
    made.worldbody.add_camera(name="overview", pos=[1, 2, 3])
    return made
