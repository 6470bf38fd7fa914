"""Studio light for stills of rooms: a soft key light and the sky, drawn as a mean over many directions.

Every picture of the mean is lit by one direction of each light, so that the mean has the soft shadows of a wide lamp
and the corners' darkness of an overcast sky, which one directional light with a shadow map cannot show.
"""

from dataclasses import dataclass

import mujoco
import numpy as np
from numpy.typing import NDArray

from blueprint.sim.renderer import Renderer

__all__ = ["Stage", "cover", "render_lit", "replace_lights"]

Array = NDArray[np.float64]
_SAMPLES = 16
_KEY, _SKY = "studio_key", "studio_sky"
_KEY_DIFFUSE = np.array([0.41, 0.398, 0.373])
_SKY_DIFFUSE = np.array([0.36, 0.368, 0.38])
_AMBIENT = np.array([0.47, 0.47, 0.475])
_HEADLIGHT = 0.12
_KEY_SPREAD = np.sin(np.radians(7.0))
_SKY_RADIUS = np.sin(np.radians(60.0))  # no sky within 30° of the horizon: walls would draw long shadows
_KEY_ELEVATION_DEG = -52.0
_KEY_TURN_DEG = 22.0  # the key light comes from beside the camera, so that things have a lit and a shaded side
_GOLDEN = np.pi * (3 - 5**0.5)


def replace_lights(spec: mujoco.MjSpec) -> None:
    """Take all lights out of a spec and put a key light and a sky light there, for `render_lit` to aim."""
    for light in list(spec.lights):
        spec.delete(light)
    for name, diffuse, specular in ((_KEY, _KEY_DIFFUSE, 0.15), (_SKY, _SKY_DIFFUSE, 0.0)):
        spec.worldbody.add_light(
            name=name,
            type=mujoco.mjtLightType.mjLIGHT_DIRECTIONAL,
            diffuse=diffuse,
            ambient=[0.0] * 3,
            specular=[specular] * 3,
            castshadow=True,
        )
    headlight = spec.visual.headlight
    headlight.ambient, headlight.diffuse, headlight.specular = _AMBIENT, [_HEADLIGHT] * 3, [0.0] * 3


@dataclass(frozen=True)
class Stage:
    """The ball that the shadow maps cover, m in the world."""

    centre: Array
    radius: float


def cover(model: mujoco.MjModel, points: Array) -> Stage:
    """Set the shadow maps' size so that they cover points (n, 3). A renderer takes it over when it is opened."""
    centre = (points.min(axis=0) + points.max(axis=0)) / 2
    radius = float(np.linalg.norm(points - centre, axis=1).max()) + 0.1
    model.vis.map.shadowclip = min(1.0, radius / float(model.stat.extent))
    return Stage(centre, radius)


def render_lit(
    drawing: Renderer, model: mujoco.MjModel, data: mujoco.MjData, camera: mujoco.MjvCamera, stage: Stage
) -> NDArray[np.uint8]:
    """Return the picture of a free camera under soft light; the renderer was opened after `cover`.

    The camera moves by parts of a pixel between the pictures, so that edges are smooth without supersampling. A
    physically based renderer has soft light of its own and draws one picture.
    """
    samples = 1 if drawing.kind == "filament" else _SAMPLES
    total = np.zeros((drawing.height, drawing.width, 3))
    lookat = np.array(camera.lookat)
    pixel = 2 * camera.distance * np.tan(np.radians(model.vis.global_.fovy) / 2) / drawing.height
    key = _key_direction(camera)
    right, up = _across(_direction(camera.azimuth, camera.elevation))
    across, along = _across(key)
    for sample in range(samples):
        share, turn = (sample + 0.5) / samples, sample * _GOLDEN
        disc = np.sqrt(share) * np.array([np.cos(turn), np.sin(turn)])
        _aim(model, _KEY, key + _KEY_SPREAD * (disc[0] * across + disc[1] * along), stage)
        # Points of a disc, lifted to the hemisphere, are distributed by the cosine (Malley); none close to the horizon.
        sky = np.array([*(_SKY_RADIUS * disc), -np.sqrt(1 - _SKY_RADIUS**2 * share)])
        _aim(model, _SKY, sky, stage)
        mujoco.mj_camlight(model, data)
        shift = (sample / samples - 0.5, (sample * 5 % samples) / samples - 0.5)
        camera.lookat = lookat + pixel * (shift[0] * right + shift[1] * up)
        total += drawing.render(data, camera)
    camera.lookat = lookat
    return np.clip(np.rint(total / samples), 0, 255).astype(np.uint8)


def _key_direction(camera: mujoco.MjvCamera) -> Array:
    if camera.elevation < -80.0:
        return _direction(-55.0, -80.0)
    return _direction(camera.azimuth - _KEY_TURN_DEG, _KEY_ELEVATION_DEG)


def _direction(azimuth_deg: float, elevation_deg: float) -> Array:
    a, e = np.radians([azimuth_deg, elevation_deg])
    return np.array([np.cos(a) * np.cos(e), np.sin(a) * np.cos(e), np.sin(e)])


def _across(forward: Array) -> tuple[Array, Array]:
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    return right, np.cross(right, forward)


def _aim(model: mujoco.MjModel, name: str, direction: Array, stage: Stage) -> None:
    """Point a directional light; its shadow map is centred on its position, which has no other meaning for it."""
    light = model.light(name).id
    direction = direction / np.linalg.norm(direction)
    model.light_dir[light] = model.light_dir0[light] = direction
    model.light_pos[light] = model.light_pos0[light] = stage.centre - direction * 2 * stage.radius
