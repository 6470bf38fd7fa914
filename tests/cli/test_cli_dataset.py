"""`blueprint dataset`: what it prints, what it leaves behind, and its exit codes."""

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from synthetic_records import write_record

from blueprint.cli.app import main
from blueprint.contracts.asset import License
from blueprint.contracts.episode import EpisodeRecord
from blueprint.datasets import Provenance, write_lerobot_v3


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as caught:
        main(["dataset", *map(str, arguments)])
    return int(caught.value.code or 0)


@pytest.fixture(scope="module")
def shards(tmp_path_factory) -> list[Path]:
    """Two scenes of one short episode each."""
    root = tmp_path_factory.mktemp("cli")
    shards = []
    for number, scene in enumerate(("kitchen", "office")):
        folder = write_record(root / scene, number, frames=6, cameras=("left",))
        record = EpisodeRecord.read(folder / "record.json").model_copy(update={"scene_id": scene})
        record.write(folder / "record.json")
        facts = Provenance(licenses=[License(spdx="Apache-2.0", source="made")])
        write_lerobot_v3([folder], root / scene / "lerobot", repo_id=f"blueprint/{scene}", provenance=facts)
        shards.append(root / scene / "lerobot")
    return shards


def test_scenes_are_merged_checked_split_converted_and_made_ready(shards, tmp_path: Path, capsys):
    assert run("merge", *shards, "--out", tmp_path / "all", "--repo-id", "me/all") == 0
    assert capsys.readouterr().out == f"{tmp_path / 'all'}: 2 episodes, 12 frames, 1 tasks\n"
    assert run("check", tmp_path / "all") == 0
    assert "FAILS" not in capsys.readouterr().out
    assert run("split", tmp_path / "all", "--out", tmp_path / "s", "--val-scene", "office", "--json") == 0
    sides = json.loads(capsys.readouterr().out)
    assert [(Path(side["path"]).name, side["episodes"]) for side in sides] == [("train", 1), ("val", 1)]
    hdf5 = tmp_path / "all.hdf5"
    assert run("convert", tmp_path / "all", "--to", "robomimic", "--out", hdf5, "--val-scene", "office") == 0
    assert hdf5.is_file()
    capsys.readouterr()
    assert run("push-ready", tmp_path / "all", "--out", tmp_path / "push", "--repo-id", "me/all") == 0
    assert capsys.readouterr().out.splitlines()[1:] == [
        f"hf upload me/all {tmp_path / 'push'} --repo-type dataset",
        "hf repo tag create me/all v3.0 --repo-type dataset",
    ]


def test_a_filter_says_how_many_it_left_out(shards, tmp_path: Path, capsys):
    run("merge", *shards, "--out", tmp_path / "all", "--repo-id", "me/all")
    capsys.readouterr()
    assert run("filter", tmp_path / "all", "--out", tmp_path / "f", "--scene", "office") == 0
    assert capsys.readouterr().out.endswith("1 episodes, 6 frames, 1 tasks, 1 left out (see meta/conversion.json)\n")


def test_exit_codes_tell_bad_input_from_a_bad_dataset(shards, tmp_path: Path, capsys):
    assert run("merge", shards[0], shards[0], "--out", tmp_path / "all", "--repo-id", "me/all") == 2
    assert "is in" in capsys.readouterr().err
    assert run("filter", shards[0], "--out", tmp_path / "f", "--where", "beauty>=1") == 2
    assert run("convert", shards[0], "--to", "rerun", "--out", tmp_path / "r", "--val-scene", "office") == 2
    run("merge", *shards, "--out", tmp_path / "all", "--repo-id", "me/all")
    info = json.loads((tmp_path / "all" / "meta" / "info.json").read_text())
    (tmp_path / "all" / "meta" / "info.json").write_text(json.dumps(info | {"total_frames": 13}))
    assert run("check", tmp_path / "all") == 4
    assert "totals                   FAILS" in capsys.readouterr().out
