"""What each axis of variation does to success: `ablation/ablation.json` and `ablation/curriculum.json`."""

from typing import Annotated, Literal

from pydantic import Field

from blueprint.contracts.document import Document, Part
from blueprint.contracts.ids import SceneId

__all__ = ["Ablation", "AblationRow", "Curriculum", "CurriculumRound"]

Count = Annotated[int, Field(ge=0)]


class AblationRow(Part):
    """Attempts in variations of one kind. `axis` is "none", "all", or the one that is alone on, or alone off.

    `uncertified` variations were drawn and did not hold in physics; no attempt was made in them.
    """

    axis: str
    state: Literal["none", "all", "only", "without"]
    attempts: Count
    succeeded: Count
    uncertified: Count = 0
    failures: dict[str, int] = {}

    @property
    def rate(self) -> float | None:
        """Share of attempts that succeeded, or None where none was made."""
        return self.succeeded / self.attempts if self.attempts else None


class Ablation(Document):
    """Every axis of a space on alone and off alone, with the same tasks, seeds and number of attempts."""

    schema_version: Literal["v1"] = "v1"
    scene_id: SceneId
    embodiment: str
    seed: int
    attempts_per_row: Count
    rows: list[AblationRow]


class CurriculumRound(Part):
    """Attempts at a scale of the space (0 nothing varies, 1 all of it), and the scale that follows from them."""

    scale: Annotated[float, Field(ge=0, le=1)]
    attempts: Count
    succeeded: Count
    next_scale: Annotated[float, Field(ge=0, le=1)]


class Curriculum(Document):
    """Variation widened while attempts succeed and narrowed while they fail; `scale` is where it came to."""

    schema_version: Literal["v1"] = "v1"
    scene_id: SceneId
    embodiment: str
    seed: int
    widen_above: float
    narrow_below: float
    rounds: list[CurriculumRound]
    scale: Annotated[float, Field(ge=0, le=1)]
