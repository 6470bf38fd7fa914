"""An independent loader (Newton, in an environment of its own) reads our stages as our loader does."""

import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

import pytest
from sample_assets import block, cabinet, scene_of

from blueprint.assets.geometry import Asset
from blueprint.assets.registry import AssetRequest, generate
from blueprint.contracts.frames import Pose, quat_wxyz_from_axis_angle
from blueprint.physics.inertia import with_inertials
from blueprint.usd.asset import author_asset
from blueprint.usd.scene import author_scene

VARIABLE = "BLUEPRINT_REFEREE_PYTHON"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not os.environ.get(VARIABLE), reason=f"{VARIABLE} does not name a Python that has Newton"),
]


@pytest.fixture(scope="module")
def referee() -> ModuleType:
    path = Path(__file__).parents[2] / "benchmarks" / "referee" / "referee.py"
    spec = importlib.util.spec_from_file_location("referee", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["referee"] = module
    spec.loader.exec_module(module)
    return module


def generated(category: str) -> Asset:
    asset = generate(AssetRequest(category, seed=3))
    return Asset(with_inertials(asset.model), asset.meshes, asset.textures)


def test_newton_agrees_on_a_scene_with_mug_bowl_and_drawer_unit(referee: ModuleType, tmp_path: Path) -> None:
    turn = quat_wxyz_from_axis_angle((0, 0, 1), 0.8)
    placed = {
        "room_1": (generated("room"), Pose()),
        "drawer_unit_1": (generated("drawer_unit"), Pose.of((0, 0, 0), turn)),
        "mug_1": (generated("mug"), Pose.of((0.8, 0.1, 0), turn)),
        "mug_2": (generated("mug"), Pose.of((1.0, 0.1, 0))),
        "bowl_1": (generated("bowl"), Pose.of((0.8, -0.5, 0))),
        "cabinet_1": (cabinet(), Pose.of((-1.2, 0, 0), turn)),
        "block_1": (block(), Pose.of((0.5, -0.9, 0), turn)),
    }
    for asset, _ in placed.values():
        author_asset(asset, tmp_path / "assets" / asset.model.asset_id)
    rows = referee.compare(author_scene(scene_of(placed), tmp_path), Path(os.environ[VARIABLE]))
    assert [row for row in rows if not row.agrees] == []
    assert {row.fact for row in rows} >= {"mass kg", "inertia kg m2", "friction", "limits rad or m", "extents m"}
    assert len(rows) > 60


def test_a_difference_is_noticed(referee: ModuleType) -> None:
    assert not referee._row("mug", "mass kg", 0.30, 0.31, 1e-6).agrees
