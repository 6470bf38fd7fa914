"""Colour words: what "red" or "wooden" looks like, as linear RGB."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from blueprint.contracts.frames import Vec3

__all__ = ["COLORS", "color_of", "linear_from_srgb", "srgb_bytes_from_linear", "srgb_from_linear"]

_SRGB = {
    "white": (242, 242, 238),
    "black": (30, 30, 32),
    "gray": (128, 130, 133),
    "grey": (128, 130, 133),
    "silver": (190, 193, 197),
    "red": (186, 40, 36),
    "crimson": (150, 22, 40),
    "maroon": (110, 28, 36),
    "orange": (230, 120, 36),
    "yellow": (238, 196, 46),
    "gold": (212, 168, 60),
    "golden": (212, 168, 60),
    "beige": (222, 206, 176),
    "cream": (240, 230, 205),
    "brown": (112, 74, 46),
    "tan": (196, 160, 118),
    "green": (58, 130, 64),
    "lime": (150, 196, 60),
    "olive": (112, 116, 52),
    "teal": (34, 122, 124),
    "turquoise": (64, 188, 182),
    "cyan": (70, 190, 210),
    "blue": (44, 88, 168),
    "navy": (28, 44, 92),
    "purple": (104, 62, 138),
    "violet": (134, 92, 178),
    "magenta": (190, 52, 132),
    "pink": (232, 146, 164),
    "oak": (190, 148, 98),
    "pine": (220, 184, 132),
    "walnut": (104, 70, 46),
    "birch": (226, 204, 168),
    "mahogany": (120, 52, 36),
    "steel": (176, 179, 183),
    "aluminium": (198, 200, 203),
    "brass": (196, 158, 84),
    "copper": (190, 112, 76),
    "cardboard": (186, 146, 102),
    "granite": (92, 92, 96),
    "marble": (232, 230, 226),
    "stone": (148, 144, 138),
    "concrete": (158, 158, 154),
    "porcelain": (240, 240, 236),
    "terracotta": (190, 102, 70),
    "transparent": (205, 225, 225),
    "clear": (205, 225, 225),
}


def linear_from_srgb(srgb: ArrayLike) -> NDArray[np.float64]:
    """Return linear values of sRGB values, both 0..1 (IEC 61966-2-1)."""
    value = np.asarray(srgb, float)
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def srgb_from_linear(linear: ArrayLike) -> NDArray[np.float64]:
    """Return sRGB values of linear values, both 0..1 (IEC 61966-2-1)."""
    value = np.asarray(linear, float)
    return np.where(value <= 0.0031308, value * 12.92, 1.055 * np.maximum(value, 1e-9) ** (1 / 2.4) - 0.055)


_STEPS = 4096  # of a table over 0..1, so fine that no two bytes begin within one step
_BYTE_FROM = linear_from_srgb((np.arange(1, 256) - 0.5) / 255)  # the linear value from which on a byte is rounded to
_BYTE_OF_STEP = np.searchsorted(_BYTE_FROM, np.arange(_STEPS + 1) / _STEPS, side="right").astype(np.uint8)
_NEXT_FROM = np.append(_BYTE_FROM, np.inf)[_BYTE_OF_STEP]
_BLOCK = 8192  # values at a time: temporary arrays that stay in the cache


def srgb_bytes_from_linear(linear: ArrayLike) -> NDArray[np.uint8]:
    """Return sRGB bytes of finite linear values, clipped to 0..1: `srgb_from_linear` rounded to 255 steps, by table."""
    values = np.asarray(linear, float)
    srgb = np.empty(values.shape, np.uint8)
    flat, target = values.reshape(-1), srgb.reshape(-1)
    for start in range(0, len(flat), _BLOCK):
        value = np.clip(flat[start : start + _BLOCK], 0.0, 1.0)
        step = (value * _STEPS).astype(np.intp)
        target[start : start + _BLOCK] = _BYTE_OF_STEP.take(step) + (value >= _NEXT_FROM.take(step))
    return srgb


def _linear(srgb: tuple[int, int, int]) -> Vec3:
    r, g, b = (round(float(value), 4) for value in linear_from_srgb(np.array(srgb) / 255))
    return (r, g, b)


COLORS: dict[str, Vec3] = {word: _linear(srgb) for word, srgb in _SRGB.items()}


def color_of(word: str | None, default: str) -> Vec3:
    """Return the linear RGB of a colour word; of `default` if there is none or it is no colour word.

    "dark" and "light" (or "pale", "bright") before the word change its value: "dark blue".
    """
    *modifiers, name = (word or default).lower().replace("-", " ").split() or [default]
    base = np.array(COLORS.get(name, COLORS[default]))
    if "dark" in modifiers:
        base = base * 0.45
    if {"light", "pale", "bright"} & set(modifiers):
        base = 1 - (1 - base) * 0.55
    r, g, b = (round(float(value), 4) for value in base)
    return (r, g, b)
