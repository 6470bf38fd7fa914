"""Who reconstructs photos: the command or the service that the environment names, and how long it may take."""

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from blueprint.contracts.errors import InputError
from blueprint.services.http_json import check_url

__all__ = ["CommandSettings", "ServiceSettings", "image_fallback_is_on", "reconstruction_settings"]

_DEFAULT_TIMEOUT_S = 7200.0  # eight steps of a reconstruction on one GPU
_PLACEHOLDERS = ("{image}", "{out}", "{scene_id}")
_PLACEHOLDER = re.compile(r"\{[a-z_]+\}")
_REMEDY = """export REGEN3D_COMMAND='python run_regen3d.py --image {image} --out {out}'."""
_TRUE, _FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off")


@dataclass(frozen=True)
class CommandSettings:
    """`template` is the argument list with {image}, {out} and {scene_id}; `secrets` names what it may know."""

    template: tuple[str, ...]
    timeout_s: float
    secrets: tuple[str, ...] = ()


@dataclass(frozen=True)
class ServiceSettings:
    """`url` is what is posted to."""

    url: str
    timeout_s: float


def reconstruction_settings(environ: Mapping[str, str]) -> CommandSettings | ServiceSettings:
    """Return what REGEN3D_COMMAND or REGEN3D_SERVER_URL says, with REGEN3D_TIMEOUT_SECONDS (7200).

    The command is a JSON list, or a line that is split as a shell splits it; no shell runs it. Variables with names of
    secrets are kept from it but for those that REGEN3D_COMMAND_SECRETS lists (GEMINI_API_KEY, for example). Raises
    InputError where neither is set, both are, or one is unusable.
    """
    command = environ.get("REGEN3D_COMMAND", "").strip()
    url = environ.get("REGEN3D_SERVER_URL", "").strip()
    if not command and not url:
        raise InputError(
            "a photo needs somebody who reconstructs it: neither REGEN3D_COMMAND nor REGEN3D_SERVER_URL is set.",
            remedy=f"{_REMEDY[:-1]}, or export REGEN3D_SERVER_URL=http://host:port.",
        )
    if command and url:
        raise InputError("REGEN3D_COMMAND and REGEN3D_SERVER_URL are both set.", remedy="unset one of them.")
    timeout_s = _seconds(environ)
    if url:
        return ServiceSettings(check_url(url, "REGEN3D_SERVER_URL"), timeout_s)
    secrets = environ.get("REGEN3D_COMMAND_SECRETS", "").split(",")
    return CommandSettings(_template(command), timeout_s, tuple(name.strip() for name in secrets if name.strip()))


def image_fallback_is_on(environ: Mapping[str, str]) -> bool:
    """Return TEXT_GEN_ENABLE_IMAGE_FALLBACK (default true); raises InputError for what is neither true nor false."""
    text = environ.get("TEXT_GEN_ENABLE_IMAGE_FALLBACK", "").strip().lower()
    if not text or text in _TRUE:
        return True
    if text in _FALSE:
        return False
    message = f"TEXT_GEN_ENABLE_IMAGE_FALLBACK is {text[:40]!r}, expected true or false."
    raise InputError(message, remedy="export TEXT_GEN_ENABLE_IMAGE_FALLBACK=false to switch it off.")


def _template(text: str) -> tuple[str, ...]:
    try:
        words = json.loads(text) if text.startswith("[") else shlex.split(text)
    except ValueError as error:
        raise InputError(f"REGEN3D_COMMAND cannot be split: {error}.", remedy=_REMEDY) from error
    if not words or not all(isinstance(word, str) and word and "\0" not in word for word in words):
        raise InputError("REGEN3D_COMMAND is no list of words.", remedy=_REMEDY)
    used = {name for word in words for name in _PLACEHOLDER.findall(word)}
    if unknown := sorted(used - set(_PLACEHOLDERS)):
        raise InputError(f"REGEN3D_COMMAND has {unknown[0]}; there are {', '.join(_PLACEHOLDERS)}.", remedy=_REMEDY)
    if missing := [name for name in _PLACEHOLDERS[:2] if name not in used]:
        raise InputError(f"REGEN3D_COMMAND lacks {' and '.join(missing)}.", remedy=_REMEDY)
    return tuple(words)


def _seconds(environ: Mapping[str, str]) -> float:
    text = environ.get("REGEN3D_TIMEOUT_SECONDS", "").strip()
    try:
        value = float(text) if text else _DEFAULT_TIMEOUT_S
    except ValueError:
        value = 0.0
    if not 0 < value <= 86_400:
        message = f"REGEN3D_TIMEOUT_SECONDS is {text[:40]!r}, expected seconds up to 86400."
        raise InputError(message, remedy="export REGEN3D_TIMEOUT_SECONDS=7200.")
    return value
