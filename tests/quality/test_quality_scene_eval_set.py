"""Sets of scenes, the page, readers of other folders, and the command."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from eval_scenes import QUICK, RoomScene, block, crate, furnished, without

from blueprint.cli.app import main
from blueprint.contracts.errors import InputError
from blueprint.contracts.scene_eval import SceneEval, SceneEvalSet
from blueprint.quality.scene_eval import EvalOptions, Reader, evaluate_path, evaluate_subject, find_scenes, read_subject

REQUEST = {"prompt": "an office <script>alert(1)</script>", "seed": 7, "quality_tier": "standard"}


def plain(**metadata: object) -> RoomScene:
    """A cheap room: no joints to sweep."""
    return without(furnished(metadata=REQUEST | metadata), "cab_1")


@pytest.fixture(scope="module")
def scene_set(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, SceneEvalSet]:
    """The same request twice, another seed with another layout, a twin under another prompt, and a broken folder."""
    folder, out = tmp_path_factory.mktemp("set"), tmp_path_factory.mktemp("out")
    plain().write(folder / "a")
    plain().write(folder / "b")
    plain(seed=8).add("crate_1", crate("box", (0.4, 0.4, 0.2)), 3.0, 2.4).write(folder / "deeper" / "c")
    plain(prompt="something else").write(folder / "d")
    plain().write(folder / "e")
    (folder / "e" / "assets" / "scene_manifest.json").write_text("{}")
    document = evaluate_path(folder, out, QUICK)
    assert isinstance(document, SceneEvalSet)
    return folder, out, document


def test_every_scene_is_found_and_the_broken_one_is_named(scene_set: tuple[Path, Path, SceneEvalSet]) -> None:
    folder, _, document = scene_set
    assert [path.name for path in find_scenes(folder)] == ["a", "b", "d", "c", "e"]
    assert [item.scene_id for item in document.scenes] == ["a", "b", "d", "c"]
    assert list(document.unreadable) == ["e"]
    assert document.metric("UNREADABLE").value == pytest.approx(20)
    assert document.metric("UNREADABLE").meets_target is False


def test_diversity_counts_layouts_kinds_and_twins(scene_set: tuple[Path, Path, SceneEvalSet]) -> None:
    div = scene_set[2].metric("DIV")
    assert div.value is not None
    assert 0.1 < div.value < 0.5  # three of six pairs are the same layout
    assert div.figures["duplicates"] == 2
    assert set(div.offenders) == {"the same bytes: a and d", "the same bytes: b and d"}
    assert 0 < div.figures["kinds_jaccard_distance"] < 0.5


def test_the_same_request_must_give_the_same_bytes(scene_set: tuple[Path, Path, SceneEvalSet], tmp_path: Path) -> None:
    det = scene_set[2].metric("DET")
    assert det.value == 100
    assert det.figures["requests"] == 1
    plain().write(tmp_path / "a")
    plain().add("block_3", block(), 2.0, 0.5).write(tmp_path / "b")
    document = evaluate_path(tmp_path, tmp_path / "out", QUICK)
    assert document.metric("DET").value == 0
    assert document.metric("DET").meets_target is False


def test_a_set_gives_means_and_who_missed(scene_set: tuple[Path, Path, SceneEvalSet]) -> None:
    assert scene_set[2].metric("STB-S").figures["scenes"] == 4
    assert scene_set[2].metric("OBJ").value == pytest.approx((4 + 4 + 4 + 5) / 4)


def test_the_page_stands_alone_and_escapes_what_it_shows(scene_set: tuple[Path, Path, SceneEvalSet]) -> None:
    _, out, _ = scene_set
    page = (out / "a" / "index.html").read_text()
    assert "&lt;script&gt;alert(1)" in page
    assert "<script" not in page
    assert "default-src 'none'" in page
    index = (out / "index.html").read_text()
    assert 'href="deeper/c/index.html"' in index
    assert (out / "deeper" / "c" / "scene_eval.json").is_file()
    assert SceneEvalSet.read(out / "scene_eval.json") == scene_set[2]


def test_the_same_scene_gives_the_same_document(scene_set: tuple[Path, Path, SceneEvalSet], tmp_path: Path) -> None:
    folder, out, _ = scene_set
    evaluate_path(folder / "a", tmp_path, QUICK)
    assert (tmp_path / "scene_eval.json").read_bytes() == (out / "a" / "scene_eval.json").read_bytes()


def test_time_comes_from_the_runs_own_markers(tmp_path: Path) -> None:
    folder = plain().write(tmp_path)
    for name, seconds in (("assets/.regen3d_complete", 9.0), ("assets/.simready_complete", 2.0)):
        marker(folder / name, seconds)
    assert "usd" in (evaluate_subject(read_subject(folder), QUICK).metric("TIME").not_applicable or "")
    marker(folder / "usd/.usd_assembly_complete", 7.0)
    time = evaluate_subject(read_subject(folder), QUICK).metric("TIME")
    assert time.value == 18.0
    assert time.meets_target is False


def marker(path: Path, seconds: float) -> None:
    fields = {"scene_id": "a", "stage": "x", "timestamp": "t", "duration_s": seconds, "inputs": {}, "outputs": {}}
    path.write_text(json.dumps({**fields, "settings_sha": "0", "code_sha": "0"}))


def test_another_generators_folder_comes_in_through_a_reader(tmp_path: Path) -> None:
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "their_scene.json").write_text("{}")
    reader = Reader(
        "theirs",
        lambda folder: (folder / "their_scene.json").is_file(),
        lambda _, work: plain().write(work / "scene"),
    )
    options = EvalOptions(renderer=None, thresholds=QUICK.thresholds, readers=[reader])
    document = evaluate_path(foreign, tmp_path / "out", options)
    assert isinstance(document, SceneEval)
    assert document.source == "theirs"
    with pytest.raises(InputError, match="no scene"):
        evaluate_path(foreign, tmp_path / "out", QUICK)


def test_scenesmith_and_sage_folders_are_evaluated_as_they_were_delivered(tmp_path: Path) -> None:
    sys.path.insert(0, str(Path(__file__).parents[1] / "sources"))
    from foreign_scenes import sage_office, scenesmith_flat

    sage_office(tmp_path / "set" / "sage_1").write()
    scenesmith_flat(tmp_path / "set" / "smith_1").write()
    document = evaluate_path(tmp_path / "set", tmp_path / "out", QUICK)
    assert isinstance(document, SceneEvalSet)
    assert document.unreadable == {}
    assert {(item.scene_id, item.source) for item in document.scenes} == {("sage_1", "sage"), ("smith_1", "scenesmith")}
    for scene in document.scenes:
        assert scene.metric("STB-S").value is not None
        assert scene.metric("NAV-0.2").value is not None
        assert scene.metric("OPEN").figures["openings"] > 0


def test_the_command_writes_document_page_and_says_what_was_missed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scene = replace(plain(), things=plain().things).add("crate_1", crate(), 1.2, 0.6)
    folder = scene.write(tmp_path / "scene")
    with pytest.raises(SystemExit) as done:
        main(["scene", "eval", str(folder), "--renderer", "none", "--out", str(tmp_path / "out")])
    assert done.value.code == 0
    text = capsys.readouterr().out
    assert "door door_1 of room_1: crate_1" in text
    assert "MISSED" in text
    assert (tmp_path / "out" / "index.html").is_file()
    with pytest.raises(SystemExit):
        main(["scene", "eval", str(folder), "--renderer", "none", "--out", str(tmp_path / "out"), "--json"])
    assert json.loads(capsys.readouterr().out)["scene_id"] == "scene"


def test_a_folder_without_scenes_is_a_usable_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no scene below"):
        find_scenes(tmp_path)
    with pytest.raises(InputError, match="not a folder"):
        find_scenes(tmp_path / "missing")
