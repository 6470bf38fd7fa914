"""Events: what one part of the system tells another, in the envelope of CloudEvents 1.0, and what became of them."""

from typing import Annotated, Final, Literal

from pydantic import Field

from blueprint.contracts.document import Document, Part
from blueprint.contracts.hashing import sha256_json
from blueprint.contracts.ids import SceneId

__all__ = ["EPISODES_IMPORTED", "EpisodesImported", "EventOutcome", "ImportedEpisodes", "episodes_imported"]

EPISODES_IMPORTED: Final = "blueprintpipeline.episodes.imported"


class ImportedEpisodes(Part):
    """Which import it was: the scene, how many episodes it has now, and the hash of its manifest."""

    scene_id: SceneId
    accepted: Annotated[int, Field(ge=0)]
    rejected: Annotated[int, Field(ge=0)]
    import_manifest_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class EpisodesImported(Document):
    """`automation/training/queue/{scene_id}-{id}.json`. No time is in it: the same import makes the same event."""

    specversion: Literal["1.0"] = "1.0"
    id: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    source: str
    type: Literal["blueprintpipeline.episodes.imported"] = EPISODES_IMPORTED
    subject: str
    datacontenttype: Literal["application/json"] = "application/json"
    data: ImportedEpisodes


class EventOutcome(Document):
    """`automation/training/processed/…` or `failed/…`: the event, and what was done with it."""

    schema_version: Literal["v1"] = "v1"
    status: Literal["succeeded", "failed"]
    event: EpisodesImported
    detail: str
    result: dict[str, str] = {}


def episodes_imported(data: ImportedEpisodes) -> EpisodesImported:
    """Return the event of an import; its id is a hash of what it says."""
    return EpisodesImported(
        id=sha256_json(data.model_dump(mode="json"))[:16],
        source="/blueprint/stages/import",
        subject=f"scenes/{data.scene_id}",
        data=data,
    )
