"""The largest rectangles and discs inside a mask of grid cells."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Outline", "inscribed"]

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
_PER_PIECE = 2


@dataclass(frozen=True)
class Outline:
    """A rectangle along the axes, or a disc of radius `half[0]`, around `center` (x, y), m."""

    center: tuple[float, float]
    half: tuple[float, float]
    is_disc: bool

    @property
    def area(self) -> float:
        return float((np.pi if self.is_disc else 4.0) * self.half[0] * self.half[1])

    def covers(self, x: Array, y: Array) -> Mask:
        """Whether points lie inside."""
        u, v = (x - self.center[0]) / self.half[0], (y - self.center[1]) / self.half[1]
        return np.asarray(np.hypot(u, v) <= 1 if self.is_disc else np.maximum(np.abs(u), np.abs(v)) <= 1)

    def points(self, share: float) -> Array:
        """Points (N, 2) spread over the outline shrunk to `share`."""
        steps = np.linspace(-share, share, 9)
        u, v = (axis.ravel() for axis in np.meshgrid(steps, steps))
        if self.is_disc:
            inside = np.hypot(u, v) <= share + 1e-9
            u, v = u[inside], v[inside]
        return np.column_stack([self.center[0] + u * self.half[0], self.center[1] + v * self.half[1]])


def inscribed(xs: Array, ys: Array, mask: Mask, least_m: float) -> list[Outline]:
    """Return outlines with half extents of at least `least_m` inside the connected parts of a mask (len(xs), len(ys)).

    Gaps of one cell are closed first, as scans have them. A disc counts where it is larger than the rectangle.
    """
    from scipy.ndimage import binary_closing, label

    if len(xs) < 3 or len(ys) < 3:
        return []
    step = float(xs[1] - xs[0])
    closed = binary_closing(np.pad(mask, 2), np.ones((3, 3), bool))[2:-2, 2:-2] | mask
    pieces, count = label(closed)
    found = []
    for number in range(1, count + 1):
        piece = pieces == number
        for _ in range(_PER_PIECE):
            outline, used = _largest(xs, ys, piece, step)
            if outline is None or min(outline.half) < least_m:
                break
            found.append(outline)
            piece = piece & ~used
    return found


def _largest(xs: Array, ys: Array, piece: Mask, step: float) -> tuple[Outline | None, Mask]:
    from scipy.ndimage import distance_transform_edt

    i0, i1, j0, j1 = _largest_rectangle(piece)
    if i1 <= i0:
        return None, piece
    half = ((i1 - i0) * step / 2, (j1 - j0) * step / 2)
    center = (float(xs[i0] - step / 2 + half[0]), float(ys[j0] - step / 2 + half[1]))
    box = Outline(center, half, is_disc=False)
    distance = np.asarray(distance_transform_edt(np.pad(piece, 1)))[1:-1, 1:-1]
    i, j = np.unravel_index(int(np.argmax(distance)), distance.shape)
    near = np.argwhere(distance > distance[i, j] - 0.75)  # the middle of the plateau, not its first cell
    u, v = near.mean(axis=0)
    radius = float(distance[i, j] - 0.5) * step
    disc = Outline((float(xs[0] + u * step), float(ys[0] + v * step)), (radius, radius), is_disc=True)
    x, y = np.meshgrid(xs, ys, indexing="ij")
    best = disc if radius > 0 and disc.area > box.area and piece[disc.covers(x, y)].mean() > 0.97 else box
    grown = Outline(best.center, (best.half[0] + step, best.half[1] + step), best.is_disc)
    return best, grown.covers(x, y)


def _largest_rectangle(mask: Mask) -> tuple[int, int, int, int]:
    """Return the index ranges of the largest full rectangle (largest rectangle under a histogram, row by row)."""
    best, area = (0, 0, 0, 0), 0
    heights = np.zeros(mask.shape[1], int)
    for i in range(mask.shape[0]):
        heights = np.where(mask[i], heights + 1, 0)
        stack: list[tuple[int, int]] = []
        for j, height in enumerate([*heights.tolist(), 0]):
            start = j
            while stack and stack[-1][1] >= height:
                start, tall = stack.pop()
                if tall * (j - start) > area:
                    area, best = tall * (j - start), (i + 1 - tall, i + 1, start, j)
            stack.append((start, height))
    return best
