"""What a prepared thing can be used for: where things stand on it, how it is grasped, how it comes to lie."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.asset import AssetModel, Grasp, Link, Region
from blueprint.contracts.frames import Pose
from blueprint.contracts.mesh_report import GraspReport, StablePose
from blueprint.physics.inertia import with_inertials
from blueprint.physics.materials import physics_material
from blueprint.sources.imported.asset import ImportedAsset
from blueprint.sources.meshes.grasp_trial import GraspTrials
from blueprint.sources.meshes.mesh_grasps import antipodal_grasps
from blueprint.sources.meshes.stable_poses import stable_poses
from blueprint.sources.meshes.support_surfaces import find_surfaces

__all__ = ["Function", "find_function"]

Array = NDArray[np.float64]
Surface = tuple[Array, NDArray[np.int32]]
_SMALL = ("manipulable_object", "clutter")
_GRASPABLE_KG = 2.0
_BARELY_M = 0.01


@dataclass(frozen=True)
class Function:
    """Regions and held grasps in their links' frames, what was tried, and how the thing comes to lie."""

    regions: list[Region]
    grasps: list[Grasp]
    report: GraspReport = field(default_factory=GraspReport)
    stable_poses: list[StablePose] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def find_function(imported: ImportedAsset, surfaces: dict[str, Surface]) -> Function:
    """Return what was found on the surfaces of an asset's links, each in its own frame as the source has it.

    Places are looked for on the root and inside of drawers; grasps on small rigid things under 2 kg, of which only
    those stay that hold in physics.
    """
    model = with_inertials(imported.asset.model)
    root = model.links[0]
    own = {name: surface for name, surface in surfaces.items() if name != root.name}
    if root.name in surfaces:
        vertices, faces = surfaces[root.name]
        own[root.name] = (imported.pose_source_asset.inverse().apply(vertices), faces)
    regions = _regions(model, own)
    if not root.colliders or root.inertial is None or root.name not in own:
        return Function(regions, [])
    poses = stable_poses(root.colliders, np.array(root.inertial.center_of_mass)) if len(model.links) == 1 else []
    if model.sim_role not in _SMALL or len(model.links) > 1 or model.mass_kg > _GRASPABLE_KG:
        return Function(regions, [], stable_poses=poses)
    return _with_grasps(root, own[root.name], Function(regions, [], stable_poses=poses))


def _with_grasps(root: Link, surface: Surface, use: Function) -> Function:
    assert root.inertial is not None
    found = antipodal_grasps(*surface, np.array(root.inertial.center_of_mass), root.name)
    trials = GraspTrials(root.colliders, root.inertial, physics_material(root.physics_material).static_friction)
    held = [grasp for grasp in found.grasps if trials.holds(grasp)]
    tried = len(found.grasps)
    report = GraspReport(candidates=found.candidates, tried=tried, held=len(held), method="antipodal")
    warnings = [] if held else [f"no grasp holds it: {found.candidates} candidates, {tried} tried"]
    return Function(use.regions, held, report, use.stable_poses, warnings)


def _regions(model: AssetModel, surfaces: dict[str, Surface]) -> list[Region]:
    poses = model.poses_asset_link()
    found = []
    for number, link in enumerate(model.links):
        if link.name not in surfaces or (number > 0 and (link.joint is None or link.joint.type != "prismatic")):
            continue
        own = find_surfaces(*surfaces[link.name], link.colliders, link.name)
        if number > 0:
            inside = [region for region in own if region.is_container][:1]
            own = [region.model_copy(update={"kind": "drawer", "name": f"{link.name}_drawer"}) for region in inside]
        others = [(poses[name], surface) for name, surface in surfaces.items() if name != link.name]
        for region in own:
            if not _is_occupied(poses[link.name] @ region.pose_link_region, region, others):
                found.append(region)
    return found


def _is_occupied(pose: Pose, region: Region, others: list[tuple[Pose, Surface]]) -> bool:
    """Whether another link stands in a region's space at rest: a shelf that is seen behind a drawer is no place."""
    inverse = pose.inverse()
    for pose_asset_link, (vertices, faces) in others:
        points = np.concatenate([vertices, vertices[faces].mean(axis=1)])
        x, y, z = inverse.apply(pose_asset_link.apply(points)).T
        within = (np.abs(x) < 0.9 * region.half_extents[0]) & (np.abs(y) < 0.9 * region.half_extents[1])
        if (within & (z > _BARELY_M) & (z < region.clearance_m - _BARELY_M)).any():
            return True
    return False
