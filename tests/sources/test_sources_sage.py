"""SAGE's layouts: Euler degrees, global metres, fronts to +X, shared walls, zips, and pickles that stay closed."""

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from foreign_scenes import SageFolder, farthest, mug, sage_office, world_vertices

from blueprint.contracts.errors import BlueprintError, ContractError, InputError, UnsafePathError
from blueprint.contracts.frames import rotate
from blueprint.contracts.scene import Scene, load_scene
from blueprint.physics.inertia import link_mass
from blueprint.sources.existing import check_scene
from blueprint.sources.imported.scene import write_imported
from blueprint.sources.imported.shell import RoomRectangle, shell_asset
from blueprint.sources.sage import is_sage_dir, read_sage
from blueprint.sources.sage.reader import is_sage_zip

IDS = {
    "desk": "office_desk_1",
    "mug": "mug_1",
    "block": "toy_block_1",
    "crate": "plastic_crate_1",
    "sign": "notice_board_1",
}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> tuple[SageFolder, Path]:
    base = tmp_path_factory.mktemp("sage")
    made = sage_office(base / "layout_1a2b")
    write_imported(read_sage(made.write()), "office", base / "ours")
    return made, base / "ours"


def test_every_vertex_is_where_sage_had_it(office: tuple[SageFolder, Path]) -> None:
    made, ours = office
    found = world_vertices(ours)
    for key, expected in made.truth.vertices.items():
        assert farthest(found[IDS[key]], expected) < 1e-6, key


def test_euler_degrees_are_rz_ry_rx(office: tuple[SageFolder, Path]) -> None:
    """A block turned 90° about Y and then 20° about Z: its Z axis points along (cos 20°, sin 20°, 0)."""
    scene = load_scene(office[1])
    up = rotate(scene.object(IDS["block"]).transform.pose().quat_wxyz, (0, 0, 1))
    np.testing.assert_allclose(up, (np.cos(np.radians(20)), np.sin(np.radians(20)), 0), atol=1e-6)


def test_the_front_of_a_desk_that_looks_to_minus_x_is_our_minus_y(office: tuple[SageFolder, Path]) -> None:
    scene = load_scene(office[1])
    front = rotate(scene.object(IDS["desk"]).transform.pose().quat_wxyz, (0, -1, 0))
    np.testing.assert_allclose(front, (-1, 0, 0), atol=1e-6)


def test_parents_masses_and_mountings_are_sages(office: tuple[SageFolder, Path]) -> None:
    scene = load_scene(office[1])
    assert scene.object(IDS["mug"]).placement.parent_id == IDS["desk"]  # type: ignore[union-attr]
    assert scene.object(IDS["desk"]).placement.parent_id is None  # type: ignore[union-attr]
    assert scene.object(IDS["sign"]).mounting == "wall"
    assert link_mass(scene.asset(IDS["mug"]).links[0].mass_model) == pytest.approx(0.3)
    assert scene.asset(IDS["block"]).params["mass_source"] == "density of plastic"


def test_a_texture_without_coordinates_becomes_its_mean_colour(office: tuple[SageFolder, Path]) -> None:
    (surface,) = load_scene(office[1]).asset(IDS["crate"]).materials
    assert surface.texture is None
    assert surface.base_color[0] > 4 * surface.base_color[1]


def is_solid(scene: Scene, point: tuple[float, float, float]) -> int:
    shapes = scene.asset("room").links[0].colliders
    inside = [
        (np.abs(np.array(point) - np.array(item.pose_link_shape.position)) <= np.array(item.shape.half_extents) + 1e-9)  # type: ignore[union-attr]
        for item in shapes
    ]
    return sum(bool(rows.all()) for rows in inside)


def test_the_wall_that_both_rooms_list_is_built_once_and_has_the_door(office: tuple[SageFolder, Path]) -> None:
    scene = load_scene(office[1])
    assert is_solid(scene, (4.0, 0.5, 1.0)) == 1
    assert is_solid(scene, (4.0, 1.5, 1.0)) == 0
    assert is_solid(scene, (4.0, 1.5, 2.5)) == 1
    assert is_solid(scene, (3.95, 0.5, 1.0)) == 0  # what stands against the shared wall is not inside it


def test_the_zip_of_a_layout_is_the_same_scene(tmp_path: Path) -> None:
    made = sage_office(tmp_path / "layout_1a2b")
    made.write()
    packed = made.write_zip(tmp_path / "layout_1a2b.zip")
    assert is_sage_dir(tmp_path / "layout_1a2b")
    assert is_sage_zip(packed)
    for source, name in ((tmp_path / "layout_1a2b", "a"), (packed, "b")):
        write_imported(read_sage(source), "s", tmp_path / name)
    check_scene(tmp_path / "a")
    first, second = (world_vertices(tmp_path / name) for name in "ab")
    assert first.keys() == second.keys()
    assert all(np.array_equal(first[key], second[key]) for key in first)


def test_the_pickle_is_never_opened(tmp_path: Path) -> None:
    """`SageFolder` writes one that would create /tmp/owned."""
    made = sage_office(tmp_path / "layout")
    read_sage(made.write())
    assert not Path("/tmp/owned").exists()
    source = Path(read_sage.__code__.co_filename).parent
    assert "pickle.load" not in "".join(path.read_text() for path in source.glob("*.py"))


def small(tmp_path: Path) -> SageFolder:
    made = SageFolder(tmp_path / "layout")
    made.add(0, "mug", "mug", mug(), (1, 1, 0))
    return made


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"source_id": "../../../etc/passwd"}, UnsafePathError),
        ({"source_id": "nothing"}, InputError),
        ({"position": {"x": 1e999, "y": 0, "z": 0}}, ContractError),
        ({"position": "here"}, ContractError),
        ({"rotation": {"x": "NaN"}}, ContractError),
    ],
)
def test_hostile_objects_are_refused(tmp_path: Path, change: dict, error: type[BlueprintError]) -> None:
    made = small(tmp_path)
    made.plan["rooms"][0]["objects"][0] |= change
    with pytest.raises(error):
        read_sage(made.write())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"ply\nformat ascii 1.0\nelement vertex 999999999\nproperty float x\nend_header\n",
        b"ply\nformat ascii 1.0\nelement vertex 3\nproperty float x\nproperty float y\nproperty float z\n"
        b"end_header\nnan 0 0\n",
        b"\x00" * 64,
    ],
)
def test_garbage_meshes_are_refused_by_name(tmp_path: Path, data: bytes) -> None:
    folder = small(tmp_path).write()
    (folder / "generation/src_mug.ply").write_bytes(data)
    with pytest.raises(InputError, match="object mug"):
        read_sage(folder)


def test_archives_that_leave_their_folder_or_are_none_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("../../evil.json", "{}")
    with pytest.raises(UnsafePathError):
        read_sage(tmp_path / "a.zip")
    (tmp_path / "b.zip").write_bytes(b"PK\x03\x04 broken")
    with pytest.raises(InputError, match="cannot unpack"):
        read_sage(tmp_path / "b.zip")


def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = small(tmp_path)
    made.write()
    monkeypatch.setattr("blueprint.sources.sage.reader.MAX_UNPACKED_BYTES", 100)
    with pytest.raises(InputError, match="unpacks to more"):
        read_sage(made.write_zip(tmp_path / "x.zip"))


def test_a_layout_without_rooms_or_of_impossible_size_is_refused(tmp_path: Path) -> None:
    made = small(tmp_path)
    made.plan["rooms"] = []
    with pytest.raises(InputError, match="no rooms"):
        read_sage(made.write())
    with pytest.raises(InputError, match="use metres"):
        shell_asset([RoomRectangle("r", "room", 0, 0, 4000, 3000, 270)], [], "sage")


def test_a_mesh_over_the_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = small(tmp_path).write()
    monkeypatch.setattr("blueprint.sources.imported.mesh_file.MAX_FACES", 5)
    with pytest.raises(InputError, match="more than 5"):
        read_sage(folder)


def test_the_plan_is_the_file_named_as_its_folder(tmp_path: Path) -> None:
    made = small(tmp_path)
    folder = made.write()
    (folder / "policy.json").write_text(json.dumps({}))
    assert len(read_sage(folder).objects) == 1
