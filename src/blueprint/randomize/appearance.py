"""What a variation changes of looks: tints, patterns, lights, the sky beyond the scene."""

import mujoco
import numpy as np

from blueprint.contracts.frames import Vec3, quat_multiply, quat_wxyz_from_axis_angle, quat_wxyz_from_yaw, rotate
from blueprint.contracts.variation import LightSample

__all__ = ["PATTERNS", "SKIES", "apply_environment", "apply_light", "pattern", "tint"]

KEY_LIGHT = "key"
# (top, horizon), linear RGB: overcast, evening, blue hour, studio
SKIES = (
    ((0.78, 0.80, 0.83), (0.55, 0.58, 0.62)),
    ((0.95, 0.76, 0.55), (0.62, 0.42, 0.38)),
    ((0.42, 0.52, 0.72), (0.20, 0.24, 0.36)),
    ((0.93, 0.93, 0.90), (0.82, 0.82, 0.80)),
)
PATTERNS = ("own", "checker", "gradient", "speckles")
_PATTERN_PX = 128
_CONTRAST = 0.75  # of the second colour against the first
_TILES_PER_M = 4.0
_COPIED = ("emission", "metallic", "reflectance", "roughness", "shininess", "specular")


def tint(spec: mujoco.MjSpec, geom: mujoco.MjsGeom, object_id: str, factors: Vec3) -> None:
    """Colour a visual geom; its material is shared with other objects, so that it gets a copy of its own."""
    if geom.contype or geom.conaffinity:
        return
    if not geom.material:
        geom.rgba = _tinted(geom.rgba, factors)
        return
    copy = _own_material(spec, geom, object_id)
    if copy is not None:
        copy.rgba = _tinted(copy.rgba, factors)


def pattern(spec: mujoco.MjSpec, geom: mujoco.MjsGeom, object_id: str, number: int) -> None:
    """Cover a visual geom with a pattern of PATTERNS in shades of its own colour; 0 leaves it as it is.

    The texture is projected from the faces of a cube, since not every mesh has texture coordinates.
    """
    if number == 0 or geom.contype or geom.conaffinity:
        return
    rgba = np.asarray(spec.material(geom.material).rgba if geom.material else geom.rgba)
    name = f"pattern{number}__{object_id}"
    if spec.texture(name) is None:
        texture = spec.add_texture(name=name, type=mujoco.mjtTexture.mjTEXTURE_CUBE)
        texture.builtin = (
            mujoco.mjtBuiltin.mjBUILTIN_CHECKER,
            mujoco.mjtBuiltin.mjBUILTIN_GRADIENT,
            mujoco.mjtBuiltin.mjBUILTIN_FLAT,
        )[number - 1]
        texture.rgb1, texture.rgb2 = rgba[:3], rgba[:3] * _CONTRAST
        texture.width = texture.height = _PATTERN_PX
        if number == 3:
            texture.mark, texture.random = mujoco.mjtMark.mjMARK_RANDOM, 0.1
            texture.markrgb = rgba[:3] * _CONTRAST
        material = spec.add_material(name=name, rgba=[1.0, 1.0, 1.0, rgba[3]])
        material.textures[mujoco.mjtTextureRole.mjTEXROLE_RGB] = name
        material.texuniform = True
        material.texrepeat = [_TILES_PER_M, _TILES_PER_M]
    geom.material = name


def apply_light(spec: mujoco.MjSpec, sample: LightSample) -> None:
    """Dim, colour and turn the key light about the vertical through the world's origin; scale what else shines."""
    if sample == LightSample():
        return
    for light in spec.lights:
        if light.name != KEY_LIGHT:
            light.diffuse = np.asarray(light.diffuse) * sample.ambient_factor
            light.ambient = np.asarray(light.ambient) * sample.ambient_factor
    headlight = spec.visual.headlight
    headlight.ambient = np.asarray(headlight.ambient) * sample.ambient_factor
    headlight.diffuse = np.asarray(headlight.diffuse) * sample.ambient_factor
    key = spec.light(KEY_LIGHT)
    if key is None:
        return
    factor = sample.intensity_factor * np.asarray(sample.color)
    key.diffuse, key.specular = np.asarray(key.diffuse) * factor, np.asarray(key.specular) * factor
    turn = _turn(sample, key.dir)
    key.dir, key.pos = rotate(turn, key.dir), rotate(turn, key.pos)


def apply_environment(spec: mujoco.MjSpec, number: int) -> None:
    """Put sky `number` (1 to 4 of SKIES) behind the scene; 0 keeps its own."""
    if number == 0:
        return
    for texture in list(spec.textures):
        if texture.type == mujoco.mjtTexture.mjTEXTURE_SKYBOX:
            spec.delete(texture)
    top, horizon = SKIES[number - 1]
    spec.add_texture(
        name=f"sky_{number}",
        type=mujoco.mjtTexture.mjTEXTURE_SKYBOX,
        builtin=mujoco.mjtBuiltin.mjBUILTIN_GRADIENT,
        rgb1=top,
        rgb2=horizon,
        width=64,
        height=64,
    )


def _turn(sample: LightSample, direction: np.ndarray) -> np.ndarray:
    """Return the rotation about the vertical, after a tilt towards the horizon about the level axis across the light.

    A light straight down has no such axis; it is tilted about X.
    """
    across = np.cross(direction, (0.0, 0.0, 1.0))
    length = float(np.linalg.norm(across))
    axis = across / length if length > 1e-9 else np.array([1.0, 0.0, 0.0])
    tilt = quat_wxyz_from_axis_angle(axis, sample.elevation_rad)
    return quat_multiply(quat_wxyz_from_yaw(sample.azimuth_rad), tilt)


def _own_material(spec: mujoco.MjSpec, geom: mujoco.MjsGeom, object_id: str) -> mujoco.MjsMaterial | None:
    """Give a geom a copy of its material that is this object's alone; None where it has one already."""
    name = f"{geom.material}__{object_id}"
    known = spec.material(name)
    original = spec.material(geom.material)
    geom.material = name
    if known is not None:
        return None
    copy = spec.add_material(name=name, rgba=original.rgba)
    for field in _COPIED:
        setattr(copy, field, getattr(original, field))
    copy.texrepeat, copy.texuniform = original.texrepeat, original.texuniform
    for role, texture in enumerate(original.textures):
        copy.textures[role] = texture
    return copy


def _tinted(rgba: np.ndarray, factors: Vec3) -> np.ndarray:
    return np.append(np.clip(np.asarray(rgba)[:3] * factors, 0.0, 1.0), rgba[3])
