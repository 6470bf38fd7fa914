"""The things of an output folder of 3D-RE-GEN: which detections became meshes, and where each of them lies."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from blueprint.assets.lexicon import stands_on_floor
from blueprint.contracts.errors import InputError, UnsafePathError
from blueprint.contracts.frames import IDENTITY
from blueprint.sources.regen3d.canonical_frames import stored
from blueprint.sources.regen3d.contain import entries, optional_file
from blueprint.sources.regen3d.correspondence import Placement, place
from blueprint.sources.regen3d.gravity import UP, Level
from blueprint.sources.regen3d.names import DetectionName, is_background, is_opening, parse_name
from blueprint.sources.regen3d.native_upright import upright
from blueprint.sources.regen3d.point_cloud import read_mesh_points, thinned
from blueprint.sources.regen3d.reconstruction import ReconstructedObject
from blueprint.sources.regen3d.roles import category_of_label

__all__ = ["FoundThing", "detections", "find_thing", "level_object"]

Array = NDArray[np.float64]
_SAMPLE = 2000
_CONTACT = 0.05  # of the diagonal: how far above or below the floor the lowest point of a thing on it may be
_CONTACT_OF_FURNITURE = 0.15
_BAD_RESIDUAL = 0.1  # share of the diagonal at which a pose is worth nothing


@dataclass(frozen=True)
class FoundThing:
    """A thing before the scene is levelled: `placement` and points are in the camera's frame, turned Z-up.

    `outline` are the corners of the hull and `sample` points of the surface, (N, 3) each: all that is kept of a mesh.
    """

    name: DetectionName
    mesh: Path
    placement: Placement
    outline: Array
    sample: Array

    @property
    def own_up(self) -> Array | None:
        """Where the mesh's +Z looks; None for a placed mesh, which has no axes of its own."""
        return None if self.placement.fit == "given" else self.placement.pose.matrix()[:3, 2]


def detections(root: Path, skipped: dict[str, str], notes: list[str]) -> list[DetectionName]:
    """Return the detections that should be objects, by name; the others go to `skipped`, openings also to `notes`."""
    posed = [Path(name).stem for name in entries(root, "glb") if name.lower().endswith(".glb")]
    pictures = [Path(name).stem for name in entries(root, "findings/fullSize") if name.lower().endswith(".png")]
    names = []
    for stem in sorted({*posed, *pictures, *entries(root, "3D")}):
        parsed = parse_name(stem)
        if parsed is None:
            if "scene" not in stem and not stem.startswith("."):
                skipped[stem] = "its name is not of the form <label>__(<x>, <y>)"
        elif "scene" in stem:
            skipped[stem] = "its name has 'scene' in it, as those of whole scenes"
        elif is_background(parsed.label):
            skipped[stem] = "a part of the room, not an object"
            if is_opening(parsed.label):
                x, y = parsed.center_px
                notes.append(f"the room has a {parsed.label} at ({x}, {y}) px of the picture")
        else:
            names.append(parsed)
    return names


def find_thing(root: Path, name: DetectionName, notes: list[str]) -> FoundThing:
    """Return the canonical mesh of a detection, placed where its posed copy is; without one, the posed mesh itself.

    Raises InputError, with the reason, where there is no posed mesh or a mesh cannot be read.
    """
    posed = optional_file(root, f"glb/{name.name}.glb")
    canonical = optional_file(root, f"3D/{name.name}/{name.name}.glb")
    if posed is None:
        made = "it was never placed" if canonical else "it was detected but not reconstructed"
        raise InputError(f"there is no glb/{name.name}.glb: {made}.")
    target = read_mesh_points(posed, root)
    mesh, source, placement = posed, target, Placement(IDENTITY, 1.0, "given", 0.0)
    problem = f"there is no 3D/{name.name}/{name.name}.glb"
    if canonical is not None:
        try:
            mesh, source = canonical, read_mesh_points(canonical, root)
            placement = place(source, target, UP)
        except UnsafePathError:
            raise
        except InputError as error:
            mesh, source, problem = posed, target, str(error)
    if placement.fit == "given":
        notes.append(f"{name.name}: its placed mesh is used as it is: {problem}")
    elif placement.fit == "oriented_box":
        counts = f"{len(source.vertices)} and {len(target.vertices)} vertices do not correspond"
        notes.append(f"{name.name}: {counts}; its box leaves {placement.residual:.1%} of its size")
    points = placement.pose.apply(placement.scale * source.vertices)
    return FoundThing(name, mesh, placement, _outline(points), thinned(points, _SAMPLE))


def level_object(thing: FoundThing, object_id: str, level: Level, notes: list[str]) -> ReconstructedObject:
    """Return the thing in the level world, stood upright where it is tilted by mistake."""
    label, placement = thing.name.label, thing.placement
    pose = level.pose_world_source @ placement.pose
    outline = level.pose_world_source.apply(thing.outline)
    if placement.fit != "given":
        center = (outline.min(axis=0) + outline.max(axis=0)) / 2
        camera_up = level.pose_world_source.matrix()[:3, :3] @ UP
        straight, note = upright(pose, label, center, camera_up)
        outline = (straight @ pose.inverse()).apply(outline)
        pose = straight
        if note:
            notes.append(f"{object_id}: {note}")
    return ReconstructedObject(
        object_id=object_id,
        label=label,
        mesh=thing.mesh,
        pose_world_mesh=stored(pose),
        scale=float(f"{placement.scale:.9g}"),
        fit=placement.fit,
        confidence=round(max(0.0, 1.0 - placement.residual / _BAD_RESIDUAL), 6),
        residual=round(placement.residual, 9),
        is_floor_contact=_touches_floor(label, outline),
        source_name=thing.name.name,
    )


def _touches_floor(label: str, outline: Array) -> bool:
    share = _CONTACT_OF_FURNITURE if stands_on_floor(category_of_label(label)) else _CONTACT
    return bool(abs(outline[:, 2].min()) <= share * np.linalg.norm(np.ptp(outline, axis=0)))


def _outline(points: Array) -> Array:
    """Corners of the convex hull; all points of a flat thing, which has none."""
    from scipy.spatial import ConvexHull, QhullError

    try:
        return points[ConvexHull(points).vertices]
    except QhullError:
        return points
