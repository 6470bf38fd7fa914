"""The stages of a template: what is picked and where it is put, with checkers and filter rules for both."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.asset import Region
from blueprint.contracts.geniesim import template as doc
from blueprint.contracts.scene import Scene
from blueprint.export.geniesim.package import AssetPackage

__all__ = ["Deed", "StageMaker"]

Array = NDArray[np.float64]
_PICK_UP_M = 0.15
_INSERT_CLEARANCE_M = 0.03  # of what holds it, to both sides together


@dataclass(frozen=True)
class Deed:
    """What a template is about: lift `target`, or put it into or onto a region of `passive`."""

    target: str
    passive: str | None = None
    region: Region | None = None
    source_task: str | None = None


@dataclass(frozen=True)
class StageMaker:
    """Writes deeds as stages for one robot; `packages` are keyed by asset id."""

    scene: Scene
    packages: Mapping[str, AssetPackage]
    grasp_offset_m: float

    def package(self, object_id: str) -> AssetPackage:
        return self.packages[self.scene.object(object_id).asset.asset_id or ""]

    def words(self, deed: Deed) -> str:
        """Return the deed as an instruction."""
        name = self.scene.object(deed.target).name or deed.target
        if deed.passive is None or deed.region is None:
            return f"pick up the {name}"
        where = "in" if deed.region.is_container else "on"
        return f"pick up the {name} and put it {where} the {self.scene.object(deed.passive).name or deed.passive}"

    def stages(self, deed: Deed, arm: str) -> list[doc.Stage]:
        """Return the stages: pick; for a deed with a goal also place or insert, then reset."""
        grasps = self.package(deed.target).grasps
        offset = self.grasp_offset_m
        far = float(np.linalg.norm(grasps.poses[:, :3, 3] + offset * grasps.poses[:, :3, 0], axis=1).max())
        pick = doc.Stage(
            action="pick",
            action_description=_text(f"{{Left/Right}} arm picks up the {self.scene.object(deed.target).name}"),
            active=doc.Participant(object_id="gripper"),
            passive=doc.Participant(object_id=deed.target),
            extra_params={
                "arm": arm,
                "disable_upside_down": False,
                "flip_grasp": False,
                "grasp_offset": offset,
                "pick_up_distance": _PICK_UP_M,
            },
            checker=[_distance(deed.target, "gripper", round(far + 0.03, 3))],
        )
        if deed.passive is None or deed.region is None:
            return [pick]
        reset = doc.Stage(
            action="reset",
            action_description=_text("{Left/Right} arm resets"),
            active=doc.Participant(object_id="gripper"),
            passive=doc.Participant(object_id="gripper"),
            extra_params={"arm": arm},
        )
        return [pick, self._put(deed.target, deed.passive, deed.region, self.words(deed), arm), reset]

    def _put(self, target: str, passive: str, region: Region, words: str, arm: str) -> doc.Stage:
        """Narrow containers are entered along their axis (`insert`); otherwise the object is put straight there."""
        width, height, depth = self.package(target).frame.size
        middle, half = self._goal(target, passive, region)
        around, _, across = self.package(passive).frame.size
        narrow = region.is_container and min(around, across) - max(width, depth) < _INSERT_CLEARANCE_M
        extra: dict[str, object] = {"arm": arm, "place_with_origin_orientation": False}
        if narrow:
            extra["pre_insert_offset"] = round(height + 0.05, 3)
        reach = float(np.linalg.norm(half)) + float(np.hypot(middle[0], middle[2]))
        offset = {"frame": "world", "position": [0.0, 0.0, round(float(middle[1]), 4)]}
        check = _distance(target, passive, round(reach, 3))
        check.params["target_offset"] = offset
        return doc.Stage(
            action="insert" if narrow else "place",
            action_description=_text(words.removeprefix("pick up the ").split(" and ", 1)[-1].capitalize()),
            active=doc.Participant(object_id=target, primitive="default"),
            passive=doc.Participant(object_id=passive, primitive=region.name),
            extra_params=extra,
            checker=[check],
        )

    def _goal(self, target: str, passive: str, region: Region) -> tuple[Array, Array]:
        """Where the target's middle is when it is in place (3,), and by how much it may be off (3,), in the passive
        object's package frame (Y up): anywhere over the region, upright or lying."""
        width, height, depth = self.package(target).frame.size
        frame = self.package(passive).frame
        point = frame.points(np.array([self.scene.asset(passive).pose_asset_region(region).position]))[0]
        tallest, least = max(width, height, depth), min(width, height, depth)
        hx, hy = region.half_extents
        middle = point + np.array([0.0, (least + tallest) / 4, 0.0])
        half = np.array([hx, (tallest - least) / 4 + 0.03, hy if region.outline == "rect" else hx])
        return np.round(middle, 4), np.round(half, 4)

    def filters(self, deed: Deed) -> list[doc.FilterRule]:
        """Return what the recorded states must show at the end, and that the hands stayed in the picture."""
        rules = [
            doc.FilterRule(
                rule_name="is_gripper_in_view",
                params={"camera": "head", "gripper": side, "out_view_allow_time": 0.2, "downsample_ratio": 0.2},
                result_code=4,
            )
            for side in ("right", "left")
        ]
        if deed.passive is None or deed.region is None:
            params = {"objects": [deed.target], "delta_z": _PICK_UP_M, "tolerance": 0.05}
            return [*rules, doc.FilterRule(rule_name="is_object_end_higher_than_start", params=params, result_code=1)]
        middle, half = self._goal(deed.target, deed.passive, deed.region)
        ranges = [[round(float(a - b), 4), round(float(a + b), 4)] for a, b in zip(middle, half, strict=True)]
        inside = {"objects": [deed.target], "target": deed.passive, "relative_position_range": ranges}
        rule = "is_object_relative_position_in_target"
        return [*rules, doc.FilterRule(rule_name=rule, params=inside, result_code=1)]


def _text(words: str) -> doc.StageText:
    return doc.StageText(action_text=words, english_action_text=words)


def _distance(target: str, other: str, value: float) -> doc.CheckerSpec:
    params = {"object_id": target, "target_id": other, "rule": "lessThan", "value": value}
    return doc.CheckerSpec(checker_name="distance_to_target", params=params)
