"""`blueprint mesh prepare`: what it prints, what it keeps, and its exit codes."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import trimesh

from blueprint.assets.library import load_asset
from blueprint.cli.app import main
from blueprint.contracts.mesh_report import MeshBatchReport
from blueprint.usd.asset import interface_path


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as caught:
        main(["mesh", "prepare", *arguments])
    return int(caught.value.code or 0)


def block(folder: Path, name: str = "wooden_block.stl", size: float = 0.05) -> Path:
    path = folder / name
    trimesh.creation.box((size, size, 2 * size)).export(path)
    return path


@pytest.mark.slow
def test_a_good_mesh_becomes_an_asset_whose_usd_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(str(block(tmp_path)), "--out", str(tmp_path / "out"), "--category", "block") == 0
    table = capsys.readouterr().out.splitlines()
    assert table[0].split()[:2] == ["name", "loads"]
    assert re.match(r"wooden_block +yes +yes/yes +12/12 +1 primitive +0\.00 +\d+/\d+ +[\d.]+ +passes", table[1])
    [made] = MeshBatchReport.read(tmp_path / "out" / "mesh_report.json").meshes
    asset = load_asset(tmp_path / "out" / made.asset_id)
    assert asset.model.category == "block"
    assert asset.model.mass_kg == pytest.approx(made.mass_kg, rel=1e-5)
    assert interface_path(tmp_path / "out" / made.asset_id, made.asset_id).is_file()


@pytest.mark.slow
def test_a_bad_mesh_is_exit_code_4_and_the_good_one_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = tmp_path / "bad.stl"
    bad.write_bytes(b"no mesh at all")
    assert run(str(block(tmp_path)), str(bad), "--out", str(tmp_path / "out"), "--json") == 4
    said = capsys.readouterr()
    document = json.loads(said.out)
    assert (document["report"]["succeeded"], document["report"]["failed"]) == (1, 1)
    assert [one["name"] for one in document["report"]["failures"]] == ["bad"]
    assert all(check["passed"] for check in document["checks"]["wooden_block"])
    assert "1 of 2 meshes could not be prepared" in said.err
    assert (tmp_path / "out" / document["report"]["meshes"][0]["asset_id"] / "metadata.json").is_file()


@pytest.mark.slow
def test_a_height_scales_the_mesh(tmp_path: Path) -> None:
    assert run(str(block(tmp_path, size=5.0)), "--out", str(tmp_path / "out"), "--height-m", "0.2") == 0
    [made] = MeshBatchReport.read(tmp_path / "out" / "mesh_report.json").meshes
    assert np.allclose(made.size_m, (0.1, 0.1, 0.2), atol=1e-6)


def test_a_scale_and_a_height_are_refused_together(tmp_path: Path) -> None:
    arguments = ("--out", str(tmp_path / "out"), "--scale", "1", "--height-m", "1")
    assert run(str(block(tmp_path)), *arguments) == 2
    assert run(str(block(tmp_path)), "--out", str(tmp_path / "out"), "--scale", "-1") == 2
