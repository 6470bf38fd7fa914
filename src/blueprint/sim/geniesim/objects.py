"""Objects of an asset package in a MuJoCo spec: colliders, mass and friction as `add_object` asks for them.

An object's frame is its file's own (Y up by the library's convention); nothing is turned upright here.
"""

from dataclasses import dataclass, field
from pathlib import Path

import mujoco
import numpy as np
import trimesh
from pxr import Usd, UsdGeom

from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Pose, Vec3
from blueprint.mjcf.usd_loader import COLLIDER_GROUP, VISUAL_GROUP, add_usd_object

__all__ = ["COLLIDERS", "ObjectRequest", "PlacedObject", "add_requested_object"]

COLLIDERS = "collision.usda"
_MASS_LIMITS_KG = (1e-4, 1e4)
_SCALE_LIMITS = (1e-4, 1e3)
_TORSIONAL_FRICTION_M = 0.005
_ROLLING_FRICTION_M = 0.0001


@dataclass(frozen=True)
class ObjectRequest:
    """What `add_object` asks for: a package's `Aligned.usd` under `name`, kg, m, friction coefficients."""

    name: str
    file: Path
    scale: Vec3 = (1.0, 1.0, 1.0)
    mass_kg: float = 0.01
    static_friction: float = 0.5
    dynamic_friction: float = 0.5
    movable: bool = True

    def __post_init__(self) -> None:
        low, high = _MASS_LIMITS_KG
        if self.movable and not low <= self.mass_kg <= high:
            raise InputError(f"{self.name}: a mass of {self.mass_kg} kg.", remedy=f"give {low} to {high} kg.")
        if not all(_SCALE_LIMITS[0] <= value <= _SCALE_LIMITS[1] for value in self.scale):
            raise InputError(f"{self.name}: a scale of {self.scale}.", remedy=f"stay within {_SCALE_LIMITS}.")
        if not (0 <= self.static_friction <= 100 and 0 <= self.dynamic_friction <= 100):
            raise InputError(f"{self.name}: friction {self.static_friction}, {self.dynamic_friction}.")

    @property
    def friction(self) -> float:
        """MuJoCo has one coefficient: the smaller of the two, so that no grasp holds better than it would."""
        return min(self.static_friction, self.dynamic_friction)


@dataclass(frozen=True)
class PlacedObject:
    """An object in a spec: its root body, the pose of its prim in that body, its joints by their USD names.

    `notes` says what was interpreted: above all where colliders are hulls of the meshes for want of authored ones.
    """

    request: ObjectRequest
    body: str
    pose_body_prim: Pose
    free_joint: str | None
    joints: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def articulated(self) -> bool:
        return bool(self.joints)


def add_requested_object(spec: mujoco.MjSpec, request: ObjectRequest, pose: Pose, root: Path) -> PlacedObject:
    """Add an object at `pose` (world from its prim) to a spec; every file must lie in `root`.

    The package's `collision.usda` is loaded where there is one (it refers to `Aligned.usd` for its looks), else
    `Aligned.usd`; where neither has colliders, they are the hulls of its meshes. A single body gets the mass and
    friction asked for; an articulation keeps its own, as on the real server.
    Raises InputError for files that hold no shape or more than one loose body.
    """
    beside = request.file.with_name(COLLIDERS)
    physical = beside if beside.is_file() else request.file
    known = {body.name for body in spec.bodies}
    notes = list(add_usd_object(spec, physical, request.name, pose, scale=request.scale, root=root))
    roots = [body for body in spec.worldbody.bodies if body.name not in known]
    if len(roots) != 1:
        raise InputError(
            f"{request.name}: {physical.name} holds {len(roots)} loose bodies, expected one.",
            remedy="join them, or export each as an object.",
        )
    body = roots[0]
    links = [item for item in spec.bodies if item.name not in known]
    placed = Pose.of(body.pos, body.quat).inverse() @ pose
    joints = {
        joint.name.rpartition("/")[2]: joint.name
        for link in links
        for joint in link.joints
        if joint.type != mujoco.mjtJoint.mjJNT_FREE
    }
    if not any(geom.group == VISUAL_GROUP for link in links for geom in link.geoms):
        notes.append(f"{request.name}: {physical.name} has no visible geometry, pictures do not show it")
    if not any(geom.contype or geom.conaffinity for link in links for geom in link.geoms):
        _add_hulls(spec, body, request, placed)
        notes.append(f"{request.name}: no authored colliders, the convex hulls of its meshes are used")
    if not joints:
        _set_friction(links, request.friction)
    free = _set_motion(spec, body, links, request, articulated=bool(joints))
    return PlacedObject(request, body.name, placed, free, joints, tuple(notes))


def _add_hulls(spec: mujoco.MjSpec, body: mujoco.MjsBody, request: ObjectRequest, pose_body_prim: Pose) -> None:
    """Add one convex collider per mesh, with shares of the mass by volume."""
    hulls = [trimesh.convex.convex_hull(points) for points in _mesh_points(request)]
    total = sum(float(hull.volume) for hull in hulls)
    if not total > 0:
        raise InputError(f"{request.name}: {request.file.name} holds no solid.", remedy="bake its meshes.")
    for number, hull in enumerate(hulls):
        mesh = spec.add_mesh(name=f"{request.name}/hull{number}")
        mesh.uservert = np.asarray(hull.vertices, np.float32).reshape(-1)
        mesh.inertia = mujoco.mjtMeshInertia.mjMESH_INERTIA_CONVEX
        geom = body.add_geom(
            name=f"{request.name}/c{number}",
            type=mujoco.mjtGeom.mjGEOM_MESH,
            meshname=mesh.name,
            pos=pose_body_prim.position,
            quat=pose_body_prim.quat_wxyz,
            mass=request.mass_kg * float(hull.volume) / total,
            contype=1,
            conaffinity=1,
            condim=4,
            group=COLLIDER_GROUP,
        )
        geom.friction = [request.friction, _TORSIONAL_FRICTION_M, _ROLLING_FRICTION_M]
    body.explicitinertial = False


def _mesh_points(request: ObjectRequest) -> list[np.ndarray]:
    """Return each mesh's points (V, 3) in the prim's frame, scaled."""
    stage = Usd.Stage.Open(str(request.file))
    default = stage.GetDefaultPrim()
    cache = UsdGeom.XformCache()
    from_world = np.linalg.inv(np.array(cache.GetLocalToWorldTransform(default)).T)
    metres = float(UsdGeom.GetStageMetersPerUnit(stage))
    found = []
    for prim in Usd.PrimRange(default, Usd.TraverseInstanceProxies()):
        if not prim.IsA(UsdGeom.Mesh):
            continue
        points = np.asarray(UsdGeom.Mesh(prim).GetPointsAttr().Get() or [], float).reshape(-1, 3)
        if len(points) < 4 or not np.isfinite(points).all():
            continue
        matrix = from_world @ np.array(cache.GetLocalToWorldTransform(prim)).T
        found.append((points @ matrix[:3, :3].T + matrix[:3, 3]) * metres * np.asarray(request.scale))
    return found


def _set_friction(links: list[mujoco.MjsBody], friction: float) -> None:
    for link in links:
        for geom in link.geoms:
            if geom.contype or geom.conaffinity:
                geom.friction = [friction, *geom.friction[1:]]


def _set_motion(
    spec: mujoco.MjSpec, body: mujoco.MjsBody, links: list[mujoco.MjsBody], request: ObjectRequest, *, articulated: bool
) -> str | None:
    """Make the root free or fixed as asked, with the mass asked for; return the name of its free joint."""
    free = next((joint for joint in body.joints if joint.type == mujoco.mjtJoint.mjJNT_FREE), None)
    if articulated:
        return free.name if free is not None else None
    if not request.movable:
        if free is not None:
            spec.delete(free)
        return None
    if free is None:
        free = body.add_freejoint(name=f"{request.name}/free")
    masses = sum(float(link.mass) for link in links if link.explicitinertial)
    if body.explicitinertial and masses > 0:
        ratio = request.mass_kg / masses
        for link in links:
            link.mass, link.inertia = float(link.mass) * ratio, np.asarray(link.inertia) * ratio
    return str(free.name)
