"""Printed pictures: key pads, screens, dials, cards and signs, drawn with rectangles, dots and words."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["Mark", "grid", "print_of"]

Rgb = tuple[int, int, int]
Mark = tuple[str, float, float, float, float, Rgb]
"""(kind, x0, y0, x1, y1, sRGB): "rect", "oval", "line" or a word to write within; fractions, x right, y down."""


def print_of(ground: Rgb, marks: Sequence[Mark], width_px: int = 256, height_px: int = 256) -> NDArray[np.uint8]:
    """Return the picture (height, width, 3) of `marks` on `ground`, later ones over earlier ones."""
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("RGB", (width_px, height_px), ground)
    draw = ImageDraw.Draw(image)
    for kind, *ends, color in marks:
        if not kind.strip():
            continue
        x0, y0, x1, y1 = (float(value) * side for value, side in zip(ends, (width_px, height_px) * 2, strict=True))
        if kind == "rect":
            draw.rectangle((x0, y0, x1, y1), fill=color)
        elif kind == "oval":
            draw.ellipse((x0, y0, x1, y1), fill=color)
        elif kind == "line":
            draw.line((x0, y0, x1, y1), fill=color, width=max(round(width_px / 90), 1))
        else:
            font = ImageFont.load_default(size=48)
            left, top, right, bottom = font.getbbox(kind)
            size = 48 * min((x1 - x0) / (right - left), (y1 - y0) / (bottom - top))
            font = ImageFont.load_default(size=max(size, 6))
            draw.text(((x0 + x1) / 2, (y0 + y1) / 2), kind, fill=color, font=font, anchor="mm")
    return np.asarray(image, np.uint8).copy()


def grid(
    columns: int, rows: int, color: Rgb, area: tuple[float, float, float, float] = (0, 0, 1, 1), gap: float = 0.2,
    kind: str = "rect"
) -> list[Mark]:  # fmt: skip
    """Return `columns` × `rows` equal marks that fill `area` (x0, y0, x1, y1), `gap` of each cell left free."""
    x0, y0, x1, y1 = area
    dx, dy = (x1 - x0) / columns, (y1 - y0) / rows
    return [
        (kind, x0 + (i + gap / 2) * dx, y0 + (j + gap / 2) * dy, x0 + (i + 1 - gap / 2) * dx,
         y0 + (j + 1 - gap / 2) * dy, color)
        for j in range(rows) for i in range(columns)
    ]  # fmt: skip
