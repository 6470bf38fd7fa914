"""From a reconstruction to a certified scene, through the stages that a user runs."""

import hashlib
import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import trimesh

sys.path.insert(0, str(Path(__file__).parents[1] / "sources"))
from regen3d_folders import NativeFolder

from blueprint.contracts.certificate import PhysicsCertificate
from blueprint.contracts.errors import StageError
from blueprint.contracts.mesh_report import MeshBatchReport
from blueprint.contracts.scene_manifest import SceneManifest
from blueprint.contracts.scene_scale import SceneScale
from blueprint.pipeline.entry import plan_run, run_pipeline
from blueprint.pipeline.settings import RunSettings
from blueprint.quality.reconstruction_accuracy import compare_with_truth
from blueprint.sources.regen3d.synthesis import synthesise
from blueprint.storage import layout

OWN = ["regen3d", "scale", "interactive", "source", "simready", "usd"]


def write_room(folder: Path) -> Path:
    """An armchair, a table and a mug on it, of boxes, as 3D-RE-GEN writes them."""
    return NativeFolder(folder).write()


def run(source, root, scene_id="s", **options):
    return run_pipeline(str(source), str(root), scene_id, RunSettings(), to_stage="usd", **options)


def hashes(scene_dir: Path) -> dict[str, str]:
    names = ("regen3d/**/*", "assets/**/*", "layout/*.json", "usd/*", "mjcf/**/*")
    files = {path for name in names for path in scene_dir.glob(name) if path.is_file() and path.name[0] != "."}
    return {str(path.relative_to(scene_dir)): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(files)}


def test_a_room_of_boxes_becomes_a_certified_scene_and_nothing_is_done_twice(tmp_path):
    folder = write_room(tmp_path / "given")
    done = run(folder, tmp_path / "runs")
    assert done.stages == dict.fromkeys(OWN, "completed")
    scene_dir = Path(done.scene_dir)
    assert PhysicsCertificate.read(scene_dir / layout.PHYSICS_CERTIFICATE).passed
    manifest = SceneManifest.read(scene_dir / layout.SCENE_MANIFEST)
    assert manifest.metadata["source"] == "image"
    assert len(manifest.objects) == MeshBatchReport.read(scene_dir / layout.MESH_REPORT).succeeded + 1
    assert SceneScale.read(scene_dir / layout.SCENE_SCALE).source != "none"
    assert run(folder, tmp_path / "runs", resume=True).stages == dict.fromkeys(OWN, "unchanged")


def test_a_scene_from_text_needs_none_of_its_stages(tmp_path):
    plan = plan_run("a table with a mug", str(tmp_path), "s", RunSettings(), to_stage="source", resume=True)
    assert {name: plan.stages[name] for name in OWN[:3]} == dict.fromkeys(OWN[:3], "not needed")


def test_a_photo_goes_through_the_command_that_the_user_names(tmp_path, monkeypatch):
    from PIL import Image

    folder = write_room(tmp_path / "made")
    photo = tmp_path / "room.png"
    Image.new("RGB", (64, 48), (90, 80, 70)).save(photo)
    script = tmp_path / "reconstruct.py"
    script.write_text("import shutil, sys; shutil.copytree(sys.argv[1], sys.argv[2], dirs_exist_ok=True)\n")
    command = [sys.executable, str(script), str(folder), "{out}", "{image}"]
    monkeypatch.setenv("REGEN3D_COMMAND", json.dumps(command))
    done = run_pipeline(str(photo), str(tmp_path / "runs"), "s", RunSettings(), to_stage="scale")
    assert done.stages == {"regen3d": "completed", "scale": "completed"}
    monkeypatch.setenv("REGEN3D_COMMAND", json.dumps(["/bin/false", "{image}", "{out}"]))  # nobody asks it again
    again = run_pipeline(str(photo), str(tmp_path / "runs"), "s", RunSettings(), to_stage="scale", resume=True)
    assert again.stages == {"regen3d": "unchanged", "scale": "unchanged"}


def test_a_photo_that_cannot_be_reconstructed_says_so_and_leaves_a_failure_marker(tmp_path, monkeypatch):
    from PIL import Image

    photo = tmp_path / "room.png"
    Image.new("RGB", (64, 48), (90, 80, 70)).save(photo)
    monkeypatch.setenv("REGEN3D_COMMAND", json.dumps(["/bin/false", "{image}", "{out}"]))
    with pytest.raises(StageError):
        run_pipeline(str(photo), str(tmp_path / "runs"), "s", RunSettings(), to_stage="scale")
    assert (tmp_path / "runs" / "scenes" / "s" / "regen3d" / ".failed").exists()


@pytest.mark.slow
def test_too_few_usable_meshes_stop_the_scene_and_are_named(tmp_path):
    things = NativeFolder(tmp_path).things
    crumbs = [replace(item, mesh=trimesh.creation.cone(0.2, 0.4, sections=3)) for item in things[:2]]
    folder = NativeFolder(tmp_path / "given", things=[*crumbs, things[2]]).write()
    with pytest.raises(StageError, match=r"1 of 3 meshes could be prepared.*armchair.*6 triangles"):
        run(folder, tmp_path / "runs")
    report = MeshBatchReport.read(tmp_path / "runs" / "scenes" / "s" / layout.MESH_REPORT)
    assert report.succeeded == 1
    assert len(report.failures) == 2


@pytest.mark.slow
def test_a_made_reconstruction_comes_near_its_truth_with_any_number_of_workers(tmp_path):
    truth = synthesise("office", 0, "low", tmp_path / "given")
    found = []
    for workers in (1, 2):
        root = tmp_path / f"w{workers}"
        settings = RunSettings(workers=workers)
        done = run_pipeline(str(tmp_path / "given"), str(root), "s", settings, to_stage="usd")
        found.append(hashes(Path(done.scene_dir)))
    assert found[0] == found[1]
    accuracy = compare_with_truth(Path(done.scene_dir), truth)
    assert accuracy.objects_found >= 0.9 * accuracy.objects_expected
    assert accuracy.scale_error is not None
    assert abs(accuracy.scale_error) < 0.05
    assert accuracy.position_m is not None
    assert accuracy.position_m.median < 0.05
