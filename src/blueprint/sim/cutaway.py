"""A doll's house: which walls of a room, and what hangs on them, are left out so that a camera looks in."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import mujoco
import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.frames import rotate
from blueprint.contracts.scene import Scene

__all__ = ["Cutaway", "cutaway_of", "vertices_of"]

Array = NDArray[np.float64]
CORNERS_DEG = (125.0, 55.0, -55.0, -125.0)  # azimuths of views into the four corners of a room
_NEAR_M = 0.25  # between a room's floor region and anything that belongs to its wall
_SIDEWAYS = 0.2  # of a view along a wall, which hides nothing
_WALL_HIGH_M = 0.3
_FLAT_M = 0.002


@dataclass(frozen=True)
class _Part:
    """Geoms that are seen or left out together. `axis` is the wall's normal (0 X, 1 Y), `line` its place on it and
    `low` to `high` its extent along the wall, m in the world."""

    geoms: tuple[int, ...]
    axis: int
    line: float
    low: float
    high: float
    is_shell: bool


@dataclass(frozen=True)
class Cutaway:
    """`floors` (n, 4) are the rooms as x0, y0, x1, y1; `ceilings` are the geoms of what hangs on ceilings."""

    floors: Array
    parts: tuple[_Part, ...]
    ceilings: tuple[int, ...]

    def hidden(self, azimuth_deg: float) -> list[int]:
        """Return the geoms to leave out: what hangs on ceilings, and outer walls before the rooms with all on them."""
        chosen = list(self.ceilings)
        for part in self.parts:
            before, behind = self._rooms_at(part, azimuth_deg)
            if behind and not before:
                chosen += part.geoms
        return chosen

    def between(self, azimuth_deg: float) -> list[int]:
        """Return the geoms of the inner walls, without what hangs on them, that stand before another room."""
        chosen: list[int] = []
        for part in self.parts:
            if part.is_shell and all(self._rooms_at(part, azimuth_deg)):
                chosen += part.geoms
        return chosen

    def _rooms_at(self, part: _Part, azimuth_deg: float) -> tuple[bool, bool]:
        """Tell whether there is a room on the camera's side of a part, and one beyond it."""
        along = (np.cos(np.radians(azimuth_deg)), np.sin(np.radians(azimuth_deg)))[part.axis]
        if abs(along) < _SIDEWAYS:
            return True, False
        near = self.floors[:, part.axis] if along > 0 else self.floors[:, part.axis + 2]
        far = self.floors[:, part.axis + 2] if along > 0 else self.floors[:, part.axis]
        other = 1 - part.axis
        beside = (self.floors[:, other] < part.high) & (self.floors[:, other + 2] > part.low)
        return (
            bool((beside & (np.abs(far - part.line) < _NEAR_M)).any()),
            bool((beside & (np.abs(near - part.line) < _NEAR_M)).any()),
        )


def cutaway_of(scene: Scene, model: mujoco.MjModel, data: mujoco.MjData, visual_group: int) -> Cutaway | None:
    """Return how to look into a scene whose rooms have walls all around; None where one side is open, as in a set.

    `data` holds the poses. Rooms are the floor regions of the objects whose role is `scene_shell`.
    """
    geoms_of: dict[str, list[int]] = {}
    for geom in np.flatnonzero(model.geom_group == visual_group):
        owner = model.body(int(model.geom_bodyid[geom])).name.split("/")[0]
        geoms_of.setdefault(owner, []).append(int(geom))
    floors = [rect for item in scene.objects if item.sim_role == "scene_shell" for rect in _floors(scene, item.id)]
    if not floors:
        return None
    parts: list[_Part] = []
    on_wall: dict[str, int] = {}
    ceilings: list[int] = []
    for item in scene.objects:
        geoms = geoms_of.get(item.id, [])
        if item.sim_role == "scene_shell":
            parts += _walls(model, data, geoms)
        elif item.mounting == "ceiling":
            ceilings += geoms
        elif item.mounting == "wall" and geoms:
            back = np.asarray(rotate(item.transform.pose().quat_wxyz, (0.0, 1.0, 0.0)))
            axis = int(np.argmax(np.abs(back[:2])))
            low, high = _bounds(model, data, geoms)
            line = float(high[axis] if back[axis] > 0 else low[axis])
            on_wall[item.id] = len(parts)
            parts.append(_Part(tuple(geoms), axis, line, float(low[1 - axis]), float(high[1 - axis]), False))
    for item in scene.objects:  # a vase on a wall shelf goes with the shelf
        holder, depth = item, 0
        while holder.id not in on_wall and holder.placement and holder.placement.parent_id and depth < 8:
            holder, depth = scene.object(holder.placement.parent_id), depth + 1
        if holder.id in on_wall and holder.id != item.id:
            place = on_wall[holder.id]
            parts[place] = replace(parts[place], geoms=(*parts[place].geoms, *geoms_of.get(item.id, ())))
    cutaway = Cutaway(np.array(floors), tuple(parts), tuple(ceilings))
    shell = {geom for part in parts if part.is_shell for geom in part.geoms}
    closed = all(shell.intersection(cutaway.hidden(azimuth)) for azimuth in CORNERS_DEG)
    return cutaway if closed else None


def vertices_of(model: mujoco.MjModel, data: mujoco.MjData, geom: int) -> Array:
    """Return the vertices (n, 3) of a mesh geom in the world, or the corners of the bounding box of any other, m."""
    rotation = data.geom_xmat[geom].reshape(3, 3)
    if model.geom_type[geom] == mujoco.mjtGeom.mjGEOM_MESH:
        mesh = model.geom_dataid[geom]
        start = model.mesh_vertadr[mesh]
        points = model.mesh_vert[start : start + model.mesh_vertnum[mesh]].astype(float)
    else:
        signs = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float)
        points = model.geom_aabb[geom, :3] + signs * model.geom_aabb[geom, 3:]
    return points @ rotation.T + data.geom_xpos[geom]


def _bounds(model: mujoco.MjModel, data: mujoco.MjData, geoms: Iterable[int]) -> tuple[Array, Array]:
    points = np.concatenate([vertices_of(model, data, geom) for geom in geoms])
    return points.min(axis=0), points.max(axis=0)


def _walls(model: mujoco.MjModel, data: mujoco.MjData, geoms: Iterable[int]) -> list[_Part]:
    """Of a shell's geoms, those that are upright, each a part of its own; floors and slabs are always seen."""
    walls = []
    for geom in geoms:
        low, high = _bounds(model, data, [geom])
        size = high - low
        axis = int(np.argmin(size[:2]))
        if size[axis] < _WALL_HIGH_M and (size[2] > _WALL_HIGH_M or low[2] > -_FLAT_M):
            line = float(low[axis] + high[axis]) / 2
            walls.append(_Part((geom,), axis, line, float(low[1 - axis]), float(high[1 - axis]), True))
    return walls


def _floors(scene: Scene, shell: str) -> list[tuple[float, float, float, float]]:
    model = scene.asset(shell)
    poses = model.poses_asset_link()
    rects = []
    for region in model.regions:
        if region.kind == "floor":
            pose = scene.pose_world_object(shell) @ poses[region.link] @ region.pose_link_region
            x, y = region.half_extents
            corners = np.asarray(pose.apply([(-x, -y, 0), (x, -y, 0), (x, y, 0), (-x, y, 0)]))
            low, high = corners.min(axis=0), corners.max(axis=0)
            rects.append((float(low[0]), float(low[1]), float(high[0]), float(high[1])))
    return rects
