"""The reconstruction's boxes before it is scaled: `layout/scene_layout.json`."""

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.frames import Vec3, matrix_from_quat_wxyz
from blueprint.contracts.layout import LayoutObject, OrientedBox, RoomBox, SceneLayout
from blueprint.sources.regen3d.reconstruction import Reconstruction
from blueprint.sources.regen3d.scale_measure import Measured, measure

__all__ = ["unscaled_layout"]

_DIGITS = 6


def unscaled_layout(reconstruction: Reconstruction) -> SceneLayout:
    """Return an oriented box (half extents) per readable object, Z-up, in the reconstruction's own unit.

    The room box holds the objects and stands on the floor z = 0; `meters_per_unit` is what the reconstruction claims,
    1 where it claims nothing. `metadata.not_measured` names the meshes that cannot be read.
    """
    measured, refused = measure(reconstruction)
    corners = np.concatenate([np.zeros((1, 3)), *(item.corners() for item in measured)])
    claimed = reconstruction.meters_per_unit
    return SceneLayout(
        scene_id=reconstruction.scene_id,
        objects=[_object(item) for item in measured],
        room_box=RoomBox(min=_vec3(corners.min(axis=0)), max=_vec3(corners.max(axis=0))),
        scale_factor=1.0,
        meters_per_unit=1.0 if claimed is None else claimed,
        coordinate_frame="z_up",
        metadata={
            "source": "image",
            "backend": "regen3d",
            "is_metric": claimed is not None,
            "gravity": reconstruction.gravity,
            "not_measured": dict(sorted(refused.items())),
        },
    )


def _object(measured: Measured) -> LayoutObject:
    pose = measured.item.pose_world_mesh
    center = _vec3(pose.apply((measured.low + measured.high) / 2))
    rows = matrix_from_quat_wxyz(pose.quat_wxyz)
    points = measured.corners()
    return LayoutObject(
        id=measured.item.object_id,
        class_name=measured.item.label,
        center3d=center,
        obb=OrientedBox(
            center=center, extents=_vec3(measured.size / 2), R=(_vec3(rows[0]), _vec3(rows[1]), _vec3(rows[2]))
        ),
        bounds={"min": list(_vec3(points.min(axis=0))), "max": list(_vec3(points.max(axis=0)))},
        is_floor_contact=measured.item.is_floor_contact,
    )


def _vec3(values: NDArray[np.float64]) -> Vec3:
    x, y, z = (np.round(values, _DIGITS) + 0.0).tolist()
    return x, y, z
