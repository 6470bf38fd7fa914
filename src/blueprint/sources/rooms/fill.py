"""Things on and in furniture: first what the prompt asks for, then completion's, until every room has its number."""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.asset import AssetModel, Region
from blueprint.contracts.frames import Pose, quat_wxyz_from_yaw
from blueprint.contracts.seeds import rng_for
from blueprint.physics.extent import extent
from blueprint.physics.footprint import Footprint
from blueprint.sources.rooms.board import GAPS_M, Board, Piece, origin
from blueprint.sources.rooms.motifs import desk_spots, row_spots, setting_spots
from blueprint.sources.rooms.pieces import zone_of
from blueprint.sources.rooms.program import Item, ModelOf, Program, RoomsLayout
from blueprint.sources.rooms.supports import Supports
from blueprint.sources.rooms.task_wishes import TASK_GAP_M, bring_together, placed_by_prompt
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
        self.at = Supports(program, layout, model_of)
        self.partners = bring_together(program, self.at)
        self.vessels: dict[tuple[str, str], Surface] = {}
        self.full: dict[tuple[str, str, str], str] = {}
        self.held = {room.room_id: 0 for room in program.rooms}
        for name in layout.poses:
            if name in program.items:
                self.held[program.items[name].room] += 1

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
                goal = self.program.items.get(self.partners.get(item.object_id, ""))
                waits = [
                    parent,
                    goal if self._follows(item) else None,
                    *(self.program.items.get(target) for _, target in item.sides),
                ]
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
        goal = self.result.placed.get(self.partners.get(first.object_id, ""))
        if goal is not None and goal.parent is not None and self._follows(first):
            first.parent, first.region = goal.parent, None  # where the task's goal found a place
        parent = first.parent
        if parent is None or parent not in self.at.poses:
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

    def _follows(self, item: Item) -> bool:
        """Whether a thing goes where its task's goal stands: the prompt says nothing else of its place."""
        indices = [wish.object for wish in self.program.spec.tasks]
        return (
            item.object_id in self.partners and item.requirement in indices and not placed_by_prompt(self.program, item)
        )

    # --- motifs -------------------------------------------------------------------------------------------------

    def _as_motif(self, bundle: list[Item], parent: str) -> set[str]:
        motif = bundle[0].motif
        if motif == "stack":
            return self._stack(bundle, parent)
        if motif == "row":
            return self._row(bundle, parent)
        return self._setting(bundle, parent) if motif == "setting" else set()

    def _stack(self, bundle: list[Item], parent: str) -> set[str]:
        pieces = [self.at.piece(item) for item in bundle]
        rises = [self.at.pieces.pitch_m(piece.model) for piece in pieces]
        height = sum(rises[:-1]) + pieces[-1].height
        base = self._put(bundle[0], parent, height=height)
        if not base:
            return set()
        below, z = self.result.placed[bundle[0].object_id], 0.0
        done = {bundle[0].object_id}
        for item, piece, rise in zip(bundle[1:], pieces[1:], rises, strict=False):
            z = rise
            lower = self.at.model(below.object_id)
            x, y = self._centred(lower, piece.model)
            pose = below.pose_world_object @ Pose.of((x, y, z))
            regions = [region for region in lower.regions if region.kind == "top"] or lower.regions
            region = regions[0] if regions else None
            local = lower.pose_asset_region(region).inverse() @ Pose.of((x, y, z)) if region else None
            self._record(item, pose, below.object_id, region, local)
            below = self.result.placed[item.object_id]
            done.add(item.object_id)
        return done

    def _centred(self, lower: AssetModel, upper: AssetModel) -> tuple[float, float]:
        (a_low, a_high), (b_low, b_high) = extent(lower), extent(upper)
        middle = ((a_low + a_high) - (b_low + b_high)) / 2
        return round(float(middle[0]), 5), round(float(middle[1]), 5)

    def _row(self, bundle: list[Item], parent: str) -> set[str]:
        pieces = [self.at.piece(item) for item in bundle]
        for board in self.at.boards(bundle[0], parent):
            if board.region.outline == "disc" or board.region.kind == "seat":
                continue
            spots = row_spots(board, pieces)
            if spots is not None:
                for item, piece, spot in zip(bundle, pieces, spots, strict=True):
                    self._stand(item, board, piece, spot)
                return {item.object_id for item in bundle}
        return set()

    def _setting(self, bundle: list[Item], parent: str) -> set[str]:
        boards = [board for board in self.at.boards(bundle[0], parent) if board.region.kind == "top"]
        if not boards:
            return set()
        board = boards[0]
        pieces = [self.at.piece(item) for item in bundle]
        kinds = [self.at.kind(item.object_id) for item in bundle]
        chairs = [target for _, target in bundle[0].sides if target in self.at.poses]
        if chairs:
            middle = self.at.box(chairs[0]).mean(axis=0)
            at = board.pose_world_region.inverse().apply(middle)
            spots = setting_spots(board, (float(at[0]), float(at[1])), kinds, pieces)
        else:
            spots = desk_spots(board, self.at.user_x(board, parent), kinds, pieces)
        done = set()
        for item, piece, spot in zip(bundle, pieces, spots, strict=True):
            if board.admits(piece, spot, GAPS_M[-1]):
                self._stand(item, board, piece, spot)
                done.add(item.object_id)
        return done

    # --- one thing ----------------------------------------------------------------------------------------------

    def _put(self, item: Item, parent: str, height: float | None = None) -> bool:
        model = self.at.model(item.object_id)
        key = (model.asset_id, parent, item.mount)
        if key in self.full and not item.sides:
            return False
        wishes = [(kind, target) for kind, target in item.sides if kind in _SIDES and target in self.at.poses]
        for wanted in [wishes, []] if wishes else [[]]:
            for region in self.at.regions(item, parent):
                if Surface(self.at.model(parent), region).is_open_container:
                    if self._put_in_vessel(item, parent, region):
                        return True
                    continue
                board = self.at.board(parent, region)
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
        piece = self.at.piece(item)
        frame = board.pose_world_region

        def accept(footprint: Footprint) -> bool:
            corners = frame.apply(np.column_stack([footprint.corners(), np.zeros(4)]))
            box = corners.min(axis=0), corners.max(axis=0)
            return all(side_holds(kind, box, tuple(self.at.box(target))) for kind, target in wishes)

        focus = self._pillow_spot(item, board)
        partner = self.partners.get(item.object_id)
        if partner in self.at.poses:
            at = board.pose_world_region.inverse().apply(self.at.box(partner).mean(axis=0))
            focus = (float(at[0]), float(at[1]))
        if wishes:
            at = frame.inverse().apply(self.at.box(wishes[0][1]).mean(axis=0))
            focus = (float(at[0]), float(at[1]))
        rng = rng_for(self.seed, "fill", item.object_id, board.owner, board.region.name)
        zone = zone_of(self.at.kind(item.object_id), shelf=board.region.kind == "shelf")
        gaps = (TASK_GAP_M, *GAPS_M) if partner else GAPS_M
        wanted = {"gaps": gaps, "height": height, "zone": zone, "focus": focus, "accept": accept if wishes else None}
        # The head of a bed may be out of a robot's reach; pillows lie there all the same.
        head = focus is not None and not wishes
        spot = board.place(piece, rng, reach=not head, **wanted)  # type: ignore[arg-type]
        if spot is None and (item.required or board.region.kind == "seat"):
            spot = board.place(piece, rng, reach=False, **wanted)  # type: ignore[arg-type]
        if spot is None:
            return False
        self._stand(item, board, piece, spot)
        return True

    def _pillow_spot(self, item: Item, board: Board) -> tuple[float, float] | None:
        """Pillows lie side by side at the head of a bed."""
        if board.region.kind != "seat" or self.at.kind(item.object_id) != "pillow":
            return None
        like = [
            other.object_id for other in self.program.items.values()
            if other.parent == item.parent and self.at.kind(other.object_id) == "pillow"
        ]  # fmt: skip
        k = like.index(item.object_id)
        hx, hy = board.half
        return hx * (2 * k + 1 - len(like)) / len(like), hy

    def _put_in_vessel(self, item: Item, parent: str, region: Region) -> bool:
        """Bowls, cups and baskets widen upward and have no lid: the table-top surface knows how to fill them."""
        key = (parent, region.name)
        surface = self.vessels.setdefault(key, Surface(self.at.model(parent), region))
        model = self.at.model(item.object_id)
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
            self._record(item, self.at.pose_world_region(parent, region) @ local, parent, region, local)
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
        self.at.poses[item.object_id] = pose_world
        self.held[item.room] += 1

    # --- supports -----------------------------------------------------------------------------------------------

    def _elsewhere(self, item: Item, why: str) -> None:
        """Put a required thing on another suitable support of its room, and say so."""
        index = item.requirement
        asked, mount = item.parent, item.mount
        item.mount, item.sides = "surface", []
        for name in self.at.tops(item):
            if self._put(item, name):
                item.parent = name
                self._miss(index, "relation_not_met", f"{item.object_id}: {why}; it stands on {name} instead")
                return
        item.parent, item.mount = asked, mount
        self.result.left_out[item.object_id] = why
        self._miss(index, "no_space", f"{item.object_id}: {why}")

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
