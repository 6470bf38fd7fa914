"""Readers of SceneSmith's and SAGE's folders: evaluated as they were delivered, neither relaxed nor settled by us."""

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

from blueprint.assets.library import load_asset
from blueprint.contracts.ids import slug
from blueprint.contracts.scene import asset_dir, load_scene
from blueprint.physics.inertia import with_inertials
from blueprint.quality.scene_eval.subject import Reader
from blueprint.sources.imported.scene import ImportedScene, write_imported
from blueprint.sources.imported.shell import RoomRectangle, WallOpening
from blueprint.sources.rooms.program import HousePlan, Opening, RoomShape, Side
from blueprint.sources.sage import is_sage_dir, read_sage
from blueprint.sources.scenesmith import is_scenesmith_dir, read_scenesmith
from blueprint.storage import layout
from blueprint.usd.asset import author_asset
from blueprint.usd.scene import author_scene

__all__ = ["PEER_READERS", "house_plan"]

_NEAR_WALL_M = 0.3  # an opening's centre may lie on either face of its wall, or between two rooms
_KINDS = {"door": "door", "window": "window", "open": "passage"}


def house_plan(scene: ImportedScene) -> HousePlan:
    """Return the rooms of an imported scene; an opening stands in every room whose wall it is in.

    A door leads to the outside where only one room has it.
    """
    owners = [[room for room in scene.rooms if _side(room, hole) is not None] for hole in scene.openings]
    rooms = []
    for room in scene.rooms:
        openings = tuple(
            _opening(room, hole, number, [other.room_id for other in owners[number] if other is not room])
            for number, hole in enumerate(scene.openings)
            if room in owners[number]
        )
        box = (room.x, room.y, room.width, room.depth, room.height)
        rooms.append(RoomShape(room.room_id, room.room_type, *box, openings))
    return HousePlan(tuple(rooms))


def _opening(room: RoomRectangle, hole: WallOpening, number: int, others: list[str]) -> Opening:
    side = _side(room, hole)
    assert side is not None
    return Opening(
        opening_id=f"{hole.kind}_{number}",
        kind=_KINDS[hole.kind],  # type: ignore[arg-type]
        side=side,
        offset_m=hole.x - room.x if hole.along == "x" else hole.y - room.y,
        width_m=hole.width,
        height_m=hole.height,
        sill_m=hole.sill,
        leads_to=others[0] if others else None,
    )


def _side(room: RoomRectangle, hole: WallOpening) -> Side | None:
    """Return the wall of a room that an opening is in, or None."""
    if hole.along == "x":
        if not room.x < hole.x < room.x + room.width:
            return None
        faces: dict[Side, float] = {"south": abs(hole.y - room.y), "north": abs(hole.y - room.y - room.depth)}
    else:
        if not room.y < hole.y < room.y + room.depth:
            return None
        faces = {"west": abs(hole.x - room.x), "east": abs(hole.x - room.x - room.width)}
    side = min(faces, key=lambda name: faces[name])
    return side if faces[side] <= _NEAR_WALL_M else None


def _converter(read: Callable[[Path], ImportedScene]) -> Callable[[Path, Path], Path]:
    def convert(folder: Path, work: Path) -> Path:
        scene = read(folder)
        target = work / "scene"
        manifest = write_imported(scene, slug(folder.resolve().name), target)
        metadata = {"house": asdict(house_plan(scene))} | manifest.metadata
        manifest.model_copy(update={"metadata": metadata}).write(target / layout.SCENE_MANIFEST)
        for asset_id in sorted(load_scene(target).assets):
            own = asset_dir(target, asset_id)
            asset = load_asset(own)
            prepared = replace(asset, model=with_inertials(asset.model))
            prepared.model.write(own / "metadata.json")
            author_asset(prepared, own)
        author_scene(load_scene(target), target)
        return target

    return convert


PEER_READERS = (
    Reader("scenesmith", is_scenesmith_dir, _converter(read_scenesmith)),
    Reader("sage", is_sage_dir, _converter(read_sage)),
)
