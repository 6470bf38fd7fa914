"""The floor of a canonical tree that others wrote: upright it is, but its floor may be at any height."""

from dataclasses import replace

import numpy as np

from blueprint.contracts.frames import Pose
from blueprint.sources.regen3d.canonical_frames import stored
from blueprint.sources.regen3d.point_cloud import read_mesh_points
from blueprint.sources.regen3d.reconstruction import Reconstruction

__all__ = ["on_floor"]

_FLOOR_SHARE = 0.02  # of the scene's diagonal, by which the lowest things may miss z = 0 without the floor being there


def on_floor(reconstruction: Reconstruction) -> Reconstruction:
    """Return the reconstruction raised so that what is said to touch the floor stands at z = 0, and a note on it.

    Left as it is where the median foot is within 2 % of the scene's diagonal, or nothing is said to touch the floor.
    """
    lows, highs = [], []
    for item in reconstruction.objects:
        points = item.pose_world_mesh.apply(item.scale * read_mesh_points(item.mesh, reconstruction.root).vertices)
        lows.append(points.min(axis=0))
        highs.append(points.max(axis=0))
    feet = [low[2] for low, item in zip(lows, reconstruction.objects, strict=True) if item.is_floor_contact]
    if not feet:
        note = "nothing is said to touch the floor, so it is taken to be at height 0"
        return replace(reconstruction, notes=[*reconstruction.notes, note])
    floor, diagonal = float(np.median(feet)), np.linalg.norm(np.max(highs, axis=0) - np.min(lows, axis=0))
    return reconstruction if abs(floor) <= _FLOOR_SHARE * diagonal else _raised(reconstruction, -floor)


def _raised(reconstruction: Reconstruction, height: float) -> Reconstruction:
    lift = Pose.of((0.0, 0.0, height))
    objects = [replace(item, pose_world_mesh=stored(lift @ item.pose_world_mesh)) for item in reconstruction.objects]
    camera, background = reconstruction.camera, reconstruction.pose_world_background
    return replace(
        reconstruction,
        objects=objects,
        pose_world_background=stored(lift @ background) if reconstruction.background else background,
        camera=replace(camera, pose_world_camera=stored(lift @ camera.pose_world_camera)) if camera else None,
        notes=[*reconstruction.notes, f"raised by {height:.4g} units, so that what touches the floor is at height 0"],
    )
