"""Where a photo may lie, and what is refused before anybody reconstructs it."""

import io
from pathlib import Path

import pytest
from photo_world import picture
from PIL import Image

from blueprint.contracts.errors import InputError
from blueprint.contracts.hashing import sha256_bytes
from blueprint.contracts.scene_request import ImageSource
from blueprint.sources.photo import image
from blueprint.sources.photo.image import InvalidImageUriError, Photo, fetch_photo
from blueprint.storage.store import open_store

KEY = "scenes/kitchen/images/room one.JPG"


def fetch(uri: str | Path, generation: str | None = None, **environ: str) -> Photo:
    return fetch_photo(ImageSource(gcs_uri=str(uri), generation=generation), environ)


@pytest.fixture
def in_gcs(gcs_server, monkeypatch: pytest.MonkeyPatch) -> str:
    """A JPEG in the bucket of the fake server; returns its generation."""
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", gcs_server.url)
    return open_store("gs://bucket").write(KEY, picture("JPEG"))


def test_an_image_of_the_scenes_bucket_is_fetched_with_its_generation(in_gcs: str) -> None:
    photo = fetch(f"gs://bucket/{KEY}", in_gcs, BUCKET="bucket")
    assert (photo.name, photo.version) == ("room_one.jpg", in_gcs)
    assert (photo.width_px, photo.height_px) == (8, 6)
    assert photo.sha256 == sha256_bytes(picture("JPEG"))


def test_another_generation_than_the_requests_is_refused(in_gcs: str) -> None:
    with pytest.raises(InvalidImageUriError, match=f"it is generation {in_gcs}, the request means '7'") as caught:
        fetch(f"gs://bucket/{KEY}", "7")
    assert caught.value.code == "invalid_image_uri"


def test_a_missing_object_says_so(in_gcs: str) -> None:
    with pytest.raises(InvalidImageUriError, match="there is no such file"):
        fetch("gs://bucket/scenes/kitchen/images/other.png")


@pytest.mark.parametrize(
    ("uri", "problem"),
    [
        ("gs://bucket/scenes/kitchen/images/deep/room.png", "not named as a scene's image"),
        ("gs://bucket/scenes/kitchen/room.png", "not named as a scene's image"),
        ("gs://bucket/scenes/../images/room.png", "not named as a scene's image"),
        ("gs://bucket/scenes/kitchen/images/room.gif", "not named as a scene's image"),
        ("gs://other/scenes/kitchen/images/room.png", "not in the scene's bucket 'bucket'"),
        ("s3://bucket/scenes/kitchen/images/room.png", "reads no other place"),
        ("/etc/room.png", "reads no other place"),
        ("file:///etc/room.png", "reads no other place"),
    ],
)
def test_a_job_of_a_bucket_reads_images_of_its_scenes_only(uri: str, problem: str) -> None:
    with pytest.raises(InvalidImageUriError, match=problem):
        fetch(uri, BUCKET="bucket")


@pytest.mark.parametrize("uri", ["ftp://host/room.png", "https://host/room.png", "/etc/passwd", "room"])
def test_other_schemes_and_other_files_are_refused(uri: str) -> None:
    with pytest.raises(InvalidImageUriError, match=r"is not read|it is no \.png"):
        fetch(uri)


@pytest.mark.parametrize("form", ["{}", "file://{}"])
def test_a_file_of_this_machine_serves_on_this_machine(tmp_path: Path, form: str) -> None:
    path = tmp_path / "room.png"
    path.write_bytes(picture())
    photo = fetch(form.format(path))
    assert (photo.name, photo.version) == ("room.png", f"sha256:{sha256_bytes(picture())}")


def test_an_image_in_s3_serves(s3_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "AWS_ENDPOINT_URL": s3_url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    open_store("s3://bucket").write("photos/room.png", picture())
    assert fetch("s3://bucket/photos/room.png").data == picture()


@pytest.mark.parametrize(
    "data",
    [b"", b"GIF89a", b"not an image", picture()[:50], picture("JPEG")[:300], picture("BMP")],
    ids=["empty", "gif", "text", "half a PNG", "half a JPEG", "bmp"],
)
def test_what_is_no_whole_png_or_jpeg_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "room.png"
    path.write_bytes(data)
    with pytest.raises(InvalidImageUriError, match="it is no whole PNG or JPEG"):
        fetch(path)


def test_a_jpeg_with_a_second_picture_in_it_is_a_jpeg(tmp_path: Path) -> None:
    data = io.BytesIO()
    shots = [Image.new("RGB", (8, 6), color) for color in ("red", "blue")]
    shots[0].save(data, "MPO", save_all=True, append_images=shots[1:])
    path = tmp_path / "phone.png"  # whatever it is called
    path.write_bytes(data.getvalue())
    assert fetch(path).name == "phone.jpg"


def test_sizes_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "room.png"
    path.write_bytes(picture(size=(100, 50)))
    monkeypatch.setattr(image, "MAX_IMAGE_PIXELS", 4999)
    with pytest.raises(InputError, match="100 × 50 pixels, more than 4999"):
        fetch(path)
    monkeypatch.setattr(image, "MAX_IMAGE_BYTES", 10)
    with pytest.raises(InputError, match="bytes, more than 10"):
        fetch(path)
