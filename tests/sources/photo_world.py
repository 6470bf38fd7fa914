"""Photos, reconstruction folders and archives that the photo tests hand around."""

import base64
import io
import tarfile
import zipfile
from pathlib import Path
from typing import Any

from PIL import Image

from blueprint.contracts.scene_request import ImageSource, SceneRequest

TREE = {"scene_info.json": b"{}", "objects/mug/mesh.glb": b"glTF", "objects/mug/pose.json": b"{}"}


def picture(kind: str = "PNG", size: tuple[int, int] = (8, 6), color: str = "red") -> bytes:
    data = io.BytesIO()
    Image.new("RGB", size, color).save(data, kind)
    return data.getvalue()


def photo_request(uri: str | Path, generation: str | None = None, **more: Any) -> SceneRequest:
    image = ImageSource(gcs_uri=str(uri), generation=generation)
    return SceneRequest(schema_version="v1", scene_id="kitchen", **{"source_mode": "image", "image": image, **more})


def zipped(files: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


def tarred(files: dict[str, bytes], *extra: tarfile.TarInfo) -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
        for entry in extra:
            archive.addfile(entry)
    return data.getvalue()


def answer_of(archive: bytes) -> dict[str, str]:
    return {"archive_base64": base64.b64encode(archive).decode()}
