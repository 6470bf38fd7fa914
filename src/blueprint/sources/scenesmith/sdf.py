"""SDF models as SceneSmith writes them: links with glTF visuals, convex OBJ collision pieces, masses and joints."""

import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from blueprint.assets import mesh
from blueprint.assets.geometry import TriangleMesh
from blueprint.contracts.asset import Joint
from blueprint.contracts.errors import ContractError, InputError
from blueprint.contracts.frames import IDENTITY, Pose, quat_wxyz_from_euler_xyz
from blueprint.contracts.ids import slug
from blueprint.sources.imported.asset import ImportedLink
from blueprint.sources.imported.files import inside, read_bounded
from blueprint.sources.imported.mesh_file import MeshPart, Surface, load_obj_points, load_parts

__all__ = ["read_sdf"]

Array = NDArray[np.float64]
_MAX_SDF_BYTES = 4 << 20
_MAX_LINKS = 64
_MASS_RANGE_KG = (1e-4, 5e3)
# SDF says nothing of what a joint rubs; these are this project's values for doors and drawers.
_DAMPING = {"revolute": 0.5, "prismatic": 5.0}
_FRICTION = {"revolute": 0.15, "prismatic": 1.5}
_PACKAGE = "package://scene/"


@dataclass
class _Body:
    """A link and what fixed joints weld to it, in the frame that it will have: its joint's, or the link's own."""

    name: str
    pose_model_body: Pose
    joint: Joint | None = None
    parent: str | None = None
    parts: list[MeshPart] = field(default_factory=list)
    pieces: list[Array] = field(default_factory=list)
    masses: list[float] = field(default_factory=list)


def read_sdf(path: Path, root: Path) -> list[ImportedLink]:
    """Return the links of an SDF model, the root first, geometry in link frames, metres, Z-up.

    A link's frame is put on its joint's axis (SDF lets the joint stand elsewhere); links behind fixed joints are merged
    into their parents. Visual glTF is Y-up and turned; collision OBJ is Z-up already. Raises InputError where the model
    cannot be read, ContractError where its links or joints make no tree, UnsafePathError for files outside `root`.
    """
    model = _model(path)
    links = {_name(item): item for item in model.findall("link")}
    if not 1 <= len(links) <= _MAX_LINKS or len(links) != len(model.findall("link")):
        raise ContractError(f"{path.name} has {len(model.findall('link'))} links, expected 1 to {_MAX_LINKS} names.")
    joints = {_text(item, "child"): item for item in model.findall("joint")}
    poses = {name: _pose_in_model(path, name, links, 0) for name in links}
    bodies: dict[str, _Body] = {}
    owner: dict[str, str] = {}
    root_name = next((name for name in links if name not in joints), None)
    if root_name is None:
        raise ContractError(f"{path.name}: every link hangs on a joint, so none is the base.")
    for name in _parents_first(path, links, joints, root_name):
        joint = joints.get(name)
        if name == root_name or joint is None or joint.get("type") == "fixed":
            parent = name if name == root_name else owner[_text(joint, "parent") if joint is not None else root_name]
            owner[name] = parent
            if name == root_name:
                bodies[name] = _Body(name, poses[name])
        else:
            owner[name] = name
            frame = poses[name] @ _pose(joint.find("pose"))
            parent = owner[_text(joint, "parent")]
            bodies[name] = _Body(name, frame, _joint(path, joint, frame), parent)
        _collect(path, root, links[name], poses[name], bodies[owner[name]])
    return [_imported(body, bodies) for body in bodies.values()]


def _imported(body: _Body, bodies: dict[str, _Body]) -> ImportedLink:
    is_root = body.parent is None
    parent = bodies[body.parent] if body.parent else None
    pose = body.pose_model_body if parent is None else parent.pose_model_body.inverse() @ body.pose_model_body
    return ImportedLink(
        name=_link_name(body.name),
        parts=body.parts,
        pieces=body.pieces,
        parent=None if is_root else _link_name(body.parent or ""),
        pose_parent_link=pose,
        joint=body.joint,
        mass_kg=sum(body.masses) if body.masses else None,
    )


def _collect(path: Path, root: Path, link: ElementTree.Element, pose_model_link: Pose, body: _Body) -> None:
    """Add a link's meshes, collision pieces and mass to the body that carries it, in the body's frame."""
    pose_body_link = body.pose_model_body.inverse() @ pose_model_link
    for visual in link.findall("visual"):
        for part in _visual(path, root, visual):
            move = pose_body_link @ _pose(visual.find("pose"))
            body.parts.append(replace(part, mesh=mesh.transformed(part.mesh, move)))
    for collision in link.findall("collision"):
        points = _collision(path, root, collision)
        body.pieces.append((pose_body_link @ _pose(collision.find("pose"))).apply(points))
    mass = _number(link.find("inertial/mass"))
    if mass is not None and _MASS_RANGE_KG[0] <= mass <= _MASS_RANGE_KG[1]:
        body.masses.append(mass)


def _model(path: Path) -> ElementTree.Element:
    data = read_bounded(path, _MAX_SDF_BYTES)
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:  # entities can expand without bound
        raise InputError(f"{path.name} declares XML entities.", remedy="remove the DOCTYPE.")
    try:
        tree = ElementTree.fromstring(data)
    except (ElementTree.ParseError, ValueError) as error:
        raise InputError(f"{path.name} is not XML: {error}.", remedy="export the model again.") from error
    model = tree if tree.tag == "model" else tree.find(".//model")
    if model is None:
        raise InputError(f"{path.name} holds no <model>.", remedy="export the model again.")
    return model


def _parents_first(
    path: Path, links: dict[str, ElementTree.Element], joints: dict[str, ElementTree.Element], root_name: str
) -> list[str]:
    """Links in an order in which parents come first; links that no joint names hang on the root."""
    done, order = {root_name}, [root_name]
    while len(order) < len(links):
        ready = [
            name for name in links if name not in done and (name not in joints or _text(joints[name], "parent") in done)
        ]
        if not ready:
            raise ContractError(f"{path.name}: its joints make no tree from link {root_name!r}.")
        done |= set(ready)
        order += ready
    return order


def _pose_in_model(path: Path, name: str, links: dict[str, ElementTree.Element], depth: int) -> Pose:
    item = links[name].find("pose")
    base = item.get("relative_to") if item is not None else None
    if base in (None, "", "__model__"):
        return _pose(item)
    if base not in links or depth > len(links):
        raise ContractError(f"{path.name}: link {name!r} is posed relative to {base!r}, which is no link before it.")
    return _pose_in_model(path, str(base), links, depth + 1) @ _pose(item)


def _joint(path: Path, item: ElementTree.Element, pose_model_joint: Pose) -> Joint:
    """SDF 1.7: the axis is given in the joint's frame, whose pose is relative to the child."""
    kind = {"revolute": "revolute", "continuous": "revolute", "prismatic": "prismatic"}.get(item.get("type") or "")
    if kind is None:
        raise ContractError(f"{path.name}: joint {_name(item)!r} of type {item.get('type')!r} is not supported.")
    xyz = item.find("axis/xyz")
    axis = np.array(_numbers(xyz, 3) or (0, 0, 1), float)
    if xyz is not None and xyz.get("expressed_in") == "__model__":
        axis = pose_model_joint.inverse().apply(axis) - pose_model_joint.inverse().apply(np.zeros(3))
    length = float(np.linalg.norm(axis))
    if length < 1e-9:
        raise ContractError(f"{path.name}: joint {_name(item)!r} has no axis.")
    x, y, z = (axis / length).tolist()
    lower, upper = (_number(item.find(f"axis/limit/{word}")) for word in ("lower", "upper"))
    if kind == "revolute":
        lower, upper = (
            max(-np.pi, lower if lower is not None else -np.pi),
            min(np.pi, np.pi if upper is None else upper),
        )
    if lower is None or upper is None or not lower < upper or max(abs(lower), abs(upper)) > 10:
        raise ContractError(f"{path.name}: joint {_name(item)!r} has limits {lower} to {upper}.")
    damping, friction = (_number(item.find(f"axis/dynamics/{word}")) for word in ("damping", "friction"))
    return Joint(
        name=slug(_name(item)),
        type="revolute" if kind == "revolute" else "prismatic",
        axis=(x, y, z),
        lower=float(lower),
        upper=float(upper),
        damping=_DAMPING[kind] if not damping or damping < 0 else damping,
        friction=_FRICTION[kind] if not friction or friction < 0 else friction,
        armature=0.01 if kind == "revolute" else 0.0,
    )


def _visual(path: Path, root: Path, item: ElementTree.Element) -> list[MeshPart]:
    uri = item.find("geometry/mesh/uri")
    if uri is not None:
        scale = _scale(item)
        parts = load_parts(_resolve(path, root, uri.text or ""), root)
        return [replace(part, mesh=mesh.scaled(part.mesh, scale)) for part in parts] if scale is not None else parts
    solid = _solid(path, item)
    return [MeshPart(solid, Surface())] if solid is not None else []


def _collision(path: Path, root: Path, item: ElementTree.Element) -> Array:
    uri = item.find("geometry/mesh/uri")
    if uri is not None:
        target = _resolve(path, root, uri.text or "")
        if target.suffix.lower() == ".obj":
            points = load_obj_points(target)
        else:
            points = np.concatenate([part.mesh.vertices for part in load_parts(target, root)])
        scale = _scale(item)
        return points * scale if scale is not None else points
    solid = _solid(path, item)
    if solid is None:
        raise InputError(f"{path.name}: a collision has no geometry that is read.", remedy="use mesh, box or cylinder.")
    return solid.vertices


def _solid(path: Path, item: ElementTree.Element) -> TriangleMesh | None:
    """Boxes, cylinders and spheres, centred on their frame as SDF has them."""
    size = _numbers(item.find("geometry/box/size"), 3)
    radius = _number(item.find("geometry/cylinder/radius")) or _number(item.find("geometry/sphere/radius"))
    length = _number(item.find("geometry/cylinder/length"))
    given = [*(size or ()), *([radius] if radius else []), *([length] if length else [])]
    if any(not 1e-6 < value < 1e3 for value in given):
        raise InputError(f"{path.name}: a shape measures {given} m.", remedy="use metres.")
    if size is not None:
        return mesh.beveled_box(size, 0.0)
    if radius and length:
        return mesh.moved(mesh.cylinder(radius, length, 24), (0, 0, -length / 2))
    return mesh.sphere(radius, 20, 12) if radius else None


def _resolve(path: Path, root: Path, uri: str) -> Path:
    name = uri.strip()
    if name.startswith(_PACKAGE):
        return inside(root, name.removeprefix(_PACKAGE))
    return inside(root, name.removeprefix("./"), path.parent)


def _scale(item: ElementTree.Element) -> Array | None:
    values = _numbers(item.find("geometry/mesh/scale"), 3)
    if values is None or values == [1.0, 1.0, 1.0]:
        return None
    if min(values) < 1e-6 or max(values) > 1e6:
        raise InputError(f"a mesh is scaled by {values}.", remedy="use positive factors.")
    return np.array(values)


def _pose(item: ElementTree.Element | None) -> Pose:
    values = _numbers(item, 6)
    if values is None:
        return IDENTITY
    return Pose.of(values[:3], quat_wxyz_from_euler_xyz(*values[3:]))


def _numbers(item: ElementTree.Element | None, count: int) -> list[float] | None:
    if item is None or not (item.text or "").strip():
        return None
    try:
        values = [float(word) for word in (item.text or "").split()]
    except ValueError as error:
        raise ContractError(f"<{item.tag}> holds {ascii(item.text)[:80]}, expected {count} numbers.") from error
    if len(values) != count or not np.isfinite(values).all():
        raise ContractError(f"<{item.tag}> holds {ascii(item.text)[:80]}, expected {count} finite numbers.")
    return values


def _number(item: ElementTree.Element | None) -> float | None:
    if item is None or (item.text or "").strip().lower() in ("inf", "-inf"):
        return None
    values = _numbers(item, 1)
    return values[0] if values else None


def _text(item: ElementTree.Element, tag: str) -> str:
    return (item.findtext(tag) or "").strip()


def _name(item: ElementTree.Element) -> str:
    return item.get("name") or "unnamed"


def _link_name(name: str) -> str:
    return slug(name)
