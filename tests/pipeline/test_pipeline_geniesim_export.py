import hashlib
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "export"))
from geniesim_scene import write_scene

from blueprint.contracts.errors import GateError
from blueprint.contracts.geniesim.export_manifest import ExportManifest
from blueprint.contracts.geniesim.export_settings import EXPORT_SETTINGS_FILE, GeniesimExportSettings
from blueprint.pipeline.settings import RunSettings
from blueprint.pipeline.stage import StageContext, expand
from blueprint.pipeline.stages import STAGES
from blueprint.pipeline.steps.geniesim_export import GATES, export_geniesim, preview_export
from blueprint.quality.gates import AUDIT_LOG, grant_override, require
from blueprint.storage import layout

(GENIESIM_EXPORT,) = [stage for stage in STAGES if stage.name == "geniesim-export"]
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
ONE_ROBOT = GeniesimExportSettings(robots=["G2_omnipicker"])


@pytest.fixture(scope="module")
def scene_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_scene(tmp_path_factory.mktemp("export_stage"))


def run(scene_dir: Path, now: datetime = NOON):
    return export_geniesim(StageContext("geniesim-export", scene_dir, RunSettings()), clock=lambda: now)


def hashes(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.slow
def test_the_stage_judges_its_gates_and_a_day_later_only_timestamps_differ(scene_dir):
    outcome = run(scene_dir)
    assert outcome.marker_fields["ready_for_geniesim"] is True
    assert outcome.marker_fields["templates"] > 0
    assert "table_1_top_g1" in outcome.marker_fields["surfaces_without_template"]
    for gate, checkpoint in GATES.items():
        certificate = require(scene_dir, gate)
        assert certificate.checkpoint == checkpoint
        assert certificate.passed
    assert set(GATES) == set(GENIESIM_EXPORT.judges)
    written = {path for path in (scene_dir / "geniesim").rglob("*") if path.is_file()}
    assert written == set(expand(scene_dir, GENIESIM_EXPORT.writes)), "nothing is written that is not declared"
    (scene_dir / "geniesim" / "job.json").write_text("{}")  # another stage's file: not touched, not listed
    first = hashes(scene_dir / "geniesim")
    manifest = ExportManifest.read(scene_dir / "geniesim" / "export_manifest.json")
    run(scene_dir, NOON + timedelta(days=1))
    again = hashes(scene_dir / "geniesim")
    differing = {name for name in first.keys() | again.keys() if first.get(name) != again.get(name)}
    assert differing == {"export_manifest.json", "_GENIESIM_EXPORT_COMPLETE"}
    later = ExportManifest.read(scene_dir / "geniesim" / "export_manifest.json")
    assert later.content_hash == manifest.content_hash
    assert "job.json" not in later.checksums.files
    for name, entry in later.checksums.files.items():
        assert again[name] == entry.sha256


@pytest.mark.slow
def test_a_preview_estimates_and_leaves_the_scene_as_it_is(tmp_path):
    scene_dir = write_scene(tmp_path)
    before = hashes(scene_dir)
    settings = ONE_ROBOT.model_copy(update={"episodes_per_task": 3, "usd_per_cpu_hour": 2.0})
    manifest = preview_export(scene_dir, settings, now=NOON)
    assert hashes(scene_dir) == before
    estimate = manifest.estimate
    assert estimate.episodes == 3 * manifest.result.statistics.templates
    assert estimate.cpu_hours == pytest.approx(estimate.episodes * settings.figures.cpu_seconds / 3600, abs=1e-4)
    assert estimate.cost_usd == pytest.approx(2.0 * estimate.cpu_hours, abs=1e-3)
    assert "docs/benchmarks.md" in estimate.figures_source


@pytest.mark.slow
def test_a_scene_that_is_not_ready_is_not_exported_until_two_people_let_it_pass(tmp_path):
    scene_dir = write_scene(tmp_path)
    ONE_ROBOT.write(scene_dir / EXPORT_SETTINGS_FILE)
    manifest = scene_dir / layout.SCENE_MANIFEST
    data = json.loads(manifest.read_text())
    data["objects"][1].pop("placement")
    manifest.write_text(json.dumps(data))
    with pytest.raises(GateError, match="says not what it stands on"):
        run(scene_dir)
    assert not (scene_dir / "geniesim").exists()
    grant_override(
        scene_dir,
        "geniesim_export_ready",
        requester="ada",
        approver="grace",
        reason="the can is glued to the table",
        valid_for=timedelta(days=1),
    )
    run(scene_dir)
    assert (scene_dir / "geniesim" / "_GENIESIM_EXPORT_COMPLETE").is_file()
    assert ExportManifest.read(scene_dir / "geniesim" / "export_manifest.json").quality_gates == {
        "geniesim_export_ready": False,
        "geniesim_scene_graph_valid": True,
        "geniesim_task_config_valid": True,
        "geniesim_package_valid": True,
    }
    (entry,) = (scene_dir / AUDIT_LOG).read_text().splitlines()
    assert json.loads(entry)["requester"] == "ada"


def test_a_rolled_back_canary_is_not_exported(tmp_path, monkeypatch):
    scene_dir = write_scene(tmp_path)
    marker = scene_dir / "geniesim" / ".canary_rollback"
    marker.parent.mkdir()
    marker.touch()
    with pytest.raises(GateError, match="Rollback marker present"):
        run(scene_dir)
    marker.unlink()
    elsewhere = tmp_path / "scenes" / "canary" / "geniesim" / ".canary_rollback"
    elsewhere.parent.mkdir(parents=True)
    elsewhere.touch()
    monkeypatch.setenv("CANARY_ROLLBACK_MARKER", "scenes/canary/geniesim/.canary_rollback")
    with pytest.raises(GateError, match="canary"):
        run(scene_dir)
    assert [path.name for path in (scene_dir / "geniesim").iterdir()] == []


def test_the_commercial_filter_leaves_out_what_it_must_and_says_so(tmp_path):
    scene_dir = write_scene(tmp_path, bowl_licence="CC-BY-NC-4.0")
    ONE_ROBOT.model_copy(update={"filter_commercial": True}).write(scene_dir / EXPORT_SETTINGS_FILE)
    run(scene_dir)
    folder = scene_dir / "geniesim"
    provenance = json.loads((folder / "legal" / "asset_provenance.json").read_text())
    assert provenance["excluded"] == {"bowl_1": "licence CC-BY-NC-4.0"}
    for name in ("scene_graph", "asset_index", "task_config"):
        assert "obj_bowl_1" not in (folder / f"{name}.json").read_text()
    assert not list((folder / "sim_assets").rglob("bowl_*"))
    assert not [path for path in (folder / "tasks").rglob("*.json") if "bowl" in path.name]
    warnings = ExportManifest.read(folder / "export_manifest.json").result.warnings
    assert any("pick_place::apple_1" in text and "bowl_1" in text for text in warnings)
