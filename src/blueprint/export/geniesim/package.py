"""An asset package: `objects/<ns>/<category>/<asset_id>/` and `interaction/<asset_id>/` below the asset root."""

import pprint
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from blueprint.assets.geometry import Asset
from blueprint.contracts.asset import AssetModel, ConvexShape, Region
from blueprint.contracts.document import write_atomically
from blueprint.contracts.frames import Vec3, rotate
from blueprint.contracts.geniesim.grasp_file import GraspSet, npz_bytes, pickle_bytes
from blueprint.contracts.geniesim.package import (
    Interaction,
    InteractionActions,
    InteractionParts,
    ObjectParameters,
    PlaceElement,
)
from blueprint.contracts.ids import slug, validate_identifier
from blueprint.export.geniesim.frame import PackageFrame, package_frame
from blueprint.export.geniesim.grasps import grasp_set
from blueprint.export.geniesim.object_usd import ALIGNED, write_object_usd
from blueprint.physics.materials import physics_material
from blueprint.usd.asset import interface_path

__all__ = ["GRASP_FILE", "AssetPackage", "GripperReach", "object_folder", "write_package"]

GRASP_FILE = "grasp_pose/grasp_pose.pkl"
_NPZ_FILE = "grasp_pose/grasp_pose.npz"
_SNAPSHOT = "snapshot/Camera1.png"


@dataclass(frozen=True)
class GripperReach:
    """The gripper that grasps are for: how far it opens, and how far its tips are beyond its centre, m."""

    opening_m: float
    tip_beyond_m: float


@dataclass(frozen=True)
class AssetPackage:
    """A written package. `folder` is relative to the asset root, with a final slash, as templates name it."""

    asset_id: str
    folder: str
    model: AssetModel
    frame: PackageFrame
    grasps: GraspSet
    parameters: ObjectParameters
    interaction: Interaction


def object_folder(namespace: str, category: str, asset_id: str) -> str:
    """Return `objects/<ns>/<category>/<asset_id>/`."""
    return f"objects/{validate_identifier(namespace)}/{slug(category)}/{validate_identifier(asset_id)}/"


def write_package(asset: Asset, sim_dir: Path, root: Path, namespace: str, gripper: GripperReach) -> AssetPackage:
    """Write the package of an asset below the asset root and return it; the same asset gives the same bytes.

    An articulated asset has no grasp file: the client's planner moves rigid objects only. Raises InputError where the
    asset has no mass or unknown materials.
    """
    model, frame = asset.model, package_frame(asset)
    folder = object_folder(namespace, model.category, model.asset_id)
    grasps = _grasps(model, frame, gripper)
    package = AssetPackage(
        asset_id=model.asset_id,
        folder=folder,
        model=model,
        frame=frame,
        grasps=grasps,
        parameters=_parameters(model, frame, folder),
        interaction=_interaction(model, frame, grasps),
    )
    target = root / folder
    write_object_usd(asset, frame, target, sim_dir)
    package.parameters.write(target / "object_parameters.json")
    write_atomically(target / "description.py", _literal(_description(model)))
    write_atomically(target / "item.py", _literal(_item(model, frame)))
    usd = interface_path(sim_dir.parent, model.asset_id)
    thumbnail = usd.parent / ".thumbs" / "256x256" / f"{usd.name}.png"
    if thumbnail.is_file():
        (target / _SNAPSHOT).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(thumbnail, target / _SNAPSHOT)
    interaction = root / "interaction" / model.asset_id
    package.interaction.write(interaction / "interaction.json")
    if len(grasps):
        write_atomically(interaction / GRASP_FILE, pickle_bytes(grasps))
        write_atomically(interaction / _NPZ_FILE, npz_bytes(grasps))
    return package


def _grasps(model: AssetModel, frame: PackageFrame, gripper: GripperReach) -> GraspSet:
    if model.is_articulated:
        return GraspSet(np.zeros((0, 4, 4)), np.zeros(0))
    return grasp_set(model, frame, gripper.opening_m, gripper.tip_beyond_m)


def _parameters(model: AssetModel, frame: PackageFrame, folder: str) -> ObjectParameters:
    surface = physics_material(model.links[0].physics_material)
    colliders = [item for link in model.links for item in link.colliders]
    hull = len(colliders) == 1 and isinstance(colliders[0].shape, ConvexShape)
    limits = {link.name: {"lower": link.joint.lower, "upper": link.joint.upper} for link in model.links if link.joint}
    return ObjectParameters(
        object_id=model.asset_id,
        semantic_name=model.name,
        english_semantic_name=model.name,
        upAxis=["y"],
        size=frame.size,
        mass=round(model.mass_kg, 6),
        static_friction=surface.static_friction,
        dynamic_friction=surface.dynamic_friction,
        model_type="convexHull" if hull else "convexDecomposition",
        model_path=f"{folder}{ALIGNED}",
        is_articulated=model.is_articulated,
        part_joint_limits=limits or None,
        llm_descriptions=[model.description] if model.description else [],
        license=model.license.spdx,
        source=model.license.source,
    )


def _interaction(model: AssetModel, frame: PackageFrame, grasps: GraspSet) -> Interaction:
    """An object is put down on its bottom, and takes others at the middle of each of its regions."""
    bottom = PlaceElement(xyz=_vector(frame.points(np.zeros((1, 3)))[0]), direction=(0.0, -1.0, 0.0))
    regions = [] if model.is_articulated else model.regions
    return Interaction(
        interaction=InteractionParts(
            active=InteractionActions(place={"default": [bottom]}),
            passive=InteractionActions(
                place={region.name: [_onto(model, frame, region)] for region in regions},
                grasp={"default": [GRASP_FILE]} if len(grasps) else {},
            ),
        )
    )


def _onto(model: AssetModel, frame: PackageFrame, region: Region) -> PlaceElement:
    pose = frame.pose_asset_package.inverse() @ model.pose_asset_region(region)
    return PlaceElement(xyz=_vector(pose.position), direction=_vector(rotate(pose.quat_wxyz, (0.0, 0.0, -1.0))))


def _vector(values: object) -> Vec3:
    x, y, z = (float(value) for value in np.round(np.asarray(values, float), 6) + 0.0)
    return x, y, z


def _description(model: AssetModel) -> dict[str, Any]:
    """What Genie Sim's retrieval indexes: words, materials and dimensions (x, y, z with Z up)."""
    materials = sorted({link.mass_model.material for link in model.links})
    return {
        "semantic_name": [model.name],
        "object_category": [model.category],
        "color": _color_words(model),
        "shape": "articulated" if model.is_articulated else "rigid",
        "materials": materials,
        "dimensions": list(model.size_m),
        "unit": "m",
        "descriptive_terms": sorted(set(model.affordances)),
        "full_description": model.description or model.name,
    }


def _color_words(model: AssetModel) -> str:
    """The base colour of the first material as `rgb(r, g, b)`, linear, 0 to 1."""
    red, green, blue = model.materials[0].base_color
    return f"rgb({red:.2f}, {green:.2f}, {blue:.2f})"


def _item(model: AssetModel, frame: PackageFrame) -> dict[str, Any]:
    """The boxes that Genie Sim's scene language lays out with: Z up, around the asset's middle, quaternion xyzw."""
    width, height, depth = frame.size
    shapes: list[dict[str, Any]] = [_cube("bbox", (0.0, 0.0, 0.0), (width, depth, height))]
    center = np.array(frame.pose_asset_package.position)
    for region in model.regions:
        pose = model.pose_asset_region(region)
        hx, hy = region.half_extents
        shapes.append(_cube(region.name, _vector(np.array(pose.position) - center), (2 * hx, 2 * hy, 0.001)))
    shapes.append({**_cube("origin", _vector(-center), (0.01, 0.01, 0.01)), "type": "sphere"})
    return {
        "up_axis": "z",
        "has_joint": model.is_articulated,
        "has_articulation": model.is_articulated,
        "id": model.asset_id,
        "size": [width, depth, height],
        "shapes": shapes,
    }


def _cube(name: str, position: Vec3, size: Vec3) -> dict[str, Any]:
    return {
        "name": name,
        "type": "cube",
        "position": list(position),
        "quaternion": [0.0, 0.0, 0.0, 1.0],
        "size": list(size),
    }


def _literal(value: dict[str, Any]) -> bytes:
    """Return a Python literal as a file: `ast.literal_eval` reads it back."""
    return (pprint.pformat(value, indent=1, width=110, sort_dicts=False) + "\n").encode()
