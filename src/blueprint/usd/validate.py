"""The validators that may refuse a stage: OpenUSD's, NVIDIA's, and our own on containment, units and bodies."""

from collections import Counter
from pathlib import Path

from pxr import Tf, Usd, UsdGeom, UsdPhysics, UsdValidation

from blueprint.contracts.errors import InputError
from blueprint.contracts.quality_gate import GateCheck
from blueprint.usd.containment import stage_files

__all__ = ["CATEGORIES", "validate_stage"]

CATEGORIES = ("Basic", "Geometry", "Physics", "Material", "Layer", "Layout")
_SHOWN = 5


def validate_stage(path: Path, *, root: Path | None = None) -> list[GateCheck]:
    """Return one check per kind of finding at severity ERROR (failed) and one per validator (passed, with warnings).

    Containment comes first: a stage that refers to files outside of its folder (`root`, default: the scene or asset
    folder around it) is not opened at all. Raises InputError where the file itself cannot be read.
    """
    files = stage_files(path, root)
    contained = _check(
        "usd.containment", files.problems, f"{len(files.layers)} layers, {len(files.assets)} other files"
    )
    if files.problems:
        return [contained]
    stage = Usd.Stage.Open(str(path.resolve()))
    return [contained, _units(stage), _default_prim(stage), _nested_bodies(stage), *_openusd(stage), *_nvidia(path)]


def _check(name: str, problems: list[str], good: str) -> GateCheck:
    shown = "; ".join(problems[:_SHOWN]) + (f"; and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else "")
    return GateCheck(
        name=name,
        passed=not problems,
        severity="ERROR",
        message=shown or good,
        measured=float(len(problems)),
        limit=0.0,
    )


def _units(stage: Usd.Stage) -> GateCheck:
    problems = []
    for name, authored, value, wanted in (
        ("metersPerUnit", UsdGeom.StageHasAuthoredMetersPerUnit(stage), UsdGeom.GetStageMetersPerUnit(stage), 1.0),
        (
            "kilogramsPerUnit",
            UsdPhysics.StageHasAuthoredKilogramsPerUnit(stage),
            UsdPhysics.GetStageKilogramsPerUnit(stage),
            1.0,
        ),
        ("upAxis", stage.HasAuthoredMetadata("upAxis"), str(UsdGeom.GetStageUpAxis(stage)), "Z"),
    ):
        if not authored:
            problems.append(f"{name} is not authored")
        elif value != wanted:
            problems.append(f"{name} is {value}, expected {wanted}")
    return _check("usd.units", problems, "metres, kilograms, Z-up")


def _default_prim(stage: Usd.Stage) -> GateCheck:
    prim = stage.GetDefaultPrim()
    return _check(
        "usd.default_prim", [] if prim else ["the stage has no default prim"], str(prim.GetPath()) if prim else ""
    )


def _nested_bodies(stage: Usd.Stage) -> GateCheck:
    """No validator of the two finds a rigid body below another; simulators weld it, drop it or tear it off."""
    problems = []
    for prim in Usd.PrimRange(stage.GetPseudoRoot(), Usd.TraverseInstanceProxies()):
        if not prim.HasAPI(UsdPhysics.RigidBodyAPI) or UsdGeom.Xformable(prim).GetResetXformStack():
            continue
        parent = prim.GetParent()
        while parent and not parent.HasAPI(UsdPhysics.RigidBodyAPI):
            parent = parent.GetParent()
        if parent:
            problems.append(f"rigid body {prim.GetPath()} lies below rigid body {parent.GetPath()}")
    return _check("usd.nested_bodies", problems, "no rigid body lies below another")


def _openusd(stage: Usd.Stage) -> list[GateCheck]:
    """Run every validator that OpenUSD ships, but those of USDZ packages."""
    registry = UsdValidation.ValidationRegistry()
    validators = [
        validator for validator in registry.GetOrLoadAllValidators() if "Package" not in validator.GetMetadata().name
    ]
    found = UsdValidation.ValidationContext(validators).Validate(stage)
    errors: dict[str, list[str]] = {}
    warnings: Counter[str] = Counter()
    for item in found:
        rule = item.GetValidator().GetMetadata().name.rpartition(":")[2]
        sites = ", ".join(str(site.GetPrim().GetPath()) for site in item.GetSites()[:2] if site.IsPrim())
        if item.GetType() == UsdValidation.ValidationErrorType.Error:
            errors.setdefault(rule, []).append(f"{sites}: {item.GetMessage().strip()}" if sites else item.GetMessage())
        else:
            warnings[rule] += 1
    return _per_rule("usd.openusd", errors, warnings, len(validators))


def _nvidia(path: Path) -> list[GateCheck]:
    """Run NVIDIA's rules of the categories above; a rule that crashes is a failure of the stage."""
    import logging

    import usd_validation_nvidia as nvidia

    engine = nvidia.ValidationEngine(init_rules=False, variants=True)
    registry = nvidia.CategoryRuleRegistry()
    rules = [rule for category in CATEGORIES for rule in registry.get_rules(category)]
    for rule in rules:
        engine.enable_rule(rule)
    logger = logging.getLogger("usd_validation_nvidia")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        results = engine.validate(str(path.resolve()))
    except Tf.ErrorException as error:
        raise InputError(f"{path.name} cannot be validated: {error}", remedy="re-author the stage.") from error
    finally:
        logger.setLevel(level)
    errors: dict[str, list[str]] = {}
    warnings: Counter[str] = Counter()
    severities = nvidia.IssueSeverity
    for issue in results.issues():
        rule = issue.rule.__name__ if issue.rule else "unknown"
        if issue.severity in (severities.FAILURE, severities.ERROR):
            errors.setdefault(rule, []).append(f"{issue.message} ({issue.at.as_str() if issue.at else path.name})")
        elif issue.severity == severities.WARNING:
            warnings[rule] += 1
    return _per_rule("usd.nvidia", errors, warnings, len(rules))


def _per_rule(name: str, errors: dict[str, list[str]], warnings: Counter[str], rules: int) -> list[GateCheck]:
    checks = [_check(f"{name}.{rule}", messages, "") for rule, messages in sorted(errors.items())]
    if not errors:
        listed = ", ".join(f"{rule} {count}" for rule, count in sorted(warnings.items()))
        text = f"{rules} rules, no failure, {warnings.total()} warnings{f': {listed}' if listed else ''}"
        checks.append(GateCheck(name=name, passed=True, severity="ERROR", message=text, measured=0.0, limit=0.0))
    return checks
