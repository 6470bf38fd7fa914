"""What a user or an operator sets about the asset library: the seeds' TEXT_ASSET_* variables, checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from blueprint.contracts.asset_retrieval import RetrievalMode
from blueprint.contracts.errors import InputError
from blueprint.storage.keys import validate_prefix

__all__ = ["PERMISSIVE", "RetrievalSettings", "retrieval_settings"]

# SPDX ids of licences that let a scene be used, changed and sold; attribution is recorded in the manifest.
PERMISSIVE = frozenset(
    {
        "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC-BY-3.0", "CC-BY-4.0", "CC0-1.0", "MIT", "PDDL-1.0",
        "Unlicense",
    }
)  # fmt: skip
EmbeddingProvider = Literal["local", "openai", "vertex"]


@dataclass(frozen=True)
class RetrievalSettings:
    """`library` is a folder or URL; below it `prefixes` are searched. `licenses` None allows any, also unknown ones."""

    library: str
    prefixes: tuple[str, ...] = ("",)
    max_files: int = 2500
    min_score: float = 0.25
    mode: RetrievalMode = "ann_shadow"
    ann_enabled: bool = True
    ann_top_k: int = 40
    ann_min_score: float = 0.28
    ann_max_rerank: int = 20
    ann_namespace: str = "assets-v1"
    lexical_fallback: bool = True
    licenses: frozenset[str] | None = PERMISSIVE
    embedding_provider: EmbeddingProvider = "local"
    rollout_prefix: str = "automation/asset_retrieval_rollout"
    rollout_min_decisions: int = 500
    rollout_min_hit_rate: float = 0.95
    rollout_max_error_rate: float = 0.01
    rollout_max_p95_ms: float = 400.0

    @property
    def requested_mode(self) -> RetrievalMode:
        """The mode that is asked for; without ANN there is only the lexical one."""
        return self.mode if self.ann_enabled else "lexical_primary"

    @property
    def license_rule(self) -> str:
        if self.licenses is None:
            return "any"
        return "permissive" if self.licenses == PERMISSIVE else ",".join(sorted(self.licenses))


def retrieval_settings(environ: Mapping[str, str], constraints: Mapping[str, Any]) -> RetrievalSettings | None:
    """Return the settings, or None where no library is configured or retrieval is switched off.

    The library is TEXT_ASSET_LIBRARY (a folder, s3:// or gs://). A request's `constraints.asset_library` names a
    prefix inside it, or the library itself where the variable is not set; False or "none" switches retrieval off for
    the request. Raises InputError for values that cannot be used.
    """
    wanted = constraints.get("asset_library")
    if not _flag(environ, "TEXT_ASSET_RETRIEVAL_ENABLED", True) or wanted is False or wanted == "none":
        return None
    if wanted is not None and not isinstance(wanted, str):
        raise InputError(f"constraints.asset_library is {str(wanted)[:80]!r}, not a text.", remedy="name a library.")
    library = environ.get("TEXT_ASSET_LIBRARY", "").strip()
    names = environ.get("TEXT_ASSET_LIBRARY_PREFIXES", "").strip()
    prefixes = tuple(dict.fromkeys(validate_prefix(name.strip().strip("/")) for name in names.split(",")))
    if wanted and library:
        prefixes = (validate_prefix(wanted.strip("/")),)
    elif wanted:
        library = wanted
    if not library:
        return None
    return RetrievalSettings(
        library=library,
        prefixes=prefixes,
        max_files=_whole(environ, "TEXT_ASSET_LIBRARY_MAX_FILES", 2500, 1, 100_000),
        min_score=_number(environ, "TEXT_ASSET_LIBRARY_MIN_SCORE", 0.25, 0.0, 1.0),
        mode=_choice(environ, "TEXT_ASSET_RETRIEVAL_MODE", "ann_shadow", get_args(RetrievalMode)),
        ann_enabled=_flag(environ, "TEXT_ASSET_ANN_ENABLED", True),
        ann_top_k=_whole(environ, "TEXT_ASSET_ANN_TOP_K", 40, 1, 1000),
        ann_min_score=_number(environ, "TEXT_ASSET_ANN_MIN_SCORE", 0.28, -1.0, 1.0),
        ann_max_rerank=_whole(environ, "TEXT_ASSET_ANN_MAX_RERANK", 20, 1, 1000),
        ann_namespace=_name(environ, "TEXT_ASSET_ANN_NAMESPACE", "assets-v1"),
        lexical_fallback=_flag(environ, "TEXT_ASSET_LEXICAL_FALLBACK_ENABLED", True),
        licenses=_licenses(environ.get("TEXT_ASSET_LIBRARY_LICENSES", "permissive")),
        embedding_provider=_choice(environ, "TEXT_ASSET_EMBEDDING_PROVIDER", "local", get_args(EmbeddingProvider)),
        rollout_prefix=environ.get("TEXT_ASSET_ROLLOUT_STATE_PREFIX", "automation/asset_retrieval_rollout"),
        rollout_min_decisions=_whole(environ, "TEXT_ASSET_ROLLOUT_MIN_DECISIONS", 500, 1, 10_000),
        rollout_min_hit_rate=_number(environ, "TEXT_ASSET_ROLLOUT_MIN_HIT_RATE", 0.95, 0.0, 1.0),
        rollout_max_error_rate=_number(environ, "TEXT_ASSET_ROLLOUT_MAX_ERROR_RATE", 0.01, 0.0, 1.0),
        rollout_max_p95_ms=_number(environ, "TEXT_ASSET_ROLLOUT_MAX_P95_MS", 400.0, 0.0, 1e6),
    )


def _licenses(text: str) -> frozenset[str] | None:
    word = text.strip()
    if word == "any":
        return None
    if word in ("", "permissive"):
        return PERMISSIVE
    return frozenset(item.strip() for item in word.split(",") if item.strip())


def _flag(environ: Mapping[str, str], name: str, default: bool) -> bool:
    text = environ.get(name, "").strip().lower()
    if text in ("", "1", "true", "yes", "on", "0", "false", "no", "off"):
        return default if not text else text in ("1", "true", "yes", "on")
    raise InputError(f"{name} is {text[:60]!r}.", remedy="use true or false.")


def _number(environ: Mapping[str, str], name: str, default: float, low: float, high: float) -> float:
    text = environ.get(name, "").strip()
    try:
        value = float(text) if text else default
    except ValueError as error:
        raise InputError(f"{name} is {text[:60]!r}, not a number.", remedy=f"use {low:g} to {high:g}.") from error
    if not low <= value <= high:
        raise InputError(f"{name} is {value:g}, outside {low:g} to {high:g}.", remedy="correct it.")
    return value


def _whole(environ: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    value = _number(environ, name, default, low, high)
    if value != int(value):
        raise InputError(f"{name} is {value:g}, not a whole number.", remedy="correct it.")
    return int(value)


def _choice(environ: Mapping[str, str], name: str, default: str, allowed: tuple[str, ...]) -> Any:
    text = environ.get(name, "").strip() or default
    if text not in allowed:
        raise InputError(f"{name} is {text[:60]!r}; there are {allowed}.", remedy="use one of these.")
    return text


def _name(environ: Mapping[str, str], name: str, default: str) -> str:
    text = environ.get(name, "").strip() or default
    if "/" in text or validate_prefix(text) != f"{text}/" or len(text) > 64:
        raise InputError(f"{name} is {text[:80]!r}.", remedy="use a short name without '/'.")
    return text
