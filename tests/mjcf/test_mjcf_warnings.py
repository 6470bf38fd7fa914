"""MuJoCo's warnings reach Python's logging; no log file appears in the folder that one happens to be in."""

import logging
from pathlib import Path

import mujoco
import numpy as np
import pytest
from sample_assets import block, scene_of

from blueprint.contracts.frames import Pose
from blueprint.mjcf.usd_loader import load_usd
from blueprint.mjcf.warnings import LOGGER
from blueprint.usd.asset import author_asset
from blueprint.usd.scene import author_scene


@pytest.fixture
def stage(tmp_path: Path) -> Path:
    author_asset(block(), tmp_path / "scene" / "assets" / "block")
    return author_scene(scene_of({"b": (block(), Pose())}), tmp_path / "scene")


@pytest.fixture(autouse=True)
def own_handler():
    before = mujoco.get_mju_user_warning()
    mujoco.set_mju_user_warning(None)
    yield
    mujoco.set_mju_user_warning(before)


def explode(stage: Path) -> mujoco.MjData:
    model = load_usd(stage).compile()
    data = mujoco.MjData(model)
    data.qvel[0] = np.nan
    mujoco.mj_step(model, data)
    return data


def test_a_warning_is_logged_and_counted_and_leaves_no_file(stage, tmp_path, monkeypatch, caplog) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    monkeypatch.chdir(folder)
    with caplog.at_level(logging.WARNING, LOGGER.name):
        data = explode(stage)
    (record,) = caplog.records
    assert "QVEL" in record.getMessage()
    assert data.warning[mujoco.mjtWarning.mjWARN_BADQVEL].number == 1
    assert not list(folder.iterdir())


def test_a_handler_that_the_caller_has_set_stays(stage) -> None:
    heard: list[str] = []
    mujoco.set_mju_user_warning(heard.append)
    explode(stage)
    assert len(heard) == 1
