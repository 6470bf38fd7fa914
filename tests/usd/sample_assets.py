"""Assets made by hand: a textured box, a cabinet with two drawers and a door, a ball, a room of one slab."""

import numpy as np

from blueprint.assets.geometry import Asset, TriangleMesh
from blueprint.contracts.asset import (
    AssetModel,
    BoxShape,
    Collider,
    ConvexShape,
    Grasp,
    Inertial,
    Joint,
    License,
    Link,
    MassModel,
    SphereShape,
    SurfaceMaterial,
    Visual,
)
from blueprint.contracts.frames import Pose
from blueprint.contracts.scene import Scene
from blueprint.contracts.scene_manifest import AssetReference, SceneFrame, SceneManifest, SceneObject, Transform

LICENSE = License(spdx="Apache-2.0", source="made by the tests")


def box_mesh(half: tuple[float, float, float], center: tuple[float, float, float]) -> TriangleMesh:
    """A box with flat faces; the texture stands upright on its four sides."""
    vertices, normals, uvs, faces = [], [], [], []
    up = np.array([0.0, 0.0, 1.0])
    for axis, sign in [(0, 1), (0, -1), (1, 1), (1, -1), (2, 1), (2, -1)]:
        normal = np.zeros(3)
        normal[axis] = sign
        top = up if axis != 2 else np.array([0.0, 1.0, 0.0])
        right = np.cross(top, normal)
        start = len(vertices)
        for u, v in [(0, 0), (1, 0), (1, 1), (0, 1)]:
            corner = (normal + (2 * u - 1) * right + (2 * v - 1) * top) * half + np.asarray(center)
            vertices.append(corner)
            normals.append(normal)
            uvs.append((u, v))
        faces += [(start, start + 1, start + 2), (start, start + 2, start + 3)]
    return TriangleMesh(np.array(vertices), np.array(normals), np.array(uvs, float), np.array(faces, np.int32))


def box_inertial(mass: float, half: tuple[float, float, float], center: tuple[float, float, float]) -> Inertial:
    a, b, c = (2 * value for value in half)
    moments = (mass / 12 * (b * b + c * c), mass / 12 * (a * a + c * c), mass / 12 * (a * a + b * b))
    return Inertial(mass_kg=mass, center_of_mass=center, principal_moments=moments)


def arrow_texture() -> np.ndarray:
    """White arrow pointing up on red above, blue below."""
    image = np.zeros((64, 64, 3), np.uint8)
    image[:32], image[32:] = (200, 40, 40), (40, 60, 200)
    for row in range(8, 36):
        half = (row - 8) * 20 // 28
        image[row, 32 - half : 32 + half + 1] = 255
    image[36:58, 26:38] = 255
    return image


def _model(
    asset_id: str, category: str, size: tuple[float, float, float], links: list[Link], **more: object
) -> AssetModel:
    fields: dict[str, object] = {
        "asset_id": asset_id,
        "category": category,
        "name": asset_id,
        "description": f"a {category}",
        "generator": "tests",
        "params": {},
        "seed": 0,
        "size_m": size,
        "links": links,
        "materials": [SurfaceMaterial(name="paint", base_color=(0.8, 0.7, 0.5))],
        "sim_role": "manipulable_object",
        "license": LICENSE,
    }
    return AssetModel.model_validate({**fields, **more})


def part(
    name: str,
    half: tuple[float, float, float],
    center: tuple[float, float, float],
    mass: float,
    material: str = "wood",
    **more: object,
) -> tuple[Link, TriangleMesh]:
    link = Link.model_validate(
        {
            "name": name,
            "visuals": [Visual(mesh=f"{name}_mesh", material="paint")],
            "colliders": [
                Collider(name="body", shape=BoxShape(half_extents=half), pose_link_shape=Pose.of(center)),
            ],
            "mass_model": MassModel(material=material, volume_m3=8 * half[0] * half[1] * half[2]),
            "physics_material": material,
            "inertial": box_inertial(mass, half, center),
            **more,
        }
    )
    return link, box_mesh(half, center)


def block(asset_id: str = "block", mass: float = 0.3, material: str = "wood") -> Asset:
    half, center = (0.03, 0.02, 0.05), (0.0, 0.0, 0.05)
    link, mesh = part("base", half, center, mass, material)
    grasp = Grasp(
        name="top", link="base", kind="top", pose_link_grasp=Pose.of((0, 0, 0.08), (0, 1, 0, 0)), width_m=0.04
    )
    surface = SurfaceMaterial(name="paint", base_color=(0.8, 0.7, 0.5), texture="arrow")
    model = _model(asset_id, "block", (0.06, 0.04, 0.1), [link], materials=[surface], grasps=[grasp])
    return Asset(model, {"base_mesh": mesh}, {"arrow": arrow_texture()})


def ball() -> Asset:
    r, mass = 0.04, 0.2
    link, mesh = part("base", (r, r, r), (0, 0, r), mass, "fruit")
    collider = Collider(name="body", shape=SphereShape(radius=r), pose_link_shape=Pose.of((0, 0, r)))
    moment = 0.4 * mass * r * r
    inertial = Inertial(mass_kg=mass, center_of_mass=(0, 0, r), principal_moments=(moment, moment, moment))
    link = link.model_copy(update={"colliders": [collider], "inertial": inertial})
    return Asset(_model("ball", "ball", (2 * r, 2 * r, 2 * r), [link]), {"base_mesh": mesh}, {})


def wedge() -> Asset:
    """A convex collider, with principal axes turned 30° about Z."""
    half, center = (0.05, 0.04, 0.03), (0.0, 0.0, 0.03)
    link, mesh = part("base", half, center, 0.5, "rubber")
    corners = [tuple(row) for row in mesh.vertices.tolist()]
    inertial = Inertial(
        mass_kg=0.5,
        center_of_mass=(0.01, 0.0, 0.03),
        principal_moments=(1e-3, 2e-3, 2.5e-3),
        quat_wxyz_principal=(0.9659258262890683, 0.0, 0.0, 0.25881904510252074),
    )
    collider = Collider(name="hull", shape=ConvexShape(vertices=corners))
    link = link.model_copy(update={"colliders": [collider], "inertial": inertial})
    return Asset(_model("wedge", "block", (0.1, 0.08, 0.06), [link]), {"base_mesh": mesh}, {})


def cabinet() -> Asset:
    """Carcass of five boards, two drawers on slides along -Y, a door hinged at its left edge about +Z."""
    boards = {
        "left": ((0.01, 0.2, 0.4), (-0.29, 0, 0.4)),
        "right": ((0.01, 0.2, 0.4), (0.29, 0, 0.4)),
        "top": ((0.28, 0.2, 0.01), (0, 0, 0.79)),
        "bottom": ((0.28, 0.2, 0.01), (0, 0, 0.01)),
        "back": ((0.28, 0.01, 0.38), (0, 0.19, 0.4)),
    }
    carcass, mesh = part("carcass", (0.01, 0.2, 0.4), (-0.29, 0, 0.4), 20.0)
    meshes = {"carcass_mesh": mesh}
    meshes.update({f"{name}_mesh": box_mesh(*board) for name, board in boards.items()})
    carcass = carcass.model_copy(
        update={
            "visuals": [Visual(mesh=f"{name}_mesh", material="paint") for name in boards],
            "colliders": [
                Collider(name=name, shape=BoxShape(half_extents=half), pose_link_shape=Pose.of(center))
                for name, (half, center) in boards.items()
            ],
            "inertial": box_inertial(20.0, (0.3, 0.2, 0.4), (0, 0, 0.4)),
        }
    )
    links = [carcass]
    for index, height in enumerate((0.62, 0.46)):
        joint = Joint(name=f"slide_{index}", type="prismatic", axis=(0, -1, 0), upper=0.3, damping=2.0, friction=1.0)
        drawer, mesh = part(
            f"drawer_{index}",
            (0.26, 0.15, 0.06),
            (0, 0, 0),
            2.0,
            parent="carcass",
            joint=joint,
            pose_parent_link=Pose.of((0, -0.02, height)),
        )
        links.append(drawer)
        meshes[f"drawer_{index}_mesh"] = mesh
    hinge = Joint(
        name="hinge", type="revolute", axis=(0, 0, -1), upper=np.pi / 2, damping=0.5, friction=0.1, armature=0.001
    )
    door, mesh = part(
        "door",
        (0.29, 0.008, 0.17),
        (0.29, 0, 0),
        3.0,
        parent="carcass",
        joint=hinge,
        pose_parent_link=Pose.of((-0.29, -0.215, 0.2)),
    )
    links.append(door)
    meshes["door_mesh"] = mesh
    model = _model("cabinet", "cabinet", (0.6, 0.43, 0.8), links, sim_role="articulated_furniture")
    return Asset(model, meshes, {})


def room() -> Asset:
    link, mesh = part("base", (2.0, 2.0, 0.05), (0, 0, -0.05), 1.0, "concrete")
    link = link.model_copy(update={"inertial": None})
    return Asset(_model("room", "room", (4, 4, 0.1), [link], sim_role="scene_shell"), {"base_mesh": mesh}, {})


def scene_of(placed: dict[str, tuple[Asset, Pose]], scene_id: str = "sample") -> Scene:
    objects = [
        SceneObject(
            id=object_id,
            category=asset.model.category,
            sim_role=asset.model.sim_role,  # type: ignore[arg-type]
            transform=Transform.of(pose),
            asset=AssetReference(asset_id=asset.model.asset_id, path=f"assets/{asset.model.asset_id}"),
        )
        for object_id, (asset, pose) in placed.items()
    ]
    manifest = SceneManifest(version="1.0.0", scene_id=scene_id, scene=SceneFrame(), objects=objects)
    return Scene(manifest, {asset.model.asset_id: asset.model for asset, _ in placed.values()})
