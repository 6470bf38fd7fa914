"""The import as a whole: what it leaves, what it repeats, where it goes on, and that its memory stays what it was."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "quality" / "geniesim"))

from synthetic_episode import G1, write_episode

from blueprint.cli.app import main
from blueprint.contracts.errors import InputError, StageError, StorageError
from blueprint.contracts.geniesim.import_bundle import BundleManifest, EpisodesImportedEvent, FailedImports
from blueprint.pipeline.steps.geniesim_import import ImportRequest, run_geniesim_import

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
KEYS = {  # of the former pipeline's import_manifest.json
    "schema_version", "schema_definition", "generated_at", "scene_id", "run_id", "status", "robot_types",
    "recordings_format", "artifact_contract_version", "job_id", "output_dir", "gcs_output_path", "import_status",
    "success", "job_idempotency", "readme_path", "checksums_path", "episodes", "quality", "quality_config", "lerobot",
    "cosmos_policy", "validation", "verification", "metrics_summary", "regression_metrics", "checksums", "provenance",
    "package", "file_inventory", "upload_status", "upload_summary",
}  # fmt: skip


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two good episodes and one that failed."""
    folder = tmp_path_factory.mktemp("recordings")
    for number in range(3):
        write_episode(folder / f"[put_cube_{number}]", frames=16, seed=number, task_status=number != 1)
    return folder


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    folder = tmp_path / "scenes" / "kitchen"
    folder.mkdir(parents=True)
    return folder


def request(scene: Path, recordings: Path, **options: object) -> ImportRequest:
    return ImportRequest(scene, recordings, job_id="job_1", now=lambda: NOW, **options)  # type: ignore[arg-type]


def hashes(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_an_import_leaves_the_bundle_that_the_contract_lists(scene: Path, recordings: Path) -> None:
    result = run_geniesim_import(request(scene, recordings))
    out = scene / "episodes" / "geniesim_job_1"
    document = json.loads((out / "import_manifest.json").read_text())
    assert set(document) >= KEYS
    assert document["generated_at"] == NOW.isoformat()
    assert (document["status"], document["import_status"]) == ("completed_with_errors", "partial")
    assert document["episodes"]["passed_validation"] == 2
    assert document["episodes"]["refused_by_reason"] == {"task_failed": 1}
    assert (scene / "geniesim" / "import_manifest.json").read_bytes() == (out / "import_manifest.json").read_bytes()
    assert BundleManifest.read(out / "import_manifest.json") == result.manifest
    for name in ("README.md", "checksums.json", "failed_episodes.json", "lerobot/meta/info.json"):
        assert (out / name).is_file()
    failed = FailedImports.read(out / "failed_episodes.json")
    assert [(item.name, item.reason.value) for item in failed.episodes] == [("[put_cube_1]", "task_failed")]
    assert "task_result.json" in failed.episodes[0].remediation
    files = json.loads((out / "checksums.json").read_text())["files"]
    assert {name: entry["sha256"] for name, entry in files.items()} == {
        name: digest for name, digest in hashes(out).items() if name in files
    }
    marker = json.loads((scene / "geniesim" / "idempotency" / "import" / "job_1.json").read_text())
    assert marker == {
        "scene_id": "kitchen", "job_id": "job_1", "status": "completed", "timestamp": NOW.isoformat(),
    }  # fmt: skip
    assert (scene / "geniesim" / ".geniesim_import_complete").is_file()
    event = EpisodesImportedEvent.read(out / "episodes_imported.json")
    assert (event.type, event.data.episode_count) == ("blueprintpipeline.episodes.imported", 2)


def test_the_bundle_is_a_plain_archive_of_the_datasets(scene: Path, recordings: Path) -> None:
    result = run_geniesim_import(request(scene, recordings))
    with tarfile.open(result.folder / result.manifest.package["path"]) as archive:
        members = archive.getmembers()
    assert all(member.isreg() and member.mtime == 0 and member.uid == 0 for member in members)
    names = {member.name.split("/", 1)[1] for member in members}
    assert {"lerobot/meta/info.json", "lerobot_v21/meta/info.json", "README.md", "checksums.json"} <= names


def test_the_same_import_is_not_repeated_and_overwriting_gives_the_same_bytes(scene: Path, recordings: Path) -> None:
    assert run_geniesim_import(request(scene, recordings)).status == "completed"
    before = hashes(scene)
    stamps = {path: path.stat().st_mtime_ns for path in scene.rglob("*") if path.is_file()}
    assert run_geniesim_import(request(scene, recordings)).status == "unchanged"
    assert {path: path.stat().st_mtime_ns for path in stamps if path.name != ".import.lock"} == {
        path: stamp for path, stamp in stamps.items() if path.name != ".import.lock"
    }
    assert run_geniesim_import(request(scene, recordings, overwrite=True)).status == "completed"
    assert hashes(scene) == before


def test_new_episodes_of_a_job_are_added_and_finished_ones_kept(scene: Path, recordings: Path, tmp_path: Path) -> None:
    growing = Path(shutil.copytree(recordings, tmp_path / "growing"))
    run_geniesim_import(request(scene, growing))
    kept = next((scene / "episodes" / "geniesim_job_1" / "recordings").rglob("trajectory.npz"))
    stamp = kept.stat().st_mtime_ns
    write_episode(growing / "[put_cube_9]", frames=16, seed=9)
    result = run_geniesim_import(request(scene, growing))
    assert (result.status, result.manifest.episodes["passed_validation"]) == ("completed", 3)
    assert kept.stat().st_mtime_ns == stamp
    shutil.rmtree(growing / "[put_cube_9]")
    assert run_geniesim_import(request(scene, growing)).manifest.episodes["passed_validation"] == 2


def test_a_strict_import_fails_on_one_bad_episode_and_says_which(scene: Path, recordings: Path) -> None:
    with pytest.raises(StageError, match="task_failed 1"):
        run_geniesim_import(request(scene, recordings, fail_on_partial_error=True))
    out = scene / "episodes" / "geniesim_job_1"
    assert FailedImports.read(out / "failed_episodes.json").episodes[0].name == "[put_cube_1]"
    assert BundleManifest.read(out / "import_manifest.json").import_status == "failed"
    assert not (scene / "geniesim" / ".geniesim_import_complete").exists()
    assert not (scene / "geniesim" / "idempotency").exists()


def test_an_import_without_a_good_episode_fails(scene: Path, recordings: Path, tmp_path: Path) -> None:
    shutil.copytree(recordings / "[put_cube_1]", tmp_path / "bad" / "[put_cube_1]")
    with pytest.raises(StageError, match="0 of 1 episodes accepted"):
        run_geniesim_import(request(scene, tmp_path / "bad"))
    assert not (scene / "geniesim" / ".geniesim_import_complete").exists()


def test_two_robots_give_two_datasets(scene: Path, recordings: Path, tmp_path: Path) -> None:
    both = Path(shutil.copytree(recordings, tmp_path / "both"))
    write_episode(both / "[put_cube_5]", frames=16, seed=5, robot=G1)
    result = run_geniesim_import(request(scene, both))
    assert result.manifest.robot_types == ["a2d", "g2a"]
    assert {name: entry["episodes"] for name, entry in result.manifest.lerobot["output_dirs"].items()} == {
        "lerobot": 2, "lerobot_2": 1, "lerobot_v21": 2, "lerobot_v21_2": 1,
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["zip", "gztar"])
def test_an_archive_is_imported_as_the_folder_in_it(scene: Path, recordings: Path, tmp_path: Path, kind: str) -> None:
    archive = shutil.make_archive(str(tmp_path / "episodes"), kind, recordings.parent, recordings.name)
    result = run_geniesim_import(request(scene, Path(archive)))
    assert result.manifest.episodes["passed_validation"] == 2
    assert not (result.folder / ".unpacked").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"job_id": "../x"}, "job id"),
        ({"job_id": ".x"}, "job id"),
        ({"job_id": None}, "job id"),
        ({"min_quality_score": 0.2}, "out of range"),
        ({"episodes": Path("/no/such/folder")}, "not a folder"),
    ],
)
def test_an_unusable_request_is_refused(scene: Path, recordings: Path, options: dict, said: str) -> None:
    given = {"episodes": recordings, "job_id": "job_1", **options}
    with pytest.raises(InputError, match=said):
        run_geniesim_import(ImportRequest(scene, **given))


def test_the_command_imports_and_tells(scene: Path, recordings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["geniesim", "import", str(scene), "--episodes", str(recordings), "--job-id", "job_1"]
    with pytest.raises(SystemExit) as stopped:
        main([*words, "--json"])
    assert stopped.value.code == 0
    assert json.loads(capsys.readouterr().out)["episodes"]["passed_validation"] == 2
    with pytest.raises(SystemExit) as stopped:
        main([*words, "--overwrite", "--fail-on-partial-error"])
    assert stopped.value.code == 5


@pytest.mark.slow
def test_a_killed_import_goes_on_where_it_was(scene: Path, tmp_path: Path) -> None:
    folder = tmp_path / "many"
    for number in range(8):
        write_episode(folder / f"[put_cube_{number}]", frames=16, seed=number)
    script = (
        "import sys; from pathlib import Path\n"
        "from blueprint.pipeline.steps.geniesim_import import ImportRequest, run_geniesim_import\n"
        "run_geniesim_import(ImportRequest(Path(sys.argv[1]), Path(sys.argv[2]), job_id='job_1'))\n"
    )
    process = subprocess.Popen([sys.executable, "-c", script, str(scene), str(folder)])
    certificates = scene / "episodes" / "geniesim_job_1" / "certificates"
    deadline = time.monotonic() + 60
    while len(list(certificates.glob("*.json"))) < 3 and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (scene / "geniesim" / ".geniesim_import_complete").exists()
    done = {path: path.stat().st_mtime_ns for path in scene.rglob("trajectory.npz")}
    finished = {path.stem for path in certificates.glob("*.json")}
    result = run_geniesim_import(request(scene, folder))
    assert result.manifest.episodes["passed_validation"] == 8
    kept = [path for path, stamp in done.items() if path.parent.name in finished and path.stat().st_mtime_ns == stamp]
    assert len(kept) == len(finished) >= 3
    resumed = hashes(result.folder)
    run_geniesim_import(request(scene, folder, overwrite=True))
    assert hashes(result.folder) == resumed


def test_a_disk_that_is_full_of_datasets_is_told_and_the_import_goes_on(
    scene: Path, recordings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: object, **_kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("pyarrow.parquet.write_table", full)
        with pytest.raises(StorageError, match="No space left"):
            run_geniesim_import(request(scene, recordings))
    assert not (scene / "geniesim" / ".geniesim_import_complete").exists()
    assert run_geniesim_import(request(scene, recordings)).manifest.episodes["passed_validation"] == 2


@pytest.mark.slow
def test_a_thousand_episodes_need_hardly_more_memory_than_a_hundred(tmp_path: Path) -> None:
    first = write_episode(tmp_path / "seed" / "[put_cube_0]", frames=12)
    peaks = {}
    for count in (100, 1000):
        folder = tmp_path / f"in_{count}"
        for number in range(count):
            copy = folder / f"[put_cube_{number}]"
            shutil.copytree(first, copy, copy_function=os.link)
            info = copy / "data_info.json"
            data = info.read_bytes().replace(b'"episode_id": 0', b'"episode_id": %d' % number)
            info.unlink()
            info.write_bytes(data)
        scene = tmp_path / f"scene_{count}"
        scene.mkdir()
        script = (
            "import sys, resource; from pathlib import Path\n"
            "from blueprint.pipeline.steps.geniesim_import import ImportRequest, run_geniesim_import\n"
            "r = run_geniesim_import(ImportRequest(Path(sys.argv[1]), Path(sys.argv[2]), job_id='job_1'))\n"
            "print(r.manifest.episodes['passed_validation'], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
        )
        said = subprocess.run(
            [sys.executable, "-c", script, str(scene), str(folder)], check=True, capture_output=True, text=True
        ).stdout.split()
        assert int(said[0]) == count
        peaks[count] = int(said[1])
    assert (peaks[1000] - peaks[100]) / 900 < 128, peaks  # KiB an episode: names, hashes and figures, no arrays
