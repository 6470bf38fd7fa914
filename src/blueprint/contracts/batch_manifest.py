"""The manifest of a batch: which scenes to run, as a list of them or as an object with `scenes`."""

from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from blueprint.contracts.document import Document, Part
from blueprint.contracts.ids import SceneId
from blueprint.contracts.scene_request import MAX_PROMPT_CHARACTERS

__all__ = ["BatchManifest", "BatchScene"]

MAX_SCENES = 100_000


class BatchScene(Part):
    """One scene: of a `source` (a prompt, or a path as `blueprint run` takes it), or else one that is there.

    A setting that is not named is the batch's own. A scene without a `seed` gets one of its id and the batch's seed.
    """

    scene_id: SceneId | None = None
    source: Annotated[str, Field(min_length=1, max_length=MAX_PROMPT_CHARACTERS)] | None = None
    seed: Annotated[int, Field(ge=0, lt=2**63)] | None = None
    robot: str | None = None
    tasks: Annotated[int, Field(ge=0, le=200)] | None = None
    episodes: Annotated[int, Field(ge=0, le=100_000)] | None = None
    variations: Annotated[int, Field(ge=0, le=10_000)] | None = None

    @model_validator(mode="after")
    def _says_which_scene(self) -> Self:
        if self.source is None and self.scene_id is None:
            raise ValueError("a scene needs a source (a prompt or a path) or the scene_id of one that is there")
        return self


class BatchManifest(Document):
    """`["a desk with a mug", …]`, `{"scenes": [{"source": "a desk", "scene_id": "desk_1", "episodes": 50}, …]}`.

    A plain text is a source, or the id of a scene below the root.
    """

    scenes: Annotated[list[BatchScene | str], Field(min_length=1, max_length=MAX_SCENES)]

    @model_validator(mode="before")
    @classmethod
    def _may_be_a_plain_list(cls, data: Any) -> Any:
        return {"scenes": data} if isinstance(data, list) else data
