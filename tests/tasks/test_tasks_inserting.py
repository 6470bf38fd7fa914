"""Which things go into which slots, and how the slots are called."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "motion"))

from tabletop_things import stands

from blueprint.assets.registry import AssetRequest, generate
from blueprint.contracts.scene import Scene
from blueprint.contracts.task import Inserted, InsertGoal
from blueprint.robots import load_embodiment
from blueprint.tasks.inserting import fits_slot, proposals, slot_phrase

ROBOT = load_embodiment("primitive_arm")


def _scene(**more: tuple[str, float, float]) -> Scene:
    return stands({"test_tube_rack_1": ("test_tube_rack", 0.2, 0.0), "test_tube_1": ("test_tube", -0.1, 0.0)} | more)


def test_a_tube_is_offered_two_of_the_empty_slots_and_must_go_four_fifths_down() -> None:
    scene = _scene()
    tasks = proposals(scene, ROBOT, 0)
    assert len(tasks) == 2
    assert len({task.task_id for task in tasks}) == 2
    for task in tasks:
        assert isinstance(task.goal, InsertGoal)
        inserted = task.success[0]
        assert isinstance(inserted, Inserted)
        depth = scene.region("test_tube_rack_1", task.goal.region).clearance_m
        assert 0.79 * depth < inserted.depth_m < 0.81 * depth
        assert task.instruction.startswith("insert the test tube into the ")
    assert proposals(scene, ROBOT, 0) == tasks


def test_what_is_too_thick_too_thin_or_too_short_is_not_offered_a_slot() -> None:
    rack, tube = (generate(AssetRequest(name, 1)).model for name in ("test_tube_rack", "test_tube"))
    slot = rack.regions[0]
    assert fits_slot(tube, slot) == 0.0
    for size in ((0.03, 0.03, 0.105), (0.0, 0.0, 0.105), (0.02, 0.02, 0.05), (0.02, 0.02, 0.4)):
        other = tube.model_copy(update={"size_m": size})
        assert fits_slot(other, slot) is None


def test_a_slice_of_toast_goes_in_along_its_slot_only() -> None:
    rack, slice_ = (generate(AssetRequest(name, 1)).model for name in ("toast_rack", "toast_slice"))
    turned = rack.regions[0].model_copy(update={"half_extents": rack.regions[0].half_extents[::-1]})
    assert fits_slot(slice_, rack.regions[0]) == 0.0
    assert fits_slot(slice_, turned) not in (0.0, None)


def test_slots_in_a_row_are_counted_from_the_left_and_those_of_a_square_by_their_corners() -> None:
    scene = stands({"test_tube_rack_1": ("test_tube_rack", 0.2, 0.0), "peg_board_1": ("peg_board", -0.2, 0.0)})
    rack, board = (scene.asset(name).regions for name in ("test_tube_rack_1", "peg_board_1"))
    assert [slot_phrase(scene, "test_tube_rack_1", slot).split()[1] for slot in rack] == [
        "first", "second", "third", "fourth",
    ]  # fmt: skip
    assert [slot_phrase(scene, "peg_board_1", slot) for slot in board] == [
        f"the {corner} hole of the peg board" for corner in ("front left", "front right", "back left", "back right")
    ]


def test_a_scene_without_slots_has_no_such_tasks() -> None:
    assert proposals(stands({"test_tube_1": ("test_tube", 0.0, 0.0)}), ROBOT, 0) == []
