"""The photo of a request: where it may lie, fetched from there, and proved to be a picture before anything uses it."""

import io
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image

from blueprint.contracts.errors import BlueprintError, InputError, ObjectNotFoundError
from blueprint.contracts.hashing import sha256_bytes
from blueprint.contracts.scene_request import ImageSource
from blueprint.storage.store import open_store

__all__ = ["MAX_IMAGE_BYTES", "MAX_IMAGE_PIXELS", "InvalidImageUriError", "Photo", "fetch_photo"]

MAX_IMAGE_BYTES = 64 << 20
MAX_IMAGE_PIXELS = 64_000_000
_IN_BUCKET = re.compile(r"scenes/[^/]+/images/[^/]+\.(png|jpe?g)", re.IGNORECASE)  # contract of the orchestrator
_SUFFIX = re.compile(r".+\.(png|jpe?g)", re.IGNORECASE)
_SUFFIX_OF = {"PNG": ".png", "JPEG": ".jpg"}
_WHERE = "use gs://BUCKET/scenes/ID/images/NAME.png (or .jpg, .jpeg) in the scene's own bucket."


class InvalidImageUriError(InputError):
    """The request's image cannot be used; `code` is the contract's word for it in a failure marker."""

    code = "invalid_image_uri"

    def __init__(self, message: str, *, remedy: str | None = None) -> None:
        super().__init__(message, remedy=remedy)


@dataclass(frozen=True)
class Photo:
    """A PNG or JPEG that decodes. `name` is a plain file name, `version` the store's word for these bytes."""

    uri: str
    name: str
    data: bytes
    version: str
    width_px: int
    height_px: int

    @property
    def sha256(self) -> str:
        return sha256_bytes(self.data)


def fetch_photo(image: ImageSource, environ: Mapping[str, str]) -> Photo:
    """Return the image of a request.

    `gs://bucket/scenes/ID/images/NAME.png|jpg|jpeg` is what a request in a bucket may name, and where BUCKET is set (a
    job in the cloud) it is all that may be named, in that very bucket. Elsewhere `s3://bucket/key`, `file:///path` and
    a plain path serve as well, for use on one's own machine. A `generation` is compared with the store's version (of a
    file: `sha256:…`), so that what is reconstructed is what the request meant.

    Raises InvalidImageUriError for another place, a missing object, another generation, more than 64 MiB or 64 million
    pixels, or a file that is no PNG or JPEG; StorageError where the store cannot be reached.
    """
    store_url, key = _place(image.gcs_uri.strip(), environ.get("BUCKET", "").strip())
    store = open_store(store_url)
    try:
        size = store.stat(key).size
        if size > MAX_IMAGE_BYTES:
            raise _invalid(image, f"it has {size} bytes, more than {MAX_IMAGE_BYTES}", "scale the photo down.")
        data, version = store.read_versioned(key)
    except ObjectNotFoundError as error:
        raise _invalid(image, "there is no such file", "upload it first, or correct the name.") from error
    if image.generation is not None and image.generation.strip('"') != version.strip('"'):
        problem = f"it is generation {version[:80]}, the request means {image.generation[:80]!a}"
        raise _invalid(image, problem, "it was replaced since; write the request again.")
    kind, width, height = _decoded(image, data)
    stem = re.sub(r"[^A-Za-z0-9_-]+", "_", Path(key).stem)[:60].strip("_") or "photo"
    return Photo(image.gcs_uri.strip(), stem + _SUFFIX_OF[kind], data, version, width, height)


def _place(uri: str, own_bucket: str) -> tuple[str, str]:
    """Return the store's URL or folder and the key in it."""
    scheme, separator, rest = uri.partition("://")
    if separator and scheme == "gs":
        bucket, _, key = rest.partition("/")
        if not _IN_BUCKET.fullmatch(key) or ".." in key.split("/"):
            raise _refused(uri, "it is not named as a scene's image is")
        if own_bucket and bucket != own_bucket:
            raise _refused(uri, f"it is not in the scene's bucket {own_bucket!r}")
        return f"gs://{bucket}", key
    if own_bucket:
        raise _refused(uri, f"a job of bucket {own_bucket!r} reads no other place")
    if not _SUFFIX.fullmatch(uri):
        raise _refused(uri, "it is no .png, .jpg or .jpeg")
    if separator and scheme == "s3":
        bucket, _, key = rest.partition("/")
        return f"s3://{bucket}", key
    if separator and scheme != "file":
        raise _refused(uri, f"{scheme[:20]!r} is not read")
    path = Path(urlsplit(uri).path if separator else uri).absolute()
    return str(path.parent), path.name


def _decoded(image: ImageSource, data: bytes) -> tuple[str, int, int]:
    """Return format, width and height of a picture that decodes to its last row."""
    if len(data) > MAX_IMAGE_BYTES:
        raise _invalid(image, f"it has more than {MAX_IMAGE_BYTES} bytes", "scale the photo down.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is below
            with Image.open(io.BytesIO(data), formats=tuple(_SUFFIX_OF)) as picture:
                width, height = picture.size
                if width * height > MAX_IMAGE_PIXELS:
                    problem = f"it is {width} × {height} pixels, more than {MAX_IMAGE_PIXELS}"
                    raise _invalid(image, problem, "scale the photo down.")
                picture.load()
                return "PNG" if picture.format == "PNG" else "JPEG", width, height  # a phone's JPEG may say MPO
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise _invalid(image, f"it is no whole PNG or JPEG ({str(error)[:120]!a})", "export it again.") from error


def _refused(uri: str, problem: str) -> BlueprintError:
    return InvalidImageUriError(f"invalid_image_uri: {uri[:200]!a}: {problem}.", remedy=_WHERE)


def _invalid(image: ImageSource, problem: str, remedy: str) -> BlueprintError:
    return InvalidImageUriError(f"invalid_image_uri: {image.gcs_uri[:200]!a}: {problem}.", remedy=remedy)
