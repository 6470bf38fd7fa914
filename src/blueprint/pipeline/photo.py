"""Photos as requests: handed over to stage regen3d, at once or when text has failed."""

import json
import os
from pathlib import Path

from blueprint.contracts.document import write_atomically
from blueprint.contracts.errors import BlueprintError, InputError
from blueprint.contracts.hashing import sha256_file
from blueprint.contracts.ids import slug, validate_scene_id
from blueprint.contracts.quality_gate import GateCertificate
from blueprint.contracts.scene_request import ImageSource, SceneRequest
from blueprint.sources.photo.reconstruct import image_fallback
from blueprint.storage import layout

__all__ = ["fall_back_to_photo", "hand_over_photo", "is_photo", "photo_fallback", "photo_request"]

_SUFFIXES = (".png", ".jpg", ".jpeg")
_ID_WORDS = 40


def is_photo(path: Path) -> bool:
    """Whether `path` is a file with the name of a photo."""
    return path.suffix.lower() in _SUFFIXES and path.is_file()


def photo_request(path: Path, scene_id: str | None) -> SceneRequest:
    """Return the request of a photo on this machine; its id, where none is given, is its name and 8 digits of its hash.

    Raises InputError for an unusable scene id.
    """
    chosen = scene_id or f"{slug(path.stem)[:_ID_WORDS].strip('_') or 'photo'}_{sha256_file(path)[:8]}"
    image = ImageSource(gcs_uri=str(path.resolve()))
    return SceneRequest(schema_version="v1", scene_id=validate_scene_id(chosen), source_mode="image", image=image)


def hand_over_photo(request: SceneRequest, scene_dir: Path, fallback: str | None = None) -> None:
    """Write `input/photo.json`, which makes stage regen3d run: the image, and why it is used if text was asked for."""
    if request.image is None:
        raise InputError("the request has no image.", remedy="add image.gcs_uri.")
    document = {"image": request.image.model_dump(mode="json", exclude_none=True), "fallback": fallback}
    write_atomically(scene_dir / layout.GIVEN_PHOTO, (json.dumps(document, indent=2) + "\n").encode())


def photo_fallback(scene_dir: Path) -> tuple[str, ...]:
    """Return why a photo serves a request for text, if it does."""
    path = scene_dir / layout.GIVEN_PHOTO
    reason = json.loads(path.read_bytes()).get("fallback") if path.is_file() else None
    return (str(reason),) if reason else ()


def fall_back_to_photo(scene_dir: Path, error: BlueprintError) -> bool:
    """After a failure of the source stage, hand over the request's image where the request and the user allow it.

    Returns False where they do not, where there is none, or where the photo itself has failed.
    """
    path = scene_dir / layout.SCENE_REQUEST
    if (scene_dir / layout.GIVEN_PHOTO).exists() or not path.is_file():
        return False
    gate = scene_dir / layout.gate_certificate("manifest_validated")
    if gate.exists() and GateCertificate.read(gate).passed:
        return False  # the source was good, something later failed
    request = SceneRequest.read(path)
    if not image_fallback(request, error, dict(os.environ)):
        return False
    hand_over_photo(request, scene_dir, fallback=f"text failed, the photo served instead: {str(error)[:500]}")
    return True
