"""What this machine has and what is missing, found by trying it, with the remedy."""

import importlib.util
import os
import shutil
import sys
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

from blueprint.sim.gl import DEBIAN_PACKAGES, KINDS, probe_gl
from blueprint.storage.cache import cache_root

__all__ = ["Finding", "diagnose"]

_GIB = 1 << 30
_NEEDED_PACKAGES = ("mujoco", "usd-core", "usd-validation-nvidia", "numpy", "scipy", "pyarrow", "av", "pydantic")
_EXTRAS = {"gcs": "google.cloud.storage"}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `needed` findings that are not ok make `blueprint doctor` exit with 3."""

    name: str
    ok: bool
    needed: bool
    detail: str
    remedy: str = ""

    def as_dict(self) -> dict[str, object]:
        return asdict(self)

    def as_text(self) -> str:
        mark = "ok     " if self.ok else ("MISSING" if self.needed else "absent ")
        return f"{mark} {self.name}: {self.detail}" + (f" Remedy: {self.remedy}" if self.remedy and not self.ok else "")


def diagnose() -> list[Finding]:
    """Look at Python, packages, OpenGL back ends (each in a process of its own), robot models, disk and memory."""
    return [_python(), *_packages(), *_extras(), *_opengl(), *_robots(), _disk(), _memory()]


def _python() -> Finding:
    found = ".".join(str(part) for part in sys.version_info[:3])
    return Finding("python", sys.version_info >= (3, 11), True, found, "install Python 3.11 or newer.")


def _packages() -> list[Finding]:
    findings = []
    for name in _NEEDED_PACKAGES:
        try:
            findings.append(Finding(name, True, True, version(name)))
        except PackageNotFoundError:
            findings.append(Finding(name, False, True, "not installed", "run `make demo`, it installs the lock file."))
    return findings


def _extras() -> list[Finding]:
    findings = []
    for extra, module in _EXTRAS.items():
        try:
            there = importlib.util.find_spec(module) is not None
        except ModuleNotFoundError:
            there = False
        remedy = f"pip install 'blueprint-pipeline[{extra}]'"
        findings.append(Finding(f"extra {extra}", there, False, "installed" if there else "not installed", remedy))
    return findings


def _opengl() -> list[Finding]:
    probes = [probe_gl(kind) for kind in KINDS]
    any_works = any(probe.works for probe in probes if probe.kind != "filament")
    findings = [
        Finding(f"renderer {probe.kind}", probe.works, False, probe.detail, f"install {' '.join(probe.packages)}.")
        for probe in probes
    ]
    packages = [" ".join(DEBIAN_PACKAGES[kind]) for kind in ("egl", "osmesa")]
    remedy = f"install {packages[0]}, or {packages[1]} (Debian package names)."
    detail = "rendering works" if any_works else "no back end renders"
    return [*findings, Finding("headless rendering", any_works, True, detail, remedy)]


def _robots() -> list[Finding]:
    path = next(iter(sorted((cache_root() / "robots").glob("panda-*"))), None)
    detail = f"model in {path}" if path else "model not fetched yet; the first run fetches it from the package registry"
    remedy = "run once with the package registry in reach, set MENAGERIE_ROOT, or use --robot primitive_arm."
    return [Finding("robot panda", path is not None, False, detail, remedy)]


def _disk() -> Finding:
    folder = cache_root()
    existing: Path = next(parent for parent in (folder, *folder.parents) if parent.exists())
    free = shutil.disk_usage(existing).free
    return Finding("disk", free > 2 * _GIB, True, f"{free / _GIB:.1f} GiB free at {existing}", "free 2 GiB.")


def _memory() -> Finding:
    available = psutil.virtual_memory().available
    detail = f"{available / _GIB:.1f} GiB available, {os.cpu_count()} cores"
    return Finding("memory", available > 2 * _GIB, True, detail, "2 GiB are needed per worker.")
