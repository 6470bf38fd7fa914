"""Building the report: facts, plots, media and the 3-D view, put into one HTML page."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from blueprint.contracts.ablation import AblationRow
from blueprint.contracts.certificate import JointCertificate, ObjectCertificate
from blueprint.contracts.document import write_atomically
from blueprint.contracts.episode import EpisodeRecord
from blueprint.quality.report.facts import RunFacts, read_facts
from blueprint.quality.report.media import embed_images, embed_videos
from blueprint.quality.report.plots import certificate_plot, episode_plots
from blueprint.quality.report.viewer import viewer_data
from blueprint.quality.training_section import training_section
from blueprint.storage import layout

__all__ = ["build_report"]


@dataclass(frozen=True)
class _TaskBar:
    """Attempts at one task. Bars are drawn as shares of the largest number of attempts."""

    instruction: str
    task_type: str
    task_id: str
    attempts: int
    succeeded: int
    accepted: int | None
    reasons: dict[str, int]


@dataclass(frozen=True)
class _Verdict:
    """One line of the summary; state is good, bad, warn or none (not reached)."""

    label: str
    value: str
    state: str


def build_report(scene_dir: Path) -> Path:
    """Write `report/index.html` of a scene folder, finished or not, and return its path.

    The page stands alone: styles, scripts, pictures and videos are inside, and its content security policy forbids it
    to load anything. The same folder gives the same bytes. Raises InputError if `scene_dir` is not a folder.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    facts = read_facts(scene_dir)
    environment = Environment(
        loader=PackageLoader("blueprint.quality.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    page = environment.get_template("report.html.j2").render(_context(facts))
    path = scene_dir / layout.REPORT
    write_atomically(path, page.encode())
    return path


def _context(facts: RunFacts) -> dict[str, Any]:
    records_dir = facts.scene_dir / layout.EPISODE_RECORDS
    successes = [record for record in facts.records if record.success]
    accepted = set(facts.imported.accepted) if facts.imported else {record.episode_id for record in successes}
    shown = [record for record in successes if record.episode_id in accepted]
    certificate = facts.certificate
    return {
        "facts": facts,
        "prompt": facts.request.prompt if facts.request else None,
        "verdicts": _verdicts(facts),
        "images": embed_images(facts.scene_dir / "report" / "images"),
        "viewer": viewer_data(facts),
        "objects": _object_rows(facts),
        "certificate": certificate,
        "certified_objects": sorted(certificate.objects, key=_object_order) if certificate else [],
        "certified_joints": sorted(certificate.joints, key=_joint_order) if certificate else [],
        "object_fails": _object_fails(facts),
        "certificate_plot": certificate_plot(certificate) if certificate else None,
        "bars": _task_bars(facts),
        "reasons": Counter(str(item.failure_reason) for item in facts.records if not item.success).most_common(),
        "plots": episode_plots(records_dir, shown[0]) if shown else [],
        "plotted": shown[0] if shown else None,
        "videos": embed_videos(records_dir, _one_per_task(shown)),
        "training": Markup(training_section(facts.training)) if facts.training else "",  # escaped where it is made
        "ablated": _ablated(facts),
        "total_s": sum(item.duration_s or 0.0 for item in facts.stages),
        "longest_s": max((item.duration_s or 0.0 for item in facts.stages), default=0.0),
    }


def _ablated(facts: RunFacts) -> list[tuple[AblationRow, AblationRow]]:
    """Pair the rows of each axis: on alone, off alone."""
    rows = facts.ablation.rows if facts.ablation else []
    without = {row.axis: row for row in rows if row.state == "without"}
    return [(row, without[row.axis]) for row in rows if row.state == "only" and row.axis in without]


def _verdicts(facts: RunFacts) -> list[_Verdict]:
    verdicts = []
    if facts.certificate:
        summary = facts.certificate.summary
        verdicts.append(
            _Verdict("physics certificate", *(("passed", "good") if facts.certificate.passed else ("failed", "bad")))
        )
        stable = summary.stable_fraction
        verdicts.append(
            _Verdict("objects stable", f"{stable:.1%} of {summary.free_objects}", "good" if stable >= 0.995 else "bad")
        )
        over = summary.penetrations_over_limit
        verdicts.append(_Verdict("penetrations over limit", str(over), "good" if over == 0 else "bad"))
    else:
        verdicts.append(_Verdict("physics certificate", "not reached", "none"))
    if facts.requirements:
        met = sum(bool(item.get("passed")) for item in facts.requirements)
        state = "good" if met == len(facts.requirements) else "warn"
        verdicts.append(_Verdict("requirements met", f"{met} of {len(facts.requirements)}", state))
    elif facts.scene:
        missing = len(facts.unsatisfied)
        verdicts.append(_Verdict("not met of the prompt", str(missing), "warn" if missing else "good"))
    if facts.gates:
        passed = sum(gate.passed for gate in facts.gates)
        state = "good" if passed == len(facts.gates) else "bad"
        verdicts.append(_Verdict("gates passed", f"{passed} of {len(facts.gates)}", state))
    if facts.tasks:
        emitted = len(facts.tasks.tasks)
        refused = len(facts.tasks.refused)
        verdicts.append(_Verdict("tasks", f"{emitted} solved, {refused} refused", "good" if emitted else "bad"))
    if facts.records:
        succeeded = sum(record.success for record in facts.records)
        rate = succeeded / len(facts.records)
        state = "good" if rate >= 0.9 else "warn" if succeeded else "bad"
        verdicts.append(_Verdict("episodes succeeded", f"{succeeded} of {len(facts.records)}", state))
    if facts.imported:
        counts = facts.imported.episodes
        verdicts.append(
            _Verdict("episodes accepted", f"{counts.accepted} of {counts.found}", "good" if counts.accepted else "bad")
        )
    if facts.failures:
        verdicts.append(_Verdict("stage failed", ", ".join(item.job_name for item in facts.failures), "bad"))
    return verdicts


def _object_rows(facts: RunFacts) -> list[dict[str, Any]]:
    """One row per object of the manifest: what it is, how large and heavy, what it stands on."""
    if facts.scene is None:
        return []
    rows = []
    for item in facts.scene.objects:
        asset = facts.scene.asset(item.id)
        masses = [link.inertial.mass_kg for link in asset.links if link.inertial]
        placement = item.placement
        rows.append(
            {
                "id": item.id,
                "name": item.name or item.category or "",
                "category": item.category or asset.category,
                "role": item.sim_role.replace("_", " "),
                "size": " × ".join(f"{value * 100:.1f}" for value in asset.size_m),
                "mass": f"{sum(masses):.3g}" if len(masses) == len(asset.links) else "–",
                "joints": sum(link.joint is not None for link in asset.links),
                "place": f"{placement.parent_id}.{placement.region}" if placement and placement.parent_id else "–",
                "asset": asset.asset_id,
            }
        )
    return rows


def _object_fails(facts: RunFacts) -> set[str]:
    """Ids of objects that break a threshold of the certificate."""
    if facts.certificate is None:
        return set()
    limit = facts.certificate.thresholds.penetration_m
    return {
        item.object_id for item in facts.certificate.objects if not item.stable or item.initial_penetration_m > limit
    }


def _object_order(item: ObjectCertificate) -> tuple[bool, float, str]:
    return item.fixed, -max(item.drift_m, item.initial_penetration_m), item.object_id


def _joint_order(item: JointCertificate) -> tuple[bool, str, str]:
    return item.passed, item.object_id, item.joint


def _task_bars(facts: RunFacts) -> list[_TaskBar]:
    accepted = set(facts.imported.accepted) if facts.imported else None
    by_task: dict[str, list[EpisodeRecord]] = {}
    for record in facts.records:
        by_task.setdefault(record.task_id, []).append(record)
    return [
        _TaskBar(
            instruction=records[0].instruction,
            task_type=records[0].task_type,
            task_id=task_id,
            attempts=len(records),
            succeeded=sum(record.success for record in records),
            accepted=sum(record.episode_id in accepted for record in records) if accepted is not None else None,
            reasons=dict(Counter(str(record.failure_reason) for record in records if not record.success)),
        )
        for task_id, records in sorted(by_task.items())
    ]


def _one_per_task(records: list[EpisodeRecord]) -> list[EpisodeRecord]:
    """The first episode of each task, then the rest."""
    first = {record.task_id: record for record in reversed(records)}
    chosen = sorted(first.values(), key=lambda record: record.episode_id)
    return [*chosen, *(record for record in records if record not in chosen)]
