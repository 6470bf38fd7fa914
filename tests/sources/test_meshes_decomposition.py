"""Colliders: as few as do, as near as measured, kept by content, and hollow things stay hollow."""

from pathlib import Path

import mujoco
import numpy as np
import pytest
import trimesh

from blueprint.assets import colliders, mesh
from blueprint.assets.registry import AssetRequest, generate
from blueprint.contracts.asset import Collider, ConvexShape, Joint
from blueprint.contracts.errors import InputError
from blueprint.sources.imported.asset import ImportedLink
from blueprint.sources.imported.mesh_file import MeshPart, Surface
from blueprint.sources.meshes.cleaning import clean
from blueprint.sources.meshes.collider_cache import cached_pieces, pieces_key
from blueprint.sources.meshes.decomposition import FoundColliders, find_colliders
from blueprint.sources.meshes.decomposition_clearance import cleared
from blueprint.sources.meshes.decomposition_coacd import CoacdSettings, decompose
from blueprint.sources.meshes.deviation import collider_mesh, deviation

# A bin of 0.2 m: the outside without its inside, one closed surface that is no union of boxes.
BIN = trimesh.creation.box((0.2, 0.2, 0.2)).difference(
    trimesh.creation.box((0.17, 0.17, 0.2), trimesh.transformations.translation_matrix((0, 0, 0.02)))
)


def found(shape: trimesh.Trimesh, cache: Path | None = None) -> FoundColliders:
    return find_colliders(np.asarray(shape.vertices, float), np.asarray(shape.faces, np.int32), cache)


def ball_rests_at(shapes: list[Collider], start: tuple[float, float, float], radius: float) -> np.ndarray:
    """Where a ball comes to rest that is dropped on fixed colliders, after 2 s."""
    spec = mujoco.MjSpec()
    spec.worldbody.add_geom(type=mujoco.mjtGeom.mjGEOM_PLANE, size=[5, 5, 0.1], pos=[0, 0, -1])
    for number, item in enumerate(shapes):
        vertices, _ = collider_mesh(item)
        hull = spec.add_mesh(name=f"hull_{number}", uservert=vertices.ravel())
        spec.worldbody.add_geom(type=mujoco.mjtGeom.mjGEOM_MESH, meshname=hull.name)
    ball = spec.worldbody.add_body(pos=start)
    ball.add_freejoint()
    ball.add_geom(type=mujoco.mjtGeom.mjGEOM_SPHERE, size=[radius, 0, 0], mass=0.02)
    model = spec.compile()
    data = mujoco.MjData(model)
    for _ in range(1000):
        mujoco.mj_step(model, data)
    return data.qpos[:3].copy()


def test_a_cube_is_one_box_that_deviates_nowhere() -> None:
    report = found(trimesh.creation.box((0.1, 0.1, 0.1))).report
    assert (report.method, report.colliders, report.primitives) == ("primitive", 1, 1)
    assert (report.deviation_p95_m, report.deviation_max_m, report.volume_ratio) == (0.0, 0.0, 1.0)


def test_a_cone_is_one_hull() -> None:
    report = found(trimesh.creation.cone(0.05, 0.1)).report
    assert (report.method, report.colliders) == ("hull", 1)
    assert report.volume_ratio == pytest.approx(1, abs=1e-3)


def test_a_table_of_boxes_is_those_boxes() -> None:
    top = trimesh.creation.box((1.2, 0.7, 0.03), trimesh.transformations.translation_matrix((0, 0, 0.735)))
    legs = [
        trimesh.creation.box((0.05, 0.05, 0.72), trimesh.transformations.translation_matrix((x, y, 0.36)))
        for x in (-0.5, 0.5)
        for y in (-0.3, 0.3)
    ]
    report = found(trimesh.util.concatenate([top, *legs])).report
    assert (report.method, report.colliders, report.primitives) == ("primitive", 5, 5)


@pytest.fixture(scope="module")
def bin_colliders(tmp_path_factory: pytest.TempPathFactory) -> tuple[FoundColliders, Path]:
    folder = tmp_path_factory.mktemp("colliders")
    return found(BIN, folder), folder


def test_a_bin_is_decomposed_and_a_ball_falls_into_it(bin_colliders: tuple[FoundColliders, Path]) -> None:
    made, _ = bin_colliders
    assert made.report.method == "coacd"
    assert 5 <= made.report.colliders <= 24
    assert made.report.volume_ratio == pytest.approx(1, abs=0.1)
    assert made.report.deviation_p95_m < 0.004
    x, y, z = ball_rests_at(made.colliders, (0.02, 0.01, 0.3), 0.03)
    assert max(abs(x), abs(y)) < 0.06
    assert z == pytest.approx(-0.08 + 0.03, abs=0.004)


def test_a_hull_in_place_of_the_bin_shows_in_the_deviation() -> None:
    hull = colliders.convex("hull", BIN.convex_hull.vertices)
    assert deviation(np.asarray(BIN.vertices), np.asarray(BIN.faces, np.int32), [hull]).p95 > 0.02


@pytest.mark.slow
def test_colliders_of_an_open_surface_stay_inside_its_extent() -> None:
    sheet = trimesh.creation.box((0.3, 0.2, 0.1)).slice_plane((0, 0, 0.02), (0, 0, -1))
    made = found(sheet)
    low = min(collider_mesh(item)[0][:, 2].min() for item in made.colliders)
    assert low > sheet.bounds[0, 2] - 0.001


@pytest.mark.slow
def test_decompositions_are_kept_and_are_the_same_without(bin_colliders: tuple[FoundColliders, Path]) -> None:
    first, folder = bin_colliders
    again, without = found(BIN, folder), found(BIN)
    assert first.report == again.report
    assert first.colliders == again.colliders == without.colliders
    assert len(list(folder.glob("*.npz"))) == 1


def test_a_damaged_cache_is_replaced(tmp_path: Path) -> None:
    pieces = [np.arange(12.0).reshape(4, 3), np.arange(15.0).reshape(5, 3)]
    made, kept = cached_pieces("key", tmp_path, lambda: pieces)
    assert not kept
    whole = (tmp_path / "key.npz").read_bytes()
    for damaged in (b"", b"no archive", whole[:-30]):
        (tmp_path / "key.npz").write_bytes(damaged)
        made, kept = cached_pieces("key", tmp_path, lambda: pieces)
        assert not kept
        assert (tmp_path / "key.npz").read_bytes() == whole
    made, kept = cached_pieces("key", tmp_path, lambda: [])
    assert kept
    assert all(np.array_equal(a, b) for a, b in zip(made, pieces, strict=True))


def test_a_mesh_or_a_setting_that_differs_has_another_key() -> None:
    vertices, faces = np.asarray(BIN.vertices, float), np.asarray(BIN.faces, np.int32)
    keys = {
        pieces_key(vertices, faces, CoacdSettings().parameters()),
        pieces_key(vertices * 1.1, faces, CoacdSettings().parameters()),
        pieces_key(vertices, faces[:-1], CoacdSettings().parameters()),
        pieces_key(vertices, faces, CoacdSettings(threshold=0.06).parameters()),
    }
    assert len(keys) == 4


def test_a_crash_of_the_decomposer_is_an_error_not_an_end() -> None:
    with pytest.raises(InputError, match="CoACD gave up"):
        decompose(np.zeros((3, 3)), np.array([[0, 1, 7_000_000]], np.int32), CoacdSettings())


def cabinet(drawer_depth: float) -> list[ImportedLink]:
    """A case of three boxes, and a drawer front that reaches `drawer_depth` into it."""
    sides = [
        colliders.box("left", (0.02, 0.4, 0.3), (-0.2, 0, 0)),
        colliders.box("right", (0.02, 0.4, 0.3), (0.2, 0, 0)),
    ]
    joint = Joint(name="slide", type="prismatic", axis=(0, -1, 0), upper=0.3, damping=1, friction=1)
    drawer = colliders.box("drawer", (0.36 + 2 * drawer_depth, 0.38, 0.1))
    return [
        ImportedLink("case", [], colliders=sides),
        ImportedLink("drawer", [], parent="case", joint=joint, colliders=[drawer]),
    ]


def gap(links: list[ImportedLink]) -> float:
    reach = max(collider_mesh(item)[0][:, 0].max() for item in links[1].colliders)
    wall = min(collider_mesh(item)[0][:, 0].max() - 0.02 for item in links[0].colliders if item.name == "right")
    return float(wall - reach)


def test_a_drawer_that_overlaps_its_case_is_cut_3_mm_clear_of_it() -> None:
    made = cleared(cabinet(0.015))
    assert gap(made.links) == pytest.approx(0.003, abs=1e-5)
    assert made.warnings == []
    assert made.repairs


def test_a_drawer_with_a_gap_is_left_alone() -> None:
    links = cabinet(-0.02)
    made = cleared(links)
    assert made.links == links
    assert made.repairs == []


def test_links_that_no_cut_parts_are_reported() -> None:
    joint = cabinet(0)[1].joint
    one = ImportedLink("a", [], colliders=[colliders.box("a", (0.1, 0.1, 0.1))])
    two = ImportedLink("b", [], parent="a", joint=joint, colliders=[colliders.box("b", (0.1, 0.1, 0.1))])
    made = cleared([one, two])
    assert made.warnings == ["b overlaps a at rest: no cut parts their colliders"]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "radius"), [("bowl", 0.015), ("mug", 0.012)])
def test_vessels_keep_their_cavity(name: str, radius: float) -> None:
    asset = generate(AssetRequest(name, 0))
    whole = mesh.merge(list(asset.meshes.values()))
    surface = clean([MeshPart(whole, Surface())])
    made = find_colliders(surface.vertices, surface.faces)
    assert made.report.method == "coacd"
    assert all(isinstance(item.shape, ConvexShape) for item in made.colliders)
    inside = next(region for region in asset.model.regions if region.is_container)
    x, y, floor = inside.pose_link_region.position
    rest = ball_rests_at(made.colliders, (x, y, asset.model.size_m[2] + 0.05), radius)
    assert np.hypot(rest[0] - x, rest[1] - y) < inside.half_extents[0] + 0.01
    assert floor < rest[2] < floor + radius + 0.012
