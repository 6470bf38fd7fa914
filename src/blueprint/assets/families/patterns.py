"""Images of home furnishing: rugs, paintings, mirrors, brickwork, clock faces, leaves and screens.

256 × 256 sRGB, row 0 on top, the same bytes for the same arguments and generator state; colours are linear RGB.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from blueprint.assets.colors import color_of, srgb_bytes_from_linear, srgb_from_linear
from blueprint.assets.textures import SIZE_PX, noise
from blueprint.contracts.frames import Vec3

__all__ = ["brick", "clock_face", "cork", "leaf", "mirror_sheen", "painting", "rug", "screen", "scribbles"]

Image = NDArray[np.uint8]
Field = NDArray[np.float64]
_U, _V = np.meshgrid((np.arange(SIZE_PX) + 0.5) / SIZE_PX, 1 - (np.arange(SIZE_PX) + 0.5) / SIZE_PX)
_PALETTES = (
    ("navy", "cream", "maroon", "gold"),
    ("maroon", "cream", "navy", "tan"),
    ("teal", "cream", "dark blue", "orange"),
    ("gray", "white", "black", "light blue"),
    ("beige", "brown", "terracotta", "olive"),
)


def rug(rng: np.random.Generator, color: str | None, style: str, *, is_round: bool = False) -> Image:
    """A rug: "persian" (borders and a medallion), "stripes", "diamonds" or "plain", woven; `color` is its ground.

    The borders of a round one follow the circle that touches the image's sides.
    """
    ground, light, dark, accent = (
        np.array(color_of(word, "gray")) for word in _PALETTES[int(rng.integers(len(_PALETTES)))]
    )
    if color is not None:
        ground = np.array(color_of(color, "gray"))
    x, y = _U - 0.5, _V - 0.5
    edge = 0.5 - (np.hypot(x, y) if is_round else np.maximum(np.abs(x), np.abs(y)))
    value = np.broadcast_to(ground, (SIZE_PX, SIZE_PX, 3)).copy()
    if style == "persian":
        lattice = np.cos(2 * np.pi * 9 * x) * np.cos(2 * np.pi * 9 * y)
        value[lattice > 0.72] = accent
        value[(lattice < -0.72)] = light
        angle, radius = np.arctan2(y, x), np.hypot(x * 1.15, y)
        petals = radius / (0.21 + 0.028 * np.cos(8 * angle))
        for limit, tone in ((1.0, light), (0.92, dark), (0.62, accent), (0.5, light), (0.34, ground), (0.16, accent)):
            value[petals < limit] = tone
        for low, high, tone in ((0, 0.02, dark), (0.02, 0.105, dark), (0.105, 0.12, light), (0.012, 0.022, light)):
            value[(edge >= low) & (edge < high)] = tone
        along = 42 / 15 * angle / (2 * np.pi) if is_round else np.where(np.abs(x) > np.abs(y), y, x)
        beads = np.hypot(((along * 15) % 1 - 0.5) / 15, edge - 0.062)
        value[beads < 0.024] = accent
        value[beads < 0.012] = light
    elif style == "stripes":
        widths = np.cumsum(rng.uniform(0.03, 0.12, 14))
        stripe = np.searchsorted(widths / widths[-1], _V)
        value = np.stack([ground, light, dark, light, accent])[stripe % 5]
    elif style == "diamonds":
        cell = (np.abs((_U * 5) % 1 - 0.5) + np.abs((_V * 5) % 1 - 0.5)) * 2
        value[cell < 0.92] = light
        value[cell < 0.74] = dark
        value[cell < 0.4] = accent
        value[edge < 0.03] = dark
    else:
        value[(edge > 0.03) & (edge < 0.045)] = light
    threads = 0.06 * np.sin(2 * np.pi * 100 * _V) * np.sin(2 * np.pi * 100 * _U)
    return srgb_bytes_from_linear(
        value * (1 + threads + 0.06 * noise(rng, 0.004, 0.004) + 0.03 * noise(rng, 0.08, 0.08))[..., None]
    )


def painting(rng: np.random.Generator, motif: str) -> Image:
    """A painting: "landscape" (sky, sun, ridges), "seascape", "abstract" (fields and lines) or "flowers"."""
    if motif == "abstract":
        value = _abstract(rng)
    elif motif == "flowers":
        value = _flowers(rng)
    else:
        value = _landscape(rng, sea=motif == "seascape")
    strokes = 1 + 0.05 * noise(rng, 0.02, 0.004) + 0.03 * noise(rng, 0.004, 0.01)
    return srgb_bytes_from_linear(value * strokes[..., None])


def _landscape(rng: np.random.Generator, sea: bool) -> Field:
    sky = [np.array(color_of(word, "blue")) for word in (("light blue", "cream"), ("navy", "orange"))[rng.integers(2)]]
    horizon = rng.uniform(0.40, 0.5)
    share = np.clip((_V - horizon) / (1 - horizon), 0, 1)[..., None]
    value = sky[1] * (1 - share) + sky[0] * share
    clouds = np.clip(noise(rng, 0.12, 0.03) - 0.5, 0, 1)[..., None] * (share > 0.25)
    value = value * (1 - 0.7 * clouds) + 0.7 * clouds
    sun = np.hypot(_U - rng.uniform(0.25, 0.75), _V - horizon - 0.17)
    value[sun < 0.055] = color_of("light yellow", "yellow")
    if sea:
        water = horizon > _V
        glitter = 1 + 0.35 * noise(rng, 0.05, 0.006) * np.clip(horizon - _V, 0, 0.3) / 0.3
        value[water] = (np.array(color_of("teal", "teal")) * glitter[..., None])[water]
        hull = (np.abs(_U - 0.62) < 0.07 - 0.8 * (horizon + 0.02 - _V)) & (np.abs(_V - horizon) < 0.02)
        value[hull] = color_of("maroon", "maroon")
        value[(_U > 0.61) & (0.5 * (horizon + 0.2 - _V) > _U - 0.61) & (horizon + 0.03 < _V)] = color_of(
            "white", "white"
        )
        return value
    near = np.array(color_of("dark green", "green"))
    for layer in range(4):
        depth = layer / 3
        wave = sum(np.sin(2 * np.pi * (k * _U + rng.random())) * rng.uniform(0.3, 1) / k**1.3 for k in range(1, 7))
        ridge = horizon + 0.07 - 0.15 * layer + (0.055 - 0.008 * layer) * wave
        tone = (1 - depth) * np.array(color_of("light blue", "blue")) * 0.6 + depth * near * (1.6 - 0.5 * depth)
        value[ridge > _V] = tone
        if layer == 3:
            value[ridge > _V] *= (1 + 0.25 * noise(rng, 0.02, 0.006))[ridge > _V][:, None]
    return value


def _abstract(rng: np.random.Generator) -> Field:
    words = [
        ("navy", "orange", "cream", "teal"),
        ("maroon", "gold", "beige", "black"),
        ("teal", "pink", "white", "navy"),
    ]
    tones = [np.array(color_of(word, "gray")) for word in words[int(rng.integers(3))]]
    value = np.broadcast_to(tones[2], (SIZE_PX, SIZE_PX, 3)).copy()
    field = noise(rng, 0.14, 0.14)
    value[field > 0.55] = tones[0]
    value[field < -0.8] = tones[1]
    center, radius = rng.uniform(0.3, 0.7, 2), rng.uniform(0.14, 0.2)
    value[np.hypot(_U - center[0], _V - center[1]) < radius] = tones[1]
    for _ in range(3):
        angle, offset = rng.uniform(0, np.pi), rng.uniform(-0.3, 0.3)
        line = np.abs(np.cos(angle) * (_U - 0.5) + np.sin(angle) * (_V - 0.5) - offset)
        value[line < 0.008] = tones[3]
    return value


def _flowers(rng: np.random.Generator) -> Field:
    value = np.broadcast_to(np.array(color_of("beige", "beige")), (SIZE_PX, SIZE_PX, 3)).copy()
    value[_V < 0.22] = color_of("brown", "brown")
    vase = (np.abs(_U - 0.5) < 0.10 + 0.05 * np.sin(np.pi * (_V - 0.12) / 0.3)) & (_V > 0.12) & (_V < 0.42)
    value[vase] = color_of("blue", "blue")
    heads = [(0.5 + 0.085 * (index - 4) + rng.uniform(-0.02, 0.02), rng.uniform(0.54, 0.88)) for index in range(9)]
    for x, y in heads:
        stem = np.abs(_U - 0.5 - (x - 0.5) * np.clip((_V - 0.40) / (y - 0.40), 0, 1)) < 0.006
        value[stem & (_V > 0.40) & (y > _V)] = color_of("green", "green")
    for index, (x, y) in enumerate(heads):
        radius = np.hypot(_U - x, _V - y) / (0.05 + 0.014 * np.cos(6 * np.arctan2(_V - y, _U - x)))
        value[radius < 1.15] = color_of(("red", "pink", "white", "orange", "violet")[index % 5], "red")
        value[radius < 0.35] = color_of("yellow", "yellow")
    return value


def mirror_sheen() -> Image:
    """What a mirror seems to show where nothing is mirrored: a pale blue room, brighter above, with slanted glints."""
    value = (0.48 + 0.30 * _V)[..., None] * np.array([0.82, 0.98, 1.14])
    slant = _U + 0.55 * _V
    for low, high, gain in ((0.30, 0.44, 1.22), (0.50, 0.54, 1.22), (1.1, 1.18, 1.14)):
        value[(slant > low) & (slant < high)] *= gain
    return srgb_bytes_from_linear(value)


def brick(rng: np.random.Generator, color: Vec3, rows: int = 8) -> Image:
    """A brick wall in running bond with pale joints; tiles without a seam."""
    row = np.floor(_V * rows)
    shifted = _U * rows / 2 + 0.5 * (row % 2)
    column = np.floor(shifted) % (rows / 2)
    tone = 0.78 + 0.44 * rng.random((rows, rows // 2))
    value = np.array(color) * (tone[row.astype(int), column.astype(int)] + 0.09 * noise(rng, 0.012, 0.012))[..., None]
    joint = (np.abs((_V * rows) % 1 - 0.5) > 0.44) | (np.abs(shifted % 1 - 0.5) > 0.475)
    value[joint] = (np.array([0.48, 0.46, 0.42]) * (1 + 0.05 * noise(rng, 0.01, 0.01))[..., None])[joint]
    return srgb_bytes_from_linear(value)


def clock_face(ground: Vec3, ink: Vec3) -> Image:
    """A clock's dial: minute marks and the numerals 1 to 12."""
    from PIL import Image as PilImage
    from PIL import ImageDraw, ImageFont

    picture = PilImage.new("RGB", (4 * SIZE_PX, 4 * SIZE_PX), _rgb8(ground))
    pen, middle = ImageDraw.Draw(picture), 2 * SIZE_PX
    font = ImageFont.load_default(size=105)
    for minute in range(60):
        angle = np.pi * minute / 30
        inner, width = (440, 14) if minute % 5 == 0 else (462, 6)
        ends = [(middle + r * np.sin(angle), middle - r * np.cos(angle)) for r in (inner, 488)]
        pen.line(ends, fill=_rgb8(ink), width=width)
    for hour in range(1, 13):
        angle = np.pi * hour / 6
        pen.text((middle + 368 * np.sin(angle), middle - 368 * np.cos(angle)), str(hour), _rgb8(ink), font, anchor="mm")
    return np.asarray(picture.resize((SIZE_PX, SIZE_PX), PilImage.Resampling.BOX))


def leaf(rng: np.random.Generator, color: Vec3) -> Image:
    """A leaf: base on the left, tip on the right, a pale midrib and veins that leave it forward."""
    away = np.abs(_V - 0.5)
    value = np.array(color) * (1 + 0.10 * noise(rng, 0.05, 0.05) - 0.5 * away)[..., None]
    vein = np.abs(((_U - 0.8 * away) * 11) % 1 - 0.5) < 0.06
    value[vein & (away > 0.02)] *= 1.35
    value[away < 0.018] = 0.45 * np.array(color) + np.array([0.16, 0.22, 0.09])
    return srgb_bytes_from_linear(value)


def screen(rng: np.random.Generator) -> Image:
    """A television's picture: an evening sky over hills, darker towards its edges."""
    value = _landscape(rng, sea=False) * 0.75
    shade = 1 - 0.5 * np.clip(np.maximum(np.abs(_U - 0.5), np.abs(_V - 0.5)) * 2 - 0.6, 0, 1)
    return srgb_bytes_from_linear(value * shade[..., None])


def cork(rng: np.random.Generator, color: Vec3) -> Image:
    """Pressed cork: coarse grains and dark flecks."""
    value = 1 + 0.14 * noise(rng, 0.01, 0.01) - 0.30 * np.clip(noise(rng, 0.006, 0.006) - 1.4, 0, 1)
    return srgb_bytes_from_linear(value[..., None] * np.array(color))


def scribbles(rng: np.random.Generator) -> Image:
    """A used whiteboard: a plot with its axes, a few lines of writing, two linked boxes."""
    from PIL import Image as PilImage
    from PIL import ImageDraw

    picture = PilImage.new("RGB", (2 * SIZE_PX, 2 * SIZE_PX), (244, 246, 247))
    pen = ImageDraw.Draw(picture)
    pen.line([(60, 60), (60, 260), (230, 260)], fill=(30, 30, 40), width=4)
    t = np.linspace(0, 1, 30)
    curve = [(64 + 160 * a, 250 - 170 * a**1.6 - 12 * float(np.sin(9 * a + rng.random()))) for a in t]
    pen.line(curve, fill=(30, 60, 160), width=5)
    for row in range(6):
        x, y = 270.0, 80 + 30 * row
        end = 270 + float(rng.uniform(90, 190))
        points = []
        while x < end:
            points.append((x, y + float(rng.uniform(-7, 7))))
            x += float(rng.uniform(4, 9))
        pen.line(points, fill=(40, 40, 50) if row else (180, 40, 40), width=3)
    for x in (90, 300):
        pen.rectangle((x, 330, x + 120, 400), outline=(30, 120, 60), width=5)
    pen.line([(212, 365), (298, 365)], fill=(180, 40, 40), width=5)
    pen.line([(280, 352), (298, 365), (280, 378)], fill=(180, 40, 40), width=5)
    return np.asarray(picture.resize((SIZE_PX, SIZE_PX), PilImage.Resampling.BOX))


def _rgb8(linear: ArrayLike) -> tuple[int, int, int]:
    r, g, b = (int(v) for v in np.round(255 * srgb_from_linear(np.clip(linear, 0, 1))))
    return r, g, b
