"""From a scaled reconstruction and its prepared meshes to a scene: aligned, in a room, each thing on its support."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from blueprint.contracts.asset import License
from blueprint.contracts.errors import InputError
from blueprint.contracts.frames import Pose, quat_wxyz_from_yaw
from blueprint.contracts.ids import slug
from blueprint.contracts.scene_scale import SceneScale
from blueprint.sources.imported.asset import ImportedLink
from blueprint.sources.imported.scene import SHELL_ID, ImportedObject, ImportedScene
from blueprint.sources.meshes.mesh_input import MassGuess, MeshInput, PreparedMesh
from blueprint.sources.regen3d.front import front_of
from blueprint.sources.regen3d.reconstruction import ReconstructedObject, Reconstruction
from blueprint.sources.regen3d.roles import category_of_label, footing_of, sim_role
from blueprint.sources.regen3d.room_fit import FittedRoom, fit_room
from blueprint.sources.regen3d.room_fit_planes import faces_of, turn_of_walls
from blueprint.sources.regen3d.scale_measure import Triangles, background_triangles, measure
from blueprint.sources.regen3d.supports import Support, height_noise, infer_supports, is_adrift
from blueprint.sources.regen3d.supports_hanging import (
    Mounting,
    hang_on_wall,
    hang_under_ceiling,
    hangs_anyway,
    mounting_of,
)
from blueprint.sources.regen3d.supports_snap import Shift, on_supports, upright
from blueprint.sources.regen3d.supports_thing import Thing, thing_of

__all__ = ["assemble", "mesh_inputs"]

_LICENSE = License(spdx="LicenseRef-user-supplied", source="photo reconstruction handed over by the user")
_SOURCE = "regen3d"
_LEAST_TURN_RAD = np.radians(0.3)
_UNKNOWN_SIZE_M = (0.5, 0.5, 0.5)
_RECORDED_M = 0.001


def mesh_inputs(
    reconstruction: Reconstruction,
    scale: SceneScale,
    articulated: Mapping[str, list[ImportedLink]],
    masses: Mapping[str, MassGuess],
) -> list[MeshInput]:
    """Return what preparation needs of every object, in their order; `name` is the object's id.

    A mesh that cannot be read is listed too, so that preparation refuses it by name.
    """
    aligned, background, _, _ = _aligned(reconstruction, scale.factor)
    measured = {item.item.object_id: item for item in measure(aligned)[0]}
    boxes = {name: item.corners() * scale.factor for name, item in measured.items()}
    categories = {name: item.category for name, item in measured.items()}
    fitted = _fit(background, scale.factor, boxes, categories, aligned.environment)
    found = []
    for item in aligned.objects:
        known = measured.get(item.object_id)
        category = category_of_label(item.label)
        links = list(articulated.get(item.object_id, []))
        size = tuple(known.size * scale.factor) if known else _UNKNOWN_SIZE_M
        found.append(
            MeshInput(
                name=item.object_id,
                path=item.mesh,
                root=aligned.root,
                category=category,
                label=item.label,
                sim_role=sim_role(category, size, has_joints=any(link.joint for link in links)),
                license=_LICENSE,
                scale=scale.factor * item.scale,
                front=front_of(known, scale.factor, fitted)[0] if known else "-y",
                links=links,
                mass=masses.get(item.object_id),
                source=_SOURCE,
            )
        )
    return found


def assemble(
    reconstruction: Reconstruction,
    scale: SceneScale,
    prepared: Mapping[str, PreparedMesh],
    failures: Mapping[str, str],
) -> ImportedScene:
    """Return the scene: walls along the axes, everything inside and on (or in) what carries it.

    `prepared` and `failures` are by object id. What was moved and why is in `extra["placement"]`, which walls were
    seen and which guessed in `extra["room"]`, what is missing in `skipped`. Raises InputError where nothing is left.
    """
    aligned, background, turn, notes = _aligned(reconstruction, scale.factor)
    skipped = {**reconstruction.skipped, **{name: f"its mesh: {why}" for name, why in failures.items()}}
    items = {item.object_id: item for item in aligned.objects if item.object_id in prepared}
    for item in aligned.objects:
        if item.object_id not in items:
            skipped.setdefault(item.object_id, "its mesh was not prepared")
    if not items:
        raise InputError("no object of the reconstruction could be prepared.", remedy="see the report of the meshes.")
    shifts = {name: Shift() for name in items}
    things = {
        name: _upright_thing(_thing(item, scale.factor, prepared[name]), shifts[name]) for name, item in items.items()
    }
    corners = {name: np.array([thing.low, thing.high]) for name, thing in things.items()}
    categories = {name: thing.category for name, thing in things.items()}
    fitted = _fit(background, scale.factor, corners, categories, aligned.environment)
    skipped |= fitted.outside
    inside = {name: thing for name, thing in things.items() if name not in fitted.outside}
    if not inside:
        raise InputError("no object lies inside the room.", remedy="look at the reconstruction's poses.")
    placed = _place(inside, fitted, shifts)
    skipped |= placed.lost
    if not placed.things:
        raise InputError("every object floats in the air.", remedy="look at the reconstruction's poses and gravity.")
    ids = _ids([items[name] for name in placed.things])
    return ImportedScene(
        source=_SOURCE,
        prompt=None,
        environment=aligned.environment,
        rooms=[fitted.room],
        openings=[],
        objects=[_imported(items[name], placed, prepared[name], ids) for name in placed.things],
        skipped=dict(sorted(skipped.items())),
        extra={
            "source": "image",
            "source_pipeline": _SOURCE,
            "scale": scale.model_dump(mode="json"),
            "gravity": reconstruction.gravity,
            "tilt_rad": reconstruction.tilt_rad,
            "turned_rad": round(turn, 6),
            "room": _room_record(fitted),
            "placement": {ids[name]: record for name in placed.things if (record := _record(shifts[name]))},
            "notes": [*reconstruction.notes, *notes],
        },
    )


@dataclass
class _Placed:
    """The things where they are to be, how each is mounted, the supports of those that stand, and those that hung in
    the air."""

    things: dict[str, Thing]
    mounting: dict[str, Mounting] = field(default_factory=dict)
    supports: dict[str, Support] = field(default_factory=dict)
    lost: dict[str, str] = field(default_factory=dict)


def _place(things: Mapping[str, Thing], fitted: FittedRoom, shifts: dict[str, Shift]) -> _Placed:
    """Hang what hangs, find what carries the rest, and bring it there."""
    noise = height_noise(list(things.values()))
    mounting = {name: mounting_of(thing, fitted.room) for name, thing in things.items()}
    hung = {name: _hung(things[name], how, fitted, shifts[name]) for name, how in mounting.items() if how != "free"}
    standing = [thing for name, thing in things.items() if name not in hung]
    supports = infer_supports(standing, noise, list(hung.values()))
    for thing in standing:
        if hangs_anyway(thing, supports[thing.object_id], fitted.room):
            mounting[thing.object_id] = "wall"
            hung[thing.object_id] = _hung(thing, "wall", fitted, shifts[thing.object_id])
    standing = [thing for thing in standing if thing.object_id not in hung]
    supports, lost = _carried(standing, noise, list(hung.values()))
    kept = {thing.object_id: thing for thing in standing if thing.object_id not in lost}
    resting = on_supports(kept | hung, supports, shifts)
    return _Placed({name: resting[name] for name in things if name in resting}, mounting, supports, lost)


def _carried(standing: list[Thing], noise_m: float, hung: list[Thing]) -> tuple[dict[str, Support], dict[str, str]]:
    """Return the supports of what has one, and why the others are lost; what stood on these may be lost too."""
    lost: dict[str, str] = {}
    while True:
        kept = [thing for thing in standing if thing.object_id not in lost]
        supports = infer_supports(kept, noise_m, hung)
        adrift = [thing.object_id for thing in kept if is_adrift(thing, supports[thing.object_id])]
        if not adrift:
            return supports, lost
        for name in adrift:
            lost[name] = f"it floats {supports[name].gap_m:.2f} m above anything that could carry it"


def _hung(thing: Thing, how: Mounting, fitted: FittedRoom, shift: Shift) -> Thing:
    moved, by = hang_on_wall(thing, fitted.room) if how == "wall" else hang_under_ceiling(thing, fitted.room)
    shift.moved_m = shift.moved_m + by
    if np.linalg.norm(by) > _RECORDED_M:
        shift.reasons.append(f"{np.linalg.norm(by) * 1000:.0f} mm to the {how}")
    return moved


def _thing(item: ReconstructedObject, factor: float, prepared: PreparedMesh) -> Thing:
    pose = Pose.of(np.asarray(item.pose_world_mesh.position) * factor, item.pose_world_mesh.quat_wxyz)
    pose = pose @ prepared.imported.pose_source_asset
    return thing_of(item.object_id, prepared.imported.asset, pose, says_floor=item.is_floor_contact)


def _upright_thing(thing: Thing, shift: Shift) -> Thing:
    turned, tilt = upright(thing)
    shift.tilt_rad = tilt
    return turned


def _aligned(
    reconstruction: Reconstruction, factor: float
) -> tuple[Reconstruction, Triangles | None, float, list[str]]:
    """Return the reconstruction and its background turned so that the walls lie along x and y, by which yaw, and notes.

    A background that cannot be read is left out, with a note.
    """
    notes: list[str] = []
    try:
        background = background_triangles(reconstruction)
    except InputError as error:
        return reconstruction, None, 0.0, [f"the background is left out: {error}"]
    if background is None:
        return reconstruction, None, 0.0, ["there is no background: every wall is guessed."]
    turn = -turn_of_walls(faces_of(background.vertices * factor, background.faces))
    if abs(turn) < _LEAST_TURN_RAD:
        return reconstruction, background, 0.0, notes
    notes.append(f"turned by {np.degrees(turn):.2f} degrees, so that the walls lie along the axes.")
    turned = Pose.of((0, 0, 0), quat_wxyz_from_yaw(turn))
    objects = [replace(item, pose_world_mesh=turned @ item.pose_world_mesh) for item in reconstruction.objects]
    return (
        replace(reconstruction, objects=objects),
        Triangles(turned.apply(background.vertices), background.faces),
        turn,
        notes,
    )


def _fit(
    background: Triangles | None,
    factor: float,
    corners: Mapping[str, np.ndarray],
    categories: Mapping[str, str],
    environment: str,
) -> FittedRoom:
    by_footing: dict[str, dict[str, np.ndarray]] = {"wall": {}, "ceiling": {}, "standing": {}}
    for name, points in corners.items():
        footing = footing_of(categories[name])
        by_footing[footing if footing in ("wall", "ceiling") else "standing"][name] = points
    return fit_room(background, factor, by_footing["standing"], environment, by_footing["wall"], by_footing["ceiling"])


def _imported(
    item: ReconstructedObject, placed: _Placed, prepared: PreparedMesh, ids: Mapping[str, str]
) -> ImportedObject:
    name = item.object_id
    support = placed.supports.get(name)
    return ImportedObject(
        object_id=ids[name],
        asset=prepared.imported.asset,
        pose_world_object=placed.things[name].pose.rounded(),
        name=item.label,
        parent=ids[support.parent] if support and support.parent else None,
        relation=support.relation if support else "on",
        mounting=placed.mounting[name],
        room="room",
        origin={
            "reconstruction_name": item.source_name or name,
            "label": item.label,
            "fit": item.fit,
            "residual": item.residual,
            "confidence": item.confidence,
            "support_margin": None if support is None or support.margin == float("inf") else support.margin,
        },
        asset_source=_SOURCE,
    )


def _ids(items: list[ReconstructedObject]) -> dict[str, str]:
    """Ids of ours by theirs: the same where they are usable, made so otherwise."""
    taken = {SHELL_ID}
    found = {}
    for item in items:
        name, number = slug(item.object_id), 1
        while name in taken:
            number += 1
            name = f"{slug(item.object_id)}_{number}"
        taken.add(name)
        found[item.object_id] = name
    return found


def _room_record(fitted: FittedRoom) -> dict[str, Any]:
    return {"seen": list(fitted.seen), "guessed": fitted.guessed, "pushed_m": fitted.pushed_m}


def _record(shift: Shift) -> dict[str, Any] | None:
    moved = float(np.linalg.norm(shift.moved_m))
    if moved <= _RECORDED_M and shift.tilt_rad < 1e-3:
        return None
    return {
        "shift_m": [round(float(value), 5) for value in shift.moved_m],
        "tilt_removed_deg": round(float(np.degrees(shift.tilt_rad)), 3),
        "why": shift.reasons,
    }
