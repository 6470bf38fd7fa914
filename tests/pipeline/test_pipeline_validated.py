"""What stage usd takes over from stage simready: the verdict on an asset, for exactly the bytes that it was given."""

from pathlib import Path

import pytest

from blueprint.certify.certificate import delivered_files, subject_of
from blueprint.contracts.errors import GateError
from blueprint.contracts.markers import CompletionMarker
from blueprint.contracts.quality_gate import GateCheck
from blueprint.pipeline.steps.scene import _validated_assets
from blueprint.quality.gates import issue
from blueprint.storage import layout


@pytest.fixture
def scene_dir(tmp_path: Path) -> Path:
    """Two assets as stage simready leaves them, of which the second failed, and the override that lets work go on."""
    folder = tmp_path / "a_scene"
    for name in ("good", "bad"):
        sim = folder / "assets" / name / "sim"
        (sim / "payloads").mkdir(parents=True)
        (sim / f"{name}.usda").write_text("#usda 1.0\n")
        (sim / "payloads" / "geometry.usdc").write_bytes(b"shapes")
    (folder / "usd").mkdir()
    (folder / "usd" / "scene.usda").write_text("#usda 1.0\n")
    mark(folder)
    judge(folder)
    return folder


def hashes(folder: Path) -> dict[str, str]:
    return subject_of(folder, delivered_files(folder))


def mark(folder: Path) -> None:
    outputs = {name: digest for name, digest in hashes(folder).items() if name.startswith("assets/")}
    CompletionMarker(
        scene_id=folder.name, stage="simready", timestamp="2026-01-01T00:00:00Z", duration_s=1.0, inputs={},
        settings_sha="s", code_sha="c", outputs=outputs,
    ).write(folder / layout.marker_names("simready")[0])  # fmt: skip


def judge(folder: Path, *, passed: bool = True) -> None:
    checks = [
        GateCheck(name="usd good", passed=True, severity="ERROR", message="ok"),
        GateCheck(name="usd.nvidia.ValidateTopologyChecker bad", passed=False, severity="WARNING", message="torn"),
        GateCheck(name="physics", passed=passed, severity="ERROR", message="as it is"),
    ]
    issue(folder, "simready", "simready_complete", [folder / "assets" / "good" / "sim" / "good.usda"], checks)


def names(folder: Path) -> set[str]:
    return {path.stem for path in _validated_assets(folder, hashes(folder))}


def test_an_asset_that_passed_and_has_not_changed_is_taken_over(scene_dir: Path) -> None:
    assert names(scene_dir) == {"good"}


@pytest.mark.parametrize("change", ["other bytes", "one more file", "one file less"])
def test_an_asset_that_changed_in_one_byte_is_not(scene_dir: Path, change: str) -> None:
    payloads = scene_dir / "assets" / "good" / "sim" / "payloads"
    if change == "other bytes":
        (payloads / "geometry.usdc").write_bytes(b"Shapes")
    elif change == "one more file":
        (payloads / "more.usda").write_text("#usda 1.0\n")
    else:
        (payloads / "geometry.usdc").unlink()
    assert names(scene_dir) == set()


def test_nothing_is_taken_over_without_a_marker_or_from_a_failed_gate(scene_dir: Path) -> None:
    judge(scene_dir, passed=False)
    with pytest.raises(GateError):
        names(scene_dir)
    (scene_dir / layout.marker_names("simready")[0]).unlink()
    assert names(scene_dir) == set()
