"""Models that see: words and small pictures go in, a JSON value comes out."""

from blueprint.services.vision.gemini import GeminiModel
from blueprint.services.vision.model import BlockedError, VisionAnswer, VisionModel, VisionPrompt, VisionService
from blueprint.services.vision.openai import OpenAiModel
from blueprint.services.vision.settings import gemini_model, openai_model

__all__ = [
    "BlockedError",
    "GeminiModel",
    "OpenAiModel",
    "VisionAnswer",
    "VisionModel",
    "VisionPrompt",
    "VisionService",
    "gemini_model",
    "openai_model",
]
