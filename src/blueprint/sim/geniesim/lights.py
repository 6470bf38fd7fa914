"""Lights that a client sets: UsdLux kinds, brightness and colour temperature on MuJoCo's lights."""

from dataclasses import dataclass

import mujoco
import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Pose, rotate
from blueprint.usd.attributes import NOMINAL_DISTANT_INTENSITY, NOMINAL_DOME_INTENSITY

__all__ = ["LightRequest", "add_light", "temperature_rgb"]

_KINDS = ("Dome", "Distant", "Sphere", "Disk", "Rect")
_TEMPERATURE_LIMITS_K = (1000.0, 20000.0)
_MAX_BRIGHTNESS = 4.0


@dataclass(frozen=True)
class LightRequest:
    """One light of `set_light`: its UsdLux kind, its prim, K, the UsdLux intensity and the prim's rotation."""

    kind: str
    prim_path: str
    temperature_k: float
    intensity: float
    rotation: Pose
    texture: str = ""

    def __post_init__(self) -> None:
        if self.kind not in _KINDS:
            raise InputError(f"light {self.prim_path}: kind {self.kind[:40]!r}.", remedy=f"there are {_KINDS}.")
        if not (np.isfinite([self.temperature_k, self.intensity]).all() and self.intensity >= 0):
            raise InputError(f"light {self.prim_path}: {self.temperature_k} K, intensity {self.intensity}.")


def add_light(spec: mujoco.MjSpec, light: LightRequest) -> None:
    """Add a light, or put it in the place of the one with its name. Textures are not drawn: a dome is uniform.

    A dome gives ambient light and a soft one from above, a distant light is directional along its -Z; the others,
    which a client places by rotation alone, shine from the origin of their prim: the world's.
    """
    name = light.prim_path.rpartition("/")[2]
    old = spec.light(name)
    place = (0.0, 0.0, 0.0) if old is None else tuple(old.pos)
    if old is not None:
        spec.delete(old)
    nominal = NOMINAL_DOME_INTENSITY if light.kind == "Dome" else NOMINAL_DISTANT_INTENSITY
    color = temperature_rgb(light.temperature_k) * min(light.intensity / nominal, _MAX_BRIGHTNESS)
    added = spec.worldbody.add_light(name=name, castshadow=light.kind == "Distant")
    added.specular, added.ambient = [0.0] * 3, [0.0] * 3
    if light.kind == "Dome":
        added.type, added.dir, added.pos = mujoco.mjtLightType.mjLIGHT_DIRECTIONAL, [0, 0, -1], [0, 0, 4]
        added.ambient, added.diffuse = 0.36 * color, 0.1 * color  # as the stage's own lights are drawn
    elif light.kind == "Distant":
        added.type = mujoco.mjtLightType.mjLIGHT_DIRECTIONAL
        added.dir = rotate(light.rotation.quat_wxyz, (0.0, 0.0, -1.0))
        added.pos = -np.asarray(added.dir) * 4.0
        added.diffuse = 0.46 * color
    else:
        added.type, added.pos = mujoco.mjtLightType.mjLIGHT_POINT, place
        added.diffuse = 0.4 * color


def temperature_rgb(kelvin: float) -> NDArray[np.float64]:
    """Return linear sRGB (3,), brightest channel 1, of a black body.

    Chromaticity after Kim et al., "Design of advanced color temperature control system" (2002): cubic splines in 1/T,
    valid from 1667 to 25000 K; below, its edge is used.
    """
    t = 1e3 / np.clip(kelvin, max(1667.0, _TEMPERATURE_LIMITS_K[0]), _TEMPERATURE_LIMITS_K[1])
    if t > 1e3 / 4000.0:
        x = np.polyval((-0.2661239, -0.2343589, 0.8776956, 0.179910), t)
    else:
        x = np.polyval((-3.0258469, 2.1070379, 0.2226347, 0.240390), t)
    if t > 1e3 / 2222.0:
        y = np.polyval((-1.1063814, -1.34811020, 2.18555832, -0.20219683), x)
    elif t > 1e3 / 4000.0:
        y = np.polyval((-0.9549476, -1.37418593, 2.09137015, -0.16748867), x)
    else:
        y = np.polyval((3.0817580, -5.87338670, 3.75112997, -0.37001483), x)
    xyz = np.array([x / y, 1.0, (1 - x - y) / y])
    linear = (
        np.array([[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]]) @ xyz
    )  # IEC 61966-2-1
    linear = np.maximum(linear, 0.0)
    return np.asarray(linear / linear.max())
