"""The internal text backend: request → spec → layout → assets, manifest and the textgen package, on disk."""

from collections.abc import Mapping
from pathlib import Path

from blueprint.assets.registry import AssetRequest, Generator, categories
from blueprint.contracts.errors import InputError
from blueprint.contracts.scene_manifest import SceneManifest
from blueprint.contracts.scene_request import SceneRequest
from blueprint.contracts.seeds import derive_seed, rng_for
from blueprint.sources.generated import AssetShelf, GeneratedScene, write_generated
from blueprint.sources.rooms.compose import compose_rooms
from blueprint.sources.text.documents import ROOM_HEIGHT_M, layout_plan, manifest
from blueprint.sources.text.layout import Layout, lay_out
from blueprint.sources.text.parser import parse_prompt
from blueprint.sources.text.plan import Plan, complete, plan_scene
from blueprint.sources.text.spec import SceneSpec

__all__ = ["ROOM_ID", "compose_scene", "generate_scene"]

ROOM_ID = "room"
_GROWTH = (1.0, 1.35, 1.8, 2.4)
_CONTAINER_SIZES = (None, "large", "huge")
_RESTARTS = 2
_HOPELESS = 5  # so many misses are for lack of space: another draw does not help, wider furniture may
_NOT_PLACED = ("no_space", "relation_not_met", "does_not_fit")


def generate_scene(
    request: SceneRequest,
    run_seed: int,
    scene_dir: Path,
    spec: SceneSpec | None = None,
    shelf: AssetShelf | None = None,
) -> SceneManifest:
    """Generate the scene of a text request and write it below `scene_dir`; the same inputs give the same bytes.

    Raises InputError where the prompt cannot be used.
    """
    generated = compose_scene(request, run_seed, spec, shelf)
    write_generated(generated, request, run_seed, scene_dir)
    return generated.manifest


def compose_scene(
    request: SceneRequest, run_seed: int, spec: SceneSpec | None = None, shelf: AssetShelf | None = None
) -> GeneratedScene:
    """Return the scene of a request without writing it; raises InputError where the request has no prompt.

    `spec` is what was read in the prompt, where somebody (a planner) has added to it; `shelf` is where assets come
    from, by default our generators.
    """
    shelf = shelf or AssetShelf()
    if request.prompt is None or request.source_mode == "image":
        raise InputError(
            f"request {request.scene_id} has source_mode {request.source_mode!r} and no prompt for the text backend.",
            remedy="set source_mode to 'text' and give a prompt.",
        )
    spec = spec or parse_prompt(request.prompt)
    if spec.scope != "tabletop":
        return compose_rooms(spec, request, run_seed, shelf)
    return _compose_table_top(spec, request, run_seed, shelf)


def _compose_table_top(spec: SceneSpec, request: SceneRequest, run_seed: int, shelf: AssetShelf) -> GeneratedScene:
    known = categories()
    spec = complete(spec, known)
    plan, layout = _best_layout(spec, known, spec.prompt, run_seed, shelf)
    by_object = {item.object_id: item.request for item in plan.wanted if item.object_id in layout.placed}
    by_object[ROOM_ID] = _room_request(layout, known, run_seed)
    models = {object_id: shelf.model(wanted) for object_id, wanted in by_object.items()}
    document = manifest(request, run_seed, spec, plan, layout, models, by_object, ROOM_ID)
    assets = {shelf.model(wanted).asset_id: shelf.asset(wanted) for wanted in by_object.values()}
    return GeneratedScene(spec, document, assets, layout_plan(spec, layout.floor), layout.unsatisfied)


def _best_layout(
    spec: SceneSpec, known: Mapping[str, Generator], prompt: str, run_seed: int, shelf: AssetShelf
) -> tuple[Plan, Layout]:
    """Restart and then widen the anchor furniture until everything stands; else the layout that misses least."""
    best: tuple[int, Plan, Layout] | None = None
    growth, size = 0, 0
    while True:
        options = _anchor_size(spec, known, run_seed, shelf, _GROWTH[growth])
        anchor_is_full = container_is_full = False
        for restart in range(_RESTARTS):
            plan = plan_scene(spec, known, run_seed, options, _CONTAINER_SIZES[size])
            models = {item.object_id: shelf.model(item.request) for item in plan.wanted}
            rng = rng_for(run_seed, "layout", prompt, growth, size, restart)
            against_wall = models[plan.anchor].category not in ("table", "dining_table", "side_table")
            layout = lay_out(spec, plan, models, rng, against_wall=against_wall)
            misses = sum(item.reason in _NOT_PLACED for item in layout.unsatisfied)
            layout.unsatisfied[:0] = plan.unsatisfied
            if best is None or misses < best[0]:
                best = (misses, plan, layout)
            if misses == 0:
                return plan, layout
            anchor_is_full |= layout.anchor_is_full
            container_is_full |= layout.container_is_full
            if misses > _HOPELESS or (container_is_full and size + 1 < len(_CONTAINER_SIZES)):
                break
        if container_is_full and size + 1 < len(_CONTAINER_SIZES):
            size += 1
        elif anchor_is_full and _can_grow(spec, known, run_seed, shelf, growth):
            growth += 1
        else:
            assert best is not None
            return best[1], best[2]


def _can_grow(spec: SceneSpec, known: Mapping[str, Generator], run_seed: int, shelf: AssetShelf, growth: int) -> bool:
    if growth + 1 >= len(_GROWTH):
        return False
    now, then = (_anchor_size(spec, known, run_seed, shelf, _GROWTH[growth + k]) for k in (0, 1))
    return now != then


def _anchor_size(
    spec: SceneSpec, known: Mapping[str, Generator], run_seed: int, shelf: AssetShelf, factor: float
) -> dict[str, float]:
    """Options that make the anchor `factor` times as wide, within its range; none where the prompt states a size."""
    plan = plan_scene(spec, known, run_seed, {})
    anchor = plan.item(plan.anchor)
    category = anchor.request.category
    if factor == 1.0 or anchor.request.size is not None or "width" not in known[category].options:
        return {}
    width = min(shelf.model(anchor.request).size_m[0] * factor, known[category].size_range_m[1][0])
    return {"width": round(width, 3)}


def _room_request(layout: Layout, known: Mapping[str, Generator], run_seed: int) -> AssetRequest:
    sizes = {"width": layout.floor.width, "depth": layout.floor.depth, "height": ROOM_HEIGHT_M}
    options = {name: value for name, value in sizes.items() if name in known["room"].options}
    return AssetRequest(
        "room", derive_seed(run_seed, "asset", ROOM_ID) % (1 << 31), options=tuple(sorted(options.items()))
    )
