"""Which models that see are configured, from the environment."""

import os
import re

from blueprint.contracts.errors import InputError
from blueprint.services.http_json import check_url
from blueprint.services.llm import model_chain
from blueprint.services.secrets import find_secret
from blueprint.services.vision.gemini import GeminiModel
from blueprint.services.vision.openai import OpenAiModel

__all__ = ["gemini_model", "openai_model"]

_GEMINI_URL = "https://generativelanguage.googleapis.com"
_GEMINI_MODEL = "gemini-3.6-flash"  # stable since 21 July 2026; an alias such as gemini-flash-latest would move
_GEMINI_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def gemini_model(name: str | None = None) -> GeminiModel | None:
    """Return Gemini, None where neither GEMINI_API_KEY nor GEMINI_BASE_URL is set (a local stand-in needs no key).

    The model is `name`, else GEMINI_MODEL, else gemini-3.6-flash. Raises InputError for a URL or a name that is none.
    """
    given, key = os.environ.get("GEMINI_BASE_URL", "").strip(), find_secret("GEMINI_API_KEY")
    if key is None and not given:
        return None
    chosen = (name or os.environ.get("GEMINI_MODEL", "").strip() or _GEMINI_MODEL).removeprefix("models/")
    if not _GEMINI_NAME.fullmatch(chosen):  # it becomes a part of the URL
        raise InputError(f"{chosen[:60]!r} is no name of a Gemini model.", remedy=f"use {_GEMINI_MODEL}.")
    return GeminiModel(chosen, check_url(given or _GEMINI_URL, "GEMINI_BASE_URL"), key)


def openai_model(name: str | None = None) -> OpenAiModel | None:
    """Return the endpoint of OPENAI_BASE_URL and OPENAI_API_KEY, None where neither is set.

    The model is `name`, else OPENAI_MODEL, else the default of the language models. Raises InputError for a bad URL.
    """
    found = next((item for item in model_chain("openai_primary") if item.provider == "openai"), None)
    return OpenAiModel(name or found.name, found.base_url, found.key) if found else None
