"""The recording JSON of the former pipeline."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from blueprint.contracts.geniesim.import_bundle import RefusalReason
from blueprint.quality.geniesim.importer import Importer, episode_sources


def recording(frames: int = 20, pictures: bool = True) -> dict[str, Any]:
    rows = []
    for k in range(frames):
        picture = np.full((8, 16, 3), 100, int)
        picture[2:6, k % 12 : k % 12 + 4] = 220
        observation: dict[str, Any] = {"joint_positions": [0.1 * np.sin(k / 5 + j) for j in range(7)]}
        if pictures:
            observation["rgb_image"] = picture.tolist()
        rows.append({"step": k, "observation": observation, "action": [0.01 * k] * 8, "timestamp": k / 20})
    return {
        "episode_id": "episode_3",
        "task_name": "pick up the mug",
        "frames": rows,
        "frame_count": frames,
        "quality_score": 0.99,
        "validation_passed": True,
        "note": "more keys are let through",
    }


def imported(tmp_path: Path, document: dict[str, Any] | str):
    path = tmp_path / "in" / "episode_000003.json"
    path.parent.mkdir(parents=True)
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    importer = Importer(tmp_path / "records", tmp_path / "certificates", "kitchen")
    [outcome] = importer.run(episode_sources(path.parent))
    return outcome


@pytest.mark.parametrize("pictures", [True, False])
def test_a_recording_becomes_a_record(tmp_path: Path, pictures: bool) -> None:
    outcome = imported(tmp_path, recording(pictures=pictures))
    assert outcome.accepted, outcome.detail
    record = json.loads((outcome.record_dir / "record.json").read_text())
    assert (record["fps"], record["frames"], record["instruction"]) == (20, 19, "pick up the mug")
    arrays = np.load(outcome.record_dir / "trajectory.npz")
    assert arrays["state"].shape == (20, 7)
    assert arrays["action"].shape == (19, 8)
    assert [video["frames"] for video in record["videos"]] == ([19] if pictures else [])


def change(**changes: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda document: document | changes


def frame(number: int, **changes: Any) -> Callable[[dict[str, Any]], Any]:
    def apply(document: dict[str, Any]) -> dict[str, Any]:
        document["frames"][number] |= changes
        return document

    return apply


def still(document: dict[str, Any]) -> dict[str, Any]:
    for row in document["frames"]:
        row["observation"]["joint_positions"] = [0.0] * 7
    return document


def black(document: dict[str, Any]) -> dict[str, Any]:
    document["frames"][5]["observation"]["rgb_image"] = np.zeros((8, 16, 3), int).tolist()
    return document


def jump(document: dict[str, Any]) -> dict[str, Any]:
    document["frames"][9]["observation"]["joint_positions"][0] = 3.0
    return document


@pytest.mark.parametrize(
    ("break_it", "reason"),
    [
        (change(validation_passed=False), RefusalReason.TASK_FAILED),
        (change(frame_count=21), RefusalReason.WRONG_COUNT),
        (change(frames=[]), RefusalReason.WRONG_COUNT),
        (change(frames="none"), RefusalReason.INVALID_DOCUMENT),
        (change(task_name=3), RefusalReason.INVALID_DOCUMENT),
        (lambda d: json.dumps(d)[:-100], RefusalReason.INVALID_DOCUMENT),
        (lambda d: json.dumps(d).replace("0.05", "1e999", 1), RefusalReason.INVALID_DOCUMENT),
        (frame(7, timestamp=0.1), RefusalReason.INVALID_DATA),
        (frame(19, timestamp=5.0), RefusalReason.DROPPED_FRAMES),
        (frame(3, action=[]), RefusalReason.INVALID_DOCUMENT),
        (frame(3, action=[1.0]), RefusalReason.WRONG_COUNT),
        (frame(3, observation={"joint_positions": [0.0] * 7}), RefusalReason.TRUNCATED),
        (
            frame(3, observation={"joint_positions": [0.0] * 7, "rgb_image": [[[300, 0, 0]]]}),
            RefusalReason.INVALID_DOCUMENT,
        ),
        (still, RefusalReason.FROZEN_JOINTS),
        (jump, RefusalReason.TELEPORTING),
        (black, RefusalReason.BLACK_PICTURES),
    ],
)
def test_a_broken_recording_is_refused(tmp_path: Path, break_it: Callable[[Any], Any], reason: RefusalReason) -> None:
    outcome = imported(tmp_path, break_it(recording()))
    assert outcome.refusal is reason, outcome.detail
    assert not (tmp_path / "records" / outcome.source.episode_id).exists()
