"""The validators that may refuse a stage: OpenUSD's, NVIDIA's, and our own on containment, units and bodies."""

import functools
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from pxr import Tf, Usd, UsdGeom, UsdPhysics, UsdValidation

from blueprint.contracts.errors import InputError
from blueprint.contracts.quality_gate import GateCheck
from blueprint.usd.containment import stage_files
from blueprint.usd.untouched import untouched_assets, without

__all__ = ["CATEGORIES", "validate_stage"]

CATEGORIES = ("Basic", "Geometry", "Physics", "Material", "Layer", "Layout")
_SHAPES = "Geometry"
_SHOWN = 5


def validate_stage(path: Path, *, root: Path | None = None, validated: Collection[Path] = ()) -> list[GateCheck]:
    """Return one check per kind of finding at severity ERROR (failed) and one per validator (passed, with warnings).

    Containment comes first: a stage that refers to files outside of its folder (`root`, default: the scene or asset
    folder around it) is not opened at all. Raises InputError where the file itself cannot be read.

    `validated` (resolved) are files of assets that passed this function, of which no byte has changed since. Where the
    stage shows them as they are, the rules of category Geometry, each of which looks at one mesh alone, are not run on
    the same meshes again; all other rules are. So every rule has run on every byte, once or more.
    """
    files = stage_files(path, root)
    contained = _check(
        "usd.containment", files.problems, f"{len(files.layers)} layers, {len(files.assets)} other files"
    )
    if files.problems:
        return [contained]
    stage = Usd.Stage.Open(str(path.resolve()))
    return [
        contained,
        _units(stage),
        _default_prim(stage),
        _nested_bodies(stage),
        *_openusd(stage),
        *_nvidia(path, stage, validated),
    ]


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
    validators = _openusd_validators()
    found = UsdValidation.ValidationContext(list(validators.values())).Validate(stage)
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


@functools.cache
def _openusd_validators() -> dict[str, Any]:
    registry = UsdValidation.ValidationRegistry()
    named = {item.GetMetadata().name: item for item in registry.GetOrLoadAllValidators()}
    return {name: item for name, item in named.items() if "Package" not in name}


def _nvidia(path: Path, stage: Usd.Stage, validated: Collection[Path]) -> list[GateCheck]:
    """Run NVIDIA's rules of the categories above; a rule that crashes is a failure of the stage.

    A rule of theirs that only calls a validator of OpenUSD's which `_openusd` has run is not run a second time, unless
    the stage has variants: they go through all of them, OpenUSD looks at the selected ones.
    """
    rules, shape_rules = _nvidia_rules()
    if any(prim.HasVariantSets() for prim in Usd.PrimRange(stage.GetPseudoRoot(), Usd.TraverseInstanceProxies())):
        own = [*rules, *shape_rules]
    else:
        own = [rule for rule in (*rules, *shape_rules) if not _repeats_openusd(rule)]
    untouched = untouched_assets(stage, validated)
    if untouched:
        parts = [
            (str(path.resolve()), [rule for rule in own if rule not in shape_rules]),
            (without(stage, untouched), [rule for rule in own if rule in shape_rules]),
        ]
    else:
        parts = [(str(path.resolve()), own)]
    errors: dict[str, list[str]] = {}
    warnings: Counter[str] = Counter()
    for subject, applied in parts:
        for issue in _issues(subject, applied, path.name):
            rule = issue.rule.__name__ if issue.rule else "unknown"
            if issue.severity.name in ("FAILURE", "ERROR"):
                errors.setdefault(rule, []).append(f"{issue.message} ({issue.at.as_str() if issue.at else path.name})")
            elif issue.severity.name == "WARNING":
                warnings[rule] += 1
    return _per_rule("usd.nvidia", errors, warnings, len(rules) + len(shape_rules), len(untouched))


@functools.cache
def _nvidia_rules() -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Return the rules of the categories: those that look at more than one shape, and those on shapes alone."""
    import usd_validation_nvidia as nvidia

    registry = nvidia.CategoryRuleRegistry()
    by_category = {name: tuple(registry.get_rules(name)) for name in CATEGORIES}
    others = tuple(rule for name, rules in by_category.items() if name != _SHAPES for rule in rules)
    return others, by_category[_SHAPES]


def _repeats_openusd(rule: Any) -> bool:
    import usd_validation_nvidia as nvidia

    return (
        issubclass(rule, nvidia.UsdValidatorAdapter)
        and rule.is_implemented()
        and rule.validator_name() in _openusd_validators()
    )


def _issues(subject: str | Usd.Stage, rules: Sequence[Any], name: str) -> Sequence[Any]:
    import logging

    import usd_validation_nvidia as nvidia

    engine = nvidia.ValidationEngine(init_rules=False, variants=True)
    for rule in rules:
        engine.enable_rule(rule)
    logger = logging.getLogger("usd_validation_nvidia")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        return list(engine.validate(subject).issues())
    except Tf.ErrorException as error:
        raise InputError(f"{name} cannot be validated: {error}", remedy="re-author the stage.") from error
    finally:
        logger.setLevel(level)


def _per_rule(
    name: str, errors: dict[str, list[str]], warnings: Counter[str], rules: int, untouched: int = 0
) -> list[GateCheck]:
    checks = [_check(f"{name}.{rule}", messages, "") for rule, messages in sorted(errors.items())]
    if not errors:
        listed = ", ".join(f"{rule} {count}" for rule, count in sorted(warnings.items()))
        text = f"{rules} rules, no failure, {warnings.total()} warnings{f': {listed}' if listed else ''}"
        text += f"; shapes of {untouched} objects as in their validated assets" if untouched else ""
        checks.append(GateCheck(name=name, passed=True, severity="ERROR", message=text, measured=0.0, limit=0.0))
    return checks
