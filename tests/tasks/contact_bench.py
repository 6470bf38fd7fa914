"""A real scene, from generators to USD, with things to push, to press, to turn and to wipe with."""

from dataclasses import replace
from pathlib import Path

from blueprint.assets.library import save_asset
from blueprint.assets.registry import AssetRequest, generate
from blueprint.contracts.frames import Pose
from blueprint.contracts.scene import Scene, asset_dir, load_scene
from blueprint.contracts.scene_manifest import (
    AssetReference,
    Placement,
    SceneFrame,
    SceneManifest,
    SceneObject,
    Transform,
)
from blueprint.physics.inertia import with_inertials
from blueprint.usd.asset import author_asset
from blueprint.usd.scene import author_scene

ON_TABLE = {
    "control_panel_1": (AssetRequest("control_panel", 1), -0.3, 0.1),
    "push_button_1": (AssetRequest("push_button", 1), 0.25, 0.05),
    "sponge_1": (AssetRequest("sponge", 1), 0.05, -0.25),
    "block_1": (AssetRequest("proxy", 0, color="red", options=(("label", "block"),)), 0.4, -0.2),
}


def author_contact_bench(scene_dir: Path) -> Scene:
    """Write manifest, assets and USD into `scene_dir` and return the scene."""
    requests = {
        "room": AssetRequest("room", 0),
        "table": AssetRequest("dining_table", 0),
        "light_switch_1": AssetRequest("light_switch", 1),
        **{name: request for name, (request, _, _) in ON_TABLE.items()},
    }
    models = {}
    for name, request in requests.items():
        asset = generate(request)
        prepared = replace(asset, model=with_inertials(asset.model))
        folder = asset_dir(scene_dir, asset.model.asset_id)
        save_asset(prepared, folder)
        author_asset(prepared, folder)
        models[name] = prepared.model
    table = models["table"]
    region = table.region("top")
    height = (table.links[0].pose_parent_link @ region.pose_link_region).position[2]
    poses = {"room": Pose(), "table": Pose(), "light_switch_1": Pose.of((1.6, 0.5, 1.0))}
    poses |= {name: Pose.of((x, y, height)) for name, (_, x, y) in ON_TABLE.items()}
    objects = [
        SceneObject(
            id=name,
            category=model.category,
            sim_role=model.sim_role,  # type: ignore[arg-type]
            mounting="wall" if name == "light_switch_1" else "free",
            transform=Transform.of(poses[name]),
            asset=AssetReference(asset_id=model.asset_id, path=f"assets/{model.asset_id}"),
            placement=Placement(parent_id="table", region="top") if name in ON_TABLE else None,
        )
        for name, model in models.items()
    ]
    manifest = SceneManifest(version="1.0.0", scene_id="contact", scene=SceneFrame(), objects=objects)
    manifest.write(scene_dir / "assets" / "scene_manifest.json")
    scene = load_scene(scene_dir)
    author_scene(scene, scene_dir)
    return scene
