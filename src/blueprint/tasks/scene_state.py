"""What one physics state says of a scene's objects: where they are, what touches what, and with which force."""

from collections.abc import Iterable, Iterator

import mujoco
import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.asset import Region
from blueprint.contracts.scene import Scene
from blueprint.robots.embodiment import PREFIX

__all__ = ["SceneState", "covers"]

Array = NDArray[np.float64]

MIN_SUPPORT_COSINE = 0.5  # a contact supports from below when its normal is within 60° of the vertical
MIN_FORCE_N = 1e-6


class SceneState:
    """Reads `data`, which must be consistent (after mj_forward or mj_step). Points are (3,), m, in the world."""

    def __init__(self, model: mujoco.MjModel, data: mujoco.MjData, scene: Scene) -> None:
        self.model, self.data, self.scene = model, data, scene

    def root(self, object_id: str) -> int:
        return int(self.model.body(object_id).id)

    def geoms(self, object_id: str) -> NDArray[np.int64]:
        """Return the colliding geoms of all links of an object."""
        model = self.model
        owned = model.body_rootid[model.geom_bodyid] == self.root(object_id)
        return np.flatnonzero(owned & ((model.geom_contype > 0) | (model.geom_conaffinity > 0)))

    def center(self, object_id: str) -> Array:
        """Return the centre of mass of the object's root link."""
        return np.array(self.data.body(object_id).xipos)

    def joint(self, object_id: str, joint: str) -> float:
        return float(self.data.joint(f"{object_id}/{joint}").qpos[0])

    def speed(self, object_id: str) -> float:
        velocity = np.zeros(6)
        body = self.root(object_id)
        mujoco.mj_objectVelocity(self.model, self.data, mujoco.mjtObj.mjOBJ_BODY, body, velocity, 0)
        return float(np.linalg.norm(velocity[3:]))

    def in_region(self, owner: str, region: Region, point: Array) -> Array:
        """Return a point in the frame of a region."""
        pose_region_world = np.linalg.inv(self.region_pose(owner, region))
        return np.asarray(pose_region_world[:3, :3] @ np.asarray(point) + pose_region_world[:3, 3], np.float64)

    def region_pose(self, owner: str, region: Region) -> Array:
        """Return the pose (4, 4) of a region in the world, its joints as they are."""
        link = self.scene.asset(owner).link(region.link)
        body = self.data.body(owner if link.parent is None else f"{owner}/{link.name}")
        pose = np.eye(4)
        pose[:3, :3], pose[:3, 3] = body.xmat.reshape(3, 3), body.xpos
        return np.asarray(pose @ region.pose_link_region.matrix(), np.float64)

    def footprint(self, object_id: str) -> Array:
        """Return the corners (8, 2) of the object's box, seen from above."""
        body = self.data.body(object_id)
        width, depth, height = self.scene.asset(object_id).size_m
        corners = np.array(
            [(x, y, z) for x in (-width / 2, width / 2) for y in (-depth / 2, depth / 2) for z in (0.0, height)]
        )
        return (corners @ body.xmat.reshape(3, 3).T + body.xpos)[:, :2]

    def furthest(self, object_id: str, way: Array) -> Array:
        """Return the point of the object's collision shapes that is furthest along the unit vector `way` (3,)."""
        points = [self._furthest_of(int(geom), way) for geom in self.geoms(object_id)]
        return max(points, key=lambda point: float(point @ way))

    def supports(self, support_id: str, object_id: str) -> bool:
        """Return whether a contact of the support pushes the object upwards."""
        support, wanted = self.root(support_id), self.root(object_id)
        for index, roots, normal in self._contacts():
            if set(roots) == {support, wanted}:
                up = normal[2] if roots[1] == wanted else -normal[2]  # the normal points from the first to the second
                if up > MIN_SUPPORT_COSINE and float(self._wrench(index)[0]) > MIN_FORCE_N:
                    return True
        return False

    def lift_from(self, support_id: str, object_id: str) -> float:
        """Return the upward force that the contacts with `support_id` exert on the object, N."""
        support, wanted = self.root(support_id), self.root(object_id)
        lift = 0.0
        for index, roots, _ in self._contacts():
            if set(roots) == {support, wanted}:
                force = self.data.contact[index].frame.reshape(3, 3).T @ self._wrench(index)
                lift += float(force[2] if roots[1] == wanted else -force[2])  # it acts on the second
        return lift

    def weight(self, object_id: str) -> float:
        """Return the weight of an object with all of its links, N."""
        return float(self.model.body_subtreemass[self.root(object_id)] * abs(self.model.opt.gravity[2]))

    def touching(self, object_id: str) -> list[str]:
        """Return the names of the bodies that touch an object, sorted: root bodies of the scene, links of the robot."""
        wanted = self.root(object_id)
        found = set()
        for contact in self.data.contact[: self.data.ncon]:
            bodies = [int(self.model.geom_bodyid[geom]) for geom in contact.geom]
            for mine, other in (bodies, bodies[::-1]):
                if self.model.body_rootid[mine] == wanted and self.model.body_rootid[other] != wanted:
                    name = self.model.body(other).name
                    root = self.model.body(int(self.model.body_rootid[other])).name
                    found.add(name if name.startswith(PREFIX) else root)
        return sorted(found)

    def touched_by(self, object_id: str, bodies: Iterable[int]) -> bool:
        """Return whether one of `bodies` touches the object."""
        names = {self.model.body(body).name for body in bodies}
        return bool(names & set(self.touching(object_id)))

    def _contacts(self) -> Iterator[tuple[int, tuple[int, int], Array]]:
        for index, contact in enumerate(self.data.contact[: self.data.ncon]):
            first, second = (int(self.model.body_rootid[self.model.geom_bodyid[geom]]) for geom in contact.geom)
            yield index, (first, second), contact.frame[:3]

    def _wrench(self, index: int) -> Array:
        """Return the force (3,) of a contact in its own frame, N: along the normal first."""
        force = np.zeros(6)
        mujoco.mj_contactForce(self.model, self.data, index, force)
        return force[:3]

    def _furthest_of(self, geom: int, way: Array) -> Array:
        """Return the support point of a geom: exact for spheres, capsules, cylinders, boxes, ellipsoids and hulls."""
        model, kinds = self.model, mujoco.mjtGeom
        rotation = self.data.geom_xmat[geom].reshape(3, 3)
        local, size, kind = rotation.T @ way, model.geom_size[geom], int(model.geom_type[geom])
        if kind == kinds.mjGEOM_SPHERE:
            point = size[0] * local
        elif kind == kinds.mjGEOM_CAPSULE:
            point = size[0] * local + np.array([0.0, 0.0, size[1] * np.sign(local[2])])
        elif kind == kinds.mjGEOM_CYLINDER:
            level = float(np.hypot(local[0], local[1]))
            around = local[:2] / level if level > 1e-9 else np.zeros(2)
            point = np.array([*(size[0] * around), size[1] * np.sign(local[2])])
        elif kind == kinds.mjGEOM_ELLIPSOID:
            point = size**2 * local / np.linalg.norm(size * local)
        elif kind == kinds.mjGEOM_MESH:
            mesh = int(model.geom_dataid[geom])
            first, count = model.mesh_vertadr[mesh], model.mesh_vertnum[mesh]
            vertices = model.mesh_vert[first : first + count]
            point = vertices[int(np.argmax(vertices @ local))]
        else:
            point = size * np.sign(local)
        return np.asarray(self.data.geom_xpos[geom] + rotation @ point, np.float64)


def covers(region: Region, x: float, y: float, margin_m: float) -> bool:
    """Return whether a point of a region's plane is within its outline, grown by `margin_m`."""
    if region.outline == "disc":
        return float(np.hypot(x, y)) <= region.half_extents[0] + margin_m
    return abs(x) <= region.half_extents[0] + margin_m and abs(y) <= region.half_extents[1] + margin_m
