"""Which services make meshes, from the environment: TEXT_ASSET_GENERATION_*, TEXT_SAM3D_*, TEXT_HUNYUAN_*."""

import math
import os
import re
from pathlib import Path

from blueprint.contracts.errors import InputError
from blueprint.services.http_json import check_url
from blueprint.services.mesh_generation.cache import MeshCache
from blueprint.services.mesh_generation.chain import MeshChain
from blueprint.services.mesh_generation.hunyuan_async import HunyuanAsyncProvider
from blueprint.services.mesh_generation.hunyuan_sync import HunyuanSyncProvider
from blueprint.services.mesh_generation.meshy import DEFAULT_ENDPOINTS, MeshyProvider
from blueprint.services.mesh_generation.picture import PictureModel
from blueprint.services.mesh_generation.provider import Clock, Provider, Service, SystemClock
from blueprint.services.mesh_generation.scenesmith_ndjson import SceneSmithProvider
from blueprint.services.mesh_generation.trellis_job import TrellisJobProvider
from blueprint.services.secrets import find_secret
from blueprint.storage.store import ObjectStore

__all__ = ["DIALECTS", "mesh_cache", "mesh_chain"]

DIALECTS = ("meshy", "hunyuan-sync", "hunyuan-async", "trellis-job", "scenesmith-ndjson")
_DEFAULT_CHAIN = "sam3d,hunyuan3d"
_DEFAULT_PREFIX = "asset-library/generated-text"
_WORDS = {"sam3d": "SAM3D", "hunyuan3d": "HUNYUAN"}
_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
_ENDPOINT = re.compile(r"(/[A-Za-z0-9._-]+)+")
_LICENSE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 .+()_-]{0,99}")
_MAX_PROVIDERS = 8


def mesh_chain(clock: Clock | None = None) -> MeshChain | None:
    """Return the chain of the services that have an address; None where there is none, or where it is switched off.

    TEXT_ASSET_GENERATION_ENABLED (true); TEXT_ASSET_GENERATION_PROVIDER first, then those of
    TEXT_ASSET_GENERATION_PROVIDER_CHAIN (sam3d,hunyuan3d). A provider NAME reads TEXT_NAME_API_HOST, _DIALECT (meshy),
    _API_KEY, _MODEL, _TEXT_ENDPOINTS, _TIMEOUT_SECONDS (1800), _POLL_SECONDS (10), _TEXTURE (true), _SHARED_DIR;
    hunyuan3d's word is HUNYUAN. Pictures: TEXT_ASSET_IMAGE_BASE_URL, _MODEL, _API_KEY, else OPENAI_BASE_URL and
    OPENAI_API_KEY. Also TEXT_ASSET_GENERATION_TIMEOUT_SECONDS (7200, a scene's) and TEXT_ASSET_GENERATION_LICENSE
    (unknown). Raises InputError for a value that is not usable.
    """
    if not _flag("TEXT_ASSET_GENERATION_ENABLED", True):
        return None
    providers = [provider for name in _names() if (provider := _provider(name)) is not None]
    if not providers:
        return None
    license_id = _text("TEXT_ASSET_GENERATION_LICENSE") or "unknown"
    if not _LICENSE.fullmatch(license_id):
        raise InputError("TEXT_ASSET_GENERATION_LICENSE is no licence id.", remedy="use an SPDX id, e.g. CC0-1.0.")
    return MeshChain(
        providers,
        _picture_model() if any(provider.takes == "image" for provider in providers) else None,
        license_id,
        _seconds("TEXT_ASSET_GENERATION_TIMEOUT_SECONDS", 7200.0),
        clock or SystemClock(),
    )


def mesh_cache(store: ObjectStore) -> MeshCache | None:
    """Return the cache in a store: TEXT_ASSET_GENERATED_CACHE_ENABLED (true) and TEXT_ASSET_GENERATED_CACHE_PREFIX
    (asset-library/generated-text); None where it is switched off. Raises InputError."""
    if not _flag("TEXT_ASSET_GENERATED_CACHE_ENABLED", True):
        return None
    return MeshCache(store, _text("TEXT_ASSET_GENERATED_CACHE_PREFIX").strip("/") or _DEFAULT_PREFIX)


def _names() -> list[str]:
    listed = _text("TEXT_ASSET_GENERATION_PROVIDER_CHAIN") or _DEFAULT_CHAIN
    words = [_text("TEXT_ASSET_GENERATION_PROVIDER"), *listed.split(",")]
    names = list(dict.fromkeys(word.strip().lower() for word in words if word.strip()))
    bad = [name for name in names if not _NAME.fullmatch(name)]
    if bad or len(names) > _MAX_PROVIDERS:
        raise InputError(
            f"TEXT_ASSET_GENERATION_PROVIDER_CHAIN names {bad or len(names)}.",
            remedy=f"use up to {_MAX_PROVIDERS} names such as sam3d,hunyuan3d.",
        )
    return names


def _provider(name: str) -> Provider | None:
    """The provider of a name, None where it has no address."""
    word = f"TEXT_{_WORDS.get(name, name.upper())}"
    if not (host := _text(f"{word}_API_HOST")):
        return None
    dialect = _text(f"{word}_DIALECT") or "meshy"
    if dialect not in DIALECTS:
        raise InputError(f"{word}_DIALECT is {dialect[:40]!r}; there are {DIALECTS}.", remedy="use one of these.")
    service = Service(
        name,
        check_url(host, f"{word}_API_HOST"),
        _text(f"{word}_MODEL")[:100] or name,
        find_secret(f"{word}_API_KEY"),
        _seconds(f"{word}_TIMEOUT_SECONDS", 1800.0),
        _seconds(f"{word}_POLL_SECONDS", 10.0),
        texture=_flag(f"{word}_TEXTURE", True),
    )
    if dialect == "hunyuan-sync":
        return HunyuanSyncProvider(service)
    if dialect == "hunyuan-async":
        return HunyuanAsyncProvider(service)
    if dialect == "trellis-job":
        return TrellisJobProvider(service)
    if dialect == "scenesmith-ndjson":
        return SceneSmithProvider(
            service, _folder(f"{word}_SHARED_DIR"), "hunyuan3d" if name == "hunyuan3d" else "sam3d"
        )
    return MeshyProvider(service, _endpoints(f"{word}_TEXT_ENDPOINTS"))


def _picture_model() -> PictureModel | None:
    """OPENAI_API_KEY goes to OPENAI_BASE_URL only: a host of its own has a key of its own."""
    own = _text("TEXT_ASSET_IMAGE_BASE_URL")
    key = find_secret("TEXT_ASSET_IMAGE_API_KEY") or (None if own else find_secret("OPENAI_API_KEY"))
    if not own and key is None:
        return None
    variable = "TEXT_ASSET_IMAGE_BASE_URL" if own else "OPENAI_BASE_URL"
    url = check_url(own or _text("OPENAI_BASE_URL") or "https://api.openai.com/v1", variable)
    model = _text("TEXT_ASSET_IMAGE_MODEL")[:100] or "gpt-image-1"
    return PictureModel(Service("picture", url, model, key, timeout_s=300.0))


def _endpoints(variable: str) -> tuple[str, ...]:
    paths = tuple(path.strip() for path in _text(variable).split(",") if path.strip()) or DEFAULT_ENDPOINTS
    if len(paths) > _MAX_PROVIDERS or not all(_ENDPOINT.fullmatch(path) and ".." not in path for path in paths):
        raise InputError(f"{variable} is no list of paths.", remedy=f"use {','.join(DEFAULT_ENDPOINTS)}.")
    return paths


def _folder(variable: str) -> Path:
    folder = Path(_text(variable))
    if not folder.is_absolute() or not folder.is_dir():
        raise InputError(f"{variable} is no folder.", remedy="name one that the service sees under the same path.")
    return folder


def _text(variable: str) -> str:
    return os.environ.get(variable, "").strip()


def _flag(variable: str, default: bool) -> bool:
    text = _text(variable).lower()
    if text in ("", "1", "true", "yes", "on", "0", "false", "no", "off"):
        return default if not text else text in ("1", "true", "yes", "on")
    raise InputError(f"{variable} is {text[:40]!r}, expected true or false.", remedy=f"export {variable}=true.")


def _seconds(variable: str, default: float) -> float:
    text = _text(variable)
    try:
        value = float(text) if text else default
    except ValueError:
        value = math.nan
    if not 0.01 <= value <= 86_400:
        raise InputError(f"{variable} is {text[:40]!r}, expected seconds up to 86400.", remedy="correct it.")
    return value
