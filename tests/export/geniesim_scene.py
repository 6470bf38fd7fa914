"""A table with a can, an apple, a bowl and a small drawer unit, as a scene folder with certified tasks."""

from pathlib import Path

from blueprint.assets.geometry import Asset
from blueprint.assets.library import save_asset
from blueprint.assets.registry import AssetRequest, generate
from blueprint.contracts.asset import License
from blueprint.contracts.frames import Pose, quat_wxyz_from_yaw
from blueprint.contracts.scene_manifest import (
    AssetReference,
    Placement,
    SceneFrame,
    SceneManifest,
    SceneObject,
    Transform,
)
from blueprint.contracts.task import (
    AtRest,
    In,
    JointAbove,
    JointGoal,
    PlaceGoal,
    PlanCertificate,
    Released,
    TaskSet,
    TaskSpec,
)
from blueprint.physics.inertia import with_inertials
from blueprint.storage import layout
from blueprint.usd.asset import author_asset

SCENE_ID = "table_scene"
BASE = Pose.of((0.0, -0.75, 0.7), quat_wxyz_from_yaw(1.5707963267948966))
PLAN = PlanCertificate(grasp="side#0", waypoints=100, duration_s=8.0, subtasks=["pick", "place"])


def made(category: str, licence: str | None = None, **options: float) -> Asset:
    asset = generate(AssetRequest(category=category, seed=3, options=tuple(sorted(options.items()))))
    model = with_inertials(asset.model)
    if licence:
        model = model.model_copy(update={"license": License(spdx=licence, source="https://example.org")})
    return Asset(model, asset.meshes, asset.textures)


def write_scene(root: Path, *, bowl_licence: str | None = None) -> Path:
    """Write `root/scenes/table_scene` and return it."""
    scene_dir = root / "scenes" / SCENE_ID
    table = made("table")
    top = next(region for region in table.model.regions if region.kind == "top")
    height = table.model.pose_asset_region(top).position[2]
    things = {
        "can_1": (made("can"), (-0.12, -0.12), 0.4),
        "apple_1": (made("apple"), (0.0, 0.02), 0.0),
        "bowl_1": (made("bowl", bowl_licence), (0.2, -0.08), 0.0),
        "drawer_unit_1": (made("drawer_unit", tabletop=1.0, drawers=2.0), (-0.42, 0.12), 0.0),
    }
    objects = [_object("table_1", table, Pose(), None)]
    assets = {table.model.asset_id: table}
    for name, (asset, (x, y), yaw) in things.items():
        pose = Pose.of((x, y, height), quat_wxyz_from_yaw(yaw))
        objects.append(_object(name, asset, pose, Placement(parent_id="table_1", region=top.name)))
        assets[asset.model.asset_id] = asset
    for asset_id, asset in assets.items():
        save_asset(asset, scene_dir / "assets" / asset_id)
        author_asset(asset, scene_dir / "assets" / asset_id)
    manifest = SceneManifest(
        version="1.0.0", scene_id=SCENE_ID, scene=SceneFrame(environment_type="kitchen"), objects=objects
    )
    manifest.write(scene_dir / layout.SCENE_MANIFEST)
    joint = next(link.joint for link in things["drawer_unit_1"][0].model.links if link.joint)
    interior = next(region for region in things["bowl_1"][0].model.regions if region.is_container)
    _tasks(interior.name, joint.name, joint.upper).write(scene_dir / layout.TASKS)
    return scene_dir


def _object(name: str, asset: Asset, pose: Pose, placement: Placement | None) -> SceneObject:
    model = asset.model
    return SceneObject(
        id=name,
        name=model.name,
        category=model.category,
        description=model.description,
        sim_role=model.sim_role,  # type: ignore[arg-type]
        transform=Transform.of(pose),
        asset=AssetReference(asset_id=model.asset_id, path=f"assets/{model.asset_id}/sim/{model.asset_id}.usda"),
        placement=placement or Placement(),
    )


def _tasks(interior: str, joint: str, upper: float) -> TaskSet:
    put = TaskSpec(
        task_id=f"{SCENE_ID}::pick_place::apple_1",
        task_type="pick_place",
        instruction="put the apple in the bowl",
        target_object="apple_1",
        goal=PlaceGoal(support_id="bowl_1", region=interior, pose_region_object=Pose()),
        success=[
            In(object_id="apple_1", container_id="bowl_1", region=interior),
            AtRest(object_id="apple_1"),
            Released(object_id="apple_1"),
        ],
        embodiment="primitive_arm",
        pose_world_base=BASE,
        plan=PLAN,
    )
    pull = TaskSpec(
        task_id=f"{SCENE_ID}::open::drawer_unit_1",
        task_type="open",
        instruction="open the drawer",
        target_object="drawer_unit_1",
        goal=JointGoal(joint=joint, value=0.8 * upper),
        success=[JointAbove(object_id="drawer_unit_1", joint=joint, value=0.7 * upper)],
        embodiment="primitive_arm",
        pose_world_base=BASE,
        plan=PLAN,
    )
    return TaskSet(scene_id=SCENE_ID, embodiment="primitive_arm", tasks=[put, pull])
