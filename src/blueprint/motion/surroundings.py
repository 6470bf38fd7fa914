"""A scene's simple colliders around a robot that can be put anywhere: where would its arm hit the furniture?"""

import mujoco
import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.asset import BoxShape, CapsuleShape, CylinderShape, Link, SphereShape
from blueprint.contracts.frames import IDENTITY, Pose
from blueprint.contracts.scene import Scene
from blueprint.motion.collision import Clearance, PlanningScene
from blueprint.motion.context import body_name
from blueprint.robots.embodiment import PREFIX, Embodiment

__all__ = ["Surroundings"]

Array = NDArray[np.float64]

TALLEST_PEDESTAL_M = 1.5
DEPTH_M = 0.005  # what a plan could still avoid with another elbow or a few millimetres


class Surroundings:
    """Everything stands where the manifest says, joints closed. Hulls are left out: furniture and rooms are boxes.

    The arm that moves is `arm`, the first for None; the others are at their homes.
    """

    def __init__(self, scene: Scene, embodiment: Embodiment, arm: str | None = None) -> None:
        spec = mujoco.MjSpec()
        for item in scene.objects:
            asset = scene.asset(item.id)
            for link in asset.links:
                pose = scene.pose_world_object(item.id)
                for owner in (*_ancestors(asset.links, link), link):
                    pose = pose @ owner.pose_parent_link
                body = spec.worldbody.add_body(
                    name=body_name(item.id, link), pos=pose.position, quat=pose.quat_wxyz, mocap=True
                )
                _add_colliders(body, link)
        embodiment.attach(spec, Pose.of((0, 0, TALLEST_PEDESTAL_M)))
        self._planning = PlanningScene(spec.compile(), embodiment)
        for other in embodiment.arms:
            self._planning.set_arm(other.name, other.home_qpos, other.opening_max_m)
        self._planning.use(embodiment.arm(arm).name)
        self._has_pedestal = embodiment.base_height_m is None
        self.place(IDENTITY)

    def place(self, base: Pose) -> None:
        """Put the robot's base at an upright pose in the world, on a pedestal of that height."""
        model, root = self._planning.model, self._planning.index.root_body
        model.body_pos[root], model.body_quat[root] = base.position, base.quat_wxyz
        if not self._has_pedestal:
            return
        half = max(base.position[2] / 2, 1e-3)
        pedestal = model.body(PREFIX + "pedestal").id
        model.body_pos[pedestal, 2] = -half
        for geom in np.flatnonzero(model.geom_bodyid == pedestal):
            model.geom_size[geom, 2] = half

    def move(self, body: str, pose_world_body: Array) -> None:
        """Put a link at another pose (4, 4)."""
        mocap = int(self._planning.model.body(body).mocapid[0])
        self._planning.data.mocap_pos[mocap] = pose_world_body[:3, 3]
        mujoco.mju_mat2Quat(self._planning.data.mocap_quat[mocap], pose_world_body[:3, :3].ravel())

    def is_free(self, q: Array, opening_m: float, touched: frozenset[str] = frozenset()) -> bool:
        """Return whether the arm at `q` (n,) hits nothing but the bodies named in `touched`, which it is to touch."""
        bodies = frozenset(int(self._planning.model.body(name).id) for name in touched)
        clearance = Clearance(pad_m=-DEPTH_M, near=bodies, near_depth_m=1.0)
        return self._planning.is_free(q, opening_m, clearance)


def _ancestors(links: list[Link], link: Link) -> list[Link]:
    """Return the links from the root to the parent of `link`."""
    if link.parent is None:
        return []
    parent = next(item for item in links if item.name == link.parent)
    return [*_ancestors(links, parent), parent]


def _add_colliders(body: "mujoco.MjsBody", link: Link) -> None:
    kinds = mujoco.mjtGeom
    for collider in link.colliders:
        shape, pose = collider.shape, collider.pose_link_shape
        if isinstance(shape, BoxShape):
            kind, size = kinds.mjGEOM_BOX, list(shape.half_extents)
        elif isinstance(shape, SphereShape):
            kind, size = kinds.mjGEOM_SPHERE, [shape.radius, 0.0, 0.0]
        elif isinstance(shape, CylinderShape | CapsuleShape):
            kind = kinds.mjGEOM_CYLINDER if isinstance(shape, CylinderShape) else kinds.mjGEOM_CAPSULE
            size = [shape.radius, shape.half_length, 0.0]
        else:
            continue
        body.add_geom(type=kind, size=size, pos=pose.position, quat=pose.quat_wxyz, contype=1, conaffinity=1)
