"""Assembling a scene from a scaled reconstruction: files, poses, skipped things, and what a scene folder takes."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import trimesh

from blueprint.contracts.frames import Pose
from blueprint.contracts.mesh_report import ColliderReport, MeshReport
from blueprint.contracts.scene_scale import SceneScale
from blueprint.sources.imported.asset import ImportedLink, ImportedThing, imported_asset
from blueprint.sources.imported.mesh_file import MeshPart, load_parts
from blueprint.sources.imported.scene import ImportedScene
from blueprint.sources.meshes.mesh_input import MeshInput, PreparedMesh
from blueprint.sources.regen3d.assemble import assemble, mesh_inputs
from blueprint.sources.regen3d.reconstruction import ReconstructedObject, Reconstruction

UNIT_M = 0.4  # metres per unit of the reconstructions below


@pytest.fixture
def kitchen(tmp_path: Path) -> Reconstruction:
    """A table 3 cm in the floor, a bowl 2 cm in the table, an apple in it, a cup that floats, a picture on the wall."""
    table = trimesh.util.concatenate(
        [_box((1.4, 0.8, 0.04), (0, 0, 0.73))]
        + [_box((0.06, 0.06, 0.71), (x, y, 0.355)) for x in (-0.6, 0.6) for y in (-0.3, 0.3)]
    )
    bowl = trimesh.util.concatenate(
        [_box((0.24, 0.24, 0.012), (0, 0, 0.006))]
        + [_box((0.01, 0.24, 0.07), (x, 0, 0.045)) for x in (-0.115, 0.115)]
        + [_box((0.22, 0.01, 0.07), (0, y, 0.045)) for y in (-0.115, 0.115)]
    )
    cup = trimesh.creation.cylinder(0.04, 0.1)
    apple = trimesh.creation.icosphere(2, 0.035)
    picture = _box((0.6, 0.03, 0.4), (0, 0, 0))
    chair = _box((0.45, 0.45, 0.9), (0, 0, 0.45))
    return _reconstruction(
        tmp_path,
        {
            "dining_table_1": (table, (0, 0, -0.03), "dining_table"),
            "bowl_1": (bowl, (0.3, 0.1, 0.70), "bowl"),
            "apple_1": (apple, (0.31, 0.12, 0.77), "apple"),
            "cup_1": (cup, (-0.3, 0.0, 0.83), "cup"),
            "chair_1": (chair, (0, -0.9, 0.02), "chair"),
            "picture_1": (picture, (0, 1.95, 1.5), "picture"),
        },
    )


def test_everything_is_on_what_carries_it_and_touches_it(kitchen: Reconstruction) -> None:
    scene = _assembled(kitchen)
    parents = {item.object_id: (item.parent, item.relation, item.mounting) for item in scene.objects}
    assert parents == {
        "dining_table_1": (None, "on", "free"),
        "bowl_1": ("dining_table_1", "on", "free"),
        "apple_1": ("bowl_1", "in", "free"),
        "cup_1": ("dining_table_1", "on", "free"),
        "chair_1": (None, "on", "free"),
        "picture_1": (None, "on", "wall"),
    }
    bottoms = {item.object_id: item.pose_world_object.position[2] for item in scene.objects}
    assert bottoms["dining_table_1"] == pytest.approx(0, abs=1e-6)
    assert bottoms["bowl_1"] == pytest.approx(0.75, abs=1e-4)
    assert bottoms["cup_1"] == pytest.approx(0.75, abs=1e-4)
    assert bottoms["apple_1"] == pytest.approx(0.762, abs=0.002)


def _assembled(reconstruction: Reconstruction) -> ImportedScene:
    scale = SceneScale(scene_id="kitchen", factor=UNIT_M, source="reference", n_samples=1)
    prepared = {item.name: _prepared(item) for item in mesh_inputs(reconstruction, scale, {}, {})}
    return assemble(reconstruction, scale, prepared, {})


def _reconstruction(
    root: Path, things: dict[str, tuple[trimesh.Trimesh, tuple[float, float, float], str]]
) -> Reconstruction:
    """Things given in metres, as a reconstruction of another unit whose meshes are GLBs of yet another."""
    objects = []
    for name, (mesh, position, label) in things.items():
        mesh = mesh.copy()
        mesh.apply_scale(2.0)
        mesh.apply_transform(trimesh.transformations.rotation_matrix(-np.pi / 2, (1, 0, 0)))  # glTF is Y-up
        mesh.export(root / f"{name}.glb")
        objects.append(
            ReconstructedObject(
                object_id=name,
                label=label,
                mesh=root / f"{name}.glb",
                pose_world_mesh=Pose.of(np.array(position) / UNIT_M),
                scale=0.5 / UNIT_M,
                fit="given",
                source_name=f"{label}__(1, 2)",
            )
        )
    return Reconstruction("kitchen", root, "kitchen", "test", objects, "given")


def _prepared(item: MeshInput) -> PreparedMesh:
    """The mesh as it is, a collider for each of its bodies: preparation proper has its own tests."""
    parts = [
        replace(part, mesh=replace(part.mesh, vertices=part.mesh.vertices * item.scale))
        for part in load_parts(item.path, item.root)
    ]
    thing = ImportedThing(
        category=item.category, name=item.label, description=item.label, sim_role=item.sim_role, source=item.source,
        license=item.license, links=[ImportedLink("base", parts, _bodies(parts))], front=item.front,
    )  # fmt: skip
    imported = imported_asset(thing)
    report = MeshReport(
        name=item.name, category=item.category, source_sha256="0" * 64, asset_id=imported.asset.model.asset_id,
        triangles_in=1, triangles=1, is_watertight_in=True, is_watertight=True, size_m=imported.asset.model.size_m,
        colliders=ColliderReport(method="cuts", colliders=1),
    )  # fmt: skip
    return PreparedMesh(imported, report)


def _bodies(parts: list[MeshPart]) -> list[np.ndarray]:
    """The points of every connected body: all meshes here are made of convex ones."""
    meshes = [trimesh.Trimesh(part.mesh.vertices, part.mesh.faces) for part in parts]
    return [np.asarray(body.vertices) for mesh in meshes for body in mesh.split(only_watertight=False)]


def _box(size: tuple[float, float, float], at: tuple[float, float, float]) -> trimesh.Trimesh:
    box = trimesh.creation.box(size)
    box.apply_translation(at)
    return box
