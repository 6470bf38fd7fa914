"""The furniture of a laid-out room as boards: regions in the world, their side walls, and what reaches over them."""

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.asset import AssetModel, Region
from blueprint.contracts.frames import Pose
from blueprint.physics.footprint import Footprint
from blueprint.sources.rooms.board import Board, Piece
from blueprint.sources.rooms.carry import carrying_regions
from blueprint.sources.rooms.motifs import side_walls
from blueprint.sources.rooms.pieces import Pieces
from blueprint.sources.rooms.program import Item, ModelOf, Program, RoomsLayout
from blueprint.sources.rooms.room_frame import keep_clear
from blueprint.sources.rooms.solids import Solids, posed_boxes, solids_of

__all__ = ["Supports"]

Array = NDArray[np.float64]
_HIGH_M = 1.7  # completion puts nothing higher, but on wardrobes and the like
_STANDING_M = 0.95  # shelves nearest to this height are taken first
_CROWDED = 0.4
_BEFORE_WINDOW_M = 0.14  # what ends so little above the sill hides less than a tenth of the window
_FLUSH_M = 0.002  # what ends lower than this over a board does not reach over it


class Supports:
    """Boards by owner and region, made when first asked for. `poses` are pose_world_object of what stands already."""

    def __init__(self, program: Program, layout: RoomsLayout, model_of: ModelOf) -> None:
        self.program, self.model_of = program, model_of
        self.poses: dict[str, Pose] = dict(layout.poses)
        self.pieces = Pieces()
        self._boards: dict[tuple[str, str], Board] = {}
        self._solids: dict[str, Solids] = {}
        self._boxes: dict[str, Array] = {}
        self._open_all = {
            member.object_id
            for group in program.groups
            if group.affinity in ("middle", "free")
            for member in group.members
        }
        names, boxes = [], []
        for name, pose in layout.poses.items():
            if name in program.items:
                solids = self.solids(name)
                own = posed_boxes(solids.closed, pose)
                swivels = any(region.kind == "seat" for region in self.model(name).regions)
                if len(solids.sweep) and not swivels:  # casements open over desks, lids beside them
                    own = np.concatenate([own, posed_boxes(solids.sweep, pose)])
                boxes.append(own)
                names += [name] * len(own)
        for room in layout.house.rooms:  # nothing tall on a desk before a window, nor over its edge into a door's way
            for clear in keep_clear(room):
                own = clear.box(room).reshape(1, 2, 3)
                own[0, 0, 2] += _BEFORE_WINDOW_M if clear.opening.kind == "window" else 0.0
                boxes.append(own)
                names.append("")
        self._obstacles = np.concatenate(boxes) if boxes else np.zeros((0, 2, 3))
        self._obstacle_names = np.array(names)

    def regions(self, item: Item, parent: str) -> list[Region]:
        """Regions of the parent for this item, best first: those with space, near standing height; for completion the
        emptiest, and no top over a person's head unless it is the only region."""
        regions = carrying_regions(self.model(parent), item.mount)
        if item.region is not None:
            regions = [region for region in regions if region.name == item.region] or regions
        if item.required:
            return sorted(regions, key=lambda r: (self._filled(parent, r) > _CROWDED, self._off(parent, r), r.name))
        low = [r for r in regions if self.pose_world_region(parent, r).position[2] <= _HIGH_M]
        if len(regions) > 1 and low:
            regions = low
        return sorted(regions, key=lambda r: (round(self._filled(parent, r), 2), self._off(parent, r), r.name))

    def boards(self, item: Item, parent: str) -> list[Board]:
        """Return the boards of these regions, in the same order."""
        return [self.board(parent, region) for region in self.regions(item, parent)]

    def board(self, owner: str, region: Region) -> Board:
        """Return the board of one region."""
        key = (owner, region.name)
        if key not in self._boards:
            model = self.model(owner)
            self._boards[key] = Board(
                owner,
                model,
                region,
                self.pose_world_region(owner, region),
                "all" if owner in self._open_all else "front",
                side_walls(model, region, self.solids(owner)) if region.outline == "rect" else None,
            )
            self._block(self._boards[key])
        return self._boards[key]

    def tops(self, item: Item) -> list[str]:
        """Return other furniture on the floor of the item's room with open tops or shelves: what the prompt names
        first, then by how near its height is to a standing person's hands."""
        others = [
            name
            for name, other in self.program.items.items()
            if other.room == item.room and other.mount == "floor" and name != item.parent and name in self.poses
        ]
        found = []
        for name in others:
            regions = [r for r in self.model(name).regions if r.kind in ("top", "shelf") and not r.is_container]
            if regions:
                found.append((not self.program.items[name].required, self._off(name, regions[0]), name))
        return [name for _, _, name in sorted(found)]

    def user_x(self, board: Board, parent: str) -> float:
        """Where the one who works at a desk sits, along its region's X; its middle where there is no seat."""
        for group in self.program.groups:
            members = [member.object_id for member in group.members]
            seats = [name for name in members if name in self.poses and "chair" in self.kind(name).split("_")]
            if parent in members and seats:
                return float(self.seen_from(board, seats[0])[0])
        return 0.0

    def seen_from(self, board: Board, name: str) -> Array:
        """Return the middle of an object in a board's frame."""
        return np.asarray(board.pose_world_region.inverse().apply(self.box(name).mean(axis=0)))

    def pose_world_region(self, owner: str, region: Region) -> Pose:
        return self.poses[owner] @ self.model(owner).pose_asset_region(region)

    def kind(self, name: str) -> str:
        item = self.program.items[name]
        return item.category or item.request.category

    def model(self, name: str) -> AssetModel:
        return self.model_of(self.program.items[name].request)

    def piece(self, item: Item) -> Piece:
        return self.pieces.piece(self.model(item.object_id), self.kind(item.object_id))

    def solids(self, name: str) -> Solids:
        model = self.model(name)
        if model.asset_id not in self._solids:
            self._solids[model.asset_id] = solids_of(model)
        return self._solids[model.asset_id]

    def box(self, name: str) -> Array:
        """Return the world box (2, 3) of an object with its joints closed."""
        if name not in self._boxes:
            solids = self.solids(name)
            self._boxes[name] = posed_boxes(np.array([[solids.low, solids.high]]), self.poses[name])[0]
        return self._boxes[name]

    def _filled(self, parent: str, region: Region) -> float:
        board = self._boards.get((parent, region.name))
        return board.filled if board else 0.0

    def _off(self, parent: str, region: Region) -> float:
        return round(abs(self.pose_world_region(parent, region).position[2] - _STANDING_M), 3)

    def _block(self, board: Board) -> None:
        """Note what of every other object of the room reaches over the board."""
        others = self._obstacles[self._obstacle_names != board.owner]
        boxes = posed_boxes(others, board.pose_world_region.inverse())
        if not len(boxes):
            return
        half = np.asarray(board.half)
        low, high = boxes[:, 0], boxes[:, 1]
        over = (high[:, 2] >= _FLUSH_M) & (low[:, 2] <= board.region.clearance_m)
        over &= np.all(low[:, :2] <= half, axis=1) & np.all(high[:, :2] >= -half, axis=1)
        for a, b in boxes[over]:
            (x, y, _), (half_x, half_y, _) = ((float(v) for v in values) for values in ((a + b) / 2, (b - a) / 2))
            board.blockers.add(Footprint(x, y, half_x, half_y, 0.0, float(np.hypot(half_x, half_y))), float(a[2]))
