"""NVIDIA's SimReady validator, which needs Python 3.12 and an environment of its own, so it is run as a program."""

import json
import os
import subprocess
import tempfile
from pathlib import Path

from blueprint.contracts.errors import InputError, StageError
from blueprint.contracts.quality_gate import GateCheck

__all__ = ["PROFILE", "PROFILE_VERSION", "SIMREADY_VARIABLE", "simready_program", "validate_simready"]

PROFILE = "Robotics-Prop"
PROFILE_VERSION = "4.0.0"
SIMREADY_VARIABLE = "BLUEPRINT_SIMREADY_VALIDATE"
_TIMEOUT_S = 300.0


def simready_program(program: Path | None = None) -> Path | None:
    """Return the `simready-validate` executable: the argument, else what the environment variable names, else None.

    Raises InputError where one is named that is no file. To make one: a Python 3.12 environment with
    `pip install simready-validate simready-foundation-tier-core`.
    """
    named = program or (Path(os.environ[SIMREADY_VARIABLE]) if os.environ.get(SIMREADY_VARIABLE) else None)
    if named is not None and not named.is_file():
        raise InputError(f"{named} is no file.", remedy=f"let {SIMREADY_VARIABLE} name the simready-validate program.")
    return named


def validate_simready(interface_layer: Path, *, program: Path | None = None) -> GateCheck:
    """Return the verdict of profile Robotics-Prop 4.0.0 on an asset's interface layer.

    For movable assets: the profile is one of props, and refuses architecture for having no rigid body.
    Without a program the check is reported as not run (severity INFO, `passed` true because nothing was judged). Raises
    StageError where the program itself fails.
    """
    name = f"usd.simready.{PROFILE}"
    found = simready_program(program)
    if found is None:
        message = f"not run: no simready-validate program ({SIMREADY_VARIABLE} is not set)"
        return GateCheck(name=name, passed=True, severity="INFO", message=message, measured="not run")
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [str(found), "--profile", PROFILE, "--version", PROFILE_VERSION, "--output", str(report)]
        try:
            done = subprocess.run(
                [*command, str(interface_layer.resolve())],
                capture_output=True,
                text=True,
                timeout=_TIMEOUT_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise StageError(f"{found.name} did not finish: {error}", remedy="check that environment.") from error
        if not report.is_file():
            raise StageError(
                f"{found.name} wrote no report (exit {done.returncode}): {done.stderr.strip()[-300:]}",
                remedy="check that environment.",
            )
        failing = _failing(json.loads(report.read_text()))
    passed = done.returncode == 0 and not failing
    message = "; ".join(failing) or (f"passes {PROFILE} {PROFILE_VERSION}" if passed else done.stdout.strip()[-300:])
    return GateCheck(
        name=name, passed=passed, severity="ERROR", message=message, measured=float(len(failing)), limit=0.0
    )


def _failing(report: object) -> list[str]:
    """Return `feature: requirement: message` of every blocking failure in the validator's report."""
    found: list[str] = []
    for asset in report.values() if isinstance(report, dict) else []:
        features = asset.get("features_summary", {}) if isinstance(asset, dict) else {}
        for feature, verdict in sorted(features.items()):
            if verdict.get("blocking_failure"):
                detail = verdict.get("requirement_messages") or verdict.get("failing requirements") or ""
                found.append(f"{feature}: {str(detail)[:300]}")
    return found
