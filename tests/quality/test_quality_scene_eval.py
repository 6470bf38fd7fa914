"""Each metric is fed a room that is broken in its way, and only it (or what follows from it) may complain."""

from pathlib import Path
from typing import Any

import pytest
from eval_scenes import (
    QUICK,
    TABLE_TOP_M,
    RoomScene,
    block,
    cabinet,
    crate,
    furnished,
    half_turn,
    shell,
    table,
    without,
)

from blueprint.contracts.certificate import Thresholds
from blueprint.contracts.errors import InputError
from blueprint.contracts.scene_eval import Metric, SceneEval
from blueprint.quality.scene_eval import EvalOptions, evaluate_subject, read_subject


def evaluate(scene: RoomScene, folder: Path, options: EvalOptions = QUICK) -> SceneEval:
    return evaluate_subject(read_subject(scene.write(folder)), options)


def missed(evaluation: SceneEval) -> set[str]:
    return {item.id for item in evaluation.metrics if item.meets_target is False}


def blamed(metric: Metric) -> set[str]:
    return {line.split(":")[0] for line in metric.offenders}


def test_a_sound_room_meets_every_target(tmp_path: Path) -> None:
    evaluation = evaluate(furnished(), tmp_path)
    assert missed(evaluation) == set(), [item for item in evaluation.metrics if item.meets_target is False]
    assert evaluation.metric("OBJ").value == 5
    assert evaluation.metric("OBJ").figures["articulated"] == 1
    assert evaluation.metric("OBJ").figures["manipulands"] == 2
    assert evaluation.metric("OBJ").figures["categories"] == 4
    assert evaluation.metric("JNT").figures["counted"] == 3
    assert evaluation.metric("NAV-0.2").figures["free_m2"] == pytest.approx(3.8 * 2.8, rel=0.25)


def test_a_floating_block_has_no_support_and_falls(tmp_path: Path) -> None:
    scene = without(furnished(), "block_2").add("block_2", block(), 3.0, 1.2, TABLE_TOP_M + 0.05, on=("table_1", "top"))
    evaluation = evaluate(scene, tmp_path)
    assert blamed(evaluation.metric("SUP")) == {"block_2"}
    assert blamed(evaluation.metric("STB-S")) == {"block_2"}
    assert evaluation.metric("STB-S").value == pytest.approx(75.0)
    assert evaluation.metric("STB-SAGE").meets_target  # 5 cm is nothing to SAGE
    assert {"SUP", "STB-S", "STB-strict"} <= missed(evaluation)


def test_what_falls_off_the_table_is_too_much_for_sage_too(tmp_path: Path) -> None:
    evaluation = evaluate(furnished().add("block_3", block(), 2.8, 0.6, 0.9), tmp_path)
    assert blamed(evaluation.metric("STB-SAGE")) == {"block_3"}


def test_blocks_inside_one_another_are_counted_with_their_depth(tmp_path: Path) -> None:
    scene = furnished().add("block_3", block(), 2.6 + 0.055, 1.2, TABLE_TOP_M, on=("table_1", "top"))
    evaluation = evaluate(scene, tmp_path)
    assert blamed(evaluation.metric("COL-1mm")) == {"block_1", "block_3"}
    assert evaluation.metric("COL-1mm").value == pytest.approx(100 * 2 / 7)
    assert evaluation.metric("PEN").value == pytest.approx(5.0, abs=0.2)


def test_pictures_that_overlap_are_found_though_neither_can_move(tmp_path: Path) -> None:
    second = crate("picture", (0.3, 0.02, 0.2))
    evaluation = evaluate(furnished().add("picture_2", second, 2.8, 2.98, 1.4, mounting="wall"), tmp_path)
    assert blamed(evaluation.metric("COL-1mm")) == {"picture_1", "picture_2"}


def test_wrong_support_on_the_floor_instead_of_the_table(tmp_path: Path) -> None:
    scene = without(furnished(), "block_2").add("block_2", block(), 3.0, 1.2, 0.0, on=("table_1", "top"))
    evaluation = evaluate(scene, tmp_path)
    assert missed(evaluation) == {"SUP"}
    assert "below table_1's top" in evaluation.metric("SUP").offenders[0]


def test_fruit_on_fruit_in_a_bowl_is_in_the_bowl(tmp_path: Path) -> None:
    scene = furnished().add("block_3", block(), 2.6, 1.2, TABLE_TOP_M + 0.1, on=("table_1", "top"))
    assert evaluate(scene, tmp_path).metric("SUP").value == 100


def test_a_picture_ten_centimetres_from_the_wall_hangs_in_the_air(tmp_path: Path) -> None:
    scene = without(furnished(), "picture_1")
    scene.add("picture_1", crate("picture", (0.3, 0.02, 0.2)), 2.5, 2.88, 1.4, mounting="wall")
    evaluation = evaluate(scene, tmp_path)
    assert missed(evaluation) == {"SUP"}
    assert "10.0 cm from the wall" in evaluation.metric("SUP").offenders[0]


def test_a_lamp_must_touch_the_ceiling(tmp_path: Path) -> None:
    lamp = crate("lamp", (0.1, 0.1, 0.1))
    good = furnished().add("lamp_1", lamp, 2.0, 1.5, 2.3, mounting="ceiling")
    bad = furnished().add("lamp_1", lamp, 2.0, 1.5, 2.0, mounting="ceiling")
    assert missed(evaluate(good, tmp_path / "good")) == set()
    assert "30.0 cm from the ceiling" in evaluate(bad, tmp_path / "bad").metric("SUP").offenders[0]


def test_a_crate_before_the_door_blocks_it(tmp_path: Path) -> None:
    evaluation = evaluate(furnished().add("crate_1", crate(), 1.2, 0.6), tmp_path)
    assert missed(evaluation) == {"OPEN"}
    assert evaluation.metric("OPEN").offenders == ["door door_1 of room_1: crate_1 (17% of it)"]


def test_a_window_may_have_a_low_thing_before_it_but_no_high_one(tmp_path: Path) -> None:
    low, high = crate("crate", (0.2, 0.2, 0.4)), crate("tower", (0.2, 0.2, 0.6))
    assert evaluate(furnished().add("low_1", low, 3.75, 1.6), tmp_path / "low").metric("OPEN").meets_target
    blocked = evaluate(furnished().add("high_1", high, 3.75, 1.6), tmp_path / "high").metric("OPEN")
    assert blocked.offenders == ["window window_1 of room_1: high_1 (12% of it)"]


def test_a_row_of_crates_cuts_the_room_in_two(tmp_path: Path) -> None:
    scene = furnished()
    for k in range(5):
        scene.add(f"crate_{k}", crate(), 1.8, 0.3 + 0.6 * k + 0.0005 * k)
    evaluation = evaluate(without(scene, "table_1", "block_1", "block_2"), tmp_path)
    assert {"NAV-0.2", "NAV-0.5"} <= missed(evaluation)
    assert evaluation.metric("NAV-0.2").value == pytest.approx(0.6, abs=0.1)
    assert any("in the largest part" in line for line in evaluation.metric("NAV-0.2").offenders)


def test_a_gap_that_only_the_narrow_robot_passes(tmp_path: Path) -> None:
    scene = without(furnished(), "table_1", "block_1", "block_2")
    for k, y in enumerate((0.3, 0.901, 1.502, 2.4)):  # 0.3 m are left
        scene.add(f"crate_{k}", crate(), 1.8, y)
    evaluation = evaluate(scene, tmp_path)
    assert evaluation.metric("NAV-0.2").meets_target
    assert not evaluation.metric("NAV-0.5").meets_target


def test_a_cabinet_that_faces_the_wall_can_be_neither_opened_nor_reached(tmp_path: Path) -> None:
    scene = without(furnished(), "cab_1").add("cab_1", cabinet(), 0.6, 2.75, yaw=half_turn())
    evaluation = evaluate(scene, tmp_path)
    assert "JNT" in missed(evaluation)
    assert "blocked by shell_1" in evaluation.metric("JNT").offenders[0]
    assert "ACC" in missed(evaluation)
    assert blamed(evaluation.metric("ACC")) == {"cab_1"}


def test_a_crate_half_through_the_wall_is_out_of_bounds(tmp_path: Path) -> None:
    evaluation = evaluate(furnished().add("crate_1", crate(), -0.4, 1.5), tmp_path)
    assert blamed(evaluation.metric("OOB")) == {"crate_1"}


def test_a_needle_passes_at_rest_and_fails_when_disturbed(tmp_path: Path) -> None:
    scene = furnished().add("needle_1", crate("needle", (0.0015, 0.0015, 0.15)), 2.0, 0.5)
    calm = evaluate(scene, tmp_path)
    assert calm.metric("STB-S").meets_target
    assert calm.metric("STB-P").not_applicable == "not asked for (--perturb)"
    nudged = evaluate(scene, tmp_path, EvalOptions(perturb=True, renderer=None, thresholds=Thresholds(duration_s=1.0)))
    assert "pose_noise: needle_1" in nudged.metric("STB-P").offenders


def spec_of(**first: Any) -> dict[str, Any]:
    blocks = {"op": "eq", "n": 2, "category": "block", "noun": "block", **first}
    return {"room_type": "office", "scope": "room", "requirements": [blocks, TABLE_WISH]}


TABLE_WISH = {"op": "eq", "n": 1, "category": "table", "noun": "table"}


def test_what_was_asked_for_and_is_there_counts(tmp_path: Path) -> None:
    spec = spec_of(relations=[{"type": "on", "target": 1}])
    evaluation = evaluate(furnished(metadata={"prompt": "two blocks on a table", "spec": spec}), tmp_path)
    assert missed(evaluation) == set()
    assert evaluation.metric("CNT").value == 100
    assert evaluation.metric("OOR").value == 100
    assert evaluation.metric("UNSAT").not_applicable == "everything that was asked for is met"


def test_a_missing_object_is_counted_and_hiding_it_is_found_out(tmp_path: Path) -> None:
    metadata: dict[str, Any] = {"spec": spec_of(n=3)}
    hidden = evaluate(furnished(metadata=metadata), tmp_path / "hidden")
    assert {"CNT", "UNSAT"} <= missed(hidden)
    assert hidden.metric("CNT").value == 50
    assert hidden.metric("UNSAT").value == 0
    metadata["unsatisfied"] = "all is well"
    assert evaluate(furnished(metadata=metadata), tmp_path / "odd").metric("UNSAT").value == 0
    metadata["unsatisfied"] = [{"reason": "no_space", "requirement": 0, "noun": "block", "detail": "d"}]
    honest = evaluate(furnished(metadata=metadata), tmp_path / "honest")
    assert "CNT" in missed(honest)
    assert honest.metric("UNSAT").value == 100


def test_a_wrong_colour_and_a_wrong_relation_are_found(tmp_path: Path) -> None:
    spec = spec_of(attributes={"color": "blue"}, relations=[{"type": "under", "target": 1}])
    evaluation = evaluate(furnished(metadata={"spec": spec}), tmp_path)
    assert evaluation.metric("ATR").value == 0
    assert evaluation.metric("OOR").value == 0
    assert {"ATR", "OOR"} <= missed(evaluation)


def test_a_crate_that_was_asked_for_in_the_corner_must_stand_there(tmp_path: Path) -> None:
    wish = {"op": "eq", "n": 1, "category": "crate", "noun": "crate", "places": ["corner"]}
    spec = {"room_type": "office", "scope": "room", "requirements": [wish]}
    there, away = (furnished(metadata={"spec": spec}).add("crate_1", crate(), *at) for at in ((3.4, 2.4), (2.0, 2.2)))
    assert evaluate(there, tmp_path / "there").metric("OAR").value == 100
    missing = evaluate(away, tmp_path / "away").metric("OAR")
    assert missing.value == 0
    assert missing.offenders == ["crate: place corner, measured 0.00"]


def test_a_room_must_be_of_the_type_and_size_that_was_asked_for(tmp_path: Path) -> None:
    rooms = [{"room_id": "room_1", "room_type": "office", "size_m": [5.0, 3.0]}]
    spec = {"room_type": "office", "scope": "room", "requirements": [], "rooms": rooms}
    room = evaluate(furnished(metadata={"spec": spec}), tmp_path).metric("ROOM")
    assert room.meets_target is False
    assert any("size" in line or "4" in line for line in room.offenders)


def test_without_a_plan_of_the_rooms_there_is_no_navigation_to_speak_of(tmp_path: Path) -> None:
    evaluation = evaluate(furnished(house=None), tmp_path)
    for name in ("NAV-0.2", "NAV-0.5", "ACC", "OPEN", "OOB"):
        assert evaluation.metric(name).value is None
        assert "no plan of the rooms" in (evaluation.metric(name).not_applicable or "")


@pytest.mark.parametrize(
    ("house", "message"),
    [
        ("ten rooms", "no house plan"),
        ({"rooms": []}, "at least 1 item"),
        ({"rooms": [{"room_id": "r", "room_type": "t", "x": 0, "y": 0, "width": 1e9, "depth": 1, "height": 2}]}, "200"),
        ({"rooms": [{"room_id": "r", "room_type": "t", "x": 1e9, "y": 0, "width": 1, "depth": 1, "height": 2}]}, "200"),
    ],
)
def test_a_hostile_house_is_refused(house: object, message: str, tmp_path: Path) -> None:
    folder = furnished(house=None, metadata={"house": house}).write(tmp_path)
    with pytest.raises(InputError, match=message):
        read_subject(folder)


def test_a_folder_without_a_stage_is_named(tmp_path: Path) -> None:
    folder = furnished().write(tmp_path)
    (folder / "usd" / "scene.usda").unlink()
    with pytest.raises(InputError, match=r"usd/scene\.usda"):
        read_subject(folder)


def test_an_empty_room_has_nothing_to_measure_and_does_not_fail(tmp_path: Path) -> None:
    evaluation = evaluate(RoomScene().add("shell_1", shell(), 0, 0), tmp_path)
    assert missed(evaluation) == set()
    assert evaluation.metric("STB-S").not_applicable


def test_a_table_is_accessible_while_one_of_its_sides_is_free(tmp_path: Path) -> None:
    board = crate("board", (0.5, 0.12, 0.3))
    scene = without(furnished(), "table_1", "block_1", "block_2").add("table_1", table(), 3.498, 0.302)
    scene.add("board_1", board, 3.4, 0.75)
    open_side = evaluate(scene, tmp_path / "open").metric("ACC")
    assert open_side.figures["worst"] > 0.9
    scene.add("board_2", board, 2.87, 0.5, yaw=half_turn() / 2)
    closed = evaluate(scene, tmp_path / "closed").metric("ACC")
    assert "table_1" in blamed(closed)
    assert not closed.meets_target
