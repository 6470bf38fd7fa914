"""Joints for the objects of a reconstruction: services behind loopback servers, our own fit, and what is written."""

import io
import re
import sys
from base64 import b64decode
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh

sys.path.insert(0, str(Path(__file__).parents[1] / "services"))  # the loopback server is theirs

import yourdfpy
from articulation_servers import (
    BUSY,
    WARMING,
    base64,
    cabinet,
    particulate_answer,
    particulate_glb,
    particulate_urdf,
    urdf_with_files,
    zip_answer,
    zipped,
)
from loopback_http import Loopback, Reply

from blueprint.assets.registry import AssetRequest, generate
from blueprint.contracts.errors import InputError, StageError
from blueprint.contracts.frames import IDENTITY, rotate
from blueprint.contracts.scene_scale import SceneScale
from blueprint.contracts.seeds import rng_for
from blueprint.physics.shapes import solid_properties
from blueprint.sources.articulation.articulate import (
    articulate,
    articulation_settings,
    read_articulated,
    read_handles,
    read_licenses,
)
from blueprint.sources.articulation.candidates import links_of_asset
from blueprint.sources.articulation.kinds import articulated_generator
from blueprint.sources.articulation.links import bounds, link_bounds, poses_root_first, scaled, whole
from blueprint.sources.articulation.part_file import part_glb
from blueprint.sources.articulation.urdf_file import read_urdf, write_urdf
from blueprint.sources.imported.asset import ImportedLink
from blueprint.sources.imported.hulls import hull_volume
from blueprint.sources.regen3d.reconstruction import ReconstructedObject, Reconstruction

SCALE = SceneScale(scene_id="scene", factor=0.5, source="none", n_samples=0)
UNITS = 4.0  # of the mesh file per metre: scale 0.5 of the object, factor 0.5 of the scene


def reconstruction(root: Path, things: dict[str, tuple[str, list[ImportedLink]]]) -> Reconstruction:
    """Rigid meshes (label, bodies in metres) as objects of a scene whose unit is half a metre."""
    objects = []
    for name, (label, links) in things.items():
        (root / name).mkdir(parents=True, exist_ok=True)
        path = root / name / "mesh.glb"
        path.write_bytes(part_glb(whole(scaled(links, UNITS))))
        objects.append(ReconstructedObject(name, label, path, IDENTITY, 0.5, "given"))
    return Reconstruction("scene", root, "kitchen", "test", objects, "given")


def environment(url: str = "", **more: str) -> dict[str, str]:
    service = {"PARTICULATE_ENDPOINT": url, "ARTICULATION_BACKEND": "particulate"} if url else {}
    return service | {"ARTICULATION_BACKOFF_S": "0.01", "INTERACTIVE_FAILURE_POLICY": "lenient"} | more


def asked(tmp_path: Path, links: list[ImportedLink], script: list[Reply], **more: str) -> Any:
    """What becomes of one kitchen cabinet whose service answers as scripted: its bodies (or None) and its record."""
    with Loopback(script) as server:
        found, summary = articulate(
            reconstruction(tmp_path / "in", {"cabinet_1": ("kitchen cabinet", links)}),
            SCALE,
            tmp_path / "out",
            articulation_settings(environment(server.url, **more)),
        )
    return found.get("cabinet_1"), summary.objects[0]


def well(links: list[ImportedLink], **changes: Any) -> Reply:
    return Reply(200, particulate_answer(links, **changes))


def assert_same_joints(truth: list[ImportedLink], found: list[ImportedLink], tolerance_m: float) -> None:
    wanted, got = ([link for link in links if link.joint] for links in (truth, found))
    poses, others = poses_root_first(truth), poses_root_first(found)
    boxes, made = link_bounds(truth), link_bounds(found)
    assert len(wanted) == len(got)
    for link, other in zip(wanted, got, strict=True):
        assert link.joint is not None
        assert other.joint is not None
        assert link.joint.type == other.joint.type
        axis = rotate(poses[link.name].quat_wxyz, link.joint.axis)
        assert rotate(others[other.name].quat_wxyz, other.joint.axis) == pytest.approx(axis, abs=1e-5)
        assert other.joint.upper == pytest.approx(link.joint.upper, abs=max(tolerance_m, 1e-5))
        assert np.abs(np.stack(boxes[link.name]) - np.stack(made[other.name])).max() < tolerance_m
        if link.joint.type == "revolute":
            between = np.subtract(others[other.name].position, poses[link.name].position)
            assert np.linalg.norm(between - (between @ axis) * axis) < tolerance_m


@pytest.mark.parametrize("seed", range(4))
def test_a_unit_normalised_answer_is_inverted_exactly(tmp_path: Path, seed: int) -> None:
    rng = rng_for(seed, "normalised")
    links = cabinet("base_cabinet", seed, doors=1 + seed % 2) if seed < 2 else cabinet("drawer_unit", seed)
    links = scaled(links, rng.uniform(0.8, 1.25, 3))
    found, record = asked(tmp_path, links, [well(links)])
    assert record.status == "articulated", record.reason
    assert record.backend == "particulate"
    assert record.rescaled_by == pytest.approx(float(np.ptp(np.stack(bounds(links)), axis=0).max()), abs=1e-5)
    assert_same_joints(links, found, 1e-5)
    assert all(link.mass_kg is None for link in found)


def test_a_wrapper_that_turns_the_mesh_to_the_gltf_standard_is_understood(tmp_path: Path) -> None:
    links = cabinet(doors=1)
    reply = well(links, mesh_base64=base64(particulate_glb(links, y_up=True)))
    found, _ = asked(tmp_path, links, [reply])
    assert_same_joints(links, found, 1e-5)


def test_parts_named_like_the_files_of_the_urdf_are_found_by_name(tmp_path: Path) -> None:
    links = cabinet(doors=2)
    found, _ = asked(tmp_path, links, [well(links, mesh_base64=base64(particulate_glb(links, prefix="part_")))])
    assert_same_joints(links, found, 1e-5)


def test_the_service_is_sent_the_mesh_in_metres_without_matrices(tmp_path: Path) -> None:
    links = cabinet(doors=1)
    with Loopback([well(links)]) as server:
        articulate(
            reconstruction(tmp_path / "in", {"cabinet_1": ("cabinet", links)}),
            SCALE,
            tmp_path / "out",
            articulation_settings(environment(server.url)),
        )
        body = server.asked[0].body
    scene = trimesh.load_scene(io.BytesIO(b64decode(body["glb_base64"])), file_type="glb")
    points = np.concatenate([shape.vertices for shape in scene.geometry.values()])  # as the model's reader does
    low, high = bounds(links)
    assert points.min(axis=0) == pytest.approx([low[0], low[2], -high[1]], abs=1e-5)


def test_busy_then_well_gives_joints_and_warming_for_ever_does_not(tmp_path: Path) -> None:
    links = cabinet(doors=1)
    found, _ = asked(tmp_path / "a", links, [BUSY, WARMING, well(links)])
    assert found is not None
    found, record = asked(tmp_path / "b", links, [WARMING], ARTICULATION_ATTEMPTS="2")
    assert found is None
    assert record.attempts[0].outcome == "unreachable"


def changed(text: str, old: str, new: str) -> str:
    assert old in text, old
    return text.replace(old, new)


URDF = particulate_urdf(cabinet(doors=1))
LIMIT = '<limit lower="0.000000" upper="1.570000"'
BOMB = '<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("urdf", "words"),
    [
        ("no xml", "is no URDF"),
        ("<robot/>", "is no URDF"),
        ("<model name='x'/>", "is no URDF"),
        (changed(URDF, '<?xml version="1.0"?>', f'<?xml version="1.0"?>{BOMB}'), "document type"),
        (changed(URDF, LIMIT, '<limit lower="nan" upper="1.57"'), "has the range"),
        (changed(URDF, LIMIT, '<limit lower="1.57" upper="1.57"'), "has the range"),
        (changed(URDF, LIMIT, '<limit lower="0" upper="inf"'), "has the range"),
        (changed(URDF, "<limit", "<nolimit").replace('velocity="100"/></joint>', "/></joint>"), "has the range"),
        (changed(URDF, '<axis xyz="0.000000 0.000000 -1.000000"/>', '<axis xyz="0 0 0"/>'), "has no axis"),
        (changed(URDF, '<axis xyz="0.000000 0.000000 -1.000000"/>', '<axis xyz="a b c"/>'), "is no URDF"),
        (changed(URDF, 'type="revolute"', 'type="fixed"'), "no joint that moves"),
        (changed(URDF, 'type="revolute"', 'type="floating"'), "is 'floating'"),
        (changed(URDF, '<parent link="link_0"/>', '<parent link="link_1"/>'), "expected 1|cycle|roots"),
        (changed(URDF, '<parent link="link_0"/>', '<parent link="nobody"/>'), "no link 'nobody'"),
        (changed(URDF, 'link name="link_1"', 'link name="link_0"'), "1 by name"),
        (changed(URDF, '<origin xyz="-', '<origin xyz="9'), "outside of the thing|beyond or short"),
    ],
)
def test_a_urdf_that_cannot_be_used_is_refused_with_the_reason(tmp_path: Path, urdf: str, words: str) -> None:
    links = cabinet(doors=1)
    found, record = asked(tmp_path, links, [well(links, urdf_base64=base64(urdf))])
    assert found is None
    assert record.status == "failed"
    assert record.attempts[0].outcome == "unusable"
    assert re.search(words, record.reason), record.reason


def test_entities_in_another_encoding_are_refused_too(tmp_path: Path) -> None:
    links = cabinet(doors=1)
    text = changed(URDF, '<?xml version="1.0"?>', f'<?xml version="1.0" encoding="utf-16"?>{BOMB}')
    found, record = asked(tmp_path, links, [well(links, urdf_base64=base64(text.encode("utf-16")))])
    assert found is None
    assert "document type" in record.reason


def test_parts_outside_of_the_mesh_are_refused(tmp_path: Path) -> None:
    links = cabinet(doors=1)
    other = cabinet("microwave", 1)  # of other proportions
    found, record = asked(tmp_path, links, [well(other)])
    assert found is None
    assert "beyond or short of the mesh" in record.reason


def test_a_mesh_that_is_no_glb_is_refused(tmp_path: Path) -> None:
    links = cabinet(doors=1)
    found, record = asked(tmp_path, links, [well(links, mesh_base64=base64(b"garbage"))])
    assert found is None
    assert record.attempts[0].outcome == "unusable"


@pytest.mark.parametrize("name", ["../../../etc/passwd", "/etc/passwd", "file:///etc/passwd", "http://a/b.obj"])
def test_a_urdf_names_only_files_of_its_payload(tmp_path: Path, name: str) -> None:
    links = cabinet(doors=1)
    files = urdf_with_files(links)
    files["made/made.urdf"] = changed(str(files["made/made.urdf"]), "package://made/meshes/body.obj", name)
    reply = Reply(200, {"payload_zip_base64": base64(zipped(files))})
    found, record = asked(tmp_path, links, [reply])
    assert found is None
    assert record.attempts[0].outcome == "unusable"


def test_a_range_without_zero_begins_at_the_pose_that_is_drawn_and_a_negative_one_is_reversed(tmp_path: Path) -> None:
    links = cabinet(doors=1)
    for number, (old, axis) in enumerate({'lower="0.3" upper="1.3"': -1.0, 'lower="-1.0" upper="0"': 1.0}.items()):
        urdf = changed(URDF, LIMIT, f"<limit {old}")
        found, _ = asked(tmp_path / str(number), links, [well(links, urdf_base64=base64(urdf))])
        joint = next(link.joint for link in found if link.joint)
        assert (joint.lower, joint.upper) == (0.0, pytest.approx(1.0))
        assert joint.axis[2] == axis


def test_a_continuous_joint_is_bounded_and_an_axis_gets_length_one(tmp_path: Path) -> None:
    links = cabinet(doors=1)
    urdf = changed(URDF, 'type="revolute"', 'type="continuous"')
    urdf = changed(urdf, '<axis xyz="0.000000 0.000000 -1.000000"/>', '<axis xyz="0 0 -7"/>')
    found, _ = asked(tmp_path, links, [well(links, urdf_base64=base64(urdf))])
    joint = next(link.joint for link in found if link.joint)
    assert (joint.lower, joint.upper) == pytest.approx((-np.pi, np.pi))
    assert joint.axis == (0.0, 0.0, -1.0)


def test_fixed_joints_are_merged_into_their_body(tmp_path: Path) -> None:
    links = cabinet(doors=2)
    name = "joint_0_2"
    urdf = changed(particulate_urdf(links), f'name="{name}" type="revolute"', f'name="{name}" type="fixed"')
    found, record = asked(tmp_path, links, [well(links, urdf_base64=base64(urdf))])
    assert record.joint_count == 1
    assert len(found) == 2
    assert np.stack(bounds(found)) == pytest.approx(np.stack(bounds(links)), abs=1e-5)


def test_a_placeholder_stays_rigid_with_a_warning_and_is_an_error_in_production(tmp_path: Path) -> None:
    links = cabinet(doors=1)
    found, record = asked(tmp_path, links, [well(links, placeholder=True)])
    assert found is None
    assert record.status == "placeholder"
    assert "cabinet_1" in (tmp_path / "out" / ".interactive_placeholder_warning").read_text()
    with pytest.raises(StageError, match="placeholders for"):
        asked(tmp_path, links, [well(links, placeholder=True)], DISALLOW_PLACEHOLDER_URDF="true")


def test_the_next_run_leaves_nothing_of_the_one_before(tmp_path: Path) -> None:
    links = cabinet(doors=1)
    asked(tmp_path, links, [well(links, placeholder=True)])
    asked(tmp_path, links, [well(links)])
    assert not (tmp_path / "out" / ".interactive_placeholder_warning").exists()
    asked(tmp_path, links, [Reply(400, {"error": "no"})])
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [".interactive_summary.json"]


@pytest.mark.parametrize(
    ("policy", "required", "fails"),
    [
        ("strict", "", True),
        ("hybrid_strict", "", False),
        ("hybrid_strict", "cabinet_1", True),
        ("hybrid_strict", "base_cabinet", True),
        ("hybrid_strict", "fridge", False),
        ("lenient", "cabinet_1", False),
    ],
)
def test_the_policy_says_which_failure_fails_the_stage(tmp_path: Path, policy: str, required: str, fails: bool) -> None:
    links = cabinet(doors=1)
    more = {"INTERACTIVE_FAILURE_POLICY": policy, "INTERACTIVE_REQUIRED_OBJECTS": required}
    if fails:
        with pytest.raises(StageError, match="1 objects got no joints"):
            asked(tmp_path, links, [Reply(400, {"error": "no"})], **more)
    else:
        _, record = asked(tmp_path, links, [Reply(400, {"error": "no"})], **more)
        assert record.status == "failed"
    assert (tmp_path / "out" / ".interactive_summary.json").is_file()  # also where it failed: it says why


def test_auto_records_the_service_that_failed_and_the_fit_that_took_its_place(tmp_path: Path) -> None:
    links = cabinet(doors=2)
    found, record = asked(tmp_path, links, [Reply(413, {"error": "too large"})], ARTICULATION_BACKEND="auto")
    assert [(item.backend, item.outcome) for item in record.attempts] == [
        ("particulate", "refused"),
        ("heuristic", "articulated"),
    ]
    assert_same_joints(links, found, 0.01)


def test_a_zip_of_a_generator_is_stretched_into_the_box_of_the_mesh_and_its_licence_recorded(tmp_path: Path) -> None:
    links = scaled(cabinet(doors=1), (1.1, 0.95, 1.0))
    with Loopback([Reply(200, zip_answer(cabinet(doors=1), "infinigen", size=2.5))]) as server:
        found, summary = articulate(
            reconstruction(tmp_path / "in", {"cabinet_1": ("cabinet", links)}),
            SCALE,
            tmp_path / "out",
            articulation_settings({"INFINIGEN_ENDPOINT": server.url, "ARTICULATION_BACKEND": "infinigen"}),
        )
    assert summary.objects[0].status == "articulated", summary.objects[0].reason
    assert_same_joints(links, found["cabinet_1"], 1e-4)
    assert read_licenses(tmp_path / "out")["cabinet_1"].spdx == "BSD-3-Clause"


def test_physx_anything_needs_a_picture_and_leaves_its_licence(tmp_path: Path) -> None:
    links = cabinet(doors=1)
    scene = reconstruction(tmp_path / "in", {"cabinet_1": ("cabinet", links)})
    with Loopback([Reply(200, zip_answer(links, "physx-anything"))]) as server:
        variables = environment(
            PHYSX_ANYTHING_ENDPOINT=server.url,
            PHYSX_ANYTHING_LICENSE_ACCEPTED="1",
            ARTICULATION_BACKEND="physx_anything",
        )
        settings = articulation_settings(variables)
        _, summary = articulate(scene, SCALE, tmp_path / "out", settings)
        assert summary.objects[0].attempts[0].outcome == "refused"
        assert "no picture" in summary.objects[0].reason
        assert not server.asked
        (tmp_path / "in" / "cabinet_1" / "crop.png").write_bytes(b"png")
        _, summary = articulate(scene, SCALE, tmp_path / "out", settings)
    assert summary.objects[0].status == "articulated", summary.objects[0].reason
    assert "S-Lab" in read_licenses(tmp_path / "out")["cabinet_1"].spdx


def test_what_is_written_is_read_back_and_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    asset = generate(AssetRequest("microwave", seed=1))
    scene = reconstruction(
        tmp_path / "in", {"oven_1": ("microwave", links_of_asset(asset)), "sofa_1": ("sofa", links_of_asset(asset))}
    )
    runs = []
    for name in ("a", "b"):
        found, summary = articulate(scene, SCALE, tmp_path / name, articulation_settings({}))
        files = sorted(path for path in (tmp_path / name).rglob("*") if path.is_file())
        runs.append({str(path.relative_to(tmp_path / name)): path.read_bytes() for path in files})
        again = read_articulated(tmp_path / name)
        assert list(again) == list(found) == ["oven_1"]
        assert [link.joint for link in again["oven_1"]] == [link.joint for link in found["oven_1"]]
        assert [record.status for record in summary.objects] == ["articulated", "static"]
        assert {grasp.link for grasp in read_handles(tmp_path / name)["oven_1"]} == {"door"}
    assert runs[0] == runs[1]
    assert "obj_oven_1/oven_1.urdf" in runs[0]


def test_the_urdf_that_is_written_opens_with_its_meshes_where_they_belong(tmp_path: Path) -> None:
    links = links_of_asset(generate(AssetRequest("microwave", seed=1)))
    scene = reconstruction(tmp_path / "in", {"oven_1": ("microwave", links)})
    found, _ = articulate(scene, SCALE, tmp_path / "out", articulation_settings({}))
    robot = yourdfpy.URDF.load(str(tmp_path / "out" / "obj_oven_1" / "oven_1.urdf"), build_collision_scene_graph=True)
    assert robot.validate()
    assert robot.scene.bounds == pytest.approx(np.stack(bounds(found["oven_1"])), abs=1e-5)
    model = generate(AssetRequest("microwave", seed=1)).model
    shapes = [item.shape.kind for link in found["oven_1"] for item in link.colliders]
    assert shapes == [item.shape.kind for link in model.links for item in link.colliders]


def test_round_colliders_are_read_back_as_hulls_of_the_same_size(tmp_path: Path) -> None:
    links = cabinet("washing_machine", 1)
    write_urdf(tmp_path, "washer_1", links)
    again = read_urdf(tmp_path, "washer_1")
    assert {item.shape.kind for link in again for item in link.colliders} == {"box", "convex"}
    for link, other in zip(links, again, strict=True):
        volume = sum(hull_volume(points) for points in link.pieces)
        read = sum(solid_properties(item.shape).volume for item in other.colliders)
        assert read == pytest.approx(volume, rel=1e-3)


def test_a_mesh_that_cannot_be_read_fails_by_itself(tmp_path: Path) -> None:
    links = cabinet(doors=1)
    scene = reconstruction(tmp_path / "in", {"broken_1": ("cabinet", links), "mug_1": ("mug", links)})
    scene.objects[0].mesh.write_bytes(b"nothing")
    found, summary = articulate(scene, SCALE, tmp_path / "out", articulation_settings(environment()))
    assert found == {}
    assert [record.status for record in summary.objects] == ["failed", "static"]
    assert "cannot be read" in summary.objects[0].reason


def test_an_object_id_that_leaves_the_folder_is_refused(tmp_path: Path) -> None:
    scene = reconstruction(tmp_path / "in", {"a_1": ("cabinet", cabinet(doors=1))})
    bad = replace(scene, objects=[replace(scene.objects[0], object_id="../x")])
    with pytest.raises(InputError, match="identifier"):
        articulate(bad, SCALE, tmp_path / "out", articulation_settings(environment()))


@pytest.mark.parametrize(
    ("label", "generator"),
    [
        ("kitchen cabinet", "base_cabinet"),
        ("fridge", "fridge"),
        ("oven", "stove"),
        ("door", "interior_door"),
        ("wooden drawer", "drawer_unit"),
        ("grandfather clock", None),
        ("mug", None),
        ("something else", None),
    ],
)
def test_what_opens_is_known_by_its_name(label: str, generator: str | None) -> None:
    assert articulated_generator(label) == generator


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"ARTICULATION_BACKEND": "magic"}, "ARTICULATION_BACKEND is 'magic'"),
        ({"ARTICULATION_BACKEND": "particulate"}, "has no address"),
        ({"PARTICULATE_MODE": "mock", "PIPELINE_ENV": "production"}, "makes placeholders"),
        ({"PARTICULATE_MODE": "local"}, "without an address"),
        ({"PARTICULATE_ENDPOINT": "ftp://x"}, "no plain http"),
        ({"PARTICULATE_ENDPOINT": "http://x", "PARTICULATE_TIMEOUT_S": "nan"}, "PARTICULATE_TIMEOUT_S is 'nan'"),
        ({"PHYSX_ANYTHING_ENDPOINT": "http://x"}, "no commercial use"),
        ({"DISALLOW_PLACEHOLDER_URDF": "maybe"}, "expected true or false"),
        ({"INTERACTIVE_FAILURE_POLICY": "soft"}, "there are"),
    ],
)
def test_settings_that_mean_nothing_are_refused_by_name(variables: dict[str, str], words: str) -> None:
    with pytest.raises(InputError, match=words):
        articulation_settings(variables)


def test_a_mock_makes_placeholders_and_says_so(tmp_path: Path) -> None:
    scene = reconstruction(tmp_path / "in", {"a_1": ("cabinet", cabinet(doors=1))})
    settings = articulation_settings({"PARTICULATE_MODE": "mock", "ARTICULATION_BACKEND": "particulate"})
    found, summary = articulate(scene, SCALE, tmp_path / "out", settings)
    assert found == {}
    assert summary.placeholders == 1
