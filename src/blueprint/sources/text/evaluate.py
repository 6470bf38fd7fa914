"""Does a finished scene hold what the prompt asked for? Counts, attributes, relations, places and rooms, measured on
its geometry."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from blueprint.assets.colors import COLORS, srgb_from_linear
from blueprint.contracts.asset import AssetModel, Region
from blueprint.contracts.document import Document, Part
from blueprint.contracts.frames import Pose
from blueprint.contracts.house import RoomShape
from blueprint.contracts.scene import Scene
from blueprint.contracts.scene_manifest import SceneObject
from blueprint.physics.extent import asset_points
from blueprint.sources.text.instances import assign_instances, hangs, matches
from blueprint.sources.text.room_places import at_place, plan_of, room_at
from blueprint.sources.text.sides import (
    NEAR_M,
    NEXT_TO_M,
    box_gap,
    is_above,
    is_between,
    is_facing,
    is_under,
    side_holds,
    side_of,
)
from blueprint.sources.text.spec import Relation, RoomRequest, SceneSpec

__all__ = ["SpecCheck", "SpecReport", "evaluate_spec", "has_color", "has_material", "is_listed"]

CheckKind = Literal["count", "attribute", "relation", "negation", "place", "room"]
Array = NDArray[np.float64]
Box = tuple[Array, Array]
_CONTACT_M = 0.01  # SceneEval's support distance
_PILE_M = 0.12  # how far above a container's rim a heap of things may rest
_HUE_TOLERANCE = 0.11
_AGAINST_M = 0.3
_OWN_SIDES = frozenset(("left_of", "right_of", "in_front_of", "behind"))
_RUG_M = 0.03  # what stands on a rug stands on the floor below it
_AROUND_M = 1.0
_AROUND_SIDES = 2
_SIZE_SHARE = 0.05  # by which a room may differ from the size that is asked for
_SHARE = 0.5  # SceneEval: a relation of several instances holds when at least half of them keep it


class SpecCheck(Part):
    """One thing the prompt asks for. `measured` and `expected` are words and numbers for a reader."""

    kind: CheckKind
    requirement: int | None
    subject: str
    expected: str
    measured: str
    share: float
    passed: bool


class SpecReport(Document):
    """`fractions` maps each kind to the share of its checks that passed; a kind without checks is absent."""

    schema_version: Literal["v1"] = "v1"
    scene_id: str
    checks: list[SpecCheck]
    fractions: dict[str, float]
    passed: bool


def evaluate_spec(spec: SceneSpec, scene: Scene, poses: Mapping[str, Pose] | None = None) -> SpecReport:
    """Measure a scene against its spec; `poses` (pose_world_object by object id) replace the manifest's, for example
    by settled ones. Reads geometry and the plan of the rooms only: neither the manifest's relationships nor its
    `unsatisfied` are believed. Raises InputError for a manifest whose `metadata.house` is no house plan."""
    measure = _Measure(spec, scene, poses or {})
    checks = [
        *measure.counts(),
        *measure.negations(),
        *measure.attributes(),
        *measure.relations(),
        *measure.places(),
        *measure.rooms(),
    ]
    kinds = sorted({check.kind for check in checks})
    fractions: dict[str, float] = {
        kind: round(float(np.mean([check.passed for check in checks if check.kind == kind])), 6) for kind in kinds
    }
    return SpecReport(
        scene_id=scene.scene_id, checks=checks, fractions=fractions, passed=all(check.passed for check in checks)
    )


def is_listed(check: SpecCheck, unsatisfied: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a check that failed stands in a manifest's `metadata.unsatisfied`: by requirement, else by its noun."""
    if check.requirement is not None:
        return any(item.get("requirement") == check.requirement for item in unsatisfied)
    return any(item.get("requirement") is None and item.get("noun") == check.subject for item in unsatisfied)


class _Measure:
    def __init__(self, spec: SceneSpec, scene: Scene, poses: Mapping[str, Pose]) -> None:
        self.spec, self.scene = spec, scene
        self.pose = {item.id: poses.get(item.id, item.transform.pose()) for item in scene.objects}
        self.points = {item.id: self.pose[item.id].apply(asset_points(scene.asset(item.id))) for item in scene.objects}
        self.box: dict[str, Box] = {name: (p.min(axis=0), p.max(axis=0)) for name, p in self.points.items()}
        self.house = plan_of(scene.manifest)
        self.instances = assign_instances(spec.requirements, scene.objects, self._room_id)

    def _room(self, name: str) -> RoomShape | None:
        return room_at(self.house, self.box[name]) if self.house else None

    def _room_id(self, item: SceneObject) -> str | None:
        room = self._room(item.id)
        return room.room_id if room else None

    def counts(self) -> list[SpecCheck]:
        checks = []
        for index, item in enumerate(self.spec.requirements):
            have = len(self.instances[index])
            passed = {"eq": have == item.n, "ge": have >= item.n, "le": have <= item.n}[item.op]
            share = 1.0 if passed else min(have, item.n) / max(have, item.n, 1)
            wanted = f"{item.op} {item.n}" + (f" in {item.room}" if item.room else "")
            checks.append(_check("count", index, item.noun, wanted, str(have), share, passed=passed))
        return checks

    def negations(self) -> list[SpecCheck]:
        checks = []
        for item in self.spec.negations:
            have = sum(matches(thing, item.category, item.noun) for thing in self.scene.objects)
            checks.append(_check("negation", None, item.noun, "0", str(have), float(have == 0), passed=have == 0))
        return checks

    def attributes(self) -> list[SpecCheck]:
        checks = []
        for index, item in enumerate(self.spec.requirements):
            if not self.instances[index] and item.op == "le":
                continue
            models = [self.scene.asset(name) for name in self.instances[index]]
            wanted = item.attributes
            if wanted.color in COLORS:
                shares = [float(has_color(model, wanted.color)) for model in models]
                checks.append(_shared("attribute", index, item.noun, wanted.color, shares))
            if wanted.material:
                shares = [float(has_material(model, wanted.material)) for model in models]
                checks.append(_shared("attribute", index, item.noun, wanted.material, shares))
            if wanted.arrangement == "stack" and item.n > 1:
                names = self.instances[index]
                raised = [name for name in names if any(self._on(name, other) for other in names if other != name)]
                share = len(raised) / max(1, len(names) - 1)
                checks.append(_check("relation", index, item.noun, "stacked", f"{share:.2f}", share, passed=share >= 1))
        return checks

    def relations(self) -> list[SpecCheck]:
        checks = []
        for index, item in enumerate(self.spec.requirements):
            names = self.instances[index]
            if not names and item.op == "le":
                continue
            between = [relation.target for relation in item.relations if relation.type == "between"]
            if between:
                nouns = " and ".join(self.spec.requirements[target].noun for target in between)
                shares = [float(self._between(name, between)) for name in names]
                checks.append(_shared("relation", index, item.noun, f"between {nouns}", shares))
            for relation in item.relations:
                if relation.type == "between":
                    continue
                shares = self._shares(relation, names, stacked=item.attributes.arrangement == "stack")
                target = self.spec.requirements[relation.target].noun
                checks.append(_shared("relation", index, item.noun, f"{relation.type} {target}", shares))
        return checks

    def places(self) -> list[SpecCheck]:
        checks = []
        for index, item in enumerate(self.spec.requirements):
            names = self.instances[index]
            if not names and item.op == "le":
                continue
            for place in item.places:
                shares = []
                for name in names:
                    room = self._room(name)
                    fixed = hangs(item.category)
                    shares.append(float(room is not None and at_place(place, self.box[name], room, hangs=fixed)))
                checks.append(_shared("place", index, item.noun, place, shares))
        return checks

    def rooms(self) -> list[SpecCheck]:
        """What the prompt says of its rooms: that they are there, their sizes, doors, windows and neighbours."""
        if self.spec.scope == "tabletop":
            return []
        shapes = {room.room_id: room for room in self.house.rooms} if self.house else {}
        if self.spec.scope == "room" and len(self.spec.rooms) == 1 and len(shapes) == 1:
            shapes = {self.spec.rooms[0].room_id: next(iter(shapes.values()))}
        checks = []
        for wanted in self.spec.rooms:
            shape = shapes.get(wanted.room_id)
            built = shape.room_type if shape else "none"
            checks.append(_yes(wanted, f"is a {wanted.room_type}", built, passed=built == wanted.room_type))
            if shape is not None:
                checks += _room_checks(wanted, shape)
        return checks

    def _shares(self, relation: Relation, names: list[str], *, stacked: bool) -> list[float]:
        targets = self.instances[relation.target]
        if relation.type == "around":
            reached = {name for target in targets for name in self._around(names, target)}
            return [float(name in reached) for name in names]
        if relation.implied and stacked:
            names = names[:1]
        return [float(any(self._holds(relation, name, other) for other in targets)) for name in names]

    def _holds(self, relation: Relation, name: str, other: str) -> bool:
        if name == other:
            return False
        kind = relation.type
        if kind == "on":
            return self._on(name, other) or self._in(name, other)
        if kind == "in":
            return self._in(name, other)
        a, b = self.box[name], self.box[other]
        if kind == "under":
            return is_under(a, b)
        if kind == "above":
            return is_above(a, b)
        if kind == "against":
            return box_gap(a, b) <= _AGAINST_M
        if kind == "facing":
            front = self.pose[name].apply((0.0, -1.0, 0.0)) - np.asarray(self.pose[name].position)
            return is_facing((a[0] + a[1]) / 2, front, b)
        if kind == "far_from":
            return all(side_holds(kind, a, self.box[each]) for each in self.instances[relation.target])
        if kind in _OWN_SIDES and self._has_a_front(other):
            return side_holds(kind, self._box_in(name, other), self._box_in(other, other), NEAR_M)
        return side_holds(kind, a, b, NEXT_TO_M)

    def _has_a_front(self, name: str) -> bool:
        """Of furniture in rooms, the front is its own; on table tops it is the side that the robot sees."""
        placement = self.scene.object(name).placement
        return self.spec.scope != "tabletop" and placement is not None and placement.parent_id is None

    def _box_in(self, name: str, frame: str) -> Box:
        points = self.pose[frame].inverse().apply(self.points[name])
        return points.min(axis=0), points.max(axis=0)

    def _around(self, names: list[str], target: str) -> list[str]:
        """Those within 1 m of the target, if they are on two of its sides at least (one thing: on one)."""
        near = [name for name in names if name != target and box_gap(self.box[name], self.box[target]) <= _AROUND_M]
        sides = {side_of(self._box_in(name, target), self._box_in(target, target)) for name in near}
        return near if len(sides) >= min(_AROUND_SIDES, len(names)) else []

    def _between(self, name: str, targets: list[int]) -> bool:
        groups = [self.instances[target] for target in targets]
        if len(groups) == 1:
            groups = [groups[0], groups[0]]
        return any(
            is_between(self.box[name], self.box[a], self.box[b])
            for a in groups[0]
            for b in groups[1]
            if len({a, b, name}) == 3
        )

    def _on(self, name: str, other: str) -> bool:
        """Its lowest point lies in the plane of a region (or on top) of the other, its centre above it."""
        low, high = self.box[name]
        center = (low + high) / 2
        contact = _RUG_M if self.scene.object(other).sim_role == "background" else _CONTACT_M
        for region in self.scene.asset(other).regions:
            local = self._in_region(other, region, np.array([center[0], center[1], low[2]]))
            if abs(local[2]) <= contact and _over(region, local):
                return True
        top = self.box[other][1][2]
        return bool(abs(low[2] - top) <= contact and box_gap((center, center), self.box[other]) == 0.0)

    def _in(self, name: str, other: str) -> bool:
        """Its centre is above a container region of the other, its lowest point between the floor and the rim."""
        low, high = self.box[name]
        center = (low + high) / 2
        for region in self.scene.asset(other).regions:
            local = self._in_region(other, region, np.array([center[0], center[1], low[2]]))
            rim = min(region.clearance_m, _PILE_M)
            if region.is_container and -_CONTACT_M <= local[2] <= rim and _over(region, local):
                return True
        return False

    def _in_region(self, owner: str, region: Region, point: Array) -> Array:
        frame = self.pose[owner] @ self.scene.asset(owner).pose_asset_region(region)
        return frame.inverse().apply(point)


def _room_checks(wanted: RoomRequest, shape: RoomShape) -> list[SpecCheck]:
    checks = []
    holes = [hole for hole in shape.openings if hole.kind == "window"]
    ways = [hole for hole in shape.openings if hole.kind != "window"]
    if wanted.windows is not None:
        passed = len(holes) == wanted.windows
        checks.append(_yes(wanted, f"{wanted.windows} windows", str(len(holes)), passed=passed))
    if wanted.doors is not None:
        checks.append(_yes(wanted, f"{wanted.doors} doors", str(len(ways)), passed=len(ways) >= wanted.doors))
    if wanted.size_m is not None:
        built, asked = sorted((shape.width, shape.depth)), sorted(wanted.size_m)
        close = all(abs(a - b) <= _SIZE_SHARE * b for a, b in zip(built, asked, strict=True))
        size = f"{shape.width:.2f} x {shape.depth:.2f} m"
        checks.append(_yes(wanted, f"{wanted.size_m[0]:g} x {wanted.size_m[1]:g} m", size, passed=close))
    for other in wanted.next_to:
        reached = sorted({hole.leads_to for hole in ways if hole.leads_to})
        checks.append(_yes(wanted, f"door to {other}", ", ".join(reached) or "none", passed=other in reached))
    return checks


def _yes(wanted: RoomRequest, expected: str, measured: str, *, passed: bool) -> SpecCheck:
    return _check("room", None, wanted.room_id, expected, measured, float(passed), passed=passed)


def _over(region: Region, local: Array) -> bool:
    hx, hy = region.half_extents
    if region.outline == "disc":
        return bool(np.hypot(local[0], local[1]) <= hx + _CONTACT_M)
    return bool(abs(local[0]) <= hx + _CONTACT_M and abs(local[1]) <= hy + _CONTACT_M)


def has_color(model: AssetModel, word: str) -> bool:
    """Whether one of the materials has the colour: near in sRGB, or of its hue when both are saturated."""
    wanted = srgb_from_linear(COLORS[word])
    for material in model.materials:
        color = srgb_from_linear(material.base_color)
        if float(np.abs(color - wanted).max()) <= _HUE_TOLERANCE:
            return True
        hue_a, hue_b = color - color.min(), wanted - wanted.min()
        if hue_a.max() > 0.15 and hue_b.max() > 0.15:
            a, b = hue_a / np.linalg.norm(hue_a), hue_b / np.linalg.norm(hue_b)
            if float(a @ b) > 0.97 and abs(float(color.max() - wanted.max())) < 0.3:
                return True
    return False


def has_material(model: AssetModel, word: str) -> bool:
    return any(word in (link.physics_material, link.mass_model.material) for link in model.links)


def _shared(kind: CheckKind, index: int, noun: str, expected: str, shares: list[float]) -> SpecCheck:
    share = float(np.mean(shares)) if shares else 0.0
    return _check(kind, index, noun, expected, f"{share:.2f}", share, passed=bool(shares) and share >= _SHARE)


def _check(
    kind: CheckKind,
    index: int | None,
    subject: str,
    expected: str,
    measured: str,
    share: float,
    *,
    passed: bool,
) -> SpecCheck:
    return SpecCheck(
        kind=kind, requirement=index, subject=subject, expected=expected, measured=measured,
        share=round(share, 6), passed=passed,
    )  # fmt: skip
