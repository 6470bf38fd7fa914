"""Structured logs on stderr, for people or as JSON lines, with every secret masked."""

import logging
import sys
from collections.abc import Mapping
from typing import Any, Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor

from blueprint.services.secrets import MASK, Secret, is_secret_name, known_secret_values

__all__ = ["Level", "configure_logs", "logger", "redact"]

Level = Literal["debug", "info", "warning", "error"]
_MAX_DEPTH = 12


def configure_logs(*, json: bool = False, level: Level = "info", stream: TextIO | None = None) -> None:
    """Set up structlog: coloured lines on a terminal, plain lines elsewhere, or one JSON object a line.

    Times are UTC. Lines go to `stream` (default: stderr), so that stdout stays for a command's own output.
    """
    target = stream or sys.stderr
    render: list[Processor] = (
        [structlog.processors.format_exc_info, redact, structlog.processors.JSONRenderer(sort_keys=True, default=str)]
        if json
        else [structlog.processors.format_exc_info, redact, structlog.dev.ConsoleRenderer(colors=target.isatty())]
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=lambda *_: structlog.WriteLogger(stream or sys.stderr),  # stderr as it is when a line is written
        cache_logger_on_first_use=False,
    )


def logger() -> Any:
    """Return a logger; where nobody has set up logs (a library's user), warnings and worse go to stderr."""
    if not structlog.is_configured():
        configure_logs(level="warning")
    return structlog.get_logger()


def redact(_: Any, __: str, event: EventDict) -> EventDict:
    """Mask fields named like a secret, and the text of known secrets wherever it stands (also in tracebacks)."""
    values = known_secret_values()
    return {name: _masked(name, value, values, 0) for name, value in event.items()}


def _masked(name: str, value: Any, secrets: list[str], depth: int) -> Any:
    if isinstance(value, Secret) or (is_secret_name(name) and value is not None):
        return MASK
    if value is None or isinstance(value, bool | int | float):
        return value
    if depth < _MAX_DEPTH:
        if isinstance(value, Mapping):
            return {key: _masked(str(key), item, secrets, depth + 1) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [_masked("", item, secrets, depth + 1) for item in value]
    text = value if isinstance(value, str) else str(value)
    for known in secrets:
        text = text.replace(known, MASK)
    return text
