"""UsdPhysics stages as MuJoCo specs: ours and others'. `load_stage` reads like the table of contents."""

from dataclasses import dataclass, field
from pathlib import Path

import mujoco
import numpy as np
from numpy.typing import NDArray
from pxr import Usd, UsdGeom, UsdLux, UsdPhysics

from blueprint.contracts.asset import BoxShape, CapsuleShape, CylinderShape, SphereShape
from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import IDENTITY, Pose
from blueprint.mjcf.body import ColliderPrim, RigidBody, body_inertia, read_bodies
from blueprint.mjcf.geom import GeomShape, collision_shape, visual_shape
from blueprint.mjcf.joint import Axis, JointPrim, axis_in_frame, joint_value, read_joints
from blueprint.mjcf.light import add_camera, add_light
from blueprint.mjcf.material import add_surface, friction_of
from blueprint.mjcf.mesh import add_mesh
from blueprint.mjcf.source import SourceStage, open_source
from blueprint.mjcf.transform import rigid_pose
from blueprint.mjcf.tree import Names, build_tree
from blueprint.mjcf.warnings import log_mujoco_warnings

__all__ = [
    "COLLIDER_GROUP",
    "VISUAL_GROUP",
    "LoadedStage",
    "add_usd_object",
    "load_stage",
    "load_usd",
    "physics_options",
]

Array = NDArray[np.float64]
VISUAL_GROUP = 2
COLLIDER_GROUP = 3
_MANY_BODIES = 400
_ARENA_BYTES_A_BODY = 512 << 10
_TORSIONAL_FRICTION_M = 0.005
_ROLLING_FRICTION_M = 0.0001
_ROLLER_FRICTION_M = 0.002  # a ball of fruit or wood comes to rest instead of wandering


@dataclass(frozen=True)
class LoadedStage:
    """A spec and what the loader interpreted or left out, one line each."""

    spec: mujoco.MjSpec
    notes: tuple[str, ...]


@dataclass
class _Target:
    """A body of the spec that geoms are added to."""

    body: mujoco.MjsBody
    name: str
    world_from_body: Pose
    colliders: int = 0
    visuals: int = 0
    paths: list[str] = field(default_factory=list)


def load_usd(path: Path, *, root: Path | None = None, visuals: bool = True) -> mujoco.MjSpec:
    """Load a UsdPhysics stage as an MjSpec, ready to attach robots to and to compile.

    In our stages an object's root body is `<object>`, its other links `<object>/<link>`, joints `<object>/<joint>`, the
    free joint `<object>/free`; elsewhere names come from prim paths. Every file must lie in `root` (default: the scene
    or asset folder around the stage). Without `visuals` only what collides is loaded: the same physics, bit for bit, in
    less than half the time. Raises InputError for what cannot be read, UnsafePathError for references that leave the
    folder.
    """
    return load_stage(path, root=root, visuals=visuals).spec


def load_stage(path: Path, *, root: Path | None = None, visuals: bool = True) -> LoadedStage:
    """As `load_usd`, with the notes of what was interpreted."""
    log_mujoco_warnings()
    source = open_source(path, root)
    spec = mujoco.MjSpec()
    spec.modelname = path.stem
    physics_options(spec)
    _viewing(spec)
    _apply_gravity(spec, source)
    _add_stage(spec, source, Names(source.stage), with_surroundings=True, visuals=visuals)
    _limit_arena(spec)
    return LoadedStage(spec, tuple(source.notes))


def add_usd_object(
    spec: mujoco.MjSpec,
    asset_usd: Path,
    object_id: str,
    pose: Pose,
    *,
    scale: tuple[float, float, float] = (1.0, 1.0, 1.0),
    root: Path | None = None,
) -> tuple[str, ...]:
    """Add an instance of an asset's file as object `object_id` at `pose` (world from asset frame); return the notes.

    Names follow `load_usd`; meshes and textures that the spec has already are shared. `scale` stretches the asset along
    its own axes (masses stay); its files must lie in `root` (default: the asset's folder). Raises InputError where the
    spec has a body of that name.
    """
    if spec.body(object_id) is not None:
        raise InputError(f"the model has a body {object_id!r} already.", remedy="choose another object id.")
    source = open_source(asset_usd, root)
    default = source.stage.GetDefaultPrim()
    if not default:
        raise InputError(f"{asset_usd.name} has no default prim.", remedy="re-author the asset.")
    placed = rigid_pose(source.world_matrix(default), object_id)
    stretched = pose.matrix() @ np.diag([*scale, 1.0]) @ placed.inverse().matrix()
    source.world_from_stage = stretched @ source.world_from_stage
    _add_stage(spec, source, Names(source.stage, object_id), with_surroundings=False)
    return tuple(source.notes)


def physics_options(spec: mujoco.MjSpec) -> None:
    """Set the solver options that every model of this project is simulated with."""
    spec.compiler.degree = False
    spec.compiler.autolimits = True
    option = spec.option
    option.timestep = 0.002
    option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    option.solver = mujoco.mjtSolver.mjSOL_NEWTON
    option.cone = mujoco.mjtCone.mjCONE_ELLIPTIC
    option.impratio = 10.0
    # MuJoCo 4.0 has multi-point convex contacts on unless this bit is set; MuJoCo 3 had them off unless enabled.
    option.disableflags = int(option.disableflags) & ~int(mujoco.mjtDisableBit.mjDSBL_MULTICCD)


def _limit_arena(spec: mujoco.MjSpec) -> None:
    """MuJoCo reserves memory for contacts by the square of the degrees of freedom: 1.7 GiB for 1,000 free boxes that
    use 66 MiB. In large scenes it follows the number of bodies."""
    count = len(spec.bodies)
    if count > _MANY_BODIES:
        spec.memory = count * _ARENA_BYTES_A_BODY


def _viewing(spec: mujoco.MjSpec) -> None:
    """Leave the lighting to the stage's lights, and room for pictures up to 1280 × 960."""
    headlight = spec.visual.headlight
    headlight.ambient, headlight.diffuse, headlight.specular = [0.1] * 3, [0.1] * 3, [0.0] * 3
    spec.visual.global_.offwidth, spec.visual.global_.offheight = 1280, 960
    spec.visual.map.znear = 0.005


def _apply_gravity(spec: mujoco.MjSpec, source: SourceStage) -> None:
    for prim in source.prims():
        if prim.IsA(UsdPhysics.Scene):
            scene = UsdPhysics.Scene(prim)
            direction = np.asarray(scene.GetGravityDirectionAttr().Get() or (0, 0, 0), float)
            magnitude = scene.GetGravityMagnitudeAttr().Get()
            if not np.linalg.norm(direction) > 0:
                direction = (
                    np.array([0, 0, -1.0]) if UsdGeom.GetStageUpAxis(source.stage) == "Z" else np.array([0, -1.0, 0])
                )
            # UsdPhysics: a negative magnitude asks for earth gravity
            metric = (
                9.81 if magnitude is None or not np.isfinite(magnitude) or magnitude < 0 else magnitude * source.metres
            )
            turned = source.world_from_stage[:3, :3] @ direction
            spec.option.gravity = turned / np.linalg.norm(turned) * metric
            return


def _add_stage(
    spec: mujoco.MjSpec, source: SourceStage, names: Names, *, with_surroundings: bool, visuals: bool = True
) -> None:
    prims = source.prims()
    bodies = read_bodies(source, prims)
    joints = read_joints(source, prims, bodies)
    targets = _add_bodies(spec, source, names, bodies, joints, prims)
    _add_geoms(spec, source, targets, bodies, prims, visuals=visuals)
    _add_exclusions(spec, source, targets, joints, prims)
    if with_surroundings:
        for prim in prims:
            if prim.HasAPI(UsdLux.LightAPI) and not prim.IsInstanceProxy() and _is_visible(prim):
                add_light(spec, source, prim, names.prim(str(prim.GetPath()), prim.GetName()))
            elif prim.IsA(UsdGeom.Camera):
                add_camera(spec, source, prim, names.prim(str(prim.GetPath()), prim.GetName()))


def _add_bodies(
    spec: mujoco.MjSpec,
    source: SourceStage,
    names: Names,
    bodies: dict[str, RigidBody],
    joints: list[JointPrim],
    prims: list[Usd.Prim],
) -> dict[str, _Target]:
    """Add the kinematic tree and fixed objects; inertia needs the colliders, so those are read here."""
    for prim in prims:
        if _collides(prim):
            owner = _owner(str(prim.GetPath()), bodies)
            if owner is not None:
                shape = collision_shape(source, prim, bodies[owner].pose_world_body.inverse().matrix())
                if shape is not None:
                    bodies[owner].colliders.append(ColliderPrim(prim, shape))
    tree = build_tree(bodies, joints)
    targets: dict[str, _Target] = {}
    for path in tree.order:
        body, (parent_path, joint) = bodies[path], tree.parent[path]
        parent = targets[parent_path] if parent_path else None
        name = names.body(path, is_root=parent is None)
        pose = (parent.world_from_body.inverse() if parent else IDENTITY) @ body.pose_world_body
        holder = parent.body if parent else spec.worldbody
        node = holder.add_body(name=name, pos=pose.position, quat=pose.quat_wxyz)
        targets[path] = _Target(node, name, body.pose_world_body)
        if joint is not None:
            _add_joint(spec, node, names, body, joint, flipped=joint.body1 != path)
        elif body.kinematic:
            source.note(f"{path}: a kinematic body is fixed to the world")
        else:
            node.add_freejoint(name=names.unique(f"{name}/free"))
        inertia = body_inertia(source, body)
        node.explicitinertial = True
        node.mass, node.ipos = inertia.mass, inertia.center
        node.inertia, node.iquat = inertia.moments, inertia.quat_wxyz_principal
    for joint in tree.loops:
        _close_loop(spec, source, targets, joint)
    for path, object_id in names.objects().items():
        if not any(owner == path or owner.startswith(f"{path}/") for owner in bodies):
            prim = source.stage.GetPrimAtPath(path)
            pose = rigid_pose(source.world_matrix(prim), path)
            node = spec.worldbody.add_body(name=names.unique(object_id), pos=pose.position, quat=pose.quat_wxyz)
            targets[path] = _Target(node, object_id, pose)
    return targets


def _add_joint(
    spec: mujoco.MjSpec, node: mujoco.MjsBody, names: Names, body: RigidBody, joint: JointPrim, *, flipped: bool
) -> None:
    """Add the degrees of freedom of a joint to its child body; `flipped` where the child is the joint's body 0."""
    frame = body.pose_world_body.inverse() @ (joint.frame0 if flipped else joint.frame1)
    single = len(joint.axes) == 1
    for axis in joint.axes:
        name = names.joint(joint, axis.suffix)
        made = node.add_joint(name=name, pos=frame.position)
        kinds = {"hinge": "mjJNT_HINGE", "slide": "mjJNT_SLIDE", "ball": "mjJNT_BALL"}
        made.type = getattr(mujoco.mjtJoint, kinds[axis.kind])
        made.frictionloss, made.armature = axis.frictionloss, axis.armature
        if axis.kind == "ball":
            continue
        made.axis = axis_in_frame(frame, axis.direction) * (-1 if flipped else 1)
        value = joint_value(joint, axis) if single else 0.0
        made.ref = value if abs(value) > 1e-6 else 0.0  # the stage's own configuration is the model's qpos0
        if axis.limits is not None:
            made.limited, made.range = mujoco.mjtLimited.mjLIMITED_TRUE, axis.limits
        else:
            made.limited = mujoco.mjtLimited.mjLIMITED_FALSE
        _add_drive(spec, made, axis, name)


def _add_drive(spec: mujoco.MjSpec, joint: mujoco.MjsJoint, axis: Axis, name: str) -> None:
    """A drive with stiffness is a position servo (its control starts at 0, not at the target); without, damping."""
    drive = axis.drive
    if drive is None:
        return
    if drive.stiffness <= 0:
        joint.damping[0] = drive.damping  # MuJoCo 4: coefficients of a polynomial in the speed
        return
    actuator = spec.add_actuator(name=name, target=name, trntype=mujoco.mjtTrn.mjTRN_JOINT)
    actuator.gaintype, actuator.biastype = mujoco.mjtGain.mjGAIN_FIXED, mujoco.mjtBias.mjBIAS_AFFINE
    actuator.gainprm[0] = drive.stiffness
    actuator.biasprm[1], actuator.biasprm[2] = -drive.stiffness, -drive.damping
    if np.isfinite(drive.force_max) and drive.force_max > 0:
        actuator.forcelimited, actuator.forcerange = (
            mujoco.mjtLimited.mjLIMITED_TRUE,
            [-drive.force_max, drive.force_max],
        )
    if axis.limits is not None:
        actuator.ctrllimited, actuator.ctrlrange = mujoco.mjtLimited.mjLIMITED_TRUE, axis.limits


def _close_loop(spec: mujoco.MjSpec, source: SourceStage, targets: dict[str, _Target], joint: JointPrim) -> None:
    """Express a joint outside of the tree as an equality; a slide has no such form and is noted."""
    if any(axis.kind == "slide" for axis in joint.axes):
        source.note(f"{joint.path}: a prismatic joint that closes a loop has no counterpart and is left out")
        return
    first, second = (targets[path].name if path else "world" for path in (joint.body0, joint.body1))
    equality = spec.add_equality(name1=first, name2=second, objtype=mujoco.mjtObj.mjOBJ_BODY)
    anchor_frame = targets[joint.body0].world_from_body.inverse() @ joint.frame0 if joint.body0 else joint.frame0
    if joint.axes:
        equality.type = mujoco.mjtEq.mjEQ_CONNECT
        equality.data[0:3] = anchor_frame.position
        source.note(f"{joint.path}: closes a loop; only its anchor is constrained")
    else:
        equality.type = mujoco.mjtEq.mjEQ_WELD
        first_pose = targets[joint.body0].world_from_body if joint.body0 else IDENTITY
        second_pose = targets[joint.body1].world_from_body if joint.body1 else IDENTITY
        relative = first_pose.inverse() @ second_pose
        equality.data[0:3] = (0.0, 0.0, 0.0)
        equality.data[3:6], equality.data[6:10] = relative.position, relative.quat_wxyz
        equality.data[10] = 1.0


def _add_geoms(
    spec: mujoco.MjSpec,
    source: SourceStage,
    targets: dict[str, _Target],
    bodies: dict[str, RigidBody],
    prims: list[Usd.Prim],
    *,
    visuals: bool,
) -> None:
    world = _Target(spec.worldbody, "world", IDENTITY)
    read = {str(item.prim.GetPath()): item.shape for body in bodies.values() for item in body.colliders}
    for prim in prims:
        if not prim.IsA(UsdGeom.Gprim):
            continue
        path = str(prim.GetPath())
        owner = _owner(path, targets)
        target = targets[owner] if owner else world
        inverse = target.world_from_body.inverse().matrix()
        if _collides(prim):
            shape = read.get(path) or collision_shape(source, prim, inverse)
            if shape is not None:
                _add_collider(spec, source, target, prim, shape)
        if visuals and _is_visible(prim) and _purpose(prim) in (UsdGeom.Tokens.default_, UsdGeom.Tokens.render):
            look = visual_shape(source, prim, inverse)
            if look is not None:
                geom = _add_shape(spec, target.body, look, f"{target.name}/v{target.visuals}", collides=False)
                geom.group, geom.contype, geom.conaffinity, geom.mass = VISUAL_GROUP, 0, 0, 0.0
                geom.material = add_surface(spec, source, prim)
                target.visuals += 1


def _add_collider(spec: mujoco.MjSpec, source: SourceStage, target: _Target, prim: Usd.Prim, shape: GeomShape) -> None:
    geom = _add_shape(spec, target.body, shape, f"{target.name}/c{target.colliders}", collides=True)
    target.colliders += 1
    rolls = isinstance(shape.solid, SphereShape | CapsuleShape | CylinderShape) or shape.ellipsoid is not None
    geom.group, geom.contype, geom.conaffinity = COLLIDER_GROUP, 1, 1
    geom.condim = 6 if rolls else 4
    rolling = _ROLLER_FRICTION_M if rolls else _ROLLING_FRICTION_M
    geom.friction = [friction_of(source, prim), _TORSIONAL_FRICTION_M, rolling]
    geom.rgba = [0.2, 0.6, 0.9, 0.4]


def _add_shape(
    spec: mujoco.MjSpec, body: mujoco.MjsBody, shape: GeomShape, name: str, *, collides: bool
) -> mujoco.MjsGeom:
    geom = body.add_geom(name=name, pos=shape.pose_body_geom.position, quat=shape.pose_body_geom.quat_wxyz)
    kinds = mujoco.mjtGeom
    solid = shape.solid
    if isinstance(solid, BoxShape):
        geom.type, geom.size = kinds.mjGEOM_BOX, solid.half_extents
    elif isinstance(solid, SphereShape):
        geom.type, geom.size = kinds.mjGEOM_SPHERE, [solid.radius, 0, 0]
    elif isinstance(solid, CylinderShape | CapsuleShape):
        geom.type = kinds.mjGEOM_CYLINDER if isinstance(solid, CylinderShape) else kinds.mjGEOM_CAPSULE
        geom.size = [solid.radius, solid.half_length, 0]
    elif shape.ellipsoid is not None:
        geom.type, geom.size = kinds.mjGEOM_ELLIPSOID, shape.ellipsoid
    elif shape.mesh is not None:
        geom.type, geom.meshname = kinds.mjGEOM_MESH, add_mesh(spec, shape.mesh, collides=collides)
    else:
        geom.type, geom.size = kinds.mjGEOM_PLANE, [0, 0, 1]
    return geom


def _add_exclusions(
    spec: mujoco.MjSpec,
    source: SourceStage,
    targets: dict[str, _Target],
    joints: list[JointPrim],
    prims: list[Usd.Prim],
) -> None:
    """Joined bodies do not collide unless their joint says so; filtered pairs never do."""
    pairs: set[tuple[str, str]] = set()
    for joint in joints:
        if joint.body0 is None or joint.body1 is None:
            continue
        if joint.collides:
            source.note(f"{joint.path}: asks for contact between its bodies; MuJoCo excludes parent and child")
        else:
            pairs.add(_pair(targets[joint.body0].name, targets[joint.body1].name))
    for prim in prims:
        if prim.HasAPI(UsdPhysics.FilteredPairsAPI):
            first = _owner(str(prim.GetPath()), targets)
            for other in UsdPhysics.FilteredPairsAPI(prim).GetFilteredPairsRel().GetTargets():
                second = _owner(str(other), targets)
                if first and second and first != second:
                    pairs.add(_pair(targets[first].name, targets[second].name))
        if prim.IsA(UsdPhysics.CollisionGroup):
            source.note(f"{prim.GetPath()}: collision groups are not read; use filtered pairs")
    for first_name, second_name in sorted(pairs):
        spec.add_exclude(bodyname1=first_name, bodyname2=second_name)


def _pair(a: str, b: str) -> tuple[str, str]:
    return (a, b) if a < b else (b, a)


def _owner(path: str, known: "dict[str, RigidBody] | dict[str, _Target]") -> str | None:
    """Return the nearest of the known prims that is this one or above it."""
    current = path
    while current:
        if current in known:
            return current
        current = current.rpartition("/")[0]
    return None


def _collides(prim: Usd.Prim) -> bool:
    """A gprim collides where it, or a prim above it that is no gprim itself, has an enabled CollisionAPI."""
    if not prim.IsA(UsdGeom.Gprim):
        return False
    current = prim
    while current and not current.IsPseudoRoot():
        if current.HasAPI(UsdPhysics.CollisionAPI):
            return UsdPhysics.CollisionAPI(current).GetCollisionEnabledAttr().Get() is not False
        if current.HasAPI(UsdPhysics.RigidBodyAPI):
            return False
        current = current.GetParent()
    return False


def _is_visible(prim: Usd.Prim) -> bool:
    return UsdGeom.Imageable(prim).ComputeVisibility() != UsdGeom.Tokens.invisible


def _purpose(prim: Usd.Prim) -> str:
    return str(UsdGeom.Imageable(prim).ComputePurpose())
