"""Which objects of a scene got joints, from whom, and why others did not (`assets/interactive/`)."""

from typing import Annotated, Literal

from pydantic import Field

from blueprint.contracts.document import Document, Part
from blueprint.contracts.ids import Identifier, SceneId

__all__ = ["ArticulationAttempt", "ArticulationBackend", "ArticulationRecord", "InteractiveSummary"]

ArticulationBackend = Literal["particulate", "physx_anything", "infinigen", "heuristic", "auto"]
Count = Annotated[int, Field(ge=0)]


class ArticulationAttempt(Part):
    """One backend asked for one object: `detail` is short and holds no secret."""

    backend: str
    outcome: Literal["articulated", "unreachable", "refused", "unusable", "placeholder", "no_fit"]
    detail: str = ""


class ArticulationRecord(Part):
    """One object. `static` objects were not to be articulated; `failed` ones were, and stay rigid."""

    object_id: Identifier
    label: str
    status: Literal["articulated", "static", "failed", "placeholder"]
    backend: str | None = None
    joint_count: Count = 0
    part_count: Count = 0
    urdf: str | None = None
    rescaled_by: float | None = None
    attempts: list[ArticulationAttempt] = []
    reason: str = ""


class InteractiveSummary(Document):
    """`assets/interactive/.interactive_summary.json`."""

    scene_id: SceneId
    requested_backend: ArticulationBackend
    failure_policy: str
    articulated: Count
    static: Count
    failed: Count
    placeholders: Count
    objects: list[ArticulationRecord]
