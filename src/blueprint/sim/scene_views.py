"""Still pictures for reports: a scene from three sides."""

import io
from pathlib import Path

import mujoco
import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.document import write_atomically
from blueprint.contracts.scene import load_scene
from blueprint.sim.framing import corners_of, frame_points, hide_blocking
from blueprint.sim.renderer import open_renderer
from blueprint.sim.world import VISUAL_GROUP, add_background, focus_shadows, stage_spec

__all__ = ["VIEWS", "png_bytes", "render_scene_views"]

# name -> azimuth, elevation in degrees. Rooms have walls at the back (+Y) and on the left (-X): look from front right.
VIEWS = {"overview": (125.0, -28.0), "front": (90.0, -12.0), "top": (90.0, -89.0)}
_SCENE_SIZE_PX = (960, 640)
_STILL_SHADOW_PX = 4096  # a still may take 50 ms more for crisp shadows


def render_scene_views(scene_dir: Path, out: Path, *, renderer: str = "auto") -> list[Path]:
    """Write `overview.png`, `front.png` and `top.png` of `usd/scene.usda` to `out` and return their paths.

    The camera stands where everything but the architecture fills the picture; walls in its way are not drawn.
    Raises InputError where the scene has no stage, MissingDependencyError without a renderer.
    """
    scene = load_scene(scene_dir)
    spec = stage_spec(scene_dir)
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
    width, height = _SCENE_SIZE_PX
    written = []
    with open_renderer(model, renderer, width, height, shadow_px=_STILL_SHADOW_PX) as drawing:
        for name, (azimuth, elevation) in VIEWS.items():
            camera = frame_points(points, azimuth, elevation, float(model.vis.global_.fovy), width / height)
            hidden = hide_blocking(model, data, camera, walls)
            picture = drawing.render(data, camera)
            for geom, group in hidden:
                model.geom_group[geom] = group
            path = out / f"{name}.png"
            write_atomically(path, png_bytes(picture))
            written.append(path)
    return written


def png_bytes(picture: NDArray[np.uint8]) -> bytes:
    """Return a picture (height, width, 3) as PNG without time stamps."""
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "PNG", optimize=False)
    return stream.getvalue()
