"""Goals: what a skill is to bring about."""

from typing import Annotated, Literal

from pydantic import Field

from blueprint.contracts.document import Part
from blueprint.contracts.frames import Pose, Vec2
from blueprint.contracts.ids import Identifier

__all__ = [
    "Goal",
    "HandoverGoal",
    "HangGoal",
    "InsertGoal",
    "JointGoal",
    "PlaceGoal",
    "PourGoal",
    "PressGoal",
    "PushGoal",
    "WipeGoal",
]


class PlaceGoal(Part):
    """Put the target so that its frame is at `pose_region_object` in a region of `support_id`."""

    kind: Literal["place"] = "place"
    support_id: Identifier
    region: Identifier
    pose_region_object: Pose


class JointGoal(Part):
    """Move a joint of the target to `value` (rad or m)."""

    kind: Literal["joint"] = "joint"
    joint: Identifier
    value: float


class PushGoal(Part):
    """Slide the target to `position` (x, y of its origin) in a region of `support_id`, without lifting it."""

    kind: Literal["push"] = "push"
    support_id: Identifier
    region: Identifier
    position: Vec2
    tolerance_m: float = 0.04


class PressGoal(Part):
    """Push a joint of the target to `value` (rad or m) with closed fingers; it may come back."""

    kind: Literal["press"] = "press"
    joint: Identifier
    value: float


class InsertGoal(Part):
    """Lower the target into a slot: its frame comes to rest at `pose_region_object` in that region."""

    kind: Literal["insert"] = "insert"
    support_id: Identifier
    region: Identifier
    pose_region_object: Pose


class HangGoal(Part):
    """Hang the target on a hook, whose region's +Z points out of its tip: its frame goes to `pose_region_object`."""

    kind: Literal["hang"] = "hang"
    support_id: Identifier
    region: Identifier
    pose_region_object: Pose


class PourGoal(Part):
    """Tilt the target over a region of `container_id` until `object_ids`, which are in it, have fallen in there."""

    kind: Literal["pour"] = "pour"
    container_id: Identifier
    region: Identifier
    object_ids: Annotated[list[Identifier], Field(min_length=1)]
    min_fraction: Annotated[float, Field(gt=0, le=1)] = 0.8


class WipeGoal(Part):
    """Move the target (a sponge, a cloth) in contact over a rectangle of a region, m."""

    kind: Literal["wipe"] = "wipe"
    support_id: Identifier
    region: Identifier
    center: Vec2 = (0.0, 0.0)
    half_extents: Vec2


class HandoverGoal(Part):
    """Take the target with one arm and give it to the other."""

    kind: Literal["handover"] = "handover"
    from_arm: Identifier
    to_arm: Identifier


Goal = Annotated[
    PlaceGoal | JointGoal | PushGoal | PressGoal | InsertGoal | HangGoal | PourGoal | WipeGoal | HandoverGoal,
    Field(discriminator="kind"),
]
