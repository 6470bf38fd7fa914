"""Stages source, simready and usd: from the request to the certified scene file."""

import json
from pathlib import Path

import numpy as np

from blueprint.assets.library import load_asset
from blueprint.certify.certificate import certify_model, delivered_files, subject_of
from blueprint.contracts.certificate import PhysicsCertificate
from blueprint.contracts.document import write_atomically
from blueprint.contracts.errors import InputError
from blueprint.contracts.house import house_of
from blueprint.contracts.markers import CompletionMarker
from blueprint.contracts.physics import ScenePhysics
from blueprint.contracts.physics_estimation import PhysicsEstimation
from blueprint.contracts.quality_gate import GateCheck
from blueprint.contracts.scene import Scene, asset_dir, load_scene
from blueprint.contracts.scene_request import SceneRequest
from blueprint.mjcf.export import save_mjcf
from blueprint.mjcf.usd_loader import load_usd
from blueprint.physics.inertia import check_inertia
from blueprint.physics.openings import misplaced
from blueprint.physics.properties import object_physics
from blueprint.pipeline.photo import photo_fallback
from blueprint.pipeline.stage import Outcome, StageContext
from blueprint.quality.gates import require
from blueprint.sim.thumbnails import asset_thumbnails
from blueprint.sources.choose import generate
from blueprint.sources.retrieval.publish import publish_if_configured
from blueprint.sources.settled import SettledScene, adopt_settled_scene
from blueprint.sources.text.evaluate import SpecReport, evaluate_spec, is_listed
from blueprint.sources.text.spec import SceneSpec
from blueprint.storage import layout
from blueprint.usd.asset import author_asset, interface_path
from blueprint.usd.scene import author_scene
from blueprint.usd.validate import validate_stage

__all__ = ["author_assets", "author_certified_scene", "make_source", "opening_checks"]

_MASS_RANGE_KG = (0.001, 500.0)
_LEAST_KEPT = 0.5  # of the objects of a reconstruction
_THUMBNAILS_AT_ONCE = 24  # assets that are in memory together


def make_source(context: StageContext) -> Outcome:
    """Prompt or reconstruction → manifest: lay out, settle in physics, and check that the manifest describes what was
    asked for, or seen."""
    seen_checks: list[GateCheck] = []
    guesses: tuple[str, ...] = ()
    if (context.scene_dir / layout.SCENE_SCALE).is_file():
        settled, seen_checks, guesses = _reconstructed_scene(context)
    else:
        settled = _settled_scene(context)
    scene = load_scene(context.scene_dir)
    checks = [
        GateCheck(
            name="objects",
            passed=any(not item.is_fixed for item in scene.objects),
            severity="ERROR",
            message=f"{len(scene.objects)} objects",
            measured=len(scene.objects),
        ),
        GateCheck(
            name="settled",
            passed=not settled.unstable,
            severity="ERROR",
            message=f"after {settled.attempts} layouts, unsettled: {settled.unstable or 'none'}",
        ),
        *seen_checks,
        *opening_checks(scene),
        *_requirement_checks(scene, context.scene_dir),
    ]
    subject = [context.scene_dir / layout.SCENE_MANIFEST]
    if context.judge("manifest_validated", "manifest_validated", subject, checks):
        publish_if_configured(context.scene_dir)
    context.progress(1, 1, f"{len(scene.objects)} objects")
    fields = {
        "status": "completed",
        "source": scene.manifest.metadata.get("source_pipeline", "unknown"),
        "objects_count": len(scene.objects),
        "provider": scene.manifest.metadata.get("backend", "internal"),
        "seed": context.settings.seed,
        "marker_type": "stage1_complete",
        "layouts_tried": settled.attempts,
    }
    dropped = [f"dropped {name}: it did not hold" for name in settled.dropped]
    fallbacks = (*photo_fallback(context.scene_dir), *scene.manifest.metadata.get("fallbacks", ()), *guesses)
    return Outcome(fields, (*fallbacks, *dropped))


def _reconstructed_scene(context: StageContext) -> tuple[SettledScene, list[GateCheck], tuple[str, ...]]:
    """The scene of a reconstruction, how much of what was seen is in it, and where the table answered for a model."""
    from blueprint.sources.regen3d.scene import make_reconstructed_scene

    require(context.scene_dir, "interactive_complete")
    made = make_reconstructed_scene(context.scene_dir, context.settings.workers, context.progress)
    lost = sorted({*made.object_ids} - {item.id for item in made.settled.manifest.objects})
    kept, total = len(made.object_ids) - len(lost), len(made.object_ids)
    check = GateCheck(
        name="objects kept",
        passed=kept >= _LEAST_KEPT * total,
        severity="ERROR",
        message=f"{kept} of {total} reconstructed objects; left out: {', '.join(lost) or 'none'}",
        measured=kept,
        limit=round(_LEAST_KEPT * total, 2),
    )
    guesses = tuple(
        f"the table says what {item.name} weighs: {item.fallback_reason}"
        for item in made.estimation.objects
        if item.fallback_reason
    )
    return made.settled, [check], guesses


def opening_checks(scene: Scene) -> list[GateCheck]:
    """Nothing stands before a door or window, nor outside of the rooms; a foreign scene is only warned about."""
    if house_of(scene.manifest) is None:
        return []
    found = misplaced(scene)
    ours = scene.manifest.metadata.get("backend", "internal") == "internal"
    return [
        GateCheck(
            name="openings",
            passed=not found,
            severity="ERROR" if ours else "WARNING",
            message="; ".join(f"{name}: {why}" for name, why in sorted(found.items()))
            or "every door and window is clear, and everything is inside of the rooms",
            measured=len(found),
            limit=0,
        )
    ]


def _requirement_checks(scene: Scene, scene_dir: Path) -> list[GateCheck]:
    """Compare the settled scene with the prompt's spec; what is not met must stand in `metadata.unsatisfied`."""
    metadata = scene.manifest.metadata
    if "spec" not in metadata:
        return []
    spec = SceneSpec.model_validate({"prompt": "", **metadata["spec"]})
    report: SpecReport = evaluate_spec(spec, scene)
    report.write(scene_dir / "textgen" / "spec_report.json")
    listed = metadata.get("unsatisfied", [])
    unmet = [check for check in report.checks if not check.passed]
    hidden = [
        f"{check.subject}: {check.expected}, measured {check.measured}"
        for check in unmet
        if not is_listed(check, listed)
    ]
    met = len(report.checks) - len(unmet)
    message = f"{met} of {len(report.checks)} met, {len(unmet) - len(hidden)} listed as unsatisfied"
    return [
        GateCheck(
            name="requirements",
            passed=not hidden,
            severity="ERROR",
            message=f"{message}; not met and not listed: {'; '.join(hidden)}" if hidden else message,
            measured=met,
            limit=len(report.checks),
        )
    ]


def _settled_scene(context: StageContext) -> SettledScene:
    given = context.scene_dir / "input"
    if (given / layout.SCENE_MANIFEST).is_file():
        return adopt_settled_scene(given, context.scene_dir)
    request = SceneRequest.read(context.scene_dir / layout.SCENE_REQUEST)
    if request.scene_id != context.scene_id:
        message = f"the request is for scene {request.scene_id!r}, its folder is {context.scene_id!r}."
        raise InputError(message, remedy="rename one of them.")
    return generate(request, context.settings.seed, context.scene_dir)


def author_assets(context: StageContext) -> Outcome:
    """Every asset as a SimReady USD folder with a thumbnail, and the physics of every object with its checks."""
    scene = load_scene(context.scene_dir)
    checks: list[GateCheck] = []
    files: list[Path] = []
    ids = sorted(scene.assets)
    for start in range(0, len(ids), _THUMBNAILS_AT_ONCE):
        batch = ids[start : start + _THUMBNAILS_AT_ONCE]
        assets = [load_asset(asset_dir(context.scene_dir, asset_id)) for asset_id in batch]
        for asset_id, asset, picture in zip(
            batch, assets, asset_thumbnails(assets, context.settings.renderer), strict=True
        ):
            context.progress(len(files), len(ids), asset_id)
            files.append(author_asset(asset, asset_dir(context.scene_dir, asset_id), thumbnail_png=picture))
            checks += [_asset_check(asset_id, scene), *_validated(asset_id, files[-1])]
    physics = ScenePhysics(
        scene_id=context.scene_id,
        objects={item.id: object_physics(scene.asset(item.id)) for item in scene.objects if not item.is_fixed},
    )
    physics.write(context.scene_dir / layout.SCENE_PHYSICS)
    context.judge("simready", "simready_complete", [*files, context.scene_dir / layout.SCENE_PHYSICS], checks)
    context.progress(len(scene.assets), len(scene.assets), f"{len(scene.assets)} assets")
    profile = _physics_profile(context.scene_dir)
    return Outcome({"simready_assets": sorted(scene.assets), "count": len(scene.assets), "physics_profile": profile})


def _physics_profile(scene_dir: Path) -> str:
    """Return who said what the things weigh: "table", or the service whose model was asked."""
    path = scene_dir / layout.PHYSICS_ESTIMATION
    used = PhysicsEstimation.read(path).used_mode if path.is_file() else "deterministic"
    return "table" if used == "deterministic" else used


def author_certified_scene(context: StageContext) -> Outcome:
    """scene.usda, the MuJoCo model loaded from it, and the certificate of what was measured on that file."""
    scene_dir = context.scene_dir
    scene = load_scene(scene_dir)
    context.progress(0, 4, "authoring")
    usd = author_scene(scene, scene_dir)
    poses = {item.id: item.transform.model_dump(mode="json", exclude_none=True) for item in scene.objects}
    settled = {"scene_id": context.scene_id, "transforms": poses}
    write_atomically(scene_dir / layout.SETTLED_TRANSFORMS, (json.dumps(settled, indent=2) + "\n").encode())
    context.progress(1, 4, "validating")
    files = delivered_files(scene_dir)
    hashes = subject_of(scene_dir, files)
    checks = validate_stage(usd, validated=_validated_assets(scene_dir, hashes))
    context.progress(2, 4, "loading")
    spec = load_usd(usd)
    save_mjcf(spec, scene_dir / "mjcf")
    context.progress(3, 4, "5 s of physics and every joint")
    certificate = certify_model(spec.compile(), context.scene_id, hashes)
    certificate.write(scene_dir / layout.PHYSICS_CERTIFICATE)
    checks += _certificate_checks(certificate)
    subject = [*files, scene_dir / layout.PHYSICS_CERTIFICATE, scene_dir / layout.MJCF_SCENE]
    context.judge("usd_certified", "usd_assembled", subject, checks)
    context.progress(4, 4, f"stable {certificate.summary.stable_fraction:.0%}")
    return Outcome({"stable_fraction": certificate.summary.stable_fraction, "certified": certificate.passed})


def _asset_check(asset_id: str, scene: Scene) -> GateCheck:
    model = scene.assets[asset_id]
    problems = []
    if not _MASS_RANGE_KG[0] <= model.mass_kg <= _MASS_RANGE_KG[1] and model.sim_role != "scene_shell":
        problems.append(f"mass {model.mass_kg:.4g} kg is outside {_MASS_RANGE_KG}")
    for link in model.links:
        assert link.inertial is not None
        check_inertia(np.array(link.inertial.principal_moments), f"{asset_id}/{link.name}")
    message = "; ".join(problems) or f"{model.mass_kg:.3f} kg in {len(model.links)} links"
    return GateCheck(name=f"physics {asset_id}", passed=not problems, severity="ERROR", message=message)


def _validated(asset_id: str, usd: Path) -> list[GateCheck]:
    """Return the failed checks of an asset's file, or one that says that all passed."""
    checks = validate_stage(usd)
    failed = [check for check in checks if not check.passed]
    if failed:
        return [check.model_copy(update={"name": f"{check.name} {asset_id}"}) for check in failed]
    return [GateCheck(name=f"usd {asset_id}", passed=True, severity="ERROR", message=f"{len(checks)} checks passed")]


def _validated_assets(scene_dir: Path, hashes: dict[str, str]) -> set[Path]:
    """Return the interface layers of the assets that passed in stage simready and of which no byte has changed since.

    `hashes` are those of the delivered files now. Nothing is known of a scene whose assets another program made.
    """
    marker = scene_dir / layout.marker_names("simready")[0]
    if not marker.is_file():
        return set()
    before = {name: sha for name, sha in CompletionMarker.read(marker).outputs.items() if "/.thumbs/" not in name}
    passed = {check.name for check in require(scene_dir, "simready").checks if check.passed}
    found = set()
    for asset_id in sorted(path.name for path in (scene_dir / "assets").iterdir() if path.is_dir()):
        now, then = (
            {name: sha for name, sha in files.items() if name.startswith(f"assets/{asset_id}/sim/")}
            for files in (hashes, before)
        )
        if f"usd {asset_id}" in passed and now and now == then:
            found.add(interface_path(asset_dir(scene_dir, asset_id), asset_id).resolve())
    return found


def _certificate_checks(certificate: PhysicsCertificate) -> list[GateCheck]:
    summary = certificate.summary
    deepest_mm = summary.max_penetration_m * 1000
    return [
        GateCheck(
            name="penetration",
            passed=summary.penetrations_over_limit == 0,
            severity="ERROR",
            message=f"{summary.penetrations_over_limit} objects too deep, deepest {deepest_mm:.3f} mm",
            measured=summary.max_penetration_m,
            limit=certificate.thresholds.penetration_m,
        ),
        GateCheck(
            name="stability",
            passed=summary.stable_fraction == 1.0,
            severity="ERROR",
            message=f"{summary.stable_fraction:.1%} of {summary.free_objects} free objects stand still for 5 s",
            measured=summary.stable_fraction,
            limit=1.0,
        ),
        GateCheck(
            name="joints",
            passed=summary.joints_passed == summary.joints,
            severity="ERROR",
            message=f"{summary.joints_passed} of {summary.joints} joints move over their range",
            measured=summary.joints_passed,
            limit=summary.joints,
        ),
    ]
