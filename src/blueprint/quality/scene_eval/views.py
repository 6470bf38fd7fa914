"""Three pictures of a scene for its evaluation: from above without ceiling, and from two corners."""

from pathlib import Path

import mujoco
import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.document import write_atomically
from blueprint.contracts.frames import rotate
from blueprint.quality.scene_eval.subject import Subject
from blueprint.sim.framing import corners_of, frame_points
from blueprint.sim.renderer import open_renderer
from blueprint.sim.scene_views import png_bytes
from blueprint.sim.world import VISUAL_GROUP, add_background, focus_shadows, stage_spec

__all__ = ["VIEWS", "render_views"]

# name -> azimuth, elevation (where the camera looks to) and vertical field of view, degrees
VIEWS = {"top": (90.0, -89.9, 12.0), "south_east": (125.0, -35.0, 45.0), "north_west": (-55.0, -35.0, 45.0)}
_STEEP = np.array([-0.12, 0.18, -1.0])  # light from so high that walls leave the floor in the light
_SIZE_PX = (960, 720)
_SHADOW_PX = 4096
_UNSEEN_GROUP = 5
_RAYS = 60
_GRAZING = 0.1
_STEEP_SHARE = 0.75  # light from above is brighter on floors and table tops


def render_views(subject: Subject, out: Path, *, renderer: str = "auto") -> list[Path]:
    """Write `top.png`, `south_east.png` and `north_west.png` to `out` and return their paths.

    Walls and ceilings between the camera and the things in the rooms are not drawn, nor what hangs on a wall or a
    ceiling that is seen from behind. Raises MissingDependencyError without a renderer.
    """
    spec = stage_spec(subject.scene_dir)
    add_background(spec)
    model = spec.compile()
    fixed = frozenset(item.id for item in subject.scene.objects if item.is_fixed)
    for light in np.flatnonzero(model.light_type == mujoco.mjtLightType.mjLIGHT_DIRECTIONAL):
        if subject.house is not None and model.light_castshadow[light]:
            model.light_dir[light] = _STEEP / np.linalg.norm(_STEEP)
            model.light_diffuse[light] *= _STEEP_SHARE
    focus_shadows(model, fixed)
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    owners = [model.body(int(body)).name.split("/")[0] for body in model.geom_bodyid]
    drawn = [geom for geom in range(model.ngeom) if model.geom_group[geom] == VISUAL_GROUP]
    walls = [geom for geom in drawn if owners[geom] in fixed]
    things = [geom for geom in drawn if owners[geom] not in fixed] or walls
    points = np.concatenate([corners_of(model, data, things), _floor_corners(subject)])
    width, height = _SIZE_PX
    written = []
    with open_renderer(model, renderer, width, height, shadow_px=_SHADOW_PX) as drawing:
        for name, (azimuth, elevation, fovy) in VIEWS.items():
            model.vis.global_.fovy = fovy
            camera = frame_points(points, azimuth, elevation, fovy, width / height)
            behind = _seen_from_behind(subject, camera)
            hidden = [geom for geom in walls if owners[geom] in behind]
            model.geom_group[hidden] = _UNSEEN_GROUP
            hidden += _hide(model, data, camera, set(walls), data.geom_xpos[things])
            picture = drawing.render(data, camera)
            model.geom_group[hidden] = VISUAL_GROUP
            path = out / f"{name}.png"
            write_atomically(path, png_bytes(picture))
            written.append(path)
    return written


def _floor_corners(subject: Subject) -> NDArray[np.float64]:
    """Return the corners (N, 3) of the rooms' floors; none without a plan."""
    if subject.house is None:
        return np.zeros((0, 3))
    return np.array(
        [
            (room.x + i * room.width, room.y + j * room.depth, 0.0)
            for room in subject.house.rooms
            for i in (0, 1)
            for j in (0, 1)
        ]
    )


def _forward(camera: mujoco.MjvCamera) -> NDArray[np.float64]:
    a, e = np.radians([camera.azimuth, camera.elevation])
    return np.array([np.cos(a) * np.cos(e), np.sin(a) * np.cos(e), np.sin(e)])


def _seen_from_behind(subject: Subject, camera: mujoco.MjvCamera) -> set[str]:
    """Ids of what shows the camera its back (+Y, on a wall) or its top (on a ceiling)."""
    forward = _forward(camera)
    backs = {"wall": (0.0, 1.0, 0.0), "ceiling": (0.0, 0.0, 1.0)}
    return {
        item.id
        for item in subject.scene.objects
        if item.mounting != "free"
        and float(rotate(item.transform.pose().quat_wxyz, backs[item.mounting]) @ forward) < -_GRAZING
    }


def _hide(
    model: mujoco.MjModel,
    data: mujoco.MjData,
    camera: mujoco.MjvCamera,
    walls: set[int],
    targets: NDArray[np.float64],
) -> list[int]:
    """Take the walls that a ray from the camera to a thing meets first out of the picture; returns them."""
    start = np.array(camera.lookat) - _forward(camera) * camera.distance
    chosen = targets[np.unique(np.linspace(0, len(targets) - 1, min(_RAYS, len(targets))).astype(int))]
    groups = np.array([0, 0, 1, 0, 0, 0], np.uint8)
    found = np.zeros(1, np.int32)
    hidden: list[int] = []
    for target in chosen:
        ray = target - start
        reach = float(np.linalg.norm(ray))
        while True:
            distance = mujoco.mj_ray(model, data, start, ray / reach, groups, 1, -1, found)
            geom = int(found[0])
            if geom not in walls or not 0 <= distance < reach - 0.05:
                break
            hidden.append(geom)
            model.geom_group[geom] = _UNSEEN_GROUP
    return hidden
