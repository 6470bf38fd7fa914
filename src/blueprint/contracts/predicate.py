"""Predicates: what must hold for success, each judged from recorded physics states alone."""

from typing import Annotated, Literal

from pydantic import Field

from blueprint.contracts.document import Part
from blueprint.contracts.frames import Vec2
from blueprint.contracts.ids import Identifier

__all__ = [
    "At",
    "AtRest",
    "Contains",
    "Fallen",
    "Hanging",
    "HeldBy",
    "In",
    "Inserted",
    "JointAbove",
    "JointBelow",
    "Near",
    "On",
    "Predicate",
    "Pressed",
    "Released",
    "Upright",
    "Wiped",
]


class On(Part):
    """`object_id` touches `support_id` from above, its centre over the region (if one is named)."""

    kind: Literal["on"] = "on"
    object_id: Identifier
    support_id: Identifier
    region: Identifier | None = None


class At(Part):
    """The origin of `object_id` is within `tolerance_m` of a spot of a region, given and measured in its X and Y."""

    kind: Literal["at"] = "at"
    object_id: Identifier
    support_id: Identifier
    region: Identifier
    position: Vec2
    tolerance_m: float = 0.05


class In(Part):
    """The centre of mass of `object_id` lies inside the volume above the container region of `container_id`."""

    kind: Literal["in"] = "in"
    object_id: Identifier
    container_id: Identifier
    region: Identifier


class JointAbove(Part):
    """A joint of an object is at `value` (rad or m) or further open."""

    kind: Literal["joint_above"] = "joint_above"
    object_id: Identifier
    joint: Identifier
    value: float


class JointBelow(Part):
    kind: Literal["joint_below"] = "joint_below"
    object_id: Identifier
    joint: Identifier
    value: float


class AtRest(Part):
    kind: Literal["at_rest"] = "at_rest"
    object_id: Identifier
    max_speed_m_per_s: float = 0.05


class Upright(Part):
    """The object's Z axis is within `max_tilt_rad` of the world's."""

    kind: Literal["upright"] = "upright"
    object_id: Identifier
    max_tilt_rad: float = 0.35


class Released(Part):
    """No contact between the robot and the object."""

    kind: Literal["released"] = "released"
    object_id: Identifier


class Near(Part):
    """`object_id` and `other_id` are within `distance_m` of each other, measured level between their boxes."""

    kind: Literal["near"] = "near"
    object_id: Identifier
    other_id: Identifier
    distance_m: float = 0.1


class Fallen(Part):
    """The origin of `object_id` is below `height_m` in the world: off the table. A condition to start again."""

    kind: Literal["fallen"] = "fallen"
    object_id: Identifier
    height_m: float


class Pressed(Part):
    """A joint was at `value` (rad or m) or beyond in one of the recorded states: buttons come back."""

    kind: Literal["pressed"] = "pressed"
    object_id: Identifier
    joint: Identifier
    value: float


class Inserted(Part):
    """The lowest point of `object_id` is `depth_m` below the rim of a slot, and it leans by at most `max_tilt_rad`."""

    kind: Literal["inserted"] = "inserted"
    object_id: Identifier
    support_id: Identifier
    region: Identifier
    depth_m: float
    max_tilt_rad: float = 0.35


class Hanging(Part):
    """`object_id` is carried by `support_id` alone and touches nothing else but it."""

    kind: Literal["hanging"] = "hanging"
    object_id: Identifier
    support_id: Identifier


class Contains(Part):
    """At least `min_fraction` of `object_ids` have their centres in the volume above a container region."""

    kind: Literal["contains"] = "contains"
    container_id: Identifier
    region: Identifier
    object_ids: Annotated[list[Identifier], Field(min_length=1)]
    min_fraction: Annotated[float, Field(gt=0, le=1)] = 0.8


class Wiped(Part):
    """Over the recorded states, the tool while touching the surface passed over `min_fraction` of a rectangle of it.

    The rectangle is centred at `center` of the region, with `half_extents`, m.
    """

    kind: Literal["wiped"] = "wiped"
    object_id: Identifier
    support_id: Identifier
    region: Identifier
    center: Vec2 = (0.0, 0.0)
    half_extents: Vec2
    min_fraction: Annotated[float, Field(gt=0, le=1)] = 0.8


class HeldBy(Part):
    """Both fingers of the hand of arm `arm` touch `object_id`, and no other hand does."""

    kind: Literal["held_by"] = "held_by"
    object_id: Identifier
    arm: Identifier


Predicate = Annotated[
    On
    | At
    | In
    | JointAbove
    | JointBelow
    | AtRest
    | Upright
    | Released
    | Near
    | Fallen
    | Pressed
    | Inserted
    | Hanging
    | Contains
    | Wiped
    | HeldBy,
    Field(discriminator="kind"),
]
