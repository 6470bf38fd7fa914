"""Mesh files of every kind give the same triangles, where and as they are seen."""

import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import trimesh
from mesh_files import CORNERS, FACES, box, data_uri, glb, gltf_of, png, textured_box, with_texture, write
from pxr import Usd, UsdGeom, UsdUtils

from blueprint.assets.mesh import bounds, merge, signed_volume
from blueprint.contracts.asset import License
from blueprint.physics.inertia import with_inertials
from blueprint.sources.imported.asset import ImportedLink, ImportedThing, imported_asset
from blueprint.sources.imported.mesh_file import MeshPart, load_parts
from blueprint.usd.asset import author_asset

SIZE = (0.2, 0.3, 0.4)


def usd_box(path: Path, up: str = "Z", metres: float = 1.0) -> Path:
    layer = path.with_suffix(".usdc") if path.suffix == ".usdz" else path
    stage = Usd.Stage.CreateNew(str(layer))
    UsdGeom.SetStageUpAxis(stage, up)
    UsdGeom.SetStageMetersPerUnit(stage, metres)
    shape = box(SIZE)
    mesh = UsdGeom.Mesh.Define(stage, "/box")
    stage.SetDefaultPrim(mesh.GetPrim())
    mesh.CreatePointsAttr((shape.vertices / metres).astype(np.float32))
    mesh.CreateFaceVertexCountsAttr([3] * len(shape.faces))
    mesh.CreateFaceVertexIndicesAttr(shape.faces.reshape(-1).astype(np.int32))
    stage.GetRootLayer().Save()
    if path.suffix == ".usdz":
        assert UsdUtils.CreateNewUsdzPackage(str(layer), str(path))
    return path


def size_of(parts: list[MeshPart]) -> list[float]:
    low, high = bounds(merge([part.mesh for part in parts]))
    return np.round(high - low, 6).tolist()


@pytest.mark.parametrize("kind", ["obj", "ply", "stl", "usda", "usdc", "usdz"])
def test_a_z_up_file_is_taken_as_it_is(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"box.{kind}"
    if kind.startswith("usd"):
        usd_box(path)
    else:
        box(SIZE).export(path)
    parts = load_parts(path, tmp_path)
    assert size_of(parts) == pytest.approx(list(SIZE), abs=1e-6)
    assert signed_volume(merge([part.mesh for part in parts])) == pytest.approx(np.prod(SIZE), rel=1e-5)


@pytest.mark.parametrize("kind", ["glb", "gltf"])
def test_gltf_is_y_up_and_is_turned(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"box.{kind}"
    box(SIZE).export(path)
    assert size_of(load_parts(path, tmp_path)) == pytest.approx([0.2, 0.4, 0.3], abs=1e-6)


def test_openusd_says_its_unit_and_its_up_axis(tmp_path: Path) -> None:
    parts = load_parts(usd_box(tmp_path / "box.usda", "Y", 0.01), tmp_path)
    assert size_of(parts) == pytest.approx([0.2, 0.4, 0.3], abs=1e-6)


def test_a_text_stl_is_read_and_one_in_millimetres_is_not_refused(tmp_path: Path) -> None:
    text = trimesh.exchange.stl.export_stl_ascii(box((1200.0, 600.0, 720.0)))
    assert size_of(load_parts(write(tmp_path / "box.stl", text), tmp_path)) == pytest.approx([1200, 600, 720])


def test_a_package_of_openusd_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    load_parts(usd_box(tmp_path / "box.usdz"), tmp_path)
    assert not list((tmp_path / "tmp").iterdir())


def test_a_textured_package_keeps_its_texture(tmp_path: Path) -> None:

    textured_box().export(tmp_path / "box.glb")
    links = [ImportedLink("base", load_parts(tmp_path / "box.glb", tmp_path))]
    thing = ImportedThing("mug", "Mug", "", "manipulable_object", "test", License(spdx="CC0-1.0", source="x"), links)
    asset = imported_asset(thing).asset
    layer = author_asset(replace(asset, model=with_inertials(asset.model)), tmp_path / "asset")
    assert UsdUtils.CreateNewUsdzPackage(str(layer), str(tmp_path / "mug.usdz"))
    (part,) = load_parts(tmp_path / "mug.usdz", tmp_path)
    assert part.surface.texture is not None
    assert part.surface.texture[0, 0].tolist() == [200, 40, 40]


def test_nodes_scale_turn_and_mirror(tmp_path: Path) -> None:
    nodes = [
        {"children": [1, 2], "scale": [2, 2, 2]},
        {"mesh": 0, "translation": [1, 0, 0], "rotation": [0, 0, 0.7071068, 0.7071068]},
        {"mesh": 0, "scale": [-1, 1, 1]},
    ]
    path = write(tmp_path / "nodes.gltf", gltf_of({"nodes": nodes}))
    turned, mirrored = load_parts(path, tmp_path)
    # Y-up (x, y, z) is our (x, -z, y); a quarter turn about glTF's Z maps its x to its y.
    expected = 2 * (CORNERS[:, [1, 0, 2]] * (-1, 1, 1) + (1, 0, 0))
    expected = expected[:, [0, 2, 1]] * (1, -1, 1)
    assert sorted(np.unique(turned.mesh.vertices.round(5) + 0.0, axis=0).tolist()) == sorted((expected + 0.0).tolist())
    for part in (turned, mirrored):
        assert signed_volume(part.mesh) == pytest.approx(8 / 6, rel=1e-5)  # outward on both sides of the mirror


def test_only_the_default_scene_is_read(tmp_path: Path) -> None:
    change = {
        "scene": 1,
        "scenes": [{"nodes": [0]}, {"nodes": [1]}],
        "nodes": [{"mesh": 0}, {"mesh": 0, "scale": [3, 3, 3]}],
    }
    assert size_of(load_parts(write(tmp_path / "two.gltf", gltf_of(change)), tmp_path)) == [3, 3, 3]


def test_normals_and_coordinates_that_are_missing_are_made_up_to_fit(tmp_path: Path) -> None:
    (part,) = load_parts(write(tmp_path / "plain.glb", glb(gltf_of())), tmp_path)
    lengths = np.linalg.norm(part.mesh.normals, axis=1)
    assert lengths == pytest.approx(np.ones(len(lengths)))
    assert part.mesh.uvs.shape == (len(part.mesh.vertices), 2)


def test_triangles_without_indices_are_read(tmp_path: Path) -> None:
    document = gltf_of({"meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}]}, CORNERS[FACES].reshape(-1, 3))
    (part,) = load_parts(write(tmp_path / "soup.gltf", document), tmp_path)
    assert len(part.mesh.faces) == 4


@pytest.mark.parametrize("kind", ["ply", "glb"])
def test_vertex_colours_become_a_texture_that_gives_every_triangle_its_own(tmp_path: Path, kind: str) -> None:
    shape = box()
    shape.unmerge_vertices()
    colors = np.repeat(np.arange(len(shape.faces)) * 20, 3)
    rgba = np.column_stack([colors, 255 - colors, np.full(len(colors), 30), np.full(len(colors), 255)])
    shape.visual = trimesh.visual.ColorVisuals(shape, vertex_colors=rgba.astype(np.uint8))
    shape.export(tmp_path / f"box.{kind}")
    (part,) = load_parts(tmp_path / f"box.{kind}", tmp_path)
    texture = part.surface.texture
    assert texture is not None
    seen = []
    for face in part.mesh.faces:
        u, v = part.mesh.uvs[face].mean(axis=0)
        seen.append(texture[int((1 - v) * len(texture)), int(u * texture.shape[1])].tolist())
    assert sorted(seen) == sorted([20 * k, 255 - 20 * k, 30] for k in range(12))


def test_one_vertex_colour_is_a_colour(tmp_path: Path) -> None:
    shape = box()
    shape.visual = trimesh.visual.ColorVisuals(shape, vertex_colors=np.tile([188, 0, 255, 255], (8, 1)))
    shape.export(tmp_path / "box.ply")
    (part,) = load_parts(tmp_path / "box.ply", tmp_path)
    assert part.surface.texture is None
    assert part.surface.color == pytest.approx((0.5029, 0.0, 1.0), abs=1e-3)


def test_a_colour_factor_multiplies_the_texture_in_linear_light(tmp_path: Path) -> None:
    document = with_texture(data_uri(png(color=(255, 255, 255))).replace("application/octet-stream", "image/png"))
    document["materials"][0]["pbrMetallicRoughness"]["baseColorFactor"] = [0.5, 1.0, 0.0, 1.0]
    (part,) = load_parts(write(tmp_path / "tinted.gltf", document), tmp_path)
    assert part.surface.texture is not None
    # 0.5 linear is 188 of 255 in sRGB (IEC 61966-2-1); trimesh keeps factors as bytes.
    assert part.surface.texture[0, 0] == pytest.approx([188, 255, 0], abs=1)


def test_a_texture_without_coordinates_becomes_its_mean_colour(tmp_path: Path) -> None:
    document = with_texture("wood.png")
    del document["meshes"][0]["primitives"][0]["attributes"]["TEXCOORD_0"]
    write(tmp_path / "wood.png", png(color=(188, 0, 255)))
    (part,) = load_parts(write(tmp_path / "bare.gltf", document), tmp_path)
    assert part.surface.texture is None
    assert part.surface.color == pytest.approx((0.5029, 0.0, 1.0), abs=1e-3)


def test_names_of_gltf_files_are_percent_encoded(tmp_path: Path) -> None:
    write(tmp_path / "old wood.png", png())
    (part,) = load_parts(write(tmp_path / "a.gltf", with_texture("old%20wood.png")), tmp_path)
    assert part.surface.texture is not None


def test_a_texture_larger_than_needed_is_scaled_down(tmp_path: Path) -> None:
    textured_box(pixels=3000).export(tmp_path / "box.glb")
    (part,) = load_parts(tmp_path / "box.glb", tmp_path)
    assert part.surface.texture is not None
    assert part.surface.texture.shape == (1024, 1024, 3)


def test_a_package_is_read_whatever_zip_tool_stored_it(tmp_path: Path) -> None:
    layer = usd_box(tmp_path / "box.usda")
    with zipfile.ZipFile(tmp_path / "box.usdz", "w", zipfile.ZIP_STORED) as package:
        package.write(layer, "scene/box.usda")
    assert size_of(load_parts(tmp_path / "box.usdz", tmp_path)) == pytest.approx(list(SIZE), abs=1e-6)
