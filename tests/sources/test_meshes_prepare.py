"""A mesh file in, an asset out: what is refused, what is found, and the same bytes whenever it is done again."""

import hashlib
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import trimesh

from blueprint.assets import colliders
from blueprint.assets.geometry import TriangleMesh
from blueprint.assets.glb import glb_bytes
from blueprint.assets.library import load_asset, save_asset
from blueprint.assets.mesh import beveled_box, merge, moved
from blueprint.assets.registry import AssetRequest, generate
from blueprint.contracts.asset import BoxShape, Joint, License
from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Pose
from blueprint.physics.inertia import with_inertials
from blueprint.sources.imported.asset import ImportedLink
from blueprint.sources.imported.mesh_file import MeshPart, Surface
from blueprint.sources.meshes.detail import thinned
from blueprint.sources.meshes.mesh_input import MassGuess, MeshInput, PreparedMesh
from blueprint.sources.meshes.prepare import prepare_mesh
from blueprint.sources.meshes.support_surfaces import find_surfaces

LICENSE = License(spdx="CC0-1.0", source="made by this test")


def stored(shape: trimesh.Trimesh, folder: Path, name: str = "thing.stl") -> Path:
    path = folder / name
    shape.export(path)
    return path


def given(path: Path, role: str = "manipulable_object", **changes) -> MeshInput:
    item = MeshInput(
        name=path.stem, path=path, root=path.parent, category="block", label="wooden block", sim_role=role,
        license=LICENSE,
    )  # fmt: skip
    return replace(item, **changes)


def prepared(shape: trimesh.Trimesh, folder: Path, **changes) -> PreparedMesh:
    return prepare_mesh(given(stored(shape, folder), **changes))


def box(size: tuple[float, ...]) -> TriangleMesh:
    return beveled_box(size, 0.0)


def at(x: float, y: float, z: float) -> np.ndarray:
    return trimesh.transformations.translation_matrix((x, y, z))


def test_a_cube_of_10_cm(tmp_path: Path) -> None:
    made = prepared(trimesh.creation.box((0.1, 0.1, 0.1)), tmp_path, role="static")
    report, model = made.report, made.imported.asset.model
    assert (report.triangles_in, report.triangles, report.is_watertight_in, report.is_watertight) == (
        12,
        12,
        True,
        True,
    )
    assert (report.colliders.method, report.colliders.deviation_max_m) == ("primitive", 0.0)
    assert model.links[0].colliders[0].shape == BoxShape(half_extents=(0.05, 0.05, 0.05))
    assert report.mass_kg == pytest.approx(0.3 * 600 * 0.001, rel=1e-4)  # 30 % of a litre of wood
    assert [one.kind for one in model.regions] == ["top"]
    assert model.regions[0].pose_link_region.position == pytest.approx((0, 0, 0.1), abs=1e-6)
    assert len(report.stable_poses) == 6


def test_grasps_that_stay_were_held(tmp_path: Path) -> None:
    made = prepared(trimesh.creation.box((0.05, 0.1, 0.08)), tmp_path)
    grasps = made.report.grasps
    assert 0 < grasps.held == len(made.imported.asset.model.grasps) <= grasps.tried <= 24
    assert grasps.candidates >= grasps.tried


def test_what_is_heavy_large_or_no_thing_to_move_gets_no_grasps(tmp_path: Path) -> None:
    small, large = trimesh.creation.box((0.05, 0.1, 0.08)), trimesh.creation.box((0.3, 0.3, 0.3))
    heavy = MassGuess("steel", "test", mass_kg=2.5)
    assert prepared(small, tmp_path, mass=heavy).report.grasps.method == "none"
    assert prepared(small, tmp_path, role="static").report.grasps.method == "none"
    made = prepared(large, tmp_path, mass=MassGuess("foam", "test", mass_kg=0.5))
    assert made.report.grasps.held == 0
    assert made.report.warnings == ["no grasp holds it: 0 candidates, 0 tried"]


def test_the_asset_lies_where_the_mesh_was(tmp_path: Path) -> None:
    shape = trimesh.creation.box((0.2, 0.4, 0.1), at(3, -2, 1))
    made = prepared(shape, tmp_path, front="+x", scale=0.5, role="static")
    [seen] = made.imported.asset.meshes.values()
    back = made.imported.pose_source_asset.apply(seen.vertices)
    assert back.min(axis=0) == pytest.approx((1.45, -1.1, 0.475), abs=1e-6)
    assert back.max(axis=0) == pytest.approx((1.55, -0.9, 0.525), abs=1e-6)
    assert made.imported.asset.model.size_m == pytest.approx((0.2, 0.1, 0.05), abs=1e-6)


def test_a_mass_that_somebody_guessed_is_kept(tmp_path: Path) -> None:
    shape = trimesh.creation.box((0.1, 0.1, 0.1))
    stated = prepared(shape, tmp_path, mass=MassGuess("steel", "a scale", mass_kg=0.7))
    assert stated.report.mass_kg == pytest.approx(0.7, rel=1e-5)
    assert "a scale" in stated.report.mass_source
    assert stated.imported.asset.model.links[0].physics_material == "steel"
    part = prepared(shape, tmp_path, mass=MassGuess("glass", "a table", solid_fraction=0.1))
    assert part.report.mass_kg == pytest.approx(0.1 * 2500 * 0.001, rel=1e-4)


@pytest.mark.slow
def test_a_thin_vessel_weighs_what_its_walls_do(tmp_path: Path) -> None:
    wall = trimesh.creation.annulus(0.048, 0.05, 0.1)
    made = prepared(wall, tmp_path, mass=MassGuess("steel", "its label"), role="static")
    assert made.report.mass_kg == pytest.approx(wall.volume * 7800, rel=0.01)


@pytest.mark.parametrize(
    ("shape", "scale", "says"),
    [
        (trimesh.creation.box((0.1, 0.1, 0.1)).submesh([list(range(9))])[0], 1.0, "9 triangles, expected 10"),
        (trimesh.creation.box((100, 1, 1)), 1.0, "an extent of 100 m"),
        (trimesh.creation.box((0.5, 0.5, 0.5)), 0.001, "an extent of 0.0005 m"),
        (trimesh.creation.box((0.5, 0.5, 0.5)), float("nan"), "a scale of nan"),
        (trimesh.creation.box((0.5, 0.5, 0.5)), -1.0, "a scale of -1"),
    ],
)
def test_sizes_that_cannot_be_are_refused(shape: trimesh.Trimesh, scale: float, says: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=says) as caught:
        prepared(shape, tmp_path, scale=scale)
    assert caught.value.remedy


def test_nan_and_flat_and_too_many_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "nan.obj"
    path.write_text("v nan 0 0\nv 1 0 0\nv 0 1 0\n" + "f 1 2 3\n" * 12)
    with pytest.raises(InputError, match="NaN"):
        prepare_mesh(given(path))
    flat = tmp_path / "flat.obj"
    flat.write_text(
        "".join(f"v {k} 0 0\n" for k in range(14)) + "".join(f"f {k} {k + 1} {k + 2}\n" for k in range(1, 13))
    )
    with pytest.raises(InputError, match="area"):
        prepare_mesh(given(flat))
    many = tmp_path / "many.ply"
    many.write_bytes(b"ply\nformat ascii 1.0\nelement vertex 90000000\nelement face 90000000\nend_header\n")
    with pytest.raises(InputError):
        prepare_mesh(given(many))


def test_broken_meshes_that_can_be_mended_are(tmp_path: Path) -> None:
    inverted = trimesh.creation.icosphere(3, 0.05)
    inverted.update_faces(np.arange(len(inverted.faces)) != 7)
    inverted.invert()
    made = prepared(inverted, tmp_path, role="static")
    assert (made.report.is_watertight_in, made.report.is_watertight) == (False, True)
    assert made.report.colliders.primitives == 1
    assert made.report.colliders.volume_ratio == pytest.approx(1, abs=0.02)
    assert len(made.report.repairs) == 2


@pytest.mark.slow
def test_the_same_file_gives_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    path = stored(trimesh.creation.cylinder(0.02, 0.05, sections=12), tmp_path)
    here = _digest(given(path))
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from pathlib import Path; import test_meshes_prepare as t; "
        "print(t._digest(t.given(Path(sys.argv[2]))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(Path(__file__).parent), str(path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == here


def _digest(item: MeshInput) -> str:
    made = prepare_mesh(item)
    asset = made.imported.asset
    text = asset.model.to_json() + made.report.model_dump_json()
    return hashlib.sha256(text.encode() + glb_bytes(asset)).hexdigest()


def test_a_prepared_asset_is_saved_and_read_again(tmp_path: Path) -> None:
    asset = prepared(trimesh.creation.cylinder(0.03, 0.1), tmp_path).imported.asset
    save_asset(asset, tmp_path / "asset")
    assert load_asset(tmp_path / "asset").model == asset.model


def textured_ball(subdivisions: int = 6) -> MeshPart:
    """A ball whose texture is the direction that each point looks to, cut along a meridian as charts are."""
    ball = trimesh.creation.uv_sphere(radius=0.5, count=[128, 2 ** (subdivisions + 2)])
    points = np.asarray(ball.vertices, float)[ball.faces].reshape(-1, 3)
    normals = points / np.linalg.norm(points, axis=1, keepdims=True)
    turn = (np.arctan2(normals[:, 1], normals[:, 0]) / (2 * np.pi)) % 1.0
    turn = turn.reshape(-1, 3)
    turn += (turn < 0.5) & (turn.max(axis=1, keepdims=True) - turn > 0.5)
    uvs = np.column_stack([turn.reshape(-1) * 0.9, np.arccos(np.clip(normals[:, 2], -1, 1)) / np.pi])
    image = np.zeros((64, 64, 3), np.uint8)
    image[..., 0], image[..., 1] = np.linspace(0, 255, 64)[None, :], np.linspace(0, 255, 64)[:, None]
    faces = np.arange(len(points), dtype=np.int32).reshape(-1, 3)
    return MeshPart(TriangleMesh(points, normals, uvs, faces), Surface(texture=image))


@pytest.mark.slow
def test_many_triangles_become_20000_with_the_texture_where_it_was() -> None:
    part = textured_ball()
    assert len(part.mesh.faces) > 40_000
    made = thinned([part])
    assert made.warnings == []
    [found] = made.parts
    assert 15_000 < len(found.mesh.faces) <= 20_500
    radius = np.linalg.norm(found.mesh.vertices, axis=1)
    assert abs(radius - 0.5).max() < 0.003
    look = np.arccos(np.clip(found.mesh.vertices[:, 2] / radius, -1, 1)) / np.pi
    assert np.abs(found.mesh.uvs[:, 1] - look).max() < 0.02
    spans = np.ptp(found.mesh.uvs[found.mesh.faces], axis=1)[:, 0]
    assert spans.max() < 0.5  # no triangle reaches across the seam


def test_few_triangles_are_left_alone() -> None:
    part = MeshPart(box((1, 1, 1)), Surface())
    assert thinned([part]).parts == [part]


@pytest.mark.slow
def test_a_texture_that_would_shift_keeps_its_triangles() -> None:
    rng = np.random.default_rng(0)
    part = textured_ball()
    noise = rng.integers(0, 2, (1024, 1024, 1), np.uint8) * np.full(3, 255, np.uint8)
    noisy = MeshPart(part.mesh, Surface(texture=noise))
    loose = TriangleMesh(part.mesh.vertices, part.mesh.normals, rng.random(part.mesh.uvs.shape), part.mesh.faces)
    made = thinned([MeshPart(loose, noisy.surface)])
    assert made.parts[0].mesh is loose
    assert "keeps its" in made.warnings[0]


def regions_of(shape: TriangleMesh, *boxes: tuple[tuple[float, ...], tuple[float, ...]]) -> list[tuple]:
    solids = [colliders.box(f"b{i}", size, center) for i, (size, center) in enumerate(boxes)]
    found = find_surfaces(shape.vertices, shape.faces, solids, "body")
    return [(one.kind, round(one.pose_link_region.position[2], 3), one.outline, one.is_container) for one in found]


def test_a_shelf_has_a_top_and_boards_with_their_free_height() -> None:
    boards = [((0.8, 0.3, 0.02), (0, 0, z)) for z in (0.1, 0.5, 0.9)]
    sides = [((0.02, 0.3, 0.91), (x, 0, 0.455)) for x in (-0.41, 0.41)]
    whole = merge([moved(box(size), np.array(center)) for size, center in (*boards, *sides)])
    solids = [colliders.box(f"b{i}", size, center) for i, (size, center) in enumerate((*boards, *sides))]
    found = find_surfaces(whole.vertices, whole.faces, solids, "body")
    assert sorted((one.kind, round(one.pose_link_region.position[2], 3)) for one in found) == [
        ("shelf", 0.11), ("shelf", 0.51), ("top", 0.91)
    ]  # fmt: skip
    assert {round(one.clearance_m, 2) for one in found if one.kind == "shelf"} == {0.38}


def test_a_noisy_round_top_is_a_disc() -> None:
    top = trimesh.creation.cylinder(0.4, 0.03, sections=64).subdivide().subdivide()
    points = np.asarray(top.vertices) + np.random.default_rng(1).normal(0, 0.0015, top.vertices.shape)
    shape = TriangleMesh(points, points, points[:, :2], np.asarray(top.faces, np.int32))
    [found] = find_surfaces(shape.vertices, shape.faces, [colliders.cylinder("top", 0.4, -0.015, 0.015)], "body")
    assert (found.kind, found.outline) == ("top", "disc")
    assert found.half_extents[0] == pytest.approx(0.39, abs=0.03)


def test_what_no_collider_carries_is_no_place_and_neither_is_the_inside_of_a_closed_box() -> None:
    board = moved(box((0.5, 0.5, 0.02)), np.array((0, 0, 0.5)))
    assert regions_of(board) == []
    assert regions_of(board, ((0.5, 0.5, 0.02), (0, 0, 0.4))) == []
    assert regions_of(board, ((0.5, 0.5, 0.02), (0, 0, 0.5))) == [("top", 0.51, "rect", False)]
    walls = [
        ((0.4, 0.4, 0.02), (0, 0, 0.01)), ((0.4, 0.4, 0.02), (0, 0, 0.39)),
        ((0.02, 0.4, 0.4), (-0.21, 0, 0.2)), ((0.02, 0.4, 0.4), (0.21, 0, 0.2)),
        ((0.44, 0.02, 0.4), (0, -0.21, 0.2)), ((0.44, 0.02, 0.4), (0, 0.21, 0.2)),
    ]  # fmt: skip
    closed = merge([moved(box(size), np.array(center)) for size, center in walls])
    assert regions_of(closed, *walls) == [("top", 0.4, "rect", False)]
    without_lid = [wall for wall in walls if wall[1][2] != 0.39]
    open_box = merge([moved(box(size), np.array(center)) for size, center in without_lid])
    assert regions_of(open_box, *without_lid) == [("interior", 0.02, "rect", True)]


def cabinet(tmp_path: Path) -> MeshInput:
    """A case of five boards, open in front, and a tray of a drawer in it that touches both sides."""

    def part(*boxes: tuple[tuple[float, ...], tuple[float, ...]]) -> list[MeshPart]:
        return [MeshPart(merge([moved(box(size), np.array(center)) for size, center in boxes]), Surface())]

    case = part(
        ((0.5, 0.4, 0.02), (0, 0, 0.01)), ((0.5, 0.4, 0.02), (0, 0, 0.39)), ((0.5, 0.02, 0.36), (0, 0.19, 0.2)),
        ((0.02, 0.38, 0.36), (-0.24, -0.01, 0.2)), ((0.02, 0.38, 0.36), (0.24, -0.01, 0.2)),
    )  # fmt: skip
    drawer = part(
        ((0.46, 0.34, 0.01), (0, 0, 0)), ((0.46, 0.01, 0.1), (0, -0.165, 0.05)), ((0.46, 0.01, 0.1), (0, 0.165, 0.05)),
        ((0.01, 0.34, 0.1), (-0.225, 0, 0.05)), ((0.01, 0.34, 0.1), (0.225, 0, 0.05)),
    )  # fmt: skip
    joint = Joint(name="slide", type="prismatic", axis=(0, -1, 0), upper=0.3, damping=1, friction=1)
    links = [
        ImportedLink("case", case),
        ImportedLink("drawer", drawer, parent="case", pose_parent_link=Pose.of((0, 0, 0.1)), joint=joint),
    ]
    return replace(given(tmp_path / "none.glb", "articulated_furniture"), links=links)


def test_a_thing_with_a_drawer_keeps_it_clear_and_offers_its_inside(tmp_path: Path) -> None:
    made = prepare_mesh(cabinet(tmp_path))
    model = made.imported.asset.model
    assert made.report.repairs == ["8 cuts keep drawer clear of its neighbours"]
    drawer = model.link("drawer")
    sides = [abs(x) for item in drawer.colliders for x in _corners_x(item)]
    assert max(sides) == pytest.approx(0.23 - 0.003, abs=1e-5)
    kinds = {(one.link, one.kind) for one in model.regions}
    assert ("drawer", "drawer") in kinds
    assert ("case", "top") in kinds
    assert with_inertials(model).mass_kg == pytest.approx(made.report.mass_kg, rel=1e-4)


def _corners_x(item) -> list[float]:
    if isinstance(item.shape, BoxShape):
        x, half = item.pose_link_shape.position[0], item.shape.half_extents[0]
        return [x - half, x + half]
    return [vertex[0] for vertex in item.shape.vertices]


def test_a_link_without_a_mesh_is_refused(tmp_path: Path) -> None:
    item = replace(cabinet(tmp_path), links=[*cabinet(tmp_path).links, ImportedLink("tip", [], parent="drawer")])
    with pytest.raises(InputError, match="link tip has no mesh"):
        prepare_mesh(item)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mug", "bowl"])
def test_a_vessel_out_of_a_file_is_a_container_with_grasps(name: str, tmp_path: Path) -> None:
    asset = generate(AssetRequest(name, 0))
    path = tmp_path / f"{name}.glb"
    path.write_bytes(glb_bytes(asset))
    made = prepare_mesh(given(path, category=name, label=f"ceramic {name}"), tmp_path / "cache")
    model = made.imported.asset.model
    assert [region.kind for region in model.regions if region.is_container] == ["interior"]
    assert made.report.grasps.held >= 1
    assert model.links[0].physics_material == "ceramic"
    again = prepare_mesh(given(path, category=name, label=f"ceramic {name}"), tmp_path / "cache")
    assert again.report == made.report
    assert again.imported.asset.model == model
