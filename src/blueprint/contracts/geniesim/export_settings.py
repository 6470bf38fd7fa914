"""`prompts/geniesim_export.json`: what a user can set for a Genie Sim export; without the file the defaults hold."""

from typing import Annotated, Any, Literal

from pydantic import Field

from blueprint.contracts.document import Document, Part
from blueprint.contracts.ids import Identifier

__all__ = ["EXPORT_SETTINGS_FILE", "EpisodeFigures", "GeniesimExportSettings"]

EXPORT_SETTINGS_FILE = "prompts/geniesim_export.json"


class EpisodeFigures(Part):
    """What one episode takes, measured, and where that is written down.

    The defaults are our embedded simulator's: one demonstration planned, rolled out, rendered and encoded.
    """

    cpu_seconds: Annotated[float, Field(gt=0)] = 26.8
    wall_seconds: Annotated[float, Field(gt=0)] = 26.8
    megabytes: Annotated[float, Field(gt=0)] = 4.2
    source: str = "docs/benchmarks.md, one episode against its floor (229 frames, three cameras, one core)"


class GeniesimExportSettings(Document):
    """`usd_per_cpu_hour` None gives no price. `namespace` is the folder of our assets and tasks in the package."""

    schema_version: Literal["v1"] = "v1"
    robots: Annotated[list[Literal["G2_omnipicker", "G1_omnipicker"]], Field(min_length=1)] = [
        "G2_omnipicker",
        "G1_omnipicker",
    ]
    namespace: Identifier = "blueprint"
    max_tasks: Annotated[int, Field(ge=1, le=1000)] = 50
    episodes_per_task: Annotated[int, Field(ge=1, le=100_000)] = 10
    filter_commercial: bool = False
    quality_thresholds: dict[str, Any] = {}
    figures: EpisodeFigures = EpisodeFigures()
    usd_per_cpu_hour: Annotated[float, Field(ge=0)] | None = None
