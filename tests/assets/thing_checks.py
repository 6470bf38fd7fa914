"""What every rigid thing must hold: its size, its colliders and regions, and that it stands still where it is put."""

from functools import cache
from pathlib import Path

import mujoco
import numpy as np

from blueprint.assets.geometry import Asset
from blueprint.assets.registry import AssetRequest, categories, generate
from blueprint.contracts.asset import Collider
from blueprint.contracts.frames import quat_angle
from blueprint.mjcf.usd_loader import load_stage
from blueprint.physics.extent import shape_points
from blueprint.physics.inertia import with_inertials
from blueprint.usd.asset import author_asset

GAP_M = 0.0002


@cache
def made(category: str, seed: int = 1, size: str | None = None) -> Asset:
    """Return the asset with its inertials."""
    asset = generate(AssetRequest(category, seed, size=size))
    return Asset(with_inertials(asset.model), asset.meshes, asset.textures)


def triangles(asset: Asset) -> int:
    return sum(len(mesh.faces) for mesh in asset.meshes.values())


def occupied(asset: Asset) -> tuple[np.ndarray, np.ndarray]:
    """Return the lowest and highest corner of the colliders, m."""
    corners = np.concatenate([_outline(item) for item in asset.model.links[0].colliders])
    return corners.min(axis=0), corners.max(axis=0)


def _outline(item: Collider) -> np.ndarray:
    if item.shape.kind == "capsule":
        ends = item.pose_link_shape.apply([[0, 0, -item.shape.half_length], [0, 0, item.shape.half_length]])
        return np.concatenate([ends - item.shape.radius, ends + item.shape.radius])
    return np.asarray(item.pose_link_shape.apply(shape_points(item.shape)))


def faults(asset: Asset) -> list[str]:
    """Return what is wrong with the asset's shape: nothing, for a sound one."""
    model, item = asset.model, categories()[asset.model.category]
    small = item.footing == "surface"
    low, high = np.array(item.size_range_m)
    size = np.array(model.size_m)
    bottom, top = occupied(asset)
    points = np.concatenate([mesh.vertices for mesh in asset.meshes.values()])
    hung = item.footing in ("wall", "ceiling")
    found = {
        f"extent {size} outside {low} to {high}": np.any(size < low) or np.any(size > high),
        f"{triangles(asset)} triangles": triangles(asset) > (3000 if small else 6000),
        f"{len(model.links[0].colliders)} colliders": len(model.links[0].colliders) > (16 if small else 25),
        f"colliders start at z = {bottom[2]:.4f}": abs(bottom[2]) > 2e-4 and not hung,
        f"seen from z = {points[:, 2].min():.4f}": abs(points[:, 2].min()) > 1.5e-3,
        f"colliders reach beyond what is seen: {bottom} {top}": np.any(top[:2] > size[:2] / 2 + 0.012)
        or np.any(bottom[:2] < -size[:2] / 2 - 0.012)
        or top[2] > size[2] + 0.008,
        "grasp wider than a gripper": any(grasp.width_m > 0.0751 for grasp in model.grasps),
    }
    for region in model.regions:
        x, _, z = region.pose_link_region.position
        beyond = abs(x) + region.half_extents[0] > size[0] / 2 or abs(z - size[2] / 2) > size[2] / 2 + 1e-3
        found[f"region {region.name} lies outside"] = beyond
    return [fault for fault, wrong in found.items() if wrong]


def drift(asset: Asset, folder: Path, seconds: float = 2.0) -> tuple[float, float]:
    """Return how far, m, and by what angle, degrees, the asset as loaded from its USD moves on a floor."""
    spec = load_stage(author_asset(asset, folder)).spec
    spec.option.timestep, spec.option.impratio = 0.002, 10
    spec.option.cone = mujoco.mjtCone.mjCONE_ELLIPTIC
    spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    spec.worldbody.add_geom(type=mujoco.mjtGeom.mjGEOM_PLANE, size=[5, 5, 0.1], condim=4)
    model = spec.compile()
    data = mujoco.MjData(model)
    data.qpos[2] += GAP_M
    start = data.qpos.copy()
    mujoco.mj_step(model, data, nstep=round(seconds / 0.002))
    turn = np.degrees(quat_angle(start[3:7], data.qpos[3:7]))
    return float(np.linalg.norm(data.qpos[:3] - start[:3])), float(turn)
