"""RRT-Connect in joint space (Kuffner and LaValle, 2000), seeded per plan, then shortcut."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = ["edge_is_free", "plan_path", "shortcut"]

Array = NDArray[np.float64]
IsFree = Callable[[Array], bool]

RESOLUTION_RAD = 0.02
STEP_RAD = 0.35


def plan_path(
    start: Array,
    goal: Array,
    is_free: IsFree,
    lower: Array,
    upper: Array,
    rng: np.random.Generator,
    max_iterations: int = 1500,
) -> Array | None:
    """Return a collision-free path (n ≥ 2, dof) from start to goal, rad, or None after `max_iterations`.

    The straight line is used where it is free. Edges are checked every 0.02 rad (largest joint).
    """
    if not is_free(start) or not is_free(goal):
        return None
    if edge_is_free(start, goal, is_free):
        return np.array([start, goal])
    trees: list[tuple[list[Array], list[int]]] = [([start], [-1]), ([goal], [-1])]
    for iteration in range(max_iterations):
        grow, other = (0, 1) if iteration % 2 == 0 else (1, 0)
        sample = rng.uniform(lower, upper)
        new = _extend(trees[grow], sample, is_free)
        if new is None:
            continue
        while True:
            reached = _extend(trees[other], trees[grow][0][new], is_free)
            if reached is None:
                break
            if np.array_equal(trees[other][0][reached], trees[grow][0][new]):
                ends = {grow: new, other: reached}
                path = [*_branch(trees[0], ends[0])[::-1], *_branch(trees[1], ends[1])[1:]]
                return shortcut(np.array(path), is_free, rng)
    return None


def edge_is_free(start: Array, end: Array, is_free: IsFree) -> bool:
    """Return whether the straight joint-space line is free, `start` excluded (it was checked before)."""
    count = max(1, int(np.ceil(np.abs(end - start).max() / RESOLUTION_RAD)))
    return all(is_free(start + (end - start) * k / count) for k in range(count, 0, -1))


def shortcut(path: Array, is_free: IsFree, rng: np.random.Generator, attempts: int = 60) -> Array:
    """Return a shorter path: random pairs of points on it are joined by straight lines where these are free."""
    points = list(path)
    for _ in range(attempts):
        if len(points) == 2:
            break
        first, second = sorted(rng.uniform(0, len(points) - 1, size=2))
        i, j = int(first), int(second)
        if i == j:
            continue
        a = points[i] + (points[i + 1] - points[i]) * (first - i)
        b = points[j] + (points[j + 1] - points[j]) * (second - j)
        if edge_is_free(a, b, is_free):
            points = [*points[: i + 1], a, b, *points[j + 1 :]]
    kept = [points[0]]
    for point in points[1:]:
        if np.abs(point - kept[-1]).max() > 1e-6:
            kept.append(point)
    return np.array(kept)


def _extend(tree: tuple[list[Array], list[int]], target: Array, is_free: IsFree) -> int | None:
    """Add one step from the nearest node towards `target`; return the new node, or None where it is blocked."""
    nodes, parents = tree
    distances = np.linalg.norm(np.array(nodes) - target, axis=1)
    nearest = int(np.argmin(distances))
    delta = target - nodes[nearest]
    length = float(np.linalg.norm(delta))
    if length == 0:
        return nearest
    new = target if length <= STEP_RAD else nodes[nearest] + delta * (STEP_RAD / length)
    if not edge_is_free(nodes[nearest], new, is_free):
        return None
    nodes.append(new)
    parents.append(nearest)
    return len(nodes) - 1


def _branch(tree: tuple[list[Array], list[int]], node: int) -> list[Array]:
    """Return the nodes from `node` to the root."""
    nodes, parents = tree
    path = []
    while node >= 0:
        path.append(nodes[node])
        node = parents[node]
    return path
