"""The documents of an asset package: `objects/<ns>/<category>/<asset_id>/` and `interaction/<asset_id>/`.

Package frame: Y up, origin in the middle of the extent, +Z to the front, +X to the right; metres and kilograms.
"""

from typing import Annotated, Literal

from pydantic import Field

from blueprint.contracts.document import Document, Part
from blueprint.contracts.frames import Vec3
from blueprint.contracts.ids import Identifier

__all__ = ["Interaction", "InteractionActions", "InteractionParts", "ObjectParameters", "PlaceElement"]

Positive = Annotated[float, Field(gt=0)]
UpAxis = Literal["x", "y", "z", "-x", "-y", "-z"]


class ObjectParameters(Document):
    """`object_parameters.json`. A task template overrides only keys that are here, so mass and friction always are."""

    object_id: Identifier
    semantic_name: str
    english_semantic_name: str
    upAxis: Annotated[list[UpAxis], Field(min_length=1, max_length=1)]
    size: tuple[Positive, Positive, Positive]
    scale: Positive = 1.0
    unit: Literal["m"] = "m"
    mass: Positive
    static_friction: Annotated[float, Field(ge=0)]
    dynamic_friction: Annotated[float, Field(ge=0)]
    model_type: Literal["convexDecomposition", "convexHull"] = "convexDecomposition"
    model_path: str
    add_rigid_body: bool = True
    is_articulated: bool = False
    part_joint_limits: dict[str, dict[str, float]] | None = None
    llm_descriptions: list[str] = []
    license: str
    source: str


class PlaceElement(Part):
    """A point and the direction things are moved along to it (unit length), package frame.

    Of an active object the point goes to the passive object's point. `angle_sample_num` turns are tried about the
    direction.
    """

    xyz: Vec3
    direction: Vec3
    angle_sample_num: Annotated[int, Field(ge=1, le=72)] = 12


class InteractionActions(Part):
    place: dict[str, list[PlaceElement]] = {}
    grasp: dict[str, list[str]] = {}


class InteractionParts(Part):
    """`grasp` names files relative to `interaction/<asset_id>/`."""

    active: InteractionActions = InteractionActions()
    passive: InteractionActions = InteractionActions()


class Interaction(Document):
    interaction: InteractionParts
