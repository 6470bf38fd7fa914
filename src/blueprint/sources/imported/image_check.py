"""Whether bytes are a picture that we can use as a texture: PNG or JPEG, whole, and of a sensible size."""

import io
import warnings

from PIL import Image, UnidentifiedImageError

from blueprint.contracts.errors import InputError

__all__ = ["MAX_IMAGE_PX", "check_image"]

MAX_IMAGE_PX = 8192
_SIGNATURES = {
    b"\xabKTX 20\xbb": ("KTX2", "convert it to PNG."),
    b"RIFF": ("WebP", "convert it to PNG or JPEG."),
    b"DDS ": ("DDS", "convert it to PNG or JPEG."),
}


def check_image(label: str, data: bytes) -> None:
    """Raise InputError unless `data` is a PNG or JPEG of at most 8192 pixels a side that decodes; `label` names it."""
    for signature, (kind, remedy) in _SIGNATURES.items():
        if data.startswith(signature):
            raise InputError(f"{label} is a {kind} image, which is not read.", remedy=remedy)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", Image.DecompressionBombWarning
            )  # judged by our own limit, before it decodes
            with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as image:
                if max(image.size) > MAX_IMAGE_PX:
                    raise InputError(
                        f"{label} is {image.size[0]} x {image.size[1]} pixels, more than {MAX_IMAGE_PX} a side.",
                        remedy="scale it down.",
                    )
                image.load()
    except Image.DecompressionBombError as error:
        raise InputError(f"{label} is too large a picture: {error}", remedy="scale it down.") from error
    except UnidentifiedImageError as error:  # its message holds an address of memory
        raise InputError(f"{label} is no PNG or JPEG.", remedy="replace it.") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise InputError(f"{label} cannot be read: {error}.", remedy="replace it.") from error
