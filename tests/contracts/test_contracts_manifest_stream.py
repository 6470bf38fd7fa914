"""Manifests object by object: the same answers as from the whole document, in memory that does not grow with it."""

import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from blueprint.contracts.errors import ContractError, InputError
from blueprint.contracts.manifest_stream import iter_objects, read_head, validate_manifest
from blueprint.contracts.scene_manifest import SceneManifest

HEAD = {"version": "1.0.0", "scene_id": "s", "scene": {}, "metadata": {"unsatisfied": ["a chair"]}}


def entry(number: int, parent: str | None = None, **more: Any) -> dict[str, Any]:
    item: dict[str, Any] = {
        "id": f"cup_{number}",
        "sim_role": "manipulable_object",
        "transform": {"position": {"x": number * 0.1, "y": 1e-3, "z": 0}},
        "asset": {"path": "assets/cup/asset.usda", "asset_id": "cup"},
        "physics_hints": {"mass_kg": 0.2, "tags": ["é", None, True, [1, {"deep": -2.5e3}]]},
    }
    if parent:
        item["placement"] = {"parent_id": parent}
    return item | more


def manifest(folder: Path, objects: list[Any], **more: Any) -> Path:
    path = folder / "scene_manifest.json"
    path.write_text(json.dumps(HEAD | {"objects": objects} | more))
    return path


def test_a_stream_yields_what_the_whole_document_holds(tmp_path: Path) -> None:
    path = manifest(tmp_path, [entry(0, parent="cup_2"), entry(1, parent="cup_0"), entry(2)])
    whole = SceneManifest.read(path)
    assert list(iter_objects(path)) == whole.objects
    assert read_head(path) == whole.model_copy(update={"objects": []})
    assert validate_manifest(path) == 3


def test_the_head_may_come_before_or_after_the_objects(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    path.write_text(json.dumps({"objects": [entry(0)], **HEAD}))
    assert read_head(path).metadata == HEAD["metadata"]
    assert validate_manifest(path) == 1


def test_objects_are_there_before_the_file_has_been_read(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    path.write_text('{"objects": [' + json.dumps(entry(0)) + ',{"id": 3' + " " * 40_000 + "!")
    stream = iter_objects(path)
    assert next(stream).id == "cup_0"
    with pytest.raises(ContractError, match="not valid JSON"):
        next(stream)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda d: d["objects"].append(entry(0)), "occur twice: 'cup_0'"),
        (lambda d: d["objects"].append(entry(7, parent="nobody")), "its parent 'nobody' is not in the scene"),
        (lambda d: d["objects"].append(entry(7, colour="red")), r"objects\.2: colour"),
        (lambda d: d["objects"].append(5), r"objects\.2"),
        (lambda d: d.update(version="2.0.0"), "version 2.0.0 is not supported"),
        (lambda d: d.update(extra=1), "extra"),
        (lambda d: d.pop("scene_id"), "scene_id"),
        (lambda d: d.pop("objects"), "the list is missing"),
        (lambda d: d.update(objects={"id": 1}), "expected one list"),
    ],
)
def test_what_the_document_refuses_the_stream_refuses(
    tmp_path: Path, edit: Callable[[dict[str, Any]], object], message: str
) -> None:
    document = HEAD | {"objects": [entry(0), entry(1)]}
    edit(document)
    path = tmp_path / "m.json"
    path.write_text(json.dumps(document))
    with pytest.raises(ContractError):
        SceneManifest.read(path)
    with pytest.raises(ContractError, match=message):
        validate_manifest(path)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "3", '{"objects": []', '{"objects": [1e999]}', '{"objects": [NaN]}', '{"objects": []} x', "\x00",
     '{"objects": [], "objects": []}', '{"objects": ["\\ud8', '{"objects": [' + "9" * 9000 + "]}"],
)  # fmt: skip
def test_broken_text_is_refused_with_the_name_of_the_file(tmp_path: Path, text: str) -> None:
    path = tmp_path / "m.json"
    path.write_text(text)
    for read in (validate_manifest, read_head):
        with pytest.raises(ContractError, match=r"m\.json"):
            read(path)


def test_nesting_size_and_number_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep: Any = 1
    for _ in range(100):
        deep = [deep]
    with pytest.raises(ContractError, match="nested deeper than 64"):
        validate_manifest(manifest(tmp_path, [entry(0, physics={"a": deep})]))
    with pytest.raises(ContractError, match="larger than its limit"):
        validate_manifest(manifest(tmp_path, [entry(0, name="x" * (5 << 20))]))
    monkeypatch.setattr("blueprint.contracts.manifest_stream.MAX_OBJECTS", 2)
    with pytest.raises(ContractError, match="more than 2"):
        validate_manifest(manifest(tmp_path, [entry(k) for k in range(3)]))
    with pytest.raises(InputError, match="cannot read"):
        validate_manifest(tmp_path / "none.json")


@pytest.mark.slow
def test_peak_memory_follows_the_ids_and_not_the_objects(tmp_path: Path) -> None:
    def peak(count: int, read: Callable[[Path], object]) -> float:
        padding = {"note": "n" * 2000}
        path = manifest(tmp_path, [entry(k, physics=padding) for k in range(count)])
        read(path)  # what is made once
        tracemalloc.start()
        try:
            read(path)
            return tracemalloc.get_traced_memory()[1] / 2**20
        finally:
            tracemalloc.stop()

    few, many = peak(1000, validate_manifest), peak(5000, validate_manifest)
    assert many - few < 1.0, "4,000 ids and a set of them"
    assert many < 2.0
    assert abs(peak(5000, read_head) - peak(1000, read_head)) < 0.05
    assert peak(1000, SceneManifest.read) > 3 * many, "the whole document, for comparison"
