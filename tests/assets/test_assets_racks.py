"""Racks, boards and trees: their holes are where their regions are, and what belongs there fits."""

from pathlib import Path

import numpy as np
import pytest
from test_assets_small_physics import hand_collisions
from thing_checks import drift, faults, made

from blueprint.assets.registry import categories
from blueprint.contracts.asset import AssetModel, BoxShape, CapsuleShape, Region

KINDS = sorted(name for name, item in categories().items() if item.build.__module__.endswith(".racks"))
PAIRS = [("test_tube_rack", "test_tube"), ("peg_board", "peg"), ("toast_rack", "toast_slice")]


def _slots(model: AssetModel) -> list[Region]:
    return [region for region in model.regions if region.kind == "slot"]


@pytest.mark.parametrize("category", KINDS)
def test_it_is_of_its_size_and_a_hand_fits_its_grasps(category: str) -> None:
    for size in (None, "small", "huge"):
        asset = made(category, 1, size)
        assert faults(asset) == []
        assert {name: parts for name, parts in hand_collisions(asset.model).items() if parts} == {}


@pytest.mark.slow
@pytest.mark.parametrize("category", sorted(set(KINDS) - {"bean"}))
def test_it_stands_still(category: str, tmp_path: Path) -> None:
    moved, turned = drift(made(category), tmp_path)
    assert moved < 1.5e-3
    assert turned < 0.5


@pytest.mark.parametrize(("rack", "thing"), PAIRS)
def test_what_belongs_in_a_rack_has_a_millimetre_of_play_in_every_slot(rack: str, thing: str) -> None:
    for seed in range(4):
        model, what = made(rack, seed).model, made(thing, seed + 7).model
        assert len(_slots(model)) == 4
        for slot in _slots(model):
            play = np.array(slot.half_extents) - np.array(what.size_m[:2]) / 2
            assert play.min() > 0.001
            assert what.size_m[2] > slot.clearance_m + 0.02


@pytest.mark.parametrize("rack", [rack for rack, _ in PAIRS])
def test_no_collider_reaches_into_a_slot_and_one_is_under_it(rack: str) -> None:
    model = made(rack).model
    for slot in _slots(model):
        at, (hx, hy) = np.array(slot.pose_link_region.position), slot.half_extents
        low, high = at - np.array([hx, hy, 0.0]), at + np.array([hx, hy, slot.clearance_m])
        boxes = [_box(item.shape, item.pose_link_shape.position) for item in model.links[0].colliders]
        inside = [np.minimum(high, top) - np.maximum(low, bottom) for bottom, top in boxes]
        assert max(part.min() for part in inside) < 1e-5
        under = [bottom[2] < low[2] and abs(top[2] - low[2]) < 1e-5 for bottom, top in boxes]
        assert any(under)
        assert np.isclose(high[2], model.size_m[2], atol=1e-3)


def _box(shape: object, at: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray]:
    assert isinstance(shape, BoxShape)
    return np.array(at) - shape.half_extents, np.array(at) + shape.half_extents


def test_the_hooks_of_a_mug_tree_lie_along_its_bars_and_rise_to_their_tips() -> None:
    model = made("mug_tree").model
    hooks = [region for region in model.regions if region.kind == "hook"]
    bars = [item for item in model.links[0].colliders if isinstance(item.shape, CapsuleShape)]
    assert len(hooks) == len(bars) == 4
    for hook, bar in zip(hooks, bars, strict=True):
        pose = hook.pose_link_region.matrix()
        middle = pose[:3, 3] + pose[:3, 2] * hook.clearance_m / 2
        assert np.allclose(middle, bar.pose_link_shape.position, atol=1e-4)
        assert abs(bar.pose_link_shape.matrix()[:3, 2] @ pose[:3, 2]) > 0.9999
        assert pose[2, 2] > 0.15
        assert pose[2, 1] > 0.9  # Y is up
        assert hook.half_extents[0] == pytest.approx(bar.shape.radius, abs=1e-6)  # type: ignore[union-attr]
