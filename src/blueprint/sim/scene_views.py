"""Still pictures for reports: a scene from three sides."""

import io
from collections.abc import Collection
from pathlib import Path

import mujoco
import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.document import write_atomically
from blueprint.contracts.scene import Scene, load_scene
from blueprint.sim.framing import corners_of, frame_points, hide_blocking
from blueprint.sim.renderer import open_renderer
from blueprint.sim.room_views import SCENE_SIZE_PX, render_rooms, rooms_of
from blueprint.sim.world import VISUAL_GROUP, add_background, focus_shadows, stage_spec

__all__ = ["VIEWS", "png_bytes", "render_scene_views"]

# name -> azimuth, elevation in degrees. Rooms have walls at the back (+Y) and on the left (-X): look from front right.
VIEWS = {"overview": (125.0, -28.0), "front": (90.0, -12.0), "top": (90.0, -89.0)}
_STILL_SHADOW_PX = 4096  # a still may take 50 ms more for crisp shadows


def render_scene_views(
    scene_dir: Path, out: Path, *, renderer: str = "auto", views: Collection[str] = tuple(VIEWS)
) -> list[Path]:
    """Write `overview.png`, `front.png` and `top.png` of `usd/scene.usda`, or some of them, to `out`; return the paths.

    The camera stands where everything but the architecture fills the picture; walls in its way are not drawn. A scene
    whose rooms have walls all around is shown as a doll's house: without the walls before the camera and without what
    hangs on ceilings, from the corner from which most can be seen.
    Raises InputError where the scene has no stage, MissingDependencyError without a renderer.
    """
    scene = load_scene(scene_dir)
    spec = stage_spec(scene_dir)
    rooms = rooms_of(scene, spec)
    pictures = (
        render_rooms(rooms, renderer, names=views) if rooms is not None else _render_set(scene, spec, renderer, views)
    )
    written = []
    for name in views:
        path = out / f"{name}.png"
        write_atomically(path, png_bytes(pictures[name]))
        written.append(path)
    return written


def _render_set(
    scene: Scene, spec: mujoco.MjSpec, renderer: str, views: Collection[str]
) -> dict[str, NDArray[np.uint8]]:
    """Draw a scene with walls at its back, or with none."""
    add_background(spec)
    model = spec.compile()
    fixed = frozenset(item.id for item in scene.objects if item.is_fixed)
    focus_shadows(model, fixed)
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    owners = [model.body(int(body)).name.split("/")[0] for body in model.geom_bodyid]
    walls = frozenset(geom for geom, owner in enumerate(owners) if owner in fixed)
    shown = [geom for geom in range(model.ngeom) if model.geom_group[geom] == VISUAL_GROUP and geom not in walls]
    points = corners_of(model, data, shown or sorted(walls))
    width, height = SCENE_SIZE_PX
    pictures = {}
    with open_renderer(model, renderer, width, height, shadow_px=_STILL_SHADOW_PX) as drawing:
        for name in views:
            azimuth, elevation = VIEWS[name]
            camera = frame_points(points, azimuth, elevation, float(model.vis.global_.fovy), width / height)
            hidden = hide_blocking(model, data, camera, walls)
            pictures[name] = drawing.render(data, camera)
            for geom, group in hidden:
                model.geom_group[geom] = group
    return pictures


def png_bytes(picture: NDArray[np.uint8]) -> bytes:
    """Return a picture (height, width, 3) as PNG without time stamps."""
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "PNG", optimize=False)
    return stream.getvalue()
