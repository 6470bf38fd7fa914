"""When a photo may serve a request whose text has failed."""

import pytest
from photo_world import photo_request

from blueprint.contracts.errors import (
    BlueprintError,
    GateError,
    InputError,
    InterruptedRunError,
    StageError,
    StorageError,
)
from blueprint.contracts.scene_request import Fallback, SceneRequest
from blueprint.sources.photo.reconstruct import image_fallback

TEXT = photo_request("room.png", source_mode="text", prompt="a kitchen")


@pytest.mark.parametrize("error", [StageError("no solution"), InputError("not configured"), GateError("unstable")])
@pytest.mark.parametrize("mode", ["text", "auto"])
def test_a_photo_serves_where_text_failed(error: BlueprintError, mode: str) -> None:
    assert image_fallback(TEXT.model_copy(update={"source_mode": mode}), error, {})


@pytest.mark.parametrize(
    "request_",
    [
        TEXT.model_copy(update={"image": None}),
        TEXT.model_copy(update={"fallback": Fallback(allow_image_fallback=False)}),
        TEXT.model_copy(update={"source_mode": "image"}),
    ],
)
def test_no_photo_serves_a_request_that_has_none_forbids_it_or_is_one(request_: SceneRequest) -> None:
    assert not image_fallback(request_, StageError("no solution"), {})


@pytest.mark.parametrize("error", [InterruptedRunError("Ctrl-C"), StorageError("disk full")])
def test_a_stopped_run_and_a_full_disk_are_no_failures_of_text(error: BlueprintError) -> None:
    assert not image_fallback(TEXT, error, {})


@pytest.mark.parametrize(("value", "allowed"), [("false", False), ("0", False), ("TRUE", True), ("", True)])
def test_the_variable_switches_it_off(value: str, allowed: bool) -> None:
    assert image_fallback(TEXT, StageError("x"), {"TEXT_GEN_ENABLE_IMAGE_FALLBACK": value}) is allowed


def test_a_variable_that_is_neither_is_refused() -> None:
    with pytest.raises(InputError, match="expected true or false"):
        image_fallback(TEXT, StageError("x"), {"TEXT_GEN_ENABLE_IMAGE_FALLBACK": "maybe"})
