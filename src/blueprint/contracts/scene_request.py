"""`prompts/scene_request.json`, version v1: what a user asks for."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from blueprint.contracts.document import Document, Part
from blueprint.contracts.ids import SceneId

__all__ = ["Fallback", "ImageSource", "SceneRequest"]

MAX_SEEDS = 16
MAX_PROMPT_CHARACTERS = 4000


class ImageSource(Part):
    gcs_uri: Annotated[str, Field(min_length=1)]
    generation: str | None = None


class Fallback(Part):
    allow_image_fallback: bool = True


class SceneRequest(Document):
    """One request. Text and auto need a prompt, image needs `image`; the seeds' default backends are other services,
    so a request that names no backend is served by the deterministic `internal` one."""

    schema_version: Literal["v1"]
    scene_id: SceneId
    source_mode: Literal["text", "image", "auto"] = "text"
    text_backend: Literal["internal", "scenesmith", "sage", "hybrid_serial"] = "internal"
    prompt: Annotated[str, Field(max_length=MAX_PROMPT_CHARACTERS)] | None = None
    quality_tier: Literal["standard", "premium"] = "standard"
    seed_count: Annotated[int, Field(ge=1, le=MAX_SEEDS)] = 1
    image: ImageSource | None = None
    constraints: dict[str, Any] = {}
    provider_policy: Literal["openai_primary", "openrouter_qwen_primary"] = "openrouter_qwen_primary"
    fallback: Fallback = Fallback()

    @model_validator(mode="after")
    def _mode_has_its_input(self) -> "SceneRequest":
        if self.source_mode in ("text", "auto") and not (self.prompt or "").strip():
            raise ValueError(f"source_mode {self.source_mode!r} needs a prompt that is not empty")
        if self.source_mode == "image" and self.image is None:
            raise ValueError("source_mode 'image' needs image.gcs_uri")
        return self
