"""The kinematic tree: which body hangs on which, by which joint, and what every one is called."""

from dataclasses import dataclass

from pxr import Usd, UsdPhysics

from blueprint.mjcf.body import RigidBody
from blueprint.mjcf.joint import JointPrim
from blueprint.usd.attributes import ARCHITECTURE, OBJECTS, WORLD

__all__ = ["Names", "Tree", "build_tree"]


@dataclass(frozen=True)
class Tree:
    """`order` lists bodies parents first; `parent` gives body path → (parent path or None for the world, joint or None
    for a free body); `loops` are joints that close a loop."""

    order: list[str]
    parent: dict[str, tuple[str | None, JointPrim | None]]
    loops: list[JointPrim]


def build_tree(bodies: dict[str, RigidBody], joints: list[JointPrim]) -> Tree:
    """Span the bodies by joints. A component hangs on the world where a joint says so, else its articulation root
    (or the body that is nobody's child) is free."""
    parent: dict[str, tuple[str | None, JointPrim | None]] = {}
    order: list[str] = []
    used: set[str] = set()
    roots: list[tuple[str, JointPrim | None]] = []
    for joint in joints:
        if (joint.body0 is None) != (joint.body1 is None) and joint.in_articulation:
            roots.append((joint.body1 or joint.body0 or "", joint))
    children = {joint.body1 for joint in joints if joint.body0 is not None}
    marked = [path for path, body in bodies.items() if _is_articulation_root(body.prim)]
    heads = [path for path in bodies if path not in children]
    roots.extend((path, None) for path in [*marked, *heads, *bodies])
    for path, world_joint in roots:
        if path in parent:
            continue
        parent[path] = (None, world_joint)
        if world_joint:
            used.add(world_joint.path)
        order.append(path)
        queue = [path]
        while queue:
            current = queue.pop(0)
            for joint in joints:
                if joint.path in used or current not in (joint.body0, joint.body1) or not joint.in_articulation:
                    continue
                other = joint.body1 if joint.body0 == current else joint.body0
                if other is None or other in parent:
                    continue
                used.add(joint.path)
                parent[other] = (current, joint)
                order.append(other)
                queue.append(other)
    return Tree(order, parent, [joint for joint in joints if joint.path not in used])


def _is_articulation_root(prim: Usd.Prim) -> bool:
    """ArticulationRootAPI stands on the body, on a prim above it, or (Isaac's style) on its joint to the world."""
    return bool(prim.HasAPI(UsdPhysics.ArticulationRootAPI))


class Names:
    """Names of bodies and joints: by object in our stages, by prim path in others'; each is given once."""

    def __init__(self, stage: Usd.Stage, object_id: str | None = None) -> None:
        self._objects: dict[str, str] = {}
        default = stage.GetDefaultPrim()
        self._strip = str(default.GetPath()) if default else ""
        if object_id is not None:
            self._objects[self._strip] = object_id
        elif default and default.GetName() == WORLD:
            for group in (ARCHITECTURE, OBJECTS):
                scope = default.GetChild(group)
                for child in scope.GetChildren() if scope else []:
                    self._objects[str(child.GetPath())] = child.GetName()
        elif default and Usd.ModelAPI(default).GetKind() == "component":
            self._objects[self._strip] = default.GetName()
        self._given: set[str] = set()

    def owner(self, path: str) -> tuple[str, str] | None:
        """Return (object prim path, object id) of the object that a prim belongs to, or None."""
        current = path
        while current:
            if current in self._objects:
                return current, self._objects[current]
            current = current.rpartition("/")[0]
        return None

    def objects(self) -> dict[str, str]:
        return dict(self._objects)

    def body(self, path: str, *, is_root: bool) -> str:
        owner = self.owner(path)
        if owner is None:
            return self.unique(self._short(path))
        prim_path, object_id = owner
        inner = path[len(prim_path) :].strip("/")
        if not inner or (is_root and object_id not in self._given):
            return self.unique(object_id)
        return self.unique(f"{object_id}/{inner}")

    def joint(self, joint: JointPrim, suffix: str) -> str:
        owner = self.owner(joint.path)
        if owner is None:
            return self.unique(f"{self._short(joint.path)}{suffix}")
        return self.unique(f"{owner[1]}/{joint.name}{suffix}")

    def prim(self, path: str, name: str) -> str:
        """Return a unique name for a light or camera, its own name where that is free."""
        return self.unique(name) if name not in self._given else self.unique(self._short(path))

    def unique(self, name: str) -> str:
        candidate, number = name, 1
        while candidate in self._given:
            number += 1
            candidate = f"{name}_{number}"
        self._given.add(candidate)
        return candidate

    def _short(self, path: str) -> str:
        inner = path[len(self._strip) :] if self._strip and path.startswith(f"{self._strip}/") else path
        return inner.strip("/") or path.strip("/")
