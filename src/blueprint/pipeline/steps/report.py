"""Stage report: pictures of the scene, and the page."""

from blueprint.contracts.document import write_atomically
from blueprint.pipeline.stage import Outcome, StageContext
from blueprint.quality.gates import gate_report
from blueprint.quality.report import build_report
from blueprint.sim.scene_views import render_scene_views

__all__ = ["write_scene_report"]


def write_scene_report(context: StageContext) -> Outcome:
    """Render the scene, sum up the gates, and write the page."""
    context.progress(0, 2, "pictures")
    images = render_scene_views(
        context.scene_dir, context.scene_dir / "report" / "images", renderer=context.settings.renderer
    )
    from blueprint.pipeline.stages import all_gates  # that module imports this one

    summary = gate_report(context.scene_dir, all_gates())
    write_atomically(context.scene_dir / "report" / "quality_gate_report.json", summary.to_json().encode())
    context.progress(1, 2, "page")
    page = build_report(context.scene_dir)
    context.progress(2, 2, str(page))
    return Outcome({"images": [path.name for path in images], "can_proceed": summary.summary.can_proceed})
