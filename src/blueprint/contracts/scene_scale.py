"""How large a reconstruction is: what stage scale was told, what it measured, and the factor that it chose."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from blueprint.contracts.document import Document, Part
from blueprint.contracts.ids import SceneId

__all__ = [
    "KnownHeight",
    "MetricMetadata",
    "ReferenceObject",
    "RoomMetrics",
    "ScaleSample",
    "ScaleSource",
    "SceneScale",
]

Metres = Annotated[float, Field(gt=0, le=1000)]
ScaleSource = Literal["none", "reference", "scene_metric", "class_priors", "blend"]


class _Open(Part):
    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


class KnownHeight(_Open):
    """The height of an object of the reconstruction, by its id."""

    object_id: str
    height_m: Metres


class ReferenceObject(_Open):
    """The height of an object, by its id or by its class."""

    object_id: str | None = None
    class_name: str | None = None
    height_m: Metres


class RoomMetrics(_Open):
    """What is known of the room: its extents, or a box of `min` and `max` corners."""

    room_width_m: Metres | None = None
    room_height_m: Metres | None = None
    room_depth_m: Metres | None = None
    room_box_m: dict[str, Any] | None = None


class MetricMetadata(Document):
    """`layout/metric_metadata.json`, optional: what somebody measured in the real room."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)

    scale_factors: list[Annotated[float, Field(gt=0, le=1e6)]] = []
    known_heights: list[KnownHeight] = []
    reference_objects: list[ReferenceObject] = []
    scene_metrics: RoomMetrics | None = None


class ScaleSample(Part):
    """One estimate of metres per unit: of which kind, from what, and how much it counts."""

    kind: Literal["reference", "scene_metric", "class_prior", "claimed"]
    subject: str
    meters_per_unit: Annotated[float, Field(gt=0)]
    weight: Annotated[float, Field(ge=0)]


class SceneScale(Document):
    """`layout/scene_scale.json`. `factor` is metres per unit; `spread` is the robust relative spread of the samples
    (1.4826 × median absolute deviation of log factor), None for one sample or none."""

    scene_id: SceneId
    factor: Annotated[float, Field(gt=0)]
    source: ScaleSource
    n_samples: Annotated[int, Field(ge=0)]
    spread: float | None = None
    priors_used: dict[str, float] = {}
    reference_samples: list[ScaleSample] = []
    up_axis: Literal["z"] = "z"
    notes: list[str] = []
