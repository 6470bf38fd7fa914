"""A small real scene, from generators to USD: a block on a table, and one task."""

from dataclasses import replace
from pathlib import Path

from blueprint.assets.library import save_asset
from blueprint.assets.registry import AssetRequest, generate
from blueprint.contracts.asset import AssetModel
from blueprint.contracts.frames import Pose, quat_wxyz_from_yaw
from blueprint.contracts.scene import asset_dir, load_scene
from blueprint.contracts.scene_manifest import (
    AssetReference,
    Placement,
    SceneFrame,
    SceneManifest,
    SceneObject,
    Transform,
)
from blueprint.contracts.task import AtRest, On, PlaceGoal, Released, TaskSet, TaskSpec
from blueprint.physics.inertia import with_inertials
from blueprint.usd.asset import author_asset
from blueprint.usd.scene import author_scene


def _object(object_id: str, model: AssetModel, pose: Pose, placement: Placement | None = None) -> SceneObject:
    return SceneObject(
        id=object_id,
        sim_role=model.sim_role,
        transform=Transform.of(pose),
        asset=AssetReference(asset_id=model.asset_id, path=f"assets/{model.asset_id}"),
        placement=placement,
    )


def author_bench(scene_dir: Path) -> TaskSpec:
    """Write scene, USD and one pick-and-place task for the primitive arm into `scene_dir` and return the task."""
    room, table, block = (
        generate(AssetRequest("room", 0)),
        generate(AssetRequest("side_table", 0, options=(("height", 0.5),))),
        generate(AssetRequest("proxy", 0, color="red", size="small", options=(("label", "block"),))),
    )
    for asset in (room, table, block):
        folder = asset_dir(scene_dir, asset.model.asset_id)
        prepared = replace(asset, model=with_inertials(asset.model))
        save_asset(prepared, folder)
        author_asset(prepared, folder)
    region = table.model.region("top")
    height = (table.model.links[0].pose_parent_link @ region.pose_link_region).position[2]
    on_top = Placement(parent_id="table", region="top")
    manifest = SceneManifest(
        version="1.0.0",
        scene_id="bench",
        scene=SceneFrame(),
        objects=[
            _object("room", room.model, Pose()),
            _object("table", table.model, Pose()),
            _object("block_1", block.model, Pose(position=(0.08, -0.05, height)), on_top),
        ],
    )
    manifest.write(scene_dir / "assets" / "scene_manifest.json")
    author_scene(load_scene(scene_dir), scene_dir)
    task = TaskSpec(
        task_id="bench::pick_place::block_1",
        task_type="pick_place",
        instruction="move the block to the left",
        target_object="block_1",
        goal=PlaceGoal(support_id="table", region="top", pose_region_object=Pose(position=(-0.1, -0.05, 0.0))),
        success=[
            On(object_id="block_1", support_id="table", region="top"),
            AtRest(object_id="block_1"),
            Released(object_id="block_1"),
        ],
        embodiment="primitive_arm",
        pose_world_base=Pose.of((0.0, -0.55, height), quat_wxyz_from_yaw(1.5707963)),
    )
    TaskSet(scene_id="bench", embodiment="primitive_arm", tasks=[task]).write(scene_dir / "tasks" / "tasks.json")
    return task
