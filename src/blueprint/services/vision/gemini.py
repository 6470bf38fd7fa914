"""Google's Gemini over its own REST interface (`models.generateContent`)."""

from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any, Literal

from blueprint.contracts.errors import ContractError
from blueprint.services.secrets import Secret
from blueprint.services.vision.exchange import Patience, masked, post
from blueprint.services.vision.model import BlockedError, VisionAnswer, VisionPrompt, json_of_text

__all__ = ["GeminiModel"]

_MAX_OUTPUT_TOKENS = 16_384  # thinking counts too
_CUT_OFF = "MAX_TOKENS"


@dataclass(frozen=True)
class GeminiModel:
    """`POST {base_url}/v1beta/models/{name}:generateContent` with the key in `x-goog-api-key`.

    Sampling parameters are not sent: they are deprecated since Gemini 3.6 (release notes of 21 July 2026).
    """

    name: str
    base_url: str
    key: Secret | None
    patience: Patience = field(default_factory=Patience)
    service: Literal["gemini"] = "gemini"

    def ask(self, prompt: VisionPrompt) -> VisionAnswer:
        body = {
            "systemInstruction": {"parts": [{"text": prompt.system}]},
            "contents": [{"role": "user", "parts": [_part(item) for item in prompt.parts]}],
            "generationConfig": {
                "responseMimeType": "application/json",
                "maxOutputTokens": _MAX_OUTPUT_TOKENS,
            },
        }
        headers = {"x-goog-api-key": self.key.reveal()} if self.key else {}
        url = f"{self.base_url}/v1beta/models/{self.name}:generateContent"
        value = post(self.service, url, body, headers, self.patience)
        version = value.get("modelVersion") if isinstance(value, dict) else None
        return VisionAnswer(json_of_text(_text(value)), masked(version, 100) if isinstance(version, str) else None)


def _part(item: str | bytes) -> dict[str, Any]:
    if isinstance(item, str):
        return {"text": item}
    return {"inline_data": {"mime_type": "image/png", "data": b64encode(item).decode("ascii")}}


def _text(value: Any) -> str:
    """The text of the first candidate without its thoughts; raises BlockedError or ContractError."""
    if not isinstance(value, dict):
        raise ContractError("the answer is no object.")
    feedback = value.get("promptFeedback")
    blocked = feedback.get("blockReason") if isinstance(feedback, dict) else None
    if blocked:
        raise BlockedError(f"gemini blocked the prompt: {masked(str(blocked), 60)}.")
    try:
        candidate = value["candidates"][0]
        reason = candidate.get("finishReason", "STOP")
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise ContractError("the answer has no candidates[0].") from error
    if reason == _CUT_OFF:
        raise ContractError("the answer was cut off at its longest (MAX_TOKENS).")
    if reason != "STOP":  # SAFETY, RECITATION, PROHIBITED_CONTENT, SPII, …: the list grows
        raise BlockedError(f"gemini stopped: {masked(str(reason), 60)}.")
    try:
        parts = candidate["content"]["parts"]
        return "".join(part["text"] for part in parts if "text" in part and not part.get("thought"))
    except (KeyError, TypeError, AttributeError) as error:
        raise ContractError("the answer has no candidates[0].content.parts[].text.") from error
