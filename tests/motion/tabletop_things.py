"""Generated things on the hand-written table, as a Scene and as a MuJoCo model with every shape of collider."""

from collections.abc import Mapping, Sequence

import mujoco
import numpy as np
from tabletop import make_scene, table

from blueprint.assets.registry import AssetRequest, generate
from blueprint.contracts.asset import Collider, Link
from blueprint.contracts.frames import Pose
from blueprint.contracts.scene import Scene
from blueprint.contracts.scene_manifest import Placement, Transform
from blueprint.physics.inertia import with_inertials

__all__ = ["inside", "spec_of", "stands"]

KIND = mujoco.mjtGeom


def stands(things: Mapping[str, tuple[str, float, float]], yaw: float = 0.0) -> Scene:
    """Return the table with things (category, x, y) on it, each turned by `yaw`, rad."""
    seeds = {name: index for index, name in enumerate(sorted({category for category, _, _ in things.values()}))}
    models = {
        name: with_inertials(generate(AssetRequest(name, seed + 1)).model).model_copy(update={"asset_id": name})
        for name, seed in seeds.items()
    }
    return make_scene({name: (models[category], x, y, yaw) for name, (category, x, y) in things.items()})


def inside(scene: Scene, owner: str, region: str, places: Mapping[str, Sequence[float]]) -> Scene:
    """Return the scene with things moved to (x, y, z) in a region of `owner`."""
    item = scene.region(owner, region)
    frame = scene.pose_world_object(owner) @ item.pose_link_region
    objects = []
    for one in scene.manifest.objects:
        if one.id in places:
            local = Pose.of(places[one.id])
            placement = Placement(parent_id=owner, region=region, pose_region_object=local)
            one = one.model_copy(update={"placement": placement, "transform": Transform.of(frame @ local)})
        objects.append(one)
    return Scene(scene.manifest.model_copy(update={"objects": objects}), scene.assets)


def spec_of(scene: Scene) -> mujoco.MjSpec:
    """Return the MuJoCo model of a scene of rigid things: the table fixed, the others free."""
    spec = mujoco.MjSpec()
    spec.option.timestep, spec.option.impratio = 0.002, 10
    spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    spec.option.cone = mujoco.mjtCone.mjCONE_ELLIPTIC
    spec.worldbody.add_geom(type=KIND.mjGEOM_PLANE, size=[4, 4, 0.1])
    fixed = table().asset_id
    for item in scene.objects:
        pose, link = item.transform.pose(), scene.asset(item.id).links[0]
        body = spec.worldbody.add_body(name=item.id, pos=pose.position, quat=pose.quat_wxyz)
        if item.asset is not None and item.asset.asset_id != fixed:
            body.add_freejoint(name=f"{item.id}/free")
            _weigh(body, link)
        for collider in link.colliders:
            _collide(spec, body, f"{item.id}/{collider.name}", collider)
    return spec


def _weigh(body: mujoco.MjsBody, link: Link) -> None:
    assert link.inertial is not None
    body.explicitinertial, body.mass, body.ipos = True, link.inertial.mass_kg, link.inertial.center_of_mass
    body.iquat, body.inertia = link.inertial.quat_wxyz_principal, link.inertial.principal_moments


def _collide(spec: mujoco.MjSpec, body: mujoco.MjsBody, name: str, collider: Collider) -> None:
    shape, pose = collider.shape, collider.pose_link_shape
    rolls = shape.kind in ("sphere", "capsule", "cylinder")
    more = {
        "name": name,
        "pos": pose.position,
        "quat": pose.quat_wxyz,
        "friction": [0.6, 0.005, 0.001 if rolls else 0.0001],
        "condim": 6 if rolls else 4,
    }
    match shape.kind:
        case "box":
            body.add_geom(type=KIND.mjGEOM_BOX, size=shape.half_extents, **more)
        case "sphere":
            body.add_geom(type=KIND.mjGEOM_SPHERE, size=[shape.radius, 0, 0], **more)
        case "cylinder":
            body.add_geom(type=KIND.mjGEOM_CYLINDER, size=[shape.radius, shape.half_length, 0], **more)
        case "capsule":
            body.add_geom(type=KIND.mjGEOM_CAPSULE, size=[shape.radius, shape.half_length, 0], **more)
        case _:
            spec.add_mesh(name=name, uservert=np.array(shape.vertices).ravel())
            body.add_geom(type=KIND.mjGEOM_MESH, meshname=name, **more)
