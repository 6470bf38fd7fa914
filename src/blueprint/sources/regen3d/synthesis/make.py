"""From a kind of room and a seed to a reconstruction's folder, and the truth about it."""

from pathlib import Path
from typing import Literal

import numpy as np

from blueprint.contracts.errors import InputError
from blueprint.contracts.reconstruction_truth import (
    NoiseLevel,
    ReconstructionKind,
    ReconstructionTruth,
    TrueObject,
    TrueSupport,
)
from blueprint.sources.regen3d.synthesis.canonical import level_frame, object_folders, write_canonical_form
from blueprint.sources.regen3d.synthesis.native import LEFT_OUT, write_native
from blueprint.sources.regen3d.synthesis.rebuilt import Rebuilt
from blueprint.sources.regen3d.synthesis.room import make_room
from blueprint.sources.regen3d.synthesis.run import Run, photograph, run_on

__all__ = ["TRUTH", "synthesise", "truth_of"]

TRUTH = "truth.json"
Form = Literal["native", "canonical"]


def synthesise(
    kind: ReconstructionKind, seed: int, noise: NoiseLevel, folder: Path, form: Form = "native"
) -> ReconstructionTruth:
    """Write a reconstruction of a made room into `folder`, and `truth.json` beside it; return the truth.

    Native: `tmp/` and `output/` of 3D-RE-GEN, in the camera's frame and an unknown unit. Canonical: `regen3d/`, Y-up,
    with a claimed unit. The same arguments give the same bytes. Raises InputError where the folder is not empty,
    StageError where no camera can be placed.
    """
    if folder.is_dir() and any(folder.iterdir()):
        raise InputError(f"{folder} is not empty.", remedy="name a new folder.")
    room = make_room(kind, seed)
    run = run_on(room, photograph(room, kind, seed), kind, seed, noise)
    truth = truth_of(run, form)
    if form == "native":
        write_native(run, folder)
    else:
        write_canonical_form(run, folder, truth.scene_id)
    truth.write(folder / TRUTH)
    return truth


def truth_of(run: Run, form: Form) -> ReconstructionTruth:
    """Return what is true of a run, with the names that its folder of this form uses."""
    eye = run.eye
    names = _names(run, form)
    width, depth, height = (run.room.high - run.room.low).round(6).tolist()
    down = run.gravity_source()
    if form == "canonical":
        x, y, z = (level_frame(run).matrix()[:3, :3] @ (0.0, 0.0, -1.0)).round(9).tolist()
        down = (x, z, -y + 0.0)
    return ReconstructionTruth(
        scene_id=f"{run.kind}_{run.seed}_{run.level}",
        kind=run.kind,
        seed=run.seed,
        noise=run.level,
        form=form,
        prompt=run.room.prompt,
        units_per_meter=run.units_per_meter,
        gravity_source=down,
        pose_world_camera=eye.pose_world_camera,
        focal_px=eye.focal_px,
        image_size_px=(eye.width_px, eye.height_px),
        room_size_m=(width, depth, height),
        floor_tilt_rad=round(run.floor.tilt_rad, 9),
        floor_offset_m=round(run.floor.offset_m, 9),
        objects=[_true_object(thing, names) for thing in run.things],
        unseen=run.unseen,
        left_out=LEFT_OUT if form == "native" else ["regen3d/objects/*/segmentation.png", "regen3d/depth/"],
    )


def _names(run: Run, form: Form) -> dict[str, str]:
    """Name in the folder by true object id."""
    folders = object_folders(run)
    return {
        thing.found.thing.object_id: thing.found.name if form == "native" else folders[thing.found.name]
        for thing in run.things
    }


def _true_object(thing: Rebuilt, names: dict[str, str]) -> TrueObject:
    true = thing.found.thing
    support: TrueSupport = "floor" if true.item.mounting == "free" else true.item.mounting
    if true.parent_id is not None:
        support = "object" if true.parent_id in names else "unseen_object"
    relations = true.item.relationships or []
    inside = any(item.type == "in" and item.object_id == true.parent_id for item in relations)
    outline = [(x, y, z) for x, y, z in np.round(true.outline, 5).tolist()]
    return TrueObject(
        name=names[true.object_id],
        object_id=true.object_id,
        category=true.category,
        label=thing.found.label,
        pose_world_object=true.pose_world_object.rounded(),
        size_m=true.size_m,
        support=support,
        parent=names.get(true.parent_id or ""),
        relation="in" if inside else "on",
        mounting=true.item.mounting,
        is_articulated=true.is_articulated,
        visible_px=thing.found.visible_px,
        disturbance=thing.disturbance,
        outline_m=outline,
    )
