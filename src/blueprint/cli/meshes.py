"""Verbs about loose meshes: `blueprint mesh prepare`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from blueprint.cli.app import app
from blueprint.contracts.errors import GateError

if TYPE_CHECKING:
    from blueprint.contracts.mesh_report import MeshBatchReport
    from blueprint.contracts.quality_gate import GateCheck

__all__: list[str] = []

mesh_app = typer.Typer(help="Loose meshes: prepare them for simulation.")
app.add_typer(mesh_app, name="mesh")


@mesh_app.callback()
def _mesh() -> None:
    """Keep `mesh` a group although it has one verb."""


@mesh_app.command("prepare")
def prepare(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="GLB, glTF, OBJ, PLY, STL or USD files.")],
    out: Annotated[Path, typer.Option(help="Where each asset gets a folder of its own, and the report goes.")],
    category: Annotated[str | None, typer.Option(help="What they are; by default taken from the file's name.")] = None,
    scale: Annotated[float | None, typer.Option(help="Metres per unit of the files; by default 1.")] = None,
    height_m: Annotated[float | None, typer.Option("--height-m", help="Scale each to this height instead.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes; the results do not depend on it.")] = 1,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON for machines instead of text for people.")
    ] = False,
) -> None:
    """Clean meshes and give them colliders, mass, support surfaces and grasps; exit code 4 if one fails, or its USD.

    Assets of other files are kept. Decompositions are kept in OUT/.colliders and used again.
    """
    from blueprint.sources.meshes.batch import prepare_meshes
    from blueprint.sources.meshes.prepare_files import inputs_of_files, save_checked

    checks: dict[str, list[GateCheck]] = {}
    items = inputs_of_files(files, category=category, scale=scale, height_m=height_m)
    report = prepare_meshes(
        items,
        workers=workers,
        min_success_rate=1.0,
        save=lambda made: checks.update({made.report.name: save_checked(made, out)}),
        cache_dir=out / ".colliders",
    )
    report.write(out / "mesh_report.json")
    refused = {name: [one.message for one in own if not one.passed] for name, own in checks.items()}
    if as_json:
        shown = {name: [one.model_dump(mode="json") for one in own] for name, own in sorted(checks.items())}
        typer.echo(json.dumps({"report": report.model_dump(mode="json"), "checks": shown}))
    else:
        typer.echo(_table(report, refused))
    bad = sum(bool(messages) for messages in refused.values())
    if bad or report.failed:
        raise GateError(
            f"{report.failed} of {report.total} meshes could not be prepared, {bad} assets fail validation.",
            remedy="see the list above; the others are kept.",
        )


def _table(report: "MeshBatchReport", refused: dict[str, list[str]]) -> str:
    row = "{:<20} {:<5} {:<10} {:>13} {:<14} {:>8} {:>9} {:>8}  {}"
    lines = [row.format("name", "loads", "watertight", "triangles", "colliders", "p95 mm", "grasps", "kg", "usd")]
    for one in report.meshes:
        gap = one.colliders.deviation_p95_m
        lines.append(
            row.format(
                one.name[:20],
                "yes",
                "/".join("yes" if closed else "no" for closed in (one.is_watertight_in, one.is_watertight)),
                f"{one.triangles_in}/{one.triangles}",
                f"{one.colliders.colliders} {one.colliders.method}",
                "n/a" if gap is None else f"{gap * 1000:.2f}",
                f"{one.grasps.held}/{one.grasps.tried}",
                "n/a" if one.mass_kg is None else f"{one.mass_kg:.3f}",
                "passes" if not refused.get(one.name) else "FAILS",
            )
        )
        lines += [f"{'':<20} {text}" for text in (*one.warnings, *refused.get(one.name, []))]
    for failure in report.failures:
        remedy = f" Remedy: {failure.remedy}" if failure.remedy else ""
        lines.append(f"{failure.name[:20]:<20} no    {failure.message}{remedy}")
    return "\n".join(lines)
