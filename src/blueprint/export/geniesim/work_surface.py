"""Where a two-armed robot works in a scene: a surface, the pose before it, the things on it, and a free area.

The reach is that of the public G2 and G1 task templates: objects 0.35 to 0.92 m before the base, 0.42 m to either side.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.asset import Region
from blueprint.contracts.frames import Pose, quat_wxyz_from_yaw
from blueprint.contracts.scene import Scene
from blueprint.contracts.scene_manifest import SceneObject
from blueprint.export.geniesim.footing import Footing
from blueprint.motion.stances import carrier_of
from blueprint.motion.standing_room import StandingRoom
from blueprint.physics.extent import asset_points
from blueprint.randomize.footprint import footprints

__all__ = ["REACH_SIDE_M", "REACH_X_M", "FreeArea", "WorkSurface", "in_reach", "is_movable", "work_surfaces"]

Array = NDArray[np.float64]
REACH_X_M = (0.35, 0.92)
REACH_SIDE_M = 0.42
WORK_HEIGHT_M = (0.55, 1.05)
ORIGIN_AHEAD_M = 0.7  # a template's origin is on the floor, this far before the base
MAX_OBJECTS = 10
_STAND_MARGIN_M = 0.06  # half of it is left to the base's random offset
_SIDE_SHIFTS_M = (0.0, -0.2, 0.2, -0.4, 0.4)
_CELL_M = 0.02
_INSET_M = 0.03
_CLEAR_ABOVE_M = 0.30
_SMALLEST_AREA_M = 0.20
_MOVABLE_ROLES = ("manipulable_object", "clutter")
_NEAR_M = 1.3
_STANCES_COMPARED = 6
_STANCES_KEPT = 3


@dataclass(frozen=True)
class FreeArea:
    """A rectangle of the surface without anything fixed on it: centre and size along the origin's axes, m."""

    center: tuple[float, float]
    size: tuple[float, float]

    @property
    def square_metres(self) -> float:
        return self.size[0] * self.size[1]


@dataclass(frozen=True)
class WorkSurface:
    """`objects` are the movable things on the surface, nearest first; `in_reach` those that the robot gets at.

    The origin is on the floor, its +X the way that the robot looks. `robot` is G1 or G2.
    """

    robot: Literal["G1", "G2"]
    support_id: str
    region: str
    height_m: float
    pose_world_origin: Pose
    pose_world_base: Pose
    objects: tuple[str, ...]
    in_reach: tuple[str, ...]
    area: FreeArea | None = None

    @property
    def name(self) -> str:
        return f"{self.support_id}_{self.region}_{self.robot.lower()}"


def is_movable(item: SceneObject) -> bool:
    """Whether an object is a thing to take: free, small, without joints of its own."""
    return not item.is_fixed and item.sim_role in _MOVABLE_ROLES


def in_reach(pose_world_base: Pose, point_world: Array) -> bool:
    x, y, _ = pose_world_base.inverse().apply(point_world)
    return REACH_X_M[0] <= x <= REACH_X_M[1] and abs(y) <= REACH_SIDE_M


def work_surfaces(
    scene: Scene, robot: Literal["G1", "G2"], footing: Footing
) -> tuple[list[list[WorkSurface]], dict[str, str]]:
    """Return the surfaces with things within reach, in the scene's order, and why others are not among them.

    Of each there are up to three stances, best first: the robot stands on free floor that one gets to, before the side
    from which most things are in reach.
    """
    room = StandingRoom(scene, footing.half_m)
    found: list[list[WorkSurface]] = []
    skipped: dict[str, str] = {}
    for item in scene.objects:
        if item.is_architecture or is_movable(item):
            continue
        for region in scene.asset(item.id).regions:
            things = _things_on(scene, item.id, region.name)
            if region.kind != "top" or not things:
                continue
            name = f"{item.id}_{region.name}"
            pose = scene.pose_world_object(item.id) @ scene.asset(item.id).pose_asset_region(region)
            if not WORK_HEIGHT_M[0] <= pose.position[2] <= WORK_HEIGHT_M[1]:
                skipped[name] = f"its height of {pose.position[2]:.2f} m is outside of {WORK_HEIGHT_M} m"
                continue
            stances = _best(scene, robot, footing, room, item.id, region, pose, things)
            if stances:
                found.append(stances)
            else:
                skipped[name] = "no free place to stand from which anything on it is in reach"
    return found, skipped


def _things_on(scene: Scene, support_id: str, region: str) -> list[str]:
    """Movable objects that stand on a region, or on movable objects that do."""
    found: list[str] = []
    for item in scene.objects:
        current, movable = item, is_movable(item)
        while movable and current.placement and current.placement.parent_id:
            parent = current.placement.parent_id
            if parent == support_id:
                if current.placement.region == region:
                    found.append(item.id)
                break
            current = scene.object(parent)
            movable = is_movable(current)
    return found


def _best(
    scene: Scene,
    robot: Literal["G1", "G2"],
    footing: Footing,
    room: StandingRoom,
    support_id: str,
    region: Region,
    pose: Pose,
    things: list[str],
) -> list[WorkSurface]:
    """The stances with most things in reach; of those the ones with the largest free area first."""
    stances = [
        _surface(scene, robot, support_id, region, pose, base, things)
        for base in _bases(scene, footing, support_id, pose, things)
        if room.is_free(base @ Pose.of((footing.center_x_m, 0.0, 0.0)))
    ]
    useful = sorted((stance for stance in stances if stance.in_reach), key=lambda stance: -len(stance.in_reach))
    judged = [replace(item, area=_free_area(scene, region, pose, item)) for item in useful[:_STANCES_COMPARED]]
    judged.sort(key=lambda item: (-len(item.in_reach), -(item.area.square_metres if item.area else 0.0)))
    return judged[:_STANCES_KEPT]


def _bases(scene: Scene, footing: Footing, support_id: str, pose: Pose, things: list[str]) -> list[Pose]:
    """Poses on the floor before each side of the furniture that carries the surface, looking at it."""
    carrier = carrier_of(scene, support_id)
    corners = scene.pose_world_object(carrier).apply(asset_points(scene.asset(carrier)))
    flat = pose.inverse().apply(corners)[:, :2]
    spots = pose.inverse().apply(np.array([scene.pose_world_object(name).position for name in things]))[:, :2]
    front = footing.front_m(pose.position[2] + _INSET_M) + _STAND_MARGIN_M
    found = []
    for side in range(4):  # -Y is the front
        yaw = np.pi / 2 * (side + 1)
        outward = np.array([np.sin(np.pi / 2 * side), -np.cos(np.pi / 2 * side)])
        along = np.array([-outward[1], outward[0]])
        edge = float((flat @ outward).max())
        stations = [float((spots @ along).mean()) + shift for shift in _SIDE_SHIFTS_M] + (spots @ along).tolist()
        for at in dict.fromkeys(round(value, 3) for value in stations):
            x, y = outward * (edge + front) + along * at
            world = pose @ Pose.of((x, y, 0.0), quat_wxyz_from_yaw(yaw))
            heading = world.matrix()[:2, 0]
            upright = quat_wxyz_from_yaw(float(np.arctan2(heading[1], heading[0])))
            found.append(Pose.of((world.position[0], world.position[1], 0.0), upright).rounded())
    return found


def _surface(
    scene: Scene,
    robot: Literal["G1", "G2"],
    support_id: str,
    region: Region,
    pose: Pose,
    base: Pose,
    things: list[str],
) -> WorkSurface:
    origin = (base @ Pose.of((ORIGIN_AHEAD_M, 0.0, 0.0))).rounded()
    positions = {name: np.array(scene.pose_world_object(name).position) for name in things}
    distance = {name: float(np.linalg.norm((positions[name] - origin.position)[:2])) for name in things}
    near = [name for name in sorted(things, key=lambda name: (distance[name], name)) if distance[name] < _NEAR_M]
    kept = _with_carriers(scene, near[:MAX_OBJECTS])
    return WorkSurface(
        robot=robot,
        support_id=support_id,
        region=region.name,
        height_m=float(pose.position[2]),
        pose_world_origin=origin,
        pose_world_base=base,
        objects=tuple(kept),
        in_reach=tuple(name for name in kept if in_reach(base, np.array(scene.pose_world_object(name).position))),
    )


def _with_carriers(scene: Scene, names: Sequence[str]) -> list[str]:
    """The objects with the movable things that they stand on, each after what carries it."""
    found: list[str] = []
    for name in names:
        chain = [name]
        while (placement := scene.object(chain[-1]).placement) and placement.parent_id:
            if not is_movable(scene.object(placement.parent_id)):
                break
            chain.append(placement.parent_id)
        found += [other for other in reversed(chain) if other not in found]
    return found


def _free_area(scene: Scene, region: Region, pose: Pose, stance: WorkSurface) -> FreeArea | None:
    """The largest rectangle in reach, on the region, without anything that stays where it is."""
    xs = np.arange(REACH_X_M[0], REACH_X_M[1], _CELL_M) + _CELL_M / 2
    ys = np.arange(-REACH_SIDE_M, REACH_SIDE_M, _CELL_M) + _CELL_M / 2
    grid = np.stack(np.meshgrid(xs, ys, indexing="ij"), axis=-1).reshape(-1, 2)
    world = stance.pose_world_base.apply(np.column_stack([grid, np.full(len(grid), stance.height_m)]))
    local = pose.inverse().apply(world)[:, :2]
    hx, hy = region.half_extents
    if region.outline == "disc":
        free = np.hypot(local[:, 0], local[:, 1]) <= hx - _INSET_M
    else:
        free = np.asarray((np.abs(local) <= np.array([hx, hy]) - _INSET_M).all(axis=1))
    for polygon in _fixed_on(scene, stance):
        free &= ~_inside(world[:, :2], polygon)
    found = _largest_rectangle(free.reshape(len(xs), len(ys)))
    if found is None:
        return None
    (x0, x1), (y0, y1) = found
    size = ((x1 - x0) * _CELL_M, (y1 - y0) * _CELL_M)
    if min(size) < _SMALLEST_AREA_M:
        return None
    center = (
        float(xs[x0] - _CELL_M / 2 + size[0] / 2 - ORIGIN_AHEAD_M),
        float(ys[y0] - _CELL_M / 2 + size[1] / 2),
    )
    return FreeArea((round(center[0], 4), round(center[1], 4)), (round(size[0], 4), round(size[1], 4)))


def _fixed_on(scene: Scene, stance: WorkSurface) -> list[Array]:
    """Polygons (N, 2), world, of what stays: anything just above the surface but the movable things themselves."""
    found = []
    lowest, highest = stance.height_m + 0.005, stance.height_m + _CLEAR_ABOVE_M
    middle = np.array(stance.pose_world_origin.position[:2])
    for item in scene.objects:
        pose, size = scene.pose_world_object(item.id), scene.asset(item.id).size_m
        if item.id in stance.objects or float(np.linalg.norm(pose.position[:2] - middle)) > _NEAR_M + max(size):
            continue
        shapes = footprints(scene.asset(item.id), pose)
        found += [shape.polygon for shape in shapes if shape.high > lowest and shape.low < highest]
    return found


def _inside(points: Array, polygon: Array) -> NDArray[np.bool_]:
    """Which points (N, 2) are in a convex polygon grown by a cell."""
    inside = np.ones(len(points), bool)
    for (ax, ay), (bx, by) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        length = float(np.hypot(bx - ax, by - ay))
        if length > 1e-9:
            offset = ((bx - ax) * (points[:, 1] - ay) - (by - ay) * (points[:, 0] - ax)) / length
            inside &= offset >= -_CELL_M
    return inside


def _largest_rectangle(free: NDArray[np.bool_]) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """Return ((row low, row high), (column low, column high)) of the largest free rectangle of cells, high excluded."""
    heights = np.zeros(free.shape[1], int)
    best = 0
    found = None
    for row in range(free.shape[0]):
        heights = np.where(free[row], heights + 1, 0)
        for left in range(len(heights)):
            lowest = heights[left]
            for right in range(left, len(heights)):
                lowest = min(lowest, heights[right])
                if lowest == 0:
                    break
                if lowest * (right - left + 1) > best:
                    best = int(lowest * (right - left + 1))
                    found = ((row + 1 - int(lowest), row + 1), (left, right + 1))
    return found
