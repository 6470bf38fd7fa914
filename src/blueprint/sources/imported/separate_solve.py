"""The least shifts that part what overlaps: a quadratic programme over contact normals, solved again where it moved."""

from collections.abc import Set

import numpy as np
from numpy.typing import NDArray

from blueprint.sources.imported.separate_model import Arrangement, Gap

__all__ = ["CLEAR_M", "MAX_SHIFT_M", "overlaps", "part"]

Array = NDArray[np.float64]
CLEAR_M = 0.0002  # what overlaps by less is touching
MAX_SHIFT_M = 0.10
_ROUNDS = 30
_STEP_M = 0.03  # contact normals are trusted this far
_SWEEPS = 80
_SOFTNESS = 1e-3  # of a constraint: what cannot be met is met half-way on each side instead of growing without end
_STALLED = 0.98  # of the depth six rounds ago: no further progress
_PATIENCE = 6
_Row = tuple[Array, Array, float]  # the numbers of the unknowns, their factors, and the least that their sum may be


def part(arrangement: Arrangement, excused: Set[str]) -> int:
    """Shift the objects of `arrangement` until none overlaps by over 0.2 mm; return the rounds that it took.

    Each round minimises the mass-weighted squared shifts from the start under n · (shift₂ - shift₁) ≥ depth for every
    contact (n its normal), and 0 ≤ 3 cm of every object's step. `excused` objects overlap what they will. Ends after
    30 rounds, or where six rounds bring nothing; what then still overlaps could not be parted within 10 cm.
    """
    arrangement.shifts[:] = 0.0
    depths: list[float] = []
    for done in range(_ROUNDS):
        arrangement.place()
        gaps = [gap for gap in arrangement.gaps() if gap.first not in excused and gap.second not in excused]
        depths.append(sum(max(0.0, -gap.distance_m) for gap in gaps))
        stalled = len(depths) > _PATIENCE and min(depths[-_PATIENCE:]) > _STALLED * min(depths[:-_PATIENCE])
        if stalled or all(gap.distance_m >= -CLEAR_M for gap in gaps):
            return done
        step = _least(arrangement, gaps) - arrangement.shifts
        lengths = np.linalg.norm(step, axis=1, keepdims=True)
        wanted = arrangement.shifts + step * np.minimum(1.0, _STEP_M / np.maximum(lengths, 1e-12))
        reach = np.linalg.norm(wanted, axis=1, keepdims=True)
        arrangement.shifts[:] = wanted * np.minimum(1.0, MAX_SHIFT_M / np.maximum(reach, 1e-12))
    arrangement.place()
    return _ROUNDS


def overlaps(arrangement: Arrangement, excused: Set[str] = frozenset()) -> list[Gap]:
    """Return what still overlaps by over 0.2 mm as placed last, deepest first."""
    found = [
        gap
        for gap in arrangement.gaps()
        if gap.distance_m < -CLEAR_M and gap.first not in excused and gap.second not in excused
    ]
    return sorted(found, key=lambda gap: (gap.distance_m, gap.first, gap.second))


def _least(arrangement: Arrangement, gaps: list[Gap]) -> Array:
    """Return the shifts (n, 3) from the start that meet the constraints of the gaps with the least effort.

    With y = √m · shift the effort is |y|²/2 and its dual is solved by projected Gauss-Seidel, one contact at a time.
    """
    root_mass = np.sqrt(np.maximum(arrangement.carried_kg, 1e-4))
    effort = np.zeros_like(arrangement.shifts)
    rows = [row for gap in _concerned(arrangement, gaps) if (row := _row(arrangement, gap, root_mass)) is not None]
    sizes = [float(np.sum(factors**2)) * (1.0 + _SOFTNESS) for _, factors, _ in rows]
    pushes = np.zeros(len(rows))
    for _ in range(_SWEEPS):
        largest = 0.0
        for k, (numbers, factors, least) in enumerate(rows):
            lacking = (
                least - float(np.vdot(factors, effort[numbers])) - _SOFTNESS / (1 + _SOFTNESS) * sizes[k] * pushes[k]
            )
            change = max(-pushes[k], lacking / sizes[k])
            if change:
                pushes[k] += change
                effort[numbers] += change * factors
                largest = max(largest, abs(change) * sizes[k])
        if largest < CLEAR_M / 20:
            break
    return effort / root_mass[:, None]


def _row(arrangement: Arrangement, gap: Gap, root_mass: Array) -> _Row | None:
    """The constraint of a gap; objects that carry both sides move both and do not appear."""
    signs: dict[int, float] = {}
    for name, sign in ((gap.second, 1.0), (gap.first, -1.0)):
        for number in arrangement.movers(name):
            signs[number] = signs.get(number, 0.0) + sign
    numbers = np.array([number for number, sign in sorted(signs.items()) if sign], int)
    if not len(numbers):
        return None
    turned = np.array([signs[number] for number in numbers])
    normal = np.asarray(gap.normal)
    factors = (turned / root_mass[numbers])[:, None] * normal
    so_far = float(turned @ (arrangement.shifts[numbers] @ normal))
    wanted = -gap.distance_m if gap.distance_m < -CLEAR_M or gap.distance_m > 0 else 0.0
    return numbers, factors, wanted + so_far


def _concerned(arrangement: Arrangement, gaps: list[Gap]) -> list[Gap]:
    """The gaps of objects that overlap something, of what is near those, and so on; the rest stays where it is."""
    groups = list(range(len(arrangement.names)))

    def group(number: int) -> int:
        while groups[number] != number:
            groups[number] = number = groups[groups[number]]
        return number

    def joined(gap: Gap) -> list[int]:
        return [*arrangement.movers(gap.first), *arrangement.movers(gap.second)]

    for gap in gaps:
        members = joined(gap)
        for member in members[1:]:
            groups[group(member)] = group(members[0])
    moved = np.linalg.norm(arrangement.shifts, axis=1) > 0
    awake = {group(number) for number in range(len(groups)) if moved[number]}
    awake |= {group(joined(gap)[0]) for gap in gaps if gap.distance_m < -CLEAR_M}
    return [gap for gap in gaps if group(joined(gap)[0]) in awake]
