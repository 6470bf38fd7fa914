"""What was asked of an asset library: the report per object, what it took, and the state of the roll-out."""

from typing import Annotated, Literal

from pydantic import Field

from blueprint.contracts.asset import License
from blueprint.contracts.document import Document, Part
from blueprint.contracts.ids import SceneId

__all__ = [
    "MAX_COUNTED_SCENES",
    "OpenWindow",
    "RetrievalCandidate",
    "RetrievalDecision",
    "RetrievalMeasurement",
    "RetrievalMode",
    "RetrievalReport",
    "RetrievalRolloutState",
    "RolloutWindow",
    "SelectedAsset",
]

RetrievalMode = Literal["lexical_primary", "ann_shadow", "ann_primary"]
Fraction = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]
MAX_COUNTED_SCENES = 2000
_MAX_WINDOW = 20_000


class RetrievalCandidate(Part):
    """An asset that was looked at. `misfit` is the largest ratio between its extents and the expected ones after
    scaling; `verdict` is "accepted", or why it is not used."""

    key: str
    way: Literal["lexical", "ann"]
    similarity: float
    misfit: float | None = None
    score: float
    verdict: str


class SelectedAsset(Part):
    """The asset of the library that stands in the scene, as `asset_id`, scaled by `scale`."""

    key: str
    sha256: str
    asset_id: str
    name: str
    scale: Annotated[float, Field(gt=0)]
    license: License | None


class RetrievalDecision(Part):
    """What was decided for the objects that share one request. `way` is how the asset was found."""

    object_ids: list[str]
    category: str
    query: str
    way: Literal["lexical", "ann", "lexical_fallback", "procedural"]
    reason: str
    selected: SelectedAsset | None = None
    candidates: list[RetrievalCandidate] = []
    shadow_key: str | None = None
    shadow_agrees: bool | None = None


class RetrievalReport(Document):
    """`textgen/retrieval_report.json`: the same inputs give the same bytes, so it holds no times.

    `library_sha256` is over the names and contents of every asset that was offered; `skipped` says which files were
    not, and why.
    """

    schema_version: Literal["v1"] = "v1"
    scene_id: SceneId
    library_sha256: str
    library_assets: Count
    prefixes: list[str]
    skipped: dict[str, str] = {}
    beyond_limit: Count = 0
    requested_mode: RetrievalMode
    mode: RetrievalMode
    mode_source: Literal["requested", "rollout"]
    embedding_model: str | None = None
    ann_unavailable: str | None = None
    licenses: str
    retrieved_objects: Count
    procedural_objects: Count
    decisions: list[RetrievalDecision]


class RolloutWindow(Part):
    """Decisions taken together.

    `decision_count` are all; `ann_attempted_count` those that say something about ANN: it was asked, and either it
    failed or the library holds a usable asset (found by either way). A hit is a usable asset found by ANN.
    """

    decision_count: Count = 0
    ann_attempted_count: Count = 0
    ann_hit_count: Count = 0
    ann_error_count: Count = 0
    ann_hit_rate: Fraction = 0.0
    ann_error_rate: Fraction = 0.0
    ann_latency_p95_ms: Annotated[float, Field(ge=0)] | None = None
    window_pass: bool = False


class OpenWindow(Part):
    """The window that is being filled; its times are kept, since a percentile cannot be added up."""

    decision_count: Count = 0
    ann_attempted_count: Count = 0
    ann_hit_count: Count = 0
    ann_error_count: Count = 0
    ann_latencies_ms: Annotated[list[Annotated[float, Field(ge=0)]], Field(max_length=_MAX_WINDOW)] = []


class RetrievalMeasurement(Document):
    """`assets/.asset_retrieval_report.json`: what this scene measured, times included, and the mode that it ran in.

    A rerun of the scene with the same requested mode runs in `mode` again, whatever was promoted since.
    """

    schema_version: Literal["v1"] = "v1"
    scene_id: SceneId
    requested_mode: RetrievalMode
    mode: RetrievalMode
    mode_source: Literal["requested", "rollout"]
    report_sha256: str
    window: OpenWindow


class RetrievalRolloutState(Document):
    """`automation/asset_retrieval_rollout/state.json`, accumulated across scenes by compare-and-swap.

    `counted` lists the last scenes whose decisions are in (scene id and hash of its report), so that none counts twice.
    """

    schema_version: Literal["v1"] = "v1"
    retrieval_mode: RetrievalMode
    requested_mode: RetrievalMode
    total_decisions: Count = 0
    consecutive_passing_windows: Count = 0
    last_window: RolloutWindow | None = None
    last_updated_at: str
    promoted_to_ann_primary: bool = False
    current_window: OpenWindow = OpenWindow()
    counted: Annotated[list[str], Field(max_length=MAX_COUNTED_SCENES)] = []
