"""Meshes, textures, colliders, grasps, the builder and the library."""

import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from blueprint.assets import colliders, mesh, textures
from blueprint.assets.builder import AssetBuilder
from blueprint.assets.colors import COLORS, color_of, linear_from_srgb, srgb_bytes_from_linear, srgb_from_linear
from blueprint.assets.extrusion import extrude
from blueprint.assets.geometry import Asset
from blueprint.assets.grasps import box_grasps, grasp_pose, rim_grasps, side_grasps
from blueprint.assets.library import glb_bytes, load_asset, save_asset
from blueprint.assets.registry import AssetRequest, generate
from blueprint.contracts.asset import ConvexShape
from blueprint.contracts.errors import ContractError, InputError, UnsafePathError
from blueprint.contracts.frames import Pose, matrix_from_quat_wxyz

ARC = np.linspace(0, np.pi, 24)
SOLIDS = {
    "sharp box": (mesh.beveled_box((0.2, 0.3, 0.4), 0.0), 0.024, 1e-9),
    "bevelled box": (mesh.beveled_box((0.2, 0.3, 0.4), 0.01, 2), 0.024, 0.01),
    "cylinder": (mesh.cylinder(0.1, 0.5, 96), np.pi * 0.005, 0.002),
    "rounded cylinder": (mesh.cylinder(0.1, 0.5, 96, 0.004, planar_caps=True), np.pi * 0.005, 0.003),
    "sphere": (mesh.sphere(0.1, 64, 32), 4 / 3 * np.pi * 0.001, 0.006),
    "ellipsoid": (mesh.ellipsoid((0.1, 0.2, 0.3), 64, 32), 4 / 3 * np.pi * 0.006, 0.006),
    "half torus": (
        mesh.sweep(np.stack([np.cos(ARC), 0 * ARC, np.sin(ARC)], 1), 0.1, sides=48),
        np.pi * np.pi * 0.01,
        0.01,
    ),
    "L prism": (extrude([(0, 0), (2, 0), (2, 1), (1, 1), (1, 2), (0, 2)], 0.5), 1.5, 1e-9),
    "square tube": (mesh.sweep([(0, 0, 0), (0, 0, 1)], [(-1, -1), (1, -1), (1, 1), (-1, 1)]), 4.0, 1e-9),
}


@pytest.mark.parametrize("name", SOLIDS)
def test_a_solid_encloses_its_volume_and_its_normals_point_outwards(name: str) -> None:
    shape, volume, tolerance = SOLIDS[name]
    assert mesh.signed_volume(shape) == pytest.approx(volume, rel=tolerance)
    np.testing.assert_allclose(np.linalg.norm(shape.normals, axis=1), 1, atol=1e-9)
    a, b, c = (shape.vertices[shape.faces[:, i]] for i in range(3))
    facing = np.einsum("ij,ij->i", np.cross(b - a, c - a), shape.normals[shape.faces].mean(axis=1))
    assert facing.min() > 0


def test_box_uvs_are_metres_along_the_surface() -> None:
    shape = mesh.beveled_box((0.2, 0.3, 0.4), 0.0)
    top = shape.normals[:, 2] > 0.9
    assert np.ptp(shape.uvs[top], axis=0) == pytest.approx([0.2, 0.3])
    assert np.ptp(mesh.unit_uvs(shape).uvs, axis=0) == pytest.approx([1, 1])


def test_scaling_keeps_normals_perpendicular_to_the_surface() -> None:
    shape = mesh.ellipsoid((1.0, 1.0, 3.0), 64, 64)
    expected = shape.vertices / np.array([1.0, 1.0, 9.0])  # the gradient of the ellipsoid's equation
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    inner = np.abs(shape.vertices[:, 2]) < 2.5
    assert np.einsum("ij,ij->i", shape.normals, expected)[inner].min() > 0.998


def test_flat_normals_split_a_sphere_and_smooth_normals_join_it_again() -> None:
    ball = mesh.sphere(1.0)
    flat = mesh.flat_normals(ball)
    assert len(flat.vertices) > 2 * len(ball.vertices)
    assert (
        np.einsum(
            "ij,ij->i", mesh.smooth_normals(flat, np.pi / 2).normals, mesh.smooth_normals(flat, np.pi / 2).vertices
        ).min()
        > 0.99
    )


def test_a_polygon_that_crosses_itself_is_refused() -> None:
    with pytest.raises(ValueError, match="crosses itself"):
        extrude([(0, 0), (1, 0), (0, 1), (1, 1)], 1.0)


@pytest.mark.parametrize("make", [textures.wood, textures.marble, textures.speckle, textures.fabric, textures.plaster])
def test_textures_repeat_exactly_tile_and_keep_their_colour(make) -> None:
    image = make(np.random.default_rng(3), COLORS["oak"])
    np.testing.assert_array_equal(image, make(np.random.default_rng(3), COLORS["oak"]))
    assert image.shape == (256, 256, 3)
    assert image.dtype == np.uint8
    steps = np.abs(np.diff(image.astype(int), axis=1)).mean()
    seam = np.abs(image[:, 0].astype(int) - image[:, -1]).mean()
    assert seam < 2.5 * steps + 2
    np.testing.assert_allclose(linear_from_srgb(image / 255).mean(axis=(0, 1)), COLORS["oak"], atol=0.12)


def test_a_label_prints_its_text() -> None:
    plain, printed = (textures.label(np.random.default_rng(0), COLORS["red"], text) for text in ("", "SOUP"))
    assert (plain != printed).any(axis=-1).mean() > 0.02


def test_colour_words_are_linear_and_modifiers_change_their_value() -> None:
    assert srgb_from_linear(linear_from_srgb(0.3)) == pytest.approx(0.3)
    assert color_of("dark blue", "white")[2] < COLORS["blue"][2] < color_of("light blue", "white")[2]
    assert color_of("sprocket", "white") == COLORS["white"]


def test_bytes_by_table_are_the_formula_rounded() -> None:
    linear = np.linspace(-0.1, 1.1, 240_000)
    formula = np.round(srgb_from_linear(np.clip(linear, 0, 1)) * 255)
    np.testing.assert_array_equal(srgb_bytes_from_linear(linear), formula)
    assert srgb_bytes_from_linear(linear.reshape(400, 200, 3)).shape == (400, 200, 3)


def test_wedges_of_a_ring_fill_the_wall_without_overlap() -> None:
    wedges = colliders.ring("wall", [(0.04, 0.036, 0.0), (0.05, 0.046, 0.1)], count=14)
    assert len(wedges) == 14
    assert all(isinstance(item.shape, ConvexShape) and len(item.shape.vertices) == 8 for item in wedges)
    for first, second in pairwise(wedges):
        shared = set(first.shape.vertices) & set(second.shape.vertices)
        assert len(shared) == 4  # a whole face: they touch and do not overlap


def test_a_capsule_between_two_points_ends_there() -> None:
    item = colliders.capsule_between("c", 0.01, (0.1, 0.2, 0.3), (0.4, -0.2, 0.1))
    end = item.pose_link_shape.apply((0, 0, item.shape.half_length))
    np.testing.assert_allclose(end, (0.4, -0.2, 0.1), atol=1e-6)


def test_a_grasp_frame_approaches_along_z_and_closes_along_y() -> None:
    rotation = matrix_from_quat_wxyz(grasp_pose((0, 0, 1), (0, 0, -1), (1, 0, 0)).quat_wxyz)
    np.testing.assert_allclose(rotation[:, 2], (0, 0, -1), atol=1e-12)
    np.testing.assert_allclose(rotation[:, 1], (1, 0, 0), atol=1e-12)


def test_only_sides_that_a_gripper_spans_get_grasps() -> None:
    assert {grasp.name for grasp in box_grasps((0.05, 0.20, 0.04))} == {"top_x"}
    assert box_grasps((0.10, 0.20, 0.04)) == []
    assert side_grasps(0.05, 0.05) == []
    tips = [grasp.pose_link_grasp.position[2] for grasp in box_grasps((0.05, 0.05, 0.02))]
    assert min(tips) >= 0.0


def test_rim_grasps_put_one_finger_inside() -> None:
    (grasp,) = rim_grasps(0.04, 0.004, 0.1)
    assert grasp.free_spin
    assert grasp.pose_link_grasp.position[0] == pytest.approx(0.04)
    assert grasp.pose_link_grasp.position[2] < 0.1


def _off_centre() -> Asset:
    make = AssetBuilder(AssetRequest("proxy", 1), "Post", "a post beside the origin")
    paint = make.material("paint", (0.5, 0.1, 0.1))
    body = make.link("body", "wood")
    body.panel((0.1, 0.2, 0.3), (1.0, 2.0, 3.0), paint)
    body.mass()
    make.region("top", "top", center=(1, 2, 3.15), half_extents=(0.05, 0.1), clearance_m=1)
    make.grasp(*side_grasps(0.02, 3.0, axis_xy=(1.0, 2.0)))
    return make.build()


def test_the_builder_moves_everything_to_the_bottom_centre() -> None:
    model = _off_centre().model
    assert model.size_m == (0.1, 0.2, 0.3)
    assert model.links[0].colliders[0].pose_link_shape.position == (0, 0, 0.15)
    assert model.region("top").pose_link_region.position == (0, 0, 0.3)
    assert model.grasps[0].spin_axis_xy == (0, 0)
    assert model.links[0].mass_model.volume_m3 == pytest.approx(0.006)


def test_a_link_without_mass_is_refused() -> None:
    make = AssetBuilder(AssetRequest("proxy", 1), "Post", "a post")
    make.link("body", "wood").panel((1, 1, 1), (0, 0, 0), make.material("paint", (1, 0, 0)))
    with pytest.raises(ValueError, match="no mass model"):
        make.build()


@pytest.fixture
def saved(tmp_path: Path) -> tuple[Asset, Path]:
    asset = generate(AssetRequest("proxy", 5, options=(("label", "sprocket"),)))
    save_asset(asset, tmp_path / "asset")
    return asset, tmp_path / "asset"


def test_an_asset_is_read_back_as_it_was(saved: tuple[Asset, Path]) -> None:
    asset, folder = saved
    again = load_asset(folder)
    assert again.model == asset.model
    for name, shape in asset.meshes.items():
        for field in ("vertices", "normals", "uvs", "faces"):
            np.testing.assert_array_equal(getattr(again.meshes[name], field), getattr(shape, field))
    for name, image in asset.textures.items():
        np.testing.assert_array_equal(again.textures[name], image)


def test_saving_twice_gives_the_same_bytes(saved: tuple[Asset, Path], tmp_path: Path) -> None:
    asset, folder = saved
    save_asset(asset, tmp_path / "again")
    files = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    assert {"metadata.json", "asset.glb", "source/meshes.npz"} <= {str(path) for path in files}
    for path in files:
        assert (folder / path).read_bytes() == (tmp_path / "again" / path).read_bytes()


def test_the_glb_opens_in_trimesh_upright_in_y(saved: tuple[Asset, Path]) -> None:
    import io

    import trimesh

    asset, _ = saved
    scene = trimesh.load_scene(io.BytesIO(glb_bytes(asset)), file_type="glb")
    sx, sy, sz = asset.model.size_m
    np.testing.assert_allclose(scene.bounds, [(-sx / 2, 0, -sy / 2), (sx / 2, sz, sy / 2)], atol=1e-5)
    assert all(part.visual.material.baseColorTexture is not None for part in scene.geometry.values())


def test_a_link_out_of_the_folder_is_refused(saved: tuple[Asset, Path], tmp_path: Path) -> None:
    _, folder = saved
    outside = tmp_path / "outside.npz"
    shutil.move(folder / "source" / "meshes.npz", outside)
    (folder / "source" / "meshes.npz").symlink_to(outside)
    with pytest.raises(UnsafePathError):
        load_asset(folder)


def test_damaged_and_foreign_arrays_are_refused(saved: tuple[Asset, Path]) -> None:
    asset, folder = saved
    path = folder / "source" / "meshes.npz"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(InputError, match=r"meshes\.npz"):
        load_asset(folder)
    name = next(iter(asset.meshes))
    shape = asset.meshes[name]
    arrays = {f"{name}.{kind}": getattr(shape, kind).astype("<f4") for kind in ("vertices", "normals", "uvs")}
    np.savez(path, **arrays, **{f"{name}.faces": shape.faces.astype("<i4") + 10_000})
    with pytest.raises(ContractError, match="point outside"):
        load_asset(folder)
    np.savez(path, **arrays, **{f"{name}.faces": np.array([[object()]])})
    with pytest.raises(InputError):
        load_asset(folder)
    np.savez(path, **arrays)
    with pytest.raises(ContractError, match="no array"):
        load_asset(folder)


def test_a_huge_texture_is_refused(saved: tuple[Asset, Path]) -> None:
    from PIL import Image

    asset, folder = saved
    name = next(iter(asset.textures))
    Image.new("L", (5000, 1)).save(folder / "source" / "textures" / f"{name}.png")
    with pytest.raises(InputError, match="5000 x 1"):
        load_asset(folder)


def test_transformed_mesh_moves_points_and_normals() -> None:
    quarter = Pose.of((1, 0, 0), (np.cos(np.pi / 4), 0, 0, np.sin(np.pi / 4)))
    shape = mesh.transformed(mesh.plate([(0, 0, 0), (1, 0, 0), (1, 0, 1), (0, 0, 1)], (0, -1, 0)), quarter)
    np.testing.assert_allclose(shape.normals[0], (1, 0, 0), atol=1e-12)
    np.testing.assert_allclose(shape.vertices[1], (1, 1, 0), atol=1e-12)
