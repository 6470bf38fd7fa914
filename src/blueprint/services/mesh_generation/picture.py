"""From words to a picture for services that only take pictures: any endpoint that speaks OpenAI's images dialect."""

import io
from dataclasses import dataclass
from typing import Any

from PIL import Image

from blueprint.contracts.errors import InputError
from blueprint.services.mesh_generation.exchange import decoded, download, object_of, refusal, send
from blueprint.services.mesh_generation.provider import Deadline, MeshServiceError, Service

__all__ = ["PictureModel", "as_png"]

_MAX_IMAGE_BYTES = 16 << 20
_MAX_SIDE_PX = 4096
_SIDE_PX = 1024
_STYLE = (
    "Product photograph of one single {thing}, complete and in the middle of the frame, seen slightly from above, "
    "plain white background, soft even light, no shadow, no text, nothing else in the picture."
)


@dataclass(frozen=True)
class PictureModel:
    """`POST {base_url}/images/generations`, one square picture."""

    service: Service

    def draw(self, prompt: str, deadline: Deadline) -> bytes:
        """Return a PNG of at most 1024 pixels a side; raises MeshServiceError."""
        body: dict[str, Any] = {
            "model": self.service.model,
            "prompt": _STYLE.format(thing=prompt),
            "n": 1,
            "size": f"{_SIDE_PX}x{_SIDE_PX}",
        }
        if not self.service.model.startswith("gpt-image"):  # these always answer base64 and refuse to be told so
            body["response_format"] = "b64_json"
        raw = send(self.service, "POST", "/images/generations", deadline, body=body, limit_bytes=2 * _MAX_IMAGE_BYTES)
        if raw.status != 200:
            raise refusal(self.service, raw)
        data = object_of(self.service, raw).get("data")
        first = data[0] if isinstance(data, list) and data and isinstance(data[0], dict) else {}
        if isinstance(first.get("url"), str):
            picture = download(self.service, first["url"], deadline, _MAX_IMAGE_BYTES)
        else:
            picture = decoded(self.service, first.get("b64_json"))
        try:
            return as_png(picture)
        except InputError as error:
            raise MeshServiceError(f"{self.service.name}: {error}", "unusable", 200) from error


def as_png(data: bytes) -> bytes:
    """Return a PNG, JPEG or WebP as PNG of at most 1024 pixels a side; raises InputError where it is none."""
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as image:
            if not 16 <= min(image.size) <= max(image.size) <= _MAX_SIDE_PX:
                raise InputError(f"a picture of {image.size} pixels is not used.", remedy="use 16 to 4096 a side.")
            has_alpha = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
            picture = image.convert("RGBA" if has_alpha else "RGB")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise InputError("the picture cannot be read.", remedy="use PNG, JPEG or WebP.") from error
    picture.thumbnail((_SIDE_PX, _SIDE_PX))
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()
