"""What the things of a scene weigh and are made of, and who said so: a table, or a model whose answers were checked."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from blueprint.contracts.document import Document, Part

__all__ = ["EstimationAttempt", "EstimationMode", "EstimationSource", "ObjectPhysics", "PhysicsEstimation"]

EstimationMode = Literal["auto", "deterministic", "gemini", "openai"]
EstimationSource = Literal["table", "gemini", "openai"]
Count = Annotated[int, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(ge=0, le=1)]


class EstimationAttempt(Part):
    """One request to a model, its repeats included: what came of it. `detail` is short and holds no secret."""

    service: Literal["gemini", "openai"]
    model: str
    request: Count
    objects: list[str]
    pictures: Count = 0
    outcome: Literal["ok", "unreachable", "refused", "blocked", "unusable", "not_asked"]
    detail: str = ""
    model_version: str | None = None


class ObjectPhysics(Part):
    """One object. `clamped` says in words what was moved into its bounds, `fallback_reason` why the table answered
    where a model was asked. `confidence` ranks guesses; it is no probability.

    `size_m` (x, y, z) and `hull_volume_m3` are those of the scaled mesh, None where it could not be read. `up_axis` and
    `front_view` are what the model saw, kept as hints.
    """

    name: str
    category: str
    label: str
    size_m: tuple[float, float, float] | None = None
    hull_volume_m3: Positive | None = None
    material: str
    mass_kg: Positive | None = None
    mass_range_kg: tuple[Positive, Positive] | None = None
    range_source: str | None = None
    solid_fraction: Annotated[float, Field(gt=0, le=1)] | None = None
    static_friction: Positive
    estimated_by: EstimationSource
    source: str
    confidence: Share
    pictures: Count = 0
    clamped: list[str] = []
    fallback_reason: str | None = None
    up_axis: Literal["+x", "-x", "+y", "-y", "+z", "-z"] | None = None
    front_view: Annotated[int, Field(ge=0, le=5)] | None = None

    @model_validator(mode="after")
    def _ordered_range(self) -> "ObjectPhysics":
        if self.mass_range_kg is not None and self.mass_range_kg[0] > self.mass_range_kg[1]:
            raise ValueError(f"mass range {self.mass_range_kg} of {self.name!r} is reversed")
        return self


class PhysicsEstimation(Document):
    """`assets/physics_estimation.json`. `coverage` is the share of objects that have a mass, `model_coverage` that of
    objects whose figures are a model's. `notes` say which service was chosen, and why none."""

    requested_mode: EstimationMode
    used_mode: Literal["deterministic", "gemini", "openai"]
    model: str | None = None
    renderer: str | None = None
    coverage: Share
    model_coverage: Share = 0.0
    objects: list[ObjectPhysics]
    attempts: list[EstimationAttempt] = []
    notes: list[str] = []
