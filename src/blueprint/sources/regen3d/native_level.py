"""How down is found in an output folder of 3D-RE-GEN: from its floor plane, else from less and less."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from blueprint.assets.lexicon import stands_on_floor
from blueprint.contracts.errors import InputError, UnsafePathError
from blueprint.contracts.frames import Pose, y_up_frame
from blueprint.sources.regen3d.contain import entries, optional_file
from blueprint.sources.regen3d.gravity import UP, Level, fit_plane, floor_in_points, level_at, usable
from blueprint.sources.regen3d.names import is_floor, parse_name
from blueprint.sources.regen3d.native_things import FoundThing
from blueprint.sources.regen3d.point_cloud import read_cloud
from blueprint.sources.regen3d.roles import category_of_label

__all__ = ["find_level"]

Array = NDArray[np.float64]
_PLANE = "pointclouds/PLANE_SAMPLED.ply"
_LOW = 2.0  # per cent of the points below the floor: reconstructions have stray ones
_AGREE_RAD = np.radians(5)
_LEAST_TILT_RAD = np.radians(1)


def find_level(root: Path, things: list[FoundThing], notes: list[str]) -> tuple[Level, Array]:
    """Return the level frame and the floor's points, in the camera's frame turned Z-up (N, 3; maybe none).

    `Level.how` is "plane" (the one that the reconstruction fitted), "floor_points" (RANSAC on the floor's points),
    "object_axes" (the up that furniture agrees on) or "camera_up"; a note tells why a better one was not used.
    """
    floor = _floor_points(root, notes)
    sampled = _sampled_plane(root, notes)
    if sampled is not None:
        return sampled, floor
    if len(floor):
        found = floor_in_points(floor)
        if found is not None:
            plane, share = found
            notes.append(f"the floor is a plane through {share:.0%} of its {len(floor)} points")
            return level_at(plane.normal, float(plane.normal @ plane.point), "floor_points"), floor
        notes.append(f"{len(floor)} floor points hold no plane that a camera could stand over")
    axis = _agreed_axis(things)
    if axis is not None:
        notes.append("gravity is the up axis that the furniture agrees on")
        return level_at(axis, lambda turn: _height(turn, floor, things), "object_axes"), floor
    notes.append("gravity is the camera's up axis: nothing tells how the camera was pitched")
    return level_at(UP, lambda turn: _height(turn, floor, things), "camera_up"), floor


def _sampled_plane(root: Path, notes: list[str]) -> Level | None:
    path = optional_file(root, _PLANE)
    if path is None:
        notes.append(f"there is no {_PLANE}")
        return None
    try:
        plane = fit_plane(_turned(read_cloud(path, root)))
    except UnsafePathError:
        raise
    except InputError as error:
        notes.append(f"{_PLANE} is not used: {error}")
        return None
    if plane is None or not usable(plane):
        notes.append(f"{_PLANE} is not used: " + ("no plane" if plane is None else "it is steeper than 60°"))
        return None
    return level_at(plane.normal, float(plane.normal @ plane.point), "plane")


def _floor_points(root: Path, notes: list[str]) -> Array:
    """Points of all floor-like labels in `pointclouds/`, Z-up; none where there are none."""
    clouds = [np.zeros((0, 3))]
    for name in entries(root, "pointclouds"):
        parsed = parse_name(Path(name).stem) if name.lower().endswith(".ply") else None
        if parsed is None or not is_floor(parsed.label):
            continue
        try:
            path = optional_file(root, f"pointclouds/{name}")
            if path is not None:
                clouds.append(_turned(read_cloud(path, root)))
        except UnsafePathError:
            raise
        except InputError as error:
            notes.append(f"pointclouds/{name} is not used: {error}")
    return np.concatenate(clouds)


def _turned(points: Array) -> Array:
    return y_up_frame((0, 0, 0)).apply(points)


def _agreed_axis(things: list[FoundThing]) -> Array | None:
    """The mean up axis of what stands on the floor, where two or more agree to 5° and it is not the camera's own up.

    3D-RE-GEN stands such things on the plane that it fitted, also where its file is lost; without a plane it gives
    them the camera's up.
    """
    found = [thing.own_up for thing in things if stands_on_floor(category_of_label(thing.name.label))]
    axes = np.array([axis for axis in found if axis is not None])
    if len(axes) < 2:
        return None
    median = np.median(axes, axis=0)
    median /= max(float(np.linalg.norm(median)), 1e-12)
    alike = axes[axes @ median >= np.cos(_AGREE_RAD)]
    if len(alike) < max(2, len(axes) / 2):
        return None
    mean = alike.mean(axis=0) / np.linalg.norm(alike.mean(axis=0))
    return mean if np.cos(np.radians(60)) <= mean @ UP < np.cos(_LEAST_TILT_RAD) else None


def _height(turn: Pose, floor: Array, things: list[FoundThing]) -> float:
    """The height of the floor in the turned frame: under the floor's points, else the furniture, else everything.

    Reconstructions have stray points below the floor, so it is the median foot of furniture, and else a percentile.
    """
    furniture = [thing for thing in things if stands_on_floor(category_of_label(thing.name.label))]
    feet = [turn.apply(thing.outline)[:, 2].min() for thing in furniture]
    if len(floor) or not feet:
        points = floor if len(floor) else np.concatenate([thing.sample for thing in things])
        return float(np.percentile(turn.apply(points)[:, 2], _LOW))
    return float(np.median(feet))
