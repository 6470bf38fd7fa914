"""Does a finished scene hold what the prompt asked for? Counts, attributes and relations, measured on its geometry."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from blueprint.assets.colors import COLORS, srgb_from_linear
from blueprint.contracts.asset import AssetModel, Region
from blueprint.contracts.document import Document, Part
from blueprint.contracts.frames import Pose
from blueprint.contracts.ids import slug
from blueprint.contracts.scene import Scene
from blueprint.contracts.scene_manifest import SceneObject
from blueprint.sources.text.bounds import asset_points, pose_object_region
from blueprint.sources.text.sides import box_gap, side_holds
from blueprint.sources.text.spec import Relation, Requirement, SceneSpec

__all__ = ["SpecCheck", "SpecReport", "evaluate_spec", "is_listed"]

Array = NDArray[np.float64]
Box = tuple[Array, Array]
_CONTACT_M = 0.01  # SceneEval's support distance
_PILE_M = 0.12  # how far above a container's rim a heap of things may rest
_HUE_TOLERANCE = 0.11
_SHARE = 0.5  # SceneEval: a relation of several instances holds when at least half of them keep it


class SpecCheck(Part):
    """One thing the prompt asks for. `measured` and `expected` are words and numbers for a reader."""

    kind: Literal["count", "attribute", "relation", "negation"]
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
    by settled ones. Reads geometry only: neither the manifest's relationships nor its `unsatisfied` are believed."""
    measure = _Measure(spec, scene, poses or {})
    checks = [*measure.counts(), *measure.negations(), *measure.attributes(), *measure.relations()]
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
        self.instances = self._assign()

    def _assign(self) -> list[list[str]]:
        """Instances of each requirement: by category, those that the source made for it first."""
        instances: list[list[str]] = [[] for _ in self.spec.requirements]
        free = [item for item in self.scene.objects if item.sim_role != "scene_shell"]
        for item in list(free):
            index = (item.source or {}).get("requirement")
            if isinstance(index, int) and 0 <= index < len(instances) and _is_a(item, self.spec.requirements[index]):
                instances[index].append(item.id)
                free.remove(item)
        for item in free:
            fitting = [k for k, wanted in enumerate(self.spec.requirements) if _is_a(item, wanted)]
            lacking = [k for k in fitting if len(instances[k]) < self.spec.requirements[k].n] or fitting
            if lacking:
                instances[lacking[0]].append(item.id)
        return instances

    def counts(self) -> list[SpecCheck]:
        checks = []
        for index, item in enumerate(self.spec.requirements):
            have = len(self.instances[index])
            passed = {"eq": have == item.n, "ge": have >= item.n, "le": have <= item.n}[item.op]
            share = 1.0 if passed else min(have, item.n) / max(have, item.n, 1)
            checks.append(_check("count", index, item.noun, f"{item.op} {item.n}", str(have), share, passed=passed))
        return checks

    def negations(self) -> list[SpecCheck]:
        checks = []
        for item in self.spec.negations:
            wanted = Requirement(op="eq", n=0, category=item.category, noun=item.noun)
            have = sum(_is_a(thing, wanted) for thing in self.scene.objects)
            checks.append(_check("negation", None, item.noun, "0", str(have), float(have == 0), passed=have == 0))
        return checks

    def attributes(self) -> list[SpecCheck]:
        checks = []
        for index, item in enumerate(self.spec.requirements):
            models = [self.scene.asset(name) for name in self.instances[index]]
            wanted = item.attributes
            if wanted.color in COLORS:
                shares = [float(_has_color(model, wanted.color)) for model in models]
                checks.append(_shared("attribute", index, item.noun, wanted.color, shares))
            if wanted.material:
                shares = [float(_has_material(model, wanted.material)) for model in models]
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
            for relation in item.relations:
                targets = self.instances[relation.target]
                names = self.instances[index]
                if relation.implied and item.attributes.arrangement == "stack":
                    names = names[:1]
                shares = [float(any(self._holds(relation, name, other) for other in targets)) for name in names]
                target = self.spec.requirements[relation.target].noun
                checks.append(_shared("relation", index, item.noun, f"{relation.type} {target}", shares))
        return checks

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
            return box_gap(a, b) == 0.0 and bool(a[1][2] <= b[1][2])
        if kind == "above":
            return box_gap(a, b) == 0.0 and bool(a[0][2] >= b[1][2] - _CONTACT_M)
        if kind == "against":
            return box_gap(a, b) <= 0.3
        return side_holds(kind, a, b)

    def _on(self, name: str, other: str) -> bool:
        """Its lowest point lies in the plane of a region (or on top) of the other, its centre above it."""
        low, high = self.box[name]
        center = (low + high) / 2
        for region in self.scene.asset(other).regions:
            local = self._in_region(other, region, np.array([center[0], center[1], low[2]]))
            if abs(local[2]) <= _CONTACT_M and _over(region, local):
                return True
        top = self.box[other][1][2]
        return bool(abs(low[2] - top) <= _CONTACT_M and box_gap((center, center), self.box[other]) == 0.0)

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
        frame = self.pose[owner] @ pose_object_region(self.scene.asset(owner), region)
        return frame.inverse().apply(point)


def _over(region: Region, local: Array) -> bool:
    hx, hy = region.half_extents
    if region.outline == "disc":
        return bool(np.hypot(local[0], local[1]) <= hx + _CONTACT_M)
    return bool(abs(local[0]) <= hx + _CONTACT_M and abs(local[1]) <= hy + _CONTACT_M)


def _is_a(item: SceneObject, wanted: Requirement) -> bool:
    if item.category != wanted.category:
        return False
    return wanted.category != "proxy" or item.id.startswith(slug(wanted.noun)[:40])


def _has_color(model: AssetModel, word: str) -> bool:
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


def _has_material(model: AssetModel, word: str) -> bool:
    return any(word in (link.physics_material, link.mass_model.material) for link in model.links)


def _shared(
    kind: Literal["attribute", "relation"], index: int, noun: str, expected: str, shares: list[float]
) -> SpecCheck:
    share = float(np.mean(shares)) if shares else 0.0
    return _check(kind, index, noun, expected, f"{share:.2f}", share, passed=bool(shares) and share >= _SHARE)


def _check(
    kind: Literal["count", "attribute", "relation", "negation"],
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
