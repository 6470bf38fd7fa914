"""A spec of rooms → the scene: furnish, lay out, fill, and say what was not met."""

from blueprint.contracts.scene_request import SceneRequest
from blueprint.sources.generated import AssetShelf, GeneratedScene
from blueprint.sources.rooms.documents import SHELL_ID, layout_plan, rooms_manifest
from blueprint.sources.rooms.fill import fill
from blueprint.sources.rooms.furnish import furnish
from blueprint.sources.rooms.layout import lay_rooms
from blueprint.sources.rooms.program import Program
from blueprint.sources.rooms.shell import shell_request
from blueprint.sources.text.layout import Placed
from blueprint.sources.text.spec import SceneSpec, Unsatisfied

__all__ = ["compose_rooms"]


def compose_rooms(
    spec: SceneSpec, request: SceneRequest, run_seed: int, shelf: AssetShelf | None = None
) -> GeneratedScene:
    """Return the scene of a spec whose scope is room or house; the same inputs give the same scene.

    What the prompt asks for and found no place stands in the manifest's `metadata.unsatisfied`.
    """
    shelf = shelf or AssetShelf()
    program = furnish(spec, request.quality_tier, run_seed, shelf.model)
    layout = lay_rooms(program, shelf.model, run_seed)
    filled = fill(program, layout, shelf.model, run_seed)
    placed = {
        name: Placed(name, program.items[name].requirement, pose)
        for name, pose in layout.poses.items()
        if name not in filled.placed
    } | filled.placed
    requests = {SHELL_ID: shell_request(layout.house, run_seed)}
    requests |= {name: program.items[name].request for name in placed}
    models = {name: shelf.model(wanted) for name, wanted in requests.items()}
    unsatisfied = [*program.unsatisfied, *filled.unsatisfied]
    unsatisfied += _without_place(program, {**layout.left_out, **filled.left_out}, unsatisfied)
    document = rooms_manifest(
        request, run_seed, program, layout.house, placed, models, requests, unsatisfied, layout.trials
    )
    assets = {shelf.model(wanted).asset_id: shelf.asset(wanted) for wanted in requests.values()}
    return GeneratedScene(spec, document, assets, layout_plan(spec, layout.house), unsatisfied)


def _without_place(program: Program, left_out: dict[str, str], listed: list[Unsatisfied]) -> list[Unsatisfied]:
    """What the prompt asks for and has no place, but for what is listed already."""
    known = {item.requirement for item in listed}
    missing = []
    for name, why in left_out.items():
        index = program.items[name].requirement
        if index is None or index in known:
            continue
        noun = program.spec.requirements[index].noun
        missing.append(
            Unsatisfied(
                reason="infeasible" if why.startswith("infeasible") else "no_space",
                requirement=index,
                noun=noun,
                detail=f"{name}: {why}",
            )
        )
    return missing
