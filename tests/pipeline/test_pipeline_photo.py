"""Photos as requests, and as what is left where text has failed."""

import json

import pytest
from PIL import Image

from blueprint.contracts.errors import InputError, StageError
from blueprint.contracts.quality_gate import GateCheck
from blueprint.contracts.scene_request import ImageSource, SceneRequest
from blueprint.pipeline.photo import fall_back_to_photo, hand_over_photo, is_photo, photo_fallback, photo_request
from blueprint.quality.gates import issue
from blueprint.storage import layout

FAILED = StageError("the prompt could not be laid out.")


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "My Room.JPG"
    Image.new("RGB", (8, 8), (120, 90, 60)).save(path, format="JPEG")
    return path


def request_with(scene_dir, **fields):
    request = SceneRequest.model_validate(
        {"schema_version": "v1", "scene_id": "s", "source_mode": "auto", "prompt": "a desk"} | fields
    )
    request.write(scene_dir / layout.SCENE_REQUEST)
    return request


IMAGE = ImageSource(gcs_uri="/photos/room.jpg")


def test_a_photo_on_this_machine_is_a_request_of_its_own(photo):
    assert is_photo(photo)
    assert not is_photo(photo.with_name("missing.jpg"))
    request = photo_request(photo, None)
    assert request.source_mode == "image"
    assert request.scene_id.startswith("my_room_")
    assert request.image is not None
    assert request.image.gcs_uri == str(photo.resolve())
    assert photo_request(photo, "chosen").scene_id == "chosen"


def test_a_text_that_fails_goes_on_from_the_photo_once_and_says_why(tmp_path):
    request_with(tmp_path, image=IMAGE)
    assert fall_back_to_photo(tmp_path, FAILED)
    assert json.loads((tmp_path / layout.GIVEN_PHOTO).read_text())["image"]["gcs_uri"] == IMAGE.gcs_uri
    (reason,) = photo_fallback(tmp_path)
    assert "could not be laid out" in reason
    assert not fall_back_to_photo(tmp_path, FAILED)  # the photo itself has failed now


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"image": IMAGE, "fallback": {"allow_image_fallback": False}},
    ],
)
def test_without_a_photo_or_leave_there_is_no_fallback(tmp_path, fields):
    request_with(tmp_path, **fields)
    assert not fall_back_to_photo(tmp_path, FAILED)
    assert not (tmp_path / layout.GIVEN_PHOTO).exists()


def test_the_user_can_forbid_it(tmp_path, monkeypatch):
    monkeypatch.setenv("TEXT_GEN_ENABLE_IMAGE_FALLBACK", "false")
    request_with(tmp_path, image=IMAGE)
    assert not fall_back_to_photo(tmp_path, FAILED)


def test_a_failure_after_a_good_source_is_none_of_the_photos(tmp_path):
    request_with(tmp_path, image=IMAGE)
    good = GateCheck(name="objects", passed=True, severity="ERROR", message="3 objects")
    issue(tmp_path, "manifest_validated", "manifest_validated", [tmp_path / layout.SCENE_REQUEST], [good])
    assert not fall_back_to_photo(tmp_path, FAILED)


def test_a_request_without_an_image_hands_none_over(tmp_path):
    with pytest.raises(InputError, match="no image"):
        hand_over_photo(request_with(tmp_path), tmp_path)
    assert photo_fallback(tmp_path) == ()
