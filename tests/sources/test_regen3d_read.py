"""What is a reconstruction, what is none, and files that are not what they say."""

import contextlib
import json
import os
import struct
import zipfile

import numpy as np
import pytest
import trimesh
from regen3d_folders import CanonicalTree, NativeFolder, l_shape, y_up_glb

from blueprint.contracts.errors import InputError, UnsafePathError
from blueprint.sources.regen3d.contain import entries, optional_file
from blueprint.sources.regen3d.point_cloud import MAX_POINTS, read_cloud, read_mesh_points
from blueprint.sources.regen3d.read import is_reconstruction, read_reconstruction


def test_both_forms_are_reconstructions_given_by_either_folder(tmp_path):
    NativeFolder(tmp_path / "native").write()
    CanonicalTree(tmp_path / "scene/regen3d").write()
    for path in ("native", "native/output", "scene", "scene/regen3d"):
        assert is_reconstruction(tmp_path / path), path
        assert len(read_reconstruction(tmp_path / path, "demo").objects) == 3, path


def test_other_folders_are_none_and_nothing_is_raised(tmp_path):
    (tmp_path / "glb").mkdir()
    (tmp_path / "glb/table.glb").touch()
    (tmp_path / "file").touch()
    circle = tmp_path / "circle"
    circle.mkdir()
    (circle / "glb").symlink_to(circle / "3D")
    (circle / "3D").symlink_to(circle / "glb")
    (tmp_path / "away").mkdir()
    (tmp_path / "away/glb").symlink_to("/tmp")
    for path in (tmp_path, tmp_path / "file", tmp_path / "none", circle, tmp_path / "away", tmp_path / "a\0b"):
        assert not is_reconstruction(path), path


def test_a_folder_of_neither_form_is_refused_with_what_it_should_hold(tmp_path):
    with pytest.raises(InputError, match=r"neither scene_info.json nor glb"):
        read_reconstruction(tmp_path, "demo")
    with pytest.raises(InputError, match="is no folder"):
        read_reconstruction(tmp_path / "none", "demo")


def test_a_scene_id_that_is_a_path_is_refused(tmp_path):
    with pytest.raises(InputError, match="not usable"):
        read_reconstruction(tmp_path, "../demo")


@pytest.mark.parametrize("encoding", ["binary", "ascii"])
def test_clouds_of_both_encodings_are_read(tmp_path, encoding):
    points = np.random.default_rng(0).normal(size=(50, 3)).round(4)
    path = tmp_path / "cloud.ply"
    if encoding == "binary":
        path.write_bytes(trimesh.PointCloud(points).export(file_type="ply"))
    else:
        rows = "\n".join(" ".join(map(str, row)) for row in points)
        path.write_text(ply_header("ascii", 50) + rows + "\n")
    np.testing.assert_allclose(read_cloud(path, tmp_path), points, atol=1e-6)


def test_a_cloud_with_colours_and_a_mesh_with_faces_are_clouds_too(tmp_path):
    mesh = l_shape()
    mesh.visual.vertex_colors = np.tile([10, 20, 30, 255], (len(mesh.vertices), 1))
    (tmp_path / "mesh.ply").write_bytes(mesh.export(file_type="ply"))
    np.testing.assert_allclose(read_cloud(tmp_path / "mesh.ply", tmp_path), mesh.vertices, atol=1e-6)
    np.testing.assert_array_equal(read_mesh_points(tmp_path / "mesh.ply", tmp_path).faces, mesh.faces)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no PLY header"),
        (b"ply\n" + b"comment x\n" * 20_000 + b"end_header\n", "no PLY header"),
        (b"ply\nformat binary_big_endian 1.0\nelement vertex 1\nproperty float x\nend_header\n0000", "big_endian"),
        (b"ply\nformat ascii 1.0\nelement vertex 99999999999\nproperty float x\nend_header\n0\n", "announces 9999"),
        (b"ply\nformat ascii 1.0\nelement vertex -4\nproperty float x\nend_header\n0\n", "announces -4"),
        (
            b"ply\nformat binary_little_endian 1.0\nelement vertex 1000000\nproperty double x\nend_header\n0",
            "and holds",
        ),
        (b"ply\nformat ascii 1.0\nelement vertex two\nproperty float x\nend_header\n0\n", "ValueError"),
        (b"ply\nformat ascii 1.0\nelement vertex 1\nproperty quaternion x\nend_header\n0\n", "quaternion"),
        (b"ply\nformat ascii 1.0\nelement vertex 0\nproperty float x\nend_header\n", "cloud.ply"),
    ],
)
def test_a_ply_that_is_not_what_it_says_is_refused_by_name(tmp_path, data, reason):
    (tmp_path / "cloud.ply").write_bytes(data)
    with pytest.raises(InputError, match=reason) as error:
        read_cloud(tmp_path / "cloud.ply", tmp_path)
    assert "cloud.ply" in str(error.value)


@pytest.mark.parametrize("value", ["nan", "inf", "1e9"])
def test_a_cloud_with_points_that_are_nowhere_is_refused(tmp_path, value):
    (tmp_path / "cloud.ply").write_text(ply_header("ascii", 2) + f"0 0 0\n{value} 0 0\n")
    with pytest.raises(InputError, match="NaN or over"):
        read_cloud(tmp_path / "cloud.ply", tmp_path)


def test_glb_vertices_keep_the_order_of_the_file_and_are_turned_z_up(tmp_path):
    mesh = l_shape()
    (tmp_path / "mesh.glb").write_bytes(y_up_glb(mesh))
    found = read_mesh_points(tmp_path / "mesh.glb", tmp_path)
    np.testing.assert_allclose(found.vertices, mesh.vertices, atol=1e-6)
    np.testing.assert_array_equal(found.faces, mesh.faces)


def test_a_glb_that_announces_too_much_is_refused(tmp_path):
    (tmp_path / "mesh.glb").write_bytes(glb({"accessors": [{"count": 10 * MAX_POINTS}]}))
    with pytest.raises(InputError, match="announces"):
        read_mesh_points(tmp_path / "mesh.glb", tmp_path)


def test_a_glb_that_repeats_a_mesh_without_end_is_refused(tmp_path):
    (tmp_path / "mesh.glb").write_bytes(glb({"nodes": [{"mesh": 0}] * 20_000}))
    with pytest.raises(InputError, match="20000 nodes"):
        read_mesh_points(tmp_path / "mesh.glb", tmp_path)


@pytest.mark.parametrize("data", [b"", b"glTF", b"PK\3\4" + bytes(100), b"glTF" + bytes(60)])
def test_a_glb_that_is_none_is_refused(tmp_path, data):
    (tmp_path / "mesh.glb").write_bytes(data)
    with pytest.raises(InputError, match=r"mesh\.glb"):
        read_mesh_points(tmp_path / "mesh.glb", tmp_path)


def test_a_glb_that_refers_to_other_files_does_not_open_them(tmp_path):
    secret = tmp_path / "secret.bin"
    secret.write_bytes(bytes(36))
    header = {
        "asset": {"version": "2.0"},
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
        "accessors": [{"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3"}],
        "bufferViews": [{"buffer": 0, "byteLength": 36}],
        "buffers": [{"uri": "../secret.bin", "byteLength": 36}],
    }
    (tmp_path / "in").mkdir()
    (tmp_path / "in/mesh.glb").write_bytes(glb(header))
    with pytest.raises(InputError):
        read_mesh_points(tmp_path / "in/mesh.glb", tmp_path / "in")


def test_a_link_in_a_circle_is_refused(tmp_path):
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(InputError):
        optional_file(tmp_path, "a")


def test_files_are_listed_in_order_and_only_inside(tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    for name in ("b", "a", "c"):
        (root / name).touch()
    assert entries(tmp_path, "root") == ["a", "b", "c"]
    assert entries(tmp_path, "none") == []
    (root / "out").symlink_to(tmp_path)
    with pytest.raises(UnsafePathError):
        entries(root, "out")


def test_a_name_that_is_no_utf_8_is_refused_by_name(tmp_path):
    NativeFolder(tmp_path).write()
    (tmp_path / "output/glb" / os.fsdecode(b"mug\xff__(1, 2).glb")).touch()
    with pytest.raises(InputError, match=r"udcff.*no UTF-8"):
        read_reconstruction(tmp_path, "demo")


def test_a_zip_that_calls_itself_a_camera_is_a_note(tmp_path):
    NativeFolder(tmp_path).write()
    with zipfile.ZipFile(tmp_path / "output/pre_3D/camera.npz", "w") as archive:
        archive.writestr("focal.npy", "no array")
    assert any("the camera is not known" in note for note in read_reconstruction(tmp_path, "demo").notes)


@pytest.mark.parametrize(
    "values",
    [
        {"focal": 0.0},
        {"focal": np.nan},
        {"image_size": [0, 3]},
        {"image_size": [3]},
        {"extrinsic": np.zeros((4, 4))},
        {"extrinsic": np.diag([1, 1, -1, 1.0])},
        {"extrinsic": np.eye(3)},
    ],
)
def test_a_camera_that_cannot_be_is_a_note(tmp_path, values):
    NativeFolder(tmp_path).write()
    fine = {
        "focal": 900.0,
        "image_size": [4, 3],
        "extrinsic": [[1, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 0], [0, 0, 0, 1]],
    }
    np.savez(tmp_path / "output/pre_3D/camera.npz", **(fine | values))
    read = read_reconstruction(tmp_path, "demo")
    assert read.camera is None
    assert any("the camera is not known" in note for note in read.notes)


def test_triangles_that_point_past_the_vertices_are_refused(tmp_path):
    (tmp_path / "mesh.glb").write_bytes(y_up_glb(trimesh.Trimesh(np.eye(3), [[0, 1, 2]], process=False)))
    data = bytearray((tmp_path / "mesh.glb").read_bytes())
    data[data.index(struct.pack("<3I", 0, 1, 2))] = 77
    (tmp_path / "mesh.glb").write_bytes(bytes(data))
    with pytest.raises(InputError, match="past the vertices"):
        read_mesh_points(tmp_path / "mesh.glb", tmp_path)


@pytest.mark.parametrize("form", ["native", "canonical"])
def test_whatever_bytes_are_wrong_it_is_read_or_refused_by_name(tmp_path, form):
    folder = NativeFolder(tmp_path) if form == "native" else CanonicalTree(tmp_path)
    folder.write()
    files = sorted(path for path in tmp_path.rglob("*") if path.is_file())
    rng = np.random.default_rng(7)
    kept = []
    for turn in range(24):
        path = files[turn % len(files)]
        data = path.read_bytes()
        broken = bytearray(data[: rng.integers(len(data))] if turn % 3 == 0 else data)
        for at in rng.integers(0, max(1, len(broken)), 12 if broken else 0):
            broken[at] = rng.integers(256)
        path.write_bytes(bytes(broken))
        with contextlib.suppress(InputError):
            kept.append(len(read_reconstruction(tmp_path, "demo").objects))
        path.write_bytes(data)
    assert kept  # most files are one object's, or optional
    assert set(kept) <= {1, 2, 3}


def ply_header(form: str, count: int) -> str:
    axes = "".join(f"property float {axis}\n" for axis in "xyz")
    return f"ply\nformat {form} 1.0\nelement vertex {count}\n{axes}end_header\n"


def glb(header: dict) -> bytes:
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 4)
    return struct.pack("<4sIII4s", b"glTF", 2, 20 + len(text), len(text), b"JSON") + text
