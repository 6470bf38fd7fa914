"""What is mended on broken surfaces, and what is left as it is."""

import numpy as np
import pytest
import trimesh

from blueprint.assets.geometry import TriangleMesh
from blueprint.contracts.errors import InputError
from blueprint.sources.imported.mesh_file import MeshPart, Surface
from blueprint.sources.meshes.cleaning import CleanMesh, clean

BALL = trimesh.creation.icosphere(subdivisions=3, radius=0.05)


def part(shape: trimesh.Trimesh) -> MeshPart:
    """As a file without shared vertices has it: every triangle with its own normal."""
    corners = np.asarray(shape.vertices, float)[shape.faces]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)
    count = 3 * len(corners)
    faces = np.arange(count, dtype=np.int32).reshape(-1, 3)
    return MeshPart(
        TriangleMesh(corners.reshape(-1, 3), np.repeat(normal, 3, axis=0), np.zeros((count, 2)), faces), Surface()
    )


def cleaned(shape: trimesh.Trimesh) -> CleanMesh:
    return clean([part(shape)])


def volume(vertices: np.ndarray, faces: np.ndarray) -> float:
    return float(trimesh.Trimesh(vertices, faces, process=False).volume)


def at(x: float, y: float, z: float) -> np.ndarray:
    return trimesh.transformations.translation_matrix((x, y, z))


def test_a_good_mesh_is_left_alone() -> None:
    found = cleaned(BALL)
    assert (found.is_watertight_in, found.is_watertight, found.repairs, found.warnings) == (True, True, [], [])
    assert len(found.faces) == len(found.parts[0].mesh.faces) == len(BALL.faces)
    assert len(found.vertices) == len(BALL.vertices)  # one per place, although the file had one per corner


def test_a_mesh_that_is_inside_out_is_turned_with_its_normals() -> None:
    shape = BALL.copy()
    shape.invert()
    found = cleaned(shape)
    seen = found.parts[0].mesh
    assert volume(found.vertices, found.faces) == pytest.approx(BALL.volume)
    assert volume(seen.vertices, seen.faces) == pytest.approx(BALL.volume)
    assert ((seen.normals * seen.vertices).sum(axis=1) > 0).all()
    assert found.repairs == [f"{len(BALL.faces)} faces turned outward"]


def test_the_lining_of_a_bin_keeps_looking_inwards() -> None:
    lining = trimesh.creation.box((0.17, 0.17, 0.17)).slice_plane((0, 0, 0.05), (0, 0, -1))
    lining.invert()
    assert cleaned(lining).repairs == []


def test_single_faces_that_look_inwards_are_turned() -> None:
    faces = BALL.faces.copy()
    faces[::7] = faces[::7, ::-1]
    found = cleaned(trimesh.Trimesh(BALL.vertices, faces, process=False))
    assert volume(found.vertices, found.faces) == pytest.approx(BALL.volume)
    assert found.repairs == [f"{len(faces[::7])} faces turned outward"]


def test_a_small_hole_is_closed_for_physics_and_stays_in_what_is_seen() -> None:
    shape = BALL.copy()
    shape.update_faces(np.arange(len(shape.faces)) != 100)
    found = cleaned(shape)
    assert (found.is_watertight_in, found.is_watertight) == (False, True)
    assert len(found.faces) == len(found.parts[0].mesh.faces) + 1
    assert volume(found.vertices, found.faces) == pytest.approx(BALL.volume)


def test_the_mouth_of_a_vessel_stays_open_and_its_missing_underside_is_closed() -> None:
    cup = BALL.slice_plane((0, 0, 0.02), (0, 0, -1))
    mouth = cleaned(cup)
    assert not mouth.is_watertight
    assert mouth.warnings == ["1 holes are left open"]
    dome = cleaned(BALL.slice_plane((0, 0, -0.02), (0, 0, 1)))
    assert dome.is_watertight
    assert volume(dome.vertices, dome.faces) == pytest.approx(mouth_volume(0.05, 0.03), rel=0.02)


def mouth_volume(radius: float, depth: float) -> float:
    """A ball without the cap of height radius - 0.02 (spherical cap, π h² (3 r - h) / 3)."""
    return 4 / 3 * np.pi * radius**3 - np.pi * depth**2 * (3 * radius - depth) / 3


def test_specks_away_from_the_rest_go_and_small_parts_on_it_stay() -> None:
    body = trimesh.creation.box((0.4, 0.4, 0.4))
    speck = trimesh.creation.box((0.002, 0.002, 0.002), at(0.4, 0, 0))
    post = trimesh.creation.box((0.004, 0.02, 0.004), at(0, 0.21, 0))
    bar = trimesh.creation.box((0.01, 0.004, 0.004), at(0, 0.222, 0))  # touches the post alone, 2 cm off the body
    found = cleaned(trimesh.util.concatenate([body, speck, post, bar]))
    assert found.repairs == ["12 faces of loose specks removed"]
    assert len(found.parts[0].mesh.faces) == 36
    assert found.vertices[:, 0].max() == pytest.approx(0.2)


def test_repeated_faces_go_and_the_back_of_a_sheet_stays_to_be_seen() -> None:
    repeated = cleaned(trimesh.Trimesh(BALL.vertices, np.concatenate([BALL.faces, BALL.faces[:9]]), process=False))
    assert repeated.repairs == ["9 repeated faces removed"]
    assert len(repeated.parts[0].mesh.faces) == len(BALL.faces)
    sheet = trimesh.Trimesh([(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0), (2, 0, 0.1), (2, 1, 0.1)], [
        (0, 1, 2), (0, 2, 3), (1, 4, 5), (1, 5, 2)], process=False)  # fmt: skip
    double = trimesh.Trimesh(sheet.vertices, np.concatenate([sheet.faces, sheet.faces[:, ::-1]]), process=False)
    found = cleaned(double)
    assert len(found.parts[0].mesh.faces) == 8
    assert len(found.faces) == 4


def test_pieces_that_touch_along_an_edge_are_closed() -> None:
    pair = trimesh.util.concatenate([trimesh.creation.box((1, 1, 1)), trimesh.creation.box((1, 1, 1), at(1, 1, 0))])
    assert cleaned(pair).is_watertight


def test_a_mesh_without_area_is_refused() -> None:
    line = trimesh.Trimesh([(0, 0, 0), (1, 0, 0), (2, 0, 0), (3, 0, 0)], [(0, 1, 2), (1, 2, 3), (0, 2, 3), (0, 1, 3)],
                           process=False)  # fmt: skip
    with pytest.raises(InputError, match="no surface with an area"):
        cleaned(line)
