"""Arrangements of several things: settings before chairs, desk sets, rows of books between the sides of a shelf."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.asset import AssetModel, Region
from blueprint.physics.footprint import Footprint
from blueprint.sources.rooms.board import Board, Piece
from blueprint.sources.rooms.solids import Solids

__all__ = ["desk_spots", "row_spots", "setting_spots", "side_walls"]

Array = NDArray[np.float64]
ROW_GAP_M = 0.0005
_ROW_FRONT_M = 0.02
_PLATE_EDGE_M = 0.035
_APART_M = 0.014
_MONITOR_EDGE_M = 0.03
_KEYBOARD_EDGE_M = 0.09
_WALL_HEIGHT_M = 0.05  # colliders at this height over a board are its side walls


def side_walls(model: AssetModel, region: Region, solids: Solids) -> tuple[float, float]:
    """Return the inner x of the walls left and right of a board in the region's frame; the region's edges where there
    is none within 4 cm."""
    frame = model.pose_asset_region(region).inverse()
    hx, hy = region.half_extents[0], region.half_extents[-1]
    left, right = -hx, hx
    for low, high in solids.closed:
        corners = frame.apply(np.array([low, high]))
        low, high = corners.min(axis=0), corners.max(axis=0)
        stands = low[2] < _WALL_HEIGHT_M < high[2] and low[1] < hy - 0.03 and high[1] > -hy + 0.03
        if stands and -hx - 0.04 <= high[0] <= -hx + 0.01:
            left = float(high[0])
        if stands and hx - 0.01 <= low[0] <= hx + 0.04:
            right = float(low[0])
    return left, right


def row_spots(board: Board, pieces: Sequence[Piece]) -> list[Footprint] | None:
    """Return spots of things side by side from a wall on, at most 1 mm apart, fronts aligned; None where the row does
    not fit. It starts at the left wall, else at the right one, else beside the last row."""
    left, right = board.walls or (-board.half[0], board.half[0])
    widths = [2 * piece.still.half_x for piece in pieces]
    total = sum(widths) + ROW_GAP_M * len(widths)
    if total > right - left - 0.001 or any(not board.fits(piece) for piece in pieces):
        return None
    front = -board.half[1] + _ROW_FRONT_M
    if any(front + 2 * piece.still.half_y > board.half[1] + 0.015 for piece in pieces):
        return None
    taken = board.things.below(np.inf)
    ends = [float(rect[0] + rect[2] + 0.012) for rect in taken if abs(rect[4]) < 0.01]
    for start in (left + ROW_GAP_M, right - total, *sorted(ends)):
        if start + total > right + 1e-6 or start < left:
            continue
        spots = []
        x = start
        for piece, width in zip(pieces, widths, strict=True):
            y = front + piece.still.half_y
            spots.append(Footprint(round(x + width / 2, 5), round(y, 4), width / 2, piece.still.half_y, 0.0, width))
            x += width + ROW_GAP_M
        deepest = max(2 * piece.still.half_y for piece in pieces)
        whole = Footprint(start + total / 2, front + deepest / 2, total / 2, deepest / 2, 0.0, total)
        if _is_free(board, whole):
            return spots
    return None


def setting_spots(
    board: Board, chair_xy: tuple[float, float], kinds: Sequence[str], pieces: Sequence[Piece]
) -> list[Footprint]:
    """Return spots of a place setting in the region's frame: the plate before the chair, fork left, knife right, the
    glass beyond the knife. `kinds` are plate, fork, knife, spoon or anything else, which counts as a glass."""
    edge, inward = _edge(board, chair_xy)
    right = np.array([inward[1], -inward[0]])
    yaw = float(np.arctan2(inward[1], inward[0]))
    plates = [piece.still.radius for kind, piece in zip(kinds, pieces, strict=True) if kind == "plate"]
    radius = min(plates[0] if plates else 0.1, 0.14)
    middle = edge + inward * (radius + _PLATE_EDGE_M)
    used = {1: radius + _APART_M, -1: radius + _APART_M}
    glasses = 0
    spots = []
    for kind, piece in zip(kinds, pieces, strict=True):
        if kind == "plate":
            spots.append(_at(piece, middle, 0.0))
            continue
        if kind in ("fork", "knife", "spoon", "serving_spoon"):
            side = -1 if kind == "fork" else 1
            half = min(piece.still.half_x, piece.still.half_y)
            long_x = piece.still.half_x >= piece.still.half_y
            spots.append(_at(piece, middle + right * side * (used[side] + half), yaw if long_x else yaw - np.pi / 2))
            used[side] += 2 * half + _APART_M
            continue
        out = radius + _APART_M + piece.still.radius
        offset = right * (0.55 * out + 0.02) + inward * (out + 0.01) - right * glasses * (2 * piece.still.radius + 0.02)
        glasses += 1
        spots.append(_at(piece, middle + offset, 0.0))
    return spots


def desk_spots(board: Board, user_x: float, kinds: Sequence[str], pieces: Sequence[Piece]) -> list[Footprint]:
    """Return spots of a desk set: the monitor behind, the keyboard before it, the mouse to its right."""
    hx, hy = board.half
    widest = max(piece.still.half_x for piece in pieces)
    x = float(np.clip(user_x, -hx + widest + 0.14, hx - widest - 0.14)) if hx > widest + 0.14 else 0.0
    spots = []
    keyboard = 0.16
    front = -hy + _KEYBOARD_EDGE_M
    for kind, piece in zip(kinds, pieces, strict=True):
        if kind == "keyboard":
            keyboard = piece.still.half_x
            spots.append(_at(piece, np.array([x, front + piece.still.half_y]), 0.0))
        elif kind == "mouse":
            spots.append(_at(piece, np.array([x + keyboard + piece.still.half_x + 0.04, front + 0.07]), 0.0))
        elif kind == "laptop":
            spots.append(_at(piece, np.array([x, -hy + 0.05 + piece.still.half_y]), 0.0))
        else:
            spots.append(_at(piece, np.array([x, hy - _MONITOR_EDGE_M - piece.still.half_y]), 0.0))
    return spots


def _edge(board: Board, chair_xy: tuple[float, float]) -> tuple[Array, Array]:
    """The point of the table's edge before a chair, and the direction inward."""
    hx, hy = board.half
    x, y = chair_xy
    if board.region.outline == "disc":
        out = np.array([x, y]) / max(float(np.hypot(x, y)), 1e-6)
        return out * hx, -out
    if abs(x) - hx > abs(y) - hy:
        sign = float(np.sign(x))
        return np.array([sign * hx, float(np.clip(y, -hy, hy))]), np.array([-sign, 0.0])
    sign = float(np.sign(y))
    return np.array([float(np.clip(x, -hx, hx)), sign * hy]), np.array([0.0, -sign])


def _at(piece: Piece, middle: Array, yaw: float) -> Footprint:
    x, y = (round(float(value), 4) for value in middle)
    return Footprint(x, y, piece.still.half_x, piece.still.half_y, round(yaw, 4), piece.still.radius)


def _is_free(board: Board, footprint: Footprint) -> bool:
    piece = Piece(board.model, footprint, 0.25)
    rect = np.array([[footprint.x, footprint.y, footprint.half_x, footprint.half_y, footprint.yaw]])
    return bool(board.is_free(piece, rect, 0.01))
