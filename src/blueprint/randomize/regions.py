"""The regions of a scene in world coordinates, as a document and as `replicator/placement_regions.usda`."""

from pathlib import Path

import numpy as np

from blueprint.contracts.asset import AssetModel, Region
from blueprint.contracts.frames import Pose, Vec3, matrix_from_quat_wxyz
from blueprint.contracts.scene import Scene
from blueprint.contracts.variation import PlacementRegion, PlacementRegions
from blueprint.randomize.space import clutter_sources
from blueprint.usd.prims import new_stage, place, write_text

__all__ = ["fits", "placement_regions", "pose_world_region", "write_placement_regions"]

_ROOT = "PlacementRegions"


def placement_regions(scene: Scene) -> PlacementRegions:
    """Return every declared region of every object, joints closed, in the manifest's order.

    `position` is the centre of the surface, `size` its extents along its own x and y and the free height above it, m;
    `rotation` is roll, pitch, yaw in radians about the fixed axes x, y, z. `suitable_for` lists the categories of the
    scene's own small assets that fit by size.
    """
    sources = [scene.asset(item.id) for item in clutter_sources(scene)]
    found = []
    for item in scene.objects:
        for region in scene.asset(item.id).regions:
            pose = pose_world_region(scene, item.id, region, scene.pose_world_object(item.id)).rounded()
            half_x, half_y = region.half_extents
            where = "in" if region.is_container else "on"
            noun = item.category or scene.asset(item.id).category
            found.append(
                PlacementRegion(
                    name=f"{item.id}__{region.name}",
                    description=f"{where} the {region.name} of {item.name or item.id} ({region.outline})",
                    surface_type=region.kind,
                    parent_object_id=item.id,
                    region=region.name,
                    position=pose.position,
                    size=(2 * half_x, 2 * half_y, region.clearance_m),
                    rotation=_roll_pitch_yaw(pose),
                    semantic_tags=[noun, region.kind, *(["container"] if region.is_container else [])],
                    suitable_for=sorted({asset.category for asset in sources if fits(asset, region)}),
                )
            )
    return PlacementRegions(scene_id=scene.scene_id, regions=found)


def pose_world_region(scene: Scene, object_id: str, region: Region, pose_world_object: Pose) -> Pose:
    """Return the frame of a region of an object that stands at `pose_world_object`, joints closed."""
    return pose_world_object @ scene.asset(object_id).pose_asset_region(region)


def fits(asset: AssetModel, region: Region) -> bool:
    """Return whether an asset, upright and in some heading, is within a region's outline and free height."""
    x, y, z = asset.size_m
    half_x, half_y = region.half_extents
    if z > region.clearance_m:
        return False
    if region.outline == "disc":
        return bool(np.hypot(x, y) / 2 <= half_x)
    return min(x, y) <= 2 * min(half_x, half_y) and max(x, y) <= 2 * max(half_x, half_y)


def write_placement_regions(regions: PlacementRegions, path: Path) -> None:
    """Write one Xform per region, with a guide plane of its size and its description as attributes `region:*`.

    Scripts that scatter assets read the attributes; `region:rotation` is in radians as in the document.
    """
    from pxr import Sdf, UsdGeom

    stage = new_stage(_ROOT)
    types = Sdf.ValueTypeNames
    for region in regions.regions:
        prim = UsdGeom.Xform.Define(stage, f"/{_ROOT}/{region.name}").GetPrim()
        place(prim, _pose(region))
        for name, kind, value in (
            ("name", types.String, region.name),
            ("description", types.String, region.description),
            ("surface_type", types.Token, region.surface_type),
            ("parent_object_id", types.String, region.parent_object_id),
            ("region", types.String, region.region),
            ("position", types.Double3, region.position),
            ("size", types.Double3, region.size),
            ("rotation", types.Double3, region.rotation),
            ("semantic_tags", types.StringArray, region.semantic_tags),
            ("suitable_for", types.StringArray, region.suitable_for),
        ):
            prim.CreateAttribute(f"region:{name}", kind, True).Set(value)
        plane = UsdGeom.Plane.Define(stage, prim.GetPath().AppendChild("surface"))
        plane.CreateAxisAttr("Z")
        plane.CreateWidthAttr(region.size[0])
        plane.CreateLengthAttr(region.size[1])
        plane.CreatePurposeAttr(UsdGeom.Tokens.guide)
        half = (region.size[0] / 2, region.size[1] / 2)
        plane.CreateExtentAttr([(-half[0], -half[1], 0), (half[0], half[1], 0)])
    write_text(stage, path)


def _pose(region: PlacementRegion) -> Pose:
    from blueprint.contracts.frames import quat_wxyz_from_euler_xyz

    return Pose.of(region.position, quat_wxyz_from_euler_xyz(*region.rotation)).rounded()


def _roll_pitch_yaw(pose: Pose) -> Vec3:
    """Inverse of `quat_wxyz_from_euler_xyz`; at ±90° of pitch all of the turn about x and z is called yaw."""
    m = matrix_from_quat_wxyz(pose.quat_wxyz)
    pitch = float(np.arcsin(np.clip(-m[2, 0], -1.0, 1.0)))
    if abs(m[2, 0]) > 1 - 1e-12:
        return 0.0, round(pitch, 9), round(float(np.arctan2(-m[0, 1], m[1, 1])), 9)
    roll, yaw = float(np.arctan2(m[2, 1], m[2, 2])), float(np.arctan2(m[1, 0], m[0, 0]))
    return round(roll, 9) + 0.0, round(pitch, 9) + 0.0, round(yaw, 9) + 0.0
