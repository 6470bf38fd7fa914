import numpy as np
from geniesim_scene import SCENE_ID

from blueprint.contracts.asset import License
from blueprint.contracts.frames import Pose, quat_wxyz_from_yaw
from blueprint.contracts.scene import Scene
from blueprint.contracts.scene_manifest import Transform
from blueprint.export.geniesim.affordances import task_types_of
from blueprint.export.geniesim.asset_index import build_asset_index
from blueprint.export.geniesim.licences import commercial_scene
from blueprint.export.geniesim.scene_graph import measure_edges

LICENCES = ("Apache-2.0", "CC-BY-4.0", "CC0-1.0", "CC-BY-NC-4.0", "unknown")


def moved(scene: Scene, **poses: Pose) -> Scene:
    objects = [
        item.model_copy(update={"transform": Transform.of(poses[item.id])}) if item.id in poses else item
        for item in scene.objects
    ]
    return Scene(scene.manifest.model_copy(update={"objects": objects}), scene.assets)


def relations(scene: Scene) -> set[tuple[str, str, str]]:
    return {(edge.source, edge.relation, edge.target) for edge in measure_edges(scene)}


def test_everything_on_the_table_is_on_it(exported):
    found = relations(exported.scene)
    for name in ("can_1", "apple_1", "bowl_1", "drawer_unit_1"):
        assert (name, "on", "table_1") in found


def test_an_apple_moved_into_the_bowl_is_in_it_and_one_held_above_is_nowhere(exported):
    scene = exported.scene
    bowl = scene.pose_world_object("bowl_1")
    model = scene.asset("bowl_1")
    region = next(region for region in model.regions if region.is_container)
    inside = bowl @ model.pose_asset_region(region)
    assert ("apple_1", "in", "bowl_1") in relations(moved(scene, apple_1=inside))
    above = Pose.of(np.array(bowl.position) + np.array([0.0, 0.0, 0.5]))
    assert not any(
        source == "apple_1" and relation in ("on", "in", "stacked")
        for source, relation, _ in relations(moved(scene, apple_1=above))
    )


def test_the_manifests_word_is_not_taken_for_what_is_measured(exported):
    """The manifest still says that the can stands on the table."""
    away = Pose.of((3.0, 3.0, 1.0))
    assert not any(source == "can_1" for source, _, _ in relations(moved(exported.scene, can_1=away)))


def test_neighbours_are_adjacent_up_to_five_centimetres_and_aligned_when_turned_alike(exported):
    scene = exported.scene
    x, y, z = scene.pose_world_object("can_1").position
    radius = scene.asset("can_1").size_m[0] / 2 + scene.asset("apple_1").size_m[0] / 2
    near = Pose.of((x + radius + 0.03, y, z), quat_wxyz_from_yaw(0.4))
    found = relations(moved(scene, apple_1=near))
    assert ("can_1", "adjacent", "apple_1") in found
    assert ("can_1", "aligned", "apple_1") not in found  # the line from one to the other is not along their sides
    far = Pose.of((x + radius + 0.08, y, z))
    assert ("can_1", "adjacent", "apple_1") not in relations(moved(scene, apple_1=far))


def test_ids_are_namespaced_and_masses_are_those_of_the_assets(exported):
    nodes = {node.asset_id: node for node in exported.graph.nodes}
    assert set(nodes) == {f"{SCENE_ID}_obj_{item.id}" for item in exported.scene.objects}
    can = nodes[f"{SCENE_ID}_obj_can_1"]
    assert can.properties["mass"] == round(exported.scene.asset("can_1").mass_kg, 6)
    assert can.usd_path.endswith(f"{exported.scene.asset('can_1').asset_id}.usda")


def test_affordances_give_the_contracts_task_types(exported):
    scene = exported.scene
    assert "pick_place" in task_types_of(scene.object("can_1"), scene.asset("can_1"))
    assert task_types_of(scene.object("drawer_unit_1"), scene.asset("drawer_unit_1")) >= {"open_close"}
    bowl = task_types_of(scene.object("bowl_1"), scene.asset("bowl_1"))
    assert {"pick_place", "fill", "organize"} <= bowl


def test_an_asset_says_whether_it_may_be_used_commercially_and_unknown_licences_may_not(exported):
    assets = {
        name: model.model_copy(update={"license": License(spdx=spdx, source="https://example.org")})
        for (name, model), spdx in zip(sorted(exported.scene.assets.items()), LICENCES, strict=True)
    }
    index = build_asset_index(Scene(exported.scene.manifest, assets), exported.overlay.packages, "geniesim/sim_assets")
    for entry in index.assets:
        assert entry.commercial_ok == (entry.license in ("Apache-2.0", "CC-BY-4.0", "CC0-1.0")), entry.license


def test_without_what_is_not_commercial_nothing_hangs_in_the_air(exported):
    table = exported.scene.object("table_1").asset.asset_id
    model = exported.scene.assets[table]
    assets = {
        **exported.scene.assets,
        table: model.model_copy(update={"license": License(spdx="CC-BY-NC-4.0", source="https://example.org")}),
    }
    kept, excluded = commercial_scene(Scene(exported.scene.manifest, assets))
    assert not kept.objects
    assert excluded["table_1"] == "licence CC-BY-NC-4.0"
    assert excluded["can_1"] == "stands on table_1"
