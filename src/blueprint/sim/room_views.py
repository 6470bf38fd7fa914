"""Stills of rooms and houses with walls all around: doll's houses under soft light."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import mujoco
import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.scene import Scene
from blueprint.sim.cutaway import Cutaway, cutaway_of, vertices_of
from blueprint.sim.framing import frame_tightly
from blueprint.sim.renderer import open_renderer
from blueprint.sim.studio import cover, render_lit, replace_lights
from blueprint.sim.world import VISUAL_GROUP

__all__ = ["SCENE_SIZE_PX", "Rooms", "corner_views", "render_rooms", "rooms_of"]

Array = NDArray[np.float64]
SCENE_SIZE_PX = (960, 640)
_SHADOW_PER_PIXEL = 2  # of the shadow map's side; the mean over many lights hides its grain
_ROOM_ELEVATION_DEG, _HOUSE_ELEVATION_DEG, _FRONT_ELEVATION_DEG = -36.0, -52.0, -24.0
_FOVY_DEG, _TOP_FOVY_DEG = 30.0, 10.0  # narrow, so that upright walls look upright
_SIDES_DEG = (90.0, 0.0, -90.0, 180.0)
_UNSEEN_GROUP = 5
_GLASS = (0.95, 0.97, 1.0, 0.20)
_RAYS_PER_THING = 12
_TOUCH_M = 0.02


@dataclass(frozen=True)
class Rooms:
    """A compiled scene of rooms with its poses. `things` maps each object that is seen to its visual geoms."""

    model: mujoco.MjModel
    data: mujoco.MjData
    cutaway: Cutaway
    things: dict[str, tuple[int, ...]]

    @property
    def is_house(self) -> bool:
        return len(self.cutaway.floors) > 1


def rooms_of(scene: Scene, spec: mujoco.MjSpec) -> Rooms | None:
    """Compile a scene of rooms for stills; None where a side is open. The spec is changed only for rooms.

    What is seen outside the rooms is plain and light, and the stage's lights are replaced by those of `studio`.
    """
    data, model = _compiled(spec)
    if cutaway_of(scene, model, data, VISUAL_GROUP) is None:
        return None
    for texture in [item for item in spec.textures if item.type == mujoco.mjtTexture.mjTEXTURE_SKYBOX]:
        spec.delete(texture)
    spec.add_texture(
        name="background",
        type=mujoco.mjtTexture.mjTEXTURE_SKYBOX,
        builtin=mujoco.mjtBuiltin.mjBUILTIN_GRADIENT,
        rgb1=[0.97, 0.97, 0.97],
        rgb2=[0.90, 0.91, 0.92],
        width=64,
        height=64,
    )
    replace_lights(spec)
    data, model = _compiled(spec)
    cutaway = cutaway_of(scene, model, data, VISUAL_GROUP)
    assert cutaway is not None
    shells = {item.id for item in scene.objects if item.sim_role == "scene_shell"}
    things: dict[str, list[int]] = {}
    for geom in np.flatnonzero(model.geom_group == VISUAL_GROUP):
        owner = model.body(int(model.geom_bodyid[geom])).name.split("/")[0]
        if owner not in shells:
            things.setdefault(owner, []).append(int(geom))
    return Rooms(model, data, cutaway, {name: tuple(geoms) for name, geoms in things.items()})


def render_rooms(
    rooms: Rooms,
    renderer: str,
    size_px: tuple[int, int] = SCENE_SIZE_PX,
    names: Collection[str] = ("overview", "front", "top"),
) -> dict[str, NDArray[np.uint8]]:
    """Return those of `names`: `overview` from the best corner, `front` from the best side, `top` from straight above.

    Pictures are (height, width, 3) of `size_px` = (width, height); the same call gives the same pictures.
    """
    corner = _HOUSE_ELEVATION_DEG if rooms.is_house else _ROOM_ELEVATION_DEG
    model, (width, height) = rooms.model, size_px
    stage = cover(model, _points(rooms))
    pictures = {}
    shadow_px = _SHADOW_PER_PIXEL * max(width, height)
    with open_renderer(model, renderer, width, height, supersample=1, shadow_px=shadow_px) as drawing:
        for name in names:
            if name == "top":
                azimuth, elevation, fovy = 90.0, -89.9, _TOP_FOVY_DEG
            elif name == "front":
                azimuth, elevation, fovy = (
                    _best(rooms, _SIDES_DEG, _FRONT_ELEVATION_DEG),
                    _FRONT_ELEVATION_DEG,
                    _FOVY_DEG,
                )
            else:
                azimuth, elevation, fovy = _best(rooms, corner_views(rooms.cutaway.floors), corner), corner, _FOVY_DEG
            groups, materials, colours = model.geom_group.copy(), model.geom_matid.copy(), model.geom_rgba.copy()
            if name == "top":
                model.geom_group[list(rooms.cutaway.ceilings)] = _UNSEEN_GROUP
            else:
                model.geom_group[rooms.cutaway.hidden(azimuth)] = _UNSEEN_GROUP
                glass = rooms.cutaway.between(azimuth)
                model.geom_matid[glass], model.geom_rgba[glass] = -1, _GLASS
            camera = _camera(rooms, azimuth, elevation, fovy)
            pictures[name] = render_lit(drawing, model, rooms.data, camera, stage)
            model.geom_group[:], model.geom_matid[:], model.geom_rgba[:] = groups, materials, colours
    return pictures


def corner_views(floors: Array) -> tuple[float, float, float, float]:
    """Return the azimuths of four views into corners, degrees: the longer side of the floors (n, 4) lies across the
    picture, the more so the longer it is, so that the rooms fill it."""
    width, depth = floors[:, 2:].max(axis=0) - floors[:, :2].min(axis=0)
    turn = float(np.interp(max(width, depth) / min(width, depth), (1.0, 1.6), (34.0, 24.0)))
    facing = 90.0 if width >= depth else 0.0
    return facing + turn, facing - turn, turn + facing - 180.0, facing - turn - 180.0


def _best(rooms: Rooms, azimuths: Sequence[float], elevation: float) -> float:
    """Return the azimuth from which most is seen, things weighed by their size; the first of equals."""
    model, data = rooms.model, rooms.data
    scores = []
    for azimuth in azimuths:
        groups = model.geom_group.copy()
        model.geom_group[rooms.cutaway.hidden(azimuth)] = _UNSEEN_GROUP
        model.geom_group[rooms.cutaway.between(azimuth)] = _UNSEEN_GROUP
        camera = _camera(rooms, azimuth, elevation, _FOVY_DEG)
        scores.append(_seen(rooms, camera))
        model.geom_group[:] = groups
    model.geom_group[:] = groups
    mujoco.mj_forward(model, data)
    return azimuths[int(np.argmax(np.round(scores, 6)))]


def _seen(rooms: Rooms, camera: mujoco.MjvCamera) -> float:
    """Sum, over the things, their size times the share of their surface's points that the camera sees."""
    model, data = rooms.model, rooms.data
    a, e = np.radians([camera.azimuth, camera.elevation])
    forward = np.array([np.cos(a) * np.cos(e), np.sin(a) * np.cos(e), np.sin(e)])
    eye = np.array(camera.lookat) - forward * camera.distance
    owner = {geom: name for name, geoms in rooms.things.items() for geom in geoms}
    groups = np.array([0, 0, 1, 0, 0, 0], np.uint8)
    found = np.zeros(1, np.int32)
    total = 0.0
    for name, geoms in rooms.things.items():
        points = np.concatenate([vertices_of(model, data, geom) for geom in geoms])
        size = float(np.sqrt(np.prod(np.sort(np.ptp(points, axis=0))[1:])))  # of its largest side: blackboards are flat
        chosen = points[np.linspace(0, len(points) - 1, min(_RAYS_PER_THING, len(points))).astype(int)]
        hits = 0
        for point in chosen:
            ray = point - eye
            reach = float(np.linalg.norm(ray))
            distance = mujoco.mj_ray(model, data, eye, ray / reach, groups, 1, -1, found)
            # Rays at a corner may pass by the thing; then nothing before the point stands in the way.
            hits += distance < 0 or distance > reach - _TOUCH_M or owner.get(int(found[0])) == name
        shown = model.geom_group[geoms[0]] == VISUAL_GROUP
        total += shown * size * hits / len(chosen)
    return total


def _camera(rooms: Rooms, azimuth: float, elevation: float, fovy: float) -> mujoco.MjvCamera:
    """Return the camera that has everything drawn in its picture; sets the field of view."""
    rooms.model.vis.global_.fovy = fovy
    width, height = SCENE_SIZE_PX
    return frame_tightly(_points(rooms), azimuth, elevation, fovy, width / height)


def _points(rooms: Rooms) -> Array:
    """Return the vertices (n, 3) of everything drawn."""
    drawn = np.flatnonzero(rooms.model.geom_group == VISUAL_GROUP)
    return np.concatenate([vertices_of(rooms.model, rooms.data, int(geom)) for geom in drawn])


def _compiled(spec: mujoco.MjSpec) -> tuple[mujoco.MjData, mujoco.MjModel]:
    model = spec.compile()
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    return data, model
