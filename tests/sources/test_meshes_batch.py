"""Batches of meshes: order, sharing, and every way in which one mesh can go wrong among others that do not."""

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from meshes_batch_work import prepare

from blueprint.contracts.asset import License
from blueprint.contracts.errors import InputError, StorageError
from blueprint.contracts.mesh_report import MeshBatchReport
from blueprint.sources.meshes.batch import prepare_meshes
from blueprint.sources.meshes.mesh_input import MeshInput, PreparedMesh

LICENSE = License(spdx="CC0-1.0", source="made for a test")


def item(folder: Path, name: str, text: str, suffix: str = ".stl") -> MeshInput:
    path = folder / f"{name}{suffix}"
    path.write_text(text)
    return MeshInput(name, path, folder, "box", "a box", "clutter", LICENSE)


def run(
    items: list[MeshInput] | Iterator[MeshInput], workers: int = 2, rate: float = 1.0, cache_dir: Path | None = None
) -> tuple[MeshBatchReport, dict[str, PreparedMesh]]:
    saved: dict[str, PreparedMesh] = {}

    def save(prepared: PreparedMesh) -> None:
        assert prepared.report.name not in saved
        saved[prepared.report.name] = prepared

    report = prepare_meshes(
        items, workers=workers, min_success_rate=rate, save=save, cache_dir=cache_dir, prepare=prepare
    )
    return report, saved


@pytest.mark.slow
def test_the_report_is_in_the_order_given_and_the_same_for_one_worker_and_two(tmp_path: Path) -> None:
    heights = ["2", "0.5", "3.25", "1"]  # longer texts are begun first
    items = [item(tmp_path, f"mesh_{n}", text) for n, text in enumerate(heights)]
    one, saved_by_one = run(items, 1)
    two, saved_by_two = run(iter(items), 2)
    assert [mesh.name for mesh in two.meshes] == ["mesh_0", "mesh_1", "mesh_2", "mesh_3"]
    assert [mesh.size_m[2] for mesh in two.meshes] == [2, 0.5, 3.25, 1]
    assert one.to_json() == two.to_json()
    for name, prepared in saved_by_one.items():
        assert saved_by_two[name].imported.asset.model == prepared.imported.asset.model


@pytest.mark.slow
def test_what_differs_in_nothing_but_the_name_is_prepared_once_and_saved_for_each(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    first, other = item(tmp_path, "first", "1"), item(tmp_path, "other", "2")
    copy = replace(item(tmp_path / "a", "copy", "1"), root=tmp_path)
    heavier, seen = replace(first, name="heavier", scale=2.0), replace(first, name="seen", category="crate")
    report, saved = run([first, other, copy, heavier, seen], cache_dir=tmp_path)
    assert sorted((tmp_path / "prepared.txt").read_text().split()) == ["first", "heavier", "other", "seen"]
    assert [mesh.name for mesh in report.meshes] == ["first", "other", "copy", "heavier", "seen"]
    assert saved["copy"].report.name == "copy"
    assert saved["copy"].report.asset_id == saved["first"].report.asset_id


def test_equal_files_that_may_refer_to_others_are_shared_within_a_folder_only(tmp_path: Path) -> None:
    items = []
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        for kind, suffix, text in (("obj", ".obj", "1"), ("linked", ".glb", '1 "uri"'), ("whole", ".glb", "1")):
            items.append(item(tmp_path / folder, f"{kind}_{folder}", text, suffix))
    run(items, 1, cache_dir=tmp_path)
    prepared = sorted((tmp_path / "prepared.txt").read_text().split())
    assert prepared == ["linked_a", "linked_b", "obj_a", "obj_b", "whole_a"]


def test_a_refused_mesh_and_a_defect_are_failures_with_their_reasons_and_the_others_are_saved(tmp_path: Path) -> None:
    words = {"good": "1", "bad": "refuse", "odd": "defect", "fine": "2"}
    items = [item(tmp_path, name, text) for name, text in words.items()]
    items.append(replace(items[0], name="gone", path=tmp_path / "gone.stl"))
    report, saved = run(items, rate=0.6)
    assert sorted(saved) == ["fine", "good"]
    assert [(failure.name, failure.error) for failure in report.failures] == [
        ("bad", "InputError"),
        ("odd", "ZeroDivisionError"),
        ("gone", "FileNotFoundError"),
    ]
    refused, defect, _ = report.failures
    assert (refused.message, refused.remedy) == ("the mesh has no triangles.", "export it again.")
    assert "meshes_batch_work.py:" in defect.message  # where it happened
    assert str(tmp_path) not in defect.message
    assert (report.total, report.succeeded, report.failed, report.passed) == (5, 2, 3, False)


@pytest.mark.parametrize(("rate", "passed"), [(0.5, True), (0.51, False)])
def test_a_batch_passes_at_its_rate_and_not_below(tmp_path: Path, rate: float, passed: bool) -> None:
    report, _ = run([item(tmp_path, "good", "1"), item(tmp_path, "bad", "refuse")], 1, rate)
    assert report.passed is passed


def test_no_mesh_at_all_passes() -> None:
    report, _ = run([])
    assert (report.total, report.passed) == (0, True)


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_a_mesh_that_kills_its_worker_fails_alone(tmp_path: Path, workers: int) -> None:
    items = [item(tmp_path, f"good_{n}", str(n + 1)) for n in range(5)]
    items.insert(2, item(tmp_path, "killer", "die"))
    report, saved = run(items, workers, 0.8)
    assert sorted(saved) == [f"good_{n}" for n in range(5)]
    assert [(failure.name, failure.error) for failure in report.failures] == [("killer", "WorkerDied")]
    assert report.passed


@pytest.mark.slow
def test_a_mesh_whose_worker_died_once_is_prepared_alone(tmp_path: Path) -> None:
    items = [item(tmp_path, "unlucky", "die-once 3"), item(tmp_path, "good", "1")]
    report, saved = run(items)
    assert [mesh.name for mesh in report.meshes] == ["unlucky", "good"]
    assert saved["unlucky"].imported.asset.model.size_m[2] == 3


@pytest.mark.slow
def test_workers_wait_for_the_saving_of_results(tmp_path: Path) -> None:
    items = [item(tmp_path, f"mesh_{n}", str(n + 1)) for n in range(8)]
    ahead: list[int] = []

    def save_slowly(prepared: PreparedMesh) -> None:
        time.sleep(0.1)
        ahead.append(len((tmp_path / "prepared.txt").read_text().split()) - len(ahead))

    prepare_meshes(items, workers=1, min_success_rate=1.0, save=save_slowly, cache_dir=tmp_path, prepare=prepare)
    assert len(ahead) == len(items)
    assert max(ahead) <= 2


def test_a_full_disk_ends_the_batch(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="no space left"):
        run([item(tmp_path, "a", "disk")], 1, 0.0)


def test_workers_compute_on_one_thread_and_the_callers_environment_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    report, _ = run([item(tmp_path, "a", "threads")], 1)
    assert report.meshes[0].size_m[2] == 1
    assert os.environ["OMP_NUM_THREADS"] == "7"


def test_names_that_occur_twice_and_settings_out_of_range_are_refused(tmp_path: Path) -> None:
    one = item(tmp_path, "a", "1")
    with pytest.raises(InputError, match="two meshes have the name 'a'"):
        run([one, one])
    with pytest.raises(InputError, match="0 workers"):
        run([one], 0)
    with pytest.raises(InputError, match=r"min_success_rate is 1\.5"):
        run([one], 1, 1.5)


def test_progress_counts_to_the_end(tmp_path: Path) -> None:
    heard: list[tuple[int, int, str]] = []
    prepare_meshes(
        [item(tmp_path, "a", "1"), item(tmp_path, "b", "refuse")],
        workers=1,
        min_success_rate=0,
        save=lambda prepared: None,
        progress=lambda done, total, note: heard.append((done, total, note)),
        prepare=prepare,
    )
    assert heard[-1] == (2, 2, "1 failed")
