"""Lights and cameras. USD lights carry intensities, MuJoCo's a unit colour: nominal ones map to a good exposure."""

import mujoco
import numpy as np
from pxr import Usd, UsdGeom, UsdLux

from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import matrix_from_quat_wxyz
from blueprint.mjcf.source import SourceStage
from blueprint.mjcf.transform import rigid_pose
from blueprint.usd.attributes import NOMINAL_DISTANT_INTENSITY, NOMINAL_DOME_INTENSITY

__all__ = ["add_camera", "add_light"]

_KEY_DIFFUSE = 0.46
_FILL_AMBIENT = 0.36
_FILL_DIFFUSE = 0.1
_LOCAL_DIFFUSE = 0.4
_LOCAL_RANGE_M = 10.0


def add_light(spec: mujoco.MjSpec, source: SourceStage, prim: Usd.Prim, name: str) -> None:
    """Add a UsdLux light to the world body.

    A distant light becomes a directional one that casts shadows; a dome light ambient light and a soft directional
    one from straight above; any other a point light at its place.
    """
    pose = rigid_pose(source.world_matrix(prim), str(prim.GetPath()))
    light = spec.worldbody.add_light(name=name)
    light.specular = [0.2, 0.2, 0.2]
    if prim.IsA(UsdLux.DistantLight):
        color = _color(prim, NOMINAL_DISTANT_INTENSITY)
        light.type = mujoco.mjtLightType.mjLIGHT_DIRECTIONAL
        light.dir = matrix_from_quat_wxyz(pose.quat_wxyz) @ (0.0, 0.0, -1.0)
        light.pos = -np.asarray(light.dir) * 4.0
        light.diffuse, light.castshadow = _KEY_DIFFUSE * color, True
        light.ambient = [0, 0, 0]
    elif prim.IsA(UsdLux.DomeLight):
        color = _color(prim, NOMINAL_DOME_INTENSITY)
        light.type = mujoco.mjtLightType.mjLIGHT_DIRECTIONAL
        light.dir, light.pos = [0, 0, -1], [0, 0, 4]
        light.ambient, light.diffuse = _FILL_AMBIENT * color, _FILL_DIFFUSE * color
        light.castshadow, light.specular = False, [0, 0, 0]
        _add_sky(spec)
    else:
        color = np.minimum(_color(prim, NOMINAL_DISTANT_INTENSITY), 4.0)
        light.type = mujoco.mjtLightType.mjLIGHT_POINT
        light.pos, light.castshadow = pose.position, False
        light.diffuse, light.ambient = _LOCAL_DIFFUSE * color, [0, 0, 0]
        light.range = _LOCAL_RANGE_M
        source.note(f"{prim.GetPath()}: {prim.GetTypeName()} is drawn as a point light")


def add_camera(spec: mujoco.MjSpec, source: SourceStage, prim: Usd.Prim, name: str) -> None:
    """Add a UsdGeom camera to the world body; USD and MuJoCo cameras both look along -Z with +Y up."""
    pose = rigid_pose(source.world_matrix(prim), str(prim.GetPath()))
    camera = UsdGeom.Camera(prim)
    aperture, focal = float(camera.GetVerticalApertureAttr().Get()), float(camera.GetFocalLengthAttr().Get())
    if not (aperture > 0 and focal > 0):
        raise InputError(f"{prim.GetPath()}: aperture {aperture} and focal length {focal} must be positive.")
    fovy = float(np.degrees(2 * np.arctan(aperture / 2 / focal)))
    spec.worldbody.add_camera(name=name, pos=pose.position, quat=pose.quat_wxyz, fovy=fovy)


def _add_sky(spec: mujoco.MjSpec) -> None:
    """A dome light is seen behind the scene too."""
    if spec.texture("sky") is None:
        sky = spec.add_texture(name="sky", type=mujoco.mjtTexture.mjTEXTURE_SKYBOX)
        sky.builtin, sky.width, sky.height = mujoco.mjtBuiltin.mjBUILTIN_GRADIENT, 128, 768
        sky.rgb1, sky.rgb2 = [0.75, 0.8, 0.86], [0.45, 0.5, 0.56]


def _color(prim: Usd.Prim, nominal: float) -> np.ndarray:
    light = UsdLux.LightAPI(prim)
    intensity = float(light.GetIntensityAttr().Get() or 0.0) * 2.0 ** float(light.GetExposureAttr().Get() or 0.0)
    if not np.isfinite(intensity) or intensity < 0:
        raise InputError(f"{prim.GetPath()}: light intensity {intensity} is not usable.", remedy="correct the light.")
    return np.asarray(light.GetColorAttr().Get(), float) * min(intensity / nominal, 4.0)
