"""Which asset of the library stands for a request: by words, by meaning, or none, decided once and remembered."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from blueprint.assets.geometry import Asset
from blueprint.assets.registry import AssetRequest
from blueprint.contracts.asset_retrieval import RetrievalCandidate, RetrievalMode, SelectedAsset
from blueprint.contracts.errors import InputError, MissingDependencyError, ServiceError, StorageError
from blueprint.contracts.seeds import derive_seed
from blueprint.services.embeddings import Embedder
from blueprint.sources.retrieval.fit import Fitter, Scaling, missing_function, missing_look, scaling_of
from blueprint.sources.retrieval.lexical import kind_fit, lexical_score
from blueprint.sources.retrieval.library import AssetLibrary, LibraryItem
from blueprint.sources.retrieval.query import Query, query_of
from blueprint.sources.retrieval.semantic import SemanticIndex
from blueprint.sources.retrieval.settings import RetrievalSettings
from blueprint.storage.store import ObjectStore

__all__ = ["AnnOutcome", "AssetRetriever", "Decision"]

Way = Literal["lexical", "ann", "lexical_fallback", "procedural"]
_SIMILARITY_WEIGHT = 0.8  # the rest is how well the dimensions fit
_SAME_SCORE = 0.02  # candidates this close are as good: the request's seed decides, so that two rooms differ
_BUILDS = 4
_TOLD = 6  # candidates that a decision lists
_ANN_FAILURES = (ServiceError, MissingDependencyError, InputError, StorageError)


@dataclass(frozen=True)
class AnnOutcome:
    """What was measured of one decision by ANN: a usable asset, an error, or neither; `latency_ms` of a search."""

    hit: bool
    error: str | None = None
    latency_ms: float | None = None


@dataclass(frozen=True)
class Decision:
    """`asset` is what stands for the request, None for the procedural one; `asset_id` names the one that is used."""

    asset_id: str
    query: Query
    way: Way
    reason: str
    asset: Asset | None
    selected: SelectedAsset | None
    candidates: tuple[RetrievalCandidate, ...]
    ann: AnnOutcome | None = None
    shadow: SelectedAsset | None = None
    library_has_one: bool = False


@dataclass
class _Pick:
    candidates: list[RetrievalCandidate] = field(default_factory=list)
    asset: Asset | None = None
    selected: SelectedAsset | None = None


class AssetRetriever:
    """Decisions of one scene. The same library, settings, mode and requests give the same assets; times are measured
    with `clock` (seconds) and never looked at.

    `must_contain` names generators whose assets the prompt puts something into.
    """

    def __init__(
        self,
        library: AssetLibrary,
        settings: RetrievalSettings,
        mode: RetrievalMode,
        embedder: Callable[[], Embedder],
        clock: Callable[[], float],
        *,
        must_contain: frozenset[str] = frozenset(),
        automation: ObjectStore | None = None,
    ) -> None:
        self.library, self.settings, self.mode = library, settings, mode
        self.decisions: dict[AssetRequest, Decision] = {}
        self.ann_unavailable: str | None = None
        self.embedding_model: str | None = None
        self._embedder, self._clock, self._automation = embedder, clock, automation
        self._must_contain = must_contain
        self._items = {item.key: item for item in library.items}
        self._index: SemanticIndex | None = None
        self._fitter = Fitter(library.files)
        self._built: dict[tuple[object, ...], Asset | str] = {}

    def asset(self, request: AssetRequest, prior: Asset) -> Asset | None:
        """Return the library's asset for a request, or None; `prior` is the procedural one. Architecture has none."""
        if prior.model.sim_role in ("scene_shell", "background"):
            return None
        if request not in self.decisions:
            self.decisions[request] = self._decide(request, prior)
        return self.decisions[request].asset

    def _decide(self, request: AssetRequest, prior: Asset) -> Decision:
        query = query_of(request, prior.model)
        ann, by_meaning = (None, _Pick()) if self.mode == "lexical_primary" else self._by_meaning(query, request, prior)
        if self.mode == "ann_primary" and by_meaning.asset is not None:
            return self._decision(prior, query, "ann", by_meaning, [by_meaning], ann)
        by_words = self._pick("lexical", self._lexical(query), query, request, prior)
        if self.mode != "ann_primary":
            picks = [by_words, by_meaning]
            return self._decision(prior, query, "lexical", by_words, picks, ann, by_meaning.selected)
        used = by_words if self.settings.lexical_fallback else _Pick()
        return self._decision(prior, query, "lexical_fallback", used, [by_meaning, by_words], ann)

    def _decision(
        self,
        prior: Asset,
        query: Query,
        way: Way,
        used: _Pick,
        picks: list[_Pick],
        ann: AnnOutcome | None,
        shadow: SelectedAsset | None = None,
    ) -> Decision:
        told = [candidate for pick in picks for candidate in pick.candidates[:_TOLD]]
        return Decision(
            asset_id=(used.asset or prior).model.asset_id,
            query=query,
            way=way if used.asset is not None else "procedural",
            reason=_reason(query, used, told, self.settings),
            asset=used.asset,
            selected=used.selected,
            candidates=tuple(told),
            ann=ann,
            shadow=shadow,
            library_has_one=any(pick.asset is not None for pick in picks),
        )

    def _lexical(self, query: Query) -> list[tuple[LibraryItem, float]]:
        scored = [(item, round(lexical_score(query, item), 4)) for item in self.library.items]
        good = [pair for pair in scored if pair[1] >= self.settings.min_score]
        return sorted(good, key=lambda pair: (-pair[1], pair[0].key))[: self.settings.ann_top_k]

    def _by_meaning(self, query: Query, request: AssetRequest, prior: Asset) -> tuple[AnnOutcome | None, _Pick]:
        """Search by meaning; after one failure the scene does without."""
        if self.ann_unavailable is not None:
            return None, _Pick()
        try:
            if self._index is None:
                model = self._embedder()
                self.embedding_model = model.name
                self._index = SemanticIndex(self.library.items, model, self.settings.ann_namespace, self._automation)
            start = self._clock()
            found = self._index.search(query.text, self.settings.ann_top_k)
            latency = (self._clock() - start) * 1000
        except _ANN_FAILURES as error:
            self.ann_unavailable = str(error)[:300]
            return AnnOutcome(False, self.ann_unavailable), _Pick()
        near = [(self._items[key], round(score, 4)) for key, score in found if score >= self.settings.ann_min_score]
        pick = self._pick("ann", near[: self.settings.ann_max_rerank], query, request, prior)
        return AnnOutcome(pick.asset is not None, None, latency), pick

    def _pick(
        self,
        way: Literal["lexical", "ann"],
        found: list[tuple[LibraryItem, float]],
        query: Query,
        request: AssetRequest,
        prior: Asset,
    ) -> _Pick:
        """Rerank by dimensions, then take the first that can be used."""
        ranked = []
        for item, similarity in found:
            scaling = self._judge(item, query, prior)
            fit = 1 / scaling.misfit if isinstance(scaling, Scaling) else 0.0
            score = round(_SIMILARITY_WEIGHT * similarity + (1 - _SIMILARITY_WEIGHT) * fit, 4)
            ranked.append((item, similarity, scaling, score))
        ranked.sort(key=lambda one: (isinstance(one[2], str), -one[3], one[0].key))
        best = max((one[3] for one in ranked if isinstance(one[2], Scaling)), default=0.0)
        tied = [one for one in ranked if isinstance(one[2], Scaling) and one[3] >= best - _SAME_SCORE]
        tied.sort(key=lambda one: derive_seed(request.seed, "retrieval", one[0].key))
        pick, builds = _Pick(), 0
        for item, similarity, scaling, score in tied + ranked[len(tied) :]:
            verdict = scaling if isinstance(scaling, str) else "not needed"
            if isinstance(scaling, Scaling) and pick.asset is None and builds < _BUILDS:
                builds += 1
                made = self._made(item, scaling, query, prior)
                verdict = made if isinstance(made, str) else "accepted"
                if isinstance(made, Asset):
                    pick.asset, pick.selected = made, _selected(item, scaling, made)
            misfit = scaling.misfit if isinstance(scaling, Scaling) else None
            pick.candidates.append(
                RetrievalCandidate(
                    key=item.key,
                    way=way,
                    similarity=similarity,
                    misfit=misfit,
                    score=score,
                    verdict=verdict,
                )
            )
        return pick

    def _judge(self, item: LibraryItem, query: Query, prior: Asset) -> Scaling | str:
        """Return how the item is scaled, or why it cannot be used, before its mesh is opened."""
        allowed = self.settings.licenses
        if allowed is not None and (item.license is None or item.license.spdx not in allowed):
            return f"licence {item.license.spdx if item.license else 'unknown'} is not allowed"
        if kind_fit(query, item) == 0.0:
            return f"it is another kind: {item.category}"
        missing = missing_look(query, item) or missing_function(item, prior.model)
        return missing or scaling_of(item, query.size_m)

    def _made(self, item: LibraryItem, scaling: Scaling, query: Query, prior: Asset) -> Asset | str:
        must_contain = prior.model.category in self._must_contain
        key = (item.key, scaling, prior.model.asset_id, query.color, query.material)
        if key not in self._built:
            try:
                self._built[key] = self._fitter.build(item, scaling, prior.model, query, must_contain)
            except (InputError, StorageError) as error:
                self._built[key] = str(error)[:300]
        return self._built[key]


def _selected(item: LibraryItem, scaling: Scaling, asset: Asset) -> SelectedAsset:
    return SelectedAsset(
        key=item.key,
        sha256=item.sha256,
        asset_id=asset.model.asset_id,
        name=item.name,
        scale=round(item.file_scale * scaling.scale, 6),
        license=item.license,
    )


def _reason(query: Query, used: _Pick, told: list[RetrievalCandidate], settings: RetrievalSettings) -> str:
    if used.selected is not None:
        chosen = next(candidate for candidate in used.candidates if candidate.verdict == "accepted")
        return f"the best of {len(used.candidates)}: score {chosen.score}, misfit {chosen.misfit}"
    if any(candidate.verdict == "accepted" for candidate in told):
        return "found by words only, and the lexical fallback is switched off"
    if told:
        return f"none of {len(told)} can be used; the nearest, {told[0].key}: {told[0].verdict}"
    return f"the library has nothing like {query.noun!r} (least score {settings.min_score})"
