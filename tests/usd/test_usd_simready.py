"""Assets pass NVIDIA's SimReady profile; needs its validator in an environment of its own."""

import io
import os
from pathlib import Path

import pytest
from PIL import Image
from sample_assets import block, cabinet

from blueprint.contracts.errors import InputError
from blueprint.usd.asset import author_asset
from blueprint.usd.simready import SIMREADY_VARIABLE, validate_simready

needs_program = pytest.mark.skipif(
    not os.environ.get(SIMREADY_VARIABLE), reason=f"{SIMREADY_VARIABLE} does not name a simready-validate program"
)


def thumbnail() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (256, 256), (120, 130, 140)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.slow
@needs_program
@pytest.mark.parametrize("make", [block, cabinet])
def test_assets_pass_robotics_prop_4(make, tmp_path: Path) -> None:
    asset = make()
    layer = author_asset(asset, tmp_path / asset.model.asset_id, thumbnail_png=thumbnail())
    verdict = validate_simready(layer)
    assert verdict.passed, verdict.message
    assert verdict.measured == 0.0


@pytest.mark.slow
@needs_program
def test_an_asset_without_thumbnail_is_refused(tmp_path: Path) -> None:
    verdict = validate_simready(author_asset(block(), tmp_path / "block"))
    assert not verdict.passed
    assert "SR.002" in verdict.message


def test_without_a_program_the_check_is_reported_as_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SIMREADY_VARIABLE, raising=False)
    verdict = validate_simready(author_asset(block(), tmp_path / "block"))
    assert (verdict.severity, verdict.measured) == ("INFO", "not run")


def test_a_program_that_does_not_exist_is_named_in_the_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no_such_program"):
        validate_simready(tmp_path / "x.usda", program=tmp_path / "no_such_program")
