"""A request with a photo → the folder of its reconstruction, made once for the same bytes."""

import os
import shutil
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from blueprint.contracts.disk import disk_error
from blueprint.contracts.document import write_atomically
from blueprint.contracts.errors import BlueprintError, InputError, InterruptedRunError, StageError, StorageError
from blueprint.contracts.scene_request import SceneRequest
from blueprint.sources.photo.command import run_command
from blueprint.sources.photo.image import Photo, fetch_photo
from blueprint.sources.photo.service import ask_service
from blueprint.sources.photo.settings import (
    CommandSettings,
    ServiceSettings,
    image_fallback_is_on,
    reconstruction_settings,
)
from blueprint.sources.photo.source_record import ReconstructionSource
from blueprint.sources.regen3d.read import is_reconstruction
from blueprint.storage import layout

__all__ = ["LOG", "SOURCE_RECORD", "image_fallback", "reconstruct_photo"]

SOURCE_RECORD = "photo/reconstruction_source.json"
LOG = "photo/reconstruction.log"
_MAX_FILES = 200_000
_MAX_BYTES = 64 << 30  # meshes, point clouds, masks and pictures of one photo: a few GB


def reconstruct_photo(request: SceneRequest, scene_dir: Path, environ: Mapping[str, str]) -> Path:
    """Return `photo/reconstruction` of the scene: the request's photo, reconstructed by the command or the service.

    Native or canonical, as it was made. A reconstruction of the same image bytes is used again, whoever made it; remove
    the folder to have another. What made it stands in `photo/reconstruction_source.json`, what a command printed in
    `photo/reconstruction.log`. Nothing is left in `photo/reconstruction` by a try that fails.

    Raises InputError where the request has no image, InvalidImageUriError as `fetch_photo` does, InputError where
    neither REGEN3D_COMMAND nor REGEN3D_SERVER_URL is set or a reconstruction lies there that no photo of ours made,
    StageError (ServiceError) where they fail or what they made is no reconstruction.
    """
    if request.image is None:
        raise InputError(f"request {request.scene_id} has no image.", remedy="add image.gcs_uri.")
    photo = fetch_photo(request.image, environ)
    target, record = scene_dir / layout.RECONSTRUCTED_PHOTO, scene_dir / SOURCE_RECORD
    before = ReconstructionSource.read(record) if record.is_file() else None
    if before is not None and before.image_sha256 == photo.sha256 and is_reconstruction(target):
        return target
    if before is None and target.exists():
        message = f"{target} holds a reconstruction that was not made from this request's photo."
        raise InputError(message, remedy="remove it, or run the scene from it without the photo.")
    settings = reconstruction_settings(environ)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(
            dir=target.parent, prefix=".reconstructing-", ignore_cleanup_errors=True
        ) as scratch:
            made = _made(settings, photo, request, Path(scratch), scene_dir / LOG, environ)
            if target.exists():
                shutil.rmtree(target)
            # before the folder: one that is there without a record would pass for the user's own
            write_atomically(record, _record(photo, settings, request).to_json().encode())
            made.rename(target)
    except OSError as error:
        raise disk_error("write", target, error) from error
    return target


def image_fallback(request: SceneRequest, error: BlueprintError, environ: Mapping[str, str]) -> bool:
    """Say whether the request's photo may serve where its text has failed with `error`.

    The request allows it (`fallback.allow_image_fallback`), has an image and asked for text, and
    TEXT_GEN_ENABLE_IMAGE_FALLBACK is not false. Not for a run that was stopped or a store that refuses: the text did
    not fail there. Raises InputError where the variable is neither true nor false.
    """
    is_allowed = request.fallback.allow_image_fallback and image_fallback_is_on(environ)
    asked_for_text = request.source_mode != "image" and request.image is not None
    return is_allowed and asked_for_text and not isinstance(error, InterruptedRunError | StorageError)


def _made(
    settings: CommandSettings | ServiceSettings,
    photo: Photo,
    request: SceneRequest,
    scratch: Path,
    log: Path,
    environ: Mapping[str, str],
) -> Path:
    """Return the folder of a reconstruction inside `scratch`."""
    out = scratch / "out"
    out.mkdir()
    if isinstance(settings, CommandSettings):
        image = scratch / photo.name
        image.write_bytes(photo.data)
        run_command(settings, image, out, request.scene_id, log, environ)
    else:
        ask_service(settings, photo, request, out)
    _check_tree(out)
    inner = sorted(path for path in out.iterdir() if path.is_dir())
    # an archive, and a program that names its own folder, wraps the reconstruction once
    found = next((path for path in (out, *(inner if len(inner) == 1 else ())) if is_reconstruction(path)), None)
    if found is None:
        names = ", ".join(ascii(path.name[:60]) for path in sorted(out.iterdir())[:8]) or "nothing"
        raise StageError(
            f"what was made of {photo.name} is no reconstruction: the output folder holds {names}.",
            remedy="fill {out} with 3D-RE-GEN's output folder, or with a tree that has regen3d/scene_info.json.",
        )
    return found


def _check_tree(folder: Path) -> None:
    """Refuse links, devices and absurd sizes: a stage that reads the folder later must not leave it."""
    if folder.is_symlink() or not folder.is_dir():
        raise StageError("the reconstruction command replaced its output folder.", remedy="write into {out}.")
    files = total = 0
    for place, folders, names in os.walk(folder):
        for name in (*folders, *names):
            path = Path(place) / name
            facts = path.lstat()
            if not stat.S_ISDIR(facts.st_mode) and not stat.S_ISREG(facts.st_mode):
                shown = ascii(str(path.relative_to(folder))[:200])
                raise StageError(f"the reconstruction holds {shown}, a link or a device.", remedy="copy files into it.")
            files, total = files + 1, total + facts.st_size
    if files > _MAX_FILES or total > _MAX_BYTES:
        message = f"the reconstruction holds {files} files of {total} bytes, more than {_MAX_FILES} or {_MAX_BYTES}."
        raise StageError(message, remedy="keep the meshes, the camera and the point clouds only.")


def _record(photo: Photo, settings: CommandSettings | ServiceSettings, request: SceneRequest) -> ReconstructionSource:
    made_by: Literal["command", "service"]
    if isinstance(settings, CommandSettings):
        made_by, program = "command", Path(settings.template[0]).name
    else:
        made_by, program = "service", settings.url
    return ReconstructionSource(
        scene_id=request.scene_id,
        image_uri=photo.uri,
        image_sha256=photo.sha256,
        image_generation=photo.version,
        image_size=(photo.width_px, photo.height_px),
        made_by=made_by,
        program=program,
    )
