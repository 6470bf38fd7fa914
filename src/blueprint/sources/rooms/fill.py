"""Things on and in furniture: first what the prompt asks for, then completion's, until every room has its number."""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.asset import AssetModel, Region
from blueprint.contracts.frames import Pose, quat_wxyz_from_yaw
from blueprint.contracts.seeds import rng_for
from blueprint.sources.rooms.board import GAPS_M, Board, Piece, origin
from blueprint.sources.rooms.carry import carrying_regions
from blueprint.sources.rooms.motifs import desk_spots, row_spots, setting_spots, side_walls
from blueprint.sources.rooms.pieces import Pieces, zone_of
from blueprint.sources.rooms.program import Item, ModelOf, Program, RoomsLayout
from blueprint.sources.rooms.solids import Solids, posed_boxes, solids_of
from blueprint.sources.text.bounds import Footprint, extent, pose_object_region
from blueprint.sources.text.layout import Placed
from blueprint.sources.text.sides import side_holds
from blueprint.sources.text.spec import RelationType, Unsatisfied
from blueprint.sources.text.surface import CONTACT_M, Surface
from blueprint.sources.text.surface import GAPS_M as VESSEL_GAPS_M

__all__ = ["Filled", "fill"]

Array = NDArray[np.float64]
_HIGH_M = 1.7  # completion puts nothing higher, but on wardrobes and the like
_SIDES = frozenset(("next_to", "near", "left_of", "right_of", "in_front_of", "behind"))
_STANDING_M = 0.95


@dataclass
class Filled:
    """`placed` holds everything that stands on or in something, parents before what they carry; `left_out` says why
    the rest does not; `unsatisfied` lists what of the prompt is missing or stands elsewhere."""

    placed: dict[str, Placed] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    unsatisfied: list[Unsatisfied] = field(default_factory=list)


def fill(program: Program, layout: RoomsLayout, model_of: ModelOf, seed: int) -> Filled:
    """Place every surface and inside item of the program on the furniture that the layout placed.

    What stands on one region is at least 1 cm apart (books of a row and stacks touch), clear of the sweeps of doors and
    drawers and of everything else in the room. A required thing whose parent has no space goes to another suitable
    support, and that is recorded. The same arguments give the same result.
    """
    return _Filler(program, layout, model_of, seed).run()


class _Filler:
    def __init__(self, program: Program, layout: RoomsLayout, model_of: ModelOf, seed: int) -> None:
        self.program, self.layout, self.model_of, self.seed = program, layout, model_of, seed
        self.result = Filled()
        self.pieces = Pieces()
        self.boards: dict[tuple[str, str], Board] = {}
        self.vessels: dict[tuple[str, str], Surface] = {}
        self.solids: dict[str, Solids] = {}
        self.poses: dict[str, Pose] = dict(layout.poses)
        self.boxes: dict[str, Array] = {}
        self.full: dict[tuple[str, str], str] = {}
        self.held = {room.room_id: 0 for room in program.rooms}
        for name in layout.poses:
            if name in program.items:
                self.held[program.items[name].room] += 1
        self.open_all = {
            member.object_id
            for group in program.groups
            if group.affinity in ("middle", "free")
            for member in group.members
        }

    def run(self) -> Filled:
        small = [item for item in self.program.items.values() if item.mount in ("surface", "inside")]
        required = [item for item in small if item.required]
        for batch in (required, [item for item in small if not item.required]):
            for bundle in self._bundles(batch):
                self._put_bundle(bundle)
        return self.result

    def _bundles(self, items: list[Item]) -> list[list[Item]]:
        """Members of one motif together, parents first; large single things before small ones on one parent."""
        bundles: dict[str, list[Item]] = {}
        for item in items:
            bundles.setdefault(item.motif_id or item.object_id, []).append(item)
        depth: dict[str, int] = {}

        def level(item: Item) -> int:
            if item.object_id not in depth:
                depth[item.object_id] = 0
                parent = self.program.items.get(item.parent or "")
                waits = [parent, *(self.program.items.get(target) for _, target in item.sides)]
                small = [other for other in waits if other is not None and other.mount in ("surface", "inside")]
                depth[item.object_id] = max((level(other) + 1 for other in small), default=0)
            return depth[item.object_id]

        order = {name: k for k, name in enumerate(bundles)}

        def rank(name: str) -> tuple[int, bool, int]:
            single = bundles[name][0].required and len(bundles[name]) == 1
            return max(level(item) for item in bundles[name]), single, order[name]

        return [bundles[name] for name in sorted(bundles, key=rank)]

    def _put_bundle(self, bundle: list[Item]) -> None:
        first = bundle[0]
        if not first.required:
            number = self.program.numbers.get(first.room)
            if number is not None and self.held[first.room] + len(bundle) > number:
                self._leave_out(bundle, "the room has its number of objects")
                return
        parent = first.parent
        if parent is None or parent not in self.poses:
            if not first.required:
                self._leave_out(bundle, f"{parent} is not in the room")
                return
            for item in bundle:
                self._elsewhere(item, f"{parent or 'its support'} is not in the room")
            return
        placed = self._as_motif(bundle, parent) if len(bundle) > 1 or first.motif == "setting" else set()
        for item in bundle:
            if item.object_id in placed:
                continue
            if first.motif in ("row", "stack") and not first.required:
                self._leave_out([item], f"no free place for the {first.motif} on {parent}")
            elif not self._put(item, parent) and not self._put_smaller(item, parent):
                if item.required:
                    self._elsewhere(item, self._why(item, parent))
                else:
                    self._leave_out([item], self._why(item, parent))

    # --- motifs -------------------------------------------------------------------------------------------------

    def _as_motif(self, bundle: list[Item], parent: str) -> set[str]:
        motif = bundle[0].motif
        if motif == "stack":
            return self._stack(bundle, parent)
        if motif == "row":
            return self._row(bundle, parent)
        return self._setting(bundle, parent) if motif == "setting" else set()

    def _stack(self, bundle: list[Item], parent: str) -> set[str]:
        pieces = [self._piece(item) for item in bundle]
        rises = [self.pieces.pitch_m(piece.model) for piece in pieces]
        height = sum(rises[:-1]) + pieces[-1].height
        base = self._put(bundle[0], parent, height=height)
        if not base:
            return set()
        below, z = self.result.placed[bundle[0].object_id], 0.0
        done = {bundle[0].object_id}
        for item, piece, rise in zip(bundle[1:], pieces[1:], rises, strict=False):
            z = rise
            lower = self._model(below.object_id)
            x, y = self._centred(lower, piece.model)
            pose = below.pose_world_object @ Pose.of((x, y, z))
            regions = [region for region in lower.regions if region.kind == "top"] or lower.regions
            region = regions[0] if regions else None
            local = pose_object_region(lower, region).inverse() @ Pose.of((x, y, z)) if region else None
            self._record(item, pose, below.object_id, region, local)
            below = self.result.placed[item.object_id]
            done.add(item.object_id)
        return done

    def _centred(self, lower: AssetModel, upper: AssetModel) -> tuple[float, float]:
        (a_low, a_high), (b_low, b_high) = extent(lower), extent(upper)
        middle = ((a_low + a_high) - (b_low + b_high)) / 2
        return round(float(middle[0]), 5), round(float(middle[1]), 5)

    def _row(self, bundle: list[Item], parent: str) -> set[str]:
        pieces = [self._piece(item) for item in bundle]
        for board in self._boards(bundle[0], parent):
            if board.region.outline == "disc" or board.region.kind == "seat":
                continue
            spots = row_spots(board, pieces)
            if spots is not None:
                for item, piece, spot in zip(bundle, pieces, spots, strict=True):
                    self._stand(item, board, piece, spot)
                return {item.object_id for item in bundle}
        return set()

    def _setting(self, bundle: list[Item], parent: str) -> set[str]:
        boards = [board for board in self._boards(bundle[0], parent) if board.region.kind == "top"]
        if not boards:
            return set()
        board = boards[0]
        pieces = [self._piece(item) for item in bundle]
        kinds = [self._kind_of(item) for item in bundle]
        chairs = [target for _, target in bundle[0].sides if target in self.poses]
        if chairs:
            middle = self._box(chairs[0]).mean(axis=0)
            at = board.pose_world_region.inverse().apply(middle)
            spots = setting_spots(board, (float(at[0]), float(at[1])), kinds, pieces)
        else:
            spots = desk_spots(board, self._user_x(board, parent), kinds, pieces)
        done = set()
        for item, piece, spot in zip(bundle, pieces, spots, strict=True):
            if board.admits(piece, spot, GAPS_M[-1]):
                self._stand(item, board, piece, spot)
                done.add(item.object_id)
        return done

    def _kind_of(self, item: Item) -> str:
        return item.category or item.request.category

    def _user_x(self, board: Board, parent: str) -> float:
        """Where the one who works at a desk sits, along its region's X."""
        for group in self.program.groups:
            members = [member.object_id for member in group.members]
            seats = [
                name for name in members
                if name in self.poses and "chair" in self._kind_of(self.program.items[name]).split("_")
            ]  # fmt: skip
            if parent in members and seats:
                at = board.pose_world_region.inverse().apply(self._box(seats[0]).mean(axis=0))
                return float(at[0])
        return 0.0

    # --- one thing ----------------------------------------------------------------------------------------------

    def _put(self, item: Item, parent: str, height: float | None = None) -> bool:
        model = self._model(item.object_id)
        key = (model.asset_id, parent)
        if key in self.full and not item.sides:
            return False
        wishes = [(kind, target) for kind, target in item.sides if kind in _SIDES and target in self.poses]
        for wanted in [wishes, []] if wishes else [[]]:
            for region in self._regions(item, parent):
                if Surface(self._model(parent), region).is_open_container:
                    if self._put_in_vessel(item, parent, region):
                        return True
                    continue
                board = self._board(parent, region)
                if self._put_on_board(item, board, wanted, height):
                    if wishes and not wanted:
                        self._side_missed(item, wishes)
                    return True
        if height is None:
            self.full[key] = "no free place"
        return False

    def _put_smaller(self, item: Item, parent: str) -> bool:
        """Try a smaller make of a required thing whose size the prompt leaves open."""
        if not item.required or item.request.size is not None or item.motif is not None:
            return False
        usual = item.request
        item.request = replace(usual, size="small")
        if self._put(item, parent):
            return True
        item.request = usual
        return False

    def _put_on_board(
        self, item: Item, board: Board, wishes: list[tuple[RelationType, str]], height: float | None
    ) -> bool:
        piece = self._piece(item)
        frame = board.pose_world_region

        def accept(footprint: Footprint) -> bool:
            corners = frame.apply(np.column_stack([footprint.corners(), np.zeros(4)]))
            box = corners.min(axis=0), corners.max(axis=0)
            return all(side_holds(kind, box, self._corners(target)) for kind, target in wishes)

        focus = self._pillow_spot(item, board)
        if wishes:
            at = frame.inverse().apply(self._box(wishes[0][1]).mean(axis=0))
            focus = (float(at[0]), float(at[1]))
        rng = rng_for(self.seed, "fill", item.object_id, board.owner, board.region.name)
        zone = zone_of(self._kind_of(item), shelf=board.region.kind == "shelf")
        wanted = {"height": height, "zone": zone, "focus": focus, "accept": accept if wishes else None}
        spot = board.place(piece, rng, **wanted)  # type: ignore[arg-type]
        if spot is None and (item.required or board.region.kind == "seat"):
            spot = board.place(piece, rng, reach=False, **wanted)  # type: ignore[arg-type]
        if spot is None:
            return False
        self._stand(item, board, piece, spot)
        return True

    def _pillow_spot(self, item: Item, board: Board) -> tuple[float, float] | None:
        """Pillows lie side by side at the head of a bed."""
        if board.region.kind != "seat" or self._kind_of(item) != "pillow":
            return None
        like = [
            other.object_id for other in self.program.items.values()
            if other.parent == item.parent and self._kind_of(other) == "pillow"
        ]  # fmt: skip
        k = like.index(item.object_id)
        hx, hy = board.half
        return hx * (2 * k + 1 - len(like)) / len(like), hy

    def _put_in_vessel(self, item: Item, parent: str, region: Region) -> bool:
        """Bowls, cups and baskets widen upward and have no lid: the table-top surface knows how to fill them."""
        key = (parent, region.name)
        surface = self.vessels.setdefault(key, Surface(self._model(parent), region))
        model = self._model(item.object_id)
        if not surface.fits(model):
            return False
        shares = sum(other.parent == parent and other.mount == "inside" for other in self.program.items.values())
        rng = rng_for(self.seed, "fill", item.object_id, parent, region.name)
        for gap in surface.gaps or VESSEL_GAPS_M:
            spot = surface.place(model, rng, gap, shares=shares)
            if spot is None:
                continue
            surface.spots[item.object_id] = spot
            height = CONTACT_M - min(0.0, float(extent(model)[0][2])) + surface.lift(spot.footprint)
            local = Pose.of((spot.x, spot.y, round(height, 5)), quat_wxyz_from_yaw(spot.yaw))
            self._record(item, self._pose_world_region(parent, region) @ local, parent, region, local)
            return True
        return False

    def _stand(self, item: Item, board: Board, piece: Piece, spot: Footprint) -> None:
        board.take(piece, spot)
        x, y = origin(piece.still, spot)
        bottom = min(0.0, float(extent(piece.model)[0][2]))
        local = Pose.of((round(x, 5), round(y, 5), round(CONTACT_M - bottom, 5)), quat_wxyz_from_yaw(spot.yaw))
        self._record(item, board.pose_world_region @ local, board.owner, board.region, local)

    def _record(
        self, item: Item, pose_world: Pose, parent: str, region: Region | None, pose_region: Pose | None
    ) -> None:
        self.result.placed[item.object_id] = Placed(
            item.object_id,
            item.requirement,
            pose_world.rounded(),
            parent,
            region.name if region else None,
            pose_region.rounded() if pose_region else None,
        )
        self.poses[item.object_id] = pose_world
        self.held[item.room] += 1

    # --- supports -----------------------------------------------------------------------------------------------

    def _elsewhere(self, item: Item, why: str) -> None:
        """Put a required thing on another suitable support of its room, and say so."""
        others = [
            name for name, other in self.program.items.items()
            if other.room == item.room and other.mount == "floor" and name != item.parent and name in self.poses
        ]  # fmt: skip
        index = item.requirement
        asked, mount = item.parent, item.mount
        item.mount, item.sides = "surface", []
        tops = [
            name
            for name in others
            if any(r.kind in ("top", "shelf") and not r.is_container for r in self._model(name).regions)
        ]
        for name in sorted(tops, key=lambda name: (not self.program.items[name].required, self._height_off(name))):
            if self._put(item, name):
                item.parent = name
                self._miss(index, "relation_not_met", f"{item.object_id}: {why}; it stands on {name} instead")
                return
        item.parent, item.mount = asked, mount
        self.result.left_out[item.object_id] = why
        self._miss(index, "no_space", f"{item.object_id}: {why}")

    def _height_off(self, name: str) -> float:
        region = next(region for region in self._model(name).regions if not region.is_container)
        return abs(self._pose_world_region(name, region).position[2] - _STANDING_M)

    def _why(self, item: Item, parent: str) -> str:
        where = "in" if item.mount == "inside" else "on"
        return f"no free place {where} {parent}"

    def _side_missed(self, item: Item, wishes: list[tuple[RelationType, str]]) -> None:
        for kind, target in wishes:
            if item.requirement is not None:
                detail = f"{item.object_id}: no free place {kind.replace('_', ' ')} {target}"
                self._miss(item.requirement, "relation_not_met", detail)

    def _miss(self, index: int | None, reason: str, detail: str) -> None:
        if index is None:
            return
        noun = self.program.spec.requirements[index].noun
        self.result.unsatisfied.append(
            Unsatisfied(reason=reason, requirement=index, noun=noun, detail=detail)  # type: ignore[arg-type]
        )

    def _leave_out(self, items: list[Item], why: str) -> None:
        for item in items:
            self.result.left_out[item.object_id] = why

    def _regions(self, item: Item, parent: str) -> list[Region]:
        """Regions of the parent for this item, emptiest first; tops over a person's head last, or not at all."""
        regions = carrying_regions(self._model(parent), item.mount)
        if item.region is not None:
            regions = [region for region in regions if region.name == item.region] or regions
        if not item.required and len(regions) > 1:
            low = [r for r in regions if self._pose_world_region(parent, r).position[2] <= _HIGH_M]
            regions = low or regions
        if item.required:
            return sorted(regions, key=lambda r: (self._crowd(parent, r) > 0.4, self._off(parent, r), r.name))
        return sorted(regions, key=lambda r: (round(self._crowd(parent, r), 2), self._off(parent, r), r.name))

    def _crowd(self, parent: str, region: Region) -> float:
        board = self.boards.get((parent, region.name))
        return board.filled if board else 0.0

    def _off(self, parent: str, region: Region) -> float:
        return round(abs(self._pose_world_region(parent, region).position[2] - _STANDING_M), 3)

    def _boards(self, item: Item, parent: str) -> list[Board]:
        return [self._board(parent, region) for region in self._regions(item, parent)]

    def _board(self, owner: str, region: Region) -> Board:
        key = (owner, region.name)
        if key not in self.boards:
            model = self._model(owner)
            board = Board(
                owner,
                model,
                region,
                self._pose_world_region(owner, region),
                "all" if owner in self.open_all else "front",
                side_walls(model, region, self._solids(owner)) if region.outline == "rect" else None,
            )
            self._block(board)
            self.boards[key] = board
        return self.boards[key]

    def _block(self, board: Board) -> None:
        """Note every other object of the room that reaches over the region."""
        frame = board.pose_world_region.inverse()
        hx, hy = board.half
        for name in self.layout.poses:
            if name == board.owner or name not in self.program.items:
                continue
            boxes = posed_boxes(self._solids(name).closed, self.poses[name])
            for low, high in boxes:
                corners = np.array(
                    [[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])]
                )
                points = frame.apply(corners)
                a, b = points.min(axis=0), points.max(axis=0)
                if (
                    b[2] < 0.002
                    or a[2] > board.region.clearance_m
                    or np.any(a[:2] > (hx, hy))
                    or np.any(b[:2] < (-hx, -hy))
                ):
                    continue
                middle, half = (a + b) / 2, (b - a) / 2
                radius = float(np.hypot(half[0], half[1]))
                spot = Footprint(float(middle[0]), float(middle[1]), float(half[0]), float(half[1]), 0.0, radius)
                board.blockers.add(spot, float(a[2]))

    def _pose_world_region(self, owner: str, region: Region) -> Pose:
        return self.poses[owner] @ pose_object_region(self._model(owner), region)

    # --- models -------------------------------------------------------------------------------------------------

    def _model(self, name: str) -> AssetModel:
        return self.model_of(self.program.items[name].request)

    def _piece(self, item: Item) -> Piece:
        return self.pieces.piece(self._model(item.object_id), self._kind_of(item))

    def _solids(self, name: str) -> Solids:
        model = self._model(name)
        if model.asset_id not in self.solids:
            self.solids[model.asset_id] = solids_of(model)
        return self.solids[model.asset_id]

    def _box(self, name: str) -> Array:
        """World box (2, 3) of an object with its joints closed."""
        if name not in self.boxes:
            solids = self._solids(name)
            self.boxes[name] = posed_boxes(np.array([[solids.low, solids.high]]), self.poses[name])[0]
        return self.boxes[name]

    def _corners(self, name: str) -> tuple[Array, Array]:
        box = self._box(name)
        return box[0], box[1]
