"""Who estimates: the table, Gemini or an OpenAI-compatible model, as the environment says."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

from blueprint.contracts.errors import InputError
from blueprint.contracts.physics_estimation import EstimationMode
from blueprint.services.vision import VisionModel, VisionService, gemini_model, openai_model

__all__ = ["Choice", "choose_model", "physics_mode"]

_FALSE = ("0", "false", "no", "off")
_SETUP = {
    "gemini": "export GEMINI_API_KEY, or SIMREADY_PHYSICS_MODE=deterministic.",
    "openai": "export OPENAI_API_KEY or OPENAI_BASE_URL, or SIMREADY_PHYSICS_MODE=deterministic.",
}


@dataclass(frozen=True)
class Choice:
    """The model to ask, None for the table alone; `is_required`: its failure is an error. `note` says why this one."""

    model: VisionModel | None
    is_required: bool
    note: str


def physics_mode(environ: Mapping[str, str]) -> EstimationMode:
    """Return SIMREADY_PHYSICS_MODE: auto (the default), deterministic, gemini or openai; else raises InputError."""
    text = environ.get("SIMREADY_PHYSICS_MODE", "").strip().lower() or "auto"
    for mode in get_args(EstimationMode):
        if text == mode:
            return mode
    raise InputError(
        f"SIMREADY_PHYSICS_MODE is {text[:40]!r}; there are {', '.join(get_args(EstimationMode))}.", remedy="use one."
    )


def choose_model(mode: EstimationMode) -> Choice:
    """Return who is asked in a mode.

    deterministic: nobody. gemini, openai: that service, which must serve, unless PHYSICS_ESTIMATION_FALLBACK=table (or
    for Gemini GEMINI_ENRICHMENT_REQUIRED=false) allows the table in its place. auto: nobody, unless
    PHYSICS_ESTIMATION_MODEL names a model: keys that were exported for something else are not spent unasked. A name
    that begins with 'gemini' goes to Gemini, any other to the OpenAI-compatible endpoint; if that is not configured or
    fails, the table answers and the record says so. Raises InputError where a required service is not configured.
    """
    if mode == "deterministic":
        return Choice(None, False, "the table alone was asked for")
    name = os.environ.get("PHYSICS_ESTIMATION_MODEL", "").strip() or None
    if mode == "auto":
        if name is None:
            return Choice(None, False, "auto asks a model only where PHYSICS_ESTIMATION_MODEL names one")
        service: VisionService = "gemini" if name.removeprefix("models/").startswith("gemini") else "openai"
        return _choice(service, name, is_required=False)
    return _choice(mode, name, is_required=not _may_fall_back(mode))


def _choice(service: VisionService, name: str | None, is_required: bool) -> Choice:
    model: VisionModel | None = gemini_model(name) if service == "gemini" else openai_model(name)
    if model is not None:
        return Choice(model, is_required, f"{service} was chosen")
    if is_required:
        raise InputError(f"physics mode {service} has no service: none is configured.", remedy=_SETUP[service])
    return Choice(None, False, f"{service} is not configured, so the table answers")


def _may_fall_back(service: str) -> bool:
    fallback = os.environ.get("PHYSICS_ESTIMATION_FALLBACK", "").strip().lower()
    if fallback not in ("", "none", "table"):
        raise InputError(f"PHYSICS_ESTIMATION_FALLBACK is {fallback[:40]!r}.", remedy="use table, or none.")
    required = os.environ.get("GEMINI_ENRICHMENT_REQUIRED", "").strip().lower()
    return fallback == "table" or (service == "gemini" and required in _FALSE)
