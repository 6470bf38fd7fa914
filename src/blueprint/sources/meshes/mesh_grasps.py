"""Antipodal two-finger grasps on a mesh: opposite contacts inside the friction cones, with room for the hand."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from blueprint.assets.grasps import MAX_WIDTH_M, grasp_pose
from blueprint.contracts.asset import Grasp
from blueprint.contracts.frames import matrix_from_quat_wxyz
from blueprint.sources.meshes.decomposition_solids import coarse

if TYPE_CHECKING:
    import trimesh

__all__ = ["HAND", "FoundGrasps", "HandBoxes", "antipodal_grasps"]

Array = NDArray[np.float64]
_CONE = float(np.cos(np.arctan(0.5)))  # friction 0.5
_SAMPLES = 900
_SURFACE_POINTS = 2000
_TRIANGLES = 3000  # fewer, for the normals of noisy surfaces
_LEAST_WIDTH_M = 0.001
_TILTS = np.deg2rad((0, 30, -30, 60, -60, 90, -90))
_FLOOR_M = 0.002
_PAIRS = 700
_PLACE_M = 0.012
_THIN_M, _ASIDE = 0.03, 0.3  # the latter of the larger horizontal extent, from the centre of mass
_COST_PER_RAD = 0.05
_COST_PER_M = 4.0
_FROM_BELOW = 0.3  # of the approach direction: steeper ones come out of the ground
_MAX_GRASPS = 24
_APART_M, _ALIKE = 0.012, 0.87


@dataclass(frozen=True)
class HandBoxes:
    """A parallel gripper in the grasp frame (m), of the size of common ones: fingers reach `tip` past the origin.

    Fingers are `finger_width` along X, `finger_depth` thick along Y, and begin at the palm's face, -`palm`; the palm
    has half extents `palm_half` along X and Y.
    """

    tip: float = 0.010
    finger_width: float = 0.020
    finger_depth: float = 0.012
    palm: float = 0.045
    palm_half: tuple[float, float] = (0.028, 0.066)
    open_by: float = 0.003  # of each finger, beyond the width


HAND = HandBoxes()


@dataclass(frozen=True)
class FoundGrasps:
    """The best grasps, best first, and how many candidates had room for the hand."""

    grasps: list[Grasp]
    candidates: int


@dataclass(frozen=True)
class _Pair:
    """Two contacts: the middle (3,), the direction from one to the other (3,), their distance, and a cost."""

    middle: Array
    axis: Array
    width: float
    cost: float


def antipodal_grasps(vertices: Array, faces: NDArray[np.int32], center_of_mass: Array, link: str) -> FoundGrasps:
    """Return up to 24 grasps of a mesh that stands on z = 0 (link frame, m), best first; the same mesh gives the same.

    From points spread over the surface a line runs into the mesh; where it leaves it, or first leaves a wall, with
    both normals within the friction cone (0.5) and at most 75 mm apart, two fingers can press. The hand comes from
    above or from a side; its fingers, its palm and their way there must be clear of the mesh and of the ground.
    """
    from trimesh import Trimesh
    from trimesh.sample import sample_surface

    shape = Trimesh(*coarse(vertices, faces, _TRIANGLES), process=False)
    surface = np.asarray(sample_surface(shape, _SURFACE_POINTS, seed=0)[0], float)
    surface = np.concatenate([surface, np.asarray(shape.vertices, float)])
    size = np.ptp(vertices, axis=0)
    found: list[tuple[float, Grasp]] = []
    for pair in _pairs(shape, center_of_mass):
        reached = surface[np.abs((surface - pair.middle) @ pair.axis) < HAND.palm_half[1]]
        for approach, tilt in _approaches(pair.axis):
            origin = _origin_with_room(reached, pair, approach)
            if origin is None:
                continue
            kind = _kind(pair, approach, center_of_mass, size)
            pose = grasp_pose(origin, approach, pair.axis).rounded(7)
            grasp = Grasp(name=kind, link=link, kind=kind, pose_link_grasp=pose, width_m=round(pair.width, 6))
            found.append((pair.cost + _COST_PER_RAD * tilt, grasp))
    found.sort(key=lambda item: (round(item[0], 9), item[1].pose_link_grasp.position, item[1].width_m))
    return FoundGrasps(_distinct([grasp for _, grasp in found]), len(found))


def _pairs(shape: "trimesh.Trimesh", center_of_mass: Array) -> list[_Pair]:
    """Opposite contacts, nearest to the centre of mass first, one per centimetre and direction."""
    from trimesh.sample import sample_surface

    points, index = sample_surface(shape, _SAMPLES, seed=1)
    points, normals = np.asarray(points, float), np.asarray(shape.face_normals, float)
    inward = -normals[index]
    level = inward * (1, 1, 0)  # walls of cones and cups are also pressed level
    length = np.linalg.norm(level, axis=1)
    tilted = (length > _CONE) & (length < 0.9999)
    starts = np.concatenate([points, points[tilted]])
    lines = np.concatenate([inward, level[tilted] / length[tilted, None]])
    hits, rays, triangles = shape.ray.intersects_location(starts - 1e-4 * lines, lines)
    distance = ((np.asarray(hits, float) - starts[rays]) * lines[rays]).sum(axis=1)
    along = (normals[triangles] * lines[rays]).sum(axis=1)
    best: dict[tuple[int, ...], _Pair] = {}
    for ray, width in _exits(rays, distance, along):
        line = lines[ray]
        middle = starts[ray] + 0.5 * width * line
        pair = _Pair(middle, line, width, _COST_PER_M * float(np.linalg.norm(middle - center_of_mass)))
        turn = line * np.sign(line[np.argmax(np.abs(line))])
        key = (*np.floor(middle / _PLACE_M).astype(int).tolist(), *np.round(turn * 3).astype(int).tolist())
        if key not in best or pair.cost < best[key].cost:
            best[key] = pair
    return sorted(best.values(), key=lambda item: (round(item.cost, 9), item.middle.tolist()))[:_PAIRS]


def _exits(rays: NDArray[np.int64], distance: Array, along: Array) -> Iterator[tuple[int, float]]:
    """Yield where a ray leaves the mesh so that a finger can press there: the first wall, and the last one."""
    leaving: dict[int, list[tuple[float, float]]] = {}
    for row in np.lexsort((distance, rays)).tolist():
        if distance[row] <= _LEAST_WIDTH_M or along[row] <= 0:
            continue
        ends = leaving.setdefault(int(rays[row]), [])
        if not ends or distance[row] > ends[-1][0] + _LEAST_WIDTH_M:  # else an edge that is hit twice
            ends.append((float(distance[row]), float(along[row])))
    for ray, ends in sorted(leaving.items()):
        for number in sorted({0, len(ends) - 1}):
            width, pressed = ends[number]
            if pressed >= _CONE and width <= MAX_WIDTH_M:
                yield ray, width


def _approaches(axis: Array) -> Iterator[tuple[Array, float]]:
    """Yield directions across the closing axis that do not come from below, with their tilt from straight down."""
    down = np.array([0.0, 0.0, -1.0])
    first = down - (down @ axis) * axis
    if np.linalg.norm(first) < 0.2:  # fingers above and below: only from the sides
        side = np.eye(3)[int(np.argmin(np.abs(axis)))]
        first = side - (side @ axis) * axis
        tilts = np.arange(0, 2 * np.pi, np.pi / 4)
    else:
        tilts = _TILTS
    first /= np.linalg.norm(first)
    second = np.cross(axis, first)
    for tilt in tilts:
        approach = np.cos(tilt) * first + np.sin(tilt) * second
        if approach[2] < _FROM_BELOW:
            yield approach, float(np.arccos(np.clip(-approach[2], -1, 1)))


def _origin_with_room(surface: Array, pair: _Pair, approach: Array) -> Array | None:
    """The grasp's origin with the contacts deep between the pads, else near their tips; None where the hand has no room
    beside the surface points (N, 3) or above the ground."""
    rotation = matrix_from_quat_wxyz(grasp_pose((0, 0, 0), approach, pair.axis).quat_wxyz)
    inner = pair.width / 2 + 0.001
    outer = pair.width / 2 + HAND.finger_depth + HAND.open_by
    x, y, z = ((surface - pair.middle) @ rotation).T
    x, y = np.abs(x), np.abs(y)
    # How far the contacts may lie past the origin before a finger or the palm meets the mesh.
    before_fingers = z[(x < HAND.finger_width / 2) & (y > inner) & (y < outer)].min(initial=np.inf)
    before_palm = z[(x < HAND.palm_half[0]) & (y < HAND.palm_half[1])].min(initial=np.inf)
    for past in (HAND.tip / 2, -HAND.tip / 2):
        origin = pair.middle + past * approach
        has_room = past + HAND.tip <= before_fingers and past - HAND.palm <= before_palm
        if has_room and _lowest(origin, rotation, outer) >= _FLOOR_M:
            return origin
    return None


def _lowest(origin: Array, rotation: Array, outer: float) -> float:
    """The height of the hand's lowest corner; the palm is 60 mm deep."""
    tips = [(x * HAND.finger_width / 2, y * outer, HAND.tip) for x in (-1, 1) for y in (-1, 1)]
    back = [
        (x * HAND.palm_half[0], y * HAND.palm_half[1], z)
        for x in (-1, 1) for y in (-1, 1) for z in (-HAND.palm, -HAND.palm - 0.06)
    ]  # fmt: skip
    return float((np.array(tips + back) @ rotation.T + origin)[:, 2].min())


def _kind(pair: _Pair, approach: Array, center_of_mass: Array, size: Array) -> Literal["top", "side", "rim", "handle"]:
    """What is thin and off the middle is a rim at the top, and else a handle."""
    aside = float(np.linalg.norm((pair.middle - center_of_mass)[:2]))
    from_above = approach[2] < -0.7
    if pair.width < _THIN_M and aside > _ASIDE * size[:2].max():
        return "rim" if from_above and pair.middle[2] > 0.6 * size[2] else "handle"
    return "top" if from_above else "side"


def _distinct(grasps: list[Grasp]) -> list[Grasp]:
    """The first of every group of grasps that are nearly the same, at most 24, named by kind and number."""
    kept: list[tuple[Array, Array, Grasp]] = []
    counts: dict[str, int] = {}
    for grasp in grasps:
        origin, frame = np.array(grasp.pose_link_grasp.position), matrix_from_quat_wxyz(grasp.pose_link_grasp.quat_wxyz)
        if any(
            np.linalg.norm(origin - other) < _APART_M
            and frame[:, 2] @ turned[:, 2] > _ALIKE
            and abs(frame[:, 1] @ turned[:, 1]) > _ALIKE
            for other, turned, _ in kept
        ):
            continue
        number = counts.get(grasp.kind, 0)
        counts[grasp.kind] = number + 1
        kept.append((origin, frame, grasp.model_copy(update={"name": f"{grasp.kind}_{number}"})))
        if len(kept) == _MAX_GRASPS:
            break
    return [grasp for _, _, grasp in kept]
