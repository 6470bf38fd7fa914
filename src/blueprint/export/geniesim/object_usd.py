"""The USD files of an asset package: `Aligned.usd`, its Z-up wrapper `Aligned.usda`, and `collision.usda`.

The client reads the raw points of `Aligned.usd` and ignores transforms, so the meshes of a rigid asset are baked into
the package frame. An articulated asset keeps its links, below one transform.
"""

import shutil
from pathlib import Path

from pxr import Gf, Usd, UsdGeom, UsdPhysics, UsdShade

from blueprint.assets.geometry import Asset, TriangleMesh
from blueprint.contracts.asset import AssetModel, Collider, ConvexShape, Link, MassModel
from blueprint.contracts.frames import IDENTITY, rotate, y_up_frame
from blueprint.export.geniesim.frame import PackageFrame
from blueprint.physics.inertia import link_inertial, link_mass
from blueprint.physics.materials import physics_material
from blueprint.usd.material import bind_physics, bind_surface, define_physics_material, define_surface, write_texture
from blueprint.usd.prims import define_scope, new_stage, place, quatf, write_crate, write_text
from blueprint.usd.shape import define_collider, define_mesh

__all__ = ["ALIGNED", "COLLISION", "WRAPPER", "merged_link", "write_object_usd"]

ALIGNED, WRAPPER, COLLISION = "Aligned.usd", "Aligned.usda", "collision.usda"


def write_object_usd(asset: Asset, frame: PackageFrame, folder: Path, sim_dir: Path) -> list[Path]:
    """Write the three files and their textures into `folder` and return them; `sim_dir` is the asset's own USD folder.

    The same asset gives the same bytes. Raises InputError where an asset has no mass or unknown materials.
    """
    if asset.model.is_articulated:
        return _write_articulated(asset.model, frame, folder, sim_dir)
    textures = [folder / "textures" / f"{name}.png" for name in sorted(asset.textures)]
    for path in textures:
        write_texture(path, asset.textures[path.stem])
    write_crate(_aligned(asset, frame), folder / ALIGNED)
    _write_wrapper(folder)
    collision = _collision(asset.model, frame)
    write_text(collision, folder / COLLISION, references={f"/{asset.model.asset_id}/visuals": f"./{ALIGNED}"})
    return [folder / ALIGNED, folder / WRAPPER, folder / COLLISION, *textures]


def _y_up_stage(name: str) -> Usd.Stage:
    stage = new_stage(name)
    UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.y)
    return stage


def _aligned(asset: Asset, frame: PackageFrame) -> Usd.Stage:
    """One flat list of meshes under the default prim, none of them with a transform."""
    model = asset.model
    stage = _y_up_stage(model.asset_id)
    root = stage.GetDefaultPrim()
    Usd.ModelAPI(root).SetKind("component")
    looks = root.GetPath().AppendChild("Looks")
    define_scope(stage, looks)
    surfaces: dict[str, UsdShade.Material] = {
        item.name: define_surface(
            stage, looks.AppendChild(item.name), item, f"./textures/{item.texture}.png" if item.texture else None
        )
        for item in model.materials
    }
    to_package = frame.pose_asset_package.inverse()
    for link in model.links:
        pose = to_package @ model.poses_asset_link()[link.name]
        for visual in link.visuals:
            mesh = asset.meshes[visual.mesh]
            baked = TriangleMesh(pose.apply(mesh.vertices), rotate(pose.quat_wxyz, mesh.normals), mesh.uvs, mesh.faces)
            prim = define_mesh(stage, root.GetPath().AppendChild(visual.mesh), baked)
            bind_surface(prim, surfaces[visual.material])
    return stage


def _write_wrapper(folder: Path) -> None:
    """`/World/entity` holds the asset upright in a Z-up world, its origin where the package's is."""
    stage = new_stage("World")
    Usd.ModelAPI(stage.GetDefaultPrim()).SetKind("group")
    entity = UsdGeom.Xform.Define(stage, "/World/entity").GetPrim()
    place(entity, y_up_frame((0, 0, 0)))
    write_text(stage, folder / WRAPPER, payloads={"/World/entity": f"./{ALIGNED}"})


def merged_link(model: AssetModel, frame: PackageFrame) -> Link:
    """Return a rigid asset as one body in the package frame: every collider, the whole mass and its distribution."""
    to_package = frame.pose_asset_package.inverse()
    poses = model.poses_asset_link()
    several = len(model.links) > 1
    colliders = [
        Collider(
            name=f"{link.name}_{item.name}" if several else item.name,
            shape=item.shape,
            pose_link_shape=to_package @ poses[link.name] @ item.pose_link_shape,
        )
        for link in model.links
        for item in link.colliders
    ]
    root = model.links[0]
    mass = sum(link.inertial.mass_kg if link.inertial else link_mass(link.mass_model) for link in model.links)
    density = physics_material(root.mass_model.material).density
    merged = Link(
        name=root.name,
        colliders=colliders,
        mass_model=MassModel(material=root.mass_model.material, volume_m3=mass / density),
        physics_material=root.physics_material,
    )
    if several or root.inertial is None:
        return merged.model_copy(update={"inertial": link_inertial(merged)})
    pose = to_package @ poses[root.name]
    turned = pose @ IDENTITY.of((0, 0, 0), root.inertial.quat_wxyz_principal)
    x, y, z = (float(value) for value in pose.apply(root.inertial.center_of_mass))
    update = {"center_of_mass": (x, y, z), "quat_wxyz_principal": turned.quat_wxyz}
    return merged.model_copy(update={"inertial": root.inertial.model_copy(update=update)})


def _collision(model: AssetModel, frame: PackageFrame) -> Usd.Stage:
    """The rigid body with our colliders, in the package frame; `visuals` is for a reference to the aligned meshes."""
    link = merged_link(model, frame)
    stage = _y_up_stage(model.asset_id)
    root = stage.GetDefaultPrim()
    Usd.ModelAPI(root).SetKind("group")  # the looks that it refers to are the component
    UsdGeom.Xform.Define(stage, root.GetPath().AppendChild("visuals"))
    materials = root.GetPath().AppendChild("Friction")
    define_scope(stage, materials)
    friction = define_physics_material(stage, materials.AppendChild(link.physics_material), link.physics_material)
    UsdPhysics.RigidBodyAPI.Apply(root)
    mass = UsdPhysics.MassAPI.Apply(root)
    assert link.inertial is not None
    mass.CreateMassAttr(link.inertial.mass_kg)
    mass.CreateCenterOfMassAttr(Gf.Vec3f(*link.inertial.center_of_mass))
    mass.CreateDiagonalInertiaAttr(Gf.Vec3f(*link.inertial.principal_moments))
    mass.CreatePrincipalAxesAttr(quatf(link.inertial.quat_wxyz_principal))
    colliders = root.GetPath().AppendChild("colliders")
    define_scope(stage, colliders)
    for item in link.colliders:
        prim = define_collider(stage, colliders.AppendChild(item.name), item)
        UsdPhysics.CollisionAPI.Apply(prim)
        if isinstance(item.shape, ConvexShape):
            UsdPhysics.MeshCollisionAPI.Apply(prim).CreateApproximationAttr("convexHull")
        bind_physics(prim, friction)
    return stage


def _write_articulated(model: AssetModel, frame: PackageFrame, folder: Path, sim_dir: Path) -> list[Path]:
    """The asset's own USD files below a transform: bodies, joints, limits and colliders are those that we certified."""
    copied = []
    for source in sorted(path for path in sim_dir.rglob("*") if path.is_file() and not path.is_symlink()):
        relative = source.relative_to(sim_dir)
        if any(part.startswith(".") for part in relative.parts):
            continue
        target = folder / "model" / relative
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        copied.append(target)
    for name in (ALIGNED, COLLISION):
        stage = _y_up_stage(model.asset_id)
        Usd.ModelAPI(stage.GetDefaultPrim()).SetKind("group")
        prim = UsdGeom.Xform.Define(stage, f"/{model.asset_id}/model").GetPrim()
        place(prim, frame.pose_asset_package.inverse())
        write_text(stage, folder / name, references={f"/{model.asset_id}/model": f"./model/{model.asset_id}.usda"})
    _write_wrapper(folder)
    return [folder / ALIGNED, folder / WRAPPER, folder / COLLISION, *copied]
