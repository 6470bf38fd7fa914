"""An asset: what one reusable thing is, before it is placed in a scene (`assets/{asset_id}/metadata.json`).

The asset frame stands at the bottom centre of the thing at rest: +Z up, +X to its right, -Y to its front (a cabinet's
door faces -Y). Every length is in metres. Meshes and textures are stored beside this document and referred to by name.
"""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from blueprint.contracts.document import Document, Part
from blueprint.contracts.frames import IDENTITY, Pose, QuatWxyz, Vec2, Vec3, quat_wxyz_from_axis_angle
from blueprint.contracts.ids import Identifier

__all__ = [
    "AssetModel",
    "BoxShape",
    "CapsuleShape",
    "Collider",
    "ConvexShape",
    "CylinderShape",
    "Grasp",
    "Inertial",
    "Joint",
    "License",
    "Link",
    "MassModel",
    "Region",
    "RegionKind",
    "Shape",
    "SphereShape",
    "SurfaceMaterial",
    "Visual",
]

Positive = Annotated[float, Field(gt=0)]
Fraction = Annotated[float, Field(ge=0, le=1)]
RegionKind = Literal["top", "shelf", "drawer", "interior", "seat", "floor", "slot", "hook"]


class BoxShape(Part):
    kind: Literal["box"] = "box"
    half_extents: tuple[Positive, Positive, Positive]


class SphereShape(Part):
    kind: Literal["sphere"] = "sphere"
    radius: Positive


class CylinderShape(Part):
    """Axis along the shape's Z; `half_length` is half the height."""

    kind: Literal["cylinder"] = "cylinder"
    radius: Positive
    half_length: Positive


class CapsuleShape(Part):
    """Axis along the shape's Z; `half_length` is half of the cylindrical part, without the caps."""

    kind: Literal["capsule"] = "capsule"
    radius: Positive
    half_length: Positive


class ConvexShape(Part):
    """The convex hull of `vertices` (shape frame), at least four that are not in one plane."""

    kind: Literal["convex"] = "convex"
    vertices: Annotated[list[Vec3], Field(min_length=4, max_length=256)]


Shape = Annotated[BoxShape | SphereShape | CylinderShape | CapsuleShape | ConvexShape, Field(discriminator="kind")]


class Collider(Part):
    """A convex collision shape, placed in its link's frame."""

    name: Identifier
    shape: Shape
    pose_link_shape: Pose = IDENTITY


class SurfaceMaterial(Part):
    """How a surface looks (UsdPreviewSurface): linear RGB; `texture` names an image that replaces the base colour."""

    name: Identifier
    base_color: tuple[Fraction, Fraction, Fraction]
    roughness: Fraction = 0.5
    metallic: Fraction = 0.0
    opacity: Fraction = 1.0
    texture: Identifier | None = None


class Visual(Part):
    """A triangle mesh (by name, given in the link frame) with one surface material."""

    mesh: Identifier
    material: Identifier


class MassModel(Part):
    """Where a link's mass comes from: density(material) × volume × solid fraction + contents.

    `volume_m3` is the outer volume of the part, `solid_fraction` how much of it is material (a mug is a shell).
    """

    material: str
    volume_m3: Positive
    solid_fraction: Annotated[float, Field(gt=0, le=1)] = 1.0
    contents_kg: Annotated[float, Field(ge=0)] = 0.0


class Inertial(Part):
    """Mass in kg, centre of mass in the link frame, principal moments in kg·m² and the axes they are about."""

    mass_kg: Positive
    center_of_mass: Vec3
    principal_moments: tuple[Positive, Positive, Positive]
    quat_wxyz_principal: QuatWxyz = (1.0, 0.0, 0.0, 0.0)

    @model_validator(mode="after")
    def _triangle_inequality(self) -> "Inertial":
        a, b, c = sorted(self.principal_moments)
        if a + b < c * (1 - 1e-6):
            raise ValueError(f"principal moments {self.principal_moments} break the triangle inequality")
        return self


class Joint(Part):
    """A joint to the parent link. Its axis passes through the origin of the child link's frame.

    0 is closed. Limits, damping and friction in rad, N·m·s/rad, N·m (revolute) or m, N·s/m, N (prismatic).
    """

    name: Identifier
    type: Literal["revolute", "prismatic"]
    axis: Vec3
    lower: float = 0.0
    upper: float
    damping: Annotated[float, Field(ge=0)]
    friction: Annotated[float, Field(ge=0)]
    armature: Annotated[float, Field(ge=0)] = 0.0

    @model_validator(mode="after")
    def _limits(self) -> "Joint":
        if not self.lower < self.upper:
            raise ValueError(f"joint {self.name}: lower limit {self.lower} is not below upper limit {self.upper}")
        length = sum(value * value for value in self.axis) ** 0.5
        if abs(length - 1) > 1e-6:
            raise ValueError(f"joint {self.name}: axis {self.axis} has length {length:.6g}, expected 1")
        return self

    def motion(self, value: float) -> Pose:
        """Return how the joint at `value` (rad or m) moves its child link, in that link's frame at rest."""
        if self.type == "prismatic":
            x, y, z = self.axis
            return Pose.of((x * value, y * value, z * value))
        return Pose.of((0, 0, 0), quat_wxyz_from_axis_angle(self.axis, value))


class Link(Part):
    """One rigid body of an asset. The first link is the root: no parent, no joint, at the asset frame."""

    name: Identifier
    parent: Identifier | None = None
    pose_parent_link: Pose = IDENTITY
    joint: Joint | None = None
    visuals: list[Visual] = []
    colliders: list[Collider]
    mass_model: MassModel
    physics_material: str
    inertial: Inertial | None = None


class Region(Part):
    """A flat place where things can stand: the region frame's +Z is its normal, the region is centred on its origin.

    `half_extents` are along the region's X and Y; a `disc` has radius `half_extents[0]`. `clearance_m` is the free
    height above it. `is_container` says that a thing there is *in* its owner, otherwise it is *on* it.
    """

    name: Identifier
    link: Identifier
    kind: RegionKind
    pose_link_region: Pose
    half_extents: tuple[Positive, Positive]
    outline: Literal["rect", "disc"] = "rect"
    clearance_m: Positive
    is_container: bool = False


class Grasp(Part):
    """A two-finger grasp. Grasp frame: origin midway between the finger tips, +Z approaches, fingers close along ±Y.

    `width_m` is the size between the pads; `free_spin` says that any rotation of the frame about the *link's* Z axis
    through `spin_axis_xy` is as good (a can's side grasp).
    """

    name: Identifier
    link: Identifier
    kind: Literal["top", "side", "rim", "handle"]
    pose_link_grasp: Pose
    width_m: Annotated[float, Field(ge=0)]
    free_spin: bool = False
    spin_axis_xy: Vec2 = (0.0, 0.0)


class License(Part):
    """Under which licence an asset may be used, and where that is written."""

    spdx: str
    source: str
    attribution: str | None = None


class AssetModel(Document):
    """Everything about an asset but its mesh and image data. `size_m` is the extent (x, y, z) with joints closed."""

    schema_version: Literal["v1"] = "v1"
    asset_id: Identifier
    category: str
    name: str
    description: str
    generator: str
    params: dict[str, float | str]
    seed: int
    size_m: tuple[Positive, Positive, Positive]
    links: Annotated[list[Link], Field(min_length=1)]
    materials: list[SurfaceMaterial]
    regions: list[Region] = []
    grasps: list[Grasp] = []
    affordances: list[str] = []
    sim_role: str
    license: License

    @model_validator(mode="after")
    def _references_resolve(self) -> "AssetModel":
        seen: set[str] = set()
        for index, link in enumerate(self.links):
            if (link.parent is None) != (index == 0) or (link.parent is not None and link.parent not in seen):
                raise ValueError(f"link {link.name}: the first link is the root, every other follows its parent")
            if link.name in seen:
                raise ValueError(f"link {link.name} occurs twice")
            seen.add(link.name)
        materials = {material.name for material in self.materials}
        for link in self.links:
            for visual in link.visuals:
                if visual.material not in materials:
                    raise ValueError(
                        f"link {link.name}: no material {visual.material!r}; there are {sorted(materials)}"
                    )
        attached = [(part.name, part.link) for part in self.regions] + [(part.name, part.link) for part in self.grasps]
        for name, link_name in attached:
            if link_name not in seen:
                raise ValueError(f"{name}: no link {link_name!r}; there are {sorted(seen)}")
        return self

    @property
    def is_articulated(self) -> bool:
        return any(link.joint for link in self.links)

    @property
    def mass_kg(self) -> float:
        """Sum of the links' masses; raises ValueError before physics preparation."""
        if any(link.inertial is None for link in self.links):
            raise ValueError(f"asset {self.asset_id} has no inertials yet; run physics preparation first")
        return sum(link.inertial.mass_kg for link in self.links if link.inertial)

    def poses_asset_link(self, fraction: float = 0.0) -> dict[str, Pose]:
        """Return the frame of every link in the asset frame, each joint at `fraction` of the way from 0 to its upper
        limit (0: as it rests)."""
        poses: dict[str, Pose] = {}
        for link in self.links:
            pose = poses[link.parent] @ link.pose_parent_link if link.parent else link.pose_parent_link
            if link.joint and fraction:
                pose = pose @ link.joint.motion(fraction * link.joint.upper)
            poses[link.name] = pose
        return poses

    def pose_asset_region(self, region: Region) -> Pose:
        """Return the frame of one of its regions in the asset frame, joints at rest."""
        return self.poses_asset_link()[region.link] @ region.pose_link_region

    def link(self, name: str) -> Link:
        return next(link for link in self.links if link.name == name)

    def region(self, name: str) -> Region:
        return next(region for region in self.regions if region.name == name)
