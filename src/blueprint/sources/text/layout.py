"""Where every object of a plan stands: furniture on the floor, things on and in declared regions."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.asset import AssetModel, Region
from blueprint.contracts.frames import Pose, quat_wxyz_from_yaw
from blueprint.physics.extent import asset_points, extent
from blueprint.physics.footprint import Footprint
from blueprint.sources.text.floor import FloorPlan, lay_floor
from blueprint.sources.text.plan import Plan, Wanted
from blueprint.sources.text.sides import side_holds
from blueprint.sources.text.spec import RelationType, SceneSpec, Unsatisfied
from blueprint.sources.text.surface import CONTACT_M, GAPS_M, REACH_M, Spot, Surface

__all__ = ["Layout", "Placed", "lay_out"]

Array = NDArray[np.float64]
Box = tuple[Array, Array]
_TRAY_M = 0.05
_NEIGHBOUR_M = 0.1  # free space around what others are to stand beside
_STANDING_HEIGHT_M = 0.95  # shelves nearest to this height are filled first: a robot on a pedestal reaches them


@dataclass(frozen=True)
class Placed:
    """One placed instance; `parent`, `region` and `pose_region_object` are None for what stands on the floor."""

    object_id: str
    requirement: int | None
    pose_world_object: Pose
    parent: str | None = None
    region: str | None = None
    pose_region_object: Pose | None = None


@dataclass
class Layout:
    """The placed objects, parents before what they carry, and what of the prompt was not met."""

    floor: FloorPlan
    placed: dict[str, Placed]
    unsatisfied: list[Unsatisfied] = field(default_factory=list)
    anchor_is_full: bool = False
    container_is_full: bool = False


def lay_out(
    spec: SceneSpec, plan: Plan, models: dict[str, AssetModel], rng: np.random.Generator, *, against_wall: bool
) -> Layout:
    """Place every wanted object; `models` maps object ids to assets. Never raises for lack of space: it lists it."""
    return _Layouter(spec, plan, models, rng, against_wall).run()


class _Layouter:
    def __init__(
        self, spec: SceneSpec, plan: Plan, models: dict[str, AssetModel], rng: np.random.Generator, against_wall: bool
    ) -> None:
        self.spec, self.plan, self.models, self.rng = spec, plan, models, rng
        self.surfaces: dict[tuple[str, str], Surface] = {}
        self.areas: dict[str, float] = {}
        self.boxes: dict[str, Box] = {}
        self.neighboured = {target for item in plan.wanted for _, target in item.sides}
        self.full: dict[tuple[str, str, bool], str] = {}  # what no longer fits where, and why
        under = {item.object_id: item.under for item in plan.wanted if item.under}
        self.layout = Layout(lay_floor(plan, models, against_wall=against_wall), {})
        for item in plan.wanted:
            if item.parent is None and item.object_id in self.layout.floor.poses:
                pose = self.layout.floor.poses[item.object_id].rounded()
                self.layout.placed[item.object_id] = Placed(item.object_id, item.requirement, pose)
            if item.object_id in under and item.under is None:
                self._miss(item, "does_not_fit", f"it does not fit under {under[item.object_id]}")

    def run(self) -> Layout:
        for item in self.plan.wanted:
            if item.parent is None and item.object_id not in self.layout.placed:
                self._miss(item, "no_space", "no free place along the walls")
        pending = [item for item in self.plan.wanted if item.parent is not None]
        done = set(self.layout.placed)
        missing: set[str] = set()
        while pending:
            ready = [item for item in pending if self._is_ready(item, done | missing)] or pending[:1]
            item = min(ready, key=self._priority)
            pending.remove(item)
            (done if self._put(item) else missing).add(item.object_id)
        self._unsupported_relations()
        return self.layout

    def _is_ready(self, item: Wanted, settled: set[str]) -> bool:
        waits = [item.parent, *(target for _, target in item.sides)]
        return all(name is None or name in settled for name in waits)

    def _priority(self, item: Wanted) -> tuple[bool, float, int]:
        model = self.models[item.object_id]
        if model.asset_id not in self.areas:
            low, high = extent(model)
            self.areas[model.asset_id] = float((high[0] - low[0]) * (high[1] - low[1]))
        return not model.is_articulated, -self.areas[model.asset_id], self.plan.wanted.index(item)

    # --- one object ---------------------------------------------------------------------------------------------

    def _put(self, item: Wanted) -> bool:
        parent = item.parent or self.plan.anchor
        if parent not in self.layout.placed:
            self._miss(item, "relation_not_met", f"{parent}, on which it should stand, is not in the scene")
            parent = self.plan.anchor
        if item.stacked and parent == item.parent:
            self._stack(item, parent)
            return True
        reason = self._try_owner(item, parent, item.within)
        if reason is None:
            return True
        if parent != self.plan.anchor:
            where = "in" if item.within else "on"
            self.layout.container_is_full |= item.within and reason in ("no_space", "does_not_fit")
            self._miss(item, reason, f"it cannot be placed {where} {parent}; it stands on {self.plan.anchor} instead")
            reason = self._try_owner(item, self.plan.anchor, False)
            if reason is None:
                return True
        self.layout.anchor_is_full = True
        self._miss(item, reason, f"no free place on {self.plan.anchor}")
        return False

    def _try_owner(self, item: Wanted, owner: str, within: bool) -> str | None:
        """Place the item on (or in) `owner`; returns why not, or None."""
        regions = self._regions(owner, within)
        if not regions:
            return "not_a_container" if within else "no_support_region"
        model = self.models[item.object_id]
        key = (model.asset_id, owner, within)
        if key in self.full:
            return self.full[key]
        sides = [side for side in item.sides if side[1] in self.layout.placed]
        surfaces = [self._surface(owner, region) for region in regions]
        fitting = [surface for surface in surfaces if surface.fits(model)]
        for wishes in [sides, []] if sides else [[]]:
            for step in range(len(GAPS_M) + (not wishes)):  # the last one gives up reach
                for surface in fitting:
                    gap = surface.gaps[min(step, len(surface.gaps) - 1)]
                    if step == 0 and item.object_id in self.neighboured and not surface.region.is_container:
                        gap = _NEIGHBOUR_M
                    far = step == len(GAPS_M)
                    spot = self._spot(item, owner, surface, gap, wishes, np.inf if far else REACH_M)
                    if spot is not None:
                        for kind, target in [] if wishes else sides:
                            self.layout.anchor_is_full |= owner == self.plan.anchor
                            self._miss(item, "relation_not_met", f"no free place {kind.replace('_', ' ')} {target}")
                        self._settle(item, owner, surface, spot)
                        return None
        alone = any(
            Surface(surface.owner, surface.region).place(model, np.random.default_rng(0), 0.0) for surface in fitting
        )
        self.full[key] = "no_space" if alone else "does_not_fit"
        return self.full[key]

    def _spot(
        self,
        item: Wanted,
        owner: str,
        surface: Surface,
        gap: float,
        wishes: list[tuple[RelationType, str]],
        reach_m: float,
    ) -> Spot | None:
        if item.within and surface.is_open_container and _is_grain(self.models[item.object_id]):
            return surface.grain(self.models[item.object_id])
        frame = self._pose_world_region(owner, surface.region)

        def accept(footprint: Footprint) -> bool:
            box = _world_box(footprint, frame)
            return all(side_holds(kind, box, self._box(target)) for kind, target in wishes)

        focus = self._focus(wishes, frame) if wishes else None
        if focus is None and item.in_row:
            row = [name for name in surface.spots if self.plan.item(name).requirement == item.requirement]
            if row:
                last = surface.spots[row[-1]].footprint
                return surface.place(
                    self.models[item.object_id],
                    self.rng,
                    gap,
                    lambda footprint: abs(footprint.y - last.y) < 0.02,
                    (last.x + 0.12, last.y),
                ) or surface.place(self.models[item.object_id], self.rng, gap, accept, (last.x, last.y))
        shares = sum(other.within and other.parent == owner for other in self.plan.wanted)
        return surface.place(self.models[item.object_id], self.rng, gap, accept, focus, shares, reach_m)

    def _settle(self, item: Wanted, owner: str, surface: Surface, spot: Spot) -> None:
        surface.spots[item.object_id] = spot
        bottom = float(asset_points(self.models[item.object_id])[:, 2].min())
        grain = _is_grain(self.models[item.object_id])
        height = CONTACT_M - min(0.0, bottom) + (spot.rise if grain else surface.lift(spot.footprint))
        pose = Pose.of((spot.x, spot.y, round(height, 5)), quat_wxyz_from_yaw(spot.yaw))
        self._record(item, owner, surface.region, pose)

    def _record(self, item: Wanted, owner: str, region: Region, pose_region_object: Pose) -> None:
        pose = (self._pose_world_region(owner, region) @ pose_region_object).rounded()
        self.layout.placed[item.object_id] = Placed(
            item.object_id, item.requirement, pose, owner, region.name, pose_region_object.rounded()
        )

    def _stack(self, item: Wanted, below: str) -> None:
        """On top of its like, aligned; bowls and plates start above the rim and nest when they settle."""
        model = self.models[below]
        top = float(extent(model)[1][2]) + CONTACT_M
        record = self.layout.placed[below]
        pose = (record.pose_world_object @ Pose.of((0.0, 0.0, top))).rounded()
        regions = [region for region in model.regions if region.kind == "top"] or model.regions
        if not regions:
            self.layout.placed[item.object_id] = Placed(item.object_id, item.requirement, pose, below)
            return
        region = regions[0]
        in_region = model.pose_asset_region(region).inverse() @ Pose.of((0.0, 0.0, top))
        self.layout.placed[item.object_id] = Placed(
            item.object_id, item.requirement, pose, below, region.name, in_region.rounded()
        )

    # --- geometry -----------------------------------------------------------------------------------------------

    def _regions(self, owner: str, within: bool) -> list[Region]:
        model = self.models[owner]
        regions = [region for region in model.regions if region.is_container == within and region.kind != "floor"]
        if not within and not regions:
            # A tray's floor has a low rim: things stand on it, though it is a container.
            regions = [
                region for region in model.regions if region.kind == "top" or self._rim(model, region) <= _TRAY_M
            ]
        if not within:
            tops = [region for region in regions if region.kind == "top"]
            is_shelf = sum(region.kind == "shelf" for region in regions) > 1
            regions = regions if is_shelf or not tops else tops

        def height(region: Region) -> float:
            z = self._pose_world_region(owner, region).position[2]
            return -z if within else abs(z - _STANDING_HEIGHT_M)

        return sorted(regions, key=lambda region: (round(height(region), 4), region.name))

    def _rim(self, model: AssetModel, region: Region) -> float:
        return float(extent(model)[1][2]) - model.pose_asset_region(region).position[2]

    def _surface(self, owner: str, region: Region) -> Surface:
        key = (owner, region.name)
        if key not in self.surfaces:
            self.surfaces[key] = Surface(self.models[owner], region)
        return self.surfaces[key]

    def _pose_world_region(self, owner: str, region: Region) -> Pose:
        return self.layout.placed[owner].pose_world_object @ self.models[owner].pose_asset_region(region)

    def _box(self, object_id: str) -> Box:
        if object_id not in self.boxes:
            points = self.layout.placed[object_id].pose_world_object.apply(asset_points(self.models[object_id]))
            self.boxes[object_id] = points.min(axis=0), points.max(axis=0)
        return self.boxes[object_id]

    def _focus(self, wishes: list[tuple[RelationType, str]], frame: Pose) -> tuple[float, float]:
        kind, target = wishes[0]
        low, high = self._box(target)
        offset = {"left_of": (-0.12, 0), "right_of": (0.12, 0), "in_front_of": (0, -0.12), "behind": (0, 0.12)}
        dx, dy = offset.get(kind, (0.0, 0.0))
        half = (high - low) / 2 * (np.sign(dx), np.sign(dy), 0)
        point = frame.inverse().apply((low + high) / 2 + half + (dx, dy, 0.0))
        return float(point[0]), float(point[1])

    # --- honesty ------------------------------------------------------------------------------------------------

    def _miss(self, item: Wanted, reason: str, detail: str) -> None:
        self.layout.unsatisfied.append(
            Unsatisfied(
                reason=reason,  # type: ignore[arg-type]
                requirement=item.requirement,
                noun=self.spec.requirements[item.requirement].noun,
                detail=f"{item.object_id}: {detail}",
            )
        )

    def _unsupported_relations(self) -> None:
        for index, item in enumerate(self.spec.requirements):
            for relation in item.relations:
                if relation.type in ("above", "against"):
                    self.layout.unsatisfied.append(
                        Unsatisfied(
                            reason="relation_not_supported",
                            requirement=index,
                            noun=item.noun,
                            detail=f"things are not placed {relation.type} others yet",
                        )
                    )


def _is_grain(model: AssetModel) -> bool:
    return "granular" in model.affordances


def _world_box(footprint: Footprint, frame: Pose) -> Box:
    corners = footprint.corners()
    points = frame.apply(np.column_stack([corners, np.zeros(4)]))
    return points.min(axis=0), points.max(axis=0)
