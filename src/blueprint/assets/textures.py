"""Procedural textures: 256 × 256 sRGB images, the same bytes for the same arguments and generator state.

Colours go in as linear RGB (`assets.colors`). Every pattern but `label` and `book_cover` tiles without a seam.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from blueprint.assets.colors import COLORS, srgb_bytes_from_linear, srgb_from_linear
from blueprint.contracts.frames import Vec3

__all__ = [
    "COLORS",
    "SIZE_PX",
    "book_cover",
    "brushed_metal",
    "cardboard",
    "checker",
    "fabric",
    "fruit_skin",
    "glaze",
    "label",
    "marble",
    "noise",
    "pages",
    "planks",
    "plaster",
    "speckle",
    "tiles",
    "wood",
]

SIZE_PX = 256
Image = NDArray[np.uint8]
Field = NDArray[np.float64]
_U, _V = np.meshgrid(np.arange(SIZE_PX) / SIZE_PX, 1 - np.arange(SIZE_PX) / SIZE_PX)


def noise(rng: np.random.Generator, scale_u: float, scale_v: float) -> Field:
    """Return periodic Gaussian noise (256, 256), zero mean and unit deviation.

    `scale_u` and `scale_v` are correlation lengths as fractions of the image.
    """
    spectrum = np.fft.rfft2(rng.standard_normal((SIZE_PX, SIZE_PX)))
    spectrum *= _gaussian(scale_v * np.fft.fftfreq(SIZE_PX, 1 / SIZE_PX))[:, None]
    spectrum *= _gaussian(scale_u * np.fft.rfftfreq(SIZE_PX, 1 / SIZE_PX))
    spectrum[0, 0] = 0.0  # the mean
    field = np.fft.irfft2(spectrum, (SIZE_PX, SIZE_PX))
    return field / (np.sqrt(np.vdot(field, field) / field.size) + 1e-12)


def _gaussian(sigma_cycles: ArrayLike) -> Field:
    """Fourier transform of a Gaussian of unit area, at frequency times deviation; 0 where it is below 1e-30."""
    value = np.exp(-2 * np.pi**2 * np.square(sigma_cycles, dtype=float))
    return np.where(value < 1e-30, 0.0, value)  # arithmetic of subnormal numbers is slow


def wood(rng: np.random.Generator, color: Vec3, contrast: float = 1.0) -> Image:
    """Wood with its grain along u: slow bands, fine fibres and a few darker pores."""
    bands = np.sin(2 * np.pi * (_V * 5 + 0.22 * noise(rng, 0.30, 0.05)))
    fibres = noise(rng, 0.14, 0.003)
    pores = np.clip(noise(rng, 0.035, 0.0025) - 1.6, 0, None)
    value = 1 + contrast * (0.085 * bands + 0.06 * fibres - 0.16 * pores + 0.04 * noise(rng, 0.2, 0.2))
    cool = value**0.85
    return _channels([cool * color[0], value * color[1], value * value / cool * color[2]])


def planks(rng: np.random.Generator, color: Vec3, boards: int = 4) -> Image:
    """Floor boards along u, staggered, with dark joints."""
    base = wood(rng, color, 0.9).astype(float) / 255
    row = np.floor(_V * boards).astype(int) % boards
    column = np.floor(_U + 0.5 * (row % 2)).astype(int) % 2
    tone = 0.9 + 0.2 * rng.random((boards, 2))
    base = base * tone[row, column][..., None]
    across = np.abs((_V * boards) % 1 - 0.5) > 0.5 - boards * 1.1 / SIZE_PX
    along = np.abs((_U + 0.5 * (row % 2)) % 1 - 0.5) > 0.5 - 1.1 / SIZE_PX
    base[across | along] *= 0.55
    return _bytes(base)


def marble(rng: np.random.Generator, color: Vec3, vein: Vec3 = (0.25, 0.25, 0.27)) -> Image:
    """Marble: broad clouds and thin veins of another colour."""
    warp = noise(rng, 0.10, 0.10) + 0.35 * noise(rng, 0.03, 0.03)
    line = np.exp(-((np.sin(2 * np.pi * (_U + _V) + 1.6 * warp) / 0.10) ** 2))
    share = np.clip(0.5 * line * (0.6 + 0.4 * noise(rng, 0.08, 0.08)) + 0.05 * noise(rng, 0.1, 0.1), 0, 0.8)
    return _channels(_mix(color, vein, share))


def speckle(rng: np.random.Generator, color: Vec3, strength: float = 1.0) -> Image:
    """Granite or terrazzo: grains of lighter and darker minerals."""
    fine, coarse = noise(rng, 0.004, 0.004), noise(rng, 0.012, 0.012)
    value = 1 + strength * (0.16 * coarse + 0.22 * np.clip(fine - 1.0, 0, None) * 2 - 0.55 * np.clip(-fine - 1.2, 0, 1))
    return _tinted(np.clip(value, 0.12, 2.6), color)


def brushed_metal(rng: np.random.Generator, color: Vec3) -> Image:
    """Metal brushed along u."""
    value = 1 + 0.055 * noise(rng, 0.2, 0.002) + 0.03 * noise(rng, 0.05, 0.01)
    return _tinted(value, color)


def glaze(
    rng: np.random.Generator, color: Vec3, stripe: Vec3 | None = None, bands: Sequence[tuple[float, float]] = ()
) -> Image:
    """Ceramic glaze with faint mottling and optional horizontal bands of `stripe`, given as ranges of v (0..1)."""
    mottling = 1 + 0.02 * noise(rng, 0.03, 0.03) + 0.01 * noise(rng, 0.004, 0.004)
    image = _tinted(mottling, color)
    if stripe is not None:
        banded = np.zeros(mottling.shape, bool)
        for low, high in bands:
            banded |= (low <= _V) & (high > _V)
        image[banded] = _tinted(mottling, stripe)[banded]
    return image


def fabric(rng: np.random.Generator, color: Vec3, threads: int = 48) -> Image:
    """Plain weave: `threads` warp and weft threads a side."""
    value = _weave(threads) + 0.05 * noise(rng, 0.01, 0.01)
    return _tinted(value, color)


@lru_cache(maxsize=8)
def _weave(threads: int) -> Field:
    """How bright the threads of a plain weave are, about 1; not to be written to."""
    u, v = np.sin(2 * np.pi * threads * _U), np.sin(2 * np.pi * threads * _V)
    over = ((np.floor(_U * threads * 2) + np.floor(_V * threads * 2)) % 2) * 2 - 1
    return np.asarray(1 + 0.10 * np.where(over > 0, u, v) + 0.05 * over)


def cardboard(rng: np.random.Generator, color: Vec3 = COLORS["cardboard"]) -> Image:
    """Corrugated board: faint flutes along v and fibre flecks."""
    flutes = 0.03 * np.sin(2 * np.pi * 40 * _U)
    value = 1 + flutes + 0.035 * noise(rng, 0.01, 0.004) - 0.10 * np.clip(noise(rng, 0.006, 0.003) - 1.8, 0, None)
    return _tinted(value, color)


def plaster(rng: np.random.Generator, color: Vec3) -> Image:
    """Painted wall: very slight roller texture."""
    return _tinted(1 + 0.012 * noise(rng, 0.004, 0.004) + 0.004 * noise(rng, 0.15, 0.15), color)


def tiles(rng: np.random.Generator, color: Vec3, per_side: int = 2, grout: Vec3 = (0.35, 0.34, 0.32)) -> Image:
    """Floor tiles with grout lines; each tile a little lighter or darker."""
    row, column = np.floor(_V * per_side).astype(int) % per_side, np.floor(_U * per_side).astype(int) % per_side
    tone = (0.93 + 0.14 * rng.random((per_side, per_side)))[row, column]
    value = (tone + 0.03 * noise(rng, 0.05, 0.05))[..., None] * np.asarray(color)
    line = (
        np.maximum(np.abs((_U * per_side) % 1 - 0.5), np.abs((_V * per_side) % 1 - 0.5)) > 0.5 - per_side * 2 / SIZE_PX
    )
    value[line] = grout
    return srgb_bytes_from_linear(value)


def checker(color: Vec3, other: Vec3, per_side: int = 8) -> Image:
    """Chequered pattern of two colours."""
    odd = (np.floor(_U * per_side) + np.floor(_V * per_side)) % 2 > 0
    return srgb_bytes_from_linear(np.where(odd[..., None], np.asarray(other), np.asarray(color)))


def fruit_skin(rng: np.random.Generator, color: Vec3, blush: Vec3, dots: float = 0.3) -> Image:
    """Skin of a fruit: `blush` runs into `color` in streaks along v, with small light dots."""
    share = np.clip(0.45 + 0.35 * noise(rng, 0.09, 0.25) + 0.12 * noise(rng, 0.01, 0.08), 0, 1)
    light = dots * 0.25 * np.clip(noise(rng, 0.006, 0.006) - 1.9, 0, 0.6)
    return _channels([channel + light for channel in _mix(color, blush, share)])


def pages(rng: np.random.Generator, color: Vec3 = (0.80, 0.76, 0.66)) -> Image:
    """The edges of a book's pages: fine lines along u."""
    lines = rng.standard_normal((SIZE_PX, 1)) * 0.06
    return _tinted(1 + lines + 0.01 * noise(rng, 0.02, 0.004), color)


def label(
    rng: np.random.Generator,
    color: Vec3,
    text: str = "",
    *,
    band: Vec3 = COLORS["white"],
    ink: Vec3 = COLORS["black"],
    repeats: int = 1,
    band_v: tuple[float, float] = (0.30, 0.72),
) -> Image:
    """A printed label: `color` with a `band` that carries `text` `repeats` times along u, and thin rules."""
    value = np.broadcast_to(np.asarray(color), (SIZE_PX, SIZE_PX, 3)).copy()
    low, high = band_v
    value[(low <= _V) & (high > _V)] = band
    for edge in (low - 0.04, high + 0.02):
        value[(edge <= _V) & (edge + 0.02 > _V)] = band
    dots = 0.5 * (1 + np.sin(2 * np.pi * 6 * _U + rng.random() * 6) * np.sin(2 * np.pi * 6 * _V))
    below = low - 0.06 > _V
    value[below] *= (0.82 + 0.18 * dots[below])[..., None]
    image = srgb_bytes_from_linear(value)
    if text:
        height_px = int((high - low) * SIZE_PX * 0.9)
        for i in range(repeats):
            _draw_text(
                image, text, ((i + 0.5) / repeats, 1 - (low + high) / 2), SIZE_PX / repeats * 0.9, height_px, ink
            )
    return image


def book_cover(rng: np.random.Generator, color: Vec3, title: str = "") -> Image:
    """A book's front: cloth, a frame, a title panel and a lighter ornament."""
    image = _tinted(1 + 0.04 * noise(rng, 0.004, 0.004), color)
    frame = np.maximum(np.abs(_U - 0.5) / 0.42, np.abs(_V - 0.5) / 0.44)
    gilt = (frame < 1) & (frame > 0.96)
    gilt |= ((_U - 0.5) ** 2 + (_V - 0.34) ** 2) < 0.016
    gilt |= (np.abs(_V - 0.72) < 0.10) & (np.abs(_U - 0.5) < 0.36)
    image[gilt] = srgb_bytes_from_linear(1 - (1 - np.asarray(color)) * 0.35)
    if title:
        _draw_text(image, title, (0.5, 0.28), SIZE_PX * 0.66, int(SIZE_PX * 0.17), tuple(np.asarray(color) * 0.4))
    return image


def _draw_text(
    image: Image, text: str, center: tuple[float, float], width_px: float, height_px: float, ink: ArrayLike
) -> None:
    """Draw `text` into `image`, as large as fits; `center` is (u, row) as fractions, row 0 on top."""
    from PIL import Image as PilImage
    from PIL import ImageDraw, ImageFont

    font = ImageFont.load_default(size=64)
    left, top, right, bottom = font.getbbox(text)
    stencil = PilImage.new("L", (int(right - left) + 4, int(bottom - top) + 4), 0)
    ImageDraw.Draw(stencil).text((2 - left, 2 - top), text, fill=255, font=font)
    scale = min(width_px / stencil.width, height_px / stencil.height)
    size = (max(int(stencil.width * scale), 1), max(int(stencil.height * scale), 1))
    share = np.asarray(stencil.resize(size, PilImage.Resampling.BILINEAR), float)[..., None] / 255
    row, column = int(center[1] * SIZE_PX - size[1] / 2), int(center[0] * SIZE_PX - size[0] / 2)
    row, column = max(row, 0), max(column, 0)
    target = image[row : row + size[1], column : column + size[0]]
    share = share[: target.shape[0], : target.shape[1]]
    target[:] = np.round(target * (1 - share) + share * 255 * srgb_from_linear(ink)).astype(np.uint8)


def _mix(first: Vec3, second: Vec3, share: Field) -> list[Field]:
    return [one * (1 - share) + other * share for one, other in zip(first, second, strict=True)]


def _tinted(brightness: Field, color: Vec3) -> Image:
    """The image of one colour, brighter and darker by (256, 256) factors."""
    return _channels([brightness * share for share in color])


def _channels(linear: Sequence[Field]) -> Image:
    return np.stack([srgb_bytes_from_linear(channel) for channel in linear], axis=-1)


def _bytes(srgb: Field) -> Image:
    return np.round(np.clip(srgb, 0, 1) * 255).astype(np.uint8)
