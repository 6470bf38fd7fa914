"""Any endpoint that speaks OpenAI's chat dialect with pictures as data URIs."""

from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any, Literal

from blueprint.contracts.errors import ContractError
from blueprint.services.secrets import Secret
from blueprint.services.vision.exchange import Patience, masked, post
from blueprint.services.vision.model import BlockedError, VisionAnswer, VisionPrompt, json_of_text

__all__ = ["OpenAiModel"]


@dataclass(frozen=True)
class OpenAiModel:
    """`POST {base_url}/chat/completions`; `key` is None for an endpoint that needs none."""

    name: str
    base_url: str
    key: Secret | None
    patience: Patience = field(default_factory=Patience)
    service: Literal["openai"] = "openai"

    def ask(self, prompt: VisionPrompt) -> VisionAnswer:
        body = {
            "model": self.name,
            "messages": [
                {"role": "system", "content": prompt.system},
                {"role": "user", "content": [_part(item) for item in prompt.parts]},
            ],
            "response_format": {"type": "json_object"},
        }
        headers = {"Authorization": f"Bearer {self.key.reveal()}"} if self.key else {}
        value = post(self.service, f"{self.base_url}/chat/completions", body, headers, self.patience)
        version = value.get("model") if isinstance(value, dict) else None
        return VisionAnswer(json_of_text(_text(value)), masked(version, 100) if isinstance(version, str) else None)


def _part(item: str | bytes) -> dict[str, Any]:
    if isinstance(item, str):
        return {"type": "text", "text": item}
    uri = "data:image/png;base64," + b64encode(item).decode("ascii")
    return {"type": "image_url", "image_url": {"url": uri, "detail": "low"}}


def _text(value: Any) -> Any:
    try:
        choice = value["choices"][0]
        reason, message = choice.get("finish_reason"), choice["message"]
        refusal, content = message.get("refusal"), message.get("content")
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise ContractError("the answer has no choices[0].message.") from error
    if refusal or reason == "content_filter":
        raise BlockedError(f"openai declined: {masked(str(refusal or reason), 120)}.")
    if reason == "length":
        raise ContractError("the answer was cut off at its longest (length).")
    if content is None:
        raise ContractError("the answer has no choices[0].message.content.")
    return content
