"""The one seam between a request and whoever makes its scene: internal, SceneSmith, SAGE, or one after the other."""

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from blueprint.assets.geometry import Asset
from blueprint.assets.registry import AssetRequest
from blueprint.contracts.document import write_atomically
from blueprint.contracts.errors import BlueprintError, InputError, StageError
from blueprint.contracts.ids import slug
from blueprint.contracts.scene_manifest import SceneManifest
from blueprint.contracts.scene_request import SceneRequest
from blueprint.sources.existing import adopt_scene, check_scene
from blueprint.sources.generated import AssetShelf
from blueprint.sources.generation import open_generation, record_generation
from blueprint.sources.imported.adopt import adopt_imported, write_relaxed
from blueprint.sources.imported.scene import ImportedScene
from blueprint.sources.remote.client import configured_service, fetch_package
from blueprint.sources.remote.package import package_objects, read_native, scene_of_package
from blueprint.sources.retrieval.record import record_retrieval
from blueprint.sources.retrieval.session import automation_store, containers_of, open_retrieval
from blueprint.sources.sage.reader import is_sage_dir, is_sage_zip
from blueprint.sources.scenesmith.reader import is_scenesmith_dir
from blueprint.sources.settled import SettledScene, generate_settled_scene
from blueprint.sources.text.parser import parse_prompt
from blueprint.sources.text.planner import plan_spec
from blueprint.storage import layout

__all__ = ["adopt_folder", "allowed_backends", "generate", "is_native"]

_BACKENDS = ("internal", "scenesmith", "sage", "hybrid_serial")


def generate(request: SceneRequest, run_seed: int, scene_dir: Path) -> SettledScene:
    """Write the request's scene into `scene_dir`, settled, by the text backend that it names.

    `source_mode` "text": the named backend or an error, never another one in silence. "auto": where the named backend
    is not configured or fails, `internal` serves the request, and of hybrid_serial SceneSmith's scene where only SAGE
    failed; each fallback stands with its reason in `metadata.fallbacks`. Raises InputError for an image request or a
    backend that TEXT_BACKEND_ALLOWLIST does not list, and what the backend raises.
    """
    if request.source_mode == "image" or request.prompt is None:
        message = f"source_mode {request.source_mode!r} has no prompt; its photo has not been reconstructed."
        raise InputError(message, remedy="run stage regen3d first (blueprint run … --resume).")
    backend = request.text_backend
    if backend not in allowed_backends():
        message = f"the text backend {backend!r} is not allowed; TEXT_BACKEND_ALLOWLIST has {allowed_backends()}."
        raise InputError(message, remedy="use one of them, or extend the list.")
    if backend == "internal":
        return _internal(request, run_seed, scene_dir, [])
    try:
        scene, calls, fallbacks = _ask(request, run_seed)
        settled = adopt_imported(_with_spec(scene, request, calls, fallbacks, run_seed), scene_dir)
    except (InputError, StageError) as error:
        if request.source_mode != "auto":
            raise
        return _internal(request, run_seed, scene_dir, [_fallback(backend, "internal", error)])
    _write_package(request, run_seed, scene_dir, settled.manifest, backend, {"service_calls": calls})
    return settled


def is_native(path: Path) -> bool:
    """Whether `path` is another generator's scene: a SceneSmith folder, a SAGE layout or its zip."""
    return is_scenesmith_dir(path) or is_sage_dir(path) or is_sage_zip(path)


def adopt_folder(source: Path, target: Path) -> SceneManifest:
    """Copy a scene of ours into `target`, or write a native one there as ours, relaxed; raises as reading it does."""
    if not is_native(source):
        return adopt_scene(source, target)
    write_relaxed(read_native(source), slug(source.stem), target)
    return check_scene(target).manifest


def allowed_backends() -> tuple[str, ...]:
    """Return TEXT_BACKEND_ALLOWLIST (a comma list; by default every backend); raises InputError for an unknown name."""
    text = os.environ.get("TEXT_BACKEND_ALLOWLIST", "").strip()
    names = tuple(word.strip() for word in text.split(",") if word.strip()) if text else _BACKENDS
    unknown = [name for name in names if name not in _BACKENDS]
    if unknown:
        message = f"TEXT_BACKEND_ALLOWLIST names {unknown[0][:60]!r}; there are {_BACKENDS}."
        raise InputError(message, remedy="correct the list.")
    return names


def _ask(request: SceneRequest, run_seed: int) -> tuple[ImportedScene, list[dict[str, Any]], list[str]]:
    """Ask the named service, or SceneSmith and then SAGE with SceneSmith's objects as the base scene."""
    if request.text_backend != "hybrid_serial":
        service = configured_service("sage" if request.text_backend == "sage" else "scenesmith")
        value, call = fetch_package(service, request, run_seed)
        return scene_of_package(value, service.name, run_seed), [call.as_dict()], []
    smith, sage = configured_service("scenesmith"), configured_service("sage")
    value, first = fetch_package(smith, request, run_seed)
    made = scene_of_package(value, "scenesmith", run_seed)
    room_type, objects = package_objects(value, "scenesmith")
    try:
        refined, second = fetch_package(sage, request, run_seed, {"room_type": room_type, "objects": objects})
        scene = scene_of_package(refined, "sage", run_seed)
    except (InputError, StageError) as error:
        if request.source_mode != "auto":
            raise
        return made, [first.as_dict()], [_fallback("sage", "scenesmith", error)]
    return scene, [first.as_dict(), second.as_dict()], []


def _fallback(failed: str, used: str, error: BlueprintError) -> str:
    return f"text backend {failed} failed, {used} served instead: {str(error)[:500]}"


def _with_spec(
    scene: ImportedScene, request: SceneRequest, calls: list[dict[str, Any]], fallbacks: list[str], run_seed: int
) -> ImportedScene:
    """Carry what the prompt asks for into the manifest, so that a foreign scene is measured against it as ours are."""
    spec = parse_prompt(request.prompt or "")
    extra: dict[str, Any] = {
        "prompt": request.prompt,
        "seed": run_seed,
        "room_type": spec.room_type,
        "text_backend": request.text_backend,
        "service_calls": calls,
        "spec": spec.model_dump(mode="json", exclude={"prompt"}),
    }
    if fallbacks:
        extra["fallbacks"] = fallbacks
    return replace(scene, prompt=request.prompt, extra={**scene.extra, **extra})


def _internal(request: SceneRequest, run_seed: int, scene_dir: Path, fallbacks: list[str]) -> SettledScene:
    """The deterministic generator, with what a configured language model, library or mesh service adds to it."""
    parsed = parse_prompt(request.prompt or "")
    spec, record = plan_spec(parsed, request)
    retrieval = open_retrieval(request, spec, scene_dir)
    generator = open_generation(request.constraints, automation_store(scene_dir, os.environ), containers_of(spec))

    def provided(wanted: AssetRequest, prior: Asset) -> Asset | None:
        found = retrieval.retriever.asset(wanted, prior) if retrieval else None
        return found or (generator.asset(wanted, prior) if generator else None)

    shelf = AssetShelf(provided if retrieval or generator else None)
    settled = generate_settled_scene(request, run_seed, scene_dir, spec, shelf)
    if retrieval is not None:
        settled = replace(settled, manifest=record_retrieval(retrieval, settled.manifest, scene_dir))
    if generator is not None:
        settled = replace(settled, manifest=record_generation(generator, settled.manifest, scene_dir))
    fallbacks = [*settled.manifest.metadata.get("fallbacks", []), *fallbacks]
    if record.llm_failure_reason:
        fallbacks = [*fallbacks, f"LLM planner failed, the parser alone served: {record.llm_failure_reason}"]
    facts: dict[str, Any] = {"planner": record.as_dict()} if record.generation_mode != "deterministic" else {}
    if fallbacks:
        facts["fallbacks"] = fallbacks
    if not facts:
        return settled
    manifest = settled.manifest.model_copy(update={"metadata": settled.manifest.metadata | facts})
    manifest.write(scene_dir / layout.SCENE_MANIFEST)
    _amend_package(scene_dir / layout.TEXTGEN_PACKAGE, record.as_dict() | {"fallbacks": fallbacks})
    return replace(settled, manifest=manifest)


def _amend_package(path: Path, facts: dict[str, Any]) -> None:
    document = json.loads(path.read_bytes()) if path.is_file() else {}
    _write_json(path, document | facts)


def _write_package(
    request: SceneRequest,
    run_seed: int,
    scene_dir: Path,
    manifest: SceneManifest,
    backend: str,
    facts: dict[str, Any],
) -> None:
    """Write `textgen/request.normalized.json` and `textgen/package.json` of a foreign scene."""
    objects = [item for item in manifest.objects if item.sim_role != "scene_shell"]
    request.write(scene_dir / layout.TEXTGEN_REQUEST)
    _write_json(
        scene_dir / layout.TEXTGEN_PACKAGE,
        {
            "schema_version": "v1",
            "scene_id": request.scene_id,
            "room_type": manifest.metadata.get("room_type"),
            "seed": run_seed,
            "quality_tier": request.quality_tier,
            "provider_policy": request.provider_policy,
            "provider_used": manifest.metadata.get("backend"),
            "used_llm": None,  # what a service does inside is not ours to say
            "prompt": request.prompt,
            "constraints": request.constraints,
            "objects": [item.model_dump(mode="json", exclude_none=True, by_alias=True) for item in objects],
            "unsatisfied": manifest.metadata.get("unsatisfied", []),
            "fallbacks": manifest.metadata.get("fallbacks", []),
            "skipped": manifest.metadata.get("skipped", {}),
            "backend": {"selected": backend, "backends": [call["service"] for call in facts["service_calls"]]},
            "text_backend": request.text_backend,
            **facts,
        },
    )


def _write_json(path: Path, value: object) -> None:
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False, sort_keys=True) + "\n"
    write_atomically(path, text.encode())
