"""Assets that services make: which requests they are asked for, what came of it, and where it is recorded."""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from blueprint.assets.geometry import Asset
from blueprint.assets.registry import PROXY, AssetRequest
from blueprint.contracts.asset import AssetModel
from blueprint.contracts.asset_generation import GenerationDecision, GenerationReport, GenerationScope
from blueprint.contracts.errors import InputError
from blueprint.contracts.hashing import sha256_bytes, sha256_json
from blueprint.contracts.ids import slug
from blueprint.contracts.scene_manifest import SceneManifest, SceneObject
from blueprint.services.mesh_generation import (
    GeneratedMesh,
    MeshCache,
    MeshChain,
    MeshFacts,
    generate_mesh,
    mesh_cache,
    mesh_chain,
)  # fmt: skip
from blueprint.sources.mesh_fit import fitted_asset, mesh_request
from blueprint.storage import layout
from blueprint.storage.store import ObjectStore

__all__ = [
    "GENERATION_REPORT",
    "AssetGenerator",
    "open_generation",
    "record_generation",
]

GENERATION_REPORT = "textgen/generation_report.json"
_ARCHITECTURE = ("scene_shell", "background")


class AssetGenerator:
    """Assets of one scene that services make, each request once.

    By default only stand-ins are replaced (things that no generator of ours knows): those of ours have joints, regions
    and grasps that no mesh has. `must_contain` names categories that something is put into.
    """

    def __init__(
        self,
        chain: MeshChain,
        cache: MeshCache | None,
        *,
        scope: GenerationScope = "stand-ins",
        must_contain: frozenset[str] = frozenset(),
    ) -> None:
        self.decisions: dict[AssetRequest, GenerationDecision] = {}
        self._chain, self._cache, self._scope, self._must_contain = chain, cache, scope, must_contain
        self._made: dict[AssetRequest, Asset] = {}

    def asset(self, request: AssetRequest, prior: Asset) -> Asset | None:
        """Return the generated asset that stands for a request, or None; `prior` is the procedural one.

        Raises StorageError where the cache cannot be used.
        """
        if request not in self.decisions:
            self.decisions[request] = self._decide(request, prior.model)
        return self._made.get(request)

    def report(self, scene_id: str) -> GenerationReport:
        """Return what was decided, in the order of the requests' categories and words."""
        ordered = sorted(self.decisions.items(), key=lambda item: repr(item[0]))
        return GenerationReport(scene_id=scene_id, scope=self._scope, decisions=[decision for _, decision in ordered])

    def _decide(self, request: AssetRequest, prior: AssetModel) -> GenerationDecision:
        wanted = mesh_request(request, prior)
        told = GenerationDecision(category=prior.category, prompt=wanted.prompt, reason="")
        why = self._unsuited(prior)
        if why is not None:
            return told.model_copy(update={"reason": why})
        fitter = _Fitter(request, prior, must_contain=prior.category in self._must_contain)
        made, attempts = generate_mesh(wanted, self._chain, self._cache, accept=fitter.accept)
        if made is None:
            return told.model_copy(update={"reason": "no service gave a usable mesh", "attempts": attempts})
        asset = _signed(fitter.asset(made.data), made, prior)
        self._made[request] = asset
        return told.model_copy(
            update={
                "reason": f"made by {made.origin.service}",
                "attempts": attempts,
                "asset_id": asset.model.asset_id,
                "origin": made.origin,
                "license": made.license,
                "from_cache": made.from_cache,
            }
        )

    def _unsuited(self, prior: AssetModel) -> str | None:
        """Why a mesh cannot do what the procedural asset does, where that is known before one is made."""
        if prior.sim_role in _ARCHITECTURE:
            return "it is architecture"
        if self._scope == "stand-ins" and prior.category != PROXY:
            return "there is a generator for it"
        if prior.is_articulated:
            return "it has joints, a mesh has none"
        return None


def open_generation(
    constraints: Mapping[str, Any], store: ObjectStore, must_contain: frozenset[str] = frozenset()
) -> AssetGenerator | None:
    """Return the generator of a scene, or None where no service is configured or generation is switched off.

    `store` holds the cache. A request's `constraints.asset_generation`, else TEXT_ASSET_GENERATION_SCOPE, is
    "stand-ins" (default) or "all"; False or "none" switches it off. Raises InputError for settings that are not usable.
    """
    told = constraints.get("asset_generation", os.environ.get("TEXT_ASSET_GENERATION_SCOPE", "").strip() or "stand-ins")
    if told is False or told == "none":
        return None
    if told not in ("stand-ins", "all"):
        raise InputError(
            f"asset_generation (or TEXT_ASSET_GENERATION_SCOPE) is {str(told)[:40]!r}.",
            remedy='use "stand-ins", "all" or "none".',
        )
    chain = mesh_chain()
    return AssetGenerator(chain, mesh_cache(store), scope=told, must_contain=must_contain) if chain else None


def record_generation(generator: AssetGenerator, manifest: SceneManifest, scene_dir: Path) -> SceneManifest:
    """Write the report, and the manifest with where its generated objects come from; returns that manifest.

    Where a service was asked in vain, that stands in `metadata.fallbacks`.
    """
    report = generator.report(manifest.scene_id)
    report.write(scene_dir / GENERATION_REPORT)
    made = {decision.asset_id: decision for decision in report.decisions if decision.asset_id}
    objects = [
        _generated(item, made[item.asset.asset_id]) if item.asset.asset_id in made else item
        for item in manifest.objects
    ]
    count = sum(item.asset.asset_id in made for item in manifest.objects)
    facts: dict[str, Any] = {
        "mesh_generation": {
            "scope": report.scope,
            "generated_objects": count,
            "licenses": sorted({decision.license.spdx for decision in made.values() if decision.license}),
        }
    }
    vain = [decision for decision in report.decisions if decision.attempts and not decision.asset_id]
    if vain:
        told = [f"no service made {one.prompt!r}, the procedural one serves: {one.attempts[-1].detail}" for one in vain]
        facts["fallbacks"] = [*manifest.metadata.get("fallbacks", []), *told]
    updated = manifest.model_copy(update={"objects": objects, "metadata": manifest.metadata | facts})
    updated.write(scene_dir / layout.SCENE_MANIFEST)
    return updated


def _generated(item: SceneObject, decision: GenerationDecision) -> SceneObject:
    told = decision.model_dump(mode="json", include={"origin", "license"}, exclude_none=True)
    return item.model_copy(
        update={
            "asset": item.asset.model_copy(update={"source": "generated"}),
            "dimensions_source": "generated",
            "asset_generation": {**(item.asset_generation or {}), "generated": told},
        }
    )


class _Fitter:
    """Fits meshes to one request and remembers what it made of which bytes."""

    def __init__(self, request: AssetRequest, prior: AssetModel, *, must_contain: bool) -> None:
        self._request, self._prior, self._must_contain = request, prior, must_contain
        self._made: dict[str, Asset] = {}

    def accept(self, data: bytes) -> MeshFacts:
        asset, size = fitted_asset(data, self._request, self._prior, must_contain=self._must_contain)
        self._made[sha256_bytes(data)] = asset
        return MeshFacts(sum(len(shape.faces) for shape in asset.meshes.values()), size)

    def asset(self, data: bytes) -> Asset:
        digest = sha256_bytes(data)
        if digest not in self._made:  # another process kept its answer first
            self.accept(data)
        return self._made[digest]


def _signed(asset: Asset, made: GeneratedMesh, prior: AssetModel) -> Asset:
    """The same asset with its origin and licence in its metadata, and an id that depends on both."""
    origin = made.origin
    params = asset.model.params | {
        "service": origin.service,
        "dialect": origin.dialect,
        "model": origin.model,
        "mesh_sha256": origin.mesh_sha256,
        "request_sha256": origin.request_sha256,
    }
    identity = [asset.model.asset_id, params, made.license.model_dump(mode="json")]
    update = {
        "asset_id": f"{slug(prior.category)[:60]}_{sha256_json(identity)[:10]}",
        "params": params,
        "license": made.license,
        "description": f"{asset.model.description} ({origin.service}, {origin.model})",
    }
    return replace(asset, model=asset.model.model_copy(update=update))
