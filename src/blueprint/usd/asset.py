"""One asset as a SimReady folder: `sim/<asset_id>.usda` (interface) over `sim/payloads/geometry.usdc` (shapes).

SimReady (AA.001) takes the folder of the interface layer as the asset's root, so everything it needs lies below `sim/`.
"""

from pathlib import Path

from pxr import Gf, Sdf, Usd, UsdGeom, UsdPhysics, UsdShade

from blueprint.assets.geometry import Asset
from blueprint.contracts.asset import AssetModel, ConvexShape, Inertial, Link
from blueprint.contracts.document import write_atomically
from blueprint.contracts.errors import InputError
from blueprint.usd.attributes import COLLIDERS, GRASPS, JOINTS, LOOKS, VISUALS, WORLD_MOUNT
from blueprint.usd.joint import define_joint
from blueprint.usd.material import (
    bind_physics,
    bind_surface,
    define_physics_material,
    define_surface,
    write_texture,
)
from blueprint.usd.prims import define_scope, new_stage, place, quatf, write_crate, write_text
from blueprint.usd.semantics import label, simready_metadata, wikidata_qcode
from blueprint.usd.shape import define_collider, define_grasp, define_mesh

__all__ = ["author_asset", "interface_path", "is_static"]

_STATIC_ROLES = ("scene_shell", "background")
_RESERVED = {LOOKS, VISUALS, COLLIDERS, JOINTS, GRASPS, WORLD_MOUNT}


def interface_path(folder: Path, asset_id: str) -> Path:
    """Return where `author_asset` puts the interface layer of an asset folder."""
    return folder / "sim" / f"{asset_id}.usda"


def is_static(model: AssetModel) -> bool:
    """Return whether an asset has no rigid bodies: architecture, and what nothing can touch (rugs, curtains)."""
    return model.sim_role in _STATIC_ROLES or not any(link.colliders for link in model.links)


def author_asset(asset: Asset, folder: Path, *, thumbnail_png: bytes | None = None) -> Path:
    """Write an asset's USD files and textures below `folder` (its own folder) and return the interface layer.

    A link becomes a rigid body with mass, centre of mass and principal inertia; an asset of one link is that body
    itself, an articulated one holds its links side by side with the articulation root on the first. Architecture
    (sim_role scene_shell or background) gets colliders only, an asset without colliders is only seen. The same asset
    gives the same bytes.
    `thumbnail_png` is kept at `sim/.thumbs/256x256/`. Raises InputError where a link of a movable asset has no
    inertial, or where a mesh, texture or physics material is missing.
    """
    model = asset.model
    _check(asset)
    for name, image in sorted(asset.textures.items()):
        write_texture(folder / "sim" / "textures" / f"{name}.png", image)
    write_crate(_geometry(asset), folder / "sim" / "payloads" / "geometry.usdc")
    path = interface_path(folder, model.asset_id)
    write_text(_interface(asset), path, payloads={f"/{model.asset_id}": "./payloads/geometry.usdc"})
    if thumbnail_png is not None:
        write_atomically(path.parent / ".thumbs" / "256x256" / f"{path.name}.png", thumbnail_png)
    return path


def _check(asset: Asset) -> None:
    model = asset.model
    remedy = "run physics preparation (physics.inertia.with_inertials) first."
    for link in model.links:
        if not is_static(model) and link.inertial is None:
            raise InputError(f"asset {model.asset_id}: link {link.name} has no inertial.", remedy=remedy)
        if link.name in _RESERVED and len(model.links) > 1:
            raise InputError(f"asset {model.asset_id}: a link may not be called {link.name!r}.", remedy="rename it.")
        for visual in link.visuals:
            if visual.mesh not in asset.meshes:
                raise InputError(
                    f"asset {model.asset_id}: link {link.name} names mesh {visual.mesh!r}; there are "
                    f"{sorted(asset.meshes)}.",
                    remedy="regenerate the asset.",
                )
    for surface in model.materials:
        if surface.texture is not None and surface.texture not in asset.textures:
            raise InputError(
                f"asset {model.asset_id}: material {surface.name} names texture {surface.texture!r}; there are "
                f"{sorted(asset.textures)}.",
                remedy="regenerate the asset.",
            )


def link_path(model: AssetModel, link_name: str) -> Sdf.Path:
    """Return the prim of a link inside the asset's own file."""
    root = Sdf.Path(f"/{model.asset_id}")
    return root if len(model.links) == 1 else root.AppendChild(link_name)


def _geometry(asset: Asset) -> Usd.Stage:
    model = asset.model
    stage = new_stage(model.asset_id)
    poses = model.poses_asset_link()
    for link in model.links:
        path = link_path(model, link.name)
        prim = UsdGeom.Xform.Define(stage, path).GetPrim()
        if path.pathElementCount > 1:
            place(prim, poses[link.name])
        visuals = path.AppendChild(VISUALS)
        define_scope(stage, visuals)
        for visual in link.visuals:
            define_mesh(stage, visuals.AppendChild(visual.mesh), asset.meshes[visual.mesh])
        colliders = path.AppendChild(COLLIDERS)
        define_scope(stage, colliders)
        for collider in link.colliders:
            define_collider(stage, colliders.AppendChild(collider.name), collider)
        grasps = [grasp for grasp in model.grasps if grasp.link == link.name]
        if grasps:
            define_scope(stage, path.AppendChild(GRASPS))
        for grasp in grasps:
            define_grasp(stage, _grasp_path(path, grasp.name), grasp)
    return stage


def _grasp_path(link: Sdf.Path, name: str) -> Sdf.Path:
    return link.AppendChild(GRASPS).AppendChild(f"grasp_identifier_{name}")


def _interface(asset: Asset) -> Usd.Stage:
    model = asset.model
    stage = new_stage(model.asset_id)
    root = stage.GetDefaultPrim()
    Usd.ModelAPI(root).SetKind("component")
    Usd.ModelAPI(root).SetAssetName(model.asset_id)
    label(root, "class", model.category)
    label(root, "wikidata_qcode", wikidata_qcode(model.category))
    looks = root.GetPath().AppendChild(LOOKS)
    define_scope(stage, looks)
    surfaces = {
        surface.name: define_surface(
            stage,
            looks.AppendChild(surface.name),
            surface,
            f"./textures/{surface.texture}.png" if surface.texture else None,
        )
        for surface in model.materials
    }
    frictions = {
        name: define_physics_material(stage, looks.AppendChild(f"physics_{name}"), name)
        for name in sorted({link.physics_material for link in model.links})
    }
    for link in model.links:
        _author_link(stage, model, link, surfaces, frictions[link.physics_material])
    if len(model.links) > 1 and not is_static(model):
        joints = root.GetPath().AppendChild(JOINTS)
        define_scope(stage, joints)
        for link in model.links[1:]:
            name = link.joint.name if link.joint else f"{link.name}_fixed"
            define_joint(
                stage,
                joints.AppendChild(name),
                link,
                link_path(model, link.parent or ""),
                link_path(model, link.name),
            )
    bodies = 0 if is_static(model) else len(model.links)
    mass = sum(link.inertial.mass_kg for link in model.links if link.inertial)
    stage.GetRootLayer().customLayerData = simready_metadata(model, bodies, mass)
    return stage


def _author_link(
    stage: Usd.Stage,
    model: AssetModel,
    link: Link,
    surfaces: dict[str, UsdShade.Material],
    friction: UsdShade.Material,
) -> None:
    path = link_path(model, link.name)
    prim = stage.OverridePrim(path)
    if not is_static(model) and link.inertial is not None:
        _author_body(prim, link.inertial)
        if link.parent is None and model.is_articulated:
            UsdPhysics.ArticulationRootAPI.Apply(prim)
    for visual in link.visuals:
        mesh = stage.OverridePrim(path.AppendChild(VISUALS).AppendChild(visual.mesh))
        bind_surface(mesh, surfaces[visual.material])
    for collider in link.colliders:
        shape = stage.OverridePrim(path.AppendChild(COLLIDERS).AppendChild(collider.name))
        UsdPhysics.CollisionAPI.Apply(shape)
        if isinstance(collider.shape, ConvexShape):
            UsdPhysics.MeshCollisionAPI.Apply(shape).CreateApproximationAttr("convexHull")
        bind_physics(shape, friction)
    for grasp in model.grasps:
        if grasp.link == link.name:
            bind_surface(stage.OverridePrim(_grasp_path(path, grasp.name)), friction)


def _author_body(prim: Usd.Prim, inertial: Inertial) -> None:
    UsdPhysics.RigidBodyAPI.Apply(prim)
    mass = UsdPhysics.MassAPI.Apply(prim)
    mass.CreateMassAttr(inertial.mass_kg)
    mass.CreateCenterOfMassAttr(Gf.Vec3f(*inertial.center_of_mass))
    mass.CreateDiagonalInertiaAttr(Gf.Vec3f(*inertial.principal_moments))
    mass.CreatePrincipalAxesAttr(quatf(inertial.quat_wxyz_principal))
